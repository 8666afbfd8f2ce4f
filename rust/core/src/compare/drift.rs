//! A series of days whose level drifts: what a change did to it, and what would have come without it.
//!
//! Days are noise about a random walk: covariance (1 - l) I + l min(i, j) times a variance, days numbered
//! in order of the open ones. The share l of the walk is averaged over by the restricted likelihood, with
//! l = (1 + cos u)/2 and u uniform: the integrand is even and periodic in u, so that midpoints converge
//! geometrically. Each node is one Kalman pass over all columns and a Cholesky decomposition.

use crate::error::{Error, Result};
use crate::numeric::beta;
use crate::threads::{Run, in_turns};

/// Nodes for each day: 1.2 at 40 days and 1.6 at 120 give 1e-11.
const NODES_PER_DAY: usize = 2;
/// Fewest nodes.
const FEWEST_NODES: usize = 64;
/// Nodes with less than this share of the largest weight change no digit.
const NEGLIGIBLE_WEIGHT: f64 = 1e-17;
/// A pivot this small, relative to the column's own square, is a column that others make up.
const DEPENDENT: f64 = 1e-10;
/// A sum of squares this small, relative to that of the values, is what rounding leaves.
const NO_RESIDUAL: f64 = 1e-24;

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
    if columns.rows.len() <= columns.count {
        return Ok(None);
    }
    let freedom = (columns.rows.len() - columns.count) as f64;
    let nodes = columns.nodes(design.drift, NODES_PER_DAY)?;
    let of = |column: usize| Mixture::new(&nodes, column, freedom).effect(confidence);
    let steps = 1..=design.steps.len();
    let effects = steps.map(of).collect::<Result<Vec<_>>>()?;
    let slope = design.trend.then(|| of(columns.count - 1)).transpose()?;
    let slope = slope.map(|own| own.scaled(1.0 / columns.scale));
    let drift_share = nodes.iter().map(|node| node.weight * node.share).sum();
    let first = design.steps.first().copied().unwrap_or(design.values.len());
    let reach = beta::t_central_quantile(freedom, confidence)?;
    let expected = columns.expected(&nodes, first, reach, freedom);
    Ok(Some(SeriesFit { effects, slope, freedom, drift_share, expected }))
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
        if columns.rows.len() <= columns.count {
            return Ok(f64::NAN);
        }
        match columns.nodes(design.drift, 1) {
            Ok(nodes) => Ok(nodes.iter().map(|node| node.weight * node.coefficients[1]).sum()),
            // A window in which weekdays and change cannot be distinguished says nothing.
            Err(Error::Usage(_)) => Ok(f64::NAN),
            Err(error) => Err(error),
        }
    })?;
    Ok(found)
}

/// The columns of the regression, with the values as the last of each row.
struct Regressors {
    rows: Vec<Vec<f64>>,
    /// Columns without the values.
    count: usize,
    /// What was subtracted of the values.
    centre: f64,
    /// What a day was multiplied by.
    scale: f64,
    /// Steps, which follow the constant.
    steps: usize,
}

/// One share of the walk.
struct Node {
    share: f64,
    weight: f64,
    coefficients: Vec<f64>,
    /// Inverse of the information, a row after the other, not yet times the variance.
    inverse: Vec<f64>,
    variance: f64,
}

impl Regressors {
    fn new(design: &SeriesDesign<'_>) -> Self {
        let days = design.values.len();
        let centre = design.values.iter().sum::<f64>() / days as f64;
        let mut present: Vec<u8> = design.weekdays.map_or_else(Vec::new, <[u8]>::to_vec);
        present.sort_unstable();
        present.dedup();
        let scale = 1.0 / days as f64;
        let middle = 0.5 * (days as f64 - 1.0);
        let row = |day: usize| {
            let mut row = vec![1.0];
            row.extend(design.steps.iter().map(|&step| f64::from(u8::from(day >= step))));
            if let Some(own) = design.weekdays {
                let levels = present.iter().skip(1);
                row.extend(levels.map(|&level| f64::from(u8::from(own[day] == level))));
            }
            if design.trend {
                row.push((day as f64 - middle) * scale);
            }
            row.push(design.values[day] - centre);
            row
        };
        let rows: Vec<Vec<f64>> = (0..days).map(row).collect();
        let count = rows.first().map_or(1, |row| row.len() - 1);
        Self { rows, count, centre, scale, steps: design.steps.len() }
    }

