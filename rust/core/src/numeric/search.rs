//! Where a rising or falling function passes zero: on the reals, and among whole numbers.

use crate::error::{Error, Result};

/// A point and the function there; `value` <= 0 is good, > 0 (or infinite) is bad.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Where.
    pub at: f64,
    /// The function there.
    pub value: f64,
}

/// Among which numbers to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Whole numbers.
    Whole,
    /// All doubles; neighbours a few last digits apart count as one.
    Real,
}

/// Doubles this near one another, relative to their size, count as one.
const REAL_WIDTH: f64 = 32.0 * f64::EPSILON;
/// Below this width the last digits of the function are all that is left to interpolate.
const NOISE_WIDTH: f64 = 1e-12;
/// Rounds of `edge`: halving alone takes 1100 over the whole range of positive doubles.
const ROUNDS: u32 = 2500;

/// The good point next to a bad one, between the two, for a function that is monotone there: asked
/// where to look next and told what is there.
///
/// Alternates false position with a secant step of double length from the better end, which brings
/// the other end in; every fourth round halves, so that no function can slow it down. The bracket only
/// tightens, and its good end is what is returned: where the function is noisy the answer is still
/// good.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    good: Point,
    bad: Point,
    among: Among,
    round: u32,
}

impl Edge {
    /// An edge between `good` and `bad`.
    pub fn new(good: Point, bad: Point, among: Among) -> Self {
        Self { good, bad, among, round: 0 }
    }

    /// The good point, once it is next to the bad one.
    pub fn answer(&self) -> f64 {
        self.good.at
    }

    /// Where to look next; None where nothing is left between the two.
    ///
    /// # Errors
    /// [`Error::NotConverged`] after 2500 rounds.
    pub fn candidate(&self) -> Result<Option<f64>> {
        let Self { good, bad, among, round } = *self;
        let (low, high) = (good.at.min(bad.at), good.at.max(bad.at));
        let closed = match among {
            Among::Whole => high - low <= 1.0,
            Among::Real => high - low <= REAL_WIDTH * high,
        };
        if closed {
            return Ok(None);
        }
        if round == ROUNDS {
            return Err(Error::NotConverged {
                what: "the search for an edge",
                arguments: format!("{good:?} and {bad:?}"),
            });
        }
        let guess = match round % 4 {
            _ if high - low <= NOISE_WIDTH * high => middle(low, high),
            3 => middle(low, high),
            step => {
                let slope = (bad.value - good.value) / (bad.at - good.at);
                let better = if good.value.abs() < bad.value.abs() { good } else { bad };
                let length = if step == 1 { 2.0 } else { 1.0 };
                better.at - length * better.value / slope
            }
        };
        let inside = guess > low && guess < high;
        let mut at = if inside { guess } else { middle(low, high) };
        if among == Among::Whole {
            at = at.ceil().clamp(low + 1.0, high - 1.0);
        }
        // Neighbouring doubles have nothing between them.
        Ok((at > low && at < high).then_some(at))
    }

    /// Takes in what is at the candidate.
    pub fn learn(&mut self, point: Point) {
        if point.value <= 0.0 {
            self.good = point;
        } else {
            self.bad = point;
        }
        self.round += 1;
    }
}

/// [`Edge`] of a function at hand.
///
/// # Errors
/// [`Error::NotConverged`] after 2500 rounds.
pub fn edge(
    good: Point,
    bad: Point,
    among: Among,
    mut value: impl FnMut(f64) -> f64,
) -> Result<f64> {
    let mut edge = Edge::new(good, bad, among);
    while let Some(at) = edge.candidate()? {
        edge.learn(Point { at, value: value(at) });
    }
    Ok(edge.answer())
}

/// The middle of two numbers >= 0: by ratio where they are of different size.
fn middle(low: f64, high: f64) -> f64 {
    if low > 0.0 && high > 4.0 * low { low.sqrt() * high.sqrt() } else { low + 0.5 * (high - low) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falling(root: f64) -> impl Fn(f64) -> f64 {
        move |x: f64| (root / x).ln()
    }

    fn between(low: f64, high: f64, among: Among, f: impl Fn(f64) -> f64) -> (f64, u32) {
        let mut calls = 0;
        let (bad, good) = (Point { at: low, value: f(low) }, Point { at: high, value: f(high) });
        let at = edge(good, bad, among, |x| {
            calls += 1;
            f(x)
        })
        .unwrap();
        (at, calls)
    }

    #[test]
    fn finds_the_least_whole_number() {
        for root in [1.5, 7.0, 7.1, 1000.5, 123456.0] {
            let (at, calls) = between(1.0, 1e6, Among::Whole, falling(root));
            assert_eq!(at, root.ceil());
            assert!(calls < 40, "{calls} calls for {root}");
        }
    }

    #[test]
    fn finds_a_real_edge_and_stays_on_its_good_side() {
        for root in [1.5, std::f64::consts::PI, 99_999.9] {
            let (at, calls) = between(1.0, 1e6, Among::Real, falling(root));
            assert!(at >= root && at <= root * (1.0 + 1e-14), "{at} for {root}");
            assert!(calls < 60, "{calls} calls for {root}");
        }
    }

    #[test]
    fn steps_and_infinities_are_halved() {
        let step = |x: f64| if x > 0.125 { f64::NEG_INFINITY } else { f64::INFINITY };
        let (at, _) = between(1e-300, 1e300, Among::Real, step);
        assert!(at > 0.125 && at < 0.125 * (1.0 + 1e-14));
        let (at, _) = between(0.0, 1e300, Among::Whole, step);
        assert_eq!(at, 1.0);
    }
}
