//! Confidence intervals of shares, rates and their differences, as `[low, high]`.
//!
//! Counts come as `f64` and need not be whole where a finite population or a weight has scaled them.
//! With nothing observed (`trials` or `exposure` 0) an interval is undefined: NaN. Confidence is
//! two-sided and in (0, 1).

mod comparisons;

use crate::choices::choices;
use crate::error::Result;
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
/// As the quantile of the beta distribution.
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
    if population.is_finite() && method == ProportionMethod::ClopperPearson {
        return Ok(hypergeometric(successes, trials, population, confidence));
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

/// The shares M / population for which neither tail of the hypergeometric count is at or below half
/// of 1 - confidence.
fn hypergeometric(successes: f64, trials: f64, population: f64, confidence: f64) -> [f64; 2] {
    let tail = 0.5 * (1.0 - confidence);
    let failures = trials - successes;
    // P(at least the successes seen) grows with the marked in the population, from nothing.
    let fewest = |successes: f64, failures: f64| {
        let (mut below, mut within) = (successes - 1.0, population - failures);
        while within - below > 1.0 {
            let middle = (0.5 * (below + within)).floor();
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
    [low, high]
}

/// P(at least `successes` marked among `trials` drawn) where `marked` of `population` are.
fn hypergeometric_upper(successes: f64, trials: f64, marked: f64, population: f64) -> f64 {
    let mean = trials * marked / population;
    if successes <= mean {
        // The other side, of the unmarked: the shorter and smaller sum.
        return 1.0
            - hypergeometric_upper(
                trials - successes + 1.0,
                trials,
                population - marked,
                population,
            );
    }
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
    let root = z * (square + 4.0 * successes * failures / trials).sqrt();
    // The limits are the roots of a quadratic: the smaller one of each pair by the product of both,
    // so that nothing cancels near 0 and near 1.
    let away = |count: f64| 2.0 * count * count / trials / (2.0 * count + square + root);
    let low = away(successes);
    let high = 1.0 - away(failures);
    [low, high]
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
    Ok([low, high])
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
    Ok([low, high])
}

/// Agresti and Coull's interval of a share: the normal one after adding z²/2 to both counts, cut
/// to [0, 1]. Source: The American Statistician 52 (1998).
pub fn agresti_coull(successes: f64, trials: f64, confidence: f64) -> [f64; 2] {
    if trials == 0.0 {
        return UNDEFINED;
    }
    let z = normal::central_quantile(confidence);
    let total = trials + z * z;
    let share = (successes + 0.5 * z * z) / total;
    let half = z * (share * (1.0 - share) / total).sqrt();
    [(share - half).max(0.0), (share + half).min(1.0)]
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
    Ok([low / exposure, high / exposure])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: [f64; 2], expected: [f64; 2]) {
        for (value, wanted) in got.iter().zip(expected) {
            assert!((value - wanted).abs() <= 1e-13 * wanted.abs(), "{got:?} is not {expected:?}");
        }
    }

    #[test]
    fn wilson_keeps_its_digits_near_both_ends() {
        close(wilson(9.0, 10.0, 0.95), [0.5958499732047615, 0.9821237869049271]);
        close(wilson(5.0, 5.0, 0.95), [0.5655175352168251, 1.0]);
        assert_eq!(wilson(0.0, 5.0, 0.95)[0], 0.0);
        assert_eq!(wilson(5.0, 5.0, 0.95)[1], 1.0);
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
    fn nothing_observed_says_nothing() {
        assert!(wilson(0.0, 0.0, 0.95)[0].is_nan());
        assert!(garwood(3.0, 0.0, 0.95).unwrap()[1].is_nan());
    }
}
