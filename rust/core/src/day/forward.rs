//! The forward equation of the state probabilities: the distribution of the number of calls in system,
//! advanced in time under constant rates.
//!
//! With M = 1 + A / q, A the generator on a window of states and q its greatest exit rate,
//! exp(A t) p is a series of Chebyshev polynomials `T_k(M)` p: some 9 sqrt(q t) products instead of
//! the q t of the power series (uniformization). M is self-adjoint only in the stationary weight: far
//! from the steady state `T_k(M)` p grows before it is damped, so each step watches the norm, and gives way
//! to a shorter one, in the end to the power series, whose terms are all positive.

use crate::day::distribution::{
    MOST_CALLS, MOST_STATES, Rates, Snapshot, StateDistribution, TimeSpent, reach,
};
use crate::day::effort::{Effort, STATES_PER_LOOK, too_long, too_many};
use crate::day::panels::NODES_PER_PANEL;
use crate::day::series::{
    AtNodes, BLOCK, HELD, STATES_ABREAST, StateLanes, combine, copy, lay, numbers, vectors,
};
use crate::day::weights::{ABSENT, ChebyshevAt, PoissonAt, SeriesWeights};
use crate::error::Result;
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};

/// Sums of one step for a snapshot.
#[derive(Debug, Default)]
struct SnapshotSums {
    /// The snapshot's index.
    index: usize,
    weights: Vec<AtNodes>,
    /// The first state with all agents busy, as a cell of the rows, and its callers waiting.
    cell: usize,
    waiting: usize,
    sums: Vec<AtNodes>,
}

/// The generator on a window, as the factors of 2 M, and the vectors of the series.
#[derive(Debug, Default)]
struct Window {
    /// Factor of the state below, from each state.
    up: Vec<StateLanes>,
    stay: Vec<StateLanes>,
    down: Vec<StateLanes>,
    /// Latest two terms, between the neighbours of the first vector and those of the last.
    older: Vec<StateLanes>,
    newer: Vec<StateLanes>,
    state: Vec<StateLanes>,
    time: Vec<StateLanes>,
    /// Latest terms of the states in snapshots.
    block: Vec<f64>,
    /// Products of the latest step.
    last_cost: f64,
}

/// Advances distributions in time; its memory is reused.
pub(super) struct Transient<'a> {
    effort: &'a Effort<'a>,
    set: InstructionSet,
    /// Largest error of one step.
    tolerance: f64,
    weights: SeriesWeights,
    window: Window,
    sums_at_nodes: Vec<SnapshotSums>,
}

/// Standard deviations on each side of the fluid path that a window holds at first.
const SPREAD: f64 = 7.5;

/// Probability at a window's open end above which the step is done again in a wider one.
const LEAK: f64 = 1e-15;

/// Attempts at one step: forty cuts shorten it by 1e16, twenty widenings reach 1e4 times as far.
const ATTEMPTS: usize = 60;

/// Products up to which the power series is a way out; beyond it a shorter step is cheaper.
const FEW_PRODUCTS: f64 = 45.0;

/// Products of one step: its weights are some 50,000 then. More are several steps.
const MOST_PRODUCTS: f64 = 3e7;

/// Steps after which a queue that moves very fast has settled, or never will in reasonable time.
const STEPS_TO_SETTLE: usize = 100;

/// Terms between two looks at the norm.
const TERMS_PER_CHECK: usize = 8;

impl<'a> Transient<'a> {
    pub(super) fn new(tolerance: f64, effort: &'a Effort<'a>) -> Self {
        Self {
            effort,
            set: InstructionSet::in_use(),
            tolerance,
            weights: SeriesWeights::default(),
            window: Window::default(),
            sums_at_nodes: Vec::new(),
        }
    }

