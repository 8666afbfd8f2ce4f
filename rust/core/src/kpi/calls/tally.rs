//! Counts, sums and quantiles of calls per group.
//!
//! Waits are put in order of group and outcome by counting, a place a row: then the counts by outcome
//! are differences of places, and everything else about waits is a matter of one short stretch of
//! memory. What hangs on the rest of the row (talk, hold, after-call work, transfers) is added up in
//! order of the rows. Threads take disjoint ranges of groups, so they share nothing.

// Rows and groups stay below 2^31; `number_rows` sees to it.
#![allow(clippy::cast_possible_wrap)]

use std::ops::Range;

use super::quantiles::{QuantileRule, Selected, quantile};
use super::small_groups::{GROUPS_ABREAST, LONGEST, Limit, SmallGroups};
use crate::error::{Error, Result};
use crate::kpi::parts;
use crate::kpi::{ROWS_PER_LOOK, check_columns};
use crate::numeric::exact_sum::{ExactSum, SPLITS, split};
use crate::threads::{Run, Watch, in_parts};

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
pub struct TallyLimits<'a> {
    /// Thresholds in seconds.
    pub thresholds: &'a [f64],
    /// Whether a wait equal to the threshold is within it.
    pub inclusive: bool,
    /// An abandoned wait of at most so many seconds is short.
    pub short_abandon: f64,
    /// Quantiles asked for, ascending in [0, 1].
    pub probabilities: &'a [f64],
    /// Which quantile is meant.
    pub rule: QuantileRule,
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
const TRANSFERRED: usize = SHORT + 1;

/// Sums of seconds.
pub const SUMS: [&str; 6] =
    ["wait_sum_answered", "wait_sum_abandoned", "wait_sum_all", "talk_sum", "hold_sum", "acw_sum"];
/// The first of those in order of the rows.
const HANDLED: usize = 3;

/// Counts at a threshold: answered and abandoned within it, and waits of any outcome beyond it.
pub const AT_THRESHOLD: [&str; 3] = ["answered_within", "abandoned_within", "wait_beyond"];

impl TallyLimits<'_> {
    /// How many columns of counts there are: [`COUNTS`], [`AT_THRESHOLD`] of each threshold, bins.
    pub fn counts(&self) -> usize {
        let bins = if self.edges.is_empty() { 0 } else { self.edges.len() + 1 };
        COUNTS.len() + AT_THRESHOLD.len() * self.thresholds.len() + bins
    }

    /// How many of the columns of seconds are sums: [`SUMS`], what was waited beyond each threshold.
    pub fn sums(&self) -> usize {
        SUMS.len() + self.thresholds.len()
    }

    /// How many columns of seconds: the sums, then quantiles.
    pub fn seconds(&self) -> usize {
        self.sums() + self.probabilities.len()
    }
}

/// What a thread writes: its groups' part of every column.
struct TallyColumns<'a> {
    groups: Range<usize>,
    counts: Vec<&'a mut [i64]>,
    seconds: Vec<&'a mut [f64]>,
    /// The sums before they are rounded, each in two columns of words; none where nobody asks.
    words: Vec<&'a mut [i64]>,
}

impl TallyColumns<'_> {
    /// Writes the sum of the group at `index` to its column.
    fn put_sum(&mut self, column: usize, index: usize, sum: ExactSum) {
        self.seconds[column][index] = sum.seconds();
        if let Some([high, low]) = self.words.get_mut(2 * column..2 * column + 2) {
            (high[index], low[index]) = sum.words();
        }
    }
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

/// Groups between two looks at Ctrl-C: some milliseconds.
const STRIDE: usize = (1 << 14) / GROUPS_ABREAST;

