//! How long callers are willing to wait, from waits that mostly end in an answer instead.
//!
//! An abandoned wait shows the caller's patience; any other end of the wait (an answer, an overflow, a
//! call-back) only shows that it was longer: the wait is censored there.

use super::exact_sum::ExactSum;
use super::{check_columns, in_group_order, offsets};
use crate::error::Result;
use crate::intervals::garwood;
use crate::numeric::normal;

/// What the waits of one group say about patience.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// Waits observed.
    pub waits: i64,
    /// Waits that ended in hanging up.
    pub abandonments: i64,
    /// Seconds waited, all together.
    pub exposure: f64,
    /// Limits of exposure / abandonments, the mean if patience is exponential: Garwood's limits of the
    /// count, turned round.
    pub mean_limits: [f64; 2],
    /// First time at which the Kaplan–Meier curve is at most one half; NaN if it never is.
    pub median: f64,
    /// Area under the curve up to the last time; NaN without waits.
    pub area: f64,
}

/// Kaplan–Meier curves, one after the other: a row for every distinct wait of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    /// Group of the row.
    pub group: Vec<i64>,
    /// Wait in seconds.
    pub time: Vec<f64>,
    /// Callers who had waited at least so long.
    pub at_risk: Vec<i64>,
    /// Callers who hung up then.
    pub abandoned: Vec<i64>,
    /// Share willing to wait longer.
    pub survival: Vec<f64>,
    /// Lower limit of the share by Greenwood's error on the log(−log) scale; NaN once it is 0.
    pub low: Vec<f64>,
    /// Upper limit.
    pub high: Vec<f64>,
}

/// One step of a curve.
#[derive(Debug, Clone, Copy)]
struct Step {
    time: f64,
    at_risk: usize,
    abandoned: usize,
    survival: f64,
    /// Greenwood's sum of d / (n (n − d)).
    greenwood: f64,
}

/// The share falls from 1/2 + 1e-16 to 1/2 only in rounding: a curve that is exactly one half must
/// count as having reached it. Shares are ratios of whole numbers, so no true gap is this small.
const HALF_REACHED: f64 = 0.5 * (1.0 + 1e-12);

/// Walks the curve of waits sorted by time, so that "not below the next" is a tie. At equal times the hang-ups come before the rest.
fn steps(sorted: &[(f64, bool)], mut each: impl FnMut(Step)) {
    let mut at_risk = sorted.len();
    let mut greenwood = 0.0;
    // While nobody is censored the share is (callers left) / (callers then): one division instead of
    // a product of rounded factors, so a curve without censoring is exact.
    let (mut share_then, mut callers_then) = (1.0, at_risk);
    for tied in sorted.chunk_by(|a, b| a.0 >= b.0) {
        let abandoned = tied.iter().filter(|wait| wait.1).count();
        let left = at_risk - abandoned;
        let survival = share_then * (left as f64 / callers_then as f64);
        greenwood += abandoned as f64 / (at_risk as f64 * left as f64);
        each(Step { time: tied[0].0, at_risk, abandoned, survival, greenwood });
        at_risk -= tied.len();
        if tied.len() > abandoned {
            (share_then, callers_then) = (survival, at_risk);
        }
    }
}

/// Waits and whether they ended in hanging up, in order of group and time.
struct Sorted {
    offsets: Vec<usize>,
    waits: Vec<(f64, bool)>,
}

impl Sorted {
    fn groups(&self) -> impl Iterator<Item = &[(f64, bool)]> {
        self.offsets.windows(2).map(|bounds| &self.waits[bounds[0]..bounds[1]])
    }
}

fn sorted_waits(group: &[i64], wait: &[f64], abandoned: &[bool], groups: usize) -> Result<Sorted> {
    check_columns(group, groups, &[wait.len(), abandoned.len()])?;
    let offsets = offsets(group, groups);
    let mut waits = in_group_order(group, &offsets, |row| (wait[row], abandoned[row]));
    for bounds in offsets.windows(2) {
        waits[bounds[0]..bounds[1]].sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    }
    Ok(Sorted { offsets, waits })
}

/// Limits of the mean when `abandonments` were seen in `exposure` seconds of waiting. No time and nobody
/// leaving says nothing; no time and somebody leaving, that patience is 0.
fn mean_limits(exposure: f64, abandonments: usize, confidence: f64) -> Result<[f64; 2]> {
    if exposure <= 0.0 {
        return Ok(if abandonments > 0 { [0.0; 2] } else { [f64::NAN; 2] });
    }
    let [low, high] = garwood(abandonments as f64, exposure, confidence)?;
    Ok([1.0 / high, 1.0 / low])
}

