//! Tails of log-concave distributions and their inverses, for gamma and beta alike.
//!
//! On the scale of ln x (gamma) or logit x (beta) the densities are log-concave and analytic for
//! every shape. So a tail is the density at its edge times the integral of `exp(-g)`, with `g` convex
//! and zero at the edge, and one fixed quadrature serves shapes from 1/2 up: no series whose length
//! grows with the shape, nothing that cancels. A shape below 1/2 has a tail as long as its inverse on
//! one side, which the recurrence in the shape takes off, and a flat stretch on the other.

use super::quadrature::GAUSS_24;
use crate::error::{Error, Result};

/// Probabilities on both sides of a point; the smaller one has full relative accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    /// Probability of the point or less.
    pub lower: f64,
    /// Probability of the point or more.
    pub upper: f64,
}

/// A probability and the side it lies on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tail {
    /// The probability of the sought point or less.
    Lower(f64),
    /// The probability of the sought point or more.
    Upper(f64),
}

impl Tail {
    /// The same point by its smaller side; exact, as `1 - p` is for p in [1/2, 1].
    pub(super) fn smaller(self) -> Self {
        match self {
            Self::Lower(p) if p > 0.5 => Self::Upper(1.0 - p),
            Self::Upper(q) if q > 0.5 => Self::Lower(1.0 - q),
            side => side,
        }
    }

    /// The same point seen from the other end.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Lower(p) => Self::Upper(p),
            Self::Upper(q) => Self::Lower(q),
        }
    }

    /// The probability.
    pub(super) fn probability(self) -> f64 {
        match self {
            Self::Lower(p) | Self::Upper(p) => p,
        }
    }

    /// Whether the point of this tail lies at or below the one with `tails` around it.
    pub(super) fn is_within(self, tails: Tails) -> bool {
        match self {
            Self::Lower(p) => tails.lower >= p,
            Self::Upper(q) => tails.upper <= q,
        }
    }
}

/// A point on the transformed scale: the density there and the tail on the side away from the mode.
#[derive(Debug, Clone, Copy)]
pub(super) struct TailPoint {
    /// Logarithm of the density on the transformed scale.
    pub(super) log_density: f64,
    /// The tail over the density.
    pub(super) ratio: f64,
    /// Whether the tail is the upper one.
    pub(super) upper: bool,
}

impl TailPoint {
    fn log_tail(self) -> f64 {
        self.log_density + self.ratio.ln()
    }

    pub(super) fn tails(self) -> Tails {
        let near = self.log_tail().exp().min(1.0);
        if self.upper {
            Tails { lower: 1.0 - near, upper: near }
        } else {
            Tails { lower: near, upper: 1.0 - near }
        }
    }

    /// Logarithm of the upper or lower tail, and that tail over the density.
    fn log_side(self, upper: bool) -> (f64, f64) {
        let log_near = self.log_tail();
        if self.upper == upper {
            return (log_near, self.ratio);
        }
        let far = -log_near.min(0.0).exp_m1();
        (far.ln(), far * (-self.log_density).exp())
    }
}

/// Where the integrand is cut off: `exp(-40)` is 4e-18.
const CUT: f64 = 40.0;
/// The first panel's share of the range. With 24 nodes a panel this split holds 5e-14 for all
/// shapes from 1/2 on, the worst at the mode of shapes 1/2 and 3; 20 nodes leave 5e-12 there.
const FIRST_PANEL: f64 = 0.15;
/// Integral of `exp(-g)` over [0, inf) for a convex `g` with `g(0) = 0`, `slope` its derivative.
///
/// `guess` is where `g` is about [`CUT`]. Newton's method on a convex function overshoots once and
/// then falls, so the search for the cut ends; it need not be exact, only on the far side.
pub(super) fn decaying_integral(
    g: impl Fn(f64) -> f64,
    slope: impl Fn(f64) -> f64,
    guess: f64,
) -> f64 {
    let mut cut = guess;
    for _ in 0..200 {
        let value = g(cut);
        if (CUT - 1.0..CUT + 3.0).contains(&value) {
            break;
        }
        cut -= (value - CUT) / slope(cut);
    }
    panel(&g, 0.0, FIRST_PANEL * cut) + panel(&g, FIRST_PANEL * cut, cut)
}

/// Integral of `exp(-g)` from one point to another.
fn panel(g: &impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let (half, middle) = (0.5 * (to - from), 0.5 * (to + from));
    let sum: f64 = GAUSS_24
        .iter()
        .map(|&(node, weight)| {
            weight * ((-g(middle - half * node)).exp() + (-g(middle + half * node)).exp())
        })
        .sum();
    half * sum
}

