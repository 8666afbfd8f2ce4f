"""The day beside the stationary formula: how far the formula is off, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import erlang
from callstats._tables import frames
from callstats.day.evaluation import evaluate, opened
from callstats.day.measures import added

if TYPE_CHECKING:
    from callstats.typing import Frame

#: What is compared: columns of the day that are functions of `callstats.erlang`.
_COMPARED = (
    "service_level",
    "wait_probability",
    "abandonment",
    "asa",
    "mean_wait",
    "queue_length",
    "occupancy",
)


def compare(intervals: Frame, **options: Any) -> Frame:
    """The exact day beside the formula of each interval alone: Erlang C, or A with patience.

    The formula treats each interval as if it had lasted for ever. It is fair where calls are short
    against the interval, staffing follows the load and callers are impatient; it misleads where a
    backlog is carried over.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval, as in `evaluate`.
    **options
        The arguments of `evaluate`.

    Returns
    -------
    DataFrame
        What `evaluate` gives, and for ``service_level, wait_probability, abandonment, asa,
        mean_wait, queue_length, occupancy`` the formula's value, ending in ``_stationary``, and
        what exact is above it, ending in ``_difference``; a `suffix` comes behind that. Overload
        without patience is an answer of the formula: service level 0, waits infinite. Without calls
        both are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.DataFrame({"calls": [200, 100], "aht": 300, "agents": [32, 18]})
    >>> compared = compare(hours, interval="30min")
    >>> columns = ["service_level", "service_level_stationary", "queue_end"]
    >>> compared[columns].round(3)
       service_level  service_level_stationary  queue_end
    0          0.625                     0.000     10.719
    1          0.295                     0.389      9.426
    """
    known = evaluate.__kwdefaults__ or {}
    if unknown := sorted(options.keys() - known.keys()):
        raise TypeError(f"compare takes the arguments of day.evaluate; got {unknown[0]!r}")
    given = {**known, **options}
    suffix = given["suffix"]
    result = evaluate(intervals, **options)
    days, _ = opened({"intervals": intervals, **given})
    system = {
        "agents": days.agents,
        "load": np.where(
            days.calls == 0,
            np.nan,
            erlang.load(days.calls, days.aht, interval=days.length, invalid="nan"),
        ),
        "aht": days.aht,
        "patience": days.patience,
        "invalid": "nan",
    }
    level = {"threshold": days.threshold, "definition": given["definition"]}
    frame = frames.read(result, "intervals")
    columns = {}
    for name in _COMPARED:
        more = level if name == "service_level" else {}
        stationary = getattr(erlang, name)(**system, **more)
        exact = np.asarray(frame[name + suffix].to_numpy(), dtype=np.float64)
        columns[f"{name}_stationary"] = np.where(np.isnan(exact), np.nan, stationary)
        with np.errstate(invalid="ignore"):
            columns[f"{name}_difference"] = exact - columns[f"{name}_stationary"]
    about = getattr(result, "attrs", {}).get("callstats")
    return added(frame, columns, about, suffix=suffix)
