//! Polynomials by their coefficients, lowest power first.

/// The polynomial with `coefficients` at `x`.
///
/// Even and odd powers apart: two chains of dependent steps, each half as long.
#[inline(always)]
pub fn horner<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let square = x * x;
    let (mut even, mut odd) = (0.0, 0.0);
    let mut k = N;
    while k > 0 {
        k -= 1;
        if k & 1 == 0 {
            even = even * square + coefficients[k];
        } else {
            odd = odd * square + coefficients[k];
        }
    }
    even + x * odd
}
