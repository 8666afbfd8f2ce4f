//! Long work: the interpreter released, Ctrl-C noticed, errors converted.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use callstats_core::grid::{Invalid, Run};
use pyo3::prelude::*;

use crate::error;

/// Fewer cells than this are a matter of a millisecond, which letting go of the interpreter would not repay.
const DETACH_FROM: usize = 10_000;

/// How often a long call looks for Ctrl-C: a fifth of what a person notices.
const SIGNALS_EVERY: Duration = Duration::from_millis(20);

/// Does `work` over `cells` cells, without the interpreter where that is worth it.
pub(crate) fn released<T: Send>(
    py: Python<'_>,
    cells: usize,
    invalid: Invalid,
    threads: Option<usize>,
    work: impl FnOnce(&Run<'_>) -> callstats_core::Result<T> + Send,
) -> PyResult<T> {
    if cells < DETACH_FROM {
        let run = Run { invalid, threads, interrupted: &|| false };
        return work(&run).map_err(|failure| error::convert(py, &failure));
    }
    let raised = Mutex::new(None);
    let outcome = py.detach(|| {
        let asked = Mutex::new(Instant::now());
        let interrupted = || {
            let Ok(mut last) = asked.lock() else { return true };
            if last.elapsed() < SIGNALS_EVERY {
                return false;
            }
            *last = Instant::now();
            // The method itself is not general enough over the interpreter's lifetime.
            #[allow(clippy::redundant_closure_for_method_calls)]
            let Err(signal) = Python::attach(|py| py.check_signals()) else {
                return false;
            };
            if let Ok(mut raised) = raised.lock() {
                *raised = Some(signal);
            }
            true
        };
        work(&Run { invalid, threads, interrupted: &interrupted })
    });
    match raised.into_inner() {
        Ok(Some(signal)) => Err(signal),
        _ => outcome.map_err(|failure| error::convert(py, &failure)),
    }
}
