"""What the values of a column look like where times belong."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import durations, frames
from callstats.kpi.exports.cells import clock_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kind = Literal["moment", "date", "clock", "range", "count", "digits", "length", "other", "missing"]

#: Values that are looked at: enough to see what a column holds.
_ENOUGH = 500
#: Share of them that must look alike before the others count as faults.
_MAJORITY = 0.9
#: Times of day that are all earlier than this may be lengths of calls.
_SHORT = 4 * 3600.0
#: The unit of counts since 1970, by what counts of the years 2001 to 2033 lie between.
_COUNTS = (("s", 1e9, 2e9), ("ms", 1e12, 2e12), ("us", 1e15, 2e15), ("ns", 1e18, 2e18))
#: Days since 1900 as spreadsheets count them, of the years 1982 to 2064.
_SERIALS = (30_000.0, 60_000.0)
#: Moments before this are a spreadsheet's way to keep lengths of more than a day.
_SPREADSHEET_DAYS = np.datetime64("1905-01-01")
_MIDNIGHT = datetime.time()


@dataclass(frozen=True)
class Look:
    """What a column looks like."""

    kind: Kind
    #: Whether all times of day are so early that they may be lengths.
    short: bool = False
    #: Of a count: its unit, "days" for a spreadsheet's.
    unit: str = ""


class Looks:
    """The looks of a frame's columns, each taken once."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._known: dict[str, Look] = {}

    def __call__(self, column: str) -> Look:
        """What a column looks like."""
        if column not in self._known:
            self._known[column] = _look(self._frame.get_column(column))
        return self._known[column]

    def same(self, columns: Sequence[str]) -> bool:
        """Whether columns hold the same values, all of them."""
        first, *others = (
            list(map(str, self._frame.get_column(name).to_list())) for name in columns
        )
        return all(other == first for other in others)

    def ranges_have_dates(self, column: str) -> bool:
        """Whether the beginnings of a column of ranges have dates."""
        text = next((v for v in self._frame.get_column(column).to_list() if isinstance(v, str)), "")
        ends = clock_text.range_ends(text)
        return ends is not None and clock_text.kind_of(ends[0]) == "moment"


def _look(series: Any) -> Look:
    import narwhals as nw

    if (found := frames.times(series)) is not None:
        values = found[0][~np.isnat(found[0])]
        if values.size and values.max() < _SPREADSHEET_DAYS:
            return Look("length")
        days = values.astype("M8[D]")
        return Look("date" if values.size and (values == days).all() else "moment")
    if series.dtype == nw.Date:
        return Look("date")
    if series.dtype == nw.Duration:
        return Look("length")
    if series.dtype.is_numeric():
        return _look_of_numbers(np.asarray(series.to_numpy(), dtype=np.float64))
    if series.dtype == nw.Boolean:
        return Look("other")
    given = series.drop_nulls()
    return _look_of_values(given.head(_ENOUGH * 20).unique().head(_ENOUGH).to_list())


def _look_of_numbers(values: Any) -> Look:
    given = values[~np.isnan(values)]
    if not given.size:
        return Look("missing")
    # Of times that are counted 0 is none.
    known = given[given != 0] if (given > _SERIALS[0]).any() else given
    low, high = float(np.quantile(known, 0.05)), float(np.quantile(known, 0.95))
    for unit, least, most in _COUNTS:
        if least <= low and high < most:
            return Look("count", unit=unit)
    if _SERIALS[0] <= low and high < _SERIALS[1]:
        whole = (known == np.floor(known)).all()
        return Look("date" if whole else "moment", unit="days")
    if known.min() >= 0 and known.max() < 1 and known.max() > 0:
        return Look("clock", short=bool(known.max() * 86_400 < _SHORT), unit="days")
    whole = (known == np.floor(known)).all() and known.min() >= 0 and known.max() < 2400
    return Look("digits" if whole else "other")


def _look_of_values(values: list[Any]) -> Look:
    kinds: Counter[Any] = Counter(zero=0)
    latest = 0.0
    units: set[str] = set()
    for value in values:
        kind, seconds = _kind(value)
        if kind == "digits" and str(value).strip() in {"0", "0.0"}:
            kinds["zero"] += 1
            continue
        kinds[kind] += 1
        latest = max(latest, seconds)
        if kind == "count":
            digits = len(str(value).strip().partition(".")[0])
            units.add({10: "s", 13: "ms", 16: "us", 19: "ns"}[digits])
    # Of times that are counted 0 is none.
    kinds["missing" if kinds["count"] else "digits"] += kinds.pop("zero")
    given = kinds.total() - kinds["missing"]
    if not given:
        return Look("missing")
    if kinds["date"] and kinds["moment"]:
        # A spreadsheet shows a moment at midnight as a date alone.
        kinds["moment"] += kinds.pop("date")
    kind, count = Counter({k: n for k, n in kinds.items() if k != "missing"}).most_common(1)[0]
    # 24:10:00 is no time of day: then the others of its column are lengths, too.
    if kind == "clock" and kinds["length"]:
        kind, count = "length", count + kinds["length"]
    if count < _MAJORITY * given or len(units) > 1:
        return Look("other")
    return Look(kind, short=kind == "clock" and latest < _SHORT, unit=units.pop() if units else "")


def _kind(value: Any) -> tuple[Kind, float]:
    """What a value looks like, and the seconds of day of a clock reading."""
    if isinstance(value, str):
        kind: Kind = clock_text.kind_of(value)
        plain = value.strip().lower()
        if kind == "clock":
            certain = any(mark in plain for mark in ("m", "z", "+", "上", "下"))
            seconds = clock_text.seconds_of(plain)
            # A colon alone parts hours and minutes where a time belongs.
            seconds = (seconds or 0.0) * (60 if plain.count(":") == 1 else 1)
            if seconds >= 86_400:
                return "length", 0.0
            return "clock", 86_400.0 if certain else seconds
        if kind == "other" and clock_text.seconds_of(value) is not None:
            return "length", 0.0
        return kind, 0.0
    if isinstance(value, datetime.datetime):
        if durations.of_cell(value) is not None:
            return "length", 0.0
        return ("date" if value.time() == _MIDNIGHT else "moment"), 0.0
    if isinstance(value, datetime.date):
        return "date", 0.0
    if isinstance(value, datetime.time):
        return "clock", durations.of_cell(value) or 0.0
    if isinstance(value, datetime.timedelta):
        return "length", 0.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        look = _look_of_numbers(np.array([float(value)]))
        return look.kind, 86_400.0 * float(value) if look.kind == "clock" else 0.0
    return "other", 0.0


def counted_since_1970(series: Any, unit: str, number: Callable[[str], float | None]) -> Any:
    """Counts of a unit since 1970 as moments in UTC; a spreadsheet's days as its local time."""
    import narwhals as nw

    if series.dtype.is_numeric():
        counts = np.asarray(series.to_numpy(), dtype=np.float64)
    else:
        read = [number(value) if isinstance(value, str) else value for value in series.to_list()]
        counts = np.array([np.nan if value is None else value for value in read], dtype=np.float64)
    if unit == "days":
        # Day 1 is the first of 1900, and a 29 February 1900, which never was, is counted.
        micro = np.rint((counts - 25_569) * 86_400) * 1e6
    else:
        micro = counts * {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}[unit]
    known = np.isfinite(micro) & (counts != 0)
    moments = np.where(known, micro, 0).round().astype("M8[us]")
    moments[~known] = np.datetime64("NaT", "us")
    made = nw.new_series(series.name, moments, nw.Datetime("us"), backend=series.implementation)
    return made if unit == "days" else made.dt.replace_time_zone("UTC")
