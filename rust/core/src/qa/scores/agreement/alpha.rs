//! Krippendorff's alpha with its jackknife error.
//!
//! alpha = 1 - (N - 1) O / E: O the sum over units of squared distances between pairs of their values
//! over (number of values - 1), E that between all pairs of the N values. Leaving a unit out changes
//! both by terms of its own values, so that the jackknife is linear in the number of ratings.

use super::{Ratings, Statistic, Unit};
use crate::choices::choices;
use crate::error::Result;
use std::cmp::Ordering;

choices! {
    /// The scale of measurement, which decides the distance of two values.
    pub enum Level called "level" {
        /// Same or not.
        Nominal = "nominal",
        /// Values between, counted.
        Ordinal = "ordinal",
        /// The difference.
        Interval = "interval",
        /// The difference over the sum.
        Ratio = "ratio",
    }
}

/// Above this many categories a table of pairs of them leaves memory (2,000² doubles are 32 MB): the
/// ordinal jackknife then keeps the ranks of all values, which moves its error by some 1/N.
const TABLE_UP_TO: usize = 2_000;

/// Krippendorff's alpha; the interval is by Student's t with units - 1, cut at 1.
///
/// Units with one value say nothing and are left out. Nothing varied: NaN. Where a unit cannot be
/// left out (the rest would not vary) there is no interval.
/// Source: K. Krippendorff, Content Analysis, 2nd edition (2004), chapter 11.
///
/// # Errors
/// As the quantile of Student's t.
pub fn alpha(ratings: &Ratings, level: Level, confidence: f64) -> Result<Statistic> {
    let units: Vec<Unit<'_>> = ratings.units().filter(|unit| unit.len() > 1).collect();
    let mut counts = vec![0.0; ratings.values.len()];
    for unit in &units {
        unit.categories.iter().for_each(|&category| counts[category] += 1.0);
    }
    if counts.iter().filter(|&&count| count > 0.0).count() < 2 {
        return Ok(Statistic::undefined(units.len() as u64));
    }
    let total: f64 = counts.iter().sum();
    let (value, without) = match level {
        Level::Nominal => by(&units, total, &NominalDistance::new(&units, &counts)),
        Level::Ordinal => by(&units, total, &OrdinalDistance::new(&units, &counts)),
        Level::Interval => {
            by(&units, total, &IntervalDistance::new(&units, &counts, &ratings.values))
        }
        Level::Ratio => by(&units, total, &RatioDistance::new(&units, &counts, &ratings.values)),
    };
    let n = units.len() as f64;
    let mean = without.iter().sum::<f64>() / n;
    let spread: f64 = without.iter().map(|a| (a - mean).powi(2)).sum();
    let error = ((n - 1.0) / n * spread).sqrt();
    Ok(Statistic::by_student(value, error, units.len(), confidence)?.cut())
}

/// Sums of squared distances: within units (O) and between all values (E).
type PairSums = (f64, f64);

/// A distance, known by its sums and by what they are without one unit.
trait Distance {
    fn sums(&self) -> PairSums;
    fn without(&self, unit: &Unit<'_>) -> PairSums;
}

/// Alpha, and alpha without each unit.
fn by(units: &[Unit<'_>], total: f64, distance: &impl Distance) -> (f64, Vec<f64>) {
    let whole = distance.sums();
    let alpha = |(inside, all): PairSums, total: f64| {
        // What is left of a sum of like terms once all are taken away again.
        let nothing = 1e-13 * whole.1;
        if all <= nothing { f64::NAN } else { 1.0 - (total - 1.0) * inside.max(0.0) / all }
    };
    let without =
        units.iter().map(|u| alpha(distance.without(u), total - u.len() as f64)).collect();
    (alpha(whole, total), without)
}

fn pairs(unit: &Unit<'_>) -> f64 {
    unit.len() as f64 - 1.0
}

struct NominalDistance<'a> {
    counts: &'a [f64],
    total: f64,
    sums: PairSums,
}

impl<'a> NominalDistance<'a> {
    fn new(units: &[Unit<'_>], counts: &'a [f64]) -> Self {
        let total: f64 = counts.iter().sum();
        let inside = units.iter().map(Self::inside).sum();
        let all = total * total - counts.iter().map(|n| n * n).sum::<f64>();
        Self { counts, total, sums: (inside, all) }
    }

    fn inside(unit: &Unit<'_>) -> f64 {
        let m = unit.len() as f64;
        (m * m - unit.counts().iter().map(|(_, n)| n * n).sum::<f64>()) / pairs(unit)
    }
}

impl Distance for NominalDistance<'_> {
    fn sums(&self) -> PairSums {
        self.sums
    }

