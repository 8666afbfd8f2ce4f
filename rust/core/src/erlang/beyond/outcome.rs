//! What becomes of the calls offered to a system, and its measures.

use super::servers::Servers;
use super::sums::QueueSums;
use crate::erlang::definition::Definition;
use crate::erlang::probability::Probability;
use crate::erlang::within::Within;

/// Shares of all offered calls, mean waits over all offered calls, and means over time.
///
/// Every share and wait is an average over calls, and the three means are averages over time, so that
/// outcomes at several loads average term by term.
#[derive(Debug, Clone, Copy)]
pub struct CallOutcome {
    /// Served at once, and find nobody free; the blocked are among these.
    pub(super) immediate: f64,
    pub(super) wait: f64,
    pub(super) blocked: f64,
    pub(super) served: f64,
    pub(super) abandoned: f64,
    /// Answered within the threshold, and later.
    pub(super) in_time: f64,
    pub(super) late: f64,
    /// Still waiting at the threshold; answered or gone by then.
    pub(super) still: f64,
    pub(super) done: f64,
    /// A caller of endless patience gets in and is answered within the threshold; gets in, and later.
    pub(super) virtual_in_time: f64,
    pub(super) virtual_late: f64,
    /// Seconds: the wait, and the parts of it by those answered and by those who hang up.
    pub(super) mean_wait: f64,
    pub(super) served_wait: f64,
    pub(super) lost_wait: f64,
    /// Over time: busy share of the agents, callers waiting, contacts in service.
    pub(super) occupancy: f64,
    pub(super) queue_length: f64,
    pub(super) in_service: f64,
    /// Arrivals per second.
    pub(super) arrivals: f64,
    /// Jobs of a backlog that are finished per second.
    pub(super) jobs: f64,
    /// P(nobody is free and nobody waits).
    pub(super) alone: f64,
}

/// How many fields [`CallOutcome::values`] has.
pub(super) const FIELDS: usize = 20;

impl CallOutcome {
    /// The first of the fields that average over time.
    pub(super) const OVER_TIME: usize = 14;

    /// No load: a lone caller finds an agent free; no line, nobody gets in.
    pub(super) fn idle(agents: f64, blocked: bool) -> Self {
        let [inside, outside] = if blocked { [0.0, 1.0] } else { [1.0, 0.0] };
        Self {
            immediate: inside,
            wait: outside,
            blocked: outside,
            served: inside,
            in_time: inside,
            done: inside,
            virtual_in_time: inside,
            lost_wait: f64::NAN,
            occupancy: if agents > 0.0 { 0.0 } else { f64::NAN },
            ..Self::of_values([0.0; FIELDS])
        }
    }

    /// No agents and endless patience: the lines fill for ever, and who calls then is blocked.
    pub(super) fn filled(lines: f64, arrivals: f64) -> Self {
        Self {
            wait: 1.0,
            blocked: 1.0,
            mean_wait: f64::NAN,
            served_wait: f64::NAN,
            lost_wait: f64::NAN,
            occupancy: f64::NAN,
            queue_length: lines,
            arrivals,
            ..Self::of_values([0.0; FIELDS])
        }
    }

    /// No agents: all but the `blocked` hang up, after a wait of `mean` seconds; `left` of them wait longer than the
    /// threshold.
    pub(super) fn nobody_serves(blocked: f64, mean: f64, left: f64, arrivals: f64) -> Self {
        let admitted = 1.0 - blocked;
        Self {
            wait: 1.0,
            blocked,
            abandoned: admitted,
            still: admitted * left,
            done: admitted * (1.0 - left),
            virtual_late: admitted,
            mean_wait: admitted * mean,
            lost_wait: admitted * mean,
            occupancy: f64::NAN,
            queue_length: arrivals * admitted * mean,
            arrivals,
            ..Self::of_values([0.0; FIELDS])
        }
    }

    /// The fields, those over time and the arrivals last.
    pub(super) fn values(&self) -> [f64; FIELDS] {
        [
            self.immediate,
            self.wait,
            self.blocked,
            self.served,
            self.abandoned,
            self.in_time,
            self.late,
            self.still,
            self.done,
            self.virtual_in_time,
            self.virtual_late,
            self.mean_wait,
            self.served_wait,
            self.lost_wait,
            self.occupancy,
            self.queue_length,
            self.in_service,
            self.arrivals,
            self.jobs,
            self.alone,
        ]
    }

