//! Drawing quality samples.

use callstats_core::qa::samples::bounds::Bound as LevelBound;
use callstats_core::qa::samples::identities::Ids;
use callstats_core::qa::samples::recordings::{Column, Recordings};
use callstats_core::qa::samples::sampling::{self, Design, Plan};
use callstats_core::threads::Watch;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::convert::{holds, return_what_holds};
use crate::error;
use crate::run::released;

use super::ROWS_PER_LOOK;

/// A column to be balanced: codes with their levels' hashes, numbers with cuts, times with units a second.
pub(crate) enum Balanced<'py> {
    Category(PyReadonlyArray1<'py, i32>, PyReadonlyArray1<'py, u64>),
    Number(PyReadonlyArray1<'py, f64>, Vec<f64>),
    Time(PyReadonlyArray1<'py, i64>, i64),
}

impl<'py> FromPyObject<'_, 'py> for Balanced<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let (values, about): (Bound<'py, PyAny>, Bound<'py, PyAny>) = object.extract()?;
        if holds::<i32>(&values) {
            return Ok(Self::Category(values.extract()?, about.extract()?));
        }
        if holds::<f64>(&values) {
            return Ok(Self::Number(values.extract()?, about.extract()?));
        }
        Ok(Self::Time(values.extract()?, about.extract()?))
    }
}

impl Balanced<'_> {
    fn column(&self) -> PyResult<Column<'_>> {
        Ok(match self {
            Self::Category(codes, names) => {
                Column::Category { codes: codes.as_slice()?, names: names.as_slice()? }
            }
            Self::Number(values, cuts) => Column::Number { values: values.as_slice()?, cuts },
            Self::Time(wall, per_second) => {
                Column::Time { wall: wall.as_slice()?, per_second: *per_second }
            }
        })
    }
}

/// Ids: whole numbers as they are, or (hashes of texts,).
pub(crate) enum Identities<'py> {
    Signed(PyReadonlyArray1<'py, i64>),
    Unsigned(PyReadonlyArray1<'py, u64>),
    Hashes((PyReadonlyArray1<'py, u64>,)),
}

impl<'py> FromPyObject<'_, 'py> for Identities<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        return_what_holds!(object; i64 => Self::Signed, u64 => Self::Unsigned);
        object.extract().map(Self::Hashes)
    }
}

impl Identities<'_> {
    fn ids(&self) -> PyResult<Ids<'_>> {
        Ok(match self {
            Self::Signed(ids) => Ids::Signed(ids.as_slice()?),
            Self::Unsigned(ids) => Ids::Unsigned(ids.as_slice()?),
            Self::Hashes((ids,)) => Ids::Hashes(ids.as_slice()?),
        })
    }
}

/// (group of each row, hash of each group's name, ids, eligible, balanced columns).
#[derive(FromPyObject)]
pub(crate) struct Frame<'py>(
    PyReadonlyArray1<'py, i32>,
    PyReadonlyArray1<'py, u64>,
    Identities<'py>,
    Option<PyReadonlyArray1<'py, bool>>,
    Vec<Balanced<'py>>,
);

impl Frame<'_> {
    fn recordings(&self) -> PyResult<Recordings<'_>> {
        Ok(Recordings {
            groups: self.0.as_slice()?,
            names: self.1.as_slice()?,
            ids: self.2.ids()?,
            eligible: self.3.as_ref().map(|eligible| eligible.as_slice()).transpose()?,
            columns: self.4.iter().map(Balanced::column).collect::<PyResult<_>>()?,
        })
    }
}

/// (level of each row, fewest of each level, most of each level).
#[derive(FromPyObject)]
pub(crate) struct LevelBounds<'py>(
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, i64>,
);

impl LevelBounds<'_> {
    fn bound(&self) -> PyResult<LevelBound<'_>> {
        Ok(LevelBound {
            levels: self.0.as_slice()?,
            least: self.1.as_slice()?,
            most: self.2.as_slice()?,
        })
    }
}

