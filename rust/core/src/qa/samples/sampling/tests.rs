//! Designs tested by what defines them: exact sizes, exact probabilities, invariance, balance.

use super::*;
use crate::qa::samples::identities::Ids;
use crate::rng::hash_integer;

const DESIGNS: [Design; 5] =
    [Design::Balanced, Design::Simple, Design::Stratified, Design::Systematic, Design::Cube];

/// Made-up calls of some agents: a type, a length and a local time each.
struct MadeUpCalls {
    groups: Vec<i32>,
    names: Vec<u64>,
    ids: Vec<u64>,
    types: Vec<i32>,
    lengths: Vec<f64>,
    times: Vec<i64>,
}

impl MadeUpCalls {
    fn new(sizes: &[usize], seed: u64) -> Self {
        let mut stream = Key::new(seed).stream();
        let rows: usize = sizes.iter().sum();
        let groups: Vec<i32> = sizes
            .iter()
            .zip(0..)
            .flat_map(|(&size, group)| std::iter::repeat_n(group, size))
            .collect();
        Self {
            groups,
            names: (0..sizes.len()).map(|group| hash_integer(group as i128)).collect(),
            ids: (0..rows).map(|row| hash_integer(row as i128)).collect(),
            // Skewed: type k about half as often as type k - 1.
            types: (0..rows)
                .map(|_| (stream.bits() | 1 << 7).trailing_zeros().cast_signed())
                .collect(),
            lengths: (0..rows).map(|_| 20.0 - 200.0 * (1.0 - stream.unit()).ln()).collect(),
            times: (0..rows)
                .map(|_| {
                    28_800
                        + 86_400 * stream.below(28).cast_signed()
                        + stream.below(43_200).cast_signed()
                })
                .collect(),
        }
    }

    fn recordings<'a>(&'a self, eligible: &'a [bool]) -> Recordings<'a> {
        Recordings {
            groups: &self.groups,
            names: &self.names,
            ids: Ids::Hashes(&self.ids),
            eligible: Some(eligible),
            columns: vec![
                Column::Category { codes: &self.types, names: &[] },
                Column::Number { values: &self.lengths, cuts: &[60.0, 120.0, 300.0, 600.0] },
                Column::Time { wall: &self.times, per_second: 1 },
            ],
        }
    }
}

fn plan(design: Design, quotas: &[i64]) -> Plan<'_> {
    Plan {
        seed: 7,
        design,
        quotas,
        reserve: 0,
        sizes_of_groups: None,
        sizes: None,
        bounds: Vec::new(),
    }
}

fn threads(threads: usize) -> Run<'static> {
    Run { threads: Some(threads), interrupted: &|| false }
}

fn run(recordings: &Recordings<'_>, plan: &Plan<'_>) -> Drawn {
    draw(recordings, plan, &threads(1)).unwrap()
}

#[test]
fn sizes_are_exact_and_weights_sum_to_the_group() {
    let sizes = [0, 1, 4, 5, 6, 9, 10, 11, 40, 83, 200];
    let calls = MadeUpCalls::new(&sizes, 1);
    let eligible = vec![true; calls.groups.len()];
    let recordings = calls.recordings(&eligible);
    for design in DESIGNS {
        for n in [0, 1, 2, 5, 7, 39, 500] {
            let quotas = vec![n; sizes.len()];
            let drawn = run(&recordings, &plan(design, &quotas));
            for (group, &size) in sizes.iter().enumerate() {
                let mine: Vec<usize> = (0..drawn.rows.len())
                    .filter(|&i| calls.groups[drawn.rows[i] as usize] as usize == group)
                    .collect();
                let expected = size.min(n as usize);
                assert_eq!(mine.len(), expected, "{design:?} {n} of {size}");
                let mut rows: Vec<_> = mine.iter().map(|&i| drawn.rows[i]).collect();
                rows.sort_unstable();
                rows.dedup();
                assert_eq!(rows.len(), expected);
                assert!(mine.iter().zip(1..).all(|(&i, index)| drawn.draw[i] == index));
                let total: f64 = mine.iter().map(|&i| 1.0 / drawn.probability[i]).sum();
                let population = if n == 0 { 0.0 } else { size as f64 };
                assert!((total - population).abs() < 1e-9, "{design:?} {n} of {size}: {total}");
            }
        }
    }
}

