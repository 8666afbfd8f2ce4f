//! Forecasts. Rows come in by queue and in order of time; models come and go as columns, a row a queue.

// Numbers of rows and of days.
#![allow(clippy::cast_possible_wrap)]

use callstats_core::Error;
use callstats_core::forecast::benchmarks::{Benchmark, BenchmarkForecast, benchmark};
use callstats_core::forecast::calendar::{Clock, WEEKDAYS};
use callstats_core::forecast::filters::MixtureState;
use callstats_core::forecast::fit::{
    DayRecord, FitOptions, QueueModel, WeekdayHistory, fit, weekday_profiles,
};
use callstats_core::forecast::history::{QueueRows, SlotCounts, handle_times_of};
use callstats_core::forecast::intraday::{DaySoFar, revise};
use callstats_core::forecast::negative_binomial::{bounds, poisson_deviation};
use callstats_core::forecast::predict::{Horizon, QueueForecast, predict};
use callstats_core::forecast::survey::QueueStarts;
use callstats_core::forecast::terms::{SpecialDay, StateLayout};
use callstats_core::threads::in_turns;
use numpy::{Element, IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::Contiguous;
use crate::run::released;

/// Cells that a thread takes at a time.
const CELLS: usize = 4096;

/// Instants from which offsets hold, and those.
#[derive(FromPyObject)]
pub(crate) struct ClockChanges(Vec<i64>, Vec<i64>);

impl ClockChanges {
    fn clock(&self) -> Clock<'_> {
        Clock { changes: &self.0, offsets: &self.1 }
    }
}

/// Starts, calls, calls handled and seconds of handling, and where each queue ends.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct HistoryRows<'py> {
    starts: Contiguous<'py, i64>,
    volumes: Contiguous<'py, f64>,
    handled: Option<Contiguous<'py, f64>>,
    seconds: Option<Contiguous<'py, f64>>,
    ends: Vec<usize>,
}

/// Columns of the rows of all queues.
struct AllRows<'a> {
    starts: &'a [i64],
    volumes: &'a [f64],
    handled: Option<(&'a [f64], &'a [f64])>,
    ends: &'a [usize],
}

impl HistoryRows<'_> {
    fn read(&self) -> PyResult<AllRows<'_>> {
        let handled = match (&self.handled, &self.seconds) {
            (Some(handled), Some(seconds)) => Some((handled.as_slice()?, seconds.as_slice()?)),
            _ => None,
        };
        let (starts, volumes) = (self.starts.as_slice()?, self.volumes.as_slice()?);
        Ok(AllRows { starts, volumes, handled, ends: &self.ends })
    }
}

impl AllRows<'_> {
    fn of_queue(&self, queue: usize) -> QueueRows<'_> {
        let own = if queue == 0 { 0 } else { self.ends[queue - 1] }..self.ends[queue];
        QueueRows {
            starts: &self.starts[own.clone()],
            volumes: &self.volumes[own.clone()],
            handled: self.handled.map(|(calls, time)| (&calls[own.clone()], &time[own])),
        }
    }
}

/// Day, kind, like (-1: none), logarithm of the factor, closed.
type SpecialTuple = (i64, i64, i64, f64, bool);

/// Lists of special days in order of days, and which of them each queue has.
#[derive(FromPyObject)]
pub(crate) struct SpecialLists(Vec<Vec<SpecialTuple>>, Vec<usize>);

impl SpecialLists {
    fn read(&self) -> Vec<Vec<SpecialDay>> {
        let index = |code: i64| usize::try_from(code).ok();
        let each = |&(day, kind, like, log_factor, closed): &SpecialTuple| SpecialDay {
            day,
            kind: index(kind),
            like: index(like),
            log_factor,
            closed,
        };
        self.0.iter().map(|list| list.iter().map(each).collect()).collect()
    }
}

/// Position in the month, in the year, number of special kinds.
#[derive(FromPyObject)]
pub(crate) struct LayoutChoice(bool, bool, usize);

impl LayoutChoice {
    fn layout(&self) -> StateLayout {
        StateLayout { month: self.0, year: self.1, kinds: self.2 }
    }
}

