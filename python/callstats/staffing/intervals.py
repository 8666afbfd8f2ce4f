"""Frames of intervals: their columns, the constants beside them, their starts and lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.arrays import numbers
from callstats._tables.durations import DURATIONS, parse, seconds
from callstats.erlang import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Invalid


def require(
    frame: nw.DataFrame[Any], given: Mapping[str, Any], argument: str = "intervals"
) -> None:
    """Raise where arguments name columns that the frame lacks: all of them at once."""
    columns = [
        value
        for name, value in given.items()
        if isinstance(value, str) and not (name in DURATIONS and _is_duration(value))
    ]
    frames.require(frame, columns, argument)


def _is_duration(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def values(frame: nw.DataFrame[Any], name: str, value: Any) -> Any:
    """A number, or one for each row: a column by its name, an array, or what is written out."""
    import narwhals as nw

    if isinstance(value, str):
        if value in frame.columns:
            return _read(name, frame[value].to_native())
        require(frame, {name: value})
        return _read(name, value)
    index: Any = nw.maybe_get_index(frame)
    own: Any = getattr(value, "index", None)
    if index is not None and hasattr(own, "equals") and not index.equals(own):
        raise ValueError(f"{name} must have the index of intervals")
    found = _read(name, value)
    if np.ndim(found) and np.shape(found) != (len(frame),):
        msg = f"{name} must be one number or one for each of {len(frame)} rows"
        raise ValueError(f"{msg}; got shape {np.shape(found)}")
    return found


def _read(name: str, value: Any) -> Any:
    return numbers(name, seconds(name, value) if name in DURATIONS else value)


def work(
    frame: nw.DataFrame[Any], calls: Any, aht: Any, invalid: Invalid
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Calls of each row, and seconds of handling that they bring; both checked."""
    require(frame, {"calls": calls, "aht": aht})
    offered = np.broadcast_to(values(frame, "calls", calls), len(frame))
    times = handle_times(offered, values(frame, "aht", aht))
    effort = load(offered, times, interval=1.0, invalid=invalid)
    return np.where(np.isnan(effort), np.nan, offered), effort


def handle_times(calls: Any, aht: Any, idle: float = np.nan) -> NDArray[np.float64]:
    """Handle times; `idle` without calls: what a forecast then says is often 0, often nothing."""
    return np.where(calls == 0, idle, aht)


def lengths(frame: nw.DataFrame[Any], interval: Any) -> Any:
    """Seconds that each interval lasts: as told, else the step of the time index or ``start``."""
    return _step(frame) if interval is None else values(frame, "interval", interval)


def _step(frame: nw.DataFrame[Any]) -> float:
    """Seconds from one interval to the next, by the time index or the column ``start``."""
    if not len(frame):
        return np.nan
    found = starts(frame)
    if found is None:
        msg = "interval cannot be read off: intervals has no time index and no column 'start'"
        raise ValueError(f"{msg} of datetimes; pass interval=, such as interval='30min'")
    distinct = np.unique(found[~np.isnat(found)]).astype(np.int64)
    if distinct.size < 2:
        msg = f"interval cannot be read off {distinct.size} distinct start; pass interval="
        raise ValueError(msg)
    gaps = np.diff(distinct)
    step = gaps.min()
    # Closed hours leave whole steps out; anything else has no one length.
    if (gaps % step).any():
        odd = gaps[(gaps % step) != 0][0]
        msg = f"interval cannot be read off: starts are {step / 1e6:g} s and {odd / 1e6:g} s apart"
        raise ValueError(f"{msg}; pass interval=, a number or a column")
    return float(step / 1e6)


def starts(frame: nw.DataFrame[Any]) -> NDArray[np.datetime64] | None:
    """Starts in microseconds, in UTC where the zone is known; None without any."""
    import narwhals as nw

    index = nw.maybe_get_index(frame)
    if index is not None:
        import pandas as pd

        for level in range(index.nlevels):
            found = index.get_level_values(level)
            found = found.to_timestamp() if isinstance(found, pd.PeriodIndex) else found
            if found.dtype == object and found.inferred_type in {"datetime", "datetime64"}:
                found = pd.DatetimeIndex(found)
            if isinstance(found, pd.DatetimeIndex):
                return found.as_unit("us").asi8.view("M8[us]")
    times = frames.moments(frame["start"]) if "start" in frame.columns else None
    return None if times is None else times[0].astype("M8[us]")
