//! Agents, loads and lines that meet goals; plans for whole days.

use callstats_core::domain::{
    ABANDONMENT, AGENTS, AHT, ASA, BLOCKING, CALLS, INTERVAL, LINES, LOAD, MEAN_WAIT, MINIMUM,
    OCCUPANCY, PATIENCE, Parameter, SERVICE_LEVEL, SHRINKAGE, THRESHOLD, WAIT_PROBABILITY,
};
use callstats_core::erlang::{Definition, System};
use callstats_core::grid::{each_cell, every_cell};
use callstats_core::numeric::search::Among;
use callstats_core::staffing::{
    self, Goals, ServiceLevelRule, each_line_requirement, each_requirement,
};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::convert::{Column, Options, elementwise, searched, searched_many};
use crate::error::named;

/// What is asked for: (definition, whole numbers only, which goals are given, threshold and targets).
#[derive(FromPyObject)]
pub(crate) struct Asked<'py>(String, bool, [bool; 6], [Column<'py>; 7]);

/// The parameters of the columns in [`Asked`].
const ASKED: [&Parameter; 7] =
    [&THRESHOLD, &SERVICE_LEVEL, &ASA, &MEAN_WAIT, &ABANDONMENT, &OCCUPANCY, &WAIT_PROBABILITY];

/// `asked` without its columns: what makes goals of a cell's threshold and targets.
#[derive(Clone, Copy)]
struct Question {
    definition: Definition,
    among: Among,
    given: [bool; 6],
}

impl Question {
    fn goals(self, threshold: f64, targets: [f64; 6]) -> Goals {
        Goals::new(self.given, targets, ServiceLevelRule { threshold, definition: self.definition })
    }
}

type Columns<'py, const K: usize> = [(&'static Parameter, Column<'py>); K];

fn opened<'py>(py: Python<'py>, asked: Asked<'py>) -> PyResult<(Question, Columns<'py, 7>)> {
    let Asked(definition, whole, given, columns) = asked;
    let among = if whole { Among::Whole } else { Among::Real };
    let mut columns = columns.into_iter();
    let columns = ASKED.map(|parameter| (parameter, columns.next().unwrap_or(Column::Scalar(0.0))));
    Ok((Question { definition: named(py, &definition)?, among, given }, columns))
}

#[pyfunction]
pub(crate) fn required_agents<'py>(
    py: Python<'py>,
    asked: Asked<'py>,
    load: Column<'py>,
    aht: Column<'py>,
    patience: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let (question, [a, b, c, d, e, f, g]) = opened(py, asked)?;
    searched(
        py,
        [(&LOAD, load), (&AHT, aht), (&PATIENCE, patience), a, b, c, d, e, f, g],
        options,
        each_requirement(
            question.among,
            move |[load, aht, patience, threshold, targets @ ..]: [f64; 10]| {
                (System::new(0.0, load, aht, patience), question.goals(threshold, targets))
            },
        ),
    )
}

#[pyfunction]
pub(crate) fn max_load<'py>(
    py: Python<'py>,
    asked: Asked<'py>,
    agents: Column<'py>,
    aht: Column<'py>,
    patience: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let (question, [a, b, c, d, e, f, g]) = opened(py, asked)?;
    searched(
        py,
        [(&AGENTS, agents), (&AHT, aht), (&PATIENCE, patience), a, b, c, d, e, f, g],
        options,
        each_cell(move |[agents, aht, patience, threshold, targets @ ..]: [f64; 10]| {
            let system = System::new(agents, 0.0, aht, patience);
            Ok([staffing::max_load(&system, &question.goals(threshold, targets))?])
        }),
    )
}

#[pyfunction]
pub(crate) fn required_lines<'py>(
    py: Python<'py>,
    load: Column<'py>,
    blocking: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    searched(py, [(&LOAD, load), (&BLOCKING, blocking)], options, each_line_requirement())
}

#[pyfunction]
pub(crate) fn max_line_load<'py>(
    py: Python<'py>,
    lines: Column<'py>,
    blocking: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    searched(
        py,
        [(&LINES, lines), (&BLOCKING, blocking)],
        options,
        each_cell(|[lines, blocking]| Ok([staffing::max_line_load(lines, blocking)?])),
    )
}

#[pyfunction]
pub(crate) fn gross_up<'py>(
    py: Python<'py>,
    agents: Column<'py>,
    shrinkage: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [(&AGENTS, agents), (&SHRINKAGE, shrinkage)],
        options,
        each_cell(|[agents, shrinkage]| Ok([staffing::gross_up(agents, shrinkage)])),
    )
}

#[pyfunction]
pub(crate) fn combine_shrinkage<'py>(
    py: Python<'py>,
    first: Column<'py>,
    second: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [(&SHRINKAGE, first), (&SHRINKAGE, second)],
        options,
        each_cell(|[first, second]| Ok([staffing::combine_shrinkage(first, second)])),
    )
}

#[pyfunction]
pub(crate) fn add_shrinkage<'py>(
    py: Python<'py>,
    first: Column<'py>,
    second: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [(&SHRINKAGE, first), (&SHRINKAGE, second)],
        options,
        each_cell(|[first, second]| Ok([first + second])),
    )
}

/// The columns of a plan: load, required and scheduled agents, service level, asa, abandonment,
/// occupancy, and the outcome as a code.
#[pyfunction]
pub(crate) fn plan<'py>(
    py: Python<'py>,
    asked: Asked<'py>,
    work: [Column<'py>; 6],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let (question, [a, b, c, d, e, f, g]) = opened(py, asked)?;
    let [calls, aht, interval, patience, minimum, shrinkage] = work;
    searched_many(
        py,
        [
            (&CALLS, calls),
            (&AHT, aht),
            (&INTERVAL, interval),
            (&PATIENCE, patience),
            (&MINIMUM, minimum),
            (&SHRINKAGE, shrinkage),
            a,
            b,
            c,
            d,
            e,
            f,
            g,
        ],
        options,
        every_cell(move |[calls, aht, interval, patience, minimum, shrinkage, threshold, targets @ ..]: [f64; 13]| {
            let input = staffing::IntervalInput { calls, aht, interval, patience, minimum, shrinkage };
            staffing::row(input, &question.goals(threshold, targets), question.among)
        }),
    )
}
