//! Splits counted by halves instead of one after the other: each measure alone, then the largest t.

use super::super::halves::{Bounds, HalvedSplits, Halves};
use super::super::joint::{JointMeasure, count_largest};
use super::super::limits::{ends, refused};
use super::measures::{PermutationQuestion, Permuted, ROUNDING, Standardized};
use crate::error::Result;
use crate::numeric::normal;
use crate::numeric::search::{Among, Bracket, Point};
use crate::threads::{Run, Watch, in_turns};

/// So many ends, beside as many as there are sums, are sorted out rather than bracketed further.
const FEW_ENDS: u64 = 64;
/// Sums of all measures that are not worth a second thread.
const FEW_SUMS: u64 = 20_000;

/// All measures of units that weigh alike, the weakest first; None where halves are impossible.
///
/// # Errors
/// [`crate::Error::Interrupted`].
pub(super) fn by_halves(
    columns: &[&Standardized],
    question: &PermutationQuestion<'_>,
    run: &Run<'_>,
) -> Result<Option<Vec<Permuted>>> {
    if columns.iter().any(|own| own.weights.is_some()) {
        return Ok(None);
    }
    let Some(splits) = HalvedSplits::new(question.splits, question.observed) else {
        return Ok(None);
    };
    let treated = splits.treated as f64;
    let arms = [treated, question.splits.units() as f64 - treated];
    let mut largest = None;
    if question.joint {
        let measures: Vec<JointMeasure<'_>> =
            columns.iter().map(|own| joint_measure(own, arms)).collect();
        largest = count_largest(&measures, &splits, question.mirrored, run)?;
        if largest.is_none() {
            return Ok(None);
        }
    }
    let alone = Run { threads: Some(1), ..*run };
    let small = splits.sums() * columns.len() as u64 <= FEW_SUMS;
    let found = in_turns(columns.len(), if small { &alone } else { run }, |column, watch| {
        let own = columns[column];
        let halves = Halves::new(&own.values, &splits, watch)?;
        let halved = Halved { own, question, arms, halves: &halves, watch };
        let max_t = largest.as_ref().map(|counts| counts[column]);
        Ok(Permuted { max_t, ..halved.permuted()? })
    })?;
    Ok(Some(found))
}

/// What a sum of treated units is multiplied by.
fn gain(arms: [f64; 2]) -> f64 {
    1.0 / arms[0] + 1.0 / arms[1]
}

/// What is subtracted from it.
fn offset(own: &Standardized, arms: [f64; 2]) -> f64 {
    own.values.iter().sum::<f64>() / arms[1]
}

fn joint_measure(own: &Standardized, arms: [f64; 2]) -> JointMeasure<'_> {
    JointMeasure {
        values: &own.values,
        gain: gain(arms),
        offset: offset(own, arms),
        bound: own.statistic.abs() - own.tolerance,
    }
}

/// One measure whose splits are counted by halves.
struct Halved<'a> {
    own: &'a Standardized,
    question: &'a PermutationQuestion<'a>,
    arms: [f64; 2],
    halves: &'a Halves,
    watch: &'a Watch<'a>,
}

/// A distance from the estimate, and the splits that hold under an effect so far from it.
#[derive(Clone, Copy)]
struct EffectDistance {
    distance: f64,
    splits: u64,
}

