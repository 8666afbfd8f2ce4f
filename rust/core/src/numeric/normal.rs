//! The standard normal distribution.

use std::f64::consts::FRAC_1_SQRT_2;

/// Chebyshev coefficients of `(1 + 2x) exp(x^2) erfc(x)` in `(x - 3.75) / (x + 3.75)` over x >= 0,
/// from 40-digit values; the first one left out is 3e-18.
const SCALED_ERFC: [f64; 25] = [
    1.17757893456740175,
    -0.00459005458064647733,
    -0.0842491333665179156,
    0.0592099399981918905,
    -0.0266586684353057523,
    0.00907499767070526509,
    -0.00241316354041760819,
    0.000490775836525808632,
    -0.0000691697330250120637,
    4.13902798607301017e-6,
    7.74038306619849067e-7,
    -2.18864010492343957e-7,
    1.07649994656709104e-8,
    4.5219598112182869e-9,
    -7.7544002088313511e-10,
    -6.3180883408866839e-11,
    2.86879501093066924e-11,
    1.94558685457649563e-13,
    -9.65469674843459153e-13,
    3.25254814836638409e-14,
    3.34781194889982005e-14,
    -1.86456291339026475e-15,
    -1.25079523001252441e-15,
    7.41827659941753949e-17,
    5.06857793346690145e-17,
];

/// `exp(x^2) erfc(x)` for x >= 0.
fn scaled_erfc(x: f64) -> f64 {
    if x.is_infinite() {
        return 0.0;
    }
    let t = (x - 3.75) / (x + 3.75);
    let (mut next, mut after) = (0.0, 0.0);
    for coefficient in SCALED_ERFC[1..].iter().rev() {
        (next, after) = (coefficient + 2.0 * t * next - after, next);
    }
    (SCALED_ERFC[0] + t * next - after) / (1.0 + 2.0 * x)
}

/// `exp(-z^2 / 2)`; the square is carried in two pieces, as its rounding alone costs 8e-14 at z = 38.
fn bell(z: f64) -> f64 {
    let square = z * z;
    if square.is_infinite() {
        return 0.0;
    }
    let rest = z.mul_add(z, -square);
    (-0.5 * square).exp() * (1.0 - 0.5 * rest)
}

/// P(Z >= z), to a relative 1e-14 in the far tail too.
pub fn upper(z: f64) -> f64 {
    let far = 0.5 * scaled_erfc(z.abs() * FRAC_1_SQRT_2) * bell(z);
    if z >= 0.0 { far } else { 1.0 - far }
}

/// P(Z <= z).
pub fn lower(z: f64) -> f64 {
    upper(-z)
}

/// P(|Z| >= |z|).
pub fn two_sided(z: f64) -> f64 {
    2.0 * upper(z.abs())
}

fn rational(numerator: [f64; 8], denominator: [f64; 7], t: f64) -> f64 {
    let top = numerator.iter().rev().fold(0.0, |sum, c| sum * t + c);
    let bottom = denominator.iter().rev().fold(0.0, |sum, c| sum * t + c);
    top / (bottom * t + 1.0)
}

/// Numerator and denominator of Wichura's rational functions, the latter without its leading 1: for
/// probabilities within 0.425 of 1/2, for tails down to exp(-25), and beyond.
const CENTRE: ([f64; 8], [f64; 7]) = (
    [
        3.387132872796366608,
        133.14166789178437745,
        1971.5909503065514427,
        13731.693765509461125,
        45921.953931549871457,
        67265.770927008700853,
        33430.575583588128105,
        2509.0809287301226727,
    ],
    [
        42.313330701600911252,
        687.18700749205790830,
        5394.1960214247511077,
        21213.794301586595867,
        39307.895800092710610,
        28729.085735721942674,
        5226.4952788528545610,
    ],
);
const FLANK: ([f64; 8], [f64; 7]) = (
    [
        1.42343711074968357734,
        4.63033784615654529590,
        5.76949722146069140550,
        3.64784832476320460504,
        1.27045825245236838258,
        0.241780725177450611770,
        0.0227238449892691845833,
        7.74545014278341407640e-4,
    ],
    [
        2.05319162663775882187,
        1.67638483018380384940,
        0.689767334985100004550,
        0.148103976427480074590,
        0.0151986665636164571966,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ],
);
const FAR: ([f64; 8], [f64; 7]) = (
    [
        6.65790464350110377720,
        5.46378491116411436990,
        1.78482653991729133580,
        0.296560571828504891230,
        0.0265321895265761230930,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ],
    [
        0.599832206555887937690,
        0.136929880922735805310,
        0.0148753612908506148525,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ],
);

/// The z with P(Z >= z) = `q`, for q in [0, 1].
///
/// Source: M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988), PPND16. Accuracy: 1e-15
/// relative.
pub fn upper_quantile(q: f64) -> f64 {
    let from_centre = 0.5 - q;
    if from_centre.abs() <= 0.425 {
        return from_centre * rational(CENTRE.0, CENTRE.1, 0.180625 - from_centre * from_centre);
    }
    let tail = q.min(1.0 - q);
    if tail == 0.0 {
        return f64::INFINITY.copysign(from_centre);
    }
    let r = (-tail.ln()).sqrt();
    let z = if r <= 5.0 {
        rational(FLANK.0, FLANK.1, r - 1.6)
    } else {
        rational(FAR.0, FAR.1, r - 5.0)
    };
    z.copysign(from_centre)
}

/// The z with P(Z <= z) = `p`, for p in [0, 1].
pub fn lower_quantile(p: f64) -> f64 {
    -upper_quantile(p)
}

/// The z with P(|Z| <= z) = `confidence`.
///
/// Taken from the tail: `1 - confidence` is exact from 1/2 on, where `(1 + confidence) / 2` rounds.
pub fn central_quantile(confidence: f64) -> f64 {
    upper_quantile(0.5 * (1.0 - confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64, tolerance: f64) {
        assert!((value / expected - 1.0).abs() <= tolerance, "{value} is not {expected}");
    }

    #[test]
    fn tails_agree_with_forty_digits() {
        for (z, expected) in [
            (0.1, 0.46017216272297104),
            (0.5, 0.30853753872598690),
            (1.0, 0.15865525393145705),
            (1.959963984540054, 0.025000000000000013),
            (3.0, 0.0013498980316300946),
            (6.0, 9.8658764503769814e-10),
            (10.0, 7.6198530241605261e-24),
            (20.0, 2.7536241186062337e-89),
            (37.5, 4.6053530095819548e-308),
        ] {
            close(upper(z), expected, 1e-14);
            close(lower(-z), expected, 1e-14);
            close(lower(z), 1.0 - expected, 1e-15);
        }
    }

    #[test]
    fn quantiles_invert_tails() {
        for exponent in 1..=300 {
            let tail = 10f64.powi(-exponent) * 3.7;
            let z = upper_quantile(tail);
            close(upper(z), tail, 1e-15 * (1.0 + z * z));
            assert!((lower_quantile(tail) + z).abs() == 0.0);
        }
    }

    #[test]
    fn published_quantiles() {
        close(central_quantile(0.95), 1.959963984540054, 1e-15);
        close(central_quantile(0.99), 2.5758293035489004, 1e-15);
        close(central_quantile(0.9), 1.6448536269514722, 1e-15);
        close(lower_quantile(0.8), 0.8416212335729143, 1e-15);
        assert_eq!(upper_quantile(0.5), 0.0);
        assert_eq!(upper_quantile(0.0), f64::INFINITY);
        assert_eq!(upper_quantile(1.0), f64::NEG_INFINITY);
    }
}