    /// Advances `from` by `duration` seconds; adds the time spent in each state to `spent`, and the state
    /// probabilities at their instants to `snapshots`.
    pub(super) fn advance(
        &mut self,
        rates: &Rates,
        from: &mut StateDistribution,
        duration: f64,
        spent: &mut TimeSpent,
        snapshots: &mut [Snapshot],
    ) -> Result<()> {
        let mut done = 0.0;
        let mut step = duration;
        // Products a second, where they are too many for one step.
        let mut fastest = 0.0;
        for steps in 0.. {
            let left = duration - done;
            if left <= 0.0 {
                break;
            }
            if fastest * left > MOST_PRODUCTS {
                if let Some(steady) = self.steady_state_if_near(rates, from) {
                    steady.remain(left, done, rates.agents, spent, snapshots);
                    *from = steady;
                    break;
                }
                let cost = fastest * left / MOST_PRODUCTS * self.window.last_cost;
                if steps > STEPS_TO_SETTLE && !self.effort.affords(cost) {
                    return Err(too_long());
                }
            }
            // A rest of 0.1 % of a step is rounding: no step of its own.
            step = if step > 0.999 * left { left } else { step };
            let mut spread = SPREAD;
            let mut attempts = 0;
            loop {
                let part = Stride { done, step, last: step == left };
                match self.attempt(rates, from, part, spread, (spent, snapshots))? {
                    StepResult::Done => break,
                    StepResult::TooNarrow => spread *= 1.6,
                    StepResult::TooLong => step /= 2.5,
                    StepResult::AtMost(seconds) => {
                        step = seconds;
                        fastest = MOST_PRODUCTS / seconds;
                    }
                }
                attempts += 1;
                if attempts > ATTEMPTS {
                    return Err(too_long());
                }
            }
            done = if step == left { duration } else { done + step };
            step *= 3.0;
        }
        Ok(())
    }

    /// Tries a step in a window of `spread` standard deviations; only one that is done changes `from`.
    fn attempt(
        &mut self,
        rates: &Rates,
        from: &mut StateDistribution,
        part: Stride,
        spread: f64,
        (spent, snapshots): (&mut TimeSpent, &mut [Snapshot]),
    ) -> Result<StepResult> {
        if from.end() > MOST_CALLS || from.probabilities.len() > MOST_STATES {
            return Err(too_many());
        }
        let (first, last) = reach(rates, from, part.step, spread);
        if last - first + 1 > MOST_STATES || last > MOST_CALLS {
            // In less time fewer calls come and go.
            self.effort.spend(1e6)?;
            return if rates.arrivals * part.step < 1.0 {
                Err(too_many())
            } else {
                Ok(StepResult::TooLong)
            };
        }
        let products = (rates.arrivals + rates.leaving(last)) * part.step;
        if products > 1.001 * MOST_PRODUCTS {
            self.effort.spend(1e3)?;
            return Ok(StepResult::AtMost(part.step * (MOST_PRODUCTS / products)));
        }
        let fastest = self.window.open(rates, from, first, last);
        if products == 0.0 {
            self.stand(rates, from, part, fastest, (spent, snapshots));
            return Ok(StepResult::Done);
        }
        let trial = Trial { part, first, last, fastest, products };
        if !self.sum_series(rates, from, &trial, snapshots)? {
            return Ok(StepResult::TooLong);
        }
        Ok(self.accept(rates, from, &trial, (spent, snapshots)))
    }

    /// A step in which nothing happens: all nodes have the same state probabilities.
    fn stand(
        &mut self,
        rates: &Rates,
        from: &StateDistribution,
        part: Stride,
        fastest: f64,
        (spent, snapshots): (&mut TimeSpent, &mut [Snapshot]),
    ) {
        spent.add(from.first, from.probabilities.iter().map(|p| p * part.step));
        self.select_snapshots(snapshots, part, fastest, 1);
        for sums_at_nodes in &mut self.sums_at_nodes {
            sums_at_nodes.open_at(from.first, from.end() - 1, rates.agents);
            let probabilities = from.probabilities.iter().skip(sums_at_nodes.cell);
            for (sum, p) in sums_at_nodes.sums.iter_mut().zip(probabilities) {
                *sum = sums_at_nodes.weights[0].map(|weight| weight * p);
            }
            sums_at_nodes.add_to(snapshots);
        }
    }

    /// Adds the series of a step up, in Chebyshev polynomials and where their terms grow in powers; false
    /// where the step is too long for both.
    fn sum_series(
        &mut self,
        rates: &Rates,
        from: &StateDistribution,
        trial: &Trial,
        snapshots: &[Snapshot],
    ) -> Result<bool> {
        let Trial { part, first, last, fastest, products } = *trial;
        let cut = 1e-4 * self.tolerance;
        self.weights.chebyshev(products, cut);
        let terms = self.weights.state.len();
        self.window.last_cost = 1e3 + ((last - first + 1) * terms) as f64;
        self.effort.spend(self.window.last_cost)?;
        self.select_snapshots(snapshots, part, fastest, terms);
        for sums_at_nodes in &mut self.sums_at_nodes {
            sums_at_nodes.open_at(first, last, rates.agents);
        }
        let limit = (self.tolerance / 3e-16).min(1e4);
        let mut good = self.run_series(limit, 0.01 * self.tolerance, false);
        if !good {
            if products > FEW_PRODUCTS {
                self.effort.check()?;
                return Ok(false);
            }
            self.window.open(rates, from, first, last);
            self.weights.powers(products, cut);
            for sums_at_nodes in &mut self.sums_at_nodes {
                let means = part.arguments(&snapshots[sums_at_nodes.index].instants, fastest);
                self.set.run(PoissonAt { means, weights: &mut sums_at_nodes.weights });
                sums_at_nodes.sums.fill([0.0; NODES_PER_PANEL]);
            }
            good = self.run_series(f64::INFINITY, f64::INFINITY, true);
        }
        self.effort.check()?;
        debug_assert!(good);
        Ok(true)
    }

