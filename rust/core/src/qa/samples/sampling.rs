//! Drawing recordings group by group: what a group draws depends on the seed, its name and its own rows.

use super::bounds::{self, Bound, Conflict, Selection};
use super::cube;
use super::partition;
use super::recordings::{Column, Recordings};
use super::sheet::Sheet;
use super::shortlist::{Shortlist, sizes};
use super::systematic;
use crate::choices::choices;
use crate::error::{Error, Result};
use crate::qa::ROWS_PER_TURN;
use crate::rng::Key;
use crate::threads::{Run, in_turns};

choices! {
    /// How the rows of a group are chosen.
    pub enum Design called "design" {
        /// One group of a balanced partition.
        Balanced = "balanced",
        /// The rows with the smallest keyed hashes.
        Simple = "simple",
        /// Proportional to the joint cells of the balanced columns.
        Stratified = "stratified",
        /// Every k-th row in the order of the balanced columns.
        Systematic = "systematic",
        /// The cube method, with the plan's inclusion probabilities.
        Cube = "cube",
    }
}

/// What is to be drawn.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// The hash of the seed.
    pub seed: u64,
    /// How.
    pub design: Design,
    /// How many rows of each group.
    pub quotas: &'a [i64],
    /// How many more rows of each group as reserves.
    pub reserve: usize,
    /// How many eligible rows each group has in all, where `Recordings` are but those of a partial draw.
    pub sizes_of_groups: Option<&'a [i64]>,
    /// What each row's inclusion probability is proportional to, for the cube; None for all alike.
    pub sizes: Option<&'a [f64]>,
    /// What must hold in every group's sample.
    pub bounds: Vec<Bound<'a>>,
}

/// The rows drawn, in group and draw order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawn {
    /// The row of the frame.
    pub rows: Vec<i64>,
    /// The place in the group's draw, from 1 on; reserves follow.
    pub draw: Vec<i64>,
    /// Whether the row is a reserve.
    pub reserve: Vec<bool>,
    /// The probability that the row is in the sample; NaN for reserves, and where bounds make it unknown.
    pub probability: Vec<f64>,
    /// How many eligible rows each group has.
    pub sizes: Vec<i64>,
    /// Groups of which nothing is drawn because their bounds exclude one another.
    pub conflicts: Vec<Conflict>,
    /// A fingerprint of everything that decides a draw, the same for any order of the rows: those of
    /// two parts of a frame add up to that of the whole.
    ///
    /// Two sums of hashes a row: tells whether two frames are the same, but is no safeguard against
    /// somebody who makes up rows until the sums agree.
    pub digest: [u64; 2],
}

/// The rows of a part of a frame that can come into a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates {
    /// The rows, ascending.
    pub rows: Vec<i64>,
    /// How many eligible rows each group has here.
    pub sizes: Vec<i64>,
    /// As that of [`Drawn`].
    pub digest: [u64; 2],
}

/// Purposes a group's key is narrowed to.
const ORDER: u64 = 1;
const CHOICE: u64 = 2;

/// Draws the plan's sample.
///
/// # Errors
/// [`Error::Usage`] where columns differ in length or groups lack a quota or name, and
/// [`Error::Interrupted`] where the caller asked to stop.
pub fn draw(recordings: &Recordings<'_>, plan: &Plan<'_>, run: &Run<'_>) -> Result<Drawn> {
    check(recordings, plan)?;
    let sizes = sizes(recordings, run)?;
    let keep: Vec<usize> = (0..sizes.len()).map(|g| plan.keep(recordings, g, sizes[g])).collect();
    let orders = plan.orders(recordings);
    let list = Shortlist::new(recordings, &orders, &sizes, &keep, run)?;
    let starts = &list.starts;
    let groups = recordings.names.len();
    let turns = list.rows.len() / ROWS_PER_TURN + 1;
    let parts = in_turns(turns, run, |turn, watch| {
        // Turns are cut by rows: a group belongs to the turn in which its first row lies.
        let first = starts[..groups].partition_point(|&s| s < turn * ROWS_PER_TURN);
        let last = if turn + 1 == turns {
            groups
        } else {
            starts[..groups].partition_point(|&s| s < (turn + 1) * ROWS_PER_TURN)
        };
        let mut part = Drawn::default();
        for group in first..last {
            watch.check()?;
            draw_group(
                recordings,
                plan,
                group,
                sizes[group],
                list.of(group),
                keep[group],
                &mut part,
            );
        }
        Ok(part)
    })?;
    let mut drawn = Drawn { sizes: counts(&sizes), digest: list.digest, ..Drawn::default() };
    for part in parts {
        drawn.rows.extend(part.rows);
        drawn.draw.extend(part.draw);
        drawn.reserve.extend(part.reserve);
        drawn.probability.extend(part.probability);
        drawn.conflicts.extend(part.conflicts);
    }
    Ok(drawn)
}

