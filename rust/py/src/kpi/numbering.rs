//! Rows numbered by their group, and intervals.

use callstats_core::kpi;
use numpy::IntoPyArray;
use pyo3::prelude::*;

use super::{Array, Codes, Cut, filled};
use crate::convert::Contiguous;
use crate::run::released;

/// Group of each row, and the first row of each group.
#[pyfunction]
pub(crate) fn kpi_number_rows<'py>(
    py: Python<'py>,
    keys: Vec<(Codes<'py>, Contiguous<'py, i64>)>,
    time: Option<(Contiguous<'py, i64>, Cut<'py>)>,
    shown: Option<Contiguous<'py, bool>>,
    rows: usize,
) -> PyResult<(Array<'py, i32>, Array<'py, i64>)> {
    let keys = keys
        .iter()
        .map(|(codes, ranks)| Ok(kpi::GroupKey { codes: codes.slice()?, ranks: ranks.as_slice()? }))
        .collect::<PyResult<Vec<_>>>()?;
    let shown = shown.as_ref().map(|column| column.as_slice()).transpose()?;
    let time = match &time {
        Some((instants, cut)) => Some((instants.as_slice()?, cut.periods()?)),
        None => None,
    };
    let (group, example) = filled(py, rows, |group, run| {
        let time = time.as_ref().map(|(instants, periods)| (*instants, periods));
        kpi::number_rows(&keys, time, shown, group, run)
    })?;
    Ok((group, example.into_pyarray(py)))
}

/// The first instants of the intervals that hold instants.
#[pyfunction]
pub(crate) fn kpi_interval_starts<'py>(
    py: Python<'py>,
    instants: Contiguous<'py, i64>,
    cut: Cut<'py>,
) -> PyResult<Array<'py, i64>> {
    let (instants, periods) = (instants.as_slice()?, cut.periods()?);
    released(py, None, |_| Ok(kpi::interval_starts(instants, &periods)))
        .map(|starts| starts.into_pyarray(py))
}
