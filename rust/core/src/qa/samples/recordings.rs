//! Recordings as the integers a draw is decided by: groups, hashed ids, and the levels of columns.

use super::identities::Ids;

/// A column to be balanced.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// Levels, compared as they are.
    Category {
        /// Codes from 0 on in the order of the levels' text; negative where the value is missing.
        codes: &'a [i32],
        /// The hash of each level's text: what the digest knows a level by.
        names: &'a [u64],
    },
    /// Numbers, with the ascending public cuts of their bands; NaN is missing.
    Number {
        /// The values.
        values: &'a [f64],
        /// Where one band ends and the next begins.
        cuts: &'a [f64],
    },
    /// Local wall-clock time since 1970; `i64::MIN` is missing.
    Time {
        /// The values.
        wall: &'a [i64],
        /// How many of their units make a second, at least 1.
        per_second: i64,
    },
}

/// A way of sorting a column's values into levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Margin {
    /// The levels of a category.
    Level,
    /// Bands of a number: negative, zero, between public cuts, infinite.
    Band,
    /// Three hours of the local day.
    ThreeHours,
    /// Day of the week, Monday first.
    Weekday,
    /// Weeks from Monday to Sunday.
    Week,
}

const MISSING_TIME: i64 = i64::MIN;
/// Seconds.
pub(super) const DAY: i64 = 86_400;

impl Column<'_> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Category { codes, .. } => codes.len(),
            Self::Number { values, .. } => values.len(),
            Self::Time { wall, .. } => wall.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The margins that are balanced, each on its own.
    pub const fn margins(&self) -> &'static [Margin] {
        match self {
            Self::Category { .. } => &[Margin::Level],
            Self::Number { .. } => &[Margin::Band],
            Self::Time { .. } => &[Margin::ThreeHours, Margin::Weekday, Margin::Week],
        }
    }

    /// The level of a row in one of this column's margins; None where the value is missing.
    ///
    /// Levels are public: they depend on the value alone, never on other rows.
    pub fn level(&self, margin: Margin, row: usize) -> Option<i64> {
        match *self {
            Self::Category { codes, .. } => Some(i64::from(codes[row])).filter(|&code| code >= 0),
            Self::Number { values, cuts } => band(values[row], cuts),
            Self::Time { wall, per_second } => {
                seconds(wall[row], per_second).map(|seconds| margin.of_time(seconds))
            }
        }
    }

    /// A number that orders the values of a number or a time; None for categories and missing values.
    pub fn order(&self, row: usize) -> Option<i64> {
        match *self {
            Self::Category { .. } => None,
            Self::Number { values, .. } => {
                Some(values[row]).filter(|value| !value.is_nan()).map(ordered)
            }
            Self::Time { wall, .. } => Some(wall[row]).filter(|&value| value != MISSING_TIME),
        }
    }

    /// The values of the rows from `from` on, each distinct from every other one of its column.
    #[inline(always)]
    pub(super) fn bits(&self, from: usize, into: &mut [u64]) {
        let rows = from..from + into.len();
        match *self {
            Self::Category { codes, names } => {
                for (bits, &code) in into.iter_mut().zip(&codes[rows]) {
                    // A missing value has the largest number, which no name has.
                    *bits = names.get(code.cast_unsigned() as usize).copied().unwrap_or(0);
                }
            }
            Self::Number { values, .. } => {
                for (bits, &value) in into.iter_mut().zip(&values[rows]) {
                    *bits = if value.is_nan() { u64::MAX } else { ordered(value).cast_unsigned() };
                }
            }
            Self::Time { wall, per_second } => {
                let wall = &wall[rows];
                match per_second {
                    1 => instants(wall, 1, into),
                    1_000 => instants(wall, 1_000, into),
                    1_000_000 => instants(wall, 1_000_000, into),
                    1_000_000_000 => instants(wall, 1_000_000_000, into),
                    _ => instants(wall, per_second, into),
                }
            }
        }
    }

    /// Whether values have an order to be balanced besides their levels.
    pub const fn is_ordered(&self) -> bool {
        !matches!(self, Self::Category { .. })
    }
}

impl Margin {
    /// The level of a local time in seconds since 1970.
    pub(super) const fn of_time(self, seconds: i64) -> i64 {
        // 1970-01-01 was a Thursday, three days after a Monday.
        let day = seconds.div_euclid(DAY) + 3;
        match self {
            Self::ThreeHours => seconds.rem_euclid(DAY) / 10_800,
            Self::Weekday => day.rem_euclid(7),
            _ => day.div_euclid(7),
        }
    }
}

