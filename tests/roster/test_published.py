"""A published roster at its proven optimum.

Instance1 of the Employee Shift Scheduling Benchmark Data Sets (schedulingbenchmarks.org): Curtois,
T. and Qu, R. (2014), Computational results on new staff scheduling benchmark instances, University
of Nottingham. Its optimum is 607.
"""

from __future__ import annotations

import pandas as pd
import pytest
from callstats import roster

pytest.importorskip("highspy")

FIRST = pd.Timestamp("2026-03-02")
COVER = (5, 7, 6, 4, 5, 5, 5, 6, 7, 4, 2, 5, 6, 4)
OFF = {"A": 0, "B": 5, "C": 8, "D": 2, "E": 9, "F": 5, "G": 1, "H": 7}
#: Agent, first and last day of a wish, weight.
ON = (
    ("A", 2, 3, 2),
    ("B", 0, 4, 3),
    ("C", 0, 4, 1),
    ("D", 8, 9, 2),
    ("F", 0, 1, 2),
    ("H", 9, 13, 1),
)
AWAY = (("C", 12, 13, 1), ("F", 8, 8, 3), ("H", 2, 3, 3))
OPTIMUM = 607


def day(number):
    return FIRST + pd.Timedelta(days=number)


def test_instance_1():
    starts = [day(k) + pd.Timedelta("8h") for k in range(14)]
    shifts = pd.DataFrame({"shift": "D", "start": starts, "agents": COVER})
    shifts["end"] = shifts["start"] + pd.Timedelta("8h")
    wishes = [
        {"agent": agent, "date": day(k), "shift": "D", "penalty": sign * weight}
        for sign, listed in ((-1, ON), (1, AWAY))
        for agent, first, last, weight in listed
        for k in range(first, last + 1)
    ]
    leave = [{"agent": a, "start": day(k), "end": day(k + 1)} for a, k in OFF.items()]
    rules = roster.Rules(
        consecutive_days=5,
        weekends=1,
        hours=72,
        min_hours=56,
        minimum_run=2,
        minimum_off=2,
        over_penalty=1,
        hours_penalty=1000,
        run_penalty=1000,
    )
    found = roster.assign(
        shifts,
        pd.DataFrame({"agent": list("ABCDEFGH")}),
        rules=rules,
        preferences=pd.DataFrame(wishes),
        unavailable=pd.DataFrame(leave),
    )
    # A wish that is not met costs its weight: wishes with a negative price are off by all of them.
    wanted = sum(weight * (last - first + 1) for _, first, last, weight in ON)
    assert found.objective + wanted == pytest.approx(OPTIMUM)
    assert found.bound + wanted == pytest.approx(OPTIMUM)
    assert not set(found.terms["term"]) & {"short run", "short pause", "hours"}
