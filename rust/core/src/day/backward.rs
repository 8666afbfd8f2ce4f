//! What becomes of a waiting caller, by how many wait ahead of him.
//!
//! Those behind do not matter, and those ahead leave at rates c, c + theta, c + 2 theta, ... (c what
//! all agents end a second, theta the rate of hanging up): a pure death process. Its measures obey
//! equations backwards in time, advanced here by uniformization, whose terms are all positive.

use crate::day::effort::{Effort, STATES_PER_LOOK};
use crate::day::panels::NODES;
use crate::day::series::{AtNodes, BLOCK, Cells, LANES, combine_vectors, lay, numbers, vectors};
use crate::day::weights::{ABSENT, MOST_MEAN, PoissonAt};
use crate::error::Result;
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};

/// Rates at which a queue moves up, while constants last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Queue {
    /// Answers a second while anybody waits.
    pub(super) answers: f64,
    /// Rate of hanging up, of each who waits; infinite where nobody waits at all.
    pub(super) hanging_up: f64,
}

/// Exponents at which what is left no longer counts: 1e-14.
const FAINT: f64 = 32.0;

impl Queue {
    /// Whether those who wait now wait for ever.
    pub(super) fn stands_still(&self) -> bool {
        self.answers == 0.0 && self.hanging_up == 0.0
    }

    /// Seconds after which nobody with at most `ahead` callers ahead still waits, however patient.
    pub(super) fn clears_after(&self, ahead: usize) -> f64 {
        let Self { answers, hanging_up } = *self;
        if answers == 0.0 {
            return f64::INFINITY;
        }
        if hanging_up.is_infinite() {
            return FAINT / answers;
        }
        let (mut mean, mut variance) = (0.0, 0.0);
        for k in 0..=ahead {
            let seconds = 1.0 / (answers + k as f64 * hanging_up);
            mean += seconds;
            variance += seconds * seconds;
        }
        mean + 6.5 * variance.sqrt() + FAINT / answers
    }

    /// The most callers ahead, of at most `ahead`, who may all be gone after so many seconds.
    ///
    /// That takes a sum of exponential times; it stays t below its mean with probability at most
    /// exp(-t^2 / (4 V)), V the sum of their variances (Maurer 2003): 1e-18 at t = 12.9 sqrt(V).
    fn may_clear(&self, ahead: usize, seconds: f64) -> usize {
        if self.answers == 0.0 {
            return 0;
        }
        let (mut mean, mut variance) = (0.0, 0.0);
        let more = (0..=ahead).find(|&k| {
            let each = 1.0 / (self.answers + k as f64 * self.hanging_up);
            mean += each;
            variance += each * each;
            mean - 12.9 * variance.sqrt() > seconds
        });
        more.unwrap_or(ahead)
    }

    /// Seconds after which everybody with at most `ahead` callers ahead has been answered or has hung up.
    pub(super) fn settles_after(&self, ahead: usize) -> f64 {
        if self.hanging_up.is_infinite() {
            return 0.0;
        }
        self.clears_after(ahead).min((FAINT + 2.0) / self.hanging_up)
    }
}

/// Measures of callers with 0, 1, 2, ... ahead, at some instant.
///
/// Each vector starts with one entry for "it is his turn": what a caller gets who is answered now.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fates {
    /// Probability to be answered ever.
    pub(super) answered: Vec<f64>,
    /// Expected seconds still to wait, but for those who wait for ever.
    pub(super) wait: Vec<f64>,
    /// Of them, those that belong to callers who are answered.
    pub(super) wait_answered: Vec<f64>,
    /// Probability to wait for ever, where the last rates let nobody go.
    pub(super) for_ever: Vec<f64>,
}

