//! Permutation of units between arms: how often chance alone does what was seen, for one measure or many.
//!
//! The statistic is the mean of the treated units less that of the others. Splits are walked in blocks
//! whose sums start from nothing, so that rounding does not add up and the block alone decides the bits.

use super::halves::{Halves, Sums};
use super::limits::{Least, ends, refused};
use super::splits::{Cursor, UnitSplits};
use crate::error::{Error, Result};
use crate::lanes::{Arithmetic, InstructionSet, LANES, LaneKernel};
use crate::numeric::search::{Among, Bracket, Point};
use crate::rng::Key;
use crate::threads::{Run, Watch, in_turns};

/// Splits after which sums are made anew.
const SPLITS_PER_BLOCK: u64 = 4096;
/// Blocks that one thread takes at a time: some milliseconds.
const BLOCKS_PER_TURN: u64 = 16;
/// From so many splits on, one measure alone is counted by halves.
const BY_HALVES_FROM: u64 = 20_000;
/// From so many splits on, a sample first tells where the limits lie, so that few ends are kept.
const SAMPLE_FROM: u64 = 400_000;
/// Splits of that sample.
const SAMPLE: u64 = 32_768;
/// Values this near, in units of the largest distance from their mean, count as equal.
const EQUAL: f64 = 1e-9;
/// The same in units of the levels whose differences the values are: what rounding leaves of them.
const ROUNDING: f64 = 1e-12;

/// A value for each unit.
#[derive(Debug, Clone, Copy)]
pub struct TeamMeasure<'a> {
    /// The values, finite; any where the weight is 0.
    pub values: &'a [f64],
    /// Weights of the units, 0 where a unit has no value. None: all weigh alike.
    pub weights: Option<&'a [f64]>,
    /// Size of the levels that the values are differences of: at least that of the values.
    pub level: f64,
}

/// What is asked of all measures.
#[derive(Debug, Clone, Copy)]
pub struct PermutationQuestion<'a> {
    /// The splits that chance could have made; drawn ones come beside the one that was made.
    pub splits: &'a UnitSplits,
    /// The units that were treated.
    pub observed: &'a [bool],
    /// Of the limits, two-sided.
    pub confidence: f64,
    /// Whether the largest t over measures is wanted.
    pub joint: bool,
    /// Whether with each split that of exchanged arms is among them.
    pub mirrored: bool,
}

/// What permutation says about one measure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Permuted {
    /// Mean of the treated less that of the others.
    pub statistic: f64,
    /// Splits counted, the one that was made among them.
    pub splits: u64,
    /// With a statistic at least as far from 0.
    pub as_extreme: u64,
    /// With a statistic at least as high.
    pub greater: u64,
    /// With a statistic at least as low.
    pub less: u64,
    /// As far from 0 as the farthest; 0 where splits were drawn.
    pub most_extreme: u64,
    /// The limits of the effect.
    pub limits: [f64; 2],
    /// Splits that refuse an effect outside of the limits.
    pub refused: u64,
    /// With a largest t, among this and all weaker measures, at least as far from 0; None where no unit
    /// varies, or where it was not asked for.
    pub max_t: Option<u64>,
}

