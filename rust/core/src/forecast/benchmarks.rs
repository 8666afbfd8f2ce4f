//! The two forecasts that everybody has: the mean of the last same weekdays, and the last one again.

use super::calendar::{WEEKDAYS, weekday};
use super::fit::special_of;
use super::history::SlotCounts;
use super::terms::SpecialDay;
use crate::numeric::normal;

/// Which of the two.
#[derive(Debug, Clone, Copy)]
pub enum Benchmark<'a> {
    /// Mean of the last same weekdays that were not special, weighted from the newest on.
    Index(&'a [f64]),
    /// The last same weekday, special or not.
    Naive,
}

/// Days and slots of a benchmark, day by day from the first; NaN: closed.
#[derive(Debug, Clone)]
pub struct BenchmarkForecast {
    /// Means.
    pub means: Vec<f64>,
    /// Half widths of the intervals, a level each.
    pub margins: Vec<f64>,
}

/// Means of `days` days from `first_day` on, and half widths of their intervals at each level.
pub fn benchmark(
    counts: &SlotCounts,
    specials: &[SpecialDay],
    kind: Benchmark<'_>,
    (first_day, days): (i64, usize),
    levels: &[f64],
) -> BenchmarkForecast {
    let sources: Vec<Vec<usize>> =
        (0..WEEKDAYS).map(|each| sources(counts, specials, kind, each)).collect();
    let most = counts.days;
    let mut means = Vec::with_capacity(days * counts.slots);
    let mut margins = Vec::with_capacity(days * levels.len());
    let deviation = residual_deviation(counts, &sources, kind);
    for ahead in 0..days {
        let day = first_day + ahead as i64;
        let closed = special_of(specials, day).is_some_and(|special| special.closed);
        let own = &sources[weekday(day)];
        if closed {
            means.extend(std::iter::repeat_n(f64::NAN, counts.slots));
        } else {
            means.extend(same_weekday(counts, own, most, kind));
        }
        // Repeating the last week adds its error once more for every week ahead; a mean's stays.
        let weeks = match kind {
            Benchmark::Naive => (ahead / WEEKDAYS + 1) as f64,
            Benchmark::Index(_) => 1.0,
        };
        margins.extend(
            levels.iter().map(|&level| {
                normal::upper_quantile(0.5 * (1.0 - level)) * deviation * weeks.sqrt()
            }),
        );
    }
    BenchmarkForecast { means, margins }
}

/// Days of a weekday with rows, newest first.
fn sources(
    counts: &SlotCounts,
    specials: &[SpecialDay],
    kind: Benchmark<'_>,
    of: usize,
) -> Vec<usize> {
    (0..counts.days)
        .rev()
        .filter(|&index| {
            let day = counts.first_day + index as i64;
            let special =
                matches!(kind, Benchmark::Index(_)) && special_of(specials, day).is_some();
            weekday(day) == of && !special && counts.day(index).iter().any(|count| !count.is_nan())
        })
        .collect()
}

/// The benchmark of a weekday from its days before `before`; NaN in slots that never had a row.
fn same_weekday(
    counts: &SlotCounts,
    sources: &[usize],
    before: usize,
    kind: Benchmark<'_>,
) -> Vec<f64> {
    let weights = match kind {
        Benchmark::Index(weights) => weights,
        Benchmark::Naive => &[1.0],
    };
    let earlier = || sources.iter().copied().filter(|&index| index < before);
    (0..counts.slots)
        .map(|slot| {
            let (mut sum, mut weight) = (0.0, 0.0);
            for (index, &each) in earlier().zip(weights) {
                let count = counts.day(index)[slot];
                if !count.is_nan() {
                    sum += each * count;
                    weight += each;
                }
            }
            if weight > 0.0 {
                return sum / weight;
            }
            // Unknown on the days that count: the last that is known, if any.
            earlier()
                .map(|index| counts.day(index)[slot])
                .find(|count| !count.is_nan())
                .unwrap_or(f64::NAN)
        })
        .collect()
}

/// Root mean square of what the benchmark would have missed a week ahead in the history.
fn residual_deviation(counts: &SlotCounts, sources: &[Vec<usize>], kind: Benchmark<'_>) -> f64 {
    let (mut sum, mut number) = (0.0, 0.0);
    for own in sources {
        for (position, &index) in own.iter().enumerate() {
            if position + 1 == own.len() {
                break;
            }
            let said = same_weekday(counts, &own[position + 1..], index, kind);
            for (said, came) in said.iter().zip(counts.day(index)) {
                let missed = said - came;
                if !missed.is_nan() {
                    sum += missed * missed;
                    number += 1.0;
                }
            }
        }
    }
    if number > 0.0 { f64::sqrt(sum / number) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(days: &[[f64; 2]]) -> SlotCounts {
        // Mondays alone, oldest first.
        let mut counts = vec![f64::NAN; ((days.len() - 1) * 7 + 1) * 2];
        for (week, day) in days.iter().enumerate() {
            counts[week * 14..week * 14 + 2].copy_from_slice(day);
        }
        SlotCounts { first_day: 4, days: counts.len() / 2, slots: 2, counts, occurrences: vec![] }
    }

    fn special(day: i64) -> SpecialDay {
        SpecialDay { day, kind: Some(0), like: None, log_factor: 0.0, closed: false }
    }

    #[test]
    fn means_agree_with_the_reference() {
        let history = weeks(&[[40.0, 2.0], [12.0, 18.0], [14.0, 22.0], [10.0, 20.0]]);
        let found = benchmark(&history, &[special(4)], Benchmark::Index(&[1.0; 3]), (32, 1), &[]);
        assert_eq!(found.means, [12.0, 20.0]);
        let history = weeks(&[[8.0, 30.0], [12.0, 18.0], [14.0, 22.0], [10.0, 20.0]]);
        let weights = [4.0, 3.0, 2.0, 1.0];
        let found = benchmark(&history, &[], Benchmark::Index(&weights), (32, 1), &[]);
        for (found, expected) in found.means.iter().zip([11.4, 21.2]) {
            assert!((found - expected).abs() < 1e-14);
        }
        let found = benchmark(&history, &[], Benchmark::Naive, (32, 8), &[0.8]);
        assert_eq!(found.means[..2], [10.0, 20.0]);
        assert!(found.means[2].is_nan());
        assert!((found.margins[7] / found.margins[0] - 2f64.sqrt()).abs() < 1e-15);
    }
}
