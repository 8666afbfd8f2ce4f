//! Splits of units into treated and control: all of them, those listed, or some drawn, in order.

use crate::rng::{Key, Stream};

/// The splits that chance could have made.
#[derive(Debug, Clone)]
pub enum UnitSplits {
    /// Every set of `treated` of `units`.
    All {
        /// Units in both arms.
        units: usize,
        /// Units in the treated arm.
        treated: usize,
    },
    /// One of each pair; every unit is in one.
    Pairs(Vec<[usize; 2]>),
    /// Sets of `treated` units each, one after another.
    Listed {
        /// Units in both arms.
        units: usize,
        /// Units in the treated arm.
        treated: usize,
        /// The units of the first set, then those of the second.
        members: Vec<u32>,
    },
    /// So many sets of `treated` of `units`, drawn independently.
    Drawn {
        /// Units in both arms.
        units: usize,
        /// Units in the treated arm.
        treated: usize,
        /// Sets.
        count: u64,
        /// What they are drawn from.
        key: Key,
    },
    /// The same of one of each pair.
    DrawnPairs {
        /// The pairs.
        pairs: Vec<[usize; 2]>,
        /// Sets.
        count: u64,
        /// What they are drawn from.
        key: Key,
    },
}

impl UnitSplits {
    /// Units in both arms.
    pub fn units(&self) -> usize {
        match self {
            Self::All { units, .. } | Self::Listed { units, .. } | Self::Drawn { units, .. } => {
                *units
            }
            Self::Pairs(pairs) | Self::DrawnPairs { pairs, .. } => 2 * pairs.len(),
        }
    }

    /// Units in the treated arm.
    pub fn treated(&self) -> usize {
        match self {
            Self::All { treated, .. }
            | Self::Listed { treated, .. }
            | Self::Drawn { treated, .. } => *treated,
            Self::Pairs(pairs) | Self::DrawnPairs { pairs, .. } => pairs.len(),
        }
    }

    /// How many there are; the greatest u64 where there are more.
    pub fn count(&self) -> u64 {
        match self {
            Self::All { units, treated } => choose(*units, *treated),
            Self::Pairs(pairs) => u32::try_from(pairs.len())
                .ok()
                .and_then(|p| 1_u64.checked_shl(p))
                .unwrap_or(u64::MAX),
            Self::Listed { treated, members, .. } => (members.len() / (*treated).max(1)) as u64,
            Self::Drawn { count, .. } | Self::DrawnPairs { count, .. } => *count,
        }
    }

    /// Whether they are a sample of the splits there are.
    pub fn drawn(&self) -> bool {
        matches!(self, Self::Drawn { .. } | Self::DrawnPairs { .. })
    }

    /// Whether with each split that of exchanged arms is among them.
    pub fn mirrored(&self) -> bool {
        match self {
            Self::All { units, treated } => 2 * treated == *units,
            Self::Pairs(_) => true,
            Self::Listed { units, treated, members } => {
                let (units, treated) = (*units, *treated);
                2 * treated == units && {
                    let flags = |set: &[u32]| {
                        let mut inside = vec![false; units];
                        for &unit in set {
                            inside[unit as usize] = true;
                        }
                        inside
                    };
                    let mut sets: Vec<_> = members.chunks_exact(treated).map(flags).collect();
                    sets.sort_unstable();
                    let other = |set: &Vec<bool>| set.iter().map(|inside| !inside).collect();
                    sets.iter().all(|set| sets.binary_search(&other(set)).is_ok())
                }
            }
            Self::Drawn { .. } | Self::DrawnPairs { .. } => false,
        }
    }

    /// At the split of this number.
    pub fn cursor(&self, number: u64) -> Cursor<'_> {
        Cursor::new(self, number)
    }
}

/// The binomial coefficient, or the greatest u64.
pub fn choose(n: usize, k: usize) -> u64 {
    if k > n {
        return 0;
    }
    let mut value: u128 = 1;
    for i in 0..k.min(n - k) {
        value = value * (n - i) as u128 / (i + 1) as u128;
        if value > u128::from(u64::MAX) {
            return u64::MAX;
        }
    }
    value as u64
}

/// A split, and the way to the next one: which units leave the treated arm and which enter.
#[derive(Debug)]
pub struct Cursor<'a> {
    splits: &'a UnitSplits,
    number: u64,
    inside: Vec<bool>,
    /// Units that changed arms with the last step, and whether into the treated arm.
    moves: Vec<(usize, bool)>,
    /// Of all sets: the members from 1 on, ascending, after a place that is never read.
    chosen: Vec<usize>,
    /// Of drawn sets: an order of the units.
    order: Vec<usize>,
}

