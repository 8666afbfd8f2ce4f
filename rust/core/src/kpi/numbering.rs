//! Rows numbered by their group: the keys they agree in, and the interval that holds them.

// Rows and groups stay below 2^31; `number_rows` sees to it.
#![allow(clippy::cast_possible_wrap)]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::Periods;
use crate::error::{Error, Result};

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

    #[inline]
    fn at(&self, row: usize) -> i64 {
        match self {
            Self::I8(codes) => i64::from(codes[row]),
            Self::I16(codes) => i64::from(codes[row]),
            Self::I32(codes) => i64::from(codes[row]),
            Self::I64(codes) => codes[row],
        }
    }
}

/// A key: a number a row, negative where it is missing, and the place of each number among all values.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// The numbers.
    pub codes: Codes<'a>,
    /// Place of number `i` in the order of the values; the last entry is the place of missing ones.
    pub ranks: &'a [i64],
}

/// Rows by group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbered {
    /// Group of each row, from 0 in the order of the keys, then of time; -1 of a row left out.
    pub group: Vec<i32>,
    /// The first row of each group.
    pub example: Vec<i64>,
}

/// What the rows are told apart by, one after the other.
enum Part<'a> {
    Key(Key<'a>),
    /// The intervals from `first` on; rows without an instant come last.
    Time {
        instants: &'a [i64],
        periods: &'a Periods<'a>,
        first: i64,
        count: usize,
    },
    /// Groups numbered before.
    Groups {
        group: &'a [i32],
        count: usize,
    },
}

impl Part<'_> {
    fn size(&self) -> usize {
        match self {
            Self::Key(key) => key.ranks.len(),
            Self::Time { count, .. } => count + 1,
            Self::Groups { count, .. } => *count,
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Key(key) => key.codes.len(),
            Self::Time { instants, .. } => instants.len(),
            Self::Groups { group, .. } => group.len(),
        }
    }
}

