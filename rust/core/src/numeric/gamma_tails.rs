//! Both tails of the incomplete gamma function, divided by its largest term.
//!
//! With parameter v and argument z:
//!
//! - upper Y(v, z) = v integral over t > 0 of e^(-z t) (1+t)^(v-1) = Gamma(v+1) e^z z^-v Q(v, z)
//! - lower M(v, z) = sum of z^k / ((v+1)..(v+k)) = Gamma(v+1) e^z z^-v P(v, z)
//!
//! so that Y + M = Gamma(v+1) e^z z^-v. 1 + Y is the reciprocal of Erlang B; M is the queue of Erlang A.
//! Every function takes `gap` = v - z on its own, because the caller knows it to more digits than the
//! difference of the rounded numbers has.
//!
//! Sources: Temme (1979), Gautschi (1979), DLMF 8.7-8.12. Accuracy: 1e-13 relative, most of it from
//! the exponent (up to 700) of the dominant tail.

use crate::numeric::temme;

mod descending;
mod groups;
mod lower;
mod moments;
mod upper;

pub use lower::{Lower, lost_moment, lower, lower_value, lowers, served_moment};
pub use upper::{upper, uppers};

/// ln(z/v), from the gap where that is more exact.
pub fn log_ratio(v: f64, z: f64, gap: f64) -> f64 {
    let eps = -gap / v;
    if eps.abs() < 0.5 { eps.ln_1p() } else { (z / v).ln() }
}

/// Steps of the recursion from c up to where the expansion holds.
#[inline(always)]
pub fn steps_up(c: f64) -> f64 {
    let steps = temme::LEAST - c;
    if steps > 0.0 { steps.ceil() } else { 0.0 }
}
