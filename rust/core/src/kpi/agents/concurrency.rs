//! How many calls are in progress, and with how many agents.

use super::spells::check_cells;
use crate::error::{Error, Result};
use crate::kpi::{
    CELLS, NANOSECONDS, Periods, check_columns, each_group, offsets, rows_in_group_order,
};
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

/// Calls in progress on `[start, end)`.
#[derive(Debug, Clone, Copy)]
pub struct Stretches<'a> {
    /// Group of the row; negative leaves the row out.
    pub group: &'a [i32],
    /// First instant, nanoseconds.
    pub start: &'a [i64],
    /// End, nanoseconds, no earlier than the start.
    pub end: &'a [i64],
    /// Number of the agent, negative where none is known; none where the log has no agents.
    pub agent: Option<&'a [i32]>,
}

/// The largest number in progress in each of `count` intervals from `first` on, by the starts and ends
/// of calls that last, each in order.
///
/// At one instant ends come before starts, so that a call ending as another starts never overlaps it.
fn peaks(
    starts: &[i64],
    ends: &[i64],
    periods: &Periods<'_>,
    first: i64,
    count: usize,
) -> Vec<i64> {
    let (mut starts, mut ends) = (starts.iter().peekable(), ends.iter().peekable());
    let mut level = 0;
    (first..)
        .take(count)
        .map(|interval| {
            let (begins, until) = (periods.start(interval), periods.start(interval + 1));
            while starts.next_if(|&&at| at <= begins).is_some() {
                level += 1;
            }
            while ends.next_if(|&&at| at <= begins).is_some() {
                level -= 1;
            }
            let mut peak = level;
            while let Some(&start) = starts.next_if(|&&at| at < until) {
                while ends.next_if(|&&at| at <= start).is_some() {
                    level -= 1;
                }
                level += 1;
                peak = peak.max(level);
            }
            peak
        })
        .collect()
}

