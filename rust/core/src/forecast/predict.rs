//! A queue's model as days to come: means, bounds, and what their errors are made of.

use super::calendar::weekday;
use super::fit::{QueueModel, WeekdayHistory, level_mean, special_of, takes_calls};
use super::negative_binomial::bounds;
use super::profile::of_kind;
use super::terms::{SpecialDay, StateLayout, base_weekday};

/// The days that are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Horizon<'a> {
    /// The first.
    pub first_day: i64,
    /// How many.
    pub days: usize,
    /// How often each slot of a day comes, where it is not once; in order of days.
    pub occurrences: &'a [(i64, Vec<u8>)],
    /// Levels of the bounds.
    pub levels: &'a [f64],
    /// The state's elements.
    pub layout: StateLayout,
}

/// A day that is forecast.
#[derive(Debug, Clone, Copy)]
pub struct ForecastDay {
    /// Days since 1970.
    pub day: i64,
    /// What is special about it, as a place in the list.
    pub special: Option<usize>,
    /// Intervals of it.
    pub rows: usize,
    /// Coefficient of variation of its factor.
    pub day_cv: f64,
    /// The part of it that the days to come have in common.
    pub shared_cv: f64,
}

/// An interval that is forecast.
#[derive(Debug, Clone, Copy)]
pub struct ForecastRow {
    /// Its place in the day.
    pub slot: usize,
    /// Which of the two it is where the clock repeats a slot.
    pub occurrence: usize,
    /// Mean calls.
    pub mean: f64,
}

/// Forecasts of a queue.
#[derive(Debug, Clone, Default)]
pub struct QueueForecast {
    /// Its days with open intervals.
    pub days: Vec<ForecastDay>,
    /// Intervals, day by day.
    pub rows: Vec<ForecastRow>,
    /// Lower and upper bounds of each interval, a pair a level.
    pub bounds: Vec<(f64, f64)>,
}

/// Forecasts of the days that are asked for; `specials` are in order of days.
pub fn predict(
    model: &QueueModel,
    specials: &[SpecialDay],
    horizon: &Horizon<'_>,
) -> QueueForecast {
    let mut forecast = QueueForecast::default();
    let mut state = model.state.clone();
    let end = horizon.first_day + horizon.days as i64;
    for day in model.span.1 + 1..end {
        let special = special_of(specials, day);
        let open = takes_calls(model.weekdays, day, special);
        if open {
            state.step();
        }
        if day < horizon.first_day {
            continue;
        }
        let idle = model.weekdays[weekday(day)] == WeekdayHistory::Idle;
        if open {
            let mut expected = state.expected(&horizon.layout.terms(day, special));
            let own = state.own * model.spread;
            expected.variance *= model.spread;
            let total = level_mean(model.centre, &expected);
            let cv = (
                expected.variance.exp_m1().sqrt(),
                (expected.variance - own).max(0.0).exp_m1().sqrt(),
            );
            push_day(&mut forecast, model, horizon, day, specials, (total, cv.0, cv.1));
        } else if idle && special.is_none_or(|each| !each.closed) {
            push_day(&mut forecast, model, horizon, day, specials, (0.0, 0.0, 0.0));
        }
    }
    forecast
}

/// Shares of a day, NaN where it is closed.
fn day_shares(model: &QueueModel, day: i64, special: Option<&SpecialDay>) -> Vec<f64> {
    let slots = model.interval_cv2.len();
    let base = base_weekday(day, special) * slots;
    let open = &model.open[base..][..slots];
    let shares = &model.shares[base..][..slots];
    let counts = special
        .and_then(|each| each.kind)
        .map(|kind| &model.kind_counts[kind * slots..][..slots])
        .filter(|counts| counts.iter().any(|&count| count > 0.0));
    let Some(counts) = counts else {
        return (0..slots).map(|j| if open[j] { shares[j] } else { f64::NAN }).collect();
    };
    let known: Vec<f64> =
        counts.iter().map(|count| if count.is_nan() { 0.0 } else { *count }).collect();
    let mixed = of_kind(&known, shares);
    (0..slots).map(|j| if open[j] || !counts[j].is_nan() { mixed[j] } else { f64::NAN }).collect()
}

fn push_day(
    forecast: &mut QueueForecast,
    model: &QueueModel,
    horizon: &Horizon<'_>,
    day: i64,
    specials: &[SpecialDay],
    (total, day_cv, shared_cv): (f64, f64, f64),
) {
    let index = specials.binary_search_by_key(&day, |each| each.day).ok();
    let shares = day_shares(model, day, index.map(|index| &specials[index]));
    let occurrences = horizon.occurrences.iter().find(|(each, _)| *each == day);
    let before = forecast.rows.len();
    for (slot, share) in shares.iter().enumerate() {
        let often = occurrences.map_or(1, |(_, found)| usize::from(found[slot]));
        if share.is_nan() || often == 0 {
            continue;
        }
        let mean = total * share / often as f64;
        let cv2 = (1.0 + day_cv * day_cv).mul_add(1.0 + model.interval_cv2[slot], -1.0);
        let found = horizon.levels.iter().map(|&level| bounds(mean, cv2, level));
        let found: Vec<(f64, f64)> = found.collect();
        for occurrence in 0..often {
            forecast.rows.push(ForecastRow { slot, occurrence, mean });
            forecast.bounds.extend_from_slice(&found);
        }
    }
    let rows = forecast.rows.len() - before;
    if rows > 0 {
        forecast.days.push(ForecastDay { day, special: index, rows, day_cv, shared_cv });
    }
}