/// A whole number that grows with the value.
#[inline]
const fn ordered(value: f64) -> i64 {
    // Adding 0 makes the two zeros one; the bits of a negative number grow with its size.
    let bits = (value + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// Times without their unit: whole seconds, and what is left of one in 2^-32 of it.
#[inline(always)]
fn instants(wall: &[i64], per_second: i64, into: &mut [u64]) {
    for (bits, &time) in into.iter_mut().zip(wall) {
        *bits = match split(time, per_second) {
            None => u64::MAX,
            Some((seconds, rest)) => {
                let rest = (rest.cast_unsigned() << 32) / per_second.cast_unsigned();
                (seconds << 32).cast_unsigned().wrapping_add(rest)
            }
        };
    }
}

/// Whole seconds since 1970; None where the time is missing.
#[inline]
pub(super) fn seconds(wall: i64, per_second: i64) -> Option<i64> {
    split(wall, per_second).map(|(seconds, _)| seconds)
}

/// Whole seconds since 1970 and what is left; None where the time is missing.
#[inline(always)]
fn split(wall: i64, per_second: i64) -> Option<(i64, i64)> {
    if wall == MISSING_TIME {
        return None;
    }
    // Division by a number known beforehand is several times faster.
    Some(match per_second {
        1 => (wall, 0),
        1_000 => (wall.div_euclid(1_000), wall.rem_euclid(1_000)),
        1_000_000 => (wall.div_euclid(1_000_000), wall.rem_euclid(1_000_000)),
        1_000_000_000 => (wall.div_euclid(1_000_000_000), wall.rem_euclid(1_000_000_000)),
        _ => (wall.div_euclid(per_second), wall.rem_euclid(per_second)),
    })
}

/// -1 negative, 0 zero, 1 up to the first cut, and so on; infinite above them all.
pub(super) fn band(value: f64, cuts: &[f64]) -> Option<i64> {
    if value.is_nan() {
        return None;
    }
    Some(if value.is_infinite() {
        cuts.len().cast_signed() as i64 + 2
    } else if value < 0.0 {
        -1
    } else if value == 0.0 {
        0
    } else {
        1 + cuts.iter().filter(|&&cut| cut <= value).count().cast_signed() as i64
    })
}

/// A frame of recordings.
#[derive(Debug, Clone)]
pub struct Recordings<'a> {
    /// The group of each row, from 0 on.
    pub groups: &'a [i32],
    /// The hash of each group's name.
    pub names: &'a [u64],
    /// The id of each row.
    pub ids: Ids<'a>,
    /// Which rows may be drawn; None for all.
    pub eligible: Option<&'a [bool]>,
    /// What is balanced.
    pub columns: Vec<Column<'a>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_closed_on_the_left() {
        let values = [
            f64::NAN,
            -1.0,
            -0.0,
            0.0,
            1e-300,
            59.999,
            60.0,
            600.0,
            1e300,
            f64::INFINITY,
            -f64::INFINITY,
        ];
        let column = Column::Number { values: &values, cuts: &[60.0, 120.0, 300.0, 600.0] };
        let bands: Vec<_> = (0..values.len()).map(|row| column.level(Margin::Band, row)).collect();
        let expected = [-1, 0, 0, 1, 1, 2, 5, 5, 6, 6].map(Some);
        assert_eq!(bands[0], None);
        assert_eq!(bands[1..], expected);
    }

    #[test]
    fn numbers_keep_their_order() {
        let values = [-f64::INFINITY, -2.5, -1e-300, 0.0, 1e-300, 1.0, f64::INFINITY];
        let column = Column::Number { values: &values, cuts: &[] };
        let order: Vec<_> = (0..values.len()).map(|row| column.order(row)).collect();
        assert!(order.is_sorted());
        let zeros = [0.0, -0.0, f64::NAN];
        let column = Column::Number { values: &zeros, cuts: &[] };
        assert_eq!(column.order(0), column.order(1));
        assert_eq!(column.order(2), None);
    }

    #[test]
    fn times_before_1970_have_their_weekday_too() {
        // 1969-12-29 23:59:59.999, a Monday; 1970-01-01 00:00, a Thursday; 2024-02-29 15:00, a Thursday.
        let wall = [-172_800_001, 0, 1_709_218_800_000, MISSING_TIME];
        let column = Column::Time { wall: &wall, per_second: 1_000 };
        let levels = |margin| -> Vec<_> { (0..4).map(|row| column.level(margin, row)).collect() };
        assert_eq!(levels(Margin::Weekday), [Some(0), Some(3), Some(3), None]);
        assert_eq!(levels(Margin::ThreeHours), [Some(7), Some(0), Some(5), None]);
        assert_eq!(levels(Margin::Week), [Some(0), Some(0), Some(2_826), None]);
    }
}
