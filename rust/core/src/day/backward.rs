//! Outcomes of a waiting caller by queue position, carried backward in time.
//!
//! Callers behind do not matter, and those ahead leave at rates c, c + theta, c + 2 theta, ... (c what
//! all agents end a second, theta the rate of hanging up): a pure death process. Its measures obey
//! equations backwards in time, advanced here by uniformization, whose terms are all positive.

use crate::day::effort::{Effort, STATES_PER_LOOK};
use crate::day::panels::NODES_PER_PANEL;
use crate::day::positions::{DeadlineProbabilities, Deviation, FIELDS, QueueRates};
use crate::day::series::{
    AtNodes, BLOCK, STATES_ABREAST, StateLanes, combine_vectors, lay, numbers, vectors,
};
use crate::day::weights::{ABSENT, MOST_MEAN, PoissonAt};
use crate::error::Result;
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};

/// Carries outcomes backward in time by uniformization; its memory is reused.
pub(super) struct Backward<'a> {
    effort: &'a Effort<'a>,
    set: InstructionSet,
    weights: Vec<AtNodes>,
    memory: Memory,
}

#[derive(Debug, Default)]
struct Memory {
    /// Factor of the own entry, for a caller who may hang up and for one who never does.
    stay: Vec<StateLanes>,
    stay_patient: Vec<StateLanes>,
    /// Factor of the entry before.
    move_up: Vec<StateLanes>,
    /// Of each measure the last term of one block and those of the next, each behind the entries before
    /// those of its first vector.
    rows: [Vec<StateLanes>; FIELDS],
    sums: [Vec<AtNodes>; FIELDS],
    /// Terms of the entry before, of both probabilities.
    terms: Vec<[AtNodes; 2]>,
}

impl Memory {
    /// Sets up the rows and sums of a field that starts from `entries`.
    fn start(&mut self, field: usize, entries: impl Iterator<Item = f64>) {
        let vectors = self.stay.len();
        let (rows, sums) = (&mut self.rows[field], &mut self.sums[field]);
        // Every row but the one that is laid here is written before it is read.
        rows.resize((BLOCK + 1) * (vectors + 1), StateLanes::default());
        sums.clear();
        sums.resize(vectors * STATES_ABREAST, [0.0; NODES_PER_PANEL]);
        let row = &mut rows[vectors + 1..2 * (vectors + 1)];
        let mut entries = entries;
        let turn = entries.next().unwrap_or(0.0);
        row.fill(StateLanes::default());
        lay(&mut row[1..], entries);
        edge(row, turn);
    }

    /// The sums of a field, entry after entry, without that of a caller answered now.
    fn summed(&self, field: usize) -> impl Iterator<Item = &AtNodes> {
        let sums = &self.sums[field];
        (0..STATES_ABREAST).flat_map(move |lane| sums.iter().skip(lane).step_by(STATES_ABREAST))
    }
}

/// Sets the vector before a term: of each lane the last entry of the lane before.
#[inline(always)]
fn edge(row: &mut [StateLanes], turn: f64) {
    let last = row[row.len() - 1].0;
    let mut before = [turn; STATES_ABREAST];
    before[1..].copy_from_slice(&last[..STATES_ABREAST - 1]);
    row[0].0 = before;
}

/// Products of one piece where each node has terms of its own.
const PIECE: f64 = 100.0;

impl<'a> Backward<'a> {
    pub(super) fn new(effort: &'a Effort<'a>) -> Self {
        let set = InstructionSet::in_use();
        Self { effort, set, weights: Vec::new(), memory: Memory::default() }
    }

