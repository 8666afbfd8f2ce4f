//! Agents coming and going.

use super::super::draws::{Caller, Purpose};
use super::super::sums::of_group;
use super::Engine;
use crate::rng::Key;
use crate::staffing::ShiftEnd;

impl Engine<'_> {
    /// A period begins, or agents come and go.
    pub(super) fn boundary(&mut self, now: f64) {
        let before = self.period;
        for (group, group_state) in self.group_states.iter_mut().enumerate() {
            group_state.take_sums(now, self.sums.of_group(group, before));
        }
        let sums = self.lines.take_sums(now);
        self.sums.of_lines(before).add(sums);
        self.period = self.sums.period(now);
        let mut changed = false;
        for group in 0..self.group_states.len() {
            let staffing = &self.model.groups[group].staffing;
            let index = staffing.partition_point(|&(from, _)| from <= now);
            let wanted = index.checked_sub(1).map_or(0, |last| staffing[last].1);
            let present = self.group_states[group].on_duty;
            changed |= wanted != present;
            if wanted > present {
                self.group_states[group].arrive(wanted - present, now);
            } else if wanted < present {
                self.depart(group, present - wanted, now);
            }
        }
        if changed {
            for group in 0..self.group_states.len() {
                self.dispatch(group, now);
            }
        }
    }

    /// `count` agents of `group` end their shift.
    pub(super) fn depart(&mut self, group: usize, count: u32, now: f64) {
        let group_state = &mut self.group_states[group];
        let rule = group_state.group.shift_end;
        let mut leavers = match rule {
            ShiftEnd::Finish | ShiftEnd::Preempt => group_state.idle_first(),
            ShiftEnd::FinishRoster => {
                let mut all = group_state.on_duty();
                let caller = Caller::new(group, now.to_bits() as u32);
                let key = self.draws.bits(Purpose::Roster, caller, (now.to_bits() >> 32) as u16);
                let key = Key::new(key);
                all.sort_by_key(|&number| key.place(u64::from(number)));
                all
            }
        };
        leavers.truncate(count as usize);
        let mut interrupted = Vec::new();
        if rule == ShiftEnd::Preempt {
            for &number in &leavers {
                let agent = &mut group_state.agents[number as usize];
                agent.advance(now, &group_state.group.speeds);
                let reached =
                    if group_state.group.speeds.is_empty() { now } else { agent.progress };
                let ends = agent.talks.iter();
                interrupted
                    .extend(ends.map(|&(end, call_index)| (call_index, (end - reached).max(0.0))));
            }
        }
        group_state.leave(&leavers, now);
        if rule == ShiftEnd::Preempt {
            for &number in &leavers {
                group_state.drop_all(number, now);
            }
            for (call_index, left) in interrupted {
                self.put_back(call_index, left, now);
            }
        }
    }

    /// An interrupted call waits at the head of its queue, before all who came later, with what is
    /// left of its patience.
    fn put_back(&mut self, call_index: u32, left: f64, now: f64) {
        let patience = match self.calls[call_index as usize] {
            call if call.limit.is_nan() => self.patience(&call),
            call => call.limit,
        };
        let call = &mut self.calls[call_index as usize];
        call.talked += now - call.since;
        call.ends = now;
        call.left = left;
        call.version = call.version.wrapping_add(1);
        let arrival = call.arrival;
        let lane = self.lane(&self.calls[call_index as usize]);
        self.wait(call_index, patience, now);
        let older = |&&other: &&u32| self.calls[other as usize].queued() < arrival;
        let index = self.queues[lane].iter().take_while(older).count();
        self.queues[lane].insert(index, call_index);
    }

    /// Seconds on duty, which the schedule alone decides.
    pub(super) fn count_staff(&mut self) {
        for (number, group) in self.model.groups.iter().enumerate() {
            for (index, &(from, agents)) in group.staffing.iter().enumerate() {
                let until = group.staffing.get(index + 1).map_or(self.end, |next| next.0);
                let mut from = from;
                while from < until.min(self.end) {
                    let period = self.sums.period(from);
                    let edge = self.sums.edges.get(period as usize).copied().unwrap_or(self.end);
                    let passed = edge.min(until) - from;
                    let sums = self.sums.of_group(number, period);
                    sums[of_group::AGENTS] += f64::from(agents) * passed;
                    sums[of_group::SLOTS] +=
                        f64::from(agents) * f64::from(group.concurrency) * passed;
                    from = edge.min(until);
                }
            }
        }
    }
}
