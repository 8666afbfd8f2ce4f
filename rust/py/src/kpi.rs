//! Key figures of logs. Columns come in contiguous and checked; result columns go out by name.

use callstats_core::kpi::{self, Periods};
use callstats_core::threads::Run;
use numpy::{Element, IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyIterator};

use crate::error::named;
use crate::run::released;

type Column<'py, T> = PyReadonlyArray1<'py, T>;

type Array<'py, T> = Bound<'py, PyArray1<T>>;

/// Columns by name.
type Table<'py> = Bound<'py, PyDict>;

/// Counts and seconds.
type Tables<'py> = (Table<'py>, Table<'py>);

/// Where intervals begin: a step in nanoseconds, or the edges of calendar periods.
#[derive(FromPyObject)]
pub(crate) enum Cut<'py> {
    Step(i64),
    Edges(Column<'py, i64>),
}

/// Numbers of a key's values in the width that they came in.
#[derive(FromPyObject)]
pub(crate) enum Codes<'py> {
    I8(Column<'py, i8>),
    I16(Column<'py, i16>),
    I32(Column<'py, i32>),
    I64(Column<'py, i64>),
}

fn columns<T: Element>(
    py: Python<'_>,
    named: impl IntoIterator<Item = (&'static str, Vec<T>)>,
) -> PyResult<Table<'_>> {
    named.into_iter().map(|(name, values)| (name, values.into_pyarray(py))).into_py_dict(py)
}

fn arrays<T: Element>(py: Python<'_>, columns: Vec<Vec<T>>) -> Vec<Array<'_, T>> {
    columns.into_iter().map(|values| values.into_pyarray(py)).collect()
}

/// Group of each row, and the first row of each group.
#[pyfunction]
pub(crate) fn kpi_number_rows<'py>(
    py: Python<'py>,
    keys: Vec<(Codes<'py>, Column<'py, i64>)>,
    time: Option<(Column<'py, i64>, Cut<'py>)>,
    shown: Option<Column<'py, bool>>,
    rows: usize,
) -> PyResult<(Array<'py, i32>, Array<'py, i64>)> {
    let keys = keys
        .iter()
        .map(|(codes, ranks)| Ok(kpi::GroupKey { codes: codes.slice()?, ranks: ranks.as_slice()? }))
        .collect::<PyResult<Vec<_>>>()?;
    let shown = shown.as_ref().map(|column| column.as_slice()).transpose()?;
    let time = match &time {
        Some((instants, cut)) => Some((instants.as_slice()?, cut.periods()?)),
        None => None,
    };
    let (group, example) = filled(py, rows, |group, run| {
        let time = time.as_ref().map(|(instants, periods)| (*instants, periods));
        kpi::number_rows(&keys, time, shown, group, run)
    })?;
    Ok((group, example.into_pyarray(py)))
}

/// The shortest and the longest duration, and how many are missing.
#[pyfunction]
pub(crate) fn kpi_span(py: Python<'_>, seconds: Column<'_, f64>) -> PyResult<(f64, f64, usize)> {
    let seconds = seconds.as_slice()?;
    let span = released(py, None, |run| kpi::span(seconds, run))?;
    Ok((span.low, span.high, span.missing))
}

/// The entries of a table by code, and how many are negative.
#[pyfunction]
pub(crate) fn kpi_look_up<'py>(
    py: Python<'py>,
    codes: Codes<'py>,
    table: Column<'py, i8>,
) -> PyResult<(Array<'py, i8>, usize)> {
    let (codes, table) = (codes.slice()?, table.as_slice()?);
    filled(py, codes.len(), |found, run| kpi::look_up(codes, table, found, run))
}

/// Instants in nanoseconds, and how many lie beyond what those can tell.
#[pyfunction]
pub(crate) fn kpi_nanoseconds<'py>(
    py: Python<'py>,
    counts: Column<'py, i64>,
    factor: i64,
) -> PyResult<(Array<'py, i64>, usize)> {
    let counts = counts.as_slice()?;
    filled(py, counts.len(), |instants, run| kpi::nanoseconds(counts, factor, instants, run))
}

/// The first instants of the intervals that hold instants.
#[pyfunction]
pub(crate) fn kpi_interval_starts<'py>(
    py: Python<'py>,
    instants: Column<'py, i64>,
    cut: Cut<'py>,
) -> PyResult<Array<'py, i64>> {
    let (instants, periods) = (instants.as_slice()?, cut.periods()?);
    released(py, None, |_| Ok(kpi::interval_starts(instants, &periods)))
        .map(|starts| starts.into_pyarray(py))
}

/// Columns of a log of which some may be missing: talk, hold, after-call work, transferred.
#[derive(FromPyObject)]
pub(crate) struct Handled<'py>(
    Option<Column<'py, f64>>,
    Option<Column<'py, f64>>,
    Option<Column<'py, f64>>,
    Option<Column<'py, bool>>,
);

