//! The measures of a queue, whichever of the three models it is.

use std::str::FromStr;

use super::delay::Delay;
use super::impatient::Impatient;
use super::share::Share;
use super::system::System;
use crate::error::{Error, Result};
use crate::numeric::exponential::exp_and_exp_m1;
use crate::numeric::gamma_tails::upper;

/// What service level counts. Abandoned calls come in one way each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// Answered within the threshold / offered.
    Offered,
    /// Answered within the threshold / answered.
    Answered,
    /// Answered within the threshold / (offered - abandoned within it).
    ExcludeAbandonedWithin,
    /// (Answered or abandoned within the threshold) / offered.
    CountAbandonedWithin,
    /// P(an infinitely patient caller's wait <= threshold).
    Virtual,
}

impl FromStr for Definition {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "offered" => Ok(Self::Offered),
            "answered" => Ok(Self::Answered),
            "exclude_abandoned_within" => Ok(Self::ExcludeAbandonedWithin),
            "count_abandoned_within" => Ok(Self::CountAbandonedWithin),
            "virtual" => Ok(Self::Virtual),
            _ => Err(Error::Usage(format!(
                "definition must be 'offered', 'answered', 'exclude_abandoned_within', 'count_abandoned_within' or 'virtual'; got '{name}'"
            ))),
        }
    }
}

/// Calls a patience long, handled or arriving, beyond which nobody hangs up, and below the reciprocal
/// of which nobody waits: the squares that Erlang A needs leave binary64 there.
const ENDLESS: f64 = 1e150;

#[derive(Debug, Clone, Copy)]
enum Model {
    /// No load: what a lone caller meets.
    Idle,
    /// Load, but no agents.
    Deserted,
    /// Erlang B: the share blocked, and the share served.
    Loss(Share),
    /// Erlang C with enough agents.
    Delay(Delay),
    /// Erlang C without.
    Unstable,
    /// Erlang A.
    Impatient(Impatient),
}

/// A queue in its steady state, ready to be asked.
///
/// Domain: agents >= 0, load >= 0, handle time > 0, patience >= 0, infinite for nobody hanging up.
/// Accuracy: 1e-12 relative plus what rounding the inputs would cost, against the reference table.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    system: System,
    model: Model,
}

impl Queue {
    /// The steady state of `system`.
    pub fn new(system: &System) -> Self {
        Self::from_upper(system, || upper(system.agents, system.load, system.spare()))
    }

    /// The steady state of `system`, whose 1/B - 1 is what `upper` gives.
    pub(super) fn from_upper(system: &System, upper: impl FnOnce() -> f64) -> Self {
        let System { agents, load, aht, patience, .. } = *system;
        let spare = system.spare();
        let turns = patience / aht;
        let endless = agents.max(load) * turns >= ENDLESS;
        let model = if load == 0.0 {
            Model::Idle
        } else if endless && (spare <= 0.0 || agents == 0.0) {
            Model::Unstable
        } else if agents == 0.0 {
            Model::Deserted
        } else if endless {
            Model::Delay(Delay::new(agents, spare, upper(), aht))
        } else if agents.max(load) * turns < 1.0 / ENDLESS {
            let odds = upper();
            Model::Loss(Share { hit: 1.0 / (1.0 + odds), miss: 1.0 / (1.0 + 1.0 / odds) })
        } else {
            Model::Impatient(Impatient::new(agents, load, spare, aht, patience, upper()))
        };
        Self { system: *system, model }
    }

    /// Whether the queue grows without end.
    pub fn is_unstable(&self) -> bool {
        matches!(self.model, Model::Unstable)
    }

    /// P(all agents are busy when a call arrives), and its complement.
    pub fn wait(&self) -> Share {
        match &self.model {
            Model::Idle => Share::NONE,
            Model::Deserted | Model::Unstable => Share::ALL,
            Model::Loss(blocked) => *blocked,
            Model::Delay(queue) => queue.wait,
            Model::Impatient(queue) => queue.wait(),
        }
    }

    /// P(all agents are busy when a call arrives).
    pub fn wait_probability(&self) -> f64 {
        self.wait().value()
    }

    /// Share answered within `threshold` seconds, by `definition`.
    pub fn service_level(&self, threshold: f64, definition: Definition) -> Share {
        match &self.model {
            Model::Idle => Share::ALL,
            Model::Unstable => Share::NONE,
            Model::Deserted => self.deserted_within(threshold, definition),
            Model::Loss(blocked) => match definition {
                Definition::Offered => blocked.other(),
                Definition::Answered
                | Definition::ExcludeAbandonedWithin
                | Definition::CountAbandonedWithin => Share::ALL,
                // Nobody queues, so an endlessly patient caller waits for the first agent to be free.
                Definition::Virtual => {
                    let exponent = self.system.agents * threshold / self.system.aht;
                    let (late, late_less_one) = exp_and_exp_m1(-exponent);
                    Share {
                        hit: blocked.miss - blocked.hit * late_less_one,
                        miss: blocked.hit * late,
                    }
                }
            },
            Model::Delay(queue) => queue.within(threshold),
            Model::Impatient(queue) => match definition {
                Definition::Offered => queue.answered_within(threshold),
                Definition::Answered => queue.answered_within_of_answered(threshold),
                Definition::Virtual => queue.virtual_within(threshold),
                Definition::CountAbandonedWithin => queue.gone_within(threshold),
                // Offered less abandoned within = answered within + still waiting at the threshold.
                Definition::ExcludeAbandonedWithin => {
                    let answered = queue.answered_within(threshold).hit;
                    let waiting = queue.gone_within(threshold).miss;
                    let all = answered + waiting;
                    Share { hit: answered / all, miss: waiting / all }
                }
            },
        }
    }

