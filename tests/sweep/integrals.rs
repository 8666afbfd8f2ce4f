//! Erlang B, C and A by numerical integration, in another way than the core's.
//!
//! With n agents, load a, and times in units of the mean patience, c = n patience / handle time and
//! eta = a patience / handle time. An endlessly patient caller's wait V has the density
//! pi c exp(eta (1 - e^-y) - c y) at y > 0, and finds an agent free with probability pi Y, where
//! Y = 1/B - 1 = n times the integral over s > 0 of exp(n s - a (e^s - 1)), and pi makes the total 1.
//! Every measure is a sum of positive parts of these integrals, taken as they stand: the exponents have
//! 32 digits, so that nothing needs to be rewritten to save digits.
//!
//! Sources: Jagerman (1974) for 1/B; Zeltyn and Mandelbaum (2005) for the density of the wait.

use std::sync::LazyLock;

use crate::double_double::Double;

/// A queue in its steady state; `patience` is 0 for Erlang B and infinite for Erlang C.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    pub(crate) agents: Double,
    pub(crate) load: Double,
    pub(crate) aht: Double,
    pub(crate) patience: Double,
}

/// A probability and its complement, neither computed from the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Both {
    pub(crate) hit: f64,
    pub(crate) miss: f64,
}

impl Both {
    const ALL: Self = Self { hit: 1.0, miss: 0.0 };
    const NONE: Self = Self { hit: 0.0, miss: 1.0 };
    const MISSING: Self = Self { hit: f64::NAN, miss: f64::NAN };

    /// From two parts of a whole.
    fn of(hit: f64, miss: f64) -> Self {
        let all = hit + miss;
        Self { hit: hit / all, miss: miss / all }
    }

    fn swapped(self) -> Self {
        Self { hit: self.miss, miss: self.hit }
    }
}

/// What callers meet, those that depend on a time at one time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures {
    pub(crate) blocking: f64,
    pub(crate) wait: Both,
    pub(crate) lost: Both,
    pub(crate) asa: f64,
    pub(crate) mean_wait: f64,
    pub(crate) mean_wait_lost: f64,
    /// Offered, answered, abandoned within excluded, abandoned within counted, virtual.
    pub(crate) within: [Both; 5],
    /// -d ln P(W > t) / dt at the time, per second.
    pub(crate) hazard: f64,
}

/// The weights of the density of V: 1, e^-y, 1 - e^-y, y e^-y, 1 - e^-y (1 + y).
const WEIGHTS: usize = 5;

/// Integrals times exp(-`scale`).
#[derive(Debug, Clone, Copy)]
struct Scaled<const W: usize> {
    parts: [f64; W],
    scale: Double,
}

