//! The fewest agents, interval by interval, with the backlog that the staffing before leaves.

use crate::day::days::Days;
use crate::day::{Interval, Measures, State, evaluate};
use crate::erlang::Definition;
use crate::error::{Error, Result};
use crate::staffing::{GOALS, Goal};
use crate::threads::Run;

/// What an interval must meet.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Fewest agents whatever the calls.
    pub minimum: usize,
    /// If there are calls, by the order of [`GOALS`]; none where the goal is not asked for.
    pub targets: [Option<f64>; GOALS.len()],
    /// What the service level counts.
    pub definition: Definition,
}

/// A goal missed by less than the solution's error is met.
const SLACK: f64 = 1e-9;

impl Asked {
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
                Goal::WaitProbability => measures.p_wait <= target + SLACK,
            }
        })
    }
}

impl Asked {
    /// Seconds after an interval in which its callers' fates may count still, as far as one can tell.
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
/// Interval by interval, each from the state that those before leave; the agents that an [`Interval`] has
/// are where to look first. An interval that fewer agents after it would spoil, when its last callers are
/// served, gets more.
///
/// # Errors
/// Those of [`evaluate`], pieces that do not go together, and [`Error::NotConverged`] of goals that agents
/// for everybody who may be there do not meet.
pub fn required_days(
    days: &Days<'_>,
    asked: &[Asked],
    tolerance: f64,
    run: &Run<'_>,
) -> Result<(Vec<usize>, Vec<Measures>, Vec<State>)> {
    if asked.len() != days.intervals.len() {
        return Err(Error::Usage("goals and intervals do not go together".to_owned()));
    }
    let found = days.each(run, |place, start, stop| {
        let (intervals, asked) = (&days.intervals[place.clone()], &asked[place]);
        March::new(intervals, start, asked, tolerance, stop).finish()
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

/// The march through one day.
struct March<'a> {
    /// Staffed as far as the march has come.
    intervals: Vec<Interval>,
    /// Fewest agents of each interval. They only rise, and with an agent for everybody all goals are met
    /// whatever follows: so the march ends.
    least: Vec<usize>,
    /// Before each interval that was reached.
    states: Vec<State>,
    asked: &'a [Asked],
    tolerance: f64,
    stop: &'a dyn Fn() -> bool,
}

impl<'a> March<'a> {
    fn new(
        intervals: &[Interval],
        start: &State,
        asked: &'a [Asked],
        tolerance: f64,
        stop: &'a dyn Fn() -> bool,
    ) -> Self {
        Self {
            intervals: intervals.to_vec(),
            // Where nobody is served, shares of the served say nothing.
            least: intervals
                .iter()
                .zip(asked)
                .map(|(i, asked)| asked.minimum.max(usize::from(i.calls > 0.0)))
                .collect(),
            states: vec![start.clone()],
            asked,
            tolerance,
            stop,
        }
    }

    fn finish(mut self) -> Result<(Vec<Interval>, Vec<Measures>, State)> {
        let count = self.intervals.len();
        let mut at = 0;
        loop {
            while at < count {
                at = self.step(at)?;
            }
            let (measures, end) = self.solved(0, count)?;
            let missed = (0..count).find(|&i| !self.is_met(i, &measures[i]));
            match missed {
                Some(spoilt) => at = self.raise(spoilt, count)?,
                None => return Ok((self.intervals, measures, end)),
            }
        }
    }

    /// Staffs interval `at`. Tells which is next: one before it had to be raised, or the one after it.
    fn step(&mut self, at: usize) -> Result<usize> {
        let near = self.intervals[at].agents;
        let end = self.staff(at, at + 1, self.least[at], near)?;
        if let Some(spoilt) = self.spoilt_by(at)? {
            return self.raise(spoilt, at + 1);
        }
        self.states.push(end);
        Ok(at + 1)
    }

    /// The latest interval before `at` whose last callers do worse than asked because of the agents there.
    ///
    /// Only those are looked at whose callers may be waiting yet; the end of the march looks at all.
    fn spoilt_by(&self, at: usize) -> Result<Option<usize>> {
        let Some(last) = at.checked_sub(1) else { return Ok(None) };
        let (now, then) = (&self.intervals[at], &self.intervals[last]);
        let eases =
            now.agents >= then.agents && now.aht <= then.aht && now.patience == then.patience;
        if eases {
            return Ok(None);
        }
        let mut since = 0.0;
        for before in (0..at).rev() {
            let interval = &self.intervals[before];
            if since > 0.0 && since >= self.asked[before].deadline(interval) {
                break;
            }
            if interval.calls > 0.0 && !self.is_met(before, &self.solved(before, at + 1)?.0[0]) {
                return Ok(Some(before));
            }
            since += interval.length;
        }
        Ok(None)
    }

    /// Gives interval `at` more agents, so that those up to `end` spoil it no more. Tells which is next.
    fn raise(&mut self, at: usize, end: usize) -> Result<usize> {
        let more = self.intervals[at].agents + 1;
        self.staff(at, end, more, more)?;
        self.least[at] = self.intervals[at].agents;
        self.states.truncate(at + 1);
        let after = self.solved(at, at + 1)?.1;
        self.states.push(after);
        Ok(at + 1)
    }

    /// Gives interval `at` the fewest agents from `least` on with which it does well, those up to `end` being
    /// staffed as they are; looked for from `near` outwards. The state before `end`.
    fn staff(&mut self, at: usize, end: usize, least: usize, near: usize) -> Result<State> {
        let here = self.states[at].first + self.states[at].probabilities.len();
        let everybody = here as f64 + self.intervals[at].calls;
        let (mut from, mut good, mut step) = (least, near.max(least), 1);
        let most = 10.0 * (everybody + good as f64) + 1000.0;
        let mut after = loop {
            if let Some(after) = self.does_well(at, end, good)? {
                break after;
            }
            if good as f64 > most {
                let arguments = format!("{:?}", self.intervals[at]);
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
            match self.does_well(at, end, trial)? {
                Some(then) => (good, after, step) = (trial, then, 2 * step),
                None => from = trial + 1,
            }
        }
        self.intervals[at].agents = good;
        Ok(after)
    }

    /// The state before `end`, if interval `at` does well with so many agents.
    fn does_well(&mut self, at: usize, end: usize, agents: usize) -> Result<Option<State>> {
        self.intervals[at].agents = agents;
        let (measures, after) = self.solved(at, end)?;
        Ok(self.is_met(at, &measures[0]).then_some(after))
    }

    fn is_met(&self, at: usize, measures: &Measures) -> bool {
        self.asked[at].is_met(&self.intervals[at], measures)
    }

    fn solved(&self, at: usize, end: usize) -> Result<(Vec<Measures>, State)> {
        evaluate(&self.intervals[at..end], &self.states[at], self.tolerance, self.stop)
            .map_err(|failure| failure.later(at))
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

    fn asked(goal: Goal, target: f64) -> Asked {
        let mut targets = [None; GOALS.len()];
        targets[goal as usize] = Some(target);
        Asked { minimum: 0, targets, definition: Definition::Offered }
    }

    fn required(intervals: &[Interval], minimum: usize, asked: &Asked) -> Vec<usize> {
        let asked = vec![Asked { minimum, ..*asked }; intervals.len()];
        let starts = [State::waiting(0)];
        let days = Days { intervals, ends: &[intervals.len()], starts: &starts };
        let run = Run { threads: Some(1), interrupted: &|| false };
        required_days(&days, &asked, 1e-10, &run).unwrap().0
    }

    /// Whether the goal is met in every interval with calls, each with the agents given.
    fn met(intervals: &[Interval], agents: &[usize], asked: &Asked) -> Vec<bool> {
        let mut staffed = intervals.to_vec();
        for (interval, &agents) in staffed.iter_mut().zip(agents) {
            interval.agents = agents;
        }
        let (measures, _) = evaluate(&staffed, &State::waiting(0), 1e-10, &|| false).unwrap();
        staffed.iter().zip(&measures).map(|(i, m)| asked.is_met(i, m)).collect()
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
            let asked = asked(goal, target);
            let mut agents = required(&intervals, 0, &asked);
            assert!(met(&intervals, &agents, &asked).iter().all(|&met| met), "{goal:?}");
            assert_eq!(agents[3], 0);
            agents[4] -= 1;
            assert!(agents[4] == 0 || !met(&intervals, &agents, &asked)[4], "{goal:?}");
        }
    }

    #[test]
    fn nobody_at_work_serves_nobody_well() {
        // 0 of 0 answered; and no one hangs up who waits for ever.
        let patient = half_hours(&[30.0; 2], f64::INFINITY);
        assert_eq!(required(&patient, 0, &asked(Goal::Abandonment, 0.05)), [6, 6]);
        let hasty = half_hours(&[1.0; 2], 0.0);
        for goal in [Goal::Asa, Goal::Occupancy] {
            assert_eq!(required(&hasty, 0, &asked(goal, 0.9)), [1, 1]);
        }
        assert_eq!(required(&hasty, 4, &asked(Goal::Occupancy, 0.9)), [4, 4]);
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
        let asked = asked(Goal::ServiceLevel, 0.9);
        let agents = required(&intervals, 0, &asked);
        assert!(met(&intervals, &agents, &asked).iter().all(|&met| met), "{agents:?}");
    }
}
