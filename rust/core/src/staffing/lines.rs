//! The load that lines carry.

use super::goals::{Goal, Goals, Level};
use super::required::max_load;
use crate::erlang::{Definition, System};
use crate::error::Result;

/// The greatest load of which `lines` lines block at most the share `blocking`; infinite where they
/// may block everything.
///
/// Lines are agents whose callers have no patience. Source: Erlang's loss formula, which rises with
/// the load.
///
/// # Errors
/// [`crate::Error::NotConverged`]
pub fn max_line_load(lines: f64, blocking: f64) -> Result<f64> {
    let mut targets = [None; 6];
    targets[Goal::WaitProbability as usize] = Some(blocking);
    let level = Level { threshold: 0.0, definition: Definition::Offered };
    max_load(&System::new(lines, 0.0, 1.0, 0.0), &Goals { targets, level })
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
