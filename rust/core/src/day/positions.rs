//! Outcomes of a waiting caller by queue position, at an instant: under constant rates, and as deviations
//! from those.

use crate::day::panels::NODES_PER_PANEL;
use crate::day::series::AtNodes;

/// Rates at which a queue moves up under constant parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct QueueRates {
    /// Answers a second while anybody waits.
    pub(super) answers: f64,
    /// Abandonment rate of each waiting caller; infinite where nobody waits at all.
    pub(super) hanging_up: f64,
}

/// exp(-32) = 1.3e-14: survival below this is treated as 0.
const NEGLIGIBLE_EXPONENT: f64 = 32.0;

impl QueueRates {
    /// Whether nobody is answered and nobody hangs up.
    pub(super) fn is_frozen(&self) -> bool {
        self.answers == 0.0 && self.hanging_up == 0.0
    }

    /// Seconds after which nobody with at most `ahead` callers ahead still waits, however patient.
    pub(super) fn clears_after(&self, ahead: usize) -> f64 {
        let Self { answers, hanging_up } = *self;
        if answers == 0.0 {
            return f64::INFINITY;
        }
        if hanging_up.is_infinite() {
            return NEGLIGIBLE_EXPONENT / answers;
        }
        let (mut mean, mut variance) = (0.0, 0.0);
        for k in 0..=ahead {
            let seconds = 1.0 / (answers + k as f64 * hanging_up);
            mean += seconds;
            variance += seconds * seconds;
        }
        mean + 6.5 * variance.sqrt() + NEGLIGIBLE_EXPONENT / answers
    }

    /// The most callers ahead, of at most `ahead`, who may all be gone after so many seconds.
    ///
    /// That takes a sum of exponential times; it stays t below its mean with probability at most
    /// exp(-t^2 / (4 V)), V the sum of their variances (Maurer 2003): 1e-18 at t = 12.9 sqrt(V).
    pub(super) fn may_clear(&self, ahead: usize, seconds: f64) -> usize {
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
    pub(super) fn empties_after(&self, ahead: usize) -> f64 {
        if self.hanging_up.is_infinite() {
            return 0.0;
        }
        self.clears_after(ahead).min((NEGLIGIBLE_EXPONENT + 2.0) / self.hanging_up)
    }
}

/// Measures of callers with 0, 1, 2, ... ahead, at some instant.
///
/// The first entry of each vector is for a caller who is answered now.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Outcomes {
    /// Probability of being answered at all.
    pub(super) answered: Vec<f64>,
    /// Expected seconds still to wait, without those never served.
    pub(super) wait: Vec<f64>,
    /// Part of them of callers who are answered.
    pub(super) wait_answered: Vec<f64>,
    /// Probability of never being served, where the last rates are all 0.
    pub(super) never_served: Vec<f64>,
}

impl Outcomes {
    /// Under constant rates, for callers with up to `ahead` callers ahead.
    pub(super) fn constant_rate(queue: &QueueRates, ahead: usize) -> Self {
        let QueueRates { answers: c, hanging_up: theta } = *queue;
        let mut outcomes = Self {
            answered: vec![1.0],
            wait: vec![0.0],
            wait_answered: vec![0.0],
            never_served: vec![0.0],
        };
        for q in 0..=ahead {
            let leaving = c + (q + 1) as f64 * theta;
            let [answered, wait, wait_answered, never_served] = if theta.is_infinite() {
                [0.0; 4]
            } else if leaving == 0.0 {
                [0.0, 0.0, 0.0, 1.0]
            } else {
                let answered = c / leaving;
                let moved_up = (c + q as f64 * theta) * outcomes.wait_answered[q];
                [answered, (q + 1) as f64 / leaving, (answered + moved_up) / leaving, 0.0]
            };
            outcomes.answered.push(answered);
            outcomes.wait.push(wait);
            outcomes.wait_answered.push(wait_answered);
            outcomes.never_served.push(never_served);
        }
        outcomes
    }

    /// The same just before a boundary at which agents start, or calls come back to the queue.
    ///
    /// `other` gives the entries beyond the present vectors, where no caller has a probability above
    /// [`NEGLIGIBLE_EXPONENT`]'s.
    pub(super) fn before(&self, boundary: Boundary, ahead: usize, other: &Self) -> Self {
        let vector = |own: &[f64], other: &[f64]| boundary.before(own, ahead, other);
        Self {
            answered: vector(&self.answered, &other.answered),
            wait: vector(&self.wait, &other.wait),
            wait_answered: vector(&self.wait_answered, &other.wait_answered),
            never_served: vector(&self.never_served, &other.never_served),
        }
    }
}