/// Counts, sums and quantiles of every group, each a column of `counts` or `seconds`, which hold one
/// column after the other in the order of [`TallyLimits::counts`] and [`TallyLimits::seconds`].
///
/// `words` is empty, or takes every sum before it is rounded, in two columns as [`ExactSum::words`].
///
/// # Errors
/// Columns of unequal length, a group number out of range, an unknown outcome code, an interruption.
pub fn tally(
    calls: &Calls<'_>,
    limits: &TallyLimits<'_>,
    groups: usize,
    counts: &mut [i64],
    seconds: &mut [f64],
    words: &mut [i64],
    run: &Run<'_>,
) -> Result<()> {
    let optional = [calls.talk, calls.hold, calls.acw];
    let lengths = optional.iter().flatten().map(|column| column.len());
    let lengths: Vec<usize> = lengths
        .chain(calls.transferred.map(<[bool]>::len))
        .chain([calls.wait.len(), calls.outcome.len()])
        .collect();
    check_columns(calls.group, groups, &lengths)?;
    let wanted = [limits.counts() * groups, limits.seconds() * groups];
    let fitting = words.is_empty() || words.len() == 2 * limits.sums() * groups;
    if [counts.len(), seconds.len()] != wanted || !fitting {
        return Err(Error::Usage("a tally needs a index for each figure and group".to_owned()));
    }
    let threads = parts::threads(calls.group.len(), run);
    let ranges = parts::even_ranges(calls.group, groups, threads);
    let counts = parts::cut_block(counts, groups, &ranges);
    let seconds = parts::cut_block(seconds, groups, &ranges);
    let words = parts::cut_block(words, groups, &ranges);
    let pieces = ranges.into_iter().zip(counts.into_iter().zip(seconds.into_iter().zip(words)));
    let pieces = pieces
        .map(|(groups, (counts, (seconds, words)))| TallyColumns { groups, counts, seconds, words })
        .collect();
    in_parts(pieces, run, |piece: TallyColumns<'_>, watch: &Watch<'_>| {
        one_piece(calls, limits, piece, watch)
    })?;
    Ok(())
}

/// Calls `each` with the rows of `groups`, some thousands at a time.
///
/// By way of lists: whether a row is taken would else be guessed wrong every other time where
/// threads share the groups.
fn rows_of(
    group: &[i32],
    groups: &Range<usize>,
    watch: &Watch<'_>,
    mut each: impl FnMut(&[u32]) -> Result<()>,
) -> Result<()> {
    let (low, high) = (groups.start as i32, groups.end as i32);
    let mut rows = vec![0_u32; ROWS_PER_LOOK + 1];
    for (chunk, of_chunk) in group.chunks(ROWS_PER_LOOK).enumerate() {
        watch.check()?;
        let mut taken = 0;
        for (row, &g) in (chunk * ROWS_PER_LOOK..).zip(of_chunk) {
            rows[taken] = row as u32;
            taken += usize::from((g >= low) & (g < high));
        }
        each(&rows[..taken])?;
    }
    Ok(())
}

/// Where the waits of each group and outcome begin, then where the last end.
fn bucket_starts(
    calls: &Calls<'_>,
    groups: &Range<usize>,
    watch: &Watch<'_>,
    bucket: &impl Fn(u32) -> usize,
) -> Result<Vec<u32>> {
    // One bucket ahead, so that filling a bucket moves its beginning to its end.
    let mut starts = vec![0_u32; groups.len() * OUTCOMES + 1];
    rows_of(calls.group, groups, watch, |rows| {
        for &row in rows {
            let code = calls.outcome[row as usize];
            if !(0..OUTCOMES as i8).contains(&code) {
                return Err(Error::Usage(format!("outcome code {code} in row {row} is unknown")));
            }
            starts[bucket(row) + 1] += 1;
        }
        Ok(())
    })?;
    let mut total = 0;
    for start in &mut starts {
        total += *start;
        *start = total;
    }
    Ok(starts)
}

