//! Expected outcomes of an interval's arrivals: state probabilities at the arrival times, times outcome
//! probabilities by queue position, integrated over panels of 8 Gauss nodes.

use crate::day::backward::Backward;
use crate::day::distribution::{Rates, Snapshot, StateDistribution, TimeSpent};
use crate::day::effort::Effort;
use crate::day::forward::Transient;
use crate::day::panels::{NODES_PER_PANEL, Panel};
use crate::day::positions::{Boundary, DeadlineProbabilities, Deviation, Outcomes, QueueRates};
use crate::day::series::AtNodes;
use crate::day::{Interval, ShiftEnd};
use crate::error::Result;

/// Intervals in a row with the same rates of leaving and the same agents.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Regime {
    /// Its first interval.
    pub(super) from: usize,
    pub(super) start: f64,
    /// Infinite for the last: its values stay in force.
    pub(super) end: f64,
    pub(super) queue: QueueRates,
    /// The longest queue after its start, from the forward pass.
    pub(super) longest: usize,
    /// Whether callers hang up at the same rate from here on.
    pub(super) steady: bool,
    /// Moves of waiting callers at its start.
    boundary: Boundary,
}

impl Regime {
    pub(super) fn of_day(intervals: &[Interval]) -> Vec<Self> {
        let mut regimes: Vec<Self> = Vec::new();
        let mut time = 0.0;
        for (from, interval) in intervals.iter().enumerate() {
            let rates = interval.rates();
            let before = from.checked_sub(1).map(|before| &intervals[before]);
            let same = before.is_some_and(|before| {
                let earlier = before.rates();
                (earlier.agents, earlier.service, earlier.hanging_up)
                    == (rates.agents, rates.service, rates.hanging_up)
            });
            if !same {
                let agents = before.map_or(0, |before| before.agents);
                let boundary = if rates.agents >= agents || interval.shift_end != ShiftEnd::Preempt
                {
                    Boundary::Forward(rates.agents.saturating_sub(agents))
                } else {
                    Boundary::Back(agents - rates.agents)
                };
                if let Some(last) = regimes.last_mut() {
                    last.end = time;
                }
                let queue = QueueRates {
                    answers: rates.agents as f64 * rates.service,
                    hanging_up: rates.hanging_up,
                };
                regimes.push(Self {
                    from,
                    start: time,
                    end: f64::INFINITY,
                    queue,
                    longest: 0,
                    steady: true,
                    boundary,
                });
            }
            time += interval.length;
        }
        for index in (1..regimes.len()).rev() {
            let [earlier, later] = [index - 1, index].map(|at| &regimes[at]);
            regimes[index - 1].steady =
                later.steady && earlier.queue.hanging_up == later.queue.hanging_up;
        }
        regimes
    }

    /// From when on its end matters to arrivals with at most `ahead` callers ahead. Those before are
    /// answered or have hung up by its end, and their deadlines have passed.
    pub(super) fn matters_from(&self, ahead: usize, threshold: f64) -> f64 {
        if self.end.is_infinite() {
            return f64::INFINITY;
        }
        let deadline = if threshold.is_finite() { threshold } else { 0.0 };
        let settles = self.queue.empties_after(ahead);
        self.end - settles.max(deadline.min(self.queue.clears_after(ahead)))
    }

    /// The most calls that its start sends back to the queue.
    pub(super) fn comes_back(&self) -> usize {
        match self.boundary {
            Boundary::Back(indices) => indices,
            Boundary::Forward(_) => 0,
        }
    }
}

/// States that the arrivals of an interval find.
#[derive(Debug)]
pub(super) struct IntervalArrivals {
    pub(super) regime: usize,
    pub(super) rates: Rates,
    /// The greatest number of callers ahead of a waiting one.
    pub(super) ahead: usize,
    pub(super) start: f64,
    pub(super) end: f64,
    /// Seconds with an agent free.
    pub(super) below: f64,
    /// Seconds with all agents busy and 0, 1, 2, ... waiting.
    pub(super) spent: Vec<f64>,
    /// From here on the regime's end matters to arrivals.
    pub(super) window: f64,
    /// The state then, or before, with its instant.
    pub(super) calls: (f64, StateDistribution),
    /// Panels from then to the end.
    pub(super) panels: Vec<Panel>,
    /// State probabilities there; none where they are still to be computed.
    pub(super) snapshots: Option<Vec<Snapshot>>,
}

