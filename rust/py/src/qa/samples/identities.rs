//! Names of groups, ids and levels: columns of texts and whole numbers, hashed and numbered.

use callstats_core::qa::samples::identities::{Ascending, Numbered, Numbering, number_far};
use callstats_core::rng::{hash_integer, hash_signed, hash_text, hash_unsigned};
use callstats_core::threads::Watch;
use callstats_core::{Error, Result};
use ndarray::Axis;
use numpy::{Element, IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString};

use super::ROWS_PER_LOOK;
use crate::convert::{return_what_holds, unexpected};
use crate::run::released;

/// Where each text of a column begins and the last one ends.
pub(crate) enum Offsets<'py> {
    Short(PyReadonlyArray1<'py, i32>),
    Long(PyReadonlyArray1<'py, i64>),
}

impl<'py> FromPyObject<'_, 'py> for Offsets<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        return_what_holds!(object; i32 => Self::Short, i64 => Self::Long);
        Err(unexpected("an array of offsets", &object))
    }
}

/// A column of names: whole numbers; (offsets, bytes, there) of texts one after the other, part by part; or
/// objects that are texts, whole numbers or missing.
pub(crate) enum Names<'py> {
    I64(PyReadonlyArray1<'py, i64>),
    U64(PyReadonlyArray1<'py, u64>),
    I32(PyReadonlyArray1<'py, i32>),
    U32(PyReadonlyArray1<'py, u32>),
    I16(PyReadonlyArray1<'py, i16>),
    U16(PyReadonlyArray1<'py, u16>),
    I8(PyReadonlyArray1<'py, i8>),
    U8(PyReadonlyArray1<'py, u8>),
    Objects(PyReadonlyArray1<'py, Py<PyAny>>),
    Texts(Vec<Texts<'py>>),
}

impl<'py> FromPyObject<'_, 'py> for Names<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        return_what_holds!(
            object;
            i64 => Self::I64, u64 => Self::U64, i32 => Self::I32, u32 => Self::U32,
            i16 => Self::I16, u16 => Self::U16, i8 => Self::I8, u8 => Self::U8,
            Py<PyAny> => Self::Objects,
        );
        object.extract().map(Self::Texts)
    }
}

#[derive(FromPyObject)]
pub(crate) struct Texts<'py>(
    Offsets<'py>,
    PyReadonlyArray1<'py, u8>,
    Option<PyReadonlyArray1<'py, bool>>,
);

/// The texts of a part, as they are read without the interpreter.
struct TextsView<'a> {
    offsets: OffsetsView<'a>,
    bytes: &'a [u8],
    there: Option<&'a [bool]>,
}

enum OffsetsView<'a> {
    Short(&'a [i32]),
    Long(&'a [i64]),
}

impl Texts<'_> {
    fn view(&self) -> PyResult<TextsView<'_>> {
        Ok(TextsView {
            offsets: match &self.0 {
                Offsets::Short(at) => OffsetsView::Short(at.as_slice()?),
                Offsets::Long(at) => OffsetsView::Long(at.as_slice()?),
            },
            bytes: self.1.as_slice()?,
            there: self.2.as_ref().map(|there| there.as_slice()).transpose()?,
        })
    }

    fn len(&self) -> usize {
        let offsets = match &self.0 {
            Offsets::Short(at) => at.len().unwrap_or(0),
            Offsets::Long(at) => at.len().unwrap_or(0),
        };
        offsets.saturating_sub(1)
    }
}

impl TextsView<'_> {
    fn each(&self, watch: &Watch<'_>, mut take: impl FnMut(Option<u64>)) -> Result<()> {
        let mut row = 0;
        let mut add = |from: usize, to: usize| {
            if row % ROWS_PER_LOOK == 0 {
                watch.check()?;
            }
            let text =
                self.bytes.get(from..to).ok_or_else(|| Error::Usage("offsets".to_owned()))?;
            let known = self.there.is_none_or(|there| there.get(row).copied().unwrap_or(false));
            take(known.then(|| hash_text(text)));
            row += 1;
            Ok(())
        };
        match self.offsets {
            OffsetsView::Short(at) => {
                at.windows(2).try_for_each(|at| add(at[0] as usize, at[1] as usize))
            }
            OffsetsView::Long(at) => {
                at.windows(2).try_for_each(|at| add(at[0] as usize, at[1] as usize))
            }
        }
    }
}

/// Calls `take` with the hash of each text.
fn each_text(
    py: Python<'_>,
    parts: &[Texts<'_>],
    mut take: impl FnMut(Option<u64>) + Send,
) -> PyResult<()> {
    let parts = parts.iter().map(Texts::view).collect::<PyResult<Vec<_>>>()?;
    released(py, None, |run| {
        let watch = Watch::alone(run);
        parts.iter().try_for_each(|part| part.each(&watch, &mut take))
    })
}

/// Calls `take` with the hash of each object. Others get the interpreter after some rows at a time.
fn each_object(
    py: Python<'_>,
    objects: &PyReadonlyArray1<'_, Py<PyAny>>,
    mut take: impl FnMut(Option<u64>) + Send,
) -> PyResult<()> {
    let objects = objects.as_array();
    released(py, None, |run| {
        let watch = Watch::alone(run);
        for some in objects.axis_chunks_iter(Axis(0), ROWS_PER_LOOK) {
            watch.check()?;
            let hashed = Python::attach(|py| {
                // The same object again needs no second look: columns of few values share them.
                let mut last = (std::ptr::null_mut(), None);
                for object in some {
                    if object.as_ptr() != last.0 {
                        last = (object.as_ptr(), hash_object(py, object)?);
                    }
                    take(last.1);
                }
                Ok(())
            });
            if hashed.is_err() {
                return Ok(hashed);
            }
        }
        Ok(Ok(()))
    })?
}

/// The hash of a text or whole number; None where it is missing.
fn hash_object(py: Python<'_>, object: &Py<PyAny>) -> PyResult<Option<u64>> {
    let object = object.bind(py);
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Some(hash_text(text.to_str()?.as_bytes())));
    }
    if object.is_none() || object.cast::<PyFloat>().is_ok_and(|number| number.value().is_nan()) {
        return Ok(None);
    }
    if object.is_exact_instance_of::<PyInt>() {
        return Ok(Some(match object.extract::<i128>() {
            Ok(number) => hash_integer(number),
            Err(_) => hash_text(object.str()?.to_str()?.as_bytes()),
        }));
    }
    Err(PyTypeError::new_err(format!("expected text or a whole number, got {}", object.get_type())))
}

fn hashed<T: Element + Copy + Sync>(
    py: Python<'_>,
    array: &PyReadonlyArray1<'_, T>,
    hash: impl Fn(T) -> u64 + Sync,
) -> PyResult<Vec<u64>> {
    let values = array.as_array();
    released(py, None, |_| Ok(values.iter().map(|&number| hash(number)).collect()))
}

/// The hash of each name, and how many are missing.
#[pyfunction]
pub(crate) fn hash_names<'py>(
    py: Python<'py>,
    names: Names<'py>,
) -> PyResult<(Bound<'py, PyArray1<u64>>, usize)> {
    let mut missing = 0;
    let mut hashes = Vec::new();
    let take = |hash: Option<u64>| {
        missing += usize::from(hash.is_none());
        hashes.push(hash.unwrap_or(0));
    };
    match &names {
        Names::Objects(objects) => each_object(py, objects, take)?,
        Names::Texts(parts) => each_text(py, parts, take)?,
        Names::I64(array) => hashes = hashed(py, array, hash_signed)?,
        Names::I32(array) => hashes = hashed(py, array, |n| hash_signed(n.into()))?,
        Names::I16(array) => hashes = hashed(py, array, |n| hash_signed(n.into()))?,
        Names::I8(array) => hashes = hashed(py, array, |n| hash_signed(n.into()))?,
        Names::U64(array) => hashes = hashed(py, array, hash_unsigned)?,
        Names::U32(array) => hashes = hashed(py, array, |n| hash_unsigned(n.into()))?,
        Names::U16(array) => hashes = hashed(py, array, |n| hash_unsigned(n.into()))?,
        Names::U8(array) => hashes = hashed(py, array, |n| hash_unsigned(n.into()))?,
    }
    Ok((hashes.into_pyarray(py), missing))
}

