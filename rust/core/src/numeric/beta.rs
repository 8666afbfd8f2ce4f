//! The beta distribution, and with it binomial, Student's t and F.

use std::f64::consts::TAU;

use super::tail::{
    Tail, TailPoint, Tails, decaying_integral, exp_m1_minus, flat_integral, minus_ln_1p, solve,
    stirling_rest,
};
use super::{gamma, normal};
use crate::error::Result;

/// A point of [0, 1] with full relative accuracy at both ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitPoint {
    /// The point.
    pub value: f64,
    /// One minus the point.
    pub complement: f64,
}

impl UnitPoint {
    /// A point, its complement rounded.
    pub fn new(value: f64) -> Self {
        Self { value, complement: 1.0 - value }
    }

    /// The point whose odds are `odds`.
    pub fn from_odds(odds: f64) -> Self {
        if odds.is_infinite() {
            return Self { value: 1.0, complement: 0.0 };
        }
        Self { value: odds / (1.0 + odds), complement: 1.0 / (1.0 + odds) }
    }

    /// The point seen from the other end.
    fn mirrored(self) -> Self {
        Self { value: self.complement, complement: self.value }
    }

    fn odds(self) -> f64 {
        self.value / self.complement
    }
}

/// `(a + b) x - a` as `x b - y a`, each product to its last bit.
fn distance(a: f64, b: f64, x: UnitPoint) -> f64 {
    let product = x.complement * a;
    x.value.mul_add(b, -product) - x.complement.mul_add(a, -product)
}

/// Logarithm of `x^a y^b / B(a, b)`, the density of ln(x / y).
fn log_density(a: f64, b: f64, x: UnitPoint) -> f64 {
    let (total, distance) = (a + b, distance(a, b, x));
    let gap = |excess: f64, share: f64, shape: f64| {
        // Far below its mean 1 + excess has lost the digits of the share.
        if excess < -0.5 { excess - (share * total / shape).ln() } else { minus_ln_1p(excess) }
    };
    let rest = stirling_rest(a) + stirling_rest(b) - stirling_rest(total);
    0.5 * (a * (b / (TAU * total))).ln()
        - rest
        - a * gap(distance / a, x.value, a)
        - b * gap(-distance / b, x.complement, b)
}

/// The beta distribution of shapes `a` and `b` at `at`, seen on the scale of ln(x / (1 - x)).
fn tail_point(a: f64, b: f64, x: UnitPoint) -> TailPoint {
    if a < SMALL {
        return tail_point_of_small(a, b, x);
    }
    if b < SMALL {
        let mirrored = tail_point_of_small(b, a, x.mirrored());
        return TailPoint { upper: !mirrored.upper, ..mirrored };
    }
    let UnitPoint { value: p, complement: q } = x;
    let (total, distance) = (a + b, distance(a, b, x));
    let sign = 1f64.copysign(distance);
    TailPoint {
        log_density: log_density(a, b, x),
        ratio: decaying_integral(
            |s| {
                let s = sign * s;
                distance * s + total * (q * exp_m1_minus(-p * s) + p * exp_m1_minus(q * s)).ln_1p()
            },
            |s| {
                let grown = (sign * s).exp_m1();
                sign * (distance + total * (p * q * grown / (1.0 + p * grown)))
            },
            // Exact where the exponent is a parabola.
            80.0 / (distance.abs() + (distance * distance + 80.0 * total * p * q).sqrt()),
        ),
        upper: distance >= 0.0,
    }
}

/// Shapes below this go by [`tail_point_of_small`].
const SMALL: f64 = 0.5;
/// Above this a shape's part of the odds has no spread in doubles.
const NO_SPREAD: f64 = 1e34;

/// Logarithm of `x^a y^b / (a B(a, b))` for a < 1/2: all of the lower tail but that of a + 1 and b.
fn log_head(a: f64, b: f64, x: UnitPoint) -> f64 {
    let next = a + 1.0;
    let (total, distance) = (next + b, distance(next, b, x));
    let rest = stirling_rest(next) + stirling_rest(b) - stirling_rest(total);
    // As in the density of a + 1 and b, the logarithm of x in what is left of a alone.
    0.5 * (next * (b / (TAU * total))).ln() - rest - distance
        + a * (x.value.ln() + (total / next).ln())
        + (a + b).recip().ln_1p()
        - a.ln_1p()
        - b * minus_ln_1p(-distance / b)
}