    fn run_series(&mut self, limit: f64, residue: f64, powers: bool) -> bool {
        self.set.run(Series {
            effort: self.effort,
            window: &mut self.window,
            weights: &self.weights,
            sums_at_nodes: &mut self.sums_at_nodes,
            limit,
            residue,
            powers,
        })
    }

    /// Takes the sums of a step over, unless its window was too narrow.
    fn accept(
        &mut self,
        rates: &Rates,
        from: &mut StateDistribution,
        trial: &Trial,
        (spent, snapshots): (&mut TimeSpent, &mut [Snapshot]),
    ) -> StepResult {
        let Trial { part, first, last, fastest, products } = *trial;
        let states = last - first + 1;
        let Window { state, time, .. } = &self.window;
        let [floor, ceiling] = [0, states - 1].map(|index| numbers(state, index).next());
        let at_floor = first == 0;
        let at_ceiling = rates.arrivals == 0.0 || (rates.nobody_waits() && last == rates.agents);
        if (!at_floor && floor > Some(LEAK)) || (!at_ceiling && ceiling > Some(LEAK)) {
            return StepResult::TooNarrow;
        }
        // Factors rounded in their last bit add that much to the sum of all states with every product: in
        // millions of products 1e-9, all of it size and none of it shape.
        let [sum, seconds] = [state, time].map(|of| numbers(of, 0).take(states).sum::<f64>());
        spent.add(first, numbers(time, 0).take(states).map(|t| t / seconds * part.step));
        for sums_at_nodes in &mut self.sums_at_nodes {
            let arguments = part.arguments(&snapshots[sums_at_nodes.index].instants, fastest);
            sums_at_nodes
                .scale(arguments.map(|z| 1.0 / (1.0 + (sum - 1.0) * (z.max(0.0) / products))));
            sums_at_nodes.add_to(snapshots);
        }
        from.first = first;
        from.probabilities.clear();
        from.probabilities.extend(numbers(state, 0).take(states));
        from.trim();
        StepResult::Done
    }

    /// The steady state, if `from` is as near to it as a step is exact: under constant rates the distance
    /// to it never grows.
    fn steady_state_if_near(
        &self,
        rates: &Rates,
        from: &StateDistribution,
    ) -> Option<StateDistribution> {
        let steady = StateDistribution::steady_state(rates)?;
        let probability = |of: &StateDistribution, calls: usize| {
            let index = calls.checked_sub(of.first);
            index.and_then(|index| of.probabilities.get(index)).copied().unwrap_or(0.0)
        };
        let calls = from.first.min(steady.first)..from.end().max(steady.end());
        let distance: f64 =
            calls.map(|i| (probability(from, i) - probability(&steady, i)).abs()).sum();
        (distance <= self.tolerance).then_some(steady)
    }

    /// Selects the snapshots with instants in a step, and computes their weights.
    fn select_snapshots(
        &mut self,
        snapshots: &[Snapshot],
        part: Stride,
        fastest: f64,
        terms: usize,
    ) {
        let mut count = 0;
        for (index, snapshot) in snapshots.iter().enumerate() {
            let arguments = part.arguments(&snapshot.instants, fastest);
            if arguments.iter().all(|&z| z == ABSENT) {
                continue;
            }
            if count == self.sums_at_nodes.len() {
                self.sums_at_nodes.push(SnapshotSums::default());
            }
            let sums_at_nodes = &mut self.sums_at_nodes[count];
            sums_at_nodes.index = index;
            self.set.run(ChebyshevAt { arguments, terms, weights: &mut sums_at_nodes.weights });
            count += 1;
        }
        self.sums_at_nodes.truncate(count);
    }
}

/// A step of an advance.
#[derive(Debug, Clone, Copy)]
struct Stride {
    /// Seconds before it.
    done: f64,
    step: f64,
    /// Whether it ends the advance.
    last: bool,
}

