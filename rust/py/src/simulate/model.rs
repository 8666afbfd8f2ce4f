//! Models as the Python layer sends them: dicts with the names of the core's fields.

use callstats_core::Error;
use callstats_core::simulate as core;
use callstats_core::simulate::AgentChoice;
use callstats_core::staffing::ShiftEnd;
use pyo3::prelude::*;

use crate::convert::Choice;

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Model {
    types: Vec<CallType>,
    groups: Vec<Group>,
    lines: u32,
    queue_limit: u32,
    agent_choice: Choice<AgentChoice>,
    callback: Option<Callback>,
    day_cv: f64,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct CallType {
    arrivals: Arrivals,
    patience: Distribution,
    threshold: f64,
    queue_limit: u32,
    routes: Vec<Route>,
    forward: Vec<(f64, usize)>,
    recall: Option<(Vec<(f64, usize)>, Distribution)>,
    retry: Option<Retry>,
    costs: [f64; 2],
}

/// Periods of (start, rate, talk scale), with the deviation of a total, or instants.
#[derive(FromPyObject)]
enum Arrivals {
    Poisson(Vec<(f64, f64, f64)>),
    Total(Vec<(f64, f64, f64)>, f64),
    Times(Vec<f64>),
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Route {
    group: usize,
    after: f64,
    priority: [f64; 2],
    growth: f64,
    weight: f64,
    talk: Distribution,
    acw: Distribution,
    score: f64,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Group {
    staffing: Vec<(f64, u32)>,
    concurrency: u32,
    speeds: Vec<f64>,
    shift_end: Choice<ShiftEnd>,
    pause: Distribution,
    ring: Distribution,
    cost: f64,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Retry {
    blocked: [f64; 2],
    abandoned: [f64; 2],
    to: Vec<(f64, usize)>,
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
            groups: all(model.groups)?,
            lines: model.lines,
            queue_limit: model.queue_limit,
            agent_choice: model.agent_choice.0,
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
            threshold: kind.threshold,
            queue_limit: kind.queue_limit,
            routes: all(kind.routes)?,
            forward: core::Targets(kind.forward),
            recall: match kind.recall {
                Some((to, delay)) => Some((core::Targets(to), delay.try_into()?)),
                None => None,
            },
            retry: kind.retry.map(core::Retry::try_from).transpose()?,
            costs: kind.costs,
        })
    }
}

impl From<Arrivals> for core::Arrivals {
    fn from(arrivals: Arrivals) -> Self {
        let period = |(start, rate, talk_scale)| core::Period { start, rate, talk_scale };
        match arrivals {
            Arrivals::Poisson(periods) => Self::Poisson(periods.into_iter().map(period).collect()),
            Arrivals::Total(periods, sd) => {
                Self::Total(periods.into_iter().map(period).collect(), sd)
            }
            Arrivals::Times(instants) => Self::Times(instants),
        }
    }
}

impl TryFrom<Route> for core::Route {
    type Error = Error;

    fn try_from(route: Route) -> Result<Self, Error> {
        Ok(Self {
            group: route.group,
            after: route.after,
            priority: route.priority,
            growth: route.growth,
            weight: route.weight,
            talk: route.talk.try_into()?,
            acw: route.acw.try_into()?,
            score: route.score,
        })
    }
}

impl TryFrom<Group> for core::Group {
    type Error = Error;

    fn try_from(group: Group) -> Result<Self, Error> {
        Ok(Self {
            staffing: group.staffing,
            concurrency: group.concurrency,
            speeds: group.speeds,
            shift_end: group.shift_end.0,
            pause: group.pause.try_into()?,
            ring: group.ring.try_into()?,
            cost: group.cost,
        })
    }
}

impl TryFrom<Retry> for core::Retry {
    type Error = Error;

    fn try_from(retry: Retry) -> Result<Self, Error> {
        let Retry { blocked, abandoned, to, delay, attempts } = retry;
        Ok(Self { blocked, abandoned, to: core::Targets(to), delay: delay.try_into()?, attempts })
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
