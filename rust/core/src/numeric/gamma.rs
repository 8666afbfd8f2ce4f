//! The gamma distribution, and with it chi-square and Poisson.

use std::f64::consts::TAU;

use super::normal;
use super::tail::{
    Tail, TailPoint, Tails, decaying_integral, exp_m1_minus, flat_integral, minus_ln_1p, solve,
    stirling_rest,
};
use crate::error::Result;

/// The gamma distribution of `shape` at `x`, seen on the scale of ln x.
fn tail_point(shape: f64, x: f64) -> TailPoint {
    if shape < SMALL {
        return tail_point_of_small(shape, x);
    }
    let distance = x - shape;
    let excess = distance / shape;
    // Far below the mode 1 + excess has lost the digits of x.
    let gap = if excess < -0.5 { excess - (x / shape).ln() } else { minus_ln_1p(excess) };
    let sign = 1f64.copysign(distance);
    TailPoint {
        log_density: 0.5 * (shape / TAU).ln() - stirling_rest(shape) - shape * gap,
        ratio: decaying_integral(
            |s| sign * distance * s + x * exp_m1_minus(sign * s),
            |s| sign * (distance + x * (sign * s).exp_m1()),
            // Exact where the exponent is a parabola.
            80.0 / (distance.abs() + (distance * distance + 80.0 * x).sqrt()),
        ),
        upper: distance >= 0.0,
    }
}

/// Shapes below this go by [`tail_point_of_small`].
const SMALL: f64 = 0.5;
/// The standard deviation of a shape from here on is below the last digit of the shape.
const NO_SPREAD: f64 = 1e34;

/// Logarithm of `Gamma(1 + shape)` for a shape below 1/2, to 1e-16.
fn log_factorial(shape: f64) -> f64 {
    let next = shape + 1.0;
    (shape + 0.5) * shape.ln_1p() - next + 0.5 * TAU.ln() + stirling_rest(next)
}

/// [`tail_point`] of a shape below 1/2: P(a, x) = x^a exp(-x) / Gamma(a + 1) + P(a + 1, x).
fn tail_point_of_small(shape: f64, x: f64) -> TailPoint {
    let log_head = shape * x.ln() - x - log_factorial(shape);
    let ratio = if x < shape {
        (1.0 + tails(shape + 1.0, x).lower / log_head.exp()) / shape
    } else {
        flat_integral(|s| x * s.exp_m1() - shape * s)
    };
    TailPoint { log_density: shape.ln() + log_head, ratio, upper: x >= shape }
}

/// Near the root for a shape below 1/2: by the power of x below 1, else by exp(-x) alone.
fn start_of_small(shape: f64, tail: Tail) -> f64 {
    let log_lower = match tail {
        Tail::Lower(p) => p.ln(),
        Tail::Upper(q) if q < 0.2 * shape => return (shape / q).ln(),
        Tail::Upper(q) => (-q).ln_1p(),
    };
    ((log_lower + log_factorial(shape)) / shape).exp().min(1.0)
}

/// P(X <= x) and P(X >= x) for a gamma variable of `shape` and scale 1: the regularised incomplete
/// gamma functions P and Q.
///
/// Domain: shape > 0, x >= 0. Accuracy: 1e-13 relative in the smaller tail, or what its conditioning
/// in x leaves.
pub fn tails(shape: f64, x: f64) -> Tails {
    if x == 0.0 {
        Tails { lower: 0.0, upper: 1.0 }
    } else if x.is_infinite() {
        Tails { lower: 1.0, upper: 0.0 }
    } else {
        tail_point(shape, x).tails()
    }
}

/// The x that leaves `tail` on its side. A root below the smallest normal double is 0.
///
/// Domain: shape > 0, probabilities in [0, 1]. Accuracy: 1e-13 relative; below a shape of 1/2 over
/// the shape, as roots are powers of 1 / shape.
///
/// # Errors
/// [`NotConverged`](crate::Error::NotConverged); unknown inside the domain.
pub fn quantile(shape: f64, tail: Tail) -> Result<f64> {
    let target = tail.smaller();
    let z = match target {
        Tail::Lower(0.0) => return Ok(0.0),
        Tail::Upper(0.0) => return Ok(f64::INFINITY),
        _ if shape > NO_SPREAD => return Ok(shape),
        _ if shape < f64::MIN_POSITIVE => return Ok(0.0),
        Tail::Lower(p) => normal::lower_quantile(p),
        Tail::Upper(q) => normal::upper_quantile(q),
    };
    // x is at least about the square of the tail for shapes from 1/2 on.
    if (shape < SMALL || target.probability() < 1e-140)
        && target.is_within(tail_point(shape, f64::MIN_POSITIVE).tails())
    {
        return Ok(0.0);
    }
    // Wilson and Hilferty's cube; where it is not positive, the log-normal of the same mode.
    let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
    let start = if shape < SMALL {
        start_of_small(shape, target)
    } else if root > 0.1 {
        shape * root.powi(3)
    } else {
        shape * (z / shape.sqrt()).exp()
    };
    solve(
        "a gamma quantile",
        target,
        start.max(f64::MIN_POSITIVE),
        |x| tail_point(shape, x),
        |x, step| (x * step.exp()).max(f64::MIN_POSITIVE),
        || format!("shape={shape:?}, {tail:?}"),
    )
}

