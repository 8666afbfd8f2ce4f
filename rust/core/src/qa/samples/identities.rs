//! What recordings, groups and levels are known by: 64-bit hashes of their names.

use crate::error::Result;
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};
use crate::qa::{ROWS_PER_TURN, over_rows};
use crate::rng::{hash_integer, hash_signed, hash_unsigned};
use crate::threads::{Run, Watch, in_turns};

/// One id a row.
#[derive(Debug, Clone, Copy)]
pub enum Ids<'a> {
    /// Whole numbers, which are hashed as they are met.
    Signed(&'a [i64]),
    /// Whole numbers beyond those.
    Unsigned(&'a [u64]),
    /// Hashes of texts.
    Hashes(&'a [u64]),
}

impl Ids<'_> {
    /// How many rows there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::Signed(ids) => ids.len(),
            Self::Unsigned(ids) | Self::Hashes(ids) => ids.len(),
        }
    }

    /// Whether there are no rows.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of a row's id.
    #[inline]
    pub const fn hash(&self, row: usize) -> u64 {
        match self {
            Self::Signed(ids) => hash_signed(ids[row]),
            Self::Unsigned(ids) => hash_unsigned(ids[row]),
            Self::Hashes(ids) => ids[row],
        }
    }

    /// The hashes of the rows from `from` on, as many as there is room for.
    #[inline(always)]
    pub(super) fn hashes(&self, from: usize, into: &mut [u64]) {
        let rows = from..from + into.len();
        match self {
            Self::Signed(ids) => {
                into.iter_mut().zip(&ids[rows]).for_each(|(hash, &id)| *hash = hash_signed(id));
            }
            Self::Unsigned(ids) => {
                into.iter_mut().zip(&ids[rows]).for_each(|(hash, &id)| *hash = hash_unsigned(id));
            }
            Self::Hashes(ids) => into.copy_from_slice(&ids[rows]),
        }
    }

    /// Whether two rows share an id, or two ids a hash.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`] where the caller asked to stop.
    pub fn repeat(&self, run: &Run<'_>) -> Result<bool> {
        match self {
            Self::Signed(ids) => {
                let Some((low, high)) = ends(ids) else { return Ok(false) };
                match dense(high.abs_diff(low), ids.len()) {
                    Some(bits) => Ok(seen_twice(bits, ids.iter().map(|id| id.abs_diff(low)))),
                    None => self.hashes_repeat(run),
                }
            }
            Self::Unsigned(ids) => {
                let Some((low, high)) = ends(ids) else { return Ok(false) };
                match dense(high - low, ids.len()) {
                    Some(bits) => Ok(seen_twice(bits, ids.iter().map(|id| id - low))),
                    None => self.hashes_repeat(run),
                }
            }
            Self::Hashes(_) => self.hashes_repeat(run),
        }
    }

    /// Sorts the hashes into parts that fit the cache by their first bits, and looks for twins in each.
    fn hashes_repeat(&self, run: &Run<'_>) -> Result<bool> {
        let bits = (self.len() >> PART_BITS).next_power_of_two().trailing_zeros();
        // Shifting by all 64 bits is no shift in the processor's eyes.
        let part = |hash: u64| (hash >> 1 >> (63 - bits)) as usize;
        let counts = over_rows(self.len(), run, |rows| {
            let mut counts = vec![0_u32; 1 << bits];
            rows.for_each(|row| counts[part(self.hash(row))] += 1);
            counts
        });
        let mut starts = vec![0_usize; (1 << bits) + 1];
        for counts in counts? {
            starts[1..].iter_mut().zip(counts).for_each(|(start, count)| *start += count as usize);
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0_u64; self.len()];
        for row in 0..self.len() {
            let hash = self.hash(row);
            let slot = &mut next[part(hash)];
            sorted[*slot] = hash;
            *slot += 1;
        }
        let twins =
            in_turns(1 << bits, run, |part, _| Ok(twins(&sorted[starts[part]..starts[part + 1]])));
        Ok(twins?.contains(&true))
    }
}

/// Hashes in a part: their table is some 256 KiB.
const PART_BITS: u32 = 13;

/// How many bits tell whole numbers within `span` apart; None where they lie too far apart.
fn dense(span: u64, rows: usize) -> Option<usize> {
    let room = 64 * rows as u64;
    (span < room).then(|| span as usize + 1)
}

fn seen_twice(bits: usize, numbers: impl Iterator<Item = u64>) -> bool {
    let mut seen = vec![0_u64; bits.div_ceil(64)];
    let mut twice = 0;
    for number in numbers {
        let word = &mut seen[(number / 64) as usize];
        let bit = 1 << (number % 64);
        twice |= *word & bit;
        *word |= bit;
    }
    twice != 0
}

fn twins(hashes: &[u64]) -> bool {
    let mut table = vec![0_u64; (2 * hashes.len()).next_power_of_two()];
    let mask = table.len() - 1;
    let mut zeros = 0;
    for &hash in hashes {
        if hash == 0 {
            zeros += 1;
            continue;
        }
        let mut at = hash as usize & mask;
        while table[at] != 0 {
            if table[at] == hash {
                return true;
            }
            at = (at + 1) & mask;
        }
        table[at] = hash;
    }
    zeros > 1
}

