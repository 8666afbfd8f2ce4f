//! Dividing a sample over strata in whole numbers: the integer optimum, not a rounded one.
//!
//! All objectives are sums of convex functions of one stratum's size each. Giving units one at a time
//! to the stratum that gains most is then optimal under any bounds per stratum. Most units are given
//! at once, by a level below which the greedy choice is certain; the few left go through a heap.

use crate::choices::choices;
use crate::error::{Error, Result};
use crate::threads::{Run, Watch};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

choices! {
    /// What an allocation is close to.
    pub enum AllocationMethod called "method" {
        /// The same for every stratum that has units.
        Equal = "equal",
        /// In proportion to the strata's sizes.
        Proportional = "proportional",
        /// In proportion to a power of the sizes.
        Power = "power",
        /// The least variance of the mean.
        Neyman = "neyman",
        /// In proportion to size times deviation.
        NeymanRounded = "neyman_rounded",
    }
}

/// A stratum, with the bounds on its share of the sample.
#[derive(Debug, Clone, Copy)]
pub struct Stratum {
    /// Units there are.
    pub population: u64,
    /// Standard deviation of the value; used by the Neyman methods alone.
    pub sd: f64,
    /// Units to take at least; never more than `most`.
    pub least: u64,
    /// Units to take at most; never more than `population`.
    pub most: u64,
}

/// Units given one at a time between two looks at Ctrl-C: a millisecond or so.
const UNITS_PER_LOOK: u128 = 1 << 12;

/// How much the next unit of a stratum gains: first whether it must come first, then by how much.
/// Ties are equal keys.
type Gain = (bool, i128);

/// What the strata's gains are made of.
enum Objective {
    /// Gain `numerator[h] - taken * denominator`: distances from quotas, in exact whole numbers.
    Whole { numerator: Vec<i128>, denominator: i128 },
    /// Gain `quota[h] - taken`.
    Quota(Vec<f64>),
    /// Gain `weight[h]^2 / (taken (taken + 1))`.
    Variance(Vec<f64>),
}

/// Gains that are equal in exact decimals (sizes 100 and 300, deviations 0.3 and 0.1) may differ in
/// the last bits of doubles: they are compared in units of 1e-12 of their scale.
const QUANTUM: f64 = 1e-12;

impl Objective {
    fn new(method: AllocationMethod, strata: &[Stratum], n: u64, exponent: f64) -> Result<Self> {
        let whole = |weight: &dyn Fn(&Stratum) -> u64| {
            let weights = strata.iter().map(|s| i128::from(weight(s)));
            Self::Whole {
                denominator: weights.clone().sum(),
                numerator: weights.map(|w| w * i128::from(n)).collect(),
            }
        };
        let quota = |weight: &dyn Fn(&Stratum) -> f64| {
            let weights: Vec<f64> = strata.iter().map(weight).collect();
            let total: f64 = weights.iter().sum();
            if total == 0.0 && n > 0 {
                let reason = "sd must be > 0 in some stratum with units";
                return Err(Error::Usage(reason.to_owned()));
            }
            let share = |w| if total == 0.0 { 0.0 } else { n as f64 * (w / total) };
            Ok(Self::Quota(weights.into_iter().map(share).collect()))
        };
        match method {
            AllocationMethod::Equal => Ok(whole(&|s| u64::from(s.population > 0))),
            AllocationMethod::Proportional => Ok(whole(&|s| s.population)),
            AllocationMethod::Power => quota(&|s| {
                if s.population == 0 { 0.0 } else { (s.population as f64).powf(exponent) }
            }),
            AllocationMethod::NeymanRounded => quota(&|s| s.population as f64 * s.sd),
            AllocationMethod::Neyman => {
                Ok(Self::Variance(strata.iter().map(|s| s.population as f64 * s.sd).collect()))
            }
        }
    }

