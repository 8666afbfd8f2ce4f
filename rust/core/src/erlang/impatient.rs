//! Erlang A: callers hang up after an exponential time.

use super::probability::Share;
use super::queue::Definition;
use super::system::System;
use crate::error::{Error, Result};
use crate::numeric::exponential::{excess, exp, exp_and_exp_m1};
use crate::numeric::gamma_tails::{
    Lower, log_ratio, lost_moment, lower, lower_value, served_moment, steps_up, upper,
};
use crate::numeric::quadrature::integrate;

/// Newton's steps for a quantile; it converges monotonically, in four to ten.
const NEWTON_STEPS: u32 = 200;

/// Below this share of the queue its difference from what is left has lost a digit.
const SMALL: f64 = 0.1;

/// Up to here patiences, and logarithms by which the queue falls, time is so short that the integral
/// over it is of hardly more than a straight line.
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
    level: Level,
    /// Agents / load = c / eta.
    ratio: f64,
    patience: f64,
    queue: Lower,
    idle: f64,
    total: f64,
}

/// Where the lower tail is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// Services a patience long.
    pub(super) c: f64,
    /// Arrivals a patience long, less those that the time has worn off.
    pub(super) eta: f64,
    /// c - eta, from the spare agents.
    pub(super) gap: f64,
}

/// A time from now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    /// In units of patience.
    pub(super) y: f64,
    /// e^-y, and that less 1.
    pub(super) left: f64,
    pub(super) left_less_one: f64,
    /// c - eta by then.
    pub(super) gap: f64,
}

/// What becomes of the queue after a time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Later {
    /// P(V > y) / pi.
    waiting: f64,
    /// Those of them who are served in the end: that times (M - 1)/M.
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
    /// Whether who is served by then is a small part of the queue, and has lost its digits.
    pub(super) cancels: bool,
    is_soon: bool,
}

impl Level {
    #[inline(always)]
    pub(super) fn of(system: &System) -> Self {
        let turns = system.patience / system.aht;
        Self { c: system.agents * turns, eta: system.load * turns, gap: system.spare() * turns }
    }

    /// The time `y` patiences from now.
    #[inline(always)]
    pub(super) fn time(&self, y: f64) -> Time {
        let (left, left_less_one) = exp_and_exp_m1(-y);
        // Once half has worn off, the gap of now has no more digits for the gap of then.
        let worn = self.c - self.eta * left;
        let gap = if left < 0.5 { worn } else { self.gap - self.eta * left_less_one };
        Time { y, left, left_less_one, gap }
    }

    /// The level by then.
    #[inline(always)]
    pub(super) fn at(&self, time: &Time) -> Self {
        Self { c: self.c, eta: self.eta * time.left, gap: time.gap }
    }

    /// ln(eta/v) where eta is above v, the parameter that the lower tail was computed at.
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
    pub(super) fn new(system: &System, level: Level, upper: f64, queue: Lower) -> Self {
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
    pub(super) fn wait(&self) -> Share {
        let odds = self.idle / self.queue.value;
        Share { hit: 1.0 / (1.0 + odds), miss: 1.0 / (1.0 + 1.0 / odds) }
    }

    /// Share that is served, and share that hangs up.
    #[inline(always)]
    pub(super) fn served(&self) -> Share {
        self.unless_idle(Share {
            hit: self.share(self.idle + self.ratio * self.queue.less_one),
            miss: self.share(self.queue.slope),
        })
    }

    /// Mean wait of all: never above the patience, of which it is the share that hangs up.
    #[inline(always)]
    pub(super) fn mean_wait(&self) -> f64 {
        self.patience * self.served().other().value()
    }

    /// Mean wait of the served, from the [`served_moment`].
    #[inline(always)]
    pub(super) fn mean_wait_served(&self, moment: f64) -> f64 {
        // pi c tau K, over the share served.
        self.patience * self.share(moment) / self.served().value()
    }

    /// What [`mean_wait_served`](Self::mean_wait_served) is from.
    pub(super) fn served_moment(&self) -> f64 {
        let Level { c, eta, gap } = self.level;
        served_moment(c, eta, gap)
    }

    /// Mean wait of those who hang up: the probability of waiting cancels.
    pub(super) fn mean_wait_lost(&self) -> f64 {
        let Level { c, eta, gap } = self.level;
        self.patience * lost_moment(c, eta, gap) / self.queue.slope
    }

    /// The queue after `time`.
    pub(super) fn later(&self, time: f64) -> Later {
        let time = self.level.time(time / self.patience);
        let Level { c, eta, gap } = self.level.at(&time);
        self.later_by(&time, lower_value(c, eta, gap), self.level.peak())
    }

    /// The queue by `time`, from M and M - 1 by then and `peak`.
    fn later_by(&self, time: &Time, rest: [f64; 2], peak: f64) -> Later {
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
    pub(super) fn later_from(&self, time: &Time, [rest, less_one]: [f64; 2], peak: f64) -> Later {
        let Level { c, eta, gap } = self.level;
        let Time { y, left, left_less_one, gap: gap_then } = *time;
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
        let passed = queue.value - waiting;
        let is_soon = (y < SOON) & (y * (gap.abs() + eta * y) < SOON);
        Later {
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

    /// `later` soon after: who passes is c times the integral of e^E up to y, and who is served of them
    /// eta times that of e^(E - s).
    fn later_from_start(&self, y: f64, later: Later) -> Later {
        let Level { c, eta, gap } = self.level;
        let [passed, served] = integrate(0.0, y, |s| {
            let density = exp(-gap * s - eta * excess(s));
            [density, density * exp(-s)]
        });
        let unit = self.queue.unit;
        Later { passed: unit * c * passed, served_before: unit * eta * served, ..later }
    }

    /// `later` at `level`, with who passes from the upper tails: e^E M = const - e^E Y.
    fn later_from_above(&self, level: &Level, later: Later) -> Later {
        let Level { c, .. } = self.level;
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
        Later { passed, served_before: passed + (start - unit), ..later }
    }

    /// Service level by `definition`, of calls with an offered wait of at most that.
    ///
    /// Parts of a whole that hangs on the definition, chosen without branches.
    #[inline(always)]
    pub(super) fn within(&self, later: &Later, definition: Definition) -> Share {
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
        let (hit, miss, whole) = parts;
        self.unless_idle(Share { hit: hit / whole, miss: miss / whole })
    }

    /// `share`, but everybody where nobody ever waits.
    #[inline(always)]
    fn unless_idle(&self, share: Share) -> Share {
        let idle = self.idle == f64::INFINITY;
        Share { hit: if idle { 1.0 } else { share.hit }, miss: if idle { 0.0 } else { share.miss } }
    }

    /// The wait that a share `within` < 1 of the calls does not exceed.
    ///
    /// ln P(W > y) is concave with slope -1 - c/M(c, eta e^-y): Newton's method comes down on the root
    /// from the right, once it is there. Where it jumps so far that the probability leaves binary64,
    /// the bracket is halved.
    pub(super) fn quantile(&self, within: Share) -> Result<f64> {
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
