"""Published rosters at their best known values, and rosters of 50 and 200 agents.

    python rosters.py [--seconds 60] [INSTANCE ...]

INSTANCE is a file of the Employee Shift Scheduling Benchmark Data Sets (schedulingbenchmarks.org),
in their text format. Without one a roster of 50 and one of 200 agents over 28 days are made, as
tight as their contracts. Prints objective, bound and processor seconds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from callstats import roster

FIRST = pd.Timestamp("2026-03-02")


def day(number: int) -> pd.Timestamp:
    """A day of the horizon."""
    return FIRST + pd.Timedelta(days=number)


def sections(path: Path) -> dict[str, list[list[str]]]:
    """The rows of each section, comments left out."""
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in path.read_text().splitlines():
        text = line.strip()
        if text.startswith("SECTION_"):
            rows = found.setdefault(text.removeprefix("SECTION_"), [])
        elif text and not text.startswith("#"):
            rows.append(text.split(","))
    return found


def published(path: Path) -> tuple[dict[str, Any], float]:
    """The arguments of `roster.assign`, and what its objective lacks: wishes have negative prices.

    Shifts start in the order in which they may follow one another, eight hours apart: a shift that
    cannot follow starts too early for the rest. Instances that say more than that are not for this.
    """
    parts = sections(path)
    kinds = {row[0]: at for at, row in enumerate(parts["SHIFTS"])}
    length = {row[0]: int(row[1]) for row in parts["SHIFTS"]}
    rows = []
    for number, kind, need, _, _ in parts["COVER"]:
        start = day(int(number)) + pd.Timedelta(hours=6 + 8 * kinds[kind])
        end = start + pd.Timedelta(minutes=length[kind])
        rows.append({"shift": kind, "start": start, "end": end, "agents": int(need)})
    staff, limits = [], []
    for name, most, longest, least, run, shortest, off, weekends in parts["STAFF"]:
        staff.append(
            {
                "agent": name,
                "hours": int(longest) / 60,
                "min_hours": int(least) / 60,
                "consecutive_days": int(run),
                "minimum_run": int(shortest),
                "minimum_off": int(off),
                "weekends": int(weekends),
            }
        )
        for each in most.split("|"):
            kind, _, maximum = each.partition("=")
            limits.append({"agent": name, "shift": kind, "maximum": int(maximum)})
    wishes, wanted = [], 0
    for section, sign in (("SHIFT_ON_REQUESTS", -1), ("SHIFT_OFF_REQUESTS", 1)):
        for name, number, kind, weight in parts.get(section, []):
            wish = {"agent": name, "date": day(int(number)), "shift": kind}
            wishes.append({**wish, "penalty": sign * int(weight)})
            wanted += int(weight) * (sign < 0)
    leave = [
        {"agent": row[0], "start": day(int(each)), "end": day(int(each) + 1)}
        for row in parts["DAYS_OFF"]
        for each in row[1:]
    ]
    rules = roster.Rules(over_penalty=1, hours_penalty=1000, run_penalty=1000)
    tables = {
        "shifts": pd.DataFrame(rows),
        "agents": pd.DataFrame(staff),
        "shift_limits": pd.DataFrame(limits),
        "preferences": pd.DataFrame(wishes),
        "unavailable": pd.DataFrame(leave),
        "rules": rules,
    }
    return tables, wanted


def made(count: int, days: int = 28, seed: int = 1) -> dict[str, Any]:
    """Three shifts a day; as many agent days as five of seven give."""
    draw = np.random.default_rng(seed)
    names = [f"a{number:03}" for number in range(count)]
    rows, wishes, leave = [], [], []
    for number in range(days):
        busy = (0.8 if day(number).weekday() >= 5 else 1.08) * count * 5 / 7
        for kind, hour, share in (("early", 6, 0.46), ("late", 14, 0.38), ("night", 22, 0.16)):
            start = day(number) + pd.Timedelta(hours=hour)
            end = start + pd.Timedelta("8h")
            need = round(busy * share)
            rows.append({"shift": kind, "start": start, "end": end, "agents": need})
            for name in names:
                if draw.random() < 0.4:
                    wish = {"agent": name, "date": day(number), "shift": kind}
                    wishes.append({**wish, "penalty": int(draw.integers(1, 4))})
    for name in names:
        if draw.random() < 0.5:
            first = int(draw.integers(0, days - 2))
            leave.append({"agent": name, "start": day(first), "end": day(first + 2)})
    return {
        "shifts": pd.DataFrame(rows),
        "agents": pd.DataFrame({"agent": names}),
        "preferences": pd.DataFrame(wishes),
        "unavailable": pd.DataFrame(leave),
        "rules": roster.Rules(week_days=5, weekends=3, consecutive_days=6, nights=8),
    }


def main() -> None:
    """A row a roster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("instances", nargs="*", type=Path)
    given = parser.parse_args()
    cases = [(path.stem, *published(path)) for path in given.instances]
    if not cases:
        cases = [(f"{count} agents", made(count), 0.0) for count in (50, 200)]
    print("| roster | objective | bound | ended | not filled | seconds | CPU s |")
    print("|---" * 7 + "|")
    for name, tables, wanted in cases:
        began = time.process_time()
        found = roster.assign(**tables, time_limit=given.seconds)
        seconds = time.process_time() - began
        print(
            f"| {name} | {found.objective + wanted:,.0f} | {found.bound + wanted:,.0f} | "
            f"{found.status} | {found.unfilled['short'].sum()} | "
            f"{found.seconds:.0f} | {seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
