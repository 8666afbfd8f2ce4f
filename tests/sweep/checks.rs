//! What must hold in every cell.

use crate::cells::{Cell, Random};
use crate::kernels::{
    self, Answers, DEFINITIONS, MEASURES, QUANTILE, TRUNK_LOAD, Wanted, alone, meets,
};
use crate::report::{Defect, Tally};
use crate::truth;

/// Relative error that the core may add to what rounding the inputs costs.
pub(crate) const TOLERANCE: f64 = 1e-11;
/// Of the last digit of the inputs, in units of 2^-53.
const ROUNDINGS: f64 = 8.0 * 0.5 * f64::EPSILON;
/// From here on the error is compared with the condition number, which costs four more solutions.
const WORTH_A_LOOK: f64 = 2e-13;
/// Relative distance by which neighbours may stand the wrong way round, besides their conditioning.
const DISORDER: f64 = 1e-12;

/// The condition numbers of a cell, once they are needed.
struct Conditions<'a> {
    cell: &'a Cell,
    /// The core's, at which the quantile is looked at.
    quantile: f64,
    known: Option<Answers>,
}

impl<'a> Conditions<'a> {
    fn new(cell: &'a Cell, quantile: f64) -> Self {
        Self { cell, quantile, known: None }
    }

    /// What is left of an error after the share of the inputs' rounding.
    fn excess(&mut self, measure: usize, error: f64) -> f64 {
        if error <= WORTH_A_LOOK || !error.is_finite() {
            return error;
        }
        let condition = if measure == QUANTILE {
            truth::quantile_condition(self.cell, self.quantile)
        } else {
            self.known.get_or_insert_with(|| truth::conditions(self.cell))[measure]
        };
        (error - ROUNDINGS * condition).max(0.0)
    }
}

/// Every measure against the integrals.
pub(crate) fn accuracy(cell: &Cell, got: &Answers, tally: &mut Tally) {
    let mut expected = truth::answers(cell);
    if cell.load_low != 0.0 {
        // Erlang B takes the load as one double.
        expected[20] = got[20];
    }
    let mut conditions = Conditions::new(cell, got[QUANTILE]);
    for measure in 0..MEASURES.len() {
        let (got, expected_here) = (got[measure], expected[measure]);
        let error = if measure == QUANTILE {
            truth::quantile_error(cell, &expected, got)
        } else {
            truth::apart(got, expected_here)
        };
        let excess = conditions.excess(measure, error);
        tally.saw(cell, measure, excess);
        // What is no number stands infinitely far.
        if excess > TOLERANCE {
            tally.defect(Defect {
                rule: if got.is_nan() { "a number" } else { "accuracy" },
                what: MEASURES[measure].to_owned(),
                size: excess,
                cell: *cell,
                told: format!("got {got:?}, expected {expected_here:?}"),
            });
        }
    }
}

/// What no rounding may break.
pub(crate) fn bounds(cell: &Cell, got: &Answers, tally: &mut Tally) {
    let Cell { agents, load, patience, .. } = *cell;
    let mut hold = |measure: usize, low: f64, high: f64| {
        let value = got[measure];
        if value < low || value > high {
            tally.defect(Defect {
                rule: "bounds",
                what: MEASURES[measure].to_owned(),
                size: (value - high).max(low - value),
                cell: *cell,
                told: format!("{value:?} is not in {low:?}..{high:?}"),
            });
        }
    };
    // The last digits of a product or of one side of a share may pass; its value is the smaller side's.
    let little = 1.0 + 16.0 * f64::EPSILON;
    for share in (0..=12).chain([17, 18, 20]) {
        hold(share, 0.0, if share < 12 { little } else { 1.0 });
    }
    for wait in [13, 14, 15, 16, 19, QUANTILE] {
        hold(wait, 0.0, f64::INFINITY);
    }
    // Nobody's mean wait exceeds the mean patience.
    hold(14, 0.0, patience);
    hold(16, 0.0, load / cell.aht * patience * little);
    hold(17, 0.0, load / agents * little);
    hold(12, 0.0, got[0] * (1.0 + TOLERANCE));
    hold(18, 0.0, got[0] * (1.0 + TOLERANCE));
    // Leaving out or counting those who hung up in time can only raise the level.
    hold(4, got[2] * (1.0 - TOLERANCE), little);
    hold(3, got[2] * (1.0 - TOLERANCE), little);
    hold(5, got[4] * (1.0 - TOLERANCE), little);
}

