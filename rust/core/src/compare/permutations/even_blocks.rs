//! Blocks of splits where all units weigh alike, several measures at a time.

use super::super::limits::ends;
use super::super::splits::Cursor;
use super::measures::{PermutationQuestion, Standardized};
use super::tally::WalkTally;
use crate::lanes::{Arithmetic, LANES, LaneKernel};

/// Columns of measures side by side, as the lanes read them; those that fill the last lanes never count.
pub(super) struct EvenTables {
    /// Lanes a row.
    width: usize,
    /// A row a unit.
    rows: Vec<f64>,
    /// The statistic is the sum of the treated times `gain`, less `offset`.
    gain: f64,
    offset: Vec<f64>,
    statistic: Vec<f64>,
    extreme: Vec<f64>,
    greater: Vec<f64>,
    less: Vec<f64>,
    farthest: Vec<f64>,
    /// By the number of units treated both ways: 1/(1 - b) and 1/(1 + b); None where b is 1 or -1.
    factors: Vec<Option<[f64; 2]>>,
}

impl EvenTables {
    pub(super) fn new(
        columns: &[&Standardized],
        question: &PermutationQuestion<'_>,
        farthest: &[f64],
    ) -> Self {
        let (units, treated) = (question.splits.units(), question.splits.treated());
        let (arm, other) = (treated as f64, (units - treated) as f64);
        let width = columns.len().next_multiple_of(LANES);
        let mut rows = vec![0.0; units * width];
        for (column, own) in columns.iter().enumerate() {
            for unit in 0..units {
                rows[unit * width + column] = own.values[unit];
            }
        }
        let of = |fill: f64, value: &dyn Fn(usize, &Standardized) -> f64| {
            let mut found = vec![fill; width];
            for (column, own) in columns.iter().enumerate() {
                found[column] = value(column, own);
            }
            found
        };
        let factor = |both: usize| {
            let b = both as f64 / arm - (arm - both as f64) / other;
            let same = both == treated || (both == 0 && 2 * treated == units);
            (!same).then(|| [1.0 / (1.0 - b), 1.0 / (1.0 + b)])
        };
        Self {
            width,
            rows,
            gain: 1.0 / arm + 1.0 / other,
            offset: of(0.0, &|_, own| own.values.iter().sum::<f64>() / other),
            statistic: of(0.0, &|_, own| own.statistic),
            extreme: of(f64::INFINITY, &|_, own| own.statistic.abs() - own.tolerance),
            greater: of(f64::INFINITY, &|_, own| own.statistic - own.tolerance),
            less: of(f64::NEG_INFINITY, &|_, own| own.statistic + own.tolerance),
            farthest: of(f64::INFINITY, &|column, own| farthest[column] - own.tolerance),
            factors: (0..=treated).map(factor).collect(),
        }
    }
}

/// A block of splits.
pub(super) struct EvenBlock<'a> {
    pub(super) tables: &'a EvenTables,
    pub(super) observed: &'a [bool],
    pub(super) joint: bool,
    pub(super) cursor: Cursor<'a>,
    pub(super) splits: u64,
    pub(super) tally: &'a mut WalkTally,
}

/// Counts of a block, a lane each.
#[derive(Clone, Copy, Default)]
struct LaneCounts {
    extreme: [u64; LANES],
    greater: [u64; LANES],
    less: [u64; LANES],
    most: [u64; LANES],
    joint: [u64; LANES],
}

impl LaneKernel for EvenBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self, _: impl Arithmetic) {
        let width = self.tables.width;
        let mut sums = vec![0.0; width];
        for unit in (0..self.observed.len()).filter(|&unit| self.cursor.inside()[unit]) {
            add_row(&mut sums, &self.tables.rows[unit * width..][..width], 1.0);
        }
        let treated_both = |cursor: &Cursor<'_>| {
            cursor.inside().iter().zip(self.observed).filter(|&(&a, &b)| a && b).count()
        };
        let mut both = treated_both(&self.cursor);
        let mut counts = vec![LaneCounts::default(); width / LANES];
        // Of LANES splits, a column after the other.
        let mut sizes = vec![[f64::NEG_INFINITY; LANES]; width];
        let mut ceilings = self.ceilings();
        for split in 0..self.splits {
            if split > 0 {
                self.cursor.advance();
                for &(unit, enters) in self.cursor.moves() {
                    let row = &self.tables.rows[unit * width..][..width];
                    add_row(&mut sums, row, if enters { 1.0 } else { -1.0 });
                    if self.observed[unit] {
                        both = if enters { both + 1 } else { both - 1 };
                    }
                }
            }
            let index = split as usize % LANES;
            let factors = self.tables.factors[both];
            if look(self.tables, &sums, factors, &ceilings, &mut counts, index, &mut sizes) {
                self.keep_ends(&sums, factors);
                ceilings = self.ceilings();
            }
            if self.joint && (index + 1 == LANES || split + 1 == self.splits) {
                count_largest(self.tables, &mut sizes, &mut counts);
            }
        }
        self.tally.splits[0] += self.splits;
        for column in 0..self.tally.extreme.len() {
            let (own, lane) = (&counts[column / LANES], column % LANES);
            self.tally.extreme[column] += own.extreme[lane];
            self.tally.greater[column] += own.greater[lane];
            self.tally.less[column] += own.less[lane];
            self.tally.most[column] += own.most[lane];
            self.tally.joint[column] += own.joint[lane];
        }
    }
}

