//! Callers who leave without having been served, and those who come back.

use super::super::draws::{Purpose, unit};
use super::super::log::EntryOutcome;
use super::super::model::Retry;
use super::super::sums::of_type;
use super::{Call, CallState, Engine, kind, tag};

impl Engine<'_> {
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
        self.give_up(call, wait, now);
    }

    /// A caller has hung up after `wait` seconds.
    pub(super) fn give_up(&mut self, call: Call, wait: f64, now: f64) {
        let kind = call.kind as usize;
        if call.answer.is_nan() {
            let sums = self.sums.of_type(kind, call.period);
            sums[of_type::ABANDONED] += 1.0;
            sums[of_type::WAIT] += wait;
            self.count_wait(kind, call.period, wait, false);
            self.log_entry(&Call { waited: wait, ..call }, EntryOutcome::Abandoned, 0.0, 0.0);
            self.maybe_retry(call, |retry| retry.abandoned, now);
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
    pub(super) fn maybe_retry(
        &mut self,
        call: Call,
        probabilities: impl Fn(&Retry) -> [f64; 2],
        now: f64,
    ) {
        let Some(retry) = &self.model.types[call.kind as usize].retry else { return };
        let probability = probabilities(retry)[usize::from(call.attempts > 1)];
        let (caller, turn) = (call.caller, call.turn);
        if call.attempts >= retry.attempts
            || !self.draws.happens(Purpose::Retry, caller, turn, probability)
        {
            return;
        }
        let bits = self.draws.bits(Purpose::RetryDelay, caller, turn);
        let time = now + retry.delay.value(bits, caller.number());
        let share = || unit(self.draws.bits(Purpose::RetryType, caller, turn));
        let to = if retry.to.is_empty() { None } else { retry.to.at(share()) };
        let kind = call.kind as usize;
        let period = self.sums.period(now);
        if time >= self.end {
            self.sums.span(kind, of_type::ORBIT, now, self.end.max(now), period);
            return;
        }
        let call_index = self.add_call(Call {
            turn: turn.wrapping_add(1),
            attempts: call.attempts + 1,
            // As which type the caller will be back.
            route: to.unwrap_or(kind) as u32,
            state: CallState::Away,
            apart: false,
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
        let kind = call.route;
        self.admit(Call { kind, arrival: now, since: now, period: self.period, ..call });
    }

    /// A caller whose talk has ended without being forwarded may call again later.
    pub(super) fn maybe_recall(&mut self, call: &Call, now: f64) {
        let Some((to, delay)) = &self.model.types[call.kind as usize].recall else { return };
        let share = unit(self.draws.bits(Purpose::Recall, call.caller, call.stage));
        let Some(kind) = to.at(share) else { return };
        let bits = self.draws.bits(Purpose::RecallDelay, call.caller, call.stage);
        let time = now + delay.value(bits, call.caller.number());
        if time >= self.end {
            return;
        }
        let next = Call { route: kind as u32, state: CallState::Away, ..*call };
        let call_index = self.add_call(Call { version: 0, ..next });
        self.calendar.put(time, tag(kind::RECALL, call_index, 0));
    }

    pub(super) fn recall(&mut self, call_index: u32, now: f64) {
        let call = self.calls[call_index as usize];
        self.release(call_index);
        self.queue_anew(call, call.route as usize, false, now);
    }

    /// A caller who has been served queues again as a call of type `kind`.
    pub(super) fn queue_anew(&mut self, call: Call, kind: usize, forwarded: bool, now: f64) {
        self.admit(Call {
            kind: kind as u32,
            turn: call.turn.wrapping_add(1),
            stage: call.stage.wrapping_add(1),
            attempts: 1,
            period: self.period,
            state: CallState::Waiting,
            called_back: false,
            apart: forwarded && self.apart[kind],
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

    /// No events are left: callers still waiting hang up when their patience ends, or are never served.
    pub(super) fn close(&mut self) {
        for lane in 0..self.queues.len() {
            while let Some(call_index) = self.queues[lane].pop_front() {
                let call = self.calls[call_index as usize];
                let kind = call.kind as usize;
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
