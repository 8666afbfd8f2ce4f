"""Columns of durations that no figure rests on, so that a short handle time does not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats.kpi.exports.cells import clock_text
from callstats.kpi.exports.vocabulary import parts_of, word_parts

if TYPE_CHECKING:
    from callstats.kpi.exports.tables import Table

__all__ = ["not_used"]

#: Values that are looked at: a column of durations shows at once.
_LOOKED_AT = 100


def not_used(frame: Any, schema: Table) -> list[str]:
    """Columns beside those of the table whose names and values are those of durations."""
    beside = [name for name in frame.columns if name not in schema.columns and name != "problem"]
    return [name for name in beside if _named_so(str(name)) and _holds_durations(frame[name])]


def _named_so(name: str) -> bool:
    endings = word_parts("durations")
    parts = parts_of(name)
    return any(part in endings for part in parts[-2:]) or any(
        name.strip().endswith(ending) for ending in endings if not ending.isascii()
    )


def _holds_durations(series: Any) -> bool:
    import narwhals as nw

    if series.dtype == nw.Duration or series.dtype.is_numeric():
        return True
    first = [value for value in series.head(_LOOKED_AT).to_list() if isinstance(value, str)]
    seconds = [clock_text.seconds_of(value) for value in first]
    return None not in seconds and any(np.isfinite(each) for each in seconds if each is not None)
