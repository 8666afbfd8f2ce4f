//! Running a kernel over broadcast columns: shapes, blocks and the check of every column.
//!
//! A kernel sees blocks of at most [`BLOCK`] cells, each operand a contiguous slice of f64, whatever
//! the caller's strides, element type or broadcasting were. A cell's answer depends on its operands alone,
//! neither on its block nor on the number of threads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ndarray::{ArrayViewD, Axis, IxDyn, Slice};

use crate::domain::Parameter;
use crate::error::{Error, Result};
use crate::threads::{Run, Watch, in_parts};

/// Cells handed to a kernel at a time: enough for what a kernel sets up once a block not to be seen,
/// and a dozen operands of this length stay inside a 256 KiB L2 cache.
pub const BLOCK: usize = 2048;

/// Cells a thread takes at a time: starting one costs about as much as a hundred of the cheapest.
const CELLS_PER_TURN: usize = 4 * BLOCK;

/// Cells of the first block. Blocks grow while they are [`QUICK`] and shrink where they are [`SLOW`]:
/// a cell's answer depends on no other, and the cost of a cell is not known before.
const FIRST_BLOCK: usize = 16;
const QUICK: Duration = Duration::from_millis(10);
const SLOW: Duration = Duration::from_millis(50);

/// A caller's column in the element type it came in.
#[derive(Debug, Clone)]
pub enum Values<'a> {
    /// One number for every cell.
    Scalar(f64),
    /// Double precision.
    F64(ArrayViewD<'a, f64>),
    /// Single precision, widened exactly.
    F32(ArrayViewD<'a, f32>),
    /// Whole numbers, exact up to 2^53.
    I64(ArrayViewD<'a, i64>),
    /// Whole numbers.
    I32(ArrayViewD<'a, i32>),
}

/// Runs `$body` with `$view` bound to the array inside, whatever its element type.
macro_rules! for_array {
    ($values:expr, $view:ident => $body:expr, $scalar:ident => $otherwise:expr) => {
        match $values {
            Values::Scalar($scalar) => $otherwise,
            Values::F64($view) => $body,
            Values::F32($view) => $body,
            Values::I64($view) => $body,
            Values::I32($view) => $body,
        }
    };
}

/// Element types that become f64 a block at a time.
trait Element: Copy {
    fn widen(self) -> f64;
}

impl Element for f64 {
    fn widen(self) -> f64 {
        self
    }
}

impl Element for f32 {
    fn widen(self) -> f64 {
        f64::from(self)
    }
}

impl Element for i64 {
    fn widen(self) -> f64 {
        self as f64
    }
}

impl Element for i32 {
    fn widen(self) -> f64 {
        f64::from(self)
    }
}

impl Values<'_> {
    fn shape(&self) -> &[usize] {
        for_array!(self, view => view.shape(), _s => &[])
    }

    /// The first value outside the domain and how many there are; None where all are inside.
    fn check(&self, parameter: &Parameter) -> Result<()> {
        fn scan<T: Element>(view: &ArrayViewD<'_, T>, parameter: &Parameter) -> Result<()> {
            let bad = view.iter().filter(|v| !parameter.accepts(v.widen())).count();
            if bad == 0 {
                return Ok(());
            }
            let Some((position, value)) =
                view.indexed_iter().find(|(_, v)| !parameter.accepts(v.widen()))
            else {
                return Ok(());
            };
            Err(Error::Invalid {
                parameter: parameter.name,
                rule: parameter.rule,
                value: value.widen(),
                position: ndarray::Dimension::slice(&position).to_vec(),
                bad,
                total: view.len(),
            })
        }
        for_array!(self, view => scan(view, parameter), s => {
            if parameter.accepts(*s) {
                return Ok(());
            }
            Err(Error::Invalid {
                parameter: parameter.name,
                rule: parameter.rule,
                value: *s,
                position: Vec::new(),
                bad: 1,
                total: 1,
            })
        })
    }

    /// Repeats sides of one by strides of zero.
    fn broadcast(&self, shape: &[usize]) -> Option<Values<'_>> {
        Some(match self {
            Values::Scalar(s) => Values::Scalar(*s),
            Values::F64(view) => Values::F64(view.broadcast(IxDyn(shape))?),
            Values::F32(view) => Values::F32(view.broadcast(IxDyn(shape))?),
            Values::I64(view) => Values::I64(view.broadcast(IxDyn(shape))?),
            Values::I32(view) => Values::I32(view.broadcast(IxDyn(shape))?),
        })
    }

    fn can_merge(&self, axis: usize) -> bool {
        for_array!(self, view => {
            let (outer, inner) = (view.strides()[axis - 1], view.strides()[axis]);
            outer == inner * view.shape()[axis].cast_signed()
        }, _s => true)
    }

    fn merge(&mut self, axis: usize) {
        for_array!(self, view => {
            view.merge_axes(Axis(axis - 1), Axis(axis));
            view.index_axis_inplace(Axis(axis - 1), 0);
        }, _s => ());
    }

    /// The cells from flat position `start` on where they lie side by side as f64 already.
    fn slice(&self, start: usize, length: usize) -> Option<&[f64]> {
        match self {
            Values::F64(view) => view.as_slice()?.get(start..start + length),
            _ => None,
        }
    }

    /// Copies the cells from flat position `start` on into `block`, as f64.
    fn fill(&self, start: usize, block: &mut [f64]) {
        fn copy<T: Element>(view: &ArrayViewD<'_, T>, start: usize, block: &mut [f64]) {
            let run = *view.shape().last().unwrap_or(&1);
            let mut done = 0;
            while done < block.len() {
                let at = start + done;
                let (mut outer, offset) = (at / run, at % run);
                let mut row = view.view();
                for axis in (0..view.ndim().saturating_sub(1)).rev() {
                    let size = view.shape()[axis];
                    row.index_axis_inplace(Axis(axis), outer % size);
                    outer /= size;
                }
                let length = (run - offset).min(block.len() - done);
                let target = &mut block[done..done + length];
                row.slice_axis_inplace(Axis(0), Slice::from(offset..offset + length));
                for (cell, value) in target.iter_mut().zip(row.iter()) {
                    *cell = value.widen();
                }
                done += length;
            }
        }
        for_array!(self, view => copy(view, start, block), s => block.fill(*s));
    }
}

/// What to do with a value outside its parameter's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// Refuse the whole call.
    Raise,
    /// Treat the value as missing.
    Nan,
}

