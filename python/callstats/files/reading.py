"""Reading a table as it stands in the file: text stays text, and every row keeps its place."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import sys
import warnings
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from callstats._tables.frames import require, told_apart
from callstats.errors import InvalidDataError
from callstats.files import workbooks
from callstats.files.damage import readable, refuse_inflated
from callstats.files.formats import STANDARD, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: pandas' words for a quote that is opened and never closed.
_UNCLOSED = "EOF inside string"
#: What a damaged file is said not to be.
PARQUET = "a Parquet file"
#: Columns from which a table is read in one piece.
_WIDE = 1000
#: Bytes that are unpacked between two looks at how many they are.
_PIECE = 1 << 20


@dataclass(frozen=True)
class Table:
    """A table read from a file; the frame's index counts the file's data rows from 0."""

    name: str
    frame: pd.DataFrame
    #: Which line of the file a row begins in; None where the file has no lines.
    line: Callable[[int], int] | None = field(default=None, repr=False)
    #: Digest of the file as it came, to tell later which file it was.
    sha256: str = ""
    #: How many rows of the file come before those of the frame.
    first: int = 0
    #: A sentence for each name that the header has more than once.
    again: tuple[str, ...] = ()

    def require(self, columns: Iterable[str]) -> None:
        """Raise MissingColumnError where a column is missing."""
        require(cast("Any", self.frame), columns, self.name)

    def place(self, row: int) -> str:
        """``"row 517 (line 518)"`` for the row at position 516."""
        return f"row {self.first + row + 1}" + (f" (line {self.line(row)})" if self.line else "")


def read(
    path: str,
    *,
    otherwise: str | None = None,
    encoding: str = "utf-8",
    separator: str | None = None,
    sheet: str | None = None,
) -> Table:
    """The table in `path` (``"-"`` is standard input).

    Every column of a text file comes back as text, an empty field as missing; Parquet and Excel
    keep the types that they have. `otherwise` is the format where the name says none.

    Raises
    ------
    FileNotFoundError, OSError
        There is no such file, or it cannot be opened.
    InvalidDataError
        The file is empty, has a header alone, is damaged, in another encoding, or has rows that
        are longer or shorter than its header. Row and line are named.
    """
    form = named(path, otherwise=otherwise)
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise ValueError(f"encoding {encoding!r} is not known") from None
    name = "standard input" if path == STANDARD else path
    if form.kind == "calendar":
        raise _unreadable(name, "is a calendar, which is written but not read")
    data = _bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    if form.gzip:
        data = _unpacked(data, name)
    if not data.strip():
        raise _unreadable(name, "is empty")
    if form.is_text:
        table = _Text(name, data, encoding, separator or form.separator).table()
    elif form.kind == "parquet":
        frame, again = told_apart(_parquet(data, name))
        table = Table(name, frame, again=tuple(again))
    else:
        table = _excel(data, name, sheet)
    if table.frame.empty:
        raise _unreadable(name, "has a header but no rows")
    return replace(table, sha256=digest)


def _bytes(path: str) -> bytes:
    if path != STANDARD:
        return Path(path).read_bytes()
    if sys.stdin is None:
        raise OSError("standard input is closed")
    return sys.stdin.buffer.read()


def _unreadable(name: str, what: str) -> InvalidDataError:
    return InvalidDataError(f"{name} {what}")


def _unpacked(data: bytes, name: str) -> bytes:
    unpacked = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            while piece := stream.read(_PIECE):
                unpacked += piece
                refuse_inflated(name, len(data), len(unpacked))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _unreadable(name, f"is not a whole gzip file: {error}") from None
    return bytes(unpacked)


@dataclass(frozen=True)
class _Text:
    """A CSV or TSV file's bytes and how they are to be read."""

    name: str
    data: bytes
    encoding: str
    separator: str

    def table(self) -> Table:
        if (separator := self._queue_log_separator()) is not None:
            return replace(self, separator=separator).queue_log()
        header = self._header()
        frame = self._frame(len(header))
        if frame.shape[1] != len(header):
            # A first line of blanks is a header to the csv module and nothing to pandas; a NUL byte
            # ends a field to pandas alone.
            self._refuse_ragged()
            what = f"has a header of {len(header)} fields that reads as {frame.shape[1]}"
            raise _unreadable(self.name, what)
        # pandas fills a short row with missing values, and that is how a file cut off in the
        # middle looks. Counting separators clears a file without quotes at once.
        short = len(header) > 1 and bool(frame.iloc[:, -1].isna().any())
        marks = self.data.count(self.separator.encode(self.encoding))
        if short and marks != (len(frame) + 1) * (len(header) - 1):
            self._refuse_ragged()
        named, again = told_apart(frame.set_axis(header, axis="columns"))
        return Table(self.name, named, self._line, again=tuple(again))

    def _queue_log_separator(self) -> str | None:
        """What is between the fields of a queue log of Asterisk, known by its first row's event."""
        from callstats.kpi.exports.event_logs import is_queue_log_row

        _, first = next(self._records(), (0, []))
        if is_queue_log_row(first):
            return self.separator
        return "|" if len(first) == 1 and is_queue_log_row(first[0].split("|")) else None

    def queue_log(self) -> Table:
        """A log without a header whose rows are as long as their events need."""
        from callstats.kpi.exports.event_logs import QUEUE_LOG_COLUMNS

        lines, records = zip(*self._records(), strict=True)
        width = len(QUEUE_LOG_COLUMNS)
        padded = [[field or None for field in (*row, *[""] * width)[:width]] for row in records]
        frame = pd.DataFrame(padded, columns=list(QUEUE_LOG_COLUMNS), dtype="str")
        return Table(self.name, frame, lambda row: int(lines[row]))

    def _header(self) -> list[str]:
        """The names of the columns, after what a look at the first bytes can tell."""
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")) and "16" not in self.encoding:
            raise _unreadable(self.name, "is in UTF-16; say --encoding utf-16")
        if self.data.startswith(b"\x1f\x8b"):
            raise _unreadable(self.name, "is compressed; name it .csv.gz")
        if self.data.startswith((b"PK\x03\x04", b"PAR1")):
            kind = "an Excel" if self.data.startswith(b"PK") else "a Parquet"
            raise _unreadable(self.name, f"is {kind} file; name it so")
        header = next((fields for _, fields in self._records()), [])
        if len(header) == 1:
            for other, word in ((";", "';'"), ("\t", "a tab"), (",", "','")):
                if other in header[0]:
                    raise _unreadable(
                        self.name, f"seems to have {word} between its fields; say --separator"
                    )
        return header

    def _frame(self, width: int) -> pd.DataFrame:
        utf8 = self.encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}
        # The parser checks UTF-8 itself as it goes; any other encoding is decoded first.
        source: Any = (
            io.BytesIO(self.data.removeprefix(codecs.BOM_UTF8))
            if utf8
            else io.StringIO(self._decoded(), newline="")
        )
        try:
            with warnings.catch_warnings():
                # pandas only warns where the very first row is longer than the header.
                warnings.simplefilter("error", pd.errors.ParserWarning)
                return pd.read_csv(
                    source,
                    sep=self.separator,
                    dtype=str,
                    keep_default_na=False,
                    na_values=[""],
                    index_col=False,
                    # Read by pieces, a wide table costs as much again to put together.
                    low_memory=width < _WIDE,
                )
        except pd.errors.EmptyDataError:
            raise _unreadable(self.name, "is empty") from None
        except UnicodeDecodeError:
            self._decoded()
            raise
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            if _UNCLOSED in str(error):
                what = "has a quote that is opened and never closed"
                raise _unreadable(self.name, what) from None
            self._refuse_ragged()
            raise _unreadable(self.name, f"cannot be read: {error}") from None

    def _decoded(self) -> str:
        try:
            return self.data.decode(self.encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            byte = self.data[error.start]
            raise _unreadable(
                self.name,
                f"is not {self.encoding}: byte 0x{byte:02x} in line {line}; "
                "save it as UTF-8 or say --encoding (gb18030, cp1252, ...)",
            ) from None

    def _refuse_ragged(self) -> None:
        """Raise where a row has more or fewer fields than the header: slow, one by one."""
        width = 0
        for row, (line, fields) in enumerate(self._records()):
            width = width or len(fields)
            if len(fields) != width:
                what = (
                    f"has {len(fields)} fields in row {row} (line {line}); its header has {width}"
                )
                raise _unreadable(self.name, what)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """The line in which each record begins, and its fields; the header comes first."""
        csv.field_size_limit(max(csv.field_size_limit(), len(self.data)))
        stream = io.TextIOWrapper(
            io.BytesIO(self.data), encoding=self.encoding, errors="replace", newline=""
        )
        reader = csv.reader(stream, delimiter=self.separator)
        begins = 1
        for number, fields in enumerate(reader):
            if fields:
                if number == 0:
                    fields[0] = fields[0].removeprefix("\ufeff")
                yield begins, fields
            begins = reader.line_num + 1

    def _line(self, row: int) -> int:
        for number, (line, _) in enumerate(self._records()):
            if number == row + 1:
                return line
        raise IndexError(f"{self.name} has no row {row + 1}")


def _parquet(data: bytes, name: str) -> pd.DataFrame:
    try:
        from pyarrow import parquet
    except ImportError:
        msg = f"{name}: reading Parquet needs pyarrow: pip install 'callstats[parquet]'"
        raise ImportError(msg) from None
    with readable(name, PARQUET):
        file = parquet.ParquetFile(io.BytesIO(data))
        names = file.schema_arrow.names
        if len(set(names)) < len(names):
            # pandas asks for columns by their names, of which it then finds several.
            plain = file.read().rename_columns(list(map(str, range(len(names)))))
            doubled: pd.DataFrame = plain.to_pandas(ignore_metadata=True)
            return doubled.set_axis(names, axis="columns")
        frame = pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    return frame.reset_index(drop=True)


def _excel(data: bytes, name: str, sheet: str | None) -> Table:
    header, body = workbooks.sheet_cells(data, name, sheet)
    frame, again = told_apart(workbooks.as_frame(header, body))
    return Table(name, frame, lambda row: body[row][0], again=tuple(again))
