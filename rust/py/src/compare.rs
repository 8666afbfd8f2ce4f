//! Comparisons of teams and periods.

use callstats_core::compare::adjust::{self, Adjustment};
use callstats_core::compare::change_point::{self as changes, DailyCount};
use callstats_core::compare::choosing::{self, CandidateUnits};
use callstats_core::compare::clusters;
use callstats_core::compare::drift::{self, SeriesDesign, SeriesEffect};
use callstats_core::compare::permutations::{self, PermutationQuestion, TeamMeasure};
use callstats_core::compare::pilots::{PilotQuestion, SmallestEffects, UnitLevels, pilot_effect};
use callstats_core::compare::power as pilots;
use callstats_core::compare::ranks;
use callstats_core::compare::splits::UnitSplits;
use callstats_core::compare::student::{self, SampleMoments, TTest};
use callstats_core::domain::{
    BEFORE, CALL_CORRELATION, CONFIDENCE, CONTROL, EFFECT, EFFECT_SOUGHT, ICC, LEVEL_AFTER, POWER,
    SD, SIZE, TEAM_CORRELATION, TREATED,
};
use callstats_core::grid::{each_cell, each_distinct_cell};
use callstats_core::rng::Key;
use callstats_core::threads::Watch;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::convert::{Contiguous, Name};
use crate::elementwise::elementwise;
use crate::error::{convert, named};
use crate::run::released;

elementwise! {
    change(; before: BEFORE, after: LEVEL_AFTER) -> list
        = each_cell(|[before, after]| {
            let relative = if before == 0.0 { f64::NAN } else { after / before - 1.0 };
            Ok([after - before, relative])
        });
    power(; effect: EFFECT, sd: SD, treated: TREATED, control: CONTROL, confidence: CONFIDENCE)
        -> searched = each_distinct_cell(|cell| Ok([pilots::power(cell)?]));
    smallest_effect(; sd: SD, treated: TREATED, control: CONTROL, power: POWER, confidence: CONFIDENCE)
        -> searched = each_distinct_cell(|cell| Ok([pilots::smallest_effect(cell)?]));
    teams_needed(; effect: EFFECT_SOUGHT, sd: SD, power: POWER, confidence: CONFIDENCE)
        -> searched = each_distinct_cell(|cell| Ok([pilots::teams_needed(cell)?]));
    change_sd(;
        sd: SD, icc: ICC, size: SIZE, team_correlation: TEAM_CORRELATION,
        call_correlation: CALL_CORRELATION
    ) = each_cell(|cell| Ok([pilots::change_sd(cell)]));
}

/// The splits that chance could have made: kind, units, treated, members or pairs, and how many are to
/// be drawn from which seed.
#[derive(FromPyObject)]
pub(crate) struct PossibleSplits<'py>(Name, usize, usize, Contiguous<'py, u32>, u64, u64);

impl PossibleSplits<'_> {
    fn core(&self) -> PyResult<UnitSplits> {
        let (units, treated) = (self.1, self.2);
        let members = self.3.as_slice()?;
        let pairs = || members.chunks_exact(2).map(|pair| [pair[0] as usize, pair[1] as usize]);
        let (count, key) = (self.4, Key::new(self.5));
        Ok(match &*self.0 {
            "pairs" => UnitSplits::Pairs(pairs().collect()),
            "listed" => UnitSplits::Listed { units, treated, members: members.to_vec() },
            "drawn" => UnitSplits::Drawn { units, treated, count, key },
            "drawn_pairs" => UnitSplits::DrawnPairs { pairs: pairs().collect(), count, key },
            _ => UnitSplits::All { units, treated },
        })
    }
}

/// Rows of a matrix of C order.
fn rows<'a>(matrix: &'a PyReadonlyArray2<'_, f64>) -> PyResult<Vec<&'a [f64]>> {
    let columns = matrix.as_array().ncols();
    let values = matrix.as_slice()?;
    Ok((0..matrix.as_array().nrows()).map(|row| &values[row * columns..][..columns]).collect())
}

