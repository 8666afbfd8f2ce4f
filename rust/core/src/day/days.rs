//! Many days at once, each on one thread.

use std::ops::Range;

use crate::day::{Interval, Measures, State, evaluate};
use crate::error::{Error, Result};
use crate::numeric::gamma;
use crate::numeric::quadrature::gauss_laguerre;
use crate::numeric::tail::Tail;
use crate::threads::{Run, in_turns};

/// Days that are solved side by side.
pub struct Days<'a> {
    /// The intervals of all days, day by day.
    pub intervals: &'a [Interval],
    /// Where each day ends.
    pub ends: &'a [usize],
    /// How each day starts.
    pub starts: &'a [State],
}

impl Days<'_> {
    /// `work` on each day, with the range of its intervals among all, on several threads; results in the
    /// days' order, whatever the threads.
    pub(super) fn each<T: Send>(
        &self,
        run: &Run<'_>,
        work: impl Fn(Range<usize>, &State, &dyn Fn() -> bool) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let count = self.ends.len();
        if self.starts.len() != count
            || self.ends.last().copied().unwrap_or(0) != self.intervals.len()
        {
            return Err(Error::Usage("days, starts and intervals do not go together".to_owned()));
        }
        in_turns(count, run, |day, watch| {
            let from = if day == 0 { 0 } else { self.ends[day - 1] };
            work(from..self.ends[day], &self.starts[day], &|| watch.stopped())
                .map_err(|failure| failure.later(from))
        })
    }
}

/// The measures of every interval, and every day's state after its last.
///
/// # Errors
/// Those of [`evaluate`], and pieces that do not go together.
pub fn evaluate_days(
    days: &Days<'_>,
    tolerance: f64,
    run: &Run<'_>,
) -> Result<(Vec<Measures>, Vec<State>)> {
    let found = days
        .each(run, |index, start, stop| evaluate(&days.intervals[index], start, tolerance, stop))?;
    let mut measures = Vec::with_capacity(days.intervals.len());
    let mut states = Vec::with_capacity(found.len());
    for (of_day, state) in found {
        measures.extend(of_day);
        states.push(state);
    }
    Ok((measures, states))
}

/// Factors on the calls of a day, gamma distributed with mean 1 and this coefficient of variation: 9 nodes
/// with their weights, exact for polynomials of degree 17 in the calls.
pub fn day_factors(cv: f64) -> [(f64, f64); 9] {
    gauss_laguerre(cv)
}

/// The factor on the calls of a day, gamma distributed with mean 1 and this coefficient of variation, that so
/// many days do not exceed. NaN gives NaN, no variation 1.
///
/// Domain: cv >= 0, 0 < probability < 1.
///
/// # Errors
/// Where the quantile is not found.
pub fn factor_quantile(cv: f64, probability: f64) -> Result<f64> {
    // The square of a much smaller one is no double, and all its factors are 1.
    if cv.is_nan() || cv < 1e-100 {
        return Ok(if cv.is_nan() { cv } else { 1.0 });
    }
    let shape = (cv * cv).recip();
    let tail =
        if probability > 0.5 { Tail::Upper(1.0 - probability) } else { Tail::Lower(probability) };
    Ok(gamma::quantile(shape, tail)? / shape)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::day::ShiftEnd;

    #[test]
    fn factors_of_days() {
        // A cv of 1 is an exponential factor.
        assert!((factor_quantile(1.0, 0.9).unwrap() - 10f64.ln()).abs() < 1e-13);
        assert!((factor_quantile(1.0, 0.25).unwrap() + 0.75f64.ln()).abs() < 1e-13);
        assert_eq!(factor_quantile(0.0, 0.9), Ok(1.0));
        assert!(factor_quantile(f64::NAN, 0.9).is_ok_and(f64::is_nan));
        assert!(factor_quantile(1.4, 0.1).unwrap() < 0.03);
    }

    #[test]
    fn an_interrupt_ends_days_that_are_not_done() {
        let half_hour = Interval {
            length: 1800.0,
            calls: 60.0,
            aht: 240.0,
            patience: 180.0,
            agents: 9,
            threshold: 20.0,
            shift_end: ShiftEnd::Finish,
        };
        let starts = vec![State::waiting(0); 4];
        let days = Days { intervals: &[half_hour; 40], ends: &[10, 20, 30, 40], starts: &starts };
        let looks = Cell::new(0);
        let third = || {
            looks.set(looks.get() + 1);
            looks.get() >= 3
        };
        let run = Run { threads: Some(1), interrupted: &third };
        assert_eq!(evaluate_days(&days, 1e-10, &run).err(), Some(Error::Interrupted));
        assert_eq!(looks.get(), 3);
    }
}