/// Clock, nanoseconds of an interval, half life of profiles in days, the state.
#[derive(FromPyObject)]
pub(crate) struct FitChoices(ClockChanges, i64, f64, LayoutChoice);

impl FitChoices {
    fn options(&self) -> FitOptions<'_> {
        FitOptions {
            clock: self.0.clock(),
            step: self.1,
            half_life: self.2,
            layout: self.3.layout(),
        }
    }
}

/// The smallest gap between two rows of a queue on one day.
#[pyfunction]
pub(crate) fn forecast_smallest_gap(
    py: Python<'_>,
    starts: Contiguous<'_, i64>,
    ends: Vec<usize>,
    clock: ClockChanges,
) -> PyResult<Option<i64>> {
    let rows = QueueStarts { starts: starts.as_slice()?, ends: &ends, clock: clock.clock() };
    released(py, None, |run| rows.smallest_gap(run))
}

/// Rows off the grid, repeated, and of days whose intervals are longer.
type Misfits<'py> =
    (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>);

/// The rows that do not fit intervals of `step` nanoseconds.
#[pyfunction]
pub(crate) fn forecast_misfits<'py>(
    py: Python<'py>,
    starts: Contiguous<'py, i64>,
    ends: Vec<usize>,
    clock: ClockChanges,
    step: i64,
    longer_allowed: bool,
) -> PyResult<Misfits<'py>> {
    let rows = QueueStarts { starts: starts.as_slice()?, ends: &ends, clock: clock.clock() };
    let found = released(py, None, |run| rows.misfits(step, longer_allowed, run))?;
    let array = |rows: Vec<usize>| {
        rows.into_iter().map(|row| row as i64).collect::<Vec<_>>().into_pyarray(py)
    };
    Ok((array(found.off_grid), array(found.repeated), array(found.longer)))
}

fn matrix<'py, T: Element, I: IntoIterator<Item = T>>(
    py: Python<'py>,
    columns: &Bound<'py, PyDict>,
    name: &str,
    rows: usize,
    values: impl Iterator<Item = I>,
) -> PyResult<()> {
    let values: Vec<T> = values.flatten().collect();
    let width = values.len().checked_div(rows).unwrap_or(0);
    columns.set_item(name, values.into_pyarray(py).reshape([rows, width])?)
}

fn model_columns<'py>(py: Python<'py>, models: &[QueueModel]) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let rows = models.len();
    macro_rules! put {
        ($name:literal, $of:expr) => {
            matrix(py, &columns, $name, rows, models.iter().map($of))?
        };
    }
    put!("span", |model| [model.span.0, model.span.1]);
    put!("level", |model| {
        let state = &model.state;
        [model.centre, model.spread, state.level_step, state.autoregression_step, state.own]
    });
    put!("mean", |model| model.state.mean.clone());
    put!("covariance", |model| model.state.covariance.clone());
    put!("weekdays", |model| model.weekdays.map(|each| each as i64));
    put!("open", |model| model.open.clone());
    put!("shares", |model| model.shares.clone());
    put!("kind_counts", |model| model.kind_counts.clone());
    put!("interval_cv2", |model| model.interval_cv2.clone());
    put!("drift_cv2", |model| model.drift_cv2.clone());
    put!("handle_times", |model| model.handle_times.clone());
    put!("ordinary", |model| [model.ordinary as i64]);
    Ok(columns)
}

fn day_columns<'py>(py: Python<'py>, days: &[Vec<DayRecord>]) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let all = || days.iter().flatten();
    let number = |index: Option<usize>| index.map_or(-1, |kind| kind as i64);
    let counts: Vec<i64> = days.iter().map(|days| days.len() as i64).collect();
    columns.set_item("counts", counts.into_pyarray(py))?;
    let days: Vec<i64> = all().map(|each| each.day).collect();
    columns.set_item("day", days.into_pyarray(py))?;
    let kinds: Vec<i64> = all().map(|each| number(each.kind)).collect();
    columns.set_item("kind", kinds.into_pyarray(py))?;
    let volumes: Vec<f64> = all().map(|each| each.volume).collect();
    columns.set_item("volume", volumes.into_pyarray(py))?;
    let expected: Vec<f64> = all().map(|each| each.expected).collect();
    columns.set_item("expected", expected.into_pyarray(py))?;
    let outliers: Vec<bool> = all().map(|each| each.outlier).collect();
    columns.set_item("outlier", outliers.into_pyarray(py))?;
    let missing: Vec<i64> = all().map(|each| each.missing as i64).collect();
    columns.set_item("missing", missing.into_pyarray(py))?;
    Ok(columns)
}

