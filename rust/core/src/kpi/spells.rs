//! Agent state spells split over intervals.

use super::{CELLS, NANOSECONDS, Periods, check_columns};
use crate::error::{Error, Result};

/// State spells `[start, end)` with `end >= start`.
#[derive(Debug, Clone, Copy)]
pub struct Spells<'a> {
    /// Group of the row, usually the agent; negative leaves the row out.
    pub group: &'a [i64],
    /// First instant, nanoseconds.
    pub start: &'a [i64],
    /// End, nanoseconds.
    pub end: &'a [i64],
    /// Number of the state.
    pub state: &'a [i64],
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
    /// Seconds in each state, row by row; overlapping spells count each.
    pub seconds: Vec<f64>,
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

/// Splits every spell over the intervals it touches.
///
/// A spell without length gives its interval a row and no seconds.
///
/// # Errors
/// Columns of unequal length, numbers out of range, an end before its start, or more than [`CELLS`]
/// cells.
pub fn split_states(
    spells: &Spells<'_>,
    states: usize,
    periods: &Periods<'_>,
    groups: usize,
) -> Result<SplitStates> {
    let Spells { group, start, end, state } = *spells;
    check_columns(group, groups, &[start.len(), end.len(), state.len()])?;
    let mut rows: Vec<usize> = (0..group.len()).filter(|&row| group[row] >= 0).collect();
    if let Some(row) = rows.iter().find(|&&row| end[row] < start[row]) {
        return Err(Error::Usage(format!("the spell in row {row} ends before it starts")));
    }
    if rows.iter().any(|&row| state[row] < 0 || state[row] as usize >= states) {
        return Err(Error::Usage(format!("state numbers must be below {states}")));
    }
    check_cells(periods, rows.iter().map(|&row| (row, start[row], end[row])))?;
    rows.sort_unstable_by_key(|&row| (group[row], start[row], end[row]));

    let mut split = SplitStates::default();
    for of_group in rows.chunk_by(|&a, &b| group[a] == group[b]) {
        let mut cells =
            Cells { states, intervals: Vec::new(), in_state: Vec::new(), covered: Vec::new() };
        let mut covered_until = i64::MIN;
        for &row in of_group {
            let (first, last) = periods.touched(start[row], end[row]);
            for interval in first..=last {
                let place = cells.place(interval);
                cells.in_state[place * states + state[row] as usize] +=
                    periods.overlap(interval, start[row], end[row]);
                cells.covered[place] +=
                    periods.overlap(interval, start[row].max(covered_until), end[row]);
            }
            covered_until = covered_until.max(end[row]);
        }
        let seconds = |nanoseconds: &i64| *nanoseconds as f64 / NANOSECONDS;
        split.group.extend(std::iter::repeat_n(group[of_group[0]], cells.intervals.len()));
        split.start.extend(cells.intervals.iter().map(|&i| periods.start(i)));
        split.length.extend(
            cells.intervals.iter().map(|&i| seconds(&(periods.start(i + 1) - periods.start(i)))),
        );
        split.seconds.extend(cells.in_state.iter().map(seconds));
        split.covered.extend(cells.covered.iter().map(seconds));
    }
    Ok(split)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn overlaps_count_twice_and_are_covered_once() {
        let spells = Spells {
            group: &[0, 0, 0, 0],
            start: &[0, 600 * SECOND, 600 * SECOND, 900 * SECOND],
            end: &[1200 * SECOND, 2400 * SECOND, 2400 * SECOND, 960 * SECOND],
            state: &[0, 1, 1, 2],
        };
        let split = split_states(&spells, 3, &Periods::Fixed(1800 * SECOND), 1).unwrap();
        assert_eq!(split.start, [0, 1800 * SECOND]);
        assert_eq!(split.seconds, [1200.0, 2400.0, 60.0, 0.0, 1200.0, 0.0]);
        assert_eq!(split.covered, [1800.0, 600.0]);
        assert_eq!(split.length, [1800.0, 1800.0]);
    }

    #[test]
    fn one_wrong_year_is_refused_and_named() {
        let end = [5 * SECOND, 1_700_000_000 * SECOND];
        let spells = Spells { group: &[0, 0], start: &[0, 0], end: &end, state: &[0, 0] };
        let error = split_states(&spells, 1, &Periods::Fixed(SECOND), 1).unwrap_err();
        assert!(error.to_string().contains("1700000000 seconds (position 1)"), "{error}");
    }

    proptest! {
        #[test]
        fn split_spells_sum_to_their_lengths(
            spells in prop::collection::vec((0..3_i64, 0..500_i64, 0..200_i64, 0..2_i64), 0..40),
            step in 1..90_i64,
        ) {
            let group: Vec<i64> = spells.iter().map(|s| s.0).collect();
            let start: Vec<i64> = spells.iter().map(|s| s.1 * SECOND).collect();
            let end: Vec<i64> = spells.iter().map(|s| (s.1 + s.2) * SECOND).collect();
            let state: Vec<i64> = spells.iter().map(|s| s.3).collect();
            let spells_in = Spells { group: &group, start: &start, end: &end, state: &state };
            let split = split_states(&spells_in, 2, &Periods::Fixed(step * SECOND), 3).unwrap();
            for g in 0..3 {
                let rows: Vec<usize> =
                    (0..split.group.len()).filter(|&i| split.group[i] == g).collect();
                prop_assert!(rows.windows(2).all(|w| split.start[w[0]] < split.start[w[1]]));
                for s in 0..2 {
                    let total: f64 = rows.iter().map(|&i| split.seconds[2 * i + s]).sum();
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