impl IntervalArrivals {
    /// State probabilities at the nodes of `panels`, in order of time.
    fn snapshot(&self, panels: &[Panel], transient: &mut Transient<'_>) -> Result<Vec<Snapshot>> {
        let (from, mut calls) = self.calls.clone();
        let mut snapshots = snapshots(panels, from);
        let duration = panels.last().map_or(0.0, |panel| panel.to - from);
        let mut spent = TimeSpent::default();
        transient.advance(&self.rates, &mut calls, duration, &mut spent, &mut snapshots)?;
        Ok(snapshots)
    }
}

/// Empty snapshots at the nodes of `panels`, counted `from` an instant on.
pub(super) fn snapshots(panels: &[Panel], from: f64) -> Vec<Snapshot> {
    let snapshot = |panel: &Panel| Snapshot {
        instants: panel.nodes().map(|(instant, _)| instant - from),
        ..Snapshot::default()
    };
    panels.iter().map(snapshot).collect()
}

/// Shares of the arrivals by outcome; of waits the mean seconds.
#[derive(Debug)]
pub(super) struct IntervalIntegrals {
    pub(super) answered_within: f64,
    pub(super) waiting_after: f64,
    pub(super) virtual_waiting_after: f64,
    pub(super) answered: f64,
    pub(super) never_served: f64,
    pub(super) wait: f64,
    pub(super) wait_answered: f64,
}

impl IntervalIntegrals {
    /// Of means; the differences from constant rates may be rounded beyond 0 and 1.
    fn of(means: OutcomeSums) -> Self {
        let [
            answered_within,
            waiting_after,
            virtual_waiting_after,
            answered,
            never_served,
            wait,
            wait_answered,
        ] = means;
        let answered = answered.min(1.0);
        Self {
            answered_within: answered_within.min(answered),
            waiting_after: waiting_after.min(1.0),
            virtual_waiting_after: virtual_waiting_after.min(1.0),
            answered,
            never_served: never_served.min(1.0),
            wait,
            wait_answered,
        }
    }
}

/// Integrals of [`IntervalIntegrals`].
const PARTS: usize = 7;

type OutcomeSums = [f64; PARTS];

fn add(sums: &mut OutcomeSums, more: OutcomeSums) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// Panels are halved so many times at most.
const HALVINGS: usize = 12;

/// Below 1e-3 of an interval, or of the time between two calls, the tolerance of a sum is absolute.
const SMALL_SUM: f64 = 1e-3;

/// The backward pass through the day: outcomes of each interval's arrivals.
pub(super) struct BackwardPass<'a> {
    effort: &'a Effort<'a>,
    regimes: Vec<Regime>,
    transient: Transient<'a>,
    tolerance: f64,
    backward: Backward<'a>,
    /// Outcomes at the start of the next interval, and its regime.
    behind: Option<(usize, Outcomes)>,
}

impl<'a> BackwardPass<'a> {
    /// At the end of a day of such `regimes`.
    pub(super) fn new(
        regimes: Vec<Regime>,
        transient: Transient<'a>,
        tolerance: f64,
        effort: &'a Effort<'a>,
    ) -> Self {
        let backward = Backward::new(effort);
        Self { effort, regimes, transient, tolerance, backward, behind: None }
    }

