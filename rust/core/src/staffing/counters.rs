//! Open counters slot by slot at the least loss, by an exact dynamic programme.
//!
//! State: slot, counters open, slots since they changed (up to the dwell), staff slots left. It is solved
//! backward in time; the innermost loop runs over the staff slots left, which lie side by side.

use crate::error::{Error, Result};
use crate::threads::Watch;

/// Losses whose difference is below this share of the largest are equal: sums in another order differ so.
const EQUAL: f64 = 1e-12;
/// States times transitions up to which a plan is made: some seconds.
const MOST_STEPS: f64 = 2e10;
/// States whose decisions are kept: 2 bytes each.
const MOST_STATES: usize = 400_000_000;

/// What a plan must keep to. Counters are counted from the least that may be open: level 0.
#[derive(Debug, Clone, Copy)]
pub struct CounterRules {
    /// Counters open at level 0.
    pub minimum: usize,
    /// Levels.
    pub levels: usize,
    /// Staff slots there are; None for as many as are wanted.
    pub total: Option<usize>,
    /// Cost of one counter opened or closed.
    pub change_cost: f64,
    /// Slots that a change holds for at least; 1 or more.
    pub dwell: usize,
    /// Counters that may open or close at a time.
    pub step: usize,
    /// The level before the first slot, which need not be one of `levels`, and for how many slots it held.
    pub start: Option<(i64, usize)>,
}

/// Cost, then changes and staff slots, of the best that can follow a state, and the level it begins with.
///
/// By staff slots left; all are doubles, so that a comparison of two lanes is one of vectors.
#[derive(Clone)]
struct Lane {
    cost: Vec<f64>,
    ties: Vec<f64>,
    level: Vec<f64>,
}

impl Lane {
    fn new(budgets: usize, cost: f64) -> Self {
        Self { cost: vec![cost; budgets], ties: vec![0.0; budgets], level: vec![0.0; budgets] }
    }

    /// Takes what is better of another lane at a further cost; of equals its own.
    fn improve(&mut self, other: &Self, cost: f64, ties: f64, equal: f64) {
        let own = self.cost.iter_mut().zip(&mut self.ties).zip(&mut self.level);
        let others = other.cost.iter().zip(&other.ties).zip(&other.level);
        for (((now, tied), level), ((&price, &more), &to)) in own.zip(others) {
            let (price, more) = (price + cost, more + ties);
            // Both sides are worked out: a branch would cost more than a comparison.
            let better = (price < *now - equal) | ((price <= *now + equal) & (more < *tied));
            *now = if better { price } else { *now };
            *tied = if better { more } else { *tied };
            *level = if better { to } else { *level };
        }
    }

    fn add(&mut self, cost: f64) {
        self.cost.iter_mut().for_each(|each| *each += cost);
    }
}

/// The levels of the slots with the least loss and change costs; None where no plan keeps to the rules.
///
/// `loss` has one row a slot and one column a level; infinite where the level is forbidden. Of plans of
/// equal cost the one with the fewest changes, then the fewest staff slots, then the earliest opening.
///
/// # Errors
/// [`Error::Infeasible`] for more states than fit, [`Error::Interrupted`].
pub fn plan(loss: &[f64], rules: &CounterRules, watch: &Watch<'_>) -> Result<Option<Vec<usize>>> {
    let levels = rules.levels;
    let slots = loss.len() / levels.max(1);
    if slots == 0 || levels == 0 {
        return Ok(Some(Vec::new()));
    }
    let Some(spare) = rules.spare(slots) else { return Ok(None) };
    let bounded = rules.total.is_some() && spare < slots * (levels - 1);
    let budgets = if bounded { spare + 1 } else { 1 };
    let ages = rules.dwell.min(slots + 1);
    let steps = [slots, levels, budgets, 2 * rules.step.min(levels) + ages];
    let work: f64 =
        steps.iter().map(|&size| f64::from(u32::try_from(size).unwrap_or(u32::MAX))).product();
    let states = slots.saturating_mul(levels).saturating_mul(budgets);
    if work > MOST_STEPS || states > MOST_STATES || levels > usize::from(u16::MAX) {
        return Err(Error::Infeasible {
            parameter: "total",
            value: rules.total.map_or(f64::INFINITY, |total| total as f64),
            position: vec![],
            why: "so many slots, counters and staff slots make too many states",
        });
    }
    let largest =
        loss.iter().filter(|l| l.is_finite()).fold(rules.change_cost, |a, l| a.max(l.abs()));
    let solver =
        Solver { rules, loss, budgets, bounded, ages, equal: EQUAL * largest * slots as f64 };
    solver.solved(slots, watch)
}

