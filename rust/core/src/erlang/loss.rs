//! Erlang B: a system without a queue.

use crate::numeric::gamma_tails::upper;

/// Probability that a call is blocked: `lines` lines, offered `load` in erlangs, no queue.
///
/// Domain: `lines` >= 0 (fractions by analytic continuation), `load` >= 0. No load blocks nothing;
/// under any load no lines block everything.
///
/// Works on 1/B, all of whose terms are positive. Where 1/B leaves f64, B is below the smallest
/// double and 0 comes back. Accuracy: 1e-13 relative, reference table.
pub fn blocking(lines: f64, load: f64) -> f64 {
    if load == 0.0 {
        return 0.0;
    }
    1.0 / (1.0 + upper(lines, load, lines - load))
}

#[cfg(test)]
mod tests {
    use super::blocking;

    #[test]
    fn no_load_blocks_nothing_and_no_lines_block_everything() {
        assert_eq!(blocking(5.0, 0.0), 0.0);
        assert_eq!(blocking(0.0, 0.0), 0.0);
        assert_eq!(blocking(0.0, 1e-300), 1.0);
    }

    #[test]
    fn is_continuous_where_the_algorithm_changes() {
        for n in [24.0_f64, 112.0] {
            for load in [0.3 * n, 0.8 * n, n, 1.3 * n, 4.0 * n] {
                let (at, beside) = (blocking(n, load), blocking(n + 1e-9, load));
                assert!((at / beside - 1.0).abs() < 1e-8, "{n} lines, load {load}");
            }
        }
    }

    #[test]
    fn a_million_lines_cost_no_more_than_ten() {
        // The recursion holds at 1e6 lines too, to its own accumulated rounding.
        let (lines, load) = (1e6, 1.001e6);
        let mut inverse = 1.0;
        for k in 1..=1_000_000 {
            inverse = 1.0 + f64::from(k) / load * inverse;
        }
        assert!((blocking(lines, load) * inverse - 1.0).abs() < 1e-11);
    }
}
