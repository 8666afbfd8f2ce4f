//! Key figures of observed calls: counts and sums per group, wait quantiles, agent states over
//! intervals, calls in progress, and how long callers are willing to wait.
//!
//! A log comes in as columns of equal length: `group` numbers the group of each row from 0, and a
//! negative number leaves the row out. Instants are nanoseconds since 1970 UTC, durations seconds.

mod agents;
mod calls;
mod drivers;
pub mod numbering;
mod ordered;
mod parts;
pub mod patience;
pub mod periods;

use std::ops::Range;

use crate::error::{Error, Result};
use crate::numeric::exact_sum::ExactSum;
use crate::threads::{Run, in_parts};

pub use agents::{
    InProgress, Ordered, SPLIT, Spells, StateSums, Stretches, concurrency, order_spells,
};
pub use calls::{
    AT_THRESHOLD, COUNTS, Calls, CountedWaits, Outcome, QuantileRule, SUMS, Span, TallyLimits,
    WaitFrequencies, count_quantiles, look_up, nanoseconds, rates, span, tally, wait_counts,
};
pub use drivers::{Driver, DriverOptions, GroupDrivers, Limited, MOST_ITEMS, RatedRows, drivers};
pub use numbering::{Codes, GroupKey, number_rows};
pub use ordered::{gini_terms, seasonal_errors};
pub use patience::{
    Band, Basis, Curve, Hazard, Patience, Questions, Waits, curves, hazard, patience,
};
pub use periods::{Periods, interval_starts};

/// Cells of group × interval beyond which a request is refused: 50 million take about 4 GB as a
/// frame, and no real log comes near; one wrong year in an end time does.
pub const CELLS: u64 = 50_000_000;

const NANOSECONDS: f64 = 1e9;

/// Rows between two looks at Ctrl-C: some milliseconds.
const ROWS_PER_LOOK: usize = 1 << 16;

/// Checks that every column has the length of the first, and that groups stay below `groups`.
fn check_columns(group: &[i32], groups: usize, lengths: &[usize]) -> Result<()> {
    if lengths.iter().any(|&length| length != group.len()) {
        return Err(Error::Usage("the columns of a log must have equal lengths".to_owned()));
    }
    if group.iter().any(|&g| g >= 0 && g as usize >= groups) {
        return Err(Error::Usage(format!("group numbers must be below {groups}")));
    }
    Ok(())
}

/// The sum of `seconds` in each group, not yet rounded; NaN counts as nothing.
///
/// # Errors
/// Columns of unequal length, a group number out of range.
pub fn exact_sums(group: &[i32], seconds: &[f64], groups: usize) -> Result<Vec<ExactSum>> {
    check_columns(group, groups, &[seconds.len()])?;
    let mut sums = vec![ExactSum::default(); groups];
    for (&g, &value) in group.iter().zip(seconds) {
        if let Ok(g) = usize::try_from(g)
            && !value.is_nan()
        {
            sums[g].add(value);
        }
    }
    Ok(sums)
}

/// Where each group's rows lie once rows stand in group order: `groups + 1` offsets.
fn offsets(group: &[i32], groups: usize) -> Vec<usize> {
    let mut offsets = vec![0; groups + 1];
    for &g in group {
        if let Ok(g) = usize::try_from(g) {
            offsets[g + 1] += 1;
        }
    }
    for g in 0..groups {
        offsets[g + 1] += offsets[g];
    }
    offsets
}

/// Puts `value(row)` of every row that has a group into group order, keeping the rows' order inside.
fn in_group_order<T: Copy + Default>(
    group: &[i32],
    offsets: &[usize],
    value: impl Fn(usize) -> T,
) -> Vec<T> {
    let mut next = offsets.to_vec();
    let mut sorted = vec![T::default(); offsets.last().copied().unwrap_or(0)];
    for (row, &g) in group.iter().enumerate() {
        if let Ok(g) = usize::try_from(g) {
            sorted[next[g]] = value(row);
            next[g] += 1;
        }
    }
    sorted
}

/// Rows that have a group by their numbers, in group order: 4 bytes a row, where their columns take many.
///
/// # Errors
/// More rows than 32 bits count.
fn rows_in_group_order(group: &[i32], offsets: &[usize]) -> Result<Vec<u32>> {
    if u32::try_from(group.len()).is_err() {
        return Err(Error::Usage(format!("a log must have at most {} rows", u32::MAX)));
    }
    Ok(in_group_order(group, offsets, |row| row as u32))
}

/// Group by group `work` of the group's number and its rows in `sorted`, on several threads; results
/// in order of the groups that have rows.
fn each_group<T: Copy + Send, R: Send>(
    sorted: &mut [T],
    offsets: &[usize],
    run: &Run<'_>,
    work: &(impl Fn(usize, &mut [T], &mut R) -> Result<()> + Sync),
    empty: &(impl Fn() -> R + Sync),
) -> Result<Vec<R>> {
    let ranges = parts::ranges(offsets, parts::threads(sorted.len(), run));
    let stretches: Vec<_> = ranges.iter().map(|r| offsets[r.start]..offsets[r.end]).collect();
    let pieces = ranges.into_iter().zip(parts::cut(sorted, &stretches)).collect();
    in_parts(pieces, run, |(groups, mut rows): (Range<usize>, &mut [T]), watch| {
        let mut results = empty();
        let mut passed = usize::MAX / 2;
        for group in groups {
            let (of_group, rest) = rows.split_at_mut(offsets[group + 1] - offsets[group]);
            rows = rest;
            passed += of_group.len().max(1);
            if passed >= ROWS_PER_LOOK {
                watch.check()?;
                passed = 0;
            }
            work(group, of_group, &mut results)?;
        }
        Ok(results)
    })
}
