//! Allocations of a sample over strata.

use callstats_core::qa::samples::allocation::{self, AllocationMethod, Stratum};
use pyo3::prelude::*;

use crate::convert::Name;
use crate::error::{convert, named};

#[pyfunction]
pub(crate) fn allocate(
    py: Python<'_>,
    method: Name,
    strata: Vec<(u64, f64, u64, u64)>,
    n: u64,
    exponent: f64,
) -> PyResult<Vec<u64>> {
    let method: AllocationMethod = named(py, &method)?;
    let strata: Vec<Stratum> = strata
        .into_iter()
        .map(|(population, sd, least, most)| Stratum { population, sd, least, most })
        .collect();
    allocation::allocate(method, &strata, n, exponent).map_err(|failure| convert(py, &failure))
}
