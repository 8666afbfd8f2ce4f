"""Service halls: the figures of queues on tickets taken, called and finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, groups
from callstats._tables.added_columns import names_beside
from callstats._tables.periods import MISSING, NANOSECONDS, labels
from callstats.kpi.calls.summary import summarize
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats._tables.table import Table
    from callstats.kpi.calls.definitions import Definitions
    from callstats.kpi.calls.opening import BusinessHours
    from callstats.typing import Frame, OnError


def halls(
    visits: Frame,
    *,
    by: str | Sequence[str] = "hall",
    freq: Any = None,
    threshold: Any = "10min",
    definition: Definitions | str | None = None,
    short_abandon: Any = 60,
    timezone: str | datetime.tzinfo | None = None,
    hours: BusinessHours | Sequence[BusinessHours] | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """Waits and services of visitors to halls, one row a hall and interval.

    The figures of `summarize` on hall tickets: a ticket that was called and served is answered, one
    that nobody came for is abandoned. "Within 10 minutes" may be said of the share
    (`service_level`), of the mean (`asa`) or of a percentile (`wait_p90`): all are there.

    Parameters
    ----------
    visits : DataFrame
        One row a ticket: `taken`, `called`, `finished`; `outcome` ("served" or "no_show") where it
        is recorded. Without it a ticket that has no `finished` is a no-show.
    by : str or sequence of str
        Columns to group by.
    freq, threshold, definition, short_abandon, timezone, hours
        As in `summarize`; a no-show within `short_abandon` of the ticket is a short one.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule.

    Returns
    -------
    DataFrame
        The columns of `summarize`: `offered` tickets, `answered` (served), `abandoned` (no-shows),
        waits in seconds, `att` is the mean time at the counter, `abandonment_rate` the share of
        no-shows.

    Raises
    ------
    ValueError
        A column is missing, or rows break a rule.

    Notes
    -----
    How long a no-show waited is known only up to the moment at which the number was called; a
    ticket that was never called has no wait and is left to `on_error`, as are tickets that nobody
    has called yet.

    Examples
    --------
    >>> import pandas as pd
    >>> visits = pd.DataFrame({
    ...     "hall": ["a", "a", "a"],
    ...     "taken": pd.to_datetime(["2024-03-05 09:00", "2024-03-05 09:02", "2024-03-05 09:05"]),
    ...     "called": pd.to_datetime(["2024-03-05 09:04", "2024-03-05 09:20", "2024-03-05 09:10"]),
    ...     "finished": pd.to_datetime(["2024-03-05 09:09", "2024-03-05 09:30", None]),
    ... })
    >>> halls(visits)[["hall", "offered", "answered", "abandoned", "service_level", "asa", "att"]]
      hall  offered  answered  abandoned  service_level    asa    att
    0    a        3         2          1       0.333333  660.0  450.0
    """
    log, calls = _converted(visits, on_error, timezone)
    log.require(*log.keys(by))
    made = summarize(
        calls,
        by=by,
        freq=freq,
        threshold=threshold,
        definition=definition,
        short_abandon=short_abandon,
        timezone=timezone,
        hours=hours,
        on_error=on_error,
    )
    if "callstats" in getattr(made, "attrs", {}):
        made.attrs["callstats"] |= {"function": "halls", **log.summary(log.good())}
    return made


def visits_as_calls(
    visits: Frame, *, timezone: str | datetime.tzinfo | None = None, on_error: OnError = "raise"
) -> Frame:
    """Hall tickets as a log of calls, for every function of such a log.

    Parameters
    ----------
    visits : DataFrame
        As in `halls`.
    timezone : str, optional
        The zone of times that have none.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule. "drop" leaves them out; "flag" keeps them without a
        wait, so that the functions of the log flag them in their turn.

    Returns
    -------
    DataFrame
        The visits with `arrival` (taken), `answer` (called, of the served), `wait`, `outcome`
        (answered, abandoned) and `talk` (time at the counter) in place of their own times; the
        other columns as they were, so that `patience` or `concurrency` by `hall` read it.

    Raises
    ------
    ValueError
        A column is missing, or rows break a rule: a time cannot be read, a ticket was never called,
        a time is before the one that it follows.

    Examples
    --------
    >>> import pandas as pd
    >>> visits = pd.DataFrame({
    ...     "taken": pd.to_datetime(["2024-03-05 09:00", "2024-03-05 09:05"]),
    ...     "called": pd.to_datetime(["2024-03-05 09:04", "2024-03-05 09:10"]),
    ...     "finished": pd.to_datetime(["2024-03-05 09:09", None]),
    ... })
    >>> visits_as_calls(visits)[["wait", "outcome", "talk"]]
        wait    outcome   talk
    0  240.0   answered  300.0
    1  300.0  abandoned    NaN
    """
    log, made = _converted(visits, on_error, timezone)
    names_beside(log.frame.columns, ["arrival", "wait", "answer", "talk"], argument="visits")
    return made


def _converted(
    visits: Frame, on_error: OnError, timezone: str | datetime.tzinfo | None
) -> tuple[Table, Frame]:
    """The log of visits, read, and the log of calls made of it; bad rows have no wait there."""
    log = read_log(visits, "visits", on_error=on_error, timezone=timezone)
    log.require("taken", "called", *(() if log.has("outcome") else ("finished",)))
    taken, called = log.instants("taken", _EFFECT), log.instants("called", _EFFECT)
    finished = np.full(log.rows, MISSING)
    if log.has("finished"):
        finished = log.instants("finished", _EFFECT)
    served = finished != MISSING
    if log.has("outcome"):
        served = _served(log, served)
    log.require_known("taken", taken == MISSING, _EFFECT)
    log.require_known("called", called == MISSING, "nobody knows how long the visitor waited")
    for late, second, early, first in (
        ("called", called, "taken", taken),
        ("finished", finished, "called", called),
    ):
        known = (first != MISSING) & (second != MISSING)
        log.report(late, f"not be before {early}", known & (second < first), _EFFECT)
    valid = log.settle()

    wait = np.where(valid, (np.where(valid, called, 0) - np.where(valid, taken, 0)), 0)
    seconds = np.where(valid, wait / NANOSECONDS, np.nan)
    at_counter = valid & served & (finished != MISSING)
    talk = np.where(at_counter, finished, 0) - np.where(at_counter, called, 0)
    kept = np.flatnonzero(valid) if on_error == "drop" else np.arange(log.rows)
    # Of a ticket that breaks a rule nobody knows how it ended.
    known = np.where(served, "answered", "abandoned").astype(object)
    known[~valid] = None
    own = {"taken", "called", "finished", "outcome"}
    keys = {
        name: groups.take(log.frame[name], kept) for name in log.frame.columns if name not in own
    }
    answer = np.where(served, called, MISSING)
    figures: dict[str, Any] = {
        "arrival": labels("arrival", taken[kept], log.zone, log.frame),
        "wait": seconds[kept],
        "outcome": known[kept].tolist(),
        "answer": labels("answer", answer[kept], log.zone, log.frame),
        "talk": np.where(at_counter, talk / NANOSECONDS, np.nan)[kept],
    }
    about = {"function": "visits_as_calls", **log.summary(valid)}
    return log, frames.result(log.frame, keys, figures, about)


def _served(log: Table, finished: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Who was served by the column `outcome`; where that is missing, who has finished."""
    absent = np.asarray(log.frame["outcome"].is_null().to_numpy(), dtype=bool)
    words = log.words("outcome", _OUTCOMES, _EFFECT, missing=absent)
    return np.where(absent, finished, words == _OUTCOMES.index("served"))


_EFFECT = "the visit cannot be placed"
_OUTCOMES = ("served", "no_show")
