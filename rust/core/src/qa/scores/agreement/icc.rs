//! Intraclass correlation, the six forms of Shrout and Fleiss.

use super::{Ratings, Statistic};
use crate::error::Result;
use crate::intervals::UNDEFINED;
use crate::numeric::beta;
use crate::numeric::tail::Tail;

/// Mean squares of units times raters.
#[derive(Debug, Clone, Copy)]
struct MeanSquares {
    units: f64,
    raters: f64,
    rows: f64,
    columns: f64,
    error: f64,
    within: f64,
}

/// The six forms in the order (1,1), (2,1), (3,1), (1,k), (2,k), (3,k), on the units that every rater
/// rated: 1 one-way; 2 absolute agreement; 3 consistency. Negative values stay; nothing varied: NaN.
///
/// Intervals by F: K. O. `McGraw` and S. P. Wong, Psychological Methods 1 (1996), absolute agreement with
/// Satterthwaite's degrees of freedom, its mean form by Spearman and Brown's formula on the limits. NaN
/// where such an interval says nothing.
///
/// # Errors
/// As the quantile of F.
pub fn intraclass(ratings: &Ratings, confidence: f64) -> Result<[Statistic; 6]> {
    let complete: Vec<&[usize]> = ratings
        .units()
        .filter(|unit| unit.len() == ratings.raters)
        .map(|unit| unit.categories)
        .collect();
    let undefined = [Statistic::undefined(complete.len() as u64); 6];
    if complete.len() < 2 || ratings.raters < 2 || !ratings.numeric() {
        return Ok(undefined);
    }
    let ms = mean_squares(&complete, &ratings.values, ratings.raters);
    if ms.rows + ms.within == 0.0 {
        return Ok(undefined);
    }
    let tail = 0.5 * (1.0 - confidence);
    let (one, one_mean) = consistency(ms, ms.within, ms.units * (ms.raters - 1.0), tail)?;
    let (three, three_mean) =
        consistency(ms, ms.error, (ms.units - 1.0) * (ms.raters - 1.0), tail)?;
    let (two, two_mean) = absolute(ms, tail)?;
    Ok([one, two, three, one_mean, two_mean, three_mean].map(|(value, interval)| Statistic {
        value,
        standard_error: f64::NAN,
        interval,
        units: complete.len() as u64,
    }))
}

fn mean_squares(units: &[&[usize]], values: &[f64], raters: usize) -> MeanSquares {
    let (n, k) = (units.len() as f64, raters as f64);
    let value = |unit: &[usize], rater: usize| values[unit[rater]];
    let of_unit = |unit: &&[usize]| unit.iter().map(|&c| values[c]).sum::<f64>() / k;
    let of_rater = |rater| units.iter().map(|unit| value(unit, rater)).sum::<f64>() / n;
    let rows: Vec<f64> = units.iter().map(of_unit).collect();
    let columns: Vec<f64> = (0..raters).map(of_rater).collect();
    let mean = columns.iter().sum::<f64>() / k;
    let squares = |means: &[f64]| means.iter().map(|m| (m - mean).powi(2)).sum::<f64>();
    let (mut error, mut within) = (0.0, 0.0);
    for (unit, row) in units.iter().zip(&rows) {
        for (rater, column) in columns.iter().enumerate() {
            let x = value(unit, rater);
            error += (x - row - column + mean).powi(2);
            within += (x - row).powi(2);
        }
    }
    // A sum of squares below the rounding of its terms is 0: raters who differ by a constant leave 1e-30.
    let largest = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    let rounding = (1e-14 * largest).powi(2) * n * k;
    let clean = |sum: f64| if sum <= rounding { 0.0 } else { sum };
    MeanSquares {
        units: n,
        raters: k,
        rows: clean(k * squares(&rows)) / (n - 1.0),
        columns: clean(n * squares(&columns)) / (k - 1.0),
        error: clean(error) / ((n - 1.0) * (k - 1.0)),
        within: clean(within) / (n * (k - 1.0)),
    }
}

/// A value and its limits.
type Form = (f64, [f64; 2]);

