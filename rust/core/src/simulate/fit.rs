//! Distributions fitted to times, some of which are known only to be longer.

use super::draws::ln;
use crate::choices::choices;
use crate::error::{Error, Result};
use crate::numeric::{gamma, normal};
use crate::threads::{Run, Watch};

choices! {
    /// A family with two positive parameters.
    pub enum Family called "family" {
        /// Mean; the second parameter is 1.
        Exponential = "exponential",
        /// exp(mean of the logarithm), its standard deviation.
        LogNormal = "lognormal",
        /// Shape and scale.
        Weibull = "weibull",
        /// Shape and scale.
        Gamma = "gamma",
    }
}

/// Times between two looks at Ctrl-C: some milliseconds of the gamma function's tails, or of sorting.
const TIMES_PER_LOOK: usize = 1 << 12;
const TIMES_PER_SORT: usize = 1 << 16;

/// Turns of the search, each of which takes a step off the simplex: some 100 are used.
const TURNS: usize = 2000;

/// The parameters under which `values` are likeliest, and the logarithm of that likelihood.
///
/// `censored` says which values are known only to be longer. Domain: values > 0, at least one of them
/// not censored. Where all are equal and none is censored there is no spread to fit: but for the
/// exponential that is an error.
///
/// # Errors
/// [`Error::Usage`] as said; [`Error::NotConverged`], unknown inside the domain; [`Error::Interrupted`]
/// where the caller asked to stop.
pub fn fit(
    family: Family,
    values: &[f64],
    censored: &[bool],
    run: &Run<'_>,
) -> Result<([f64; 2], f64)> {
    let uncensored = censored.iter().filter(|&&c| !c).count();
    if uncensored == 0 {
        return Err(Error::Usage(
            "values must hold at least one time that is not censored; got none".to_owned(),
        ));
    }
    let mean = values.iter().sum::<f64>() / uncensored as f64;
    if family == Family::Exponential {
        let likelihood = -(uncensored as f64) * (ln(mean) + 1.0);
        return Ok(([mean, 1.0], likelihood));
    }
    if values.iter().all(|value| *value == values[0]) {
        return Err(Error::Usage(
            "values must not all be equal for a distribution with a spread; use Deterministic"
                .to_owned(),
        ));
    }
    let start = match family {
        Family::LogNormal => [ln(mean) - 0.5, 0.0],
        _ => [0.0, ln(mean)],
    };
    let watch = Watch::alone(run);
    let times = grouped(values, censored, &watch)?;
    let loss = |point: [f64; 2]| Ok(-log_likelihood(family, point, &times, &watch)?);
    let (point, least) = descend(start, loss)?.ok_or_else(|| Error::NotConverged {
        what: "a fit",
        arguments: format!("{family:?} and {} values, mean {mean:?}", values.len()),
    })?;
    Ok((parameters(family, point), -least))
}

/// So many times of one length, all of them known or all of them known only to be longer.
struct CountedTime {
    value: f64,
    censored: bool,
    count: f64,
}

/// Equal times are looked at once: logs are in whole seconds, and a tail of the gamma function is dear.
fn grouped(values: &[f64], censored: &[bool], watch: &Watch<'_>) -> Result<Vec<CountedTime>> {
    let mut all: Vec<(f64, bool)> = values.iter().copied().zip(censored.iter().copied()).collect();
    let order = |a: &(f64, bool), b: &(f64, bool)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    // A sort cannot be left half done; one that finds long runs in order only merges them.
    for part in all.chunks_mut(TIMES_PER_SORT) {
        watch.check()?;
        part.sort_by(order);
    }
    all.sort_by(order);
    watch.check()?;
    let equal = all.chunk_by(|a, b| a == b);
    Ok(equal
        .map(|few| CountedTime { value: few[0].0, censored: few[0].1, count: few.len() as f64 })
        .collect())
}

/// The parameters at a point of the search, where all of them may take any value.
fn parameters(family: Family, point: [f64; 2]) -> [f64; 2] {
    match family {
        Family::LogNormal => [point[0], point[1].exp()],
        _ => [point[0].exp(), point[1].exp()],
    }
}

fn log_likelihood(
    family: Family,
    point: [f64; 2],
    times: &[CountedTime],
    watch: &Watch<'_>,
) -> Result<f64> {
    let [first, second] = parameters(family, point);
    let constant = match family {
        Family::Gamma => ln_gamma(first),
        _ => 0.0,
    };
    let of_one = |&CountedTime { value, censored, .. }: &CountedTime| match family {
        Family::Exponential => {
            let density = if censored { 0.0 } else { first.ln() };
            -density - value / first
        }
        Family::LogNormal => {
            let z = (value.ln() - first) / second;
            if censored {
                normal::upper(z).ln()
            } else {
                -0.5 * z * z - (value * second).ln() - 0.5 * std::f64::consts::TAU.ln()
            }
        }
        Family::Weibull => {
            let x = (value / second).ln() * first;
            let density = if censored { 0.0 } else { (first / value).ln() + x };
            density - x.exp()
        }
        Family::Gamma => {
            let x = value / second;
            if censored {
                gamma_survival(first, x).ln()
            } else {
                (first - 1.0) * x.ln() - x - constant - second.ln()
            }
        }
    };
    let mut sum = 0.0;
    for few in times.chunks(TIMES_PER_LOOK) {
        watch.check()?;
        for time in few {
            sum += time.count * of_one(time);
        }
    }
    // A point where the likelihood underflows is as bad as any.
    Ok(if sum.is_nan() { f64::NEG_INFINITY } else { sum })
}

