"""Shifts with breaks, counters, head-counts, and the check of a roster."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import counters, hiring, roster, shifts
from schedule_days import BREAKS, quarter_hours, shift_types

ONCE = {"rounds": 1, "iterations": 1, "warmup_rounds": 0}


@pytest.mark.parametrize("breaks", [None, BREAKS], ids=["no breaks", "three breaks"])
def bench_cover_a_day(benchmark, breaks):
    pytest.importorskip("highspy")
    day, types = quarter_hours(45), shift_types()
    found = benchmark.pedantic(lambda: shifts.cover(day, types, breaks=breaks), **ONCE)
    assert found.gap <= 1e-4


def bench_counters(benchmark):
    loss = np.random.default_rng(1).random((48, 20))
    ask = {"minimum": 1, "maximum": 20, "total": 400, "change_cost": 0.05}
    benchmark(counters.plan, loss=loss, **ask)


def bench_path(benchmark):
    staff = pd.DataFrame({"agents": [90, 60, 30], "tenure": [24, 6, 1]})
    career = {"attrition": [0.08, 0.05, 0.03], "effectiveness": [0, 0.5, 0.8]}
    benchmark(hiring.path, staff, **career, periods=24, need=170.0)


def bench_check_a_roster(benchmark):
    """500 agents, 28 days."""
    agents = pd.DataFrame({"agent": [f"a{k:03}" for k in range(500)]})
    days = pd.date_range("2026-03-02 07:00", periods=28)
    rows = pd.MultiIndex.from_product([agents["agent"], days], names=["agent", "start"])
    table = rows.to_frame(index=False)[lambda each: each.index % 7 < 5]
    table["end"] = table["start"] + pd.Timedelta("8h")
    rules = roster.Rules(week_hours=40, weekends=4)
    broken = benchmark(roster.check, table, agents, rules=rules)
    assert broken.empty
