"""Backtests know nothing of what comes after their origins; totals add errors up as they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import _core, forecast
from callstats.errors import InvalidDataError
from registry import history


def test_figures_are_those_of_the_forecasts():
    table = forecast.backtest(history(), horizon="7D", step="2D")
    rows = table.forecasts
    assert list(rows.columns[:8]) == [
        "method", "origin", "ahead", "queue", "start", "volume", "actual", "special",
    ]  # fmt: skip
    assert set(rows["method"]) == {"model", "index", "naive"}
    own = rows[(rows["queue"] == "care") & (rows["method"] == "index") & (rows["ahead"] <= 7)]
    off = (own["volume"] - own["actual"]).abs().sum() / own["actual"].sum()
    keys = (table["queue"] == "care") & (table["method"] == "index")
    line = table[keys & (table["lead"] == "week 1") & (table["level"] == "interval")]
    assert line["wape"].item() == pytest.approx(off, rel=1e-12)
    by_day = own.groupby(["origin", own["start"].dt.normalize()])[["volume", "actual"]].sum()
    off = (by_day["volume"] - by_day["actual"]).abs().sum() / by_day["actual"].sum()
    line = table[keys & (table["lead"] == "week 1") & (table["level"] == "day")]
    assert line["wape"].item() == pytest.approx(off, rel=1e-12)
    inside = own["actual"].between(own["lower_80"], own["upper_80"]).mean()
    line = table[keys & (table["lead"] == "week 1") & (table["level"] == "interval")]
    assert line["coverage_80"].item() == pytest.approx(inside, rel=1e-12)


def test_what_comes_after_an_origin_changes_nothing():
    table = history()
    before = forecast.backtest(table, horizon="7D", step="7D").forecasts
    later = table["start"] >= pd.Timestamp("2025-03-03", tz="Europe/Paris")
    changed = table.assign(volume=table["volume"].where(~later, 500))
    after = forecast.backtest(changed, horizon="7D", step="7D").forecasts
    same = ["method", "origin", "start", "volume", "lower_80", "upper_95"]
    first = before["origin"] == before["origin"].min()
    pd.testing.assert_frame_equal(before.loc[first, same], after.loc[first, same])
    assert (after.loc[first, "actual"] == 500).all()


def test_special_days_have_rows_of_their_own():
    day = pd.DataFrame({"date": ["2025-03-05"], "kind": "fair", "like": "sunday"})
    table = forecast.backtest(history(), horizon="7D", special=day)
    lines = table[(table["lead"] == "special") & (table["queue"] == "sales")]
    assert lines.groupby("level")["n"].first().to_dict() == {"day": 1, "interval": 6}
    # A queue that is closed on Sundays is closed on a day like one, by the model.
    assert table.forecasts["special"].sum() == (3 * 2 - 1) * 6
    with pytest.raises(ValueError, match="no origin lies within the history"):
        forecast.backtest(history(), first="90D")


@pytest.mark.parametrize("freq", ["D", "W"])
def test_variances_of_totals(freq):
    said = forecast.fit_predict(history(), "7D").query("queue == 'care'")
    found = forecast.totals(said, freq=freq, level=0.9)
    days = said.groupby(said["start"].dt.normalize())
    mean = days["volume"].sum().to_numpy()
    whole = np.log1p(days["day_cv"].first().to_numpy() ** 2)
    shared = np.log1p(days["shared_cv"].first().to_numpy() ** 2)
    within = ((said["volume"] * said["interval_cv"]) ** 2).groupby(said["start"].dt.date).sum()
    if freq == "W":
        apart = mean**2 * (whole - shared) + within.to_numpy()
        variance = np.array([apart.sum() + (mean * np.sqrt(shared)).sum() ** 2])
        mean = np.array([mean.sum()])
    else:
        variance = mean**2 * np.expm1(whole) + within.to_numpy()
    assert found["day_cv"].to_numpy() == pytest.approx(np.sqrt(variance) / mean, rel=1e-11)
    low, high = _core.forecast_bounds(mean, variance / mean**2, [0.9], 1)
    assert found["lower"].tolist() == low.ravel().tolist()
    assert found["upper"].tolist() == high.ravel().tolist()


def test_handle_times_are_weighed_by_volume_in_totals():
    said = forecast.fit_predict(history(), "1D")
    found = forecast.totals(said)
    expected = [
        np.average(part["aht"], weights=part["volume"]) for _, part in said.groupby("queue")
    ]
    assert found["aht"].tolist() == pytest.approx(expected, rel=1e-12)


def test_a_day_without_a_profile_is_not_lost():
    shape = forecast.profile(history())
    totals = pd.DataFrame({"queue": ["care"], "date": ["2025-03-15"], "volume": [100.0]})
    with pytest.raises(InvalidDataError, match="none for queue 'care' on 2025-03-15, a saturday"):
        forecast.split(totals, shape)
    assert len(forecast.split(totals.assign(volume=0.0), shape)) == 0
    given = totals.assign(date="2025-03-14", aht=[210.0])
    spread = forecast.split(given, shape)
    assert spread["volume"].sum() == pytest.approx(100, rel=1e-12)
    assert set(spread["aht"]) == {210.0}
