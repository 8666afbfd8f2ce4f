//! Queues by the block.

use std::ops::Range;

use super::impatient::{Impatient, Later, Level, Time};
use super::queue::{Kind, Queue};
use super::system::System;
use super::within::Within;
use crate::error::Result;
use crate::lanes::{Arithmetic, Cells, Group, LANES, Lanes, Set, Work};
use crate::numeric::gamma_tails::{Lower, lowers, uppers};

/// What is asked about a system.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The system.
    pub system: System,
    /// The time within which; not a number where nothing hangs on it.
    pub time: f64,
    /// What else the measure wants to know; not a number where that is nothing.
    pub operand: f64,
}

impl Question {
    /// A question about the queue alone.
    #[inline(always)]
    pub fn about(system: System) -> Self {
        Self { system, time: f64::NAN, operand: f64::NAN }
    }

    /// The same question about what becomes of calls within `time` seconds.
    #[must_use]
    #[inline(always)]
    pub fn within(self, time: f64) -> Self {
        Self { time, ..self }
    }

    /// The same question, to a measure that wants to know `operand` too.
    #[must_use]
    #[inline(always)]
    pub fn with(self, operand: f64) -> Self {
        Self { operand, ..self }
    }

    /// The answer alone.
    fn answer<const M: usize, F: Measure<M>>(&self, measure: &F) -> [f64; M] {
        let queue = Queue::new(&self.system);
        let within = queue.within(self.time);
        let within = if F::WAITS { within.with_waits() } else { within };
        measure.of(&within, self.operand)
    }
}

/// Measures of a queue, of what becomes of calls within a time, and of what a question brings along.
pub trait Measure<const M: usize>: Sync {
    /// Whether the mean wait of the answered is among them: in Erlang A it costs as much as all else.
    const WAITS: bool = false;

    /// The measures; to be `#[inline(always)]`, as all work for lanes.
    fn of(&self, within: &Within<'_>, operand: f64) -> [f64; M];
}

/// Systems at a time: enough to fill the lanes by each of the ways to compute the tails.
const SYSTEMS: usize = 512;

/// A column of a block, with room for a whole group of lanes behind its last system.
type Column = [f64; SYSTEMS + LANES];

/// The lanes of a column from a place on; behind the last place, none.
#[inline(always)]
fn lanes(column: &Column, start: usize) -> &Lanes {
    column[start..].first_chunk().expect("a column has room for a group behind its last system")
}

#[inline(always)]
fn lanes_mut(column: &mut Column, start: usize) -> &mut Lanes {
    column[start..].first_chunk_mut().expect("a column has room for a group behind its last system")
}

/// What the upper tails and the order of systems hang on.
struct Sight<'a, Q, const K: usize> {
    group: Group<'a, K>,
    question: &'a Q,
    kinds: &'a mut [u8; LANES],
    /// Agents, load, and spare agents.
    columns: &'a mut [Lanes; 3],
}

impl<Q: Fn([f64; K]) -> Question, const K: usize> Work for Sight<'_, Q, K> {
    type Output = ();

    #[inline(always)]
    fn run(self, _by: impl Arithmetic) {
        for i in 0..LANES {
            let (cell, missing) = self.group.cell(i);
            let Question { system, .. } = (self.question)(cell);
            self.kinds[i] = if missing { MISSING } else { Kind::code(&system) };
            self.columns[0][i] = system.agents;
            self.columns[1][i] = system.load;
            self.columns[2][i] = system.spare();
        }
    }
}

/// The kinds of systems, and one for those that are missing, in the order in which they are kept.
const KINDS: usize = 7;
const MISSING: u8 = 6;

/// Every cell where it is.
const IN_PLACE: [u16; SYSTEMS] = {
    let (mut cells, mut i) = ([0; SYSTEMS], 0);
    while i < SYSTEMS {
        cells[i] = i as u16;
        i += 1;
    }
    cells
};

/// Systems of a block, those of a kind together, and their upper tails.
struct Block {
    kinds: [u8; SYSTEMS + LANES],
    /// Which cell each system belongs to, and whether that is the one in its place.
    cells: [u16; SYSTEMS],
    in_place: bool,
    /// Where the systems of each kind end.
    ends: [usize; KINDS],
    /// Agents, load, and spare agents.
    columns: [Column; 3],
    /// 1/B - 1, of the kinds that hang on it.
    upper: Column,
}

