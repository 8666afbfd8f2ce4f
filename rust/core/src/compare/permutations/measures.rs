//! A measure of the units, as permutation compares it: about its mean, in units of its spread.

use super::super::limits::refused;
use super::super::splits::UnitSplits;

/// Values this near, in units of the largest distance from their mean, count as equal.
const EQUAL: f64 = 1e-9;
/// The same in units of the levels whose differences the values are: what rounding leaves of them.
pub(super) const ROUNDING: f64 = 1e-12;

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

/// A measure about its mean, in units in which the squares add up to 1.
pub(super) struct Standardized {
    pub(super) values: Vec<f64>,
    pub(super) weights: Option<Vec<f64>>,
    /// What one such unit is.
    pub(super) unit: f64,
    /// The statistic, in such units.
    pub(super) statistic: f64,
    pub(super) tolerance: f64,
    /// The squared t of the units' changes, in ascending order of which measures are taken.
    pub(super) strength: f64,
    /// Whether no unit differs from another.
    pub(super) flat: bool,
}

/// Weighted sums of the treated and of all units: of values and of weights.
#[derive(Clone, Copy, Default)]
pub(super) struct ArmSums {
    pub(super) value: f64,
    pub(super) weight: f64,
    pub(super) flag: f64,
}

impl Standardized {
    pub(super) fn new(measure: &TeamMeasure<'_>, question: &PermutationQuestion<'_>) -> Self {
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

    pub(super) fn add(&self, sums: &mut ArmSums, unit: usize, sign: f64, observed: &[bool]) {
        let weight = sign * self.weight(unit);
        sums.value += weight * self.values[unit];
        sums.weight += weight;
        sums.flag += if observed[unit] { weight } else { 0.0 };
    }

    pub(super) fn arm(&self, inside: &[bool], observed: &[bool]) -> ArmSums {
        let mut sums = ArmSums::default();
        for unit in (0..inside.len()).filter(|&unit| inside[unit]) {
            self.add(&mut sums, unit, 1.0, observed);
        }
        sums
    }

    pub(super) fn whole(&self, observed: &[bool]) -> ArmSums {
        self.arm(&vec![true; observed.len()], observed)
    }

    /// The statistics of the values and of the treatment flags; NaN where an arm is empty.
    pub(super) fn difference(arm: ArmSums, whole: ArmSums) -> (f64, f64) {
        let other = whole.weight - arm.weight;
        // Weights were added and subtracted: what is left of an empty arm is rounding.
        if arm.weight <= ROUNDING * whole.weight || other <= ROUNDING * whole.weight {
            return (f64::NAN, f64::NAN);
        }
        let between = |own: f64, all: f64| own / arm.weight - (all - own) / other;
        (between(arm.value, whole.value), between(arm.flag, whole.flag))
    }

    /// The squared t of a difference between arms of known weights, pooled.
    pub(super) fn t_squared(&self, difference: f64, arm: f64, whole: f64) -> f64 {
        let units = self.weights.as_ref().map_or(self.values.len(), |weights| {
            weights.iter().filter(|&&weight| weight > 0.0).count()
        });
        let share = difference * difference * arm * (whole - arm) / whole;
        let freedom = units.saturating_sub(2) as f64;
        if share < 1.0 { freedom * share / (1.0 - share) } else { f64::INFINITY }
    }

    /// The answer where no unit differs from another.
    pub(super) fn without_variation(question: &PermutationQuestion<'_>) -> Permuted {
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
