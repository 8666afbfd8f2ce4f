//! Student's t about several estimates, weighted: its probabilities, and the points that leave a tail.

use super::SeriesEffect;
use super::nodes::{Abreast, NODES_ABREAST, ZEROS};
use crate::error::{Error, Result};
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};
use crate::numeric::beta;

/// From this probability on a sum that is subtracted from 1 has the digits of a limit.
const SMALL_TAIL: f64 = 1e-6;
/// Steps of this size, in units of the errors, change no digit.
const STEP: f64 = 1e-14;

/// Estimates that share their degrees of freedom.
pub(super) struct Mixture {
    parts: Vec<MixtureParts>,
    freedom: usize,
    /// The t between which and its negative there is the confidence.
    reach: f64,
}

/// Several weighted estimates with their errors; what fills the last lanes weighs nothing.
#[derive(Clone, Copy)]
pub(super) struct MixtureParts {
    /// They add up to 1 over all parts.
    pub weights: Abreast,
    /// Estimates.
    pub estimates: Abreast,
    /// Their errors, > 0 or all 0.
    pub errors: Abreast,
}

/// Probabilities up to and from a point on, and the density there up to a factor.
type PointProbabilities = [f64; 3];

impl Mixture {
    /// Of at least one degree of freedom, with the t of the confidence.
    pub(super) fn new(parts: Vec<MixtureParts>, freedom: usize, reach: f64) -> Self {
        Self { parts, freedom, reach }
    }

    fn each(&self) -> impl Iterator<Item = [f64; 3]> {
        self.parts.iter().flat_map(|part| {
            let of = |lane: usize| [part.weights[lane], part.estimates[lane], part.errors[lane]];
            (0..NODES_ABREAST).map(of).filter(|own| own[0] > 0.0)
        })
    }

    /// The estimate, its error and p, and the limits that leave out a share of `tail` on each side.
    pub(super) fn effect(&self, tail: f64) -> Result<SeriesEffect> {
        let effect: f64 = self.each().map(|[weight, own, _]| weight * own).sum();
        let square =
            |[weight, own, error]: [f64; 3]| weight * (error.powi(2) + (own - effect).powi(2));
        let standard_error = self.each().map(square).sum::<f64>().sqrt();
        if standard_error == 0.0 {
            let limits = [effect; 2];
            return Ok(SeriesEffect { effect, standard_error, p_value: f64::NAN, limits });
        }
        let [below, above, _] = self.probabilities(0.0, SMALL_TAIL);
        let limits = [self.quantile(tail, 0)?, self.quantile(tail, 1)?];
        let p_value = (2.0 * below.min(above)).min(1.0);
        Ok(SeriesEffect { effect, standard_error, p_value, limits })
    }

    /// Probabilities at a point, all digits also of those below `small`.
    fn probabilities(&self, x: f64, small: f64) -> PointProbabilities {
        let kernel = SumTails { parts: &self.parts, freedom: self.freedom, x };
        let mut found = InstructionSet::in_use().run(kernel);
        if found[0].min(found[1]) < small {
            let freedom = self.freedom as f64;
            let tail = |sign: f64| {
                let of = |[weight, own, error]: [f64; 3]| {
                    weight * beta::t_upper(freedom, sign * (x - own) / error)
                };
                self.each().map(of).sum::<f64>()
            };
            (found[0], found[1]) = (tail(-1.0), tail(1.0));
        }
        found
    }

    /// The point that leaves `tail` below it (side 0) or above it (side 1): Newton's steps in a bracket.
    fn quantile(&self, tail: f64, side: usize) -> Result<f64> {
        let sign = if side == 0 { -1.0 } else { 1.0 };
        let point = |[_, own, error]: [f64; 3]| own + sign * self.reach * error;
        let (mut low, mut high) = self
            .each()
            .map(point)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| (low.min(p), high.max(p)));
        let small = if tail < SMALL_TAIL { 1.0 } else { 0.0 };
        let factor = density_factor(self.freedom);
        let mut x = self.each().map(|part| part[0] * point(part)).sum();
        let size = self.each().fold(0.0_f64, |size, part| size.max(part[2]));
        for _ in 0..200 {
            let found = self.probabilities(x, small);
            let excess = found[side] - tail;
            // The probability below rises with x, that above falls.
            if (excess > 0.0) == (side == 0) {
                high = high.min(x);
            } else {
                low = low.max(x);
            }
            let next = x + sign * excess / (factor * found[2]);
            let next = if next > low && next < high { next } else { 0.5 * (low + high) };
            if (next - x).abs() <= STEP * size.max(next.abs()) || excess == 0.0 {
                return Ok(next);
            }
            x = next;
        }
        Err(Error::NotConverged {
            what: "the limit of a series' effect",
            arguments: format!("{tail} with {} degrees of freedom", self.freedom),
        })
    }
}