    /// Integrates the outcomes of the arrivals of the next interval, from the last to the first.
    pub(super) fn integrate_interval(
        &mut self,
        mut arrivals: IntervalArrivals,
        threshold: f64,
    ) -> Result<IntervalIntegrals> {
        let queue = self.regimes[arrivals.regime].queue;
        let ahead = arrivals.ahead;
        let constant_rate = Outcomes::constant_rate(&queue, ahead);
        let constant = ConstantRates::of(&queue, threshold, ahead, &mut self.backward)?;
        let mut sums = [arrivals.below, 0.0, 0.0, arrivals.below, 0.0, 0.0, 0.0];
        let spent: Vec<AtNodes> =
            arrivals.spent.iter().map(|&seconds| [seconds; NODES_PER_PANEL]).collect();
        let parts = Shares::of(&constant_rate, &spent).parts(constant.by_deadline(&spent));
        add(&mut sums, parts.map(|part| part[0]));
        // The panels add the deviation from outcomes under constant rates.
        let deviation = self.deviation_at_end(arrivals.regime, &constant_rate, ahead);
        let sweep =
            self.integrate_panels(&mut arrivals, deviation, &constant, threshold, &mut sums)?;
        let Sweep { mut deviation, time, mut at, .. } = sweep;
        if arrivals.window <= arrivals.start {
            let seconds = [time - arrivals.start; NODES_PER_PANEL];
            let steady = self.regimes[arrivals.regime].steady;
            self.backward.deviation_at(&queue, &seconds, steady, &mut deviation, &mut at)?;
        } else {
            deviation = Deviation::of(&constant_rate, &constant_rate);
        }
        self.behind = Some((arrivals.regime, deviation.outcomes(&constant_rate)));
        // Added up as the seconds of the parts are, so that no part of them is more than all.
        let all = arrivals.below + arrivals.spent.iter().fold(0.0, |sum, t| sum + t);
        Ok(IntervalIntegrals::of(sums.map(|sum| sum.max(0.0) / all)))
    }

    /// Deviation at the end of an interval of `regime`, from the outcomes at the start of the next.
    fn deviation_at_end(
        &mut self,
        regime: usize,
        constant_rate: &Outcomes,
        ahead: usize,
    ) -> Deviation<f64> {
        match self.behind.take() {
            Some((next, after)) if self.regimes[regime].end.is_finite() => {
                let next_regime = &self.regimes[next];
                let boundary =
                    if next == regime { Boundary::Forward(0) } else { next_regime.boundary };
                let beyond = Outcomes::constant_rate(&next_regime.queue, ahead);
                Deviation::of(&after.before(boundary, ahead, &beyond), constant_rate)
            }
            _ => Deviation::of(constant_rate, constant_rate),
        }
    }

    /// Adds the deviations of the arrivals in all panels to `sums`; the sweep at the first panel's start.
    ///
    /// Panels too long for what is summed over them are halved, and only they.
    fn integrate_panels(
        &mut self,
        arrivals: &mut IntervalArrivals,
        deviation: Deviation<f64>,
        constant: &ConstantRates,
        threshold: f64,
        sums: &mut OutcomeSums,
    ) -> Result<Sweep> {
        let Self { effort, regimes, transient, backward, tolerance, .. } = self;
        let IntervalArrivals { regime, ahead, start, end, rates, .. } = *arrivals;
        let small = SMALL_SUM * (end - start).min(1.0 / rates.arrivals);
        let mut panels = std::mem::take(&mut arrivals.panels);
        let mut snapshots = match arrivals.snapshots.take() {
            Some(snapshots) => snapshots,
            None => arrivals.snapshot(&panels, transient)?,
        };
        let mut at_start = None;
        for round in 0..=HALVINGS {
            let mut sweep = Sweep::from(end, deviation.clone());
            let mut found = Vec::with_capacity(panels.len());
            for (&panel, snapshot) in panels.iter().zip(&snapshots).rev() {
                effort.check()?;
                let context = ArrivalContext { regimes, regime, ahead, threshold };
                let states = &snapshot.state_probabilities;
                let values = sweep.pass(&context, constant, panel, states, backward)?;
                found.push((panel, panel.sums(&values)));
            }
            at_start.get_or_insert(sweep);
            let mut all = *sums;
            for (_, (more, _)) in &found {
                add(&mut all, *more);
            }
            let allowed = all.map(|sum| *tolerance * sum.abs().max(small));
            panels.clear();
            for (panel, (more, bounds)) in found.into_iter().rev() {
                let rough = bounds.iter().zip(allowed).any(|(bound, most)| *bound > most);
                if rough && round < HALVINGS {
                    panels.extend(panel.halves());
                } else {
                    add(sums, more);
                }
            }
            if panels.is_empty() {
                break;
            }
            snapshots = arrivals.snapshot(&panels, transient)?;
        }
        Ok(at_start.expect("the first round"))
    }
}

