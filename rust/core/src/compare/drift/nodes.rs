//! The level filter at several shares of the walk side by side, a lane each.
//!
//! Days are noise about a random walk. All columns of the regression, the values last, go through the
//! same scalar Kalman filter; the information of their innovations has one Cholesky decomposition.

use crate::lanes::{Arithmetic, LaneKernel};

/// Nodes that are filtered side by side.
pub(super) const NODES_ABREAST: usize = 8;
/// A variance ahead is at most 2, so that products of so many of them are finite.
const SPREADS_PER_LOGARITHM: usize = 512;

/// One number a node.
pub(super) type Abreast = [f64; NODES_ABREAST];

/// Nothing at any node.
pub(super) const ZEROS: Abreast = [0.0; NODES_ABREAST];

/// Rows of the regression, one after another, the value as the last of each.
#[derive(Clone, Copy)]
pub(super) struct RegressionRows<'a> {
    /// All rows.
    pub rows: &'a [f64],
    /// Columns with the values.
    pub width: usize,
}

/// Fits at several shares of the walk.
pub(super) struct NodeGroup {
    /// Shares of the walk.
    pub shares: Abreast,
    /// Unit lower Cholesky factor of the information, row after row, the squares of the pivots in the
    /// place of the diagonal.
    factor: Vec<Abreast>,
    /// Squares of the columns, of which the pivots are what no other column explains.
    pub squares: Vec<Abreast>,
    /// Logarithm of the determinant of the days' covariance.
    pub determinant: Abreast,
    /// Coefficients, without one for the values.
    pub coefficients: Vec<Abreast>,
    /// Columns with the values.
    width: usize,
}

/// Place of a row of the lower triangle.
#[inline(always)]
fn row_start(i: usize) -> usize {
    i * (i + 1) / 2
}

impl NodeGroup {
    /// Square of the pivot of a column; of the values: the sum of squares that is left.
    pub(super) fn pivot(&self, column: usize) -> &Abreast {
        &self.factor[row_start(column) + column]
    }

    /// The diagonal of the inverse of the information, in one column.
    pub(super) fn inverse(&self, column: usize) -> Abreast {
        let count = self.width - 1;
        let mut found = ZEROS;
        let mut own = vec![ZEROS; count];
        own[column] = [1.0; NODES_ABREAST];
        for i in column..count {
            for j in column..i {
                for lane in 0..NODES_ABREAST {
                    own[i][lane] -= self.factor[row_start(i) + j][lane] * own[j][lane];
                }
            }
            for (lane, sum) in found.iter_mut().enumerate() {
                *sum += own[i][lane] * own[i][lane] / self.pivot(i)[lane];
            }
        }
        found
    }
}

/// The filter of one column at a node each.
struct Levels {
    shares: Abreast,
    /// Variances of the level, given the days so far.
    variances: Abreast,
    /// The level of each column.
    columns: Vec<Abreast>,
}

impl Levels {
    fn new(shares: Abreast, columns: usize) -> Self {
        Self { shares, variances: ZEROS, columns: vec![ZEROS; columns] }
    }

    /// Takes a day into account: gains, and variances of what was not to be expected.
    #[inline(always)]
    fn advance(&mut self) -> [Abreast; 2] {
        let (mut gains, mut spreads) = (ZEROS, ZEROS);
        for lane in 0..NODES_ABREAST {
            let predicted = self.variances[lane] + self.shares[lane];
            let spread = self.variances[lane] + 1.0;
            gains[lane] = predicted / spread;
            spreads[lane] = spread;
            self.variances[lane] = gains[lane] * (1.0 - self.shares[lane]);
        }
        [gains, spreads]
    }

    /// What was not to be expected of a column, whose level takes its share of it.
    #[inline(always)]
    fn innovation(
        &mut self,
        column: usize,
        value: f64,
        gains: &Abreast,
        arithmetic: impl Arithmetic,
    ) -> Abreast {
        let level = &mut self.columns[column];
        let mut new = ZEROS;
        for lane in 0..NODES_ABREAST {
            new[lane] = value - level[lane];
            level[lane] = arithmetic.mul_add(gains[lane], new[lane], level[lane]);
        }
        new
    }

    /// Lets a day pass.
    #[inline(always)]
    fn skip(&mut self) {
        for (variance, share) in self.variances.iter_mut().zip(&self.shares) {
            *variance += share;
        }
    }
}

/// Fits at several shares.
pub(super) struct FitNodes<'a> {
    /// What is fitted.
    pub regression: RegressionRows<'a>,
    /// At these shares.
    pub shares: Abreast,
}

