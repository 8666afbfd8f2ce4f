//! One replication, event by event.

mod leaving;
mod queueing;
mod serving;
mod shifts;

use std::collections::VecDeque;

use super::agents::GroupState;
use super::arrivals::ArrivalStream;
use super::calendar::Calendar;
use super::distribution::Distribution;
use super::draws::{Caller, Draws, Purpose};
use super::lines::Lines;
use super::log::{EntryOutcome, QueueEntry};
use super::model::{Model, Route};
use super::sums::{CellSums, Costs, PeriodSums};
use super::waits::WaitCounts;
use crate::error::{Error, Result};

/// Events between two looks at whether to stop: some 5 ms.
const EVENTS_PER_LOOK: u32 = 1 << 16;

/// Kinds of events; of one instant the first kind comes first. A caller whose patience ends as an
/// agent becomes free is answered.
mod kind {
    pub(super) const TALK_END: u64 = 0;
    pub(super) const FREE: u64 = 1;
    pub(super) const CONTACT_END: u64 = 2;
    pub(super) const OVERFLOW: u64 = 3;
    pub(super) const OFFER: u64 = 4;
    pub(super) const HANG_UP: u64 = 5;
    pub(super) const CALL_BACK: u64 = 6;
    pub(super) const RETRY: u64 = 7;
    pub(super) const RECALL: u64 = 8;
    /// The caller's patience ends first where both fall together.
    pub(super) const ANSWER: u64 = 9;
}

/// A tag of an event: its kind, what it is about, and which of its successive states.
const fn tag(kind: u64, what: u32, version: u32) -> u64 {
    kind << 60 | (what as u64) << 28 | (version as u64 & VERSIONS)
}

const VERSIONS: u64 = (1 << 28) - 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallState {
    Waiting,
    /// An agent has the call and has not answered it yet.
    Ringing,
    Talking,
    /// Between two attempts, or before being called back.
    Away,
    /// Has left; the queue still holds the call.
    Gone,
}

/// A caller somewhere in the centre.
#[derive(Debug, Clone, Copy)]
struct Call {
    caller: Caller,
    /// Attempts and stages before this one; stages alone.
    turn: u16,
    stage: u16,
    attempts: u32,
    kind: u32,
    group: u32,
    agent: u32,
    /// Index of the route by which the call is served.
    route: u32,
    /// Period of arrival.
    period: u32,
    state: CallState,
    called_back: bool,
    transferred: bool,
    /// Whether it stands in the queue of those who were forwarded.
    apart: bool,
    /// Counts the caller's changes of state: events of an older one are void.
    version: u32,
    arrival: f64,
    /// When the present wait, talk or absence began, and the wait before that.
    since: f64,
    waited: f64,
    /// When the caller hangs up while waiting; after a wait, how much patience was left. NaN where
    /// none was asked for yet.
    limit: f64,
    answer: f64,
    talk_scale: f64,
    /// Talk still to come; negative where none has begun.
    left: f64,
    talked: f64,
    ends: f64,
}

/// How an agent of a group finds the next call: types by priority.
struct Served {
    /// The queue: that of the type, or that of its forwarded calls.
    lane: usize,
    kind: usize,
    route: u32,
    priority: f64,
    growth: f64,
    weight: f64,
    after: f64,
}

impl Call {
    /// The instant from which its age counts: an interrupted call is as old as it ever was.
    fn queued(&self) -> f64 {
        if self.left < 0.0 { self.since } else { self.arrival }
    }
}

/// A replication's state; it is used again for the next one.
pub(super) struct Engine<'m> {
    model: &'m Model,
    end: f64,
    departures: bool,
    served: Vec<Vec<Served>>,
    /// Groups in which priorities grow.
    grows: Vec<bool>,
    /// Types whose forwarded calls have a queue of their own, behind those of all types.
    apart: Vec<bool>,
    /// Routes open at once, and those open later, by type.
    at_once: Vec<Vec<u32>>,
    later: Vec<Vec<u32>>,
    /// Whether more than the order of the routes decides who gets a call.
    chooses: bool,
    draws: Draws,
    calendar: Calendar,
    streams: Vec<ArrivalStream<'m>>,
    calls: Vec<Call>,
    free: Vec<u32>,
    queues: Vec<VecDeque<u32>>,
    waiting: Vec<u32>,
    lines: Lines,
    group_states: Vec<GroupState<'m>>,
    /// Instants at which a period begins or a group's staffing changes.
    boundaries: Vec<f64>,
    /// Plans made for the ends of contacts of agents whom contacts slow down.
    plans: u32,
    period: u32,
    sums: PeriodSums,
    waits: Option<WaitCounts>,
    log: Option<Vec<QueueEntry>>,
    replication: u32,
}

/// What one replication gave.
pub(super) struct ReplicationSums {
    pub(super) cells: CellSums,
    pub(super) waits: Option<WaitCounts>,
    pub(super) rows: Vec<QueueEntry>,
}

/// What is to be kept of a replication besides its sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) waits: bool,
    pub(super) log: bool,
}

