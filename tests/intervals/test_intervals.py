"""Intervals against ``reference/intervals.csv``: made twice, by exact formulas and by packages."""

from __future__ import annotations

import csv
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import intervals

TABLE = Path(__file__).parents[1] / "reference" / "intervals.csv"


def rows(kind: str) -> list[dict[str, float | str | None]]:
    words = {"case", "kind", "method", "note"}
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            {k: v if k in words else (float(v) if v else np.nan) for k, v in row.items()}
            for row in csv.DictReader(file)
            if row["kind"] == kind
        ]


def cases(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows(kind), ids=lambda row: row["case"])


def close(got: tuple[float, float], row: dict) -> None:
    expected = [row["low"], row["high"]]
    np.testing.assert_allclose(list(got), expected, rtol=1e-12, atol=1e-14)


@cases("proportion")
def test_proportions(row):
    population = None if np.isnan(row["population"]) else row["population"]
    got = intervals.proportion(
        row["x1"],
        row["n1"],
        confidence=row["confidence"],
        method=row["method"],
        population=population,
    )
    close(got, row)


@cases("rate")
def test_rates(row):
    close(intervals.rate(row["x1"], row["n1"], confidence=row["confidence"]), row)


def wilson(successes: int, trials: int, z: Decimal) -> tuple[Decimal, Decimal]:
    """Both roots of Wilson's quadratic at 60 digits, where nothing cancels that counts."""
    n, p = Decimal(trials), Decimal(successes) / trials
    middle, root = p + z * z / (2 * n), z * ((p * (1 - p) + z * z / (4 * n)) / n).sqrt()
    return (middle - root) / (1 + z * z / n), (middle + root) / (1 + z * z / n)


def test_wilson_keeps_its_digits_near_both_ends():
    with localcontext() as context:
        context.prec = 60
        z = Decimal("1.959963984540054235524594430520551527954682")
        for trials in (5, 10**4, 10**6, 10**9, 10**12, 10**17):
            for successes in [n for n in (1, 2, 1000, trials // 3, trials - 1) if n < trials]:
                low, high = (float(limit) for limit in wilson(successes, trials, z))
                got = intervals.proportion(successes, trials)
                np.testing.assert_allclose(got, [low, high], rtol=1e-13)
            nothing = intervals.proportion(0, trials)
            np.testing.assert_allclose(nothing.high, float(wilson(0, trials, z)[1]), rtol=1e-13)
            assert nothing.low == 0
            assert intervals.proportion(trials, trials).high == 1


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson", "jeffreys", "agresti_coull"])
@pytest.mark.parametrize("confidence", [1e-300, 0.5, 0.95, 1 - 2**-53])
def test_every_count_has_limits_in_order(method, confidence):
    sizes = [5e-324, 1e-310, 1e-100, 1e-5, 0.3, 0.5, 1, 2, 10, 1e6, 1e17, 1e50, 1e200, 1.7e308]
    trials, successes = (axis.ravel() for axis in np.meshgrid(sizes, [0.0, *sizes]))
    kept = successes <= trials
    trials, successes = trials[kept], successes[kept]
    low, high = intervals.proportion(successes, trials, method=method, confidence=confidence)
    assert ((low >= 0) & (low <= high) & (high <= 1)).all()
    low, high = intervals.rate(successes, trials, confidence=confidence)
    assert ((low >= 0) & (low <= high)).all()


def test_columns_keep_their_index_and_missing_values():
    counts = pd.DataFrame({"x": [9.0, np.nan, 0.0], "n": [10, 5, 0]}, index=["a", "b", "c"])
    low, high = intervals.proportion(counts["x"], counts["n"])
    assert list(low.index) == ["a", "b", "c"]
    assert low.name == "low"
    np.testing.assert_allclose([low["a"], high["a"]], [0.5958499732047615, 0.9821237869049271])
    assert low[["b", "c"]].isna().all()
    assert high[["b", "c"]].isna().all()


def test_more_successes_than_trials_are_refused():
    with pytest.raises(
        ValueError, match=r"successes must be <= trials; got 6.0 > 5.0 at position 1 \(1 bad of 2\)"
    ):
        intervals.proportion([1, 6], 5)
    with pytest.raises(ValueError, match=r"trials must be <= population; got 5\.0 > 4\.0$"):
        intervals.proportion(2, 5, population=4)
    low, high = intervals.proportion([1, 6], 5, invalid="nan")
    assert np.isnan([low[1], high[1]]).all()
    assert not np.isnan([low[0], high[0]]).any()
    with pytest.raises(ValueError, match=r"method must be 'wilson'.*got 'wald'"):
        intervals.proportion(1, 5, method="wald")
    with pytest.raises(ValueError, match=r"confidence must be > 0 and < 1; got 95\.0"):
        intervals.rate(1, 5, confidence=95)


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson", "jeffreys", "agresti_coull"])
def test_failures_mirror_successes(method):
    trials = 37
    successes = np.arange(trials + 1)
    low, high = intervals.proportion(successes, trials, method=method)
    np.testing.assert_allclose(low, 1 - high[::-1], rtol=0, atol=1e-14)
    assert (np.diff(low) > 0).all() or low[0] == low[1] == 0
    assert (low <= successes / trials).all()
    assert (high >= successes / trials).all()


def test_clopper_pearson_never_covers_less_than_it_says():
    trials, confidence = 20, 0.9
    count = np.arange(trials + 1)
    low, high = intervals.proportion(count, trials, confidence=confidence, method="clopper_pearson")
    choose = np.cumprod([1.0, *((trials - k) / (k + 1) for k in range(trials))])
    for share in np.linspace(0.01, 0.99, 99):
        mass = choose * share**count * (1 - share) ** (trials - count)
        assert mass[(low <= share) & (share <= high)].sum() >= confidence


@pytest.mark.parametrize("population", [1e17, 2e16, 1e20, 1e308])
def test_a_population_beyond_whole_numbers_is_endless(population):
    endless = intervals.proportion(6, 21, method="clopper_pearson")
    found = intervals.proportion(6, 21, population=population, method="clopper_pearson")
    np.testing.assert_allclose(found, endless, rtol=1e-13)


def test_exact_limits_that_cannot_be_summed_say_what_can():
    with pytest.raises(
        ValueError, match=r"trials: 2000000000000.0 cannot be computed .* method='wilson'"
    ):
        intervals.proportion(10**12, 2 * 10**12, population=5e12, method="clopper_pearson")
    low, high = intervals.proportion(10**12, 2 * 10**12, population=5e12, method="wilson")
    # 1.96 standard errors with the finite population's factor: 0.6 of 1 / (2 sqrt(2e12)).
    assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(0.6) / (2 * np.sqrt(2e12)), rel=1e-4)
