"""What is wrong with the rows of a table, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.periods import MISSING
from callstats._tables.table import Problem, Table
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.calls.log import Calls, read_calls
from callstats.kpi.exports import Reading, read_export
from callstats.kpi.exports.advice import read_log
from callstats.kpi.exports.contradictions import contradiction
from callstats.kpi.exports.score_sheets import items_given, sheet_table
from callstats.kpi.exports.tables import Schema, schema_named, simple

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.kpi.exports.cells.clock_text import Dates
    from callstats.kpi.exports.cells.numbers import Decimal
    from callstats.kpi.exports.score_sheets import Items
    from callstats.kpi.exports.selection import Where
    from callstats.typing import Frame

Line = tuple[str, int, str, str]

_REQUIRED = ("arrival", "wait", "outcome")


def validate(
    calls: Frame,
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
) -> Frame:
    """What is wrong with the rows of a log of calls, one line a broken rule.

    These are the rules that the log functions keep to: what is listed here is what they refuse,
    leave out or flag. An export with other names is looked at as `canonical` would read it.

    Parameters
    ----------
    calls : DataFrame
        A log of calls, one row a queue entry: `outcome`, `wait`, `arrival` and, where there are
        such columns, `call_id`, `answer`, `end`, `talk`, `hold`, `acw`, `transferred`.
    table : str
        Another canonical table to check the rows as: "states", "schedule", "intervals",
        "forecast", "scores", "ratings", "tickets", "visits", "transactions" or "units".
    columns, where, words, units, decimal, dates, timezone, items : optional
        How the export is to be read, as in `canonical`. With one of them the rows are looked at as
        `canonical` reads them, also where all names are those of the table.

    Returns
    -------
    DataFrame
        `rule`, `count` (rows that break it), `example` (the first: value and place) and `effect`
        (what would go wrong). Without rows if nothing is wrong. Of an export ``attrs["callstats"]``
        (pandas) tells how it was read, as that of `canonical` does.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "call_id": [1, 2, 2],
    ...     "arrival": ["2024-03-05T09:00", "2024-03-05T25:00", "2024-03-05T09:10"],
    ...     "wait": [5.0, -1.0, 12.0],
    ...     "outcome": ["answered", "abandoned", "Answered"],
    ... })
    >>> for line in validate(calls).itertuples():
    ...     print(line.count, line.rule, line.example, sep=" | ")
    1 | call_id must not repeat | 2 at position 2
    1 | outcome must be one of answered, abandoned, flow_out, callback, blocked | 'Answered' (kpi.canonical reads it as 'answered') at position 2
    1 | wait must be >= 0 and < 1e+09 seconds | -1.0 at position 1
    1 | arrival must be a time such as 2024-03-05T09:30:00 (ISO 8601) | '2024-03-05T25:00' at position 1
    """  # noqa: E501 - output
    calls, again = frames.told_apart(calls)
    frame = frames.read(calls, "calls")
    how = Reading(columns, where, words, units, decimal, dates, timezone)
    sheet = items_given(items, table) if items is not None else None
    schema = sheet_table(frame, schema_named(table), sheet, columns or {})
    required = [name for name, column in schema.columns.items() if column.required]
    needed = _REQUIRED if table == "calls" else required
    absent = [name for name in needed if name not in frame.columns]
    options = any(value is not None for value in vars(how).values())
    if table == "calls" and not absent and not options and not again:
        return _listed(frame, _as_written(frame))
    try:
        log, read, kept, about = read_export(frame, table, how, sheet=sheet, on_error="flag")
    except MissingColumnError as error:
        if not error.likely:
            raise
        return _listed(frame, [_missing(frame, *each) for each in error.likely.items()])
    except InvalidDataError as error:
        line = ("rows must be readable in one way", len(frame), "see effect", str(error))
        return _listed(frame, [line])
    known = {**about["columns"], **about["made"]}
    arguments = ("" if table == "calls" else f", {table!r}") + (", items=..." if sheet else "")
    find = f"figures find it after kpi.canonical(calls{arguments})"
    lines = [
        (f"calls must have a column {name!r}", len(frame), f"{known[name]!r} is it", find)
        for name in absent
    ]
    lines += [_line(log, problem) for problem in log.problems]
    checked = read_log(read, "calls", on_error="flag")
    checked.aside = ~kept
    if table == "calls":
        read_calls(checked, arrival=False)
    else:
        _check(checked, schema)
    broken = [(checked.frame, each) for each in checked.problems]
    broken += [(frame, each) for each in ([] if table == "calls" else _other_words(frame, table))]
    for source, problem in broken:
        rest = _beyond(problem, source, log.reported(problem.column))
        lines += [] if rest is None else [_line(checked, rest)]
    return frames.described(_listed(frame, lines), {**about, "again": again}, frame)


def _as_written(calls: Frame) -> list[Line]:
    """The rules of a log of calls under its own names."""
    log = read_log(calls, "calls", on_error="flag")
    read = read_calls(log, arrival=False)
    problems = [
        _with_word(log, problem, "calls") if problem.column == "outcome" else problem
        for problem in log.problems
    ]
    return [*(_line(log, problem) for problem in problems), *_contradicting(log, read)]


def _missing(frame: Any, name: str, likely: str | None) -> Line:
    return (
        f"calls must have a column {name!r}",
        len(frame),
        f"no such column; columns={{{name!r}: {repr(likely) if likely else '...'}}}",
        "the figures that need it cannot be made",
    )


def _beyond(problem: Problem, frame: Any, reported: NDArray[np.bool_]) -> Problem | None:
    """The problem of the rows that were not reported before; None if of none."""
    rows = problem.rows[~reported[problem.rows]]
    if rows.size in (0, problem.rows.size):
        return problem if rows.size else None
    value = frame[problem.column][int(rows[0])]
    return Problem(problem.column, problem.rule, rows, repr(value), problem.effect)


def _contradicting(log: Table, calls: Calls) -> list[Line]:
    """Lengths that contradict the times by the factor between two units."""
    names = ("wait", "talk", "hold", "acw", "arrival", "answer", "end")
    read = {name: values for name in names if (values := getattr(calls, name)) is not None}
    bare = {name for name in names[:4] if name in read and log.frame[name].dtype.is_numeric()}
    doubt = contradiction("calls", read, bare, set(), np.ones(log.rows, bool))
    rule = "lengths must agree with the times"
    return [(rule, log.rows, "see effect", doubt)] if doubt else []


def _check(log: Table, schema: Schema) -> None:
    """The rules of a table that has no reader of its own."""
    effect = "the row cannot be counted"
    times: dict[str, Any] = {}
    for name, column in schema.columns.items():
        if not log.has(name):
            continue
        series = log.frame[name]
        missing = np.array(series.is_null().to_numpy(), dtype=bool)
        if column.holds == "seconds":
            missing |= np.isnan(log.seconds(name, effect))
        elif column.holds == "number":
            values = np.asarray(series.to_numpy(), dtype=np.float64)
            missing |= np.isnan(values)
            log.report(name, "be finite", np.isinf(values), effect)
            if column.least is not None:
                log.report(name, f"be >= {column.least:g}", values < column.least, effect)
        elif column.holds == "time":
            times[name] = log.instants(name, effect)
        if column.known:
            log.require_known(name, missing, effect)
    for early, late in schema.orders:
        if early in times and late in times:
            known = (times[early] != MISSING) & (times[late] != MISSING)
            bad = known & (times[late] < times[early])
            log.report(late, f"not be before {early}", bad, "one of the two times is wrong")


def _other_words(frame: Any, table: str) -> list[Problem]:
    """Words in columns of a canonical name that are not the table's own, however they are read."""
    log = read_log(frame, "calls", on_error="flag")
    for name, column in schema_named(table).columns.items():
        if column.holds == "words" and log.has(name):
            absent = np.asarray(log.frame[name].is_null().to_numpy(), dtype=bool)
            log.words(name, tuple(column.words), "the row cannot be counted", missing=absent)
    return [_with_word(log, problem, table) for problem in log.problems]


def _with_word(log: Table, problem: Problem, table: str) -> Problem:
    """The problem, with what `canonical` makes of a word that is spelled in another way."""
    words = schema_named(table).columns[problem.column].words
    value = log.frame[problem.column][int(problem.rows[0])]
    for word, spellings in words.items():
        if isinstance(value, str) and simple(value) in map(simple, (word, *spellings)):
            return replace(problem, effect=f"{problem.effect}; kpi.canonical reads it as {word!r}")
    return problem


def _line(log: Table, problem: Problem) -> Line:
    row = int(problem.rows[0])
    example = f"{problem.example} at {log.place(row)}"
    return problem.sentence, int(problem.rows.size), example, problem.effect


def _listed(frame: Any, lines: Sequence[Line]) -> Frame:
    rules, counts, examples, effects = zip(*lines, strict=True) if lines else ((), (), (), ())
    columns: dict[str, Any] = {"rule": list(rules), "count": np.array(counts, np.int64)}
    return frames.result(frame, columns, {"example": list(examples), "effect": list(effects)})
