//! Agreement of raters.

use callstats_core::qa::scores::agreement::{
    self, Level, Rater, Ratings, Statistic, Weights, bland_altman, raters,
};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

use crate::convert::Name;
use crate::error::named;
use crate::run::released;

/// Value, standard error, low, high and units.
type Row = (f64, f64, f64, f64, u64);

fn row(statistic: Statistic) -> Row {
    let [low, high] = statistic.interval;
    (statistic.value, statistic.standard_error, low, high, statistic.units)
}

fn of_rater(rater: Rater) -> (Row, f64) {
    (row(rater.bias), rater.sd)
}

/// Ratings, ready for all measures.
#[pyclass(frozen)]
pub(crate) struct RatingTable {
    ratings: Ratings,
    points: Vec<f64>,
}

impl RatingTable {
    /// Does `work` without the interpreter.
    fn free<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Ratings) -> callstats_core::Result<T> + Send,
    ) -> PyResult<T> {
        released(py, None, |_| work(&self.ratings))
    }
}

#[pymethods]
impl RatingTable {
    #[new]
    fn new(
        codes: [PyReadonlyArray1<'_, i64>; 3],
        units: usize,
        raters: usize,
        values: PyReadonlyArray1<'_, f64>,
        points: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Self> {
        let columns = codes.each_ref().map(|column| {
            column.as_slice().map(|c| c.iter().map(|&code| code as usize).collect::<Vec<_>>())
        });
        let [unit, rater, category] = columns;
        let (unit, rater, category) = (unit?, rater?, category?);
        let values = values.as_slice()?.to_vec();
        let ratings = Ratings::new(&unit, &rater, &category, [units, raters], values);
        Ok(Self { ratings, points: points.as_slice()?.to_vec() })
    }

    /// How many ratings repeat a unit and rater, and the first such unit and rater.
    fn repeated(&self) -> (usize, usize, usize) {
        self.ratings.repeated()
    }

    /// Krippendorff's alpha.
    fn alpha(&self, py: Python<'_>, level: Name, confidence: f64) -> PyResult<Row> {
        let level: Level = named(py, &level)?;
        let work = |ratings: &Ratings| agreement::alpha(ratings, level, confidence);
        self.free(py, work).map(row)
    }

    /// Cohen's kappa, identity, linear and quadratic.
    fn cohen(&self, py: Python<'_>, confidence: f64) -> PyResult<[Row; 3]> {
        let work = |ratings: &Ratings| {
            let kappa = |w| agreement::cohen(ratings, &self.points, w, confidence);
            let [plain, linear, quadratic] = Weights::ALL.map(kappa);
            Ok([plain?, linear?, quadratic?])
        };
        Ok(self.free(py, work)?.map(row))
    }

    /// Fleiss' kappa.
    fn fleiss(&self, py: Python<'_>, confidence: f64) -> PyResult<Row> {
        let work = |ratings: &Ratings| agreement::fleiss(ratings, confidence);
        self.free(py, work).map(row)
    }

    /// Gwet's AC1, and AC2 linear and quadratic.
    fn gwet(&self, py: Python<'_>, confidence: f64) -> PyResult<Vec<Row>> {
        let work = |ratings: &Ratings| {
            Weights::ALL
                .iter()
                .map(|&w| agreement::gwet(ratings, &self.points, w, confidence))
                .collect::<callstats_core::Result<Vec<_>>>()
        };
        Ok(self.free(py, work)?.into_iter().map(row).collect())
    }

    /// Intraclass correlations (1,1), (2,1), (3,1), (1,k), (2,k), (3,k).
    fn intraclass(&self, py: Python<'_>, confidence: f64) -> PyResult<[Row; 6]> {
        let work = |ratings: &Ratings| agreement::intraclass(ratings, confidence);
        Ok(self.free(py, work)?.map(row))
    }

    /// Bias and sd of every rater.
    fn raters(&self, py: Python<'_>, confidence: f64) -> PyResult<Vec<(Row, f64)>> {
        let work = |ratings: &Ratings| raters(ratings, confidence);
        Ok(self.free(py, work)?.into_iter().map(of_rater).collect())
    }

    /// Bias and sd of the first rater against the second, and the limits of agreement.
    fn bland_altman(&self, py: Python<'_>, confidence: f64) -> PyResult<((Row, f64), [Row; 2])> {
        let work = |ratings: &Ratings| bland_altman(ratings, confidence);
        let (bias, limits) = self.free(py, work)?;
        Ok((of_rater(bias), limits.map(row)))
    }

    /// Share of pairs within a distance, and the counts of such pairs and of all.
    fn within(&self, py: Python<'_>, distance: f64, confidence: f64) -> PyResult<(Row, [u64; 2])> {
        let work = |ratings: &Ratings| agreement::within(ratings, distance, confidence);
        let (share, counts) = self.free(py, work)?;
        Ok((row(share), counts))
    }
}
