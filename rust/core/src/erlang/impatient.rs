//! Erlang A: callers hang up after an exponential time.

use super::definition::Definition;
use super::probability::Probability;
use super::system::{LEAST, System};
use crate::error::{Error, Result};
use crate::numeric::exponential::{excess, exp, exp_and_exp_m1};
use crate::numeric::gamma_tails::{
    Lower, log_ratio, lost_moment, lower, lower_value, served_moment, steps_up, upper,
};
use crate::numeric::quadrature::integrate;

/// Bound on Newton's steps for a quantile, which converge monotonically in four to ten.
const NEWTON_STEPS: u32 = 200;

/// A difference below this share of the queue has lost a digit.
const SMALL: f64 = 0.1;

/// Times of up to one patience, over which the queue falls by at most one logarithm, are integrated by
/// quadrature: the integrand is close to a straight line.
const SOON: f64 = 1.0;

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
    level: TailArgument,
    /// Agents / load = c / eta.
    ratio: f64,
    patience: f64,
    queue: Lower,
    idle: f64,
    total: f64,
}

/// Arguments of the lower tail.
#[derive(Debug, Clone, Copy)]
pub(super) struct TailArgument {
    /// Services per patience.
    pub(super) c: f64,
    /// Arrivals per patience, times e^-y after a time y.
    pub(super) eta: f64,
    /// c - eta, from the spare agents, which have more digits than the difference.
    pub(super) gap: f64,
}

/// A time after arrival.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elapsed {
    /// In units of patience.
    pub(super) y: f64,
    /// e^-y, and that less 1.
    pub(super) left: f64,
    pub(super) left_less_one: f64,
    /// c - eta e^-y.
    pub(super) gap: f64,
}

/// State of the queue a time y after arrival.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AfterTime {
    /// P(V > y) / pi.
    waiting: f64,
    /// Those of them served in the end: times (M - 1)/M.
    served: f64,
    /// P(0 < V <= y) / pi.
    passed: f64,
    /// Those served in (0, y], times load / agents.
    served_before: f64,
    /// e^-y, and 1 - e^-y.
    left: f64,
    gone: f64,
    /// e^E, on the scale of the first tail.
    start: f64,
    /// Whether `passed` is a small difference and has lost its digits.
    pub(super) cancels: bool,
    is_soon: bool,
}

impl TailArgument {
    #[inline(always)]
    pub(super) fn of(system: &System) -> Self {
        let turns = system.patience / system.aht;
        // Above 0, as agents and load are.
        let [c, eta] = [system.agents, system.load].map(|of| (of * turns).max(LEAST));
        Self { c, eta, gap: system.spare() * turns }
    }

    /// The time `y` patiences from now.
    #[inline(always)]
    pub(super) fn time(&self, y: f64) -> Elapsed {
        let (left, left_less_one) = exp_and_exp_m1(-y);
        // From e^-y < 1/2 on, the difference itself keeps its digits.
        let difference = self.c - self.eta * left;
        let gap = if left < 0.5 { difference } else { self.gap - self.eta * left_less_one };
        Elapsed { y, left, left_less_one, gap }
    }

    /// The arguments after `time`.
    #[inline(always)]
    pub(super) fn at(&self, time: &Elapsed) -> Self {
        Self { c: self.c, eta: self.eta * time.left, gap: time.gap }
    }

    /// ln(eta/v) where eta > v, the parameter that the lower tail was computed at; else 0.
    pub(super) fn peak(&self) -> f64 {
        let Self { c, eta, gap } = *self;
        if gap >= 0.0 {
            return 0.0;
        }
        let steps = steps_up(c);
        if gap + steps < 0.0 { log_ratio(c + steps, eta, gap + steps) } else { 0.0 }
    }

    pub(super) fn lower(&self) -> Lower {
        lower(self.c, self.eta, self.gap)
    }

    fn upper(&self) -> f64 {
        upper(self.c, self.eta, self.gap)
    }
}

