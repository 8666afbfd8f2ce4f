"""The same questions to callstats and to other tools, in one run: answers first, then times.

    pip install . && pip install --group peers
    python benches/peers.py

Loads are log-uniform between 3 and 400 erlangs; agents, handle time, threshold and patience vary by
cell. Each tool's answers are compared with ours on the cells that it is asked; one that differs is
told with how far off it is, and keeps its row. Tools without arrays answer fewer cells, in a loop;
all figures are per cell, the best of several rounds in which every tool has its turn. What is not
installed is left out. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import peer_tools as tools
from callstats import erlang, staffing
from peer_tools import Cells

if TYPE_CHECKING:
    from collections.abc import Callable

#: Relative difference above which an answer counts as another answer.
SAME = 1e-6
#: What the core is told to restrict itself to, by this variable when it is first used.
INSTRUCTIONS = "CALLSTATS_INSTRUCTIONS"
SETS = ("avx512", "avx2", "baseline")
#: Whose versions are told.
PACKAGES = (
    "callstats",
    "numpy",
    "scipy",
    "numba",
    "pyworkforce",
    "call-center-tools",
    "erlanglib",
    "pyqueueing",
    "python-erlang",
    "callcenterdim",
)
#: Sizes by which the cost of a cell is shown not to grow.
SIZES = (200, 2_000, 20_000, 200_000, 1_000_000)
#: Sizes of calls that take microseconds.
FEW_CELLS = (1, 13, 100, 1_000)
#: A round repeats what is over sooner than this, in seconds.
SHORTEST = 0.01


def cells(count: int, seed: int = 1) -> Cells:
    random = np.random.default_rng(seed)
    load = np.exp(random.uniform(np.log(3), np.log(400), count))
    return {
        "load": load,
        "agents": np.ceil(load + random.uniform(0.2, 2.0, count) * np.sqrt(load)),
        "aht": random.uniform(60, 600, count),
        "threshold": random.uniform(5, 60, count),
        "patience": random.uniform(60, 300, count),
    }


def first(count: int | None, c: Cells) -> Cells:
    return {name: values[:count] for name, values in c.items()}


def seconds(work: Callable[[], Any]) -> float:
    """Return the time of one round; short work is repeated."""
    start = time.perf_counter()
    times = 0
    while True:
        work()
        times += 1
        took = time.perf_counter() - start
        if took >= SHORTEST:
            return took / times


def race(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the best time of each, all having a turn in every round."""
    best = dict.fromkeys(works, np.inf)
    for _ in range(rounds):
        for name, work in works.items():
            best[name] = min(best[name], seconds(work))
    return best


def row(*fields: object) -> None:
    print("| " + " | ".join(str(field) for field in fields) + " |")


def head(title: str, *fields: str) -> None:
    print(f"\n{title}\n")
    row(*fields)
    row(*("---" for _ in fields))


def per_cell(value: float) -> str:
    """Return seconds in a unit that can be read."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:,.3g} {unit}"
    return f"{value * 1e9:,.3g} ns"


def times_ours(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 20 else f"{ratio:.2g}"


def agreement(ours: tools.Answers, theirs: tools.Answers) -> str:
    """Say how far another tool's answers are from ours."""
    apart = np.concatenate(
        [np.abs(b - a) / np.maximum(np.abs(a), 1e-300) for a, b in zip(ours, theirs, strict=True)]
    )
    wrong = ~(apart <= SAME)
    if not wrong.any():
        return f"to {apart.max():.0e}" if apart.max() else "the same"
    told = f"{wrong.mean():.1%} differ, by up to {np.nanmax(apart):.1e}"
    missing = np.isnan(apart).mean()
    return f"{told}; {missing:.1%} NaN" if missing else told


def compare(count: int, few: int, rounds: int) -> None:
    c = cells(count)
    for question, asked in tools.questions(few).items():
        head(
            f"**{question}**", "tool", "cells", "a cell", "times callstats", "answers against ours"
        )
        part = {tool.name: first(tool.cells, c) for tool in asked}
        ours = asked[0].ask(c)
        told = {}
        for tool in asked:
            try:
                answers = tool.ask(part[tool.name])
            except Exception as error:
                # What it fails with is its answer.
                told[tool.name] = f"fails: {type(error).__name__}: {error}"
                continue
            told[tool.name] = agreement(tuple(answer[: tool.cells] for answer in ours), answers)
        able = [tool for tool in asked if not told[tool.name].startswith("fails")]
        works = {
            tool.name: lambda tool=tool, cells=part[tool.name]: tool.ask(cells) for tool in able
        }
        whole = {tool.name: works.pop(tool.name) for tool in able if not tool.cells}
        # One turn for what takes long: its answers have warmed it up.
        best = race(whole, rounds) | race(works, 1)
        own = best[asked[0].name] / count
        for tool in asked:
            if tool.name not in best:
                row(tool.name, "", "", "", told[tool.name])
                continue
            cost = best[tool.name] / len(part[tool.name]["load"])
            answers = "" if tool is asked[0] else told[tool.name]
            asked_of = f"{len(part[tool.name]['load']):,}"
            row(tool.name, asked_of, per_cell(cost), times_ours(cost / own), answers)


