//! Keyed random numbers: a hash of bytes, keys derived from it, and streams that count.
//!
//! Nothing here has hidden state. A number depends on its key and its place in the stream alone, so a
//! draw is the same on one thread or many, alone or among others. Everything is integer arithmetic and
//! therefore the same on every machine.
//!
//! The mixer is the finaliser of `SplitMix64` (Steele, Lea & Flood 2014; constants by Stafford, variant
//! 13); a stream is `SplitMix64` itself, whose state is a counter.

/// Odd, and near 2^64 divided by the golden ratio: successive multiples spread over all residues.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// Sets hashes of numbers apart from those of texts: any odd constant (digits of pi).
const UNSIGNED: u64 = 0x243F_6A88_85A3_08D3;

/// A bijection of 64-bit words in which every input bit moves every output bit with probability near 1/2.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// 64-bit hash of `bytes`; equal for equal bytes, on every machine and in every release.
///
/// The length is part of it, so trailing zero bytes count.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut state = mix(GAMMA ^ bytes.len() as u64);
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let mut whole = [0; 8];
        whole.copy_from_slice(word);
        state = mix(state.wrapping_add(GAMMA) ^ u64::from_le_bytes(whole));
    }
    let rest = words.remainder().len();
    if rest > 0 {
        // What is left, padded with zeros: where there are eight bytes, the last eight without those
        // already read, which spares a copy of unknown length.
        let padded = match bytes.last_chunk::<8>() {
            Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest),
            None => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        state = mix(state.wrapping_add(GAMMA) ^ padded);
    }
    state
}

/// Hash of two hashes, in this order.
pub const fn fold(first: u64, second: u64) -> u64 {
    mix(first.wrapping_add(GAMMA) ^ second.rotate_left(32).wrapping_mul(GAMMA))
}

/// Hash of a text as a name: that of the whole number that it spells, else that of its bytes.
///
/// `7` and the text `7` are one name; `007`, `+7`, `-0` and `7.0` are others.
pub fn hash_text(text: &[u8]) -> u64 {
    match spelled(text) {
        Some(number) => hash_integer(number),
        None => hash_bytes(text),
    }
}

/// The 64-bit whole number whose digits these are, without leading zeros.
fn spelled(text: &[u8]) -> Option<i128> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let negative = digits.len() < text.len();
    let canonical = match digits {
        // The longest 64-bit number has 20 digits.
        [b'1'..=b'9', rest @ ..] => rest.len() < 20 && rest.iter().all(u8::is_ascii_digit),
        [b'0'] => !negative,
        _ => false,
    };
    if !canonical {
        return None;
    }
    let value = digits.iter().fold(0_i128, |value, &digit| 10 * value + i128::from(digit - b'0'));
    let value = if negative { -value } else { value };
    (i64::MIN.into()..=u64::MAX.into()).contains(&value).then_some(value)
}

/// Hash of a whole number as a name.
pub fn hash_integer(value: i128) -> u64 {
    if let Ok(value) = u64::try_from(value) {
        hash_unsigned(value)
    } else if let Ok(value) = i64::try_from(value) {
        hash_signed(value)
    } else {
        hash_bytes(value.to_string().as_bytes())
    }
}

/// Hash of a whole number >= 0: two of them never share one.
pub const fn hash_unsigned(value: u64) -> u64 {
    mix(value ^ UNSIGNED)
}

/// Hash of a whole number: two of them never share one.
pub const fn hash_signed(value: i64) -> u64 {
    let once = hash_unsigned(value.cast_unsigned());
    // The bits of a negative number are those of an unsigned one.
    if value < 0 { mix(once) } else { once }
}

