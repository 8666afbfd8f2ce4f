//! Goals of a queue, and its distance from them.

use crate::erlang::{Definition, Probability, Query, Queue, System, Within};

/// A kind of goal. All but the service level are caps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Share answered within a threshold, at least.
    ServiceLevel,
    /// Mean wait of the answered, at most.
    Asa,
    /// Mean wait of all, at most.
    MeanWait,
    /// Share that hangs up, at most.
    Abandonment,
    /// Busy share of the agents, at most.
    Occupancy,
    /// Probability that all agents are busy, at most.
    WaitProbability,
}

impl Goal {
    /// The name in Python.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceLevel => "service_level",
            Self::Asa => "asa",
            Self::MeanWait => "mean_wait",
            Self::Abandonment => "abandonment",
            Self::Occupancy => "occupancy",
            Self::WaitProbability => "wait_probability",
        }
    }
}

/// Every kind of goal, in the order in which ties are resolved.
pub const GOALS: [Goal; 6] = [
    Goal::ServiceLevel,
    Goal::Asa,
    Goal::MeanWait,
    Goal::Abandonment,
    Goal::Occupancy,
    Goal::WaitProbability,
];

/// Threshold and definition of the service level.
#[derive(Debug, Clone, Copy)]
pub struct ServiceLevelRule {
    /// Seconds.
    pub threshold: f64,
    /// The fraction that it is.
    pub definition: Definition,
}

/// The goals given: a target for each kind, or none.
///
/// Every one is easier with more agents and with less load. For the shares and waits of all callers
/// that is well known. The wait of the served and the share of the answered too are monotone: the
/// offered waits of two such systems are in likelihood-ratio order, which weighting by the chance to be
/// still there keeps.
#[derive(Debug, Clone, Copy)]
pub struct Goals {
    /// By the order of [`GOALS`].
    pub targets: [Option<f64>; 6],
    /// For the service level.
    pub level: ServiceLevelRule,
}

/// The measures that goals are about.
pub(super) trait GoalFigures {
    fn service_level(&self, definition: Definition) -> Probability;
    fn asa(&self) -> f64;
    fn mean_wait(&self) -> f64;
    fn abandonment(&self) -> f64;
    fn occupancy(&self) -> f64;
    fn wait_probability(&self) -> f64;
}

impl GoalFigures for Within<'_> {
    fn service_level(&self, definition: Definition) -> Probability {
        Within::service_level(self, definition)
    }

    fn asa(&self) -> f64 {
        self.queue.asa()
    }

    fn mean_wait(&self) -> f64 {
        self.queue.mean_wait()
    }

    fn abandonment(&self) -> f64 {
        self.queue.abandonment()
    }

    fn occupancy(&self) -> f64 {
        self.queue.occupancy()
    }

    fn wait_probability(&self) -> f64 {
        self.queue.wait_probability()
    }
}

/// How far `measure` is above `cap`, as a logarithm: > 0 exactly where `measure` > `cap`.
fn excess(measure: f64, cap: f64) -> f64 {
    if measure <= cap {
        let below = (measure / cap).ln();
        // 0/0: a cap of nothing that is met.
        if below.is_nan() { f64::NEG_INFINITY } else { below.min(0.0) }
    } else if measure > cap {
        (measure / cap).ln().max(f64::MIN_POSITIVE)
    } else {
        f64::INFINITY
    }
}

impl Goals {
    /// The targets of the goals that are `given`, the others left out.
    #[inline(always)]
    pub fn new(given: [bool; 6], targets: [f64; 6], level: ServiceLevelRule) -> Self {
        let mut kept = [None; 6];
        for ((kept, given), target) in kept.iter_mut().zip(given).zip(targets) {
            *kept = given.then_some(target);
        }
        Self { targets: kept, level }
    }

    /// The target of `goal`, if no other is given.
    #[inline(always)]
    pub(super) fn only(&self, goal: Goal) -> Option<f64> {
        let others = (0..self.targets.len()).filter(|&other| other != goal as usize);
        let alone = others.fold(true, |alone, other| alone & self.targets[other].is_none());
        if alone { self.targets[goal as usize] } else { None }
    }

