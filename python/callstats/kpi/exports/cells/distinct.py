"""Columns of any type by their distinct values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames

if TYPE_CHECKING:
    from numpy.typing import NDArray


def distinct(series: Any) -> tuple[NDArray[np.int64], list[Any]]:
    """Rows as positions in a list of their distinct values; -1 where missing."""
    import pandas as pd

    codes, values = pd.factorize(np.asarray([*series.to_list(), None], dtype=object)[:-1])
    return np.asarray(codes, np.int64), list(values)


def is_text(series: Any) -> bool:
    """Whether a column holds texts, or objects that are not all times."""
    import narwhals as nw

    kinds = (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)
    return series.dtype in kinds and frames.times(series) is None


def strings(values: list[Any]) -> list[str]:
    """The texts among the values."""
    return [value for value in values if isinstance(value, str)]
