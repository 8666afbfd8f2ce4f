"""Tables of text, for people."""

from __future__ import annotations

import unicodedata


def aligned(rows: list[list[str]], most: int) -> str:
    """Rows of cells under one another, the first and the last column to the left.

    The first column gives way where a line would be longer than `most`.
    """
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    over = sum(widths) + 2 * (len(widths) - 1) - most
    if over > 0:
        widths[0] = max(8, widths[0] - over)
    ends = {0, len(widths) - 1}
    return "\n".join(
        "  ".join(
            _padded(cell, width, left=at in ends)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    """Places on the screen: a Chinese character takes two."""
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _padded(cell: str, width: int, *, left: bool) -> str:
    cell = "-" if cell in {"nan", "+nan", "nan%", "+nan%", "nan … nan"} else cell
    while _width(cell) > width:
        cell = cell[:-2] + "…"
    blank = " " * (width - _width(cell))
    return cell + blank if left else blank + cell