/// Density of Student's t at 0.
fn density_factor(freedom: usize) -> f64 {
    let root = (freedom as f64).sqrt();
    let product = |count: usize, less: f64| -> f64 {
        (1..=count).map(|j| 1.0 + 1.0 / (2.0 * j as f64 - less)).product()
    };
    if freedom.is_multiple_of(2) {
        0.5 / root * product(freedom / 2 - 1, 0.0)
    } else {
        product(freedom / 2, 1.0) / (std::f64::consts::PI * root)
    }
}

/// Sums of the probabilities at a point by the finite series of whole degrees of freedom.
///
/// Source: M. Abramowitz & I. A. Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
struct SumTails<'a> {
    parts: &'a [MixtureParts],
    freedom: usize,
    x: f64,
}

impl LaneKernel for SumTails<'_> {
    type Output = PointProbabilities;

    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) -> PointProbabilities {
        let (freedom, even) = (self.freedom as f64, self.freedom.is_multiple_of(2));
        let terms = if even { self.freedom / 2 } else { self.freedom.div_ceil(2) - 1 };
        let mut found = [0.0; 3];
        for part in self.parts {
            let (mut sines, mut squares, mut cosines) = (ZEROS, ZEROS, ZEROS);
            for lane in 0..NODES_ABREAST {
                let t = (self.x - part.estimates[lane]) / part.errors[lane];
                squares[lane] = freedom / arithmetic.mul_add(t, t, freedom);
                cosines[lane] = squares[lane].sqrt();
                sines[lane] = t / freedom.sqrt() * cosines[lane];
            }
            let mut sums = [if terms == 0 { 0.0 } else { 1.0 }; NODES_ABREAST];
            for term in (1..terms).rev() {
                let ratio = if even {
                    1.0 - 0.5 / term as f64
                } else {
                    2.0 * term as f64 / (2.0 * term as f64 + 1.0)
                };
                for lane in 0..NODES_ABREAST {
                    sums[lane] = arithmetic.mul_add(squares[lane] * ratio, sums[lane], 1.0);
                }
            }
            let mut inner = ZEROS;
            for lane in 0..NODES_ABREAST {
                inner[lane] = sines[lane] * sums[lane];
            }
            if !even {
                for lane in 0..NODES_ABREAST {
                    let angle = sines[lane].atan2(cosines[lane]);
                    let sum = angle + inner[lane] * cosines[lane];
                    inner[lane] = sum * std::f64::consts::FRAC_2_PI;
                }
            }
            let densities = powers(&squares, &cosines, self.freedom + 1);
            for lane in 0..NODES_ABREAST {
                let weight = part.weights[lane];
                found[0] += 0.5 * weight * (1.0 + inner[lane]);
                found[1] += 0.5 * weight * (1.0 - inner[lane]);
                found[2] += weight * densities[lane] / part.errors[lane];
            }
        }
        found
    }
}

/// Cosines to a whole power, by their squares.
#[inline(always)]
fn powers(squares: &Abreast, cosines: &Abreast, power: usize) -> Abreast {
    let mut found = if power.is_multiple_of(2) { [1.0; NODES_ABREAST] } else { *cosines };
    let (mut base, mut rest) = (*squares, power / 2);
    while rest > 0 {
        for lane in 0..NODES_ABREAST {
            found[lane] *= if rest % 2 == 1 { base[lane] } else { 1.0 };
            base[lane] *= base[lane];
        }
        rest /= 2;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(freedom: usize) -> Mixture {
        let mut weights = [0.0; NODES_ABREAST];
        weights[0] = 1.0;
        let part =
            MixtureParts { weights, estimates: [0.0; NODES_ABREAST], errors: [1.0; NODES_ABREAST] };
        Mixture::new(vec![part], freedom, 1.0)
    }

    #[test]
    fn probabilities_are_those_of_students_t() {
        for freedom in [1, 2, 3, 4, 5, 22, 51, 52, 999, 1000] {
            let own = alone(freedom);
            for t in [-40.0, -3.0, -0.5, 0.0, 1e-3, 1.0, 2.5, 8.0] {
                let upper = beta::t_upper(freedom as f64, t);
                let [below, above, _] = own.probabilities(t, SMALL_TAIL);
                assert!((above - upper).abs() <= 1e-9 * upper, "{freedom} {t} {above} {upper}");
                assert!((below + above - 1.0).abs() < 1e-13);
            }
            let step = 1e-5;
            let slope = (0.5 - beta::t_upper(freedom as f64, step)) / step;
            assert!((density_factor(freedom) / slope - 1.0).abs() < 1e-8, "{freedom}");
        }
    }
}
