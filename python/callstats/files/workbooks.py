"""A sheet of an Excel file as a table of cells."""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import pandas as pd

from callstats.errors import InvalidDataError
from callstats.files.damage import readable, refuse_inflated

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Rows that a sheet of Excel can hold.
SHEET_ROWS = 1_048_576
#: Cells from each row's first to its last, in all: a full sheet of 128 columns, 1 GB.
#: A few cells far to the right span more than they hold.
_CELLS = 128 * SHEET_ROWS


def sheet_cells(
    data: bytes, name: str, sheet: str | None
) -> tuple[list[str], list[tuple[int, tuple[Any, ...]]]]:
    """The headings of a sheet, and its other rows that hold anything, each with its number.

    What the file says of the sheet's size is passed over: many writers leave there the size at the
    first save, or ``A1``.
    """
    try:
        import openpyxl
    except ImportError:
        msg = f"{name}: reading Excel needs openpyxl: pip install 'callstats[excel]'"
        raise ImportError(msg) from None

    # Sheets are unpacked while their rows are read, so that damage shows up to the last row.
    with readable(name, "an Excel file (.xlsx)"), warnings.catch_warnings():
        # What it says it cannot keep (styles, drop-down lists) is nothing that we read.
        warnings.simplefilter("ignore", UserWarning)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        refuse_inflated(name, len(data), unpacked)
        # Values rather than formulas: what Excel itself last showed.
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            rows = list(_filled_rows(_page(book, name, sheet), name))
        finally:
            book.close()
    if not rows:
        raise InvalidDataError(f"{name} has an empty sheet")
    (_, first), *body = rows
    header = ["" if cell is None else str(cell) for cell in first]
    while header and not header[-1]:
        header.pop()
    return header, body


def _page(book: Any, name: str, sheet: str | None) -> Any:
    titles = [page.title for page in book.worksheets]
    if sheet is not None and sheet not in titles:
        known = ", ".join(repr(title) for title in titles)
        raise InvalidDataError(f"{name} has no sheet {sheet!r}; found {known}")
    if not titles:
        raise InvalidDataError(f"{name} has no sheet of cells")
    page = book[sheet] if sheet is not None else book.worksheets[0]
    page.reset_dimensions()
    return page


def _filled_rows(page: Any, name: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows with a cell that holds anything, no wider than the first of them."""
    width = cells = 0
    for number, row in enumerate(page.iter_rows(values_only=True), 1):
        cells += len(row)
        if number > SHEET_ROWS or cells > _CELLS:
            what = f"{SHEET_ROWS} rows" if number > SHEET_ROWS else f"{_CELLS} cells"
            msg = f"{name} spans more than {what} in row {number}; save what it holds as CSV"
            raise InvalidDataError(msg)
        if any(cell is not None for cell in row):
            width = width or len(row)
            yield number, row[:width]


def as_frame(header: list[str], body: list[tuple[int, tuple[Any, ...]]]) -> pd.DataFrame:
    """The rows under their headings; a row that ends early has no more cells."""
    columns = {
        position: pd.Series(
            [row[position] if position < len(row) else None for _, row in body], dtype=object
        )
        for position in range(len(header))
    }
    # By place: a heading may come twice.
    return pd.DataFrame(columns, index=range(len(body))).set_axis(header, axis="columns")
