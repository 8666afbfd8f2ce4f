//! What a day may cost: every loop asks whether to go on, and none goes on for ever.

use std::cell::Cell;

use crate::error::{Error, Result};

/// Products of a number and a state's probability that one interval may take: a minute or two. An
/// ordinary half hour takes some 1e6.
const MOST_PRODUCTS: f64 = 5e10;

/// States between two looks at Ctrl-C in a long series: some milliseconds.
pub(super) const STATES_PER_LOOK: usize = 1 << 22;

/// What has been spent on an interval, and whether the caller wants to go on.
pub(super) struct Effort<'a> {
    stop: &'a dyn Fn() -> bool,
    products: Cell<f64>,
}

impl<'a> Effort<'a> {
    pub(super) fn new(stop: &'a dyn Fn() -> bool) -> Self {
        Self { stop, products: Cell::new(0.0) }
    }

    /// Starts the next interval.
    pub(super) fn renew(&self) -> Result<()> {
        self.products.set(0.0);
        self.check()
    }

    pub(super) fn stopped(&self) -> bool {
        (self.stop)()
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.stopped() { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Whether so many products more are within reason.
    pub(super) fn affords(&self, products: f64) -> bool {
        self.products.get() + products <= MOST_PRODUCTS
    }

    /// Before so many products are made.
    pub(super) fn spend(&self, products: f64) -> Result<()> {
        self.check()?;
        self.products.set(self.products.get() + products);
        if self.affords(0.0) { Ok(()) } else { Err(too_long()) }
    }
}

/// The error of an interval that takes too long; the interval itself is named by who knows it.
pub(super) fn too_long() -> Error {
    infeasible("too much happens within the interval")
}

/// The error of an interval in which too many calls may be in the system.
pub(super) fn too_many() -> Error {
    infeasible("too many calls may be waiting")
}

fn infeasible(why: &'static str) -> Error {
    Error::Infeasible { parameter: "calls", value: f64::NAN, position: Vec::new(), why }
}
