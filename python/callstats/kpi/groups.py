"""Rows numbered by their group, and result frames with a row a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

__all__ = ["Groups", "group_rows", "group_some", "key_codes", "number", "result_frame", "take"]


@dataclass(frozen=True)
class Groups:
    """Groups in the order of their keys: numbers from 0, missing keys last in each column."""

    codes: NDArray[np.int64]
    count: int
    #: A row of each group, from which its keys are read.
    example: NDArray[np.int64]


def group_rows(columns: Sequence[NDArray[np.int64]], rows: int) -> Groups:
    """Groups of rows that agree in every one of `columns`, sorted by them; none: one group."""
    if not columns:
        return Groups(np.zeros(rows, np.int64), 1, np.zeros(1, np.int64))
    codes, count = columns[0], 0
    for position, column in enumerate(columns):
        if position:
            size = int(column.max(initial=-1)) + 1
            codes = codes * size + column
        codes, count = number(codes)
    return Groups(codes, count, _first_rows(codes, count))


def group_some(columns: Sequence[NDArray[np.int64]], shown: NDArray[np.int64], rows: int) -> Groups:
    """Groups of the rows at `shown` alone; the others have number -1."""
    grouped = group_rows([column[shown] for column in columns], shown.size)
    codes = np.full(rows, -1)
    codes[shown] = grouped.codes
    return Groups(codes, grouped.count, shown[grouped.example] if columns else grouped.example)


def number(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """`codes` >= 0 renumbered without gaps in the same order, and how many there are."""
    bound = int(codes.max(initial=-1)) + 1
    # A table of all codes is a few times faster than sorting, while it is not larger than the rows.
    if bound <= max(4 * codes.size, 1024):
        present = np.zeros(bound, bool)
        present[codes] = True
        places = np.cumsum(present, dtype=np.int64) - 1
        return places[codes], int(present.sum())
    distinct, places = np.unique(codes, return_inverse=True)
    return places.astype(np.int64, copy=False), distinct.size


def _first_rows(codes: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    first = np.zeros(count, np.int64)
    first[codes[::-1]] = np.arange(codes.size - 1, -1, -1)
    return first


def key_codes(series: nw.Series[Any]) -> NDArray[np.int64]:
    """Values numbered in ascending order, missing ones last.

    Strings and categories sort by their text, whatever the order of the categories, so that both
    give the same rows.
    """
    codes = _distinct_codes(series)
    missing = codes < 0
    size = int(codes.max(initial=-1)) + 1
    codes = np.where(missing, size, codes)
    if size:
        codes, used = number(codes)
        known = used - bool(missing.any())
        values = take(series, _first_rows(codes, used)[:known]).to_list()
        rank = np.empty(used, np.int64)
        rank[sorted(range(known), key=_ordering(values))] = np.arange(known)
        rank[known:] = known
        codes = rank[codes]
    return codes


def _ordering(values: list[Any]) -> Any:
    kinds = {type(value) for value in values}
    if len(kinds) == 1 or all(issubclass(kind, int | float) for kind in kinds):
        try:
            sorted(values)
        except TypeError:
            pass
        else:
            return values.__getitem__
    return lambda place: (type(values[place]).__name__, str(values[place]))


def _distinct_codes(series: nw.Series[Any]) -> NDArray[np.int64]:
    """Values numbered in any order, -1 where missing."""
    import narwhals as nw
    import pandas as pd

    native = series.to_native()
    if series.implementation.is_pandas_like():
        return np.asarray(pd.factorize(native)[0], dtype=np.int64)
    if series.dtype in (nw.String, nw.Categorical, nw.Enum):
        if series.implementation.is_polars():
            import polars as pl

            if series.dtype == nw.String:
                native = native.cast(pl.Categorical)
            physical = native.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
            return np.ascontiguousarray(physical, dtype=np.int64)
        if series.implementation.is_pyarrow():
            chunk = native.combine_chunks()
            chunk = chunk if hasattr(chunk, "indices") else chunk.dictionary_encode()
            return np.asarray(chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    values = series.to_numpy()
    if values.dtype == object:
        values = np.asarray(pd.Series(series.to_list(), dtype=object))
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def take(series: nw.Series[Any], rows: NDArray[np.int64]) -> nw.Series[Any]:
    """The values at `rows`, with a fresh index."""
    import narwhals as nw

    taken: nw.Series[Any]
    if series.implementation.is_pandas_like():
        native = series.to_native().iloc[rows].reset_index(drop=True)
        taken = nw.from_native(native, series_only=True)
    else:
        taken = series[rows.tolist()]
    return taken


def result_frame(
    frame: nw.DataFrame[Any],
    keys: Mapping[str, nw.Series[Any]],
    columns: Mapping[str, NDArray[Any] | nw.Series[Any]],
    about: Mapping[str, Any],
) -> Any:
    """A frame of keys and figures, of the library of `frame`; pandas keeps `about` in ``attrs``."""
    import narwhals as nw

    series: dict[str, Any] = dict(keys)
    nan_is_null = not frame.implementation.is_pandas_like()
    for name, values in columns.items():
        if isinstance(values, np.ndarray):
            column = nw.new_series(name, values, backend=frame.implementation)
            if nan_is_null and values.dtype.kind == "f":
                column = column.fill_nan(None)
            series[name] = column
        else:
            series[name] = values
    made = _frames.from_columns(series, like=frame)
    if not nan_is_null:
        made.attrs["callstats"] = dict(about)
    return made
