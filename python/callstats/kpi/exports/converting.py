"""The columns of an export read one after the other, each as what it holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.frames import replaced
from callstats.errors import InvalidDataError
from callstats.kpi.exports.cells import clock_text, numbers
from callstats.kpi.exports.cells.distinct import distinct, is_text, strings
from callstats.kpi.exports.cells.durations import Lengths, lengths_of_numbers, lengths_of_values
from callstats.kpi.exports.cells.numbers import TwoReadingsError
from callstats.kpi.exports.cells.units import SECONDS
from callstats.kpi.exports.tables import simple, unaccented
from callstats.kpi.exports.vocabulary import known_words, suggestion, word_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from callstats._tables.table import Table
    from callstats.kpi.exports.headers import Found
    from callstats.kpi.exports.tables import Column, Schema

_UNREADABLE = "the value cannot be read"


#: Unknown words that a message lists, most logs have fewer.
_WORDS_SHOWN = 12


_UNREAD = object()


class Marks:
    """The decimal mark of each column of an export."""

    def __init__(self, raw: Any, found: Found, given: numbers.Decimal | None) -> None:
        self._raw, self.found, self._given = raw, found, given

    def of(self, name: str, values: list[Any], *, whole: bool = False) -> numbers.Decimal:
        """The decimal mark of a column with these distinct values."""
        return numbers.decimal_mark(
            name,
            self.found.columns.get(name, name),
            strings(values),
            given=self._given,
            whole=whole,
            elsewhere=self._elsewhere,
        )

    def _elsewhere(self) -> numbers.Decimal | None:
        """What all other numbers of the export say."""
        listed: set[numbers.Decimal] = set()
        for name in self._raw.columns:
            series = self._raw[name]
            if series.dtype.is_float():
                values = np.asarray(series.to_numpy(), dtype=np.float64)
                values = values[np.isfinite(values)]
                listed |= {"."} if (values != np.floor(values)).any() else set()
            elif is_text(series):
                listed |= numbers.evidence(strings(distinct(series)[1]))
        return listed.pop() if len(listed) == 1 else None


@dataclass
class Reader:
    """The columns of an export read one after the other."""

    schema: Schema
    found: Found
    order: clock_text.Dates | None
    #: The times that are text by their distinct values, under the names of the export.
    texts: Mapping[str, tuple[NDArray[np.int64], list[Any]]]
    words: Mapping[str, Mapping[str, str | None]]
    #: Canonical columns that the user named.
    given: frozenset[str]
    marks: Marks
    #: Durations that are numbers whose unit nobody told.
    bare: set[str] = field(default_factory=set)
    #: Rows that are no queue entries by what their direction says.
    no_entries: dict[str, int] = field(default_factory=dict)
    #: Canonical name to the column that was taken for it by its name, and holds another thing.
    left_aside: dict[str, str] = field(default_factory=dict)

    def values(
        self, log: Table, ignored: NDArray[np.bool_]
    ) -> tuple[dict[str, Any], NDArray[np.bool_]]:
        """What each column holds, and the rows that are no rows of the table."""
        read: dict[str, Any] = {}
        # First the columns that say which rows count: the others of those break no rule.
        ranked = sorted(
            self.schema.columns.items(), key=lambda item: (not item[1].excluded, not item[1].words)
        )
        for name, column in ranked:
            log.aside = ignored
            while log.has(name):
                before = len(log.problems), log.zone, log.aware
                made, dismissed = self._read(log, name, column)
                if made is not None:
                    read[name] = made
                    self._count(made, column, dismissed & ~ignored)
                    ignored = ignored | dismissed
                    break
                del log.problems[before[0] :]
                _, log.zone, log.aware = before
                self._leave_aside(log, name)
        return read, ignored

    def _count(self, made: Any, column: Column, dismissed: NDArray[np.bool_]) -> None:
        for word in column.excluded:
            if count := int((dismissed & (made == word)).sum()):
                self.no_entries[word] = count

    def _read(self, log: Table, name: str, column: Column) -> tuple[Any, NDArray[np.bool_]]:
        """The column as what it holds; None where it holds another thing by all of its values."""
        before = len(log.problems)
        if column.holds == "time" and is_text(log.frame[name]):
            known = self.texts.get(self.found.columns.get(name, name))
            codes, values = known or distinct(log.frame[name])
            log.frame = with_text_times(log.frame, name, codes, values, self.order)
        if column.events and not log.has("end") and not log.has("duration"):
            column = _with_events(column)
        optional = not column.required and name not in self.given and column.holds != "words"
        try:
            if column.holds == "seconds":
                lengths = _seconds(log, name, self.marks)
                made, dismissed = lengths.seconds, np.zeros(log.rows, bool)
                self.bare |= {name} if lengths.bare else set()
            else:
                made, dismissed = _read(log, name, column, self.words.get(name, {}), self.marks)
        except InvalidDataError as error:
            if not optional or isinstance(error, TwoReadingsError):
                raise
            return None, log.aside
        if not optional or len(log.problems) == before:
            return made, dismissed
        unread = np.unique(np.concatenate([each.rows for each in log.problems[before:]]))
        return (None if unread.size == _filled(log, name) else made), dismissed

    def _leave_aside(self, log: Table, name: str) -> None:
        source = self.found.columns.pop(name, name)
        self.left_aside[name] = source
        log.frame = log.frame.rename({name: f"{name}_export" if source == name else source})
        if others := self.found.others.get(name):
            self.found.columns[name] = others.pop(0)
            log.frame = log.frame.rename({self.found.columns[name]: name})


def _with_events(column: Column) -> Column:
    """The words for states, with those for what begins them."""
    words = {word: (*own, *column.events.get(word, ())) for word, own in column.words.items()}
    return replace(column, words=words)


def _filled(log: Table, name: str) -> int:
    """Rows that have a value in a column, of those that count."""
    codes, values = distinct(log.frame[name])
    nothing = [str(value).strip().lower() in clock_text.MISSING_WORDS for value in values]
    return int((~np.array([*nothing, True])[codes] & ~log.aside).sum())


def with_text_times(
    frame: Any,
    name: str,
    codes: NDArray[np.int64],
    values: list[Any],
    order: clock_text.Dates | None,
) -> Any:
    """The frame with a column of times as text in ISO 8601."""
    import narwhals as nw

    text = [
        v if isinstance(v, str) else v.isoformat() if hasattr(v, "isoformat") else str(v)
        for v in values
    ]
    table = np.array([*clock_text.iso_times(text, order), None], dtype=object)
    series = nw.new_series(name, table[codes].tolist(), nw.String(), backend=frame.implementation)
    return replaced(frame, {name: series})


def _read(
    log: Table, name: str, column: Column, words: Mapping[str, str | None], marks: Marks
) -> tuple[Any, NDArray[np.bool_]]:
    """A column as what it holds, and rows that are to be left out by the user's words."""
    none, flag = np.zeros(log.rows, bool), marks.found.flag
    if column.holds == "time":
        return log.instants(name, _UNREADABLE), none
    if column.holds == "number":
        mark = marks.of(name, _texts(log.frame[name]), whole=column.whole)
        rule = "be a number such as 12 or 1,250"
        return _converted(log, name, rule, lambda value: _number(value, mark), np.nan), none
    if column.holds == "truth":
        read = _converted(log, name, "be true or false, yes or no", _truth, None)
        known = [value is not None for value in read]
        return (np.array(read, bool) if all(known) else read), none
    if column.holds == "words":
        if flag is not None and name == "outcome":
            truths = _converted(log, name, "be true or false, yes or no", _truth, None)
            chosen = [None if truth is None else flag[not truth] for truth in truths]
            return np.array([*chosen, None], dtype=object)[:-1], none
        return _words(log, name, column, words)
    return log.frame[name], none


