//! The search for the fewest agents, one candidate at a time.

use super::goals::{Goal, Goals};
use super::many_servers::near_requirement;
use crate::erlang::{Query, System, Within};
use crate::error::{Error, Result};
use crate::numeric::search::{Among, Bracket, Point};

/// Doublings that lead from the smallest double to the greatest and back.
pub(super) const DOUBLINGS: u32 = 2200;

/// How fast the logarithm of a measure falls with the agents, times the root of the load; good enough
/// for a leap that mostly lands beyond the answer.
const USUAL_SLOPE: f64 = 1.6;
/// A leap goes this much further than the estimate, so that the answer is then bracketed.
const BEYOND: f64 = 1.2;

/// The least fraction of an agent: where nobody at all is too few and the least is enough, there is no
/// fewest.
const SOMEBODY: f64 = 1e-9;

/// Stage of the search.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// At its first candidate.
    Start,
    /// Going up from too few agents.
    Up(Point),
    /// Going down from enough.
    Down(Point),
    /// At the least agents there may be, from enough.
    Bottom(Point),
    /// The answer is between two.
    Between(Bracket),
    /// Answered.
    Over(f64),
}

/// A search for the fewest agents that meet every goal. Its caller evaluates the candidates, so that
/// many searches can go on side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequirementSearch {
    /// With the candidate's agents.
    system: System,
    goals: Goals,
    among: Among,
    /// The least agents there may be: too few, or not looked at yet.
    bottom: Point,
    is_bottom_known: bool,
    step: f64,
    steps: u32,
    stage: Stage,
}

impl RequirementSearch {
    /// `system.agents` is ignored.
    pub(super) fn new(system: &System, goals: &Goals, among: Among) -> Self {
        let load = system.load;
        let patient = system.patience == f64::INFINITY;
        // Nothing below the load is stable without patience; with it the search starts from nobody, but
        // whole agents from one: calls that all hang up at once can meet a goal and are not served.
        let floor = match (patient, among) {
            (true, Among::Whole) => load.ceil() - 1.0,
            (true, Among::Real) => load.next_down(),
            (false, Among::Whole) => 1.0,
            (false, Among::Real) => 0.0,
        };
        let mut search = Self {
            system: system.with_agents(floor),
            goals: *goals,
            among,
            bottom: Point { x: floor, value: f64::INFINITY },
            is_bottom_known: true,
            step: 0.0,
            steps: 0,
            stage: Stage::Start,
        };
        if load == 0.0 {
            search.stage = Stage::Over(0.0);
        } else if goals.unattainable(system.patience).is_some() || !load.is_finite() {
            search.stage = Stage::Over(f64::NAN);
        } else if among == Among::Whole && !patient {
            // A whole agent is hardly ever enough: looked at where the search comes down to it.
            search.is_bottom_known = false;
            search.system.agents = search.start();
        } else {
            search.bottom.value = goals.furthest(&search.system).0;
            if search.bottom.value > 0.0 && !patient && among == Among::Real {
                search.system.agents = SOMEBODY;
                let value = goals.furthest(&search.system).0;
                search.bottom = Point { x: SOMEBODY, value };
            }
            if search.bottom.value <= 0.0 {
                search.stage = Stage::Over(search.bottom.x);
            } else {
                search.system.agents = search.start();
            }
        }
        search
    }

    fn whole(&self, agents: f64) -> f64 {
        if self.among == Among::Whole { agents.ceil() } else { agents }
    }

    /// The first candidate: the load that has to be borne, and some reserve.
    fn start(&self) -> f64 {
        let load = self.system.load;
        let reserve = 0.5 * load.sqrt();
        let cap = self.goals.targets[Goal::Occupancy as usize].unwrap_or(1.0).min(1.0);
        let near = near_requirement(&self.system, &self.goals);
        let start = match near {
            Some(agents) if !self.is_bottom_known => agents,
            _ => load * self.goals.fluid(self.system.patience) + reserve,
        };
        let start = start.max(load / cap);
        if near.is_some() && !self.is_bottom_known {
            return self.whole(start).max(self.bottom.x + 1.0);
        }
        self.whole(start.max(self.bottom.x + self.whole(reserve)))
    }

