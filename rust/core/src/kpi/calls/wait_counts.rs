//! Waits as counts: how often each wait occurs in each group, and quantiles of such counts.
//!
//! Counts of parts add up to those of the whole, so that quantiles, curves and hazards of calls that no
//! machine holds together are exact.

use super::quantiles::{QuantileRule, quantile};
use crate::error::{Error, Result};
use crate::kpi::{check_columns, each_group, in_group_order, offsets};
use crate::threads::Run;

/// Waits by row, each of which may stand for several.
#[derive(Debug, Clone, Copy)]
pub struct CountedWaits<'a> {
    /// Group of the row; negative leaves the row out.
    pub group: &'a [i32],
    /// Wait in seconds, finite and at least 0.
    pub wait: &'a [f64],
    /// A mark that keeps equal waits apart; None: none has it.
    pub marked: Option<&'a [bool]>,
    /// How many waits the row stands for; None: one each.
    pub count: Option<&'a [i64]>,
}

/// A row a group, distinct wait and mark, in this order; the marked wait comes second.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WaitFrequencies {
    /// Group of the row.
    pub group: Vec<i64>,
    /// Wait in seconds.
    pub wait: Vec<f64>,
    /// Whether it is marked.
    pub marked: Vec<bool>,
    /// How often it occurs.
    pub count: Vec<i64>,
}

impl WaitFrequencies {
    fn push(&mut self, group: usize, key: u64, count: i64) {
        self.group.push(i64::try_from(group).unwrap_or(i64::MAX));
        self.wait.push(f64::from_bits(key >> 1));
        self.marked.push(key & 1 == 1);
        self.count.push(count);
    }

    fn append(&mut self, mut other: Self) {
        self.group.append(&mut other.group);
        self.wait.append(&mut other.wait);
        self.marked.append(&mut other.marked);
        self.count.append(&mut other.count);
    }
}

/// The waits of each group, counted.
///
/// # Errors
/// Columns of unequal length, a group number out of range, an interruption.
pub fn wait_counts(
    waits: &CountedWaits<'_>,
    groups: usize,
    run: &Run<'_>,
) -> Result<WaitFrequencies> {
    let CountedWaits { group, wait, marked, count } = *waits;
    let mut lengths = vec![wait.len()];
    lengths.extend(marked.map(<[bool]>::len));
    lengths.extend(count.map(<[i64]>::len));
    check_columns(group, groups, &lengths)?;
    // Bits of doubles at or above 0 ascend with them; adding 0 makes -0 what it equals. Their sign bit
    // is free for the mark once they are moved up by one.
    let key = |row: usize| {
        let mark = marked.is_some_and(|marked| marked[row]);
        ((wait[row] + 0.0).to_bits() << 1) | u64::from(mark)
    };
    let offsets = offsets(group, groups);
    let parts = if let Some(count) = count {
        let mut rows = in_group_order(group, &offsets, |row| (key(row), count[row]));
        let counted = |number, rows: &mut [(u64, i64)], found: &mut WaitFrequencies| {
            rows.sort_unstable_by_key(|&(key, _)| key);
            for same in rows.chunk_by(|a, b| a.0 == b.0) {
                found.push(number, same[0].0, same.iter().map(|&(_, count)| count).sum());
            }
            Ok(())
        };
        each_group(&mut rows, &offsets, run, &counted, &WaitFrequencies::default)?
    } else {
        let mut rows = in_group_order(group, &offsets, key);
        let counted = |number, rows: &mut [u64], found: &mut WaitFrequencies| {
            rows.sort_unstable();
            for same in rows.chunk_by(|a, b| a == b) {
                found.push(number, same[0], i64::try_from(same.len()).unwrap_or(i64::MAX));
            }
            Ok(())
        };
        each_group(&mut rows, &offsets, run, &counted, &WaitFrequencies::default)?
    };
    let mut whole = WaitFrequencies::default();
    for part in parts {
        whole.append(part);
    }
    Ok(whole)
}

