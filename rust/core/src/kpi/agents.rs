//! Agents over time: their states by interval, and calls in progress beside the agents on them.

mod concurrency;
mod spells;

pub use concurrency::{InProgress, Stretches, concurrency};
pub use spells::{Ordered, SPLIT, Spells, StateSums, order_spells};