type Numbers<'py> = (Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<i64>>);

fn returned(py: Python<'_>, numbered: Numbered) -> Numbers<'_> {
    (numbered.codes.into_pyarray(py), numbered.first.into_pyarray(py))
}

/// Numbers whole numbers; `own` is their array where their numbers could be what they are.
fn numbered<'py, T: Element + Copy + Ord + Into<i128> + Sync>(
    py: Python<'py>,
    array: &PyReadonlyArray1<'py, T>,
    own: Option<&Bound<'py, PyArray1<i32>>>,
) -> PyResult<Numbers<'py>> {
    let values = array.as_slice()?;
    let Some(ascending) = released(py, None, |_| Ok(Ascending::new(values)))? else {
        return Ok(returned(py, released(py, None, |run| number_far(values, run))?));
    };
    let first = released(py, None, |_| Ok(ascending.first(values)))?.into_pyarray(py);
    if let Some(own) = own.filter(|_| ascending.as_they_are()) {
        return Ok((own.clone(), first));
    }
    let codes = PyArray1::zeros(py, values.len(), false);
    {
        let mut borrowed = codes.readwrite();
        let numbers = borrowed.as_slice_mut()?;
        released(py, None, |_| {
            ascending.number(values, numbers);
            Ok(())
        })?;
    }
    Ok((codes, first))
}