/// Deadline probabilities under constant rates, if there is a deadline.
struct ConstantRates {
    within: Option<DeadlineProbabilities>,
    /// Probability that a caller's patience exceeds the threshold.
    patient: f64,
}

impl ConstantRates {
    fn of(
        queue: &QueueRates,
        threshold: f64,
        ahead: usize,
        backward: &mut Backward<'_>,
    ) -> Result<Self> {
        let within = if threshold.is_finite() {
            let deadline = [threshold; NODES_PER_PANEL];
            Some(backward.before_deadline(queue, &deadline, ahead)?)
        } else {
            None
        };
        Ok(Self { within, patient: survival(queue, threshold) })
    }

    fn by_deadline(&self, state_probabilities: &[AtNodes]) -> Option<[AtNodes; 3]> {
        self.within
            .as_ref()
            .map(|within| by_deadline(within, [self.patient; NODES_PER_PANEL], state_probabilities))
    }
}

/// Regime and threshold of arrivals.
struct ArrivalContext<'a> {
    regimes: &'a [Regime],
    regime: usize,
    ahead: usize,
    threshold: f64,
}

/// Deviation of the outcomes at an instant of the backward sweep.
struct Sweep {
    deviation: Deviation<f64>,
    time: f64,
    furthest: [Vec<f64>; 2],
    /// At the nodes of the last panel.
    at: Deviation<AtNodes>,
}

impl Sweep {
    fn from(time: f64, deviation: Deviation<f64>) -> Self {
        Self { furthest: deviation.furthest(), deviation, time, at: Deviation::default() }
    }

    /// Sweeps back over a panel: the integrands at its nodes, less those under constant rates.
    fn pass(
        &mut self,
        context: &ArrivalContext<'_>,
        constant: &ConstantRates,
        panel: Panel,
        state_probabilities: &[AtNodes],
        backward: &mut Backward<'_>,
    ) -> Result<[AtNodes; PARTS]> {
        let regime = &context.regimes[context.regime];
        let instants = panel.nodes().map(|(instant, _)| instant);
        let of_outcomes = if counts(&self.furthest, state_probabilities) {
            let seconds = instants.map(|t| self.time - t);
            let Self { deviation, at, .. } = self;
            backward.deviation_at(&regime.queue, &seconds, regime.steady, deviation, at)?;
            self.time = instants[0];
            self.furthest = self.deviation.furthest();
            Shares::at(&self.at, state_probabilities)
        } else {
            Shares::default()
        };
        let crosses = instants[NODES_PER_PANEL - 1] + context.threshold > regime.end;
        let against_deadline = |within: &DeadlineProbabilities| -> Result<[AtNodes; 3]> {
            if !crosses {
                return Ok(Default::default());
            }
            let constant =
                by_deadline(within, [constant.patient; NODES_PER_PANEL], state_probabilities);
            let (probabilities, patient) = context.probabilities(instants, backward)?;
            let then = by_deadline(&probabilities, patient, state_probabilities);
            Ok(std::array::from_fn(|part| {
                std::array::from_fn(|node| then[part][node] - constant[part][node])
            }))
        };
        let of_deadline = constant.within.as_ref().map(against_deadline).transpose()?;
        Ok(of_outcomes.parts(of_deadline))
    }
}

/// Deviations of probabilities, and of seconds, below this are treated as 0.
const NEGLIGIBLE_DEVIATION: f64 = 1e-15;

/// Whether the deviation counts at nodes with these state probabilities, or at earlier ones.
///
/// Backward in time it only shrinks: each outcome becomes a mean of those with fewer callers ahead.
fn counts(furthest: &[Vec<f64>; 2], state_probabilities: &[AtNodes]) -> bool {
    furthest.iter().any(|deviation| {
        let most =
            dot(state_probabilities, deviation.iter().map(|&value| [value; NODES_PER_PANEL]));
        most.iter().any(|&value| value > NEGLIGIBLE_DEVIATION)
    })
}

/// Mean of a measure of callers with 0, 1, 2, ... ahead under the state probabilities at each node.
fn dot(state_probabilities: &[AtNodes], measure: impl Iterator<Item = AtNodes>) -> AtNodes {
    let mut sum = [0.0; NODES_PER_PANEL];
    for (state_probabilities, measure) in state_probabilities.iter().zip(measure) {
        for node in 0..NODES_PER_PANEL {
            sum[node] += state_probabilities[node] * measure[node];
        }
    }
    sum
}

