//! One measure alone, whose splits are counted by halves instead of one after the other.

use super::super::halves::{Halves, Sums};
use super::super::limits::refused;
use super::super::splits::UnitSplits;
use super::measures::{PermutationQuestion, Permuted, Standardized, TeamMeasure};
use crate::error::{Error, Result};
use crate::numeric::search::{Among, Bracket, Point};
use crate::threads::{Run, Watch};

/// From so many splits on, one measure alone is counted by halves.
const BY_HALVES_FROM: u64 = 20_000;

/// One measure by halves, where that is possible and pays.
pub(super) fn by_halves(
    measure: &TeamMeasure<'_>,
    question: &PermutationQuestion<'_>,
    run: &Run<'_>,
) -> Result<Option<Permuted>> {
    let splits = question.splits.count();
    if splits < BY_HALVES_FROM || question.joint || measure.weights.is_some() {
        return Ok(None);
    }
    let own = Standardized::new(measure, question);
    let possible =
        SplitSums::new(&own.values, question.splits).is_some_and(|sums| sums.sums().fit());
    if own.flat || !possible {
        return Ok(None);
    }
    let treated = question.splits.treated();
    let arms = [treated as f64, (question.splits.units() - treated) as f64];
    let halved = Halved { own: &own, question, arms, watch: Watch::alone(run) };
    halved.permuted().map(Some)
}

/// The values whose sums split.
enum SplitSums<'a> {
    Sets(&'a [f64], usize),
    Pairs(Vec<[f64; 2]>),
}

impl<'a> SplitSums<'a> {
    fn new(values: &'a [f64], splits: &UnitSplits) -> Option<Self> {
        match splits {
            UnitSplits::All { treated, .. } => Some(Self::Sets(values, *treated)),
            UnitSplits::Pairs(pairs) => {
                Some(Self::Pairs(pairs.iter().map(|&[a, b]| [values[a], values[b]]).collect()))
            }
            _ => None,
        }
    }

    fn sums(&self) -> Sums<'_> {
        match self {
            Self::Sets(values, treated) => Sums::Sets(values, *treated),
            Self::Pairs(pairs) => Sums::Pairs(pairs),
        }
    }
}

/// One measure whose splits are counted by halves.
struct Halved<'a> {
    own: &'a Standardized,
    question: &'a PermutationQuestion<'a>,
    arms: [f64; 2],
    watch: Watch<'a>,
}

impl Halved<'_> {
    fn gain(&self) -> f64 {
        1.0 / self.arms[0] + 1.0 / self.arms[1]
    }

    /// The halves of some values, and what their statistics are less than the sums times the gain.
    fn listed(&self, values: &[f64]) -> Result<(Halves, f64)> {
        let halves = match SplitSums::new(values, self.question.splits) {
            Some(sums) => Halves::new(sums.sums(), &self.watch)?,
            None => return Err(Error::Usage("splits are neither all nor of pairs".to_owned())),
        };
        Ok((halves, values.iter().sum::<f64>() / self.arms[1]))
    }

    /// Splits whose statistic is at least so far from 0.
    fn reaching(&self, (halves, offset): &(Halves, f64), size: f64) -> u64 {
        if size <= 0.0 {
            return self.question.splits.count();
        }
        halves.at_least((size + offset) / self.gain())
            + halves.at_most((offset - size) / self.gain())
    }

    /// Splits that are as extreme under an effect.
    fn holding(&self, effect: f64) -> Result<u64> {
        let adjusted: Vec<f64> = (self.own.values.iter().zip(self.question.observed))
            .map(|(value, &treated)| value - if treated { effect } else { 0.0 })
            .collect();
        // The split that was made always is, as is that of exchanged arms; whatever rounding makes of
        // the two, they are left out of the count.
        let rounding = 8.0 * f64::EPSILON * (1.0 + effect.abs()) * self.arms[0].max(self.arms[1]);
        let size = (self.own.statistic - effect).abs() + rounding;
        let always = 1 + u64::from(self.question.mirrored);
        Ok(always + self.reaching(&self.listed(&adjusted)?, size))
    }

    fn permuted(&self) -> Result<Permuted> {
        let (own, splits) = (self.own, self.question.splits.count());
        let (c, tolerance) = (own.statistic, own.tolerance);
        let listed = self.listed(&own.values)?;
        let (halves, offset) = &listed;
        let span = SplitSums::new(&own.values, self.question.splits).map(|sums| sums.sums().span());
        let far = |sum: f64| (sum * self.gain() - offset).abs();
        let farthest = span.map_or(f64::INFINITY, |[least, most]| far(least).max(far(most)));
        let refused = refused(splits, self.question.confidence, self.question.mirrored);
        let limits = [self.limit(-1.0, refused)?, self.limit(1.0, refused)?];
        Ok(Permuted {
            statistic: c * own.unit,
            splits,
            as_extreme: self.reaching(&listed, c.abs() - tolerance),
            greater: halves.at_least((c - tolerance + offset) / self.gain()),
            less: halves.at_most((c + tolerance + offset) / self.gain()),
            most_extreme: self.reaching(&listed, farthest - tolerance),
            limits: limits.map(|end| end * own.unit),
            refused,
            max_t: None,
        })
    }

    /// The effect farthest from the estimate to one side that more than `refused` splits hold under.
    fn limit(&self, side: f64, refused: u64) -> Result<f64> {
        let c = self.own.statistic;
        if refused <= u64::from(self.question.mirrored) {
            return Ok(side * f64::INFINITY);
        }
        // How many splits too few hold at a distance; not above 0 inside of the interval.
        let value = |distance: f64| {
            let holding = self.holding(c + side * distance)?;
            Ok::<f64, Error>(if holding > refused {
                (refused as f64 - holding as f64).min(-0.5)
            } else {
                refused as f64 - holding as f64 + 0.5
            })
        };
        let mut bad = Point { x: 1.0, value: value(1.0)? };
        let mut good = Point { x: 0.0, value: f64::NEG_INFINITY };
        while bad.value <= 0.0 {
            good = bad;
            bad = Point { x: 2.0 * bad.x, value: value(2.0 * bad.x)? };
        }
        let mut bracket = Bracket::new(good, bad, Among::Real);
        while let Some(x) = bracket.candidate()? {
            bracket.learn(Point { x, value: value(x)? });
        }
        Ok(c + side * bracket.answer())
    }
}
