//! The balanced partition: rows dealt into groups as alike as can be, one of which is the sample.
//!
//! However good or bad the groups are, the one that is drawn is drawn by chance afterwards. Each row
//! is in exactly one of equally likely groups, so its inclusion probability is exactly n / N, and the
//! groups that are not drawn are reserves as balanced as the sample. The drawn sample itself is never
//! improved: that would shut rare levels out, in the same direction for every group of recordings.

use super::sheet::Sheet;
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};
use crate::rng::Stream;

/// At most so many groups are formed; more rows are cut down by a simple random first phase.
pub(super) const GROUPS: usize = 16;
/// How often each group looks for a swap. `benches/sampling_quality.py`, n = 5 of 100: the margins' gap
/// is 0.715 of a lottery's after 4 visits, 0.696 after 6, 0.674 after 10, 0.657 after 20.
const VISITS: usize = 10;
/// At most so many rows of a group are dealt at once: of 16 groups 320, all products of which fit a
/// processor's second cache.
const SLICE: usize = 20;
/// Rows of products are padded to whole multiples of so many, which leaves vector loops no rest.
const LANES: usize = 16;
/// Partners are looked at so many at a time.
const LOOK: usize = 8;
/// Room for a slice's rows of a group in whole looks.
const WIDTH: usize = SLICE.next_multiple_of(LOOK);
/// Rows of products are read through windows of so many, more than there are rows, so that no place
/// has to be checked.
const WINDOW: usize = 512;
const _: () = assert!(WINDOW > GROUPS * SLICE);

/// All of `rows` (ascending positions in the sheet), the sample first, then the reserves.
///
/// What the first `n` are does not depend on how many of the rest are used.
pub(super) fn order(sheet: &Sheet, rows: Vec<u32>, n: usize, stream: &mut Stream) -> Vec<u32> {
    if n == 0 || n >= rows.len() {
        return rows;
    }
    if 2 * n > rows.len() {
        // The rows left out are the smaller part: they are drawn instead.
        let left = rows.len() - n;
        let mut drawn = order(sheet, rows, left, stream);
        drawn[left..].sort_unstable();
        drawn.rotate_left(left);
        return drawn;
    }
    let mut rows = rows;
    // Ascending positions are a random order: cutting it is simple random sampling.
    let beyond = rows.split_off(rows.len().min(GROUPS * n));
    // What does not divide by n is set aside first, by this same routine.
    let aside = rows.len() % n;
    let mut drawn = order(sheet, rows, aside, stream);
    let mut dealt = drawn.split_off(aside);
    dealt.sort_unstable();
    let groups = dealt.len() / n;
    even_out(sheet, &mut dealt, n, stream);
    let chosen = stream.below(groups as u64) as usize;
    dealt.rotate_left(chosen * n);
    for group in dealt.chunks_exact_mut(n) {
        group.sort_unstable();
    }
    dealt.extend(drawn);
    dealt.extend(beyond);
    dealt
}

/// Swaps rows between groups of `n` successive `dealt` rows so that the groups become alike.
///
/// Large groups are dealt in slices of at most [`SLICE`] rows of each: what a slice leaves uneven, the
/// next ones make up for, so that the cost grows with the rows alone.
fn even_out(sheet: &Sheet, dealt: &mut [u32], n: usize, stream: &mut Stream) {
    let groups = dealt.len() / n;
    if groups < 2 || n < 2 || sheet.margins + sheet.orders == 0 {
        return;
    }
    let slices = n.div_ceil(SLICE);
    let mut carried = (slices > 1).then(|| Carried::new(sheet, groups));
    let mut sliced = vec![0; groups * n.div_ceil(slices)];
    for slice in 0..slices {
        let (from, to) = (n * slice / slices, n * (slice + 1) / slices);
        let size = to - from;
        let sliced = &mut sliced[..groups * size];
        for (mine, all) in sliced.chunks_exact_mut(size).zip(dealt.chunks_exact(n)) {
            mine.copy_from_slice(&all[from..to]);
        }
        InstructionSet::in_use().run(Slice {
            sheet,
            carried: carried.as_ref(),
            sliced,
            size,
            stream,
        });
        for (mine, all) in sliced.chunks_exact(size).zip(dealt.chunks_exact_mut(n)) {
            all[from..to].copy_from_slice(mine);
        }
        if let Some(carried) = &mut carried {
            carried.add(sheet, sliced, size);
        }
    }
}

