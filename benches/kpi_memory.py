"""Peak memory of the key figures of a log, beside the bytes of the columns that they read.

    python benches/kpi_memory.py [--rows 1_000_000 10_000_000]

Each in a process of its own: the frame is built, the function called on few rows, and then on all;
what the process held at most beyond what it held before the call, the result included, in multiples
of the columns used. What it holds afterwards, the result, stands beside it: figures of half a
million groups are larger than many logs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pandas as pd
from callstats import kpi
from callstats.kpi.calls.definitions import SERVICE_LEVELS
from kpi_peers import calls, spells

BY_QUEUE = {"by": "queue", "freq": "30min", "threshold": [10, 20, 30]}
WHAT = {
    "summarize by queue and half hour": (kpi.summarize, BY_QUEUE),
    "summarize, all definitions": (kpi.summarize, {**BY_QUEUE, "definition": list(SERVICE_LEVELS)}),
    "summarize by half hour": (kpi.summarize, {"freq": "30min"}),
    "concurrency by half hour": (kpi.concurrency, {"freq": "30min"}),
    "concurrency by queue and half hour": (kpi.concurrency, {"by": "queue", "freq": "30min"}),
    "patience": (kpi.patience, {}),
    "patience by queue": (kpi.patience, {"by": "queue"}),
    "states by agent and half hour": (kpi.states, {"freq": "30min"}),
}
READ = {
    kpi.summarize: ["queue", "arrival", "wait", "outcome", "talk", "hold", "acw"],
    kpi.concurrency: ["queue", "arrival", "wait", "talk", "hold"],
    kpi.patience: ["queue", "wait", "outcome"],
    kpi.states: ["agent", "start", "end", "state"],
}


def resident(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(what))


def report(name: str, rows: int) -> None:
    """What was held at most and afterwards, over the bytes of the columns used."""
    function, options = WHAT[name]
    frame = (spells if function is kpi.states else calls)(rows)[READ[function]]
    if "by" not in options and "queue" in frame:
        frame = frame.drop(columns="queue")
    frame = pd.DataFrame({each: frame[each].copy() for each in frame})
    function(frame[:1000], **options)
    used = frame.memory_usage(index=False, deep=True).sum()
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    made = function(frame, **options)
    peak = resident("VmHWM") - before
    held = resident("VmRSS") - before
    assert len(made)
    print(f"{peak / used:.2f} {held / used:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    asked = parser.parse_args()
    print("| | rows | peak, times the columns | held afterwards |\n|---|---|---|---|")
    for name in WHAT:
        for rows in asked.rows:
            program = f"import kpi_memory; kpi_memory.report({name!r}, {rows})"
            run = subprocess.run(  # noqa: S603 - our own program
                [sys.executable, "-c", program],
                cwd=Path(__file__).parent,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            peak, held = run.stdout.split()
            print(f"| {name} | {rows:,} | {peak} | {held} |", flush=True)


if __name__ == "__main__":
    main()
