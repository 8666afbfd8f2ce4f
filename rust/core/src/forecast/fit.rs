//! A queue's history as a model: what its forecasts need, and what each of its days looked like.

use super::calendar::{Clock, WEEKDAYS, weekday};
use super::dispersion::{WholeDay, drift, within_day};
use super::filters::{ExpectedDay, FilterVariances, FilteredDay, MixtureState, filter};
use super::history::{QueueRows, SlotCounts, handle_times_of};
use super::profile::{ProfileDay, known_sum, profiles, share_seen};
use super::terms::{SpecialDay, StateLayout, base_weekday};

/// Days after which innovations count for the spread.
const SETTLED: i64 = 21;
/// Innovations that it takes.
const FEWEST_INNOVATIONS: usize = 20;
/// The 0.9 quantile of a standard normal's absolute value.
const NORMAL_Q90: f64 = 1.645;
/// Standard deviations are widened to at most so many times.
const WIDEST: f64 = 2.0;
/// Innovations beyond so many standard deviations are outliers.
const OUTLYING: f64 = 3.0;
/// Days that the excess within a day is measured over, and the drift.
const WITHIN_DAYS: i64 = 56;
const DRIFT_DAYS: i64 = 84;
/// From so many days on a history knows its year.
const TWO_YEARS: i64 = 730;

/// What is known of a weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeekdayHistory {
    /// No ordinary day of it lies in the history.
    Unseen = 0,
    /// Its days have no rows.
    Closed = 1,
    /// Its days have calls.
    Open = 2,
    /// Its days have rows, all without calls.
    Idle = 3,
}

/// How to fit.
#[derive(Debug, Clone, Copy)]
pub struct FitOptions<'a> {
    /// Local time.
    pub clock: Clock<'a>,
    /// Length of an interval, in nanoseconds.
    pub step: i64,
    /// The state.
    pub layout: StateLayout,
    /// Half life of what profiles weigh, in days.
    pub half_life: f64,
}

/// A queue's model.
#[derive(Debug, Clone)]
pub struct QueueModel {
    /// The first and the last day with rows.
    pub span: (i64, i64),
    /// Mean logarithm of ordinary days.
    pub centre: f64,
    /// The day level after the last day.
    pub state: MixtureState,
    /// What variances of forecasts are multiplied by.
    pub spread: f64,
    /// What is known of each weekday.
    pub weekdays: [WeekdayHistory; WEEKDAYS],
    /// Slots in which each weekday takes calls, weekday by weekday.
    pub open: Vec<bool>,
    /// Shares of the day, weekday by weekday.
    pub shares: Vec<f64>,
    /// Calls of the days of each special kind by slot; NaN: never open.
    pub kind_counts: Vec<f64>,
    /// Squared coefficient of variation within the day, by slot.
    pub interval_cv2: Vec<f64>,
    /// How little the calls before a slot say about the rest.
    pub drift_cv2: Vec<f64>,
    /// Mean handle time by slot; NaN: unknown.
    pub handle_times: Vec<f64>,
    /// Ordinary days that were seen.
    pub ordinary: usize,
}

/// A day of a history.
#[derive(Debug, Clone, Copy)]
pub struct DayRecord {
    /// Days since 1970.
    pub day: i64,
    /// Its special kind.
    pub kind: Option<usize>,
    /// Calls, scaled up where intervals are missing; NaN: not seen.
    pub volume: f64,
    /// Expected the day before.
    pub expected: f64,
    /// Beyond three standard deviations.
    pub outlier: bool,
    /// Open intervals without a row.
    pub missing: usize,
}

/// A day of a history on which calls are taken.
struct OpenDay<'a> {
    index: usize,
    day: i64,
    special: Option<&'a SpecialDay>,
    base: usize,
    missing: usize,
    /// Open intervals were not seen: missing, or skipped by the clock.
    gaps: bool,
    /// NaN: not seen.
    volume: f64,
    /// Calls that were counted.
    observed: f64,
}

/// What is special about a day, of a list in order of days.
pub fn special_of(specials: &[SpecialDay], day: i64) -> Option<&SpecialDay> {
    specials.binary_search_by_key(&day, |each| each.day).ok().map(|index| &specials[index])
}

