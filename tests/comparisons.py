"""Small tables of teams and days, for tests of comparisons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

BEFORE = ("2025-03-03", "2025-03-31")
AFTER = ("2025-03-31", "2025-04-28")
TEAMS = list("ABCDEFGH")
TREATED = TEAMS[:4]
MEASURES = {"aht": ("handle", "answered"), "fcr": ("resolved", "answered"), "score": "score"}


def half(frame: Any, column: str) -> list[Any]:
    """The first half of the units of a frame, whatever they are called."""
    try:
        names = sorted(set(frame[column]))
    except TypeError:
        return TREATED
    return names[: len(names) // 2]


def team_days() -> pd.DataFrame:
    """Eight weeks of eight teams, a row a team and day."""
    random = np.random.default_rng(11)
    days = pd.date_range("2025-03-03", periods=56)
    rows = pd.DataFrame({"start": np.repeat(days, 8), "team": TEAMS * 56})
    rows["answered"] = random.integers(80, 160, len(rows))
    rows["handle"] = rows["answered"] * random.integers(280, 320, len(rows))
    rows["resolved"] = rows["answered"] * 3 // 4 - random.integers(0, 9, len(rows))
    rows["score"] = random.normal(80, 5, len(rows)).round(1)
    rows["type"] = random.choice(["order", "complaint"], len(rows))
    return rows


def team_history() -> pd.DataFrame:
    """Past figures, a row a team."""
    random = np.random.default_rng(12)
    names = [f"team {number:02}" for number in range(12)]
    return pd.DataFrame(
        {
            "team": names,
            "aht": random.normal(300, 20, 12).round(1),
            "fcr": random.uniform(0.6, 0.8, 12).round(3),
        }
    )


def changes() -> pd.DataFrame:
    """What each unit changed by, a column a measure."""
    random = np.random.default_rng(13)
    columns = {f"m{number}": random.normal(0, 2, 8).round(2) for number in range(5)}
    return pd.DataFrame({"unit": TEAMS, **columns})


def daily() -> pd.DataFrame:
    """Days of a measure and of one that the change cannot have touched."""
    random = np.random.default_rng(14)
    level = np.cumsum(random.normal(0, 1, 40)) + 200
    frame = pd.DataFrame({"start": pd.date_range("2025-03-03", periods=40)})
    frame["aht"] = (level + random.normal(0, 4, 40)).round(1)
    frame["other"] = (level + random.normal(0, 4, 40) - 20).round(1)
    return frame


def gaps() -> pd.DataFrame:
    """Calls with a gap of two topics, day by day."""
    random = np.random.default_rng(15)
    days = pd.date_range("2025-03-03", periods=42)
    rows = pd.DataFrame({"start": np.repeat(days, 2), "topic": ["identity", "closing"] * 42})
    rows["size"] = random.integers(30, 60, len(rows))
    rows["events"] = random.binomial(rows["size"], 0.1)
    return rows


def calls() -> pd.DataFrame:
    """Talk times of a few agents."""
    random = np.random.default_rng(16)
    return pd.DataFrame(
        {"agent": random.choice(list("abcd"), 60), "talk": random.normal(200, 30, 60).round()}
    )