/// The forms that compare rows with one other mean square, of a single rating and of the raters' mean.
fn consistency(ms: MeanSquares, other: f64, freedom: f64, tail: f64) -> Result<(Form, Form)> {
    let (k, rows) = (ms.raters, ms.rows);
    let of_rows = ms.units - 1.0;
    let single = (rows - other) / (rows + (k - 1.0) * other);
    // Tends to minus infinity where units do not differ.
    let mean = if rows == 0.0 { f64::NAN } else { (rows - other) / rows };
    let ratio = rows / other;
    let low = ratio / beta::f_quantile(of_rows, freedom, Tail::Upper(tail))?;
    let high = ratio * beta::f_quantile(freedom, of_rows, Tail::Upper(tail))?;
    let one = |f: f64| if f.is_infinite() { 1.0 } else { (f - 1.0) / (f + k - 1.0) };
    let all = |f: f64| if mean.is_nan() { f64::NAN } else { 1.0 - 1.0 / f };
    Ok(((single, [one(low), one(high)]), (mean, [all(low), all(high)])))
}

/// Rounding of sums of mean squares, relative.
const ROUNDING: f64 = 1e-14;

/// Absolute agreement, of a single rating and of the raters' mean.
fn absolute(ms: MeanSquares, tail: f64) -> Result<(Form, Form)> {
    let MeanSquares { units: n, raters: k, rows, columns, error, .. } = ms;
    let above = rows - error;
    let of_one = rows + (k - 1.0) * error + k * (columns - error) / n;
    let of_mean = rows + (columns - error) / n;
    // A variance that is the rounding of its terms is 0: the value would be any size.
    let over = |variance: f64| {
        if variance.abs() <= ROUNDING * (rows + columns + error) {
            f64::NAN
        } else {
            above / variance
        }
    };
    let (single, mean) = (over(of_one), over(of_mean));
    if columns == 0.0 && error == 0.0 {
        return Ok(((1.0, [1.0; 2]), (1.0, [1.0; 2])));
    }
    let a = k * single / (n * (1.0 - single));
    let b = 1.0 + k * single * (n - 1.0) / (n * (1.0 - single));
    let (of_columns, of_error) = (a * columns, b * error);
    let freedom = (of_columns + of_error).powi(2)
        / (of_columns.powi(2) / (k - 1.0) + of_error.powi(2) / ((n - 1.0) * (k - 1.0)));
    // Neither units nor what is left vary, only raters: the limits' formulas are 0 / 0.
    if freedom.is_nan() {
        return Ok(((single, UNDEFINED), (mean, UNDEFINED)));
    }
    let below = beta::f_quantile(n - 1.0, freedom, Tail::Upper(tail))?;
    let above = beta::f_quantile(freedom, n - 1.0, Tail::Upper(tail))?;
    let other = k * columns + (k * n - k - n) * error;
    // Divided by the quantile, which is infinite where the degrees of freedom are next to none.
    let low = n * (rows / below - error) / (other + n * rows / below);
    let high = n * (above * rows - error) / (other + n * above * rows);
    // Below one degree of freedom, from shares of opposite signs, limits may miss what they are of.
    if low.is_nan() || high.is_nan() || freedom < 1.0 && !(low <= single && single <= high) {
        return Ok(((single, UNDEFINED), (mean, UNDEFINED)));
    }
    // At a confidence near 0 both are the same, but for rounding.
    let low = low.min(high);
    let of_mean = if mean.is_nan() { UNDEFINED } else { stepped_up(k, single, [low, high]) };
    Ok(((single, [low, high]), (mean, of_mean)))
}

/// Spearman and Brown's formula on the limits of a `single` rating, for the mean of `k` raters.
///
/// It falls without end as a limit nears -1 / (k - 1) from above; beyond, it comes back from above. An
/// interval around a value beyond says nothing once it reaches across.
fn stepped_up(k: f64, single: f64, [low, high]: [f64; 2]) -> [f64; 2] {
    let room = |value: f64| 1.0 + (k - 1.0) * value;
    let mean = |limit: f64| k * limit / room(limit);
    let beyond = [low, single, high].map(|value| room(value) <= 0.0);
    match beyond {
        [true, true, true] | [false, false, false] => [mean(low), mean(high)],
        [true, false, false] => [f64::NEG_INFINITY, mean(high)],
        _ => UNDEFINED,
    }
}
