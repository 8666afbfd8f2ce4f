//! Systems that are computed alike, side by side.

use crate::lanes::{Arithmetic, LANES, Set, Work};

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

/// Which way a system with parameter and argument is computed, as a small number.
pub(super) trait Route: Copy {
    /// To be `#[inline(always)]`, as all work for lanes.
    fn of(self, parameter: f64, argument: f64) -> u8;
}

/// The routes of systems side by side.
struct Routes<'a, R> {
    route: R,
    parameter: &'a [f64],
    argument: &'a [f64],
    to: &'a mut [u8; BLOCK],
}

impl<R: Route> Work for Routes<'_, R> {
    type Output = ();

    #[inline(always)]
    fn run(self, _by: impl Arithmetic) {
        for ((to, &parameter), &argument) in
            self.to.iter_mut().zip(self.parameter).zip(self.argument)
        {
            *to = self.route.of(parameter, argument);
        }
    }
}

/// Places of systems, those of a like key together.
pub(super) struct Order<const KEYS: usize> {
    places: [u16; BLOCK],
    /// Where those of each key end.
    ends: [u16; KEYS],
}

impl<const KEYS: usize> Order<KEYS> {
    /// By the routes of a block's systems, below `KEYS` each.
    pub(super) fn by(set: Set, route: impl Route, parameter: &[f64], argument: &[f64]) -> Self {
        let mut to = [0; BLOCK];
        set.run(Routes { route, parameter, argument, to: &mut to });
        Self::of(&to, parameter.len())
    }

    /// By `keys`.
    ///
    /// Counted and placed in several parts at a time, each with its own counters: systems of one key
    /// that follow each other would wait for the counter.
    fn of(keys: &[u8; BLOCK], count: usize) -> Self {
        const PARTS: usize = 4;
        let part = count.div_ceil(PARTS);
        let parts: [&[u8]; PARTS] =
            std::array::from_fn(|p| &keys[count.min(p * part)..count.min((p + 1) * part)]);
        let mut starts = [[0_u16; KEYS]; PARTS];
        for i in 0..part {
            for (starts, keys) in starts.iter_mut().zip(parts) {
                if let Some(&key) = keys.get(i) {
                    starts[usize::from(key)] += 1;
                }
            }
        }
        let (mut ends, mut sum) = ([0; KEYS], 0);
        for key in 0..KEYS {
            for starts in &mut starts {
                (starts[key], sum) = (sum, sum + starts[key]);
            }
            ends[key] = sum;
        }
        let mut places = [0; BLOCK];
        for i in 0..part {
            for (p, (starts, keys)) in starts.iter_mut().zip(parts).enumerate() {
                if let Some(&key) = keys.get(i) {
                    let start = &mut starts[usize::from(key)];
                    places[usize::from(*start)] = (p * part + i) as u16;
                    *start += 1;
                }
            }
        }
        Self { places, ends }
    }

    /// The places of the keys in a range.
    pub(super) fn range(&self, keys: std::ops::Range<u8>) -> &[u16] {
        let end = |key: u8| if key == 0 { 0 } else { usize::from(self.ends[usize::from(key) - 1]) };
        &self.places[end(keys.start)..end(keys.end)]
    }
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