/// Numbers the rows by `keys` and the interval of `instants`; where `shown` is given, rows that are
/// not shown get no group.
///
/// # Errors
/// Columns of unequal length, codes beyond their ranks, or more than 2³¹ groups or rows.
pub fn number_rows(
    keys: &[Key<'_>],
    time: Option<(&[i64], &Periods<'_>)>,
    shown: Option<&[bool]>,
    rows: usize,
) -> Result<Numbered> {
    let mut parts: Vec<Part<'_>> = keys.iter().map(|&key| Part::Key(key)).collect();
    for key in keys {
        let in_range = |code: i64| code < 0 || (code as usize) < key.ranks.len() - 1;
        if key.ranks.is_empty() || !(0..key.codes.len()).all(|row| in_range(key.codes.at(row))) {
            return Err(Error::Usage("codes must lie below the number of ranks".to_owned()));
        }
    }
    if let Some((instants, periods)) = time {
        let known = || instants.iter().copied().filter(|&at| at != MISSING);
        let (low, high) = known().fold((i64::MAX, i64::MIN), |(l, h), at| (l.min(at), h.max(at)));
        let (first, count) = if low > high {
            (0, 0)
        } else {
            let first = periods.index(low);
            (first, (periods.index(high) - first + 1) as usize)
        };
        parts.push(Part::Time { instants, periods, first, count });
    }
    if parts.iter().any(|part| part.rows() != rows)
        || shown.is_some_and(|shown| shown.len() != rows)
        || i32::try_from(rows).is_err()
    {
        return Err(Error::Usage(
            "the columns of a log must have equal lengths below 2^31".to_owned(),
        ));
    }
    number_parts(&parts, shown, rows)
}

fn number_parts(parts: &[Part<'_>], shown: Option<&[bool]>, rows: usize) -> Result<Numbered> {
    let cells = parts.iter().try_fold(1_u64, |cells, part| cells.checked_mul(part.size() as u64));
    let Some(cells) = cells.filter(|&cells| i64::try_from(cells).is_ok()) else {
        // More combinations than a number holds: those of all but the last part are numbered first.
        let (last, others) = parts.split_last().ok_or_else(|| Error::Usage(String::new()))?;
        let before = number_parts(others, shown, rows)?;
        let groups = Part::Groups { group: &before.group, count: before.example.len() };
        let last = match last {
            Part::Key(key) => Part::Key(*key),
            Part::Time { instants, periods, first, count } => {
                Part::Time { instants, periods, first: *first, count: *count }
            }
            Part::Groups { group, count } => Part::Groups { group, count: *count },
        };
        return number_parts(&[groups, last], shown, rows);
    };
    // A table of all combinations beats a map while it is not much larger than the rows.
    if cells <= (4 * rows as u64).max(1024) && i32::try_from(cells).is_ok() {
        let mut group = vec![0_i32; rows];
        fill(parts, shown, |row, cell| group[row] = cell.map_or(-1, |cell| cell as i32));
        Ok(by_table(group, cells as usize))
    } else {
        Ok(by_map(parts, shown, rows))
    }
}

/// Calls `each` with every row and its combination, None where the row is left out.
fn fill(parts: &[Part<'_>], shown: Option<&[bool]>, mut each: impl FnMut(usize, Option<u64>)) {
    let rows = parts.first().map_or_else(|| shown.map_or(0, <[bool]>::len), Part::rows);
    let mut held = (0, 0, 0);
    for row in 0..rows {
        if shown.is_some_and(|shown| !shown[row]) {
            each(row, None);
            continue;
        }
        let mut cell = 0;
        for part in parts {
            let place = match part {
                Part::Key(Key { codes, ranks }) => {
                    let code = codes.at(row);
                    ranks[if code < 0 { ranks.len() - 1 } else { code as usize }] as u64
                }
                Part::Time { instants, periods, first, count } => {
                    let at = instants[row];
                    if at == MISSING {
                        *count as u64
                    } else {
                        // Logs mostly come in order of time: the interval of the row before will do.
                        if at < held.0 || at >= held.1 {
                            let index = periods.index(at);
                            held = (periods.start(index), periods.start(index + 1), index);
                        }
                        (held.2 - first) as u64
                    }
                }
                Part::Groups { group, .. } => group[row] as u64,
            };
            cell = cell * part.size() as u64 + place;
        }
        each(row, Some(cell));
    }
}

/// Renumbers combinations without gaps.
fn by_table(mut group: Vec<i32>, cells: usize) -> Numbered {
    let mut table = vec![-1_i32; cells];
    for (row, &cell) in group.iter().enumerate() {
        if cell >= 0 && table[cell as usize] < 0 {
            table[cell as usize] = row as i32;
        }
    }
    let mut example = Vec::new();
    for first in table.iter_mut().filter(|first| **first >= 0) {
        example.push(i64::from(*first));
        *first = (example.len() - 1) as i32;
    }
    for cell in group.iter_mut().filter(|cell| **cell >= 0) {
        *cell = table[*cell as usize];
    }
    Numbered { group, example }
}

fn by_map(parts: &[Part<'_>], shown: Option<&[bool]>, rows: usize) -> Numbered {
    let mut group = vec![-1_i32; rows];
    let mut numbers: HashMap<u64, i32, BuildHasherDefault<Mixed>> = HashMap::default();
    let mut seen: Vec<(u64, i32, i64)> = Vec::new();
    fill(parts, shown, |row, cell| {
        if let Some(cell) = cell {
            group[row] = *numbers.entry(cell).or_insert_with(|| {
                let number = seen.len() as i32;
                seen.push((cell, number, row as i64));
                number
            });
        }
    });
    drop(numbers);
    seen.sort_unstable();
    let mut places = vec![0_i32; seen.len()];
    for (place, &(_, number, _)) in seen.iter().enumerate() {
        places[number as usize] = place as i32;
    }
    for number in group.iter_mut().filter(|number| **number >= 0) {
        *number = places[*number as usize];
    }
    Numbered { group, example: seen.iter().map(|&(_, _, row)| row).collect() }
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

    #[test]
    fn groups_follow_the_ranks_and_missing_keys_come_last() {
        let key = Key { codes: Codes::I8(&[0, 1, -1, 0, 1]), ranks: &[1, 0, 2] };
        let numbered = number_rows(&[key], None, None, 5).unwrap();
        assert_eq!(numbered.group, [1, 0, 2, 1, 0]);
        assert_eq!(numbered.example, [1, 0, 2]);
        let shown = [true, false, true, true, false];
        let numbered = number_rows(&[key], None, Some(&shown), 5).unwrap();
        assert_eq!(numbered.group, [0, -1, 1, 0, -1]);
        assert_eq!(numbered.example, [0, 2]);
    }

    #[test]
    fn codes_beyond_their_ranks_are_refused() {
        let key = Key { codes: Codes::I32(&[3]), ranks: &[0, 1] };
        assert!(number_rows(&[key], None, None, 1).is_err());
        assert!(number_rows(&[], Some((&[1, 2], &Periods::Fixed(10))), None, 1).is_err());
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
                Key { codes: Codes::I64(&first), ranks: &[0, 1, 2, 3, 4] },
                Key { codes: Codes::I16(&second), ranks: &[2, 1, 0, 3] },
            ];
            let step = 7;
            let numbered = number_rows(
                &keys, Some((&instants, &Periods::Fixed(step))), None, rows.len(),
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
                let place = distinct.binary_search(&whole(row)).unwrap();
                prop_assert_eq!(numbered.group[row] as usize, place);
                prop_assert!(numbered.example[place] as usize <= row);
                prop_assert_eq!(whole(numbered.example[place] as usize), distinct[place]);
            }
            prop_assert_eq!(numbered.example.len(), distinct.len());
        }
    }
}
