//! Shares of the day by slot and weekday, each weekday drawn to the others as far as chance explains the difference.

use super::calendar::WEEKDAYS;

/// Calls' worth of the weekday's profile that a special kind's own counts are added to.
const KIND_PRIOR: f64 = 200.0;
/// Passes that days with gaps are scaled up in: each takes a tenth or less of the error of the one before.
const PASSES: usize = 6;

/// A day that profiles are made of.
#[derive(Debug, Clone, Copy)]
pub struct ProfileDay<'a> {
    /// Monday 0.
    pub weekday: usize,
    /// Half to the number of half lives that it is old.
    pub weight: f64,
    /// Calls by slot; NaN: not seen.
    pub counts: &'a [f64],
}

/// A weekday's shares before they are drawn to the others'.
#[derive(Debug, Clone)]
struct RawProfile {
    shares: Vec<f64>,
    /// Sum of w^2 T over the square of the sum of w T: what a share's variance is a multiple of.
    per_call: f64,
}

/// Shares of each weekday; None for one without calls.
#[derive(Debug, Clone)]
pub struct Profiles {
    /// As they were.
    pub raw: [Option<Vec<f64>>; WEEKDAYS],
    /// Drawn to the others.
    pub shrunk: [Option<Vec<f64>>; WEEKDAYS],
    /// Of a weekday never seen: the others' mean with equal weights, where they are open.
    pub unseen: Option<Vec<f64>>,
}

