//! Calls of a log: columns as they are read, tallies, rates, sums.

use callstats_core::kpi;
use numpy::{Element, IntoPyArray, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator};

use super::{Array, Codes, Table, Tables, block, filled};
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

/// Counts and sums; the same by threshold; quantiles; bins.
type Tallies<'py> = (Tables<'py>, Vec<Tables<'py>>, Vec<Bound<'py, PyAny>>, Vec<Bound<'py, PyAny>>);

/// Counts and sums by name; by threshold counts and seconds beyond; quantiles; bins.
#[pyfunction]
pub(crate) fn kpi_tally<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    wait: Contiguous<'py, f64>,
    outcome: Contiguous<'py, i8>,
    handled: Handled<'py>,
    limits: Limits,
    groups: usize,
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
    released(py, None, |run| kpi::tally(&calls, &limits, groups, &mut counts, &mut seconds, run))?;
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
    Ok((whole, by_threshold, seconds.collect::<PyResult<_>>()?, counts.collect::<PyResult<_>>()?))
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

/// Sums in each group, whatever the order of the rows.
#[pyfunction]
pub(crate) fn kpi_sums<'py>(
    py: Python<'py>,
    group: Contiguous<'py, i32>,
    seconds: Contiguous<'py, f64>,
    groups: usize,
) -> PyResult<Array<'py, f64>> {
    let (group, seconds) = (group.as_slice()?, seconds.as_slice()?);
    released(py, None, |_| kpi::exact_sums(group, seconds, groups))
        .map(|found| found.into_pyarray(py))
}
