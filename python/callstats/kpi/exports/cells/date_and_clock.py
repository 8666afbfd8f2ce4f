"""Times that an export keeps in two columns: a date and a clock reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import periods
from callstats.errors import InvalidDataError
from callstats.kpi.exports.cells import clock_text
from callstats.kpi.exports.tables import simple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.kpi.exports.cells.looks import Looks
    from callstats.kpi.exports.headers import Found
    from callstats.kpi.exports.tables import Schema

#: Names of a date for all times of a row, and of a time of day, when no closer name is there.
DATES = (
    "date", "call date", "day", "interval date", "start date", "report date", "row date",
    "日期", "来电日期", "呼叫日期", "统计日期", "fecha", "datum", "data",
)  # fmt: skip
CLOCKS = (
    "time", "time of day", "interval", "time interval", "interval start", "interval time",
    "start interval", "half hour", "time period", "period", "start time", "begin time", "from",
    "starttime", "call time", "hour", "时间", "来电时间", "呼叫时间", "时段", "时间段",
    "hora", "intervalo", "uhrzeit", "zeit", "heure",
)  # fmt: skip
#: What the name of a date becomes in that of the clock reading beside it.
_COUNTERPARTS = (
    ("date", "time"), ("日期", "时间"), ("fecha", "hora"), ("data", "hora"), ("datum", "zeit"),
    ("datum", "uhrzeit"), ("date", "heure"),
)  # fmt: skip
_OF_DAY = frozenset({"clock", "range", "digits"})
#: A clock reading that is earlier than the one before by more than this is of the next day.
_HALF_DAY = 12 * 3600 * periods.NANOSECONDS


def pair_dates_with_clocks(
    found: Found, schema: Schema, present: Sequence[str], looks: Looks
) -> None:
    """Give each time that is a clock reading alone its date, and each date its clock reading.

    Raises
    ------
    InvalidDataError
        A required time has clock readings, and no column has dates.
    """
    times = [name for name in schema.columns if schema.columns[name].holds == "time"]
    first = next((name for name in times if name in found.columns), None)
    for name in times:
        if name not in found.columns:
            continue
        source = found.columns[name]
        kind = looks(source).kind
        taken = {column for other, column in found.columns.items() if other != name}
        free = [each for each in present if each not in taken and each != source]
        if kind == "range" and looks.ranges_have_dates(source):
            continue
        # 930 is half past nine only where a time must be.
        if kind in _OF_DAY and (kind != "digits" or schema.columns[name].required):
            date = _date_of(source, free, present, looks)
            if date is None and name != first and first is not None:
                date = found.pairs.get(first, (found.columns[first], ""))[0]
                date = date if looks(date).kind in {"moment", "date"} else None
            if date is not None:
                found.pairs[name] = (date, source)
            elif kind != "digits":
                _refuse_clock_alone(name, source, schema.columns[name].required, found)
        elif kind == "date" and (clock := _clock_of(source, free, looks)) is not None:
            found.pairs[name] = (source, clock)
    for name, (date, clock) in found.pairs.items():
        found.made[name] = f"{date} + {clock}"
    for name in ("start", "arrival"):
        if name in found.columns and name not in found.pairs:
            if looks(found.columns[name]).kind == "range":
                found.made[name] = f"{found.columns[name]}, the beginning"
            found.dates_only |= looks(found.columns[name]).kind == "date"


def _date_of(source: str, free: list[str], present: Sequence[str], looks: Looks) -> str | None:
    """The column of dates that belongs to one of clock readings."""
    named = {simple(str(each)): each for each in reversed(present)}
    plain = simple(source)
    closest = [plain.replace(clock, date) for date, clock in _COUNTERPARTS]
    for name in (*(each for each in closest if each != plain), *map(simple, DATES)):
        if (date := named.get(name)) is not None and looks(date).kind == "date":
            return date
    dates = [each for each in free if looks(each).kind == "date"]
    return dates[0] if len(dates) == 1 else None


def _clock_of(source: str, free: list[str], looks: Looks) -> str | None:
    """The column of clock readings that belongs to one of dates."""
    named = {simple(str(each)): each for each in reversed(free)}
    plain = simple(source)
    closest = [plain.replace(date, clock) for date, clock in _COUNTERPARTS]
    for name in (*(each for each in closest if each != plain), *map(simple, CLOCKS)):
        clock = named.get(name)
        if (
            clock is not None
            and looks(clock).kind in _OF_DAY
            and not (may_be_either(clock) and looks(clock).short)
        ):
            return clock
    return None


def may_be_either(column: str) -> bool:
    """Whether a name means the time of a call in some exports and its length in others."""
    return simple(column) in {"calltime", "呼叫时间"}


def _refuse_clock_alone(name: str, source: str, required: bool, found: Found) -> None:
    if not required:
        found.not_made[name] = f"{found.columns.pop(name)} has clock readings without a date"
        return
    raise InvalidDataError(
        f"{name} is in {source!r}, which has clock readings and no date, and no column is known "
        f"that has the dates; give one named 'Date', or pass columns={{{name!r}: ...}} with a "
        "column that has both"
    )


def joined(dates: Sequence[Any], clocks: Sequence[Any]) -> list[Any]:
    """Date and clock reading of each row as one text; None where either is missing."""
    known: dict[Any, Any] = {}
    texts = []
    numbers = [int(each) for each in set(clocks) if str(each).strip().isdigit()]
    hours = max(numbers, default=0) <= 24
    for date, clock in zip(dates, clocks, strict=True):
        if (date, clock) not in known:
            missing = _missing(date) or _missing(clock)
            known[date, clock] = None if missing else f"{_day(date)} {_reading(clock, hours)}"
        texts.append(known[date, clock])
    return texts


def _missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in clock_text.MISSING_WORDS
    return value is None or value != value  # noqa: PLR0124 - NaN and NaT


def _day(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat()[:10])
    if isinstance(value, int | float):
        days = np.datetime64("1899-12-30") + np.timedelta64(int(value), "D")
        return str(days)
    text = str(value).strip()
    head, _, rest = text.partition(" ")
    if "T" in head:
        head, _, rest = head.partition("T")
    return head if rest[:1].isdigit() else text


def _reading(value: Any, hours: bool) -> str:
    """A clock reading as h:mm or h:mm:ss; of a range its beginning; 9 or 900 for nine o'clock."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 < value < 1:
            seconds = round(value * 86_400)
            return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        value = str(int(value))
    if not isinstance(value, str):
        return value.time().isoformat() if hasattr(value, "time") else str(value)
    text = value.strip()
    if (ends := clock_text.range_ends(text)) is not None:
        text = ends[0]
    if text.isdigit() and len(text) <= 4:
        return (
            f"{text}:00" if hours and len(text) <= 2 else f"{text[:-2] or 0}:{text[-2:].zfill(2)}"
        )
    return text


def over_midnight(
    base: NDArray[np.int64], later: NDArray[np.int64], missing: int = periods.MISSING
) -> NDArray[np.int64]:
    """Times whose date was that of `base`, a day later where the clock began anew in between."""
    before = (base != missing) & (later != missing) & (base - later > _HALF_DAY)
    return np.where(before, later + 2 * _HALF_DAY, later)
