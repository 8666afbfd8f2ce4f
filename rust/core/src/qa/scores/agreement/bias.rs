//! Differences between raters: bias, limits of agreement, shares within a distance.

use super::{Ratings, Statistic};
use crate::error::Result;
use crate::intervals::clopper_pearson;
use crate::numeric::{noncentral, normal};

/// One rater against the others of the same units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rater {
    /// Mean of own score minus mean of the others', its error, and limits by Student's t.
    pub bias: Statistic,
    /// Standard deviation of these differences.
    pub sd: f64,
}

/// Mean, standard deviation and interval of differences.
fn summary(differences: &[f64], confidence: f64) -> Result<Rater> {
    let n = differences.len();
    if n == 0 {
        return Ok(Rater { bias: Statistic::undefined(0), sd: f64::NAN });
    }
    let count = n as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    let sd = if n < 2 { f64::NAN } else { (squares / (count - 1.0)).sqrt() };
    let bias = Statistic::by_student(mean, sd / count.sqrt(), n, confidence)?;
    Ok(Rater { bias, sd })
}

/// Every rater against the mean of the **other** raters of each unit: nobody is compared with himself.
///
/// # Errors
/// As the quantile of Student's t.
pub fn raters(ratings: &Ratings, confidence: f64) -> Result<Vec<Rater>> {
    let mut differences = vec![Vec::new(); ratings.raters];
    if ratings.numeric() {
        for unit in ratings.units().filter(|unit| unit.len() > 1) {
            let total: f64 = unit.categories.iter().map(|&c| ratings.values[c]).sum();
            let others = unit.len() as f64 - 1.0;
            for (&rater, &category) in unit.raters.iter().zip(unit.categories) {
                let own = ratings.values[category];
                differences[rater].push(own - (total - own) / others);
            }
        }
    }
    differences.iter().map(|of_rater| summary(of_rater, confidence)).collect()
}

/// Bland and Altman's bias of the first of two raters against the second, with the limits between
/// which the share `confidence` of differences lies; each limit's own interval is the approximate one
/// (for few pairs that by [`limit_factors`] is right).
/// NaN for any other number of raters.
///
/// Source: J. M. Bland & D. G. Altman, Statistical Methods in Medical Research 8 (1999).
///
/// # Errors
/// As the quantile of Student's t.
pub fn bland_altman(ratings: &Ratings, confidence: f64) -> Result<(Rater, [Statistic; 2])> {
    let mut differences = Vec::new();
    if ratings.raters == 2 && ratings.numeric() {
        for unit in ratings.units().filter(|unit| unit.len() == 2) {
            let [first, second] = [0, 1].map(|i| ratings.values[unit.categories[i]]);
            differences.push(first - second);
        }
    }
    let rater = summary(&differences, confidence)?;
    let z = normal::central_quantile(confidence);
    let n = differences.len() as f64;
    let error = rater.sd * (1.0 / n + z * z / (2.0 * (n - 1.0))).sqrt();
    let limit = |sign: f64| {
        Statistic::by_student(
            rater.bias.value + sign * z * rater.sd,
            error,
            differences.len(),
            confidence,
        )
    };
    Ok((rater, [limit(-1.0)?, limit(1.0)?]))
}

/// How many standard deviations of `pairs` differences the interval of the upper limit of agreement
/// reaches from the bias, below and above: exact for normal differences. NaN for fewer than two.
///
/// Source: A. Carkeet, Optometry and Vision Science 92 (2015), by the noncentral t distribution.
///
/// # Errors
/// As the quantile of the noncentral t.
pub fn limit_factors(pairs: usize, confidence: f64) -> Result<[f64; 2]> {
    if pairs < 2 {
        return Ok([f64::NAN; 2]);
    }
    let n = pairs as f64;
    let shift = normal::central_quantile(confidence) * n.sqrt();
    let tail = 0.5 * (1.0 - confidence);
    let factor = |p| noncentral::t_quantile(n - 1.0, shift, p).map(|t| t / n.sqrt());
    Ok([factor(tail)?, factor(1.0 - tail)?])
}

/// Decimals that differ by the distance in print differ by a little more in doubles: 0.8 and 0.6 by 0.2.
const EDGE: f64 = 1e-9;

/// Share of pairs of ratings of one unit that differ by at most `distance`, pairs pooled; with the
/// numbers of such pairs and of all.
///
/// The error is that of a ratio of sums over units; limits by Student's t, cut to [0, 1]. Where all
/// units have the same share (none agrees, or all do) there is no error, and the limits are those of
/// Clopper and Pearson for so many units.
///
/// # Errors
/// As the quantile of Student's t or of the beta distribution.
pub fn within(ratings: &Ratings, distance: f64, confidence: f64) -> Result<(Statistic, [u64; 2])> {
    let mut counts: Vec<[u64; 2]> = Vec::new();
    if ratings.numeric() {
        for unit in ratings.units().filter(|unit| unit.len() > 1) {
            let mut values: Vec<f64> = unit.categories.iter().map(|&c| ratings.values[c]).collect();
            values.sort_unstable_by(f64::total_cmp);
            let (mut near, mut start) = (0, 0);
            for (i, value) in values.iter().enumerate() {
                while value - values[start] > distance + EDGE {
                    start += 1;
                }
                near += (i - start) as u64;
            }
            let m = unit.len() as u64;
            counts.push([near, m * (m - 1) / 2]);
        }
    }
    let near: u64 = counts.iter().map(|count| count[0]).sum();
    let all: u64 = counts.iter().map(|count| count[1]).sum();
    if all == 0 {
        return Ok((Statistic::undefined(0), [0, 0]));
    }
    let share = near as f64 / all as f64;
    let n = counts.len() as f64;
    let squares: f64 =
        counts.iter().map(|count| (count[0] as f64 - share * count[1] as f64).powi(2)).sum();
    let error = (n / (n - 1.0) * squares).sqrt() / all as f64;
    let mut statistic = Statistic::by_student(share, error, counts.len(), confidence)?.cut();
    if statistic.interval[0] < 0.0 {
        statistic.interval[0] = 0.0;
    }
    if counts.len() > 1 && squares <= 1e-24 * (all as f64).powi(2) {
        statistic.interval = clopper_pearson(share * n, n, confidence)?;
    }
    Ok((statistic, [near, all]))
}
