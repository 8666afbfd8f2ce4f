//! The upper tail of the incomplete gamma function for many systems side by side.

use super::gamma_tails::{Route, near_upper, upper};
use crate::lanes::{Set, Work};

/// Systems in a group: enough to hide the latency of a chain of products in the widest set.
const LANES: usize = 32;

/// Systems that go the same way, collected until there are enough of them.
struct Group {
    n: [f64; LANES],
    a: [f64; LANES],
    gap: [f64; LANES],
    /// Where the results belong.
    to: [usize; LANES],
    filled: usize,
    kernel: fn(&Group, Set) -> [f64; LANES],
    set: Set,
}

impl Group {
    fn new(kernel: fn(&Group, Set) -> [f64; LANES], set: Set) -> Self {
        let ones = [1.0; LANES];
        Self { n: ones, a: ones, gap: ones, to: [0; LANES], filled: 0, kernel, set }
    }

    /// Takes one more system, and computes all once there are enough.
    fn push(&mut self, to: usize, [n, a, gap]: [f64; 3], values: &mut [f64]) {
        let i = self.filled;
        (self.n[i], self.a[i], self.gap[i], self.to[i]) = (n, a, gap, to);
        self.filled += 1;
        if self.filled == LANES {
            self.flush(values);
        }
    }

    /// Computes what has been collected; the lanes without a system are computed for nothing.
    fn flush(&mut self, values: &mut [f64]) {
        if self.filled > 0 {
            let results = (self.kernel)(self, self.set);
            for (to, result) in self.to[..self.filled].iter().zip(results) {
                values[*to] = result;
            }
            self.filled = 0;
        }
    }
}

/// [`upper`] by its recursion, in lock step; a system that is through keeps its value.
struct Recursion<'a>(&'a Group);

impl Work for Recursion<'_> {
    type Output = [f64; LANES];

    #[inline(always)]
    fn run(self) -> [f64; LANES] {
        let Group { n, a, .. } = self.0;
        let most = n.iter().fold(0.0_f64, |most, &n| most.max(n));
        let mut per = [0.0; LANES];
        for i in 0..LANES {
            per[i] = 1.0 / a[i];
        }
        let mut values = [0.0; LANES];
        let mut k = 1.0;
        while k <= most {
            for i in 0..LANES {
                let next = k * per[i] * (1.0 + values[i]);
                values[i] = if k <= n[i] { next } else { values[i] };
            }
            k += 1.0;
        }
        values
    }
}

/// [`upper`] by the uniform expansion.
struct NearUpper<'a>(&'a Group);

impl Work for NearUpper<'_> {
    type Output = [f64; LANES];

    #[inline(always)]
    fn run(self) -> [f64; LANES] {
        let Group { n, gap, .. } = self.0;
        let mut values = [0.0; LANES];
        for i in 0..LANES {
            values[i] = near_upper(n[i], gap[i]);
        }
        values
    }
}

/// [`upper`] of many systems, bit for bit.
pub fn uppers(n: &[f64], a: &[f64], gap: &[f64], values: &mut [f64]) {
    uppers_by(Set::widest(), n, a, gap, values);
}

fn uppers_by(set: Set, n: &[f64], a: &[f64], gap: &[f64], values: &mut [f64]) {
    let mut recursions = Group::new(|group, set| set.run(Recursion(group)), set);
    let mut expansions = Group::new(|group, set| set.run(NearUpper(group)), set);
    for (i, ((&n, &a), &gap)) in n.iter().zip(a).zip(gap).enumerate() {
        match Route::of(n, gap) {
            Route::Recursion => recursions.push(i, [n, a, gap], values),
            Route::Expansion => expansions.push(i, [n, a, gap], values),
            Route::Other => values[i] = upper(n, a, gap),
        }
    }
    recursions.flush(values);
    expansions.flush(values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_bits_of_one_cell_alone() {
        let (mut n, mut a, mut gap) = (Vec::new(), Vec::new(), Vec::new());
        for agents in [0.0, 0.5, 1.0, 7.0, 23.5, 24.5, 60.0, 111.5, 112.0, 113.0, 150.25, 4e3, 1e6]
        {
            for ratio in [1e-300, 1e-3, 0.36, 0.7, 0.999, 1.0, 1.001, 1.3, 2.4, 2.6, 1e9] {
                let load = f64::max(agents, 1.0) * ratio;
                n.push(agents);
                a.push(load);
                gap.push(agents - load);
            }
        }
        for set in Set::available() {
            let mut values = vec![f64::NAN; n.len()];
            uppers_by(*set, &n, &a, &gap, &mut values);
            for (i, value) in values.into_iter().enumerate() {
                let alone = upper(n[i], a[i], gap[i]);
                assert_eq!(value.to_bits(), alone.to_bits(), "{set:?}: {} at {}", n[i], a[i]);
            }
        }
    }
}