impl EvenBlock<'_> {
    /// From where on ends of each side are not wanted.
    fn ceilings(&self) -> [Vec<f64>; 2] {
        self.tally.ends.each_ref().map(|ends| {
            let mut found = vec![f64::NEG_INFINITY; self.tables.width];
            found.iter_mut().zip(ends).for_each(|(own, least)| *own = least.ceiling());
            found
        })
    }

    /// Keeps the ends of a split, of all columns.
    #[cold]
    fn keep_ends(&mut self, sums: &[f64], factors: Option<[f64; 2]>) {
        let tables = self.tables;
        for column in 0..self.tally.extreme.len() {
            let a = sums[column] * tables.gain - tables.offset[column];
            let [low, high] = match factors {
                Some([lower, upper]) => ends(tables.statistic[column], a, lower, upper),
                None => [f64::NEG_INFINITY, f64::INFINITY],
            };
            self.tally.ends[0][column].push(low);
            self.tally.ends[1][column].push(-high);
        }
    }
}

#[inline(always)]
fn add_row(sums: &mut [f64], row: &[f64], sign: f64) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += sign * value;
    }
}

/// Counts a split; whether any of its ends is wanted.
#[inline(always)]
fn look(
    tables: &EvenTables,
    sums: &[f64],
    factors: Option<[f64; 2]>,
    ceilings: &[Vec<f64>; 2],
    counts: &mut [LaneCounts],
    index: usize,
    sizes: &mut [[f64; LANES]],
) -> bool {
    // Without ends every lane is wanted.
    let mut wanted = factors.is_none();
    let [lower, upper] = factors.unwrap_or([1.0; 2]);
    for (group, own) in counts.iter_mut().enumerate() {
        let from = group * LANES;
        let lanes = |column: &'_ [f64]| -> [f64; LANES] {
            let mut found = [0.0; LANES];
            found.copy_from_slice(&column[from..from + LANES]);
            found
        };
        let (sum, offset, c) = (lanes(sums), lanes(&tables.offset), lanes(&tables.statistic));
        let (extreme, greater) = (lanes(&tables.extreme), lanes(&tables.greater));
        let (less, farthest) = (lanes(&tables.less), lanes(&tables.farthest));
        let (below, above) = (lanes(&ceilings[0]), lanes(&ceilings[1]));
        let mut any = 0_u64;
        for lane in 0..LANES {
            let a = sum[lane] * tables.gain - offset[lane];
            let size = a.abs();
            own.extreme[lane] += u64::from(size >= extreme[lane]);
            own.greater[lane] += u64::from(a >= greater[lane]);
            own.less[lane] += u64::from(a <= less[lane]);
            own.most[lane] += u64::from(size >= farthest[lane]);
            let [low, high] = ends(c[lane], a, lower, upper);
            any |= u64::from(low < below[lane]) | u64::from(-high < above[lane]);
            sizes[from + lane][index] = size;
        }
        wanted |= any != 0;
    }
    wanted
}

/// Counts, for each column, splits whose largest size in this and all columns before it is as large.
#[inline(always)]
fn count_largest(tables: &EvenTables, sizes: &mut [[f64; LANES]], counts: &mut [LaneCounts]) {
    let mut largest = [f64::NEG_INFINITY; LANES];
    for (column, size) in sizes.iter_mut().enumerate() {
        let mut count = 0;
        for lane in 0..LANES {
            largest[lane] = if size[lane] > largest[lane] { size[lane] } else { largest[lane] };
            count += u64::from(largest[lane] >= tables.extreme[column]);
        }
        counts[column / LANES].joint[column % LANES] += count;
    }
    // What is not met again in the last, shorter turn must not count twice.
    sizes.fill([f64::NEG_INFINITY; LANES]);
}
