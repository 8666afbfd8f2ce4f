"""Time over intervals: what agents did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables import periods
from callstats._tables.checks import column_names
from callstats.kpi.agents.rows import NO_TIME, SHARES, Rows, check_order, frame_of
from callstats.kpi.calls.definitions import Definitions
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from callstats.typing import Frame, OnError

#: The states of an agent; the place is the core's number.
STATES = ("available", "ring", "talk", "hold", "acw", "aux", "break", "training", "offline")

_SPLIT = ("total", "covered", "overlap")
#: What states are added up to.
_SUMS = {"logged_in": STATES[:-1], "handle": ("talk", "hold", "acw")}
_PRODUCTIVE = ("available", "ring", "talk", "hold", "acw", "training")


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
    start, end, unit = log.ticks("start", "end", NO_TIME)
    state = log.words("state", STATES, NO_TIME)
    check_order(log, "start", start, "end", end)
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
    names = ("length", *_SPLIT, *STATES, *_SUMS, *SHARES)
    split = dict(zip(names, seconds, strict=True))
    columns = {name: split[name] for name in ("length", *STATES, *_SPLIT, *_SUMS, *SHARES)}
    about = {
        "function": "states",
        "definitions": definitions.to_dict(),
        "freq": spacing.label,
        "timezone": log.zone.name,
        **log.summary(valid),
    }
    rows = Rows(group, begins, columns)
    return frame_of(grouped, rows, flagged=start[~valid] * unit, cut=cut, about=about)


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
