"""Profiles of the day, and day totals spread over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames, groups
from callstats._tables.arrays import thread_count
from callstats._tables.checks import must_be, one_of
from callstats._tables.periods import MISSING, labels
from callstats._tables.table import Rule, Table
from callstats.errors import InvalidDataError
from callstats.forecast import history as histories
from callstats.forecast import special as specials
from callstats.forecast.fitting import half_life_days, slot_times, text_column
from callstats.forecast.history import DAY, NS, VOLUME, clock_of, day_of
from callstats.forecast.prediction import slot_instants
from callstats.forecast.special import WEEKDAYS

if TYPE_CHECKING:
    import datetime

    from callstats.typing import Durations, Frame, Threads

#: The queue of profiles that name none.
_ANY = object()
_SHARE = Rule("be >= 0 and finite", lambda v: np.isnan(v) | ((v >= 0) & (v < np.inf)))


def profile(
    history: Frame,
    *,
    by: str = "weekday",
    half_life: Durations = "56D",
    shrink: bool = True,
    special: Frame | None = None,
    queue: str | None = "queue",
    start: str = "start",
    volume: str = "volume",
    interval: Durations | None = None,
    timezone: str | datetime.tzinfo | None = None,
    threads: Threads = None,
) -> Frame:
    """How the day's calls spread over its intervals, by queue and weekday.

    Parameters
    ----------
    history, special, queue, start, volume, interval, timezone
        As in `fit`; special days are left out.
    by : {"weekday", "day"}
        A profile for each weekday, or one for all days, whose `weekday` is "all".
    half_life : duration, default "56D"
        Age at which a day weighs half; ``float("inf")``: all weigh the same.
    shrink : bool, default True
        Draw each weekday to the others as far as chance explains the difference.
    threads : int, optional
        Threads at most; the result does not depend on it.

    Returns
    -------
    DataFrame
        One row a queue, weekday and open interval: `queue, weekday, time, share, calls`. Shares of
        a day add up to 1; `calls` are those that were counted.

    Notes
    -----
    Shares are sums of weighted calls over sums of weighted day totals. With p0 the mean of the
    other weekdays, weighed by their agreement, s the variance of a share by chance and d^2 the
    squared distance, the result is B p0 + (1 - B) p with B = s / max(d^2 - s0, s).

    Examples
    --------
    >>> import pandas as pd
    >>> starts = pd.to_datetime(["2025-03-03 09:00", "2025-03-03 09:30", "2025-03-03 10:00"])
    >>> history = pd.DataFrame({"queue": "sales", "start": starts, "volume": [10, 30, 60]})
    >>> profile(history)
       queue weekday   time  share  calls
    0  sales  monday  09:00    0.1   10.0
    1  sales  monday  09:30    0.3   30.0
    2  sales  monday  10:00    0.6   60.0
    """
    one_of("by", by, ("weekday", "day"))
    one_of("shrink", shrink, (True, False))
    read = histories.read(
        history, queue=queue, start=start, volume=volume, interval=interval, timezone=timezone
    )
    names = read.names()
    calendar = specials.read(special, names.to_list())
    found = _core.forecast_profiles(
        read.rows.columns(),
        (read.clock(0), read.step, half_life_days(half_life), (False, False, 0)),
        calendar.coded(()),
        (bool(shrink), by == "day"),
        thread_count(threads),
    )
    shape = (read.rows.queues, len(WEEKDAYS), DAY // read.step)
    share, calls = found["shares"].reshape(shape), found["calls"].reshape(shape)
    code, weekday, slot = (each.astype(np.int64) for each in np.nonzero(~np.isnan(share)))
    words = WEEKDAYS if by == "weekday" else ("all",) * len(WEEKDAYS)
    like = read.table.frame
    columns = {
        "queue": groups.take(names, code),
        "weekday": text_column("weekday", words, weekday, like),
        "time": text_column("time", slot_times(read.step), slot, like),
        "share": share[code, weekday, slot],
        "calls": calls[code, weekday, slot],
    }
    return frames.result(like, {}, columns, {"function": "forecast.profile"})


def split(totals: Frame, profile: Frame) -> Frame:
    """Day totals over the intervals of the day, sums kept.

    Parameters
    ----------
    totals : DataFrame
        `queue, date, volume` (or `start` in place of `date`, as `forecast.totals` gives it): a
        planner's day totals; `aht` goes along where there is one.
    profile : DataFrame
        `queue, weekday, time, share`, as `profile` gives it. A weekday of "all" is any day's;
        without `queue` the profile is that of all queues.

    Returns
    -------
    DataFrame
        `queue, start, volume`, and `aht` if it was there: a row an interval. The shares of a day
        are divided by their sum, so that intervals add up to the total.

    Raises
    ------
    ValueError
        A day with calls whose queue and weekday have no profile.

    Examples
    --------
    >>> import pandas as pd
    >>> profile = pd.DataFrame(
    ...     {"queue": "sales", "weekday": "all", "time": ["09:00", "10:00"], "share": [0.25, 0.75]}
    ... )
    >>> totals = pd.DataFrame({"queue": ["sales"], "date": ["2025-03-03"], "volume": [200]})
    >>> split(totals, profile)[["start", "volume"]]
                    start  volume
    0 2025-03-03 09:00:00    50.0
    1 2025-03-03 10:00:00   150.0
    """
    table = Table(totals, "totals", remedy="")
    date = "date" if table.has("date") or not table.has("start") else "start"
    table.require("queue", date, "volume")
    instants = table.instants(date, "the day would be lost")
    table.require_known(date, instants == MISSING, "the day would be lost")
    volumes = table.numbers("volume", VOLUME, "the day would be lost")
    table.settle()
    span = (int(instants.min()), int(instants.max())) if table.rows else (0, 0)
    days = day_of(clock_of(table.zone, *span), instants)
    shapes = _shapes(profile)
    names = table.frame["queue"].to_list()
    rows, seconds, shares = [], [], []
    for row, (name, day) in enumerate(zip(names, days, strict=True)):
        weekday = WEEKDAYS[(day + 3) % 7]
        own = next((shapes[key] for key in _keys(name, weekday) if key in shapes), [])
        sum_ = float(np.sum([share for _, share in own]))
        if not sum_ > 0 and volumes[row] > 0:
            _refuse(table, row, name, day)
        rows += [row] * len(own)
        seconds += [second for second, _ in own]
        shares += [share / sum_ if sum_ > 0 else 0.0 for _, share in own]
    at = np.array(rows, np.int64)
    times = np.array(seconds, np.int64) * NS
    none = np.zeros(at.size, np.int64)
    starts = slot_instants(table.zone, days[at] if at.size else at, times, none, 1)
    columns: dict[str, Any] = {
        "queue": groups.take(table.frame["queue"], at).alias("queue"),
        "start": labels("start", starts, table.zone, table.frame),
        "volume": volumes[at] * np.array(shares, np.float64),
    }
    if table.has("aht"):
        columns["aht"] = table.seconds("aht", "the handle time would be lost")[at]
    return frames.result(table.frame, {}, columns, {"function": "forecast.split"})


def _keys(queue: Any, weekday: str) -> list[tuple[Any, str]]:
    """Profiles that a day may have, the nearest first."""
    return [(queue, weekday), (queue, "all"), (_ANY, weekday), (_ANY, "all")]


def _refuse(table: Table, row: int, name: Any, day: int) -> None:
    date = np.datetime64(int(day), "D")
    raise InvalidDataError(
        argument="profile",
        rule="have shares for each day with calls",
        value=name,
        got=f"none for queue {name!r} on {date}, a {WEEKDAYS[(day + 3) % 7]},",
        position=row,
        place=f"position {row} of totals",
        bad=1,
        total=table.rows,
    )


def _shapes(profile: Frame) -> dict[tuple[Any, str], list[tuple[int, float]]]:
    """Of each queue and weekday, the seconds of the day at which intervals begin, and shares."""
    table = Table(profile, "profile", remedy="")
    table.require("weekday", "time", "share")
    names = table.frame["queue"].to_list() if table.has("queue") else [_ANY] * table.rows
    shares = table.numbers("share", _SHARE, "the day would not add up")
    table.settle()
    times = table.frame["time"].to_list()
    found: dict[tuple[Any, str], list[tuple[int, float]]] = {}
    weekdays = table.frame["weekday"].to_list()
    strange = np.array([str(day).lower() not in (*WEEKDAYS, "all") for day in weekdays], bool)
    must_be(
        "profile: weekday", np.array(weekdays, dtype=object), "a weekday such as 'monday'", strange
    )
    for row, name in enumerate(names):
        if not np.isnan(shares[row]):
            key = (name, str(weekdays[row]).lower())
            found.setdefault(key, []).append((_seconds(times[row], row), float(shares[row])))
    return {key: sorted(own) for key, own in found.items()}


def _seconds(time: Any, row: int) -> int:
    """The second of the day of a time as text or as `datetime.time`."""
    text = str(time)
    parts = text.split(":")
    if len(parts) in (2, 3) and all(part.isdigit() for part in parts):
        hours, minutes, seconds = (*map(int, parts), 0)[:3]
        if hours < 24 and minutes < 60 and seconds < 60:
            return hours * 3600 + minutes * 60 + seconds
    msg = f"profile: time must be a time of the day such as '09:30'; got {text!r} at position {row}"
    raise ValueError(msg)
