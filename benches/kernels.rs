//! Instruction-level view of the kernels: one cell at a time, no Python.

use std::hint::black_box;

use callstats_core::erlang::{Definition, Queue, System, blocking};
use callstats_core::numeric::search::Among;
use callstats_core::staffing::{Goal, Goals, ServiceLevelRule, required_agents};
use criterion::{Criterion, criterion_group, criterion_main};

/// Recursion, the crossing to the expansion, and a size at which only the expansion is possible.
const SIZES: [f64; 4] = [10.0, 100.0, 1000.0, 1e6];
/// Erlang B, C and A, by patience in seconds.
const MODELS: [(&str, f64); 3] = [("B", 0.0), ("C", f64::INFINITY), ("A", 180.0)];
const AHT: f64 = 210.0;
const LEVEL: ServiceLevelRule =
    ServiceLevelRule { threshold: 20.0, definition: Definition::Offered };

fn erlang(c: &mut Criterion) {
    let mut group = c.benchmark_group("blocking");
    for lines in SIZES {
        group.bench_function(format!("{lines}"), |b| {
            b.iter(|| blocking(black_box(lines), black_box(lines * 0.9)));
        });
    }
    group.finish();
    let mut group = c.benchmark_group("service_level");
    for (model, patience) in MODELS {
        for agents in SIZES {
            let system = System::new(agents, agents * 0.9, AHT, patience);
            group.bench_function(format!("{model} {agents}"), |b| {
                b.iter(|| {
                    Queue::new(black_box(&system)).service_level(LEVEL.threshold, LEVEL.definition)
                });
            });
        }
    }
    group.finish();
    let mut group = c.benchmark_group("measures");
    for ratio in [0.9, 1.3] {
        let system = System::new(100.0, 100.0 * ratio, AHT, 180.0);
        group.bench_function(format!("A 100 at load x {ratio}"), |b| {
            b.iter(|| {
                Queue::new(black_box(&system)).within(LEVEL.threshold).measures(LEVEL.definition)
            });
        });
    }
    group.finish();
}

fn staffing(c: &mut Criterion) {
    let mut group = c.benchmark_group("required_agents");
    let mut targets = [None; 6];
    targets[Goal::ServiceLevel as usize] = Some(0.8);
    let goals = Goals { targets, level: LEVEL };
    for (model, patience) in &MODELS[1..] {
        for load in SIZES {
            let system = System::new(0.0, load, AHT, *patience);
            group.bench_function(format!("{model} {load}"), |b| {
                b.iter(|| required_agents(black_box(&system), &goals, Among::Whole));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, erlang, staffing);
criterion_main!(benches);
