//! Telephone lines in use.

use super::sums::LineSums;

/// The lines held at an instant, and what has been seen of them since they were last asked.
///
/// Without a limit they are only counted: callers who hang up are then noticed late, out of order.
#[derive(Debug)]
pub(super) struct Lines {
    limit: u32,
    held: u32,
    since: f64,
    sums: LineSums,
}

impl Lines {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit, held: 0, since: 0.0, sums: LineSums::default() }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.limit);
    }

    #[inline(always)]
    pub(super) fn all_held(&self) -> bool {
        self.held >= self.limit
    }

    #[inline(always)]
    pub(super) fn take(&mut self, now: f64) {
        self.pass(now);
        self.held += 1;
        self.sums.most = self.sums.most.max(f64::from(self.held));
    }

    #[inline(always)]
    pub(super) fn give_back(&mut self, now: f64) {
        self.pass(now);
        self.held -= 1;
    }

    /// Hands over what was seen since the last time.
    pub(super) fn take_sums(&mut self, now: f64) -> LineSums {
        self.pass(now);
        std::mem::replace(
            &mut self.sums,
            LineSums { most: f64::from(self.held), ..LineSums::default() },
        )
    }

    #[inline(always)]
    fn pass(&mut self, now: f64) {
        if self.limit < u32::MAX {
            let passed = now - self.since;
            self.sums.held += f64::from(self.held) * passed;
            self.sums.full += if self.all_held() { passed } else { 0.0 };
            self.since = now;
        }
    }
}