/// What each group has got from earlier slices.
struct Carried {
    /// Group by group, the rows of each level.
    counts: Vec<i32>,
    /// Group by group, the sum of each rank.
    sums: Vec<i32>,
}

impl Carried {
    fn new(sheet: &Sheet, groups: usize) -> Self {
        Self { counts: vec![0; groups * sheet.weights.len()], sums: vec![0; groups * sheet.orders] }
    }

    fn add(&mut self, sheet: &Sheet, sliced: &[u32], size: usize) {
        for (group, rows) in sliced.chunks_exact(size).enumerate() {
            for &row in rows {
                let row = row as usize;
                let counts = &mut self.counts[group * sheet.weights.len()..];
                (0..sheet.margins).for_each(|m| counts[sheet.levels_in(m)[row] as usize] += 1);
                let sums = &mut self.sums[group * sheet.orders..];
                (0..sheet.orders).for_each(|k| sums[k] += sheet.ranks_in(k)[row]);
            }
        }
    }

    /// The product of a group's total with a row, less that of the first group.
    fn product(&self, sheet: &Sheet, weights: &[i32], group: usize, row: usize) -> i32 {
        let width = sheet.weights.len();
        let levels = (0..sheet.margins).map(|m| {
            let level = sheet.levels_in(m)[row] as usize;
            (self.counts[group * width + level] - self.counts[level]) * weights[level]
        });
        let ranks = (0..sheet.orders)
            .map(|k| (self.sums[group * sheet.orders + k] - self.sums[k]) * sheet.ranks_in(k)[row]);
        levels.chain(ranks).fold(0, i32::wrapping_add)
    }
}

/// Rounds of swaps between the groups of a slice, to be compiled for each instruction set.
///
/// Rows are vectors with an entry for each level (the root of its weight) and each rank, and groups are
/// to have totals S that are alike: the sum of |S|² is lowered. All products of two rows are made once,
/// and those of each total with each row kept up to date.
struct Slice<'a> {
    sheet: &'a Sheet,
    carried: Option<&'a Carried>,
    /// Group by group, `size` rows each.
    sliced: &'a mut [u32],
    size: usize,
    stream: &'a mut Stream,
}

impl LaneKernel for Slice<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        let Self { sheet, carried, sliced, size, stream } = self;
        let (all, groups) = (sliced.len(), sliced.len() / size);
        // Heavier weights, of levels rare in large sheets, would leave 32 bits.
        let most =
            i64::from(i32::MAX) / (6 * SLICE * (sheet.margins + sheet.orders)).cast_signed() as i64;
        let weights: Vec<i32> = sheet.weights.iter().map(|&w| w.min(most) as i32).collect();
        let stride = all.next_multiple_of(LANES);
        let products = products(sheet, &weights, sliced, stride);
        let of = |row: u32| &products[row as usize * stride..][..stride];
        let mut pulls = vec![0_i32; groups * stride + WINDOW];
        if let Some(carried) = carried {
            for (group, pulls) in pulls.chunks_exact_mut(stride).take(groups).enumerate() {
                for (pull, &row) in pulls.iter_mut().zip(&*sliced) {
                    *pull = carried.product(sheet, &weights, group, row as usize);
                }
            }
        }
        for at in 0..all {
            let pulls = &mut pulls[at / size * stride..][..stride];
            for (pull, product) in pulls.iter_mut().zip(of(at as u32)) {
                *pull += product;
            }
        }
        let mut squares = [0_i32; WINDOW];
        for at in 0..all {
            squares[at] = of(at as u32)[at];
        }
        // From here on rows are known by their places in the slice.
        let mut index: Vec<u32> = (0..(all + LOOK) as u32).collect();
        let mut along = [[0_i32; WIDTH]; 2];
        let mut reach = [[0_i32; WIDTH]; 2];
        for _ in 0..VISITS {
            for g in 0..groups {
                let other = stream.below(groups as u64 - 1) as usize;
                let h = other + usize::from(other >= g);
                let [first, second] = [g, h].map(|g| window(&pulls, g * stride));
                for (side, group) in [g, h].into_iter().enumerate() {
                    for from in (0..size).step_by(LOOK) {
                        let rows = part(&index[group * size + from..]);
                        for lane in 0..LOOK {
                            let at = rows[lane] as usize % WINDOW;
                            along[side][from + lane] = first[at] - second[at];
                            reach[side][from + lane] = squares[at];
                        }
                    }
                }
                let best = best_exchange(&index, [g, h], size, [&along, &reach], &products, stride);
                if best < 0 {
                    let pair = (best & 0xFFFF_FFFF) as usize;
                    let (i, j) = (g * size + pair / WIDTH, h * size + pair % WIDTH);
                    let (leaves, comes) = (of(index[i]), of(index[j]));
                    exchange(&mut pulls, [g, h], leaves, comes);
                    index.swap(i, j);
                }
            }
        }
        let rows: Vec<u32> = index[..all].iter().map(|&at| sliced[at as usize]).collect();
        sliced.copy_from_slice(&rows);
    }
}