impl Fates {
    /// Under rates that last, for callers with up to `ahead` callers ahead.
    pub(super) fn settled(queue: &Queue, ahead: usize) -> Self {
        let Queue { answers: c, hanging_up: theta } = *queue;
        let mut fates = Self {
            answered: vec![1.0],
            wait: vec![0.0],
            wait_answered: vec![0.0],
            for_ever: vec![0.0],
        };
        for q in 0..=ahead {
            let leaving = c + (q + 1) as f64 * theta;
            let [answered, wait, wait_answered, for_ever] = if theta.is_infinite() {
                [0.0; 4]
            } else if leaving == 0.0 {
                [0.0, 0.0, 0.0, 1.0]
            } else {
                let answered = c / leaving;
                let moved_up = (c + q as f64 * theta) * fates.wait_answered[q];
                [answered, (q + 1) as f64 / leaving, (answered + moved_up) / leaving, 0.0]
            };
            fates.answered.push(answered);
            fates.wait.push(wait);
            fates.wait_answered.push(wait_answered);
            fates.for_ever.push(for_ever);
        }
        fates
    }

    /// The same just before a boundary at which agents start, or calls come back to the queue.
    ///
    /// `other` gives what the present vectors do not hold; no caller is there with a probability that
    /// counts.
    pub(super) fn before(&self, change: Change, ahead: usize, other: &Self) -> Self {
        let vector = |own: &[f64], other: &[f64]| change.before(own, ahead, other);
        Self {
            answered: vector(&self.answered, &other.answered),
            wait: vector(&self.wait, &other.wait),
            wait_answered: vector(&self.wait_answered, &other.wait_answered),
            for_ever: vector(&self.for_ever, &other.for_ever),
        }
    }
}

/// How a boundary moves a caller in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// So many are answered at once.
    Forward(usize),
    /// So many calls come back to the head of the queue.
    Back(usize),
}

impl Change {
    /// How many are ahead afterwards, of one who had so many ahead.
    pub(super) fn after(self, ahead: usize) -> usize {
        match self {
            Self::Forward(places) => ahead.saturating_sub(places),
            Self::Back(places) => ahead + places,
        }
    }

    /// A measure just before the boundary from the one after it.
    pub(super) fn before<T: Copy>(self, after: &[T], ahead: usize, other: &[T]) -> Vec<T> {
        (0..ahead + 2)
            .map(|i| {
                // Entry 0 is "his turn"; a caller with q ahead is in entry q + 1.
                let at = match self {
                    _ if i == 0 => 0,
                    Self::Forward(places) => i.saturating_sub(places),
                    Self::Back(places) => i + places,
                };
                after.get(at).copied().unwrap_or_else(|| other[i.min(other.len() - 1)])
            })
            .collect()
    }
}

/// How far fates are from those under rates that last: 0 in the first entry of each vector.
#[derive(Debug, Clone, Default)]
pub(super) struct Apart<T> {
    pub(super) answered: Vec<T>,
    pub(super) wait: Vec<T>,
    pub(super) wait_answered: Vec<T>,
    pub(super) for_ever: Vec<T>,
}

impl<T> Apart<T> {
    fn fields(&self) -> [&Vec<T>; FIELDS] {
        [&self.answered, &self.wait, &self.wait_answered, &self.for_ever]
    }

    fn fields_mut(&mut self) -> [&mut Vec<T>; FIELDS] {
        [&mut self.answered, &mut self.wait, &mut self.wait_answered, &mut self.for_ever]
    }
}

impl Apart<f64> {
    /// Of `fates` from `settled`.
    pub(super) fn of(fates: &Fates, settled: &Fates) -> Self {
        let apart = |fates: &[f64], settled: &[f64]| {
            fates.iter().zip(settled).map(|(fate, settled)| fate - settled).collect()
        };
        Self {
            answered: apart(&fates.answered, &settled.answered),
            wait: apart(&fates.wait, &settled.wait),
            wait_answered: apart(&fates.wait_answered, &settled.wait_answered),
            for_ever: apart(&fates.for_ever, &settled.for_ever),
        }
    }

    /// The fates themselves.
    pub(super) fn fates(&self, settled: &Fates) -> Fates {
        let sum = |apart: &[f64], settled: &[f64]| {
            apart.iter().zip(settled).map(|(apart, settled)| apart + settled).collect()
        };
        Fates {
            answered: sum(&self.answered, &settled.answered),
            wait: sum(&self.wait, &settled.wait),
            wait_answered: sum(&self.wait_answered, &settled.wait_answered),
            for_ever: sum(&self.for_ever, &settled.for_ever),
        }
    }

