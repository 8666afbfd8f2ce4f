//! Counters, head-counts and the check of rosters.

use callstats_core::staffing::counters::{self, CounterRules};
use callstats_core::staffing::hiring::{self, Career, Cohort};
use callstats_core::staffing::rosters::{self, AgentLimits, Spacing, Stretch};
use callstats_core::threads::Watch;
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;

use crate::convert::Contiguous;
use crate::run::released;

/// The levels of the slots at the least cost, None where no plan keeps to the rules.
///
/// `rules` holds minimum, total, change cost, dwell, step and the level before with its age.
#[pyfunction]
#[pyo3(signature = (loss, rules, /))]
pub(crate) fn counters_plan(
    py: Python<'_>,
    loss: PyReadonlyArray2<'_, f64>,
    rules: CounterArguments,
) -> PyResult<Option<Vec<usize>>> {
    let loss = loss.as_array();
    let levels = loss.ncols();
    let loss: Vec<f64> = loss.iter().copied().collect();
    let (minimum, total, change_cost, dwell, step, start) = rules;
    let rules = CounterRules { minimum, levels, total, change_cost, dwell, step, start };
    released(py, Some(1), |run| counters::plan(&loss, &rules, &Watch::alone(run)))
}

/// Minimum, total, change cost, dwell, step, level before and its age.
type CounterArguments = (usize, Option<usize>, f64, usize, usize, Option<(i64, usize)>);

/// Heads, effective heads, their standard deviation and the chance of a shortage, period by period.
///
/// A cohort is people, tenure, the period it comes in and its share of a full contract.
#[pyfunction]
#[pyo3(signature = (cohorts, hazard, effectiveness, need, periods, /))]
pub(crate) fn hiring_path(
    py: Python<'_>,
    cohorts: Vec<(f64, usize, usize, f64)>,
    hazard: Vec<f64>,
    effectiveness: Vec<f64>,
    need: Vec<f64>,
    periods: usize,
) -> PyResult<Vec<(f64, f64, f64, f64)>> {
    let cohorts: Vec<Cohort> = cohorts
        .into_iter()
        .map(|(people, tenure, from, contract)| Cohort { people, tenure, from, contract })
        .collect();
    let career = Career { hazard: &hazard, effectiveness: &effectiveness };
    let found = released(py, Some(1), |run| {
        hiring::path(&cohorts, career, &need, periods, &Watch::alone(run))
    })?;
    Ok(found.into_iter().map(|p| (p.heads, p.effective, p.sd, p.short)).collect())
}

/// Every broken rule: its name, the row of the duty, the amount and the limit.
///
/// Columns of duties: agent, start, end, day, kind, night, counted; their paid seconds. Columns of absences:
/// agent, start, end. Limits of each agent: consecutive days, week seconds, week days, seconds, weekends, nights.
#[pyfunction]
#[pyo3(signature = (duties, paid, away, limits, rest, split, /))]
pub(crate) fn roster_check(
    py: Python<'_>,
    duties: PyReadonlyArray2<'_, i64>,
    paid: Contiguous<'_, f64>,
    away: PyReadonlyArray2<'_, i64>,
    limits: PyReadonlyArray2<'_, f64>,
    rest: i64,
    split: Option<(i64, i64)>,
) -> PyResult<Vec<(&'static str, usize, f64, f64)>> {
    let duties: Vec<Stretch> = duties
        .as_array()
        .rows()
        .into_iter()
        .zip(paid.as_array())
        .map(|(row, &paid)| Stretch {
            agent: row[0] as usize,
            start: row[1],
            end: row[2],
            day: row[3],
            kind: row[4],
            night: row[5] != 0,
            counted: row[6] != 0,
            paid,
        })
        .collect();
    let away: Vec<_> =
        away.as_array().rows().into_iter().map(|row| (row[0] as usize, row[1], row[2])).collect();
    let limits: Vec<AgentLimits> = limits
        .as_array()
        .rows()
        .into_iter()
        .map(|row| AgentLimits {
            consecutive_days: row[0],
            week_seconds: row[1],
            week_days: row[2],
            seconds: row[3],
            weekends: row[4],
            nights: row[5],
        })
        .collect();
    let found = released(py, Some(1), |run| {
        rosters::check(&duties, &away, &limits, Spacing { rest, split }, &Watch::alone(run))
    })?;
    Ok(found.into_iter().map(|b| (b.rule, b.row, b.amount, b.limit)).collect())
}
