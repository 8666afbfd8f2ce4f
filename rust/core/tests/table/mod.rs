//! Rows of the tables under `tests/reference`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A row by column names.
#[derive(Debug)]
pub(crate) struct Row(HashMap<String, String>);

impl Row {
    pub(crate) fn text(&self, column: &str) -> &str {
        self.0.get(column).unwrap_or_else(|| panic!("no column {column}"))
    }

    /// The number in a column; None where it is empty.
    pub(crate) fn optional(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!text.is_empty()).then(|| text.parse().unwrap_or_else(|_| panic!("{column}: {text}")))
    }

    pub(crate) fn number(&self, column: &str) -> f64 {
        self.optional(column).unwrap_or(f64::NAN)
    }
}

/// The rows of `tests/reference/<name>`; lines that start with # tell where it comes from.
pub(crate) fn rows(name: &str) -> impl Iterator<Item = Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned);
    let header: Vec<String> =
        lines.next().expect("a header").split(',').map(str::to_owned).collect();
    lines
        .map(move |line| {
            let fields = line.split(',').map(str::to_owned);
            Row(header.iter().cloned().zip(fields).collect())
        })
        .collect::<Vec<_>>()
        .into_iter()
}