/// Thresholds, whether they are inclusive, the short-abandon limit, probabilities, whether quantiles
/// are linear, upper edges of bins.
#[derive(FromPyObject)]
pub(crate) struct Limits(Vec<f64>, bool, f64, Vec<f64>, bool, Vec<f64>);

fn slice<'a, T: Element>(column: Option<&'a Column<'_, T>>) -> PyResult<Option<&'a [T]>> {
    Ok(column.map(|column| column.as_slice()).transpose()?)
}

/// Counts and sums; the same by threshold; quantiles; bins.
type Tallies<'py> = (Tables<'py>, Vec<Tables<'py>>, Vec<Bound<'py, PyAny>>, Vec<Bound<'py, PyAny>>);

/// Counts and sums by name; by threshold counts and seconds beyond; quantiles; bins.
#[pyfunction]
pub(crate) fn kpi_tally<'py>(
    py: Python<'py>,
    group: Column<'py, i32>,
    wait: Column<'py, f64>,
    outcome: Column<'py, i8>,
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

/// Columns of `rows` values, one after the other.
///
/// Not in memory that `NumPy` takes: it asks for large pages, and where none are free the system
/// moves others about first, which can cost ten times what they spare.
fn block<T: Element>(
    py: Python<'_>,
    values: Vec<T>,
    columns: usize,
    rows: usize,
) -> PyResult<Bound<'_, PyArray2<T>>> {
    values.into_pyarray(py).reshape([columns, rows])
}

/// A column which `work` fills, and what else comes out.
fn filled<T: Element + Default + Clone, R: Send>(
    py: Python<'_>,
    rows: usize,
    work: impl FnOnce(&mut [T], &Run<'_>) -> callstats_core::Result<R> + Send,
) -> PyResult<(Array<'_, T>, R)> {
    let mut column = vec![T::default(); rows];
    let result = released(py, None, |run| work(&mut column, run))?;
    Ok((column.into_pyarray(py), result))
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
    numerator: Column<'py, i64>,
    denominator: Column<'py, i64>,
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
    group: Column<'py, i32>,
    seconds: Column<'py, f64>,
    groups: usize,
) -> PyResult<Array<'py, f64>> {
    let (group, seconds) = (group.as_slice()?, seconds.as_slice()?);
    released(py, None, |_| kpi::exact_sums(group, seconds, groups))
        .map(|found| found.into_pyarray(py))
}

/// How many states there are, sets of them to add up, and pairs of sets to divide.
#[derive(FromPyObject)]
pub(crate) struct StateSums(usize, Vec<Vec<usize>>, Vec<(Vec<usize>, Vec<usize>)>);

/// Groups and first instants, and columns of seconds, by group and interval.
type Split<'py> = (Bound<'py, PyArray2<i64>>, Bound<'py, PyArray2<f64>>);

/// Seconds in each state by group and interval.
#[pyfunction]
pub(crate) fn kpi_split_states<'py>(
    py: Python<'py>,
    group: Column<'py, i32>,
    spell: (Column<'py, i64>, Column<'py, i64>),
    state: Column<'py, i8>,
    sums: StateSums,
    cut: Cut<'py>,
    groups: usize,
) -> PyResult<Split<'py>> {
    let spells = kpi::Spells {
        group: group.as_slice()?,
        start: spell.0.as_slice()?,
        end: spell.1.as_slice()?,
        state: state.as_slice()?,
    };
    let sums = kpi::Sums { states: sums.0, sums: &sums.1, shares: &sums.2 };
    let periods = cut.periods()?;
    let ordered =
        released(py, None, |run| kpi::order_spells(&spells, sums.states, &periods, groups, run))?;
    let mut whole = vec![0; 2 * ordered.rows()];
    let mut seconds = vec![0.0; sums.columns() * ordered.rows()];
    released(py, None, |run| ordered.split(&sums, &mut whole, &mut seconds, run))?;
    let whole = block(py, whole, 2, ordered.rows())?;
    Ok((whole, block(py, seconds, sums.columns(), ordered.rows())?))
}

/// Calls in progress by group and interval.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn kpi_concurrency<'py>(
    py: Python<'py>,
    group: Column<'py, i32>,
    start: Column<'py, i64>,
    end: Column<'py, i64>,
    agent: Column<'py, i64>,
    cut: Cut<'py>,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let (group, start, end, agent) =
        (group.as_slice()?, start.as_slice()?, end.as_slice()?, agent.as_slice()?);
    let periods = cut.periods()?;
    let found = released(py, None, |run| {
        kpi::concurrency(group, start, end, agent, &periods, groups, run)
    })?;
    Ok((
        columns(
            py,
            [
                ("group", found.group),
                ("start", found.start),
                ("peak_in_progress", found.peak),
                ("agents_seen", found.agents),
            ],
        )?,
        columns(py, [("length", found.length), ("seconds", found.seconds)])?,
    ))
}