/// The waits of the groups of a piece, one group and outcome after the other, and where each such
/// stretch ends; on the way, what is added up in order of the rows.
fn by_outcome(
    calls: &Calls<'_>,
    piece: &mut TallyColumns<'_>,
    watch: &Watch<'_>,
) -> Result<(Vec<f64>, Vec<u32>)> {
    let groups = piece.groups.clone();
    let index_of = |row: u32| calls.group[row as usize] as usize - groups.start;
    let bucket = |row: u32| index_of(row) * OUTCOMES + calls.outcome[row as usize] as usize;
    let mut ends = bucket_starts(calls, &groups, watch, &bucket)?;
    let total = ends.last().copied().unwrap_or(0);
    let mut waits = vec![0.0; total as usize];
    let recorded = |column: Option<&[f64]>, row: u32| {
        let seconds = column.map_or(0.0, |column| column[row as usize]);
        if seconds.is_nan() { 0.0 } else { seconds }
    };
    let with_talk = |row: u32| calls.talk.is_some_and(|talk| !talk[row as usize].is_nan());
    let any_handled = calls.talk.is_some() || calls.transferred.is_some();
    let mut handled = vec![Handled::default(); if any_handled { groups.len() } else { 0 }];
    let mut answered = vec![0_u32; ROWS_PER_LOOK + 1];
    rows_of(calls.group, &groups, watch, |rows| {
        for &row in rows {
            let next = &mut ends[bucket(row)];
            // Not -0: sorted by comparing, it would stand before or after 0 as it happens.
            waits[*next as usize] = calls.wait[row as usize] + 0.0;
            *next += 1;
        }
        if !any_handled {
            return Ok(());
        }
        let mut taken = 0;
        for &row in rows {
            answered[taken] = row;
            taken += usize::from(calls.outcome[row as usize] == Outcome::Answered as i8);
        }
        if let Some(transferred) = calls.transferred {
            for &row in &answered[..taken] {
                handled[index_of(row)].transferred += u32::from(transferred[row as usize]);
            }
        }
        let mut timed = 0;
        for at in 0..taken {
            let row = answered[at];
            answered[timed] = row;
            timed += usize::from(with_talk(row));
        }
        for &row in &answered[..timed] {
            let handled = &mut handled[index_of(row)];
            handled.timed += 1;
            handled.talk.add(recorded(calls.talk, row));
            handled.hold.add(recorded(calls.hold, row));
            handled.acw.add(recorded(calls.acw, row));
        }
        Ok(())
    })?;
    put_handled(&handled, piece);
    ends.pop();
    Ok((waits, ends))
}

/// Writes the sums of answered calls to their columns.
fn put_handled(handled: &[Handled], piece: &mut TallyColumns<'_>) {
    for (index, handled) in handled.iter().enumerate() {
        piece.counts[TRANSFERRED][index] = i64::from(handled.transferred);
        piece.counts[TRANSFERRED + 1][index] = i64::from(handled.timed);
        for (column, sum) in [handled.talk, handled.hold, handled.acw].into_iter().enumerate() {
            piece.put_sum(HANDLED + column, index, sum);
        }
    }
}

fn one_piece(
    calls: &Calls<'_>,
    limits: &TallyLimits<'_>,
    mut piece: TallyColumns<'_>,
    watch: &Watch<'_>,
) -> Result<()> {
    let (mut waits, ends) = by_outcome(calls, &mut piece, watch)?;
    let figures = Figures::new(limits);
    let mut small = figures.small_groups();
    let ends = ends.as_chunks::<OUTCOMES>().0;
    let mut begin = 0;
    for (batch, ends) in ends.chunks(GROUPS_ABREAST).enumerate() {
        if batch % STRIDE == 0 {
            watch.check()?;
        }
        let mut rest = &mut waits[begin..ends[ends.len() - 1][OUTCOMES - 1] as usize];
        let mut of_groups = Vec::with_capacity(GROUPS_ABREAST);
        for ends in ends {
            let ends = ends.map(|end| end as usize);
            let waits;
            (waits, rest) = rest.split_at_mut(ends[OUTCOMES - 1] - begin);
            of_groups.push(OfGroup { waits, ends: ends.map(|end| end - begin) });
            begin = ends[OUTCOMES - 1];
        }
        let first = batch * GROUPS_ABREAST;
        let longest = of_groups.iter().map(|group| group.waits.len()).max().unwrap_or(0);
        if longest <= LONGEST {
            let groups = of_groups.iter().map(|group| {
                let [answered, abandoned, ..] = group.ends;
                (&*group.waits, answered, abandoned)
            });
            small.add_up(longest, groups);
        }
        for (lane, group) in of_groups.into_iter().enumerate() {
            if longest <= LONGEST {
                figures.of_small(&group, &small, lane, &mut piece, first + lane);
            } else {
                figures.of_one(group, &mut piece, first + lane);
            }
        }
    }
    Ok(())
}

/// The waits of one group, one outcome after the other, and where the outcomes end.
struct OfGroup<'a> {
    waits: &'a mut [f64],
    ends: [usize; OUTCOMES],
}

impl OfGroup<'_> {
    fn of(&self, outcome: Outcome) -> &[f64] {
        let outcome = outcome as usize;
        &self.waits[if outcome == 0 { 0 } else { self.ends[outcome - 1] }..self.ends[outcome]]
    }
}

/// Sums have no branches but that of the loop, so that they become vector instructions.
fn sum(waits: &[f64]) -> ExactSum {
    let mut sum = ExactSum::default();
    for waits in waits.chunks(SPLITS) {
        let (mut coarse, mut fine) = (0, 0);
        for &wait in waits {
            let (c, f) = split(wait);
            coarse += c;
            fine += f;
        }
        sum.add_splits(coarse, fine);
    }
    sum
}