    /// The greatest difference of a share, and of a wait, with up to 0, 1, 2, ... ahead.
    pub(super) fn furthest(&self) -> [Vec<f64>; 2] {
        let most = |one: &[f64], other: &[f64]| {
            let mut most: f64 = 0.0;
            let pairs = one.iter().zip(other).skip(1);
            pairs
                .map(|(one, other)| {
                    most = most.max(one.abs()).max(other.abs());
                    most
                })
                .collect()
        };
        [most(&self.answered, &self.for_ever), most(&self.wait, &self.wait_answered)]
    }
}

const FIELDS: usize = 4;

/// Chances of callers with 0, 1, 2, ... ahead by a deadline, at each node of a panel.
///
/// Each vector starts with one entry for "it is his turn".
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chances {
    /// Probability to be answered by the deadline.
    pub(super) answered: Vec<AtNodes>,
    /// Probability that it is not yet his turn, for one who never hangs up.
    pub(super) waiting: Vec<AtNodes>,
}

impl Chances {
    /// At the deadlines themselves.
    pub(super) fn at_deadline(ahead: usize) -> Self {
        let [none, all] = [[0.0; NODES], [1.0; NODES]];
        let mut chances = Self { answered: vec![none; ahead + 2], waiting: vec![all; ahead + 2] };
        (chances.answered[0], chances.waiting[0]) = (all, none);
        chances
    }

    /// The same just before a boundary.
    pub(super) fn before(&self, change: Change, ahead: usize) -> Self {
        Self {
            answered: change.before(&self.answered, ahead, &self.answered),
            waiting: change.before(&self.waiting, ahead, &self.waiting),
        }
    }
}

/// What carries measures backwards in time, with the memory that it uses again and again.
pub(super) struct Backward<'a> {
    effort: &'a Effort<'a>,
    set: InstructionSet,
    weights: Vec<AtNodes>,
    memory: Memory,
}

#[derive(Debug, Default)]
struct Memory {
    /// Factor of the own entry, for one who may hang up and for one who never does.
    stay: Vec<Cells>,
    stay_patient: Vec<Cells>,
    /// Factor of the entry before.
    move_up: Vec<Cells>,
    /// Of each measure the last term of one block and those of the next, each behind the entries before
    /// those of its first vector.
    rows: [Vec<Cells>; FIELDS],
    sums: [Vec<AtNodes>; FIELDS],
    /// Terms of the entry before, of both chances.
    terms: Vec<[AtNodes; 2]>,
}

impl Memory {
    /// Sets up the rows and sums of a field that starts from `entries`.
    fn start(&mut self, field: usize, entries: impl Iterator<Item = f64>) {
        let vectors = self.stay.len();
        let (rows, sums) = (&mut self.rows[field], &mut self.sums[field]);
        // Every row but the one that is laid here is written before it is read.
        rows.resize((BLOCK + 1) * (vectors + 1), Cells::default());
        sums.clear();
        sums.resize(vectors * LANES, [0.0; NODES]);
        let row = &mut rows[vectors + 1..2 * (vectors + 1)];
        let mut entries = entries;
        let turn = entries.next().unwrap_or(0.0);
        row.fill(Cells::default());
        lay(&mut row[1..], entries);
        edge(row, turn);
    }

    /// The sums of a field, entry after entry, but for that of "it is his turn".
    fn summed(&self, field: usize) -> impl Iterator<Item = &AtNodes> {
        let sums = &self.sums[field];
        (0..LANES).flat_map(move |lane| sums.iter().skip(lane).step_by(LANES))
    }
}

/// Sets the vector before a term: of each lane the last entry of the lane before.
#[inline(always)]
fn edge(row: &mut [Cells], turn: f64) {
    let last = row[row.len() - 1].0;
    let mut before = [turn; LANES];
    before[1..].copy_from_slice(&last[..LANES - 1]);
    row[0].0 = before;
}

/// Products of one piece where each node has terms of its own.
const PIECE: f64 = 100.0;

impl<'a> Backward<'a> {
    pub(super) fn new(effort: &'a Effort<'a>) -> Self {
        let set = InstructionSet::in_use();
        Self { effort, set, weights: Vec::new(), memory: Memory::default() }
    }

