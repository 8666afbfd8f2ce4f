//! Sums of durations that do not depend on the order of the rows.

use super::check_columns;
use crate::error::Result;

/// Fractional bits kept: 2^-60 s. A duration of 1/256 s or more is kept whole, since its last bit is
/// then worth at least 2^-60; below that at most 1e-18 s a row is cut off, always the same.
const FRACTION_BITS: u32 = 60;
const SCALE: f64 = (1_u64 << FRACTION_BITS) as f64;

/// A sum in fixed point. Adding is associative, so row order, threads and chunks cannot show.
///
/// Domain: finite values below 2^40 s in magnitude, and fewer than 2^27 rows of that size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExactSum(i128);

impl ExactSum {
    /// Adds `seconds`.
    pub fn add(&mut self, seconds: f64) {
        let whole = seconds as i64;
        // The subtraction is exact: both have the same leading bits.
        let fraction = ((seconds - whole as f64) * SCALE) as i64;
        self.0 += (i128::from(whole) << FRACTION_BITS) + i128::from(fraction);
    }

    /// Adds another sum.
    pub fn add_sum(&mut self, other: Self) {
        self.0 += other.0;
    }

    /// Takes `seconds` away `times` over.
    pub fn subtract_times(&mut self, seconds: f64, times: i64) {
        let mut once = Self::default();
        once.add(seconds);
        self.0 -= once.0 * i128::from(times);
    }

    /// The sum, rounded once.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / SCALE
    }
}

/// The sum of `seconds` in each group; NaN counts as nothing.
///
/// # Errors
/// Columns of unequal length, a group number out of range.
pub fn exact_sums(group: &[i32], seconds: &[f64], groups: usize) -> Result<Vec<f64>> {
    check_columns(group, groups, &[seconds.len()])?;
    let mut sums = vec![ExactSum::default(); groups];
    for (&g, &value) in group.iter().zip(seconds) {
        if let Ok(g) = usize::try_from(g)
            && !value.is_nan()
        {
            sums[g].add(value);
        }
    }
    Ok(sums.into_iter().map(ExactSum::seconds).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        for &value in values {
            sum.add(value);
        }
        sum.seconds()
    }

    #[test]
    fn rounds_only_once() {
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e9, 0.1, -1e9]), 0.1);
        assert_eq!(sum(&[15.5, 0.25, -0.75]), 15.0);
    }

    #[test]
    fn sums_of_sums_are_the_sum() {
        let mut total = ExactSum::default();
        for part in [[0.1, 0.2], [0.3, 7e8]] {
            let mut sum = ExactSum::default();
            for seconds in part {
                sum.add(seconds);
            }
            total.add_sum(sum);
        }
        assert_eq!(total.seconds(), sum(&[7e8, 0.3, 0.2, 0.1]));
        total.subtract_times(0.1, 3);
        assert_eq!(total.seconds(), sum(&[7e8, 0.3, 0.2, 0.1, -0.1, -0.1, -0.1]));
    }

    proptest! {
        #[test]
        fn does_not_depend_on_the_order(mut values in prop::collection::vec(0.0..1e9, 0..50)) {
            let forwards = sum(&values);
            values.sort_by(f64::total_cmp);
            prop_assert_eq!(forwards.to_bits(), sum(&values).to_bits());
            let naive: f64 = values.iter().sum();
            prop_assert!((forwards - naive).abs() <= 1e-12 * naive);
        }
    }
}
