//! Quantiles of waits per group, by the rule of the distribution function.

use super::{check_columns, in_group_order, offsets};
use crate::error::Result;

/// The rank, from 1, of the smallest of `count` values whose share of values at or below reaches
/// `probability`.
///
/// Decided on `rank / count >= probability` as doubles: where the true share is the decimal that the
/// user wrote, both round to the same double, while `ceil(probability * count)` overshoots for 0.55 × 100.
fn rank(probability: f64, count: usize) -> usize {
    let reaches = |rank: usize| rank as f64 / count as f64 >= probability;
    let mut rank = ((probability * count as f64).ceil() as usize).clamp(1, count);
    while rank > 1 && reaches(rank - 1) {
        rank -= 1;
    }
    while rank < count && !reaches(rank) {
        rank += 1;
    }
    rank
}

/// For every group the smallest wait w with share(wait <= w) >= each of `probabilities`, which ascend
/// in [0, 1]; NaN in a group without rows. Result: group by group.
///
/// # Errors
/// Columns of unequal length, a group number out of range.
pub fn quantiles(
    group: &[i64],
    wait: &[f64],
    probabilities: &[f64],
    groups: usize,
) -> Result<Vec<f64>> {
    check_columns(group, groups, &[wait.len()])?;
    let offsets = offsets(group, groups);
    let mut waits = in_group_order(group, &offsets, |row| wait[row]);
    let mut found = Vec::with_capacity(groups * probabilities.len());
    for bounds in offsets.windows(2) {
        let mut rest = &mut waits[bounds[0]..bounds[1]];
        let (count, mut passed) = (rest.len(), 0);
        let mut latest = f64::NAN;
        for &probability in probabilities {
            if count > 0 {
                let wanted = rank(probability, count);
                // Ranks ascend, so all values up to `passed` already lie below and can be left behind.
                if wanted > passed {
                    let (_, &mut value, above) =
                        rest.select_nth_unstable_by(wanted - passed - 1, f64::total_cmp);
                    (latest, passed, rest) = (value, wanted, above);
                }
            }
            found.push(latest);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_that_is_just_reached_counts() {
        assert_eq!(rank(0.55, 100), 55);
        assert_eq!(rank(0.7, 10), 7);
        assert_eq!((rank(0.0, 4), rank(1.0, 4), rank(0.5, 1)), (1, 4, 1));
        for count in 1..2000 {
            for percent in 1..=100 {
                assert_eq!(
                    rank(percent as f64 / 100.0, count),
                    (percent * count).div_ceil(100),
                    "{percent} % of {count}"
                );
            }
        }
    }

    #[test]
    fn groups_do_not_mix_and_nobody_has_no_quantile() {
        let found =
            quantiles(&[2, 0, -1, 2, 0], &[1.0, 5.0, 9.0, 3.0, 7.0], &[0.5, 1.0], 3).unwrap();
        assert_eq!((found[0], found[1], found[4], found[5]), (5.0, 7.0, 1.0, 3.0));
        assert!(found[2].is_nan() && found[3].is_nan());
    }

    proptest! {
        #[test]
        fn agrees_with_sorting(
            waits in prop::collection::vec((0..20).prop_map(f64::from), 1..60),
            mut probabilities in prop::collection::vec(0.0..=1.0, 1..6),
        ) {
            probabilities.sort_by(f64::total_cmp);
            let found = quantiles(&vec![0; waits.len()], &waits, &probabilities, 1).unwrap();
            let mut sorted = waits.clone();
            sorted.sort_by(f64::total_cmp);
            for (probability, value) in probabilities.iter().zip(found) {
                let share = |w: f64| waits.iter().filter(|&&x| x <= w).count() as f64 / waits.len() as f64;
                let expected = sorted.iter().copied().find(|&w| share(w) >= *probability);
                prop_assert_eq!(Some(value), expected);
            }
        }
    }
}
