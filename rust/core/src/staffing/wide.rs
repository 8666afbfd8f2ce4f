//! Requirements of systems beyond Erlang A.

use super::goals::{GOALS, Goal, GoalFigures, Goals};
use super::requirements::required_agents;
use crate::erlang::{Definition, Probability, System, WideFigures, WideModel, WideSystem};
use crate::error::{Error, Result};
use crate::numeric::gamma;
use crate::numeric::search::{Among, Bracket, Point};
use crate::numeric::tail::Tail;

/// Doublings that lead from the smallest double to the greatest and back.
const DOUBLINGS: u32 = 2200;
/// Goals met at this load are met at any.
const BOUNDLESS: f64 = 1e100;
/// More agents or lines than anybody has.
const MOST: f64 = 1e15;
/// The least fraction of an agent that is looked for.
const SOMEBODY: f64 = 1e-9;

impl GoalFigures for WideFigures {
    fn service_level(&self, _definition: Definition) -> Probability {
        self.service_level
    }

    fn asa(&self) -> f64 {
        self.asa
    }

    fn mean_wait(&self) -> f64 {
        self.mean_wait
    }

    fn abandonment(&self) -> f64 {
        self.abandonment
    }

    fn occupancy(&self) -> f64 {
        self.occupancy
    }

    fn wait_probability(&self) -> f64 {
        self.wait_probability
    }
}

/// A staffing problem beyond Erlang A.
#[derive(Debug, Clone, Copy)]
pub struct WideProblem<'a> {
    /// Its agents, load or reserve are ignored where they are sought.
    pub system: WideSystem,
    /// What the cells of a call share.
    pub model: &'a WideModel,
    /// What has to be met.
    pub goals: &'a Goals,
}

