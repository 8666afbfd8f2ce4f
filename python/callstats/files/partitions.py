"""Reading a table part by part: a Parquet file in batches, a folder file by file."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from callstats.errors import InvalidDataError
from callstats.files.damage import readable
from callstats.files.formats import STANDARD, named
from callstats.files.reading import PARQUET, Table, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Rows of a Parquet file that are in memory at a time.
BATCH = 1 << 19
#: What Hive and Spark call a folder of rows without a value.
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def parts(
    path: str,
    *,
    otherwise: str | None = None,
    encoding: str = "utf-8",
    separator: str | None = None,
    sheet: str | None = None,
) -> Iterator[Table]:
    """The table in `path`, in parts that memory can hold: of a file, or of all files of a folder.

    Files of a folder are of one kind and have the same columns; folders in it may say a column's
    value (``month=2024-03``), which is text. Names that begin with ``.`` or ``_`` are passed over.
    Parquet comes in batches of rows, other files one at a time and whole, as `read` reads them.

    Raises
    ------
    FileNotFoundError, OSError
        A file cannot be opened.
    InvalidDataError
        As `read`; and a folder without files, or with files that do not go together.
    """
    folder = path != STANDARD and Path(path).is_dir()
    paths = files_within(Path(path)) if folder else [path]
    kinds = {kind_of(one, otherwise): one for one in paths}
    if len(kinds) > 1:
        listed = " and ".join(f"{kind} ({one})" for kind, one in sorted(kinds.items()))
        raise InvalidDataError(f"{path} must hold files of one kind; found {listed}")
    if set(kinds) == {"parquet"} and path != STANDARD:
        yield from _batches(path, paths)
        return
    columns: list[str] = []
    for one in paths:
        table = read(one, otherwise=otherwise, encoding=encoding, separator=separator, sheet=sheet)
        for name, value in column_of_folder(path, one).items():
            if name not in table.frame:
                table.frame[name] = value
        columns = columns or list(table.frame.columns)
        _same_columns(one, list(table.frame.columns), columns, paths[0])
        yield replace(table, frame=table.frame[columns])


def files_within(folder: Path) -> list[str]:
    """Files in a folder and the folders below, in the order of their names."""
    paths = [
        str(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    ]
    if not paths:
        raise InvalidDataError(f"{folder} has no files in it")
    return paths


def kind_of(path: str, otherwise: str | None = None) -> str:
    """What a file is, by the ending of its name."""
    return named(path, otherwise=otherwise).kind


def column_of_folder(folder: str, path: str) -> dict[str, str | None]:
    """Columns whose values the names of the folders say."""
    if path == folder:
        return {}
    said: dict[str, str | None] = {}
    for part in Path(path).relative_to(folder).parts[:-1]:
        name, equals, value = part.partition("=")
        if equals:
            said[unquote(name)] = None if value == _NO_VALUE else unquote(value)
    return said


def _same_columns(path: str, found: Sequence[str], columns: Sequence[str], first: str) -> None:
    for one, has, other, lacks in ((path, found, first, columns), (first, columns, path, found)):
        known = set(lacks)
        if more := [name for name in has if name not in known]:
            msg = f"{one} has a column {more[0]!r} that {other} has not ({len(more)} such columns)"
            raise InvalidDataError(msg)


def _batches(path: str, paths: Sequence[str]) -> Iterator[Table]:
    """Rows of Parquet files, the columns of all files of the same types."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        msg = f"{path}: reading Parquet needs pyarrow: pip install 'callstats[parquet]'"
        raise ImportError(msg) from None

    schema = _one_schema(path, paths)
    rows = 0
    for one in paths:
        digest = _digest(one)
        said = column_of_folder(path, one)
        position = 0
        with readable(one, PARQUET), parquet.ParquetFile(one) as file:
            own = set(file.schema_arrow.names)
            inside = [name for name in schema.names if name in own]
            for batch in file.iter_batches(batch_size=BATCH, columns=inside):
                if batch.num_rows == 0:
                    continue
                given = pa.Table.from_batches([batch])
                for name in schema.names:
                    if name not in own:
                        same = pa.repeat(pa.scalar(said[name], pa.string()), batch.num_rows)
                        given = given.append_column(name, same)
                frame = given.select(schema.names).cast(schema).to_pandas(ignore_metadata=True)
                yield Table(one, frame, sha256=digest, first=position)
                position += batch.num_rows
        rows += position
    if rows == 0:
        raise InvalidDataError(f"{path} has columns but no rows")


def _one_schema(path: str, paths: Sequence[str]) -> Any:
    """The columns of all files, each of a type that holds all its values."""
    import pyarrow as pa
    from pyarrow import parquet

    merged: Any = None
    for one in paths:
        with readable(one, PARQUET), parquet.ParquetFile(one) as file:
            # What pandas wrote for an index without a name is no column.
            schema = pa.schema(
                [
                    pa.field(field.name, field.type)
                    for field in file.schema_arrow
                    if not field.name.startswith("__index_level_")
                ]
            )
        for name, count in Counter(schema.names).items():
            if count > 1:
                raise InvalidDataError(f"{one} has {count} columns named {name!r}")
        for name in column_of_folder(path, one):
            if name not in schema.names:
                schema = schema.append(pa.field(name, pa.string()))
        if merged is None:
            merged = schema
        elif schema != merged:
            _same_columns(one, schema.names, merged.names, paths[0])
            plain = [_decoded(merged), _decoded(schema)]
            try:
                merged = pa.unify_schemas(plain, promote_options="permissive")
            except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
                first = str(error).splitlines()[0]
                msg = f"{one}: a column has another type than in {paths[0]}: {first}"
                raise InvalidDataError(msg) from None
    return merged


def _decoded(schema: Any) -> Any:
    """Texts as themselves where files may number them differently."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(
                field.name,
                field.type.value_type if pa.types.is_dictionary(field.type) else field.type,
            )
            for field in schema
        ]
    )


def _digest(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
