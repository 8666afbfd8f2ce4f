//! One group's rows as small tables: the level of each row in each margin, and its rank in each order.

use std::collections::HashMap;

use super::recordings::Column;

/// Fixed point: the weight of an indicator with variance v is `SCALE` / v.
const SCALE: u128 = 1 << 20;
/// Ranks run from -`REACH` to `REACH`, so that their variance is `REACH`² / 3.
const REACH: i64 = 1 << 10;
/// The weight of a rank on the same scale: `SCALE` / (`REACH`² / 3).
pub(super) const RANK_WEIGHT: i64 = 3;
/// Codes within this span are numbered by a table, others by a hash map.
const TABLE_SPAN: i64 = 1 << 12;

/// The rows of a group in an order of their own: row `i` here is `rows[i]` of the frame.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// How many margins a row has a level in.
    pub(super) margins: usize,
    /// Row by row, the level in each margin, numbered through all margins.
    pub(super) levels: Vec<u32>,
    /// One over the variance of each level's indicator, in fixed point.
    pub(super) weights: Vec<i64>,
    /// How many orders a row has a rank in.
    pub(super) orders: usize,
    /// Row by row, the centred rank in each order; 0 where the value is missing.
    pub(super) ranks: Vec<i32>,
}

impl Sheet {
    /// The sheet of `rows`. Margins and orders in which all rows are alike are left out.
    pub(super) fn new(columns: &[Column<'_>], rows: &[u32]) -> Self {
        let mut sheet = Self::default();
        let mut margins = Vec::new();
        let mut orders = Vec::new();
        for column in columns {
            for &margin in column.margins() {
                let codes: Vec<_> =
                    rows.iter().map(|&row| column.level(margin, row as usize)).collect();
                if let Some(levels) = sheet.number(&codes) {
                    margins.push(levels);
                }
            }
            if column.is_ordered() {
                let values: Vec<_> = rows.iter().map(|&row| column.order(row as usize)).collect();
                orders.extend(centred_ranks(&values));
            }
        }
        sheet.margins = margins.len();
        sheet.orders = orders.len();
        sheet.levels = row_by_row(&margins, rows.len());
        sheet.ranks = row_by_row(&orders, rows.len());
        sheet
    }

    /// Numbers the levels of a margin after those already numbered; None where there is but one.
    fn number(&mut self, codes: &[Option<i64>]) -> Option<Vec<u32>> {
        let first = self.weights.len();
        let mut counts: Vec<u64> = Vec::new();
        let known = || codes.iter().flatten().copied();
        let low = known().min().unwrap_or(0);
        let span = known().max().unwrap_or(0).checked_sub(low);
        let mut table = vec![u32::MAX; span.map_or(0, |s| s.min(TABLE_SPAN) as usize) + 2];
        let mut map: HashMap<i64, u32> = HashMap::new();
        let in_table = span.is_some_and(|s| s <= TABLE_SPAN);
        let mut levels = Vec::with_capacity(codes.len());
        for code in codes {
            let slot = match *code {
                None => &mut table[0],
                Some(code) if in_table => &mut table[(code - low) as usize + 1],
                Some(code) => map.entry(code).or_insert(u32::MAX),
            };
            if *slot == u32::MAX {
                *slot = counts.len() as u32;
                counts.push(0);
            }
            counts[*slot as usize] += 1;
            levels.push(first as u32 + *slot);
        }
        if counts.len() < 2 {
            return None;
        }
        let total = codes.len() as u128;
        self.weights.extend(counts.iter().map(|&count| {
            let count = u128::from(count);
            (SCALE * total * total / (count * (total - count))) as i64
        }));
        Some(levels)
    }

    /// The levels of row `i`.
    pub(super) fn levels_of(&self, i: u32) -> &[u32] {
        &self.levels[i as usize * self.margins..][..self.margins]
    }

    /// The ranks of row `i`.
    pub(super) fn ranks_of(&self, i: u32) -> &[i32] {
        &self.ranks[i as usize * self.orders..][..self.orders]
    }
}

/// Mid-ranks of the values that are there, from -`REACH` to `REACH`; None where they are all alike.
fn centred_ranks(values: &[Option<i64>]) -> Option<Vec<i32>> {
    let mut sorted: Vec<(i64, u32)> =
        values.iter().zip(0..).filter_map(|(value, i)| value.map(|value| (value, i))).collect();
    sorted.sort_unstable();
    let known = sorted.len().cast_signed() as i64;
    if known == 0 || sorted[0].0 == sorted[sorted.len() - 1].0 {
        return None;
    }
    let mut ranks = vec![0; values.len()];
    let mut before = 0;
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let size = tied.len().cast_signed() as i64;
        // Twice the mid-rank, less twice the middle of all ranks.
        let centred = 2 * before + size - known;
        for &(_, i) in tied {
            ranks[i as usize] = (centred * REACH).div_euclid(known) as i32;
        }
        before += size;
    }
    Some(ranks)
}

fn row_by_row<T: Copy>(columns: &[Vec<T>], rows: usize) -> Vec<T> {
    (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_centred_and_tied_values_share_one() {
        let ranks = centred_ranks(&[Some(9), Some(-4), None, Some(9), Some(20)]).unwrap();
        assert_eq!(ranks, [0, -768, 0, 0, 768]);
        assert_eq!(centred_ranks(&[Some(3), None, Some(3)]), None);
        assert_eq!(centred_ranks(&[None, None]), None);
    }

    #[test]
    fn weights_are_one_over_the_variance() {
        let codes = [0, 0, 0, 1, i64::MAX, -1, 0, 0];
        let sheet =
            Sheet::new(&[Column::Category { codes: &codes, names: &[] }], &[0, 1, 2, 3, 5, 6, 7]);
        assert_eq!(sheet.margins, 1);
        assert_eq!(sheet.levels, [0, 0, 0, 1, 2, 0, 0]);
        let seven = SCALE as i64 * 49;
        assert_eq!(sheet.weights, [seven / (5 * 2), seven / 6, seven / 6]);
    }

    #[test]
    fn codes_far_apart_are_levels_all_the_same() {
        let codes = [i64::MAX, 0, i64::MAX, 1 << 40];
        let sheet = Sheet::new(&[Column::Category { codes: &codes, names: &[] }], &[0, 1, 2, 3]);
        assert_eq!(sheet.levels, [0, 1, 0, 2]);
    }
}
