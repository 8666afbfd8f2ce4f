//! Funnel plots: units of different sizes beside limits that widen as they shrink.
//!
//! Source: D. J. Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in
//! Medicine 24 (2005), without transformation.

use crate::choices::choices;
use crate::numeric::tail::Tails;
use crate::numeric::{beta, gamma, normal};

/// What a unit is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FunnelMeasure {
    /// Events of so many calls.
    Proportion,
    /// Events over exposure.
    Rate,
    /// A sum over so many values of this standard deviation.
    Mean(f64),
}

choices! {
    /// How limits allow for units that differ by more than chance.
    pub enum FunnelLimits called "limits" {
        /// Not at all; normal.
        Plain = "plain",
        /// Wider by a factor.
        Multiplicative = "multiplicative",
        /// With a variance between units added.
        Additive = "additive",
        /// Not at all; binomial or Poisson, interpolated between counts.
        Exact = "exact",
    }
}

/// Units about a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    measure: FunnelMeasure,
    size: Vec<f64>,
    /// What the limits lie about.
    pub target: f64,
    /// Each unit's figure; NaN for a unit of size 0.
    pub values: Vec<f64>,
    /// Its standard deviation by chance alone.
    pub standard_errors: Vec<f64>,
    /// How many of these it is away.
    pub z: Vec<f64>,
    /// Mean square of z, the outermost shares pulled in.
    pub overdispersion: f64,
    /// Variance between units.
    pub between: f64,
}

impl Funnel {
    /// Units by their events (or sums) and sizes; about all events over all sizes, or `target`. Before
    /// the overdispersion is taken, the share `winsor` of z on either side is set to its quantile.
    pub fn new(
        measure: FunnelMeasure,
        events: &[f64],
        size: &[f64],
        target: Option<f64>,
        winsor: f64,
    ) -> Self {
        let there = |i: &usize| size[*i] > 0.0 && !events[*i].is_nan();
        let sum = |values: &[f64]| ascending((0..size.len()).filter(there).map(|i| values[i])).1;
        let target = target.unwrap_or_else(|| sum(events) / sum(size));
        let spread = match measure {
            FunnelMeasure::Proportion => target * (1.0 - target),
            FunnelMeasure::Rate => target,
            FunnelMeasure::Mean(sd) => sd * sd,
        };
        let column = |figure: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..size.len()).map(|i| if there(&i) { figure(i) } else { f64::NAN }).collect()
        };
        let values = column(&|i| events[i] / size[i]);
        let standard_errors = column(&|i| (spread / size[i]).sqrt());
        let z: Vec<f64> = (values.iter().zip(&standard_errors))
            .map(|(value, error)| if *error > 0.0 { (value - target) / error } else { f64::NAN })
            .collect();
        let known = || z.iter().copied().filter(|z| !z.is_nan());
        let sorted = ascending(known()).0;
        let ends = [quantile(&sorted, winsor), quantile(&sorted, 1.0 - winsor)];
        let count = sorted.len() as f64;
        let squares = ascending(known().map(|z| z.clamp(ends[0], ends[1]).powi(2))).1;
        let overdispersion = squares / count;
        let weights = || {
            let known = z.iter().zip(&standard_errors).filter(|(z, _)| !z.is_nan());
            known.map(|(_, error)| error.powi(-2))
        };
        let (first, second) = (ascending(weights()).1, ascending(weights().map(|w| w * w)).1);
        let excess = count * overdispersion - (count - 1.0);
        let between = (excess / (first - second / first)).max(0.0);
        let size = size.to_vec();
        Self { measure, size, target, values, standard_errors, z, overdispersion, between }
    }

    /// Lower and upper limits of each unit, within what its figure can be.
    pub fn limits(&self, limits: FunnelLimits, confidence: f64) -> Vec<[f64; 2]> {
        let most = if self.measure == FunnelMeasure::Proportion { 1.0 } else { f64::INFINITY };
        let least =
            if matches!(self.measure, FunnelMeasure::Mean(_)) { f64::NEG_INFINITY } else { 0.0 };
        let quantile = normal::central_quantile(confidence);
        let of_unit = |unit: usize| -> [f64; 2] {
            let error = self.standard_errors[unit];
            let wider = match limits {
                FunnelLimits::Plain => error,
                FunnelLimits::Multiplicative => error * self.overdispersion.max(1.0).sqrt(),
                FunnelLimits::Additive => error.hypot(self.between.sqrt()),
                FunnelLimits::Exact => {
                    return self.exact(self.size[unit], 0.5 * (1.0 - confidence));
                }
            };
            [-1.0, 1.0].map(|sign| self.target + sign * quantile * wider)
        };
        (0..self.size.len())
            .map(|unit| {
                if self.values[unit].is_nan() {
                    return [f64::NAN; 2];
                }
                of_unit(unit).map(|limit| limit.clamp(least, most))
            })
            .collect()
    }

    /// Limits with `tail` outside on either side: between the last two counts, by how far the
    /// distribution function has come.
    fn exact(&self, size: f64, tail: f64) -> [f64; 2] {
        let mean = self.target * size;
        let (tails, most): (Box<dyn Fn(f64) -> Tails>, f64) = match self.measure {
            FunnelMeasure::Proportion => {
                let share = beta::UnitPoint::new(self.target);
                (Box::new(move |count| beta::binomial_tails(count, size, share)), size)
            }
            // Forty deviations out nothing is left in f64.
            _ => (
                Box::new(move |count| gamma::poisson_tails(count, mean)),
                (mean + 40.0 * mean.sqrt() + 50.0).ceil(),
            ),
        };
        let at = |count: f64| match count {
            c if c < 0.0 => Tails { lower: 0.0, upper: 1.0 },
            c if c >= most => Tails { lower: 1.0, upper: 0.0 },
            c => tails(c),
        };
        if self.spreadless() {
            return [self.target; 2];
        }
        // How far the count's distribution function has come past the limit, without cancellation.
        let past: [&dyn Fn(f64) -> f64; 2] =
            [&|count| at(count).lower - tail, &|count| tail - at(count).upper];
        past.map(|past| {
            let (mut below, mut reached) = (-1.0, most);
            while reached - below > 1.0 {
                let middle = (0.5 * (below + reached)).floor();
                if middle <= below || middle >= reached {
                    // Beyond 2^53 there is no whole number in between.
                    break;
                }
                if past(middle) >= 0.0 { reached = middle } else { below = middle }
            }
            let (before, after) = (past(below), past(reached));
            (reached - after / (after - before)) / size
        })
    }

    fn spreadless(&self) -> bool {
        match self.measure {
            FunnelMeasure::Proportion => self.target <= 0.0 || self.target >= 1.0,
            FunnelMeasure::Rate => self.target <= 0.0,
            FunnelMeasure::Mean(sd) => sd <= 0.0,
        }
    }
}

/// Values in order, and their sum so taken: the order of units does not show in the last digit.
fn ascending(values: impl Iterator<Item = f64>) -> (Vec<f64>, f64) {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let sum = sorted.iter().sum();
    (sorted, sum)
}

/// Linear between neighbours; NaN of nothing.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let index = share * last as f64;
    let below = index.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (index - below as f64) * (sorted[above] - sorted[below])
}
