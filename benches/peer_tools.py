"""How each tool is asked the questions of `peers.py`: cells in, one answer a cell out.

A cell has agents, load, aht, threshold and patience, in erlangs and seconds. Tools that know calls
and intervals get the calls of half an hour that make the load.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from callstats import erlang, staffing

if TYPE_CHECKING:
    from collections.abc import Callable

Cells = dict[str, np.ndarray]
Answers = tuple[np.ndarray, ...]

#: Share of calls to be answered within the threshold.
TARGET = 0.8
HALF_HOUR = 1800.0


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def installed(module: str) -> Any:
    """Return the module, or None where it cannot be imported."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def one_by_one(ask: Callable[..., float]) -> Callable[[Cells], Answers]:
    """Ask a tool without arrays cell by cell: agents (whole), load, aht, threshold, patience."""

    def answers(c: Cells) -> Answers:
        rows = zip(
            c["agents"].astype(int).tolist(),
            *(c[name].tolist() for name in ("load", "aht", "threshold", "patience")),
            strict=True,
        )
        return (np.array([ask(*row) for row in rows], dtype=float),)

    return answers


# callstats


def callstats_blocking(c: Cells) -> Answers:
    return (erlang.blocking(c["agents"], c["load"]),)


def callstats_level_c(c: Cells) -> Answers:
    return (erlang.service_level(c["agents"], c["load"], aht=c["aht"], threshold=c["threshold"]),)


def callstats_erlang_a(c: Cells) -> Answers:
    common = {"aht": c["aht"], "patience": c["patience"]}
    return (
        erlang.abandonment(c["agents"], c["load"], **common),
        erlang.service_level(c["agents"], c["load"], threshold=c["threshold"], **common),
    )


def callstats_abandonment(c: Cells) -> Answers:
    return (erlang.abandonment(c["agents"], c["load"], aht=c["aht"], patience=c["patience"]),)


def callstats_level_a(c: Cells) -> Answers:
    names = ("aht", "threshold", "patience")
    return (erlang.service_level(c["agents"], c["load"], **{name: c[name] for name in names}),)


def callstats_measures(c: Cells) -> Answers:
    """Every measure in one pass, as a frame of nine columns."""
    names = ("aht", "threshold", "patience")
    frame = erlang.measures(c["agents"], c["load"], **{name: c[name] for name in names})
    return frame["abandonment"].to_numpy(), frame["service_level"].to_numpy()


def callstats_required_c(c: Cells) -> Answers:
    goal = {"service_level": TARGET, "threshold": c["threshold"]}
    return (staffing.required_agents(c["load"], aht=c["aht"], **goal),)


def callstats_required_a(c: Cells) -> Answers:
    goal = {"service_level": TARGET, "threshold": c["threshold"], "patience": c["patience"]}
    return (staffing.required_agents(c["load"], aht=c["aht"], **goal),)


# SciPy, vectorised

special = installed("scipy.special")


def scipy_blocking(c: Cells) -> Answers:
    agents, load = c["agents"], c["load"]
    mass = np.exp(agents * np.log(load) - load - special.gammaln(agents + 1))
    return (mass / special.pdtr(agents, load),)


def scipy_level_c(c: Cells) -> Answers:
    agents, load = c["agents"], c["load"]
    (blocked,) = scipy_blocking(c)
    wait = agents * blocked / (agents - load * (1 - blocked))
    return (1 - wait * np.exp(-(agents - load) * c["threshold"] / c["aht"]),)


class ScipyErlangA:
    """Erlang A by incomplete gamma functions."""

    def __init__(self, c: Cells) -> None:
        turns = c["patience"] / c["aht"]
        self.shape, self.level = c["agents"] * turns, c["load"] * turns
        self.total = self.queue(self.level)
        self.full = 1 / (1 / scipy_blocking(c)[0] - 1 + self.total)
        behind = self.shape - (self.shape - self.level) * self.total
        self.lost = self.full * behind / self.level
        self.time = c["threshold"] / c["patience"]

    def queue(self, z: np.ndarray) -> np.ndarray:
        """Return M(shape, z), which carries the queue."""
        shape = self.shape
        weight = np.exp(z - shape * np.log(z) + special.gammaln(shape + 1))
        return weight * special.gammainc(shape, z)

    def in_time(self) -> np.ndarray:
        """Return the share of all answered within the threshold."""
        y, level = self.time, self.level
        later = self.queue(level * np.exp(-y))
        decay = np.exp(level * (1 - np.exp(-y)) - self.shape * y)
        return 1 - self.lost - self.shape / level * self.full * decay * (later - 1)


