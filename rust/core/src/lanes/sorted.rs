//! The systems of a block sorted by a small key, so that systems of one method are neighbours.

use std::ops::Range;

/// Systems in a block: enough to fill the lanes of every method that is at all frequent.
pub const BLOCK: usize = 512;

/// The indices `0..BLOCK` in order.
const IN_ORDER: [u16; BLOCK] = {
    let (mut indices, mut i) = ([0; BLOCK], 0);
    while i < BLOCK {
        indices[i] = i as u16;
        i += 1;
    }
    indices
};

/// Indices of up to [`BLOCK`] systems in stable order of their keys, which are below `KEYS`.
#[derive(Debug, Clone, Copy)]
pub struct Sorted<const KEYS: usize> {
    indices: [u16; BLOCK],
    /// The position after the last system of each key.
    ends: [u16; KEYS],
    in_order: bool,
}

impl<const KEYS: usize> Sorted<KEYS> {
    /// The systems with `keys`.
    pub fn by(keys: &[u8]) -> Self {
        let first = keys.first().copied().unwrap_or(0);
        if keys.iter().all(|&key| key == first) {
            let end = |key| if key < usize::from(first) { 0 } else { keys.len() as u16 };
            return Self { indices: IN_ORDER, ends: std::array::from_fn(end), in_order: true };
        }
        Self::counted(keys)
    }

    /// A counting sort of several parts at a time, each with its own counters: systems of one key that
    /// follow each other would wait for the counter.
    fn counted(keys: &[u8]) -> Self {
        const PARTS: usize = 4;
        let count = keys.len();
        let part = count.div_ceil(PARTS);
        let parts: [&[u8]; PARTS] =
            std::array::from_fn(|p| &keys[count.min(p * part)..count.min((p + 1) * part)]);
        let mut starts = [[0_u16; KEYS]; PARTS];
        for i in 0..part {
            for (starts, keys) in starts.iter_mut().zip(parts) {
                if let Some(&key) = keys.get(i) {
                    starts[usize::from(key)] += 1;
                }
            }
        }
        let (mut ends, mut sum) = ([0; KEYS], 0);
        for key in 0..KEYS {
            for starts in &mut starts {
                (starts[key], sum) = (sum, sum + starts[key]);
            }
            ends[key] = sum;
        }
        let mut indices = [0; BLOCK];
        for i in 0..part {
            for (p, (starts, keys)) in starts.iter_mut().zip(parts).enumerate() {
                if let Some(&key) = keys.get(i) {
                    let start = &mut starts[usize::from(key)];
                    indices[usize::from(*start)] = (p * part + i) as u16;
                    *start += 1;
                }
            }
        }
        Self { indices, ends, in_order: false }
    }

    /// Whether all keys are alike, so that every position is its index.
    pub fn is_in_order(&self) -> bool {
        self.in_order
    }

    /// The sorted positions of the systems with a key in `keys`.
    pub fn positions(&self, keys: Range<u8>) -> Range<usize> {
        let end = |key: u8| if key == 0 { 0 } else { usize::from(self.ends[usize::from(key) - 1]) };
        end(keys.start)..end(keys.end)
    }

    /// The indices of the systems at sorted `positions`.
    pub fn indices(&self, positions: Range<usize>) -> &[u16] {
        &self.indices[positions]
    }
}

#[cfg(test)]
mod tests {
    use super::Sorted;

    #[test]
    fn systems_of_a_key_are_neighbours_in_their_order() {
        let keys: Vec<u8> = (0..300_u32).map(|i| (i * i % 7) as u8).collect();
        let sorted = Sorted::<7>::by(&keys);
        let mut expected: Vec<u16> = (0..300).collect();
        expected.sort_by_key(|&i| keys[usize::from(i)]);
        assert_eq!(sorted.indices(0..300), expected);
        for key in 0..7 {
            let positions = sorted.positions(key..key + 1);
            assert!(sorted.indices(positions).iter().all(|&i| keys[usize::from(i)] == key));
        }
        assert!(!sorted.is_in_order());
    }

    #[test]
    fn one_key_leaves_the_order_as_it_is() {
        let sorted = Sorted::<5>::by(&[3; 40]);
        assert!(sorted.is_in_order());
        assert_eq!(sorted.indices(0..40), (0..40).collect::<Vec<u16>>());
        assert_eq!(sorted.positions(3..4), 0..40);
        assert!(sorted.positions(0..3).is_empty() && sorted.positions(4..5).is_empty());
        assert!(Sorted::<5>::by(&[]).positions(0..5).is_empty());
    }
}
