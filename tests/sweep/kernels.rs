//! What the core answers: the only file of the sweep that knows its functions.

use callstats_core::erlang::{
    Definition, Measure, Query, Queue, System, Within, each_answer, each_queue,
};
use callstats_core::numeric::search::Among;
use callstats_core::staffing::{
    Goals, ServiceLevelRule, each_line_requirement, each_requirement, max_load, required_agents,
    required_lines,
};

use crate::cells::Cell;

/// In the order of [`Queue::measures`](crate::integrals::Queue::measures).
pub(crate) const DEFINITIONS: [Definition; 5] = [
    Definition::Offered,
    Definition::Answered,
    Definition::ExcludeAbandonedWithin,
    Definition::CountAbandonedWithin,
    Definition::Virtual,
];

/// Everything that is asked of one queue. The complement of a share is an answer of its own: goals are
/// judged by the smaller of the two.
pub(crate) const MEASURES: [&str; 22] = [
    "wait_probability",
    "1 - wait_probability",
    "service_level offered",
    "service_level answered",
    "service_level exclude_abandoned_within",
    "service_level count_abandoned_within",
    "service_level virtual",
    "1 - service_level offered",
    "1 - service_level answered",
    "1 - service_level exclude_abandoned_within",
    "1 - service_level count_abandoned_within",
    "1 - service_level virtual",
    "abandonment",
    "asa",
    "mean_wait",
    "mean_wait_abandoned",
    "queue_length",
    "occupancy",
    "wait_survival",
    "trunk_load",
    "blocking",
    "wait_quantile",
];

/// The index of `wait_quantile`, which is judged by the wait's distribution.
pub(crate) const QUANTILE: usize = 21;
/// The index of `blocking`.
const BLOCKING: usize = 20;
/// The index of `trunk_load`, which more agents may raise or lower.
pub(crate) const TRUNK_LOAD: usize = 19;

pub(crate) type Answers = [f64; MEASURES.len()];

fn system(cell: &Cell) -> System {
    let Cell { agents, load, load_low, aht, patience, .. } = *cell;
    System { agents, load, load_low, aht, patience }
}

/// Everything that columns of one kernel can give: all but the last two.
struct All;

impl Measure<BLOCKING> for All {
    fn of(&self, within: &Within<'_>, hold_time: f64) -> [f64; BLOCKING] {
        let mut answers = [f64::NAN; BLOCKING];
        let queue = within.queue;
        let wait = queue.wait();
        answers[0] = wait.p;
        answers[1] = wait.q;
        for (i, definition) in DEFINITIONS.into_iter().enumerate() {
            let level = within.service_level(definition);
            answers[2 + i] = level.p;
            answers[7 + i] = level.q;
        }
        answers[12..].copy_from_slice(&[
            queue.abandonment(),
            queue.asa(),
            queue.mean_wait(),
            queue.mean_wait_abandoned(),
            queue.queue_length(),
            queue.occupancy(),
            within.survival(),
            queue.trunk_load(hold_time),
        ]);
        answers
    }
}

/// One cell alone.
pub(crate) fn alone(cell: &Cell) -> Answers {
    let queue = Queue::new(&system(cell));
    let mut answers = [f64::NAN; MEASURES.len()];
    let all = All.of(&queue.within(cell.threshold), cell.hold_time);
    answers[..BLOCKING].copy_from_slice(&all);
    answers[BLOCKING] =
        Queue::new(&System::new(cell.agents, cell.load, 1.0, 0.0)).wait_probability();
    // What does not converge is no number.
    answers[QUANTILE] = queue.wait_quantile(cell.quantile).unwrap_or(f64::NAN);
    answers
}

fn columns(cells: &[Cell]) -> [Vec<f64>; 8] {
    let column = |field: fn(&Cell) -> f64| cells.iter().map(field).collect();
    [
        column(|c| c.agents),
        column(|c| c.load),
        column(|c| c.load_low),
        column(|c| c.aht),
        column(|c| c.patience),
        column(|c| c.threshold),
        column(|c| c.quantile),
        column(|c| c.hold_time),
    ]
}