/// The profiles of days; `open` says in which slots a weekday takes calls.
pub fn profiles(days: &[ProfileDay<'_>], slots: usize, open: &[Vec<bool>; WEEKDAYS]) -> Profiles {
    let raw: [Option<RawProfile>; WEEKDAYS] =
        std::array::from_fn(|weekday| raw_profile(days, weekday, slots));
    let shrunk = std::array::from_fn(|weekday| {
        raw[weekday].as_ref().map(|_| shrink(&raw, weekday, &open[weekday]))
    });
    let observed: Vec<&RawProfile> = raw.iter().flatten().collect();
    let unseen = (!observed.is_empty()).then(|| {
        (0..slots)
            .map(|j| {
                observed.iter().map(|each| each.shares[j]).sum::<f64>() / observed.len() as f64
            })
            .collect()
    });
    Profiles { raw: raw.map(|each| each.map(|found| found.shares)), shrunk, unseen }
}

fn raw_profile(days: &[ProfileDay<'_>], weekday: usize, slots: usize) -> Option<RawProfile> {
    let own: Vec<&ProfileDay<'_>> = days.iter().filter(|day| day.weekday == weekday).collect();
    let mut totals: Vec<f64> = own.iter().map(|day| known_sum(day.counts)).collect();
    if totals.iter().sum::<f64>() <= 0.0 {
        return None;
    }
    let gaps = own.iter().any(|day| day.counts.iter().any(|count| count.is_nan()))
        && has_slots_of_some_days(&own, slots);
    let mut shares = weighted_shares(&own, &totals, slots);
    for _ in 0..if gaps { PASSES } else { 0 } {
        for (total, day) in totals.iter_mut().zip(&own) {
            let observed = share_seen(day.counts, &shares);
            *total = if observed > 0.0 { known_sum(day.counts) / observed } else { 0.0 };
        }
        shares = weighted_shares(&own, &totals, slots);
        let sum: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= sum;
        }
    }
    let (mut squares, mut sum) = (0.0, 0.0);
    for (day, total) in own.iter().zip(&totals) {
        squares += day.weight * day.weight * total;
        sum += day.weight * total;
    }
    Some(RawProfile { shares, per_call: squares / (sum * sum) })
}

/// Whether a slot is known on one day of the weekday and unknown on another.
fn has_slots_of_some_days(days: &[&ProfileDay<'_>], slots: usize) -> bool {
    (0..slots).any(|j| {
        let known = days.iter().filter(|day| !day.counts[j].is_nan()).count();
        known > 0 && known < days.len()
    })
}

fn weighted_shares(days: &[&ProfileDay<'_>], totals: &[f64], slots: usize) -> Vec<f64> {
    let (mut above, mut below) = (vec![0.0; slots], vec![0.0; slots]);
    for (day, total) in days.iter().zip(totals) {
        for (j, &count) in day.counts.iter().enumerate() {
            if !count.is_nan() {
                above[j] += day.weight * count;
                below[j] += day.weight * total;
            }
        }
    }
    above.iter().zip(&below).map(|(a, b)| if *b > 0.0 { a / b } else { 0.0 }).collect()
}

/// Calls of the slots that are known.
pub fn known_sum(counts: &[f64]) -> f64 {
    counts.iter().filter(|count| !count.is_nan()).sum()
}

/// Share of the day that the known slots have.
pub fn share_seen(counts: &[f64], shares: &[f64]) -> f64 {
    counts.iter().zip(shares).filter(|(count, _)| !count.is_nan()).map(|(_, share)| share).sum()
}

fn chance(profile: &RawProfile, shares: &[f64]) -> f64 {
    profile.per_call * shares.iter().map(|share| share * (1.0 - share)).sum::<f64>()
}

fn square_distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Another weekday's profile in the slots of this one, with its part of the variance.
fn within(profile: &RawProfile, open: &[bool]) -> Option<(Vec<f64>, f64)> {
    let part: f64 =
        profile.shares.iter().zip(open).filter(|(_, open)| **open).map(|(share, _)| share).sum();
    if part <= 0.0 {
        return None;
    }
    let shares: Vec<f64> = profile
        .shares
        .iter()
        .zip(open)
        .map(|(share, open)| if *open { share / part } else { 0.0 })
        .collect();
    let variance = chance(profile, &shares) / part;
    Some((shares, variance))
}

/// A weekday's profile drawn to the precision-weighted mean of the others.
fn shrink(raw: &[Option<RawProfile>; WEEKDAYS], weekday: usize, open: &[bool]) -> Vec<f64> {
    let Some(own) = &raw[weekday] else { return vec![] };
    let own_variance = chance(own, &own.shares);
    let others: Vec<(Vec<f64>, f64)> = raw
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != weekday)
        .filter_map(|(_, profile)| within(profile.as_ref()?, open))
        .collect();
    if others.is_empty() || own_variance <= 0.0 {
        return own.shares.clone();
    }
    let (mut mean, mut weights, mut variance) = (vec![0.0; own.shares.len()], 0.0, 0.0);
    for (shares, of_other) in &others {
        let apart = square_distance(shares, &own.shares) - of_other - own_variance;
        // A profile of a single slot has no variance, and agrees with itself.
        let weight = 1.0 / (apart.max(0.0) + of_other).max(f64::MIN_POSITIVE.sqrt());
        weights += weight;
        variance += weight * weight * of_other;
        for (sum, share) in mean.iter_mut().zip(shares) {
            *sum += weight * share;
        }
    }
    for share in &mut mean {
        *share /= weights;
    }
    let beyond = square_distance(&own.shares, &mean) - variance / (weights * weights);
    let pull = own_variance / beyond.max(own_variance);
    own.shares.iter().zip(&mean).map(|(own, mean)| pull * mean + (1.0 - pull) * own).collect()
}

/// The profile of a special kind: the counts of its earlier days, and 200 calls' worth of the weekday's.
pub fn of_kind(counts: &[f64], weekday: &[f64]) -> Vec<f64> {
    let sum: f64 = counts.iter().sum();
    let share =
        |(count, share): (&f64, &f64)| KIND_PRIOR.mul_add(*share, *count) / (sum + KIND_PRIOR);
    counts.iter().zip(weekday).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: [(usize, f64, [f64; 3]); 7] = [
        (0, 3.0, [10.0, 30.0, 60.0]),
        (0, 2.0, [12.0, 28.0, 50.0]),
        (0, 1.0, [9.0, 33.0, 66.0]),
        (4, 3.0, [20.0, 30.0, 30.0]),
        (4, 2.0, [25.0, 35.0, 28.0]),
        (5, 2.0, [4.0, 4.0, 1.0]),
        (5, 1.0, [6.0, 3.0, 2.0]),
    ];

    fn found(days: &[(usize, f64, [f64; 3])], half_life: f64) -> Profiles {
        let days: Vec<_> = days
            .iter()
            .map(|(weekday, age, counts)| ProfileDay {
                weekday: *weekday,
                weight: (-age / half_life).exp2(),
                counts,
            })
            .collect();
        profiles(&days, 3, &std::array::from_fn(|_| vec![true; 3]))
    }

    #[test]
    fn shares_agree_with_the_reference() {
        for (half_life, weekday, expected) in [
            (
                f64::INFINITY,
                0,
                [0.107_059_268_249_025_48, 0.306_426_070_195_734_15, 0.586_514_661_555_240_5],
            ),
            (
                f64::INFINITY,
                4,
                [0.302_369_909_990_650_33, 0.327_724_744_092_166_5, 0.369_905_345_917_183_16],
            ),
            (
                f64::INFINITY,
                5,
                [0.434_842_914_529_507_1, 0.355_929_346_735_119_4, 0.209_227_738_735_373_54],
            ),
            (8.0, 0, [0.106_500_538_350_188_51, 0.306_564_116_750_942_14, 0.586_935_344_898_869_3]),
            (2.0, 5, [0.439_521_185_455_239_55, 0.346_038_301_932_992_4, 0.214_440_512_611_768_05]),
        ] {
            let shares = found(&DAYS, half_life).shrunk[weekday].clone().unwrap();
            for (share, expected) in shares.iter().zip(expected) {
                assert!((share / expected - 1.0).abs() < 1e-13, "{shares:?}");
            }
        }
    }

    #[test]
    fn days_with_gaps_are_scaled_by_what_was_seen() {
        let mut days = DAYS;
        days[1].2 = [12.0, f64::NAN, 50.0];
        days[3].2 = [f64::NAN, 30.0, 30.0];
        let shares = found(&days, 8.0).shrunk;
        for weekday in [0, 4, 5] {
            let shares = shares[weekday].as_ref().unwrap();
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let whole = found(&DAYS, 8.0).shrunk[0].clone().unwrap();
        assert!((shares[0].as_ref().unwrap()[2] - whole[2]).abs() < 0.02);
    }

    #[test]
    fn one_weekday_stays_as_it_is() {
        let found = found(&DAYS[..3], 8.0);
        assert_eq!(found.raw[0], found.shrunk[0]);
        assert_eq!(found.unseen, found.raw[0]);
    }
}
