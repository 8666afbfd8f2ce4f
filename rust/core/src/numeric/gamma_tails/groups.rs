//! Systems of one method side by side: which method each takes, and groups of lanes.

use crate::lanes::{Arithmetic, BLOCK, InstructionSet, LANES, LaneKernel, Sorted};

/// A method that computes M results from K operands for several systems at a time.
///
/// The results of a system do not depend on its neighbours, nor on how many there are.
pub(super) trait Kernel<const K: usize, const M: usize>: Copy {
    /// To be `#[inline(always)]`, as every lane kernel.
    fn of<const L: usize>(
        self,
        arithmetic: impl Arithmetic,
        operands: &[[f64; L]; K],
        results: &mut [[f64; L]; M],
    );
}

/// The method for a system with a parameter and an argument, as a small number.
pub(super) trait RouteOf: Copy {
    /// To be `#[inline(always)]`, as every lane kernel.
    fn of(self, parameter: f64, argument: f64) -> u8;
}

/// The routes of systems side by side.
struct Routing<'a, R> {
    route: R,
    parameter: &'a [f64],
    argument: &'a [f64],
    to: &'a mut [u8; BLOCK],
}

impl<R: RouteOf> LaneKernel for Routing<'_, R> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        for ((to, &parameter), &argument) in
            self.to.iter_mut().zip(self.parameter).zip(self.argument)
        {
            *to = self.route.of(parameter, argument);
        }
    }
}

/// The systems of a block sorted by route.
pub(super) fn sorted<const KEYS: usize>(
    set: InstructionSet,
    route: impl RouteOf,
    parameter: &[f64],
    argument: &[f64],
) -> Sorted<KEYS> {
    let mut to = [0; BLOCK];
    set.run(Routing { route, parameter, argument, to: &mut to });
    Sorted::by(&to[..parameter.len()])
}

struct KernelGroup<'a, T, const K: usize, const M: usize, const L: usize> {
    kernel: T,
    operands: &'a [[f64; L]; K],
    results: &'a mut [[f64; L]; M],
}

impl<T: Kernel<K, M>, const K: usize, const M: usize, const L: usize> LaneKernel
    for KernelGroup<'_, T, K, M, L>
{
    type Output = ();

    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) {
        self.kernel.of(arithmetic, self.operands, self.results);
    }
}

/// `kernel` of one system alone.
pub(super) fn alone<T: Kernel<K, M>, const K: usize, const M: usize>(
    kernel: T,
    operands: [f64; K],
) -> [f64; M] {
    let operands = operands.map(|operand| [operand]);
    let mut results = [[0.0]; M];
    InstructionSet::in_use().run(KernelGroup {
        kernel,
        operands: &operands,
        results: &mut results,
    });
    results.map(|[result]| result)
}

/// `kernel` of the systems at the indices in `order`, group by group.
///
/// Lanes that the last group leaves empty repeat its last system.
pub(super) fn in_groups<T: Kernel<K, M>, const K: usize, const M: usize>(
    set: InstructionSet,
    kernel: T,
    order: &[u16],
    operands: [&[f64]; K],
    results: &mut [&mut [f64]; M],
) {
    let mut group = [[0.0; LANES]; K];
    let mut values = [[0.0; LANES]; M];
    for members in order.chunks(LANES) {
        for (lanes, operand) in group.iter_mut().zip(operands) {
            for (lane, &index) in lanes.iter_mut().zip(members) {
                *lane = operand[usize::from(index)];
            }
            let last = lanes[members.len() - 1];
            lanes[members.len()..].fill(last);
        }
        set.run(KernelGroup { kernel, operands: &group, results: &mut values });
        for (values, result) in values.iter().zip(&mut *results) {
            for (&value, &index) in values.iter().zip(members) {
                result[usize::from(index)] = value;
            }
        }
    }
}
