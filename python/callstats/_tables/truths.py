"""Columns of true and false, whatever library and type they come in."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import must_be

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

#: What a truth must be, to be read after "must be".
TRUTH = "true or false"
#: Texts that say yes or no: in any column, and in a file.
TRUE_OR_FALSE = {"true": True, "false": False}
YES_OR_NO = TRUE_OR_FALSE | {"yes": True, "1": True, "no": False, "0": False}


@dataclass(frozen=True)
class Truths:
    """A column of true and false, row by row: true, missing, or neither and not missing."""

    true: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    unread: NDArray[np.bool_]


def is_missing(value: Any) -> bool:
    """Whether a value of a column is none: None, NA, NaT or NaN."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return True
    # Neither a text nor an array in a cell is missing; the comparison of an array is no truth.
    return not hasattr(value, "__len__") and bool(value != value)  # noqa: PLR0124


def truths(series: nw.Series[Any]) -> Truths:
    """Booleans, 1 and 0, or the texts true and false in any case, and categories of these.

    One reader for every column that says yes or no, whatever library and type it comes in.
    """
    import narwhals as nw

    none = np.zeros(len(series), bool)
    if series.dtype == nw.Boolean:
        if not series.null_count():
            return Truths(np.array(series.to_numpy(), dtype=bool), none, none)
        missing = np.array(series.is_null().to_numpy(), dtype=bool)
        true = np.array(series.fill_null(value=False).to_numpy(), dtype=bool)
        return Truths(true & ~missing, missing, none)
    if series.dtype.is_numeric():
        values = np.asarray(series.to_numpy(), dtype=np.float64)
        missing = np.isnan(values)
        return Truths(values == 1, missing, ~missing & (values != 1) & (values != 0))
    read = [_truth(value) for value in series.to_list()]
    return Truths(
        np.array([value is True for value in read], bool),
        np.array([value is None for value in read], bool),
        np.array([value is _UNREAD for value in read], bool),
    )


def truths_of(name: str, values: Any, *, missing: bool) -> NDArray[np.bool_]:
    """True and false of a narwhals Series, or of anything that makes a column.

    Missing counts as false where `missing` values may be, and is refused else.
    """
    import narwhals as nw

    if not isinstance(values, nw.Series):
        import pandas as pd

        own = nw.from_native(values, series_only=True, pass_through=True)
        made = pd.Series(np.asarray(values)) if own is values else own
        values = nw.from_native(made, series_only=True)
    found = truths(values)
    bad = found.unread if missing else found.unread | found.missing
    if bad.any():
        must_be(name, values.to_list(), TRUTH, bad)
    return found.true


_UNREAD = object()


def _truth(value: Any) -> Any:
    if isinstance(value, str):
        return TRUE_OR_FALSE.get(value.strip().lower(), _UNREAD)
    if isinstance(value, Number | np.bool_):
        if value in (0, 1):
            return bool(value == 1)
        return None if is_missing(value) else _UNREAD
    return None if is_missing(value) else _UNREAD
