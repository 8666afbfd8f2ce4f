"""Shifts with breaks on a day of quarter hours, counters, head-counts, checks of a roster."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import counters, hiring, roster, shifts

#: Lunch and two coffees of long shifts, one coffee of short ones.
BREAKS = pd.DataFrame(
    {
        "shift_length": ["8.5h", "8.5h", "8.5h", "5h"],
        "break": ["lunch", "first coffee", "second coffee", "coffee"],
        "earliest": ["3h", "1.5h", "6h", "1.5h"],
        "latest": ["5h", "2.5h", "7h", "3h"],
        "length": ["30min", "15min", "15min", "15min"],
        "paid": [False, True, True, True],
    }
)
LUNCH = BREAKS[:1]
QUARTERS = 96


def quarter_hours(peak: int, seed: int = 1) -> pd.DataFrame:
    """Agents needed in each quarter hour, open from 06:30 to 22:00."""
    hours = np.arange(QUARTERS) / 4
    wave = np.exp(-(((hours - 11) / 2.6) ** 2)) + 0.8 * np.exp(-(((hours - 15.5) / 3) ** 2))
    wave[(hours < 6.5) | (hours >= 22)] = 0
    noise = np.random.default_rng(seed).normal(0, 0.02 * peak, QUARTERS)
    need = np.maximum(np.rint(peak * wave / wave.max() + noise), 0) * (wave > 0)
    times = pd.date_range("2026-03-02", periods=QUARTERS, freq="15min")
    return pd.DataFrame({"start": times, "required_agents": need.astype(int)})


def shift_types() -> pd.DataFrame:
    """31 starts, 5 and 8.5 hours."""
    starts = [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in range(26, 57)]
    return shifts.templates(starts=starts, lengths=["5h", "8.5h"])


ONCE = {"rounds": 1, "iterations": 1, "warmup_rounds": 0}


@pytest.mark.parametrize("breaks", [None, BREAKS], ids=["no breaks", "three breaks"])
def test_cover_a_day(benchmark, breaks):
    pytest.importorskip("highspy")
    day, types = quarter_hours(45), shift_types()
    found = benchmark.pedantic(lambda: shifts.cover(day, types, breaks=breaks), **ONCE)
    assert found.gap <= 1e-4


def test_counters(benchmark):
    loss = np.random.default_rng(1).random((48, 20))
    ask = {"minimum": 1, "maximum": 20, "total": 400, "change_cost": 0.05}
    benchmark(counters.plan, loss=loss, **ask)


def test_path(benchmark):
    staff = pd.DataFrame({"agents": [90, 60, 30], "tenure": [24, 6, 1]})
    career = {"attrition": [0.08, 0.05, 0.03], "effectiveness": [0, 0.5, 0.8]}
    benchmark(hiring.path, staff, **career, periods=24, need=170.0)


def test_check_a_roster(benchmark):
    """500 agents, 28 days."""
    agents = pd.DataFrame({"agent": [f"a{k:03}" for k in range(500)]})
    days = pd.date_range("2026-03-02 07:00", periods=28)
    rows = pd.MultiIndex.from_product([agents["agent"], days], names=["agent", "start"])
    table = rows.to_frame(index=False)[lambda each: each.index % 7 < 5]
    table["end"] = table["start"] + pd.Timedelta("8h")
    rules = roster.Rules(week_hours=40, weekends=4)
    broken = benchmark(roster.check, table, agents, rules=rules)
    assert broken.empty