/// [`tail_point`] for a < 1/2 <= b: I(a, b) = x^a y^b / (a B(a, b)) + I(a + 1, b).
fn tail_point_of_small(a: f64, b: f64, x: UnitPoint) -> TailPoint {
    let UnitPoint { value: p, complement: q } = x;
    let upper = distance(a, b, x) >= 0.0;
    if !upper {
        let log_head = log_head(a, b, x);
        let ratio = (1.0 + tails(a + 1.0, b, x).lower / log_head.exp()) / a;
        return TailPoint { log_density: a.ln() + log_head, ratio, upper };
    }
    let (log_odds, total) = (p.ln() - q.ln(), a + b);
    let ratio = flat_integral(|s| {
        let far = s + log_odds;
        // The second form of ln(q + p e^s) leaves the doubles for long ways.
        let grown = if far > 30.0 || s > 700.0 {
            far + q.ln() + (-far).exp().ln_1p()
        } else {
            (p * s.exp_m1()).ln_1p()
        };
        total * grown - a * s
    });
    TailPoint { log_density: log_density(a, b, x), ratio, upper }
}

/// Near the root for a < 1/2 <= b: by the power of x near 0, else where the density begins to fall.
fn start_of_small(a: f64, b: f64, tail: Tail) -> UnitPoint {
    let log_lower = match tail {
        Tail::Lower(p) => p.ln(),
        Tail::Upper(q) => (-q).ln_1p(),
    };
    let lowest = UnitPoint { value: f64::MIN_POSITIVE, complement: 1.0 };
    let log_factor = log_head(a, b, lowest) - a * f64::MIN_POSITIVE.ln();
    UnitPoint::from_odds(((log_lower - log_factor) / a).exp().min(1.0 / b))
}

/// P(X <= x) and P(X >= x) for a beta variable: the regularised incomplete beta function and its
/// complement.
///
/// Domain: a, b > 0, one of them >= 1/2. Accuracy: 1e-13 relative in the smaller tail, or what its
/// conditioning in x leaves.
pub fn tails(a: f64, b: f64, x: UnitPoint) -> Tails {
    if x.value <= 0.0 {
        Tails { lower: 0.0, upper: 1.0 }
    } else if x.complement <= 0.0 {
        Tails { lower: 1.0, upper: 0.0 }
    } else {
        tail_point(a, b, x).tails()
    }
}

/// The point that leaves `tail` on its side; one closer to an end than the smallest normal double
/// is that end.
///
/// Domain: a, b > 0, one of them >= 1/2; probabilities in [0, 1]. Accuracy: 1e-13 relative, in the
/// complement too; below a shape of 1/2 over the shape, as roots are powers of 1 / shape.
///
/// # Errors
/// [`NotConverged`](crate::Error::NotConverged); unknown inside the domain.
pub fn quantile(a: f64, b: f64, tail: Tail) -> Result<UnitPoint> {
    const LOW: UnitPoint = UnitPoint { value: 0.0, complement: 1.0 };
    const HIGH: UnitPoint = UnitPoint { value: 1.0, complement: 0.0 };
    const LOWEST: UnitPoint = UnitPoint { value: f64::MIN_POSITIVE, complement: 1.0 };
    const HIGHEST: UnitPoint = UnitPoint { value: 1.0, complement: f64::MIN_POSITIVE };
    let target = tail.smaller();
    match target {
        Tail::Lower(0.0) => return Ok(LOW),
        Tail::Upper(0.0) => return Ok(HIGH),
        _ if a > NO_SPREAD.max(b) || b < SMALL.min(a) => {
            return Ok(quantile(b, a, target.mirrored())?.mirrored());
        }
        _ if b > NO_SPREAD => return Ok(UnitPoint::from_odds(gamma::quantile(a, target)? / b)),
        _ if a < f64::MIN_POSITIVE => return Ok(LOW),
        _ => {}
    }
    // The distance to the end is at least about the square of the tail for shapes from 1/2 on.
    let far = target.probability() < 1e-140;
    if (a < SMALL || far) && target.is_within(tail_point(a, b, LOWEST).tails()) {
        return Ok(LOW);
    }
    if far && !target.is_within(tail_point(a, b, HIGHEST).tails()) {
        return Ok(HIGH);
    }
    let bounded = |share: UnitPoint| UnitPoint {
        value: share.value.max(f64::MIN_POSITIVE),
        complement: share.complement.max(f64::MIN_POSITIVE),
    };
    let start = if a < SMALL {
        start_of_small(a, b, target)
    } else {
        let z = match target {
            Tail::Lower(p) => normal::lower_quantile(p),
            Tail::Upper(q) => normal::upper_quantile(q),
        };
        UnitPoint::from_odds(a / b * (z * (1.0 / a + 1.0 / b).sqrt()).exp())
    };
    solve(
        "a beta quantile",
        target,
        bounded(start),
        |x| tail_point(a, b, x),
        |x, step| {
            let odds = x.value * step.exp();
            let total = x.complement + odds;
            bounded(UnitPoint { value: odds / total, complement: x.complement / total })
        },
        || format!("shapes={a:?} and {b:?}, {tail:?}"),
    )
}

