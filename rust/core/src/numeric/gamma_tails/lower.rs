//! The lower tail M, its slope, and the moments of its integrand.

use super::descending::descending;
use super::groups::{Kernel, RouteOf, alone, in_groups, sorted};
use super::moments::{moments_over, moments_under, served_moments};
use super::steps_up;
use crate::lanes::{Arithmetic, BLOCK, InstructionSet, Plain, largest, smallest};
use crate::numeric::exponential::exp;
use crate::numeric::temme::{self, Expansion};

/// The lower tail M(c, z) and its companions, all multiplied by `unit`, which keeps them in binary64.
///
/// For c < 24 everything is computed at v = c + steps and brought down by recursions with positive
/// terms. The factors of those are left out, and for z > v exp(growth) is too: `unit` is what 1
/// becomes by that, and M is `value` / `unit`.
#[derive(Debug, Clone, Copy)]
pub struct Lower {
    /// M.
    pub value: f64,
    /// M - 1, without the subtraction where that would cost digits.
    pub less_one: f64,
    /// 1.
    pub unit: f64,
    /// The sum of k z^(k-1) / ((c+1)..(c+k)).
    pub slope: f64,
}

/// Kernels compute M results: the first two or four fields of [`Lower`], or all and the served moment. The third and fourth cost as much as the first, the fifth more.
const SLOPE: usize = 3;
const MOMENT: usize = 4;

/// How the lower tail is computed: by the uniform expansion, by its own series, which falls fast, or
/// from that of the upper tail; the first two with the steps that lead down to c.
const NEAR: u8 = 0;
const FAR_BELOW: u8 = NEAR + MOST_STEPS + 1;
const FAR_ABOVE: u8 = FAR_BELOW + MOST_STEPS + 1;

/// The most steps, from c = 0.
const MOST_STEPS: u8 = temme::LEAST as u8;

#[inline(always)]
fn route(c: f64, z: f64) -> u8 {
    let steps = steps_up(c);
    let v = c + steps;
    let first = if z < temme::RATIOS.start * v { FAR_BELOW } else { NEAR };
    if z >= temme::RATIOS.end * v { FAR_ABOVE } else { first + steps as u8 }
}

#[derive(Clone, Copy)]
struct LowerRoutes;

impl RouteOf for LowerRoutes {
    #[inline(always)]
    fn of(self, c: f64, z: f64) -> u8 {
        route(c, z)
    }
}

/// The tail at some v, on its way down to c; the sum is followed if the slope is among the M results.
struct Descent<const L: usize, const M: usize> {
    /// M, 1, and the sum of k z^k / ((v+1)..(v+k)).
    value: [f64; L],
    unit: [f64; L],
    sum: [f64; L],
    /// The integral of y e^-y where M is that of v: see [`served_moments`].
    moment: [f64; L],
    /// What every factor is divided arithmetic, to stay near 1; as a reciprocal.
    per: [f64; L],
    steps: [f64; L],
}

impl<const L: usize, const M: usize> Descent<L, M> {
    #[inline(always)]
    fn empty() -> Self {
        let none = [0.0; L];
        Self { value: none, unit: none, sum: none, moment: none, per: none, steps: none }
    }

    /// By M(v - 1) = 1 + z/v M(v), which turns the sum into z/v (M + sum) and the moment into
    /// z/v moment + M/v^2, until `left` steps are left.
    #[inline(always)]
    fn down(&mut self, arithmetic: impl Arithmetic, c: &[f64; L], z: &[f64; L], left: f64) {
        let mut ratio = [0.0; L];
        for i in 0..L {
            ratio[i] = z[i] * self.per[i];
        }
        let (most, least) = (largest(&self.steps), smallest(&self.steps));
        let mut j = if most > 0.0 { most } else { 0.0 };
        while j > left && j > least {
            self.step(arithmetic, c, &ratio, j, |steps| j <= steps);
            j -= 1.0;
        }
        // What all lanes take needs no selection.
        while j > left {
            self.step(arithmetic, c, &ratio, j, |_| true);
            j -= 1.0;
        }
    }

