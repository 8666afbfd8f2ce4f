"""Columns put into the frame of an export, and the frame in the order of a canonical table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from callstats.kpi.exports.event_logs import Unfolded
    from callstats.kpi.exports.tables import Table

__all__ = ["assembled", "frame_of", "replaced", "rows_of"]


def assembled(frame: Any, read: Mapping[str, Any], schema: Table) -> Any:
    """The canonical columns in the order of the table, then the others."""
    import narwhals as nw

    series: dict[str, Any] = {}
    for name, values in read.items():
        if not isinstance(values, np.ndarray):
            series[name] = values
        elif values.dtype == object:
            truths = schema.holds(name) == "truth"
            kind = nw.Boolean() if truths else nw.String()
            if truths and frame.implementation.is_pandas_like():
                import pandas as pd

                made = pd.Series(values, name=name, dtype="boolean")
                series[name] = nw.from_native(made, series_only=True)
            else:
                series[name] = nw.new_series(
                    name, values.tolist(), kind, backend=frame.implementation
                )
        else:
            column = nw.new_series(name, values, backend=frame.implementation)
            if values.dtype.kind == "f" and not frame.implementation.is_pandas_like():
                column = column.fill_nan(None)
            series[name] = column
    order = [name for name in schema.columns if name in series]
    rest = [name for name in frame.columns if name not in series]
    tail = [name for name in series if name not in order]
    return replaced(frame, series).select([*order, *rest, *tail])


def replaced(frame: Any, series: Mapping[str, Any]) -> Any:
    """The frame with some columns put in or replaced, row by row, its index kept."""
    import narwhals as nw

    if not frame.implementation.is_pandas_like():
        return frame.with_columns(*(each.alias(name) for name, each in series.items()))
    native = frame.to_native().copy(deep=False)
    for name, each in series.items():
        native[name] = each.to_native().set_axis(native.index)
    return nw.from_native(native)


def rows_of(frame: Any, keep: NDArray[np.bool_]) -> Any:
    """The rows to keep, with their index."""
    import narwhals as nw

    if frame.implementation.is_pandas_like():
        return nw.from_native(frame.to_native()[keep])
    return frame.filter(keep.tolist())


def frame_of(events: Unfolded, like: Any) -> Any:
    """The rows made of a log of events, as a frame of the same library."""
    import narwhals as nw

    if like.implementation.is_pandas_like():
        import pandas as pd

        return nw.from_native(pd.DataFrame(events.columns), eager_only=True)
    return nw.from_dict(events.columns, backend=like.implementation)
