//! Erlang B, C and A.

use callstats_core::domain::{
    AFTER, AGENTS, AHT, CALLS, HOLD_TIME, INTERVAL, LINES, LOAD, PATIENCE, QUANTILE, REDIAL,
    THRESHOLD,
};
use callstats_core::erlang::{
    Definition, System, each_queue, load_with_redials as with_redials, offered_load,
};
use callstats_core::grid::{each_cell, every_cell};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::convert::{Column, Options, elementwise, elementwise_many};
use crate::error::named;

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
        each_queue(
            |[lines, load]| System::new(lines, load, 1.0, 0.0),
            |queue, _| Ok([queue.wait_probability()]),
        ),
    )
}

/// Measures that hang on the four numbers of a system alone.
macro_rules! of_system {
    ($($name:ident)+) => {$(
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
                each_queue(
                    |[agents, load, aht, patience]| System::new(agents, load, aht, patience),
                    |queue, _| Ok([queue.$name()]),
                ),
            )
        }
    )+};
}

of_system! {
    wait_probability
    abandonment
    asa
    mean_wait
    mean_wait_abandoned
    queue_length
    occupancy
}

#[pyfunction]
pub(crate) fn service_level<'py>(
    py: Python<'py>,
    definition: &str,
    columns: [Column<'py>; 5],
    options: Options<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [agents, load, aht, threshold, patience] = columns;
    let definition: Definition = named(py, definition)?;
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
        each_queue(
            |[agents, load, aht, _, patience]| System::new(agents, load, aht, patience),
            move |queue, [.., threshold, _]| {
                Ok([queue.service_level(threshold, definition).value()])
            },
        ),
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
        each_queue(
            |[agents, load, aht, _, patience]| System::new(agents, load, aht, patience),
            |queue, [.., after, _]| Ok([queue.wait_survival(after)]),
        ),
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
        each_queue(
            |[agents, load, aht, _, patience]| System::new(agents, load, aht, patience),
            |queue, [.., quantile, _]| Ok([queue.wait_quantile(quantile)?]),
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
            |[agents, load, aht, _, patience]| System::new(agents, load, aht, patience),
            |queue, [.., hold_time, _]| Ok([queue.trunk_load(hold_time)]),
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
    let definition: Definition = named(py, definition)?;
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
        each_queue(
            |[agents, load, aht, _, patience]| System::new(agents, load, aht, patience),
            move |queue, [.., threshold, _]| Ok(queue.measures(threshold, definition)),
        ),
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
    let definition: Definition = named(py, definition)?;
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
            |[agents, calls, aht, interval, _, patience, _]| {
                System::offered(agents, calls, aht, interval, patience)
            },
            move |queue, [.., threshold, _, hold_time]| {
                let [a, b, c, d, e, f, g, h, i] = queue.measures(threshold, definition);
                Ok([a, b, c, d, e, f, g, h, i, queue.trunk_load(hold_time)])
            },
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
    elementwise(
        py,
        [(&AGENTS, agents), (&LOAD, load), (&AHT, aht), (&PATIENCE, patience), (&REDIAL, redial)],
        options,
        each_cell(|[agents, load, aht, patience, redial]| {
            Ok([with_redials(&System::new(agents, load, aht, patience), redial)?])
        }),
    )
}
