"""An export read as a canonical table: columns found, values converted, what is missing made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, periods
from callstats._tables.checks import mapping, one_of
from callstats._tables.table import Table as Log
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.exports.cells import clock_text, numbers
from callstats.kpi.exports.cells.date_and_clock import joined
from callstats.kpi.exports.cells.durations import Lengths, lengths_of_numbers, lengths_of_values
from callstats.kpi.exports.cells.looks import Looks, counted_since_1970
from callstats.kpi.exports.cells.two_readings import TwoReadingsError
from callstats.kpi.exports.cells.units import SECONDS, given_units
from callstats.kpi.exports.contradictions import contradiction
from callstats.kpi.exports.derivations import derive
from callstats.kpi.exports.directions import direction_by_values
from callstats.kpi.exports.event_logs import Unfolded, from_events
from callstats.kpi.exports.headers import Found, match
from callstats.kpi.exports.score_sheets import (
    ask_for_items,
    items_given,
    numbers_beside,
    sheet_table,
    unfolded,
)
from callstats.kpi.exports.selection import conditions, selected
from callstats.kpi.exports.tables import Column, Table, simple, table_named, unaccented
from callstats.kpi.exports.unused import not_used
from callstats.kpi.exports.vocabulary import known_words, suggestion, word_parts

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence, Set

    from numpy.typing import NDArray

    from callstats.kpi.exports.score_sheets import Items
    from callstats.kpi.exports.selection import Where
    from callstats.typing import Frame, OnError

__all__ = ["canonical", "is_canonical", "match_columns", "read_export"]

_UNREADABLE = "the value cannot be read"
#: Unknown words that a message lists, most logs have fewer.
_WORDS_SHOWN = 12


def canonical(
    export: Frame,
    table: str = "calls",
    *,
    columns: Mapping[str, str | None] | None = None,
    where: Where | None = None,
    words: Mapping[str, Mapping[str, str | None]] | None = None,
    units: Mapping[str, str] | None = None,
    decimal: numbers.Decimal | None = None,
    dates: clock_text.Dates | None = None,
    timezone: str | datetime.tzinfo | None = None,
    items: Items | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """An export of a telephone system as the canonical table that the figures are made of.

    Columns are known by their usual names in English and Chinese, whatever their case, blanks and
    punctuation; durations may be seconds, ``h:mm:ss``, "3分20秒" or timedeltas, times any usual
    notation, outcomes and states the words that systems use for them. What cannot be told is
    refused with what to pass, never guessed. Use it before `summarize` and its like; what it gives
    is read without change by them.

    Parameters
    ----------
    export : DataFrame
        Rows as the system exported them; all columns may be text.
    table : str
        Which table it is: "calls", "states", "schedule", "intervals", "forecast", "scores",
        "ratings", "tickets", "visits", "transactions" or "units".
    columns : mapping, optional
        Canonical name to the export's, where the name is not known or two columns claim it; to None
        where a column that has the name holds another thing; a column `direction` is then called
        `direction_export`.
    where : str, sequence of str or mapping, optional
        Which rows to read: ``"direction=inbound, queue!=test,training"``, names of the table or of
        the export; a mapping gives each column the value or values that it must hold. The other
        rows are left out and counted.
    words : mapping, optional
        For a column of words such as `outcome`: what the export writes, to the canonical word; to
        None for rows that are no row of this table and are to be left out (and counted).
    units : mapping, optional
        For a column of durations its unit, where neither its name nor its values tell: "ms", "s",
        "min", "h", "days", or how clock readings are to be read: "hh:mm:ss", "mm:ss", "hh:mm". It
        may stand behind a name as well: ``columns={"wait": "Total Queue [ms]"}``.
    decimal : {".", ","}, optional
        The decimal mark. Default: what the numbers of each column, else of the table, tell.
    dates : {"dmy", "mdy"}, optional
        Order of day and month in dates such as 03/04/2024. Default: what the dates themselves tell.
    timezone : str, optional
        The zone of times that have none, such as "Asia/Shanghai". Default: they stay without.
    items : sequence of str, mapping or DataFrame, optional
        For "scores" that have a column an item: which columns are items. A mapping says of each
        what else is known, ``{"greeting": {"max_score": 10, "weight": 2, "critical": False,
        "category": "manners"}}``; so does a frame with a row an item and its name in `item`.
    on_error : {"raise", "drop", "flag"}
        What to do with rows in which a value cannot be read: refuse, leave out, or keep with the
        value missing and the rule in a column `problem`.

    Returns
    -------
    DataFrame
        The canonical columns that could be found or made, then the other columns as they were; the
        pandas index is kept. Durations are float seconds, times microseconds. Where they are not
        recorded, `arrival` is made of a date and a clock column, `outcome` of an answered (yes or
        no) column, and `wait` of the times. ``attrs["callstats"]`` (pandas) tells which column was
        read as which, in which unit, what was made, left out and why. Columns of one name and the
        same values are one; others of one name are called 'Notes #1', 'Notes #2', and none of them
        is read unless `columns` names it. With `items` each row of the sheet gives a row an item,
        in the order of the sheet and then of `items`, with a new index; an item without a score
        keeps its row, with the score missing. Other numbers, such as a total, stay beside, are no
        item and are listed under ``"not_used"``; a column `score` or `item` of the sheet is then
        called `score_export` or `item_export`.

    Raises
    ------
    MissingColumnError
        A required column is neither found nor given in `columns`.
    InvalidDataError
        Values cannot be read: the message gives column, rule, first bad value, its place, how many
        there are and what to pass. Two columns claim a required name, or dates may be read in two
        ways.

    Examples
    --------
    >>> import pandas as pd
    >>> export = pd.DataFrame({
    ...     "来电时间": ["2024/3/5 9:02:10", "2024/3/5 9:03:00"],
    ...     "排队时长": ["0:00:12", "0:01:05"],
    ...     "呼叫结果": ["已接通", "主叫挂机"],
    ...     "通话时长(秒)": [185, None],
    ... })
    >>> canonical(export)
                  arrival  wait    outcome   talk
    0 2024-03-05 09:02:10  12.0   answered  185.0
    1 2024-03-05 09:03:00  65.0  abandoned    NaN
    >>> sheet = pd.DataFrame({
    ...     "Recording": ["a", "b"], "Evaluator": ["Ana", "Bo"], "greeting": [9, 7],
    ...     "needs": [8, None],
    ... })
    >>> canonical(sheet, "scores", items=["greeting", "needs"])
      call_id rater      item  score
    0       a   Ana  greeting    9.0
    1       a   Ana     needs    8.0
    2       b    Bo  greeting    7.0
    3       b    Bo     needs    NaN
    """
    sheet = items_given(items, table) if items is not None else None
    log, frame, valid, about = read_export(
        export,
        table,
        columns=columns,
        where=where,
        words=words,
        units=units,
        decimal=decimal,
        dates=dates,
        timezone=timezone,
        sheet=sheet,
        on_error=on_error,
    )
    result = _rows(frame, valid) if not valid.all() else frame
    if sheet is not None:
        about["not_used"] = numbers_beside(result, list(about["columns"]))
        rows, made, in_the_way = unfolded(result, sheet)
        about["left_aside"] |= {name: name for name in in_the_way}
        schema = table_named(table)
        as_read = {name: rows[name] for name in schema.columns if name in rows.columns}
        result = _assembled(rows, as_read | made, schema)
    native = result.to_native()
    if log.frame.implementation.is_pandas_like():
        native.attrs["callstats"] = about
    return native


def match_columns(export: Frame, table: str, *, needed: Sequence[str] = ()) -> Found:
    """Which of the columns of an export is which of a canonical table."""
    raw = frames.read(export, "export")
    return match(raw.columns, table, table_named(table), {}, Looks(raw), needed=needed)


def read_export(
    export: Frame,
    table: str,
    *,
    columns: Mapping[str, str | None] | None = None,
    where: Where | None = None,
    words: Mapping[str, Mapping[str, str | None]] | None = None,
    units: Mapping[str, str] | None = None,
    decimal: numbers.Decimal | None = None,
    dates: clock_text.Dates | None = None,
    timezone: str | datetime.tzinfo | None = None,
    sheet: Mapping[str, Mapping[str, Any]] | None = None,
    on_error: OnError = "raise",
    needed: Sequence[str] | None = None,
) -> tuple[Log, Any, NDArray[np.bool_], dict[str, Any]]:
    """The log as read, the canonical frame of all rows, which rows to keep, and what was done.

    `needed` are the columns without which it does not go; the table's required ones if None.
    `sheet` are the items of a score sheet, which has a column each; its rows stay as they are.
    """
    schema = table_named(table)
    words = words or {}
    _check(schema, table, words, dates, decimal)
    export, again = frames.told_apart(export)
    raw = frames.read(export, "export")
    events = from_events(raw, table)
    if events is not None:
        raw = _frame_of(events, raw)
    looks = Looks(raw)
    if sheet is not None:
        schema = sheet_table(raw, schema, sheet, columns or {})
    elif table == "scores":
        ask_for_items(raw, schema, columns or {}, looks)
    said = given_units(units or {}, schema, table)
    found = match(raw.columns, table, schema, columns or {}, looks, needed=needed)
    found.units |= said
    found.made |= events.made if events is not None else {}
    dismissed = {name for name, source in (columns or {}).items() if not source}
    frame = _with_moments(_renamed(raw, found, dismissed), found, schema, looks)
    if table == "calls":
        frame = _with_direction(frame, schema, found, {**(columns or {})}, words)
    texts = _text_times(frame, schema, found)
    order = clock_text.date_order({n: _strings(values) for n, (_, values) in texts.items()}, dates)
    log = Log(frame.to_native(), "export", on_error=on_error, timezone=timezone)
    names = {name: f"{name}_export" for name in dismissed}
    names |= {source: name for name, source in found.columns.items()}
    chosen = selected(frame, conditions(where), schema, names)
    marks = _Marks(raw, found, decimal)
    reader = _Reader(schema, found, order, texts, words, frozenset(columns or {}), marks)
    read, ignored = reader.values(log, ~chosen)
    ignored = ignored | derive(log, table, read, found, reader.given)
    valid = log.settle() | (on_error == "flag")
    if doubt := contradiction(table, read, reader.bare, found.said(), ~ignored):
        raise TwoReadingsError(doubt)
    if on_error == "flag":
        read["problem"] = _problems(log)
    made = {
        name: periods.labels(name, values, log.zone, log.frame)
        if values.dtype == np.int64 and schema.holds(name) == "time"
        else values
        for name, values in read.items()
    }
    about = {
        "function": "canonical",
        "table": table,
        "columns": dict(found.columns),
        "units": {n: unit.seconds for n, unit in found.units.items() if unit.seconds != 1.0},
        "made": dict(found.made),
        "not_made": dict(found.not_made),
        "dates_only": found.dates_only,
        "dates": order,
        "timezone": log.zone.name,
        **log.summary(valid | ignored),
        "ignored": int(ignored.sum()),
        "not_chosen": int((~chosen).sum()),
        "no_queue_entries": reader.no_entries,
        "left_aside": reader.left_aside,
        "again": again,
        "not_used": [
            name
            for name in (not_used(log.frame, schema) if table == "calls" else [])
            if name not in reader.left_aside.values()
        ],
    }
    return log, _assembled(log.frame, made, schema), valid & ~ignored, about


def _check(
    schema: Table, table: str, words: Mapping[str, Any], dates: str | None, decimal: str | None
) -> None:
    if dates is not None:
        one_of("dates", dates, ("dmy", "mdy"))
    if decimal is not None:
        one_of("decimal", decimal, (".", ","))
    for name in mapping("words", words, "columns to their words"):
        if name not in schema.columns or schema.columns[name].holds != "words":
            msg = f"words must name columns of words of {table!r}; got {name!r}"
            raise ValueError(msg)


def is_canonical(log: Frame) -> bool:
    """Whether a log of calls has the names and outcomes of the table, and nothing else to read."""
    schema = table_named("calls")
    frame = frames.read(log, "log")
    try:
        found = match(frame.columns, "calls", schema, {}, Looks(frame))
    except (InvalidDataError, MissingColumnError):
        return False
    if found.made or any(name != source for name, source in found.columns.items()):
        return False
    if "direction" in found.columns or not_used(frame, schema):
        return False
    looks = Looks(frame)
    times = [looks(name) for name in found.columns if schema.holds(name) == "time"]
    if any(look.unit or look.kind in {"range", "clock", "digits"} for look in times):
        return False
    if "arrival" in found.columns and looks("arrival").kind == "date":
        return False
    if _with_direction(frame, schema, found, {}, {}) is not frame:
        return False
    return set(_distinct(frame["outcome"])[1]) <= set(schema.columns["outcome"].words)


def _with_events(column: Column) -> Column:
    """The words for states, with those for what begins them."""
    words = {word: (*own, *column.events.get(word, ())) for word, own in column.words.items()}
    return replace(column, words=words)


def _frame_of(events: Unfolded, like: Any) -> Any:
    import narwhals as nw

    if like.implementation.is_pandas_like():
        import pandas as pd

        return nw.from_native(pd.DataFrame(events.columns), eager_only=True)
    return nw.from_dict(events.columns, backend=like.implementation)


def _renamed(raw: Any, found: Found, dismissed: Set[str]) -> Any:
    """The frame with canonical names; a column in the way of one keeps its place under another.

    A column that bears one of the `dismissed` names is in the way, too.
    """
    import narwhals as nw

    names = {source: name for name, source in found.columns.items()}
    for name in dismissed & set(raw.columns):
        names.setdefault(name, f"{name}_export")
    for name, source in found.columns.items():
        if name in raw.columns and name != source:
            names.setdefault(name, f"{name}_export")
    series = {
        name: nw.new_series(
            name, joined(raw[date].to_list(), raw[clock].to_list()), nw.String(),
            backend=raw.implementation,
        )
        for name, (date, clock) in found.pairs.items()
    }  # fmt: skip
    # Both parts of a pair are told by the whole; a date may serve several clocks.
    parts = {part for pair in found.pairs.values() for part in pair}
    parts -= {source for name, source in found.columns.items() if name not in found.pairs}
    names = {source: name for source, name in names.items() if source not in parts}
    return _replaced(raw.drop(list(parts)).rename(names), series)


def _with_moments(frame: Any, found: Found, schema: Table, looks: Looks) -> Any:
    """The frame with counts since 1970 as moments, and ranges as their beginnings."""
    import narwhals as nw

    made = {}
    for name, source in found.columns.items():
        if name not in frame.columns or name in found.pairs:
            continue
        look = looks(source) if schema.holds(name) == "time" else None
        if look is not None and look.unit:
            told = "days since 1900" if look.unit == "days" else f"{look.unit} since 1970, UTC"
            found.made[name] = f"{source}, {told}"
            made[name] = counted_since_1970(
                frame[name], look.unit, lambda text: numbers.number_of(text, ".")
            )
        elif look is not None and look.kind == "range":
            starts = [
                ends[0] if isinstance(v, str) and (ends := clock_text.range_ends(v)) else v
                for v in frame[name].to_list()
            ]
            made[name] = nw.new_series(name, starts, nw.String(), backend=frame.implementation)
    return _replaced(frame, made) if made else frame


class _Marks:
    """The decimal mark of each column of an export."""

    def __init__(self, raw: Any, found: Found, given: numbers.Decimal | None) -> None:
        self._raw, self.found, self._given = raw, found, given

    def of(self, name: str, values: list[Any], *, whole: bool = False) -> numbers.Decimal:
        """The decimal mark of a column with these distinct values."""
        return numbers.decimal_mark(
            name,
            self.found.columns.get(name, name),
            _strings(values),
            given=self._given,
            whole=whole,
            elsewhere=self._elsewhere,
        )

    def _elsewhere(self) -> numbers.Decimal | None:
        """What all other numbers of the export say."""
        told: set[numbers.Decimal] = set()
        for name in self._raw.columns:
            series = self._raw[name]
            if series.dtype.is_float():
                values = np.asarray(series.to_numpy(), dtype=np.float64)
                values = values[np.isfinite(values)]
                told |= {"."} if (values != np.floor(values)).any() else set()
            elif _is_text(series):
                told |= numbers.evidence(_strings(_distinct(series)[1]))
        return told.pop() if len(told) == 1 else None


def _with_direction(
    frame: Any,
    schema: Table,
    found: Found,
    given: Mapping[str, str | None],
    words: Mapping[str, Mapping[str, str | None]],
) -> Any:
    """The frame with a column of directions where one has them under another name."""
    import narwhals as nw

    if "direction" in frame.columns or "direction" in given:
        return frame
    kept = {name for name, column in schema.columns.items() if column.holds != "text"}
    beside = [
        name
        for name, dtype in frame.schema.items()
        if name not in kept and (dtype == nw.String or _is_text(frame[name]))
    ]
    source = direction_by_values(
        frame,
        beside,
        schema.columns["direction"],
        words.get("direction", {}),
        lambda series: _distinct(series)[1],
    )
    if source is None:
        return frame
    found.made["direction"] = found.columns.get(source, source)
    return _replaced(frame, {"direction": frame[source]})


def _text_times(
    frame: Any, schema: Table, found: Found
) -> dict[str, tuple[NDArray[np.int64], list[Any]]]:
    """Each column of times as text, and those that may take its place, by distinct values."""
    sources = {
        name: source
        for column, first in found.columns.items()
        if schema.columns[column].holds == "time"
        for name, source in [
            (column, first),
            *((each, each) for each in found.others.get(column, ())),
        ]
    }
    return {
        source: _distinct(frame[name]) for name, source in sources.items() if _is_text(frame[name])
    }


@dataclass
class _Reader:
    """The columns of an export read one after the other."""

    schema: Table
    found: Found
    order: clock_text.Dates | None
    #: The times that are text by their distinct values, under the names of the export.
    texts: Mapping[str, tuple[NDArray[np.int64], list[Any]]]
    words: Mapping[str, Mapping[str, str | None]]
    #: Canonical columns that the user named.
    given: frozenset[str]
    marks: _Marks
    #: Durations that are numbers whose unit nobody told.
    bare: set[str] = field(default_factory=set)
    #: Rows that are no queue entries by what their direction says.
    no_entries: dict[str, int] = field(default_factory=dict)
    #: Canonical name to the column that was taken for it by its name, and holds another thing.
    left_aside: dict[str, str] = field(default_factory=dict)

    def values(
        self, log: Log, ignored: NDArray[np.bool_]
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

    def _read(self, log: Log, name: str, column: Column) -> tuple[Any, NDArray[np.bool_]]:
        """The column as what it holds; None where it holds another thing by all of its values."""
        before = len(log.problems)
        if column.holds == "time" and _is_text(log.frame[name]):
            known = self.texts.get(self.found.columns.get(name, name))
            codes, values = known or _distinct(log.frame[name])
            log.frame = _with_text_times(log.frame, name, codes, values, self.order)
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

    def _leave_aside(self, log: Log, name: str) -> None:
        source = self.found.columns.pop(name, name)
        self.left_aside[name] = source
        log.frame = log.frame.rename({name: f"{name}_export" if source == name else source})
        if others := self.found.others.get(name):
            self.found.columns[name] = others.pop(0)
            log.frame = log.frame.rename({self.found.columns[name]: name})


def _filled(log: Log, name: str) -> int:
    """Rows that have a value in a column, of those that count."""
    codes, values = _distinct(log.frame[name])
    nothing = [str(value).strip().lower() in clock_text.MISSING_WORDS for value in values]
    return int((~np.array([*nothing, True])[codes] & ~log.aside).sum())


def _is_text(series: Any) -> bool:
    import narwhals as nw

    kinds = (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)
    return series.dtype in kinds and frames.times(series) is None


def _distinct(series: Any) -> tuple[NDArray[np.int64], list[Any]]:
    """Rows as places in a list of their distinct values; -1 where missing."""
    import pandas as pd

    codes, values = pd.factorize(np.asarray([*series.to_list(), None], dtype=object)[:-1])
    return np.asarray(codes, np.int64), list(values)


def _strings(values: list[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _with_text_times(
    frame: Any,
    name: str,
    codes: NDArray[np.int64],
    values: list[Any],
    order: clock_text.Dates | None,
) -> Any:
    import narwhals as nw

    text = [
        v if isinstance(v, str) else v.isoformat() if hasattr(v, "isoformat") else str(v)
        for v in values
    ]
    table = np.array([*clock_text.iso_times(text, order), None], dtype=object)
    series = nw.new_series(name, table[codes].tolist(), nw.String(), backend=frame.implementation)
    return _replaced(frame, {name: series})


def _read(
    log: Log,
    name: str,
    column: Column,
    words: Mapping[str, str | None],
    marks: _Marks,
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
    log: Log, name: str, rule: str, convert: Callable[[Any], Any], missing: Any
) -> NDArray[Any]:
    series = log.frame[name]
    if missing is not None and series.dtype.is_numeric():
        return np.asarray(series.to_numpy(), dtype=np.float64)
    codes, values = _distinct(series)
    read = [convert(value) for value in values]
    unread = np.array([value is _UNREAD for value in read] + [False], bool)
    log.report(name, rule, unread[codes], _UNREADABLE)
    plain = [missing if value is _UNREAD else value for value in read] + [missing]
    table = np.array(plain, dtype=np.float64 if missing is not None else object)
    return table[codes]


_UNREAD = object()


def _number(value: Any, decimal: numbers.Decimal) -> Any:
    if not isinstance(value, str):
        return _UNREAD if isinstance(value, bool) else _float(value)
    number = numbers.number_of(value, decimal)
    return _UNREAD if number is None else number


def _texts(series: Any) -> list[Any]:
    return [] if series.dtype.is_numeric() else _distinct(series)[1]


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


def _seconds(log: Log, name: str, marks: _Marks) -> Lengths:
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
    codes, values = _distinct(series)
    lengths = lengths_of_values(name, source, values, unit, marks.of(name, values))
    rule = "be a duration such as 20, 20s, 3:30, 0:03:30 or 3分30秒"
    unread = np.append(lengths.unread, False)[codes]
    log.report(name, rule, unread, _UNREADABLE)
    seconds = np.append(lengths.seconds, np.nan)[codes]
    return Lengths(seconds, unread, bare=lengths.bare)


def _words(
    log: Log, name: str, column: Column, given: Mapping[str, str | None]
) -> tuple[Any, NDArray[np.bool_]]:
    codes, values = _distinct(log.frame[name])
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
        hint = _asked(name, column, {str(v): rows[str(v)] for v in strange if rows[str(v)]})
    rule = f"be one of {', '.join(column.words)}"
    log.report(name, rule, unknown[codes], _UNREADABLE, hint, advised=bool(hint))
    table = np.array([known.get(each) for each in spelled] + [None], dtype=object)
    return table[codes], dismissed[codes]


def _asked(name: str, column: Column, strange: Mapping[str, int]) -> str:
    """Unknown words with their rows, and what to pass: a meaning where it is certain."""
    shown = list(strange)[:_WORDS_SHOWN]
    told = ", ".join(f"{word!r} ({strange[word]} rows)" for word in shown)
    more = f", {len(strange) - len(shown)} more" if len(strange) > len(shown) else ""
    offered = {word: suggestion(word, column) or None for word in shown}
    choose = any("|" in str(meaning) for meaning in offered.values())
    return (
        f" (unknown: {told}{more}; pass words={{{name!r}: {offered}}}"
        f"{', of each | the one that it means' if choose else ''}; None leaves such rows out)"
    )


def _problems(log: Log) -> NDArray[Any]:
    told = np.full(log.rows, None, dtype=object)
    for problem in reversed(log.problems):
        told[problem.rows] = problem.sentence
    return told


def _assembled(frame: Any, read: Mapping[str, Any], schema: Table) -> Any:
    """The canonical columns in the order of the table, then the others."""
    import narwhals as nw

    series: dict[str, Any] = {}
    for name, values in read.items():
        if not isinstance(values, np.ndarray):
            series[name] = values
        elif values.dtype == object:
            truths = schema.holds(name) == "truth"
            kind = nw.Boolean() if truths else nw.String()
            if truths and frame.implementation.is_pandas_like():
                import pandas as pd

                made = pd.Series(values, name=name, dtype="boolean")
                series[name] = nw.from_native(made, series_only=True)
            else:
                series[name] = nw.new_series(
                    name, values.tolist(), kind, backend=frame.implementation
                )
        else:
            column = nw.new_series(name, values, backend=frame.implementation)
            if values.dtype.kind == "f" and not frame.implementation.is_pandas_like():
                column = column.fill_nan(None)
            series[name] = column
    order = [name for name in schema.columns if name in series]
    rest = [name for name in frame.columns if name not in series]
    tail = [name for name in series if name not in order]
    return _replaced(frame, series).select([*order, *rest, *tail])


def _replaced(frame: Any, series: Mapping[str, Any]) -> Any:
    """The frame with some columns put in or replaced, row by row, its index kept."""
    import narwhals as nw

    if not frame.implementation.is_pandas_like():
        return frame.with_columns(*(each.alias(name) for name, each in series.items()))
    native = frame.to_native().copy(deep=False)
    for name, each in series.items():
        native[name] = each.to_native().set_axis(native.index)
    return nw.from_native(native)


def _rows(frame: Any, keep: NDArray[np.bool_]) -> Any:
    import narwhals as nw

    if frame.implementation.is_pandas_like():
        return nw.from_native(frame.to_native()[keep])
    return frame.filter(keep.tolist())
