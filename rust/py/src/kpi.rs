//! Key figures of logs. Columns come in contiguous and checked; result columns go out by name.

use callstats_core::grid::Invalid;
use callstats_core::kpi::{self, Periods};
use numpy::{Element, IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

use crate::run::released;

type Column<'py, T> = PyReadonlyArray1<'py, T>;

/// Columns by name.
type Table<'py> = Bound<'py, PyDict>;

/// Counts and seconds.
type Tables<'py> = (Table<'py>, Table<'py>);

/// Where intervals begin: a step in nanoseconds, or the edges of calendar periods.
#[derive(FromPyObject)]
pub(crate) enum Cut<'py> {
    Step(i64),
    Edges(Column<'py, i64>),
}

/// Runs `work` over `rows` rows, without the interpreter where that is worth it.
fn over<T: Send>(
    py: Python<'_>,
    rows: usize,
    work: impl FnOnce() -> callstats_core::Result<T> + Send,
) -> PyResult<T> {
    released(py, rows, Invalid::Raise, None, |_| work())
}

fn columns<T: Element>(
    py: Python<'_>,
    named: impl IntoIterator<Item = (&'static str, Vec<T>)>,
) -> PyResult<Table<'_>> {
    named.into_iter().map(|(name, values)| (name, values.into_pyarray(py))).into_py_dict(py)
}

/// Counts, sums and counts within each threshold.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn kpi_tally<'py>(
    py: Python<'py>,
    group: Column<'py, i64>,
    wait: Column<'py, f64>,
    outcome: Column<'py, i8>,
    talk: Column<'py, f64>,
    hold: Column<'py, f64>,
    acw: Column<'py, f64>,
    transferred: Column<'py, bool>,
    thresholds: Vec<f64>,
    inclusive: bool,
    short_abandon: f64,
    groups: usize,
) -> PyResult<(Table<'py>, Table<'py>, Vec<Table<'py>>)> {
    let calls = kpi::Calls {
        group: group.as_slice()?,
        wait: wait.as_slice()?,
        outcome: outcome.as_slice()?,
        talk: talk.as_slice()?,
        hold: hold.as_slice()?,
        acw: acw.as_slice()?,
        transferred: transferred.as_slice()?,
    };
    let limits = kpi::Limits { thresholds: &thresholds, inclusive, short_abandon };
    let tallies = over(py, calls.group.len(), || kpi::tally(&calls, &limits, groups))?;
    let within = (0..thresholds.len())
        .map(|place| {
            columns(
                py,
                ["answered_within", "abandoned_within"]
                    .into_iter()
                    .zip(kpi::within(&tallies, place)),
            )
        })
        .collect::<PyResult<_>>()?;
    Ok((columns(py, kpi::counts(&tallies))?, columns(py, kpi::sums(&tallies))?, within))
}

/// Quantiles of the waits, group by group.
#[pyfunction]
pub(crate) fn kpi_quantiles<'py>(
    py: Python<'py>,
    group: Column<'py, i64>,
    wait: Column<'py, f64>,
    probabilities: Vec<f64>,
    groups: usize,
) -> PyResult<Bound<'py, numpy::PyArray1<f64>>> {
    let (group, wait) = (group.as_slice()?, wait.as_slice()?);
    over(py, group.len(), || kpi::quantiles(group, wait, &probabilities, groups))
        .map(|found| found.into_pyarray(py))
}

/// Seconds in each state by group and interval.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn kpi_split_states<'py>(
    py: Python<'py>,
    group: Column<'py, i64>,
    start: Column<'py, i64>,
    end: Column<'py, i64>,
    state: Column<'py, i64>,
    states: usize,
    cut: Cut<'py>,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let spells = kpi::Spells {
        group: group.as_slice()?,
        start: start.as_slice()?,
        end: end.as_slice()?,
        state: state.as_slice()?,
    };
    let periods = cut.periods()?;
    let split =
        over(py, spells.group.len(), || kpi::split_states(&spells, states, &periods, groups))?;
    Ok((
        columns(py, [("group", split.group), ("start", split.start)])?,
        columns(
            py,
            [("length", split.length), ("seconds", split.seconds), ("covered", split.covered)],
        )?,
    ))
}

/// Calls in progress by group and interval.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn kpi_concurrency<'py>(
    py: Python<'py>,
    group: Column<'py, i64>,
    start: Column<'py, i64>,
    end: Column<'py, i64>,
    agent: Column<'py, i64>,
    cut: Cut<'py>,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let (group, start, end, agent) =
        (group.as_slice()?, start.as_slice()?, end.as_slice()?, agent.as_slice()?);
    let periods = cut.periods()?;
    let found =
        over(py, group.len(), || kpi::concurrency(group, start, end, agent, &periods, groups))?;
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

/// What waits say about patience, a value a group.
#[pyfunction]
pub(crate) fn kpi_patience<'py>(
    py: Python<'py>,
    group: Column<'py, i64>,
    wait: Column<'py, f64>,
    abandoned: Column<'py, bool>,
    confidence: f64,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let (group, wait, abandoned) = (group.as_slice()?, wait.as_slice()?, abandoned.as_slice()?);
    let fits = over(py, group.len(), || kpi::patience(group, wait, abandoned, confidence, groups))?;
    let count = |value: fn(&kpi::Patience) -> i64| fits.iter().map(value).collect();
    let seconds = |value: fn(&kpi::Patience) -> f64| fits.iter().map(value).collect();
    Ok((
        columns(py, [("waits", count(|f| f.waits)), ("abandonments", count(|f| f.abandonments))])?,
        columns(
            py,
            [
                ("total_wait", seconds(|f| f.exposure)),
                ("mean_patience_low", seconds(|f| f.mean_limits[0])),
                ("mean_patience_high", seconds(|f| f.mean_limits[1])),
                ("km_median", seconds(|f| f.median)),
                ("km_mean", seconds(|f| f.area)),
            ],
        )?,
    ))
}

/// Kaplan–Meier curves with log-log limits.
#[pyfunction]
pub(crate) fn kpi_curves<'py>(
    py: Python<'py>,
    group: Column<'py, i64>,
    wait: Column<'py, f64>,
    abandoned: Column<'py, bool>,
    confidence: f64,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let (group, wait, abandoned) = (group.as_slice()?, wait.as_slice()?, abandoned.as_slice()?);
    let curve = over(py, group.len(), || kpi::curves(group, wait, abandoned, confidence, groups))?;
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
                ("survival_low", curve.low),
                ("survival_high", curve.high),
            ],
        )?,
    ))
}

impl Cut<'_> {
    fn periods(&self) -> PyResult<Periods<'_>> {
        Ok(match self {
            Self::Step(step) => Periods::Fixed(*step),
            Self::Edges(edges) => Periods::Edges(edges.as_slice()?),
        })
    }
}
