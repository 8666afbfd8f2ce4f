"""Reading some columns of a table block by block: fast, and in bounded memory."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callstats.errors import InvalidDataError
from callstats.files.columns import CALLS, settled, typed
from callstats.files.damage import readable
from callstats.files.formats import named
from callstats.files.partitions import column_of_folder, files_within, kind_of, parts
from callstats.files.reading import PARQUET, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    import pandas as pd

#: Bytes of a text file, and rows of Parquet, that are in memory at a time.
_BLOCK = 1 << 22
_ROWS = 1 << 19


def streamed(
    path: str,
    columns: Collection[str] | None,
    texts: Collection[str],
    progress: Callable[[str], None] | None = None,
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Blocks of rows of a file or of all files of a folder, each with its name.

    Of the `columns` those are read that there are, None for all; `texts` come as categories. Those
    of a log of calls are under their own names, read as `files.typed` reads them.

    Raises
    ------
    FileNotFoundError, OSError, InvalidDataError
        As `parts`.
    """
    folder = Path(path)
    paths = files_within(folder) if folder.is_dir() else [path]
    kinds = {kind_of(one): one for one in paths}
    try:
        import pyarrow  # noqa: F401 - whether it is there

        quick = set(kinds) <= {"parquet"} or set(kinds) <= {"csv", "tsv"}
    except ImportError:
        quick = False
    if len(kinds) > 1 or not quick:
        for table in parts(path):
            inside = _inside(table.frame.columns, columns)
            frame = typed(table, {name: CALLS.get(name, "unknown") for name in inside}).frame
            yield table.name, frame[inside]
        return
    for number, one in enumerate(paths, 1):
        if progress is not None:
            progress(f"reading {one} ({number} of {len(paths)})")
        given = column_of_folder(path, one)
        read = _parquet if set(kinds) == {"parquet"} else _text
        for frame in read(one, columns, [name for name in texts if name not in given]):
            for name, value in given.items():
                if columns is None or name in columns:
                    frame[name] = value
            yield one, frame


def columns_of(path: str) -> list[str]:
    """The names of a file's columns, of CSV, TSV and Parquet; none of what has two of one name."""
    kind = kind_of(path)
    if kind == "parquet":
        from pyarrow import parquet

        with readable(path, PARQUET):
            return list(parquet.read_schema(path).names)
    try:
        return _header(path) if kind in {"csv", "tsv"} else []
    except InvalidDataError:
        return []


def _inside(names: Iterable[str], columns: Collection[str] | None) -> list[str]:
    """Those of the names that are wanted."""
    return [name for name in names if columns is None or name in set(columns)]


def _parquet(
    path: str, columns: Collection[str] | None, texts: Collection[str]
) -> Iterator[pd.DataFrame]:
    import pyarrow as pa
    from pyarrow import parquet

    with readable(path, PARQUET):
        schema = parquet.read_schema(path)
        words = [
            name
            for name in texts
            if name in schema.names and pa.types.is_string(schema.field(name).type)
        ]
        with parquet.ParquetFile(path, read_dictionary=words) as file:
            # What pandas wrote of an index that has no name is no column.
            names = [n for n in file.schema_arrow.names if not n.startswith("__index_level_")]
            inside = _inside(names, columns)
            for batch in file.iter_batches(batch_size=_ROWS, columns=inside):
                if batch.num_rows:
                    yield pa.Table.from_batches([batch]).to_pandas(ignore_metadata=True)


@dataclass(frozen=True)
class _Columns:
    """How the columns of a text file are read."""

    path: str
    columns: tuple[str, ...]
    texts: frozenset[str]
    separator: str

    def blocks(self, *, quick: bool, after: int = 0) -> Iterator[Any]:
        """Blocks of rows; `quick`: numbers and times are read as such, not as texts."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        kinds: dict[str, Any] = {}
        for name in self.columns:
            content = CALLS.get(name, "text")
            kinds[name] = pa.string()
            if name in self.texts:
                kinds[name] = pa.dictionary(pa.int32(), pa.string())
            elif quick and content == "seconds":
                kinds[name] = pa.float64()
            elif quick and content == "time":
                kinds[name] = pa.timestamp("us")
        reader = arrow_csv.open_csv(
            self.path,
            read_options=arrow_csv.ReadOptions(
                block_size=_BLOCK, use_threads=False, skip_rows_after_names=after
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=self.separator, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=kinds,
                include_columns=[*self.columns],
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        with reader:
            yield from reader


def _text(
    path: str, columns: Collection[str] | None, texts: Collection[str]
) -> Iterator[pd.DataFrame]:
    """Blocks of a text file. What is no plain number or time is read as `typed` reads it."""
    import pyarrow as pa

    header = _header(path)
    inside = tuple(_inside(header, columns))
    reading = _Columns(path, inside, frozenset(texts), named(path).separator)
    if columns is None:
        # What other columns hold is told by looking at them: no column is known beforehand.
        yield from _slowly(reading, 0)
        return
    row = 0
    try:
        for table in _together(reading.blocks(quick=True)):
            yield table.to_pandas()
            row += table.num_rows
    except pa.ArrowInvalid:
        yield from _slowly(reading, row)


def _together(blocks: Iterator[Any]) -> Iterator[Any]:
    """Blocks put together: small ones keep what is read ahead small, few parts merge quickly."""
    import pyarrow as pa

    held: list[Any] = []
    for block in blocks:
        held.append(block)
        if sum(each.num_rows for each in held) >= _ROWS // 2:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _slowly(reading: _Columns, row: int) -> Iterator[pd.DataFrame]:
    """The rows from `row` on, as texts that are looked at one by one."""
    import pyarrow as pa

    contents = {
        name: CALLS.get(name, "unknown") for name in reading.columns if name not in reading.texts
    }
    try:
        for block in reading.blocks(quick=False, after=row):
            table = Table(reading.path, block.to_pandas(), _lines_after(row), first=row)
            contents = contents if row else settled(table, contents)
            yield typed(table, contents).frame
            row += block.num_rows
    except pa.ArrowInvalid as error:
        msg = f"{reading.path}: {str(error).splitlines()[0]}"
        raise InvalidDataError(msg) from None


def _lines_after(first: int) -> Callable[[int], int]:
    """The line of a row, where no field holds a line break."""
    return lambda row: first + row + 2


def _header(path: str) -> list[str]:
    """The names of the columns, as the careful reader finds them."""
    form = named(path)
    with contextlib.ExitStack() as stack:
        file: Any = stack.enter_context(Path(path).open("rb"))
        if form.gzip:
            file = stack.enter_context(gzip.GzipFile(fileobj=file))
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        header = next(csv.reader(text, delimiter=form.separator), [])
    if not header:
        msg = f"{path} is empty"
        raise InvalidDataError(msg)
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        msg = f"{path} has several columns named {twice!r}"
        raise InvalidDataError(msg)
    return header
