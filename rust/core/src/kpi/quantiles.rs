//! Quantiles of the waits of one group.

/// What a quantile is where the probability falls between two waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The smallest wait w with share(wait <= w) >= probability.
    Cdf,
    /// Between the two waits beside rank probability × (count − 1), in proportion; `NumPy`'s default.
    Linear,
}

/// Up to here sorting the whole group is cheaper than selecting each quantile.
const SORT_UP_TO: usize = 64;

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
struct Selected<'a> {
    waits: &'a mut [f64],
    ordered: usize,
}

impl Selected<'_> {
    /// The wait at `place` in ascending order; places asked for must ascend.
    fn nth(&mut self, place: usize) -> f64 {
        if place >= self.ordered {
            let rest = &mut self.waits[self.ordered..];
            rest.select_nth_unstable_by(place - self.ordered, f64::total_cmp);
            self.ordered = place + 1;
        }
        self.waits[place]
    }

    fn quantile(&mut self, probability: f64, rule: Rule) -> f64 {
        let count = self.waits.len();
        match rule {
            Rule::Cdf => self.nth(rank(probability, count) - 1),
            Rule::Linear => {
                let place = probability * (count - 1) as f64;
                let (below, share) = (place.floor(), place.fract());
                let low = self.nth(below as usize);
                if share == 0.0 {
                    return low;
                }
                // A place that was passed stays where it is, so the next quantile may ask for it again.
                let high = self.nth(below as usize + 1);
                // From the nearer side, as NumPy does: at both ends the value itself comes out.
                if share < 0.5 {
                    low + (high - low) * share
                } else {
                    high - (high - low) * (1.0 - share)
                }
            }
        }
    }
}

/// Calls `each` with the place and value of every quantile of `waits`, which are reordered;
/// `probabilities` ascend in [0, 1]. NaN without waits.
pub(super) fn quantiles(
    waits: &mut [f64],
    probabilities: &[f64],
    rule: Rule,
    mut each: impl FnMut(usize, f64),
) {
    let count = waits.len();
    let mut ordered = 0;
    if count <= SORT_UP_TO {
        waits.sort_unstable_by(f64::total_cmp);
        ordered = count;
    }
    let mut selected = Selected { waits, ordered };
    for (place, &probability) in probabilities.iter().enumerate() {
        let value = if count == 0 { f64::NAN } else { selected.quantile(probability, rule) };
        each(place, value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(waits: &[f64], probabilities: &[f64], rule: Rule) -> Vec<f64> {
        let mut found = vec![0.0; probabilities.len()];
        quantiles(&mut waits.to_vec(), probabilities, rule, |place, value| found[place] = value);
        found
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
        assert_eq!(all(&[4.0, 1.0, 2.0], &[0.5, 0.75, 1.0], Rule::Linear), [2.0, 3.0, 4.0]);
        assert_eq!(all(&[4.0, 1.0, 2.0], &[0.5, 0.75, 1.0], Rule::Cdf), [2.0, 4.0, 4.0]);
        assert!(all(&[], &[0.5], Rule::Cdf)[0].is_nan());
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
            let found = all(&waits, &probabilities, Rule::Cdf);
            for (probability, value) in probabilities.iter().zip(found) {
                let share = |w: f64| waits.iter().filter(|&&x| x <= w).count() as f64 / waits.len() as f64;
                let expected = sorted.iter().copied().find(|&w| share(w) >= *probability);
                prop_assert_eq!(Some(value), expected);
            }
            let found = all(&waits, &probabilities, Rule::Linear);
            for (probability, value) in probabilities.iter().zip(found) {
                let place = probability * (waits.len() - 1) as f64;
                let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
                prop_assert!((value - (low + (high - low) * place.fract())).abs() < 1e-12);
            }
        }
    }
}
