//! Simulation of call centres that no formula covers: call types, agent groups and routes between
//! them, with replications in parallel.
//!
//! Every draw is a function of (seed, replication, purpose, call) and of nothing else: it can be taken
//! when it is needed, in any order, and two models see the same callers. A replication is a job of its
//! own; their sums are added in replication order, so the answer does not depend on threads.

mod agents;
mod arrivals;
mod calendar;
mod distribution;
mod draws;
mod engine;
pub mod fit;
mod lines;
mod log;
mod measures;
mod model;
mod moments;
mod replications;
mod sums;
mod waits;

pub use crate::staffing::ShiftEnd;
pub use distribution::Distribution;
pub use log::QueueEntry;
pub use measures::{Estimate, RatioMeasure};
pub use model::{
    AgentChoice, Arrivals, CallType, Callback, Group, Model, Period, Retry, Route, Targets,
};
pub use replications::Simulation;