/// One [`Patience`] a group. Waits are finite and at least 0; `confidence` is in (0, 1).
///
/// # Errors
/// Columns of unequal length, a group number out of range; as the quantile of the gamma distribution.
pub fn patience(
    group: &[i64],
    wait: &[f64],
    abandoned: &[bool],
    confidence: f64,
    groups: usize,
) -> Result<Vec<Patience>> {
    let sorted = sorted_waits(group, wait, abandoned, groups)?;
    let fit = |sorted: &[(f64, bool)]| {
        let mut exposure = ExactSum::default();
        for wait in sorted {
            exposure.add(wait.0);
        }
        let mut median = f64::NAN;
        let (mut area, mut until, mut height) = (0.0, 0.0, 1.0);
        steps(sorted, |step| {
            area += height * (step.time - until);
            (until, height) = (step.time, step.survival);
            if median.is_nan() && step.survival <= HALF_REACHED {
                median = step.time;
            }
        });
        let abandonments = sorted.iter().filter(|wait| wait.1).count();
        Ok(Patience {
            waits: sorted.len().cast_signed() as i64,
            abandonments: abandonments.cast_signed() as i64,
            exposure: exposure.seconds(),
            mean_limits: mean_limits(exposure.seconds(), abandonments, confidence)?,
            median,
            area: if sorted.is_empty() { f64::NAN } else { area },
        })
    };
    sorted.groups().map(fit).collect()
}

/// The Kaplan–Meier curve of every group, with limits that hold at each time with `confidence` in
/// (0, 1). Waits are finite and at least 0.
///
/// # Errors
/// Columns of unequal length, a group number out of range.
pub fn curves(
    group: &[i64],
    wait: &[f64],
    abandoned: &[bool],
    confidence: f64,
    groups: usize,
) -> Result<Curve> {
    let z = normal::central_quantile(confidence);
    let sorted = sorted_waits(group, wait, abandoned, groups)?;
    let mut curve = Curve::default();
    for (number, waits) in sorted.groups().enumerate() {
        steps(waits, |step| {
            curve.group.push(number.cast_signed() as i64);
            curve.time.push(step.time);
            curve.at_risk.push(step.at_risk.cast_signed() as i64);
            curve.abandoned.push(step.abandoned.cast_signed() as i64);
            curve.survival.push(step.survival);
            let [low, high] = loglog_limits(step.survival, step.greenwood.sqrt(), z);
            curve.low.push(low);
            curve.high.push(high);
        });
    }
    Ok(curve)
}

/// Limits of a share whose standard error is `relative_error` times itself, on the log(−log) scale,
/// which keeps them inside [0, 1].
/// Before anybody hung up both are 1; at 0 the scale ends and both are NaN.
///
/// Source: Kalbfleisch and Prentice 1980, as in the usual survival programs' "log-log" intervals.
fn loglog_limits(survival: f64, relative_error: f64, z: f64) -> [f64; 2] {
    if survival >= 1.0 {
        return [1.0, 1.0];
    }
    if survival.is_nan() || survival <= 0.0 {
        return [f64::NAN; 2];
    }
    let log = survival.ln();
    let spread = z * relative_error / -log;
    [(log * spread.exp()).exp(), (log * (-spread).exp()).exp()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs()
    }

    #[test]
    fn the_textbook_arm_of_freireich_1963() {
        let weeks = [
            (6.0, 3, 1),
            (7.0, 1, 0),
            (9.0, 0, 1),
            (10.0, 1, 1),
            (11.0, 0, 1),
            (13.0, 1, 0),
            (16.0, 1, 0),
            (17.0, 0, 1),
            (19.0, 0, 1),
            (20.0, 0, 1),
            (22.0, 1, 0),
            (23.0, 1, 0),
            (25.0, 0, 1),
            (32.0, 0, 2),
            (34.0, 0, 1),
            (35.0, 0, 1),
        ];
        let (mut wait, mut event) = (Vec::new(), Vec::new());
        for (time, events, censored) in weeks {
            for k in 0..events + censored {
                wait.push(time);
                // Censored first in the file: the order of ties must not matter.
                event.push(k >= censored);
            }
        }
        let group = vec![0; wait.len()];
        let fit = patience(&group, &wait, &event, 0.95, 1).unwrap()[0];
        assert_eq!((fit.waits, fit.abandonments, fit.exposure, fit.median), (21, 9, 359.0, 23.0));
        let curve = curves(&group, &wait, &event, 0.95, 1).unwrap();
        assert!(close(curve.survival[0], 18.0 / 21.0));
        assert!(close(curve.survival[11], 0.4481792717086835));
        assert!(
            close(curve.low[15], 0.18805200595923233) && close(curve.high[15], 0.6801426284952415)
        );
    }

    #[test]
    fn without_censoring_the_curve_is_exact() {
        let wait: Vec<f64> = (1..=10).map(f64::from).collect();
        let curve = curves(&[0; 10], &wait, &[true; 10], 0.95, 1).unwrap();
        let expected: Vec<f64> = (0..10).rev().map(|left| f64::from(left) / 10.0).collect();
        assert_eq!(curve.survival, expected);
        let fit = patience(&[0; 10], &wait, &[true; 10], 0.95, 1).unwrap()[0];
        assert_eq!((fit.median, fit.area), (5.0, 5.5));
        assert!(curve.low[9].is_nan() && curve.high[9].is_nan());
    }

    #[test]
    fn nobody_is_not_an_error() {
        let fit = patience(&[], &[], &[], 0.95, 1).unwrap()[0];
        assert_eq!((fit.waits, fit.exposure), (0, 0.0));
        assert!(fit.median.is_nan() && fit.area.is_nan());
        assert_eq!(curves(&[], &[], &[], 0.95, 2).unwrap(), Curve::default());
    }
}
