"""Rows taken from a frame in the caller's kind of frame, and the columns that a draw adds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.added_columns import put_beside
from callstats._tables.frames import kept, taken
from callstats._tables.truths import truths_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

#: Columns that a sample adds.
ADDED = ("inclusion_probability", "weight", "stratum", "draw", "reserve")
#: Where a frame keeps the record of its draw.
RECORD = "callstats_sample"
#: Columns that are text, where an empty list would not say it.
_TEXTS = ("stratum",)


def reserves(frame: nw.DataFrame[Any], argument: str) -> NDArray[np.bool_]:
    """Which rows of a sample are reserves; a row that does not say so is none, and counts."""
    if "reserve" not in frame.columns:
        return np.zeros(len(frame), bool)
    return truths_of(f"column 'reserve' of {argument}", frame["reserve"], missing=True)


def without_reserves(frame: nw.DataFrame[Any], argument: str) -> nw.DataFrame[Any]:
    """The rows that are no reserves."""
    spare = reserves(frame, argument)
    return kept(frame, ~spare) if spare.any() else frame


def drawn(
    frame: nw.DataFrame[Any],
    rows: NDArray[np.int64],
    added: Mapping[str, Any],
    record: Mapping[str, Any],
) -> Frame:
    """The rows with the columns added, in the caller's kind of frame, the record with them."""
    result = with_columns(taken(frame, rows), added)
    # Polars has no attrs of its own: there the record stays with this very frame.
    attrs = getattr(result, "attrs", {})
    result.attrs = {**attrs, RECORD: json.dumps(record, ensure_ascii=False)}
    return result


def with_columns(frame: Any, columns: Mapping[str, Any], like: Any = None) -> Any:
    """The frame with columns added, and the record of `like` where it has one."""
    result = put_beside(frame, columns, _TEXTS)
    record = getattr(like, "attrs", {}).get(RECORD)
    if record and not getattr(result, "attrs", None):
        result.attrs = {RECORD: record}
    return result
