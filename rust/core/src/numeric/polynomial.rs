//! Polynomials by their coefficients, lowest power first.

use crate::lanes::Arithmetic;

/// The polynomial with `coefficients` (two at least) at `x`.
///
/// Even and odd powers apart: two chains of dependent steps, each half as long.
#[inline(always)]
pub fn horner<const N: usize>(arithmetic: impl Arithmetic, coefficients: &[f64; N], x: f64) -> f64 {
    let square = x * x;
    let (mut last, mut other) = (coefficients[N - 1], coefficients[N - 2]);
    let mut k = N - 2;
    while k >= 2 {
        last = arithmetic.mul_add(last, square, coefficients[k - 1]);
        other = arithmetic.mul_add(other, square, coefficients[k - 2]);
        k -= 2;
    }
    if k == 1 {
        // One more of the chain of the highest power: its powers are then even.
        return arithmetic.mul_add(other, x, arithmetic.mul_add(last, square, coefficients[0]));
    }
    arithmetic.mul_add(last, x, other)
}
