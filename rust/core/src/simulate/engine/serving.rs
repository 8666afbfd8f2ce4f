//! Talks: who takes which call, when it ends, and what the agent does then.

use super::super::distribution::Distribution;
use super::super::draws::{Purpose, unit};
use super::super::log::EntryOutcome;
use super::super::sums::{of_group, of_type};
use super::{Call, CallState, Engine, VERSIONS, kind, tag};
use crate::staffing::ShiftEnd;

impl Engine<'_> {
    /// Calls for whoever has room in `group`.
    pub(super) fn dispatch(&mut self, group: usize, now: f64) {
        while self.group_states[group].has_room() {
            let Some((call_index, route)) = self.next_for(group, now) else { return };
            let Some(agent) = self.pick_agent(group, now) else { return };
            self.start(call_index, route, group, agent, now);
        }
    }

    /// An agent who is through with a contact takes the next one, or rests.
    #[inline(always)]
    pub(super) fn take_next(&mut self, group: usize, agent: u32, now: f64) {
        match self.next_for(group, now) {
            Some((call_index, route)) => self.start(call_index, route, group, agent, now),
            None => self.group_states[group].rest(agent),
        }
    }

    /// An agent gets a call. It is out of its queue, the agent not among the idle.
    #[inline(always)]
    pub(super) fn start(
        &mut self,
        call_index: u32,
        route: u32,
        group: usize,
        agent: u32,
        now: f64,
    ) {
        let call = &self.calls[call_index as usize];
        if call.since < now {
            let (kind, since) = (call.kind as usize, call.since);
            self.sums.span(kind, of_type::QUEUE, since, now, self.period_of(call_index));
        }
        let call = &mut self.calls[call_index as usize];
        call.group = group as u32;
        call.agent = agent;
        call.route = route;
        call.version = call.version.wrapping_add(1);
        self.group_states[group].begin(agent, now);
        if self.model.groups[group].ring.is_nothing() {
            self.answer(call_index, now);
        } else {
            self.ring(call_index, now);
        }
    }

    /// The agent's telephone rings until it is answered or the caller hangs up.
    #[inline(never)]
    fn ring(&mut self, call_index: u32, now: f64) {
        let call = self.calls[call_index as usize];
        let limit = if call.limit.is_nan() { now + self.patience(&call) } else { call.limit };
        let bits = self.draws.bits(Purpose::Ring, call.caller, call.stage);
        let ring = self.model.groups[call.group as usize].ring.value(bits, call.caller.number());
        let call = &mut self.calls[call_index as usize];
        call.state = CallState::Ringing;
        // An interrupted call has had its wait for the first answer.
        call.waited += if call.answer.is_nan() { now - call.since } else { 0.0 };
        (call.since, call.limit) = (now, limit);
        let version = call.version;
        self.calendar.put(limit.min(now + ring), tag(kind::ANSWER, call_index, version));
    }

    /// The ringing is over.
    pub(super) fn ring_end(&mut self, call_index: u32, now: f64) {
        let call = self.calls[call_index as usize];
        if now < call.limit {
            self.answer(call_index, now);
            return;
        }
        self.release(call_index);
        self.lines.give_back(now);
        self.through(call.group as usize, call.agent, now);
        self.give_up(call, call.waited + (now - call.since), now);
    }

    /// A talk begins.
    #[inline(always)]
    fn answer(&mut self, call_index: u32, now: f64) {
        let call = &mut self.calls[call_index as usize];
        let (kind, group, agent) = (call.kind as usize, call.group as usize, call.agent);
        let model = &self.model.types[kind];
        call.limit -= now;
        if call.answer.is_nan() {
            let wait = call.waited + (now - call.since);
            call.waited = wait;
            call.answer = now;
            let period = call.period;
            let sums = self.sums.of_type(kind, period);
            sums[of_type::ANSWERED] += 1.0;
            sums[of_type::WITHIN] += f64::from(u8::from(wait <= model.threshold));
            sums[of_type::WAIT] += wait;
            sums[of_type::WAIT_ANSWERED] += wait;
            self.sums.of_group(group, self.period)[of_group::ANSWERED] += 1.0;
            self.count_wait(kind, period, wait, true);
        }
        let call = &mut self.calls[call_index as usize];
        let talk = if call.left >= 0.0 {
            call.left
        } else {
            let bits = self.draws.bits(Purpose::Talk, call.caller, call.stage);
            let talk = &model.routes[call.route as usize].talk;
            talk.value(bits, call.caller.number()) * call.talk_scale
        };
        call.state = CallState::Talking;
        call.since = now;
        call.left = talk;
        call.ends = now + talk;
        let version = call.version;
        let group_state = &mut self.group_states[group];
        if group_state.slows() {
            let agents = &mut group_state.agents[agent as usize];
            agents.advance(now, &group_state.group.speeds);
            let end = agents.progress + talk;
            agents.talks.push((end, call_index));
            self.plan(group, agent);
        } else {
            if group_state.group.shift_end == ShiftEnd::Preempt {
                group_state.agents[agent as usize].talks.push((now + talk, call_index));
            }
            self.calendar.put(now + talk, tag(kind::TALK_END, call_index, version));
        }
    }

    /// The period in which the present wait began.
    #[inline(always)]
    pub(super) fn period_of(&self, call_index: u32) -> u32 {
        let call = &self.calls[call_index as usize];
        if call.since == call.arrival { call.period } else { self.sums.period(call.since) }
    }

    /// Puts down the next end of a contact of an agent whom contacts slow down.
    pub(super) fn plan(&mut self, group: usize, number: u32) {
        // Numbered through all agents: a contact may move to one who has made as many plans.
        self.plans = self.plans.wrapping_add(1);
        let group_state = &mut self.group_states[group];
        let agent = &mut group_state.agents[number as usize];
        agent.plan = self.plans;
        if let Some((time, index)) = agent.first_end(&group_state.group.speeds) {
            let call_index = agent.talks[index].1;
            let version = agent.plan;
            self.calendar.put(time, tag(kind::CONTACT_END, call_index, version));
        }
    }

    /// The first of an agent's contacts to end, where the others then go faster.
    pub(super) fn contact_end(&mut self, call_index: u32, version: u64, now: f64) {
        let Call { group, agent: number, state, .. } = self.calls[call_index as usize];
        let (group, state) = (group as usize, state);
        let Some(group_state) = self.group_states.get_mut(group) else { return };
        let Some(agent) = group_state.agents.get_mut(number as usize) else { return };
        let index = agent.talks.iter().position(|&(_, held)| held == call_index);
        let (Some(index), CallState::Talking) = (index, state) else { return };
        if u64::from(agent.plan) & VERSIONS != version {
            return;
        }
        agent.advance(now, &group_state.group.speeds);
        agent.talks.remove(index);
        self.plan(group, number);
        self.calls[call_index as usize].ends = now;
        self.talk_end(call_index, now);
    }

    #[inline(always)]
    pub(super) fn talk_end(&mut self, call_index: u32, now: f64) {
        let call = self.calls[call_index as usize];
        let kind = call.kind as usize;
        let model = &self.model.types[kind];
        let group = call.group as usize;
        if !call.called_back {
            self.lines.give_back(now);
        }
        let group_state = &mut self.group_states[group];
        if group_state.group.shift_end == ShiftEnd::Preempt && !group_state.slows() {
            group_state.agents[call.agent as usize].talks.retain(|&(_, held)| held != call_index);
        }
        let acw =
            self.time_after(&model.routes[call.route as usize].acw, Purpose::AfterCall, &call);
        let talk = call.talked + (now - call.since);
        let forwarded = if model.forward.is_empty() {
            None
        } else {
            let bits = self.draws.bits(Purpose::PassUp, call.caller, call.stage);
            model.forward.at(unit(bits))
        };
        let sums = self.sums.of_type(kind, call.period);
        sums[of_type::HANDLE] += talk + acw;
        if forwarded.is_some() {
            sums[of_type::PASSED_UP] += 1.0;
        }
        if self.log.is_some() {
            let mut entry = call;
            entry.transferred = forwarded.is_some();
            entry.ends = now;
            let outcome =
                if call.called_back { EntryOutcome::Callback } else { EntryOutcome::Answered };
            self.log_entry(&entry, outcome, talk, acw);
        }
        let pause = self.time_after(&self.model.groups[group].pause, Purpose::Pause, &call);
        if acw + pause > 0.0 {
            let tour = self.group_states[group].agents[call.agent as usize].tour;
            let call = &mut self.calls[call_index as usize];
            (call.state, call.left) = (CallState::Gone, f64::from(tour));
            self.calendar.put(now + (acw + pause), tag(kind::FREE, call_index, 0));
        } else {
            self.release(call_index);
            self.through(group, call.agent, now);
        }
        if let Some(to) = forwarded {
            self.queue_anew(call, to, true, now);
        } else if model.recall.is_some() {
            self.maybe_recall(&call, now);
        }
    }

    /// How long the agent is not free after a talk: work or a pause.
    #[inline(always)]
    fn time_after(&self, time: &Distribution, purpose: Purpose, call: &Call) -> f64 {
        if time.is_nothing() {
            return 0.0;
        }
        time.value(self.draws.bits(purpose, call.caller, call.stage), call.caller.number())
    }

    /// After-call work is done.
    pub(super) fn free_agent(&mut self, call_index: u32, now: f64) {
        let Call { group, agent, left, .. } = self.calls[call_index as usize];
        self.release(call_index);
        // Of an agent who dropped everything at the end of the shift the work was dropped too.
        let group = group as usize;
        if f64::from(self.group_states[group].agents[agent as usize].tour) == left {
            self.through(group, agent, now);
        }
    }

    /// An agent is through with a contact.
    #[inline(always)]
    pub(super) fn through(&mut self, group: usize, agent: u32, now: f64) {
        if self.group_states[group].end(agent, now) {
            self.take_next(group, agent, now);
        }
    }
}
