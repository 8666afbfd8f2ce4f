//! Quantiles of the waits of one group.

/// What a quantile is where the probability falls between two waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantileRule {
    /// The smallest wait w with share(wait <= w) >= probability.
    Cdf,
    /// Between the two waits beside rank probability × (count − 1), in proportion; `NumPy`'s default.
    Linear,
}

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

/// Waits of which those before `ordered` stand at their places and the others above them.
pub(super) struct Selected<'a> {
    waits: &'a mut [f64],
    ordered: usize,
}

impl<'a> Selected<'a> {
    /// Of waits in any order.
    pub(super) fn new(waits: &'a mut [f64]) -> Self {
        Self { waits, ordered: 0 }
    }

    /// The wait at `place` in ascending order; places asked for must ascend.
    pub(super) fn nth(&mut self, index: usize) -> f64 {
        if index >= self.ordered {
            let rest = &mut self.waits[self.ordered..];
            rest.select_nth_unstable_by(index - self.ordered, f64::total_cmp);
            self.ordered = index + 1;
        }
        self.waits[index]
    }
}

/// A quantile of `count` waits, of which `nth` gives the one at a place in ascending order; NaN
/// without waits. Places asked for ascend with the probability.
pub(super) fn quantile(
    count: usize,
    probability: f64,
    rule: QuantileRule,
    mut nth: impl FnMut(usize) -> f64,
) -> f64 {
    if count == 0 {
        return f64::NAN;
    }
    match rule {
        QuantileRule::Cdf => nth(rank(probability, count) - 1),
        QuantileRule::Linear => {
            let index = probability * (count - 1) as f64;
            // Places are not negative: cutting off is rounding down, without a call.
            let below = index as usize;
            let share = index - below as f64;
            let low = nth(below);
            if share == 0.0 {
                return low;
            }
            // A place that was passed stays where it is, so the next quantile may ask for it again.
            let high = nth(below + 1);
            // From the nearer side, as NumPy does: at both ends the value itself comes out.
            if share < 0.5 {
                low + (high - low) * share
            } else {
                high - (high - low) * (1.0 - share)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(waits: &[f64], probabilities: &[f64], rule: QuantileRule) -> Vec<f64> {
        let mut sorted = waits.to_vec();
        let mut selected = Selected::new(&mut sorted);
        let mut of = |&each: &f64| quantile(waits.len(), each, rule, |at| selected.nth(at));
        probabilities.iter().map(&mut of).collect()
    }

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
    fn between_two_waits() {
        assert_eq!(all(&[4.0, 1.0, 2.0], &[0.5, 0.75, 1.0], QuantileRule::Linear), [2.0, 3.0, 4.0]);
        assert_eq!(all(&[4.0, 1.0, 2.0], &[0.5, 0.75, 1.0], QuantileRule::Cdf), [2.0, 4.0, 4.0]);
        assert!(all(&[], &[0.5], QuantileRule::Cdf)[0].is_nan());
    }

    proptest! {
        #[test]
        fn agrees_with_sorting(
            waits in prop::collection::vec((0..20).prop_map(f64::from), 1..200),
            mut probabilities in prop::collection::vec(0.0..=1.0, 1..6),
        ) {
            probabilities.sort_by(f64::total_cmp);
            let mut sorted = waits.clone();
            sorted.sort_by(f64::total_cmp);
            let found = all(&waits, &probabilities, QuantileRule::Cdf);
            for (probability, value) in probabilities.iter().zip(found) {
                let share = |w: f64| waits.iter().filter(|&&x| x <= w).count() as f64 / waits.len() as f64;
                let expected = sorted.iter().copied().find(|&w| share(w) >= *probability);
                prop_assert_eq!(Some(value), expected);
            }
            let found = all(&waits, &probabilities, QuantileRule::Linear);
            for (probability, value) in probabilities.iter().zip(found) {
                let index = probability * (waits.len() - 1) as f64;
                let (low, high) = (sorted[index.floor() as usize], sorted[index.ceil() as usize]);
                prop_assert!((value - (low + (high - low) * index.fract())).abs() < 1e-12);
            }
        }
    }
}
