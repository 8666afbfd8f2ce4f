"""Every public function, one row each: the contracts in ``contracts/`` run over all rows.

An elementwise row gives each array argument a few ordinary values and a value outside its domain.
A frame row gives a small frame and a call on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import recordings
from callstats import datasets, erlang, intervals, qa

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Elementwise:
    """A function of numbers that broadcasts; `valid` maps arguments to ordinary values."""

    function: Callable[..., Any]
    valid: dict[str, tuple[float, float, float]]
    invalid: dict[str, float]
    fixed: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.function.__module__}.{self.function.__name__}"

    def __call__(self, **arguments: Any) -> Any:
        return partial(self.function, **self.fixed)(**arguments)


@dataclass(frozen=True)
class OfFrame:
    """A function of a frame: `frame()` makes a pandas one, `call` asks for an answer on it."""

    function: Callable[..., Any]
    frame: Callable[[], Any]
    call: Callable[[Any], Any]

    @property
    def name(self) -> str:
        return f"{self.function.__module__}.{self.function.__name__}"


@dataclass(frozen=True)
class Other:
    """A public function that neither broadcasts nor reads a frame; `why` says what tests it."""

    function: Callable[..., Any]
    why: str

    @property
    def name(self) -> str:
        return f"{self.function.__module__}.{self.function.__name__}"


ERLANG: list[Any] = [
    Elementwise(
        erlang.blocking,
        valid={"lines": (3.0, 10.0, 40.0), "load": (2.0, 9.5, 38.0)},
        invalid={"lines": -1.0, "load": -0.5},
    ),
]

STAFFING: list[Any] = []

KPI: list[Any] = []

QA: list[Any] = [
    OfFrame(
        qa.sample,
        frame=partial(recordings.calls, (20, 3)),
        call=partial(qa.sample, n=4, reserve=1, seed=1),
    ),
    OfFrame(
        qa.sample_report,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.sample_report(qa.sample(frame, 4, seed=1)),
    ),
]

INTERVALS: list[Any] = [
    Other(intervals.proportion, why="two results; tests/intervals/test_intervals.py"),
    Other(intervals.rate, why="two results; tests/intervals/test_intervals.py"),
]

DATASETS: list[Any] = [
    Other(datasets.anonymous_bank, why="takes no data; tests/datasets/test_packaged.py"),
    Other(datasets.read_anonymous_bank, why="reads a file; tests/datasets/test_reader.py"),
]

ROWS: list[Any] = [*ERLANG, *STAFFING, *KPI, *QA, *INTERVALS, *DATASETS]