impl Impatient {
    /// `upper` = 1/B - 1, `queue` the lower tail at its level; agents, load, c and eta finite and
    /// positive.
    #[inline(always)]
    pub(super) fn new(system: &System, level: TailArgument, upper: f64, queue: Lower) -> Self {
        // The upper tail is infinite only where unit is not small, and unit is 0 only where it is.
        let idle = upper * queue.unit;
        Self {
            level,
            ratio: system.agents / system.load,
            patience: system.patience,
            queue,
            idle,
            total: idle + queue.value,
        }
    }

    /// `part` of the whole, both on the queue's scale; the whole may be infinite.
    #[inline(always)]
    fn share(&self, part: f64) -> f64 {
        part / self.total
    }

    #[inline(always)]
    pub(super) fn wait(&self) -> Probability {
        let odds = self.idle / self.queue.value;
        Probability { p: 1.0 / (1.0 + odds), q: 1.0 / (1.0 + 1.0 / odds) }
    }

    /// P(all are busy and nobody waits).
    pub(super) fn nobody_waits(&self) -> f64 {
        self.share(self.queue.unit)
    }

    /// Share that is served, and share that hangs up.
    #[inline(always)]
    pub(super) fn served(&self) -> Probability {
        self.unless_idle(Probability {
            p: self.share(self.idle + self.ratio * self.queue.less_one),
            q: self.share(self.queue.slope),
        })
    }

    /// Mean wait of all: never above the patience, of which it is the share that hangs up.
    #[inline(always)]
    pub(super) fn mean_wait(&self) -> f64 {
        self.patience * self.served().complement().value()
    }

    /// Mean wait of the served, from the [`served_moment`].
    #[inline(always)]
    pub(super) fn mean_wait_served(&self, moment: f64) -> f64 {
        // pi c tau K, over the share served.
        self.patience * self.share(moment) / self.served().value()
    }

    /// The argument of [`mean_wait_served`](Self::mean_wait_served).
    pub(super) fn served_moment(&self) -> f64 {
        let TailArgument { c, eta, gap } = self.level;
        served_moment(c, eta, gap)
    }

    /// Mean wait of those who hang up: the probability of waiting cancels.
    pub(super) fn mean_wait_lost(&self) -> f64 {
        let TailArgument { c, eta, gap } = self.level;
        self.patience * lost_moment(c, eta, gap) / self.queue.slope
    }

    /// The queue after `time`.
    pub(super) fn later(&self, time: f64) -> AfterTime {
        let time = self.level.time(time / self.patience);
        let TailArgument { c, eta, gap } = self.level.at(&time);
        self.later_by(&time, lower_value(c, eta, gap), self.level.peak())
    }

    /// The queue by `time`, from M and M - 1 by then and `peak`.
    fn later_by(&self, time: &Elapsed, rest: [f64; 2], peak: f64) -> AfterTime {
        let later = self.later_from(time, rest, peak);
        if !later.cancels {
            later
        } else if later.is_soon {
            self.later_from_start(time.y, later)
        } else {
            self.later_from_above(&self.level.at(time), later)
        }
    }

    /// [`later`](Self::later), from M and M - 1 by then and `peak`.
    #[inline(always)]
    pub(super) fn later_from(
        &self,
        time: &Elapsed,
        [rest, less_one]: [f64; 2],
        peak: f64,
    ) -> AfterTime {
        let TailArgument { c, eta, gap } = self.level;
        let Elapsed { y, left, left_less_one, gap: gap_then } = *time;
        let queue = &self.queue;
        let steps = steps_up(c);
        let over = gap + steps < 0.0;
        let rest_over = gap_then + steps < 0.0;
        // e^E on the scale of the first tail, with the scale of the second taken out: where both are
        // above their v the two exponentials are one another's reciprocals.
        let (linear, scale, s) = if over { (steps, c + steps, y - peak) } else { (-gap, eta, y) };
        let start = exp(linear * s - scale * excess(s));
        let start = if y == f64::INFINITY { 0.0 } else { start };
        let factor = if rest_over { 1.0 } else { start };
        let (waiting, served) = (factor * rest, factor * less_one);
        // Who passed so soon that rounding is more than they are.
        let passed = (queue.value - waiting).max(0.0);
        let is_soon = (y < SOON) & (y * (gap.abs() + eta * y) < SOON);
        AfterTime {
            start,
            is_soon,
            cancels: (self.idle + passed < SMALL * queue.value) & (is_soon | (gap_then < 0.0)),
            waiting,
            served,
            passed,
            served_before: queue.less_one - served,
            left,
            gone: -left_less_one,
        }
    }