/// Columns checked and broadcast against each other, ready to be walked.
pub struct Grid<'a, 'v, const K: usize> {
    shape: Vec<usize>,
    given: &'a [Values<'v>; K],
    columns: [Values<'a>; K],
    parameters: [&'static Parameter; K],
    invalid: Invalid,
}

/// The shape that all columns broadcast to, by `NumPy`'s rule.
fn common_shape<const K: usize>(
    columns: &[Values<'_>; K],
    parameters: &[&'static Parameter; K],
) -> Result<Vec<usize>> {
    let dimensions = columns.iter().map(|c| c.shape().len()).max().unwrap_or(0);
    let mut shape = vec![1; dimensions];
    for (column, parameter) in columns.iter().zip(parameters) {
        for (back, &size) in column.shape().iter().rev().enumerate() {
            let side = &mut shape[dimensions - 1 - back];
            if *side == 1 {
                *side = size;
            } else if size != 1 && size != *side {
                return Err(Error::Shape {
                    parameter: parameter.name,
                    axis_from_end: back + 1,
                    size,
                    expected: *side,
                });
            }
        }
    }
    Ok(shape)
}

/// The first invalid value of the first column that has any.
fn check_all<const K: usize>(
    columns: &[Values<'_>; K],
    parameters: &[&'static Parameter; K],
) -> Result<()> {
    columns.iter().zip(parameters).try_for_each(|(column, parameter)| column.check(parameter))
}

impl<'a, 'v, const K: usize> Grid<'a, 'v, K> {
    /// Broadcasts the columns; nothing is copied. Numbers are checked here, arrays on the way, where
    /// they are read anyway.
    ///
    /// # Errors
    /// [`Error::Shape`] before [`Error::Invalid`].
    pub fn new(
        columns: &'a [Values<'v>; K],
        parameters: [&'static Parameter; K],
        invalid: Invalid,
    ) -> Result<Self> {
        let shape = common_shape(columns, &parameters)?;
        let empty = shape.contains(&0);
        if invalid == Invalid::Raise {
            let numbers = columns.iter().zip(&parameters).all(|(column, parameter)| {
                if let Values::Scalar(number) = column {
                    parameter.accepts(*number)
                } else {
                    !empty
                }
            });
            if !numbers {
                check_all(columns, &parameters)?;
            }
        }
        let mut broadcast = [const { Values::Scalar(f64::NAN) }; K];
        for (target, column) in broadcast.iter_mut().zip(columns) {
            *target = column
                .broadcast(&shape)
                .ok_or_else(|| Error::Usage("columns do not broadcast".to_owned()))?;
        }
        for axis in (1..shape.len()).rev() {
            if !empty && broadcast.iter().all(|column| column.can_merge(axis)) {
                for column in &mut broadcast {
                    column.merge(axis);
                }
            }
        }
        Ok(Self { shape, given: columns, columns: broadcast, parameters, invalid })
    }

    /// The shape of the result.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        self.shape.iter().product()
    }

    /// `kernel` of the one cell of a grid of scalars, without blocks and threads.
    ///
    /// # Errors
    /// That of the kernel.
    pub fn evaluate_one<const M: usize>(
        &self,
        kernel: &impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()>,
    ) -> Result<[f64; M]> {
        let mut cell = [0.0; K];
        for ((value, column), parameter) in cell.iter_mut().zip(&self.columns).zip(&self.parameters)
        {
            column.fill(0, std::slice::from_mut(value));
            if self.invalid == Invalid::Nan && !parameter.accepts(*value) {
                *value = f64::NAN;
            }
        }
        let mut values = [0.0; M];
        let mut targets = values.each_mut().map(std::slice::from_mut);
        kernel(cell.each_ref().map(std::slice::from_ref), &mut targets)
            .map_err(|failure| self.placed(failure))?;
        Ok(values)
    }

    /// Writes `kernel` of every cell to `outputs`, each of [`cells`](Self::cells) places in C order.
    ///
    /// # Errors
    /// The first error of the kernel in order of the turns, or [`Error::Interrupted`].
    pub fn evaluate<const M: usize>(
        &self,
        outputs: [&mut [f64]; M],
        run: &Run<'_>,
        kernel: &(impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()> + Sync),
    ) -> Result<()> {
        let turns = cut(outputs);
        let at_once = AtomicUsize::new(FIRST_BLOCK);
        in_parts(turns, run, |(start, mut slices), watch| {
            self.turn(start, &mut slices, (watch, &at_once), kernel)
        })?;
        Ok(())
    }

    /// An error of a cell, numbered in C order, with its position in the shape.
    fn placed(&self, failure: Error) -> Error {
        let Error::Infeasible { parameter, value, position, why } = failure else { return failure };
        let mut rest = position.first().copied().unwrap_or(0);
        let mut position = vec![0; self.shape.len()];
        for (index, &side) in position.iter_mut().zip(&self.shape).rev() {
            *index = rest % side;
            rest /= side;
        }
        Error::Infeasible { parameter, value, position, why }
    }

    fn turn<const M: usize>(
        &self,
        start: usize,
        slices: &mut [&mut [f64]; M],
        (watch, at_once): (&Watch<'_>, &AtomicUsize),
        kernel: &impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()>,
    ) -> Result<()> {
        let length = slices.first().map_or(0, |slice| slice.len());
        let mut buffers = [[0.0; BLOCK]; K];
        let mut done = 0;
        while done < length {
            watch.check()?;
            let count = at_once.load(Ordering::Relaxed).min(length - done);
            let begun = Instant::now();
            let mut operands = [&[][..]; K];
            for (((operand, buffer), column), parameter) in
                operands.iter_mut().zip(&mut buffers).zip(&self.columns).zip(&self.parameters)
            {
                // What lies ready is not copied.
                let ready = column.slice(start + done, count);
                if let Some(slice) = ready.filter(|values| parameter.accepts_all(values)) {
                    *operand = slice;
                    continue;
                }
                let block = &mut buffer[..count];
                column.fill(start + done, block);
                if !parameter.accepts_all(block) {
                    if self.invalid == Invalid::Raise {
                        check_all(self.given, &self.parameters)?;
                    }
                    for value in block.iter_mut().filter(|value| !parameter.accepts(**value)) {
                        *value = f64::NAN;
                    }
                }
                *operand = block;
            }
            let mut targets = slices.each_mut().map(|slice| &mut slice[done..done + count]);
            kernel(operands, &mut targets)
                .map_err(|failure| self.placed(failure.later(start + done)))?;
            // Cells that cost much are computed in smaller blocks, lest Ctrl-C be heard late.
            let took = begun.elapsed();
            if took < QUICK && count < BLOCK {
                at_once.fetch_max((2 * count).min(BLOCK), Ordering::Relaxed);
            } else if took > SLOW {
                at_once.store((count / 2).max(1), Ordering::Relaxed);
            }
            done += count;
        }
        Ok(())
    }
}

/// Cuts columns of equal length into turns: the flat position where each starts, and its cells.
fn cut<const M: usize>(mut outputs: [&mut [f64]; M]) -> Vec<(usize, [&mut [f64]; M])> {
    let cells = outputs.first().map_or(0, |output| output.len());
    let turn = |start| {
        let length = CELLS_PER_TURN.min(cells - start);
        let taken = outputs.each_mut().map(|rest| {
            let (head, tail) = std::mem::take(rest).split_at_mut(length);
            *rest = tail;
            head
        });
        (start, taken)
    };
    (0..cells).step_by(CELLS_PER_TURN).map(turn).collect()
}

/// A block kernel from a function of one cell; a cell with a missing operand is missing.
pub fn each_cell<const K: usize, const M: usize>(
    cell: impl Fn([f64; K]) -> Result<[f64; M]> + Sync,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()> + Sync {
    every_cell(move |arguments: [f64; K]| {
        if arguments.iter().any(|v| v.is_nan()) { Ok([f64::NAN; M]) } else { cell(arguments) }
    })
}

/// A block kernel from a function of one cell that decides itself what a missing operand means.
pub fn every_cell<const K: usize, const M: usize>(
    cell: impl Fn([f64; K]) -> Result<[f64; M]> + Sync,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()> + Sync {
    move |operands, outputs| {
        let count = outputs.first().map_or(0, |output| output.len());
        for i in 0..count {
            let values =
                cell(operands.map(|operand| operand[i])).map_err(|failure| failure.placed_at(i))?;
            for (output, value) in outputs.iter_mut().zip(values) {
                output[i] = value;
            }
        }
        Ok(())
    }
}

/// As [`each_cell`], for dear functions of few different arguments: a cell that comes again in a block is
/// computed once.
pub fn each_distinct_cell<const K: usize, const M: usize>(
    cell: impl Fn([f64; K]) -> Result<[f64; M]> + Sync,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()> + Sync {
    move |operands, outputs| {
        let count = outputs.first().map_or(0, |output| output.len());
        let mut known: HashMap<[u64; K], [f64; M]> = HashMap::new();
        for i in 0..count {
            let arguments = operands.map(|operand| operand[i]);
            let values = if arguments.iter().any(|v| v.is_nan()) {
                [f64::NAN; M]
            } else if let Some(values) = known.get(&arguments.map(f64::to_bits)) {
                *values
            } else {
                let values = cell(arguments).map_err(|failure| failure.placed_at(i))?;
                known.insert(arguments.map(f64::to_bits), values);
                values
            };
            for (output, value) in outputs.iter_mut().zip(values) {
                output[i] = value;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use ndarray::{Array, Array1, Array2};

    use super::*;
    use crate::domain::{AGENTS, AHT};

    const RUN: Run<'_> = Run { threads: Some(2), interrupted: &|| false };

    fn minus(columns: &[Values<'_>; 2], run: &Run<'_>) -> Result<(Vec<usize>, Vec<f64>)> {
        minus_or(Invalid::Raise, columns, run)
    }

    fn minus_or(
        invalid: Invalid,
        columns: &[Values<'_>; 2],
        run: &Run<'_>,
    ) -> Result<(Vec<usize>, Vec<f64>)> {
        let grid = Grid::new(columns, [&AGENTS, &AHT], invalid)?;
        let mut out = vec![0.0; grid.cells()];
        grid.evaluate([&mut out], run, &each_cell(|[a, b]| Ok([a - b])))?;
        Ok((grid.shape().to_vec(), out))
    }

    #[test]
    fn broadcasts_like_numpy() {
        let rows = Array2::from_shape_fn((3, 1), |(i, _)| i as f64 * 10.0);
        let columns = Array1::from_vec(vec![1_i64, 2]);
        let (shape, out) = minus(
            &[Values::F64(rows.view().into_dyn()), Values::I64(columns.view().into_dyn())],
            &RUN,
        )
        .unwrap();
        assert_eq!(shape, [3, 2]);
        assert_eq!(out, [-1.0, -2.0, 9.0, 8.0, 19.0, 18.0]);
    }

    #[test]
    fn walks_strided_reversed_and_transposed_views() {
        let base = Array::from_shape_fn((40, 50), |(i, j)| (i * 50 + j) as f64);
        let view = base.slice(ndarray::s![..;-3, 1..;7]).reversed_axes();
        let (_, out) = minus(&[Values::F64(view.into_dyn()), Values::Scalar(1.0)], &RUN).unwrap();
        let expected: Vec<f64> = view.iter().map(|v| v - 1.0).collect();
        assert_eq!(out, expected);
    }

    #[test]
    fn threads_and_chunks_change_nothing() {
        let values = Array1::from_iter((0..100_003).map(|i| f64::from(i) * 0.1));
        let columns = [Values::F64(values.view().into_dyn()), Values::Scalar(3.0)];
        let one = minus(&columns, &Run { threads: Some(1), ..RUN }).unwrap();
        let many = minus(&columns, &Run { threads: Some(7), ..RUN }).unwrap();
        assert_eq!(one, many);
    }

    #[test]
    fn names_the_first_bad_value_and_counts_them() {
        let aht = Array1::from_vec(vec![1.0, f64::NAN, 0.0, -5.0]);
        let error =
            minus(&[Values::Scalar(1.0), Values::F64(aht.view().into_dyn())], &RUN).unwrap_err();
        assert_eq!(
            error.to_string(),
            "aht must be > 0 seconds and finite; got 0.0 at position 2 (2 bad of 4)"
        );
    }

    #[test]
    fn invalid_values_can_be_missing_instead() {
        let aht = Array1::from_vec(vec![1.0, -5.0]);
        let columns = [Values::Scalar(1.0), Values::F64(aht.view().into_dyn())];
        let (_, out) = minus_or(Invalid::Nan, &columns, &RUN).unwrap();
        assert_eq!(out[0], 0.0);
        assert!(out[1].is_nan());
    }

    #[test]
    fn shapes_that_do_not_fit_are_reported_before_values() {
        let two = Array1::from_vec(vec![-1.0, 2.0]);
        let three = Array1::from_vec(vec![1.0, 2.0, 3.0]);
        let error = minus(
            &[Values::F64(two.view().into_dyn()), Values::F64(three.view().into_dyn())],
            &RUN,
        )
        .unwrap_err();
        assert_eq!(
            error,
            Error::Shape { parameter: "aht", axis_from_end: 1, size: 3, expected: 2 }
        );
    }

    #[test]
    fn an_interrupt_ends_the_work() {
        let looks = Cell::new(0);
        let third = || {
            looks.set(looks.get() + 1);
            looks.get() == 3
        };
        let values = Array1::from_elem(10 * BLOCK, 1.0);
        let columns = [Values::F64(values.view().into_dyn()), Values::Scalar(3.0)];
        let grid = Grid::new(&columns, [&AGENTS, &AHT], Invalid::Raise).unwrap();
        let mut out = vec![0.0; grid.cells()];
        let run = Run { threads: Some(1), interrupted: &third };
        let outcome = grid.evaluate([&mut out], &run, &each_cell(|[a, b]| Ok([a - b])));
        assert_eq!(outcome, Err(Error::Interrupted));
        // Asked before the first turn and before each of its blocks.
        assert_eq!(out.iter().filter(|&&value| value != 0.0).count(), FIRST_BLOCK);
    }

    #[test]
    fn empty_columns_are_no_work() {
        let none = Array1::<f64>::zeros(0);
        let (shape, out) =
            minus(&[Values::F64(none.view().into_dyn()), Values::Scalar(3.0)], &RUN).unwrap();
        assert_eq!(shape, [0]);
        assert!(out.is_empty());
    }
}
