//! What can go wrong, in words a user can act on.

use std::fmt;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a computation did not give an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// Values outside a parameter's domain.
    Invalid {
        /// The parameter's public name.
        parameter: &'static str,
        /// The rule, to be read after "must be".
        rule: &'static str,
        /// The first value that breaks it.
        value: f64,
        /// Where that value stands; empty for a scalar.
        position: Vec<usize>,
        /// How many values break it.
        bad: usize,
        /// How many values there are.
        total: usize,
    },
    /// Columns whose shapes do not broadcast.
    Shape {
        /// The parameter that does not fit the ones before it.
        parameter: &'static str,
        /// The axis, counted from the last.
        axis_from_end: usize,
        /// Its size there.
        size: usize,
        /// The size the others have there.
        expected: usize,
    },
    /// A call whose pieces do not fit together; the whole message.
    Usage(String),
    /// An iteration met its bound.
    NotConverged {
        /// What was computed.
        what: &'static str,
        /// With which arguments.
        arguments: String,
    },
    /// A legal value whose answer would take unreasonable time or memory.
    Infeasible {
        /// The parameter's public name.
        parameter: &'static str,
        /// Its value.
        value: f64,
        /// Where that value stands; empty for a scalar.
        position: Vec<usize>,
        /// Why, to be read after a colon.
        why: &'static str,
    },
    /// The caller asked to stop.
    Interrupted,
}

impl Error {
    /// The same with a position, if it has none yet.
    #[must_use]
    pub fn placed_at(mut self, index: usize) -> Self {
        if let Self::Infeasible { position, .. } = &mut self
            && position.is_empty()
        {
            position.push(index);
        }
        self
    }

    /// The same with its position, if it is of one dimension, counted from `by` places earlier on.
    #[must_use]
    pub fn later(mut self, by: usize) -> Self {
        if let Self::Infeasible { position, .. } = &mut self
            && let [at] = position.as_mut_slice()
        {
            *at += by;
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { parameter, rule, value, position, bad, total } => {
                write!(f, "{parameter} must be {rule}; got {value:?}")?;
                match position.as_slice() {
                    [] => Ok(()),
                    [at] => write!(f, " at position {at} ({bad} bad of {total})"),
                    at => write!(f, " at position {at:?} ({bad} bad of {total})"),
                }
            }
            Self::Shape { parameter, axis_from_end, size, expected } => write!(
                f,
                "{parameter} does not broadcast with the other arguments: size {size} on axis -{axis_from_end}, where they have {expected}"
            ),
            Self::Usage(message) => f.write_str(message),
            Self::NotConverged { what, arguments } => {
                write!(f, "{what} did not converge for {arguments}")
            }
            Self::Infeasible { parameter, value, position, why } => {
                write!(f, "{parameter}: {value:?}")?;
                match position.as_slice() {
                    [] => Ok(()),
                    [at] => write!(f, " at position {at}"),
                    at => write!(f, " at position {at:?}"),
                }?;
                write!(f, " cannot be computed in reasonable time and memory: {why}")
            }
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for Error {}
