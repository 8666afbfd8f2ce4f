//! A queue whose callers hang up by a piecewise-constant hazard, with places without end or limited.
//!
//! With Ḡ the survival of patience, H its integral, lambda the arrivals and C the departures per second while all
//! agents are busy, and phi(x) = lambda H(x) - C x, the offered wait of callers who are admitted has the density
//! p C e^phi(x) Q(q, lambda H(x)), with q places and Q the regularised upper incomplete gamma function, 1 without
//! end. Its logarithm is concave, so that every integral has one peak: Gauss-Legendre panels around it, cut at the
//! starts of the hazard.
//!
//! Sources: Baccelli & Hebuterne (1981); Movaghar (1998) for limited places.

use super::hazard::{PatienceAt, PatienceHazard};
use super::sums::QueueSums;
use crate::error::{Error, Result};
use crate::lanes::{Arithmetic, InstructionSet, LaneKernel};
use crate::numeric::exponential::exp;
use crate::numeric::gamma::ln_poisson_mass;
use crate::numeric::polynomial::horner;
use crate::numeric::quadrature::{NODES_16, WEIGHTS_16};

/// exp(-40) = 4e-18: an integrand this far below its peak is left out.
const CUT: f64 = 40.0;
/// How far the exponent may go in a panel by its slope, by its curvature, and patience by its hazard.
const SLOPE: f64 = 4.0;
const CURVATURE: f64 = 8.0;
/// Panels of one integral; a thousandth of them is usual.
const PANELS: u32 = 1_000_000;
const NODES: usize = 16;

/// Rates per second, and the threshold in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct GeneralQueue<'a> {
    pub(super) hazard: &'a PatienceHazard,
    pub(super) arrivals: f64,
    /// Departures while all agents are busy; above 0.
    pub(super) capacity: f64,
    /// `capacity` - `arrivals`.
    pub(super) spare: f64,
    /// Callers that can wait; a fraction by analytic continuation, infinite without end.
    pub(super) places: f64,
    /// NaN where nothing by a threshold is wanted.
    pub(super) threshold: f64,
}

/// What is integrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Density {
    /// Of the offered wait, with places without end.
    Endless,
    /// Of the offered wait of those admitted.
    Admitted,
    /// Of the blocked.
    Full,
}

/// The logarithm of a density, its slope, and a bound on how fast that falls.
struct Exponent {
    value: f64,
    slope: f64,
    curvature: f64,
}

/// Integrals over a range of waits, divided by exp(`top`).
#[derive(Debug, Clone, Copy, Default)]
struct Integrals {
    top: f64,
    /// Of the density alone, with the share of those still there, of those gone, with their mean wait, with the
    /// wait of those answered, and with that of those gone.
    sums: [f64; 6],
}

/// 1/2!, -1/3!, 1/4!, ...: of (e^-t - 1 + t) / t^2 up to t = 1, where the next is below 1e-17 of the first.
const SERIES: [f64; 16] = {
    let (mut terms, mut term, mut k) = ([0.0; 16], 0.5, 0);
    while k < 16 {
        terms[k] = term;
        term = -term / (k + 3) as f64;
        k += 1;
    }
    terms
};

/// The distribution of patience `y` after `at`, where `rate` times `y` is at most 1.
#[inline(always)]
fn inside(arithmetic: impl Arithmetic, at: &PatienceAt, rate: f64, y: f64) -> PatienceAt {
    let t = rate * y;
    let series = horner(arithmetic, &SERIES, t);
    let mean = y * (1.0 - t * series);
    let gone = at.left * (rate * mean);
    let moment = at.time * (rate * mean) + t * y * (1.0 - (1.0 + t) * series);
    PatienceAt {
        time: at.time + y,
        left: at.left - gone,
        gone: at.gone + gone,
        waited: at.waited + at.left * mean,
        saved: at.saved + at.gone * y + at.left * (t * y * series),
        lost: at.lost + at.left * moment,
    }
}

/// What each sum multiplies the density by.
#[inline(always)]
fn weights(at: &PatienceAt) -> [f64; 6] {
    [1.0, at.left, at.gone, at.waited, at.time * at.left, at.lost]
}

