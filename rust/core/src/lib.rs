//! Call-centre statistics as plain Rust: queue models, staffing, key figures and quality samples.
//!
//! Kernels are pure functions of `f64`; [`grid`] runs them over broadcast columns on several threads.
//! Nothing here knows Python.

mod choices;
pub mod compare;
pub mod day;
pub mod domain;
pub mod erlang;
pub mod error;
pub mod forecast;
pub mod grid;
pub mod intervals;
pub mod kpi;
pub mod lanes;
pub mod numeric;
pub mod qa;
pub mod rng;
pub mod simulate;
pub mod staffing;
pub mod threads;

pub use error::{Error, Result};
