//! The noncentral t distribution: limits of a mean plus so many standard deviations.

use super::normal;
use super::quadrature::integrate;
use super::search::{Among, Point, narrow};
use crate::error::Result;

/// Beyond so many standard deviations a bell holds less than 1e-17.
const REACH: f64 = 8.6;
/// Panels of a bell: 32 nodes are exact to 1e-15 over two standard deviations.
const PANELS: i32 = 9;

/// P(T <= t) for T = (Z + `shift`) / sqrt(X / freedom), X chi-square.
///
/// Domain: freedom >= 1, t >= 0. Accuracy: 1e-14 absolute. The integral over s = sqrt(X / freedom) of
/// the normal distribution at t s - `shift`, in panels cut where either of the two bends.
pub fn t_lower(freedom: f64, shift: f64, t: f64) -> f64 {
    // The root of chi-square moves no faster than the normal vector whose length it is.
    let spread = REACH / freedom.sqrt();
    let (low, high) = ((1.0 - spread - 1.0 / freedom).max(0.0), 1.0 + spread);
    let bell = |centre: f64, reach: f64| {
        (0..=PANELS).map(move |k| centre + reach * (2.0 * f64::from(k) / f64::from(PANELS) - 1.0))
    };
    let bends = bell(shift / t, REACH / t).chain(bell(1.0, spread));
    let mut cuts: Vec<f64> = bends.filter(|&cut| cut > low && cut < high).collect();
    cuts.extend([low, high]);
    cuts.sort_unstable_by(f64::total_cmp);
    let mut sums = [0.0; 2];
    for panel in cuts.windows(2) {
        let [below, all] = integrate(panel[0], panel[1], |s| {
            let density = ((freedom - 1.0) * s.ln() - 0.5 * freedom * (s * s - 1.0)).exp();
            [density * normal::lower(t * s - shift), density]
        });
        sums[0] += below;
        sums[1] += all;
    }
    sums[0] / sums[1]
}

/// The t below which T is with probability `p`, for p >= P(T <= 0).
///
/// # Errors
/// [`crate::Error::NotConverged`] after 2500 rounds.
pub fn t_quantile(freedom: f64, shift: f64, p: f64) -> Result<f64> {
    let value = |t: f64| t_lower(freedom, shift, t) - p;
    let mut high = 2.0 * shift.max(1.0);
    while value(high) <= 0.0 && high < 1e300 {
        high *= 2.0;
    }
    let low = Point { x: 0.0, value: normal::lower(-shift) - p };
    narrow(low, Point { x: high, value: value(high) }, Among::Real, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::beta;

    #[test]
    fn without_a_shift_it_is_students() {
        for freedom in [1.0, 2.0, 7.0, 40.0, 1e4] {
            for t in [1e-3, 0.4, 1.0, 3.0, 30.0] {
                let expected = 1.0 - beta::t_upper(freedom, t);
                let found = t_lower(freedom, 0.0, t);
                assert!((found - expected).abs() < 1e-13, "{freedom} {t}: {found} {expected}");
            }
        }
    }

    #[test]
    fn two_degrees_have_a_closed_form() {
        // Integration by parts of the defining integral for freedom 2.
        let (shift, t) = (1.5_f64, 2.5_f64);
        let r = t / (t * t + 2.0).sqrt();
        let closed = normal::lower(-shift)
            + r * (-0.5 * shift * shift * (1.0 - r * r)).exp() * normal::lower(shift * r);
        assert!((t_lower(2.0, shift, t) - closed).abs() < 1e-14);
    }

    #[test]
    fn quantiles_invert_it() {
        for (freedom, shift) in [(1.0, 2.8), (4.0, 4.4), (13.0, 7.3), (500.0, 44.0), (1e5, 620.0)] {
            for p in [0.025, 0.5, 0.975, 0.9995] {
                let t = t_quantile(freedom, shift, p).unwrap();
                // The search ends some 1e-14 of t from it.
                let bound = 1e-13 + 1e-14 * shift;
                assert!((t_lower(freedom, shift, t) - p).abs() < bound, "{freedom} {shift} {p}");
            }
        }
    }
}
