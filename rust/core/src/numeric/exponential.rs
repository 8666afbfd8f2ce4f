//! Differences of the exponential from its first terms.

use super::polynomial::horner;

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
pub fn excess(y: f64) -> f64 {
    if y.abs() < SERIES_BELOW { 0.5 * y * y * horner(&SERIES, y) } else { y + (-y).exp_m1() }
}

#[cfg(test)]
mod tests {
    use super::excess;

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
