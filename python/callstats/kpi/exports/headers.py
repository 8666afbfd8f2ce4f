"""Which column of an export is which of a canonical table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callstats._tables.checks import mapping
from callstats._tables.frames import namesakes
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.exports.cells.date_and_clock import DATES, may_be_either, pair_dates_with_clocks
from callstats.kpi.exports.cells.units import SECONDS, SPELLINGS, Unit, bracketed, unit_of
from callstats.kpi.exports.derivations import derivable
from callstats.kpi.exports.tables import Column, Schema, simple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from callstats.kpi.exports.cells.looks import Looks

_DAYS = frozenset({"date", "moment", "missing"})


@dataclass
class Found:
    """Which column of the export is which of the table."""

    #: Canonical name to the export's.
    columns: dict[str, str] = field(default_factory=dict)
    #: What one of a column of durations is.
    units: dict[str, Unit] = field(default_factory=dict)
    #: Canonical name to how it is made where the export has no such column.
    made: dict[str, str] = field(default_factory=dict)
    #: The columns of date and clock that make a time.
    pairs: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Canonical name to why it was not made of what is there.
    not_made: dict[str, str] = field(default_factory=dict)
    #: Whether the time that decides a row's interval is a date alone.
    dates_only: bool = False
    #: The outcomes that true and false of a flag stand for.
    flag: tuple[str, str] | None = None
    #: Canonical name to further columns that may be it, where it need not be there.
    others: dict[str, list[str]] = field(default_factory=dict)

    def said(self) -> set[str]:
        """The durations whose unit the user said."""
        return {name for name, unit in self.units.items() if unit.said}


def match(
    present: Sequence[str],
    table: str,
    schema: Schema,
    given: Mapping[str, str | None],
    looks: Looks,
    *,
    needed: Sequence[str] | None = None,
) -> Found:
    """The columns of an export by the names that the table knows, `given` ones first.

    What is given as None or "" is in no column of the export. `looks` tells what values look like
    where a name may mean a time or a length. `needed` are the columns without which it does not
    go; the table's required ones if None.

    Raises
    ------
    MissingColumnError
        `given` names a column that is not there, or a required one is not found.
    InvalidDataError
        Two columns may be the same required one.
    """
    found = Found()
    _take_given(found, present, table, schema, given)
    alike = _alike(present, {*given.values()}, looks)
    for name in schema.columns:
        if name in present and name not in {*found.columns, *given, *given.values()}:
            _refuse_alike(name, alike.get(_simple(name), ()))
            found.columns[name] = name
    free = [each for each in present if each not in found.columns.values()]
    known: dict[str, str] = {}
    for each in free:
        known.setdefault(_simple(each), each)
    again = {_simple(name): columns for name, columns in namesakes(known.values()).items()}
    candidates = {key: [each] for key, each in known.items()} | again
    if table == "calls":
        _part_from_namesakes(candidates, found, schema.columns["outcome"])
    for name, column in schema.columns.items():
        if name not in found.columns and name not in given:
            _take_known(found, name, column, candidates, looks)
            _refuse_alike(name, alike.get(_simple(found.columns.get(name, "")), ()))
    if (
        table == "calls"
        and "duration" not in given
        and {"arrival", "wait", "talk"} <= set(found.columns)
    ):
        # It would only say again what the parts of the call say.
        found.columns.pop("duration", None)
    if table == "calls" and not {"arrival"} & {*found.columns, *given}:
        _take_date_for_arrival(found, known, looks)
    pair_dates_with_clocks(found, schema, present, looks)
    if table == "calls" and not {"outcome"} & {*found.columns, *given}:
        _take_flag(found, known, schema.columns["outcome"])
    required = [name for name, each in schema.columns.items() if each.required]
    absent = [
        name for name in (required if needed is None else needed) if name not in found.columns
    ]
    if not (table == "states" and _has_more_times(found, present, looks)):
        made = derivable(table, found.columns.keys())
        absent = [name for name in absent if name not in made]
    if absent:
        free = [each for each in present if each not in found.columns.values()]
        likely = {name: _holding(name, schema.columns[name], free) for name in absent}
        raise MissingColumnError(_missing(likely, free, found), likely)
    return found


def _part_from_namesakes(candidates: dict[str, list[str]], found: Found, outcome: Column) -> None:
    """Keep names from meaning what they mean elsewhere, by what stands beside them."""
    # Beside a column of yes and no the disposition is what the agent noted.
    if any(simple(each) in candidates for names in outcome.flags.values() for each in names):
        candidates.pop("disposition", None)
    # Cisco's Termination_Call_Detail is dated when the call is over.
    if "localqtime" in map(simple, [*found.columns.values(), *map(str, candidates)]):
        for each in candidates.pop("datetime", ()):
            candidates.setdefault("endtime", [each])


def _alike(
    present: Sequence[str], given: Set[str | None], looks: Looks
) -> dict[str, Sequence[str]]:
    """Columns whose names differ in case, blanks or punctuation alone, and that hold others."""
    spelled: dict[str, list[str]] = {}
    for each in present:
        if each not in given:
            spelled.setdefault(_simple(each), []).append(each)
    return {
        key: same for key, same in spelled.items() if key and len(same) > 1 and not looks.same(same)
    }


def _refuse_alike(name: str, columns: Sequence[str]) -> None:
    if columns:
        both = " and ".join(repr(each) for each in columns)
        raise InvalidDataError(
            "export has columns whose names differ in case, blanks or punctuation alone, and which "
            f"may be {name!r}: {both}; pass columns={{{name!r}: {columns[0]!r}}} or whichever it is"
        )


def _simple(name: object) -> str:
    # A share of calls is no number of calls: % Answered is not Answered.
    return simple(str(name).replace("%", " percent "))


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
    schema: Schema,
    given: Mapping[str, str | None],
) -> None:
    for name, source in mapping("columns", given, "names to those of the export").items():
        if name not in schema.columns:
            listed = ", ".join(schema.columns)
            msg = f"columns must name columns of {table!r}; got {name!r}. They are {listed}"
            raise ValueError(msg)
        if not source:
            continue
        source, said = bracketed(source, present)  # noqa: PLW2901 - without its unit
        if source not in present:
            listed = ", ".join(repr(each) for each in present)
            raise MissingColumnError(f"export has no column {source!r}; found {listed}")
        found.columns[name] = source
        if schema.columns[name].holds == "seconds":
            found.units[name] = said or unit_of(source)


def _take_known(
    found: Found, name: str, column: Column, known: Mapping[str, Sequence[str]], looks: Looks
) -> None:
    endings = {"": SECONDS, **(SPELLINGS if column.holds == "seconds" else {})}
    taken = set(found.columns.values())
    hits: dict[str, Unit] = {}
    for alias in map(simple, (name, *column.names)):
        for ending, unit in endings.items():
            # Beside a maximum min is the least.
            if ending == "min" and alias + "max" in known:
                continue
            for source in known.get(alias + ending, ()):
                if source not in taken:
                    hits.setdefault(source, unit)
    if column.holds in {"time", "seconds"}:
        hits = _that_look_right(column.holds, hits, looks)
    if name == "arrival" and len(hits) > 1:
        # The time of entering the queue goes before that of entering the menu.
        queued = {source: unit for source, unit in hits.items() if "queue" in _simple(source)}
        hits = queued if len(queued) == 1 else hits
    doubled = {each for same in known.values() if len(hits.keys() & same) > 1 for each in same}
    # Which rows count is decided by a direction, too.
    if len(hits) > 1 and (column.required or (column.excluded and doubled)):
        both = " and ".join(repr(each) for each in hits)
        raise InvalidDataError(
            f"export has more than one column that may be {name!r}: {both}; pass "
            f"columns={{{name!r}: {next(iter(hits))!r}}} or whichever it is"
        )
    # Of columns of one name none is the right one by itself.
    hits = {source: unit for source, unit in hits.items() if source not in doubled}
    if hits:
        (first, found.units[name]), *others = hits.items()
        found.columns[name] = first
        found.others[name] = [source for source, _ in others]


def _has_more_times(found: Found, present: Sequence[str], looks: Looks) -> bool:
    """Whether a column that nobody knows may be the end or the length of a spell."""
    taken = {*found.columns.values(), *(part for pair in found.pairs.values() for part in pair)}
    return "duration" not in found.columns and any(
        looks(each).kind in {"moment", "clock", "length", "count"}
        for each in present
        if each not in taken
    )


def _first(names: Sequence[str], known: Mapping[str, str]) -> str | None:
    return next((known[simple(each)] for each in names if simple(each) in known), None)


def _that_look_right(holds: str, hits: dict[str, Unit], looks: Looks) -> dict[str, Unit]:
    """Of columns whose names may mean a time or a length those whose values look like it.

    A whole moment goes before a clock reading, and that before a date.
    """
    if holds == "seconds":
        # A call time of 9:15 AM is when the call was.
        right = {
            source: unit
            for source, unit in hits.items()
            if not may_be_either(source)
            or looks(source).kind == "length"
            or (looks(source).kind in {"clock", "digits"} and looks(source).short)
        }
        return {k: u for k, u in right.items() if looks(k).kind not in {"moment", "date", "range"}}
    right = {
        source: unit
        for source, unit in hits.items()
        if looks(source).kind != "length" and not (may_be_either(source) and looks(source).short)
    }
    if len(right) > 1:
        for kinds in ({"moment", "count"}, {"clock", "range", "digits"}, {"date"}):
            best = {k: unit for k, unit in right.items() if looks(k).kind in kinds}
            if best:
                return best
    return right


def _take_date_for_arrival(found: Found, known: Mapping[str, str], looks: Looks) -> None:
    taken = set(found.columns.values())
    for name in map(simple, DATES):
        date = known.get(name)
        if date is not None and date not in taken and looks(date).kind in _DAYS:
            found.columns["arrival"] = date
            return


def _take_flag(found: Found, known: Mapping[str, str], outcome: Column) -> None:
    for (yes, names), no in zip(outcome.flags.items(), reversed([*outcome.flags]), strict=True):
        source = _first(names, known)
        if source is not None and source not in found.columns.values():
            found.columns["outcome"] = source
            found.flag = (yes, no)
            found.made["outcome"] = f"{source}: true is {yes}, false {no}"
            return
