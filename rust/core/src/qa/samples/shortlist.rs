//! What a draw is made from: of each group the rows first in its order of chance, found by one look at
//! every row, and the frame's digest, which the same look gives.

use std::ops::Range;

use super::recordings::Recordings;

use crate::error::{Error, Result};
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};
use crate::qa::{ROWS_PER_TURN, over_rows};
use crate::rng::{Key, fold};
use crate::threads::{Run, in_turns};

/// How far above the share that is looked for the threshold of a group's places lies, in standard
/// deviations of the number below it: once in 10^9 groups too few are found and it is looked through again.
const SLACK: f64 = 6.0;
/// Rows that are looked at side by side.
const BLOCK: usize = 256;

/// Of each group at least the rows first in its order of chance, group by group.
#[derive(Debug)]
pub(super) struct Shortlist {
    /// Where each group starts, and the last one ends.
    pub(super) starts: Vec<usize>,
    /// Rows of the frame.
    pub(super) rows: Vec<u32>,
    /// The frame's digest.
    pub(super) digest: [u64; 2],
}

/// How many eligible rows each group has.
///
/// # Errors
/// [`Error::Usage`] where a row is of no group, and [`Error::Interrupted`] where the caller asked to stop.
pub(super) fn sizes(recordings: &Recordings<'_>, run: &Run<'_>) -> Result<Vec<u32>> {
    let rows = recordings.groups.len();
    let groups = recordings.names.len();
    // Counts of a turn cost as much as there are groups: few turns for many groups.
    let turns = rows.div_ceil(ROWS_PER_TURN.max(8 * groups));
    let parts = in_turns(turns, run, |turn, _| {
        let mut counts = vec![0_u32; groups];
        let mut known = true;
        let mut add = |group: i32, count: u32| match counts.get_mut(group as usize) {
            Some(sum) => *sum += count,
            None => known = false,
        };
        let range = rows * turn / turns..rows * (turn + 1) / turns;
        match recordings.eligible {
            None => recordings.groups[range].iter().for_each(|&group| add(group, 1)),
            Some(eligible) => recordings.groups[range.clone()]
                .iter()
                .zip(&eligible[range])
                .for_each(|(&group, &eligible)| add(group, eligible.into())),
        }
        if known {
            Ok(counts)
        } else {
            Err(Error::Usage("every row must be of a group".to_owned()))
        }
    })?;
    let mut sizes = vec![0; groups];
    for part in parts {
        sizes.iter_mut().zip(part).for_each(|(size, count)| *size += count);
    }
    Ok(sizes)
}

impl Shortlist {
    /// At least the `keep` rows first in the order of chance of each group, whose keys are `orders`.
    ///
    /// Places are evenly spread over the 64-bit words, so that a threshold leaves a few more than are
    /// needed and most rows are passed over at the cost of a hash.
    ///
    /// # Errors
    /// [`Error::Interrupted`] where the caller asked to stop.
    pub(super) fn new(
        recordings: &Recordings<'_>,
        orders: &[Key],
        sizes: &[u32],
        keep: &[usize],
        run: &Run<'_>,
    ) -> Result<Self> {
        Self::with_slack(recordings, orders, sizes, keep, SLACK, run)
    }

    pub(super) fn with_slack(
        recordings: &Recordings<'_>,
        orders: &[Key],
        sizes: &[u32],
        keep: &[usize],
        slack: f64,
        run: &Run<'_>,
    ) -> Result<Self> {
        let groups = recordings.names.len();
        let group_of = |row: u32| recordings.groups[row as usize] as usize;
        let mut sought: Vec<Sought> = (0..groups)
            .map(|group| {
                let share = (keep[group] as f64 + slack * (keep[group] as f64).sqrt())
                    / f64::from(sizes[group]);
                let threshold = match keep[group] {
                    0 => 0,
                    _ if share > 0.5 => u64::MAX,
                    // Beyond 2^64 the cast stays at the largest word.
                    _ => (share * 2_f64.powi(64)) as u64,
                };
                Sought { order: orders[group], threshold, name: recordings.names[group] }
            })
            .collect();
        let (mut hits, digest) = look(recordings, &sought, run)?;
        let mut counts = vec![0_usize; groups];
        hits.iter().flatten().for_each(|&row| counts[group_of(row)] += 1);
        let missed: Vec<bool> =
            (0..groups).map(|g| counts[g] < keep[g].min(sizes[g] as usize)).collect();
        if missed.contains(&true) {
            for (sought, &missed) in sought.iter_mut().zip(&missed) {
                sought.threshold = if missed { u64::MAX } else { 0 };
            }
            for part in &mut hits {
                part.retain(|&row| !missed[group_of(row)]);
            }
            hits.extend(look(recordings, &sought, run)?.0);
            counts.fill(0);
            hits.iter().flatten().for_each(|&row| counts[group_of(row)] += 1);
        }
        let mut starts = vec![0; groups + 1];
        for group in 0..groups {
            starts[group + 1] = starts[group] + counts[group];
        }
        let mut rows = vec![0; starts[groups]];
        let mut next = starts.clone();
        for part in hits {
            for row in part {
                let slot = &mut next[group_of(row)];
                rows[*slot] = row;
                *slot += 1;
            }
        }
        Ok(Self { starts, rows, digest })
    }

