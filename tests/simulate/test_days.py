"""Days with changing calls and agents against exact values, under the three shift-end rules.

``time_varying_reference.csv`` holds exact values of the Markovian day (80-bit uniformization,
checked by a second method). The chance of a false alarm for a new seed is 1 % in all.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from callstats import day, simulate
from callstats.simulate import CallType, Group, Model

TABLE = pd.read_csv(Path(__file__).parents[1] / "reference" / "time_varying_reference.csv")
DAYS = [
    "round_the_clock",
    "hundred_agents",
    "patient_overload",
    "short_of_agents",
    "lunch_finish",
    "lunch_roster",
    "lunch_preempt",
    "closed_hours",
]
MEASURES = {
    "service_level": "service_level",
    "abandonment": "abandonment",
    "wait_probability": "p_wait",
    "mean_wait": "mean_wait",
    "asa": "asa",
    "queue_length": "mean_queue",
}
SHARES = {"service_level", "abandonment", "wait_probability"}
LOOKED_AT = int(TABLE["scenario"].isin(DAYS).sum()) * len(MEASURES)
CONFIDENCE = 1 - 0.01 / LOOKED_AT


@cache
def simulated(day: str) -> tuple[pd.DataFrame, simulate.Result]:
    rows = TABLE[TABLE["scenario"] == day].sort_values("interval").reset_index(drop=True)
    start = rows["length_s"].cumsum().shift(fill_value=0.0)
    intervals = pd.DataFrame({"start": start, "calls": rows["calls"], "agents": rows["agents"]})
    first = rows.iloc[0]
    kind = CallType(
        "calls", talk=first["aht_s"], patience=first["patience_s"], threshold=first["threshold_s"]
    )
    found = simulate.run(
        Model(kind, Group("desk", 1, shift_end=first["shift_end"])),
        intervals=intervals,
        interval=rows["length_s"].iloc[-1],
        replications=400,
        confidence=CONFIDENCE,
        seed=20240305,
    )
    return rows, found


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("day", DAYS)
def test_every_interval_holds_the_exact_value(day, measure):
    rows, found = simulated(day)
    assert rows["aht_s"].nunique() == rows["patience_s"].nunique() == 1
    figures = found[(found["call_type"] == "calls") & (found["measure"] == measure)]
    exact = rows[MEASURES[measure]].to_numpy()
    seen = figures.reset_index(drop=True)
    # What hardly ever happens, or hardly ever fails to, has no normal mean over 400 days.
    often = (seen["low"] > 0) & (seen["standard_error"] > 0)
    if measure in SHARES:
        often &= seen["high"] < 1
    assert often.sum() >= 0.3 * len(rows) or (seen["mean"] == 0).all()
    held = (seen["low"] <= exact) & (exact <= seen["high"])
    assert held[often].all()


@pytest.mark.parametrize("day", DAYS)
def test_agents_time_over_the_day(day):
    rows, found = simulated(day)
    groups = found.groups().query("group == 'desk'").set_index("measure")
    busy = rows["busy_s"].sum() / rows["length_s"].sum()
    assert groups.loc["in_service", "low"] <= busy <= groups.loc["in_service", "high"]
    overtime = rows["overtime_s"].sum()
    assert (
        groups.loc["overtime_seconds", "low"] <= overtime <= groups.loc["overtime_seconds", "high"]
    )


def test_callers_who_wait_at_closing_time_are_carried_over_midnight():
    """The backlog of the evening waits for the morning, as in the exact day with closed hours."""
    days = pd.DataFrame({"start": pd.date_range("2025-03-03 20:00", periods=14, freq="h")})
    days["calls"] = [30.0, 60.0, *[0.0] * 10, 10.0, 10.0]
    days["agents"] = [4, 4, *[0] * 10, 4, 4]
    exact = day.evaluate(days, calls="calls", aht=300, patience=float("inf"), agents="agents")
    found = simulate.run(
        Model(CallType("calls", talk=300), 1),
        intervals=days,
        replications=400,
        confidence=1 - 0.01 / len(days),
        seed=20250303,
    )
    own = found[(found["call_type"] == "all") & (found["measure"] == "queue_length")]
    closed = exact["queue_length"][2:12]
    assert closed.min() == pytest.approx(closed.max(), rel=1e-9)
    assert closed.min() > 10
    assert (own["low"].to_numpy() <= exact["queue_length"].to_numpy()).all()
    assert (own["high"].to_numpy() >= exact["queue_length"].to_numpy()).all()
    assert found.totals().query("measure == 'unserved' and call_type == 'all'")["mean"].item() == 0
