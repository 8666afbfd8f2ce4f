"""Statistics of call centres at high volume.

Topics are modules, each imported when it is first used:

- ``callstats.erlang``: what callers meet at given agents and load,
- ``callstats.staffing``: how many agents and lines,
- ``callstats.shifts``, ``callstats.roster``: shifts and breaks for a requirement, and who works
them,
- ``callstats.counters``: how many counters to open in each slot of a day,
- ``callstats.hiring``: the people that there will be, and the classes to hire,
- ``callstats.day``: what callers meet when load and staffing change and backlogs are carried over,
- ``callstats.forecast``: volumes and handle times to come, with honest intervals,
- ``callstats.kpi``: key figures from logs,
- ``callstats.qa``: which recordings to evaluate, and what their scores say,
- ``callstats.compare``: whether it helped: pilots, periods and series compared,
- ``callstats.intervals``: how sure a share or a rate is,
- ``callstats.datasets``: a month of real calls,
- ``callstats.plots``: pictures of samples, control charts and funnels,
- ``callstats.scale``: the same answers beyond memory and beyond one machine,
- ``callstats.simulate``: call centres that no formula covers,
- ``callstats.report``: from a log to one page and its tables,
- ``callstats.errors``: what is raised.

``callstats.show(result)`` writes any result as people read it: headings in words, percent, limits
beside their figures.

Durations are seconds; where one is expected, ``"20s"``, ``"5min"``, ``"3:30"`` and timedeltas will
do. Ratios are fractions between 0 and 1, loads are erlangs.

Elementwise functions, such as ``erlang.service_level``, take numbers, arrays and pandas or Polars
Series in any mixture, broadcast them as NumPy does, and return the same kind: a float for numbers,
a Series with its index for a Series. Missing values stay missing. They share the options

- ``invalid="raise"``: a value outside its domain is a ValueError; with ``"nan"`` such cells are
  missing in the result instead,
- ``threads=None``: how many to compute with, by default as many as the process may use, or
  ``CALLSTATS_THREADS`` of the environment; the result does not depend on it,
- ``out=None``: a float64 array to write the result to.

Frame functions, such as ``kpi.summarize``, take pandas or Polars frames, never change them, and
return the same kind. Columns that go by other names are renamed before:
``calls.rename(columns={"Start Time": "arrival"})``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from callstats._core import __version__

if TYPE_CHECKING:
    from callstats import (
        compare,
        counters,
        datasets,
        day,
        erlang,
        errors,
        forecast,
        hiring,
        intervals,
        kpi,
        plots,
        qa,
        report,
        roster,
        scale,
        shifts,
        simulate,
        staffing,
    )
    from callstats.presentation import show

__all__ = [
    "__version__",
    "compare",
    "counters",
    "datasets",
    "day",
    "erlang",
    "errors",
    "forecast",
    "hiring",
    "intervals",
    "kpi",
    "plots",
    "qa",
    "report",
    "roster",
    "scale",
    "shifts",
    "show",
    "simulate",
    "staffing",
]

_TOPICS = frozenset(__all__) - {"__version__", "show"}


def __getattr__(name: str) -> Any:
    if name == "show":
        return importlib.import_module("callstats.presentation").show
    if name in _TOPICS:
        return importlib.import_module(f"callstats.{name}")
    raise AttributeError(f"module 'callstats' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
