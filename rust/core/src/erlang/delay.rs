//! Erlang C: nobody hangs up, and there are more agents than load.

use super::share::Share;
use crate::numeric::exponential::exp_and_exp_m1;

/// The steady state of Erlang C.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delay {
    /// Probability of waiting and of not waiting.
    pub(super) wait: Share,
    /// Rate at which the wait of those who wait ends, per second: spare agents / handle time.
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
        Self { wait: Share { hit: wait, miss: immediate }, drain: spare / aht }
    }

    /// Share of calls answered within `threshold`, 1 - C exp(-drain T), from positive terms.
    #[inline(always)]
    pub(super) fn within(&self, threshold: f64) -> Share {
        let (late, late_less_one) = exp_and_exp_m1(-self.drain * threshold);
        Share { hit: self.wait.miss - self.wait.hit * late_less_one, miss: self.wait.hit * late }
    }

    #[inline(always)]
    pub(super) fn mean_wait(&self) -> f64 {
        self.wait.hit / self.drain
    }

    /// The wait within which a share `within` of the calls is answered.
    pub(super) fn quantile(&self, within: Share) -> f64 {
        (self.wait.other().shortfall(within) / self.drain).max(0.0)
    }
}