/// P(X > x) for a gamma variable of scale 1; the tails of shapes below 1/2 come from those of one more.
fn gamma_survival(shape: f64, x: f64) -> f64 {
    if shape >= 0.5 {
        return gamma::tails(shape, x).upper;
    }
    let step = (shape * x.ln() - x - ln_gamma(shape + 1.0)).exp();
    (gamma::tails(shape + 1.0, x).upper - step).max(0.0)
}

/// ln of the gamma function, to 1e-14: Stirling's series from 10 on, after the recurrence.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    let series = 1.0 / 12.0
        - z * (1.0 / 360.0
            - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0 - z * 691.0 / 360360.0))));
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series / x - product.ln()
}

/// The least value of `f` near `start`, by the simplex of Nelder & Mead (1965).
///
/// The likelihoods of these families have one maximum; the simplex needs no derivatives of their tails.
fn descend(
    start: [f64; 2],
    f: impl Fn([f64; 2]) -> Result<f64>,
) -> Result<Option<([f64; 2], f64)>> {
    let corner = |index: [f64; 2]| Ok::<_, Error>((index, f(index)?));
    let mut simplex =
        [corner(start)?, corner([start[0] + 0.5, start[1]])?, corner([start[0], start[1] + 0.5])?];
    for _ in 0..TURNS {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let [best, middle, worst] = simplex;
        let wide = |k: usize| (worst.0[k] - best.0[k]).abs() + (middle.0[k] - best.0[k]).abs();
        // Beyond a square root of the precision the loss itself no longer tells two points apart.
        if wide(0) + wide(1) < 1e-8 {
            return Ok(best.1.is_finite().then_some(best));
        }
        let centre: [f64; 2] = std::array::from_fn(|k| 0.5 * (best.0[k] + middle.0[k]));
        let along =
            |t: f64| corner(std::array::from_fn(|k| centre[k] + t * (worst.0[k] - centre[k])));
        let reflected = along(-1.0)?;
        simplex[2] = if reflected.1 < best.1 {
            let expanded = along(-2.0)?;
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < middle.1 {
            reflected
        } else {
            let inner = along(if reflected.1 < worst.1 { -0.5 } else { 0.5 })?;
            if inner.1 < worst.1.min(reflected.1) {
                inner
            } else {
                let halved =
                    |from: [f64; 2]| corner(std::array::from_fn(|k| 0.5 * (best.0[k] + from[k])));
                simplex[1] = halved(middle.0)?;
                halved(worst.0)?
            }
        };
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::distribution::Distribution;
    use super::*;
    use crate::rng::Key;

    const UNASKED: Run<'static> = Run { threads: Some(1), interrupted: &|| false };

    /// Times of `distribution`, each hidden behind an independent exponential limit.
    fn sample(distribution: &Distribution, limit: f64) -> (Vec<f64>, Vec<bool>) {
        let key = Key::new(5);
        let limits = Distribution::Exponential(limit);
        (0..20_000_u32)
            .map(|i| {
                let value = distribution.value(key.place(u64::from(i)), i);
                let limit = limits.value(key.narrowed(1).place(u64::from(i)), i);
                (value.min(limit), value > limit)
            })
            .unzip()
    }

    #[test]
    fn parameters_come_back_through_censoring() {
        let cases = [
            (Family::Exponential, Distribution::Exponential(150.0), [150.0, 1.0]),
            (Family::LogNormal, Distribution::LogNormal(5.0, 0.8), [5.0, 0.8]),
            (Family::Weibull, Distribution::Weibull(1.5, 120.0), [1.5, 120.0]),
            (Family::Gamma, Distribution::Gamma(2.5, 60.0), [2.5, 60.0]),
            (Family::Gamma, Distribution::Gamma(0.4, 300.0), [0.4, 300.0]),
        ];
        for (family, distribution, expected) in cases {
            let (values, censored) = sample(&distribution, 200.0);
            let (found, _) = fit(family, &values, &censored, &UNASKED).unwrap();
            for (value, target) in found.iter().zip(expected) {
                // Six standard errors of 20,000 half-censored times are at most 5 %.
                assert!((value / target - 1.0).abs() < 0.05, "{family:?}: {found:?}");
            }
        }
    }

    #[test]
    fn the_gamma_function_is_known_at_whole_and_half_numbers() {
        assert!((ln_gamma(5.0) - 24f64.ln()).abs() < 1e-14);
        assert!((ln_gamma(0.5) - 0.5 * std::f64::consts::PI.ln()).abs() < 1e-14);
        assert!((gamma_survival(0.4, 1.0) - 0.119_473_9).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_fitted_is_told() {
        assert!(fit(Family::Weibull, &[1.0, 2.0], &[true, true], &UNASKED).is_err());
        assert!(fit(Family::Weibull, &[2.0, 2.0], &[false, false], &UNASKED).is_err());
    }

    #[test]
    fn a_search_is_left_in_the_middle() {
        let (values, censored) = sample(&Distribution::Weibull(1.5, 120.0), 200.0);
        let asked = std::cell::Cell::new(0);
        let interrupted = || {
            asked.set(asked.get() + 1);
            asked.get() == 100
        };
        let run = Run { threads: Some(1), interrupted: &interrupted };
        assert_eq!(fit(Family::Weibull, &values, &censored, &run), Err(Error::Interrupted));
        assert_eq!(asked.get(), 100);
    }
}
