//! How many splits reach a sum, without making each: the units in two halves.
//!
//! The sums of the subsets of each half are listed by size, ascending, and pairs of lists are counted
//! with two pointers. 40 units have 1.4e11 splits and 2 million such sums.

use crate::error::Result;
use crate::threads::Watch;

/// Units of the larger half at most: 2^22 sums take 34 MB.
const MOST_IN_A_HALF: usize = 22;

/// The values whose sum over the treated units decides.
#[derive(Debug, Clone, Copy)]
pub enum Sums<'a> {
    /// Of every set of so many units.
    Sets(&'a [f64], usize),
    /// Of one of each pair.
    Pairs(&'a [[f64; 2]]),
}

impl Sums<'_> {
    /// Whether the lists fit into memory.
    pub fn fit(self) -> bool {
        let halved = match self {
            Self::Sets(values, _) => values.len(),
            Self::Pairs(pairs) => pairs.len(),
        };
        halved.div_ceil(2) <= MOST_IN_A_HALF
    }

    /// The least and the greatest sum.
    pub fn span(self) -> [f64; 2] {
        match self {
            Self::Sets(values, treated) => {
                let mut sorted = values.to_vec();
                sorted.sort_unstable_by(f64::total_cmp);
                let greatest = sorted[sorted.len() - treated..].iter().sum();
                [sorted[..treated].iter().sum(), greatest]
            }
            Self::Pairs(pairs) => {
                let least = pairs.iter().map(|&[a, b]| a.min(b)).sum();
                [least, pairs.iter().map(|&[a, b]| a.max(b)).sum()]
            }
        }
    }
}

/// The sums of both halves, ascending: of each size of the left half, and of those that it meets.
#[derive(Debug)]
pub struct Halves(Vec<[Vec<f64>; 2]>);

impl Halves {
    /// Lists the sums.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`].
    pub fn new(sums: Sums<'_>, watch: &Watch<'_>) -> Result<Self> {
        match sums {
            Sums::Sets(values, treated) => {
                let (left, right) = values.split_at(values.len() / 2);
                let mut left = by_size(left, treated, watch)?;
                let mut right = by_size(right, treated, watch)?;
                let sizes = (0..left.len()).filter(|&own| treated - own < right.len());
                let sizes: Vec<usize> = sizes.collect();
                let met = sizes.into_iter().map(|own| {
                    [std::mem::take(&mut left[own]), std::mem::take(&mut right[treated - own])]
                });
                Ok(Self(met.collect()))
            }
            Sums::Pairs(pairs) => {
                let (left, right) = pairs.split_at(pairs.len() / 2);
                Ok(Self(vec![[of_pairs(left, watch)?, of_pairs(right, watch)?]]))
            }
        }
    }

    /// Splits whose sum is at least `bound`.
    pub fn at_least(&self, bound: f64) -> u64 {
        self.0.iter().map(|[left, right]| pairs_reaching(left, right, bound)).sum()
    }

    /// Splits whose sum is at most `bound`.
    pub fn at_most(&self, bound: f64) -> u64 {
        self.0.iter().map(|[left, right]| pairs_within(left, right, bound)).sum()
    }
}

/// Sums of the subsets of up to `most` values, by size.
fn by_size(values: &[f64], most: usize, watch: &Watch<'_>) -> Result<Vec<Vec<f64>>> {
    let mut lists = vec![vec![0.0]];
    for &value in values {
        watch.check()?;
        if lists.len() <= most {
            lists.push(Vec::new());
        }
        for size in (1..lists.len()).rev() {
            lists[size] = merged(&lists[size], 0.0, &lists[size - 1], value);
        }
    }
    Ok(lists)
}

/// Sums of one of each pair.
fn of_pairs(pairs: &[[f64; 2]], watch: &Watch<'_>) -> Result<Vec<f64>> {
    let mut sums = vec![0.0];
    for &[one, other] in pairs {
        watch.check()?;
        sums = merged(&sums, one, &sums, other);
    }
    Ok(sums)
}

