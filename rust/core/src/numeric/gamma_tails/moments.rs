//! Moments of the lower tail's integrand, for the mean waits of Erlang A.

use super::{log_ratio, steps_up};
use crate::numeric::exponential::{excess, exp};
use crate::numeric::quadrature::{GAUSS_32, integrate};

/// The integrals of y e^-y where M(v, z) is that of v = c + steps, divided by exp(growth) for z > v:
/// the mean wait of the served is a multiple of it. In lanes.
#[inline(always)]
pub(super) fn served_moments<const L: usize>(
    c: &[f64; L],
    z: &[f64; L],
    gap: &[f64; L],
) -> [f64; L] {
    let none = [0.0; L];
    // exp(-(linear s + scale (s - 1 + e^-s))) at y = s + shift.
    let (mut linear, mut scale, mut shift) = (none, none, none);
    let (mut below, mut above, mut any_below) = (none, none, 0.0);
    for i in 0..L {
        let steps = steps_up(c[i]);
        let (v, gap) = (c[i] + steps, gap[i] + steps);
        let over = gap < 0.0;
        linear[i] = if over { 0.0 } else { gap };
        scale[i] = if over { v } else { z[i] };
        above[i] = reach(linear[i], v);
    }
    for i in 0..L {
        let steps = steps_up(c[i]);
        let (v, gap) = (c[i] + steps, gap[i] + steps);
        if gap < 0.0 {
            shift[i] = log_ratio(v, z[i], gap);
            below[i] = (-shift[i]).max(-(2.0 * REACH / v).sqrt());
            any_below = below[i];
        }
    }
    let mut moment = none;
    add_moments(&linear, &scale, &shift, &none, &above, &mut moment);
    if any_below < 0.0 {
        add_moments(&linear, &scale, &shift, &below, &none, &mut moment);
    }
    moment
}

/// Adds the integrals from `from` to `to`.
#[inline(always)]
fn add_moments<const L: usize>(
    linear: &[f64; L],
    scale: &[f64; L],
    shift: &[f64; L],
    from: &[f64; L],
    to: &[f64; L],
    moment: &mut [f64; L],
) {
    for (node, weight) in GAUSS_32 {
        for node in [-node, node] {
            for i in 0..L {
                let half = 0.5 * (to[i] - from[i]);
                let s = 0.5 * (from[i] + to[i]) + half * node;
                let y = s + shift[i];
                let density = exp(-(linear[i] * s + scale[i] * excess(s)));
                moment[i] += half * weight * (y * exp(-y) * density);
            }
        }
    }
}

/// Where the exponent linear s + v (s - 1 + e^-s) has passed [`REACH`].
#[inline(always)]
fn reach(linear: f64, v: f64) -> f64 {
    // y - 1 + e^-y >= y^2 / (2 + y): the exponent has passed REACH where this bound has.
    let bound = 2.0 * linear - REACH;
    let root = (bound * bound + 8.0 * REACH * v).sqrt();
    if bound > 0.0 { 4.0 * REACH / (bound + root) } else { (root - bound) / (2.0 * v) }
}

/// exp(-REACH) is below the last digit of the integrals even after their weights.
const REACH: f64 = 42.0;

/// The weights y e^-y and 1 - e^-y (1 + y) = e^-y (e^y - 1 - y).
fn weights(y: f64) -> [f64; 2] {
    let decay = (-y).exp();
    [y * decay, decay * excess(-y)]
}

/// The integrals of the [`weights`] for z <= v: the exponent falls from 0 on.
pub(super) fn moments_under(v: f64, z: f64, gap: f64) -> [f64; 2] {
    integrate(0.0, reach(gap, v), |y| {
        let density = (-(gap * y + z * excess(y))).exp();
        weights(y).map(|weight| weight * density)
    })
}

/// The same for z > v, divided by exp(growth): the exponent is v (s - 1 + e^-s) at y = ln(z/v) + s.
pub(super) fn moments_over(v: f64, z: f64, gap: f64) -> [f64; 2] {
    let peak = -log_ratio(v, z, gap);
    let below = peak.max(-(2.0 * REACH / v).sqrt());
    let density = |s: f64| {
        let density = (-v * excess(s)).exp();
        weights(s - peak).map(|weight| weight * density)
    };
    let (left, right) = (integrate(below, 0.0, density), integrate(0.0, reach(0.0, v), density));
    [left[0] + right[0], left[1] + right[1]]
}
