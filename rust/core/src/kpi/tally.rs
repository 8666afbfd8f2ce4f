//! Counts, sums and quantiles of calls per group.
//!
//! Waits are put in order of group and outcome by counting, a place a row: then the counts by outcome
//! are differences of places, and everything else about waits is a matter of one short stretch of
//! memory. What hangs on the rest of the row (talk, hold, after-call work, transfers) is added up in
//! order of the rows. Threads take disjoint ranges of groups, so they share nothing.

// Rows and groups stay below 2^31; `number_rows` sees to it.
#![allow(clippy::cast_possible_wrap)]

use std::ops::Range;

use super::exact_sum::ExactSum;
use super::parts::{self, Watch};
use super::quantiles::{Rule, quantiles};
use super::{check_columns, offsets};
use crate::error::{Error, Result};
use crate::grid::Run;

/// How a queue entry ended; the number is the column's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Reached an agent.
    Answered = 0,
    /// Hung up while waiting.
    Abandoned = 1,
    /// Left for another queue, voicemail or the like.
    FlowOut = 2,
    /// Accepted a call-back.
    Callback = 3,
    /// Refused for lack of lines.
    Blocked = 4,
}

/// How many outcomes there are.
const OUTCOMES: usize = 5;

/// The columns of a call log. Durations are finite and at least 0, below 1e9 s.
#[derive(Debug, Clone, Copy)]
pub struct Calls<'a> {
    /// Group of the row; negative leaves the row out.
    pub group: &'a [i32],
    /// Queue wait in seconds.
    pub wait: &'a [f64],
    /// Code of an [`Outcome`].
    pub outcome: &'a [i8],
    /// Talk time in seconds; NaN where it was not recorded. None: nowhere.
    pub talk: Option<&'a [f64]>,
    /// Hold time in seconds; NaN counts as none.
    pub hold: Option<&'a [f64]>,
    /// After-call work in seconds; NaN counts as none.
    pub acw: Option<&'a [f64]>,
    /// Whether the call was handed on.
    pub transferred: Option<&'a [bool]>,
}

/// What "within" and "short" mean, and what else is asked of the waits.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// Thresholds in seconds.
    pub thresholds: &'a [f64],
    /// Whether a wait equal to the threshold is within it.
    pub inclusive: bool,
    /// An abandoned wait of at most so many seconds is short.
    pub short_abandon: f64,
    /// Quantiles asked for, ascending in [0, 1].
    pub probabilities: &'a [f64],
    /// Which quantile is meant.
    pub rule: Rule,
    /// Ascending upper edges of bins `(lower, upper]`; a last one, open above, is added.
    pub edges: &'a [f64],
}

/// Counts that do not hang on a threshold, in the order of the columns of [`Tallies`].
pub const COUNTS: [&str; 9] = [
    "offered",
    "answered",
    "abandoned",
    "flow_out",
    "callback",
    "blocked",
    "short_abandoned",
    "transferred",
    "handled_timed",
];
const SHORT: usize = 1 + OUTCOMES;

/// Sums of seconds.
pub const SUMS: [&str; 6] =
    ["wait_sum_answered", "wait_sum_abandoned", "wait_sum_all", "talk_sum", "hold_sum", "acw_sum"];

/// Counts at a threshold: answered and abandoned within it, and waits of any outcome beyond it.
pub const AT_THRESHOLD: [&str; 3] = ["answered_within", "abandoned_within", "wait_beyond"];

/// One column a figure, one value a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tallies {
    /// [`COUNTS`].
    pub counts: Vec<Vec<i64>>,
    /// [`SUMS`].
    pub sums: Vec<Vec<f64>>,
    /// [`AT_THRESHOLD`], threshold by threshold.
    pub at_threshold: Vec<Vec<i64>>,
    /// Seconds waited beyond each threshold by those who waited longer.
    pub beyond: Vec<Vec<f64>>,
    /// One column a probability.
    pub quantiles: Vec<Vec<f64>>,
    /// One column a bin, the open one last.
    pub bins: Vec<Vec<i64>>,
}

/// What a thread writes: pieces of the columns over its groups.
struct Piece<'a> {
    groups: Range<usize>,
    counts: Vec<&'a mut [i64]>,
    sums: Vec<&'a mut [f64]>,
    at_threshold: Vec<&'a mut [i64]>,
    beyond: Vec<&'a mut [f64]>,
    quantiles: Vec<&'a mut [f64]>,
    bins: Vec<&'a mut [i64]>,
}

