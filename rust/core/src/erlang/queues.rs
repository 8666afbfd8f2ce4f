//! Queues by the block.

use super::queue::Queue;
use super::system::System;
use crate::error::Result;
use crate::numeric::upper_lanes::uppers;

/// Systems at a time: enough to fill the lanes by each of the ways to compute 1/B, and 16 KiB in all.
const SYSTEMS: usize = 256;

/// Stands where a system is missing.
const NOBODY: System =
    System { agents: 0.0, load: 1.0, load_low: 0.0, aht: 1.0, patience: f64::INFINITY };

/// Visits the queue of every system in order.
///
/// What costs most of a queue, 1/B, is computed for many systems side by side. It has the bits that
/// one system alone gets.
///
/// # Errors
/// The first of `visit`.
pub fn for_each_queue(
    systems: &[System],
    mut visit: impl FnMut(&Queue) -> Result<()>,
) -> Result<()> {
    for systems in systems.chunks(SYSTEMS) {
        let mut columns = [[0.0; SYSTEMS]; 4];
        let [agents, load, spare, upper] = columns.each_mut().map(|c| &mut c[..systems.len()]);
        for (i, system) in systems.iter().enumerate() {
            (agents[i], load[i], spare[i]) = (system.agents, system.load, system.spare());
        }
        uppers(agents, load, spare, upper);
        for (system, &mut upper) in systems.iter().zip(upper) {
            visit(&Queue::from_upper(system, || upper))?;
        }
    }
    Ok(())
}

/// A block kernel from measures of one queue; a cell with a missing operand is missing.
pub fn each_queue<const K: usize, const M: usize>(
    system: impl Fn([f64; K]) -> System + Sync,
    measures: impl Fn(&Queue, [f64; K]) -> Result<[f64; M]> + Sync,
) -> impl Fn([&[f64]; K], &mut [&mut [f64]; M]) -> Result<()> + Sync {
    move |operands, outputs| {
        let count = outputs.first().map_or(0, |output| output.len());
        let missing = |cell: &[f64; K]| cell.iter().any(|v| v.is_nan());
        if count == 1 {
            // A lone call would spend more on filling a block than on its queue.
            let cell = operands.map(|operand| operand[0]);
            let values = if missing(&cell) {
                [f64::NAN; M]
            } else {
                measures(&Queue::new(&system(cell)), cell)?
            };
            for (output, value) in outputs.iter_mut().zip(values) {
                output[0] = value;
            }
            return Ok(());
        }
        for start in (0..count).step_by(SYSTEMS) {
            let length = SYSTEMS.min(count - start);
            let mut systems = [NOBODY; SYSTEMS];
            for (i, place) in systems[..length].iter_mut().enumerate() {
                let cell = operands.map(|operand| operand[start + i]);
                if !missing(&cell) {
                    *place = system(cell);
                }
            }
            let mut i = start;
            for_each_queue(&systems[..length], |queue| {
                let cell = operands.map(|operand| operand[i]);
                let values = if missing(&cell) { [f64::NAN; M] } else { measures(queue, cell)? };
                for (output, value) in outputs.iter_mut().zip(values) {
                    output[i] = value;
                }
                i += 1;
                Ok(())
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::{Definition, blocking};

    fn bits(values: [f64; 2]) -> [u64; 2] {
        values.map(f64::to_bits)
    }

    #[test]
    fn a_block_has_the_bits_of_its_systems_alone() {
        let (mut agents, mut load, mut patience) = (Vec::new(), Vec::new(), Vec::new());
        for n in [0.0, 1.0, 6.5, 30.0, 112.0, 113.0, 700.25, 1e5, f64::NAN] {
            for ratio in [0.0, 1e-3, 0.5, 0.98, 1.0, 1.02, 3.0] {
                for tau in [0.0, 90.0, f64::INFINITY] {
                    agents.push(n);
                    load.push(n * ratio);
                    patience.push(tau);
                }
            }
        }
        let system = |[n, a, tau]: [f64; 3]| System::new(n, a, 240.0, tau);
        let measures = |queue: &Queue, _| {
            let level = queue.service_level(20.0, Definition::Offered);
            Ok([level.value(), queue.mean_wait()])
        };
        let (mut first, mut second) = (vec![0.0; agents.len()], vec![0.0; agents.len()]);
        let kernel = each_queue(system, measures);
        kernel([&agents, &load, &patience], &mut [&mut first, &mut second]).unwrap();
        for i in 0..agents.len() {
            let cell = [agents[i], load[i], patience[i]];
            if cell.iter().any(|v| v.is_nan()) {
                assert!(first[i].is_nan() && second[i].is_nan());
                continue;
            }
            let queue = Queue::new(&system(cell));
            assert_eq!(
                bits([first[i], second[i]]),
                bits(measures(&queue, cell).unwrap()),
                "{cell:?}"
            );
            let mut lone = [[0.0], [0.0]];
            let mut places = lone.each_mut().map(|place| &mut place[..]);
            kernel(cell.each_ref().map(std::slice::from_ref), &mut places).unwrap();
            assert_eq!(bits([first[i], second[i]]), bits([lone[0][0], lone[1][0]]), "{cell:?}");
        }
    }

    #[test]
    fn a_loss_system_blocks_as_erlang_b_says() {
        for (lines, load) in [(0.0, 0.0), (0.0, 2.0), (3.0, 0.0), (7.0, 4.0), (300.0, 280.0)] {
            let queue = Queue::new(&System::new(lines, load, 1.0, 0.0));
            assert_eq!(queue.wait().hit.to_bits(), blocking(lines, load).to_bits());
        }
    }
}
