//! Control charts and funnels.

use callstats_core::qa::scores::control::{self as core, Chart, Count, Rules, SpreadMethod};
use callstats_core::qa::scores::funnel::{Funnel, FunnelLimits, FunnelMeasure};
use pyo3::prelude::*;

use crate::convert::{Contiguous, Name};
use crate::error::named;

/// Points, centre, sigma, lower and upper limits, z.
type Columns = [Vec<f64>; 6];

fn columns(chart: Chart) -> Columns {
    let [lower, upper] = chart.limits;
    [chart.points, chart.centre, chart.sigma, lower, upper, chart.z]
}

/// The chart of counts of a kind, and how much wider than chance it spreads.
#[pyfunction]
pub(crate) fn attribute_chart(
    py: Python<'_>,
    kind: Name,
    laney: bool,
    events: Contiguous<'_, f64>,
    size: Contiguous<'_, f64>,
    target: Option<f64>,
) -> PyResult<(Columns, f64)> {
    let count: Count = named(py, &kind)?;
    let (chart, wider) =
        core::attribute(count, laney, events.as_slice()?, size.as_slice()?, target);
    Ok((columns(chart), wider))
}

/// The chart of single values, their moving ranges and the limit of these.
#[pyfunction]
pub(crate) fn individuals_chart(
    py: Python<'_>,
    values: Contiguous<'_, f64>,
    target: Option<f64>,
    spread: Name,
) -> PyResult<(Columns, Vec<f64>, f64)> {
    let spread: SpreadMethod = named(py, &spread)?;
    let (chart, ranges, limit) = core::individuals(values.as_slice()?, target, spread);
    Ok((columns(chart), ranges, limit))
}

/// The charts of groups' means and of their standard deviations.
#[pyfunction]
pub(crate) fn group_charts(
    sizes: Contiguous<'_, f64>,
    means: Contiguous<'_, f64>,
    deviations: Contiguous<'_, f64>,
    target: Option<f64>,
) -> PyResult<[Columns; 2]> {
    let found = core::groups(sizes.as_slice()?, means.as_slice()?, deviations.as_slice()?, target);
    Ok([columns(found.means), columns(found.deviations)])
}

/// Exponentially weighted means and their limits.
#[pyfunction]
pub(crate) fn ewma(
    values: Contiguous<'_, f64>,
    target: f64,
    sigma: f64,
    weight: f64,
    width: f64,
) -> PyResult<[Vec<f64>; 3]> {
    Ok(core::ewma(values.as_slice()?, target, sigma, weight, width))
}

/// Cumulative sums above and below.
#[pyfunction]
pub(crate) fn cusum(
    values: Contiguous<'_, f64>,
    target: f64,
    slack: f64,
    start: f64,
) -> PyResult<[Vec<f64>; 2]> {
    Ok(core::cusum(values.as_slice()?, target, slack, start))
}

/// The rules that each point completes, a bit each.
#[pyfunction]
pub(crate) fn run_rules(py: Python<'_>, z: Contiguous<'_, f64>, rules: Name) -> PyResult<Vec<u32>> {
    let rules: Rules = named(py, &rules)?;
    Ok(core::signals(z.as_slice()?, rules).into_iter().map(u32::from).collect())
}

/// Values, standard errors and z of units, then target, overdispersion and variance between, then
/// limits for each confidence.
#[pyfunction]
#[allow(clippy::too_many_arguments, clippy::type_complexity)] // A funnel has that many choices.
pub(crate) fn funnel(
    py: Python<'_>,
    kind: &str,
    sd: f64,
    events: Contiguous<'_, f64>,
    size: Contiguous<'_, f64>,
    target: Option<f64>,
    winsor: f64,
    limits: Name,
    confidences: Vec<f64>,
) -> PyResult<([Vec<f64>; 3], [f64; 3], Vec<Vec<[f64; 2]>>)> {
    let limits: FunnelLimits = named(py, &limits)?;
    let measure = match kind {
        "mean" => FunnelMeasure::Mean(sd),
        "rate" => FunnelMeasure::Rate,
        _ => FunnelMeasure::Proportion,
    };
    let found = Funnel::new(measure, events.as_slice()?, size.as_slice()?, target, winsor);
    let edges = confidences.iter().map(|&confidence| found.limits(limits, confidence)).collect();
    let about = [found.target, found.overdispersion, found.between];
    Ok(([found.values, found.standard_errors, found.z], about, edges))
}
