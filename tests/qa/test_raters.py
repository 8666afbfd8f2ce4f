"""Raters one by one, against agreement of the parts and lines fitted apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import recordings
from callstats import qa

pytestmark = pytest.mark.frames


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    """Ragged: three raters, two items, half of the ratings missing; cleo moves away."""
    rng = np.random.default_rng(11)
    calls = pd.DataFrame({"call_id": range(60), "truth": rng.normal(80, 8, 60)})
    calls["date"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(calls["call_id"], unit="D")
    rows = calls.merge(pd.DataFrame({"rater": ["anna", "ben", "cleo"]}), how="cross")
    rows = rows.merge(pd.DataFrame({"item": ["greeting", "solution"]}), how="cross")
    drift = np.where(rows["rater"] == "cleo", 6 * rows["call_id"] / 30, 0)
    rows["score"] = rows["truth"] + drift + rng.normal(0, 2, len(rows))
    rows.loc[rng.random(len(rows)) < 0.5, "score"] = np.nan
    return rows


def test_groups_are_agreement_of_their_rows(panel):
    table = qa.agreement_by(panel, "item", within=[3])
    assert list(table["item"].unique()) == ["greeting", "solution"]
    for item, part in table.groupby("item"):
        alone = qa.agreement(panel[panel["item"] == item], within=[3]).to_frame()
        told = part.drop(columns="item").reset_index(drop=True)
        # AC1 and AC2 depend on how many values the scale has, and the groups share one.
        same = ~told["statistic"].str.startswith("ac")
        pd.testing.assert_frame_equal(told[same], alone[same], rtol=1e-9)


def test_groups_share_the_scale():
    rows = recordings.ratings_by_item()
    rows.loc[rows["item"] == "greeting", "score"] = [1, 2] * 5
    table = qa.agreement_by(rows, ["item"], level="nominal").set_index(["item", "statistic"])
    greeting = rows[rows["item"] == "greeting"]
    declared = qa.agreement(greeting, level="nominal", categories=sorted(rows["score"].unique()))
    assert table.loc[("greeting", "ac1"), "value"] == declared.ac1.value


def test_bias_is_that_of_agreement(panel):
    part = panel[panel["item"] == "solution"]
    expected = qa.agreement(part, confidence=0.9).raters
    found = qa.rater_bias(panel, by="item", confidence=0.9)
    found = found[found["item"] == "solution"].drop(columns="item").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)


def test_drift_is_the_slope_of_a_line(panel):
    part = panel[(panel["item"] == "solution") & panel["score"].notna()].copy()
    groups = part.groupby("call_id")["score"]
    count, total = groups.transform("size"), groups.transform("sum")
    part["away"] = part["score"] - (total - part["score"]) / (count - 1).where(count > 1)
    found = qa.rater_drift(part).set_index("rater")
    for rater, own in part.dropna(subset="away").groupby("rater"):
        months = (own["date"] - pd.Timestamp("2025-01-01")).dt.days / 30
        (slope, at_zero), ((variance, _), _) = np.polyfit(months, own["away"], 1, cov=True)
        row = found.loc[rater]
        np.testing.assert_allclose(row["drift"], slope, rtol=1e-9)
        np.testing.assert_allclose(row["standard_error"], np.sqrt(variance), rtol=1e-9)
        np.testing.assert_allclose(row["first"], at_zero + slope * months.min(), rtol=1e-8)
        np.testing.assert_allclose(row["last"], at_zero + slope * months.max(), rtol=1e-8)
        assert row["n"] == len(own)
    assert found.loc["cleo", "low"] > 0
    assert found.loc["ben", "high"] < 0


def test_nothing_depends_on_the_order_of_rows(panel):
    both = panel.assign(both=panel["call_id"].astype(str) + panel["item"])
    shuffled = both.sample(frac=1, random_state=2)
    for ask in (
        lambda rows: qa.rater_bias(rows, by="item"),
        lambda rows: qa.rater_drift(rows, unit="both"),
        lambda rows: qa.agreement_by(rows, "item"),
    ):
        pd.testing.assert_frame_equal(ask(shuffled), ask(both), check_exact=True)


def test_nobody_else_rated():
    alone = pd.DataFrame({"call_id": [1, 2], "rater": "anna", "score": [4, 5]})
    alone["date"] = pd.Timestamp("2025-01-01")
    assert qa.rater_bias(alone)["bias"].isna().tolist() == [True]
    assert qa.rater_bias(alone)["n"].tolist() == [0]
    assert qa.rater_drift(alone)["drift"].isna().tolist() == [True]
    assert len(qa.rater_bias(alone[:0])) == len(qa.rater_drift(alone[:0])) == 0
    assert len(qa.agreement_by(alone[:0], "rater")) == 0


def test_one_date_has_no_drift(panel):
    still = panel[panel["item"] == "solution"].assign(date=pd.Timestamp("2025-01-01"))
    assert qa.rater_drift(still)[["drift", "low", "first"]].isna().all(axis=None)


def test_wrong_ratings_are_told(panel):
    with pytest.raises(ValueError, match="one rating of a unit by a rater"):
        qa.rater_bias(panel)
    with pytest.raises(ValueError, match="one rating of a unit by a rater"):
        qa.rater_drift(panel)
    with pytest.raises(TypeError, match="'rater' of scores must be dates or times"):
        qa.rater_drift(panel[panel["item"] == "solution"], time="rater")
    with pytest.raises(TypeError, match="'rater' of scores must be numbers"):
        qa.rater_bias(panel, score="rater")
    with pytest.raises(ValueError, match="scores has no column 'items', nearest: 'item'"):
        qa.agreement_by(panel, "items")
    with pytest.raises(ValueError, match="confidence must be"):
        qa.rater_bias(panel, by="item", confidence=1)
