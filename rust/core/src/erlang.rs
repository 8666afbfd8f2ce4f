//! Erlang B, C and A: what callers meet at given agents and load.

pub mod blocking;

pub use blocking::blocking;
