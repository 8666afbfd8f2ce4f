//! Markov chains that move by at most one level at a time.

use crate::error::{Error, Result};

/// A square matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    size: usize,
    cells: Vec<f64>,
}

impl Matrix {
    pub(super) fn zeros(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    pub(super) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.size + column] += value;
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.size..(row + 1) * self.size]
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = Self::zeros(self.size);
        for i in 0..self.size {
            for (k, &factor) in self.row(i).iter().enumerate() {
                if factor != 0.0 {
                    let target = &mut product.cells[i * self.size..(i + 1) * self.size];
                    for (cell, value) in target.iter_mut().zip(other.row(k)) {
                        *cell += factor * value;
                    }
                }
            }
        }
        product
    }

    fn row_times(vector: &[f64], matrix: &Self) -> Vec<f64> {
        let mut product = vec![0.0; matrix.size];
        for (k, &factor) in vector.iter().enumerate() {
            for (cell, value) in product.iter_mut().zip(matrix.row(k)) {
                *cell += factor * value;
            }
        }
        product
    }

    /// The inverse of a matrix whose diagonal dominates; such a one needs no pivots.
    fn inverse(mut self) -> Self {
        let size = self.size;
        let mut inverse = Self::zeros(size);
        for i in 0..size {
            inverse.add(i, i, 1.0);
        }
        for k in 0..size {
            let scale = 1.0 / self.cells[k * size + k];
            for each in [&mut self, &mut inverse] {
                each.cells[k * size..(k + 1) * size].iter_mut().for_each(|cell| *cell *= scale);
            }
            let (pivot, pivot_inverse) = (self.row(k).to_vec(), inverse.row(k).to_vec());
            for i in (0..size).filter(|&i| i != k) {
                let factor = self.cells[i * size + k];
                if factor == 0.0 {
                    continue;
                }
                for (each, row) in [(&mut self, &pivot), (&mut inverse, &pivot_inverse)] {
                    let target = &mut each.cells[i * size..(i + 1) * size];
                    for (cell, value) in target.iter_mut().zip(row) {
                        *cell -= factor * value;
                    }
                }
            }
        }
        inverse
    }

    /// The stationary row of a chain whose rates out of each state are the negated entries off the diagonal, by
    /// elimination without subtractions (Grassmann, Taksar & Heyman 1985).
    fn stationary(mut self) -> Vec<f64> {
        let size = self.size;
        let at = |i: usize, j: usize| i * size + j;
        for k in (1..size).rev() {
            let out: f64 = (0..k).map(|j| -self.cells[at(k, j)]).sum();
            for i in 0..k {
                self.cells[at(i, k)] /= out;
            }
            for i in 0..k {
                for j in (0..k).filter(|&j| j != i) {
                    self.cells[at(i, j)] += self.cells[at(i, k)] * -self.cells[at(k, j)];
                }
            }
        }
        let mut stationary = vec![1.0; size];
        for k in 1..size {
            stationary[k] = (0..k).map(|i| -self.cells[at(i, k)] * stationary[i]).sum();
        }
        stationary
    }
}

/// The rates of a chain: between the states of a level, and up and down a level.
pub(super) trait LevelRates {
    /// States of a level.
    fn size(&self) -> usize;
    /// Adds the rates from a state of a level: the state that is reached, by how many levels, and the rate.
    fn from(&self, level: usize, state: usize, rate: &mut dyn FnMut(usize, i8, f64));
}

/// Stationary probabilities of the levels `0..levels`, those beyond left out.
///
/// Linear level reduction from the last level down (Gaver, Jacobs & Latouche 1984). The last level holds what would
/// go beyond it, so that its probability says whether there are levels enough.
///
/// # Errors
/// [`Error::NotConverged`] where a probability is no number.
pub(super) fn stationary(rates: &impl LevelRates, levels: usize) -> Result<Vec<Vec<f64>>> {
    let size = rates.size();
    let mut ratios: Vec<Matrix> = Vec::with_capacity(levels);
    // The next level's own matrix, and its way down.
    let mut above: Option<(Matrix, Matrix)> = None;
    for level in (0..levels).rev() {
        let [mut own, mut up, mut down] = [(); 3].map(|()| Matrix::zeros(size));
        for state in 0..size {
            rates.from(level, state, &mut |to, by, rate| {
                if by > 0 && level + 1 == levels {
                    return;
                }
                match by {
                    0 if to == state => return,
                    0 => own.add(state, to, -rate),
                    1 => up.add(state, to, rate),
                    _ => down.add(state, to, rate),
                }
                own.add(state, state, rate);
            });
        }
        if let Some((inverse, back)) = above.take() {
            let ratio = up.times(&inverse);
            let returned = ratio.times(&back);
            for (cell, value) in own.cells.iter_mut().zip(&returned.cells) {
                *cell -= value;
            }
            ratios.push(ratio);
        }
        above = Some(if level > 0 { (own.inverse(), down) } else { (own, down) });
    }
    let first = above.map_or_else(Vec::new, |(own, _)| own.stationary());
    let mut found = vec![first];
    for ratio in ratios.iter().rev() {
        let last = &found[found.len() - 1];
        found.push(Matrix::row_times(last, ratio));
    }
    let total: f64 = found.iter().flatten().sum();
    if !(total > 0.0 && total.is_finite()) {
        return Err(Error::NotConverged {
            what: "the chain of levels",
            arguments: format!("{levels} levels of {size} states"),
        });
    }
    found.iter_mut().flatten().for_each(|probability| *probability /= total);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two queues that know nothing of each other: a product of geometric distributions.
    struct TwoQueues;

    impl LevelRates for TwoQueues {
        fn size(&self) -> usize {
            3
        }

        fn from(&self, level: usize, state: usize, rate: &mut dyn FnMut(usize, i8, f64)) {
            rate(state, 1, 0.5);
            if level > 0 {
                rate(state, -1, 1.0);
            }
            if state < 2 {
                rate(state + 1, 0, 2.0);
            }
            if state > 0 {
                rate(state - 1, 0, 4.0);
            }
        }
    }

    #[test]
    fn independent_queues_have_a_product_form() {
        let found = stationary(&TwoQueues, 60).unwrap();
        for (level, states) in found.iter().enumerate().take(20) {
            for (state, probability) in states.iter().enumerate() {
                let wanted = 0.5_f64.powf((level + 1 + state) as f64) / 1.75;
                assert!((probability / wanted - 1.0).abs() < 1e-12, "{level} {state}");
            }
        }
    }
}
