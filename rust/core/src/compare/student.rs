//! Two arms of few units by Student's t: pooled, Welch's, and what a regression with clusters gives.

use crate::error::Result;
use crate::numeric::beta;

/// What rounding leaves of differences of levels, in units of these.
const ROUNDING: f64 = 1e-12;

/// An estimate with its error; NaN where it is undefined.
#[derive(Debug, Clone, Copy)]
pub struct TTest {
    /// Of the estimate.
    pub standard_error: f64,
    /// Degrees of freedom.
    pub freedom: f64,
    /// Estimate over error.
    pub t: f64,
    /// Two-sided.
    pub p_value: f64,
    /// At the confidence asked for.
    pub limits: [f64; 2],
}

impl TTest {
    /// No error is known.
    pub const UNDEFINED: Self = Self {
        standard_error: f64::NAN,
        freedom: f64::NAN,
        t: f64::NAN,
        p_value: f64::NAN,
        limits: [f64::NAN; 2],
    };

    /// The test of an estimate that is 0; without any error t is undefined and the limits are the estimate.
    ///
    /// # Errors
    /// As the quantile of Student's t.
    pub fn new(estimate: f64, standard_error: f64, freedom: f64, confidence: f64) -> Result<Self> {
        if freedom.is_nan() || freedom < 1.0 || standard_error.is_nan() {
            return Ok(Self::UNDEFINED);
        }
        if standard_error == 0.0 {
            let limits = [estimate; 2];
            return Ok(Self { standard_error, freedom, limits, ..Self::UNDEFINED });
        }
        let t = estimate / standard_error;
        let reach = beta::t_central_quantile(freedom, confidence)? * standard_error;
        let limits = [estimate - reach, estimate + reach];
        let p_value = beta::t_two_sided(freedom, t);
        Ok(Self { standard_error, freedom, t, p_value, limits })
    }
}

/// Number, mean and sum of squares about the mean of a sample.
#[derive(Debug, Clone, Copy)]
pub struct SampleMoments {
    /// Values.
    pub count: f64,
    /// Their mean; NaN without any.
    pub mean: f64,
    /// Sum of squared distances from the mean; 0 where that is what rounding leaves.
    pub squares: f64,
}

impl SampleMoments {
    /// Of values that are differences of levels of the size `level`.
    pub fn new(values: &[f64], level: f64) -> Self {
        let count = values.len() as f64;
        // About the first value, so that a common shift costs no digits.
        let first = values.first().copied().unwrap_or(f64::NAN);
        let mean = values.iter().map(|value| value - first).sum::<f64>() / count + first;
        let far = values.iter().fold(0.0_f64, |far, value| far.max((value - mean).abs()));
        let bound = ROUNDING * values.iter().fold(level, |size, value| size.max(value.abs()));
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self { count, mean, squares: if far <= bound { 0.0 } else { squares } }
    }

    /// Variance of the mean.
    fn error_squared(self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }
}

/// Welch's test of the first mean less the second; undefined with fewer than two values on a side, and
/// without any spread.
///
/// # Errors
/// As the quantile of Student's t.
pub fn welch([a, b]: [SampleMoments; 2], confidence: f64) -> Result<TTest> {
    if a.count < 2.0 || b.count < 2.0 || a.squares + b.squares == 0.0 {
        return Ok(TTest::UNDEFINED);
    }
    let (x, y) = (a.error_squared(), b.error_squared());
    let freedom = (x + y).powi(2) / (x * x / (a.count - 1.0) + y * y / (b.count - 1.0));
    TTest::new(a.mean - b.mean, (x + y).sqrt(), freedom, confidence)
}

/// Student's test with one variance for both arms, n - 2 degrees of freedom.
///
/// # Errors
/// As the quantile of Student's t.
pub fn pooled([a, b]: [SampleMoments; 2], confidence: f64) -> Result<TTest> {
    let freedom = a.count + b.count - 2.0;
    if a.count < 1.0 || b.count < 1.0 || freedom < 1.0 {
        return Ok(TTest::UNDEFINED);
    }
    let variance = (a.squares + b.squares) / freedom;
    let error = (variance * (1.0 / a.count + 1.0 / b.count)).sqrt();
    TTest::new(a.mean - b.mean, error, freedom, confidence)
}

/// Difference in differences of teams, from their changes: pooled t, Welch's t, and what a regression of
/// level on treatment, period and both gives with errors clustered by team: CR0, CR1 as Stata's, CR2.
///
/// Undefined with one team in an arm, whose spread nobody knows.
/// Source: R. M. Bell & D. F. `McCaffrey`, Survey Methodology 28 (2002).
///
/// # Errors
/// As the quantile of Student's t.
pub fn difference_in_differences(
    [a, b]: [SampleMoments; 2],
    confidence: f64,
) -> Result<[TTest; 5]> {
    if a.count < 2.0 || b.count < 2.0 {
        return Ok([TTest::UNDEFINED; 5]);
    }
    let effect = a.mean - b.mean;
    let teams = a.count + b.count;
    let plain = (a.squares / a.count.powi(2) + b.squares / b.count.powi(2)).sqrt();
    // Two levels a team, and four coefficients.
    let stata = teams / (teams - 1.0) * (2.0 * teams - 1.0) / (2.0 * teams - 4.0);
    let unbiased = (a.error_squared() + b.error_squared()).sqrt();
    let part = |arm: SampleMoments| 1.0 / (arm.count.powi(2) * (arm.count - 1.0));
    let freedom = (1.0 / a.count + 1.0 / b.count).powi(2) / (part(a) + part(b));
    Ok([
        pooled([a, b], confidence)?,
        welch([a, b], confidence)?,
        TTest::new(effect, plain, teams - 1.0, confidence)?,
        TTest::new(effect, plain * stata.sqrt(), teams - 1.0, confidence)?,
        TTest::new(effect, unbiased, freedom, confidence)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_and_a_scale_change_no_t() {
        let (x, y) = ([3.0, 5.0, 9.0, 4.5], [1.0, 2.5, 2.0]);
        let test = |shift: f64, scale: f64| {
            let of = |v: &[f64]| {
                SampleMoments::new(&v.iter().map(|v| shift + scale * v).collect::<Vec<_>>(), 0.0)
            };
            [pooled([of(&x), of(&y)], 0.95).unwrap().t, welch([of(&x), of(&y)], 0.95).unwrap().t]
        };
        let plain = test(0.0, 1.0);
        for (found, expected) in test(1024.0, 8.0).into_iter().zip(plain) {
            assert!((found / expected - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn without_spread_there_is_no_t() {
        let [a, b] = [[1.0, 1.0 + 1e-14], [3.0, 3.0]].map(|v| SampleMoments::new(&v, 300.0));
        let found = difference_in_differences([a, b], 0.95).unwrap();
        assert!(found[0].t.is_nan() && found[0].standard_error == 0.0);
        assert!((found[0].limits[0] + 2.0).abs() < 1e-12 && found[1].standard_error.is_nan());
    }
}
