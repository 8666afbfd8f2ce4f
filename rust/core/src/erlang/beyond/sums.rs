//! Sums over the states in which an arriving call finds nobody free.

/// Weights of the states with all agents busy, and of what becomes of the calls that arrive in them, on
/// one common positive scale. Times are seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct QueueSums {
    /// The state in which nobody waits.
    pub(super) unit: f64,
    /// All of them.
    pub(super) all: f64,
    /// The state in which every line is taken: calls are blocked.
    pub(super) full: f64,
    /// Calls that wait and are answered in the end.
    pub(super) served: f64,
    /// Calls that wait and hang up.
    pub(super) lost: f64,
    /// Mean wait, of those answered, of those who hang up, each times the weight of the calls it is of.
    pub(super) wait: f64,
    pub(super) served_wait: f64,
    pub(super) lost_wait: f64,
    /// Answered within the threshold, and later.
    pub(super) in_time: f64,
    pub(super) late: f64,
    /// Calls of an endlessly patient caller, admitted: served within the threshold, and later.
    pub(super) virtual_in_time: f64,
    pub(super) virtual_late: f64,
    /// Share of callers whose patience is longer than the threshold, and the rest.
    pub(super) left: f64,
    pub(super) gone: f64,
}

impl QueueSums {
    /// No place to wait: who finds all busy is blocked.
    pub(super) const NO_PLACES: Self = Self {
        unit: 1.0,
        all: 1.0,
        full: 1.0,
        served: 0.0,
        lost: 0.0,
        wait: 0.0,
        served_wait: 0.0,
        lost_wait: 0.0,
        in_time: 0.0,
        late: 0.0,
        virtual_in_time: 0.0,
        virtual_late: 0.0,
        left: 1.0,
        gone: 0.0,
    };
}
