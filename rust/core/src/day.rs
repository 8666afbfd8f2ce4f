//! The day as it happens: the queue M(t)/M(t)/n(t)+M(t), exactly.
//!
//! Within an interval calls arrive at a constant rate, handle times and patience are exponential, and
//! the number of agents is fixed. A boundary changes the rates of the calls already there. After the
//! last interval its values stay in force. The distribution of the number of calls in system is carried
//! forward in time (`transient`), past boundaries (`shift`); what becomes of those who wait is carried
//! backward (`fate`); the two meet at the instants of arrival (`panels`).

mod days;
mod fate;
mod meeting;
mod panels;
mod requirement;
mod series;
mod shift;
mod transient;
mod weights;

pub use days::{Days, evaluate_days};
pub use requirement::{Asked, required_days};
pub use shift::ShiftEnd;

use fate::Backward;
use meeting::{Arrivals, Gathered, Regime};
use panels::{Pace, Panel, panels};
use transient::{Distribution, Look, Rates, TimeSpent, Transient, reach};

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
    /// The wait in seconds to be judged by.
    pub threshold: f64,
    /// What happens at its start to calls of agents who leave.
    pub shift_end: ShiftEnd,
}

impl Interval {
    fn rates(&self) -> Rates {
        Rates {
            arrivals: self.calls / self.length,
            service: 1.0 / self.aht,
            hanging_up: 1.0 / self.patience,
            agents: self.agents,
        }
    }
}

/// What is known of the calls at an instant between two intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Agents at work before.
    pub agents: usize,
    /// The fewest calls in system that `probabilities` tells of.
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
    pub p_wait: f64,
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
    pub mean_queue: f64,
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

/// Share of the arrivals of an interval that may wait for ever before its waits are infinite.
const FOR_EVER: f64 = 1e-12;

/// Panels twice as dense are tried so many times where the first were too coarse.
const REFINEMENTS: u32 = 4;

/// The measures of every interval of a day that starts from `start`, and its state after the last.
///
/// `tolerance` bounds the errors of shares; steps of the distribution are a thousand times as accurate.
/// `stop` is asked now and then.
///
/// # Errors
/// [`Error::Interrupted`], or [`Error::NotConverged`] from rates beyond all sense.
pub fn evaluate(
    intervals: &[Interval],
    start: &State,
    tolerance: f64,
    stop: &dyn Fn() -> bool,
) -> Result<(Vec<Measures>, State)> {
    let mut finest = None;
    for refinement in 0..=REFINEMENTS {
        let (measures, end, doubt) =
            attempt(intervals, start, tolerance, f64::from(1 << refinement), stop)?;
        // Where even the last panels leave doubt they are still the best there is.
        finest = Some((measures, end));
        if doubt <= tolerance {
            break;
        }
    }
    finest.ok_or(Error::Interrupted)
}

fn attempt(
    intervals: &[Interval],
    start: &State,
    tolerance: f64,
    density: f64,
    stop: &dyn Fn() -> bool,
) -> Result<(Vec<Measures>, State, f64)> {
    let mut forward = Forward::new(intervals, start, tolerance, density);
    let mut measures = Vec::with_capacity(intervals.len());
    let mut arrivals = Vec::with_capacity(intervals.len());
    for interval in intervals {
        if stop() {
            return Err(Error::Interrupted);
        }
        let (found, arriving) = forward.interval(interval)?;
        measures.push(found);
        arrivals.push(arriving);
    }
    let mut backward = Backward::new();
    let mut fates = None;
    let mut doubt: f64 = 0.0;
    for (place, interval) in intervals.iter().enumerate().rev() {
        if stop() {
            return Err(Error::Interrupted);
        }
        let gathered =
            arrivals[place].gather(&forward.regimes, interval.threshold, &mut backward, &mut fates);
        doubt = doubt.max(gathered.doubt / interval.length);
        measures[place].arrived(interval, &gathered);
    }
    let Forward { calls, agents, outside, .. } = forward;
    let end = State { agents, first: calls.first, probabilities: calls.probabilities, outside };
    Ok((measures, end, doubt))
}

