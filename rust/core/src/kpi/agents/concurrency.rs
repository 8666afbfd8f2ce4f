//! How many calls are in progress, and with how many agents.

use super::spells::check_cells;
use crate::error::{Error, Result};
use crate::kpi::{CELLS, NANOSECONDS, Periods, check_columns, each_group, in_group_order, offsets};
use crate::threads::Run;

/// Calls in progress by group and interval, ordered by both, without gaps from a group's first
/// interval to its last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InProgress {
    /// Group of the row.
    pub group: Vec<i64>,
    /// First instant of the interval, nanoseconds.
    pub start: Vec<i64>,
    /// Length of the interval in seconds.
    pub length: Vec<f64>,
    /// Seconds of all calls inside the interval.
    pub seconds: Vec<f64>,
    /// The largest number of calls at any one instant.
    pub peak: Vec<i64>,
    /// Distinct known agents with a call that touches the interval.
    pub agents: Vec<i64>,
}

/// The largest number in progress in each of `count` intervals from `first` on.
///
/// At one instant ends come before starts, so that a call ending as another starts never overlaps it.
fn peaks(calls: &[Stretch], periods: &Periods<'_>, first: i64, count: usize) -> Vec<i64> {
    let mut events: Vec<(i64, i64)> = calls
        .iter()
        .filter(|call| call.end > call.start)
        .flat_map(|call| [(call.start, 1), (call.end, -1)])
        .collect();
    events.sort_unstable();
    let mut events = events.into_iter().peekable();
    let mut level = 0;
    (first..)
        .take(count)
        .map(|interval| {
            let (begins, ends) = (periods.start(interval), periods.start(interval + 1));
            while let Some((_, change)) = events.next_if(|&(at, _)| at <= begins) {
                level += change;
            }
            let mut peak = level;
            while let Some((_, change)) = events.next_if(|&(at, _)| at < ends) {
                level += change;
                peak = peak.max(level);
            }
            peak
        })
        .collect()
}

/// A call without its group.
#[derive(Clone, Copy, Default)]
struct Stretch {
    start: i64,
    end: i64,
    agent: i64,
}

/// Calls in progress on `[start, end)`, `end >= start`; `agent` numbers agents, negative where none is
/// known. A call without length adds its agent and nothing else.
///
/// # Errors
/// Columns of unequal length, numbers out of range, an end before its start, more than [`CELLS`]
/// cells, an interruption.
pub fn concurrency(
    group: &[i32],
    start: &[i64],
    end: &[i64],
    agent: &[i64],
    periods: &Periods<'_>,
    groups: usize,
    run: &Run<'_>,
) -> Result<InProgress> {
    check_columns(group, groups, &[start.len(), end.len(), agent.len()])?;
    let rows = || (0..group.len()).filter(|&row| group[row] >= 0);
    if let Some(row) = rows().find(|&row| end[row] < start[row]) {
        return Err(Error::Usage(format!("the call in row {row} ends before it starts")));
    }
    check_cells(periods, rows().map(|row| (row, start[row], end[row])))?;
    let offsets = offsets(group, groups);
    let mut sorted = in_group_order(group, &offsets, |row| Stretch {
        start: start[row],
        end: end[row],
        agent: agent[row],
    });
    check_spans(&sorted, &offsets, periods)?;
    let parts = each_group(
        &mut sorted,
        &offsets,
        run,
        &|number, of_group: &mut [Stretch], result: &mut InProgress| {
            one_group(number, of_group, periods, result);
            Ok(())
        },
        &InProgress::default,
    )?;
    let mut whole = InProgress::default();
    for mut part in parts {
        whole.group.append(&mut part.group);
        whole.start.append(&mut part.start);
        whole.length.append(&mut part.length);
        whole.seconds.append(&mut part.seconds);
        whole.peak.append(&mut part.peak);
        whole.agents.append(&mut part.agents);
    }
    Ok(whole)
}