#[test]
fn every_row_is_drawn_with_probability_n_over_group() {
    // Divisible, with remainder, more than half, first phase (N > 16 n), all but one.
    for (size, n) in [(20, 5), (23, 5), (9, 6), (37, 2), (12, 11), (19, 3)] {
        let calls = MadeUpCalls::new(&[size], 3);
        let eligible = vec![true; size];
        let recordings = calls.recordings(&eligible);
        for design in DESIGNS {
            let draws: u32 = 6_000;
            let mut hits = vec![0_u32; size];
            let quotas = [n];
            for seed in 0..draws {
                let plan = Plan { seed: seed.into(), ..plan(design, &quotas) };
                for row in run(&recordings, &plan).rows {
                    hits[row as usize] += 1;
                }
            }
            let p = n as f64 / size as f64;
            let error = (f64::from(draws) * p * (1.0 - p)).sqrt();
            for (row, &hit) in hits.iter().enumerate() {
                let z = (f64::from(hit) - f64::from(draws) * p) / error;
                // 600 rows over all cases: by the binomial tails |z| > 5 is a false alarm in 2,400 runs.
                assert!(z.abs() < 5.0, "{design:?} {n} of {size}, row {row}: z = {z}");
            }
            // The hits' own spread: chi-squared over N - 1, for a fixed size about one.
            let chi: f64 = hits
                .iter()
                .map(|&hit| (f64::from(hit) - f64::from(draws) * p).powi(2) / error.powi(2))
                .sum();
            // Beyond 6 standard deviations of chi-squared.
            let degrees = size as f64;
            assert!(chi < degrees + 6.0 * (2.0 * degrees).sqrt(), "{design:?}: {chi}");
        }
    }
}

#[test]
fn order_of_rows_threads_and_other_groups_change_nothing() {
    let sizes = [30, 200, 17, 4, 90];
    let calls = MadeUpCalls::new(&sizes, 5);
    let rows = calls.groups.len();
    let eligible: Vec<bool> = (0..rows).map(|row| row % 11 != 3).collect();
    let quotas = [5; 5];
    // Backwards, with group 1 moved to the end of the names and 2 left out.
    let kept: Vec<usize> = (0..rows).rev().filter(|&row| calls.groups[row] != 2).collect();
    let renamed = [0, 3, 9, 1, 2];
    let turned = MadeUpCalls {
        groups: kept.iter().map(|&row| renamed[calls.groups[row] as usize]).collect(),
        names: [0, 3, 4, 1].map(|group| calls.names[group]).to_vec(),
        ids: kept.iter().map(|&row| calls.ids[row]).collect(),
        types: kept.iter().map(|&row| calls.types[row] * 2).collect(),
        lengths: kept.iter().map(|&row| calls.lengths[row]).collect(),
        times: kept.iter().map(|&row| calls.times[row]).collect(),
    };
    let turned_eligible: Vec<bool> = kept.iter().map(|&row| eligible[row]).collect();
    for design in DESIGNS {
        let plan = Plan { reserve: 3, ..plan(design, &quotas) };
        let all = run(&calls.recordings(&eligible), &plan);
        let again = draw(&calls.recordings(&eligible), &plan, &threads(5)).unwrap();
        assert_eq!(all.rows, again.rows);
        let part =
            run(&turned.recordings(&turned_eligible), &Plan { quotas: &quotas[..4], ..plan });
        let by_name = |drawn: &Drawn, calls: &MadeUpCalls| {
            let mut named: Vec<_> = drawn
                .rows
                .iter()
                .zip(&drawn.draw)
                .map(|(&row, &index)| {
                    let row = row as usize;
                    (calls.names[calls.groups[row] as usize], index, calls.ids[row])
                })
                .collect();
            named.sort_unstable();
            named
        };
        let mut expected = by_name(&all, &calls);
        expected.retain(|&(name, _, _)| name != calls.names[2]);
        assert_eq!(by_name(&part, &turned), expected, "{design:?}");
    }
}

#[test]
fn many_threads_give_what_one_gives() {
    let sizes = vec![100; 700];
    let calls = MadeUpCalls::new(&sizes, 8);
    let eligible = vec![true; calls.groups.len()];
    let recordings = calls.recordings(&eligible);
    let quotas = vec![5; sizes.len()];
    let one = run(&recordings, &plan(Design::Balanced, &quotas));
    let many = draw(&recordings, &plan(Design::Balanced, &quotas), &threads(6)).unwrap();
    assert_eq!(one, many);
}

