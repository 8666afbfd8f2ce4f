"""A shown table as a workbook of Excel: key figures, all columns, definitions, what it is of."""

from __future__ import annotations

import datetime
import io
import math
import re
import zipfile
from typing import TYPE_CHECKING, Any

from callstats._core import __version__
from callstats.presentation.columns import column, text_of
from callstats.presentation.text import width_of
from callstats.presentation.values import is_missing, numbers_of, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callstats.presentation.shown import Shown

#: How Excel writes each kind of number; durations are fractions of a day.
_FORMATS = {
    "share": "0.0%",
    "points": "+0.0%;-0.0%",
    "duration": "[h]:mm:ss",
    "count": "#,##0",
    "load": "0.00",
    "agents": "#,##0.##",
    "cost": "#,##0.00",
    "p": "0.0000",
    "number": "#,##0.00",
}
_TIME = "yyyy-mm-dd hh:mm"
#: Rows that a sheet holds, and the widest and narrowest column, in characters.
_ROWS = 1_048_576
_NARROW, _WIDE = 9, 50
#: Points that a line of a heading takes.
_LINE = 14
#: Around the goal: no red and green, which some eyes do not tell apart.
_SCALE = ("F3C999", "FFFFFF", "9FC3E0")
_ENTRY_TIME = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
#: Characters that Excel's file format cannot hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f]")


def workbook(shown: Shown) -> bytes:
    """The bytes of the workbook: the same for the same table.

    Raises
    ------
    ImportError
        There is no openpyxl.
    ValueError
        The table has more rows than a sheet holds.
    """
    try:
        import openpyxl
    except ImportError:
        msg = "writing Excel needs openpyxl: pip install 'callstats[excel]'"
        raise ImportError(msg) from None
    if shown.rows >= _ROWS:
        msg = f"{shown.rows} rows are more than a sheet of Excel holds; write CSV or Parquet"
        raise ValueError(msg)
    book = openpyxl.Workbook(write_only=True)
    language = shown.language
    named = {key: text_of("words", f"sheet_{key}", language) for key in ("main", "all", "about")}
    _table(book, named["main"], shown, [*shown.names], words=True)
    _table(book, named["all"], shown, list(shown.data), words=False)
    _lines(book, text_of("words", "sheet_definitions", language), _definitions(shown))
    _lines(book, named["about"], _about(shown))
    saved = io.BytesIO()
    book.save(saved)
    return _without_times(saved.getvalue())