def scipy_erlang_a(c: Cells) -> Answers:
    found = ScipyErlangA(c)
    return found.lost, found.in_time()


def scipy_abandonment(c: Cells) -> Answers:
    return (ScipyErlangA(c).lost,)


def scipy_level_a(c: Cells) -> Answers:
    return (ScipyErlangA(c).in_time(),)


def scipy_required_a(c: Cells) -> Answers:
    """Halve between one agent and 20 more than the load and its root, all cells side by side."""
    few = np.zeros(len(c["load"]))
    enough = np.ceil(c["load"] + np.sqrt(c["load"])) + 20
    while (enough - few > 1).any():
        middle = np.maximum(np.floor((few + enough) / 2), 1)
        met = ScipyErlangA({**c, "agents": middle}).in_time() >= TARGET
        few, enough = np.where(met, few, middle), np.where(met, middle, enough)
    return (enough,)


def scipy_required_c(c: Cells) -> Answers:
    """Count up from the load, dropping the cells that are solved."""
    agents = np.floor(c["load"]) + 1
    open_cells = np.arange(len(agents))
    while open_cells.size:
        part = {name: values[open_cells] for name, values in c.items()}
        part["agents"] = agents[open_cells]
        open_cells = open_cells[scipy_level_c(part)[0] < TARGET]
        agents[open_cells] += 1
    return (agents,)


# The usual recursions, compiled by numba on one thread

numba = installed("numba")


def _numba_tools() -> dict[str, Callable[[Cells], Answers]]:  # noqa: PLR0915
    # One compiled unit: what is compiled sees its neighbours by their names here.
    compiled = numba.njit(parallel=False)

    @compiled
    def blocked(agents, load):
        share = 1.0
        for k in range(1, int(agents) + 1):
            share = load * share / (k + load * share)
        return share

    @compiled
    def blocking(agents, load, out):
        for i in range(out.size):
            out[i] = blocked(agents[i], load[i])

    @compiled
    def level_c(agents, load, aht, threshold, out):
        for i in range(out.size):
            n, a = agents[i], load[i]
            share = blocked(n, a)
            wait = n * share / (n - a * (1 - share))
            out[i] = 1 - wait * np.exp(-(n - a) * threshold[i] / aht[i])

    @compiled
    def queue(shape, z):
        # The chain of waiting calls: sum of z^k / ((shape + 1) .. (shape + k)), and of k times it.
        term, total, weighted, k = 1.0, 1.0, 0.0, 0.0
        while term > 1e-17 * total or k < z - shape:
            k += 1.0
            term *= z / (shape + k)
            total += term
            weighted += k * term
        return total, weighted

    @compiled
    def erlang_a(systems, lost, level):
        agents, load, aht, threshold, patience = systems
        for i in range(lost.size):
            shape = agents[i] * patience[i] / aht[i]
            z = load[i] * patience[i] / aht[i]
            y = threshold[i] / patience[i]
            total, weighted = queue(shape, z)
            full = 1 / (1 / blocked(agents[i], load[i]) - 1 + total)
            later, _ = queue(shape, z * np.exp(-y))
            decay = np.exp(z * (1 - np.exp(-y)) - shape * y)
            lost[i] = full * weighted / z
            level[i] = 1 - lost[i] - shape / z * full * decay * (later - 1)

    @compiled
    def required_c(load, aht, threshold, target, out):
        for i in range(out.size):
            a, n, share = load[i], 0.0, 1.0
            while True:
                n += 1.0
                share = a * share / (n + a * share)
                if n > a:
                    wait = n * share / (n - a * (1 - share))
                    if 1 - wait * np.exp(-(n - a) * threshold[i] / aht[i]) >= target:
                        break
            out[i] = n

    def ask_blocking(c: Cells) -> Answers:
        out = np.empty(len(c["load"]))
        blocking(c["agents"], c["load"], out)
        return (out,)

    def ask_level(c: Cells) -> Answers:
        out = np.empty(len(c["load"]))
        level_c(c["agents"], c["load"], c["aht"], c["threshold"], out)
        return (out,)

    def ask_erlang_a(c: Cells) -> Answers:
        lost, level = np.empty(len(c["load"])), np.empty(len(c["load"]))
        names = ("agents", "load", "aht", "threshold", "patience")
        erlang_a(tuple(c[name] for name in names), lost, level)
        return lost, level

    def ask_required(c: Cells) -> Answers:
        out = np.empty(len(c["load"]))
        required_c(c["load"], c["aht"], c["threshold"], TARGET, out)
        return (out,)

    return {
        "blocking": ask_blocking,
        "level_c": ask_level,
        "erlang_a": ask_erlang_a,
        "required_c": ask_required,
    }