def _converted(
    log: Table, name: str, rule: str, convert: Callable[[Any], Any], missing: Any
) -> NDArray[Any]:
    series = log.frame[name]
    if missing is not None and series.dtype.is_numeric():
        return np.asarray(series.to_numpy(), dtype=np.float64)
    codes, values = distinct(series)
    read = [convert(value) for value in values]
    unread = np.array([value is _UNREAD for value in read] + [False], bool)
    log.report(name, rule, unread[codes], _UNREADABLE)
    plain = [missing if value is _UNREAD else value for value in read] + [missing]
    table = np.array(plain, dtype=np.float64 if missing is not None else object)
    return table[codes]


def _number(value: Any, decimal: numbers.Decimal) -> Any:
    if not isinstance(value, str):
        return _UNREAD if isinstance(value, bool) else _float(value)
    number = numbers.number_of(value, decimal)
    return _UNREAD if number is None else number


def _texts(series: Any) -> list[Any]:
    return [] if series.dtype.is_numeric() else distinct(series)[1]


def _float(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return _UNREAD


def _truth(value: Any) -> Any:
    plain = unaccented(str(value)).strip().lower()
    if plain in {"1", "1.0"} or plain in word_parts("yes"):
        return True
    if plain in {"0", "0.0"} or plain in word_parts("no"):
        return False
    return None if plain in clock_text.MISSING_WORDS else _UNREAD


def _seconds(log: Table, name: str, marks: Marks) -> Lengths:
    """A column of durations, row by row."""
    import narwhals as nw

    series = log.frame[name]
    found = marks.found
    source, unit = found.columns.get(name, name), found.units.get(name, SECONDS)
    if series.dtype == nw.Duration:
        seconds = np.asarray(series.to_numpy() / np.timedelta64(1, "s"), dtype=np.float64)
        return Lengths(seconds, np.zeros(log.rows, bool), bare=False)
    if series.dtype.is_numeric():
        plain = np.asarray(series.to_numpy(), dtype=np.float64)
        return lengths_of_numbers(name, source, plain, unit)
    codes, values = distinct(series)
    lengths = lengths_of_values(name, source, values, unit, marks.of(name, values))
    rule = "be a duration such as 20, 20s, 3:30, 0:03:30 or 3分30秒"
    unread = np.append(lengths.unread, False)[codes]
    log.report(name, rule, unread, _UNREADABLE)
    seconds = np.append(lengths.seconds, np.nan)[codes]
    return Lengths(seconds, unread, bare=lengths.bare)


def _words(
    log: Table, name: str, column: Column, given: Mapping[str, str | None]
) -> tuple[Any, NDArray[np.bool_]]:
    codes, values = distinct(log.frame[name])
    spelled = [simple(str(value)) for value in values]
    known = known_words(column, given, spelled)
    absent = [str(value).strip().lower() in clock_text.MISSING_WORDS for value in values]
    unknown = np.array(
        [
            column.known if nothing else each not in known
            for each, nothing in zip(spelled, absent, strict=True)
        ]
        + [column.known],
        bool,
    )
    means = [known.get(each, "") for each in spelled]
    dismissed = np.array([each is None or each in column.excluded for each in means] + [False])
    strange = [value for value, bad in zip(values, unknown, strict=False) if bad]
    hint = ""
    if strange:
        counts = np.bincount(codes[(codes >= 0) & ~log.aside], minlength=len(values)).tolist()
        rows = dict(zip(map(str, values), counts, strict=True))
        hint = _unknown_words(name, column, {str(v): rows[str(v)] for v in strange if rows[str(v)]})
    rule = f"be one of {', '.join(column.words)}"
    log.report(name, rule, unknown[codes], _UNREADABLE, hint, advised=bool(hint))
    table = np.array([known.get(each) for each in spelled] + [None], dtype=object)
    return table[codes], dismissed[codes]


def _unknown_words(name: str, column: Column, strange: Mapping[str, int]) -> str:
    """Unknown words with their rows, and what to pass: a meaning where it is certain."""
    shown = list(strange)[:_WORDS_SHOWN]
    listed = ", ".join(f"{word!r} ({strange[word]} rows)" for word in shown)
    more = f", {len(strange) - len(shown)} more" if len(strange) > len(shown) else ""
    offered = {word: suggestion(word, column) or None for word in shown}
    choose = any("|" in str(meaning) for meaning in offered.values())
    return (
        f" (unknown: {listed}{more}; pass words={{{name!r}: {offered}}}"
        f"{', of each | the one that it means' if choose else ''}; None leaves such rows out)"
    )
