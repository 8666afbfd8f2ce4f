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
        let mut sorted = Vec::with_capacity(rows.len());
        for column in columns {
            match *column {
                Column::Category { codes, .. } => {
                    let code = |&row: &u32| match codes[row as usize] {
                        ..0 => MISSING,
                        code => code.into(),
                    };
                    sheet.add_margin(rows.iter().map(code).collect());
                }
                Column::Number { values, cuts } => {
                    let code = |&row: &u32| band(values[row as usize], cuts).unwrap_or(MISSING);
                    sheet.add_margin(rows.iter().map(code).collect());
                    let values = rows.iter().map(|&row| column.order(row as usize));
                    sheet.add_order(values, &mut sorted);
                }
                Column::Time { wall, per_second } => {
                    let times: Vec<Option<i64>> =
                        rows.iter().map(|&row| seconds(wall[row as usize], per_second)).collect();
                    for margin in [Margin::ThreeHours, Margin::Weekday, Margin::Week] {
                        let code = |time: &Option<i64>| time.map_or(MISSING, |t| margin.of_time(t));
                        sheet.add_margin(times.iter().map(code).collect());
                    }
                    sheet
                        .add_order(rows.iter().map(|&row| column.order(row as usize)), &mut sorted);
                    let of_day = |time: &Option<i64>| time.map(|t| t.rem_euclid(DAY));
                    sheet.add_order(times.iter().map(of_day), &mut sorted);
                }
            }
        }
        sheet
    }

    /// Numbers the levels of a margin after those already numbered.
    fn add_margin(&mut self, codes: Vec<i64>) {
        let first = self.weights.len() as u32;
        let known = || codes.iter().copied().filter(|&code| code != MISSING);
        let low = known().min().unwrap_or(0);
        let span = known().max().unwrap_or(0).checked_sub(low).filter(|&span| span <= TABLE_SPAN);
        let mut counts: Vec<u32> = Vec::new();
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
            let mut table = vec![u32::MAX; span as usize + 2];
            self.levels.extend(codes.iter().map(|&code| {
                number(&mut table[if code == MISSING { 0 } else { (code - low) as usize + 1 }])
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
        let total = codes.len() as u128;
        self.weights.extend(counts.iter().map(|&count| {
            let count = u128::from(count);
            (UNIT as u128 * total * total / (count * (total - count))) as i64
        }));
    }

    /// Adds the mid-ranks of the values that are there, unless they are all alike.
    fn add_order(
        &mut self,
        values: impl Iterator<Item = Option<i64>>,
        sorted: &mut Vec<(i64, u32)>,
    ) {
        sorted.clear();
        sorted.extend(values.zip(0..).filter_map(|(value, i)| value.map(|value| (value, i))));
        sorted.sort_unstable();
        let known = sorted.len().cast_signed() as i64;
        if known == 0 || sorted[0].0 == sorted[sorted.len() - 1].0 {
            return;
        }
        let start = self.ranks.len();
        self.ranks.resize(start + self.rows, 0);
        self.orders += 1;
        let mut before = 0;
        for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
            let size = tied.len().cast_signed() as i64;
            // Twice the mid-rank, less twice the middle of all ranks.
            let centred = 2 * before + size - known;
            for &(_, i) in tied {
                self.ranks[start + i as usize] = (centred * REACH).div_euclid(known) as i32;
            }
            before += size;
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
        sheet.add_order([Some(9), Some(-4), None, Some(9), Some(20)].into_iter(), &mut Vec::new());
        assert_eq!(sheet.ranks, [0, -72, 0, 0, 72]);
        sheet.add_order([Some(3), None, Some(3)].into_iter(), &mut Vec::new());
        sheet.add_order([None, None].into_iter(), &mut Vec::new());
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
