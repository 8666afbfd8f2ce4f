//! Erlang B, C and A.

use callstats_core::domain::{LINES, LOAD};
use callstats_core::erlang;
use callstats_core::grid::each_cell;
use pyo3::prelude::*;

use crate::convert::{Column, Options, elementwise};

#[pyfunction]
pub(crate) fn blocking<'py>(
    py: Python<'py>,
    lines: Column<'py>,
    load: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [(&LINES, lines), (&LOAD, load)],
        options,
        each_cell(|[lines, load]| Ok([erlang::blocking(lines, load)])),
    )
}
