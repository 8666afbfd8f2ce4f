"""From one cell to ten million: each question beside SciPy's answer, where that is installed."""

from __future__ import annotations

import importlib.util
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from callstats import erlang, staffing

if TYPE_CHECKING:
    from collections.abc import Callable

Cells = dict[str, np.ndarray]

SIZES = (1, 13, 100, 1_000, 10_000, 1_000_000, 10_000_000)
#: Whose cost allows fewer of them.
SEARCHED = SIZES[:-1]
#: Rounds below this many cells are left to the clock's calibration.
LARGE = 100_000
TARGET = 0.8
MEASURED = erlang.Patience(
    [0, 5, 10, 15, 20, 60, 120, 180, 300],
    [0.0031, 0.0046, 0.0043, 0.0036, 0.003, 0.0027, 0.0024, 0.0019, 0.0021],
)


def cells(count: int) -> Cells:
    """Loads log-uniform from 3 to 400 erlangs, and agents that are just enough."""
    random = np.random.default_rng(1)
    load = np.exp(random.uniform(np.log(3), np.log(400), count))
    return {
        "load": load,
        "agents": np.ceil(load + random.uniform(0.2, 2.0, count) * np.sqrt(load)),
        "aht": random.uniform(60, 600, count),
        "threshold": random.uniform(5, 60, count),
        "patience": random.uniform(60, 300, count),
    }


def level_c(c: Cells) -> np.ndarray:
    return erlang.service_level(c["agents"], c["load"], aht=c["aht"], threshold=c["threshold"])


def level_a(c: Cells) -> np.ndarray:
    return erlang.service_level(**c)


def abandonment(c: Cells) -> np.ndarray:
    return erlang.abandonment(c["agents"], c["load"], aht=c["aht"], patience=c["patience"])


def blocking(c: Cells) -> np.ndarray:
    return erlang.blocking(c["agents"], c["load"])


def of_lines(c: Cells) -> np.ndarray:
    return erlang.service_level(**c, lines=c["agents"] + 20)


def by_hazard(c: Cells) -> np.ndarray:
    return erlang.service_level(**c | {"patience": MEASURED})


def required_c(c: Cells) -> np.ndarray:
    given = {name: c[name] for name in ("load", "aht", "threshold")}
    return staffing.required_agents(**given, service_level=TARGET)


def required_a(c: Cells) -> np.ndarray:
    given = {name: c[name] for name in ("load", "aht", "threshold", "patience")}
    return staffing.required_agents(**given, service_level=TARGET)


def scipy_blocking(c: Cells) -> np.ndarray:
    from scipy import special

    agents, load = c["agents"], c["load"]
    mass = np.exp(agents * np.log(load) - load - special.gammaln(agents + 1))
    return mass / special.pdtr(agents, load)


def scipy_level_c(c: Cells) -> np.ndarray:
    agents, load = c["agents"], c["load"]
    blocked = scipy_blocking(c)
    wait = agents * blocked / (agents - load * (1 - blocked))
    return 1 - wait * np.exp(-(agents - load) * c["threshold"] / c["aht"])


def scipy_erlang_a(c: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Abandonment and service level, by incomplete gamma functions."""
    from scipy import special

    agents, load = c["agents"], c["load"]
    shape = agents * c["patience"] / c["aht"]
    level = load * c["patience"] / c["aht"]
    y = c["threshold"] / c["patience"]

    def queue(z: np.ndarray) -> np.ndarray:
        weight = np.exp(z - shape * np.log(z) + special.gammaln(shape + 1))
        return weight * special.gammainc(shape, z)

    total, later = queue(level), queue(level * np.exp(-y))
    full = 1 / (1 / scipy_blocking(c) - 1 + total)
    lost = full * (shape - (shape - level) * total) / level
    decay = np.exp(level * (1 - np.exp(-y)) - shape * y)
    return lost, 1 - lost - shape / level * full * decay * (later - 1)


def scipy_required_c(c: Cells) -> np.ndarray:
    """Count up from the load, dropping the cells that are solved."""
    agents = np.floor(c["load"]) + 1
    unsolved = np.arange(len(agents))
    while unsolved.size:
        part = {name: values[unsolved] for name, values in c.items()}
        part["agents"] = agents[unsolved]
        unsolved = unsolved[scipy_level_c(part) < TARGET]
        agents[unsolved] += 1
    return agents


#: By workload: ours, SciPy's where there is one, the relative difference of the two, and the sizes.
WORKLOADS: dict[str, tuple[Callable[[Cells], np.ndarray], Callable[[Cells], np.ndarray] | None]] = {
    "blocking, Erlang B": (blocking, scipy_blocking),
    "service level, Erlang C": (level_c, scipy_level_c),
    "service level, Erlang A": (level_a, lambda c: scipy_erlang_a(c)[1]),
    "abandonment, Erlang A": (abandonment, lambda c: scipy_erlang_a(c)[0]),
    "service level, 20 waiting places": (of_lines, None),
    "service level, measured patience": (by_hazard, None),
    "80/20 requirement, Erlang C": (required_c, scipy_required_c),
    "80/20 requirement, Erlang A": (required_a, None),
}
#: Dearer than a formula.
DEAR = {
    "service level, 20 waiting places",
    "service level, measured patience",
    "80/20 requirement, Erlang C",
    "80/20 requirement, Erlang A",
}
HAS_SCIPY = importlib.util.find_spec("scipy") is not None
CASES = [
    (workload, tool, count)
    for workload, (_, theirs) in WORKLOADS.items()
    for count in (SEARCHED if workload in DEAR else SIZES)
    for tool in ("callstats", "scipy")
    if tool == "callstats" or (theirs is not None and HAS_SCIPY)
]


@pytest.mark.parametrize(
    ("workload", "tool", "count"), CASES, ids=[f"{w}-{t}-{n}" for w, t, n in CASES]
)
def test_cells(benchmark, workload, tool, count):
    benchmark.group = f"{workload}, {count:,} cell{'s' if count > 1 else ''}"
    ours, theirs = WORKLOADS[workload]
    work = ours if tool == "callstats" else theirs
    given = cells(count)
    if count < LARGE:
        answers = benchmark(work, given)
    else:
        answers = benchmark.pedantic(work, (given,), rounds=3, iterations=1, warmup_rounds=1)
    some = {name: values[:100] for name, values in given.items()}
    assert np.allclose(answers[:100], ours(some), rtol=1e-6, atol=0)
    assert math.isfinite(float(answers[-1]))