impl<'m> Engine<'m> {
    /// An engine for `model` whose sums are cut at `edges`; nobody arrives from the last of them on.
    pub(super) fn new(model: &'m Model, edges: &[f64]) -> Self {
        let routes = |later: bool| -> Vec<Vec<u32>> {
            let of = |routes: &[Route]| {
                let all = routes.iter().zip(0..);
                all.filter(|(route, _)| (route.after > 0.0) == later).map(|(_, k)| k).collect()
            };
            model.types.iter().map(|kind| of(&kind.routes)).collect()
        };
        let groups = 0..model.groups.len();
        let served: Vec<Vec<Served>> = groups.map(|group| served_by(model, group)).collect();
        let grows = |served: &Vec<Served>| served.iter().any(|each| each.growth > 0.0);
        let apart = (0..model.types.len()).map(|kind| model.forwarded_apart(kind)).collect();
        let staffed = model.groups.iter().flat_map(|group| group.staffing.iter().map(|s| s.0));
        let mut boundaries: Vec<f64> = staffed.chain(edges.iter().copied()).collect();
        boundaries.sort_by(f64::total_cmp);
        boundaries.dedup();
        let end = edges.last().copied().unwrap_or(0.0);
        Self {
            model,
            end,
            departures: model.needs_departures(),
            grows: served.iter().map(grows).collect(),
            served,
            apart,
            at_once: by_score(model, routes(false)),
            later: routes(true),
            chooses: model.chooses(),
            draws: Draws::new(0, 0),
            calendar: Calendar::default(),
            streams: Vec::new(),
            calls: Vec::new(),
            free: Vec::new(),
            queues: vec![VecDeque::new(); 2 * model.types.len()],
            waiting: vec![0; model.types.len()],
            lines: Lines::new(model.lines),
            group_states: model.groups.iter().map(GroupState::new).collect(),
            boundaries,
            plans: 0,
            period: 0,
            sums: PeriodSums::new(edges.to_vec(), model.types.len(), model.groups.len()),
            waits: None,
            log: None,
            replication: 0,
        }
    }

    /// Runs `replication` under `seed`; `stop` is looked at now and then.
    ///
    /// # Errors
    /// [`Error::Interrupted`] where `stop` said so.
    pub(super) fn run(
        &mut self,
        seed: u64,
        replication: u32,
        kept: Kept,
        stop: &dyn Fn() -> bool,
    ) -> Result<ReplicationSums> {
        self.clear(seed, replication, kept);
        let boundaries = std::mem::take(&mut self.boundaries);
        let done = self.days(&boundaries, stop);
        self.boundaries = boundaries;
        done?;
        self.close();
        self.count_staff();
        let mut rows = self.log.take().unwrap_or_default();
        rows.sort_by(|a, b| {
            let order = a.arrival.total_cmp(&b.arrival);
            order.then(a.contact.cmp(&b.contact)).then(a.turn.cmp(&b.turn))
        });
        Ok(ReplicationSums {
            cells: self.sums.cells(&Costs::of(self.model)),
            waits: self.waits.take(),
            rows,
        })
    }

    fn clear(&mut self, seed: u64, replication: u32, kept: Kept) {
        self.draws = Draws::new(seed, u64::from(replication));
        let draws = &self.draws;
        let factor = if self.model.day_cv > 0.0 {
            let shape = self.model.day_cv.powi(-2);
            let bits = draws.bits(Purpose::Day, Caller::new(0, 0), 0);
            // A factor of 0, which rounding may give at huge variation, is a day without calls.
            Distribution::Gamma(shape, shape.recip()).value(bits, 0).max(f64::MIN_POSITIVE)
        } else {
            1.0
        };
        self.streams.clear();
        for (number, kind) in self.model.types.iter().enumerate() {
            self.streams.push(ArrivalStream::new(number, &kind.arrivals, self.end, factor, draws));
        }
        self.calendar.clear();
        self.calls.clear();
        self.free.clear();
        self.queues.iter_mut().for_each(VecDeque::clear);
        self.waiting.fill(0);
        self.lines.clear();
        self.group_states.iter_mut().for_each(GroupState::clear);
        self.period = 0;
        self.sums.clear();
        self.waits = kept.waits.then(|| WaitCounts::new(self.model.types.len()));
        self.log = kept.log.then(Vec::new);
        self.replication = replication;
    }

    fn days(&mut self, boundaries: &[f64], stop: &dyn Fn() -> bool) -> Result<()> {
        let mut boundaries = boundaries.iter().copied().peekable();
        let mut events = 0;
        loop {
            events += 1;
            if events == EVENTS_PER_LOOK {
                events = 0;
                if stop() {
                    return Err(Error::Interrupted);
                }
            }
            let event = self.calendar.next_time();
            let (arriving, arrival) = self.next_arrival();
            if let Some(&boundary) = boundaries.peek()
                && boundary <= event.min(arrival)
            {
                boundaries.next();
                self.boundary(boundary);
            } else if event <= arrival {
                if event == f64::INFINITY {
                    return Ok(());
                }
                self.happen();
            } else {
                let arrival = self.streams[arriving].take(&self.draws);
                self.arrive(arriving, arrival);
            }
        }
    }

