//! Means and covariances over replications, added one at a time.

/// Means of the columns of every cell, and the covariances of some pairs of columns.
///
/// Welford's recurrences: sums of squares would lose the small spread of large counts.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    columns: usize,
    pairs: Vec<(usize, usize)>,
    /// Place of the pair of two columns; `pairs.len()` where there is none.
    indices: Vec<usize>,
    count: u64,
    means: Vec<f64>,
    products: Vec<f64>,
}

impl Moments {
    pub(super) fn new(cells: usize, columns: usize, pairs: Vec<(usize, usize)>) -> Self {
        let mut indices = vec![pairs.len(); columns * columns];
        for (index, &(a, b)) in pairs.iter().enumerate() {
            indices[a * columns + b] = index;
            indices[b * columns + a] = index;
        }
        let products = vec![0.0; cells * pairs.len()];
        Self { columns, pairs, indices, count: 0, means: vec![0.0; cells * columns], products }
    }

    /// Adds a replication: each cell's columns, which `models` hold side by side.
    pub(super) fn add<const N: usize>(&mut self, models: &[&[[f64; N]]]) {
        self.count += 1;
        let share = 1.0 / self.count as f64;
        let mut before = vec![0.0; self.columns];
        for cell in 0..self.cells() {
            let means = &mut self.means[cell * self.columns..][..self.columns];
            let values = models.iter().flat_map(|model| model[cell].iter());
            for ((mean, value), before) in means.iter_mut().zip(values).zip(&mut before) {
                // One endless wait makes the mean endless and the spread unknown.
                let away = value - *mean;
                *before = away;
                *mean = if away.is_finite() { *mean + away * share } else { f64::INFINITY };
            }
            let products = &mut self.products[cell * self.pairs.len()..][..self.pairs.len()];
            // (x - old mean)(y - new mean), written with the old distances alone.
            let weight = 1.0 - share;
            for (product, &(a, b)) in products.iter_mut().zip(&self.pairs) {
                *product += weight * before[a] * before[b];
            }
        }
    }

    pub(super) fn cells(&self) -> usize {
        self.means.len() / self.columns.max(1)
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn mean(&self, cell: usize, column: usize) -> f64 {
        if self.count == 0 { f64::NAN } else { self.means[cell * self.columns + column] }
    }

    /// Of two columns that are a pair; NaN for fewer than two replications.
    pub(super) fn covariance(&self, cell: usize, a: usize, b: usize) -> f64 {
        let index = self.indices[a * self.columns + b];
        if self.count < 2 {
            return f64::NAN;
        }
        self.products[cell * self.pairs.len() + index] / (self.count - 1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_whole() {
        let rows = [[1e9 + 1.0, 2.0], [1e9 + 4.0, 3.0], [1e9 - 2.0, 7.0], [1e9, 4.0]];
        let mut moments = Moments::new(1, 2, vec![(0, 0), (0, 1), (1, 1)]);
        for row in &rows {
            moments.add(&[std::slice::from_ref(row)]);
        }
        assert_eq!(moments.mean(0, 0), 1e9 + 0.75);
        assert_eq!(moments.mean(0, 1), 4.0);
        assert!((moments.covariance(0, 0, 0) - 6.25).abs() < 1e-6);
        assert!((moments.covariance(0, 1, 0) + 4.0).abs() < 1e-6);
        assert!((moments.covariance(0, 1, 1) - 14.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn one_endless_value_makes_the_mean_endless() {
        let mut moments = Moments::new(1, 1, vec![(0, 0)]);
        for value in [1.0, f64::INFINITY, 2.0, f64::INFINITY] {
            moments.add(&[&[[value]]]);
        }
        assert_eq!(moments.mean(0, 0), f64::INFINITY);
        assert!(moments.covariance(0, 0, 0).is_nan());
    }
}