impl Block {
    fn empty() -> Self {
        let none = [0.0; SYSTEMS + LANES];
        Self {
            kinds: [0; SYSTEMS + LANES],
            cells: IN_PLACE,
            in_place: true,
            ends: [0; KINDS],
            columns: [none; 3],
            upper: none,
        }
    }

    /// Sorts up to [`SYSTEMS`] systems, and computes their upper tails.
    fn fill<const K: usize>(
        &mut self,
        cells: &Cells<'_, K>,
        question: &impl Fn([f64; K]) -> Question,
    ) {
        let mut room = [[1.0; LANES]; K];
        let (mut kinds, mut columns) = ([MISSING; LANES], [[0.0; LANES]; 3]);
        for start in (0..cells.count()).step_by(LANES) {
            let group = cells.group(start, &mut room);
            let (kinds_of, columns_of) = (&mut kinds, &mut columns);
            Set::in_use().run(Sight { group, question, kinds: kinds_of, columns: columns_of });
            self.kinds[start..start + LANES].copy_from_slice(&kinds);
            for (place, column) in self.columns.iter_mut().zip(&columns) {
                *lanes_mut(place, start) = *column;
            }
        }
        self.sort(cells.count());
        let solved = ..self.ends[Kind::Loss as usize];
        let [agents, load, spare] = self.columns.each_ref().map(|column| &column[solved]);
        uppers(agents, load, spare, &mut self.upper[solved]);
    }

    /// Brings the systems of a kind together.
    fn sort(&mut self, count: usize) {
        let kinds = &self.kinds[..count];
        let first = kinds.first().copied().unwrap_or(MISSING);
        if kinds.iter().all(|&kind| kind == first) {
            if !self.in_place {
                (self.cells, self.in_place) = (IN_PLACE, true);
            }
            for (kind, end) in (0..).zip(&mut self.ends) {
                *end = if kind < first { 0 } else { count };
            }
            return;
        }
        let mut starts = [0; KINDS + 1];
        for &kind in kinds {
            starts[usize::from(kind) + 1] += 1;
        }
        for kind in 0..KINDS {
            starts[kind + 1] += starts[kind];
        }
        self.ends.copy_from_slice(&starts[1..]);
        for (cell, &kind) in (0..).zip(kinds) {
            let place = &mut starts[usize::from(kind)];
            self.cells[*place] = cell;
            *place += 1;
        }
        self.in_place = false;
        for column in &mut self.columns {
            let unsorted = *column;
            for (place, &cell) in column.iter_mut().zip(&self.cells[..count]) {
                *place = unsorted[usize::from(cell)];
            }
        }
    }

    fn range(&self, kind: Kind) -> Range<usize> {
        let kind = kind as usize;
        let start = if kind == 0 { 0 } else { self.ends[kind - 1] };
        start..self.ends[kind]
    }

    /// The cells of the systems of a range's group.
    fn places(&self, start: usize, range: &Range<usize>) -> &[u16] {
        &self.cells[start..range.end.min(start + LANES)]
    }

    fn group<'b, const K: usize>(
        &self,
        cells: &'b Cells<'_, K>,
        start: usize,
        range: &Range<usize>,
        room: &'b mut [Lanes; K],
    ) -> Group<'b, K> {
        if self.in_place {
            cells.group(start, room)
        } else {
            cells.gathered(self.places(start, range), room)
        }
    }
}

/// Systems of Erlang A: their levels now and after the time, and the lower tails there, as [`Lower`]
/// has them; of those then, M and M - 1.
struct Tails {
    /// By the fields of [`Level`].
    level: [Column; 3],
    /// By the fields of [`Time`].
    time: [Column; 4],
    /// Arrivals a patience long by then.
    eta: Column,
    /// And the [`served_moment`](crate::numeric::gamma_tails::served_moment), where it is wanted.
    now: [Column; 5],
    then: [Column; 2],
    peak: Column,
}

/// Where the lower tails are taken.
struct Levels<'a, Q, const K: usize> {
    group: Group<'a, K>,
    question: &'a Q,
    /// The columns of [`Tails`]: level, time, and eta.
    columns: &'a mut [Lanes; 8],
}

impl<Q: Fn([f64; K]) -> Question, const K: usize> Work for Levels<'_, Q, K> {
    type Output = ();

    #[inline(always)]
    fn run(self, _by: impl Arithmetic) {
        for i in 0..LANES {
            let Question { system, time, .. } = (self.question)(self.group.cell(i).0);
            let level = Level::of(&system);
            let time = level.time(time / system.patience);
            let then = level.at(&time);
            let Time { y, left, left_less_one, gap } = time;
            let values = [level.c, level.eta, level.gap, y, left, left_less_one, gap, then.eta];
            for k in 0..values.len() {
                self.columns[k][i] = values[k];
            }
        }
    }
}

