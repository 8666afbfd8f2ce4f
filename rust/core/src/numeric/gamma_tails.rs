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

use super::exponential::{excess, exp};
use super::legendre::integrate;
use super::polynomial::horner;
use super::temme::{self, Expansion};

/// Whole parameters up to here are cheaper by the recursion than by the expansion.
const RECURSE_UP_TO: f64 = 112.0;
/// Terms of either tail's own series outside the fitted ratios: 0.41^44 and 0.35^44 are below 1e-17.
const FAR_TERMS: u32 = 44;

/// Both tails for v >= 24: the smaller one, and what makes the other.
struct Tails {
    /// Whether z > v, that is, whether the upper tail is the smaller.
    over: bool,
    smaller: f64,
    /// The larger is peak(v) * exp(`growth`) less the smaller.
    growth: f64,
    /// sum of k z^(k-1) / ((v+1)..(v+k)); meaningful where `over` is false.
    slope: f64,
}

impl Tails {
    fn new(v: f64, z: f64, gap: f64) -> Self {
        let eps = -gap / v;
        let over = eps > 0.0;
        if temme::RATIOS.contains(&(1.0 + eps)) {
            let expansion = Expansion::new(v, eps);
            let smaller = expansion.smaller();
            // The plain form serves until its two terms cancel by half.
            let plain = 1.0 + eps * smaller;
            let shortfall = if plain > 0.5 { plain } else { expansion.shortfall() };
            return Self {
                over,
                smaller,
                growth: expansion.growth,
                slope: shortfall / (1.0 + eps),
            };
        }
        // From the quotient: far below, 1 + eps has lost the digits of z.
        let growth = v * (eps - (z / v).ln());
        if over {
            return Self { over, smaller: far_upper(v, z), growth, slope: 0.0 };
        }
        let (smaller, slope) = far_lower(v, z);
        Self { over, smaller, growth, slope }
    }
}

/// Y(v, z) for z > 2.4 v: the finite part of its descending series.
fn far_upper(v: f64, z: f64) -> f64 {
    let mut sum = 1.0;
    for k in (1..FAR_TERMS).rev() {
        sum = 1.0 + (v - f64::from(k)) / z * sum;
    }
    v / z * sum
}

/// M(v, z) and its slope for z < 0.36 v, by the recursion in v from 44 above.
fn far_lower(v: f64, z: f64) -> (f64, f64) {
    let top = v + f64::from(FAR_TERMS);
    let rest = 1.0 / (1.0 - z / (top + 1.0));
    let (mut value, mut slope) = (rest, rest * rest / (top + 1.0));
    for k in (1..=FAR_TERMS).rev() {
        let per = 1.0 / (v + f64::from(k));
        slope = per * (value + z * slope);
        value = 1.0 + z * per * value;
    }
    (value, slope)
}

/// How the upper tail is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// The recursion in n from 0: whole n.
    Recursion,
    /// The uniform expansion.
    Expansion,
    /// The recursion from a fraction, or the descending series.
    Other,
}

impl Route {
    /// Whole n up to 112 by the recursion, all of whose terms are positive; above (and from 24 for a
    /// fraction) the uniform expansion, whose cost does not depend on n.
    #[inline]
    pub(super) fn of(n: f64, gap: f64) -> Self {
        let whole = n.fract() == 0.0;
        if whole && n <= RECURSE_UP_TO {
            Self::Recursion
        } else if n >= temme::LEAST && temme::RATIOS.contains(&(1.0 - gap / n)) {
            Self::Expansion
        } else {
            Self::Other
        }
    }
}

/// The upper tail Y(n, a) = 1/B(n, a) - 1 for n >= 0 and a > 0; infinite beyond binary64.
pub fn upper(n: f64, a: f64, gap: f64) -> f64 {
    match Route::of(n, gap) {
        Route::Recursion => upper_from(0.0, 0.0, n, a),
        Route::Expansion => near_upper(n, gap),
        Route::Other if n < temme::LEAST => {
            let fraction = n.fract();
            upper_from(fraction, upper_start(fraction, a), n, a)
        }
        Route::Other => {
            let tails = Tails::new(n, a, gap);
            if tails.over {
                tails.smaller
            } else {
                temme::peak(n) * exp(tails.growth) - tails.smaller
            }
        }
    }
}

/// Y(n, a) from `value` = Y(`start`, a), by its recursion.
fn upper_from(start: f64, mut value: f64, n: f64, a: f64) -> f64 {
    let per = 1.0 / a;
    let mut k = start + 1.0;
    while k <= n {
        value = k * per * (1.0 + value);
        k += 1.0;
    }
    value
}

