//! Agent state spells split over intervals.

use super::{CELLS, NANOSECONDS, Periods, check_columns, each_group, in_group_order, offsets};
use crate::error::{Error, Result};
use crate::grid::Run;

/// State spells `[start, end)` with `end >= start`.
#[derive(Debug, Clone, Copy)]
pub struct Spells<'a> {
    /// Group of the row, usually the agent; negative leaves the row out.
    pub group: &'a [i32],
    /// First instant, nanoseconds.
    pub start: &'a [i64],
    /// End, nanoseconds.
    pub end: &'a [i64],
    /// Number of the state.
    pub state: &'a [i8],
}

/// Seconds by group and interval, ordered by both; only touched intervals have a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SplitStates {
    /// Group of the row.
    pub group: Vec<i64>,
    /// First instant of the interval, nanoseconds.
    pub start: Vec<i64>,
    /// Length of the interval in seconds.
    pub length: Vec<f64>,
    /// Seconds in each state, a column a state; overlapping spells count each.
    pub seconds: Vec<Vec<f64>>,
    /// Seconds in all states together.
    pub total: Vec<f64>,
    /// Seconds covered by at least one spell.
    pub covered: Vec<f64>,
}

/// Refuses work beyond [`CELLS`], naming the longest of the stretches that cause it.
pub(super) fn check_cells(
    periods: &Periods<'_>,
    stretches: impl Iterator<Item = (usize, i64, i64)>,
) -> Result<()> {
    let (mut cells, mut longest) = (0_u64, (0, 0));
    for (row, start, end) in stretches {
        let (first, last) = periods.touched(start, end);
        cells = cells.saturating_add(last.abs_diff(first) + 1);
        longest = longest.max((end.saturating_sub(start), row));
    }
    if cells <= CELLS {
        return Ok(());
    }
    let (length, row) = longest;
    Err(Error::Usage(format!(
        "the rows touch {cells} intervals, more than the {CELLS} that can be held; the longest lasts {} seconds (position {row}): is its end right, or freq too short?",
        length as f64 / NANOSECONDS
    )))
}

/// The cells of one group, in order of intervals.
struct Cells {
    states: usize,
    intervals: Vec<i64>,
    in_state: Vec<i64>,
    covered: Vec<i64>,
}

impl Cells {
    /// The place of `interval`, appended if it is new.
    ///
    /// Stretches come in order of their starts. Whatever reached the last interval so far began no
    /// later than this one does, so from here to the last there is no gap and counting back finds it.
    fn place(&mut self, interval: i64) -> usize {
        match self.intervals.last() {
            Some(&last) if last >= interval => {
                self.intervals.len() - 1 - (last - interval) as usize
            }
            _ => {
                self.intervals.push(interval);
                self.in_state.resize(self.in_state.len() + self.states, 0);
                self.covered.push(0);
                self.intervals.len() - 1
            }
        }
    }
}

/// A spell without its group.
#[derive(Clone, Copy, Default)]
struct Stretch {
    start: i64,
    end: i64,
    state: usize,
}

/// Splits every spell over the intervals it touches.
///
/// A spell without length gives its interval a row and no seconds.
///
/// # Errors
/// Columns of unequal length, numbers out of range, an end before its start, more than [`CELLS`]
/// cells, an interruption.
pub fn split_states(
    spells: &Spells<'_>,
    states: usize,
    periods: &Periods<'_>,
    groups: usize,
    run: &Run<'_>,
) -> Result<SplitStates> {
    let Spells { group, start, end, state } = *spells;
    check_columns(group, groups, &[start.len(), end.len(), state.len()])?;
    let rows = || (0..group.len()).filter(|&row| group[row] >= 0);
    if let Some(row) = rows().find(|&row| end[row] < start[row]) {
        return Err(Error::Usage(format!("the spell in row {row} ends before it starts")));
    }
    if rows()
        .any(|row| usize::try_from(state[row]).is_ok_and(|state| state >= states) || state[row] < 0)
    {
        return Err(Error::Usage(format!("state numbers must be below {states}")));
    }
    check_cells(periods, rows().map(|row| (row, start[row], end[row])))?;
    let offsets = offsets(group, groups);
    let mut sorted = in_group_order(group, &offsets, |row| Stretch {
        start: start[row],
        end: end[row],
        state: state[row] as usize,
    });
    let parts = each_group(
        &mut sorted,
        &offsets,
        run,
        &|number, of_group: &mut [Stretch], split: &mut SplitStates| {
            split_group(number, of_group, states, periods, split);
            Ok(())
        },
        &|| SplitStates { seconds: vec![Vec::new(); states], ..SplitStates::default() },
    )?;
    let mut parts = parts.into_iter();
    let first = parts.next();
    let mut whole = first.unwrap_or_else(|| SplitStates {
        seconds: vec![Vec::new(); states],
        ..SplitStates::default()
    });
    parts.for_each(|part| whole.append(part));
    Ok(whole)
}

impl SplitStates {
    fn append(&mut self, mut other: Self) {
        self.group.append(&mut other.group);
        self.start.append(&mut other.start);
        self.length.append(&mut other.length);
        self.total.append(&mut other.total);
        self.covered.append(&mut other.covered);
        for (mine, theirs) in self.seconds.iter_mut().zip(&mut other.seconds) {
            mine.append(theirs);
        }
    }
}

