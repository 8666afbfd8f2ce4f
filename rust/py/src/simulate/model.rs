//! Models as the Python layer sends them: dicts with the names of the core's fields.

use callstats_core::Error;
use callstats_core::simulate as core;
use callstats_core::staffing::ShiftEnd;
use pyo3::prelude::*;

use crate::convert::Choice;

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Model {
    types: Vec<CallType>,
    groups: Vec<Group>,
    lines: u32,
    retry: Option<Retry>,
    callback: Option<Callback>,
    day_cv: f64,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct CallType {
    arrivals: Arrivals,
    patience: Distribution,
    acw: Distribution,
    threshold: f64,
    queue_limit: u32,
    routes: Vec<Route>,
    pass_up: Option<(f64, usize)>,
}

/// Periods of (start, rate, talk scale), or instants.
#[derive(FromPyObject)]
enum Arrivals {
    Poisson(Vec<(f64, f64, f64)>),
    Times(Vec<f64>),
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Route {
    group: usize,
    after: f64,
    priority: f64,
    weight: f64,
    talk: Distribution,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Group {
    staffing: Vec<(f64, u32)>,
    concurrency: u32,
    speeds: Vec<f64>,
    shift_end: Choice<ShiftEnd>,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Retry {
    blocked: f64,
    abandoned: f64,
    delay: Distribution,
    attempts: u32,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Callback {
    after: f64,
    waiting: u32,
    probability: f64,
    delay: Option<Distribution>,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Distribution {
    name: String,
    parameters: Vec<f64>,
    values: Vec<f64>,
    parts: Vec<Distribution>,
}

/// Every item of a list converted, or the first error.
fn all<T, U: TryFrom<T, Error = Error>>(items: Vec<T>) -> Result<Vec<U>, Error> {
    items.into_iter().map(U::try_from).collect()
}

impl TryFrom<Model> for core::Model {
    type Error = Error;

    fn try_from(model: Model) -> Result<Self, Error> {
        Ok(Self {
            types: all(model.types)?,
            groups: model.groups.into_iter().map(core::Group::from).collect(),
            lines: model.lines,
            retry: model.retry.map(core::Retry::try_from).transpose()?,
            callback: model.callback.map(core::Callback::try_from).transpose()?,
            day_cv: model.day_cv,
        })
    }
}

impl TryFrom<CallType> for core::CallType {
    type Error = Error;

    fn try_from(kind: CallType) -> Result<Self, Error> {
        Ok(Self {
            arrivals: kind.arrivals.into(),
            patience: kind.patience.try_into()?,
            acw: kind.acw.try_into()?,
            threshold: kind.threshold,
            queue_limit: kind.queue_limit,
            routes: all(kind.routes)?,
            pass_up: kind.pass_up,
        })
    }
}

impl From<Arrivals> for core::Arrivals {
    fn from(arrivals: Arrivals) -> Self {
        let period = |(start, rate, talk_scale)| core::Period { start, rate, talk_scale };
        match arrivals {
            Arrivals::Poisson(periods) => Self::Poisson(periods.into_iter().map(period).collect()),
            Arrivals::Times(instants) => Self::Times(instants),
        }
    }
}

impl TryFrom<Route> for core::Route {
    type Error = Error;

    fn try_from(Route { group, after, priority, weight, talk }: Route) -> Result<Self, Error> {
        Ok(Self { group, after, priority, weight, talk: talk.try_into()? })
    }
}

impl From<Group> for core::Group {
    fn from(Group { staffing, concurrency, speeds, shift_end }: Group) -> Self {
        Self { staffing, concurrency, speeds, shift_end: shift_end.0 }
    }
}

impl TryFrom<Retry> for core::Retry {
    type Error = Error;

    fn try_from(Retry { blocked, abandoned, delay, attempts }: Retry) -> Result<Self, Error> {
        Ok(Self { blocked, abandoned, delay: delay.try_into()?, attempts })
    }
}

impl TryFrom<Callback> for core::Callback {
    type Error = Error;

    fn try_from(callback: Callback) -> Result<Self, Error> {
        let Callback { after, waiting, probability, delay } = callback;
        let delay = delay.map(core::Distribution::try_from).transpose()?;
        Ok(Self { after, waiting, probability, delay })
    }
}

impl TryFrom<Distribution> for core::Distribution {
    type Error = Error;

    fn try_from(distribution: Distribution) -> Result<Self, Error> {
        let Distribution { name, parameters, values, parts } = distribution;
        Self::named(&name, parameters, values, all(parts)?)
    }
}
