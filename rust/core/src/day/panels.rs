//! Panels of Gauss nodes that cover arrival times near a boundary, short where integrands vary fast.

use crate::numeric::quadrature::GAUSS_8;

/// Nodes of a panel.
pub(super) const NODES_PER_PANEL: usize = 8;

/// A piece of time with one rule of nodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Panel {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Panel {
    /// Instants in ascending order, each with the seconds that it stands for.
    pub(super) fn nodes(self) -> [(f64, f64); NODES_PER_PANEL] {
        let half = 0.5 * (self.to - self.from);
        let centre = 0.5 * (self.from + self.to);
        GAUSS_8.map(|(node, weight)| (centre + half * node, half * weight))
    }

    pub(super) fn halves(self) -> [Self; 2] {
        let middle = 0.5 * (self.from + self.to);
        [Self { to: middle, ..self }, Self { from: middle, ..self }]
    }

    /// The integrals of several functions by their `values` at the nodes, and a bound on each error.
    pub(super) fn sums<const N: usize>(
        self,
        values: &[[f64; NODES_PER_PANEL]; N],
    ) -> ([f64; N], [f64; N]) {
        let half = 0.5 * (self.to - self.from);
        let sum = |values: &[f64; NODES_PER_PANEL]| {
            GAUSS_8.iter().zip(values).fold(0.0, |sum, ((_, weight), v)| sum + half * weight * v)
        };
        (values.each_ref().map(sum), values.each_ref().map(|values| self.error_bound(values)))
    }

    /// A bound on the error of the sum over nodes of `values`.
    ///
    /// The error starts with the Legendre coefficient of degree 16. That of an
    /// exponential, a sum of which the integrands are, is 3.5e-3 r^4.5 times that of degree 7, which in
    /// turn is r times that of degree 5 (leading terms of the modified spherical Bessel functions). A
    /// margin of 20 is added.
    fn error_bound(self, values: &[f64; NODES_PER_PANEL]) -> f64 {
        let mut coefficients = [0.0; NODES_PER_PANEL];
        for ((node, weight), value) in GAUSS_8.iter().zip(values) {
            let (mut before, mut here) = (0.0, 1.0);
            for (k, coefficient) in coefficients.iter_mut().enumerate() {
                let k = k as f64;
                *coefficient += (k + 0.5) * weight * value * here;
                let next = ((2.0 * k + 1.0) * node * here - k * before) / (k + 1.0);
                (before, here) = (here, next);
            }
        }
        let [first, second, third, last] =
            [0, 2, 4, 6].map(|k| coefficients[k].abs().max(coefficients[k + 1].abs()));
        let noise = NOISE * first.max(second);
        if last <= noise {
            return 0.0;
        }
        // A coefficient may happen to be small: the ratio before tells as well, 143 / 63 times as large.
        let ratio = (last / third).max(0.44 * third / second);
        0.07 * (self.to - self.from) * last * ratio.powf(4.5)
    }
}

/// Coefficients this much smaller than the first are rounding.
const NOISE: f64 = 1e-14;

/// Time scales of the integrands around instants of an interval.
#[derive(Debug, Clone)]
pub(super) struct TimeScales {
    /// When the interval starts, and when deadlines come to lie beyond a change of the rates: each with
    /// seconds of the shortest panel after it.
    pub(super) after: Vec<(f64, f64)>,
    /// The next boundary, and seconds of the shortest panel before it.
    pub(super) boundary: (f64, f64),
}

/// Panels that cover [`from`, `to`], parted at the instants of `time_scales`, as short as it asks and growing
/// away from them.
pub(super) fn cover(from: f64, to: f64, time_scales: &TimeScales) -> Vec<Panel> {
    if from >= to {
        return Vec::new();
    }
    let cuts = time_scales.after.iter().map(|&(cut, _)| cut);
    let mut edges: Vec<f64> = cuts.filter(|&cut| from < cut && cut < to).collect();
    edges.extend([from, to]);
    edges.sort_unstable_by(f64::total_cmp);
    edges.dedup();
    let mut panels = Vec::new();
    for pair in edges.windows(2) {
        split(Panel { from: pair[0], to: pair[1] }, time_scales, &mut panels);
    }
    panels
}

/// Longest panel, as a multiple of its ends' distance from those instants.
const LONGEST: f64 = 0.6;

/// Shortest panel, as a share of a stretch without cuts: those that are too long still are halved later.
const SHORTEST: f64 = 1e-6;

/// Splits a stretch without cuts, from its end on with panels as long as the pace lets them be.
fn split(stretch: Panel, time_scales: &TimeScales, panels: &mut Vec<Panel>) {
    let first = panels.len();
    let shortest = SHORTEST * (stretch.to - stretch.from);
    let mut to = stretch.to;
    while to > stretch.from {
        let before_change = LONGEST * (time_scales.boundary.1 + (time_scales.boundary.0 - to));
        // The distance after an instant is that of the panel's start: length and start are one unknown.
        let length = time_scales
            .after
            .iter()
            .filter(|(instant, _)| *instant <= stretch.from)
            .map(|(instant, time_scales)| {
                LONGEST / (1.0 + LONGEST) * (time_scales + (to - instant))
            })
            .fold(before_change, f64::min)
            .max(shortest);
        let left = to - stretch.from;
        // What rounding leaves over is no panel of its own.
        let rest = length > 0.999 * left || to - length == to;
        let from = if rest { stretch.from } else { to - length };
        panels.push(Panel { from, to });
        to = from;
    }
    panels[first..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_cover_and_grow() {
        let time_scales = TimeScales {
            after: vec![(0.0, 5.0), (80.0, 1.0), (120.0, 1.0)],
            boundary: (100.0, 2.0),
        };
        let found = cover(0.0, 100.0, &time_scales);
        assert_eq!((found[0].from, found[found.len() - 1].to), (0.0, 100.0));
        assert!(found.windows(2).all(|w| w[0].to == w[1].from));
        assert!(found.iter().any(|p| p.from == 80.0 && p.to <= 81.0));
        assert!(found[found.len() - 1].to - found[found.len() - 1].from <= 2.0);
        let area: f64 =
            found.iter().flat_map(|p| p.nodes()).map(|(t, w)| w * (-t / 30.0).exp()).sum();
        assert!((area - 30.0 * (1.0 - (-100.0_f64 / 30.0).exp())).abs() < 1e-12);
    }

    #[test]
    fn doubt_tells_smooth_from_rough() {
        let panel = Panel { from: 0.0, to: 2.0 };
        let values = |f: fn(f64) -> f64| panel.nodes().map(|(t, _)| f(t));
        assert!(panel.error_bound(&values(|t| (-2.0 * t).exp())) < 1e-9);
        assert!(panel.error_bound(&values(|t| (-30.0 * t).exp())) > 1e-6);
        assert_eq!(panel.error_bound(&[0.0; NODES_PER_PANEL]), 0.0);
    }
}
