//! Allocations of a sample over strata.

use callstats_core::qa::samples::allocation::{self, AllocationMethod, Stratum};
use pyo3::prelude::*;

use crate::convert::Name;
use crate::error::named;
use crate::run::released;

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
    released(py, None, |run| allocation::allocate(method, &strata, n, exponent, run))
}