/// Y(n, a) by the expansion.
#[inline(always)]
pub(super) fn near_upper(n: f64, gap: f64) -> f64 {
    let expansion = Expansion::new(n, -gap / n);
    let smaller = expansion.smaller();
    let larger = expansion.peak() * exp(expansion.growth) - smaller;
    if gap < 0.0 { smaller } else { larger }
}

/// Y(f, a) for 0 < f < 1.
fn upper_start(f: f64, a: f64) -> f64 {
    if a > 1.0 {
        return f * upper_fraction(f, a);
    }
    // f Gamma(f, a) = (Gamma(1+f) - 1) - (a^f - 1) + f a^f sum of -(-a)^k / (k! (f+k)): written in
    // differences from 1, so that nothing is lost as f goes to 0.
    let reciprocal = f * horner(&RECIPROCAL_GAMMA, f);
    let gamma_excess = -reciprocal / (1.0 + reciprocal);
    let power = f * a.ln();
    let mut sum = 0.0;
    let mut term = -1.0;
    // a <= 1: the 20th term is below 1e-19.
    for k in 1..=20 {
        let k = f64::from(k);
        term *= -a / k;
        sum += term / (f + k);
    }
    a.exp() * (-power).exp() * (gamma_excess - power.exp_m1() + f * power.exp() * sum)
}

/// e^a a^-f Gamma(f, a) for 0 < f < 1 and a > 1, by its continued fraction from the far end.
///
/// m terms leave an error of about exp(-4 sqrt(a m)): 100/a + 12 are enough for 1e-17.
fn upper_fraction(f: f64, a: f64) -> f64 {
    let mut k = (100.0 / a).ceil() + 12.0;
    let mut tail = 0.0;
    while k >= 1.0 {
        tail = k * (k - f) / (a + 2.0 * k + 1.0 - f - tail);
        k -= 1.0;
    }
    1.0 / (a + 1.0 - f - tail)
}

/// 1/Gamma(1+f) - 1, divided by f: the Taylor series, which converges everywhere (DLMF 5.7.1).
const RECIPROCAL_GAMMA: [f64; 24] = [
    0.57721566490153286061,
    -0.65587807152025388108,
    -0.042002635034095235529,
    0.1665386113822914895,
    -0.042197734555544336748,
    -0.0096219715278769735621,
    0.0072189432466630995424,
    -0.0011651675918590651121,
    -0.00021524167411495097282,
    0.00012805028238811618615,
    -0.000020134854780788238656,
    -1.2504934821426706573e-6,
    1.1330272319816958824e-6,
    -2.0563384169776071035e-7,
    6.1160951044814158179e-9,
    5.0020076444692229301e-9,
    -1.1812745704870201446e-9,
    1.0434267116911005105e-10,
    7.782263439905071254e-12,
    -3.6968056186422057082e-12,
    5.100370287454475979e-13,
    -2.0583260535665067832e-14,
    -5.3481225394230179824e-15,
    1.2267786282382607902e-15,
];

/// The lower tail M(c, z) and its companions, on one scale that stays inside binary64.
///
/// For c < 24 everything is computed at v = c + steps and brought down by recursions with positive
/// terms. For z > v the factors z/(c+j) of those recursions and exp(growth) are left out: `unit` is
/// what 1 becomes by that, and M is `value` / `unit`.
#[derive(Debug, Clone, Copy)]
pub struct Lower {
    /// M.
    pub value: f64,
    /// 1, on the scale of all others.
    pub unit: f64,
    /// M - 1, without the subtraction.
    pub less_one: f64,
    /// The sum of k z^(k-1) / ((c+1)..(c+k)).
    pub slope: f64,
    /// Whether the scale is the reduced one, that is, whether z > v.
    pub over: bool,
    /// The parameter at which the tail was computed: c, or the first c + steps from 24 on.
    pub v: f64,
    /// (c+1)..v divided by v^(v-c).
    pub shift: f64,
}

/// How many steps bring c to where the expansion holds.
fn steps_up(c: f64) -> f64 {
    (temme::LEAST - c).ceil().max(0.0)
}

