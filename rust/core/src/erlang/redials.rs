//! Load with redials of lost callers.

use super::queue::Queue;
use super::system::System;
use crate::error::{Error, Result};
use crate::numeric::search::{Among, Point, narrow};

/// Doublings from the smallest double beyond the greatest load.
const DOUBLINGS: u32 = 1100;

/// The load with redials: of the callers who hang up or are blocked, the share `redial` calls again,
/// any number of times, each time like a new caller.
///
/// The solution x of x (1 - redial × abandonment(x)) = load. The left side is x (1 - redial) plus
/// redial times the load that is carried, both rising, so that there is one solution at most; infinite
/// where there is none: everybody redials and agents <= load.
/// Source: the extended Erlang B model, with Erlang A in place of B where callers wait.
///
/// # Errors
/// [`Error::NotConverged`]
pub fn load_with_redials(system: &System, redial: f64) -> Result<f64> {
    let load = system.load;
    let shortfall = |x: f64| {
        let lost = Queue::new(&system.with_load(x)).abandonment();
        Point { x, value: 1.0 - x * (1.0 - redial * lost) / load }
    };
    if load == 0.0 || redial == 0.0 || system.patience == f64::INFINITY {
        return Ok(load);
    }
    if redial == 1.0 && system.agents <= load {
        return Ok(f64::INFINITY);
    }
    let (mut bad, mut good) = (shortfall(load), shortfall(load));
    for _ in 0..DOUBLINGS {
        if good.value <= 0.0 {
            break;
        }
        bad = good;
        good = shortfall(2.0 * bad.x);
    }
    if bad.value <= 0.0 {
        return Ok(load);
    }
    narrow(good, bad, Among::Real, |x| shortfall(x).value).map_err(|_| Error::NotConverged {
        what: "load_with_redials",
        arguments: format!("{system:?} and redial {redial}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_a_closed_form() {
        // x (1 - r x / (1 + x)) = a: (1 - r) x² + (1 - a) x - a = 0.
        for (a, r) in [(0.2_f64, 0.5_f64), (0.9, 0.9), (3.0, 0.7), (1e-6, 0.3), (40.0, 0.1)] {
            let b = 1.0 - a;
            let root = (-b + (b * b + 4.0 * (1.0 - r) * a).sqrt()) / (2.0 * (1.0 - r));
            let x = load_with_redials(&System::new(1.0, a, 60.0, 0.0), r).unwrap();
            assert!((x / root - 1.0).abs() < 1e-9, "{x} for {root}");
        }
    }

    #[test]
    fn what_all_redial_is_carried_or_piles_up() {
        for patience in [0.0, 30.0] {
            let system = System::new(12.0, 10.0, 180.0, patience);
            let x = load_with_redials(&system, 1.0).unwrap();
            let carried = x * (1.0 - Queue::new(&system.with_load(x)).abandonment());
            assert!((carried / 10.0 - 1.0).abs() < 1e-12);
            let full = System::new(10.0, 10.0, 180.0, patience);
            assert_eq!(load_with_redials(&full, 1.0).unwrap(), f64::INFINITY);
        }
        let nobody = System::new(0.0, 10.0, 180.0, 30.0);
        assert!((load_with_redials(&nobody, 0.5).unwrap() - 20.0).abs() < 1e-12);
    }
}
