"""States: what a question has to know of some of the rows, as tables that merge by key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import __version__
from callstats._tables import groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

#: The format of the bytes: another first number is not read.
FORMAT = (1, 0)
_MAGIC = b"CSSTATE\n"
#: Bits of the low word of an exact sum: its unit is 2^-60 s, that of the high word 2^-16 s.
_LOW_BITS = 44
#: Instants in tables are whole microseconds.
_NANOSECONDS = 1000


@dataclass(frozen=True)
class Layout:
    """The columns of a table of states: keys, what adds up, and of what the largest counts."""

    keys: tuple[str, ...]
    added: tuple[str, ...] = ()
    largest: tuple[str, ...] = ()
    #: Those of the keys that are instants, in nanoseconds since 1970.
    instants: tuple[str, ...] = ()
    #: Exact sums: two added columns each, which end in ``_hi`` and ``_lo``.
    words: tuple[str, ...] = ()
    #: Those of the keys that are true or false, whole numbers, or texts.
    whole: tuple[str, ...] = ()
    truths: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def sums(self) -> tuple[str, ...]:
        """Every column that merges by SUM."""
        return (*self.added, *(f"{name}{end}" for name in self.words for end in ("_hi", "_lo")))

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in order."""
        return (*self.keys, *self.sums, *self.largest)

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return pd.DataFrame({name: self._typed(name, np.zeros(0)) for name in self.columns})

    def _typed(self, name: str, values: Any) -> Any:
        if name in self.largest:
            return np.asarray(values, np.float64)
        if name in self.truths:
            return np.asarray(values, bool)
        if name in self.sums or name in self.whole or name in self.instants:
            return np.asarray(values, np.int64)
        return pd.Series(values, dtype=object)

    def merged(self, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Tables put together: one row a key, sums added up, the largest kept."""
        filled = [table for table in tables if len(table)] or list(tables[:1])
        if not filled:
            return self.empty()
        keys = {name: self._together(name, filled) for name in self.keys}
        rows = sum(len(table) for table in filled)
        grouped = groups.group_rows([_coded(keys[name]) for name in self.keys], rows)
        codes, count = grouped.codes, len(grouped)
        order = np.argsort(codes, kind="stable")
        firsts = np.searchsorted(codes[order], np.arange(count))
        made: dict[str, Any] = {}
        for name in self.keys:
            made[name] = keys[name].iloc[grouped.example].reset_index(drop=True)
        for name in (*self.sums, *self.largest):
            values = np.concatenate([table[name].to_numpy() for table in filled])
            together = np.fmax if name in self.largest else np.add
            made[name] = together.reduceat(values[order], firsts) if rows else values[:0]
        if not rows and count:
            made = {name: self._typed(name, np.zeros(0)) for name in self.columns}
        return self.carried(pd.DataFrame(made))

    def carried(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with low words in their range."""
        for name in self.words:
            low = table[f"{name}_lo"].to_numpy()
            if len(low) and (low.max() >> _LOW_BITS or low.min() < 0):
                table[f"{name}_hi"] = table[f"{name}_hi"].to_numpy() + (low >> _LOW_BITS)
                table[f"{name}_lo"] = low & ((1 << _LOW_BITS) - 1)
        return table

    def _together(self, name: str, tables: Sequence[pd.DataFrame]) -> pd.Series[Any]:
        """A key of all tables; one that holds nothing in a table has the type of the others."""
        columns = [table[name] for table in tables]
        kinds = {str(each.dtype): each.dtype for each in columns if not each.isna().all()}
        if len(kinds) == 1:
            (kind,) = kinds.values()
            columns = [
                each if each.dtype == kind else pd.Series([None] * len(each), dtype=kind)
                for each in columns
            ]
        return pd.concat(columns, ignore_index=True)

    def to_arrow(self, table: pd.DataFrame) -> Any:
        """The table as Arrow holds it: texts, and instants in microseconds."""
        import pyarrow as pa

        made = {}
        for name in self.columns:
            values = table[name]
            if name in self.instants:
                counts = values.to_numpy()
                missing = counts == np.iinfo(np.int64).min
                whole = np.where(missing, 0, counts // _NANOSECONDS)
                made[name] = pa.array(whole, pa.int64(), mask=missing).cast(pa.timestamp("us"))
            elif name in self.largest:
                made[name] = pa.array(values.to_numpy(), pa.float64(), from_pandas=True)
            else:
                made[name] = self._key_array(name, values)
        return pa.table(made)

    def _key_array(self, name: str, values: Any) -> Any:
        import pyarrow as pa

        try:
            found = pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            msg = f"{name} must hold keys of one type in a state; {str(error).splitlines()[0]}"
            raise ValueError(msg) from None
        if isinstance(found, pa.ChunkedArray):
            found = found.combine_chunks()
        return found.cast(pa.string()) if pa.types.is_large_string(found.type) else found

    def from_arrow(self, table: Any) -> pd.DataFrame:
        """What an engine gave back, in our types: it may have widened them."""
        import pyarrow as pa

        absent = [name for name in self.columns if name not in table.column_names]
        if absent:
            msg = f"a table of the state must have the columns {', '.join(absent)}"
            raise ValueError(msg)
        made = {}
        for name in self.columns:
            values = table[name]
            if name in self.instants:
                if pa.types.is_timestamp(values.type):
                    values = values.cast(pa.timestamp("us", values.type.tz)).cast(pa.int64())
                counts = values.fill_null(np.iinfo(np.int64).min).to_numpy()
                missing = counts == np.iinfo(np.int64).min
                made[name] = np.where(missing, counts, counts * _NANOSECONDS)
            elif name in self.largest:
                made[name] = values.cast(pa.float64()).to_pandas().to_numpy()
            elif name in self.sums or name in self.whole:
                made[name] = values.fill_null(0).cast(pa.int64()).to_numpy()
            elif name in self.truths:
                made[name] = values.cast(pa.bool_()).to_numpy(zero_copy_only=False)
            else:
                made[name] = _key_of(values)
        return pd.DataFrame(made)


#: Metadata of rows that Polars brought.
_POLARS = b"callstats.polars"


def _rows_as_arrow(name: str, rows: Any) -> Any:
    """Carried rows as Arrow, with what tells the library that brought them."""
    import pyarrow as pa

    library = type(rows).__module__.partition(".")[0]
    if library == "pyarrow":
        return rows
    if library == "polars":
        table = rows.to_arrow()
        return table.replace_schema_metadata({**(table.schema.metadata or {}), _POLARS: b"1"})
    try:
        return pa.Table.from_pandas(rows)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        msg = f"{name} must hold columns of one type each in a state; {str(error).splitlines()[0]}"
        raise ValueError(msg) from None


def _key_of(values: Any) -> Any:
    """A key of Arrow as pandas has it: numbers stay whole, texts are texts."""
    import pyarrow as pa

    if pa.types.is_null(values.type):
        return pd.Series([None] * len(values), dtype=object)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return values.to_pandas()


def _coded(series: pd.Series[Any]) -> groups.Coded:
    import narwhals as nw

    if series.dtype == np.int64:
        codes, distinct = pd.factorize(series.to_numpy())
        missing = int(np.iinfo(np.int64).min)
        values = distinct.tolist()
        if missing in values:
            place = values.index(missing)
            del values[place]
            codes = np.where(codes == place, -1, codes - (codes > place))
        return groups.Coded(codes, values)
    return groups.coded(nw.from_native(series, series_only=True))


def codes_of(
    layout: Layout, tables: Sequence[pd.DataFrame], keys: Sequence[str]
) -> tuple[NDArray[np.int32], NDArray[np.int64], dict[str, pd.Series[Any]]]:
    """Rows of several tables numbered by such keys: codes, an example of each, the keys' values."""
    filled = [table for table in tables if len(table)] or list(tables[:1])
    together = {name: layout._together(name, filled) for name in keys}  # noqa: SLF001 - a sibling
    rows = sum(len(table) for table in tables)
    grouped = groups.group_rows([_coded(each) for each in together.values()], rows)
    return grouped.codes, grouped.example, together


class State:
    """What a question has to know of some of the rows. Pickles; merges in any order.

    Parameters
    ----------
    tables : mapping
        Arrow tables by name. Rows of equal keys merge by SUM, in ``about["largest"]`` by MAX;
        ``about["keys"]`` names the keys of each table.
    about : dict
        What the state is of: the plan's settings and what the logs say of themselves, as JSON can
        hold it.
    """

    def __init__(self, tables: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        self._tables = dict(tables)
        self.about = dict(about)

    @property
    def tables(self) -> dict[str, Any]:
        """The tables, as pyarrow holds them; needs pyarrow."""
        layouts = self.layouts
        return {
            name: layouts[name].to_arrow(table)
            if isinstance(table, pd.DataFrame) and name in layouts
            else _rows_as_arrow(name, table)
            for name, table in self._tables.items()
        }

    def rows(self, name: str) -> Any:
        """Rows that a state carries as they came: in pandas, in Polars if that brought them."""
        table = self._tables[name]
        if type(table).__module__.partition(".")[0] != "pyarrow":
            return table
        if _POLARS in (table.schema.metadata or {}):
            import polars as pl

            return pl.from_arrow(table)
        return table.to_pandas()

    @property
    def layouts(self) -> dict[str, Layout]:
        """The columns of each table."""
        return {
            name: Layout(**{part: tuple(names) for part, names in each.items()})
            for name, each in self.about["layouts"].items()
        }

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables as pandas holds them, those that are not there without rows."""
        found = {}
        for name, layout in self.layouts.items():
            table = self._tables.get(name)
            if table is None:
                table = layout.empty()
            elif not isinstance(table, pd.DataFrame):
                table = layout.from_arrow(table)
            found[name] = table
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        carried = [name for name in self._tables if name not in self.layouts]
        return (
            self.about == other.about
            and all(table.equals(other.frames()[name]) for name, table in self.frames().items())
            and all(self.rows(name).equals(other.rows(name)) for name in carried)
        )

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return sum(len(table) for table in self._tables.values())

    def __reduce__(self) -> Any:
        return State, (self._tables, self.about)

    def __repr__(self) -> str:
        rows = ", ".join(f"{name}: {len(table)} rows" for name, table in self._tables.items())
        return f"State of {self.about['plan']['plan']} ({rows})"

    def to_bytes(self) -> bytes:
        """The state as bytes that another machine reads: a header, then Arrow's stream format.

        Raises
        ------
        ImportError
            pyarrow is not installed.
        """
        pa = _pyarrow()
        blocks = []
        for table in self.tables.values():
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            blocks.append(sink.getvalue().to_pybytes())
        header = {
            "format": list(FORMAT),
            "callstats": __version__,
            "tables": dict(zip(self._tables, map(len, blocks), strict=True)),
            "about": self.about,
        }
        head = json.dumps(header).encode()
        return b"".join([_MAGIC, len(head).to_bytes(8, "little"), head, *blocks])

    @staticmethod
    def from_bytes(data: bytes) -> State:
        """The state of such bytes.

        Raises
        ------
        ValueError
            The bytes are none of a state, cut off, or of another format.
        """
        pa = _pyarrow()
        head, rest = _header(bytes(data))
        tables = {}
        for name, length in head["tables"].items():
            block, rest = rest[:length], rest[length:]
            if len(block) < length:
                msg = f"the bytes of the state are cut off: {name} has {len(block)} of {length}"
                raise ValueError(msg)
            try:
                with pa.ipc.open_stream(block) as reader:
                    tables[name] = reader.read_all()
            except (pa.ArrowInvalid, OSError) as error:
                msg = f"the bytes of the state are damaged: {name}: {str(error).splitlines()[0]}"
                raise ValueError(msg) from None
        if rest:
            msg = f"the bytes of the state are followed by {len(rest)} more"
            raise ValueError(msg)
        return State(tables, head["about"])


def _header(data: bytes) -> tuple[dict[str, Any], bytes]:
    begin = len(_MAGIC) + 8
    if not data.startswith(_MAGIC[: len(data)]) or not data:
        msg = "the bytes are none of a state of callstats"
        raise ValueError(msg)
    length = int.from_bytes(data[len(_MAGIC) : begin], "little")
    if len(data) < begin + length:
        msg = f"the bytes of the state are cut off: the header has {len(data)} of {begin + length}"
        raise ValueError(msg)
    try:
        head = json.loads(data[begin : begin + length])
    except ValueError:
        msg = "the bytes of the state are damaged: the header is no JSON"
        raise ValueError(msg) from None
    if head["format"][0] != FORMAT[0]:
        msg = (
            f"the state is of format {head['format'][0]}, written by callstats {head['callstats']};"
            f" this is callstats {__version__}, which reads format {FORMAT[0]}: make it anew"
        )
        raise ValueError(msg)
    return head, data[begin + length :]


def _pyarrow() -> Any:
    try:
        import pyarrow as pa
        import pyarrow.ipc
    except ImportError:
        msg = "states travel as bytes of Arrow: pip install 'callstats[parquet]'"
        raise ImportError(msg) from None
    return pa


@dataclass
class Merging:
    """States put together as they come, without ever holding many that are not merged."""

    layouts: Mapping[str, Layout]
    pending: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    merged_rows: int = 0
    waiting: int = 0

    def take(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Put one more state's tables to the others."""
        for name in self.layouts:
            self.pending.setdefault(name, []).append(tables[name])
            self.waiting += len(tables[name])
        # At each doubling only: what is merged again and again would cost more than it spares.
        if self.waiting > max(2 * self.merged_rows, 1 << 16):
            done = self.finish()
            self.pending = {name: [table] for name, table in done.items()}
            self.merged_rows = sum(len(table) for table in done.values())
            self.waiting = 0

    def finish(self) -> dict[str, pd.DataFrame]:
        """All of them, merged."""
        return {
            name: layout.merged(self.pending.get(name, [])) for name, layout in self.layouts.items()
        }


def merge_tables(
    layouts: Mapping[str, Layout], states: Iterable[Mapping[str, pd.DataFrame]]
) -> dict[str, pd.DataFrame]:
    """The tables of all states, merged."""
    merging = Merging(layouts)
    for tables in states:
        merging.take(tables)
    return merging.finish()