/// M(c, z) for c >= 0 and z >= 0, `gap` = c - z.
pub fn lower(c: f64, z: f64, gap: f64) -> Lower {
    let steps = steps_up(c);
    let v = c + steps;
    let tails = Tails::new(v, z, gap + steps);
    let mut shift = 1.0;
    let mut j = steps;
    if tails.over {
        let mut unit = (-tails.growth).exp();
        let mut value = temme::peak(v) - tails.smaller * unit;
        let mut less_one = value - unit;
        // z slope = v - (v - z) M, where both terms are positive for z > v.
        let mut slope = (v * unit - (gap + steps) * value) / z;
        while j >= 1.0 {
            unit *= (c + j) / z;
            shift *= (c + j) / v;
            slope += value / z;
            less_one = value;
            value += unit;
            j -= 1.0;
        }
        return Lower { value, unit, less_one, slope, over: true, v, shift };
    }
    let mut value = tails.smaller;
    let mut slope = tails.slope;
    // From z slope = v - (v - z) M; the plain M - 1 would lose the digits of a small z/v.
    let mut less_one = z / v * (value - slope);
    while j >= 1.0 {
        let per = 1.0 / (c + j);
        shift *= (c + j) / v;
        slope = per * (value + z * slope);
        less_one = z * per * value;
        value = 1.0 + less_one;
        j -= 1.0;
    }
    Lower { value, unit: 1.0, less_one, slope, over: false, v, shift }
}

/// Two integrals over y > 0 under exp(-(gap y + z (y - 1 + e^-y))), on the scale of [`lower`]:
/// of y e^-y, and of c (1 - e^-y (1 + y)).
///
/// Under the same exponential M is the integral of c. They lead to the mean waits of the served and of
/// the lost in Erlang A; each is a sum of positive terms, where their total less the other is not.
pub fn lower_moments(c: f64, z: f64, gap: f64) -> [f64; 2] {
    let steps = steps_up(c);
    let v = c + steps;
    let tails = Tails::new(v, z, gap + steps);
    let mut j = steps;
    if tails.over {
        let [mut first, second] = moments_over(v, z, gap + steps);
        let mut second = v * second;
        let mut unit = (-tails.growth).exp();
        let mut value = temme::peak(v) - tails.smaller * unit;
        while j >= 1.0 {
            first += value / (z * (c + j));
            second += first;
            unit *= (c + j) / z;
            value += unit;
            j -= 1.0;
        }
        return [first, second];
    }
    let [mut first, second] = moments_under(v, z, gap + steps);
    let mut second = v * second;
    let mut value = tails.smaller;
    while j >= 1.0 {
        let per = 1.0 / (c + j);
        first = per * (per * value + z * first);
        second = z * per * second + first;
        value = 1.0 + z * per * value;
        j -= 1.0;
    }
    [first, second]
}

/// exp(-REACH) is below the last digit of the integrals even after their weights.
const REACH: f64 = 42.0;

/// The weights y e^-y and 1 - e^-y (1 + y) = e^-y (e^y - 1 - y).
fn weights(y: f64) -> [f64; 2] {
    let decay = (-y).exp();
    [y * decay, decay * excess(-y)]
}

/// The moments for z <= v: the exponent falls from 0 on.
fn moments_under(v: f64, z: f64, gap: f64) -> [f64; 2] {
    // y - 1 + e^-y >= y^2 / (2 + y): the exponent has passed REACH where this bound has.
    let linear = 2.0 * gap - REACH;
    let root = linear.hypot((8.0 * REACH * v).sqrt());
    let to = if linear > 0.0 { 4.0 * REACH / (linear + root) } else { (root - linear) / (2.0 * v) };
    integrate(0.0, to, |y| {
        let density = (-(gap * y + z * excess(y))).exp();
        weights(y).map(|weight| weight * density)
    })
}

/// The moments for z > v, divided by exp(growth): the exponent is v (s - 1 + e^-s) at y = ln(z/v) + s.
fn moments_over(v: f64, z: f64, gap: f64) -> [f64; 2] {
    let peak = -log_ratio(v, z, gap);
    let below = peak.max(-(2.0 * REACH / v).sqrt());
    let above = (REACH + (REACH * (REACH + 8.0 * v)).sqrt()) / (2.0 * v);
    let density = |s: f64| {
        let density = (-v * excess(s)).exp();
        weights(s - peak).map(|weight| weight * density)
    };
    let (left, right) = (integrate(below, 0.0, density), integrate(0.0, above, density));
    [left[0] + right[0], left[1] + right[1]]
}

/// ln(z/v), from the gap where that is more exact.
pub fn log_ratio(v: f64, z: f64, gap: f64) -> f64 {
    let eps = -gap / v;
    if eps.abs() < 0.5 { eps.ln_1p() } else { (z / v).ln() }
}
