//! Estimates from a sample.

use callstats_core::qa::scores::estimation as core;
use numpy::{PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::run::released;

/// Part of every row, and the parts' sizes.
type Parts<'py> = (PyReadonlyArray1<'py, i64>, PyReadonlyArray1<'py, f64>);

/// One row a group, then one for all: n, population, mean, standard error and both limits.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // A sample has that many columns.
pub(crate) fn estimate<'py>(
    py: Python<'py>,
    group: PyReadonlyArray1<'py, i64>,
    stratum: PyReadonlyArray1<'py, i64>,
    score: PyReadonlyArray1<'py, f64>,
    size: PyReadonlyArray1<'py, f64>,
    weight: PyReadonlyArray1<'py, f64>,
    probability: PyReadonlyArray1<'py, f64>,
    parts: Option<Parts<'py>>,
    groups: usize,
    confidence: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let codes = |column: &PyReadonlyArray1<'py, i64>| -> PyResult<Vec<usize>> {
        Ok(column.as_slice()?.iter().map(|&code| code as usize).collect())
    };
    let (group, stratum) = (codes(&group)?, codes(&stratum)?);
    let (score, size) = (score.as_slice()?, size.as_slice()?);
    let (weight, probability) = (weight.as_slice()?, probability.as_slice()?);
    let rows = core::Rows { group: &group, stratum: &stratum, score, size, weight, probability };
    let part = parts.as_ref().map(|(part, _)| codes(part)).transpose()?;
    let sizes = parts.as_ref().map(|(_, sizes)| sizes.as_slice()).transpose()?;
    let estimates = released(py, None, |_| match (&part, sizes) {
        (Some(part), Some(sizes)) => {
            core::post_stratified(rows, core::Parts { part, sizes }, groups, confidence)
        }
        _ => core::estimate(rows, groups, confidence),
    })?;
    let table: Vec<Vec<f64>> = estimates
        .iter()
        .map(|e| {
            vec![e.n as f64, e.population, e.mean, e.standard_error, e.interval[0], e.interval[1]]
        })
        .collect();
    Ok(PyArray2::from_vec2(py, &table)?)
}
