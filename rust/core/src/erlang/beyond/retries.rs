//! Lost callers who call again: at once like new callers, or after a delay.

use super::finite::{FiniteQueue, answered_behind};
use super::levels::{LevelRates, stationary};
use super::{WantedWaits, WideModel, WideSystem};
use crate::erlang::system::System;
use crate::error::{Error, Result};
use crate::numeric::search::{Among, Point, narrow};

/// Doublings from the smallest double beyond the greatest load.
const DOUBLINGS: u32 = 1100;
/// Lines whose chain is solved in reasonable time: it costs their third power.
const MOST_LINES: f64 = 400.0;
/// Callers between two attempts, at most.
const MOST_CALLERS: usize = 20_000;
/// Memory for the chain: levels times the square of the states.
const MOST_CELLS: f64 = 5e7;
/// The last level's probability that is left out.
const NEGLIGIBLE: f64 = 1e-13;

/// Mean handle times after which everybody is answered or gone.
const LATEST: f64 = 1e6;

/// Shares of the callers who hang up and of those blocked who call again, at every attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Redial {
    /// Of those who hang up.
    pub abandoned: f64,
    /// Of those blocked.
    pub blocked: f64,
}

/// The load with redials that come like new calls: the x with x (1 - lost callers who redial) = load.
///
/// What is carried, what hangs up and what is blocked all rise with x, so that there is one solution at most; infinite
/// where there is none.
///
/// # Errors
/// [`Error::NotConverged`]
pub fn load_with_retries(system: &WideSystem, model: &WideModel, redial: Redial) -> Result<f64> {
    let load = system.system.load;
    let again = |x: f64| -> Result<Point> {
        let outcome = system.with_load(x).outcome(model, f64::NAN, WantedWaits::default())?;
        let Redial { abandoned, blocked } = redial;
        // One minus the share that redials, from positive terms.
        let kept = outcome.served
            + (1.0 - abandoned) * outcome.abandoned
            + (1.0 - blocked) * outcome.blocked;
        Ok(Point { x, value: 1.0 - x * kept / load })
    };
    if load == 0.0 || (redial.abandoned == 0.0 && redial.blocked == 0.0) {
        return Ok(load);
    }
    let leaves = model.hazard.is_some() || system.system.patience < f64::INFINITY;
    if system.lines == f64::INFINITY && !leaves {
        return Ok(load);
    }
    let all = redial.abandoned == 1.0 && redial.blocked == 1.0;
    if all && system.system.agents.min(system.lines) <= load {
        return Ok(f64::INFINITY);
    }
    let (mut bad, mut good) = (again(load)?, again(load)?);
    if bad.value <= 0.0 {
        return Ok(load);
    }
    for _ in 0..DOUBLINGS {
        if good.value <= 0.0 || !good.x.is_finite() {
            break;
        }
        bad = good;
        good = again(2.0 * bad.x)?;
    }
    if good.value > 0.0 || good.value.is_nan() {
        return Ok(f64::INFINITY);
    }
    narrow(good, bad, Among::Real, |x| again(x).map_or(f64::NAN, |point| point.value)).map_err(
        |_| Error::NotConverged {
            what: "load_with_redials",
            arguments: format!("{system:?} and {redial:?}"),
        },
    )
}

/// Voice calls whose lost callers call again after an exponential delay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DelayedRedials {
    /// Whole agents; exponential patience, or none.
    pub system: System,
    /// Whole lines, finite.
    pub lines: f64,
    /// Who calls again.
    pub redial: Redial,
    /// Mean delay in seconds.
    pub delay: f64,
}

/// Calls in the system are the states, callers between two attempts the levels.
struct Orbit {
    agents: f64,
    lines: usize,
    /// Per second: arrivals of new callers, services, hang-ups and redials of one caller.
    arrivals: f64,
    service: f64,
    leaving: f64,
    retry: f64,
    redial: Redial,
}

impl LevelRates for Orbit {
    fn size(&self) -> usize {
        self.lines + 1
    }

    fn from(&self, level: usize, state: usize, rate: &mut dyn FnMut(usize, i8, f64)) {
        let Redial { abandoned, blocked } = self.redial;
        let calls = state as f64;
        let waiting = (calls - self.agents).max(0.0);
        if state > 0 {
            let gone = waiting * self.leaving;
            rate(state - 1, 0, (calls - waiting) * self.service + gone * (1.0 - abandoned));
            rate(state - 1, 1, gone * abandoned);
        }
        let retries = level as f64 * self.retry;
        if state < self.lines {
            rate(state + 1, 0, self.arrivals);
            if level > 0 {
                rate(state + 1, -1, retries);
            }
        } else {
            rate(state, 1, self.arrivals * blocked);
            if level > 0 {
                rate(state, -1, retries * (1.0 - blocked));
            }
        }
    }
}

