//! Arguments that are one of a few names.

use crate::error::Error;

/// An enum whose variants have names: `name()`, and a parser whose error names the argument, every
/// choice, and what came instead.
macro_rules! choices {
    (
        $(#[$doc:meta])*
        pub enum $type:ident called $argument:literal {
            $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $type {
            /// The name in Python.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::error::Error;

            fn from_str(name: &str) -> $crate::error::Result<Self> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err($crate::choices::unknown($argument, &[$($name),+], name)),
                }
            }
        }
    };
}

pub(crate) use choices;

/// The error for a `name` that is none of `choices`.
pub(crate) fn unknown(argument: &str, choices: &[&str], name: &str) -> Error {
    let quoted: Vec<_> = choices.iter().map(|choice| format!("'{choice}'")).collect();
    let listed = match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    };
    Error::Usage(format!("{argument} must be {listed}; got '{name}'"))
}

#[cfg(test)]
mod tests {
    use crate::erlang::Definition;

    #[test]
    fn names_parse_and_others_are_refused_with_every_choice() {
        let names = [
            "offered",
            "answered",
            "exclude_abandoned_within",
            "count_abandoned_within",
            "virtual",
        ];
        for name in names {
            assert_eq!(name.parse::<Definition>().unwrap().name(), name);
        }
        assert_eq!(
            "Offered".parse::<Definition>().unwrap_err().to_string(),
            "definition must be 'offered', 'answered', 'exclude_abandoned_within', 'count_abandoned_within' or 'virtual'; got 'Offered'"
        );
    }
}
