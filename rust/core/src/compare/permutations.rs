//! Permutation of units between arms: how often chance alone does what was seen, for one measure or many.
//!
//! The statistic is the mean of the treated units less that of the others.

mod by_halves;
mod enumeration;
mod even_blocks;
mod measures;
mod tally;

use self::by_halves::by_halves;
use self::enumeration::SplitWalk;
use self::measures::Standardized;
use crate::error::Result;
use crate::threads::Run;

pub use measures::{PermutationQuestion, Permuted, TeamMeasure};

/// Permutes all measures by the same splits.
///
/// # Errors
/// [`Error::Interrupted`].
pub fn permute(
    measures: &[TeamMeasure<'_>],
    question: &PermutationQuestion<'_>,
    run: &Run<'_>,
) -> Result<Vec<Permuted>> {
    let standardized: Vec<Standardized> =
        measures.iter().map(|measure| Standardized::new(measure, question)).collect();
    let mut found: Vec<Permuted> =
        standardized.iter().map(|_| Standardized::without_variation(question)).collect();
    let mut varied: Vec<usize> =
        (0..measures.len()).filter(|&own| !standardized[own].flat).collect();
    if varied.is_empty() {
        return Ok(found);
    }
    // The weakest first, as each is compared with those below it.
    varied.sort_by(|&a, &b| standardized[a].strength.total_cmp(&standardized[b].strength));
    let columns: Vec<&Standardized> = varied.iter().map(|&own| &standardized[own]).collect();
    let permuted = if let Some(permuted) = by_halves(&columns, question, run)? {
        permuted
    } else {
        let mut tally = SplitWalk::new(&columns, question, run)?.complete(run)?;
        (0..columns.len()).map(|own| tally.permuted(own, columns[own], question)).collect()
    };
    for (own, permuted) in varied.iter().zip(permuted) {
        found[*own] = permuted;
    }
    if question.joint {
        let mut before = 0;
        // A measure is no stronger than one that is farther from what chance does.
        for &own in varied.iter().rev() {
            let count = found[own].max_t.unwrap_or(0).max(before);
            (found[own].max_t, before) = (Some(count), count);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::splits::UnitSplits;
    use super::enumeration::SAMPLE_FROM;
    use super::*;
    use crate::rng::Key;

    fn run(threads: usize) -> Run<'static> {
        Run { threads: Some(threads), interrupted: &|| false }
    }

    fn values(units: usize, shift: usize) -> Vec<f64> {
        (0..units).map(|i| ((i * i * 37 + 11 * i * shift + 5 * shift) % 101) as f64 / 8.0).collect()
    }

    fn asked(
        measures: &[Vec<f64>],
        weights: Option<&[f64]>,
        splits: &UnitSplits,
        observed: &[bool],
        joint: bool,
    ) -> Vec<Permuted> {
        let measures: Vec<TeamMeasure<'_>> =
            measures.iter().map(|values| TeamMeasure { values, weights, level: 13.0 }).collect();
        let mirrored = splits.mirrored();
        let question = PermutationQuestion { splits, observed, confidence: 0.95, joint, mirrored };
        let one = permute(&measures, &question, &run(1)).unwrap();
        let two = permute(&measures, &question, &run(2)).unwrap();
        for (a, b) in one.iter().zip(&two) {
            assert_eq!(a.limits.map(f64::to_bits), b.limits.map(f64::to_bits));
            assert_eq!((a.as_extreme, a.max_t), (b.as_extreme, b.max_t));
        }
        one
    }

    fn first(units: usize, treated: usize) -> Vec<bool> {
        (0..units).map(|unit| unit < treated).collect()
    }

    /// The statistics of the outcomes less an effect on the treated, of every split, by the definition.
    fn by_definition(v: &[f64], splits: &UnitSplits, observed: &[bool], effect: f64) -> Vec<f64> {
        let mut cursor = splits.cursor(0);
        let mut found = Vec::new();
        for number in 0..splits.count() {
            if number > 0 {
                cursor.advance();
            }
            let inside = cursor.inside();
            let of = |arm: bool| {
                let own: Vec<f64> = (0..v.len())
                    .filter(|&u| inside[u] == arm)
                    .map(|u| v[u] - if observed[u] { effect } else { 0.0 })
                    .collect();
                own.iter().sum::<f64>() / own.len() as f64
            };
            found.push(of(true) - of(false));
        }
        found
    }

    #[test]
    fn counts_and_limits_are_those_of_the_definition() {
        let pairs = (0..5).map(|i| [2 * i, 2 * i + 1]).collect();
        for splits in [
            UnitSplits::All { units: 10, treated: 5 },
            UnitSplits::All { units: 9, treated: 3 },
            UnitSplits::Pairs(pairs),
        ] {
            let units = splits.units();
            let observed = splits.cursor(1).inside().to_vec();
            let v = values(units, 3);
            let [found] = asked(std::slice::from_ref(&v), None, &splits, &observed, false)[..]
            else {
                panic!()
            };
            let all = by_definition(&v, &splits, &observed, 0.0);
            let c = by_definition(&v, &splits, &observed, 0.0)[1];
            let reach = |size: f64| all.iter().filter(|a| a.abs() >= size - 1e-9).count() as u64;
            assert_eq!(found.as_extreme, reach(c.abs()));
            assert_eq!(found.most_extreme, reach(all.iter().fold(0.0, |m: f64, a| m.max(a.abs()))));
            for (end, inside) in [(found.limits[0], 1e-6), (found.limits[1], -1e-6)] {
                let holding = |effect: f64| {
                    let adjusted = by_definition(&v, &splits, &observed, effect);
                    adjusted.iter().filter(|a| a.abs() >= (c - effect).abs() - 1e-9).count() as u64
                };
                if end.is_finite() {
                    assert!(holding(end + inside) > found.refused, "{end}");
                    assert!(holding(end - inside) <= found.refused, "{end}");
                } else {
                    assert!(found.refused <= u64::from(splits.mirrored()));
                }
            }
        }
    }

    #[test]
    fn halves_and_enumeration_agree() {
        let splits = UnitSplits::All { units: 18, treated: 9 };
        let observed = first(18, 9);
        let v = values(18, 2);
        let [halved] = asked(std::slice::from_ref(&v), None, &splits, &observed, false)[..] else {
            panic!()
        };
        let walked = asked(&[v.clone(), values(18, 7)], None, &splits, &observed, false)[0];
        let weighted = asked(&[v], Some(&[1.0; 18]), &splits, &observed, false)[0];
        for other in [walked, weighted] {
            assert_eq!(halved.as_extreme, other.as_extreme);
            assert_eq!((halved.greater, halved.less), (other.greater, other.less));
            assert_eq!(halved.most_extreme, other.most_extreme);
            for (a, b) in halved.limits.iter().zip(other.limits) {
                assert!((a - b).abs() < 1e-11 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }

    #[test]
    fn a_sample_of_the_splits_leads_to_the_same_limits() {
        let splits = UnitSplits::All { units: 22, treated: 11 };
        assert!(splits.count() >= SAMPLE_FROM);
        let observed = first(22, 11);
        let v = values(22, 5);
        let [halved] = asked(std::slice::from_ref(&v), None, &splits, &observed, false)[..] else {
            panic!()
        };
        let walked = asked(&[v, values(22, 7)], None, &splits, &observed, false)[0];
        for (a, b) in halved.limits.iter().zip(walked.limits) {
            assert!((a - b).abs() < 1e-11 * b.abs().max(1.0), "{a} {b}");
        }
    }

    #[test]
    fn the_largest_t_is_that_of_the_definition() {
        let splits = UnitSplits::All { units: 8, treated: 4 };
        let observed = first(8, 4);
        let own: Vec<Vec<f64>> = (1..=11).map(|shift| values(8, shift)).collect();
        let t = |v: &[f64], d: f64| {
            let mean = v.iter().sum::<f64>() / 8.0;
            let squares: f64 = v.iter().map(|x| (x - mean).powi(2)).sum();
            d.abs() / ((squares - 2.0 * d * d) / 6.0 / 2.0).sqrt()
        };
        let statistics: Vec<Vec<f64>> = (own.iter())
            .map(|v| by_definition(v, &splits, &observed, 0.0).iter().map(|&d| t(v, d)).collect())
            .collect();
        let at = (0..70).find(|&n| splits.cursor(n).inside() == observed).unwrap() as usize;
        let mut order: Vec<usize> = (0..own.len()).collect();
        order.sort_by(|&a, &b| statistics[a][at].total_cmp(&statistics[b][at]));
        let mut expected = vec![0; own.len()];
        for (rank, &measure) in order.iter().enumerate() {
            let largest = |split: usize| {
                order[..=rank].iter().fold(0.0_f64, |top, &m| top.max(statistics[m][split]))
            };
            let bound = statistics[measure][at] * (1.0 - 1e-9);
            expected[measure] = (0..70).filter(|&split| largest(split) >= bound).count() as u64;
        }
        let mut before = 0;
        for &measure in order.iter().rev() {
            before = expected[measure].max(before);
            expected[measure] = before;
        }
        for weights in [None, Some(&[1.0; 8][..])] {
            let found = asked(&own, weights, &splits, &observed, true);
            let counts: Vec<u64> = found.iter().map(|own| own.max_t.unwrap()).collect();
            assert_eq!(counts, expected);
        }
    }

    #[test]
    fn units_without_a_value_take_no_part() {
        let splits = UnitSplits::All { units: 8, treated: 4 };
        let observed = first(8, 4);
        let mut v = values(8, 3);
        v[2] = 1e9;
        let mut weights = [1.0; 8];
        weights[2] = 0.0;
        let [found] = asked(&[v.clone()], Some(&weights), &splits, &observed, true)[..] else {
            panic!()
        };
        let arm = |units: &[usize]| units.iter().map(|&u| v[u]).sum::<f64>() / units.len() as f64;
        assert!((found.statistic - (arm(&[0, 1, 3]) - arm(&[4, 5, 6, 7]))).abs() < 1e-12);
        assert_eq!(found.splits, 70);
    }

    #[test]
    fn what_does_not_vary_has_probability_one() {
        let splits = UnitSplits::All { units: 8, treated: 4 };
        let flat: Vec<f64> = (0..8).map(|i| 1.0 + 1e-14 * f64::from(i)).collect();
        let found = asked(&[flat, values(8, 1)], None, &splits, &first(8, 4), true);
        assert_eq!((found[0].as_extreme, found[0].max_t), (70, None));
        assert!(found[1].max_t.is_some());
    }

    #[test]
    fn drawn_splits_count_the_one_that_was_made() {
        let (units, treated) = (60, 30);
        let splits = UnitSplits::Drawn { units, treated, count: 999, key: Key::new(7) };
        let [found] = asked(&[values(60, 3)], None, &splits, &first(60, 30), false)[..] else {
            panic!()
        };
        assert_eq!(found.splits, 1000);
        assert!(found.as_extreme >= 1 && found.limits[0] < found.statistic);
        assert!(found.limits[1] > found.statistic);
    }
}
