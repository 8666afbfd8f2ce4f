//! Limits of an effect that permutation does not refuse: order statistics of the splits' own ends.
//!
//! Under a constant effect x the outcomes of the treated are x higher. A split with statistic a of the
//! outcomes and b of the treatment flags is as extreme as the one made, whose statistic is c, where
//! |a - b x| >= |c - x|: from (c - a)/(1 - b) to (c + a)/(1 + b), or the other way round; c is always
//! in between. So the limits are order statistics of these ends, and nothing is searched.

/// How many splits may refuse an effect that the interval leaves out.
///
/// `alpha` of the splits, rounded down; one less if that is odd and splits come in mirrored pairs.
pub fn refused(splits: u64, confidence: f64, mirrored: bool) -> u64 {
    // 0.1 of 70 is 7, whatever 1 - 0.9 is in binary.
    let share = (1.0 - confidence) * splits as f64;
    let whole = (share * (1.0 + 1e-12) + 1e-9).floor() as u64;
    whole - u64::from(mirrored && whole % 2 == 1)
}

/// Both ends of the effects that a split does not refuse.
#[inline(always)]
pub fn ends(c: f64, a: f64, to_lower: f64, to_upper: f64) -> [f64; 2] {
    let (one, other) = ((c - a) * to_lower, (c + a) * to_upper);
    [one.min(other), one.max(other)]
}

/// The least of many values, in a bounded space.
///
/// What is at least `ceiling` is not wanted; what is below `floor` is counted and not kept, as all of it
/// is known to come before the one that is asked for.
#[derive(Debug, Clone)]
pub struct Least {
    keep: usize,
    floor: f64,
    ceiling: f64,
    below: u64,
    values: Vec<f64>,
}

impl Least {
    /// For the `keep` least values.
    pub fn new(keep: usize) -> Self {
        Self {
            keep,
            floor: f64::NEG_INFINITY,
            ceiling: f64::INFINITY,
            below: 0,
            values: Vec::new(),
        }
    }

    /// For the value of that rank, known to be from `floor` on and below `ceiling`.
    pub fn between(keep: usize, floor: f64, ceiling: f64) -> Self {
        Self { floor, ceiling, ..Self::new(keep) }
    }

    /// Values from here on are not wanted.
    #[inline(always)]
    pub fn ceiling(&self) -> f64 {
        self.ceiling
    }

    /// Takes a value into account.
    #[inline]
    pub fn push(&mut self, value: f64) {
        if value < self.floor {
            self.below += 1;
        } else if value < self.ceiling {
            self.values.push(value);
            if self.values.len() >= 2 * self.keep + 64 && self.floor == f64::NEG_INFINITY {
                self.shrink();
            }
        }
    }

    fn shrink(&mut self) {
        let (_, last, _) = self.values.select_nth_unstable_by(self.keep - 1, f64::total_cmp);
        self.ceiling = last.next_up();
        self.values.truncate(self.keep);
    }

    /// Takes another's values over.
    pub fn merge(&mut self, other: Self) {
        self.below += other.below;
        self.ceiling = self.ceiling.min(other.ceiling);
        for value in other.values {
            self.push(value);
        }
    }

    /// The value that so many are below, in order; None where it is not among those kept.
    pub fn ranked(&mut self, rank: u64) -> Option<f64> {
        let place = usize::try_from(rank.checked_sub(self.below)?).ok()?;
        if place >= self.values.len() {
            return None;
        }
        Some(*self.values.select_nth_unstable_by(place, f64::total_cmp).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_refused_is_whole_and_even_where_splits_are_mirrored() {
        assert_eq!(refused(70, 0.95, true), 2);
        assert_eq!(refused(70, 0.9, true), 6);
        assert_eq!(refused(70, 0.9, false), 7);
        assert_eq!((refused(40, 0.95, false), refused(16, 0.95, true)), (2, 0));
        assert_eq!(refused(252, 0.95, true), 12);
    }

    #[test]
    fn the_least_values_are_kept_in_a_bounded_space() {
        let values: Vec<f64> = (0..10_000_u64).map(|i| (i * 7919 % 10_007) as f64).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let (mut whole, mut part, mut rest) = (Least::new(101), Least::new(101), Least::new(101));
        let mut narrow = Least::between(101, sorted[60], sorted[180]);
        for (i, &value) in values.iter().enumerate() {
            whole.push(value);
            narrow.push(value);
            if i % 3 == 0 { part.push(value) } else { rest.push(value) }
        }
        part.merge(rest);
        for rank in [60, 77, 100] {
            let expected = Some(sorted[rank as usize]);
            assert_eq!(whole.ranked(rank), expected);
            assert_eq!(part.ranked(rank), expected);
            assert_eq!(narrow.ranked(rank), expected);
        }
        assert_eq!((narrow.ranked(59), narrow.ranked(180)), (None, None));
    }
}
