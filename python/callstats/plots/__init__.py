"""Pictures of what `callstats.qa` and `callstats.kpi` find, as Matplotlib figures.

They need ``callstats[report]``.
"""

from __future__ import annotations

from callstats.plots.models import erlang_comparison
from callstats.plots.quality import control, funnel, love
from callstats.plots.scores import bland_altman, pareto, quadrants

__all__ = ["bland_altman", "control", "erlang_comparison", "funnel", "love", "pareto", "quadrants"]


def __dir__() -> list[str]:
    return __all__