def beside_scipy() -> dict[str, list[tools.Tool]]:
    """Return callstats and SciPy for each question that SciPy answers."""
    pairs = {
        question: [tool for tool in asked if tool.name in ("callstats", "SciPy, vectorised")]
        for question, asked in tools.questions(0).items()
    }
    return {question: pair for question, pair in pairs.items() if len(pair) > 1}


def restricted(count: int, rounds: int) -> dict[str, list[float]]:
    """Return our time and SciPy's for a cell of each question, in this process."""
    c = cells(count)
    times = {}
    for question, pair in beside_scipy().items():
        best = race({tool.name: lambda tool=tool: tool.ask(c) for tool in pair}, rounds)
        times[question] = [value / count for value in best.values()]
    return times


def flags() -> set[str]:
    """Return what the processor says it has, where the system tells."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


def instruction_sets(count: int, rounds: int) -> None:
    """Print what each instruction set takes, in a process of its own that runs SciPy beside it."""
    has = {"avx512": "avx512f" in flags(), "avx2": "avx2" in flags(), "baseline": True}
    head(
        "**By instruction set**: a cell, and SciPy's time for it over ours in the same process",
        "callstats restricted to",
        *beside_scipy(),
    )
    for name in SETS:
        if not has[name]:
            row(name, "this processor has none")
            continue
        command = [sys.executable, __file__, "--restricted", "--cells", str(count)]
        command += ["--rounds", str(rounds)]
        output = subprocess.run(  # noqa: S603
            command,
            env=os.environ | {INSTRUCTIONS: name},
            capture_output=True,
            text=True,
            check=True,
        )
        times = json.loads(output.stdout)
        row(name, *(f"{per_cell(own)}, {theirs / own:.2g} x" for own, theirs in times.values()))


def by_size(rounds: int, count: int = 20_000) -> None:
    """Print the cost of a cell by the number of agents."""
    head("**By the number of agents**: a cell", "agents", "Erlang C", "Erlang A", "80 % in time, C")
    random = np.random.default_rng(2)
    for agents in SIZES:
        c = cells(count)
        c["load"] = agents - random.uniform(0.2, 2.0, count) * np.sqrt(agents)
        c["agents"] = np.full(count, float(agents))
        works = {
            "C": lambda c=c: tools.callstats_level_c(c),
            "A": lambda c=c: tools.callstats_erlang_a(c),
            "required": lambda c=c: tools.callstats_required_c(c),
        }
        best = race(works, rounds)
        row(f"{agents:,}", *(per_cell(value / count) for value in best.values()))


def small_arrays(rounds: int) -> None:
    """Print what a call on few cells takes, by default threads, beside SciPy's formula."""
    asked = {
        "Erlang C": (tools.callstats_level_c, tools.scipy_level_c),
        "Erlang A": (tools.callstats_level_a, tools.scipy_level_a),
    }
    head(
        "**A call on few cells**, service level: callstats, and SciPy's time over ours",
        "cells",
        *asked,
    )
    for count in FEW_CELLS:
        c = cells(count)
        told = []
        for ours, theirs in asked.values():
            best = race({"ours": partial(ours, c), "theirs": partial(theirs, c)}, rounds)
            told.append(f"{best['ours'] * 1e6:.3g} µs, {best['theirs'] / best['ours']:.2g} x")
        row(f"{count:,}", *told)


def in_threads(work: Callable[[slice], None], count: int, threads: int) -> None:
    """Do `work` on equal parts of so many cells side by side; NumPy lets the interpreter go."""
    ends = np.linspace(0, count, threads + 1).astype(int)
    parts = [slice(a, b) for a, b in itertools.pairwise(ends.tolist())]
    others = [threading.Thread(target=work, args=(part,)) for part in parts[1:]]
    for other in others:
        other.start()
    work(parts[0])
    for other in others:
        other.join()


