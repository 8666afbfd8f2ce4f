//! A series of days whose level drifts: what a change did to it, and what would have come without it.
//!
//! Days are noise about a random walk: covariance (1 - l) I + l min(i, j) times a variance, days numbered
//! in order of the open ones. The share l of the walk is averaged over by the restricted likelihood, with
//! l = (1 + cos u)/2 and u uniform: the integrand is even and periodic in u, so that midpoints converge
//! geometrically. Each node is one Kalman pass over all columns and a Cholesky decomposition.

mod mixture;
mod nodes;

use mixture::{Mixture, MixtureParts};
use nodes::{ExpectDays, FitNodes, NODES_ABREAST, NodeGroup, RegressionRows};

use crate::error::{Error, Result};
use crate::lanes::InstructionSet;
use crate::numeric::beta;
use crate::threads::{Run, in_turns};

/// Nodes for each day: 1.2 at 40 days and 1.6 at 120 give 1e-11.
const NODES_PER_DAY: usize = 2;
/// Fewest nodes.
const FEWEST_NODES: usize = 64;
/// Of more nodes than this, few of which weigh anything, only those near such ones are looked at.
const MANY_NODES: usize = 512;
/// One of so many is looked at first: a likelihood that so many nodes can be averaged over is no narrower.
const COARSE: usize = 8;
/// Logarithms of likelihoods this far below the largest are not near any that weighs.
const FAR_BELOW: f64 = 100.0;
/// Nodes with less than this share of the largest weight change no digit.
const NEGLIGIBLE_WEIGHT: f64 = 1e-17;
/// A pivot this small, relative to the column's own square, is a column that others make up.
const DEPENDENT: f64 = 1e-10;
/// A sum of squares this small, relative to that of the values, is what rounding leaves of differences.
const NO_RESIDUAL: f64 = 1e-13;

/// What a series is explained by.
#[derive(Debug, Clone, Copy)]
pub struct SeriesDesign<'a> {
    /// The values of the open days, in order.
    pub values: &'a [f64],
    /// First days of the changes, ascending: from there on the level is another.
    pub steps: &'a [usize],
    /// Day of the week, if weekdays have levels of their own.
    pub weekdays: Option<&'a [u8]>,
    /// Whether the level has a slope.
    pub trend: bool,
    /// Whether the level drifts; else days are independent.
    pub drift: bool,
}

/// An estimate from the mixture over nodes.
#[derive(Debug, Clone, Copy)]
pub struct SeriesEffect {
    /// Weighted mean.
    pub effect: f64,
    /// With what the nodes differ by.
    pub standard_error: f64,
    /// Twice the smaller tail of the mixture at 0.
    pub p_value: f64,
    /// Quantiles of the mixture.
    pub limits: [f64; 2],
}

/// A fitted series.
#[derive(Debug, Clone)]
pub struct SeriesFit {
    /// An effect a step.
    pub effects: Vec<SeriesEffect>,
    /// The slope a day, where the level has one.
    pub slope: Option<SeriesEffect>,
    /// Days less coefficients.
    pub freedom: f64,
    /// Share of the walk in the variance, averaged.
    pub drift_share: f64,
    /// Of each day what was to be expected without any step, from the days before the first, and limits.
    pub expected: Vec<[f64; 3]>,
}

/// Fits a series; None where there are no more days than coefficients.
///
/// # Errors
/// [`Error::Usage`] where a step cannot be distinguished from weekdays or slope, as the quantile of Student's t.
pub fn fit(design: &SeriesDesign<'_>, confidence: f64) -> Result<Option<SeriesFit>> {
    let columns = Regressors::new(design);
    if columns.days <= columns.count {
        return Ok(None);
    }
    let freedom = columns.days - columns.count;
    let nodes = columns.nodes(design.drift, NODES_PER_DAY)?;
    let reach = beta::t_central_quantile(freedom as f64, confidence)?;
    let of = |column: usize| {
        Mixture::new(nodes.estimates(column), freedom, reach).effect(0.5 * (1.0 - confidence))
    };
    let effects = (1..=columns.steps).map(of).collect::<Result<Vec<_>>>()?;
    let slope = design.trend.then(|| of(columns.count - 1)).transpose()?;
    let slope = slope.map(|own| own.scaled(1.0 / columns.scale));
    let drift_share = nodes.mean(|group| &group.shares);
    let first = design.steps.first();
    let expected = first.map_or_else(Vec::new, |&first| columns.expected(&nodes, first, reach));
    Ok(Some(SeriesFit { effects, slope, freedom: freedom as f64, drift_share, expected }))
}

