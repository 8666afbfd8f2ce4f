//! Erlang B, C and A: what callers meet at given agents and load.
//!
//! One family: patience 0 is B (who finds all agents busy is lost at once), infinite patience is C
//! (nobody hangs up), and everything between is A.

mod blocking;
mod delay;
mod impatient;
pub mod measures;
mod queue;
mod queues;
mod redials;
mod share;
mod system;
mod within;

pub use blocking::blocking;
pub use queue::{Definition, Queue};
pub(crate) use queues::Workspace;
pub use queues::{Measure, Question, each_answer, each_queue, for_each_queue};
pub use redials::load_with_redials;
pub use share::Share;
pub use system::{System, offered_load};
pub use within::Within;