/// (number of each group, reserves, design, hash of the seed, sizes of inclusion, bounds, size of each
/// group where the frame is what partial draws kept).
#[derive(FromPyObject)]
pub(crate) struct Wanted<'py>(
    PyReadonlyArray1<'py, i64>,
    usize,
    String,
    u64,
    Option<PyReadonlyArray1<'py, f64>>,
    Vec<LevelBounds<'py>>,
    Option<PyReadonlyArray1<'py, i64>>,
);

impl Wanted<'_> {
    fn plan(&self, py: Python<'_>) -> PyResult<Plan<'_>> {
        Ok(Plan {
            quotas: self.0.as_slice()?,
            reserve: self.1,
            design: self.2.parse::<Design>().map_err(|e| error::convert(py, &e))?,
            seed: self.3,
            sizes: self.4.as_ref().map(|sizes| sizes.as_slice()).transpose()?,
            bounds: self.5.iter().map(LevelBounds::bound).collect::<PyResult<_>>()?,
            sizes_of_groups: self.6.as_ref().map(|sizes| sizes.as_slice()).transpose()?,
        })
    }
}

#[pyfunction]
pub(crate) fn column_levels<'py>(
    py: Python<'py>,
    column: Balanced<'py>,
) -> PyResult<Vec<Bound<'py, PyArray1<i64>>>> {
    let column = column.column()?;
    let levels = released(py, None, |run| {
        let watch = Watch::alone(run);
        let of_margin = |&margin| {
            let mut levels = Vec::with_capacity(column.len());
            for row in 0..column.len() {
                if row % ROWS_PER_LOOK == 0 {
                    watch.check()?;
                }
                levels.push(column.level(margin, row).unwrap_or(i64::MIN));
            }
            Ok(levels)
        };
        column.margins().iter().map(of_margin).collect::<callstats_core::Result<Vec<Vec<i64>>>>()
    })?;
    Ok(levels.into_iter().map(|codes| codes.into_pyarray(py)).collect())
}

#[pyfunction]
pub(crate) fn ids_repeat(
    py: Python<'_>,
    ids: Identities<'_>,
    threads: Option<usize>,
) -> PyResult<bool> {
    let ids = ids.ids()?;
    released(py, threads, |run| ids.repeat(run))
}

/// Row, place in the draw, whether a reserve, and inclusion probability of each row drawn; how many
/// eligible rows each group has; (group, bound, level) where bounds exclude one another; and the frame's
/// digest.
type Drawn<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<i64>>,
    Vec<(i64, i64, i64)>,
    [u64; 2],
);

/// The rows that can be drawn, how many eligible rows each group has, and the frame's digest.
type Candidates<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>, [u64; 2]);

#[pyfunction]
pub(crate) fn draw_sample<'py>(
    py: Python<'py>,
    frame: Frame<'py>,
    wanted: Wanted<'py>,
    threads: Option<usize>,
) -> PyResult<Drawn<'py>> {
    let (recordings, plan) = (frame.recordings()?, wanted.plan(py)?);
    let drawn = released(py, threads, |run| sampling::draw(&recordings, &plan, run))?;
    Ok((
        drawn.rows.into_pyarray(py),
        drawn.draw.into_pyarray(py),
        drawn.reserve.into_pyarray(py),
        drawn.probability.into_pyarray(py),
        drawn.sizes.into_pyarray(py),
        drawn.conflicts.iter().map(|c| (c.group, c.bound, c.level)).collect(),
        drawn.digest,
    ))
}

#[pyfunction]
pub(crate) fn draw_candidates<'py>(
    py: Python<'py>,
    frame: Frame<'py>,
    wanted: Wanted<'py>,
    limits: Option<PyReadonlyArray1<'py, u64>>,
    threads: Option<usize>,
) -> PyResult<Candidates<'py>> {
    let (recordings, plan) = (frame.recordings()?, wanted.plan(py)?);
    let limits = limits.as_ref().map(|limits| limits.as_slice()).transpose()?;
    let found = released(py, threads, |run| sampling::candidates(&recordings, &plan, limits, run))?;
    Ok((found.rows.into_pyarray(py), found.sizes.into_pyarray(py), found.digest))
}
