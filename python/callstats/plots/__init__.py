"""Pictures of what `callstats.qa` finds, as Matplotlib figures; needs ``callstats[report]``."""

from __future__ import annotations

from callstats.plots.quality import control, funnel, love

__all__ = ["control", "funnel", "love"]


def __dir__() -> list[str]:
    return __all__
