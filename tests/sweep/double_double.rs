//! Numbers of about 32 digits: an unevaluated sum of two doubles.
//!
//! Only what the sweep needs. Sources: Dekker (1971); Hida, Li and Bailey (2001).

use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::LazyLock;

/// The sum of two doubles, the second at most half a last digit of the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Double {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl From<f64> for Double {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

/// The exact sum of two doubles in any order.
fn sum(a: f64, b: f64) -> Double {
    let high = a + b;
    let part = high - a;
    Double { high, low: (a - (high - part)) + (b - part) }
}

impl Double {
    /// The sum of two doubles, the second the smaller.
    fn normal(high: f64, low: f64) -> Self {
        let total = high + low;
        Self { high: total, low: low - (total - high) }
    }

    /// The exact product of two doubles.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: a.mul_add(b, -high) }
    }

    /// As one double.
    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }

    /// e to the power of it; 0 and infinity beyond the range of doubles.
    pub(crate) fn exp(self) -> Self {
        if self.high < -745.0 {
            return Self::from(0.0);
        }
        if self.high > 709.0 {
            return Self::from(f64::INFINITY);
        }
        let twos = nearest(self.high / LN_2.high);
        let rest = self - LN_2 * Self::from(twos);
        let place = nearest(rest.high * PER_UNIT);
        let rest = rest - Self::from(place / PER_UNIT);
        // |rest| <= 1/512: the term of order 10 is below 1e-33, those from the 6th on below 1e-19.
        let mut small = INVERSE_FACTORIALS[9].high;
        for inverse in INVERSE_FACTORIALS[6..9].iter().rev() {
            small = inverse.high + rest.high * small;
        }
        let mut series = Self::from(small);
        for inverse in INVERSE_FACTORIALS[..6].iter().rev() {
            // The first summand is the greater by far.
            let tail = rest * series;
            let high = inverse.high + tail.high;
            series =
                Self { high, low: (inverse.high - high) + tail.high + (inverse.low + tail.low) };
        }
        let power = POWERS[(place + REACH) as usize] * series;
        // In two steps: 2^twos alone may be below the smallest double that keeps its digits.
        let half = (twos / 2.0).trunc();
        let (first, second) = (power_of_two(half), power_of_two(twos - half));
        Self { high: power.high * first * second, low: power.low * first * second }
    }

    /// The natural logarithm of a positive number.
    pub(crate) fn ln(self) -> Self {
        let rough = Self::from(self.high.ln());
        // One step of Newton's method doubles the digits.
        rough + self * (-rough).exp() - Self::from(1.0)
    }
}

const LN_2: Double = Double { high: std::f64::consts::LN_2, low: 2.3190468138462996e-17 };

/// Powers of e are tabulated at multiples of 1/256, from -REACH to REACH of them.
const PER_UNIT: f64 = 256.0;
const REACH: f64 = 90.0;

static INVERSE_FACTORIALS: LazyLock<[Double; 10]> = LazyLock::new(|| {
    let mut factorial = Double::from(1.0);
    std::array::from_fn(|k| {
        factorial = factorial * Double::from((k as f64).max(1.0));
        Double::from(1.0) / factorial
    })
});

static POWERS: LazyLock<[Double; 181]> = LazyLock::new(|| {
    std::array::from_fn(|place| {
        let x = Double::from((place as f64 - REACH) / PER_UNIT);
        (1..=32).rev().fold(Double::from(1.0), |tail, k| {
            Double::from(1.0) + x * tail / Double::from(f64::from(k))
        })
    })
});

/// The nearest whole number to one below 2^51: what adding 1.5 x 2^52 leaves no room for is rounded off.
fn nearest(x: f64) -> f64 {
    const SHIFT: f64 = 6755399441055744.0;
    (x + SHIFT) - SHIFT
}

/// 2 to a whole power between -1022 and 1023.
fn power_of_two(power: f64) -> f64 {
    f64::from_bits(((power as i64 + 1023) as u64) << 52)
}

impl Neg for Double {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Add for Double {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = (sum(self.high, other.high), sum(self.low, other.low));
        let first = Self::normal(high.high, high.low + low.high);
        Self::normal(first.high, first.low + low.low)
    }
}

impl Sub for Double {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let exact = Self::product(self.high, other.high);
        let cross = self.high * other.low + self.low * other.high;
        Self::normal(exact.high, exact.low + cross)
    }
}

impl Div for Double {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::from(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::from(second);
        Self::normal(first, second) + Self::from(rest.high / other.high)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{E, LN_10};

    use super::Double;

    fn near(got: Double, high: f64, low: f64) {
        let apart = (got - Double { high, low }).value();
        assert!(apart.abs() <= 1e-30 * high.abs(), "{got:?} is {apart:e} off");
    }

    #[test]
    fn constants_come_out_to_thirty_digits() {
        // e, 1/e, ln 10 and 1/3 at 33 digits, cut in two.
        near(Double::from(1.0).exp(), E, 1.4456468917292502e-16);
        near(Double::from(-1.0).exp(), 0.36787944117144233, -1.2428753672788363e-17);
        near(Double::from(10.0).ln(), LN_10, -2.1707562233822494e-16);
        near(Double::from(1.0) / Double::from(3.0), 0.3333333333333333, 1.850371707708594e-17);
    }

    #[test]
    fn the_exponential_turns_sums_into_products() {
        for x in [1e-20, 0.3, -17.25, 300.7, -600.1] {
            let (x, y) = (Double::from(x), Double { high: 0.7, low: 1e-18 });
            let apart = ((x + y).exp() / (x.exp() * y.exp()) - Double::from(1.0)).value();
            assert!(apart.abs() < 1e-28, "{x:?}: {apart:e}");
        }
    }
}
