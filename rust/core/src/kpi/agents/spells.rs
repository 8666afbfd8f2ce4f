//! Agent state spells split over intervals.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::kpi::parts;
use crate::kpi::{
    CELLS, NANOSECONDS, Periods, check_columns, each_group, offsets, rows_in_group_order,
};
use crate::threads::{Run, in_parts};

/// State spells `[start, end)` with `end >= start`.
#[derive(Debug, Clone, Copy)]
pub struct Spells<'a> {
    /// Group of the row, usually the agent; negative leaves the row out.
    pub group: &'a [i32],
    /// First instant, in units since 1970 UTC.
    pub start: &'a [i64],
    /// End, in units since 1970 UTC.
    pub end: &'a [i64],
    /// Nanoseconds in a unit: times are read as the log has them, without a copy.
    pub unit: i64,
    /// Number of the state.
    pub state: &'a [i8],
}

/// What is asked of the states besides the seconds in each.
#[derive(Debug, Clone, Copy)]
pub struct StateSums<'a> {
    /// How many states there are.
    pub states: usize,
    /// Sets of states whose seconds are to be added up.
    pub sums: &'a [Vec<usize>],
    /// Seconds in one set of states over those in another.
    pub shares: &'a [(Vec<usize>, Vec<usize>)],
}

/// Columns of seconds before those of the states: the interval's length, all states together, those
/// covered by at least one spell, and what is covered more than once.
pub const SPLIT: [&str; 4] = ["length", "total", "covered", "overlap"];

impl StateSums<'_> {
    /// How many columns of seconds there are: [`SPLIT`], the states, the sums, the shares.
    pub fn columns(&self) -> usize {
        SPLIT.len() + self.states + self.sums.len() + self.shares.len()
    }
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

impl Spells<'_> {
    /// The spell of a row, in nanoseconds; [`check_spells`] has seen that they can be counted.
    fn times(&self, row: u32) -> (i64, i64) {
        (self.start[row as usize] * self.unit, self.end[row as usize] * self.unit)
    }
}

/// Spells in order of their groups and starts, and how many intervals each group touches.
pub struct Ordered<'a> {
    spells: Spells<'a>,
    /// The spells by their places in the columns.
    order: Vec<u32>,
    /// Where the groups' spells begin, and where their rows do.
    offsets: Vec<usize>,
    rows: Vec<usize>,
    periods: &'a Periods<'a>,
}

/// Intervals next to one another, found without dividing where an instant lies in the one before.
struct Held<'a> {
    periods: &'a Periods<'a>,
    index: i64,
    begins: i64,
    ends: i64,
}

impl<'a> Held<'a> {
    fn new(periods: &'a Periods<'a>) -> Self {
        Self { periods, index: 0, begins: 0, ends: 0 }
    }

    /// The number of the interval that holds `instant`.
    fn index(&mut self, instant: i64) -> i64 {
        if instant < self.begins || instant >= self.ends {
            self.index = self.periods.index(instant);
            self.begins = self.periods.start(self.index);
            self.ends = self.periods.start(self.index + 1);
        }
        self.index
    }

    /// The last interval that `[start, end)` touches, where the first is held.
    fn last(&self, start: i64, end: i64) -> i64 {
        if end <= self.ends || end <= start { self.index } else { self.periods.index(end - 1) }
    }
}

/// Checks every spell of some rows.
fn check_spells(spells: &Spells<'_>, states: usize, rows: Range<usize>) -> Result<()> {
    for row in rows {
        if spells.group[row] < 0 {
            continue;
        }
        if spells.end[row] < spells.start[row] {
            return Err(Error::Usage(format!("the spell in row {row} ends before it starts")));
        }
        if [spells.start[row], spells.end[row]].iter().any(|t| t.checked_mul(spells.unit).is_none())
        {
            return Err(Error::Usage(format!(
                "the spell in row {row} lies beyond 64-bit nanoseconds"
            )));
        }
        if !usize::try_from(spells.state[row]).is_ok_and(|state| state < states) {
            return Err(Error::Usage(format!("state numbers must be below {states}")));
        }
    }
    Ok(())
}