/// A block of cells by the kernel of columns.
pub(crate) fn block(cells: &[Cell]) -> Vec<Answers> {
    let columns = columns(cells);
    let operands = columns.each_ref().map(Vec::as_slice);
    let mut outputs = [const { Vec::new() }; MEASURES.len()];
    for output in &mut outputs {
        output.resize(cells.len(), 0.0);
    }
    let mut slices = outputs.each_mut().map(Vec::as_mut_slice);
    let (all, rest) = slices.split_at_mut(BLOCKING);
    let [lost, quantile] = rest else { unreachable!("two are left") };
    let all: &mut [&mut [f64]; BLOCKING] = all.try_into().expect("all but two");
    let query = |operands| {
        let cell = Cell::from_fields(operands);
        Query::about(system(&cell)).within(cell.threshold).with(cell.hold_time)
    };
    each_queue(query, All)(operands, all).expect("no cell fails");
    let lines = |[lines, load]: [f64; 2]| Query::about(System::new(lines, load, 1.0, 0.0));
    let operands_of_lines = [operands[0], operands[1]];
    each_queue(lines, Queue::wait_probability)(operands_of_lines, &mut [lost])
        .expect("no cell fails");
    let kernel = each_answer(
        |operands: [f64; 8]| system(&Cell::from_fields(operands)),
        |queue, [.., q, _]| Ok(queue.wait_quantile(q).unwrap_or(f64::NAN)),
    );
    kernel(operands, &mut [quantile]).expect("no cell fails");
    (0..cells.len()).map(|i| outputs.each_ref().map(|output| output[i])).collect()
}

/// Targets in the order of the core's goals: service level, asa, mean wait, abandonment, occupancy,
/// wait probability; missing where not asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) targets: [f64; 6],
    /// The index in [`DEFINITIONS`].
    pub(crate) definition: usize,
    /// Of lines; asked for on its own.
    pub(crate) blocking: f64,
}

fn goals(cell: &Cell, wanted: &Wanted) -> Goals {
    let level =
        ServiceLevelRule { threshold: cell.threshold, definition: DEFINITIONS[wanted.definition] };
    Goals::new(wanted.targets.map(|target| !target.is_nan()), wanted.targets, level)
}

/// Whether the public measures meet every target.
pub(crate) fn meets(cell: &Cell, wanted: &Wanted) -> bool {
    let queue = Queue::new(&system(cell));
    if queue.is_unstable() {
        return false;
    }
    let level = queue.service_level(cell.threshold, DEFINITIONS[wanted.definition]).value();
    let caps = [
        queue.asa(),
        queue.mean_wait(),
        queue.abandonment(),
        queue.occupancy(),
        queue.wait_probability(),
    ];
    let [share, limits @ ..] = wanted.targets;
    (share.is_nan() || level >= share)
        && caps.into_iter().zip(limits).all(|(got, cap)| cap.is_nan() || got <= cap)
}

/// Fewest agents, whole and fractional, and the greatest load; missing where a search gives up.
pub(crate) fn inverses(cell: &Cell, wanted: &Wanted) -> [f64; 3] {
    let (system, goals) = (system(cell), goals(cell, wanted));
    [
        required_agents(&system, &goals, Among::Whole),
        required_agents(&system, &goals, Among::Real),
        max_load(&system, &goals),
    ]
    .map(|answer| answer.unwrap_or(f64::NAN))
}

/// Fewest agents by the kernels of columns, whole and fractional; none where a cell of the block fails.
pub(crate) fn requirements(cells: &[Cell], wanted: &[Wanted]) -> [Option<Vec<f64>>; 2] {
    let positions: Vec<f64> = (0..cells.len()).map(|i| i as f64).collect();
    [Among::Whole, Among::Real].map(|among| {
        let mut found = vec![0.0; cells.len()];
        let query = |[position]: [f64; 1]| {
            let i = position as usize;
            (system(&cells[i]), goals(&cells[i], &wanted[i]))
        };
        // A cell that fails is told of when it is asked alone.
        let whole = each_requirement(among, query)([&positions], &mut [&mut found]);
        whole.ok().map(|()| found)
    })
}

/// Fewest lines, alone.
pub(crate) fn lines_alone(cell: &Cell, wanted: &Wanted) -> f64 {
    required_lines(cell.load, wanted.blocking).unwrap_or(f64::NAN)
}

/// Fewest lines by the kernel of columns.
pub(crate) fn lines(cells: &[Cell], wanted: &[Wanted]) -> Vec<f64> {
    let loads: Vec<f64> = cells.iter().map(|cell| cell.load).collect();
    let shares: Vec<f64> = wanted.iter().map(|wanted| wanted.blocking).collect();
    let mut found = vec![0.0; cells.len()];
    each_line_requirement()([&loads, &shares], &mut [&mut found]).expect("no cell fails");
    found
}