/// The rows that can come into the plan's sample, whatever other rows the groups may have elsewhere.
///
/// Partial draws: what is kept of each part of a frame, put together, draws what the whole does. With
/// `limits` no row is kept whose place in the order of its group is beyond the group's: who knows how
/// many rows the whole has can name limits below which there are hardly ever too few.
///
/// # Errors
/// As [`draw`].
pub fn candidates(
    recordings: &Recordings<'_>,
    plan: &Plan<'_>,
    limits: Option<&[u64]>,
    run: &Run<'_>,
) -> Result<Candidates> {
    check(recordings, plan)?;
    if limits.is_some_and(|limits| limits.len() != recordings.names.len()) {
        return Err(Error::Usage("limits must be one a group".to_owned()));
    }
    let sizes = sizes(recordings, run)?;
    let keep: Vec<usize> = (0..sizes.len()).map(|g| plan.keep(recordings, g, u32::MAX)).collect();
    let orders = plan.orders(recordings);
    let list = Shortlist::new(recordings, &orders, &sizes, &keep, run)?;
    let mut rows = Vec::new();
    for (group, order) in orders.iter().enumerate() {
        let random = |row| order.place(recordings.ids.hash(row as usize));
        let kept = smallest(list.of(group), keep[group], random);
        let limit = limits.map_or(u64::MAX, |limits| limits[group]);
        rows.extend(kept.iter().filter(|&&row| random(row) <= limit).map(|&row| i64::from(row)));
    }
    rows.sort_unstable();
    Ok(Candidates { rows, sizes: counts(&sizes), digest: list.digest })
}

fn counts(sizes: &[u32]) -> Vec<i64> {
    sizes.iter().map(|&size| i64::from(size)).collect()
}

impl Plan<'_> {
    /// The key of each group's order of chance.
    fn orders(&self, recordings: &Recordings<'_>) -> Vec<Key> {
        let seed = Key::new(self.seed);
        recordings.names.iter().map(|&name| seed.narrowed(name).narrowed(ORDER)).collect()
    }

    /// How many rows of a group of `size`, the first in its order of chance, its draw is made from.
    fn keep(&self, recordings: &Recordings<'_>, group: usize, size: u32) -> usize {
        let all = size as usize;
        let n = usize::try_from(self.quotas[group]).unwrap_or(usize::MAX).min(all);
        let wanted = n.saturating_add(self.reserve).min(all);
        match self.design {
            _ if wanted == 0 => 0,
            _ if !self.bounds.is_empty() => all,
            Design::Simple => wanted,
            Design::Balanced if !one_category(&recordings.columns) => {
                wanted.max(n.saturating_mul(partition::GROUPS)).min(all)
            }
            _ => all,
        }
    }
}

fn check(recordings: &Recordings<'_>, plan: &Plan<'_>) -> Result<()> {
    let rows = recordings.groups.len();
    let groups = recordings.names.len();
    let all = recordings.ids.len() == rows
        && recordings.eligible.is_none_or(|eligible| eligible.len() == rows)
        && recordings.columns.iter().all(|column| column.len() == rows)
        && plan.quotas.len() == groups
        && plan.sizes.is_none_or(|sizes| sizes.len() == rows)
        && plan.bounds.iter().all(|bound| fits(bound, rows))
        && u32::try_from(rows).is_ok()
        && plan.sizes_of_groups.is_none_or(|sizes| sizes.len() == groups);
    if all {
        Ok(())
    } else {
        Err(Error::Usage(
            "columns must have one value a row, names and quotas one a group, and there may be at most 2^32 - 1 rows"
                .to_owned(),
        ))
    }
}

fn fits(bound: &Bound<'_>, rows: usize) -> bool {
    let levels = bound.least.len().cast_signed() as i64;
    bound.levels.len() == rows
        && bound.most.len() == bound.least.len()
        && bound.levels.iter().all(|&level| level < levels)
}

