//! The distribution of the number of calls in system, advanced in time under constant rates.
//!
//! With M = 1 + A / q, A the generator on a window of states and q its greatest exit rate,
//! exp(A t) p is a series of Chebyshev polynomials `T_k(M)` p: some 9 sqrt(q t) products instead of
//! the q t of the power series (uniformization). M is self-adjoint only in the stationary weight: far
//! from the steady state `T_k(M)` p grows before it is damped, so each step watches the norm, and gives way
//! to a shorter one, in the end to the power series, whose terms are all positive.

use crate::day::weights::Weights;
use crate::error::{Error, Result};
use crate::lanes::{Arithmetic, Set, Work};

/// Rates of one interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rates {
    /// Calls a second.
    pub(super) arrivals: f64,
    /// Calls that one agent ends a second.
    pub(super) service: f64,
    /// Waiting callers that hang up, each, a second; infinite where nobody waits at all.
    pub(super) hanging_up: f64,
    /// Agents at work.
    pub(super) agents: usize,
}

impl Rates {
    /// Whether a caller who finds all agents busy is lost at once.
    pub(super) fn nobody_waits(&self) -> bool {
        self.hanging_up.is_infinite()
    }

    /// Calls a second that leave the system from `calls` in it.
    fn leaving(&self, calls: usize) -> f64 {
        let waiting = calls.saturating_sub(self.agents);
        let hanging_up = if waiting == 0 { 0.0 } else { waiting as f64 * self.hanging_up };
        calls.min(self.agents) as f64 * self.service + hanging_up
    }
}

/// Probabilities of `first`, `first + 1`, ... calls in system.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Distribution {
    pub(super) first: usize,
    pub(super) probabilities: Vec<f64>,
}

/// Probabilities below this are let go of: a window of 300 states loses at most 3e-15.
const NEGLIGIBLE: f64 = 1e-17;

impl Distribution {
    /// One beyond the greatest number of calls with a probability.
    pub(super) fn end(&self) -> usize {
        self.first + self.probabilities.len()
    }

    /// Each number of calls with its probability.
    pub(super) fn states(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.probabilities.iter().enumerate().map(|(i, &p)| (self.first + i, p))
    }

    /// Drops negligible ends and makes the sum 1.
    pub(super) fn trim(&mut self) {
        let p = &mut self.probabilities;
        let keep = |&value: &f64| value > NEGLIGIBLE;
        let last = p.iter().rposition(keep).map_or(1, |at| at + 1);
        p.truncate(last);
        let start = p.iter().position(keep).unwrap_or(0);
        p.drain(..start);
        self.first += start;
        let sum: f64 = p.iter().sum();
        for value in p.iter_mut() {
            *value = value.max(0.0) / sum;
        }
    }

    fn mean_and_variance(&self) -> (f64, f64) {
        let mean: f64 = self.states().map(|(i, p)| i as f64 * p).sum();
        let variance = self.states().map(|(i, p)| (i as f64 - mean).powi(2) * p).sum();
        (mean, variance)
    }
}

/// Seconds spent at each number of calls in system, from 0 up.
#[derive(Debug, Default)]
pub(super) struct TimeSpent(pub(super) Vec<f64>);

impl TimeSpent {
    fn add(&mut self, first: usize, seconds: impl ExactSizeIterator<Item = f64>) {
        let end = first + seconds.len();
        if self.0.len() < end {
            self.0.resize(end, 0.0);
        }
        for (total, more) in self.0[first..].iter_mut().zip(seconds) {
            *total += more;
        }
    }
}

/// The generator on a window, as the factors of 2 M, and the vectors of the series.
#[derive(Debug, Default)]
struct Window {
    /// Factor of the state below, from each state.
    up: Vec<f64>,
    stay: Vec<f64>,
    down: Vec<f64>,
    /// Latest two terms, with a zero before and one after.
    older: Vec<f64>,
    newer: Vec<f64>,
    state: Vec<f64>,
    time: Vec<f64>,
}

/// What advances distributions, with the memory that it uses again and again.
#[derive(Debug)]
pub(super) struct Transient {
    set: Set,
    /// Largest error of one step.
    tolerance: f64,
    weights: Weights,
    window: Window,
}

/// Standard deviations on each side of the fluid path that a window holds at first.
const SPREAD: f64 = 7.5;

/// Probability at a window's open end above which the step is done again in a wider one.
const LEAK: f64 = 1e-15;

/// Attempts at one step: forty cuts shorten it by 1e16, twenty widenings reach 1e4 times as far.
const ATTEMPTS: usize = 60;

/// Products up to which the power series is a way out; beyond it a shorter step is cheaper.
const FEW_PRODUCTS: f64 = 45.0;

/// Terms between two looks at the norm.
const TERMS_PER_CHECK: usize = 8;

impl Transient {
    pub(super) fn new(tolerance: f64) -> Self {
        Self {
            set: Set::in_use(),
            tolerance,
            weights: Weights::default(),
            window: Window::default(),
        }
    }

