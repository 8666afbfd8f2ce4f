//! Confidence intervals of shares and rates.

use callstats_core::domain::{
    BOTH, CONFIDENCE, EVENTS, EXPOSURE, FIRST_ONLY, NEITHER, POPULATION, SECOND_ONLY, SUCCESSES,
    TRIALS,
};
use callstats_core::grid::each_cell;
use callstats_core::intervals::{self, Test};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::convert::{Column, Options, elementwise, elementwise_many, with_parameters};
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

#[pyfunction]
pub(crate) fn difference_interval<'py>(
    py: Python<'py>,
    columns: [Column<'py>; 5],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyList>> {
    elementwise_many(
        py,
        with_parameters([&SUCCESSES, &TRIALS, &SUCCESSES, &TRIALS, &CONFIDENCE], columns),
        options,
        each_cell(|cell| Ok(intervals::difference(cell))),
    )
}

#[pyfunction]
pub(crate) fn paired_interval<'py>(
    py: Python<'py>,
    columns: [Column<'py>; 5],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyList>> {
    elementwise_many(
        py,
        with_parameters([&BOTH, &FIRST_ONLY, &SECOND_ONLY, &NEITHER, &CONFIDENCE], columns),
        options,
        each_cell(|cell| Ok(intervals::paired_difference(cell))),
    )
}

#[pyfunction]
pub(crate) fn rate_ratio_interval<'py>(
    py: Python<'py>,
    columns: [Column<'py>; 5],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyList>> {
    elementwise_many(
        py,
        with_parameters([&EVENTS, &EXPOSURE, &EVENTS, &EXPOSURE, &CONFIDENCE], columns),
        options,
        each_cell(intervals::rate_ratio),
    )
}

#[pyfunction]
pub(crate) fn rate_ratio_test<'py>(
    py: Python<'py>,
    method: &str,
    columns: [Column<'py>; 4],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let test: Test = named(py, method)?;
    elementwise(
        py,
        with_parameters([&EVENTS, &EXPOSURE, &EVENTS, &EXPOSURE], columns),
        options,
        each_cell(move |cell| Ok([intervals::rate_ratio_test(test, cell)])),
    )
}

#[pyfunction]
pub(crate) fn pooled_test<'py>(
    py: Python<'py>,
    columns: [Column<'py>; 4],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        with_parameters([&SUCCESSES, &TRIALS, &SUCCESSES, &TRIALS], columns),
        options,
        each_cell(|cell| Ok([intervals::pooled_test(cell)])),
    )
}

#[pyfunction]
pub(crate) fn fisher_test<'py>(
    py: Python<'py>,
    columns: [Column<'py>; 4],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        with_parameters([&SUCCESSES, &TRIALS, &SUCCESSES, &TRIALS], columns),
        options,
        each_cell(|cell| Ok([intervals::fisher_test(cell)])),
    )
}
