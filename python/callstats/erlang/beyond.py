"""What goes beyond Erlang A in a call, and the measures by it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise, elementwise_many, numbers
from callstats._tables.checks import one_of, shown
from callstats._tables.durations import seconds
from callstats.erlang.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callstats._tables.arrays import Options

#: What an average over an uncertain load counts alike.
Average: TypeAlias = Literal["calls", "intervals"]
AVERAGES = ("calls", "intervals")
#: A mean patience in seconds, or a patience as it was measured.
PatienceLike: TypeAlias = Any

#: More contacts at a time than anybody has.
_MOST_CONTACTS = 1000


@dataclass(frozen=True)
class Beyond:
    """Lines, chats, patience and load of a call that Erlang B, C and A do not cover."""

    patience: Any
    lines: Any
    slowdown: tuple[float, ...]
    load_cv: Any
    average: Average

    @classmethod
    def of(cls, patience: Any, lines: Any, slowdown: Any, load_cv: Any, average: Average) -> Beyond:
        """The same with everything checked that no column is."""
        one_of("average", average, AVERAGES)
        return cls(patience, lines, relative_times(slowdown), load_cv, average)

    @property
    def model(self) -> tuple[Any, ...]:
        """What the core must know before the columns."""
        measured = isinstance(self.patience, Patience)
        hazard = (list(self.patience.starts), list(self.patience.rates)) if measured else None
        return hazard, list(self.slowdown), self.average

    @property
    def mean_patience(self) -> Any:
        """The column of mean patience: not used where there is a hazard."""
        return math.inf if isinstance(self.patience, Patience) else self.patience

    def handle_time(self, aht: Any) -> Any:
        """`aht`; 1 where it was left out and does not matter."""
        if aht is not None:
            return aht
        values = np.asarray(seconds("patience", self.mean_patience), dtype=np.float64)
        if isinstance(self.patience, Patience) or ((values > 0) & (values < np.inf)).any():
            msg = "aht is needed where patience is finite and positive; pass aht=<seconds>"
            raise TypeError(msg)
        return 1.0

    def columns(self, agents: Any, load: Any, aht: Any, *time: Any) -> tuple[Any, ...]:
        """The columns of a measure, in the core's order."""
        return (agents, load, aht, *time, self.mean_patience, self.lines, self.load_cv)

    def measure(
        self, what: str, system: tuple[Any, ...], options: Options, *, definition: str = "offered"
    ) -> Any:
        """The measure `what` of agents, load, handle time and, where it has one, the threshold."""
        threshold = system[3:] or (0.0,)
        values = self.columns(*system[:3], *threshold)
        choices = (what, definition, self.model)
        return named(
            what, elementwise(_core.wide_measure, *values, choices=choices, options=options)
        )

    def timed(
        self, kernel: Callable[..., Any], what: str, system: tuple[Any, ...], options: Options
    ) -> Any:
        """The measure of a kernel of its own, with one more column behind the handle time."""
        values = self.columns(*system)
        return named(what, elementwise(kernel, *values, choices=(self.model,), options=options))

    def row(
        self, kernel: Callable[..., Any], values: tuple[Any, ...], options: Options, definition: str
    ) -> tuple[list[Any], Callable[[Any, str], Any]]:
        """All measures in one pass."""
        choices = (definition, self.model)
        return elementwise_many(kernel, *values, choices=choices, options=options)


def named(what: str, result: Any) -> Any:
    """A Series under the name of its measure."""
    if getattr(result, "name", None) in {None, what} or isinstance(result, np.ndarray):
        return result
    return result.rename(what) if hasattr(result, "index") else result.alias(what)


def beyond(
    patience: Any = math.inf,
    lines: Any = math.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Any = 0.0,
    average: Average = "calls",
) -> Beyond | None:
    """What goes beyond Erlang A; None where nothing does."""
    plain = slowdown is None and _is(lines, math.inf) and _is(load_cv, 0.0)
    if plain and type(patience) is not Patience and average == "calls":
        return None
    return Beyond.of(patience, lines, slowdown, load_cv, average)


def _is(value: Any, default: float) -> bool:
    return type(value) is float and value == default


def relative_times(slowdown: Sequence[float] | None) -> tuple[float, ...]:
    """Mean handle times of a contact with 1, 2, … at a time, over the first; none for calls."""
    if slowdown is None:
        return ()
    times = np.atleast_1d(numbers("slowdown", slowdown))
    if times.ndim > 1 or not 1 <= times.size <= _MOST_CONTACTS:
        msg = f"slowdown must be a list of 1 to {_MOST_CONTACTS} numbers; got {shown(slowdown)}"
        raise ValueError(msg)
    for place, time in enumerate(times):
        if not 0 < time < math.inf:
            msg = f"slowdown must be > 0 and finite; got {float(time)!r} at position {place}"
            raise ValueError(msg)
    return tuple(float(time / times[0]) for time in times)
