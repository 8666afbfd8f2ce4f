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