#[test]
fn reserves_follow_and_change_nothing() {
    let calls = MadeUpCalls::new(&[12, 300], 2);
    let eligible = vec![true; 312];
    let recordings = calls.recordings(&eligible);
    let quotas = [5, 5];
    for design in DESIGNS {
        let without = run(&recordings, &plan(design, &quotas));
        for reserve in [1, 6, 200] {
            let with = run(&recordings, &Plan { reserve, ..plan(design, &quotas) });
            assert_eq!(with.rows.len(), 10 + reserve.min(7) + reserve);
            let sample: Vec<_> = (0..with.rows.len()).filter(|&i| !with.reserve[i]).collect();
            assert_eq!(sample.iter().map(|&i| with.rows[i]).collect::<Vec<_>>(), without.rows);
            assert!((0..with.rows.len()).all(|i| with.reserve[i] == (with.draw[i] > 5)));
        }
    }
}

#[test]
fn a_category_alone_is_met_up_to_rounding() {
    for (size, n) in [(40, 5), (101, 7), (20, 13), (500, 9), (33, 32)] {
        let calls = MadeUpCalls::new(&[size], 4);
        let eligible = vec![true; size];
        let quotas = [n];
        for seed in 0..200 {
            for design in [Design::Balanced, Design::Stratified] {
                let recordings = Recordings {
                    columns: vec![Column::Category { codes: &calls.types, names: &[] }],
                    ..calls.recordings(&eligible)
                };
                let drawn = run(&recordings, &Plan { seed, ..plan(design, &quotas) });
                for level in 0..8 {
                    let of = calls.types.iter().filter(|&&t| t == level).count();
                    let share = n as usize * of;
                    let got = drawn
                        .rows
                        .iter()
                        .filter(|&&row| calls.types[row as usize] == level)
                        .count();
                    assert!(got >= share / size && got <= share.div_ceil(size));
                }
            }
        }
    }
}

#[test]
fn balanced_samples_are_closer_to_their_group_than_simple_ones() {
    let sizes = vec![100; 200];
    let calls = MadeUpCalls::new(&sizes, 6);
    let eligible = vec![true; calls.groups.len()];
    let recordings = calls.recordings(&eligible);
    let quotas = vec![5; sizes.len()];
    let gap = |design| {
        let drawn = run(&recordings, &plan(design, &quotas));
        let mean = |rows: &mut dyn Iterator<Item = usize>| {
            let lengths: Vec<f64> = rows.map(|row| calls.lengths[row]).collect();
            lengths.iter().sum::<f64>() / lengths.len() as f64
        };
        (0..sizes.len())
            .map(|group| {
                let all = mean(&mut (100 * group..100 * (group + 1)));
                let some = mean(
                    &mut drawn.rows[5 * group..5 * (group + 1)].iter().map(|&row| row as usize),
                );
                (some - all).powi(2)
            })
            .sum::<f64>()
    };
    assert!(gap(Design::Balanced) < 0.5 * gap(Design::Simple));
}

#[test]
fn odd_values_are_levels_and_never_stop_a_draw() {
    let lengths = [f64::NAN, f64::INFINITY, -f64::INFINITY, 0.0, -0.0, -5.0, 1e308, 5e-324];
    let rows = lengths.len();
    let mut calls = MadeUpCalls::new(&[rows], 1);
    calls.lengths = lengths.to_vec();
    calls.times[0] = i64::MIN;
    calls.times[1] = i64::MAX;
    calls.types[2] = -1;
    let eligible = vec![true; rows];
    for design in DESIGNS {
        assert_eq!(run(&calls.recordings(&eligible), &plan(design, &[3])).rows.len(), 3);
    }
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let calls = MadeUpCalls::new(&[3], 1);
    let eligible = [true; 2];
    let refused = draw(&calls.recordings(&eligible), &plan(Design::Simple, &[1]), &threads(1));
    assert!(matches!(refused, Err(Error::Usage(_))));
    let eligible = [true; 3];
    let stop = Run { interrupted: &|| true, ..threads(1) };
    let stopped = draw(&calls.recordings(&eligible), &plan(Design::Simple, &[1]), &stop);
    assert_eq!(stopped, Err(Error::Interrupted));
}

