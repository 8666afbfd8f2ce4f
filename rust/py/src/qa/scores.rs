//! What reviewed scores say.

pub(crate) mod agreement;
pub(crate) mod control;
pub(crate) mod estimation;
pub(crate) mod shrinkage;
