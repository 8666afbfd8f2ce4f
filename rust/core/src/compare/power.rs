//! What a pilot of so many teams can see: the power of the t test on the teams' changes.

use crate::error::{Error, Result};
use crate::numeric::quadrature::integrate;
use crate::numeric::search::{Among, Point, narrow};
use crate::numeric::{beta, normal};

/// Beyond so many standard deviations a bell holds less than 1e-17.
const REACH: f64 = 8.6;
/// Panels of a bell: 32 nodes each are exact to 1e-15.
const PANELS: i32 = 6;
/// Effects of more standard errors are always found.
const ALWAYS_FOUND: f64 = 1e6;

/// P(T > t) for the noncentral t, t > 0: the integral over s = sqrt(chi-square / freedom) of the normal
/// tail at t s - `shift`.
///
/// Accuracy: 1e-13 absolute. Other libraries' series lose the far tail.
fn tail(freedom: f64, shift: f64, t: f64) -> f64 {
    let spread = REACH / freedom.sqrt();
    let (low, high) = ((1.0 - spread - 1.0 / freedom).max(0.0), 1.0 + spread);
    let parts = |from: f64, to: f64| {
        (0..=PANELS).map(move |k| from + (to - from) * f64::from(k) / f64::from(PANELS))
    };
    let mut cuts: Vec<f64> = parts(low, high).collect();
    let (centre, reach) = (shift / t, REACH / t);
    if 4.0 * reach < high - low {
        // The normal tail falls within a part of the range.
        cuts.extend(parts(centre - reach, centre + reach).filter(|&c| c > low && c < high));
        cuts.sort_unstable_by(f64::total_cmp);
    }
    let mut sums = [0.0; 2];
    for panel in cuts.windows(2) {
        let [above, all] = integrate(panel[0], panel[1], |s| {
            let density = ((freedom - 1.0) * s.ln() - 0.5 * freedom * (s * s - 1.0)).exp();
            [density * normal::upper(t * s - shift), density]
        });
        sums[0] += above;
        sums[1] += all;
    }
    sums[0] / sums[1]
}

/// Power, both tails: `distance` is effect over standard error, `bound` the t that is significant.
fn detected(distance: f64, freedom: f64, bound: f64) -> f64 {
    if distance > ALWAYS_FOUND {
        return 1.0;
    }
    (tail(freedom, distance, bound) + tail(freedom, -distance, bound)).min(1.0)
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
    let bound = beta::t_central_quantile(freedom, confidence)?;
    Ok(detected((effect / (sd * factor(treated, control))).abs(), freedom, bound))
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
    let bound = beta::t_central_quantile(freedom, confidence)?;
    let value = |distance: f64| power - detected(distance, freedom, bound);
    let mut high = bound + normal::lower_quantile(power).max(0.0) + 0.5;
    while value(high) > 0.0 && high < ALWAYS_FOUND {
        high *= 1.5;
    }
    let low = 0.5 * high;
    let low = if value(low) > 0.0 { low } else { 0.0 };
    let ends = [high, low].map(|x| Point { x, value: value(x) });
    let distance = narrow(ends[0], ends[1], Among::Real, value)?;
    Ok(distance * sd * factor(treated, control))
}

/// The least number of teams in each of two equal arms, at least 2, that find an effect with a given
/// probability: effect (not 0), sd, power and confidence.
///
/// # Errors
/// As [`power`]; [`Error::Infeasible`] of more than 2^52 teams.
pub fn teams_needed([effect, sd, wanted, confidence]: [f64; 4]) -> Result<f64> {
    let enough =
        |teams: f64| Ok::<_, Error>(power([effect, sd, teams, teams, confidence])? >= wanted);
    // With known spread: no more are needed than with one that is estimated.
    let quantiles = normal::central_quantile(confidence) + normal::lower_quantile(wanted);
    let start = (2.0 * (quantiles.max(0.0) * sd / effect).powi(2)).floor().max(1.0);
    let (mut few, mut step) = (start, 1.0);
    while few > 1.0 && enough(few)? {
        (few, step) = ((few - step).max(1.0), 2.0 * step);
    }
    let (mut many, mut step) = (few + 1.0, 1.0);
    while !enough(many)? {
        (few, many, step) = (many, many + step, 2.0 * step);
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
    fn tails_are_those_of_the_general_integral() {
        for freedom in [1.0, 2.0, 6.0, 38.0, 1000.0, 1e6] {
            for (shift, t) in [(0.0, 2.0), (-3.0, 2.4), (4.0, 12.7), (30.0, 2.0), (10.0, 9.0)] {
                let expected = 1.0 - crate::numeric::noncentral::t_lower(freedom, shift, t);
                assert!(
                    (tail(freedom, shift, t) - expected).abs() < 1e-12,
                    "{freedom} {shift} {t}"
                );
            }
        }
    }

    #[test]
    fn edges_are_limits() {
        assert_eq!(power([3.0, 0.0, 4.0, 4.0, 0.95]).unwrap(), 1.0);
        assert!((power([1e-9, 1.0, 4.0, 4.0, 0.95]).unwrap() - 0.05).abs() < 1e-12);
        assert_eq!(smallest_effect([1.0, 4.0, 4.0, 0.05, 0.95]).unwrap(), 0.0);
        assert!(power([3.0, 1.0, 1.0, 1.0, 0.95]).unwrap().is_nan());
        assert_eq!(smallest_effect([0.0, 4.0, 4.0, 0.8, 0.95]).unwrap(), 0.0);
        for (effect, wanted) in [(0.05, 0.8), (0.7, 0.3), (9.0, 0.999), (2.0, 0.06)] {
            let teams = teams_needed([effect, 1.0, wanted, 0.95]).unwrap();
            let found = |teams: f64| power([effect, 1.0, teams, teams, 0.95]).unwrap();
            assert!(teams >= 2.0 && found(teams) >= wanted, "{effect} {teams}");
            assert!(teams == 2.0 || found(teams - 1.0) < wanted, "{effect} {teams}");
        }
        let seen = smallest_effect([7.0, 3.0, 9.0, 0.9, 0.99]).unwrap();
        assert!((power([seen, 7.0, 3.0, 9.0, 0.99]).unwrap() - 0.9).abs() < 1e-12);
    }
}