/// What more of an input does to a measure: 1 raises, -1 lowers, 0 either.
fn direction(input: &str, measure: usize) -> f64 {
    let level = match measure {
        1..=6 => 1.0,
        TRUNK_LOAD => 0.0,
        _ => -1.0,
    };
    match input {
        "agents" => level,
        // More calls are more lines in use, and make all else worse.
        "load" => {
            if measure == TRUNK_LOAD {
                1.0
            } else {
                -level
            }
        }
        _ => match measure {
            2..=6 => 1.0,
            7..=11 | 18 => -1.0,
            _ => 0.0,
        },
    }
}

/// Neighbours stand in the right order.
pub(crate) fn order(cell: &Cell, got: &Answers, random: &mut Random, tally: &mut Tally) {
    let step = 1.0 + random.magnitude(1e-9, 1.0);
    let neighbours = [
        ("agents", Cell { agents: cell.agents + 1.0, ..*cell }),
        ("agents", Cell { agents: cell.agents * step, ..*cell }),
        ("load", Cell { load: cell.load * step, load_low: 0.0, ..*cell }),
        ("threshold", Cell { threshold: cell.threshold * step, ..*cell }),
    ];
    let mut conditions = Conditions::new(cell, got[QUANTILE]);
    for (input, neighbour) in neighbours {
        if neighbour.agents + neighbour.load + neighbour.threshold
            == cell.agents + cell.load + cell.threshold
        {
            continue;
        }
        let other = alone(&neighbour);
        for (measure, (&here, there)) in got.iter().zip(other).enumerate() {
            let wrong = direction(input, measure) * (here - there) / here.min(there);
            let in_order = wrong <= 0.0 || wrong.is_nan();
            if in_order || here.max(there) < 1e-280 {
                continue;
            }
            let excess = conditions.excess(measure, 0.5 * wrong);
            tally.disordered(excess);
            if excess > DISORDER {
                tally.defect(Defect {
                    rule: "order",
                    what: format!("{} by {input}", MEASURES[measure]),
                    size: wrong,
                    cell: *cell,
                    told: format!("{here:?} here, {there:?} at {neighbour:?}"),
                });
            }
        }
    }
}

/// A question to the searches: one to three goals, whatever the cell.
fn wanted(random: &mut Random) -> Wanted {
    let mut targets = [f64::NAN; 6];
    let number = random.one_of(&[1, 1, 1, 2, 3]);
    for _ in 0..number {
        let goal = random.one_of(&[0, 0, 1, 2, 3, 4, 5]);
        targets[goal] = match goal {
            0 if random.chance(0.5) => random.one_of(&[0.5, 0.7, 0.8, 0.9, 0.95, 0.99]),
            0 if random.chance(0.5) => 1.0 - random.magnitude(1e-9, 1.0),
            0 => random.magnitude(1e-9, 1.0),
            1 | 2 => random.magnitude(1e-3, 3600.0),
            4 => random.between(0.05, 1.0),
            _ if random.chance(0.5) => random.magnitude(1e-9, 1.0),
            _ => random.between(0.001, 0.999),
        };
    }
    let blocking = random.magnitude(1e-9, 1.0);
    Wanted { targets, blocking, definition: (random.unit() * DEFINITIONS.len() as f64) as usize }
}

/// What the integrals say of a system and its goals.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Met,
    Missed,
    /// Within the tolerance and what rounding the inputs costs.
    Close,
}

/// How far a measure is beyond its target, relatively: > 0 is missed; and which measure it is.
fn beyond(truth: &Answers, wanted: &Wanted, goal: usize) -> (usize, f64) {
    let target = wanted.targets[goal];
    let measure = [2 + wanted.definition, 13, 14, 12, 17, 0][goal];
    let (measure, over) = if goal > 0 {
        (measure, truth[measure] / target - 1.0)
    } else if target >= 0.5 {
        // 1 - target is exact, but what was asked for may be a rounding away from what was meant.
        let rest = 1.0 - target;
        let written = f64::EPSILON * target / rest;
        let over = truth[measure + 5] / rest - 1.0;
        (measure + 5, over.signum() * (over.abs() - written).max(0.0))
    } else {
        (measure, 1.0 - truth[measure] / target)
    };
    // What is not a number is no goal met.
    (measure, if over.is_nan() { f64::INFINITY } else { over })
}

