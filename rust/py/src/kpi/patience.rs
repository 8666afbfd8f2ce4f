//! Patience from waits.

use callstats_core::kpi;
use numpy::{Element, IntoPyArray};
use pyo3::prelude::*;

use super::{Array, Table, Tables, columns};
use crate::convert::{Contiguous, Name};
use crate::error::named;
use crate::run::released;

fn arrays<T: Element>(py: Python<'_>, columns: Vec<Vec<T>>) -> Vec<Array<'_, T>> {
    columns.into_iter().map(|values| values.into_pyarray(py)).collect()
}

/// Groups, waits and whether they ended in hanging up.
#[derive(FromPyObject)]
pub(crate) struct Waits<'py>(Contiguous<'py, i32>, Contiguous<'py, f64>, Contiguous<'py, bool>);

impl Waits<'_> {
    fn columns(&self) -> PyResult<kpi::Waits<'_>> {
        Ok(kpi::Waits {
            group: self.0.as_slice()?,
            wait: self.1.as_slice()?,
            abandoned: self.2.as_slice()?,
        })
    }
}

/// What waits say about patience, a value a group; then the times by which shares have lost theirs.
#[pyfunction]
pub(crate) fn kpi_patience<'py>(
    py: Python<'py>,
    waits: Waits<'py>,
    limits: (f64, Name),
    probabilities: Vec<f64>,
    until: f64,
    groups: usize,
) -> PyResult<(Table<'py>, Table<'py>, Vec<Array<'py, f64>>)> {
    let waits = waits.columns()?;
    let (confidence, basis) = (limits.0, named(py, &limits.1)?);
    let questions = kpi::Questions { confidence, basis, probabilities: &probabilities, until };
    let fits = released(py, None, |run| kpi::patience(&waits, &questions, groups, run))?;
    let count = |value: fn(&kpi::Patience) -> i64| fits.iter().map(value).collect();
    let seconds = |value: fn(&kpi::Patience) -> f64| fits.iter().map(value).collect();
    let quantiles = (0..probabilities.len())
        .map(|index| fits.iter().map(|fit| fit.quantiles[index]).collect())
        .collect();
    Ok((
        columns(py, [("waits", count(|f| f.waits)), ("abandonments", count(|f| f.abandonments))])?,
        columns(
            py,
            [
                ("total_wait", seconds(|f| f.exposure)),
                ("mean_patience_low", seconds(|f| f.mean_limits[0])),
                ("mean_patience_high", seconds(|f| f.mean_limits[1])),
                ("km_mean", seconds(|f| f.area[0])),
                ("km_mean_error", seconds(|f| f.area[1])),
                ("restricted_mean", seconds(|f| f.restricted[0])),
                ("restricted_mean_error", seconds(|f| f.restricted[1])),
            ],
        )?,
        arrays(py, quantiles),
    ))
}

/// Kaplan–Meier curves.
#[pyfunction]
pub(crate) fn kpi_curves<'py>(
    py: Python<'py>,
    waits: Waits<'py>,
    confidence: f64,
    band: Name,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let (waits, band) = (waits.columns()?, named(py, &band)?);
    let curve = released(py, None, |run| kpi::curves(&waits, confidence, band, groups, run))?;
    Ok((
        columns(
            py,
            [("group", curve.group), ("at_risk", curve.at_risk), ("abandoned", curve.abandoned)],
        )?,
        columns(
            py,
            [
                ("time", curve.time),
                ("survival", curve.survival),
                ("survival_error", curve.error),
                ("survival_low", curve.low),
                ("survival_high", curve.high),
            ],
        )?,
    ))
}

/// Hang-ups per second of waiting, by group and bin.
#[pyfunction]
pub(crate) fn kpi_hazard<'py>(
    py: Python<'py>,
    waits: Waits<'py>,
    edges: Vec<f64>,
    confidence: f64,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let waits = waits.columns()?;
    let found = released(py, None, |run| kpi::hazard(&waits, &edges, confidence, groups, run))?;
    Ok((
        columns(
            py,
            [("group", found.group), ("bin", found.bin), ("abandonments", found.abandoned)],
        )?,
        columns(
            py,
            [("exposure", found.exposure), ("hazard_low", found.low), ("hazard_high", found.high)],
        )?,
    ))
}
