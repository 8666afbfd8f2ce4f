//! Special functions, root finding and integer search. Nothing here knows what a call is.

pub mod beta;
pub mod erfcx;
pub mod exact_sum;
pub mod exponential;
pub mod gamma;
pub mod gamma_tails;
pub mod noncentral;
pub mod normal;
pub mod polynomial;
pub mod quadrature;
pub mod search;
pub mod tail;
mod temme;

#[cfg(test)]
mod tests {
    use super::beta::UnitPoint;
    use super::{beta, gamma};

    /// The tails' tolerance: 1e-13, and what a last-place change of x moves the tail by.
    fn tolerance(shape: f64, value: f64) -> f64 {
        let depth = -value.ln();
        1e-13 + 2e-16 * (2.0 * shape * depth).sqrt() + 1e-15 * depth
    }

    #[test]
    fn tails_agree_with_the_reference_table() {
        let table = include_str!("../../../tests/reference/distributions.csv");
        let mut rows = 0;
        for line in table.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let number = |i: usize| fields[i].parse::<f64>().unwrap_or(f64::NAN);
            let (a, b, x, expected) = (number(1), number(2), number(3), number(4));
            let (got, shape) = match fields[0] {
                "gamma_lower" => (gamma::tails(a, x).lower, a),
                "gamma_upper" => (gamma::tails(a, x).upper, a),
                "beta_lower" => (beta::tails(a, b, UnitPoint::new(x)).lower, a + b),
                "beta_upper" => (beta::tails(a, b, UnitPoint::new(x)).upper, a + b),
                other => panic!("unknown function {other}"),
            };
            let off = (got / expected - 1.0).abs();
            assert!(off <= tolerance(shape, expected), "{line}: {got}, off by {off:e}");
            rows += 1;
        }
        assert_eq!(rows, 502);
    }
}
