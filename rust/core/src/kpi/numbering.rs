//! Rows numbered by their group: the keys they agree in, and the interval that holds them.

// Rows and groups stay below 2^31; `number_rows` sees to it.
#![allow(clippy::cast_possible_wrap)]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use super::parts::{self, row_ranges};
use super::{Periods, ROWS_PER_LOOK};
use crate::error::{Error, Result};
use crate::threads::{Run, Watch, in_parts};

/// The instant of a row that has none.
pub const MISSING: i64 = i64::MIN;

/// A column of whole numbers in the width that it came in.
#[derive(Debug, Clone, Copy)]
pub enum Codes<'a> {
    /// Up to 127 distinct values.
    I8(&'a [i8]),
    /// Up to 32 767.
    I16(&'a [i16]),
    /// Up to 2³¹ − 1.
    I32(&'a [i32]),
    /// Any number.
    I64(&'a [i64]),
}

impl Codes<'_> {
    /// Rows in the column.
    pub fn len(&self) -> usize {
        match self {
            Self::I8(codes) => codes.len(),
            Self::I16(codes) => codes.len(),
            Self::I32(codes) => codes.len(),
            Self::I64(codes) => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The smallest and the largest number; nothing without rows.
    fn span(&self) -> Option<(i64, i64)> {
        fn of<T: Copy + Ord + Into<i64>>(codes: &[T]) -> Option<(i64, i64)> {
            let first = *codes.first()?;
            let span = codes.iter().fold((first, first), |(l, h), &c| (l.min(c), h.max(c)));
            Some((span.0.into(), span.1.into()))
        }
        match self {
            Self::I8(codes) => of(codes),
            Self::I16(codes) => of(codes),
            Self::I32(codes) => of(codes),
            Self::I64(codes) => of(codes),
        }
    }
}

/// A key: a number a row, negative where it is missing, and the place of each number among all values.
#[derive(Debug, Clone, Copy)]
pub struct GroupKey<'a> {
    /// The numbers.
    pub codes: Codes<'a>,
    /// Place of number `i` in the order of the values; the last entry is the place of missing ones.
    pub ranks: &'a [i64],
}

/// A part of a row's key: rows that differ in one are of different groups.
#[derive(Clone, Copy)]
enum KeyPart<'a> {
    Key {
        key: GroupKey<'a>,
        size: usize,
    },
    /// The intervals from `first` on; rows without an instant come last.
    Time {
        instants: &'a [i64],
        periods: &'a Periods<'a>,
        first: i64,
        count: usize,
        size: usize,
    },
    /// Groups numbered before.
    Groups {
        group: &'a [i32],
        size: usize,
    },
}

impl<'a> KeyPart<'a> {
    fn of_key(key: GroupKey<'a>) -> Result<Self> {
        let outside = || Error::Usage("codes must lie below the number of ranks".to_owned());
        let known = key.ranks.len().checked_sub(1).ok_or_else(outside)?;
        let (low, high) = key.codes.span().unwrap_or((0, -1));
        if high >= known as i64 {
            return Err(outside());
        }
        // No place for missing values where none is missing: mostly every combination then has rows.
        let all_known = low >= 0 && key.ranks[known] == known as i64;
        Ok(Self::Key { key, size: known + usize::from(!all_known) })
    }

    fn of_time(instants: &'a [i64], periods: &'a Periods<'a>) -> Self {
        // Moved by one, a missing instant is the largest number.
        let (below, high) = instants.iter().fold((i64::MAX, MISSING), |(below, high), &at| {
            (below.min(at.wrapping_sub(1)), high.max(at))
        });
        let (first, count) = if high == MISSING {
            (0, 0)
        } else {
            let first = periods.index(below + 1);
            (first, (periods.index(high) - first + 1) as usize)
        };
        Self::Time { instants, periods, first, count, size: count + 1 }
    }

    fn size(&self) -> usize {
        match self {
            Self::Key { size, .. } | Self::Time { size, .. } | Self::Groups { size, .. } => *size,
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Key { key, .. } => key.codes.len(),
            Self::Time { instants, .. } => instants.len(),
            Self::Groups { group, .. } => group.len(),
        }
    }

    /// Makes combinations of what the parts before have in common with this part's places.
    fn combine(&self, rows: Range<usize>, cells: &mut [u64]) {
        let size = self.size() as u64;
        match self {
            Self::Key { key: GroupKey { codes, ranks }, .. } => match codes {
                Codes::I8(codes) => add_keys(cells, size, ranks, &codes[rows]),
                Codes::I16(codes) => add_keys(cells, size, ranks, &codes[rows]),
                Codes::I32(codes) => add_keys(cells, size, ranks, &codes[rows]),
                Codes::I64(codes) => add_keys(cells, size, ranks, &codes[rows]),
            },
            Self::Time { instants, periods, first, count, .. } => {
                // Logs mostly come in order of time: the interval of the row before will do.
                let mut held = (0, 0, 0);
                for (cell, &at) in cells.iter_mut().zip(&instants[rows]) {
                    if (at < held.0 || at >= held.1) && at != MISSING {
                        let interval = periods.index(at);
                        let index = (interval - first) as u64;
                        held = (periods.start(interval), periods.start(interval + 1), index);
                    }
                    let index = if at == MISSING { *count as u64 } else { held.2 };
                    *cell = *cell * size + index;
                }
            }
            Self::Groups { group, .. } => {
                for (cell, &g) in cells.iter_mut().zip(&group[rows]) {
                    *cell = *cell * size + g as u64;
                }
            }
        }
    }
}

fn add_keys<T: Copy + Into<i64>>(cells: &mut [u64], size: u64, ranks: &[i64], codes: &[T]) {
    let missing = ranks.len() - 1;
    for (cell, &code) in cells.iter_mut().zip(codes) {
        let code = code.into();
        let index = ranks[if code < 0 { missing } else { code as usize }];
        *cell = *cell * size + index as u64;
    }
}

/// Numbers the rows by `keys` and the interval of `instants`: the `group` of each row, from 0 in the
/// order of the keys, then of time. Where `shown` is given, rows that are not shown get -1.
///
/// Returns the first row of each group.
///
/// # Errors
/// Columns of unequal length, codes beyond their ranks, more than 2³¹ groups or rows, an interruption.
pub fn number_rows(
    keys: &[GroupKey<'_>],
    time: Option<(&[i64], &Periods<'_>)>,
    shown: Option<&[bool]>,
    group: &mut [i32],
    run: &Run<'_>,
) -> Result<Vec<i64>> {
    let rows = group.len();
    let mut parts = keys.iter().map(|&key| KeyPart::of_key(key)).collect::<Result<Vec<_>>>()?;
    if let Some((instants, periods)) = time {
        parts.push(KeyPart::of_time(instants, periods));
    }
    if parts.iter().any(|part| part.rows() != rows)
        || shown.is_some_and(|shown| shown.len() != rows)
        || i32::try_from(rows).is_err()
    {
        return Err(Error::Usage(
            "the columns of a log must have equal lengths below 2^31".to_owned(),
        ));
    }
    number_parts(&parts, shown, group, run)
}

fn number_parts(
    parts: &[KeyPart<'_>],
    shown: Option<&[bool]>,
    group: &mut [i32],
    run: &Run<'_>,
) -> Result<Vec<i64>> {
    let rows = group.len();
    let cells = parts.iter().try_fold(1_u64, |cells, part| cells.checked_mul(part.size() as u64));
    let Some(cells) = cells.filter(|&cells| i64::try_from(cells).is_ok()) else {
        // More combinations than a number holds: those of all but the last part are numbered first.
        let (last, others) = parts.split_last().ok_or_else(|| Error::Usage(String::new()))?;
        let mut before = vec![0; rows];
        let size = number_parts(others, None, &mut before, run)?.len();
        let groups = KeyPart::Groups { group: &before, size };
        return number_parts(&[groups, *last], shown, group, run);
    };
    // A table of all combinations beats a map while it is not much larger than the rows.
    if cells <= (4 * rows as u64).max(1024) && i32::try_from(cells).is_ok() {
        by_table(parts, shown, cells as usize, group, run)
    } else {
        by_map(parts, shown, group, run)
    }
}

/// Rows whose combinations are made at a time: they stay in the processor's nearest cache.
const CHUNK: usize = 1 << 11;

/// In place of the combination of a row that is left out.
const LEFT_OUT: u64 = u64::MAX;

/// Calls `each` with the combinations of some rows at a time and the first one's number.
fn combinations(
    parts: &[KeyPart<'_>],
    shown: Option<&[bool]>,
    rows: Range<usize>,
    watch: &Watch<'_>,
    mut each: impl FnMut(usize, &[u64]),
) -> Result<()> {
    let mut cells = [0; CHUNK];
    for (chunk, begin) in rows.clone().step_by(CHUNK).enumerate() {
        if chunk % (ROWS_PER_LOOK / CHUNK) == 0 {
            watch.check()?;
        }
        let taken = begin..rows.end.min(begin + CHUNK);
        let cells = &mut cells[..taken.len()];
        cells.fill(0);
        for part in parts {
            part.combine(taken.clone(), cells);
        }
        if let Some(shown) = shown {
            for (cell, &shown) in cells.iter_mut().zip(&shown[taken]) {
                *cell = if shown { *cell } else { LEFT_OUT };
            }
        }
        each(begin, cells);
    }
    Ok(())
}

fn by_table(
    parts: &[KeyPart<'_>],
    shown: Option<&[bool]>,
    cells: usize,
    group: &mut [i32],
    run: &Run<'_>,
) -> Result<Vec<i64>> {
    let rows = group.len();
    let rows_apart = row_ranges(rows, run);
    // A table for each thread, if that is not more than a number a row.
    let whole = 0..rows;
    let tables_fit = cells.saturating_mul(rows_apart.len()) <= rows;
    let ranges = if tables_fit { &*rows_apart } else { std::slice::from_ref(&whole) };
    let pieces = ranges.iter().cloned().zip(parts::cut(group, ranges)).collect();
    let firsts = in_parts(pieces, run, |(rows, group): (Range<usize>, &mut [i32]), watch| {
        let mut first = vec![-1_i32; cells];
        combinations(parts, shown, rows.clone(), watch, |begin, combined| {
            let numbers = &mut group[begin - rows.start..][..combined.len()];
            for (row, (&cell, number)) in (begin..).zip(combined.iter().zip(numbers)) {
                // What is left out becomes -1.
                *number = cell as i32;
                if cell != LEFT_OUT && first[cell as usize] < 0 {
                    first[cell as usize] = row as i32;
                }
            }
        })?;
        Ok(first)
    })?;
    let mut firsts = firsts.into_iter();
    let mut table = firsts.next().unwrap_or_default();
    for later in firsts {
        for (first, later) in table.iter_mut().zip(later) {
            *first = if *first < 0 { later } else { *first };
        }
    }
    let mut example = Vec::new();
    for first in table.iter_mut().filter(|first| **first >= 0) {
        example.push(i64::from(*first));
        *first = (example.len() - 1) as i32;
    }
    if example.len() < cells {
        in_parts(parts::cut(group, &rows_apart), run, |group: &mut [i32], watch| {
            watch.check()?;
            for cell in group.iter_mut().filter(|cell| **cell >= 0) {
                *cell = table[*cell as usize];
            }
            Ok(())
        })?;
    }
    Ok(example)
}

fn by_map(
    parts: &[KeyPart<'_>],
    shown: Option<&[bool]>,
    group: &mut [i32],
    run: &Run<'_>,
) -> Result<Vec<i64>> {
    let mut numbers: HashMap<u64, i32, BuildHasherDefault<Mixed>> = HashMap::default();
    let mut seen: Vec<(u64, i32, i64)> = Vec::new();
    combinations(parts, shown, 0..group.len(), &Watch::alone(run), |begin, combined| {
        for (row, &cell) in (begin..).zip(combined) {
            group[row] = if cell == LEFT_OUT {
                -1
            } else {
                *numbers.entry(cell).or_insert_with(|| {
                    let number = seen.len() as i32;
                    seen.push((cell, number, row as i64));
                    number
                })
            };
        }
    })?;
    drop(numbers);
    seen.sort_unstable();
    let mut indices = vec![0_i32; seen.len()];
    for (index, &(_, number, _)) in seen.iter().enumerate() {
        indices[number as usize] = index as i32;
    }
    for number in group.iter_mut().filter(|number| **number >= 0) {
        *number = indices[*number as usize];
    }
    Ok(seen.iter().map(|&(_, _, row)| row).collect())
}

/// Spreads combinations, which are small whole numbers, over the buckets of a map. Nobody outside can
/// choose them so that they collide, which is what the standard hasher costs its time for.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        // The golden ratio of 2^64 spreads upwards; maps look at both ends.
        let product = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Group of each row, and the first row of each group.
    fn numbered(
        keys: &[GroupKey<'_>],
        time: Option<(&[i64], &Periods<'_>)>,
        shown: Option<&[bool]>,
        rows: usize,
        threads: usize,
    ) -> Result<(Vec<i32>, Vec<i64>)> {
        let run = Run { threads: Some(threads), interrupted: &|| false };
        let mut group = vec![0; rows];
        number_rows(keys, time, shown, &mut group, &run).map(|example| (group, example))
    }

    #[test]
    fn threads_do_not_show() {
        let mut random = crate::rng::Key::new(5).stream();
        let rows = 230_000;
        let codes: Vec<i16> = (0..rows).map(|_| random.below(90) as i16 - 1).collect();
        let ranks: Vec<i64> = (0..89).map(|code| (code * 7) % 89).chain([89]).collect();
        let instants: Vec<i64> = (0..rows).map(|_| random.below(1000).cast_signed()).collect();
        let keys = [GroupKey { codes: Codes::I16(&codes), ranks: &ranks }];
        let shown: Vec<bool> = (0..rows).map(|_| random.below(3) > 0).collect();
        let of = |threads| {
            let time = Some((&*instants, &Periods::Fixed(10)));
            numbered(&keys, time, Some(&shown), rows as usize, threads).unwrap()
        };
        assert_eq!(of(1), of(3));
    }

    #[test]
    fn groups_follow_the_ranks_and_missing_keys_come_last() {
        let key = GroupKey { codes: Codes::I8(&[0, 1, -1, 0, 1]), ranks: &[1, 0, 2] };
        let (group, example) = numbered(&[key], None, None, 5, 1).unwrap();
        assert_eq!((group, example), (vec![1, 0, 2, 1, 0], vec![1, 0, 2]));
        let shown = [true, false, true, true, false];
        let (group, example) = numbered(&[key], None, Some(&shown), 5, 1).unwrap();
        assert_eq!((group, example), (vec![0, -1, 1, 0, -1], vec![0, 2]));
    }

    #[test]
    fn codes_beyond_their_ranks_are_refused() {
        let key = GroupKey { codes: Codes::I32(&[3]), ranks: &[0, 1] };
        assert!(numbered(&[key], None, None, 1, 1).is_err());
        assert!(numbered(&[], Some((&[1, 2], &Periods::Fixed(10))), None, 1, 1).is_err());
    }

    proptest! {
        #[test]
        fn agrees_with_sorting_whole_keys(
            rows in prop::collection::vec((-1..4_i64, -1..3_i64, prop::option::of(-50..50_i64)), 0..60),
            spread in prop::sample::select(vec![1_i64, 1 << 20, 1 << 40]),
        ) {
            let first: Vec<i64> = rows.iter().map(|r| r.0).collect();
            let second: Vec<i16> = rows.iter().map(|r| r.1 as i16).collect();
            let instants: Vec<i64> =
                rows.iter().map(|r| r.2.map_or(MISSING, |at| at * spread)).collect();
            let keys = [
                GroupKey { codes: Codes::I64(&first), ranks: &[0, 1, 2, 3, 4] },
                GroupKey { codes: Codes::I16(&second), ranks: &[2, 1, 0, 3] },
            ];
            let step = 7;
            let (group, example) = numbered(
                &keys, Some((&instants, &Periods::Fixed(step))), None, rows.len(), 1,
            ).unwrap();
            let whole = |row: usize| {
                let of = |code: i64, ranks: &[i64]| if code < 0 { *ranks.last().unwrap() } else { ranks[code as usize] };
                let at = instants[row];
                (
                    of(first[row], &[0, 1, 2, 3, 4]),
                    of(i64::from(second[row]), &[2, 1, 0, 3]),
                    if at == MISSING { i64::MAX } else { at.div_euclid(step) },
                )
            };
            let mut distinct: Vec<_> = (0..rows.len()).map(whole).collect();
            distinct.sort_unstable();
            distinct.dedup();
            for row in 0..rows.len() {
                let index = distinct.binary_search(&whole(row)).unwrap();
                prop_assert_eq!(group[row] as usize, index);
                prop_assert!(example[index] as usize <= row);
                prop_assert_eq!(whole(example[index] as usize), distinct[index]);
            }
            prop_assert_eq!(example.len(), distinct.len());
        }
    }
}
