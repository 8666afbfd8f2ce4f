//! Instruction-level view of the kernels: one cell at a time, no Python.

use std::hint::black_box;

use callstats_core::erlang::blocking;
use criterion::{Criterion, criterion_group, criterion_main};

fn erlang(c: &mut Criterion) {
    let mut group = c.benchmark_group("blocking");
    for lines in [10.0, 100.0, 1000.0] {
        group.bench_function(format!("{lines}"), |b| {
            b.iter(|| blocking(black_box(lines), black_box(lines * 0.9)));
        });
    }
    group.finish();
}

criterion_group!(benches, erlang);
criterion_main!(benches);