    /// The gain of stratum `h` when it has `taken` units already.
    fn gain(&self, h: usize, taken: u64, n: u64) -> Gain {
        match self {
            Self::Whole { numerator, denominator } => {
                (false, numerator[h] - i128::from(taken) * denominator)
            }
            Self::Quota(quota) => {
                let scale = QUANTUM * (n as f64).max(1.0);
                (false, ((quota[h] - taken as f64) / scale).round() as i128)
            }
            // Logarithms, as the gains themselves span more than any fixed unit.
            Self::Variance(weight) if weight[h] > 0.0 => {
                let taken = taken as f64;
                let steps = if taken == 0.0 { 1.0 } else { taken * (taken + 1.0) };
                let gain = 2.0 * weight[h].ln() - steps.ln();
                (taken == 0.0, (gain / QUANTUM).round() as i128)
            }
            Self::Variance(_) => (false, i128::MIN),
        }
    }

    /// About the units of stratum `h` whose gain is above a level that falls as `t` grows.
    fn above(&self, h: usize, t: f64) -> f64 {
        match self {
            Self::Whole { numerator, denominator } => {
                numerator[h] as f64 / (*denominator as f64).max(1.0) + t
            }
            Self::Quota(quota) => quota[h] + t,
            Self::Variance(weight) => weight[h] * t.exp(),
        }
    }

    /// Values of `t` between which every useful level lies.
    fn range(&self, n: u64) -> (f64, f64) {
        match self {
            Self::Whole { .. } | Self::Quota(_) => {
                let n = n as f64;
                (-2.0 * n - 4.0, 2.0 * n + 4.0)
            }
            // Weights are products of a u64 and a double.
            Self::Variance(_) => (-800.0, 800.0),
        }
    }
}

fn clamp(units: f64, stratum: &Stratum) -> u64 {
    // Casts of floats saturate, so what is below 0 is 0.
    (units as u64).clamp(stratum.least, stratum.most)
}

/// Units for every stratum, `n` in all: the optimum of `method` in whole numbers under the bounds,
/// a tie going to the lower index.
///
/// # Errors
/// [`Error::Usage`] where the bounds leave no allocation, or no weight is above 0; [`Error::Interrupted`]
/// where the caller asked to stop.
pub fn allocate(
    method: AllocationMethod,
    strata: &[Stratum],
    n: u64,
    exponent: f64,
    run: &Run<'_>,
) -> Result<Vec<u64>> {
    let sum = |bound: fn(&Stratum) -> u64| strata.iter().map(bound).map(u128::from).sum::<u128>();
    let (least, most) = (sum(|s| s.least), sum(|s| s.most));
    if !(least..=most).contains(&u128::from(n)) {
        return Err(Error::Usage(format!(
            "n must be between {least} (the minimums) and {most} (the maximums and sizes); got {n}"
        )));
    }
    let objective = Objective::new(method, strata, n, exponent)?;
    let watch = Watch::alone(run);
    let mut taken = certain(&objective, strata, n, &watch)?;
    let mut left = u128::from(n) - taken.iter().map(|&units| u128::from(units)).sum::<u128>();
    let mut heap: BinaryHeap<(Gain, Reverse<usize>)> = (0..strata.len())
        .filter(|&h| taken[h] < strata[h].most)
        .map(|h| (objective.gain(h, taken[h], n), Reverse(h)))
        .collect();
    while left > 0 {
        if left % UNITS_PER_LOOK == 0 {
            watch.check()?;
        }
        let Some((_, Reverse(h))) = heap.pop() else { break };
        taken[h] += 1;
        left -= 1;
        if taken[h] < strata[h].most {
            heap.push((objective.gain(h, taken[h], n), Reverse(h)));
        }
    }
    Ok(taken)
}

