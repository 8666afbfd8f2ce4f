//! What becomes of a waiting caller, by how many wait ahead of him.
//!
//! Those behind do not matter, and those ahead leave at rates c, c + theta, c + 2 theta, ... (c what
//! all agents end a second, theta the rate of hanging up): a pure death process. Its measures obey
//! equations backwards in time, advanced here by uniformization, whose terms are all positive.

use crate::day::weights::poisson;
use crate::lanes::{Arithmetic, Set, Work};

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
        let (mut mean, mut variance) = (0.0, 0.0);
        for k in 0..=ahead {
            let seconds = 1.0 / (answers + k as f64 * hanging_up);
            mean += seconds;
            variance += seconds * seconds;
        }
        mean + 6.5 * variance.sqrt() + FAINT / answers
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
    /// A measure just before the boundary from the one after it.
    pub(super) fn before(self, after: &[f64], ahead: usize, other: &[f64]) -> Vec<f64> {
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

/// Chances of callers with 0, 1, 2, ... ahead by a deadline, at some instant before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chances {
    /// Probability to be answered by the deadline.
    pub(super) answered: Vec<f64>,
    /// Probability that it is not yet his turn, for one who never hangs up.
    pub(super) waiting: Vec<f64>,
}

impl Chances {
    /// At the deadline itself.
    pub(super) fn at_deadline(ahead: usize) -> Self {
        let mut chances = Self { answered: vec![0.0; ahead + 2], waiting: vec![1.0; ahead + 2] };
        (chances.answered[0], chances.waiting[0]) = (1.0, 0.0);
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
#[derive(Debug)]
pub(super) struct Backward {
    set: Set,
    weights: Vec<f64>,
    memory: Memory,
}

#[derive(Debug, Default)]
struct Memory {
    /// Factor of the own entry, for one who may hang up and for one who never does.
    stay: Vec<f64>,
    stay_patient: Vec<f64>,
    /// Factor of the entry before.
    move_up: Vec<f64>,
    terms: [Vec<f64>; 4],
    next: [Vec<f64>; 4],
}

/// Products of one piece: more would underflow the first weights of the longest queues.
const PIECE: f64 = 100.0;

impl Backward {
    pub(super) fn new() -> Self {
        Self { set: Set::in_use(), weights: Vec::new(), memory: Memory::default() }
    }

    /// `fates` of the callers `seconds` before.
    pub(super) fn fates(&mut self, queue: &Queue, seconds: f64, fates: &mut Fates) {
        let ahead = fates.answered.len() - 2;
        if seconds <= 0.0 {
            return;
        }
        if queue.hanging_up.is_infinite() || seconds >= queue.settles_after(ahead) {
            *fates = Fates::settled(queue, ahead);
            return;
        }
        if queue.stands_still() {
            for i in 1..ahead + 2 {
                fates.wait[i] += seconds * (1.0 - fates.for_ever[i]);
                fates.wait_answered[i] += seconds * fates.answered[i];
            }
            return;
        }
        let (pieces, rate) = self.open(queue, seconds, ahead);
        for _ in 0..pieces {
            self.set.run(FateSeries {
                memory: &mut self.memory,
                weights: &self.weights,
                fates,
                second: 1.0 / rate,
            });
        }
    }

    /// `chances` of the callers `seconds` before.
    pub(super) fn chances(&mut self, queue: &Queue, seconds: f64, chances: &mut Chances) {
        let ahead = chances.answered.len() - 2;
        if seconds <= 0.0 || queue.stands_still() {
            return;
        }
        if queue.hanging_up.is_infinite() {
            // Those ahead are gone at once.
            let turn_not_come = (-queue.answers * seconds).exp() * chances.waiting[1];
            chances.answered[1..].fill(0.0);
            chances.waiting[1..].fill(turn_not_come);
            return;
        }
        if seconds >= queue.clears_after(ahead) {
            chances.answered = Fates::settled(queue, ahead).answered;
            chances.waiting[1..].fill(0.0);
            return;
        }
        let (pieces, _) = self.open(queue, seconds, ahead);
        for _ in 0..pieces {
            self.set.run(ChanceSeries {
                memory: &mut self.memory,
                weights: &self.weights,
                chances,
            });
        }
    }

    /// Sets the factors up; how many pieces `seconds` are cut into, and the rate of uniformization.
    fn open(&mut self, queue: &Queue, seconds: f64, ahead: usize) -> (usize, f64) {
        let Queue { answers: c, hanging_up: theta } = *queue;
        let rate = c + (ahead + 1) as f64 * theta;
        let pieces = (rate * seconds / PIECE).ceil().max(1.0);
        poisson(rate * seconds / pieces, &mut self.weights);
        let Memory { stay, stay_patient, move_up, terms, next } = &mut self.memory;
        let (c, theta) = (c / rate, theta / rate);
        stay.clear();
        stay_patient.clear();
        move_up.clear();
        stay.push(1.0);
        stay_patient.push(1.0);
        move_up.push(0.0);
        for q in 0..=ahead {
            let ahead_leave = c + q as f64 * theta;
            stay.push(1.0 - ahead_leave - theta);
            stay_patient.push(1.0 - ahead_leave);
            move_up.push(ahead_leave);
        }
        for vector in terms.iter_mut().chain(next) {
            vector.clear();
            vector.resize(ahead + 2, 0.0);
        }
        (pieces as usize, rate)
    }
}

/// `next` = one product of `term`; entry 0 stays as it is.
#[inline(always)]
fn product(stay: &[f64], move_up: &[f64], term: &[f64], next: &mut [f64]) {
    let n = next.len() - 1;
    let (stay, move_up) = (&stay[1..=n], &move_up[1..=n]);
    let (here, before) = (&term[1..=n], &term[..n]);
    next[0] = term[0];
    let next = &mut next[1..=n];
    for i in 0..n {
        next[i] = stay[i] * here[i] + move_up[i] * before[i];
    }
}

#[inline(always)]
fn add(weight: f64, term: &[f64], sum: &mut [f64]) {
    for (total, value) in sum.iter_mut().zip(term) {
        *total += weight * value;
    }
}

struct FateSeries<'a> {
    memory: &'a mut Memory,
    weights: &'a [f64],
    fates: &'a mut Fates,
    /// Seconds of one product.
    second: f64,
}

impl Work for FateSeries<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, _by: impl Arithmetic) {
        let Memory { stay, move_up, terms, next, .. } = self.memory;
        let Fates { answered, wait, wait_answered, for_ever } = self.fates;
        // Where nobody waits for ever, that vector stays zero.
        let fields = if for_ever.iter().any(|&p| p > 0.0) { 4 } else { 3 };
        let mut sums = [answered, wait, wait_answered, for_ever];
        for (term, sum) in terms.iter_mut().zip(&mut sums) {
            term.copy_from_slice(sum);
            sum.fill(0.0);
        }
        let second = self.second;
        for &weight in self.weights {
            for (term, sum) in terms.iter().zip(&mut sums).take(fields) {
                add(weight, term, sum);
            }
            let [answered, wait, wait_answered, for_ever] = &*terms;
            let [next_answered, next_wait, next_wait_answered, next_for_ever] = &mut *next;
            product(stay, move_up, answered, next_answered);
            gaining(stay, move_up, wait, for_ever, next_wait, |p| second * (1.0 - p));
            gaining(stay, move_up, wait_answered, answered, next_wait_answered, |p| second * p);
            if fields == 4 {
                product(stay, move_up, for_ever, next_for_ever);
            }
            std::mem::swap(terms, next);
        }
    }
}

