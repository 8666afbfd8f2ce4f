use super::super::model::{AgentChoice, Arrivals, CallType, Group, Period, Targets};
use super::super::replications::Simulation;
use super::*;
use crate::staffing::ShiftEnd;
use crate::threads::Run;

const RUN: Run<'_> = Run { threads: Some(2), interrupted: &|| false };

fn poisson(rate: f64) -> Arrivals {
    Arrivals::Poisson(vec![Period { start: 0.0, rate, talk_scale: 1.0 }])
}

/// A type of `rate` calls a second with a mean talk time and patience, both exponential.
pub(super) fn call_type(rate: f64, talk: f64, patience: f64) -> CallType {
    CallType {
        arrivals: poisson(rate),
        patience: Distribution::Exponential(patience),
        threshold: 20.0,
        queue_limit: u32::MAX,
        routes: vec![Route {
            group: 0,
            after: 0.0,
            priority: [0.0; 2],
            growth: 0.0,
            weight: 1.0,
            talk: Distribution::Exponential(talk),
            acw: Distribution::Deterministic(0.0),
            score: 0.0,
        }],
        forward: Targets::default(),
        recall: None,
        retry: None,
        costs: [0.0; 2],
    }
}

fn group(agents: u32) -> Group {
    Group {
        staffing: vec![(0.0, agents)],
        concurrency: 1,
        speeds: Vec::new(),
        shift_end: ShiftEnd::Finish,
        pause: Distribution::Deterministic(0.0),
        ring: Distribution::Deterministic(0.0),
        cost: 0.0,
    }
}

fn centre(types: Vec<CallType>, groups: Vec<Group>) -> Model {
    Model {
        types,
        groups,
        lines: u32::MAX,
        queue_limit: u32::MAX,
        agent_choice: AgentChoice::LongestIdle,
        callback: None,
        day_cv: 0.0,
    }
}

fn whole(simulation: &Simulation, name: &str) -> super::super::measures::Estimate {
    let (names, _) = Simulation::measures();
    let index = names.iter().position(|&n| n == name).unwrap();
    simulation.of_types(0, 0.99).unwrap()[index]
}

#[test]
fn one_queue_is_erlang_a() {
    let model = centre(vec![call_type(0.1, 210.0, 150.0)], vec![group(20)]);
    let mut simulation = Simulation::new(vec![model], vec![20_000.0, 420_000.0], 1, 0, false);
    simulation.run(24, &RUN).unwrap();
    let [wait, hang] = ["wait_probability", "abandonment"].map(|name| whole(&simulation, name));
    // From the table of reference systems; 99 % intervals under a fixed seed.
    assert!((wait.low..wait.high).contains(&0.570828092364087), "{wait:?}");
    assert!((hang.low..hang.high).contains(&0.119416245546551), "{hang:?}");
    assert!(hang.error < 0.002, "{hang:?}");
}
