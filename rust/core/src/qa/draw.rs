//! Drawing recordings group by group: what a group draws depends on the seed, its name and its own rows.

use std::str::FromStr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::bounds::{self, Bound, Conflict, Outcome};
use super::cube;
use super::partition;
use super::recordings::{Column, Recordings};
use super::sheet::Sheet;
use super::systematic;
use crate::error::{Error, Result};
use crate::grid::{Run, automatic_threads};
use crate::rng::Key;

/// How the rows of a group are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// One group of a balanced partition.
    Balanced,
    /// The rows with the smallest keyed hashes.
    Simple,
    /// Proportional to the joint cells of the balanced columns.
    Stratified,
    /// Every k-th row in the order of the balanced columns.
    Systematic,
    /// The cube method, with the plan's inclusion probabilities.
    Cube,
}

impl FromStr for Design {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "balanced" => Self::Balanced,
            "simple" => Self::Simple,
            "stratified" => Self::Stratified,
            "systematic" => Self::Systematic,
            "cube" => Self::Cube,
            _ => return Err(Error::Usage(format!("design must not be {name:?}"))),
        })
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
    /// Groups of which nothing is drawn because their bounds exclude one another.
    pub conflicts: Vec<Conflict>,
}

/// Purposes a group's key is narrowed to.
const ORDER: u64 = 1;
const CHOICE: u64 = 2;

/// A thread takes groups of about this many rows at a time; Ctrl-C is looked at as often.
const ROWS_PER_TURN: usize = 1 << 14;

/// Draws the plan's sample.
///
/// # Errors
/// [`Error::Usage`] where columns differ in length or groups lack a quota or name, and
/// [`Error::Interrupted`] where the caller asked to stop.
pub fn draw(recordings: &Recordings<'_>, plan: &Plan<'_>, run: &Run<'_>) -> Result<Drawn> {
    check(recordings, plan)?;
    let (starts, rows) = grouped(recordings);
    let groups = recordings.names.len();
    let turns = rows.len() / ROWS_PER_TURN + 1;
    let wanted = run.threads.unwrap_or_else(automatic_threads);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let parts = Mutex::new(Vec::new());
    let work = |asked: Option<&dyn Fn() -> bool>| {
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if turn >= turns || stop.load(Ordering::Relaxed) {
                return;
            }
            if asked.is_some_and(|interrupted| interrupted()) {
                stop.store(true, Ordering::Relaxed);
                return;
            }
            // Turns are cut by rows: a group belongs to the turn in which its first row lies.
            let first = starts[..groups].partition_point(|&s| s < turn * ROWS_PER_TURN);
            let last = if turn + 1 == turns {
                groups
            } else {
                starts[..groups].partition_point(|&s| s < (turn + 1) * ROWS_PER_TURN)
            };
            let mut part = Drawn::default();
            for group in first..last {
                let rows = &rows[starts[group]..starts[group + 1]];
                draw_group(recordings, plan, group, rows, &mut part);
            }
            parts.lock().unwrap_or_else(PoisonError::into_inner).push((turn, part));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..wanted.min(turns) {
            scope.spawn(|| work(None));
        }
        work(Some(run.interrupted));
    });
    if stop.into_inner() {
        return Err(Error::Interrupted);
    }
    let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    parts.sort_unstable_by_key(|&(turn, _)| turn);
    let mut drawn = Drawn::default();
    for (_, part) in parts {
        drawn.rows.extend(part.rows);
        drawn.draw.extend(part.draw);
        drawn.reserve.extend(part.reserve);
        drawn.probability.extend(part.probability);
        drawn.conflicts.extend(part.conflicts);
    }
    Ok(drawn)
}

fn check(recordings: &Recordings<'_>, plan: &Plan<'_>) -> Result<()> {
    let rows = recordings.groups.len();
    let groups = recordings.names.len();
    let all = recordings.ids.len() == rows
        && recordings.eligible.len() == rows
        && recordings.columns.iter().all(|column| column.len() == rows)
        && plan.quotas.len() == groups
        && plan.sizes.is_none_or(|sizes| sizes.len() == rows)
        && plan.bounds.iter().all(|bound| fits(bound, rows))
        && u32::try_from(rows).is_ok()
        && recordings.groups.iter().all(|&group| (0..groups.cast_signed() as i64).contains(&group));
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

/// Eligible rows, group by group, and where each group starts (and the last one ends).
fn grouped(recordings: &Recordings<'_>) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0; recordings.names.len() + 1];
    let eligible = || {
        recordings
            .groups
            .iter()
            .zip(recordings.eligible)
            .zip(0_u32..)
            .filter_map(|((&group, &eligible), row)| eligible.then_some((group as usize, row)))
    };
    for (group, _) in eligible() {
        starts[group + 1] += 1;
    }
    for group in 0..recordings.names.len() {
        starts[group + 1] += starts[group];
    }
    let mut rows = vec![0; *starts.last().unwrap_or(&0)];
    let mut next = starts.clone();
    for (group, row) in eligible() {
        rows[next[group]] = row;
        next[group] += 1;
    }
    (starts, rows)
}

fn draw_group(
    recordings: &Recordings<'_>,
    plan: &Plan<'_>,
    group: usize,
    rows: &[u32],
    into: &mut Drawn,
) {
    let n = usize::try_from(plan.quotas[group]).unwrap_or(0).min(rows.len());
    let wanted = (n + plan.reserve).min(rows.len());
    if wanted == 0 {
        return;
    }
    let key = Key::new(plan.seed).narrowed(recordings.names[group]);
    let keep = match plan.design {
        _ if !plan.bounds.is_empty() => rows.len(),
        Design::Simple => wanted,
        Design::Balanced if !one_category(&recordings.columns) => {
            wanted.max(n.saturating_mul(partition::GROUPS))
        }
        _ => rows.len(),
    };
    let equal = n as f64 / rows.len() as f64;
    let rows = smallest(rows, keep, |row| key.narrowed(ORDER).place(recordings.ids[row as usize]));
    let sizes = plan.sizes.map(|sizes| rows.iter().map(|&row| sizes[row as usize]).collect());
    let own: Option<Vec<f64>> = sizes.map(|sizes: Vec<f64>| cube::probabilities(&sizes, n));
    let key = key.narrowed(CHOICE);
    let order = arrange(&recordings.columns, plan.design, &rows, n, own.as_deref(), key);
    let (order, n, known) = match bounds::apply(&plan.bounds, &rows, &order, n) {
        Outcome::Idle => (order, n, true),
        Outcome::Bounded(order, n) => (order, n, false),
        Outcome::Excluded(bound, level) => {
            let group = group.cast_signed() as i64;
            into.conflicts.push(Conflict { group, bound, level });
            return;
        }
    };
    for (place, &i) in order.iter().take(n + plan.reserve).enumerate() {
        let reserve = place >= n;
        into.rows.push(i64::from(rows[i as usize]));
        into.draw.push(place.cast_signed() as i64 + 1);
        into.reserve.push(reserve);
        into.probability.push(match &own {
            _ if reserve || !known => f64::NAN,
            Some(own) => own[i as usize],
            None => equal,
        });
    }
}

/// The `keep` rows whose `place` is smallest, in that order.
fn smallest(rows: &[u32], keep: usize, place: impl Fn(u32) -> u64) -> Vec<u32> {
    let mut placed: Vec<(u64, u32)> = rows.iter().map(|&row| (place(row), row)).collect();
    if keep < placed.len() {
        placed.select_nth_unstable(keep);
        placed.truncate(keep);
    }
    placed.sort_unstable();
    placed.into_iter().map(|(_, row)| row).collect()
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
