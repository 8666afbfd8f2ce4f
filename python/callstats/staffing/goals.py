"""The goals of a staffing question, as the core takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from callstats._tables.checks import one_of
from callstats.staffing.intervals import values

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals as nw

#: Every goal, in the core's order; all but the first are caps.
GOALS: Final = ("service_level", "asa", "mean_wait", "abandonment", "occupancy", "wait_probability")
#: Those that are durations.
WAITS: Final = frozenset({"asa", "mean_wait"})


@dataclass(frozen=True)
class Goals:
    """The goals that are given, by name, and the longest wait that the service level counts."""

    targets: dict[str, Any]
    threshold: Any

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Goals:
        """Goals among a function's arguments: at least one; a service level with its threshold."""
        targets = {name: arguments[name] for name in GOALS if arguments[name] is not None}
        if not targets:
            raise ValueError(f"give at least one goal: {', '.join(GOALS)}")
        if "service_level" in targets and arguments["threshold"] is None:
            msg = "service_level needs threshold: the longest wait in seconds that counts"
            raise ValueError(msg)
        return cls(targets, arguments["threshold"])

    @property
    def given(self) -> dict[str, Any]:
        """Threshold and targets by name, without those that are not given."""
        threshold = {} if self.threshold is None else {"threshold": self.threshold}
        return threshold | self.targets

    def of_rows(self, frame: nw.DataFrame[Any]) -> Goals:
        """The same with a number, or one for each row, in place of names of columns."""
        read = {name: values(frame, name, value) for name, value in self.given.items()}
        return Goals({name: read[name] for name in self.targets}, read.get("threshold"))

    def columns(self) -> list[Any]:
        """Threshold and targets in the core's order; 0 stands for what is not given."""
        targets = [self.targets.get(name, 0.0) for name in GOALS]
        return [0.0 if self.threshold is None else self.threshold, *targets]

    def choices(self, definition: str, rounding: str | None) -> tuple[Any, ...]:
        """What the core must know before the columns."""
        one_of("rounding", rounding, ("ceil", None))
        return definition, rounding == "ceil", tuple(name in self.targets for name in GOALS)