/// A step in a window of the states `first..=last`.
#[derive(Debug, Clone, Copy)]
struct Trial {
    part: Stride,
    first: usize,
    last: usize,
    /// The greatest exit rate, and the steps of uniformization at that rate.
    fastest: f64,
    products: f64,
}

impl Stride {
    /// Arguments of the series at the instants that fall into the step.
    fn arguments(&self, instants: &AtNodes, fastest: f64) -> AtNodes {
        instants.map(|at| {
            let into = at - self.done;
            if into >= 0.0 && (into < self.step || self.last) { into * fastest } else { ABSENT }
        })
    }
}

impl SnapshotSums {
    fn open_at(&mut self, first: usize, last: usize, agents: usize) {
        self.cell = agents.saturating_sub(first);
        self.waiting = first.saturating_sub(agents);
        self.sums.clear();
        let states = (last + 1).saturating_sub(first + self.cell);
        self.sums.resize(states.next_multiple_of(HELD), [0.0; NODES_PER_PANEL]);
    }

    fn scale(&mut self, factors: AtNodes) {
        for sum in &mut self.sums {
            for node in 0..NODES_PER_PANEL {
                sum[node] *= factors[node];
            }
        }
    }

    /// Adds the sums to their snapshot.
    fn add_to(&self, snapshots: &mut [Snapshot]) {
        let states = &mut snapshots[self.index].state_probabilities;
        let end = self.waiting + self.sums.len();
        if states.len() < end {
            states.resize(end, [0.0; NODES_PER_PANEL]);
        }
        for (state, more) in states[self.waiting..].iter_mut().zip(&self.sums) {
            for node in 0..NODES_PER_PANEL {
                state[node] += more[node];
            }
        }
    }
}

enum StepResult {
    Done,
    TooNarrow,
    TooLong,
    /// The step may be so many seconds long.
    AtMost(f64),
}

impl Window {
    /// Sets the generator up on `first..=last` and `from` as the first term; the greatest exit rate.
    fn open(&mut self, rates: &Rates, from: &StateDistribution, first: usize, last: usize) -> f64 {
        let vectors = vectors(last - first + 1);
        let arrivals = |i: usize| if i == last { 0.0 } else { rates.arrivals };
        let departures = |i: usize| if i == first { 0.0 } else { rates.leaving(i) };
        // More calls never leave more slowly.
        let fastest = rates.arrivals + rates.leaving(last);
        let double = 2.0 / fastest;
        let Self { up, stay, down, older, newer, state, time, .. } = self;
        for vector in [&mut *up, &mut *stay, &mut *down, state, time] {
            vector.clear();
            vector.resize(vectors, StateLanes::default());
        }
        for vector in [&mut *older, newer] {
            vector.clear();
            vector.resize(vectors + 2, StateLanes::default());
        }
        // Nothing flows beyond the last state, into what fills up the last vector.
        lay(up, (first..=last).map(|i| if i == first { 0.0 } else { double * arrivals(i - 1) }));
        lay(stay, (first..=last).map(|i| 2.0 - double * (arrivals(i) + departures(i))));
        lay(down, (first..=last).map(|i| if i == last { 0.0 } else { double * departures(i + 1) }));
        let before = std::iter::repeat_n(0.0, from.first - first);
        lay(&mut older[1..=vectors], before.chain(from.probabilities.iter().copied()));
        edges(older);
        fastest
    }
}

/// Sets the vectors around a term: each lane's neighbours in the lane before and after.
#[inline(always)]
fn edges(term: &mut [StateLanes]) {
    let last = term.len() - 1;
    let (first_cells, last_cells) = (term[1].0, term[last - 1].0);
    let (mut before, mut after) = ([0.0; STATES_ABREAST], [0.0; STATES_ABREAST]);
    before[1..].copy_from_slice(&last_cells[..STATES_ABREAST - 1]);
    after[..STATES_ABREAST - 1].copy_from_slice(&first_cells[1..]);
    (term[0].0, term[last].0) = (before, after);
}

/// A series over a window: sums of terms by several sets of weights.
struct Series<'a> {
    effort: &'a Effort<'a>,
    window: &'a mut Window,
    weights: &'a SeriesWeights,
    sums_at_nodes: &'a mut [SnapshotSums],
    /// Largest norm of a term times the weights to come.
    limit: f64,
    /// Largest weighted norm of the last term.
    residue: f64,
    /// Powers of M, else its Chebyshev polynomials.
    powers: bool,
}

