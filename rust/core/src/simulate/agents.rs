//! The agents of one group: who is on duty, who is free, and the seconds they are busy.

use std::collections::VecDeque;

use super::model::{AgentChoice, Group};
use super::sums::{GroupSums, of_group};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    Off,
    On,
    /// The shift is over, a call is not.
    Leaving,
}

/// An agent.
#[derive(Debug, Clone)]
pub(super) struct Agent {
    pub(super) duty: Duty,
    /// Contacts held, after-call work included.
    pub(super) held: u32,
    /// The calls being talked to, each with the progress at which it ends.
    pub(super) talks: Vec<(f64, u32)>,
    /// Progress of each contact since the agent was last without any, at `at`.
    pub(super) progress: f64,
    pub(super) updated: f64,
    /// Number of the last plan made for the end of a contact: events of an older plan are void.
    pub(super) plan: u32,
    /// Counts the times everything was dropped: after-call work of an earlier tour is void.
    pub(super) tour: u32,
    /// Since when on duty, since when last without a contact, and how long without one before.
    came: f64,
    idle_since: f64,
    idle: f64,
}

/// A group's agents at an instant.
#[derive(Debug)]
pub(super) struct GroupState<'m> {
    pub(super) group: &'m Group,
    pub(super) agents: Vec<Agent>,
    /// Agents on duty without a contact, the longest idle first.
    idle: VecDeque<u32>,
    /// Numbers that newcomers may have.
    off: Vec<u32>,
    pub(super) on_duty: u32,
    /// Contacts of agents on duty, agents on duty with a contact, contacts of those leaving.
    busy: u32,
    active: u32,
    overtime: u32,
    since: f64,
    seconds: [f64; 3],
}

impl<'m> GroupState<'m> {
    pub(super) fn new(group: &'m Group) -> Self {
        Self {
            group,
            agents: Vec::new(),
            idle: VecDeque::new(),
            off: Vec::new(),
            on_duty: 0,
            busy: 0,
            active: 0,
            overtime: 0,
            since: 0.0,
            seconds: [0.0; 3],
        }
    }

    pub(super) fn clear(&mut self) {
        self.agents.clear();
        self.idle.clear();
        self.off.clear();
        (self.on_duty, self.busy, self.active, self.overtime) = (0, 0, 0, 0);
        self.since = 0.0;
        self.seconds = [0.0; 3];
    }

    /// Whether one contact of an agent changes the others' speed.
    #[inline(always)]
    pub(super) fn slows(&self) -> bool {
        !self.group.speeds.is_empty()
    }

    #[inline(always)]
    fn pass(&mut self, now: f64) {
        let passed = now - self.since;
        self.seconds[0] += f64::from(self.busy) * passed;
        self.seconds[1] += f64::from(self.active) * passed;
        self.seconds[2] += f64::from(self.overtime) * passed;
        self.since = now;
    }

    /// Hands over the seconds since the last time.
    pub(super) fn take_sums(&mut self, now: f64, sums: &mut GroupSums) {
        self.pass(now);
        sums[of_group::BUSY] += self.seconds[0];
        sums[of_group::ACTIVE] += self.seconds[1];
        sums[of_group::OVERTIME] += self.seconds[2];
        self.seconds = [0.0; 3];
    }

    /// Whether somebody on duty may take one more contact.
    #[inline(always)]
    pub(super) fn has_room(&self) -> bool {
        !self.idle.is_empty()
            || (self.group.concurrency > 1
                && u64::from(self.busy)
                    < u64::from(self.on_duty) * u64::from(self.group.concurrency))
    }

    /// The agent who takes the next contact: the longest idle one, else the one with the fewest.
    #[inline(always)]
    pub(super) fn pick(&mut self) -> Option<u32> {
        if let Some(agent) = self.idle.pop_front() {
            return Some(agent);
        }
        if !self.has_room() {
            return None;
        }
        let on_duty = self.agents.iter().zip(0..).filter(|(agent, _)| agent.duty == Duty::On);
        on_duty
            .filter(|(agent, _)| agent.held < self.group.concurrency)
            .min_by_key(|(agent, number)| (agent.held, *number))
            .map(|(_, number)| number)
    }

    /// A contact begins with an agent who is not among the idle any more.
    #[inline(always)]
    pub(super) fn begin(&mut self, agent: u32, now: f64) {
        self.pass(now);
        self.busy += 1;
        let agent = &mut self.agents[agent as usize];
        if agent.held == 0 {
            self.active += 1;
            agent.idle += now - agent.idle_since;
        }
        agent.held += 1;
    }

    /// An agent's contact ends. True: the agent may take another one.
    #[inline(always)]
    pub(super) fn end(&mut self, number: u32, now: f64) -> bool {
        self.pass(now);
        let agent = &mut self.agents[number as usize];
        agent.held -= 1;
        if agent.duty == Duty::On {
            agent.idle_since = now;
            self.busy -= 1;
            self.active -= u32::from(agent.held == 0);
            return true;
        }
        self.overtime -= 1;
        if agent.held == 0 {
            agent.duty = Duty::Off;
            self.off.push(number);
        }
        false
    }

