//! Sixteen Kalman filters of a queue's day level side by side, one a lane, and their mixture.
//!
//! They share the terms of each day and differ in three variances only: the day's own noise, the steps of
//! the level and the autoregression. There is no search, so that nothing can fail to converge.

use super::terms::{AUTOREGRESSION, DayTerms, LEVEL};
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};

/// Filters, one a lane.
pub const FILTERS: usize = 16;
type FilterLanes = [f64; FILTERS];

/// Share of the level that is left after a day: half of it after 69 days.
pub const LEVEL_DECAY: f64 = 0.99;
/// Share of the autoregression that is left after a day.
pub const AUTOREGRESSION_DECAY: f64 = 0.8;
/// Innovations beyond so many of their standard deviations count as one there.
const CLIP: f64 = 3.0;

/// The variances that filters differ in.
#[derive(Debug, Clone, Copy)]
pub struct FilterVariances {
    /// Of a day's own noise: s^2.
    pub own: FilterLanes,
    /// Of a step of the level: q s^2.
    pub level_step: FilterLanes,
    /// Of the autoregression: a s^2.
    pub autoregression: FilterLanes,
}

impl FilterVariances {
    /// The grid: s of 0.03, 0.07, 0.14, 0.3; q of 0.01, 0.1; a of 0, 1.
    pub fn grid() -> Self {
        let each = |f: fn(f64, f64, f64) -> f64| {
            std::array::from_fn(|i| {
                f([0.03, 0.07, 0.14, 0.3][i / 4], [0.01, 0.1][i / 2 % 2], [0.0, 1.0][i % 2])
            })
        };
        Self {
            own: each(|s, _, _| s * s),
            level_step: each(|s, q, _| q * s * s),
            autoregression: each(|s, _, a| a * s * s),
        }
    }
}

/// A day that the filters pass.
#[derive(Debug, Clone, Copy)]
pub struct FilteredDay {
    /// Its terms.
    pub terms: DayTerms,
    /// Logarithm of the total, less the series' centre; NaN: not seen.
    pub value: f64,
    /// Variance of that by chance alone.
    pub poisson: f64,
}

/// What the mixture expected of a day before it came, without the chance of counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedDay {
    /// Of the logarithm, less the series' centre.
    pub mean: f64,
    /// Its variance, the day's own noise in it.
    pub variance: f64,
}

/// The filters' mixture after the last day: its first two moments, which are all that forecasts need.
///
/// The filters' transitions are the same, and what their variances add is linear: moments of the mixture
/// follow from these for every day to come.
#[derive(Debug, Clone, PartialEq)]
pub struct MixtureState {
    /// Mean of the state.
    pub mean: Vec<f64>,
    /// Lower triangle of its covariance, row by row.
    pub covariance: Vec<f64>,
    /// What a day adds to the variance of the level.
    pub level_step: f64,
    /// What a day adds to the variance of the autoregression.
    pub autoregression_step: f64,
    /// Variance of a day's own noise.
    pub own: f64,
}

/// Place of an element in a lower triangle; `row` is not below `column`.
fn triangle(row: usize, column: usize) -> usize {
    row * (row + 1) / 2 + column
}

fn cell(one: usize, other: usize) -> usize {
    triangle(one.max(other), one.min(other))
}

/// The filters over all days; the mixture after them, and what was expected of each.
pub fn filter(
    days: &[FilteredDay],
    priors: &[f64],
    variances: &FilterVariances,
) -> (MixtureState, Vec<ExpectedDay>) {
    InstructionSet::in_use().run(Passage { days, priors, variances })
}

struct Passage<'a> {
    days: &'a [FilteredDay],
    priors: &'a [f64],
    variances: &'a FilterVariances,
}

/// Filters at work.
struct FilterBank<'a> {
    variances: &'a FilterVariances,
    elements: usize,
    mean: Vec<FilterLanes>,
    covariance: Vec<FilterLanes>,
    log_likelihood: FilterLanes,
    /// Covariance of the state with the day's sum of terms.
    with_sum: Vec<FilterLanes>,
}

