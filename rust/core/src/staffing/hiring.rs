//! Head-counts to come: cohorts that leave by tenure and grow effective by tenure.
//!
//! Whoever leaves does so at the end of a period, after its work. The survivors of a cohort of n people are
//! binomial; expected values are sums over cohorts.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::numeric::normal;
use crate::threads::Watch;

/// People up to whom the chance of a shortage is exact.
const MOST_EXACT: f64 = 200.0;
/// Distinct sums of effectiveness up to which it is exact.
const MOST_SUMS: usize = 20_000;
/// Sums of effectiveness differ by this at least.
const SUM_UNIT: f64 = 1e-9;
/// A head-count is whole to this.
const WHOLE: f64 = 1e-9;

/// People of one tenure at the start of a period.
#[derive(Debug, Clone, Copy)]
pub struct Cohort {
    /// How many.
    pub people: f64,
    /// Periods since they came.
    pub tenure: usize,
    /// The period in which they are there first.
    pub from: usize,
    /// What each counts as, of one full contract.
    pub contract: f64,
}

/// One period of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Headcount {
    /// Expected people.
    pub heads: f64,
    /// Expected people by what they can do.
    pub effective: f64,
    /// Standard deviation of `effective`.
    pub sd: f64,
    /// Probability that `effective` is below the need; NaN without one.
    pub short: f64,
}

/// Hazards and effectiveness by tenure.
#[derive(Debug, Clone, Copy)]
pub struct Career<'a> {
    /// Probability to leave at the end of a period; the last value continues.
    pub hazard: &'a [f64],
    /// Share of a full person's work; 1 from the end of the list on.
    pub effectiveness: &'a [f64],
}

impl Career<'_> {
    fn hazard(&self, tenure: usize) -> f64 {
        self.hazard.get(tenure).or(self.hazard.last()).copied().unwrap_or(0.0)
    }

    fn effectiveness(&self, tenure: usize) -> f64 {
        self.effectiveness.get(tenure).copied().unwrap_or(1.0)
    }
}

/// The survivors of a cohort in one period: people at the start, chance to be there still, and their work.
struct Survivors {
    people: f64,
    chance: f64,
    work: f64,
}

/// Every period's people; `need` is empty or has one value a period.
///
/// # Errors
/// [`crate::Error::Interrupted`].
pub fn path(
    cohorts: &[Cohort],
    career: Career<'_>,
    need: &[f64],
    periods: usize,
    watch: &Watch<'_>,
) -> Result<Vec<Headcount>> {
    let mut chances = vec![1.0; cohorts.len()];
    let mut found = Vec::with_capacity(periods);
    for period in 0..periods {
        let mut survivors = Vec::new();
        for (cohort, chance) in cohorts.iter().zip(&mut chances) {
            if let Some(age) = period.checked_sub(cohort.from) {
                let tenure = cohort.tenure + age;
                let work = career.effectiveness(tenure) * cohort.contract;
                survivors.push(Survivors { people: cohort.people, chance: *chance, work });
                *chance *= 1.0 - career.hazard(tenure);
            }
        }
        found.push(of_period(&survivors, need.get(period).copied(), watch)?);
    }
    Ok(found)
}

fn of_period(survivors: &[Survivors], need: Option<f64>, watch: &Watch<'_>) -> Result<Headcount> {
    // From +0: the empty sum of floats is -0.
    let heads = survivors.iter().fold(0.0, |total, s| total + s.people * s.chance);
    let effective = survivors.iter().fold(0.0, |total, s| total + s.people * s.chance * s.work);
    let variance = survivors
        .iter()
        .fold(0.0, |total, s| total + s.people * s.chance * (1.0 - s.chance) * s.work * s.work);
    let sd = variance.sqrt();
    let short = match need {
        None => f64::NAN,
        Some(need) => exact_shortage(survivors, need, watch)?
            .unwrap_or_else(|| by_normal(effective, sd, need)),
    };
    Ok(Headcount { heads, effective, sd, short })
}

