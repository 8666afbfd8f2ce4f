//! How many recordings an answer of a given precision needs, and how precise a given number is.

use crate::domain::{CONFIDENCE, PROPORTION, Parameter, SD, Z};
use crate::error::{Error, Result};
use crate::numeric::{beta, normal};

/// What spreads the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Their standard deviation is given.
    Deviation,
    /// They are 0 and 1 with the given share of ones.
    Share,
}

/// How the wanted certainty is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// As two-sided confidence.
    Confidence,
    /// As the normal quantile itself.
    Z,
}

/// What the given deviation of a finite population was divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// N - 1, as S is.
    Sample,
    /// N, as sigma is; always so for shares.
    Population,
}

/// The interval whose half width is the margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarginMethod {
    /// Normal quantile, deviation known.
    Normal,
    /// Student's t, deviation to be estimated from the sample.
    Student,
    /// Wilson's, at the given share.
    Wilson,
}

/// A formula of sample size and margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formula {
    spread: Spread,
    level: Certainty,
    correction: Correction,
    method: MarginMethod,
}

/// What surrounds the size: the margin or the size itself, spread, level, population, design effect
/// and response share, in this order.
pub type Cell = [f64; 6];

impl Formula {
    /// The formula that the public arguments name: "sd" or "proportion", "confidence" or "z", and the
    /// values of `fpc` and `method`.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown name or names that do not go together.
    pub fn named(spread: &str, level: &str, fpc: &str, method: &str) -> Result<Self> {
        let unknown = |name: &str, value: &str, known: &str| {
            Err(Error::Usage(format!("{name} must be {known}; got '{value}'")))
        };
        let spread = match spread {
            "sd" => Spread::Deviation,
            "proportion" => Spread::Share,
            other => return unknown("spread", other, "'sd' or 'proportion'"),
        };
        let level = match level {
            "confidence" => Certainty::Confidence,
            "z" => Certainty::Z,
            other => return unknown("level", other, "'confidence' or 'z'"),
        };
        let correction = match fpc {
            "sigma" => Correction::Population,
            "S" if spread == Spread::Share => Correction::Population,
            "S" => Correction::Sample,
            other => return unknown("fpc", other, "'S' or 'sigma'"),
        };
        let method = match method {
            "normal" => MarginMethod::Normal,
            "t" => MarginMethod::Student,
            "wilson" => MarginMethod::Wilson,
            other => return unknown("method", other, "'normal', 't' or 'wilson'"),
        };
        let refused = |reason: &str| Err(Error::Usage(reason.to_owned()));
        match (method, spread, level) {
            (MarginMethod::Student, Spread::Share, _) => {
                refused("method 't' is for sd; for a proportion use 'normal' or 'wilson'")
            }
            (MarginMethod::Wilson, Spread::Deviation, _) => {
                refused("method 'wilson' is for proportion; for sd use 'normal' or 't'")
            }
            (MarginMethod::Student, _, Certainty::Z) => {
                refused("method 't' takes confidence: its quantile depends on the size, z does not")
            }
            _ => Ok(Self { spread, level, correction, method }),
        }
    }