    /// The deviation at nodes so many `seconds` before, the first node the longest; `deviation` becomes
    /// that of the first.
    ///
    /// `steady` says that callers hang up at this rate from now on: the probability of being answered
    /// then follows from the mean wait.
    pub(super) fn deviation_at(
        &mut self,
        queue: &QueueRates,
        seconds: &AtNodes,
        steady: bool,
        deviation: &mut Deviation<f64>,
        nodes: &mut Deviation<AtNodes>,
    ) -> Result<()> {
        let entries = deviation.answered.len();
        let empty_after = queue.empties_after(entries - 2);
        let rate = self.open(queue, entries - 2);
        for field in nodes.fields_mut() {
            field.clear();
            field.resize(entries, [0.0; NODES_PER_PANEL]);
        }
        let mut carried = 0.0;
        let mut left = NODES_PER_PANEL;
        while left > 0 {
            if seconds[left - 1] >= empty_after {
                deviation.fields_mut().into_iter().for_each(|field| field.fill(0.0));
                return Ok(());
            }
            let reach = carried + MOST_MEAN / rate;
            let first = (0..left).rev().take_while(|&node| seconds[node] <= reach).last();
            let mut means = [ABSENT; NODES_PER_PANEL];
            if let Some(first) = first {
                for node in first..left {
                    means[node] = (rate * (seconds[node] - carried)).max(0.0);
                }
            } else {
                means[0] = MOST_MEAN;
            }
            if queue.is_frozen() {
                self.stand(&means, deviation);
            } else {
                self.carry(queue, &means, steady, rate, deviation)?;
            }
            let node = first.unwrap_or(0);
            for ((field, to), own) in
                nodes.fields_mut().into_iter().enumerate().zip(deviation.fields_mut())
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

    /// Adds the series of `deviation` up for nodes of such `means`.
    fn carry(
        &mut self,
        queue: &QueueRates,
        means: &AtNodes,
        steady: bool,
        rate: f64,
        deviation: &Deviation<f64>,
    ) -> Result<()> {
        self.set.run(PoissonAt { means: *means, weights: &mut self.weights });
        let nothing = |field: &[f64]| field.iter().all(|&value| value == 0.0);
        let never_served = !nothing(&deviation.never_served);
        let follows = steady && queue.hanging_up > 0.0 && queue.answers > 0.0;
        let answered = !follows && !nothing(&deviation.answered);
        // Where everybody is answered, all waits are waits of answered callers.
        let same = steady && queue.hanging_up == 0.0 && !answered && !never_served;
        let wanted = [answered, true, !same, never_served];
        let fields = wanted.iter().filter(|&&wanted| wanted).count();
        self.effort.spend((fields * deviation.wait.len() * self.weights.len()) as f64)?;
        for (field, (start, wanted)) in deviation.fields().into_iter().zip(wanted).enumerate() {
            let entries = if wanted { start.as_slice() } else { &[] };
            self.memory.start(field, entries.iter().copied());
        }
        self.set.run(OutcomeSeries {
            effort: self.effort,
            memory: &mut self.memory,
            weights: &self.weights,
            wanted,
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

    /// The sums of `deviation` where nobody moves, by seconds before.
    fn stand(&mut self, seconds: &AtNodes, deviation: &Deviation<f64>) {
        let [answered, wait, wait_answered, never_served] = deviation.fields();
        let gains = [(answered, answered, 0.0), (wait, never_served, -1.0)]
            .into_iter()
            .chain([(wait_answered, answered, 1.0), (never_served, never_served, 0.0)]);
        let vectors = self.memory.stay.len();
        for ((values, probabilities, gain), sums) in gains.zip(&mut self.memory.sums) {
            sums.clear();
            sums.resize(vectors * STATES_ABREAST, [0.0; NODES_PER_PANEL]);
            for (index, (value, probability)) in
                values.iter().zip(probabilities).skip(1).enumerate()
            {
                sums[index % vectors * STATES_ABREAST + index / vectors] =
                    seconds.map(|s| value + s.max(0.0) * gain * probability);
            }
        }
    }

    /// Probabilities at nodes so many `seconds` before the deadline, with up to `ahead` ahead.
    pub(super) fn before_deadline(
        &mut self,
        queue: &QueueRates,
        seconds: &AtNodes,
        ahead: usize,
    ) -> Result<DeadlineProbabilities> {
        let longest = seconds.iter().fold(0.0_f64, |longest, &s| longest.max(s));
        let mut probabilities = DeadlineProbabilities::at_deadline(queue.may_clear(ahead, longest));
        self.advance_common(queue, seconds, &mut probabilities)?;
        probabilities.answered.resize(ahead + 2, [0.0; NODES_PER_PANEL]);
        probabilities.waiting.resize(ahead + 2, [1.0; NODES_PER_PANEL]);
        Ok(probabilities)
    }

    /// `probabilities` at nodes so many `seconds` before, where those of all nodes are the same.
    fn advance_common(
        &mut self,
        queue: &QueueRates,
        seconds: &AtNodes,
        probabilities: &mut DeadlineProbabilities,
    ) -> Result<()> {
        let rate = queue.answers + (probabilities.answered.len() - 1) as f64 * queue.hanging_up;
        if seconds.iter().any(|s| *s != seconds[0] && s.max(seconds[0]) * rate > MOST_MEAN) {
            // After the first piece the nodes differ.
            return self.probabilities(queue, seconds, probabilities);
        }
        let effort = self.effort;
        self.advance_by(
            queue,
            seconds,
            MOST_MEAN,
            probabilities,
            |set, memory, weights, probabilities| {
                let fields = [&mut probabilities.answered, &mut probabilities.waiting];
                for (field, start) in fields.iter().enumerate() {
                    memory.start(field, start.iter().map(|entry| entry[0]));
                }
                set.run(CommonSeries { effort, memory, weights });
                for (field, to) in fields.into_iter().enumerate() {
                    for (to, sums) in to[1..].iter_mut().zip(memory.summed(field)) {
                        *to = *sums;
                    }
                }
            },
        )
    }

    /// `probabilities` at nodes so many `seconds` before.
    pub(super) fn probabilities(
        &mut self,
        queue: &QueueRates,
        seconds: &AtNodes,
        probabilities: &mut DeadlineProbabilities,
    ) -> Result<()> {
        let effort = self.effort;
        self.advance_by(
            queue,
            seconds,
            PIECE,
            probabilities,
            |set, memory, weights, probabilities| {
                set.run(NodeSeries { effort, memory, weights, probabilities });
            },
        )
    }

    fn advance_by(
        &mut self,
        queue: &QueueRates,
        seconds: &AtNodes,
        piece: f64,
        probabilities: &mut DeadlineProbabilities,
        mut series: impl FnMut(InstructionSet, &mut Memory, &[AtNodes], &mut DeadlineProbabilities),
    ) -> Result<()> {
        let ahead = probabilities.answered.len() - 2;
        if queue.is_frozen() {
            return Ok(());
        }
        if queue.hanging_up.is_infinite() {
            // Callers ahead hang up at once.
            let left = probabilities.waiting[1];
            let turn_not_come =
                std::array::from_fn(|node| (-queue.answers * seconds[node]).exp() * left[node]);
            probabilities.answered[1..].fill([0.0; NODES_PER_PANEL]);
            probabilities.waiting[1..].fill(turn_not_come);
            return Ok(());
        }
        // By then the queue is empty: longer times change nothing.
        let clear = queue.clears_after(ahead);
        let rate = self.open(queue, ahead);
        let products = seconds.map(|s| rate * s.clamp(0.0, clear));
        let most = products.iter().fold(0.0_f64, |most, &z| most.max(z));
        let pieces = (most / piece).ceil();
        let means = products.map(|z| z / pieces.max(1.0));
        self.set.run(PoissonAt { means, weights: &mut self.weights });
        for _ in 0..pieces as usize {
            self.effort.spend((2 * NODES_PER_PANEL * (ahead + 1) * self.weights.len()) as f64)?;
            series(self.set, &mut self.memory, &self.weights, probabilities);
        }
        self.effort.check()
    }

    /// Sets the factors up; the rate of uniformization.
    fn open(&mut self, queue: &QueueRates, ahead: usize) -> f64 {
        let QueueRates { answers: c, hanging_up: theta } = *queue;
        let rate = if queue.is_frozen() { 1.0 } else { c + (ahead + 1) as f64 * theta };
        let Memory { stay, stay_patient, move_up, .. } = &mut self.memory;
        let (c, theta) = (c / rate, theta / rate);
        for vector in [&mut *stay, &mut *stay_patient, &mut *move_up] {
            vector.clear();
            vector.resize(vectors(ahead + 1), StateLanes::default());
        }
        let ahead_leave = |q: usize| c + q as f64 * theta;
        lay(stay, (0..=ahead).map(|q| 1.0 - ahead_leave(q) - theta));
        lay(stay_patient, (0..=ahead).map(|q| 1.0 - ahead_leave(q)));
        lay(move_up, (0..=ahead).map(ahead_leave));
        rate
    }
}

/// Seconds of waiting that entries gain from the term before: a multiple of their probabilities.
#[derive(Clone, Copy)]
struct TermGain<'a> {
    probabilities: &'a [StateLanes],
    factor: f64,
}

/// `next` = one product of `term`, and what each entry gains.
#[inline(always)]
fn product(
    arithmetic: impl Arithmetic,
    [stay, move_up]: [&[StateLanes]; 2],
    term: &[StateLanes],
    next: &mut [StateLanes],
    gain: Option<TermGain>,
) {
    let n = stay.len();
    let move_up = &move_up[..n];
    let (before, here) = (&term[..n], &term[1..=n]);
    let gain = gain.map(|gain| (&gain.probabilities[1..=n], gain.factor));
    let cells = &mut next[1..=n];
    for index in 0..n {
        let mut value = [0.0; STATES_ABREAST];
        for i in 0..STATES_ABREAST {
            let gained =
                gain.map_or(0.0, |(probabilities, factor)| factor * probabilities[index].0[i]);
            let own = arithmetic.mul_add(stay[index].0[i], here[index].0[i], gained);
            value[i] = arithmetic.mul_add(move_up[index].0[i], before[index].0[i], own);
        }
        cells[index].0 = value;
    }
    edge(next, term[0].0[0]);
}

/// Rows of one term: that before, and that to be made.
#[inline(always)]
fn two_rows(
    rows: &mut [StateLanes],
    stride: usize,
    row: usize,
) -> (&[StateLanes], &mut [StateLanes]) {
    let (before, here) = rows.split_at_mut(row * stride);
    (&before[(row - 1) * stride..], &mut here[..stride])
}

/// Blocks between two looks at Ctrl-C over so many vectors.
fn blocks_per_look(vectors: usize) -> usize {
    (STATES_PER_LOOK / (BLOCK * STATES_ABREAST * vectors)).max(1)
}

/// Entries between two looks at Ctrl-C, each with some hundred terms of every node.
const ENTRIES_PER_LOOK: usize = 1 << 10;

struct OutcomeSeries<'a> {
    effort: &'a Effort<'a>,
    memory: &'a mut Memory,
    weights: &'a [AtNodes],
    /// Which fields are wanted.
    wanted: [bool; FIELDS],
    /// Seconds of one product.
    second: f64,
    /// The rate by which answers follow from waits; 0 where they do not.
    hanging_up: f64,
}

impl LaneKernel for OutcomeSeries<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) {
        let Memory { stay, move_up, rows, sums, .. } = self.memory;
        let (stride, second) = (stay.len() + 1, self.second);
        let factors = [&**stay, &**move_up];
        let follows = -second * self.hanging_up;
        let blocks_per_look = blocks_per_look(stay.len());
        for (block, weights) in self.weights.chunks(BLOCK).enumerate() {
            if block % blocks_per_look == 0 && block > 0 && self.effort.stopped() {
                return;
            }
            let [answered, wait, wait_answered, never_served] = &mut *rows;
            for row in 1..=weights.len() {
                if block == 0 && row == 1 {
                    continue;
                }
                let (p, next) = two_rows(answered, stride, row);
                let (ever, next_ever) = two_rows(never_served, stride, row);
                let (w, next_wait) = two_rows(wait, stride, row);
                // Waits gain seconds by the probabilities of the term before.
                let gain = |probabilities, factor| Some(TermGain { probabilities, factor });
                if self.wanted[2] {
                    let (own, next) = two_rows(wait_answered, stride, row);
                    let gained = if self.wanted[0] { gain(p, second) } else { gain(w, follows) };
                    product(arithmetic, factors, own, next, gained);
                }
                if self.wanted[0] {
                    product(arithmetic, factors, p, next, None);
                }
                if self.wanted[3] {
                    product(arithmetic, factors, w, next_wait, gain(ever, -second));
                    product(arithmetic, factors, ever, next_ever, None);
                } else {
                    product(arithmetic, factors, w, next_wait, None);
                }
            }
            for ((rows, sums), _) in
                rows.iter_mut().zip(&mut *sums).zip(self.wanted).filter(|(_, wanted)| *wanted)
            {
                combine_vectors(arithmetic, weights, &rows[stride..], sums);
                if weights.len() == BLOCK {
                    rows.copy_within(BLOCK * stride.., 0);
                }
            }
        }
    }
}

/// Probabilities that start the same at all nodes.
struct CommonSeries<'a> {
    effort: &'a Effort<'a>,
    memory: &'a mut Memory,
    weights: &'a [AtNodes],
}

