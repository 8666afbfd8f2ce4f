//! What is simulated: call types, agent groups, routes. The caller has checked every part.

use super::distribution::Distribution;
use crate::staffing::ShiftEnd;
/// A call centre.
#[derive(Debug, Clone)]
pub struct Model {
    /// Kinds of calls.
    pub types: Vec<CallType>,
    /// Kinds of agents.
    pub groups: Vec<Group>,
    /// Telephone lines, held by those waiting and those talking.
    pub lines: u32,
    /// What callers do who were blocked or hung up.
    pub retry: Option<Retry>,
    /// What waiting callers are offered.
    pub callback: Option<Callback>,
    /// Coefficient of variation of the gamma factor on all arrivals of a replication.
    pub day_cv: f64,
}

/// A kind of call.
#[derive(Debug, Clone)]
pub struct CallType {
    /// When they call.
    pub arrivals: Arrivals,
    /// How long they are willing to wait.
    pub patience: Distribution,
    /// Work of the agent after the caller has gone.
    pub acw: Distribution,
    /// T of "answered within T", in seconds.
    pub threshold: f64,
    /// At most so many of them wait; who finds as many is blocked.
    pub queue_limit: u32,
    /// Who can serve them, the most wanted first.
    pub routes: Vec<Route>,
    /// Probability to be passed up at the end of the talk, and the type as which.
    pub pass_up: Option<(f64, usize)>,
}

/// When calls of a type arrive.
#[derive(Debug, Clone)]
pub enum Arrivals {
    /// A Poisson process whose rate is constant by pieces.
    Poisson(Vec<Period>),
    /// These instants, in order, with a talk scale of 1.
    Times(Vec<f64>),
}

/// A piece of time with constant parameters.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    /// When it begins; it ends where the next one begins.
    pub start: f64,
    /// Calls a second.
    pub rate: f64,
    /// What talk times of its arrivals are multiplied with.
    pub talk_scale: f64,
}

/// One way for a type to be served.
#[derive(Debug, Clone)]
pub struct Route {
    /// By which group.
    pub group: usize,
    /// After so many seconds of waiting.
    pub after: f64,
    /// An agent of the group takes calls of the least number first.
    pub priority: f64,
    /// Among equal priorities the greatest weight times wait goes first.
    pub weight: f64,
    /// The talk time.
    pub talk: Distribution,
}

/// A kind of agents.
#[derive(Debug, Clone)]
pub struct Group {
    /// From when on how many; in order, the first at 0.
    pub staffing: Vec<(f64, u32)>,
    /// Contacts an agent handles at the same time.
    pub concurrency: u32,
    /// Speed of each contact of an agent who has 1, 2, ... of them; empty where it is always 1.
    pub speeds: Vec<f64>,
    /// What happens when agents leave.
    pub shift_end: ShiftEnd,
}

/// Callers who try again.
#[derive(Debug, Clone)]
pub struct Retry {
    /// Probability after having been blocked.
    pub blocked: f64,
    /// Probability after having hung up.
    pub abandoned: f64,
    /// Time until they do.
    pub delay: Distribution,
    /// Attempts of one caller in all, at most.
    pub attempts: u32,
}

/// Callers who are called back.
#[derive(Debug, Clone)]
pub struct Callback {
    /// The offer comes after so many seconds of waiting.
    pub after: f64,
    /// Only with at least so many of the type waiting, this caller included.
    pub waiting: u32,
    /// Probability to accept.
    pub probability: f64,
    /// None: the call keeps its place. Else it joins the queue anew after this time.
    pub delay: Option<Distribution>,
}

impl Model {
    /// Whether anything depends on how many wait at an instant or on when somebody hangs up.
    ///
    /// If nothing does, a departure need only be noticed when the caller's turn comes.
    pub(super) fn needs_departures(&self) -> bool {
        self.lines < u32::MAX
            || self.retry.is_some()
            || self.callback.is_some()
            || self.types.iter().any(|kind| kind.queue_limit < u32::MAX)
    }
}