/// Two ascending lists, a number added to each, as one.
fn merged(left: &[f64], to_left: f64, right: &[f64], to_right: f64) -> Vec<f64> {
    let mut found = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i] + to_left, right[j] + to_right);
        let first = a <= b;
        found.push(if first { a } else { b });
        i += usize::from(first);
        j += usize::from(!first);
    }
    found.extend(left[i..].iter().map(|a| a + to_left));
    found.extend(right[j..].iter().map(|b| b + to_right));
    found
}

/// Pairs of an item of each ascending list whose sum is at least `bound`.
fn pairs_reaching(left: &[f64], right: &[f64], bound: f64) -> u64 {
    let (mut count, mut below) = (0, right.len());
    for &a in left {
        while below > 0 && a + right[below - 1] >= bound {
            below -= 1;
        }
        count += (right.len() - below) as u64;
    }
    count
}

/// Pairs of an item of each ascending list whose sum is at most `bound`.
fn pairs_within(left: &[f64], right: &[f64], bound: f64) -> u64 {
    let (mut count, mut within) = (0, right.len());
    for &a in left {
        while within > 0 && a + right[within - 1] > bound {
            within -= 1;
        }
        count += within as u64;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::splits::{UnitSplits, choose};
    use crate::threads::Run;

    fn halves(sums: Sums<'_>) -> Halves {
        let run = Run { threads: Some(1), interrupted: &|| false };
        Halves::new(sums, &Watch::alone(&run)).unwrap()
    }

    fn values(count: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * i * 37 + 11 * i) % 23) as f64).collect()
    }

    #[test]
    fn counts_are_those_of_every_split() {
        for units in 2..=11 {
            let own = values(units);
            for treated in 1..units {
                let splits = UnitSplits::All { units, treated };
                let mut cursor = splits.cursor(0);
                let mut sums = Vec::new();
                for number in 0..splits.count() {
                    if number > 0 {
                        cursor.advance();
                    }
                    let inside = cursor.inside();
                    sums.push((0..units).filter(|&u| inside[u]).map(|u| own[u]).sum::<f64>());
                }
                let found = halves(Sums::Sets(&own, treated));
                for bound in [-1.0, 7.0, 20.0, 33.5, 60.0, 500.0] {
                    let above = sums.iter().filter(|&&sum| sum >= bound).count() as u64;
                    let below = sums.iter().filter(|&&sum| sum <= bound).count() as u64;
                    assert_eq!((found.at_least(bound), found.at_most(bound)), (above, below));
                }
            }
        }
    }

    #[test]
    fn pairs_have_their_own_splits() {
        let pairs: Vec<[f64; 2]> = (0..7).map(|i| [f64::from(i), f64::from(3 * i % 5)]).collect();
        let found = halves(Sums::Pairs(&pairs));
        let all: Vec<f64> = (0..128)
            .map(|bits| pairs.iter().enumerate().map(|(i, pair)| pair[bits >> i & 1]).sum())
            .collect();
        for bound in [0.0, 9.0, 14.0, 21.0] {
            assert_eq!(found.at_least(bound), all.iter().filter(|&&s| s >= bound).count() as u64);
            assert_eq!(found.at_most(bound), all.iter().filter(|&&s| s <= bound).count() as u64);
        }
        assert_eq!(
            Sums::Pairs(&pairs).span(),
            [
                all.iter().copied().fold(f64::INFINITY, f64::min),
                all.iter().copied().fold(0.0, f64::max)
            ]
        );
    }

    #[test]
    fn forty_units_are_counted_without_making_their_splits() {
        let own = values(40);
        let found = halves(Sums::Sets(&own, 20));
        assert_eq!(found.at_least(f64::MIN), choose(40, 20));
        let middle: f64 = own.iter().sum::<f64>() / 2.0;
        assert_eq!(found.at_least(middle), found.at_most(middle));
    }
}
