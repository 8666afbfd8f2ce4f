//! Columns of systems, evaluated in blocks: systems of one model together, their gamma tails in lanes.

use std::ops::Range;

use super::impatient::{AfterTime, Elapsed, Impatient, TailArgument};
use super::queue::{ModelKind, Queue};
use super::system::System;
use super::within::Within;
use crate::error::Result;
use crate::lanes::{
    Arithmetic, BLOCK, Cells, InstructionSet, LANES, LaneGroup, LaneKernel, Lanes, Sorted,
};
use crate::numeric::gamma_tails::{Lower, lowers, uppers};

/// A system, and the arguments of the measure that is wanted of it.
#[derive(Debug, Clone, Copy)]
pub struct Query {
    /// The system.
    pub system: System,
    /// Threshold in seconds; NaN where the measure has none.
    pub time: f64,
    /// A further argument of the measure, its hold time or its target; NaN where it has none.
    pub operand: f64,
}

impl Query {
    /// A query whose measure needs the system alone.
    #[inline(always)]
    pub fn about(system: System) -> Self {
        Self { system, time: f64::NAN, operand: f64::NAN }
    }

    /// The same query with a threshold of `time` seconds.
    #[must_use]
    #[inline(always)]
    pub fn within(self, time: f64) -> Self {
        Self { time, ..self }
    }

    /// The same query with a further argument of the measure.
    #[must_use]
    #[inline(always)]
    pub fn with(self, operand: f64) -> Self {
        Self { operand, ..self }
    }

    /// The measures of this system, outside a block.
    fn evaluate<const M: usize, F: Measure<M>>(&self, measure: &F) -> [f64; M] {
        let queue = Queue::new(&self.system);
        let within = queue.within(self.time);
        let within = if F::WAITS { within.with_waits() } else { within };
        measure.of(&within, self.operand)
    }
}

/// Measures of a queue, of its calls by the threshold, and of the query's further argument.
pub trait Measure<const M: usize>: Sync {
    /// Whether the mean wait of answered calls is among them: in Erlang A it costs as much as all else.
    const WAITS: bool = false;

    /// Whether the query's time is looked at: two exponentials and eight columns are left out where not.
    const TIMED: bool = true;

    /// The measures; to be `#[inline(always)]`, as every lane kernel.
    fn of(&self, within: &Within<'_>, operand: f64) -> [f64; M];
}

/// Systems that are cheaper one by one than as a block, of which 17 to 56 KiB are filled first.
const FEW: usize = 6;

/// A column of a block, with room for a whole group of lanes behind its last system.
type BlockColumn = [f64; BLOCK + LANES];

/// The lanes of a column from index `start` on.
#[inline(always)]
fn lanes(column: &BlockColumn, start: usize) -> &Lanes {
    column[start..].first_chunk().expect("a column has room for a group behind its last system")
}

#[inline(always)]
fn lanes_mut(column: &mut BlockColumn, start: usize) -> &mut Lanes {
    column[start..].first_chunk_mut().expect("a column has room for a group behind its last system")
}

/// The model of each system, and the arguments of its upper tail.
struct Classify<'a, Q, const K: usize> {
    group: LaneGroup<'a, K>,
    query: &'a Q,
    kinds: &'a mut [u8; LANES],
    /// Agents, load, spare agents.
    columns: &'a mut [Lanes; 3],
}

impl<Q: Fn([f64; K]) -> Query, const K: usize> LaneKernel for Classify<'_, Q, K> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        for i in 0..LANES {
            let (cell, missing) = self.group.cell(i);
            let Query { system, .. } = (self.query)(cell);
            self.kinds[i] = if missing { MISSING } else { ModelKind::code(&system) };
            self.columns[0][i] = system.agents;
            self.columns[1][i] = system.load;
            self.columns[2][i] = system.spare();
        }
    }
}

/// The models of [`ModelKind`], then systems with a missing operand.
const KINDS: usize = 7;
const MISSING: u8 = 6;

/// Systems of a block sorted by model, and their upper tails.
struct QueueBlock {
    kinds: [u8; BLOCK + LANES],
    /// The systems' cells, those of one model together.
    sorted: Sorted<KINDS>,
    /// Agents, load, spare agents.
    columns: [BlockColumn; 3],
    /// 1/B - 1, of the models whose formulas have it.
    upper: BlockColumn,
}

