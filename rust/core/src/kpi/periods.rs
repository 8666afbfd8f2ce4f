//! Time cut into half-open intervals.

use super::numbering::MISSING;

/// Intervals `[start, end)` that cover all instants asked about, in nanoseconds since 1970 UTC.
#[derive(Debug, Clone, Copy)]
pub enum Periods<'a> {
    /// Intervals of `0` nanoseconds > 0, one of them starting at 1970 UTC.
    Fixed(i64),
    /// Calendar periods: interval `i` runs from edge `i` to edge `i + 1`; the edges ascend.
    Edges(&'a [i64]),
}

impl Periods<'_> {
    /// The number of the interval that holds `instant`.
    pub fn index(&self, instant: i64) -> i64 {
        match self {
            Self::Fixed(step) => instant.div_euclid(*step),
            Self::Edges(edges) => {
                edges.partition_point(|&edge| edge <= instant).cast_signed() as i64 - 1
            }
        }
    }

    /// The first instant of interval `index`.
    pub fn start(&self, index: i64) -> i64 {
        match self {
            Self::Fixed(step) => index.saturating_mul(*step),
            Self::Edges(edges) => {
                let last = edges.len().saturating_sub(1).cast_signed() as i64;
                edges.get(index.clamp(0, last) as usize).copied().unwrap_or(0)
            }
        }
    }

    /// The intervals that `[start, end)` touches, first and last; a stretch without length touches
    /// the one that holds its instant.
    pub fn touched(&self, start: i64, end: i64) -> (i64, i64) {
        let first = self.index(start);
        (first, if end > start { self.index(end - 1) } else { first })
    }

    /// Nanoseconds of `[start, end)` inside interval `index`.
    pub fn overlap(&self, index: i64, start: i64, end: i64) -> i64 {
        (end.min(self.start(index + 1)) - start.max(self.start(index))).max(0)
    }
}

/// The first instant of the interval that holds each; missing stays missing.
pub fn interval_starts(instants: &[i64], periods: &Periods<'_>) -> Vec<i64> {
    let mut held = (0, 0);
    let start = |&at: &i64| {
        if (at < held.0 || at >= held.1) && at != MISSING {
            let index = periods.index(at);
            held = (periods.start(index), periods.start(index + 1));
        }
        if at == MISSING { MISSING } else { held.0 }
    };
    instants.iter().map(start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_belongs_to_the_interval_it_starts() {
        let fixed = Periods::Fixed(10);
        assert_eq!([-11, -10, -1, 0, 9, 10].map(|t| fixed.index(t)), [-2, -1, -1, 0, 0, 1]);
        let days = Periods::Edges(&[0, 23, 48, 72]);
        assert_eq!([0, 22, 23, 47, 48, 71].map(|t| days.index(t)), [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn intervals_of_instants_in_any_order() {
        let fixed = Periods::Fixed(10);
        assert_eq!(interval_starts(&[5, -1, MISSING, 9, 30], &fixed), [0, -10, MISSING, 0, 30]);
    }

    #[test]
    fn an_end_on_an_edge_touches_nothing_more() {
        let fixed = Periods::Fixed(10);
        assert_eq!(fixed.touched(5, 20), (0, 1));
        assert_eq!(fixed.touched(5, 21), (0, 2));
        assert_eq!(fixed.touched(20, 20), (2, 2));
        assert_eq!((0..3).map(|i| fixed.overlap(i, 5, 21)).collect::<Vec<_>>(), [5, 10, 1]);
    }
}
