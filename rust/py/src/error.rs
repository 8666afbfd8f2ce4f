//! Errors of the core as Python exceptions: the one place where they are converted.

use std::str::FromStr;

use callstats_core::Error;
use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

static NOT_CONVERGED: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The exception for `error`.
pub(crate) fn convert(py: Python<'_>, error: &Error) -> PyErr {
    match error {
        Error::NotConverged { .. } => {
            match NOT_CONVERGED.import(py, "callstats.errors", "NotConverged") {
                Ok(class) => PyErr::from_type(class.clone(), error.to_string()),
                Err(failure) => failure,
            }
        }
        Error::Interrupted => PyKeyboardInterrupt::new_err(error.to_string()),
        Error::Invalid { .. }
        | Error::Infeasible { .. }
        | Error::Shape { .. }
        | Error::Usage(_) => PyValueError::new_err(error.to_string()),
    }
}

/// The core's choice called `name`.
pub(crate) fn named<T: FromStr<Err = Error>>(py: Python<'_>, name: &str) -> PyResult<T> {
    name.parse().map_err(|failure| convert(py, &failure))
}
