//! Which of several ratings go with the overall one: the Shapley value of R².
//!
//! The importance of an item is what it adds to R² of a linear regression of the overall rating, averaged
//! over all orders in which the items may come in. The importances add up to R² of all items. It says what
//! varies together and not what causes what.
//! Sources: R. H. Lindeman, P. F. Merenda, R. Z. Gold, Introduction to Bivariate and Multivariate Analysis
//! (1980); U. Grömping, The American Statistician 61 (2007).

use std::ops::Range;

use crate::error::{Error, Result};
use crate::rng::{Key, Stream};
use crate::threads::{Run, Watch, in_turns};

/// Items at most: 2^12 regressions take some 30 µs.
pub const MOST_ITEMS: usize = 12;

/// A pivot below this share of the item's own spread is rounding: the item is a sum of the others.
const COLLINEAR: f64 = 1e-12;

/// Resamples between two looks at Ctrl-C: at twelve items some milliseconds.
const DRAWS_PER_LOOK: usize = 64;

/// Complete rows of ratings, group after group.
#[derive(Debug, Clone, Copy)]
pub struct RatedRows<'a> {
    /// Row after row: its items, then its overall rating.
    pub ratings: &'a [f64],
    /// Weight of each row, finite and > 0.
    pub weights: &'a [f64],
    /// Where each group's rows end.
    pub ends: &'a [usize],
    /// Items of a row.
    pub items: usize,
}

/// What is asked of every group.
#[derive(Debug, Clone, Copy)]
pub struct DriverOptions {
    /// Ratings from here on are in the top box.
    pub top: f64,
    /// Resamples that the limits rest on.
    pub draws: usize,
    /// Of the limits, in (0, 1).
    pub confidence: f64,
    /// Of the resamples.
    pub seed: u64,
}

/// A figure with its limits; NaN where it is not defined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limited {
    /// The figure.
    pub value: f64,
    /// Its limits.
    pub limits: [f64; 2],
}

/// What a group's ratings say of one item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driver {
    /// The Shapley value of R².
    pub importance: Limited,
    /// The same over R².
    pub share: Limited,
    /// Mean rating.
    pub mean: Limited,
    /// Weight of the ratings in the top box, over all.
    pub top_box: f64,
    /// Weight of the ratings that are the highest given, over all.
    pub at_highest: f64,
    /// Whether the other items determine it; also where all its ratings are equal.
    pub collinear: bool,
}

/// What a group's ratings say.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupDrivers {
    /// Of the regression on all items.
    pub r_squared: f64,
    /// (Sum of weights)² / sum of squared weights; the rows where all weights are equal.
    pub effective_rows: f64,
    /// In the order of the items.
    pub items: Vec<Driver>,
}

/// The drivers of every group. Equal for any order of the rows; limits are percentiles of the bootstrap.
///
/// # Errors
/// No items or too many, columns of other lengths, an interruption.
pub fn drivers(
    rows: &RatedRows<'_>,
    options: &DriverOptions,
    run: &Run<'_>,
) -> Result<Vec<GroupDrivers>> {
    let count = rows.weights.len();
    let ascending = rows.ends.windows(2).all(|pair| pair[0] <= pair[1]);
    if !(1..=MOST_ITEMS).contains(&rows.items)
        || rows.ratings.len() != count * (rows.items + 1)
        || rows.ends.last().copied().unwrap_or(0) != count
        || !ascending
    {
        return Err(Error::Usage(format!("rows of 1 to {MOST_ITEMS} items and an overall rating")));
    }
    in_turns(rows.ends.len(), run, |group, watch| {
        let first = if group == 0 { 0 } else { rows.ends[group - 1] };
        Sample::new(rows, first..rows.ends[group]).drivers(options, watch)
    })
}

/// A group's distinct rows in ascending order, less the means of the sample.
struct Sample {
    items: usize,
    /// Ratings less `means`, row after row.
    deviations: Vec<f64>,
    weights: Vec<f64>,
    /// The distinct row of each row.
    distinct: Vec<usize>,
    means: Vec<f64>,
    /// Sum of squared deviations of each column.
    squares: Vec<f64>,
}

