"""What arguments that the core never sees may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.arrays import numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_hours", "refuse_where"]


def refuse_where(bad: NDArray[np.bool_], column: NDArray[np.float64], name: str, rule: str) -> None:
    """Raise where values are bad: the first, its place and how many."""
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        place = f" at position {at} ({int(bad.sum())} bad of {bad.size})" if bad.ndim else ""
        msg = f"{name} must be {rule}; got {float(column.flat[at])!r}{place}"
        raise ValueError(msg)


def check_hours(paid_hours: Any) -> None:
    """Raise where `paid_hours` is not one number above 0."""
    hours = numbers("paid_hours", paid_hours)
    if np.ndim(hours) or not 0 < hours < np.inf:
        msg = f"paid_hours must be one number of hours > 0; got {paid_hours!r}"
        raise ValueError(msg)
