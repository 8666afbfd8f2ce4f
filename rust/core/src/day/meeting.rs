//! Where arrivals meet their fates: what each finds, joined with what becomes of those who find that.

use crate::day::fate::{Backward, Chances, Change, Fates, Queue};
use crate::day::panels::{NODES, Panel};
use crate::day::{Interval, ShiftEnd};

/// Intervals in a row with the same rates of leaving and the same agents.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Regime {
    /// Its first interval.
    pub(super) from: usize,
    pub(super) start: f64,
    /// Infinite for the last: its values stay in force.
    pub(super) end: f64,
    pub(super) queue: Queue,
    /// What its start does to those who wait.
    change: Change,
}

impl Regime {
    pub(super) fn of_day(intervals: &[Interval]) -> Vec<Self> {
        let mut regimes: Vec<Self> = Vec::new();
        let mut time = 0.0;
        for (from, interval) in intervals.iter().enumerate() {
            let rates = interval.rates();
            let before = from.checked_sub(1).map(|before| &intervals[before]);
            let same = before.is_some_and(|before| {
                let earlier = before.rates();
                (earlier.agents, earlier.service, earlier.hanging_up)
                    == (rates.agents, rates.service, rates.hanging_up)
            });
            if !same {
                let agents = before.map_or(0, |before| before.agents);
                let change = if rates.agents >= agents || interval.shift_end != ShiftEnd::Preempt {
                    Change::Forward(rates.agents.saturating_sub(agents))
                } else {
                    Change::Back(agents - rates.agents)
                };
                if let Some(last) = regimes.last_mut() {
                    last.end = time;
                }
                let queue = Queue {
                    answers: rates.agents as f64 * rates.service,
                    hanging_up: rates.hanging_up,
                };
                regimes.push(Self { from, start: time, end: f64::INFINITY, queue, change });
            }
            time += interval.length;
        }
        regimes
    }
}

/// What the arrivals of an interval find.
#[derive(Debug)]
pub(super) struct Arrivals {
    pub(super) regime: usize,
    /// The most callers that one who waits may have ahead.
    pub(super) ahead: usize,
    pub(super) start: f64,
    pub(super) end: f64,
    /// Seconds with an agent free.
    pub(super) below: f64,
    /// Seconds with all agents busy and 0, 1, 2, ... waiting, before `window`.
    pub(super) early: Vec<f64>,
    /// From here on a change of the rates matters to those who arrive.
    pub(super) window: f64,
    /// Probabilities of all agents busy and 0, 1, 2, ... waiting at the nodes of the panels after it.
    pub(super) panels: Vec<(Panel, [Vec<f64>; NODES])>,
}

/// Seconds of arriving, weighted by what becomes of those who arrive.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) answered_within: f64,
    pub(super) waiting_after: f64,
    pub(super) virtual_waiting_after: f64,
    pub(super) answered: f64,
    pub(super) for_ever: f64,
    pub(super) wait: f64,
    pub(super) wait_answered: f64,
    /// How far the panels' sums may be off; of waits, by seconds a second of them.
    pub(super) doubt: f64,
}

