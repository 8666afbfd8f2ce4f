//! Quality samples and their scores.

pub(crate) mod samples;
pub(crate) mod scores;
