"""How long tickets and their stages take, those still open counted as what they are: unfinished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.periods import MISSING, NANOSECONDS
from callstats.kpi.calls.opening import OpenTime, several
from callstats.kpi.calls.thresholds import limit as duration
from callstats.kpi.calls.waiting import patience
from callstats.kpi.exports.advice import read_log
from callstats.kpi.rates import rate

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats._tables.groups import Groups
    from callstats.kpi.calls.opening import BusinessHours
    from callstats.typing import Frame, OnError

_EFFECT = "the ticket has no handling time"


def handling_time(
    tickets: Frame,
    *,
    by: str | Sequence[str] = (),
    opened: str = "opened",
    closed: str = "closed",
    limit: Any = None,
    hours: BusinessHours | Sequence[BusinessHours] | None = None,
    until: Any = None,
    timezone: str | datetime.tzinfo | None = None,
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """Handling time of tickets, complaints, stages, repairs or replies, one row a group.

    What is still open has lasted at least so long: it is censored. A mean over the closed ones
    alone looks better the more old cases are left lying. For stages pass ``by="stage",
    opened="start", closed="end"``; for an incident clock the columns of the event and of the reply,
    with a `limit`.

    Parameters
    ----------
    tickets : DataFrame
        One row a case (or stage): when it was opened and closed; a case without `closed` is open.
    by : str or sequence of str
        Columns to group by.
    opened, closed : str
        The columns of the two times.
    limit : duration, optional
        What must be kept: gives `on_time`.
    hours : BusinessHours or a sequence of them, optional
        Count opening hours alone; several hold together. Default: the wall clock.
    until : time, optional
        When the table was made: open cases have lasted until then. Default: the last time in it.
    timezone : str, optional
        The zone of times that have none; opening hours are those of the local clock.
    confidence : float
        Of the limits of rates; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "flag" counts them in a column `flagged`.

    Returns
    -------
    DataFrame
        `tickets`, `closed`, `open`; `mean_closed` (closed ones alone), `median` (Kaplan-Meier: the
        time by which half are closed; NaN if it never comes to that), `mean` (area under the
        Kaplan-Meier curve up to the last case, a lower bound while it ends open), `oldest_open`.
        Seconds. With `limit`: `on_time` with `_low`, `_high`, `_numerator`, `_denominator`: closed
        within it / (closed, or open for longer than it); cases open for less cannot be judged.

    Raises
    ------
    ValueError
        A column is missing, an argument is out of range, or rows break a rule, such as a case
        closed before it was opened.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958), Nonparametric estimation from incomplete observations, JASA
    53.

    Examples
    --------
    >>> import pandas as pd
    >>> tickets = pd.DataFrame({
    ...     "opened": pd.to_datetime(["2024-03-04 09:00", "2024-03-04 09:00", "2024-03-04 09:00"]),
    ...     "closed": pd.to_datetime(["2024-03-04 10:00", "2024-03-04 13:00", None]),
    ... })
    >>> handling_time(tickets, until="2024-03-04 15:00", limit="4h")[
    ...     ["tickets", "open", "mean_closed", "median", "on_time"]
    ... ]
       tickets  open  mean_closed   median   on_time
    0        3     1       9000.0  14400.0  0.666667
    """
    log = read_log(tickets, "tickets", on_error=on_error, timezone=timezone)
    keys = log.keys(by)
    log.require(opened, closed)
    begun, ended = log.instants(opened, _EFFECT), log.instants(closed, _EFFECT)
    log.require_known(opened, begun == MISSING, _EFFECT)
    known = (begun != MISSING) & (ended != MISSING)
    log.report(closed, f"not be before {opened}", known & (ended < begun), _EFFECT)
    last = log.moment("until", until)
    last = _latest(log.good(), begun, ended) if last is None else last
    log.report(opened, "not be after until", begun > last, _EFFECT)
    # Closed after the table was made as of `until`: then it was still open.
    still = (ended == MISSING) | (ended > last)
    grouped = log.grouped(keys, log.settle())

    stop = np.where(still, last, ended)
    begun = np.where(begun == MISSING, stop, begun)
    lasted = stop - begun
    if hours is not None and lasted.size:
        ends = int(min(begun.min(), stop.min())), int(max(begun.max(), stop.max()))
        lasted = OpenTime.of(several(hours), *ends, log.zone).nanoseconds(begun, stop)
    seconds = np.where(grouped.codes >= 0, lasted / NANOSECONDS, np.nan)

    counts = {
        "tickets": grouped.count(),
        "closed": grouped.count(~still),
        "open": grouped.count(still),
    }
    figures: dict[str, Any] = {
        **counts,
        "mean_closed": grouped.mean(np.where(still, np.nan, seconds)),
        **_survival(grouped, seconds, still),
        "oldest_open": grouped.largest(np.where(still, seconds, np.nan)),
    }
    about: dict[str, Any] = {"until": str(np.datetime64(last, "ns")) if begun.size else None}
    if limit is not None:
        span = duration("limit", limit)
        if not span > 0:
            raise ValueError(f"limit must be > 0 seconds; got {limit!r}")
        met = grouped.count(~still & (seconds <= span))
        judged = grouped.count(~still | (seconds > span))
        figures |= rate("on_time", met, judged, confidence)
        about["limit"] = span
    return grouped.result(figures, "handling_time", **about)


def _latest(rows: NDArray[np.bool_], *columns: NDArray[np.int64]) -> int:
    known = [column[rows & (column != MISSING)] for column in columns]
    return max((int(column.max()) for column in known if column.size), default=0)


def _survival(
    grouped: Groups, seconds: NDArray[np.float64], still: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """Median and mean by Kaplan and Meier: closing is the event, being open is censored."""
    inside = grouped.codes >= 0
    # The estimate of patience with "hung up" read as "closed".
    cases = frames.from_columns(
        {
            "group": grouped.codes[inside],
            "wait": seconds[inside],
            "outcome": np.where(still[inside], "answered", "abandoned").astype(object),
        }
    )
    found = patience(cases, by="group")
    sides = {"median": "km_median", "mean": "km_mean"}
    made = {}
    for name, column in sides.items():
        values = np.full(len(grouped), np.nan)
        values[found["group"].to_numpy(np.int64)] = found[column].to_numpy(np.float64)
        made[name] = values
    return made
