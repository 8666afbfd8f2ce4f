"""Rows of a frame added up by their keys: exactly, so that neither order nor chunks matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.checks import column_names
from callstats._tables.groups import coded, group_rows, sums, take

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

#: A sum so near a whole number is that number: what is left over is rounding, not work.
_SNAP = 1e-9


@dataclass(frozen=True)
class Groups:
    """Which group each row belongs to, in the order of the keys."""

    frame: nw.DataFrame[Any]
    keys: dict[str, nw.Series[Any]]
    codes: NDArray[np.int64]
    count: int
    #: A row of each group, from which its keys are read.
    example: NDArray[np.int64]

    @classmethod
    def of(cls, frame: nw.DataFrame[Any], codes: NDArray[np.int64]) -> Groups:
        """Groups of rows of the same code, without keys."""
        distinct, example, places = np.unique(codes, return_index=True, return_inverse=True)
        return cls(frame, {}, places.astype(np.int64), distinct.size, example)

    def sum(self, values: Any) -> NDArray[np.float64]:
        """Sums by group, rounded once; missing where a value is missing."""
        column = np.broadcast_to(np.asarray(values, dtype=np.float64), self.codes.shape)
        total = sums(self.codes, column, self.count)
        total[self.codes[np.isnan(column)]] = np.nan
        return total

    def mean(self, values: Any, weights: Any) -> NDArray[np.float64]:
        """Weighted means by group; rows of weight 0 do not count, whatever their value."""
        shape = self.codes.shape
        values, weights = np.broadcast_to(values, shape), np.broadcast_to(weights, shape)
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.sum(np.where(weights == 0, 0.0, values * weights)) / self.sum(weights)

    def made(self, columns: Mapping[str, Any], rows: NDArray[np.int64] | None = None) -> Frame:
        """A frame of the input's kind: the keys of the groups at `rows`, and `columns`."""
        at = self.example if rows is None else self.example[rows]
        keys = {name: take(series, at) for name, series in self.keys.items()}
        return frames.result(self.frame, keys, columns)


def group(frame: nw.DataFrame[Any], by: str | Sequence[str]) -> Groups:
    """Rows of `frame` by the columns, or the levels of its pandas index, named in `by`."""
    keys = {name: _key(frame, name) for name in column_names("by", by)}
    grouped = group_rows([coded(series) for series in keys.values()], len(frame))
    codes = grouped.codes.astype(np.int64)
    return Groups(frame, keys, codes, len(grouped), grouped.example)


def _key(frame: nw.DataFrame[Any], name: str) -> nw.Series[Any]:
    import narwhals as nw

    if name in frame.columns:
        return frame[name]
    index: Any = nw.maybe_get_index(frame)
    if index is not None:
        import pandas as pd

        for level in range(index.nlevels):
            values = index.get_level_values(level)
            # A plan of a frame with a time index has its starts there, whatever they are called.
            times = isinstance(values, pd.DatetimeIndex | pd.PeriodIndex)
            if values.name == name or (name == "start" and times):
                return nw.from_native(pd.Series(values, name=name), series_only=True)
    frames.require(frame, [name], "intervals")
    raise AssertionError(name)


def ceil(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole numbers at or above `values`, within 1e-9."""
    nearest = np.rint(values)
    return np.where(np.abs(values - nearest) <= _SNAP, nearest, np.ceil(values))