    /// How far the queue is from a goal; <= 0 where the goal is met.
    fn distance(&self, goal: Goal, target: f64, figures: &impl GoalFigures) -> f64 {
        match goal {
            Goal::ServiceLevel => {
                let share = figures.service_level(self.level.definition);
                // Against the smaller side, which keeps its digits; 1 - target is exact there.
                let distance = if target >= 0.5 {
                    excess(share.q, 1.0 - target)
                } else {
                    excess(target, share.p)
                };
                // Met where the public `service_level` is at least the target: its 1 - 0.2 is the double
                // 0.8, although that is a little more than four fifths.
                if share.value() >= target { distance.min(0.0) } else { distance }
            }
            Goal::Asa => excess(figures.asa(), target),
            Goal::MeanWait => excess(figures.mean_wait(), target),
            Goal::Abandonment => excess(figures.abandonment(), target),
            Goal::Occupancy => excess(figures.occupancy(), target),
            Goal::WaitProbability => excess(figures.wait_probability(), target),
        }
    }

    /// The goal that the system is furthest from, and how far: all are met where that is <= 0.
    ///
    /// Without load every goal is met; a queue that grows without end meets none.
    pub fn furthest(&self, system: &System) -> (f64, Option<Goal>) {
        if system.load == 0.0 {
            return (f64::NEG_INFINITY, None);
        }
        self.furthest_of(&Queue::new(system).within(self.query(*system).time))
    }

    /// A query for the measures that the goals need.
    pub(super) fn query(&self, system: System) -> Query {
        let levelled = self.targets[Goal::ServiceLevel as usize].is_some();
        let question = Query::about(system);
        if levelled { question.within(self.level.threshold) } else { question }
    }

    /// [`furthest`](Self::furthest) of a system under load.
    pub(super) fn furthest_of(&self, within: &Within<'_>) -> (f64, Option<Goal>) {
        if within.queue.is_unstable() {
            return (f64::INFINITY, None);
        }
        self.furthest_in(within)
    }

    /// The goal that the figures of a stable system are furthest from, and how far.
    pub(super) fn furthest_in(&self, figures: &impl GoalFigures) -> (f64, Option<Goal>) {
        let given = GOALS.into_iter().zip(self.targets);
        let mut furthest = (f64::NEG_INFINITY, None);
        for (goal, target) in given.filter_map(|(goal, target)| Some((goal, target?))) {
            let distance = self.distance(goal, target, figures);
            if furthest.1.is_none() || distance > furthest.0 {
                furthest = (distance, Some(goal));
            }
        }
        furthest
    }

    /// The first goal that no number of agents meets exactly under any load, however near they come.
    pub fn unattainable(&self, patience: f64) -> Option<Goal> {
        GOALS.into_iter().zip(self.targets).find_map(|(goal, target)| {
            let target = target?;
            let never = match goal {
                Goal::ServiceLevel => target >= 1.0 && !self.everybody_counts(patience),
                Goal::Asa | Goal::MeanWait => target == 0.0 && patience > 0.0,
                Goal::Abandonment => target == 0.0 && patience < f64::INFINITY,
                Goal::Occupancy | Goal::WaitProbability => target == 0.0,
            };
            never.then_some(goal)
        })
    }

    /// Whether the service level is exactly 1 in some system under load.
    fn everybody_counts(&self, patience: f64) -> bool {
        let ServiceLevelRule { threshold, definition } = self.level;
        if threshold == f64::INFINITY {
            return patience == f64::INFINITY || definition != Definition::Offered;
        }
        patience == 0.0 && !matches!(definition, Definition::Offered | Definition::Virtual)
    }

    /// The share of the load that agents must carry in the fluid limit: the start of a search.
    pub(super) fn fluid(&self, patience: f64) -> f64 {
        if patience == f64::INFINITY {
            return 1.0;
        }
        let abandoned = |time: f64| if patience > 0.0 { (-time / patience).exp() } else { 1.0 };
        let mut share = 0.0_f64;
        for (goal, target) in GOALS.into_iter().zip(self.targets) {
            let Some(target) = target else { continue };
            share = share.max(match goal {
                Goal::ServiceLevel => target.max(abandoned(self.level.threshold)),
                Goal::Asa => abandoned(target),
                Goal::MeanWait if patience > 0.0 => 1.0 - target / patience,
                Goal::Abandonment => 1.0 - target,
                Goal::MeanWait | Goal::Occupancy | Goal::WaitProbability => 1.0,
            });
        }
        share.clamp(0.0, 1.0)
    }
}