/// Permutes all measures by the same splits.
///
/// # Errors
/// [`Error::Interrupted`].
pub fn permute(
    measures: &[TeamMeasure<'_>],
    question: &PermutationQuestion<'_>,
    run: &Run<'_>,
) -> Result<Vec<Permuted>> {
    if let [measure] = measures
        && let Some(found) = by_halves(measure, question, run)?
    {
        return Ok(vec![found]);
    }
    let prepared: Vec<Prepared> =
        measures.iter().map(|measure| Prepared::new(measure, question)).collect();
    let mut found: Vec<Permuted> =
        prepared.iter().map(|_| Prepared::without_variation(question)).collect();
    let mut varied: Vec<usize> = (0..measures.len()).filter(|&own| !prepared[own].flat).collect();
    if varied.is_empty() {
        return Ok(found);
    }
    // The weakest first, as each is compared with those below it.
    varied.sort_by(|&a, &b| prepared[a].strength.total_cmp(&prepared[b].strength));
    let columns: Vec<&Prepared> = varied.iter().map(|&own| &prepared[own]).collect();
    let walk = SplitWalk::new(&columns, question, run)?;
    let mut tally = walk.all(run)?;
    if tally.incomplete(question) {
        tally = SplitWalk { brackets: None, ..walk }.all(run)?;
    }
    for (column, &own) in varied.iter().enumerate() {
        found[own] = tally.permuted(column, columns[column], question);
    }
    if question.joint {
        let mut before = 0;
        // A measure is no stronger than one that is farther from what chance does.
        for &own in varied.iter().rev() {
            let count = found[own].max_t.unwrap_or(0).max(before);
            (found[own].max_t, before) = (Some(count), count);
        }
    }
    Ok(found)
}

/// A measure about its mean, in units in which the squares add up to 1.
struct Prepared {
    values: Vec<f64>,
    weights: Option<Vec<f64>>,
    /// What one such unit is.
    unit: f64,
    /// The statistic, in such units.
    statistic: f64,
    tolerance: f64,
    /// The squared t of the units' changes, in ascending order of which measures are taken.
    strength: f64,
    /// Whether no unit differs from another.
    flat: bool,
}

/// Weighted sums of the treated and of all units: of values and of weights.
#[derive(Clone, Copy, Default)]
struct ArmSums {
    value: f64,
    weight: f64,
    flag: f64,
}

impl Prepared {
    fn new(measure: &TeamMeasure<'_>, question: &PermutationQuestion<'_>) -> Self {
        let weight = |unit: usize| measure.weights.map_or(1.0, |weights| weights[unit]);
        let known: Vec<usize> =
            (0..measure.values.len()).filter(|&unit| weight(unit) > 0.0).collect();
        let total: f64 = known.iter().map(|&unit| weight(unit)).sum();
        let mean =
            known.iter().map(|&unit| weight(unit) * measure.values[unit]).sum::<f64>() / total;
        let mut values = vec![0.0; measure.values.len()];
        for &unit in &known {
            values[unit] = measure.values[unit] - mean;
        }
        let farthest = values.iter().fold(0.0, |far: f64, value| far.max(value.abs()));
        let squares: f64 = known.iter().map(|&u| weight(u) * (values[u] / farthest).powi(2)).sum();
        let unit = farthest * squares.sqrt();
        let flat = farthest.is_nan() || farthest <= ROUNDING * measure.level || farthest == 0.0;
        let mut found = Self {
            values: values.iter().map(|value| if flat { 0.0 } else { value / unit }).collect(),
            weights: measure.weights.map(<[f64]>::to_vec),
            unit: if flat { 1.0 } else { unit },
            statistic: 0.0,
            tolerance: (EQUAL * farthest + ROUNDING * measure.level) / unit,
            strength: 0.0,
            flat,
        };
        let arm = found.arm(question.observed, question.observed);
        found.statistic = Self::difference(arm, found.whole(question.observed)).0;
        found.strength = found.t_squared(found.statistic.abs(), arm.weight, total);
        found
    }

    fn weight(&self, unit: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[unit])
    }

    fn add(&self, sums: &mut ArmSums, unit: usize, sign: f64, observed: &[bool]) {
        let weight = sign * self.weight(unit);
        sums.value += weight * self.values[unit];
        sums.weight += weight;
        sums.flag += if observed[unit] { weight } else { 0.0 };
    }

    fn arm(&self, inside: &[bool], observed: &[bool]) -> ArmSums {
        let mut sums = ArmSums::default();
        for unit in (0..inside.len()).filter(|&unit| inside[unit]) {
            self.add(&mut sums, unit, 1.0, observed);
        }
        sums
    }

    fn whole(&self, observed: &[bool]) -> ArmSums {
        self.arm(&vec![true; observed.len()], observed)
    }

    /// The statistics of the values and of the treatment flags; NaN where an arm is empty.
    fn difference(arm: ArmSums, whole: ArmSums) -> (f64, f64) {
        let other = whole.weight - arm.weight;
        // Weights were added and subtracted: what is left of an empty arm is rounding.
        if arm.weight <= ROUNDING * whole.weight || other <= ROUNDING * whole.weight {
            return (f64::NAN, f64::NAN);
        }
        let between = |own: f64, all: f64| own / arm.weight - (all - own) / other;
        (between(arm.value, whole.value), between(arm.flag, whole.flag))
    }

    /// The squared t of a difference between arms of known weights, pooled.
    fn t_squared(&self, difference: f64, arm: f64, whole: f64) -> f64 {
        let units = self.weights.as_ref().map_or(self.values.len(), |weights| {
            weights.iter().filter(|&&weight| weight > 0.0).count()
        });
        let share = difference * difference * arm * (whole - arm) / whole;
        let freedom = units.saturating_sub(2) as f64;
        if share < 1.0 { freedom * share / (1.0 - share) } else { f64::INFINITY }
    }

    /// The answer where no unit differs from another.
    fn without_variation(question: &PermutationQuestion<'_>) -> Permuted {
        let splits = question.splits.count() + u64::from(question.splits.drawn());
        let refused = refused(splits, question.confidence, question.mirrored);
        let always = 1 + u64::from(question.mirrored);
        let limits = if refused >= always { [0.0; 2] } else { [f64::NEG_INFINITY, f64::INFINITY] };
        Permuted {
            statistic: 0.0,
            splits,
            as_extreme: splits,
            greater: splits,
            less: splits,
            most_extreme: splits,
            limits,
            refused,
            max_t: None,
        }
    }
}

