"""An export read as a canonical table: columns found, values converted, what is missing made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, periods
from callstats._tables.checks import mapping, one_of
from callstats._tables.table import Table
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.exports.arranging import renamed, text_times, with_direction, with_moments
from callstats.kpi.exports.assembling import assembled
from callstats.kpi.exports.cells import clock_text
from callstats.kpi.exports.cells.distinct import distinct, strings
from callstats.kpi.exports.cells.looks import Looks
from callstats.kpi.exports.cells.numbers import TwoReadingsError
from callstats.kpi.exports.cells.units import given_units
from callstats.kpi.exports.contradictions import contradiction, not_used
from callstats.kpi.exports.converting import Marks, Reader
from callstats.kpi.exports.derivations import derive
from callstats.kpi.exports.event_logs import from_events
from callstats.kpi.exports.headers import Found, match
from callstats.kpi.exports.score_sheets import (
    ask_for_items,
    items_given,
    numbers_beside,
    sheet_table,
    unfolded,
)
from callstats.kpi.exports.selection import conditions, selected
from callstats.kpi.exports.tables import Schema, schema_named

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.kpi.exports.cells.clock_text import Dates
    from callstats.kpi.exports.cells.numbers import Decimal
    from callstats.kpi.exports.score_sheets import Items
    from callstats.kpi.exports.selection import Where
    from callstats.typing import Frame, OnError


@dataclass(frozen=True)
class Reading:
    """How an export is to be read: the arguments of `canonical`, which says what each is."""

    columns: Mapping[str, str | None] | None = None
    where: Where | None = None
    words: Mapping[str, Mapping[str, str | None]] | None = None
    units: Mapping[str, str] | None = None
    decimal: Decimal | None = None
    dates: Dates | None = None
    timezone: str | datetime.tzinfo | None = None


def canonical(
    export: Frame,
    table: str = "calls",
    *,
    columns: Mapping[str, str | None] | None = None,
    where: Where | None = None,
    words: Mapping[str, Mapping[str, str | None]] | None = None,
    units: Mapping[str, str] | None = None,
    decimal: Decimal | None = None,
    dates: Dates | None = None,
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
        Reading(columns, where, words, units, decimal, dates, timezone),
        sheet=sheet,
        on_error=on_error,
    )
    result = frames.kept(frame, valid) if not valid.all() else frame
    if sheet is not None:
        about["not_used"] = numbers_beside(result, list(about["columns"]))
        rows, made, in_the_way = unfolded(result, sheet)
        about["left_aside"] |= {name: name for name in in_the_way}
        schema = schema_named(table)
        as_read = {name: rows[name] for name in schema.columns if name in rows.columns}
        result = assembled(rows, as_read | made, schema)
    return frames.described(result.to_native(), about, log.frame)


def match_columns(export: Frame, table: str, *, needed: Sequence[str] = ()) -> Found:
    """Which of the columns of an export is which of a canonical table."""
    raw = frames.read(export, "export")
    return match(raw.columns, table, schema_named(table), {}, Looks(raw), needed=needed)


def read_export(
    export: Frame,
    table: str,
    how: Reading,
    *,
    sheet: Mapping[str, Mapping[str, Any]] | None = None,
    on_error: OnError = "raise",
    needed: Sequence[str] | None = None,
) -> tuple[Table, Any, NDArray[np.bool_], dict[str, Any]]:
    """The log as read, the canonical frame of all rows, which rows to keep, and what was done.

    `needed` are the columns without which it does not go; the table's required ones if None.
    `sheet` are the items of a score sheet, which has a column each; its rows stay as they are.
    """
    columns, words = how.columns or {}, how.words or {}
    export, again = frames.told_apart(export)
    raw, schema, found, looks = _matched(export, table, how, sheet, needed)
    dismissed = {name for name, source in columns.items() if not source}
    frame = with_moments(renamed(raw, found, dismissed), found, schema, looks)
    if table == "calls":
        frame = with_direction(frame, schema, found, columns, words)
    texts = text_times(frame, schema, found)
    of_times = {name: strings(values) for name, (_, values) in texts.items()}
    order = clock_text.date_order(of_times, how.dates)
    log = Table(frame, "export", on_error=on_error, timezone=how.timezone)
    names = {name: f"{name}_export" for name in dismissed}
    names |= {source: name for name, source in found.columns.items()}
    chosen = selected(frame, conditions(how.where), schema, names)
    marks = Marks(raw, found, how.decimal)
    reader = Reader(schema, found, order, texts, words, frozenset(columns), marks)
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
        **_about_columns(table, found, order, log),
        **log.summary(valid | ignored),
        "ignored": int(ignored.sum()),
        "not_chosen": int((~chosen).sum()),
        **_about_rest(table, reader, log, again),
    }
    return log, assembled(log.frame, made, schema), valid & ~ignored, about


def _matched(
    export: Any,
    table: str,
    how: Reading,
    sheet: Mapping[str, Mapping[str, Any]] | None,
    needed: Sequence[str] | None,
) -> tuple[Any, Schema, Found, Looks]:
    """The rows, the table with its items, which column is which, and how the columns look."""
    schema, columns = schema_named(table), how.columns or {}
    _check(schema, table, how.words or {}, how.dates, how.decimal)
    raw = frames.read(export, "export")
    events = from_events(raw, table)
    if events is not None:
        raw = frames.read(frames.from_columns(events.columns, like=raw), "export")
    looks = Looks(raw)
    if sheet is not None:
        schema = sheet_table(raw, schema, sheet, columns)
    elif table == "scores":
        ask_for_items(raw, schema, columns, looks)
    units = given_units(how.units or {}, schema, table)
    found = match(raw.columns, table, schema, columns, looks, needed=needed)
    found.units |= units
    found.made |= events.made if events is not None else {}
    return raw, schema, found, looks


def _about_columns(table: str, found: Found, order: Dates | None, log: Table) -> dict[str, Any]:
    """Which column was read as which, and how."""
    return {
        "function": "canonical",
        "table": table,
        "columns": dict(found.columns),
        "units": {n: unit.seconds for n, unit in found.units.items() if unit.seconds != 1.0},
        "made": dict(found.made),
        "not_made": dict(found.not_made),
        "dates_only": found.dates_only,
        "dates": order,
        "timezone": log.zone.name,
    }


def _about_rest(table: str, reader: Reader, log: Table, again: list[str]) -> dict[str, Any]:
    """Rows that are no queue entries, and columns that were not read."""
    beside = not_used(log.frame, reader.schema) if table == "calls" else []
    return {
        "no_queue_entries": reader.no_entries,
        "left_aside": reader.left_aside,
        "again": again,
        "not_used": [name for name in beside if name not in reader.left_aside.values()],
    }


def _check(
    schema: Schema, table: str, words: Mapping[str, Any], dates: str | None, decimal: str | None
) -> None:
    if dates is not None:
        one_of("dates", dates, ("dmy", "mdy"))
    if decimal is not None:
        one_of("decimal", decimal, (".", ","))
    for name in mapping("words", words, "columns to their words"):
        if name not in schema.columns or schema.columns[name].holds != "words":
            raise ValueError(f"words must name columns of words of {table!r}; got {name!r}")


def is_canonical(log: Frame) -> bool:
    """Whether a log of calls has the names and outcomes of the table, and nothing else to read."""
    schema = schema_named("calls")
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
    if with_direction(frame, schema, found, {}, {}) is not frame:
        return False
    return set(distinct(frame["outcome"])[1]) <= set(schema.columns["outcome"].words)


def _problems(log: Table) -> NDArray[Any]:
    problems = np.full(log.rows, None, dtype=object)
    for problem in reversed(log.problems):
        problems[problem.rows] = problem.sentence
    return problems
