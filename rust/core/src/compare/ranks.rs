//! Two samples by ranks: Mann and Whitney's test, and the shift of Hodges and Lehmann.

use crate::error::Result;
use crate::numeric::normal;
use crate::threads::Watch;

/// Additions after which the exact distribution is not made: some tenths of a second.
const MOST_ADDITIONS: f64 = 1e9;

/// What ranks say about two samples; NaN where it is undefined.
#[derive(Debug, Clone, Copy)]
pub struct RankTest {
    /// Pairs in which the first is larger, ties counting half.
    pub u: f64,
    /// The same as a share of all pairs.
    pub share: f64,
    /// Share of the splits of the ranks with u as far from its mean; NaN where they are too many.
    pub p_exact: f64,
    /// By the normal distribution, corrected for ties.
    pub p_normal: f64,
    /// The same with a correction for continuity.
    pub p_normal_corrected: f64,
    /// Median of all differences.
    pub shift: f64,
}

/// Compares two samples without missing values.
///
/// # Errors
/// [`crate::Error::Interrupted`].
pub fn rank_test(x: &[f64], y: &[f64], watch: &Watch<'_>) -> Result<RankTest> {
    if x.is_empty() || y.is_empty() {
        let none = f64::NAN;
        let shift = none;
        return Ok(RankTest {
            u: none,
            share: none,
            p_exact: none,
            p_normal: none,
            p_normal_corrected: none,
            shift,
        });
    }
    let (first, second) = (x.len(), y.len());
    let all = first + second;
    let (doubled, ties) = doubled_ranks(x, y);
    let own: u64 = doubled[..first].iter().sum();
    let u = 0.5 * own as f64 - 0.5 * (first as f64) * (first + 1) as f64;
    let pairs = first as f64 * second as f64;
    let n = all as f64;
    let variance = pairs / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
    let distance = (u - 0.5 * pairs).abs();
    let p = |distance: f64| {
        if variance > 0.0 { normal::two_sided(distance / variance.sqrt()) } else { f64::NAN }
    };
    Ok(RankTest {
        u,
        share: u / pairs,
        p_exact: exact(&doubled, first, watch)?,
        p_normal: p(distance),
        p_normal_corrected: p((distance - 0.5).max(0.0)),
        shift: median_difference(x, y),
    })
}

/// Twice the mid-ranks of both samples, and the sum of t³ - t over ties of t values.
fn doubled_ranks(x: &[f64], y: &[f64]) -> (Vec<u64>, f64) {
    let values: Vec<f64> = x.iter().chain(y).copied().collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut found = vec![0; values.len()];
    let (mut start, mut ties) = (0, 0.0);
    while start < order.len() {
        let same = |&place: &usize| values[order[place]] == values[order[start]];
        let end = (start..order.len()).take_while(same).last().map_or(start + 1, |last| last + 1);
        for &place in &order[start..end] {
            // Ranks start at 1: the mean of start + 1 and end.
            found[place] = (start + 1 + end) as u64;
        }
        let count = (end - start) as f64;
        ties += count * count * count - count;
        start = end;
    }
    (found, ties)
}

