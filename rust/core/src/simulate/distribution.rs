//! Distributions of times, in seconds. Each value is a function of 64 random bits.

use super::draws::{exponential, ln, unit};
use crate::error::{Error, Result};
use crate::numeric::exponential::exp;
use crate::numeric::normal;
use crate::rng::Key;

/// A distribution of times >= 0; infinite values mean "never".
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Always this value.
    Deterministic(f64),
    /// Exponential with this mean.
    Exponential(f64),
    /// Uniform between two values.
    Uniform(f64, f64),
    /// exp of a normal variable: mean and standard deviation of the logarithm.
    LogNormal(f64, f64),
    /// Weibull: shape and scale.
    Weibull(f64, f64),
    /// Gamma: shape and scale.
    Gamma(f64, f64),
    /// These values, each as often as its cumulated share says; the last share is 1.
    Empirical(Vec<f64>, Vec<f64>),
    /// The number-th caller has the number-th value; after the last comes the first again.
    Trace(Vec<f64>),
    /// One of several, by cumulated share.
    Mixture(Vec<Distribution>, Vec<f64>),
}

/// The place of `share` among cumulated shares.
fn choose(cumulated: &[f64], share: f64) -> usize {
    cumulated.partition_point(|&c| c <= share).min(cumulated.len() - 1)
}

impl Distribution {
    /// The distribution called `name`, with its one or two `parameters`, or its `values` and their
    /// cumulated `parameters`, or its `parts` and theirs.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is none of that name and these parts.
    pub fn named(
        name: &str,
        parameters: Vec<f64>,
        values: Vec<f64>,
        parts: Vec<Self>,
    ) -> Result<Self> {
        Ok(match (name, parameters.as_slice()) {
            ("deterministic", &[value]) => Self::Deterministic(value),
            ("exponential", &[mean]) => Self::Exponential(mean),
            ("uniform", &[low, high]) => Self::Uniform(low, high),
            ("lognormal", &[mu, sigma]) => Self::LogNormal(mu, sigma),
            ("weibull", &[shape, scale]) => Self::Weibull(shape, scale),
            ("gamma", &[shape, scale]) => Self::Gamma(shape, scale),
            ("empirical", cumulated) if cumulated.len() == values.len() && !values.is_empty() => {
                Self::Empirical(values, parameters)
            }
            ("trace", _) if !values.is_empty() => Self::Trace(values),
            ("mixture", cumulated) if cumulated.len() == parts.len() && !parts.is_empty() => {
                Self::Mixture(parts, parameters)
            }
            _ => {
                return Err(Error::Usage(format!(
                    "there is no distribution {name:?} of this form"
                )));
            }
        })
    }

    /// The value that `bits` stand for, of the caller numbered `number`.
    ///
    /// Increasing in the bits for all but `Exponential`, `Weibull` (decreasing), `Gamma` and `Mixture`
    /// (neither): two distributions of one kind move together under common random numbers.
    #[inline(always)]
    pub(super) fn value(&self, bits: u64, number: u32) -> f64 {
        match self {
            Self::Exponential(mean) => mean * exponential(bits),
            Self::Deterministic(value) => *value,
            _ => self.rarer(bits, number),
        }
    }

    #[inline(never)]
    fn rarer(&self, bits: u64, number: u32) -> f64 {
        match self {
            Self::Deterministic(value) => *value,
            Self::Exponential(mean) => mean * exponential(bits),
            Self::Uniform(low, high) => low + (high - low) * unit(bits),
            Self::LogNormal(mu, sigma) => exp(mu + sigma * normal::lower_quantile(unit(bits))),
            Self::Weibull(shape, scale) => scale * exp(ln(exponential(bits)) / shape),
            Self::Gamma(shape, scale) => scale * gamma(*shape, bits),
            Self::Empirical(values, cumulated) => values[choose(cumulated, unit(bits))],
            Self::Trace(values) => values[number as usize % values.len()],
            Self::Mixture(parts, cumulated) => {
                let part = &parts[choose(cumulated, unit(bits))];
                part.value(Key::new(bits).place(0), number)
            }
        }
    }

    /// Whether it never gives anything but infinity.
    pub(super) fn is_never(&self) -> bool {
        matches!(self, Self::Deterministic(value) | Self::Exponential(value) if value.is_infinite())
    }

    /// Whether it never gives anything but 0.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Deterministic(value) | Self::Exponential(value) => *value == 0.0,
            _ => false,
        }
    }
}

/// A gamma variable of scale 1, from a stream that `bits` begin.
///
/// Source: Marsaglia & Tsang 2000, with their power of a uniform number for shapes below 1.
fn gamma(shape: f64, bits: u64) -> f64 {
    let mut stream = Key::new(bits).stream();
    let boost = if shape < 1.0 { exp(-exponential(stream.bits()) / shape) } else { 1.0 };
    let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    // Accepted with probability above 0.95 a turn: the loop ends with probability one, and
    // deterministically for given bits.
    loop {
        let z = normal::lower_quantile(unit(stream.bits()));
        let root = 1.0 + c * z;
        if root > 0.0 {
            let v = root * root * root;
            if -exponential(stream.bits()) < 0.5 * z * z + d - d * v + d * ln(v) {
                return boost * d * v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and standard deviation of many draws.
    fn seen(distribution: &Distribution) -> (f64, f64) {
        let key = Key::new(20240305);
        let count = 200_000_u32;
        let values: Vec<f64> =
            (0..count).map(|i| distribution.value(key.place(u64::from(i)), i)).collect();
        let mean = values.iter().sum::<f64>() / f64::from(count);
        let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(count);
        (mean, square.sqrt())
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let thirds = vec![1.0 / 3.0, 2.0 / 3.0, 1.0];
        let cases = [
            (Distribution::Deterministic(7.0), 7.0, 0.0),
            (Distribution::Exponential(200.0), 200.0, 200.0),
            (Distribution::Uniform(10.0, 130.0), 70.0, 120.0 / 12f64.sqrt()),
            (Distribution::LogNormal(5.0, 0.5), (5.125f64).exp(), 89.62679),
            (Distribution::Weibull(2.0, 100.0), 88.62269, 46.32514),
            (Distribution::Gamma(3.0, 50.0), 150.0, 50.0 * 3f64.sqrt()),
            (Distribution::Gamma(0.4, 50.0), 20.0, 50.0 * 0.4f64.sqrt()),
            (Distribution::Empirical(vec![1.0, 2.0, 6.0], thirds), 3.0, 14f64.sqrt() / 3f64.sqrt()),
            (Distribution::Trace(vec![1.0, 3.0]), 2.0, 1.0),
            (
                Distribution::Mixture(
                    vec![Distribution::Exponential(10.0), Distribution::Deterministic(40.0)],
                    vec![0.5, 1.0],
                ),
                25.0,
                275f64.sqrt(),
            ),
        ];
        for (distribution, mean, sd) in cases {
            let (m, s) = seen(&distribution);
            // Five standard errors of the mean; the standard deviation to 3 %.
            assert!(
                (m - mean).abs() <= 5.0 * sd / 200_000f64.sqrt() + 1e-12,
                "{distribution:?}: {m}"
            );
            assert!((s - sd).abs() <= 0.03 * sd + 1e-9, "{distribution:?}: {s}");
        }
    }
}
