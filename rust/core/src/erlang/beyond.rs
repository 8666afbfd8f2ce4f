//! Queues beyond Erlang A: limited lines, patience as measured, chats, jobs of a backlog, uncertain loads.
//!
//! A system is its servers, the states in which an arriving call is served at once, and its queue, the
//! states in which none is; either may be of any kind. Where nothing goes beyond Erlang A, the answer is
//! that of [`Queue`].

mod finite;
mod general;
mod hazard;
mod jobs;
mod levels;
mod load;
mod measures;
mod outcome;
mod retries;
mod servers;
mod sums;

pub use hazard::PatienceHazard;
pub use jobs::BlendedJobs;
pub use load::Average;
pub use measures::{WideFigures, WideMeasure};
pub use outcome::CallOutcome;
pub use retries::{DelayedRedials, Redial, load_with_retries};

use finite::FiniteQueue;
use general::GeneralQueue;
use load::each_load;
use servers::Servers;
use sums::QueueSums;

use super::loss::blocking;
use super::queue::Queue;
use super::system::System;
use crate::error::Result;

/// Places up to here are walked one by one; more are integrated over.
const FEW_PLACES: f64 = 3000.0;
/// A load so small that only limits are left: what a lone caller meets.
const LONE: f64 = 1e-100;

/// What all cells of a call share.
#[derive(Debug, Clone, PartialEq)]
pub struct WideModel {
    /// Patience in place of its mean.
    pub hazard: Option<PatienceHazard>,
    /// Mean handle times with one, two, … contacts at a time, relative to the first; empty for calls.
    pub slowdown: Vec<f64>,
    /// What an average over loads counts alike.
    pub average: Average,
}

impl WideModel {
    /// Whether agents must be whole.
    pub fn needs_whole_agents(&self) -> bool {
        !self.slowdown.is_empty()
    }
}

/// A system and what goes beyond Erlang A in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WideSystem {
    /// Agents, load, times; the patience is not used where the model has a hazard.
    pub system: System,
    /// Lines that waiting and served callers share; infinite without end.
    pub lines: f64,
    /// Agents kept free of jobs from a backlog; infinite where there is none.
    pub reserved: f64,
    /// Coefficient of variation of the load.
    pub load_cv: f64,
}

/// Which waits are wanted besides those of all calls: each costs as much as all else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WantedWaits {
    /// Of those answered.
    pub served: bool,
    /// Of those who hang up.
    pub lost: bool,
}

impl WideSystem {
    /// Lines without end, no backlog, and a load that is known.
    pub fn of(system: System) -> Self {
        Self { system, lines: f64::INFINITY, reserved: f64::INFINITY, load_cv: 0.0 }
    }

    /// The same with other agents.
    #[must_use]
    pub fn with_agents(self, agents: f64) -> Self {
        Self { system: self.system.with_agents(agents), ..self }
    }

    /// The same with another load.
    #[must_use]
    pub fn with_load(self, load: f64) -> Self {
        Self { system: self.system.with_load(load), ..self }
    }

    /// Measures of the outcome by `time` seconds after arrival, averaged over the load as the model says.
    ///
    /// # Errors
    /// [`crate::Error::NotConverged`]
    pub fn measure<const M: usize>(
        &self,
        model: &WideModel,
        time: f64,
        waits: WantedWaits,
        measure: impl Fn(&CallOutcome) -> [f64; M],
    ) -> Result<[f64; M]> {
        if self.load_cv == 0.0 || self.system.load == 0.0 {
            return Ok(measure(&self.outcome(model, time, waits)?));
        }
        let known = Self { load_cv: 0.0, ..*self };
        let at = |share: f64| known.with_load(share * self.system.load).outcome(model, time, waits);
        let kink = self.unstable_from(model) / self.system.load;
        each_load(self.load_cv, self.system.load, kink, model.average, at, measure)
    }

    /// The least load at which the queue grows without end.
    fn unstable_from(&self, model: &WideModel) -> f64 {
        let endless = match &model.hazard {
            Some(hazard) => hazard.endless(),
            None if self.system.patience == f64::INFINITY => 1.0,
            None => 0.0,
        };
        let capacity = match model.slowdown.as_slice() {
            [] => self.system.agents,
            [.., last] => self.system.agents * model.slowdown.len() as f64 / last,
        };
        if self.lines == f64::INFINITY { capacity / endless } else { f64::INFINITY }
    }