    /// A step to c + j - 1, in the lanes that are `under_way` by their steps.
    #[inline(always)]
    fn step(
        &mut self,
        arithmetic: impl Arithmetic,
        c: &[f64; L],
        ratio: &[f64; L],
        j: f64,
        under_way: impl Fn(f64) -> bool,
    ) {
        for i in 0..L {
            let unit = self.unit[i] * ((c[i] + j) * self.per[i]);
            let value = arithmetic.mul_add(ratio[i], self.value[i], unit);
            let under_way = under_way(self.steps[i]);
            self.unit[i] = if under_way { unit } else { self.unit[i] };
            if M > SLOPE {
                let sum = ratio[i] * (self.value[i] + self.sum[i]);
                self.sum[i] = if under_way { sum } else { self.sum[i] };
            }
            if M > MOMENT {
                let part = self.per[i] * self.value[i] / (c[i] + j);
                let moment = arithmetic.mul_add(ratio[i], self.moment[i], part);
                self.moment[i] = if under_way { moment } else { self.moment[i] };
            }
            self.value[i] = if under_way { value } else { self.value[i] };
        }
    }

    /// The last step.
    #[inline(always)]
    fn last(&mut self, arithmetic: impl Arithmetic, c: &[f64; L], z: &[f64; L]) {
        for i in 0..L {
            self.steps[i] = if self.steps[i] >= 1.0 { 1.0 } else { 0.0 };
        }
        self.down(arithmetic, c, z, 0.0);
    }

    /// To the results.
    #[inline(always)]
    fn put(&self, c: &[f64; L], z: &[f64; L], less_one: &[f64; L], results: &mut [[f64; L]; M]) {
        (results[0], results[1]) = (self.value, *less_one);
        if M > SLOPE {
            results[2] = self.unit;
            for i in 0..L {
                results[SLOPE][i] = self.sum[i] / z[i];
            }
        }
        if M > MOMENT {
            for i in 0..L {
                results[MOMENT][i] = c[i] * self.moment[i];
            }
        }
    }

    /// From v to the results, where M is well above 1.
    #[inline(always)]
    fn finish(
        &mut self,
        arithmetic: impl Arithmetic,
        c: &[f64; L],
        z: &[f64; L],
        gap: &[f64; L],
        results: &mut [[f64; L]; M],
    ) {
        if M > MOMENT {
            self.moment = served_moments(c, z, gap);
        }
        self.down(arithmetic, c, z, 0.0);
        let mut less_one = [0.0; L];
        for i in 0..L {
            less_one[i] = self.value[i] - self.unit[i];
        }
        self.put(c, z, &less_one, results);
    }
}

/// By the uniform expansion: there M is 4/3 at least.
#[derive(Clone, Copy)]
struct NearLower;

impl<const M: usize> Kernel<3, M> for NearLower {
    #[inline(always)]
    fn of<const L: usize>(
        self,
        arithmetic: impl Arithmetic,
        [c, z, gap]: &[[f64; L]; 3],
        results: &mut [[f64; L]; M],
    ) {
        let mut start = Descent::<L, M>::empty();
        for i in 0..L {
            let steps = steps_up(c[i]);
            let (v, gap) = (c[i] + steps, gap[i] + steps);
            let expansion = Expansion::new(arithmetic, v, gap);
            let over = gap < 0.0;
            let (smaller, shortfall) = if M > SLOPE {
                expansion.smaller_and_shortfall(arithmetic)
            } else {
                (expansion.smaller(arithmetic), 0.0)
            };
            let unit = if over { exp(-expansion.growth) } else { 1.0 };
            let larger = arithmetic.mul_add(-smaller, unit, expansion.peak());
            let value = if over { larger } else { smaller };
            // The sum is v - (v - z) M: two positive terms for z > v.
            let above = arithmetic.mul_add(v, unit, -gap * value);
            start.sum[i] = if over { above } else { v * shortfall };
            start.value[i] = value;
            start.unit[i] = unit;
            start.per[i] = if over { 1.0 / z[i] } else { expansion.per };
            start.steps[i] = steps;
        }
        start.finish(arithmetic, c, z, gap, results);
    }
}

/// By the recursion from 36 steps above: the error of the geometric series that is left there, below
/// a thousandth, falls by 0.35 a step.
#[derive(Clone, Copy)]
struct FarBelow;

/// See [`FarBelow`].
const FAR_STEPS: f64 = 36.0;

