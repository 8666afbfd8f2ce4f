//! Erlang B: a system without a queue.

/// Probability that a call is blocked: `lines` lines, offered `load` in erlangs, no queue.
///
/// Domain: whole `lines` >= 0, `load` >= 0. No lines block everything; no load blocks nothing.
///
/// Works on 1/B: one product and one sum a line, all terms positive, so nothing cancels. Where 1/B
/// leaves f64, B is below the smallest double and 0 comes back.
/// Source: the classical recursion in the number of lines.
pub fn blocking(lines: f64, load: f64) -> f64 {
    if lines == 0.0 {
        return 1.0;
    }
    let mut inverse = 1.0;
    let mut k = 1.0;
    while k <= lines {
        inverse = 1.0 + k / load * inverse;
        k += 1.0;
    }
    1.0 / inverse
}
