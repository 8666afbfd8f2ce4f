//! Bounds of a count whose mean varies by a gamma factor.

use std::f64::consts::TAU;

use crate::numeric::beta::{self, UnitPoint};
use crate::numeric::gamma;
use crate::numeric::normal;
use crate::numeric::tail::stirling_rest;

/// Standard deviations up to which probabilities are added one by one: some 8 of them are enough.
const SUMMED_UP_TO: f64 = 400.0;
/// Below this a varying mean moves no probability by a last digit.
const NO_SPREAD: f64 = 1e-20;
/// Steps from the first guess before bisection takes over.
const STEPS: usize = 4000;

/// A count of mean `mean`: negative binomial, the squared coefficient of variation of its mean being `cv2`.
#[derive(Debug, Clone, Copy)]
struct CountDistribution {
    mean: f64,
    cv2: f64,
}

/// Least whole numbers m with P(X <= m) >= (1 - level) / 2, and >= 1 - (1 - level) / 2.
///
/// Domain: mean >= 0, cv2 >= 0 (0: Poisson), 0 < level < 1; NaN gives NaN. Mean 0: 0 and 0. Exact but where
/// a probability lies within 1e-13 of the level.
pub fn bounds(mean: f64, cv2: f64, level: f64) -> (f64, f64) {
    if mean.is_nan() || cv2.is_nan() || !mean.is_finite() {
        return (f64::NAN, f64::NAN);
    }
    if mean <= 0.0 {
        return (0.0, 0.0);
    }
    let count = CountDistribution { mean, cv2: if cv2 < NO_SPREAD { 0.0 } else { cv2 } };
    let tail = 0.5 * (1.0 - level);
    let z = normal::upper_quantile(tail);
    (count.lower_bound(tail, -z), count.upper_bound(tail, z))
}

impl CountDistribution {
    /// A guess at a quantile: Cornish and Fisher's with the skewness.
    fn guess(&self, z: f64) -> f64 {
        let variance = self.mean * self.mean.mul_add(self.cv2, 1.0);
        let skew = 2.0_f64.mul_add(self.mean * self.cv2, 1.0) / variance.sqrt();
        let guess = self.mean + variance.sqrt() * (z + skew * (z * z - 1.0) / 6.0) - 0.5;
        guess.ceil().max(0.0)
    }

    fn is_summed(&self) -> bool {
        self.mean * self.mean.mul_add(self.cv2, 1.0) <= SUMMED_UP_TO * SUMMED_UP_TO
    }

    /// P(X = count), by Stirling's formula and its error, so that logarithms of factorials do not cancel.
    fn mass(&self, count: f64) -> f64 {
        let (mean, cv2) = (self.mean, self.cv2);
        if count == 0.0 {
            return if cv2 == 0.0 { (-mean).exp() } else { (-(mean * cv2).ln_1p() / cv2).exp() };
        }
        let off = count - mean;
        let log = if cv2 == 0.0 {
            // count ln(mean / count) + count - mean.
            count * (-off / count).ln_1p() + off - 0.5 * (TAU * count).ln()
        } else {
            let shape = 1.0 / cv2;
            let (total, odds) = (shape + count, shape + mean);
            shape * (off / odds).ln_1p()
                + count * (-off * shape / (count * odds)).ln_1p()
                + stirling_rest(total)
                - stirling_rest(shape)
                + 0.5 * (shape / (TAU * count * total)).ln()
        };
        (log - stirling_rest(count)).exp()
    }

    /// P(X = count - 1) / P(X = count).
    fn down(&self, count: f64) -> f64 {
        count * self.mean.mul_add(self.cv2, 1.0)
            / (self.mean * (count - 1.0).mul_add(self.cv2, 1.0))
    }

    /// P(X = count + 1) / P(X = count).
    fn up(&self, count: f64) -> f64 {
        self.mean * count.mul_add(self.cv2, 1.0)
            / ((count + 1.0) * self.mean.mul_add(self.cv2, 1.0))
    }

    /// P(X <= count) and P(X = count), adding downwards.
    fn lower_tail(&self, count: f64) -> (f64, f64) {
        let mass = self.mass(count);
        let (mut sum, mut term, mut at) = (mass, mass, count);
        while at > 0.0 && term > sum * 1e-17 {
            term *= self.down(at);
            at -= 1.0;
            sum += term;
        }
        (sum, mass)
    }

    /// P(X > count) and P(X = count), adding upwards.
    fn upper_tail(&self, count: f64) -> (f64, f64) {
        let mass = self.mass(count);
        let (mut sum, mut term, mut at) = (0.0, mass, count);
        loop {
            term *= self.up(at);
            at += 1.0;
            sum += term;
            // Terms rise up to the mode, and only fall from there on.
            if at > self.mean && term <= sum * 1e-17 {
                return (sum, mass);
            }
        }
    }

    fn lower_bound(&self, tail: f64, z: f64) -> f64 {
        let holds = |count: f64| self.tails(count).0 >= tail;
        if !self.is_summed() {
            return bisected(self.guess(z), holds);
        }
        let mut at = self.guess(z);
        let (mut below, mut mass) = self.lower_tail(at);
        for _ in 0..STEPS {
            if below < tail {
                mass *= self.up(at);
                at += 1.0;
                below += mass;
                if below >= tail {
                    return at;
                }
            } else {
                if at == 0.0 || below - mass < tail {
                    return at;
                }
                below -= mass;
                mass *= self.down(at);
                at -= 1.0;
            }
        }
        bisected(at, holds)
    }

