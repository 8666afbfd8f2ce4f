//! M/G/n by its talk time's mean and mean square, from what M/M/n does.

/// How much longer waits are than those of M/M/n: (1 + cv^2) / 2, nearly (Lee & Longton 1959).
pub fn stretch(mean: f64, mean_square: f64) -> f64 {
    0.5 * mean_square / (mean * mean)
}

/// In how many seconds the queue forgets, nearly, what it was like: M/M/n's relaxation time,
/// mean / (sqrt(n) - sqrt(load))^2, stretched; infinite without agents to spare.
pub fn settling(agents: f64, load: f64, mean: f64, mean_square: f64) -> f64 {
    let room = agents.sqrt() - load.sqrt();
    if room > 0.0 { 0.5 * mean_square / mean / (room * room) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_talks_are_those_of_m_m_n() {
        assert_eq!(stretch(180.0, 2.0 * 180.0 * 180.0), 1.0);
        assert_eq!(settling(16.0, 9.0, 180.0, 2.0 * 180.0 * 180.0), 180.0);
        assert_eq!(settling(9.0, 9.0, 180.0, 64_800.0), f64::INFINITY);
    }
}
