//! Sample sizes and margins.

use callstats_core::domain::{CONFIDENCE, DIFFERENCE, MARGIN, N, POWER, PROPORTIONS, SD};
use callstats_core::grid::each_cell;
use callstats_core::qa::samples::sample_size::{
    Question, power_means, power_proportions, rounding,
};
use pyo3::prelude::*;

use crate::convert::{Column, Options, elementwise, with_parameters};
use crate::error::convert;

/// The public arguments spread, level, fpc and method by their names.
type Names = (String, String, String, String);

/// Columns of a question: margin or size, spread, level, population, design effect and response.
type Columns<'py> = [Column<'py>; 6];

fn question(py: Python<'_>, (spread, level, fpc, method): &Names) -> PyResult<Question> {
    Question::named(spread, level, fpc, method).map_err(|failure| convert(py, &failure))
}

#[pyfunction]
pub(crate) fn sample_size<'py>(
    py: Python<'py>,
    names: Names,
    rounded: bool,
    columns: Columns<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let question = question(py, &names)?;
    elementwise(
        py,
        with_parameters(question.parameters(&MARGIN), columns),
        options,
        each_cell(move |cell| Ok([rounding(rounded)(question.size(cell)?)])),
    )
}

#[pyfunction]
pub(crate) fn margin_of_error<'py>(
    py: Python<'py>,
    names: Names,
    columns: Columns<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let question = question(py, &names)?;
    elementwise(
        py,
        with_parameters(question.parameters(&N), columns),
        options,
        each_cell(move |cell| Ok([question.margin(cell)?])),
    )
}

#[pyfunction]
pub(crate) fn power_of_means<'py>(
    py: Python<'py>,
    groups: f64,
    rounded: bool,
    columns: [Column<'py>; 4],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        with_parameters([&DIFFERENCE, &SD, &POWER, &CONFIDENCE], columns),
        options,
        each_cell(move |cell| Ok([rounding(rounded)(power_means(groups, cell))])),
    )
}

#[pyfunction]
pub(crate) fn power_of_proportions<'py>(
    py: Python<'py>,
    rounded: bool,
    columns: [Column<'py>; 4],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        with_parameters([&PROPORTIONS, &PROPORTIONS, &POWER, &CONFIDENCE], columns),
        options,
        each_cell(move |cell| Ok([rounding(rounded)(power_proportions(cell))])),
    )
}
