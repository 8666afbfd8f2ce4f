"""Erlang B, C and A: one call, and columns of light, busy and overloaded systems."""

from __future__ import annotations

import numpy as np
import pytest

from callstats import erlang

SIZES = pytest.mark.parametrize("count", [10_000, 1_000_000], ids=["10k", "1M"])
MODELS = pytest.mark.parametrize("patience", [np.inf, 180.0], ids=["Erlang C", "Erlang A"])
#: Load per agent: one caller in three waits in the middle.
REGIMES = pytest.mark.parametrize("ratio", [0.6, 0.9, 1.2], ids=["light", "busy", "overloaded"])
ONCE = {"rounds": 3, "iterations": 1, "warmup_rounds": 1}


def systems(count: int, ratio: float) -> dict[str, np.ndarray]:
    agents = np.random.default_rng(20240305).integers(3, 400, count).astype(float)
    return {"agents": agents, "load": agents * ratio}


@MODELS
def test_one_call(benchmark, patience):
    benchmark(erlang.service_level, 34.0, 29.2, aht=210.0, threshold=20.0, patience=patience)


@SIZES
@REGIMES
def test_blocking(benchmark, count, ratio):
    system = systems(count, ratio)
    benchmark.pedantic(lambda: erlang.blocking(system["agents"], system["load"]), **ONCE)


@SIZES
@REGIMES
@MODELS
def test_service_level(benchmark, count, ratio, patience):
    system = systems(count, ratio)
    benchmark.pedantic(
        lambda: erlang.service_level(**system, aht=210, threshold=20, patience=patience), **ONCE
    )


@SIZES
@MODELS
def test_measures(benchmark, count, patience):
    system = systems(count, 0.9)
    benchmark.pedantic(
        lambda: erlang.measures(**system, aht=210, threshold=20, patience=patience), **ONCE
    )


def test_table(benchmark):
    benchmark(lambda: erlang.table(calls=250, aht=210, threshold=20, agents=range(30, 43)))
