//! How many splits reach a sum, without making each: the units in two halves.
//!
//! The sums of the subsets of each half are listed by size and by how many of their units were treated,
//! ascending, and pairs of lists are counted with two pointers. 40 units have 1.4e11 splits and 2 million
//! such sums. Units that were treated come first, so that as a rule one half alone has any.

use super::splits::UnitSplits;
use crate::error::Result;
use crate::threads::Watch;

/// Sums of the larger half at most: 34 MB.
const MOST_SUMS: u64 = 1 << 22;

/// What a unit, or one of a pair, adds to a set of treated units.
#[derive(Debug, Clone, Copy)]
pub struct Addition {
    /// The unit; None: none of them.
    pub unit: Option<usize>,
    /// Treated units that it adds.
    pub size: usize,
    /// Of these, units that were treated.
    pub both: usize,
}

/// The splits as choices one after another, each between two additions, in two halves.
#[derive(Debug)]
pub struct HalvedSplits {
    /// The choices of both halves.
    pub halves: [Vec<[Addition; 2]>; 2],
    /// Treated units of a split.
    pub treated: usize,
}

impl HalvedSplits {
    /// None where the sums of a half do not fit into memory, and where splits are listed or drawn.
    pub fn new(splits: &UnitSplits, observed: &[bool]) -> Option<Self> {
        let one =
            |unit: usize| Addition { unit: Some(unit), size: 1, both: usize::from(observed[unit]) };
        let none = Addition { unit: None, size: 0, both: 0 };
        let choices: Vec<[Addition; 2]> = match splits {
            UnitSplits::All { units, .. } => {
                let first = (0..*units).filter(|&unit| observed[unit]);
                let last = (0..*units).filter(|&unit| !observed[unit]);
                first.chain(last).map(|unit| [none, one(unit)]).collect()
            }
            UnitSplits::Pairs(pairs) => pairs.iter().map(|pair| pair.map(one)).collect(),
            _ => return None,
        };
        let (left, right) = choices.split_at(choices.len() / 2);
        let found = Self { halves: [left.to_vec(), right.to_vec()], treated: splits.treated() };
        (found.sums() <= MOST_SUMS).then_some(found)
    }

    /// Sums of the larger half.
    pub fn sums(&self) -> u64 {
        let [left, right] = &self.halves;
        let count = left.len().max(right.len());
        let mut found = 0_u64;
        for size in 0..=self.treated.min(count) {
            found = found.saturating_add(super::splits::choose(count, size));
        }
        found
    }
}

/// The sums of a class of subsets in each half that make splits together.
#[derive(Debug)]
struct ClassPair {
    /// Places of the lists.
    lists: [usize; 2],
    /// Units that were treated, of those that the splits treat.
    both: usize,
}

/// The sums of both halves, ascending, by class.
#[derive(Debug)]
pub struct Halves {
    lists: [Vec<Vec<f64>>; 2],
    pairs: Vec<ClassPair>,
}

/// From where on sums count: at least the first, or at most the second.
pub type Bounds = [f64; 2];

impl Halves {
    /// Lists the sums of the values of the units.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`].
    pub fn new(values: &[f64], splits: &HalvedSplits, watch: &Watch<'_>) -> Result<Self> {
        let [left, right] = &splits.halves;
        let [left, right] = [left, right].map(|own| ClassLists::new(own, splits.treated));
        let (left, right) = (left.filled(values, watch)?, right.filled(values, watch)?);
        let mut pairs = Vec::new();
        for (own, [size, both]) in left.classes() {
            for (other, [rest, others]) in right.classes() {
                if size + rest == splits.treated {
                    pairs.push(ClassPair { lists: [own, other], both: both + others });
                }
            }
        }
        Ok(Self { lists: [left.lists, right.lists], pairs })
    }

    /// Sums in all lists.
    pub fn sums(&self) -> usize {
        self.lists.iter().flatten().map(Vec::len).sum()
    }

    /// The least and the greatest sum of a split.
    pub fn span(&self) -> [f64; 2] {
        let sum = |part: fn(&[f64]) -> Option<&f64>, [left, right]: [&[f64]; 2]| {
            part(left).unwrap_or(&f64::NAN) + part(right).unwrap_or(&f64::NAN)
        };
        self.each().fold([f64::INFINITY, f64::NEG_INFINITY], |[least, greatest], (lists, _)| {
            [least.min(sum(<[f64]>::first, lists)), greatest.max(sum(<[f64]>::last, lists))]
        })
    }

    fn each(&self) -> impl Iterator<Item = ([&[f64]; 2], usize)> {
        self.pairs.iter().map(|pair| {
            let [left, right] = pair.lists;
            ([&self.lists[0][left][..], &self.lists[1][right][..]], pair.both)
        })
    }