impl Sample {
    fn new(rows: &RatedRows<'_>, range: Range<usize>) -> Self {
        let width = rows.items + 1;
        let of = |row: usize| &rows.ratings[row * width..][..width];
        let ascending = |&a: &usize, &b: &usize| {
            let both = of(a).iter().zip(of(b)).map(|(a, b)| a.total_cmp(b));
            let weights = rows.weights[a].total_cmp(&rows.weights[b]);
            both.chain([weights]).find(|order| order.is_ne()).unwrap_or(weights)
        };
        let mut order: Vec<usize> = range.collect();
        order.sort_unstable_by(ascending);
        let mut kept: Vec<usize> = Vec::new();
        let mut distinct = Vec::with_capacity(order.len());
        for &row in &order {
            if kept.last().is_none_or(|last| ascending(last, &row).is_ne()) {
                kept.push(row);
            }
            distinct.push(kept.len() - 1);
        }
        let total: f64 = order.iter().map(|&row| rows.weights[row]).sum();
        let means: Vec<f64> = (0..width)
            .map(|column| {
                let first = order.first().map_or(f64::NAN, |&row| of(row)[column]);
                // A column of equal values has no deviation at all, not even by rounding.
                let sum = |from: f64| {
                    order.iter().map(|&r| rows.weights[r] * (of(r)[column] - from)).sum::<f64>()
                };
                first + sum(first) / total
            })
            .collect();
        let deviations =
            kept.iter().flat_map(|&row| of(row).iter().zip(&means).map(|(v, mean)| v - mean));
        let mut sample = Self {
            items: rows.items,
            deviations: deviations.collect(),
            weights: kept.iter().map(|&row| rows.weights[row]).collect(),
            distinct,
            means,
            squares: Vec::new(),
        };
        let moments = sample.moments(&sample.once());
        sample.squares = (0..width).map(|column| moments.at(column, column)).collect();
        sample
    }

    /// How often each distinct row was observed.
    fn once(&self) -> Vec<u32> {
        let mut times = vec![0; self.weights.len()];
        for &row in &self.distinct {
            times[row] += 1;
        }
        times
    }

    /// How often each distinct row is in a resample.
    fn resample(&self, stream: &mut Stream, times: &mut [u32]) {
        times.fill(0);
        for _ in 0..self.distinct.len() {
            times[self.distinct[stream.below(self.distinct.len() as u64) as usize]] += 1;
        }
    }

    /// Weighted sums of products of deviations from the means of the rows taken, and those means.
    fn moments(&self, times: &[u32]) -> Products {
        let width = self.items + 1;
        let mut products = Products { width, values: vec![0.0; width * width], means: Vec::new() };
        let (mut sums, mut total) = (vec![0.0; width], 0.0);
        for (row, (&times, weight)) in times.iter().zip(&self.weights).enumerate() {
            if times == 0 {
                continue;
            }
            let weight = weight * f64::from(times);
            total += weight;
            let deviations = &self.deviations[row * width..][..width];
            for (i, first) in deviations.iter().enumerate() {
                let weighted = weight * first;
                sums[i] += weighted;
                for (j, second) in deviations.iter().enumerate().skip(i) {
                    products.values[i * width + j] += weighted * second;
                }
            }
        }
        for i in 0..width {
            for j in i..width {
                let centred = products.values[i * width + j] - sums[i] * sums[j] / total;
                products.values[i * width + j] = centred;
                products.values[j * width + i] = centred;
            }
        }
        products.means =
            sums.iter().zip(&self.means).map(|(sum, mean)| mean + sum / total).collect();
        products
    }

    /// R² of every set of items, by the bits of the set; none if the overall rating does not vary.
    fn r_squared(&self, products: &Products) -> Option<Vec<f64>> {
        let last = self.items;
        let all = products.at(last, last);
        // A resample of one rating alone has a spread of rounding.
        if all.is_nan() || all <= COLLINEAR * self.squares[last] {
            return None;
        }
        let mut found = vec![0.0; 1 << self.items];
        let mut left = Elimination { squares: &self.squares, all, found: &mut found };
        left.add_items(&products.values, self.items, 0);
        Some(found)
    }

    fn collinear(&self, products: &Products) -> Vec<bool> {
        (0..self.items)
            .map(|item| {
                let mut left = products.clone();
                for other in (0..self.items).filter(|&other| other != item) {
                    left.eliminate(other, self.squares[other]);
                }
                let own = left.at(item, item);
                own.is_nan() || own <= COLLINEAR * self.squares[item]
            })
            .collect()
    }

