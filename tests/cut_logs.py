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
