//! Requirements of Erlang A about right: the limit of many servers.
//!
//! With n = load + beta sqrt(load) agents, s^2 = handle time / patience and h the hazard of the normal distribution,
//! all are busy with probability 1 / (1 + s h(beta/s) / h(-beta)), and a caller who waits hangs up with probability
//! s (h(beta/s) - beta/s) / sqrt(load); after a further time t in units of sqrt(patience / arrivals), beta/s is t more.
//!
//! Source: Garnett, Mandelbaum and Reiman (2002). Within an agent for loads of 3 and more, mostly.

use super::goals::{Goal, Goals};
use crate::erlang::System;
use crate::lanes::Plain;
use crate::numeric::erfcx::erfcx;

/// Steps of the secant method; two are usual.
const STEPS: u32 = 5;
/// Steps shorter than this, in sqrt(load), are left to the slope: a tenth of an agent at most up to 400 erlangs.
const SHORT: f64 = 0.1;
/// How far a step may go, in sqrt(load).
const LONGEST: f64 = 1.5;
/// Beyond these the exponentials are 0 or the hazard a straight line.
const RANGE: (f64, f64) = (-30.0, 30.0);

/// Twice the upper tail of the standard normal distribution times exp(x^2/2).
fn scaled_tail(x: f64) -> f64 {
    let y = x * std::f64::consts::FRAC_1_SQRT_2;
    let positive = erfcx(Plain, y.abs());
    if x >= 0.0 { positive } else { 2.0 * (0.5 * x * x).exp() - positive }
}

/// Density over upper tail of the standard normal distribution.
fn hazard(x: f64) -> f64 {
    const DOUBLE_DENSITY: f64 = 0.7978845608028654;
    DOUBLE_DENSITY / scaled_tail(x.clamp(RANGE.0, RANGE.1))
}

/// The system in the limit.
struct ManyServers {
    root: f64,
    /// sqrt(handle time / patience).
    scale: f64,
    patience: f64,
    load: f64,
    aht: f64,
}

impl ManyServers {
    /// P(wait), and the share of all that hang up.
    fn waits(&self, beta: f64) -> (f64, f64) {
        let steep = hazard(beta / self.scale);
        let wait = 1.0 / (1.0 + self.scale * steep / hazard(-beta));
        (wait, wait * self.lost_of_waiting(beta / self.scale))
    }

    fn lost_of_waiting(&self, x: f64) -> f64 {
        (self.scale / self.root * (hazard(x) - x)).clamp(0.0, 1.0)
    }

    /// Not answered within `threshold`.
    fn missed(&self, beta: f64, threshold: f64) -> f64 {
        let (wait, lost) = self.waits(beta);
        let x = (beta / self.scale).clamp(RANGE.0, RANGE.1);
        let later = x + threshold * (self.load / (self.aht * self.patience)).sqrt();
        let depth = 0.5 * (x * x - later * later);
        let still = wait * depth.exp() * scaled_tail(later.min(RANGE.1)) / scaled_tail(x);
        let left = (-threshold / self.patience).exp();
        lost + left * still * (1.0 - self.lost_of_waiting(later))
    }

    /// ln of what a goal counts over its cap; None for a goal that the limit says nothing of.
    fn excess(&self, goal: Goal, target: f64, threshold: f64, beta: f64) -> Option<f64> {
        let (value, cap) = match goal {
            Goal::ServiceLevel => (self.missed(beta, threshold), 1.0 - target),
            Goal::Asa | Goal::MeanWait => (self.waits(beta).1 * self.patience, target),
            Goal::Abandonment => (self.waits(beta).1, target),
            Goal::WaitProbability => (self.waits(beta).0, target),
            Goal::Occupancy => return None,
        };
        Some((value / cap).ln())
    }
}

/// About as many agents as meet every goal in Erlang A; None where the limit says nothing.
pub(super) fn near_requirement(system: &System, goals: &Goals) -> Option<f64> {
    let System { load, aht, patience, .. } = *system;
    if !(patience > 0.0 && patience < f64::INFINITY && load > 0.0) {
        return None;
    }
    let limit =
        ManyServers { root: load.sqrt(), scale: (aht / patience).sqrt(), patience, load, aht };
    let threshold = goals.level.threshold;
    let mut most: Option<f64> = None;
    for goal in crate::staffing::GOALS {
        let Some(target) = goals.targets[goal as usize] else { continue };
        let at = |beta: f64| limit.excess(goal, target, threshold, beta);
        let mut beta = 0.3 - 0.5 * (1.0 - goals.fluid(patience)) * limit.root;
        let (mut value, mut slope) = (at(beta).unwrap_or(f64::NAN), -1.5);
        for _ in 0..STEPS {
            let step = (-value / slope).clamp(-LONGEST, LONGEST);
            if !step.is_finite() || step.abs() < SHORT {
                break;
            }
            let next = at(beta + step).unwrap_or(f64::NAN);
            let secant = (next - value) / step;
            slope = if secant < -0.05 { secant } else { slope };
            (beta, value) = (beta + step, next);
        }
        let agents = load + (beta - value / slope) * limit.root;
        if agents.is_finite() {
            most = Some(most.map_or(agents, |most| most.max(agents)));
        }
    }
    most
}