/// How many waits are longer than `threshold`, and their sum.
fn beyond(waits: &[f64], threshold: f64) -> (i64, ExactSum) {
    let (mut count, mut sum) = (0, ExactSum::default());
    for waits in waits.chunks(SPLITS) {
        let (mut coarse, mut fine) = (0, 0);
        for &wait in waits {
            let (c, f) = split(wait);
            let counted = -i64::from(wait > threshold);
            count -= counted;
            coarse += c & counted;
            fine += f & counted;
        }
        sum.add_splits(coarse, fine);
    }
    (count, sum)
}

fn within(waits: &[f64], limit: Limit) -> i64 {
    waits.iter().map(|&wait| i64::from(wait <= limit.within)).sum()
}

/// What the columns about waits hold.
struct Figures<'a> {
    asked: &'a TallyLimits<'a>,
    /// The thresholds, and each as a sum.
    thresholds: Vec<(Limit, ExactSum)>,
    short: Limit,
}

impl<'a> Figures<'a> {
    fn new(asked: &'a TallyLimits<'a>) -> Self {
        let limit = |&beyond: &f64| {
            let within = if asked.inclusive { beyond } else { beyond.next_down() };
            (Limit { beyond, within }, beyond.into())
        };
        let thresholds = asked.thresholds.iter().map(limit).collect();
        let short = Limit { beyond: asked.short_abandon, within: asked.short_abandon };
        Self { asked, thresholds, short }
    }

    /// Held against the thresholds, and then against what is short.
    fn small_groups(&self) -> SmallGroups {
        let limits = self.thresholds.iter().map(|&(limit, _)| limit).chain([self.short]);
        SmallGroups::new(limits.collect())
    }

    fn of_small(
        &self,
        group: &OfGroup<'_>,
        small: &SmallGroups,
        lane: usize,
        piece: &mut TallyColumns<'_>,
        index: usize,
    ) {
        let [_, short] = small.within(self.thresholds.len(), lane);
        self.put(piece, index, group, short, small.sums(lane), |at| {
            (small.within(at, lane), small.beyond(at, lane))
        });
        let ordered = |index| small.ordered(index, lane);
        self.put_quantiles(piece, index, group.waits.len(), ordered);
    }

    fn of_one(&self, group: OfGroup<'_>, piece: &mut TallyColumns<'_>, index: usize) {
        let (answered, abandoned) = (group.of(Outcome::Answered), group.of(Outcome::Abandoned));
        let short = within(abandoned, self.short);
        let mut sums = [
            sum(answered),
            sum(abandoned),
            sum(&group.waits[group.ends[Outcome::Abandoned as usize]..]),
        ];
        sums[2].add_sum(sums[0]);
        sums[2].add_sum(sums[1]);
        self.put(piece, index, &group, short, sums, |at| {
            let (limit, _) = self.thresholds[at];
            let within = [within(answered, limit), within(abandoned, limit)];
            (within, beyond(group.waits, limit.beyond))
        });
        let count = group.waits.len();
        let mut selected = Selected::new(group.waits);
        self.put_quantiles(piece, index, count, |index| selected.nth(index));
    }

    /// Counts and sums; `at` a threshold: answered and abandoned within, how many beyond, their sum.
    fn put(
        &self,
        piece: &mut TallyColumns<'_>,
        index: usize,
        group: &OfGroup<'_>,
        short: i64,
        sums: [ExactSum; 3],
        at: impl Fn(usize) -> ([i64; 2], (i64, ExactSum)),
    ) {
        for (column, sum) in sums.into_iter().enumerate() {
            piece.put_sum(column, index, sum);
        }
        let counts = &mut piece.counts;
        counts[0][index] = group.waits.len() as i64;
        let mut begin = 0;
        for (outcome, &end) in group.ends.iter().enumerate() {
            counts[1 + outcome][index] = (end - begin) as i64;
            begin = end;
        }
        counts[SHORT][index] = short;
        for (threshold, &(_, once)) in self.thresholds.iter().enumerate() {
            let (within, (beyond, mut waited)) = at(threshold);
            if beyond > 0 {
                waited.subtract_times(once, beyond);
            }
            let first = COUNTS.len() + AT_THRESHOLD.len() * threshold;
            for (column, count) in [within[0], within[1], beyond].into_iter().enumerate() {
                piece.counts[first + column][index] = count;
            }
            piece.put_sum(SUMS.len() + threshold, index, waited);
        }
        let first = COUNTS.len() + AT_THRESHOLD.len() * self.thresholds.len();
        if !self.asked.edges.is_empty() {
            for &wait in &*group.waits {
                let bin = self.asked.edges.partition_point(|&edge| edge < wait);
                piece.counts[first + bin][index] += 1;
            }
        }
    }

