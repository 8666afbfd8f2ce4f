"""Series of days, fitted: levels that drift, and the steps in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats.compare.cautions import Caution
from callstats.compare.reading import weekdays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Days on each side from which a change can be told from ordinary movement.
ENOUGH_DAYS = 10
_NAMES = ("effect", "standard_error", "p_value", "low", "high")
#: Confidence at which a slope before the change is told of.
_SLOPE = 0.90


@dataclass(frozen=True)
class DailySeries:
    """Values of the open days in order, and what they are explained by."""

    values: Floats
    #: Days since 1970 by the local clock.
    days: NDArray[np.int64]
    #: First days of the changes.
    steps: Sequence[int]
    weekday: bool = True
    trend: bool = False
    drift: bool = True

    def core(self, steps: Sequence[int], rows: slice = slice(None), *, trend: bool) -> Any:
        """What the core takes."""
        own = weekdays(self.days[rows]) if self.weekday else None
        values = np.ascontiguousarray(self.values[rows])
        return values, list(steps), own, trend, self.drift

    @property
    def sides(self) -> tuple[int, int]:
        """Days before the first and after the last change."""
        return self.steps[0], len(self.values) - self.steps[-1]

    def fit(self, confidence: float) -> Any:
        """The core's fit; None where there are too few days."""
        return _core.fit_series(self.core(self.steps, trend=self.trend), confidence)


@dataclass(frozen=True)
class Fitted:
    """The effects of the changes of a series; NaN where there are too few days."""

    #: A row a change: effect, standard_error, p_value, low, high.
    effects: dict[str, Floats]
    df: float
    drift_share: float
    #: Expected without the changes, with limits, a row a day.
    expected: Floats


def fitted(series: DailySeries, confidence: float) -> Fitted:
    """The fit of a series, whatever its length."""
    found = series.fit(confidence)
    if found is None:
        none = np.full(len(series.steps), np.nan)
        expected = np.full((len(series.values), 3), np.nan)
        return Fitted(dict.fromkeys(_NAMES, none), np.nan, np.nan, expected)
    rows, _, df, share, expected = found
    effects = {name: np.array([row[at] for row in rows]) for at, name in enumerate(_NAMES)}
    return Fitted(effects, df, share, expected)


def of_slope(series: DailySeries) -> list[Caution]:
    """A level that was not flat before the first change."""
    first = series.steps[0]
    if first < ENOUGH_DAYS or series.trend:
        return []
    found = _core.fit_series(series.core([], slice(first), trend=True), _SLOPE)
    if found is None or found[1] is None:
        return []
    slope, _, _, low, high = found[1]
    if not (low > 0 or high < 0):
        return []
    return [Caution("trend", None, slope, (slope, low, high))]


def of_season(
    before: NDArray[np.int64], after: NDArray[np.int64], *, control: bool
) -> list[Caution]:
    """Days of other months without a control, and weekdays on one side only."""
    found: list[Caution] = []
    if not before.size or not after.size:
        return found
    months = [set(days.astype("M8[D]").astype("M8[M]").tolist()) for days in (before, after)]
    if not control and not months[0] & months[1]:
        found.append(Caution("season", None, len(months[0] | months[1])))
    sides = [set(weekdays(days).tolist()) for days in (before, after)]
    lacking = sorted(sides[0] ^ sides[1])
    if lacking:
        day = lacking[0] + 1
        found.append(Caution("season", None, day, (day,), key="season_weekday"))
    return found
