//! Callers before they are served: arriving, waiting, hanging up, trying again, called back.

use super::super::arrivals::Arrival;
use super::super::draws::{Caller, Purpose};
use super::super::log::Outcome;
use super::super::model::{Callback, Retry};
use super::super::sums::of_type;
use super::{Call, Engine, Served, State, kind, tag};

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
            state: State::Waiting,
            called_back: false,
            transferred: false,
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
        if !blocked_line {
            for place in 0..self.at_once[kind].len() {
                let route = self.at_once[kind][place];
                let group = self.route(call.kind, route).group;
                if let Some(agent) = self.floors[group].pick() {
                    self.sums.of_type(kind, call.period)[of_type::ACCEPTED] += 1.0;
                    self.lines.take(now);
                    let slot = self.slot(call);
                    self.start(slot, route, group, agent, now);
                    return;
                }
            }
        }
        if blocked_line || self.waiting[kind] >= self.model.types[kind].queue_limit {
            let sums = self.sums.of_type(kind, call.period);
            sums[of_type::BLOCKED] += 1.0;
            sums[of_type::FIRST_BLOCKED] += first;
            self.note(&call, Outcome::Blocked, 0.0, 0.0);
            let probability = self.model.retry.as_ref().map_or(0.0, |retry| retry.blocked);
            self.perhaps_again(call, probability, now);
            return;
        }
        let sums = self.sums.of_type(kind, call.period);
        sums[of_type::ACCEPTED] += 1.0;
        sums[of_type::WAITED] += 1.0;
        self.lines.take(now);
        let slot = self.slot(call);
        self.enqueue(slot, self.patience(&call), now);
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
    pub(super) fn enqueue(&mut self, slot: u32, patience: f64, now: f64) {
        let kind = self.calls[slot as usize].kind as usize;
        // Who hung up at the front holds no memory for longer than the patience of those behind.
        self.front(kind, now);
        self.wait(slot, patience, now);
        self.queues[kind].push_back(slot);
        if let Some(callback) = &self.model.callback {
            let call = &self.calls[slot as usize];
            if !call.called_back {
                self.calendar.put(now + callback.after, tag(kind::OFFER, slot, call.version));
            }
        }
    }

    /// A wait begins; the caller has a place in the queue, or gets it.
    #[inline(always)]
    pub(super) fn wait(&mut self, slot: u32, patience: f64, now: f64) {
        let call = &mut self.calls[slot as usize];
        call.state = State::Waiting;
        call.since = now;
        call.limit = now + patience;
        let (kind, version, queued) = (call.kind, call.version, call.queued());
        self.waiting[kind as usize] += 1;
        if self.departures {
            self.calendar.put(now + patience, tag(kind::HANG_UP, slot, version));
        }
        for place in 0..self.later[kind as usize].len() {
            let open = queued + self.route(kind, self.later[kind as usize][place]).after;
            if open >= now {
                self.calendar.put(open, tag(kind::OVERFLOW, slot, version));
            }
        }
    }

    /// The call at the head of the queue of `kind`, after those who have gone are removed.
    #[inline(always)]
    pub(super) fn front(&mut self, kind: usize, now: f64) -> Option<u32> {
        loop {
            let slot = *self.queues[kind].front()?;
            let call = &self.calls[slot as usize];
            if call.state == State::Waiting {
                if call.limit >= now {
                    return Some(slot);
                }
                let limit = call.limit;
                self.hang_up(slot, limit);
            }
            self.queues[kind].pop_front();
            self.release(slot);
        }
    }

    /// The call that an agent of `group` takes next, and its route; it leaves the queue.
    #[inline(always)]
    pub(super) fn next_for(&mut self, group: usize, now: f64) -> Option<(u32, u32)> {
        let mut best: Option<(u32, f64, usize)> = None;
        for place in 0..self.served[group].len() {
            let Served { kind, priority, weight, after, .. } = self.served[group][place];
            if best.is_some_and(|(_, _, other)| self.served[group][other].priority < priority) {
                break;
            }
            if self.queues[kind].is_empty() {
                continue;
            }
            if let Some(slot) = self.front(kind, now) {
                let queued = self.calls[slot as usize].queued();
                let score = weight * (now - queued);
                if (after == 0.0 || now >= queued + after)
                    && best.is_none_or(|(_, highest, _)| score > highest)
                {
                    best = Some((slot, score, place));
                }
            }
        }
        best.map(|(slot, _, place)| {
            let Served { kind, route, .. } = self.served[group][place];
            self.queues[kind].pop_front();
            self.waiting[kind] -= 1;
            (slot, route)
        })
    }

    /// A waiting caller hangs up, or is found to have done so at `now`.
    pub(super) fn hang_up(&mut self, slot: u32, now: f64) {
        let period = self.period_of(slot);
        let call = &mut self.calls[slot as usize];
        call.state = State::Gone;
        call.version = call.version.wrapping_add(1);
        let kind = call.kind as usize;
        let wait = call.waited + (now - call.since);
        let call = *call;
        self.lines.give_back(now);
        self.waiting[kind] -= 1;
        self.sums.span(kind, of_type::QUEUE, call.since, now, period);
        if call.answer.is_nan() {
            let sums = self.sums.of_type(kind, call.period);
            sums[of_type::ABANDONED] += 1.0;
            sums[of_type::WAIT] += wait;
            self.count_wait(kind, call.period, wait, false);
            self.note(&Call { waited: wait, ..call }, Outcome::Abandoned, 0.0, 0.0);
            let probability = self.model.retry.as_ref().map_or(0.0, |retry| retry.abandoned);
            self.perhaps_again(call, probability, now);
        } else {
            self.end_interrupted(&call);
        }
    }

    /// A call that was answered, interrupted and never resumed.
    fn end_interrupted(&mut self, call: &Call) {
        self.sums.of_type(call.kind as usize, call.period)[of_type::HANDLE] += call.talked;
        self.note(call, Outcome::Answered, call.talked, 0.0);
    }

    /// A caller without success may try again later; nobody does after closing time.
    pub(super) fn perhaps_again(&mut self, call: Call, probability: f64, now: f64) {
        let Some(Retry { delay, attempts, .. }) = &self.model.retry else { return };
        if call.attempts >= *attempts
            || !self.draws.happens(Purpose::Retry, call.caller, call.turn, probability)
        {
            return;
        }
        let bits = self.draws.bits(Purpose::RetryDelay, call.caller, call.turn);
        let time = now + delay.value(bits, call.caller.number());
        let kind = call.kind as usize;
        let period = self.sums.period(now);
        if time >= self.end {
            self.sums.span(kind, of_type::ORBIT, now, self.end.max(now), period);
            return;
        }
        let slot = self.slot(Call {
            turn: call.turn.wrapping_add(1),
            attempts: call.attempts + 1,
            state: State::Away,
            since: now,
            waited: 0.0,
            limit: f64::NAN,
            version: 0,
            ..call
        });
        self.calendar.put(time, tag(kind::RETRY, slot, 0));
    }

    pub(super) fn retry(&mut self, slot: u32, now: f64) {
        let call = self.calls[slot as usize];
        let period = self.sums.period(call.since);
        self.sums.span(call.kind as usize, of_type::ORBIT, call.since, now, period);
        self.release(slot);
        self.admit(Call { arrival: now, since: now, period: self.period, ..call });
    }

    /// A waiting caller is asked whether to be called back.
    pub(super) fn offer(&mut self, slot: u32, now: f64) {
        let Some(Callback { waiting, probability, delay, .. }) = &self.model.callback else {
            return;
        };
        let call = self.calls[slot as usize];
        let kind = call.kind as usize;
        if self.waiting[kind] < *waiting
            || !self.draws.happens(Purpose::Callback, call.caller, call.turn, *probability)
        {
            return;
        }
        self.lines.give_back(now);
        self.sums.of_type(kind, call.period)[of_type::CALLBACK] += 1.0;
        let call = &mut self.calls[slot as usize];
        call.called_back = true;
        call.limit = f64::INFINITY;
        let Some(delay) = delay else { return };
        call.state = State::Gone;
        call.version = call.version.wrapping_add(1);
        let call = *call;
        self.waiting[kind] -= 1;
        let period = self.period_of(slot);
        self.sums.span(kind, of_type::QUEUE, call.since, now, period);
        let bits = self.draws.bits(Purpose::CallbackDelay, call.caller, call.turn);
        let time = now + delay.value(bits, call.caller.number());
        let waited = call.waited + (now - call.since);
        let away = self.slot(Call { state: State::Away, waited, version: 0, ..call });
        self.calendar.put(time, tag(kind::CALL_BACK, away, 0));
    }

    /// The agreed time has come: the call joins the queue again, its wait so far kept.
    pub(super) fn call_back(&mut self, slot: u32, now: f64) {
        self.calls[slot as usize].since = now;
        let kind = self.calls[slot as usize].kind;
        for place in 0..self.at_once[kind as usize].len() {
            let route = self.at_once[kind as usize][place];
            let group = self.route(kind, route).group;
            if let Some(agent) = self.floors[group].pick() {
                self.start(slot, route, group, agent, now);
                return;
            }
        }
        self.enqueue(slot, f64::INFINITY, now);
    }

    /// Nothing happens any more: who still waits hangs up when his patience ends, or waits for ever.
    pub(super) fn close(&mut self) {
        for kind in 0..self.queues.len() {
            while let Some(slot) = self.queues[kind].pop_front() {
                let call = self.calls[slot as usize];
                if call.state != State::Waiting {
                    continue;
                }
                if call.limit.is_finite() {
                    self.hang_up(slot, call.limit);
                    continue;
                }
                let period = self.period_of(slot);
                self.sums.span(kind, of_type::QUEUE, call.since, self.end.max(call.since), period);
                if call.answer.is_nan() {
                    let sums = self.sums.of_type(kind, call.period);
                    sums[of_type::UNSERVED] += 1.0;
                    sums[of_type::WAIT] = f64::INFINITY;
                    self.count_wait(kind, call.period, f64::INFINITY, false);
                    let waited = call.waited + (self.end - call.since).max(0.0);
                    self.note(&Call { waited, ..call }, Outcome::Unserved, 0.0, 0.0);
                } else {
                    self.end_interrupted(&call);
                }
            }
        }
    }
}
