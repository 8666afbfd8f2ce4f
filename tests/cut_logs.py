"""A log of calls cut into parts, and its parts' states merged in any order."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
from callstats import scale
from pandas.testing import assert_frame_equal

ROWS = 400


def log(rows: int = ROWS, seed: int = 3, *, unit: float = 1e-3) -> pd.DataFrame:
    """Calls with waits in milliseconds, missing queues, and everything that a summary reads."""
    chance = np.random.default_rng(seed)
    wait = np.round(chance.exponential(40, rows) / unit) * unit
    outcome = chance.choice(
        ["answered", "abandoned", "flow_out", "callback", "blocked"],
        rows,
        p=[0.7, 0.2, 0.04, 0.03, 0.03],
    )
    # Over the night in which the clock is set back.
    arrival = pd.Timestamp("2024-10-26 20:00", tz="Europe/Paris") + pd.to_timedelta(
        np.round(chance.uniform(0, 12 * 3600, rows), 3), unit="s"
    )
    answered = outcome == "answered"
    return pd.DataFrame(
        {
            "call_id": np.arange(rows),
            "queue": chance.choice(["sales", "help", None], rows, p=[0.6, 0.3, 0.1]),
            "agent": chance.choice(["anna", "ben", "chen"], rows),
            "arrival": arrival,
            "wait": wait,
            "outcome": outcome,
            "talk": np.where(answered, np.round(chance.exponential(200, rows), 3), np.nan),
            "hold": np.where(answered, np.round(chance.exponential(9, rows), 3), np.nan),
            "acw": np.where(answered, np.round(chance.exponential(30, rows), 3), np.nan),
            "transferred": chance.random(rows) < 0.1,
        }
    )


def recordings(rows: int = 6_000) -> pd.DataFrame:
    """Many calls of some agents, a few of another, with an index and columns of many types."""
    calls = log(rows)
    chance = np.random.default_rng(11)
    calls["agent"] = chance.choice(
        ["anna", "ben", "chen", "dora"], rows, p=[0.5, 0.3, 0.198, 0.002]
    )
    calls["call_type"] = pd.Categorical(chance.choice(["order", "complaint", "other"], rows))
    calls["note"] = [f"note {row}" if row % 3 else None for row in range(rows)]
    calls["usable"] = chance.random(rows) < 0.9
    calls.index = pd.Index(np.arange(rows) * 3, name="line")
    return calls


def spells(rows: int = 300) -> pd.DataFrame:
    """Spells of a few agents, one of whom has no name."""
    chance = np.random.default_rng(5)
    start = pd.Timestamp("2024-03-05 08:00") + pd.to_timedelta(
        chance.integers(0, 40_000, rows), unit="s"
    )
    return pd.DataFrame(
        {
            "agent": chance.choice(["anna", "ben", "chen", None], rows),
            "start": start,
            "end": start + pd.to_timedelta(chance.integers(0, 4_000, rows), unit="s"),
            "state": chance.choice(["available", "talk", "break", "offline"], rows),
        }
    )


def schedule() -> pd.DataFrame:
    """Activities of agents, of whom one has no spells."""
    day = pd.Timestamp("2024-03-05")
    hours = [("anna", 8, 12, "on_queue"), ("anna", 12, 13, "break"), ("ben", 9, 17, "on_queue"),
             ("zoe", 9, 12, "training")]  # fmt: skip
    return pd.DataFrame(
        [
            (agent, day + pd.Timedelta(hours=low), day + pd.Timedelta(hours=high), activity)
            for agent, low, high, activity in hours
        ],
        columns=["agent", "start", "end", "activity"],
    )


def contacts() -> pd.DataFrame:
    """Calls of customers, some of whom are not known."""
    calls = log()
    chance = np.random.default_rng(8)
    calls["customer"] = chance.choice(["a", "b", "c", "d", "anonymous", None], len(calls))
    calls["arrival"] += pd.to_timedelta(chance.integers(0, 60, len(calls)), unit="D")
    return calls


def units() -> pd.DataFrame:
    """What halls did, with how many people."""
    chance = np.random.default_rng(9)
    return pd.DataFrame(
        {
            "hall": chance.choice(["x", "y", "z"], 50),
            "volume": np.round(chance.exponential(100, 50), 3),
            "heads": np.round(chance.exponential(5, 50), 3),
            "managers": 1,
        }
    )


def cut(calls: pd.DataFrame, parts: int, seed: int) -> list[pd.DataFrame]:
    """The rows in random order, in parts of which some are empty."""
    chance = np.random.default_rng(seed)
    shuffled = calls.iloc[chance.permutation(len(calls))]
    edges = np.sort(chance.integers(0, len(calls) + 1, parts - 1))
    return [
        shuffled.iloc[low:high] for low, high in zip([0, *edges], [*edges, len(calls)], strict=True)
    ]


def merged_anyhow(plan, calls, parts, seed):
    dice = random.Random(seed)  # noqa: S311 - no secret
    states = [plan.partial(part) for part in cut(calls, parts, seed)]
    while len(states) > 1:
        dice.shuffle(states)
        some = [states.pop() for _ in range(min(len(states), dice.choice([2, 3, 5])))]
        merged = plan.merge(some)
        states.append(scale.State.from_bytes(merged.to_bytes()) if dice.random() < 0.4 else merged)
    return states[0]


def the_same(found, wanted, *, problems=True):
    """To the bit, with what is told of it; positions of problems are those in parts."""
    assert_frame_equal(found, wanted, check_exact=True)
    told = [dict(each.attrs["callstats"]) for each in (found, wanted)]
    if not problems:
        for each in told:
            each["problems"] = sorted((p["rule"], p["count"]) for p in each["problems"])
    for name in {*told[0], *told[1]}:
        assert told[0].get(name) == told[1].get(name), name