/// The model of a queue, and its open days; None without rows. `specials` are in order of days.
pub fn fit(
    rows: &QueueRows<'_>,
    specials: &[SpecialDay],
    options: &FitOptions<'_>,
) -> Option<(QueueModel, Vec<DayRecord>)> {
    let counts = SlotCounts::of(rows, &options.clock, options.step)?;
    let (weekdays, open) = opening(&counts, specials);
    let (slots, last) = (counts.slots, counts.first_day + counts.days as i64 - 1);
    let mut days = open_days(&counts, specials, weekdays, &open);
    let shares = weekday_shares(&counts, &days, weekdays, &open, options.half_life);
    for day in &mut days {
        measure(day, counts.day(day.index), &open[day.base], &shares[day.base]);
    }
    let centre = centre_of(&days);
    let priors = options.layout.priors(last - counts.first_day >= TWO_YEARS);
    let filtered = filtered_days(&days, centre, &options.layout);
    let (state, expected) = filter(&filtered, &priors, &FilterVariances::grid());
    let missed = innovations(&filtered, &expected);
    let ordinary = |day: &OpenDay<'_>| day.special.is_none() && !day.volume.is_nan();
    let settled = days
        .iter()
        .zip(&missed)
        .filter(|(day, _)| ordinary(day) && day.day >= counts.first_day + SETTLED);
    let spread = spread_of(settled.map(|(_, missed)| missed.abs()).collect());
    let whole = |within: i64| whole_days(&counts, &days, &shares, last - within, last);
    let model = QueueModel {
        span: (counts.first_day, last),
        centre,
        state,
        spread,
        weekdays,
        interval_cv2: within_day(&whole(WITHIN_DAYS), slots),
        drift_cv2: drift(&whole(DRIFT_DAYS), slots),
        handle_times: handle_times_of(rows, &options.clock, options.step),
        kind_counts: kind_counts(&counts, &days, options.layout.kinds),
        open: open.concat(),
        shares: shares.concat(),
        ordinary: days.iter().filter(|day| ordinary(day)).count(),
    };
    let record = |(i, day): (usize, &OpenDay<'_>)| DayRecord {
        day: day.day,
        kind: day.special.and_then(|special| special.kind),
        volume: day.volume,
        expected: level_mean(centre, &expected[i]),
        outlier: missed[i].abs() > OUTLYING,
        missing: day.missing,
    };
    Some((model, days.iter().enumerate().map(record).collect()))
}

/// Shares of the day by weekday and slot, NaN where closed, and the calls that they rest on; None without rows.
///
/// `pooled`: all days as one weekday, the first.
pub fn weekday_profiles(
    rows: &QueueRows<'_>,
    specials: &[SpecialDay],
    options: &FitOptions<'_>,
    (shrunk, pooled): (bool, bool),
) -> Option<(Vec<f64>, Vec<f64>)> {
    let counts = SlotCounts::of(rows, &options.clock, options.step)?;
    let (weekdays, mut open) = opening(&counts, specials);
    let mut days = open_days(&counts, specials, weekdays, &open);
    days.retain(|day| day.special.is_none() && !day.volume.is_nan());
    if pooled {
        open[0] = (0..counts.slots).map(|j| open.iter().any(|each| each[j])).collect();
        for day in &mut days {
            day.base = 0;
        }
    }
    let observed = profile_days(&counts, &days, options.half_life);
    let found = profiles(&observed, counts.slots, &open);
    let chosen = if shrunk { found.shrunk } else { found.raw };
    let (mut shares, mut calls) = (vec![], vec![]);
    for (each, found) in chosen.into_iter().enumerate() {
        let mut sums = vec![0.0; counts.slots];
        for day in days.iter().filter(|day| day.base == each) {
            for (sum, &count) in sums.iter_mut().zip(counts.day(day.index)) {
                *sum += if count.is_nan() { 0.0 } else { count };
            }
        }
        let found = found.unwrap_or_else(|| vec![f64::NAN; counts.slots]);
        let masked = |(share, open): (&f64, &bool)| if *open { *share } else { f64::NAN };
        shares.extend(found.iter().zip(&open[each]).map(masked));
        calls.extend(sums);
    }
    Some((shares, calls))
}

