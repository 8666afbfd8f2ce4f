//! Which units take part in a pilot, and which splits of them are fair enough to be drawn from.

use super::splits::{Cursor, UnitSplits, choose, shuffle_first};
use crate::error::Result;
use crate::rng::Key;
use crate::threads::{Run, in_turns};

/// Sets of units that are all looked at: 35 choose 8 are 2.4e7.
const MOST_SETS: u64 = 100_000_000;
/// Sets of one turn.
const SETS_PER_TURN: u64 = 1 << 16;
/// Starts of the search where sets are more than that.
const STARTS: usize = 1000;
/// Scores this near count as equal.
const EQUAL: f64 = 1e-9;

/// Units by their measures, a row each, in units of the measures' spread.
#[derive(Debug, Clone)]
pub struct CandidateUnits {
    rows: Vec<Vec<f64>>,
}

/// The units chosen.
#[derive(Debug, Clone)]
pub struct ChosenUnits {
    /// Their numbers, ascending.
    pub units: Vec<usize>,
    /// Sum over measures of squared distances from their mean.
    pub spread: f64,
    /// Whether no other set was left out.
    pub exhaustive: bool,
}

impl CandidateUnits {
    /// From a column a measure; one that does not vary decides nothing.
    pub fn new(columns: &[Vec<f64>]) -> Self {
        let units = columns.first().map_or(0, Vec::len);
        let mut rows = vec![Vec::new(); units];
        for column in columns {
            let mean = column.iter().sum::<f64>() / units as f64;
            let squares: f64 = column.iter().map(|value| (value - mean).powi(2)).sum();
            let sd = (squares / (units as f64 - 1.0)).sqrt();
            let largest = column.iter().fold(0.0_f64, |far, value| far.max(value.abs()));
            let varies = sd > 1e-12 * largest;
            for (row, value) in rows.iter_mut().zip(column) {
                row.push(if varies { (value - mean) / sd } else { 0.0 });
            }
        }
        Self { rows }
    }

    /// The `count` units that are most alike; the first in order of those that tie.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`].
    pub fn most_alike(&self, count: usize, run: &Run<'_>) -> Result<ChosenUnits> {
        let units = self.rows.len();
        let exhaustive = choose(units, count) <= MOST_SETS;
        let found = if count == units {
            (0..units).collect()
        } else if exhaustive {
            self.best_of_all(count, run)?
        } else {
            self.best_of_searches(count, run)?
        };
        let spread = self.spread(&found);
        Ok(ChosenUnits { units: found, spread, exhaustive })
    }

    fn spread(&self, units: &[usize]) -> f64 {
        let measures = self.rows.first().map_or(0, Vec::len);
        let of = |measure: usize| {
            let mean = units.iter().map(|&unit| self.rows[unit][measure]).sum::<f64>()
                / units.len() as f64;
            units.iter().map(|&unit| (self.rows[unit][measure] - mean).powi(2)).sum::<f64>()
        };
        (0..measures).map(of).sum()
    }

    fn best_of_all(&self, count: usize, run: &Run<'_>) -> Result<Vec<usize>> {
        let splits = UnitSplits::All { units: self.rows.len(), treated: count };
        let sets = splits.count();
        let turns = sets.div_ceil(SETS_PER_TURN) as usize;
        let parts = in_turns(turns, run, |turn, watch| {
            watch.check()?;
            let from = turn as u64 * SETS_PER_TURN;
            let mut sums = RunningSpread::new(self, splits.cursor(from), count);
            let mut best = (sums.spread(), sums.units());
            for _ in from + 1..(from + SETS_PER_TURN).min(sets) {
                sums.advance();
                let spread = sums.spread();
                if spread <= best.0 + EQUAL {
                    sums.take(spread, &mut best);
                }
            }
            Ok(best)
        })?;
        let mut best = (f64::INFINITY, Vec::new());
        for part in parts {
            prefer(part, &mut best);
        }
        Ok(best.1)
    }

