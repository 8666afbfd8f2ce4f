//! Systems that are computed alike, side by side.

use crate::lanes::{Arithmetic, Set, Work};

/// Systems in a group: enough to hide the latency of a chain of products in the widest set.
pub(super) const LANES: usize = 32;

/// Systems that are sorted into groups at a time.
pub(super) const BLOCK: usize = 512;

/// A way to compute M results from K operands for several systems at a time.
///
/// The results of a system do not depend on its neighbours, nor on how many there are.
pub(super) trait Kernel<const K: usize, const M: usize>: Copy {
    /// To be `#[inline(always)]`, as all work for lanes.
    fn of<const L: usize>(
        self,
        by: impl Arithmetic,
        operands: &[[f64; L]; K],
        results: &mut [[f64; L]; M],
    );
}

struct Group<'a, T, const K: usize, const M: usize, const L: usize> {
    kernel: T,
    operands: &'a [[f64; L]; K],
    results: &'a mut [[f64; L]; M],
}

impl<T: Kernel<K, M>, const K: usize, const M: usize, const L: usize> Work
    for Group<'_, T, K, M, L>
{
    type Output = ();

    #[inline(always)]
    fn run(self, by: impl Arithmetic) {
        self.kernel.of(by, self.operands, self.results);
    }
}

/// `kernel` of one system alone.
pub(super) fn alone<T: Kernel<K, M>, const K: usize, const M: usize>(
    kernel: T,
    operands: [f64; K],
) -> [f64; M] {
    let operands = operands.map(|operand| [operand]);
    let mut results = [[0.0]; M];
    Set::in_use().run(Group { kernel, operands: &operands, results: &mut results });
    results.map(|[result]| result)
}

/// `kernel` of the systems at the places in `order`, one group after the other.
///
/// The lanes that the last group has left repeat its last system.
pub(super) fn in_groups<T: Kernel<K, M>, const K: usize, const M: usize>(
    set: Set,
    kernel: T,
    order: &[u16],
    operands: [&[f64]; K],
    results: &mut [&mut [f64]; M],
) {
    let mut group = [[0.0; LANES]; K];
    let mut values = [[0.0; LANES]; M];
    for members in order.chunks(LANES) {
        for (lanes, operand) in group.iter_mut().zip(operands) {
            for (lane, &place) in lanes.iter_mut().zip(members) {
                *lane = operand[usize::from(place)];
            }
            let last = lanes[members.len() - 1];
            lanes[members.len()..].fill(last);
        }
        set.run(Group { kernel, operands: &group, results: &mut values });
        for (values, result) in values.iter().zip(&mut *results) {
            for (&value, &place) in values.iter().zip(members) {
                result[usize::from(place)] = value;
            }
        }
    }
}
