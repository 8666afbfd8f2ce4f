//! Quality samples: how many recordings, which ones, and how well they stand for the rest.

pub mod agreement;
pub mod allocation;
pub mod bounds;
pub mod control;
mod cube;
pub mod draw;
pub mod estimate;
pub mod funnel;
pub mod identities;
mod partition;
pub mod recordings;
pub mod sample_size;
mod sheet;
mod shortlist;
mod systematic;
mod turns;
