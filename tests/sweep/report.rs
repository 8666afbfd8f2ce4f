//! What was found, by regime.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::cells::Cell;
use crate::kernels::{MEASURES, QUANTILE};

/// Something that must not be.
#[derive(Debug, Clone)]
pub(crate) struct Defect {
    pub(crate) rule: &'static str,
    pub(crate) what: String,
    /// How bad it is.
    pub(crate) size: f64,
    pub(crate) cell: Cell,
    pub(crate) told: String,
}

/// Defects that are told of each kind; all are counted.
const TOLD: usize = 5;
const GROUPS: [&str; 4] = ["shares", "service level", "waits and queues", "quantiles"];

fn group(measure: usize) -> usize {
    match measure {
        2..=11 | 18 => 1,
        13..=16 | 19 => 2,
        QUANTILE => 3,
        _ => 0,
    }
}

fn model(cell: &Cell) -> &'static str {
    match cell.patience {
        0.0 => "Erlang B",
        f64::INFINITY => "Erlang C",
        p if p < 1.0 => "Erlang A, patience < 1 s",
        p if p <= 1e6 => "Erlang A, patience 1 s to 1e6 s",
        _ => "Erlang A, patience > 1e6 s",
    }
}

fn crowding(cell: &Cell) -> &'static str {
    match cell.load / cell.agents {
        r if r < 0.7 => "load < 0.7 agents",
        r if r <= 1.3 => "load 0.7 to 1.3 agents",
        _ => "load > 1.3 agents",
    }
}

fn size(cell: &Cell) -> &'static str {
    match (cell.agents, cell.agents.fract() == 0.0) {
        (n, _) if n < 1.0 => "less than an agent",
        (n, true) if n <= 112.0 => "1 to 112 agents",
        (n, false) if n <= 112.0 => "1 to 112 agents, fractional",
        (n, true) if n <= 1e4 => "112 to 1e4 agents",
        (n, false) if n <= 1e4 => "112 to 1e4 agents, fractional",
        (_, true) => "1e4 to 1e6 agents",
        _ => "1e4 to 1e6 agents, fractional",
    }
}

/// What some cells came to; tallies of parts add up.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cells: usize,
    compared: usize,
    /// The worst error by regime and group of measures.
    worst: BTreeMap<String, [f64; GROUPS.len()]>,
    /// The worst of all by measure, and where.
    champions: BTreeMap<usize, (f64, Option<Cell>)>,
    disorder: f64,
    counts: BTreeMap<(&'static str, String), usize>,
    defects: Vec<Defect>,
}

impl Tally {
    /// Of so many cells, nothing found yet.
    pub(crate) fn of(cells: usize) -> Self {
        Self { cells, ..Self::default() }
    }

    /// An error beyond what the inputs' rounding costs.
    pub(crate) fn saw(&mut self, cell: &Cell, measure: usize, excess: f64) {
        self.compared += 1;
        for regime in [format!("{}, {}", model(cell), crowding(cell)), size(cell).to_owned()] {
            let worst = &mut self.worst.entry(regime).or_default()[group(measure)];
            *worst = worst.max(excess);
        }
        let champion = self.champions.entry(measure).or_insert((-1.0, None));
        if excess > champion.0 {
            *champion = (excess, Some(*cell));
        }
    }

    pub(crate) fn disordered(&mut self, by: f64) {
        self.disorder = self.disorder.max(by);
    }

    pub(crate) fn defect(&mut self, defect: Defect) {
        *self.counts.entry((defect.rule, defect.what.clone())).or_default() += 1;
        self.keep(defect);
    }

    /// Keeps the worst of each kind.
    fn keep(&mut self, defect: Defect) {
        let kind = (defect.rule, defect.what.clone());
        let place = self.defects.partition_point(|other| other.size >= defect.size);
        self.defects.insert(place, defect);
        let mut told = 0;
        self.defects.retain(|other| {
            let same = (other.rule, &other.what) == (kind.0, &kind.1);
            told += usize::from(same);
            !same || told <= TOLD
        });
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.cells += other.cells;
        self.compared += other.compared;
        self.disorder = self.disorder.max(other.disorder);
        for (regime, errors) in other.worst {
            let worst = self.worst.entry(regime).or_default();
            for (worst, error) in worst.iter_mut().zip(errors) {
                *worst = worst.max(error);
            }
        }
        for (measure, (error, cell)) in other.champions {
            let champion = self.champions.entry(measure).or_insert((-1.0, None));
            if error > champion.0 {
                *champion = (error, cell);
            }
        }
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
        for defect in other.defects {
            self.keep(defect);
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a String takes all");
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "{} cells, {} values compared\n", self.cells, self.compared)?;
        writeln!(text, "Worst relative error beyond 8 x 2^-53 x condition number:\n")?;
        writeln!(text, "| regime | {} |\n|---|---|---|---|---|", GROUPS.join(" | "))?;
        for (regime, errors) in &self.worst {
            let errors = errors.map(|error| format!("{error:.1e}")).join(" | ");
            writeln!(text, "| {regime} | {errors} |")?;
        }
        writeln!(text)?;
        for (measure, (error, cell)) in &self.champions {
            writeln!(text, "{:<45} {error:.1e} in {cell:?}", MEASURES[*measure])?;
        }
        writeln!(text, "\nWorst order of neighbours: {:.1e} the wrong way", self.disorder)?;
        if self.is_clean() {
            return writeln!(text, "\nNo defects");
        }
        writeln!(text, "\nDefects:")?;
        for ((rule, what), count) in &self.counts {
            writeln!(text, "{count:>9}  {rule}: {what}")?;
            for defect in self.defects.iter().filter(|d| d.rule == *rule && d.what == *what) {
                let Defect { size, cell, told, .. } = defect;
                writeln!(text, "           {size:.1e} in {cell:?}: {told}")?;
            }
        }
        Ok(())
    }
}
