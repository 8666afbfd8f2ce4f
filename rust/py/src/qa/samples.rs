//! Which recordings are reviewed.

pub(crate) mod allocation;
pub(crate) mod identities;
pub(crate) mod sample_size;
pub(crate) mod sampling;
