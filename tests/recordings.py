"""Made-up recordings of some agents, and what all designs of a sample are tested with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

DESIGNS = ("balanced", "simple", "stratified", "systematic", "cube")
every_design = pytest.mark.parametrize("design", DESIGNS)


def calls(sizes=(120, 45, 300, 3), seed=1, start="2024-03-04"):
    rng = np.random.default_rng(seed)
    rows = sum(sizes)
    agents = np.repeat([f"agent {i:03d}" for i in range(len(sizes))], sizes)
    seconds = rng.integers(0, 28, rows) * 86_400 + rng.integers(8 * 3600, 20 * 3600, rows)
    return pd.DataFrame(
        {
            "call_id": [f"c{i:06d}" for i in rng.permutation(rows)],
            "agent": agents,
            "arrival": pd.Timestamp(start).as_unit("s") + pd.to_timedelta(seconds, unit="s"),
            "talk": np.round(rng.lognormal(5, 0.8, rows), 1),
            "call_type": rng.choice(list("abcd"), rows, p=[0.6, 0.25, 0.1, 0.05]),
        },
        index=pd.Index(rng.permutation(rows) + 1000, name="row"),
    )


def ratings():
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "call_id": np.repeat(["x", "y", "z", "u", "v"], 2),
            "rater": np.tile(["anna", "ben"], 5),
            "score": rng.integers(1, 5, 10),
        }
    )


def ratings_by_item():
    """Two items of every call, rated a day apart."""
    rng = np.random.default_rng(5)
    dates = pd.date_range("2025-03-03", periods=10, tz="Asia/Shanghai").repeat(2)
    return pd.DataFrame(
        {
            "call_id": np.repeat(["x", "y", "z", "u", "v"], 4),
            "item": np.tile(np.repeat(["greeting", "solution"], 2), 5),
            "rating": np.repeat(np.arange(10), 2),
            "rater": np.tile(["anna", "ben"], 10),
            "score": rng.integers(1, 5, 20),
            "date": dates,
        }
    )


def weeks():
    """Failed of evaluated calls of two agents, eight weeks."""
    rng = np.random.default_rng(6)
    starts = pd.date_range("2025-03-03", periods=8, freq="7D", tz="Asia/Shanghai")
    return pd.DataFrame(
        {
            "agent": ["anna"] * 8 + ["ben"] * 8,
            "start": [*starts, *starts],
            "events": rng.integers(0, 5, 16),
            "size": rng.integers(5, 9, 16),
        }
    )


def scores():
    """Five agents of two teams, six scored calls each, most of them rated by the customer."""
    rng = np.random.default_rng(7)
    rows = 30
    agent = np.repeat(["anna", "ben", "cleo", "dora", "emil"], 6)
    return pd.DataFrame(
        {
            "team": np.where(agent < "c", "north", "south"),
            "agent": agent,
            "date": np.tile(pd.date_range("2025-03-03", periods=6, freq="9D"), 5),
            "score": rng.integers(60, 101, rows),
            "rating": np.where(rng.random(rows) < 0.2, np.nan, rng.integers(1, 6, rows)),
        }
    )


def checks():
    """Three items of every call, checked in two months."""
    rng = np.random.default_rng(8)
    return pd.DataFrame(
        {
            "call_id": np.repeat(np.arange(20), 3),
            "month": np.repeat(["2025-01", "2025-02"], 30),
            "category": np.tile(["greeting", "solution", "data protection"], 20),
            "error": rng.random(60) < 0.3,
        }
    )


def key(drawn):
    """What was drawn, in whatever kind of frame."""
    columns = [list(drawn[name]) for name in ("agent", "draw", "call_id", "reserve")]
    return sorted(zip(*columns, strict=True))