/// Models of all queues, and their days where they are to be kept.
type Fitted<'py> = (Bound<'py, PyDict>, Bound<'py, PyDict>);

/// Models of all queues as columns, and their days.
#[pyfunction]
pub(crate) fn forecast_fit<'py>(
    py: Python<'py>,
    rows: HistoryRows<'py>,
    choices: FitChoices,
    specials: SpecialLists,
    keep_days: bool,
    threads: Option<usize>,
) -> PyResult<Fitted<'py>> {
    let (rows, lists, options) = (rows.read()?, specials.read(), choices.options());
    let found = released(py, threads, |run| {
        in_turns(rows.ends.len(), run, |queue, _| {
            let (model, mut days) = fit(&rows.of_queue(queue), &lists[specials.1[queue]], &options)
                .ok_or_else(|| Error::Usage("a queue has no rows".to_owned()))?;
            if !keep_days {
                days = vec![];
            }
            Ok((model, days))
        })
    })?;
    let (models, days): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    Ok((model_columns(py, &models)?, day_columns(py, &days)?))
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ModelColumns<'py> {
    span: PyReadonlyArray2<'py, i64>,
    level: PyReadonlyArray2<'py, f64>,
    mean: PyReadonlyArray2<'py, f64>,
    covariance: PyReadonlyArray2<'py, f64>,
    weekdays: PyReadonlyArray2<'py, i64>,
    open: PyReadonlyArray2<'py, bool>,
    shares: PyReadonlyArray2<'py, f64>,
    kind_counts: PyReadonlyArray2<'py, f64>,
    interval_cv2: PyReadonlyArray2<'py, f64>,
}

fn known_weekday(code: i64) -> WeekdayHistory {
    match code {
        0 => WeekdayHistory::Unseen,
        1 => WeekdayHistory::Closed,
        2 => WeekdayHistory::Open,
        _ => WeekdayHistory::Idle,
    }
}

impl ModelColumns<'_> {
    fn read(&self) -> Vec<QueueModel> {
        let (span, level) = (self.span.as_array(), self.level.as_array());
        let (mean, covariance) = (self.mean.as_array(), self.covariance.as_array());
        let (weekdays, open) = (self.weekdays.as_array(), self.open.as_array());
        let (shares, kind_counts) = (self.shares.as_array(), self.kind_counts.as_array());
        let interval_cv2 = self.interval_cv2.as_array();
        (0..span.nrows())
            .map(|queue| QueueModel {
                span: (span[[queue, 0]], span[[queue, 1]]),
                centre: level[[queue, 0]],
                spread: level[[queue, 1]],
                state: MixtureState {
                    mean: mean.row(queue).to_vec(),
                    covariance: covariance.row(queue).to_vec(),
                    level_step: level[[queue, 2]],
                    autoregression_step: level[[queue, 3]],
                    own: level[[queue, 4]],
                },
                weekdays: std::array::from_fn(|k| known_weekday(weekdays[[queue, k]])),
                open: open.row(queue).to_vec(),
                shares: shares.row(queue).to_vec(),
                kind_counts: kind_counts.row(queue).to_vec(),
                interval_cv2: interval_cv2.row(queue).to_vec(),
                drift_cv2: vec![],
                handle_times: vec![],
                ordinary: 0,
            })
            .collect()
    }
}

/// First day, number of days, how often slots come where the clock changes, levels, the state.
#[derive(FromPyObject)]
pub(crate) struct HorizonChoice(i64, usize, Vec<(i64, Vec<u8>)>, Vec<f64>, LayoutChoice);

impl HorizonChoice {
    fn horizon(&self) -> Horizon<'_> {
        Horizon {
            first_day: self.0,
            days: self.1,
            occurrences: &self.2,
            levels: &self.3,
            layout: self.4.layout(),
        }
    }
}