impl CounterRules {
    /// Staff slots left beyond the least that may be open; more than all levels can use are as many.
    fn spare(&self, slots: usize) -> Option<usize> {
        match self.total {
            None => Some(0),
            Some(total) => {
                let spare = total.checked_sub(self.minimum.checked_mul(slots)?)?;
                Some(spare.min(slots * (self.levels - 1)))
            }
        }
    }
}

struct Solver<'a> {
    rules: &'a CounterRules,
    loss: &'a [f64],
    budgets: usize,
    /// Whether staff slots are scarce at all.
    bounded: bool,
    ages: usize,
    equal: f64,
}

impl Solver<'_> {
    fn solved(&self, slots: usize, watch: &Watch<'_>) -> Result<Option<Vec<usize>>> {
        let levels = self.rules.levels;
        let empty = Lane::new(self.budgets, 0.0);
        // By level and age: what follows the slot, from its end on.
        let mut after = vec![vec![empty; self.ages]; levels];
        // By slot, level and budget: the level that follows, for states that may change.
        let mut next = vec![0_u16; slots * levels * self.budgets];
        for slot in (1..slots).rev() {
            watch.check()?;
            let entered = self.entered(slot, &after);
            let kept = &mut next[slot * levels * self.budgets..][..levels * self.budgets];
            after = self.left(&entered, kept);
        }
        watch.check()?;
        let first = self.entered(0, &after);
        Ok(self.traced(slots, &first, &next))
    }

    /// Cost of being at a level in a slot at each age, loss and staff slots included.
    fn entered(&self, slot: usize, after: &[Vec<Lane>]) -> Vec<Vec<Lane>> {
        let levels = self.rules.levels;
        after
            .iter()
            .enumerate()
            .map(|(level, ages)| {
                let loss = self.loss[slot * levels + level];
                let used = if self.bounded { level } else { 0 };
                let shifted = |lane: &Lane| {
                    let mut made = Lane::new(self.budgets, f64::INFINITY);
                    for budget in used..self.budgets {
                        made.cost[budget] = lane.cost[budget - used] + loss;
                        made.ties[budget] = lane.ties[budget - used] + level as f64;
                    }
                    made.level.fill(level as f64);
                    made
                };
                ages.iter().map(shifted).collect()
            })
            .collect()
    }

    /// What follows each level at each age, and the next level where it may change.
    fn left(&self, entered: &[Vec<Lane>], next: &mut [u16]) -> Vec<Vec<Lane>> {
        let best = if self.rules.step + 1 >= self.rules.levels {
            self.any_step(entered)
        } else {
            (0..self.rules.levels).map(|level| self.few_steps(level, entered)).collect()
        };
        let kept = next.chunks_exact_mut(self.budgets);
        for (lane, kept) in best.iter().zip(kept) {
            for (to, &level) in kept.iter_mut().zip(&lane.level) {
                *to = level as u16;
            }
        }
        // Below the dwell a level stays, and is a slot older then.
        let older = |(level, lane): (usize, Lane)| {
            let mut lanes: Vec<Lane> = entered[level][1..].to_vec();
            lanes.push(lane);
            lanes
        };
        best.into_iter().enumerate().map(older).collect()
    }

    /// The best level to follow one, where a step is bounded; from the top, so that of equals the earliest
    /// opening is found first.
    fn few_steps(&self, level: usize, entered: &[Vec<Lane>]) -> Lane {
        let mut best = Lane::new(self.budgets, f64::INFINITY);
        let low = level.saturating_sub(self.rules.step);
        let high = (level + self.rules.step).min(self.rules.levels - 1);
        for to in (low..=high).rev() {
            if to == level {
                best.improve(&entered[level][self.ages - 1], 0.0, 0.0, self.equal);
            } else {
                let cost = self.rules.change_cost * to.abs_diff(level) as f64;
                best.improve(&entered[to][0], cost, CHANGE, self.equal);
            }
        }
        best
    }

    /// The best level to follow each, where a step may be any: the cost of a change grows by one level's from
    /// neighbour to neighbour, so that one sweep down and one up do.
    fn any_step(&self, entered: &[Vec<Lane>]) -> Vec<Lane> {
        let levels = self.rules.levels;
        let mut best = Vec::with_capacity(levels);
        let mut above = Lane::new(self.budgets, f64::INFINITY);
        for level in (0..levels).rev() {
            let mut lane = above.clone();
            lane.improve(&entered[level][self.ages - 1], 0.0, 0.0, self.equal);
            best.push(lane);
            above.improve(&entered[level][0], 0.0, CHANGE, self.equal);
            above.add(self.rules.change_cost);
        }
        best.reverse();
        let mut below = Lane::new(self.budgets, f64::INFINITY);
        for level in 0..levels {
            best[level].improve(&below, 0.0, 0.0, self.equal);
            // Of equals the higher level, which is the later one here.
            let mut nearer = Lane::new(self.budgets, f64::INFINITY);
            nearer.improve(&entered[level][0], 0.0, CHANGE, self.equal);
            nearer.improve(&below, 0.0, 0.0, self.equal);
            nearer.add(self.rules.change_cost);
            below = nearer;
        }
        best
    }

    /// The levels that the decisions lead to from the best first one.
    fn traced(&self, slots: usize, first: &[Vec<Lane>], next: &[u16]) -> Option<Vec<usize>> {
        let levels = self.rules.levels;
        let mut budget = self.budgets - 1;
        let mut best: Option<(f64, f64, usize, usize)> = None;
        for to in (0..levels).rev() {
            let Some((cost, changed, age)) = self.opening(to) else { continue };
            let lane = &first[to][age];
            let (price, ties) = (lane.cost[budget] + cost, lane.ties[budget] + changed);
            let better = best.is_none_or(|(now, tied, ..)| {
                price < now - self.equal || (price <= now + self.equal && ties < tied)
            });
            if price.is_finite() && better {
                best = Some((price, ties, to, age));
            }
        }
        let (_, _, mut level, mut age) = best?;
        let mut found = vec![level];
        for slot in 1..slots {
            budget -= if self.bounded { level } else { 0 };
            if age + 1 < self.ages {
                age += 1;
            } else {
                let to = usize::from(next[(slot * levels + level) * self.budgets + budget]);
                age = if to == level { self.ages - 1 } else { 0 };
                level = to;
            }
            found.push(level);
        }
        Some(found)
    }

    /// Cost, change and age of the first slot's level; None where the level before forbids it.
    fn opening(&self, to: usize) -> Option<(f64, f64, usize)> {
        let Some((before, held)) = self.rules.start else { return Some((0.0, 0.0, 0)) };
        let distance = i64::try_from(to).unwrap_or(i64::MAX).abs_diff(before) as usize;
        if distance == 0 {
            return Some((0.0, 0.0, held.min(self.ages - 1)));
        }
        let free = held >= self.rules.dwell && distance <= self.rules.step;
        free.then_some((self.rules.change_cost * distance as f64, CHANGE, 0))
    }
}