fn by_normal(effective: f64, sd: f64, need: f64) -> f64 {
    if need.is_nan() {
        f64::NAN
    } else if sd > 0.0 {
        normal::lower((need - effective) / sd)
    } else {
        f64::from(u8::from(effective < need - WHOLE * need.abs().max(1.0)))
    }
}

/// The chance that the work of the survivors is below the need, by convolution of binomial counts.
///
/// None for many people, broken ones, or too many distinct sums.
fn exact_shortage(survivors: &[Survivors], need: f64, watch: &Watch<'_>) -> Result<Option<f64>> {
    let people: f64 = survivors.iter().map(|s| s.people).sum();
    let broken = survivors.iter().any(|s| (s.people - s.people.round()).abs() > WHOLE);
    if people >= MOST_EXACT || broken || need.is_nan() {
        return Ok(None);
    }
    let mut sums = BTreeMap::from([(0_i64, 1.0)]);
    for group in survivors {
        watch.check()?;
        if group.people < 0.5 || group.work == 0.0 {
            continue;
        }
        let counts = binomial(group.people.round() as usize, group.chance);
        let mut joined = BTreeMap::new();
        for (&sum, &before) in &sums {
            for (count, &chance) in counts.iter().enumerate() {
                if chance > 0.0 {
                    let work = (count as f64 * group.work / SUM_UNIT).round() as i64;
                    *joined.entry(sum + work).or_insert(0.0) += before * chance;
                }
            }
            if joined.len() > MOST_SUMS {
                return Ok(None);
            }
        }
        sums = joined;
    }
    // Equal to the need is no shortage, whatever the rounding of the sums.
    let below = need / SUM_UNIT - 1e3;
    Ok(Some(
        sums.range(..)
            .filter(|&(&sum, _)| (sum as f64) < below)
            .fold(0.0, |total, (_, p)| total + p)
            .min(1.0),
    ))
}

/// Probabilities of 0 to `count` survivors.
fn binomial(count: usize, chance: f64) -> Vec<f64> {
    let mut found = vec![0.0; count + 1];
    found[0] = 1.0;
    for person in 0..count {
        for k in (0..=person).rev() {
            found[k + 1] += found[k] * chance;
            found[k] *= 1.0 - chance;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cohort: Cohort, career: Career<'_>, need: &[f64], periods: usize) -> Vec<Headcount> {
        let run = crate::threads::Run { threads: Some(1), interrupted: &|| false };
        path(&[cohort], career, need, periods, &Watch::alone(&run)).unwrap_or_default()
    }

    const CAREER: Career<'_> = Career { hazard: &[0.5, 0.1], effectiveness: &[0.0, 0.5] };

    #[test]
    fn a_class_trains_then_ramps_and_leavers_work_to_the_end_of_the_period() {
        let class = Cohort { people: 8.0, tenure: 0, from: 1, contract: 1.0 };
        let found = found(class, CAREER, &[], 4);
        let heads: Vec<f64> = found.iter().map(|p| p.heads).collect();
        let work: Vec<f64> = found.iter().map(|p| p.effective).collect();
        assert_eq!(heads, [0.0, 8.0, 4.0, 3.6]);
        assert_eq!(work, [0.0, 0.0, 2.0, 3.6]);
    }

    #[test]
    fn the_chance_of_a_shortage_is_a_binomial_tail() {
        let two = Cohort { people: 2.0, tenure: 1, from: 0, contract: 1.0 };
        let career = Career { hazard: &[0.5], effectiveness: &[] };
        let found = found(two, career, &[2.0, 2.0, 1.0], 3);
        assert_eq!(found[0].short, 0.0);
        assert!((found[1].short - 0.75).abs() < 1e-15);
        assert!((found[2].short - 0.5625).abs() < 1e-15);
        assert!((found[1].sd - 0.5_f64.sqrt()).abs() < 1e-15);
    }
}
