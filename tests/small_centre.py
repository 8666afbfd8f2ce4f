"""A log of calls of a small centre, for tests of the report."""

from __future__ import annotations

import numpy as np
import pandas as pd


def log(days: int = 14, *, seed: int = 3) -> pd.DataFrame:
    """A small centre that is open from eight to noon."""
    rng = np.random.default_rng(seed)
    rows = days * 100
    arrival = (
        pd.Timestamp("2024-03-04")
        + pd.to_timedelta(rng.integers(0, days, rows), "D")
        + pd.to_timedelta(8 * 3600 + rng.integers(0, 4 * 3600, rows), "s")
    )
    wait = np.round(rng.exponential(25, rows) * (rng.random(rows) < 0.6), 1)
    answered = rng.exponential(120, rows) >= wait
    return pd.DataFrame(
        {
            "call_id": np.arange(rows),
            "arrival": arrival,
            "wait": wait,
            "outcome": np.where(answered, "answered", "abandoned"),
            "agent": np.where(answered, rng.choice(["Ann", "Ben", "Cho"], rows), None),
            "talk": np.where(answered, np.round(rng.exponential(200, rows) + 12), np.nan),
            "call_type": rng.choice(["order", "complaint"], rows),
        }
    )
