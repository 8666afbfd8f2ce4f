"""Small logs of calls and of agents' states, for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
from callstats.kpi.agents.spells import STATES
from callstats.kpi.calls.log import OUTCOMES


def calls(count: int = 60, *, seed: int = 5) -> pd.DataFrame:
    """Calls of one morning in three queues, one of them unnamed, with every outcome."""
    random = np.random.default_rng(seed)
    outcome = random.choice(OUTCOMES, count, p=(0.6, 0.25, 0.05, 0.05, 0.05))
    answered = outcome == "answered"
    wait = np.where(outcome == "blocked", 0.0, random.exponential(25.0, count).round(1))
    arrival = pd.Timestamp("2024-03-05T09:00") + pd.to_timedelta(
        np.sort(random.uniform(0, 9000, count)).round(3), unit="s"
    )
    log = pd.DataFrame(
        {
            "call_id": np.arange(count),
            "queue": random.choice(["sales", "help"], count),
            "agent": np.where(answered, random.choice(["ann", "bob", "eve"], count), None),
            "arrival": arrival,
            "wait": wait,
            "outcome": outcome.astype(object),
            "talk": np.where(answered, random.exponential(180.0, count).round(), np.nan),
            "hold": np.where(answered, 5.0, np.nan),
            "acw": np.where(answered, random.exponential(30.0, count).round(), np.nan),
            "transferred": answered & (random.uniform(size=count) < 0.2),
        }
    )
    log["queue"] = log["queue"].where(random.uniform(size=count) > 0.1, None)
    return log


def calls_with_faults() -> pd.DataFrame:
    """Calls of which one has a negative wait and one an outcome that nobody knows."""
    log = calls()
    log.loc[17, "wait"] = -4.0
    log.loc[23, "outcome"] = "Abandonned"
    return log


def export() -> pd.DataFrame:
    """A few calls as a telephone system writes them, every column text."""
    return pd.DataFrame(
        {
            "来电时间": ["2024/3/5 9:02:10", "2024/3/5 9:03:00", "2024/3/5 9:04:01", None],
            "排队时长": ["0:00:12", "0:01:05", "8", "3分20秒"],
            "呼叫结果": ["已接通", "主叫挂机", "接通", "溢出"],
            "通话时长(秒)": ["185", None, "1,020", "--"],
            "是否转接": ["否", None, "是", "否"],
            "备注": ["a", None, "c", "d"],
        }
    )


def spells() -> pd.DataFrame:
    """State spells of three agents, one after the other through every state."""
    random = np.random.default_rng(8)
    parts = []
    for agent in ("ann", "bob", "eve"):
        edges = pd.Timestamp("2024-03-05T08:53") + pd.to_timedelta(
            np.cumsum(random.uniform(1, 1500, 19)).round(1), unit="s"
        )
        state = random.permutation(np.resize(STATES, 18))
        parts.append(
            pd.DataFrame({"agent": agent, "start": edges[:-1], "end": edges[1:], "state": state})
        )
    return pd.concat(parts, ignore_index=True)


def schedule() -> pd.DataFrame:
    """What two of the agents, and one who did not come, should have done."""
    plan = [
        ("08:55", "10:00", "on_queue"),
        ("10:00", "10:15", "break"),
        ("10:15", "12:30", "on_queue"),
    ]
    rows = [(agent, *each) for agent in ("ann", "bob", "kim") for each in plan]
    made = pd.DataFrame(rows, columns=["agent", "start", "end", "activity"])
    return made.assign(**{at: pd.to_datetime("2024-03-05 " + made[at]) for at in ("start", "end")})
