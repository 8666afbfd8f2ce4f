//! The measures of a queue in any of the three models.

use super::delay::Delay;
use super::impatient::{Impatient, TailArgument};
use super::probability::Probability;
use super::system::System;
use crate::error::Result;
use crate::numeric::gamma_tails::upper;

/// From 1e150 services or arrivals per patience on, Erlang A is Erlang C, and below 1e-150 Erlang B:
/// the squares in its formulas overflow there.
const ENDLESS: f64 = 1e150;

/// Model of a system; the three whose formulas have 1/B come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelKind {
    Delay,
    Impatient,
    Loss,
    Idle,
    Unstable,
    NoAgents,
}

impl ModelKind {
    const ALL: [Self; 6] =
        [Self::Delay, Self::Impatient, Self::Loss, Self::Idle, Self::Unstable, Self::NoAgents];

    pub(super) fn of(system: &System) -> Self {
        Self::ALL[usize::from(Self::code(system))]
    }

    /// The index in `ALL`, chosen without branches: the later rule wins.
    #[inline(always)]
    pub(super) fn code(system: &System) -> u8 {
        let System { agents, load, aht, patience, .. } = *system;
        let most = (if agents > load { agents } else { load }) * (patience / aht);
        let mut kind = Self::Impatient as u8;
        if most < 1.0 / ENDLESS {
            kind = Self::Loss as u8;
        }
        if agents == 0.0 {
            kind = Self::NoAgents as u8;
        }
        if most >= ENDLESS {
            kind = Self::Unstable as u8;
        }
        if (most >= ENDLESS) & (agents != 0.0) & (system.spare() > 0.0) {
            kind = Self::Delay as u8;
        }
        if load == 0.0 {
            kind = Self::Idle as u8;
        }
        kind
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum SteadyState {
    /// No load: a single caller finds every agent free.
    Idle,
    /// Load, but no agents.
    NoAgents,
    /// Erlang B: the share blocked, and the share served.
    Loss(Probability),
    /// Erlang C with enough agents.
    Delay(Delay),
    /// Erlang C without.
    Unstable,
    /// Erlang A.
    Impatient(Impatient),
}

/// A queue in its steady state.
///
/// Domain: agents >= 0, load >= 0, handle time > 0, patience >= 0, infinite for nobody hanging up.
/// Accuracy: 1e-12 relative plus what rounding the inputs would cost, against the reference table.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    pub(super) system: System,
    pub(super) model: SteadyState,
}

impl Queue {
    /// The steady state of `system`.
    pub fn new(system: &System) -> Self {
        Self::with(system, || upper(system.agents, system.load, system.spare()))
    }

    /// The steady state behind servers for whom 1/B - 1 is `upper`, as if they were `system.agents`.
    pub(super) fn with_upper(system: &System, upper: f64) -> Self {
        Self::with(system, || upper)
    }

    fn with(system: &System, above: impl Fn() -> f64) -> Self {
        let model = match ModelKind::of(system) {
            ModelKind::Idle => SteadyState::Idle,
            ModelKind::Unstable => SteadyState::Unstable,
            ModelKind::NoAgents => SteadyState::NoAgents,
            ModelKind::Delay => return Self::delay(system, above()),
            ModelKind::Loss => return Self::loss(system, above()),
            ModelKind::Impatient => {
                let level = TailArgument::of(system);
                let impatient = Impatient::new(system, level, above(), level.lower());
                return Self::impatient(system, impatient);
            }
        };
        Self { system: *system, model }
    }

    /// Erlang B, from 1/B - 1.
    pub(super) fn loss(system: &System, upper: f64) -> Self {
        let blocked = Probability { p: 1.0 / (1.0 + upper), q: 1.0 / (1.0 + 1.0 / upper) };
        Self { system: *system, model: SteadyState::Loss(blocked) }
    }

    /// Erlang C with agents enough, from 1/B - 1.
    #[inline(always)]
    pub(super) fn delay(system: &System, upper: f64) -> Self {
        let delay = Delay::new(system.agents, system.spare(), upper, system.aht);
        Self { system: *system, model: SteadyState::Delay(delay) }
    }

    /// Erlang A.
    #[inline(always)]
    pub(super) fn impatient(system: &System, impatient: Impatient) -> Self {
        Self { system: *system, model: SteadyState::Impatient(impatient) }
    }

    /// Whether the queue grows without end.
    pub fn is_unstable(&self) -> bool {
        matches!(self.model, SteadyState::Unstable)
    }

    /// P(all agents are busy when a call arrives), and its complement.
    #[inline(always)]
    pub fn wait(&self) -> Probability {
        match &self.model {
            SteadyState::Idle => Probability::NONE,
            SteadyState::NoAgents | SteadyState::Unstable => Probability::ALL,
            SteadyState::Loss(blocked) => *blocked,
            SteadyState::Delay(queue) => queue.wait,
            SteadyState::Impatient(queue) => queue.wait(),
        }
    }

