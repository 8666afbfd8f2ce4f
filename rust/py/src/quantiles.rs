//! Quantiles that limits are made of.

use callstats_core::numeric::{beta, normal};
use callstats_core::qa::scores::agreement;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::error::convert;

/// Half the width of the middle part of the standard normal distribution.
#[pyfunction]
pub(crate) fn normal_quantile(confidence: f64) -> f64 {
    normal::central_quantile(confidence)
}

/// The same for Student's t, one a number of degrees of freedom; NaN where that is not above 0.
#[pyfunction]
pub(crate) fn student_quantiles<'py>(
    py: Python<'py>,
    freedom: PyReadonlyArray1<'py, f64>,
    confidence: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let quantile = |&degrees: &f64| {
        if degrees > 0.0 { beta::t_central_quantile(degrees, confidence) } else { Ok(f64::NAN) }
    };
    let found: callstats_core::Result<Vec<f64>> =
        freedom.as_slice()?.iter().map(quantile).collect();
    Ok(PyArray1::from_vec(py, found.map_err(|failure| convert(py, &failure))?))
}

/// How many standard deviations the interval of a limit of agreement reaches from the bias.
#[pyfunction]
pub(crate) fn limit_factors(py: Python<'_>, pairs: usize, confidence: f64) -> PyResult<[f64; 2]> {
    agreement::limit_factors(pairs, confidence).map_err(|failure| convert(py, &failure))
}
