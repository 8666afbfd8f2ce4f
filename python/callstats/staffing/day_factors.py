"""Days busier or quieter than expected: a factor on all calls of a day, gamma distributed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from callstats import _core, erlang
from callstats._tables.checks import must_be, shown
from callstats.errors import MissingColumnError
from callstats.staffing.intervals import values

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals as nw
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: A share of days on which a plan holds, or the expectation over days.
Days = float | Literal["expected"]
EXPECTED: Final = "expected"
#: Factors of equal probability that expectations are means over.
_NODES = 7
#: Doublings of the agents before a search gives up, and halvings of what is left.
_DOUBLINGS = 40
_HALVINGS = 60
#: Fractional answers are as near as this.
_NEAR = 1e-9


def share_of_days(days: Any) -> float:
    """The argument `days`, where it is a share."""
    kind = isinstance(days, int | float | np.integer | np.floating) and not isinstance(days, bool)
    if not (kind and 0 < days < 1):
        raise ValueError(f"days must be a number > 0 and < 1; got {shown(days)}")
    return float(days)


def read_day_cv(frame: nw.DataFrame[Any], day_cv: Any, *, most: float = np.inf) -> Any:
    """The argument `day_cv`: a number, or one for each row, by the name of a column or as it is."""
    rule = ">= 0 and finite" if most == np.inf else f">= 0 and <= {most:g}"
    if isinstance(day_cv, str) and day_cv not in frame.columns:
        msg = f"day_cv must be a column of intervals, or a number {rule}; got {shown(day_cv)}"
        raise MissingColumnError(msg)
    found = np.asarray(values(frame, "day_cv", day_cv), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        lost = np.isnan(found) & (found.ndim == 0)
        must_be("day_cv", found, rule, (found < 0) | (found > most) | np.isinf(found) | lost)
    return found


def factor_quantiles(cv: Any, probability: float) -> Floats:
    """The factor that so many days do not exceed, for each coefficient of variation."""
    distinct, places = np.unique(np.asarray(cv, dtype=np.float64), return_inverse=True)
    found: Floats = _core.factor_quantiles(distinct, probability)[places].reshape(np.shape(cv))
    return found


@dataclass(frozen=True)
class DayFactors:
    """How the days of a plan vary, row by row."""

    #: Coefficient of variation of the day's factor.
    cv: Floats
    #: What calls are multiplied by.
    busy: Floats
    #: Factors of equal probability, a row each; None where the plan is not for an expectation.
    nodes: Floats | None

    @classmethod
    def of(cls, frame: nw.DataFrame[Any], day_cv: Any, days: Any) -> DayFactors | None:
        """By the arguments of a plan; None where days do not vary."""
        share = None if isinstance(days, str) and days == EXPECTED else share_of_days(days)
        if isinstance(day_cv, int | float) and day_cv == 0:
            return None
        cv = np.broadcast_to(read_day_cv(frame, day_cv), len(frame))
        if share is not None:
            return cls(cv, factor_quantiles(cv, share), None)
        if isinstance(day_cv, str) and "interval_cv" in frame.columns:
            within = read_day_cv(frame, "interval_cv")
            cv = np.sqrt((1 + cv**2) * (1 + within**2) - 1)
        shares = (np.arange(_NODES) + 0.5) / _NODES
        nodes = np.stack([factor_quantiles(cv, each) for each in shares])
        return cls(cv, np.ones(len(frame)), nodes)

    @property
    def name(self) -> tuple[str, ...]:
        """The column that says what calls were multiplied by; none for an expectation."""
        return () if self.nodes is not None else ("day_factor",)

    @property
    def column(self) -> tuple[Floats, ...]:
        """Its values."""
        return (self.busy,) if self.name else ()

    def expected_level(self, agents: Floats, work: Mapping[str, Any], definition: Any) -> Floats:
        """The service level of rows, weighted by calls over the nodes."""
        nodes = self.busy[None, :] if self.nodes is None else self.nodes
        known = ~np.isnan(agents)
        found = np.full(agents.shape, np.nan)
        factors = nodes[:, known]
        load = work["load"][known]
        if not known.any():
            return found
        level = erlang.service_level(
            agents[known],
            load * factors,
            **{name: _rows(work[name], known) for name in ("aht", "threshold", "patience")},
            definition=definition,
        )
        found[known] = (level * factors).sum(axis=0) / factors.sum(axis=0)
        return found

    def fewest(
        self, agents: Floats, work: Mapping[str, Any], definition: Any, *, whole: bool
    ) -> Floats:
        """The fewest agents, from those of rows on, whose expected service level meets the goal."""
        rows = np.flatnonzero((work["load"] > 0) & ~np.isnan(agents) & ~np.isnan(self.cv))
        part = DayFactors(self.cv[rows], self.busy[rows], _columns(self.nodes, rows))
        own = {name: _rows(value, rows) for name, value in work.items()}
        goal = np.broadcast_to(own["service_level"], rows.shape)

        def meets(tried: Floats) -> NDArray[np.bool_]:
            return np.asarray(part.expected_level(tried, own, definition) >= goal)

        low, high = agents[rows].copy(), agents[rows].copy()
        open_ = ~meets(high)
        step = np.maximum(1.0, np.ceil(0.02 * high))
        for _ in range(_DOUBLINGS):
            if not open_.any():
                break
            low[open_] = high[open_]
            high[open_] += step[open_]
            step *= 2
            open_ &= ~meets(high)
        high[open_] = np.nan
        for _ in range(_HALVINGS):
            gap = high - low > (1 if whole else _NEAR)
            if not gap.any():
                break
            middle = np.where(gap, (low + high) / 2, high)
            middle = np.floor(middle) if whole else middle
            good = meets(middle) | ~gap
            high = np.where(good, middle, high)
            low = np.where(good, low, middle)
        found = agents.copy()
        found[rows] = high
        return found


def _columns(nodes: Floats | None, rows: NDArray[np.int64]) -> Floats | None:
    return None if nodes is None else nodes[:, rows]


def _rows(value: Any, rows: Any) -> Any:
    return value if np.ndim(value) == 0 else np.asarray(value)[rows]
