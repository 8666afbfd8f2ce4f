"""Statistics of call centres at high volume.

Topics are modules: ``callstats.erlang``, ``staffing``, ``kpi``, ``qa``, ``intervals`` and
``datasets``. Each is imported when it is first used, so that ``import callstats`` stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from callstats._core import __version__

if TYPE_CHECKING:
    from types import ModuleType

    from callstats import datasets, erlang, errors, intervals, kpi, qa, report, staffing

__all__ = [
    "__version__",
    "datasets",
    "erlang",
    "errors",
    "intervals",
    "kpi",
    "qa",
    "report",
    "staffing",
]

_TOPICS = frozenset(__all__) - {"__version__"}


def __getattr__(name: str) -> ModuleType:
    if name in _TOPICS:
        return importlib.import_module(f"callstats.{name}")
    msg = f"module 'callstats' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
