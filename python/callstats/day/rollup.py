"""Roll-ups of days: counts are added and divided again, rates never averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.arrays import numbers
from callstats._tables.checks import column_names, shown
from callstats.day.measures import SUMS, ratios, require_definition
from callstats.staffing.groups import group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callstats.typing import Frame


def totals(
    result: Frame, *, by: str | Sequence[str] = (), definition: str = "offered", suffix: str = ""
) -> Frame:
    """Days, queues or whatever else, added up from the result of `evaluate`.

    Parameters
    ----------
    result : DataFrame
        What `evaluate` gave; any rows of it, of any number of results put together.
    by : str or sequence of str
        Columns to add up by; one row in all by default.
    definition : str, default "offered"
        What the service level counts: see `callstats.erlang.service_level`.
    suffix : str, default ""
        What `evaluate` put after the names of its columns; the names of the totals have none.

    Returns
    -------
    DataFrame
        A row a group, in the order of the keys: the sums ``offered, interval_seconds,
        agent_seconds, answered_within, ..., overtime_seconds``, and from them ``service_level,
        abandonment, asa, mean_wait, occupancy``; ``wait_probability`` is the share of the calls,
        ``queue_length`` that of the time. Missing where any row of a group is.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import day
    >>> hours = pd.DataFrame({"calls": [100, 120], "aht": 300, "agents": [20, 22]})
    >>> result = day.evaluate(hours, interval=1800, patience=300)
    >>> day.totals(result)[["offered", "service_level"]].round(4)
       offered  service_level
    0    220.0         0.8381
    """
    frame = frames.read(result, "result")
    require_definition(definition)
    keys = column_names("by", by)
    if not isinstance(suffix, str):
        raise TypeError(f"suffix must be text, such as '_planned'; got {shown(suffix)}")
    needed = [name + suffix for name in (*SUMS, "wait_probability", "queue_length")]
    frames.require(frame, [*keys, *needed], "result")
    groups = group(frame, by)

    def column(name: str) -> Any:
        return np.asarray(
            numbers(name + suffix, frame[name + suffix].to_native()), dtype=np.float64
        )

    sums = {name: groups.sum(column(name)) for name in SUMS}
    made = {
        **sums,
        **ratios(sums, definition),
        "wait_probability": groups.mean(column("wait_probability"), column("offered")),
        "queue_length": groups.mean(column("queue_length"), column("interval_seconds")),
    }
    return groups.made(made)
