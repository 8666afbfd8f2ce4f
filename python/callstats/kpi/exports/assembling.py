"""The columns of an export in the order of a canonical table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callstats.kpi.exports.tables import Schema


def assembled(frame: Any, read: Mapping[str, Any], schema: Schema) -> Any:
    """The canonical columns in the order of the table, then the others."""
    import narwhals as nw

    series: dict[str, Any] = {}
    backend = frame.implementation
    for name, values in read.items():
        if not isinstance(values, np.ndarray):
            series[name] = values
        elif values.dtype != object:
            made = frames.figures(name, values, frame)
            array = isinstance(made, np.ndarray)
            series[name] = nw.new_series(name, made, backend=backend) if array else made
        elif schema.holds(name) == "truth":
            series[name] = frames.booleans(name, values.tolist(), frame)
        else:
            series[name] = nw.new_series(name, values.tolist(), nw.String(), backend=backend)
    order = [name for name in schema.columns if name in series]
    rest = [name for name in frame.columns if name not in series]
    tail = [name for name in series if name not in order]
    return frames.replaced(frame, series).select([*order, *rest, *tail])
