"""The day as it happens: exact waits when load and staffing change and backlogs are carried over.

The stationary formulas of ``callstats.erlang`` treat each half hour as if it had lasted for ever.
Here the calls that wait at the end of one are there at the start of the next: the queue
M(t)/M(t)/n(t)+M(t), solved exactly in milliseconds a day.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from callstats.day.comparison import compare
from callstats.day.evaluation import end_states, evaluate
from callstats.day.outage import Outage, outage
from callstats.day.requirement import required_agents
from callstats.day.rollup import totals

if TYPE_CHECKING:
    from callstats.plots.days import day as chart
    from callstats.plots.days import requirement_day as requirement_chart

__all__ = [
    "Outage",
    "chart",
    "compare",
    "end_states",
    "evaluate",
    "outage",
    "required_agents",
    "requirement_chart",
    "totals",
]

#: Drawn in the room of all pictures, which knows this topic; this topic does not know it.
_PICTURES = {"chart": "day", "requirement_chart": "requirement_day"}


def __getattr__(name: str) -> Any:
    if name in _PICTURES:
        return getattr(importlib.import_module("callstats.plots.days"), _PICTURES[name])
    raise AttributeError(f"module 'callstats.day' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
