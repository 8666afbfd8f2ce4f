"""Tables in and results out, as the shared options say."""

from __future__ import annotations

import argparse
import ast
import contextlib
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callstats.cli import screen
from callstats.cli.overwriting import refuse_overwriting
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    import pandas as pd

    from callstats.files import Content, Outputs, Table

#: Where a row stands, in the words of what has no fields: lists of problems, and the core's errors.
#: The index of a frame counts the file's rows.
_POSITION = re.compile(r"position (\d+)(?:, index label (\d+))?")
#: What a message suggests to callers in Python, and what does the same here.
_OPTIONS = {
    "on_error='drop'": "--on-error drop",
    "; leave such rows out": "; --on-error drop leaves such rows out",
    "on_error='flag'": "--on-error flag",
    "kpi.validate": "callstats validate",
    "kpi.summarize with freq='day'": "callstats kpi --freq day",
    "dates='dmy'": "--dates dmy",
    "dates='mdy'": "--dates mdy",
    "decimal=','": "--decimal ,",
    "decimal='.'": "--decimal .",
}
#: The same of what is told with values of the file in it.
_SPELLED_OPTIONS = (
    (re.compile(r"; None leaves such rows out"), "; nothing after = leaves such rows out"),
    (re.compile(r"calls\[calls\['direction'\].*?\] has"), "--where direction=inbound has"),
    (re.compile(r"\bby='direction'"), "--by direction"),
    (re.compile(r"suffix= (.+) suffix='(\w+)'"), r"--suffix \1 --suffix \2"),
)
#: Words of one column and what each means, as a message in Python offers them.
_WORDS = re.compile(r"words=(\{'\w+': \{.*?\}\})(?=[,;)])")
#: Names of the table with the columns of the export, the same.
_COLUMNS = re.compile(r"columns=(\{'\w+': .*?\})(?=[ ,;.)]|$)")


#: Durations with their units, the same.
_UNITS = re.compile(r"units=\{('\w+': '[\w:]+'(?:, '\w+': '[\w:]+')*)\}")


def read(path: str, options: argparse.Namespace) -> Table:
    """The table in `path`, its columns as --rename calls them and its rows as --where says."""
    return _renamed(as_it_stands(path, options), options)


def parts(path: str, options: argparse.Namespace) -> Iterator[Table]:
    """As `read`, in parts that memory can hold; `path` may be a folder."""
    from callstats import files

    with _cannot_read(path):
        for table in files.parts(path, **_reading(options)):
            _tell_again(table)
            yield _renamed(table, options, whole=False)


def _reading(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "otherwise": options.format,
        "encoding": options.encoding,
        "separator": options.separator,
        "sheet": options.sheet,
    }


