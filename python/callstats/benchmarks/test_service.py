"""Halls, channels, tickets and repeats: what a caller pays from a frame to a frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import kpi

SIZES = pytest.mark.parametrize("count", [10_000, 1_000_000], ids=["10k", "1M"])
ONCE = {"rounds": 3, "iterations": 1, "warmup_rounds": 1}


def instants(random: np.random.Generator, count: int) -> pd.Series:
    return pd.Series(
        pd.Timestamp("2024-03-01")
        + pd.to_timedelta(np.sort(random.integers(0, 30 * 86_400, count)), unit="s")
    )


def names(random: np.random.Generator, word: str, kinds: int, count: int) -> pd.Categorical:
    return pd.Categorical.from_codes(
        random.integers(0, kinds, count), [f"{word} {kind}" for kind in range(kinds)]
    )


@SIZES
def test_halls_by_hall(benchmark, count):
    random = np.random.default_rng(1)
    taken = instants(random, count)
    called = taken + pd.to_timedelta(random.exponential(300, count).round(), unit="s")
    finished = called + pd.Timedelta(minutes=4)
    visits = pd.DataFrame(
        {
            "hall": names(random, "hall", 50, count),
            "taken": taken,
            "called": called,
            "finished": finished.where(random.random(count) < 0.9),
        }
    )
    table = benchmark.pedantic(kpi.halls, (visits,), {"by": "hall"}, **ONCE)
    assert table["offered"].sum() == count


@SIZES
def test_contribution_of_channels(benchmark, count):
    random = np.random.default_rng(2)
    transactions = pd.DataFrame(
        {
            "channel": names(random, "channel", 8, count),
            "kind": pd.Categorical.from_codes(random.integers(0, 2, count), ["payment", "order"]),
            "volume": random.integers(1, 100, count),
        }
    )
    options = {"payments": "without"}
    table = benchmark.pedantic(kpi.contribution, (transactions,), options, **ONCE)
    assert len(table) == 8


@SIZES
def test_handling_time_of_tickets(benchmark, count):
    random = np.random.default_rng(3)
    opened = instants(random, count)
    closed = opened + pd.to_timedelta(random.exponential(40_000, count).round(), unit="s")
    tickets = pd.DataFrame(
        {
            "department": names(random, "department", 20, count),
            "opened": opened,
            "closed": closed.where(closed < pd.Timestamp("2024-03-31")),
        }
    )
    options = {"by": "department", "until": "2024-03-31", "limit": "24h"}
    table = benchmark.pedantic(kpi.handling_time, (tickets,), options, **ONCE)
    assert len(table) == 20


@SIZES
def test_first_contact_resolution(benchmark, count):
    random = np.random.default_rng(4)
    contacts = pd.DataFrame(
        {"customer": random.integers(0, count // 2, count), "arrival": instants(random, count)}
    )
    table = benchmark.pedantic(kpi.first_contact_resolution, (contacts,), **ONCE)
    assert len(table) == 1


@SIZES
def test_imbalance_of_counters(benchmark, count):
    random = np.random.default_rng(5)
    counters = pd.DataFrame(
        {"hall": names(random, "hall", 500, count), "tickets": random.integers(0, 200, count)}
    )
    table = benchmark.pedantic(kpi.imbalance, (counters, "tickets"), {"by": "hall"}, **ONCE)
    assert len(table) == 500


@pytest.mark.parametrize(
    ("groups", "items"), [(1, 12), (1000, 6)], ids=["one group of 12 items", "1000 groups of 6"]
)
def test_drivers(benchmark, groups, items):
    random = np.random.default_rng(1)
    count = 500 if groups == 1 else 100_000
    given = random.integers(1, 6, (items, count)).astype(float)
    replies = pd.DataFrame({f"item {k}": row for k, row in enumerate(given)})
    replies["overall"] = given.sum(axis=0) + random.normal(0, 5, count)
    replies["unit"] = random.integers(0, groups, count)
    columns = [f"item {k}" for k in range(items)]
    benchmark.pedantic(
        lambda: kpi.drivers(replies, overall="overall", items=columns, by="unit", seed=1), **ONCE
    )