/// Nodes and weights of Gauss and Legendre's rule on [-1, 1].
static RULE: LazyLock<[(f64, f64); 32]> = LazyLock::new(|| {
    let count = 32.0;
    std::array::from_fn(|i| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (count + 0.5)).cos();
        let mut slope = 0.0;
        for _ in 0..20 {
            let (mut before, mut value) = (1.0, x);
            for k in 2..=32 {
                let k = f64::from(k);
                (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
            }
            slope = count * (before - x * value) / (1.0 - x * x);
            x -= value / slope;
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
});

/// Where a concave exponent has fallen by this much below its top, what is left is not looked at; the
/// weights grow by far less.
const REACH: f64 = 70.0;
/// By how much the exponent falls at most within a panel: 32 nodes leave 1e-24 of a Gaussian then.
const FALL: f64 = 30.0;
/// The length of a panel at most, where both exponents are not just a power e^y less a line, and where
/// that power is small everywhere.
const SHORT: f64 = 2.0;
const LONG: f64 = 8.0;

/// The integrals over `from`..`to` of weights under exp(exponent), a concave function with its top near
/// `top`. `at` gives the exponent and the weights at a point; `longest` the length of a panel at most
/// that begins there and goes up (1) or down (-1).
fn integrate<const W: usize>(
    (from, to): (Double, Double),
    top: f64,
    at: impl Fn(Double) -> (Double, [f64; W]),
    longest: impl Fn(f64, f64) -> f64,
) -> Scaled<W> {
    let top = if top <= from.high {
        from
    } else if top >= to.high {
        to
    } else {
        Double::from(top)
    };
    let scale = at(top).0;
    let mut parts = [0.0; W];
    for (end, sign) in [(to, 1.0), (from, -1.0)] {
        let (mut here, mut height, mut step) = (top, 0.0_f64, f64::INFINITY);
        // Some hundred panels at most; infinite exponents end it too.
        for _ in 0..10_000 {
            let left = ((end - here).value() * sign).max(0.0);
            step = (4.0 * step).min(longest(here.high, sign)).min(left);
            if step == 0.0 || height.is_nan() || height < -REACH {
                break;
            }
            let mut there = here + Double::from(sign * step);
            let mut lower = (at(there).0 - scale).value();
            while height - lower > FALL {
                step *= 0.5;
                there = here + Double::from(sign * step);
                lower = (at(there).0 - scale).value();
            }
            let middle = here + Double::from(sign * 0.5 * step);
            for (node, weight) in *RULE {
                let (exponent, weights) = at(middle + Double::from(0.5 * step * node));
                let density = 0.5 * step * weight * (exponent - scale).value().exp();
                for (part, weight) in parts.iter_mut().zip(weights) {
                    *part += density * weight;
                }
            }
            if step >= left {
                break;
            }
            (here, height) = (there, lower);
        }
    }
    Scaled { parts, scale }
}

/// 1 - e^-y (1 + y), given e^-y.
fn both_lost(y: Double, power: Double) -> f64 {
    if y.high > 0.2 {
        return (Double::from(1.0) - power * (Double::from(1.0) + y)).value();
    }
    // The sum of (-1)^k (k - 1) y^k / k! from k = 2: nothing is lost where y is small.
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 1..=20 {
        let k = f64::from(k);
        term *= -y.high / k;
        sum += (k - 1.0) * term;
    }
    sum
}

/// e^-y and its complement.
fn after(y: Double) -> Both {
    // Infinity times or over anything has no low part.
    if y.high.is_nan() || y.high >= f64::MAX {
        return Both::NONE;
    }
    let left = (-y).exp();
    Both { hit: left.value(), miss: (Double::from(1.0) - left).value() }
}

impl Queue {
    /// Y = 1/B - 1.
    fn idle(&self) -> Scaled<1> {
        let Self { agents: n, load: a, .. } = *self;
        if n.high == 0.0 {
            return Scaled { parts: [0.0], scale: Double::from(0.0) };
        }
        let top = (n / a).ln().value().max(0.0);
        let mut idle = integrate(
            (Double::from(0.0), Double::from(f64::MAX)),
            top,
            |s| (n * s - a * (s.exp() - Double::from(1.0)), [1.0]),
            |s, sign| {
                let power = a.high * (s + LONG.min(LONG * (1.0 + sign))).exp();
                if power < 0.5 { LONG } else { SHORT }
            },
        );
        idle.parts[0] *= n.high;
        idle
    }

    /// M's share of `from`..`to` in units of patience, by weights; 0 < c, eta < infinity.
    fn queue(&self, from: Double, to: Double) -> Scaled<WEIGHTS> {
        let turns = self.patience / self.aht;
        let (c, eta) = (self.agents * turns, self.load * turns);
        let mut queue = integrate(
            (from, to),
            (eta / c).ln().value(),
            |y| {
                let power = (-y).exp();
                let lost = Double::from(1.0) - power;
                let p = power.high;
                (eta * lost - c * y, [1.0, p, lost.value(), y.high * p, both_lost(y, power)])
            },
            // The weights and the exponent's e^-y have a length of 1; where neither is left, e^-cy alone.
            |y, sign| {
                let power = eta.high * (LONG.min(LONG * (1.0 - sign)) - y).exp();
                if power > 0.5 {
                    SHORT
                } else if y - from.high < 45.0 || power > 1e-20 {
                    LONG
                } else {
                    f64::INFINITY
                }
            },
        );
        queue.parts = queue.parts.map(|part| part * c.high);
        queue
    }

    fn is_loss(&self) -> bool {
        self.patience.high == 0.0
    }

    fn is_patient(&self) -> bool {
        self.patience.high == f64::INFINITY
    }

    /// The measures, with `threshold` in seconds.
    pub(crate) fn measures(&self, threshold: Double) -> Measures {
        if self.load.high == 0.0 {
            return Measures {
                blocking: 0.0,
                wait: Both::NONE,
                lost: Both::NONE,
                asa: 0.0,
                mean_wait: 0.0,
                mean_wait_lost: f64::NAN,
                within: [Both::ALL; 5],
                hazard: f64::NAN,
            };
        }
        let spare = self.agents - self.load;
        if self.is_patient() && spare.value() <= 0.0 {
            return self.unstable();
        }
        if self.agents.high == 0.0 {
            return self.deserted(threshold);
        }
        let idle = self.idle();
        let blocking = (-idle.scale).exp().high / ((-idle.scale).exp().high + idle.parts[0]);
        if self.is_loss() {
            self.loss(&idle, blocking, threshold)
        } else if self.is_patient() {
            self.delay(&idle, blocking, spare, threshold)
        } else {
            self.impatient(&idle, blocking, threshold)
        }
    }

    fn unstable(&self) -> Measures {
        let idle = self.idle();
        Measures {
            blocking: (-idle.scale).exp().high / ((-idle.scale).exp().high + idle.parts[0]),
            wait: Both::ALL,
            lost: Both::NONE,
            asa: f64::INFINITY,
            mean_wait: f64::INFINITY,
            mean_wait_lost: f64::NAN,
            within: [Both::NONE; 5],
            hazard: f64::NAN,
        }
    }

    /// Nobody there: all wait until they hang up.
    fn deserted(&self, threshold: Double) -> Measures {
        let patience = self.patience.value();
        let endless = Double::from(f64::INFINITY);
        let left = after(if patience > 0.0 { threshold / self.patience } else { endless });
        Measures {
            blocking: 1.0,
            wait: Both::ALL,
            lost: Both::ALL,
            asa: f64::NAN,
            mean_wait: patience,
            mean_wait_lost: patience,
            within: [
                Both::NONE,
                Both::MISSING,
                if left.hit > 0.0 { Both::NONE } else { Both::MISSING },
                left.swapped(),
                Both::NONE,
            ],
            hazard: 1.0 / patience,
        }
    }

    fn loss(&self, idle: &Scaled<1>, blocking: f64, threshold: Double) -> Measures {
        let free = (-idle.scale).exp().high;
        let blocked = Both::of(free, idle.parts[0]);
        // An endlessly patient caller takes the first of n agents that is free.
        let late = after(self.agents * threshold / self.aht);
        let patient =
            Both { hit: blocked.miss + blocked.hit * late.miss, miss: blocked.hit * late.hit };
        Measures {
            blocking,
            wait: blocked,
            lost: blocked,
            asa: 0.0,
            mean_wait: 0.0,
            mean_wait_lost: 0.0,
            within: [blocked.swapped(), Both::ALL, Both::ALL, Both::ALL, patient],
            hazard: f64::NAN,
        }
    }

    fn delay(&self, idle: &Scaled<1>, blocking: f64, spare: Double, threshold: Double) -> Measures {
        // C = 1 / (1 + (n - a)/n Y).
        let odds = (spare / self.agents).value() * idle.parts[0];
        let wait = Both::of((-idle.scale).exp().high, odds);
        let drain = spare / self.aht;
        let late = after(drain * threshold);
        let within = Both { hit: wait.miss + wait.hit * late.miss, miss: wait.hit * late.hit };
        let mean = wait.hit / drain.value();
        Measures {
            blocking,
            wait,
            lost: Both::NONE,
            asa: mean,
            mean_wait: mean,
            mean_wait_lost: f64::NAN,
            within: [within; 5],
            hazard: drain.value(),
        }
    }

    fn impatient(&self, idle: &Scaled<1>, blocking: f64, threshold: Double) -> Measures {
        let nothing = Scaled { parts: [0.0; WEIGHTS], scale: Double::from(-1e300) };
        let endless = threshold.high == f64::INFINITY;
        let end = Double::from(f64::MAX);
        let y = if endless { end } else { threshold / self.patience };
        let before = if y.high > 0.0 { self.queue(Double::from(0.0), y) } else { nothing };
        let after = if y.high < 1e300 { self.queue(y, end) } else { nothing };
        // The queue on a scale of its own, as its inner ratios have; all of it is `weight` of the whole.
        let greater = |a: Double, b: Double| if (a - b).value() > 0.0 { a } else { b };
        let scale = greater(before.scale, after.scale);
        let scaled = |part: Scaled<WEIGHTS>| {
            let factor = (part.scale - scale).exp().high;
            part.parts.map(|value| value * factor)
        };
        let (queue_before, queue_after) = (scaled(before), scaled(after));
        let top = greater(idle.scale, scale);
        let weight = (scale - top).exp().high;
        let (before, after) =
            (queue_before.map(|part| part * weight), queue_after.map(|part| part * weight));
        let free = (idle.scale - top).exp().high * idle.parts[0];
        let all = free + before[0] + after[0];
        let [wait, answered, lost, answered_wait, _] =
            std::array::from_fn(|i| before[i] + after[i]);
        let served = free + answered;
        let (left, gone) = ((-y).exp().high, (Double::from(1.0) - (-y).exp()).value());
        let waiting = left * after[0];
        let patience = self.patience.value();
        let density = if queue_after[0] > 0.0 && !endless {
            let turns = self.patience / self.aht;
            let (c, eta) = (self.agents * turns, self.load * turns);
            let exponent = eta * (Double::from(1.0) - (-y).exp()) - c * y - scale;
            c.high * exponent.exp().high / queue_after[0]
        } else {
            f64::NAN
        };
        Measures {
            blocking,
            wait: Both { hit: wait / all, miss: free / all },
            lost: Both { hit: lost / all, miss: served / all },
            asa: patience * answered_wait / served,
            mean_wait: patience * lost / all,
            mean_wait_lost: patience * (queue_before[4] + queue_after[4])
                / (queue_before[2] + queue_after[2]),
            within: [
                Both { hit: (free + before[1]) / all, miss: (before[2] + after[0]) / all },
                Both { hit: (free + before[1]) / served, miss: after[1] / served },
                Both::of(free + before[1], waiting),
                Both { hit: (free + before[0] + gone * after[0]) / all, miss: waiting / all },
                Both { hit: (free + before[0]) / all, miss: after[0] / all },
            ],
            hazard: (1.0 + density) / patience,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Both, Measures, Queue};
    use crate::double_double::Double;
    use crate::table::{Row, rows};

    /// What the integrals add to rounding their nodes.
    const TOLERANCE: f64 = 2e-14;
    /// Below this the table's values are no doubles any more.
    const TINY: f64 = 1e-290;

    fn measures(row: &Row) -> Measures {
        let number = |column| Double::from(row.number(column));
        let queue = Queue {
            agents: number("agents"),
            load: number("lambda_per_s") * number("aht_s"),
            aht: number("aht_s"),
            patience: match row.text("model") {
                "B" => Double::from(0.0),
                "C" => Double::from(f64::INFINITY),
                _ => number("patience_s"),
            },
        };
        queue.measures(row.optional("threshold_s").unwrap_or(0.0).into())
    }

    #[test]
    fn the_table_of_25_digits_comes_out() {
        let mut compared = 0;
        for row in rows("erlang_reference.csv") {
            let Measures { wait, lost, within, asa, mean_wait, mean_wait_lost, .. } =
                measures(&row);
            let is_loss = row.text("model") == "B";
            let Both { hit: late, miss: soon } = wait;
            for (column, got) in [
                (if is_loss { "p_block" } else { "p_wait" }, late),
                ("p_immediate", soon),
                (if is_loss { "p_block" } else { "p_abandon" }, lost.hit),
                ("service_level", within[0].hit),
                ("sl_of_answered", within[1].hit),
                ("sl_answered_or_late_abandon", within[2].hit),
                ("p_wait_le_t", within[3].hit),
                ("p_wait_gt_t", within[3].miss),
                ("mean_wait_s", mean_wait),
                ("mean_wait_served_s", asa),
                ("mean_wait_abandoned_s", mean_wait_lost),
            ] {
                let Some(expected) = row.optional(column) else { continue };
                compared += 1;
                let small = got.abs() < TINY && expected.abs() < TINY;
                let error = (got / expected - 1.0).abs();
                assert!(
                    got == expected || small || error <= TOLERANCE,
                    "{column}: got {got:e}, expected {expected:e}, {error:.1e} off in {row:?}"
                );
            }
        }
        assert!(compared > 5000, "{compared} values compared");
    }

    #[test]
    fn one_over_b_is_what_the_chain_of_states_gives() {
        for (agents, load) in [(1, 0.01), (7, 4.5), (112, 130.25), (2000, 2100.5), (900, 9e4)] {
            let mut inverse = Double::from(1.0);
            for k in 1..=agents {
                let ratio = Double::from(f64::from(k)) / Double::from(load);
                inverse = Double::from(1.0) + ratio * inverse;
            }
            let queue = Queue {
                agents: f64::from(agents).into(),
                load: load.into(),
                aht: 1.0.into(),
                patience: 0.0.into(),
            };
            let error = queue.measures(0.0.into()).blocking * inverse.value() - 1.0;
            assert!(error.abs() < 5e-15, "{agents} agents, load {load}: {error:e}");
        }
    }

    #[test]
    fn the_queue_is_what_the_chain_of_states_gives() {
        // Waiting calls, one by one: eta^k / ((c+1)..(c+k)) of the state in which the first one waits.
        for (agents, load, turns) in
            [(3.0, 2.0, 1.0), (40.0, 50.0, 0.01), (0.25, 8.0, 3.0), (300.0, 250.0, 1e3)]
        {
            let (c, eta) = (agents * turns, load * turns);
            let (mut term, mut queue, mut lost) = (1.0, 1.0, 0.0);
            for k in 1..2_000_000 {
                let k = f64::from(k);
                term *= eta / (c + k);
                queue += term;
                lost += k * term / eta;
                if term < 1e-20 * queue {
                    break;
                }
            }
            let system = Queue {
                agents: agents.into(),
                load: load.into(),
                aht: 1.0.into(),
                patience: turns.into(),
            };
            let measures = system.measures(0.0.into());
            let error = measures.lost.hit / measures.wait.hit / (lost / queue) - 1.0;
            assert!(error.abs() < 1e-12, "{agents} agents, load {load}: {error:e}");
        }
    }
}
