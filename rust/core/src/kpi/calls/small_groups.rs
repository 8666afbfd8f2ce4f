//! Groups of few waits, several side by side.
//!
//! A report by queue and half hour has hundreds of thousands of groups with a dozen calls each. For
//! such few, loops of unequal length and sorting cost more than the sums themselves; side by side
//! there is nothing left to guess. Everything is added up in whole numbers, so that the answers are
//! those of one group alone.

use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};
use crate::numeric::exact_sum::{ExactSum, split};

/// Groups side by side: two vectors of doubles in the widest instruction set. With one the compiler
/// unrolls the loops over lanes and no longer sees vectors in them.
pub(super) const GROUPS_ABREAST: usize = 16;

/// Waits that a group may have: beyond, sorting by comparing fixed places does too much.
pub(super) const LONGEST: usize = 64;

/// One figure of each group.
type GroupLanes = [i64; GROUPS_ABREAST];

/// Where waits come to stand that are not there: after all others.
const ABSENT: f64 = f64::INFINITY;

/// A limit that waits are held against.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// What is longer is beyond it.
    pub(super) beyond: f64,
    /// What is longer is not within it: the same where the limit itself is within, else the double below.
    pub(super) within: f64,
}

/// A sum of each group as `split` has it.
#[derive(Clone, Copy, Default)]
struct Splits {
    coarse: GroupLanes,
    fine: GroupLanes,
}

impl Splits {
    /// Adds those of `from` that are in `mask`, all ones or none.
    #[inline(always)]
    fn add(&mut self, from: &Self, mask: &GroupLanes) {
        for lane in 0..GROUPS_ABREAST {
            self.coarse[lane] += from.coarse[lane] & mask[lane];
        }
        for lane in 0..GROUPS_ABREAST {
            self.fine[lane] += from.fine[lane] & mask[lane];
        }
    }

    fn of(&self, lane: usize) -> ExactSum {
        let mut sum = ExactSum::default();
        sum.add_splits(self.coarse[lane], self.fine[lane]);
        sum
    }
}

/// What waits add up to at a limit.
#[derive(Clone, Copy, Default)]
struct AtLimit {
    answered_late: GroupLanes,
    abandoned_late: GroupLanes,
    beyond: GroupLanes,
    waited: Splits,
}

/// Waits of [`GROUPS_ABREAST`] groups and what they add up to.
pub(super) struct SmallGroups {
    set: InstructionSet,
    limits: Vec<Limit>,
    /// The wait at each place of each group: answered ones first, then abandoned ones; ascending once
    /// they are added up.
    waits: [[f64; GROUPS_ABREAST]; LONGEST],
    /// How many places are in use in some group: a power of two.
    size: usize,
    counts: GroupLanes,
    /// Where the answered ones end, and the abandoned ones.
    answered: GroupLanes,
    abandoned: GroupLanes,
    splits: [Splits; LONGEST],
    of_answered: Splits,
    of_abandoned: Splits,
    of_all: Splits,
    at_limits: Vec<AtLimit>,
    /// For every size the places that are compared with one another, in order.
    compared: Vec<Vec<(u8, u8)>>,
}

impl SmallGroups {
    pub(super) fn new(limits: Vec<Limit>) -> Self {
        Self {
            set: InstructionSet::in_use(),
            at_limits: vec![AtLimit::default(); limits.len()],
            limits,
            waits: [[0.0; GROUPS_ABREAST]; LONGEST],
            size: 0,
            counts: [0; GROUPS_ABREAST],
            answered: [0; GROUPS_ABREAST],
            abandoned: [0; GROUPS_ABREAST],
            splits: [Splits::default(); LONGEST],
            of_answered: Splits::default(),
            of_abandoned: Splits::default(),
            of_all: Splits::default(),
            compared: (0..=LONGEST.ilog2()).map(|bits| network(1 << bits)).collect(),
        }
    }

    /// Takes up to [`GROUPS_ABREAST`] groups, each its waits and where the answered and the abandoned ones end,
    /// and adds them up.
    pub(super) fn add_up<'a>(
        &mut self,
        longest: usize,
        groups: impl Iterator<Item = (&'a [f64], usize, usize)>,
    ) {
        self.size = longest.next_power_of_two();
        self.counts = [0; GROUPS_ABREAST];
        for (lane, (waits, answered, abandoned)) in groups.enumerate() {
            self.counts[lane] = waits.len().cast_signed() as i64;
            self.answered[lane] = answered.cast_signed() as i64;
            self.abandoned[lane] = abandoned.cast_signed() as i64;
            for (index, &wait) in self.waits.iter_mut().zip(waits) {
                index[lane] = wait;
            }
        }
        self.set.run(AddUp(self));
    }

    /// Sums over the answered, the abandoned and all waits.
    pub(super) fn sums(&self, lane: usize) -> [ExactSum; 3] {
        [&self.of_answered, &self.of_abandoned, &self.of_all].map(|splits| splits.of(lane))
    }

