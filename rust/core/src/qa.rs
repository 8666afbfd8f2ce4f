//! Quality samples: how many recordings, which ones, and how well they stand for the rest.

pub mod samples;
pub mod scores;

use std::ops::Range;

use crate::error::Result;
use crate::threads::{Run, in_turns};

/// A thread takes about this many rows at a time; Ctrl-C is looked at as often.
const ROWS_PER_TURN: usize = 1 << 14;

/// `work` of the rows from 0 to `rows`, turn by turn; results in order.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted) where the caller asked to stop.
fn over_rows<T: Send>(
    rows: usize,
    run: &Run<'_>,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Result<Vec<T>> {
    in_turns(rows.div_ceil(ROWS_PER_TURN), run, |turn, _| {
        let start = turn * ROWS_PER_TURN;
        Ok(work(start..rows.min(start + ROWS_PER_TURN)))
    })
}