/// The columns of every piece.
fn pieces<'a>(tallies: &'a mut Tallies, ranges: &[Range<usize>]) -> Vec<Piece<'a>> {
    fn cut<'a, T>(
        columns: &'a mut [Vec<T>],
        ranges: &[Range<usize>],
    ) -> impl Iterator<Item = Vec<&'a mut [T]>> {
        let mut cut: Vec<_> =
            columns.iter_mut().map(|column| parts::cut(column, ranges).into_iter()).collect();
        (0..ranges.len()).map(move |_| cut.iter_mut().filter_map(Iterator::next).collect())
    }
    let Tallies { counts, sums, at_threshold, beyond, quantiles, bins } = tallies;
    let counts = cut(counts, ranges);
    let mut sums = cut(sums, ranges);
    let mut at_threshold = cut(at_threshold, ranges);
    let mut beyond = cut(beyond, ranges);
    let mut quantiles = cut(quantiles, ranges);
    let mut bins = cut(bins, ranges);
    ranges
        .iter()
        .zip(counts)
        .map(|(groups, counts)| Piece {
            groups: groups.clone(),
            counts,
            sums: sums.next().unwrap_or_default(),
            at_threshold: at_threshold.next().unwrap_or_default(),
            beyond: beyond.next().unwrap_or_default(),
            quantiles: quantiles.next().unwrap_or_default(),
            bins: bins.next().unwrap_or_default(),
        })
        .collect()
}

/// What is added up in order of the rows, of the answered calls of one group.
#[derive(Clone, Copy, Default)]
struct Handled {
    talk: ExactSum,
    hold: ExactSum,
    acw: ExactSum,
    timed: u32,
    transferred: u32,
}

/// How many rows or groups pass between two looks at Ctrl-C: some milliseconds.
const STRIDE: usize = 1 << 17;

/// Counts, sums and quantiles of every group.
///
/// # Errors
/// Columns of unequal length, a group number out of range, an unknown outcome code, an interruption.
pub fn tally(
    calls: &Calls<'_>,
    limits: &Limits<'_>,
    groups: usize,
    run: &Run<'_>,
) -> Result<Tallies> {
    let optional = [calls.talk, calls.hold, calls.acw];
    let lengths = optional.iter().flatten().map(|column| column.len());
    let lengths: Vec<usize> = lengths
        .chain(calls.transferred.map(<[bool]>::len))
        .chain([calls.wait.len(), calls.outcome.len()])
        .collect();
    check_columns(calls.group, groups, &lengths)?;
    let unknown =
        |row: &usize| calls.group[*row] >= 0 && !(0..OUTCOMES as i8).contains(&calls.outcome[*row]);
    if let Some(row) = (0..calls.group.len()).find(unknown) {
        let code = calls.outcome[row];
        return Err(Error::Usage(format!("outcome code {code} in row {row} is unknown")));
    }
    let mut tallies = Tallies {
        counts: vec![vec![0; groups]; COUNTS.len()],
        sums: vec![vec![0.0; groups]; SUMS.len()],
        at_threshold: vec![vec![0; groups]; AT_THRESHOLD.len() * limits.thresholds.len()],
        beyond: vec![vec![0.0; groups]; limits.thresholds.len()],
        quantiles: vec![vec![0.0; groups]; limits.probabilities.len()],
        bins: vec![
            vec![0; groups];
            if limits.edges.is_empty() { 0 } else { limits.edges.len() + 1 }
        ],
    };
    let offsets = offsets(calls.group, groups);
    let ranges = parts::ranges(&offsets, parts::threads(offsets[groups], run));
    let alone = ranges.len() == 1;
    parts::each(pieces(&mut tallies, &ranges), run, &|piece: Piece<'_>, watch: &Watch<'_>| {
        if alone {
            let rows = (0..calls.group.len()).filter(|&row| calls.group[row] >= 0);
            return one_piece(calls, limits, piece, rows, watch);
        }
        let (low, high) = (piece.groups.start as i32, piece.groups.end as i32);
        // A list of the rows first: whether a row is taken would else be guessed wrong every other
        // time, in each of the passes. One place more, for the row after the last one taken.
        let mut rows = vec![0_u32; offsets[piece.groups.end] - offsets[piece.groups.start] + 1];
        let mut taken = 0;
        for (row, &g) in calls.group.iter().enumerate() {
            rows[taken] = row as u32;
            taken += usize::from(g >= low && g < high);
        }
        let rows = rows[..taken].iter().map(|&row| row as usize);
        one_piece(calls, limits, piece, rows, watch)
    })?;
    Ok(tallies)
}

