//! Shares of counts with their limits, a column at a time.

use crate::error::{Error, Result};
use crate::intervals::wilson_limits;
use crate::kpi::parts;
use crate::numeric::normal;
use crate::threads::{Run, in_parts};

/// `numerator / denominator` of every row with the limits of Wilson's score interval, one column of
/// `shares` after the other; NaN where the denominator is 0.
///
/// # Errors
/// Columns of unequal length, an interruption.
pub fn rates(
    numerator: &[i64],
    denominator: &[i64],
    confidence: f64,
    shares: &mut [f64],
    run: &Run<'_>,
) -> Result<()> {
    let rows = numerator.len();
    if denominator.len() != rows || shares.len() != 3 * rows {
        return Err(Error::Usage("both sides of a rate must have equal lengths".to_owned()));
    }
    let z = normal::central_quantile(confidence);
    let (value, limits) = shares.split_at_mut(rows);
    let (low, high) = limits.split_at_mut(rows);
    let ranges = parts::row_ranges(rows, run);
    let [value, low, high] =
        [value, low, high].map(|column| parts::cut(column, &ranges).into_iter());
    let pieces = ranges.iter().cloned().zip(value.zip(low.zip(high))).collect();
    in_parts(pieces, run, |(range, (value, (low, high))), watch| {
        watch.check()?;
        let (numerator, denominator) = (&numerator[range.clone()], &denominator[range]);
        for row in 0..value.len() {
            let (part, whole) = (numerator[row] as f64, denominator[row] as f64);
            value[row] = part / whole;
            // No trials give 0 / 0 in here too.
            [low[row], high[row]] = wilson_limits(part, whole, z);
        }
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::wilson;

    #[test]
    fn the_limits_are_wilsons() {
        let run = Run { threads: Some(3), interrupted: &|| false };
        let whole: Vec<i64> = (0..200_000).map(|k| k % 37).collect();
        let part: Vec<i64> = (0..).zip(&whole).map(|(k, &n)| k % (n + 1)).collect();
        let mut shares = vec![0.0; 3 * whole.len()];
        rates(&part, &whole, 0.9, &mut shares, &run).unwrap();
        let mut columns = shares.chunks_exact(whole.len());
        let [value, low, high] = std::array::from_fn(|_| columns.next().unwrap());
        for row in 0..whole.len() {
            let limits = wilson(part[row] as f64, whole[row] as f64, 0.9);
            assert_eq!(
                limits.map(f64::to_bits),
                [low[row], high[row]].map(|limit| {
                    if limit.is_nan() { f64::NAN.to_bits() } else { limit.to_bits() }
                })
            );
            assert_eq!(value[row].is_nan(), whole[row] == 0);
        }
        assert!(rates(&[1], &[], 0.9, &mut [0.0; 3], &run).is_err());
    }
}
