"""Two files of pytest-benchmark beside each other, or one with SciPy's rows beside ours."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_USAGE = "usage: python -m callstats.benchmarks [theirs.json] mine.json"
#: Units in which seconds can be read.
_UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))


def _read(path: str) -> tuple[dict[tuple[str, str], float], dict[str, Any]]:
    """The least seconds of each bench by group and name, and the conditions."""
    data = json.loads(Path(path).read_text(encoding="utf-8"))
    benches = {
        (str(b["group"]), str(b["name"])): float(b["stats"]["min"]) for b in data["benchmarks"]
    }
    return benches, data.get("machine_info", {}).get("callstats_conditions", {})


def _time(seconds: float) -> str:
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _conditions(told: dict[str, Any]) -> str:
    return "conditions: " + ", ".join(f"{name} {value}" for name, value in told.items())


def compare(theirs: str, mine: str) -> str:
    """A table of the benches that both files have: least times, and mine over theirs.

    Parameters
    ----------
    theirs, mine : str
        Paths of files that ``pytest --benchmark-json`` wrote.

    Returns
    -------
    str
        Markdown, the conditions of both runs above it; below 1 mine is faster.
    """
    before, told_before = _read(theirs)
    after, told_after = _read(mine)
    rows = [
        [*key, _time(before[key]), _time(after[key]), f"{after[key] / before[key]:.3g}"]
        for key in after
        if key in before
    ]
    missing = len(after.keys() ^ before.keys())
    parts = [
        f"theirs, {_conditions(told_before)}",
        f"mine, {_conditions(told_after)}",
        "",
        _table(["group", "bench", "theirs", "mine", "mine / theirs"], rows),
    ]
    if missing:
        parts += ["", f"{missing} benches are in one of the files alone."]
    return "\n".join(parts)


def show(path: str) -> str:
    """A table of one file: least times, and those of SciPy over ours where both were asked.

    Parameters
    ----------
    path : str
        A file that ``pytest --benchmark-json`` wrote.

    Returns
    -------
    str
        Markdown, the conditions above it; above 1 we are faster than SciPy.
    """
    benches, told = _read(path)
    rows = []
    for (group, name), seconds in benches.items():
        if "-scipy-" in name:
            continue
        other = benches.get((group, name.replace("-callstats-", "-scipy-")))
        beside = ["", ""]
        if other is not None and "-callstats-" in name:
            beside = [_time(other), f"{other / seconds:.3g}"]
        rows.append([group, name, _time(seconds), *beside])
    head = ["group", "bench", "callstats", "SciPy", "SciPy / callstats"]
    return "\n".join([_conditions(told), "", _table(head, rows)])


def main(arguments: list[str]) -> int:
    """Print a table of one or two files; 2 for other arguments."""
    if len(arguments) == 1:
        print(show(arguments[0]))
    elif len(arguments) == 2:
        print(compare(*arguments))
    else:
        print(_USAGE, file=sys.stderr)
        return 2
    return 0
