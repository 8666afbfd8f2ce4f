"""Rows taken from a frame in the caller's kind of frame, and the columns that a draw adds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats._tables.truths import truths_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

#: Columns that a sample adds.
ADDED = ("inclusion_probability", "weight", "stratum", "draw", "reserve")
#: Where a frame keeps the record of its draw.
RECORD = "callstats_sample"
#: Where an empty list would not say it.
_DTYPES = {"stratum": str}


def reserves(frame: nw.DataFrame[Any], argument: str) -> NDArray[np.bool_]:
    """Which rows of a sample are reserves; a row that does not say so is none, and counts."""
    if "reserve" not in frame.columns:
        return np.zeros(len(frame), bool)
    return truths_of(f"column 'reserve' of {argument}", frame["reserve"], missing=True)


def without_reserves(frame: nw.DataFrame[Any], argument: str) -> nw.DataFrame[Any]:
    """The rows that are no reserves."""
    spare = reserves(frame, argument)
    return frame[np.flatnonzero(~spare)] if spare.any() else frame


def drawn(
    frame: nw.DataFrame[Any],
    rows: NDArray[np.int64],
    added: Mapping[str, Any],
    record: Mapping[str, Any],
) -> Frame:
    """The rows with the columns added, in the caller's kind of frame, the record with them."""
    result = with_columns(taken(frame, rows), added)
    attrs = {} if frame.implementation.is_polars() else result.attrs
    result.attrs = {**attrs, RECORD: json.dumps(record, ensure_ascii=False)}
    return result


def taken(frame: nw.DataFrame[Any], rows: NDArray[np.int64]) -> Any:
    """These rows in the caller's kind of frame; in pandas where that is neither it nor Polars."""
    native = frame.to_native()
    if frame.implementation.is_polars():
        return native[rows]
    pandas = native if isinstance(native, pd.DataFrame) else frame.to_pandas()
    return pandas.iloc[rows].copy()


def with_columns(frame: Any, columns: Mapping[str, Any], like: Any = None) -> Any:
    """The frame with columns added, and the record of `like` where it has one."""
    if isinstance(frame, pd.DataFrame):
        for name, values in columns.items():
            frame[name] = pd.Series(values, index=frame.index, dtype=_DTYPES.get(name))
        return frame
    import polars as pl

    result = frame.with_columns(
        pl.Series(
            name,
            values,
            dtype=pl.String if name in _DTYPES else None,
            nan_to_null=isinstance(values, np.ndarray) and values.dtype.kind == "f",
        )
        for name, values in columns.items()
    )
    if record := getattr(like, "attrs", {}).get(RECORD):
        result.attrs = {RECORD: record}
    return result


def stacked(frames: Sequence[Any]) -> Any:
    """Frames of one kind, one under the other."""
    if len(frames) == 1:
        return frames[0]
    if isinstance(frames[0], pd.DataFrame):
        return pd.concat(frames)
    import polars as pl

    return pl.concat(frames, how="vertical_relaxed")
