//! One group's rows as small tables: the level of each row in each margin, and its rank in each order.

use std::collections::HashMap;

use super::recordings::{Column, DAY, Margin, band, seconds};

/// Fixed point: the weight of an indicator with variance v is `UNIT` / v.
pub(super) const UNIT: i64 = 1 << 10;
/// Ranks run from -`REACH` to `REACH`, so that their variance is a third of its square.
const REACH: i64 = 96;
/// A rank weighs so many times what its variance would give it: `REACH`² / 3 is this times `UNIT`. With
/// 1 the agents' means vary 0.76 of a lottery's (n = 5 of 100), with 3 0.73, with 6 0.72, where the gap
/// of the margins grows to 0.71. `benches/sampling_quality.py`.
const _: () = assert!(REACH * REACH / 3 == 3 * UNIT);
/// Codes within this span are numbered by a table, others by a hash map.
const TABLE_SPAN: i64 = 1 << 12;
/// The code of a missing value.
const MISSING: i64 = i64::MIN;

/// What is worked with from margin to margin and order to order.
#[derive(Debug, Default)]
struct Scratch {
    table: Vec<u32>,
    counts: Vec<u32>,
    packed: Vec<u64>,
    sorted: Vec<(i64, u32)>,
}

fn set(codes: &mut Vec<i64>, values: impl Iterator<Item = i64>) {
    codes.clear();
    codes.extend(values);
}

/// `of` a code that is there.
#[inline]
fn known(code: i64, of: impl Fn(i64) -> i64) -> i64 {
    if code == MISSING { MISSING } else { of(code) }
}

/// The smallest and the largest code that are there.
fn ends(codes: &[i64]) -> (i64, i64) {
    // The code of what is missing is the smallest number and thus never the largest.
    codes.iter().fold((i64::MAX, i64::MIN), |(low, high), &code| {
        (low.min(if code == MISSING { i64::MAX } else { code }), high.max(code))
    })
}

/// One over the variance of the indicator of `count` of `total` rows, in fixed point.
fn weight(total: usize, count: usize) -> i64 {
    let (total, count) = (total as u64, count as u64);
    if total < 1 << 27 {
        // The square fits 64 bits, whose division is many times faster.
        return (UNIT.cast_unsigned() * total * total / (count * (total - count))).cast_signed();
    }
    let (total, count) = (u128::from(total), u128::from(count));
    (UNIT as u128 * total * total / (count * (total - count))) as i64
}

/// Gives each of the `of` sorted rows its mid-rank, from -`REACH` to `REACH`.
fn centre<'a, T: 'a>(
    ranks: &mut [i32],
    tied: impl Iterator<Item = &'a [T]>,
    index_of: impl Fn(&T) -> usize,
    of: usize,
) {
    let mut before = 0;
    for tied in tied {
        // Twice the mid-rank, less twice the middle of all ranks, rounded down.
        let centred = ((2 * before + tied.len()) * REACH as usize / of).cast_signed() as i32;
        for row in tied {
            ranks[index_of(row)] = centred - REACH as i32;
        }
        before += tied.len();
    }
}

/// The rows of a group in an order of their own: row `i` here is `rows[i]` of the frame.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// How many rows there are.
    pub(super) rows: usize,
    /// How many margins a row has a level in.
    pub(super) margins: usize,
    /// Margin by margin, each row's level, numbered through all margins.
    pub(super) levels: Vec<u32>,
    /// One over the variance of each level's indicator, in fixed point.
    pub(super) weights: Vec<i64>,
    /// How many orders a row has a rank in.
    pub(super) orders: usize,
    /// Order by order, each row's centred rank; 0 where the value is missing.
    pub(super) ranks: Vec<i32>,
}