/// Quantiles of counted waits: `probabilities` ascend, columns of `groups` values one after the other.
///
/// The rows stand in order of group, then of wait, as [`wait_counts`] puts them.
///
/// # Errors
/// Columns of unequal length, a group number out of range, rows out of order.
pub fn count_quantiles(
    waits: &CountedWaits<'_>,
    groups: usize,
    probabilities: &[f64],
    rule: QuantileRule,
) -> Result<Vec<f64>> {
    let CountedWaits { group, wait, count, .. } = *waits;
    let count = count.unwrap_or_default();
    check_columns(group, groups, &[wait.len(), count.len()])?;
    let ordered = |row: usize| {
        group[row - 1] < group[row] || (group[row - 1] == group[row] && wait[row - 1] <= wait[row])
    };
    if !(1..group.len()).all(ordered) {
        return Err(Error::Usage("counted waits must be in order".to_owned()));
    }
    let mut found = vec![f64::NAN; probabilities.len() * groups];
    let mut until = Vec::new();
    let mut begin = 0;
    for of_group in group.chunk_by(|a, b| a == b) {
        let waits = &wait[begin..begin + of_group.len()];
        until.clear();
        let mut total = 0_i64;
        for &each in &count[begin..begin + of_group.len()] {
            total += each;
            until.push(total);
        }
        begin += of_group.len();
        let Ok(number) = usize::try_from(of_group[0]) else { continue };
        let nth = |index: usize| {
            let index = i64::try_from(index).unwrap_or(i64::MAX);
            waits[until.partition_point(|&end| end <= index)]
        };
        for (at, &probability) in probabilities.iter().enumerate() {
            found[at * groups + number] =
                quantile(usize::try_from(total).unwrap_or(0), probability, rule, nth);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run() -> Run<'static> {
        Run { threads: Some(2), interrupted: &|| false }
    }

    fn plain<'a>(group: &'a [i32], wait: &'a [f64]) -> CountedWaits<'a> {
        CountedWaits { group, wait, marked: None, count: None }
    }

    #[test]
    fn counts_equal_waits_of_a_group() {
        let marked = [false, true, false, false, false];
        let waits = CountedWaits {
            marked: Some(&marked),
            ..plain(&[1, 1, 0, -1, 1], &[5.0, 5.0, 0.0, 9.0, -0.0])
        };
        let found = wait_counts(&waits, 2, &run()).unwrap();
        assert_eq!(found.group, [0, 1, 1, 1]);
        assert_eq!(found.wait, [0.0, 0.0, 5.0, 5.0]);
        assert!(found.wait.iter().all(|wait| wait.is_sign_positive()));
        assert_eq!(found.marked, [false, false, false, true]);
        assert_eq!(found.count, [1; 4]);
    }

    #[test]
    fn rows_out_of_order_and_of_other_lengths_are_refused() {
        let counted = CountedWaits { count: Some(&[1, 1]), ..plain(&[0, 0], &[2.0, 1.0]) };
        assert!(count_quantiles(&counted, 1, &[0.5], QuantileRule::Cdf).is_err());
        let short = CountedWaits { count: Some(&[1]), ..plain(&[0, 0], &[1.0, 2.0]) };
        assert!(count_quantiles(&short, 1, &[0.5], QuantileRule::Cdf).is_err());
        assert!(wait_counts(&short, 1, &run()).is_err());
    }

    proptest! {
        #[test]
        fn counts_of_counts_and_quantiles_are_those_of_the_rows(
            rows in prop::collection::vec((0..3_i32, 0..20_u8), 0..60), cut in 0..60_usize,
        ) {
            let group: Vec<i32> = rows.iter().map(|row| row.0).collect();
            let wait: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 8.0).collect();
            let whole = wait_counts(&plain(&group, &wait), 3, &run()).unwrap();
            let cut = cut.min(rows.len());
            let mut parts = wait_counts(&plain(&group[..cut], &wait[..cut]), 3, &run()).unwrap();
            parts.append(wait_counts(&plain(&group[cut..], &wait[cut..]), 3, &run()).unwrap());
            let numbers: Vec<i32> = parts.group.iter().map(|&each| each as i32).collect();
            let again = CountedWaits { count: Some(&parts.count), ..plain(&numbers, &parts.wait) };
            prop_assert_eq!(&wait_counts(&again, 3, &run()).unwrap(), &whole);

            let numbers: Vec<i32> = whole.group.iter().map(|&each| each as i32).collect();
            let counted = CountedWaits { count: Some(&whole.count), ..plain(&numbers, &whole.wait) };
            for rule in [QuantileRule::Cdf, QuantileRule::Linear] {
                let found = count_quantiles(&counted, 3, &[0.5, 0.9], rule).unwrap();
                for number in 0..3 {
                    let mut own: Vec<f64> = wait.iter().zip(&group)
                        .filter(|(_, group)| **group == number).map(|(wait, _)| *wait).collect();
                    own.sort_by(f64::total_cmp);
                    for (at, probability) in [0.5, 0.9].into_iter().enumerate() {
                        let direct = quantile(own.len(), probability, rule, |index| own[index]);
                        let counted = found[at * 3 + number as usize];
                        prop_assert_eq!(counted.to_bits(), direct.to_bits());
                    }
                }
            }
        }
    }
}
