"""Instants, time zones and the intervals that reports are cut into."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import durations

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

#: The instant of a row that has none; NumPy's NaT.
MISSING = np.iinfo(np.int64).min
NANOSECONDS = 1_000_000_000
_DAY = 86_400
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_CALENDAR = {
    **dict.fromkeys(("day", "d", "1d", "1day", "daily"), "day"),
    **dict.fromkeys(("week", "w", "1w", "1week", "weekly"), "week"),
    **dict.fromkeys(("month", "m", "ms", "1month", "monthly"), "month"),
}


@dataclass(frozen=True)
class Zone:
    """What a clock reading means: None is a clock without a zone, else an instant shown locally."""

    #: The name, or a fixed-offset object of pandas; None for readings without a zone.
    key: Any

    @property
    def name(self) -> str | None:
        """The zone in a word, for reports."""
        return None if self.key is None else str(self.key)


def zone_named(timezone: str | datetime.tzinfo | None) -> Zone:
    """The zone of an argument, checked."""
    if isinstance(timezone, zoneinfo.ZoneInfo) and timezone.key:
        timezone = timezone.key
    if isinstance(timezone, str) and (offset := _OFFSET.fullmatch(timezone.strip())):
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        shift = datetime.timedelta(hours=hours, minutes=minutes)
        timezone = datetime.timezone(-shift if offset[1] == "-" else shift)
    if timezone is None or isinstance(timezone, datetime.tzinfo):
        return Zone(timezone)
    try:
        zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        msg = f"timezone must be an IANA zone such as 'Asia/Shanghai', or +08:00; got {timezone!r}"
        raise ValueError(msg) from None
    return Zone(timezone)


@dataclass(frozen=True)
class Freq:
    """Intervals of so many seconds from 1970 UTC on, or calendar periods of the local clock."""

    seconds: float | None
    calendar: str | None = None

    @property
    def label(self) -> float | str:
        """As the user would write it."""
        return self.calendar or float(self.seconds or 0)

    def cut(
        self, instants: NDArray[np.int64], zone: Zone, *others: NDArray[np.int64]
    ) -> int | NDArray[np.int64]:
        """Step in nanoseconds, or the edges of the periods that hold all of `instants`."""
        if self.seconds is not None:
            return round(self.seconds * NANOSECONDS)
        ends = []
        for each in (instants, *others):
            known = each[each != MISSING]
            ends += [known.min(), known.max()] if known.size else []
        if not ends:
            return np.zeros(2, np.int64)
        return _calendar_edges(self.calendar or "day", int(min(ends)), int(max(ends)), zone)


def parse_freq(freq: Any) -> Freq:
    """An interval length: seconds, ``"15min"``, a Timedelta, or "day", "week", "month"."""
    if isinstance(freq, str) and freq.strip().lower() in _CALENDAR:
        return Freq(None, _CALENDAR[freq.strip().lower()])
    # Offsets of pandas, and its way to write one hour as "h".
    freq = getattr(freq, "freqstr", freq)
    if isinstance(freq, str) and freq.strip().isalpha():
        freq = f"1{freq.strip()}"
    seconds = durations.seconds("freq", freq)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | np.number):
        raise TypeError(f"freq must be a duration, or 'day', 'week' or 'month'; got {freq!r}")
    # A whole day is the local calendar's: 23 or 25 hours where the clock changes.
    if seconds == _DAY:
        return Freq(None, "day")
    step = round(float(seconds) * NANOSECONDS) if 0 < seconds < _DAY else 0
    if step <= 0 or _DAY * NANOSECONDS % step:
        msg = f"freq must divide a day evenly, or be 'day', 'week' or 'month'; got {freq!r}"
        raise ValueError(msg)
    return Freq(float(seconds))


def places(instants: NDArray[np.int64], cut: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the interval that holds each instant."""
    if isinstance(cut, int):
        return np.floor_divide(instants, cut)
    return np.searchsorted(cut, instants, side="right").astype(np.int64) - 1


