//! What a table of intervals looks like before it is read: its step, and the rows that do not fit.

use super::calendar::{Clock, DAY};
use crate::error::Result;
use crate::threads::{Run, in_turns};

/// Rows from which a day tells the length of its intervals by its gaps.
const TELLING: usize = 8;

/// Rows of all queues, each queue's in order of time.
#[derive(Debug, Clone, Copy)]
pub struct QueueStarts<'a> {
    /// Instants, in nanoseconds.
    pub starts: &'a [i64],
    /// Where each queue ends.
    pub ends: &'a [usize],
    /// Local time.
    pub clock: Clock<'a>,
}

/// Rows that do not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MisfitRows {
    /// Not at a multiple of the interval by the local clock.
    pub off_grid: Vec<usize>,
    /// At the time of another row of the queue: all of them.
    pub repeated: Vec<usize>,
    /// Of days whose rows are further apart than an interval throughout.
    pub longer: Vec<usize>,
}

impl QueueStarts<'_> {
    fn each<T: Send>(
        &self,
        run: &Run<'_>,
        work: impl Fn(usize, &[i64]) -> T + Sync,
    ) -> Result<Vec<T>> {
        in_turns(self.ends.len(), run, |queue, _| {
            let from = if queue == 0 { 0 } else { self.ends[queue - 1] };
            Ok(work(from, &self.starts[from..self.ends[queue]]))
        })
    }

    /// The smallest gap between two rows of a queue on one day; None where no day has two.
    ///
    /// # Errors
    /// An interruption.
    pub fn smallest_gap(&self, run: &Run<'_>) -> Result<Option<i64>> {
        let found = self.each(run, |_, starts| {
            let mut least = i64::MAX;
            for pair in starts.windows(2) {
                let gap = pair[1].saturating_sub(pair[0]);
                if gap > 0 && gap < least && self.day(pair[0]) == self.day(pair[1]) {
                    least = gap;
                }
            }
            least
        })?;
        Ok(found.into_iter().min().filter(|&least| least < i64::MAX))
    }

    fn day(&self, instant: i64) -> i64 {
        self.clock.local(instant).div_euclid(DAY)
    }

    /// The rows that do not fit intervals of `step`; longer ones are looked for where they are not allowed.
    ///
    /// # Errors
    /// An interruption.
    pub fn misfits(&self, step: i64, longer_allowed: bool, run: &Run<'_>) -> Result<MisfitRows> {
        let found = self.each(run, |from, starts| {
            let mut misfits = MisfitRows::default();
            for (row, &start) in starts.iter().enumerate() {
                if self.clock.local(start).rem_euclid(DAY) % step != 0 {
                    misfits.off_grid.push(from + row);
                }
                let again = (row > 0 && starts[row - 1] == start)
                    || starts.get(row + 1).is_some_and(|&next| next == start);
                if again {
                    misfits.repeated.push(from + row);
                }
            }
            if !longer_allowed {
                misfits.longer = self.longer_days(from, starts, step);
            }
            misfits
        })?;
        let mut all = MisfitRows::default();
        for each in found {
            all.off_grid.extend(each.off_grid);
            all.repeated.extend(each.repeated);
            all.longer.extend(each.longer);
        }
        Ok(all)
    }

    fn longer_days(&self, from: usize, starts: &[i64], step: i64) -> Vec<usize> {
        let mut found = vec![];
        let mut row = 0;
        while row < starts.len() {
            let day = self.day(starts[row]);
            let rows = starts[row..].iter().take_while(|&&start| self.day(start) == day).count();
            let own = &starts[row..row + rows];
            if rows >= TELLING && own.windows(2).all(|pair| pair[1] - pair[0] > step) {
                found.extend(from + row..from + row + rows);
            }
            row += rows;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    #[test]
    fn rows_that_do_not_fit_are_found() {
        let run = Run { threads: Some(1), interrupted: &|| false };
        let clock = Clock { changes: &[], offsets: &[] };
        let half_hours: Vec<i64> = (0..10).map(|k| k * 30 * MINUTE).collect();
        let quarters: Vec<i64> = (0..10).map(|k| DAY + k * 15 * MINUTE).collect();
        let both = [half_hours, quarters].concat();
        let queue = QueueStarts { starts: &both, ends: &[20], clock };
        assert_eq!(queue.smallest_gap(&run), Ok(Some(15 * MINUTE)));
        let found = queue.misfits(15 * MINUTE, false, &run).unwrap();
        assert_eq!(found, MisfitRows { longer: (0..10).collect(), ..MisfitRows::default() });
        let found = queue.misfits(15 * MINUTE, true, &run).unwrap();
        assert_eq!(found, MisfitRows::default());
        let starts = [0, 0, MINUTE, DAY, 0];
        let queue = QueueStarts { starts: &starts, ends: &[4, 5], clock };
        let found = queue.misfits(30 * MINUTE, false, &run).unwrap();
        assert_eq!((found.repeated, found.off_grid), (vec![0, 1], vec![2]));
    }
}