impl<const M: usize> Kernel<3, M> for FarBelow {
    #[inline(always)]
    fn of<const L: usize>(
        self,
        arithmetic: impl Arithmetic,
        [c, z, gap]: &[[f64; L]; 3],
        results: &mut [[f64; L]; M],
    ) {
        let mut start = Descent::<L, M>::empty();
        let (mut v, mut ratio, mut less_one) = ([0.0; L], [0.0; L], [0.0; L]);
        for i in 0..L {
            v[i] = c[i] + steps_up(c[i]);
            let top = v[i] + FAR_STEPS;
            let rest = 1.0 / (1.0 - z[i] / (top + 1.0));
            start.value[i] = rest;
            start.unit[i] = 1.0;
            if M > SLOPE {
                start.sum[i] = z[i] * (rest * rest / (top + 1.0));
            }
            start.per[i] = 1.0 / top;
            ratio[i] = z[i] * start.per[i];
        }
        let mut j = FAR_STEPS;
        while j >= 1.0 {
            for i in 0..L {
                start.unit[i] *= (v[i] + j) * start.per[i];
                if M > SLOPE {
                    start.sum[i] = ratio[i] * (start.value[i] + start.sum[i]);
                }
                less_one[i] = ratio[i] * start.value[i];
                start.value[i] = start.unit[i] + less_one[i];
            }
            j -= 1.0;
        }
        for i in 0..L {
            // From here on the same scale as near by.
            let per = 1.0 / start.unit[i];
            start.sum[i] *= per;
            less_one[i] *= per;
            start.value[i] = 1.0 + less_one[i];
            start.unit[i] = 1.0;
            start.per[i] = 1.0 / v[i];
            start.steps[i] = steps_up(c[i]);
        }
        if M > MOMENT {
            start.moment = served_moments(c, z, gap);
        }
        // M - 1 is what the last step adds to 1.
        start.down(arithmetic, c, z, 1.0);
        for i in 0..L {
            let product = (z[i] * start.per[i]) * start.value[i];
            less_one[i] = if start.steps[i] >= 1.0 { product } else { less_one[i] };
        }
        start.last(arithmetic, c, z);
        start.put(c, z, &less_one, results);
    }
}

/// From the upper tail's series: for z > 2.4 v.
#[derive(Clone, Copy)]
struct FarAbove;

impl<const M: usize> Kernel<3, M> for FarAbove {
    #[inline(always)]
    fn of<const L: usize>(
        self,
        arithmetic: impl Arithmetic,
        [c, z, gap]: &[[f64; L]; 3],
        results: &mut [[f64; L]; M],
    ) {
        let mut start = Descent::<L, M>::empty();
        for i in 0..L {
            let steps = steps_up(c[i]);
            let (v, gap) = (c[i] + steps, gap[i] + steps);
            let [value, unit] = above(v, z[i], gap);
            start.value[i] = value;
            start.unit[i] = unit;
            start.sum[i] = v * unit - gap * value;
            start.per[i] = 1.0 / z[i];
            start.steps[i] = steps;
        }
        start.finish(arithmetic, c, z, gap, results);
    }
}

/// M(v, z) and 1, divided by exp(growth), for z > 2.4 v and v >= 24.
fn above(v: f64, z: f64, gap: f64) -> [f64; 2] {
    let unit = exp(-v * (-gap / v - (z / v).ln()));
    [temme::peak(Plain, v) - descending(v, z) * unit, unit]
}

/// M(c, z) for c >= 0 and z >= 0, `gap` = c - z.
pub fn lower(c: f64, z: f64, gap: f64) -> Lower {
    let [value, less_one, unit, slope] = first_of(c, z, gap);
    Lower { value, less_one, unit, slope }
}

/// The integral of c y e^-y where M is that of c, on the scale of [`lower`].
pub fn served_moment(c: f64, z: f64, gap: f64) -> f64 {
    let [.., moment] = first_of::<5>(c, z, gap);
    moment
}

/// The integral over y > 0 of c (1 - e^-y (1 + y)) where M(c, z) is that of c, on the scale of
/// [`lower`]; the mean wait of callers who hang up is a multiple of it.
///
/// A sum of positive terms, where the wait of all less that of the served is not.
pub fn lost_moment(c: f64, z: f64, gap: f64) -> f64 {
    let steps = steps_up(c);
    let (v, gap) = (c + steps, gap + steps);
    let tail = lower(v, z, gap);
    let mut j = steps;
    if gap < 0.0 {
        let (mut value, mut unit) = (tail.value, tail.unit);
        let [mut served, lost] = moments_over(v, z, gap);
        let mut lost = v * lost;
        while j >= 1.0 {
            served += value / (z * (c + j));
            lost += served;
            unit *= (c + j) / z;
            value += unit;
            j -= 1.0;
        }
        return lost;
    }
    let [mut served, lost] = moments_under(v, z, gap);
    let mut lost = v * lost;
    let mut value = tail.value / tail.unit;
    while j >= 1.0 {
        let per = 1.0 / (c + j);
        served = per * (per * value + z * served);
        lost = z * per * lost + served;
        value = 1.0 + z * per * value;
        j -= 1.0;
    }
    lost * lower(c, z, gap - steps).unit
}

