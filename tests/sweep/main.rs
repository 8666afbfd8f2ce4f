//! The core against a slower, independent implementation, over random systems of the whole domain.
//!
//! `make sweep`, or `cargo run --release --example sweep -- --cells 1000000 --seed 1 --threads 2`.
//! `--cell` and the eight numbers of a cell, as the sweep prints them, show what both make of it.
//!
//! Says by regime how far the core is off, and ends with 1 if a value is out of tolerance, no number,
//! outside its bounds or out of order with its neighbours, if a search misses its answer, if a block or
//! an instruction set has other bits than a cell alone, or if anything panics or hangs.

mod beyond;
mod cells;
mod checks;
mod double_double;
mod integrals;
mod kernels;
mod report;
mod truth;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use cells::{Cell, Random};
use report::{Defect, Tally};

/// Cells that a thread takes at a time, in blocks whose lengths differ.
const PORTION: u64 = 1000;
/// Nothing that is asked takes a hundredth of this.
const PATIENCE: Duration = Duration::from_secs(30);
/// Cells that are compared between instruction sets.
const COMPARED: u64 = 100_000;
const INSTRUCTIONS: &str = "CALLSTATS_INSTRUCTIONS";

/// The blocks of one portion, always the same whoever takes it.
fn blocks(seed: u64, portion: u64, mut count: u64) -> Vec<(Vec<Cell>, Random)> {
    let mut random = Random::new(seed, portion);
    let mut blocks = Vec::new();
    while count > 0 {
        let length = (random.magnitude(1.0, 700.0) as u64).min(count);
        let cells = (0..length).map(|_| random.cell()).collect();
        blocks.push((cells, Random::new(seed ^ u64::MAX, portion ^ (count << 32))));
        count -= length;
    }
    blocks
}