impl QueueBlock {
    fn empty() -> Self {
        let none = [0.0; BLOCK + LANES];
        Self { kinds: [0; BLOCK + LANES], sorted: Sorted::by(&[]), columns: [none; 3], upper: none }
    }

    /// Sorts up to [`BLOCK`] systems, and computes their upper tails.
    fn fill<const K: usize>(&mut self, cells: &Cells<'_, K>, query: &impl Fn([f64; K]) -> Query) {
        let mut room = [[1.0; LANES]; K];
        let (mut kinds, mut columns) = ([MISSING; LANES], [[0.0; LANES]; 3]);
        for start in (0..cells.count()).step_by(LANES) {
            let group = cells.group(start, &mut room);
            let (kinds_of, columns_of) = (&mut kinds, &mut columns);
            InstructionSet::in_use().run(Classify {
                group,
                query,
                kinds: kinds_of,
                columns: columns_of,
            });
            self.kinds[start..start + LANES].copy_from_slice(&kinds);
            for (column, lanes) in self.columns.iter_mut().zip(&columns) {
                *lanes_mut(column, start) = *lanes;
            }
        }
        self.sort(cells.count());
        let solved = ..self.sorted.positions(0..ModelKind::Loss as u8 + 1).end;
        let [agents, load, spare] = self.columns.each_ref().map(|column| &column[solved]);
        uppers(agents, load, spare, &mut self.upper[solved]);
    }

    /// Sorts the systems by model, stably.
    fn sort(&mut self, count: usize) {
        self.sorted = Sorted::by(&self.kinds[..count]);
        if self.sorted.is_in_order() {
            return;
        }
        for column in &mut self.columns {
            let by_cell = *column;
            for (value, &cell) in column.iter_mut().zip(self.sorted.indices(0..count)) {
                *value = by_cell[usize::from(cell)];
            }
        }
    }

    /// The sorted positions of the systems of a model.
    fn range(&self, kind: ModelKind) -> Range<usize> {
        self.sorted.positions(kind as u8..kind as u8 + 1)
    }

    /// The cells of the group of systems from `start` on.
    fn group_cells(&self, start: usize, range: &Range<usize>) -> &[u16] {
        self.sorted.indices(start..range.end.min(start + LANES))
    }

    fn group<'b, const K: usize>(
        &self,
        cells: &'b Cells<'_, K>,
        start: usize,
        range: &Range<usize>,
        room: &'b mut [Lanes; K],
    ) -> LaneGroup<'b, K> {
        if self.sorted.is_in_order() {
            cells.group(start, room)
        } else {
            cells.gathered(self.group_cells(start, range), room)
        }
    }
}

/// Arguments and values of the lower tails of Erlang A, at arrival and at the threshold.
struct TailColumns {
    /// By the fields of [`TailArgument`].
    level: [BlockColumn; 3],
    /// By the fields of [`Elapsed`].
    time: [BlockColumn; 4],
    /// [`TailArgument::eta`] at the threshold.
    eta: BlockColumn,
    /// The fields of [`Lower`] at arrival, and the
    /// [`served_moment`](crate::numeric::gamma_tails::served_moment) where it is wanted.
    now: [BlockColumn; 5],
    /// M and M - 1 at the threshold.
    then: [BlockColumn; 2],
    peak: BlockColumn,
}

/// The arguments of the lower tails.
struct TailArguments<'a, Q, const K: usize, const TIMED: bool> {
    group: LaneGroup<'a, K>,
    query: &'a Q,
    /// The columns of [`TailColumns`]: level, time, eta.
    columns: &'a mut [Lanes; 8],
}

impl<Q: Fn([f64; K]) -> Query, const K: usize, const TIMED: bool> LaneKernel
    for TailArguments<'_, Q, K, TIMED>
{
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        for i in 0..LANES {
            let Query { system, time, .. } = (self.query)(self.group.cell(i).0);
            let level = TailArgument::of(&system);
            if !TIMED {
                [self.columns[0][i], self.columns[1][i], self.columns[2][i]] =
                    [level.c, level.eta, level.gap];
                continue;
            }
            let time = level.time(time / system.patience);
            let then = level.at(&time);
            let Elapsed { y, left, left_less_one, gap } = time;
            let values = [level.c, level.eta, level.gap, y, left, left_less_one, gap, then.eta];
            for k in 0..values.len() {
                self.columns[k][i] = values[k];
            }
        }
    }
}

