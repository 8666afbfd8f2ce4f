//! Queues beyond Erlang A.

use callstats_core::domain::{
    AFTER, AGENTS, AHT, CALLS, DELAY, HOLD_TIME, INTERVAL, JOB_AHT, LINE_LIMIT, LOAD, LOAD_CV,
    PATIENCE, Parameter, QUANTILE, REDIAL, REDIAL_BLOCKED, RESERVED, THRESHOLD, WHOLE_AGENTS,
};
use callstats_core::erlang::{
    self, Average, BlendedJobs, Definition, DelayedRedials, PatienceHazard, Redial, System,
    WideMeasure, WideModel, WideSystem,
};
use callstats_core::grid::each_cell;
use pyo3::prelude::*;

use crate::convert::Choice;
use crate::elementwise::elementwise;
use crate::error;

/// What all cells share: starts and rates of the hazard, the handle times of chats, what averages count alike.
pub(crate) struct SharedModel(pub(crate) WideModel);

impl FromPyObject<'_, '_> for SharedModel {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        /// Starts and rates.
        type Rates = Option<(Vec<f64>, Vec<f64>)>;
        let (hazard, slowdown, average): (Rates, Vec<f64>, Choice<Average>) = object.extract()?;
        let hazard = hazard
            .map(|(starts, rates)| PatienceHazard::new(&starts, &rates))
            .transpose()
            .map_err(|failure| error::convert(object.py(), &failure))?;
        Ok(Self(WideModel { hazard, slowdown, average: average.0 }))
    }
}

impl SharedModel {
    /// Chats are counted by whole agents.
    pub(crate) fn agents(&self) -> &'static Parameter {
        if self.0.needs_whole_agents() { &WHOLE_AGENTS } else { &AGENTS }
    }
}

fn wide([agents, load, aht, patience, lines, load_cv]: [f64; 6]) -> WideSystem {
    let system = System::new(agents, load, aht, patience);
    WideSystem { lines, load_cv, ..WideSystem::of(system) }
}

