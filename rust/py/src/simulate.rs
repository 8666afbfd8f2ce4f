//! Simulation. The Python layer has checked every model.

use callstats_core::simulate::{self, Estimate, QueueEntry, fit};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::Name;
use crate::error::{convert, named};
use crate::run::released;

mod model;

use model::Model;

/// Mean, standard error, low and high, one after another.
fn flat(py: Python<'_>, estimates: Vec<Estimate>) -> Bound<'_, PyArray1<f64>> {
    let four = |e: Estimate| [e.mean, e.error, e.low, e.high];
    estimates.into_iter().flat_map(four).collect::<Vec<_>>().into_pyarray(py)
}

/// Models under one seed, and what was added up so far.
#[pyclass]
pub(crate) struct Simulation(simulate::Simulation);

#[pymethods]
impl Simulation {
    #[new]
    fn new(
        py: Python<'_>,
        models: Vec<Model>,
        edges: Vec<f64>,
        seed: u64,
        traced: u64,
        waits: bool,
    ) -> PyResult<Self> {
        let models = models.into_iter().map(simulate::Model::try_from).collect::<Result<_, _>>();
        let models = models.map_err(|failure| convert(py, &failure))?;
        Ok(Self(simulate::Simulation::new(models, edges, seed, traced, waits)))
    }

    /// Runs more replications.
    fn run(&mut self, py: Python<'_>, count: u64, threads: Option<usize>) -> PyResult<()> {
        let simulation = &mut self.0;
        released(py, threads, |run| simulation.run(count, run))
    }

    /// Replications done.
    #[getter]
    fn done(&self) -> u64 {
        self.0.done()
    }

    /// Names of the measures of types and of groups.
    #[staticmethod]
    fn measures() -> (Vec<&'static str>, Vec<&'static str>) {
        simulate::Simulation::measures()
    }

    fn of_types<'py>(
        &self,
        py: Python<'py>,
        model: usize,
        confidence: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let found = self.0.of_types(model, confidence);
        found.map(|all| flat(py, all)).map_err(|failure| convert(py, &failure))
    }

    fn of_groups<'py>(
        &self,
        py: Python<'py>,
        model: usize,
        confidence: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let found = self.0.of_groups(model, confidence);
        found.map(|all| flat(py, all)).map_err(|failure| convert(py, &failure))
    }

    /// Measures of a model less those of the first: of types, and of all agents together.
    #[allow(clippy::type_complexity)]
    fn differences<'py>(
        &self,
        py: Python<'py>,
        other: usize,
        confidence: f64,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
        let found = self.0.differences(other, confidence);
        let (types, groups) = found.map_err(|failure| convert(py, &failure))?;
        Ok((flat(py, types), flat(py, groups)))
    }

    fn wait_quantile(
        &self,
        py: Python<'_>,
        kind: usize,
        answered: bool,
        share: f64,
        confidence: f64,
    ) -> PyResult<[f64; 3]> {
        let found = self.0.wait_quantile(kind, answered, share, confidence);
        found.map_err(|failure| convert(py, &failure))
    }

    /// The log, column by column.
    fn log<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows = self.0.log();
        let whole =
            |of: fn(&QueueEntry) -> i64| rows.iter().map(of).collect::<Vec<_>>().into_pyarray(py);
        let number =
            |of: fn(&QueueEntry) -> f64| rows.iter().map(of).collect::<Vec<_>>().into_pyarray(py);
        let columns = PyDict::new(py);
        columns.set_item("replication", whole(|row| i64::from(row.replication)))?;
        columns.set_item("contact", whole(|row| row.contact.cast_signed()))?;
        columns.set_item("kind", whole(|row| i64::from(row.kind)))?;
        columns.set_item("turn", whole(|row| i64::from(row.turn)))?;
        columns.set_item("group", whole(|row| i64::from(row.group)))?;
        columns.set_item("agent", whole(|row| i64::from(row.agent)))?;
        columns.set_item("outcome", whole(|row| i64::from(row.outcome)))?;
        columns.set_item("transferred", whole(|row| i64::from(row.transferred)))?;
        columns.set_item("arrival", number(|row| row.arrival))?;
        columns.set_item("wait", number(|row| row.wait))?;
        columns.set_item("answer", number(|row| row.answer))?;
        columns.set_item("end", number(|row| row.end))?;
        columns.set_item("talk", number(|row| row.talk))?;
        columns.set_item("acw", number(|row| row.acw))?;
        Ok(columns)
    }
}

/// Both parameters of the likeliest distribution of a family, and the logarithm of its likelihood.
#[pyfunction]
pub(crate) fn fit_times(
    py: Python<'_>,
    family: Name,
    values: PyReadonlyArray1<'_, f64>,
    censored: PyReadonlyArray1<'_, bool>,
) -> PyResult<(f64, f64, f64)> {
    let family: fit::Family = named(py, &family)?;
    let (values, censored) = (values.as_slice()?, censored.as_slice()?);
    let ([first, second], likelihood) =
        released(py, None, |run| fit::fit(family, values, censored, run))?;
    Ok((first, second, likelihood))
}
