"""Goals of call types, and what a simulation says about them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callstats import _core
from callstats._tables.checks import nearest, number
from callstats.simulate.distributions import duration
from callstats.simulate.returns import share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.simulate.model import Model

#: Measures that are to be as great as the goal; of the others the goal is the most.
_FLOORS = {"service_level"}
_SHARES = {"service_level", "abandonment", "blocking"}
_WAITS = {"mean_wait", "asa"}
_MEASURES = _SHARES | _WAITS


@dataclass(frozen=True)
class Goal:
    """What one measure of one call type has to be, over all periods or in a share of them."""

    call_type: str
    #: Places of the type and of the measure among the figures.
    kind: int
    place: int
    measure: str
    bound: float
    #: Share of the periods in which all goals of the type must hold; None: over all periods.
    periods: float | None = None

    @property
    def is_floor(self) -> bool:
        """Whether the measure must not be less."""
        return self.measure in _FLOORS

    def slack(self, value: Any) -> Any:
        """How far a value is on the good side, relative to what is at stake."""
        if self.measure in _SHARES:
            return value - self.bound if self.is_floor else self.bound - value
        return (self.bound - value) / max(self.bound, 1.0)


def read_goals(goals: Any, model: Model) -> list[Goal]:
    """The goals by call type, checked."""
    names = [kind.name for kind in model.call_types] + ["all"]
    if not isinstance(goals, Mapping) or not goals:
        raise TypeError(f"goals must map call types, or 'all', to their goals; got {goals!r}")
    measures = _core.Simulation.measures()[0]
    found = []
    for name, wanted in goals.items():
        if name not in names:
            near = nearest(name, names)
            raise ValueError(f"goals name the call type {name!r}{near}, not a type")
        if not isinstance(wanted, Mapping) or not set(wanted) - {"periods"}:
            raise TypeError(f"goals of {name!r} must map measures to numbers; got {wanted!r}")
        periods = share(f"periods of {name!r}", wanted["periods"]) if "periods" in wanted else None
        for measure, bound in wanted.items():
            if measure == "periods":
                continue
            if measure not in _MEASURES:
                listed = ", ".join(sorted(_MEASURES))
                raise ValueError(f"goals of {name!r} must be of {listed}; got {measure!r}")
            argument = f"{measure} of {name!r}"
            value = _bound(argument, measure, bound)
            found.append(
                Goal(name, names.index(name), measures.index(measure), measure, value, periods)
            )
    return found


def _bound(argument: str, measure: str, bound: Any) -> float:
    if measure in _WAITS:
        return duration(argument, bound)
    if measure == "service_level":
        rule = "at least 0 and below 1: no number of agents answers everybody in time for certain"
        return number(argument, bound, rule, lambda given: 0 <= given < 1)
    return share(argument, bound)


@dataclass(frozen=True)
class Found:
    """What a simulation says about one goal."""

    goal: Goal
    #: The measure with its interval; with `periods` the share of periods met, without one.
    mean: float
    low: float
    high: float
    slack: float
    #: Half the interval in the units of slack; 0 where there is none.
    half: float

    @property
    def met(self) -> bool:
        """By the mean. A type without calls has nothing to miss."""
        return not self.slack < 0


def verdict(goals: list[Goal], figures: NDArray[Any], *, complete: bool) -> list[Found]:
    """What (type, period, measure, figure) say about each goal.

    Shares of periods have no interval: they are known when the simulation is `complete`.
    """
    found = []
    for goal in goals:
        if goal.periods is None:
            mean, _, low, high = (float(each) for each in figures[goal.kind, -1, goal.place])
            half = 0.5 * abs(float(goal.slack(high)) - float(goal.slack(low)))
            half = 0.0 if math.isnan(half) else half
            found.append(Found(goal, mean, low, high, float(goal.slack(mean)), half))
            continue
        own = [each for each in goals if each.call_type == goal.call_type]
        met = [
            all(not each.slack(period[each.place, 0]) < 0 for each in own)
            for period in figures[goal.kind, :-1]
        ]
        mean = sum(met) / len(met)
        half = 0.0 if complete else math.inf
        found.append(Found(goal, mean, math.nan, math.nan, mean - goal.periods, half))
    return found
