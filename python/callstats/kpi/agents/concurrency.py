"""Time over intervals: how many calls are in progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import groups, periods
from callstats.kpi.agents.rows import NO_TIME, Rows, check_order, frame_of
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats._tables.groups import Coded
    from callstats._tables.periods import Freq
    from callstats._tables.table import Grouped, Table
    from callstats.typing import Frame, OnError


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
    found = InProgress.read(log, spacing, by=by, start=start, end=end, agent=agent)
    grouped, agents = found.grouped, found.agents
    whole, seconds = _core.kpi_concurrency(
        found.counted,
        (found.begins, found.ends),
        None if agents is None else agents.codes.astype(np.int32),
        found.cut,
        len(grouped),
    )
    about = {
        "function": "concurrency",
        "in_progress": list(found.columns),
        "freq": spacing.label,
        "timezone": log.zone.name,
        **log.summary(grouped.valid),
    }
    rows = Rows(whole["group"], whole["start"], figures_of(whole, seconds))
    return frame_of(grouped, rows, flagged=found.begins[~grouped.valid], cut=found.cut, about=about)


def figures_of(
    whole: Mapping[str, NDArray[Any]], seconds: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The columns of a result, of what the core counted."""
    return {
        "length": seconds["length"],
        "in_progress_seconds": seconds["seconds"],
        "mean_in_progress": seconds["seconds"] / seconds["length"],
        "peak_in_progress": whole["peak_in_progress"],
        "agents_seen": whole["agents_seen"],
    }


@dataclass(frozen=True)
class InProgress:
    """The calls of a log by group, and from when to when they are in progress."""

    grouped: Grouped
    #: The group of each row; negative of one that is not counted.
    counted: NDArray[np.int32]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    #: None where the log has no agents.
    agents: Coded | None
    cut: Any
    #: The columns that the two times are of.
    columns: tuple[str, str]

    @staticmethod
    def read(
        log: Table,
        spacing: Freq,
        *,
        by: str | Sequence[str],
        start: str | None,
        end: str | None,
        agent: str,
    ) -> InProgress:
        """The calls of a log; rows that break a rule are settled."""
        keys = log.keys(by)
        begins_in = start or ("start" if log.has("start") else "arrival")
        log.require(begins_in)
        begins = log.instants(begins_in, NO_TIME)
        never_begun = np.zeros(log.rows, bool)
        if begins_in == "answer":
            never_begun = log.frame["answer"].is_null().to_numpy()
        ends, ends_in = _ends(log, end, begins_in, begins)
        check_order(log, begins_in, begins, ends_in, ends, leave=never_begun)
        valid = log.settle()
        cut = spacing.cut(begins, log.zone, ends)
        grouped = log.grouped(keys, valid)
        log.require(*([agent] if agent != "agent" else ()))
        agents = groups.coded(log.frame[agent]) if log.has(agent) else None
        counted = grouped.of(~never_begun).codes
        return InProgress(grouped, counted, begins, ends, agents, cut, (begins_in, ends_in))


def _ends(
    log: Table, end: str | None, begins_in: str, begins: NDArray[np.int64]
) -> tuple[NDArray[np.int64], str]:
    """When calls end, and the name of the column for messages."""
    name = end or "end"
    if end is not None:
        log.require(name)
    if end is not None or begins_in not in {"arrival", "answer"}:
        log.require(name)
        return log.instants(name, NO_TIME), name
    recorded = log.instants(name, NO_TIME) if log.has(name) else None
    # What the log of calls says of the end where it does not say it outright.
    parts = ["talk"] if begins_in == "answer" else ["wait"]
    if recorded is None:
        log.require(*parts)
    lasted = log.seconds(parts[0], NO_TIME).copy()
    for part in ("talk", "hold"):
        if part not in parts and log.has(part):
            seconds = log.seconds(part, NO_TIME)
            np.add(lasted, seconds, out=lasted, where=~np.isnan(seconds))
    computed = periods.later(begins, lasted)
    if recorded is None:
        return computed, name
    return np.where(recorded == periods.MISSING, computed, recorded), name
