//! Arguments and results: Python numbers and arrays to the grid's columns and back.

use callstats_core::domain::Parameter;
use callstats_core::grid::{Grid, Invalid, Values};
use numpy::{PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyList};

use crate::error;
use crate::run::{attached, released};

/// A number or a borrowed array, in whatever element type and with whatever strides it came.
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
        if let Ok(array) = object.extract() {
            return Ok(Self::F64(array));
        }
        if let Ok(array) = object.extract() {
            return Ok(Self::I64(array));
        }
        if let Ok(array) = object.extract() {
            return Ok(Self::F32(array));
        }
        if let Ok(array) = object.extract() {
            return Ok(Self::I32(array));
        }
        object.extract().map(Self::Scalar).map_err(|_| {
            PyTypeError::new_err(format!("expected numbers, got {}", object.get_type()))
        })
    }
}

impl Column<'_> {
    fn values(&self) -> Values<'_> {
        match self {
            Self::Scalar(number) => Values::Scalar(*number),
            Self::F64(array) => Values::F64(array.as_array()),
            Self::F32(array) => Values::F32(array.as_array()),
            Self::I64(array) => Values::I64(array.as_array()),
            Self::I32(array) => Values::I32(array.as_array()),
        }
    }
}

/// The dearest cell of a formula costs some tens of microseconds: so many are a matter of a millisecond.
const FEW_CELLS: usize = 16;

/// Each column beside its parameter, where a question decides which that is.
pub(crate) fn with_parameters<'py, const K: usize>(
    parameters: [&'static Parameter; K],
    columns: [Column<'py>; K],
) -> [(&'static Parameter, Column<'py>); K] {
    let mut at = 0;
    columns.map(|column| {
        at += 1;
        (parameters[at - 1], column)
    })
}

/// What every elementwise function takes last: (invalid values are missing, threads, out).
#[derive(FromPyObject)]
pub(crate) struct Options<'py>(bool, Option<usize>, Option<Bound<'py, PyArrayDyn<f64>>>);

/// A kernel as the grid runs it: operands in, one slice a measure out.
pub(crate) trait Kernel<const K: usize, const M: usize>:
    Fn([&[f64]; K], &mut [&mut [f64]; M]) -> callstats_core::Result<()> + Sync + Send
{
}

impl<const K: usize, const M: usize, F> Kernel<K, M> for F where
    F: Fn([&[f64]; K], &mut [&mut [f64]; M]) -> callstats_core::Result<()> + Sync + Send
{
}

/// One measure of every cell by a formula: a float where all arguments are numbers, else an array.
pub(crate) fn elementwise<'py, const K: usize>(
    py: Python<'py>,
    arguments: [(&'static Parameter, Column<'py>); K],
    options: Options<'py>,
    kernel: impl Kernel<K, 1>,
) -> PyResult<Bound<'py, PyAny>> {
    let [result] = many(py, FEW_CELLS, &arguments, options, kernel)?;
    Ok(result)
}

/// Several measures of every cell in one pass: a list of floats or of arrays, in the kernel's order.
pub(crate) fn elementwise_many<'py, const K: usize, const M: usize>(
    py: Python<'py>,
    arguments: [(&'static Parameter, Column<'py>); K],
    options: Options<'py>,
    kernel: impl Kernel<K, M>,
) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, many(py, FEW_CELLS, &arguments, options, kernel)?)
}

/// As [`elementwise`], of what is searched for: a single cell can take milliseconds.
pub(crate) fn searched<'py, const K: usize>(
    py: Python<'py>,
    arguments: [(&'static Parameter, Column<'py>); K],
    options: Options<'py>,
    kernel: impl Kernel<K, 1>,
) -> PyResult<Bound<'py, PyAny>> {
    let [result] = many(py, 0, &arguments, options, kernel)?;
    Ok(result)
}

/// As [`elementwise_many`], of what is searched for.
pub(crate) fn searched_many<'py, const K: usize, const M: usize>(
    py: Python<'py>,
    arguments: [(&'static Parameter, Column<'py>); K],
    options: Options<'py>,
    kernel: impl Kernel<K, M>,
) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, many(py, 0, &arguments, options, kernel)?)
}

/// `attached_cells` may be computed without letting go of the interpreter.
fn many<'py, const K: usize, const M: usize>(
    py: Python<'py>,
    attached_cells: usize,
    arguments: &[(&'static Parameter, Column<'py>); K],
    options: Options<'py>,
    kernel: impl Kernel<K, M>,
) -> PyResult<[Bound<'py, PyAny>; M]> {
    let Options(invalid, threads, out) = options;
    let invalid = if invalid { Invalid::Nan } else { Invalid::Raise };
    let parameters = arguments.each_ref().map(|(parameter, _)| *parameter);
    let columns = arguments.each_ref().map(|(_, column)| column.values());
    let grid =
        Grid::new(&columns, parameters, invalid).map_err(|failure| error::convert(py, &failure))?;
    if out.is_none() && columns.iter().all(|column| matches!(column, Values::Scalar(_))) {
        let values = if attached_cells > 0 {
            attached(py, |_| grid.evaluate_one(&kernel))?
        } else {
            released(py, Some(1), |_| grid.evaluate_one(&kernel))?
        };
        return Ok(values.map(|value| PyFloat::new(py, value).into_any()));
    }
    let mut arrays = Vec::with_capacity(M);
    for _ in 0..M {
        arrays.push(match &out {
            Some(array) => array.clone(),
            None => PyArrayDyn::zeros(py, grid.shape(), false),
        });
    }
    {
        let mut borrowed = arrays
            .iter()
            .map(|array| array.try_readwrite().map_err(|_| unusable_out()))
            .collect::<PyResult<Vec<_>>>()?;
        let slices: Vec<&mut [f64]> = borrowed
            .iter_mut()
            .map(|array| array.as_slice_mut().map_err(|_| unusable_out()))
            .collect::<PyResult<_>>()?;
        let outputs: [&mut [f64]; M] = slices.try_into().map_err(|_| unusable_out())?;
        if outputs.iter().any(|output| output.len() != grid.cells()) {
            return Err(unusable_out());
        }
        if grid.cells() <= attached_cells {
            attached(py, |run| grid.evaluate(outputs, run, &kernel))?;
        } else {
            released(py, threads, |run| grid.evaluate(outputs, run, &kernel))?;
        }
    }
    let results: Vec<_> = arrays.into_iter().map(Bound::into_any).collect();
    results.try_into().map_err(|_| unusable_out())
}

fn unusable_out() -> PyErr {
    PyValueError::new_err(
        "out must be a writable C-contiguous float64 array of the result's shape, apart from the arguments",
    )
}