impl Measures {
    /// Fills in what becomes of the arrivals, of whom `gathered` tells by seconds of arriving.
    fn arrived(&mut self, interval: &Interval, gathered: &Gathered) {
        let rate = interval.calls / interval.length;
        self.answered_within = rate * gathered.answered_within;
        self.waiting_after = rate * gathered.waiting_after;
        self.virtual_waiting_after = rate * gathered.virtual_waiting_after;
        self.answered_of_arrivals = rate * gathered.answered;
        let for_ever = rate * gathered.for_ever;
        self.abandoned_of_arrivals =
            (interval.calls - self.answered_of_arrivals - for_ever).max(0.0);
        self.wait = rate * gathered.wait;
        self.wait_answered = rate * gathered.wait_answered;
        if for_ever > FOR_EVER * interval.calls {
            self.wait = f64::INFINITY;
        }
    }
}

/// The march through the day.
struct Forward {
    regimes: Vec<Regime>,
    transient: Transient,
    density: f64,
    place: usize,
    time: f64,
    calls: Distribution,
    agents: usize,
    outside: f64,
    spent: TimeSpent,
}

impl Forward {
    fn new(intervals: &[Interval], start: &State, tolerance: f64, density: f64) -> Self {
        let mut calls =
            Distribution { first: start.first, probabilities: start.probabilities.clone() };
        calls.trim();
        Self {
            regimes: Regime::of_day(intervals),
            transient: Transient::new((1e-3 * tolerance).clamp(1e-14, 1e-9)),
            density,
            place: 0,
            time: 0.0,
            calls,
            agents: start.agents,
            outside: start.outside,
            spent: TimeSpent::default(),
        }
    }

    /// Marches through the next interval.
    fn interval(&mut self, interval: &Interval) -> Result<(Measures, Arrivals)> {
        let rates = interval.rates();
        let Rates { agents, arrivals, service, .. } = rates;
        let moved = shift::pass(&mut self.calls, self.agents, &rates, interval.shift_end);
        self.agents = agents;
        self.outside += moved.outside;
        self.spent.0.clear();
        let (start, end) = (self.time, self.time + interval.length);
        let arriving = self.arrivals(interval, &rates, start, end)?;
        self.time = end;
        self.place += 1;

        let spent = |from: usize, weight: &dyn Fn(usize) -> f64| -> f64 {
            self.spent.0.iter().enumerate().skip(from).fold(0.0, |sum, (i, t)| sum + weight(i) * t)
        };
        let now = |weight: &dyn Fn(usize) -> usize| -> f64 {
            self.calls.states().fold(0.0, |sum, (i, p)| sum + weight(i) as f64 * p)
        };
        let queue = spent(agents, &|i| (i - agents) as f64);
        let all_busy = spent(agents, &|_| 1.0);
        let answered_from_queue = agents as f64
            * service
            * if rates.nobody_waits() { 0.0 } else { spent(agents + 1, &|_| 1.0) };
        let hung_up = if rates.nobody_waits() {
            arrivals * all_busy + moved.hung_up
        } else if queue == 0.0 {
            0.0
        } else {
            rates.hanging_up * queue
        };
        let left = (-service * interval.length).exp();
        let outside = self.outside;
        self.outside = outside * left;
        let measures = Measures {
            queue_start: moved.waiting,
            interrupted: moved.interrupted,
            p_wait: (all_busy / interval.length).min(1.0),
            abandoned: hung_up,
            answered: moved.answered + arrivals * arriving.below + answered_from_queue,
            mean_queue: queue / interval.length,
            queue_end: now(&|i| i.saturating_sub(agents)),
            busy: spent(0, &|i| i.min(agents) as f64),
            overtime: outside * -(-service * interval.length).exp_m1() / service,
            busy_end: now(&|i| i.min(agents)),
            overtime_end: self.outside,
            ..Measures::default()
        };
        Ok((measures, arriving))
    }

