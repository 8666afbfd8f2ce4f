//! Names of groups, ids and levels: columns of texts and whole numbers, hashed and numbered.

use callstats_core::qa::samples::identities::{Ascending, Numbered, Numbering, number_far};
use callstats_core::rng::{hash_integer, hash_signed, hash_text, hash_unsigned};
use numpy::{Element, IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString};

/// Where each text of a column begins and the last one ends.
#[derive(FromPyObject)]
pub(crate) enum Offsets<'py> {
    Short(PyReadonlyArray1<'py, i32>),
    Long(PyReadonlyArray1<'py, i64>),
}

/// A column of names: whole numbers; (offsets, bytes, there) of texts one after the other, part by part; or
/// objects that are texts, whole numbers or missing.
#[derive(FromPyObject)]
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

#[derive(FromPyObject)]
pub(crate) struct Texts<'py>(
    Offsets<'py>,
    PyReadonlyArray1<'py, u8>,
    Option<PyReadonlyArray1<'py, bool>>,
);

impl Texts<'_> {
    fn each(&self, mut take: impl FnMut(Option<u64>)) -> PyResult<()> {
        let bytes = self.1.as_slice()?;
        let there = self.2.as_ref().map(|there| there.as_slice()).transpose()?;
        let mut row = 0;
        let mut add = |from: usize, to: usize| {
            let text = bytes.get(from..to).ok_or_else(|| PyValueError::new_err("offsets"))?;
            let known = there.is_none_or(|there| there.get(row).copied().unwrap_or(false));
            take(known.then(|| hash_text(text)));
            row += 1;
            Ok::<_, PyErr>(())
        };
        match &self.0 {
            Offsets::Short(at) => {
                at.as_slice()?.windows(2).try_for_each(|at| add(at[0] as usize, at[1] as usize))
            }
            Offsets::Long(at) => {
                at.as_slice()?.windows(2).try_for_each(|at| add(at[0] as usize, at[1] as usize))
            }
        }
    }

    fn len(&self) -> usize {
        let offsets = match &self.0 {
            Offsets::Short(at) => at.len().unwrap_or(0),
            Offsets::Long(at) => at.len().unwrap_or(0),
        };
        offsets.saturating_sub(1)
    }
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

fn hashed<T: Element + Copy>(
    array: &PyReadonlyArray1<'_, T>,
    hash: impl Fn(T) -> u64,
) -> (Vec<u64>, usize) {
    (array.as_array().iter().map(|&number| hash(number)).collect(), 0)
}

/// The hash of each name, and how many are missing.
#[pyfunction]
pub(crate) fn hash_names<'py>(
    py: Python<'py>,
    names: Names<'py>,
) -> PyResult<(Bound<'py, PyArray1<u64>>, usize)> {
    let mut missing = 0;
    let mut hashes = Vec::new();
    let mut take = |hash: Option<u64>| {
        missing += usize::from(hash.is_none());
        hashes.push(hash.unwrap_or(0));
    };
    match &names {
        Names::Objects(objects) => objects
            .as_array()
            .iter()
            .try_for_each(|object| hash_object(py, object).map(&mut take))?,
        Names::Texts(parts) => parts.iter().try_for_each(|part| part.each(&mut take))?,
        _ => {
            (hashes, missing) = match &names {
                Names::I64(array) => hashed(array, hash_signed),
                Names::I32(array) => hashed(array, |n| hash_signed(n.into())),
                Names::I16(array) => hashed(array, |n| hash_signed(n.into())),
                Names::I8(array) => hashed(array, |n| hash_signed(n.into())),
                Names::U64(array) => hashed(array, hash_unsigned),
                Names::U32(array) => hashed(array, |n| hash_unsigned(n.into())),
                Names::U16(array) => hashed(array, |n| hash_unsigned(n.into())),
                Names::U8(array) => hashed(array, |n| hash_unsigned(n.into())),
                Names::Objects(_) | Names::Texts(_) => (Vec::new(), 0),
            }
        }
    }
    Ok((hashes.into_pyarray(py), missing))
}

type Numbers<'py> = (Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<i64>>);

fn returned(py: Python<'_>, numbered: Numbered) -> Numbers<'_> {
    (numbered.codes.into_pyarray(py), numbered.first.into_pyarray(py))
}

/// Numbers whole numbers; `own` is their array where their numbers could be what they are.
fn numbered<'py, T: Element + Copy + Ord + Into<i128>>(
    py: Python<'py>,
    array: &PyReadonlyArray1<'py, T>,
    own: Option<&Bound<'py, PyArray1<i32>>>,
) -> PyResult<Numbers<'py>> {
    let values = array.as_slice()?;
    let Some(ascending) = Ascending::new(values) else {
        return Ok(returned(py, number_far(values)));
    };
    let first = ascending.first(values).into_pyarray(py);
    if let Some(own) = own.filter(|_| ascending.as_they_are()) {
        return Ok((own.clone(), first));
    }
    let codes = PyArray1::zeros(py, values.len(), false);
    ascending.number(values, codes.readwrite().as_slice_mut()?);
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
            // The same object again needs no second look: columns of few values share them.
            let mut last = (std::ptr::null_mut(), None);
            for object in objects.as_array() {
                if object.as_ptr() != last.0 {
                    last = (object.as_ptr(), hash_object(py, object)?);
                }
                numbering.add(last.1);
            }
            numbering.finish()
        }
        Names::Texts(parts) => {
            let mut numbering = Numbering::new(parts.iter().map(Texts::len).sum());
            parts.iter().try_for_each(|part| part.each(|hash| numbering.add(hash)))?;
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
    let codes: Vec<i32> = codes.as_slice()?.iter().map(|code| new(code).unwrap_or(-1)).collect();
    Ok(codes.into_pyarray(py))
}
