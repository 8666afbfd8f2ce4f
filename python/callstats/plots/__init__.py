"""Pictures of what `callstats.qa` finds, as Matplotlib figures; needs ``callstats[report]``."""

from __future__ import annotations

from callstats.plots.quality import control, funnel, love
from callstats.plots.scores import bland_altman, pareto, quadrants

__all__ = ["bland_altman", "control", "funnel", "love", "pareto", "quadrants"]


def __dir__() -> list[str]:
    return __all__