    /// The reverse of [`values`](Self::values).
    pub(super) fn of_values(values: [f64; FIELDS]) -> Self {
        let [
            immediate,
            wait,
            blocked,
            served,
            abandoned,
            in_time,
            late,
            still,
            done,
            virtual_in_time,
            virtual_late,
            mean_wait,
            served_wait,
            lost_wait,
            occupancy,
            queue_length,
            in_service,
            arrivals,
            jobs,
            alone,
        ] = values;
        Self {
            immediate,
            wait,
            blocked,
            served,
            abandoned,
            in_time,
            late,
            still,
            done,
            virtual_in_time,
            virtual_late,
            mean_wait,
            served_wait,
            lost_wait,
            occupancy,
            queue_length,
            in_service,
            arrivals,
            jobs,
            alone,
        }
    }

    /// From the states in which somebody is free and those in which nobody is. The states over time are those of
    /// `load` erlangs, `arrivals` per second.
    pub(super) fn of_sums(
        servers: &Servers,
        queue: &QueueSums,
        (agents, load, arrivals): (f64, f64, f64),
    ) -> Self {
        let idle = if queue.unit > 0.0 { servers.below * queue.unit } else { 0.0 };
        let busy = servers.full * queue.all;
        let odds = idle / busy;
        let (wait, immediate) = (1.0 / (1.0 + odds), 1.0 / (1.0 + 1.0 / odds));
        let total = idle + busy;
        let share = |part: f64| servers.full * part / total;
        let served = immediate + share(queue.served);
        let mean_wait = share(queue.wait);
        let mut outcome = Self {
            immediate,
            wait,
            blocked: share(queue.full),
            served,
            abandoned: share(queue.lost),
            in_time: immediate + share(queue.in_time),
            late: share(queue.late),
            still: queue.left * share(queue.virtual_late),
            done: immediate + share(queue.virtual_in_time) + queue.gone * share(queue.virtual_late),
            virtual_in_time: immediate + share(queue.virtual_in_time),
            virtual_late: share(queue.virtual_late),
            mean_wait,
            served_wait: share(queue.served_wait),
            lost_wait: share(queue.lost_wait),
            occupancy: if agents > 0.0 { (load * served / agents).min(1.0) } else { f64::NAN },
            queue_length: arrivals * mean_wait,
            in_service: load * served,
            arrivals,
            jobs: 0.0,
            alone: share(queue.unit),
        };
        outcome.count_service(servers, agents);
        outcome
    }

    /// From Erlang B, C or A; the wait of those who hang up where `lost_wait` asks for it.
    pub(super) fn of_queue(
        within: &Within<'_>,
        agents: f64,
        (load, arrivals): (f64, f64),
        lost_wait: bool,
    ) -> Self {
        let queue = within.queue;
        let Probability { p: wait, q: immediate } = queue.wait();
        let Probability { p: served, q: abandoned } = queue.served();
        let in_time = within.service_level(Definition::Offered).p;
        let late =
            if served > 0.0 { served * within.service_level(Definition::Answered).q } else { 0.0 };
        let Probability { p: done, q: still } =
            within.service_level(Definition::CountAbandonedWithin);
        let endless = within.service_level(Definition::Virtual);
        let times = |share: f64, wait: f64| if share > 0.0 { share * wait } else { 0.0 };
        Self {
            immediate,
            wait,
            blocked: 0.0,
            served,
            abandoned,
            in_time,
            late,
            still,
            done,
            virtual_in_time: endless.p,
            virtual_late: endless.q,
            mean_wait: queue.mean_wait(),
            served_wait: times(served, within.asa()),
            lost_wait: if lost_wait {
                times(abandoned, queue.mean_wait_abandoned())
            } else {
                f64::NAN
            },
            occupancy: if agents > 0.0 { queue.occupancy() } else { f64::NAN },
            queue_length: queue.queue_length(),
            in_service: load * served,
            arrivals,
            jobs: 0.0,
            alone: queue.nobody_waits(),
        }
    }

