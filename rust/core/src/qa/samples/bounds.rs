//! Hard bounds: the rows of a draw taken in its own order, passing over those that would break one.
//!
//! The draw is not searched for a best sample. Rows come in the order of the design, the sample first
//! and its reserves after, and a row is passed over only if with it the bounds could not be met.

/// Bounds on how often the levels of a column come in each group's sample.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    /// The level of each row from 0 on; negative where it has none and is free.
    pub levels: &'a [i64],
    /// The fewest rows of each level.
    pub least: &'a [i64],
    /// The most rows of each level.
    pub most: &'a [i64],
}

/// Bounds that exclude one another in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The group.
    pub group: i64,
    /// The bound that cannot be met along with the others.
    pub bound: i64,
    /// The level of which too few can be had; negative where the levels together ask for too many.
    pub level: i64,
}

/// Refused partial draws before a group's search gives up. Only bounds on three and more columns at
/// once can come near: for fewer, what `completes` looks at decides nearly always at first sight.
const REFUSALS: usize = 10_000;
const FREE: usize = usize::MAX;

/// What bounds leave of a draw.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// No draw of this size could break them.
    Idle,
    /// The rows in order, and how many of them are the sample.
    Bounded(Vec<u32>, usize),
    /// They exclude one another: the bound and the level.
    Excluded(i64, i64),
}

