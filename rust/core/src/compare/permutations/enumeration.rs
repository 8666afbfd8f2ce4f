//! Every split looked at, for all measures at once.
//!
//! Splits are walked in blocks whose sums start from nothing, so that rounding does not add up and the
//! block alone decides the bits.

use super::super::limits::{Least, ends, refused};
use super::super::splits::UnitSplits;
use super::even_blocks::{EvenBlock, EvenTables};
use super::measures::{ArmSums, PermutationQuestion, ROUNDING, Standardized};
use super::tally::WalkTally;
use crate::error::Result;
use crate::lanes::InstructionSet;
use crate::rng::Key;
use crate::threads::{Run, Watch, in_turns};

/// Splits after which sums are made anew.
const SPLITS_PER_BLOCK: u64 = 4096;
/// Blocks that one thread takes at a time: some milliseconds.
const BLOCKS_PER_TURN: u64 = 16;
/// From so many splits on, a sample first tells where the limits lie, so that few ends are kept.
pub(super) const SAMPLE_FROM: u64 = 400_000;
/// Splits of that sample.
const SAMPLE: u64 = 32_768;

/// Splits to be walked, and what is looked for.
pub(super) struct SplitWalk<'a> {
    columns: &'a [&'a Standardized],
    question: &'a PermutationQuestion<'a>,
    /// The farthest statistic of each column; infinite where splits were drawn.
    farthest: Vec<f64>,
    keep: usize,
    /// Where both limits of each column lie.
    brackets: Option<Vec<[[f64; 2]; 2]>>,
}

