//! The day as it happens: the queue M(t)/M(t)/n(t)+M(t), exactly.
//!
//! Within an interval calls arrive at a constant rate, handle times and patience are exponential, and
//! the number of agents is fixed. A boundary changes the rates of the calls already there. After the
//! last interval its values stay in force. The distribution of the number of calls in system is carried
//! forward in time (`forward`), past boundaries (`boundary`). Outcomes of waiting callers by queue position
//! (`positions`) are carried backward (`backward`). Both meet at the times of arrival (`outcomes`, `panels`).

mod backward;
mod boundary;
mod days;
mod distribution;
mod effort;
mod forward;
mod outcomes;
mod panels;
mod positions;
mod requirements;
mod series;
mod weights;

pub use crate::staffing::ShiftEnd;
pub use days::{Days, day_factors, evaluate_days, factor_quantile};
pub use requirements::{IntervalGoals, required_days};

use distribution::{MOST_CALLS, MOST_STATES, Rates, StateDistribution, TimeSpent, reach};
use effort::{Effort, too_many};
use forward::Transient;
use outcomes::{BackwardPass, IntervalArrivals, IntervalIntegrals, Regime, snapshots};
use panels::{TimeScales, cover};

use crate::error::{Error, Result};

/// One interval of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Seconds.
    pub length: f64,
    /// Expected calls.
    pub calls: f64,
    /// Mean handle time in seconds.
    pub aht: f64,
    /// Mean time in seconds before a waiting caller hangs up; 0: nobody waits, infinite: nobody hangs up.
    pub patience: f64,
    /// Agents at work.
    pub agents: usize,
    /// Threshold of the service level in seconds.
    pub threshold: f64,
    /// What happens at its start to calls of agents who leave.
    pub shift_end: ShiftEnd,
}

impl Interval {
    /// An error that says which value of this interval, the `index`-th of its day, is to blame.
    fn named(&self, failure: Error, index: usize) -> Error {
        let Error::Infeasible { why, .. } = failure else { return failure };
        // What moves fastest: those who hang up, handled calls, or those who come.
        let hung_up = self.calls / self.patience.max(f64::MIN_POSITIVE);
        let (parameter, value) = if self.patience > 0.0
            && hung_up > self.calls.max(1.0) * 1e3
            && self.patience < self.aht
        {
            ("patience", self.patience)
        } else if self.length / self.aht > 1e6 * self.calls.max(1.0) {
            ("aht", self.aht)
        } else {
            ("calls", self.calls)
        };
        Error::Infeasible { parameter, value, position: vec![index], why }
    }

    fn rates(&self) -> Rates {
        Rates {
            arrivals: self.calls / self.length,
            service: 1.0 / self.aht,
            hanging_up: 1.0 / self.patience,
            agents: self.agents,
        }
    }
}

/// The distribution of calls at an instant between two intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Agents at work before.
    pub agents: usize,
    /// Calls in system of the first of `probabilities`.
    pub first: usize,
    /// Probabilities of `first`, `first + 1`, ... calls in system.
    pub probabilities: Vec<f64>,
    /// Expected calls that leavers are finishing.
    pub outside: f64,
}

impl State {
    /// No agents yet, and so many callers waiting for the opening.
    pub fn waiting(callers: usize) -> Self {
        Self { agents: 0, first: callers, probabilities: vec![1.0], outside: 0.0 }
    }
}

/// Expected counts and seconds of one interval; sums over intervals are those of the longer one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measures {
    /// Waiting just before the interval.
    pub queue_start: f64,
    /// Calls put back into the queue at its start.
    pub interrupted: f64,
    /// Share of the time, and of the arrivals, that finds all agents busy.
    pub wait_probability: f64,
    /// Arrivals answered within the threshold.
    pub answered_within: f64,
    /// Arrivals still waiting when the threshold has passed.
    pub waiting_after: f64,
    /// Arrivals whose turn, did they never hang up, would not come within the threshold.
    pub virtual_waiting_after: f64,
    /// Arrivals that are ever answered.
    pub answered_of_arrivals: f64,
    /// Arrivals that hang up, whenever that is.
    pub abandoned_of_arrivals: f64,
    /// Seconds that the arrivals wait, answered or not.
    pub wait: f64,
    /// The part of them that belongs to those who are answered.
    pub wait_answered: f64,
    /// Callers who hang up during the interval.
    pub abandoned: f64,
    /// Answers during the interval.
    pub answered: f64,
    /// Mean number waiting.
    pub queue_length: f64,
    /// Waiting at the end.
    pub queue_end: f64,
    /// Seconds that the interval's own agents are on calls.
    pub busy: f64,
    /// Seconds that leavers take to finish calls.
    pub overtime: f64,
    /// Busy agents at the end.
    pub busy_end: f64,
    /// Leavers on a call at the end.
    pub overtime_end: f64,
}