impl LaneKernel for Series<'_> {
    type Output = bool;

    /// Whether the terms stayed small enough.
    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) -> bool {
        let SeriesWeights { state: c, time: b, tails } = self.weights;
        let Window { up, stay, down, older, newer, state, time, block, .. } = self.window;
        let terms_per_look = (STATES_PER_LOOK / (STATES_ABREAST * up.len())).max(2) & !1;
        let factors = [&**up, &**stay, &**down];
        // All snapshots are of the states from the first with all agents busy.
        let (cell, recorded) =
            self.sums_at_nodes.first().map_or((0, 0), |f| (f.cell, f.sums.len()));
        block.clear();
        block.resize(BLOCK * recorded, 0.0);
        for k in (0..c.len()).step_by(2) {
            if k % terms_per_look == 0 && k > 0 && self.effort.stopped() {
                return false;
            }
            // T_1 = M T_0, where the factors are those of 2 M; of powers every term is made so.
            if k == 0 {
                product::<true>(arithmetic, factors, older, newer);
            } else if self.powers {
                product::<true>(arithmetic, factors, newer, older);
                product::<true>(arithmetic, factors, older, newer);
            } else {
                product::<false>(arithmetic, factors, newer, older);
                product::<false>(arithmetic, factors, older, newer);
            }
            add(arithmetic, [older, newer], [c[k], c[k + 1]], state);
            add(arithmetic, [older, newer], [b[k], b[k + 1]], time);
            if !self.powers && k % TERMS_PER_CHECK == 0 && tails[k] * norm(older) > self.limit {
                return false;
            }
            if recorded > 0 {
                let index = k % BLOCK;
                let rows = block[index * recorded..].chunks_exact_mut(recorded);
                for (row, term) in rows.zip([&*older, &*newer]) {
                    copy(&term[1..term.len() - 1], cell, row);
                }
                if index + 2 == BLOCK || k + 2 == c.len() {
                    let done = k - index;
                    for sums_at_nodes in &mut *self.sums_at_nodes {
                        let terms =
                            (index + 2).min(sums_at_nodes.weights.len().saturating_sub(done));
                        let weights =
                            sums_at_nodes.weights.get(done..done + terms).unwrap_or_default();
                        combine(arithmetic, weights, block, &mut sums_at_nodes.sums);
                    }
                }
            }
        }
        self.powers || tails[c.len() - 2].max(0.01 * self.residue) * norm(newer) <= self.residue
    }
}

/// `target` = half the tridiagonal product of `source` where `FRESH`, else the product less the old
/// `target`.
#[inline(always)]
fn product<const FRESH: bool>(
    arithmetic: impl Arithmetic,
    [up, stay, down]: [&[StateLanes]; 3],
    source: &[StateLanes],
    target: &mut [StateLanes],
) {
    let n = up.len();
    let (stay, down) = (&stay[..n], &down[..n]);
    let [before, here, after] = [0, 1, 2].map(|at| &source[at..at + n]);
    let cells = &mut target[1..=n];
    for index in 0..n {
        let mut value = cells[index].0;
        for i in 0..STATES_ABREAST {
            let old = if FRESH { 0.0 } else { -value[i] };
            let above = arithmetic.mul_add(down[index].0[i], after[index].0[i], old);
            let own = arithmetic.mul_add(stay[index].0[i], here[index].0[i], above);
            let next = arithmetic.mul_add(up[index].0[i], before[index].0[i], own);
            value[i] = if FRESH { 0.5 * next } else { next };
        }
        cells[index].0 = value;
    }
    edges(target);
}

/// Two terms times their weights, added to a sum.
#[inline(always)]
fn add(
    arithmetic: impl Arithmetic,
    terms: [&[StateLanes]; 2],
    weights: [f64; 2],
    sum: &mut [StateLanes],
) {
    let n = sum.len();
    let [one, other] = terms.map(|term| &term[1..=n]);
    for index in 0..n {
        let mut value = sum[index].0;
        for i in 0..STATES_ABREAST {
            let first = arithmetic.mul_add(weights[0], one[index].0[i], value[i]);
            value[i] = arithmetic.mul_add(weights[1], other[index].0[i], first);
        }
        sum[index].0 = value;
    }
}

/// Sum of absolute values, in an order that does not depend on the instruction set.
#[inline(always)]
fn norm(term: &[StateLanes]) -> f64 {
    let mut sums = [0.0; STATES_ABREAST];
    for cells in &term[1..term.len() - 1] {
        for (sum, value) in sums.iter_mut().zip(cells.0) {
            *sum += value.abs();
        }
    }
    sums.iter().sum()
}