fn forecast_columns<'py>(
    py: Python<'py>,
    found: &[QueueForecast],
    levels: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let days = || found.iter().flat_map(|queue| &queue.days);
    let rows = || found.iter().flat_map(|queue| &queue.rows);
    let number = |value: usize| value as i64;
    macro_rules! put {
        ($name:literal, $values:expr) => {
            columns.set_item($name, $values.collect::<Vec<_>>().into_pyarray(py))?
        };
    }
    put!("days", found.iter().map(|queue| number(queue.days.len())));
    put!("day", days().map(|each| each.day));
    put!("special", days().map(|each| each.special.map_or(-1, number)));
    put!("rows", days().map(|each| number(each.rows)));
    put!("day_cv", days().map(|each| each.day_cv));
    put!("shared_cv", days().map(|each| each.shared_cv));
    put!("slot", rows().map(|each| number(each.slot)));
    put!("occurrence", rows().map(|each| number(each.occurrence)));
    put!("mean", rows().map(|each| each.mean));
    let bound = |level: usize| {
        found.iter().flat_map(move |queue| queue.bounds.iter().skip(level).step_by(levels))
    };
    let (mut lower, mut upper) = (vec![], vec![]);
    for level in 0..levels {
        lower.push(bound(level).map(|each| each.0).collect::<Vec<_>>().into_pyarray(py));
        upper.push(bound(level).map(|each| each.1).collect::<Vec<_>>().into_pyarray(py));
    }
    columns.set_item("lower", lower)?;
    columns.set_item("upper", upper)?;
    Ok(columns)
}

/// Forecasts of all queues as columns: of days, and of intervals.
#[pyfunction]
pub(crate) fn forecast_predict<'py>(
    py: Python<'py>,
    models: ModelColumns<'py>,
    specials: SpecialLists,
    choice: HorizonChoice,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyDict>> {
    let (models, lists, horizon) = (models.read(), specials.read(), choice.horizon());
    let found = released(py, threads, |run| {
        in_turns(models.len(), run, |queue, _| {
            Ok(predict(&models[queue], &lists[specials.1[queue]], &horizon))
        })
    })?;
    forecast_columns(py, &found, horizon.levels.len())
}

/// Shares and calls by queue, weekday and slot; NaN where closed.
#[pyfunction]
pub(crate) fn forecast_profiles<'py>(
    py: Python<'py>,
    rows: HistoryRows<'py>,
    choices: FitChoices,
    specials: SpecialLists,
    shape: (bool, bool),
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyDict>> {
    let (rows, lists, options) = (rows.read()?, specials.read(), choices.options());
    let found = released(py, threads, |run| {
        in_turns(rows.ends.len(), run, |queue, _| {
            weekday_profiles(&rows.of_queue(queue), &lists[specials.1[queue]], &options, shape)
                .ok_or_else(|| Error::Usage("a queue has no rows".to_owned()))
        })
    })?;
    let columns = PyDict::new(py);
    let lines = found.len() * WEEKDAYS;
    matrix(py, &columns, "shares", lines, found.iter().map(|(shares, _)| shares.clone()))?;
    matrix(py, &columns, "calls", lines, found.iter().map(|(_, calls)| calls.clone()))?;
    Ok(columns)
}

/// The index or, without weights, the naive forecast of all queues, with handle times by slot.
#[pyfunction]
pub(crate) fn forecast_benchmark<'py>(
    py: Python<'py>,
    rows: HistoryRows<'py>,
    choices: FitChoices,
    specials: SpecialLists,
    weights: Option<Vec<f64>>,
    days: (i64, usize, Vec<f64>),
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyDict>> {
    let (rows, lists, options) = (rows.read()?, specials.read(), choices.options());
    let kind = weights.as_deref().map_or(Benchmark::Naive, Benchmark::Index);
    let found = released(py, threads, |run| {
        in_turns(rows.ends.len(), run, |queue, _| {
            let own = rows.of_queue(queue);
            let counts = SlotCounts::of(&own, &options.clock, options.step)
                .ok_or_else(|| Error::Usage("a queue has no rows".to_owned()))?;
            let list = &lists[specials.1[queue]];
            let found = benchmark(&counts, list, kind, (days.0, days.1), &days.2);
            Ok((found, handle_times_of(&own, &options.clock, options.step)))
        })
    })?;
    let columns = PyDict::new(py);
    let means = |(found, _): &(BenchmarkForecast, Vec<f64>)| found.means.clone();
    matrix(py, &columns, "means", found.len(), found.iter().map(means))?;
    let margins = |(found, _): &(BenchmarkForecast, Vec<f64>)| found.margins.clone();
    matrix(py, &columns, "margins", found.len(), found.iter().map(margins))?;
    matrix(
        py,
        &columns,
        "handle_times",
        found.len(),
        found.iter().map(|(_, times)| times.clone()),
    )?;
    Ok(columns)
}

