//! How waits are distributed: counts by class of length, and quantiles with their intervals.

use super::measures;
use crate::error::Result;

/// Classes split each octave into 2^7 of equal width: their middle is within 0.4 % of any wait in
/// them.
const SPLIT: u32 = 7;
/// Binary exponents: waits below 1/16 s are one class, those beyond 2^20 s (12 days) belong to the last.
const EXPONENTS: std::ops::Range<i32> = -4..20;
/// No wait at all, then classes of finite ones, then waits without end.
const FINITE: usize = ((EXPONENTS.end - EXPONENTS.start) as usize) << SPLIT;
const NEVER: usize = FINITE + 2;
const CLASSES: usize = NEVER + 1;

/// Whose waits: of answered calls, or of all that were accepted.
const WHOSE: usize = 2;
const ANSWERED: usize = 0;
const ACCEPTED: usize = 1;

/// The class of a wait.
fn class(wait: f64) -> usize {
    if wait <= 0.0 {
        return 0;
    }
    if wait == f64::INFINITY {
        return NEVER;
    }
    let first = ((1023 + EXPONENTS.start) as u64) << SPLIT;
    let index = wait.to_bits() >> (52 - SPLIT);
    if index < first { 1 } else { ((index - first) as usize + 2).min(FINITE + 1) }
}

/// The lower limit of a class; its upper one is the lower one of the next.
fn lower(class: usize) -> f64 {
    match class {
        0 | 1 => 0.0,
        _ if class >= NEVER => f64::INFINITY,
        _ => {
            let first = ((1023 + EXPONENTS.start) as u64) << SPLIT;
            f64::from_bits((first + class as u64 - 2) << (52 - SPLIT))
        }
    }
}

/// The waits of one replication: counts by type, whose, and class.
#[derive(Debug, Clone)]
pub(super) struct WaitCounts(Vec<u32>);

impl WaitCounts {
    pub(super) fn new(kinds: usize) -> Self {
        Self(vec![0; kinds * WHOSE * CLASSES])
    }

    /// Counts the wait of a call of type `kind`.
    pub(super) fn count(&mut self, kind: usize, wait: f64, answered: bool) {
        let class = class(wait);
        self.0[(kind * WHOSE + ACCEPTED) * CLASSES + class] += 1;
        self.0[(kind * WHOSE + ANSWERED) * CLASSES + class] += u32::from(answered);
    }
}

/// Sums over replications, for each class, of the number C of waits in it or below it.
#[derive(Debug, Clone, Default)]
struct Cumulated {
    total: f64,
    square: f64,
    /// C times the number of all waits.
    product: f64,
}

/// The distribution of waits over all replications, by type (the last is all) and whose.
#[derive(Debug)]
pub(super) struct WaitDistribution {
    kinds: usize,
    replications: u64,
    classes: Vec<Cumulated>,
}

impl WaitDistribution {
    pub(super) fn new(kinds: usize) -> Self {
        let classes = vec![Cumulated::default(); (kinds + 1) * WHOSE * CLASSES];
        Self { kinds, replications: 0, classes }
    }

    /// Adds a replication. Whole numbers: the sums are the same in any order up to 2^53.
    pub(super) fn add(&mut self, waits: &WaitCounts) {
        self.replications += 1;
        let mut everybody = vec![vec![0.0; CLASSES]; WHOSE];
        let (types, all) = self.classes.split_at_mut(self.kinds * WHOSE * CLASSES);
        let rows = types.chunks_exact_mut(CLASSES).zip(waits.0.chunks_exact(CLASSES));
        for (row, (sums, counts)) in rows.enumerate() {
            let counts = counts.iter().map(|&count| f64::from(count));
            cumulate(sums, counts.clone());
            for (sum, count) in everybody[row % WHOSE].iter_mut().zip(counts) {
                *sum += count;
            }
        }
        for (sums, counts) in all.chunks_exact_mut(CLASSES).zip(everybody) {
            cumulate(sums, counts.into_iter());
        }
    }

    /// The wait that a `share` of the calls does not exceed, with the limits of its interval.
    ///
    /// The share below a wait is a quotient of sums over replications; those waits are inside at which
    /// it is within its own interval of `share` (Woodruff 1952).
    pub(super) fn quantile(
        &self,
        kind: usize,
        answered: bool,
        share: f64,
        confidence: f64,
    ) -> Result<[f64; 3]> {
        let whose = if answered { ANSWERED } else { ACCEPTED };
        let sums = &self.classes[(kind * WHOSE + whose) * CLASSES..][..CLASSES];
        let all = &sums[CLASSES - 1];
        if all.total == 0.0 {
            return Ok([f64::NAN; 3]);
        }
        let at = wait_at(sums, share);
        let here = &sums[class(at)];
        let below = here.total / all.total;
        let spread = here.square - 2.0 * below * here.product + below * below * all.square;
        let replications = self.replications as f64;
        // Of the quotient of means, by the delta method.
        let variance = spread.max(0.0) * replications / (replications - 1.0);
        let half = measures::student(self.replications, confidence)? * variance.sqrt() / all.total;
        let limit = |share: f64| {
            if share.is_nan() { f64::NAN } else { wait_at(sums, share.clamp(0.0, 1.0)) }
        };
        Ok([at, limit(share - half), limit(share + half)])
    }
}

/// Adds the counts of a replication, class by class.
fn cumulate(sums: &mut [Cumulated], counts: impl Iterator<Item = f64> + Clone) {
    let all: f64 = counts.clone().sum();
    let mut below = 0.0;
    for (sums, count) in sums.iter_mut().zip(counts) {
        below += count;
        sums.total += below;
        sums.square += below * below;
        sums.product += below * all;
    }
}

/// The least wait that a `share` does not exceed; within a class waits are taken to lie evenly.
fn wait_at(sums: &[Cumulated], share: f64) -> f64 {
    let all = sums[CLASSES - 1].total;
    let wanted = share * all;
    let index = sums.partition_point(|sums| sums.total < wanted).min(CLASSES - 1);
    let reached = sums[index].total;
    let before = index.checked_sub(1).map_or(0.0, |before| sums[before].total);
    let (from, to) = (lower(index), lower(index + 1));
    if index == 0 || reached == before || from.is_infinite() {
        return from;
    }
    from + (to - from) * ((wanted - before) / (reached - before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_contiguous_and_hold_what_belongs_to_them() {
        for class_ in 2..NEVER {
            let (from, to) = (lower(class_), lower(class_ + 1));
            assert_eq!(class(from), class_);
            if to.is_finite() {
                assert!(to / from <= 1.0 + 1.0 / 128.0 + 1e-15);
                assert_eq!(class(to.next_down()), class_);
            }
        }
        assert_eq!([0.0, 1e-9, 1e9, f64::INFINITY].map(class), [0, 1, FINITE + 1, NEVER]);
    }
}
