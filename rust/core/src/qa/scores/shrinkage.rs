//! Means of groups, drawn towards the mean of all by empirical Bayes.

use crate::error::Result;
use crate::numeric::beta;

/// A group's mean and what remains of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShrunkenMean {
    /// Scores of the group.
    pub n: u64,
    /// Their mean; NaN without one.
    pub mean: f64,
    /// Share of the own mean that stays; the rest is the centre's.
    pub reliability: f64,
    /// The mean drawn towards the centre.
    pub shrunken: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Limits by Student's t.
    pub interval: [f64; 2],
    /// 1 the highest; equal values share the best rank.
    pub rank: f64,
}

/// What all groups have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommonMean {
    /// Where the means are drawn to.
    pub centre: f64,
    /// Variance of the scores within groups.
    pub within: f64,
    /// Variance of the groups' true means.
    pub between: f64,
}

/// Number, mean and sum of squared deviations of each group's scores.
fn summarize(group: &[usize], scores: &[f64], groups: usize) -> Vec<(f64, f64, f64)> {
    let mut summaries = vec![(0.0, 0.0, 0.0); groups];
    for (&group, score) in group.iter().zip(scores) {
        summaries[group].0 += 1.0;
        summaries[group].1 += score;
    }
    for (n, mean, _) in &mut summaries {
        *mean /= *n;
    }
    for (&group, score) in group.iter().zip(scores) {
        let deviation = score - summaries[group].1;
        summaries[group].2 += deviation * deviation;
    }
    summaries
}

/// Parametric empirical Bayes for score = centre + group + noise, with noise of one variance.
///
/// The variance between groups is by the method of moments. With V = within / n a group's own mean keeps
/// 1 - (k - 3)/(k - 1) V / (V + between) for k groups: Morris' correction, since the variances are
/// estimated. Fewer than four groups teach nothing about each other. Limits allow for the estimated centre
/// and variance, with Student's t of the pooled degrees of freedom.
/// Source: C. N. Morris, Journal of the American Statistical Association 78 (1983).
///
/// `group` numbers the group of each score; all scores are finite.
///
/// # Errors
/// As the quantile of Student's t.
pub fn shrunken_means(
    group: &[usize],
    scores: &[f64],
    groups: usize,
    confidence: f64,
) -> Result<(Vec<ShrunkenMean>, CommonMean)> {
    let summaries = summarize(group, scores, groups);
    let (common, freedom) = moments(&summaries, scores);
    let CommonMean { centre, within, between } = common;
    let known = || summaries.iter().filter(|(n, ..)| *n > 0.0);
    let k = known().count() as f64;
    let typical_error = known().map(|(n, ..)| within / n).sum::<f64>() / k;
    let quantile =
        if freedom > 0.0 { beta::t_central_quantile(freedom, confidence)? } else { f64::NAN };
    let shrink = |&(n, mean, _): &(f64, f64, f64)| {
        let error = within / n;
        let correction = if k > 3.0 { (k - 3.0) / (k - 1.0) } else { 0.0 };
        let pull = if error == 0.0 { 0.0 } else { error / (error + between) * correction };
        let away = mean - centre;
        let allowance = if k > 3.0 {
            let spread = (typical_error + between) / (error + between);
            2.0 / (k - 3.0) * (pull * pull) * spread * (away * away)
        } else {
            0.0
        };
        let shrunken = centre + (1.0 - pull) * away;
        let standard_error = (error * (1.0 - (k - 1.0) / k * pull) + allowance).sqrt();
        let half = quantile * standard_error;
        ShrunkenMean {
            n: n as u64,
            mean,
            reliability: 1.0 - pull,
            shrunken,
            standard_error,
            interval: [shrunken - half, shrunken + half],
            rank: f64::NAN,
        }
    };
    let mut means: Vec<ShrunkenMean> = summaries.iter().map(shrink).collect();
    rank(&mut means);
    Ok((means, common))
}