/// Whether the integrals meet all targets. `expected` is what they are expected to say: only what
/// contradicts it is worth the condition numbers.
///
/// Far outside the domain of the sweep, where searches may end when goals hold for hardly any agents at
/// all, all is close.
fn judge(cell: &Cell, wanted: &Wanted, expected: Verdict) -> Verdict {
    let far = |value: f64| !(1e-6..1e10).contains(&value);
    if far(cell.agents) || far(cell.load) || !(1e-4..1e4).contains(&(cell.load / cell.agents)) {
        return Verdict::Close;
    }
    // One integral less where no time is looked at.
    let threshold = if wanted.targets[0].is_nan() { 0.0 } else { cell.threshold };
    let cell = Cell { threshold, ..*cell };
    let truth = truth::answers(&cell);
    if truth[14] == f64::INFINITY {
        return Verdict::Missed;
    }
    let goals = (0..6).filter(|&goal| !wanted.targets[goal].is_nan());
    let overs: Vec<_> = goals.map(|goal| beyond(&truth, wanted, goal)).collect();
    let plain = if overs.iter().any(|over| over.1 > 0.0) { Verdict::Missed } else { Verdict::Met };
    if plain == expected {
        return plain;
    }
    let mut conditions = Conditions::new(&cell, 0.0);
    let mut excess = |(measure, over): (usize, f64)| {
        over.signum() * (conditions.excess(measure, over.abs()) - TOLERANCE).max(0.0)
    };
    let furthest = overs.into_iter().map(&mut excess).fold(f64::NEG_INFINITY, f64::max);
    match furthest {
        over if over > 0.0 => Verdict::Missed,
        over if over < 0.0 => Verdict::Met,
        _ => Verdict::Close,
    }
}

/// The searches: goals met at the answer, and not with one agent fewer or with more load.
fn inverses(cell: &Cell, wanted: &Wanted, answers: [f64; 3], tally: &mut Tally) {
    let [whole, real, most] = answers;
    let misses = |cell: &Cell| judge(cell, wanted, Verdict::Met) == Verdict::Missed;
    let does = |cell: &Cell| judge(cell, wanted, Verdict::Missed) == Verdict::Met;
    let mut defect = |what: &str, told: String| {
        tally.defect(Defect {
            rule: "search",
            what: what.to_owned(),
            size: f64::INFINITY,
            cell: *cell,
            told: format!("{told}, {wanted:?}"),
        });
    };
    if cell.load == 0.0 {
        if [whole, real] != [0.0, 0.0] {
            defect("required_agents", format!("{whole:?} and {real:?} at no load"));
        }
    } else {
        let staffed = |agents: f64| Cell { agents, ..*cell };
        let least = if cell.patience == f64::INFINITY { cell.load.floor() } else { 1.0 };
        for (what, answer, fewer, least) in [
            ("required_agents whole", whole, whole - 1.0, least),
            ("required_agents real", real, real * (1.0 - 1e-9), 1e-300),
        ] {
            if !(0.0..f64::INFINITY).contains(&answer) {
                defect(what, format!("got {answer:?}"));
                continue;
            }
            if !meets(&staffed(answer), wanted) {
                defect(what, format!("{answer:?} agents do not do"));
            }
            if misses(&staffed(answer)) {
                defect(what, format!("{answer:?} agents do not do by the integrals"));
            }
            if fewer < least {
                continue;
            }
            let exact = what.ends_with("whole");
            if exact && meets(&staffed(fewer), wanted) {
                defect(what, format!("{answer:?} agents, one fewer does"));
            }
            if does(&staffed(fewer)) {
                defect(what, format!("{answer:?} agents, fewer do by the integrals"));
            }
        }
        // Doubles a few last digits apart count as one in the search.
        if real > whole * (1.0 + 64.0 * f64::EPSILON) {
            defect("required_agents", format!("{real:?} fractional, {whole:?} whole"));
        }
    }
    if cell.agents > 0.0 {
        let loaded = |load: f64| Cell { load, load_low: 0.0, ..*cell };
        if most.is_nan() || most < 0.0 {
            defect("max_load", format!("got {most:?}"));
        } else if most > 0.0 && most < f64::INFINITY {
            if !meets(&loaded(most), wanted) {
                defect("max_load", format!("{most:?} does not do"));
            }
            if misses(&loaded(most)) {
                defect("max_load", format!("{most:?} does not do by the integrals"));
            }
            let more = most * (1.0 + 1e-9);
            if does(&loaded(more)) {
                defect("max_load", format!("{most:?}, more does by the integrals"));
            }
        } else {
            let wrong = if most == 0.0 { does(&loaded(1e-6)) } else { misses(&loaded(1e9)) };
            if wrong {
                defect("max_load", format!("got {most:?}"));
            }
        }
    }
}

