//! Boundaries between intervals: calls in system when the number of agents changes.

use crate::day::distribution::{Rates, StateDistribution};
use crate::staffing::ShiftEnd;

/// Expected calls that a boundary moves.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct BoundaryFlows {
    /// Waiting just before it.
    pub(super) waiting: f64,
    /// Put back into the queue.
    pub(super) interrupted: f64,
    /// Answered at once by agents who start.
    pub(super) answered: f64,
    /// Hung up at once, where patience is 0 from now on.
    pub(super) hung_up: f64,
    /// Finished by leavers.
    pub(super) outside: f64,
}

/// Applies a boundary from `before` agents to those of `rates`.
pub(super) fn apply_boundary(
    calls: &mut StateDistribution,
    before: usize,
    rates: &Rates,
    rule: ShiftEnd,
) -> BoundaryFlows {
    let after = rates.agents;
    let sum = |of: &dyn Fn(usize) -> usize, calls: &StateDistribution| -> f64 {
        calls.states().fold(0.0, |sum, (i, p)| sum + of(i) as f64 * p)
    };
    let mut flows = BoundaryFlows {
        waiting: sum(&|i| i.saturating_sub(before), calls),
        ..BoundaryFlows::default()
    };
    if after > before {
        flows.answered = sum(&|i| i.saturating_sub(before).min(after - before), calls);
    } else if after < before {
        let surplus = |i: usize| i.min(before).saturating_sub(after);
        match rule {
            ShiftEnd::Preempt => flows.interrupted = sum(&surplus, calls),
            ShiftEnd::Finish => {
                flows.outside = sum(&surplus, calls);
                *calls = moved(calls, |i, p, stay| stay(i - surplus(i), p));
            }
            ShiftEnd::FinishRoster => {
                let leavers = before - after;
                *calls = moved(calls, |i, p, stay| {
                    for (busy, share) in busy_leavers(before, leavers, i.min(before)) {
                        flows.outside += busy as f64 * share * p;
                        stay(i - busy, share * p);
                    }
                });
            }
        }
    }
    if rates.nobody_waits() {
        flows.hung_up = sum(&|i| i.saturating_sub(after), calls);
        *calls = moved(calls, |i, p, stay| stay(i.min(after), p));
    }
    calls.trim();
    flows
}

fn moved(
    calls: &StateDistribution,
    mut each: impl FnMut(usize, f64, &mut dyn FnMut(usize, f64)),
) -> StateDistribution {
    let mut to = vec![0.0; calls.end()];
    for (i, p) in calls.states() {
        each(i, p, &mut |j, share| to[j] += share);
    }
    StateDistribution { first: 0, probabilities: to }
}

/// How many of `leavers` among `agents` are busy when `busy` are, with their probabilities.
///
/// Hypergeometric, by ratios from the mode and normalised.
fn busy_leavers(agents: usize, leavers: usize, busy: usize) -> impl Iterator<Item = (usize, f64)> {
    let least = (busy + leavers).saturating_sub(agents);
    let most = busy.min(leavers);
    // In floating point: products of numbers of agents may be beyond whole numbers.
    let product = |one: usize, other: usize| one as f64 * other as f64;
    let mode = product(busy + 1, leavers + 1) / (agents + 2) as f64;
    let mode = (mode as usize).clamp(least, most);
    let ratio = |j: usize| {
        // P(j + 1) / P(j)
        product(leavers - j, busy - j) / product(j + 1, agents + j + 1 - leavers - busy)
    };
    let mut shares = vec![0.0; most - least + 1];
    shares[mode - least] = 1.0;
    for j in mode..most {
        shares[j + 1 - least] = shares[j - least] * ratio(j);
    }
    for j in (least..mode).rev() {
        shares[j - least] = shares[j + 1 - least] / ratio(j);
    }
    let sum: f64 = shares.iter().sum();
    shares.into_iter().enumerate().map(move |(j, share)| (least + j, share / sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leavers_are_drawn_without_replacement() {
        // 5 agents, 2 leave, 3 are busy: C(2, j) C(3, 3 - j) / C(5, 3).
        let shares: Vec<_> = busy_leavers(5, 2, 3).collect();
        for ((j, share), expected) in shares.iter().zip([0.1, 0.6, 0.3]) {
            assert!((share - expected).abs() < 1e-15, "{j}");
        }
        assert_eq!(busy_leavers(4, 4, 3).collect::<Vec<_>>(), [(3, 1.0)]);
        assert_eq!(busy_leavers(4, 1, 0).collect::<Vec<_>>(), [(0, 1.0)]);
    }

    fn at(first: usize) -> StateDistribution {
        StateDistribution { first, probabilities: vec![1.0] }
    }

    fn rates(agents: usize, hanging_up: f64) -> Rates {
        Rates { arrivals: 1.0, service: 1.0, hanging_up, agents }
    }

    #[test]
    fn surplus_calls_go_where_the_rule_says() {
        // 6 agents busy and 2 callers waiting; 2 agents leave.
        let mut calls = at(8);
        let flows = apply_boundary(&mut calls, 6, &rates(4, 0.1), ShiftEnd::Finish);
        assert_eq!((flows.waiting, flows.outside, calls.first), (2.0, 2.0, 6));
        let mut calls = at(8);
        let flows = apply_boundary(&mut calls, 6, &rates(4, 0.1), ShiftEnd::Preempt);
        assert_eq!((flows.interrupted, flows.outside, calls.first), (2.0, 0.0, 8));
        let mut calls = at(8);
        let flows = apply_boundary(&mut calls, 6, &rates(7, 0.1), ShiftEnd::Finish);
        assert_eq!((flows.answered, calls.first), (1.0, 8));
        let mut calls = at(8);
        let flows = apply_boundary(&mut calls, 6, &rates(7, f64::INFINITY), ShiftEnd::Finish);
        assert_eq!((flows.answered, flows.hung_up, calls.first), (1.0, 1.0, 7));
    }
}