/// Above this share of never-served arrivals an interval's waits are infinite.
const NEVER_SERVED: f64 = 1e-12;

/// The measures of every interval of a day that starts from `start`, and its state after the last.
///
/// `tolerance` bounds the errors of shares; steps of the distribution are a thousand times as accurate.
/// `stop` is checked at every panel.
///
/// # Errors
/// [`Error::Interrupted`], and [`Error::Infeasible`] with the index of the interval that takes too long.
pub fn evaluate(
    intervals: &[Interval],
    start: &State,
    tolerance: f64,
    stop: &dyn Fn() -> bool,
) -> Result<(Vec<Measures>, State)> {
    let effort = Effort::new(stop);
    let mut forward = Forward::new(intervals, start, tolerance, &effort);
    let mut measures = Vec::with_capacity(intervals.len());
    let mut arrivals = Vec::with_capacity(intervals.len());
    for (index, interval) in intervals.iter().enumerate() {
        effort.renew()?;
        let (found, arriving) =
            forward.interval(interval).map_err(|failure| interval.named(failure, index))?;
        measures.push(found);
        arrivals.push(arriving);
    }
    let Forward { regimes, transient, calls, agents, outside, .. } = forward;
    let mut backward_pass = BackwardPass::new(regimes, transient, tolerance, &effort);
    for (index, arriving) in arrivals.into_iter().enumerate().rev() {
        effort.renew()?;
        let interval = &intervals[index];
        let integrals = backward_pass
            .integrate_interval(arriving, interval.threshold)
            .map_err(|failure| interval.named(failure, index))?;
        measures[index].arrived(&intervals[index], &integrals);
    }
    let end = State { agents, first: calls.first, probabilities: calls.probabilities, outside };
    Ok((measures, end))
}

impl Measures {
    /// Fills in the outcomes of the arrivals from their integrals.
    fn arrived(&mut self, interval: &Interval, integrals: &IntervalIntegrals) {
        let Interval { calls, .. } = *interval;
        self.answered_within = calls * integrals.answered_within;
        self.waiting_after = calls * integrals.waiting_after;
        self.virtual_waiting_after = calls * integrals.virtual_waiting_after;
        self.answered_of_arrivals = calls * integrals.answered;
        let never_served = calls * integrals.never_served;
        self.abandoned_of_arrivals = (calls - self.answered_of_arrivals - never_served).max(0.0);
        self.wait = calls * integrals.wait;
        self.wait_answered = calls * integrals.wait_answered;
        if never_served > NEVER_SERVED * calls {
            self.wait = f64::INFINITY;
        }
    }
}

/// The forward pass through the day.
struct Forward<'a> {
    regimes: Vec<Regime>,
    transient: Transient<'a>,
    index: usize,
    time: f64,
    calls: StateDistribution,
    agents: usize,
    outside: f64,
    spent: TimeSpent,
    /// Entries of snapshots held for the backward pass.
    held: usize,
}

impl<'a> Forward<'a> {
    fn new(intervals: &[Interval], start: &State, tolerance: f64, effort: &'a Effort<'a>) -> Self {
        let mut calls =
            StateDistribution { first: start.first, probabilities: start.probabilities.clone() };
        calls.trim();
        Self {
            regimes: Regime::of_day(intervals),
            transient: Transient::new((1e-3 * tolerance).clamp(1e-14, 1e-9), effort),
            index: 0,
            time: 0.0,
            calls,
            agents: start.agents,
            outside: start.outside,
            spent: TimeSpent::default(),
            held: 0,
        }
    }

