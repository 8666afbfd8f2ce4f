//! How many calls are in progress, and with how many agents.

use super::spells::check_cells;
use super::{CELLS, NANOSECONDS, Periods, check_columns};
use crate::error::{Error, Result};

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
fn peaks(stretches: &[(i64, i64)], periods: &Periods<'_>, first: i64, count: usize) -> Vec<i64> {
    let mut events: Vec<(i64, i64)> = stretches
        .iter()
        .filter(|(start, end)| end > start)
        .flat_map(|&(start, end)| [(start, 1), (end, -1)])
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

/// Calls in progress on `[start, end)`, `end >= start`; `agent` numbers agents, negative where none is
/// known. A call without length adds its agent and nothing else.
///
/// # Errors
/// Columns of unequal length, numbers out of range, an end before its start, or more than [`CELLS`]
/// cells.
pub fn concurrency(
    group: &[i64],
    start: &[i64],
    end: &[i64],
    agent: &[i64],
    periods: &Periods<'_>,
    groups: usize,
) -> Result<InProgress> {
    check_columns(group, groups, &[start.len(), end.len(), agent.len()])?;
    let mut rows: Vec<usize> = (0..group.len()).filter(|&row| group[row] >= 0).collect();
    if let Some(row) = rows.iter().find(|&&row| end[row] < start[row]) {
        return Err(Error::Usage(format!("the call in row {row} ends before it starts")));
    }
    check_cells(periods, rows.iter().map(|&row| (row, start[row], end[row])))?;
    rows.sort_unstable_by_key(|&row| (group[row], start[row]));

    let mut result = InProgress::default();
    for of_group in rows.chunk_by(|&a, &b| group[a] == group[b]) {
        let touched = |row: usize| periods.touched(start[row], end[row]);
        let first = touched(of_group[0]).0;
        let last = of_group.iter().map(|&row| touched(row).1).max().unwrap_or(first);
        let count = (last - first + 1) as usize;
        if (result.group.len() + count) as u64 > CELLS {
            return Err(Error::Usage(format!(
                "the calls of one group span {count} intervals, and more than {CELLS} cannot be held: is every time right, or freq too short?"
            )));
        }
        let mut nanoseconds = vec![0_i128; count];
        let mut seen: Vec<(usize, i64)> = Vec::new();
        for &row in of_group {
            let (from, to) = touched(row);
            for interval in from..=to {
                let place = (interval - first) as usize;
                nanoseconds[place] += i128::from(periods.overlap(interval, start[row], end[row]));
                if agent[row] >= 0 {
                    seen.push((place, agent[row]));
                }
            }
        }
        seen.sort_unstable();
        seen.dedup();
        let mut agents = vec![0; count];
        for (place, _) in seen {
            agents[place] += 1;
        }
        let stretches: Vec<(i64, i64)> = of_group.iter().map(|&r| (start[r], end[r])).collect();
        result.group.extend(std::iter::repeat_n(group[of_group[0]], count));
        for interval in first..=last {
            let begins = periods.start(interval);
            result.start.push(begins);
            result.length.push((periods.start(interval + 1) - begins) as f64 / NANOSECONDS);
        }
        result.seconds.extend(nanoseconds.iter().map(|&total| total as f64 / NANOSECONDS));
        result.peak.extend(peaks(&stretches, periods, first, count));
        result.agents.extend(agents);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn touching_calls_do_not_overlap_and_gaps_are_rows_of_zeros() {
        let found = concurrency(
            &[0, 0, 0, 0],
            &[0, 10, 35, 35],
            &[10, 12, 35, 36],
            &[4, 4, 7, -1],
            &Periods::Fixed(10),
            1,
        )
        .unwrap();
        assert_eq!(found.start, [0, 10, 20, 30]);
        assert_eq!(found.peak, [1, 1, 0, 1]);
        assert_eq!(found.agents, [1, 1, 0, 1]);
    }

    proptest! {
        #[test]
        fn agrees_with_counting_at_every_instant(
            calls in prop::collection::vec((0..2_i64, 0..120_i64, 0..60_i64, -1..4_i64), 1..25),
            step in 1..40_i64,
        ) {
            let column = |pick: fn(&(i64, i64, i64, i64)) -> i64| {
                calls.iter().map(pick).collect::<Vec<i64>>()
            };
            let found = concurrency(
                &column(|c| c.0), &column(|c| c.1), &column(|c| c.1 + c.2), &column(|c| c.3),
                &Periods::Fixed(step), 2,
            ).unwrap();
            for i in 0..found.group.len() {
                let (from, to) = (found.start[i], found.start[i] + step);
                let mine = || calls.iter().filter(|c| c.0 == found.group[i]);
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
