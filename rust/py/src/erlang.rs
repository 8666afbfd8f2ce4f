//! Erlang B, C and A.

use callstats_core::domain::{
    AFTER, AGENTS, AHT, CALLS, HOLD_TIME, INTERVAL, LINES, LOAD, PATIENCE, QUANTILE, REDIAL,
    THRESHOLD,
};
use callstats_core::erlang::measures::{
    Asa, ServiceLevel, TableRow, TableRowWithLines, TrunkLoad, WaitSurvival,
};
use callstats_core::erlang::{
    self, Definition, Query, Queue, System, each_answer, each_queue, general, offered_load,
};
use callstats_core::grid::{each_cell, every_cell};
use pyo3::prelude::*;

pub(crate) mod beyond;

use crate::convert::Choice;
use crate::elementwise::elementwise;

fn alone([agents, load, aht, patience]: [f64; 4]) -> Query {
    Query::about(System::new(agents, load, aht, patience))
}

fn within([agents, load, aht, time, patience]: [f64; 5]) -> Query {
    alone([agents, load, aht, patience]).within(time)
}

fn with_hold_time([agents, load, aht, hold_time, patience]: [f64; 5]) -> Query {
    alone([agents, load, aht, patience]).with(hold_time)
}

fn without_queue([lines, load]: [f64; 2]) -> Query {
    alone([lines, load, 1.0, 0.0])
}

/// With the load carried exactly.
fn of_calls([agents, calls, aht, interval, threshold, patience, hold_time]: [f64; 7]) -> Query {
    let system = System::offered(agents, calls, aht, interval, patience);
    Query::about(system).within(threshold).with(hold_time)
}

/// How much longer waits of M/G/n are than those of M/M/n.
#[pyfunction]
pub(crate) fn general_stretch(mean: f64, mean_square: f64) -> f64 {
    general::stretch(mean, mean_square)
}

/// In how many seconds M/G/n forgets what it was like.
#[pyfunction]
pub(crate) fn general_settling(agents: f64, load: f64, mean: f64, mean_square: f64) -> f64 {
    general::settling(agents, load, mean, mean_square)
}

elementwise! {
    blocking(; lines: LINES, load: LOAD) = each_queue(without_queue, Queue::wait_probability);
    wait_probability(; agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE)
        = each_queue(alone, Queue::wait_probability);
    abandonment(; agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE)
        = each_queue(alone, Queue::abandonment);
    asa(; agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE) = each_queue(alone, Asa);
    mean_wait(; agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE)
        = each_queue(alone, Queue::mean_wait);
    mean_wait_abandoned(; agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE)
        = each_queue(alone, Queue::mean_wait_abandoned);
    queue_length(; agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE)
        = each_queue(alone, Queue::queue_length);
    occupancy(; agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE)
        = each_queue(alone, Queue::occupancy);
    service_level(
        definition: Choice<Definition>;
        agents: AGENTS, load: LOAD, aht: AHT, threshold: THRESHOLD, patience: PATIENCE
    ) = each_queue(within, ServiceLevel(definition.0));
    wait_survival(; agents: AGENTS, load: LOAD, aht: AHT, after: AFTER, patience: PATIENCE)
        = each_queue(within, WaitSurvival);
    wait_quantile(; agents: AGENTS, load: LOAD, aht: AHT, quantile: QUANTILE, patience: PATIENCE)
        = each_answer(
            |[agents, load, aht, _, patience]| System::new(agents, load, aht, patience),
            |queue, [.., quantile, _]| queue.wait_quantile(quantile),
        );
    trunk_load(; agents: AGENTS, load: LOAD, aht: AHT, hold_time: HOLD_TIME, patience: PATIENCE)
        = each_queue(with_hold_time, TrunkLoad);
    measures(
        definition: Choice<Definition>;
        agents: AGENTS, load: LOAD, aht: AHT, threshold: THRESHOLD, patience: PATIENCE
    ) -> list = each_queue(within, TableRow(definition.0));
    /// `measures` and the trunk load.
    table(
        definition: Choice<Definition>;
        agents: AGENTS, calls: CALLS, aht: AHT, interval: INTERVAL, threshold: THRESHOLD,
        patience: PATIENCE, hold_time: HOLD_TIME
    ) -> list = each_queue(of_calls, TableRowWithLines(definition.0));
    load(; calls: CALLS, aht: AHT, interval: INTERVAL)
        = every_cell(|[calls, aht, interval]| Ok([offered_load(calls, aht, interval).0]));
    load_with_redials(; agents: AGENTS, load: LOAD, aht: AHT, patience: PATIENCE, redial: REDIAL) -> searched
        = each_cell(|[agents, load, aht, patience, redial]| {
            let system = System::new(agents, load, aht, patience);
            Ok([erlang::load_with_redials(&system, redial)?])
        });
}