/// The effects of a change that was none, at every day that has so many days before and after it.
///
/// # Errors
/// As [`fit`].
pub fn placebos(
    design: &SeriesDesign<'_>,
    before: usize,
    after: usize,
    run: &Run<'_>,
) -> Result<Vec<f64>> {
    let places = (design.values.len() + 1).saturating_sub(before + after);
    let found = in_turns(places, run, |first, watch| {
        watch.check()?;
        let days = first..first + before + after;
        let window = SeriesDesign {
            values: &design.values[days.clone()],
            steps: &[before],
            weekdays: design.weekdays.map(|own| &own[days]),
            ..*design
        };
        let columns = Regressors::new(&window);
        if columns.days <= columns.count {
            return Ok(f64::NAN);
        }
        match columns.nodes(design.drift, 1) {
            Ok(nodes) => Ok(nodes.mean(|group| &group.coefficients[1])),
            // A window in which weekdays and change cannot be distinguished says nothing.
            Err(Error::Usage(_)) => Ok(f64::NAN),
            Err(error) => Err(error),
        }
    })?;
    Ok(found)
}

/// The columns of the regression, with the values as the last of each row.
struct Regressors {
    rows: Vec<f64>,
    days: usize,
    /// Columns without the values.
    count: usize,
    /// What was subtracted of the values.
    centre: f64,
    /// What a day was multiplied by.
    scale: f64,
    /// Steps, which follow the constant.
    steps: usize,
}

/// Fits at all nodes that weigh something, with weights that add up to 1.
struct WeightedNodes {
    groups: Vec<NodeGroup>,
    /// Of each group.
    weights: Vec<[f64; NODES_ABREAST]>,
    /// Of each group.
    variances: Vec<[f64; NODES_ABREAST]>,
}

impl WeightedNodes {
    /// The weighted mean of a number a node.
    fn mean<'a>(&'a self, value: impl Fn(&'a NodeGroup) -> &'a [f64; NODES_ABREAST]) -> f64 {
        let of = |(group, weights): (&'a NodeGroup, &[f64; NODES_ABREAST])| -> f64 {
            weights.iter().zip(value(group)).map(|(weight, own)| weight * own).sum()
        };
        self.groups.iter().zip(&self.weights).map(of).sum()
    }

    /// The coefficient of a column at each node, with its error.
    fn estimates(&self, column: usize) -> Vec<MixtureParts> {
        let of = |(place, group): (usize, &NodeGroup)| {
            let (variances, inverse) = (&self.variances[place], group.inverse(column));
            MixtureParts {
                weights: self.weights[place],
                estimates: group.coefficients[column],
                errors: std::array::from_fn(|lane| (variances[lane] * inverse[lane]).sqrt()),
            }
        };
        self.groups.iter().enumerate().map(of).collect()
    }
}

impl Regressors {
    fn new(design: &SeriesDesign<'_>) -> Self {
        let days = design.values.len();
        let centre = design.values.iter().sum::<f64>() / days as f64;
        let mut present: Vec<u8> = design.weekdays.map_or_else(Vec::new, <[u8]>::to_vec);
        present.sort_unstable();
        present.dedup();
        let levels = present.get(1..).unwrap_or_default();
        let scale = 1.0 / days as f64;
        let middle = 0.5 * (days as f64 - 1.0);
        let count = 1 + design.steps.len() + levels.len() + usize::from(design.trend);
        let mut rows = Vec::with_capacity(days * (count + 1));
        for day in 0..days {
            rows.push(1.0);
            rows.extend(design.steps.iter().map(|&step| f64::from(u8::from(day >= step))));
            if let Some(own) = design.weekdays {
                rows.extend(levels.iter().map(|&level| f64::from(u8::from(own[day] == level))));
            }
            if design.trend {
                rows.push((day as f64 - middle) * scale);
            }
            rows.push(design.values[day] - centre);
        }
        Self { rows, days, count, centre, scale, steps: design.steps.len() }
    }

