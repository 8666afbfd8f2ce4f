//! Forecasts of volumes: day totals by filters, intervals by profiles, and how far both may be off.
//!
//! A day's total is the exponential of a linear Gaussian state: [`filters`]. Its intervals take their shares of it:
//! [`profile`]. What varies beyond chance is measured in [`dispersion`], and turned into bounds by
//! [`negative_binomial`]. [`intraday`] weighs a morning by its evidence. One queue is one item of work.

// Days, slots and rows are far below 2^31.
#![allow(clippy::cast_possible_wrap)]

pub mod benchmarks;
pub mod calendar;
pub mod dispersion;
pub mod filters;
pub mod fit;
pub mod history;
pub mod intraday;
pub mod negative_binomial;
pub mod predict;
pub mod profile;
pub mod survey;
pub mod terms;
