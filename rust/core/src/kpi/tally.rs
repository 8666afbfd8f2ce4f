//! Counts and sums of calls per group, in one pass over the rows.

use super::check_columns;
use super::exact_sum::ExactSum;
use crate::error::{Error, Result};

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

/// The columns of a call log. Durations are finite and at least 0, below 1e9 s.
#[derive(Debug, Clone, Copy)]
pub struct Calls<'a> {
    /// Group of the row; negative leaves the row out.
    pub group: &'a [i64],
    /// Queue wait in seconds.
    pub wait: &'a [f64],
    /// Code of an [`Outcome`].
    pub outcome: &'a [i8],
    /// Talk time in seconds; NaN where it was not recorded.
    pub talk: &'a [f64],
    /// Hold time in seconds; NaN counts as none.
    pub hold: &'a [f64],
    /// After-call work in seconds; NaN counts as none.
    pub acw: &'a [f64],
    /// Whether the call was handed on.
    pub transferred: &'a [bool],
}

/// What "within" and "short" mean.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// Thresholds in seconds.
    pub thresholds: &'a [f64],
    /// Whether a wait equal to the threshold is within it.
    pub inclusive: bool,
    /// An abandoned wait of at most so many seconds is short.
    pub short_abandon: f64,
}

/// Counts and sums of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// Rows by [`Outcome`].
    pub outcomes: [i64; 5],
    /// Abandoned with a short wait.
    pub short_abandoned: i64,
    /// Answered and handed on.
    pub transferred: i64,
    /// Answered with a talk time on record.
    pub handled_timed: i64,
    /// Waits of the answered.
    pub wait_answered: ExactSum,
    /// Waits of the abandoned.
    pub wait_abandoned: ExactSum,
    /// Waits of all rows.
    pub wait_all: ExactSum,
    /// Talk time of the answered with a talk time.
    pub talk: ExactSum,
    /// Hold time of the same calls.
    pub hold: ExactSum,
    /// After-call work of the same calls.
    pub acw: ExactSum,
}

/// Counts and sums of every group.
#[derive(Debug, Clone, PartialEq)]
pub struct Tallies {
    groups: Vec<Tally>,
    thresholds: usize,
    /// Answered and abandoned within each threshold, group by group.
    within: Vec<[i64; 2]>,
}