    /// The type that calls next, and when.
    #[inline(always)]
    fn next_arrival(&self) -> (usize, f64) {
        let mut next = (0, f64::INFINITY);
        for (kind, stream) in self.streams.iter().enumerate() {
            if stream.time() < next.1 {
                next = (kind, stream.time());
            }
        }
        next
    }

    #[inline(always)]
    fn happen(&mut self) {
        let event = self.calendar.take();
        let (what, version) = ((event.tag >> 28) as u32, event.tag & VERSIONS);
        let now = event.time;
        match event.tag >> 60 {
            kind::TALK_END if self.is_current(what, version) => self.talk_end(what, now),
            kind::FREE => self.free_agent(what, now),
            kind::CONTACT_END => self.contact_end(what, version, now),
            kind::OVERFLOW if self.is_current(what, version) => {
                let kind = self.calls[what as usize].kind;
                for index in 0..self.later[kind as usize].len() {
                    let route = self.later[kind as usize][index];
                    self.dispatch(self.route(kind, route).group, now);
                }
            }
            kind::OFFER if self.is_current(what, version) => self.offer(what, now),
            // Who has been promised a call-back does not hang up any more.
            kind::HANG_UP
                if self.is_current(what, version) && self.calls[what as usize].limit <= now =>
            {
                self.hang_up(what, now);
            }
            kind::CALL_BACK => self.call_back(what, now),
            kind::RETRY => self.retry(what, now),
            kind::RECALL => self.recall(what, now),
            kind::ANSWER if self.is_current(what, version) => self.ring_end(what, now),
            _ => {}
        }
    }

    fn is_current(&self, call_index: u32, version: u64) -> bool {
        u64::from(self.calls[call_index as usize].version) & VERSIONS == version
    }

    fn route(&self, kind: u32, route: u32) -> &'m Route {
        &self.model.types[kind as usize].routes[route as usize]
    }

    fn add_call(&mut self, call: Call) -> u32 {
        if let Some(call_index) = self.free.pop() {
            let version = self.calls[call_index as usize].version.wrapping_add(1);
            self.calls[call_index as usize] = Call { version, ..call };
            return call_index;
        }
        self.calls.push(call);
        self.calls.len() as u32 - 1
    }

    fn release(&mut self, call_index: u32) {
        let call = &mut self.calls[call_index as usize];
        call.version = call.version.wrapping_add(1);
        self.free.push(call_index);
    }

    /// Counts the wait of a call that was accepted, if waits are asked for and it is reported.
    #[inline(always)]
    fn count_wait(&mut self, kind: usize, period: u32, wait: f64, answered: bool) {
        if let Some(waits) = &mut self.waits
            && self.sums.reports(period)
        {
            waits.count(kind, wait, answered);
        }
    }

    /// Writes a queue entry into the log, if there is one.
    fn log_entry(&mut self, call: &Call, outcome: EntryOutcome, talk: f64, acw: f64) {
        let Some(log) = &mut self.log else { return };
        let answered = !call.answer.is_nan();
        let known = |value: f64| if answered { value } else { f64::NAN };
        log.push(QueueEntry {
            replication: self.replication,
            contact: (call.caller.kind() as u64) << 32 | u64::from(call.caller.number()),
            kind: call.kind,
            turn: call.turn,
            group: if answered { call.group.cast_signed() } else { -1 },
            agent: if answered { call.agent.cast_signed() } else { -1 },
            arrival: call.arrival,
            wait: call.waited,
            outcome: outcome as u8,
            answer: call.answer,
            end: known(call.ends),
            talk: known(talk),
            acw: known(acw),
            transferred: call.transferred,
        });
    }
}

/// The types that `group` serves, by priority.
fn served_by(model: &Model, group: usize) -> Vec<Served> {
    let mut served = Vec::new();
    for (kind, described) in model.types.iter().enumerate() {
        for (route, way) in described.routes.iter().enumerate() {
            if way.group == group {
                let lanes = [kind, kind + model.types.len()];
                let lanes = &lanes[..=usize::from(model.forwarded_apart(kind))];
                for (&lane, priority) in lanes.iter().zip(way.priority) {
                    served.push(Served {
                        lane,
                        kind,
                        route: route as u32,
                        priority,
                        growth: way.growth,
                        weight: way.weight,
                        after: way.after,
                    });
                }
            }
        }
    }
    served.sort_by(|a, b| a.priority.total_cmp(&b.priority).then(a.lane.cmp(&b.lane)));
    served
}

/// The routes of each type with the highest score first, else in their order.
fn by_score(model: &Model, mut routes: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    for (kind, routes) in model.types.iter().zip(&mut routes) {
        let score = |&route: &u32| kind.routes[route as usize].score;
        routes.sort_by(|a, b| score(b).total_cmp(&score(a)));
    }
    routes
}

#[cfg(test)]
mod tests;
