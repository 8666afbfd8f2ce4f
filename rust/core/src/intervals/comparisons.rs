//! Two shares or two rates side by side: intervals of what lies between them, and tests of nothing.

use super::{MOST_SPREAD, UNDEFINED, wilson_reaches};
use crate::choices::choices;
use crate::error::{Error, Result};
use crate::numeric::beta::{self, UnitPoint};
use crate::numeric::normal;
use crate::numeric::tail::Tail;

/// Newcombe's hybrid score interval of the first share minus the second, unpaired.
///
/// Source: R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.
pub fn difference([x1, n1, x2, n2, confidence]: [f64; 5]) -> [f64; 2] {
    if n1 == 0.0 || n2 == 0.0 || x1 > n1 || x2 > n2 {
        return UNDEFINED;
    }
    hybrid([x1, n1], [x2, n2], confidence, 0.0)
}

/// The same for shares of the same units: `both` with the outcome in both, and so on.
///
/// The correlation is taken with Newcombe's continuity correction where it is positive, and as 0
/// where a margin is empty. Source: Statistics in Medicine 17 (1998) 2635-2650, method 10.
pub fn paired_difference([both, first, second, neither, confidence]: [f64; 5]) -> [f64; 2] {
    let n = both + first + second + neither;
    if n == 0.0 {
        return UNDEFINED;
    }
    let (x1, x2) = (both + first, both + second);
    let margins = x1 * (n - x1) * x2 * (n - x2);
    let cross = both * neither - first * second;
    let corrected = if cross > 0.0 { (cross - 0.5 * n).max(0.0) } else { cross };
    let correlation = if margins == 0.0 { 0.0 } else { corrected / margins.sqrt() };
    hybrid([x1, n], [x2, n], confidence, correlation)
}

/// Limits of a difference from the reaches of its terms, squared and added as errors are.
fn hybrid([x1, n1]: [f64; 2], [x2, n2]: [f64; 2], confidence: f64, correlation: f64) -> [f64; 2] {
    let z = normal::central_quantile(confidence);
    let [[below1, above1], [below2, above2]] =
        [(x1, n1), (x2, n2)].map(|(successes, trials)| wilson_reaches(successes, trials, z));
    let reach = |a: f64, b: f64| (a * a - 2.0 * correlation * a * b + b * b).max(0.0).sqrt();
    let between = x1 / n1 - x2 / n2;
    // Within -1 and 1 but for rounding.
    [(between - reach(below1, above2)).max(-1.0), (between + reach(above1, below2)).min(1.0)]
}

/// Exact interval of the first rate over the second: given the sum, the first count is binomial.
///
/// # Errors
/// As the quantile of the beta distribution.
pub fn rate_ratio([x1, t1, x2, t2, confidence]: [f64; 5]) -> Result<[f64; 2]> {
    if t1 == 0.0 || t2 == 0.0 || x1 + x2 == 0.0 {
        return Ok(UNDEFINED);
    }
    let tail = 0.5 * (1.0 - confidence);
    let scale = t2 / t1;
    let odds = |share: UnitPoint| share.value / share.complement * scale;
    let low = if x1 == 0.0 { 0.0 } else { odds(beta::quantile(x1, x2 + 1.0, Tail::Lower(tail))?) };
    let high = if x2 == 0.0 {
        f64::INFINITY
    } else {
        odds(beta::quantile(x1 + 1.0, x2, Tail::Upper(tail))?)
    };
    Ok([low, high])
}

choices! {
    /// Tails of a two-sided test.
    pub enum Test called "method" {
        /// Twice the smaller tail; agrees with the exact interval.
        Central = "central",
        /// All outcomes no likelier than the one seen.
        Minlike = "minlike",
    }
}

/// Outcomes that are as likely as the one seen but for rounding count as no likelier.
const AS_LIKELY: f64 = 1.0 + 1e-7;