impl Tails {
    // 56 KiB, on their way to the heap.
    #[allow(clippy::large_stack_arrays)]
    fn empty() -> Self {
        let none = [0.0; SYSTEMS + LANES];
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
        block: &Block,
        cells: &Cells<'_, K>,
        question: &impl Fn([f64; K]) -> Question,
        waits: bool,
    ) {
        let range = block.range(Kind::Impatient);
        let (mut room, mut columns) = ([[1.0; LANES]; K], [[0.0; LANES]; 8]);
        for start in range.clone().step_by(LANES) {
            let group = block.group(cells, start, &range, &mut room);
            Set::in_use().run(Levels { group, question, columns: &mut columns });
            let places = self.level.iter_mut().chain(&mut self.time).chain([&mut self.eta]);
            for (column, lanes) in places.zip(&columns) {
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
        if y[range.clone()].iter().any(|y| !y.is_nan()) {
            solve([c, &self.eta, gap_then], range.clone(), &mut self.then);
            for i in range {
                self.peak[i] = Level { c: c[i], eta: eta[i], gap: gap[i] }.peak();
            }
        }
    }
}

fn solve<const M: usize>(levels: [&Column; 3], range: Range<usize>, tails: &mut [Column; M]) {
    let [c, z, gap] = levels.map(|column| &column[range.clone()]);
    lowers(c, z, gap, tails.each_mut().map(|column| &mut column[range.clone()]));
}

/// What a kind of queue is made of besides its system.
trait Model {
    /// The queue in a lane, and what is left of it after the time.
    fn queue(&self, system: &System, i: usize) -> (Queue, Later);

    /// What the mean wait of the served is from; not a number where nobody is impatient.
    #[inline(always)]
    fn served_moment(&self, _i: usize) -> f64 {
        f64::NAN
    }
}

/// From the upper tails.
struct Loss<'a>(&'a Lanes);
struct Delay<'a>(&'a Lanes);

