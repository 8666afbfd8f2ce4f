//! Drawing quality samples.

use callstats_core::grid::Invalid;
use callstats_core::qa::bounds::Bound as LevelBound;
use callstats_core::qa::draw::{self, Design, Plan};
use callstats_core::qa::recordings::{Column, Recordings};
use callstats_core::rng::{hash_bytes, hash_integer};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyString};

use crate::error;
use crate::run::released;

/// Ids or names of groups: a list of texts and whole numbers, or an array of whole numbers.
#[derive(FromPyObject)]
pub(crate) enum Names<'py> {
    Signed(PyReadonlyArray1<'py, i64>),
    Unsigned(PyReadonlyArray1<'py, u64>),
    Objects(Bound<'py, PyList>),
}

/// A column to be balanced: codes with their levels' hashes, numbers with cuts, times with units a second.
#[derive(FromPyObject)]
pub(crate) enum Balanced<'py> {
    Category(PyReadonlyArray1<'py, i64>, PyReadonlyArray1<'py, u64>),
    Number(PyReadonlyArray1<'py, f64>, Vec<f64>),
    Time(PyReadonlyArray1<'py, i64>, i64),
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

/// (group of each row, hash of each group's name, hash of each id, eligible, balanced columns).
#[derive(FromPyObject)]
pub(crate) struct Frame<'py>(
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, u64>,
    PyReadonlyArray1<'py, u64>,
    PyReadonlyArray1<'py, bool>,
    Vec<Balanced<'py>>,
);

impl Frame<'_> {
    fn recordings(&self) -> PyResult<Recordings<'_>> {
        Ok(Recordings {
            groups: self.0.as_slice()?,
            names: self.1.as_slice()?,
            ids: self.2.as_slice()?,
            eligible: self.3.as_slice()?,
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

/// (number of each group, reserves, design, hash of the seed, sizes of inclusion, bounds).
#[derive(FromPyObject)]
pub(crate) struct Wanted<'py>(
    PyReadonlyArray1<'py, i64>,
    usize,
    String,
    u64,
    Option<PyReadonlyArray1<'py, f64>>,
    Vec<LevelBounds<'py>>,
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
        })
    }
}

fn hash_object(object: &Bound<'_, PyAny>) -> PyResult<u64> {
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(hash_bytes(text.to_str()?.as_bytes()));
    }
    if object.is_instance_of::<PyInt>() {
        return Ok(match object.extract::<i64>() {
            Ok(number) => hash_integer(number.into()),
            Err(_) => hash_bytes(object.str()?.to_str()?.as_bytes()),
        });
    }
    Err(PyTypeError::new_err(format!("expected text or a whole number, got {}", object.get_type())))
}

#[pyfunction]
pub(crate) fn hash_names<'py>(
    py: Python<'py>,
    names: Names<'py>,
) -> PyResult<Bound<'py, PyArray1<u64>>> {
    let hashes: Vec<u64> = match names {
        Names::Signed(array) => array.as_array().iter().map(|&i| hash_integer(i.into())).collect(),
        Names::Unsigned(array) => {
            array.as_array().iter().map(|&i| hash_integer(i.into())).collect()
        }
        Names::Objects(list) => {
            list.iter().map(|object| hash_object(&object)).collect::<PyResult<_>>()?
        }
    };
    Ok(hashes.into_pyarray(py))
}

#[pyfunction]
pub(crate) fn column_levels<'py>(
    py: Python<'py>,
    column: Balanced<'py>,
) -> PyResult<Vec<Bound<'py, PyArray1<i64>>>> {
    let column = column.column()?;
    let levels = |&margin| -> Vec<i64> {
        (0..column.len()).map(|row| column.level(margin, row).unwrap_or(i64::MIN)).collect()
    };
    Ok(column.margins().iter().map(levels).map(|codes| codes.into_pyarray(py)).collect())
}

#[pyfunction]
pub(crate) fn frame_digest(frame: Frame<'_>) -> PyResult<String> {
    Ok(frame.recordings()?.digest())
}

/// Row, place in the draw, whether a reserve, and inclusion probability of each row drawn; and
/// (group, bound, level) where bounds exclude one another.
type Drawn<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<f64>>,
    Vec<(i64, i64, i64)>,
);

#[pyfunction]
pub(crate) fn draw_sample<'py>(
    py: Python<'py>,
    frame: Frame<'py>,
    wanted: Wanted<'py>,
    threads: Option<usize>,
) -> PyResult<Drawn<'py>> {
    let (recordings, plan) = (frame.recordings()?, wanted.plan(py)?);
    let drawn = released(py, recordings.groups.len(), Invalid::Raise, threads, |run| {
        draw::draw(&recordings, &plan, run)
    })?;
    Ok((
        drawn.rows.into_pyarray(py),
        drawn.draw.into_pyarray(py),
        drawn.reserve.into_pyarray(py),
        drawn.probability.into_pyarray(py),
        drawn.conflicts.iter().map(|c| (c.group, c.bound, c.level)).collect(),
    ))
}