    /// The parameter that the spread is.
    pub fn spread(self) -> &'static Parameter {
        match self.spread {
            Spread::Deviation => &SD,
            Spread::Share => &PROPORTION,
        }
    }

    /// The parameter that the certainty is.
    pub fn level(self) -> &'static Parameter {
        match self.level {
            Certainty::Confidence => &CONFIDENCE,
            Certainty::Z => &Z,
        }
    }

    fn z(self, level: f64) -> f64 {
        match self.level {
            Certainty::Confidence => normal::central_quantile(level),
            Certainty::Z => level,
        }
    }

    fn variance(self, spread: f64) -> f64 {
        match self.spread {
            Spread::Deviation => spread * spread,
            Spread::Share => spread * (1.0 - spread),
        }
    }

    /// Units to invite for the margin, not rounded; only Student's search is over whole numbers.
    ///
    /// The order is: base size, times the design effect, then the finite population, then over the
    /// response share.
    ///
    /// # Errors
    /// As the quantile of Student's t.
    pub fn size(self, [margin, spread, level, population, effect, response]: Cell) -> Result<f64> {
        let completed = match self.method {
            MarginMethod::Normal => {
                let z = self.z(level) / margin;
                self.corrected(z * z * self.variance(spread) * effect, population)
            }
            MarginMethod::Wilson => {
                let base = wilson_size(margin, self.variance(spread), self.z(level)).max(1.0);
                self.corrected(base * effect, population)
            }
            MarginMethod::Student => {
                let within = |n: f64| {
                    Ok(self.margin([n, spread, level, population, effect, 1.0])? <= margin)
                };
                let z = normal::central_quantile(level) / margin;
                let start = self.corrected(z * z * self.variance(spread) * effect, population);
                smallest_whole(start.ceil().max(2.0), 2.0, within)?.min(population)
            }
        };
        Ok(completed / response)
    }

    /// Margin that `n` units invited give.
    ///
    /// # Errors
    /// As the quantile of Student's t.
    pub fn margin(self, [n, spread, level, population, effect, response]: Cell) -> Result<f64> {
        let completed = n * response;
        if completed >= population {
            return Ok(0.0);
        }
        // The size with the same variance in a population without end.
        let equivalent = match self.correction {
            _ if population.is_infinite() => completed,
            Correction::Sample => completed / (1.0 - completed / population),
            Correction::Population => completed * (population - 1.0) / (population - completed),
        } / effect;
        let variance = self.variance(spread);
        match self.method {
            MarginMethod::Normal => Ok(self.z(level) * (variance / equivalent).sqrt()),
            MarginMethod::Wilson => {
                let z = self.z(level);
                let grown = equivalent + z * z;
                Ok(z * (variance * equivalent + 0.25 * z * z).sqrt() / grown)
            }
            // Fewer than two say nothing about their spread.
            MarginMethod::Student if completed < 2.0 => Ok(f64::NAN),
            MarginMethod::Student => {
                let t = beta::t_central_quantile(completed - 1.0, level)?;
                Ok(t * (variance / equivalent).sqrt())
            }
        }
    }

    /// The size in a finite population with the variance of `size` in one without end.
    fn corrected(self, size: f64, population: f64) -> f64 {
        if population.is_infinite() {
            return size;
        }
        if population == 0.0 || size == 0.0 {
            return 0.0;
        }
        match self.correction {
            Correction::Sample => size / (1.0 + size / population),
            Correction::Population => size * population / (size + population - 1.0),
        }
    }
}

/// The real size at which Wilson's half width is `margin`: the positive root of a quadratic in
/// n + z^2. The half width falls in n for every share, as `variance <= 1/4`.
fn wilson_size(margin: f64, variance: f64, z: f64) -> f64 {
    let square = z * z;
    let flat = (1.0 - 4.0 * variance).max(0.0);
    let root = (variance * variance + margin * margin * flat).sqrt();
    square * (variance + root) / (2.0 * margin * margin) - square
}

/// The smallest whole number from `least` on that `holds`, which stays true once it is; `start` is a
/// guess, at least `least`.
fn smallest_whole(start: f64, least: f64, holds: impl Fn(f64) -> Result<bool>) -> Result<f64> {
    let mut step = 1.0;
    let (mut fails, mut meets) = (start, start);
    if holds(start)? {
        while meets > least {
            fails = (meets - step).max(least);
            if !holds(fails)? {
                break;
            }
            meets = fails;
            step *= 2.0;
        }
        if meets == least {
            return Ok(least);
        }
    } else {
        loop {
            meets = fails + step;
            if holds(meets)? {
                break;
            }
            fails = meets;
            step *= 2.0;
            if !step.is_finite() {
                return Ok(f64::NAN);
            }
        }
    }
    while meets - fails > 1.0 {
        let middle = (0.5 * (fails + meets)).floor();
        if middle == fails || middle == meets {
            break;
        }
        if holds(middle)? {
            meets = middle;
        } else {
            fails = middle;
        }
    }
    Ok(meets)
}

/// `size` as a whole number, upwards; one within a relative 1e-9 of a whole number is that number,
/// as `(2 * 0.3 / 0.1)^2` is 36 although its doubles are above it.
pub fn whole(size: f64) -> f64 {
    let nearest = size.round();
    if (size - nearest).abs() <= 1e-9 * size { nearest } else { size.ceil() }
}

