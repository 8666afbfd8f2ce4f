//! How many agents a load needs, and how much load agents can bear.

mod batch;
mod goals;
mod lines;
mod plans;
mod requirements;
mod search;

pub use goals::{GOALS, Goal, Goals, Level};
pub use lines::{each_line_requirement, max_line_load, required_lines};
pub use plans::{Work, combine_shrinkage, gross_up, row};
pub use requirements::{each_requirement, max_load, required_agents};
