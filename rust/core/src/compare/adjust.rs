//! Probabilities of several tests made to hold together.

use crate::choices::choices;

choices! {
    /// How probabilities are adjusted.
    pub enum Adjustment called "method" {
        /// Step down: the smallest times their number, the next times one less, never falling.
        Holm = "holm",
        /// Each times their number.
        Bonferroni = "bonferroni",
        /// Share of false among the rejected: step up.
        BenjaminiHochberg = "benjamini_hochberg",
    }
}

/// The probabilities adjusted, each where it was; missing ones stay so and do not count.
pub fn adjust(method: Adjustment, p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&place| !p[place].is_nan()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let count = order.len() as f64;
    let mut found = vec![f64::NAN; p.len()];
    match method {
        Adjustment::Bonferroni => {
            for &place in &order {
                found[place] = (count * p[place]).min(1.0);
            }
        }
        Adjustment::Holm => {
            let mut largest = 0.0_f64;
            for (rank, &place) in order.iter().enumerate() {
                largest = largest.max((count - rank as f64) * p[place]);
                found[place] = largest.min(1.0);
            }
        }
        Adjustment::BenjaminiHochberg => {
            let mut least = 1.0_f64;
            for (rank, &place) in order.iter().enumerate().rev() {
                least = least.min(count / (rank + 1) as f64 * p[place]);
                found[place] = least;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_steps() {
        let p = [0.001, 0.04, f64::NAN, 0.03, 0.2, 0.012, 0.9];
        let rounded = |method| -> Vec<f64> {
            let found = adjust(method, &p).into_iter().filter(|p| !p.is_nan());
            found.map(|p| (p * 1e9).round() / 1e9).collect()
        };
        assert_eq!(rounded(Adjustment::Holm), [0.006, 0.12, 0.12, 0.4, 0.06, 0.9]);
        assert_eq!(rounded(Adjustment::Bonferroni), [0.006, 0.24, 0.18, 1.0, 0.072, 1.0]);
        assert_eq!(rounded(Adjustment::BenjaminiHochberg), [0.006, 0.06, 0.06, 0.24, 0.036, 0.9]);
        assert!(adjust(Adjustment::Holm, &p)[2].is_nan());
    }
}