    /// How many answered and abandoned waits are within a limit.
    pub(super) fn within(&self, limit: usize, lane: usize) -> [i64; 2] {
        let at = &self.at_limits[limit];
        let abandoned = self.abandoned[lane] - self.answered[lane];
        [self.answered[lane] - at.answered_late[lane], abandoned - at.abandoned_late[lane]]
    }

    /// How many waits are beyond a limit, and their sum.
    pub(super) fn beyond(&self, limit: usize, lane: usize) -> (i64, ExactSum) {
        let at = &self.at_limits[limit];
        (at.beyond[lane], at.waited.of(lane))
    }

    /// The wait at a place in ascending order.
    pub(super) fn ordered(&self, index: usize, lane: usize) -> f64 {
        self.waits[index][lane]
    }
}

/// The places that Batcher's merge exchange compares so that `size` values, a power of two, ascend.
///
/// Source: Knuth, The Art of Computer Programming 3, algorithm 5.2.2M.
fn network(size: usize) -> Vec<(u8, u8)> {
    let mut compared = Vec::new();
    let mut p = size / 2;
    while p > 0 {
        let (mut q, mut r, mut d) = (size / 2, 0, p);
        loop {
            for i in 0..size - d {
                if i & p == r {
                    compared.push((i as u8, (i + d) as u8));
                }
            }
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
    compared
}

struct AddUp<'a>(&'a mut SmallGroups);

impl LaneKernel for AddUp<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, _: impl Arithmetic) {
        let groups = self.0;
        let (counts, answered, abandoned) = (groups.counts, groups.answered, groups.abandoned);
        let size = groups.size.min(LONGEST);
        let (waits, splits) = (&mut groups.waits[..size], &mut groups.splits[..size]);
        // Whole rows of lanes are read and then written: between two that might be the same memory
        // the compiler would go lane by lane.
        let mut sums = [Splits::default(); 3];
        for (index, (waits, splits)) in waits.iter_mut().zip(&mut *splits).enumerate() {
            let there = above(&counts, index);
            let so_far = above(&abandoned, index);
            let is_answered = above(&answered, index);
            let row = *waits;
            let mut known = Splits::default();
            let mut kept = row;
            for lane in 0..GROUPS_ABREAST {
                (known.coarse[lane], known.fine[lane]) = split(row[lane]);
                kept[lane] = if there[lane] != 0 { row[lane] } else { ABSENT };
            }
            sums[0].add(&known, &is_answered);
            sums[1].add(&known, &so_far);
            sums[2].add(&known, &there);
            (*waits, *splits) = (kept, known);
        }
        for lane in 0..GROUPS_ABREAST {
            sums[1].coarse[lane] -= sums[0].coarse[lane];
            sums[1].fine[lane] -= sums[0].fine[lane];
        }
        [groups.of_answered, groups.of_abandoned, groups.of_all] = sums;
        for (limit, found) in groups.limits.iter().zip(&mut groups.at_limits) {
            let mut at = AtLimit::default();
            for (index, (waits, splits)) in waits.iter().zip(&*splits).enumerate() {
                let (row, known) = (*waits, *splits);
                let is_answered = above(&answered, index);
                let so_far = above(&abandoned, index);
                let there = above(&counts, index);
                let mut beyond = [0; GROUPS_ABREAST];
                for lane in 0..GROUPS_ABREAST {
                    let late = -i64::from(row[lane] > limit.within);
                    at.answered_late[lane] -= late & is_answered[lane];
                    at.abandoned_late[lane] -= late & so_far[lane];
                    beyond[lane] = -i64::from(row[lane] > limit.beyond) & there[lane];
                    at.beyond[lane] -= beyond[lane];
                }
                at.waited.add(&known, &beyond);
            }
            for lane in 0..GROUPS_ABREAST {
                at.abandoned_late[lane] -= at.answered_late[lane];
            }
            *found = at;
        }
        for &(low, high) in &groups.compared[size.ilog2() as usize] {
            let (low, high) = (usize::from(low), usize::from(high));
            let (first, second) = (waits[low], waits[high]);
            for lane in 0..GROUPS_ABREAST {
                let ascend = first[lane] < second[lane];
                waits[low][lane] = if ascend { first[lane] } else { second[lane] };
                waits[high][lane] = if ascend { second[lane] } else { first[lane] };
            }
        }
    }
}

/// All ones where an end lies above a place.
#[inline(always)]
fn above(ends: &GroupLanes, index: usize) -> GroupLanes {
    let index = index.cast_signed() as i64;
    let mut mask = [0; GROUPS_ABREAST];
    for lane in 0..GROUPS_ABREAST {
        mask[lane] = -i64::from(ends[lane] > index);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_sort_all_zeros_and_ones() {
        // What sorts every sequence of zeros and ones sorts everything (Knuth, theorem 5.3.4Z).
        for bits in 0..=4 {
            let size = 1 << bits;
            for pattern in 0_u32..1 << size {
                let mut values: Vec<u32> = (0..size).map(|index| pattern >> index & 1).collect();
                for (low, high) in network(size) {
                    let (low, high) = (usize::from(low), usize::from(high));
                    if values[low] > values[high] {
                        values.swap(low, high);
                    }
                }
                assert!(values.is_sorted());
            }
        }
    }
}