    /// The fit at every node, with weights that add up to 1.
    fn nodes(&self, drift: bool, per_day: usize) -> Result<Vec<Node>> {
        let count = (per_day * self.rows.len()).max(FEWEST_NODES);
        let shares: Vec<f64> = if drift {
            let angle = |i: usize| std::f64::consts::PI * (i as f64 + 0.5) / count as f64;
            (0..count).map(|i| 0.5 * (1.0 + angle(i).cos())).collect()
        } else {
            vec![0.0]
        };
        let squares: f64 = self.rows.iter().map(|row| row[self.count].powi(2)).sum();
        let mut nodes = Vec::with_capacity(shares.len());
        for share in shares {
            let (logarithm, node) = self.node(share)?;
            if node.variance * (self.rows.len() - self.count) as f64 <= NO_RESIDUAL * squares {
                // All is explained, at any share: no error is left to weigh shares by.
                let (_, node) = self.node(0.0)?;
                return Ok(vec![Node { weight: 1.0, variance: 0.0, ..node }]);
            }
            nodes.push((logarithm, node));
        }
        let largest = nodes.iter().fold(f64::NEG_INFINITY, |top, (own, _)| top.max(*own));
        let mut nodes: Vec<Node> = (nodes.into_iter())
            .map(|(logarithm, node)| Node { weight: (logarithm - largest).exp(), ..node })
            .filter(|node| node.weight > NEGLIGIBLE_WEIGHT)
            .collect();
        let total: f64 = nodes.iter().map(|node| node.weight).sum();
        for node in &mut nodes {
            node.weight /= total;
        }
        Ok(nodes)
    }

    /// The fit at one share, and the logarithm of its restricted likelihood.
    fn node(&self, share: f64) -> Result<(f64, Node)> {
        let width = self.count + 1;
        let mut information = vec![0.0; width * width];
        let mut innovation = vec![0.0; width];
        let mut filter = LevelFilter::new(share, width);
        let mut determinant = 0.0;
        for row in &self.rows {
            let spread = filter.step(row, &mut innovation);
            determinant += spread.ln();
            for i in 0..width {
                let scaled = innovation[i] / spread;
                for j in 0..=i {
                    information[i * width + j] += scaled * innovation[j];
                }
            }
        }
        let own: Vec<f64> = (0..width).map(|i| information[i * width + i]).collect();
        cholesky(&mut information, width);
        let pivot = |i: usize| information[i * width + i];
        if let Some(_dependent) = (0..self.count).find(|&i| pivot(i) <= DEPENDENT * own[i]) {
            return Err(Error::Usage(
                "change must not fall together with a weekday, the trend or another change: its effect \
                 cannot be distinguished"
                    .to_owned(),
            ));
        }
        let freedom = (self.rows.len() - self.count) as f64;
        let logarithms: f64 = (0..self.count).map(|i| pivot(i).ln()).sum();
        let residual = pivot(self.count).max(0.0);
        let coefficients = solved(&information, width, self.count);
        let inverse = inverted(&information, width, self.count);
        let weight = -0.5 * (determinant + logarithms + freedom * residual.ln());
        let variance = residual / freedom;
        Ok((weight, Node { share, weight: 0.0, coefficients, inverse, variance }))
    }

