//! The measures that [`each_queue`](super::each_queue) computes.

use super::batch::Measure;
use super::definition::Definition;
use super::queue::Queue;
use super::within::Within;

/// A figure of the queue alone, by the method that tells it: `Queue::occupancy`.
impl<F: Fn(&Queue) -> f64 + Sync> Measure<1> for F {
    const TIMED: bool = false;

    #[inline(always)]
    fn of(&self, within: &Within<'_>, _operand: f64) -> [f64; 1] {
        [self(within.queue)]
    }
}

/// See [`Queue::asa`](super::Queue::asa).
#[derive(Debug, Clone, Copy)]
pub struct Asa;

impl Measure<1> for Asa {
    const WAITS: bool = true;
    const TIMED: bool = false;

    #[inline(always)]
    fn of(&self, within: &Within<'_>, _operand: f64) -> [f64; 1] {
        [within.asa()]
    }
}

/// Share answered within the time.
#[derive(Debug, Clone, Copy)]
pub struct ServiceLevel(pub Definition);

impl Measure<1> for ServiceLevel {
    #[inline(always)]
    fn of(&self, within: &Within<'_>, _operand: f64) -> [f64; 1] {
        [within.service_level(self.0).value()]
    }
}

/// P(still waiting after the time).
#[derive(Debug, Clone, Copy)]
pub struct WaitSurvival;

impl Measure<1> for WaitSurvival {
    #[inline(always)]
    fn of(&self, within: &Within<'_>, _operand: f64) -> [f64; 1] {
        [within.survival()]
    }
}

/// Lines in use, with the hold time as operand: see
/// [`Queue::trunk_load`](super::Queue::trunk_load).
#[derive(Debug, Clone, Copy)]
pub struct TrunkLoad;

impl Measure<1> for TrunkLoad {
    const TIMED: bool = false;

    #[inline(always)]
    fn of(&self, within: &Within<'_>, hold_time: f64) -> [f64; 1] {
        [within.queue.trunk_load(hold_time)]
    }
}

/// See [`Within::measures`].
#[derive(Debug, Clone, Copy)]
pub struct TableRow(pub Definition);

impl Measure<9> for TableRow {
    const WAITS: bool = true;

    #[inline(always)]
    fn of(&self, within: &Within<'_>, _operand: f64) -> [f64; 9] {
        within.measures(self.0)
    }
}

/// A [`TableRow`] and the [`TrunkLoad`], with the hold time as operand.
#[derive(Debug, Clone, Copy)]
pub struct TableRowWithLines(pub Definition);

impl Measure<10> for TableRowWithLines {
    const WAITS: bool = true;

    #[inline(always)]
    fn of(&self, within: &Within<'_>, hold_time: f64) -> [f64; 10] {
        let [a, b, c, d, e, f, g, h, i] = within.measures(self.0);
        [a, b, c, d, e, f, g, h, i, within.queue.trunk_load(hold_time)]
    }
}