impl LaneKernel for CommonSeries<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) {
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
                    product(arithmetic, [stay, move_up], term, next, None);
                }
                combine_vectors(arithmetic, weights, &rows[stride..], sums);
                if weights.len() == BLOCK {
                    rows.copy_within(BLOCK * stride.., 0);
                }
            }
        }
    }
}

/// Probabilities that differ by node from the start.
struct NodeSeries<'a> {
    effort: &'a Effort<'a>,
    memory: &'a mut Memory,
    weights: &'a [AtNodes],
    probabilities: &'a mut DeadlineProbabilities,
}

impl LaneKernel for NodeSeries<'_> {
    type Output = ();

    /// Entry by entry, each by the terms of the one before: the other way round the loop over entries
    /// would become the vectors, and gather what is apart.
    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) {
        let Memory { stay, stay_patient, move_up, terms, .. } = self.memory;
        let DeadlineProbabilities { answered, waiting } = self.probabilities;
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
            let mut sums = [[0.0; NODES_PER_PANEL]; 2];
            for (weight, before) in self.weights.iter().zip(&mut *terms) {
                for (field, stay) in [stay, stay_patient].into_iter().enumerate() {
                    let mut next = [0.0; NODES_PER_PANEL];
                    for node in 0..NODES_PER_PANEL {
                        let own = here[field][node];
                        sums[field][node] =
                            arithmetic.mul_add(weight[node], own, sums[field][node]);
                        next[node] = arithmetic.mul_add(stay, own, move_up * before[field][node]);
                    }
                    before[field] = here[field];
                    here[field] = next;
                }
            }
            [*answered, *waiting] = sums;
        }
    }
}