impl<'a> Cursor<'a> {
    fn new(splits: &'a UnitSplits, number: u64) -> Self {
        let units = splits.units();
        let mut found = Self {
            splits,
            number,
            inside: vec![false; units],
            moves: Vec::new(),
            chosen: Vec::new(),
            order: Vec::new(),
        };
        if let UnitSplits::All { units, treated } = splits {
            found.chosen = revolving_door(*units, *treated, number);
            for &unit in &found.chosen[1..=*treated] {
                found.inside[unit - 1] = true;
            }
        } else {
            found.set();
        }
        found.moves.clear();
        found
    }

    /// Who is treated.
    pub fn inside(&self) -> &[bool] {
        &self.inside
    }

    /// Who changed arms with the last step, and whether into the treated arm.
    pub fn moves(&self) -> &[(usize, bool)] {
        &self.moves
    }

    /// To the next split, which there must be.
    pub fn advance(&mut self) {
        self.number += 1;
        self.moves.clear();
        match self.splits {
            UnitSplits::All { units, .. } => {
                let (leaves, enters) = next_set(&mut self.chosen, *units);
                self.inside[leaves - 1] = false;
                self.inside[enters - 1] = true;
                self.moves.extend([(leaves - 1, false), (enters - 1, true)]);
            }
            UnitSplits::Pairs(pairs) => {
                // The reflected Gray code changes the bit that ends the number in zeros.
                let changed = pairs[self.number.trailing_zeros() as usize];
                for unit in changed {
                    self.inside[unit] = !self.inside[unit];
                    self.moves.push((unit, self.inside[unit]));
                }
            }
            _ => self.set(),
        }
    }

    /// Makes the split of the number, which is no neighbour of the one before.
    fn set(&mut self) {
        let before = self.inside.clone();
        self.inside.fill(false);
        match self.splits {
            UnitSplits::All { .. } => {}
            UnitSplits::Pairs(pairs) => {
                let gray = self.number ^ (self.number >> 1);
                for (bit, pair) in pairs.iter().enumerate() {
                    self.inside[pair[(gray >> bit & 1) as usize]] = true;
                }
            }
            UnitSplits::Listed { treated, members, .. } => {
                let from = self.number as usize * treated;
                for &unit in &members[from..from + treated] {
                    self.inside[unit as usize] = true;
                }
            }
            UnitSplits::Drawn { units, treated, key, .. } => {
                let mut stream = key.narrowed(self.number).stream();
                self.order.clear();
                self.order.extend(0..*units);
                shuffle_first(&mut self.order, *treated, &mut stream);
                for &unit in &self.order[..*treated] {
                    self.inside[unit] = true;
                }
            }
            UnitSplits::DrawnPairs { pairs, key, .. } => {
                let mut stream = key.narrowed(self.number).stream();
                for pair in pairs {
                    self.inside[pair[stream.below(2) as usize]] = true;
                }
            }
        }
        let changed = before.iter().zip(&self.inside).enumerate();
        self.moves
            .extend(changed.filter(|(_, (a, b))| a != b).map(|(unit, (_, &now))| (unit, now)));
    }
}

/// Puts a random choice of `count` items, in random order, first.
pub fn shuffle_first(items: &mut [usize], count: usize, stream: &mut Stream) {
    for place in 0..count.min(items.len()) {
        let other = place + stream.below((items.len() - place) as u64) as usize;
        items.swap(place, other);
    }
}

/// The set of a number in the revolving-door order: members from 1 on, ascending, after a place that
/// is never read, and n + 1 at the end.
///
/// Source: D. L. Kreher & D. R. Stinson, Combinatorial Algorithms (1999), algorithms 2.12 and 2.13.
fn revolving_door(n: usize, k: usize, number: u64) -> Vec<usize> {
    let mut set = vec![0; k + 2];
    set[k + 1] = n + 1;
    let (mut x, mut rest) = (n, number);
    for i in (1..=k).rev() {
        while choose(x, i) > rest {
            x -= 1;
        }
        set[i] = x + 1;
        rest = choose(x + 1, i) - rest - 1;
    }
    set
}

