//! The exponential, and its differences from its first terms.

use super::polynomial::horner;
use crate::lanes::Plain;

/// Beyond these the exponential is 0 or infinite.
const RANGE: (f64, f64) = (-746.0, 710.0);
/// ln 2 in two pieces: the first has so many trailing zeros that its multiples up to 2^11 are exact.
const LN_2: (f64, f64) = (6.93147180369123816490e-01, 1.90821492927058770002e-10);
/// Added to a small number it rounds that to a whole one, kept in the last bits of the sum.
const ROUNDER: f64 = 6755399441055744.0;
/// 1/2!, 1/3!, ..., 1/13!: with |r| <= ln 2 / 2 the next term is below 1e-17 of the first.
const EXPONENTIAL: [f64; 12] = {
    let (mut terms, mut term, mut k) = ([0.0; 12], 1.0, 0);
    while k < 12 {
        term /= (k + 2) as f64;
        terms[k] = term;
        k += 1;
    }
    terms
};

/// 2^k for whole k from -1022 to 1023.
#[inline(always)]
fn power_of_two(k: f64) -> f64 {
    f64::from_bits((k + (ROUNDER + 1023.0)).to_bits() << 52)
}

/// exp(x) and exp(x) - 1, without branches and from sums and products alone: the same bits on every
/// machine, in lanes and out of them.
///
/// Reduction by multiples of ln 2, then Taylor's polynomial. Error: 1 unit in the last place of the
/// first, 2 of the second.
#[inline(always)]
pub fn exp_and_exp_m1(x: f64) -> (f64, f64) {
    let x = if x > RANGE.1 { RANGE.1 } else { x };
    let x = if x < RANGE.0 { RANGE.0 } else { x };
    let k = (x * std::f64::consts::LOG2_E + ROUNDER) - ROUNDER;
    let r = (x - k * LN_2.0) - k * LN_2.1;
    let less_one = r + r * r * horner(Plain, &EXPONENTIAL, r);
    // In two steps: 2^k itself may leave binary64 where the result does not.
    let half = (0.5 * k + ROUNDER) - ROUNDER;
    let (first, second) = (power_of_two(half), power_of_two(k - half));
    let scale = first * second;
    let value = (1.0 + less_one) * first * second;
    (value, if k > 1000.0 { value } else { less_one * scale + (scale - 1.0) })
}

/// exp(x), as [`exp_and_exp_m1`] has it.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp_and_exp_m1(x).0
}

/// Below this the series is used; above, the plain form loses less than two bits.
const SERIES_BELOW: f64 = 0.5;
/// 2/2!, -2/3!, 2/4!, ...: the next would be below 1e-18 of the first.
const SERIES: [f64; 14] = {
    let (mut terms, mut term, mut k) = ([0.0; 14], 1.0, 0);
    while k < 14 {
        terms[k] = term;
        term = -term / (k + 3) as f64;
        k += 1;
    }
    terms
};

/// exp(-y) - 1 + y, to full relative accuracy: the height of a convex valley at 0.
#[inline(always)]
pub fn excess(y: f64) -> f64 {
    let series = 0.5 * y * y * horner(Plain, &SERIES, y);
    let plain = y + exp_and_exp_m1(-y).1;
    if y.abs() < SERIES_BELOW { series } else { plain }
}

#[cfg(test)]
mod tests {
    use super::{excess, exp, exp_and_exp_m1};

    #[test]
    fn the_exponential_agrees_with_the_standard_library() {
        for i in -74_000..72_000 {
            let x = f64::from(i) * 0.01 + 1e-3 * f64::from(i).sin();
            let (value, less_one) = exp_and_exp_m1(x);
            let (wanted, wanted_less_one) = (x.exp(), x.exp_m1());
            assert!(
                (value - wanted).abs() <= 2.5e-16 * wanted + 5e-324 || value == wanted,
                "exp({x})"
            );
            assert!(
                (less_one - wanted_less_one).abs() <= 5e-16 * wanted_less_one.abs()
                    || less_one == wanted_less_one,
                "exp_m1({x}) = {less_one}, {wanted_less_one}"
            );
        }
    }

    #[test]
    fn the_exponential_at_its_edges() {
        assert_eq!(exp_and_exp_m1(0.0), (1.0, 0.0));
        assert_eq!(exp_and_exp_m1(1e-300), (1.0, 1e-300));
        assert_eq!(exp_and_exp_m1(-1e-17), (1.0, -1e-17));
        assert_eq!(exp_and_exp_m1(f64::INFINITY), (f64::INFINITY, f64::INFINITY));
        assert_eq!(exp_and_exp_m1(f64::NEG_INFINITY), (0.0, -1.0));
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn keeps_relative_accuracy_through_zero() {
        // 40-digit values (mpmath).
        for (y, expected) in [
            (1e-100, 5e-201),
            (1e-9, 4.999999998333334e-19),
            (0.01, 4.9833749168053576e-5),
            (-0.3, 0.0498588075760031),
            (0.499, 0.10613749373878963),
            (0.5, 0.10653065971263342),
            (-0.6, 0.22211880039050896),
            (3.0, 2.0497870683678639),
            (-20.0, 485165174.40979028),
            (1e9, 999999999.0),
        ] {
            assert!((excess(y) / expected - 1.0).abs() < 5e-16, "excess({y}) = {}", excess(y));
        }
    }
}
