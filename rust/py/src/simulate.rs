//! Simulation. A model comes in as nested tuples that the Python layer has checked.

use callstats_core::simulate::{
    self, Arrivals, CallType, Callback, Distribution, Estimate, Group, Model, Period, Retry, Route,
    Row, fit,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{convert, named};
use crate::run::released;

/// Name, parameters, values, parts.
#[derive(FromPyObject)]
pub(crate) struct Times(String, Vec<f64>, Vec<f64>, Vec<Times>);

/// Group, after, priority, weight, talk.
#[derive(FromPyObject)]
pub(crate) struct Way(usize, f64, f64, f64, Times);

/// Pieces of (start, rate, talk scale), or instants.
#[derive(FromPyObject)]
pub(crate) enum Stream {
    Poisson(Vec<(f64, f64, f64)>),
    Times(Vec<f64>),
}

/// Arrivals, patience, after-call work, threshold, queue limit, routes, pass-up.
#[derive(FromPyObject)]
pub(crate) struct Kind(Stream, Times, Times, f64, u32, Vec<Way>, Option<(f64, usize)>);

/// Staffing, concurrency, speeds, shift end.
#[derive(FromPyObject)]
pub(crate) struct Team(Vec<(f64, u32)>, u32, Vec<f64>, String);

/// Types, groups, lines, retry (blocked, abandoned, delay, attempts), call-back (after, waiting,
/// probability, delay), variation of the day.
#[derive(FromPyObject)]
pub(crate) struct Centre(
    Vec<Kind>,
    Vec<Team>,
    u32,
    Option<(f64, f64, Times, u32)>,
    Option<(f64, u32, f64, Option<Times>)>,
    f64,
);

fn times(py: Python<'_>, Times(name, parameters, values, parts): Times) -> PyResult<Distribution> {
    let parts = parts.into_iter().map(|part| times(py, part)).collect::<PyResult<_>>()?;
    Distribution::named(&name, parameters, values, parts).map_err(|failure| convert(py, &failure))
}

fn kind(py: Python<'_>, kind: Kind) -> PyResult<CallType> {
    let Kind(stream, patience, acw, threshold, queue_limit, ways, pass_up) = kind;
    let piece = |(start, rate, talk_scale)| Period { start, rate, talk_scale };
    let route = |Way(group, after, priority, weight, talk)| {
        Ok(Route { group, after, priority, weight, talk: times(py, talk)? })
    };
    Ok(CallType {
        arrivals: match stream {
            Stream::Poisson(pieces) => Arrivals::Poisson(pieces.into_iter().map(piece).collect()),
            Stream::Times(instants) => Arrivals::Times(instants),
        },
        patience: times(py, patience)?,
        acw: times(py, acw)?,
        threshold,
        queue_limit,
        routes: ways.into_iter().map(route).collect::<PyResult<_>>()?,
        pass_up,
    })
}

fn team(py: Python<'_>, Team(staffing, concurrency, speeds, rule): Team) -> PyResult<Group> {
    Ok(Group { staffing, concurrency, speeds, shift_end: named(py, &rule)? })
}

fn model(py: Python<'_>, centre: Centre) -> PyResult<Model> {
    let Centre(kinds, teams, lines, retry, callback, day_cv) = centre;
    let retry = retry.map(|(blocked, abandoned, delay, attempts)| {
        Ok::<_, PyErr>(Retry { blocked, abandoned, delay: times(py, delay)?, attempts })
    });
    let callback = callback.map(|(after, waiting, probability, delay)| {
        let delay = delay.map(|delay| times(py, delay)).transpose()?;
        Ok::<_, PyErr>(Callback { after, waiting, probability, delay })
    });
    Ok(Model {
        types: kinds.into_iter().map(|each| kind(py, each)).collect::<PyResult<_>>()?,
        groups: teams.into_iter().map(|each| team(py, each)).collect::<PyResult<_>>()?,
        lines,
        retry: retry.transpose()?,
        callback: callback.transpose()?,
        day_cv,
    })
}

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
        models: Vec<Centre>,
        edges: Vec<f64>,
        seed: u64,
        traced: u64,
        waits: bool,
    ) -> PyResult<Self> {
        let models = models.into_iter().map(|each| model(py, each)).collect::<PyResult<_>>()?;
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
        let whole = |of: fn(&Row) -> i64| rows.iter().map(of).collect::<Vec<_>>().into_pyarray(py);
        let number = |of: fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<_>>().into_pyarray(py);
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
    family: &str,
    values: PyReadonlyArray1<'_, f64>,
    censored: PyReadonlyArray1<'_, bool>,
) -> PyResult<(f64, f64, f64)> {
    let family: fit::Family = named(py, family)?;
    let (values, censored) = (values.as_slice()?, censored.as_slice()?);
    let ([first, second], likelihood) = released(py, None, |_| fit::fit(family, values, censored))?;
    Ok((first, second, likelihood))
}
