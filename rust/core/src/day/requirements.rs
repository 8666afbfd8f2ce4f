//! The fewest agents of each interval, with the backlog that earlier intervals leave.

use crate::day::days::Days;
use crate::day::{Interval, Measures, State, evaluate};
use crate::erlang::Definition;
use crate::error::{Error, Result};
use crate::staffing::{GOALS, Goal};
use crate::threads::Run;

/// What an interval must meet.
#[derive(Debug, Clone, Copy)]
pub struct IntervalGoals {
    /// Fewest agents whatever the calls.
    pub minimum: usize,
    /// By the order of [`GOALS`], none where the goal is not given; without calls all are met.
    pub targets: [Option<f64>; GOALS.len()],
    /// Definition of the service level.
    pub definition: Definition,
}

/// A goal missed by less than the solution's error is met.
const SLACK: f64 = 1e-9;

impl IntervalGoals {
    fn is_met(&self, interval: &Interval, measures: &Measures) -> bool {
        if interval.calls == 0.0 {
            return true;
        }
        GOALS.into_iter().zip(self.targets).all(|(goal, target)| {
            let Some(target) = target else { return true };
            let worked = interval.agents as f64 * interval.length;
            match goal {
                Goal::ServiceLevel => {
                    measures.service_level(self.definition, interval.calls) >= target - SLACK
                }
                Goal::Asa => {
                    measures.wait_answered / measures.answered_of_arrivals <= target + SLACK
                }
                Goal::MeanWait => measures.wait / interval.calls <= target + SLACK,
                // As in `staffing` a queue that would grow without end is no way to lose nobody.
                Goal::Abandonment if interval.patience.is_infinite() => {
                    worked > interval.calls * interval.aht
                }
                Goal::Abandonment => {
                    measures.abandoned_of_arrivals / interval.calls <= target + SLACK
                }
                Goal::Occupancy => measures.busy / worked <= target + SLACK,
                Goal::WaitProbability => measures.wait_probability <= target + SLACK,
            }
        })
    }
}

impl IntervalGoals {
    /// Seconds after an interval in which outcomes of its callers may still count.
    fn deadline(&self, interval: &Interval) -> f64 {
        self.targets[Goal::ServiceLevel as usize].map_or(0.0, |_| interval.threshold)
    }
}

impl Measures {
    fn service_level(&self, definition: Definition, calls: f64) -> f64 {
        let within = self.answered_within;
        match definition {
            Definition::Offered => within / calls,
            Definition::Answered => within / self.answered_of_arrivals,
            Definition::ExcludeAbandonedWithin => within / (within + self.waiting_after),
            Definition::CountAbandonedWithin => 1.0 - self.waiting_after / calls,
            Definition::Virtual => 1.0 - self.virtual_waiting_after / calls,
        }
    }
}

/// Of every interval the fewest agents that meet what is asked, and the measures with them; and every
/// day's state after its last.
///
/// Interval by interval, each from the state that earlier ones leave; the search starts from the agents
/// of each [`Interval`]. An interval whose last callers miss a goal because later intervals have fewer
/// agents gets more.
///
/// # Errors
/// Those of [`evaluate`], pieces that do not go together, and [`Error::NotConverged`] of goals that agents
/// for everybody who may be there do not meet.
pub fn required_days(
    days: &Days<'_>,
    goals: &[IntervalGoals],
    tolerance: f64,
    run: &Run<'_>,
) -> Result<(Vec<usize>, Vec<Measures>, Vec<State>)> {
    if goals.len() != days.intervals.len() {
        return Err(Error::Usage("goals and intervals do not go together".to_owned()));
    }
    let found = days.each(run, |range, start, stop| {
        let (intervals, goals) = (&days.intervals[range.clone()], &goals[range]);
        SequentialSearch::new(intervals, start, goals, tolerance, stop).finish()
    })?;
    let mut agents = Vec::with_capacity(days.intervals.len());
    let mut measures = Vec::with_capacity(days.intervals.len());
    let mut states = Vec::with_capacity(found.len());
    for (staffed, of_day, state) in found {
        agents.extend(staffed.iter().map(|interval| interval.agents));
        measures.extend(of_day);
        states.push(state);
    }
    Ok((agents, measures, states))
}

/// The sequential search through one day.
struct SequentialSearch<'a> {
    /// Staffed up to the current interval.
    intervals: Vec<Interval>,
    /// Fewest agents of each interval. They only rise, and with an agent for everybody all goals are met
    /// whatever follows, so that the search ends.
    least: Vec<usize>,
    /// Before each interval that was reached.
    states: Vec<State>,
    goals: &'a [IntervalGoals],
    tolerance: f64,
    stop: &'a dyn Fn() -> bool,
}

