"""How long tickets and their stages take, those still open counted as what they are: unfinished."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _durations, _frames
from callstats.kpi.clock_text import seconds_of
from callstats.kpi.grouping import Grouped, divided, rate
from callstats.kpi.log import Log
from callstats.kpi.periods import MISSING, NANOSECONDS
from callstats.kpi.reported import local_clock
from callstats.kpi.waiting import patience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

__all__ = ["BusinessHours", "handling_time"]

_DAY = 86_400
_EFFECT = "the ticket has no handling time"


@dataclass(frozen=True)
class BusinessHours:
    """A clock that runs in opening hours alone.

    Parameters
    ----------
    opens, closes : str or duration
        Local time of day, such as ``"09:00"`` and ``"18:00"``; closes after it opens, by 24:00 at
        the latest.
    weekdays : str
        A digit 1 or 0 a weekday from Monday on.
    holidays : sequence of dates
        Days on which the clock stands still.

    Examples
    --------
    >>> import numpy as np
    >>> office = BusinessHours("09:00", "17:00")
    >>> friday, monday = np.datetime64("2024-03-01T16:00"), np.datetime64("2024-03-04T10:00")
    >>> office.elapsed(friday, monday)
    7200.0
    """

    opens: Any = "09:00"
    closes: Any = "18:00"
    weekdays: str = "1111100"
    holidays: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        first, last = _time_of_day("opens", self.opens), _time_of_day("closes", self.closes)
        if not 0 <= first < last <= _DAY:
            msg = f"opens must be before closes, within a day; got {self.opens!r}, {self.closes!r}"
            raise ValueError(msg)
        if len(self.weekdays) != 7 or set(self.weekdays) - {"0", "1"} or "1" not in self.weekdays:
            msg = f"weekdays must be 7 digits 0 or 1, not all 0; got {self.weekdays!r}"
            raise ValueError(msg)
        object.__setattr__(self, "holidays", tuple(self.holidays))

    def elapsed(self, start: Any, end: Any) -> Any:
        """Seconds that the clock runs from `start` to `end`, both readings of the local clock."""
        seconds = self._reading(end) - self._reading(start)
        return float(seconds) if np.ndim(seconds) == 0 else seconds

    def _reading(self, moment: Any) -> Any:
        """What the clock shows: seconds that it has run since 1970."""
        moments = np.asarray(moment, dtype="M8[ns]")
        days = moments.astype("M8[D]")
        holidays = np.array(self.holidays, dtype="M8[D]")
        opens, closes = _time_of_day("opens", self.opens), _time_of_day("closes", self.closes)
        length = closes - opens
        rules = {"weekmask": self.weekdays, "holidays": holidays}
        whole = np.busday_count(np.datetime64("1970-01-01"), days, **rules)  # type: ignore[call-overload]
        today = np.is_busday(days, **rules)  # type: ignore[call-overload]
        clock = (moments - days) / np.timedelta64(1, "s")
        return whole * length + np.where(today, np.clip(clock - opens, 0, length), 0)


def _time_of_day(name: str, value: Any) -> float:
    if isinstance(value, datetime.time):
        return value.hour * 3600 + value.minute * 60 + value.second
    if isinstance(value, str) and value.count(":") == 1:
        # 09:00 is nine o'clock here, not nine minutes.
        value = f"{value}:00"
    seconds = seconds_of(value) if isinstance(value, str) else _durations.seconds(name, value)
    if not isinstance(seconds, int | float | np.number):
        msg = f"{name} must be a time of day such as '09:00'; got {value!r}"
        raise TypeError(msg)
    return float(seconds)


def handling_time(
    tickets: Frame,
    *,
    by: str | Sequence[str] = (),
    opened: str = "opened",
    closed: str = "closed",
    limit: Any = None,
    hours: BusinessHours | None = None,
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
    hours : BusinessHours, optional
        Count opening hours alone. Default: the wall clock.
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
    log = Log(tickets, "tickets", on_error=on_error, timezone=timezone)
    keys = log.keys(by, _COLUMNS)
    log.require(opened, closed)
    begun, ended = log.instants(opened, _EFFECT), log.instants(closed, _EFFECT)
    log.report(opened, "be known", begun == MISSING, _EFFECT)
    known = (begun != MISSING) & (ended != MISSING)
    log.report(closed, f"not be before {opened}", known & (ended < begun), _EFFECT)
    last = _moment(until, log) if until is not None else _latest(begun, ended)
    still = ended == MISSING
    log.report(opened, "not be after until", (begun != MISSING) & still & (begun > last), _EFFECT)
    # Closed after the table was made as of `until`: then it was still open.
    still = still | (ended > last)
    grouped = Grouped(log, keys, log.settle())

    stop = np.where(still, last, ended)
    begun = np.where(begun == MISSING, stop, begun)
    if hours is None:
        seconds = (stop - begun) / NANOSECONDS
    else:
        sides = [begun, stop]
        if log.zone.key is not None:
            sides = [local_clock(side, log.zone) for side in sides]
        seconds = np.asarray(hours.elapsed(*(side.view("M8[ns]") for side in sides)))
    seconds = np.where(grouped.codes >= 0, seconds, np.nan)

    counts = {
        "tickets": grouped.counted(),
        "closed": grouped.counted(~still),
        "open": grouped.counted(still),
    }
    total = grouped.added(np.where(still, np.nan, seconds))
    longest = np.full(grouped.count, np.nan)
    np.fmax.at(
        longest, grouped.codes[still & (grouped.codes >= 0)], seconds[still & (grouped.codes >= 0)]
    )
    figures: dict[str, Any] = {
        **counts,
        "mean_closed": divided(total, counts["closed"]),
        **_survival(grouped, seconds, still),
        "oldest_open": longest,
    }
    about: dict[str, Any] = {"until": str(np.datetime64(last, "ns")) if begun.size else None}
    if limit is not None:
        span = float(_durations.seconds("limit", limit))
        if not span > 0:
            msg = f"limit must be > 0 seconds; got {limit!r}"
            raise ValueError(msg)
        met = grouped.counted(~still & (seconds <= span))
        judged = grouped.counted(~still | (seconds > span))
        figures |= rate("on_time", met, judged, confidence)
        about["limit"] = span
    return grouped.frame(figures, "handling_time", **about)


_COLUMNS = (
    "tickets",
    "closed",
    "open",
    "mean_closed",
    "median",
    "mean",
    "oldest_open",
    "on_time",
    "flagged",
)


def _latest(*columns: NDArray[np.int64]) -> int:
    known = [
        int(column[column != MISSING].max()) for column in columns if (column != MISSING).any()
    ]
    return max(known, default=0)


def _moment(until: Any, log: Log) -> int:
    import pandas as pd

    moment = pd.Timestamp(until)
    if log.zone.key is not None:
        moment = moment.tz_localize(log.zone.key) if moment.tzinfo is None else moment
        moment = moment.tz_convert("UTC").tz_localize(None)
    elif moment.tzinfo is not None:
        msg = f"until has a time zone and the times have none; got {until!r}"
        raise ValueError(msg)
    return int(moment.as_unit("ns").value)


def _survival(
    grouped: Grouped, seconds: NDArray[np.float64], still: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """Median and mean by Kaplan and Meier: closing is the event, being open is censored."""
    inside = grouped.codes >= 0
    # The estimate of patience with "hung up" read as "closed".
    cases = _frames.from_columns(
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
        values = np.full(grouped.count, np.nan)
        values[found["group"].to_numpy(np.int64)] = found[column].to_numpy(np.float64)
        made[name] = values
    return made