/// Of each measure: statistic, splits, as extreme, greater, less, most extreme, both limits, splits that
/// refuse, and those whose largest t is as large, NaN where nothing varies.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // A permutation test has that many parts.
pub(crate) fn permute(
    py: Python<'_>,
    values: PyReadonlyArray2<'_, f64>,
    weights: Option<PyReadonlyArray2<'_, f64>>,
    levels: Vec<f64>,
    splits: PossibleSplits<'_>,
    observed: Contiguous<'_, bool>,
    confidence: f64,
    joint: bool,
    threads: Option<usize>,
) -> PyResult<Vec<[f64; 10]>> {
    let (values, splits, observed) = (rows(&values)?, splits.core()?, observed.as_slice()?);
    let weights = weights.as_ref().map(rows).transpose()?;
    let measures: Vec<TeamMeasure<'_>> = (values.iter().zip(levels).enumerate())
        .map(|(row, (values, level))| TeamMeasure {
            values,
            weights: weights.as_ref().map(|weights| weights[row]),
            level,
        })
        .collect();
    let found = released(py, threads, |run| {
        let mirrored = splits.mirrored();
        let question =
            PermutationQuestion { splits: &splits, observed, confidence, joint, mirrored };
        permutations::permute(&measures, &question, run)
    })?;
    Ok(found
        .into_iter()
        .map(|own| {
            let counts = [own.splits, own.as_extreme, own.greater, own.less, own.most_extreme];
            let [splits, extreme, greater, less, most] = counts.map(|count| count as f64);
            let [low, high] = own.limits;
            let max_t = own.max_t.map_or(f64::NAN, |count| count as f64);
            let refused = own.refused as f64;
            [own.statistic, splits, extreme, greater, less, most, low, high, refused, max_t]
        })
        .collect())
}

/// Error, degrees of freedom, t, p and both limits.
fn row(test: TTest) -> [f64; 6] {
    let [low, high] = test.limits;
    [test.standard_error, test.freedom, test.t, test.p_value, low, high]
}

fn moments(arms: [&Contiguous<'_, f64>; 2], level: f64) -> PyResult<[SampleMoments; 2]> {
    let [a, b] = arms;
    Ok([SampleMoments::new(a.as_slice()?, level), SampleMoments::new(b.as_slice()?, level)])
}

/// Of each measure: levels of both arms before and after, effect, pooled t, relative effect with limits,
/// smallest effect, whether it is flat, p and limits of Welch's test, units of both arms, ratio of their
/// spreads, and gap, standard deviation and correlation of the levels before.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // Data, and what is asked of them.
pub(crate) fn pilot_effects<'py>(
    py: Python<'py>,
    before: PyReadonlyArray2<'py, f64>,
    after: PyReadonlyArray2<'py, f64>,
    levels: bool,
    treated: Contiguous<'py, bool>,
    confidence: f64,
    power: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (before, after) = (rows(&before)?, rows(&after)?);
    let question = PilotQuestion { treated: treated.as_slice()?, confidence, power };
    let mut smallest = SmallestEffects::default();
    let mut found = Vec::with_capacity(before.len());
    for (before, after) in before.into_iter().zip(after) {
        let measure = UnitLevels { before, after, levels };
        let own = pilot_effect(&measure, &question, &mut smallest)
            .map_err(|failure| convert(py, &failure))?;
        let mut row = own.levels.to_vec();
        let (pooled, welch, mean) = (own.pooled, own.welch, own.regression);
        row.extend([own.effect, pooled.standard_error, pooled.freedom]);
        row.extend([pooled.limits[0], pooled.limits[1], pooled.p_value]);
        row.extend(own.relative);
        row.extend([own.smallest_effect, own.scale, f64::from(u8::from(own.flat))]);
        row.extend([welch.p_value, welch.limits[0], welch.limits[1]]);
        row.extend(own.units.map(|count| count as f64));
        row.extend([own.spread_ratio, mean.gap, mean.sd, mean.correlation]);
        found.push(row);
    }
    Ok(PyArray2::from_vec2(py, &found)?)
}

/// Difference of the means, and Welch's test of it.
#[pyfunction]
pub(crate) fn welch_test(
    py: Python<'_>,
    x: Contiguous<'_, f64>,
    y: Contiguous<'_, f64>,
    confidence: f64,
) -> PyResult<(f64, [f64; 6])> {
    let arms = moments([&x, &y], 0.0)?;
    let test = student::welch(arms, confidence).map_err(|failure| convert(py, &failure))?;
    Ok((arms[0].mean - arms[1].mean, row(test)))
}

