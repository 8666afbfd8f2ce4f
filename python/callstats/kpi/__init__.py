"""Key figures of observed calls and agents, from logs.

A log is a frame with one row a queue entry (calls) or a state spell (spells); the columns and what
they mean are in the guide's canonical tables. Every figure comes with the counts it is made of.
"""

from callstats.kpi.calls import validate
from callstats.kpi.definitions import Definitions
from callstats.kpi.spells import concurrency, states
from callstats.kpi.summary import compare_definitions, merge, summarize
from callstats.kpi.waiting import patience, patience_curve

__all__ = [
    "Definitions",
    "compare_definitions",
    "concurrency",
    "merge",
    "patience",
    "patience_curve",
    "states",
    "summarize",
    "validate",
]
