//! What a sample says about all recordings: means with their design-based errors.

use crate::error::Result;
use crate::numeric::beta;

/// The drawn rows. Groups and strata are numbered from 0; a score may be missing.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The group each row belongs to.
    pub group: &'a [usize],
    /// The stratum each row was drawn from.
    pub stratum: &'a [usize],
    /// The value; NaN where the row was drawn but not scored.
    pub score: &'a [f64],
    /// What the values are summed per: 1 for a mean over recordings.
    pub size: &'a [f64],
    /// Recordings that the row stands for.
    pub weight: &'a [f64],
    /// Its probability to be drawn.
    pub probability: &'a [f64],
}

/// Sizes of parts of the population that are known, and the part of every row.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The part each row belongs to, numbered from 0.
    pub part: &'a [usize],
    /// Recordings in each part.
    pub sizes: &'a [f64],
}

/// A mean over all recordings of a group, estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanEstimate {
    /// Scored rows.
    pub n: u64,
    /// Recordings that the drawn rows stand for.
    pub population: f64,
    /// The estimate; NaN where part of the group has no score or no known weight.
    pub mean: f64,
    /// Its standard error; NaN where a stratum with more than one recording has a single score.
    pub standard_error: f64,
    /// Limits by Student's t.
    pub interval: [f64; 2],
}

impl Rows<'_> {
    fn scored(&self, row: usize) -> bool {
        !(self.score[row].is_nan() || self.size[row].is_nan())
    }
}

/// What a stratum is known to be before any group is looked at.
#[derive(Debug, Clone, Copy, Default)]
struct SampledStratum {
    drawn_weight: f64,
    scored_weight: f64,
    scored: u64,
    /// Sum of one minus the inclusion probability over the scored rows.
    open: f64,
    /// Whether rows of more than one group were drawn from it.
    crossed: bool,
    group: Option<usize>,
}

/// One estimate for each of `groups` groups, then one for all.
///
/// A ratio of weighted sums; unscored rows of a stratum are taken as missing at random within it.
/// The variance is Taylor's, of `w (y - mean)` within strata, by Deville's formula for fixed sizes,
/// which is `N^2 (1 - n/N) s^2 / n` where a stratum's probabilities are equal. A group cut out of
/// strata is a domain: its size counts as random, and degrees of freedom are those of the sample.
///
/// # Errors
/// As the quantile of Student's t.
pub fn estimate(rows: Rows<'_>, groups: usize, confidence: f64) -> Result<Vec<MeanEstimate>> {
    let strata = strata_of(rows);
    let mut order: Vec<usize> = (0..rows.group.len()).collect();
    order.sort_by_key(|&row| (rows.group[row], rows.stratum[row]));
    let mut estimates = Vec::with_capacity(groups + 1);
    let mut start = 0;
    for group in 0..groups {
        let length = order[start..].partition_point(|&row| rows.group[row] == group);
        estimates.push(domain(rows, &strata, &order[start..start + length], confidence)?);
        start += length;
    }
    order.sort_by_key(|&row| rows.stratum[row]);
    let whole: Vec<SampledStratum> =
        strata.iter().map(|s| SampledStratum { crossed: false, ..*s }).collect();
    estimates.push(domain(rows, &whole, &order, confidence)?);
    Ok(estimates)
}

fn strata_of(rows: Rows<'_>) -> Vec<SampledStratum> {
    let count = rows.stratum.iter().max().map_or(0, |&last| last + 1);
    let mut strata = vec![SampledStratum::default(); count];
    for (row, &h) in rows.stratum.iter().enumerate() {
        let stratum = &mut strata[h];
        stratum.crossed |= stratum.group.is_some_and(|group| group != rows.group[row]);
        stratum.group = Some(rows.group[row]);
        stratum.drawn_weight += rows.weight[row];
        if rows.scored(row) {
            stratum.scored_weight += rows.weight[row];
            stratum.scored += 1;
        }
    }
    for (row, &h) in rows.stratum.iter().enumerate() {
        if rows.scored(row) {
            strata[h].open += open(rows, &strata[h], row);
        }
    }
    strata
}

/// One minus the probability that the row was drawn and scored.
fn open(rows: Rows<'_>, stratum: &SampledStratum, row: usize) -> f64 {
    1.0 - rows.probability[row] * (stratum.scored_weight / stratum.drawn_weight)
}

