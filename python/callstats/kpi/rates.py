"""Shares of counts, with their limits."""

from __future__ import annotations

from typing import Any

import numpy as np

from callstats import intervals
from callstats._tables.groups import divided


def rate(name: str, numerator: Any, denominator: Any, confidence: float) -> dict[str, Any]:
    """A share of counts with its Wilson limits and both counts."""
    low, high = intervals.proportion(
        np.asarray(numerator, np.float64),
        np.asarray(denominator, np.float64),
        confidence=confidence,
    )
    return {
        name: divided(numerator, denominator),
        f"{name}_low": low,
        f"{name}_high": high,
        f"{name}_numerator": numerator,
        f"{name}_denominator": denominator,
    }
