//! Which recordings are reviewed.

pub(crate) mod allocation;
pub(crate) mod identities;
pub(crate) mod sample_size;
pub(crate) mod sampling;

/// Rows between two looks at Ctrl-C: some milliseconds.
const ROWS_PER_LOOK: usize = 1 << 16;
