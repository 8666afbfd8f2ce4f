//! What is reported: each measure as a quotient of two sums.

use super::moments::Moments;
use super::sums::{of_group, of_type};
use crate::error::Result;
use crate::numeric::beta;

/// A measure: the sum on top, and the sum that divides it or none for a mean per replication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatioMeasure {
    /// Public name.
    pub name: &'static str,
    pub(super) above: usize,
    pub(super) below: Option<usize>,
    /// Whether it is a share, which no limit may leave.
    pub(super) share: bool,
}

const fn count(name: &'static str, above: usize) -> RatioMeasure {
    RatioMeasure { name, above, below: None, share: false }
}

const fn share(name: &'static str, above: usize, below: usize) -> RatioMeasure {
    RatioMeasure { name, above, below: Some(below), share: true }
}

const fn mean(name: &'static str, above: usize, below: usize) -> RatioMeasure {
    RatioMeasure { name, above, below: Some(below), share: false }
}

/// Measures of a call type.
pub(super) const OF_TYPE: [RatioMeasure; 26] = [
    count("offered", of_type::OFFERED),
    count("answered", of_type::ANSWERED),
    count("abandoned", of_type::ABANDONED),
    count("blocked", of_type::BLOCKED),
    count("unserved", of_type::UNSERVED),
    count("callback", of_type::CALLBACK),
    count("answered_within", of_type::WITHIN),
    share("service_level", of_type::WITHIN, of_type::OFFERED),
    share("abandonment", of_type::ABANDONED, of_type::OFFERED),
    share("blocking", of_type::BLOCKED, of_type::OFFERED),
    share("first_blocking", of_type::FIRST_BLOCKED, of_type::FIRST),
    share("wait_probability", of_type::WAITED, of_type::OFFERED),
    mean("mean_wait", of_type::WAIT, of_type::OFFERED),
    mean("mean_wait_accepted", of_type::WAIT, of_type::ACCEPTED),
    mean("asa", of_type::WAIT_ANSWERED, of_type::ANSWERED),
    mean("aht", of_type::HANDLE, of_type::ANSWERED),
    mean("queue_length", of_type::QUEUE, of_type::SECONDS),
    mean("mean_in_orbit", of_type::ORBIT, of_type::SECONDS),
    mean("attempts", of_type::OFFERED, of_type::FIRST),
    share("passed_up", of_type::PASSED_UP, of_type::ANSWERED),
    share("callback_share", of_type::CALLBACK, of_type::OFFERED),
    mean("lines_in_use", of_type::LINES, of_type::SECONDS),
    share("all_lines_busy", of_type::LINES_FULL, of_type::SECONDS),
    count("most_lines", of_type::LINES_MOST),
    count("cost", of_type::COST),
    count("total_cost", of_type::COST_OF_ALL),
];

/// Measures of an agent group.
pub(super) const OF_GROUP: [RatioMeasure; 7] = [
    share("occupancy", of_group::BUSY, of_group::SLOTS),
    share("busy", of_group::ACTIVE, of_group::AGENTS),
    mean("in_service", of_group::BUSY, of_group::SECONDS),
    mean("agents", of_group::AGENTS, of_group::SECONDS),
    count("answered", of_group::ANSWERED),
    count("overtime_seconds", of_group::OVERTIME),
    count("cost", of_group::COST),
];

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Sum over sum, or mean per replication.
    pub mean: f64,
    /// Standard error by the delta method; NaN for fewer than two replications.
    pub error: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Student's t for `replications` at `confidence`.
pub(super) fn student(replications: u64, confidence: f64) -> Result<f64> {
    if replications < 2 {
        return Ok(f64::NAN);
    }
    beta::t_central_quantile((replications - 1) as f64, confidence)
}

/// One side of a difference: where the columns of a model begin, and the sign of its terms.
type Side = (usize, f64);

/// The measure in one cell, or its difference between two models whose columns stand side by side.
pub(super) fn estimate(
    measure: RatioMeasure,
    moments: &Moments,
    cell: usize,
    sides: &[Side],
    student: f64,
) -> Estimate {
    // Linear terms of the quotients: d(n/m) = (dn - r dm) / m.
    let mut terms: Vec<(usize, f64)> = Vec::with_capacity(4);
    let mut value = 0.0;
    for &(offset, sign) in sides {
        let above = moments.mean(cell, offset + measure.above);
        let Some(below) = measure.below else {
            value += sign * above;
            terms.push((offset + measure.above, sign));
            continue;
        };
        let divisor = moments.mean(cell, offset + below);
        let ratio = if divisor == 0.0 { f64::NAN } else { above / divisor };
        value += sign * ratio;
        terms.push((offset + measure.above, sign / divisor));
        terms.push((offset + below, -sign * ratio / divisor));
    }
    let mut variance = 0.0;
    for &(a, wa) in &terms {
        for &(b, wb) in &terms {
            variance += wa * wb * moments.covariance(cell, a, b);
        }
    }
    // A variance of nothing comes out within rounding of 0, on either side.
    let error = (variance.max(0.0) / moments.count() as f64).sqrt();
    let error = if variance.is_nan() || moments.count() < 2 { f64::NAN } else { error };
    let (mut low, mut high) = (value - student * error, value + student * error);
    if measure.share {
        let least = if sides.len() == 1 { 0.0 } else { -1.0 };
        // NaN stays NaN.
        low = if low < least { least } else { low };
        high = if high > 1.0 { 1.0 } else { high };
    }
    Estimate { mean: value, error, low, high }
}

/// The pairs of columns whose covariance the measures need, among `models` models of `columns` columns.
pub(super) fn pairs(
    measures: &[RatioMeasure],
    columns: usize,
    models: usize,
) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for measure in measures {
        let own = [Some(measure.above), measure.below];
        let all: Vec<usize> = (0..models)
            .flat_map(|model| own.into_iter().flatten().map(move |c| model * columns + c))
            .collect();
        for &a in &all {
            for &b in &all {
                if a <= b && !pairs.contains(&(a, b)) {
                    pairs.push((a, b));
                }
            }
        }
    }
    pairs
}
