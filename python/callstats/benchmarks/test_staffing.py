"""Requirements: one call, columns of loads, and plans of frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import staffing

SIZES = pytest.mark.parametrize("count", [10_000, 1_000_000], ids=["10k", "1M"])
MODELS = pytest.mark.parametrize("patience", [np.inf, 180.0], ids=["Erlang C", "Erlang A"])
GOALS = {"service_level": 0.8, "threshold": 20.0}
ONCE = {"rounds": 3, "iterations": 1, "warmup_rounds": 1}


@MODELS
def test_one_requirement(benchmark, patience):
    benchmark(staffing.required_agents, 29.2, aht=210.0, patience=patience, **GOALS)


@SIZES
@MODELS
@pytest.mark.parametrize("rounding", ["ceil", None], ids=["whole", "fractional"])
def test_required_agents(benchmark, count, patience, rounding):
    load = np.random.default_rng(20240305).uniform(3, 400, count)
    benchmark.pedantic(
        lambda: staffing.required_agents(
            load, aht=210, patience=patience, rounding=rounding, **GOALS
        ),
        **ONCE,
    )


@pytest.mark.parametrize("count", [48, 10_000, 100_000], ids=["a day", "10k", "100k"])
@MODELS
def test_plan(benchmark, count, patience):
    random = np.random.default_rng(20240305)
    forecast = pd.DataFrame(
        {
            "start": pd.date_range("2024-03-01", periods=count, freq="30min"),
            "calls": random.integers(0, 2500, count),
            "aht": random.uniform(120, 400, count),
        }
    )
    benchmark.pedantic(
        lambda: staffing.plan(
            forecast, patience=patience, abandonment=0.05, occupancy=0.9, shrinkage=0.3, **GOALS
        ),
        **ONCE,
    )


@pytest.mark.parametrize("count", [48, 10_000, 100_000], ids=["a day", "10k", "100k"])
def test_cheapest_plan(benchmark, count):
    random = np.random.default_rng(20240305)
    forecast = pd.DataFrame(
        {"calls": random.integers(0, 2500, count), "aht": random.uniform(120, 400, count)}
    )
    prices = {"agent_hour": 24, "lost_call": 3, "patience": 180, "interval": 1800}
    benchmark.pedantic(lambda: staffing.cheapest_plan(forecast, **prices, **GOALS), **ONCE)