    /// P(all agents are busy when a call arrives).
    #[inline(always)]
    pub fn wait_probability(&self) -> f64 {
        self.wait().value()
    }

    /// Share of offered calls that are served in the end; the rest hang up.
    #[inline(always)]
    pub(super) fn served(&self) -> Probability {
        match &self.model {
            SteadyState::Idle | SteadyState::Unstable | SteadyState::Delay(_) => Probability::ALL,
            SteadyState::NoAgents => Probability::NONE,
            SteadyState::Loss(blocked) => blocked.complement(),
            SteadyState::Impatient(queue) => queue.served(),
        }
    }

    /// P(all agents are busy and nobody waits).
    pub(super) fn nobody_waits(&self) -> f64 {
        match &self.model {
            SteadyState::Idle | SteadyState::Unstable => 0.0,
            SteadyState::NoAgents => f64::NAN,
            SteadyState::Loss(blocked) => blocked.p,
            SteadyState::Delay(queue) => queue.wait.p * (self.system.spare() / self.system.agents),
            SteadyState::Impatient(queue) => queue.nobody_waits(),
        }
    }

    /// Share of offered calls that hang up.
    #[inline(always)]
    pub fn abandonment(&self) -> f64 {
        self.served().complement().value()
    }

    /// Mean wait in seconds of answered calls; missing where none is.
    pub fn asa(&self) -> f64 {
        self.within(f64::NAN).with_waits().asa()
    }

    /// Mean wait in seconds of all calls.
    #[inline(always)]
    pub fn mean_wait(&self) -> f64 {
        match &self.model {
            SteadyState::Idle | SteadyState::Loss(_) => 0.0,
            SteadyState::NoAgents => self.system.patience,
            SteadyState::Unstable => f64::INFINITY,
            SteadyState::Delay(queue) => queue.mean_wait(),
            SteadyState::Impatient(queue) => queue.mean_wait(),
        }
    }

    /// Mean wait in seconds of those who hang up; missing where nobody does.
    #[inline(always)]
    pub fn mean_wait_abandoned(&self) -> f64 {
        match &self.model {
            SteadyState::Idle | SteadyState::Unstable | SteadyState::Delay(_) => f64::NAN,
            SteadyState::NoAgents => self.system.patience,
            SteadyState::Loss(_) => 0.0,
            SteadyState::Impatient(queue) => queue.mean_wait_lost(),
        }
    }

    /// Calls that arrive within so many `seconds`, 0 or infinite included.
    #[inline(always)]
    fn arrivals(&self, seconds: f64) -> f64 {
        let rate = self.system.load / self.system.aht;
        let within = rate * seconds;
        // A rate that leaves the doubles has a product with them all the same.
        if rate.is_normal() { within } else { self.system.load * (seconds / self.system.aht) }
    }

    /// Mean number waiting.
    #[inline(always)]
    pub fn queue_length(&self) -> f64 {
        match &self.model {
            SteadyState::Idle => 0.0,
            _ => self.arrivals(self.mean_wait()),
        }
    }

    /// Busy share of the agents; missing where there are none.
    #[inline(always)]
    pub fn occupancy(&self) -> f64 {
        let System { agents, load, .. } = self.system;
        if agents == 0.0 {
            return f64::NAN;
        }
        match &self.model {
            SteadyState::Unstable => 1.0,
            // In overload the quotient may pass 1 by the last digit.
            _ => (load * self.served().value() / agents).min(1.0),
        }
    }

    /// The smallest q in seconds with P(wait <= q) >= `quantile`.
    ///
    /// # Errors
    /// [`crate::Error::NotConverged`]
    pub fn wait_quantile(&self, quantile: f64) -> Result<f64> {
        let within = Probability { p: quantile, q: 1.0 - quantile };
        if self.wait().complement().reaches(within) {
            return Ok(0.0);
        }
        Ok(match &self.model {
            SteadyState::Idle | SteadyState::Loss(_) => 0.0,
            SteadyState::Unstable => f64::INFINITY,
            SteadyState::NoAgents if self.system.patience == 0.0 => 0.0,
            SteadyState::NoAgents => -self.system.patience * (-quantile).ln_1p(),
            _ if quantile == 1.0 => f64::INFINITY,
            SteadyState::Delay(queue) => queue.quantile(within),
            SteadyState::Impatient(queue) => queue.quantile(within)?,
        })
    }

    /// Mean number of lines in use: callers waiting, and callers on the line for `hold_time` seconds.
    #[inline(always)]
    pub fn trunk_load(&self, hold_time: f64) -> f64 {
        match &self.model {
            SteadyState::Idle => 0.0,
            _ => self.arrivals(self.mean_wait() + self.served().value() * hold_time),
        }
    }
}