def streaming(count: int, threads: int, rounds: int) -> None:
    """Print ten million cells with a reused output beside the time to stream the same arrays."""
    c = cells(count)
    out = np.zeros(count)
    read = [c["agents"], c["aht"], c["threshold"]]

    def stream(part: slice) -> None:
        # Every input is read once, and the output written once: three are summed, one is copied.
        for column in read:
            column[part].sum()
        np.copyto(out[part], c["load"][part])

    def ours() -> None:
        columns = {"aht": c["aht"], "threshold": c["threshold"]}
        erlang.service_level(c["agents"], c["load"], **columns, out=out)

    best = race({"stream": lambda: in_threads(stream, count, threads), "ours": ours}, rounds)
    print(
        f"\n**Against memory**: {count:,} cells of Erlang C, four dense inputs, one reused output: "
        f"{best['ours'] * 1e3:,.0f} ms; streaming the same arrays (sums of three inputs, a copy of "
        f"the fourth to the output, {threads} threads): {best['stream'] * 1e3:,.0f} ms; "
        f"{best['ours'] / best['stream']:.2g} times as long."
    )


def peak_memory(count: int) -> None:
    """Print by how much the resident memory peaks above inputs and outputs."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not reset.exists():
        return
    c = cells(count)
    # Written, so that its pages are there before.
    out = np.full(count, np.nan)

    def resident(field: str) -> int:
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field))

    columns = {"aht": c["aht"], "threshold": c["threshold"]}
    asked = {
        "Erlang C": lambda: erlang.service_level(c["agents"], c["load"], **columns, out=out),
        "Erlang A": lambda: erlang.service_level(
            c["agents"], c["load"], **columns, patience=c["patience"], out=out
        ),
        "80 % in time": lambda: staffing.required_agents(
            c["load"], **columns, service_level=tools.TARGET, out=out
        ),
    }
    peaks = []
    for name, ask in asked.items():
        before = resident("VmRSS")
        # 5 sets the peak back to what is resident now.
        reset.write_text("5")
        ask()
        peaks.append(f"{name} {(resident('VmHWM') - before) / 1024:,.1f} MiB")
    print(f"\n**Memory above inputs and outputs**, {count:,} cells: {', '.join(peaks)}.")


def lone_calls(rounds: int) -> None:
    """Print what a call with plain numbers takes."""
    works = {
        "service level, Erlang C": lambda: erlang.service_level(34, 29.17, aht=210, threshold=20),
        "service level, Erlang A": lambda: erlang.service_level(
            32, 29.17, aht=210, threshold=20, patience=180
        ),
        "abandonment": lambda: erlang.abandonment(32, 29.17, aht=210, patience=180),
        "agents for 80 % in time": lambda: staffing.required_agents(
            29.17, aht=210, service_level=0.8, threshold=20
        ),
    }
    best = race(works, rounds)
    told = ", ".join(f"{name} {value * 1e6:.2g} µs" for name, value in best.items())
    print(f"\n**A lone call with numbers**: {told}.")


def conditions() -> int:
    """Print what the figures hold for; return the number of processors."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    widest = next(
        (name for name, flag in (("AVX-512", "avx512f"), ("AVX2", "avx2")) if flag in flags()),
        "no AVX2",
    )
    versions = {name: tools.version(name) for name in PACKAGES}
    told = ", ".join(f"{name} {number}" for name, number in versions.items() if number)
    missing = ", ".join(name for name, number in versions.items() if not number)
    restriction = os.environ.get(INSTRUCTIONS)
    busy = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"{processors} x {models[0] if models else platform.processor()} ({platform.machine()}, "
        f"{widest}{f', restricted to {restriction}' if restriction else ''}{busy}), Python "
        f"{platform.python_version()}, {told}{f'; not installed: {missing}' if missing else ''}"
    )
    return processors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=1_000_000, help="for tools that take arrays")
    parser.add_argument("--large", type=int, default=10_000_000, help="against memory")
    parser.add_argument("--few", type=int, default=200, help="for tools that do not")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--restricted", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.restricted:
        print(json.dumps(restricted(options.cells, options.rounds)))
        return
    processors = conditions()
    compare(options.cells, options.few, options.rounds)
    instruction_sets(options.cells, options.rounds)
    by_size(options.rounds)
    small_arrays(options.rounds)
    streaming(options.large, processors, options.rounds)
    peak_memory(options.large)
    lone_calls(options.rounds)


if __name__ == "__main__":
    main()
