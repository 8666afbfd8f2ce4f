//! Averages over an uncertain load.

use super::outcome::{CallOutcome, FIELDS};
use crate::choices::choices;
use crate::error::Result;
use crate::numeric::quadrature::{NODES_16, WEIGHTS_16};
use crate::numeric::tail::exp_m1_minus;

choices! {
    /// What an average over loads counts alike.
    pub enum Average called "average" {
        /// Each call: the figure of a month of calls.
        Calls = "calls",
        /// Each interval, whatever its calls: the mean of the intervals' figures.
        Intervals = "intervals",
    }
}

/// exp(-45) = 3e-20 and exp(-28) = 7e-13: greater and smaller loads so unlikely are left out. Greater ones may count
/// by many powers of ten more than the mean, smaller ones hardly more.
const CUT: f64 = 45.0;
const CUT_BELOW: f64 = 28.0;
/// Length of a panel, in standard deviations of the load or of the calls in progress.
const PANEL: f64 = 3.2;
/// The share of a standard deviation of the calls in progress that counts as one.
const STEEP: f64 = 0.8;

/// The measures averaged over a load of mean 1 times `load` and coefficient of variation `cv`, Gamma distributed.
///
/// `at` gives the outcome at a multiple of the load; its measures have a kink at the multiple `kink`.
/// Gauss-Legendre panels in the logarithm of the load.
pub(super) fn each_load<const M: usize>(
    cv: f64,
    load: f64,
    kink: f64,
    average: Average,
    at: impl Fn(f64) -> Result<CallOutcome>,
    measure: impl Fn(&CallOutcome) -> [f64; M],
) -> Result<[f64; M]> {
    let shape = 1.0 / (cv * cv);
    let (from, to) = (end(shape, -1.0, CUT_BELOW), end(shape, 1.0, CUT));
    let kink = kink.ln();
    let (mut by_calls, mut by_time) = ([0.0; FIELDS], [0.0; FIELDS]);
    let mut measures = [0.0; M];
    let (mut calls, mut time) = (0.0, 0.0);
    let mut start = from;
    while start < to {
        let width = cv.min(STEEP / (load * start.exp()).sqrt()).min(0.5);
        let mut stop = (start + PANEL * width).min(to);
        if start < kink && kink < stop {
            stop = kink;
        }
        if stop <= start {
            break;
        }
        let half = 0.5 * (stop - start);
        for (node, weight) in NODES_16.iter().zip(WEIGHTS_16) {
            let t = start + half * (1.0 + node);
            let mass = half * weight * (-shape * exp_m1_minus(t)).exp();
            if mass == 0.0 {
                continue;
            }
            let share = t.exp();
            let outcome = at(share)?;
            time += mass;
            calls += mass * share;
            if average == Average::Intervals {
                for (sum, value) in measures.iter_mut().zip(measure(&outcome)) {
                    *sum += mass * value;
                }
                continue;
            }
            for (k, value) in outcome.values().into_iter().enumerate() {
                by_calls[k] += mass * share * value;
                by_time[k] += mass * value;
            }
        }
        start = stop;
    }
    if average == Average::Intervals {
        return Ok(measures.map(|sum| sum / time));
    }
    let averaged = std::array::from_fn(|k| {
        if k < CallOutcome::OVER_TIME { by_calls[k] / calls } else { by_time[k] / time }
    });
    Ok(measure(&CallOutcome::of_values(averaged)))
}

/// Where the density of the logarithm has fallen by exp(-`cut`) on one side of its mode at 0.
fn end(shape: f64, side: f64, cut: f64) -> f64 {
    let beyond = |t: f64| shape * exp_m1_minus(side * t) > cut;
    let mut high = (2.0 * cut / shape).sqrt().max(1e-300);
    while !beyond(high) {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if beyond(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    side * high
}