/// The estimate for `members`, rows in the order of their strata.
fn domain(
    rows: Rows<'_>,
    strata: &[SampledStratum],
    members: &[usize],
    confidence: f64,
) -> Result<MeanEstimate> {
    let runs = || members.chunk_by(|&a, &b| rows.stratum[a] == rows.stratum[b]);
    let scored = |run: &[usize]| -> Vec<usize> {
        run.iter().copied().filter(|&row| rows.scored(row)).collect()
    };
    let (mut n, mut population, mut weights, mut total) = (0, 0.0, 0.0, 0.0);
    for run in runs() {
        let stratum = &strata[rows.stratum[run[0]]];
        // A stratum without scores leaves part of the group unknown: 0 / 0.
        let factor = stratum.drawn_weight / stratum.scored_weight;
        if stratum.scored == 0 {
            weights = f64::NAN;
        }
        population += run.iter().map(|&row| rows.weight[row]).sum::<f64>();
        for row in scored(run) {
            n += 1;
            weights += rows.weight[row] * factor * rows.size[row];
            total += rows.weight[row] * factor * rows.score[row];
        }
    }
    let mean = total / weights;
    let mut variance = 0.0;
    for run in runs() {
        let stratum = &strata[rows.stratum[run[0]]];
        variance += within(rows, stratum, &scored(run), mean);
    }
    let standard_error = variance.sqrt() / weights.abs();
    let freedom = freedom(rows, strata, runs());
    let interval = limits(mean, standard_error, freedom, confidence)?;
    Ok(MeanEstimate { n, population, mean, standard_error, interval })
}

fn limits(mean: f64, standard_error: f64, freedom: f64, confidence: f64) -> Result<[f64; 2]> {
    if standard_error > 0.0 && mean.is_finite() {
        let half = beta::t_central_quantile(freedom, confidence)? * standard_error;
        return Ok([mean - half, mean + half]);
    }
    // Nothing was left to chance, or the error is unknown.
    Ok([mean - standard_error, mean + standard_error])
}

/// Variance of the total of `w (y - mean)` over `members` of one stratum.
fn within(rows: Rows<'_>, stratum: &SampledStratum, members: &[usize], mean: f64) -> f64 {
    let factor = stratum.drawn_weight / stratum.scored_weight;
    let term = |row: usize| rows.weight[row] * factor * (rows.score[row] - mean * rows.size[row]);
    let terms: Vec<[f64; 2]> =
        members.iter().map(|&row| [open(rows, stratum, row), term(row)]).collect();
    spread(stratum, &terms)
}

/// Deville's variance of the total of `terms` of one stratum, each beside one minus the probability of
/// its row; rows of the stratum that are not there count with 0.
fn spread(stratum: &SampledStratum, terms: &[[f64; 2]]) -> f64 {
    // All drawn and scored: rounding leaves some 1e-16 a row.
    if stratum.open <= 1e-12 * stratum.scored as f64 {
        return 0.0;
    }
    if stratum.scored < 2 {
        return f64::NAN;
    }
    let inside: f64 = terms.iter().map(|[open, _]| open).sum();
    let centre = terms.iter().map(|[open, term]| open * term).sum::<f64>() / stratum.open;
    let spread: f64 = terms.iter().map(|[open, term]| open * (term - centre).powi(2)).sum();
    let outside = (stratum.open - inside).max(0.0) * centre * centre;
    let scored = stratum.scored as f64;
    scored / (scored - 1.0) * (spread + outside)
}

/// As [`estimate`], with weights raised or lowered so that every part of the population counts with its
/// known size.
///
/// The variance is that of the residuals from the parts' means, with the weights so changed; degrees
/// of freedom are those of the sample. A part with recordings but no score leaves all unknown.
///
/// Source: C.-E. Särndal, B. Swensson & J. Wretman, Model Assisted Survey Sampling (1992), section 7.6.
///
/// # Errors
/// As the quantile of Student's t.
pub fn post_stratified(
    rows: Rows<'_>,
    parts: Parts<'_>,
    groups: usize,
    confidence: f64,
) -> Result<Vec<MeanEstimate>> {
    let strata = strata_of(rows);
    let mut weights: Vec<f64> = (0..rows.group.len())
        .map(|row| {
            let stratum = &strata[rows.stratum[row]];
            let scored = if rows.scored(row) { rows.weight[row] } else { 0.0 };
            scored * (stratum.drawn_weight / stratum.scored_weight)
        })
        .collect();
    let mut found = vec![0.0; parts.sizes.len()];
    for (row, weight) in weights.iter().enumerate() {
        found[parts.part[row]] += weight;
    }
    let unknown = parts.sizes.iter().zip(&found).any(|(&size, &found)| size > 0.0 && found == 0.0);
    for (row, weight) in weights.iter_mut().enumerate() {
        let part = parts.part[row];
        *weight *= if unknown { f64::NAN } else { parts.sizes[part] / found[part] };
    }
    let mut order: Vec<usize> = (0..rows.group.len()).filter(|&row| rows.scored(row)).collect();
    order.sort_by_key(|&row| rows.stratum[row]);
    let mut members = vec![Vec::new(); groups];
    if groups > 0 {
        for &row in &order {
            members[rows.group[row]].push(row);
        }
    }
    let freedom = strata.iter().map(|stratum| stratum.scored.saturating_sub(1) as f64).sum();
    let runs = order
        .chunk_by(|&a, &b| rows.stratum[a] == rows.stratum[b])
        .map(|run| StratumRows::new(rows, &strata, parts, &weights, run))
        .collect();
    let sample = Adjusted { rows, parts, weights: &weights, runs, freedom };
    members.iter().chain([&order]).map(|members| sample.domain(members, confidence)).collect()
}

