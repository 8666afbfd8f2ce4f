"""Columns side by side on a screen that counts places, not letters."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callstats.presentation.shown import Part

__all__ = ["cut", "lines_of", "padded", "width_of"]


#: Places that a heading takes before it goes on in the next line.
_HEADING = 12


def lines_of(parts: list[Part], width: int | None) -> tuple[list[str], list[Part]]:
    """Headings and rows, and the columns that there was no room for."""
    bodies = [[_visible(cell) for cell in part.cells] for part in parts]
    widths = [max(map(width_of, body), default=0) for body in bodies]
    heads = [
        textwrap.wrap(_visible(part.heading), max(_HEADING, least)) or [""]
        for part, least in zip(parts, widths, strict=True)
    ]
    widths = [max(least, *map(width_of, head)) for head, least in zip(heads, widths, strict=True)]
    kept, used = 0, -2
    for each in widths:
        used += each + 2
        if width is not None and used > width and kept:
            break
        kept += 1
    tall = max(map(len, heads[:kept]), default=1)
    columns = [
        [*[""] * (tall - len(head)), *head, *body]
        for head, body in zip(heads[:kept], bodies, strict=False)
    ]
    lines = [
        "  ".join(
            padded(cell, widths[place], left=parts[place].left) for place, cell in enumerate(row)
        ).rstrip()
        for row in zip(*columns, strict=True)
    ]
    return lines, parts[kept:]


def _visible(text: str) -> str:
    """Text of one line that cannot act on a terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def cut(line: str, width: int | None) -> str:
    """The line, or as much of it as there is room for."""
    if width is None or width_of(line) <= width:
        return line
    kept = ""
    for char in line:
        if width_of(kept + char) > width - 1:
            break
        kept += char
    return f"{kept}…"


def width_of(text: str) -> int:
    """Places on a terminal: a Chinese character takes two, a combining mark none."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def padded(text: str, width: int, *, left: bool) -> str:
    """The text with blanks up to `width` places, behind it or before it."""
    blank = " " * (width - width_of(text))
    return text + blank if left else blank + text
