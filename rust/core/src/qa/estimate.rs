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
    /// Recordings that the row stands for.
    pub weight: &'a [f64],
    /// Its probability to be drawn.
    pub probability: &'a [f64],
}

/// A mean over all recordings of a group, estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
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

/// What a stratum is known to be before any group is looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Stratum {
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
pub fn estimate(rows: Rows<'_>, groups: usize, confidence: f64) -> Result<Vec<Estimate>> {
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
    let whole: Vec<Stratum> = strata.iter().map(|s| Stratum { crossed: false, ..*s }).collect();
    estimates.push(domain(rows, &whole, &order, confidence)?);
    Ok(estimates)
}

fn strata_of(rows: Rows<'_>) -> Vec<Stratum> {
    let count = rows.stratum.iter().max().map_or(0, |&last| last + 1);
    let mut strata = vec![Stratum::default(); count];
    for (row, &h) in rows.stratum.iter().enumerate() {
        let stratum = &mut strata[h];
        stratum.crossed |= stratum.group.is_some_and(|group| group != rows.group[row]);
        stratum.group = Some(rows.group[row]);
        stratum.drawn_weight += rows.weight[row];
        if !rows.score[row].is_nan() {
            stratum.scored_weight += rows.weight[row];
            stratum.scored += 1;
        }
    }
    for (row, &h) in rows.stratum.iter().enumerate() {
        if !rows.score[row].is_nan() {
            strata[h].open += open(rows, &strata[h], row);
        }
    }
    strata
}

/// One minus the probability that the row was drawn and scored.
fn open(rows: Rows<'_>, stratum: &Stratum, row: usize) -> f64 {
    1.0 - rows.probability[row] * (stratum.scored_weight / stratum.drawn_weight)
}

/// The estimate for `members`, rows in the order of their strata.
fn domain(
    rows: Rows<'_>,
    strata: &[Stratum],
    members: &[usize],
    confidence: f64,
) -> Result<Estimate> {
    let runs = || members.chunk_by(|&a, &b| rows.stratum[a] == rows.stratum[b]);
    let scored = |run: &[usize]| -> Vec<usize> {
        run.iter().copied().filter(|&row| !rows.score[row].is_nan()).collect()
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
            weights += rows.weight[row] * factor;
            total += rows.weight[row] * factor * rows.score[row];
        }
    }
    let mean = total / weights;
    let mut variance = 0.0;
    for run in runs() {
        let stratum = &strata[rows.stratum[run[0]]];
        variance += within(rows, stratum, &scored(run), mean);
    }
    let standard_error = variance.sqrt() / weights;
    let freedom = freedom(rows, strata, runs());
    let interval = if standard_error > 0.0 {
        let half = beta::t_central_quantile(freedom, confidence)? * standard_error;
        [mean - half, mean + half]
    } else {
        // Nothing was left to chance, or the error is unknown.
        [mean - standard_error, mean + standard_error]
    };
    Ok(Estimate { n, population, mean, standard_error, interval })
}

/// Variance of the total of `w (y - mean)` over `members` of one stratum.
fn within(rows: Rows<'_>, stratum: &Stratum, members: &[usize], mean: f64) -> f64 {
    // All drawn and scored: rounding leaves some 1e-16 a row.
    if stratum.open <= 1e-12 * stratum.scored as f64 {
        return 0.0;
    }
    if stratum.scored < 2 {
        return f64::NAN;
    }
    let factor = stratum.drawn_weight / stratum.scored_weight;
    let term = |row: usize| rows.weight[row] * factor * (rows.score[row] - mean);
    let inside: f64 = members.iter().map(|&row| open(rows, stratum, row)).sum();
    let centre =
        members.iter().map(|&row| open(rows, stratum, row) * term(row)).sum::<f64>() / stratum.open;
    let spread: f64 =
        members.iter().map(|&row| open(rows, stratum, row) * (term(row) - centre).powi(2)).sum();
    // Rows of the stratum outside the group count with 0.
    let outside = (stratum.open - inside).max(0.0) * centre * centre;
    let scored = stratum.scored as f64;
    scored / (scored - 1.0) * (spread + outside)
}

/// Scores less strata: of the group's own strata, or of the sample where the group cuts some.
fn freedom<'a>(
    rows: Rows<'_>,
    strata: &[Stratum],
    mut runs: impl Iterator<Item = &'a [usize]> + Clone,
) -> f64 {
    let of = |stratum: &Stratum| stratum.scored.saturating_sub(1) as f64;
    let own = runs.clone().map(|run| of(&strata[rows.stratum[run[0]]])).sum();
    if runs.any(|run| strata[rows.stratum[run[0]]].crossed) {
        strata.iter().map(of).sum()
    } else {
        own
    }
}