/// What a thread is at, and since when.
#[derive(Default)]
struct Watch(Mutex<Option<(Instant, &'static str, Cell)>>);

impl Watch {
    fn begin(&self, stage: &'static str, cell: &Cell) {
        *self.0.lock().expect("a watch") = Some((Instant::now(), stage, *cell));
    }

    fn end(&self) {
        *self.0.lock().expect("a watch") = None;
    }

    fn at(&self) -> Option<(Instant, &'static str, Cell)> {
        *self.0.lock().expect("a watch")
    }
}

fn check(cells: &[Cell], random: &mut Random, watch: &Watch) -> Tally {
    let mut tally = Tally::of(cells.len());
    let mut lone = Vec::with_capacity(cells.len());
    for cell in cells {
        watch.begin("measures", cell);
        lone.push(kernels::alone(cell));
    }
    watch.begin("a block that begins so", &cells[0]);
    checks::blocks(cells, &lone, &mut tally);
    for (cell, got) in cells.iter().zip(&lone) {
        watch.begin("accuracy and order", cell);
        checks::accuracy(cell, got, &mut tally);
        checks::bounds(cell, got, &mut tally);
        checks::order(cell, got, random, &mut tally);
        watch.begin("beyond Erlang A", cell);
        beyond::check(cell, random, &mut tally);
    }
    let questions = checks::questions(cells, random);
    watch.begin("searches of a block that begins so", &cells[0]);
    let together = checks::Together::new(cells, &questions);
    for (i, (cell, question)) in cells.iter().zip(&questions).enumerate() {
        watch.begin("searches", cell);
        checks::searches(cell, question, together.of(i), &mut tally);
    }
    tally
}

/// Checks a block; a panic is a defect of its first cell that panics alone, or of the block.
fn check_or_panic(cells: &[Cell], random: &mut Random, watch: &Watch) -> Tally {
    let outcome = catch_unwind(AssertUnwindSafe(|| check(cells, random, watch)));
    outcome.unwrap_or_else(|_| {
        let guilty = cells.iter().find(|cell| catch_unwind(|| kernels::alone(cell)).is_err());
        let mut tally = Tally::of(cells.len());
        tally.defect(Defect {
            rule: "panic",
            what: format!("in a block of {} cells", cells.len()),
            size: f64::INFINITY,
            cell: *guilty.unwrap_or(&cells[0]),
            told: if guilty.is_some() { "alone too".to_owned() } else { "first cell".to_owned() },
        });
        tally
    })
}

fn sweep(seed: u64, cells: u64, threads: usize, progress: bool) -> Tally {
    let next = AtomicU64::new(0);
    let done = AtomicU64::new(0);
    let total = Mutex::new(Tally::default());
    let watches: Vec<Watch> = (0..threads).map(|_| Watch::default()).collect();
    let work = |watch: &Watch| {
        loop {
            let portion = next.fetch_add(1, Ordering::Relaxed);
            if portion * PORTION >= cells {
                return watch.end();
            }
            let count = PORTION.min(cells - portion * PORTION);
            let mut part = Tally::default();
            for (block, mut random) in blocks(seed, portion, count) {
                part.add(check_or_panic(&block, &mut random, watch));
            }
            total.lock().expect("the tally").add(part);
            done.fetch_add(count, Ordering::Relaxed);
        }
    };
    scope(|scope| {
        let workers: Vec<_> = watches.iter().map(|watch| scope.spawn(|| work(watch))).collect();
        let start = Instant::now();
        let tick = Duration::from_millis(if progress { 1000 } else { 20 });
        // Since when each thread is at what it is at, and for how many ticks: a process that is put to
        // sleep does not hang.
        let mut seen = vec![(None, 0); threads];
        while workers.iter().any(|worker| !worker.is_finished()) {
            sleep(tick);
            for (watch, (last, ticks)) in watches.iter().zip(&mut seen) {
                let at = watch.at();
                let since = at.map(|at| at.0);
                *ticks = if since.is_some() && since == *last { *ticks + 1 } else { 0 };
                *last = since;
                if let Some((_, stage, cell)) = at.filter(|_| tick * *ticks > PATIENCE) {
                    eprintln!("\nhangs: {stage}, {cell:?}");
                    std::process::exit(1);
                }
            }
            if progress && std::io::stderr().is_terminal() {
                let done = done.load(Ordering::Relaxed);
                eprint!("\r{done} of {cells} cells, {} s ", start.elapsed().as_secs());
            }
        }
        if progress && std::io::stderr().is_terminal() {
            eprintln!();
        }
    });
    total.into_inner().expect("the tally")
}

/// A line for each cell: its answers' bits in one number.
fn print_digests(seed: u64, cells: u64) {
    let mut out = std::io::stdout().lock();
    for portion in 0..cells.div_ceil(PORTION) {
        let count = PORTION.min(cells - portion * PORTION);
        for (block, _) in blocks(seed, portion, count) {
            for answers in kernels::block(&block) {
                let mut hasher = DefaultHasher::new();
                answers.map(f64::to_bits).hash(&mut hasher);
                writeln!(out, "{:016x}", hasher.finish()).expect("a pipe");
            }
        }
    }
}

/// The same cells by both sets that have a fused multiply-add, each in a process of its own.
fn compare_instructions(seed: u64, cells: u64, tally: &mut Tally) {
    let program = std::env::current_exe().expect("this program's path");
    let digests = |set: &str| {
        let mut command = Command::new(&program);
        command.args(["--digests", "--seed", &seed.to_string(), "--cells", &cells.to_string()]);
        let output = command.env(INSTRUCTIONS, set).output().expect("this program again");
        assert!(output.status.success(), "{set}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("digits")
    };
    let widest = digests("avx512");
    let cells = (0..cells.div_ceil(PORTION)).flat_map(|portion| {
        blocks(seed, portion, PORTION.min(cells - portion * PORTION)).into_iter().flat_map(|b| b.0)
    });
    let cells: Vec<Cell> = cells.collect();
    let other = digests("avx2");
    let differing = widest.lines().zip(other.lines()).zip(&cells);
    for (_, cell) in differing.filter(|((one, two), _)| one != two) {
        tally.defect(Defect {
            rule: "bits",
            what: "AVX2 and AVX-512".to_owned(),
            size: 0.0,
            cell: *cell,
            told: "other bits".to_owned(),
        });
    }
}

/// The number after `--name`.
fn option(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().map_or(default, |text| {
        text.replace('_', "").parse().unwrap_or_else(|_| panic!("{name} needs a number"))
    })
}

/// Answers to one cell, given as its fields in order.
fn print_cell(fields: &[f64]) {
    let cell = Cell::from_fields(fields.try_into().expect("eight numbers"));
    let (got, expected) = (kernels::alone(&cell), truth::answers(&cell));
    let conditions = truth::conditions(&cell);
    println!("{:<45} {:<25} {:<25} {:<9} condition", "", "core", "integrals", "error");
    for (i, name) in kernels::MEASURES.into_iter().enumerate() {
        let error = if i == kernels::QUANTILE {
            truth::quantile_error(&cell, &expected, got[i])
        } else {
            truth::apart(got[i], expected[i])
        };
        let (got, expected, condition) = (got[i], expected[i], conditions[i]);
        println!("{name:<45} {got:<25e} {expected:<25e} {error:<9.1e} {condition:.1e}");
    }
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--cell") {
        let fields: Vec<f64> = std::env::args().filter_map(|text| text.parse().ok()).collect();
        print_cell(&fields);
        return ExitCode::SUCCESS;
    }
    let (seed, cells) = (option("--seed", 1), option("--cells", 1_000_000));
    if std::env::args().any(|argument| argument == "--digests") {
        print_digests(seed, cells);
        return ExitCode::SUCCESS;
    }
    let mut tally = sweep(seed, cells, option("--threads", 2) as usize, true);
    compare_instructions(seed, cells.min(COMPARED), &mut tally);
    println!("seed {seed}: {}", tally.text());
    if tally.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
#[path = "../../rust/core/tests/table/mod.rs"]
mod table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_of_the_sweep_finds_nothing() {
        let tally = sweep(5, 2000, 2, false);
        assert!(tally.is_clean(), "{}", tally.text());
    }
}
