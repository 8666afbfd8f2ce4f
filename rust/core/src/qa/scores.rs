//! What reviewed scores say: estimates, agreement of raters, control charts, funnels, shrunken means,
//! trends.

pub mod agreement;
pub mod control;
pub mod estimation;
pub mod funnel;
pub mod shrinkage;
pub mod trends;
