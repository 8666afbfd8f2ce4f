//! Confidence intervals of shares, rates and their differences, as `[low, high]`.
//!
//! Counts come as `f64` and need not be whole where a finite population or a weight has scaled them.
//! With nothing observed (`trials` or `exposure` 0) an interval is undefined: NaN. Confidence is
//! two-sided and in (0, 1).

mod comparisons;

use crate::choices::choices;
use crate::error::{Error, Result};
use crate::numeric::beta;
use crate::numeric::tail::Tail;
use crate::numeric::{gamma, normal};

pub use comparisons::{
    Test, difference, fisher_test, paired_difference, pooled_test, rate_ratio, rate_ratio_test,
};

/// An interval that says nothing.
pub const UNDEFINED: [f64; 2] = [f64::NAN; 2];

choices! {
    /// How the interval of a share is made.
    pub enum ProportionMethod called "method" {
        /// [`wilson`].
        Wilson = "wilson",
        /// [`clopper_pearson`]; the hypergeometric, inverted, with a finite population.
        ClopperPearson = "clopper_pearson",
        /// [`jeffreys`].
        Jeffreys = "jeffreys",
        /// [`agresti_coull`].
        AgrestiCoull = "agresti_coull",
    }
}

/// Interval of a share from `trials` drawn without replacement out of `population`, which may be
/// infinite.
///
/// Domain: 0 <= successes <= trials <= population, whole for a finite Clopper-Pearson; else NaN.
/// With a finite population `trials` n counts as n (N - 1) / (N - n), the correction of sample
/// sizes for shares; all drawn: both limits are the share.
///
/// # Errors
/// As the quantile of the beta distribution; [`Error::Infeasible`] of tails too long to be summed.
pub fn proportion(
    method: ProportionMethod,
    successes: f64,
    trials: f64,
    population: f64,
    confidence: f64,
) -> Result<[f64; 2]> {
    if successes > trials || trials > population {
        return Ok(UNDEFINED);
    }
    if trials == 0.0 {
        return Ok(UNDEFINED);
    }
    if trials == population {
        return Ok([successes / trials; 2]);
    }
    // So few of so many are no different from draws without end: the limits move by trials / population.
    let population = if trials < ENDLESS * population { f64::INFINITY } else { population };
    if population.is_finite() && method == ProportionMethod::ClopperPearson {
        return hypergeometric(successes, trials, population, confidence);
    }
    let factor =
        if population.is_finite() { (population - 1.0) / (population - trials) } else { 1.0 };
    let (successes, trials) = (successes * factor, trials * factor);
    match method {
        ProportionMethod::Wilson => Ok(wilson(successes, trials, confidence)),
        ProportionMethod::ClopperPearson => clopper_pearson(successes, trials, confidence),
        ProportionMethod::Jeffreys => jeffreys(successes, trials, confidence),
        ProportionMethod::AgrestiCoull => Ok(agresti_coull(successes, trials, confidence)),
    }
}

/// Trials as a share of the population below which the population is endless: the accuracy of the limits.
const ENDLESS: f64 = 1e-15;

/// Largest standard deviation of a hypergeometric count whose tail is summed: some million terms.
pub(crate) const MOST_SPREAD: f64 = 1e5;

/// The greatest standard deviation of the hypergeometric count, whatever is marked.
fn widest(trials: f64, population: f64) -> f64 {
    0.5 * (trials * ((population - trials) / population)).sqrt()
}