impl TailColumns {
    // 56 KiB, on their way to the heap.
    #[allow(clippy::large_stack_arrays)]
    fn empty() -> Self {
        let none = [0.0; BLOCK + LANES];
        Self {
            level: [none; 3],
            time: [none; 4],
            eta: none,
            now: [none; 5],
            then: [none; 2],
            peak: none,
        }
    }

    fn fill<const K: usize>(
        &mut self,
        block: &QueueBlock,
        cells: &Cells<'_, K>,
        query: &impl Fn([f64; K]) -> Query,
        (waits, timed): (bool, bool),
    ) {
        let range = block.range(ModelKind::Impatient);
        let (mut room, mut columns) = ([[1.0; LANES]; K], [[0.0; LANES]; 8]);
        for start in range.clone().step_by(LANES) {
            let group = block.group(cells, start, &range, &mut room);
            let columns_of = &mut columns;
            if timed {
                let arguments = TailArguments::<_, K, true> { group, query, columns: columns_of };
                InstructionSet::in_use().run(arguments);
            } else {
                let arguments = TailArguments::<_, K, false> { group, query, columns: columns_of };
                InstructionSet::in_use().run(arguments);
            }
            let arguments = self.level.iter_mut().chain(&mut self.time).chain([&mut self.eta]);
            for (column, lanes) in arguments.zip(&columns) {
                *lanes_mut(column, start) = *lanes;
            }
        }
        let [c, eta, gap] = &self.level;
        if waits {
            solve([c, eta, gap], range.clone(), &mut self.now);
        } else if let Some(now) = self.now.first_chunk_mut::<4>() {
            solve([c, eta, gap], range.clone(), now);
        }
        let [y, .., gap_then] = &self.time;
        if timed && y[range.clone()].iter().any(|y| !y.is_nan()) {
            solve([c, &self.eta, gap_then], range.clone(), &mut self.then);
            for i in range {
                self.peak[i] = TailArgument { c: c[i], eta: eta[i], gap: gap[i] }.peak();
            }
        }
    }
}

fn solve<const M: usize>(
    levels: [&BlockColumn; 3],
    range: Range<usize>,
    tails: &mut [BlockColumn; M],
) {
    let [c, z, gap] = levels.map(|column| &column[range.clone()]);
    lowers(c, z, gap, tails.each_mut().map(|column| &mut column[range.clone()]));
}

/// Tails of one model in lanes, and the queue that they make with a system.
trait LaneModel {
    /// The queue in lane `i`.
    fn now(&self, system: &System, i: usize) -> Queue;

    /// The queue in lane `i`, and its state at the threshold.
    #[inline(always)]
    fn queue(&self, system: &System, i: usize) -> (Queue, AfterTime) {
        (self.now(system, i), AfterTime::default())
    }

    /// The moment that the mean wait of answered calls comes from; NaN outside Erlang A.
    #[inline(always)]
    fn served_moment(&self, _i: usize) -> f64 {
        f64::NAN
    }
}

/// Erlang B, from its upper tails.
struct LossLanes<'a>(&'a Lanes);
/// Erlang C, from its upper tails.
struct DelayLanes<'a>(&'a Lanes);

/// Erlang A, from its upper and lower tails.
struct ImpatientLanes<'a> {
    upper: &'a Lanes,
    level: [&'a Lanes; 3],
    time: [&'a Lanes; 4],
    now: [&'a Lanes; 5],
    then: [&'a Lanes; 2],
    peak: &'a Lanes,
}

impl<'a> ImpatientLanes<'a> {
    fn new(block: &'a QueueBlock, tails: &'a TailColumns, start: usize) -> Self {
        Self {
            upper: lanes(&block.upper, start),
            now: tails.now.each_ref().map(|column| lanes(column, start)),
            then: tails.then.each_ref().map(|column| lanes(column, start)),
            level: tails.level.each_ref().map(|column| lanes(column, start)),
            time: tails.time.each_ref().map(|column| lanes(column, start)),
            peak: lanes(&tails.peak, start),
        }
    }
}

impl LaneModel for LossLanes<'_> {
    #[inline(always)]
    fn now(&self, system: &System, i: usize) -> Queue {
        Queue::loss(system, self.0[i])
    }
}

impl LaneModel for DelayLanes<'_> {
    #[inline(always)]
    fn now(&self, system: &System, i: usize) -> Queue {
        Queue::delay(system, self.0[i])
    }
}

impl ImpatientLanes<'_> {
    #[inline(always)]
    fn impatient(&self, system: &System, i: usize) -> Impatient {
        let [value, less_one, unit, slope, _] = self.now.map(|column| column[i]);
        let tail = Lower { value, less_one, unit, slope };
        let [c, eta, gap] = self.level.map(|column| column[i]);
        Impatient::new(system, TailArgument { c, eta, gap }, self.upper[i], tail)
    }
}