# Packages that answer one question at a time


def pyworkforce_c(load: float, aht: float, threshold: float) -> Any:
    from pyworkforce.queuing import ErlangC

    calls = load * HALF_HOUR / aht
    return ErlangC(transactions=calls, aht=aht / 60, asa=threshold / 60, interval=30)


def pyworkforce_a(load: float, aht: float, threshold: float, patience: float) -> Any:
    from pyworkforce.queuing import ErlangA

    return ErlangA(
        transactions=load * HALF_HOUR / aht,
        aht=aht / 60,
        asa=threshold / 60,
        interval=30,
        patience=patience / 60,
    )


def pyworkforce_required_a(_n: int, a: float, h: float, t: float, p: float) -> float:
    found = pyworkforce_a(a, h, t, p).required_positions(service_level=TARGET)
    return found["raw_positions"]


def center_tools_level(n: int, a: float, h: float, t: float, _p: float) -> float:
    from call_center_tools import calc_service_level, erlang_c

    return calc_service_level(a, n, erlang_c(a, n), t, h)


def center_tools_required(_n: int, a: float, h: float, t: float, _p: float) -> float:
    from call_center_tools import calc_staffing

    hourly = a * 3600 / h
    found = calc_staffing(
        hourly, h, max_occupancy=0.999, target_answer_time=t, target_service_level=TARGET
    )
    return found.agents


def erlanglib_level(n: int, a: float, h: float, t: float, _p: float) -> float:
    import erlanglib

    return erlanglib.service_level(n, a, erlanglib.erlang_c(n, a), t, h)


def pyqueueing_level(n: int, a: float, h: float, t: float, _p: float) -> float:
    from pyqueueing import ErlangC

    return ErlangC(a / h, 1 / h, n).service_level(t)


def pyqueueing_required(_n: int, a: float, h: float, t: float, _p: float) -> float:
    from pyqueueing import ErlangC

    return ErlangC(a / h, 1 / h).required_servers(target_service_level=(t, TARGET))


def pyqueueing_erlang_a(c: Cells) -> Answers:
    from pyqueueing import ErlangA

    def queue(n: int, a: float, h: float, p: float) -> Any:
        return ErlangA(a / h, 1 / h, n, 1 / p)

    lost = one_by_one(lambda n, a, h, _t, p: queue(n, a, h, p).prob_abandon())
    level = one_by_one(lambda n, a, h, t, p: queue(n, a, h, p).service_level(t))
    return *lost(c), *level(c)


def pyqueueing_required_a(_n: int, a: float, h: float, t: float, p: float) -> float:
    from pyqueueing import CallCenterPlanner

    planner = CallCenterPlanner(a / h, 1 / h, 1 / p)
    return planner.required_agents(target_service_level=(t, TARGET))["erlang_a"]


def callcenterdim_level(n: int, a: float, h: float, t: float, _p: float) -> float:
    from callcenterdim.Dimensionamento import ServiceLevel

    return ServiceLevel(a * HALF_HOUR / h, 30, h, t, n)


def callcenterdim_required(_n: int, a: float, h: float, t: float, _p: float) -> float:
    from callcenterdim.Dimensionamento import AgentsReq

    return AgentsReq(a * HALF_HOUR / h, 30, h, TARGET, t)


def python_erlang_blocking(n: int, a: float, _h: float, _t: float, _p: float) -> float:
    from erlang import b

    return b(a, n)


def center_tools_blocking(n: int, a: float, _h: float, _t: float, _p: float) -> float:
    from call_center_tools import erlang_b

    return erlang_b(a, n)


@dataclass(frozen=True)
class Tool:
    """A tool's way to answer a question."""

    name: str
    ask: Callable[[Cells], Answers]
    #: How many cells it is asked at most; None for as many as there are.
    cells: int | None