    fn drivers(&self, options: &DriverOptions, watch: &Watch<'_>) -> Result<GroupDrivers> {
        let observed = self.moments(&self.once());
        let none = || (f64::NAN, vec![f64::NAN; self.items]);
        let values = |r_squared: Option<Vec<f64>>| {
            r_squared.map_or_else(none, |each| (each[each.len() - 1], shapley(&each, self.items)))
        };
        let (r_squared, importance) = values(self.r_squared(&observed));
        // Importances, shares of R² and means of each item, draw after draw.
        let mut drawn = vec![Vec::with_capacity(options.draws); 3 * self.items];
        let mut times = vec![0; self.weights.len()];
        for draw in 0..options.draws {
            if draw % DRAWS_PER_LOOK == 0 {
                watch.check()?;
            }
            let mut stream = Key::new(options.seed).narrowed(draw as u64).stream();
            self.resample(&mut stream, &mut times);
            let products = self.moments(&times);
            let (all, values) = values(self.r_squared(&products));
            for (item, value) in values.into_iter().enumerate() {
                drawn[3 * item].push(value);
                drawn[3 * item + 1].push(value / all);
                drawn[3 * item + 2].push(products.means[item]);
            }
        }
        let collinear = self.collinear(&observed);
        let mut limited = drawn.into_iter().map(|values| limits(values, options.confidence));
        let mut next = |value: f64| Limited {
            value,
            limits: limited.next().filter(|_| !value.is_nan()).unwrap_or([f64::NAN; 2]),
        };
        let items = (0..self.items)
            .map(|item| Driver {
                importance: next(importance[item]),
                share: next(importance[item] / r_squared),
                mean: next(self.means[item]),
                top_box: self.share_from(item, options.top),
                at_highest: self.share_from(item, self.highest(item)),
                collinear: collinear[item],
            })
            .collect();
        Ok(GroupDrivers { r_squared, effective_rows: self.effective_rows(), items })
    }

    fn rating(&self, row: usize, item: usize) -> f64 {
        self.means[item] + self.deviations[row * (self.items + 1) + item]
    }

    fn highest(&self, item: usize) -> f64 {
        (0..self.weights.len()).map(|row| self.rating(row, item)).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Weight of the rows whose rating is at least so much, over all.
    fn share_from(&self, item: usize, level: f64) -> f64 {
        // The rating is rebuilt from its deviation, and may be off by a rounding.
        let level = level - 1e-12 * level.abs().max(1.0);
        let (mut above, mut total) = (0.0, 0.0);
        for (row, (times, weight)) in self.once().into_iter().zip(&self.weights).enumerate() {
            let weight = f64::from(times) * weight;
            total += weight;
            if self.rating(row, item) >= level {
                above += weight;
            }
        }
        above / total
    }

    fn effective_rows(&self) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for (times, weight) in self.once().into_iter().zip(&self.weights) {
            sum += f64::from(times) * weight;
            squares += f64::from(times) * weight * weight;
        }
        sum * sum / squares
    }
}

/// Sums of products of deviations: a symmetric matrix of the items and the overall rating.
#[derive(Debug, Clone)]
struct Products {
    width: usize,
    values: Vec<f64>,
    means: Vec<f64>,
}

impl Products {
    fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.width + column]
    }

    /// What is left of the others' products when a column is regressed out; unchanged if it is rounding.
    fn eliminate(&mut self, pivot: usize, square: f64) {
        let own = self.at(pivot, pivot);
        if own.is_nan() || own <= COLLINEAR * square {
            return;
        }
        let line = self.values[pivot * self.width..][..self.width].to_vec();
        for row in 0..self.width {
            let factor = line[row] / own;
            for (column, value) in line.iter().enumerate() {
                self.values[row * self.width + column] -= factor * value;
            }
        }
    }
}

/// R² of all sets of items: each set is one elimination after the set without its last item.
struct Elimination<'a> {
    squares: &'a [f64],
    all: f64,
    found: &'a mut [f64],
}

impl Elimination<'_> {
    /// Adds each of the last `left` items to `set`; `products` are of these and the overall rating.
    ///
    /// What comes after holds items behind the one added alone, so that the matrices get small: all 2^12
    /// sets of twelve items cost about 6 x 2^12 products.
    fn add_items(&mut self, products: &[f64], left: usize, set: usize) {
        let width = left + 1;
        let items = self.squares.len() - 1;
        let mut after = [0.0; MOST_ITEMS * MOST_ITEMS];
        for pivot in 0..left {
            let item = items - left + pivot;
            let line = &products[pivot * width..][..width];
            let rest = left - pivot;
            let used = line[pivot] > COLLINEAR * self.squares[item];
            for row in 0..rest {
                let from = &products[(pivot + 1 + row) * width..][..width];
                let factor = if used { from[pivot] / line[pivot] } else { 0.0 };
                for column in 0..rest {
                    after[row * rest + column] =
                        from[pivot + 1 + column] - factor * line[pivot + 1 + column];
                }
            }
            let unexplained = after[rest * rest - 1].max(0.0);
            let set = set | 1 << item;
            self.found[set] = 1.0 - unexplained / self.all;
            self.add_items(&after[..rest * rest], rest - 1, set);
        }
    }
}