/// P(X <= x) and P(X >= x) for chi-square with `freedom` >= 1 degrees of freedom.
pub fn chi_square_tails(freedom: f64, x: f64) -> Tails {
    tails(0.5 * freedom, 0.5 * x)
}

/// The x of chi-square with `freedom` >= 1 degrees of freedom that leaves `tail` on its side.
///
/// # Errors
/// As [`quantile`].
pub fn chi_square_quantile(freedom: f64, tail: Tail) -> Result<f64> {
    Ok(2.0 * quantile(0.5 * freedom, tail)?)
}

/// Logarithm of `mean^count e^-mean / Gamma(count + 1)`: of the probability of `count` where that is whole.
///
/// Domain: both >= 0, finite. Accuracy: 4e-16 absolute plus 2e-16 relative (Loader's saddle-point form).
pub fn ln_poisson_mass(count: f64, mean: f64) -> f64 {
    if count == 0.0 {
        return -mean;
    }
    if mean == 0.0 {
        return f64::NEG_INFINITY;
    }
    let ratio = (mean - count) / count;
    let depth = if ratio > -1.0 { minus_ln_1p(ratio) } else { ratio - (mean / count).ln() };
    -count * depth - stirling_rest(count) - 0.5 * (std::f64::consts::TAU * count).ln()
}

/// P(N <= count) and P(N > count) for a Poisson count of `mean` >= 0; `count` >= 0 and whole.
pub fn poisson_tails(count: f64, mean: f64) -> Tails {
    let Tails { lower, upper } = tails(count + 1.0, mean);
    Tails { lower: upper, upper: lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_return_their_tail() {
        for shape in [0.5, 0.7, 1.0, 2.0, 5.5, 17.0, 100.0, 1e4, 1e7, 1e12] {
            for probability in [1e-290_f64, 1e-100, 1e-20, 1e-6, 0.001, 0.025, 0.1, 0.3, 0.5] {
                let low = quantile(shape, Tail::Lower(probability)).unwrap();
                let high = quantile(shape, Tail::Upper(probability)).unwrap();
                // How far the tail moves when x moves by one unit in the last place.
                let slack =
                    1e-13 + 1e-15 * (shape * -probability.ln()).sqrt() - 1e-15 * probability.ln();
                let of_low = tails(shape, low).lower / probability - 1.0;
                let of_high = tails(shape, high).upper / probability - 1.0;
                assert!(of_low.abs() < slack || low == 0.0, "{shape} {probability} {of_low}");
                assert!(of_high.abs() < slack, "{shape} {probability} {of_high}");
            }
        }
    }

    #[test]
    fn exponential_and_poisson_are_closed_forms() {
        for x in [0.001, 0.4, 1.0, 3.0, 40.0, 600.0] {
            let got = tails(1.0, x);
            assert!((got.upper / (-x).exp() - 1.0).abs() < 1e-13 + 1e-15 * x);
            assert!((got.lower / -(-x).exp_m1() - 1.0).abs() < 1e-13);
        }
        let mean: f64 = 2.5;
        let at_most_two = (-mean).exp() * (1.0 + mean + mean * mean / 2.0);
        assert!((poisson_tails(2.0, mean).lower / at_most_two - 1.0).abs() < 1e-14);
        let published = chi_square_quantile(10.0, Tail::Upper(0.05)).unwrap();
        assert!((published - 18.307038053275146).abs() < 1e-12);
    }

    #[test]
    fn shapes_below_a_half_agree_with_fifty_digits() {
        // Bisection of mpmath's gammainc.
        for (shape, tail, expected) in [
            (0.3, Tail::Lower(0.025), 3.1856790317391661335e-6),
            (0.3, Tail::Upper(0.025), 1.9002636428388259525),
            (0.01, Tail::Lower(0.3), 2.9174171917458686172e-53),
            (0.01, Tail::Upper(0.025), 0.047137958431590441986),
            (0.001, Tail::Upper(0.025), 5.6792519968234181677e-12),
            (0.001, Tail::Upper(0.001), 0.26477027023965117731),
        ] {
            let off = quantile(shape, tail).unwrap() / expected - 1.0;
            assert!(off.abs() < 1e-13 + 1e-15 / shape, "{shape} {tail:?}: off by {off:e}");
        }
    }

    #[test]
    fn the_ends_are_the_ends() {
        assert_eq!(quantile(3.0, Tail::Lower(0.0)), Ok(0.0));
        assert_eq!(quantile(3.0, Tail::Upper(0.0)), Ok(f64::INFINITY));
        assert_eq!(quantile(3.0, Tail::Lower(1.0)), Ok(f64::INFINITY));
        assert_eq!(quantile(0.5, Tail::Lower(1e-200)), Ok(0.0));
        assert_eq!(tails(3.0, 0.0), Tails { lower: 0.0, upper: 1.0 });
        assert_eq!(tails(3.0, f64::INFINITY), Tails { lower: 1.0, upper: 0.0 });
    }
}
