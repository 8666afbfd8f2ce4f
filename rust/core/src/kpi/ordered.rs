//! Figures of rows in their order within each group: inequality, and errors of the seasonal forecast.

use std::cmp::Ordering;

use super::check_columns;
use crate::error::Result;

/// The rows of each group whose value is known, in the order of `compare`; ties as they stand.
fn in_order(
    group: &[i32],
    values: &[f64],
    compare: impl Fn(usize, usize) -> Ordering,
) -> Vec<usize> {
    let mut rows: Vec<usize> =
        (0..group.len()).filter(|&row| group[row] >= 0 && !values[row].is_nan()).collect();
    rows.sort_by(|&a, &b| group[a].cmp(&group[b]).then_with(|| compare(a, b)));
    rows
}

/// What each row adds to the Gini coefficient of its group: (2 i - n - 1) x at rank i of n, ascending.
/// Their sum over n times the total is the coefficient. 0 for rows that are left out.
///
/// # Errors
/// Columns of unequal length.
pub fn gini_terms(group: &[i32], values: &[f64], terms: &mut [f64]) -> Result<()> {
    check_columns(group, usize::MAX, &[values.len(), terms.len()])?;
    terms.fill(0.0);
    let rows = in_order(group, values, |a, b| {
        values[a].partial_cmp(&values[b]).unwrap_or(Ordering::Equal)
    });
    for ranked in rows.chunk_by(|&a, &b| group[a] == group[b]) {
        for (rank, &row) in (1_u32..).zip(ranked) {
            terms[row] = (2.0 * f64::from(rank) - ranked.len() as f64 - 1.0) * values[row];
        }
    }
    Ok(())
}

/// How far each row is from the one `season` known rows before it in its group, in ascending `order`:
/// the errors of the seasonal naive forecast, by whose mean the MASE divides (Hyndman & Koehler 2006).
/// NaN where there is none before.
///
/// # Errors
/// Columns of unequal length.
pub fn seasonal_errors(
    group: &[i32],
    order: &[i64],
    values: &[f64],
    season: usize,
    errors: &mut [f64],
) -> Result<()> {
    check_columns(group, usize::MAX, &[order.len(), values.len(), errors.len()])?;
    errors.fill(f64::NAN);
    let rows = in_order(group, values, |a, b| order[a].cmp(&order[b]));
    for followed in rows.chunk_by(|&a, &b| group[a] == group[b]) {
        for (&before, &row) in followed.iter().zip(followed.iter().skip(season)) {
            errors[row] = (values[row] - values[before]).abs();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_one_who_does_all_are_all_but_one() {
        let mut terms = [f64::NAN; 5];
        gini_terms(&[0, 0, -1, 0, 1], &[0.0, 12.0, 7.0, 0.0, 3.0], &mut terms).unwrap();
        assert_eq!(terms, [0.0, 24.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn errors_are_of_known_rows_of_the_same_group() {
        let mut errors = [0.0; 6];
        let values = [5.0, 1.0, f64::NAN, 9.0, 2.0, 4.0];
        seasonal_errors(&[0, 0, 0, 0, 1, -1], &[2, 0, 1, 3, 0, 0], &values, 1, &mut errors)
            .unwrap();
        assert_eq!([errors[0], errors[3]], [4.0, 4.0]);
        assert!([1, 2, 4, 5].iter().all(|&row| errors[row].is_nan()));
    }
}