/// The exchange of a row of group `g` for one of group `h` that lowers the sum of squares most: half the
/// change in the upper half, the pair in the lower one; 0 where none does.
#[inline(always)]
fn best_exchange(
    index: &[u32],
    [g, h]: [usize; 2],
    size: usize,
    [along, reach]: [&[[i32; WIDTH]; 2]; 2],
    products: &[i32],
    stride: usize,
) -> i64 {
    // With D the difference of the totals, exchanging a for b changes half the sum of
    // squares by D·(b - a) + |b - a|².
    let mut best = 0_i64;
    for from in (0..size).step_by(LOOK) {
        let partners = part(&index[h * size + from..]);
        let (gain, square) = (part(&along[1][from..]), part(&reach[1][from..]));
        let mut least = [i32::MAX; LOOK];
        let mut which = [0_u32; LOOK];
        for i in 0..size {
            let row = window(products, index[g * size + i] as usize * stride);
            let own = reach[0][i] - along[0][i];
            for lane in 0..LOOK {
                let product = row[partners[lane] as usize % WINDOW];
                let change = own + gain[lane] + square[lane] - 2 * product;
                which[lane] = if change < least[lane] { i as u32 } else { which[lane] };
                least[lane] = least[lane].min(change);
            }
        }
        for (lane, j) in (from..size.min(from + LOOK)).enumerate() {
            // The pair goes along in the lower half: of equals the first is taken.
            let pair = which[lane] as usize * WIDTH + j;
            best = best.min((i64::from(least[lane]) << 32) + pair.cast_signed() as i64);
        }
    }
    best
}

/// Takes a row with the products `leaves` from the first group for one with the products `comes`.
#[inline(always)]
fn exchange(pulls: &mut [i32], [g, h]: [usize; 2], leaves: &[i32], comes: &[i32]) {
    let stride = leaves.len();
    let (front, back) = pulls.split_at_mut(g.max(h) * stride);
    let (low, high) = (&mut front[g.min(h) * stride..][..stride], &mut back[..stride]);
    let (first, second) = if g < h { (low, high) } else { (high, low) };
    for at in 0..stride {
        let change = comes[at] - leaves[at];
        first[at] += change;
        second[at] -= change;
    }
}

/// What begins `from` in `values`, which go on beyond it for a window at least.
#[inline(always)]
fn window(values: &[i32], from: usize) -> &[i32; WINDOW] {
    values[from..].first_chunk().expect("values that are padded by a window")
}

#[inline(always)]
fn part<T: Copy>(values: &[T]) -> [T; LOOK] {
    *values.first_chunk().expect("values that are padded by a look")
}

/// The product of every row with every other: each row's begin `stride` after those before.
#[inline(always)]
fn products(sheet: &Sheet, weights: &[i32], rows: &[u32], stride: usize) -> Vec<i32> {
    let mut products = vec![0_i32; rows.len() * stride + WINDOW];
    let mut levels = vec![u32::MAX; stride];
    for margin in 0..sheet.margins {
        let column = sheet.levels_in(margin);
        levels.iter_mut().zip(rows).for_each(|(level, &row)| *level = column[row as usize]);
        for (row, &level) in products.chunks_exact_mut(stride).zip(&levels[..rows.len()]) {
            let weight = weights[level as usize];
            for (product, &other) in row.iter_mut().zip(&levels) {
                *product += weight & i32::from(other == level).wrapping_neg();
            }
        }
    }
    let mut ranks = vec![0_i32; stride];
    for order in 0..sheet.orders {
        let column = sheet.ranks_in(order);
        ranks.iter_mut().zip(rows).for_each(|(rank, &row)| *rank = column[row as usize]);
        for (row, &rank) in products.chunks_exact_mut(stride).zip(&ranks[..rows.len()]) {
            for (product, &other) in row.iter_mut().zip(&ranks) {
                *product += rank * other;
            }
        }
    }
    products
}