/// Panels this wide hold 1e-15 of a density that is flat for long and then falls within a few units.
const WIDE_PANEL: f64 = 2.5;
/// Fewest panels, for densities that fall at once.
const PANELS: f64 = 5.0;
/// Beyond every point where `g` is [`CUT`]: the logarithm of all positive doubles, and 80 more.
const FARTHEST: f64 = 800.0;

/// The integral of [`decaying_integral`] for the shapes below 1/2, whose density hardly falls between
/// its mode and 1: panels of one width, at most 320.
pub(super) fn flat_integral(g: impl Fn(f64) -> f64) -> f64 {
    let (mut near, mut cut) = (0.0, FARTHEST);
    while cut - near > 0.1 * cut {
        let middle = if near == 0.0 { 0.1 * cut } else { 0.5 * (near + cut) };
        if g(middle) < CUT {
            near = middle;
        } else {
            cut = middle;
        }
    }
    let panels = (cut / WIDE_PANEL).ceil().max(PANELS);
    let at = |number: usize| cut * number as f64 / panels;
    (0..panels as usize).map(|number| panel(&g, at(number), at(number + 1))).sum()
}

/// Below this `|ln(tail / target)|` one more Newton step leaves an error of its square, 1e-16.
const LAST_STEP: f64 = 1e-8;
/// Steps shorter than this are within the rounding of the point: where shapes are above 1e15 the tail
/// jumps by more than [`LAST_STEP`] from one double to the next.
const ROUNDING: f64 = 2.0 * f64::EPSILON;
/// A longer step from where the density is flat would leave the doubles.
const LONGEST_STEP: f64 = 40.0;
/// From the starts used here five steps are usual; the sweep's worst is 40.
const STEPS: usize = 200;

/// The point whose tail is `target` (see [`Tail::smaller`]), by Newton's method on the logarithm of
/// the tail; `advance` moves a point along the transformed scale.
///
/// That logarithm is concave, so the first step lands on the outer side of the root and all later
/// ones approach it from there.
pub(super) fn solve<P: Copy>(
    what: &'static str,
    target: Tail,
    start: P,
    tail_point: impl Fn(P) -> TailPoint,
    advance: impl Fn(P, f64) -> P,
    arguments: impl Fn() -> String,
) -> Result<P> {
    let (probability, upper) = match target {
        Tail::Lower(p) => (p, false),
        Tail::Upper(q) => (q, true),
    };
    let wanted = probability.ln();
    let mut point = start;
    for _ in 0..STEPS {
        let (log_tail, ratio) = tail_point(point).log_side(upper);
        let gap = log_tail - wanted;
        let step = (gap * ratio).clamp(-LONGEST_STEP, LONGEST_STEP);
        point = advance(point, if upper { step } else { -step });
        if gap.abs() < LAST_STEP || step.abs() < ROUNDING {
            return Ok(point);
        }
    }
    Err(Error::NotConverged { what, arguments: arguments() })
}

/// `exp(v) - 1 - v` without the cancellation near 0.
pub fn exp_m1_minus(v: f64) -> f64 {
    if v.abs() > 0.5 {
        return v.exp_m1() - v;
    }
    // At |v| = 1/2 the 14th term of the series is 1e-17 of the first.
    let mut sum = 0.0;
    for k in (3..=16).rev() {
        sum = v / f64::from(k) * (1.0 + sum);
    }
    0.5 * v * v * (1.0 + sum)
}

/// `v - ln(1 + v)` for v > -1 without the cancellation near 0.
pub(super) fn minus_ln_1p(v: f64) -> f64 {
    if v.abs() > 0.5 {
        return v - v.ln_1p();
    }
    // ln(1 + v) = 2 atanh(s), s = v / (2 + v), |s| <= 1/3: the 17th power of s^2 is 6e-17.
    let s = v / (2.0 + v);
    let w = s * s;
    let mut sum = 0.0;
    for k in (1..=17).rev() {
        sum = sum * w + 1.0 / f64::from(2 * k + 1);
    }
    s * (v - 2.0 * w * sum)
}

/// The error of Stirling's formula: `ln Gamma(a + 1) - (a + 1/2) ln a + a - ln(2 pi) / 2`, for a > 0.
pub fn stirling_rest(a: f64) -> f64 {
    // From 10 on the first term left out of the asymptotic series is below 4e-18.
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360360.0,
        1.0 / 156.0,
        -3617.0 / 122400.0,
    ];
    let (mut shifted, mut below) = (a, 0.0);
    while shifted < 10.0 {
        below += (shifted + 0.5) * shifted.recip().ln_1p() - 1.0;
        shifted += 1.0;
    }
    let square = (shifted * shifted).recip();
    below + SERIES.iter().rev().fold(0.0, |sum, term| sum * square + term) / shifted
}
