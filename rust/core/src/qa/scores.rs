//! What reviewed scores say: estimates, agreement of raters, control charts, funnels.

pub mod agreement;
pub mod control;
pub mod estimation;
pub mod funnel;
