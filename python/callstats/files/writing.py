"""Writing a table into a file of any kind; text stays text."""

from __future__ import annotations

import csv
import gzip
import io
import re
from typing import TYPE_CHECKING, Any, BinaryIO

import pandas as pd

from callstats.files.calendars import write_calendar
from callstats.files.columns import is_ratio
from callstats.files.text import visible
from callstats.files.workbooks import SHEET_ROWS

if TYPE_CHECKING:
    from callstats.files.formats import Format

#: What a spreadsheet takes for a formula where it opens a CSV file; the wide forms of = + - @ too.
_FORMULA = re.compile("^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
#: Characters that Excel's file format cannot hold, or (a carriage return) gives back as another.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f]")


def write(frame: pd.DataFrame, stream: BinaryIO, form: Format, *, safe: bool = False) -> None:
    """Write `frame` to `stream`, without its index.

    Numbers have all their digits. CSV and TSV hold text as it is, so that ids come back as they
    went; ``safe=True`` puts an apostrophe before text, headings too, that a spreadsheet would take
    for a formula. In Excel text is marked as text and never a formula; fractions are shown as
    percent, and times lose their zone to the column's header, because Excel knows no zones.
    """
    if form.kind == "parquet":
        _write_parquet(frame, stream)
    elif form.kind == "excel":
        _write_excel(frame, stream)
    elif form.kind == "calendar":
        write_calendar(frame, stream)
    elif form.gzip:
        # No time of writing in the head: the same table gives the same bytes.
        with gzip.GzipFile(fileobj=stream, mode="wb", filename="", mtime=0) as packed:
            _write_text(frame, packed, form, safe=safe)
    else:
        _write_text(frame, stream, form, safe=safe)


def _write_text(frame: pd.DataFrame, stream: Any, form: Format, *, safe: bool) -> None:
    headings = pd.Series([str(name) for name in frame.columns], dtype="str")
    texts = {
        name: frame[name].astype("str").where(frame[name].notna())
        for name in frame.columns
        if _is_text(frame[name])
    }
    # The csv module quotes \n but not a lone \r, which readers take for a line's end.
    returns = any(
        text.str.contains("\r", regex=False, na=False).any() for text in (headings, *texts.values())
    )
    quoting: Any = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    if safe:
        safe_texts = {name: _disarmed(text) for name, text in texts.items()}
        frame = frame.assign(**safe_texts).set_axis(_disarmed(headings), axis="columns")
    out = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    frame.to_csv(out, sep=form.separator, index=False, lineterminator="\n", quoting=quoting)
    out.flush()
    out.detach()


def _disarmed(text: pd.Series[Any]) -> pd.Series[Any]:
    """Text with an apostrophe before what is a formula to a spreadsheet; numbers are none."""
    formula = text.str.contains(_FORMULA, na=False) & pd.to_numeric(text, errors="coerce").isna()
    return text.mask(formula, "'" + text)


def _is_text(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype) or column.dtype == object


def _write_parquet(frame: pd.DataFrame, stream: BinaryIO) -> None:
    try:
        import pyarrow  # noqa: F401 - asked for here, so that its absence is told kindly
    except ImportError:
        msg = "writing Parquet needs pyarrow: pip install 'callstats[parquet]'"
        raise ImportError(msg) from None
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False)
    stream.write(buffer.getbuffer())


def _write_excel(frame: pd.DataFrame, stream: BinaryIO) -> None:
    try:
        import openpyxl
        from openpyxl.cell import WriteOnlyCell
    except ImportError:
        raise ImportError("writing Excel needs openpyxl: pip install 'callstats[excel]'") from None
    if len(frame) >= SHEET_ROWS:
        msg = f"{len(frame)} rows are more than a sheet of Excel holds; write CSV or Parquet"
        raise ValueError(msg)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("callstats")
    sheet.freeze_panes = "A2"
    headers, columns, formats = [], [], []
    for name in frame.columns:
        header, column = _without_zone(str(name), frame[name])
        headers.append(header)
        columns.append(column.astype(object).where(column.notna(), None).tolist())
        formats.append(_cell_format(str(name), column))

    def cell(value: Any, number_format: str | None) -> Any:
        made = WriteOnlyCell(sheet, value=_excel_value(value))
        if isinstance(made.value, str):
            made.data_type = "s"
        elif number_format:
            made.number_format = number_format
        return made

    sheet.append([cell(header, None) for header in headers])
    for row in zip(*columns, strict=True):
        sheet.append([cell(value, form) for value, form in zip(row, formats, strict=True)])
    buffer = io.BytesIO()
    book.save(buffer)
    stream.write(buffer.getbuffer())


def _without_zone(name: str, column: pd.Series[Any]) -> tuple[str, pd.Series[Any]]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return f"{name} ({column.dtype.tz})", column.dt.tz_localize(None)
    return name, column


def _cell_format(name: str, column: pd.Series[Any]) -> str | None:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "yyyy-mm-dd hh:mm:ss"
    return "0.0%" if is_ratio(name) else None


def _excel_value(value: Any) -> Any:
    if isinstance(value, str):
        return _UNPRINTABLE.sub(lambda found: visible(found[0]), value)
    if isinstance(value, float) and value in {float("inf"), float("-inf")}:
        return str(value)
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    if isinstance(value, pd.Timedelta):
        return value.to_pytimedelta()
    return value