/// Splits to be walked, and what is looked for.
struct SplitWalk<'a> {
    columns: &'a [&'a Prepared],
    question: &'a PermutationQuestion<'a>,
    /// The farthest statistic of each column; infinite where splits were drawn.
    farthest: Vec<f64>,
    keep: usize,
    /// Where both limits of each column lie.
    brackets: Option<Vec<[[f64; 2]; 2]>>,
}

/// Counts of a walk, a column each.
#[derive(Clone)]
struct WalkTally {
    splits: Vec<u64>,
    extreme: Vec<u64>,
    greater: Vec<u64>,
    less: Vec<u64>,
    most: Vec<u64>,
    joint: Vec<u64>,
    /// Lower ends, and upper ends with their sign changed.
    ends: [Vec<Least>; 2],
}

impl WalkTally {
    fn merge(&mut self, other: Self) {
        let pairs = [
            (&mut self.splits, other.splits),
            (&mut self.extreme, other.extreme),
            (&mut self.greater, other.greater),
            (&mut self.less, other.less),
            (&mut self.most, other.most),
            (&mut self.joint, other.joint),
        ];
        for (own, others) in pairs {
            own.iter_mut().zip(others).for_each(|(sum, count)| *sum += count);
        }
        for (own, others) in self.ends.iter_mut().zip(other.ends) {
            own.iter_mut().zip(others).for_each(|(least, values)| least.merge(values));
        }
    }

    /// Splits of a column, with the one made where they were drawn.
    fn count(&self, column: usize, question: &PermutationQuestion<'_>) -> u64 {
        self.splits[column] + u64::from(question.splits.drawn())
    }

    fn refused(&self, column: usize, question: &PermutationQuestion<'_>) -> u64 {
        refused(self.count(column, question), question.confidence, question.mirrored)
    }

    /// Whether an end was looked for where it is not.
    fn incomplete(&mut self, question: &PermutationQuestion<'_>) -> bool {
        (0..self.splits.len()).any(|column| {
            let rank = self.refused(column, question);
            let drawn = u64::from(question.splits.drawn());
            rank >= drawn
                && self.ends.iter_mut().any(|ends| ends[column].ranked(rank - drawn).is_none())
        })
    }

    fn permuted(
        &mut self,
        column: usize,
        own: &Prepared,
        question: &PermutationQuestion<'_>,
    ) -> Permuted {
        let drawn = u64::from(question.splits.drawn());
        let refused = self.refused(column, question);
        // The split that was made has no ends; drawn splits come beside it.
        let mut end = |side: usize| {
            let rank = refused.checked_sub(drawn);
            rank.and_then(|rank| self.ends[side][column].ranked(rank)).unwrap_or(f64::NEG_INFINITY)
        };
        let limits = [end(0) * own.unit, -end(1) * own.unit];
        Permuted {
            statistic: own.statistic * own.unit,
            splits: self.count(column, question),
            as_extreme: self.extreme[column] + drawn,
            greater: self.greater[column] + drawn,
            less: self.less[column] + drawn,
            most_extreme: self.most[column],
            limits,
            refused,
            max_t: question.joint.then(|| self.joint[column] + drawn),
        }
    }
}

