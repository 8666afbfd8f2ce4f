//! Agent states by interval, and calls in progress.

use callstats_core::kpi;
use numpy::PyArray2;
use pyo3::prelude::*;

use super::{Cut, Tables, block, columns};
use crate::convert::Contiguous;
use crate::run::released;

/// How many states there are, sets of them to add up, and pairs of sets to divide.
#[derive(FromPyObject)]
pub(crate) struct StateSums(usize, Vec<Vec<usize>>, Vec<(Vec<usize>, Vec<usize>)>);

/// Groups and first instants, and columns of seconds, by group and interval.
type Split<'py> = (Bound<'py, PyArray2<i64>>, Bound<'py, PyArray2<f64>>);

/// Seconds in each state by group and interval.
#[pyfunction]
pub(crate) fn kpi_split_states<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    spell: (Contiguous<'py, i64>, Contiguous<'py, i64>, i64),
    state: Contiguous<'py, i8>,
    sums: StateSums,
    cut: Cut<'py>,
    groups: usize,
) -> PyResult<Split<'py>> {
    let spells = kpi::Spells {
        group: group.as_slice()?,
        start: spell.0.as_slice()?,
        end: spell.1.as_slice()?,
        unit: spell.2,
        state: state.as_slice()?,
    };
    let sums = kpi::StateSums { states: sums.0, sums: &sums.1, shares: &sums.2 };
    let periods = cut.periods()?;
    let ordered =
        released(py, None, |run| kpi::order_spells(&spells, sums.states, &periods, groups, run))?;
    let mut whole = vec![0; 2 * ordered.rows()];
    let mut seconds = vec![0.0; sums.columns() * ordered.rows()];
    released(py, None, |run| ordered.split(&sums, &mut whole, &mut seconds, run))?;
    let whole = block(py, whole, 2, ordered.rows())?;
    Ok((whole, block(py, seconds, sums.columns(), ordered.rows())?))
}

/// Calls in progress by group and interval.
#[pyfunction]
pub(crate) fn kpi_concurrency<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    call: (Contiguous<'py, i64>, Contiguous<'py, i64>),
    agent: Option<Contiguous<'py, i32>>,
    cut: Cut<'py>,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let calls = kpi::Stretches {
        group: group.as_slice()?,
        start: call.0.as_slice()?,
        end: call.1.as_slice()?,
        agent: agent.as_ref().map(|agent| agent.as_slice()).transpose()?,
    };
    let periods = cut.periods()?;
    let found = released(py, None, |run| kpi::concurrency(&calls, &periods, groups, run))?;
    Ok((
        columns(
            py,
            [
                ("group", found.group),
                ("start", found.start),
                ("peak_in_progress", found.peak),
                ("agents_seen", found.agents),
            ],
        )?,
        columns(py, [("length", found.length), ("seconds", found.seconds)])?,
    ))
}