impl<'a> SequentialSearch<'a> {
    fn new(
        intervals: &[Interval],
        start: &State,
        goals: &'a [IntervalGoals],
        tolerance: f64,
        stop: &'a dyn Fn() -> bool,
    ) -> Self {
        Self {
            intervals: intervals.to_vec(),
            // Without agents, fractions of answered calls are 0/0.
            least: intervals
                .iter()
                .zip(goals)
                .map(|(i, goals)| goals.minimum.max(usize::from(i.calls > 0.0)))
                .collect(),
            states: vec![start.clone()],
            goals,
            tolerance,
            stop,
        }
    }

    fn finish(mut self) -> Result<(Vec<Interval>, Vec<Measures>, State)> {
        let count = self.intervals.len();
        let mut index = 0;
        loop {
            while index < count {
                index = self.step(index)?;
            }
            let (measures, end) = self.solved(0, count)?;
            let missed = (0..count).find(|&i| !self.is_met(i, &measures[i]));
            match missed {
                Some(missed) => index = self.add_agent(missed, count)?,
                None => return Ok((self.intervals, measures, end)),
            }
        }
    }

    /// Staffs interval `index`. Tells which is next: one before it had to be raised, or the one after it.
    fn step(&mut self, index: usize) -> Result<usize> {
        let near = self.intervals[index].agents;
        let end = self.staff(index, index + 1, self.least[index], near)?;
        if let Some(missed) = self.earlier_interval_missed(index)? {
            return self.add_agent(missed, index + 1);
        }
        self.states.push(end);
        Ok(index + 1)
    }

    /// The latest interval before `index` whose last callers do worse than asked because of the agents there.
    ///
    /// Only those are looked at whose callers may be waiting yet; the end of the search looks at all.
    fn earlier_interval_missed(&self, index: usize) -> Result<Option<usize>> {
        let Some(last) = index.checked_sub(1) else { return Ok(None) };
        let (now, then) = (&self.intervals[index], &self.intervals[last]);
        let eases =
            now.agents >= then.agents && now.aht <= then.aht && now.patience == then.patience;
        if eases {
            return Ok(None);
        }
        let mut since = 0.0;
        for before in (0..index).rev() {
            let interval = &self.intervals[before];
            if since > 0.0 && since >= self.goals[before].deadline(interval) {
                break;
            }
            if interval.calls > 0.0 && !self.is_met(before, &self.solved(before, index + 1)?.0[0]) {
                return Ok(Some(before));
            }
            since += interval.length;
        }
        Ok(None)
    }

    /// Gives interval `index` more agents, until no interval up to `end` makes it miss its goals. Returns the next one.
    fn add_agent(&mut self, index: usize, end: usize) -> Result<usize> {
        let more = self.intervals[index].agents + 1;
        self.staff(index, end, more, more)?;
        self.least[index] = self.intervals[index].agents;
        self.states.truncate(index + 1);
        let after = self.solved(index, index + 1)?.1;
        self.states.push(after);
        Ok(index + 1)
    }

    /// Gives interval `index` the fewest agents from `least` on with which it does well, those up to `end` being
    /// staffed as they are; looked for from `near` outwards. The state before `end`.
    fn staff(&mut self, index: usize, end: usize, least: usize, near: usize) -> Result<State> {
        let here = self.states[index].first + self.states[index].probabilities.len();
        let everybody = here as f64 + self.intervals[index].calls;
        let (mut from, mut good, mut step) = (least, near.max(least), 1);
        let most = 10.0 * (everybody + good as f64) + 1000.0;
        let mut after = loop {
            if let Some(after) = self.meets_goals(index, end, good)? {
                break after;
            }
            if good as f64 > most {
                let arguments = format!("{:?}", self.intervals[index]);
                return Err(Error::NotConverged { what: "the search for agents", arguments });
            }
            from = good + 1;
            good += step;
            step *= 2;
        };
        step = 1;
        while from < good {
            // Downwards by growing steps until one leaves too few, by halves from then on.
            let trial = if from == least {
                good.saturating_sub(step).max(least)
            } else {
                usize::midpoint(from, good)
            };
            match self.meets_goals(index, end, trial)? {
                Some(then) => (good, after, step) = (trial, then, 2 * step),
                None => from = trial + 1,
            }
        }
        self.intervals[index].agents = good;
        Ok(after)
    }

