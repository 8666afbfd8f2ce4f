"""A table of figures as they were published beside ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Row:
    """One published figure, ours, and the reason where they differ."""

    what: str
    published: str
    ours: str
    why: str = ""


def show(title: str, rows: Iterable[Row]) -> None:
    """Print the rows of one set of data."""
    lines = [("", "published", "ours", "where they differ")]
    lines += [(row.what, row.published, row.ours, row.why) for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(3)]
    print(title)
    print("=" * len(title))
    for line in lines:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        print("  ".join([*padded, line[3]]).rstrip())
    print()