impl<'a> SplitWalk<'a> {
    fn new(
        columns: &'a [&'a Prepared],
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
            found.farthest(run)?
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
    fn farthest(&self, run: &Run<'_>) -> Result<Vec<f64>> {
        let (units, treated) = (self.question.splits.units(), self.question.splits.treated());
        let arms = [treated as f64, (units - treated) as f64];
        let known = |sums: Sums<'_>, own: &Prepared| {
            let total: f64 = own.values.iter().sum();
            let far = |sum: f64| (sum / arms[0] - (total - sum) / arms[1]).abs();
            let [least, greatest] = sums.span();
            far(least).max(far(greatest))
        };
        match self.question.splits {
            UnitSplits::All { .. } if self.even() => {
                let of = |own: &&Prepared| known(Sums::Sets(&own.values, treated), own);
                Ok(self.columns.iter().map(of).collect())
            }
            UnitSplits::Pairs(pairs) if self.even() => {
                let of = |own: &&Prepared| {
                    let both = |&[a, b]: &[usize; 2]| [own.values[a], own.values[b]];
                    known(Sums::Pairs(&pairs.iter().map(both).collect::<Vec<_>>()), own)
                };
                Ok(self.columns.iter().map(of).collect())
            }
            _ => self.met_farthest(run),
        }
    }

    /// The same by looking at each split.
    fn met_farthest(&self, run: &Run<'_>) -> Result<Vec<f64>> {
        let parts = in_turns(self.turns(), run, |turn, watch| {
            let mut far = vec![0.0_f64; self.columns.len()];
            self.each_split(turn, watch, |_, sums, wholes| {
                for column in 0..self.columns.len() {
                    let (difference, _) = Prepared::difference(sums[column], wholes[column]);
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

    fn all(&self, run: &Run<'_>) -> Result<WalkTally> {
        let even = self.even().then(|| EvenTables::new(self));
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
                let (a, b) = Prepared::difference(sums[column], wholes[column]);
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

/// Columns of measures side by side, as the lanes read them; those that fill the last lanes never count.
struct EvenTables {
    /// Lanes a row.
    width: usize,
    /// A row a unit.
    rows: Vec<f64>,
    /// The statistic is the sum of the treated times `gain`, less `offset`.
    gain: f64,
    offset: Vec<f64>,
    statistic: Vec<f64>,
    extreme: Vec<f64>,
    greater: Vec<f64>,
    less: Vec<f64>,
    farthest: Vec<f64>,
    /// By the number of units treated both ways: 1/(1 - b) and 1/(1 + b); None where b is 1 or -1.
    factors: Vec<Option<[f64; 2]>>,
}

impl EvenTables {
    fn new(walk: &SplitWalk<'_>) -> Self {
        let (units, treated) = (walk.question.splits.units(), walk.question.splits.treated());
        let (arm, other) = (treated as f64, (units - treated) as f64);
        let width = walk.columns.len().next_multiple_of(LANES);
        let mut rows = vec![0.0; units * width];
        for (column, own) in walk.columns.iter().enumerate() {
            for unit in 0..units {
                rows[unit * width + column] = own.values[unit];
            }
        }
        let of = |fill: f64, value: &dyn Fn(usize, &Prepared) -> f64| {
            let mut found = vec![fill; width];
            for (column, own) in walk.columns.iter().enumerate() {
                found[column] = value(column, own);
            }
            found
        };
        let factor = |both: usize| {
            let b = both as f64 / arm - (arm - both as f64) / other;
            let same = both == treated || (both == 0 && 2 * treated == units);
            (!same).then(|| [1.0 / (1.0 - b), 1.0 / (1.0 + b)])
        };
        Self {
            width,
            rows,
            gain: 1.0 / arm + 1.0 / other,
            offset: of(0.0, &|_, own| own.values.iter().sum::<f64>() / other),
            statistic: of(0.0, &|_, own| own.statistic),
            extreme: of(f64::INFINITY, &|_, own| own.statistic.abs() - own.tolerance),
            greater: of(f64::INFINITY, &|_, own| own.statistic - own.tolerance),
            less: of(f64::NEG_INFINITY, &|_, own| own.statistic + own.tolerance),
            farthest: of(f64::INFINITY, &|column, own| walk.farthest[column] - own.tolerance),
            factors: (0..=treated).map(factor).collect(),
        }
    }
}

/// A block of splits.
struct EvenBlock<'a> {
    tables: &'a EvenTables,
    observed: &'a [bool],
    joint: bool,
    cursor: Cursor<'a>,
    splits: u64,
    tally: &'a mut WalkTally,
}

/// Counts of a block, a lane each.
#[derive(Clone, Copy, Default)]
struct LaneCounts {
    extreme: [u64; LANES],
    greater: [u64; LANES],
    less: [u64; LANES],
    most: [u64; LANES],
    joint: [u64; LANES],
}

impl LaneKernel for EvenBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self, _: impl Arithmetic) {
        let width = self.tables.width;
        let mut sums = vec![0.0; width];
        for unit in (0..self.observed.len()).filter(|&unit| self.cursor.inside()[unit]) {
            add_row(&mut sums, &self.tables.rows[unit * width..][..width], 1.0);
        }
        let treated_both = |cursor: &Cursor<'_>| {
            cursor.inside().iter().zip(self.observed).filter(|&(&a, &b)| a && b).count()
        };
        let mut both = treated_both(&self.cursor);
        let mut counts = vec![LaneCounts::default(); width / LANES];
        // Of LANES splits, a column after the other.
        let mut sizes = vec![[f64::NEG_INFINITY; LANES]; width];
        let mut ceilings = self.ceilings();
        for split in 0..self.splits {
            if split > 0 {
                self.cursor.advance();
                for &(unit, enters) in self.cursor.moves() {
                    let row = &self.tables.rows[unit * width..][..width];
                    add_row(&mut sums, row, if enters { 1.0 } else { -1.0 });
                    if self.observed[unit] {
                        both = if enters { both + 1 } else { both - 1 };
                    }
                }
            }
            let place = split as usize % LANES;
            let factors = self.tables.factors[both];
            if look(self.tables, &sums, factors, &ceilings, &mut counts, place, &mut sizes) {
                self.keep_ends(&sums, factors);
                ceilings = self.ceilings();
            }
            if self.joint && (place + 1 == LANES || split + 1 == self.splits) {
                count_largest(self.tables, &mut sizes, &mut counts);
            }
        }
        self.tally.splits[0] += self.splits;
        for column in 0..self.tally.extreme.len() {
            let (own, lane) = (&counts[column / LANES], column % LANES);
            self.tally.extreme[column] += own.extreme[lane];
            self.tally.greater[column] += own.greater[lane];
            self.tally.less[column] += own.less[lane];
            self.tally.most[column] += own.most[lane];
            self.tally.joint[column] += own.joint[lane];
        }
    }
}

impl EvenBlock<'_> {
    /// From where on ends of each side are not wanted.
    fn ceilings(&self) -> [Vec<f64>; 2] {
        self.tally.ends.each_ref().map(|ends| {
            let mut found = vec![f64::NEG_INFINITY; self.tables.width];
            found.iter_mut().zip(ends).for_each(|(own, least)| *own = least.ceiling());
            found
        })
    }

    /// Keeps the ends of a split, of all columns.
    #[cold]
    fn keep_ends(&mut self, sums: &[f64], factors: Option<[f64; 2]>) {
        let tables = self.tables;
        for column in 0..self.tally.extreme.len() {
            let a = sums[column] * tables.gain - tables.offset[column];
            let [low, high] = match factors {
                Some([lower, upper]) => ends(tables.statistic[column], a, lower, upper),
                None => [f64::NEG_INFINITY, f64::INFINITY],
            };
            self.tally.ends[0][column].push(low);
            self.tally.ends[1][column].push(-high);
        }
    }
}

#[inline(always)]
fn add_row(sums: &mut [f64], row: &[f64], sign: f64) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += sign * value;
    }
}

