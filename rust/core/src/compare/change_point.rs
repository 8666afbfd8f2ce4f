//! The day on which a daily rate changed most, and how often whole weeks in another order do as much.
//!
//! Chance of single calls would alarm at real overdispersion: weeks keep what days have in common.

use std::ops::Range;

use crate::choices::choices;
use crate::error::Result;
use crate::rng::Key;
use crate::threads::Watch;

/// Orders that are all looked at; above, some are drawn.
const MOST_ORDERS: u64 = 100_000;
/// Orders drawn then, beside the one that was.
const DRAWN_ORDERS: u64 = 9_999;
/// Orders after which Ctrl-C is looked for.
const ORDERS_PER_LOOK: u64 = 1024;
/// Statistics this near count as equal.
const EQUAL: f64 = 1e-9;

choices! {
    /// What the events of a day are.
    pub enum DailyCount called "kind" {
        /// So many of `size` units: binomial.
        Share = "p",
        /// So many in an exposure of `size`: Poisson.
        Rate = "u",
    }
}

/// The day of the largest change.
#[derive(Debug, Clone, Copy)]
pub struct ChangePoint {
    /// The first day after it; None where there are too few days.
    pub day: Option<usize>,
    /// Largest likelihood ratio over the days looked at.
    pub statistic: f64,
    /// Rates before and after.
    pub rates: [f64; 2],
    /// Orders of the blocks looked at.
    pub orders: u64,
    /// Share of them that reach the statistic.
    pub p_value: f64,
    /// Share of them that reach the largest one.
    pub smallest_p: f64,
}

/// The largest change of a rate over first days from `edge` to as many before the end, the earliest of
/// those that tie; and its probability by all orders of blocks of `block` days, or by drawn ones.
///
/// # Errors
/// [`crate::Error::Interrupted`].
pub fn change_point(
    kind: DailyCount,
    events: &[f64],
    size: &[f64],
    edge: usize,
    block: usize,
    key: Key,
    watch: &Watch<'_>,
) -> Result<ChangePoint> {
    let days = events.len();
    let none = ChangePoint {
        day: None,
        statistic: f64::NAN,
        rates: [f64::NAN; 2],
        orders: 0,
        p_value: f64::NAN,
        smallest_p: f64::NAN,
    };
    if days < 2 * edge {
        return Ok(none);
    }
    let search = Search::new(kind, events, size, edge);
    let blocks: Vec<usize> = (0..days).step_by(block).collect();
    let span = |first: usize| first..(first + block).min(days);
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    let (day, statistic) = search.largest(0..days);
    let all = (1..=blocks.len() as u64).try_fold(1_u64, u64::checked_mul);
    let all = all.filter(|&orders| orders <= MOST_ORDERS);
    let slack = EQUAL * statistic.max(1.0);
    let mut seen = Seen { statistic: statistic - slack, slack, ..Seen::default() };
    // The order that was is one of them.
    seen.take(statistic);
    let mut done = 1;
    while done < all.unwrap_or(DRAWN_ORDERS + 1) {
        if done % ORDERS_PER_LOOK == 0 {
            watch.check()?;
        }
        if all.is_some() {
            next_order(&mut order);
        } else {
            let mut stream = key.narrowed(done).stream();
            let count = order.len();
            super::splits::shuffle_first(&mut order, count, &mut stream);
        }
        let spans = order.iter().map(|&own| span(blocks[own]));
        seen.take(search.largest_from(seen.statistic, spans));
        done += 1;
    }
    let [own, units] = search.sums[day];
    let orders = done as f64;
    Ok(ChangePoint {
        day: Some(day),
        statistic,
        rates: [own / units, (search.total()[0] - own) / (search.total()[1] - units)],
        orders: done,
        p_value: seen.reaching as f64 / orders,
        smallest_p: seen.largest_met as f64 / orders,
    })
}

/// How many statistics reached the one that was, and the largest.
#[derive(Default)]
struct Seen {
    statistic: f64,
    slack: f64,
    reaching: u64,
    largest: f64,
    largest_met: u64,
}

impl Seen {
    fn take(&mut self, statistic: f64) {
        self.reaching += u64::from(statistic >= self.statistic);
        if statistic > self.largest + self.slack {
            (self.largest, self.largest_met) = (statistic, 1);
        } else if statistic >= self.largest - self.slack {
            self.largest_met += 1;
        }
    }
}

/// Days in order, of which the best place to part is looked for.
struct Search {
    kind: DailyCount,
    edge: usize,
    /// Events and size of the days before each, and of all.
    sums: Vec<[f64; 2]>,
}

impl Search {
    fn new(kind: DailyCount, events: &[f64], size: &[f64], edge: usize) -> Self {
        let mut sums = vec![[0.0; 2]];
        for (own, units) in events.iter().zip(size) {
            let [before, all] = sums[sums.len() - 1];
            sums.push([before + own, all + units]);
        }
        Self { kind, edge, sums }
    }

    fn days(&self) -> usize {
        self.sums.len() - 1
    }

    fn total(&self) -> [f64; 2] {
        self.sums[self.days()]
    }

    /// Likelihood ratio of a parting.
    fn ratio(&self, [before, units]: [f64; 2], whole: f64) -> f64 {
        let [events, size] = self.total();
        let apart = self.likelihood(before, units) + self.likelihood(events - before, size - units);
        (2.0 * (apart - whole)).max(0.0)
    }

