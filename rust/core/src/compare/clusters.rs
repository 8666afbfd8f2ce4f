//! How alike units of one cluster are, and how unequal units are among each other.

use super::student::{SampleMoments, TTest};
use crate::error::Result;
use crate::numeric::beta;

/// Analysis of variance of values in clusters.
#[derive(Debug, Clone, Copy)]
pub struct ClusterVariance {
    /// Mean square between clusters.
    pub between: f64,
    /// Mean square within.
    pub within: f64,
    /// n0, the size that counts.
    pub size: f64,
    /// Intraclass correlation; may be negative.
    pub icc: f64,
    /// Variance of a mean over that of independent values: 1 + (mean size - 1) icc.
    pub design_effect: f64,
}

/// The ANOVA estimator, from the size, mean and sum of squares of each cluster; NaN where it is undefined.
pub fn cluster_variance(clusters: &[SampleMoments]) -> ClusterVariance {
    let known: Vec<&SampleMoments> = clusters.iter().filter(|own| own.count > 0.0).collect();
    let count = known.len() as f64;
    let total: f64 = known.iter().map(|own| own.count).sum();
    let first = known.first().map_or(0.0, |own| own.mean);
    let mean = known.iter().map(|own| own.count * (own.mean - first)).sum::<f64>() / total + first;
    let between = known.iter().map(|own| own.count * (own.mean - mean).powi(2)).sum::<f64>();
    let between = between / (count - 1.0);
    let within = known.iter().map(|own| own.squares).sum::<f64>() / (total - count);
    let squares: f64 = known.iter().map(|own| own.count.powi(2)).sum();
    let size = (total - squares / total) / (count - 1.0);
    let icc = (between - within) / (between + (size - 1.0) * within);
    // Clusters of one value each tell nothing of what is within.
    let icc = if total > count && count > 1.0 { icc } else { f64::NAN };
    ClusterVariance { between, within, size, icc, design_effect: 1.0 + (total / count - 1.0) * icc }
}

/// Growth of the same units between two periods, and whether they spread less afterwards.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    /// Of the sum.
    pub total: f64,
    /// Of the typical unit, on the scale of logarithms, and its limits.
    pub typical: [f64; 3],
    /// Coefficients of variation before and after.
    pub variation: [f64; 2],
    /// Gini coefficients before and after.
    pub gini: [f64; 2],
    /// Spread of the logarithms after over that before, and its limits.
    pub spread: [f64; 3],
    /// That the spread did not change: Pitman and Morgan's test on the logarithms.
    pub spread_p_value: f64,
}

/// Growth of units from `before` to `after`. What rests on logarithms or on an error is NaN where a value
/// is 0 or there are fewer than three units.
///
/// Source: E. J. G. Pitman, Biometrika 31 (1939); W. A. Morgan, the same volume.
///
/// # Errors
/// As the quantile of Student's t.
pub fn growth(before: &[f64], after: &[f64], confidence: f64) -> Result<Growth> {
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let mut found = Growth {
        total: sum(after) / sum(before) - 1.0,
        typical: [f64::NAN; 3],
        variation: [before, after].map(variation),
        gini: [before, after].map(gini),
        spread: [f64::NAN; 3],
        spread_p_value: f64::NAN,
    };
    let units = before.len() as f64;
    if units < 3.0 || before.iter().chain(after).any(|&value| value <= 0.0) {
        return Ok(found);
    }
    let [x, y] = [before, after].map(|values| values.iter().map(|v| v.ln()).collect::<Vec<_>>());
    let changes: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - x).collect();
    let change = SampleMoments::new(&changes, 0.0);
    let error = (change.squares / (units - 1.0) / units).sqrt();
    let test = TTest::new(change.mean, error, units - 1.0, confidence)?;
    found.typical = [change.mean, test.limits[0], test.limits[1]].map(f64::exp_m1);
    let [own, other] = [&x, &y].map(|values| SampleMoments::new(values, 0.0));
    let joint: f64 = x.iter().zip(&y).map(|(x, y)| (x - own.mean) * (y - other.mean)).sum();
    let correlation = joint / (own.squares * other.squares).sqrt();
    let ratio = (other.squares / own.squares).sqrt();
    let freedom = units - 2.0;
    let t = beta::t_central_quantile(freedom, confidence)?;
    // Of the sum and the difference, whose variances differ where those of x and y do.
    let sums: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
    let [a, b] = [&sums, &changes].map(|values| SampleMoments::new(values, 0.0));
    let joint: f64 = sums.iter().zip(&changes).map(|(s, d)| (s - a.mean) * (d - b.mean)).sum();
    let r = joint / (a.squares * b.squares).sqrt();
    let k = 1.0 + 2.0 * (1.0 - correlation * correlation).max(0.0) * t * t / freedom;
    let reach = (k * k - 1.0).sqrt();
    found.spread = [ratio, ratio * (k - reach).sqrt(), ratio * (k + reach).sqrt()];
    found.spread_p_value = beta::t_two_sided(freedom, r * (freedom / (1.0 - r * r)).sqrt());
    Ok(found)
}

/// Standard deviation over mean.
fn variation(values: &[f64]) -> f64 {
    let own = SampleMoments::new(values, 0.0);
    (own.squares / (own.count - 1.0)).sqrt() / own.mean
}

/// Gini coefficient: half the mean absolute difference over the mean.
fn gini(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let ranked = sorted.iter().enumerate().map(|(i, x)| (2.0 * (i + 1) as f64 - n - 1.0) * x);
    ranked.sum::<f64>() / (n * sorted.iter().sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_that_agree_have_no_correlation_to_speak_of() {
        let of = |groups: &[&[f64]]| {
            cluster_variance(
                &groups.iter().map(|own| SampleMoments::new(own, 0.0)).collect::<Vec<_>>(),
            )
        };
        let found = of(&[&[1.0, 9.0], &[2.0, 8.0], &[5.0, 5.0]]);
        assert_eq!((found.icc, found.design_effect, found.size), (-1.0, 0.0, 2.0));
        assert!(of(&[&[2.0, 2.0], &[2.0, 2.0]]).icc.is_nan());
        assert!(of(&[&[2.0], &[3.0]]).icc.is_nan());
    }

    #[test]
    fn units_that_grow_alike_keep_their_spread() {
        let before = [410.0, 520.0, 333.0, 610.0];
        let found = growth(&before, &before.map(|x| 2.0 * x), 0.95).unwrap();
        assert!((found.total - 1.0).abs() < 1e-15 && (found.typical[0] - 1.0).abs() < 1e-12);
        assert!((found.spread[0] - 1.0).abs() < 1e-12);
        assert!((found.gini[0] - found.gini[1]).abs() < 1e-15);
    }
}
