//! Calls of a log: columns as they are read, tallies, rates, sums.

use callstats_core::kpi;
use callstats_core::numeric::exact_sum::ExactSum;
use callstats_core::threads::Run;
use numpy::{Element, IntoPyArray, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator};

use super::{Array, Codes, Table, Tables, block, columns, filled};
use crate::convert::Contiguous;
use crate::run::released;

/// The shortest and the longest duration, and how many are missing.
#[pyfunction]
pub(crate) fn kpi_span(
    py: Python<'_>,
    seconds: Contiguous<'_, f64>,
) -> PyResult<(f64, f64, usize)> {
    let seconds = seconds.as_slice()?;
    let span = released(py, None, |run| kpi::span(seconds, run))?;
    Ok((span.low, span.high, span.missing))
}

/// The entries of a table by code, and how many are negative.
#[pyfunction]
pub(crate) fn kpi_look_up<'py>(
    py: Python<'py>,
    codes: Codes<'py>,
    table: Contiguous<'py, i8>,
) -> PyResult<(Array<'py, i8>, usize)> {
    let (codes, table) = (codes.slice()?, table.as_slice()?);
    filled(py, codes.len(), |found, run| kpi::look_up(codes, table, found, run))
}

/// Instants in nanoseconds, and how many lie beyond what those can tell.
#[pyfunction]
pub(crate) fn kpi_nanoseconds<'py>(
    py: Python<'py>,
    counts: Contiguous<'py, i64>,
    factor: i64,
) -> PyResult<(Array<'py, i64>, usize)> {
    let counts = counts.as_slice()?;
    filled(py, counts.len(), |instants, run| kpi::nanoseconds(counts, factor, instants, run))
}

/// Columns of a log of which some may be missing: talk, hold, after-call work, transferred.
#[derive(FromPyObject)]
pub(crate) struct Handled<'py>(
    Option<Contiguous<'py, f64>>,
    Option<Contiguous<'py, f64>>,
    Option<Contiguous<'py, f64>>,
    Option<Contiguous<'py, bool>>,
);

/// Thresholds, whether they are inclusive, the short-abandon limit, probabilities, whether quantiles
/// are linear, upper edges of bins.
#[derive(FromPyObject)]
pub(crate) struct Limits(Vec<f64>, bool, f64, Vec<f64>, bool, Vec<f64>);

fn slice<'a, T: Element>(column: Option<&'a Contiguous<'_, T>>) -> PyResult<Option<&'a [T]>> {
    Ok(column.map(|column| column.as_slice()).transpose()?)
}

/// Counts and sums; the same by threshold; quantiles; bins; the sums in words.
type Tallies<'py> = (
    Tables<'py>,
    Vec<Tables<'py>>,
    Vec<Bound<'py, PyAny>>,
    Vec<Bound<'py, PyAny>>,
    Bound<'py, PyArray2<i64>>,
);

/// Counts and sums by name; by threshold counts and seconds beyond; quantiles; bins; where `exact`, the
/// sums before they are rounded, two rows of words each.
#[pyfunction]
pub(crate) fn kpi_tally<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    wait: Contiguous<'py, f64>,
    outcome: Contiguous<'py, i8>,
    handled: Handled<'py>,
    limits: Limits,
    groups: usize,
    exact: bool,
) -> PyResult<Tallies<'py>> {
    let calls = kpi::Calls {
        group: group.as_slice()?,
        wait: wait.as_slice()?,
        outcome: outcome.as_slice()?,
        talk: slice(handled.0.as_ref())?,
        hold: slice(handled.1.as_ref())?,
        acw: slice(handled.2.as_ref())?,
        transferred: slice(handled.3.as_ref())?,
    };
    let limits = kpi::TallyLimits {
        thresholds: &limits.0,
        inclusive: limits.1,
        short_abandon: limits.2,
        probabilities: &limits.3,
        rule: if limits.4 { kpi::QuantileRule::Linear } else { kpi::QuantileRule::Cdf },
        edges: &limits.5,
    };
    let mut counts = vec![0; limits.counts() * groups];
    let mut seconds = vec![0.0; limits.seconds() * groups];
    let mut words = vec![0; if exact { 2 * limits.sums() * groups } else { 0 }];
    released(py, None, |run| {
        kpi::tally(&calls, &limits, groups, &mut counts, &mut seconds, &mut words, run)
    })?;
    let words = block(py, words, if exact { 2 * limits.sums() } else { 0 }, groups)?;
    let counts = block(py, counts, limits.counts(), groups)?;
    let seconds = block(py, seconds, limits.seconds(), groups)?;
    let (mut counts, mut seconds) = (counts.try_iter()?, seconds.try_iter()?);
    let whole = (of(py, &kpi::COUNTS, &mut counts)?, of(py, &kpi::SUMS, &mut seconds)?);
    let by_threshold = limits
        .thresholds
        .iter()
        .map(|_| {
            let counted = of(py, &kpi::AT_THRESHOLD, &mut counts)?;
            Ok((counted, of(py, &["wait_beyond_sum"], &mut seconds)?))
        })
        .collect::<PyResult<_>>()?;
    let (quantiles, bins) = (seconds.collect::<PyResult<_>>()?, counts.collect::<PyResult<_>>()?);
    Ok((whole, by_threshold, quantiles, bins, words))
}

