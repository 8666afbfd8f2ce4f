//! Measures corrected for agreement by chance: Cohen's and Fleiss' kappa, Gwet's AC1 and AC2.

use super::{Ratings, Statistic, Unit};
use crate::error::Result;
use crate::intervals::clopper_pearson;

/// How much agreement two different categories count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// None.
    Identity,
    /// One minus the distance over the longest distance.
    Linear,
    /// One minus the square of that.
    Quadratic,
}

impl Weights {
    /// All, in the order of how much they forgive.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Linear, Self::Quadratic];
}

/// Agreement weights on a scale of points in increasing order.
struct Scale<'a> {
    weights: Weights,
    points: &'a [f64],
}

impl Scale<'_> {
    fn span(&self) -> f64 {
        self.points.last().copied().unwrap_or(0.0) - self.points.first().copied().unwrap_or(0.0)
    }

    fn weight(&self, a: usize, b: usize) -> f64 {
        if a == b {
            return 1.0;
        }
        let distance = (self.points[a] - self.points[b]).abs() / self.span();
        match self.weights {
            Weights::Identity => 0.0,
            Weights::Linear => 1.0 - distance,
            Weights::Quadratic => 1.0 - distance * distance,
        }
    }

    /// For every category the mean weight to categories of the given shares, in linear time.
    fn mean_weights(&self, shares: &[f64]) -> Vec<f64> {
        let total: f64 = shares.iter().sum();
        let origin = self.points.first().copied().unwrap_or(0.0);
        let at = |c: usize| (self.points[c] - origin) / self.span();
        match self.weights {
            Weights::Identity => shares.to_vec(),
            Weights::Quadratic => {
                let moment = |power: i32| -> f64 {
                    shares.iter().enumerate().map(|(c, p)| p * at(c).powi(power)).sum()
                };
                let (first, second) = (moment(1), moment(2));
                (0..shares.len())
                    .map(|c| total - (at(c).powi(2) * total - 2.0 * at(c) * first + second))
                    .collect()
            }
            Weights::Linear => {
                let all: f64 = shares.iter().enumerate().map(|(c, p)| p * at(c)).sum();
                let (mut mass, mut moment) = (0.0, 0.0);
                shares
                    .iter()
                    .enumerate()
                    .map(|(c, share)| {
                        mass += share;
                        moment += share * at(c);
                        let below = at(c) * mass - moment;
                        let above = (all - moment) - at(c) * (total - mass);
                        total - (below + above)
                    })
                    .collect()
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Cohen's kappa of two raters over the units both rated; NaN for any other number of raters.
///
/// Standard error: Fleiss, Cohen & Everitt, Psychological Bulletin 72 (1969). The interval is not cut.
/// One rater constant and the other not: exactly 0; nothing varied: NaN.
///
/// # Errors
/// As the quantile of the beta distribution.
pub fn cohen(
    ratings: &Ratings,
    points: &[f64],
    weights: Weights,
    confidence: f64,
) -> Result<Statistic> {
    let pairs: Vec<(usize, usize)> = ratings
        .units()
        .filter(|unit| unit.len() == 2)
        .map(|unit| (unit.categories[0], unit.categories[1]))
        .collect();
    let n = pairs.len() as f64;
    if ratings.raters != 2 || pairs.is_empty() {
        return Ok(Statistic::undefined(0));
    }
    let scale = Scale { weights, points };
    let (mut first, mut second) = (vec![0.0; points.len()], vec![0.0; points.len()]);
    for &(a, b) in &pairs {
        first[a] += 1.0 / n;
        second[b] += 1.0 / n;
    }
    let one = |shares: &[f64]| shares.iter().filter(|&&share| share > 0.0).count() == 1;
    if one(&first) && one(&second) && pairs[0].0 == pairs[0].1 {
        return Ok(Statistic::undefined(pairs.len() as u64));
    }
    let (to_second, to_first) = (scale.mean_weights(&second), scale.mean_weights(&first));
    let observed = pairs.iter().map(|&(a, b)| scale.weight(a, b)).sum::<f64>() / n;
    let expected = dot(&first, &to_second);
    // Agreement is then what chance gives in every sample of such a rater.
    if one(&first) || one(&second) {
        let statistic = Statistic::new(0.0, 0.0, 0.0, pairs.len());
        return never_agreed(statistic, [observed, expected], pairs.len(), confidence);
    }
    let kappa = (observed - expected) / (1.0 - expected);
    // The mean of the terms, so that their spread is taken without cancelling.
    let centre = kappa - expected * (1.0 - kappa);
    let term =
        |a: usize, b: usize| scale.weight(a, b) - (to_second[a] + to_first[b]) * (1.0 - kappa);
    let spread = pairs.iter().map(|&(a, b)| (term(a, b) - centre).powi(2)).sum::<f64>() / n;
    let error = (spread / n).sqrt() / (1.0 - expected);
    let statistic = Statistic::by_normal(kappa, error, pairs.len(), confidence);
    never_agreed(statistic, [observed, expected], pairs.len(), confidence)
}

/// Above this a standard error is more than rounding.
const ROUNDING: f64 = 1e-12;

/// The interval of a measure (observed - expected) / (1 - expected) that has no error because nobody
/// agreed in any of so many `units`: up to what Clopper and Pearson leave open for the agreement.
fn never_agreed(
    mut statistic: Statistic,
    [observed, expected]: [f64; 2],
    units: usize,
    confidence: f64,
) -> Result<Statistic> {
    if observed == 0.0 && units > 1 && statistic.standard_error <= ROUNDING {
        let [_, most] = clopper_pearson(0.0, units as f64, confidence)?;
        statistic.interval = [statistic.value, (most - expected) / (1.0 - expected)];
    }
    Ok(statistic)
}

/// Share of agreeing pairs within a unit, by `scale`; 0 for a single rating.
fn pairs_agreeing(unit: Unit<'_>, scale: &Scale<'_>) -> f64 {
    let m = unit.len() as f64;
    if m < 2.0 {
        return 0.0;
    }
    let counts = unit.counts();
    let mut agreeing = 0.0;
    for &(a, times) in &counts {
        let weighted: f64 = counts.iter().map(|&(b, other)| scale.weight(a, b) * other).sum();
        agreeing += times * (weighted - 1.0);
    }
    agreeing / (m * (m - 1.0))
}

/// Fleiss' kappa, generalised to unequal numbers of ratings.
///
/// Units with one rating count for the shares of the categories. Standard error: linearised over
/// units, t with units - 1. Source: K. L. Gwet, Handbook of Inter-Rater Reliability, 4th edition (2014).
///
/// # Errors
/// As the quantile of Student's t.
pub fn fleiss(ratings: &Ratings, confidence: f64) -> Result<Statistic> {
    let points: Vec<f64> = (0..ratings.values.len()).map(|c| c as f64).collect();
    let scale = Scale { weights: Weights::Identity, points: &points };
    let shares = shares(ratings);
    let expected = dot(&shares, &shares);
    linearised(ratings, &scale, expected, |category| shares[category], confidence)
}

/// Gwet's AC1 (identity weights) or AC2.
///
/// Undefined where nothing varied, although the formula gives 1 on a declared scale: nothing was tested.
/// Source: K. L. Gwet, British Journal of Mathematical and Statistical Psychology 61 (2008) and the
/// Handbook (2014). Standard error over units, raters fixed, t with units - 1.
///
/// # Errors
/// As the quantile of Student's t.
pub fn gwet(
    ratings: &Ratings,
    points: &[f64],
    weights: Weights,
    confidence: f64,
) -> Result<Statistic> {
    let scale = Scale { weights, points };
    let shares = shares(ratings);
    let q = points.len() as f64;
    let factor = scale.mean_weights(&vec![1.0; points.len()]).iter().sum::<f64>() / (q * (q - 1.0));
    let expected = factor * shares.iter().map(|p| p * (1.0 - p)).sum::<f64>();
    linearised(ratings, &scale, expected, |category| factor * (1.0 - shares[category]), confidence)
}

/// Mean over units of the share of each category within the unit.
fn shares(ratings: &Ratings) -> Vec<f64> {
    let mut shares = vec![0.0; ratings.values.len()];
    let units = ratings.units().count() as f64;
    for unit in ratings.units() {
        let step = 1.0 / (unit.len() as f64 * units);
        unit.categories.iter().for_each(|&category| shares[category] += step);
    }
    shares
}

/// A measure (observed - expected) / (1 - expected) with its error linearised over units; `chance` is
/// what one rating of a category adds to the expected agreement.
fn linearised(
    ratings: &Ratings,
    scale: &Scale<'_>,
    expected: f64,
    chance: impl Fn(usize) -> f64,
    confidence: f64,
) -> Result<Statistic> {
    let units = ratings.units().count();
    let paired = ratings.units().filter(|unit| unit.len() > 1).count();
    if paired == 0 || !ratings.varied() {
        return Ok(Statistic::undefined(units as u64));
    }
    let agreeing: Vec<f64> = ratings.units().map(|unit| pairs_agreeing(unit, scale)).collect();
    let observed = agreeing.iter().sum::<f64>() / paired as f64;
    let value = (observed - expected) / (1.0 - expected);
    let scarce = units as f64 / paired as f64;
    let spread: f64 = ratings
        .units()
        .zip(&agreeing)
        .map(|(unit, agreeing)| {
            let own = if unit.len() > 1 { scarce * (agreeing - expected) } else { 0.0 };
            let m = unit.len() as f64;
            let by_chance = unit.categories.iter().map(|&c| chance(c)).sum::<f64>() / m;
            let linear = own - 2.0 * (1.0 - value) * (by_chance - expected);
            (linear / (1.0 - expected) - value).powi(2)
        })
        .sum();
    let n = units as f64;
    let error = (spread / (n * (n - 1.0))).sqrt();
    let statistic = Statistic::by_student(value, error, units, confidence)?.cut();
    never_agreed(statistic, [observed, expected], paired, confidence)
}