/// The mean gain of R² by each item over all orders.
fn shapley(r_squared: &[f64], items: usize) -> Vec<f64> {
    // Orders in which just `size` given items come before: size! (items - 1 - size)! / items!.
    let mut weights = vec![1.0 / items as f64; items];
    for size in 1..items {
        weights[size] = weights[size - 1] * size as f64 / (items - size) as f64;
    }
    (0..items)
        .map(|item| {
            let without = (0..r_squared.len()).filter(|set| set >> item & 1 == 0);
            let gain = |set: usize| r_squared[set | 1 << item] - r_squared[set];
            without.map(|set| weights[set.count_ones() as usize] * gain(set)).sum()
        })
        .collect()
}

/// Percentiles of the values that are known, between neighbours in proportion.
fn limits(mut values: Vec<f64>, confidence: f64) -> [f64; 2] {
    values.retain(|value| !value.is_nan());
    values.sort_unstable_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return [f64::NAN; 2] };
    let tail = (1.0 - confidence) / 2.0;
    [tail, 1.0 - tail].map(|share| {
        let index = share * last as f64;
        let below = values[index.floor() as usize];
        below + (index - index.floor()) * (values[index.ceil() as usize] - below)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: DriverOptions =
        DriverOptions { top: 4.0, draws: 200, confidence: 0.95, seed: 7 };

    fn found(ratings: &[f64], weights: &[f64], items: usize) -> GroupDrivers {
        let rows = RatedRows { ratings, weights, ends: &[weights.len()], items };
        let run = Run { threads: Some(1), interrupted: &|| false };
        drivers(&rows, &OPTIONS, &run).unwrap().remove(0)
    }

    fn random_rows(rows: usize, items: usize) -> Vec<f64> {
        let mut stream = Key::new(1).stream();
        (0..rows)
            .flat_map(|_| {
                let mut row: Vec<f64> = (0..items).map(|_| 1.0 + stream.below(5) as f64).collect();
                let overall = row[0] + 0.5 * row[items - 1] + stream.unit();
                row.push(overall);
                row
            })
            .collect()
    }

    #[test]
    fn importances_add_up_to_r_squared_and_keep_their_order() {
        let group = found(&random_rows(300, 12), &[1.0; 300], 12);
        let total: f64 = group.items.iter().map(|item| item.importance.value).sum();
        assert!((total - group.r_squared).abs() < 1e-13, "{total} {}", group.r_squared);
        assert!(group.items[0].importance.value > group.items[11].importance.value);
        for item in &group.items {
            let [low, high] = item.importance.limits;
            assert!(low <= high && low > -1e-12);
        }
    }

    #[test]
    fn a_copy_shares_with_its_original_and_a_constant_has_nothing() {
        let ratings: Vec<f64> =
            random_rows(60, 2).chunks(3).flat_map(|r| [r[0], r[1], r[1], 0.1, r[2]]).collect();
        let group = found(&ratings, &[1.0; 60], 4);
        let importance: Vec<f64> = group.items.iter().map(|item| item.importance.value).collect();
        assert!((importance[1] - importance[2]).abs() < 1e-14);
        assert!(importance[3].abs() < 1e-15);
        let collinear: Vec<bool> = group.items.iter().map(|item| item.collinear).collect();
        assert_eq!(collinear, [false, true, true, true]);
        assert_eq!(group.items[3].mean.limits, [0.1, 0.1]);
    }

    #[test]
    fn a_weight_counts_as_so_many_rows() {
        let ratings = random_rows(50, 3);
        let twice: Vec<f64> = [&ratings[..], &ratings[..20 * 4]].concat();
        let mut weights = [1.0; 50];
        weights[..20].fill(2.0);
        let (once, weighted) = (found(&twice, &[1.0; 70], 3), found(&ratings, &weights, 3));
        for (a, b) in once.items.iter().zip(&weighted.items) {
            assert!((a.importance.value - b.importance.value).abs() < 1e-13);
            assert!((a.top_box - b.top_box).abs() < 1e-15);
        }
        assert_eq!(weighted.effective_rows, 4900.0 / 110.0);
    }

    #[test]
    fn equal_overall_ratings_leave_nothing_to_explain() {
        let group = found(&[1.0, 2.0, 5.0, 3.0, 1.0, 5.0, 2.0, 2.0, 5.0], &[1.0; 3], 2);
        assert!(group.r_squared.is_nan());
        assert!(group.items[0].importance.limits[0].is_nan());
        assert_eq!(group.items[0].mean.value, 2.0);
    }
}