/// The waits of `rows` in order of group and outcome, and where each such stretch ends.
fn by_outcome(
    calls: &Calls<'_>,
    groups: &Range<usize>,
    rows: impl Iterator<Item = usize> + Clone,
) -> (Vec<f64>, Vec<u32>) {
    let bucket = |row: usize| {
        (calls.group[row] as usize - groups.start) * OUTCOMES + calls.outcome[row] as usize
    };
    // One bucket ahead, so that filling a bucket moves its beginning to its end.
    let mut ends = vec![0_u32; groups.len() * OUTCOMES + 1];
    for row in rows.clone() {
        ends[bucket(row) + 1] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        total += *end;
        *end = total;
    }
    let mut waits = vec![0.0; total as usize];
    for row in rows {
        let next = &mut ends[bucket(row)];
        waits[*next as usize] = calls.wait[row];
        *next += 1;
    }
    ends.pop();
    (waits, ends)
}

fn one_piece(
    calls: &Calls<'_>,
    limits: &Limits<'_>,
    mut piece: Piece<'_>,
    rows: impl Iterator<Item = usize> + Clone,
    watch: &Watch<'_>,
) -> Result<()> {
    watch.check()?;
    handled(calls, &mut piece, rows.clone(), watch)?;
    let (mut waits, ends) = by_outcome(calls, &piece.groups, rows);
    watch.check()?;
    let mut begin = 0;
    for (place, ends) in ends.chunks_exact(OUTCOMES).enumerate() {
        if place % STRIDE == 0 {
            watch.check()?;
        }
        let ends: [usize; OUTCOMES] = std::array::from_fn(|outcome| ends[outcome] as usize);
        of_group(limits, &mut piece, place, &mut waits[begin..ends[OUTCOMES - 1]], |outcome| {
            let from = if outcome == 0 { begin } else { ends[outcome - 1] };
            from - begin..ends[outcome] - begin
        });
        begin = ends[OUTCOMES - 1];
    }
    Ok(())
}

/// Talk, hold and after-call work of answered calls, and transfers.
fn handled(
    calls: &Calls<'_>,
    piece: &mut Piece<'_>,
    rows: impl Iterator<Item = usize>,
    watch: &Watch<'_>,
) -> Result<()> {
    if calls.talk.is_none() && calls.transferred.is_none() {
        return Ok(());
    }
    let recorded = |column: Option<&[f64]>, row: usize| {
        column.map_or(0.0, |column| if column[row].is_nan() { 0.0 } else { column[row] })
    };
    let mut table = vec![Handled::default(); piece.groups.len()];
    for (passed, row) in rows.enumerate() {
        if passed % STRIDE == 0 {
            watch.check()?;
        }
        if calls.outcome[row] != Outcome::Answered as i8 {
            continue;
        }
        let handled = &mut table[calls.group[row] as usize - piece.groups.start];
        handled.transferred += u32::from(calls.transferred.is_some_and(|column| column[row]));
        if let Some(talk) = calls.talk
            && !talk[row].is_nan()
        {
            handled.timed += 1;
            handled.talk.add(talk[row]);
            handled.hold.add(recorded(calls.hold, row));
            handled.acw.add(recorded(calls.acw, row));
        }
    }
    for (place, handled) in table.iter().enumerate() {
        piece.counts[SHORT + 1][place] = i64::from(handled.transferred);
        piece.counts[SHORT + 2][place] = i64::from(handled.timed);
        piece.sums[3][place] = handled.talk.seconds();
        piece.sums[4][place] = handled.hold.seconds();
        piece.sums[5][place] = handled.acw.seconds();
    }
    Ok(())
}

fn sum(waits: &[f64]) -> ExactSum {
    let mut sum = ExactSum::default();
    for &wait in waits {
        sum.add(wait);
    }
    sum
}

fn count(waits: &[f64], within: impl Fn(f64) -> bool) -> i64 {
    waits.iter().map(|&wait| i64::from(within(wait))).sum()
}