/// What a stream or an order of rows is drawn from: the seed and everything it has been narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(mix(seed ^ GAMMA))
    }

    /// The key of one part (a group, a replication, a purpose) of what this key stands for.
    #[must_use]
    pub const fn narrowed(self, part: u64) -> Self {
        Self(mix(mix(self.0.wrapping_add(GAMMA)) ^ mix(part.wrapping_add(GAMMA))))
    }

    /// The random place of an item: a bijection of `item`, so different items never share one.
    pub const fn place(self, item: u64) -> u64 {
        mix(item ^ self.0)
    }

    /// A stream of random numbers, from its beginning.
    pub const fn stream(self) -> Stream {
        Stream { state: self.0 }
    }
}

/// Random numbers in order.
#[derive(Debug, Clone)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// 64 random bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// A whole number from 0 to `bound` - 1, each equally likely; 0 where `bound` is 0.
    ///
    /// Multiplies and rejects (Lemire 2019), so there is no bias, not even of 2^-64.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Each turn is rejected with probability below 1/2; the loop ends with probability one, and
        // deterministically for a given key.
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            // The remainder is below the bound: mostly this spares the division.
            let low = product as u64;
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// A multiple of 2^-53 in [0, 1), each equally likely.
    pub const fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_pinned() {
        // From a second implementation; the first is the first number of `SplitMix64` at seed 0.
        // A change here alters every seeded draw: it belongs in the changelog.
        assert_eq!(hash_bytes(b""), 0xe220_a839_7b1d_cdaf);
        assert_eq!(hash_bytes(b"anna"), 0x7e1a_7370_38d2_7eac);
        assert_eq!(Key::new(1).narrowed(2).stream().bits(), 0x3aa0_2737_8d10_680d);
    }

    #[test]
    fn numbers_and_their_digits_are_one_name() {
        let edges = [0, 7, -7, 1234567890123, i64::MIN.into(), i64::MAX.into(), u64::MAX.into()];
        for value in edges.into_iter().chain([i128::MIN, i128::MAX, 1 << 64, -1 - (1 << 63)]) {
            assert_eq!(hash_integer(value), hash_text(value.to_string().as_bytes()), "{value}");
        }
        let names: [&[u8]; 9] = [b"7", b"007", b"+7", b"-7", b"0", b"-0", b"00", b"", b"-"];
        let mut hashes = names.map(hash_text);
        hashes.sort_unstable();
        assert!(hashes.windows(2).all(|pair| pair[0] < pair[1]));
        assert_ne!(hash_integer(-1), hash_integer(u64::MAX.into()));
        assert_eq!(hash_signed(7), hash_unsigned(7));
        assert_ne!(hash_bytes(b"a"), hash_bytes(b"a\0"));
    }

    #[test]
    fn numbers_below_a_bound_are_equally_likely() {
        let mut stream = Key::new(5).stream();
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[stream.below(7) as usize] += 1;
        }
        let chi: f64 = counts.iter().map(|&c| (f64::from(c) - 1e4).powi(2) / 1e4).sum();
        // Chi-squared with 6 degrees exceeds 27.9 once in 10,000.
        assert!(chi < 27.9, "{chi}");
    }

    #[test]
    fn every_bit_of_an_item_moves_half_of_its_place() {
        let key = Key::new(11).narrowed(3);
        let item = |i: u64| i.wrapping_mul(GAMMA);
        for bit in 0..64 {
            let flips: u32 = (0..200_u64)
                .map(|i| (key.place(item(i)) ^ key.place(item(i) ^ (1 << bit))).count_ones())
                .sum();
            // 12,800 fair coins: six standard deviations are 340.
            assert!(flips.abs_diff(6_400) < 340, "bit {bit}: {flips}");
        }
    }

    #[test]
    fn the_unit_interval_is_half_open_and_centred() {
        let mut stream = Key::new(9).stream();
        let draws: Vec<f64> = (0..100_000).map(|_| stream.unit()).collect();
        assert!(draws.iter().all(|u| (0.0..1.0).contains(u)));
        let mean = draws.iter().sum::<f64>() / 1e5;
        // Five standard errors of 1/sqrt(12e5).
        assert!((mean - 0.5).abs() < 0.0046, "{mean}");
    }
}