    /// Service level where there is nobody to answer and callers hang up.
    fn deserted_within(&self, threshold: f64, definition: Definition) -> Share {
        let patience = self.system.patience;
        // 0/0 at a threshold and a patience of 0: who does not wait at all is gone at once.
        let left = if patience > 0.0 { (-threshold / patience).exp() } else { 0.0 };
        match definition {
            Definition::Offered | Definition::Virtual => Share::NONE,
            Definition::CountAbandonedWithin => Share { hit: 1.0 - left, miss: left },
            Definition::ExcludeAbandonedWithin if left > 0.0 => Share::NONE,
            Definition::Answered | Definition::ExcludeAbandonedWithin => Share::MISSING,
        }
    }

    /// Share of offered calls that are served in the end; the rest hang up.
    fn served(&self) -> Share {
        match &self.model {
            Model::Idle | Model::Unstable | Model::Delay(_) => Share::ALL,
            Model::Deserted => Share::NONE,
            Model::Loss(blocked) => blocked.other(),
            Model::Impatient(queue) => queue.served(),
        }
    }

    /// Share of offered calls that hang up.
    pub fn abandonment(&self) -> f64 {
        self.served().other().value()
    }

    /// Mean wait in seconds of answered calls; missing where none is.
    pub fn asa(&self) -> f64 {
        match &self.model {
            Model::Deserted => f64::NAN,
            Model::Impatient(queue) => queue.mean_wait_served(),
            _ => self.mean_wait(),
        }
    }

    /// Mean wait in seconds of all calls.
    pub fn mean_wait(&self) -> f64 {
        match &self.model {
            Model::Idle | Model::Loss(_) => 0.0,
            Model::Deserted => self.system.patience,
            Model::Unstable => f64::INFINITY,
            Model::Delay(queue) => queue.mean_wait(),
            Model::Impatient(queue) => queue.mean_wait(),
        }
    }

    /// Mean wait in seconds of those who hang up; missing where nobody does.
    pub fn mean_wait_abandoned(&self) -> f64 {
        match &self.model {
            Model::Idle | Model::Unstable | Model::Delay(_) => f64::NAN,
            Model::Deserted => self.system.patience,
            Model::Loss(_) => 0.0,
            Model::Impatient(queue) => queue.mean_wait_lost(),
        }
    }

    /// Calls per second.
    fn rate(&self) -> f64 {
        self.system.load / self.system.aht
    }

    /// Mean number waiting.
    pub fn queue_length(&self) -> f64 {
        match &self.model {
            Model::Idle => 0.0,
            _ => self.rate() * self.mean_wait(),
        }
    }

    /// Busy share of the agents; missing where there are none.
    pub fn occupancy(&self) -> f64 {
        let System { agents, load, .. } = self.system;
        if agents == 0.0 {
            return f64::NAN;
        }
        match &self.model {
            Model::Unstable => 1.0,
            // In overload the quotient may pass 1 by the last digit.
            _ => (load * self.served().value() / agents).min(1.0),
        }
    }

    /// P(still waiting `after` seconds after arriving).
    pub fn wait_survival(&self, after: f64) -> f64 {
        match &self.model {
            Model::Idle | Model::Loss(_) => 0.0,
            Model::Unstable => 1.0,
            Model::Deserted if self.system.patience == 0.0 => 0.0,
            Model::Deserted => (-after / self.system.patience).exp(),
            Model::Delay(queue) => queue.within(after).other().value(),
            Model::Impatient(queue) => queue.gone_within(after).other().value(),
        }
    }

    /// The smallest q in seconds with P(wait <= q) >= `quantile`.
    ///
    /// # Errors
    /// [`crate::Error::NotConverged`]
    pub fn wait_quantile(&self, quantile: f64) -> Result<f64> {
        let beyond = 1.0 - quantile;
        if self.wait().hit <= beyond {
            return Ok(0.0);
        }
        Ok(match &self.model {
            Model::Idle | Model::Loss(_) => 0.0,
            Model::Unstable => f64::INFINITY,
            Model::Deserted => -self.system.patience * beyond.ln(),
            _ if beyond == 0.0 => f64::INFINITY,
            Model::Delay(queue) => queue.quantile(beyond),
            Model::Impatient(queue) => queue.quantile(beyond)?,
        })
    }

    /// Mean number of lines in use: callers waiting, and callers on the line for `hold_time` seconds.
    pub fn trunk_load(&self, hold_time: f64) -> f64 {
        match &self.model {
            Model::Idle => 0.0,
            _ => self.rate() * (self.mean_wait() + self.served().value() * hold_time),
        }
    }

    /// What a row of a staffing table says, in its order: agents, load, wait probability, service
    /// level, abandonment, asa, mean wait, queue length, occupancy.
    pub fn measures(&self, threshold: f64, definition: Definition) -> [f64; 9] {
        [
            self.system.agents,
            self.system.load,
            self.wait_probability(),
            self.service_level(threshold, definition).value(),
            self.abandonment(),
            self.asa(),
            self.mean_wait(),
            self.queue_length(),
            self.occupancy(),
        ]
    }
}
