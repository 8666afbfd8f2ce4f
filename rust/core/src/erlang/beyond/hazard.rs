//! Patience with a piecewise-constant hazard of hanging up.

use crate::error::{Error, Result};
use crate::numeric::exponential::{excess, exp_and_exp_m1};

/// Patience of callers: the rate of hanging up depends on how long they have waited.
///
/// The rates are per second from their starts on, the last for ever. The mean is infinite where the last
/// rate is 0: so many callers never hang up.
#[derive(Debug, Clone, PartialEq)]
pub struct PatienceHazard {
    pieces: Vec<HazardPiece>,
}

/// A stretch of constant hazard.
#[derive(Debug, Clone, Copy, PartialEq)]
struct HazardPiece {
    rate: f64,
    start: PatienceAt,
}

/// The distribution of patience at a time, each difference to its own full accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PatienceAt {
    /// Seconds since the caller began to wait.
    pub(super) time: f64,
    /// Share whose patience is longer.
    pub(super) left: f64,
    /// Share that has hung up: 1 - `left`.
    pub(super) gone: f64,
    /// Mean of the shorter of patience and time.
    pub(super) waited: f64,
    /// `time` - `waited`.
    pub(super) saved: f64,
    /// Mean patience of those who have hung up, times their share.
    pub(super) lost: f64,
}

impl PatienceAt {
    const START: Self =
        Self { time: 0.0, left: 1.0, gone: 0.0, waited: 0.0, saved: 0.0, lost: 0.0 };

    /// The same `seconds` later, all of them at one `rate` of hanging up.
    fn later(&self, rate: f64, seconds: f64) -> Self {
        let Self { time, left, gone, waited, saved, lost } = *self;
        let t = rate * seconds;
        if t < 1e-300 {
            return Self {
                time: time + seconds,
                waited: waited + left * seconds,
                saved: saved + gone * seconds,
                ..*self
            };
        }
        let (kept, less_one) = exp_and_exp_m1(-t);
        let over = -less_one / rate;
        // 1 - e^-t (1 + t), from e^t - 1 - t where t is small.
        let moment = if t < 0.5 { kept * excess(-t) } else { -less_one - t * kept };
        let endless = seconds == f64::INFINITY;
        let moment = if endless { 1.0 } else { moment };
        let saved_here = if endless { f64::INFINITY } else { excess(t) / rate };
        Self {
            time: time + seconds,
            left: left * kept,
            gone: gone - left * less_one,
            waited: waited + left * over,
            saved: saved + if gone == 0.0 { 0.0 } else { gone * seconds } + left * saved_here,
            lost: lost + left * (moment / rate - time * less_one),
        }
    }
}

impl PatienceHazard {
    /// Rates per second from `starts` on, which ascend from 0.
    ///
    /// # Errors
    /// [`Error::Usage`] for other starts, or a rate that is negative or not finite.
    pub fn new(starts: &[f64], rates: &[f64]) -> Result<Self> {
        let ascends = starts.windows(2).all(|pair| pair[0] < pair[1]);
        let finite = starts.iter().chain(rates).all(|each| each.is_finite() && *each >= 0.0);
        if starts.first() != Some(&0.0) || starts.len() != rates.len() || !ascends || !finite {
            return Err(Error::Usage(
                "patience must have starts that ascend from 0 and as many rates >= 0".to_owned(),
            ));
        }
        let mut pieces = Vec::with_capacity(starts.len());
        let mut at = PatienceAt::START;
        for (index, &rate) in rates.iter().enumerate() {
            pieces.push(HazardPiece { rate, start: PatienceAt { time: starts[index], ..at } });
            if let Some(end) = starts.get(index + 1) {
                at = at.later(rate, end - starts[index]);
            }
        }
        Ok(Self { pieces })
    }

    /// One rate for ever: exponential patience.
    pub fn constant(rate: f64) -> Self {
        Self { pieces: vec![HazardPiece { rate, start: PatienceAt::START }] }
    }

    /// The piece that `time` lies in; a start belongs to the piece that begins there.
    pub(super) fn piece_of(&self, time: f64) -> usize {
        self.pieces.partition_point(|piece| piece.start.time <= time).max(1) - 1
    }

    /// The rate of a piece.
    pub(super) fn rate(&self, piece: usize) -> f64 {
        self.pieces[piece].rate
    }