/// The scored rows of a stratum, and what they come to in each part.
struct StratumRows<'a> {
    stratum: &'a SampledStratum,
    rows: &'a [usize],
    /// Part; sums of one minus the probability, alone, times the weight and times its square.
    of_parts: Vec<(usize, [f64; 3])>,
}

impl<'a> StratumRows<'a> {
    fn new(
        rows: Rows<'_>,
        strata: &'a [SampledStratum],
        parts: Parts<'_>,
        weights: &[f64],
        run: &'a [usize],
    ) -> Self {
        let stratum = &strata[rows.stratum[run[0]]];
        let mut of_parts: Vec<(usize, [f64; 3])> = Vec::new();
        for &row in run {
            let (part, weight) = (parts.part[row], weights[row]);
            let open = open(rows, stratum, row);
            let terms = [open, open * weight, open * weight * weight];
            match of_parts.iter_mut().find(|(known, _)| *known == part) {
                Some((_, sums)) => sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term),
                None => of_parts.push((part, terms)),
            }
        }
        Self { stratum, rows: run, of_parts }
    }

    /// [`spread`] of the parts' means alone, where none of the rows is looked at itself.
    fn spread_of_means(&self, means: &[f64]) -> f64 {
        if self.stratum.open <= 1e-12 * self.stratum.scored as f64 {
            return 0.0;
        }
        let scored = self.stratum.scored as f64;
        let (mut sum, mut squares) = (0.0, 0.0);
        for &(part, [_, weight, square]) in &self.of_parts {
            // A part of size 0 has no weight: 0 * (0 / 0).
            if square != 0.0 {
                sum += weight * means[part];
                squares += square * means[part] * means[part];
            }
        }
        let spread = (squares - sum * sum / self.stratum.open).max(0.0);
        if self.stratum.scored < 2 { f64::NAN } else { scored / (scored - 1.0) * spread }
    }
}

/// A sample whose weights add up to the known sizes of parts.
struct Adjusted<'a> {
    rows: Rows<'a>,
    parts: Parts<'a>,
    weights: &'a [f64],
    runs: Vec<StratumRows<'a>>,
    freedom: f64,
}

impl Adjusted<'_> {
    /// The estimate over `members`, scored rows in the order of their strata.
    fn domain(&self, members: &[usize], confidence: f64) -> Result<MeanEstimate> {
        let Self { rows, parts, weights, .. } = *self;
        let (mut population, mut sizes, mut total) = (0.0, 0.0, 0.0);
        for &row in members {
            population += weights[row];
            sizes += weights[row] * rows.size[row];
            total += weights[row] * rows.score[row];
        }
        let mean = total / sizes;
        let residual = |row: usize| rows.score[row] - mean * rows.size[row];
        let mut means = vec![0.0; parts.sizes.len()];
        for &row in members {
            let part = parts.part[row];
            means[part] += weights[row] * residual(row) / parts.sizes[part];
        }
        let mut variance = 0.0;
        let mut left = members;
        for run in &self.runs {
            let stratum = rows.stratum[run.rows[0]];
            let own;
            (own, left) = left.split_at(left.partition_point(|&row| rows.stratum[row] == stratum));
            if own.is_empty() {
                variance += run.spread_of_means(&means);
                continue;
            }
            let mut own = own.iter().peekable();
            let term = |row: &usize| {
                let residual =
                    own.next_if(|&member| member == row).map_or(0.0, |&row| residual(row));
                // A part of size 0 has no weight: 0 * (0 / 0).
                let away = residual - means[parts.part[*row]];
                let term = if weights[*row] == 0.0 { 0.0 } else { weights[*row] * away };
                [open(rows, run.stratum, *row), term]
            };
            variance += spread(run.stratum, &run.rows.iter().map(term).collect::<Vec<_>>());
        }
        let n = members.len() as u64;
        let standard_error = variance.sqrt() / sizes.abs();
        let interval = limits(mean, standard_error, self.freedom, confidence)?;
        Ok(MeanEstimate { n, population, mean, standard_error, interval })
    }
}

/// Scores less strata: of the group's own strata, or of the sample where the group cuts some.
fn freedom<'a>(
    rows: Rows<'_>,
    strata: &[SampledStratum],
    mut runs: impl Iterator<Item = &'a [usize]> + Clone,
) -> f64 {
    let of = |stratum: &SampledStratum| stratum.scored.saturating_sub(1) as f64;
    let own = runs.clone().map(|run| of(&strata[rows.stratum[run[0]]])).sum();
    if runs.any(|run| strata[rows.stratum[run[0]]].crossed) {
        strata.iter().map(of).sum()
    } else {
        own
    }
}
