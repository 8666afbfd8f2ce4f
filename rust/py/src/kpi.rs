//! Key figures of logs. Columns come in contiguous and checked; result columns go out by name.

use callstats_core::kpi::{self, Periods};
use callstats_core::threads::Run;
use numpy::{Element, IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

use crate::convert::{Contiguous, return_what_holds, unexpected};
use crate::run::released;

pub(crate) mod agents;
pub(crate) mod calls;
pub(crate) mod drivers;
pub(crate) mod numbering;
pub(crate) mod patience;

type Array<'py, T> = Bound<'py, PyArray1<T>>;

/// Columns by name.
type Table<'py> = Bound<'py, PyDict>;

/// Counts and seconds.
type Tables<'py> = (Table<'py>, Table<'py>);

/// Where intervals begin: a step in nanoseconds, or the edges of calendar periods.
#[derive(FromPyObject)]
pub(crate) enum Cut<'py> {
    Step(i64),
    Edges(Contiguous<'py, i64>),
}

/// Numbers of a key's values in the width that they came in.
pub(crate) enum Codes<'py> {
    I8(Contiguous<'py, i8>),
    I16(Contiguous<'py, i16>),
    I32(Contiguous<'py, i32>),
    I64(Contiguous<'py, i64>),
}

impl<'py> FromPyObject<'_, 'py> for Codes<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        return_what_holds!(object; i8 => Self::I8, i16 => Self::I16, i32 => Self::I32, i64 => Self::I64);
        Err(unexpected("an array of codes", &object))
    }
}

fn columns<T: Element>(
    py: Python<'_>,
    named: impl IntoIterator<Item = (&'static str, Vec<T>)>,
) -> PyResult<Table<'_>> {
    named.into_iter().map(|(name, values)| (name, values.into_pyarray(py))).into_py_dict(py)
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
