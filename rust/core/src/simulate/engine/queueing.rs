//! Callers before they are served: arriving, waiting, hanging up, trying again, called back.

use super::super::arrivals::Arrival;
use super::super::draws::{Caller, Purpose};
use super::super::log::EntryOutcome;
use super::super::model::{Callback, Retry};
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
            for index in 0..self.at_once[kind].len() {
                let route = self.at_once[kind][index];
                let group = self.route(call.kind, route).group;
                if let Some(agent) = self.group_states[group].pick() {
                    self.sums.of_type(kind, call.period)[of_type::ACCEPTED] += 1.0;
                    self.lines.take(now);
                    let call_index = self.add_call(call);
                    self.start(call_index, route, group, agent, now);
                    return;
                }
            }
        }
        if blocked_line || self.waiting[kind] >= self.model.types[kind].queue_limit {
            let sums = self.sums.of_type(kind, call.period);
            sums[of_type::BLOCKED] += 1.0;
            sums[of_type::FIRST_BLOCKED] += first;
            self.log_entry(&call, EntryOutcome::Blocked, 0.0, 0.0);
            let probability = self.model.retry.as_ref().map_or(0.0, |retry| retry.blocked);
            self.maybe_retry(call, probability, now);
            return;
        }
        let sums = self.sums.of_type(kind, call.period);
        sums[of_type::ACCEPTED] += 1.0;
        sums[of_type::WAITED] += 1.0;
        self.lines.take(now);
        let call_index = self.add_call(call);
        self.enqueue(call_index, self.patience(&call), now);
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
        let kind = self.calls[call_index as usize].kind as usize;
        // Who hung up at the front holds no memory for longer than the patience of those behind.
        self.front(kind, now);
        self.wait(call_index, patience, now);
        self.queues[kind].push_back(call_index);
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

    /// The call at the head of the queue of `kind`, after those who have gone are removed.
    #[inline(always)]
    pub(super) fn front(&mut self, kind: usize, now: f64) -> Option<u32> {
        loop {
            let call_index = *self.queues[kind].front()?;
            let call = &self.calls[call_index as usize];
            if call.state == CallState::Waiting {
                if call.limit >= now {
                    return Some(call_index);
                }
                let limit = call.limit;
                self.hang_up(call_index, limit);
            }
            self.queues[kind].pop_front();
            self.release(call_index);
        }
    }

    /// The call that an agent of `group` takes next, and its route; it leaves the queue.
    #[inline(always)]
    pub(super) fn next_for(&mut self, group: usize, now: f64) -> Option<(u32, u32)> {
        let mut best: Option<(u32, f64, usize)> = None;
        for index in 0..self.served[group].len() {
            let Served { kind, priority, weight, after, .. } = self.served[group][index];
            if best.is_some_and(|(_, _, other)| self.served[group][other].priority < priority) {
                break;
            }
            if self.queues[kind].is_empty() {
                continue;
            }
            if let Some(call_index) = self.front(kind, now) {
                let queued = self.calls[call_index as usize].queued();
                let score = weight * (now - queued);
                if (after == 0.0 || now >= queued + after)
                    && best.is_none_or(|(_, highest, _)| score > highest)
                {
                    best = Some((call_index, score, index));
                }
            }
        }
        best.map(|(call_index, _, index)| {
            let Served { kind, route, .. } = self.served[group][index];
            self.queues[kind].pop_front();
            self.waiting[kind] -= 1;
            (call_index, route)
        })
    }

    /// A waiting caller hangs up, or is found to have done so at `now`.
    pub(super) fn hang_up(&mut self, call_index: u32, now: f64) {
        let period = self.period_of(call_index);
        let call = &mut self.calls[call_index as usize];
        call.state = CallState::Gone;
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
            self.log_entry(&Call { waited: wait, ..call }, EntryOutcome::Abandoned, 0.0, 0.0);
            let probability = self.model.retry.as_ref().map_or(0.0, |retry| retry.abandoned);
            self.maybe_retry(call, probability, now);
        } else {
            self.end_interrupted(&call);
        }
    }

    /// A call that was answered, interrupted and never resumed.
    fn end_interrupted(&mut self, call: &Call) {
        self.sums.of_type(call.kind as usize, call.period)[of_type::HANDLE] += call.talked;
        self.log_entry(call, EntryOutcome::Answered, call.talked, 0.0);
    }

    /// A caller without success may try again later; nobody does after closing time.
    pub(super) fn maybe_retry(&mut self, call: Call, probability: f64, now: f64) {
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
        let call_index = self.add_call(Call {
            turn: call.turn.wrapping_add(1),
            attempts: call.attempts + 1,
            state: CallState::Away,
            since: now,
            waited: 0.0,
            limit: f64::NAN,
            version: 0,
            ..call
        });
        self.calendar.put(time, tag(kind::RETRY, call_index, 0));
    }

    pub(super) fn retry(&mut self, call_index: u32, now: f64) {
        let call = self.calls[call_index as usize];
        let period = self.sums.period(call.since);
        self.sums.span(call.kind as usize, of_type::ORBIT, call.since, now, period);
        self.release(call_index);
        self.admit(Call { arrival: now, since: now, period: self.period, ..call });
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
        for index in 0..self.at_once[kind as usize].len() {
            let route = self.at_once[kind as usize][index];
            let group = self.route(kind, route).group;
            if let Some(agent) = self.group_states[group].pick() {
                self.start(call_index, route, group, agent, now);
                return;
            }
        }
        self.enqueue(call_index, f64::INFINITY, now);
    }

    /// No events are left: callers still waiting hang up when their patience ends, or are never served.
    pub(super) fn close(&mut self) {
        for kind in 0..self.queues.len() {
            while let Some(call_index) = self.queues[kind].pop_front() {
                let call = self.calls[call_index as usize];
                if call.state != CallState::Waiting {
                    continue;
                }
                if call.limit.is_finite() {
                    self.hang_up(call_index, call.limit);
                    continue;
                }
                let period = self.period_of(call_index);
                self.sums.span(kind, of_type::QUEUE, call.since, self.end.max(call.since), period);
                if call.answer.is_nan() {
                    let sums = self.sums.of_type(kind, call.period);
                    sums[of_type::UNSERVED] += 1.0;
                    sums[of_type::WAIT] = f64::INFINITY;
                    self.count_wait(kind, call.period, f64::INFINITY, false);
                    let waited = call.waited + (self.end - call.since).max(0.0);
                    self.log_entry(&Call { waited, ..call }, EntryOutcome::Unserved, 0.0, 0.0);
                } else {
                    self.end_interrupted(&call);
                }
            }
        }
    }
}