    fn without(&self, unit: &Unit<'_>) -> PairSums {
        let m = unit.len() as f64;
        let squares: f64 = unit
            .counts()
            .iter()
            .map(|&(c, n)| self.counts[c].powi(2) - (self.counts[c] - n).powi(2))
            .sum();
        let all = self.sums.1 - (self.total.powi(2) - (self.total - m).powi(2)) + squares;
        (self.sums.0 - Self::inside(unit), all)
    }
}

struct IntervalDistance {
    /// Values of the categories from their overall mean: squares of what is left do not cancel.
    values: Vec<f64>,
    total: f64,
    first: f64,
    second: f64,
    inside: f64,
}

impl IntervalDistance {
    fn new(units: &[Unit<'_>], counts: &[f64], values: &[f64]) -> Self {
        let total: f64 = counts.iter().sum();
        let mean = counts.iter().zip(values).map(|(n, v)| n * v).sum::<f64>() / total;
        let values: Vec<f64> = values.iter().map(|v| v - mean).collect();
        let first = counts.iter().zip(&values).map(|(n, v)| n * v).sum();
        let second = counts.iter().zip(&values).map(|(n, v)| n * v * v).sum();
        let inside = units.iter().map(|unit| spread(unit, &values)).sum();
        Self { values, total, first, second, inside }
    }
}

/// Squared differences of all ordered pairs of a unit's values over its number of values less one.
fn spread(unit: &Unit<'_>, values: &[f64]) -> f64 {
    let m = unit.len() as f64;
    let mean = unit.categories.iter().map(|&c| values[c]).sum::<f64>() / m;
    let squares: f64 = unit.categories.iter().map(|&c| (values[c] - mean).powi(2)).sum();
    2.0 * m * squares / pairs(unit)
}

impl Distance for IntervalDistance {
    fn sums(&self) -> PairSums {
        (self.inside, 2.0 * (self.total * self.second - self.first * self.first))
    }

    fn without(&self, unit: &Unit<'_>) -> PairSums {
        let own = |power: i32| -> f64 {
            unit.categories.iter().map(|&c| self.values[c].powi(power)).sum()
        };
        let (first, second) = (self.first - own(1), self.second - own(2));
        let total = self.total - unit.len() as f64;
        (self.inside - spread(unit, &self.values), 2.0 * (total * second - first * first))
    }
}

struct RatioDistance<'a> {
    values: &'a [f64],
    /// For each category the sum of its distances to all values.
    reach: Vec<f64>,
    sums: PairSums,
}

impl<'a> RatioDistance<'a> {
    fn new(units: &[Unit<'_>], counts: &[f64], values: &'a [f64]) -> Self {
        let used: Vec<usize> = (0..counts.len()).filter(|&c| counts[c] > 0.0).collect();
        let mut reach = vec![0.0; counts.len()];
        for &a in &used {
            reach[a] = used.iter().map(|&b| counts[b] * share(values[a], values[b])).sum();
        }
        let all = counts.iter().zip(&reach).map(|(n, r)| n * r).sum();
        let inside = units.iter().map(|unit| Self::between(unit, values) / pairs(unit)).sum();
        Self { values, reach, sums: (inside, all) }
    }

    fn between(unit: &Unit<'_>, values: &[f64]) -> f64 {
        let counts = unit.counts();
        let row = |&(a, n): &(usize, f64)| -> f64 {
            n * counts.iter().map(|&(b, k)| k * share(values[a], values[b])).sum::<f64>()
        };
        counts.iter().map(row).sum()
    }
}

/// The ratio distance: the difference over the sum, squared; 0 between two zeros.
fn share(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { ((a - b) / (a + b)).powi(2) }
}

impl Distance for RatioDistance<'_> {
    fn sums(&self) -> PairSums {
        self.sums
    }

