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
from callstats._tables.checks import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

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
            raise _unwritable(series) from None
        except TypeError:
            pass
    return (hash_texts([text(value) for value in series]),)


def _unwritable(series: pd.Series[Any]) -> ValueError:
    """The error that names the first text with half a character, which no file can hold."""
    bad = [isinstance(value, str) and not _written(value) for value in series]
    at = bad.index(True)
    where = f"at position {at} ({sum(bad)} bad of {len(bad)})"
    msg = (
        f"column {series.name!r} must hold texts that UTF-8 can write; got {shown(series.iloc[at])}"
    )
    return ValueError(f"{msg} {where}")


def _written(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def hashes(ids: Identities) -> NDArray[np.uint64]:
    """The hash of each id."""
    return ids[0] if isinstance(ids, tuple) else _core.hash_names(ids)[0]


def factorize(series: pd.Series[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    """Codes in the order of the values (of their texts where they have no order), and the values.

    Missing values have the code -1. Declared categories without rows are no values.
    """
    codes, uniques = pd.factorize(series)
    if isinstance(uniques, np.ndarray) and uniques.dtype.kind in "iuf":
        ascending = np.argsort(uniques, kind="stable")
        place = np.empty(len(uniques) + 1, dtype=np.int64)
        place[ascending] = np.arange(len(uniques))
        place[-1] = -1
        return place[codes], list(uniques[ascending])
    values = list(uniques)
    if len(values) == 0:
        return codes.astype(np.int64), values
    try:
        order = sorted(range(len(values)), key=values.__getitem__)
    except TypeError:
        order = sorted(range(len(values)), key=lambda i: text(values[i]))
    rank = np.empty(len(values) + 1, dtype=np.int64)
    rank[order] = np.arange(len(values))
    rank[-1] = -1
    return rank[codes], [values[i] for i in order]


def coded(series: pd.Series[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    """As `factorize`, in 32 bits: a column of many rows costs half as much."""
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
            raise _unwritable(series) from None
        except TypeError:
            return _factorized(series)
        values = list(series.iloc[first])
    known = [at for at, value in enumerate(values) if value is not None]
    try:
        order = [at for _, at in sorted((values[at], at) for at in known)]
    except TypeError:
        order = sorted(known, key=lambda at: text(values[at]))
    if order == list(range(len(values))):
        return codes, values
    numbers = np.full(len(values), -1, dtype=np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    return _core.renumber(codes, numbers), [values[at] for at in order]


def _factorized(series: pd.Series[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    codes, values = factorize(series)
    return codes.astype(np.int32), values


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
