"""The goals of a staffing question, as the core takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callstats._tables.arrays import asked
from callstats._tables.checks import one_of
from callstats._tables.durations import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

#: Every goal, in the core's order; all but the first are caps.
GOALS: Final = (
    "service_level",
    "asa",
    "mean_wait",
    "abandonment",
    "occupancy",
    "wait_probability",
)
#: Those that are durations.
WAITS: Final = frozenset({"asa", "mean_wait"})


def columns(goals: dict[str, Any], threshold: Any) -> dict[str, Any]:
    """Threshold and targets in the core's order; 0 stands for what is not asked."""
    values = {
        name: 0.0 if value is None else seconds(name, value) if name in WAITS else value
        for name, value in goals.items()
    }
    return {"threshold": 0.0 if threshold is None else seconds("threshold", threshold), **values}


def check(goals: dict[str, Any], threshold: Any) -> None:
    """Raise where there is no goal, or a service level without its threshold."""
    if all(value is None for value in goals.values()):
        msg = f"give at least one goal: {', '.join(GOALS)}"
        raise ValueError(msg)
    if goals["service_level"] is not None and threshold is None:
        msg = "service_level needs threshold: the longest wait in seconds that counts"
        raise ValueError(msg)


def asking(
    kernel: Callable[..., Any], goals: dict[str, Any], definition: str, rounding: str | None
) -> Callable[..., Any]:
    """`kernel` with its goals bound; it takes its own columns, then those of `columns`."""
    one_of("rounding", rounding, ("ceil", None))
    given = tuple(value is not None for value in goals.values())
    return asked(kernel, (definition, rounding == "ceil", given))
