"""Scores beside ratings, quadrants, and errors by category."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import recordings
from callstats import intervals, qa

pytestmark = pytest.mark.frames


def test_counts_and_shares():
    rows = recordings.scores()
    table = qa.customer_agreement(rows, pass_mark=80, satisfied=4, by="agent")
    assert table["agent"].tolist()[:-1] == sorted(rows["agent"].unique())
    assert pd.isna(table["agent"].iloc[-1])
    rated = rows.dropna(subset="rating")
    for row, (_, part) in zip(
        table.itertuples(), [*rated.groupby("agent"), (None, rated)], strict=True
    ):
        good, happy = part["score"] >= 80, part["rating"] >= 4
        assert (row.n, row.passed, row.failed) == (len(part), good.sum(), (~good).sum())
        assert row.passed_dissatisfied == (good & ~happy).sum()
        assert row.failed_satisfied == (~good & happy).sum()
        ranks = part["score"].rank(), part["rating"].rank()
        np.testing.assert_allclose(row.rank_correlation, ranks[0].corr(ranks[1]), rtol=1e-12)
    whole = table.iloc[-1]
    limits = intervals.proportion(whole["passed_dissatisfied"], whole["passed"])
    assert (whole["false_pass_low"], whole["false_pass_high"]) == (limits.low, limits.high)


def test_limits_of_a_rank_correlation():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        both = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 40)
        rows = pd.DataFrame(both, columns=["score", "rating"])
        row = qa.customer_agreement(rows, pass_mark=0, satisfied=0).iloc[0]
        truth = 6 / np.pi * np.arcsin(0.3)
        held += row["rank_correlation_low"] <= truth <= row["rank_correlation_high"]
    # Binomial(300, 0.95) at four standard deviations.
    assert abs(held - 285) <= 15


def test_what_does_not_vary_has_no_correlation():
    rows = pd.DataFrame({"score": [80, 80, 80.0], "rating": [1, 5, 3]})
    row = qa.customer_agreement(rows, pass_mark=90, satisfied=4).iloc[0]
    assert np.isnan(row["rank_correlation"])
    assert np.isnan(row["false_pass"])
    assert row["false_fail"] == pytest.approx(1 / 3)
    nothing = qa.customer_agreement(rows[:0], pass_mark=90, satisfied=4)
    assert nothing["n"].tolist() == [0]
    same = pd.DataFrame({"score": [1, 2, 3, 4, 5], "rating": [1, 2, 3, 4, 5]})
    assert qa.customer_agreement(same, pass_mark=3, satisfied=3)["rank_correlation"].item() == 1


def test_quadrants_keep_the_rows():
    rows = recordings.scores().iloc[::-1]
    table = qa.quadrants(rows, x="score", y="rating", x_cut=80, y_cut=4)
    pd.testing.assert_frame_equal(table.drop(columns="quadrant"), rows)
    for row in table.itertuples():
        if np.isnan(row.rating):
            assert row.quadrant is None or pd.isna(row.quadrant)
        else:
            sides = ["high" if high else "low" for high in (row.score >= 80, row.rating >= 4)]
            assert row.quadrant == "_".join(sides)
    pl = pytest.importorskip("polars")
    other = qa.quadrants(pl.from_pandas(rows), x="score", y="rating", x_cut=80, y_cut=4)
    assert isinstance(other, pl.DataFrame)
    assert len(qa.quadrants(rows[:0], x="score", y="rating", x_cut=80, y_cut=4)) == 0


def test_pareto_of_two_months():
    rows = recordings.checks()
    table = qa.error_pareto(rows, period="month")
    assert table["errors"].is_monotonic_decreasing
    assert table["cumulative_share"].iloc[-1] == pytest.approx(1)
    for row in table.itertuples():
        now, before = (
            rows[(rows["month"] == month) & (rows["category"] == row.category)]
            for month in ("2025-02", "2025-01")
        )
        assert row.errors == row.calls == now["error"].sum()
        assert row.evaluated == row.previous_evaluated == 10
        change = now["error"].mean() - before["error"].mean()
        np.testing.assert_allclose(row.change, change, atol=1e-15)
        limits = intervals.difference((now["error"].sum(), 10), (before["error"].sum(), 10))
        assert (row.change_low, row.change_high) == (limits.low, limits.high)


def test_calls_without_errors_count_as_evaluated():
    rows = pd.DataFrame(
        {
            "call_id": [1, 1, 1, 2, 3],
            "category": ["a", "a", "b", None, "a"],
            "error": [1, 2, 1, 0, np.nan],
        }
    )
    table = qa.error_pareto(rows)
    assert table["category"].tolist() == ["a", "b"]
    assert table["errors"].tolist() == [3, 1]
    assert table["calls"].tolist() == [1, 1]
    # Call 3 was not checked.
    assert table["evaluated"].tolist() == [2, 2]
    assert table["errors_per_call"].tolist() == [1.5, 0.5]
    assert len(qa.error_pareto(rows[:0])) == 0


def test_one_period_has_nothing_before_it():
    table = qa.error_pareto(recordings.checks()[:30], period="month")
    assert table["previous_evaluated"].tolist() == [0] * 3
    assert table[["previous_rate", "change", "relative_change"]].isna().all(axis=None)


def test_wrong_checks_are_told():
    rows = recordings.checks()
    with pytest.raises(ValueError, match=r"must be 0 where there is no category; got 1\.0"):
        qa.error_pareto(rows.assign(category=None))
    with pytest.raises(ValueError, match=r"must be >= 0 and finite; got -1\.0 at position 0"):
        qa.error_pareto(rows.assign(error=-1))
    with pytest.raises(ValueError, match="period column 'month' must have a value"):
        qa.error_pareto(rows.assign(month=None), period="month")
    with pytest.raises(ValueError, match="checks has no column 'calls'; found"):
        qa.error_pareto(rows, call="calls")
