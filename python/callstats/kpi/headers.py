"""Which column of an export is which of a canonical table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callstats import _frames
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.tables import Column, Table, simple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Found", "match"]

_DATES = ("date", "call date", "日期", "来电日期", "呼叫日期", "统计日期")
_CLOCKS = ("time", "call time", "time of day", "时间", "来电时间", "呼叫时间")
#: Columns of yes and no that stand for an outcome, and what yes and no mean there.
_FLAGS = (
    (
        ("answered", "answered y n", "is answered", "was answered", "是否接通", "是否应答", "接通"),
        ("answered", "abandoned"),
    ),
    (
        ("abandoned", "abandoned y n", "is abandoned", "was abandoned", "是否放弃", "放弃"),
        ("abandoned", "answered"),
    ),
)
#: What the name of a column of durations may end in, and how many seconds one is.
_UNITS = {
    "milliseconds": 1e-3, "millis": 1e-3, "msec": 1e-3, "ms": 1e-3, "毫秒": 1e-3,
    "inseconds": 1.0, "seconds": 1.0, "secs": 1.0, "sec": 1.0, "s": 1.0, "秒": 1.0,
    "inminutes": 60.0, "minutes": 60.0, "mins": 60.0, "min": 60.0, "分钟": 60.0,
    "hours": 3600.0, "hrs": 3600.0, "小时": 3600.0,
}  # fmt: skip


@dataclass
class Found:
    """Which column of the export is which of the table."""

    #: Canonical name to the export's.
    columns: dict[str, str] = field(default_factory=dict)
    #: Seconds that one of a column of durations is.
    units: dict[str, float] = field(default_factory=dict)
    #: Canonical name to how it is made where the export has no such column.
    made: dict[str, str] = field(default_factory=dict)
    #: The columns of date and clock that make the arrival.
    pair: tuple[str, str] | None = None
    #: The outcomes that true and false of a flag stand for.
    flag: tuple[str, str] | None = None


def match(present: Sequence[str], table: str, schema: Table, given: Mapping[str, str]) -> Found:
    """The columns of an export by the names that the table knows, `given` ones first.

    Raises
    ------
    MissingColumnError
        `given` names a column that is not there, or a required one is not found.
    InvalidDataError
        Two columns may be the same required one.
    """
    found = Found()
    _take_given(found, present, table, schema, given)
    for name in schema.columns:
        if name in present and name not in found.columns and name not in given.values():
            found.columns[name] = name
    known: dict[str, str] = {}
    for each in present:
        if each not in found.columns.values():
            known.setdefault(simple(str(each)), each)
    if table == "calls" and "arrival" not in found.columns:
        _take_date_and_clock(found, known)
    for name, column in schema.columns.items():
        if name not in found.columns:
            _take_known(found, name, column, known)
    if table == "calls" and "outcome" not in found.columns:
        _take_flag(found, known)
    for name, column in schema.columns.items():
        if column.required and name not in found.columns:
            # The wait can be made of the times.
            if (table, name) == ("calls", "wait") and {"answer", "end"} & set(found.columns):
                continue
            listed = ", ".join(repr(each) for each in present) or "no columns"
            msg = (
                f"export has no column that is known to be {name!r}"
                f"{_frames.nearest(name, present)}; found {listed}. Pass "
                f"columns={{{name!r}: ...}} with the name that it has there"
            )
            raise MissingColumnError(msg)
    return found


def _take_given(
    found: Found, present: Sequence[str], table: str, schema: Table, given: Mapping[str, str]
) -> None:
    for name, source in given.items():
        if name not in schema.columns:
            near = _frames.nearest(name, schema.columns)
            msg = f"columns must name columns of {table!r}; got {name!r}{near}"
            raise ValueError(msg)
        if source not in present:
            listed = ", ".join(repr(each) for each in present)
            near = _frames.nearest(source, present)
            msg = f"export has no column {source!r}{near}; found {listed}"
            raise MissingColumnError(msg)
        found.columns[name] = source
        if schema.columns[name].holds == "seconds":
            found.units[name] = _unit_of(source)


def _unit_of(source: str) -> float:
    """The unit that a name ends in; seconds if it has none. A lone s may belong to any word."""
    plain = simple(source)
    for ending in sorted(_UNITS, key=len, reverse=True):
        if len(ending.encode()) > 1 and plain.endswith(ending):
            return _UNITS[ending]
    return 1.0


def _take_known(found: Found, name: str, column: Column, known: Mapping[str, str]) -> None:
    endings = {"": 1.0, **(_UNITS if column.holds == "seconds" else {})}
    taken = set(found.columns.values())
    hits: dict[str, float] = {}
    for alias in (name, *column.names):
        for ending, unit in endings.items():
            if (source := known.get(simple(alias) + ending)) is not None and source not in taken:
                hits.setdefault(source, unit)
    if len(hits) > 1 and column.required:
        both = " and ".join(repr(each) for each in hits)
        msg = (
            f"export has more than one column that may be {name!r}: {both}; pass "
            f"columns={{{name!r}: {next(iter(hits))!r}}} or whichever it is"
        )
        raise InvalidDataError(msg)
    if hits:
        found.columns[name], found.units[name] = next(iter(hits.items()))


def _first(names: Sequence[str], known: Mapping[str, str]) -> str | None:
    return next((known[simple(each)] for each in names if simple(each) in known), None)


def _take_date_and_clock(found: Found, known: Mapping[str, str]) -> None:
    date, clock = _first(_DATES, known), _first(_CLOCKS, known)
    if date is not None and clock is not None:
        found.pair = (date, clock)
        found.made["arrival"] = f"{date} + {clock}"
        found.columns["arrival"] = date


def _take_flag(found: Found, known: Mapping[str, str]) -> None:
    for names, (yes, no) in _FLAGS:
        source = _first(names, known)
        if source is not None and source not in found.columns.values():
            found.columns["outcome"] = source
            found.flag = (yes, no)
            found.made["outcome"] = f"{source}: true is {yes}, false {no}"
            return
