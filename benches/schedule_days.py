"""A day of quarter hours and its 62 shift types, for the benches of schedules."""

from __future__ import annotations

import numpy as np
import pandas as pd
from callstats import shifts

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
