//! The cells of a block, in groups of one lane each.

/// Lanes of a group: enough to hide the latency of a chain of products in the widest set.
pub const LANES: usize = 32;

/// One value a lane.
pub type Lanes = [f64; LANES];

/// The largest value, by halves: four vector maxima where a fold takes a step a lane.
#[inline(always)]
pub fn largest<const L: usize>(values: &[f64; L]) -> f64 {
    let (mut best, mut width) = (*values, L);
    while width > 1 {
        let half = width.div_ceil(2);
        for i in 0..width / 2 {
            let other = best[half + i];
            best[i] = if other > best[i] { other } else { best[i] };
        }
        width = half;
    }
    best[0]
}

/// The smallest value, as [`largest`] has the other.
#[inline(always)]
pub fn smallest<const L: usize>(values: &[f64; L]) -> f64 {
    let (mut best, mut width) = (*values, L);
    while width > 1 {
        let half = width.div_ceil(2);
        for i in 0..width / 2 {
            let other = best[half + i];
            best[i] = if other < best[i] { other } else { best[i] };
        }
        width = half;
    }
    best[0]
}

/// Cells of a block, an operand a column.
pub struct Cells<'a, const K: usize> {
    operands: [&'a [f64]; K],
}

/// The cells of a group, an operand a lane each.
pub struct LaneGroup<'a, const K: usize> {
    operands: [&'a Lanes; K],
}

impl<'a, const K: usize> Cells<'a, K> {
    /// Of columns of one length.
    pub fn new(operands: [&'a [f64]; K]) -> Self {
        Self { operands }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.operands.first().map_or(0, |operand| operand.len())
    }

    /// The cells from `start` on; where they are no whole group, in `room`, with the last repeated.
    pub fn group<'b>(&'b self, start: usize, room: &'b mut [Lanes; K]) -> LaneGroup<'b, K> {
        for (lanes, operand) in room.iter_mut().zip(&self.operands) {
            let rest = &operand[start..];
            if rest.len() < LANES {
                lanes[..rest.len()].copy_from_slice(rest);
                lanes[rest.len()..].fill(rest[rest.len() - 1]);
            }
        }
        let lanes = |k: usize| self.operands[k][start..].first_chunk().unwrap_or(&room[k]);
        LaneGroup { operands: std::array::from_fn(lanes) }
    }

    /// The cells at `indices`, gathered in `room`, with the last repeated.
    pub fn gathered<'b>(&self, indices: &[u16], room: &'b mut [Lanes; K]) -> LaneGroup<'b, K> {
        for (lanes, operand) in room.iter_mut().zip(&self.operands) {
            for (lane, &index) in lanes.iter_mut().zip(indices) {
                *lane = operand[usize::from(index)];
            }
            let last = lanes[indices.len() - 1];
            lanes[indices.len()..].fill(last);
        }
        LaneGroup { operands: room.each_ref() }
    }

    /// One cell.
    pub fn cell(&self, i: usize) -> [f64; K] {
        self.operands.map(|operand| operand[i])
    }
}

impl<const K: usize> LaneGroup<'_, K> {
    /// The cell in a lane, and whether an operand is missing.
    #[inline(always)]
    pub fn cell(&self, i: usize) -> ([f64; K], bool) {
        let (mut cell, mut missing) = ([0.0; K], false);
        for k in 0..K {
            cell[k] = self.operands[k][i];
            missing |= cell[k].is_nan();
        }
        (cell, missing)
    }
}

#[cfg(test)]
mod tests {
    use super::{largest, smallest};

    #[test]
    fn halves_find_the_extremes_of_any_width() {
        let values: [f64; 7] = [3.0, -1.0, 9.0, 4.0, 9.5, -2.5, 0.0];
        assert_eq!((largest(&values), smallest(&values)), (9.5, -2.5));
        assert_eq!((largest(&[2.0]), smallest(&[2.0])), (2.0, 2.0));
        let many: [f64; 32] = std::array::from_fn(|i| ((i * 7) % 32) as f64);
        assert_eq!((largest(&many), smallest(&many)), (31.0, 0.0));
    }
}