/// How many calls are in progress. A call without length adds its agent and nothing else.
///
/// # Errors
/// Columns of unequal length, numbers out of range, an end before its start, more than [`CELLS`]
/// cells, an interruption.
pub fn concurrency(
    calls: &Stretches<'_>,
    periods: &Periods<'_>,
    groups: usize,
    run: &Run<'_>,
) -> Result<InProgress> {
    let Stretches { group, start, end, agent } = *calls;
    let agents = agent.map_or(group.len(), <[i32]>::len);
    check_columns(group, groups, &[start.len(), end.len(), agents])?;
    let rows = || (0..group.len()).filter(|&row| group[row] >= 0);
    if let Some(row) = rows().find(|&row| end[row] < start[row]) {
        return Err(Error::Usage(format!("the call in row {row} ends before it starts")));
    }
    check_cells(periods, rows().map(|row| (row, start[row], end[row])))?;
    check_spans(calls, periods, groups)?;
    let offsets = offsets(group, groups);
    let mut order = rows_in_group_order(group, &offsets)?;
    let parts = each_group(
        &mut order,
        &offsets,
        run,
        &|number, of_group: &mut [u32], result: &mut InProgress| {
            one_group(number, calls, of_group, periods, result);
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
fn check_spans(calls: &Stretches<'_>, periods: &Periods<'_>, groups: usize) -> Result<()> {
    // The first start of each group, and its last instant: intervals follow in the same order.
    let mut spans = vec![(i64::MAX, i64::MIN); groups];
    for (row, &group) in calls.group.iter().enumerate() {
        if let Ok(group) = usize::try_from(group) {
            let (start, end) = (calls.start[row], calls.end[row]);
            let (first, last) = &mut spans[group];
            *first = start.min(*first);
            *last = (if end > start { end - 1 } else { start }).max(*last);
        }
    }
    let mut cells = 0_u64;
    for (first, last) in spans.into_iter().filter(|(first, last)| first <= last) {
        let count = periods.index(last).abs_diff(periods.index(first)) + 1;
        cells = cells.saturating_add(count);
        if cells > CELLS {
            return Err(Error::Usage(format!(
                "the calls of one group span {count} intervals, and more than {CELLS} cannot be held: is every time right, or freq too short?"
            )));
        }
    }
    Ok(())
}

/// How many distinct agents have a call that touches each of `count` intervals from `first` on.
fn agents_seen(
    calls: &Stretches<'_>,
    of_group: &[u32],
    periods: &Periods<'_>,
    first: i64,
    count: usize,
) -> Vec<i64> {
    let mut agents = vec![0; count];
    let Some(agent) = calls.agent else { return agents };
    let mut seen: Vec<(u32, i32)> = Vec::new();
    for row in of_group.iter().map(|&row| row as usize).filter(|&row| agent[row] >= 0) {
        let (from, to) = periods.touched(calls.start[row], calls.end[row]);
        // Places are below CELLS.
        seen.extend((from..=to).map(|interval| ((interval - first) as u32, agent[row])));
    }
    seen.sort_unstable();
    seen.dedup();
    for (index, _) in seen {
        agents[index as usize] += 1;
    }
    agents
}

fn one_group(
    number: usize,
    calls: &Stretches<'_>,
    of_group: &[u32],
    periods: &Periods<'_>,
    result: &mut InProgress,
) {
    let times = || of_group.iter().map(|&row| (calls.start[row as usize], calls.end[row as usize]));
    let touched = times().map(|(start, end)| periods.touched(start, end));
    let Some((first, last)) = touched.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return };
    let count = (last - first + 1) as usize;
    let mut nanoseconds = vec![0_i128; count];
    for (start, end) in times() {
        let (from, to) = periods.touched(start, end);
        for interval in from..=to {
            let index = (interval - first) as usize;
            nanoseconds[index] += i128::from(periods.overlap(interval, start, end));
        }
    }
    result.group.extend(std::iter::repeat_n(number.cast_signed() as i64, count));
    for interval in first..=last {
        let begins = periods.start(interval);
        result.start.push(begins);
        result.length.push((periods.start(interval + 1) - begins) as f64 / NANOSECONDS);
    }
    result.seconds.extend(nanoseconds.iter().map(|&total| total as f64 / NANOSECONDS));
    result.agents.extend(agents_seen(calls, of_group, periods, first, count));
    let (mut starts, mut ends) =
        (Vec::with_capacity(of_group.len()), Vec::with_capacity(of_group.len()));
    for (start, end) in times().filter(|(start, end)| end > start) {
        starts.push(start);
        ends.push(end);
    }
    starts.sort_unstable();
    ends.sort_unstable();
    result.peak.extend(peaks(&starts, &ends, periods, first, count));
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
            &Stretches {
                group: &[0, 0, 0, 0],
                start: &[0, 10, 35, 35],
                end: &[10, 12, 35, 36],
                agent: Some(&[4, 4, 7, -1]),
            },
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
            calls in prop::collection::vec((0..2_i32, 0..120_i64, 0..60_i64, -1..4_i32), 1..25),
            step in 1..40_i64,
        ) {
            let group: Vec<i32> = calls.iter().map(|c| c.0).collect();
            let start: Vec<i64> = calls.iter().map(|c| c.1).collect();
            let end: Vec<i64> = calls.iter().map(|c| c.1 + c.2).collect();
            let agent: Vec<i32> = calls.iter().map(|c| c.3).collect();
            let stretches =
                Stretches { group: &group, start: &start, end: &end, agent: Some(&agent) };
            let found = concurrency(&stretches, &Periods::Fixed(step), 2, &run()).unwrap();
            for i in 0..found.group.len() {
                let (from, to) = (found.start[i], found.start[i] + step);
                let mine = || calls.iter().filter(|c| i64::from(c.0) == found.group[i]);
                let at = |t: i64| mine().filter(|c| (c.1..c.1 + c.2).contains(&t)).count();
                prop_assert_eq!(found.peak[i] as usize, (from..to).map(at).max().unwrap());
                let total: usize = (from..to).map(at).sum();
                prop_assert!((found.seconds[i] * 1e9 - total as f64).abs() < 1e-6);
                let mut agents: Vec<i32> = mine()
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