    /// Advances the calls to `end`, noting what the arrivals on the way find.
    fn arrivals(
        &mut self,
        interval: &Interval,
        rates: &Rates,
        start: f64,
        end: f64,
    ) -> Result<Arrivals> {
        let agents = rates.agents;
        let regime = self.regimes.partition_point(|r| r.from <= self.place) - 1;
        let change = self.regimes[regime].end;
        let queue = self.regimes[regime].queue;
        // Whoever finds more waiting is rare enough for what little of his fate is left.
        let (_, most) = reach(rates, &self.calls, interval.length, 5.0);
        let ahead = most.saturating_sub(agents);
        // Before that, whoever waits has his fate decided before the rates change.
        let settling = if rates.nobody_waits() {
            interval.threshold.min(queue.clears_after(0))
        } else {
            queue.settles_after(ahead)
        };
        let window = if change.is_finite() { (change - settling).clamp(start, end) } else { end };
        self.transient.advance(rates, &mut self.calls, window - start, &mut self.spent, &mut [])?;
        let flow = rates.arrivals + queue.answers;
        let mut after = vec![(start, START_PACE / (self.density * flow))];
        // Deadlines that fall on a change of the rates part the arrivals. Of those beyond it the chances
        // move at first as fast as all who wait hang up there.
        let mut ahead_then = ahead;
        for pair in self.regimes[regime..].windows(2) {
            ahead_then += pair[1].comes_back();
            let hanging_up = pair[1].queue.hanging_up;
            let shortest = if hanging_up > queue.hanging_up && hanging_up.is_finite() {
                START_PACE / (self.density * (ahead_then + 1) as f64 * hanging_up)
            } else {
                f64::INFINITY
            };
            after.push((pair[0].end - interval.threshold, shortest));
        }
        let hanging_up = self.regimes[regime..]
            .iter()
            .take_while(|r| r.start < end + interval.threshold)
            .map(|r| r.queue.hanging_up)
            .filter(|rate| rate.is_finite())
            .fold(0.0, f64::max);
        let blurred = flow / (CHANGE_PACE * (agents as f64).sqrt().max(1.0));
        let before_change = 1.0 / (self.density * (blurred + PATIENCE_PACE * hanging_up));
        let pace = Pace { after, change: (change, before_change) };
        let panels = if window < end { panels(window, end, &pace) } else { Vec::new() };
        let look = |panel: &Panel| Look {
            instants: panel.nodes().map(|(instant, _)| instant - window),
            ..Look::default()
        };
        let mut looks: Vec<Look> = panels.iter().map(look).collect();
        self.transient.advance(
            rates,
            &mut self.calls,
            end - window,
            &mut self.spent,
            &mut looks,
        )?;
        let mut spent = self.spent.0.get(agents..).unwrap_or_default().to_vec();
        let mut tail = 0.0;
        while let Some(seconds) = spent.pop() {
            tail += seconds;
            if tail > RARE * interval.length {
                spent.push(seconds);
                break;
            }
        }
        let ahead = spent.len().saturating_sub(1);
        let below = self.spent.0.iter().take(agents).fold(0.0, |sum, t| sum + t);
        let panels = panels.into_iter().zip(looks.into_iter().map(|look| look.seen)).collect();
        Ok(Arrivals { regime, ahead, start, end, below, spent, window, panels })
    }
}

/// The most callers waiting are let go of who are there for less than this share of an interval.
const RARE: f64 = 1e-18;

/// Shortest panel at an interval's start, in calls that come or go meanwhile.
const START_PACE: f64 = 4.0;

/// The same before a change of the rates, in square roots of the agents: over so many calls the chances
/// of neighbouring places in the queue blur.
const CHANGE_PACE: f64 = 5.0;

/// And panels in a mean patience.
const PATIENCE_PACE: f64 = 0.5;

/// A measure by its public name.
pub type Column = (&'static str, fn(&Measures) -> f64);

/// The measures' public names.
pub const COLUMNS: [Column; 18] = [
    ("queue_start", |m| m.queue_start),
    ("interrupted", |m| m.interrupted),
    ("p_wait", |m| m.p_wait),
    ("answered_within", |m| m.answered_within),
    ("waiting_after", |m| m.waiting_after),
    ("virtual_waiting_after", |m| m.virtual_waiting_after),
    ("answered_of_arrivals", |m| m.answered_of_arrivals),
    ("abandoned_of_arrivals", |m| m.abandoned_of_arrivals),
    ("wait_s", |m| m.wait),
    ("wait_answered_s", |m| m.wait_answered),
    ("abandoned", |m| m.abandoned),
    ("answered", |m| m.answered),
    ("mean_queue", |m| m.mean_queue),
    ("queue_end", |m| m.queue_end),
    ("busy_s", |m| m.busy),
    ("overtime", |m| m.overtime),
    ("busy_end", |m| m.busy_end),
    ("overtime_end", |m| m.overtime_end),
];