/// P(N <= count) and P(N > count) for a binomial count of `trials` at `share`; whole counts from 0
/// to `trials` - 1.
pub fn binomial_tails(count: f64, trials: f64, share: UnitPoint) -> Tails {
    let Tails { lower, upper } = tails(count + 1.0, trials - count, share);
    Tails { lower: upper, upper: lower }
}

/// P(N = count) for a binomial count; whole numbers, 0 <= count <= trials.
///
/// Source: C. Loader, Fast and accurate computation of binomial probabilities (2000).
pub fn binomial_mass(count: f64, trials: f64, share: UnitPoint) -> f64 {
    let misses = trials - count;
    let power = |base: f64, other: f64, exponent: f64| {
        if exponent == 0.0 {
            1.0
        } else if other < 0.5 {
            (exponent * (-other).ln_1p()).exp()
        } else {
            (exponent * base.ln()).exp()
        }
    };
    if count == 0.0 {
        return power(share.complement, share.value, misses);
    }
    if misses == 0.0 {
        return power(share.value, share.complement, count);
    }
    if share.value <= 0.0 || share.complement <= 0.0 {
        return 0.0;
    }
    trials / (count * misses) * log_density(count, misses, share).exp()
}

/// P(`count` marked among `drawn`) where `marked` of `population` are; whole numbers.
pub fn hypergeometric_mass(count: f64, drawn: f64, marked: f64, population: f64) -> f64 {
    if count > marked || drawn - count > population - marked {
        return 0.0;
    }
    if drawn == population {
        return 1.0;
    }
    let share =
        UnitPoint { value: drawn / population, complement: (population - drawn) / population };
    binomial_mass(count, marked, share) * binomial_mass(drawn - count, population - marked, share)
        / binomial_mass(drawn, population, share)
}

/// P(T >= t) for Student's t with `freedom` >= 1 degrees of freedom; infinite is the normal.
pub fn t_upper(freedom: f64, t: f64) -> f64 {
    if freedom.is_infinite() {
        return normal::upper(t);
    }
    let far = 0.5 * tails(0.5, 0.5 * freedom, UnitPoint::from_odds(t * t / freedom)).upper;
    if t >= 0.0 { far } else { 1.0 - far }
}

/// P(|T| >= |t|) for Student's t.
pub fn t_two_sided(freedom: f64, t: f64) -> f64 {
    2.0 * t_upper(freedom, t.abs())
}

/// The t with P(T >= t) = `q` for `freedom` >= 1 degrees of freedom; infinite is the normal.
///
/// # Errors
/// As [`quantile`].
pub fn t_upper_quantile(freedom: f64, q: f64) -> Result<f64> {
    if freedom.is_infinite() {
        return Ok(normal::upper_quantile(q));
    }
    let tail = q.min(1.0 - q);
    let point = quantile(0.5, 0.5 * freedom, Tail::Upper(2.0 * tail))?;
    Ok((freedom * point.odds()).sqrt().copysign(0.5 - q))
}

/// The t with P(|T| <= t) = `confidence`.
///
/// # Errors
/// As [`quantile`].
pub fn t_central_quantile(freedom: f64, confidence: f64) -> Result<f64> {
    t_upper_quantile(freedom, 0.5 * (1.0 - confidence))
}

/// P(F <= f) and P(F >= f) for F with `above` and `below` degrees of freedom, one >= 1.
pub fn f_tails(above: f64, below: f64, f: f64) -> Tails {
    tails(0.5 * above, 0.5 * below, UnitPoint::from_odds(above * f / below))
}

