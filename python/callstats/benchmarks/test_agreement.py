"""What agreement and estimates cost: a million ratings, five scores of each of 10,000 agents."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import qa

UNITS, RATERS = 250_000, 50


def ratings(each: int, people: int, *, points: bool = True) -> pd.DataFrame:
    """A million ratings: each unit by so many of the people, in points from 0 to 100."""
    units = 4 * UNITS // each
    rng = np.random.default_rng(1)
    rater = (rng.integers(0, people, units)[:, None] + np.arange(each)) % people
    truth = rng.normal(80, 10, units)[:, None]
    score = truth + rng.normal(0, 5, (units, each)) + rater % 5
    return pd.DataFrame(
        {
            "call_id": np.repeat(np.arange(units), each),
            "rater": rater.ravel(),
            "score": (np.clip(np.round(score), 0, 100) if points else score).ravel(),
        }
    )


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_agreement(benchmark, level):
    found = benchmark.pedantic(qa.agreement, (ratings(4, RATERS),), {"level": level}, rounds=3)
    assert found.ratings == 4 * UNITS


def test_agreement_of_two(benchmark):
    found = benchmark.pedantic(qa.agreement, (ratings(2, 2),), rounds=3)
    assert found.kappa.n == 2 * UNITS


def test_agreement_no_two_scores_alike(benchmark):
    found = benchmark.pedantic(qa.agreement, (ratings(4, RATERS, points=False),), rounds=3)
    assert found.units == UNITS


def test_agreement_of_texts(benchmark):
    rows = ratings(4, RATERS)
    rows["call_id"] = "c" + rows["call_id"].astype(str)
    rows["rater"] = "r" + rows["rater"].astype(str)
    found = benchmark.pedantic(qa.agreement, (rows,), rounds=3)
    assert found.units == UNITS


def test_estimate(benchmark):
    rng = np.random.default_rng(2)
    agent = np.repeat(np.arange(10_000), 5)
    size = rng.integers(50, 200, 10_000)[agent]
    sample = pd.DataFrame({"agent": agent, "stratum": agent, "score": rng.normal(80, 8, 50_000)})
    sample = sample.assign(weight=size / 5, inclusion_probability=5 / size)
    table = benchmark.pedantic(qa.estimate, (sample, "score"), {"by": "agent"}, rounds=3)
    assert len(table) == 10_001
