//! The measures of an outcome, by their names.

use super::outcome::CallOutcome;
use super::{Average, WantedWaits, WideModel, WideSystem};
use crate::choices::choices;
use crate::erlang::definition::Definition;
use crate::erlang::probability::Probability;
use crate::error::{Error, Result};
use crate::numeric::search::{Among, Point, narrow};

choices! {
    /// A measure of a system beyond Erlang A.
    pub enum WideMeasure called "measure" {
        /// Share blocked.
        Blocking = "blocking",
        /// P(a call finds nobody free).
        WaitProbability = "wait_probability",
        /// Share answered within the threshold.
        ServiceLevel = "service_level",
        /// Share that hangs up.
        Abandonment = "abandonment",
        /// Mean wait of the answered.
        Asa = "asa",
        /// Mean wait of all.
        MeanWait = "mean_wait",
        /// Mean wait of those who hang up.
        MeanWaitAbandoned = "mean_wait_abandoned",
        /// Mean number waiting.
        QueueLength = "queue_length",
        /// Busy share of the agents.
        Occupancy = "occupancy",
        /// P(still waiting at the threshold).
        WaitSurvival = "wait_survival",
        /// Lines in use, for the hold time that takes the place of the threshold.
        TrunkLoad = "trunk_load",
        /// Lines in use, for as long as calls are served.
        LinesInUse = "lines_in_use",
    }
}

impl WideMeasure {
    /// Of an outcome; `operand` is the hold time where it needs one.
    pub(super) fn of(self, outcome: &CallOutcome, definition: Definition, operand: f64) -> f64 {
        match self {
            Self::Blocking => outcome.blocking(),
            Self::WaitProbability => outcome.wait_probability(),
            Self::ServiceLevel => outcome.service_level(definition).value(),
            Self::Abandonment => outcome.abandonment(),
            Self::Asa => outcome.asa(),
            Self::MeanWait => outcome.mean_wait(),
            Self::MeanWaitAbandoned => outcome.mean_wait_abandoned(),
            Self::QueueLength => outcome.queue_length(),
            Self::Occupancy => outcome.occupancy(),
            Self::WaitSurvival => outcome.survival(),
            Self::TrunkLoad => outcome.lines_in_use(operand),
            Self::LinesInUse => outcome.lines_in_use(f64::NAN),
        }
    }

    fn is_timed(self) -> bool {
        matches!(self, Self::ServiceLevel | Self::WaitSurvival)
    }

    fn waits(self) -> WantedWaits {
        WantedWaits { served: self == Self::Asa, lost: self == Self::MeanWaitAbandoned }
    }
}

/// The measures that a staffing goal may be about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WideFigures {
    /// Share answered within the threshold.
    pub service_level: Probability,
    /// Seconds.
    pub asa: f64,
    /// Seconds.
    pub mean_wait: f64,
    /// Share that hangs up.
    pub abandonment: f64,
    /// Busy share of the agents.
    pub occupancy: f64,
    /// P(a call finds nobody free).
    pub wait_probability: f64,
}

impl WideSystem {
    /// One measure; `operand` is its threshold, its time after arrival or its hold time, if it has one.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn one(
        &self,
        model: &WideModel,
        what: WideMeasure,
        definition: Definition,
        operand: f64,
    ) -> Result<f64> {
        let time = if what.is_timed() { operand } else { f64::NAN };
        let of = |outcome: &CallOutcome| [what.of(outcome, definition, operand)];
        let [value] = self.measure(model, time, what.waits(), of)?;
        Ok(value)
    }

    /// Agents, load, wait probability, service level, abandonment, asa, mean wait, queue length, occupancy; then
    /// share blocked, lines in use, mean handle time as it turns out, contacts in service, and jobs per second.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn row(
        &self,
        model: &WideModel,
        threshold: f64,
        definition: Definition,
        hold_time: f64,
    ) -> Result<[f64; 14]> {
        let waits = WantedWaits { served: true, lost: false };
        let [agents, load] = [self.system.agents, self.system.load];
        self.measure(model, threshold, waits, |outcome| {
            [
                agents,
                load,
                outcome.wait_probability(),
                outcome.service_level(definition).value(),
                outcome.abandonment(),
                outcome.asa(),
                outcome.mean_wait(),
                outcome.queue_length(),
                outcome.occupancy(),
                outcome.blocking(),
                outcome.lines_in_use(hold_time),
                outcome.handle_time(),
                outcome.in_service(),
                outcome.jobs_per_second(),
            ]
        })
    }

    /// What staffing goals are about; the mean wait of the answered where `asa` asks for it.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn figures(
        &self,
        model: &WideModel,
        threshold: f64,
        definition: Definition,
        asa: bool,
    ) -> Result<WideFigures> {
        let waits = WantedWaits { served: asa, lost: false };
        let values = self.measure(model, threshold, waits, |outcome| {
            let Probability { p, q } = outcome.service_level(definition);
            let waiting = [outcome.asa(), outcome.mean_wait(), outcome.abandonment()];
            let [mean_asa, mean_wait, abandonment] = waiting;
            let busy = [outcome.occupancy(), outcome.wait_probability()];
            [p, q, mean_asa, mean_wait, abandonment, busy[0], busy[1]]
        })?;
        let [p, q, mean_asa, mean_wait, abandonment, occupancy, wait_probability] = values;
        Ok(WideFigures {
            service_level: Probability { p, q },
            asa: mean_asa,
            mean_wait,
            abandonment,
            occupancy,
            wait_probability,
        })
    }

    /// The smallest q in seconds with P(wait <= q) >= `quantile`.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub fn wait_quantile(&self, model: &WideModel, quantile: f64) -> Result<f64> {
        let rest = 1.0 - quantile;
        let waiting = |time: f64| {
            self.measure(model, time, WantedWaits::default(), |outcome| [outcome.survival()])
                .map(|[waiting]| waiting)
        };
        // How far the logarithm is above that of the rest: none where enough are done.
        let value = |waiting: f64| {
            if waiting <= rest {
                ((waiting / rest).ln()).min(0.0)
            } else {
                ((waiting / rest).ln()).max(f64::MIN_POSITIVE)
            }
        };
        if waiting(0.0)? <= rest {
            return Ok(0.0);
        }
        if quantile == 1.0 || waiting(f64::INFINITY)? > rest {
            return Ok(f64::INFINITY);
        }
        let (mut bad, mut good) = (0.0, self.system.aht);
        let mut found = waiting(good)?;
        while found > rest && good < f64::MAX / 4.0 {
            (bad, good) = (good, 2.0 * good);
            found = waiting(good)?;
        }
        let mut failure = None;
        let good = Point { x: good, value: value(found) };
        let bad = Point { x: bad, value: value(waiting(bad)?) };
        let root = narrow(good, bad, Among::Real, |time| match waiting(time) {
            Ok(waiting) => value(waiting),
            Err(error) => {
                failure = Some(error);
                0.0
            }
        });
        match failure {
            Some(error) => Err(error),
            None => root.map_err(|_| Error::NotConverged {
                what: "wait_quantile",
                arguments: format!("{self:?} and {quantile}"),
            }),
        }
    }
}

impl WideModel {
    /// A model of calls, whose callers' patience is exponential or endless.
    pub fn plain() -> Self {
        Self { hazard: None, slowdown: Vec::new(), average: Average::Calls }
    }
}
