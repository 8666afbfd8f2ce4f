//! The upper tail far above its parameter.

/// Terms of the descending series: 0.41^44 is below 1e-17.
const FAR_TERMS: f64 = 44.0;

/// Y(v, z) for z > 2.4 v: the finite part of its descending series (DLMF 8.11.2).
pub(super) fn descending(v: f64, z: f64) -> f64 {
    let (mut sum, mut k) = (1.0, FAR_TERMS - 1.0);
    while k >= 1.0 {
        sum = 1.0 + (v - k) / z * sum;
        k -= 1.0;
    }
    v / z * sum
}
