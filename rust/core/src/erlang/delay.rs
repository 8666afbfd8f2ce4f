//! Erlang C: nobody hangs up, and there are more agents than load.

use super::probability::Probability;
use super::system::System;
use crate::numeric::exponential::exp_and_exp_m1;

/// The steady state of Erlang C.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delay {
    /// Probability of waiting and of not waiting.
    pub(super) wait: Probability,
    /// Rate of the exponential wait of those who wait, per second: spare agents / handle time.
    pub(super) drain: f64,
}

impl Delay {
    /// `spare` = agents - load > 0; `upper` = 1/B - 1.
    #[inline(always)]
    pub(super) fn new(agents: f64, spare: f64, upper: f64, aht: f64) -> Self {
        // C = n / (a + d/B) with a = n - d: the quotient stays finite where 1/B is not.
        let odds = spare / agents * upper;
        let wait = 1.0 / (1.0 + odds);
        let immediate = if odds > 1.0 { 1.0 - wait } else { odds * wait };
        // Neither 0 nor infinite, so that no threshold makes a product undefined.
        let drain = (spare / aht).clamp(f64::from_bits(1), f64::MAX);
        Self { wait: Probability { p: wait, q: immediate }, drain }
    }

    /// The same system with one agent fewer, by a step back of the recursion Y(n) = n/a (1 + Y(n - 1)),
    /// which costs a digit; no call is answered in time where n - 1 <= load.
    #[inline(always)]
    pub(super) fn with_one_fewer(&self, system: &System) -> Self {
        let (agents, spare) = (system.agents, system.spare());
        let upper = (self.wait.q / self.wait.p) * (agents / spare);
        let fewer =
            Self::new(agents - 1.0, spare - 1.0, system.load / agents * upper - 1.0, system.aht);
        let stable = spare > 1.0;
        let wait = Probability {
            p: if stable { fewer.wait.p } else { 1.0 },
            q: if stable { fewer.wait.q } else { 0.0 },
        };
        Self { wait, drain: if stable { fewer.drain } else { 0.0 } }
    }

    /// Share of calls answered within `threshold`, 1 - C exp(-drain T), from positive terms.
    #[inline(always)]
    pub(super) fn within(&self, threshold: f64) -> Probability {
        let (late, late_less_one) = exp_and_exp_m1(-self.drain * threshold);
        Probability { p: self.wait.q - self.wait.p * late_less_one, q: self.wait.p * late }
    }

    #[inline(always)]
    pub(super) fn mean_wait(&self) -> f64 {
        self.wait.p / self.drain
    }

    /// The wait within which a share `within` of the calls is answered.
    pub(super) fn quantile(&self, within: Probability) -> f64 {
        (self.wait.complement().shortfall(within) / self.drain).max(0.0)
    }
}
