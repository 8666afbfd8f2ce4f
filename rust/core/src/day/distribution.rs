//! The distribution of the number of calls in system at an instant, under the rates of its interval.

use crate::day::panels::NODES_PER_PANEL;
use crate::day::series::AtNodes;

/// Rates of one interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rates {
    /// Calls a second.
    pub(super) arrivals: f64,
    /// Calls that one agent ends a second.
    pub(super) service: f64,
    /// Waiting callers that hang up, each, a second; infinite where nobody waits at all.
    pub(super) hanging_up: f64,
    /// Agents at work.
    pub(super) agents: usize,
}

impl Rates {
    /// Whether a caller who finds all agents busy is lost at once.
    pub(super) fn nobody_waits(&self) -> bool {
        self.hanging_up.is_infinite()
    }

    /// Calls a second that leave the system from `calls` in it.
    pub(super) fn leaving(&self, calls: usize) -> f64 {
        let waiting = calls.saturating_sub(self.agents);
        let hanging_up = if waiting == 0 { 0.0 } else { waiting as f64 * self.hanging_up };
        calls.min(self.agents) as f64 * self.service + hanging_up
    }
}

/// Probabilities of `first`, `first + 1`, ... calls in system.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StateDistribution {
    pub(super) first: usize,
    pub(super) probabilities: Vec<f64>,
}

/// Probabilities below this are dropped: a window of 300 states loses at most 3e-15.
const NEGLIGIBLE: f64 = 1e-17;

impl StateDistribution {
    /// One beyond the greatest number of calls with a probability.
    pub(super) fn end(&self) -> usize {
        self.first + self.probabilities.len()
    }

    /// Each number of calls with its probability.
    pub(super) fn states(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.probabilities.iter().enumerate().map(|(i, &p)| (self.first + i, p))
    }

    /// Drops negligible ends and makes the sum 1.
    pub(super) fn trim(&mut self) {
        let p = &mut self.probabilities;
        let keep = |&value: &f64| value > NEGLIGIBLE;
        let last = p.iter().rposition(keep).map_or(1, |at| at + 1);
        p.truncate(last);
        let start = p.iter().position(keep).unwrap_or(0);
        p.drain(..start);
        self.first += start;
        let sum: f64 = p.iter().sum();
        for value in p.iter_mut() {
            *value = value.max(0.0) / sum;
        }
    }

    /// The steady state under constant rates; None where there is none, or on more states than a window
    /// may have.
    pub(super) fn steady_state(rates: &Rates) -> Option<Self> {
        let Rates { arrivals, service, hanging_up, agents } = *rates;
        let answers = agents as f64 * service;
        let mode = if arrivals < answers {
            arrivals / service
        } else if rates.nobody_waits() {
            agents as f64
        } else {
            agents as f64 + (arrivals - answers) / hanging_up
        };
        if mode.is_nan() || mode > MOST_CALLS as f64 {
            return None;
        }
        // Outwards from there, each number of calls by the balance of flows with the one before.
        let mode = mode as usize;
        let counts = |weight: &f64| *weight > 1e-20;
        let (mut above, mut below) = (vec![1.0], Vec::new());
        while let Some(&weight) = above.last().filter(|weight| counts(weight)) {
            if above.len() > MOST_STATES {
                return None;
            }
            above.push(weight * arrivals / rates.leaving(mode + above.len()));
        }
        let mut weight = 1.0;
        for calls in (1..=mode).rev() {
            weight *= rates.leaving(calls) / arrivals;
            if !counts(&weight) || below.len() > MOST_STATES {
                break;
            }
            below.push(weight);
        }
        let first = mode - below.len();
        below.reverse();
        below.append(&mut above);
        let mut steady = Self { first, probabilities: below };
        steady.trim();
        Some(steady)
    }

