"""Callers who come back: retries, recalls and call-backs; and checks of single numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from callstats._tables import checks
from callstats._tables.checks import number
from callstats.simulate.distributions import as_distribution, duration, set_fields

if TYPE_CHECKING:
    from callstats.simulate.distributions import Distribution

_MOST = 1_000_000
#: What the core takes for "no limit".
ENDLESS = 2**32 - 1
#: Probabilities that add up to 1 may be above it by rounding.
_ROUNDING = 1e-9


def share(name: str, value: Any) -> float:
    """A probability, checked."""
    return number(name, value, "between 0 and 1", lambda given: 0 <= given <= 1)


def whole(name: str, value: Any, *, least: int = 0, endless: bool = False) -> float:
    """A whole number, checked; infinite where that is allowed."""
    if endless and isinstance(value, float) and value == math.inf:
        return math.inf
    return checks.whole(name, value, least, _MOST)


def finite(name: str, value: Any, *, least: float = -math.inf) -> float:
    """A finite number, checked."""
    rule = "finite" if least == -math.inf else f">= {least:g} and finite"
    return number(name, value, rule, lambda given: math.isfinite(given) and given >= least)


def chances(name: str, value: Any) -> tuple[tuple[str, float], ...]:
    """Probabilities by call type, from a mapping or from pairs; those of 0 are left out."""
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping | list | tuple) or not all(
        isinstance(pair, tuple) and len(pair) == 2 for pair in pairs
    ):
        raise TypeError(f"{name} must map call types to probabilities; got {value!r}")
    found = [(str(kind), share(f"{name} to {kind!r}", chance)) for kind, chance in pairs]
    if len({kind for kind, _ in found}) < len(found):
        raise ValueError(f"{name} must name each call type once; got {value!r}")
    total = math.fsum(chance for _, chance in found)
    if total > 1 + _ROUNDING:
        raise ValueError(f"{name} must add up to at most 1; got {total:.6g}")
    return tuple((kind, chance) for kind, chance in found if chance > 0)


def cumulated(
    chances: tuple[tuple[str, float], ...], places: Mapping[str, int]
) -> list[tuple[float, int]]:
    """Probabilities as the core reads them: cumulated, with the places of the types."""
    found, reached = [], 0.0
    for kind, chance in chances:
        reached += chance
        # What is certain must not fail by rounding.
        found.append((1.0 if reached > 1 - _ROUNDING else reached, places[kind]))
    return found


def limit(value: float) -> int:
    """A number that may be infinite, as the core reads it."""
    return ENDLESS if value == math.inf else int(value)


def _positive(name: str, value: Any) -> Distribution:
    time = as_distribution(name, value, endless=False)
    if not time.mean > 0:
        raise ValueError(f"{name} must be > 0 seconds; got {value!r}")
    return time


@dataclass(frozen=True)
class Retry:
    """Callers without success who call again after `delay`, until closing time.

    Parameters
    ----------
    delay : Distribution or duration
        Time between two attempts; > 0 s.
    blocked, abandoned : float
        Probability to call again after having been blocked or having hung up.
    attempts : int
        The most that one caller makes in all.
    blocked_again, abandoned_again : float, optional
        The probabilities after a further attempt. Default: as after the first one.
    to : mapping of type to probability, optional
        Callers who try again as another type; the others stay what they are.
    """

    delay: Any
    blocked: float = 1.0
    abandoned: float = 0.0
    attempts: float = math.inf
    blocked_again: float | None = field(default=None, kw_only=True)
    abandoned_again: float | None = field(default=None, kw_only=True)
    to: Any = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        set_fields(
            self,
            delay=_positive("delay", self.delay),
            blocked=share("blocked", self.blocked),
            abandoned=share("abandoned", self.abandoned),
            attempts=whole("attempts", self.attempts, least=1, endless=True),
            to=chances("to", self.to),
        )
        for name in ("blocked_again", "abandoned_again"):
            if getattr(self, name) is not None:
                set_fields(self, **{name: share(name, getattr(self, name))})

    def form(self, places: Mapping[str, int]) -> dict[str, Any]:
        """As the core reads it; `places` of the call types by name."""
        pairs = (self.blocked, self.blocked_again), (self.abandoned, self.abandoned_again)
        blocked, abandoned = (
            [first, first if further is None else further] for first, further in pairs
        )
        return {
            "blocked": blocked,
            "abandoned": abandoned,
            "to": cumulated(self.to, places),
            "delay": self.delay.form(),
            "attempts": limit(self.attempts),
        }


@dataclass(frozen=True)
class Recall:
    """Callers who were served and call again after `delay`, until closing time.

    Parameters
    ----------
    delay : Distribution or duration
        From the end of the talk to the next call; > 0 s.
    to : mapping of type to probability
        As which type they call again, and with which probability.
    """

    delay: Any
    to: Any

    def __post_init__(self) -> None:
        set_fields(self, delay=_positive("delay", self.delay), to=chances("to", self.to))

    def form(self, places: Mapping[str, int]) -> Any:
        """As the core reads it; `places` of the call types by name."""
        return cumulated(self.to, places), self.delay.form()


@dataclass(frozen=True)
class Callback:
    """Waiting callers who are offered a call-back.

    Parameters
    ----------
    probability : float
        Share of the offers that are accepted.
    after : duration
        The offer comes after so much waiting.
    waiting : int
        Only with so many of the type waiting, the caller included.
    delay : Distribution or duration, optional
        None: the call keeps its place in the queue, without a line and without impatience. Else the
        agreed time after which it joins the queue again; that time does not count as waiting.
    """

    probability: float = 1.0
    after: Any = 0.0
    waiting: int = 1
    delay: Any = None

    def __post_init__(self) -> None:
        delay = self.delay
        set_fields(
            self,
            probability=share("probability", self.probability),
            after=duration("after", self.after),
            waiting=whole("waiting", self.waiting),
            delay=None if delay is None else as_distribution("delay", delay, endless=False),
        )