    /// The state before `end`, if interval `index` does well with so many agents.
    fn meets_goals(&mut self, index: usize, end: usize, agents: usize) -> Result<Option<State>> {
        self.intervals[index].agents = agents;
        let (measures, after) = self.solved(index, end)?;
        Ok(self.is_met(index, &measures[0]).then_some(after))
    }

    fn is_met(&self, index: usize, measures: &Measures) -> bool {
        self.goals[index].is_met(&self.intervals[index], measures)
    }

    fn solved(&self, index: usize, end: usize) -> Result<(Vec<Measures>, State)> {
        evaluate(&self.intervals[index..end], &self.states[index], self.tolerance, self.stop)
            .map_err(|failure| failure.later(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::ShiftEnd;

    fn half_hours(calls: &[f64], patience: f64) -> Vec<Interval> {
        let each = |&calls: &f64| Interval {
            length: 1800.0,
            calls,
            aht: 300.0,
            patience,
            agents: 3,
            threshold: 20.0,
            shift_end: ShiftEnd::Finish,
        };
        calls.iter().map(each).collect()
    }

    fn goals(goal: Goal, target: f64) -> IntervalGoals {
        let mut targets = [None; GOALS.len()];
        targets[goal as usize] = Some(target);
        IntervalGoals { minimum: 0, targets, definition: Definition::Offered }
    }

    fn required(intervals: &[Interval], minimum: usize, goals: &IntervalGoals) -> Vec<usize> {
        let goals = vec![IntervalGoals { minimum, ..*goals }; intervals.len()];
        let starts = [State::waiting(0)];
        let days = Days { intervals, ends: &[intervals.len()], starts: &starts };
        let run = Run { threads: Some(1), interrupted: &|| false };
        required_days(&days, &goals, 1e-10, &run).unwrap().0
    }

    /// Whether the goal is met in every interval with calls, each with the agents given.
    fn met(intervals: &[Interval], agents: &[usize], goals: &IntervalGoals) -> Vec<bool> {
        let mut staffed = intervals.to_vec();
        for (interval, &agents) in staffed.iter_mut().zip(agents) {
            interval.agents = agents;
        }
        let (measures, _) = evaluate(&staffed, &State::waiting(0), 1e-10, &|| false).unwrap();
        staffed.iter().zip(&measures).map(|(i, m)| goals.is_met(i, m)).collect()
    }

    #[test]
    fn every_interval_does_well_and_the_last_not_with_one_fewer() {
        let intervals = half_hours(&[60.0, 200.0, 90.0, 0.0, 30.0], 180.0);
        for (goal, target) in [
            (Goal::ServiceLevel, 0.8),
            (Goal::Asa, 10.0),
            (Goal::MeanWait, 10.0),
            (Goal::Abandonment, 0.03),
            (Goal::Occupancy, 0.75),
            (Goal::WaitProbability, 0.2),
        ] {
            let goals = goals(goal, target);
            let mut agents = required(&intervals, 0, &goals);
            assert!(met(&intervals, &agents, &goals).iter().all(|&met| met), "{goal:?}");
            assert_eq!(agents[3], 0);
            agents[4] -= 1;
            assert!(agents[4] == 0 || !met(&intervals, &agents, &goals)[4], "{goal:?}");
        }
    }

    #[test]
    fn nobody_at_work_serves_nobody_well() {
        // 0 of 0 answered; and no one hangs up who waits for ever.
        let patient = half_hours(&[30.0; 2], f64::INFINITY);
        assert_eq!(required(&patient, 0, &goals(Goal::Abandonment, 0.05)), [6, 6]);
        let hasty = half_hours(&[1.0; 2], 0.0);
        for goal in [Goal::Asa, Goal::Occupancy] {
            assert_eq!(required(&hasty, 0, &goals(goal, 0.9)), [1, 1]);
        }
        assert_eq!(required(&hasty, 4, &goals(Goal::Occupancy, 0.9)), [4, 4]);
    }

    #[test]
    fn thresholds_beyond_many_falls_are_met_too() {
        // Whoever arrives is judged when agents have left three times.
        let falling: Vec<f64> = (0..8).map(|i| 300.0 - 30.0 * f64::from(i)).collect();
        let mut intervals = half_hours(&falling, f64::INFINITY);
        for interval in &mut intervals {
            interval.length = 300.0;
            interval.calls /= 6.0;
            interval.threshold = 900.0;
        }
        let goals = goals(Goal::ServiceLevel, 0.9);
        let agents = required(&intervals, 0, &goals);
        assert!(met(&intervals, &agents, &goals).iter().all(|&met| met), "{agents:?}");
    }
}
