//! The distribution of the number of calls in system, advanced in time under constant rates.
//!
//! With M = 1 + A / q, A the generator on a window of states and q its greatest exit rate,
//! exp(A t) p is a series of Chebyshev polynomials `T_k(M)` p: some 9 sqrt(q t) products instead of
//! the q t of the power series (uniformization). M is self-adjoint only in the stationary weight: far
//! from the steady state `T_k(M)` p grows before it is damped, so each step watches the norm, and gives way
//! to a shorter one, in the end to the power series, whose terms are all positive.

use crate::day::effort::{Effort, STATES_PER_LOOK, too_long, too_many};
use crate::day::panels::NODES_PER_PANEL;
use crate::day::series::{
    AtNodes, BLOCK, HELD, STATES_ABREAST, StateLanes, combine, copy, lay, numbers, vectors,
};
use crate::day::weights::{ABSENT, ChebyshevAt, PoissonAt, SeriesWeights};
use crate::error::Result;
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};

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
pub(super) struct StateDistribution {
    pub(super) first: usize,
    pub(super) probabilities: Vec<f64>,
}

/// Probabilities below this are dropped: a window of 300 states loses at most 3e-15.
const NEGLIGIBLE: f64 = 1e-17;

impl StateDistribution {
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

    /// That of the number of calls when the rates have lasted long enough; None where it never settles, or
    /// on more states than a window may have.
    fn lasting(rates: &Rates) -> Option<Self> {
        let Rates { arrivals, service, hanging_up, agents } = *rates;
        let answers = agents as f64 * service;
        let mode = if arrivals < answers {
            arrivals / service
        } else if rates.nobody_waits() {
            agents as f64
        } else {
            agents as f64 + (arrivals - answers) / hanging_up
        };
        if mode.is_nan() || mode > MOST_CALLS as f64 {
            return None;
        }
        // Outwards from there, each number of calls by the balance of flows with the one before.
        let mode = mode as usize;
        let counts = |weight: &f64| *weight > 1e-20;
        let (mut above, mut below) = (vec![1.0], Vec::new());
        while let Some(&weight) = above.last().filter(|weight| counts(weight)) {
            if above.len() > MOST_STATES {
                return None;
            }
            above.push(weight * arrivals / rates.leaving(mode + above.len()));
        }
        let mut weight = 1.0;
        for calls in (1..=mode).rev() {
            weight *= rates.leaving(calls) / arrivals;
            if !counts(&weight) || below.len() > MOST_STATES {
                break;
            }
            below.push(weight);
        }
        let first = mode - below.len();
        below.reverse();
        below.append(&mut above);
        let mut lasting = Self { first, probabilities: below };
        lasting.trim();
        Some(lasting)
    }

