//! The day as it happens: the queue M(t)/M(t)/n(t)+M(t), exactly.
//!
//! Within an interval calls arrive at a constant rate, handle times and patience are exponential, and
//! the number of agents is fixed. A boundary changes the rates of the calls already there. After the
//! last interval its values stay in force. The distribution of the number of calls in system is carried
//! forward in time (`distribution`), past boundaries (`boundary`). Outcomes of waiting callers are carried
//! backward (`backward`). Both meet at the times of arrival (`outcomes`, `panels`).

mod backward;
mod boundary;
mod days;
mod distribution;
mod effort;
mod outcomes;
mod panels;
mod requirements;
mod series;
mod weights;

pub use crate::staffing::ShiftEnd;
pub use days::{Days, evaluate_days};
pub use requirements::{Asked, required_days};

use distribution::{Distribution, MOST_CALLS, MOST_STATES, Rates, TimeSpent, Transient, reach};
use effort::{Effort, too_many};
use outcomes::{Arrivals, Gathered, Meeting, Regime, looks};
use panels::{Pace, cover};

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
    /// An error that says which value of this interval, the `place`-th of its day, is to blame.
    fn named(&self, failure: Error, place: usize) -> Error {
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
        Error::Infeasible { parameter, value, position: vec![place], why }
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

/// The measures of every interval of a day that starts from `start`, and its state after the last.
///
/// `tolerance` bounds the errors of shares; steps of the distribution are a thousand times as accurate.
/// `stop` is asked now and then.
///
/// # Errors
/// [`Error::Interrupted`], and [`Error::Infeasible`] with the place of the interval that takes too much.
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
    for (place, interval) in intervals.iter().enumerate() {
        effort.renew()?;
        let (found, arriving) =
            forward.interval(interval).map_err(|failure| interval.named(failure, place))?;
        measures.push(found);
        arrivals.push(arriving);
    }
    let Forward { regimes, transient, calls, agents, outside, .. } = forward;
    let mut meeting = Meeting::new(regimes, transient, tolerance, &effort);
    for (place, arriving) in arrivals.into_iter().enumerate().rev() {
        effort.renew()?;
        let interval = &intervals[place];
        let gathered = meeting
            .gather(arriving, interval.threshold)
            .map_err(|failure| interval.named(failure, place))?;
        measures[place].arrived(&intervals[place], &gathered);
    }
    let end = State { agents, first: calls.first, probabilities: calls.probabilities, outside };
    Ok((measures, end))
}

impl Measures {
    /// Fills in what becomes of the arrivals, of whom `gathered` tells.
    fn arrived(&mut self, interval: &Interval, gathered: &Gathered) {
        let Interval { calls, .. } = *interval;
        self.answered_within = calls * gathered.answered_within;
        self.waiting_after = calls * gathered.waiting_after;
        self.virtual_waiting_after = calls * gathered.virtual_waiting_after;
        self.answered_of_arrivals = calls * gathered.answered;
        let for_ever = calls * gathered.for_ever;
        self.abandoned_of_arrivals = (calls - self.answered_of_arrivals - for_ever).max(0.0);
        self.wait = calls * gathered.wait;
        self.wait_answered = calls * gathered.wait_answered;
        if for_ever > FOR_EVER * calls {
            self.wait = f64::INFINITY;
        }
    }
}

/// The march through the day.
struct Forward<'a> {
    regimes: Vec<Regime>,
    transient: Transient<'a>,
    place: usize,
    time: f64,
    calls: Distribution,
    agents: usize,
    outside: f64,
    spent: TimeSpent,
    /// Entries of looks that wait for the way back.
    held: usize,
}

impl<'a> Forward<'a> {
    fn new(intervals: &[Interval], start: &State, tolerance: f64, effort: &'a Effort<'a>) -> Self {
        let mut calls =
            Distribution { first: start.first, probabilities: start.probabilities.clone() };
        calls.trim();
        Self {
            regimes: Regime::of_day(intervals),
            transient: Transient::new((1e-3 * tolerance).clamp(1e-14, 1e-9), effort),
            place: 0,
            time: 0.0,
            calls,
            agents: start.agents,
            outside: start.outside,
            spent: TimeSpent::default(),
            held: 0,
        }
    }

