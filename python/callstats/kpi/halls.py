"""Service halls: the figures of queues on tickets taken, called and finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats.kpi import groups
from callstats.kpi.log import Log
from callstats.kpi.periods import MISSING, NANOSECONDS, labels
from callstats.kpi.summary import summarize

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from callstats.kpi.definitions import Definitions
    from callstats.kpi.opening import BusinessHours
    from callstats.typing import Frame, OnError

__all__ = ["halls", "visits_as_calls"]


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
    ticket that was never called has no wait and is left to `on_error`, as are tickets still open.

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
    return summarize(
        visits_as_calls(visits, timezone=timezone),
        by=by,
        freq=freq,
        threshold=threshold,
        definition=definition,
        short_abandon=short_abandon,
        timezone=timezone,
        hours=hours,
        on_error=on_error,
    )


def visits_as_calls(visits: Frame, *, timezone: str | datetime.tzinfo | None = None) -> Frame:
    """Hall tickets as a log of calls, for every function of such a log.

    Parameters
    ----------
    visits : DataFrame
        As in `halls`.
    timezone : str, optional
        The zone of times that have none.

    Returns
    -------
    DataFrame
        The visits with `arrival` (taken), `answer` (called, of the served), `wait`, `outcome`
        (answered, abandoned) and `talk` (time at the counter) in place of their own times; the
        other columns as they were, so that `patience` or `concurrency` by `hall` read it.

    Raises
    ------
    ValueError
        A column is missing, a time cannot be read, or one is before the time that it follows.

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
    import narwhals as nw

    # Rows that break a rule are left to the function of the log that reads the result.
    log = Log(visits, "visits", on_error="flag", timezone=timezone)
    log.require("taken", "called", *(() if log.has("outcome") else ("finished",)))
    effect = "the visit cannot be placed"
    taken, called = log.instants("taken", effect), log.instants("called", effect)
    finished = (
        log.instants("finished", effect) if log.has("finished") else np.full(log.rows, MISSING)
    )
    unread = [p for p in log.problems if p.column in {"taken", "called", "finished"}]
    if unread:
        from callstats.errors import InvalidDataError

        first = unread[0]
        msg = (
            f"{first.sentence}; got {first.example} at {log.place(int(first.rows[0]))} "
            f"({first.rows.size} bad of {log.rows}). kpi.canonical(visits, 'visits') reads other "
            "notations, or leaves such rows out with on_error='drop'"
        )
        raise InvalidDataError(msg)
    served = finished != MISSING
    if log.has("outcome"):
        words = log.frame["outcome"].to_list()
        told = np.array([word in _OUTCOMES for word in words], bool)
        served = np.where(told, np.array([word == "served" for word in words], bool), served)
    was_called = (taken != MISSING) & (called != MISSING)
    waited = np.where(was_called, called, 0) - np.where(was_called, taken, 0)
    wait = np.where(was_called, waited / NANOSECONDS, np.nan)
    at_counter = served & (called != MISSING) & (finished != MISSING)
    talk = (np.where(at_counter, finished, 0) - np.where(at_counter, called, 0)) / NANOSECONDS
    outcome = np.where(served, "answered", "abandoned").tolist()
    backend = log.frame.implementation
    kept = [
        name for name in log.frame.columns if name not in {"taken", "called", "finished", "outcome"}
    ]
    rows = np.arange(log.rows)
    keys = {name: groups.take(log.frame[name], rows) for name in kept}
    answer = np.where(served, called, MISSING)
    figures: dict[str, Any] = {
        "arrival": labels("arrival", taken, log.zone, log.frame),
        "wait": wait,
        "outcome": nw.new_series("outcome", outcome, nw.String(), backend=backend),
        "answer": labels("answer", answer, log.zone, log.frame),
        "talk": np.where(at_counter, talk, np.nan),
    }
    made: Frame = groups.result_frame(log.frame, keys, figures, {"function": "visits_as_calls"})
    return made


_OUTCOMES = ("served", "no_show")