/// Puts spells in order and counts the intervals that they touch.
///
/// # Errors
/// Columns of unequal length, numbers out of range, an end before its start, more than [`CELLS`]
/// cells, an interruption.
pub fn order_spells<'a>(
    spells: &Spells<'a>,
    states: usize,
    periods: &'a Periods<'a>,
    groups: usize,
    run: &Run<'_>,
) -> Result<Ordered<'a>> {
    let group = spells.group;
    let lengths = [spells.start.len(), spells.end.len(), spells.state.len()];
    check_columns(group, groups, &lengths)?;
    in_parts(parts::row_ranges(group.len(), run), run, |rows: Range<usize>, watch| {
        watch.check()?;
        check_spells(spells, states, rows)
    })?;
    let offsets = offsets(group, groups);
    let mut order = rows_in_group_order(group, &offsets)?;
    let counted = each_group(
        &mut order,
        &offsets,
        run,
        &|_, of_group: &mut [u32], counted: &mut Vec<(u64, usize)>| {
            counted.push(order_group(spells, of_group, periods));
            Ok(())
        },
        &Vec::new,
    )?;
    if counted.iter().flatten().map(|&(touched, _)| touched).fold(0, u64::saturating_add) > CELLS {
        let rows = (0..group.len()).filter(|&row| group[row] >= 0);
        check_cells(
            periods,
            rows.map(|row| (row, spells.start[row] * spells.unit, spells.end[row] * spells.unit)),
        )?;
    }
    let mut rows = vec![0];
    for (_, cells) in counted.into_iter().flatten() {
        rows.push(rows[rows.len() - 1] + cells);
    }
    rows.resize(groups + 1, rows[rows.len() - 1]);
    Ok(Ordered { spells: *spells, order, offsets, rows, periods })
}

/// Puts the spells of a group in order; how many intervals they touch one by one, and together.
fn order_group(spells: &Spells<'_>, of_group: &mut [u32], periods: &Periods<'_>) -> (u64, usize) {
    // Most logs come in order: the count finds out on the way whether this one does.
    count_touched(spells, of_group, periods).unwrap_or_else(|| {
        // The starts beside the rows: looked up in the column, each comparison would wait for memory.
        let mut keyed: Vec<_> =
            of_group.iter().map(|&row| (spells.start[row as usize], row)).collect();
        keyed.sort_unstable();
        for (row, (_, keyed)) in of_group.iter_mut().zip(keyed) {
            *row = keyed;
        }
        count_touched(spells, of_group, periods).unwrap_or_default()
    })
}

/// How many intervals spells touch one by one, and together; None where they are not in order of starts.
fn count_touched(
    spells: &Spells<'_>,
    of_group: &[u32],
    periods: &Periods<'_>,
) -> Option<(u64, usize)> {
    let mut held = Held::new(periods);
    let (mut touched, mut cells) = (0_u64, 0_u64);
    let mut reached: Option<i64> = None;
    let mut before = i64::MIN;
    for &row in of_group {
        let (start, end) = spells.times(row);
        if start < before {
            return None;
        }
        before = start;
        let first = held.index(start);
        let last = held.last(start, end);
        touched = touched.saturating_add(last.abs_diff(first) + 1);
        match reached {
            // Whatever reached the last interval so far began no later than this one does.
            Some(reached) if reached >= first => cells += (last - reached).max(0).unsigned_abs(),
            _ => cells += last.abs_diff(first) + 1,
        }
        reached = reached.max(Some(last));
    }
    // More than the rows a machine can count are refused for their number of touches.
    Some((touched, cells as usize))
}

