//! Trunk lines: the load that they carry, and how many a load needs.

use super::goals::{Goal, Goals, ServiceLevelRule};
use super::requirements::{each_requirement, max_load, required_agents};
use crate::erlang::{Definition, System};
use crate::error::Result;
use crate::numeric::search::Among;

/// The greatest load of which `lines` lines block at most the share `blocking`; infinite where they
/// may block everything.
///
/// Source: Erlang's loss formula, which rises with the load.
///
/// # Errors
/// [`crate::Error::NotConverged`]
pub fn max_line_load(lines: f64, blocking: f64) -> Result<f64> {
    let (system, goals) = question([0.0, blocking]);
    max_load(&system.with_agents(lines), &goals)
}

/// The fewest lines that block at most the share `blocking` of the calls; missing where none do.
///
/// # Errors
/// [`crate::Error::NotConverged`]
pub fn required_lines(load: f64, blocking: f64) -> Result<f64> {
    let (system, goals) = question([load, blocking]);
    required_agents(&system, &goals, Among::Whole)
}

/// A block kernel of [`required_lines`].
pub fn each_line_requirement() -> impl Fn([&[f64]; 2], &mut [&mut [f64]; 1]) -> Result<()> + Sync {
    each_requirement(Among::Whole, question)
}

/// Lines are agents whose callers have no patience: a caller who finds all busy is blocked.
fn question([load, blocking]: [f64; 2]) -> (System, Goals) {
    let mut targets = [None; 6];
    targets[Goal::WaitProbability as usize] = Some(blocking);
    let level = ServiceLevelRule { threshold: 0.0, definition: Definition::Offered };
    (System::new(0.0, load, 1.0, 0.0), Goals { targets, level })
}

#[cfg(test)]
mod tests {
    use super::max_line_load;

    #[test]
    fn one_and_two_lines_have_closed_forms() {
        for share in [1e-12_f64, 1e-3, 0.01, 0.5, 0.99] {
            // B(1, a) = a / (1 + a); B(2, a) = (a²/2) / (1 + a + a²/2).
            let one = share / (1.0 - share);
            let two = (share + (share * (2.0 - share)).sqrt()) / (1.0 - share);
            assert!((max_line_load(1.0, share).unwrap() / one - 1.0).abs() < 1e-12);
            assert!((max_line_load(2.0, share).unwrap() / two - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_and_everything() {
        assert_eq!(max_line_load(5.0, 0.0).unwrap(), 0.0);
        assert_eq!(max_line_load(5.0, 1.0).unwrap(), f64::INFINITY);
        assert_eq!(max_line_load(0.0, 0.5).unwrap(), 0.0);
        assert_eq!(max_line_load(0.0, 1.0).unwrap(), f64::INFINITY);
    }
}