/// A named column of the result of [`tally`], a value a group.
pub type Named<T> = (&'static str, Vec<T>);

/// The counts as columns; those that hang on a threshold are told apart by its place.
pub fn counts(tallies: &Tallies) -> Vec<Named<i64>> {
    let column = |value: &dyn Fn(&Tally) -> i64| tallies.groups.iter().map(value).collect();
    vec![
        ("answered", column(&|t| t.outcomes[Outcome::Answered as usize])),
        ("abandoned", column(&|t| t.outcomes[Outcome::Abandoned as usize])),
        ("flow_out", column(&|t| t.outcomes[Outcome::FlowOut as usize])),
        ("callback", column(&|t| t.outcomes[Outcome::Callback as usize])),
        ("blocked", column(&|t| t.outcomes[Outcome::Blocked as usize])),
        ("short_abandoned", column(&|t| t.short_abandoned)),
        ("transferred", column(&|t| t.transferred)),
        ("handled_timed", column(&|t| t.handled_timed)),
    ]
}

/// The sums in seconds as columns.
pub fn sums(tallies: &Tallies) -> Vec<Named<f64>> {
    let column = |value: &dyn Fn(&Tally) -> ExactSum| {
        tallies.groups.iter().map(|tally| value(tally).seconds()).collect()
    };
    vec![
        ("wait_sum_answered", column(&|t| t.wait_answered)),
        ("wait_sum_abandoned", column(&|t| t.wait_abandoned)),
        ("wait_sum_all", column(&|t| t.wait_all)),
        ("talk_sum", column(&|t| t.talk)),
        ("hold_sum", column(&|t| t.hold)),
        ("acw_sum", column(&|t| t.acw)),
    ]
}

/// Answered and abandoned within the threshold at place `threshold`.
pub fn within(tallies: &Tallies, threshold: usize) -> [Vec<i64>; 2] {
    [0, 1].map(|outcome| {
        let of_group = tallies.within.chunks_exact(tallies.thresholds);
        of_group.map(|pairs| pairs[threshold][outcome]).collect()
    })
}

fn recorded(seconds: f64) -> f64 {
    if seconds.is_nan() { 0.0 } else { seconds }
}

/// One [`Tally`] a group.
///
/// # Errors
/// Columns of unequal length, a group number out of range, an unknown outcome code.
pub fn tally(calls: &Calls<'_>, limits: &Limits<'_>, groups: usize) -> Result<Tallies> {
    let Calls { group, wait, outcome, talk, hold, acw, transferred } = *calls;
    check_columns(
        group,
        groups,
        &[wait.len(), outcome.len(), talk.len(), hold.len(), acw.len(), transferred.len()],
    )?;
    let thresholds = limits.thresholds.len();
    let mut tallies = vec![Tally::default(); groups];
    let mut within = vec![[0; 2]; groups * thresholds];
    for (row, &g) in group.iter().enumerate() {
        let Ok(g) = usize::try_from(g) else { continue };
        let tally = &mut tallies[g];
        let code = outcome[row];
        let Some(count) = usize::try_from(code).ok().and_then(|c| tally.outcomes.get_mut(c)) else {
            return Err(Error::Usage(format!("outcome code {code} in row {row} is unknown")));
        };
        *count += 1;
        let waited = wait[row];
        tally.wait_all.add(waited);
        let side = if code == Outcome::Answered as i8 {
            tally.wait_answered.add(waited);
            tally.transferred += i64::from(transferred[row]);
            if !talk[row].is_nan() {
                tally.handled_timed += 1;
                tally.talk.add(talk[row]);
                tally.hold.add(recorded(hold[row]));
                tally.acw.add(recorded(acw[row]));
            }
            0
        } else if code == Outcome::Abandoned as i8 {
            tally.wait_abandoned.add(waited);
            tally.short_abandoned += i64::from(waited <= limits.short_abandon);
            1
        } else {
            continue;
        };
        let pairs = &mut within[g * thresholds..(g + 1) * thresholds];
        for (pair, &threshold) in pairs.iter_mut().zip(limits.thresholds) {
            let inside = waited < threshold || (limits.inclusive && waited <= threshold);
            pair[side] += i64::from(inside);
        }
    }
    Ok(Tallies { groups: tallies, thresholds, within })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f64 = f64::NAN;

    fn calls<'a>(group: &'a [i64], wait: &'a [f64], outcome: &'a [i8]) -> Calls<'a> {
        const TALK: [f64; 6] = [100.0, NONE, 0.0, 5.0, 60.5, NONE];
        const HOLD: [f64; 6] = [10.0, 7.0, NONE, 5.0, 0.25, NONE];
        const MOVED: [bool; 6] = [true, true, false, true, false, false];
        Calls { group, wait, outcome, talk: &TALK, hold: &HOLD, acw: &HOLD, transferred: &MOVED }
    }

    #[test]
    fn counts_every_row_once_and_edges_as_asked() {
        let group = [0, 0, 1, 0, -1, 0];
        let log = calls(&group, &[20.0, 30.0, 0.0, 20.0, 1.0, 9.0], &[0, 0, 0, 1, 0, 4]);
        let limits = Limits { thresholds: &[20.0, 30.0], inclusive: true, short_abandon: 20.0 };
        let tallies = tally(&log, &limits, 3).unwrap();
        let [first, second, third] = tallies.groups[..] else { panic!("three groups") };
        assert_eq!(first.outcomes, [2, 1, 0, 0, 1]);
        assert_eq!(within(&tallies, 0), [[1, 1, 0], [1, 0, 0]]);
        assert_eq!(within(&tallies, 1), [[2, 1, 0], [1, 0, 0]]);
        assert_eq!((first.short_abandoned, first.transferred), (1, 2));
        assert_eq!((first.handled_timed, first.talk.seconds()), (1, 100.0));
        assert_eq!((first.hold.seconds(), second.hold.seconds()), (10.0, 0.0));
        assert_eq!(first.wait_all.seconds(), 79.0);
        assert_eq!((second.outcomes, third.outcomes), ([1, 0, 0, 0, 0], [0; 5]));
        let strict = Limits { inclusive: false, ..limits };
        let tallies = tally(&log, &strict, 3).unwrap();
        assert_eq!(within(&tallies, 0), [[0, 1, 0], [0, 0, 0]]);
        assert_eq!(within(&tallies, 1), [[1, 1, 0], [1, 0, 0]]);
        assert_eq!(tallies.groups[0].short_abandoned, 1);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let limits = Limits { thresholds: &[20.0], inclusive: true, short_abandon: 5.0 };
        let group = [0; 6];
        assert!(tally(&calls(&group, &[1.0; 5], &[0; 6]), &limits, 1).is_err());
        assert!(tally(&calls(&group, &[1.0; 6], &[9; 6]), &limits, 1).is_err());
        assert!(tally(&calls(&[1; 6], &[1.0; 6], &[0; 6]), &limits, 1).is_err());
    }
}