/// From the upper and the lower tails.
struct Patience<'a> {
    upper: &'a Lanes,
    level: [&'a Lanes; 3],
    time: [&'a Lanes; 4],
    now: [&'a Lanes; 5],
    then: [&'a Lanes; 2],
    peak: &'a Lanes,
}

impl<'a> Patience<'a> {
    fn new(block: &'a Block, tails: &'a Tails, start: usize) -> Self {
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

impl Model for Loss<'_> {
    #[inline(always)]
    fn queue(&self, system: &System, i: usize) -> (Queue, Later) {
        (Queue::loss(system, self.0[i]), Later::default())
    }
}

impl Model for Delay<'_> {
    #[inline(always)]
    fn queue(&self, system: &System, i: usize) -> (Queue, Later) {
        (Queue::delay(system, self.0[i]), Later::default())
    }
}

impl Model for Patience<'_> {
    #[inline(always)]
    fn queue(&self, system: &System, i: usize) -> (Queue, Later) {
        let [value, less_one, unit, slope, _] = self.now.map(|column| column[i]);
        let tail = Lower { value, less_one, unit, slope };
        let [c, eta, gap] = self.level.map(|column| column[i]);
        let queue = Impatient::new(system, Level { c, eta, gap }, self.upper[i], tail);
        let [y, left, left_less_one, gap] = self.time.map(|column| column[i]);
        let time = Time { y, left, left_less_one, gap };
        let later = queue.later_from(&time, self.then.map(|column| column[i]), self.peak[i]);
        (Queue::impatient(system, queue), later)
    }

    #[inline(always)]
    fn served_moment(&self, i: usize) -> f64 {
        self.now[4][i]
    }
}

/// The measures of a group of queues.
struct Answers<'a, Q, L, F, const K: usize, const M: usize> {
    group: Group<'a, K>,
    question: &'a Q,
    model: L,
    measure: &'a F,
    results: &'a mut [Lanes; M],
    /// Which of them have lost digits.
    cancelled: &'a mut [bool; LANES],
}

impl<Q, L, F, const K: usize, const M: usize> Work for Answers<'_, Q, L, F, K, M>
where
    Q: Fn([f64; K]) -> Question,
    L: Model,
    F: Measure<M>,
{
    type Output = ();

    #[inline(always)]
    fn run(self, _by: impl Arithmetic) {
        for i in 0..LANES {
            let Question { system, time, operand } = (self.question)(self.group.cell(i).0);
            let (queue, later) = self.model.queue(&system, i);
            let within = queue.within_from(time, later, self.model.served_moment(i));
            let values = self.measure.of(&within, operand);
            for m in 0..M {
                self.results[m][i] = values[m];
            }
            self.cancelled[i] = later.cancels;
        }
    }
}

/// Writes the answers about the systems of a kind to their cells.
fn answer<L: Model, const K: usize, const M: usize>(
    block: &Block,
    kind: Kind,
    cells: &Cells<'_, K>,
    question: &impl Fn([f64; K]) -> Question,
    model: impl Fn(usize) -> L,
    measure: &impl Measure<M>,
    outputs: &mut [&mut [f64]; M],
) {
    let range = block.range(kind);
    let mut room = [[1.0; LANES]; K];
    let (mut results, mut cancelled) = ([[0.0; LANES]; M], [false; LANES]);
    for start in range.clone().step_by(LANES) {
        Set::in_use().run(Answers {
            group: block.group(cells, start, &range, &mut room),
            question,
            model: model(start),
            measure,
            results: &mut results,
            cancelled: &mut cancelled,
        });
        let places = block.places(start, &range);
        for (output, result) in outputs.iter_mut().zip(&results) {
            if block.in_place {
                output[start..start + places.len()].copy_from_slice(&result[..places.len()]);
            } else {
                for (&place, &value) in places.iter().zip(result) {
                    output[usize::from(place)] = value;
                }
            }
        }
        for (&place, _) in places.iter().zip(cancelled).filter(|(_, cancelled)| *cancelled) {
            let asked = question(cells.cell(usize::from(place)));
            put(outputs, place, asked.answer(measure));
        }
    }
}

fn put<const M: usize>(outputs: &mut [&mut [f64]; M], place: u16, values: [f64; M]) {
    for (output, value) in outputs.iter_mut().zip(values) {
        output[usize::from(place)] = value;
    }
}

/// Room for a block of queues, to be used again and again.
pub(crate) struct Workspace {
    block: Block,
    tails: Option<Box<Tails>>,
}

impl Workspace {
    pub(crate) fn empty() -> Self {
        Self { block: Block::empty(), tails: None }
    }

    /// Writes the measures of each cell's queue; a cell with a missing operand is missing.
    pub(crate) fn measure<const K: usize, const M: usize, F: Measure<M>>(
        &mut self,
        operands: [&[f64]; K],
        question: &impl Fn([f64; K]) -> Question,
        measure: &F,
        outputs: &mut [&mut [f64]; M],
    ) {
        let Self { block, tails } = self;
        let count = outputs.first().map_or(0, |output| output.len());
        for start in (0..count).step_by(SYSTEMS) {
            let part = start..count.min(start + SYSTEMS);
            let cells = Cells::new(operands.map(|operand| &operand[part.clone()]));
            let mut outputs = outputs.each_mut().map(|output| &mut output[part.clone()]);
            block.fill(&cells, question);
            let delay = |i| Delay(lanes(&block.upper, i));
            answer(block, Kind::Delay, &cells, question, delay, measure, &mut outputs);
            let loss = |i| Loss(lanes(&block.upper, i));
            answer(block, Kind::Loss, &cells, question, loss, measure, &mut outputs);
            if !block.range(Kind::Impatient).is_empty() {
                let tails = tails.get_or_insert_with(|| Box::new(Tails::empty()));
                tails.fill(block, &cells, question, F::WAITS);
                let patience = |i| Patience::new(block, tails, i);
                answer(block, Kind::Impatient, &cells, question, patience, measure, &mut outputs);
            }
            for &place in &block.cells[block.ends[Kind::Loss as usize]..part.len()] {
                put(&mut outputs, place, alone(cells.cell(usize::from(place)), question, measure));
            }
        }
    }
}

/// The measures of one cell's queue.
fn alone<const K: usize, const M: usize>(
    cell: [f64; K],
    question: &impl Fn([f64; K]) -> Question,
    measure: &impl Measure<M>,
) -> [f64; M] {
    let missing = cell.iter().any(|v| v.is_nan());
    if missing { [f64::NAN; M] } else { question(cell).answer(measure) }
}

/// A block kernel from measures of one queue; a cell with a missing operand is missing.
pub fn each_queue<const K: usize, const M: usize>(
    question: impl Fn([f64; K]) -> Question + Sync,
    measure: impl Measure<M>,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()> + Sync {
    move |operands, outputs| {
        if outputs.first().is_some_and(|output| output.len() == 1) {
            // A lone call would spend more on filling a block than on its queue.
            put(outputs, 0, alone(operands.map(|operand| operand[0]), &question, &measure));
        } else {
            Workspace::empty().measure(operands, &question, &measure, outputs);
        }
        Ok(())
    }
}

/// Visits what is asked about every queue, in any order, with the place among `questions`.
///
/// # Errors
/// The first of `visit`.
pub fn for_each_queue(
    questions: &[Question],
    mut visit: impl FnMut(usize, &Within<'_>) -> Result<()>,
) -> Result<()> {
    let Workspace { mut block, mut tails } = Workspace::empty();
    for (chunk, questions) in questions.chunks(SYSTEMS).enumerate() {
        let place: [f64; SYSTEMS] = std::array::from_fn(|i| i as f64);
        let operands = [&place[..questions.len()]];
        let question = |[i]: [f64; 1]| questions[i as usize];
        let cells = Cells::new(operands);
        block.fill(&cells, &question);
        if !block.range(Kind::Impatient).is_empty() {
            tails
                .get_or_insert_with(|| Box::new(Tails::empty()))
                .fill(&block, &cells, &question, false);
        }
        for (i, &place) in block.cells[..questions.len()].iter().enumerate() {
            let Question { system, time, .. } = &questions[usize::from(place)];
            let (queue, later) = match (Kind::of(system), &tails) {
                (Kind::Delay, _) => Delay(lanes(&block.upper, i)).queue(system, 0),
                (Kind::Loss, _) => Loss(lanes(&block.upper, i)).queue(system, 0),
                (Kind::Impatient, Some(tails)) => Patience::new(&block, tails, i).queue(system, 0),
                _ => (Queue::new(system), Later::default()),
            };
            let place = chunk * SYSTEMS + usize::from(place);
            if later.cancels {
                visit(place, &queue.within(*time))?;
            } else {
                visit(place, &queue.within_from(*time, later, f64::NAN))?;
            }
        }
    }
    Ok(())
}

/// A block kernel from one measure of a queue that may fail to be found; a cell with a missing operand
/// is missing.
pub fn each_answer<const K: usize>(
    system: impl Fn([f64; K]) -> System + Sync,
    measure: impl Fn(&Queue, [f64; K]) -> Result<f64> + Sync,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; 1]) -> Result<()> + Sync {
    move |operands, [output]| {
        let cell = |i: usize| operands.map(|operand| operand[i]);
        let (mut questions, mut cells) = (Vec::new(), Vec::new());
        for (i, place) in output.iter_mut().enumerate() {
            *place = f64::NAN;
            if cell(i).iter().all(|v| !v.is_nan()) {
                questions.push(Question::about(system(cell(i))));
                cells.push(i);
            }
        }
        for_each_queue(&questions, |i, within| {
            output[cells[i]] = measure(within.queue, cell(cells[i]))?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::measures::Row;
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
            let question =
                |[n, a, tau]: [f64; 3]| Question::about(System::new(n, a, 240.0, tau)).within(20.0);
            let mut columns = [const { Vec::new() }; 9].map(|_: Vec<f64>| vec![0.0; agents.len()]);
            let kernel = each_queue(question, Row(definition));
            let mut outputs = columns.each_mut().map(|column| &mut column[..]);
            kernel([&agents, &load, &patience], &mut outputs).unwrap();
            for i in 0..agents.len() {
                let cell = [agents[i], load[i], patience[i]];
                let found = columns.each_ref().map(|column| column[i]);
                if cell.iter().any(|v| v.is_nan()) {
                    assert!(found.iter().all(|v| v.is_nan()));
                    continue;
                }
                let alone = question(cell).answer(&Row(definition));
                assert_eq!(bits(found), bits(alone), "{cell:?}: {found:?} {alone:?}");
                let mut lone = [[0.0]; 9];
                let mut places = lone.each_mut().map(|place| &mut place[..]);
                kernel(cell.each_ref().map(std::slice::from_ref), &mut places).unwrap();
                assert_eq!(bits(found), bits(lone.map(|[value]| value)), "{cell:?}");
            }
        }
    }

    #[test]
    fn a_loss_system_blocks_as_erlang_b_says() {
        for (lines, load) in [(0.0, 0.0), (0.0, 2.0), (3.0, 0.0), (7.0, 4.0), (300.0, 280.0)] {
            let queue = Queue::new(&System::new(lines, load, 1.0, 0.0));
            assert_eq!(queue.wait().hit.to_bits(), blocking(lines, load).to_bits());
        }
    }
}