@contextlib.contextmanager
def _cannot_read(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InvalidDataError(f"cannot read {error.filename or path}: {reason}") from None


def _renamed(table: Table, options: argparse.Namespace, *, whole: bool = True) -> Table:
    """The table under the names that were asked for, with the rows that were chosen."""
    named, others = _given_names(table, options)
    for name, column in named.items():
        if others.get(column) != name:
            msg = f"--rename {name}={column}: a unit is read of columns of logs of calls alone"
            raise InvalidDataError(msg)
    if others:
        table = replace(table, frame=table.frame.rename(columns=others))
    return _chosen(table, options, whole=whole)


def _given_names(
    table: Table, options: argparse.Namespace, giving_way: Collection[str] = ()
) -> tuple[dict[str, str], dict[str, str]]:
    """What --rename says: each name with its column, and each column with its name.

    Columns that have a name already which is `giving_way` go by another one then.
    """
    # A sample drawn from a file with other names has the new ones already.
    named = {
        name: column
        for name, column in options.rename.items()
        if column and (name not in table.frame or column in table.frame)
    }
    from callstats.kpi.exports.cells.units import bracketed

    # A unit may stand behind the name of a column, where the column has no such name itself.
    present = [str(column) for column in table.frame.columns]
    sources = {name: bracketed(column, present)[0] for name, column in named.items()}
    table.require(sources.values())
    for name, column in sources.items():
        if name != column and name in table.frame and name not in giving_way:
            raise InvalidDataError(f"{table.name} has a column {name!r} already, beside {column!r}")
    return named, {column: name for name, column in sources.items()}


def _chosen(table: Table, options: argparse.Namespace, *, whole: bool = True) -> Table:
    if not options.where:
        return table
    from callstats._tables import frames
    from callstats.kpi.exports.selection import conditions, selected

    frame = frames.read(table.frame, table.name)
    keep = selected(frame, conditions(options.where), argument=table.name, whole=whole)
    _tell_chosen(table, int((~keep).sum()))
    return replace(table, frame=table.frame[keep])


def _tell_chosen(table: Table, left_out: int) -> None:
    screen.complain(
        f"callstats: {table.name}: --where leaves out {left_out} of {len(table.frame)} rows"
    )


def load(
    path: str | Table,
    options: argparse.Namespace,
    contents: Mapping[str, Content],
    *,
    needed: tuple[str, ...] = (),
) -> Table:
    """The table in `path`, or as it was read, its columns as `contents` says where it has them."""
    table = as_it_stands(path, options) if isinstance(path, str) else path
    if "outcome" in needed and hasattr(options, "words"):
        return _log_of_calls(table, options, contents, needed)
    table = _renamed(table, options)
    table.require(needed)
    return understood(table, options, contents)


def as_it_stands(path: str, options: argparse.Namespace) -> Table:
    """The table in `path` under the file's own names."""
    from callstats import files

    with _cannot_read(path):
        table = files.read(path, **_reading(options))
    _tell_again(table)
    return table


def _tell_again(table: Table) -> None:
    for sentence in table.again:
        screen.complain(f"callstats: {table.name}: {sentence}")


def as_written_here(table: Table, options: argparse.Namespace) -> bool:
    """Whether a log of calls is to be read under its own names, which are those of this program."""
    from callstats.kpi.exports import is_canonical

    options_given = options.rename or options.words or options.where or options.units
    options_given = options_given or options.dates is not None or options.decimal is not None
    return not options_given and is_canonical(table.frame)


def reading_options(table: Table, options: argparse.Namespace) -> dict[str, Any]:
    """What the options say of an export, as `kpi.canonical` and `kpi.validate` take it."""
    from callstats.kpi.exports.tables import schema_named

    schema = schema_named("calls")
    named, _ = _given_names(table, options, schema.columns)
    empty = {name: None for name, column in options.rename.items() if not column}
    directions = schema.columns["direction"].words
    words: dict[str, dict[str, str | None]] = {"outcome": {}, "direction": {}}
    for word, meaning in options.words.items():
        if meaning not in directions:
            words["outcome"][word] = meaning
        if meaning in directions or meaning is None:
            words["direction"][word] = meaning
    return {
        "columns": {n: c for n, c in {**named, **empty}.items() if n in schema.columns},
        "where": options.where or None,
        "words": words,
        "units": options.units or None,
        "decimal": options.decimal,
        "dates": options.dates,
    }


def beside(table: Table, options: argparse.Namespace, columns: Mapping[str, Any]) -> Table:
    """The table with its other columns, those that are none of a log of calls, renamed."""
    _, others = _given_names(table, options, columns)
    renamed = {column: name for column, name in others.items() if name not in columns}
    return replace(table, frame=table.frame.rename(columns=renamed))


def _log_of_calls(
    table: Table,
    options: argparse.Namespace,
    contents: Mapping[str, Content],
    needed: tuple[str, ...],
) -> Table:
    """A log of calls under its own names or those of an export, which are told as they are read."""
    from callstats.kpi.exports.cells.numbers import TwoReadingsError

    strict = getattr(options, "on_error", "raise") == "raise"
    if strict and as_written_here(table, options):
        # What is written as this program writes it needs no second look, unless it cannot be read.
        try:
            read_at_once = understood(table, options, contents)
        except InvalidDataError as error:
            try:
                return understood(
                    _canonical(table, options, needed, strict=True), options, contents
                )
            except InvalidDataError as other:
                # That a number can be read in two ways says more than that it cannot be read.
                raise (other if isinstance(other, TwoReadingsError) else error) from None
        read_at_once.require(needed)
        _refuse_contradictions(read_at_once, table)
        return read_at_once
    table = _canonical(table, options, needed, strict=strict)
    table.require(needed)
    return understood(table, options, contents)


def _refuse_contradictions(log: Table, raw: Table) -> None:
    from callstats.kpi.exports.contradictions import contradiction_of

    doubt = contradiction_of(log.frame, raw.frame)
    if doubt:
        raise InvalidDataError(located(f"{log.name}: {doubt}", log, "export"))


def _refuse_dates_alone(
    table: Table, about: Mapping[str, Any], options: argparse.Namespace
) -> None:
    """Refuse intervals of less than a day where nothing says when in the day calls came."""
    from callstats._tables.periods import parse_freq

    freq = getattr(options, "freq", None)
    if about["dates_only"] and freq is not None and parse_freq(freq).seconds is not None:
        raise InvalidDataError(
            f"{table.name}: arrival is {about['columns']['arrival']}, which has dates and no time "
            f"of day, so that --freq {freq} cannot be told; --freq day can, or name the column "
            "that has the time: --rename 'arrival=...'"
        )


def _canonical(
    table: Table, options: argparse.Namespace, needed: tuple[str, ...], *, strict: bool
) -> Table:
    from callstats import kpi
    from callstats.errors import MissingColumnError

    reading = reading_options(table, options)
    table = beside(table, options, reading["columns"])
    try:
        with of_export(table):
            frame = kpi.canonical(table.frame, **reading, on_error="raise" if strict else "flag")
    except MissingColumnError:
        if set(needed) <= set(table.frame.columns):
            return _chosen(table, options)
        raise
    about = frame.attrs.pop("callstats")
    _refuse_dates_alone(table, about, options)
    tell_read(table, about, options)
    for problem in about["problems"]:
        screen.complain(
            f"callstats: {table.name}: {problem['count']} of {about['rows']} rows: "
            f"{problem['rule']}; first {located(problem['example'], table, 'export')} in "
            f"{table.place(problem['position'])}"
        )
    if not strict and about["columns"].get("direction") and "direction" in frame:
        frame = _with_known_direction(table, frame)
    frame = frame.drop(columns="problem", errors="ignore")
    # Groups may be made by a column that is not read as what its name says.
    aside = {f"{name}_export": name for name in needed if name not in frame}
    return replace(table, frame=frame.rename(columns=aside))


def _with_known_direction(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of which it is known whether they are queue entries."""
    known = frame["direction"].notna()
    if not known.all():
        screen.complain(
            f"callstats: {table.name}: left out {int((~known).sum())} of {len(table.frame)} rows "
            "whose direction is not known"
        )
    return frame[known]


def tell_columns(table: Table, about: Mapping[str, Any], options: argparse.Namespace) -> None:
    """Say which column was read as which, and what was made or could not be."""
    shown = {
        name: column
        for name, column in about["columns"].items()
        if column not in {name, options.rename.get(name)}
    }
    shown |= about["made"]
    if shown:
        named = ", ".join(f"{name} is {column}" for name, column in shown.items())
        screen.complain(f"callstats: {table.name}: {named}")
    for name, why in about["not_made"].items():
        screen.complain(f"callstats: {table.name}: no {name}: {located(why, table, 'export')}")
    if about["not_chosen"]:
        _tell_chosen(table, about["not_chosen"])


def tell_read(table: Table, about: Mapping[str, Any], options: argparse.Namespace) -> None:
    """The same of a log of calls, with the rows that were left out, and what was not used."""
    tell_columns(table, about, options)
    for word, count in about["no_queue_entries"].items():
        screen.complain(
            f"callstats: {table.name}: left out {count} of {about['rows']} rows that are no queue "
            f"entries: direction {word} (--rename 'direction=' would count them)"
        )
    for name, column in about["left_aside"].items():
        screen.complain(
            f"callstats: {table.name}: {column} is left aside: none of its values can be {name}"
        )
    if about["not_used"]:
        parts = [n for n in ("talk", "hold", "acw") if n not in about["columns"]]
        option = f" (--rename '{'|'.join(parts)}=...' with the one that it is)" if parts else ""
        screen.complain(
            f"callstats: {table.name}: not used: {', '.join(about['not_used'])}{option}"
        )


def understood(table: Table, options: argparse.Namespace, contents: Mapping[str, Content]) -> Table:
    """`table` with its columns read as `contents` says; --text has the last word."""
    from callstats import files

    kinds: dict[str, Content] = {**contents, **dict.fromkeys(options.text, "text")}
    # The functions on logs drop or flag bad rows themselves, unreadable ones among them.
    strict = getattr(options, "on_error", "raise") == "raise"
    return files.typed(table, kinds, unreadable="raise" if strict else "leave")


def tell_left_out(result: pd.DataFrame, table: Table, command: str) -> None:
    """Say on standard error which rows a function on logs left out, and why."""
    about = result.attrs.get("callstats", {})
    for problem in about.get("problems", ()):
        # Rows that were not chosen are gone from the frame, whose index counts those of the file.
        row = int(table.frame.index[problem["position"]])
        first = f"first {problem['example']} in {table.place(row)}"
        figures = problem.get("left_out_of", "every figure")
        screen.complain(
            f"callstats {command}: {table.name}: left out of {figures}: {problem['count']} of "
            f"{about['rows']} rows: {problem['rule']}; {first}"
        )
    if "missing" in about:
        screen.complain(f"callstats {command}: {table.name}: {about['missing']}")


@contextlib.contextmanager
def in_terms_of(table: Table, argument: str) -> Iterator[None]:
    """Complaints about a frame's rows become complaints about the file that they came from."""
    try:
        yield
    except ValueError as error:
        raise InvalidDataError(of_file(error, table, argument)) from error


@contextlib.contextmanager
def of_export(table: Table) -> Iterator[None]:
    """The same of an export that is being read; errors keep their kind."""
    from callstats.errors import MissingColumnError

    try:
        yield
    except (InvalidDataError, MissingColumnError) as error:
        message = of_file(error, table, "export")
        msg = message if message.startswith(table.name) else f"{table.name}: {message}"
        raise type(error)(msg) from error


def of_file(error: ValueError, table: Table, argument: str) -> str:
    """What an error says of a frame, in terms of the file that it came from."""
    if isinstance(error, InvalidDataError) and isinstance(error.position, int):
        row = error.label if isinstance(error.label, int) else error.position
        message = _in_options(_renamed_to(error.sentence(table.place(row)), table, argument))
    elif not _POSITION.search(str(error)):
        # What tells no row is about an option rather than about the file.
        return located(str(error), table, argument)
    else:
        message = located(str(error), table, argument)
    return message if message.startswith(table.name) else f"{table.name}: {message}"


def located(message: str, table: Table, argument: str) -> str:
    """`message` with the file's name, row and line where it tells an argument and a position."""
    message = _in_options(_renamed_to(message, table, argument))
    return _POSITION.sub(lambda found: table.place(int(found[2] or found[1])), message)


def _renamed_to(message: str, table: Table, argument: str) -> str:
    """`message` with the file's name in place of the argument that begins it."""
    rest = message.removeprefix(argument)
    own = rest != message and not (rest[:1].isalnum() or rest.startswith("_"))
    return table.name + rest if own else message


def _in_options(message: str) -> str:
    """`message` with the options of the command line in place of arguments in Python."""
    for word, option in _OPTIONS.items():
        message = message.replace(word, option)
    message = _WORDS.sub(_words_option, message)
    message = _COLUMNS.sub(_rename_option, message)
    message = _UNITS.sub(_units_option, message)
    for spelled, typed in _SPELLED_OPTIONS:
        message = spelled.sub(typed, message)
    return message


def _rename_option(offered: re.Match[str]) -> str:
    """Columns with their names, as they are typed after the option."""
    columns = ast.literal_eval(offered[1])
    shown = {name: "..." if column is ... else column or "" for name, column in columns.items()}
    pairs = ",".join(f"{name}={column}" for name, column in shown.items())
    return f"--rename {shlex.quote(pairs)}"


def _words_option(offered: re.Match[str]) -> str:
    """Words with their meanings, as they are typed after the option."""
    meanings = {
        word: meaning or ""
        for words in ast.literal_eval(offered[1]).values()
        for word, meaning in words.items()
    }
    pairs = ",".join(f"{word}={meaning}" for word, meaning in meanings.items())
    return f"--words {shlex.quote(pairs)}"


def _units_option(found: re.Match[str]) -> str:
    pairs = re.findall(r"'(\w+)': '([\w:]+)'", found[1])
    return "--units " + ",".join(f"{name}={unit}" for name, unit in pairs)


def column_or_value(table: Table, text: str, convert: Callable[[str], float]) -> str | float:
    """A column's name where the table has it, else the value that `text` spells."""
    if text not in table.frame:
        with contextlib.suppress(argparse.ArgumentTypeError):
            return convert(text)
    table.require([text])
    return text


def check_output(options: argparse.Namespace, *inputs: str) -> None:
    """Refuse a target that cannot be written, or is read, before the work rather than after it."""
    from callstats import files

    target = _target(options)
    # Without a target a table goes to standard output, which may be sent to a file as well.
    refuse_overwriting(inputs, [target or files.STANDARD])
    if target is None:
        return
    form = files.named(target, otherwise=options.format)
    if target != files.STANDARD:
        folder = Path(target).resolve().parent
        if not folder.is_dir():
            raise FileNotFoundError(2, f"cannot be written: no folder {folder}", target)
    elif (form.gzip or not form.is_text) and sys.stdout is not None and sys.stdout.isatty():
        msg = f"a terminal cannot show {'gzip' if form.gzip else form.kind}; name a file with -o"
        raise ValueError(msg)


def _target(options: argparse.Namespace) -> str | None:
    """Where the result goes; None where a table to read is asked for."""
    target: str | None = options.output
    return "-" if target is None and options.format is not None else target


def deliver(
    frame: pd.DataFrame, options: argparse.Namespace, outputs: Outputs | None = None
) -> bool:
    """Write the result where it was asked to go; False where it should be shown instead.

    With `outputs` the file takes its place together with others.
    """
    from callstats import files

    target = _target(options)
    if target is None:
        return False
    form = files.named(target, otherwise=options.format)
    if target == files.STANDARD:
        if sys.stdout is None:
            raise OSError("standard output is closed")
        sys.stdout.flush()
        files.write(frame, sys.stdout.buffer, form, safe=options.safe_csv)
        sys.stdout.buffer.flush()
    elif outputs is not None:
        files.write(frame, outputs.open(target), form, safe=options.safe_csv)
    else:
        with files.Outputs() as alone:
            files.write(frame, alone.open(target), form, safe=options.safe_csv)
    return True
