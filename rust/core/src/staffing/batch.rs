//! Whole agents for a service level in Erlang C, the most frequent requirement, in blocks: an
//! approximation, then its neighbours.

use super::approximation::Approximation;
use super::goals::{Goal, Goals};
use crate::erlang::{Definition, Measure, Probability, Query, Queue, System, Within, Workspace};
use crate::lanes::{Arithmetic, BLOCK, Cells, InstructionSet, LANES, LaneGroup, LaneKernel, Lanes};

/// Rounds of trying the neighbours of an approximation; the search answers what is open then.
const ROUNDS: u32 = 6;

/// Loads from here on have no neighbouring whole numbers of agents.
const MOST: f64 = 1e12;

/// Load, its rounding error, handle time, threshold and target.
const ARGUMENTS: usize = 5;

/// Arguments in the lanes of cells that are not selected.
const NONE: [f64; ARGUMENTS] = [1.0, 0.0, 1.0, 0.0, 0.5];

/// A block of cells, a column for each argument, and memory for their queues.
pub(super) struct RequirementBlock {
    count: usize,
    arguments: [[f64; BLOCK]; ARGUMENTS],
    selected: [bool; BLOCK],
    queues: Workspace,
}

impl RequirementBlock {
    pub(super) fn empty() -> Self {
        let arguments = NONE.map(|argument| [argument; BLOCK]);
        Self { count: 0, arguments, selected: [false; BLOCK], queues: Workspace::empty() }
    }

    /// Selects the cells, up to [`BLOCK`], that have a requirement of this kind.
    pub(super) fn select<const K: usize>(
        &mut self,
        cells: &Cells<'_, K>,
        problem: &impl Fn([f64; K]) -> (System, Goals),
    ) -> &[bool] {
        self.count = cells.count();
        let mut room = [[1.0; LANES]; K];
        let (mut arguments, mut selected) = ([[0.0; LANES]; ARGUMENTS], [false; LANES]);
        for start in (0..self.count).step_by(LANES) {
            let group = cells.group(start, &mut room);
            InstructionSet::in_use().run(Select {
                group,
                problem,
                arguments: &mut arguments,
                selected: &mut selected,
            });
            for (column, lanes) in self.arguments.iter_mut().zip(&arguments) {
                column[start..start + LANES].copy_from_slice(lanes);
            }
            self.selected[start..start + LANES].copy_from_slice(&selected);
        }
        &self.selected[..self.count]
    }

    /// The agents of the cells selected; missing where the search has to find them.
    pub(super) fn solve(&mut self, answers: &mut [f64]) {
        let mut agents = self.approximations();
        let mut verdicts = [0.0; BLOCK];
        let arguments = self.arguments.each_ref().map(|argument| &argument[..self.count]);
        check_agents(
            &mut self.queues,
            &agents[..self.count],
            arguments,
            &mut verdicts[..self.count],
        );
        let mut open = Vec::new();
        for (i, answer) in (0..).zip(answers.iter_mut()) {
            let index = usize::from(i);
            *answer = agents[index];
            if verdicts[index] != EXACT || !self.selected[index] {
                *answer = f64::NAN;
                if self.selected[index] {
                    open.push(i);
                }
            }
        }
        for _ in 0..ROUNDS {
            for group in open.chunks(LANES) {
                self.try_neighbours(group, &mut agents, &mut verdicts);
            }
            open.retain(|&i| {
                let index = usize::from(i);
                if verdicts[index] == EXACT {
                    answers[index] = agents[index];
                }
                verdicts[index] == TOO_FEW || verdicts[index] == FEWER_DO
            });
        }
    }

    /// One agent more or fewer for the cells at `indices`, and the verdicts on that.
    fn try_neighbours(
        &mut self,
        indices: &[u16],
        agents: &mut [f64; BLOCK],
        verdicts: &mut [f64; BLOCK],
    ) {
        let (mut staffed, mut arguments, mut found) =
            ([0.0; LANES], [[0.0; LANES]; ARGUMENTS], [0.0; LANES]);
        for (lane, index) in indices.iter().map(|&index| usize::from(index)).enumerate() {
            agents[index] += if verdicts[index] == TOO_FEW { 1.0 } else { -1.0 };
            staffed[lane] = agents[index];
            for (lanes, argument) in arguments.iter_mut().zip(&self.arguments) {
                lanes[lane] = argument[index];
            }
        }
        let arguments = arguments.each_ref().map(|argument| &argument[..indices.len()]);
        let (staffed, found) = (&staffed[..indices.len()], &mut found[..indices.len()]);
        check_agents(&mut self.queues, staffed, arguments, found);
        for (&index, &verdict) in indices.iter().zip(&*found) {
            verdicts[usize::from(index)] = verdict;
        }
    }

    fn approximations(&self) -> [f64; BLOCK] {
        let mut approximations = [0.0; BLOCK];
        let [load, _, aht, threshold, target] =
            self.arguments.each_ref().map(|argument| argument.as_chunks::<LANES>().0);
        let (groups, _) = approximations.as_chunks_mut();
        for (i, agents) in groups.iter_mut().enumerate().take(self.count.div_ceil(LANES)) {
            InstructionSet::in_use().run(Approximation {
                load: &load[i],
                aht: &aht[i],
                threshold: &threshold[i],
                target: &target[i],
                agents,
            });
        }
        approximations
    }
}

/// Selects the cells of a group and takes their arguments.
struct Select<'a, Q, const K: usize> {
    group: LaneGroup<'a, K>,
    problem: &'a Q,
    arguments: &'a mut [Lanes; ARGUMENTS],
    selected: &'a mut [bool; LANES],
}