/// The next columns of a block by name.
fn of<'py>(
    py: Python<'py>,
    names: &[&str],
    columns: &mut Bound<'py, PyIterator>,
) -> PyResult<Table<'py>> {
    let table = PyDict::new(py);
    for name in names {
        table.set_item(name, columns.next().transpose()?)?;
    }
    Ok(table)
}

/// Shares and their Wilson limits.
#[pyfunction]
pub(crate) fn kpi_rates<'py>(
    py: Python<'py>,
    numerator: Contiguous<'py, i64>,
    denominator: Contiguous<'py, i64>,
    confidence: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (numerator, denominator) = (numerator.as_slice()?, denominator.as_slice()?);
    let mut shares = vec![0.0; 3 * numerator.len()];
    released(py, None, |run| kpi::rates(numerator, denominator, confidence, &mut shares, run))?;
    block(py, shares, 3, numerator.len())
}

/// What each row adds to the Gini coefficient of its group.
#[pyfunction]
pub(crate) fn kpi_gini_terms<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    values: Contiguous<'py, f64>,
) -> PyResult<Array<'py, f64>> {
    let (group, values) = (group.as_slice()?, values.as_slice()?);
    Ok(filled(py, group.len(), |terms, _| kpi::gini_terms(group, values, terms))?.0)
}

/// How far each row is from the one so many known rows before it in its group.
#[pyfunction]
pub(crate) fn kpi_seasonal_errors<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    order: Contiguous<'py, i64>,
    values: Contiguous<'py, f64>,
    season: usize,
) -> PyResult<Array<'py, f64>> {
    let (group, order, values) = (group.as_slice()?, order.as_slice()?, values.as_slice()?);
    let work = |errors: &mut [f64], _: &Run<'_>| {
        kpi::seasonal_errors(group, order, values, season, errors)
    };
    Ok(filled(py, group.len(), work)?.0)
}

/// Sums in each group, whatever the order of the rows.
#[pyfunction]
pub(crate) fn kpi_sums<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    seconds: Contiguous<'py, f64>,
    groups: usize,
) -> PyResult<Array<'py, f64>> {
    let (group, seconds) = (group.as_slice()?, seconds.as_slice()?);
    let sums = released(py, None, |_| kpi::exact_sums(group, seconds, groups))?;
    Ok(sums.into_iter().map(ExactSum::seconds).collect::<Vec<_>>().into_pyarray(py))
}

/// Sums in each group before they are rounded, in two columns of words that add up by themselves.
#[pyfunction]
pub(crate) fn kpi_sum_words<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    seconds: Contiguous<'py, f64>,
    groups: usize,
) -> PyResult<(Array<'py, i64>, Array<'py, i64>)> {
    let (group, seconds) = (group.as_slice()?, seconds.as_slice()?);
    let sums = released(py, None, |_| kpi::exact_sums(group, seconds, groups))?;
    let (high, low): (Vec<i64>, Vec<i64>) = sums.into_iter().map(ExactSum::words).unzip();
    Ok((high.into_pyarray(py), low.into_pyarray(py)))
}

/// Sums of such words, rounded once.
#[pyfunction]
pub(crate) fn kpi_seconds_of_words<'py>(
    py: Python<'py>,
    high: Contiguous<'py, i64>,
    low: Contiguous<'py, i64>,
) -> PyResult<Array<'py, f64>> {
    let pairs = high.as_slice()?.iter().zip(low.as_slice()?);
    let sums = pairs.map(|(&high, &low)| ExactSum::from_words(high, low).seconds());
    Ok(sums.collect::<Vec<_>>().into_pyarray(py))
}

/// How often each wait occurs in each group: rows by group, wait and mark, with their counts.
#[pyfunction]
pub(crate) fn kpi_wait_counts<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    wait: Contiguous<'py, f64>,
    marked: Option<Contiguous<'py, bool>>,
    count: Option<Contiguous<'py, i64>>,
    groups: usize,
) -> PyResult<Table<'py>> {
    let waits = kpi::CountedWaits {
        group: group.as_slice()?,
        wait: wait.as_slice()?,
        marked: slice(marked.as_ref())?,
        count: slice(count.as_ref())?,
    };
    let found = released(py, None, |run| kpi::wait_counts(&waits, groups, run))?;
    let table = columns(py, [("group", found.group), ("count", found.count)])?;
    table.set_item("wait", found.wait.into_pyarray(py))?;
    table.set_item("marked", found.marked.into_pyarray(py))?;
    Ok(table)
}

/// Quantiles of counted waits in order of group and wait, a row a probability.
#[pyfunction]
pub(crate) fn kpi_count_quantiles<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    wait: Contiguous<'py, f64>,
    count: Contiguous<'py, i64>,
    probabilities: Vec<f64>,
    linear: bool,
    groups: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let waits = kpi::CountedWaits {
        group: group.as_slice()?,
        wait: wait.as_slice()?,
        marked: None,
        count: Some(count.as_slice()?),
    };
    let rule = if linear { kpi::QuantileRule::Linear } else { kpi::QuantileRule::Cdf };
    let found = released(py, None, |_| kpi::count_quantiles(&waits, groups, &probabilities, rule))?;
    block(py, found, probabilities.len(), groups)
}