/// Everything about the waits of one group, `of` each outcome a stretch of them.
fn of_group(
    limits: &Limits<'_>,
    piece: &mut Piece<'_>,
    place: usize,
    waits: &mut [f64],
    of: impl Fn(usize) -> Range<usize>,
) {
    piece.counts[0][place] = waits.len().cast_signed() as i64;
    for outcome in 0..OUTCOMES {
        piece.counts[1 + outcome][place] = of(outcome).len().cast_signed() as i64;
    }
    let answered = &waits[of(Outcome::Answered as usize)];
    let abandoned = &waits[of(Outcome::Abandoned as usize)];
    let others = &waits[of(Outcome::FlowOut as usize).start..];
    piece.counts[SHORT][place] = count(abandoned, |wait| wait <= limits.short_abandon);
    let sums = [sum(answered), sum(abandoned)];
    let mut all = sum(others);
    for (column, sum) in sums.into_iter().enumerate() {
        piece.sums[column][place] = sum.seconds();
        all.add_sum(sum);
    }
    piece.sums[2][place] = all.seconds();
    for (at, &threshold) in limits.thresholds.iter().enumerate() {
        let first = AT_THRESHOLD.len() * at;
        for (side, waits) in [answered, abandoned].into_iter().enumerate() {
            piece.at_threshold[first + side][place] = if limits.inclusive {
                count(waits, |wait| wait <= threshold)
            } else {
                count(waits, |wait| wait < threshold)
            };
        }
        let (mut beyond, mut seconds) = (0, ExactSum::default());
        for &wait in waits.iter().filter(|&&wait| wait > threshold) {
            beyond += 1;
            seconds.add(wait);
        }
        if beyond > 0 {
            seconds.subtract_times(threshold, beyond);
        }
        piece.at_threshold[first + 2][place] = beyond;
        piece.beyond[at][place] = seconds.seconds();
    }
    if !limits.edges.is_empty() {
        for &wait in &*waits {
            piece.bins[limits.edges.partition_point(|&edge| edge < wait)][place] += 1;
        }
    }
    quantiles(waits, limits.probabilities, limits.rule, |at, value| {
        piece.quantiles[at][place] = value;
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::grid::Invalid;

    const NONE: f64 = f64::NAN;
    const TALK: [f64; 6] = [100.0, NONE, 0.0, 5.0, 60.5, NONE];
    const HOLD: [f64; 6] = [10.0, 7.0, NONE, 5.0, 0.25, NONE];
    const MOVED: [bool; 6] = [true, true, false, true, false, false];

    fn calls<'a>(group: &'a [i32], wait: &'a [f64], outcome: &'a [i8]) -> Calls<'a> {
        Calls {
            group,
            wait,
            outcome,
            talk: Some(&TALK),
            hold: Some(&HOLD),
            acw: Some(&HOLD),
            transferred: Some(&MOVED),
        }
    }

    fn limits<'a>(thresholds: &'a [f64], edges: &'a [f64]) -> Limits<'a> {
        Limits {
            thresholds,
            inclusive: true,
            short_abandon: 20.0,
            probabilities: &[0.5, 1.0],
            rule: Rule::Cdf,
            edges,
        }
    }

    fn run(threads: usize) -> Run<'static> {
        Run { invalid: Invalid::Raise, threads: Some(threads), interrupted: &|| false }
    }

    #[test]
    fn counts_every_row_once_and_edges_as_asked() {
        let group = [0, 0, 1, 0, -1, 0];
        let log = calls(&group, &[20.0, 30.0, 0.0, 20.0, 1.0, 9.0], &[0, 0, 0, 1, 0, 4]);
        let asked = limits(&[20.0, 30.0], &[9.0, 20.0]);
        let found = tally(&log, &asked, 3, &run(1)).unwrap();
        let count = |name: &str| {
            found.counts[COUNTS.iter().position(|&each| each == name).unwrap()].clone()
        };
        assert_eq!(count("offered"), [4, 1, 0]);
        assert_eq!(count("answered"), [2, 1, 0]);
        assert_eq!((count("abandoned"), count("blocked")), (vec![1, 0, 0], vec![1, 0, 0]));
        assert_eq!(
            (count("short_abandoned"), count("transferred")),
            (vec![1, 0, 0], vec![2, 0, 0])
        );
        assert_eq!(count("handled_timed"), [1, 1, 0]);
        assert_eq!(found.at_threshold[..2], [[1, 1, 0], [1, 0, 0]]);
        assert_eq!(found.at_threshold[3..5], [[2, 1, 0], [1, 0, 0]]);
        assert_eq!((found.at_threshold[2][0], found.beyond[0][0]), (1, 10.0));
        assert_eq!((found.at_threshold[5][0], found.beyond[1][0]), (0, 0.0));
        assert_eq!((found.sums[3][0], found.sums[4][0], found.sums[4][1]), (100.0, 10.0, 0.0));
        assert_eq!(found.sums[2], [79.0, 0.0, 0.0]);
        assert_eq!(found.bins, [[1, 1, 0], [2, 0, 0], [1, 0, 0]]);
        assert_eq!((found.quantiles[0][0], found.quantiles[1][0]), (20.0, 30.0));
        assert!(found.quantiles[0][2].is_nan());
        let strict = Limits { inclusive: false, ..asked };
        let found = tally(&log, &strict, 3, &run(1)).unwrap();
        assert_eq!(found.at_threshold[..2], [[0, 1, 0], [0, 0, 0]]);
        assert_eq!(found.at_threshold[3..5], [[1, 1, 0], [1, 0, 0]]);
        assert_eq!(found.counts[SHORT], [1, 0, 0]);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let asked = limits(&[20.0], &[]);
        let group = [0; 6];
        assert!(tally(&calls(&group, &[1.0; 5], &[0; 6]), &asked, 1, &run(1)).is_err());
        assert!(tally(&calls(&group, &[1.0; 6], &[9; 6]), &asked, 1, &run(1)).is_err());
        assert!(tally(&calls(&[1; 6], &[1.0; 6], &[0; 6]), &asked, 1, &run(1)).is_err());
    }

    #[test]
    fn threads_do_not_show() {
        let rows = 230_000;
        let mut random = crate::rng::Key::new(7).stream();
        let mut draw = |bound: u64| random.below(bound).cast_signed();
        let group: Vec<i32> = (0..rows).map(|_| draw(900) as i32 - 1).collect();
        let wait: Vec<f64> = (0..rows).map(|_| draw(1 << 20) as f64 / 7.0).collect();
        let outcome: Vec<i8> = (0..rows).map(|_| draw(5) as i8).collect();
        let moved: Vec<bool> = outcome.iter().map(|&code| code % 2 == 0).collect();
        let log = Calls {
            group: &group,
            wait: &wait,
            outcome: &outcome,
            talk: Some(&wait),
            hold: None,
            acw: Some(&wait),
            transferred: Some(&moved),
        };
        let asked = limits(&[1000.0, 90_000.0], &[10.0, 50_000.0]);
        let alone = tally(&log, &asked, 900, &run(1)).unwrap();
        // Empty groups have no quantile, which is no equal of itself.
        assert!(alone.counts[0].iter().take(899).all(|&offered| offered > 0));
        let four = tally(&log, &asked, 900, &run(4)).unwrap();
        assert_eq!(format!("{alone:?}"), format!("{four:?}"));
    }

    proptest! {
        #[test]
        fn parts_of_the_rows_add_up(
            rows in prop::collection::vec((0..3_i32, 0.0..100.0_f64, 0..5_i8), 1..40),
        ) {
            let group: Vec<i32> = rows.iter().map(|r| r.0).collect();
            let wait: Vec<f64> = rows.iter().map(|r| r.1).collect();
            let outcome: Vec<i8> = rows.iter().map(|r| r.2).collect();
            let log = Calls {
                group: &group, wait: &wait, outcome: &outcome,
                talk: None, hold: None, acw: None, transferred: None,
            };
            let asked = limits(&[50.0], &[10.0, 60.0]);
            let found = tally(&log, &asked, 3, &run(1)).unwrap();
            for g in 0..3 {
                let offered = rows.iter().filter(|r| r.0 as usize == g).count() as i64;
                prop_assert_eq!(found.counts[0][g], offered);
                prop_assert_eq!((1..=OUTCOMES).map(|k| found.counts[k][g]).sum::<i64>(), offered);
                prop_assert_eq!(found.bins.iter().map(|bin| bin[g]).sum::<i64>(), offered);
                let within = rows.iter().filter(|r| r.0 as usize == g && r.2 == 0 && r.1 <= 50.0);
                prop_assert_eq!(found.at_threshold[0][g], within.count() as i64);
            }
        }
    }
}