/// The f of F with `above` and `below` degrees of freedom, one >= 1, that leaves `tail` on its side.
///
/// # Errors
/// As [`quantile`].
pub fn f_quantile(above: f64, below: f64, tail: Tail) -> Result<f64> {
    Ok(below / above * quantile(0.5 * above, 0.5 * below, tail)?.odds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64, tolerance: f64) {
        assert!((value / expected - 1.0).abs() <= tolerance, "{value} is not {expected}");
    }

    #[test]
    fn quantiles_return_their_tail() {
        let shapes = [0.5, 0.8, 1.0, 3.5, 40.0, 1000.0, 1e6, 1e10];
        for a in shapes {
            for b in shapes {
                for probability in [1e-290_f64, 1e-100, 1e-20, 1e-6, 0.025, 0.3, 0.5] {
                    let slack = 1e-13 + 1e-15 * ((a + b) * -probability.ln()).sqrt()
                        - 1e-15 * probability.ln();
                    let low = quantile(a, b, Tail::Lower(probability)).unwrap();
                    let high = quantile(a, b, Tail::Upper(probability)).unwrap();
                    if low.value > 0.0 {
                        close(tails(a, b, low).lower, probability, slack);
                    }
                    if high.complement > 0.0 {
                        close(tails(a, b, high).upper, probability, slack);
                    }
                }
            }
        }
    }

    #[test]
    fn shapes_below_a_half_agree_with_fifty_digits() {
        // Bisection of mpmath's betainc.
        for (a, b, tail, expected) in [
            (0.3, 5.8, Tail::Lower(0.025), 5.8378653811907497588e-7),
            (0.3, 1.5, Tail::Upper(0.025), 0.78907486345115719075),
            (0.01, 100.0, Tail::Lower(0.3), 2.931917909721572941e-55),
            (0.01, 0.5, Tail::Upper(0.025), 0.26953530476780749919),
            (0.001, 1e4, Tail::Upper(0.025), 5.679535687264406368e-16),
            (0.001, 2.0, Tail::Upper(0.001), 0.15856672392073089464),
            (4.0, 0.2, Tail::Lower(0.025), 0.65909371592870208407),
        ] {
            let slack = 1e-13 + 1e-15 / f64::min(a, b);
            close(quantile(a, b, tail).unwrap().value, expected, slack);
            let mirrored = quantile(b, a, tail.mirrored()).unwrap();
            close(mirrored.complement, expected, slack);
        }
    }

    #[test]
    fn student_agrees_with_its_closed_forms() {
        for t in [1e-9, 0.3, 1.0, 12.0, 4e6] {
            // One degree of freedom is Cauchy's, two have an algebraic form.
            close(t_upper(1.0, t), (1.0 / t).atan() / std::f64::consts::PI, 1e-13);
            let root = (2.0 + t * t).sqrt();
            close(t_upper(2.0, t), 1.0 / (root * (root + t)), 1e-13);
            close(t_upper(2.0, -t), 1.0 - 1.0 / (root * (root + t)), 1e-14);
        }
        for q in [1e-30, 1e-9, 0.001, 0.2, 0.499] {
            close(
                t_upper_quantile(2.0, q).unwrap(),
                (1.0 - 2.0 * q) / (2.0 * q * (1.0 - q)).sqrt(),
                1e-12,
            );
        }
    }

    #[test]
    fn published_quantiles() {
        close(t_central_quantile(9.0, 0.95).unwrap(), 2.262157162798205, 1e-13);
        close(t_central_quantile(5.0, 0.95).unwrap(), 2.5705818356363146, 1e-13);
        close(t_central_quantile(1.0, 0.95).unwrap(), 12.706204736174694, 1e-13);
        close(f_quantile(5.0, 18.0, Tail::Upper(0.05)).unwrap(), 2.772853153, 1e-9);
        close(t_central_quantile(1e15, 0.95).unwrap(), normal::central_quantile(0.95), 1e-13);
        assert_eq!(t_upper_quantile(7.0, 0.5), Ok(0.0));
        assert_eq!(t_upper_quantile(f64::INFINITY, 0.025), Ok(normal::upper_quantile(0.025)));
    }

    #[test]
    fn binomial_tails_are_sums() {
        let share: f64 = 0.3;
        let none = 0.7f64.powi(5);
        let got = binomial_tails(1.0, 5.0, UnitPoint::new(share));
        close(got.lower, none + 5.0 * share * 0.7f64.powi(4), 1e-13);
    }
}
