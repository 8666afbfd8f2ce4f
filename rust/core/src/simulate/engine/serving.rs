//! Talks: who takes which call, when it ends, and what the agent does then.

use super::super::draws::Purpose;
use super::super::log::Outcome;
use super::super::sums::{of_group, of_type};
use super::{Call, Engine, State, VERSIONS, kind, tag};
use crate::staffing::ShiftEnd;

impl Engine<'_> {
    /// Calls for whoever has room in `group`.
    pub(super) fn dispatch(&mut self, group: usize, now: f64) {
        while self.floors[group].has_room() {
            let Some((slot, route)) = self.next_for(group, now) else { return };
            let Some(agent) = self.floors[group].pick() else { return };
            self.start(slot, route, group, agent, now);
        }
    }

    /// An agent who is through with a contact takes the next one, or rests.
    #[inline(always)]
    pub(super) fn take_next(&mut self, group: usize, agent: u32, now: f64) {
        match self.next_for(group, now) {
            Some((slot, route)) => self.start(slot, route, group, agent, now),
            None => self.floors[group].rest(agent),
        }
    }

    /// A talk begins. The call is out of its queue, the agent not among the idle.
    #[inline(always)]
    pub(super) fn start(&mut self, slot: u32, route: u32, group: usize, agent: u32, now: f64) {
        let call = &mut self.calls[slot as usize];
        let kind = call.kind as usize;
        let model = &self.model.types[kind];
        if call.since < now {
            self.sums.span(kind, of_type::QUEUE, call.since, now, self.period_of(slot));
        }
        let call = &mut self.calls[slot as usize];
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
        let call = &mut self.calls[slot as usize];
        let talk = if call.left >= 0.0 {
            call.left
        } else {
            let bits = self.draws.bits(Purpose::Talk, call.caller, call.stage);
            model.routes[route as usize].talk.value(bits, call.caller.number()) * call.talk_scale
        };
        call.state = State::Talking;
        call.since = now;
        call.left = talk;
        call.group = group as u32;
        call.agent = agent;
        call.route = route;
        call.ends = now + talk;
        call.version = call.version.wrapping_add(1);
        let version = call.version;
        let floor = &mut self.floors[group];
        floor.begin(agent, now);
        if floor.slows() {
            let agents = &mut floor.agents[agent as usize];
            agents.advance(now, &floor.group.speeds);
            let end = agents.progress + talk;
            agents.talks.push((end, slot));
            self.plan(group, agent);
        } else {
            if floor.group.shift_end == ShiftEnd::Preempt {
                floor.agents[agent as usize].talks.push((now + talk, slot));
            }
            self.calendar.put(now + talk, tag(kind::TALK_END, slot, version));
        }
    }

    /// The period in which the present wait began.
    #[inline(always)]
    pub(super) fn period_of(&self, slot: u32) -> u32 {
        let call = &self.calls[slot as usize];
        if call.since == call.arrival { call.period } else { self.sums.period(call.since) }
    }

    /// Puts down the next end of a contact of an agent whom contacts slow down.
    pub(super) fn plan(&mut self, group: usize, number: u32) {
        // Numbered through all agents: a contact may move to one who has made as many plans.
        self.plans = self.plans.wrapping_add(1);
        let floor = &mut self.floors[group];
        let agent = &mut floor.agents[number as usize];
        agent.plan = self.plans;
        if let Some((time, place)) = agent.first_end(&floor.group.speeds) {
            let slot = agent.talks[place].1;
            let version = agent.plan;
            self.calendar.put(time, tag(kind::CONTACT_END, slot, version));
        }
    }

    /// The first of an agent's contacts to end, where the others then go faster.
    pub(super) fn contact_end(&mut self, slot: u32, version: u64, now: f64) {
        let Call { group, agent: number, state, .. } = self.calls[slot as usize];
        let (group, state) = (group as usize, state);
        let Some(floor) = self.floors.get_mut(group) else { return };
        let Some(agent) = floor.agents.get_mut(number as usize) else { return };
        let place = agent.talks.iter().position(|&(_, held)| held == slot);
        let (Some(place), State::Talking) = (place, state) else { return };
        if u64::from(agent.plan) & VERSIONS != version {
            return;
        }
        agent.advance(now, &floor.group.speeds);
        agent.talks.remove(place);
        self.plan(group, number);
        self.calls[slot as usize].ends = now;
        self.talk_end(slot, now);
    }

    #[inline(always)]
    pub(super) fn talk_end(&mut self, slot: u32, now: f64) {
        let call = self.calls[slot as usize];
        let kind = call.kind as usize;
        let model = &self.model.types[kind];
        let group = call.group as usize;
        if !call.called_back {
            self.lines.give_back(now);
        }
        let floor = &mut self.floors[group];
        if floor.group.shift_end == ShiftEnd::Preempt && !floor.slows() {
            floor.agents[call.agent as usize].talks.retain(|&(_, held)| held != slot);
        }
        let acw = if model.acw.is_nothing() {
            0.0
        } else {
            let bits = self.draws.bits(Purpose::AfterCall, call.caller, call.stage);
            model.acw.value(bits, call.caller.number())
        };
        let talk = call.talked + (now - call.since);
        let passed_up = model.pass_up.filter(|&(probability, _)| {
            self.draws.happens(Purpose::PassUp, call.caller, call.stage, probability)
        });
        let sums = self.sums.of_type(kind, call.period);
        sums[of_type::HANDLE] += talk + acw;
        if passed_up.is_some() {
            sums[of_type::PASSED_UP] += 1.0;
        }
        if self.log.is_some() {
            let mut told = call;
            told.transferred = passed_up.is_some();
            told.ends = now;
            let outcome = if call.called_back { Outcome::Callback } else { Outcome::Answered };
            self.note(&told, outcome, talk, acw);
        }
        if acw > 0.0 {
            let tour = self.floors[group].agents[call.agent as usize].tour;
            let call = &mut self.calls[slot as usize];
            (call.state, call.left) = (State::Gone, f64::from(tour));
            self.calendar.put(now + acw, tag(kind::FREE, slot, 0));
        } else {
            self.release(slot);
            self.through(group, call.agent, now);
        }
        if let Some((_, to)) = passed_up {
            self.admit(Call {
                kind: to as u32,
                turn: call.turn.wrapping_add(1),
                stage: call.stage.wrapping_add(1),
                attempts: 1,
                period: self.period,
                state: State::Waiting,
                called_back: false,
                arrival: now,
                since: now,
                waited: 0.0,
                limit: f64::NAN,
                answer: f64::NAN,
                left: -1.0,
                talked: 0.0,
                ends: f64::NAN,
                ..call
            });
        }
    }

    /// After-call work is done.
    pub(super) fn free_agent(&mut self, slot: u32, now: f64) {
        let Call { group, agent, left, .. } = self.calls[slot as usize];
        self.release(slot);
        // Of an agent who dropped everything at the end of the shift the work was dropped too.
        let group = group as usize;
        if f64::from(self.floors[group].agents[agent as usize].tour) == left {
            self.through(group, agent, now);
        }
    }

    /// An agent is through with a contact.
    #[inline(always)]
    pub(super) fn through(&mut self, group: usize, agent: u32, now: f64) {
        if self.floors[group].end(agent, now) {
            self.take_next(group, agent, now);
        }
    }
}