impl<'a> SplitWalk<'a> {
    pub(super) fn new(
        columns: &'a [&'a Standardized],
        question: &'a PermutationQuestion<'a>,
        run: &Run<'_>,
    ) -> Result<Self> {
        let splits = question.splits;
        let drawn = u64::from(splits.drawn());
        let count = splits.count() + drawn;
        let refused = refused(count, question.confidence, false);
        let keep = usize::try_from(refused + 1).unwrap_or(usize::MAX);
        let mut found = Self { columns, question, farthest: Vec::new(), keep, brackets: None };
        found.farthest = if splits.drawn() {
            vec![f64::INFINITY; columns.len()]
        } else {
            found.farthest_met(run)?
        };
        if count >= SAMPLE_FROM {
            found.brackets = Some(found.sampled_brackets(run)?);
        }
        Ok(found)
    }

    /// Whether all units count alike in every column.
    fn even(&self) -> bool {
        self.columns.iter().all(|own| own.weights.is_none())
    }

    /// The farthest statistics there are.
    fn farthest_met(&self, run: &Run<'_>) -> Result<Vec<f64>> {
        let parts = in_turns(self.turns(), run, |turn, watch| {
            let mut far = vec![0.0_f64; self.columns.len()];
            self.each_split(turn, watch, |_, sums, wholes| {
                for column in 0..self.columns.len() {
                    let (difference, _) = Standardized::difference(sums[column], wholes[column]);
                    // An arm without units, which gives NaN, is never the larger.
                    far[column] = far[column].max(difference.abs());
                }
            })?;
            Ok(far)
        })?;
        let mut far = vec![0.0_f64; self.columns.len()];
        for part in parts {
            far.iter_mut().zip(part).for_each(|(own, other)| *own = own.max(other));
        }
        Ok(far)
    }

    /// Where the limits lie, but for one chance in a million: from a sample of the splits.
    fn sampled_brackets(&self, run: &Run<'_>) -> Result<Vec<[[f64; 2]; 2]>> {
        let splits = self.sample();
        let question = PermutationQuestion { splits: &splits, joint: false, ..*self.question };
        let keep = SAMPLE as usize;
        let farthest = vec![f64::INFINITY; self.columns.len()];
        let walk = SplitWalk {
            columns: self.columns,
            question: &question,
            farthest,
            keep,
            brackets: None,
        };
        let mut tally = walk.all(run)?;
        let share = (self.keep as f64 - 1.0) / self.question.splits.count() as f64;
        let spread = 5.0 * (share * (1.0 - share) * SAMPLE as f64).sqrt() + 5.0;
        let centre = share * SAMPLE as f64;
        let bracket = |ends: &mut Least| {
            let low = centre - spread;
            let floor = if low < 0.0 { None } else { ends.ranked(low as u64) };
            let ceiling = ends.ranked((centre + spread) as u64);
            [floor.unwrap_or(f64::NEG_INFINITY), ceiling.unwrap_or(f64::INFINITY)]
        };
        let [lower, upper] = &mut tally.ends;
        Ok(lower.iter_mut().zip(upper).map(|(a, b)| [bracket(a), bracket(b)]).collect())
    }

    /// A sample of the splits, always the same.
    fn sample(&self) -> UnitSplits {
        let key = Key::new(SAMPLE);
        match self.question.splits {
            UnitSplits::Pairs(pairs) | UnitSplits::DrawnPairs { pairs, .. } => {
                UnitSplits::DrawnPairs { pairs: pairs.clone(), count: SAMPLE, key }
            }
            UnitSplits::Listed { units, treated, members } => {
                let count = self.question.splits.count();
                let set = |i: u64| {
                    let from = (i * count / SAMPLE) as usize * treated;
                    members[from..from + treated].to_vec()
                };
                let members = (0..SAMPLE).flat_map(set).collect();
                UnitSplits::Listed { units: *units, treated: *treated, members }
            }
            splits => {
                let (units, treated) = (splits.units(), splits.treated());
                UnitSplits::Drawn { units, treated, count: SAMPLE, key }
            }
        }
    }

    fn turns(&self) -> usize {
        self.question.splits.count().div_ceil(SPLITS_PER_BLOCK * BLOCKS_PER_TURN) as usize
    }

    /// The blocks of a turn, by their first split and the one after the last.
    fn blocks(&self, turn: usize) -> impl Iterator<Item = (u64, u64)> {
        let count = self.question.splits.count();
        let first = turn as u64 * BLOCKS_PER_TURN;
        (first..first + BLOCKS_PER_TURN)
            .map(move |block| {
                (block * SPLITS_PER_BLOCK, ((block + 1) * SPLITS_PER_BLOCK).min(count))
            })
            .filter(move |&(from, _)| from < count)
    }

    /// Looks at every split of a turn, with the sums of the treated and of all units.
    fn each_split(
        &self,
        turn: usize,
        watch: &Watch<'_>,
        mut look: impl FnMut(&[bool], &[ArmSums], &[ArmSums]),
    ) -> Result<()> {
        let observed = self.question.observed;
        let wholes: Vec<ArmSums> = self.columns.iter().map(|own| own.whole(observed)).collect();
        for (from, to) in self.blocks(turn) {
            watch.check()?;
            let mut cursor = self.question.splits.cursor(from);
            let mut sums: Vec<ArmSums> =
                self.columns.iter().map(|own| own.arm(cursor.inside(), observed)).collect();
            for number in from..to {
                if number > from {
                    cursor.advance();
                    for &(unit, enters) in cursor.moves() {
                        let sign = if enters { 1.0 } else { -1.0 };
                        for (own, sum) in self.columns.iter().zip(&mut sums) {
                            own.add(sum, unit, sign, observed);
                        }
                    }
                }
                look(cursor.inside(), &sums, &wholes);
            }
        }
        Ok(())
    }

    fn empty(&self) -> WalkTally {
        let zeros = || vec![0; self.columns.len()];
        let ends = |side: usize| {
            let of = |column: usize| match &self.brackets {
                Some(brackets) => {
                    let [floor, ceiling] = brackets[column][side];
                    // Ends at the ceiling belong to it.
                    Least::between(self.keep, floor, ceiling.next_up())
                }
                None => Least::new(self.keep),
            };
            (0..self.columns.len()).map(of).collect()
        };
        WalkTally {
            splits: zeros(),
            extreme: zeros(),
            greater: zeros(),
            less: zeros(),
            most: zeros(),
            joint: zeros(),
            ends: [ends(0), ends(1)],
        }
    }

    /// The counts of all splits; made once more without brackets if a limit lies outside of them.
    pub(super) fn complete(self, run: &Run<'_>) -> Result<WalkTally> {
        let mut tally = self.all(run)?;
        if tally.incomplete(self.question) {
            tally = Self { brackets: None, ..self }.all(run)?;
        }
        Ok(tally)
    }

    fn all(&self, run: &Run<'_>) -> Result<WalkTally> {
        let even =
            self.even().then(|| EvenTables::new(self.columns, self.question, &self.farthest));
        let parts = in_turns(self.turns(), run, |turn, watch| {
            let mut tally = self.empty();
            match &even {
                Some(tables) => self.even_turn(tables, turn, watch, &mut tally)?,
                None => self.weighted_turn(turn, watch, &mut tally)?,
            }
            Ok(tally)
        })?;
        let mut found = self.empty();
        for part in parts {
            found.merge(part);
        }
        Ok(found)
    }

    /// Splits of units that weigh differently, or that some measures lack.
    fn weighted_turn(&self, turn: usize, watch: &Watch<'_>, tally: &mut WalkTally) -> Result<()> {
        let joint = self.question.joint;
        self.each_split(turn, watch, |_, sums, wholes| {
            let mut largest = 0.0_f64;
            for (column, own) in self.columns.iter().enumerate() {
                let (a, b) = Standardized::difference(sums[column], wholes[column]);
                if a.is_nan() {
                    // An arm without a unit says nothing of this measure.
                    tally.joint[column] += u64::from(joint && largest >= self.strength(column));
                    continue;
                }
                let (c, tolerance, size) = (own.statistic, own.tolerance, a.abs());
                tally.splits[column] += 1;
                tally.extreme[column] += u64::from(size >= c.abs() - tolerance);
                tally.greater[column] += u64::from(a >= c - tolerance);
                tally.less[column] += u64::from(a <= c + tolerance);
                tally.most[column] += u64::from(size >= self.farthest[column] - tolerance);
                if joint {
                    let (arm, whole) = (sums[column].weight, wholes[column].weight);
                    largest = largest.max(own.t_squared(size, arm, whole));
                    tally.joint[column] += u64::from(largest >= self.strength(column));
                }
                let both = if b.abs() >= 1.0 - ROUNDING {
                    [f64::NEG_INFINITY, f64::INFINITY]
                } else {
                    ends(c, a, 1.0 / (1.0 - b), 1.0 / (1.0 + b))
                };
                tally.ends[0][column].push(both[0]);
                tally.ends[1][column].push(-both[1]);
            }
        })
    }

    /// The squared t that a split has to reach.
    fn strength(&self, column: usize) -> f64 {
        let own = self.columns[column];
        let observed = self.question.observed;
        let (arm, whole) = (own.arm(observed, observed), own.whole(observed));
        own.t_squared((own.statistic.abs() - own.tolerance).max(0.0), arm.weight, whole.weight)
    }

    /// Splits of units that weigh alike, several measures at a time.
    fn even_turn(
        &self,
        tables: &EvenTables,
        turn: usize,
        watch: &Watch<'_>,
        tally: &mut WalkTally,
    ) -> Result<()> {
        for (from, to) in self.blocks(turn) {
            watch.check()?;
            let cursor = self.question.splits.cursor(from);
            InstructionSet::in_use().run(EvenBlock {
                tables,
                observed: self.question.observed,
                joint: self.question.joint,
                cursor,
                splits: to - from,
                tally,
            });
        }
        let walked = tally.splits[0];
        tally.splits.fill(walked);
        Ok(())
    }
}
