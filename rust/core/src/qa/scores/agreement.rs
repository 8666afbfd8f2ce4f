//! How far raters agree: chance-corrected measures, intraclass correlation, bias.

mod alpha;
mod bias;
mod chance;
mod icc;

use crate::error::Result;
use crate::numeric::{beta, normal};

pub use alpha::{Level, alpha};
pub use bias::{Rater, bland_altman, limit_factors, raters, within};
pub use chance::{Weights, cohen, fleiss, gwet};
pub use icc::intraclass;

/// Ratings by unit; missing ones are simply not there.
#[derive(Debug, Clone)]
pub struct Ratings {
    /// Where each unit's ratings start, and the end of the last.
    starts: Vec<usize>,
    /// The rater of each rating, numbered from 0.
    rater: Vec<usize>,
    /// The category of each rating: its position on the scale.
    category: Vec<usize>,
    /// Raters there are.
    raters: usize,
    /// The value of each category, increasing; NaN where categories have no values.
    values: Vec<f64>,
}

impl Ratings {
    /// Ratings from columns of codes, all of one length; codes below `units`, `raters` and the
    /// number of `values`.
    pub fn new(
        unit: &[usize],
        rater: &[usize],
        category: &[usize],
        [units, raters]: [usize; 2],
        values: Vec<f64>,
    ) -> Self {
        let mut starts = vec![0; units + 1];
        for &u in unit {
            starts[u + 1] += 1;
        }
        for u in 0..units {
            starts[u + 1] += starts[u];
        }
        // Each unit's rows into its own places, then few of them to sort at a time.
        let mut next = starts.clone();
        let mut order = vec![0; unit.len()];
        for (row, &u) in unit.iter().enumerate() {
            order[next[u]] = row;
            next[u] += 1;
        }
        for ends in starts.windows(2) {
            order[ends[0]..ends[1]].sort_by_key(|&row| rater[row]);
        }
        Self {
            starts,
            rater: order.iter().map(|&row| rater[row]).collect(),
            category: order.iter().map(|&row| category[row]).collect(),
            raters,
            values,
        }
    }

    /// How many ratings repeat a unit and rater, and the unit and rater of the first.
    pub fn repeated(&self) -> (usize, usize, usize) {
        let mut found = (0, 0, 0);
        for (unit, ends) in self.starts.windows(2).enumerate() {
            for pair in self.rater[ends[0]..ends[1]].windows(2) {
                if pair[0] == pair[1] {
                    found = if found.0 == 0 {
                        (1, unit, pair[0])
                    } else {
                        (found.0 + 1, found.1, found.2)
                    };
                }
            }
        }
        found
    }

    /// Raters and categories of one unit's ratings after another's; units without any are left out.
    fn units(&self) -> impl Iterator<Item = Unit<'_>> + Clone {
        self.starts.windows(2).filter(|ends| ends[0] < ends[1]).map(|ends| Unit {
            raters: &self.rater[ends[0]..ends[1]],
            categories: &self.category[ends[0]..ends[1]],
        })
    }

    /// Whether ratings have values that can be subtracted.
    fn numeric(&self) -> bool {
        !self.values.iter().any(|value| value.is_nan())
    }

    /// Whether at least two categories were used.
    fn varied(&self) -> bool {
        self.category.windows(2).any(|pair| pair[0] != pair[1])
    }
}

/// The ratings of one unit, in the order of raters.
#[derive(Debug, Clone, Copy)]
struct Unit<'a> {
    raters: &'a [usize],
    categories: &'a [usize],
}

impl Unit<'_> {
    fn len(&self) -> usize {
        self.categories.len()
    }

    /// Categories with how often each was given.
    fn counts(&self) -> Vec<(usize, f64)> {
        let mut sorted = self.categories.to_vec();
        sorted.sort_unstable();
        sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as f64)).collect()
    }
}

/// A measure of agreement; NaN where it is undefined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistic {
    /// The measure.
    pub value: f64,
    /// Its standard error over units; NaN where the interval is made without one.
    pub standard_error: f64,
    /// Limits of its interval.
    pub interval: [f64; 2],
    /// Units it rests on.
    pub units: u64,
}