    /// The first day after the largest change of the days as they are, and its likelihood ratio.
    fn largest(&self, days: Range<usize>) -> (usize, f64) {
        let [events, size] = self.total();
        let whole = self.likelihood(events, size);
        let mut found = (self.edge, -1.0_f64);
        for day in days.start + self.edge..=days.end - self.edge {
            let ratio = self.ratio(self.sums[day], whole);
            if ratio > found.1 + EQUAL * found.1.max(1e-3) {
                found = (day, ratio);
            }
        }
        found
    }

    /// The largest likelihood ratio of the days in an order of spans, if it is at least `least`; else any
    /// smaller number.
    ///
    /// Twice Pearson's statistic is an upper bound without logarithms: x ln x <= (x - 1)^2 + x - 1.
    fn largest_from(&self, least: f64, spans: impl Iterator<Item = Range<usize>>) -> f64 {
        let [events, size] = self.total();
        let whole = self.likelihood(events, size);
        let rate = events / size;
        let variance = match self.kind {
            DailyCount::Share => rate * (1.0 - rate),
            DailyCount::Rate => rate,
        };
        let bound = 0.5 * least * variance / size * (1.0 - EQUAL);
        let (mut largest, mut first, mut before) = (-1.0_f64, 0, [0.0; 2]);
        for span in spans {
            let start = self.sums[span.start];
            for day in span.clone() {
                let sums = [0, 1].map(|i| before[i] + (self.sums[day][i] - start[i]));
                let apart = sums[0] - sums[1] * rate;
                if apart * apart >= bound * sums[1] * (size - sums[1])
                    && (self.edge..=self.days() - self.edge).contains(&(first + day - span.start))
                {
                    largest = largest.max(self.ratio(sums, whole));
                }
            }
            first += span.len();
            before = [0, 1].map(|i| before[i] + (self.sums[span.end][i] - start[i]));
        }
        largest
    }

    /// Logarithm of the likelihood at the best rate, but for what all partings share.
    fn likelihood(&self, events: f64, size: f64) -> f64 {
        let logarithm = |x: f64| if x > 0.0 { x * x.ln() } else { 0.0 };
        match self.kind {
            DailyCount::Share => logarithm(events) + logarithm(size - events) - logarithm(size),
            DailyCount::Rate if size > 0.0 => logarithm(events) - events * size.ln(),
            DailyCount::Rate => 0.0,
        }
    }
}

/// The next order in the sequence of the dictionary.
fn next_order(order: &mut [usize]) {
    let Some(pivot) = (1..order.len()).rev().find(|&i| order[i - 1] < order[i]) else { return };
    let other = (pivot..order.len()).rev().find(|&i| order[i] > order[pivot - 1]);
    if let Some(other) = other {
        order.swap(pivot - 1, other);
    }
    order[pivot..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::Run;

    fn found(events: &[f64], size: f64, edge: usize, block: usize) -> ChangePoint {
        let run = Run { threads: Some(1), interrupted: &|| false };
        let sizes = vec![size; events.len()];
        let (key, watch) = (Key::new(0), Watch::alone(&run));
        change_point(DailyCount::Share, events, &sizes, edge, block, key, &watch).unwrap()
    }

    #[test]
    fn a_clear_change_is_found_where_it_is() {
        let events: Vec<f64> = (0..42).map(|day| if day < 21 { 6.0 } else { 2.0 }).collect();
        let change = found(&events, 40.0, 7, 7);
        assert_eq!((change.day, change.orders), (Some(21), 720));
        // Three weeks of each kind, in front or behind: 2 of 20 ways to part them.
        assert!((change.p_value - 0.1).abs() < 1e-15);
        assert!((change.smallest_p - 0.1).abs() < 1e-15);
    }

    #[test]
    fn many_weeks_are_drawn() {
        let events: Vec<f64> = (0..84).map(|day| f64::from(day * 7 % 5)).collect();
        let change = found(&events, 30.0, 7, 7);
        assert_eq!(change.orders, 10_000);
        assert!(change.p_value > 0.0 && change.p_value <= 1.0);
        assert_eq!(found(&events, 30.0, 7, 7).p_value, change.p_value);
    }

    #[test]
    fn the_bound_leaves_out_no_order() {
        for kind in [DailyCount::Share, DailyCount::Rate] {
            let events: Vec<f64> =
                (0..60).map(|day| f64::from(day * day % 11 + day / 30)).collect();
            let size: Vec<f64> = (0..60).map(|day| f64::from(20 + day % 7)).collect();
            let search = Search::new(kind, &events, &size, 7);
            let spans = [14..21, 0..7, 35..49, 21..35, 7..14, 49..60];
            let order: Vec<usize> = spans.iter().cloned().flatten().collect();
            let of =
                |values: &[f64]| -> Vec<f64> { order.iter().map(|&day| values[day]).collect() };
            let (_, expected) = Search::new(kind, &of(&events), &of(&size), 7).largest(0..60);
            let from = |least: f64| search.largest_from(least, spans.iter().cloned());
            assert!((from(expected * (1.0 - 1e-9)) / expected - 1.0).abs() < 1e-9);
            assert!(from(expected * 1.01) <= expected * (1.0 + 1e-9));
        }
    }

    #[test]
    fn few_days_have_no_change() {
        assert!(found(&[1.0; 9], 30.0, 7, 7).day.is_none());
        assert_eq!(found(&[0.0; 30], 30.0, 7, 7).p_value, 1.0);
    }
}
