//! Quality samples: how many recordings, which ones, and how well they stand for the rest.

pub mod draw;
mod partition;
pub mod recordings;
mod sheet;
mod systematic;
