//! Erlang B, C and A: the steady state of a queue at given agents and load.
//!
//! One family: patience 0 is B (a caller who finds all agents busy is lost at once), infinite patience
//! is C (nobody hangs up), and everything between is A.

mod batch;
mod beyond;
mod definition;
mod delay;
pub mod general;
mod impatient;
mod loss;
pub mod measures;
mod probability;
mod queue;
mod redials;
mod system;
mod within;

pub(crate) use batch::Workspace;
pub use batch::{Measure, Query, each_answer, each_queue, for_each_queue};
pub use beyond::{
    Average, BlendedJobs, CallOutcome, DelayedRedials, PatienceHazard, Redial, WantedWaits,
    WideFigures, WideMeasure, WideModel, WideSystem, load_with_retries,
};
pub use definition::Definition;
pub use loss::blocking;
pub use probability::Probability;
pub use queue::Queue;
pub use redials::load_with_redials;
pub use system::{System, offered_load};
pub use within::Within;