    /// Splits whose sum is at least `bound`.
    pub fn at_least(&self, bound: f64) -> u64 {
        self.each().map(|([left, right], _)| pairs_reaching(left, right, bound)).sum()
    }

    /// Splits whose sum is at most `bound`.
    pub fn at_most(&self, bound: f64) -> u64 {
        self.each().map(|([left, right], _)| pairs_within(left, right, bound)).sum()
    }

    /// Splits whose sum is outside of bounds that depend on how many units are treated both ways.
    pub fn outside(&self, bounds: impl Fn(usize) -> Bounds) -> u64 {
        let of = |([left, right], both): ([&[f64]; 2], usize)| {
            let [least, most] = bounds(both);
            pairs_reaching(left, right, least) + pairs_within(left, right, most)
        };
        self.each().map(of).sum()
    }

    /// The sums outside of the inner and not outside of the outer bounds, with the number treated both ways.
    pub fn between(
        &self,
        inner: impl Fn(usize) -> Bounds,
        outer: impl Fn(usize) -> Bounds,
        mut take: impl FnMut(f64, usize),
    ) {
        for ([left, right], both) in self.each() {
            let ([least, most], [end, start]) = (inner(both), outer(both));
            // Of each side: places in the right list from where on sums with the left item count.
            let mut from = [right.len(); 2];
            let mut to = [right.len(); 2];
            for &a in left {
                for (place, bound) in from.iter_mut().zip([least, end]) {
                    while *place > 0 && a + right[*place - 1] >= bound {
                        *place -= 1;
                    }
                }
                for (place, bound) in to.iter_mut().zip([most, start]) {
                    while *place > 0 && a + right[*place - 1] > bound {
                        *place -= 1;
                    }
                }
                let (above, below) = (&right[from[0]..from[1]], &right[to[1]..to[0]]);
                above.iter().chain(below).for_each(|b| take(a + b, both));
            }
        }
    }
}

/// Lists of sums by size and by units that were treated.
struct ClassLists<'a> {
    choices: &'a [[Addition; 2]],
    /// Most units and most that were treated.
    most: [usize; 2],
    lists: Vec<Vec<f64>>,
}

impl<'a> ClassLists<'a> {
    fn new(choices: &'a [[Addition; 2]], treated: usize) -> Self {
        let most = |of: &dyn Fn(&Addition) -> usize| -> usize {
            choices.iter().map(|pair| pair.iter().map(of).max().unwrap_or(0)).sum()
        };
        let most = [most(&|own| own.size).min(treated), most(&|own| own.both).min(treated)];
        let mut lists = vec![Vec::new(); (most[0] + 1) * (most[1] + 1)];
        lists[0].push(0.0);
        Self { choices, most, lists }
    }

    /// Lists that are not empty, with size and units that were treated.
    fn classes(&self) -> impl Iterator<Item = (usize, [usize; 2])> {
        let width = self.most[1] + 1;
        let full = |&place: &usize| !self.lists[place].is_empty();
        (0..self.lists.len()).filter(full).map(move |place| (place, [place / width, place % width]))
    }

    fn filled(mut self, values: &[f64], watch: &Watch<'_>) -> Result<Self> {
        for pair in self.choices {
            watch.check()?;
            let mut found = vec![Vec::new(); self.lists.len()];
            for own in pair {
                let value = own.unit.map_or(0.0, |unit| values[unit]);
                for (place, [size, both]) in self.classes() {
                    let (size, both) = (size + own.size, both + own.both);
                    if size <= self.most[0] && both <= self.most[1] {
                        let target = &mut found[size * (self.most[1] + 1) + both];
                        *target = merged(target, &self.lists[place], value);
                    }
                }
            }
            self.lists = found;
        }
        Ok(self)
    }
}

/// Two ascending lists as one, a number added to the second.
fn merged(left: &[f64], right: &[f64], added: f64) -> Vec<f64> {
    let mut found = vec![0.0; left.len() + right.len()];
    let (mut i, mut j) = (0, 0);
    let both = found.iter_mut();
    for place in both {
        if i == left.len() || j == right.len() {
            break;
        }
        let (a, b) = (left[i], right[j] + added);
        let first = a <= b;
        *place = if first { a } else { b };
        i += usize::from(first);
        j += usize::from(!first);
    }
    let rest = left[i..].iter().copied().chain(right[j..].iter().map(|b| b + added));
    found[i + j..].iter_mut().zip(rest).for_each(|(place, value)| *place = value);
    found
}

