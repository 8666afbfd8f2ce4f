//! The core's measures from the integrals, and what rounding their inputs costs.

use crate::cells::Cell;
use crate::double_double::Double;
use crate::integrals::Queue;
use crate::kernels::{Answers, MEASURES};

/// Relative change of an input that condition numbers are taken over.
const CHANGE: f64 = 1e-9;
/// What is below on both sides is equal: the smallest doubles have few digits.
const TINY: f64 = 1e-280;

/// The relative distance of two answers; 0 where neither is one, infinite where only one is.
pub(crate) fn apart(got: f64, expected: f64) -> f64 {
    if got == expected || (got.is_nan() && expected.is_nan()) {
        return 0.0;
    }
    if got.abs() < TINY && expected.abs() < TINY {
        return 0.0;
    }
    let error = ((got - expected) / expected).abs();
    if error.is_nan() { f64::INFINITY } else { error }
}

/// A cell in 32 digits.
#[derive(Debug, Clone, Copy)]
struct Question {
    queue: Queue,
    threshold: Double,
    hold_time: f64,
}

impl Question {
    fn new(cell: &Cell) -> Self {
        Self { queue: cell.queue(), threshold: cell.threshold.into(), hold_time: cell.hold_time }
    }

    /// The same with one of load, handle time, patience and threshold a little greater; None where that
    /// changes nothing.
    fn changed(&self, input: usize) -> Option<Self> {
        let mut other = *self;
        let place = match input {
            0 => &mut other.queue.load,
            1 => &mut other.queue.aht,
            2 => &mut other.queue.patience,
            _ => &mut other.threshold,
        };
        if place.high == 0.0 || place.high == f64::INFINITY {
            return None;
        }
        *place = *place * (Double::from(1.0) + Double::from(CHANGE));
        Some(other)
    }

    /// Every measure but the quantile.
    fn answers(&self) -> Answers {
        let Queue { agents, load, aht, .. } = self.queue;
        let measures = self.queue.measures(self.threshold);
        let rate = (load / aht).value();
        let busy = load.value() * measures.lost.miss;
        let occupancy = if agents.high == 0.0 {
            f64::NAN
        } else if measures.mean_wait == f64::INFINITY {
            1.0
        } else {
            busy / agents.value()
        };
        // What a queue that grows without end has is infinite, nobody's calls have nothing of.
        let times_rate = |time: f64| if rate == 0.0 { 0.0 } else { rate * time };
        let mut answers = [f64::NAN; MEASURES.len()];
        answers[0] = measures.wait.hit;
        answers[1] = measures.wait.miss;
        for (i, within) in measures.within.into_iter().enumerate() {
            answers[2 + i] = within.hit;
            answers[7 + i] = within.miss;
        }
        answers[12..21].copy_from_slice(&[
            measures.lost.hit,
            measures.asa,
            measures.mean_wait,
            measures.mean_wait_lost,
            times_rate(measures.mean_wait),
            occupancy,
            measures.within[3].miss,
            times_rate(measures.mean_wait + measures.lost.miss * self.hold_time),
            measures.blocking,
        ]);
        answers
    }
}

/// Every measure but the quantile.
pub(crate) fn answers(cell: &Cell) -> Answers {
    Question::new(cell).answers()
}

/// The condition numbers: by how much more than its inputs each measure but the quantile changes,
/// relatively; the sum over load, handle time, patience and threshold.
pub(crate) fn conditions(cell: &Cell) -> Answers {
    let question = Question::new(cell);
    let at = question.answers();
    let mut conditions = [0.0; MEASURES.len()];
    for other in (0..4).filter_map(|input| question.changed(input)) {
        for ((condition, a), b) in conditions.iter_mut().zip(at).zip(other.answers()) {
            let change = (b / a).ln().abs() / CHANGE;
            if change.is_finite() {
                *condition += change;
            }
        }
    }
    conditions
}

/// A cell whose threshold is a quantile that was answered.
fn at(cell: &Cell, time: f64) -> Cell {
    Cell { threshold: time, ..*cell }
}

/// How fast ln P(W > q) falls with ln q.
fn fall(cell: &Cell, time: f64) -> f64 {
    cell.queue().measures(time.into()).hazard * time
}

/// The relative error of `got` as the quantile of the wait: the distance of P(W > got) from what it
/// should be, by the slope there.
pub(crate) fn quantile_error(cell: &Cell, truth: &Answers, got: f64) -> f64 {
    let beyond = (Double::from(1.0) - Double::from(cell.quantile)).value();
    let waiting = truth[0];
    // Nobody waits in Erlang B, and at no load.
    if cell.load == 0.0 || cell.patience == 0.0 {
        return apart(got, 0.0);
    }
    if got == 0.0 {
        return if waiting < TINY { 0.0 } else { (waiting / beyond - 1.0).max(0.0) };
    }
    if truth[14] == f64::INFINITY {
        return apart(got, if beyond < 1.0 { f64::INFINITY } else { 0.0 });
    }
    if beyond == 0.0 || !(got > 0.0 && got < f64::INFINITY) {
        return apart(got, f64::INFINITY);
    }
    let measures = cell.queue().measures(got.into());
    // On the side that is small: the other has its last digit only.
    let gone = measures.within[3];
    let apart = if cell.quantile < 0.5 {
        (gone.hit - cell.quantile) / beyond
    } else {
        (gone.miss / beyond).ln()
    };
    let error = apart.abs() / (measures.hazard * got);
    if error.is_nan() { f64::INFINITY } else { error }
}

/// By how much more than its inputs the quantile of the wait changes, near `quantile`.
pub(crate) fn quantile_condition(cell: &Cell, quantile: f64) -> f64 {
    if !(quantile > 0.0 && quantile < f64::INFINITY) {
        return conditions_at_no_wait(cell);
    }
    let cell = at(cell, quantile);
    let question = Question::new(&cell);
    let survival = 18;
    let here = question.answers()[survival];
    let mut condition = cell.quantile / (1.0 - cell.quantile);
    for other in (0..3).filter_map(|input| question.changed(input)) {
        condition += (other.answers()[survival] / here).ln().abs() / CHANGE;
    }
    condition / fall(&cell, quantile)
}

/// Where the quantile is 0, what counts is the probability of waiting.
fn conditions_at_no_wait(cell: &Cell) -> f64 {
    let question = Question::new(cell);
    let here = question.answers()[0];
    let others = (0..3).filter_map(|input| question.changed(input));
    others.map(|other| (other.answers()[0] / here).ln().abs() / CHANGE).sum()
}