/// The next set in the revolving-door order: who leaves and who enters.
fn next_set(set: &mut [usize], n: usize) -> (usize, usize) {
    let k = set.len() - 2;
    let mut j = 1;
    while j <= k && set[j] == j {
        j += 1;
    }
    if k % 2 != j % 2 {
        if j == 1 {
            set[1] -= 1;
            return (set[1] + 1, set[1]);
        }
        set[j - 1] = j;
        if j == 2 {
            return (1, 2);
        }
        set[j - 2] = j - 1;
        return (j - 2, j);
    }
    let next = if j < k { set[j + 1] } else { n + 1 };
    let own = set[j];
    if next == own + 1 {
        // Both are members: the upper one leaves.
        set[j + 1] = own;
        set[j] = j;
        return (own + 1, j);
    }
    set[j] = own + 1;
    if j == 1 {
        return (own, own + 1);
    }
    set[j - 1] = own;
    (j - 1, own + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn every(splits: &UnitSplits) -> Vec<Vec<bool>> {
        let mut cursor = splits.cursor(0);
        let mut found = vec![cursor.inside().to_vec()];
        for number in 1..splits.count() {
            let before = cursor.inside().to_vec();
            cursor.advance();
            let mut now = before;
            for &(unit, enters) in cursor.moves() {
                assert_ne!(now[unit], enters);
                now[unit] = enters;
            }
            assert_eq!(now, cursor.inside());
            assert_eq!(splits.cursor(number).inside(), cursor.inside(), "{number}");
            found.push(now);
        }
        found
    }

    #[test]
    fn all_sets_come_once_and_one_unit_changes_at_a_time() {
        for units in 1..=9 {
            for treated in 1..units {
                let splits = UnitSplits::All { units, treated };
                let sets = every(&splits);
                assert_eq!(sets.len() as u64, choose(units, treated));
                assert!(sets.iter().all(|set| set.iter().filter(|&&own| own).count() == treated));
                assert_eq!(sets.iter().collect::<HashSet<_>>().len(), sets.len());
                assert!(sets.windows(2).all(|pair| {
                    pair[0].iter().zip(&pair[1]).filter(|(a, b)| a != b).count() == 2
                }));
                assert_eq!(splits.mirrored(), 2 * treated == units);
            }
        }
    }

    #[test]
    fn one_of_each_pair_is_treated() {
        let pairs = vec![[0, 4], [5, 1], [2, 6], [7, 3]];
        let sets = every(&UnitSplits::Pairs(pairs.clone()));
        assert_eq!(sets.iter().collect::<HashSet<_>>().len(), 16);
        for set in &sets {
            assert!(pairs.iter().all(|&[a, b]| set[a] != set[b]));
        }
    }

    #[test]
    fn listed_and_drawn_sets_are_met_in_order() {
        let listed = UnitSplits::Listed { units: 4, treated: 2, members: vec![0, 1, 1, 3, 2, 3] };
        assert_eq!(every(&listed)[1], [false, true, false, true]);
        assert!(!listed.mirrored());
        let closed = UnitSplits::Listed { units: 4, treated: 2, members: vec![0, 1, 2, 3] };
        assert!(closed.mirrored());
        let key = Key::new(3);
        let drawn = UnitSplits::Drawn { units: 30, treated: 12, count: 500, key };
        for set in every(&drawn) {
            assert_eq!(set.iter().filter(|&&own| own).count(), 12);
        }
        let pairs = vec![[0, 1], [2, 3]];
        for set in every(&UnitSplits::DrawnPairs { pairs, count: 20, key }) {
            assert!(set[0] != set[1] && set[2] != set[3]);
        }
    }

    #[test]
    fn every_drawn_set_is_as_likely() {
        let splits = UnitSplits::Drawn { units: 4, treated: 2, count: 60_000, key: Key::new(1) };
        let mut counts = std::collections::HashMap::new();
        for set in every(&splits) {
            *counts.entry(set).or_insert(0_u32) += 1;
        }
        // Six sets: chi-squared with 5 degrees exceeds 25.7 once in 10,000.
        let chi: f64 = counts.values().map(|&c| (f64::from(c) - 1e4).powi(2) / 1e4).sum();
        assert!(counts.len() == 6 && chi < 25.7, "{chi}");
    }

    #[test]
    fn binomial_coefficients_end_with_the_word() {
        assert_eq!((choose(40, 20), choose(26, 13)), (137_846_528_820, 10_400_600));
        assert_eq!((choose(5, 6), choose(5, 0), choose(200, 100)), (0, 1, u64::MAX));
    }
}