    /// How far to go from a candidate that is `value` from its goals.
    fn leap(&self, value: f64) -> f64 {
        let System { load, aht, patience, .. } = self.system;
        let spread = load.sqrt();
        let mut slope = USUAL_SLOPE / spread;
        let levelled = self.goals.targets[Goal::ServiceLevel as usize].is_some();
        if levelled && patience == f64::INFINITY {
            slope += self.goals.level.threshold / aht;
        }
        let leap = BEYOND * value.abs() / slope;
        let leap = if leap.is_finite() { leap } else { 0.5 * spread };
        self.whole(leap.max(0.02 * spread))
    }

    /// The next candidate; None once the answer is known.
    pub(super) fn candidate(&self) -> Option<Query> {
        (!matches!(self.stage, Stage::Over(_))).then(|| self.goals.query(self.system))
    }

    /// The answer, once there is no candidate.
    pub(super) fn answer(&self) -> f64 {
        if let Stage::Over(agents) = self.stage { agents } else { f64::NAN }
    }

    /// [`learn`](Self::learn) from the candidate's queue.
    pub(super) fn learn_from(&mut self, within: &Within<'_>) -> Result<()> {
        self.learn(self.goals.furthest_of(within).0)
    }

    /// Takes the candidate's distance from its goals.
    pub(super) fn learn(&mut self, value: f64) -> Result<()> {
        let point = Point { x: self.system.agents, value };
        let enough = value <= 0.0;
        match self.stage {
            Stage::Start => {
                self.step = self.leap(value);
                if enough {
                    return self.down(point);
                }
                self.up(point);
            }
            Stage::Up(bad) if enough => return self.between(Bracket::new(point, bad, self.among)),
            Stage::Up(_) => self.up(point),
            Stage::Down(_) if enough => return self.down(point),
            Stage::Down(good) => return self.between(Bracket::new(good, point, self.among)),
            Stage::Bottom(_) if enough => self.stage = Stage::Over(point.x),
            Stage::Bottom(good) => {
                (self.bottom, self.is_bottom_known) = (point, true);
                return self.between(Bracket::new(good, point, self.among));
            }
            Stage::Between(mut bracket) => {
                bracket.learn(point);
                return self.between(bracket);
            }
            Stage::Over(_) => {}
        }
        Ok(())
    }

    fn up(&mut self, bad: Point) {
        self.go(bad.x + self.step);
        let lost = self.steps > DOUBLINGS || !self.system.agents.is_finite();
        self.stage = if lost { Stage::Over(f64::NAN) } else { Stage::Up(bad) };
    }

    fn down(&mut self, good: Point) -> Result<()> {
        let next = good.x - self.step;
        if next > self.bottom.x {
            self.go(next);
            self.stage = Stage::Down(good);
            return Ok(());
        }
        if !self.is_bottom_known {
            self.go(self.bottom.x);
            self.stage = Stage::Bottom(good);
            return Ok(());
        }
        self.between(Bracket::new(good, self.bottom, self.among))
    }

    /// To the next candidate, twice as far as last time.
    fn go(&mut self, agents: f64) {
        self.system.agents = agents;
        self.step *= 2.0;
        self.steps += 1;
    }

    fn between(&mut self, bracket: Bracket) -> Result<()> {
        let candidate = bracket
            .candidate()
            .map_err(|_| not_converged("required_agents", &self.system, &self.goals))?;
        self.stage = match candidate {
            Some(agents) => {
                self.system.agents = agents;
                Stage::Between(bracket)
            }
            None => Stage::Over(bracket.answer()),
        };
        Ok(())
    }
}

pub(super) fn not_converged(what: &'static str, system: &System, goals: &Goals) -> Error {
    Error::NotConverged { what, arguments: format!("{system:?} and {goals:?}") }
}
