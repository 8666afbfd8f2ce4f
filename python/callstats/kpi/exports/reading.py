"""An export read as a canonical table: columns found, values converted, what is missing made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _frames
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi import clock_text, periods
from callstats.kpi.exports.directions import direction_by_values
from callstats.kpi.exports.selection import conditions, selected
from callstats.kpi.exports.unused import not_used
from callstats.kpi.exports.vocabulary import known_words, suggestion
from callstats.kpi.headers import Found, match
from callstats.kpi.log import Log
from callstats.kpi.tables import Column, Table, simple, table_named

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from callstats.kpi.exports.selection import Where
    from callstats.typing import Frame, OnError

__all__ = ["canonical", "is_canonical", "read_export"]

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0", "是", "有", "对"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0", "否", "无", "错"})
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
    dates: clock_text.Dates | None = None,
    timezone: str | datetime.tzinfo | None = None,
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
        where a column that has the name holds another thing.
    where : str, sequence of str or mapping, optional
        Which rows to read: ``"direction=inbound, queue!=test,training"``, names of the table or of
        the export; a mapping gives each column the value or values that it must hold. The other
        rows are left out and counted.
    words : mapping, optional
        For a column of words such as `outcome`: what the export writes, to the canonical word; to
        None for rows that are no row of this table and are to be left out (and counted).
    dates : {"dmy", "mdy"}, optional
        Order of day and month in dates such as 03/04/2024. Default: what the dates themselves tell.
    timezone : str, optional
        The zone of times that have none, such as "Asia/Shanghai". Default: they stay without.
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
        read as which, in which unit, what was made, left out and why.

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
    """
    log, frame, valid, about = read_export(
        export,
        table,
        columns=columns,
        where=where,
        words=words,
        dates=dates,
        timezone=timezone,
        on_error=on_error,
    )
    result = _rows(frame, valid) if not valid.all() else frame
    native = result.to_native()
    if log.frame.implementation.is_pandas_like():
        native.attrs["callstats"] = about
    return native


def read_export(
    export: Frame,
    table: str,
    *,
    columns: Mapping[str, str | None] | None = None,
    where: Where | None = None,
    words: Mapping[str, Mapping[str, str | None]] | None = None,
    dates: clock_text.Dates | None = None,
    timezone: str | datetime.tzinfo | None = None,
    on_error: OnError = "raise",
) -> tuple[Log, Any, NDArray[np.bool_], dict[str, Any]]:
    """The log as read, the canonical frame of all rows, which rows to keep, and what was done."""
    schema = table_named(table)
    if dates not in {None, "dmy", "mdy"}:
        msg = f"dates must be 'dmy' or 'mdy'; got {dates!r}"
        raise ValueError(msg)
    raw = _frames.read(export, "export")
    words = {} if words is None else words
    for name in words:
        if name not in schema.columns or schema.columns[name].holds != "words":
            msg = f"words must name columns of words of {table!r}; got {name!r}"
            raise ValueError(msg)
    found = match(raw.columns, table, schema, columns or {})
    frame = _renamed(raw, found)

    if table == "calls":
        frame = _with_direction(frame, schema, found, {**(columns or {})}, words)
    order = clock_text.date_order(_dates(frame, schema, found), dates)
    log = Log(frame.to_native(), "export", on_error=on_error, timezone=timezone)
    names = {source: name for name, source in found.columns.items()}
    chosen = selected(frame, conditions(where), schema, names)
    reader = _Reader(schema, found, order, words, frozenset(columns or {}))
    read, ignored = reader.values(log, ~chosen)
    if table == "calls":
        _make_wait(log, read, found)
    valid = log.settle() | (on_error == "flag")
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
        "units": {name: unit for name, unit in found.units.items() if unit != 1.0},
        "made": dict(found.made),
        "dates": order,
        "timezone": log.zone.name,
        **log.summary(valid | ignored),
        "ignored": int(ignored.sum()),
        "not_chosen": int((~chosen).sum()),
        "no_queue_entries": reader.no_entries,
        "left_aside": reader.left_aside,
        "not_used": [
            name
            for name in (not_used(log.frame, schema) if table == "calls" else [])
            if name not in reader.left_aside.values()
        ],
    }
    return log, _assembled(log.frame, made, schema), valid & ~ignored, about


def is_canonical(log: Frame) -> bool:
    """Whether a log of calls has the names and outcomes of the table, and nothing else to read."""
    schema = table_named("calls")
    frame = _frames.read(log, "log")
    try:
        found = match(frame.columns, "calls", schema, {})
    except (InvalidDataError, MissingColumnError):
        return False
    if found.made or any(name != source for name, source in found.columns.items()):
        return False
    if "direction" in found.columns or not_used(frame, schema):
        return False
    if _with_direction(frame, schema, found, {}, {}) is not frame:
        return False
    return set(_distinct(frame["outcome"])[1]) <= set(schema.columns["outcome"].words)


def _renamed(raw: Any, found: Found) -> Any:
    """The frame with canonical names; a column in the way of one keeps its place under another."""
    import narwhals as nw

    names = {source: name for name, source in found.columns.items()}
    for name, source in found.columns.items():
        if name in raw.columns and name != source:
            names.setdefault(name, f"{name}_export")
    frame = raw
    if found.pair is not None:
        date, clock = found.pair
        joined = [
            None if _empty(day) or _empty(time) else f"{_day(day)} {time}"
            for day, time in zip(raw[date].to_list(), raw[clock].to_list(), strict=True)
        ]
        series = nw.new_series(date, joined, nw.String(), backend=raw.implementation)
        frame = _replaced(raw, {date: series}).drop([clock])
    return frame.rename(names)