impl LaneModel for ImpatientLanes<'_> {
    #[inline(always)]
    fn now(&self, system: &System, i: usize) -> Queue {
        Queue::impatient(system, self.impatient(system, i))
    }

    #[inline(always)]
    fn queue(&self, system: &System, i: usize) -> (Queue, AfterTime) {
        let queue = self.impatient(system, i);
        let [y, left, left_less_one, gap] = self.time.map(|column| column[i]);
        let time = Elapsed { y, left, left_less_one, gap };
        let later = queue.later_from(&time, self.then.map(|column| column[i]), self.peak[i]);
        (Queue::impatient(system, queue), later)
    }

    #[inline(always)]
    fn served_moment(&self, i: usize) -> f64 {
        self.now[4][i]
    }
}

/// The measures of a group of queues.
struct Evaluate<'a, Q, L, F, const K: usize, const M: usize> {
    group: LaneGroup<'a, K>,
    query: &'a Q,
    model: L,
    measure: &'a F,
    results: &'a mut [Lanes; M],
    /// Which of them need [`Query::evaluate`]: a difference in the lane formulas has lost digits.
    cancelled: &'a mut [bool; LANES],
}

impl<Q, L, F, const K: usize, const M: usize> LaneKernel for Evaluate<'_, Q, L, F, K, M>
where
    Q: Fn([f64; K]) -> Query,
    L: LaneModel,
    F: Measure<M>,
{
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        for i in 0..LANES {
            let Query { system, time, operand } = (self.query)(self.group.cell(i).0);
            let (queue, later) = if F::TIMED {
                self.model.queue(&system, i)
            } else {
                (self.model.now(&system, i), AfterTime::default())
            };
            let within = queue.within_from(time, later, self.model.served_moment(i));
            let values = self.measure.of(&within, operand);
            for m in 0..M {
                self.results[m][i] = values[m];
            }
            self.cancelled[i] = later.cancels;
        }
    }
}

/// Writes the measures of the systems of one model to their cells.
fn evaluate<L: LaneModel, const K: usize, const M: usize>(
    block: &QueueBlock,
    kind: ModelKind,
    cells: &Cells<'_, K>,
    query: &impl Fn([f64; K]) -> Query,
    model: impl Fn(usize) -> L,
    measure: &impl Measure<M>,
    outputs: &mut [&mut [f64]; M],
) {
    let range = block.range(kind);
    let mut room = [[1.0; LANES]; K];
    let (mut results, mut cancelled) = ([[0.0; LANES]; M], [false; LANES]);
    for start in range.clone().step_by(LANES) {
        InstructionSet::in_use().run(Evaluate {
            group: block.group(cells, start, &range, &mut room),
            query,
            model: model(start),
            measure,
            results: &mut results,
            cancelled: &mut cancelled,
        });
        let group = block.group_cells(start, &range);
        for (output, result) in outputs.iter_mut().zip(&results) {
            if block.sorted.is_in_order() {
                output[start..start + group.len()].copy_from_slice(&result[..group.len()]);
            } else {
                for (&cell, &value) in group.iter().zip(result) {
                    output[usize::from(cell)] = value;
                }
            }
        }
        for (&cell, _) in group.iter().zip(cancelled).filter(|(_, cancelled)| *cancelled) {
            put(outputs, cell, query(cells.cell(usize::from(cell))).evaluate(measure));
        }
    }
}

