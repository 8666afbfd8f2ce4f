"""Exceptions day by day and added up, beside the limits that they should keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import frames, groups, periods
from callstats._tables.checks import number, one_of
from callstats._tables.periods import MISSING
from callstats._tables.table import COUNTABLE, Table

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

#: Groups times periods: more comes from a wrong year.
_MOST_CELLS = 50_000_000
_EFFECT = "the event belongs to no day"


def monitor(
    events: Frame,
    *,
    time: str,
    by: str | Sequence[str] = (),
    freq: Any = "day",
    count: str | None = None,
    limit: float | Mapping[Any, float] | None = None,
    cumulative_limit: float | Mapping[Any, float] | None = None,
    reset: Literal["day", "week", "month"] | None = "month",
    since: Any = None,
    until: Any = None,
    timezone: str | datetime.tzinfo | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """Exceptions by day and added up since the month began, with alarms, one row a group and day.

    For whatever should be rare: complaints, faults, missed promises, reports that came late. Days
    without any are rows too. Limits are yours; what a count may do by chance says
    `qa.attribute_chart` on the result with ``kind="c"``. For clocks that a single case should keep
    (a reply in 10 minutes), see `handling_time`.

    Parameters
    ----------
    events : DataFrame
        One row an exception, or several with their `count`.
    time : str
        Column of when it happened.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    freq : duration or "day", "week", "month"
        Length of the periods, as in `summarize`.
    count : str, optional
        Column of how many a row stands for. Default: each row is one.
    limit, cumulative_limit : number or mapping, optional
        The most that a period, and the time since the last reset, should have; a mapping gives each
        value of the one column of `by` its own. More raises an alarm.
    reset : {"day", "week", "month"} or None
        When the cumulative count starts again, by the local calendar. None: never.
    since, until : time, optional
        The first and the last instant that is watched. Default: those of the events.
    timezone : str, optional
        The zone of the labels, and of times that have none. Default: that of the times.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `start`; a row for every group and every period from the first
        to the last. `count`, `cumulative`; with `limit` the columns `limit` and `alarm`, with
        `cumulative_limit` the columns `cumulative_limit` and `cumulative_alarm`; alarms are true
        where the count is above the limit.

    Raises
    ------
    ValueError
        A column is missing, a mapping lacks a group, a limit is negative, or rows break a rule: the
        message names column, rule, first bad row and how many there are.

    Examples
    --------
    >>> import pandas as pd
    >>> complaints = pd.DataFrame({
    ...     "opened": pd.to_datetime(["2024-03-30", "2024-04-01", "2024-04-01"]),
    ... })
    >>> monitor(complaints, time="opened", limit=1)[["start", "count", "cumulative", "alarm"]]
           start  count  cumulative  alarm
    0 2024-03-30      1           1  False
    1 2024-03-31      0           1  False
    2 2024-04-01      2           2   True
    """
    if reset is not None:
        one_of("reset", reset, ("day", "week", "month"))
    spacing = periods.parse_freq(freq)
    log = Table(events, "events", on_error=on_error, timezone=timezone)
    keys = log.keys(by)
    log.require(time, *(() if count is None else (count,)))
    instants, weights, ends = _read(log, time, count, since, until)
    valid = log.settle()

    watched = np.concatenate([instants[valid], ends])
    cut = spacing.cut(watched, log.zone)
    grouped = log.group_rows(keys, shown=valid)
    numbers = _period_numbers(watched, cut, len(grouped), time)
    number = _counted(grouped, numbers, periods.places(instants[valid], cut), weights)
    starts = periods.edges_of(numbers, cut)[0]
    labels = np.tile(starts, len(grouped))
    made: dict[str, Any] = {
        "start": periods.labels("start", labels, log.zone, log.frame),
        "count": number.ravel(),
        "cumulative": _since_reset(number, starts, reset, log).ravel(),
    }
    for name, limits, counted in (
        ("limit", limit, made["count"]),
        ("cumulative_limit", cumulative_limit, made["cumulative"]),
    ):
        if limits is not None:
            most = np.repeat(_limits(name, limits, log, keys, grouped), numbers.size)
            made |= {name: most, name.replace("limit", "alarm"): counted > most}
    about = {
        "function": "monitor",
        "freq": spacing.label,
        "reset": reset,
        "timezone": log.zone.name,
        **log.summary(valid),
    }
    example = np.repeat(grouped.example, numbers.size)
    return frames.result(log.frame, log.at(keys, example), made, about)


def _read(
    log: Table, time: str, count: str | None, since: Any, until: Any
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None, NDArray[np.int64]]:
    """When the events were, how many each row stands for, and the given ends of what is watched."""
    instants = log.instants(time, _EFFECT)
    log.require_known(time, instants == MISSING, _EFFECT)
    weights = None if count is None else log.numbers(count, COUNTABLE, "the row cannot be counted")
    first, last = log.moment("since", since), log.moment("until", until)
    known = log.good()
    if first is not None:
        log.report(time, "not be before since", known & (instants < first), _EFFECT)
    if last is not None:
        log.report(time, "not be after until", known & (instants > last), _EFFECT)
    ends = [each for each in (first, last) if each is not None]
    return instants, weights, np.array(ends, np.int64)


def _period_numbers(
    watched: NDArray[np.int64], cut: Any, count: int, time: str
) -> NDArray[np.int64]:
    """The numbers of the periods from the first to the last instant that is watched."""
    if not watched.size:
        return np.arange(0)
    low, high = periods.places(np.array([watched.min(), watched.max()]), cut).tolist()
    cells = max(count, 1) * (high + 1 - low)
    if cells > _MOST_CELLS:
        raise ValueError(
            f"events: {cells} groups and periods of freq, more than {_MOST_CELLS}; is there a "
            f"wrong year in {time!r}?"
        )
    return np.arange(low, high + 1)


def _counted(
    grouped: groups.Groups,
    numbers: NDArray[np.int64],
    place: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
) -> NDArray[Any]:
    """How many events each group has in each period; `place` is that of the rows with a group."""
    rows, shape = grouped.codes >= 0, (len(grouped), numbers.size)
    cell = grouped.codes[rows] * numbers.size + place - (numbers[0] if numbers.size else 0)
    cells = shape[0] * shape[1]
    if weights is None:
        return np.bincount(cell, minlength=cells).reshape(shape)
    return groups.sums(cell, weights[rows], cells).reshape(shape)


def _since_reset(
    number: NDArray[Any], starts: NDArray[np.int64], reset: str | None, log: Table
) -> NDArray[Any]:
    """Counts added up along each row, beginning again with each calendar period."""
    running = np.cumsum(number, axis=1)
    if reset is None or not starts.size:
        return running
    spacing = periods.parse_freq(reset)
    of = periods.places(starts, spacing.cut(starts, log.zone))
    begins = np.searchsorted(of, of)
    before = np.concatenate([np.zeros((len(number), 1), running.dtype), running], axis=1)
    return np.asarray(running - before[:, begins])


def _limits(
    name: str, limits: Any, log: Table, keys: Sequence[str], grouped: groups.Groups
) -> NDArray[np.float64]:
    """The limit of each group."""
    if isinstance(limits, Mapping):
        if len(keys) != 1:
            raise ValueError(f"{name} by group needs one column in by; got {list(keys)!r}")
        values = groups.take(log.frame[keys[0]], grouped.example).to_list()
        absent = [value for value in values if value not in limits]
        if absent:
            msg = f"{name} must have an entry for every {keys[0]}; none for {absent[0]!r}"
            raise ValueError(msg)
        own = [limits[value] for value in values]
    else:
        number(name, limits, ">= 0", lambda most: most >= 0)
        own = [limits] * len(grouped)
    return np.array([number(name, limit, ">= 0", lambda most: most >= 0) for limit in own])
