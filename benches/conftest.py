"""The conditions of a run, printed above it and kept in its JSON."""

from __future__ import annotations

import os
import platform

import callstats
import numpy as np


def _conditions() -> dict[str, str | int]:
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "callstats": callstats.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": len(affinity(0)) if affinity else os.cpu_count() or 1,
        "CALLSTATS_THREADS": os.environ.get("CALLSTATS_THREADS", "automatic"),
    }


def pytest_report_header() -> str:
    """Say under which conditions the figures below were measured."""
    return "conditions: " + ", ".join(f"{key} {value}" for key, value in _conditions().items())


def pytest_benchmark_update_machine_info(machine_info: dict[str, object]) -> None:
    """Keep the conditions in the JSON, so that two runs can be compared honestly."""
    machine_info["callstats_conditions"] = _conditions()
