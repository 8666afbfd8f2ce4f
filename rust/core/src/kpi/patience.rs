//! How long callers are willing to wait, from waits that mostly end in an answer instead.
//!
//! An abandoned wait shows the caller's patience; any other end of the wait (an answer, an overflow, a
//! call-back) only shows that it was longer: the wait is censored there.

use super::{check_columns, each_group, in_group_order, offsets};
use crate::choices::choices;
use crate::error::Result;
use crate::intervals::garwood;
use crate::numeric::exact_sum::ExactSum;
use crate::numeric::normal;
use crate::threads::Run;

/// The columns of a log that patience is read from.
#[derive(Debug, Clone, Copy)]
pub struct Waits<'a> {
    /// Group of the row; negative leaves the row out.
    pub group: &'a [i32],
    /// Wait in seconds, finite and at least 0.
    pub wait: &'a [f64],
    /// Whether it ended in hanging up.
    pub abandoned: &'a [bool],
}

/// What is asked of every group's waits.
#[derive(Debug, Clone, Copy)]
pub struct Questions<'a> {
    /// In (0, 1).
    pub confidence: f64,
    /// What the limits of the mean rest on.
    pub basis: Basis,
    /// Shares of callers, ascending in (0, 1): by when have so many lost patience?
    pub probabilities: &'a [f64],
    /// End of the restricted mean; NaN for the last time of each group.
    pub until: f64,
}

/// What the waits of one group say about patience.
#[derive(Debug, Clone, PartialEq)]
pub struct Patience {
    /// Waits observed.
    pub waits: i64,
    /// Waits that ended in hanging up.
    pub abandonments: i64,
    /// Seconds waited, all together.
    pub exposure: f64,
    /// Limits of exposure / abandonments, the mean if patience is exponential.
    pub mean_limits: [f64; 2],
    /// For each probability q the first time at which the Kaplan–Meier curve is at most 1 − q; NaN if
    /// it never is.
    pub quantiles: Vec<f64>,
    /// Area under the curve up to the last time and its error; NaN without waits.
    pub area: [f64; 2],
    /// The same up to `until`; NaN beyond the last time, unless the curve has come down to 0 by then.
    pub restricted: [f64; 2],
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
    /// Greenwood's standard error of the share.
    pub error: Vec<f64>,
    /// Lower limit of the share; NaN once it is 0.
    pub low: Vec<f64>,
    /// Upper limit.
    pub high: Vec<f64>,
}

choices! {
    /// On which scale the limits of a curve are symmetrical.
    pub enum Band called "band" {
        /// log(−log), which stays inside [0, 1]. Source: Kalbfleisch and Prentice 1980.
        LogLog = "loglog",
        /// Its logarithm, cut at 1.
        Log = "log",
        /// The share itself, cut to [0, 1].
        Plain = "plain",
    }
}

choices! {
    /// What is taken to be known when limits of an exponential mean are asked for.
    pub enum Basis called "limits" {
        /// The time watched: Garwood's limits of a Poisson count, turned round. Works without hang-ups.
        Poisson = "poisson",
        /// The number of hang-ups d, up to which was watched: both chi-squared with 2d degrees.
        Chi2 = "chi2_2d",
        /// Neither: the logarithm of the mean is near normal with error 1 / √d.
        LogWald = "log_wald",
    }
}

/// Hanging up per second of waiting, by how long callers have waited: a row a group and bin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hazard {
    /// Group of the row.
    pub group: Vec<i64>,
    /// Number of the bin.
    pub bin: Vec<i64>,
    /// Callers who hung up in the bin.
    pub abandoned: Vec<i64>,
    /// Seconds waited in the bin by all who came so far.
    pub exposure: Vec<f64>,
    /// Garwood's limits of abandoned / exposure; NaN without exposure.
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
    /// This step's part of Greenwood's sum: d / (n (n − d)).
    part: f64,
    /// The sum so far.
    greenwood: f64,
}

/// A share falls from 1/2 + 1e-16 to 1/2 only in rounding: a curve that is exactly one half must
/// count as having reached it. Shares are ratios of whole numbers, so no true gap is this small.
const REACHED: f64 = 1e-12;

/// A wait and whether it ended in hanging up, in one number that sorts by time: the bits of a double
/// at or above 0 ascend with it, and its sign bit is free for the flag once they are moved up by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Wait(u64);

impl Wait {
    fn new(seconds: f64, abandoned: bool) -> Self {
        // Adding 0 makes -0 what it equals.
        Self(((seconds + 0.0).to_bits() << 1) | u64::from(abandoned))
    }