/// Values numbered from 0 on in the order in which they first come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbered {
    /// The number of each row's value; -1 where it is missing.
    pub codes: Vec<i32>,
    /// The row in which each value first comes.
    pub first: Vec<i64>,
}

/// A hash table from values' hashes to their numbers.
#[derive(Debug)]
pub struct Numbering {
    slots: Vec<(u64, i32)>,
    numbered: Numbered,
}

impl Numbering {
    /// An empty one, with room for `rows` codes.
    pub fn new(rows: usize) -> Self {
        Self {
            slots: vec![(0, -1); 64],
            numbered: Numbered { codes: Vec::with_capacity(rows), first: Vec::new() },
        }
    }

    /// Numbers the next row's value. Values that share a hash, once in 2^64 pairs, become one.
    #[inline]
    pub fn add(&mut self, hash: Option<u64>) {
        let Some(hash) = hash else {
            self.numbered.codes.push(-1);
            return;
        };
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (found, code) = self.slots[at];
            if code >= 0 && found == hash {
                self.numbered.codes.push(code);
                return;
            }
            if code < 0 {
                break;
            }
            at = (at + 1) & mask;
        }
        let code = (self.numbered.first.len() as u32).cast_signed();
        self.slots[at] = (hash, code);
        self.numbered.first.push(self.numbered.codes.len().cast_signed() as i64);
        self.numbered.codes.push(code);
        if 2 * self.numbered.first.len() > self.slots.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let mask = 2 * self.slots.len() - 1;
        let mut slots = vec![(0, -1); mask + 1];
        for &(hash, code) in self.slots.iter().filter(|slot| slot.1 >= 0) {
            let mut at = hash as usize & mask;
            while slots[at].1 >= 0 {
                at = (at + 1) & mask;
            }
            slots[at] = (hash, code);
        }
        self.slots = slots;
    }

    /// What has been numbered.
    pub fn finish(self) -> Numbered {
        self.numbered
    }
}

/// The smallest and the largest value; None where there is none.
fn ends<T: Copy + Ord>(values: &[T]) -> Option<(T, T)> {
    struct Ends<'a, T>(&'a [T], T);
    impl<T: Copy + Ord> LaneKernel for Ends<'_, T> {
        type Output = (T, T);

        #[inline(always)]
        fn run(self, _arithmetic: impl Arithmetic) -> Self::Output {
            let Self(values, first) = self;
            values.iter().fold((first, first), |(low, high), &v| (low.min(v), high.max(v)))
        }
    }
    values.first().map(|&first| InstructionSet::in_use().run(Ends(values, first)))
}

/// Whole numbers within this span are numbered by a table.
const TABLE: i128 = 1 << 20;

/// How whole numbers that lie close together are numbered: in ascending order, which spares renumbering.
#[derive(Debug)]
pub struct Ascending {
    /// The smallest of them.
    low: i64,
    /// The number of each of them and those between; None where it is their distance from the smallest.
    numbers: Option<Vec<i32>>,
    /// How many there are.
    count: usize,
}

impl Ascending {
    /// None where they lie too far apart, or there are none.
    pub fn new<T: Copy + Ord + Into<i128>>(values: &[T]) -> Option<Self> {
        let (low, high) = ends(values)?;
        let (low, high): (i128, i128) = (low.into(), high.into());
        if high - low >= TABLE {
            return None;
        }
        let mut seen = vec![false; (high - low) as usize + 1];
        // Of the largest words this is their negative neighbour, from which differences are the same.
        let low = low as i64;
        for &value in values {
            seen[index_of(value, low)] = true;
        }
        let count = seen.iter().filter(|&&seen| seen).count();
        let numbers = (count < seen.len()).then(|| {
            let number = |next: &mut i32, &seen: &bool| {
                *next += i32::from(seen);
                Some(*next - 1)
            };
            seen.iter().scan(0, number).collect()
        });
        Some(Self { low, numbers, count })
    }

    /// Whether each value is its own number.
    pub const fn as_they_are(&self) -> bool {
        self.low == 0 && self.numbers.is_none()
    }

    /// The number of each value.
    pub fn number<T: Copy + Into<i128>>(&self, values: &[T], codes: &mut [i32]) {
        let pairs = codes.iter_mut().zip(values);
        match &self.numbers {
            Some(numbers) => pairs.for_each(|(code, &v)| *code = numbers[index_of(v, self.low)]),
            None => pairs.for_each(|(code, &v)| *code = index_of(v, self.low).cast_signed() as i32),
        }
    }

