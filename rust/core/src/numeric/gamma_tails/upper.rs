//! The upper tail Y.

use super::descending::descending;
use super::groups::{Kernel, RouteOf, alone, in_groups, sorted};
use super::lower::lower;
use crate::lanes::{Arithmetic, BLOCK, InstructionSet, Plain, largest, smallest};
use crate::numeric::exponential::exp;
use crate::numeric::polynomial::horner;
use crate::numeric::temme::{self, Expansion};

/// Whole parameters up to here are cheaper by the recursion than by the expansion.
const RECURSE_UP_TO: f64 = 112.0;

/// How the upper tail is computed: by the recursion from 0, in so many steps; by the uniform
/// expansion, whose cost does not depend on n; or by the recursion from a fraction or the descending
/// series.
const EXPANSION: u8 = RECURSE_UP_TO as u8 + 1;
const OTHER: u8 = RECURSE_UP_TO as u8 + 2;

#[inline(always)]
fn route(n: f64, a: f64) -> u8 {
    let near = (n >= temme::LEAST) & (a > temme::RATIOS.start * n) & (a < temme::RATIOS.end * n);
    let expansion = if near { EXPANSION } else { OTHER };
    if (n.trunc() == n) & (n <= RECURSE_UP_TO) { n as u8 } else { expansion }
}

#[derive(Clone, Copy)]
struct UpperRoutes;

impl RouteOf for UpperRoutes {
    #[inline(always)]
    fn of(self, n: f64, a: f64) -> u8 {
        route(n, a)
    }
}

/// Y(n, a) for whole n, in lock step; a system that has reached its n keeps its value.
#[derive(Clone, Copy)]
struct Recursion;

impl Kernel<2, 1> for Recursion {
    #[inline(always)]
    fn of<const L: usize>(
        self,
        arithmetic: impl Arithmetic,
        [n, a]: &[[f64; L]; 2],
        [result]: &mut [[f64; L]; 1],
    ) {
        let (least, most) = (smallest(n), largest(n));
        let mut per = [0.0; L];
        for i in 0..L {
            per[i] = 1.0 / a[i];
        }
        // The first step, from 0, on its own: below a load of 5e-309 its factor is infinite.
        let mut values = [0.0; L];
        for i in 0..L {
            values[i] = if n[i] >= 1.0 { per[i] } else { 0.0 };
        }
        let mut k = 2.0;
        while k <= least {
            for i in 0..L {
                let term = k * per[i];
                values[i] = arithmetic.mul_add(term, values[i], term);
            }
            k += 1.0;
        }
        while k <= most {
            for i in 0..L {
                let term = k * per[i];
                let next = arithmetic.mul_add(term, values[i], term);
                values[i] = if k <= n[i] { next } else { values[i] };
            }
            k += 1.0;
        }
        *result = values;
    }
}

/// Y(n, a) by the uniform expansion.
#[derive(Clone, Copy)]
struct NearUpper;

impl Kernel<2, 1> for NearUpper {
    #[inline(always)]
    fn of<const L: usize>(
        self,
        arithmetic: impl Arithmetic,
        [n, gap]: &[[f64; L]; 2],
        [values]: &mut [[f64; L]; 1],
    ) {
        for i in 0..L {
            let expansion = Expansion::new(arithmetic, n[i], gap[i]);
            let smaller = expansion.smaller(arithmetic);
            let larger = arithmetic.mul_add(expansion.peak(), exp(expansion.growth), -smaller);
            values[i] = if gap[i] < 0.0 { smaller } else { larger };
        }
    }
}

/// The upper tail Y(n, a) = 1/B(n, a) - 1 for n >= 0 and a > 0; infinite beyond binary64.
pub fn upper(n: f64, a: f64, gap: f64) -> f64 {
    let [value] = match route(n, a) {
        EXPANSION => alone(NearUpper, [n, gap]),
        OTHER => [other(n, a, gap)],
        _ => alone(Recursion, [n, a]),
    };
    value
}

/// [`upper`] of many systems, bit for bit.
pub fn uppers(n: &[f64], a: &[f64], gap: &[f64], values: &mut [f64]) {
    uppers_by(InstructionSet::in_use(), n, a, gap, values);
}

