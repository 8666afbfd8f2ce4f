//! Random draws by call: which purpose, which call, which turn of it.

use crate::rng::Key;

/// 2^-52.
const UNIT: f64 = 1.0 / (1_u64 << 52) as f64;
/// ln 2 in two pieces: multiples of the first by an exponent are exact.
const LN_2: (f64, f64) = (6.93147180369123816490e-01, 1.90821492927058770002e-10);
/// Bits of a call's identity: its number within its type, its turn, its type.
const TURN: u32 = 32;
const TYPE: u32 = 48;

/// What a draw is for. Each has a key of its own, so none can shift another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Day,
    Arrival,
    Talk,
    AfterCall,
    Patience,
    PassUp,
    Retry,
    RetryDelay,
    Callback,
    CallbackDelay,
    Roster,
    RetryType,
    Recall,
    RecallDelay,
    Pause,
    Ring,
    Total,
}

const PURPOSES: usize = Purpose::Total as usize + 1;

/// The keys of one replication.
#[derive(Debug, Clone)]
pub(super) struct Draws([Key; PURPOSES]);

/// Who a call is: the same in every model that has this type at this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller(u64);

impl Caller {
    /// The `number`-th caller of type `kind`.
    pub(super) const fn new(kind: usize, number: u32) -> Self {
        Self((kind as u64) << TYPE | number as u64)
    }

    /// The caller's number within the type.
    pub(super) const fn number(self) -> u32 {
        self.0 as u32
    }

    /// The type of the first call.
    pub(super) const fn kind(self) -> usize {
        (self.0 >> TYPE) as usize
    }

    /// The draws of the caller's `turn`-th attempt or stage.
    const fn at(self, turn: u16) -> u64 {
        self.0 | (turn as u64) << TURN
    }
}

impl Draws {
    /// The keys of `replication` under `seed`.
    pub(super) fn new(seed: u64, replication: u64) -> Self {
        let key = Key::new(seed).narrowed(replication);
        Self(std::array::from_fn(|purpose| key.narrowed(purpose as u64)))
    }

    /// 64 random bits of `caller` at this `turn` for `purpose`.
    #[inline(always)]
    pub(super) const fn bits(&self, purpose: Purpose, caller: Caller, turn: u16) -> u64 {
        self.0[purpose as usize].place(caller.at(turn))
    }

    /// Whether an event of `probability` happens to `caller`.
    pub(super) fn happens(
        &self,
        purpose: Purpose,
        caller: Caller,
        turn: u16,
        probability: f64,
    ) -> bool {
        // Certain events need no draw, and none that is below 1 by rounding.
        probability >= 1.0
            || (probability > 0.0 && unit(self.bits(purpose, caller, turn)) < probability)
    }
}

/// The middle of the cell of `bits` among 2^52 equal ones in (0, 1): never 0, never 1.
#[inline(always)]
pub(super) fn unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * UNIT
}

/// An exponential number of mean 1.
#[inline(always)]
pub(super) fn exponential(bits: u64) -> f64 {
    -ln(unit(bits))
}

/// ln(x) for normal x > 0, from sums, products and one quotient: the same bits on every machine.
///
/// 2 artanh((m - 1) / (m + 1)) after reduction to m in [sqrt(1/2), sqrt 2): the first term left out is
/// below 1e-18. Error: 2 units in the last place.
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    // The exponent of x, taken so that m is centred on 1.
    let k = x.to_bits().wrapping_sub(0x3FE6_A09E_667F_3BCD).cast_signed() >> 52;
    let m = f64::from_bits(x.to_bits().wrapping_sub((k << 52).cast_unsigned()));
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let (w, q) = (z * z, z * z * z * z);
    // Estrin's scheme: half the latency of Horner's.
    let low = (2.0 / 3.0 + z * (2.0 / 5.0)) + w * (2.0 / 7.0 + z * (2.0 / 9.0));
    let high = (2.0 / 11.0 + z * (2.0 / 13.0))
        + w * (2.0 / 15.0 + z * (2.0 / 17.0))
        + q * (2.0 / 19.0 + z * (2.0 / 21.0));
    let rest = s * (z * (low + q * high));
    let k = k as f64;
    k * LN_2.0 + (2.0 * s + (rest + k * LN_2.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_agrees_with_the_system() {
        let draws = Draws::new(1, 2);
        for number in 0..100_000 {
            let bits = draws.bits(Purpose::Talk, Caller::new(3, number), 0);
            for x in [unit(bits), 1.0 + unit(bits), 1e9 * unit(bits)] {
                let off = (ln(x) - x.ln()).abs();
                assert!(
                    off <= 3e-16 * x.ln().abs() + 1e-16 * (1.0 - x).abs().min(1.0),
                    "{x}: {off}"
                );
            }
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn units_lie_strictly_inside() {
        assert!(unit(0) > 0.0 && unit(u64::MAX) < 1.0);
        assert!(exponential(0).is_finite() && exponential(u64::MAX) > 0.0);
    }

    #[test]
    fn purposes_turns_and_types_do_not_share_draws() {
        let draws = Draws::new(7, 0);
        let mut seen = std::collections::HashSet::new();
        for purpose in [Purpose::Arrival, Purpose::Talk, Purpose::Patience] {
            for kind in 0..3 {
                for number in 0..50 {
                    for turn in 0..3 {
                        let caller = Caller::new(kind, number);
                        assert_eq!((caller.kind(), caller.number()), (kind, number));
                        assert!(seen.insert(draws.bits(purpose, caller, turn)));
                    }
                }
            }
        }
    }
}