/// `next` = one product of `term` and the gain by the `chance` of each entry; entry 0 stays 0.
///
/// Slices of one length and few of them, or the loop is no vector loop.
#[inline(always)]
fn gaining(
    stay: &[f64],
    move_up: &[f64],
    term: &[f64],
    chance: &[f64],
    next: &mut [f64],
    gain: impl Fn(f64) -> f64,
) {
    let n = next.len() - 1;
    let (stay, move_up, chance) = (&stay[1..=n], &move_up[1..=n], &chance[1..=n]);
    let (here, before) = (&term[1..=n], &term[..n]);
    let next = &mut next[1..=n];
    for i in 0..n {
        next[i] = stay[i] * here[i] + move_up[i] * before[i] + gain(chance[i]);
    }
}

struct ChanceSeries<'a> {
    memory: &'a mut Memory,
    weights: &'a [f64],
    chances: &'a mut Chances,
}

impl Work for ChanceSeries<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, _by: impl Arithmetic) {
        let Memory { stay, stay_patient, move_up, terms, next } = self.memory;
        let mut sums = [&mut self.chances.answered, &mut self.chances.waiting];
        for (term, sum) in terms.iter_mut().zip(&mut sums) {
            term.copy_from_slice(sum);
            sum.fill(0.0);
        }
        for &weight in self.weights {
            for (field, stay) in [(0, &*stay), (1, &*stay_patient)] {
                add(weight, &terms[field], sums[field]);
                product(stay, move_up, &terms[field], &mut next[field]);
            }
            std::mem::swap(terms, next);
        }
    }
}
