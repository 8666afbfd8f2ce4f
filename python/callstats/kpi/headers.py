"""Which column of an export is which of a canonical table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    #: Canonical name to further columns that may be it, where it need not be there.
    others: dict[str, list[str]] = field(default_factory=dict)


def match(
    present: Sequence[str], table: str, schema: Table, given: Mapping[str, str | None]
) -> Found:
    """The columns of an export by the names that the table knows, `given` ones first.

    What is given as None or "" is in no column of the export.

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
        if name in present and name not in {*found.columns, *given, *given.values()}:
            found.columns[name] = name
    known: dict[str, str] = {}
    for plain in (str, _without_notation):
        for each in present:
            if each not in found.columns.values():
                known.setdefault(simple(plain(each)), each)
    if table == "calls" and not {"arrival"} & {*found.columns, *given}:
        _take_date_and_clock(found, known)
    for name, column in schema.columns.items():
        if name not in found.columns and name not in given:
            _take_known(found, name, column, known)
    if table == "calls" and not {"outcome"} & {*found.columns, *given}:
        _take_flag(found, known)
    absent = [name for name, each in schema.columns.items() if each.required]
    absent = [name for name in absent if name not in found.columns]
    # The wait can be made of the times.
    if table == "calls" and {"answer", "end"} & set(found.columns):
        absent = [name for name in absent if name != "wait"]
    if absent:
        free = [each for each in present if each not in found.columns.values()]
        likely = {name: _holding(name, schema.columns[name], free) for name in absent}
        raise MissingColumnError(_missing(likely, free, found), likely)
    return found


def _missing(likely: Mapping[str, str | None], free: Sequence[str], found: Found) -> str:
    """What is missing alone, and what to pass for it."""
    listed = ", ".join(repr(each) for each in free) or "no others"
    read = ", ".join(f"{name} is {each}" for name, each in found.columns.items() if name != each)
    pairs = ", ".join(f"{name!r}: {repr(each) if each else '...'}" for name, each in likely.items())
    named = ", nor ".join(map(repr, likely))
    return (
        f"export has no column that is known to be {named}; found {listed}"
        + (f" (and {read})" if read else "")
        + f". Pass columns={{{pairs}}} with the name that it has there"
    )


def _holding(name: str, column: Column, free: Sequence[str]) -> str | None:
    """The one column whose name holds one of the known names, word by word; None if not one."""
    found = [
        each
        for each in free
        if any(f" {_words(alias)} " in f" {_words(str(each))} " for alias in (name, *column.names))
    ]
    return found[0] if len(found) == 1 else None


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", _without_notation(text).casefold()))


#: How a clock is written, at the end of a name: it tells nothing that the values do not.
_NOTATION = re.compile(
    r"[\s_]*[(\[]?\s*\bh{1,2}:m{1,2}(?::s{1,2})?\s*[)\]]?\s*$|"
    r"[\s_]*[(\[]?\s*\bm{1,2}:s{1,2}\s*[)\]]?\s*$",
    re.IGNORECASE,
)


def _without_notation(text: object) -> str:
    return _NOTATION.sub("", str(text))


def _take_given(
    found: Found,
    present: Sequence[str],
    table: str,
    schema: Table,
    given: Mapping[str, str | None],
) -> None:
    for name, source in given.items():
        if name not in schema.columns:
            listed = ", ".join(schema.columns)
            msg = f"columns must name columns of {table!r}; got {name!r}. They are {listed}"
            raise ValueError(msg)
        if not source:
            continue
        if source not in present:
            listed = ", ".join(repr(each) for each in present)
            msg = f"export has no column {source!r}; found {listed}"
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
        (first, found.units[name]), *others = hits.items()
        found.columns[name] = first
        found.others[name] = [source for source, _ in others]


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
