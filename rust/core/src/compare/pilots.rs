//! What a pilot did to a measure, from a level of each unit before and after, by Student's t.

use super::power::smallest_effect;
use super::student::{SampleMoments, TTest, pooled, welch};
use crate::error::Result;

/// Differences of levels this small, in units of the levels, are what rounding leaves.
const ROUNDING: f64 = 1e-12;
/// Units of which it can be said how far levels return to the mean.
const FEWEST: usize = 3;

/// A measure's level of each unit; NaN where a unit lacks it.
#[derive(Debug, Clone, Copy)]
pub struct UnitLevels<'a> {
    /// Before.
    pub before: &'a [f64],
    /// After; changes, where `before` is 0 throughout.
    pub after: &'a [f64],
    /// Whether these are levels and no changes.
    pub levels: bool,
}

/// What is asked of all measures.
#[derive(Debug, Clone, Copy)]
pub struct PilotQuestion<'a> {
    /// The units that were treated.
    pub treated: &'a [bool],
    /// Of the limits.
    pub confidence: f64,
    /// Power of the smallest effect.
    pub power: f64,
}

/// Treated units that were worse before: what returns of itself.
#[derive(Debug, Clone, Copy)]
pub struct MeanRegression {
    /// Mean of the treated before, less that of the others.
    pub gap: f64,
    /// Standard deviation of the units about their arms' means.
    pub sd: f64,
    /// Correlation of before and after within arms; 0 where it is negative.
    pub correlation: f64,
}

/// The figures of a measure; NaN where they are undefined.
#[derive(Debug, Clone, Copy)]
pub struct PilotEffect {
    /// Means of the treated before and after, and of the others.
    pub levels: [f64; 4],
    /// Mean change of the treated less that of the others.
    pub effect: f64,
    /// Student's t of the changes, one variance for both arms.
    pub pooled: TTest,
    /// Welch's test of them.
    pub welch: TTest,
    /// Units in both arms.
    pub units: [usize; 2],
    /// Larger over smaller standard deviation of the arms.
    pub spread_ratio: f64,
    /// Effect as a share of the level, with limits.
    pub relative: [f64; 3],
    /// The effect that so much spread lets a pilot see.
    pub smallest_effect: f64,
    /// Size of the levels.
    pub scale: f64,
    /// Whether no unit changed otherwise than another.
    pub flat: bool,
    /// What returns of itself.
    pub regression: MeanRegression,
}

/// Values of both arms, of the units that are known.
fn arms(units: &[usize], treated: &[bool], value: impl Fn(usize) -> f64) -> [Vec<f64>; 2] {
    let of = |arm: bool| units.iter().filter(|&&u| treated[u] == arm).map(|&u| value(u)).collect();
    [of(true), of(false)]
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Smallest effects of a standard error of 1, by degrees of freedom: units that lack a measure are few.
#[derive(Debug, Default)]
pub struct SmallestEffects(Vec<[f64; 2]>);

impl SmallestEffects {
    fn of(&mut self, freedom: f64, question: &PilotQuestion<'_>) -> Result<f64> {
        if let Some([_, found]) = self.0.iter().find(|own| own[0] == freedom) {
            return Ok(*found);
        }
        // Any pair of arms has the same ratio of effect to error.
        let arm = freedom + 1.0;
        let sd = 1.0 / (1.0 / arm + 1.0).sqrt();
        let found = smallest_effect([sd, arm, 1.0, question.power, question.confidence])?;
        self.0.push([freedom, found]);
        Ok(found)
    }
}

/// The figures of a measure.
///
/// # Errors
/// As the quantile of Student's t.
pub fn pilot_effect(
    measure: &UnitLevels<'_>,
    question: &PilotQuestion<'_>,
    smallest: &mut SmallestEffects,
) -> Result<PilotEffect> {
    let (before, after) = (measure.before, measure.after);
    let change = |unit: usize| after[unit] - before[unit];
    let known: Vec<usize> = (0..before.len()).filter(|&unit| !change(unit).is_nan()).collect();
    let levels = known.iter().flat_map(|&unit| [before[unit], after[unit]]);
    let scale = levels.fold(0.0_f64, |size, level| size.max(level.abs()));
    let span = known.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &unit| {
        [low.min(change(unit)), high.max(change(unit))]
    });
    let changes = arms(&known, question.treated, change);
    let units = changes.each_ref().map(Vec::len);
    let mut found = PilotEffect {
        levels: [f64::NAN; 4],
        effect: f64::NAN,
        pooled: TTest::UNDEFINED,
        welch: TTest::UNDEFINED,
        units,
        spread_ratio: f64::NAN,
        relative: [f64::NAN; 3],
        smallest_effect: f64::NAN,
        scale,
        flat: known.is_empty() || span[1] - span[0] <= ROUNDING * scale,
        regression: MeanRegression { gap: f64::NAN, sd: f64::NAN, correlation: f64::NAN },
    };
    if units.contains(&0) {
        return Ok(found);
    }
    if measure.levels {
        let sides = [before, after].map(|side| arms(&known, question.treated, |unit| side[unit]));
        let [[a, b], [c, d]] = sides.each_ref().map(|arms| arms.each_ref().map(|arm| mean(arm)));
        found.levels = [a, c, b, d];
        found.regression = regression(&sides);
    }
    let moments = changes.each_ref().map(|arm| SampleMoments::new(arm, scale));
    found.effect = moments[0].mean - moments[1].mean;
    if found.flat {
        return Ok(found);
    }
    if measure.levels {
        found.relative = relative(measure, &known, question)?;
    }
    if units.contains(&1) {
        // Nobody knows how much a single unit varies.
        return Ok(found);
    }
    found.pooled = pooled(moments, question.confidence)?;
    found.welch = welch(moments, question.confidence)?;
    let [a, b] = moments.map(|arm| (arm.squares / (arm.count - 1.0)).sqrt());
    found.spread_ratio = a.max(b) / a.min(b);
    let error = found.pooled.standard_error;
    if error > 0.0 {
        found.smallest_effect = error * smallest.of(found.pooled.freedom, question)?;
    }
    Ok(found)
}

