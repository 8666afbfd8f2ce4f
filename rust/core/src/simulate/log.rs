//! The log of one replication: one row a queue entry, as the table of calls has it.

/// How a queue entry ended; the numbers are those of the table of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryOutcome {
    Answered = 0,
    Abandoned = 1,
    Callback = 3,
    Blocked = 4,
    /// Still waiting, with nobody to come.
    Unserved = 5,
}

/// A queue entry. Times in seconds from the start; NaN where nothing happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueEntry {
    /// Replication.
    pub replication: u32,
    /// Who called: equal for all entries of one caller.
    pub contact: u64,
    /// Place of the call type.
    pub kind: u32,
    /// Attempts and stages of the caller before this one.
    pub turn: u16,
    /// Place of the group that answered, or -1.
    pub group: i32,
    /// Number of the agent within the group, or -1.
    pub agent: i32,
    /// Arrival.
    pub arrival: f64,
    /// Wait until answered, hung up, blocked or called back later.
    pub wait: f64,
    /// Answered 0, abandoned 1, callback 3, blocked 4, unserved 5.
    pub outcome: u8,
    /// First answer.
    pub answer: f64,
    /// End of the talk.
    pub end: f64,
    /// Seconds of talk.
    pub talk: f64,
    /// Seconds of after-call work.
    pub acw: f64,
    /// Whether passed up.
    pub transferred: bool,
}