fn put<const M: usize>(outputs: &mut [&mut [f64]; M], cell: u16, values: [f64; M]) {
    for (output, value) in outputs.iter_mut().zip(values) {
        output[usize::from(cell)] = value;
    }
}

/// Memory for a block of queues, reused from block to block.
pub(crate) struct Workspace {
    block: QueueBlock,
    tails: Option<Box<TailColumns>>,
}

impl Workspace {
    pub(crate) fn empty() -> Self {
        Self { block: QueueBlock::empty(), tails: None }
    }

    /// Writes the measures of each cell's queue; a cell with a missing operand is missing.
    pub(crate) fn measure<const K: usize, const M: usize, F: Measure<M>>(
        &mut self,
        operands: [&[f64]; K],
        query: &impl Fn([f64; K]) -> Query,
        measure: &F,
        outputs: &mut [&mut [f64]; M],
    ) {
        let Self { block, tails } = self;
        let count = outputs.first().map_or(0, |output| output.len());
        for start in (0..count).step_by(BLOCK) {
            let part = start..count.min(start + BLOCK);
            let cells = Cells::new(operands.map(|operand| &operand[part.clone()]));
            let mut outputs = outputs.each_mut().map(|output| &mut output[part.clone()]);
            block.fill(&cells, query);
            let delay = |i| DelayLanes(lanes(&block.upper, i));
            evaluate(block, ModelKind::Delay, &cells, query, delay, measure, &mut outputs);
            let loss = |i| LossLanes(lanes(&block.upper, i));
            evaluate(block, ModelKind::Loss, &cells, query, loss, measure, &mut outputs);
            if !block.range(ModelKind::Impatient).is_empty() {
                let tails = tails.get_or_insert_with(|| Box::new(TailColumns::empty()));
                tails.fill(block, &cells, query, (F::WAITS, F::TIMED));
                let patience = |i| ImpatientLanes::new(block, tails, i);
                evaluate(
                    block,
                    ModelKind::Impatient,
                    &cells,
                    query,
                    patience,
                    measure,
                    &mut outputs,
                );
            }
            let solved = block.sorted.positions(0..ModelKind::Loss as u8 + 1).end;
            for &cell in block.sorted.indices(solved..part.len()) {
                put(&mut outputs, cell, alone(cells.cell(usize::from(cell)), query, measure));
            }
        }
    }
}

/// The measures of one cell's queue.
fn alone<const K: usize, const M: usize>(
    cell: [f64; K],
    query: &impl Fn([f64; K]) -> Query,
    measure: &impl Measure<M>,
) -> [f64; M] {
    let missing = cell.iter().any(|v| v.is_nan());
    if missing { [f64::NAN; M] } else { query(cell).evaluate(measure) }
}

