//! Charts that remember: small lasting shifts add up in them.

/// Exponentially weighted means, and their lower and upper limits.
///
/// Starts at `target`; limits widen to `width` standard deviations of the mean in the long run. A missing
/// value leaves the mean as it was and is no point.
///
/// Source: S. W. Roberts, Technometrics 1 (1959).
pub fn ewma(values: &[f64], target: f64, sigma: f64, weight: f64, width: f64) -> [Vec<f64>; 3] {
    let (mut mean, mut kept) = (target, 1.0_f64);
    let columns: Vec<[f64; 3]> = values
        .iter()
        .map(|value| {
            if value.is_nan() {
                return [f64::NAN; 3];
            }
            mean += weight * (value - mean);
            kept *= (1.0 - weight).powi(2);
            let half = width * sigma * (weight / (2.0 - weight) * (1.0 - kept)).sqrt();
            [mean, target - half, target + half]
        })
        .collect();
    [0, 1, 2].map(|column| columns.iter().map(|row| row[column]).collect())
}

/// Sums of what lies more than `slack` above `target`, and below it; neither falls under 0.
///
/// Both start at `start`. They run on after a signal. A missing value leaves them as they were and is
/// no point.
///
/// Source: E. S. Page, Biometrika 41 (1954); J. M. Lucas & R. B. Crosier, Technometrics 24 (1982).
pub fn cusum(values: &[f64], target: f64, slack: f64, start: f64) -> [Vec<f64>; 2] {
    [1.0, -1.0].map(|side| {
        let mut sum = start;
        values
            .iter()
            .map(|value| {
                if value.is_nan() {
                    return f64::NAN;
                }
                sum = (sum + side * (value - target) - slack).max(0.0);
                sum
            })
            .collect()
    })
}
