//! Control charts: a centre, limits that chance stays within, and rules for runs of points.
//!
//! A missing point is no point: it neither counts nor breaks the arithmetic. Moving ranges bridge it.

mod attribute;
mod measured;
mod memory;
mod rules;

pub use attribute::{Count, attribute};
pub use measured::{Groups, SpreadMethod, groups, individuals};
pub use memory::{cusum, ewma};
pub use rules::{Rules, signals};

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// Limits are so many standard deviations from the centre.
const SIGMAS: f64 = 3.0;

/// Mean of the range of two standard normal values: 2 / sqrt(pi), printed 1.128.
const D2: f64 = FRAC_2_SQRT_PI;

/// Points beside their centre and limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What is drawn; NaN where there is no point.
    pub points: Vec<f64>,
    /// What chance varies about, of each point.
    pub centre: Vec<f64>,
    /// Standard deviation of each point.
    pub sigma: Vec<f64>,
    /// Lower and upper limits of each point.
    pub limits: [Vec<f64>; 2],
    /// Standard deviations from the centre; NaN where sigma is 0.
    pub z: Vec<f64>,
}

impl Chart {
    /// Limits on both sides of the centre, none beyond what a point can be.
    fn new(
        points: Vec<f64>,
        centre: Vec<f64>,
        sigma: Vec<f64>,
        range: impl Fn(usize) -> [f64; 2],
    ) -> Self {
        let side = |sign: f64| -> Vec<f64> {
            (0..points.len())
                .map(|i| {
                    let [least, most] = range(i);
                    let limit = centre[i] + sign * SIGMAS * sigma[i];
                    // NaN stays, which f64::clamp allows.
                    limit.clamp(least, most)
                })
                .collect()
        };
        let limits = [side(-1.0), side(1.0)];
        let z = (0..points.len())
            .map(|i| if sigma[i] > 0.0 { (points[i] - centre[i]) / sigma[i] } else { f64::NAN })
            .collect();
        Self { points, centre, sigma, limits, z }
    }
}

/// Distances of every point to the one before it; gaps are bridged, and the first has none.
fn moving_ranges(points: &[f64]) -> Vec<f64> {
    let mut last = f64::NAN;
    points
        .iter()
        .map(|&point| {
            let range = (point - last).abs();
            if !point.is_nan() {
                last = point;
            }
            range
        })
        .collect()
}

/// Mean of what is not missing; NaN of nothing.
fn mean(values: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values.iter().filter(|value| !value.is_nan()) {
        sum += value;
        count += 1.0;
    }
    sum / count
}

/// Greatest moving range that chance explains, over the mean one: 1 + 3 `d3` / `d2`, printed 3.267.
fn range_factor() -> f64 {
    1.0 + SIGMAS * (2.0 - 4.0 / PI).sqrt() / D2
}

/// Mean of the standard deviation of so many standard normal values, `c4`; NaN below two.
fn mean_deviation(n: f64) -> f64 {
    if n < 2.0 {
        return f64::NAN;
    }
    if n > 1e4 {
        // The next term of the series is below 1e-16.
        return 1.0 - (1.0 + (7.0 / 8.0 + 19.0 / (32.0 * n)) / n) / (4.0 * n);
    }
    // gamma(n / 2) / gamma((n - 1) / 2), whose neighbours' product is (n - 1) / 2.
    let mut ratio = 1.0 / PI.sqrt();
    let mut k = 2.0;
    while k < n {
        ratio = 0.5 * (k - 1.0) / ratio;
        k += 1.0;
    }
    (2.0 / (n - 1.0)).sqrt() * ratio
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_those_in_print() {
        assert!((range_factor() - 3.266_532).abs() < 1e-6);
        for (n, c4) in [(2.0, 0.797_884_560_802_865_4), (5.0, 0.939_985_602_986_625_1)] {
            assert!((mean_deviation(n) - c4).abs() < 1e-15);
        }
        let (below, above) = (mean_deviation(1e4), mean_deviation(1e4 + 1.0));
        assert!(((above - below) - 0.25e-8).abs() < 1e-11, "{below} {above}");
    }

    #[test]
    fn ranges_bridge_gaps() {
        let found = moving_ranges(&[1.0, f64::NAN, 4.0, 3.0]);
        assert!(found[0].is_nan() && found[1].is_nan());
        assert_eq!(found[2..], [3.0, 1.0]);
    }
}
