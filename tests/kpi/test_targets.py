"""Forecasts against what came, misses that nobody could help, and what satisfaction divides by."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import units
from callstats import kpi
from callstats.errors import InvalidDataError, MissingColumnError

pytestmark = pytest.mark.frames


def test_errors_of_a_forecast_by_hand():
    row = kpi.forecast_error(units.forecasts(), by="queue").iloc[0]
    # Queue a: 90 for 100, 110 for 100, 5 for none; a fourth hour is still to come.
    assert (row["periods"], row["unmatched"]) == (3, 1)
    assert (row["actual_sum"], row["forecast_sum"], row["absolute_error_sum"]) == (200, 205, 25)
    assert row["wape"] == 25 / 200
    assert row["bias"] == 5 / 200
    # Two hours are 10 % off; the hour without calls has no percentage.
    assert row["mape"] == pytest.approx(0.1, rel=1e-15)
    assert row["mape_excluded"] == 1
    assert row["rmse"] == math.sqrt((100 + 100 + 25) / 3)
    # What came the hour before would have been off by 0 and by 100.
    assert row["mase"] == (25 / 3) / 50


def test_seasons_and_the_order_of_periods():
    table = pd.DataFrame(
        {
            "start": pd.date_range("2024-03-04", periods=6, freq="D"),
            "volume": [10.0, 20.0, 11.0, 22.0, 13.0, 20.0],
            "offered": [10.0, 20.0, 12.0, 24.0, 14.0, 20.0],
        }
    )
    row = kpi.forecast_error(table, season=2).iloc[0]
    # Off by 0, 0, 1, 2, 1, 0; two days before: 2, 4, 2, 4.
    assert row["mase"] == pytest.approx((4 / 6) / 3, rel=1e-15)
    assert kpi.forecast_error(table[::-1], season=2)["mase"][0] == row["mase"]
    # Fewer periods than a season: nothing to compare with. So too without an order.
    assert kpi.forecast_error(table[:2], season=2)["mase"].isna().all()
    assert kpi.forecast_error(table.drop(columns="start"))["mase"].isna().all()


def test_forecasts_of_nothing_and_bad_ones():
    zero = pd.DataFrame({"volume": [5.0], "offered": [0.0]})
    row = kpi.forecast_error(zero).iloc[0]
    assert math.isinf(row["wape"])
    assert math.isnan(row["mape"])
    assert (row["mape_excluded"], row["rmse"]) == (1, 5.0)
    empty = kpi.forecast_error(zero[:0]).iloc[0]
    assert empty["periods"] == 0
    assert math.isnan(empty["wape"])
    for season in (0, 1.5, True):
        with pytest.raises((TypeError, ValueError), match="season must be a whole number from 1"):
            kpi.forecast_error(zero, season=season)
    with pytest.raises(MissingColumnError, match="no column 'actual'"):
        kpi.forecast_error(zero, actual="actual")
    endless = zero.assign(volume=np.inf)
    with pytest.raises(InvalidDataError, match="volume must be finite; got inf at position 0"):
        kpi.forecast_error(endless)
    assert kpi.forecast_error(endless, on_error="flag")["flagged"].tolist() == [1]


def test_misses_that_nobody_could_help():
    """Four open half hours: two met, one missed under twice the forecast, one without excuse."""
    day = pd.DataFrame(
        {"service_level": [0.9, 0.85, 0.4, 0.7, None], "flood": [False, True, True, False, True]}
    )
    row = kpi.consistency(day, target=0.8, excused="flood").iloc[0]
    assert (row["open"], row["in_band"], row["under"]) == (4, 2, 2)
    assert (row["under_excused"], row["under_controllable"]) == (1, 1)
    assert row["consistency"] == 0.5
    assert row["consistency_controllable"] == 2 / 3
    assert row["consistency_controllable_denominator"] == 3
    assert "under_excused" not in kpi.consistency(day, target=0.8)
    with pytest.raises(InvalidDataError, match="flood must be true or false; got 'no'"):
        kpi.consistency(day.assign(flood=["no", 1, 1, 0, 0]), target=0.8, excused="flood")


def test_what_satisfaction_divides_by():
    """Five asked; one says nothing, one presses 0, two are satisfied, one is not."""
    ratings = pd.DataFrame({"rating": [5.0, 4.0, 1.0, 0.0, np.nan]})
    with pytest.raises(InvalidDataError, match=r"rating must be between 1 and 5; got 0\.0"):
        kpi.satisfaction(ratings)
    replied = kpi.satisfaction(ratings, out_of="replied").iloc[0]
    assert replied[["sent", "replies", "valid", "satisfied", "dissatisfied"]].tolist() == [
        5, 4, 3, 2, 1,
    ]  # fmt: skip
    assert replied["satisfaction"] == 2 / 4
    # The mean is that of the levels of the scale.
    assert replied["mean_rating"] == 10 / 3
    dropped = kpi.satisfaction(ratings, on_error="drop").iloc[0]
    assert (dropped["sent"], dropped["satisfaction"]) == (4, 2 / 3)
    sent = kpi.satisfaction(ratings, out_of="sent", on_error="drop").iloc[0]
    assert sent["satisfaction"] == 2 / 4
    with pytest.raises(ValueError, match="out_of must be 'valid', 'replied' or 'sent'"):
        kpi.satisfaction(ratings, out_of="all")