/// Lower and upper bounds of each count, a row a count and a column a level.
type Bounds<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Bounds of counts at each level, a row a count.
#[pyfunction]
pub(crate) fn forecast_bounds<'py>(
    py: Python<'py>,
    mean: Contiguous<'py, f64>,
    cv2: Contiguous<'py, f64>,
    levels: Vec<f64>,
    threads: Option<usize>,
) -> PyResult<Bounds<'py>> {
    let (mean, cv2) = (mean.as_slice()?, cv2.as_slice()?);
    let found = released(py, threads, |run| {
        in_turns(mean.len().div_ceil(CELLS), run, |part, _| {
            let cells = part * CELLS..mean.len().min((part + 1) * CELLS);
            let of_cell = |i: usize| levels.iter().map(move |&level| (mean[i], cv2[i], level));
            Ok(cells.flat_map(of_cell).map(|(m, c, level)| bounds(m, c, level)).collect::<Vec<_>>())
        })
    })?;
    let (lower, upper): (Vec<f64>, Vec<f64>) = found.into_iter().flatten().unzip();
    let shape = [mean.len(), levels.len()];
    Ok((
        lower.into_pyarray(py).reshape(shape)?.into_any(),
        upper.into_pyarray(py).reshape(shape)?.into_any(),
    ))
}

/// E|X - m| of Poisson counts.
#[pyfunction]
pub(crate) fn forecast_poisson_deviation<'py>(
    py: Python<'py>,
    mean: Contiguous<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let mean = mean.as_slice()?;
    let found = released(py, None, |run| {
        in_turns(mean.len().div_ceil(CELLS), run, |part, _| {
            let cells = &mean[part * CELLS..mean.len().min((part + 1) * CELLS)];
            Ok(cells.iter().map(|&each| poisson_deviation(each)).collect::<Vec<_>>())
        })
    })?;
    Ok(found.concat().into_pyarray(py))
}

/// Intervals of days of which some have come.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct DaysSoFar<'py> {
    means: Contiguous<'py, f64>,
    interval_cv2: Contiguous<'py, f64>,
    observed: Contiguous<'py, f64>,
    /// Where each day ends, and how many of its intervals have come.
    ends: Vec<usize>,
    counts: Vec<usize>,
    day_cv2: Contiguous<'py, f64>,
    drift_cv2: Contiguous<'py, f64>,
}

/// Factors of days, and the squared coefficients of variation that are left of them.
type Revised<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// The factor on the rest of each day, and what is left of its variation.
#[pyfunction]
pub(crate) fn forecast_revise<'py>(
    py: Python<'py>,
    days: DaysSoFar<'py>,
) -> PyResult<Revised<'py>> {
    let (means, interval_cv2) = (days.means.as_slice()?, days.interval_cv2.as_slice()?);
    let (observed, ends, counts) = (days.observed.as_slice()?, &days.ends, &days.counts);
    let (day_cv2, drift_cv2) = (days.day_cv2.as_slice()?, days.drift_cv2.as_slice()?);
    let found = released(py, None, |run| {
        in_turns(ends.len(), run, |day, _| {
            let from = if day == 0 { 0 } else { ends[day - 1] };
            Ok(revise(&DaySoFar {
                means: &means[from..ends[day]],
                observed: &observed[from..from + counts[day]],
                interval_cv2: &interval_cv2[from..ends[day]],
                day_cv2: day_cv2[day],
                drift_cv2: drift_cv2[day],
            }))
        })
    })?;
    let (factors, cv2): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
    Ok((factors.into_pyarray(py), cv2.into_pyarray(py)))
}
