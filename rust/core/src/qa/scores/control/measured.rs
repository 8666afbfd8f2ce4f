//! Charts of measurements: single values, and groups of values.

use super::{Chart, D2, mean, mean_deviation, moving_ranges, range_factor};
use crate::choices::choices;
use crate::numeric::normal;
use std::f64::consts::SQRT_2;

choices! {
    /// How the spread of single values is found.
    pub enum SpreadMethod called "spread" {
        /// From the mean moving range.
        Mean = "mean",
        /// From the median moving range, which single jumps hardly move.
        Median = "median",
    }
}

/// The chart of single values, their moving ranges and the limit of these.
///
/// Centre: the mean, or `target`. Source: W. A. Shewhart's chart in the form of D. J. Wheeler,
/// Understanding Variation (1993).
pub fn individuals(
    values: &[f64],
    target: Option<f64>,
    spread: SpreadMethod,
) -> (Chart, Vec<f64>, f64) {
    let ranges = moving_ranges(values);
    let middle = mean(&ranges);
    let sigma = match spread {
        SpreadMethod::Mean => middle / D2,
        SpreadMethod::Median => median(&ranges) / (SQRT_2 * normal::lower_quantile(0.75)),
    };
    let centre = target.unwrap_or_else(|| mean(values));
    let there = |figure: f64| -> Vec<f64> {
        values.iter().map(|value| if value.is_nan() { f64::NAN } else { figure }).collect()
    };
    let unbounded = |_| [f64::NEG_INFINITY, f64::INFINITY];
    let chart = Chart::new(values.to_vec(), there(centre), there(sigma), unbounded);
    (chart, ranges, range_factor() * middle)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n => 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]),
    }
}

/// Charts of the means of groups and of their standard deviations.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// The means.
    pub means: Chart,
    /// The standard deviations (n - 1).
    pub deviations: Chart,
}

/// Charts of groups known by size, mean and standard deviation.
///
/// The standard deviation within groups is the mean over groups of two or more of s / `c4`; with equal
/// sizes that is the mean s over `c4`. Source: Montgomery (2009), chapter 6.
pub fn groups(sizes: &[f64], means: &[f64], deviations: &[f64], target: Option<f64>) -> Groups {
    let within: Vec<f64> =
        sizes.iter().zip(deviations).map(|(&n, s)| s / mean_deviation(n)).collect();
    let sigma = mean(&within);
    let centre = target.unwrap_or_else(|| {
        let used = || sizes.iter().zip(means).filter(|(n, mean)| **n > 0.0 && !mean.is_nan());
        used().map(|(n, mean)| n * mean).sum::<f64>() / used().map(|(n, _)| n).sum::<f64>()
    });
    let there = |figure: &dyn Fn(f64) -> f64| -> Vec<f64> {
        sizes.iter().map(|&n| if n > 0.0 { figure(n) } else { f64::NAN }).collect()
    };
    let unbounded = |_| [f64::NEG_INFINITY, f64::INFINITY];
    let of_mean = there(&|n| sigma / n.sqrt());
    let of_deviation = there(&|n| {
        let c4 = mean_deviation(n);
        // c4 is within 1e-16 of 1 for large groups, and rounds to more.
        sigma * (1.0 - c4 * c4).max(0.0).sqrt()
    });
    Groups {
        means: Chart::new(means.to_vec(), there(&|_| centre), of_mean, unbounded),
        deviations: Chart::new(
            deviations.to_vec(),
            there(&|n| sigma * mean_deviation(n)),
            of_deviation,
            |_| [0.0, f64::INFINITY],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::SIGMAS;
    use super::*;

    #[test]
    fn limits_are_three_deviations_away() {
        let (chart, ..) = individuals(&[4.0, 6.0], None, SpreadMethod::Mean);
        assert!((chart.limits[1][0] - 5.0 - SIGMAS * 2.0 / D2).abs() < 1e-14);
    }
}
