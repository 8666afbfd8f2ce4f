//! The arrivals of one type in order.

use super::draws::{Caller, Draws, Purpose, exponential, unit};
use super::model::{Arrivals, Period};
use crate::numeric::normal;

/// A caller about to arrive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) time: f64,
    pub(super) number: u32,
    pub(super) talk_scale: f64,
}

/// The arrivals of one type: the inverse of the cumulated rate at the points of a unit Poisson
/// process, so that no draw is thrown away.
#[derive(Debug)]
pub(super) struct ArrivalStream<'m> {
    kind: usize,
    arrivals: &'m Arrivals,
    piece: usize,
    end: f64,
    factor: f64,
    next: Arrival,
    /// Of a given total: instants and talk scales in order.
    drawn: Vec<(f64, f64)>,
}

impl<'m> ArrivalStream<'m> {
    /// The stream of type `kind` until `end`, its rates times `factor`.
    pub(super) fn new(
        kind: usize,
        arrivals: &'m Arrivals,
        end: f64,
        factor: f64,
        draws: &Draws,
    ) -> Self {
        let time = match arrivals {
            Arrivals::Poisson(pieces) => pieces.first().map_or(f64::INFINITY, |piece| piece.start),
            Arrivals::Total(..) | Arrivals::Times(_) => 0.0,
        };
        let drawn = match arrivals {
            Arrivals::Total(pieces, sd) => spread(kind, pieces, *sd, end, draws),
            Arrivals::Poisson(_) | Arrivals::Times(_) => Vec::new(),
        };
        let next = Arrival { time, number: 0, talk_scale: 1.0 };
        let mut stream = Self { kind, arrivals, piece: 0, end, factor, next, drawn };
        stream.draw(0, draws);
        stream
    }

    /// When the next caller arrives; infinite where none does.
    #[inline(always)]
    pub(super) fn time(&self) -> f64 {
        self.next.time
    }

    /// The next caller; the stream moves on.
    #[inline(always)]
    pub(super) fn take(&mut self, draws: &Draws) -> Arrival {
        let taken = self.next;
        // A type numbers its callers in 32 bits: after the last of them nobody calls.
        match taken.number.checked_add(1) {
            Some(number) => self.draw(number, draws),
            None => self.next.time = f64::INFINITY,
        }
        taken
    }

    #[inline(always)]
    fn draw(&mut self, number: u32, draws: &Draws) {
        self.next.number = number;
        match self.arrivals {
            Arrivals::Poisson(pieces) => {
                let bits = draws.bits(Purpose::Arrival, Caller::new(self.kind, number), 0);
                self.advance(pieces, exponential(bits) / self.factor);
            }
            Arrivals::Total(..) => {
                let drawn = self.drawn.get(number as usize);
                (self.next.time, self.next.talk_scale) =
                    drawn.copied().unwrap_or((f64::INFINITY, 1.0));
            }
            Arrivals::Times(times) => {
                let time = times.get(number as usize).copied().filter(|&time| time < self.end);
                self.next.time = time.unwrap_or(f64::INFINITY);
            }
        }
    }

    /// Moves on until the expected number of calls has grown by `step`.
    #[inline(always)]
    fn advance(&mut self, pieces: &[Period], mut step: f64) {
        let mut time = self.next.time;
        while let Some(piece) = pieces.get(self.piece) {
            let until =
                pieces.get(self.piece + 1).map_or(self.end, |next| next.start).min(self.end);
            let left = piece.rate * (until - time);
            if step < left {
                self.next.time = time + step / piece.rate;
                self.next.talk_scale = piece.talk_scale;
                return;
            }
            if until >= self.end {
                break;
            }
            step -= left.max(0.0);
            time = until;
            self.piece += 1;
        }
        self.next.time = f64::INFINITY;
    }
}