/// The centre and both variances, with the degrees of freedom within groups.
fn moments(summaries: &[(f64, f64, f64)], scores: &[f64]) -> (CommonMean, f64) {
    let known = || summaries.iter().filter(|(n, ..)| *n > 0.0);
    let (k, total) = (known().count() as f64, scores.len() as f64);
    let freedom = total - k;
    let within = known().map(|(.., squares)| squares).sum::<f64>() / freedom;
    let overall = scores.iter().sum::<f64>() / total;
    // The mean square between groups is within + alike * between.
    let square = known().map(|(n, mean, _)| n * (mean - overall).powi(2)).sum::<f64>() / (k - 1.0);
    let alike = (total - known().map(|(n, ..)| n * n).sum::<f64>() / total) / (k - 1.0);
    let excess = (square - within) / alike;
    // One group does not show how groups differ; what is unknown stays so.
    let between = if k > 1.0 && (excess > 0.0 || excess.is_nan()) { excess } else { 0.0 };
    let (mut weights, mut weighted) = (0.0, 0.0);
    for (n, mean, _) in known() {
        let weight = 1.0 / (within / n + between);
        if !weight.is_nan() {
            // No spread at all: all groups have one mean.
            let weight = if weight.is_infinite() { 1.0 } else { weight };
            weights += weight;
            weighted += weight * mean;
        }
    }
    (CommonMean { centre: weighted / weights, within, between }, freedom)
}

/// Gives every mean that is known its rank.
fn rank(means: &mut [ShrunkenMean]) {
    let known = means.iter().map(|mean| mean.shrunken).filter(|value| !value.is_nan());
    let mut ascending: Vec<f64> = known.collect();
    ascending.sort_unstable_by(f64::total_cmp);
    for mean in means.iter_mut().filter(|mean| !mean.shrunken.is_nan()) {
        let not_above = ascending.partition_point(|&value| value <= mean.shrunken);
        mean.rank = (ascending.len() - not_above) as f64 + 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores_of_five() -> (Vec<usize>, Vec<f64>) {
        let scores = [90, 96, 93, 80, 84, 79, 85, 70, 82, 60, 72, 63, 84, 75, 81];
        ((0..15).map(|row| row / 3).collect(), scores.map(f64::from).to_vec())
    }

    #[test]
    fn equal_groups_keep_what_morris_says() {
        let (group, scores) = scores_of_five();
        let (means, common) = shrunken_means(&group, &scores, 5, 0.95).unwrap();
        // By the analysis of variance: mean squares 295.2 within 10 degrees of freedom and 1188 / 4.
        let within = (18.0 + 14.0 + 126.0 + 78.0 + 42.0) / 10.0;
        let between = (3.0
            * (13.4_f64.powi(2)
                + 1.4_f64.powi(2)
                + 0.6_f64.powi(2)
                + 14.6_f64.powi(2)
                + 0.4_f64.powi(2))
            / 4.0
            - within)
            / 3.0;
        assert!((common.centre - 79.6).abs() < 1e-12);
        assert!((common.within - within).abs() < 1e-12);
        assert!((common.between / between - 1.0).abs() < 1e-13);
        let keeps = 1.0 - 0.5 * (within / 3.0) / (within / 3.0 + between);
        for mean in &means {
            assert!((mean.reliability - keeps).abs() < 1e-14);
            assert!((mean.shrunken - (79.6 + keeps * (mean.mean - 79.6))).abs() < 1e-12);
        }
        assert_eq!(
            means.iter().map(|mean| mean.rank).collect::<Vec<_>>(),
            [1.0, 2.0, 4.0, 5.0, 3.0]
        );
    }

    #[test]
    fn three_groups_teach_nothing_and_an_empty_one_is_unknown() {
        let (group, scores) = scores_of_five();
        let (means, _) = shrunken_means(&group[..9], &scores[..9], 4, 0.95).unwrap();
        assert!(means[..3].iter().all(|mean| mean.reliability == 1.0));
        assert!(means[..3].iter().all(|mean| (mean.shrunken - mean.mean).abs() < 1e-12));
        assert!(means[3].n == 0 && means[3].mean.is_nan() && means[3].rank.is_nan());
        let (none, common) = shrunken_means(&[], &[], 0, 0.95).unwrap();
        assert!(none.is_empty() && common.centre.is_nan());
    }
}
