"""What a draw costs at ten million recordings, beside what others write for it.

    python benches/sampling_at_scale.py [--rows 10_000_000] [--agents 10_000] [--repeat 3]

Five of each agent. Every peer below is right: it draws per agent at random and gives small agents
all they have (`groupby.sample` and Polars' `sample` over groups do not). Nanoseconds a row, wall
clock, the best of several runs one after the other; with --memory also the peak above what the
frame takes, in multiples of the columns used.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from callstats import qa

if TYPE_CHECKING:
    from collections.abc import Callable

N = 5


def calls(rows: int, agents: int, columns: str) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "call_id": rng.permutation(rows) + 10**9,
            "agent": rng.integers(0, agents, rows, dtype=np.int32),
        }
    )
    if columns != "plain":
        seconds = rng.integers(0, 28, rows) * 86_400 + rng.integers(8 * 3600, 20 * 3600, rows)
        frame["arrival"] = np.datetime64("2024-03-04", "s") + seconds
        frame["talk"] = np.round(rng.lognormal(5, 0.8, rows))
        frame["call_type"] = pd.Categorical.from_codes(
            rng.integers(0, 8, rows).astype(np.int8), list("abcdefgh")
        )
    if columns == "text":
        frame["call_id"] = "c" + frame["call_id"].astype(str)
        names = np.array([f"agent {agent:05d}" for agent in range(agents)], dtype=object)
        frame["agent"] = pd.Series(names[frame["agent"].to_numpy()], dtype="str")
    return frame


def numpy_argsort(frame: pd.DataFrame) -> np.ndarray:
    """A random key a row, sorted within agents; the first five of each."""
    agent = frame["agent"].to_numpy()
    key = np.random.default_rng(7).random(len(frame))
    order = np.lexsort((key, agent))
    ordered = agent[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    place = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    return order[place < N]


def pandas_rank(frame: pd.DataFrame) -> pd.DataFrame:
    key = pd.Series(np.random.default_rng(7).random(len(frame)), index=frame.index)
    return frame.loc[key.sort_values().index].groupby("agent", observed=True).head(N)


def polars_rank(frame: object) -> object:
    import polars as pl

    assert isinstance(frame, pl.DataFrame)
    return frame.filter(pl.col("call_id").hash(7).rank("ordinal").over("agent") <= N)


def timed(work: Callable[[], object], rows: int, repeat: int) -> float:
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best / rows * 1e9


def peak_over_columns(rows: int, agents: int, columns: str, design: str) -> float:
    """In a process of its own: peak memory of the draw over the bytes of the frame's columns."""
    program = (
        "import sys; sys.path.insert(0, 'benches'); import sampling_at_scale as s;"
        f"s.report_peak({rows}, {agents}, {columns!r}, {design!r})"
    )
    run = subprocess.run([sys.executable, "-c", program], stdout=-1, check=True)  # noqa: S603
    return float(run.stdout)


def report_peak(rows: int, agents: int, columns: str, design: str) -> None:
    frame = calls(rows, agents, columns)
    qa.sample(frame[:1000], 1, seed=1)
    used = frame.memory_usage(index=False, deep=True).sum()
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    qa.sample(frame, N, design=design, seed=1)
    print((resident("VmHWM") - before) / used)


def resident(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(what))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("rows", 10_000_000), ("agents", 10_000), ("repeat", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    rows, agents, threads = options.rows, options.agents, options.threads
    print(f"{rows:,} rows, {agents:,} agents, {N} each; threads {threads or 'automatic'}")

    def show(name: str, work: Callable[[], object]) -> None:
        print(f"{name:34} {timed(work, rows, options.repeat):8.1f} ns/row", flush=True)

    cases = (("plain", ["simple"]), ("all", ["balanced"]), ("text", ["simple", "balanced"]))
    for columns, designs in cases:
        frame = calls(rows, agents, columns)
        for design in designs:
            draw = partial(qa.sample, frame, N, design=design, seed=1, threads=threads)
            show(f"{design}, {columns}", draw)
        if columns == "plain":
            show("NumPy lexsort", partial(numpy_argsort, frame))
            show("pandas sort, groupby.head", partial(pandas_rank, frame))
            try:
                import polars as pl
            except ImportError:
                continue
            show("Polars hash().rank().over()", partial(polars_rank, pl.from_pandas(frame)))
    if options.memory:
        for columns, design in (("plain", "simple"), ("all", "balanced"), ("text", "balanced")):
            peak = peak_over_columns(rows, agents, columns, design)
            print(f"{design}, {columns}: {peak:.2f} times the columns", flush=True)


if __name__ == "__main__":
    main()