    /// How far apart fates are at nodes so many `seconds` before, the first node the longest; `apart`
    /// becomes that of the first.
    ///
    /// `steady` says that callers hang up at this rate from now on for ever: then who is answered
    /// follows from how long he waits.
    pub(super) fn apart_at(
        &mut self,
        queue: &Queue,
        seconds: &AtNodes,
        steady: bool,
        apart: &mut Apart<f64>,
        at: &mut Apart<AtNodes>,
    ) -> Result<()> {
        let entries = apart.answered.len();
        let settled_after = queue.settles_after(entries - 2);
        let rate = self.open(queue, entries - 2);
        for field in at.fields_mut() {
            field.clear();
            field.resize(entries, [0.0; NODES]);
        }
        let mut carried = 0.0;
        let mut left = NODES;
        while left > 0 {
            if seconds[left - 1] >= settled_after {
                apart.fields_mut().into_iter().for_each(|field| field.fill(0.0));
                return Ok(());
            }
            let reach = carried + MOST_MEAN / rate;
            let first = (0..left).rev().take_while(|&node| seconds[node] <= reach).last();
            let mut means = [ABSENT; NODES];
            if let Some(first) = first {
                for node in first..left {
                    means[node] = (rate * (seconds[node] - carried)).max(0.0);
                }
            } else {
                means[0] = MOST_MEAN;
            }
            if queue.stands_still() {
                self.stand(&means, apart);
            } else {
                self.carry(queue, &means, steady, rate, apart)?;
            }
            let node = first.unwrap_or(0);
            for ((field, to), own) in
                at.fields_mut().into_iter().enumerate().zip(apart.fields_mut())
            {
                let entries = to[1..].iter_mut().zip(&mut own[1..]);
                for ((to, own), sums) in entries.zip(self.memory.summed(field)) {
                    if first.is_some() {
                        to[node..left].copy_from_slice(&sums[node..left]);
                    }
                    *own = sums[node];
                }
            }
            carried = first.map_or(reach, |first| seconds[first]);
            left = first.unwrap_or(left);
        }
        Ok(())
    }

    /// Adds the series of `apart` up for nodes of such `means`.
    fn carry(
        &mut self,
        queue: &Queue,
        means: &AtNodes,
        steady: bool,
        rate: f64,
        apart: &Apart<f64>,
    ) -> Result<()> {
        self.set.run(PoissonAt { means: *means, weights: &mut self.weights });
        let nothing = |field: &[f64]| field.iter().all(|&value| value == 0.0);
        let for_ever = !nothing(&apart.for_ever);
        let follows = steady && queue.hanging_up > 0.0 && queue.answers > 0.0;
        let answered = !follows && !nothing(&apart.answered);
        // Where everybody is answered, all waits are those of callers who are.
        let same = steady && queue.hanging_up == 0.0 && !answered && !for_ever;
        let asked = [answered, true, !same, for_ever];
        let fields = asked.iter().filter(|&&asked| asked).count();
        self.effort.spend((fields * apart.wait.len() * self.weights.len()) as f64)?;
        for (field, (start, asked)) in apart.fields().into_iter().zip(asked).enumerate() {
            let entries = if asked { start.as_slice() } else { &[] };
            self.memory.start(field, entries.iter().copied());
        }
        self.set.run(FateSeries {
            effort: self.effort,
            memory: &mut self.memory,
            weights: &self.weights,
            asked,
            second: 1.0 / rate,
            hanging_up: if follows { queue.hanging_up } else { 0.0 },
        });
        let [answered_sums, wait_sums, wait_answered_sums, _] = &mut self.memory.sums;
        if same {
            wait_answered_sums.copy_from_slice(wait_sums);
        } else if follows {
            for (answered, wait) in answered_sums.iter_mut().zip(wait_sums) {
                *answered = wait.map(|seconds| -queue.hanging_up * seconds);
            }
        }
        self.effort.check()
    }