    /// From drawn sets, one unit exchanged at a time for as long as that helps.
    fn best_of_searches(&self, count: usize, run: &Run<'_>) -> Result<Vec<usize>> {
        let key = Key::new(STARTS as u64);
        let parts = in_turns(STARTS, run, |start, watch| {
            let mut order: Vec<usize> = (0..self.rows.len()).collect();
            shuffle_first(&mut order, count, &mut key.narrowed(start as u64).stream());
            let mut chosen = order[..count].to_vec();
            let mut others = order[count..].to_vec();
            let mut spread = self.spread(&chosen);
            loop {
                watch.check()?;
                let mut best = (spread - EQUAL, None);
                for own in 0..chosen.len() {
                    for other in 0..others.len() {
                        std::mem::swap(&mut chosen[own], &mut others[other]);
                        let exchanged = self.spread(&chosen);
                        std::mem::swap(&mut chosen[own], &mut others[other]);
                        if exchanged < best.0 {
                            best = (exchanged, Some((own, other)));
                        }
                    }
                }
                let (now, Some((own, other))) = best else { break };
                std::mem::swap(&mut chosen[own], &mut others[other]);
                spread = now;
            }
            chosen.sort_unstable();
            Ok((spread, chosen))
        })?;
        let mut best = (f64::INFINITY, Vec::new());
        for part in parts {
            prefer(part, &mut best);
        }
        Ok(best.1)
    }

    /// How unequal the arms of each split are, and which splits are fair enough: the best `keep` and all
    /// that tie with the last.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`].
    pub fn fair_splits(&self, splits: &UnitSplits, keep: u64, run: &Run<'_>) -> Result<FairSplits> {
        let count = splits.count();
        let turns = count.div_ceil(SETS_PER_TURN) as usize;
        let parts = in_turns(turns, run, |turn, watch| {
            watch.check()?;
            let from = turn as u64 * SETS_PER_TURN;
            let mut cursor = splits.cursor(from);
            let mut scores = Vec::new();
            for number in from..(from + SETS_PER_TURN).min(count) {
                if number > from {
                    cursor.advance();
                }
                scores.push(self.score(cursor.inside()));
            }
            Ok(scores)
        })?;
        let scores = parts.concat();
        let mut sorted = scores.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let last = usize::try_from(keep).unwrap_or(usize::MAX).clamp(1, sorted.len()) - 1;
        let cut = sorted[last];
        let bound = cut + EQUAL * cut.max(1.0);
        let mut sets = Vec::new();
        let mut cursor = splits.cursor(0);
        for (number, &score) in scores.iter().enumerate() {
            if number > 0 {
                cursor.advance();
            }
            if score <= bound {
                let inside = cursor.inside();
                sets.push((0..inside.len() as u32).filter(|&u| inside[u as usize]).collect());
            }
        }
        sets.sort_unstable();
        sets.dedup();
        Ok(FairSplits { scores: sorted, cut, sets })
    }

    /// Sum over measures of the squared difference of the arms' means, in units of the spread.
    fn score(&self, inside: &[bool]) -> f64 {
        let treated = inside.iter().filter(|&&own| own).count() as f64;
        let control = inside.len() as f64 - treated;
        let measures = self.rows.first().map_or(0, Vec::len);
        let mut found = 0.0;
        for measure in 0..measures {
            let (mut own, mut other) = (0.0, 0.0);
            for (row, &inside) in self.rows.iter().zip(inside) {
                if inside { own += row[measure] } else { other += row[measure] }
            }
            found += (own / treated - other / control).powi(2);
        }
        found
    }
}

/// Splits that are fair enough to be drawn from.
#[derive(Debug, Clone)]
pub struct FairSplits {
    /// Of all splits, ascending.
    pub scores: Vec<f64>,
    /// Score of the last that was kept.
    pub cut: f64,
    /// Treated units of those kept, in order of their numbers.
    pub sets: Vec<Vec<u32>>,
}

/// Keeps the better of two sets; of those that tie, the first in order.
fn prefer(other: (f64, Vec<usize>), best: &mut (f64, Vec<usize>)) {
    let ties = (other.0 - best.0).abs() <= EQUAL;
    if best.1.is_empty() || (ties && other.1 < best.1) || (!ties && other.0 < best.0) {
        *best = other;
    }
}

/// The spread of sets that follow one another, one unit exchanged at a time.
struct RunningSpread<'a> {
    candidates: &'a CandidateUnits,
    cursor: Cursor<'a>,
    count: f64,
    sums: Vec<f64>,
    squares: f64,
}

impl<'a> RunningSpread<'a> {
    fn new(candidates: &'a CandidateUnits, cursor: Cursor<'a>, count: usize) -> Self {
        let measures = candidates.rows.first().map_or(0, Vec::len);
        let mut found = Self {
            candidates,
            cursor,
            count: count as f64,
            sums: vec![0.0; measures],
            squares: 0.0,
        };
        for unit in found.units() {
            found.add(unit, 1.0);
        }
        found
    }

    fn units(&self) -> Vec<usize> {
        let inside = self.cursor.inside();
        (0..inside.len()).filter(|&unit| inside[unit]).collect()
    }