/// The number of each row's name, -1 where it is missing, and the row in which each first comes.
#[pyfunction]
pub(crate) fn number_names<'py>(py: Python<'py>, names: Names<'py>) -> PyResult<Numbers<'py>> {
    let numbered = match &names {
        Names::I64(array) => return numbered(py, array, None),
        Names::U64(array) => return numbered(py, array, None),
        Names::I32(array) => return numbered(py, array, Some(array)),
        Names::U32(array) => return numbered(py, array, None),
        Names::I16(array) => return numbered(py, array, None),
        Names::U16(array) => return numbered(py, array, None),
        Names::I8(array) => return numbered(py, array, None),
        Names::U8(array) => return numbered(py, array, None),
        Names::Objects(objects) => {
            let mut numbering = Numbering::new(objects.as_array().len());
            each_object(py, objects, |hash| numbering.add(hash))?;
            numbering.finish()
        }
        Names::Texts(parts) => {
            let mut numbering = Numbering::new(parts.iter().map(Texts::len).sum());
            each_text(py, parts, |hash| numbering.add(hash))?;
            numbering.finish()
        }
    };
    Ok(returned(py, numbered))
}

/// Replaces each code by the number that it has from now on; -1 stays.
#[pyfunction]
pub(crate) fn renumber<'py>(
    py: Python<'py>,
    codes: PyReadonlyArray1<'py, i32>,
    numbers: PyReadonlyArray1<'py, i32>,
) -> PyResult<Bound<'py, PyArray1<i32>>> {
    let numbers = numbers.as_slice()?;
    let new = |&code: &i32| usize::try_from(code).ok().and_then(|c| numbers.get(c)).copied();
    let codes = codes.as_slice()?;
    let renumbered: Vec<i32> =
        released(py, None, |_| Ok(codes.iter().map(|code| new(code).unwrap_or(-1)).collect()))?;
    Ok(renumbered.into_pyarray(py))
}