/// Units that the greedy choice gives in any case: those with a gain above a level that no more than
/// `n` units exceed. A few per stratum stay open, far beyond what rounding of the level can touch.
fn certain(
    objective: &Objective,
    strata: &[Stratum],
    n: u64,
    watch: &Watch<'_>,
) -> Result<Vec<u64>> {
    let at = |t: f64, margin: f64| {
        strata.iter().enumerate().map(move |(h, stratum)| {
            clamp((objective.above(h, t).floor() + margin).max(0.0), stratum)
        })
    };
    let fits = |t| at(t, 2.0).map(u128::from).sum::<u128>() <= u128::from(n);
    let (mut low, mut high) = objective.range(n);
    if !fits(low) {
        return Ok(strata.iter().map(|stratum| stratum.least).collect());
    }
    for _ in 0..100 {
        watch.check()?;
        let middle = 0.5 * (low + high);
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(at(low, -1.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNASKED: Run<'static> = Run { threads: Some(1), interrupted: &|| false };

    fn open(population: u64, sd: f64) -> Stratum {
        Stratum { population, sd, least: 0, most: population }
    }

    /// The definition: one unit at a time, the greatest gain, the lower index.
    fn one_at_a_time(method: AllocationMethod, strata: &[Stratum], n: u64) -> Vec<u64> {
        let objective = Objective::new(method, strata, n, 0.5).unwrap();
        let mut taken: Vec<u64> = strata.iter().map(|s| s.least).collect();
        while taken.iter().sum::<u64>() < n {
            let best = (0..strata.len())
                .filter(|&h| taken[h] < strata[h].most)
                .max_by_key(|&h| (objective.gain(h, taken[h], n), Reverse(h)))
                .unwrap();
            taken[best] += 1;
        }
        taken
    }

    proptest! {
        #[test]
        fn giving_most_at_once_changes_nothing(
            sizes in prop::collection::vec((0_u64..3000, 0_u32..50, 0_u64..4, 1_u64..4000), 1..12),
            share in 0.0_f64..1.0,
            which in 0_usize..5,
        ) {
            let method = [AllocationMethod::Equal, AllocationMethod::Proportional, AllocationMethod::Power, AllocationMethod::Neyman,
                AllocationMethod::NeymanRounded][which];
            let strata: Vec<Stratum> = sizes.iter().map(|&(population, sd, least, most)| {
                let most = most.min(population);
                Stratum { population, sd: 0.1 * f64::from(sd) + 0.1, least: least.min(most), most }
            }).collect();
            let least: u64 = strata.iter().map(|s| s.least).sum();
            let most: u64 = strata.iter().map(|s| s.most).sum();
            let n = least + ((most - least) as f64 * share) as u64;
            prop_assume!(strata.iter().any(|s| s.population > 0));
            let got = allocate(method, &strata, n, 0.5, &UNASKED).unwrap();
            prop_assert_eq!(got, one_at_a_time(method, &strata, n));
        }
    }

    #[test]
    fn decimals_that_tie_go_to_the_lower_index() {
        // 100 * 0.3 and 300 * 0.1 are 30 in decimals, not in doubles.
        for method in [AllocationMethod::Neyman, AllocationMethod::NeymanRounded] {
            assert_eq!(
                allocate(method, &[open(100, 0.3), open(300, 0.1)], 7, 0.5, &UNASKED),
                Ok(vec![4, 3])
            );
            assert_eq!(
                allocate(method, &[open(300, 0.1), open(100, 0.3)], 7, 0.5, &UNASKED),
                Ok(vec![4, 3])
            );
        }
    }

    #[test]
    fn a_billion_units_take_no_time() {
        let strata = [open(4_000_000_000, 1.0), open(2_000_000_000, 2.0), open(7, 1.0)];
        let got =
            allocate(AllocationMethod::Neyman, &strata, 1_000_000_000, 0.5, &UNASKED).unwrap();
        assert_eq!(got.iter().sum::<u64>(), 1_000_000_000);
        assert_eq!(got[0].abs_diff(got[1]), u64::from(got[2] % 2 == 1));
    }

    #[test]
    fn bounds_that_leave_nothing_are_told() {
        let error =
            allocate(AllocationMethod::Equal, &[open(3, 1.0), open(4, 1.0)], 8, 0.5, &UNASKED)
                .unwrap_err();
        assert!(error.to_string().contains("between 0 (the minimums) and 7"), "{error}");
        assert!(
            allocate(AllocationMethod::NeymanRounded, &[open(3, 0.0)], 2, 0.5, &UNASKED).is_err()
        );
        assert_eq!(allocate(AllocationMethod::Proportional, &[], 0, 0.5, &UNASKED), Ok(vec![]));
    }

    #[test]
    fn many_strata_are_left_in_the_middle() {
        let strata = vec![open(1000, 1.0); 10_000];
        let asked = std::cell::Cell::new(0);
        let interrupted = || {
            asked.set(asked.get() + 1);
            asked.get() == 50
        };
        let run = Run { threads: Some(1), interrupted: &interrupted };
        let outcome = allocate(AllocationMethod::Neyman, &strata, 1_000_000, 0.5, &run);
        assert_eq!((outcome, asked.get()), (Err(Error::Interrupted), 50));
    }
}
