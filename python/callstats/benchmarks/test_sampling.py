"""What drawing a sample costs: 100,000 recordings of 1,000 agents, text ids, five of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import qa

ROWS, AGENTS = 100_000, 1_000


@pytest.fixture(scope="module")
def recordings():
    rng = np.random.default_rng(1)
    seconds = rng.integers(0, 28 * 86_400, ROWS)
    return pd.DataFrame(
        {
            "call_id": [f"c{row:08d}" for row in range(ROWS)],
            "agent": [f"agent {agent:04d}" for agent in rng.integers(0, AGENTS, ROWS)],
            "arrival": np.datetime64("2024-03-04", "s") + seconds,
            "talk": rng.lognormal(5, 0.8, ROWS),
            "call_type": rng.choice(list("abcdefgh"), ROWS),
        }
    )


@pytest.mark.parametrize("design", ["simple", "balanced", "stratified", "systematic", "cube"])
def test_sample(benchmark, recordings, design):
    drawn = benchmark(qa.sample, recordings, 5, design=design, seed=1)
    assert len(drawn) == 5 * AGENTS


def test_pandas_groupby_sample(benchmark, recordings):
    """The lottery that a pandas user would write: its draw depends on the order of rows."""
    drawn = benchmark(lambda: recordings.groupby("agent").sample(5, random_state=1))
    assert len(drawn) == 5 * AGENTS


def test_balance(benchmark, recordings):
    drawn = qa.sample(recordings, 5, seed=1)
    columns = ("arrival", "talk", "call_type")
    table = benchmark(qa.balance, drawn, recordings, columns=columns)
    assert table["pooled"].any()
