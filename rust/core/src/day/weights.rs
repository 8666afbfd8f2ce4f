//! Coefficients of the series that advance a distribution: of Chebyshev polynomials and of powers.

use crate::day::panels::NODES_PER_PANEL;
use crate::day::series::AtNodes;
use crate::lanes::{Arithmetic, LaneKernel};

/// Chebyshev coefficients reach this many standard deviations, and some terms for small arguments,
/// before Miller's recursion starts: 1e-19 of the whole is left out.
const REACH: f64 = 80.0;

/// One weight a term for the state at the end of a step, and one for its time integral.
#[derive(Debug, Default)]
pub(super) struct SeriesWeights {
    /// Of the state.
    pub(super) state: Vec<f64>,
    /// Of the integral over the step, as a multiple of 1 / rate.
    pub(super) time: Vec<f64>,
    /// Sum of the state's weights from a term on.
    pub(super) tails: Vec<f64>,
}

impl SeriesWeights {
    /// Of `exp(z (M - 1))` in Chebyshev polynomials of M: `(2 - [k = 0]) e^-z I_k(z)`.
    ///
    /// By Miller's downward recursion, normalised by `I_0 + 2 (I_1 + I_2 + ...) = e^z`; all terms are
    /// positive. With `c_k = e^-z I_k` the integral's are `b_k = 2 sum_{j > k} (j - k) c_j` for k >= 1
    /// and `b_0 = b_1 + 1 - c_0`, from `c_k' = (c_{k-1} - 2 c_k + c_{k+1}) / 2`. Terms whose tail is
    /// below `cut` are dropped; an even number is kept.
    pub(super) fn chebyshev(&mut self, z: f64, cut: f64) {
        let last = last_term(z);
        let state = &mut self.state;
        state.clear();
        state.resize(last + 1, 0.0);
        let (mut above, mut here) = (0.0, 1e-280);
        let mut sum = 0.0;
        for k in (0..=last).rev() {
            state[k] = here;
            sum += if k == 0 { here } else { 2.0 * here };
            let below = above + 2.0 * k as f64 / z * here;
            (above, here) = (here, below);
        }
        for value in state.iter_mut() {
            *value /= sum;
        }
        self.time.clear();
        self.time.resize(last + 1, 0.0);
        let (mut first, mut second) = (0.0, 0.0);
        for k in (0..=last).rev() {
            // `first` is the sum of the coefficients above k, `second` that of (j - k) times them.
            self.time[k] = 4.0 * second;
            first += state[k];
            second += first;
        }
        // b_0 = b_1 + 1 - c_0, and b_1 = 2 sum_{j > 1} (j - 1) c_j.
        self.time[0] = self.time.get(1).map_or(0.0, |b| 0.5 * b) + 1.0 - state[0];
        for value in state.iter_mut().skip(1) {
            *value *= 2.0;
        }
        self.trim(cut);
    }

    /// Of `exp(z (M - 1))` in powers of M: Poisson probabilities of mean z.
    ///
    /// From the mode outwards and normalised, so that no exponential underflows.
    pub(super) fn powers(&mut self, z: f64, cut: f64) {
        poisson(z, &mut self.state);
        self.time.clear();
        self.time.resize(self.state.len(), 0.0);
        let mut above = 0.0;
        for k in (0..self.state.len()).rev() {
            self.time[k] = above;
            above += self.state[k];
        }
        self.trim(cut);
    }

    fn trim(&mut self, cut: f64) {
        self.tails.clear();
        self.tails.resize(self.state.len(), 0.0);
        let mut tail = 0.0;
        let mut keep = 2;
        for k in (0..self.state.len()).rev() {
            tail += self.state[k];
            self.tails[k] = tail;
            if tail >= cut && keep == 2 {
                keep = (k + 2).max(2);
            }
        }
        let keep = keep + keep % 2;
        for part in [&mut self.state, &mut self.time, &mut self.tails] {
            part.resize(keep, 0.0);
        }
    }
}

/// Where the recursion downwards starts.
fn last_term(z: f64) -> usize {
    // Below 1e-3 seven terms reach 1e-23, and more would overflow on the way down.
    if z < 1e-3 { 6 } else { (REACH * z).sqrt().ceil() as usize + 14 }
}

/// Marks a node that has no part in a sum: all its weights are 0.
pub(super) const ABSENT: f64 = -1.0;

/// The Chebyshev coefficients of the state for several arguments side by side, the first `terms` of them.
pub(super) struct ChebyshevAt<'a> {
    pub(super) arguments: AtNodes,
    pub(super) terms: usize,
    pub(super) weights: &'a mut Vec<AtNodes>,
}