    fn put_quantiles(
        &self,
        piece: &mut TallyColumns<'_>,
        index: usize,
        count: usize,
        mut ordered: impl FnMut(usize) -> f64,
    ) {
        let columns = &mut piece.seconds[self.asked.sums()..];
        for (column, &probability) in columns.iter_mut().zip(self.asked.probabilities) {
            column[index] = quantile(count, probability, self.asked.rule, &mut ordered);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    fn limits<'a>(thresholds: &'a [f64], edges: &'a [f64]) -> TallyLimits<'a> {
        TallyLimits {
            thresholds,
            inclusive: true,
            short_abandon: 20.0,
            probabilities: &[0.5, 1.0],
            rule: QuantileRule::Cdf,
            edges,
        }
    }

    /// Counts and seconds.
    type Columns = (Vec<Vec<i64>>, Vec<Vec<f64>>);

    fn tallied(
        calls: &Calls<'_>,
        limits: &TallyLimits<'_>,
        groups: usize,
        threads: usize,
    ) -> Result<Columns> {
        let mut counts = vec![0; limits.counts() * groups];
        let mut seconds = vec![0.0; limits.seconds() * groups];
        let mut words = vec![0; 2 * limits.sums() * groups];
        tally(calls, limits, groups, &mut counts, &mut seconds, &mut words, &run(threads))?;
        let (mut without, mut again) = (vec![0; counts.len()], vec![0.0; seconds.len()]);
        tally(calls, limits, groups, &mut without, &mut again, &mut [], &run(threads))?;
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!((&without, bits(&again)), (&counts, bits(&seconds)));
        for (pair, sums) in words.chunks_exact(2 * groups).zip(seconds.chunks_exact(groups)) {
            for (group, &sum) in sums.iter().enumerate() {
                let exact = ExactSum::from_words(pair[group], pair[groups + group]);
                assert_eq!(exact.seconds().to_bits(), sum.to_bits());
            }
        }
        let counts = counts.chunks_exact(groups).map(<[i64]>::to_vec).collect();
        Ok((counts, seconds.chunks_exact(groups).map(<[f64]>::to_vec).collect()))
    }

    fn run(threads: usize) -> Run<'static> {
        Run { threads: Some(threads), interrupted: &|| false }
    }

    #[test]
    fn counts_every_row_once_and_edges_as_asked() {
        let group = [0, 0, 1, 0, -1, 0];
        let log = calls(&group, &[20.0, 30.0, 0.0, 20.0, 1.0, 9.0], &[0, 0, 0, 1, 0, 4]);
        let asked = limits(&[20.0, 30.0], &[9.0, 20.0]);
        let (counts, seconds) = tallied(&log, &asked, 3, 1).unwrap();
        let count =
            |name: &str| counts[COUNTS.iter().position(|&each| each == name).unwrap()].clone();
        assert_eq!(count("offered"), [4, 1, 0]);
        assert_eq!(count("answered"), [2, 1, 0]);
        assert_eq!((count("abandoned"), count("blocked")), (vec![1, 0, 0], vec![1, 0, 0]));
        assert_eq!(
            (count("short_abandoned"), count("transferred")),
            (vec![1, 0, 0], vec![2, 0, 0])
        );
        assert_eq!(count("handled_timed"), [1, 1, 0]);
        let at_threshold = &counts[COUNTS.len()..];
        assert_eq!(at_threshold[..3], [[1, 1, 0], [1, 0, 0], [1, 0, 0]]);
        assert_eq!(at_threshold[3..6], [[2, 1, 0], [1, 0, 0], [0, 0, 0]]);
        assert_eq!(at_threshold[6..], [[1, 1, 0], [2, 0, 0], [1, 0, 0]]);
        assert_eq!(seconds[2..5], [[79.0, 0.0, 0.0], [100.0, 0.0, 0.0], [10.0, 0.0, 0.0]]);
        assert_eq!((seconds[SUMS.len()][0], seconds[SUMS.len() + 1][0]), (10.0, 0.0));
        let quantiles = &seconds[SUMS.len() + 2..];
        assert_eq!((quantiles[0][0], quantiles[1][0]), (20.0, 30.0));
        assert!(quantiles[0][2].is_nan());
        let strict = TallyLimits { inclusive: false, ..asked };
        let (counts, _) = tallied(&log, &strict, 3, 1).unwrap();
        let at_threshold = &counts[COUNTS.len()..];
        assert_eq!(at_threshold[..2], [[0, 1, 0], [0, 0, 0]]);
        assert_eq!(at_threshold[3..5], [[1, 1, 0], [1, 0, 0]]);
        assert_eq!(counts[SHORT], [1, 0, 0]);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let asked = limits(&[20.0], &[]);
        let group = [0; 6];
        assert!(tallied(&calls(&group, &[1.0; 5], &[0; 6]), &asked, 1, 1).is_err());
        assert!(tallied(&calls(&group, &[1.0; 6], &[9; 6]), &asked, 1, 1).is_err());
        assert!(tallied(&calls(&[1; 6], &[1.0; 6], &[0; 6]), &asked, 1, 1).is_err());
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
        let alone = tallied(&log, &asked, 900, 1).unwrap();
        // Empty groups have no quantile, which is no equal of itself.
        assert!(alone.0[0].iter().take(899).all(|&offered| offered > 0));
        let four = tallied(&log, &asked, 900, 4).unwrap();
        assert_eq!(format!("{alone:?}"), format!("{four:?}"));
    }

    #[test]
    fn groups_side_by_side_are_as_if_alone() {
        let mut random = crate::rng::Key::new(11).stream();
        let mut draw = |bound: u64| random.below(bound).cast_signed();
        let (rows, groups) = (3000, 20 * GROUPS_ABREAST);
        let first_of_batch = |g: i32| (g as usize).is_multiple_of(GROUPS_ABREAST);
        let small = |g: i32| if first_of_batch(g) { -1 } else { g };
        let mut group: Vec<i32> = (0..rows).map(|_| small(draw(groups as u64) as i32)).collect();
        let mut wait: Vec<f64> = (0..rows).map(|_| draw(1 << 12) as f64 / 70.0).collect();
        let mut outcome: Vec<i8> = (0..rows).map(|_| draw(5) as i8).collect();
        let of = |group: &[i32], wait: &[f64], outcome: &[i8], inclusive| {
            let plain = Calls { talk: None, transferred: None, ..calls(group, wait, outcome) };
            let log = Calls { hold: None, acw: None, ..plain };
            let asked = TallyLimits { inclusive, ..limits(&[10.0, 20.0, 50.0], &[20.0, 30.0]) };
            tallied(&log, &asked, groups, 1).unwrap()
        };
        let both = |group: &[i32], wait: &[f64], outcome: &[i8]| {
            [true, false].map(|inclusive| of(group, wait, outcome, inclusive))
        };
        let side_by_side = both(&group, &wait, &outcome);
        // With a group of many waits in each batch its neighbours go one by one.
        for g in (0..groups as i32).filter(|&g| first_of_batch(g)) {
            for at in 0..=LONGEST {
                group.push(g);
                wait.push(at as f64);
                outcome.push(0);
            }
        }
        for (found, alone) in side_by_side.iter().zip(both(&group, &wait, &outcome)) {
            for g in (0..groups).filter(|&g| !first_of_batch(g as i32)) {
                let counts =
                    |columns: &[Vec<i64>]| columns.iter().map(|c| c[g]).collect::<Vec<_>>();
                let bits = |columns: &[Vec<f64>]| {
                    columns.iter().map(|c| c[g].to_bits()).collect::<Vec<_>>()
                };
                assert_eq!(counts(&found.0), counts(&alone.0));
                assert_eq!(bits(&found.1), bits(&alone.1));
            }
        }
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
            let (counts, _) = tallied(&log, &asked, 3, 1).unwrap();
            for g in 0..3 {
                let offered = rows.iter().filter(|r| r.0 as usize == g).count() as i64;
                prop_assert_eq!(counts[0][g], offered);
                prop_assert_eq!((1..=OUTCOMES).map(|k| counts[k][g]).sum::<i64>(), offered);
                prop_assert_eq!(counts[COUNTS.len() + 3..].iter().map(|bin| bin[g]).sum::<i64>(), offered);
                let within = rows.iter().filter(|r| r.0 as usize == g && r.2 == 0 && r.1 <= 50.0);
                prop_assert_eq!(counts[COUNTS.len()][g], within.count() as i64);
            }
        }
    }
}