    /// `later` for a short time: `passed` is c times the integral of e^E up to y, and the served among
    /// them eta times that of e^(E - s).
    fn later_from_start(&self, y: f64, later: AfterTime) -> AfterTime {
        let TailArgument { c, eta, gap } = self.level;
        let [passed, served] = integrate(0.0, y, |s| {
            let density = exp(-gap * s - eta * excess(s));
            [density, density * exp(-s)]
        });
        let unit = self.queue.unit;
        AfterTime { passed: unit * c * passed, served_before: unit * eta * served, ..later }
    }

    /// `later` at `level`, with `passed` from the upper tails: e^E M = const - e^E Y.
    fn later_from_above(&self, level: &TailArgument, later: AfterTime) -> AfterTime {
        let TailArgument { c, .. } = self.level;
        let steps = steps_up(c);
        let v = c + steps;
        let (mut shift, mut j) = (1.0, steps);
        while j >= 1.0 {
            shift *= (c + j) / v;
            j -= 1.0;
        }
        let unit = self.queue.unit;
        let start = later.start * shift;
        let passed = start * level.upper() - unit * self.level.upper();
        AfterTime { passed, served_before: passed + (start - unit), ..later }
    }

    /// Service level by `definition`, of calls with an offered wait of at most that.
    ///
    /// Numerator, its complement and the denominator of the definition, chosen without branches.
    #[inline(always)]
    pub(super) fn within(&self, later: &AfterTime, definition: Definition) -> Probability {
        let answered = self.idle + self.ratio * later.served_before;
        let answered_later = self.ratio * later.served;
        let passed = self.idle + later.passed;
        let still_there = later.left * later.waiting;
        let mut parts = (answered, self.queue.slope + answered_later, self.total);
        if definition == Definition::Answered {
            let ever = self.idle + self.ratio * self.queue.less_one;
            parts = (answered, answered_later, ever);
        }
        if definition == Definition::ExcludeAbandonedWithin {
            // Offered less abandoned within = answered within + still waiting by then.
            parts = (answered, still_there, answered + still_there);
        }
        if definition == Definition::CountAbandonedWithin {
            parts = (later.gone * self.total + later.left * passed, still_there, self.total);
        }
        if definition == Definition::Virtual {
            parts = (passed, later.waiting, self.total);
        }
        let (p, q, whole) = parts;
        self.unless_idle(Probability { p: p / whole, q: q / whole })
    }

    /// `share`, but 1 where the probability of waiting has underflowed to 0.
    #[inline(always)]
    fn unless_idle(&self, share: Probability) -> Probability {
        let idle = self.idle == f64::INFINITY;
        Probability { p: if idle { 1.0 } else { share.p }, q: if idle { 0.0 } else { share.q } }
    }

    /// The wait that a share `within` < 1 of the calls does not exceed.
    ///
    /// ln P(W > y) is concave with slope -1 - c/M(c, eta e^-y): Newton's method comes down on the root
    /// from the right, once it is there. Where it jumps so far that the probability leaves binary64,
    /// the bracket is halved.
    pub(super) fn quantile(&self, within: Probability) -> Result<f64> {
        let (mut low, mut high, mut y) = (0.0, f64::INFINITY, 0.0);
        let peak = self.level.peak();
        for _ in 0..NEWTON_STEPS {
            let time = self.level.time(y);
            let rest = self.level.at(&time).lower();
            let later = self.later_by(&time, [rest.value, rest.less_one], peak);
            let excess = self.within(&later, Definition::CountAbandonedWithin).shortfall(within);
            if excess >= 0.0 {
                low = y;
            } else {
                high = y;
            }
            let newton = y + excess / (1.0 + self.level.c * rest.unit / rest.value);
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
            arguments: format!("{self:?} and {within:?}"),
        })
    }
}
