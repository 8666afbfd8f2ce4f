//! Probabilities near 0 and near 1 to full relative accuracy.

/// A probability and its complement, each to its own full relative accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probability {
    /// The probability.
    pub p: f64,
    /// 1 - p.
    pub q: f64,
}

impl Probability {
    pub(super) const ALL: Self = Self { p: 1.0, q: 0.0 };
    pub(super) const NONE: Self = Self { p: 0.0, q: 1.0 };
    pub(super) const MISSING: Self = Self { p: f64::NAN, q: f64::NAN };

    /// The probability as one number, taken from the smaller side: `value() >= goal` for goal >= 1/2
    /// wherever `q <= 1 - goal`.
    #[inline(always)]
    pub fn value(self) -> f64 {
        if self.q <= 0.5 { 1.0 - self.q } else { self.p }
    }

    /// Whether it is at least `least`, compared on the side on which `least` is small.
    pub(super) fn reaches(self, least: Self) -> bool {
        if least.p < 0.5 { self.p >= least.p } else { self.q <= least.q }
    }

    /// ln(q / q of `goal`): by how much, as a logarithm, it falls short of `goal`.
    pub(super) fn shortfall(self, goal: Self) -> f64 {
        let short = if goal.p < 0.5 { goal.p - self.p } else { self.q - goal.q };
        (short / goal.q).ln_1p()
    }

    /// Relative distance from `target`, by the smaller side of that.
    #[inline(always)]
    pub(crate) fn distance_from(self, target: f64) -> f64 {
        let rest = 1.0 - target;
        let by_q = (self.q - rest).abs() / rest;
        if target >= 0.5 { by_q } else { (self.p - target).abs() / target }
    }

    /// The complement.
    #[inline(always)]
    pub(super) fn complement(self) -> Self {
        Self { p: self.q, q: self.p }
    }
}
