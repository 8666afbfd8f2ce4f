"""An export read as a canonical table: columns found, values converted, what is missing made."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _frames
from callstats.kpi import clock_text, periods
from callstats.kpi.headers import Found, match
from callstats.kpi.log import Log
from callstats.kpi.tables import Column, Table, simple, table_named

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

__all__ = ["canonical", "read_export"]

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0", "是", "有", "对"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0", "否", "无", "错"})
_UNREADABLE = "the value cannot be read"


def canonical(
    export: Frame,
    table: str = "calls",
    *,
    columns: Mapping[str, str] | None = None,
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
        Canonical name to the export's, where the name is not known or two columns claim it.
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
    columns: Mapping[str, str] | None = None,
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

    text_times = {
        name: _distinct(frame[name])
        for name, column in schema.columns.items()
        if column.holds == "time" and name in frame.columns and _is_text(frame[name])
    }
    order = clock_text.date_order(
        {found.columns.get(name, name): _strings(v) for name, (_, v) in text_times.items()}, dates
    )
    for name, (codes, values) in text_times.items():
        frame = _with_text_times(frame, name, codes, values, order)

    log = Log(frame.to_native(), "export", on_error=on_error, timezone=timezone)
    read: dict[str, Any] = {}
    ignored = np.zeros(log.rows, bool)
    for name, column in schema.columns.items():
        if log.has(name):
            read[name], dismissed = _read(log, name, column, found, words.get(name, {}))
            ignored |= dismissed
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
        **log.summary(valid & ~ignored),
        "ignored": int(ignored.sum()),
    }
    return log, _assembled(log.frame, made, schema), valid & ~ignored, about


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
        if found.flag is not None:
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
    known: dict[str, str | None] = {}
    for word, spellings in column.words.items():
        known.update(dict.fromkeys(map(simple, (word, *spellings)), word))
    for spelling, meant in given.items():
        if meant is not None and meant not in column.words:
            listed = ", ".join(column.words)
            msg = f"words must map to one of {listed} or None; got {meant!r} for {spelling!r}"
            raise ValueError(msg)
        known[simple(str(spelling))] = meant
    codes, values = _distinct(log.frame[name])
    spelled = [simple(str(value)) for value in values]
    unknown = np.array([each not in known for each in spelled] + [column.required], bool)
    dismissed = np.array([known.get(each, "") is None for each in spelled] + [False], bool)
    hint = ""
    strange = [value for value, bad in zip(values, unknown, strict=False) if bad]
    if strange:
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        told = ", ".join(f"{value!r} ({counts[values.index(value)]} rows)" for value in strange[:5])
        near = difflib.get_close_matches(simple(str(strange[0])), list(known), n=1)
        guess = repr(known[near[0]]) if near and known[near[0]] else "..."
        more = f", {len(strange) - 5} more" if len(strange) > 5 else ""
        hint = (
            f" (unknown: {told}{more}; pass words={{{name!r}: {{{strange[0]!r}: {guess}}}}} or "
            "whatever it means, None to leave such rows out)"
        )
    log.report(name, f"be one of {', '.join(column.words)}", unknown[codes], _UNREADABLE, hint)
    table = np.array([known.get(each) for each in spelled] + [None], dtype=object)
    return table[codes], dismissed[codes]


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
