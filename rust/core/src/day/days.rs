//! Many days at once, each on one thread.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::day::{Interval, Measures, State, evaluate};
use crate::error::{Error, Result};
use crate::grid::{Run, automatic_threads};

/// Days side by side.
pub struct Days<'a> {
    /// The intervals of all days, day by day.
    pub intervals: &'a [Interval],
    /// Where each day ends.
    pub ends: &'a [usize],
    /// How each day starts.
    pub starts: &'a [State],
}

impl Days<'_> {
    /// `work` on each day, told where its intervals stand among all, on several threads; results in the
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
        let threads = run.threads.unwrap_or_else(automatic_threads).min(count).max(1);
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let results: Mutex<Vec<Option<Result<T>>>> = Mutex::new((0..count).map(|_| None).collect());
        let turns = |interrupted: &dyn Fn() -> bool| {
            loop {
                let day = next.fetch_add(1, Ordering::Relaxed);
                if day >= count || stop.load(Ordering::Relaxed) {
                    return;
                }
                let from = if day == 0 { 0 } else { self.ends[day - 1] };
                let result = work(from..self.ends[day], &self.starts[day], interrupted);
                if result.is_err() {
                    stop.store(true, Ordering::Relaxed);
                }
                results.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[day] =
                    Some(result);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| turns(&|| stop.load(Ordering::Relaxed)));
            }
            turns(&|| {
                let asked = (run.interrupted)();
                if asked {
                    stop.store(true, Ordering::Relaxed);
                }
                asked || stop.load(Ordering::Relaxed)
            });
        });
        let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let failed = |result: &Option<Result<T>>| match result {
            Some(Err(error)) if *error != Error::Interrupted => Some(error.clone()),
            _ => None,
        };
        if let Some(error) = results.iter().find_map(failed) {
            return Err(error);
        }
        results.into_iter().map(|result| result.unwrap_or(Err(Error::Interrupted))).collect()
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
        .each(run, |place, start, stop| evaluate(&days.intervals[place], start, tolerance, stop))?;
    let mut measures = Vec::with_capacity(days.intervals.len());
    let mut states = Vec::with_capacity(found.len());
    for (of_day, state) in found {
        measures.extend(of_day);
        states.push(state);
    }
    Ok((measures, states))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::day::ShiftEnd;
    use crate::grid::Invalid;

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
        let run = Run { invalid: Invalid::Raise, threads: Some(1), interrupted: &third };
        assert_eq!(evaluate_days(&days, 1e-10, &run).err(), Some(Error::Interrupted));
        assert_eq!(looks.get(), 3);
    }
}