fn uppers_by(set: InstructionSet, n: &[f64], a: &[f64], gap: &[f64], values: &mut [f64]) {
    for start in (0..n.len()).step_by(BLOCK) {
        let cells = start..n.len().min(start + BLOCK);
        let (n, a, gap) = (&n[cells.clone()], &a[cells.clone()], &gap[cells.clone()]);
        let values = &mut values[cells];
        // Recursions by their length, so that neighbours go through together.
        let order = sorted::<{ OTHER as usize + 1 }>(set, UpperRoutes, n, a);
        let systems = |methods| order.indices(order.positions(methods));
        in_groups(set, Recursion, systems(0..EXPANSION), [n, a], &mut [&mut *values]);
        in_groups(set, NearUpper, systems(EXPANSION..OTHER), [n, gap], &mut [&mut *values]);
        for &i in systems(OTHER..OTHER + 1) {
            let i = usize::from(i);
            values[i] = other(n[i], a[i], gap[i]);
        }
    }
}

/// Y(n, a) for fractions below 24, and outside the fitted ratios.
fn other(n: f64, a: f64, gap: f64) -> f64 {
    if n < temme::LEAST {
        let fraction = n.fract();
        return from_fraction(fraction, start(fraction, a), n, a);
    }
    if gap < 0.0 {
        return descending(n, a);
    }
    // From the quotient: far below, 1 - gap/n has lost the digits of the load.
    let growth = n * (-gap / n - (a / n).ln());
    let rest = lower(n, a, gap);
    temme::peak(Plain, n) * exp(growth) - rest.value / rest.unit
}

/// Y(n, a) from `value` = Y(`fraction`, a), by its recursion.
fn from_fraction(fraction: f64, mut value: f64, n: f64, a: f64) -> f64 {
    let per = 1.0 / a;
    let mut k = fraction + 1.0;
    while k <= n {
        value = k * per * (1.0 + value);
        k += 1.0;
    }
    value
}

/// Y(f, a) for 0 < f < 1.
fn start(f: f64, a: f64) -> f64 {
    if a > 1.0 {
        return f * continued_fraction(f, a);
    }
    // f Gamma(f, a) = (Gamma(1+f) - 1) - (a^f - 1) + f a^f sum of -(-a)^k / (k! (f+k)): written in
    // differences from 1, so that nothing is lost as f goes to 0.
    let reciprocal = f * horner(Plain, &RECIPROCAL_GAMMA, f);
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
fn continued_fraction(f: f64, a: f64) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_loads_have_the_limit_of_no_load() {
        for load in [1e-308, 1e-310, 5e-324] {
            assert_eq!(upper(0.0, load, -load), 0.0);
            assert!(upper(1.0, load, 1.0) >= 1e308);
            assert_eq!(upper(5.0, load, 5.0), f64::INFINITY);
            assert_eq!(upper(200.0, load, 200.0), f64::INFINITY);
        }
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_one_cell_alone() {
        let (mut n, mut a, mut gap) = (Vec::new(), Vec::new(), Vec::new());
        for agents in [0.0, 0.5, 1.0, 7.0, 23.5, 24.5, 60.0, 111.5, 112.0, 113.0, 150.25, 4e3, 1e6]
        {
            for ratio in [1e-300, 1e-3, 0.36, 0.7, 0.999, 1.0, 1.001, 1.3, 2.4, 2.6, 1e9] {
                let load = f64::max(agents, 1.0) * ratio;
                n.push(agents);
                a.push(load);
                gap.push(agents - load);
            }
        }
        for set in InstructionSet::available() {
            let mut values = vec![f64::NAN; n.len()];
            uppers_by(*set, &n, &a, &gap, &mut values);
            for (i, value) in values.into_iter().enumerate() {
                let alone = upper(n[i], a[i], gap[i]);
                // Without fused multiply-add the last digits differ.
                let same = if *set == InstructionSet::Baseline {
                    (value / alone - 1.0).abs() < 1e-12 || value == alone
                } else {
                    value.to_bits() == alone.to_bits()
                };
                assert!(same, "{set:?}: {} at {}: {value} {alone}", n[i], a[i]);
            }
        }
    }
}
