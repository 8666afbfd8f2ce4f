//! Polynomials by their coefficients, lowest power first.

/// The polynomial with `coefficients` at `x`.
#[inline]
pub fn horner<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}
