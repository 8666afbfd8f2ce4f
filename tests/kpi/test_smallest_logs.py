"""One row, and calls and spells without length: the answers reasoned out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from callstats import kpi

pytestmark = pytest.mark.frames


def one_call(outcome, wait, talk=math.nan):
    return pd.DataFrame(
        {
            "arrival": pd.to_datetime(["2024-03-05 09:10"]),
            "wait": [wait],
            "outcome": [outcome],
            "talk": [talk],
            "agent": ["ann" if outcome == "answered" else None],
        }
    )


def test_one_answered_call_is_the_whole_of_every_figure():
    row = kpi.summarize(one_call("answered", 12.0, 180.0), freq="30min", threshold=20).iloc[0]
    assert [row["offered"], row["answered"], row["abandoned"]] == [1, 1, 0]
    # 1 of 1; Wilson's lower limit of 1 of 1 is 1 / (1 + z^2), its upper limit 1.
    assert row["service_level"] == 1
    assert row["service_level_low"] == pytest.approx(1 / (1 + 1.959963984540054**2))
    assert row["service_level_high"] == 1
    # One wait is each of its own quantiles and means.
    for name in ("asa", "mean_wait", "wait_p50", "wait_p95", "wait_max"):
        assert row[name] == 12
    assert row["aht"] == 180
    # Nobody hung up: no mean of their waits, and a rate of 0 of 1.
    assert math.isnan(row["mean_time_to_abandon"])
    assert row["abandonment_rate"] == 0


def test_one_abandoned_call_has_no_speed_of_answer():
    row = kpi.summarize(one_call("abandoned", 12.0), threshold=20).iloc[0]
    assert [row["service_level"], row["abandonment_rate"]] == [0, 1]
    assert math.isnan(row["asa"])
    assert row["mean_time_to_abandon"] == row["mean_wait"] == 12
    assert math.isnan(row["aht"])
    found = kpi.patience(one_call("abandoned", 12.0)).iloc[0]
    assert found["mean_patience"] == found["km_median"] == found["km_mean"] == 12


def test_one_blocked_call_leaves_nothing_to_divide_by():
    row = kpi.summarize(one_call("blocked", math.nan)).iloc[0]
    assert [row["offered"], row["blocked"], row["service_level_denominator"]] == [1, 1, 0]
    assert math.isnan(row["service_level"])
    # A blocked call never waited: there is no patience to speak of.
    assert kpi.patience(one_call("blocked", math.nan))["waits"].tolist() == [0]


def test_a_call_without_length_counts_and_takes_no_time():
    log = one_call("answered", 0.0, 0.0)
    row = kpi.summarize(log, freq="30min", threshold=0, attribute_to="pro rata").iloc[0]
    # It did not wait, so it was answered within 0 s; and it was handled, in 0 s.
    assert [row["answered_within"], row["handled_timed"]] == [1, 1]
    assert [row["asa"], row["aht"]] == [0, 0]
    going_on = kpi.concurrency(log, freq="30min").iloc[0]
    # Its agent was seen, and at no instant was it in progress.
    assert [going_on["agents_seen"], going_on["peak_in_progress"]] == [1, 0]
    assert going_on["in_progress_seconds"] == 0
    # Answered at once: who would have waited how long stays open.
    found = kpi.patience(log).iloc[0]
    assert [found["waits"], found["abandonments"], found["total_wait"]] == [1, 0, 0]
    assert math.isnan(found["mean_patience"])


def test_a_call_on_an_edge_belongs_to_the_interval_that_begins_there():
    log = one_call("answered", 0.0, 0.0).assign(arrival=pd.to_datetime(["2024-03-05 09:30"]))
    for table in (kpi.summarize(log, freq="30min"), kpi.concurrency(log, freq="30min")):
        assert table["start"].tolist() == [pd.Timestamp("2024-03-05 09:30")]


def test_one_spell_and_one_without_length():
    at = pd.to_datetime(["2024-03-05 09:20", "2024-03-05 09:35"])
    spell = pd.DataFrame({"agent": ["ann"], "start": at[:1], "end": at[1:], "state": ["talk"]})
    table = kpi.states(spell, freq="30min")
    # Ten minutes of it before half past nine and five after.
    assert table["talk"].tolist() == [600, 300]
    assert table["occupancy"].tolist() == [1, 1]
    assert table["paid_utilisation"].tolist() == [1, 1]
    assert table["shrinkage"].tolist() == [0, 0]
    still = kpi.states(spell.assign(end=at[:1]), freq="30min")
    # A spell that ends as it starts gives its interval a row, and nothing to divide by.
    assert still["total"].tolist() == [0]
    np.testing.assert_array_equal(still["occupancy"], [np.nan])
    np.testing.assert_array_equal(still["shrinkage"], [np.nan])
