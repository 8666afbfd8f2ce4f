"""The confidence of limits, and the quantiles that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from callstats import _core
from callstats._tables.checks import confidence_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def normal_quantile(confidence: float) -> float:
    """Standard deviations on either side that hold so much of the normal distribution."""
    return _core.normal_quantile(confidence_level(confidence))


def student_quantiles(freedom: ArrayLike, confidence: float) -> NDArray[np.float64]:
    """The same for Student's t, one a number of degrees of freedom; NaN where that is not > 0."""
    degrees = np.ascontiguousarray(freedom, dtype=np.float64)
    found, place = np.unique(degrees, return_inverse=True)
    return _core.student_quantiles(found, confidence_level(confidence))[place]