/// Mean of a day's total: the half that logarithms were taken with is taken off again.
pub fn level_mean(centre: f64, expected: &ExpectedDay) -> f64 {
    ((centre + expected.mean + 0.5 * expected.variance).exp() - 0.5).max(0.0)
}

/// What is known of each weekday, and its slots with rows, by ordinary days.
fn opening(
    counts: &SlotCounts,
    specials: &[SpecialDay],
) -> ([WeekdayHistory; WEEKDAYS], [Vec<bool>; WEEKDAYS]) {
    let mut states = [WeekdayHistory::Unseen; WEEKDAYS];
    let mut open: [Vec<bool>; WEEKDAYS] = std::array::from_fn(|_| vec![false; counts.slots]);
    for index in 0..counts.days {
        let day = counts.first_day + index as i64;
        if special_of(specials, day).is_some() {
            continue;
        }
        let own = weekday(day);
        let (mut rows, mut calls) = (false, false);
        for (open, &count) in open[own].iter_mut().zip(counts.day(index)) {
            *open |= !count.is_nan();
            rows |= !count.is_nan();
            calls |= count > 0.0;
        }
        states[own] = match states[own] {
            _ if calls => WeekdayHistory::Open,
            WeekdayHistory::Unseen | WeekdayHistory::Closed if rows => WeekdayHistory::Idle,
            WeekdayHistory::Unseen => WeekdayHistory::Closed,
            known => known,
        };
    }
    let any: Vec<bool> = (0..counts.slots).map(|j| open.iter().any(|each| each[j])).collect();
    for (state, open) in states.iter().zip(&mut open) {
        if *state == WeekdayHistory::Unseen {
            open.clone_from(&any);
        }
    }
    (states, open)
}

/// Whether calls are taken on a day: its weekday has calls, or the planner says more than that it is closed.
pub fn takes_calls(
    weekdays: [WeekdayHistory; WEEKDAYS],
    day: i64,
    special: Option<&SpecialDay>,
) -> bool {
    let base = weekdays[base_weekday(day, special)];
    special.is_none_or(|each| !each.closed)
        && matches!(base, WeekdayHistory::Open | WeekdayHistory::Unseen)
}

fn open_days<'a>(
    counts: &SlotCounts,
    specials: &'a [SpecialDay],
    weekdays: [WeekdayHistory; WEEKDAYS],
    open: &[Vec<bool>; WEEKDAYS],
) -> Vec<OpenDay<'a>> {
    let mut days = Vec::with_capacity(counts.days);
    for index in 0..counts.days {
        let day = counts.first_day + index as i64;
        let special = special_of(specials, day);
        let own = counts.day(index);
        let came = special.is_some_and(|each| !each.closed) && own.iter().any(|&count| count > 0.0);
        if !came && !takes_calls(weekdays, day, special) {
            continue;
        }
        let (base, skipped) = (base_weekday(day, special), counts.occurrences_of(index));
        let (mut missing, mut gaps) = (0, false);
        for (j, count) in own.iter().enumerate() {
            if open[base][j] && count.is_nan() {
                gaps = true;
                missing += usize::from(skipped.is_none_or(|found| found[j] > 0));
            }
        }
        let rows = own.iter().any(|count| !count.is_nan());
        let observed = if rows { known_sum(own) } else { f64::NAN };
        days.push(OpenDay { index, day, special, base, missing, gaps, volume: observed, observed });
    }
    days
}

/// Ordinary days that were seen, the newer ones weighing more.
fn profile_days<'a>(
    counts: &'a SlotCounts,
    days: &[OpenDay<'_>],
    half_life: f64,
) -> Vec<ProfileDay<'a>> {
    let last = counts.days as i64 - 1;
    days.iter()
        .filter(|day| day.special.is_none() && !day.volume.is_nan())
        .map(|day| ProfileDay {
            weekday: day.base,
            weight: (-(last - day.index as i64) as f64 / half_life).exp2(),
            counts: counts.day(day.index),
        })
        .collect()
}

