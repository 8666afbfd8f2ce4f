"""The conditions of a run, its sizes, and a group for every workload."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import callstats

HERE = Path(__file__).parent
#: Cells or rows of the largest bench that is run.
MOST = int(os.environ.get("CALLSTATS_BENCHMARK_CELLS", str(10**7)))


def conditions() -> dict[str, str | int]:
    affinity = getattr(os, "sched_getaffinity", None)
    scipy = sys.modules.get("scipy")
    return {
        "callstats": callstats.__version__,
        "numpy": np.__version__,
        "scipy": "not used" if scipy is None else scipy.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": len(affinity(0)) if affinity else os.cpu_count() or 1,
        "CALLSTATS_THREADS": os.environ.get("CALLSTATS_THREADS", "automatic"),
        "CALLSTATS_INSTRUCTIONS": os.environ.get("CALLSTATS_INSTRUCTIONS", "the widest"),
    }


def pytest_report_header() -> str:
    """Say under which conditions the figures below were measured."""
    return "conditions: " + ", ".join(f"{key} {value}" for key, value in conditions().items())


def pytest_benchmark_update_machine_info(machine_info: dict[str, object]) -> None:
    """Keep the conditions in the JSON, so that two runs can be compared honestly."""
    machine_info["callstats_conditions"] = conditions()


def pytest_ignore_collect(config: Any) -> bool | None:
    """Leave the benches out of runs that are of the whole package, such as those of docstrings."""
    asked = [str(each) for each in config.invocation_params.args]
    return None if any("benchmarks" in each for each in asked) else True


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Leave out what is larger than wanted."""
    items[:] = [
        item
        for item in items
        if HERE not in item.path.parents
        or getattr(getattr(item, "callspec", None), "params", {}).get("count", 0) <= MOST
    ]


@pytest.fixture(autouse=True)
def _workload(request: Any) -> None:
    """Name the group by file and function, unless the bench names it."""
    if "benchmark" in request.fixturenames:
        topic = Path(request.node.path).stem.removeprefix("test_")
        name = request.node.originalname.removeprefix("test_").replace("_", " ")
        request.getfixturevalue("benchmark").group = f"{topic}: {name}"
