//! Days since 1970-01-01, weekdays, positions in the month and year, and clocks that change.

/// Nanoseconds of a day without clock changes.
pub const DAY: i64 = 86_400_000_000_000;

/// Days of a week, Monday first.
pub const WEEKDAYS: usize = 7;

/// The weekday of a day, Monday 0: 1970-01-01 was a Thursday.
pub fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// Year, month (1-12) and day of the month.
///
/// Source: H. Hinnant, chrono-compatible low-level date algorithms: years begin in spring there, leap days end them.
pub fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_spring = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * from_spring + 2) / 5 + 1;
    let month = if from_spring < 10 { from_spring + 3 } else { from_spring - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, of_month)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// How far the middle of a day is through its month, in (0, 1).
pub fn month_position(day: i64) -> f64 {
    let (year, month, of_month) = civil(day);
    (of_month as f64 - 0.5) / month_length(year, month) as f64
}

/// How far the middle of a day is through its year, in (0, 1).
pub fn year_position(day: i64) -> f64 {
    let (year, month, of_month) = civil(day);
    let before: i64 = (1..month).map(|each| month_length(year, each)).sum();
    ((before + of_month) as f64 - 0.5) / (365 + i64::from(is_leap(year))) as f64
}

/// A clock: what to add to an instant, in nanoseconds, from each change on. No changes: 0 throughout.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// Instants from which the offset of the same place holds, ascending; the first is before all rows.
    pub changes: &'a [i64],
    /// Local time minus the instant.
    pub offsets: &'a [i64],
}

impl Clock<'_> {
    /// Local time of an instant.
    pub fn local(&self, instant: i64) -> i64 {
        match self.changes.partition_point(|&change| change <= instant) {
            0 => instant + self.offsets.first().copied().unwrap_or(0),
            index => instant + self.offsets[index - 1],
        }
    }

    /// How often each slot of a day comes: 0 where the clock skips it, 2 where it is repeated; None: once each.
    pub fn occurrences(&self, day: i64, step: i64) -> Option<Vec<u8>> {
        let slots = (DAY / step) as usize;
        let mut found = None;
        for k in 1..self.changes.len() {
            let (before, after) =
                (self.changes[k] + self.offsets[k - 1], self.changes[k] + self.offsets[k]);
            let (low, high) = (before.min(after), before.max(after));
            if low == high || high <= day * DAY || low >= (day + 1) * DAY {
                continue;
            }
            let counts = found.get_or_insert_with(|| vec![1_u8; slots]);
            for (slot, count) in counts.iter_mut().enumerate() {
                let start = day * DAY + slot as i64 * step;
                if start >= low && start < high {
                    *count = if after > before { 0 } else { 2 };
                }
            }
        }
        found
    }

    /// The instants of a slot that comes so often, at local time `local`.
    pub fn instant(&self, local: i64, occurrence: usize) -> i64 {
        // An instant lies within a day of its local time: the offsets in force around it are tried in order.
        let mut left = occurrence;
        let mut last = local - self.offsets.first().copied().unwrap_or(0);
        for (k, &offset) in self.offsets.iter().enumerate() {
            let instant = local - offset;
            let until = self.changes.get(k + 1).copied().unwrap_or(i64::MAX);
            if (k == 0 || instant >= self.changes[k]) && instant < until {
                if left == 0 {
                    return instant;
                }
                left -= 1;
                last = instant;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(-1), (1969, 12, 31));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_513), (2026, 3, 1));
        assert_eq!(weekday(0), 3);
        assert_eq!(weekday(-4), 6);
        assert_eq!(month_position(11_016), 28.5 / 29.0);
        assert_eq!(year_position(11_016), 59.5 / 366.0);
        assert_eq!(year_position(364), 364.5 / 365.0);
    }

    #[test]
    fn slots_are_skipped_and_repeated() {
        const HOUR: i64 = 3_600_000_000_000;
        // Forward by an hour at 01:00 UTC of day 10, back at 01:00 UTC of day 20; one hour ahead before.
        let changes = [i64::MIN, 10 * DAY + HOUR, 20 * DAY + HOUR];
        let offsets = [HOUR, 2 * HOUR, HOUR];
        let clock = Clock { changes: &changes, offsets: &offsets };
        assert_eq!(clock.occurrences(9, HOUR), None);
        let spring = clock.occurrences(10, HOUR).unwrap_or_default();
        assert_eq!(spring[..4], [1, 1, 0, 1]);
        let autumn = clock.occurrences(20, HOUR).unwrap_or_default();
        assert_eq!(autumn[..4], [1, 1, 2, 1]);
        let twice = 20 * DAY + 2 * HOUR;
        assert_eq!(clock.instant(twice, 0), 20 * DAY);
        assert_eq!(clock.instant(twice, 1), 20 * DAY + HOUR);
        assert_eq!(clock.instant(10 * DAY + 3 * HOUR, 0), 10 * DAY + HOUR);
        for instant in [20 * DAY, 20 * DAY + HOUR] {
            assert_eq!(clock.local(instant), twice);
        }
    }
}
