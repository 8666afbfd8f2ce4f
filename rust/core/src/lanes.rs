//! Independent systems side by side: instruction sets, the cells of a block, and their order by method.

mod cells;
mod sets;
mod sorted;

pub use cells::{Cells, LANES, LaneGroup, Lanes, largest, smallest};
pub use sets::{Arithmetic, Fused, InstructionSet, LaneKernel, Plain};
pub use sorted::{BLOCK, Sorted};
