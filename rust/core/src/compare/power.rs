//! What a pilot of so many teams can see: the power of the t test on the teams' changes.

use crate::error::{Error, Result};
use crate::numeric::search::{Among, Point, narrow};
use crate::numeric::{beta, noncentral};

/// Power by the noncentral t, both tails.
///
/// `distance` is effect over standard error, `freedom` teams less 2. Own integral over chi: the series of
/// other libraries lose the far tail.
fn detected(distance: f64, freedom: f64, confidence: f64) -> Result<f64> {
    let bound = beta::t_central_quantile(freedom, confidence)?;
    if distance > 1e6 {
        return Ok(1.0);
    }
    let beyond = |shift: f64| 1.0 - noncentral::t_lower(freedom, shift, bound);
    Ok((beyond(distance) + beyond(-distance)).clamp(0.0, 1.0))
}

/// Spread of the difference of the arms' means, in standard deviations of a team's change.
fn factor(treated: f64, control: f64) -> f64 {
    (1.0 / treated + 1.0 / control).sqrt()
}

/// Probability that an effect is found significant: effect, sd of a team's change, teams in both arms
/// and confidence. NaN with fewer than three teams.
///
/// # Errors
/// As the quantile of Student's t.
pub fn power([effect, sd, treated, control, confidence]: [f64; 5]) -> Result<f64> {
    let freedom = treated + control - 2.0;
    if freedom < 1.0 {
        return Ok(f64::NAN);
    }
    if effect == 0.0 {
        return Ok(1.0 - confidence);
    }
    detected((effect / (sd * factor(treated, control))).abs(), freedom, confidence)
}

/// The effect that is found with a given probability: sd, teams in both arms, power and confidence.
/// 0 where chance alone alarms as often; NaN with fewer than three teams.
///
/// # Errors
/// As [`power`].
pub fn smallest_effect([sd, treated, control, power, confidence]: [f64; 5]) -> Result<f64> {
    let freedom = treated + control - 2.0;
    if freedom < 1.0 {
        return Ok(f64::NAN);
    }
    if power <= 1.0 - confidence {
        return Ok(0.0);
    }
    let mut failure = None;
    let mut value = |distance: f64| {
        detected(distance, freedom, confidence).map_or_else(
            |error| {
                failure = Some(error);
                f64::NAN
            },
            |found| power - found,
        )
    };
    let mut high = 4.0;
    while value(high) > 0.0 && high < 1e6 {
        high *= 2.0;
    }
    let bad = Point { x: 0.0, value: power - (1.0 - confidence) };
    let good = Point { x: high, value: value(high) };
    let distance = narrow(good, bad, Among::Real, &mut value)?;
    failure.map_or(Ok(distance * sd * factor(treated, control)), Err)
}

/// The least number of teams in each of two equal arms, at least 2, that find an effect with a given
/// probability: effect (not 0), sd, power and confidence.
///
/// # Errors
/// As [`power`]; [`Error::Infeasible`] of more than 2^52 teams.
pub fn teams_needed([effect, sd, wanted, confidence]: [f64; 4]) -> Result<f64> {
    let enough =
        |teams: f64| Ok::<_, Error>(power([effect, sd, teams, teams, confidence])? >= wanted);
    let (mut few, mut many) = (1.0, 2.0);
    while !enough(many)? {
        (few, many) = (many, 2.0 * many);
        if many > (1_u64 << 52) as f64 {
            return Err(Error::Infeasible {
                parameter: "effect",
                value: effect,
                position: Vec::new(),
                why: "no number of teams sees so small an effect",
            });
        }
    }
    while many - few > 1.0 {
        let middle = (0.5 * (few + many)).floor();
        if enough(middle)? {
            many = middle;
        } else {
            few = middle;
        }
    }
    Ok(many)
}

/// Standard deviation of a team's change without history: sd of a call, its intraclass correlation, calls
/// a period, and correlations of the team's level and of its calls between the periods.
pub fn change_sd([sd, icc, size, team_correlation, call_correlation]: [f64; 5]) -> f64 {
    let teams = icc * (1.0 - team_correlation);
    let calls = (1.0 - icc) * (1.0 - call_correlation) / size;
    (2.0 * sd * sd * (teams + calls)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_pilots() {
        let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-10);
        close(power([2.0, 1.0, 4.0, 4.0, 0.95]).unwrap(), 0.6568758750949913);
        close(power([1.6, 10.3, 4.0, 4.0, 0.95]).unwrap(), 0.054017522878585564);
        close(smallest_effect([1.0, 4.0, 4.0, 0.8, 0.95]).unwrap(), 2.3807542132711967);
        assert_eq!(teams_needed([1.6, 10.3, 0.8, 0.95]).unwrap(), 652.0);
        close(change_sd([190.0, 0.045, 3000.0, 0.6, 0.0]), 36.367343409529745);
    }

    #[test]
    fn edges_are_limits() {
        assert_eq!(power([3.0, 0.0, 4.0, 4.0, 0.95]).unwrap(), 1.0);
        assert!((power([1e-9, 1.0, 4.0, 4.0, 0.95]).unwrap() - 0.05).abs() < 1e-12);
        assert_eq!(smallest_effect([1.0, 4.0, 4.0, 0.05, 0.95]).unwrap(), 0.0);
        assert!(power([3.0, 1.0, 1.0, 1.0, 0.95]).unwrap().is_nan());
        let seen = smallest_effect([7.0, 3.0, 9.0, 0.9, 0.99]).unwrap();
        assert!((power([seen, 7.0, 3.0, 9.0, 0.99]).unwrap() - 0.9).abs() < 1e-12);
    }
}