impl GeneralQueue<'_> {
    /// Whether the queue grows without end: more never hang up than can be served.
    pub(super) fn is_unstable(&self) -> bool {
        let endless = self.hazard.endless();
        // Where all are endless, the spare agents have more digits than the difference.
        let spare =
            if endless == 1.0 { self.spare } else { self.capacity - self.arrivals * endless };
        self.places == f64::INFINITY && endless > 0.0 && spare <= 0.0
    }

    /// The sums of a stable queue.
    ///
    /// # Errors
    /// [`Error::NotConverged`]
    pub(super) fn sums(&self) -> Result<QueueSums> {
        let density =
            if self.places == f64::INFINITY { Density::Endless } else { Density::Admitted };
        let timed = self.threshold > 0.0;
        let (before, after) = if timed {
            (
                self.integrals(density, 0.0, self.threshold)?,
                self.integrals(density, self.threshold, f64::INFINITY)?,
            )
        } else {
            (Integrals::default(), self.integrals(density, 0.0, f64::INFINITY)?)
        };
        let blocked = if density == Density::Admitted {
            self.integrals(Density::Full, 0.0, f64::INFINITY)?
        } else {
            Integrals::default()
        };
        // The exponent is 0 at a wait of 0, so that nothing is above the greatest of these.
        let scale = before.top.max(after.top).max(blocked.top).max(0.0);
        let scaled = |part: &Integrals| {
            let factor = self.capacity * exp(part.top - scale);
            part.sums.map(|sum| if factor > 0.0 { sum * factor } else { 0.0 })
        };
        let (early, late, [full, ..]) = (scaled(&before), scaled(&after), scaled(&blocked));
        let [admitted, served, lost, wait, served_wait, lost_wait] =
            std::array::from_fn(|k| early[k] + late[k]);
        let at = if self.threshold.is_nan() { self.hazard.at(0.0) } else { self.at_threshold() };
        Ok(QueueSums {
            unit: exp(-scale),
            all: admitted + full,
            full,
            served,
            lost,
            wait,
            served_wait,
            lost_wait,
            in_time: early[1],
            late: late[1],
            virtual_in_time: early[0],
            virtual_late: late[0],
            left: at.left,
            gone: at.gone,
        })
    }

    fn at_threshold(&self) -> PatienceAt {
        if self.threshold < f64::INFINITY {
            return self.hazard.at(self.threshold);
        }
        let left = self.hazard.endless();
        PatienceAt { left, gone: 1.0 - left, ..self.hazard.at(0.0) }
    }

    fn exponent(&self, density: Density, at: &PatienceAt, rate: f64) -> Exponent {
        let Self { arrivals, capacity, places, .. } = *self;
        let joining = arrivals * at.left;
        let offered = -self.spare * at.time - arrivals * at.saved;
        let count = arrivals * at.waited;
        match density {
            Density::Endless => Exponent {
                value: offered,
                slope: -(self.spare + arrivals * at.gone),
                curvature: joining * rate,
            },
            Density::Admitted => {
                let (ln_upper, ratio) = ln_upper_and_ratio(places, count);
                let near = if count > 0.1 * places { joining * joining / places } else { 0.0 };
                Exponent {
                    value: offered + ln_upper,
                    slope: joining * ratio - capacity,
                    curvature: joining * rate + near,
                }
            }
            // A power of the wait, of at most some 20: those of more are cut off before they reach 0.
            Density::Full if count == 0.0 => {
                Exponent { value: f64::NEG_INFINITY, slope: capacity, curvature: joining * rate }
            }
            Density::Full => {
                let relative = joining / count;
                Exponent {
                    value: offered + ln_poisson_mass(places, count),
                    slope: places * relative - capacity,
                    curvature: places * relative * (relative + rate),
                }
            }
        }
    }

    fn exponent_at(&self, density: Density, time: f64) -> Exponent {
        let rate = self.hazard.rate(self.hazard.piece_of(time));
        self.exponent(density, &self.hazard.at(time), rate)
    }

    /// The integrals over waits in a range.
    fn integrals(&self, density: Density, from: f64, to: f64) -> Result<Integrals> {
        if to <= from {
            return Ok(Integrals::default());
        }
        let peak = self.peak(density, from, to);
        let top = self.exponent_at(density, peak).value;
        let start = self.left_end(density, from, peak, top - CUT);
        let range = Range { from: start, peak, to, top };
        if density == Density::Endless {
            return InstructionSet::in_use().run(EndlessPanels { queue: self, range });
        }
        self.panels(density, &range)
    }

    /// Where the density is greatest, roughly.
    fn peak(&self, density: Density, from: f64, to: f64) -> f64 {
        if density == Density::Endless {
            let peak = if self.spare >= 0.0 {
                0.0
            } else {
                self.hazard.time_of(self.capacity / self.arrivals)
            };
            return peak.clamp(from, to);
        }
        let rises = |time: f64| self.exponent_at(density, time).slope > 0.0;
        // The blocked density is 0 at a wait of 0, and its slope infinite.
        if (from > 0.0 || density != Density::Full) && !rises(from) {
            return from;
        }
        let mut low = from;
        let mut high = from + 1.0 / self.capacity;
        while high < to && rises(high) {
            (low, high) = (high, from + 2.0 * (high - from));
        }
        high = high.min(to);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if high - low <= 1e-6 * (high - from) {
                break;
            }
            if rises(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// A time from which on the density is worth integrating.
    fn left_end(&self, density: Density, from: f64, peak: f64, least: f64) -> f64 {
        let below = |time: f64| self.exponent_at(density, time).value < least;
        if peak <= from || !below(from) {
            return from;
        }
        let (mut low, mut high) = (from, peak);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if high - low <= 0.02 * (peak - low) {
                break;
            }
            if below(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Panels of a density with limited places.
    fn panels(&self, density: Density, range: &Range) -> Result<Integrals> {
        let mut walk = PanelWalk::new(self.hazard, range);
        let mut sums = [0.0; 6];
        // A fraction of a place makes a power of the wait that no polynomial follows near 0.
        let fraction = self.places.fract() != 0.0;
        loop {
            let here = self.exponent(density, &walk.at, walk.rate);
            let past = walk.at.time >= range.peak && here.value < range.top - CUT;
            if past || walk.at.time >= range.to {
                return Ok(Integrals { top: range.top, sums });
            }
            let growth = if fraction {
                (2.0 * walk.at.time).max(1e-18 / self.capacity)
            } else {
                f64::INFINITY
            };
            // Near saturation the slope and the curvature of the start say nothing of where the places
            // run out: a panel spans about one standard deviation of the callers who join meanwhile.
            let joining = self.arrivals * walk.at.left;
            let filling = (1.0 + self.places.sqrt()) / joining;
            let length = walk.length(&here).min(growth).min(filling);
            for (node, weight) in NODES_16.iter().zip(WEIGHTS_16) {
                let y = 0.5 * length * (1.0 + node);
                let at = inside(crate::lanes::Plain, &walk.at, walk.rate, y);
                let value = self.exponent(density, &at, walk.rate).value;
                let mass = 0.5 * length * weight * exp(value - range.top);
                for (sum, weight) in sums.iter_mut().zip(weights(&at)) {
                    *sum += mass * weight;
                }
            }
            walk.advance(length).ok_or_else(|| self.not_converged())?;
        }
    }

    fn not_converged(&self) -> Error {
        Error::NotConverged {
            what: "the queue of general patience",
            arguments: format!("{self:?}"),
        }
    }
}

/// The waits to integrate over, the greatest value of the exponent and where it is.
#[derive(Debug, Clone, Copy)]
struct Range {
    from: f64,
    peak: f64,
    to: f64,
    top: f64,
}

/// Panels one after the other.
struct PanelWalk<'a> {
    hazard: &'a PatienceHazard,
    piece: usize,
    rate: f64,
    at: PatienceAt,
    /// The end of the piece, or of the range.
    end: f64,
    to: f64,
    panels: u32,
}

impl<'a> PanelWalk<'a> {
    #[inline(always)]
    fn new(hazard: &'a PatienceHazard, range: &Range) -> Self {
        let piece = hazard.piece_of(range.from);
        Self {
            hazard,
            piece,
            rate: hazard.rate(piece),
            at: hazard.at(range.from),
            end: hazard.end(piece).min(range.to),
            to: range.to,
            panels: 0,
        }
    }

    #[inline(always)]
    fn length(&self, here: &Exponent) -> f64 {
        let by_slope = SLOPE / here.slope.abs();
        let by_curvature = (CURVATURE / here.curvature).sqrt();
        let by_rate = 1.0 / self.rate;
        by_slope.min(by_curvature).min(by_rate).min(self.end - self.at.time)
    }

    /// On by a panel; None where that is no progress.
    #[inline(always)]
    fn advance(&mut self, length: f64) -> Option<()> {
        let next = self.at.time + length;
        self.panels += 1;
        if next <= self.at.time || next.is_nan() || self.panels > PANELS {
            return None;
        }
        self.at = inside(crate::lanes::Plain, &self.at, self.rate, length);
        if length >= self.end - (next - length) || next >= self.end {
            self.at.time = self.end;
            if self.end < self.to {
                self.piece += 1;
                self.rate = self.hazard.rate(self.piece);
                self.end = self.hazard.end(self.piece).min(self.to);
            }
        }
        Some(())
    }
}

/// Panels of the density with places without end, node by node in lanes.
struct EndlessPanels<'a> {
    queue: &'a GeneralQueue<'a>,
    range: Range,
}

impl LaneKernel for EndlessPanels<'_> {
    type Output = Result<Integrals>;

    #[inline(always)]
    fn run(self, arithmetic: impl Arithmetic) -> Result<Integrals> {
        let Self { queue, range } = self;
        let GeneralQueue { arrivals, spare, .. } = *queue;
        let mut walk = PanelWalk::new(queue.hazard, &range);
        let mut sums = [[0.0; NODES]; 6];
        loop {
            let here = Exponent {
                value: -spare * walk.at.time - arrivals * walk.at.saved,
                slope: -(spare + arrivals * walk.at.gone),
                curvature: arrivals * walk.at.left * walk.rate,
            };
            let past = walk.at.time >= range.peak && here.value < range.top - CUT;
            if past || walk.at.time >= range.to {
                break;
            }
            let length = walk.length(&here);
            for i in 0..NODES {
                let y = 0.5 * length * (1.0 + NODES_16[i]);
                let at = inside(arithmetic, &walk.at, walk.rate, y);
                let value = -spare * at.time - arrivals * at.saved;
                let mass = 0.5 * length * WEIGHTS_16[i] * exp(value - range.top);
                let weights = weights(&at);
                for k in 0..6 {
                    sums[k][i] += mass * weights[k];
                }
            }
            if walk.advance(length).is_none() {
                return Err(queue.not_converged());
            }
        }
        Ok(Integrals { top: range.top, sums: sums.map(|nodes| nodes.iter().sum()) })
    }
}

