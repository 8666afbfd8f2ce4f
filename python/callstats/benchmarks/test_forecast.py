"""Forecasts: a year of half hours of one queue and of a hundred, four weeks ahead; parts of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import forecast

ONCE = {"rounds": 3, "iterations": 1, "warmup_rounds": 1}


def year(queues: int, days: int = 365) -> pd.DataFrame:
    """Half hours of queues of some 20 calls an hour in the middle of the day, quiet at night."""
    random = np.random.default_rng(1)
    starts = pd.date_range("2024-01-01", periods=days * 48, freq="30min")
    slot = np.arange(starts.size) % 48
    shape = np.maximum(np.sin((slot - 14) / 20 * np.pi), 0.02)
    week = np.array([1.2, 1.0, 1.0, 1.0, 0.95, 0.5, 0.4])[starts.day_of_week]
    sizes = np.exp(random.normal(3.0, 1.0, queues))
    days_of = np.repeat(random.lognormal(0.0, 0.1, (queues, days)), 48, axis=1)
    volumes = random.poisson(shape * week * sizes[:, None] * days_of)
    names = pd.Categorical.from_codes(
        np.repeat(np.arange(queues), starts.size), list(map(str, range(queues)))
    )
    columns = {"queue": names, "start": np.tile(starts.to_numpy(), queues)}
    return pd.DataFrame({**columns, "volume": volumes.ravel().astype(float)})


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("count", [365 * 48, 100 * 365 * 48])
def test_fit_predict(benchmark, count, threads):
    history = year(count // (365 * 48))
    benchmark.pedantic(lambda: forecast.fit_predict(history, "28D", threads=threads), **ONCE)


def test_predict(benchmark):
    model = forecast.fit(year(1))
    benchmark.pedantic(lambda: forecast.predict(model, "28D", threads=1), **ONCE)


def test_update(benchmark):
    said = forecast.fit_predict(year(10, days=90), "7D")
    morning = said[said["start"] < "2024-03-31 12:00"]
    benchmark.pedantic(lambda: forecast.update(said, morning), **ONCE)


@pytest.mark.parametrize("method", ["index", "naive"])
def test_benchmarks(benchmark, method):
    history = year(10)
    benchmark.pedantic(lambda: getattr(forecast, method)(history, "28D"), **ONCE)
