"""Pictures of what the topics find, as Matplotlib figures.

They need ``callstats[report]``.
"""

from __future__ import annotations

from callstats.plots.models import erlang_comparison
from callstats.plots.quality import control, funnel, love
from callstats.plots.scores import bland_altman, pareto, quadrants
from callstats.plots.service import drivers, lost_call_values, outage

__all__ = [
    "bland_altman",
    "control",
    "drivers",
    "erlang_comparison",
    "funnel",
    "lost_call_values",
    "love",
    "outage",
    "pareto",
    "quadrants",
]


def __dir__() -> list[str]:
    return __all__
