//! The day as it happens. Columns come in contiguous, checked and in order of time, day by day.

use callstats_core::Error;
use callstats_core::day::{self, Days, Interval, IntervalGoals, Measures, ShiftEnd, State};
use callstats_core::threads::in_turns;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

use crate::convert::{Choice, Contiguous, Name};
use crate::error::named;
use crate::run::released;

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Intervals<'py> {
    length: Contiguous<'py, f64>,
    calls: Contiguous<'py, f64>,
    aht: Contiguous<'py, f64>,
    patience: Contiguous<'py, f64>,
    agents: Contiguous<'py, i64>,
    threshold: Contiguous<'py, f64>,
    /// At the interval's start.
    shift_end: Vec<Choice<ShiftEnd>>,
}

/// Agents before, fewest calls, probabilities from there up, calls outside.
type Start = (usize, usize, Vec<f64>, f64);

impl Intervals<'_> {
    fn read(&self) -> PyResult<Vec<Interval>> {
        let (length, calls, aht) =
            (self.length.as_slice()?, self.calls.as_slice()?, self.aht.as_slice()?);
        let (patience, agents) = (self.patience.as_slice()?, self.agents.as_slice()?);
        let threshold = self.threshold.as_slice()?;
        Ok((0..length.len())
            .map(|i| Interval {
                length: length[i],
                calls: calls[i],
                aht: aht[i],
                patience: patience[i],
                agents: agents[i] as usize,
                threshold: threshold[i],
                shift_end: self.shift_end[i].0,
            })
            .collect())
    }
}

fn states(starts: Vec<Start>) -> Vec<State> {
    starts
        .into_iter()
        .map(|(agents, first, probabilities, outside)| State {
            agents,
            first,
            probabilities,
            outside,
        })
        .collect()
}

fn from_states(states: Vec<State>) -> Vec<Start> {
    states.into_iter().map(|s| (s.agents, s.first, s.probabilities, s.outside)).collect()
}

fn columns<'py>(py: Python<'py>, measures: &[Measures]) -> PyResult<Bound<'py, PyDict>> {
    day::COLUMNS
        .into_iter()
        .map(|(name, value)| {
            (name, measures.iter().map(value).collect::<Vec<f64>>().into_pyarray(py))
        })
        .into_py_dict(py)
}

/// An error of an interval with its row in the caller's frame.
fn at_row(failure: Error, rows: &[i64]) -> Error {
    let Error::Infeasible { parameter, value, position, why } = failure else { return failure };
    let position = position.iter().map(|&interval| rows[interval] as usize).collect();
    Error::Infeasible { parameter, value, position, why }
}

/// Measures of every interval, and each day's state after its last; `rows` are their rows in the frame.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn day_evaluate<'py>(
    py: Python<'py>,
    intervals: Intervals<'py>,
    rows: Contiguous<'py, i64>,
    ends: Vec<usize>,
    starts: Vec<Start>,
    tolerance: f64,
    threads: Option<usize>,
) -> PyResult<(Bound<'py, PyDict>, Vec<Start>)> {
    let (intervals, starts) = (intervals.read()?, states(starts));
    let days = Days { intervals: &intervals, ends: &ends, starts: &starts };
    let rows = rows.as_slice()?;
    let (measures, states) = released(py, threads, |run| {
        day::evaluate_days(&days, tolerance, run).map_err(|failure| at_row(failure, rows))
    })?;
    Ok((columns(py, &measures)?, from_states(states)))
}

/// Factors on the calls of a day, with their weights.
#[pyfunction]
pub(crate) fn day_factors(cv: f64) -> [(f64, f64); 9] {
    day::day_factors(cv)
}

/// Factors on the calls of days that so many days do not exceed, one a coefficient of variation.
#[pyfunction]
pub(crate) fn factor_quantiles<'py>(
    py: Python<'py>,
    cv: Contiguous<'py, f64>,
    probability: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let cv = cv.as_slice()?;
    let found = released(py, None, |run| {
        in_turns(cv.len(), run, |day, _| day::factor_quantile(cv[day], probability))
    })?;
    Ok(found.into_pyarray(py))
}

/// What each interval must meet: which of the core's goals are given, in their order, and a column of each;
/// the definition; the fewest agents.
type Goals<'py> = ([bool; 6], [Contiguous<'py, f64>; 6], Name, Contiguous<'py, i64>);

fn interval_goals(py: Python<'_>, goals: &Goals<'_>) -> PyResult<Vec<IntervalGoals>> {
    let (given, targets, definition, minimum) = goals;
    let definition = named(py, definition)?;
    let targets: Vec<&[f64]> =
        targets.iter().map(|goal| goal.as_slice()).collect::<Result<_, _>>()?;
    let each = |(i, &minimum): (usize, &i64)| IntervalGoals {
        minimum: minimum as usize,
        targets: std::array::from_fn(|goal| given[goal].then(|| targets[goal][i])),
        definition,
    };
    Ok(minimum.as_slice()?.iter().enumerate().map(each).collect())
}

/// Agents of every interval, the measures with them, and each day's state after its last.
type Required<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyDict>, Vec<Start>);

/// Fewest agents of every interval, looked for from those given.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn day_required<'py>(
    py: Python<'py>,
    intervals: Intervals<'py>,
    rows: Contiguous<'py, i64>,
    ends: Vec<usize>,
    starts: Vec<Start>,
    goals: Goals<'py>,
    tolerance: f64,
    threads: Option<usize>,
) -> PyResult<Required<'py>> {
    let (intervals, starts) = (intervals.read()?, states(starts));
    let days = Days { intervals: &intervals, ends: &ends, starts: &starts };
    let interval_goals = interval_goals(py, &goals)?;
    let rows = rows.as_slice()?;
    let (agents, measures, states) = released(py, threads, |run| {
        day::required_days(&days, &interval_goals, tolerance, run)
            .map_err(|failure| at_row(failure, rows))
    })?;
    let agents: Vec<f64> = agents.into_iter().map(|agents| agents as f64).collect();
    Ok((agents.into_pyarray(py), columns(py, &measures)?, from_states(states)))
}