    /// What was to be expected of each day without any step, and how sure that is.
    fn expected(&self, nodes: &[Node], first: usize, reach: f64, _: f64) -> Vec<[f64; 3]> {
        let days = self.rows.len();
        let (mut means, mut squares) = (vec![0.0; days], vec![0.0; days]);
        for node in nodes {
            let mut filter = LevelFilter::new(node.share, self.count + 1);
            let mut innovation = vec![0.0; self.count + 1];
            for (day, row) in self.rows.iter().enumerate() {
                // The day's columns without steps, less what the days before the first step say of them.
                let lack: Vec<f64> = (0..self.count)
                    .map(|i| if (1..=self.steps).contains(&i) { 0.0 } else { row[i] } - filter.level[i])
                    .collect();
                let apart = lack.iter().zip(&node.coefficients).map(|(x, b)| x * b).sum::<f64>();
                let mean = filter.level[self.count] + apart;
                let unsure: f64 = (0..self.count)
                    .flat_map(|i| (0..self.count).map(move |j| (i, j)))
                    .map(|(i, j)| lack[i] * node.inverse[i * self.count + j] * lack[j])
                    .sum();
                let spread = filter.ahead() + unsure;
                means[day] += node.weight * mean;
                squares[day] += node.weight * (node.variance * spread + mean * mean);
                if day < first {
                    filter.step(row, &mut innovation);
                } else {
                    filter.skip();
                }
            }
        }
        let limits = |(mean, square): (f64, f64)| {
            let reach = reach * (square - mean * mean).max(0.0).sqrt();
            [mean, mean - reach, mean + reach].map(|value| value + self.centre)
        };
        means.into_iter().zip(squares).map(limits).collect()
    }
}

/// A random walk under noise, filtered for several columns at once.
struct LevelFilter {
    share: f64,
    /// Variance of the level, given the days so far.
    variance: f64,
    level: Vec<f64>,
}

impl LevelFilter {
    fn new(share: f64, columns: usize) -> Self {
        Self { share, variance: 0.0, level: vec![0.0; columns] }
    }

    /// Variance of the next day, given those so far.
    fn ahead(&self) -> f64 {
        self.variance + 1.0
    }

    /// Takes a day into account: what was not to be expected of it, and the variance of that.
    fn step(&mut self, row: &[f64], innovation: &mut [f64]) -> f64 {
        let predicted = self.variance + self.share;
        let spread = self.ahead();
        let gain = predicted / spread;
        for ((level, value), new) in self.level.iter_mut().zip(row).zip(innovation) {
            *new = value - *level;
            *level += gain * *new;
        }
        self.variance = predicted * (1.0 - self.share) / spread;
        spread
    }

    /// Lets a day pass.
    fn skip(&mut self) {
        self.variance += self.share;
    }
}

/// Lower Cholesky factor of the lower triangle, with the squares of the pivots on the diagonal and the
/// other entries divided by their column's pivot.
fn cholesky(matrix: &mut [f64], width: usize) {
    for j in 0..width {
        for k in 0..j {
            let pivot = matrix[k * width + k];
            let factor = matrix[j * width + k];
            for i in j..width {
                matrix[i * width + j] -= matrix[i * width + k] * factor * pivot;
            }
        }
        let pivot = matrix[j * width + j];
        for i in j + 1..width {
            matrix[i * width + j] = if pivot == 0.0 { 0.0 } else { matrix[i * width + j] / pivot };
        }
    }
}

/// The coefficients, whose right side is the last row of the factor.
fn solved(factor: &[f64], width: usize, count: usize) -> Vec<f64> {
    let mut found: Vec<f64> = (0..count).map(|i| factor[count * width + i]).collect();
    for i in (0..count).rev() {
        for j in i + 1..count {
            found[i] -= factor[j * width + i] * found[j];
        }
    }
    found
}

/// The inverse of the first `count` rows and columns, from their factor.
fn inverted(factor: &[f64], width: usize, count: usize) -> Vec<f64> {
    let mut found = vec![0.0; count * count];
    for column in 0..count {
        let mut own = vec![0.0; count];
        own[column] = 1.0;
        for i in 0..count {
            for j in 0..i {
                own[i] -= factor[i * width + j] * own[j];
            }
        }
        for i in 0..count {
            own[i] /= factor[i * width + i];
        }
        for i in (0..count).rev() {
            for j in i + 1..count {
                own[i] -= factor[j * width + i] * own[j];
            }
        }
        for i in 0..count {
            found[i * count + column] = own[i];
        }
    }
    found
}