def _with_direction(
    frame: Any,
    schema: Table,
    found: Found,
    given: Mapping[str, str | None],
    words: Mapping[str, Mapping[str, str | None]],
) -> Any:
    """The frame with a column of directions where one has them under another name."""
    if "direction" in frame.columns or "direction" in given:
        return frame
    kept = {name for name, column in schema.columns.items() if column.holds != "text"}
    beside = [name for name in frame.columns if name not in kept and _is_text(frame[name])]
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


def _dates(frame: Any, schema: Table, found: Found) -> dict[str, list[str]]:
    """The distinct texts of each column of times, and of those that may take its place."""
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
        source: _strings(_distinct(frame[name])[1])
        for name, source in sources.items()
        if _is_text(frame[name])
    }


@dataclass
class _Reader:
    """The columns of an export read one after the other."""

    schema: Table
    found: Found
    order: clock_text.Dates | None
    words: Mapping[str, Mapping[str, str | None]]
    #: Canonical columns that the user named.
    given: frozenset[str]
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
            codes, values = _distinct(log.frame[name])
            log.frame = _with_text_times(log.frame, name, codes, values, self.order)
        optional = not column.required and name not in self.given and column.holds != "words"
        try:
            made, dismissed = _read(log, name, column, self.found, self.words.get(name, {}))
        except InvalidDataError:
            if not optional:
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


def _day(value: Any) -> str:
    return value.isoformat()[:10] if hasattr(value, "isoformat") else str(value).strip()


def _empty(value: Any) -> bool:
    import pandas as pd

    return value is None or bool(pd.isna(value)) or (isinstance(value, str) and not value.strip())


def _is_text(series: Any) -> bool:
    import narwhals as nw

    kinds = (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)
    return series.dtype in kinds and _frames.times(series) is None


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
    log: Log, name: str, column: Column, found: Found, words: Mapping[str, str | None]
) -> tuple[Any, NDArray[np.bool_]]:
    """A column as what it holds, and rows that are to be left out by the user's words."""
    none = np.zeros(log.rows, bool)
    if column.holds == "time":
        return log.instants(name, _UNREADABLE), none
    if column.holds == "seconds":
        return _seconds(log, name, found.units.get(name, 1.0)), none
    if column.holds == "number":
        return _converted(log, name, "be a number such as 12 or 1,250", _number, np.nan), none
    if column.holds == "truth":
        read = _converted(log, name, "be true or false, yes or no", _truth, None)
        known = [value is not None for value in read]
        return (np.array(read, bool) if all(known) else read), none
    if column.holds == "words":
        if found.flag is not None and name == "outcome":
            truths = _converted(log, name, "be true or false, yes or no", _truth, None)
            chosen = [None if truth is None else found.flag[not truth] for truth in truths]
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


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return _UNREAD if isinstance(value, bool) else _float(value)
    plain = value.strip()
    if plain.lower() in clock_text.MISSING_WORDS:
        return np.nan
    percent = plain.endswith("%")
    number = _float(plain.rstrip("%").replace(",", ""))
    return number / 100 if percent and number is not _UNREAD else number


def _float(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return _UNREAD


def _truth(value: Any) -> Any:
    plain = str(value).strip().lower()
    if plain in _TRUE:
        return True
    if plain in _FALSE:
        return False
    return None if plain in clock_text.MISSING_WORDS else _UNREAD


def _seconds(log: Log, name: str, unit: float) -> NDArray[np.float64]:
    import narwhals as nw

    series = log.frame[name]
    if series.dtype == nw.Duration:
        return np.asarray(series.to_numpy() / np.timedelta64(1, "s"), dtype=np.float64)
    if series.dtype.is_numeric():
        return np.asarray(series.to_numpy(), dtype=np.float64) * unit

    def convert(value: Any) -> Any:
        if isinstance(value, str):
            seconds = clock_text.seconds_of(value)
            if seconds is None:
                return _UNREAD
            # 3:30 and 20s tell their unit themselves; a bare number has that of its column.
            return seconds * unit if _float(value.replace(",", "")) is not _UNREAD else seconds
        if hasattr(value, "total_seconds"):
            return value.total_seconds()
        if hasattr(value, "hour"):
            return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
        number = _float(value)
        return number if number is _UNREAD or isinstance(value, bool) else number * unit

    rule = "be a duration such as 20, 20s, 3:30, 0:03:30 or 3分30秒"
    return _converted(log, name, rule, convert, np.nan)


def _words(
    log: Log, name: str, column: Column, given: Mapping[str, str | None]
) -> tuple[Any, NDArray[np.bool_]]:
    known = known_words(column, given)
    codes, values = _distinct(log.frame[name])
    spelled = [simple(str(value)) for value in values]
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


def _make_wait(log: Log, read: dict[str, Any], found: Found) -> None:
    """Wait from the times: until the answer, else until the end of who was not answered."""
    if "wait" in read or "arrival" not in read:
        return
    missing = periods.MISSING
    arrival = read["arrival"]
    answer = read.get("answer", np.full(log.rows, missing))
    end = read.get("end", np.full(log.rows, missing))
    left = read["outcome"] != "answered"
    until = np.where((answer == missing) & left, end, answer)
    known = (arrival != missing) & (until != missing)
    elapsed = (np.where(known, until, 0) - np.where(known, arrival, 0)) / periods.NANOSECONDS
    read["wait"] = np.where(known, elapsed, np.nan)
    parts = [name for name in ("answer", "end") if name in read]
    found.made["wait"] = f"{' or '.join(parts)} - arrival"


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
