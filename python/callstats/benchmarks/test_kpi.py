"""Key figures of logs: what a caller pays from a frame to a frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import kpi

QUEUES = [f"queue {k:02}" for k in range(50)]
AGENTS = [f"agent {k:03}" for k in range(300)]
SIZES = pytest.mark.parametrize("count", [10_000, 1_000_000], ids=["10k", "1M"])
ONCE = {"rounds": 3, "iterations": 1, "warmup_rounds": 1}


def calls(count: int) -> pd.DataFrame:
    random = np.random.default_rng(20240305)
    outcome = random.choice(["answered", "abandoned", "flow_out"], count, p=[0.8, 0.15, 0.05])
    answered = outcome == "answered"
    seconds = np.sort(random.uniform(0, 30 * 86_400, count))
    return pd.DataFrame(
        {
            "call_id": np.arange(count),
            "queue": random.choice(QUEUES, count),
            "agent": random.choice(AGENTS, count),
            "arrival": pd.Timestamp("2024-03-01", tz="Europe/Berlin")
            + pd.to_timedelta(seconds.round(3), unit="s"),
            "wait": random.exponential(20.0, count).round(1),
            "outcome": outcome,
            "talk": np.where(answered, random.exponential(200.0, count).round(), np.nan),
            "acw": np.where(answered, 30.0, np.nan),
        }
    ).astype({"queue": "category", "agent": "category", "outcome": "category"})


def spells(count: int) -> pd.DataFrame:
    random = np.random.default_rng(20240305)
    start = pd.Timestamp("2024-03-01") + pd.to_timedelta(
        random.uniform(0, 30 * 86_400, count).round(), unit="s"
    )
    return pd.DataFrame(
        {
            "agent": random.choice(AGENTS, count),
            "start": start,
            "end": start + pd.to_timedelta(random.exponential(300.0, count).round(), unit="s"),
            "state": random.choice(["available", "talk", "hold", "acw", "break"], count),
        }
    ).astype({"agent": "category", "state": "category"})


@SIZES
def test_summarize_whole(benchmark, count):
    assert len(benchmark.pedantic(kpi.summarize, (calls(count),), **ONCE)) == 1


@SIZES
def test_summarize_queue_by_half_hour(benchmark, count):
    options = {"by": "queue", "freq": "30min", "threshold": [10, 20, 30]}
    table = benchmark.pedantic(kpi.summarize, (calls(count),), options, **ONCE)
    assert table["offered"].sum() == count


@SIZES
def test_concurrency_by_half_hour(benchmark, count):
    table = benchmark.pedantic(kpi.concurrency, (calls(count),), {"freq": "30min"}, **ONCE)
    assert table["peak_in_progress"].max() > 0


@SIZES
def test_states_agent_by_quarter(benchmark, count):
    table = benchmark.pedantic(kpi.states, (spells(count),), {"freq": "15min"}, **ONCE)
    assert table["total"].sum() > 0


@SIZES
def test_adherence_by_agent(benchmark, count):
    days = pd.date_range("2024-03-01", periods=30)
    schedule = pd.DataFrame(
        {
            "agent": np.repeat(AGENTS, len(days)),
            "start": np.tile(days + pd.Timedelta(hours=9), len(AGENTS)),
            "end": np.tile(days + pd.Timedelta(hours=17), len(AGENTS)),
            "activity": "on_queue",
        }
    )
    table = benchmark.pedantic(kpi.adherence, (spells(count), schedule), **ONCE)
    assert len(table) == len(AGENTS)


@SIZES
def test_patience_by_queue(benchmark, count):
    table = benchmark.pedantic(kpi.patience, (calls(count),), {"by": "queue"}, **ONCE)
    assert table["waits"].sum() == count
