//! Straight lines through the scores of each group over time.

/// A line by least squares.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Trend {
    /// Scores of the group.
    pub n: u64,
    /// Their mean, and that of their times: a point of the line.
    pub mean: f64,
    /// Mean of the times.
    pub time: f64,
    /// Sum of squared deviations of the times.
    pub spread: f64,
    /// Change of the score in a unit of time; NaN where all times are the same.
    pub slope: f64,
    /// Sum of squared deviations of the scores from the line; from their mean where there is no slope.
    pub residual: f64,
}

/// One line for each of `groups` groups; `group` numbers the group of each score.
pub fn trends(group: &[usize], times: &[f64], scores: &[f64], groups: usize) -> Vec<Trend> {
    let mut trends = vec![Trend::default(); groups];
    let rows = || group.iter().zip(times).zip(scores).map(|((&g, &time), &score)| (g, time, score));
    for (group, time, score) in rows() {
        let trend = &mut trends[group];
        trend.n += 1;
        trend.mean += score;
        trend.time += time;
    }
    for trend in &mut trends {
        trend.mean /= trend.n as f64;
        trend.time /= trend.n as f64;
    }
    for (group, time, score) in rows() {
        let trend = &mut trends[group];
        let late = time - trend.time;
        trend.spread += late * late;
        trend.slope += late * (score - trend.mean);
    }
    for trend in &mut trends {
        trend.slope = if trend.spread > 0.0 { trend.slope / trend.spread } else { f64::NAN };
    }
    for (group, time, score) in rows() {
        let trend = &mut trends[group];
        let slope = if trend.slope.is_nan() { 0.0 } else { trend.slope };
        let left = (score - trend.mean) - slope * (time - trend.time);
        trend.residual += left * left;
    }
    trends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_pass_through_what_lies_on_one() {
        let group = [0, 0, 0, 1, 1, 2, 0];
        let times = [1.0, 2.0, 4.0, 3.0, 3.0, 5.0, 5.0];
        let scores = [3.0, 5.0, 9.0, 1.0, 3.0, 7.0, 11.0];
        let found = trends(&group, &times, &scores, 4);
        let line = Trend { n: 4, mean: 7.0, time: 3.0, spread: 10.0, slope: 2.0, residual: 0.0 };
        assert_eq!(found[0], line);
        // Of one instant there is no slope: the deviations are those from the mean.
        assert!(found[1].slope.is_nan() && found[1].residual == 2.0 && found[1].spread == 0.0);
        assert!(found[2].slope.is_nan() && found[2].residual == 0.0);
        assert!(found[3].n == 0 && found[3].mean.is_nan() && found[3].slope.is_nan());
    }
}