fn first_of<const M: usize>(c: f64, z: f64, gap: f64) -> [f64; M] {
    let operands = [c, z, gap];
    match route(c, z) {
        FAR_ABOVE => alone(FarAbove, operands),
        FAR_BELOW.. => alone(FarBelow, operands),
        _ => alone(NearLower, operands),
    }
}

/// M and M - 1, at half the cost of [`lower`]; the same but for the last digit.
pub fn lower_value(c: f64, z: f64, gap: f64) -> [f64; 2] {
    first_of(c, z, gap)
}

/// [`lower`] of many systems, bit for bit: its fields in their order, a column each, with the
/// [`served_moment`] or without; or those of [`lower_value`].
pub fn lowers<const M: usize>(c: &[f64], z: &[f64], gap: &[f64], columns: [&mut [f64]; M]) {
    const { assert!(M == 2 || M == 4 || M == 5) };
    lowers_by(InstructionSet::in_use(), c, z, gap, columns);
}

fn lowers_by<const M: usize>(
    set: InstructionSet,
    c: &[f64],
    z: &[f64],
    gap: &[f64],
    mut columns: [&mut [f64]; M],
) {
    for start in (0..c.len()).step_by(BLOCK) {
        let cells = start..c.len().min(start + BLOCK);
        let operands = [&c[cells.clone()], &z[cells.clone()], &gap[cells.clone()]];
        let mut results = columns.each_mut().map(|column| &mut column[cells.clone()]);
        // By their steps too, so that few wait for their neighbours.
        let order =
            sorted::<{ FAR_ABOVE as usize + 1 }>(set, LowerRoutes, operands[0], operands[1]);
        let systems = |methods| order.indices(order.positions(methods));
        in_groups(set, NearLower, systems(NEAR..FAR_BELOW), operands, &mut results);
        in_groups(set, FarBelow, systems(FAR_BELOW..FAR_ABOVE), operands, &mut results);
        in_groups(set, FarAbove, systems(FAR_ABOVE..FAR_ABOVE + 1), operands, &mut results);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_bits_of_one_cell_alone() {
        let (mut c, mut z, mut gap) = (Vec::new(), Vec::new(), Vec::new());
        for shape in [1e-9, 0.5, 1.0, 7.3, 23.5, 24.0, 60.0, 150.25, 4e3, 1e6] {
            for ratio in [0.0, 1e-300, 1e-3, 0.36, 0.7, 0.999, 1.0, 1.001, 1.3, 2.4, 2.6, 1e9] {
                c.push(shape);
                z.push(shape * ratio);
                gap.push(shape - shape * ratio);
            }
        }
        for set in InstructionSet::available() {
            let mut columns = [const { Vec::new() }; 4].map(|_: Vec<f64>| vec![f64::NAN; c.len()]);
            lowers_by(*set, &c, &z, &gap, columns.each_mut().map(|column| &mut column[..]));
            let mut two = [vec![f64::NAN; c.len()], vec![f64::NAN; c.len()]];
            lowers_by(*set, &c, &z, &gap, two.each_mut().map(|column| &mut column[..]));
            for i in 0..c.len() {
                let Lower { value, less_one, unit, slope } = lower(c[i], z[i], gap[i]);
                for (column, alone) in columns.iter().zip([value, less_one, unit, slope]) {
                    // Without fused multiply-add the last digits differ.
                    let same = if *set == InstructionSet::Baseline {
                        (column[i] - alone).abs() <= 1e-12 * alone.abs() || alone.is_nan()
                    } else {
                        column[i].to_bits() == alone.to_bits()
                    };
                    assert!(same, "{set:?}: {} at {}: {} {alone}", c[i], z[i], column[i]);
                }
                for (column, alone) in two.iter().zip(lower_value(c[i], z[i], gap[i])) {
                    let same = if *set == InstructionSet::Baseline {
                        (column[i] - alone).abs() <= 1e-12 * alone.abs() || alone.is_nan()
                    } else {
                        column[i].to_bits() == alone.to_bits()
                    };
                    assert!(same, "{set:?}: {} at {}: {} {alone}", c[i], z[i], column[i]);
                }
                let [first, second] = lower_value(c[i], z[i], gap[i]);
                assert!((first - value).abs() <= 1e-15 * value, "{first} {value}");
                assert!((second - less_one).abs() <= 2e-15 * less_one, "{second} {less_one}");
            }
        }
    }
}