    fn regression(&self) -> RegressionRows<'_> {
        RegressionRows { rows: &self.rows, width: self.count + 1 }
    }

    /// The fit at every node that weighs something.
    fn nodes(&self, drift: bool, per_day: usize) -> Result<WeightedNodes> {
        if !drift {
            return self.alone();
        }
        let count = (per_day * self.days).max(FEWEST_NODES).next_multiple_of(NODES_ABREAST);
        let angle = |i: usize| std::f64::consts::PI * (i as f64 + 0.5) / count as f64;
        let share = |i: usize| 0.5 * (1.0 + angle(i).cos());
        let numbers = self.near_the_largest(count, share)?;
        let mut groups = Vec::with_capacity(numbers.len() / NODES_ABREAST);
        let mut logarithms = Vec::with_capacity(groups.capacity());
        for own in numbers.chunks_exact(NODES_ABREAST) {
            let group = self.group(std::array::from_fn(|lane| share(own[lane])))?;
            if self.explained(&group) {
                // All is explained, at any share: no error is left to weigh shares by.
                return self.alone();
            }
            logarithms.push(self.logarithms(&group));
            groups.push(group);
        }
        let largest = logarithms.iter().flatten().fold(f64::NEG_INFINITY, |top, own| top.max(*own));
        let weight = |own: f64| {
            let weight = (own - largest).exp();
            if weight > NEGLIGIBLE_WEIGHT { weight } else { 0.0 }
        };
        let mut weighted: Vec<_> = (groups.into_iter().zip(logarithms))
            .map(|(group, own)| (group, own.map(weight)))
            .filter(|(_, weights)| weights.iter().any(|&weight| weight > 0.0))
            .collect();
        let total: f64 = weighted.iter().flat_map(|(_, weights)| weights).sum();
        weighted.iter_mut().flat_map(|(_, weights)| weights).for_each(|own| *own /= total);
        let (groups, weights): (Vec<_>, Vec<_>) = weighted.into_iter().unzip();
        let variances = groups.iter().map(|group| self.variances(group)).collect();
        Ok(WeightedNodes { groups, weights, variances })
    }

    /// The numbers of the nodes that may weigh something, a whole number of groups.
    ///
    /// Each group of neighbours is looked at where one of its own or of the next groups is not far below
    /// the largest.
    fn near_the_largest(&self, count: usize, share: impl Fn(usize) -> f64) -> Result<Vec<usize>> {
        if count <= MANY_NODES {
            return Ok((0..count).collect());
        }
        let coarse: Vec<usize> = (0..count).step_by(COARSE).collect();
        let mut logarithms = Vec::with_capacity(coarse.len());
        for own in coarse.chunks(NODES_ABREAST) {
            let of = |lane: usize| share(own[lane.min(own.len() - 1)]);
            logarithms.extend_from_slice(
                &self.logarithms(&self.group(std::array::from_fn(of))?)[..own.len()],
            );
        }
        let largest = logarithms.iter().fold(f64::NEG_INFINITY, |top, own| top.max(*own));
        let near = |place: usize| {
            let around = place.saturating_sub(1)..(place + 2).min(logarithms.len());
            logarithms[around].iter().any(|&own| own >= largest - FAR_BELOW)
        };
        let places = (0..coarse.len()).filter(|&place| near(place));
        Ok(places.flat_map(|place| coarse[place]..coarse[place] + COARSE).collect())
    }

    /// The fit of independent days.
    fn alone(&self) -> Result<WeightedNodes> {
        let group = self.group([0.0; NODES_ABREAST])?;
        let mut weights = [0.0; NODES_ABREAST];
        weights[0] = 1.0;
        let explained = self.explained(&group);
        let variances = if explained { [0.0; NODES_ABREAST] } else { self.variances(&group) };
        Ok(WeightedNodes {
            groups: vec![group],
            weights: vec![weights],
            variances: vec![variances],
        })
    }

    fn variances(&self, group: &NodeGroup) -> [f64; NODES_ABREAST] {
        let freedom = (self.days - self.count) as f64;
        group.pivot(self.count).map(|residual| residual.max(0.0) / freedom)
    }

    /// Whether a node leaves nothing of the values but rounding.
    fn explained(&self, group: &NodeGroup) -> bool {
        let values = self.rows.chunks_exact(self.count + 1).map(|row| row[self.count].powi(2));
        let bound = NO_RESIDUAL * values.sum::<f64>();
        group.pivot(self.count).iter().any(|&residual| residual <= bound)
    }

    /// Logarithms of the restricted likelihoods.
    fn logarithms(&self, group: &NodeGroup) -> [f64; NODES_ABREAST] {
        let freedom = (self.days - self.count) as f64;
        std::array::from_fn(|lane| {
            let pivots = (0..self.count).map(|column| group.pivot(column)[lane].ln());
            let residual = group.pivot(self.count)[lane].max(0.0);
            -0.5 * (group.determinant[lane] + pivots.sum::<f64>() + freedom * residual.ln())
        })
    }

    /// The fit at some shares.
    fn group(&self, shares: [f64; NODES_ABREAST]) -> Result<NodeGroup> {
        let kernel = FitNodes { regression: self.regression(), shares };
        let group = InstructionSet::in_use().run(kernel);
        let dependent = |column: usize| {
            let pairs = group.pivot(column).iter().zip(&group.squares[column]);
            pairs.into_iter().any(|(pivot, square)| *pivot <= DEPENDENT * square)
        };
        if (0..self.count).any(dependent) {
            return Err(Error::Usage(
                "change must not fall together with a weekday, the trend or another change: its effect \
                 cannot be distinguished"
                    .to_owned(),
            ));
        }
        Ok(group)
    }

    /// What was to be expected of each day without any step, and how sure that is.
    fn expected(&self, nodes: &WeightedNodes, first: usize, reach: f64) -> Vec<[f64; 3]> {
        let mut sums = vec![[0.0; 2]; self.days];
        for (place, group) in nodes.groups.iter().enumerate() {
            InstructionSet::in_use().run(ExpectDays {
                regression: self.regression(),
                group,
                weights: nodes.weights[place],
                variances: nodes.variances[place],
                steps: self.steps,
                first,
                sums: &mut sums,
            });
        }
        let limits = |[mean, square]: [f64; 2]| {
            let reach = reach * (square - mean * mean).max(0.0).sqrt();
            [mean, mean - reach, mean + reach].map(|value| value + self.centre)
        };
        sums.into_iter().map(limits).collect()
    }
}