/// Counts a split; whether any of its ends is wanted.
#[inline(always)]
fn look(
    tables: &EvenTables,
    sums: &[f64],
    factors: Option<[f64; 2]>,
    ceilings: &[Vec<f64>; 2],
    counts: &mut [LaneCounts],
    place: usize,
    sizes: &mut [[f64; LANES]],
) -> bool {
    // Without ends every lane is wanted.
    let mut wanted = factors.is_none();
    let [lower, upper] = factors.unwrap_or([1.0; 2]);
    for (group, own) in counts.iter_mut().enumerate() {
        let from = group * LANES;
        let lanes = |column: &'_ [f64]| -> [f64; LANES] {
            let mut found = [0.0; LANES];
            found.copy_from_slice(&column[from..from + LANES]);
            found
        };
        let (sum, offset, c) = (lanes(sums), lanes(&tables.offset), lanes(&tables.statistic));
        let (extreme, greater) = (lanes(&tables.extreme), lanes(&tables.greater));
        let (less, farthest) = (lanes(&tables.less), lanes(&tables.farthest));
        let (below, above) = (lanes(&ceilings[0]), lanes(&ceilings[1]));
        let mut any = 0_u64;
        for lane in 0..LANES {
            let a = sum[lane] * tables.gain - offset[lane];
            let size = a.abs();
            own.extreme[lane] += u64::from(size >= extreme[lane]);
            own.greater[lane] += u64::from(a >= greater[lane]);
            own.less[lane] += u64::from(a <= less[lane]);
            own.most[lane] += u64::from(size >= farthest[lane]);
            let [low, high] = ends(c[lane], a, lower, upper);
            any |= u64::from(low < below[lane]) | u64::from(-high < above[lane]);
            sizes[from + lane][place] = size;
        }
        wanted |= any != 0;
    }
    wanted
}

/// Counts, for each column, splits whose largest size in this and all columns before it is as large.
#[inline(always)]
fn count_largest(tables: &EvenTables, sizes: &mut [[f64; LANES]], counts: &mut [LaneCounts]) {
    let mut largest = [f64::NEG_INFINITY; LANES];
    for (column, size) in sizes.iter_mut().enumerate() {
        let mut count = 0;
        for lane in 0..LANES {
            largest[lane] = if size[lane] > largest[lane] { size[lane] } else { largest[lane] };
            count += u64::from(largest[lane] >= tables.extreme[column]);
        }
        counts[column / LANES].joint[column % LANES] += count;
    }
    // What is not met again in the last, shorter turn must not count twice.
    sizes.fill([f64::NEG_INFINITY; LANES]);
}

/// One measure by halves, where that is possible and pays.
fn by_halves(
    measure: &TeamMeasure<'_>,
    question: &PermutationQuestion<'_>,
    run: &Run<'_>,
) -> Result<Option<Permuted>> {
    let splits = question.splits.count();
    if splits < BY_HALVES_FROM || question.joint || measure.weights.is_some() {
        return Ok(None);
    }
    let own = Prepared::new(measure, question);
    let possible =
        SplitSums::new(&own.values, question.splits).is_some_and(|sums| sums.sums().fit());
    if own.flat || !possible {
        return Ok(None);
    }
    let treated = question.splits.treated();
    let arms = [treated as f64, (question.splits.units() - treated) as f64];
    let halved = Halved { own: &own, question, arms, watch: Watch::alone(run) };
    halved.permuted().map(Some)
}

