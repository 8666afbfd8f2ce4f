"""A log of calls as the report works on it: a pandas frame, in the local time of the centre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats._tables import durations as read_durations
from callstats._tables import frames
from callstats._tables.columns import to_pandas
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from callstats.typing import Frame

__all__ = [
    "HALF_HOUR",
    "arrivals",
    "durations",
    "in_pandas",
    "local_arrival",
    "refuse_dates_alone",
    "seconds",
    "slots",
]

#: Minutes of the intervals that the report is cut into.
HALF_HOUR = 30


def in_pandas(calls: Frame) -> pd.DataFrame:
    """`calls` as a pandas frame with a plain index; the caller's frame is not changed."""
    frame = frames.read(calls, "calls")
    frames.require(frame, ("call_id", "arrival", "wait", "outcome"), "calls")
    return pd.DataFrame({name: to_pandas(frame[name]) for name in frame.columns})


def arrivals(calls: pd.DataFrame) -> pd.Series[Any]:
    """Arrivals as times, with their zone where they have one; what cannot be read is missing."""
    arrival = calls["arrival"]
    if pd.api.types.is_datetime64_any_dtype(arrival.dtype):
        return arrival
    zoned = arrival.astype("str").str.contains(r"T?\d\d:.*(?:Z|[+-]\d)", regex=True).any()
    return pd.to_datetime(arrival, format="ISO8601", errors="coerce", utc=bool(zoned))


def refuse_dates_alone(calls: pd.DataFrame) -> None:
    """Refuse arrivals of which nothing says when in the day they were."""
    known = arrivals(calls).dropna()
    # One call alone may have come at midnight.
    if len(known) > 1 and bool((known == known.dt.normalize()).all()):
        first = str(known.iloc[0])[:10]
        msg = (
            f"calls has dates and no time of day in 'arrival', such as {first} in all of "
            f"{len(known)} rows, so that the half hours of a report cannot be told; pass "
            "columns={'arrival': ...} with the column that has the time; kpi.summarize with "
            "freq='day' counts by the day"
        )
        raise InvalidDataError(msg)


def local_arrival(calls: pd.DataFrame, timezone: str | None) -> pd.Series[Any]:
    """Arrivals by the clock on the wall, without a zone."""
    arrival: Any = arrivals(calls)
    if getattr(arrival.dtype, "tz", None) is not None:
        arrival = arrival.dt.tz_convert(timezone) if timezone else arrival
        arrival = arrival.dt.tz_localize(None)
    return pd.Series(arrival)


def slots(clock: pd.Series[Any]) -> pd.Series[Any]:
    """Minutes from midnight to the start of the half hour that holds each time."""
    minutes: pd.Series[Any] = clock.dt.hour * 60 + clock.dt.minute
    return minutes // HALF_HOUR * HALF_HOUR


def durations(calls: pd.DataFrame) -> pd.Series[Any] | None:
    """How long each call is on record, in seconds: talk and hold, else from answer to end."""
    if "talk" in calls.columns:
        talk = seconds(calls["talk"])
        return talk + seconds(calls["hold"]).fillna(0) if "hold" in calls.columns else talk
    if {"answer", "end"} <= set(calls.columns):
        span = pd.to_datetime(calls["end"]) - pd.to_datetime(calls["answer"])
        return span.dt.total_seconds()
    return None


def seconds(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of durations, however they are written, as float seconds."""
    return pd.Series(read_durations.seconds(str(column.name), column), dtype=np.float64)