/// Lines for a blocking goal.
fn fewest_lines(cell: &Cell, blocking: f64, got: f64, tally: &mut Tally) {
    let mut defect = |told: String| {
        tally.defect(Defect {
            rule: "search",
            what: "required_lines".to_owned(),
            size: f64::INFINITY,
            cell: *cell,
            told: format!("{told}, blocking {blocking:?}"),
        });
    };
    if cell.load == 0.0 {
        if got != 0.0 {
            defect(format!("{got:?} at no load"));
        }
        return;
    }
    let mut targets = [f64::NAN; 6];
    targets[5] = blocking;
    let wanted = Wanted { targets, blocking, definition: 0 };
    let with = |agents: f64| Cell { agents, load_low: 0.0, patience: 0.0, ..*cell };
    if got.is_nan() || got < 1.0 || judge(&with(got), &wanted, Verdict::Met) == Verdict::Missed {
        defect(format!("{got:?} lines do not do"));
    } else if got > 1.0 && judge(&with(got - 1.0), &wanted, Verdict::Missed) == Verdict::Met {
        defect(format!("{got:?} lines, one fewer does"));
    }
}

/// A block of cells has the bits of its cells alone.
pub(crate) fn blocks(cells: &[Cell], lone: &[Answers], tally: &mut Tally) {
    for ((cell, lone), block) in cells.iter().zip(lone).zip(kernels::block(cells)) {
        for (measure, (lone, block)) in lone.iter().zip(block).enumerate() {
            if lone.to_bits() != block.to_bits() && !(lone.is_nan() && block.is_nan()) {
                tally.defect(Defect {
                    rule: "bits",
                    what: MEASURES[measure].to_owned(),
                    size: truth::apart(block, *lone),
                    cell: *cell,
                    told: format!("{lone:?} alone, {block:?} in a block of {}", cells.len()),
                });
            }
        }
    }
}

/// A question to each cell.
pub(crate) fn questions(cells: &[Cell], random: &mut Random) -> Vec<Wanted> {
    cells.iter().map(|_| wanted(random)).collect()
}

/// Requirements of a block, computed together.
pub(crate) struct Together {
    agents: [Option<Vec<f64>>; 2],
    lines: Vec<f64>,
}

impl Together {
    pub(crate) fn new(cells: &[Cell], questions: &[Wanted]) -> Self {
        let agents = kernels::requirements(cells, questions);
        Self { agents, lines: kernels::lines(cells, questions) }
    }

    /// Fewest agents, whole and fractional, and fewest lines; none where another cell has failed.
    pub(crate) fn of(&self, i: usize) -> [Option<f64>; 3] {
        let [whole, real] = self.agents.each_ref().map(|found| Some(found.as_ref()?[i]));
        [whole, real, Some(self.lines[i])]
    }
}

/// The searches of one cell, and whether they find in a block what they find alone.
pub(crate) fn searches(
    cell: &Cell,
    wanted: &Wanted,
    together: [Option<f64>; 3],
    tally: &mut Tally,
) {
    let [whole, real, most] = kernels::inverses(cell, wanted);
    let lines = kernels::lines_alone(cell, wanted);
    for (alone, block) in [whole, real, lines].into_iter().zip(together) {
        let Some(block) = block else { continue };
        if alone.to_bits() != block.to_bits() && !(alone.is_nan() && block.is_nan()) {
            tally.defect(Defect {
                rule: "bits",
                what: "requirement".to_owned(),
                size: truth::apart(block, alone),
                cell: *cell,
                told: format!("{alone:?} alone, {block:?} in a block, {wanted:?}"),
            });
        }
    }
    inverses(cell, wanted, [whole, real, most], tally);
    fewest_lines(cell, wanted.blocking, lines, tally);
}