/// A block kernel from measures of one queue; a cell with a missing operand is missing.
pub fn each_queue<const K: usize, const M: usize>(
    query: impl Fn([f64; K]) -> Query + Sync,
    measure: impl Measure<M>,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()> + Sync {
    move |operands, outputs| {
        let count = outputs.first().map_or(0, |output| output.len());
        if count <= FEW {
            // So few would spend more on filling a block than on their queues.
            for i in 0..count {
                put(outputs, i as u16, alone(operands.map(|operand| operand[i]), &query, &measure));
            }
        } else {
            Workspace::empty().measure(operands, &query, &measure, outputs);
        }
        Ok(())
    }
}

/// Calls `visit` with the index of each query and its queue, in any order.
///
/// # Errors
/// The first of `visit`.
pub fn for_each_queue(
    queries: &[Query],
    mut visit: impl FnMut(usize, &Within<'_>) -> Result<()>,
) -> Result<()> {
    let Workspace { mut block, mut tails } = Workspace::empty();
    for (chunk, queries) in queries.chunks(BLOCK).enumerate() {
        let indices: [f64; BLOCK] = std::array::from_fn(|i| i as f64);
        let operands = [&indices[..queries.len()]];
        let query = |[i]: [f64; 1]| queries[i as usize];
        let cells = Cells::new(operands);
        block.fill(&cells, &query);
        if !block.range(ModelKind::Impatient).is_empty() {
            tails.get_or_insert_with(|| Box::new(TailColumns::empty())).fill(
                &block,
                &cells,
                &query,
                (false, true),
            );
        }
        for (i, &cell) in block.sorted.indices(0..queries.len()).iter().enumerate() {
            let Query { system, time, .. } = &queries[usize::from(cell)];
            let (queue, later) = match (ModelKind::of(system), &tails) {
                (ModelKind::Delay, _) => DelayLanes(lanes(&block.upper, i)).queue(system, 0),
                (ModelKind::Loss, _) => LossLanes(lanes(&block.upper, i)).queue(system, 0),
                (ModelKind::Impatient, Some(tails)) => {
                    ImpatientLanes::new(&block, tails, i).queue(system, 0)
                }
                _ => (Queue::new(system), AfterTime::default()),
            };
            let index = chunk * BLOCK + usize::from(cell);
            if later.cancels {
                visit(index, &queue.within(*time))?;
            } else {
                visit(index, &queue.within_from(*time, later, f64::NAN))?;
            }
        }
    }
    Ok(())
}

/// A block kernel from one measure of a queue that may not converge; a cell with a missing operand is
/// missing.
pub fn each_answer<const K: usize>(
    system: impl Fn([f64; K]) -> System + Sync,
    measure: impl Fn(&Queue, [f64; K]) -> Result<f64> + Sync,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; 1]) -> Result<()> + Sync {
    move |operands, [output]| {
        let cell = |i: usize| operands.map(|operand| operand[i]);
        let (mut queries, mut cells) = (Vec::new(), Vec::new());
        for (i, value) in output.iter_mut().enumerate() {
            *value = f64::NAN;
            if cell(i).iter().all(|v| !v.is_nan()) {
                queries.push(Query::about(system(cell(i))));
                cells.push(i);
            }
        }
        for_each_queue(&queries, |i, within| {
            output[cells[i]] = measure(within.queue, cell(cells[i]))?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::measures::TableRow;
    use crate::erlang::{Definition, blocking};

    fn bits<const M: usize>(values: [f64; M]) -> [u64; M] {
        values.map(f64::to_bits)
    }

    #[test]
    fn a_block_has_the_bits_of_its_systems_alone() {
        let (mut agents, mut load, mut patience) = (Vec::new(), Vec::new(), Vec::new());
        for n in [0.0, 1.0, 6.5, 30.0, 112.0, 113.0, 700.25, 1e5, f64::NAN] {
            for ratio in [0.0, 1e-3, 0.5, 0.98, 1.0, 1.02, 1.5, 3.0] {
                for tau in [0.0, 1e-6, 90.0, 1e5, f64::INFINITY] {
                    agents.push(n);
                    load.push(n * ratio);
                    patience.push(tau);
                }
            }
        }
        for definition in [Definition::Offered, Definition::Virtual] {
            let query =
                |[n, a, tau]: [f64; 3]| Query::about(System::new(n, a, 240.0, tau)).within(20.0);
            let mut columns = [const { Vec::new() }; 9].map(|_: Vec<f64>| vec![0.0; agents.len()]);
            let kernel = each_queue(query, TableRow(definition));
            let mut outputs = columns.each_mut().map(|column| &mut column[..]);
            kernel([&agents, &load, &patience], &mut outputs).unwrap();
            for i in 0..agents.len() {
                let cell = [agents[i], load[i], patience[i]];
                let found = columns.each_ref().map(|column| column[i]);
                if cell.iter().any(|v| v.is_nan()) {
                    assert!(found.iter().all(|v| v.is_nan()));
                    continue;
                }
                let alone = query(cell).evaluate(&TableRow(definition));
                assert_eq!(bits(found), bits(alone), "{cell:?}: {found:?} {alone:?}");
                let mut lone = [[0.0]; 9];
                let mut outputs = lone.each_mut().map(|value| &mut value[..]);
                kernel(cell.each_ref().map(std::slice::from_ref), &mut outputs).unwrap();
                assert_eq!(bits(found), bits(lone.map(|[value]| value)), "{cell:?}");
            }
        }
    }

    #[test]
    fn a_loss_system_blocks_as_erlang_b_says() {
        for (lines, load) in [(0.0, 0.0), (0.0, 2.0), (3.0, 0.0), (7.0, 4.0), (300.0, 280.0)] {
            let queue = Queue::new(&System::new(lines, load, 1.0, 0.0));
            assert_eq!(queue.wait().p.to_bits(), blocking(lines, load).to_bits());
        }
    }
}
