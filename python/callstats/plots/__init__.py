"""Pictures of what the topics find, as Matplotlib figures.

They need ``callstats[report]``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from callstats.plots.comparisons import (
    gap_curve,
    pilot_effects,
    pilot_units,
    placebo_dates,
    series,
    splits,
)
from callstats.plots.days import day, requirement_day
from callstats.plots.forecasts import calibration, forecast, forecast_effects, forecast_error
from callstats.plots.models import compare, erlang_comparison, tornado, trade_off
from callstats.plots.quality import control, funnel, love
from callstats.plots.schedules import cover, headcount, requirement, roster, shift_curve, states
from callstats.plots.scores import bland_altman, pareto, quadrants
from callstats.plots.service import drivers, lost_call_values, outage
from callstats.plots.service_times import heatmap, patience, staffing_curve, waits
from callstats.plots.units import caterpillar, raters

if TYPE_CHECKING:
    from callstats.plots.picture import Picture

__all__ = [
    "Picture",
    "bland_altman",
    "calibration",
    "caterpillar",
    "compare",
    "control",
    "cover",
    "day",
    "drivers",
    "erlang_comparison",
    "forecast",
    "forecast_effects",
    "forecast_error",
    "funnel",
    "gap_curve",
    "headcount",
    "heatmap",
    "lost_call_values",
    "love",
    "outage",
    "pareto",
    "patience",
    "pilot_effects",
    "pilot_units",
    "placebo_dates",
    "quadrants",
    "raters",
    "requirement",
    "requirement_day",
    "roster",
    "series",
    "shift_curve",
    "splits",
    "staffing_curve",
    "states",
    "tornado",
    "trade_off",
    "waits",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    # Matplotlib is imported with the first picture, not before.
    if name == "Picture":
        return importlib.import_module("callstats.plots.picture").Picture
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
