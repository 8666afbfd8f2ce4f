//! Erlang B, C and A.

use callstats_core::domain::{
    AFTER, AGENTS, AHT, CALLS, HOLD_TIME, INTERVAL, LINES, LOAD, PATIENCE, QUANTILE, REDIAL,
    THRESHOLD,
};
use callstats_core::erlang::measures::{
    Abandonment, Asa, MeanWait, MeanWaitAbandoned, Occupancy, QueueLength, Row, RowWithLines,
    ServiceLevel, TrunkLoad, WaitProbability, WaitSurvival,
};
use callstats_core::erlang::{
    Query, System, each_answer, each_queue, load_with_redials as with_redials, offered_load,
};
use callstats_core::grid::{each_cell, every_cell};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::convert::{Column, Options, elementwise, elementwise_many, searched};
use crate::error::named;

fn about([agents, load, aht, patience]: [f64; 4]) -> Query {
    Query::about(System::new(agents, load, aht, patience))
}

fn within([agents, load, aht, time, patience]: [f64; 5]) -> Query {
    about([agents, load, aht, patience]).within(time)
}

#[pyfunction]
pub(crate) fn blocking<'py>(
    py: Python<'py>,
    lines: Column<'py>,
    load: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [(&LINES, lines), (&LOAD, load)],
        options,
        each_queue(|[lines, load]| about([lines, load, 1.0, 0.0]), WaitProbability),
    )
}

/// Measures that hang on the four numbers of a system alone.
macro_rules! of_system {
    ($($name:ident: $measure:expr,)+) => {$(
        #[pyfunction]
        pub(crate) fn $name<'py>(
            py: Python<'py>,
            agents: Column<'py>,
            load: Column<'py>,
            aht: Column<'py>,
            patience: Column<'py>,
            options: Options<'py>,
        ) -> PyResult<Bound<'py, PyAny>> {
            elementwise(
                py,
                [(&AGENTS, agents), (&LOAD, load), (&AHT, aht), (&PATIENCE, patience)],
                options,
                each_queue(about, $measure),
            )
        }
    )+};
}

of_system! {
    wait_probability: WaitProbability,
    abandonment: Abandonment,
    asa: Asa,
    mean_wait: MeanWait,
    mean_wait_abandoned: MeanWaitAbandoned,
    queue_length: QueueLength,
    occupancy: Occupancy,
}

#[pyfunction]
pub(crate) fn service_level<'py>(
    py: Python<'py>,
    definition: &str,
    columns: [Column<'py>; 5],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [agents, load, aht, threshold, patience] = columns;
    let measure = ServiceLevel(named(py, definition)?);
    elementwise(
        py,
        [
            (&AGENTS, agents),
            (&LOAD, load),
            (&AHT, aht),
            (&THRESHOLD, threshold),
            (&PATIENCE, patience),
        ],
        options,
        each_queue(within, measure),
    )
}

#[pyfunction]
pub(crate) fn wait_survival<'py>(
    py: Python<'py>,
    agents: Column<'py>,
    load: Column<'py>,
    aht: Column<'py>,
    after: Column<'py>,
    patience: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [(&AGENTS, agents), (&LOAD, load), (&AHT, aht), (&AFTER, after), (&PATIENCE, patience)],
        options,
        each_queue(within, WaitSurvival),
    )
}

#[pyfunction]
pub(crate) fn wait_quantile<'py>(
    py: Python<'py>,
    agents: Column<'py>,
    load: Column<'py>,
    aht: Column<'py>,
    quantile: Column<'py>,
    patience: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [
            (&AGENTS, agents),
            (&LOAD, load),
            (&AHT, aht),
            (&QUANTILE, quantile),
            (&PATIENCE, patience),
        ],
        options,
        each_answer(
            |[agents, load, aht, _, patience]| System::new(agents, load, aht, patience),
            |queue, [.., quantile, _]| queue.wait_quantile(quantile),
        ),
    )
}

#[pyfunction]
pub(crate) fn trunk_load<'py>(
    py: Python<'py>,
    agents: Column<'py>,
    load: Column<'py>,
    aht: Column<'py>,
    hold_time: Column<'py>,
    patience: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [
            (&AGENTS, agents),
            (&LOAD, load),
            (&AHT, aht),
            (&HOLD_TIME, hold_time),
            (&PATIENCE, patience),
        ],
        options,
        each_queue(
            |[agents, load, aht, hold_time, patience]| {
                about([agents, load, aht, patience]).with(hold_time)
            },
            TrunkLoad,
        ),
    )
}

#[pyfunction]
pub(crate) fn measures<'py>(
    py: Python<'py>,
    definition: &str,
    columns: [Column<'py>; 5],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let [agents, load, aht, threshold, patience] = columns;
    let measure = Row(named(py, definition)?);
    elementwise_many(
        py,
        [
            (&AGENTS, agents),
            (&LOAD, load),
            (&AHT, aht),
            (&THRESHOLD, threshold),
            (&PATIENCE, patience),
        ],
        options,
        each_queue(within, measure),
    )
}

/// `measures` and the trunk load of `calls` in `interval` seconds, with the load carried exactly.
#[pyfunction]
pub(crate) fn table<'py>(
    py: Python<'py>,
    definition: &str,
    columns: [Column<'py>; 7],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let [agents, calls, aht, interval, threshold, patience, hold_time] = columns;
    let measure = RowWithLines(named(py, definition)?);
    elementwise_many(
        py,
        [
            (&AGENTS, agents),
            (&CALLS, calls),
            (&AHT, aht),
            (&INTERVAL, interval),
            (&THRESHOLD, threshold),
            (&PATIENCE, patience),
            (&HOLD_TIME, hold_time),
        ],
        options,
        each_queue(
            |[agents, calls, aht, interval, threshold, patience, hold_time]| {
                let system = System::offered(agents, calls, aht, interval, patience);
                Query::about(system).within(threshold).with(hold_time)
            },
            measure,
        ),
    )
}

#[pyfunction]
pub(crate) fn load<'py>(
    py: Python<'py>,
    calls: Column<'py>,
    aht: Column<'py>,
    interval: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    elementwise(
        py,
        [(&CALLS, calls), (&AHT, aht), (&INTERVAL, interval)],
        options,
        every_cell(|[calls, aht, interval]| Ok([offered_load(calls, aht, interval).0])),
    )
}

#[pyfunction]
pub(crate) fn load_with_redials<'py>(
    py: Python<'py>,
    agents: Column<'py>,
    load: Column<'py>,
    aht: Column<'py>,
    patience: Column<'py>,
    redial: Column<'py>,
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    searched(
        py,
        [(&AGENTS, agents), (&LOAD, load), (&AHT, aht), (&PATIENCE, patience), (&REDIAL, redial)],
        options,
        each_cell(|[agents, load, aht, patience, redial]| {
            Ok([with_redials(&System::new(agents, load, aht, patience), redial)?])
        }),
    )
}