impl LaneKernel for Passage<'_> {
    type Output = (MixtureState, Vec<ExpectedDay>);

    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) -> Self::Output {
        let mut bank = FilterBank::new(self.priors, self.variances);
        let mut expected = Vec::with_capacity(self.days.len());
        for (i, day) in self.days.iter().enumerate() {
            if i > 0 {
                bank.step(arithmetic);
            }
            expected.push(bank.pass(arithmetic, day));
        }
        (bank.mixture(), expected)
    }
}

impl<'a> FilterBank<'a> {
    #[inline(always)]
    fn new(priors: &[f64], variances: &'a FilterVariances) -> Self {
        let elements = priors.len();
        let mut covariance = vec![[0.0; FILTERS]; triangle(elements, 0)];
        for (element, &prior) in priors.iter().enumerate() {
            covariance[triangle(element, element)] = [prior; FILTERS];
        }
        let stationary = 1.0 - LEVEL_DECAY * LEVEL_DECAY;
        covariance[triangle(LEVEL, LEVEL)] = variances.level_step.map(|step| step / stationary);
        covariance[triangle(AUTOREGRESSION, AUTOREGRESSION)] = variances.autoregression;
        Self {
            variances,
            elements,
            mean: vec![[0.0; FILTERS]; elements],
            covariance,
            log_likelihood: [0.0; FILTERS],
            with_sum: vec![[0.0; FILTERS]; elements],
        }
    }

    /// From one day to the next.
    #[inline(always)]
    fn step(&mut self, arithmetic: impl Arithmetic) {
        for (element, decay) in [(LEVEL, LEVEL_DECAY), (AUTOREGRESSION, AUTOREGRESSION_DECAY)] {
            for lane in &mut self.mean[element] {
                *lane *= decay;
            }
            for other in 0..self.elements {
                for lane in &mut self.covariance[cell(element, other)] {
                    *lane *= decay;
                }
            }
        }
        let level = &mut self.covariance[triangle(LEVEL, LEVEL)];
        for (lane, &step) in level.iter_mut().zip(&self.variances.level_step) {
            *lane = arithmetic.mul_add(*lane, LEVEL_DECAY, step);
        }
        let rest = 1.0 - AUTOREGRESSION_DECAY * AUTOREGRESSION_DECAY;
        let own = &mut self.covariance[triangle(AUTOREGRESSION, AUTOREGRESSION)];
        for (lane, &variance) in own.iter_mut().zip(&self.variances.autoregression) {
            *lane = arithmetic.mul_add(*lane, AUTOREGRESSION_DECAY, rest * variance);
        }
    }

    /// What is expected of a day; and what is learnt from it, if it was seen.
    #[inline(always)]
    fn pass(&mut self, arithmetic: impl Arithmetic, day: &FilteredDay) -> ExpectedDay {
        for (element, lanes) in self.with_sum.iter_mut().enumerate() {
            let mut sum = [0.0; FILTERS];
            for &(other, multiplier) in day.terms.elements() {
                let covariance = &self.covariance[cell(element, other)];
                for l in 0..FILTERS {
                    sum[l] = arithmetic.mul_add(multiplier, covariance[l], sum[l]);
                }
            }
            *lanes = sum;
        }
        let mut mean = [0.0; FILTERS];
        let mut variance = self.variances.own;
        for &(element, multiplier) in day.terms.elements() {
            for l in 0..FILTERS {
                mean[l] = arithmetic.mul_add(multiplier, self.mean[element][l], mean[l]);
                variance[l] =
                    arithmetic.mul_add(multiplier, self.with_sum[element][l], variance[l]);
            }
        }
        let (weights, offset) = (self.weights(), day.terms.offset);
        let centre = dot(&weights, &mean);
        let spread: FilterLanes = std::array::from_fn(|l| {
            (mean[l] - centre).mul_add(mean[l] - centre, variance[l] + day.terms.unknown)
        });
        if !day.value.is_nan() {
            let missed = mean.map(|each| day.value - offset - each);
            self.learn(arithmetic, &missed, &variance.map(|each| each + day.poisson));
        }
        ExpectedDay { mean: centre + offset, variance: dot(&weights, &spread) }
    }