fn draw_group(
    recordings: &Recordings<'_>,
    plan: &Plan<'_>,
    group: usize,
    size: u32,
    rows: &[u32],
    keep: usize,
    into: &mut Drawn,
) {
    let size = plan
        .sizes_of_groups
        .map_or(size as usize, |sizes| usize::try_from(sizes[group]).unwrap_or(0));
    let n = usize::try_from(plan.quotas[group]).unwrap_or(0).min(size);
    if keep == 0 {
        return;
    }
    let key = Key::new(plan.seed).narrowed(recordings.names[group]);
    let equal = n as f64 / size as f64;
    let order = key.narrowed(ORDER);
    let rows = smallest(rows, keep, |row| order.place(recordings.ids.hash(row as usize)));
    let sizes = plan.sizes.map(|sizes| rows.iter().map(|&row| sizes[row as usize]).collect());
    let own: Option<Vec<f64>> = sizes.map(|sizes: Vec<f64>| cube::probabilities(&sizes, n));
    let key = key.narrowed(CHOICE);
    let order = arrange(&recordings.columns, plan.design, &rows, n, own.as_deref(), key);
    let (order, n, known) = match bounds::apply(&plan.bounds, &rows, &order, n) {
        Selection::Idle => (order, n, true),
        Selection::Bounded(order, n) => (order, n, false),
        Selection::Excluded(bound, level) => {
            let group = group.cast_signed() as i64;
            into.conflicts.push(Conflict { group, bound, level });
            return;
        }
    };
    for (index, &i) in order.iter().take(n + plan.reserve).enumerate() {
        let reserve = index >= n;
        into.rows.push(i64::from(rows[i as usize]));
        into.draw.push(index.cast_signed() as i64 + 1);
        into.reserve.push(reserve);
        into.probability.push(match &own {
            _ if reserve || !known => f64::NAN,
            Some(own) => own[i as usize],
            None => equal,
        });
    }
}

/// The `keep` rows whose `place` is smallest, in that order.
fn smallest(rows: &[u32], keep: usize, random: impl Fn(u32) -> u64) -> Vec<u32> {
    // A place's first bits and the row's position share a word, which sorts several times faster
    // than a pair.
    let bits = usize::BITS - rows.len().leading_zeros();
    let low = (1 << bits) - 1;
    let mut words: Vec<u64> =
        rows.iter().zip(0..).map(|(&row, i)| random(row) & !low | i).collect();
    words.sort_unstable();
    if words.windows(2).any(|pair| pair[0] >> bits == pair[1] >> bits) {
        // Seldom: the last bits tell who is first.
        let mut placed: Vec<(u64, u32)> = rows.iter().map(|&row| (random(row), row)).collect();
        placed.sort_unstable();
        return placed.into_iter().take(keep).map(|(_, row)| row).collect();
    }
    words.iter().take(keep).map(|word| rows[(word & low) as usize]).collect()
}

/// With a category alone, systematic drawing through its levels meets every share exactly.
fn one_category(columns: &[Column<'_>]) -> bool {
    matches!(columns, [Column::Category { .. }])
}

/// Positions of `rows`, which come in random order: the sample of `n` first, then its reserves.
fn arrange(
    columns: &[Column<'_>],
    design: Design,
    rows: &[u32],
    n: usize,
    probabilities: Option<&[f64]>,
    key: Key,
) -> Vec<u32> {
    let mut stream = key.stream();
    match design {
        Design::Simple => (0..rows.len() as u32).collect(),
        Design::Balanced if !one_category(columns) => {
            // Rows beyond the partition are reserves at most, and must not change its weights.
            let core = rows.len().min(n.saturating_mul(partition::GROUPS));
            let sheet = Sheet::new(columns, &rows[..core]);
            let mut order = partition::order(&sheet, (0..core as u32).collect(), n, &mut stream);
            order.extend(core as u32..rows.len() as u32);
            order
        }
        Design::Balanced | Design::Stratified => {
            systematic::order(systematic::by_cell(columns, rows), n, &mut stream)
        }
        Design::Cube => {
            let equal = vec![n as f64 / rows.len() as f64; rows.len()];
            cube::order(&Sheet::new(columns, rows), probabilities.unwrap_or(&equal), &mut stream)
        }
        Design::Systematic => {
            systematic::order(systematic::serpentine(columns, rows), n, &mut stream)
        }
    }
}

#[cfg(test)]
mod tests;
