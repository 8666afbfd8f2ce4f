//! The balanced partition: rows dealt into groups as alike as can be, one of which is the sample.
//!
//! However good or bad the groups are, the one that is drawn is drawn by chance afterwards. Each row
//! is in exactly one of equally likely groups, so its inclusion probability is exactly n / N, and the
//! groups that are not drawn are reserves as balanced as the sample. The drawn sample itself is never
//! improved: that would shut rare levels out, in the same direction for every group of recordings.

use super::sheet::{RANK_WEIGHT, Sheet};
use crate::rng::Stream;

/// At most so many groups are formed; more rows are cut down by a simple random first phase.
pub(super) const GROUPS: usize = 16;
/// How often each group looks for a swap. `benches/sampling_quality.py`, n = 5 of 100: the margins' gap
/// is 0.715 of a lottery's after 4 visits, 0.696 after 6, 0.674 after 10, 0.657 after 20.
const VISITS: usize = 10;
/// A visit swaps one row, so that larger samples need more of them: one for so many rows. At n = 1,000
/// of 30,000 the gap is 0.23 of a lottery's, with 10 visits 0.63.
const ROWS_PER_VISIT: usize = 8;
/// Rows of a group looked at in a visit. Bounds a visit by 64² pairs; a sample of up to 64 is searched whole.
const WINDOW: usize = 64;

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
fn even_out(sheet: &Sheet, dealt: &mut [u32], n: usize, stream: &mut Stream) {
    let groups = dealt.len() / n;
    if groups < 2 || n < 2 || sheet.margins + sheet.orders == 0 {
        return;
    }
    let mut search = Search::new(sheet, dealt, n);
    for _ in 0..VISITS.max(n / ROWS_PER_VISIT) {
        for g in 0..groups {
            let other = stream.below(groups as u64 - 1) as usize;
            let h = other + usize::from(other >= g);
            let offsets =
                [0; 2].map(|_| if n > WINDOW { stream.below(n as u64) as usize } else { 0 });
            search.visit(dealt, [g, h], offsets);
        }
    }
}

/// Totals of each group, and room for one visit.
struct Search<'a> {
    sheet: &'a Sheet,
    n: usize,
    /// Group by group, the rows of each level.
    counts: Vec<i32>,
    /// Group by group, the sum of each rank.
    sums: Vec<i64>,
    level_pull: Vec<i64>,
    rank_pull: Vec<i64>,
    scores: [Vec<i64>; 2],
}

impl<'a> Search<'a> {
    fn new(sheet: &'a Sheet, dealt: &[u32], n: usize) -> Self {
        let (levels, groups) = (sheet.weights.len(), dealt.len() / n);
        let mut search = Self {
            sheet,
            n,
            counts: vec![0; groups * levels],
            sums: vec![0; groups * sheet.orders],
            level_pull: vec![0; levels],
            rank_pull: vec![0; sheet.orders],
            scores: [Vec::new(), Vec::new()],
        };
        for (at, &row) in dealt.iter().enumerate() {
            search.add(at / n, row, 1);
        }
        search
    }

    /// Adds `row` to a group's totals `times` times.
    fn add(&mut self, group: usize, row: u32, times: i32) {
        let counts = &mut self.counts[group * self.sheet.weights.len()..];
        for &level in self.sheet.levels_of(row) {
            counts[level as usize] += times;
        }
        let sums = &mut self.sums[group * self.sheet.orders..];
        for (sum, &rank) in sums.iter_mut().zip(self.sheet.ranks_of(row)) {
            *sum += i64::from(rank * times);
        }
    }

    /// Makes the swap between two groups that lowers the weighted squares most, if one does.
    ///
    /// With d the difference of two rows and D the weighted difference of the groups' totals, a swap
    /// changes half the sum of weighted squares by D·d + Σ w d².
    fn visit(&mut self, dealt: &mut [u32], pair: [usize; 2], offsets: [usize; 2]) {
        self.pull(pair);
        let length = self.n.min(WINDOW);
        let n = self.n;
        let place = |side: usize, i: usize| pair[side] * n + (offsets[side] + i) % n;
        for side in 0..2 {
            let mut scores = std::mem::take(&mut self.scores[side]);
            scores.clear();
            scores.extend((0..length).map(|i| self.score(dealt[place(side, i)])));
            self.scores[side] = scores;
        }
        let [from, to] = &self.scores;
        let lowest = to.iter().copied().min().unwrap_or(0);
        let (mut best, mut swap) = (0, None);
        for (i, &x) in from.iter().enumerate() {
            // The second term is never negative, so that no partner can make this row the best.
            if lowest - x >= best {
                continue;
            }
            for (j, &y) in to.iter().enumerate() {
                if y - x >= best {
                    continue;
                }
                let change = y - x + self.spread(dealt[place(0, i)], dealt[place(1, j)]);
                if change < best {
                    best = change;
                    swap = Some((place(0, i), place(1, j)));
                }
            }
        }
        if let Some((a, b)) = swap {
            for (group, leaves, comes) in [(pair[0], a, b), (pair[1], b, a)] {
                self.add(group, dealt[leaves], -1);
                self.add(group, dealt[comes], 1);
            }
            dealt.swap(a, b);
        }
    }

    /// D: how much more the first group has of everything than the second, weighted.
    fn pull(&mut self, [g, h]: [usize; 2]) {
        let levels = self.sheet.weights.len();
        let (first, second) = (&self.counts[g * levels..], &self.counts[h * levels..]);
        for ((pull, &weight), (&a, &b)) in
            self.level_pull.iter_mut().zip(&self.sheet.weights).zip(first.iter().zip(second))
        {
            *pull = weight * i64::from(a - b);
        }
        let orders = self.sheet.orders;
        let (first, second) = (&self.sums[g * orders..], &self.sums[h * orders..]);
        for (pull, (&a, &b)) in self.rank_pull.iter_mut().zip(first.iter().zip(second)) {
            *pull = RANK_WEIGHT * (a - b);
        }
    }

    /// D · row.
    fn score(&self, row: u32) -> i64 {
        let levels: i64 =
            self.sheet.levels_of(row).iter().map(|&level| self.level_pull[level as usize]).sum();
        let ranks: i64 = self
            .sheet
            .ranks_of(row)
            .iter()
            .zip(&self.rank_pull)
            .map(|(&rank, &pull)| pull * i64::from(rank))
            .sum();
        levels + ranks
    }

    /// Σ w d² of two rows.
    fn spread(&self, a: u32, b: u32) -> i64 {
        let levels: i64 = self
            .sheet
            .levels_of(a)
            .iter()
            .zip(self.sheet.levels_of(b))
            .filter(|(a, b)| a != b)
            .map(|(&a, &b)| self.sheet.weights[a as usize] + self.sheet.weights[b as usize])
            .sum();
        let ranks: i64 = self
            .sheet
            .ranks_of(a)
            .iter()
            .zip(self.sheet.ranks_of(b))
            .map(|(&a, &b)| i64::from(a - b) * i64::from(a - b))
            .sum();
        levels + RANK_WEIGHT * ranks
    }
}