impl LaneKernel for FitNodes<'_> {
    type Output = NodeGroup;

    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) -> NodeGroup {
        let RegressionRows { rows, width } = self.regression;
        let mut information = vec![ZEROS; row_start(width)];
        let mut innovations = vec![ZEROS; width];
        let mut filter = Levels::new(self.shares, width);
        let (mut determinant, mut product) = (ZEROS, [1.0; NODES_ABREAST]);
        for (day, row) in rows.chunks_exact(width).enumerate() {
            let [gains, spreads] = filter.advance();
            let mut precision = ZEROS;
            for lane in 0..NODES_ABREAST {
                precision[lane] = 1.0 / spreads[lane];
                product[lane] *= spreads[lane];
            }
            if day % SPREADS_PER_LOGARITHM == SPREADS_PER_LOGARITHM - 1 {
                take_logarithm(&mut determinant, &mut product);
            }
            let mut entries = information.iter_mut();
            for column in 0..width {
                let new = filter.innovation(column, row[column], &gains, arithmetic);
                innovations[column] = new;
                let mut scaled = ZEROS;
                for lane in 0..NODES_ABREAST {
                    scaled[lane] = new[lane] * precision[lane];
                }
                for (other, entry) in innovations[..=column].iter().zip(&mut entries) {
                    for lane in 0..NODES_ABREAST {
                        entry[lane] = arithmetic.mul_add(scaled[lane], other[lane], entry[lane]);
                    }
                }
            }
        }
        take_logarithm(&mut determinant, &mut product);
        let squares = (0..width).map(|i| information[row_start(i) + i]).collect();
        cholesky(&mut information, width);
        let coefficients = solved(&information, width);
        NodeGroup {
            shares: self.shares,
            factor: information,
            squares,
            determinant,
            coefficients,
            width,
        }
    }
}

#[inline(always)]
fn take_logarithm(sum: &mut Abreast, product: &mut Abreast) {
    for (sum, product) in sum.iter_mut().zip(product) {
        *sum += product.ln();
        *product = 1.0;
    }
}

/// Unit lower Cholesky factor with the squares of the pivots in the place of the diagonal.
#[inline(always)]
fn cholesky(matrix: &mut [Abreast], width: usize) {
    for j in 0..width {
        for k in 0..j {
            let (pivot, factor) = (matrix[row_start(k) + k], matrix[row_start(j) + k]);
            for i in j..width {
                let other = matrix[row_start(i) + k];
                let own = &mut matrix[row_start(i) + j];
                for lane in 0..NODES_ABREAST {
                    own[lane] -= other[lane] * (factor[lane] * pivot[lane]);
                }
            }
        }
        let pivot = matrix[row_start(j) + j];
        for i in j + 1..width {
            let own = &mut matrix[row_start(i) + j];
            for lane in 0..NODES_ABREAST {
                own[lane] = if pivot[lane] == 0.0 { 0.0 } else { own[lane] / pivot[lane] };
            }
        }
    }
}

/// The coefficients, whose right side is the last row of the factor.
#[inline(always)]
fn solved(factor: &[Abreast], width: usize) -> Vec<Abreast> {
    let count = width - 1;
    let mut found = factor[row_start(count)..][..count].to_vec();
    for i in (0..count).rev() {
        for j in i + 1..count {
            let other = found[j];
            for lane in 0..NODES_ABREAST {
                found[i][lane] -= factor[row_start(j) + i][lane] * other[lane];
            }
        }
    }
    found
}

/// What was to be expected of each day without any step, at several nodes, weighted.
pub(super) struct ExpectDays<'a> {
    /// What was fitted.
    pub regression: RegressionRows<'a>,
    /// The fits.
    pub group: &'a NodeGroup,
    /// Weights of the nodes.
    pub weights: Abreast,
    /// Variances of the nodes.
    pub variances: Abreast,
    /// Steps, which follow the constant.
    pub steps: usize,
    /// The first day that is not taken into account.
    pub first: usize,
    /// Sums of the means and of the mean squares, a day each.
    pub sums: &'a mut [[f64; 2]],
}

impl LaneKernel for ExpectDays<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) {
        let RegressionRows { rows, width } = self.regression;
        let count = width - 1;
        let mut filter = Levels::new(self.group.shares, width);
        let mut precision = vec![ZEROS; count];
        for (column, own) in precision.iter_mut().enumerate() {
            for (own, pivot) in own.iter_mut().zip(self.group.pivot(column)) {
                *own = 1.0 / pivot;
            }
        }
        let mut lack = vec![ZEROS; count];
        for (day, row) in rows.chunks_exact(width).enumerate() {
            let (mut mean, mut spread) = (filter.columns[count], ZEROS);
            for lane in 0..NODES_ABREAST {
                spread[lane] = filter.variances[lane] + 1.0;
            }
            // The day's columns without steps, less what the days before the first step say of them.
            for i in 0..count {
                let value = if (1..=self.steps).contains(&i) { 0.0 } else { row[i] };
                let coefficients = &self.group.coefficients[i];
                let mut own = ZEROS;
                for lane in 0..NODES_ABREAST {
                    own[lane] = value - filter.columns[i][lane];
                    mean[lane] = arithmetic.mul_add(own[lane], coefficients[lane], mean[lane]);
                }
                let factor = &self.group.factor[row_start(i)..][..i];
                for (entry, other) in factor.iter().zip(&lack) {
                    for lane in 0..NODES_ABREAST {
                        own[lane] = arithmetic.mul_add(-entry[lane], other[lane], own[lane]);
                    }
                }
                for lane in 0..NODES_ABREAST {
                    let scaled = own[lane] * precision[i][lane];
                    spread[lane] = arithmetic.mul_add(own[lane], scaled, spread[lane]);
                }
                lack[i] = own;
            }
            for lane in 0..NODES_ABREAST {
                let (weight, mean) = (self.weights[lane], mean[lane]);
                self.sums[day][0] += weight * mean;
                self.sums[day][1] += weight * (self.variances[lane] * spread[lane] + mean * mean);
            }
            if day < self.first {
                let [gains, _] = filter.advance();
                for column in 0..width {
                    filter.innovation(column, row[column], &gains, arithmetic);
                }
            } else {
                filter.skip();
            }
        }
    }
}
