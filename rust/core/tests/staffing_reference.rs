//! The searches against the table of minimum staffing, near ties included.

mod table;

use callstats_core::erlang::{Definition, System};
use callstats_core::numeric::search::Among;
use callstats_core::staffing::{
    Goal, Goals, ServiceLevelRule, max_load, required_agents, required_lines,
};
use table::Row;

fn system(row: &Row) -> System {
    let (rate, aht) = (row.number("lambda_per_s"), row.number("aht_s"));
    let load = rate * aht;
    let patience = match row.text("model") {
        "B" => 0.0,
        "C" => f64::INFINITY,
        _ => row.number("patience_s"),
    };
    System { agents: 0.0, load, load_low: rate.mul_add(aht, -load), aht, patience }
}

fn goals(row: &Row) -> Goals {
    let goal = match row.text("criterion") {
        "service_level" => Goal::ServiceLevel,
        "mean_wait" => Goal::MeanWait,
        "abandonment" => Goal::Abandonment,
        "occupancy" => Goal::Occupancy,
        "blocking" | "p_wait" => Goal::WaitProbability,
        other => panic!("criterion {other}"),
    };
    let mut targets = [None; 6];
    targets[goal as usize] = Some(row.number("target"));
    let threshold = row.optional("threshold_s").unwrap_or(0.0);
    Goals { targets, level: ServiceLevelRule { threshold, definition: Definition::Offered } }
}

#[test]
fn every_answer_is_exact() {
    let mut rows = 0;
    for row in table::rows("inverse_reference.csv") {
        let (system, goals) = (system(&row), goals(&row));
        let least = row.number("agents_min");
        assert_eq!(required_agents(&system, &goals, Among::Whole).unwrap(), least, "{row:?}");
        if row.text("criterion") == "blocking" {
            let lines = required_lines(system.load, row.number("target")).unwrap();
            assert_eq!(lines, least, "{row:?}");
        }
        rows += 1;
    }
    assert_eq!(rows, 150);
}

/// The least fraction of an agent that is an answer.
const SOMEBODY: f64 = 1e-9;

#[test]
fn the_fractional_answer_lies_below_and_meets_the_goal() {
    for row in table::rows("inverse_reference.csv") {
        let (system, goals) = (system(&row), goals(&row));
        let agents = required_agents(&system, &goals, Among::Real).unwrap();
        let least = row.number("agents_min");
        assert!(agents <= least && agents > least - 1.0, "{agents} for {row:?}");
        assert!(goals.furthest(&system.with_agents(agents)).0 <= 0.0);
        // The least fraction of an agent is below 0.9 busy in one row, as every greater one is.
        if agents == SOMEBODY {
            assert_eq!((row.text("criterion"), least), ("occupancy", 1.0));
            continue;
        }
        let fewer = agents * (1.0 - 1e-9);
        assert!(goals.furthest(&system.with_agents(fewer)).0 > 0.0, "{row:?}");
    }
}

#[test]
fn the_greatest_load_is_the_inverse_of_the_fewest_agents() {
    for row in table::rows("inverse_reference.csv") {
        let (system, goals) = (system(&row), goals(&row));
        let agents = required_agents(&system, &goals, Among::Real).unwrap();
        if agents == SOMEBODY {
            continue;
        }
        let load = max_load(&system.with_agents(agents), &goals).unwrap();
        assert!((load / system.load - 1.0).abs() < 1e-9, "{load} for {row:?}");
        assert!(goals.furthest(&system.with_agents(agents).with_load(load)).0 <= 0.0);
    }
}