def edges_of(
    numbers: NDArray[np.int64], cut: int | NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the intervals of these numbers begin and end."""
    if isinstance(cut, int):
        return numbers * cut, (numbers + 1) * cut
    return cut[numbers], cut[numbers + 1]


def touched(
    begin: NDArray[np.int64],
    last: NDArray[np.int64],
    cut: int | NDArray[np.int64],
    too_many: tuple[int, str] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every stretch's intervals, from that of `begin` to that of `last`: the stretch, the number.

    More than the first of `too_many` are refused in the words of the second.
    """
    first = places(begin, cut)
    count = places(last, cut) - first + 1
    if too_many is not None and count.sum() > too_many[0]:
        raise ValueError(too_many[1].format(count.sum(), too_many[0]))
    of = np.repeat(np.arange(first.size), count)
    before = np.cumsum(count) - count
    return of, first[of] + np.arange(of.size) - before[of]


def interval_starts(instants: NDArray[np.int64], cut: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """The first instant of the interval that holds each; missing stays missing."""
    return _core.kpi_interval_starts(np.ascontiguousarray(instants), cut)


def later(instants: NDArray[np.int64], seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Instants so many seconds later; missing where either is."""
    known = (instants != MISSING) & ~np.isnan(seconds)
    shift = np.where(known, seconds, 0.0)
    shift *= NANOSECONDS
    moved = np.rint(shift, out=shift).astype(np.int64)
    del shift
    moved += instants
    moved[~known] = MISSING
    return moved


def _calendar_edges(period: str, low: int, high: int, zone: Zone) -> NDArray[np.int64]:
    import pandas as pd

    ends = pd.DatetimeIndex(np.array([low, high]).view("M8[ns]"))
    if zone.key is not None:
        ends = ends.tz_localize("UTC").tz_convert(zone.key).tz_localize(None)
    first, last = (pd.Timestamp(day).normalize() for day in ends)
    # One period more at the end closes the last; two cover a clock set back over midnight.
    if period == "month":
        edges = pd.date_range(first.replace(day=1), last + pd.DateOffset(months=2), freq="MS")
    elif period == "week":
        monday = first - pd.Timedelta(days=first.weekday())
        edges = pd.date_range(monday, last + pd.Timedelta(days=14), freq="7D")
    else:
        edges = pd.date_range(first, last + pd.Timedelta(days=2), freq="D")
    if zone.key is not None:
        # A midnight that comes twice starts the day the first time; one that is skipped, when the
        # clock resumes.
        edges = edges.tz_localize(
            zone.key, ambiguous=np.ones(len(edges), bool), nonexistent="shift_forward"
        ).tz_convert("UTC")
    naive = edges.tz_localize(None) if zone.key is not None else edges
    return np.ascontiguousarray(naive.to_numpy().astype("M8[ns]").view(np.int64))


def labels(
    name: str, instants: NDArray[np.int64], zone: Zone, frame: nw.DataFrame[Any]
) -> nw.Series[Any]:
    """Instants as local times in microseconds, a Series of the library of `frame`."""
    import narwhals as nw

    micro = instants.view("M8[ns]").astype("M8[us]")
    if frame.implementation.is_pandas_like():
        import pandas as pd

        index = pd.DatetimeIndex(micro, name=name)
        if zone.key is not None:
            index = index.tz_localize("UTC").tz_convert(zone.key)
        return nw.from_native(pd.Series(index, name=name), series_only=True)
    series = nw.new_series(name, micro, nw.Datetime("us"), backend=frame.implementation)
    if zone.key is not None:
        named = _named_offset(zone.key, polars=frame.implementation.is_polars())
        series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(named)
    return series


def _named_offset(key: Any, *, polars: bool) -> str:
    """The name of a zone; a fixed offset as pyarrow or Polars write it."""
    if not isinstance(key, datetime.tzinfo):
        return str(key)
    shift = key.utcoffset(None)
    if shift is None:
        return str(key)
    minutes = round(shift.total_seconds() / 60)
    if not minutes:
        return "UTC"
    if not polars:
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    if minutes % 60:
        msg = f"timezone must be an IANA zone: Polars knows no offset of {minutes} minutes"
        raise ValueError(msg)
    # The sign of these names is that of POSIX, west of Greenwich.
    return f"Etc/GMT{-minutes // 60:+}"