    /// `from` after `duration` seconds; the time spent in each state on the way goes to `spent`.
    pub(super) fn advance(
        &mut self,
        rates: &Rates,
        from: &mut Distribution,
        duration: f64,
        spent: &mut TimeSpent,
    ) -> Result<()> {
        let mut left = duration;
        let mut step = duration;
        while left > 0.0 {
            // What rounding leaves over is no step of its own.
            step = if step > 0.999 * left { left } else { step };
            let mut spread = SPREAD;
            let mut attempts = 0;
            loop {
                match self.attempt(rates, from, step, spread, spent) {
                    Outcome::Done => break,
                    Outcome::TooNarrow => spread *= 1.6,
                    Outcome::TooLong => step /= 2.5,
                }
                attempts += 1;
                if attempts > ATTEMPTS {
                    return Err(Error::NotConverged {
                        what: "the distribution of the calls in system",
                        arguments: format!("{rates:?} over {duration} seconds"),
                    });
                }
            }
            left -= step;
            step *= 3.0;
        }
        Ok(())
    }

    fn attempt(
        &mut self,
        rates: &Rates,
        from: &mut Distribution,
        step: f64,
        spread: f64,
        spent: &mut TimeSpent,
    ) -> Outcome {
        let (first, last) = reach(rates, from, step, spread);
        let fastest = self.window.open(rates, from, first, last);
        let products = fastest * step;
        if products == 0.0 {
            spent.add(from.first, from.probabilities.iter().map(|p| p * step));
            return Outcome::Done;
        }
        self.weights.chebyshev(products, 1e-4 * self.tolerance);
        let limit = (self.tolerance / 3e-16).min(1e4);
        let mut good = self.set.run(Series {
            window: &mut self.window,
            weights: &self.weights,
            limit,
            residue: 0.01 * self.tolerance,
            powers: false,
        });
        if !good {
            if products > FEW_PRODUCTS {
                return Outcome::TooLong;
            }
            self.window.open(rates, from, first, last);
            self.weights.powers(products, 1e-4 * self.tolerance);
            good = self.set.run(Series {
                window: &mut self.window,
                weights: &self.weights,
                limit: f64::INFINITY,
                residue: f64::INFINITY,
                powers: true,
            });
        }
        debug_assert!(good);
        let Window { state, time, .. } = &self.window;
        let at_floor = first == 0;
        let at_ceiling = rates.arrivals == 0.0 || (rates.nobody_waits() && last == rates.agents);
        if (!at_floor && state[0] > LEAK) || (!at_ceiling && state[last - first] > LEAK) {
            return Outcome::TooNarrow;
        }
        spent.add(first, time.iter().map(|t| t / fastest));
        from.first = first;
        from.probabilities.clear();
        from.probabilities.extend_from_slice(&state[..=last - first]);
        from.trim();
        Outcome::Done
    }
}

enum Outcome {
    Done,
    TooNarrow,
    TooLong,
}

impl Window {
    /// Sets the generator up on `first..=last` and `from` as the first term; the greatest exit rate.
    fn open(&mut self, rates: &Rates, from: &Distribution, first: usize, last: usize) -> f64 {
        let states = last - first + 1;
        let arrivals = |i: usize| if i == last { 0.0 } else { rates.arrivals };
        let departures = |i: usize| if i == first { 0.0 } else { rates.leaving(i) };
        // More calls never leave more slowly.
        let fastest = rates.arrivals + rates.leaving(last);
        let double = 2.0 / fastest;
        self.up.clear();
        self.up.extend(
            (first..=last).map(|i| if i == first { 0.0 } else { double * arrivals(i - 1) }),
        );
        self.stay.clear();
        self.stay.extend((first..=last).map(|i| 2.0 - double * (arrivals(i) + departures(i))));
        self.down.clear();
        self.down.extend(
            (first..=last).map(|i| if i == last { 0.0 } else { double * departures(i + 1) }),
        );
        for vector in [&mut self.older, &mut self.newer] {
            vector.clear();
            vector.resize(states + 2, 0.0);
        }
        let at = from.first - first + 1;
        self.older[at..at + from.probabilities.len()].copy_from_slice(&from.probabilities);
        for vector in [&mut self.state, &mut self.time] {
            vector.clear();
            vector.resize(states, 0.0);
        }
        fastest
    }
}

/// A series over a window: sums of terms by two sets of weights.
struct Series<'a> {
    window: &'a mut Window,
    weights: &'a Weights,
    /// Largest norm of a term times the weights to come.
    limit: f64,
    /// Largest weighted norm of the last term.
    residue: f64,
    /// Powers of M, else its Chebyshev polynomials.
    powers: bool,
}

