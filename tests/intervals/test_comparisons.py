"""Two shares or rates side by side, against ``reference/intervals.csv``."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from callstats import intervals

TABLE = Path(__file__).parents[1] / "reference" / "intervals.csv"


def cases(*methods: str) -> pytest.MarkDecorator:
    words = {"case", "kind", "method", "note"}
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [
            {k: v if k in words else (float(v) if v else np.nan) for k, v in row.items()}
            for row in csv.DictReader(file)
            if row["method"] in methods
        ]
    return pytest.mark.parametrize("row", rows, ids=lambda row: row["case"])


def pairs(row: dict) -> tuple[tuple[float, float], tuple[float, float]]:
    return (row["x1"], row["n1"]), (row["x2"], row["n2"])


def close(got: tuple[float, float], row: dict) -> None:
    np.testing.assert_allclose(list(got), [row["low"], row["high"]], rtol=1e-11, atol=1e-14)


@cases("newcombe")
def test_differences(row):
    close(intervals.difference(*pairs(row), confidence=row["confidence"]), row)


@cases("newcombe_paired")
def test_paired_differences(row):
    got = intervals.paired_difference(
        both=row["a"],
        first_only=row["b"],
        second_only=row["c"],
        neither=row["d"],
        confidence=row["confidence"],
    )
    close(got, row)


@cases("exact_conditional")
def test_rate_ratios(row):
    close(intervals.rate_ratio(*pairs(row), confidence=row["confidence"]), row)
    p = intervals.rate_ratio_test(*pairs(row))
    np.testing.assert_allclose(p, row["p_value"], rtol=1e-11)


@cases("exact_minlike_p")
def test_rate_ratios_by_likelihood(row):
    p = intervals.rate_ratio_test(*pairs(row), method="minlike")
    np.testing.assert_allclose(p, row["p_value"], rtol=1e-11)


@cases("pooled_z", "fisher")
def test_equal_shares(row):
    p = intervals.difference_test(*pairs(row), method=row["method"])
    np.testing.assert_allclose(p, row["p_value"], rtol=1e-11)


def test_columns_and_sides():
    x = np.array([3, 9, 0])
    low, high = intervals.difference((x, 10), (4, 12))
    back = intervals.difference((4, 12), (x, 10))
    np.testing.assert_allclose(low, -back.high, rtol=1e-13)
    np.testing.assert_allclose(high, -back.low, rtol=1e-13)
    p = intervals.difference_test((x, 10), (4, 12))
    np.testing.assert_allclose(p, intervals.difference_test((4, 12), (x, 10)), rtol=1e-12)


def test_a_test_alarms_where_the_exact_interval_leaves_one():
    for events in range(1, 30):
        low, high = intervals.rate_ratio((events, 10.0), (12, 10.0), confidence=0.9)
        p = intervals.rate_ratio_test((events, 10.0), (12, 10.0))
        assert (p < 0.1) == (low > 1 or high < 1)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="second successes must be <= second trials"):
        intervals.difference((1, 5), (6, 5))
    with pytest.raises(ValueError, match=r"first must be a pair \(events, exposure\); got 3"):
        intervals.rate_ratio(3, (1, 2))
    with pytest.raises(ValueError, match="method must be 'fisher'"):
        intervals.difference_test((1, 5), (2, 5), method="chi")
    with pytest.raises(ValueError, match="method must be 'central' or 'minlike'"):
        intervals.rate_ratio_test((1, 5), (2, 5), method="score")
    assert np.isnan(intervals.difference((1, 5), (6, 5), invalid="nan")).all()


def test_tests_that_cannot_be_summed_say_what_can():
    pairs = (10**13, 2 * 10**13), (10**13 + 5, 2 * 10**13)
    with pytest.raises(
        ValueError, match=r"trials: 20000000000000.0 cannot be computed .* method='pooled_z'"
    ):
        intervals.difference_test(*pairs)
    # z = 5 / sqrt(1e13) is next to nothing.
    p = intervals.difference_test(*pairs, method="pooled_z")
    assert p == pytest.approx(1 - 5 / np.sqrt(np.pi * 5e12), abs=1e-9)


def test_counts_that_are_not_whole_have_an_answer():
    # 0 of 1.5 and 1.5 of 1.5: the search for the last unlikely count has no whole number to end at.
    assert 0 < intervals.difference_test((0, 1.5), (1.5, 1.5)) < 1
