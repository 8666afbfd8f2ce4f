//! An approximate requirement of Erlang C in single precision, from the wait probability's expansion.

use crate::lanes::{Arithmetic, LaneKernel};

/// Whole agents about as many as the requirement: single precision is enough, at twice the speed.
pub(super) struct Approximation<'a, const L: usize> {
    pub(super) load: &'a [f64; L],
    pub(super) aht: &'a [f64; L],
    pub(super) threshold: &'a [f64; L],
    pub(super) target: &'a [f64; L],
    pub(super) agents: &'a mut [f64; L],
}

impl<const L: usize> LaneKernel for Approximation<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        let (mut load, mut rate, mut missed) = ([0.0; L], [0.0; L], [0.0; L]);
        for i in 0..L {
            load[i] = self.load[i] as f32;
            rate[i] = (self.threshold[i] / self.aht[i]) as f32;
            missed[i] = (1.0 - self.target[i]) as f32;
        }
        let mut spare = [0.0; L];
        for i in 0..L {
            let (root, missed) = (load[i].sqrt(), ln(missed[i]));
            // Where the service level is that by the curve, and from there a step of Newton's method.
            let linear = LINEAR + rate[i] * root;
            let beta = -2.0 * missed / (linear + (linear * linear - 4.0 * SQUARE * missed).sqrt());
            let start = beta * root;
            let value = ln_wait(load[i], start) - rate[i] * start - missed;
            let step = value * root / (linear + 2.0 * SQUARE * beta);
            spare[i] = start + if step > -MOST_BACK * start { step } else { -MOST_BACK * start };
        }
        for i in 0..L {
            // At least the fewest whole agents above the load.
            let least = self.load[i].floor() + 1.0;
            let agents = (self.load[i] + f64::from(spare[i])).ceil();
            self.agents[i] = if agents > least { agents } else { least };
        }
    }
}

/// -ln of the wait probability with beta sqrt(load) agents above the load: a parabola that is within
/// 3 % of Halfin and Whitt's (1981) limit for large loads up to beta = 3.
const LINEAR: f32 = 1.22;
const SQUARE: f32 = 0.29;

/// How far back a step may go.
const MOST_BACK: f32 = 0.95;

/// 1 / sqrt(pi).
const ROOT_OF_PI_INVERSE: f32 = 0.5641896;

/// ln of Erlang C's wait probability with `spare` > 0 agents above the load: from the first terms of
/// the uniform expansion of 1/B, to some 1/(300 load) relative.
#[inline(always)]
fn ln_wait(load: f32, spare: f32) -> f32 {
    let n = load + spare;
    // load/n = 1 + eps, of which ln is 2 atanh(s): what eps is more than that, term by term.
    let both = load + n;
    let inverse = 1.0 / (n * both);
    let per = both * inverse;
    let (eps, s) = (-spare * per, -spare * n * inverse);
    let w = s * s;
    let series = 1.0 / 3.0
        + w * (1.0 / 5.0 + w * (1.0 / 7.0 + w * (1.0 / 9.0 + w * (1.0 / 11.0 + w * (1.0 / 13.0)))));
    let phi = s * (eps - 2.0 * w * series);
    let eta = (2.0 * phi).sqrt();
    let root = (std::f32::consts::FRAC_PI_2 * n).sqrt();
    let sum = -1.0 / 3.0 - eta * (1.0 / 12.0 + eta * (1.0 / 67.5));
    let x = eta * root * ROOT_OF_PI_INVERSE;
    let x = if x < 9.0 { x } else { 9.0 };
    let upper = root * (2.0 * exp(x * x) - erfcx(x)) + sum;
    let scaled = upper * (1.0 + (1.0 / 12.0) * per);
    -ln(1.0 - eps * scaled)
}

/// exp(x^2) erfc(x) for x >= 0, to 1.5e-7 of exp(x^2).
///
/// Source: Abramowitz and Stegun (1964), 7.1.26.
#[inline(always)]
fn erfcx(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * x);
    let series = -0.28449674 + t * (1.4214137 + t * (-1.453152 + t * 1.0614054));
    t * (0.2548296 + t * series)
}

/// exp(x) for 0 <= x <= 81, to 1e-6.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Added to a small number it rounds that to a whole one, kept in the last bits of the sum.
    const ROUNDER: f32 = 12582912.0;
    let rounded = x * std::f32::consts::LOG2_E + ROUNDER;
    let k = rounded - ROUNDER;
    let r = (x - k * 0.69314575) - k * 1.4286068e-6;
    let series = 1.0 / 2.0 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)));
    let power = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    (1.0 + r * (1.0 + r * series)) * power
}

/// ln x for normal x > 0, to 1e-6.
#[inline(always)]
fn ln(x: f32) -> f32 {
    const EXPONENT: u32 = 0x7f80_0000;
    const ONE: u32 = 0x3f80_0000;
    const TWO_TO_23: f32 = 8388608.0;
    let bits = x.to_bits();
    let mantissa = f32::from_bits((bits & !EXPONENT) | ONE);
    // The exponent's bits in the last places of 2^23.
    let exponent = f32::from_bits((bits >> 23) | TWO_TO_23.to_bits()) - TWO_TO_23 - 127.0;
    let high = mantissa > std::f32::consts::SQRT_2;
    let mantissa = if high { 0.5 * mantissa } else { mantissa };
    let exponent = if high { exponent + 1.0 } else { exponent };
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let w = s * s;
    let series = 1.0 + w * (1.0 / 3.0 + w * (0.2 + w * (1.0 / 7.0)));
    exponent * std::f32::consts::LN_2 + 2.0 * s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elementary_functions_are_good_to_six_digits() {
        for i in -800..800 {
            let x = (f64::from(i) * 0.1).exp() * 1.37;
            assert!((f64::from(ln(x as f32)) - x.ln()).abs() < 2e-6 * x.ln().abs().max(1.0), "{x}");
        }
        for i in 0..800 {
            let x = f64::from(i) * 0.1;
            let (value, wanted) = (f64::from(exp(x as f32)), f64::from(x as f32).exp());
            assert!((value / wanted - 1.0).abs() < 2e-6, "exp({x})");
        }
    }
}
