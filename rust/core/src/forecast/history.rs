//! A queue's rows as days of slots by the local clock.

use super::calendar::{Clock, DAY};

/// Half life of what handle times weigh, in days.
const HANDLE_TIME_HALF_LIFE: f64 = 28.0;
/// Calls of the overall handle time that each slot is given.
const HANDLE_TIME_PRIOR: f64 = 100.0;

/// Rows of one queue in order of time, each once.
#[derive(Debug, Clone, Copy)]
pub struct QueueRows<'a> {
    /// Instants, in nanoseconds.
    pub starts: &'a [i64],
    /// Calls; NaN: unknown.
    pub volumes: &'a [f64],
    /// Calls handled and seconds of handling them; None: no handle times.
    pub handled: Option<(&'a [f64], &'a [f64])>,
}

/// Calls by day and slot.
#[derive(Debug, Clone)]
pub struct SlotCounts {
    /// The first day with a row.
    pub first_day: i64,
    /// Days from there to the last with a row.
    pub days: usize,
    /// Slots of a day.
    pub slots: usize,
    /// Day by day; NaN: unknown.
    pub counts: Vec<f64>,
    /// How often each slot of a day comes, where it is not once.
    pub occurrences: Vec<(usize, Vec<u8>)>,
}

impl SlotCounts {
    /// Of rows; None without any.
    pub fn of(rows: &QueueRows<'_>, clock: &Clock<'_>, step: i64) -> Option<Self> {
        let local = |row: usize| clock.local(rows.starts[row]);
        let last = rows.starts.len().checked_sub(1)?;
        let first_day = local(0).div_euclid(DAY);
        let days = (local(last).div_euclid(DAY) - first_day + 1).max(1) as usize;
        let slots = (DAY / step) as usize;
        let mut counts = vec![f64::NAN; days * slots];
        for row in 0..rows.starts.len() {
            let index = (local(row) - first_day * DAY).div_euclid(step) as usize;
            let value = rows.volumes[row];
            // A slot that comes twice holds the calls of both.
            counts[index] = if counts[index].is_nan() { value } else { counts[index] + value };
        }
        let occurrences = (0..days)
            .filter_map(|day| Some((day, clock.occurrences(first_day + day as i64, step)?)))
            .collect();
        Some(Self { first_day, days, slots, counts, occurrences })
    }

    /// The slots of a day.
    pub fn day(&self, day: usize) -> &[f64] {
        &self.counts[day * self.slots..][..self.slots]
    }

    /// How often each slot of a day comes; None: once each.
    pub fn occurrences_of(&self, day: usize) -> Option<&[u8]> {
        self.occurrences.iter().find(|(each, _)| *each == day).map(|(_, found)| found.as_slice())
    }
}

/// Handle times by slot: sums of handling over sums of handled calls, newer days weighing more, each slot with
/// 100 calls of the overall mean; all NaN where no call was handled.
///
/// `age` is each row's in days before the last, `slot` its place in the day.
pub fn handle_times(slots: usize, rows: impl Iterator<Item = (f64, usize, f64, f64)>) -> Vec<f64> {
    let (mut handled, mut seconds) = (vec![0.0; slots], vec![0.0; slots]);
    for (age, slot, calls, time) in rows {
        if calls.is_finite() && time.is_finite() {
            let weight = (-age / HANDLE_TIME_HALF_LIFE).exp2();
            handled[slot] += weight * calls;
            seconds[slot] += weight * time;
        }
    }
    let overall = seconds.iter().sum::<f64>() / handled.iter().sum::<f64>();
    let of_slot = |(calls, time): (&f64, &f64)| {
        HANDLE_TIME_PRIOR.mul_add(overall, *time) / (calls + HANDLE_TIME_PRIOR)
    };
    handled.iter().zip(&seconds).map(of_slot).collect()
}

/// [`handle_times`] of a queue's rows.
pub fn handle_times_of(rows: &QueueRows<'_>, clock: &Clock<'_>, step: i64) -> Vec<f64> {
    let slots = (DAY / step) as usize;
    let Some((handled, seconds)) = rows.handled else { return vec![f64::NAN; slots] };
    let last = rows.starts.last().map_or(0, |&start| clock.local(start).div_euclid(DAY));
    let row = |row: usize| {
        let local = clock.local(rows.starts[row]);
        let age = (last - local.div_euclid(DAY)) as f64;
        (age, (local.rem_euclid(DAY) / step) as usize, handled[row], seconds[row])
    };
    handle_times(slots, (0..rows.starts.len()).map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handle_times_agree_with_the_reference() {
        let rows = [
            (7.0, 0, 3.0, 600.0),
            (7.0, 1, 10.0, 2500.0),
            (7.0, 2, 0.0, 0.0),
            (0.0, 0, 5.0, 900.0),
            (0.0, 1, 8.0, 1800.0),
            (0.0, 2, 0.0, 0.0),
        ];
        let found = handle_times(3, rows.into_iter());
        let expected = [219.295_716_534_649_4, 224.011_686_391_209_4, 221.747_273_327_294];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-13);
        }
    }
}