/// Probability, were both rates the same, of counts at least as far apart as those seen.
pub fn rate_ratio_test(test: Test, [x1, t1, x2, t2]: [f64; 4]) -> f64 {
    let n = x1 + x2;
    if t1 == 0.0 || t2 == 0.0 || n == 0.0 {
        return f64::NAN;
    }
    let share = UnitPoint { value: t1 / (t1 + t2), complement: t2 / (t1 + t2) };
    let at_most = |count: f64| {
        if count < 0.0 {
            0.0
        } else if count >= n {
            1.0
        } else {
            beta::binomial_tails(count, n, share).lower
        }
    };
    let at_least = |count: f64| {
        if count <= 0.0 {
            1.0
        } else if count > n {
            0.0
        } else {
            beta::binomial_tails(count - 1.0, n, share).upper
        }
    };
    match test {
        Test::Central => (2.0 * at_most(x1).min(at_least(x1))).min(1.0),
        Test::Minlike => {
            let bound = beta::binomial_mass(x1, n, share) * AS_LIKELY;
            let mode = ((n + 1.0) * share.value).floor().min(n);
            if beta::binomial_mass(mode, n, share) <= bound {
                return 1.0;
            }
            let unlikely = |count: f64| beta::binomial_mass(count, n, share) <= bound;
            // Unlikely counts are those from an edge towards the mode, on either side.
            let below = last_unlikely(-1.0, mode, unlikely);
            let above = last_unlikely(n + 1.0, mode, unlikely);
            (at_most(below) + at_least(above)).min(1.0)
        }
    }
}

/// The whole number farthest from `edge` towards `mode` up to which all are unlikely; `edge` itself,
/// outside the range, counts as such.
fn last_unlikely(edge: f64, mode: f64, unlikely: impl Fn(f64) -> bool) -> f64 {
    let (mut inside, mut outside) = (mode, edge);
    while (inside - outside).abs() > 1.0 {
        let middle = (0.5 * (inside + outside)).floor();
        if middle == inside || middle == outside {
            // Beyond 2^53 there is no whole number in between.
            break;
        }
        if unlikely(middle) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    outside
}

/// Two-sided probability of the z test of two shares, pooled, without continuity correction;
/// undefined where the pooled share is 0 or 1.
pub fn pooled_test([x1, n1, x2, n2]: [f64; 4]) -> f64 {
    let pooled = (x1 + x2) / (n1 + n2);
    let error = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    if x1 > n1 || x2 > n2 || error.is_nan() || error == 0.0 {
        return f64::NAN;
    }
    normal::two_sided((x1 / n1 - x2 / n2) / error)
}

/// Fisher's exact test of two shares: all tables with the same margins no likelier than the one seen.
///
/// # Errors
/// [`Error::Infeasible`] where the tails are too long to be summed.
pub fn fisher_test([x1, n1, x2, n2]: [f64; 4]) -> Result<f64> {
    if n1 == 0.0 || n2 == 0.0 || x1 > n1 || x2 > n2 {
        return Ok(f64::NAN);
    }
    let (marked, total) = (x1 + x2, n1 + n2);
    let spread = (n1 * (marked / total) * ((total - marked) / total) * (n2 / total)).sqrt();
    if spread.is_nan() || spread > MOST_SPREAD {
        return Err(Error::Infeasible {
            parameter: "trials",
            value: n1.max(n2),
            position: Vec::new(),
            why: "Fisher's test sums every table; method='pooled_z' does not",
        });
    }
    let mass = |count: f64| beta::hypergeometric_mass(count, n1, marked, total);
    let bound = mass(x1) * AS_LIKELY;
    let (first, last) = ((marked - n2).max(0.0), marked.min(n1));
    let mode = ((n1 + 1.0) * (marked + 1.0) / (total + 2.0)).floor().clamp(first, last);
    if mass(mode) <= bound {
        return Ok(1.0);
    }
    let below = last_unlikely(first - 1.0, mode, |count| mass(count) <= bound);
    let above = last_unlikely(last + 1.0, mode, |count| mass(count) <= bound);
    let tail = |from: f64, step: f64| {
        let (mut count, mut sum) = (from, 0.0);
        while (first..=last).contains(&count) {
            let term = mass(count);
            sum += term;
            // Beyond the mode terms fall faster and faster.
            if term <= sum * 1e-17 {
                break;
            }
            if count + step == count {
                break;
            }
            count += step;
        }
        sum
    };
    Ok((tail(below, -1.0) + tail(above, 1.0)).min(1.0))
}
