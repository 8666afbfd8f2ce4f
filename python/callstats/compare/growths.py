"""Growth of the same units between two periods, and whether the gaps between them closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from callstats import _core
from callstats._tables.checks import confidence_level, must_be, one_of
from callstats.compare.cautions import say
from callstats.compare.teams.units import by_unit, same_units


@dataclass(frozen=True, eq=False)
class Growth:
    """Growth of units, and of the gaps between them; undefined figures are NaN.

    Attributes
    ----------
    total : float
        Growth of the sum of all units.
    typical, typical_low, typical_high : float
        Growth of the typical unit, by the mean of the logarithms.
    cv_before, cv_after, gini_before, gini_after : float
        Coefficient of variation and Gini coefficient of the units.
    spread_ratio, spread_ratio_low, spread_ratio_high : float
        Standard deviation of the logarithms after over that before: below 1 the gaps closed.
    spread_p_value : float
        That the spread did not change (Pitman & Morgan).
    counters : DataFrame
        One row a unit: ``unit, before, after, growth``.
    """

    total: float
    typical: float
    typical_low: float
    typical_high: float
    cv_before: float
    cv_after: float
    gini_before: float
    gini_after: float
    spread_ratio: float
    spread_ratio_low: float
    spread_ratio_high: float
    spread_p_value: float
    counters: Any

    def to_frame(self) -> Any:
        """One row a unit, as ``counters``."""
        return self.counters

    def explain(self, language: str = "en") -> str:
        """Two sentences with the figures."""
        one_of("language", language, ("en", "zh"))
        typical = (self.typical, self.typical_low, self.typical_high)
        ratio = (self.spread_ratio, self.spread_ratio_low, self.spread_ratio_high)
        units = len(self.counters)
        return "\n".join(
            [
                say(language, "growth_total", units, self.total, *typical),
                say(language, "growth_spread", *ratio, self.spread_p_value),
            ]
        )

    def __str__(self) -> str:
        return self.explain()


def growth(before: Any, after: Any, *, confidence: float = 0.95) -> Growth:
    """Growth of the same units from one period to another, and whether they became more alike.

    Counters that are open part of the time must be rated per open hour first.

    Parameters
    ----------
    before, after : mapping or Series
        A number a unit, the same units in both; >= 0.
    confidence : float, default 0.95
        Of the limits; > 0 and < 1.

    Returns
    -------
    Growth
        With ``counters``, a row a unit.

    Raises
    ------
    ValueError
        Different units, or a value that is negative or not finite.

    Notes
    -----
    The total is what a report prints; the typical unit is exp(mean log growth) - 1 with limits by
    t. The spread is compared on logarithms, for the *same* units: a test that forgets the pairing
    has no power. Both need three units and no 0; else they are NaN. Growth from 0 is NaN.

    References
    ----------
    E. J. G. Pitman, Biometrika 31 (1939); W. A. Morgan, the same volume.

    Examples
    --------
    >>> before = {"c0": 410, "c1": 520, "c2": 333, "c3": 610, "c4": 480, "c5": 395}
    >>> after = {"c0": 666, "c1": 855, "c2": 572, "c3": 999, "c4": 778, "c5": 664}
    >>> found = growth(before, after)
    >>> round(found.total, 3), round(found.spread_ratio, 3), round(found.spread_p_value, 2)
    (0.65, 0.93, 0.15)
    """
    level = confidence_level(confidence)
    names, first = by_unit("before", before)
    others, second = by_unit("after", after)
    same_units(("before", names), ("after", others))
    must_be("before", first, ">= 0", first < 0)
    must_be("after", second, ">= 0", second < 0)
    total, typical, variation, gini, spread, p = _core.growth(first, second, level)
    import pandas as pd

    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(first > 0, second / first - 1, np.nan)
    counters = pd.DataFrame({"unit": names, "before": first, "after": second, "growth": grown})
    figures = [total if first.sum() > 0 else np.nan, *typical, *variation, *gini, *spread, p]
    named = dict(zip(Growth.__dataclass_fields__, figures, strict=False))
    return Growth(**named, counters=counters)