/// u, its share, three probabilities, and the shift.
#[pyfunction]
pub(crate) fn rank_test(
    py: Python<'_>,
    x: Contiguous<'_, f64>,
    y: Contiguous<'_, f64>,
) -> PyResult<[f64; 6]> {
    let (x, y) = (x.as_slice()?, y.as_slice()?);
    let found = released(py, Some(1), |run| ranks::rank_test(x, y, &Watch::alone(run)))?;
    Ok([found.u, found.share, found.p_exact, found.p_normal, found.p_normal_corrected, found.shift])
}

/// Mean changes of both arms, and pooled t, Welch's t, CR0, CR1 and CR2 of their difference.
#[pyfunction]
pub(crate) fn team_tests(
    py: Python<'_>,
    treated: Contiguous<'_, f64>,
    control: Contiguous<'_, f64>,
    level: f64,
    confidence: f64,
) -> PyResult<([f64; 2], [[f64; 6]; 5])> {
    let arms = moments([&treated, &control], level)?;
    let tests = student::difference_in_differences(arms, confidence)
        .map_err(|failure| convert(py, &failure))?;
    Ok((arms.map(|arm| arm.mean), tests.map(row)))
}

/// What units grew by, as [`growth`] says.
type Growth = (f64, [f64; 3], [f64; 2], [f64; 2], [f64; 3], f64);

/// Total, typical with limits, both coefficients of variation, both of Gini, spread with limits, and p.
#[pyfunction]
pub(crate) fn growth(
    py: Python<'_>,
    before: Contiguous<'_, f64>,
    after: Contiguous<'_, f64>,
    confidence: f64,
) -> PyResult<Growth> {
    let found = clusters::growth(before.as_slice()?, after.as_slice()?, confidence)
        .map_err(|failure| convert(py, &failure))?;
    Ok((
        found.total,
        found.typical,
        found.variation,
        found.gini,
        found.spread,
        found.spread_p_value,
    ))
}

/// Mean squares between and within, size, intraclass correlation and design effect of clusters that end
/// at `ends`.
#[pyfunction]
pub(crate) fn cluster_variance(
    values: Contiguous<'_, f64>,
    ends: Contiguous<'_, i64>,
) -> PyResult<[f64; 5]> {
    let (values, mut from) = (values.as_slice()?, 0);
    let mut found = Vec::new();
    for &end in ends.as_slice()? {
        let end = end as usize;
        found.push(SampleMoments::new(&values[from..end], 0.0));
        from = end;
    }
    let own = clusters::cluster_variance(&found);
    Ok([own.between, own.within, own.size, own.icc, own.design_effect])
}

/// Probabilities made to hold together.
#[pyfunction]
pub(crate) fn adjust_p<'py>(
    py: Python<'py>,
    method: Name,
    p: Contiguous<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let method: Adjustment = named(py, &method)?;
    Ok(adjust::adjust(method, p.as_slice()?).into_pyarray(py))
}

/// Values of the open days, first days of the changes, weekdays, and whether level and noise drift.
#[derive(FromPyObject)]
pub(crate) struct Days<'py>(
    Contiguous<'py, f64>,
    Vec<usize>,
    Option<Contiguous<'py, u8>>,
    bool,
    bool,
);

impl Days<'_> {
    fn core(&self) -> PyResult<SeriesDesign<'_>> {
        let weekdays = self.2.as_ref().map(|own| own.as_slice()).transpose()?;
        Ok(SeriesDesign {
            values: self.0.as_slice()?,
            steps: &self.1,
            weekdays,
            trend: self.3,
            drift: self.4,
        })
    }
}

/// Effect, error, p and both limits.
fn estimate(own: SeriesEffect) -> [f64; 5] {
    [own.effect, own.standard_error, own.p_value, own.limits[0], own.limits[1]]
}

/// Effects, slope, degrees of freedom, share of the walk, and what was to be expected with its limits.
type FittedSeries<'py> = (Vec<[f64; 5]>, Option<[f64; 5]>, f64, f64, Bound<'py, PyArray2<f64>>);