impl Halved<'_> {
    /// The sum of the treated units that has a statistic.
    fn sum(&self, statistic: f64) -> f64 {
        (statistic + offset(self.own, self.arms)) / gain(self.arms)
    }

    fn statistic(&self, sum: f64) -> f64 {
        sum * gain(self.arms) - offset(self.own, self.arms)
    }

    /// Splits whose statistic is at least so far from 0.
    fn reaching(&self, size: f64) -> u64 {
        if size <= 0.0 {
            return self.question.splits.count();
        }
        self.halves.at_least(self.sum(size)) + self.halves.at_most(self.sum(-size))
    }

    fn permuted(&self) -> Result<Permuted> {
        let (own, splits) = (self.own, self.question.splits.count());
        let (c, tolerance) = (own.statistic, own.tolerance);
        let [least, greatest] = self.halves.span().map(|sum| self.statistic(sum).abs());
        let refused = refused(splits, self.question.confidence, self.question.mirrored);
        let limits = [self.limit(-1.0, refused)?, self.limit(1.0, refused)?];
        Ok(Permuted {
            statistic: c * own.unit,
            splits,
            as_extreme: self.reaching(c.abs() - tolerance),
            greater: self.halves.at_least(self.sum(c - tolerance)),
            less: self.halves.at_most(self.sum(c + tolerance)),
            most_extreme: self.reaching(least.max(greatest) - tolerance),
            limits: limits.map(|end| end * own.unit),
            refused,
            max_t: None,
        })
    }

    /// The statistic of the treatment flags, less and more than 1; None where it is 1 or -1.
    fn factors(&self, both: usize) -> Option<[f64; 2]> {
        let both = both as f64;
        let b = both / self.arms[0] - (self.arms[0] - both) / self.arms[1];
        (b.abs() < 1.0 - ROUNDING).then_some([1.0 - b, 1.0 + b])
    }

    /// Sums of splits that hold under an effect: those of which an end is as far to that side.
    ///
    /// Ends meet at the estimate, so that no split has both there.
    fn bounds(&self, side: f64, distance: f64, both: usize) -> Bounds {
        let (c, x) = (self.own.statistic, self.own.statistic + side * distance);
        let Some([less, more]) = self.factors(both) else {
            return [f64::NEG_INFINITY; 2];
        };
        // To the lower side a split holds if its a is at least c - x(1 - b) or at most x(1 + b) - c.
        let (one, other) = (c - x * less, x * more - c);
        let [least, most] = if side < 0.0 { [one, other] } else { [other, one] };
        [self.sum(least), self.sum(most)]
    }

    fn held(&self, side: f64, distance: f64) -> Result<EffectDistance> {
        self.watch.check()?;
        let splits = self.halves.outside(|both| self.bounds(side, distance, both));
        Ok(EffectDistance { distance, splits })
    }

    /// The effect farthest from the estimate to one side that more than `refused` splits hold under.
    fn limit(&self, side: f64, refused: u64) -> Result<f64> {
        let c = self.own.statistic;
        if refused <= u64::from(self.question.mirrored) {
            return Ok(side * f64::INFINITY);
        }
        let few = FEW_ENDS + self.halves.sums() as u64;
        let mut near = EffectDistance { distance: 0.0, splits: self.question.splits.count() };
        // The split that was made holds under any effect.
        let mut far = self.held(side, f64::INFINITY)?;
        if near.splits > few {
            // The statistic's standard deviation over all splits is about that of its gain.
            let mut distance = 4.0 * (gain(self.arms) / self.question.splits.units() as f64).sqrt();
            far = self.held(side, distance)?;
            while far.splits > refused {
                near = far;
                distance *= 2.0;
                far = self.held(side, distance)?;
            }
            // Not above 0 inside of the interval, and about linear, as ends are about normal.
            let all = self.question.splits.count() as f64;
            let normal = |splits: f64| normal::lower_quantile((splits / all).min(1.0));
            let wanted = normal(refused as f64 + 0.5);
            let lack = |held: EffectDistance| wanted - normal(held.splits as f64);
            let point = |held: EffectDistance| Point { x: held.distance, value: lack(held) };
            let mut bracket = Bracket::new(point(near), point(far), Among::Real);
            while near.splits - far.splits > few {
                let Some(distance) = bracket.candidate()? else { break };
                let held = self.held(side, distance)?;
                if held.splits > refused {
                    near = held;
                } else {
                    far = held;
                }
                bracket.learn(point(held));
            }
        }
        if near.splits - far.splits > 2 * few {
            // Ends by the million within a few last digits of each other.
            return Ok(c + side * near.distance);
        }
        Ok(c + side * self.ranked(side, [near, far], refused))
    }

    /// The distance of the end that `refused` splits are farther than, among those between two distances.
    fn ranked(&self, side: f64, [near, far]: [EffectDistance; 2], refused: u64) -> f64 {
        let c = self.own.statistic;
        let inverse = |both| self.factors(both).map(|own| own.map(|factor| 1.0 / factor));
        let inverse: Vec<_> = (0..=self.question.splits.treated()).map(inverse).collect();
        let (scale, offset) = (gain(self.arms), offset(self.own, self.arms));
        let mut distances = Vec::with_capacity((near.splits - far.splits) as usize);
        self.halves.between(
            |both| self.bounds(side, near.distance, both),
            |both| self.bounds(side, far.distance, both),
            |sum, both| {
                if let Some([less, more]) = inverse[both] {
                    let [low, high] = ends(c, sum * scale - offset, less, more);
                    distances.push(if side < 0.0 { c - low } else { high - c });
                }
            },
        );
        // The farthest first.
        let rank = (refused - far.splits) as usize;
        let farther = |a: &f64, b: &f64| b.total_cmp(a);
        *distances.select_nth_unstable_by(rank, farther).1
    }
}