/// Groups, waits and whether they ended in hanging up.
#[derive(FromPyObject)]
pub(crate) struct Waits<'py>(Column<'py, i32>, Column<'py, f64>, Column<'py, bool>);

impl Waits<'_> {
    fn columns(&self) -> PyResult<kpi::Waits<'_>> {
        Ok(kpi::Waits {
            group: self.0.as_slice()?,
            wait: self.1.as_slice()?,
            abandoned: self.2.as_slice()?,
        })
    }
}

/// What waits say about patience, a value a group; then the times by which shares have lost theirs.
#[pyfunction]
pub(crate) fn kpi_patience<'py>(
    py: Python<'py>,
    waits: Waits<'py>,
    limits: (f64, String),
    probabilities: Vec<f64>,
    until: f64,
    groups: usize,
) -> PyResult<(Table<'py>, Table<'py>, Vec<Array<'py, f64>>)> {
    let waits = waits.columns()?;
    let (confidence, basis) = (limits.0, named(py, &limits.1)?);
    let questions = kpi::Questions { confidence, basis, probabilities: &probabilities, until };
    let fits = released(py, None, |run| kpi::patience(&waits, &questions, groups, run))?;
    let count = |value: fn(&kpi::Patience) -> i64| fits.iter().map(value).collect();
    let seconds = |value: fn(&kpi::Patience) -> f64| fits.iter().map(value).collect();
    let quantiles = (0..probabilities.len())
        .map(|place| fits.iter().map(|fit| fit.quantiles[place]).collect())
        .collect();
    Ok((
        columns(py, [("waits", count(|f| f.waits)), ("abandonments", count(|f| f.abandonments))])?,
        columns(
            py,
            [
                ("total_wait", seconds(|f| f.exposure)),
                ("mean_patience_low", seconds(|f| f.mean_limits[0])),
                ("mean_patience_high", seconds(|f| f.mean_limits[1])),
                ("km_mean", seconds(|f| f.area[0])),
                ("km_mean_error", seconds(|f| f.area[1])),
                ("restricted_mean", seconds(|f| f.restricted[0])),
                ("restricted_mean_error", seconds(|f| f.restricted[1])),
            ],
        )?,
        arrays(py, quantiles),
    ))
}

/// Kaplan–Meier curves.
#[pyfunction]
pub(crate) fn kpi_curves<'py>(
    py: Python<'py>,
    waits: Waits<'py>,
    confidence: f64,
    band: &str,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let (waits, band) = (waits.columns()?, named(py, band)?);
    let curve = released(py, None, |run| kpi::curves(&waits, confidence, band, groups, run))?;
    Ok((
        columns(
            py,
            [("group", curve.group), ("at_risk", curve.at_risk), ("abandoned", curve.abandoned)],
        )?,
        columns(
            py,
            [
                ("time", curve.time),
                ("survival", curve.survival),
                ("survival_error", curve.error),
                ("survival_low", curve.low),
                ("survival_high", curve.high),
            ],
        )?,
    ))
}

/// Hang-ups per second of waiting, by group and bin.
#[pyfunction]
pub(crate) fn kpi_hazard<'py>(
    py: Python<'py>,
    waits: Waits<'py>,
    edges: Vec<f64>,
    confidence: f64,
    groups: usize,
) -> PyResult<Tables<'py>> {
    let waits = waits.columns()?;
    let found = released(py, None, |run| kpi::hazard(&waits, &edges, confidence, groups, run))?;
    Ok((
        columns(
            py,
            [("group", found.group), ("bin", found.bin), ("abandonments", found.abandoned)],
        )?,
        columns(
            py,
            [("exposure", found.exposure), ("hazard_low", found.low), ("hazard_high", found.high)],
        )?,
    ))
}

impl Codes<'_> {
    fn slice(&self) -> PyResult<kpi::Codes<'_>> {
        Ok(match self {
            Self::I8(codes) => kpi::Codes::I8(codes.as_slice()?),
            Self::I16(codes) => kpi::Codes::I16(codes.as_slice()?),
            Self::I32(codes) => kpi::Codes::I32(codes.as_slice()?),
            Self::I64(codes) => kpi::Codes::I64(codes.as_slice()?),
        })
    }
}

impl Cut<'_> {
    fn periods(&self) -> PyResult<Periods<'_>> {
        Ok(match self {
            Self::Step(step) => Periods::Fixed(*step),
            Self::Edges(edges) => Periods::Edges(edges.as_slice()?),
        })
    }
}