    /// Nobody waits for an agent on duty with room: without a contact the agent is idle.
    #[inline(always)]
    pub(super) fn rest(&mut self, agent: u32) {
        if self.agents[agent as usize].held == 0 {
            self.idle.push_back(agent);
        }
    }

    /// Of the idle agents the best one by `choice`: its place among the idle, and its badness.
    pub(super) fn best_idle(&self, choice: AgentChoice, now: f64) -> Option<(usize, f64)> {
        if choice == AgentChoice::LongestIdle {
            return self.idle.front().map(|&number| (0, self.agents[number as usize].idle_since));
        }
        let mut best: Option<(usize, f64)> = None;
        for (index, &number) in self.idle.iter().enumerate() {
            let share = self.agents[number as usize].busy_share(now);
            if best.is_none_or(|(_, least)| share < least) {
                best = Some((index, share));
            }
        }
        best
    }

    /// Takes the agent at a place among the idle.
    pub(super) fn take_idle(&mut self, index: usize) -> Option<u32> {
        self.idle.remove(index)
    }

    /// Newcomers, idle at first.
    pub(super) fn arrive(&mut self, count: u32, now: f64) {
        self.pass(now);
        self.on_duty += count;
        for _ in 0..count {
            let number = self.off.pop().unwrap_or_else(|| {
                self.agents.push(Agent {
                    duty: Duty::Off,
                    held: 0,
                    talks: Vec::new(),
                    progress: 0.0,
                    updated: now,
                    plan: 0,
                    tour: 0,
                    came: 0.0,
                    idle_since: 0.0,
                    idle: 0.0,
                });
                self.agents.len() as u32 - 1
            });
            let agent = &mut self.agents[number as usize];
            agent.duty = Duty::On;
            (agent.came, agent.idle_since, agent.idle) = (now, now, 0.0);
            self.idle.push_back(number);
        }
    }

    /// Agents on duty, those without a contact first.
    pub(super) fn idle_first(&self) -> Vec<u32> {
        let numbers = (0..self.agents.len() as u32).rev();
        let agent = |number: u32| &self.agents[number as usize];
        let busy = numbers.filter(|&n| agent(n).duty == Duty::On && agent(n).held > 0);
        self.idle.iter().rev().copied().chain(busy).collect()
    }

    /// Agents on duty, by number.
    pub(super) fn on_duty(&self) -> Vec<u32> {
        let all = self.agents.iter().zip(0..);
        all.filter(|(agent, _)| agent.duty == Duty::On).map(|(_, number)| number).collect()
    }

    /// These agents' shift is over: they finish what they have.
    pub(super) fn leave(&mut self, leavers: &[u32], now: f64) {
        self.pass(now);
        self.on_duty -= leavers.len() as u32;
        for &number in leavers {
            let agent = &mut self.agents[number as usize];
            self.busy -= agent.held;
            self.overtime += agent.held;
            self.active -= u32::from(agent.held > 0);
            if agent.held == 0 {
                agent.duty = Duty::Off;
                self.off.push(number);
            } else {
                agent.duty = Duty::Leaving;
            }
        }
        let agents = &self.agents;
        self.idle.retain(|&number| agents[number as usize].duty == Duty::On);
    }

    /// An agent who was about to leave drops everything at once.
    pub(super) fn drop_all(&mut self, number: u32, now: f64) {
        self.pass(now);
        let agent = &mut self.agents[number as usize];
        agent.tour += 1;
        agent.talks.clear();
        if agent.duty == Duty::Leaving {
            self.overtime -= agent.held;
            agent.held = 0;
            agent.duty = Duty::Off;
            self.off.push(number);
        }
    }
}

impl Agent {
    /// Share of the time on duty with a contact, of an agent who is idle at `now`.
    fn busy_share(&self, now: f64) -> f64 {
        let on_duty = now - self.came;
        let idle = self.idle + (now - self.idle_since);
        // A newcomer has done nothing yet.
        if on_duty > 0.0 { 1.0 - idle / on_duty } else { 0.0 }
    }

    /// Moves the contacts' progress on to `now`.
    pub(super) fn advance(&mut self, now: f64, speeds: &[f64]) {
        if let Some(speed) = self.talks.len().checked_sub(1).and_then(|k| speeds.get(k)) {
            self.progress += speed * (now - self.updated);
        } else {
            self.progress = 0.0;
        }
        self.updated = now;
    }

    /// When, at the present speed, which contact ends first.
    pub(super) fn first_end(&self, speeds: &[f64]) -> Option<(f64, usize)> {
        let speed = speeds.get(self.talks.len().checked_sub(1)?)?;
        let ends = self.talks.iter().enumerate();
        let (index, (end, _)) = ends.min_by(|(_, a), (_, b)| a.0.total_cmp(&b.0))?;
        Some((self.updated + (end - self.progress).max(0.0) / speed, index))
    }
}
