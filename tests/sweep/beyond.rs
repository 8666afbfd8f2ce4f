//! Systems beyond Erlang A: two routes of the core against each other, limits, bounds and order.

use callstats_core::erlang::{
    CallOutcome, Definition, PatienceHazard, Queue, System, WantedWaits, WideModel, WideSystem,
};

use crate::cells::{Cell, Random};
use crate::report::{Defect, Tally};
use crate::truth;

/// Two routes may differ by so much, relative, besides what rounding the inputs costs.
const TOLERANCE: f64 = 1e-9;
/// Smaller values are not compared: they hang on the last digit of an exponent.
const TINY: f64 = 1e-30;
/// Systems that are asked: all others are those of the sweep of Erlang A.
const MOST_AGENTS: f64 = 2000.0;
const MOST_LOAD: f64 = 3000.0;
/// Neighbours may stand the wrong way round by so much.
const DISORDER: f64 = 1e-11;

const NAMES: [&str; 9] = [
    "wait_probability",
    "blocking",
    "service_level",
    "1 - service_level",
    "abandonment",
    "asa",
    "mean_wait",
    "queue_length",
    "occupancy",
];

fn values(outcome: &CallOutcome) -> [f64; NAMES.len()] {
    let level = outcome.service_level(Definition::Offered);
    [
        outcome.wait_probability(),
        outcome.blocking(),
        level.p,
        level.q,
        outcome.abandonment(),
        outcome.asa(),
        outcome.mean_wait(),
        outcome.queue_length(),
        outcome.occupancy(),
    ]
}

fn solve(system: &WideSystem, model: &WideModel, threshold: f64) -> [f64; NAMES.len()] {
    let waits = WantedWaits { served: true, lost: false };
    system.outcome(model, threshold, waits).map_or([f64::NAN; NAMES.len()], |found| values(&found))
}

/// Exponential patience as a hazard of several pieces of one rate.
fn pieces(rate: f64, random: &mut Random) -> WideModel {
    let mut starts = vec![0.0];
    for _ in 0..3 {
        let last = starts[starts.len() - 1];
        starts.push(last + random.magnitude(0.1, 3.0) / rate);
    }
    let hazard = PatienceHazard::new(&starts, &vec![rate; starts.len()]).ok();
    WideModel { hazard, ..WideModel::plain() }
}

fn compare(
    rule: &'static str,
    (one, other): ([f64; NAMES.len()], [f64; NAMES.len()]),
    cell: &Cell,
    tally: &mut Tally,
) {
    for (name, (a, b)) in NAMES.into_iter().zip(one.into_iter().zip(other)) {
        let apart = truth::apart(a, b);
        let small = a.abs().max(b.abs()) < TINY;
        if !(apart <= TOLERANCE || small) {
            tally.defect(Defect {
                rule,
                what: name.to_owned(),
                size: apart,
                cell: *cell,
                told: format!("{a:e} and {b:e}"),
            });
        }
    }
}

/// Every rule that holds for one cell.
pub(crate) fn check(cell: &Cell, random: &mut Random, tally: &mut Tally) {
    let agents = cell.agents.ceil();
    let rate = 1.0 / cell.patience;
    let usual = (1e-4..1e4).contains(&(cell.aht / cell.patience));
    let inside = (1.0..=MOST_AGENTS).contains(&agents) && (1e-3..MOST_LOAD).contains(&cell.load);
    if !(usual && inside && cell.threshold < 100.0 * cell.aht) {
        return;
    }
    let system = System::new(agents, cell.load, cell.aht, cell.patience);
    let endless = WideSystem::of(system);
    let measured = pieces(rate, random);
    let queue = Queue::new(&system);
    let known = solve(&endless, &WideModel::plain(), cell.threshold);
    let level = queue.service_level(cell.threshold, Definition::Offered);
    compare(
        "Erlang A as an outcome",
        (
            known,
            [
                queue.wait_probability(),
                0.0,
                level.p,
                level.q,
                queue.abandonment(),
                queue.asa(),
                queue.mean_wait(),
                queue.queue_length(),
                queue.occupancy(),
            ],
        ),
        cell,
        tally,
    );
    let by_hazard = solve(&endless, &measured, cell.threshold);
    compare("one rate of hanging up is Erlang A", (by_hazard, known), cell, tally);
    let places = random.magnitude(1.0, 200.0).floor();
    let limited = WideSystem { lines: agents + places, ..endless };
    let chain = solve(&limited, &WideModel::plain(), cell.threshold);
    let integrals = solve(&limited, &measured, cell.threshold);
    compare("places one by one and by integrals", (chain, integrals), cell, tally);
    let slots = WideModel { slowdown: vec![1.0], ..WideModel::plain() };
    let chats = solve(&limited, &slots, cell.threshold);
    compare("a chat at a time is a call", (chats, chain), cell, tally);
    let more = WideSystem { lines: agents + places + 1.0, ..endless };
    let roomier = solve(&more, &WideModel::plain(), cell.threshold);
    let staffed = solve(&limited.with_agents(agents + 1.0), &WideModel::plain(), cell.threshold);
    let rules = [
        ("more lines block less", roomier[1], chain[1]),
        ("more agents lose less", staffed[4] + staffed[1], chain[4] + chain[1]),
        ("more agents answer more in time", chain[2], staffed[2]),
    ];
    for (rule, less, more) in rules {
        if less > more * (1.0 + DISORDER) && more > TINY {
            tally.defect(Defect {
                rule,
                what: String::new(),
                size: less / more - 1.0,
                cell: *cell,
                told: format!("{less:e} above {more:e}"),
            });
        }
    }
    for (name, value) in NAMES.into_iter().zip(chain) {
        let share = !matches!(name, "asa" | "mean_wait" | "queue_length");
        if !(value >= 0.0 && (value <= 1.0 || !share)) {
            tally.defect(Defect {
                rule: "bounds beyond Erlang A",
                what: name.to_owned(),
                size: value,
                cell: *cell,
                told: String::new(),
            });
        }
    }
}
