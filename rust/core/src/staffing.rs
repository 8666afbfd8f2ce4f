//! How many agents a load needs, and how much load agents can bear.

mod goals;
mod level;
mod lines;
mod plan;
mod required;
mod search;

pub use goals::{GOALS, Goal, Goals, Level};
pub use lines::{each_line_requirement, max_line_load, required_lines};
pub use plan::{Work, combine_shrinkage, gross_up, row};
pub use required::{each_requirement, max_load, required_agents};
