//! What is simulated: call types, agent groups, routes. The caller has checked every part.

use super::distribution::Distribution;
use crate::choices::choices;
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
    /// At most so many wait in all queues together; who finds as many is blocked.
    pub queue_limit: u32,
    /// Which idle agent gets a call.
    pub agent_choice: AgentChoice,
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
    /// T of "answered within T", in seconds.
    pub threshold: f64,
    /// At most so many of them wait; who finds as many is blocked.
    pub queue_limit: u32,
    /// Who can serve them, the most wanted first.
    pub routes: Vec<Route>,
    /// As which type a call queues again at the end of its talk.
    pub forward: Targets,
    /// Who was served and not forwarded may call again later: as which type, and when.
    pub recall: Option<(Targets, Distribution)>,
    /// What callers do who were blocked or hung up.
    pub retry: Option<Retry>,
    /// What a lost call costs, and a second of waiting.
    pub costs: [f64; 2],
}

/// Types with their probabilities, cumulated; what is left is none of them.
#[derive(Debug, Clone, Default)]
pub struct Targets(pub Vec<(f64, usize)>);

impl Targets {
    /// The type at `share` of the probabilities.
    #[inline(always)]
    pub(super) fn at(&self, share: f64) -> Option<usize> {
        self.0.iter().find(|&&(cumulated, _)| share < cumulated).map(|&(_, kind)| kind)
    }

    #[inline(always)]
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// When calls of a type arrive.
#[derive(Debug, Clone)]
pub enum Arrivals {
    /// A Poisson process whose rate is constant by pieces.
    Poisson(Vec<Period>),
    /// A total near the expected one, with this standard deviation, spread as the rates are.
    Total(Vec<Period>, f64),
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
    /// An agent of the group takes calls of the least number first: of ordinary calls, and of those
    /// that were forwarded.
    pub priority: [f64; 2],
    /// By how much the number falls with each second of waiting.
    pub growth: f64,
    /// Among equal priorities the greatest weight times wait goes first.
    pub weight: f64,
    /// The talk time.
    pub talk: Distribution,
    /// Work of the agent after the caller has gone.
    pub acw: Distribution,
    /// A call goes to the highest score; routes of equal scores are one pool of agents.
    pub score: f64,
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
    /// Time between a call and the next one.
    pub pause: Distribution,
    /// Time until an agent who has been given a call answers it: the caller waits on.
    pub ring: Distribution,
    /// What an agent on duty costs a second.
    pub cost: f64,
}

choices! {
    /// Which idle agent gets a call.
    pub enum AgentChoice called "agent_choice" {
        /// Who has been without a contact for longest.
        LongestIdle = "longest_idle",
        /// Who had a contact for the least share of the time on duty.
        LeastBusy = "least_busy",
    }
}

/// Callers who try again.
#[derive(Debug, Clone)]
pub struct Retry {
    /// Probability after having been blocked, at the first attempt and at further ones.
    pub blocked: [f64; 2],
    /// Probability after having hung up, likewise.
    pub abandoned: [f64; 2],
    /// As which type, where not as the same.
    pub to: Targets,
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
            || self.queue_limit < u32::MAX
            || self.callback.is_some()
            || self.types.iter().any(|kind| kind.queue_limit < u32::MAX || kind.retry.is_some())
    }

    /// Whether forwarded callers of type `kind` have a place of their own in the queue.
    pub(super) fn forwarded_apart(&self, kind: usize) -> bool {
        self.types[kind].routes.iter().any(|route| route.priority[0] != route.priority[1])
    }

    /// Whether an idle agent is chosen by more than the order of the groups and the time of idleness.
    pub(super) fn chooses(&self) -> bool {
        let ordered =
            |kind: &CallType| kind.routes.windows(2).all(|two| two[0].score > two[1].score);
        self.agent_choice != AgentChoice::LongestIdle || !self.types.iter().all(ordered)
    }
}