    /// Where a piece ends: infinite for the last.
    pub(super) fn end(&self, piece: usize) -> f64 {
        self.pieces.get(piece + 1).map_or(f64::INFINITY, |next| next.start.time)
    }

    /// The distribution at `time`.
    pub(super) fn at(&self, time: f64) -> PatienceAt {
        let HazardPiece { rate, start } = self.pieces[self.piece_of(time)];
        start.later(rate, time - start.time)
    }

    /// Share whose patience is longer than `time` seconds.
    pub fn survival(&self, time: f64) -> f64 {
        if time == f64::INFINITY { self.endless() } else { self.at(time).left }
    }

    /// Share that never hangs up.
    pub fn endless(&self) -> f64 {
        let last = self.pieces[self.pieces.len() - 1];
        if last.rate == 0.0 { last.start.left } else { 0.0 }
    }

    /// Mean patience in seconds; infinite where some never hang up.
    pub fn mean(&self) -> f64 {
        let HazardPiece { rate, start } = self.pieces[self.pieces.len() - 1];
        if start.left == 0.0 { start.waited } else { start.waited + start.left / rate }
    }

    /// The mean rate of hanging up over the first `time` seconds.
    pub fn mean_rate(&self, time: f64) -> f64 {
        if time == 0.0 {
            return self.pieces[0].rate;
        }
        let spent = |i: usize| (self.end(i).min(time) - self.pieces[i].start.time).max(0.0);
        (0..self.pieces.len()).map(|i| self.pieces[i].rate * (spent(i) / time)).sum()
    }

    /// The time at which the share `left` is still there; infinite where more are for ever.
    pub(super) fn time_of(&self, left: f64) -> f64 {
        if left >= 1.0 {
            return 0.0;
        }
        let index = self.pieces.partition_point(|piece| piece.start.left > left).max(1) - 1;
        let HazardPiece { rate, start } = self.pieces[index];
        let time = start.time + (start.left / left).ln().max(0.0) / rate;
        if rate > 0.0 { time.min(self.end(index)) } else { self.end(index) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rate_is_an_exponential_distribution() {
        let hazard = PatienceHazard::constant(0.01);
        let at = hazard.at(30.0);
        assert!((at.left - (-0.3_f64).exp()).abs() < 1e-15);
        assert!((at.waited - 100.0 * -(-0.3_f64).exp_m1()).abs() < 1e-13);
        assert!((at.saved - (30.0 - at.waited)).abs() < 1e-13);
        assert!((at.lost - (at.waited - 30.0 * at.left)).abs() < 1e-13);
        assert!((hazard.mean() - 100.0).abs() < 1e-12);
        assert!((hazard.time_of(at.left) - 30.0).abs() < 1e-12);
    }

    #[test]
    fn pieces_join_without_a_seam() {
        let split = PatienceHazard::new(&[0.0, 5.0, 20.0], &[0.004, 0.004, 0.004]).unwrap();
        for time in [0.0, 3.0, 5.0, 19.0, 20.0, 400.0] {
            let (one, three) = (PatienceHazard::constant(0.004).at(time), split.at(time));
            assert!((one.left - three.left).abs() < 1e-15, "{time}");
            assert!((one.lost - three.lost).abs() < 1e-12, "{time}");
            assert!((one.saved - three.saved).abs() < 1e-12, "{time}");
        }
        let stays = PatienceHazard::new(&[0.0, 60.0], &[0.01, 0.0]).unwrap();
        assert_eq!(stays.mean(), f64::INFINITY);
        assert!((stays.endless() - (-0.6_f64).exp()).abs() < 1e-15);
        assert_eq!(stays.time_of(0.1), f64::INFINITY);
        assert!((stays.mean_rate(120.0) - 0.005).abs() < 1e-17);
    }

    #[test]
    fn other_starts_and_rates_are_refused() {
        assert!(PatienceHazard::new(&[], &[]).is_err());
        assert!(PatienceHazard::new(&[1.0], &[0.1]).is_err());
        assert!(PatienceHazard::new(&[0.0, 0.0], &[0.1, 0.1]).is_err());
        assert!(PatienceHazard::new(&[0.0], &[-0.1]).is_err());
        assert!(PatienceHazard::new(&[0.0], &[f64::NAN]).is_err());
    }
}
