//! What becomes of calls within a time.

use super::impatient::Later;
use super::probability::Share;
use super::queue::{Definition, Model, Queue};
use crate::numeric::exponential::exp_and_exp_m1;

/// A queue, looked at a time after a call has arrived.
#[derive(Debug, Clone, Copy)]
pub struct Within<'a> {
    /// The queue.
    pub queue: &'a Queue,
    time: f64,
    /// Of Erlang A alone.
    later: Later,
    /// Of Erlang A alone: what the mean wait of the served is from.
    served_moment: f64,
}

impl Queue {
    /// What becomes of calls within `time` seconds; not a number where that will not be asked.
    pub fn within(&self, time: f64) -> Within<'_> {
        let later = match &self.model {
            Model::Impatient(queue) if !time.is_nan() => queue.later(time),
            _ => Later::default(),
        };
        Within { queue: self, time, later, served_moment: f64::NAN }
    }

    /// [`within`](Self::within), where the later state is known already.
    #[inline(always)]
    pub(super) fn within_from(&self, time: f64, later: Later, served_moment: f64) -> Within<'_> {
        Within { queue: self, time, later, served_moment }
    }

    /// Share answered within `threshold` seconds, by `definition`.
    pub fn service_level(&self, threshold: f64, definition: Definition) -> Share {
        self.within(threshold).service_level(definition)
    }

    /// P(still waiting `after` seconds after arriving).
    pub fn wait_survival(&self, after: f64) -> f64 {
        self.within(after).survival()
    }
}

impl Within<'_> {
    /// Ready to tell [`asa`](Self::asa) too.
    #[must_use]
    pub(super) fn with_waits(self) -> Self {
        let served_moment = match &self.queue.model {
            Model::Impatient(queue) => queue.served_moment(),
            _ => f64::NAN,
        };
        Self { served_moment, ..self }
    }

    /// Mean wait in seconds of answered calls; missing where none is. To be asked of what
    /// [`with_waits`](Self::with_waits) has made.
    #[inline(always)]
    pub(super) fn asa(&self) -> f64 {
        match &self.queue.model {
            Model::Deserted => f64::NAN,
            Model::Impatient(queue) => queue.mean_wait_served(self.served_moment),
            _ => self.queue.mean_wait(),
        }
    }

    /// Share answered by then, by `definition`.
    #[inline(always)]
    pub fn service_level(&self, definition: Definition) -> Share {
        match &self.queue.model {
            Model::Idle => Share::ALL,
            Model::Unstable => Share::NONE,
            Model::Deserted => self.deserted(definition),
            Model::Loss(blocked) => self.lost(*blocked, definition),
            Model::Delay(queue) => queue.within(self.time),
            Model::Impatient(queue) => queue.within(&self.later, definition),
        }
    }

    /// Share answered by then with one agent fewer, to 1e-11, where nobody hangs up; nobody is where
    /// there are no more agents than load.
    #[inline(always)]
    pub(crate) fn service_level_of_one_fewer(&self) -> Share {
        match &self.queue.model {
            Model::Delay(queue) => queue.with_one_fewer(&self.queue.system).within(self.time),
            _ => Share::NONE,
        }
    }

    /// Service level where callers are lost at once.
    fn lost(&self, blocked: Share, definition: Definition) -> Share {
        match definition {
            Definition::Offered => blocked.other(),
            Definition::Answered
            | Definition::ExcludeAbandonedWithin
            | Definition::CountAbandonedWithin => Share::ALL,
            // Nobody queues, so an endlessly patient caller waits for the first agent to be free.
            Definition::Virtual => {
                let system = &self.queue.system;
                let (late, late_less_one) =
                    exp_and_exp_m1(-(system.agents * self.time / system.aht));
                Share { hit: blocked.miss - blocked.hit * late_less_one, miss: blocked.hit * late }
            }
        }
    }

    /// Service level where there is nobody to answer and callers hang up.
    fn deserted(&self, definition: Definition) -> Share {
        let patience = self.queue.system.patience;
        // 0/0 at a time and a patience of 0: who does not wait at all is gone at once.
        let times = if patience > 0.0 { self.time / patience } else { f64::INFINITY };
        let left = (-times).exp();
        match definition {
            Definition::Offered | Definition::Virtual => Share::NONE,
            Definition::CountAbandonedWithin => Share { hit: -(-times).exp_m1(), miss: left },
            Definition::ExcludeAbandonedWithin if left > 0.0 => Share::NONE,
            Definition::Answered | Definition::ExcludeAbandonedWithin => Share::MISSING,
        }
    }

    /// P(still waiting by then).
    #[inline(always)]
    pub fn survival(&self) -> f64 {
        match &self.queue.model {
            Model::Idle | Model::Loss(_) => 0.0,
            Model::Unstable => 1.0,
            Model::Deserted if self.queue.system.patience == 0.0 => 0.0,
            Model::Deserted => (-self.time / self.queue.system.patience).exp(),
            Model::Delay(queue) => queue.within(self.time).other().value(),
            Model::Impatient(queue) => {
                queue.within(&self.later, Definition::CountAbandonedWithin).other().value()
            }
        }
    }

    /// What a row of a staffing table says, in its order: agents, load, wait probability, service
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