#[test]
fn parts_put_together_draw_what_the_whole_does() {
    let calls = MadeUpCalls::new(&[3, 40, 700, 90], 9);
    let rows = calls.groups.len();
    let eligible: Vec<bool> = (0..rows).map(|row| row % 13 != 5).collect();
    let quotas = [5, 2, 5, 0];
    for design in DESIGNS {
        let plan = Plan { reserve: 2, ..plan(design, &quotas) };
        let whole = run(&calls.recordings(&eligible), &plan);
        let mut kept = vec![false; rows];
        let mut sizes = vec![0; quotas.len()];
        for part in 0..7 {
            let own: Vec<bool> = (0..rows).map(|row| row % 7 == part && eligible[row]).collect();
            let found = candidates(&calls.recordings(&own), &plan, None, &threads(1)).unwrap();
            for row in found.rows {
                kept[row as usize] = true;
            }
            sizes.iter_mut().zip(found.sizes).for_each(|(size, count)| *size += count);
        }
        assert_eq!(sizes, whole.sizes);
        let plan = Plan { sizes_of_groups: Some(&sizes), ..plan };
        let merged = run(&calls.recordings(&kept), &plan);
        assert_eq!((merged.rows, merged.draw), (whole.rows, whole.draw), "{design:?}");
        let bits = |drawn: &[f64]| drawn.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&merged.probability), bits(&whole.probability));
        if design == Design::Simple {
            assert!(kept.iter().filter(|&&k| k).count() <= 7 * 3 * 7);
        }
    }
}

#[test]
fn rows_beyond_a_limit_are_no_candidates() {
    let calls = MadeUpCalls::new(&[400, 300], 9);
    let eligible = vec![true; calls.groups.len()];
    let recordings = calls.recordings(&eligible);
    let plan = plan(Design::Simple, &[400, 300]);
    let of = |limits: Option<&[u64]>| candidates(&recordings, &plan, limits, &threads(1));
    let all = of(None).unwrap();
    let some = of(Some(&[u64::MAX / 4, u64::MAX])).unwrap();
    let count =
        |rows: &[i64], group| rows.iter().filter(|&&r| calls.groups[r as usize] == group).count();
    assert_eq!((all.sizes, all.digest), (some.sizes, some.digest));
    assert_eq!(count(&some.rows, 1), 300);
    assert!((60..140).contains(&count(&some.rows, 0)));
    assert!(some.rows.iter().all(|row| all.rows.contains(row)));
    assert!(of(Some(&[0])).is_err());
}

#[test]
fn groups_whose_threshold_was_too_low_are_looked_through_again() {
    let calls = MadeUpCalls::new(&[4_000, 900, 2, 5_000], 4);
    let eligible: Vec<bool> = (0..calls.groups.len()).map(|row| row % 3 > 0).collect();
    let recordings = calls.recordings(&eligible);
    let sizes = sizes(&recordings, &threads(1)).unwrap();
    let keep = [50, 9, 2, 0];
    let orders = plan(Design::Simple, &[]).orders(&recordings);
    for slack in [-20.0, -1.0, 0.0, 6.0] {
        let list =
            Shortlist::with_slack(&recordings, &orders, &sizes, &keep, slack, &threads(3)).unwrap();
        for (group, key) in orders.iter().enumerate() {
            let first = |rows: &[u32]| {
                smallest(rows, keep[group], |row| key.place(calls.ids[row as usize]))
            };
            let all: Vec<u32> = (0..calls.groups.len() as u32)
                .filter(|&row| {
                    eligible[row as usize] && calls.groups[row as usize] as usize == group
                })
                .collect();
            let found = list.of(group);
            assert_eq!(first(found), first(&all), "{slack} {group}");
            assert!(found.len() < 200 || slack < 6.0);
        }
    }
}

#[test]
fn digests_of_parts_add_up() {
    let calls = MadeUpCalls::new(&[30, 20], 4);
    let rows = calls.groups.len();
    let everything = vec![true; rows];
    let quotas = [1, 0];
    let digest = |recordings: &Recordings<'_>, number| {
        candidates(recordings, &plan(Design::Simple, &quotas), None, &threads(number))
            .unwrap()
            .digest
    };
    let whole = digest(&calls.recordings(&everything), 2);
    let all = Recordings { eligible: None, ..calls.recordings(&everything) };
    assert_eq!(digest(&all, 1), whole);
    assert_eq!(run(&all, &plan(Design::Balanced, &quotas)).digest, whole);
    let cut = |from: usize, to: usize| {
        let part = Recordings {
            groups: &calls.groups[from..to],
            names: &calls.names,
            ids: Ids::Hashes(&calls.ids[from..to]),
            eligible: None,
            columns: vec![
                Column::Category { codes: &calls.types[from..to], names: &[] },
                Column::Number { values: &calls.lengths[from..to], cuts: &[] },
                Column::Time { wall: &calls.times[from..to], per_second: 1 },
            ],
        };
        digest(&part, 1)
    };
    let (first, second) = (cut(0, 17), cut(17, rows));
    assert_eq!([0, 1].map(|i| first[i].wrapping_add(second[i])), whole);
}
