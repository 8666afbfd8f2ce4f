"""Small inputs of shifts, rosters, counters and hiring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

MORNING = pd.Timestamp("2026-03-02 08:00")


def requirement(need: Any = (2, 4, 5, 5, 4, 4, 3, 1), start: Any = MORNING) -> pd.DataFrame:
    """Hours of one day with the agents that each needs."""
    hours = pd.date_range(start, periods=len(need), freq="h")
    return pd.DataFrame({"start": hours, "required_agents": list(need)})


def shift_types() -> pd.DataFrame:
    """Four shifts of four hours."""
    return pd.DataFrame({"start": ["08:00", "09:00", "10:00", "12:00"], "length": "4h"})


def half_hours() -> pd.DataFrame:
    """Calls of four hours."""
    starts = pd.date_range(MORNING, periods=8, freq="30min")
    return pd.DataFrame({"start": starts, "calls": [20, 35, 40, 38, 30, 25, 22, 12], "aht": 180.0})


def short_types() -> pd.DataFrame:
    """Four shifts of two hours."""
    return pd.DataFrame({"start": ["08:00", "08:30", "09:30", "10:00"], "length": "2h"})


def lunch() -> pd.DataFrame:
    """One hour after one to two hours of a shift."""
    return pd.DataFrame(
        {"break": ["lunch"], "earliest": "1h", "latest": "2h", "length": "1h", "paid": False}
    )


def schedule() -> pd.DataFrame:
    """Two people with the same shift."""
    end = MORNING + pd.Timedelta("6h")
    return pd.DataFrame({"agent": ["ann", "bob"], "start": MORNING, "end": end})


def hall() -> pd.DataFrame:
    """Half hours of a hall."""
    return pd.DataFrame({"calls": [12.0, 30, 34, 16, 20, 9], "aht": 480.0})


def staff() -> pd.DataFrame:
    """People by tenure."""
    return pd.DataFrame({"agents": [40, 10], "tenure": [24, 1]})


CAREER = {"attrition": [0.08, 0.05, 0.03], "effectiveness": [0, 0.5, 0.8]}


def demand(days: int = 3, need: int = 1) -> pd.DataFrame:
    """Early and late shifts."""
    first = pd.date_range("2026-03-02 07:00", periods=days)
    starts = first.append(first + pd.Timedelta("7h"))
    shifts = pd.DataFrame({"shift": ["early"] * days + ["late"] * days, "start": starts})
    return shifts.assign(end=shifts["start"] + pd.Timedelta("8h"), agents=need)


def people(count: int = 3) -> pd.DataFrame:
    """Agents by name."""
    return pd.DataFrame({"agent": [f"a{k}" for k in range(count)]})


def people_of(frame: Any) -> pd.DataFrame:
    """The agents that a schedule names."""
    named = sorted(set(frame["agent"])) if hasattr(frame, "columns") else []
    return pd.DataFrame({"agent": named})


def worked(*shifts: tuple[str, str, str], hours: int = 8) -> pd.DataFrame:
    """A schedule of agent, start and shift."""
    starts = pd.to_datetime([start for _, start, _ in shifts])
    return pd.DataFrame(
        {
            "agent": [agent for agent, *_ in shifts],
            "start": starts,
            "end": starts + pd.Timedelta(hours=hours),
            "shift": [shift for *_, shift in shifts],
        }
    )


REFERENCE = Path(__file__).parent / "reference" / "scheduling.json"


def instances(kind: str) -> list[dict[str, Any]]:
    """Instances with proven optima."""
    found = json.loads(REFERENCE.read_text(encoding="utf-8"))["instances"]
    return [each for each in found if each["kind"] == kind]


def slots(instance: dict[str, Any], start: str = "2026-03-02") -> pd.DataFrame:
    """The requirement of an instance."""
    need = instance["required"]
    times = pd.date_range(start, periods=len(need), freq=f"{instance['slot_s']}s")
    return pd.DataFrame({"start": times, "required_agents": need})


def types_of(instance: dict[str, Any]) -> pd.DataFrame:
    """The shift types of an instance."""
    return pd.DataFrame(
        {
            "start": [each["start_s"] for each in instance["shifts"]],
            "length": [each["length_s"] for each in instance["shifts"]],
        }
    )


def breaks_of(instance: dict[str, Any]) -> pd.DataFrame | None:
    """The breaks of an instance."""
    if "breaks" not in instance:
        return None
    names = {"length_of_shift_s": "shift_length", "earliest_s": "earliest"}
    names |= {"latest_s": "latest", "length_s": "length"}
    return pd.DataFrame(instance["breaks"]).rename(columns=names)


def day_of(instance: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `cover_service` of an instance."""
    opening, slots = 7 * 3600, len(instance["calls"])
    times = pd.date_range("1999-01-03 07:00", periods=slots, freq="30min")
    day = pd.DataFrame(
        {
            "start": times,
            "calls": instance["calls"],
            "aht": instance["aht_s"],
            "fewest": instance["minimum_agents"],
        }
    )
    long = next(each for each in instance["shifts"] if "lunch" in each)
    lunch = long["lunch"]
    lengths = [each["length_s"] for each in instance["shifts"]]
    types = [
        {"start": opening + 1800 * k, "length": length}
        for k in range(slots)
        for length in lengths
        if 1800 * k + length <= 1800 * slots
    ]
    breaks = pd.DataFrame(
        {
            "shift_length": [long["length_s"]],
            "break": ["lunch"],
            "earliest": [lunch["earliest_s"]],
            "latest": [lunch["latest_s"]],
            "length": [lunch["length_s"]],
            "paid": [lunch["paid"]],
        }
    )
    return {
        "intervals": day,
        "shifts": pd.DataFrame(types),
        "service_level": instance["service_level"],
        "threshold": instance["threshold_s"],
        "patience": instance["patience_s"],
        "minimum": "fewest",
        "breaks": breaks,
        "share": instance["part_time_share"],
    }


def roster_of(instance: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """The tables of `roster.assign` of an instance."""
    first = pd.Timestamp("2026-03-02")
    shifts, wishes, leave = [], [], []
    for day, need in enumerate(instance["need"]):
        for kind, each in enumerate(instance["shifts"]):
            start = first + pd.Timedelta(days=day, seconds=each["start_s"])
            end = start + pd.Timedelta(seconds=each["length_s"])
            row = {"shift": each["shift"], "start": start, "end": end, "agents": need[kind]}
            shifts.append(row)
            for number, agent in enumerate(instance["agents"]):
                penalty = instance["dislike"][number][day][kind]
                wish = {"agent": agent["agent"], "date": first + pd.Timedelta(days=day)}
                wishes.append({**wish, "shift": each["shift"], "penalty": penalty})
    for agent in instance["agents"]:
        for day in agent["leave"]:
            start = first + pd.Timedelta(days=day)
            end = start + pd.Timedelta(days=1)
            leave.append({"agent": agent["agent"], "start": start, "end": end})
    people = [
        {"agent": a["agent"], "week_days": a["days_per_week"], "skills": a["skill"]}
        for a in instance["agents"]
    ]
    return {
        "shifts": pd.DataFrame(shifts),
        "agents": pd.DataFrame(people),
        "preferences": pd.DataFrame(wishes),
        "unavailable": pd.DataFrame(leave),
        "skills": pd.DataFrame([instance["skill_need"]]),
    }