    /// Everybody waits, for ever.
    pub(super) fn unstable(agents: f64, arrivals: f64) -> Self {
        Self {
            wait: 1.0,
            served: f64::NAN,
            abandoned: f64::NAN,
            late: f64::NAN,
            still: f64::NAN,
            done: f64::NAN,
            virtual_late: 1.0,
            mean_wait: f64::INFINITY,
            served_wait: f64::INFINITY,
            lost_wait: f64::NAN,
            occupancy: if agents > 0.0 { 1.0 } else { f64::NAN },
            queue_length: f64::INFINITY,
            in_service: agents,
            arrivals,
            ..Self::of_values([0.0; FIELDS])
        }
    }

    /// Takes what the agents do from the states, where the load does not say it.
    pub(super) fn count_service(&mut self, servers: &Servers, agents: f64) {
        if servers.busy.is_nan() {
            return;
        }
        let mean = |sum: f64| if servers.below > 0.0 { sum / servers.below } else { 0.0 };
        let busy = self.wait * servers.most_busy + self.immediate * mean(servers.busy);
        self.occupancy = if agents > 0.0 { (busy / agents).min(1.0) } else { f64::NAN };
        if !servers.contacts.is_nan() {
            self.in_service =
                self.wait * servers.most_contacts + self.immediate * mean(servers.contacts);
        }
    }

    /// Whether the queue grows without end.
    pub fn is_unstable(&self) -> bool {
        self.queue_length == f64::INFINITY
    }

    /// P(a call finds nobody free), the blocked included.
    pub fn wait_probability(&self) -> f64 {
        Probability { p: self.wait, q: self.immediate }.value()
    }

    /// Share blocked.
    pub fn blocking(&self) -> f64 {
        self.blocked
    }

    /// Share that hangs up.
    pub fn abandonment(&self) -> f64 {
        self.abandoned
    }

    /// Share answered within the threshold, by `definition`; the blocked are in every denominator but that of the
    /// answered.
    pub fn service_level(&self, definition: Definition) -> Probability {
        let lost = self.blocked + self.abandoned;
        let (p, q) = match definition {
            Definition::Offered => (self.in_time, lost + self.late),
            Definition::Answered => (self.in_time, self.late),
            Definition::ExcludeAbandonedWithin => (self.in_time, self.still + self.blocked),
            Definition::CountAbandonedWithin => (self.done, self.still + self.blocked),
            Definition::Virtual => (self.virtual_in_time, self.virtual_late + self.blocked),
        };
        if self.is_unstable() && !(p + q).is_finite() {
            return Probability::NONE;
        }
        let whole = p + q;
        Probability { p: p / whole, q: q / whole }
    }

    /// Mean wait in seconds of the answered; missing where nobody is.
    pub fn asa(&self) -> f64 {
        if self.is_unstable() { f64::INFINITY } else { self.served_wait / self.served }
    }

    /// Mean wait in seconds of all calls offered; the blocked wait 0.
    pub fn mean_wait(&self) -> f64 {
        self.mean_wait
    }

    /// Mean wait in seconds of those who hang up; missing where nobody does.
    pub fn mean_wait_abandoned(&self) -> f64 {
        self.lost_wait / self.abandoned
    }

    /// Mean number waiting.
    pub fn queue_length(&self) -> f64 {
        self.queue_length
    }

    /// Busy share of the agents: those with at least one contact, or a job.
    pub fn occupancy(&self) -> f64 {
        self.occupancy
    }

    /// P(still waiting at the threshold).
    pub fn survival(&self) -> f64 {
        if self.is_unstable() { 1.0 } else { self.still }
    }

    /// Calls waiting or on the line for `hold_time` seconds once answered; missing for as long as they are served.
    pub fn lines_in_use(&self, hold_time: f64) -> f64 {
        let talking = if hold_time.is_nan() {
            self.in_service
        } else {
            self.arrivals * self.served * hold_time
        };
        self.queue_length + talking
    }

    /// Mean seconds that a contact is served, as it turns out.
    pub fn handle_time(&self) -> f64 {
        self.in_service / (self.arrivals * self.served)
    }

    /// Contacts in service.
    pub fn in_service(&self) -> f64 {
        self.in_service
    }

    /// Jobs of the backlog finished per second.
    pub fn jobs_per_second(&self) -> f64 {
        self.jobs
    }
}