/// Terms of a series or a continued fraction.
const TERMS: u32 = 10_000_000;

/// ln Q(q, y), and Q(q - 1, y) / Q(q, y) or, at fractions, about that: P(a Poisson count of mean y is
/// below q) where q is whole.
fn ln_upper_and_ratio(q: f64, y: f64) -> (f64, f64) {
    if y == 0.0 {
        return (0.0, 1.0);
    }
    // The last term of the sum that Q is.
    let ln_last = ln_poisson_mass(q, y) + (q / y).ln();
    let ln_upper = if y < q {
        let (mut term, mut sum, mut k) = (1.0, 1.0, 0.0);
        while term > 1e-17 * sum {
            k += 1.0;
            term *= y / (q + k);
            sum += term;
        }
        (-(sum * ln_poisson_mass(q, y).exp())).ln_1p()
    } else if q.fract() == 0.0 {
        let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
        while term > 1e-17 * sum {
            term *= (q - k) / y;
            sum += term;
            k += 1.0;
        }
        ln_last + sum.ln()
    } else {
        ln_last + (y * upper_fraction(q, y)).ln()
    };
    (ln_upper, (1.0 - (ln_last - ln_upper).exp()).clamp(0.0, 1.0))
}

/// Legendre's continued fraction 1/(y + 1 - q - 1(1-q)/(y + 3 - q - ...)), by Lentz's method, for y >= q.
fn upper_fraction(q: f64, y: f64) -> f64 {
    let tiny = f64::MIN_POSITIVE;
    let mut b = y + 1.0 - q;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / if b == 0.0 { tiny } else { b };
    let mut value = d;
    for k in 1..TERMS {
        let k = f64::from(k);
        let a = -k * (k - q);
        b += 2.0;
        d = a * d + b;
        d = 1.0 / if d.abs() < tiny { tiny } else { d };
        c = b + a / c;
        c = if c.abs() < tiny { tiny } else { c };
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::gamma;

    #[test]
    fn the_upper_gamma_function_agrees_with_the_distribution() {
        for q in [0.1, 1.0, 2.5, 8.0, 60.0, 700.0, 700.5] {
            for relative in [0.01, 0.4, 0.9, 1.0, 1.1, 2.0] {
                let y = q * relative;
                let wanted = gamma::tails(q, y).upper.ln();
                let (got, ratio) = ln_upper_and_ratio(q, y);
                assert!(
                    (got - wanted).abs() < 2e-12 * (1.0 + wanted.abs()),
                    "{q} {y}: {got} {wanted}"
                );
                if q >= 2.0 {
                    let fewer = gamma::tails(q - 1.0, y).upper / gamma::tails(q, y).upper;
                    assert!((ratio - fewer).abs() < 1e-9, "{q} {y}: {ratio} {fewer}");
                }
            }
        }
    }
}