    /// The sums of `apart` where nobody moves, by seconds before.
    fn stand(&mut self, seconds: &AtNodes, apart: &Apart<f64>) {
        let [answered, wait, wait_answered, for_ever] = apart.fields();
        let gains = [(answered, answered, 0.0), (wait, for_ever, -1.0)]
            .into_iter()
            .chain([(wait_answered, answered, 1.0), (for_ever, for_ever, 0.0)]);
        let vectors = self.memory.stay.len();
        for ((values, chances, gain), sums) in gains.zip(&mut self.memory.sums) {
            sums.clear();
            sums.resize(vectors * LANES, [0.0; NODES]);
            for (place, (value, chance)) in values.iter().zip(chances).skip(1).enumerate() {
                sums[place % vectors * LANES + place / vectors] =
                    seconds.map(|s| value + s.max(0.0) * gain * chance);
            }
        }
    }

    /// Chances at nodes so many `seconds` before the deadline, with up to `ahead` ahead.
    pub(super) fn chances_before_deadline(
        &mut self,
        queue: &Queue,
        seconds: &AtNodes,
        ahead: usize,
    ) -> Result<Chances> {
        let longest = seconds.iter().fold(0.0_f64, |longest, &s| longest.max(s));
        let mut chances = Chances::at_deadline(queue.may_clear(ahead, longest));
        self.common_chances(queue, seconds, &mut chances)?;
        chances.answered.resize(ahead + 2, [0.0; NODES]);
        chances.waiting.resize(ahead + 2, [1.0; NODES]);
        Ok(chances)
    }

    /// `chances` at nodes so many `seconds` before, where those of all nodes are the same.
    fn common_chances(
        &mut self,
        queue: &Queue,
        seconds: &AtNodes,
        chances: &mut Chances,
    ) -> Result<()> {
        let rate = queue.answers + (chances.answered.len() - 1) as f64 * queue.hanging_up;
        if seconds.iter().any(|s| *s != seconds[0] && s.max(seconds[0]) * rate > MOST_MEAN) {
            // After the first piece they are the same no longer.
            return self.chances(queue, seconds, chances);
        }
        let effort = self.effort;
        self.chances_by(queue, seconds, MOST_MEAN, chances, |set, memory, weights, chances| {
            let fields = [&mut chances.answered, &mut chances.waiting];
            for (field, start) in fields.iter().enumerate() {
                memory.start(field, start.iter().map(|entry| entry[0]));
            }
            set.run(CommonSeries { effort, memory, weights });
            for (field, to) in fields.into_iter().enumerate() {
                for (to, sums) in to[1..].iter_mut().zip(memory.summed(field)) {
                    *to = *sums;
                }
            }
        })
    }

    /// `chances` at nodes so many `seconds` before.
    pub(super) fn chances(
        &mut self,
        queue: &Queue,
        seconds: &AtNodes,
        chances: &mut Chances,
    ) -> Result<()> {
        let effort = self.effort;
        self.chances_by(queue, seconds, PIECE, chances, |set, memory, weights, chances| {
            set.run(NodeSeries { effort, memory, weights, chances });
        })
    }

    fn chances_by(
        &mut self,
        queue: &Queue,
        seconds: &AtNodes,
        piece: f64,
        chances: &mut Chances,
        mut series: impl FnMut(InstructionSet, &mut Memory, &[AtNodes], &mut Chances),
    ) -> Result<()> {
        let ahead = chances.answered.len() - 2;
        if queue.stands_still() {
            return Ok(());
        }
        if queue.hanging_up.is_infinite() {
            // Those ahead are gone at once.
            let left = chances.waiting[1];
            let turn_not_come =
                std::array::from_fn(|node| (-queue.answers * seconds[node]).exp() * left[node]);
            chances.answered[1..].fill([0.0; NODES]);
            chances.waiting[1..].fill(turn_not_come);
            return Ok(());
        }
        // Longer waits change nothing any more.
        let clear = queue.clears_after(ahead);
        let rate = self.open(queue, ahead);
        let products = seconds.map(|s| rate * s.clamp(0.0, clear));
        let most = products.iter().fold(0.0_f64, |most, &z| most.max(z));
        let pieces = (most / piece).ceil();
        let means = products.map(|z| z / pieces.max(1.0));
        self.set.run(PoissonAt { means, weights: &mut self.weights });
        for _ in 0..pieces as usize {
            self.effort.spend((2 * NODES * (ahead + 1) * self.weights.len()) as f64)?;
            series(self.set, &mut self.memory, &self.weights, chances);
        }
        self.effort.check()
    }