impl Sheet {
    /// The sheet of `rows`. Margins and orders in which all rows are alike are left out.
    pub(super) fn new(columns: &[Column<'_>], rows: &[u32]) -> Self {
        let mut sheet = Self { rows: rows.len(), ..Self::default() };
        let mut scratch = Scratch::default();
        let mut codes = Vec::with_capacity(rows.len());
        for column in columns {
            match *column {
                Column::Category { codes: given, .. } => {
                    let code = |&row: &u32| match given[row as usize] {
                        ..0 => MISSING,
                        code => code.into(),
                    };
                    set(&mut codes, rows.iter().map(code));
                    sheet.add_margin(&codes, &mut scratch);
                }
                Column::Number { values, cuts } => {
                    let code = |&row: &u32| band(values[row as usize], cuts).unwrap_or(MISSING);
                    set(&mut codes, rows.iter().map(code));
                    sheet.add_margin(&codes, &mut scratch);
                    let order = |&row: &u32| column.order(row as usize).unwrap_or(MISSING);
                    set(&mut codes, rows.iter().map(order));
                    sheet.add_order(&codes, &mut scratch);
                }
                Column::Time { wall, per_second } => {
                    let second = |&row: &u32| seconds(wall[row as usize], per_second);
                    let times: Vec<i64> =
                        rows.iter().map(|row| second(row).unwrap_or(MISSING)).collect();
                    for margin in [Margin::ThreeHours, Margin::Weekday, Margin::Week] {
                        set(
                            &mut codes,
                            times.iter().map(|&time| known(time, |t| margin.of_time(t))),
                        );
                        sheet.add_margin(&codes, &mut scratch);
                    }
                    set(&mut codes, rows.iter().map(|&row| wall[row as usize]));
                    sheet.add_order(&codes, &mut scratch);
                    set(&mut codes, times.iter().map(|&time| known(time, |t| t.rem_euclid(DAY))));
                    sheet.add_order(&codes, &mut scratch);
                }
            }
        }
        sheet
    }

    /// Numbers the levels of a margin after those already numbered, as they first come.
    fn add_margin(&mut self, codes: &[i64], scratch: &mut Scratch) {
        let first = self.weights.len() as u32;
        let (low, high) = ends(codes);
        let span = high.checked_sub(low).filter(|&span| span <= TABLE_SPAN);
        let counts = &mut scratch.counts;
        counts.clear();
        let mut number = |slot: &mut u32| {
            if *slot == u32::MAX {
                *slot = counts.len() as u32;
                counts.push(0);
            }
            counts[*slot as usize] += 1;
            first + *slot
        };
        let before = self.levels.len();
        if let Some(span) = span {
            let table = &mut scratch.table;
            table.clear();
            table.resize((span.max(-1) + 2) as usize, u32::MAX);
            self.levels.extend(codes.iter().map(|&code| {
                number(&mut table[known(code, |code| code - low + 1).max(0) as usize])
            }));
        } else {
            let mut map = HashMap::new();
            self.levels
                .extend(codes.iter().map(|&code| number(map.entry(code).or_insert(u32::MAX))));
        }
        if counts.len() < 2 {
            self.levels.truncate(before);
            return;
        }
        self.margins += 1;
        let total = codes.len();
        self.weights.extend(counts.iter().map(|&count| weight(total, count as usize)));
    }

    /// Adds the mid-ranks of the values that are there, unless they are all alike.
    fn add_order(&mut self, values: &[i64], scratch: &mut Scratch) {
        let (low, high) = ends(values);
        if low >= high {
            return;
        }
        let start = self.ranks.len();
        self.ranks.resize(start + self.rows, 0);
        self.orders += 1;
        let ranks = &mut self.ranks[start..];
        // What all values have in common in their last bits tells none apart.
        let spread = |value: i64| value.wrapping_sub(low).cast_unsigned();
        let there = || values.iter().zip(0..).filter(|&(&value, _)| value != MISSING);
        let common = there().fold(0, |bits, (&value, _)| bits | spread(value)).trailing_zeros();
        let index_bits = usize::BITS - values.len().leading_zeros();
        if (spread(high) >> common).leading_zeros() >= index_bits {
            // Value and place in one word, which sorts several times faster than a pair.
            let packed = &mut scratch.packed;
            packed.clear();
            packed.extend(there().map(|(&value, i)| spread(value) >> common << index_bits | i));
            packed.sort_unstable();
            let index_of = |&word: &u64| word as usize & ((1 << index_bits) - 1);
            centre(
                ranks,
                packed.chunk_by(|a, b| a >> index_bits == b >> index_bits),
                index_of,
                packed.len(),
            );
        } else {
            let sorted = &mut scratch.sorted;
            sorted.clear();
            sorted.extend(there().map(|(&value, i)| (value, i as u32)));
            sorted.sort_unstable();
            let index_of = |&(_, i): &(i64, u32)| i as usize;
            centre(ranks, sorted.chunk_by(|a, b| a.0 == b.0), index_of, sorted.len());
        }
    }

    /// The level of each row in a margin.
    pub(super) fn levels_in(&self, margin: usize) -> &[u32] {
        &self.levels[margin * self.rows..][..self.rows]
    }

    /// The rank of each row in an order.
    pub(super) fn ranks_in(&self, order: usize) -> &[i32] {
        &self.ranks[order * self.rows..][..self.rows]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_centred_and_tied_values_share_one() {
        let mut sheet = Sheet { rows: 5, ..Sheet::default() };
        let scratch = &mut Scratch::default();
        sheet.add_order(&[9, -4, MISSING, 9, 20], scratch);
        assert_eq!(sheet.ranks, [0, -72, 0, 0, 72]);
        sheet.add_order(&[3, MISSING, 3], scratch);
        sheet.add_order(&[MISSING; 2], scratch);
        assert_eq!(sheet.orders, 1);
    }

    #[test]
    fn weights_are_one_over_the_variance() {
        let codes = [0, 0, 0, 1, i32::MAX, -1, 0, 0];
        let sheet =
            Sheet::new(&[Column::Category { codes: &codes, names: &[] }], &[0, 1, 2, 3, 5, 6, 7]);
        assert_eq!(sheet.margins, 1);
        assert_eq!(sheet.levels, [0, 0, 0, 1, 2, 0, 0]);
        let seven = UNIT * 49;
        assert_eq!(sheet.weights, [seven / (5 * 2), seven / 6, seven / 6]);
    }

    #[test]
    fn codes_far_apart_are_levels_all_the_same() {
        let codes = [i32::MAX, 0, i32::MAX, 1 << 20];
        let sheet = Sheet::new(&[Column::Category { codes: &codes, names: &[] }], &[0, 1, 2, 3]);
        assert_eq!(sheet.levels, [0, 1, 0, 2]);
    }

    #[test]
    fn a_time_is_ranked_by_the_hour_too() {
        // Days 0, 2, 1 at 02:00, 01:00, 03:00.
        let wall = [7_200, 2 * 86_400 + 3_600, 86_400 + 10_800];
        let sheet = Sheet::new(&[Column::Time { wall: &wall, per_second: 1 }], &[0, 1, 2]);
        assert_eq!(sheet.ranks, [-64, 64, 0, 0, -64, 64]);
    }
}
