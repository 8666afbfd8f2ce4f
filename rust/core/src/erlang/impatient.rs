//! Erlang A: callers hang up after an exponential time.

use super::share::Share;
use crate::error::{Error, Result};
use crate::numeric::exponential::excess;
use crate::numeric::gamma_tails::{Lower, log_ratio, lower, lower_moments, upper};

/// Newton's steps for a quantile; it converges monotonically, in four to ten.
const NEWTON_STEPS: u32 = 200;

/// The steady state of Erlang A.
///
/// With c = agents x patience / handle time, eta = arrival rate x patience and y a time in units of
/// patience: the offered wait V of an endlessly patient caller has
/// P(V > y) = pi e^(E(y)) M(c, eta e^-y), E(y) = (eta - c) y - eta (y - 1 + e^-y), and
/// pi = 1 / (Y(agents, load) + M(c, eta)) the probability of finding all busy and nobody waiting.
/// Every quantity below is multiplied by `queue.unit`, the scale of the lower tail.
///
/// Sources: Palm (1957); Garnett, Mandelbaum and Reiman (2002); Zeltyn and Mandelbaum (2005).
#[derive(Debug, Clone, Copy)]
pub(super) struct Impatient {
    c: f64,
    eta: f64,
    /// c - eta, from the spare agents.
    gap: f64,
    /// Agents / load = c / eta.
    ratio: f64,
    patience: f64,
    queue: Lower,
    idle: f64,
    total: f64,
}

/// What is left of the queue after a time.
struct Later {
    /// P(V > y) / pi.
    waiting: f64,
    /// Those of them who are served in the end: that times (M - 1)/M.
    served: f64,
    /// P(0 < V <= y) / pi.
    passed: f64,
    /// Those served in (0, y], times load / agents.
    served_before: f64,
}

impl Impatient {
    /// `spare` = agents - load, `upper` = 1/B - 1; agents > 0, load > 0, and c and eta finite and
    /// positive.
    pub(super) fn new(
        agents: f64,
        load: f64,
        spare: f64,
        aht: f64,
        patience: f64,
        upper: f64,
    ) -> Self {
        let turns = patience / aht;
        let (c, eta, gap) = (agents * turns, load * turns, spare * turns);
        let queue = lower(c, eta, gap);
        // The upper tail is infinite only where unit is 1, and unit is 0 only where it is small.
        let idle = upper * queue.unit;
        Self { c, eta, gap, ratio: agents / load, patience, queue, idle, total: idle + queue.value }
    }

    /// `part` of the whole, both on the queue's scale; the whole may be infinite.
    fn share(&self, part: f64) -> f64 {
        part / self.total
    }

    pub(super) fn wait(&self) -> Share {
        let odds = self.idle / self.queue.value;
        Share { hit: 1.0 / (1.0 + odds), miss: 1.0 / (1.0 + 1.0 / odds) }
    }

    /// Share that is served, and share that hangs up.
    pub(super) fn served(&self) -> Share {
        if self.idle.is_infinite() {
            return Share { hit: 1.0, miss: 0.0 };
        }
        Share {
            hit: self.share(self.idle + self.ratio * self.queue.less_one),
            miss: self.share(self.queue.slope),
        }
    }

    /// Mean wait of all: never above the patience, of which it is the share that hangs up.
    pub(super) fn mean_wait(&self) -> f64 {
        self.patience * self.served().other().value()
    }

    /// Mean wait of the served.
    pub(super) fn mean_wait_served(&self) -> f64 {
        let [served, _] = lower_moments(self.c, self.eta, self.gap);
        // pi c tau K, over the share served.
        self.patience * self.c * self.share(served) / self.served().value()
    }

    /// Mean wait of those who hang up: the probability of waiting cancels.
    pub(super) fn mean_wait_lost(&self) -> f64 {
        let [_, lost] = lower_moments(self.c, self.eta, self.gap);
        self.patience * lost / self.queue.slope
    }