/// Student's t about the estimate of each node.
struct Mixture {
    /// Weight, estimate and error.
    parts: Vec<[f64; 3]>,
    freedom: f64,
}

impl Mixture {
    fn new(nodes: &[Node], column: usize, freedom: f64) -> Self {
        let part = |node: &Node| {
            let count = node.coefficients.len();
            let error = (node.variance * node.inverse[column * count + column]).sqrt();
            [node.weight, node.coefficients[column], error]
        };
        Self { parts: nodes.iter().map(part).collect(), freedom }
    }

    /// Probability of at most `x`, of at least it, and the density there.
    fn tails(&self, x: f64) -> [f64; 3] {
        let mut found = [0.0; 3];
        for [weight, estimate, error] in &self.parts {
            let t = (x - estimate) / error;
            let far = 0.5 * beta::t_two_sided(self.freedom, t);
            let [below, above] = if t < 0.0 { [far, 1.0 - far] } else { [1.0 - far, far] };
            // Up to the factor that all nodes share.
            let density = (1.0 + t * t / self.freedom).powf(-0.5 * (self.freedom + 1.0)) / error;
            found[0] += weight * below;
            found[1] += weight * above;
            found[2] += weight * density;
        }
        found
    }

    fn effect(&self, confidence: f64) -> Result<SeriesEffect> {
        let mean = |value: &dyn Fn(&[f64; 3]) -> f64| self.parts.iter().map(value).sum::<f64>();
        let effect = mean(&|part| part[0] * part[1]);
        let square = mean(&|part| part[0] * (part[2].powi(2) + (part[1] - effect).powi(2)));
        let standard_error = square.sqrt();
        if standard_error == 0.0 {
            let limits = [effect; 2];
            return Ok(SeriesEffect { effect, standard_error, p_value: f64::NAN, limits });
        }
        let [below, above, _] = self.tails(0.0);
        let tail = 0.5 * (1.0 - confidence);
        let limits = [self.quantile(tail, 0)?, self.quantile(tail, 1)?];
        Ok(SeriesEffect {
            effect,
            standard_error,
            p_value: (2.0 * below.min(above)).min(1.0),
            limits,
        })
    }

    /// The point that leaves `tail` below it (side 0) or above it (side 1): Newton's steps in a bracket.
    fn quantile(&self, tail: f64, side: usize) -> Result<f64> {
        let sign = if side == 0 { -1.0 } else { 1.0 };
        let reach = beta::t_central_quantile(self.freedom, 1.0 - 2.0 * tail)?;
        let points = self.parts.iter().map(|part| part[1] + sign * reach * part[2]);
        let (mut low, mut high) = points
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| (low.min(p), high.max(p)));
        let factor = density_factor(self.freedom);
        let mut x =
            self.parts.iter().map(|part| part[0] * (part[1] + sign * reach * part[2])).sum();
        for _ in 0..200 {
            let found = self.tails(x);
            let excess = found[side] - tail;
            // The probability below rises with x, that above falls.
            if (excess > 0.0) == (side == 0) {
                high = high.min(x);
            } else {
                low = low.max(x);
            }
            let step = sign * excess / (factor * found[2]);
            let next = x + step;
            let next = if next > low && next < high { next } else { 0.5 * (low + high) };
            if (next - x).abs() <= 1e-14 * (high - low).max(next.abs()) || excess == 0.0 {
                return Ok(next);
            }
            x = next;
        }
        Err(Error::NotConverged {
            what: "the limit of a series' effect",
            arguments: format!("{tail} with {} degrees of freedom", self.freedom),
        })
    }
}

/// Density of Student's t at 0.
fn density_factor(freedom: f64) -> f64 {
    // By the slope of the distribution at 0: exact enough for steps that are checked.
    let step = 1e-5;
    (0.5 - beta::t_upper(freedom, step)) / step
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