    /// The row in which each value first comes.
    pub fn first<T: Copy + Into<i128>>(&self, values: &[T]) -> Vec<i64> {
        let mut first = vec![-1; self.count];
        let mut left = self.count;
        for (&value, row) in values.iter().zip(0..) {
            let at = index_of(value, self.low);
            let slot = &mut first[self.numbers.as_ref().map_or(at, |numbers| numbers[at] as usize)];
            if *slot < 0 {
                *slot = row;
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        first
    }
}

/// Differences of 64-bit words wrap round to what they are.
#[inline]
fn index_of<T: Into<i128>>(value: T, low: i64) -> usize {
    (value.into() as i64).wrapping_sub(low) as usize
}

/// Numbers whole numbers that lie far apart, as they first come.
///
/// # Errors
/// [`crate::Error::Interrupted`] where the caller asked to stop.
pub fn number_far<T: Copy + Into<i128>>(values: &[T], run: &Run<'_>) -> Result<Numbered> {
    let watch = Watch::alone(run);
    let mut numbering = Numbering::new(values.len());
    for rows in values.chunks(ROWS_PER_TURN) {
        watch.check()?;
        for &value in rows {
            numbering.add(Some(hash_integer(value.into())));
        }
    }
    Ok(numbering.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::hash_bytes;

    const RUN: Run<'static> = Run { threads: Some(2), interrupted: &|| false };

    #[test]
    fn values_are_numbered_in_their_order_or_as_they_first_come() {
        fn near<T: Copy + Ord + Into<i128>>(values: &[T]) -> (Vec<i32>, Vec<i64>, bool) {
            let ascending = Ascending::new(values).unwrap();
            let mut codes = vec![9; values.len()];
            ascending.number(values, &mut codes);
            (codes, ascending.first(values), ascending.as_they_are())
        }
        let ascending = (vec![2, 0, 2, 1, 0], vec![1, 3, 0], false);
        assert_eq!(near(&[7_i8, -3, 7, 0, -3]), ascending);
        assert_eq!(near(&[-5_i32, -7, -5, -6, -7]), ascending);
        let top = u64::MAX;
        assert_eq!(near(&[top, top - 9, top, top - 1, top - 9]), ascending);
        let (low, middle) = (i64::MAX.cast_unsigned(), i64::MAX.cast_unsigned() + 1);
        assert_eq!(near(&[middle + 1, low, middle + 1, middle, low]), ascending);
        let themselves = (vec![2, 0, 2, 1, 0], vec![1, 3, 0], true);
        assert_eq!(near(&[2_i16, 0, 2, 1, 0]), themselves);
        assert!(Ascending::new::<i64>(&[]).is_none());
        let expected = Numbered { codes: vec![0, 1, 0, 2, 1], first: vec![0, 1, 3] };
        assert!(Ascending::new(&[u64::MAX, 0]).is_none());
        assert_eq!(number_far(&[u64::MAX, 0, u64::MAX, 5, 0], &RUN), Ok(expected.clone()));
        assert!(Ascending::new(&[i64::MIN, i64::MAX]).is_none());
        let far = [i64::MIN, i64::MAX, i64::MIN, 5, i64::MAX];
        assert_eq!(number_far(&far, &RUN), Ok(expected));
        let many: Vec<i64> = (0..10_000).map(|i| i % 5_000 * 1_000_003).collect();
        let numbered = number_far(&many, &RUN).unwrap();
        assert_eq!(numbered.first, (0..5_000).collect::<Vec<i64>>());
        assert!(numbered.codes.iter().zip(0..).all(|(&code, row)| code == row % 5_000));
    }

    #[test]
    fn missing_values_have_no_number() {
        let mut numbering = Numbering::new(3);
        for hash in [None, Some(0), None, Some(0)] {
            numbering.add(hash);
        }
        let expected = Numbered { codes: vec![-1, 0, -1, 0], first: vec![1] };
        assert_eq!(numbering.finish(), expected);
    }

    #[test]
    fn a_single_repeated_id_is_found_wherever_it_is() {
        let mut signed: Vec<i64> = (0..40_000).map(|i| i * 3 - 50_000).collect();
        let mut far: Vec<u64> = (0..40_000).map(|i| i << 40).collect();
        let mut hashes: Vec<u64> = (0..40_000_u64).map(|i| hash_bytes(&i.to_le_bytes())).collect();
        assert_eq!(Ids::Signed(&signed).repeat(&RUN), Ok(false));
        assert_eq!(Ids::Unsigned(&far).repeat(&RUN), Ok(false));
        assert_eq!(Ids::Hashes(&hashes).repeat(&RUN), Ok(false));
        for (from, to) in [(0, 39_999), (20_000, 20_001), (31_000, 7)] {
            let before = (signed[to], far[to], hashes[to]);
            (signed[to], far[to], hashes[to]) = (signed[from], far[from], hashes[from]);
            assert_eq!(Ids::Signed(&signed).repeat(&RUN), Ok(true));
            assert_eq!(Ids::Unsigned(&far).repeat(&RUN), Ok(true));
            assert_eq!(Ids::Hashes(&hashes).repeat(&RUN), Ok(true));
            (signed[to], far[to], hashes[to]) = before;
        }
        assert_eq!(Ids::Signed(&[i64::MIN, i64::MAX, 0]).repeat(&RUN), Ok(false));
        assert_eq!(Ids::Hashes(&[0, 0]).repeat(&RUN), Ok(true));
        assert_eq!(Ids::Hashes(&[]).repeat(&RUN), Ok(false));
    }
}