/// The effect as a share of the level, by logarithms, with limits; NaN where a level is not above 0.
fn relative(
    measure: &UnitLevels<'_>,
    known: &[usize],
    question: &PilotQuestion<'_>,
) -> Result<[f64; 3]> {
    let (before, after) = (measure.before, measure.after);
    if !known.iter().all(|&unit| before[unit] > 0.0 && after[unit] > 0.0) {
        return Ok([f64::NAN; 3]);
    }
    let logs = arms(known, question.treated, |unit| (after[unit] / before[unit]).ln());
    let logs = logs.each_ref().map(|arm| SampleMoments::new(arm, 0.0));
    let alone = logs.iter().any(|arm| arm.count < 2.0);
    let test = if alone { TTest::UNDEFINED } else { pooled(logs, question.confidence)? };
    let [low, high] = test.limits;
    Ok([logs[0].mean - logs[1].mean, low, high].map(f64::exp_m1))
}

/// How far apart the arms were, and how much of it stays.
fn regression([before, after]: &[[Vec<f64>; 2]; 2]) -> MeanRegression {
    let gap = mean(&before[0]) - mean(&before[1]);
    let apart = |side: &[Vec<f64>; 2]| -> Vec<f64> {
        side.iter().flat_map(|arm| arm.iter().map(|own| own - mean(arm))).collect()
    };
    let (x, y) = (apart(before), apart(after));
    let sum = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    if x.len() < FEWEST {
        return MeanRegression { gap, sd: f64::NAN, correlation: f64::NAN };
    }
    let size = (sum(&x, &x) * sum(&y, &y)).sqrt();
    let correlation = if size > 0.0 { (sum(&x, &y) / size).clamp(0.0, 1.0) } else { 0.0 };
    MeanRegression { gap, sd: (sum(&x, &x) / (x.len() as f64 - 2.0)).sqrt(), correlation }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREATED: [bool; 6] = [true, true, true, false, false, false];

    fn effect(before: &[f64], after: &[f64]) -> PilotEffect {
        let question = PilotQuestion { treated: &TREATED, confidence: 0.95, power: 0.8 };
        let measure = UnitLevels { before, after, levels: true };
        pilot_effect(&measure, &question, &mut SmallestEffects::default()).unwrap()
    }

    #[test]
    fn levels_effect_and_ratio_are_those_of_the_arms() {
        let before = [100.0, 110.0, 120.0, 90.0, 100.0, 110.0];
        let after = [90.0, 104.0, 112.0, 91.0, 99.0, 112.0];
        let found = effect(&before, &after);
        assert_eq!(found.levels, [110.0, 102.0, 100.0, 302.0 / 3.0]);
        assert!((found.effect + 8.0 + 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((found.pooled.freedom, found.units), (4.0, [3, 3]));
        // Variances of the arms' changes: 4 and 7/3.
        assert!((found.spread_ratio - (12.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        let sd = ((8.0_f64 + 14.0 / 3.0) / 4.0).sqrt();
        let expected = smallest_effect([sd, 3.0, 3.0, 0.8, 0.95]).unwrap();
        assert!((found.smallest_effect / expected - 1.0).abs() < 1e-12);
        assert!((found.regression.gap - 10.0).abs() < 1e-12 && found.regression.sd == 10.0);
    }

    #[test]
    fn units_that_lack_a_level_and_levels_of_zero() {
        let before = [100.0, f64::NAN, 120.0, 0.0, 100.0, 110.0];
        let found = effect(&before, &[90.0, 104.0, 112.0, 91.0, 99.0, 112.0]);
        assert!(found.units == [2, 3] && found.pooled.freedom == 3.0);
        assert!(found.relative[0].is_nan() && found.effect.is_finite());
        let same = effect(&before.map(|_| 5.0), &before.map(|_| 7.0));
        assert!(same.flat && same.pooled.t.is_nan() && same.effect == 0.0);
        let alone = effect(&[1.0, f64::NAN, f64::NAN, 2.0, 3.0, 4.0], &[2.0; 6]);
        assert!(alone.pooled.t.is_nan() && alone.effect == 2.0 && alone.relative[0] > 0.0);
    }
}