impl LaneKernel for ChebyshevAt<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        let present = self.arguments.map(|z| if z == ABSENT { 0.0 } else { 1.0 });
        // Below 1e-9 the factor 2k/z of Miller's recursion overflows.
        let arguments = self.arguments.map(|z| z.max(1e-9));
        let last = arguments.map(last_term);
        let twice_inverse = arguments.map(|z| 2.0 / z);
        let weights = self.weights;
        weights.clear();
        weights.resize(
            last.iter().fold(0, |most, &index| most.max(index)) + 1,
            [0.0; NODES_PER_PANEL],
        );
        let (mut above, mut here) = ([0.0; NODES_PER_PANEL], [0.0; NODES_PER_PANEL]);
        let mut sum = [0.0; NODES_PER_PANEL];
        for (k, weight) in weights.iter_mut().enumerate().rev() {
            let twice = if k == 0 { 1.0 } else { 2.0 };
            for node in 0..NODES_PER_PANEL {
                here[node] = if k == last[node] { 1e-280 } else { here[node] };
                weight[node] = twice * here[node];
                sum[node] += weight[node];
                let below = above[node] + k as f64 * twice_inverse[node] * here[node];
                (above[node], here[node]) = (here[node], below);
            }
        }
        weights.truncate(self.terms);
        scale(weights, &present, &sum);
    }
}

/// Largest mean of [`PoissonAt`]: the first probability is to be a normal number.
pub(super) const MOST_MEAN: f64 = 600.0;

/// Poisson probabilities of several means side by side, from 0 to where they no longer count.
pub(super) struct PoissonAt<'a> {
    pub(super) means: AtNodes,
    pub(super) weights: &'a mut Vec<AtNodes>,
}

impl LaneKernel for PoissonAt<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        let present = self.means.map(|z| if z == ABSENT { 0.0 } else { 1.0 });
        let means = self.means.map(|z| z.max(0.0));
        let most = means.iter().fold(0.0_f64, |most, &z| most.max(z));
        let mut here = means.map(|z| (-z).exp());
        let mut sum = here;
        let weights = self.weights;
        weights.clear();
        weights.push(here);
        for k in 1_u32.. {
            let k = f64::from(k);
            let inverse = 1.0 / k;
            for node in 0..NODES_PER_PANEL {
                let weight = here[node] * means[node] * inverse;
                // Numbers that have lost digits for want of an exponent take a processor long.
                let faint = (weight < 1e-30) & (k > means[node]);
                here[node] = if faint { 0.0 } else { weight };
                sum[node] += here[node];
            }
            if k > most && here.iter().all(|&weight| weight < 1e-17) {
                break;
            }
            weights.push(here);
        }
        scale(weights, &present, &sum);
    }
}

/// Makes the weights of each node add up to what is `present`.
#[inline(always)]
fn scale(weights: &mut [AtNodes], present: &AtNodes, sum: &AtNodes) {
    let mut factor = [0.0; NODES_PER_PANEL];
    for node in 0..NODES_PER_PANEL {
        factor[node] = present[node] / sum[node];
    }
    for weight in weights {
        for node in 0..NODES_PER_PANEL {
            weight[node] *= factor[node];
        }
    }
}

/// Poisson probabilities of mean `z` from 0 to where they no longer count.
pub(super) fn poisson(z: f64, weights: &mut Vec<f64>) {
    let mode = z.floor() as usize;
    weights.clear();
    weights.resize(mode + 1, 0.0);
    weights[mode] = 1.0;
    for k in (0..mode).rev() {
        weights[k] = weights[k + 1] * (k + 1) as f64 / z;
    }
    let mut weight = 1.0;
    for k in mode + 1.. {
        weight *= z / k as f64;
        if weight < 1e-17 {
            break;
        }
        weights.push(weight);
    }
    let sum: f64 = weights.iter().sum();
    for weight in weights.iter_mut() {
        *weight /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_series_advance_a_decaying_exponential() {
        // M = cos(x) stands for an eigenvalue: exp(z (cos x - 1)) and its integral over z.
        for z in [1e-4, 0.3, 7.0, 45.0, 900.0, 2e4] {
            for x in [0.0_f64, 0.02, 0.5, 2.0, 3.1] {
                let rate = 1.0 - x.cos();
                let expected = (-z * rate).exp();
                let area = if rate == 0.0 { z } else { -(-z * rate).exp_m1() / rate };
                let mut weights = SeriesWeights::default();
                weights.chebyshev(z, 1e-18);
                let sum = |terms: &[f64]| -> f64 {
                    terms.iter().enumerate().map(|(k, c)| c * (k as f64 * x).cos()).sum()
                };
                assert!((sum(&weights.state) - expected).abs() < 2e-13, "{z} {x}");
                assert!((sum(&weights.time) - area).abs() < 1e-12 * z.max(1.0), "{z} {x}");
                if z < 1000.0 {
                    weights.powers(z, 1e-18);
                    let sum = |terms: &[f64]| -> f64 {
                        terms.iter().enumerate().map(|(k, c)| c * x.cos().powf(k as f64)).sum()
                    };
                    assert!((sum(&weights.state) - expected).abs() < 1e-14, "{z} {x}");
                    assert!((sum(&weights.time) - area).abs() < 1e-13 * z.max(1.0), "{z} {x}");
                }
            }
        }
    }
}
