"""The same questions to callstats, SciPy and pyworkforce, in one run: answers first, then times.

    pip install callstats scipy pyworkforce
    python benches/peers.py

Loads are log-uniform between 3 and 400 erlangs; handle time, threshold and patience vary by cell.
A peer whose answers differ is named with how far off it is, and keeps its row. Slow peers answer
fewer cells; all figures are per cell.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from callstats import erlang, staffing
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable

#: Cells that a peer of microseconds or milliseconds a cell is asked.
FEW = 200
#: Relative difference above which an answer counts as another answer.
SAME = 1e-6

Cells = dict[str, np.ndarray]


def cells(count: int, seed: int = 1) -> Cells:
    random = np.random.default_rng(seed)
    load = np.exp(random.uniform(np.log(3), np.log(400), count))
    agents = np.ceil(load + random.uniform(0.2, 2.0, count) * np.sqrt(load))
    return {
        "load": load,
        "agents": agents,
        "aht": random.uniform(60, 600, count),
        "threshold": random.uniform(5, 60, count),
        "patience": random.uniform(60, 300, count),
    }


def scipy_wait_probability(agents: np.ndarray, load: np.ndarray) -> np.ndarray:
    mass = np.exp(agents * np.log(load) - load - special.gammaln(agents + 1))
    blocked = mass / special.pdtr(agents, load)
    return agents * blocked / (agents - load * (1 - blocked))


def scipy_service_level_c(c: Cells) -> np.ndarray:
    wait = scipy_wait_probability(c["agents"], c["load"])
    return 1 - wait * np.exp(-(c["agents"] - c["load"]) * c["threshold"] / c["aht"])


def _scipy_queue(c: Cells, u: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (shape c, level eta, sum M(c, eta u)) of Erlang A's queue."""
    shape = c["agents"] * c["patience"] / c["aht"]
    level = c["load"] * c["patience"] / c["aht"]
    z = level * u
    weight = np.exp(z - shape * np.log(z) + special.gammaln(shape + 1))
    return shape, level, weight * special.gammainc(shape, z)


def scipy_erlang_a(c: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Abandonment and service level (answered within the threshold, of offered)."""
    agents, load = c["agents"], c["load"]
    mass = np.exp(agents * np.log(load) - load - special.gammaln(agents + 1))
    below = special.pdtr(agents, load) / mass
    shape, level, total = _scipy_queue(c, 1.0)
    full = 1 / (below - 1 + total)
    lost = full * (shape - (shape - level) * total) / level
    y = c["threshold"] / c["patience"]
    u = np.exp(-y)
    _, _, later = _scipy_queue(c, u)
    decay = np.exp(level * (1 - u) - shape * y)
    served_later = shape / level * full * decay * (later - 1)
    return lost, 1 - lost - served_later


def scipy_required_agents(c: Cells, target: float = 0.8) -> np.ndarray:
    """Count up from the load, dropping the cells that are solved."""
    agents = np.floor(c["load"]) + 1
    open_cells = np.arange(len(agents))
    while open_cells.size:
        part = {name: values[open_cells] for name, values in c.items()} | {
            "agents": agents[open_cells]
        }
        open_cells = open_cells[scipy_service_level_c(part) < target]
        agents[open_cells] += 1
    return agents


def pyworkforce_model(c: Cells, i: int) -> Any:
    from pyworkforce.queuing import ErlangC

    return ErlangC(
        transactions=c["load"][i] * 1800 / c["aht"][i],
        aht=c["aht"][i] / 60,
        asa=c["threshold"][i] / 60,
        interval=30,
    )


def pyworkforce_service_level_c(c: Cells) -> np.ndarray:
    agents = c["agents"].astype(int)
    return np.array([pyworkforce_model(c, i).service_level(int(n)) for i, n in enumerate(agents)])


def pyworkforce_required_agents(c: Cells) -> np.ndarray:
    return np.array(
        [
            pyworkforce_model(c, i).required_positions(service_level=0.8)["raw_positions"]
            for i in range(len(c["load"]))
        ]
    )


def ours_c(c: Cells) -> np.ndarray:
    return erlang.service_level(c["agents"], c["load"], aht=c["aht"], threshold=c["threshold"])


def ours_a(c: Cells) -> tuple[np.ndarray, np.ndarray]:
    common = {"aht": c["aht"], "patience": c["patience"]}
    return (
        erlang.abandonment(c["agents"], c["load"], **common),
        erlang.service_level(c["agents"], c["load"], threshold=c["threshold"], **common),
    )


def ours_required(c: Cells) -> np.ndarray:
    return staffing.required_agents(
        c["load"], aht=c["aht"], service_level=0.8, threshold=c["threshold"]
    )


def seconds(work: Callable[[], Any], repeats: int) -> float:
    work()
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def first(count: int, c: Cells) -> Cells:
    return {name: values[:count] for name, values in c.items()}


def compare(title: str, ours: Callable, peers: dict[str, tuple[Callable, int]], c: Cells) -> None:
    """Check each peer's answers against ours, then time all of them."""
    count = len(c["load"])
    own = seconds(lambda: ours(c), 5) / count
    print(f"\n{title}")
    print(f"  {'callstats':<24}{own * 1e9:>14,.1f} ns a cell")
    for name, (peer, limit) in peers.items():
        part = first(limit, c)
        expected, got = np.asarray(ours(part)), np.asarray(peer(part))
        apart = np.abs(got - expected) / np.maximum(np.abs(expected), 1e-300)
        differing = float(np.mean(~(apart <= SAME)))
        note = (
            f"; {differing:.1%} of its answers differ, by up to {np.nanmax(apart):.1e}"
            if differing
            else ""
        )
        theirs = seconds(lambda peer=peer, part=part: peer(part), 3) / len(part["load"])
        print(f"  {name:<24}{theirs * 1e9:>14,.1f} ns a cell, {theirs / own:,.1f}x ours{note}")


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=1_000_000)
    count = parser.parse_args().cells
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count()
    versions = {name: version(name) for name in ("callstats", "numpy", "scipy", "pyworkforce")}
    print(f"{count:,} cells, {processors} processors, {platform.machine()}, {versions}")
    c = cells(count)
    workforce = versions["pyworkforce"] is not None
    compare(
        "service level, Erlang C",
        ours_c,
        {"SciPy, vectorised": (scipy_service_level_c, count)}
        | ({"pyworkforce": (pyworkforce_service_level_c, FEW)} if workforce else {}),
        c,
    )
    compare(
        "abandonment and service level, Erlang A",
        ours_a,
        {"SciPy, vectorised": (scipy_erlang_a, count)},
        c,
    )
    compare(
        "agents for 80 % within the threshold, Erlang C",
        ours_required,
        {"SciPy, counting up": (scipy_required_agents, count)}
        | ({"pyworkforce": (pyworkforce_required_agents, FEW)} if workforce else {}),
        c,
    )


if __name__ == "__main__":
    main()