/// Pairs of an item of each ascending list whose sum is at least `bound`.
fn pairs_reaching(left: &[f64], right: &[f64], bound: f64) -> u64 {
    let (mut count, mut i, mut below) = (0, 0, right.len());
    // Either step without a jump, which would be foreseen half of the time.
    while i < left.len() && below > 0 {
        let reaches = left[i] + right[below - 1] >= bound;
        below -= usize::from(reaches);
        count += if reaches { 0 } else { (right.len() - below) as u64 };
        i += usize::from(!reaches);
    }
    count + ((left.len() - i) * right.len()) as u64
}

/// Pairs of an item of each ascending list whose sum is at most `bound`.
fn pairs_within(left: &[f64], right: &[f64], bound: f64) -> u64 {
    let (mut count, mut i, mut within) = (0, 0, right.len());
    while i < left.len() && within > 0 {
        let above = left[i] + right[within - 1] > bound;
        within -= usize::from(above);
        count += if above { 0 } else { within as u64 };
        i += usize::from(!above);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::splits::choose;
    use crate::threads::Run;

    fn halves(values: &[f64], splits: &UnitSplits, observed: &[bool]) -> Halves {
        let run = Run { threads: Some(1), interrupted: &|| false };
        let halved = HalvedSplits::new(splits, observed).unwrap();
        Halves::new(values, &halved, &Watch::alone(&run)).unwrap()
    }

    fn values(count: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * i * 37 + 11 * i) % 23) as f64).collect()
    }

    /// Sum, and units treated both ways, of every split.
    fn every(own: &[f64], splits: &UnitSplits, observed: &[bool]) -> Vec<(f64, usize)> {
        let mut cursor = splits.cursor(0);
        let of = |number: u64| {
            if number > 0 {
                cursor.advance();
            }
            let inside = cursor.inside();
            let members = || (0..own.len()).filter(|&unit| inside[unit]);
            (members().map(|u| own[u]).sum(), members().filter(|&u| observed[u]).count())
        };
        (0..splits.count()).map(of).collect()
    }

    #[test]
    fn counts_are_those_of_every_split() {
        let mut all = vec![UnitSplits::Pairs((0..6).map(|i| [2 * i + 1, 2 * i]).collect())];
        for units in 2..=11 {
            all.extend((1..units).map(|treated| UnitSplits::All { units, treated }));
        }
        for splits in all {
            let own = values(splits.units());
            let observed = splits.cursor(splits.count() / 3).inside().to_vec();
            let sums = every(&own, &splits, &observed);
            let found = halves(&own, &splits, &observed);
            for bound in [-1.0, 7.0, 20.0, 33.5, 60.0, 500.0] {
                let above = sums.iter().filter(|(sum, _)| *sum >= bound).count() as u64;
                let below = sums.iter().filter(|(sum, _)| *sum <= bound).count() as u64;
                assert_eq!((found.at_least(bound), found.at_most(bound)), (above, below));
                let inner = |both: usize| [bound + both as f64, 3.0 * both as f64];
                let outer = |both: usize| [bound + 9.0, both as f64];
                let is = |sum: f64, [least, most]: Bounds| {
                    u64::from(sum >= least) + u64::from(sum <= most)
                };
                let expected = |b: &dyn Fn(usize) -> Bounds| -> u64 {
                    sums.iter().map(|&(sum, both)| is(sum, b(both))).sum()
                };
                assert_eq!(found.outside(inner), expected(&inner));
                if bound + splits.treated() as f64 > bound + 9.0 {
                    continue;
                }
                let mut taken: Vec<(f64, usize)> = Vec::new();
                found.between(inner, outer, |sum, both| taken.push((sum, both)));
                assert_eq!(taken.len() as u64, expected(&inner) - expected(&outer));
                for (sum, both) in taken {
                    assert!(is(sum, inner(both)) > is(sum, outer(both)));
                }
            }
        }
    }

    #[test]
    fn forty_units_are_counted_without_making_their_splits() {
        let (own, splits) = (values(40), UnitSplits::All { units: 40, treated: 20 });
        let observed: Vec<bool> = (0..40).map(|unit| unit % 2 == 0).collect();
        let found = halves(&own, &splits, &observed);
        assert_eq!(found.at_least(f64::MIN), choose(40, 20));
        let middle: f64 = own.iter().sum::<f64>() / 2.0;
        assert_eq!(found.at_least(middle), found.at_most(middle));
    }

    #[test]
    fn sums_that_do_not_fit_are_not_listed() {
        let fits = |units, treated| {
            HalvedSplits::new(&UnitSplits::All { units, treated }, &vec![false; units]).is_some()
        };
        assert!(fits(44, 22) && fits(200, 3) && !fits(60, 30) && !fits(4000, 4));
    }
}
