//! Requirements: the fewest agents for a load, the greatest load for agents.

use super::batch::{self, RequirementBlock};
use super::goals::Goals;
use super::search::{DOUBLINGS, RequirementSearch, not_converged};
use crate::erlang::{Query, System, for_each_queue};
use crate::error::Result;
use crate::lanes::{BLOCK, Cells};
use crate::numeric::search::{Among, Point, narrow};

/// Requirements that are cheaper one by one than as a block, for which room is made first.
const FEW: usize = 32;

/// Goals met at this load are met at any: beyond 1e140 erlangs Erlang A overflows.
const BOUNDLESS: f64 = 1e100;

/// The fewest agents that meet every goal, whole or fractional; missing where no number does.
///
/// `system.agents` is ignored. 0 without load, else at least one whole agent. The answer meets
/// the goals, and one agent fewer (the next smaller double but a few), where that is anybody at all,
/// does not: both are decided by the measures themselves.
///
/// # Errors
/// [`Error::NotConverged`]
pub fn required_agents(system: &System, goals: &Goals, among: Among) -> Result<f64> {
    if among == Among::Whole
        && let Some(agents) = batch::alone(system, goals)
    {
        return Ok(agents);
    }
    let mut search = RequirementSearch::new(system, goals, among);
    while let Some(Query { system: candidate, .. }) = search.candidate() {
        search.learn(goals.furthest(&candidate).0)?;
    }
    Ok(search.answer())
}

/// A block kernel of [`required_agents`], cell by cell the same; a cell with a missing operand is
/// missing.
///
/// All searches of a block go on together, so that their candidates are evaluated side by side. A block
/// of searches takes 128 KiB, which the allocator reuses without fresh pages from the system.
pub fn each_requirement<const K: usize>(
    among: Among,
    problem: impl Fn([f64; K]) -> (System, Goals) + Sync,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; 1]) -> Result<()> + Sync {
    move |operands, [output]| {
        if output.len() <= FEW {
            // So few would spend more time on filling a block than on their searches.
            for (i, answer) in output.iter_mut().enumerate() {
                let cell = operands.map(|operand| operand[i]);
                let missing = cell.iter().any(|v| v.is_nan());
                let (system, goals) = problem(cell);
                *answer = if missing { f64::NAN } else { required_agents(&system, &goals, among)? };
            }
            return Ok(());
        }
        let mut block = (among == Among::Whole).then(RequirementBlock::empty);
        let mut open = Vec::with_capacity(BLOCK);
        let mut systems = Vec::with_capacity(BLOCK);
        for (chunk, output) in output.chunks_mut(BLOCK).enumerate() {
            let part = chunk * BLOCK..chunk * BLOCK + output.len();
            let cells = Cells::new(operands.map(|operand| &operand[part.clone()]));
            output.fill(f64::NAN);
            if let Some(block) = &mut block
                && block.select(&cells, &problem).contains(&true)
            {
                block.solve(output);
            }
            for (i, _) in output.iter().enumerate().filter(|(_, answer)| answer.is_nan()) {
                let cell = cells.cell(i);
                if cell.iter().all(|v| !v.is_nan()) {
                    let (system, goals) = problem(cell);
                    open.push((i, RequirementSearch::new(&system, &goals, among)));
                }
            }
            while !open.is_empty() {
                systems.clear();
                open.retain(|(i, search)| {
                    let candidate = search.candidate();
                    match candidate {
                        Some(system) => systems.push(system),
                        None => output[*i] = search.answer(),
                    }
                    candidate.is_some()
                });
                for_each_queue(&systems, |i, within| open[i].1.learn_from(within))?;
            }
        }
        Ok(())
    }
}

/// The greatest load that still meets every goal; infinite where any load does.
///
/// `system.load` is ignored.
///
/// # Errors
/// [`Error::NotConverged`]
pub fn max_load(system: &System, goals: &Goals) -> Result<f64> {
    if goals.unattainable(system.patience).is_some() {
        return Ok(0.0);
    }
    let point = |load: f64| Point { x: load, value: goals.furthest(&system.with_load(load)).0 };
    if system.agents == 0.0 {
        // Nothing changes with the load where there is nobody to serve it.
        return Ok(if point(1.0).value <= 0.0 { f64::INFINITY } else { 0.0 });
    }
    let start = point(system.agents);
    let (mut good, mut bad) = (start, start);
    if start.value > 0.0 {
        for _ in 0..DOUBLINGS {
            good = point(bad.x / 2.0);
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
            bad = point(good.x * 2.0);
            if bad.value > 0.0 {
                break;
            }
            good = bad;
        }
    }
    narrow(good, bad, Among::Real, |load| point(load).value)
        .map_err(|_| not_converged("max_load", system, goals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::Definition;
    use crate::staffing::ServiceLevelRule;

    #[test]
    fn a_block_answers_as_each_problem_alone() {
        let level = ServiceLevelRule { threshold: 20.0, definition: Definition::Offered };
        let given = [true, true, false, false, false, true];
        let problem = |[load, share, patience]: [f64; 3]| {
            let goals = Goals::new(given, [share, 30.0, 0.0, 0.0, 0.0, 0.6], level);
            (System::new(0.0, load, 180.0, patience), goals)
        };
        let mut columns = [const { Vec::new() }; 3];
        for load in [0.0, 1e-3, 0.7, 4.0, 31.4, 99.9, 140.0, 2500.5, 1e6, f64::NAN] {
            for share in [0.0, 0.5, 0.8, 0.999, 1.0] {
                for patience in [0.0, 1.0, 150.0, f64::INFINITY] {
                    for (column, value) in columns.iter_mut().zip([load, share, patience]) {
                        column.push(value);
                    }
                }
            }
        }
        for among in [Among::Whole, Among::Real] {
            let mut found = vec![0.0; columns[0].len()];
            let operands = columns.each_ref().map(Vec::as_slice);
            each_requirement(among, problem)(operands, &mut [&mut found]).unwrap();
            for (i, found) in found.into_iter().enumerate() {
                let cell = operands.map(|operand| operand[i]);
                let (system, goals) = problem(cell);
                let alone = required_agents(&system, &goals, among).unwrap();
                let alone = if cell[0].is_nan() { f64::NAN } else { alone };
                assert!(found == alone || found.is_nan() && alone.is_nan(), "{cell:?}: {found}");
            }
        }
    }
}
