"""The confidence of limits, and the quantiles that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from callstats import _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["checked", "normal_quantile", "student_quantiles"]


def checked(confidence: float) -> float:
    """`confidence` as a float; a ValueError where it is none."""
    if not 0 < confidence < 1:
        msg = f"confidence must be > 0 and < 1; got {confidence!r}"
        raise ValueError(msg)
    return float(confidence)


def normal_quantile(confidence: float) -> float:
    """Standard deviations on either side that hold so much of the normal distribution."""
    return _core.normal_quantile(checked(confidence))


def student_quantiles(freedom: ArrayLike, confidence: float) -> NDArray[np.float64]:
    """The same for Student's t, one a number of degrees of freedom; NaN where that is not > 0."""
    degrees = np.ascontiguousarray(freedom, dtype=np.float64)
    found, place = np.unique(degrees, return_inverse=True)
    return _core.student_quantiles(found, checked(confidence))[place]
