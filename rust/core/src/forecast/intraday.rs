//! The rest of a day after its morning: the forecast and what came, each weighed by its evidence.

/// Weight of an interval relative to that after it.
const MEMORY: f64 = 0.9;

/// A day of which the first intervals have come.
#[derive(Debug, Clone, Copy)]
pub struct DaySoFar<'a> {
    /// Expected calls of all its intervals, as forecast before it began.
    pub means: &'a [f64],
    /// What came in the first of them; NaN: unknown.
    pub observed: &'a [f64],
    /// Squared coefficient of variation of each interval's mean within the day.
    pub interval_cv2: &'a [f64],
    /// Squared coefficient of variation of the day's factor.
    pub day_cv2: f64,
    /// How little the morning says about the rest.
    pub drift_cv2: f64,
}

/// The factor on the rest of the day, and the squared coefficient of variation that is left of it.
pub fn revise(day: &DaySoFar<'_>) -> (f64, f64) {
    revise_with(day, MEMORY)
}

fn revise_with(day: &DaySoFar<'_>, memory: f64) -> (f64, f64) {
    let (mut expected, mut came, mut noise) = (0.0, 0.0, 0.0);
    for (j, &observed) in day.observed.iter().enumerate() {
        let weight = memory.powi((day.observed.len() - 1 - j) as i32);
        let mean = day.means[j];
        if observed.is_nan() || mean.is_nan() {
            continue;
        }
        expected += weight * mean;
        came += weight * observed;
        noise += weight * weight * (mean + day.interval_cv2[j] * mean * mean);
    }
    if expected <= 0.0 || day.day_cv2 <= 0.0 {
        return (1.0, day.day_cv2);
    }
    let evidence = 1.0 / (noise / (expected * expected) + day.drift_cv2);
    let prior = 1.0 / day.day_cv2;
    let factor = (prior + evidence * came / expected) / (prior + evidence);
    (factor, 1.0 / (prior + evidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means, what came; day factor, within the day, drift, memory; the factor and what is left.
    type Case<'a> = (&'a [f64], &'a [f64], [f64; 4], [f64; 2]);

    #[test]
    fn factors_agree_with_the_reference() {
        let cases: [Case<'_>; 6] = [
            (
                &[10.0, 20.0, 30.0, 40.0],
                &[15.0, 30.0],
                [0.01, 0.0, 0.0, 1.0],
                [1.115_384_615_384_615_4, 0.007_692_307_692_307_693],
            ),
            (
                &[10.0, 20.0, 30.0, 40.0],
                &[15.0, 30.0],
                [0.04, 0.02, 0.005, 0.9],
                [1.222_589_823_330_907_2, 0.022_192_814_133_527_427],
            ),
            (
                &[100.0, 200.0, 150.0, 120.0],
                &[80.0, 170.0, 140.0],
                [0.0025, 0.003, 0.001, 0.9],
                [0.952_599_533_565_466_7, 0.001_584_511_668_017_237],
            ),
            (&[0.0, 0.0, 5.0, 8.0], &[0.0, 0.0], [0.04, 0.02, 0.01, 0.9], [1.0, 0.04]),
            (&[10.0, 20.0, 30.0], &[30.0], [0.0, 0.02, 0.0, 0.9], [1.0, 0.0]),
            (
                &[2.0, 3.0, 4.0],
                &[0.0, 0.0],
                [0.09, 0.05, 0.02, 0.9],
                [0.733_003_708_281_829_4, 0.065_970_333_745_364_65],
            ),
        ];
        for (means, observed, [day_cv2, excess, drift_cv2, memory], [factor, cv2]) in cases {
            let interval_cv2 = vec![excess; means.len()];
            let day = DaySoFar { means, observed, interval_cv2: &interval_cv2, day_cv2, drift_cv2 };
            let found = revise_with(&day, memory);
            assert!((found.0 / factor - 1.0).abs() < 1e-13, "{found:?}");
            assert!((found.1 - cv2).abs() < 1e-13, "{found:?}");
        }
    }
}
