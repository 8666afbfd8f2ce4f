//! The searches: fewest agents, greatest load, fewest lines.

use super::goals::{Goal, Goals, Level};
use crate::erlang::{Definition, System};
use crate::error::{Error, Result};
use crate::numeric::search::{Among, Point, edge};

/// Doublings that lead from the smallest double to the greatest and back.
const DOUBLINGS: u32 = 2200;

/// The fewest agents that meet every goal, whole or fractional; missing where no number does.
///
/// `system.agents` is not looked at. 0 without load, else at least one whole agent. The answer meets
/// the goals, and one agent fewer (the next smaller double but a few), where that is anybody at all,
/// does not: both are decided by the measures themselves.
///
/// # Errors
/// [`Error::NotConverged`]
pub fn required_agents(system: &System, goals: &Goals, among: Among) -> Result<f64> {
    let load = system.load;
    if load == 0.0 {
        return Ok(0.0);
    }
    if goals.unattainable(system.patience).is_some() || !load.is_finite() {
        return Ok(f64::NAN);
    }
    let at =
        |agents: f64| Point { at: agents, value: goals.furthest(&system.with_agents(agents)).0 };
    let whole = |agents: f64| if among == Among::Whole { agents.ceil() } else { agents };
    let patient = system.patience == f64::INFINITY;
    // Nothing below the load is stable without patience; with it the search starts from nobody, but
    // whole agents from one: calls that all hang up at once can meet a goal and are not served.
    let floor = match (patient, among) {
        (true, Among::Whole) => load.ceil() - 1.0,
        (true, Among::Real) => load.next_down(),
        (false, Among::Whole) => 1.0,
        (false, Among::Real) => 0.0,
    };
    let bottom = at(floor);
    if bottom.value <= 0.0 {
        return Ok(floor);
    }
    let spread = load.sqrt();
    let cap = goals.targets[Goal::Occupancy as usize].unwrap_or(1.0).min(1.0);
    let start = (load * goals.fluid(system.patience) + 0.5 * spread).max(load / cap);
    let mut step = whole(0.5 * spread);
    let start = at(whole(start.max(floor + step)));
    let (mut good, mut bad) = (start, start);
    if start.value > 0.0 {
        for _ in 0..DOUBLINGS {
            good = at(bad.at + step);
            if good.value <= 0.0 || !good.at.is_finite() {
                break;
            }
            bad = good;
            step *= 2.0;
        }
        if good.value > 0.0 {
            return Ok(f64::NAN);
        }
    } else {
        for _ in 0..DOUBLINGS {
            bad = if good.at - step > floor { at(good.at - step) } else { bottom };
            if bad.value > 0.0 {
                break;
            }
            good = bad;
            step *= 2.0;
        }
    }
    edge(good, bad, among, |agents| at(agents).value)
        .map_err(|_| not_converged("required_agents", system, goals))
}

/// The greatest load that still meets every goal; infinite where any load does.
///
/// `system.load` is not looked at.
///
/// # Errors
/// [`Error::NotConverged`]
pub fn max_load(system: &System, goals: &Goals) -> Result<f64> {
    if goals.unattainable(system.patience).is_some() {
        return Ok(0.0);
    }
    let at = |load: f64| Point { at: load, value: goals.furthest(&system.with_load(load)).0 };
    if system.agents == 0.0 {
        // Nothing changes with the load where there is nobody to serve it.
        return Ok(if at(1.0).value <= 0.0 { f64::INFINITY } else { 0.0 });
    }
    let start = at(system.agents);
    let (mut good, mut bad) = (start, start);
    if start.value > 0.0 {
        for _ in 0..DOUBLINGS {
            good = at(bad.at / 2.0);
            if good.value <= 0.0 {
                break;
            }
            bad = good;
        }
    } else {
        for _ in 0..DOUBLINGS {
            if good.at > f64::MAX / 2.0 {
                return Ok(f64::INFINITY);
            }
            bad = at(good.at * 2.0);
            if bad.value > 0.0 {
                break;
            }
            good = bad;
        }
    }
    edge(good, bad, Among::Real, |load| at(load).value)
        .map_err(|_| not_converged("max_load", system, goals))
}

/// The fewest lines that block at most the share `blocking` of the calls; missing where none do.
///
/// # Errors
/// [`Error::NotConverged`]
pub fn required_lines(load: f64, blocking: f64) -> Result<f64> {
    let mut targets = [None; 6];
    targets[Goal::WaitProbability as usize] = Some(blocking);
    let level = Level { threshold: 0.0, definition: Definition::Offered };
    required_agents(&System::new(0.0, load, 1.0, 0.0), &Goals { targets, level }, Among::Whole)
}

fn not_converged(what: &'static str, system: &System, goals: &Goals) -> Error {
    Error::NotConverged { what, arguments: format!("{system:?} and {goals:?}") }
}
