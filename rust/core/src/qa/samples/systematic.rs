//! Every k-th row of a chosen order, from a random start: the systematic and the stratified design.

use super::recordings::{Column, Margin};
use crate::rng::Stream;

/// All of `sorted`, the sample first, then further samples of the same size from what is left.
///
/// Row p of N is taken when the fractional interval N / n steps past it: for n of the N starts, so
/// with probability exactly n / N. Of any run of L successive rows n L / N are taken, rounded down or up.
pub(super) fn order(mut sorted: Vec<u32>, n: usize, stream: &mut Stream) -> Vec<u32> {
    let mut drawn = Vec::with_capacity(sorted.len());
    while n > 0 && sorted.len() > n {
        let total = sorted.len() as u64;
        let start = stream.below(total);
        let steps = |p: usize| (p as u64 * n as u64 + start) / total;
        let mut at = 0;
        let before = drawn.len();
        sorted.retain(|&row| {
            let taken = steps(at + 1) > steps(at);
            at += 1;
            if taken {
                drawn.push(row);
            }
            !taken
        });
        drawn[before..].sort_unstable();
    }
    sorted.sort_unstable();
    drawn.extend(sorted);
    drawn
}

/// Positions of `rows` ordered by their cells, at random inside a cell: the cells of the stratified design.
///
/// A cell is a level of each category, each number's band, each time's three hours and weekday.
pub(super) fn by_cell(columns: &[Column<'_>], rows: &[u32]) -> Vec<u32> {
    let margins: Vec<_> = columns
        .iter()
        .flat_map(|column| column.margins().iter().map(move |&margin| (column, margin)))
        .filter(|&(_, margin)| margin != Margin::Week)
        .collect();
    let cells = table(rows, margins.len(), |row, k| margins[k].0.level(margins[k].1, row));
    let mut sorted: Vec<u32> = (0..rows.len() as u32).collect();
    // Stable: ascending positions, which are a random order, are kept inside a cell.
    sorted.sort_by_key(|&i| &cells[i as usize * margins.len()..][..margins.len()]);
    sorted
}

/// Positions of `rows` in serpentine order: by the levels of all columns but the last, each turning back
/// where the one before moves on, and then by the last column's own order.
pub(super) fn serpentine(columns: &[Column<'_>], rows: &[u32]) -> Vec<u32> {
    let keys = table(rows, columns.len(), |row, k| {
        let column = &columns[k];
        if k + 1 == columns.len() && column.is_ordered() {
            return column.order(row);
        }
        match column {
            // The local date: weeks hold seven of them.
            Column::Time { .. } => column
                .level(Margin::Week, row)
                .zip(column.level(Margin::Weekday, row))
                .map(|(week, day)| 7 * week + day),
            Column::Number { .. } => column.level(Margin::Band, row),
            Column::Category { .. } => column.level(Margin::Level, row),
        }
    });
    let mut sorted: Vec<u32> = (0..rows.len() as u32).collect();
    turn(&mut sorted, columns.len(), 0, false, &|i, k| keys[i as usize * columns.len() + k]);
    sorted
}

/// Sorts by key `k`, and every run of equal keys by the next one in alternating directions.
fn turn(
    rows: &mut [u32],
    keys: usize,
    k: usize,
    backwards: bool,
    key: &impl Fn(u32, usize) -> Option<i64>,
) {
    if k == keys {
        return;
    }
    rows.sort_by_key(|&i| key(i, k));
    if backwards {
        rows.reverse();
    }
    for (run, part) in rows.chunk_by_mut(|&a, &b| key(a, k) == key(b, k)).enumerate() {
        // Reversing turned the rows of a run round as well; ascending positions are the random order.
        part.sort_unstable();
        turn(part, keys, k + 1, run % 2 == 1, key);
    }
}

fn table(
    rows: &[u32],
    width: usize,
    cell: impl Fn(usize, usize) -> Option<i64>,
) -> Vec<Option<i64>> {
    let cell = &cell;
    rows.iter().flat_map(|&row| (0..width).map(move |k| cell(row as usize, k))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;

    #[test]
    fn every_start_gives_n_rows_and_every_row_n_starts() {
        for (total, n) in [(7_u32, 3_usize), (10, 5), (11, 1), (13, 12), (40, 7)] {
            let mut hits = vec![0; total as usize];
            for seed in 0..4_000 {
                let drawn = order((0..total).collect(), n, &mut Key::new(seed).stream());
                assert_eq!(drawn.len(), total as usize);
                drawn[..n].iter().for_each(|&row| hits[row as usize] += 1);
            }
            let p = n as f64 / f64::from(total);
            let error = (4_000.0 * p * (1.0 - p)).sqrt();
            // Five standard errors, 81 rows in all: a false alarm in 20,000 runs.
            assert!(hits.iter().all(|&h| (f64::from(h) - 4_000.0 * p).abs() < 5.0 * error));
        }
    }

    #[test]
    fn runs_turn_back() {
        let first = [0, 0, 0, 1, 1, 1];
        let second = [0.0, 2.0, 1.0, 0.0, 2.0, 1.0];
        let columns = [
            Column::Category { codes: &first, names: &[] },
            Column::Number { values: &second, cuts: &[60.0] },
        ];
        assert_eq!(serpentine(&columns, &[0, 1, 2, 3, 4, 5]), [0, 2, 1, 4, 5, 3]);
    }
}