impl Work for Series<'_> {
    type Output = bool;

    /// Whether the terms stayed small enough.
    #[inline(always)]
    fn run(self, _by: impl Arithmetic) -> bool {
        let Weights { state: c, time: b, tails } = self.weights;
        let Window { up, stay, down, older, newer, state, time } = self.window;
        // T_1 = M T_0, where the factors are those of 2 M; of powers every term is made so.
        product::<true>(up, stay, down, older, newer, 0.5);
        add(state, time, [older, newer], [c[0], c[1]], [b[0], b[1]]);
        for k in (2..c.len()).step_by(2) {
            if self.powers {
                product::<true>(up, stay, down, newer, older, 0.5);
                product::<true>(up, stay, down, older, newer, 0.5);
                add(state, time, [older, newer], [c[k], c[k + 1]], [b[k], b[k + 1]]);
            } else {
                product::<false>(up, stay, down, newer, older, 1.0);
                product_and_add(
                    (up, stay, down),
                    (older, newer),
                    (state, time),
                    [c[k], c[k + 1]],
                    [b[k], b[k + 1]],
                );
                if k % TERMS_PER_CHECK == 0 && tails[k] * norm(older) > self.limit {
                    return false;
                }
            }
        }
        let last = c.len() - 1;
        self.powers || tails[last - 1].max(0.01 * self.residue) * norm(newer) <= self.residue
    }
}

/// `target` = `factor` times the tridiagonal product of `source`, less the old `target` unless `FRESH`.
#[inline(always)]
fn product<const FRESH: bool>(
    up: &[f64],
    stay: &[f64],
    down: &[f64],
    source: &[f64],
    target: &mut [f64],
    factor: f64,
) {
    let n = up.len();
    let (stay, down, source) = (&stay[..n], &down[..n], &source[..n + 2]);
    let target = &mut target[1..=n];
    for i in 0..n {
        let value = up[i] * source[i] + stay[i] * source[i + 1] + down[i] * source[i + 2];
        target[i] = if FRESH { factor * value } else { value - target[i] };
    }
}

/// The next Chebyshev term in place of the one in `newer`, and both terms added to the sums.
#[inline(always)]
fn product_and_add(
    (up, stay, down): (&[f64], &[f64], &[f64]),
    (older, newer): (&[f64], &mut [f64]),
    (state, time): (&mut [f64], &mut [f64]),
    c: [f64; 2],
    b: [f64; 2],
) {
    let n = up.len();
    let (stay, down, older) = (&stay[..n], &down[..n], &older[..n + 2]);
    let newer = &mut newer[1..=n];
    let (state, time) = (&mut state[..n], &mut time[..n]);
    for i in 0..n {
        let here = older[i + 1];
        let next = up[i] * older[i] + stay[i] * here + down[i] * older[i + 2] - newer[i];
        newer[i] = next;
        state[i] += c[0] * here + c[1] * next;
        time[i] += b[0] * here + b[1] * next;
    }
}

#[inline(always)]
fn add(
    state: &mut [f64],
    time: &mut [f64],
    [first, second]: [&[f64]; 2],
    c: [f64; 2],
    b: [f64; 2],
) {
    let n = state.len();
    let (first, second, time) = (&first[1..=n], &second[1..=n], &mut time[..n]);
    for i in 0..n {
        state[i] += c[0] * first[i] + c[1] * second[i];
        time[i] += b[0] * first[i] + b[1] * second[i];
    }
}

/// Sum of absolute values, in an order that does not depend on the instruction set.
#[inline(always)]
fn norm(vector: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let chunks = vector.chunks_exact(8);
    let rest: f64 = chunks.remainder().iter().map(|value| value.abs()).sum();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value.abs();
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// States that hold all but some 1e-16 of the probability during a step.
///
/// By the fluid path of the mean and the linear noise around it, `spread` standard deviations wide and
/// wider above, where counts are skew; whoever is wrong is found by the probability at the ends.
pub(super) fn reach(rates: &Rates, from: &Distribution, step: f64, spread: f64) -> (usize, usize) {
    const PIECES: usize = 12;
    let (mut mean, mut variance) = from.mean_and_variance();
    let (mut low, mut high) = (from.first as f64, (from.end() - 1) as f64);
    let agents = rates.agents as f64;
    let hanging_up = if rates.nobody_waits() { rates.service } else { rates.hanging_up };
    let piece = step / PIECES as f64;
    for _ in 0..PIECES {
        let busy = mean.min(agents);
        let leaving = busy * rates.service + (mean - busy) * hanging_up;
        let drift = rates.arrivals - leaving;
        let restoring = if mean < agents { rates.service } else { hanging_up };
        let noise = rates.arrivals + leaving;
        if restoring * piece > 1e-6 {
            let kept = (-restoring * piece).exp();
            mean += drift * (1.0 - kept) / restoring;
            let settled = 0.5 * noise / restoring;
            variance = settled + (variance - settled) * kept * kept;
        } else {
            mean += drift * piece;
            variance += noise * piece;
        }
        mean = mean.max(0.0);
        let sd = variance.max(0.0).sqrt();
        low = low.min(mean - spread * sd);
        high = high.max(mean + spread * sd + spread * spread / 6.0);
    }
    let nowhere = rates.arrivals == 0.0;
    let first = if low <= 0.0 { 0 } else { low as usize };
    let mut last = if nowhere { from.end() - 1 } else { high.ceil() as usize };
    if rates.nobody_waits() {
        last = last.min(rates.agents);
    } else if !nowhere {
        // Whole vectors of eight states.
        last = first + (last - first + 1).next_multiple_of(8) - 1;
    }
    (first.min(last), last)
}