impl Ordered<'_> {
    /// Intervals that groups touch: rows of the result.
    pub fn rows(&self) -> usize {
        self.rows[self.rows.len() - 1]
    }

    /// Splits every spell over the intervals it touches: rows in order of groups and intervals.
    ///
    /// `whole` takes the group and the first instant of the interval, `seconds` the columns of
    /// [`Sums::columns`]; both one column after the other. A spell without length gives its interval
    /// a row and no seconds.
    ///
    /// # Errors
    /// Columns that are too short, an interruption.
    pub fn split(
        &self,
        sums: &StateSums<'_>,
        whole: &mut [i64],
        seconds: &mut [f64],
        run: &Run<'_>,
    ) -> Result<()> {
        let rows = self.rows();
        if whole.len() != 2 * rows || seconds.len() != sums.columns() * rows {
            return Err(Error::Usage("split spells need a place for each column".to_owned()));
        }
        let threads = parts::threads(self.order.len(), run);
        let groups = parts::ranges(&self.offsets, threads);
        let ranges: Vec<_> = groups.iter().map(|g| self.rows[g.start]..self.rows[g.end]).collect();
        let pieces = parts::cut_block(whole, rows, &ranges)
            .into_iter()
            .zip(parts::cut_block(seconds, rows, &ranges));
        let pieces = groups.into_iter().zip(pieces).collect();
        in_parts(pieces, run, |(groups, (mut whole, mut seconds)): Piece<'_>, watch| {
            let mut cells = GroupCells::new(sums.states);
            let first = self.rows[groups.start];
            for (passed, group) in groups.enumerate() {
                if passed % GROUPS_PER_LOOK == 0 {
                    watch.check()?;
                }
                let rows = self.rows[group] - first..self.rows[group + 1] - first;
                let of_group = &self.order[self.offsets[group]..self.offsets[group + 1]];
                cells.fill(&self.spells, of_group, self.periods, rows.len());
                for (row, &interval) in rows.clone().zip(&cells.intervals) {
                    whole[0][row] = group.cast_signed() as i64;
                    whole[1][row] = self.periods.start(interval);
                }
                cells.put(sums, self.periods, &mut seconds, rows);
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// Groups of a thread, and its parts of the columns of whole numbers and of seconds.
type Piece<'a> = (Range<usize>, (Vec<&'a mut [i64]>, Vec<&'a mut [f64]>));

/// Groups between two looks at Ctrl-C: milliseconds, where a group is an agent.
const GROUPS_PER_LOOK: usize = 16;

/// The cells of one group, in order of intervals; nanoseconds.
struct GroupCells {
    intervals: Vec<i64>,
    covered: Vec<i64>,
    /// One column of states after the other.
    in_state: Vec<i64>,
    states: usize,
}

impl GroupCells {
    fn new(states: usize) -> Self {
        Self { intervals: Vec::new(), covered: Vec::new(), in_state: Vec::new(), states }
    }

    /// The index of `interval`, the next one if it is new.
    ///
    /// Stretches come in order of their starts. Whatever reached the last interval so far began no
    /// later than this one does, so from here to the last there is no gap and counting back finds it.
    fn index_of(&mut self, interval: i64) -> usize {
        match self.intervals.last() {
            Some(&last) if last >= interval => {
                self.intervals.len() - 1 - (last - interval) as usize
            }
            _ => {
                self.intervals.push(interval);
                self.intervals.len() - 1
            }
        }
    }

    fn fill(&mut self, spells: &Spells<'_>, of_group: &[u32], periods: &Periods<'_>, rows: usize) {
        self.intervals.clear();
        for (column, size) in [(&mut self.in_state, self.states * rows), (&mut self.covered, rows)]
        {
            column.clear();
            column.resize(size, 0);
        }
        let mut covered_until = i64::MIN;
        let mut held = Held::new(periods);
        for &row in of_group {
            let (start, end) = spells.times(row);
            let state = spells.state[row as usize] as usize;
            let mut interval = held.index(start);
            let (mut from, mut until) = (held.begins, held.ends);
            loop {
                let index = self.index_of(interval);
                let inside = end.min(until);
                self.in_state[state * rows + index] += inside - start.max(from);
                self.covered[index] += (inside - start.max(from).max(covered_until)).max(0);
                // Beyond the last of the calendar's edges nothing follows.
                if end <= until {
                    break;
                }
                interval += 1;
                (from, until) = (until, periods.start(interval + 1));
                if until <= from {
                    break;
                }
            }
            covered_until = covered_until.max(end);
        }
    }

    /// Writes `rows` of every column.
    fn put(
        &self,
        sums: &StateSums<'_>,
        periods: &Periods<'_>,
        seconds: &mut [&mut [f64]],
        rows: Range<usize>,
    ) {
        let mut columns = seconds.iter_mut().map(|column| &mut column[rows.clone()]);
        let mut next = |nanoseconds: &[i64]| {
            let Some(column) = columns.next() else { return };
            for (second, &nanoseconds) in column.iter_mut().zip(nanoseconds) {
                *second = nanoseconds as f64 / NANOSECONDS;
            }
        };
        let in_state = |state: usize| &self.in_state[state * rows.len()..][..rows.len()];
        let of = |states: &[usize]| {
            let mut total = vec![0; self.intervals.len()];
            for &state in states {
                for (total, nanoseconds) in total.iter_mut().zip(in_state(state)) {
                    *total += nanoseconds;
                }
            }
            total
        };
        let length = |&interval| periods.start(interval + 1) - periods.start(interval);
        let all = of(&(0..sums.states).collect::<Vec<_>>());
        let overlap = |(all, covered): (&i64, &i64)| all - covered;
        next(&self.intervals.iter().map(length).collect::<Vec<_>>());
        next(&all);
        next(&self.covered);
        next(&all.iter().zip(&self.covered).map(overlap).collect::<Vec<_>>());
        for state in 0..sums.states {
            next(in_state(state));
        }
        for states in sums.sums {
            next(&of(states));
        }
        for (part, whole) in sums.shares {
            let Some(column) = columns.next() else { return };
            let (part, whole) = (of(part), of(whole));
            for (share, (part, whole)) in column.iter_mut().zip(part.into_iter().zip(whole)) {
                *share = part as f64 / whole as f64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn run() -> Run<'static> {
        Run { threads: None, interrupted: &|| false }
    }

    /// Groups, starts, and columns of seconds.
    type Split = (Vec<i64>, Vec<i64>, Vec<Vec<f64>>);

    fn split(
        spells: &Spells<'_>,
        sums: &StateSums<'_>,
        step: i64,
        threads: usize,
    ) -> Result<Split> {
        let run = Run { threads: Some(threads), ..run() };
        let periods = Periods::Fixed(step);
        let ordered = order_spells(spells, sums.states, &periods, 3, &run)?;
        let rows = ordered.rows();
        let mut whole = vec![0; 2 * rows];
        let mut seconds = vec![0.0; sums.columns() * rows];
        ordered.split(sums, &mut whole, &mut seconds, &run)?;
        let starts = whole.split_off(rows);
        let columns = (0..sums.columns()).map(|c| seconds[c * rows..][..rows].to_vec());
        Ok((whole, starts, columns.collect()))
    }

    #[test]
    fn overlaps_count_twice_and_are_covered_once() {
        let spells = Spells {
            group: &[0, 0, 0, 0],
            start: &[0, 600 * SECOND, 600 * SECOND, 900 * SECOND],
            end: &[1200 * SECOND, 2400 * SECOND, 2400 * SECOND, 960 * SECOND],
            unit: 1,
            state: &[0, 1, 1, 2],
        };
        let sums =
            StateSums { states: 3, sums: &[vec![0, 2]], shares: &[(vec![2], vec![0, 1, 2])] };
        let (group, start, columns) = split(&spells, &sums, 1800 * SECOND, 1).unwrap();
        assert_eq!((group, start), (vec![0, 0], vec![0, 1800 * SECOND]));
        assert_eq!(columns[..2], [[1800.0, 1800.0], [3660.0, 1200.0]]);
        assert_eq!(columns[2..4], [[1800.0, 600.0], [1860.0, 600.0]]);
        assert_eq!(columns[4..7], [[1200.0, 0.0], [2400.0, 1200.0], [60.0, 0.0]]);
        assert_eq!(columns[7..], [[1260.0, 0.0], [60.0 / 3660.0, 0.0]]);
    }

    #[test]
    fn one_wrong_year_is_refused_and_named() {
        let end = [5 * SECOND, 1_700_000_000 * SECOND];
        let spells = Spells { group: &[0, 0], start: &[0, 0], end: &end, unit: 1, state: &[0, 0] };
        let sums = StateSums { states: 1, sums: &[], shares: &[] };
        let error = split(&spells, &sums, SECOND, 1).unwrap_err();
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
            let spells_in = Spells { group: &group, start: &start, end: &end, unit: 1, state: &state };
            let sums = StateSums { states: 2, sums: &[], shares: &[] };
            let (of, start, columns) = split(&spells_in, &sums, step * SECOND, 1).unwrap();
            for g in 0..3 {
                let rows: Vec<usize> = (0..of.len()).filter(|&i| of[i] == i64::from(g)).collect();
                prop_assert!(rows.windows(2).all(|w| start[w[0]] < start[w[1]]));
                for s in 0..2 {
                    let total: f64 = rows.iter().map(|&i| columns[SPLIT.len() + s][i]).sum();
                    let expected: i64 =
                        spells.iter().filter(|x| x.0 == g && x.3 as usize == s).map(|x| x.2).sum();
                    prop_assert_eq!(total, expected as f64);
                }
                let covered: f64 = rows.iter().map(|&i| columns[2][i]).sum();
                let union = (0..800)
                    .filter(|t| spells.iter().any(|x| x.0 == g && (x.1..x.1 + x.2).contains(t)))
                    .count();
                prop_assert_eq!(covered, union as f64);
            }
        }
    }

    #[test]
    fn threads_do_not_show() {
        let mut random = crate::rng::Key::new(3).stream();
        let mut draw = |bound: u64| random.below(bound).cast_signed();
        let rows = 230_000;
        let group: Vec<i32> = (0..rows).map(|_| draw(4) as i32 - 1).collect();
        let start: Vec<i64> = (0..rows).map(|_| draw(1 << 20)).collect();
        let end: Vec<i64> = start.iter().map(|at| at + draw(3000)).collect();
        let state: Vec<i8> = (0..rows).map(|_| draw(2) as i8).collect();
        let spells = Spells { group: &group, start: &start, end: &end, unit: 1, state: &state };
        let sums = StateSums { states: 2, sums: &[vec![1]], shares: &[] };
        assert_eq!(
            split(&spells, &sums, 1000, 1).unwrap(),
            split(&spells, &sums, 1000, 4).unwrap()
        );
    }
}
