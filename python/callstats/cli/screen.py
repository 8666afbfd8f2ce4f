"""What people see: tables to read, progress, and complaints of one line."""

from __future__ import annotations

import contextlib
import io
import math
import sys
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callstats.files.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd


@dataclass(frozen=True)
class Column:
    """A column on the screen: its heading, its unit, and how many digits its numbers have."""

    name: str
    heading: str
    unit: str = ""
    digits: int = 0
    scale: float = 1.0


def prepare() -> None:
    """A screen that cannot show a letter shows its number, rather than failing half-way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(errors="backslashreplace")


def complain(message: str) -> None:
    """One line on standard error, whatever the message holds."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(visible(" ".join(message.split("\n"))) + "\n")
        sys.stderr.flush()


def say(text: str = "") -> None:
    """Lines on standard output."""
    if sys.stdout is None:
        raise OSError("standard output is closed")
    sys.stdout.write(text + "\n")


@contextlib.contextmanager
def progress() -> Iterator[Any]:
    """A function that shows what is being done, on a terminal only; the line goes at the end."""
    stream = sys.stderr
    if stream is None or not stream.isatty():
        yield lambda _step: None
        return
    clear = "\r\x1b[K"

    def show(step: str) -> None:
        stream.write(f"{clear}{visible(step)} ...")
        stream.flush()

    try:
        yield show
    finally:
        stream.write(clear)
        stream.flush()


def table(frame: pd.DataFrame, columns: Sequence[Column]) -> str:
    """`frame`'s `columns` under headings and units; numbers and their headings to the right.

    Text cannot act on the screen: control characters are written out.
    """
    cells = [[_spelled(value, column) for value in frame[column.name]] for column in columns]
    left = [not _is_number(frame[column.name]) for column in columns]
    heads = [[column.heading for column in columns], [column.unit for column in columns]]
    if not any(heads[1]):
        heads.pop()
    widths = [
        max(map(_width, [*(head[position] for head in heads), *column]), default=0)
        for position, column in enumerate(cells)
    ]
    rows = [*heads, *map(list, zip(*cells, strict=True))]
    return "\n".join(
        "  ".join(
            _padded(cell, width, left=to_left)
            for cell, width, to_left in zip(row, widths, left, strict=True)
        ).rstrip()
        for row in rows
    )


def plain(frame: pd.DataFrame) -> list[Column]:
    """Every column under its own name: shares in percent, other fractions with three digits."""
    from callstats.files import is_ratio

    shown = []
    for name in frame.columns:
        if is_ratio(name):
            shown.append(Column(name, name, "%", 1, 100))
        else:
            shown.append(Column(name, name, "", 3 if frame[name].dtype.kind == "f" else 0))
    return shown


def _is_number(column: pd.Series[Any]) -> bool:
    return getattr(column.dtype, "kind", "O") in "iuf"


def _spelled(value: Any, column: Column) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN, NaT and NA's kin
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return visible(str(value))
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return f"{value * column.scale:.{column.digits}f}"


def _width(text: str) -> int:
    """Places on the screen: a Chinese character takes two, a combining mark none."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def _padded(text: str, width: int, *, left: bool) -> str:
    blank = " " * (width - _width(text))
    return text + blank if left else blank + text
