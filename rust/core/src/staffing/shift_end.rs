//! Ends of shifts.

use crate::choices::choices;

choices! {
    /// Which agents leave when fewer are scheduled, and what happens to the calls they are on.
    pub enum ShiftEnd called "shift_end" {
        /// Idle agents leave first; surplus busy ones finish their call, take no other, and leave.
        Finish = "finish",
        /// The leavers are named by the roster, busy or not; those on a call finish it.
        FinishRoster = "finish_roster",
        /// Idle agents leave first; calls of surplus busy ones go back to the head of the queue.
        Preempt = "preempt",
    }
}
