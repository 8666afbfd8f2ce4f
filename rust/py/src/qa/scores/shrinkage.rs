//! Means and trends of groups.

use callstats_core::qa::scores::shrinkage;
use callstats_core::qa::scores::trends as core;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use crate::convert::Contiguous;
use crate::error::convert;

type GroupColumn<'py> = Bound<'py, PyArray1<f64>>;

fn codes(column: &Contiguous<'_, i64>) -> PyResult<Vec<usize>> {
    Ok(column.as_slice()?.iter().map(|&code| code as usize).collect())
}

fn column<'py, T>(py: Python<'py>, rows: &[T], value: impl Fn(&T) -> f64) -> GroupColumn<'py> {
    rows.iter().map(value).collect::<Vec<f64>>().into_pyarray(py)
}

/// Of each group n, mean, reliability, shrunken mean, its standard error, both limits and rank; then the
/// centre, and the variances within and between groups.
#[pyfunction]
pub(crate) fn shrunken_means<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i64>,
    scores: Contiguous<'py, f64>,
    groups: usize,
    confidence: f64,
) -> PyResult<([GroupColumn<'py>; 8], [f64; 3])> {
    let (means, common) =
        shrinkage::shrunken_means(&codes(&group)?, scores.as_slice()?, groups, confidence)
            .map_err(|failure| convert(py, &failure))?;
    let columns = [
        column(py, &means, |m| m.n as f64),
        column(py, &means, |m| m.mean),
        column(py, &means, |m| m.reliability),
        column(py, &means, |m| m.shrunken),
        column(py, &means, |m| m.standard_error),
        column(py, &means, |m| m.interval[0]),
        column(py, &means, |m| m.interval[1]),
        column(py, &means, |m| m.rank),
    ];
    Ok((columns, [common.centre, common.within, common.between]))
}

/// Of each group n, mean score, mean time, spread of the times, slope and sum of squared residuals.
#[pyfunction]
pub(crate) fn trends<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i64>,
    times: Contiguous<'py, f64>,
    scores: Contiguous<'py, f64>,
    groups: usize,
) -> PyResult<[GroupColumn<'py>; 6]> {
    let found = core::trends(&codes(&group)?, times.as_slice()?, scores.as_slice()?, groups);
    Ok([
        column(py, &found, |t| t.n as f64),
        column(py, &found, |t| t.mean),
        column(py, &found, |t| t.time),
        column(py, &found, |t| t.spread),
        column(py, &found, |t| t.slope),
        column(py, &found, |t| t.residual),
    ])
}