impl Arrivals {
    /// Joins what the arrivals find with their fates; `fates` are those at the interval's end, of the
    /// next interval's callers, and become those at its start.
    pub(super) fn gather(
        &self,
        regimes: &[Regime],
        threshold: f64,
        backward: &mut Backward,
        fates: &mut Option<(usize, Fates)>,
    ) -> Gathered {
        let regime = &regimes[self.regime];
        let settled = Fates::settled(&regime.queue, self.ahead);
        let mut within = Chances::at_deadline(self.ahead);
        if threshold.is_finite() {
            backward.chances(&regime.queue, threshold, &mut within);
        }
        let patient = survival(&regime.queue, threshold);
        let mut sums =
            Gathered { answered_within: self.below, answered: self.below, ..Gathered::default() };
        for (value, weight) in sums.parts(&settled, &within, patient, threshold, &self.early) {
            *value += weight;
        }
        let mut now = match fates.take() {
            Some((next, after)) if regime.end.is_finite() => {
                let change =
                    if next == self.regime { Change::Forward(0) } else { regimes[next].change };
                let beyond = Fates::settled(&regimes[next].queue, self.ahead);
                after.before(change, self.ahead, &beyond)
            }
            _ => settled.clone(),
        };
        let mut time = self.end;
        for (panel, seen) in self.panels.iter().rev() {
            let mut values = [[0.0; NODES]; PARTS];
            for (node, (instant, seconds)) in panel.nodes().into_iter().enumerate().rev() {
                backward.fates(&regime.queue, time - instant, &mut now);
                time = instant;
                let crossed = instant + threshold > regime.end && threshold.is_finite();
                let by_deadline = crossed.then(|| {
                    chances(regimes, self.regime, instant, threshold, self.ahead, backward)
                });
                let (chances, patient) =
                    by_deadline.as_ref().map_or((&within, patient), |c| (&c.0, c.1));
                let parts = sums.parts(&now, chances, patient, threshold, &seen[node]);
                for ((value, weight), values) in parts.into_iter().zip(&mut values) {
                    *value += seconds * weight;
                    values[node] = weight;
                }
            }
            for (part, values) in values.iter().enumerate() {
                let doubt = panel.doubt(values);
                // Of waits, in units of the longest patience worth the name of a share's error.
                let unit = if part >= FIRST_WAIT {
                    1.0 + values.iter().fold(0.0_f64, |most, value| most.max(value.abs()))
                } else {
                    1.0
                };
                sums.doubt = sums.doubt.max(doubt / unit);
            }
        }
        if self.window <= self.start {
            backward.fates(&regime.queue, time - self.start, &mut now);
        } else {
            now = settled;
        }
        *fates = Some((self.regime, now));
        sums
    }
}

/// Parts of [`Gathered`] that are summed over nodes.
const PARTS: usize = 7;

/// The first of them that is a time and no share.
const FIRST_WAIT: usize = 5;

impl Gathered {
    /// Each sum beside what those who `found` so many ahead add to it.
    fn parts(
        &mut self,
        fates: &Fates,
        chances: &Chances,
        patient: f64,
        threshold: f64,
        found: &[f64],
    ) -> [(&mut f64, f64); PARTS] {
        let of = |measure: &[f64]| -> f64 {
            found.iter().zip(&measure[1..]).fold(0.0, |sum, (p, value)| sum + p * value)
        };
        let [answered, for_ever] = [&fates.answered, &fates.for_ever].map(|m| of(m));
        let [within, waiting] = if threshold.is_finite() {
            [of(&chances.answered), of(&chances.waiting)]
        } else {
            [answered, for_ever]
        };
        [
            (&mut self.answered_within, within),
            (&mut self.waiting_after, patient * waiting),
            (&mut self.virtual_waiting_after, waiting),
            (&mut self.answered, answered),
            (&mut self.for_ever, for_ever),
            (&mut self.wait, of(&fates.wait)),
            (&mut self.wait_answered, of(&fates.wait_answered)),
        ]
    }
}

/// Probability that a caller would wait so many seconds.
fn survival(queue: &Queue, seconds: f64) -> f64 {
    if queue.hanging_up == 0.0 {
        1.0
    } else if queue.hanging_up.is_infinite() {
        0.0
    } else {
        (-queue.hanging_up * seconds).exp()
    }
}

/// Chances at `instant` by a deadline beyond the end of the regime, and the probability that a caller
/// would wait that long.
fn chances(
    regimes: &[Regime],
    regime: usize,
    instant: f64,
    threshold: f64,
    ahead: usize,
    backward: &mut Backward,
) -> (Chances, f64) {
    let deadline = instant + threshold;
    let last = regimes.partition_point(|r| r.start < deadline) - 1;
    let back = |regime: &Regime| match regime.change {
        Change::Back(places) => places,
        Change::Forward(_) => 0,
    };
    let mut ahead = ahead + regimes[regime + 1..=last].iter().map(back).sum::<usize>();
    let mut chances = Chances::at_deadline(ahead);
    let mut patient = 1.0;
    for place in (regime..=last).rev() {
        let Regime { start, end, queue, change, .. } = &regimes[place];
        let seconds = end.min(deadline) - start.max(instant);
        backward.chances(queue, seconds, &mut chances);
        patient *= survival(queue, seconds);
        if place > regime {
            ahead -= back(&regimes[place]);
            chances = chances.before(*change, ahead);
        }
    }
    (chances, patient)
}
