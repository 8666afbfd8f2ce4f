//! Outcomes of calls by a time after their arrival.

use super::definition::Definition;
use super::impatient::AfterTime;
use super::probability::Probability;
use super::queue::{Queue, SteadyState};
use crate::numeric::exponential::exp_and_exp_m1;

/// A queue and its state a time after an arrival.
#[derive(Debug, Clone, Copy)]
pub struct Within<'a> {
    /// The queue.
    pub queue: &'a Queue,
    time: f64,
    /// Erlang A only.
    later: AfterTime,
    /// Erlang A only: the moment that the mean wait of answered calls comes from.
    served_moment: f64,
}

impl Queue {
    /// Outcomes of calls within `time` seconds; NaN where no measure of them is wanted.
    pub fn within(&self, time: f64) -> Within<'_> {
        let later = match &self.model {
            SteadyState::Impatient(queue) if !time.is_nan() => queue.later(time),
            _ => AfterTime::default(),
        };
        Within { queue: self, time, later, served_moment: f64::NAN }
    }

    /// [`within`](Self::within) from a later state that is already computed.
    #[inline(always)]
    pub(super) fn within_from(
        &self,
        time: f64,
        later: AfterTime,
        served_moment: f64,
    ) -> Within<'_> {
        Within { queue: self, time, later, served_moment }
    }

    /// Share answered within `threshold` seconds, by `definition`.
    pub fn service_level(&self, threshold: f64, definition: Definition) -> Probability {
        self.within(threshold).service_level(definition)
    }

    /// P(still waiting `after` seconds after arriving).
    pub fn wait_survival(&self, after: f64) -> f64 {
        self.within(after).survival()
    }
}

impl Within<'_> {
    /// With the moment that [`asa`](Self::asa) needs.
    #[must_use]
    pub(super) fn with_waits(self) -> Self {
        let served_moment = match &self.queue.model {
            SteadyState::Impatient(queue) => queue.served_moment(),
            _ => f64::NAN,
        };
        Self { served_moment, ..self }
    }

    /// Mean wait in seconds of answered calls; missing where none is. Needs
    /// [`with_waits`](Self::with_waits).
    #[inline(always)]
    pub(super) fn asa(&self) -> f64 {
        match &self.queue.model {
            SteadyState::NoAgents => f64::NAN,
            SteadyState::Impatient(queue) => queue.mean_wait_served(self.served_moment),
            _ => self.queue.mean_wait(),
        }
    }

    /// Share answered by then, by `definition`.
    #[inline(always)]
    pub fn service_level(&self, definition: Definition) -> Probability {
        match &self.queue.model {
            SteadyState::Idle => Probability::ALL,
            SteadyState::Unstable => Probability::NONE,
            SteadyState::NoAgents => self.no_agents(definition),
            SteadyState::Loss(blocked) => self.lost(*blocked, definition),
            SteadyState::Delay(queue) => queue.within(self.time),
            SteadyState::Impatient(queue) => queue.within(&self.later, definition),
        }
    }

    /// Share answered by then with one agent fewer, to 1e-11, in Erlang C; 0 where agents <= load.
    #[inline(always)]
    pub(crate) fn service_level_of_one_fewer(&self) -> Probability {
        match &self.queue.model {
            SteadyState::Delay(queue) => queue.with_one_fewer(&self.queue.system).within(self.time),
            _ => Probability::NONE,
        }
    }

    /// Service level of Erlang B.
    fn lost(&self, blocked: Probability, definition: Definition) -> Probability {
        match definition {
            Definition::Offered => blocked.complement(),
            Definition::Answered
            | Definition::ExcludeAbandonedWithin
            | Definition::CountAbandonedWithin => Probability::ALL,
            // Nobody queues, so an infinitely patient caller waits for the first service to end.
            Definition::Virtual => {
                let system = &self.queue.system;
                let (late, late_less_one) =
                    exp_and_exp_m1(-(system.agents * self.time / system.aht));
                Probability { p: blocked.q - blocked.p * late_less_one, q: blocked.p * late }
            }
        }
    }

    /// Service level without agents, where every caller hangs up.
    fn no_agents(&self, definition: Definition) -> Probability {
        let patience = self.queue.system.patience;
        // 0/0 at a time and a patience of 0: a caller without patience is gone at once.
        let times = if patience > 0.0 { self.time / patience } else { f64::INFINITY };
        let left = (-times).exp();
        match definition {
            Definition::Offered | Definition::Virtual => Probability::NONE,
            Definition::CountAbandonedWithin => Probability { p: -(-times).exp_m1(), q: left },
            Definition::ExcludeAbandonedWithin if left > 0.0 => Probability::NONE,
            Definition::Answered | Definition::ExcludeAbandonedWithin => Probability::MISSING,
        }
    }

    /// P(still waiting by then).
    #[inline(always)]
    pub fn survival(&self) -> f64 {
        match &self.queue.model {
            SteadyState::Idle | SteadyState::Loss(_) => 0.0,
            SteadyState::Unstable => 1.0,
            SteadyState::NoAgents if self.queue.system.patience == 0.0 => 0.0,
            SteadyState::NoAgents => (-self.time / self.queue.system.patience).exp(),
            SteadyState::Delay(queue) => queue.within(self.time).complement().value(),
            SteadyState::Impatient(queue) => {
                queue.within(&self.later, Definition::CountAbandonedWithin).complement().value()
            }
        }
    }

    /// A row of a staffing table: agents, load, wait probability, service
    /// level, abandonment, asa, mean wait, queue length, occupancy.
    #[inline(always)]
    pub fn measures(&self, definition: Definition) -> [f64; 9] {
        let queue = self.queue;
        [
            queue.system.agents,
            queue.system.load,
            queue.wait_probability(),
            self.service_level(definition).value(),
            queue.abandonment(),
            self.asa(),
            queue.mean_wait(),
            queue.queue_length(),
            queue.occupancy(),
        ]
    }
}