    /// The rows kept of a group.
    pub(super) fn of(&self, group: usize) -> &[u32] {
        &self.rows[self.starts[group]..self.starts[group + 1]]
    }
}

/// Which rows of a group are looked for.
#[derive(Debug, Clone, Copy)]
struct Sought {
    order: Key,
    /// The last place in the order that is a hit; 0 is for none.
    threshold: u64,
    name: u64,
}

/// Eligible rows whose place in their group's order is not above the group's threshold, turn by turn.
fn look(
    recordings: &Recordings<'_>,
    sought: &[Sought],
    run: &Run<'_>,
) -> Result<(Vec<Vec<u32>>, [u64; 2])> {
    let parts = over_rows(recordings.groups.len(), run, |rows| {
        InstructionSet::in_use().run(RowScan { recordings, sought, rows })
    })?;
    let mut sums = [0_u64; 2];
    let hits = parts.into_iter().map(|(hits, part)| {
        sums = [0, 1].map(|at| sums[at].wrapping_add(part[at]));
        hits
    });
    Ok((hits.collect(), sums))
}

/// A look at some rows, to be compiled for each instruction set.
struct RowScan<'a> {
    recordings: &'a Recordings<'a>,
    sought: &'a [Sought],
    rows: Range<usize>,
}

impl LaneKernel for RowScan<'_> {
    type Output = (Vec<u32>, [u64; 2]);

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) -> Self::Output {
        let Self { recordings, sought, rows } = self;
        let mut hits = Vec::new();
        let mut sums = [0_u64; 2];
        let mut ids = [0_u64; BLOCK];
        let mut orders = [Key::new(0); BLOCK];
        let mut thresholds = [0_u64; BLOCK];
        let mut states = [0_u64; BLOCK];
        let mut bits = [0_u64; BLOCK];
        let mut hit = [0_u8; BLOCK];
        for from in rows.clone().step_by(BLOCK) {
            let size = BLOCK.min(rows.end - from);
            let groups = &recordings.groups[from..][..size];
            recordings.ids.hashes(from, &mut ids[..size]);
            for (lane, &group) in groups.iter().enumerate() {
                let Sought { order, threshold, name } = sought[group as usize];
                (orders[lane], thresholds[lane], states[lane]) = (order, threshold, name);
            }
            for lane in 0..BLOCK {
                let (id, threshold) = (ids[lane], thresholds[lane]);
                hit[lane] = u8::from((threshold != 0) & (orders[lane].place(id) <= threshold));
                states[lane] = fold(id, states[lane]);
            }
            for column in &recordings.columns {
                column.bits(from, &mut bits[..size]);
                for lane in 0..BLOCK {
                    states[lane] = fold(states[lane], bits[lane]);
                }
            }
            if let Some(eligible) = recordings.eligible {
                for (lane, &eligible) in eligible[from..][..size].iter().enumerate() {
                    hit[lane] &= u8::from(eligible);
                    states[lane] = if eligible { states[lane] } else { fold(states[lane], 0) };
                }
            }
            for &state in &states[..size] {
                sums[0] = sums[0].wrapping_add(state);
                // Another function of the same hash, and no linear one.
                let square = u128::from(state) * u128::from(state);
                sums[1] = sums[1].wrapping_add((square >> 64) as u64);
            }
            hit[size..].fill(0);
            for (eight, first) in hit.chunks_exact(8).zip((from as u32..).step_by(8)) {
                // Mostly none of eight is one.
                if eight.iter().any(|&hit| hit > 0) {
                    let rows = eight.iter().zip(first..).filter(|&(&hit, _)| hit > 0);
                    hits.extend(rows.map(|(_, row)| row));
                }
            }
        }
        (hits, sums)
    }
}
