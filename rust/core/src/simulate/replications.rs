//! Replications on several threads, their sums added in order.

use super::engine::{Engine, Kept, ReplicationSums};
use super::log::QueueEntry;
use super::measures::{self, Estimate, OF_GROUP, OF_TYPE, RatioMeasure};
use super::model::Model;
use super::moments::Moments;
use super::sums::{CellSums, of_group, of_type};
use super::waits::WaitDistribution;
use crate::error::Result;
use crate::threads::{Run, Watch, in_order};

/// A thread may be so many replications a thread ahead of the slowest: what is held in memory is a
/// small multiple of one replication's sums.
const AHEAD: usize = 4;

/// One or several models under the same seed, and what was added up so far.
#[derive(Debug)]
pub struct Simulation {
    models: Vec<Model>,
    edges: Vec<f64>,
    seed: u64,
    /// Replications whose log is kept.
    traced: u64,
    done: u64,
    types: Vec<Moments>,
    groups: Vec<Moments>,
    /// Of the types, and of all agents together: the first model beside each other one.
    differences: Vec<(Moments, Moments)>,
    /// Of the first model, where it is asked for.
    waits: Option<WaitDistribution>,
    log: Vec<QueueEntry>,
}

/// What one replication gave: a part for each model.
type Part = Vec<ReplicationSums>;

impl Simulation {
    /// `models` with the same types; sums are cut at `edges`, which are at least two, increasing. The
    /// log of the first model is kept for the first `traced` replications, the distribution of its waits
    /// where `waits` says so.
    pub fn new(models: Vec<Model>, edges: Vec<f64>, seed: u64, traced: u64, waits: bool) -> Self {
        let periods = edges.len();
        let kinds = models.first().map_or(0, |model| model.types.len()) + 1;
        let of_types = |sides: usize| {
            let columns = of_type::COLUMNS;
            let pairs = measures::pairs(&OF_TYPE, columns, sides);
            Moments::new(kinds * periods, sides * columns, pairs)
        };
        let of_groups = |groups: usize, sides: usize| {
            let columns = of_group::COLUMNS;
            let pairs = measures::pairs(&OF_GROUP, columns, sides);
            Moments::new(groups * periods, sides * columns, pairs)
        };
        Self {
            types: models.iter().map(|_| of_types(1)).collect(),
            groups: models.iter().map(|model| of_groups(model.groups.len() + 1, 1)).collect(),
            differences: models.iter().skip(1).map(|_| (of_types(2), of_groups(1, 2))).collect(),
            models,
            edges,
            seed,
            traced,
            done: 0,
            waits: waits.then(|| WaitDistribution::new(kinds - 1)),
            log: Vec::new(),
        }
    }

    /// Replications done.
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// The log so far.
    pub fn log(&self) -> &[QueueEntry] {
        &self.log
    }

    /// Runs `count` more replications.
    ///
    /// # Errors
    /// [`Error::Interrupted`]; nothing can be asked of the simulation afterwards.
    pub fn run(&mut self, count: u64, run: &Run<'_>) -> Result<()> {
        let first = self.done;
        let models = std::mem::take(&mut self.models);
        let (edges, seed, traced) = (self.edges.clone(), self.seed, self.traced);
        let waits = self.waits.is_some();
        let engines = || models.iter().map(|model| Engine::new(model, &edges)).collect();
        let replicate = |engines: &mut Vec<Engine<'_>>, number: usize, watch: &Watch<'_>| {
            let replication = first + number as u64;
            let kept = |index| Kept {
                waits: index == 0 && waits,
                log: index == 0 && replication < traced,
            };
            let each = engines.iter_mut().enumerate().map(|(index, engine)| {
                engine.run(seed, replication as u32, kept(index), &|| watch.stopped())
            });
            each.collect()
        };
        let add = |part| self.add(part);
        let outcome = in_order(0..count as usize, AHEAD, run, engines, replicate, add);
        self.models = models;
        outcome
    }

    fn add(&mut self, part: Part) {
        self.done += 1;
        for (index, found) in part.iter().enumerate() {
            self.types[index].add(&[&found.cells.types]);
            self.groups[index].add(&[&found.cells.groups]);
            self.log.extend_from_slice(&found.rows);
            if let (Some(all), Some(waits)) = (&mut self.waits, &found.waits) {
                all.add(waits);
            }
        }
        let periods = self.edges.len();
        let everybody = |cells: &CellSums| cells.groups[cells.groups.len() - periods..].to_vec();
        if let [base, others @ ..] = part.as_slice() {
            for ((types, groups), other) in self.differences.iter_mut().zip(others) {
                types.add(&[&base.cells.types, &other.cells.types]);
                groups.add(&[&everybody(&base.cells), &everybody(&other.cells)]);
            }
        }
    }

    /// Measures of call types: the measures of each cell, cells by type (the last is all) and period
    /// (the last is all).
    ///
    /// # Errors
    /// As the quantile of Student's t.
    pub fn of_types(&self, model: usize, confidence: f64) -> Result<Vec<Estimate>> {
        self.estimates(&OF_TYPE, &self.types[model], &[(0, 1.0)], confidence)
    }

    /// Measures of agent groups, cell by cell as [`of_types`](Self::of_types).
    ///
    /// # Errors
    /// As the quantile of Student's t.
    pub fn of_groups(&self, model: usize, confidence: f64) -> Result<Vec<Estimate>> {
        self.estimates(&OF_GROUP, &self.groups[model], &[(0, 1.0)], confidence)
    }

    /// Measures of model `other` less those of the first one: of types, and of all agents together.
    ///
    /// # Errors
    /// As the quantile of Student's t.
    pub fn differences(
        &self,
        other: usize,
        confidence: f64,
    ) -> Result<(Vec<Estimate>, Vec<Estimate>)> {
        let (types, groups) = &self.differences[other - 1];
        let sides = |columns: usize| [(columns, 1.0), (0, -1.0)];
        Ok((
            self.estimates(&OF_TYPE, types, &sides(of_type::COLUMNS), confidence)?,
            self.estimates(&OF_GROUP, groups, &sides(of_group::COLUMNS), confidence)?,
        ))
    }

    /// The wait that a `share` of the calls of a type (the last is all) does not exceed, and its limits:
    /// of those answered, or of all that were not blocked. NaN where waits are not kept.
    ///
    /// # Errors
    /// As the quantile of Student's t.
    pub fn wait_quantile(
        &self,
        kind: usize,
        answered: bool,
        share: f64,
        confidence: f64,
    ) -> Result<[f64; 3]> {
        match &self.waits {
            Some(waits) => waits.quantile(kind, answered, share, confidence),
            None => Ok([f64::NAN; 3]),
        }
    }

    fn estimates(
        &self,
        measures: &[RatioMeasure],
        moments: &Moments,
        sides: &[(usize, f64)],
        confidence: f64,
    ) -> Result<Vec<Estimate>> {
        let student = measures::student(self.done, confidence)?;
        let cell = |cell| {
            measures
                .iter()
                .map(move |&measure| measures::estimate(measure, moments, cell, sides, student))
        };
        Ok((0..moments.cells()).flat_map(cell).collect())
    }

    /// Names of the measures of types and of groups.
    pub fn measures() -> (Vec<&'static str>, Vec<&'static str>) {
        let names =
            |measures: &[RatioMeasure]| measures.iter().map(|measure| measure.name).collect();
        (names(&OF_TYPE), names(&OF_GROUP))
    }
}