    /// Passes through the next interval.
    fn interval(&mut self, interval: &Interval) -> Result<(Measures, IntervalArrivals)> {
        let rates = interval.rates();
        let Rates { agents, arrivals, service, .. } = rates;
        if self.calls.end() > MOST_CALLS {
            return Err(too_many());
        }
        let flows =
            boundary::apply_boundary(&mut self.calls, self.agents, &rates, interval.shift_end);
        self.agents = agents;
        self.outside += flows.outside;
        let regime = self.regimes.partition_point(|r| r.from <= self.index) - 1;
        if self.regimes[regime].from == self.index {
            self.regimes[regime].longest = (self.calls.end() - 1).saturating_sub(agents);
        }
        self.spent.0.clear();
        let (start, end) = (self.time, self.time + interval.length);
        let arriving = self.arrivals(regime, interval, &rates, start, end)?;
        self.time = end;
        self.index += 1;

        let spent = |from: usize, weight: &dyn Fn(usize) -> f64| -> f64 {
            self.spent.0.iter().enumerate().skip(from).fold(0.0, |sum, (i, t)| sum + weight(i) * t)
        };
        let now = |weight: &dyn Fn(usize) -> usize| -> f64 {
            self.calls.states().fold(0.0, |sum, (i, p)| sum + weight(i) as f64 * p)
        };
        let queue = spent(agents, &|i| (i - agents) as f64);
        let all_busy = spent(agents, &|_| 1.0);
        // As many seconds as the interval has, but for rounding: no share of them is above 1.
        let seconds = spent(0, &|_| 1.0);
        let busy_agents = spent(0, &|i| i.min(agents) as f64 / agents.max(1) as f64) / seconds;
        let answered_from_queue = agents as f64
            * service
            * if rates.nobody_waits() { 0.0 } else { spent(agents + 1, &|_| 1.0) };
        let hung_up = if rates.nobody_waits() {
            arrivals * all_busy + flows.hung_up
        } else if queue == 0.0 {
            0.0
        } else {
            rates.hanging_up * queue
        };
        let left = (-service * interval.length).exp();
        let outside = self.outside;
        self.outside = outside * left;
        let measures = Measures {
            queue_start: flows.waiting,
            interrupted: flows.interrupted,
            wait_probability: all_busy / seconds,
            abandoned: hung_up,
            answered: flows.answered + arrivals * arriving.below + answered_from_queue,
            queue_length: queue / interval.length,
            queue_end: now(&|i| i.saturating_sub(agents)),
            busy: busy_agents * (agents as f64 * interval.length),
            overtime: outside * -(-service * interval.length).exp_m1() / service,
            busy_end: now(&|i| i.min(agents)),
            overtime_end: self.outside,
            ..Measures::default()
        };
        Ok((measures, arriving))
    }

    /// Advances the calls to `end` and records the states that arrivals find.
    fn arrivals(
        &mut self,
        regime: usize,
        interval: &Interval,
        rates: &Rates,
        start: f64,
        end: f64,
    ) -> Result<IntervalArrivals> {
        let agents = rates.agents;
        let matters = |ahead: usize| {
            self.regimes[regime].matters_from(ahead, interval.threshold).clamp(start, end)
        };
        let expected = longest_queue(rates, &self.calls, interval.length)?;
        let mut window = matters(expected);
        let at_start = self.calls.clone();
        self.transient.advance(rates, &mut self.calls, window - start, &mut self.spent, &mut [])?;
        let time_scales = self.time_scales(regime, interval, rates, expected);
        let mut panels = cover(window, end, &time_scales);
        let mut calls = (window, self.calls.clone());
        let recording = self.held < MOST_HELD;
        let mut snapshots = recording.then(|| snapshots(&panels, window));
        let Self { transient, spent, .. } = self;
        let recorded = snapshots.as_deref_mut().unwrap_or_default();
        transient.advance(rates, &mut self.calls, end - window, spent, recorded)?;
        self.held +=
            recorded.iter().map(|snapshot| snapshot.state_probabilities.len()).sum::<usize>();

        let waiting = self.spent.0.get(agents..).unwrap_or_default();
        if waiting.len() > MOST_STATES {
            return Err(too_many());
        }
        let longest = |share: f64| {
            let mut seconds = 0.0;
            let rest = waiting.iter().rposition(|more| {
                seconds += more;
                seconds > share * interval.length
            });
            rest.unwrap_or(0)
        };
        let found = matters(longest(NEGLIGIBLE_TIME));
        if found < window {
            // More were waiting than expected.
            window = found;
            panels = cover(window, end, &time_scales);
            calls = (start, at_start);
            snapshots = None;
        }
        let ahead = longest(NEGLIGIBLE_QUEUE);
        Ok(IntervalArrivals {
            regime,
            rates: *rates,
            ahead,
            start,
            end,
            below: self.spent.0.iter().take(agents).fold(0.0, |sum, t| sum + t),
            spent: waiting[..waiting.len().min(ahead + 1)].to_vec(),
            window,
            calls,
            panels,
            snapshots,
        })
    }