/// A change outweighs the staff slots that it could spare.
const CHANGE: f64 = 1e9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::Run;

    fn planned(loss: &[f64], rules: CounterRules) -> Option<Vec<usize>> {
        let run = Run { threads: Some(1), interrupted: &|| false };
        plan(loss, &rules, &Watch::alone(&run)).unwrap_or_default()
    }

    const FREE: CounterRules = CounterRules {
        minimum: 1,
        levels: 3,
        total: None,
        change_cost: 0.0,
        dwell: 1,
        step: 9,
        start: None,
    };

    #[test]
    fn every_slot_takes_its_best_level_where_nothing_binds() {
        let loss = [5.0, 1.0, 2.0, 0.0, 3.0, 4.0, 9.0, 9.0, 1.0];
        assert_eq!(planned(&loss, FREE), Some(vec![1, 0, 2]));
    }

    #[test]
    fn changes_staff_and_dwell_bind() {
        let loss = [4.0, 1.0, 0.0, 4.0, 1.0, 0.0, 4.0, 1.0, 0.0];
        // 3 counters for 3 slots at least; 5 staff slots leave two more.
        assert_eq!(planned(&loss, CounterRules { total: Some(2), ..FREE }), None);
        let few = CounterRules { total: Some(5), ..FREE };
        assert_eq!(planned(&loss, few), Some(vec![1, 1, 0]));
        let steady = CounterRules { change_cost: 10.0, ..few };
        assert_eq!(planned(&loss, steady), Some(vec![0, 0, 0]));
        let kept = CounterRules { start: Some((0, 1)), dwell: 3, ..FREE };
        assert_eq!(planned(&loss, kept), Some(vec![0, 0, 2]));
    }

    #[test]
    fn of_equals_the_fewest_changes_then_the_least_staff() {
        assert_eq!(planned(&[0.0; 9], FREE), Some(vec![0, 0, 0]));
        let once = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(planned(&once, FREE), Some(vec![1, 1, 1]));
    }
}
