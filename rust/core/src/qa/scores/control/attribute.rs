//! Charts of counts: p, np, u and c, and Laney's for large groups.

use std::str::FromStr;

use super::{Chart, D2, mean, moving_ranges};
use crate::error::{Error, Result};

/// What is counted, and drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// A share of calls.
    Share,
    /// Calls of so many.
    Number,
    /// Events per call or hour.
    Rate,
    /// Events.
    Events,
}

impl FromStr for Count {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "p" => Ok(Self::Share),
            "np" => Ok(Self::Number),
            "u" => Ok(Self::Rate),
            "c" => Ok(Self::Events),
            _ => Err(Error::Usage(format!(
                "kind must be 'p', 'np', 'u', 'c', \"p'\" or \"u'\"; got '{name}'"
            ))),
        }
    }
}

/// The chart of `events` out of `size`, and by how much the points spread more than chance.
///
/// Centre: all events over all sizes, or `target`. A size of 0 is no point. With `laney` the standard
/// deviations are multiplied by the mean moving range of z over `d2`, not screened for large ranges:
/// groups of thousands vary more than binomial or Poisson counts do.
///
/// Source: D. C. Montgomery, Introduction to Statistical Quality Control, 6th edition (2009), chapter 7;
/// D. B. Laney, Quality Engineering 14 (2002).
pub fn attribute(
    count: Count,
    laney: bool,
    events: &[f64],
    size: &[f64],
    target: Option<f64>,
) -> (Chart, f64) {
    let there = |i: usize| size[i] > 0.0 && !events[i].is_nan();
    let sum =
        |values: &[f64]| (0..events.len()).filter(|&i| there(i)).map(|i| values[i]).sum::<f64>();
    let centre = target.unwrap_or_else(|| sum(events) / sum(size));
    let column = |figure: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..events.len()).map(|i| if there(i) { figure(i) } else { f64::NAN }).collect()
    };
    let spread = match count {
        Count::Share | Count::Number => centre * (1.0 - centre),
        Count::Rate | Count::Events => centre,
    };
    let whole = matches!(count, Count::Number | Count::Events);
    let points = column(&|i| if whole { events[i] } else { events[i] / size[i] });
    let middle = column(&|i| if whole { centre * size[i] } else { centre });
    let plain =
        column(&|i| if whole { (spread * size[i]).sqrt() } else { (spread / size[i]).sqrt() });
    let range = |i: usize| match count {
        Count::Share => [0.0, 1.0],
        Count::Number => [0.0, if there(i) { size[i] } else { f64::INFINITY }],
        Count::Rate | Count::Events => [0.0, f64::INFINITY],
    };
    if !laney {
        return (Chart::new(points, middle, plain, range), f64::NAN);
    }
    let z = Chart::new(points.clone(), middle.clone(), plain.clone(), range).z;
    let wider = mean(&moving_ranges(&z)) / D2;
    let sigma = plain.iter().map(|sigma| sigma * wider).collect();
    (Chart::new(points, middle, sigma, range), wider)
}
