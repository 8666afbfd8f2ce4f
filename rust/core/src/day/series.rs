//! Sums of series whose terms come row by row.
//!
//! Rows are added up in blocks, while they are in the fastest memory; several sums with weights of their
//! own, one for each node of a panel, share the terms.

use crate::day::panels::NODES_PER_PANEL;
use crate::lanes::Arithmetic;

/// A number for each node of a panel.
pub(super) type AtNodes = [f64; NODES_PER_PANEL];

/// Terms that are added up together.
pub(super) const BLOCK: usize = 16;

/// Lanes of a vector.
pub(super) const STATES_ABREAST: usize = 8;

/// One vector, in a cache line of its own: across two lines it would cost two accesses.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(align(64))]
pub(super) struct StateLanes(pub(super) [f64; STATES_ABREAST]);

/// A row of numbers as vectors: each lane holds a stretch of neighbours, one a vector.
///
/// Neighbours are in neighbouring vectors then, and what is read is what was written before. With
/// neighbours side by side each vector would be read across two that have just been written, and wait
/// for both.
pub(super) fn vectors(numbers: usize) -> usize {
    numbers.div_ceil(STATES_ABREAST)
}

/// Puts `numbers` into a row of so many vectors.
pub(super) fn lay(row: &mut [StateLanes], numbers: impl Iterator<Item = f64>) {
    let mut numbers = numbers;
    for lane in 0..STATES_ABREAST {
        for cells in &mut *row {
            let Some(number) = numbers.next() else { return };
            cells.0[lane] = number;
        }
    }
}

/// The numbers of a row from `first` on.
pub(super) fn numbers(row: &[StateLanes], first: usize) -> impl Iterator<Item = f64> {
    let lanes = first / row.len()..STATES_ABREAST;
    let skipped = first % row.len();
    lanes.flat_map(|lane| row.iter().map(move |cells| cells.0[lane])).skip(skipped)
}

/// Copies the numbers of a row from `first` on.
#[inline(always)]
pub(super) fn copy(row: &[StateLanes], first: usize, to: &mut [f64]) {
    let vectors = row.len();
    let (mut lane, mut index, mut done) = (first / vectors, first % vectors, 0);
    while done < to.len() && lane < STATES_ABREAST {
        let count = (vectors - index).min(to.len() - done);
        for (to, cells) in to[done..done + count].iter_mut().zip(&row[index..]) {
            *to = cells.0[lane];
        }
        (lane, index, done) = (lane + 1, 0, done + count);
    }
}

/// Cells whose sums are kept in registers while a block is added.
pub(super) const HELD: usize = 4;

/// Adds a block of rows, weighted for each node, to the sums of each cell: there are as many rows as
/// `weights`, and as many sums as cells in each.
#[inline(always)]
pub(super) fn combine(
    arithmetic: impl Arithmetic,
    weights: &[AtNodes],
    rows: &[f64],
    sums: &mut [AtNodes],
) {
    let stride = sums.len();
    for (index, sums) in sums.as_chunks_mut::<HELD>().0.iter_mut().enumerate() {
        let cells = rows.chunks_exact(stride).map(|row| &row[index * HELD..][..HELD]);
        add(arithmetic, weights, cells, sums);
    }
}

/// The same with rows of vectors, each behind one that is left out.
#[inline(always)]
pub(super) fn combine_vectors(
    arithmetic: impl Arithmetic,
    weights: &[AtNodes],
    rows: &[StateLanes],
    sums: &mut [AtNodes],
) {
    let stride = 1 + sums.len() / STATES_ABREAST;
    for (index, sums) in sums.as_chunks_mut::<HELD>().0.iter_mut().enumerate() {
        let (vector, half) = (index * HELD / STATES_ABREAST, index * HELD % STATES_ABREAST);
        let cells = rows.chunks_exact(stride).map(|row| &row[1 + vector].0[half..half + HELD]);
        add(arithmetic, weights, cells, sums);
    }
}

#[inline(always)]
fn add<'a>(
    arithmetic: impl Arithmetic,
    weights: &[AtNodes],
    cells: impl Iterator<Item = &'a [f64]>,
    sums: &mut [AtNodes; HELD],
) {
    let mut totals = *sums;
    for (weight, cells) in weights.iter().zip(cells) {
        for (total, &cell) in totals.iter_mut().zip(cells) {
            for node in 0..NODES_PER_PANEL {
                total[node] = arithmetic.mul_add(weight[node], cell, total[node]);
            }
        }
    }
    *sums = totals;
}