    fn add(&mut self, unit: usize, sign: f64) {
        for (sum, value) in self.sums.iter_mut().zip(&self.candidates.rows[unit]) {
            *sum += sign * value;
            self.squares += sign * value * value;
        }
    }

    fn advance(&mut self) {
        self.cursor.advance();
        for place in 0..self.cursor.moves().len() {
            let (unit, enters) = self.cursor.moves()[place];
            self.add(unit, if enters { 1.0 } else { -1.0 });
        }
    }

    fn spread(&self) -> f64 {
        self.squares - self.sums.iter().map(|sum| sum * sum).sum::<f64>() / self.count
    }

    #[cold]
    fn take(&self, spread: f64, best: &mut (f64, Vec<usize>)) {
        prefer((spread, self.units()), best);
    }
}

/// Pairs units that are alike: of all ways the one with the least sum of squared distances, or, of more
/// than 16 units, the nearest two first.
pub fn alike_pairs(candidates: &CandidateUnits, units: &[usize]) -> Vec<[usize; 2]> {
    let distance = |a: usize, b: usize| -> f64 {
        let rows = (&candidates.rows[units[a]], &candidates.rows[units[b]]);
        rows.0.iter().zip(rows.1).map(|(x, y)| (x - y).powi(2)).sum()
    };
    let count = units.len();
    if count > 16 {
        let mut left: Vec<usize> = (0..count).collect();
        let mut found = Vec::new();
        while left.len() > 1 {
            let pairs = left
                .iter()
                .enumerate()
                .flat_map(|(i, &a)| left[i + 1..].iter().map(move |&b| [a, b]));
            let best = pairs.min_by(|x, y| distance(x[0], x[1]).total_cmp(&distance(y[0], y[1])));
            let Some(best) = best else { break };
            left.retain(|unit| !best.contains(unit));
            found.push(best);
        }
        found.sort_unstable();
        return found;
    }
    // Least costs of pairing the units of a set, the first with each other one.
    let mut costs = vec![(0.0, 0); 1 << count];
    for set in 1_usize..1 << count {
        let first = set.trailing_zeros() as usize;
        let rest = set & !(1 << first);
        costs[set] = (f64::INFINITY, first);
        if set.count_ones() % 2 == 1 {
            continue;
        }
        for other in (0..count).filter(|&other| rest >> other & 1 == 1) {
            let cost = distance(first, other) + costs[rest & !(1 << other)].0;
            if cost < costs[set].0 {
                costs[set] = (cost, other);
            }
        }
    }
    let mut set = (1_usize << count) - 1;
    let mut found = Vec::new();
    while set != 0 {
        let first = set.trailing_zeros() as usize;
        let other = costs[set].1;
        found.push([first, other]);
        set &= !(1 << first | 1 << other);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run<'static> {
        Run { threads: Some(1), interrupted: &|| false }
    }

    fn columns() -> Vec<Vec<f64>> {
        vec![
            vec![3.0, 9.0, 4.0, 8.5, 3.5, 1.0, 9.5, 4.5],
            vec![7.0, 1.0, 6.5, 2.0, 7.5, 9.0, 1.5, 6.0],
        ]
    }

    #[test]
    fn the_most_alike_are_those_of_every_set() {
        let candidates = CandidateUnits::new(&columns());
        let found = candidates.most_alike(4, &run()).unwrap();
        assert_eq!(found.units, [0, 2, 4, 7]);
        let searched = candidates.best_of_searches(4, &run()).unwrap();
        assert_eq!(searched, found.units);
    }

    #[test]
    fn fair_splits_are_kept_with_their_mirrors() {
        let candidates = CandidateUnits::new(&columns());
        let splits = UnitSplits::All { units: 8, treated: 4 };
        let found = candidates.fair_splits(&splits, 40, &run()).unwrap();
        // Two more tie with the fortieth.
        assert_eq!((found.scores.len(), found.sets.len()), (70, 42));
        for set in &found.sets {
            let other: Vec<u32> = (0..8).filter(|unit| !set.contains(unit)).collect();
            assert!(found.sets.contains(&other));
        }
    }

    #[test]
    fn neighbours_are_paired() {
        let candidates = CandidateUnits::new(&columns());
        let units: Vec<usize> = (0..8).collect();
        let pairs = alike_pairs(&candidates, &units);
        assert_eq!(pairs.len(), 4);
        assert!(pairs.contains(&[1, 6]) || pairs.contains(&[1, 3]));
    }
}
