//! Arguments: Python numbers and arrays as the grid's columns, names as the core's choices.

use std::ops::Deref;
use std::str::FromStr;

use callstats_core::Error;
use callstats_core::grid::Values;
use numpy::{
    Element, PyArrayDescrMethods, PyReadonlyArray1, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};

use crate::error;

/// Whether `object` is an array of this element type.
///
/// Asked before an array is borrowed as one of several types: a borrowing that fails words both types in
/// Python code, and what a Ctrl-C raises in there is lost with the words.
pub(crate) fn holds<T: Element>(object: &Bound<'_, PyAny>) -> bool {
    let array = object.cast::<PyUntypedArray>();
    array.is_ok_and(|array| array.dtype().is_equiv_to(&T::get_dtype(object.py())))
}

/// Returns the first variant whose element type the array `$object` has.
macro_rules! return_what_holds {
    ($object:expr; $($element:ty => $variant:path),+ $(,)?) => {
        $(
            if $crate::convert::holds::<$element>(&$object) {
                return Ok($variant($object.extract()?));
            }
        )+
    };
}
pub(crate) use return_what_holds;

/// The error about an argument that is nothing of what it may be.
pub(crate) fn unexpected(expected: &str, object: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("expected {expected}, got {}", object.get_type()))
}

/// A number or a borrowed array of any element type and strides.
pub(crate) enum Column<'py> {
    Scalar(f64),
    F64(PyReadonlyArrayDyn<'py, f64>),
    F32(PyReadonlyArrayDyn<'py, f32>),
    I64(PyReadonlyArrayDyn<'py, i64>),
    I32(PyReadonlyArrayDyn<'py, i32>),
}

impl<'py> FromPyObject<'_, 'py> for Column<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(number) = object.cast::<PyFloat>() {
            return Ok(Self::Scalar(number.value()));
        }
        if let Ok(number) = object.cast::<PyInt>() {
            let below =
                || number.lt(0).map(|below| if below { -f64::INFINITY } else { f64::INFINITY });
            // A whole number beyond binary64 is refused as what it is nearest to.
            return number.extract().or_else(|_| below()).map(Self::Scalar);
        }
        return_what_holds!(object; f64 => Self::F64, i64 => Self::I64, f32 => Self::F32, i32 => Self::I32);
        object.extract().map(Self::Scalar).map_err(|error: PyErr| {
            // What a Ctrl-C raises is no such exception.
            let wrong = error.is_instance_of::<PyException>(object.py());
            if wrong { unexpected("numbers", &object) } else { error }
        })
    }
}

impl Column<'_> {
    pub(crate) fn values(&self) -> Values<'_> {
        match self {
            Self::Scalar(number) => Values::Scalar(*number),
            Self::F64(array) => Values::F64(array.as_array()),
            Self::F32(array) => Values::F32(array.as_array()),
            Self::I64(array) => Values::I64(array.as_array()),
            Self::I32(array) => Values::I32(array.as_array()),
        }
    }
}

/// A column that the Python layer has made contiguous.
pub(crate) type Contiguous<'py, T> = PyReadonlyArray1<'py, T>;

/// An argument that is one of a few names: its text, or how a message shows what is none, half a character too.
pub(crate) struct Name(String);

impl FromPyObject<'_, '_> for Name {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(name) = object.extract() {
            return Ok(Self(name));
        }
        let checks = object.py().import("callstats._tables.checks")?;
        checks.call_method1("shown", (object,))?.extract().map(Self)
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// One of the core's choices, by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice<T>(pub(crate) T);

impl<T: FromStr<Err = Error>> FromPyObject<'_, '_> for Choice<T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        error::named(object.py(), &object.extract::<Name>()?).map(Self)
    }
}
