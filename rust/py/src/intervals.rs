//! Confidence intervals of shares and rates.

use callstats_core::domain::{CONFIDENCE, EVENTS, EXPOSURE, POPULATION, SUCCESSES, TRIALS};
use callstats_core::grid::each_cell;
use callstats_core::intervals;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::convert::{Column, Options, elementwise_many};
use crate::error::named;

#[pyfunction]
pub(crate) fn proportion_interval<'py>(
    py: Python<'py>,
    method: &str,
    successes: Column<'py>,
    trials: Column<'py>,
    population: Column<'py>,
    confidence: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let method = named(py, method)?;
    elementwise_many(
        py,
        [
            (&SUCCESSES, successes),
            (&TRIALS, trials),
            (&POPULATION, population),
            (&CONFIDENCE, confidence),
        ],
        options,
        each_cell(move |[successes, trials, population, confidence]| {
            intervals::proportion(method, successes, trials, population, confidence)
        }),
    )
}

#[pyfunction]
pub(crate) fn rate_interval<'py>(
    py: Python<'py>,
    events: Column<'py>,
    exposure: Column<'py>,
    confidence: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyList>> {
    elementwise_many(
        py,
        [(&EVENTS, events), (&EXPOSURE, exposure), (&CONFIDENCE, confidence)],
        options,
        each_cell(|[events, exposure, confidence]| {
            intervals::garwood(events, exposure, confidence)
        }),
    )
}