    fn without(&self, unit: &Unit<'_>) -> PairSums {
        let between = Self::between(unit, self.values);
        let reach: f64 = unit.categories.iter().map(|&c| self.reach[c]).sum();
        (self.sums.0 - between / pairs(unit), self.sums.1 - 2.0 * reach + between)
    }
}

/// The ordinal distance is the squared difference of mid-ranks: O is a quadratic form in them. Leaving
/// a value x out lowers the ranks above it by 1 and its own by 1/2.
struct OrdinalDistance<'a> {
    counts: &'a [f64],
    ranks: Vec<f64>,
    total: f64,
    cubes: f64,
    inside: f64,
    /// Sums of form times ranks over the categories from each one on.
    slope: Vec<f64>,
    /// Sums of the form over the categories from each pair on; empty above [`TABLE_UP_TO`].
    form: Vec<f64>,
}

impl<'a> OrdinalDistance<'a> {
    fn new(units: &[Unit<'_>], counts: &'a [f64]) -> Self {
        let q = counts.len();
        let total: f64 = counts.iter().sum();
        let mut below = -0.5 * total;
        let ranks: Vec<f64> = counts
            .iter()
            .map(|n| {
                below += n;
                below - 0.5 * n
            })
            .collect();
        let inside = units.iter().map(|unit| spread(unit, &ranks)).sum();
        let mut slope = vec![0.0; q + 1];
        let side = if q <= TABLE_UP_TO { q + 1 } else { 0 };
        let mut form = vec![0.0; side * side];
        for unit in units {
            let m = unit.len() as f64;
            let factor = 2.0 / pairs(unit);
            let cells = unit.counts();
            let sum: f64 = cells.iter().map(|&(c, n)| n * ranks[c]).sum();
            for &(c, n) in &cells {
                slope[c] += factor * n * (m * ranks[c] - sum);
                if side > 0 {
                    form[c * side + c] += factor * m * n;
                    for &(k, other) in &cells {
                        form[c * side + k] -= factor * n * other;
                    }
                }
            }
        }
        for c in (0..q).rev() {
            slope[c] += slope[c + 1];
        }
        for c in (0..side.saturating_sub(1)).rev() {
            let mut row = 0.0;
            for k in (0..q).rev() {
                row += form[c * side + k];
                form[c * side + k] = row + form[(c + 1) * side + k];
            }
        }
        let cubes = counts.iter().map(|n| n * n * n).sum();
        Self { counts, ranks, total, cubes, inside, slope, form }
    }
}

impl Distance for OrdinalDistance<'_> {
    fn sums(&self) -> PairSums {
        // The sum of n r^2 over mid-ranks r is (N^3 - sum of n^3) / 12 about their mean.
        (self.inside, self.total * (self.total.powi(3) - self.cubes) / 6.0)
    }

    fn without(&self, unit: &Unit<'_>) -> PairSums {
        let cells = unit.counts();
        let total = self.total - unit.len() as f64;
        let cubes: f64 = self.cubes
            - cells
                .iter()
                .map(|&(c, n)| self.counts[c].powi(3) - (self.counts[c] - n).powi(3))
                .sum::<f64>();
        let all = total * (total.powi(3) - cubes) / 6.0;
        if self.form.is_empty() {
            return (self.inside - spread(unit, &self.ranks), all);
        }
        // Ranks fall by half a step at the value and by half a step above it.
        let side = self.counts.len() + 1;
        let slope: f64 = cells.iter().map(|&(c, n)| n * (self.slope[c] + self.slope[c + 1])).sum();
        let mut bend = 0.0;
        for &(a, n) in &cells {
            for &(b, k) in &cells {
                let form = |i: usize, j: usize| self.form[(a + i) * side + b + j];
                bend += n * k * (form(0, 0) + form(1, 0) + form(0, 1) + form(1, 1));
            }
        }
        let shifted: Vec<f64> = cells
            .iter()
            .map(|&(c, _)| {
                let fall = |&(k, n): &(usize, f64)| match k.cmp(&c) {
                    Ordering::Less => n,
                    Ordering::Equal => 0.5 * n,
                    Ordering::Greater => 0.0,
                };
                let fall: f64 = cells.iter().map(fall).sum();
                self.ranks[c] - fall
            })
            .collect();
        let m = unit.len() as f64;
        let mean = cells.iter().zip(&shifted).map(|(&(_, n), r)| n * r).sum::<f64>() / m;
        let squares: f64 =
            cells.iter().zip(&shifted).map(|(&(_, n), r)| n * (r - mean).powi(2)).sum();
        let own = 2.0 * m * squares / pairs(unit);
        (self.inside - slope + 0.25 * bend - own, all)
    }
}