/// A series of days with changes of level; None where there are too few days.
#[pyfunction]
pub(crate) fn fit_series<'py>(
    py: Python<'py>,
    days: Days<'py>,
    confidence: f64,
) -> PyResult<Option<FittedSeries<'py>>> {
    let design = days.core()?;
    let Some(found) = released(py, Some(1), |_| drift::fit(&design, confidence))? else {
        return Ok(None);
    };
    let expected: Vec<Vec<f64>> = found.expected.iter().map(|row| row.to_vec()).collect();
    Ok(Some((
        found.effects.into_iter().map(estimate).collect(),
        found.slope.map(estimate),
        found.freedom,
        found.drift_share,
        PyArray2::from_vec2(py, &expected)?,
    )))
}

/// Effects of changes that were none, a window after the other.
#[pyfunction]
pub(crate) fn series_placebos<'py>(
    py: Python<'py>,
    days: Days<'py>,
    before: usize,
    after: usize,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let design = days.core()?;
    let found = released(py, threads, |run| drift::placebos(&design, before, after, run))?;
    Ok(found.into_pyarray(py))
}

/// First day after the largest change, its statistic, rates before and after, orders, p and smallest p.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // Days, what is looked for, and the key of its draw.
pub(crate) fn change_point(
    py: Python<'_>,
    kind: Name,
    events: Contiguous<'_, f64>,
    size: Contiguous<'_, f64>,
    edge: usize,
    block: usize,
    seed: u64,
    name: u64,
) -> PyResult<(Option<usize>, [f64; 6])> {
    let kind: DailyCount = named(py, &kind)?;
    let (events, size) = (events.as_slice()?, size.as_slice()?);
    let key = Key::new(seed).narrowed(name);
    let found = released(py, Some(1), |run| {
        changes::change_point(kind, events, size, edge, block, key, &Watch::alone(run))
    })?;
    let [before, after] = found.rates;
    let figures =
        [found.statistic, before, after, found.orders as f64, found.p_value, found.smallest_p];
    Ok((found.day, figures))
}

fn candidates(columns: &PyReadonlyArray2<'_, f64>) -> PyResult<CandidateUnits> {
    let columns: Vec<Vec<f64>> = rows(columns)?.into_iter().map(<[f64]>::to_vec).collect();
    Ok(CandidateUnits::new(&columns))
}

/// The units that are most alike, their spread, and whether every set was looked at.
#[pyfunction]
pub(crate) fn most_alike(
    py: Python<'_>,
    columns: PyReadonlyArray2<'_, f64>,
    count: usize,
    threads: Option<usize>,
) -> PyResult<(Vec<usize>, f64, bool)> {
    let own = candidates(&columns)?;
    let found = released(py, threads, |run| own.most_alike(count, run))?;
    Ok((found.units, found.spread, found.exhaustive))
}

/// Pairs of units that are alike.
#[pyfunction]
pub(crate) fn alike_pairs(columns: PyReadonlyArray2<'_, f64>) -> PyResult<Vec<[usize; 2]>> {
    let units: Vec<usize> = (0..columns.as_array().ncols()).collect();
    Ok(choosing::alike_pairs(&candidates(&columns)?, &units))
}

/// Scores of all splits, that of the last kept, treated units of those kept one after another, and the
/// number of the one drawn.
type FairSplits<'py> = (Bound<'py, PyArray1<f64>>, f64, Bound<'py, PyArray1<u32>>, usize);

/// The splits that are fair enough, and one of them.
#[pyfunction]
pub(crate) fn fair_splits<'py>(
    py: Python<'py>,
    columns: PyReadonlyArray2<'py, f64>,
    splits: PossibleSplits<'py>,
    keep: u64,
    seed: u64,
    threads: Option<usize>,
) -> PyResult<FairSplits<'py>> {
    let (own, splits) = (candidates(&columns)?, splits.core()?);
    let found = released(py, threads, |run| own.fair_splits(&splits, keep, run))?;
    let drawn = Key::new(seed).stream().below(found.sets.len() as u64) as usize;
    let members = found.sets.concat();
    Ok((found.scores.into_pyarray(py), found.cut, members.into_pyarray(py), drawn))
}
