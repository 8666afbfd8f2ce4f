//! Calls of a log: columns as they are read, counts and sums per group, shares with their limits.

mod quantiles;
mod rates;
mod reading;
mod small_groups;
mod tally;
mod wait_counts;

pub use quantiles::QuantileRule;
pub use rates::rates;
pub use reading::{Span, look_up, nanoseconds, span};
pub use tally::{AT_THRESHOLD, COUNTS, Calls, Outcome, SUMS, TallyLimits, tally};
pub use wait_counts::{CountedWaits, WaitFrequencies, count_quantiles, wait_counts};