def _table(book: Any, title: str, shown: Shown, names: Sequence[str], *, words: bool) -> None:
    from openpyxl.formatting.rule import ColorScaleRule
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    columns = [_cells(name, shown, words=words) for name in names]
    keys = next((at for at, each in enumerate(columns) if not each[3]), 0)
    sheet.freeze_panes = f"{get_column_letter(keys + 1)}2"
    for place, (head, _, form, _) in enumerate(columns, 1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = _width(head, shown.data[names[place - 1]], form)
    rooms = [
        sheet.column_dimensions[get_column_letter(at)].width for at in range(1, len(names) + 1)
    ]
    tall = max(
        -(-width_of(head) // int(room - 3)) for (head, *_), room in zip(columns, rooms, strict=True)
    )
    sheet.row_dimensions[1].height = _LINE * tall + 3
    last = get_column_letter(max(len(names), 1))
    sheet.auto_filter.ref = f"A1:{last}{shown.rows + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    if shown.goal is not None and words and shown.rows:
        for place, name in enumerate(names, 1):
            if name.startswith("service_level") and not re.search(r"_(low|high)(_|$)", name):
                ends = [("num", 0), ("num", shown.goal), ("num", 1)]
                parts = [
                    part
                    for end, colour in zip(ends, _SCALE, strict=True)
                    for part in (*end, colour)
                ]
                letter = get_column_letter(place)
                rule = ColorScaleRule(*parts)
                sheet.conditional_formatting.add(f"{letter}2:{letter}{shown.rows + 1}", rule)
    sheet.append([_cell(sheet, head, None, bold=True) for head, *_ in columns])
    # A row is written as it is appended: one cell a column, with its format, serves all rows.
    cells = [_cell(sheet, None, form) for _, _, form, _ in columns]
    for row in zip(*(values for _, values, *_ in columns), strict=True):
        for cell, value in zip(cells, row, strict=True):
            _fill(cell, value)
        sheet.append(cells)


def _cells(name: str, shown: Shown, *, words: bool) -> tuple[str, list[Any], str | None, bool]:
    """Heading, cells, number format, and whether the column names rows."""
    values, kind = shown.data[name], column(name).kind
    head = column(name).label(shown.language) if words else name
    times = [each for each in values if isinstance(each, datetime.datetime)]
    if times:
        zone = next((each.tzinfo for each in times if each.tzinfo), None)
        head = f"{head} ({zone})" if zone else head
        return head, [_local(each) for each in values], _TIME, True
    numbers = numbers_of(values)
    if numbers is None or kind in {"text", "truth"} or (not kind and not numbers):
        return head, [None if is_missing(each) else each for each in values], None, kind != "truth"
    divided = 86_400.0 if kind == "duration" and words else 1.0
    form = _FORMATS.get(kind or "number")
    if not words and kind == "duration":
        form = None
    if kind in {"", "number"}:
        form = (
            "#,##0" if all(each == round(each) for each in numbers if math.isfinite(each)) else form
        )
    rest = iter(numbers)
    cells = [None if is_missing(each) else next(rest) / divided for each in values]
    return head, cells, form, False


def _local(value: Any) -> Any:
    if is_missing(value):
        return None
    return value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value


def _width(head: str, values: Sequence[Any], form: str | None) -> float:
    """Characters that a column needs: its longest cell, and the longest word of its heading."""
    kind = next((kind for kind, each in _FORMATS.items() if each == form), "")
    texts = written(list(values[:5000]), kind) if kind else [str(each) for each in values[:5000]]
    if form == _TIME:
        texts = ["2026-01-01 00:00"]
    if form == _FORMATS["duration"]:
        # Excel always writes hours and seconds.
        texts = [f"00:{text}" for text in texts]
    longest = max(map(width_of, texts), default=0)
    word = max(map(width_of, head.split()), default=0)
    return min(max(longest + 3, word + 3, _NARROW), _WIDE)


def _cell(sheet: Any, value: Any, form: str | None, *, bold: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    cell = WriteOnlyCell(sheet)
    if form:
        cell.number_format = form
    if bold:
        cell.font = Font(name="Calibri", bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    _fill(cell, value)
    return cell


def _fill(cell: Any, value: Any) -> None:
    """Put a value into a cell; text is never a formula."""
    if isinstance(value, float) and math.isinf(value):
        value = "inf" if value > 0 else "-inf"
    if isinstance(value, datetime.datetime) and hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime(warn=False)
    elif value is not None and not isinstance(value, (str, int, float, bool, datetime.date)):
        value = str(value)
    if isinstance(value, str):
        value = _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", value)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def _definitions(shown: Shown) -> list[tuple[str, ...]]:
    """What each column is, below what the table is."""
    heads = [
        text_of("words", f"head_{key}", shown.language)
        for key in ("name", "label", "unit", "meaning")
    ]
    entries = [column(name) for name in shown.data]
    words = [
        (
            each.name,
            each.label(shown.language),
            each.unit(shown.language),
            each.meaning(shown.language),
        )
        for each in entries
    ]
    return [*([(shown.title,)] if shown.title else []), tuple(heads), *words]


def _about(shown: Shown) -> list[tuple[str, ...]]:
    """What the result tells of itself: rows, what was left out, options, version."""
    rows = [("callstats", __version__), *_flat("", shown.about)]
    return [(key, str(value)) for key, value in rows]


def _flat(prefix: str, about: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in about.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found += _flat(f"{name}.", value)
        else:
            found.append((name, value))
    return found


def _lines(book: Any, title: str, rows: Sequence[tuple[str, ...]]) -> None:
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    # A sentence above the table may run over its columns.
    table = [row for row in rows if len(row) > 1]
    for place, cells in enumerate(zip(*table, strict=True), 1):
        width = max(map(width_of, cells), default=0) + 2
        sheet.column_dimensions[get_column_letter(place)].width = min(
            max(width, _NARROW), 2 * _WIDE
        )
    for row in rows:
        sheet.append([_cell(sheet, text, None) for text in row])


def _without_times(data: bytes) -> bytes:
    """The file with no time of writing in it: the same table gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z", content)
            fixed = zipfile.ZipInfo(entry.filename, _ENTRY_TIME)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(fixed, content)
    return out.getvalue()