fn split_group(
    number: usize,
    of_group: &mut [Stretch],
    states: usize,
    periods: &Periods<'_>,
    split: &mut SplitStates,
) {
    let key = |stretch: &Stretch| (stretch.start, stretch.end);
    if !of_group.is_sorted_by_key(key) {
        of_group.sort_unstable_by_key(key);
    }
    let mut cells =
        Cells { states, intervals: Vec::new(), in_state: Vec::new(), covered: Vec::new() };
    let mut covered_until = i64::MIN;
    // The interval that holds the start of the spell before: mostly that of this one too.
    let (mut index, mut begins, mut ends) = (0, 0, 0);
    for &Stretch { start, end, state } in &*of_group {
        if start < begins || start >= ends {
            index = periods.index(start);
            (begins, ends) = (periods.start(index), periods.start(index + 1));
        }
        let (mut interval, mut from, mut until) = (index, begins, ends);
        loop {
            let place = cells.place(interval);
            let inside = end.min(until);
            cells.in_state[place * states + state] += inside - start.max(from);
            cells.covered[place] += (inside - start.max(from).max(covered_until)).max(0);
            interval += 1;
            (from, until) = (until, periods.start(interval + 1));
            // Beyond the last of the calendar's edges nothing follows.
            if end <= from || until <= from {
                break;
            }
        }
        covered_until = covered_until.max(end);
    }
    let seconds = |nanoseconds: i64| nanoseconds as f64 / NANOSECONDS;
    split.group.extend(std::iter::repeat_n(number.cast_signed() as i64, cells.intervals.len()));
    for (place, &interval) in cells.intervals.iter().enumerate() {
        let begins = periods.start(interval);
        split.start.push(begins);
        split.length.push(seconds(periods.start(interval + 1) - begins));
        split.covered.push(seconds(cells.covered[place]));
        let in_state = &cells.in_state[place * states..(place + 1) * states];
        split.total.push(seconds(in_state.iter().sum()));
        for (column, &nanoseconds) in split.seconds.iter_mut().zip(in_state) {
            column.push(seconds(nanoseconds));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn run() -> Run<'static> {
        Run { invalid: crate::grid::Invalid::Raise, threads: None, interrupted: &|| false }
    }

    #[test]
    fn overlaps_count_twice_and_are_covered_once() {
        let spells = Spells {
            group: &[0, 0, 0, 0],
            start: &[0, 600 * SECOND, 600 * SECOND, 900 * SECOND],
            end: &[1200 * SECOND, 2400 * SECOND, 2400 * SECOND, 960 * SECOND],
            state: &[0, 1, 1, 2],
        };
        let split = split_states(&spells, 3, &Periods::Fixed(1800 * SECOND), 1, &run()).unwrap();
        assert_eq!(split.start, [0, 1800 * SECOND]);
        assert_eq!(split.seconds, [[1200.0, 0.0], [2400.0, 1200.0], [60.0, 0.0]]);
        assert_eq!(split.total, [3660.0, 1200.0]);
        assert_eq!(split.covered, [1800.0, 600.0]);
        assert_eq!(split.length, [1800.0, 1800.0]);
    }

    #[test]
    fn one_wrong_year_is_refused_and_named() {
        let end = [5 * SECOND, 1_700_000_000 * SECOND];
        let spells = Spells { group: &[0, 0], start: &[0, 0], end: &end, state: &[0, 0] };
        let error = split_states(&spells, 1, &Periods::Fixed(SECOND), 1, &run()).unwrap_err();
        assert!(error.to_string().contains("1700000000 seconds (position 1)"), "{error}");
    }

    proptest! {
        #[test]
        fn split_spells_sum_to_their_lengths(
            spells in prop::collection::vec((0..3_i32, 0..500_i64, 0..200_i64, 0..2_i8), 0..40),
            step in 1..90_i64,
        ) {
            let group: Vec<i32> = spells.iter().map(|s| s.0).collect();
            let start: Vec<i64> = spells.iter().map(|s| s.1 * SECOND).collect();
            let end: Vec<i64> = spells.iter().map(|s| (s.1 + s.2) * SECOND).collect();
            let state: Vec<i8> = spells.iter().map(|s| s.3).collect();
            let spells_in = Spells { group: &group, start: &start, end: &end, state: &state };
            let split = split_states(&spells_in, 2, &Periods::Fixed(step * SECOND), 3, &run()).unwrap();
            for g in 0..3 {
                let rows: Vec<usize> =
                    (0..split.group.len()).filter(|&i| split.group[i] == i64::from(g)).collect();
                prop_assert!(rows.windows(2).all(|w| split.start[w[0]] < split.start[w[1]]));
                for s in 0..2 {
                    let total: f64 = rows.iter().map(|&i| split.seconds[s][i]).sum();
                    let expected: i64 =
                        spells.iter().filter(|x| x.0 == g && x.3 as usize == s).map(|x| x.2).sum();
                    prop_assert_eq!(total, expected as f64);
                }
                let covered: f64 = rows.iter().map(|&i| split.covered[i]).sum();
                let union = (0..800)
                    .filter(|t| spells.iter().any(|x| x.0 == g && (x.1..x.1 + x.2).contains(t)))
                    .count();
                prop_assert_eq!(covered, union as f64);
            }
        }
    }
}
