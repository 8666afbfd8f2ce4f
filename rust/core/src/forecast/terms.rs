//! The terms of a day's level: which elements of the state a day has, and their prior variances.

use std::f64::consts::TAU;

use super::calendar::{WEEKDAYS, month_position, weekday, year_position};

/// Elements of the state that every series has: constant, level, autoregression.
pub const CONSTANT: usize = 0;
/// Decays to 0 with a half life of 69 days.
pub const LEVEL: usize = 1;
/// What yesterday says about today.
pub const AUTOREGRESSION: usize = 2;
/// The first of the weekdays' effects.
pub const FIRST_WEEKDAY: usize = 3;
const SEASONS_FROM: usize = FIRST_WEEKDAY + WEEKDAYS;

/// Harmonics of the month and of the year.
const HARMONICS: usize = 3;
/// Prior variance of the first harmonic; that of the k-th is a k-th of it.
const OF_HARMONIC: f64 = 0.01;
/// Prior variance of a special kind's effect: a standard deviation of 0.4 in the logarithm.
pub const OF_KIND: f64 = 0.16;
/// Most terms that one day has.
pub const MOST_TERMS: usize = 4 + 4 * HARMONICS + 1;

/// Which elements the state has besides the weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateLayout {
    /// Position in the month.
    pub month: bool,
    /// Position in the year, for histories of two years or more.
    pub year: bool,
    /// Kinds of special days.
    pub kinds: usize,
}

/// What is special about a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpecialDay {
    /// Days since 1970.
    pub day: i64,
    /// Its kind, or None for one that the history had no name for.
    pub kind: Option<usize>,
    /// A weekday whose effect and profile it takes in place of its own.
    pub like: Option<usize>,
    /// Logarithm of the planner's factor.
    pub log_factor: f64,
    /// No calls are taken.
    pub closed: bool,
}

/// The elements of the state that a day's logarithm is the sum of, with their multipliers.
#[derive(Debug, Clone, Copy)]
pub struct DayTerms {
    elements: [(usize, f64); MOST_TERMS],
    count: usize,
    /// Known beforehand: the logarithm of the planner's factor.
    pub offset: f64,
    /// Variance of an effect that is no element of the state.
    pub unknown: f64,
}

impl DayTerms {
    /// Elements and multipliers.
    pub fn elements(&self) -> &[(usize, f64)] {
        &self.elements[..self.count]
    }

    fn push(&mut self, element: usize, multiplier: f64) {
        self.elements[self.count] = (element, multiplier);
        self.count += 1;
    }
}

impl StateLayout {
    fn year_from(&self) -> usize {
        SEASONS_FROM + if self.month { 2 * HARMONICS } else { 0 }
    }

    /// The place of the first special kind.
    pub fn kinds_from(&self) -> usize {
        self.year_from() + if self.year { 2 * HARMONICS } else { 0 }
    }

    /// Elements of the state.
    pub fn elements(&self) -> usize {
        self.kinds_from() + self.kinds
    }

    /// Prior variances of the elements whose variance all filters share; level and autoregression are 0 here.
    pub fn priors(&self, long_enough_for_years: bool) -> Vec<f64> {
        let mut priors = vec![0.0; self.elements()];
        priors[CONSTANT] = 1.0;
        priors[FIRST_WEEKDAY..SEASONS_FROM].fill(1.0);
        for k in 0..2 * HARMONICS {
            let variance = OF_HARMONIC / (k / 2 + 1) as f64;
            if self.month {
                priors[SEASONS_FROM + k] = variance;
            }
            if self.year && long_enough_for_years {
                priors[self.year_from() + k] = variance;
            }
        }
        priors[self.kinds_from()..].fill(OF_KIND);
        priors
    }

    /// The terms of a day.
    pub fn terms(&self, day: i64, special: Option<&SpecialDay>) -> DayTerms {
        let mut terms = DayTerms {
            elements: [(0, 0.0); MOST_TERMS],
            count: 0,
            offset: special.map_or(0.0, |each| each.log_factor),
            unknown: 0.0,
        };
        for element in [CONSTANT, LEVEL, AUTOREGRESSION] {
            terms.push(element, 1.0);
        }
        terms.push(FIRST_WEEKDAY + base_weekday(day, special), 1.0);
        if self.month {
            push_harmonics(&mut terms, SEASONS_FROM, month_position(day));
        }
        if self.year {
            push_harmonics(&mut terms, self.year_from(), year_position(day));
        }
        if let Some(special) = special {
            match special.kind {
                Some(kind) => terms.push(self.kinds_from() + kind, 1.0),
                None => terms.unknown = OF_KIND,
            }
        }
        terms
    }
}

fn push_harmonics(terms: &mut DayTerms, from: usize, position: f64) {
    for k in 0..HARMONICS {
        let (sin, cos) = (TAU * (k + 1) as f64 * position).sin_cos();
        terms.push(from + 2 * k, sin);
        terms.push(from + 2 * k + 1, cos);
    }
}

/// The weekday whose level and profile a day starts from.
pub fn base_weekday(day: i64, special: Option<&SpecialDay>) -> usize {
    special.and_then(|each| each.like).unwrap_or_else(|| weekday(day))
}