    fn later(&self, time: f64) -> Later {
        let y = time / self.patience;
        let queue = &self.queue;
        if y == f64::INFINITY {
            return Later {
                waiting: 0.0,
                served: 0.0,
                passed: queue.value,
                served_before: queue.less_one,
            };
        }
        let (eta, gap) = (self.eta * (-y).exp(), self.gap - self.eta * (-y).exp_m1());
        let rest = lower(self.c, eta, gap);
        // e^E on the scale of the first tail, and with the scale of the second taken out.
        let start = if queue.over {
            let steps = queue.v - self.c;
            let s = y - log_ratio(queue.v, self.eta, self.gap + steps);
            (steps * s - queue.v * excess(s)).exp() * queue.shift
        } else {
            (-self.gap * y - self.eta * excess(y)).exp()
        };
        // Where both are on the reduced scale the two exponentials are one another's reciprocals.
        let factor = if rest.over { 1.0 } else { start };
        let (waiting, served) = (factor * rest.value, factor * rest.less_one);
        if gap < 0.0 {
            // Deep in overload who passes is a small part of the queue: from the upper tails, which
            // e^E M = const - e^E Y makes equivalent.
            let (before, after) = (upper(self.c, self.eta, self.gap), upper(self.c, eta, gap));
            let difference = start * after - queue.unit * before;
            return Later {
                waiting,
                served,
                passed: difference,
                served_before: difference + (start - queue.unit),
            };
        }
        Later {
            waiting,
            served,
            passed: queue.value - waiting,
            served_before: queue.less_one - served,
        }
    }

    /// Share of offered calls answered within `threshold`; the rest hang up or are answered later.
    pub(super) fn answered_within(&self, threshold: f64) -> Share {
        if self.idle.is_infinite() {
            return Share { hit: 1.0, miss: 0.0 };
        }
        let later = self.later(threshold);
        Share {
            hit: self.share(self.idle + self.ratio * later.served_before),
            miss: self.share(self.queue.slope + self.ratio * later.served),
        }
    }

    /// Share of answered calls answered within `threshold`.
    pub(super) fn answered_within_of_answered(&self, threshold: f64) -> Share {
        if self.idle.is_infinite() {
            return Share { hit: 1.0, miss: 0.0 };
        }
        let later = self.later(threshold);
        let served = self.idle + self.ratio * self.queue.less_one;
        Share {
            hit: (self.idle + self.ratio * later.served_before) / served,
            miss: self.ratio * later.served / served,
        }
    }

    /// Share with an offered wait of at most `threshold`.
    pub(super) fn virtual_within(&self, threshold: f64) -> Share {
        if self.idle.is_infinite() {
            return Share { hit: 1.0, miss: 0.0 };
        }
        let later = self.later(threshold);
        Share { hit: self.share(self.idle + later.passed), miss: self.share(later.waiting) }
    }

    /// P(waiting time <= `time`), and its complement.
    pub(super) fn gone_within(&self, time: f64) -> Share {
        let y = time / self.patience;
        let offered = self.virtual_within(time);
        Share { hit: -(-y).exp_m1() + (-y).exp() * offered.hit, miss: (-y).exp() * offered.miss }
    }

    /// The wait that a share `beyond` > 0 of the calls exceeds.
    ///
    /// ln P(W > y) is concave with slope -1 - c/M(c, eta e^-y): Newton's method comes down on the root
    /// from the right, once it is there. Where it jumps so far that the probability leaves binary64,
    /// the bracket is halved.
    pub(super) fn quantile(&self, beyond: f64) -> Result<f64> {
        if self.wait().hit <= beyond {
            return Ok(0.0);
        }
        let (mut low, mut high, mut y) = (0.0, f64::INFINITY, 0.0);
        for _ in 0..NEWTON_STEPS {
            let excess = self.share(self.later(y * self.patience).waiting).ln() - y - beyond.ln();
            if excess >= 0.0 {
                low = y;
            } else {
                high = y;
            }
            let eta = self.eta * (-y).exp();
            let rest = lower(self.c, eta, self.gap - self.eta * (-y).exp_m1());
            let newton = y + excess / (1.0 + self.c * rest.unit / rest.value);
            // A bracket that has closed, or a step of the last digits: what is left is rounding.
            if high < f64::INFINITY && high - low <= f64::EPSILON * high {
                return Ok(high * self.patience);
            }
            if (newton - y).abs() <= 2.0 * f64::EPSILON * y {
                return Ok(newton * self.patience);
            }
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            y = next;
        }
        Err(Error::NotConverged {
            what: "wait_quantile",
            arguments: format!("{self:?} and a share of {beyond:?} beyond"),
        })
    }
}