elementwise! {
    /// A measure that needs no time, or the threshold.
    wide_measure(
        what: Choice<WideMeasure>, definition: Choice<Definition>, model: SharedModel;
        agents: *model.agents(), load: LOAD, aht: AHT, threshold: THRESHOLD, patience: PATIENCE,
        lines: LINE_LIMIT, load_cv: LOAD_CV
    ) -> searched = each_cell(move |[agents, load, aht, threshold, patience, lines, load_cv]| {
        let system = wide([agents, load, aht, patience, lines, load_cv]);
        Ok([system.one(&model.0, what.0, definition.0, threshold)?])
    });
    wide_survival(
        model: SharedModel;
        agents: *model.agents(), load: LOAD, aht: AHT, after: AFTER, patience: PATIENCE,
        lines: LINE_LIMIT, load_cv: LOAD_CV
    ) -> searched = each_cell(move |[agents, load, aht, after, patience, lines, load_cv]| {
        let system = wide([agents, load, aht, patience, lines, load_cv]);
        Ok([system.one(&model.0, WideMeasure::WaitSurvival, Definition::Offered, after)?])
    });
    wide_trunk_load(
        model: SharedModel;
        agents: *model.agents(), load: LOAD, aht: AHT, hold_time: HOLD_TIME, patience: PATIENCE,
        lines: LINE_LIMIT, load_cv: LOAD_CV
    ) -> searched = each_cell(move |[agents, load, aht, hold_time, patience, lines, load_cv]| {
        let system = wide([agents, load, aht, patience, lines, load_cv]);
        Ok([system.one(&model.0, WideMeasure::TrunkLoad, Definition::Offered, hold_time)?])
    });
    wide_quantile(
        model: SharedModel;
        agents: *model.agents(), load: LOAD, aht: AHT, quantile: QUANTILE, patience: PATIENCE,
        lines: LINE_LIMIT, load_cv: LOAD_CV
    ) -> searched = each_cell(move |[agents, load, aht, quantile, patience, lines, load_cv]| {
        let system = wide([agents, load, aht, patience, lines, load_cv]);
        Ok([system.wait_quantile(&model.0, quantile)?])
    });
    /// The columns of `WideSystem::row`; the hold time is that of the service.
    wide_measures(
        definition: Choice<Definition>, model: SharedModel;
        agents: *model.agents(), load: LOAD, aht: AHT, threshold: THRESHOLD, patience: PATIENCE,
        lines: LINE_LIMIT, load_cv: LOAD_CV
    ) -> searched_list = each_cell(
        move |[agents, load, aht, threshold, patience, lines, load_cv]| {
            let system = wide([agents, load, aht, patience, lines, load_cv]);
            system.row(&model.0, threshold, definition.0, f64::NAN)
        },
    );
    /// The same with the load carried exactly, and a hold time: infinite for that of the service.
    wide_table(
        definition: Choice<Definition>, model: SharedModel;
        agents: *model.agents(), calls: CALLS, aht: AHT, interval: INTERVAL, threshold: THRESHOLD,
        patience: PATIENCE, hold_time: HOLD_TIME, lines: LINE_LIMIT, load_cv: LOAD_CV
    ) -> searched_list = each_cell(
        move |[agents, calls, aht, interval, threshold, patience, hold_time, lines, load_cv]| {
            let system = System::offered(agents, calls, aht, interval, patience);
            let system = WideSystem { lines, load_cv, ..WideSystem::of(system) };
            // A chat is served for as long as it turns out.
            let hold_time = if model.0.slowdown.is_empty() { hold_time } else { f64::NAN };
            system.row(&model.0, threshold, definition.0, hold_time)
        },
    );
    /// The columns of `WideSystem::row` with jobs of a backlog.
    blended(
        definition: Choice<Definition>, model: SharedModel;
        agents: WHOLE_AGENTS, load: LOAD, aht: AHT, threshold: THRESHOLD, patience: PATIENCE,
        reserved: RESERVED
    ) -> searched_list = each_cell(
        move |[agents, load, aht, threshold, patience, reserved]| {
            let system = System::new(agents, load, aht, patience);
            let system = WideSystem { reserved, ..WideSystem::of(system) };
            system.row(&model.0, threshold, definition.0, f64::NAN)
        },
    );
    /// The same for jobs whose mean time is not that of a call.
    blended_jobs(
        definition: Choice<Definition>;
        agents: WHOLE_AGENTS, load: LOAD, aht: AHT, threshold: THRESHOLD, patience: PATIENCE,
        reserved: RESERVED, job_aht: JOB_AHT
    ) -> searched_list = each_cell(
        move |[agents, load, aht, threshold, patience, reserved, job_aht]| {
            let system = System::new(agents, load, aht, patience);
            BlendedJobs { system, reserved, job_aht }.row(threshold, definition.0)
        },
    );
    load_with_retries(
        model: SharedModel;
        agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE, redial: REDIAL,
        redial_blocked: REDIAL_BLOCKED, lines: LINE_LIMIT
    ) -> searched = each_cell(move |[agents, load, aht, patience, abandoned, blocked, lines]| {
        let system = WideSystem { lines, ..WideSystem::of(System::new(agents, load, aht, patience)) };
        Ok([erlang::load_with_retries(&system, &model.0, Redial { abandoned, blocked })?])
    });
    /// Load of all attempts; shares blocked of all and of first ones; share that hangs up; answered within the
    /// threshold of all and of first ones; callers answered in the end; occupancy; mean number waiting.
    delayed_redials(
        ; agents: WHOLE_AGENTS, load: LOAD, aht: AHT, threshold: THRESHOLD, patience: PATIENCE,
        lines: LINE_LIMIT, redial: REDIAL, redial_blocked: REDIAL_BLOCKED, delay: DELAY
    ) -> searched_list = each_cell(
        |[agents, load, aht, threshold, patience, lines, abandoned, blocked, delay]| {
            let system = System::new(agents, load, aht, patience);
            let redial = Redial { abandoned, blocked };
            DelayedRedials { system, lines, redial, delay }.measures(threshold)
        },
    );
}
