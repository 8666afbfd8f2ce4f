//! Probabilities that keep their digits on both sides.

/// A probability and its complement, each to its own full relative accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The probability.
    pub hit: f64,
    /// One minus it.
    pub miss: f64,
}

impl Share {
    pub(super) const ALL: Self = Self { hit: 1.0, miss: 0.0 };
    pub(super) const NONE: Self = Self { hit: 0.0, miss: 1.0 };
    pub(super) const MISSING: Self = Self { hit: f64::NAN, miss: f64::NAN };

    /// The probability as one number, taken from the smaller side: `value() >= goal` for goal >= 1/2
    /// wherever `miss <= 1 - goal`.
    #[inline(always)]
    pub fn value(self) -> f64 {
        if self.miss <= 0.5 { 1.0 - self.miss } else { self.hit }
    }

    /// Whether it is at least `least`, by the side on which that is small.
    pub(super) fn reaches(self, least: Self) -> bool {
        if least.hit < 0.5 { self.hit >= least.hit } else { self.miss <= least.miss }
    }

    /// ln of the quotient of the complements: how far, as a logarithm, it falls short of `goal`.
    pub(super) fn shortfall(self, goal: Self) -> f64 {
        let short = if goal.hit < 0.5 { goal.hit - self.hit } else { self.miss - goal.miss };
        (short / goal.miss).ln_1p()
    }

    /// Relative distance from `target`, by the smaller side of that.
    #[inline(always)]
    pub(crate) fn apart_from(self, target: f64) -> f64 {
        let rest = 1.0 - target;
        let by_miss = (self.miss - rest).abs() / rest;
        if target >= 0.5 { by_miss } else { (self.hit - target).abs() / target }
    }

    #[inline(always)]
    pub(super) fn other(self) -> Self {
        Self { hit: self.miss, miss: self.hit }
    }
}