    fn seconds(self) -> f64 {
        f64::from_bits(self.0 >> 1)
    }

    fn abandoned(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Walks the curve of sorted waits. At equal times the hang-ups come before the rest.
fn steps(sorted: &[Wait], mut each: impl FnMut(Step)) {
    let mut at_risk = sorted.len();
    let mut greenwood = 0.0;
    // While nobody is censored the share is (callers left) / (callers then): one division instead of
    // a product of rounded factors, so a curve without censoring is exact.
    let (mut share_then, mut callers_then) = (1.0, at_risk);
    for tied in sorted.chunk_by(|a, b| a.0 >> 1 == b.0 >> 1) {
        let abandoned = tied.iter().filter(|wait| wait.abandoned()).count();
        let left = at_risk - abandoned;
        let survival = share_then * (left as f64 / callers_then as f64);
        let part = abandoned as f64 / (at_risk as f64 * left as f64);
        greenwood += part;
        each(Step { time: tied[0].seconds(), at_risk, abandoned, survival, part, greenwood });
        at_risk -= tied.len();
        if tied.len() > abandoned {
            (share_then, callers_then) = (survival, at_risk);
        }
    }
}

/// `work` of every group's waits in order of time, on several threads; results in order.
fn of_each_group<R: Default + Send>(
    columns: &Waits<'_>,
    groups: usize,
    run: &Run<'_>,
    work: &(impl Fn(usize, &[Wait], &mut R) -> Result<()> + Sync),
) -> Result<Vec<R>> {
    let Waits { group, wait, abandoned } = *columns;
    check_columns(group, groups, &[wait.len(), abandoned.len()])?;
    let offsets = offsets(group, groups);
    let mut waits = in_group_order(group, &offsets, |row| Wait::new(wait[row], abandoned[row]));
    let sorted = |number, waits: &mut [Wait], results: &mut R| {
        waits.sort_unstable();
        work(number, waits, results)
    };
    each_group(&mut waits, &offsets, run, &sorted, &R::default)
}

/// Limits of the mean when `abandonments` were seen in `exposure` seconds of waiting. No time and nobody
/// leaving says nothing; no time and somebody leaving, that patience is 0. The bases that rest on the
/// number of those leaving need one, and some time.
fn mean_limits(exposure: f64, abandonments: usize, questions: &Questions<'_>) -> Result<[f64; 2]> {
    let (count, confidence) = (abandonments as f64, questions.confidence);
    if questions.basis != Basis::Poisson && (exposure <= 0.0 || abandonments == 0) {
        return Ok([f64::NAN; 2]);
    }
    if exposure <= 0.0 {
        return Ok(if abandonments > 0 { [0.0; 2] } else { [f64::NAN; 2] });
    }
    let [low, high] = match questions.basis {
        Basis::Poisson => garwood(count, exposure, confidence)?,
        // Garwood's upper limit has 2d + 2 degrees: that of one hang-up fewer has 2d.
        Basis::Chi2 => [
            garwood(count, exposure, confidence)?[0],
            garwood(count - 1.0, exposure, confidence)?[1],
        ],
        Basis::LogWald => {
            let factor = f64::exp(normal::central_quantile(confidence) / f64::sqrt(count));
            let rate = count / exposure;
            [rate / factor, rate * factor]
        }
    };
    Ok([1.0 / high, 1.0 / low])
}

/// Area under the curve up to `until` and Greenwood's error of it: Σ (area from the step on)² times
/// the step's part of the sum. `falls` holds time, share and part of every step with a hang-up.
fn restricted_mean(falls: &[(f64, f64, f64)], until: f64) -> [f64; 2] {
    let falls = &falls[..falls.partition_point(|fall| fall.0 <= until)];
    let (mut area, mut end, mut variance) = (0.0, until, 0.0);
    for &(time, survival, part) in falls.iter().rev() {
        area += survival * (end - time);
        end = time;
        // Where nobody is left the part is endless and what remains is 0.
        if area > 0.0 {
            variance += area * area * part;
        }
    }
    [area + end, f64::sqrt(variance)]
}

/// One [`Patience`] a group.
///
/// # Errors
/// Columns of unequal length, a group number out of range, an interruption; as the quantile of the
/// gamma distribution.
pub fn patience(
    waits: &Waits<'_>,
    questions: &Questions<'_>,
    groups: usize,
    run: &Run<'_>,
) -> Result<Vec<Patience>> {
    let fit = |_, sorted: &[Wait], results: &mut Vec<Patience>| {
        let mut exposure = ExactSum::default();
        let mut abandonments = 0;
        for wait in sorted {
            exposure.add(wait.seconds());
            abandonments += usize::from(wait.abandoned());
        }
        let mut quantiles = vec![f64::NAN; questions.probabilities.len()];
        let mut reached = 0;
        let mut falls = Vec::new();
        steps(sorted, |step| {
            if step.abandoned == 0 {
                return;
            }
            falls.push((step.time, step.survival, step.part));
            while let Some(&q) = questions.probabilities.get(reached)
                && step.survival <= (1.0 - q) * (1.0 + REACHED)
            {
                quantiles[reached] = step.time;
                reached += 1;
            }
        });
        let last = sorted.last().map_or(f64::NAN, |wait| wait.seconds());
        let ended = falls.last().is_some_and(|fall| fall.1 == 0.0);
        let up_to = |until: f64| {
            if until <= last || ended {
                restricted_mean(&falls, until.min(last))
            } else {
                [f64::NAN; 2]
            }
        };
        results.push(Patience {
            waits: sorted.len().cast_signed() as i64,
            abandonments: abandonments.cast_signed() as i64,
            exposure: exposure.seconds(),
            mean_limits: mean_limits(exposure.seconds(), abandonments, questions)?,
            quantiles,
            area: up_to(last),
            restricted: if questions.until.is_nan() {
                [f64::NAN; 2]
            } else {
                up_to(questions.until)
            },
        });
        Ok(())
    };
    Ok(of_each_group(waits, groups, run, &fit)?.into_iter().flatten().collect())
}

/// The Kaplan–Meier curve of every group, with limits that hold at each time with `confidence` in
/// (0, 1).
///
/// # Errors
/// Columns of unequal length, a group number out of range, an interruption.
pub fn curves(
    waits: &Waits<'_>,
    confidence: f64,
    band: Band,
    groups: usize,
    run: &Run<'_>,
) -> Result<Curve> {
    let z = normal::central_quantile(confidence);
    let curve = |number: usize, sorted: &[Wait], curve: &mut Curve| {
        steps(sorted, |step| {
            curve.group.push(number.cast_signed() as i64);
            curve.time.push(step.time);
            curve.at_risk.push(step.at_risk.cast_signed() as i64);
            curve.abandoned.push(step.abandoned.cast_signed() as i64);
            curve.survival.push(step.survival);
            let relative = step.greenwood.sqrt();
            curve.error.push(if step.survival > 0.0 { step.survival * relative } else { f64::NAN });
            let [low, high] = limits(band, step.survival, relative, z);
            curve.low.push(low);
            curve.high.push(high);
        });
        Ok(())
    };
    let mut whole = Curve::default();
    for mut part in of_each_group(waits, groups, run, &curve)? {
        whole.group.append(&mut part.group);
        whole.time.append(&mut part.time);
        whole.at_risk.append(&mut part.at_risk);
        whole.abandoned.append(&mut part.abandoned);
        whole.survival.append(&mut part.survival);
        whole.error.append(&mut part.error);
        whole.low.append(&mut part.low);
        whole.high.append(&mut part.high);
    }
    Ok(whole)
}

/// Limits of a share whose standard error is `relative_error` times itself. Before anybody hung up
/// both are 1; at 0 both are NaN.
fn limits(band: Band, survival: f64, relative_error: f64, z: f64) -> [f64; 2] {
    if survival >= 1.0 {
        return [1.0, 1.0];
    }
    if survival.is_nan() || survival <= 0.0 {
        return [f64::NAN; 2];
    }
    let spread = z * relative_error;
    match band {
        Band::Plain => [(survival * (1.0 - spread)).max(0.0), (survival * (1.0 + spread)).min(1.0)],
        Band::Log => [survival * (-spread).exp(), (survival * spread.exp()).min(1.0)],
        Band::LogLog => {
            let log = survival.ln();
            let spread = spread / -log;
            [(log * spread.exp()).exp(), (log * (-spread).exp()).exp()]
        }
    }
}

/// Hang-ups per second of waiting in the bins (edge, next edge]; the first holds its edge too, the
/// last is open. `edges` ascend from 0.
///
/// # Errors
/// Columns of unequal length, a group number out of range, an interruption; as the quantile of the
/// gamma distribution.
pub fn hazard(
    waits: &Waits<'_>,
    edges: &[f64],
    confidence: f64,
    groups: usize,
    run: &Run<'_>,
) -> Result<Hazard> {
    let of_group = |number: usize, sorted: &[Wait], hazard: &mut Hazard| {
        let mut rest = sorted;
        for (bin, &low) in edges.iter().enumerate() {
            let next = edges.get(bin + 1).copied();
            let until = next.unwrap_or(f64::INFINITY);
            let (inside, beyond) = rest.split_at(rest.partition_point(|w| w.seconds() <= until));
            let mut exposure = ExactSum::default();
            for wait in inside {
                exposure.add(wait.seconds());
            }
            exposure.subtract_times(low.into(), inside.len().cast_signed() as i64);
            if let Some(high) = next {
                let passing = beyond.len().cast_signed() as i64;
                exposure.subtract_times(low.into(), passing);
                exposure.subtract_times((-high).into(), passing);
            }
            let abandoned = inside.iter().filter(|wait| wait.abandoned()).count();
            let exposure = exposure.seconds();
            let [low, high] = if exposure > 0.0 {
                garwood(abandoned as f64, exposure, confidence)?
            } else {
                [f64::NAN; 2]
            };
            hazard.group.push(number.cast_signed() as i64);
            hazard.bin.push(bin.cast_signed() as i64);
            hazard.abandoned.push(abandoned.cast_signed() as i64);
            hazard.exposure.push(exposure);
            hazard.low.push(low);
            hazard.high.push(high);
            rest = beyond;
        }
        Ok(())
    };
    let mut whole = Hazard::default();
    for mut part in of_each_group(waits, groups, run, &of_group)? {
        whole.group.append(&mut part.group);
        whole.bin.append(&mut part.bin);
        whole.abandoned.append(&mut part.abandoned);
        whole.exposure.append(&mut part.exposure);
        whole.low.append(&mut part.low);
        whole.high.append(&mut part.high);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run<'static> {
        Run { threads: None, interrupted: &|| false }
    }

    const ASKED: Questions<'static> = Questions {
        confidence: 0.95,
        basis: Basis::Poisson,
        probabilities: &[0.5, 0.75],
        until: 20.0,
    };

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
        let waits = Waits { group: &group, wait: &wait, abandoned: &event };
        let fit = &patience(&waits, &ASKED, 1, &run()).unwrap()[0];
        assert_eq!((fit.waits, fit.abandonments, fit.exposure), (21, 9, 359.0));
        assert_eq!(fit.quantiles[0], 23.0);
        assert!(fit.quantiles[1].is_nan());
        assert!(close(fit.area[0], 23.287394957983192) && close(fit.area[1], 2.8274676233714393));
        assert!(close(fit.restricted[0], 16.116526610644257));
        assert!(close(fit.restricted[1], 1.2515601960050473));
        let bins = hazard(&waits, &[0.0, 10.0, 20.0, 30.0], 0.95, 1, &run()).unwrap();
        assert_eq!(
            (bins.abandoned, bins.exposure),
            (vec![5, 2, 2, 0], vec![190.0, 106.0, 50.0, 13.0])
        );
        assert!(
            close(bins.low[0], 0.008544665211149582) && close(bins.high[3], 0.28375995800876436)
        );
        let curve = curves(&waits, 0.95, Band::LogLog, 1, &run()).unwrap();
        assert!(close(curve.survival[0], 18.0 / 21.0));
        assert!(close(curve.survival[11], 0.4481792717086835));
        assert!(
            close(curve.low[15], 0.18805200595923233) && close(curve.high[15], 0.6801426284952415)
        );
    }