/// The shares M / population for which neither tail of the hypergeometric count is at or below half
/// of 1 - confidence.
///
/// # Errors
/// [`Error::Infeasible`] where the tails are too long to be summed.
fn hypergeometric(
    successes: f64,
    trials: f64,
    population: f64,
    confidence: f64,
) -> Result<[f64; 2]> {
    if widest(trials, population) > MOST_SPREAD {
        return Err(Error::Infeasible {
            parameter: "trials",
            value: trials,
            position: Vec::new(),
            why: "exact limits of a finite population sum every count; method='wilson' does not",
        });
    }
    let tail = 0.5 * (1.0 - confidence);
    let failures = trials - successes;
    // P(at least the successes seen) grows with the marked in the population, from nothing.
    let fewest = |successes: f64, failures: f64| {
        let (mut below, mut within) = (successes - 1.0, population - failures);
        while within - below > 1.0 {
            let middle = (0.5 * (below + within)).floor();
            if middle <= below || middle >= within {
                // Beyond 2^53 there is no whole number in between.
                break;
            }
            if hypergeometric_upper(successes, trials, middle, population) > tail {
                within = middle;
            } else {
                below = middle;
            }
        }
        within / population
    };
    let low = if successes == 0.0 { 0.0 } else { fewest(successes, failures) };
    let high = if failures == 0.0 { 1.0 } else { 1.0 - fewest(failures, successes) };
    Ok([low, high])
}

/// P(at least `successes` marked among `trials` drawn) where `marked` of `population` are.
fn hypergeometric_upper(successes: f64, trials: f64, marked: f64, population: f64) -> f64 {
    let mean = trials * (marked / population);
    if successes <= mean {
        // The other side, of the unmarked: the shorter and smaller sum.
        let unmarked = population - marked;
        1.0 - beyond_mean(trials - successes + 1.0, trials, unmarked, population)
    } else {
        beyond_mean(successes, trials, marked, population)
    }
}

/// The same for `successes` above the mean.
fn beyond_mean(successes: f64, trials: f64, marked: f64, population: f64) -> f64 {
    let mut term = beta::hypergeometric_mass(successes, trials, marked, population);
    let mut sum = term;
    let mut count = successes;
    // Beyond the mean terms fall faster than geometrically.
    while count < trials.min(marked) && term > sum * f64::EPSILON {
        term *= (marked - count) / (count + 1.0) * (trials - count)
            / (population - marked - trials + count + 1.0);
        sum += term;
        count += 1.0;
    }
    sum
}

/// Wilson's score interval of a share, without continuity correction.
///
/// Domain: 0 <= successes <= trials. Exactly 0 below at no success, 1 above at no failure.
/// Source: E. B. Wilson, JASA 22 (1927). Accuracy: 1e-15 absolute, 1e-12 relative of a limit near 0.
pub fn wilson(successes: f64, trials: f64, confidence: f64) -> [f64; 2] {
    if trials == 0.0 {
        return UNDEFINED;
    }
    wilson_limits(successes, trials, normal::central_quantile(confidence))
}

/// [`wilson`] at the quantile `z`; without trials NaN.
#[inline]
pub(crate) fn wilson_limits(successes: f64, trials: f64, z: f64) -> [f64; 2] {
    let failures = trials - successes;
    let square = z * z;
    let root = z * (square + 4.0 * (successes * (failures / trials))).sqrt();
    // The limits are the roots of a quadratic: the smaller one of each pair by the product of both,
    // so that nothing cancels near 0 and near 1.
    let half = 0.5 * (square + root);
    // 0 of some is 0, 0 of none NaN.
    let away = |count: f64| {
        let share = count / trials;
        if count == 0.0 { share } else { count * share / (count + half) }
    };
    // A limit near 0 has no digits to lose to the 1; the larger root may be rounded above it.
    let high = if successes < failures {
        ((successes + half) / (trials + square)).min(1.0)
    } else {
        1.0 - away(failures)
    };
    // At a confidence near 0 both are the share, but for rounding.
    [away(successes).min(high), high]
}

/// How far [`wilson`]'s limits lie from the share, below and above: without the share's own rounding.
pub(crate) fn wilson_reaches(successes: f64, trials: f64, z: f64) -> [f64; 2] {
    let failures = trials - successes;
    let square = z * z;
    let spread = successes * (failures / trials);
    let skew = square * ((failures - successes) / trials).abs();
    let far = z * (square + 4.0 * spread).sqrt() + skew;
    if far == 0.0 {
        return [0.0; 2];
    }
    let [near, far] = [2.0 * square * (spread / trials) / far, 0.5 * far / (trials + square)];
    if successes < failures { [near, far] } else { [far, near] }
}

