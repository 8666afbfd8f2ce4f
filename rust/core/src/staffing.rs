//! How many agents a load needs, and how much load agents can bear.

mod approximation;
mod batch;
pub mod counters;
mod goals;
pub mod hiring;
mod lines;
mod many_servers;
mod plans;
mod requirements;
pub mod rosters;
mod search;
mod shift_end;
mod wide;

pub use goals::{GOALS, Goal, Goals, ServiceLevelRule};
pub use lines::{each_line_requirement, max_line_load, required_lines};
pub use plans::{IntervalInput, Reason, combine_shrinkage, gross_up, row, wide_row};
pub use requirements::{each_requirement, max_load, required_agents};
pub use shift_end::ShiftEnd;
pub use wide::WideProblem;