    fn upper_bound(&self, tail: f64, z: f64) -> f64 {
        let holds = |count: f64| self.tails(count).1 <= tail;
        if !self.is_summed() {
            return bisected(self.guess(z), holds);
        }
        let mut at = self.guess(z);
        let (mut above, mut mass) = self.upper_tail(at);
        for _ in 0..STEPS {
            if above > tail {
                mass *= self.up(at);
                at += 1.0;
                above -= mass;
                if above <= tail {
                    return at;
                }
            } else {
                if at == 0.0 || above + mass > tail {
                    return at;
                }
                above += mass;
                mass *= self.down(at);
                at -= 1.0;
            }
        }
        bisected(at, holds)
    }

    /// P(X <= count) and P(X > count), by the incomplete beta or gamma function.
    fn tails(&self, count: f64) -> (f64, f64) {
        let tails = if self.cv2 > 0.0 {
            let success = UnitPoint::from_odds(1.0 / (self.cv2 * self.mean));
            beta::tails(1.0 / self.cv2, count + 1.0, success)
        } else {
            gamma::poisson_tails(count, self.mean)
        };
        (tails.lower, tails.upper)
    }
}

/// The least whole number that `holds`, which those above it do too.
fn bisected(guess: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high, mut width) = (-1.0, guess.max(1.0), guess.max(1.0));
    while !holds(high) {
        low = high;
        width *= 2.0;
        high += width;
    }
    while high - low > 1.0 {
        let middle = f64::floor(0.5 * (low + high));
        // Beyond 2^53 neighbours are more than 1 apart.
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// E|X - m| of a Poisson count of mean m: 2 m P(X = floor(m)).
///
/// Domain: m >= 0. Source: de Moivre's mean absolute deviation.
pub fn poisson_deviation(mean: f64) -> f64 {
    if mean.is_nan() || mean <= 0.0 {
        return if mean == 0.0 { 0.0 } else { f64::NAN };
    }
    2.0 * mean * CountDistribution { mean, cv2: 0.0 }.mass(mean.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_agree_with_the_reference() {
        for (mean, cv2, level, expected) in [
            (25.0, 0.03, 0.8, (17.0, 34.0)),
            (25.0, 0.03, 0.95, (13.0, 39.0)),
            (1164.0, 0.004, 0.8, (1061.0, 1269.0)),
            (1164.0, 0.004, 0.95, (1010.0, 1328.0)),
            (2.04, 0.1, 0.8, (0.0, 4.0)),
            (0.28, 0.3, 0.95, (0.0, 2.0)),
            (0.0, 0.1, 0.8, (0.0, 0.0)),
            (12.0, 0.0, 0.8, (8.0, 17.0)),
            (12.0, 0.0, 0.95, (6.0, 19.0)),
            (300.0, 0.5, 0.95, (35.0, 838.0)),
            (0.01, 0.2, 0.8, (0.0, 0.0)),
        ] {
            assert_eq!(bounds(mean, cv2, level), expected, "{mean} {cv2} {level}");
        }
    }

    #[test]
    fn sums_and_incomplete_functions_give_the_same_bounds() {
        for mean in [1e-6, 0.3, 1.0, 7.7, 40.0, 350.5, 5000.0] {
            for cv2 in [0.0, 1e-25, 1e-9, 0.001, 0.03, 0.4, 3.0, 50.0] {
                let count =
                    CountDistribution { mean, cv2: if cv2 < NO_SPREAD { 0.0 } else { cv2 } };
                for tail in [0.4, 0.1, 0.025, 1e-4] {
                    let z = normal::upper_quantile(tail);
                    let (low, high) = (count.lower_bound(tail, -z), count.upper_bound(tail, z));
                    assert_eq!(
                        low,
                        bisected(3.0, |m| count.tails(m).0 >= tail),
                        "{count:?} {tail}"
                    );
                    assert_eq!(
                        high,
                        bisected(3.0, |m| count.tails(m).1 <= tail),
                        "{count:?} {tail}"
                    );
                }
            }
        }
    }

    #[test]
    fn large_and_missing_means() {
        let (low, high) = bounds(1e9, 0.04, 0.8);
        assert!(low < 0.77e9 && low > 0.73e9 && high > 1.24e9 && high < 1.28e9);
        assert!(bounds(f64::NAN, 0.1, 0.8).0.is_nan());
    }

    #[test]
    fn deviations_of_poisson_counts() {
        // 2 m exp(-m) below 1; at 3: 2 * 3 * 3^3 exp(-3) / 3!.
        assert!((poisson_deviation(0.28) - 0.56 * (-0.28_f64).exp()).abs() < 1e-15);
        assert!((poisson_deviation(3.0) / (27.0 * (-3.0_f64).exp()) - 1.0).abs() < 1e-13);
        assert_eq!(poisson_deviation(0.0), 0.0);
        assert!((poisson_deviation(1e6) / (2e6 / TAU.sqrt() / 1e3) - 1.0).abs() < 1e-6);
    }
}