    /// Sets the factors up; the rate of uniformization.
    fn open(&mut self, queue: &Queue, ahead: usize) -> f64 {
        let Queue { answers: c, hanging_up: theta } = *queue;
        let rate = if queue.stands_still() { 1.0 } else { c + (ahead + 1) as f64 * theta };
        let Memory { stay, stay_patient, move_up, .. } = &mut self.memory;
        let (c, theta) = (c / rate, theta / rate);
        for vector in [&mut *stay, &mut *stay_patient, &mut *move_up] {
            vector.clear();
            vector.resize(vectors(ahead + 1), Cells::default());
        }
        let ahead_leave = |q: usize| c + q as f64 * theta;
        lay(stay, (0..=ahead).map(|q| 1.0 - ahead_leave(q) - theta));
        lay(stay_patient, (0..=ahead).map(|q| 1.0 - ahead_leave(q)));
        lay(move_up, (0..=ahead).map(ahead_leave));
        rate
    }
}

/// What entries gain of the term before in one product: a multiple of their chances.
#[derive(Clone, Copy)]
struct Gain<'a> {
    chances: &'a [Cells],
    factor: f64,
}

/// `next` = one product of `term`, and what each entry gains.
#[inline(always)]
fn product(
    by: impl Arithmetic,
    [stay, move_up]: [&[Cells]; 2],
    term: &[Cells],
    next: &mut [Cells],
    gain: Option<Gain>,
) {
    let n = stay.len();
    let move_up = &move_up[..n];
    let (before, here) = (&term[..n], &term[1..=n]);
    let gain = gain.map(|gain| (&gain.chances[1..=n], gain.factor));
    let cells = &mut next[1..=n];
    for place in 0..n {
        let mut value = [0.0; LANES];
        for i in 0..LANES {
            let gained = gain.map_or(0.0, |(chances, factor)| factor * chances[place].0[i]);
            let own = by.mul_add(stay[place].0[i], here[place].0[i], gained);
            value[i] = by.mul_add(move_up[place].0[i], before[place].0[i], own);
        }
        cells[place].0 = value;
    }
    edge(next, term[0].0[0]);
}

/// Rows of one term: that before, and that to be made.
#[inline(always)]
fn two_rows(rows: &mut [Cells], stride: usize, row: usize) -> (&[Cells], &mut [Cells]) {
    let (before, here) = rows.split_at_mut(row * stride);
    (&before[(row - 1) * stride..], &mut here[..stride])
}

/// Blocks between two looks at Ctrl-C over so many vectors.
fn blocks_per_look(vectors: usize) -> usize {
    (STATES_PER_LOOK / (BLOCK * LANES * vectors)).max(1)
}

/// Entries between two looks at Ctrl-C, each with some hundred terms of every node.
const ENTRIES_PER_LOOK: usize = 1 << 10;

struct FateSeries<'a> {
    effort: &'a Effort<'a>,
    memory: &'a mut Memory,
    weights: &'a [AtNodes],
    /// Whether there is anything to do for each field.
    asked: [bool; FIELDS],
    /// Seconds of one product.
    second: f64,
    /// Where who is answered follows from the waits, the rate by which it does; else 0.
    hanging_up: f64,
}

