"""Comparisons: pilots, splits, series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from callstats import compare

ONCE = {"rounds": 3, "iterations": 1, "warmup_rounds": 1}


def changes(units: int, measures: int) -> pd.DataFrame:
    random = np.random.default_rng(units)
    columns = [f"m{at:02}" for at in range(measures)]
    frame = pd.DataFrame(random.standard_normal((units, measures)), columns=columns)
    frame.insert(0, "unit", [f"team {unit:02}" for unit in range(units)])
    return frame


def test_pilot_of_eight_teams_and_thirty_measures(benchmark):
    random = np.random.default_rng(3)
    rows = pd.DataFrame({"team": list("ABCDEFGH") * 2})
    rows["start"] = pd.to_datetime(["2025-03-03"] * 8 + ["2025-04-07"] * 8)
    names = [f"m{at:02}" for at in range(30)]
    rows = pd.concat([rows, pd.DataFrame(random.normal(300, 10, (16, 30)), columns=names)], axis=1)
    options = {
        "treated": ["A", "B", "C", "D"],
        "before": ("2025-03-01", "2025-04-01"),
        "after": ("2025-04-01", "2025-05-01"),
        "measures": names,
    }
    found = benchmark(compare.pilot, rows, **options)
    assert len(found.effects) == 30


@pytest.mark.parametrize(
    ("units", "measures"), [(16, 1), (16, 30), (24, 1), (26, 1), (26, 30)], ids=str
)
def test_every_split(benchmark, units, measures):
    """12,870, 2.7 million and 10.4 million splits."""
    frame = changes(units, measures)
    treated = frame["unit"][: units // 2].tolist()
    found = benchmark.pedantic(compare.effects, (frame,), {"treated": treated}, **ONCE)
    assert len(found) == measures


@pytest.mark.parametrize("units", [16, 24, 26, 40])
def test_one_measure_by_halves(benchmark, units):
    own = changes(units, 1).set_index("unit")["m00"]
    treated = own.index[: units // 2].tolist()
    found = benchmark.pedantic(compare.permutation, (own, treated), **ONCE)
    assert found.exact


@pytest.mark.parametrize("units", [16])
def test_scipys_permutation_test(benchmark, units):
    """The same question without limits, for the ratio."""
    stats = pytest.importorskip("scipy.stats")
    own = changes(units, 1)["m00"].to_numpy()
    arms = (own[: units // 2], own[units // 2 :])

    def apart(x, y, axis):
        return x.mean(axis=axis) - y.mean(axis=axis)

    def ask():
        return stats.permutation_test(
            arms, apart, vectorized=True, n_resamples=np.inf, permutation_type="independent"
        )

    found = benchmark.pedantic(ask, **ONCE)
    names = [f"{at:02}" for at in range(units)]
    mine = compare.permutation(dict(zip(names, own, strict=True)), names[: units // 2])
    assert found.pvalue == pytest.approx(mine.p_value, rel=1e-9)


@pytest.mark.parametrize("placebo", [False, True], ids=["fit", "with placebos"])
def test_a_series_of_days(benchmark, placebo):
    random = np.random.default_rng(5)
    days = 160 if placebo else 60
    frame = pd.DataFrame({"start": pd.date_range("2025-01-06", periods=days)})
    frame["aht"] = 300 + random.standard_normal(days).cumsum() + 3 * random.standard_normal(days)
    options = {"change": frame["start"].iloc[-30], "value": "aht", "placebo": placebo}
    found = benchmark(compare.series, frame, **options)
    assert found.days_after == 30


def test_choosing_eight_of_thirty_five_teams(benchmark):
    random = np.random.default_rng(8)
    past = pd.DataFrame({"team": [f"team {at:02}" for at in range(35)]})
    past["aht"], past["fcr"] = random.normal(300, 20, 35), random.uniform(0.6, 0.8, 35)
    options = {"on": ["aht", "fcr"], "teams": 8, "treated": 4, "seed": 7}
    plan = benchmark.pedantic(compare.choose_teams, (past,), options, **ONCE)
    assert plan.acceptable >= 40
