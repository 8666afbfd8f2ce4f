//! Agents, loads and lines that meet goals; plans for whole days.

use callstats_core::domain::{
    ABANDONMENT, AGENTS, AHT, ASA, BLOCKING, CALLS, INTERVAL, LINES, LOAD, MEAN_WAIT, MINIMUM,
    OCCUPANCY, PATIENCE, SERVICE_LEVEL, SHRINKAGE, THRESHOLD, WAIT_PROBABILITY,
};
use callstats_core::erlang::{Definition, System};
use callstats_core::grid::{each_cell, every_cell};
use callstats_core::numeric::search::Among;
use callstats_core::staffing::{
    self, Goals, IntervalInput, Reason, ServiceLevelRule, each_line_requirement, each_requirement,
};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::convert::Choice;
use crate::elementwise::elementwise;

/// Which goals there are: the definition, whether agents are whole numbers, and which goals are given.
#[derive(Clone, Copy)]
pub(crate) struct GivenGoals(Choice<Definition>, bool, [bool; 6]);

// Not derived: a derived reading would hide the definition's own error.
impl FromPyObject<'_, '_> for GivenGoals {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let (definition, whole, given) = object.extract()?;
        Ok(Self(definition, whole, given))
    }
}

impl GivenGoals {
    fn among(self) -> Among {
        if self.1 { Among::Whole } else { Among::Real }
    }

    fn of(self, threshold: f64, targets: [f64; 6]) -> Goals {
        Goals::new(self.2, targets, ServiceLevelRule { threshold, definition: self.0.0 })
    }
}

elementwise! {
    required_agents(
        goals: GivenGoals;
        load: LOAD, aht: AHT, patience: PATIENCE, threshold: THRESHOLD,
        service_level: SERVICE_LEVEL, asa: ASA, mean_wait: MEAN_WAIT, abandonment: ABANDONMENT,
        occupancy: OCCUPANCY, wait_probability: WAIT_PROBABILITY
    ) -> searched = each_requirement(
        goals.among(),
        move |[load, aht, patience, threshold, targets @ ..]: [f64; 10]| {
            (System::new(0.0, load, aht, patience), goals.of(threshold, targets))
        },
    );
    max_load(
        goals: GivenGoals;
        agents: AGENTS, aht: AHT, patience: PATIENCE, threshold: THRESHOLD,
        service_level: SERVICE_LEVEL, asa: ASA, mean_wait: MEAN_WAIT, abandonment: ABANDONMENT,
        occupancy: OCCUPANCY, wait_probability: WAIT_PROBABILITY
    ) -> searched = each_cell(move |[agents, aht, patience, threshold, targets @ ..]: [f64; 10]| {
        let system = System::new(agents, 0.0, aht, patience);
        Ok([staffing::max_load(&system, &goals.of(threshold, targets))?])
    });
    required_lines(; load: LOAD, blocking: BLOCKING) -> searched = each_line_requirement();
    max_line_load(; lines: LINES, blocking: BLOCKING) -> searched
        = each_cell(|[lines, blocking]| Ok([staffing::max_line_load(lines, blocking)?]));
    gross_up(; agents: AGENTS, shrinkage: SHRINKAGE)
        = each_cell(|[agents, shrinkage]| Ok([staffing::gross_up(agents, shrinkage)]));
    combine_shrinkage(; first: SHRINKAGE, second: SHRINKAGE)
        = each_cell(|[first, second]| Ok([staffing::combine_shrinkage(first, second)]));
    add_shrinkage(; first: SHRINKAGE, second: SHRINKAGE)
        = each_cell(|[first, second]| Ok([first + second]));
    /// The columns of a plan: load, required and scheduled agents, service level, asa, abandonment,
    /// occupancy, and the reason as a number for `plan_reasons`.
    plan(
        goals: GivenGoals;
        calls: CALLS, aht: AHT, interval: INTERVAL, patience: PATIENCE, minimum: MINIMUM,
        shrinkage: SHRINKAGE, threshold: THRESHOLD, service_level: SERVICE_LEVEL, asa: ASA,
        mean_wait: MEAN_WAIT, abandonment: ABANDONMENT, occupancy: OCCUPANCY,
        wait_probability: WAIT_PROBABILITY
    ) -> searched_list = every_cell(
        move |[calls, aht, interval, patience, minimum, shrinkage, threshold, targets @ ..]: [f64; 13]| {
            let input = IntervalInput { calls, aht, interval, patience, minimum, shrinkage };
            staffing::row(input, &goals.of(threshold, targets), goals.among())
        },
    );
}

/// The last column of `plan` in words: what binds each row, and the goal that no number of agents meets.
/// Both are empty where there is none.
#[pyfunction]
pub(crate) fn plan_reasons<'py>(
    py: Python<'py>,
    reasons: PyReadonlyArray1<'py, f64>,
) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
    let reasons = reasons.as_array();
    let column = |word: fn(Reason) -> &'static str| {
        let words = reasons.iter().map(|&reason| Reason::from_number(reason).map_or("", word));
        PyList::new(py, words.map(|word| PyString::intern(py, word)).collect::<Vec<_>>())
    };
    Ok((column(Reason::binding_goal)?, column(Reason::unmet_goal)?))
}
