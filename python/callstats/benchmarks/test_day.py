"""Exact days: one of 48 half hours by its peak of agents, and a year of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import day

ONCE = {"rounds": 3, "iterations": 1, "warmup_rounds": 1}


def half_hours(peak: float, days: int = 1) -> pd.DataFrame:
    """A bell of calls of 240 s, staffed hour by hour for a busy share of 93 %."""
    middle = (np.arange(48) + 0.5) / 48
    bell = 0.15 + 0.85 * np.sin(np.pi * middle) ** 2
    agents = np.ceil(peak * np.repeat(bell.reshape(24, 2).mean(axis=1), 2))
    one = pd.DataFrame(
        {"calls": 0.93 * peak * bell * 1800 / 240, "aht": 240.0, "agents": np.maximum(agents, 1)}
    )
    return pd.concat([one.assign(date=date) for date in range(days)], ignore_index=True)


@pytest.mark.parametrize("peak", [30, 100, 1000])
def test_day(benchmark, peak):
    frame = half_hours(peak)
    benchmark.pedantic(lambda: day.evaluate(frame, patience=180, interval=1800, threads=1), **ONCE)


@pytest.mark.parametrize("threads", [1, 2])
def test_year(benchmark, threads):
    frame = half_hours(100, days=365)
    benchmark.pedantic(
        lambda: day.evaluate(frame, patience=180, interval=1800, by="date", threads=threads),
        rounds=1,
    )


def test_required_agents(benchmark):
    frame = half_hours(100)
    benchmark.pedantic(
        lambda: day.required_agents(frame, patience=180, interval=1800, service_level=0.8), rounds=1
    )


def test_outage(benchmark):
    frame = half_hours(100)
    benchmark.pedantic(
        lambda: day.outage(frame, at="3h", until="5h", lost=60, patience=180, interval=1800), **ONCE
    )