    /// Adds `seconds` at this distribution from the instant `since` on.
    fn remain(
        &self,
        seconds: f64,
        since: f64,
        agents: usize,
        spent: &mut TimeSpent,
        snapshots: &mut [Snapshot],
    ) {
        spent.add(self.first, self.probabilities.iter().map(|p| p * seconds));
        let waiting = || self.states().filter(|&(calls, _)| calls >= agents);
        for snapshot in snapshots {
            let needed = self.end().saturating_sub(agents).max(snapshot.state_probabilities.len());
            snapshot.state_probabilities.resize(needed, [0.0; NODES_PER_PANEL]);
            for node in (0..NODES_PER_PANEL).filter(|&node| snapshot.instants[node] >= since) {
                waiting()
                    .for_each(|(calls, p)| snapshot.state_probabilities[calls - agents][node] += p);
            }
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
    fn add(&mut self, first: usize, seconds: impl Iterator<Item = f64>) {
        for (index, more) in (first..).zip(seconds) {
            if index >= self.0.len() {
                self.0.resize(index + 1, 0.0);
            }
            self.0[index] += more;
        }
    }
}

/// State probabilities at the nodes of a panel: all agents busy and 0, 1, 2, ... waiting.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// Instants of the nodes, counted from the start of the advance.
    pub(super) instants: AtNodes,
    pub(super) state_probabilities: Vec<AtNodes>,
}

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

/// The most calls in system, and the most states of a window: some hundred megabytes each.
pub(super) const MOST_CALLS: usize = 1 << 22;
pub(super) const MOST_STATES: usize = 1 << 18;

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
                if let Some(settled) = self.settled(rates, from) {
                    settled.remain(left, done, rates.agents, spent, snapshots);
                    *from = settled;
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
        let states = last - first + 1;
        if states > MOST_STATES || last > MOST_CALLS {
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
            spent.add(from.first, from.probabilities.iter().map(|p| p * part.step));
            // Nothing happens: all nodes have the same state probabilities.
            self.select_snapshots(snapshots, part, fastest, 1);
            for sums_at_nodes in &mut self.sums_at_nodes {
                sums_at_nodes.open_at(from.first, from.end() - 1, rates.agents);
                for (sum, p) in sums_at_nodes
                    .sums
                    .iter_mut()
                    .zip(from.probabilities.iter().skip(sums_at_nodes.cell))
                {
                    *sum = sums_at_nodes.weights[0].map(|weight| weight * p);
                }
                snapshots[sums_at_nodes.index].add(sums_at_nodes);
            }
            return Ok(StepResult::Done);
        }
        self.weights.chebyshev(products, 1e-4 * self.tolerance);
        self.window.last_cost = 1e3 + (states * self.weights.state.len()) as f64;
        self.effort.spend(self.window.last_cost)?;
        self.select_snapshots(snapshots, part, fastest, self.weights.state.len());
        let limit = (self.tolerance / 3e-16).min(1e4);
        for sums_at_nodes in &mut self.sums_at_nodes {
            sums_at_nodes.open_at(first, last, rates.agents);
        }
        let mut good = self.set.run(Series {
            effort: self.effort,
            window: &mut self.window,
            weights: &self.weights,
            sums_at_nodes: &mut self.sums_at_nodes,
            limit,
            residue: 0.01 * self.tolerance,
            powers: false,
        });
        if !good {
            if products > FEW_PRODUCTS {
                self.effort.check()?;
                return Ok(StepResult::TooLong);
            }
            self.window.open(rates, from, first, last);
            self.weights.powers(products, 1e-4 * self.tolerance);
            for sums_at_nodes in &mut self.sums_at_nodes {
                let means = part.arguments(&snapshots[sums_at_nodes.index].instants, fastest);
                self.set.run(PoissonAt { means, weights: &mut sums_at_nodes.weights });
                sums_at_nodes.sums.fill([0.0; NODES_PER_PANEL]);
            }
            good = self.set.run(Series {
                effort: self.effort,
                window: &mut self.window,
                weights: &self.weights,
                sums_at_nodes: &mut self.sums_at_nodes,
                limit: f64::INFINITY,
                residue: f64::INFINITY,
                powers: true,
            });
        }
        self.effort.check()?;
        debug_assert!(good);
        let Window { state, time, .. } = &self.window;
        let [floor, ceiling] = [0, states - 1].map(|at| numbers(state, at).next());
        let at_floor = first == 0;
        let at_ceiling = rates.arrivals == 0.0 || (rates.nobody_waits() && last == rates.agents);
        if (!at_floor && floor > Some(LEAK)) || (!at_ceiling && ceiling > Some(LEAK)) {
            return Ok(StepResult::TooNarrow);
        }
        // Factors rounded in their last bit add that much to the sum of all states with every product: in
        // millions of products 1e-9, all of it size and none of it shape.
        let [sum, seconds] = [state, time].map(|of| numbers(of, 0).take(states).sum::<f64>());
        spent.add(first, numbers(time, 0).take(states).map(|t| t / seconds * part.step));
        for sums_at_nodes in &mut self.sums_at_nodes {
            let arguments = part.arguments(&snapshots[sums_at_nodes.index].instants, fastest);
            sums_at_nodes
                .scale(arguments.map(|z| 1.0 / (1.0 + (sum - 1.0) * (z.max(0.0) / products))));
            snapshots[sums_at_nodes.index].add(sums_at_nodes);
        }
        from.first = first;
        from.probabilities.clear();
        from.probabilities.extend(numbers(state, 0).take(states));
        from.trim();
        Ok(StepResult::Done)
    }

    /// The distribution that lasts under these rates, if `from` is as near to it as a step is exact: under
    /// constant rates the distance to it never grows.
    fn settled(&self, rates: &Rates, from: &StateDistribution) -> Option<StateDistribution> {
        let lasting = StateDistribution::lasting(rates)?;
        let probability = |of: &StateDistribution, calls: usize| {
            let at = calls.checked_sub(of.first);
            at.and_then(|at| of.probabilities.get(at)).copied().unwrap_or(0.0)
        };
        let calls = from.first.min(lasting.first)..from.end().max(lasting.end());
        let apart: f64 =
            calls.map(|i| (probability(from, i) - probability(&lasting, i)).abs()).sum();
        (apart <= self.tolerance).then_some(lasting)
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
    /// Whether it ends the way.
    last: bool,
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
}

impl Snapshot {
    fn add(&mut self, sums_at_nodes: &SnapshotSums) {
        let end = sums_at_nodes.waiting + sums_at_nodes.sums.len();
        if self.state_probabilities.len() < end {
            self.state_probabilities.resize(end, [0.0; NODES_PER_PANEL]);
        }
        for (state_probabilities, more) in
            self.state_probabilities[sums_at_nodes.waiting..].iter_mut().zip(&sums_at_nodes.sums)
        {
            for node in 0..NODES_PER_PANEL {
                state_probabilities[node] += more[node];
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

/// States that hold all but some 1e-16 of the probability during a step.
///
/// By the fluid path of the mean and the linear noise around it, `spread` standard deviations wide and
/// wider above, where counts are skew; a window too narrow shows by the probability at its ends.
pub(super) fn reach(
    rates: &Rates,
    from: &StateDistribution,
    step: f64,
    spread: f64,
) -> (usize, usize) {
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
    // Far beyond what a window may hold: the caller of this function gets an error.
    let beyond = (2 * MOST_CALLS) as f64;
    high = if high.is_finite() { high.min(beyond) } else { beyond };
    low = if low.is_finite() { low.min(high) } else { 0.0 };
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
