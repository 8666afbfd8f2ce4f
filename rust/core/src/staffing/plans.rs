//! A row of a staffing plan: from calls and goals to people on the schedule.

use super::goals::{GOALS, Goal, Goals};
use super::requirements::required_agents;
use super::wide::WideProblem;
use crate::erlang::{Queue, System, WideModel, WideSystem};
use crate::error::Result;
use crate::numeric::search::Among;

/// A value within 1e-9 of a whole number is that number: the difference is rounding error.
const SNAP: f64 = 1e-9;

/// The whole number at or above `agents`, within 1e-9.
fn ceil_snapped(agents: f64) -> f64 {
    let nearest = agents.round();
    if (agents - nearest).abs() <= SNAP { nearest } else { agents.ceil() }
}

/// Scheduled agents of whom `agents` are at work, where the share `shrinkage` is away.
pub fn gross_up(agents: f64, shrinkage: f64) -> f64 {
    agents / (1.0 - shrinkage)
}

/// One shrinkage from two, the second as a share of the time that the first leaves.
pub fn combine_shrinkage(first: f64, second: f64) -> f64 {
    first + second * (1.0 - first)
}

/// The reason for a row's agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No agents are required.
    Nothing,
    /// One agent fewer would miss this goal.
    Bound(Goal),
    /// The minimum is more than the goals ask.
    Minimum,
    /// No number of agents meets this goal.
    Infeasible(Goal),
}

impl Reason {
    /// As a number of a column.
    fn number(self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Bound(goal) => f64::from(goal as u8) + 1.0,
            Self::Minimum => 7.0,
            Self::Infeasible(goal) => -f64::from(goal as u8) - 1.0,
        }
    }

    /// The reason that is `number` in the last column of [`row`]; None for a missing row.
    pub fn from_number(number: f64) -> Option<Self> {
        let all = GOALS.into_iter().flat_map(|goal| [Self::Bound(goal), Self::Infeasible(goal)]);
        all.chain([Self::Nothing, Self::Minimum]).find(|reason| reason.number() == number)
    }

    /// What binds: the goal that one agent fewer would miss, or the minimum; empty where nothing does.
    pub fn binding_goal(self) -> &'static str {
        match self {
            Self::Bound(goal) => goal.name(),
            Self::Minimum => "minimum",
            Self::Nothing | Self::Infeasible(_) => "",
        }
    }

    /// The goal that no number of agents meets; empty where there is none.
    pub fn unmet_goal(self) -> &'static str {
        if let Self::Infeasible(goal) = self { goal.name() } else { "" }
    }
}

/// The answer for one interval.
#[derive(Debug, Clone, Copy)]
struct Staffed {
    /// Agents needed at work.
    required: f64,
    /// People to schedule.
    scheduled: f64,
    /// Why.
    reason: Reason,
}

/// Calls, times and constraints of one interval. Missing is NaN.
#[derive(Debug, Clone, Copy)]
pub struct IntervalInput {
    /// Calls offered.
    pub calls: f64,
    /// Their mean handle time in seconds; ignored without calls.
    pub aht: f64,
    /// Length in seconds.
    pub interval: f64,
    /// Mean patience in seconds.
    pub patience: f64,
    /// Fewest agents.
    pub minimum: f64,
    /// Share of paid time away.
    pub shrinkage: f64,
}

/// A row of a plan: load, required and scheduled agents, service level, asa, abandonment, occupancy,
/// and the [`Reason`] as a number; all missing but the load where something it needs is missing.
///
/// # Errors
/// [`crate::Error::NotConverged`]
pub fn row(input: IntervalInput, goals: &Goals, among: Among) -> Result<[f64; 8]> {
    let IntervalInput { calls, aht, interval, patience, minimum, shrinkage } = input;
    let aht = if calls == 0.0 && aht.is_nan() { 1.0 } else { aht };
    let system = System::offered(0.0, calls, aht, interval, patience);
    let targets = goals.targets.into_iter().flatten();
    let needed = [patience, minimum, shrinkage, goals.level.threshold];
    if system.load.is_nan() || targets.chain(needed).any(f64::is_nan) {
        let mut missing = [f64::NAN; 8];
        missing[0] = system.load;
        return Ok(missing);
    }
    let staffed = staff(&system, goals, minimum, shrinkage, among)?;
    let [level, asa, abandonment, occupancy] = staffed.measures(&system, goals);
    Ok([
        system.load,
        staffed.required,
        staffed.scheduled,
        level,
        asa,
        abandonment,
        occupancy,
        staffed.reason.number(),
    ])
}