    #[inline(always)]
    fn learn(&mut self, arithmetic: impl Arithmetic, missed: &FilterLanes, variance: &FilterLanes) {
        let mut inverse = [0.0; FILTERS];
        for l in 0..FILTERS {
            let square = missed[l] * missed[l];
            let clipped = variance[l].max(square / (CLIP * CLIP));
            inverse[l] = 1.0 / clipped;
            self.log_likelihood[l] -= 0.5 * (clipped.ln() + square * inverse[l]);
        }
        for row in 0..self.elements {
            let mut gain = [0.0; FILTERS];
            for l in 0..FILTERS {
                gain[l] = -self.with_sum[row][l] * inverse[l];
                self.mean[row][l] = arithmetic.mul_add(-gain[l], missed[l], self.mean[row][l]);
            }
            let from = triangle(row, 0);
            let cells = &mut self.covariance[from..=from + row];
            for (cell, other) in cells.iter_mut().zip(&self.with_sum) {
                for l in 0..FILTERS {
                    cell[l] = arithmetic.mul_add(gain[l], other[l], cell[l]);
                }
            }
        }
    }

    /// The filters' weights: proportional to their likelihoods.
    #[inline(always)]
    fn weights(&self) -> FilterLanes {
        let most = self.log_likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = self.log_likelihood.map(|each| (each - most).exp());
        let sum: f64 = weights.iter().sum();
        weights.map(|each| each / sum)
    }

    fn mixture(&self) -> MixtureState {
        let weights = self.weights();
        let mean: Vec<f64> = self.mean.iter().map(|lanes| dot(&weights, lanes)).collect();
        let mut covariance = Vec::with_capacity(self.covariance.len());
        for row in 0..self.elements {
            for column in 0..=row {
                let cell = &self.covariance[triangle(row, column)];
                let apart = |element: usize, l: usize| self.mean[element][l] - mean[element];
                covariance.push(dot(
                    &weights,
                    &std::array::from_fn(|l| apart(row, l).mul_add(apart(column, l), cell[l])),
                ));
            }
        }
        let rest = 1.0 - AUTOREGRESSION_DECAY * AUTOREGRESSION_DECAY;
        MixtureState {
            mean,
            covariance,
            level_step: dot(&weights, &self.variances.level_step),
            autoregression_step: rest * dot(&weights, &self.variances.autoregression),
            own: dot(&weights, &self.variances.own),
        }
    }
}

impl MixtureState {
    /// From one day to the next.
    pub fn step(&mut self) {
        let elements = self.mean.len();
        for (element, decay) in [(LEVEL, LEVEL_DECAY), (AUTOREGRESSION, AUTOREGRESSION_DECAY)] {
            self.mean[element] *= decay;
            for other in 0..elements {
                self.covariance[cell(element, other)] *= decay;
            }
            self.covariance[triangle(element, element)] *= decay;
        }
        self.covariance[triangle(LEVEL, LEVEL)] += self.level_step;
        self.covariance[triangle(AUTOREGRESSION, AUTOREGRESSION)] += self.autoregression_step;
    }

    /// Mean and variance of a day's logarithm, less the centre.
    pub fn expected(&self, terms: &DayTerms) -> ExpectedDay {
        let (mut mean, mut variance) = (terms.offset, self.own + terms.unknown);
        for &(element, multiplier) in terms.elements() {
            mean += multiplier * self.mean[element];
            for &(other, second) in terms.elements() {
                variance += multiplier * second * self.covariance[cell(element, other)];
            }
        }
        ExpectedDay { mean, variance }
    }
}