/// Refuses more than [`CELLS`] rows: groups have one an interval, from their first to their last.
fn check_spans(sorted: &[Stretch], offsets: &[usize], periods: &Periods<'_>) -> Result<()> {
    let mut cells = 0_u64;
    for bounds in offsets.windows(2) {
        let of_group = &sorted[bounds[0]..bounds[1]];
        let first = of_group.iter().map(|call| call.start).min();
        let last = of_group.iter().map(|call| periods.touched(call.start, call.end).1).max();
        if let (Some(first), Some(last)) = (first, last) {
            let count = last.abs_diff(periods.index(first)) + 1;
            cells = cells.saturating_add(count);
            if cells > CELLS {
                return Err(Error::Usage(format!(
                    "the calls of one group span {count} intervals, and more than {CELLS} cannot be held: is every time right, or freq too short?"
                )));
            }
        }
    }
    Ok(())
}

fn one_group(
    number: usize,
    of_group: &mut [Stretch],
    periods: &Periods<'_>,
    result: &mut InProgress,
) {
    if of_group.is_empty() {
        return;
    }
    let touched = |call: &Stretch| periods.touched(call.start, call.end);
    let first = of_group.iter().map(|call| periods.index(call.start)).min().unwrap_or(0);
    let last = of_group.iter().map(|call| touched(call).1).max().unwrap_or(first);
    let count = (last - first + 1) as usize;
    let mut nanoseconds = vec![0_i128; count];
    let mut seen: Vec<(usize, i64)> = Vec::new();
    for call in &*of_group {
        let (from, to) = touched(call);
        for interval in from..=to {
            let place = (interval - first) as usize;
            nanoseconds[place] += i128::from(periods.overlap(interval, call.start, call.end));
            if call.agent >= 0 {
                seen.push((place, call.agent));
            }
        }
    }
    seen.sort_unstable();
    seen.dedup();
    let mut agents = vec![0; count];
    for (place, _) in seen {
        agents[place] += 1;
    }
    result.group.extend(std::iter::repeat_n(number.cast_signed() as i64, count));
    for interval in first..=last {
        let begins = periods.start(interval);
        result.start.push(begins);
        result.length.push((periods.start(interval + 1) - begins) as f64 / NANOSECONDS);
    }
    result.seconds.extend(nanoseconds.iter().map(|&total| total as f64 / NANOSECONDS));
    result.peak.extend(peaks(of_group, periods, first, count));
    result.agents.extend(agents);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run() -> Run<'static> {
        Run { threads: None, interrupted: &|| false }
    }

    #[test]
    fn touching_calls_do_not_overlap_and_gaps_are_rows_of_zeros() {
        let found = concurrency(
            &[0, 0, 0, 0],
            &[0, 10, 35, 35],
            &[10, 12, 35, 36],
            &[4, 4, 7, -1],
            &Periods::Fixed(10),
            1,
            &run(),
        )
        .unwrap();
        assert_eq!(found.start, [0, 10, 20, 30]);
        assert_eq!(found.peak, [1, 1, 0, 1]);
        assert_eq!(found.agents, [1, 1, 0, 1]);
    }

    proptest! {
        #[test]
        fn agrees_with_counting_at_every_instant(
            calls in prop::collection::vec((0..2_i32, 0..120_i64, 0..60_i64, -1..4_i64), 1..25),
            step in 1..40_i64,
        ) {
            let column = |pick: fn(&(i32, i64, i64, i64)) -> i64| {
                calls.iter().map(pick).collect::<Vec<i64>>()
            };
            let found = concurrency(
                &calls.iter().map(|c| c.0).collect::<Vec<i32>>(), &column(|c| c.1), &column(|c| c.1 + c.2), &column(|c| c.3),
                &Periods::Fixed(step), 2, &run(),
            ).unwrap();
            for i in 0..found.group.len() {
                let (from, to) = (found.start[i], found.start[i] + step);
                let mine = || calls.iter().filter(|c| i64::from(c.0) == found.group[i]);
                let at = |t: i64| mine().filter(|c| (c.1..c.1 + c.2).contains(&t)).count();
                prop_assert_eq!(found.peak[i] as usize, (from..to).map(at).max().unwrap());
                let total: usize = (from..to).map(at).sum();
                prop_assert!((found.seconds[i] * 1e9 - total as f64).abs() < 1e-6);
                let mut agents: Vec<i64> = mine()
                    .filter(|c| c.3 >= 0 && c.1 < to && (c.1 + c.2 > from || (c.2 == 0 && c.1 >= from)))
                    .map(|c| c.3)
                    .collect();
                agents.sort_unstable();
                agents.dedup();
                prop_assert_eq!(found.agents[i] as usize, agents.len());
            }
        }
    }
}