    /// The outcome at the load as it is.
    ///
    /// # Errors
    /// [`crate::Error::NotConverged`]
    pub fn outcome(&self, model: &WideModel, time: f64, waits: WantedWaits) -> Result<CallOutcome> {
        let System { agents, load, aht, .. } = self.system;
        let blended = self.reserved < f64::INFINITY;
        if load == 0.0 {
            if blended && agents > 0.0 {
                return self.with_load(LONE).outcome(model, time, waits);
            }
            return Ok(CallOutcome::idle(agents, self.lines == 0.0));
        }
        let places = self.places(model);
        let servers = self.servers(model, places);
        let mut outcome = if agents == 0.0 && places > 0.0 {
            self.nobody(model, time)
        } else if self.lines == 0.0 {
            // Nobody gets in, and whoever there is is idle.
            CallOutcome { occupancy: 0.0, ..self.of_sums(&servers, &QueueSums::NO_PLACES) }
        } else if places <= 0.0 {
            self.of_sums(&servers, &QueueSums::NO_PLACES)
        } else if model.hazard.is_none() && places == f64::INFINITY {
            self.endless(&servers, time, waits)
        } else {
            let sums = self.queue(model, &servers, places, time)?;
            match sums {
                Some(sums) => self.of_sums(&servers, &sums),
                None => CallOutcome::unstable(agents, load / aht),
            }
        };
        if blended {
            let first = if self.reserved > 0.0 && servers.below > 0.0 {
                outcome.immediate * (servers.first / servers.below)
            } else {
                outcome.alone
            };
            outcome.jobs = (agents - self.reserved).max(0.0) / aht * first;
        }
        Ok(outcome)
    }

    /// Callers who can wait; <= 0 where all lines are served.
    fn places(&self, model: &WideModel) -> f64 {
        let served = self.system.agents * model.slowdown.len().max(1) as f64;
        self.lines - served
    }

    fn servers(&self, model: &WideModel, places: f64) -> Servers {
        let system = &self.system;
        let System { agents, load, .. } = *system;
        if agents > 0.0 && !model.slowdown.is_empty() {
            return Servers::chats(agents, load, &model.slowdown, self.lines);
        }
        if self.reserved < agents {
            return Servers::blended(agents, load, self.reserved);
        }
        if places < 0.0 {
            let spare = (self.lines - load) - system.load_low;
            return Servers::voice(self.lines, load, spare);
        }
        Servers::voice(agents, load, system.spare())
    }

    fn of_sums(&self, servers: &Servers, sums: &QueueSums) -> CallOutcome {
        let System { agents, load, aht, .. } = self.system;
        CallOutcome::of_sums(servers, sums, (agents, load, load / aht))
    }

    /// Exponential patience, or none, and places without end: Erlang B, C and A behind other servers.
    fn endless(&self, servers: &Servers, time: f64, waits: WantedWaits) -> CallOutcome {
        let System { agents, load, aht, .. } = self.system;
        let upper = servers.below / servers.full;
        let queue = Queue::with_upper(&self.system.with_agents(servers.capacity), upper);
        let within = queue.within(time);
        let within = if waits.served { within.with_waits() } else { within };
        let mut outcome = CallOutcome::of_queue(&within, agents, (load, load / aht), waits.lost);
        outcome.count_service(servers, agents);
        outcome
    }

    /// The queue of a system whose agents serve somebody; None where it grows without end.
    fn queue(
        &self,
        model: &WideModel,
        servers: &Servers,
        places: f64,
        time: f64,
    ) -> Result<Option<QueueSums>> {
        let System { load, aht, patience, .. } = self.system;
        let capacity = servers.capacity;
        let whole = places.fract() == 0.0 && places <= FEW_PLACES;
        let constant;
        let hazard = match &model.hazard {
            Some(hazard) => hazard,
            None if patience == 0.0 => return Ok(Some(gone_at_once(capacity / aht, time))),
            None if whole => {
                let queue = FiniteQueue {
                    load,
                    capacity,
                    leaving: aht / patience,
                    places: places as u32,
                    threshold: time / aht,
                    aht,
                };
                return Ok(Some(queue.sums()));
            }
            None => {
                constant = PatienceHazard::constant(1.0 / patience);
                &constant
            }
        };
        let system = self.system.with_agents(capacity);
        let queue = GeneralQueue {
            hazard,
            arrivals: load / aht,
            capacity: capacity / aht,
            spare: system.spare() / aht,
            places,
            threshold: time,
        };
        if queue.is_unstable() { Ok(None) } else { queue.sums().map(Some) }
    }

    /// Nobody serves: all who find a line hang up in the end.
    fn nobody(&self, model: &WideModel, time: f64) -> CallOutcome {
        let System { load, aht, patience, .. } = self.system;
        let arrivals = load / aht;
        let (mean, left) = match &model.hazard {
            Some(hazard) => (hazard.mean(), hazard.survival(time)),
            None if patience == 0.0 => (0.0, 0.0),
            None => (patience, (-time / patience).exp()),
        };
        if mean == f64::INFINITY {
            if self.lines == f64::INFINITY {
                return CallOutcome::unstable(0.0, arrivals);
            }
            return CallOutcome::filled(self.lines, arrivals);
        }
        let blocked =
            if self.lines < f64::INFINITY { blocking(self.lines, arrivals * mean) } else { 0.0 };
        CallOutcome::nobody_serves(blocked, mean, left, arrivals)
    }
}

/// Callers without patience, a line for each: who finds nobody free hangs up at once.
fn gone_at_once(capacity: f64, time: f64) -> QueueSums {
    QueueSums {
        lost: 1.0,
        full: 0.0,
        virtual_in_time: -(-capacity * time).exp_m1(),
        virtual_late: (-capacity * time).exp(),
        left: 0.0,
        gone: 1.0,
        ..QueueSums::NO_PLACES
    }
}
