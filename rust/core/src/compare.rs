//! Did it help? Teams and periods compared: exact permutations, power, series that drift.
//!
//! The unit is what was assigned: a team, a counter, a day. Calls within it are no evidence of their own.

pub mod adjust;
pub mod change_point;
pub mod choosing;
pub mod clusters;
pub mod drift;
pub mod halves;
pub mod joint;
pub mod limits;
pub mod permutations;
pub mod pilots;
pub mod power;
pub mod ranks;
pub mod splits;
pub mod student;