def questions(few: int) -> dict[str, list[Tool]]:
    """Tools by question, callstats first; those that are not installed are left out.

    `few` cells are asked of tools that take tens of microseconds a cell, and fewer of slower ones.
    """
    compiled = _numba_tools() if numba else {}
    packages = {
        name: installed(module) is not None
        for name, module in {
            "pyworkforce": "pyworkforce.queuing",
            "call-center-tools": "call_center_tools",
            "callcenterdim": "callcenterdim.Dimensionamento",
            "pyqueueing": "pyqueueing",
            "erlanglib": "erlanglib",
            "python-erlang": "erlang",
        }.items()
    }
    impatient = hasattr(installed("pyworkforce.queuing"), "ErlangA")

    def tools(
        own: dict[str, Callable[[Cells], Answers]],
        scipy: Callable[[Cells], Answers] | None,
        loop: str | None,
        single: list[tuple[str, Callable[..., float] | Callable[[Cells], Answers], int]],
    ) -> list[Tool]:
        found = [Tool(name, ask, None) for name, ask in own.items()]
        if scipy and special:
            found.append(Tool("SciPy, vectorised", scipy, None))
        if loop in compiled:
            found.append(Tool("numba loop", compiled[loop], None))
        found += [Tool(name, ask, count) for name, ask, count in single if packages[name]]
        return found

    def level_pyworkforce(n: int, a: float, h: float, t: float, _p: float) -> float:
        return pyworkforce_c(a, h, t).service_level(n)

    def required_pyworkforce(_n: int, a: float, h: float, t: float, _p: float) -> float:
        return pyworkforce_c(a, h, t).required_positions(service_level=TARGET)["raw_positions"]

    def erlang_a_pyworkforce(c: Cells) -> Answers:
        queues = [
            (int(n), pyworkforce_a(*cell))
            for n, *cell in zip(
                *(c[name].tolist() for name in ("agents", "load", "aht", "threshold", "patience")),
                strict=True,
            )
        ]
        lost = [queue.abandonment_probability(n) for n, queue in queues]
        level = [queue.service_level(n) for n, queue in queues]
        return np.array(lost), np.array(level)

    slow = max(few // 40, 2)
    return {
        "blocking, Erlang B": tools(
            {"callstats": callstats_blocking},
            scipy_blocking,
            "blocking",
            [
                ("call-center-tools", one_by_one(center_tools_blocking), few),
                ("python-erlang", one_by_one(python_erlang_blocking), few),
            ],
        ),
        "service level, Erlang C": tools(
            {"callstats": callstats_level_c},
            scipy_level_c,
            "level_c",
            [
                ("callcenterdim", one_by_one(callcenterdim_level), few),
                ("call-center-tools", one_by_one(center_tools_level), few),
                ("pyworkforce", one_by_one(level_pyworkforce), few),
                ("pyqueueing", one_by_one(pyqueueing_level), few),
                ("erlanglib", one_by_one(erlanglib_level), slow),
            ],
        ),
        "abandonment and service level, Erlang A": tools(
            {
                "callstats": callstats_erlang_a,
                "callstats, `erlang.measures`: seven at once": callstats_measures,
            },
            scipy_erlang_a,
            "erlang_a",
            [
                *([("pyworkforce", erlang_a_pyworkforce, slow)] if impatient else []),
                ("pyqueueing", pyqueueing_erlang_a, few),
            ],
        ),
        "abandonment, Erlang A": tools(
            {"callstats": callstats_abandonment}, scipy_abandonment, None, []
        ),
        "service level, Erlang A": tools({"callstats": callstats_level_a}, scipy_level_a, None, []),
        "agents for 80 % in time, Erlang C": tools(
            {"callstats": callstats_required_c},
            scipy_required_c,
            "required_c",
            [
                ("callcenterdim", one_by_one(callcenterdim_required), few),
                ("call-center-tools", one_by_one(center_tools_required), few),
                ("pyworkforce", one_by_one(required_pyworkforce), few),
                ("pyqueueing", one_by_one(pyqueueing_required), few),
            ],
        ),
        "agents for 80 % in time, Erlang A": tools(
            {"callstats": callstats_required_a},
            scipy_required_a,
            None,
            [
                *([("pyworkforce", one_by_one(pyworkforce_required_a), slow)] if impatient else []),
                ("pyqueueing", one_by_one(pyqueueing_required_a), few),
            ],
        ),
    }
