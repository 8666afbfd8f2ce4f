//! Which ratings go with the overall one.

use callstats_core::kpi;
use pyo3::prelude::*;

use super::{Table, columns};
use crate::convert::Contiguous;
use crate::run::released;

/// Figures of every group and item, by group; then R² and effective rows of every group.
#[pyfunction]
pub(crate) fn kpi_drivers<'py>(
    py: Python<'py>,
    ratings: Contiguous<'py, f64>,
    weights: Contiguous<'py, f64>,
    ends: Vec<usize>,
    items: usize,
    options: (f64, usize, f64, u64),
    threads: Option<usize>,
) -> PyResult<(Table<'py>, Table<'py>)> {
    let rows = kpi::RatedRows {
        ratings: ratings.as_slice()?,
        weights: weights.as_slice()?,
        ends: &ends,
        items,
    };
    let (top, draws, confidence, seed) = options;
    let options = kpi::DriverOptions { top, draws, confidence, seed };
    let groups = released(py, threads, |run| kpi::drivers(&rows, &options, run))?;
    let each = |value: fn(&kpi::Driver) -> f64| {
        groups.iter().flat_map(|group| group.items.iter().map(value)).collect()
    };
    let of_groups = |value: fn(&kpi::GroupDrivers) -> f64| groups.iter().map(value).collect();
    Ok((
        columns(
            py,
            [
                ("importance", each(|d| d.importance.value)),
                ("importance_low", each(|d| d.importance.limits[0])),
                ("importance_high", each(|d| d.importance.limits[1])),
                ("importance_share", each(|d| d.share.value)),
                ("importance_share_low", each(|d| d.share.limits[0])),
                ("importance_share_high", each(|d| d.share.limits[1])),
                ("mean", each(|d| d.mean.value)),
                ("mean_low", each(|d| d.mean.limits[0])),
                ("mean_high", each(|d| d.mean.limits[1])),
                ("top_box", each(|d| d.top_box)),
                ("at_highest", each(|d| d.at_highest)),
                ("collinear", each(|d| f64::from(u8::from(d.collinear)))),
            ],
        )?,
        columns(
            py,
            [
                ("r_squared", of_groups(|g| g.r_squared)),
                ("effective_rows", of_groups(|g| g.effective_rows)),
            ],
        )?,
    ))
}
