//! Columns of a log looked through as they are read.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::kpi::numbering::{Codes, MISSING};
use crate::kpi::parts::{self, row_ranges};
use crate::threads::{Run, in_parts};

/// What a column of durations holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The shortest; infinity where none is known.
    pub low: f64,
    /// The longest; minus infinity where none is known.
    pub high: f64,
    /// How many are NaN.
    pub missing: usize,
}

/// Values looked at side by side, so that one does not wait for the other.
const LANES: usize = 16;

impl Span {
    const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY, missing: 0 };

    fn of(values: &[f64]) -> Self {
        let (rows, rest) = values.as_chunks::<LANES>();
        let mut low = [Self::EMPTY.low; LANES];
        let mut high = [Self::EMPTY.high; LANES];
        let mut missing = [0_u64; LANES];
        let mut last = [f64::NAN; LANES];
        last[..rest.len()].copy_from_slice(rest);
        for row in rows.iter().chain([&last]) {
            for lane in 0..LANES {
                let value = row[lane];
                // NaN is neither less nor more than anything.
                low[lane] = if value < low[lane] { value } else { low[lane] };
                high[lane] = if value > high[lane] { value } else { high[lane] };
                missing[lane] += u64::from(value.is_nan());
            }
        }
        Self {
            low: low.into_iter().fold(Self::EMPTY.low, f64::min),
            high: high.into_iter().fold(Self::EMPTY.high, f64::max),
            missing: missing.iter().sum::<u64>() as usize - (LANES - rest.len()),
        }
    }
}

/// The extremes of a column and how many values are missing.
///
/// # Errors
/// An interruption.
pub fn span(values: &[f64], run: &Run<'_>) -> Result<Span> {
    let ranges = row_ranges(values.len(), run);
    let spans = in_parts(ranges, run, |rows: Range<usize>, watch| {
        watch.check()?;
        Ok(Span::of(&values[rows]))
    })?;
    Ok(spans.into_iter().fold(Span::EMPTY, |one, other| Span {
        low: one.low.min(other.low),
        high: one.high.max(other.high),
        missing: one.missing + other.missing,
    }))
}

/// `found[i] = table[codes[i]]`, of a missing code the last entry; returns how many are negative.
///
/// # Errors
/// Columns of unequal length, codes beyond the table, an interruption.
pub fn look_up(codes: Codes<'_>, table: &[i8], found: &mut [i8], run: &Run<'_>) -> Result<usize> {
    fn of<T: Copy + Into<i64>>(codes: &[T], table: &[i8], found: &mut [i8]) -> Option<usize> {
        let (last, known) = table.split_last()?;
        let mut unknown = 0;
        for (&code, found) in codes.iter().zip(found) {
            let code = code.into();
            *found = if code < 0 { *last } else { *known.get(code as usize)? };
            unknown += usize::from(*found < 0);
        }
        Some(unknown)
    }
    if codes.len() != found.len() {
        return Err(Error::Usage("the columns of a log must have equal lengths".to_owned()));
    }
    let ranges = row_ranges(codes.len(), run);
    let pieces = ranges.iter().cloned().zip(parts::cut(found, &ranges)).collect();
    let unknown = in_parts(pieces, run, |(rows, found): (Range<usize>, &mut [i8]), watch| {
        watch.check()?;
        let counted = match codes {
            Codes::I8(codes) => of(&codes[rows], table, found),
            Codes::I16(codes) => of(&codes[rows], table, found),
            Codes::I32(codes) => of(&codes[rows], table, found),
            Codes::I64(codes) => of(&codes[rows], table, found),
        };
        counted.ok_or_else(|| Error::Usage("codes must lie in the table".to_owned()))
    })?;
    Ok(unknown.into_iter().sum())
}

/// Instants in nanoseconds from counts of a longer unit, `factor` nanoseconds each; returns how many
/// lie beyond what nanoseconds can tell. Missing ones stay missing.
///
/// # Errors
/// Columns of unequal length, an interruption.
pub fn nanoseconds(
    counts: &[i64],
    factor: i64,
    instants: &mut [i64],
    run: &Run<'_>,
) -> Result<usize> {
    if counts.len() != instants.len() || factor < 1 {
        return Err(Error::Usage("the columns of a log must have equal lengths".to_owned()));
    }
    let limit = i64::MAX / factor;
    let ranges = row_ranges(counts.len(), run);
    let pieces = ranges.iter().cloned().zip(parts::cut(instants, &ranges)).collect();
    let far = in_parts(pieces, run, |(rows, instants): (Range<usize>, &mut [i64]), watch| {
        watch.check()?;
        let mut far = 0;
        for (&count, instant) in counts[rows].iter().zip(instants) {
            let inside = (count <= limit) & (count >= -limit);
            far += usize::from(!inside & (count != MISSING));
            *instant = if inside { count.wrapping_mul(factor) } else { MISSING };
        }
        Ok(far)
    })?;
    Ok(far.into_iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(threads: usize) -> Run<'static> {
        Run { threads: Some(threads), interrupted: &|| false }
    }

    #[test]
    fn spans_skip_what_is_missing() {
        let values: Vec<f64> =
            (0..200_003).map(|k| if k % 5 == 0 { f64::NAN } else { f64::from(k) }).collect();
        let expected = Span { low: 1.0, high: 200_002.0, missing: 40_001 };
        assert_eq!(span(&values, &run(1)).unwrap(), expected);
        assert_eq!(span(&values, &run(3)).unwrap(), expected);
        assert_eq!(span(&[], &run(1)).unwrap(), Span::EMPTY);
        assert_eq!(span(&[f64::NAN], &run(1)).unwrap(), Span { missing: 1, ..Span::EMPTY });
    }

    #[test]
    fn words_without_a_place_are_counted() {
        let mut found = [0; 4];
        let unknown = look_up(Codes::I16(&[1, 0, -1, 2]), &[4, -1, 3, -1], &mut found, &run(1));
        assert_eq!((unknown.unwrap(), found), (2, [-1, 4, -1, 3]));
        assert!(look_up(Codes::I8(&[3]), &[4, -1, 3, -1], &mut [0], &run(1)).is_err());
        assert!(look_up(Codes::I8(&[0]), &[], &mut [0], &run(1)).is_err());
        assert!(look_up(Codes::I8(&[0]), &[0, -1], &mut [], &run(1)).is_err());
    }

    #[test]
    fn instants_beyond_nanoseconds_are_counted_and_missing() {
        let mut instants = [0; 4];
        let far = nanoseconds(&[5, MISSING, -7, i64::MAX / 10], 1000, &mut instants, &run(1));
        assert_eq!((far.unwrap(), instants), (1, [5000, MISSING, -7000, MISSING]));
        assert!(nanoseconds(&[5], 1000, &mut [], &run(1)).is_err());
    }
}