/// Share of the splits of the ranks whose sum is as far from its mean as that of the first ranks.
fn exact(doubled: &[u64], first: usize, watch: &Watch<'_>) -> Result<f64> {
    let own: u64 = doubled[..first].iter().sum();
    let total: u64 = doubled.iter().sum();
    // The smaller sample has the shorter table; both are as far from their means.
    let (count, own) = if 2 * first <= doubled.len() {
        (first, own)
    } else {
        (doubled.len() - first, total - own)
    };
    let mut sorted = doubled.to_vec();
    sorted.sort_unstable();
    let unit = sorted.iter().fold(0, |unit, &rank| greatest_divisor(unit, rank)).max(1);
    let ranks: Vec<usize> = sorted.iter().map(|rank| (rank / unit) as usize).collect();
    let most: usize = ranks[ranks.len() - count..].iter().sum();
    if ranks.len() as f64 * count as f64 * most as f64 > MOST_ADDITIONS {
        return Ok(f64::NAN);
    }
    // Ways to reach each sum with so many ranks, over all ways: probabilities, so that none overflows.
    let mut ways = vec![vec![0.0; most + 1]; count + 1];
    ways[0][0] = 1.0;
    for (done, &rank) in ranks.iter().enumerate() {
        watch.check()?;
        for taken in (1..=count.min(done + 1)).rev() {
            let (fewer, more) = ways.split_at_mut(taken);
            let from = &fewer[taken - 1];
            for (sum, value) in more[0][rank.min(most + 1)..].iter_mut().zip(from) {
                *sum += value;
            }
        }
    }
    let mean = 2.0 * count as f64 * total as f64 / doubled.len() as f64;
    let far = |sum: f64| (2.0 * sum * unit as f64 - mean).abs();
    let bound = far(own as f64 / unit as f64) - 1e-9 * mean;
    let all: f64 = ways[count].iter().sum();
    let extreme: f64 = (ways[count].iter().enumerate())
        .filter(|&(sum, _)| far(sum as f64) >= bound)
        .map(|(_, ways)| ways)
        .sum();
    Ok(extreme / all)
}

fn greatest_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

/// The median of all differences of a value of the first sample less one of the second.
///
/// By bisection over doubles in their order: for each bound the pairs within are counted by two pointers.
fn median_difference(x: &[f64], y: &[f64]) -> f64 {
    let sorted = |values: &[f64]| {
        let mut own = values.to_vec();
        own.sort_unstable_by(f64::total_cmp);
        own
    };
    let (x, y) = (sorted(x), sorted(y));
    let within = |bound: f64| {
        let (mut count, mut from) = (0_u64, 0);
        for &value in &x {
            while from < y.len() && value - y[from] > bound {
                from += 1;
            }
            count += (y.len() - from) as u64;
        }
        count
    };
    let ranked = |rank: u64| {
        let (mut low, mut high) = (key(x[0] - y[y.len() - 1]), key(x[x.len() - 1] - y[0]));
        while low < high {
            let middle = low + (high - low) / 2;
            if within(value_of(middle)) > rank {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        value_of(low)
    };
    let pairs = x.len() as u64 * y.len() as u64;
    if pairs % 2 == 1 {
        ranked(pairs / 2)
    } else {
        let (low, high) = (ranked(pairs / 2 - 1), ranked(pairs / 2));
        low + 0.5 * (high - low)
    }
}

/// A whole number in the order of the doubles.
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn value_of(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::Run;

    fn compared(x: &[f64], y: &[f64]) -> RankTest {
        let run = Run { threads: Some(1), interrupted: &|| false };
        rank_test(x, y, &Watch::alone(&run)).unwrap()
    }

    #[test]
    fn separated_samples_are_the_rarest_split() {
        let found = compared(&[1.0, 2.0, 3.0], &[10.0, 11.0, 12.0]);
        assert_eq!((found.u, found.p_exact, found.shift), (0.0, 0.1, -9.0));
    }

    #[test]
    fn exchanged_samples_mirror_each_other() {
        let (x, y) = ([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 5.0], [2.0, 3.0, 4.0, 4.0, 5.0, 5.0]);
        let (one, other) = (compared(&x, &y), compared(&y, &x));
        assert!((one.share + other.share - 1.0).abs() < 1e-15);
        assert!((one.p_exact - 0.136_363_636_363_636_35).abs() < 1e-14);
        assert!((one.p_exact - other.p_exact).abs() < 1e-14);
        assert_eq!(one.shift, -other.shift);
    }

    #[test]
    fn the_median_of_differences_is_that_of_a_sorted_list() {
        let x: Vec<f64> = (0..37).map(|i| f64::from(i * i % 41) - 7.5).collect();
        let y: Vec<f64> = (0..12).map(|i| f64::from(i * 5 % 13) * 0.3).collect();
        let mut all: Vec<f64> = x.iter().flat_map(|a| y.iter().map(move |b| a - b)).collect();
        all.sort_unstable_by(f64::total_cmp);
        let middle = all[all.len() / 2 - 1] + 0.5 * (all[all.len() / 2] - all[all.len() / 2 - 1]);
        assert_eq!(median_difference(&x, &y), middle);
    }
}