    #[test]
    fn without_censoring_the_curve_is_exact() {
        let wait: Vec<f64> = (1..=10).map(f64::from).collect();
        let waits = Waits { group: &[0; 10], wait: &wait, abandoned: &[true; 10] };
        let curve = curves(&waits, 0.95, Band::Plain, 1, &run()).unwrap();
        let expected: Vec<f64> = (0..10).rev().map(|left| f64::from(left) / 10.0).collect();
        assert_eq!(curve.survival, expected);
        let fit = &patience(&waits, &ASKED, 1, &run()).unwrap()[0];
        assert_eq!((fit.quantiles[0], fit.area[0]), (5.0, 5.5));
        // The curve is at 0 by then, so the area beyond the last wait is known too.
        assert_eq!(fit.restricted, fit.area);
        assert!(curve.low[9].is_nan() && curve.high[9].is_nan());
    }

    #[test]
    fn nobody_is_not_an_error() {
        let waits = Waits { group: &[], wait: &[], abandoned: &[] };
        let fit = &patience(&waits, &ASKED, 1, &run()).unwrap()[0];
        assert_eq!((fit.waits, fit.exposure), (0, 0.0));
        assert!(fit.quantiles[0].is_nan() && fit.area[0].is_nan());
        assert_eq!(curves(&waits, 0.95, Band::Log, 2, &run()).unwrap(), Curve::default());
    }
}
