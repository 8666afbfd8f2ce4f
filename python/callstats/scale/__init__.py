"""The same answers beyond memory and beyond one machine.

A plan is a question with all its settings: `partial` makes a state of some of the rows, `merge` one
state of several, `finish` the frame that the ordinary function gives, to the last bit. `run` does
all three over files, streams and the frames of an engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from callstats.scale.by_key import Adherence, FirstContactResolution, Productivity, States
from callstats.scale.draws import Sample
from callstats.scale.progress import Concurrency
from callstats.scale.running import run
from callstats.scale.states import State
from callstats.scale.summaries import Summary
from callstats.scale.waits import Patience, PatienceCurve, PatienceHazard

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "Adherence",
    "Concurrency",
    "FirstContactResolution",
    "Patience",
    "PatienceCurve",
    "PatienceHazard",
    "Productivity",
    "Sample",
    "State",
    "States",
    "Summary",
    "run",
]

#: Adapters, which are imported when they are asked for.
_ADAPTERS = ("dask", "duckdb", "spark")


def __getattr__(name: str) -> ModuleType:
    if name in _ADAPTERS:
        return importlib.import_module(f"callstats.scale.{name}")
    msg = f"module 'callstats.scale' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