impl LaneKernel for FateSeries<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, by: impl Arithmetic) {
        let Memory { stay, move_up, rows, sums, .. } = self.memory;
        let (stride, second) = (stay.len() + 1, self.second);
        let factors = [&**stay, &**move_up];
        let follows = -second * self.hanging_up;
        let blocks_per_look = blocks_per_look(stay.len());
        for (block, weights) in self.weights.chunks(BLOCK).enumerate() {
            if block % blocks_per_look == 0 && block > 0 && self.effort.stopped() {
                return;
            }
            let [answered, wait, wait_answered, for_ever] = &mut *rows;
            for row in 1..=weights.len() {
                if block == 0 && row == 1 {
                    continue;
                }
                let (p, next) = two_rows(answered, stride, row);
                let (ever, next_ever) = two_rows(for_ever, stride, row);
                let (w, next_wait) = two_rows(wait, stride, row);
                // Seconds of waiting are gained by the chances of the term before.
                let gain = |chances, factor| Some(Gain { chances, factor });
                if self.asked[2] {
                    let (own, next) = two_rows(wait_answered, stride, row);
                    let gained = if self.asked[0] { gain(p, second) } else { gain(w, follows) };
                    product(by, factors, own, next, gained);
                }
                if self.asked[0] {
                    product(by, factors, p, next, None);
                }
                if self.asked[3] {
                    product(by, factors, w, next_wait, gain(ever, -second));
                    product(by, factors, ever, next_ever, None);
                } else {
                    product(by, factors, w, next_wait, None);
                }
            }
            for ((rows, sums), _) in
                rows.iter_mut().zip(&mut *sums).zip(self.asked).filter(|(_, asked)| *asked)
            {
                combine_vectors(by, weights, &rows[stride..], sums);
                if weights.len() == BLOCK {
                    rows.copy_within(BLOCK * stride.., 0);
                }
            }
        }
    }
}

/// Chances that start the same at all nodes.
struct CommonSeries<'a> {
    effort: &'a Effort<'a>,
    memory: &'a mut Memory,
    weights: &'a [AtNodes],
}

impl LaneKernel for CommonSeries<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, by: impl Arithmetic) {
        let Memory { stay, stay_patient, move_up, rows, sums, .. } = self.memory;
        let stride = stay.len() + 1;
        let blocks_per_look = blocks_per_look(stay.len());
        for (block, weights) in self.weights.chunks(BLOCK).enumerate() {
            if block % blocks_per_look == 0 && block > 0 && self.effort.stopped() {
                return;
            }
            for ((stay, rows), sums) in
                [&*stay, &*stay_patient].into_iter().zip(&mut *rows).zip(&mut *sums)
            {
                for row in 1..=weights.len() {
                    if block == 0 && row == 1 {
                        continue;
                    }
                    let (term, next) = two_rows(rows, stride, row);
                    product(by, [stay, move_up], term, next, None);
                }
                combine_vectors(by, weights, &rows[stride..], sums);
                if weights.len() == BLOCK {
                    rows.copy_within(BLOCK * stride.., 0);
                }
            }
        }
    }
}

/// Chances that are a matter of the node from the start.
struct NodeSeries<'a> {
    effort: &'a Effort<'a>,
    memory: &'a mut Memory,
    weights: &'a [AtNodes],
    chances: &'a mut Chances,
}

impl LaneKernel for NodeSeries<'_> {
    type Output = ();

    /// Entry by entry, each by the terms of the one before: the other way round the loop over entries
    /// would become the vectors, and gather what is apart.
    #[inline(always)]
    fn run(self, by: impl Arithmetic) {
        let Memory { stay, stay_patient, move_up, terms, .. } = self.memory;
        let Chances { answered, waiting } = self.chances;
        terms.clear();
        terms.resize(self.weights.len(), [answered[0], waiting[0]]);
        let [stay, stay_patient, move_up] =
            [&*stay, &*stay_patient, &*move_up].map(|row| numbers(row, 0));
        let factors = stay.zip(stay_patient).zip(move_up);
        let entries = answered.iter_mut().zip(waiting).skip(1);
        let factors = entries.zip(factors).enumerate();
        for (entry, ((answered, waiting), ((stay, stay_patient), move_up))) in factors {
            if entry % ENTRIES_PER_LOOK == 0 && entry > 0 && self.effort.stopped() {
                return;
            }
            let mut here = [*answered, *waiting];
            let mut sums = [[0.0; NODES]; 2];
            for (weight, before) in self.weights.iter().zip(&mut *terms) {
                for (field, stay) in [stay, stay_patient].into_iter().enumerate() {
                    let mut next = [0.0; NODES];
                    for node in 0..NODES {
                        let own = here[field][node];
                        sums[field][node] = by.mul_add(weight[node], own, sums[field][node]);
                        next[node] = by.mul_add(stay, own, move_up * before[field][node]);
                    }
                    before[field] = here[field];
                    here[field] = next;
                }
            }
            [*answered, *waiting] = sums;
        }
    }
}
