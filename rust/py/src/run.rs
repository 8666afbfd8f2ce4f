//! Long work: the interpreter released, Ctrl-C noticed, errors converted.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use callstats_core::threads::Run;
use pyo3::prelude::*;

use crate::error;

/// How often a long call looks for Ctrl-C: a fifth of what a person notices.
const SIGNALS_EVERY: Duration = Duration::from_millis(20);

/// Does `work` without the interpreter, on at most so many threads, and looks for signals meanwhile.
///
/// Everything that can last goes through here, however few its rows: a day of three rows can take as long
/// as a million cells of a formula. What is bounded by about a millisecond goes through [`attached`].
pub(crate) fn released<T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    work: impl FnOnce(&Run<'_>) -> callstats_core::Result<T> + Send,
) -> PyResult<T> {
    let raised = Mutex::new(None);
    let outcome = py.detach(|| {
        let asked = Mutex::new(Some(Instant::now()));
        let interrupted = || {
            let Ok(mut last) = asked.lock() else { return true };
            // A signal that was raised once stops every later look, too.
            let Some(at) = *last else { return true };
            if at.elapsed() < SIGNALS_EVERY {
                return false;
            }
            *last = Some(Instant::now());
            // The method itself is not general enough over the interpreter's lifetime.
            #[allow(clippy::redundant_closure_for_method_calls)]
            let Err(signal) = Python::attach(|py| py.check_signals()) else {
                return false;
            };
            if let Ok(mut raised) = raised.lock() {
                *raised = Some(signal);
            }
            *last = None;
            true
        };
        work(&Run { threads, interrupted: &interrupted })
    });
    match raised.into_inner() {
        Ok(Some(signal)) => Err(signal),
        _ => outcome.map_err(|failure| error::convert(py, &failure)),
    }
}

/// Does `work` of at most about a millisecond, for which releasing the interpreter would not pay.
pub(crate) fn attached<T>(
    py: Python<'_>,
    work: impl FnOnce(&Run<'_>) -> callstats_core::Result<T>,
) -> PyResult<T> {
    let run = Run { threads: Some(1), interrupted: &|| false };
    work(&run).map_err(|failure| error::convert(py, &failure))
}