/// Applies `bounds` to `order`, positions of `rows`, of which `n` are wanted.
pub(super) fn apply(bounds: &[Bound<'_>], rows: &[u32], order: &[u32], n: usize) -> Selection {
    if n == 0 {
        return Selection::Idle;
    }
    let columns: Vec<BoundColumn> =
        bounds.iter().map(|b| BoundColumn::new(b, rows, order)).collect();
    if columns.iter().all(|column| column.is_idle(order.len(), n)) {
        return Selection::Idle;
    }
    for (column, at) in columns.iter().zip(0..) {
        if let Some(level) = (0..column.codes.len()).find(|&l| column.least[l] > column.most[l]) {
            return Selection::Excluded(at, column.codes[level]);
        }
        if column.least.iter().sum::<usize>() > n {
            return Selection::Excluded(at, -1);
        }
    }
    let largest = columns.iter().map(BoundColumn::room).min().unwrap_or(n).min(n);
    let mut search = BoundSearch { columns, refusals: 0 };
    for size in (0..=largest).rev() {
        if let Some(sample) = search.first(order.len(), size) {
            return Selection::Bounded(search.with_reserves(order, &sample), size);
        }
        if search.refusals > REFUSALS {
            break;
        }
    }
    let (bound, level) = search.blame(order.len(), largest);
    Selection::Excluded(bound, level)
}

/// A bound within a group, its levels numbered from 0 on and its rows in draw order.
#[derive(Debug, Clone)]
struct BoundColumn {
    codes: Vec<i64>,
    levels: Vec<usize>,
    counts: Vec<usize>,
    least: Vec<usize>,
    most: Vec<usize>,
    taken: Vec<usize>,
}

impl BoundColumn {
    fn new(bound: &Bound<'_>, rows: &[u32], order: &[u32]) -> Self {
        let codes_in_order: Vec<i64> =
            order.iter().map(|&i| bound.levels[rows[i as usize] as usize]).collect();
        let mut codes: Vec<i64> = codes_in_order.iter().copied().filter(|&c| c >= 0).collect();
        codes.sort_unstable();
        codes.dedup();
        let levels: Vec<usize> =
            codes_in_order.iter().map(|code| codes.binary_search(code).unwrap_or(FREE)).collect();
        let mut counts = vec![0; codes.len()];
        levels.iter().filter(|&&level| level != FREE).for_each(|&level| counts[level] += 1);
        let at = |table: &[i64], code: i64| usize::try_from(table[code as usize]).unwrap_or(0);
        Self {
            // No more is asked for than there is.
            least: codes.iter().zip(&counts).map(|(&c, &n)| at(bound.least, c).min(n)).collect(),
            most: codes.iter().map(|&code| at(bound.most, code)).collect(),
            taken: vec![0; codes.len()],
            codes,
            levels,
            counts,
        }
    }

    /// Whether every draw of `n` of `total` rows keeps this bound.
    fn is_idle(&self, total: usize, n: usize) -> bool {
        (0..self.codes.len()).all(|l| {
            self.most[l] >= self.counts[l].min(n)
                && self.least[l] <= n.saturating_sub(total - self.counts[l])
        })
    }

    /// The most rows that this bound alone lets through.
    fn room(&self) -> usize {
        let free = self.levels.iter().filter(|&&level| level == FREE).count();
        free + self
            .counts
            .iter()
            .zip(&self.most)
            .map(|(&count, &most)| count.min(most))
            .sum::<usize>()
    }

    fn allows(&self, i: usize) -> bool {
        let level = self.levels[i];
        level == FREE || self.taken[level] < self.most[level]
    }

    fn needs(&self, level: usize) -> usize {
        self.least[level].saturating_sub(self.taken[level])
    }

    fn take(&mut self, i: usize) {
        if let Some(taken) = self.taken.get_mut(self.levels[i]) {
            *taken += 1;
        }
    }

    fn put_back(&mut self, i: usize) {
        if let Some(taken) = self.taken.get_mut(self.levels[i]) {
            *taken -= 1;
        }
    }
}

struct BoundSearch {
    columns: Vec<BoundColumn>,
    refusals: usize,
}

impl BoundSearch {
    /// The first `size` rows in order that meet all bounds; none are left taken.
    fn first(&mut self, total: usize, size: usize) -> Option<Vec<usize>> {
        let mut sample: Vec<usize> = Vec::with_capacity(size);
        let mut next = 0;
        let found = loop {
            if sample.len() == size && self.completes(total, total, 0) {
                break true;
            }
            let slots = size - sample.len();
            let fits = (next..total).take(if slots == 0 { 0 } else { total }).find(|&i| {
                self.fits(i, slots) && {
                    self.columns.iter_mut().for_each(|column| column.take(i));
                    let completes = self.completes(i + 1, total, slots - 1);
                    if !completes {
                        self.refusals += 1;
                        self.columns.iter_mut().for_each(|column| column.put_back(i));
                    }
                    completes || self.refusals > REFUSALS
                }
            });
            if self.refusals > REFUSALS {
                break false;
            }
            match (fits, sample.pop()) {
                (Some(i), last) => {
                    sample.extend(last);
                    sample.push(i);
                    next = i + 1;
                }
                (None, Some(last)) => {
                    self.columns.iter_mut().for_each(|column| column.put_back(last));
                    next = last + 1;
                }
                (None, None) => break false,
            }
        };
        for column in &mut self.columns {
            column.taken.fill(0);
        }
        found.then_some(sample)
    }

    /// Whether row `i` may be taken and leaves slots for what is still needed.
    fn fits(&self, i: usize, slots: usize) -> bool {
        self.columns.iter().all(|column| {
            let needed = || (0..column.codes.len()).map(|level| column.needs(level)).sum::<usize>();
            let wanted = column.levels[i] != FREE && column.needs(column.levels[i]) > 0;
            column.allows(i) && (wanted || needed() < slots)
        })
    }

    /// Whether the rows from `from` on can, each bound and each pair of bounds on its own, fill `slots`.
    fn completes(&self, from: usize, total: usize, slots: usize) -> bool {
        let open: Vec<usize> =
            (from..total).filter(|&i| self.columns.iter().all(|column| column.allows(i))).collect();
        self.columns.iter().all(|column| {
            let mut there = vec![0; column.codes.len()];
            let mut room = 0;
            for &i in &open {
                match there.get_mut(column.levels[i]) {
                    Some(there) => *there += 1,
                    None => room += 1,
                }
            }
            for (level, &there) in there.iter().enumerate() {
                room += there.min(column.most[level] - column.taken[level]);
            }
            let needed: usize = (0..column.codes.len()).map(|level| column.needs(level)).sum();
            needed <= slots
                && slots <= room
                && (0..column.codes.len())
                    .filter(|&level| column.needs(level) > 0)
                    .all(|level| column.needs(level) <= self.to_be_had(column, level, &open))
        })
    }

    /// The most rows of a level that every other bound on its own lets through.
    fn to_be_had(&self, column: &BoundColumn, level: usize, open: &[usize]) -> usize {
        let of_level: Vec<usize> =
            open.iter().copied().filter(|&i| column.levels[i] == level).collect();
        self.columns.iter().fold(of_level.len(), |fewest, other| {
            let mut there = vec![0; other.codes.len()];
            let mut had = 0;
            for &i in &of_level {
                match there.get_mut(other.levels[i]) {
                    Some(there) => {
                        *there += 1;
                        had += usize::from(
                            *there + other.taken[other.levels[i]] <= other.most[other.levels[i]],
                        );
                    }
                    None => had += 1,
                }
            }
            fewest.min(had)
        })
    }

    /// The sample, then the other rows that may follow it one after the other.
    fn with_reserves(&mut self, order: &[u32], sample: &[usize]) -> Vec<u32> {
        let mut chosen = vec![false; order.len()];
        let mut rows = Vec::with_capacity(order.len());
        for &i in sample {
            chosen[i] = true;
            rows.push(order[i]);
            self.columns.iter_mut().for_each(|column| column.take(i));
        }
        for i in 0..order.len() {
            if !chosen[i] && self.columns.iter().all(|column| column.allows(i)) {
                rows.push(order[i]);
                self.columns.iter_mut().for_each(|column| column.take(i));
            }
        }
        rows
    }

    /// The level that cannot even alone be had as often as asked; else the first that is asked for.
    fn blame(&mut self, total: usize, size: usize) -> (i64, i64) {
        let asked: Vec<(usize, usize)> = self
            .columns
            .iter()
            .enumerate()
            .flat_map(|(at, column)| {
                (0..column.codes.len()).filter(|&l| column.least[l] > 0).map(move |l| (at, l))
            })
            .collect();
        let all = self.columns.clone();
        let alone = asked.iter().find(|&&(at, level)| {
            for (other, column) in self.columns.iter_mut().enumerate() {
                for (l, least) in column.least.iter_mut().enumerate() {
                    *least = if (other, l) == (at, level) { all[other].least[l] } else { 0 };
                }
            }
            self.refusals = 0;
            (0..=size).rev().all(|size| self.first(total, size).is_none())
        });
        let (at, level) = alone.or(asked.first()).copied().unwrap_or((0, 0));
        (at.cast_signed() as i64, all[at].codes.get(level).copied().unwrap_or(-1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [u32; 6] = [0, 1, 2, 3, 4, 5];

    fn bounded(bounds: &[Bound<'_>], n: usize) -> Selection {
        apply(bounds, &ROWS, &ROWS, n)
    }

    #[test]
    fn rows_that_break_a_bound_are_passed_over() {
        let customers = Bound { levels: &[0, 0, 1, 0, -1, 1], least: &[0, 0], most: &[1, 1] };
        assert_eq!(bounded(&[customers], 2), Selection::Bounded(vec![0, 2, 4], 2));
        // Two customers and one unknown: no more than three.
        assert_eq!(bounded(&[customers], 5), Selection::Bounded(vec![0, 2, 4], 3));
    }

    #[test]
    fn the_last_places_are_kept_for_what_is_needed() {
        let types = Bound { levels: &[0, 0, 0, 0, 1, 0], least: &[0, 1], most: &[9, 9] };
        assert_eq!(bounded(&[types], 2), Selection::Bounded(vec![0, 4, 1, 2, 3, 5], 2));
        let more = Bound { least: &[0, 3], ..types };
        assert_eq!(bounded(&[more], 2), Selection::Bounded(vec![0, 4, 1, 2, 3, 5], 2));
    }

    #[test]
    fn bounds_that_no_draw_breaks_are_idle() {
        let types = Bound { levels: &[0, 0, 0, 0, 1, 0], least: &[1, 0], most: &[2, 1] };
        assert_eq!(bounded(&[types], 2), Selection::Idle);
        assert_eq!(
            bounded(&[Bound { least: &[9, 9], most: &[9, 9], ..types }], 6),
            Selection::Idle
        );
    }

    #[test]
    fn a_row_that_another_bound_needs_is_kept_for_it() {
        // The only complaint (row 3) is of customer 0, whose first call is row 0.
        let customers = Bound { levels: &[0, 1, 2, 0, 3, 4], least: &[0; 5], most: &[1; 5] };
        let types = Bound { levels: &[0, 0, 0, 1, 0, 0], least: &[0, 1], most: &[9, 9] };
        let Selection::Bounded(order, 3) = bounded(&[customers, types], 3) else { panic!() };
        assert_eq!(order[..3], [1, 2, 3]);
    }

    #[test]
    fn bounds_that_exclude_one_another_are_named() {
        let types = Bound { levels: &[0, 0, 1, 1, 0, 0], least: &[0, 2], most: &[9, 1] };
        assert_eq!(bounded(&[types], 3), Selection::Excluded(0, 1));
        let many = Bound { least: &[2, 2], most: &[9, 9], ..types };
        assert_eq!(bounded(&[many], 3), Selection::Excluded(0, -1));
        let customers = Bound { levels: &[0, 1, 2, 2, 3, 4], least: &[0; 5], most: &[1; 5] };
        let both = [customers, Bound { most: &[9, 9], ..types }];
        assert_eq!(bounded(&both, 3), Selection::Excluded(1, 1));
    }

    #[test]
    fn three_bounds_at_once_are_searched() {
        // Rows 0 to 3 pair off in every two columns; only 0 with 3, or 1 with 2, keep all three.
        let a = Bound { levels: &[0, 0, 1, 1, 2, 2], least: &[0; 3], most: &[1, 1, 0] };
        let b = Bound { levels: &[0, 1, 0, 1, 2, 2], least: &[0; 3], most: &[1, 1, 0] };
        let c = Bound { levels: &[0, 1, 1, 0, 2, 2], least: &[0; 3], most: &[1, 1, 0] };
        let Selection::Bounded(order, size) = bounded(&[a, b, c], 2) else { panic!() };
        // Each pair shares a level of one column: a single row is the most.
        assert_eq!((order[0], size), (0, 1));
    }
}
