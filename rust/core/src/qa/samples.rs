//! Which recordings are reviewed: sizes, allocations to strata, and the draw itself.

pub mod allocation;
pub mod bounds;
mod cube;
pub mod identities;
mod partition;
pub mod recordings;
pub mod sample_size;
pub mod sampling;
mod sheet;
mod shortlist;
mod systematic;
