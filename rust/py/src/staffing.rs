//! Agents, loads and lines that meet goals; plans for whole days.

use callstats_core::domain::{
    ABANDONMENT, AGENTS, AHT, ASA, BLOCKING, CALLS, CERTAINTY, INTERVAL, LINE_LIMIT, LINES, LOAD,
    LOAD_CV, MEAN_WAIT, MINIMUM, OCCUPANCY, PATIENCE, RESERVED, SERVICE_LEVEL, SHRINKAGE,
    THRESHOLD, WAIT_PROBABILITY, WHOLE_AGENTS,
};
use callstats_core::erlang::{Definition, System, WideSystem};
use callstats_core::grid::{each_cell, every_cell};
use callstats_core::numeric::search::Among;
use callstats_core::staffing::{
    self, Goals, IntervalInput, Reason, ServiceLevelRule, WideProblem, each_line_requirement,
    each_requirement,
};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::convert::Choice;
use crate::elementwise::elementwise;
use crate::erlang::beyond::SharedModel;

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
    /// The reserve is infinite where there is no backlog of jobs.
    wide_required_agents(
        goals: GivenGoals, model: SharedModel;
        load: LOAD, aht: AHT, patience: PATIENCE, lines: LINE_LIMIT, load_cv: LOAD_CV,
        reserved: RESERVED, threshold: THRESHOLD,
        service_level: SERVICE_LEVEL, asa: ASA, mean_wait: MEAN_WAIT, abandonment: ABANDONMENT,
        occupancy: OCCUPANCY, wait_probability: WAIT_PROBABILITY
    ) -> searched = each_cell(
        move |[load, aht, patience, lines, load_cv, reserved, threshold, targets @ ..]: [f64; 13]| {
            let system = System::new(0.0, load, aht, patience);
            let system = WideSystem { system, lines, load_cv, reserved };
            let goals_of_cell = goals.of(threshold, targets);
            let problem = WideProblem { system, model: &model.0, goals: &goals_of_cell };
            Ok([problem.required_agents(goals.among())?])
        },
    );
    /// With the goals met in so many intervals.
    certain_agents(
        goals: GivenGoals, model: SharedModel;
        load: LOAD, aht: AHT, patience: PATIENCE, lines: LINE_LIMIT, load_cv: LOAD_CV,
        certainty: CERTAINTY, threshold: THRESHOLD,
        service_level: SERVICE_LEVEL, asa: ASA, mean_wait: MEAN_WAIT, abandonment: ABANDONMENT,
        occupancy: OCCUPANCY, wait_probability: WAIT_PROBABILITY
    ) -> searched = each_cell(
        move |[load, aht, patience, lines, load_cv, certainty, threshold, targets @ ..]: [f64; 13]| {
            let system = System::new(0.0, load, aht, patience);
            let system = WideSystem { lines, load_cv, ..WideSystem::of(system) };
            let goals_of_cell = goals.of(threshold, targets);
            let problem = WideProblem { system, model: &model.0, goals: &goals_of_cell };
            Ok([problem.at_quantile(certainty)?.required_agents(goals.among())?])
        },
    );
    wide_max_load(
        goals: GivenGoals, model: SharedModel;
        agents: *model.agents(), aht: AHT, patience: PATIENCE, lines: LINE_LIMIT, load_cv: LOAD_CV,
        threshold: THRESHOLD,
        service_level: SERVICE_LEVEL, asa: ASA, mean_wait: MEAN_WAIT, abandonment: ABANDONMENT,
        occupancy: OCCUPANCY, wait_probability: WAIT_PROBABILITY
    ) -> searched = each_cell(
        move |[agents, aht, patience, lines, load_cv, threshold, targets @ ..]: [f64; 12]| {
            let system = System::new(agents, 0.0, aht, patience);
            let system = WideSystem { lines, load_cv, ..WideSystem::of(system) };
            let goals_of_cell = goals.of(threshold, targets);
            let problem = WideProblem { system, model: &model.0, goals: &goals_of_cell };
            Ok([problem.max_load()?])
        },
    );
    required_reserved(
        goals: GivenGoals, model: SharedModel;
        agents: WHOLE_AGENTS, load: LOAD, aht: AHT, patience: PATIENCE, threshold: THRESHOLD,
        service_level: SERVICE_LEVEL, asa: ASA, mean_wait: MEAN_WAIT, abandonment: ABANDONMENT,
        occupancy: OCCUPANCY, wait_probability: WAIT_PROBABILITY
    ) -> searched = each_cell(
        move |[agents, load, aht, patience, threshold, targets @ ..]: [f64; 11]| {
            let system = WideSystem::of(System::new(agents, load, aht, patience));
            let goals_of_cell = goals.of(threshold, targets);
            let problem = WideProblem { system, model: &model.0, goals: &goals_of_cell };
            Ok([problem.required_reserved()?])
        },
    );
    wide_required_lines(
        model: SharedModel;
        load: LOAD, blocking: BLOCKING, agents: AGENTS, aht: AHT, patience: PATIENCE
    ) -> searched = each_cell(move |[load, blocking, agents, aht, patience]| {
        let system = WideSystem::of(System::new(agents, load, aht, patience));
        let goals = Goals::new(
            [false; 6],
            [0.0; 6],
            ServiceLevelRule { threshold: f64::NAN, definition: Definition::Offered },
        );
        let problem = WideProblem { system, model: &model.0, goals: &goals };
        Ok([problem.required_lines(blocking)?])
    });
    /// P(an interval meets the service level).
    goal_probability(
        definition: Choice<Definition>, model: SharedModel;
        agents: *model.agents(), load: LOAD, aht: AHT, threshold: THRESHOLD,
        service_level: SERVICE_LEVEL, load_cv: LOAD_CV, patience: PATIENCE, lines: LINE_LIMIT
    ) -> searched = each_cell(
        move |[agents, load, aht, threshold, target, load_cv, patience, lines]| {
            let system = System::new(agents, load, aht, patience);
            let system = WideSystem { lines, load_cv, ..WideSystem::of(system) };
            let goals = Goals::new(
                [true, false, false, false, false, false],
                [target, 0.0, 0.0, 0.0, 0.0, 0.0],
                ServiceLevelRule { threshold, definition: definition.0 },
            );
            let problem = WideProblem { system, model: &model.0, goals: &goals };
            Ok([problem.probability()?])
        },
    );
    /// The columns of `plan`; the certainty is 0 where the mean over the load has to meet the goals.
    wide_plan(
        goals: GivenGoals, model: SharedModel, certainty: f64;
        calls: CALLS, aht: AHT, interval: INTERVAL, patience: PATIENCE, minimum: MINIMUM,
        shrinkage: SHRINKAGE, lines: LINE_LIMIT, load_cv: LOAD_CV, threshold: THRESHOLD,
        service_level: SERVICE_LEVEL, asa: ASA,
        mean_wait: MEAN_WAIT, abandonment: ABANDONMENT, occupancy: OCCUPANCY,
        wait_probability: WAIT_PROBABILITY
    ) -> searched_list = every_cell(
        move |[calls, aht, interval, patience, minimum, shrinkage, lines, load_cv, threshold, targets @ ..]: [f64; 15]| {
            let input = IntervalInput { calls, aht, interval, patience, minimum, shrinkage };
            let goals_of_cell = goals.of(threshold, targets);
            let shared = (&model.0, &goals_of_cell, goals.among());
            staffing::wide_row(input, shared, (lines, load_cv, certainty))
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
