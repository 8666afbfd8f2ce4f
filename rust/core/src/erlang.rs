//! Erlang B, C and A: what callers meet at given agents and load.
//!
//! One family: patience 0 is B (who finds all agents busy is lost at once), infinite patience is C
//! (nobody hangs up), and everything between is A.

mod batch;
mod delay;
mod impatient;
mod loss;
pub mod measures;
mod probability;
mod queue;
mod redials;
mod system;
mod within;

pub(crate) use batch::Workspace;
pub use batch::{Measure, Question, each_answer, each_queue, for_each_queue};
pub use loss::blocking;
pub use probability::Share;
pub use queue::{Definition, Queue};
pub use redials::load_with_redials;
pub use system::{System, offered_load};
pub use within::Within;