/// Move of every waiting caller at a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Boundary {
    /// So many callers are answered at once.
    Forward(usize),
    /// So many calls come back to the head of the queue.
    Back(usize),
}

impl Boundary {
    /// Callers ahead after the boundary.
    pub(super) fn after(self, ahead: usize) -> usize {
        match self {
            Self::Forward(moved) => ahead.saturating_sub(moved),
            Self::Back(moved) => ahead + moved,
        }
    }

    /// A measure just before the boundary from the one after it.
    pub(super) fn before<T: Copy>(self, after: &[T], ahead: usize, other: &[T]) -> Vec<T> {
        (0..ahead + 2)
            .map(|i| {
                // Entry 0 is a caller answered now; a caller with q ahead is in entry q + 1.
                let entry = match self {
                    _ if i == 0 => 0,
                    Self::Forward(moved) => i.saturating_sub(moved),
                    Self::Back(moved) => i + moved,
                };
                after.get(entry).copied().unwrap_or_else(|| other[i.min(other.len() - 1)])
            })
            .collect()
    }
}

/// Deviation of outcomes from those under constant rates: 0 in the first entry of each vector.
#[derive(Debug, Clone, Default)]
pub(super) struct Deviation<T> {
    pub(super) answered: Vec<T>,
    pub(super) wait: Vec<T>,
    pub(super) wait_answered: Vec<T>,
    pub(super) never_served: Vec<T>,
}

impl<T> Deviation<T> {
    pub(super) fn fields(&self) -> [&Vec<T>; FIELDS] {
        [&self.answered, &self.wait, &self.wait_answered, &self.never_served]
    }

    pub(super) fn fields_mut(&mut self) -> [&mut Vec<T>; FIELDS] {
        [&mut self.answered, &mut self.wait, &mut self.wait_answered, &mut self.never_served]
    }
}

impl Deviation<f64> {
    /// Of `outcomes` from `constant_rate`.
    pub(super) fn of(outcomes: &Outcomes, constant_rate: &Outcomes) -> Self {
        let deviation = |outcomes: &[f64], constant_rate: &[f64]| {
            outcomes
                .iter()
                .zip(constant_rate)
                .map(|(outcome, constant_rate)| outcome - constant_rate)
                .collect()
        };
        Self {
            answered: deviation(&outcomes.answered, &constant_rate.answered),
            wait: deviation(&outcomes.wait, &constant_rate.wait),
            wait_answered: deviation(&outcomes.wait_answered, &constant_rate.wait_answered),
            never_served: deviation(&outcomes.never_served, &constant_rate.never_served),
        }
    }

    /// The outcomes themselves.
    pub(super) fn outcomes(&self, constant_rate: &Outcomes) -> Outcomes {
        let sum = |deviation: &[f64], constant_rate: &[f64]| {
            deviation
                .iter()
                .zip(constant_rate)
                .map(|(deviation, constant_rate)| deviation + constant_rate)
                .collect()
        };
        Outcomes {
            answered: sum(&self.answered, &constant_rate.answered),
            wait: sum(&self.wait, &constant_rate.wait),
            wait_answered: sum(&self.wait_answered, &constant_rate.wait_answered),
            never_served: sum(&self.never_served, &constant_rate.never_served),
        }
    }

    /// The greatest deviation of a probability, and of a wait, with up to 0, 1, 2, ... ahead.
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
        [most(&self.answered, &self.never_served), most(&self.wait, &self.wait_answered)]
    }
}

/// Measures of a queue position.
pub(super) const FIELDS: usize = 4;

/// Probabilities by a deadline of callers with 0, 1, 2, ... ahead, at each node of a panel.
///
/// The first entry of each vector is for a caller who is answered now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DeadlineProbabilities {
    /// Probability of being answered by the deadline.
    pub(super) answered: Vec<AtNodes>,
    /// Probability of still waiting, for a caller who never hangs up.
    pub(super) waiting: Vec<AtNodes>,
}

impl DeadlineProbabilities {
    /// At the deadlines themselves.
    pub(super) fn at_deadline(ahead: usize) -> Self {
        let [none, all] = [[0.0; NODES_PER_PANEL], [1.0; NODES_PER_PANEL]];
        let mut probabilities =
            Self { answered: vec![none; ahead + 2], waiting: vec![all; ahead + 2] };
        (probabilities.answered[0], probabilities.waiting[0]) = (all, none);
        probabilities
    }

    /// The same just before a boundary.
    pub(super) fn before(&self, boundary: Boundary, ahead: usize) -> Self {
        Self {
            answered: boundary.before(&self.answered, ahead, &self.answered),
            waiting: boundary.before(&self.waiting, ahead, &self.waiting),
        }
    }
}
