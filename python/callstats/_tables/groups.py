"""Rows numbered by their group, and what is counted and added in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Coded:
    """A column as numbers of its distinct values, -1 where missing."""

    codes: NDArray[Any]
    distinct: list[Any]

    def ranks(self) -> NDArray[np.int64]:
        """The place of each value in ascending order; the last entry is that of missing ones.

        Strings and categories sort by their text, whatever the order of the categories, so that
        both give the same rows.
        """
        known = len(self.distinct)
        ranks = np.empty(known + 1, np.int64)
        order = sorted(range(known), key=_ordering(self.distinct))
        ranks[order] = np.arange(known)
        ranks[known] = known
        return ranks


@dataclass(frozen=True)
class Groups:
    """Groups in the order of their keys: numbers from 0, missing keys last in each column."""

    #: Group of each row; -1 where the row is left out.
    codes: NDArray[np.int32]
    #: A row of each group, from which its keys are read.
    example: NDArray[np.int64]

    def __len__(self) -> int:
        return self.example.size

    def of(self, rows: NDArray[np.bool_]) -> Groups:
        """The same groups, in which these rows alone count."""
        if rows.all():
            return self
        return Groups(np.where(rows, self.codes, np.int32(-1)), self.example)

    def count(self, rows: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """How many rows are in each group, of those that a mask takes."""
        codes = self.codes if rows is None else self.codes[: rows.size]
        inside = codes >= 0 if rows is None else rows & (codes >= 0)
        return np.bincount(codes[inside], minlength=len(self))

    def sum(self, values: Floats) -> Floats:
        """The sum of a column in each group, missing values passed over."""
        return sums(self.codes[: values.size], values, len(self))

    def mean(self, values: Floats) -> Floats:
        """The mean of the known values in each group; NaN where there are none."""
        return divided(self.sum(values), self.count(~np.isnan(values)))

    def largest(self, values: Floats) -> Floats:
        """The largest known value in each group; NaN where there is none."""
        found = np.full(len(self), np.nan)
        codes = self.codes[: values.size]
        inside = codes >= 0
        np.fmax.at(found, codes[inside], values[inside])
        return found


def group_rows(
    columns: Sequence[Coded],
    rows: int,
    *,
    time: tuple[NDArray[np.int64], int | NDArray[np.int64]] | None = None,
    shown: NDArray[np.bool_] | None = None,
) -> Groups:
    """Groups of rows that agree in all of `columns` and in the interval that holds them.

    `time` is the rows' instants and the cut of `periods`; rows without an instant come last. Rows
    that are not `shown` have no group. Neither columns nor time: one group, even of no rows.
    """
    if not columns and time is None:
        codes = np.zeros(rows, np.int32)
        if shown is not None:
            codes[~shown] = -1
        return Groups(codes, np.zeros(1, np.int64))
    keys = [(column.codes, column.ranks()) for column in columns]
    codes, example = _core.kpi_number_rows(keys, time, shown, rows)
    return Groups(codes, example)


#: Largest values are brought to just below 2^30, of which the core's exact sum keeps 2^-60.
_SUMMED_BELOW = 30


def sums(codes: NDArray[np.integer[Any]], values: Floats, count: int) -> Floats:
    """The sum of `values` in each of `count` groups; missing ones, and codes of -1, do not count.

    Exact to 2^-90 of the group's largest value a row and rounded once, so that the order of the
    rows cannot show. Infinite values add up as floats do.
    """
    inside = codes >= 0
    known = np.where(inside & np.isfinite(values), values, 0.0)
    largest = np.zeros(count)
    np.maximum.at(largest, codes[inside], np.abs(known[inside]))
    # The core adds in fixed point. A power of two changes no digit.
    shift = _SUMMED_BELOW - np.frexp(largest)[1]
    scaled = known if not count else np.ldexp(known, shift[codes])
    with np.errstate(over="ignore"):
        found: Floats = np.ldexp(_core.kpi_sums(codes.astype(np.int32), scaled, count), -shift)
    if (endless := inside & np.isinf(values)).any():
        found += np.bincount(codes[endless], weights=values[endless], minlength=count)
    return found


def divided(numerator: Any, denominator: Any) -> Floats:
    """x/0 is inf, 0/0 is NaN: neither is a fault of observed figures."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.asarray(numerator) / np.asarray(denominator), dtype=np.float64)


def key_codes(series: nw.Series[Any]) -> NDArray[np.int64]:
    """Values numbered in ascending order, missing ones last."""
    column = coded(series)
    places: NDArray[np.int64] = column.ranks()[column.codes]
    return places


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


def coded(series: nw.Series[Any]) -> Coded:
    """Values numbered in any order."""
    try:
        return _coded(series)
    except (TypeError, ValueError) as failure:
        # Lists, dicts and structs cannot be told apart by their hash.
        msg = f"{series.name} must hold values that can be grouped by; got {series.dtype}"
        raise InvalidDataError(msg) from failure


def _coded(series: nw.Series[Any]) -> Coded:
    import pandas as pd

    if series.implementation.is_pandas_like():
        native = series.to_native()
        if isinstance(native.dtype, pd.CategoricalDtype):
            codes = np.ascontiguousarray(native.cat.codes.to_numpy())
            return Coded(codes, list(native.cat.categories))
        codes, distinct = pd.factorize(native)
        return Coded(codes, list(distinct))
    numbers = _numbers_of_text(series)
    if numbers is None:
        column = series.to_numpy()
        if column.dtype == object:
            column = np.asarray(pd.Series(series.to_list(), dtype=object))
        codes, distinct = pd.factorize(column)
        return Coded(codes, list(distinct))
    # The library's own numbers may have gaps, where it keeps one table for all columns.
    codes, used = pd.factorize(numbers)
    first = np.zeros(used.size, np.int64)
    first[codes[::-1]] = np.arange(codes.size - 1, -1, -1)
    values = take(series, first).to_list()
    if (used < 0).any():
        missing = int((used < 0).argmax())
        del values[missing]
        codes = np.where(codes == missing, -1, codes - (codes > missing))
    return Coded(codes, values)


def _numbers_of_text(series: nw.Series[Any]) -> NDArray[np.int64] | None:
    """The numbers that Polars and pyarrow keep for texts, -1 where missing; None: no texts."""
    import narwhals as nw

    native = series.to_native()
    if series.dtype not in (nw.String, nw.Categorical, nw.Enum):
        return None
    if series.implementation.is_polars():
        import polars as pl

        if series.dtype == nw.String:
            native = native.cast(pl.Categorical)
        return np.asarray(native.to_physical().cast(pl.Int64).fill_null(-1).to_numpy(), np.int64)
    if series.implementation.is_pyarrow():
        chunk = native.combine_chunks()
        chunk = chunk if hasattr(chunk, "indices") else chunk.dictionary_encode()
        return np.asarray(chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    return None


def take(series: nw.Series[Any], rows: NDArray[np.int64]) -> nw.Series[Any]:
    """The values at `rows`, with a fresh index."""
    import narwhals as nw

    taken: nw.Series[Any]
    if series.implementation.is_pandas_like():
        native = series.to_native().take(rows).reset_index(drop=True)
        taken = nw.from_native(native, series_only=True)
    elif series.implementation.is_polars():
        taken = nw.from_native(series.to_native().gather(rows), series_only=True)
    else:
        taken = series[rows.tolist()]
    return taken
