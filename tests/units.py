"""Small tables of units, contacts, visits, tickets and ratings, for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
from callstats.kpi import Metric
from callstats.kpi.agents.spells import STATES

METRICS = {
    "share": Metric(target=0.8, weight=2, count="answered"),
    "asa": Metric(target=20, better="lower", floor=60),
}


def contacts() -> pd.DataFrame:
    """Contacts of a few customers over a month, one of them without a name."""
    random = np.random.default_rng(4)
    count = 40
    arrival = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        random.integers(0, 30 * 86400, count), unit="s"
    )
    return pd.DataFrame(
        {
            "arrival": arrival,
            "customer": random.choice(["a", "b", "c", "d", None], count),
            "reason": random.choice(["bill", "fault"], count),
            "channel": random.choice(["phone", "chat"], count),
            "outcome": random.choice(["answered", "abandoned"], count),
        }
    )


def days() -> pd.DataFrame:
    """Days of two halls, one of them closed on one."""
    return pd.DataFrame(
        {
            "hall": ["a", "a", "a", "b", "b"],
            "day": ["mo", "tu", "we", "mo2", "tu2"],
            "in_time": [80, 10, 0, 45, 30],
            "answered": [100, 20, 0, 50, 40],
            "abandoned": [5, 10, 0, 0, 2],
            "asa": [10.0, 40.0, np.nan, 5.0, 12.0],
            "share": [0.8, 0.5, np.nan, 0.9, 0.75],
            "heads": [5, 2, 1, 3, 3],
        }
    )


def forecasts() -> pd.DataFrame:
    """What was forecast for hours of two queues, and what came; one of them is still to come."""
    start = pd.date_range("2024-03-05 09:00", periods=4, freq="h")
    return pd.DataFrame(
        {
            "queue": ["a"] * 4 + ["b"] * 2,
            "start": [*start, *start[:2]],
            "volume": [90.0, 110.0, 5.0, 40.0, 12.0, 7.0],
            "offered": [100.0, 100.0, 0.0, np.nan, 10.0, 11.0],
        }
    )


def ratings() -> pd.DataFrame:
    """Invitations and replies on a scale of 1 to 5."""
    return pd.DataFrame(
        {
            "channel": ["sms", "sms", "sms", "app", "app", "app", "app"],
            "rating": [5.0, 2.0, np.nan, 4.0, 1.0, 3.0, np.nan],
            "reason": [None, "wait", None, None, "wait", "bill", None],
        }
    )


def surveys() -> pd.DataFrame:
    """Replies of two channels with an overall rating and two items, one of them incomplete."""
    random = np.random.default_rng(8)
    items = random.integers(1, 6, (2, 40)).astype(float)
    items[1, 3] = np.nan
    overall = np.clip(np.round(0.8 * items[0] + random.normal(0.8, 0.8, 40)), 1, 5)
    channel = np.where(np.arange(40) % 2 == 0, "sms", "app")
    return pd.DataFrame(
        {"channel": channel, "overall": overall, "wait": items[0], "menu": items[1]}
    )


def offers() -> pd.DataFrame:
    """Customers of two units, who was entitled to a product, asked and took it."""
    return pd.DataFrame(
        {
            "unit": ["a"] * 5 + ["b"] * 3,
            "customer": [f"c{row}" for row in range(8)],
            "eligible": [True, True, True, True, False, True, True, False],
            "offered": [True, True, False, True, False, True, False, False],
            "accepted": [True, False, False, True, False, True, False, False],
            "no_calls": [False, False, True, False, False, False, False, False],
        }
    )


def transactions() -> pd.DataFrame:
    """Volumes of two units by channel and kind."""
    rows = [
        ("x", "counter", "payment", 60),
        ("x", "app", "payment", 100),
        ("x", "counter", "contract", 30),
        ("x", "kiosk", "payment", 40),
        ("y", "counter", "payment", 10),
        ("y", "app", "order", 0),
    ]
    return pd.DataFrame(rows, columns=["unit", "channel", "kind", "volume"])


def visits() -> pd.DataFrame:
    """Tickets of two halls with a no-show."""
    taken = pd.to_datetime([f"2024-03-05 09:{minute:02d}" for minute in (0, 2, 5, 6, 9)])
    called = taken + pd.to_timedelta([60, 900, 120, 0, 300], unit="s")
    finished = (called + pd.to_timedelta([240, 60, 600, 30, 90], unit="s")).to_series(
        index=range(5)
    )
    finished[3] = pd.NaT
    return pd.DataFrame(
        {"hall": list("aabab"), "taken": taken, "called": called, "finished": finished}
    )


def tickets() -> pd.DataFrame:
    """Tickets of two types, one of each still open."""
    opened = pd.to_datetime(["2024-03-01 16:00", "2024-03-04 09:00"] * 2)
    closed = pd.to_datetime(["2024-03-04 10:00", "2024-03-04 11:00", None, None])
    return pd.DataFrame({"type": list("abab"), "opened": opened, "closed": closed})


def times() -> pd.DataFrame:
    """Seconds of two agents in each state."""
    table = pd.DataFrame({state: [600.0 * k, 300.0 * (9 - k)] for k, state in enumerate(STATES)})
    return table.assign(agent=["ann", "bob"])