    /// Adds `seconds` at this distribution from the instant `since` on.
    pub(super) fn remain(
        &self,
        seconds: f64,
        since: f64,
        agents: usize,
        spent: &mut TimeSpent,
        snapshots: &mut [Snapshot],
    ) {
        spent.add(self.first, self.probabilities.iter().map(|p| p * seconds));
        let waiting = || self.states().filter(|&(calls, _)| calls >= agents);
        for snapshot in snapshots {
            let needed = self.end().saturating_sub(agents).max(snapshot.state_probabilities.len());
            snapshot.state_probabilities.resize(needed, [0.0; NODES_PER_PANEL]);
            for node in (0..NODES_PER_PANEL).filter(|&node| snapshot.instants[node] >= since) {
                waiting()
                    .for_each(|(calls, p)| snapshot.state_probabilities[calls - agents][node] += p);
            }
        }
    }

    fn mean_and_variance(&self) -> (f64, f64) {
        let mean: f64 = self.states().map(|(i, p)| i as f64 * p).sum();
        let variance = self.states().map(|(i, p)| (i as f64 - mean).powi(2) * p).sum();
        (mean, variance)
    }
}

/// Seconds spent at each number of calls in system, from 0 up.
#[derive(Debug, Default)]
pub(super) struct TimeSpent(pub(super) Vec<f64>);

impl TimeSpent {
    pub(super) fn add(&mut self, first: usize, seconds: impl Iterator<Item = f64>) {
        for (index, more) in (first..).zip(seconds) {
            if index >= self.0.len() {
                self.0.resize(index + 1, 0.0);
            }
            self.0[index] += more;
        }
    }
}

/// State probabilities at the nodes of a panel: all agents busy and 0, 1, 2, ... waiting.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// Instants of the nodes, counted from the start of the advance.
    pub(super) instants: AtNodes,
    pub(super) state_probabilities: Vec<AtNodes>,
}

/// The most calls in system, and the most states of a window: some hundred megabytes each.
pub(super) const MOST_CALLS: usize = 1 << 22;
pub(super) const MOST_STATES: usize = 1 << 18;

/// States that hold all but some 1e-16 of the probability during a step.
///
/// By the fluid path of the mean and the linear noise around it, `spread` standard deviations wide and
/// wider above, where counts are skew; a window too narrow shows by the probability at its ends.
pub(super) fn reach(
    rates: &Rates,
    from: &StateDistribution,
    step: f64,
    spread: f64,
) -> (usize, usize) {
    const PIECES: usize = 12;
    let (mut mean, mut variance) = from.mean_and_variance();
    let (mut low, mut high) = (from.first as f64, (from.end() - 1) as f64);
    let agents = rates.agents as f64;
    let hanging_up = if rates.nobody_waits() { rates.service } else { rates.hanging_up };
    let piece = step / PIECES as f64;
    for _ in 0..PIECES {
        let busy = mean.min(agents);
        let leaving = busy * rates.service + (mean - busy) * hanging_up;
        let drift = rates.arrivals - leaving;
        let restoring = if mean < agents { rates.service } else { hanging_up };
        let noise = rates.arrivals + leaving;
        if restoring * piece > 1e-6 {
            let kept = (-restoring * piece).exp();
            mean += drift * (1.0 - kept) / restoring;
            let steady = 0.5 * noise / restoring;
            variance = steady + (variance - steady) * kept * kept;
        } else {
            mean += drift * piece;
            variance += noise * piece;
        }
        mean = mean.max(0.0);
        let sd = variance.max(0.0).sqrt();
        low = low.min(mean - spread * sd);
        high = high.max(mean + spread * sd + spread * spread / 6.0);
    }
    // Far beyond what a window may hold: the caller of this function gets an error.
    let beyond = (2 * MOST_CALLS) as f64;
    high = if high.is_finite() { high.min(beyond) } else { beyond };
    low = if low.is_finite() { low.min(high) } else { 0.0 };
    let nowhere = rates.arrivals == 0.0;
    let first = if low <= 0.0 { 0 } else { low as usize };
    let mut last = if nowhere { from.end() - 1 } else { high.ceil() as usize };
    if rates.nobody_waits() {
        last = last.min(rates.agents);
    } else if !nowhere {
        // Whole vectors of eight states.
        last = first + (last - first + 1).next_multiple_of(8) - 1;
    }
    (first.min(last), last)
}