    /// Marches through the next interval.
    fn interval(&mut self, interval: &Interval) -> Result<(Measures, Arrivals)> {
        let rates = interval.rates();
        let Rates { agents, arrivals, service, .. } = rates;
        if self.calls.end() > MOST_CALLS {
            return Err(too_many());
        }
        let moved = boundary::pass(&mut self.calls, self.agents, &rates, interval.shift_end);
        self.agents = agents;
        self.outside += moved.outside;
        let regime = self.regimes.partition_point(|r| r.from <= self.place) - 1;
        if self.regimes[regime].from == self.place {
            self.regimes[regime].longest = (self.calls.end() - 1).saturating_sub(agents);
        }
        self.spent.0.clear();
        let (start, end) = (self.time, self.time + interval.length);
        let arriving = self.arrivals(regime, interval, &rates, start, end)?;
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
        // As many seconds as the interval has, but for rounding: no share of them is above 1.
        let seconds = spent(0, &|_| 1.0);
        let busy_agents = spent(0, &|i| i.min(agents) as f64 / agents.max(1) as f64) / seconds;
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
            p_wait: all_busy / seconds,
            abandoned: hung_up,
            answered: moved.answered + arrivals * arriving.below + answered_from_queue,
            mean_queue: queue / interval.length,
            queue_end: now(&|i| i.saturating_sub(agents)),
            busy: busy_agents * (agents as f64 * interval.length),
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
        regime: usize,
        interval: &Interval,
        rates: &Rates,
        start: f64,
        end: f64,
    ) -> Result<Arrivals> {
        let agents = rates.agents;
        let matters = |ahead: usize| {
            self.regimes[regime].matters_from(ahead, interval.threshold).clamp(start, end)
        };
        let expected = longest_queue(rates, &self.calls, interval.length)?;
        let mut window = matters(expected);
        let at_start = self.calls.clone();
        self.transient.advance(rates, &mut self.calls, window - start, &mut self.spent, &mut [])?;
        let pace = self.pace(regime, interval, rates, expected);
        let mut panels = cover(window, end, &pace);
        let mut calls = (window, self.calls.clone());
        let looking = self.held < MOST_HELD;
        let mut looks = looking.then(|| looks(&panels, window));
        let Self { transient, spent, .. } = self;
        let seen = looks.as_deref_mut().unwrap_or_default();
        transient.advance(rates, &mut self.calls, end - window, spent, seen)?;
        self.held += seen.iter().map(|look| look.seen.len()).sum::<usize>();

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
        let found = matters(longest(SELDOM));
        if found < window {
            // More were waiting than expected.
            window = found;
            panels = cover(window, end, &pace);
            calls = (start, at_start);
            looks = None;
        }
        let ahead = longest(RARE);
        Ok(Arrivals {
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
            looks,
        })
    }

    /// How fast things move for those who arrive in an interval of a regime, up to `ahead` ahead of them.
    fn pace(&self, regime: usize, interval: &Interval, rates: &Rates, ahead: usize) -> Pace {
        let Regime { queue, end: change, .. } = &self.regimes[regime];
        let (start, end) = (self.time, self.time + interval.length);
        let flow = rates.arrivals + queue.answers;
        let mut after = vec![(start, START_PACE / flow)];
        let mut hanging_up = if rates.nobody_waits() { 0.0 } else { queue.hanging_up };
        let mut ahead_then = ahead;
        // Deadlines that fall on a change of the rates part the arrivals. Of those beyond it the chances
        // move at first as fast as all who wait hang up there.
        for pair in self.regimes[regime..].windows(2) {
            let met = pair[0].end - interval.threshold;
            if met >= end || interval.threshold.is_infinite() {
                break;
            }
            ahead_then += pair[1].comes_back();
            let then = pair[1].queue.hanging_up;
            let shortest = if then > queue.hanging_up && then.is_finite() {
                START_PACE / ((ahead_then + 1) as f64 * then)
            } else {
                f64::INFINITY
            };
            after.push((met, shortest));
            if then.is_finite() {
                hanging_up = hanging_up.max(then);
            }
        }
        let blurred = flow / (CHANGE_PACE * (rates.agents as f64).sqrt().max(1.0));
        Pace { after, change: (*change, 1.0 / (blurred + PATIENCE_PACE * hanging_up)) }
    }
}

/// The most callers who are likely to wait during so many seconds.
///
/// On the way from those in system now, or once they have settled: then each further one is rarer by
/// the calls that come to those that leave.
fn longest_queue(rates: &Rates, calls: &Distribution, seconds: f64) -> Result<usize> {
    if rates.nobody_waits() {
        return Ok(0);
    }
    let Rates { arrivals, service, hanging_up, agents } = *rates;
    let (_, on_the_way) = reach(rates, calls, seconds, 5.0);
    let on_the_way = on_the_way.saturating_sub(agents);
    let most = on_the_way.saturating_add((arrivals * seconds) as usize).min(MOST_STATES);
    let mut share = 1.0;
    let settled = (0..most).find(|&waiting| {
        let leaving = agents as f64 * service + waiting as f64 * hanging_up;
        share *= (arrivals / leaving).min(1.0);
        share < SELDOM
    });
    let longest = settled.unwrap_or(0).max(on_the_way);
    if longest < MOST_STATES { Ok(longest) } else { Err(too_many()) }
}

/// The most entries of looks that are held, at 64 bytes: what a day looks at beyond them is looked at
/// again on the way back.
const MOST_HELD: usize = 1 << 22;

/// Who arrives while the longest queues last, for this share of the time together, may be taken to find
/// rates that last.
const SELDOM: f64 = 1e-13;

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
