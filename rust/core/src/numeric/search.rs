//! Roots of monotone functions by a bracket: on the reals, and among whole numbers.

use crate::error::{Error, Result};

/// A point and the function there; `value` <= 0 is good, > 0 (or infinite) is bad.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// The argument.
    pub x: f64,
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
/// Bound on the rounds of a bracket: halving alone takes 1100 over the whole range of positive doubles.
const ROUNDS: u32 = 2500;

/// A good and a bad point of a monotone function, brought together step by step: the good point next
/// to a bad one is the answer. The function is evaluated by the caller, so that many brackets can go on
/// side by side.
///
/// Alternates false position with a secant step of double length from the better end, which brings
/// the other end in; every fourth round halves, so that no function can slow it down. The bracket only
/// tightens, and its good end is what is returned: where the function is noisy the answer is still
/// good.
#[derive(Debug, Clone, Copy)]
pub struct Bracket {
    good: Point,
    bad: Point,
    among: Among,
    round: u32,
}

impl Bracket {
    /// A bracket between `good` and `bad`.
    pub fn new(good: Point, bad: Point, among: Among) -> Self {
        Self { good, bad, among, round: 0 }
    }

    /// The good point, once it is next to the bad one.
    pub fn answer(&self) -> f64 {
        self.good.x
    }

    /// The next argument to evaluate; None where nothing is left between the two.
    ///
    /// # Errors
    /// [`Error::NotConverged`] after 2500 rounds.
    pub fn candidate(&self) -> Result<Option<f64>> {
        let Self { good, bad, among, round } = *self;
        let (low, high) = (good.x.min(bad.x), good.x.max(bad.x));
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
                let slope = (bad.value - good.value) / (bad.x - good.x);
                let better = if good.value.abs() < bad.value.abs() { good } else { bad };
                let length = if step == 1 { 2.0 } else { 1.0 };
                better.x - length * better.value / slope
            }
        };
        let inside = guess > low && guess < high;
        let mut x = if inside { guess } else { middle(low, high) };
        if among == Among::Whole {
            x = x.ceil().clamp(low + 1.0, high - 1.0);
        }
        // Neighbouring doubles have nothing between them.
        Ok((x > low && x < high).then_some(x))
    }

    /// Replaces the good or the bad end by the candidate's point.
    pub fn learn(&mut self, point: Point) {
        if point.value <= 0.0 {
            self.good = point;
        } else {
            self.bad = point;
        }
        self.round += 1;
    }
}

/// The good end of a [`Bracket`] brought together.
///
/// # Errors
/// [`Error::NotConverged`] after 2500 rounds.
pub fn narrow(
    good: Point,
    bad: Point,
    among: Among,
    mut value: impl FnMut(f64) -> f64,
) -> Result<f64> {
    let mut bracket = Bracket::new(good, bad, among);
    while let Some(x) = bracket.candidate()? {
        bracket.learn(Point { x, value: value(x) });
    }
    Ok(bracket.answer())
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
        let (bad, good) = (Point { x: low, value: f(low) }, Point { x: high, value: f(high) });
        let x = narrow(good, bad, among, |x| {
            calls += 1;
            f(x)
        })
        .unwrap();
        (x, calls)
    }

    #[test]
    fn finds_the_least_whole_number() {
        for root in [1.5, 7.0, 7.1, 1000.5, 123456.0] {
            let (x, calls) = between(1.0, 1e6, Among::Whole, falling(root));
            assert_eq!(x, root.ceil());
            assert!(calls < 40, "{calls} calls for {root}");
        }
    }

    #[test]
    fn finds_a_real_root_and_stays_on_its_good_side() {
        for root in [1.5, std::f64::consts::PI, 99_999.9] {
            let (x, calls) = between(1.0, 1e6, Among::Real, falling(root));
            assert!(x >= root && x <= root * (1.0 + 1e-14), "{x} for {root}");
            assert!(calls < 60, "{calls} calls for {root}");
        }
    }

    #[test]
    fn steps_and_infinities_are_halved() {
        let step = |x: f64| if x > 0.125 { f64::NEG_INFINITY } else { f64::INFINITY };
        let (x, _) = between(1e-300, 1e300, Among::Real, step);
        assert!(x > 0.125 && x < 0.125 * (1.0 + 1e-14));
        let (x, _) = between(0.0, 1e300, Among::Whole, step);
        assert_eq!(x, 1.0);
    }
}
