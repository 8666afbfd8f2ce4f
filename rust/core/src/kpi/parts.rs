//! Disjoint ranges of rows and of groups, as many as are worth threads.

use std::ops::Range;

use crate::threads::Run;

/// Below this many rows a second thread costs more than it saves.
const ROWS_PER_THREAD: usize = 50_000;

/// Rows that are looked at for each range that groups are cut into: the ranges' sizes then differ by
/// some hundredths, which is what threads wait for one another.
const SAMPLED: usize = 1 << 12;

/// How many threads so many rows are worth.
pub(super) fn threads(rows: usize, run: &Run<'_>) -> usize {
    run.threads_for(rows / ROWS_PER_THREAD)
}

/// At most `count` ranges that cover all groups, of about equally many rows; `offsets` say where the
/// rows of each group begin.
pub(super) fn ranges(offsets: &[usize], count: usize) -> Vec<Range<usize>> {
    let groups = offsets.len() - 1;
    let rows = offsets[groups];
    let mut ranges = Vec::with_capacity(count);
    let mut begin = 0;
    for part in 1..=count {
        let end = if part == count {
            groups
        } else {
            offsets.partition_point(|&before| before * count < rows * part).clamp(begin, groups)
        };
        if end > begin {
            ranges.push(begin..end);
            begin = end;
        }
    }
    ranges
}

/// Rows in parts of equal size, as many as they are worth threads.
pub(super) fn row_ranges(rows: usize, run: &Run<'_>) -> Vec<Range<usize>> {
    let threads = threads(rows, run);
    (0..threads).map(|part| rows * part / threads..rows * (part + 1) / threads).collect()
}

/// The same as [`ranges`] for rows in any order, by a sample of them: the groups in the middle of equally many of
/// the sampled rows part the ranges.
pub(super) fn even_ranges(group: &[i32], groups: usize, count: usize) -> Vec<Range<usize>> {
    let apart = (group.len() / (SAMPLED * count)).max(1);
    let mut sample: Vec<i32> = if count > 1 {
        group.iter().step_by(apart).copied().filter(|&g| g >= 0).collect()
    } else {
        Vec::new()
    };
    sample.sort_unstable();
    let mut ranges = Vec::with_capacity(count);
    let mut begin = 0;
    for part in 1..=count {
        let sampled = sample.get(sample.len() * part / count);
        let end = if part == count { groups } else { sampled.map_or(begin, |&g| g as usize) };
        if end > begin {
            ranges.push(begin..end);
            begin = end;
        }
    }
    ranges
}

/// Cuts a column over groups into the pieces of `ranges`, which follow one another from 0.
pub(super) fn cut<'a, T>(mut column: &'a mut [T], ranges: &[Range<usize>]) -> Vec<&'a mut [T]> {
    ranges
        .iter()
        .map(|range| {
            let (piece, rest) = std::mem::take(&mut column).split_at_mut(range.len());
            column = rest;
            piece
        })
        .collect()
}

/// Cuts columns of `rows` that lie one after the other in `block`, all into the pieces of `ranges`.
pub(super) fn cut_block<'a, T>(
    block: &'a mut [T],
    rows: usize,
    ranges: &[Range<usize>],
) -> Vec<Vec<&'a mut [T]>> {
    let mut pieces: Vec<_> = ranges.iter().map(|_| Vec::new()).collect();
    for column in block.chunks_exact_mut(rows.max(1)) {
        for (piece, part) in pieces.iter_mut().zip(cut(column, ranges)) {
            piece.push(part);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_all_groups_in_order() {
        let offsets = [0, 0, 10, 10, 40, 41, 80];
        for count in 1..9 {
            let ranges = ranges(&offsets, count);
            assert!(ranges.len() <= count);
            assert_eq!((ranges[0].start, ranges.last().unwrap().end), (0, 6));
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
        assert_eq!(ranges(&offsets, 2), [0..4, 4..6]);
        assert!(ranges(&[0], 3).is_empty());
    }
}
