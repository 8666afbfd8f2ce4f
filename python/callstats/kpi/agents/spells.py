"""Time over intervals: what agents did, and how many calls were in progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables import frames, groups, periods
from callstats._tables.checks import column_names
from callstats.kpi.calls.definitions import Definitions
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from callstats._tables.table import Grouped, Table
    from callstats.typing import Frame, OnError

#: The states of an agent; the place is the core's number.
STATES = ("available", "ring", "talk", "hold", "acw", "aux", "break", "training", "offline")

_SPLIT = ("total", "covered", "overlap")
#: What states are added up to.
_SUMS = {"logged_in": STATES[:-1], "handle": ("talk", "hold", "acw")}
_SHARES = ("occupancy", "logged_in_occupancy", "paid_utilisation", "shrinkage")
_PRODUCTIVE = ("available", "ring", "talk", "hold", "acw", "training")
_NO_TIME = "the row's time cannot be counted"
_OPEN = "nobody knows how long the row lasted"


def states(
    spells: Frame,
    *,
    freq: Any,
    by: str | Sequence[str] = "agent",
    timezone: str | datetime.tzinfo | None = None,
    ring: Literal["excluded", "busy", "idle"] = "excluded",
    productive: str | Sequence[str] = _PRODUCTIVE,
    on_error: OnError = "raise",
) -> Frame:
    """Seconds in each state and occupancy of agents, one row an agent and interval.

    Parameters
    ----------
    spells : DataFrame
        One row a state spell: `start`, `end`, `state` (available, ring, talk, hold, acw, aux,
        break, training, offline) and the columns of `by`.
    freq : duration or "day", "week", "month"
        Length of the intervals, as in `summarize`.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    timezone : str, optional
        The zone of the labels, and of times that have none. Default: that of the times.
    ring : {"excluded", "busy", "idle"}
        Whether ringing counts in the occupancy: not at all, as work, or as waiting.
    productive : str or sequence of str
        The states that count as productive in `paid_utilisation`; users differ, so name them.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule: a spell without an end, one that ends before it
        starts, an unknown state. "drop" leaves them out, "flag" too and counts them in a column
        `flagged` in the interval of their start.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `start`; an interval that no spell touches has no row.

        - `start` and `length` (s) of the interval.
        - A column a state, seconds; all nine are always there. A spell is [start, end) and is split
          exactly; one without length gives its interval a row and no seconds.
        - `total`: all seconds, overlapping spells counted each; `covered`: seconds with at least
          one spell; `overlap` = total - covered, 0 where spells follow one another.
        - `logged_in`: all states but offline; `handle`: talk + hold + acw. Seconds.
        - `occupancy` = handle / (handle + available), `logged_in_occupancy` = handle / logged_in;
          `paid_utilisation` = productive seconds / logged_in, `shrinkage` = 1 - (available + ring
          + handle) / logged_in, with the logged-in time as the paid one; between 0 and 1, NaN where
          there is nothing to divide by.

    Raises
    ------
    ValueError
        A column is missing, or rows break a rule: the message names column, rule, first bad row and
        how many there are. Also when the spells touch more than 50 million intervals, which a wrong
        year in an end time does.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = pd.DataFrame({
    ...     "agent": ["ann", "ann"],
    ...     "start": pd.to_datetime(["2024-03-05 08:50", "2024-03-05 09:10"]),
    ...     "end": pd.to_datetime(["2024-03-05 09:10", "2024-03-05 09:25"]),
    ...     "state": ["available", "talk"],
    ... })
    >>> states(spells, freq="30min")[["start", "available", "talk", "occupancy"]]
                    start  available   talk  occupancy
    0 2024-03-05 08:30:00      600.0    0.0        0.0
    1 2024-03-05 09:00:00      600.0  900.0        0.6
    """
    definitions = Definitions(ring=ring)
    productive = tuple(column_names("productive", productive))
    if unknown := [state for state in productive if state not in STATES]:
        msg = f"productive must name states among {', '.join(STATES)}; got {unknown[0]!r}"
        raise ValueError(msg)
    spacing = periods.parse_freq(freq)
    log = read_log(spells, "spells", on_error=on_error, timezone=timezone)
    log.require("start", "end", "state")
    keys = log.keys(by)
    start, end, unit = log.ticks("start", "end", _NO_TIME)
    state = log.words("state", STATES, _NO_TIME)
    _check_order(log, "start", start, "end", end)
    valid = log.settle()

    # Where their unit is not the nanosecond, all are known and the extremes tell.
    extremes = [np.array([each.min(), each.max()]) * unit for each in (start, end) if unit > 1]
    first, last = extremes or (start, end)
    cut = spacing.cut(first, log.zone, last)
    grouped = log.grouped(keys, valid)
    (group, begins), seconds = _core.kpi_split_states(
        grouped.codes,
        (start, end, unit),
        state,
        (len(STATES), [_places([name]) for name in _SUMS], _shares(definitions, productive)),
        cut,
        len(grouped),
    )
    names = ("length", *_SPLIT, *STATES, *_SUMS, *_SHARES)
    split = dict(zip(names, seconds, strict=True))
    columns = {name: split[name] for name in ("length", *STATES, *_SPLIT, *_SUMS, *_SHARES)}
    about = {
        "function": "states",
        "definitions": definitions.to_dict(),
        "freq": spacing.label,
        "timezone": log.zone.name,
        **log.summary(valid),
    }
    rows = _Rows(group, begins, columns)
    return _frame(grouped, rows, flagged=start[~valid] * unit, cut=cut, about=about)


def _places(names: Iterable[str]) -> list[int]:
    """The numbers of states, and of those that sums are made of."""
    states = {state for name in names for state in _SUMS.get(name, (name,))}
    return sorted(STATES.index(state) for state in states)


def _shares(
    definitions: Definitions, productive: Sequence[str]
) -> list[tuple[list[int], list[int]]]:
    """What is divided by what, as numbers of states."""
    paid = _SUMS["logged_in"]
    away = [state for state in paid if state not in {"available", "ring", *_SUMS["handle"]}]
    ratios = [(ratio.numerator, ratio.denominator) for ratio in definitions.occupancies().values()]
    ratios += [(tuple(productive), paid), (tuple(away), paid)]
    return [(_places(part), _places(whole)) for part, whole in ratios]


def concurrency(
    calls: Frame,
    *,
    freq: Any,
    by: str | Sequence[str] = (),
    start: str | None = None,
    end: str | None = None,
    agent: str = "agent",
    timezone: str | datetime.tzinfo | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """How many calls are in progress, and with how many agents, one row a group and interval.

    Parameters
    ----------
    calls : DataFrame
        One row a call, with the columns below. Calls of every `direction` are counted, unlike in
        `summarize`: outbound and internal ones need lines and agents, too. ``by="direction"``
        tells them apart.
    freq : duration or "day", "week", "month"
        Length of the intervals, as in `summarize`.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    start, end : str, optional
        Columns of the two times; a call is in progress on [start, end). Default: `start` if there
        is such a column, else `arrival`, so that waiting counts as in progress (the lines in use);
        with ``start="answer"`` calls with an agent, and calls never answered stay out. And `end`,
        or where it is not filled, arrival + wait + talk + hold, as far as the log has them.
    agent : str
        Column of the agent; missing where none is known. A column `agent` need not be there.
    timezone : str, optional
        The zone of the labels, and of times that have none. Default: that of the times.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "flag" counts them in a column `flagged` in the
        interval of their start.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `start`; from a group's first interval to its last, those
        without calls too.

        - `start` and `length` (s) of the interval; `in_progress_seconds`: of all calls together.
        - `mean_in_progress` = in_progress_seconds / length; in erlangs, if you like.
        - `peak_in_progress`: the largest number at any one instant. A call that ends as another
          starts does not overlap it.
        - `agents_seen`: distinct known agents with a call that touches the interval. A call without
          length adds its agent, and nothing else.

    Raises
    ------
    ValueError
        A column is missing, or rows break a rule, as in `states`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "start": pd.to_datetime(["2024-03-05 09:00", "2024-03-05 09:05"]),
    ...     "end": pd.to_datetime(["2024-03-05 09:10", "2024-03-05 09:20"]),
    ...     "agent": ["ann", "bob"],
    ... })
    >>> concurrency(calls, freq="15min")[["mean_in_progress", "peak_in_progress", "agents_seen"]]
       mean_in_progress  peak_in_progress  agents_seen
    0          1.333333                 2            2
    1          0.333333                 1            1
    """
    spacing = periods.parse_freq(freq)
    log = read_log(calls, "calls", on_error=on_error, timezone=timezone)
    keys = log.keys(by)
    begins_in = start or ("start" if log.has("start") else "arrival")
    log.require(begins_in)
    begins = log.instants(begins_in, _NO_TIME)
    never_begun = np.zeros(log.rows, bool)
    if begins_in == "answer":
        never_begun = log.frame["answer"].is_null().to_numpy()
    ends, ends_in = _ends(log, end, begins_in, begins)
    _check_order(log, begins_in, begins, ends_in, ends, leave=never_begun)
    valid = log.settle()

    cut = spacing.cut(begins, log.zone, ends)
    grouped = log.grouped(keys, valid)
    log.require(*([agent] if agent != "agent" else ()))
    agents = None
    if log.has(agent):
        agents = groups.coded(log.frame[agent]).codes.astype(np.int32)
    counted = grouped.of(~never_begun)
    whole, seconds = _core.kpi_concurrency(counted.codes, (begins, ends), agents, cut, len(grouped))
    columns = {
        "length": seconds["length"],
        "in_progress_seconds": seconds["seconds"],
        "mean_in_progress": seconds["seconds"] / seconds["length"],
        "peak_in_progress": whole["peak_in_progress"],
        "agents_seen": whole["agents_seen"],
    }
    about = {
        "function": "concurrency",
        "in_progress": [begins_in, ends_in],
        "freq": spacing.label,
        "timezone": log.zone.name,
        **log.summary(valid),
    }
    rows = _Rows(whole["group"], whole["start"], columns)
    return _frame(grouped, rows, flagged=begins[~valid], cut=cut, about=about)


class _Rows:
    """Result rows of the core: group numbers, first instants, figures."""

    def __init__(
        self, group: NDArray[np.int64], start: NDArray[np.int64], columns: dict[str, NDArray[Any]]
    ) -> None:
        self.group = group
        self.start = start
        self.columns = columns


def _check_order(
    log: Table,
    early: str,
    first: NDArray[np.int64],
    late: str,
    second: NDArray[np.int64],
    *,
    leave: NDArray[np.bool_] | None = None,
) -> None:
    """Both times known, and in order."""
    # No instant is less than a missing one.
    if (
        leave is None
        and first.size
        and min(first.min(), second.min()) > periods.MISSING
        and not (second < first).any()
    ):
        return
    looked_at = log.good() if leave is None else log.good() & ~leave
    begun = first != periods.MISSING
    log.report(early, "be known", looked_at & ~begun, _NO_TIME)
    # An end that is made of the beginning is missing with it.
    log.report(late, "be known", looked_at & begun & (second == periods.MISSING), _OPEN)
    known = looked_at & begun & (second != periods.MISSING)
    log.report(late, f"not be before {early}", known & (second < first), _NO_TIME)


def _ends(
    log: Table, end: str | None, begins_in: str, begins: NDArray[np.int64]
) -> tuple[NDArray[np.int64], str]:
    """When calls end, and the name of the column for messages."""
    name = end or "end"
    if end is not None:
        log.require(name)
    if end is not None or begins_in not in {"arrival", "answer"}:
        log.require(name)
        return log.instants(name, _NO_TIME), name
    recorded = log.instants(name, _NO_TIME) if log.has(name) else None
    # What the log of calls says of the end where it does not say it outright.
    parts = ["talk"] if begins_in == "answer" else ["wait"]
    if recorded is None:
        log.require(*parts)
    lasted = log.seconds(parts[0], _NO_TIME).copy()
    for part in ("talk", "hold"):
        if part not in parts and log.has(part):
            seconds = log.seconds(part, _NO_TIME)
            np.add(lasted, seconds, out=lasted, where=~np.isnan(seconds))
    computed = periods.later(begins, lasted)
    if recorded is None:
        return computed, name
    return np.where(recorded == periods.MISSING, computed, recorded), name


def _frame(
    grouped: Grouped, rows: _Rows, *, flagged: NDArray[np.int64], cut: Any, about: dict[str, Any]
) -> Frame:
    """The result of `rows`, in which `flagged` are the starts of rows that break a rule."""
    log = grouped.table
    if log.on_error == "flag":
        starts = periods.interval_starts(flagged, cut)
        rows = _with_flagged(rows, grouped.shown.codes[~grouped.valid], starts)
    keys = log.at(grouped.keys, grouped.example[rows.group])
    start = periods.labels("start", rows.start, log.zone, log.frame)
    return frames.result(log.frame, keys, {"start": start, **rows.columns}, about)


def _with_flagged(
    rows: _Rows, flagged_group: NDArray[np.int32], flagged_start: NDArray[np.int64]
) -> _Rows:
    """The rows with a column that counts flagged ones; intervals with nothing else get a row."""
    places = {
        key: k for k, key in enumerate(zip(rows.group.tolist(), rows.start.tolist(), strict=True))
    }
    counts = np.zeros(len(places), np.int64).tolist()
    extra: dict[tuple[int, int], int] = {}
    for key in zip(flagged_group.tolist(), flagged_start.tolist(), strict=True):
        if key in places:
            counts[places[key]] += 1
        else:
            extra[key] = extra.get(key, 0) + 1
    group = np.concatenate([rows.group, np.array([key[0] for key in extra], np.int64)])
    start = np.concatenate([rows.start, np.array([key[1] for key in extra], np.int64)])
    # A missing start is the least number and belongs last, as missing keys do.
    order = np.lexsort([start, start == periods.MISSING, group])
    columns: dict[str, NDArray[Any]] = {}
    for name, values in rows.columns.items():
        ratio = name in {"length", "mean_in_progress", *_SHARES}
        blank = np.full(len(extra), np.nan) if ratio else np.zeros(len(extra), values.dtype)
        columns[name] = np.concatenate([values, blank])[order]
    columns["flagged"] = np.array([*counts, *extra.values()], np.int64)[order]
    return _Rows(group[order], start[order], columns)