/// Outcomes of arrivals at nodes: probabilities, and waits in seconds.
#[derive(Debug, Default)]
struct Shares {
    answered: AtNodes,
    never_served: AtNodes,
    wait: AtNodes,
    wait_answered: AtNodes,
}

impl Shares {
    fn of(outcomes: &Outcomes, state_probabilities: &[AtNodes]) -> Self {
        let of = |measure: &[f64]| {
            dot(state_probabilities, measure[1..].iter().map(|&value| [value; NODES_PER_PANEL]))
        };
        Self {
            answered: of(&outcomes.answered),
            never_served: of(&outcomes.never_served),
            wait: of(&outcomes.wait),
            wait_answered: of(&outcomes.wait_answered),
        }
    }

    fn at(deviation: &Deviation<AtNodes>, state_probabilities: &[AtNodes]) -> Self {
        let of = |measure: &[AtNodes]| dot(state_probabilities, measure[1..].iter().copied());
        Self {
            answered: of(&deviation.answered),
            never_served: of(&deviation.never_served),
            wait: of(&deviation.wait),
            wait_answered: of(&deviation.wait_answered),
        }
    }

    /// In the order of [`IntervalIntegrals`]; without a deadline, answered at all and never served.
    fn parts(&self, by_deadline: Option<[AtNodes; 3]>) -> [AtNodes; PARTS] {
        let [within, after, virtually] =
            by_deadline.unwrap_or([self.answered, self.never_served, self.never_served]);
        [within, after, virtually, self.answered, self.never_served, self.wait, self.wait_answered]
    }
}

/// Probabilities of being answered by the deadline, of still waiting then, and of that for a caller who
/// never hangs up.
fn by_deadline(
    probabilities: &DeadlineProbabilities,
    patient: AtNodes,
    state_probabilities: &[AtNodes],
) -> [AtNodes; 3] {
    let [within, waiting] = [&probabilities.answered, &probabilities.waiting]
        .map(|measure| dot(state_probabilities, measure[1..].iter().copied()));
    [within, std::array::from_fn(|node| patient[node] * waiting[node]), waiting]
}

/// Probability that a caller's patience exceeds so many seconds.
fn survival(queue: &QueueRates, seconds: f64) -> f64 {
    if queue.hanging_up == 0.0 {
        1.0
    } else if queue.hanging_up.is_infinite() {
        0.0
    } else {
        (-queue.hanging_up * seconds).exp()
    }
}

impl ArrivalContext<'_> {
    /// Deadline probabilities at `instants` whose deadlines lie beyond the regime's end, all in the same
    /// regime, and the probability that a caller's patience exceeds the threshold.
    fn probabilities(
        &self,
        instants: AtNodes,
        backward: &mut Backward<'_>,
    ) -> Result<(DeadlineProbabilities, AtNodes)> {
        let Self { regimes, regime, threshold, .. } = *self;
        let last = regimes.partition_point(|r| r.start < instants[0] + threshold) - 1;
        let mut ahead = vec![self.ahead];
        for later in &regimes[regime + 1..=last] {
            ahead.push(later.boundary.after(ahead[ahead.len() - 1]).min(later.longest));
        }
        let spent = |index: usize| {
            let Regime { start, end, .. } = regimes[index];
            instants.map(|t| end.min(t + threshold) - start.max(t))
        };
        let (queue, seconds) = (&regimes[last].queue, spent(last));
        let mut probabilities = backward.before_deadline(queue, &seconds, ahead[last - regime])?;
        let mut patient = seconds.map(|seconds| survival(queue, seconds));
        for index in (regime..last).rev() {
            let (queue, seconds) = (&regimes[index].queue, spent(index));
            probabilities =
                probabilities.before(regimes[index + 1].boundary, ahead[index - regime]);
            backward.probabilities(queue, &seconds, &mut probabilities)?;
            for node in 0..NODES_PER_PANEL {
                patient[node] *= survival(queue, seconds[node]);
            }
        }
        Ok((probabilities, patient))
    }
}
