//! Counts of the splits that were looked at, and what they say about each measure.

use super::super::limits::{Least, refused};
use super::measures::{PermutationQuestion, Permuted, Standardized};

/// Counts of a walk, a column each.
#[derive(Clone)]
pub(super) struct WalkTally {
    pub(super) splits: Vec<u64>,
    pub(super) extreme: Vec<u64>,
    pub(super) greater: Vec<u64>,
    pub(super) less: Vec<u64>,
    pub(super) most: Vec<u64>,
    pub(super) joint: Vec<u64>,
    /// Lower ends, and upper ends with their sign changed.
    pub(super) ends: [Vec<Least>; 2],
}

impl WalkTally {
    pub(super) fn merge(&mut self, other: Self) {
        let pairs = [
            (&mut self.splits, other.splits),
            (&mut self.extreme, other.extreme),
            (&mut self.greater, other.greater),
            (&mut self.less, other.less),
            (&mut self.most, other.most),
            (&mut self.joint, other.joint),
        ];
        for (own, others) in pairs {
            own.iter_mut().zip(others).for_each(|(sum, count)| *sum += count);
        }
        for (own, others) in self.ends.iter_mut().zip(other.ends) {
            own.iter_mut().zip(others).for_each(|(least, values)| least.merge(values));
        }
    }

    /// Splits of a column, with the one made where they were drawn.
    fn count(&self, column: usize, question: &PermutationQuestion<'_>) -> u64 {
        self.splits[column] + u64::from(question.splits.drawn())
    }

    fn refused(&self, column: usize, question: &PermutationQuestion<'_>) -> u64 {
        refused(self.count(column, question), question.confidence, question.mirrored)
    }

    /// Whether an end was looked for where it is not.
    pub(super) fn incomplete(&mut self, question: &PermutationQuestion<'_>) -> bool {
        (0..self.splits.len()).any(|column| {
            let rank = self.refused(column, question);
            let drawn = u64::from(question.splits.drawn());
            rank >= drawn
                && self.ends.iter_mut().any(|ends| ends[column].ranked(rank - drawn).is_none())
        })
    }

    pub(super) fn permuted(
        &mut self,
        column: usize,
        own: &Standardized,
        question: &PermutationQuestion<'_>,
    ) -> Permuted {
        let drawn = u64::from(question.splits.drawn());
        let refused = self.refused(column, question);
        // The split that was made has no ends; drawn splits come beside it.
        let mut end = |side: usize| {
            let rank = refused.checked_sub(drawn);
            rank.and_then(|rank| self.ends[side][column].ranked(rank)).unwrap_or(f64::NEG_INFINITY)
        };
        let limits = [end(0) * own.unit, -end(1) * own.unit];
        Permuted {
            statistic: own.statistic * own.unit,
            splits: self.count(column, question),
            as_extreme: self.extreme[column] + drawn,
            greater: self.greater[column] + drawn,
            less: self.less[column] + drawn,
            most_extreme: self.most[column],
            limits,
            refused,
            max_t: question.joint.then(|| self.joint[column] + drawn),
        }
    }
}