impl<Q: Fn([f64; K]) -> (System, Goals), const K: usize> LaneKernel for Select<'_, Q, K> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        for i in 0..LANES {
            let (cell, missing) = self.group.cell(i);
            let (system, goals) = (self.problem)(cell);
            let (arguments, selected) = arguments_of(&system, &goals);
            let selected = selected & !missing;
            for k in 0..ARGUMENTS {
                self.arguments[k][i] = if selected { arguments[k] } else { NONE[k] };
            }
            self.selected[i] = selected;
        }
    }
}

/// The arguments of a requirement, and whether it is of this kind.
#[inline(always)]
fn arguments_of(system: &System, goals: &Goals) -> ([f64; ARGUMENTS], bool) {
    let target = goals.only(Goal::ServiceLevel).unwrap_or(f64::NAN);
    let threshold = goals.level.threshold;
    let selected = (system.patience == f64::INFINITY)
        & (system.load > 0.0)
        & (system.load < MOST)
        & (target > 0.0)
        & (target < 1.0)
        & (threshold < f64::INFINITY);
    ([system.load, system.load_low, system.aht, threshold, target], selected)
}

/// Verdicts on a number of agents: it meets the target and one fewer does not; it does not; one fewer
/// does too; it does, and one fewer is within [`CLOSEST`] of the target.
const EXACT: f64 = 0.0;
const TOO_FEW: f64 = 1.0;
const FEWER_DO: f64 = 2.0;
const UNDECIDED: f64 = 3.0;

/// The verdicts on the numbers of agents.
fn check_agents(
    queues: &mut Workspace,
    agents: &[f64],
    [load, load_low, aht, threshold, target]: [&[f64]; ARGUMENTS],
    verdicts: &mut [f64],
) {
    let problem = |[agents, load, load_low, aht, threshold, target]: [f64; 6]| {
        let system = System { agents, load, load_low, aht, patience: f64::INFINITY };
        Query::about(system).within(threshold).with(target)
    };
    let operands = [agents, load, load_low, aht, threshold, target];
    queues.measure(operands, &problem, &Verdict, &mut [verdicts]);
}

/// The agents for one requirement, if it is of this kind and the search need not find them.
pub(super) fn alone(system: &System, goals: &Goals) -> Option<f64> {
    let ([load, _, aht, threshold, target], selected) = arguments_of(system, goals);
    if !selected {
        return None;
    }
    let mut approximation = [0.0];
    InstructionSet::in_use().run(Approximation {
        load: &[load],
        aht: &[aht],
        threshold: &[threshold],
        target: &[target],
        agents: &mut approximation,
    });
    let [mut agents] = approximation;
    for _ in 0..=ROUNDS {
        let queue = Queue::new(&system.with_agents(agents));
        let [verdict] = Verdict.of(&queue.within(threshold), target);
        if verdict == EXACT {
            return Some(agents);
        }
        if verdict == UNDECIDED {
            break;
        }
        agents += if verdict == TOO_FEW { 1.0 } else { -1.0 };
    }
    None
}

struct Verdict;

impl Measure<1> for Verdict {
    #[inline(always)]
    fn of(&self, within: &Within<'_>, target: f64) -> [f64; 1] {
        let enough = reaches(within.service_level(Definition::Offered), target);
        let fewer = within.service_level_of_one_fewer();
        let (fewer_enough, apart) = (reaches(fewer, target), fewer.distance_from(target));
        let of_enough = if fewer_enough { FEWER_DO } else { EXACT };
        let of_enough = if apart < CLOSEST { UNDECIDED } else { of_enough };
        [if enough { of_enough } else { TOO_FEW }]
    }
}

/// Relative distance from the target down to which the step to one agent fewer is trusted.
const CLOSEST: f64 = 1e-9;

/// Whether the service level is at least the target, by the rule of the goals.
#[inline(always)]
fn reaches(share: Probability, target: f64) -> bool {
    let by_side = if target >= 0.5 { share.q <= 1.0 - target } else { share.p >= target };
    by_side | (share.value() >= target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approximations_are_near_enough_for_their_neighbours_to_be_the_answer() {
        let (mut loads, mut targets, mut thresholds) = (Vec::new(), Vec::new(), Vec::new());
        for load in [0.01, 0.3, 1.0, 2.5, 9.7, 40.0, 99.5, 1000.25, 1e5, 1e9] {
            for target in [0.05, 0.5, 0.8, 0.95, 0.999] {
                for threshold in [0.0, 5.0, 20.0, 300.0] {
                    loads.push(load);
                    targets.push(target);
                    thresholds.push(threshold);
                }
            }
        }
        let problem = |[load, target, threshold]: [f64; 3]| {
            let level =
                crate::staffing::ServiceLevelRule { threshold, definition: Definition::Offered };
            let given = [true, false, false, false, false, false];
            let system = System::new(0.0, load, 180.0, f64::INFINITY);
            (system, Goals::new(given, [target; 6], level))
        };
        let mut block = RequirementBlock::empty();
        let cells = Cells::new([&loads, &targets, &thresholds]);
        assert!(block.select(&cells, &problem).iter().all(|&selected| selected));
        let mut answers = vec![0.0; loads.len()];
        block.solve(&mut answers);
        let far = answers.iter().filter(|answer| answer.is_nan()).count();
        // Far out, where a step of six agents is nothing, the search takes over.
        assert!(far * 20 <= loads.len(), "{far} of {}", loads.len());
    }
}