/// The values whose sums split.
enum SplitSums<'a> {
    Sets(&'a [f64], usize),
    Pairs(Vec<[f64; 2]>),
}

impl<'a> SplitSums<'a> {
    fn new(values: &'a [f64], splits: &UnitSplits) -> Option<Self> {
        match splits {
            UnitSplits::All { treated, .. } => Some(Self::Sets(values, *treated)),
            UnitSplits::Pairs(pairs) => {
                Some(Self::Pairs(pairs.iter().map(|&[a, b]| [values[a], values[b]]).collect()))
            }
            _ => None,
        }
    }

    fn sums(&self) -> Sums<'_> {
        match self {
            Self::Sets(values, treated) => Sums::Sets(values, *treated),
            Self::Pairs(pairs) => Sums::Pairs(pairs),
        }
    }
}

/// One measure whose splits are counted by halves.
struct Halved<'a> {
    own: &'a Prepared,
    question: &'a PermutationQuestion<'a>,
    arms: [f64; 2],
    watch: Watch<'a>,
}

impl Halved<'_> {
    fn gain(&self) -> f64 {
        1.0 / self.arms[0] + 1.0 / self.arms[1]
    }

    /// The halves of some values, and what their statistics are less than the sums times the gain.
    fn listed(&self, values: &[f64]) -> Result<(Halves, f64)> {
        let halves = match SplitSums::new(values, self.question.splits) {
            Some(sums) => Halves::new(sums.sums(), &self.watch)?,
            None => return Err(Error::Usage("splits are neither all nor of pairs".to_owned())),
        };
        Ok((halves, values.iter().sum::<f64>() / self.arms[1]))
    }

    /// Splits whose statistic is at least so far from 0.
    fn reaching(&self, (halves, offset): &(Halves, f64), size: f64) -> u64 {
        if size <= 0.0 {
            return self.question.splits.count();
        }
        halves.at_least((size + offset) / self.gain())
            + halves.at_most((offset - size) / self.gain())
    }

    /// Splits that are as extreme under an effect.
    fn holding(&self, effect: f64) -> Result<u64> {
        let adjusted: Vec<f64> = (self.own.values.iter().zip(self.question.observed))
            .map(|(value, &treated)| value - if treated { effect } else { 0.0 })
            .collect();
        // The split that was made always is, as is that of exchanged arms; whatever rounding makes of
        // the two, they are left out of the count.
        let rounding = 8.0 * f64::EPSILON * (1.0 + effect.abs()) * self.arms[0].max(self.arms[1]);
        let size = (self.own.statistic - effect).abs() + rounding;
        let always = 1 + u64::from(self.question.mirrored);
        Ok(always + self.reaching(&self.listed(&adjusted)?, size))
    }

    fn permuted(&self) -> Result<Permuted> {
        let (own, splits) = (self.own, self.question.splits.count());
        let (c, tolerance) = (own.statistic, own.tolerance);
        let listed = self.listed(&own.values)?;
        let (halves, offset) = &listed;
        let span = SplitSums::new(&own.values, self.question.splits).map(|sums| sums.sums().span());
        let far = |sum: f64| (sum * self.gain() - offset).abs();
        let farthest = span.map_or(f64::INFINITY, |[least, most]| far(least).max(far(most)));
        let refused = refused(splits, self.question.confidence, self.question.mirrored);
        let limits = [self.limit(-1.0, refused)?, self.limit(1.0, refused)?];
        Ok(Permuted {
            statistic: c * own.unit,
            splits,
            as_extreme: self.reaching(&listed, c.abs() - tolerance),
            greater: halves.at_least((c - tolerance + offset) / self.gain()),
            less: halves.at_most((c + tolerance + offset) / self.gain()),
            most_extreme: self.reaching(&listed, farthest - tolerance),
            limits: limits.map(|end| end * own.unit),
            refused,
            max_t: None,
        })
    }

    /// The effect farthest from the estimate to one side that more than `refused` splits hold under.
    fn limit(&self, side: f64, refused: u64) -> Result<f64> {
        let c = self.own.statistic;
        if refused <= u64::from(self.question.mirrored) {
            return Ok(side * f64::INFINITY);
        }
        // How many splits too few hold at a distance; not above 0 inside of the interval.
        let value = |distance: f64| {
            let holding = self.holding(c + side * distance)?;
            Ok::<f64, Error>(if holding > refused {
                (refused as f64 - holding as f64).min(-0.5)
            } else {
                refused as f64 - holding as f64 + 0.5
            })
        };
        let mut bad = Point { x: 1.0, value: value(1.0)? };
        let mut good = Point { x: 0.0, value: f64::NEG_INFINITY };
        while bad.value <= 0.0 {
            good = bad;
            bad = Point { x: 2.0 * bad.x, value: value(2.0 * bad.x)? };
        }
        let mut bracket = Bracket::new(good, bad, Among::Real);
        while let Some(x) = bracket.candidate()? {
            bracket.learn(Point { x, value: value(x)? });
        }
        Ok(c + side * bracket.answer())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(threads: usize) -> Run<'static> {
        Run { threads: Some(threads), interrupted: &|| false }
    }

    fn values(units: usize, shift: usize) -> Vec<f64> {
        (0..units).map(|i| ((i * i * 37 + 11 * i * shift + 5 * shift) % 101) as f64 / 8.0).collect()
    }

    fn asked(
        measures: &[Vec<f64>],
        weights: Option<&[f64]>,
        splits: &UnitSplits,
        observed: &[bool],
        joint: bool,
    ) -> Vec<Permuted> {
        let measures: Vec<TeamMeasure<'_>> =
            measures.iter().map(|values| TeamMeasure { values, weights, level: 13.0 }).collect();
        let mirrored = splits.mirrored();
        let question = PermutationQuestion { splits, observed, confidence: 0.95, joint, mirrored };
        let one = permute(&measures, &question, &run(1)).unwrap();
        let two = permute(&measures, &question, &run(2)).unwrap();
        for (a, b) in one.iter().zip(&two) {
            assert_eq!(a.limits.map(f64::to_bits), b.limits.map(f64::to_bits));
            assert_eq!((a.as_extreme, a.max_t), (b.as_extreme, b.max_t));
        }
        one
    }

    fn first(units: usize, treated: usize) -> Vec<bool> {
        (0..units).map(|unit| unit < treated).collect()
    }

    /// The statistics of the outcomes less an effect on the treated, of every split, by the definition.
    fn by_definition(v: &[f64], splits: &UnitSplits, observed: &[bool], effect: f64) -> Vec<f64> {
        let mut cursor = splits.cursor(0);
        let mut found = Vec::new();
        for number in 0..splits.count() {
            if number > 0 {
                cursor.advance();
            }
            let inside = cursor.inside();
            let of = |arm: bool| {
                let own: Vec<f64> = (0..v.len())
                    .filter(|&u| inside[u] == arm)
                    .map(|u| v[u] - if observed[u] { effect } else { 0.0 })
                    .collect();
                own.iter().sum::<f64>() / own.len() as f64
            };
            found.push(of(true) - of(false));
        }
        found
    }

    #[test]
    fn counts_and_limits_are_those_of_the_definition() {
        let pairs = (0..5).map(|i| [2 * i, 2 * i + 1]).collect();
        for splits in [
            UnitSplits::All { units: 10, treated: 5 },
            UnitSplits::All { units: 9, treated: 3 },
            UnitSplits::Pairs(pairs),
        ] {
            let units = splits.units();
            let observed = splits.cursor(1).inside().to_vec();
            let v = values(units, 3);
            let [found] = asked(std::slice::from_ref(&v), None, &splits, &observed, false)[..]
            else {
                panic!()
            };
            let all = by_definition(&v, &splits, &observed, 0.0);
            let c = by_definition(&v, &splits, &observed, 0.0)[1];
            let reach = |size: f64| all.iter().filter(|a| a.abs() >= size - 1e-9).count() as u64;
            assert_eq!(found.as_extreme, reach(c.abs()));
            assert_eq!(found.most_extreme, reach(all.iter().fold(0.0, |m: f64, a| m.max(a.abs()))));
            for (end, inside) in [(found.limits[0], 1e-6), (found.limits[1], -1e-6)] {
                let holding = |effect: f64| {
                    let adjusted = by_definition(&v, &splits, &observed, effect);
                    adjusted.iter().filter(|a| a.abs() >= (c - effect).abs() - 1e-9).count() as u64
                };
                if end.is_finite() {
                    assert!(holding(end + inside) > found.refused, "{end}");
                    assert!(holding(end - inside) <= found.refused, "{end}");
                } else {
                    assert!(found.refused <= u64::from(splits.mirrored()));
                }
            }
        }
    }

    #[test]
    fn halves_and_enumeration_agree() {
        let splits = UnitSplits::All { units: 18, treated: 9 };
        let observed = first(18, 9);
        let v = values(18, 2);
        let [halved] = asked(std::slice::from_ref(&v), None, &splits, &observed, false)[..] else {
            panic!()
        };
        let walked = asked(&[v.clone(), values(18, 7)], None, &splits, &observed, false)[0];
        let weighted = asked(&[v], Some(&[1.0; 18]), &splits, &observed, false)[0];
        for other in [walked, weighted] {
            assert_eq!(halved.as_extreme, other.as_extreme);
            assert_eq!((halved.greater, halved.less), (other.greater, other.less));
            assert_eq!(halved.most_extreme, other.most_extreme);
            for (a, b) in halved.limits.iter().zip(other.limits) {
                assert!((a - b).abs() < 1e-11 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }

    #[test]
    fn a_sample_of_the_splits_leads_to_the_same_limits() {
        let splits = UnitSplits::All { units: 22, treated: 11 };
        assert!(splits.count() >= SAMPLE_FROM);
        let observed = first(22, 11);
        let v = values(22, 5);
        let [halved] = asked(std::slice::from_ref(&v), None, &splits, &observed, false)[..] else {
            panic!()
        };
        let walked = asked(&[v, values(22, 7)], None, &splits, &observed, false)[0];
        for (a, b) in halved.limits.iter().zip(walked.limits) {
            assert!((a - b).abs() < 1e-11 * b.abs().max(1.0), "{a} {b}");
        }
    }

    #[test]
    fn the_largest_t_is_that_of_the_definition() {
        let splits = UnitSplits::All { units: 8, treated: 4 };
        let observed = first(8, 4);
        let own: Vec<Vec<f64>> = (1..=11).map(|shift| values(8, shift)).collect();
        let t = |v: &[f64], d: f64| {
            let mean = v.iter().sum::<f64>() / 8.0;
            let squares: f64 = v.iter().map(|x| (x - mean).powi(2)).sum();
            d.abs() / ((squares - 2.0 * d * d) / 6.0 / 2.0).sqrt()
        };
        let statistics: Vec<Vec<f64>> = (own.iter())
            .map(|v| by_definition(v, &splits, &observed, 0.0).iter().map(|&d| t(v, d)).collect())
            .collect();
        let at = (0..70).find(|&n| splits.cursor(n).inside() == observed).unwrap() as usize;
        let mut order: Vec<usize> = (0..own.len()).collect();
        order.sort_by(|&a, &b| statistics[a][at].total_cmp(&statistics[b][at]));
        let mut expected = vec![0; own.len()];
        for (rank, &measure) in order.iter().enumerate() {
            let largest = |split: usize| {
                order[..=rank].iter().fold(0.0_f64, |top, &m| top.max(statistics[m][split]))
            };
            let bound = statistics[measure][at] * (1.0 - 1e-9);
            expected[measure] = (0..70).filter(|&split| largest(split) >= bound).count() as u64;
        }
        let mut before = 0;
        for &measure in order.iter().rev() {
            before = expected[measure].max(before);
            expected[measure] = before;
        }
        for weights in [None, Some(&[1.0; 8][..])] {
            let found = asked(&own, weights, &splits, &observed, true);
            let counts: Vec<u64> = found.iter().map(|own| own.max_t.unwrap()).collect();
            assert_eq!(counts, expected);
        }
    }

    #[test]
    fn units_without_a_value_take_no_part() {
        let splits = UnitSplits::All { units: 8, treated: 4 };
        let observed = first(8, 4);
        let mut v = values(8, 3);
        v[2] = 1e9;
        let mut weights = [1.0; 8];
        weights[2] = 0.0;
        let [found] = asked(&[v.clone()], Some(&weights), &splits, &observed, true)[..] else {
            panic!()
        };
        let arm = |units: &[usize]| units.iter().map(|&u| v[u]).sum::<f64>() / units.len() as f64;
        assert!((found.statistic - (arm(&[0, 1, 3]) - arm(&[4, 5, 6, 7]))).abs() < 1e-12);
        assert_eq!(found.splits, 70);
    }

    #[test]
    fn what_does_not_vary_has_probability_one() {
        let splits = UnitSplits::All { units: 8, treated: 4 };
        let flat: Vec<f64> = (0..8).map(|i| 1.0 + 1e-14 * f64::from(i)).collect();
        let found = asked(&[flat, values(8, 1)], None, &splits, &first(8, 4), true);
        assert_eq!((found[0].as_extreme, found[0].max_t), (70, None));
        assert!(found[1].max_t.is_some());
    }

    #[test]
    fn drawn_splits_count_the_one_that_was_made() {
        let (units, treated) = (60, 30);
        let splits = UnitSplits::Drawn { units, treated, count: 999, key: Key::new(7) };
        let [found] = asked(&[values(60, 3)], None, &splits, &first(60, 30), false)[..] else {
            panic!()
        };
        assert_eq!(found.splits, 1000);
        assert!(found.as_extreme >= 1 && found.limits[0] < found.statistic);
        assert!(found.limits[1] > found.statistic);
    }
}