/// The callers of one replication whose total is given: each at an instant of its own, as likely in
/// a piece as the rates say. Instants and talk scales, in order.
fn spread(kind: usize, pieces: &[Period], sd: f64, end: f64, draws: &Draws) -> Vec<(f64, f64)> {
    let until = |index: usize| pieces.get(index + 1).map_or(end, |next| next.start).min(end);
    let mut expected = Vec::with_capacity(pieces.len());
    let mut sum = 0.0;
    for (index, piece) in pieces.iter().enumerate() {
        sum += piece.rate * (until(index) - piece.start).max(0.0);
        expected.push(sum);
    }
    let bits = draws.bits(Purpose::Total, Caller::new(kind, 0), 0);
    let away = if sd > 0.0 { sd * normal::lower_quantile(unit(bits)) } else { 0.0 };
    let count = if sum > 0.0 { (sum + away).round().clamp(0.0, f64::from(u32::MAX)) } else { 0.0 };
    let time_and_scale = |number: u32| {
        let reached = sum * unit(draws.bits(Purpose::Arrival, Caller::new(kind, number), 0));
        let last = pieces.len() - 1;
        let index = expected.partition_point(|&before| before <= reached).min(last);
        let before = index.checked_sub(1).map_or(0.0, |before| expected[before]);
        let piece = &pieces[index];
        // Rounding must not move anybody out of the piece.
        let time = piece.start + (reached - before) / piece.rate;
        (time.min(until(index).next_down()), piece.talk_scale)
    };
    let mut drawn: Vec<_> = (0..count as u32).map(time_and_scale).collect();
    drawn.sort_by(|a, b| a.0.total_cmp(&b.0));
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_hold_piece_by_piece() {
        let pieces = [(0.0, 0.5), (100.0, 0.0), (200.0, 2.0), (300.0, 0.1)];
        let pieces = pieces.map(|(start, rate)| Period { start, rate, talk_scale: 1.0 + start });
        let arrivals = Arrivals::Poisson(pieces.to_vec());
        let mut counts = [0_u32; 4];
        for replication in 0..400 {
            let draws = Draws::new(1, replication);
            let mut stream = ArrivalStream::new(0, &arrivals, 400.0, 1.0, &draws);
            while stream.time().is_finite() {
                let arrival = stream.take(&draws);
                let piece = (arrival.time / 100.0) as usize;
                assert_eq!(arrival.talk_scale, 1.0 + 100.0 * piece as f64);
                counts[piece] += 1;
            }
        }
        // Five standard deviations of Poisson counts.
        for (count, mean) in counts.into_iter().zip([20_000.0f64, 0.0, 80_000.0, 4_000.0]) {
            assert!((f64::from(count) - mean).abs() <= 5.0 * mean.sqrt(), "{counts:?}");
        }
    }

    #[test]
    fn a_total_is_kept_and_spread_as_the_rates_are() {
        let pieces = [(0.0, 0.5), (100.0, 0.0), (200.0, 2.0), (300.0, 0.5)];
        let pieces = pieces.map(|(start, rate)| Period { start, rate, talk_scale: 1.0 + start });
        let mut counts = [0_u32; 4];
        let (mut sum, mut square) = (0.0, 0.0);
        for replication in 0..400 {
            let draws = Draws::new(1, replication);
            for sd in [0.0, 30.0] {
                let arrivals = Arrivals::Total(pieces.to_vec(), sd);
                let mut stream = ArrivalStream::new(0, &arrivals, 400.0, 1.0, &draws);
                let (mut count, mut last) = (0.0, 0.0);
                while stream.time().is_finite() {
                    let arrival = stream.take(&draws);
                    let piece = (arrival.time / 100.0) as usize;
                    assert_eq!(arrival.talk_scale, 1.0 + 100.0 * piece as f64);
                    assert!(arrival.time >= last);
                    last = arrival.time;
                    counts[piece] += u32::from(sd == 0.0);
                    count += 1.0;
                }
                if sd == 0.0 {
                    assert_eq!(count, 300.0);
                } else {
                    sum += count;
                    square += (count - 300.0_f64).powi(2);
                }
            }
        }
        // Five standard deviations of binomial counts.
        for (count, share) in counts.into_iter().zip([1.0 / 6.0, 0.0, 2.0 / 3.0, 1.0 / 6.0_f64]) {
            let sd = (120_000.0 * share * (1.0 - share)).sqrt();
            assert!((f64::from(count) - 120_000.0 * share).abs() <= 5.0 * sd, "{counts:?}");
        }
        assert!((sum / 400.0 - 300.0_f64).abs() < 7.5, "{sum}");
        assert!((square / 400.0 / 900.0 - 1.0_f64).abs() < 0.36, "{square}");
    }

    #[test]
    fn given_instants_come_as_they_are() {
        let arrivals = Arrivals::Times(vec![0.0, 3.0, 3.0, 9.0, 12.0]);
        let draws = Draws::new(1, 1);
        let mut stream = ArrivalStream::new(0, &arrivals, 10.0, 1.0, &draws);
        let mut seen = Vec::new();
        while stream.time().is_finite() {
            seen.push(stream.take(&draws).time);
        }
        assert_eq!(seen, [0.0, 3.0, 3.0, 9.0]);
    }
}
