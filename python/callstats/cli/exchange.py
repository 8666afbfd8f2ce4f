"""Tables in and results out, as the shared options say."""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callstats.cli import screen
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from callstats.files import Content, Outputs, Table

__all__ = [
    "check_output",
    "column_or_value",
    "deliver",
    "in_terms_of",
    "load",
    "located",
    "parts",
    "read",
    "tell_left_out",
    "understood",
]

#: How the library says where a row stands in a pandas frame; the index counts the file's rows.
_POSITION = re.compile(r"position (\d+)(?:, index label \d+)?")
#: What a message suggests to callers in Python, and what does the same here.
_OPTIONS = {
    "on_error='drop'": "--on-error drop",
    "on_error='flag'": "--on-error flag",
    "kpi.validate": "callstats validate",
    "dates='dmy'": "--dates dmy",
    "dates='mdy'": "--dates mdy",
}
#: The same of what is told with values of the file in it.
_SPELLED_OPTIONS = (
    (re.compile(r"words=\{'outcome': \{'(.+?)': '?(.+?)'?\}\}"), r"--words '\1=\2'"),
    (re.compile(r"columns=\{'(.+?)': '?(.+?)'?\}"), r"--rename '\1=\2'"),
    (re.compile(r", None to leave such rows out"), ""),
)


def read(path: str, options: argparse.Namespace) -> Table:
    """The table in `path` as it stands there, but for columns that go by another name."""
    from callstats import files

    with _cannot_read(path):
        table = files.read(path, **_reading(options))
    return _renamed(table, options)


def parts(path: str, options: argparse.Namespace) -> Iterator[Table]:
    """As `read`, in parts that memory can hold; `path` may be a folder."""
    from callstats import files

    with _cannot_read(path):
        for table in files.parts(path, **_reading(options)):
            yield _renamed(table, options)


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
        msg = f"cannot read {error.filename or path}: {reason}"
        raise InvalidDataError(msg) from None


def _renamed(table: Table, options: argparse.Namespace) -> Table:
    # A sample drawn from a file with other names has the new ones already.
    old = {column: name for name, column in options.rename.items() if name not in table.frame}
    table.require(old)
    for name, column in options.rename.items():
        if name != column and name in table.frame and column in table.frame:
            msg = f"{table.name} has a column {name!r} already, beside {column!r}"
            raise InvalidDataError(msg)
    return replace(table, frame=table.frame.rename(columns=old)) if old else table


def load(
    path: str,
    options: argparse.Namespace,
    contents: Mapping[str, Content],
    *,
    needed: tuple[str, ...] = (),
) -> Table:
    """The table in `path`, its columns read as `contents` says where it has them."""
    table = read(path, options)
    if "outcome" in needed and hasattr(options, "words"):
        table = _canonical(table, options)
    table.require(needed)
    return understood(table, options, contents)


def _canonical(table: Table, options: argparse.Namespace) -> Table:
    """A log of calls under its own names or those of an export, which are told as they are read."""
    asked = options.dates is not None or options.words
    if not asked and {"arrival", "wait", "outcome"} <= set(table.frame.columns):
        return table
    from callstats import kpi
    from callstats.errors import MissingColumnError

    strict = getattr(options, "on_error", "raise") == "raise"
    try:
        frame = kpi.canonical(
            table.frame,
            words={"outcome": options.words},
            dates=options.dates,
            on_error="raise" if strict else "flag",
        )
    except MissingColumnError:
        # The command says itself which of its columns are missing.
        return table
    except InvalidDataError as error:
        message = located(str(error), table, "export")
        msg = message if message.startswith(table.name) else f"{table.name}: {message}"
        raise InvalidDataError(msg) from error
    about = frame.attrs.pop("callstats")
    told = {name: column for name, column in about["columns"].items() if name != column}
    told |= about["made"]
    if told:
        named = ", ".join(f"{name} is {column}" for name, column in told.items())
        screen.complain(f"callstats: {table.name}: {named}")
    for problem in about["problems"]:
        screen.complain(
            f"callstats: {table.name}: {problem['count']} of {about['rows']} rows: "
            f"{problem['rule']}; first {problem['example']} in {table.place(problem['position'])}"
        )
    return replace(table, frame=frame.drop(columns="problem", errors="ignore"))


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
        first = f"first {problem['example']} in {table.place(problem['position'])}"
        screen.complain(
            f"callstats {command}: {table.name}: left out {problem['count']} of {about['rows']} "
            f"rows: {problem['rule']}; {first}"
        )


@contextlib.contextmanager
def in_terms_of(table: Table, argument: str) -> Iterator[None]:
    """Complaints about a frame's rows become complaints about the file that they came from."""
    try:
        yield
    except ValueError as error:
        message = located(str(error), table, argument)
        # What tells no row is about an option rather than about the file.
        if _POSITION.search(str(error)) and not message.startswith(table.name):
            message = f"{table.name}: {message}"
        raise InvalidDataError(message) from error


def located(message: str, table: Table, argument: str) -> str:
    """`message` with the file's name, row and line where it tells an argument and a position."""
    message = re.sub(rf"^{argument}\b", lambda _: table.name, message)
    for word, option in _OPTIONS.items():
        message = message.replace(word, option)
    for spelled, typed in _SPELLED_OPTIONS:
        message = spelled.sub(typed, message)
    return _POSITION.sub(lambda found: table.place(int(found[1])), message)


def column_or_value(table: Table, text: str, convert: Callable[[str], float]) -> str | float:
    """A column's name where the table has it, else the value that `text` spells."""
    if text not in table.frame:
        with contextlib.suppress(argparse.ArgumentTypeError):
            return convert(text)
    table.require([text])
    return text


def check_output(options: argparse.Namespace) -> None:
    """Refuse a target that cannot be written before the work rather than after it."""
    from callstats import files

    target = _target(options)
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
            msg = "standard output is closed"
            raise OSError(msg)
        sys.stdout.flush()
        files.write(frame, sys.stdout.buffer, form, safe=options.safe_csv)
        sys.stdout.buffer.flush()
    elif outputs is not None:
        files.write(frame, outputs.open(target), form, safe=options.safe_csv)
    else:
        with files.Outputs() as alone:
            files.write(frame, alone.open(target), form, safe=options.safe_csv)
    return True
