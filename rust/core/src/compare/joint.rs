//! The largest t of several measures over all splits: the units in two halves, many splits at a time.
//!
//! A split's statistic is the sum of what both halves add. Of each size the subsets of one half are laid
//! side by side, a measure after the other; each subset of the other half then takes an addition, a
//! comparison and a count a measure for all of them. Splits of exchanged arms are looked at once.

use super::halves::{Addition, HalvedSplits};
use crate::error::Result;
use crate::lanes::{Arithmetic, InstructionSet, LANES, LaneKernel};
use crate::threads::{Run, in_turns};

/// Numbers in the lists of a half at most: 34 MB.
const MOST_NUMBERS: u64 = 1 << 22;
/// Splits times measures that are not worth a second thread.
const SMALL: u64 = 1 << 22;

/// A measure of the units.
#[derive(Debug, Clone, Copy)]
pub struct JointMeasure<'a> {
    /// A value a unit.
    pub values: &'a [f64],
    /// The statistic is the sum of the treated times `gain`, less `offset`.
    pub gain: f64,
    /// As said.
    pub offset: f64,
    /// Size of the statistic that counts.
    pub bound: f64,
}

/// Subsets side by side, a measure after the other.
type Tile = Vec<[f64; LANES]>;

/// Counts, for each measure, the splits in which this or a measure before it reaches this one's bound;
/// None where the lists do not fit into memory.
///
/// # Errors
/// [`crate::Error::Interrupted`].
pub fn count_largest(
    measures: &[JointMeasure<'_>],
    splits: &HalvedSplits,
    mirrored: bool,
    run: &Run<'_>,
) -> Result<Option<Vec<u64>>> {
    if splits.sums().saturating_mul(measures.len() as u64) > MOST_NUMBERS {
        return Ok(None);
    }
    let [left, right] = &splits.halves;
    let many = measures.len();
    let left = subsets(left.iter().map(|pair| &pair[..]), measures, splits.treated, true);
    // Of a split and that of exchanged arms, the one in which the last choice is the first.
    let last = right.len().checked_sub(1).filter(|_| mirrored);
    let choices = right.iter().enumerate();
    let choices = choices.map(|(place, pair)| &pair[..2 - usize::from(Some(place) == last)]);
    let right = subsets(choices, measures, splits.treated, false);
    let tiles: Vec<Vec<Tile>> = right.iter().map(|own| tiled(own, many)).collect();
    let mut work = Vec::new();
    let mut count = 0_u64;
    for (size, own) in left.iter().enumerate() {
        for tile in tiles.get(splits.treated - size).into_iter().flatten() {
            work.push((&own[..], tile));
            count += (own.len() * LANES) as u64;
        }
    }
    let alone = Run { threads: Some(1), ..*run };
    let parts = in_turns(work.len(), if count < SMALL { &alone } else { run }, |turn, watch| {
        watch.check()?;
        let (left, tile) = work[turn];
        Ok(InstructionSet::in_use().run(TilePass { measures, left, tile }))
    })?;
    let mut found = vec![0; measures.len()];
    for part in parts {
        found.iter_mut().zip(part).for_each(|(sum, own)| *sum += own);
    }
    let times = if mirrored { 2 } else { 1 };
    Ok(Some(found.into_iter().map(|own| own * times).collect()))
}

/// What the subsets of a half add to each statistic, by size: the measures of a subset side by side.
fn subsets<'a>(
    choices: impl Iterator<Item = &'a [Addition]>,
    measures: &[JointMeasure<'_>],
    treated: usize,
    first: bool,
) -> Vec<Vec<f64>> {
    let mut found = vec![Vec::new(); treated + 1];
    found[0] = measures.iter().map(|own| if first { -own.offset } else { 0.0 }).collect();
    for choice in choices {
        let mut next = vec![Vec::new(); treated + 1];
        for own in choice {
            let values = measures
                .iter()
                .map(|measure| own.unit.map_or(0.0, |unit| measure.gain * measure.values[unit]));
            let values: Vec<f64> = values.collect();
            for (size, list) in found.iter().enumerate() {
                if let Some(target) = next.get_mut(size + own.size) {
                    let sums =
                        list.chunks_exact(values.len()).flat_map(|sums| sums.iter().zip(&values));
                    target.extend(sums.map(|(sum, value)| sum + value));
                }
            }
        }
        found = next;
    }
    found
}

/// Subsets in groups of lanes, a measure after the other; what fills the last group never counts.
fn tiled(sums: &[f64], measures: usize) -> Vec<Tile> {
    let tile = |part: &[f64]| {
        let mut found = vec![[f64::NAN; LANES]; measures];
        for (lane, own) in part.chunks_exact(measures).enumerate() {
            found.iter_mut().zip(own).for_each(|(lanes, sum)| lanes[lane] = *sum);
        }
        found
    };
    sums.chunks(measures * LANES).map(tile).collect()
}

/// All subsets of one half with a group of those of the other.
struct TilePass<'a> {
    measures: &'a [JointMeasure<'a>],
    left: &'a [f64],
    tile: &'a Tile,
}

impl LaneKernel for TilePass<'_> {
    type Output = Vec<u64>;

    #[inline(always)]
    fn run(self, _: impl Arithmetic) -> Vec<u64> {
        let mut counts = vec![[0_u64; LANES]; self.measures.len()];
        for sums in self.left.chunks_exact(self.measures.len()) {
            let mut largest = [f64::NEG_INFINITY; LANES];
            let each = self.measures.iter().zip(sums).zip(self.tile).zip(&mut counts);
            for (((measure, sum), others), count) in each {
                for lane in 0..LANES {
                    let size = (sum + others[lane]).abs();
                    largest[lane] = if size > largest[lane] { size } else { largest[lane] };
                    count[lane] += u64::from(largest[lane] >= measure.bound);
                }
            }
        }
        counts.iter().map(|lanes| lanes.iter().sum()).collect()
    }
}
