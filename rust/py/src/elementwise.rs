//! Elementwise functions: columns in, a number or a column out.

use callstats_core::domain::Parameter;
use callstats_core::grid::{Grid, Invalid, Values};
use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyList, PyTuple};

use crate::convert::Column;
use crate::error;
use crate::run::{attached, released};

/// Python functions of columns, a row each: the name, its choices, its columns with the parameter that
/// each is, and the kernel, which sees the choices by name. `-> list` where the kernel has several
/// results, `-> searched` or `-> searched_list` where one cell can take milliseconds. The names of all
/// columns become `COLUMNS`.
macro_rules! elementwise {
    ($(
        $(#[$doc:meta])*
        $name:ident($($choice:ident: $type:ty),*; $($column:ident: $parameter:expr),+) $(-> $kind:ident)?
            = $kernel:expr;
    )+) => {
        $($crate::elementwise::function! {
            [$($kind)?] $(#[$doc])* $name($($choice: $type),*; $($column: $parameter),+) = $kernel
        })+

        /// The columns of each function, in order.
        pub(crate) const COLUMNS: &[(&str, &[&str])] =
            &[$((stringify!($name), &[$(stringify!($column)),+])),+];
    };
}

/// A row of [`elementwise!`].
macro_rules! function {
    ([] $($row:tt)+) => {
        $crate::elementwise::function! { @ pyo3::PyAny, one(FEW_CELLS), $($row)+ }
    };
    ([list] $($row:tt)+) => {
        $crate::elementwise::function! { @ pyo3::types::PyList, many(FEW_CELLS), $($row)+ }
    };
    ([searched] $($row:tt)+) => {
        $crate::elementwise::function! { @ pyo3::PyAny, one(NO_CELLS), $($row)+ }
    };
    ([searched_list] $($row:tt)+) => {
        $crate::elementwise::function! { @ pyo3::types::PyList, many(NO_CELLS), $($row)+ }
    };
    (
        @ $result:ty, $evaluate:ident($attached:ident), $(#[$doc:meta])*
        $name:ident($($choice:ident: $type:ty),*; $($column:ident: $parameter:expr),+) = $kernel:expr
    ) => {
        $(#[$doc])*
        #[pyfunction]
        pub(crate) fn $name<'py>(
            py: Python<'py>,
            $($choice: $type,)*
            $($column: $crate::convert::Column<'py>,)+
            options: $crate::elementwise::Options<'py>,
        ) -> PyResult<Bound<'py, $result>> {
            $crate::elementwise::$evaluate(
                py,
                $crate::elementwise::$attached,
                &[$((&$parameter, $column)),+],
                options,
                $kernel,
            )
        }
    };
}

pub(crate) use {elementwise, function};

/// Cells of a formula that are computed without releasing the interpreter: the dearest cost some tens of
/// microseconds each, so that 16 take a millisecond.
pub(crate) const FEW_CELLS: usize = 16;
/// Cells of an array that fits into memory anywhere: 8 MB of them.
const SMALL: usize = 1 << 20;
/// Searches always release it.
pub(crate) const NO_CELLS: usize = 0;

/// The last argument of every elementwise function: (invalid values are missing, threads, out).
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

/// One measure of every cell: a float where all arguments are numbers, else an array.
pub(crate) fn one<'py, const K: usize>(
    py: Python<'py>,
    attached_cells: usize,
    arguments: &[(&'static Parameter, Column<'py>); K],
    options: Options<'py>,
    kernel: impl Kernel<K, 1>,
) -> PyResult<Bound<'py, PyAny>> {
    let [result] = evaluate(py, attached_cells, arguments, options, kernel)?;
    Ok(result)
}

/// Several measures of every cell in one pass: a list of floats or of arrays, in the kernel's order.
pub(crate) fn many<'py, const K: usize, const M: usize>(
    py: Python<'py>,
    attached_cells: usize,
    arguments: &[(&'static Parameter, Column<'py>); K],
    options: Options<'py>,
    kernel: impl Kernel<K, M>,
) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, evaluate(py, attached_cells, arguments, options, kernel)?)
}

/// Every cell by `kernel`, up to `attached_cells` of them without releasing the interpreter.
fn evaluate<'py, const K: usize, const M: usize>(
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
            None => zeros(py, grid.shape())?,
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

/// An array of zeros; Python's error where there is no memory for it, at which the crate's own would panic.
fn zeros<'py>(py: Python<'py>, shape: &[usize]) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
    if shape.iter().product::<usize>() <= SMALL {
        return Ok(PyArrayDyn::zeros(py, shape, false));
    }
    let made = py.import("numpy")?.call_method1("zeros", (PyTuple::new(py, shape)?,))?;
    Ok(made.cast_into()?)
}

fn unusable_out() -> PyErr {
    PyValueError::new_err(
        "out must be a writable C-contiguous float64 array of the result's shape, apart from the arguments",
    )
}
