//! Quality samples: how many recordings, which ones, and how well they stand for the rest.

pub mod samples;
pub mod scores;
mod turns;
