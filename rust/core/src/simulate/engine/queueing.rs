//! Callers before they are served: arriving, waiting, called back.

use super::super::arrivals::Arrival;
use super::super::draws::{Caller, Purpose};
use super::super::log::EntryOutcome;
use super::super::model::Callback;
use super::super::sums::of_type;
use super::{Call, CallState, Engine, Served, kind, tag};

impl Engine<'_> {
    /// A new caller.
    #[inline(always)]
    pub(super) fn arrive(&mut self, kind: usize, arrival: Arrival) {
        let call = Call {
            caller: Caller::new(kind, arrival.number),
            turn: 0,
            stage: 0,
            attempts: 1,
            kind: kind as u32,
            group: 0,
            agent: 0,
            route: 0,
            period: self.period,
            state: CallState::Waiting,
            called_back: false,
            transferred: false,
            apart: false,
            version: 0,
            arrival: arrival.time,
            since: arrival.time,
            waited: 0.0,
            limit: f64::NAN,
            answer: f64::NAN,
            talk_scale: arrival.talk_scale,
            left: -1.0,
            talked: 0.0,
            ends: f64::NAN,
        };
        self.admit(call);
    }

    /// A caller at the door: answered, queued or blocked.
    #[inline(always)]
    pub(super) fn admit(&mut self, call: Call) {
        let (kind, now) = (call.kind as usize, call.arrival);
        let blocked_line = self.lines.all_held();
        let sums = self.sums.of_type(kind, call.period);
        let first = f64::from(u8::from(call.attempts == 1));
        sums[of_type::OFFERED] += 1.0;
        sums[of_type::FIRST] += first;
        if !blocked_line && let Some((route, group, agent)) = self.find_agent(kind, now) {
            self.sums.of_type(kind, call.period)[of_type::ACCEPTED] += 1.0;
            self.lines.take(now);
            let call_index = self.add_call(call);
            self.start(call_index, route, group, agent, now);
            return;
        }
        if blocked_line || self.queue_is_full(kind) {
            let sums = self.sums.of_type(kind, call.period);
            sums[of_type::BLOCKED] += 1.0;
            sums[of_type::FIRST_BLOCKED] += first;
            self.log_entry(&call, EntryOutcome::Blocked, 0.0, 0.0);
            self.maybe_retry(call, |retry| retry.blocked, now);
            return;
        }
        let sums = self.sums.of_type(kind, call.period);
        sums[of_type::ACCEPTED] += 1.0;
        sums[of_type::WAITED] += 1.0;
        self.lines.take(now);
        let call_index = self.add_call(call);
        self.enqueue(call_index, self.patience(&call), now);
    }

    /// Whether one more call of type `kind` may not wait.
    #[inline(always)]
    fn queue_is_full(&self, kind: usize) -> bool {
        self.waiting[kind] >= self.model.types[kind].queue_limit
            || (self.model.queue_limit < u32::MAX
                && self.waiting.iter().sum::<u32>() >= self.model.queue_limit)
    }

    /// Route, group and number of the agent who gets a call of type `kind`, if one is free.
    #[inline(always)]
    pub(super) fn find_agent(&mut self, kind: usize, now: f64) -> Option<(u32, usize, u32)> {
        if self.chooses {
            return self.choose_agent(kind, now);
        }
        for index in 0..self.at_once[kind].len() {
            let route = self.at_once[kind][index];
            let group = self.route(kind as u32, route).group;
            if let Some(agent) = self.group_states[group].pick() {
                return Some((route, group, agent));
            }
        }
        None
    }

    /// The same where routes have scores or the agents' work counts.
    #[inline(never)]
    fn choose_agent(&mut self, kind: usize, now: f64) -> Option<(u32, usize, u32)> {
        let routes = &self.model.types[kind].routes;
        let choice = self.model.agent_choice;
        let mut first = 0;
        while first < self.at_once[kind].len() {
            let score = routes[self.at_once[kind][first] as usize].score;
            let pool = self.at_once[kind][first..].iter();
            let pool = pool.take_while(|&&route| routes[route as usize].score == score);
            let mut best: Option<(f64, u32, usize)> = None;
            let mut count = 0;
            for &route in pool.clone() {
                count += 1;
                let group = &self.group_states[routes[route as usize].group];
                if let Some((index, badness)) = group.best_idle(choice, now)
                    && best.is_none_or(|(least, ..)| badness < least)
                {
                    best = Some((badness, route, index));
                }
            }
            if let Some((_, route, index)) = best {
                let group = routes[route as usize].group;
                let agent = self.group_states[group].take_idle(index)?;
                return Some((route, group, agent));
            }
            // Nobody is idle: agents who have other contacts may take one more.
            for &route in pool {
                let group = routes[route as usize].group;
                if let Some(agent) = self.group_states[group].pick() {
                    return Some((route, group, agent));
                }
            }
            first += count;
        }
        None
    }

    /// The agent of `group` who takes the next contact.
    #[inline(always)]
    pub(super) fn pick_agent(&mut self, group: usize, now: f64) -> Option<u32> {
        let group_state = &mut self.group_states[group];
        if self.chooses
            && let Some((index, _)) = group_state.best_idle(self.model.agent_choice, now)
        {
            return group_state.take_idle(index);
        }
        group_state.pick()
    }

    /// The queue in which a call stands.
    #[inline(always)]
    pub(super) fn lane(&self, call: &Call) -> usize {
        let kind = call.kind as usize;
        if call.apart { kind + self.waiting.len() } else { kind }
    }

    /// How long a caller is willing to wait.
    #[inline(always)]
    pub(super) fn patience(&self, call: &Call) -> f64 {
        let patience = &self.model.types[call.kind as usize].patience;
        if patience.is_never() {
            return f64::INFINITY;
        }
        let bits = self.draws.bits(Purpose::Patience, call.caller, call.turn);
        patience.value(bits, call.caller.number())
    }

    /// Joins the end of the queue of the type.
    #[inline(always)]
    pub(super) fn enqueue(&mut self, call_index: u32, patience: f64, now: f64) {
        let lane = self.lane(&self.calls[call_index as usize]);
        // Who hung up at the front holds no memory for longer than the patience of those behind.
        self.front(lane, now);
        self.wait(call_index, patience, now);
        self.queues[lane].push_back(call_index);
        if let Some(callback) = &self.model.callback {
            let call = &self.calls[call_index as usize];
            if !call.called_back {
                self.calendar.put(now + callback.after, tag(kind::OFFER, call_index, call.version));
            }
        }
    }

    /// A wait begins; the caller has a place in the queue, or gets it.
    #[inline(always)]
    pub(super) fn wait(&mut self, call_index: u32, patience: f64, now: f64) {
        let call = &mut self.calls[call_index as usize];
        call.state = CallState::Waiting;
        call.since = now;
        call.limit = now + patience;
        let (kind, version, queued) = (call.kind, call.version, call.queued());
        self.waiting[kind as usize] += 1;
        if self.departures {
            self.calendar.put(now + patience, tag(kind::HANG_UP, call_index, version));
        }
        for index in 0..self.later[kind as usize].len() {
            let open = queued + self.route(kind, self.later[kind as usize][index]).after;
            if open >= now {
                self.calendar.put(open, tag(kind::OVERFLOW, call_index, version));
            }
        }
    }

    /// The call at the head of queue `lane`, after those who have gone are removed.
    #[inline(always)]
    pub(super) fn front(&mut self, lane: usize, now: f64) -> Option<u32> {
        loop {
            let call_index = *self.queues[lane].front()?;
            let call = &self.calls[call_index as usize];
            if call.state == CallState::Waiting {
                if call.limit >= now {
                    return Some(call_index);
                }
                let limit = call.limit;
                self.hang_up(call_index, limit);
            }
            self.queues[lane].pop_front();
            self.release(call_index);
        }
    }

    /// The call that an agent of `group` takes next, and its route; it leaves the queue.
    #[inline(always)]
    pub(super) fn next_for(&mut self, group: usize, now: f64) -> Option<(u32, u32)> {
        let best =
            if self.grows[group] { self.most_urgent(group, now) } else { self.first(group, now) };
        best.map(|(call_index, index)| {
            let Served { lane, kind, route, .. } = self.served[group][index];
            self.queues[lane].pop_front();
            self.waiting[kind] -= 1;
            (call_index, route)
        })
    }

    /// By fixed priorities: the call, and the place of its queue among those that the group serves.
    #[inline(always)]
    fn first(&mut self, group: usize, now: f64) -> Option<(u32, usize)> {
        let mut best: Option<(u32, f64, usize)> = None;
        for index in 0..self.served[group].len() {
            let Served { lane, priority, weight, after, .. } = self.served[group][index];
            if best.is_some_and(|(_, _, other)| self.served[group][other].priority < priority) {
                break;
            }
            if self.queues[lane].is_empty() {
                continue;
            }
            if let Some(call_index) = self.front(lane, now) {
                let queued = self.calls[call_index as usize].queued();
                let score = weight * (now - queued);
                if (after == 0.0 || now >= queued + after)
                    && best.is_none_or(|(_, highest, _)| score > highest)
                {
                    best = Some((call_index, score, index));
                }
            }
        }
        best.map(|(call_index, _, index)| (call_index, index))
    }

    /// By priorities that grow with the wait. Of one queue the oldest call is the most urgent one.
    #[inline(never)]
    fn most_urgent(&mut self, group: usize, now: f64) -> Option<(u32, usize)> {
        let mut best: Option<(u32, f64, f64, usize)> = None;
        for index in 0..self.served[group].len() {
            let Served { lane, priority, growth, weight, after, .. } = self.served[group][index];
            if self.queues[lane].is_empty() {
                continue;
            }
            let Some(call_index) = self.front(lane, now) else { continue };
            let queued = self.calls[call_index as usize].queued();
            if after > 0.0 && now < queued + after {
                continue;
            }
            let (urgency, score) = (growth * (now - queued) - priority, weight * (now - queued));
            if best.is_none_or(|(_, most, highest, _)| {
                urgency > most || (urgency == most && score > highest)
            }) {
                best = Some((call_index, urgency, score, index));
            }
        }
        best.map(|(call_index, .., index)| (call_index, index))
    }

    /// A waiting caller is asked whether to be called back.
    pub(super) fn offer(&mut self, call_index: u32, now: f64) {
        let Some(Callback { waiting, probability, delay, .. }) = &self.model.callback else {
            return;
        };
        let call = self.calls[call_index as usize];
        let kind = call.kind as usize;
        if self.waiting[kind] < *waiting
            || !self.draws.happens(Purpose::Callback, call.caller, call.turn, *probability)
        {
            return;
        }
        self.lines.give_back(now);
        self.sums.of_type(kind, call.period)[of_type::CALLBACK] += 1.0;
        let call = &mut self.calls[call_index as usize];
        call.called_back = true;
        call.limit = f64::INFINITY;
        let Some(delay) = delay else { return };
        call.state = CallState::Gone;
        call.version = call.version.wrapping_add(1);
        let call = *call;
        self.waiting[kind] -= 1;
        let period = self.period_of(call_index);
        self.sums.span(kind, of_type::QUEUE, call.since, now, period);
        let bits = self.draws.bits(Purpose::CallbackDelay, call.caller, call.turn);
        let time = now + delay.value(bits, call.caller.number());
        let waited = call.waited + (now - call.since);
        let away = self.add_call(Call { state: CallState::Away, waited, version: 0, ..call });
        self.calendar.put(time, tag(kind::CALL_BACK, away, 0));
    }

    /// The agreed time has come: the call joins the queue again, its wait so far kept.
    pub(super) fn call_back(&mut self, call_index: u32, now: f64) {
        self.calls[call_index as usize].since = now;
        let kind = self.calls[call_index as usize].kind;
        if let Some((route, group, agent)) = self.find_agent(kind as usize, now) {
            self.start(call_index, route, group, agent, now);
            return;
        }
        self.enqueue(call_index, f64::INFINITY, now);
    }
}