fn weekday_shares(
    counts: &SlotCounts,
    days: &[OpenDay<'_>],
    weekdays: [WeekdayHistory; WEEKDAYS],
    open: &[Vec<bool>; WEEKDAYS],
    half_life: f64,
) -> [Vec<f64>; WEEKDAYS] {
    let observed = profile_days(counts, days, half_life);
    let found = profiles(&observed, counts.slots, open);
    let mut shrunk = found.shrunk;
    std::array::from_fn(|each| {
        let own = shrunk[each].take();
        let unseen = || found.unseen.clone().filter(|_| weekdays[each] == WeekdayHistory::Unseen);
        own.or_else(unseen).unwrap_or_else(|| vec![0.0; counts.slots])
    })
}

/// A day's volume where intervals were not seen: scaled up from at least half of the profile, else unknown.
fn measure(day: &mut OpenDay<'_>, counts: &[f64], open: &[bool], shares: &[f64]) {
    if !day.gaps || day.volume.is_nan() {
        return;
    }
    let whole: f64 = shares.iter().zip(open).filter(|(_, open)| **open).map(|(p, _)| p).sum();
    let share = if whole > 0.0 { share_seen(counts, shares) / whole } else { 0.0 };
    day.volume = if share >= 0.5 { day.observed / share } else { f64::NAN };
}

/// Mean logarithm of ordinary days; 0 without any.
fn centre_of(days: &[OpenDay<'_>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for day in days {
        if day.special.is_none() && !day.volume.is_nan() {
            sum += (day.volume + 0.5).ln();
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

fn filtered_days(days: &[OpenDay<'_>], centre: f64, layout: &StateLayout) -> Vec<FilteredDay> {
    let ordinary = |of: Option<usize>| {
        let known = days.iter().filter(|day| day.special.is_none() && !day.volume.is_nan());
        median(
            known
                .filter(|day| of.is_none_or(|base| day.base == base))
                .map(|day| day.volume)
                .collect(),
        )
    };
    let overall = ordinary(None).unwrap_or(0.0);
    let medians: [f64; WEEKDAYS] = std::array::from_fn(|k| ordinary(Some(k)).unwrap_or(overall));
    days.iter()
        .map(|day| {
            let typical = if day.gaps { day.observed } else { medians[day.base] };
            FilteredDay {
                terms: layout.terms(day.day, day.special),
                value: (day.volume + 0.5).ln() - centre,
                poisson: 1.0 / typical.max(0.5),
            }
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// The quantile of sorted values, linear between them.
fn quantile(sorted: &[f64], probability: f64) -> Option<f64> {
    let at = probability * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some((high - low).mul_add(at.fract(), low))
}

/// How many standard deviations each day was off; NaN: not seen.
fn innovations(days: &[FilteredDay], expected: &[ExpectedDay]) -> Vec<f64> {
    let off = |(day, expected): (&FilteredDay, &ExpectedDay)| {
        (day.value - expected.mean) / (expected.variance + day.poisson).sqrt()
    };
    days.iter().zip(expected).map(off).collect()
}

fn spread_of(mut missed: Vec<f64>) -> f64 {
    if missed.len() < FEWEST_INNOVATIONS {
        return 1.0;
    }
    missed.sort_unstable_by(f64::total_cmp);
    let wide = quantile(&missed, 0.9).map_or(1.0, |found| found / NORMAL_Q90);
    wide.clamp(1.0, WIDEST).powi(2)
}

/// Ordinary days later than `after` that were seen whole.
fn whole_days<'a>(
    counts: &'a SlotCounts,
    days: &[OpenDay<'_>],
    shares: &'a [Vec<f64>; WEEKDAYS],
    after: i64,
    last: i64,
) -> Vec<WholeDay<'a>> {
    days.iter()
        .filter(|day| day.special.is_none() && !day.gaps && day.day > after)
        .map(|day| WholeDay {
            counts: counts.day(day.index),
            total: day.volume,
            shares: &shares[day.base],
            week: (last - day.day) / WEEKDAYS as i64,
        })
        .collect()
}

fn kind_counts(counts: &SlotCounts, days: &[OpenDay<'_>], kinds: usize) -> Vec<f64> {
    let mut sums = vec![f64::NAN; kinds * counts.slots];
    for day in days {
        let Some(kind) = day.special.and_then(|special| special.kind) else { continue };
        let own = &mut sums[kind * counts.slots..][..counts.slots];
        for (sum, &count) in own.iter_mut().zip(counts.day(day.index)) {
            if !count.is_nan() {
                *sum = if sum.is_nan() { count } else { *sum + count };
            }
        }
    }
    sums
}
