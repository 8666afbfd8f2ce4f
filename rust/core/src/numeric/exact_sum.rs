//! Sums of durations that do not depend on the order of the rows.

/// Fractional bits kept: 2^-60 s. A duration of 1/256 s or more is kept whole, since its last bit is
/// then worth at least 2^-60; below that at most half of 1e-18 s a row is rounded off, always the same.
const FRACTION_BITS: u32 = 60;
const SCALE: f64 = (1_u64 << FRACTION_BITS) as f64;

/// What [`split`] takes durations to first: 2^-20 s.
const COARSE: f64 = (1_u64 << 20) as f64;
/// Bits of a coarse unit.
const COARSE_BITS: u32 = FRACTION_BITS - 20;
/// Adding it leaves a double whose last bit is worth 2^-20: below 2^31 in magnitude, whole coarse
/// units are then a difference of bit patterns, which vector instructions have and conversions to
/// whole numbers lack.
const TO_COARSE: f64 = 1.5 * ((1_u64 << 52) as f64) / COARSE;
/// The same for 2^-60, of up to 2^-9 in magnitude.
const TO_FINE: f64 = 1.5 * ((1_u64 << 52) as f64) / SCALE;

/// What [`split`] is good for, in seconds.
const LONGEST: f64 = (1_u64 << 31) as f64;

/// Bits of a sum in its low word where it is handed out: 2^19 of them add up in 64 bits.
const LOW_BITS: u32 = 44;

/// Rows whose splits can be added up as they are: coarse units stay below 2^51 a row.
pub const SPLITS: usize = 1 << 12;

/// A duration below 2^31 s as coarse units and what is left, in 2^-60 s; rounded to those.
#[inline(always)]
pub fn split(seconds: f64) -> (i64, i64) {
    let shifted = seconds + TO_COARSE;
    // Both subtractions are exact: the first undoes the shift, the second leaves at most 2^-21.
    let rest = (seconds - (shifted - TO_COARSE)) + TO_FINE;
    (
        shifted.to_bits().wrapping_sub(TO_COARSE.to_bits()).cast_signed(),
        rest.to_bits().wrapping_sub(TO_FINE.to_bits()).cast_signed(),
    )
}

/// A sum in fixed point. Adding is associative, so row order, threads and chunks cannot show.
///
/// Domain: finite values below 2^40 s in magnitude, and fewer than 2^27 rows of that size.
///
/// In two words: tables of sums by group then have no gaps, and lines of theirs that many rows are
/// added to in turn do not all fall into the same few places of the processor's cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExactSum {
    high: i64,
    low: u64,
}

impl ExactSum {
    #[inline(always)]
    fn units(self) -> i128 {
        (i128::from(self.high) << 64) | i128::from(self.low)
    }

    #[inline(always)]
    fn add_units(&mut self, units: i128) {
        let sum = self.units() + units;
        (self.high, self.low) = ((sum >> 64) as i64, sum as u64);
    }

    /// Adds `seconds`.
    #[inline]
    pub fn add(&mut self, seconds: f64) {
        if seconds.abs() < LONGEST {
            let (coarse, fine) = split(seconds);
            return self.add_splits(coarse, fine);
        }
        let whole = seconds as i64;
        // The subtraction is exact: both have the same leading bits.
        let (coarse, fine) = split(seconds - whole as f64);
        // A fraction of a second fits one word.
        let fraction = i128::from((coarse << COARSE_BITS) + fine);
        self.add_units((i128::from(whole) << FRACTION_BITS) + fraction);
    }

    /// Adds sums of what [`split`] gave for up to [`SPLITS`] rows.
    #[inline(always)]
    pub fn add_splits(&mut self, coarse: i64, fine: i64) {
        self.add_units((i128::from(coarse) << COARSE_BITS) + i128::from(fine));
    }

    /// Adds another sum.
    pub fn add_sum(&mut self, other: Self) {
        self.add_units(other.units());
    }

    /// Takes `other` away `times` over.
    pub fn subtract_times(&mut self, other: Self, times: i64) {
        self.add_units(-other.units() * i128::from(times));
    }

    /// The sum in two words that add up by themselves: units of 2^-16 s, and the rest in 2^-60 s,
    /// which is at least 0 and below 2^44.
    ///
    /// Domain: below 2^47 s (4 million years) in magnitude.
    pub fn words(self) -> (i64, i64) {
        let units = self.units();
        ((units >> LOW_BITS) as i64, (units & ((1 << LOW_BITS) - 1)) as i64)
    }

    /// The sum of such words, added up or not.
    pub fn from_words(high: i64, low: i64) -> Self {
        let mut sum = Self::default();
        sum.add_units((i128::from(high) << LOW_BITS) + i128::from(low));
        sum
    }

    /// The sum, rounded once.
    #[inline]
    pub fn seconds(self) -> f64 {
        let units = self.units();
        let coarse = (units >> COARSE_BITS) as i64;
        let fine = (units as i64) & ((1 << COARSE_BITS) - 1);
        // Below 2^33 s both words are doubles as they are, and their sum is what is rounded.
        if coarse.unsigned_abs() < 1 << 53 && i128::from(coarse) == units >> COARSE_BITS {
            coarse as f64 / COARSE + fine as f64 / SCALE
        } else {
            units as f64 / SCALE
        }
    }
}

impl From<f64> for ExactSum {
    fn from(seconds: f64) -> Self {
        let mut sum = Self::default();
        sum.add(seconds);
        sum
    }
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
        total.subtract_times(0.1.into(), 3);
        assert_eq!(total.seconds(), sum(&[7e8, 0.3, 0.2, 0.1, -0.1, -0.1, -0.1]));
    }

    #[test]
    fn large_and_negative_sums_are_rounded_once_too() {
        assert_eq!(sum(&[1e9; 20]), 2e10);
        assert_eq!(sum(&[8_589_934_591.5, 0.25, 0.25]), 8_589_934_592.0);
        assert_eq!(sum(&[-0.1; 10]), -1.0);
        assert_eq!(sum(&[-1e11, 0.5]), -99_999_999_999.5);
    }

    #[test]
    fn words_add_up_to_the_sum_of_all() {
        let values = [0.001, 0.1, 59.999, 7e8, 1e-9, -3.25, 0.3, -1e11];
        let (mut high, mut low) = (0, 0);
        for value in values {
            let (h, l) = ExactSum::from(value).words();
            assert!((0..1 << LOW_BITS).contains(&l));
            high += h;
            low += l;
        }
        assert_eq!(ExactSum::from_words(high, low).seconds().to_bits(), sum(&values).to_bits());
    }

    proptest! {
        #[test]
        fn splits_add_up_to_what_single_values_do(
            values in prop::collection::vec(prop_oneof![0.0..1e-3, 0.0..1e3, 0.0..2e9], 0..50),
        ) {
            let (mut coarse, mut fine) = (0, 0);
            for &value in &values {
                let (c, f) = split(value);
                coarse += c;
                fine += f;
            }
            let mut total = ExactSum::default();
            total.add_splits(coarse, fine);
            prop_assert_eq!(total.seconds().to_bits(), sum(&values).to_bits());
        }

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