    /// Time scales of the outcomes of an interval's arrivals with up to `ahead` callers ahead.
    fn time_scales(
        &self,
        regime: usize,
        interval: &Interval,
        rates: &Rates,
        ahead: usize,
    ) -> TimeScales {
        let Regime { queue, end: boundary, .. } = &self.regimes[regime];
        let (start, end) = (self.time, self.time + interval.length);
        let flow = rates.arrivals + queue.answers;
        let mut after = vec![(start, START_SCALE / flow)];
        let mut hanging_up = if rates.nobody_waits() { 0.0 } else { queue.hanging_up };
        let mut ahead_then = ahead;
        // Deadlines on a boundary split the arrivals. Just beyond it deadline probabilities change at the
        // rate at which all waiting callers hang up there.
        for pair in self.regimes[regime..].windows(2) {
            let met = pair[0].end - interval.threshold;
            if met >= end || interval.threshold.is_infinite() {
                break;
            }
            ahead_then += pair[1].comes_back();
            let then = pair[1].queue.hanging_up;
            let shortest = if then > queue.hanging_up && then.is_finite() {
                START_SCALE / ((ahead_then + 1) as f64 * then)
            } else {
                f64::INFINITY
            };
            after.push((met, shortest));
            if then.is_finite() {
                hanging_up = hanging_up.max(then);
            }
        }
        let blurred = flow / (CHANGE_SCALE * (rates.agents as f64).sqrt().max(1.0));
        TimeScales { after, boundary: (*boundary, 1.0 / (blurred + PATIENCE_SCALE * hanging_up)) }
    }
}

/// The longest queue with a probability above [`NEGLIGIBLE_TIME`] during so many seconds.
///
/// The greater of the transient path and the steady state, where each further caller is less likely by
/// the ratio of arrivals to departures.
fn longest_queue(rates: &Rates, calls: &StateDistribution, seconds: f64) -> Result<usize> {
    if rates.nobody_waits() {
        return Ok(0);
    }
    let Rates { arrivals, service, hanging_up, agents } = *rates;
    let (_, on_the_way) = reach(rates, calls, seconds, 5.0);
    let on_the_way = on_the_way.saturating_sub(agents);
    let most = on_the_way.saturating_add((arrivals * seconds) as usize).min(MOST_STATES);
    let mut share = 1.0;
    let steady = (0..most).find(|&waiting| {
        let leaving = agents as f64 * service + waiting as f64 * hanging_up;
        share *= (arrivals / leaving).min(1.0);
        share < NEGLIGIBLE_TIME
    });
    let longest = steady.unwrap_or(0).max(on_the_way);
    if longest < MOST_STATES { Ok(longest) } else { Err(too_many()) }
}

/// The most entries of snapshots that are held, at 64 bytes each: those beyond are computed again in the
/// backward pass.
const MOST_HELD: usize = 1 << 22;

/// Arrivals during the longest queues, this share of the time together, are treated as under constant
/// rates.
const NEGLIGIBLE_TIME: f64 = 1e-13;

/// Queue lengths with less than this share of an interval are dropped.
const NEGLIGIBLE_QUEUE: f64 = 1e-18;

/// Shortest panel at an interval's start, in calls that come or go meanwhile.
const START_SCALE: f64 = 4.0;

/// The same before a boundary, in square roots of the agents: over so many calls outcomes of neighbouring
/// queue positions become equal.
const CHANGE_SCALE: f64 = 5.0;

/// And panels in a mean patience.
const PATIENCE_SCALE: f64 = 0.5;

/// A measure by its public name.
pub type MeasureColumn = (&'static str, fn(&Measures) -> f64);

/// The measures' public names.
pub const COLUMNS: [MeasureColumn; 18] = [
    ("queue_start", |m| m.queue_start),
    ("interrupted", |m| m.interrupted),
    ("wait_probability", |m| m.wait_probability),
    ("answered_within", |m| m.answered_within),
    ("waiting_after", |m| m.waiting_after),
    ("virtual_waiting_after", |m| m.virtual_waiting_after),
    ("answered_of_arrivals", |m| m.answered_of_arrivals),
    ("abandoned_of_arrivals", |m| m.abandoned_of_arrivals),
    ("wait_seconds", |m| m.wait),
    ("wait_answered_seconds", |m| m.wait_answered),
    ("abandoned", |m| m.abandoned),
    ("answered", |m| m.answered),
    ("queue_length", |m| m.queue_length),
    ("queue_end", |m| m.queue_end),
    ("busy_seconds", |m| m.busy),
    ("overtime_seconds", |m| m.overtime),
    ("busy_end", |m| m.busy_end),
    ("overtime_end", |m| m.overtime_end),
];