/// Clopper and Pearson's interval of a share: equal tails of the binomial, inverted.
///
/// Domain: 0 <= successes <= trials. Source: Biometrika 26 (1934). Accuracy: 1e-13 relative.
///
/// # Errors
/// As the quantile of the beta distribution.
pub fn clopper_pearson(successes: f64, trials: f64, confidence: f64) -> Result<[f64; 2]> {
    if trials == 0.0 {
        return Ok(UNDEFINED);
    }
    let failures = trials - successes;
    let tail = 0.5 * (1.0 - confidence);
    let low = if successes == 0.0 {
        0.0
    } else {
        beta::quantile(successes, failures + 1.0, Tail::Lower(tail))?.value
    };
    let high = if failures == 0.0 {
        1.0
    } else {
        beta::quantile(successes + 1.0, failures, Tail::Upper(tail))?.value
    };
    // Above 1e16 one more success is below the last digit, and at a confidence near 0 both are one.
    Ok([low.min(high), high])
}

/// Jeffreys' interval of a share: quantiles of beta(successes + 1/2, failures + 1/2).
///
/// Exactly 0 below at no success and 1 above at no failure, or the estimate would lie outside
/// (Brown, Cai & Das Gupta, Statistical Science 16, 2001). Accuracy: 1e-13 relative.
///
/// # Errors
/// As the quantile of the beta distribution.
pub fn jeffreys(successes: f64, trials: f64, confidence: f64) -> Result<[f64; 2]> {
    if trials == 0.0 {
        return Ok(UNDEFINED);
    }
    let failures = trials - successes;
    let tail = 0.5 * (1.0 - confidence);
    let quantile = |tail| Ok(beta::quantile(successes + 0.5, failures + 0.5, tail)?.value);
    let low = if successes == 0.0 { 0.0 } else { quantile(Tail::Lower(tail))? };
    let high = if failures == 0.0 { 1.0 } else { quantile(Tail::Upper(tail))? };
    // At a confidence near 0 both are the median, but for rounding.
    Ok([low.min(high), high])
}

/// Agresti and Coull's interval of a share: the normal one after adding z²/2 to both counts, cut
/// to [0, 1]. Source: The American Statistician 52 (1998).
pub fn agresti_coull(successes: f64, trials: f64, confidence: f64) -> [f64; 2] {
    if trials == 0.0 {
        return UNDEFINED;
    }
    let z = normal::central_quantile(confidence);
    let square = z * z;
    let failures = trials - successes;
    let total = trials + square;
    let near = |count: f64| (count + 0.5 * square) / total;
    let half = z * (near(successes) * near(failures) / total).sqrt();
    // The upper limit from the end that it is nearer to, where the share has no digits to lose.
    let high = if successes < failures {
        near(successes) + half
    } else {
        1.0 - (near(failures) - half).max(0.0)
    };
    [(near(successes) - half).max(0.0), high.min(1.0)]
}