impl DelayedRedials {
    /// Load of all attempts; of all attempts and of first ones the share blocked; the share of attempts that hang up;
    /// of all attempts and of first ones the share answered within `threshold`; callers answered in the end, over
    /// all; occupancy; mean number waiting.
    ///
    /// # Errors
    /// [`Error::Infeasible`] for more lines or callers than can be held; [`Error::NotConverged`].
    pub fn measures(&self, threshold: f64) -> Result<[f64; 9]> {
        let System { agents, load, aht, patience, .. } = self.system;
        if patience == 0.0 && self.lines > agents {
            return self.gone_at_once(threshold);
        }
        if self.lines == f64::INFINITY {
            return self.endless_lines(threshold);
        }
        if self.lines > MOST_LINES {
            return Err(Error::Infeasible {
                parameter: "lines",
                value: self.lines,
                position: Vec::new(),
                why: "the chain of callers between two attempts costs the third power of the lines; at most 400",
            });
        }
        if load == 0.0 {
            let idle = if agents > 0.0 { 0.0 } else { f64::NAN };
            let none = if self.lines == 0.0 { 1.0 } else { 0.0 };
            return Ok([0.0, none, none, 0.0, 1.0 - none, 1.0 - none, 1.0 - none, idle, 0.0]);
        }
        let orbit = Orbit {
            agents,
            lines: self.lines as usize,
            arrivals: load / aht,
            service: 1.0 / aht,
            leaving: 1.0 / patience,
            retry: 1.0 / self.delay,
            redial: self.redial,
        };
        let levels = self.levels(&orbit)?;
        Ok(self.measures_of(&orbit, &levels, threshold))
    }

    /// Callers without patience, a line for each: they are lost as the blocked are where lines are agents, and are
    /// those who hang up.
    fn gone_at_once(&self, threshold: f64) -> Result<[f64; 9]> {
        let Self { system, redial, .. } = *self;
        let redial = Redial { blocked: redial.abandoned, ..redial };
        let lost = Self { lines: system.agents, redial, ..*self };
        let [load, blocked, _, _, level, first_level, answered, occupancy, queue] =
            lost.measures(threshold)?;
        Ok([load, 0.0, 0.0, blocked, level, first_level, answered, occupancy, queue])
    }

    /// Lines without end: as many as are never all taken.
    fn endless_lines(&self, threshold: f64) -> Result<[f64; 9]> {
        let System { agents, load, .. } = self.system;
        let mut lines = (agents + load + 12.0 * (agents + load).sqrt() + 20.0).ceil();
        loop {
            // More lines than can be computed are refused by the call itself.
            let mut found = Self { lines, ..*self }.measures(threshold)?;
            if found[1].max(found[2]) < NEGLIGIBLE {
                (found[1], found[2]) = (0.0, 0.0);
                return Ok(found);
            }
            lines =
                if lines < MOST_LINES { (1.5 * lines).ceil().min(MOST_LINES) } else { 2.0 * lines };
        }
    }

    /// The probabilities, with levels enough.
    fn levels(&self, orbit: &Orbit) -> Result<Vec<Vec<f64>>> {
        let wide = WideSystem { lines: self.lines, ..WideSystem::of(self.system) };
        let attempts = load_with_retries(&wide, &WideModel::plain(), self.redial)?;
        let lost = (attempts - self.system.load).max(0.0) / self.system.aht * self.delay;
        let guess = 2.0 * lost + 12.0 * lost.sqrt() + 40.0;
        let cells = (orbit.size() * orbit.size()) as f64;
        let mut count = if guess.is_finite() { guess.ceil() as usize } else { MOST_CALLERS + 1 };
        loop {
            if count > MOST_CALLERS || count as f64 * cells > MOST_CELLS {
                return Err(Error::Infeasible {
                    parameter: "delay",
                    value: self.delay,
                    position: Vec::new(),
                    why: "too many callers are between two attempts",
                });
            }
            let found = stationary(orbit, count)?;
            if found[count - 1].iter().sum::<f64>() < NEGLIGIBLE {
                return Ok(found);
            }
            count *= 2;
        }
    }

    fn measures_of(&self, orbit: &Orbit, levels: &[Vec<f64>], threshold: f64) -> [f64; 9] {
        let System { agents, aht, .. } = self.system;
        let size = orbit.size();
        let (mut state, mut retries) = (vec![0.0; size], vec![0.0; size]);
        for (level, probabilities) in levels.iter().enumerate() {
            for (k, probability) in probabilities.iter().enumerate() {
                state[k] += probability;
                retries[k] += level as f64 * orbit.retry * probability;
            }
        }
        let answered = answered_within(orbit, threshold);
        let over = |rates: &[f64], values: &dyn Fn(usize) -> f64| -> f64 {
            rates.iter().enumerate().map(|(k, rate)| rate * values(k)).sum()
        };
        let attempts = orbit.arrivals + retries.iter().sum::<f64>();
        let waiting = |k: usize| (k as f64 - agents).max(0.0);
        let busy = over(&state, &|k| (k as f64).min(agents));
        let queue = over(&state, &waiting);
        [
            attempts * aht,
            (orbit.arrivals * state[size - 1] + retries[size - 1]) / attempts,
            state[size - 1],
            queue * orbit.leaving / attempts,
            (orbit.arrivals * over(&state, &|k| answered[k]) + over(&retries, &|k| answered[k]))
                / attempts,
            over(&state, &|k| answered[k]),
            busy * orbit.service / orbit.arrivals,
            if agents > 0.0 { busy / agents } else { f64::NAN },
            queue,
        ]
    }
}

/// P(a call that finds so many in the system is answered within `threshold`), by the numbers of those ahead who are
/// gone by then.
fn answered_within(orbit: &Orbit, threshold: f64) -> Vec<f64> {
    let free = orbit.agents as usize;
    let queue = FiniteQueue {
        load: 0.0,
        capacity: orbit.agents * orbit.service,
        leaving: orbit.leaving,
        places: 1,
        threshold: threshold.min(LATEST / orbit.service),
        aht: 1.0,
    };
    let mut answered = vec![0.0; orbit.size()];
    for (state, share) in answered.iter_mut().enumerate().take(orbit.lines) {
        if state < free {
            *share = 1.0;
        } else {
            *share = answered_behind((state - free) as u32, &queue);
        }
    }
    answered
}