impl WideProblem<'_> {
    /// The goal that `system` is furthest from, and how far: all are met where that is <= 0.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub(super) fn furthest(&self, system: &WideSystem) -> Result<(f64, Option<Goal>)> {
        if system.system.load == 0.0 {
            return Ok((f64::NEG_INFINITY, None));
        }
        let goals = self.goals;
        let given = |goal: Goal| goals.targets[goal as usize].is_some();
        let threshold = if given(Goal::ServiceLevel) { goals.level.threshold } else { f64::NAN };
        let figures =
            system.figures(self.model, threshold, goals.level.definition, given(Goal::Asa))?;
        if figures.mean_wait == f64::INFINITY && system.load_cv == 0.0 {
            return Ok((f64::INFINITY, None));
        }
        Ok(goals.furthest_in(&figures))
    }

    /// The first goal that no number of agents meets exactly under any load.
    pub(super) fn unattainable(&self) -> Option<Goal> {
        let WideSystem { system, lines, load_cv, .. } = self.system;
        let limited = lines < f64::INFINITY || load_cv > 0.0;
        let strict =
            matches!(self.goals.level.definition, Definition::Offered | Definition::Virtual);
        let leaves = self.model.hazard.as_ref().is_some_and(|hazard| hazard.endless() < 1.0);
        // Some who hang up are what matters, not their mean.
        let patience = match &self.model.hazard {
            Some(_) if leaves => 1.0,
            Some(_) => f64::INFINITY,
            None => system.patience,
        };
        GOALS
            .into_iter()
            .zip(self.goals.targets)
            .find_map(|(goal, target)| {
                let never = goal == Goal::ServiceLevel && target? >= 1.0 && limited && strict;
                never.then_some(goal)
            })
            .or_else(|| self.goals.unattainable(patience))
    }

    /// The fewest agents that meet every goal, whole or fractional, at most as many as there are lines; missing where
    /// no number does. 0 without load.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn required_agents(&self, among: Among) -> Result<f64> {
        let WideSystem { system, lines, .. } = self.system;
        if system.load == 0.0 {
            return Ok(0.0);
        }
        if self.unattainable().is_some() || !system.load.is_finite() {
            return Ok(f64::NAN);
        }
        let value =
            |agents: f64| self.furthest(&self.system.with_agents(agents)).map(|found| found.0);
        let whole = among == Among::Whole;
        let floor = if whole { 0.0 } else { SOMEBODY };
        let start = self.start().clamp(1.0, MOST);
        let start = if whole { start.ceil() } else { start };
        if !whole && value(floor)? <= 0.0 {
            return Ok(if value(0.0)? <= 0.0 { 0.0 } else { floor });
        }
        let step = if whole { 1.0 } else { 0.1 * system.load.sqrt() };
        let nothing = Point { x: floor, value: f64::INFINITY };
        self.search("required_agents", value, nothing, (start.min(lines), step, lines), among)
    }

    /// About as many agents as are needed: by Erlang A at the mean hazard up to the threshold.
    fn start(&self) -> f64 {
        let WideSystem { system, load_cv, .. } = self.system;
        let threshold = self.goals.level.threshold;
        let time = if threshold > 0.0 && threshold.is_finite() { threshold } else { 20.0 };
        let patience = match &self.model.hazard {
            Some(hazard) => 1.0 / hazard.mean_rate(time),
            None => system.patience,
        };
        let speed = match self.model.slowdown.as_slice() {
            [] => 1.0,
            [.., last] => self.model.slowdown.len() as f64 / last,
        };
        let load = system.load / speed * (1.0 + load_cv);
        let known = System { patience, ..system.with_load(load) };
        match required_agents(&known, self.goals, Among::Whole) {
            Ok(agents) if agents > 0.0 => agents,
            _ => load,
        }
    }

    /// The least number that is good, from a guess, with a bad one below; missing where the greatest is bad.
    fn search(
        &self,
        what: &'static str,
        value: impl Fn(f64) -> Result<f64>,
        nothing: Point,
        (start, mut step, greatest): (f64, f64, f64),
        among: Among,
    ) -> Result<f64> {
        let lost = || Error::NotConverged { what, arguments: format!("{:?}", self.system) };
        let mut here = Point { x: start, value: value(start)? };
        let (mut good, mut bad);
        if here.value <= 0.0 {
            good = here;
            loop {
                let next = good.x - step;
                if next <= nothing.x {
                    bad = nothing;
                    break;
                }
                here = Point { x: next, value: value(next)? };
                if here.value > 0.0 {
                    bad = here;
                    break;
                }
                good = here;
                step *= 2.0;
            }
        } else {
            bad = here;
            loop {
                if bad.x >= greatest.min(MOST) {
                    return Ok(f64::NAN);
                }
                let next = (bad.x + step).min(greatest);
                here = Point { x: next, value: value(next)? };
                if here.value <= 0.0 {
                    good = here;
                    break;
                }
                bad = here;
                step *= 2.0;
            }
        }
        let mut bracket = Bracket::new(good, bad, among);
        while let Some(x) = bracket.candidate().map_err(|_| lost())? {
            bracket.learn(Point { x, value: value(x)? });
        }
        Ok(bracket.answer())
    }

    /// The greatest load that still meets every goal; infinite where any load does, 0 where none.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn max_load(&self) -> Result<f64> {
        if self.unattainable().is_some() {
            return Ok(0.0);
        }
        let value = |load: f64| self.furthest(&self.system.with_load(load)).map(|found| found.0);
        let agents = self.system.system.agents;
        if agents == 0.0 {
            return Ok(if value(1.0)? <= 0.0 { f64::INFINITY } else { 0.0 });
        }
        let start = Point { x: agents, value: value(agents)? };
        let (mut good, mut bad) = (start, start);
        if start.value > 0.0 {
            for _ in 0..DOUBLINGS {
                let x = bad.x / 2.0;
                good = Point { x, value: value(x)? };
                if good.value <= 0.0 {
                    break;
                }
                bad = good;
            }
        } else {
            for _ in 0..DOUBLINGS {
                if good.x > BOUNDLESS {
                    return Ok(f64::INFINITY);
                }
                let x = good.x * 2.0;
                bad = Point { x, value: value(x)? };
                if bad.value > 0.0 {
                    break;
                }
                good = bad;
            }
        }
        let mut bracket = Bracket::new(good, bad, Among::Real);
        while let Some(x) = bracket.candidate()? {
            bracket.learn(Point { x, value: value(x)? });
        }
        Ok(bracket.answer())
    }

    /// The fewest agents to keep free of jobs; missing where all are too few.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn required_reserved(&self) -> Result<f64> {
        let agents = self.system.system.agents;
        if self.system.system.load == 0.0 {
            return Ok(0.0);
        }
        let value = |reserved: f64| {
            self.furthest(&WideSystem { reserved, ..self.system }).map(|found| found.0)
        };
        if value(0.0)? <= 0.0 {
            return Ok(0.0);
        }
        let nothing = Point { x: 0.0, value: f64::INFINITY };
        let start = agents.min((agents - self.system.system.load).max(1.0).ceil());
        if agents == 0.0 {
            return Ok(f64::NAN);
        }
        self.search("required_reserved", value, nothing, (start, 1.0, agents), Among::Whole)
    }

    /// The fewest lines that block at most the share `blocking`; missing where no number does.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn required_lines(&self, blocking: f64) -> Result<f64> {
        let system = &self.system.system;
        if system.load == 0.0 {
            return Ok(0.0);
        }
        // What is blocked however many lines there are.
        let leaves = match &self.model.hazard {
            Some(hazard) => hazard.endless(),
            None if system.patience == f64::INFINITY => 1.0,
            None => 0.0,
        };
        let limit = if leaves > 0.0 { 1.0 - system.agents / (system.load * leaves) } else { 0.0 };
        if blocking <= limit.max(0.0) {
            return Ok(f64::NAN);
        }
        let value = |lines: f64| -> Result<f64> {
            let system = WideSystem { lines, ..self.system };
            let waits = crate::erlang::WantedWaits::default();
            let [blocked] =
                system.measure(self.model, f64::NAN, waits, |outcome| [outcome.blocking()])?;
            Ok(if blocked <= blocking {
                (blocked / blocking).ln().min(0.0)
            } else {
                (blocked / blocking).ln().max(f64::MIN_POSITIVE)
            })
        };
        let nothing = Point { x: 0.0, value: f64::INFINITY };
        let start = system.agents.ceil().max(1.0);
        self.search("required_lines", value, nothing, (start, 1.0, f64::INFINITY), Among::Whole)
    }

    /// P(an interval meets the goals), where the load is uncertain.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn probability(&self) -> Result<f64> {
        let WideSystem { system, load_cv, .. } = self.system;
        let known = Self { system: WideSystem { load_cv: 0.0, ..self.system }, ..*self };
        if load_cv == 0.0 || system.load == 0.0 {
            let met = known.unattainable().is_none() && known.furthest(&known.system)?.0 <= 0.0;
            return Ok(if met || system.load == 0.0 { 1.0 } else { 0.0 });
        }
        let most = known.max_load()?;
        let shape = 1.0 / (load_cv * load_cv);
        Ok(if most == f64::INFINITY {
            1.0
        } else {
            gamma::tails(shape, shape * (most / system.load)).lower
        })
    }

    /// The same problem at the load that is exceeded with probability 1 - `certainty`, and known.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn at_quantile(&self, certainty: f64) -> Result<Self> {
        let WideSystem { system, load_cv, .. } = self.system;
        if load_cv == 0.0 {
            return Ok(*self);
        }
        let shape = 1.0 / (load_cv * load_cv);
        let tail =
            if certainty < 0.5 { Tail::Lower(certainty) } else { Tail::Upper(1.0 - certainty) };
        let share = gamma::quantile(shape, tail)? / shape;
        let load = system.load * share;
        Ok(Self { system: WideSystem { load_cv: 0.0, ..self.system.with_load(load) }, ..*self })
    }
}
