//! Work cut into turns that threads take one after the other; the results come back in order.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::grid::{Run, automatic_threads};

/// A thread takes about this many rows at a time; Ctrl-C is looked at as often.
pub(super) const ROWS_PER_TURN: usize = 1 << 14;

/// The results of `turns` turns of `work`, whichever thread did which.
///
/// # Errors
/// [`Error::Interrupted`] where the caller asked to stop.
pub(super) fn in_turns<T: Send>(
    turns: usize,
    run: &Run<'_>,
    work: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>> {
    let wanted = run.threads.unwrap_or_else(automatic_threads).min(turns);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let done = Mutex::new(Vec::with_capacity(turns));
    let take = |asked: Option<&dyn Fn() -> bool>| {
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if turn >= turns || stop.load(Ordering::Relaxed) {
                return;
            }
            if asked.is_some_and(|interrupted| interrupted()) {
                stop.store(true, Ordering::Relaxed);
                return;
            }
            let result = work(turn);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((turn, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..wanted {
            scope.spawn(|| take(None));
        }
        take(Some(run.interrupted));
    });
    if stop.into_inner() {
        return Err(Error::Interrupted);
    }
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|&(turn, _)| turn);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// The same, turn by turn of the rows from 0 to `rows`.
pub(super) fn over_rows<T: Send>(
    rows: usize,
    run: &Run<'_>,
    work: impl Fn(std::ops::Range<usize>) -> T + Sync,
) -> Result<Vec<T>> {
    in_turns(rows.div_ceil(ROWS_PER_TURN), run, |turn| {
        let start = turn * ROWS_PER_TURN;
        work(start..rows.min(start + ROWS_PER_TURN))
    })
}
