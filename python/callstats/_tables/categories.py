"""Columns of names (groups, ids, levels) as the integers that the core works on.

A name is known by its text, whole numbers by their digits, so that strings, categories and numbers
of any library give the same draw. Whole numbers and texts are read where they lie; whatever else a
column holds is spelled first.
"""

from __future__ import annotations

import datetime
import decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core
from callstats._tables.checks import must_be, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from callstats._core import Identities, Names


def text(value: Any) -> str:
    """What a group, an id or a level is known by: its text, whole numbers as their digits."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    if isinstance(value, tuple):
        return " | ".join(text(part) for part in value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating | decimal.Decimal) and value == value // 1:
        return str(int(value))
    if isinstance(value, datetime.datetime | np.datetime64):
        return pd.Timestamp(value).isoformat()
    return str(value)


def hash_texts(texts: Sequence[str]) -> NDArray[np.uint64]:
    """The hash of each text."""
    objects = np.empty(len(texts), dtype=object)
    objects[:] = texts
    return _core.hash_names(objects)[0]


def identities(series: pd.Series[Any]) -> Identities:
    """Whole numbers as they are, or the hashes of texts; no value may be missing."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        known = hashes(identities(pd.Series(series.cat.categories)))
        return (known[series.cat.codes.to_numpy()],)
    names = _names(series)
    if isinstance(names, np.ndarray) and names.dtype.kind == "i":
        return names.astype(np.int64, copy=False)
    if isinstance(names, np.ndarray) and names.dtype.kind == "u":
        return names.astype(np.uint64, copy=False)
    if names is not None:
        try:
            return (_core.hash_names(names)[0],)
        except UnicodeEncodeError:
            _require_writable(series)
            raise
        except TypeError:
            pass
    return (hash_texts([text(value) for value in series]),)


def _require_writable(series: pd.Series[Any]) -> None:
    """Raise where a text has half a character, which no file can hold."""
    bad = [isinstance(value, str) and not written(value) for value in series]
    rule = "texts that UTF-8 can write"
    must_be(f"column {series.name!r}", series.to_numpy(dtype=object), rule, bad)


def hashes(ids: Identities) -> NDArray[np.uint64]:
    """The hash of each id."""
    return ids[0] if isinstance(ids, tuple) else _core.hash_names(ids)[0]


def texts(values: Iterable[Any]) -> list[str]:
    """The text of each value."""
    return [text(value) for value in values]


def coded(series: pd.Series[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    """Codes in the order of the values (of their texts where they have no order), and the values.

    Missing values have the code -1. Declared categories without rows are no values. In 32 bits: a
    column of many rows costs half as much.
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        categories = list(series.cat.categories)
        own = np.ascontiguousarray(series.cat.codes.to_numpy())
        codes, first = _core.number_names(own)
        values = [None if code < 0 else categories[code] for code in own[first]]
    else:
        names = _names(series)
        if names is None:
            return _factorized(series)
        try:
            codes, first = _core.number_names(names)
        except UnicodeEncodeError:
            _require_writable(series)
            raise
        except TypeError:
            return _factorized(series)
        values = list(series.iloc[first])
    order = _in_order(values, (at for at, value in enumerate(values) if value is not None))
    if order == list(range(len(values))):
        return codes, values
    numbers = np.full(len(values), -1, dtype=np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    return _core.renumber(codes, numbers), [values[at] for at in order]


def _factorized(series: pd.Series[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    """As `coded`, of what the core does not read: floats, times, objects of several kinds."""
    codes, uniques = pd.factorize(series)
    if isinstance(uniques, np.ndarray) and uniques.dtype.kind in "iuf":
        order = np.argsort(uniques, kind="stable")
        values = list(uniques[order])
    else:
        found = list(uniques)
        order = _in_order(found, range(len(found)))
        values = [found[at] for at in order]
    # The last place is what the code -1 of missing values finds.
    rank = np.full(len(uniques) + 1, -1, dtype=np.int32)
    rank[order] = np.arange(len(uniques), dtype=np.int32)
    return rank[codes], values


def _in_order(values: list[Any], places: Iterable[int]) -> list[int]:
    """The places in the order of their values, of their texts where those have no order."""
    chosen = list(places)
    try:
        return sorted(chosen, key=values.__getitem__)
    except TypeError:
        return sorted(chosen, key=lambda at: text(values[at]))


def _names(series: pd.Series[Any]) -> Names | None:
    """The column as the core reads it; None for what is no column of names in itself."""
    dtype = series.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iu":
        return np.ascontiguousarray(series.to_numpy())
    if pd.api.types.is_integer_dtype(dtype):
        if series.isna().any():
            return None
        unsigned = pd.api.types.is_unsigned_integer_dtype(dtype)
        return np.ascontiguousarray(series.to_numpy(dtype=np.uint64 if unsigned else np.int64))
    if isinstance(dtype, pd.StringDtype):
        if dtype.storage.startswith("pyarrow"):
            return _texts(series.array)
        plain: NDArray[Any] = series.array.to_numpy(dtype=object, na_value=None)
        return plain
    if isinstance(dtype, pd.ArrowDtype):
        return _texts(series.array)
    if pd.api.types.is_object_dtype(dtype):
        return np.ascontiguousarray(series.to_numpy())
    return None


def _texts(values: Any) -> Names | None:
    """Arrow's texts where they lie: offsets and bytes of each chunk."""
    import pyarrow as pa

    column = values.__arrow_array__()
    kinds = {pa.string(): np.int32, pa.large_string(): np.int64}
    if column.type not in kinds:
        return None
    kind = kinds[column.type]
    parts: list[Any] = []
    for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        if len(chunk) == 0:
            continue
        _, places, letters = chunk.buffers()
        offsets = np.frombuffer(places, dtype=kind)[chunk.offset : chunk.offset + len(chunk) + 1]
        data = np.frombuffer(letters or b"\0", dtype=np.uint8)
        there = chunk.is_valid().to_numpy(zero_copy_only=False) if chunk.null_count else None
        parts.append((offsets, data, there))
    return parts