/// [`whole`], or nothing where sizes are wanted as they come.
pub fn rounding(rounded: bool) -> fn(f64) -> f64 {
    if rounded { whole } else { std::convert::identity }
}

/// The sum of the quantiles of confidence and power, squared; 0 where chance alone has the power.
fn quantiles_squared(confidence: f64, power: f64) -> f64 {
    let sum = normal::central_quantile(confidence) + normal::lower_quantile(power);
    let sum = sum.max(0.0);
    sum * sum
}

/// Units per group to see `difference` in a mean with standard deviation `sd`, not rounded: between
/// two groups of one size, or with one group against a fixed value.
///
/// Normal theory, two-sided, the far tail ignored.
pub fn power_means(groups: f64, [difference, sd, power, confidence]: [f64; 4]) -> f64 {
    let ratio = sd / difference;
    groups * quantiles_squared(confidence, power) * ratio * ratio
}

/// Units per group to tell the share `first` from `second`, not rounded; equal shares cannot be: NaN.
///
/// Unpooled variance, no continuity correction.
pub fn power_proportions([first, second, power, confidence]: [f64; 4]) -> f64 {
    if first == second {
        return f64::NAN;
    }
    let variance = first * (1.0 - first) + second * (1.0 - second);
    let gap = first - second;
    quantiles_squared(confidence, power) * variance / (gap * gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(names: [&str; 4]) -> Result<Formula> {
        Formula::named(names[0], names[1], names[2], names[3])
    }

    const PLAIN: [f64; 3] = [f64::INFINITY, 1.0, 1.0];

    fn plain(margin: f64, spread: f64, level: f64) -> Cell {
        [margin, spread, level, PLAIN[0], PLAIN[1], PLAIN[2]]
    }

    #[test]
    fn whole_answers_stay_whole() {
        let known = formula(["sd", "z", "S", "normal"]).unwrap();
        for (sd, margin, z, expected) in [
            (0.3, 0.1, 2.0, 36.0),
            (0.1, 0.1, 3.0, 9.0),
            (0.6, 0.2, 3.0, 81.0),
            (0.29, 0.01, 2.0, 3364.0),
        ] {
            assert_eq!(whole(known.size(plain(margin, sd, z)).unwrap()), expected);
        }
        assert_eq!(whole(36.000001), 37.0);
        assert_eq!(whole(0.0), 0.0);
    }

    #[test]
    fn the_margin_of_a_size_is_the_margin_asked_for() {
        for (names, spread, margin) in [
            (["sd", "z", "S", "normal"], 7.0, 1.5),
            (["sd", "z", "sigma", "normal"], 7.0, 1.5),
            (["proportion", "z", "S", "wilson"], 0.3, 0.04),
        ] {
            let question = formula(names).unwrap();
            let n = question.size([margin, spread, 1.7, 900.0, 1.4, 0.8]).unwrap();
            let back = question.margin([n, spread, 1.7, 900.0, 1.4, 0.8]).unwrap();
            assert!((back / margin - 1.0).abs() < 1e-12, "{names:?} {back}");
        }
    }

    #[test]
    fn student_stops_at_the_first_size_that_holds() {
        let question = formula(["sd", "confidence", "S", "t"]).unwrap();
        for (sd, margin, confidence, expected) in
            [(10.0, 5.0, 0.95, 18.0), (12.0, 2.5, 0.8, 40.0), (1.0, 1e3, 0.95, 2.0)]
        {
            let n = question.size(plain(margin, sd, confidence)).unwrap();
            assert_eq!(n, expected);
        }
        // All of a population of one; of a hundred, fewer than without end.
        assert_eq!(question.size([5.0, 10.0, 0.95, 1.0, 1.0, 1.0]), Ok(1.0));
        assert_eq!(question.size([5.0, 10.0, 0.95, 100.0, 1.0, 1.0]), Ok(16.0));
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        for names in [
            ["proportion", "confidence", "S", "t"],
            ["sd", "z", "S", "t"],
            ["sd", "z", "S", "wilson"],
            ["sd", "z", "T", "normal"],
        ] {
            assert!(formula(names).is_err(), "{names:?}");
        }
    }
}