impl Statistic {
    /// A measure that says nothing.
    const fn undefined(units: u64) -> Self {
        Self { value: f64::NAN, standard_error: f64::NAN, interval: [f64::NAN; 2], units }
    }

    fn new(value: f64, standard_error: f64, quantile: f64, units: usize) -> Self {
        let half = quantile * standard_error;
        Self { value, standard_error, interval: [value - half, value + half], units: units as u64 }
    }

    /// An interval by Student's t with one degree less than `units`; none for a single unit.
    fn by_student(value: f64, standard_error: f64, units: usize, confidence: f64) -> Result<Self> {
        if units < 2 || standard_error.is_nan() {
            return Ok(Self { value, ..Self::undefined(units as u64) });
        }
        let t = beta::t_central_quantile(units as f64 - 1.0, confidence)?;
        Ok(Self::new(value, standard_error, t, units))
    }

    fn by_normal(value: f64, standard_error: f64, units: usize, confidence: f64) -> Self {
        Self::new(value, standard_error, normal::central_quantile(confidence), units)
    }

    /// Limits above 1 cut, as no agreement is.
    fn cut(mut self) -> Self {
        // NaN stays: f64::min would swallow it.
        if self.interval[1] > 1.0 {
            self.interval[1] = 1.0;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;

    /// All measures of a table.
    fn measures(ratings: &Ratings, confidence: f64) -> Result<Vec<(&'static str, Statistic)>> {
        let points = &ratings.values;
        let mut found = Vec::new();
        for level in [Level::Nominal, Level::Ordinal, Level::Interval, Level::Ratio] {
            found.push(("alpha", alpha(ratings, level, confidence)?));
        }
        for weights in Weights::ALL {
            found.push(("kappa", cohen(ratings, points, weights, confidence)?));
            found.push(("gwet", gwet(ratings, points, weights, confidence)?));
        }
        found.push(("fleiss", fleiss(ratings, confidence)?));
        found.extend(intraclass(ratings, confidence)?.map(|form| ("icc", form)));
        found.push(("within", within(ratings, 0.0, confidence)?.0));
        found.extend(raters(ratings, confidence)?.iter().map(|rater| ("rater", rater.bias)));
        let (bias, limits) = bland_altman(ratings, confidence)?;
        found.push(("bias", bias.bias));
        found.extend(limits.map(|limit| ("limit", limit)));
        Ok(found)
    }

    #[test]
    fn every_small_table_has_intervals_that_are_in_order_or_undefined() {
        let mut random = Key::new(11).stream();
        for _ in 0..20_000 {
            let mut below = |bound: u64| random.below(bound) as usize;
            let (units, raters, categories) = (1 + below(6), 2 + below(4), 1 + below(5));
            let (missing, alike) = (below(4), below(3));
            let (mut unit, mut rater, mut category) = (vec![], vec![], vec![]);
            for u in 0..units {
                let usual = below(categories as u64);
                for r in 0..raters {
                    if below(10) >= missing {
                        unit.push(u);
                        rater.push(r);
                        let own = below(categories as u64);
                        category.push(if below(3) < alike { usual } else { own });
                    }
                }
            }
            let step = 0.1 + below(90) as f64;
            let values = (0..categories).map(|c| step * c as f64 + (c * c) as f64).collect();
            let table = Ratings::new(&unit, &rater, &category, [units, raters], values);
            let confidence = [0.95, 0.5, 0.99, 1e-9][below(4)];
            for (name, statistic) in measures(&table, confidence).expect("small tables converge") {
                let Statistic { value, interval: [low, high], .. } = statistic;
                let about = || format!("{name}: {statistic:?} of {table:?} at {confidence}");
                assert!(!value.is_infinite(), "{}", about());
                assert_eq!(low.is_nan(), high.is_nan(), "{}", about());
                // Where all is the same but for rounding the value may lie beside.
                let slack = 1e-12 * value.abs().max(1.0);
                let encloses = confidence < 0.5 || low <= value + slack && value <= high + slack;
                assert!(low.is_nan() || low <= high && encloses, "{}", about());
                if name == "within" && statistic.units > 1 {
                    assert!(0.0 <= low && low < high && high <= 1.0, "{}", about());
                }
            }
        }
    }
}
