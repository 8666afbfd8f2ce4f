//! What varies beyond chance within a day: by interval, and from the morning to the rest.

/// Variance beyond Poisson where there are too few days to measure it.
const UNMEASURED: f64 = 0.02;
/// Days that it takes to measure.
const FEWEST_DAYS: usize = 5;
/// Days' worth of the mean over all slots that each slot is given.
const PRIOR_DAYS: f64 = 10.0;

/// An ordinary day, seen whole: its calls, their sum, and the profile of its weekday.
#[derive(Debug, Clone, Copy)]
pub struct WholeDay<'a> {
    /// By slot; NaN where closed.
    pub counts: &'a [f64],
    /// Their sum.
    pub total: f64,
    /// Shares by slot.
    pub shares: &'a [f64],
    /// Weeks before the last, whole.
    pub week: i64,
}

/// Squared coefficient of variation of a slot's mean within the day, beyond chance.
///
/// Each slot's is drawn to that of all by ten days' worth, and takes its two neighbours in.
pub fn within_day(days: &[WholeDay<'_>], slots: usize) -> Vec<f64> {
    if days.len() < FEWEST_DAYS {
        return vec![UNMEASURED; slots];
    }
    let mut weeks: Vec<i64> = days.iter().map(|day| day.week).collect();
    weeks.sort_unstable();
    weeks.dedup();
    // A profile fitted to k weeks takes a k-th of the variance.
    let k = weeks.len().max(2) as f64;
    let (mut beyond, mut scale) = (vec![0.0; slots], vec![0.0; slots]);
    for day in days {
        for (j, &count) in day.counts.iter().enumerate() {
            if count.is_nan() {
                continue;
            }
            let mean = day.total * day.shares[j];
            let missed = count - mean;
            beyond[j] += missed * missed * k / (k - 1.0) - mean * (1.0 - day.shares[j]);
            scale[j] += mean * mean;
        }
    }
    let (beyond, scale) = (with_neighbours(&beyond), with_neighbours(&scale));
    let whole = scale.iter().sum::<f64>();
    if whole <= 0.0 {
        return vec![UNMEASURED; slots];
    }
    let overall = (beyond.iter().sum::<f64>() / whole).max(0.0);
    let prior = PRIOR_DAYS / days.len() as f64;
    let of_slot = |(a, b): (&f64, &f64)| {
        if *b > 0.0 { ((a + prior * b * overall) / (b + prior * b)).max(0.0) } else { overall }
    };
    beyond.iter().zip(&scale).map(of_slot).collect()
}

fn with_neighbours(values: &[f64]) -> Vec<f64> {
    let around = |j: usize| values[j.saturating_sub(1)..(j + 2).min(values.len())].iter().sum();
    (0..values.len()).map(around).collect()
}

/// How little the calls before each slot say about those after: variance beyond chance of what the morning
/// makes of the day, relative to the square of its evidence.
pub fn drift(days: &[WholeDay<'_>], slots: usize) -> Vec<f64> {
    let (mut above, mut below) = (vec![0.0; slots], vec![0.0; slots]);
    for day in days {
        let (mut share, mut calls) = (0.0, 0.0);
        for t in 0..slots {
            let chance = day.total * share * (1.0 - share);
            let missed = calls - day.total * share;
            above[t] += missed * missed - chance;
            below[t] += chance * chance;
            share += day.shares[t];
            calls += if day.counts[t].is_nan() { 0.0 } else { day.counts[t] };
        }
    }
    // Nothing, or all, of the day before a slot: rounding alone is left below.
    let known = |(a, b): (&f64, &f64)| if *b > 1e-9 { (a / b).max(0.0) } else { 0.0 };
    above.iter().zip(&below).map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_days_are_not_measured() {
        let shares = [0.25, 0.75];
        let day = WholeDay { counts: &[25.0, 75.0], total: 100.0, shares: &shares, week: 0 };
        assert_eq!(within_day(&[day; 4], 2), [UNMEASURED; 2]);
        assert_eq!(within_day(&[day; 5], 2), [0.0; 2]);
        assert_eq!(drift(&[day; 5], 2), [0.0; 2]);
    }

    #[test]
    fn days_that_vary_are_measured() {
        let shares = [0.5, 0.5];
        let counts = [[60.0, 40.0], [40.0, 60.0]];
        let days: Vec<_> = (0..40)
            .map(|i| WholeDay {
                counts: &counts[i % 2],
                total: 100.0,
                shares: &shares,
                week: i as i64 / 5,
            })
            .collect();
        // Each slot is 10 off 50, chance has a variance of 25; 8 weeks.
        let expected = (100.0 * 8.0 / 7.0 - 25.0) / 2500.0;
        for found in within_day(&days, 2) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert!((drift(&days, 2)[1] - 75.0 / 625.0).abs() < 1e-15);
    }
}
