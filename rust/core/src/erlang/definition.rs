//! Definitions of the service level.

use crate::choices::choices;

choices! {
    /// The fraction that the service level is. They differ in where abandoned calls count.
    pub enum Definition called "definition" {
        /// Answered within the threshold / offered.
        Offered = "offered",
        /// Answered within the threshold / answered.
        Answered = "answered",
        /// Answered within the threshold / (offered - abandoned within it).
        ExcludeAbandonedWithin = "exclude_abandoned_within",
        /// (Answered or abandoned within the threshold) / offered.
        CountAbandonedWithin = "count_abandoned_within",
        /// P(an infinitely patient caller's wait <= threshold).
        Virtual = "virtual",
    }
}