/// Garwood's exact interval of a rate: equal tails of the Poisson count, inverted, per `exposure`.
///
/// Domain: events and exposure >= 0. Source: Biometrika 28 (1936). Accuracy: 1e-13 relative.
///
/// # Errors
/// As the quantile of the gamma distribution.
pub fn garwood(events: f64, exposure: f64, confidence: f64) -> Result<[f64; 2]> {
    if exposure == 0.0 {
        return Ok(UNDEFINED);
    }
    let tail = 0.5 * (1.0 - confidence);
    let low = if events == 0.0 { 0.0 } else { gamma::quantile(events, Tail::Lower(tail))? };
    let high = gamma::quantile(events + 1.0, Tail::Upper(tail))?;
    Ok([low.min(high) / exposure, high / exposure])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: [f64; 2], expected: [f64; 2]) {
        for (value, wanted) in got.iter().zip(expected) {
            assert!((value - wanted).abs() <= 1e-13 * wanted.abs(), "{got:?} is not {expected:?}");
        }
    }

    /// Successes, trials and both limits at 95 %.
    const WILSON_NEAR_ZERO: [(f64, f64, f64, f64); 5] = [
        (0.0, 1e6, 0.0, 3.841444063944942e-06),
        (1.0, 1e4, 1.76526736011223e-05, 0.0005662688974013382),
        (1.0, 1e9, 1.7652455495696314e-10, 5.664934243297439e-09),
        (3.0, 1e12, 1.0202707283648329e-12, 8.821188092291487e-12),
        (1.0, 1e17, 1.7652455493515294e-18, 5.664934265758973e-17),
    ];

    #[test]
    fn wilson_keeps_its_digits_near_both_ends() {
        close(wilson(9.0, 10.0, 0.95), [0.5958499732047615, 0.9821237869049271]);
        close(wilson(5.0, 5.0, 0.95), [0.5655175352168251, 1.0]);
        assert_eq!(wilson(0.0, 5.0, 0.95)[0], 0.0);
        assert_eq!(wilson(5.0, 5.0, 0.95)[1], 1.0);
        // The larger root at 60 digits, in Python's decimal; one of 1e17 once came out as [1.8e-18, 0].
        for (successes, trials, low, high) in WILSON_NEAR_ZERO {
            close(wilson(successes, trials, 0.95), [low, high]);
        }
        // One of 1e15: the plain formula leaves nothing of the lower limit.
        let low = wilson(1.0, 1e15, 0.95)[0];
        assert!((low / 1.7652455493515294e-16 - 1.0).abs() < 1e-12, "{low:e}");
    }

    #[test]
    fn exact_limits_agree_with_their_closed_forms() {
        // All or nothing seen: powers of the tail.
        close(clopper_pearson(0.0, 5.0, 0.95).unwrap(), [0.0, 1.0 - 0.025f64.powf(0.2)]);
        close(clopper_pearson(9.0, 10.0, 0.95).unwrap(), [0.5549838829718046, 0.9974714214555382]);
        close(garwood(0.0, 2.0, 0.95).unwrap(), [0.0, -(0.025f64.ln()) / 2.0]);
        close(garwood(5.0, 100.0, 0.95).unwrap(), [0.016234863901184206, 0.1166833207932267]);
    }

    #[test]
    fn every_legal_count_has_limits_in_order() {
        let sizes = [
            5e-324,
            1e-310,
            1e-200,
            1e-20,
            1e-5,
            0.1,
            0.3,
            0.49,
            0.5,
            1.0,
            2.0,
            10.0,
            1e6,
            1e12,
            1e17,
            1e50,
            1e155,
            1e200,
            1e300,
            f64::MAX,
        ];
        let in_order = |[low, high]: [f64; 2], most: f64, of: &[f64]| {
            assert!(low >= 0.0 && low <= high && high <= most, "[{low}, {high}] of {of:?}");
        };
        for confidence in [1e-300, 1e-10, 0.5, 0.95, 1.0_f64.next_down()] {
            for trials in sizes {
                for count in [0.0].into_iter().chain(sizes) {
                    let of = [count, trials, confidence];
                    in_order(garwood(count, trials, confidence).unwrap(), f64::INFINITY, &of);
                    if count > trials {
                        continue;
                    }
                    in_order(wilson(count, trials, confidence), 1.0, &of);
                    in_order(agresti_coull(count, trials, confidence), 1.0, &of);
                    in_order(clopper_pearson(count, trials, confidence).unwrap(), 1.0, &of);
                    in_order(jeffreys(count, trials, confidence).unwrap(), 1.0, &of);
                }
            }
        }
    }

    #[test]
    fn reaches_of_equal_shares_keep_their_digits() {
        // Half of 1e12 each time: the reach over 1 / sqrt(2e12) is z / (1 + z^2 / 1e12)^0.5.
        let [low, high] = difference([5e11, 1e12, 5e11, 1e12, 0.95]);
        close([-low, high], [1.385903824347016e-6; 2]);
    }

    #[test]
    fn nothing_observed_says_nothing() {
        assert!(wilson(0.0, 0.0, 0.95)[0].is_nan());
        assert!(garwood(3.0, 0.0, 0.95).unwrap()[1].is_nan());
    }
}