fn dot(one: &FilterLanes, other: &FilterLanes) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::super::terms::StateLayout;
    use super::*;

    const TOTALS: [f64; 21] = [
        400.0, 380.0, 350.0, 360.0, 340.0, 120.0, 60.0, 420.0, 400.0, 345.0, 330.0, 350.0, 115.0,
        70.0, 410.0, 390.0, 360.0, 350.0, 345.0, 125.0, 64.0,
    ];
    /// 1970-01-05, a Monday.
    const MONDAY: i64 = 4;
    const LAYOUT: StateLayout = StateLayout { month: false, year: false, kinds: 0 };

    fn days(totals: &[f64]) -> (f64, Vec<FilteredDay>) {
        let logs: Vec<f64> = totals.iter().map(|total| (total + 0.5).ln()).collect();
        let centre = logs.iter().sum::<f64>() / logs.len() as f64;
        let day = |(i, log): (usize, &f64)| FilteredDay {
            terms: LAYOUT.terms(MONDAY + i as i64, None),
            value: log - centre,
            poisson: 1.0 / totals[i],
        };
        (centre, logs.iter().enumerate().map(day).collect())
    }

    fn alike(s: f64, q: f64, a: f64) -> FilterVariances {
        FilterVariances {
            own: [s * s; FILTERS],
            level_step: [q * s * s; FILTERS],
            autoregression: [a * s * s; FILTERS],
        }
    }

    #[test]
    fn forecasts_agree_with_the_reference() {
        let (centre, days) = days(&TOTALS);
        let cases = [
            (
                alike(0.07, 0.1, 1.0),
                [
                    (6.023_964_797_311_313, 0.014_274_950_836_610_917),
                    (5.972_267_401_163_322, 0.015_409_271_048_103_086),
                    (5.867_823_140_721_583, 0.016_311_026_025_796_205),
                ],
            ),
            (
                alike(0.14, 0.01, 0.0),
                [
                    (6.016_445_716_465_901, 0.028_578_442_302_270_374),
                    (5.966_538_866_801_564, 0.028_664_035_114_615_575),
                    (5.863_730_029_897_793, 0.028_795_608_486_818_818),
                ],
            ),
        ];
        for (variances, expected) in cases {
            let (mut state, _) = filter(&days, &LAYOUT.priors(false), &variances);
            for (k, (mean, variance)) in expected.into_iter().enumerate() {
                state.step();
                let found = state.expected(&LAYOUT.terms(MONDAY + 21 + k as i64, None));
                assert!((found.mean + centre - mean).abs() < 1e-12, "{found:?}");
                assert!((found.variance / variance - 1.0).abs() < 1e-11, "{found:?}");
            }
        }
    }

    #[test]
    fn the_mixture_forecasts_what_its_filters_would() {
        let (_, mut days) = days(&TOTALS);
        days[9].value = f64::NAN;
        let (mut state, _) = filter(&days[..20], &LAYOUT.priors(false), &FilterVariances::grid());
        let (_, expected) = filter(&days, &LAYOUT.priors(false), &FilterVariances::grid());
        state.step();
        let found = state.expected(&days[20].terms);
        assert!((found.mean - expected[20].mean).abs() < 1e-13);
        assert!((found.variance - expected[20].variance).abs() < 1e-13);
    }

    #[test]
    fn all_instruction_sets_agree() {
        let (_, days) = days(&TOTALS);
        let (priors, grid) = (LAYOUT.priors(false), FilterVariances::grid());
        let found = |set: &InstructionSet| {
            set.run(Passage { days: &days, priors: &priors, variances: &grid }).0
        };
        let states: Vec<_> = InstructionSet::available().iter().map(found).collect();
        for state in &states {
            for (one, other) in state.mean.iter().zip(&states[0].mean) {
                assert!((one - other).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn an_outlier_moves_the_level_no_more_than_three_deviations() {
        let expected = |total: f64| {
            let (_, mut all) = days(&TOTALS);
            all[18].value = (total + 0.5).ln() - all[18].value.mul_add(0.0, 5.5);
            filter(&all, &LAYOUT.priors(false), &FilterVariances::grid()).1[20].mean
        };
        let far = [expected(0.0), expected(0.001)];
        assert!((far[0] - far[1]).abs() < 1e-3);
        assert!(far[0] > expected(250.0) - 0.2);
    }
}