/// A [`row`] of an interval with limited lines, patience by its hazard, chats or an uncertain load; `certainty` is
/// missing where the mean over the load has to meet the goals.
///
/// # Errors
/// [`crate::Error::NotConverged`]
pub fn wide_row(
    input: IntervalInput,
    (model, goals, among): (&WideModel, &Goals, Among),
    (lines, load_cv, certainty): (f64, f64, f64),
) -> Result<[f64; 8]> {
    let IntervalInput { calls, aht, interval, patience, minimum, shrinkage } = input;
    let aht = if calls == 0.0 && aht.is_nan() { 1.0 } else { aht };
    let system = System::offered(0.0, calls, aht, interval, patience);
    let targets = goals.targets.into_iter().flatten();
    let needed = [patience, minimum, shrinkage, goals.level.threshold, lines, load_cv];
    if system.load.is_nan() || targets.chain(needed).any(f64::is_nan) {
        let mut missing = [f64::NAN; 8];
        missing[0] = system.load;
        return Ok(missing);
    }
    let wide = WideSystem { lines, load_cv, ..WideSystem::of(system) };
    let given = WideProblem { system: wide, model, goals };
    let problem = if certainty.is_nan() { given } else { given.at_quantile(certainty)? };
    let whole = |agents: f64| if among == Among::Whole { ceil_snapped(agents) } else { agents };
    let by_goals = problem.required_agents(among)?;
    if by_goals.is_nan() {
        let goal = match problem.unattainable() {
            Some(goal) => goal,
            None => problem
                .furthest(&problem.system.with_agents(lines.min(system.load * 2.0)))?
                .1
                .unwrap_or(Goal::ServiceLevel),
        };
        let reason = Reason::Infeasible(goal).number();
        let missing = f64::NAN;
        return Ok([system.load, missing, missing, missing, missing, missing, missing, reason]);
    }
    let required = whole(by_goals.max(minimum));
    let reason = if required > by_goals {
        Reason::Minimum
    } else if required == 0.0 {
        Reason::Nothing
    } else {
        let fewer = if among == Among::Whole { by_goals - 1.0 } else { by_goals * (1.0 - 1e-6) };
        let first = |agents: f64| problem.furthest(&problem.system.with_agents(agents));
        let bound = match first(fewer)?.1 {
            Some(goal) => Some(goal),
            None => first(by_goals)?.1,
        };
        Reason::Bound(bound.unwrap_or(Goal::ServiceLevel))
    };
    let row = wide.with_agents(required).row(
        model,
        goals.level.threshold,
        goals.level.definition,
        f64::NAN,
    )?;
    let scheduled = whole(gross_up(required, shrinkage));
    Ok([system.load, required, scheduled, row[3], row[5], row[4], row[8], reason.number()])
}

/// Agents for one interval; `system.agents` is ignored.
fn staff(
    system: &System,
    goals: &Goals,
    minimum: f64,
    shrinkage: f64,
    among: Among,
) -> Result<Staffed> {
    let whole = |agents: f64| if among == Among::Whole { ceil_snapped(agents) } else { agents };
    let by_goals = required_agents(system, goals, among)?;
    if by_goals.is_nan() {
        // Goals that can be met by no agents at all are the only reason but an endless load.
        let goal = goals.unattainable(system.patience).unwrap_or(Goal::ServiceLevel);
        return Ok(Staffed {
            required: f64::NAN,
            scheduled: f64::NAN,
            reason: Reason::Infeasible(goal),
        });
    }
    let required = whole(by_goals.max(minimum));
    let reason = if required > by_goals {
        Reason::Minimum
    } else if required == 0.0 {
        Reason::Nothing
    } else {
        Reason::Bound(binding(system, goals, by_goals, among))
    };
    Ok(Staffed { required, scheduled: whole(gross_up(required, shrinkage)), reason })
}

/// The goal that fails first with fewer agents.
fn binding(system: &System, goals: &Goals, agents: f64, among: Among) -> Goal {
    let fewer = match among {
        Among::Whole => agents - 1.0,
        Among::Real => agents * (1.0 - 1e-6),
    };
    let first = |agents| goals.furthest(&system.with_agents(agents)).1;
    // Where one agent fewer has no steady state, the goal nearest to its target.
    first(fewer).or_else(|| first(agents)).unwrap_or(Goal::ServiceLevel)
}

impl Staffed {
    /// Service level, asa, abandonment and occupancy with the required agents.
    fn measures(&self, system: &System, goals: &Goals) -> [f64; 4] {
        if self.required.is_nan() {
            return [f64::NAN; 4];
        }
        let queue = Queue::new(&system.with_agents(self.required));
        let level = queue.service_level(goals.level.threshold, goals.level.definition);
        [level.value(), queue.asa(), queue.abandonment(), queue.occupancy()]
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Reason, ceil_snapped};

    #[test]
    fn reasons_have_words_for_their_numbers() {
        for reason in [
            Reason::Nothing,
            Reason::Minimum,
            Reason::Bound(Goal::Asa),
            Reason::Infeasible(Goal::Occupancy),
        ] {
            assert_eq!(Reason::from_number(reason.number()), Some(reason));
        }
        assert_eq!(Reason::Bound(Goal::Asa).binding_goal(), "asa");
        assert_eq!(Reason::Infeasible(Goal::Occupancy).unmet_goal(), "occupancy");
        assert_eq!(Reason::from_number(f64::NAN), None);
    }

    #[test]
    fn what_rounding_left_over_is_no_agent() {
        assert_eq!(ceil_snapped(70.0 / (1.0 - 0.3)), 100.0);
        assert_eq!(ceil_snapped(13.0 + 1e-10), 13.0);
        assert_eq!(ceil_snapped(13.0 - 1e-10), 13.0);
        assert_eq!(ceil_snapped(13.0 + 1e-8), 14.0);
        assert_eq!(ceil_snapped(0.0), 0.0);
    }
}
