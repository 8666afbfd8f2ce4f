"""Paid hours for 80 % in 20 s: each interval by itself against the goal over the day, on real days.

    python day_goals.py DATA [CASE ...]

DATA is a folder that holds the call records of a small bank (`anonymous_bank_1999`), the half-hour
report of an insurer (`acd_halfhour_2000`) and the five-minute counts of a large bank
(`bank_calls_5min`). Shifts of 4 h, and of 8.5 h with an unpaid half hour for lunch; at most a
fifth of the agents work 4 h. CASE is a date such as 1999-01-03, "insurer" or "bank". Hours come
with the day's service in brackets, and processor seconds of the last column.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from callstats import datasets, day, shifts, staffing

HALF_HOUR = 1800
GOAL = {"service_level": 0.8, "threshold": 20}
LUNCH = pd.DataFrame(
    {
        "shift_length": ["8.5h"],
        "break": ["lunch"],
        "earliest": ["3h"],
        "latest": ["5h"],
        "length": ["30min"],
        "paid": [False],
    }
)
SMALL = ("1999-01-03", "1999-01-10", "1999-01-17", "1999-01-06")


def small_bank(folder: Path, date: str) -> tuple[pd.DataFrame, float]:
    """Half hours from 07:00 to 24:00; regular callers, mean service time of the day."""
    calls = datasets.read_anonymous_bank(folder / "anonymous_bank_1999" / "1999-01.tsv.gz")
    calls = calls[(calls["arrival"].dt.strftime("%Y-%m-%d") == date) & (calls["call_type"] != "IN")]
    starts = pd.date_range(f"{date} 07:00", periods=34, freq="30min")
    count = calls["arrival"].dt.floor("30min").value_counts().reindex(starts, fill_value=0)
    aht = calls.loc[calls["talk"] > 0, "talk"].mean()
    return pd.DataFrame({"start": starts, "calls": count.to_numpy(float), "aht": aht}), 450.0


def insurer(folder: Path, _: str) -> tuple[pd.DataFrame, float]:
    """Handle time of each half hour; patience of 860 s."""
    report = pd.read_csv(next(iter((folder / "acd_halfhour_2000").glob("*.csv"))))
    starts = pd.to_datetime("2000-06-13 " + report["time"])
    found = {"start": starts, "calls": report["received"].astype(float), "aht": report["aht_s"]}
    return pd.DataFrame(found), 860.0


def large_bank(folder: Path, _: str) -> tuple[pd.DataFrame, float]:
    """The first day of the counts; handle time 300 s and patience 600 s are assumed."""
    counts = pd.read_csv(next(iter((folder / "bank_calls_5min").glob("*.csv*"))))
    times = pd.to_datetime(counts["datetime"])
    first = counts[times.dt.date == times.dt.date.min()]
    slots = times[first.index].dt.floor("30min")
    calls = first.groupby(slots)["calls"].sum().astype(float)
    return pd.DataFrame({"start": calls.index, "calls": calls.to_numpy(), "aht": 300.0}), 600.0


def types_of(half_hours: pd.DataFrame) -> pd.DataFrame:
    """Every start at which a shift ends within the day."""
    midnight = half_hours["start"].dt.normalize().iloc[0]
    begin = half_hours["start"].min() - midnight
    end = half_hours["start"].max() - midnight + pd.Timedelta("30min")
    starts = pd.timedelta_range(begin, end, freq="30min")
    lengths = (pd.Timedelta("4h"), pd.Timedelta("8.5h"))
    rows = [{"start": s, "length": n} for s in starts for n in lengths if s + n <= end]
    return pd.DataFrame(rows)


def met(cover: pd.DataFrame, patience: float) -> float:
    """Service of the day as it happens."""
    seen = day.evaluate(cover, agents="scheduled", patience=patience, interval=HALF_HOUR)
    return float(seen["answered_within"].sum() / seen["offered"].sum())


def row(half_hours: pd.DataFrame, patience: float) -> list[str]:
    """Hours by Erlang C, Erlang A and the exact day in each interval, and for the day's goal."""
    types = types_of(half_hours)
    rules: dict[str, Any] = {"breaks": LUNCH, "share": 0.2, "interval": HALF_HOUR}
    asked = {"interval": HALF_HOUR, **GOAL}
    needs = [
        staffing.plan(half_hours, **asked),
        staffing.plan(half_hours, patience=patience, **asked),
        day.required_agents(half_hours, patience=patience, **asked),
    ]
    found = []
    for need in needs:
        cover = shifts.cover(need[["start", "required_agents"]], types, **rules)
        days = half_hours.assign(scheduled=cover.cover["scheduled"].to_numpy())
        found.append(f"{cover.paid_hours:,.0f} ({met(days, patience):.3f})")
    load = half_hours["calls"] * half_hours["aht"] / HALF_HOUR
    half_hours = half_hours.assign(fewest=np.maximum((0.6 * load).round(), 1))
    for floor in (0.6, 0.7):
        began = time.process_time()
        cover = shifts.cover_service(
            half_hours, types, patience=patience, floor=floor, minimum="fewest", **GOAL, **rules
        )
        seconds = time.process_time() - began
        days = half_hours.assign(scheduled=cover.cover["scheduled"].to_numpy())
        found.append(f"{cover.paid_hours:,.0f} ({met(days, patience):.3f})")
        found.append(f"{cover.bound:,.0f}")
    return [*found, f"{seconds:.1f}"]


def main(folder: Path, cases: list[str]) -> None:
    """A row a day."""
    heads = ["day", "Erlang C", "Erlang A", "exact day", "day goal, floor 0.6", "bound"]
    print("| " + " | ".join([*heads, "floor 0.7", "bound", "CPU s"]) + " |")
    print("|---" * 9 + "|")
    for case in cases or [*SMALL, "insurer", "bank"]:
        read = {"insurer": insurer, "bank": large_bank}.get(case, small_bank)
        print("| " + " | ".join([case, *row(*read(folder, case))]) + " |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