impl SeriesEffect {
    /// In other units.
    fn scaled(self, by: f64) -> Self {
        Self {
            effect: self.effect / by,
            standard_error: self.standard_error / by,
            p_value: self.p_value,
            limits: self.limits.map(|limit| limit / by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: [f64; 24] = [
        49.1, 50.5, 46.5, 50.9, 50.4, 50.1, 47.6, 49.1, 45.4, 47.3, 45.6, 52.4, 48.3, 49.4, 46.4,
        54.4, 48.6, 49.2, 49.3, 50.6, 51.6, 49.6, 48.4, 52.2,
    ];

    fn design(values: &[f64]) -> SeriesDesign<'_> {
        SeriesDesign { values, steps: &[12], weekdays: None, trend: false, drift: true }
    }

    #[test]
    fn a_series_of_24_days_has_its_published_effect() {
        let found = fit(&design(&PLAIN), 0.95).unwrap().unwrap();
        let [own] = found.effects[..] else { panic!("one effect") };
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b.abs(), "{a} {b}");
        close(own.effect, 0.6092670198783913);
        close(own.standard_error, 1.6626926804045388);
        close(own.p_value, 0.6026393810989167);
        close(own.limits[0], -3.433184592857065);
        close(own.limits[1], 3.620770621502285);
        close(found.drift_share, 0.08980970288638383);
        assert_eq!(found.freedom, 22.0);
    }

    #[test]
    fn a_shift_of_the_days_after_moves_the_effect_and_nothing_else() {
        let moved: Vec<f64> =
            PLAIN.iter().enumerate().map(|(i, v)| v + if i < 12 { 0.0 } else { 7.0 }).collect();
        let [plain, moved] = [&PLAIN[..], &moved].map(|v| fit(&design(v), 0.95).unwrap().unwrap());
        let (a, b) = (plain.effects[0], moved.effects[0]);
        assert!((b.effect - a.effect - 7.0).abs() < 1e-9);
        assert!((b.limits[0] - a.limits[0] - 7.0).abs() < 1e-8);
        for (one, other) in plain.expected.iter().zip(&moved.expected) {
            assert!((one[0] - other[0]).abs() < 1e-9 && (one[2] - other[2]).abs() < 1e-8);
        }
    }

    #[test]
    fn a_series_without_error_is_explained() {
        let values: Vec<f64> = (0..20).map(|day| if day < 12 { 5.0 } else { 8.0 }).collect();
        let found = fit(&design(&values), 0.95).unwrap().unwrap();
        let own = found.effects[0];
        assert!((own.effect - 3.0).abs() < 1e-12 && own.standard_error == 0.0);
        assert!(own.p_value.is_nan());
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let weekdays: Vec<u8> = (0..24).map(|day| u8::from(day >= 12)).collect();
        let design = SeriesDesign { weekdays: Some(&weekdays), ..design(&PLAIN) };
        assert!(matches!(fit(&design, 0.95), Err(Error::Usage(_))));
    }

    #[test]
    fn placebos_are_the_effects_of_windows() {
        let run = Run { threads: Some(1), interrupted: &|| false };
        let found = placebos(&design(&PLAIN), 8, 6, &run).unwrap();
        assert_eq!(found.len(), 11);
        let window = SeriesDesign { steps: &[8], ..design(&PLAIN[3..17]) };
        let expected = fit(&window, 0.95).unwrap().unwrap().effects[0].effect;
        assert!((found[3] - expected).abs() < 1e-9, "{} {expected}", found[3]);
    }
}
