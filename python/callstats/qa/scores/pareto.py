"""Errors by category: which few make most of them, and what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import intervals
from callstats._tables import categories
from callstats._tables.checks import confidence_level, must_be
from callstats._tables.columns import numbers, require_values, to_pandas
from callstats._tables.frames import from_columns, read, require
from callstats._tables.truths import TRUTH, truths

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame


def error_pareto(
    checks: Frame,
    *,
    category: str = "category",
    error: str = "error",
    call: str = "call_id",
    period: str | None = None,
    confidence: float = 0.95,
) -> Frame:
    """Errors by category, the commonest first, as rates of the evaluated calls, with their change.

    Parameters
    ----------
    checks : DataFrame
        One row an item checked in a call. A call without any error must be there too, with 0: else
        rates would be of the calls that have errors.
    category : str
        Column with the kind of error; may be missing where there is none.
    error : str
        Column with the number of errors: 0, 1 or more, or true and false. Missing: not checked.
    call : str
        Column with the call.
    period : str, optional
        Column with the month or week. Figures are then of the last one, and changes since the one
        before.
    confidence : float, default 0.95
        Two-sided confidence of the limits; > 0 and < 1.

    Returns
    -------
    DataFrame
        One row a category, by falling number of errors: the column of `category`, ``errors``, their
        ``share`` of all errors and ``cumulative_share``; ``calls`` with such an error of the
        ``evaluated``, ``rate, low, high`` (Wilson); ``errors_per_call``. With `period` also
        ``previous_calls, previous_evaluated, previous_rate``, ``change``, the difference of the
        rates, with ``change_low`` and ``change_high`` (Newcombe), and ``relative_change``.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A negative number of errors; an error without a category; a missing call or period.

    Notes
    -----
    Every category counts as checked in every evaluated call. With many categories some change by
    chance: one in twenty leaves its 95 % limits.

    Examples
    --------
    >>> import pandas as pd
    >>> checks = pd.DataFrame({
    ...     "call_id": [1, 1, 2, 2, 3, 3, 4, 4],
    ...     "category": ["greeting", "data protection"] * 4,
    ...     "error": [1, 0, 1, 1, 0, 0, 1, 0],
    ... })
    >>> error_pareto(checks)[["category", "errors", "cumulative_share", "evaluated", "rate"]]
              category  errors  cumulative_share  evaluated  rate
    0         greeting       3              0.75          4  0.75
    1  data protection       1              1.00          4  0.25
    """
    frame = read(checks, "checks")
    require(frame, [category, error, call, *([period] if period else [])], "checks")
    confidence_level(confidence)
    kinds, values = categories.coded(to_pandas(frame[category]))
    errors = _errors(frame, error, kinds)
    calls, _ = _known(frame, call, "call")
    known = ~np.isnan(errors)
    last = previous = known
    if period:
        periods, found = _known(frame, period, "period")
        last, previous = (known & (periods == len(found) - back) for back in (1, 2))
    size = len(values)
    now = _Counts(size, kinds, errors, calls, last)
    order = np.lexsort((np.arange(size), -now.errors))
    total = now.errors.sum()
    columns: dict[str, Any] = {category: [values[at] for at in order]}
    columns["errors"] = now.errors[order].astype(np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns["share"] = now.errors[order] / total
        columns["cumulative_share"] = np.cumsum(now.errors[order]) / total
        rate = now.calls / now.evaluated
        limits = intervals.proportion(now.calls, now.evaluated, confidence=confidence)
        columns["calls"] = now.calls[order].astype(np.int64)
        columns["evaluated"] = now.evaluated.astype(np.int64)
        columns |= {"rate": rate[order], "low": limits.low[order], "high": limits.high[order]}
        columns["errors_per_call"] = (now.errors / now.evaluated)[order]
        if period:
            before = _Counts(size, kinds, errors, calls, previous)
            columns |= _change(now, before, order, confidence)
    return from_columns(columns, like=frame)


class _Counts:
    """Errors, calls that have them, and calls evaluated, by category."""

    def __init__(
        self,
        size: int,
        kinds: NDArray[np.int32],
        errors: NDArray[np.float64],
        calls: NDArray[np.int32],
        rows: NDArray[np.bool_],
    ) -> None:
        wrong = rows & (errors > 0)
        self.errors = np.bincount(kinds[wrong], errors[wrong], minlength=size)
        pairs = np.unique(np.column_stack([kinds[wrong], calls[wrong]]), axis=0)
        self.calls = np.bincount(pairs[:, 0], minlength=size).astype(np.float64)
        self.evaluated = np.full(size, float(len(np.unique(calls[rows]))))


def _change(
    now: _Counts, before: _Counts, order: NDArray[np.int64], confidence: float
) -> dict[str, NDArray[Any]]:
    rates = now.calls / now.evaluated, before.calls / before.evaluated
    limits = intervals.difference(
        (now.calls, now.evaluated), (before.calls, before.evaluated), confidence=confidence
    )
    columns = {
        "previous_calls": before.calls.astype(np.int64),
        "previous_evaluated": before.evaluated.astype(np.int64),
        "previous_rate": rates[1],
        "change": rates[0] - rates[1],
        "change_low": limits.low,
        "change_high": limits.high,
        "relative_change": np.where(rates[1] > 0, rates[0] / rates[1] - 1, np.nan),
    }
    return {name: column[order] for name, column in columns.items()}


def _errors(frame: nw.DataFrame[Any], error: str, kinds: NDArray[np.int32]) -> NDArray[np.float64]:
    import narwhals as nw

    series = frame[error]
    found = truths(series)
    if series.dtype in (nw.Boolean, nw.String) or not found.unread.any():
        must_be(f"column {error!r} of checks", series.to_list(), TRUTH, found.unread)
        errors = np.where(found.missing, np.nan, found.true)
    else:
        errors = numbers(frame, error, "checks")
    argument = f"column {error!r} of checks"
    must_be(argument, errors, ">= 0 and finite", (errors < 0) | np.isinf(errors))
    must_be(argument, errors, "0 where there is no category", (errors > 0) & (kinds < 0))
    return errors


def _known(frame: nw.DataFrame[Any], name: str, role: str) -> tuple[NDArray[np.int32], list[Any]]:
    """A column without missing values: codes in the order of its values, and the values."""
    series = to_pandas(frame[name])
    require_values(series, name, role)
    return categories.coded(series)
