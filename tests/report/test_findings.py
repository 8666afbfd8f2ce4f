"""What the sentences and the comparison of need and presence say, on logs made to say it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import erlang
from callstats.report.chain import Settings, Steps, analyse
from callstats.report.findings import findings
from callstats.report.key_figures import QUICK
from callstats.report.labels import Words
from small_centre import log

WORDS = Words("en")


def results_of(calls: pd.DataFrame, *, goal: float = 0.8):
    settings = Settings(
        goal=goal, threshold=20.0, recordings=5, seed=1, timezone=None, on_error="raise"
    )
    return analyse(calls, settings, Steps(WORDS))


def said(calls: pd.DataFrame, **options) -> str:
    return "\n".join(findings(results_of(calls, **options), WORDS))


def test_a_goal_is_met_or_missed():
    level = results_of(log()).figures.total["service_level"]
    assert "was missed by" in said(log(), goal=level + 0.05)
    assert f"{100 * 0.05:.1f} percentage points" in said(log(), goal=level + 0.05)
    assert "was met" in said(log(), goal=level - 0.05)
    # A goal that is just reached is met.
    assert "was met" in said(log(), goal=level)


@pytest.mark.parametrize("rows", [1, 99])
def test_few_calls_lead_to_no_conclusion(rows):
    text = said(log(1).iloc[:rows])
    assert text.startswith(f"Calls in the log: {rows}.")
    assert "\n" not in text


def test_the_hardest_half_hour_is_where_most_calls_wait_too_long():
    calls = log()
    late = calls["arrival"].dt.strftime("%H:%M").between("10:30", "10:59")
    calls.loc[late, "wait"] = 50.0
    text = said(calls)
    assert "the half hour from 10:30: 0% of its" in text


def test_agents_who_end_calls_at_once_are_named():
    calls = log()
    assert "unusual share" not in said(calls)
    hers = calls.index[calls["agent"] == "Ann"]
    calls.loc[hers[: len(hers) // 2], "talk"] = QUICK - 1
    text = said(calls)
    assert "One agent ends an unusual share of calls within 10 s, Ann 5" in text
    assert "Ben" not in text


def test_patience_is_not_told_where_nobody_gives_up():
    calls = log().assign(outcome="answered")
    calls = calls.assign(agent=calls["agent"].fillna("Ann"), talk=calls["talk"].fillna(100.0))
    results = results_of(calls)
    assert "willing to wait" not in "\n".join(findings(results, WORDS))
    needed = results.requirement.by_interval
    assert needed["required_erlang_a"].equals(needed["required_erlang_c"])


def test_shortage_counts_half_hours_below_the_requirement():
    results = results_of(log())
    rows = results.requirement.by_interval
    short = int((rows["agents_at_work"] < rows["required_erlang_a"]).sum())
    assert 0 < short < len(rows)
    assert f"In {short} of {len(rows)} half hours" in "\n".join(findings(results, WORDS))


def test_agents_at_work_are_those_with_a_call_lately():
    # Two-minute calls, so stretches of ten minutes: Ann in all three, Ben in the last one.
    calls = pd.DataFrame(
        {
            "call_id": range(5),
            "arrival": pd.to_datetime(
                [f"2024-03-04 09:{minute}" for minute in ("01", "08", "12", "24", "26")]
            ),
            "wait": 0.0,
            "outcome": "answered",
            "agent": ["Ann", "Ann", "Ann", "Ann", "Ben"],
            "talk": 200.0,
        }
    )
    figures = results_of(calls).figures
    assert figures.window == 10
    assert figures.intervals["agents_at_work"].tolist() == [pytest.approx(4 / 3)]
    assert figures.intervals["agents_seen"].tolist() == [2]
    assert figures.intervals["mean_in_progress"].tolist() == [pytest.approx(1000 / 1800)]


def test_waiting_is_not_work():
    calls = pd.DataFrame(
        {
            "call_id": [1],
            "arrival": pd.to_datetime(["2024-03-04 09:00"]),
            "wait": [3600.0],
            "outcome": ["answered"],
            "agent": ["Ann"],
            "talk": [60.0],
        }
    )
    intervals = results_of(calls).figures.intervals
    assert intervals["start"].dt.hour.tolist() == [9]
    assert not intervals["at_work"].any()


def test_one_late_caller_is_no_evening_shift():
    calls = log(28)
    evening = calls.iloc[[0]].assign(
        call_id=-1,
        arrival=pd.Timestamp("2024-03-04 20:00"),
        outcome="answered",
        wait=0.0,
        agent="Ann",
        talk=100.0,
    )
    means = results_of(pd.concat([calls, evening])).requirement.by_weekday
    late = means[means["slot"] == 20 * 60]
    assert late["weekday"].tolist() == [0]
    # One call on one of four Mondays.
    assert late["calls"].tolist() == [0.25]
    assert late["needed_a"].tolist() == [0.25]


def test_handle_time_of_a_thin_half_hour_is_that_of_the_log():
    calls = log(28)
    rare = calls.iloc[[0]].assign(
        call_id=-1,
        arrival=pd.Timestamp("2024-03-04 20:00"),
        outcome="answered",
        agent="Ann",
        talk=9000.0,
    )
    results = results_of(pd.concat([calls, rare]))
    rows = results.requirement.by_interval
    assert rows.loc[rows["slot"] == 1200, "aht"].tolist() == [results.figures.total["aht"]]
    morning = results.figures.profile.set_index("slot").loc[540, "aht"]
    assert (rows.loc[rows["slot"] == 540, "aht"] == morning).all()


def test_accuracy_is_weighted_by_calls():
    needed = results_of(log()).requirement
    rows, model = needed.by_interval, needed.accuracy.set_index("model").loc["a"]
    weights = rows["calls"] / rows["calls"].sum()
    predicted = erlang.service_level(
        rows["agents_at_work"],
        rows["load"],
        aht=rows["aht"],
        threshold=20,
        patience=results_of(log()).mean_patience,
    )
    assert model["predicted"] == pytest.approx((weights * predicted).sum(), rel=1e-12)
    assert model["observed"] == pytest.approx(
        rows["answered_within"].sum() / rows["calls"].sum(), rel=1e-12
    )
    assert model["mean_error"] == pytest.approx(model["predicted"] - model["observed"], abs=1e-12)
    assert model["rms_error"] >= abs(model["mean_error"])
    assert needed.bands.groupby("model")["calls"].sum().tolist() == [rows["calls"].sum()] * 2


def test_waits_fall_into_bands_whose_ends_belong_to_them():
    calls = (
        log(1)
        .iloc[:6]
        .assign(
            wait=[0.0, 20.0, 20.5, 600.0, 601.0, 30.0], outcome="answered", talk=60.0, agent="Ann"
        )
    )
    waits = results_of(calls).figures.waits
    found = dict(zip(waits["high"], waits["answered"], strict=True))
    assert {high: count for high, count in found.items() if count} == {
        0.0: 1,
        20.0: 1,
        30.0: 2,
        600.0: 1,
        np.inf: 1,
    }


def test_the_half_hour_looked_at_closely_is_that_of_greatest_need():
    # At nine many short calls (60 at 30 s: one erlang), at ten fewer long ones (45 at 400 s: ten).
    nine, ten = (pd.Timestamp(f"2024-03-04 {hour}:00") for hour in (9, 10))
    short = pd.DataFrame({"arrival": pd.date_range(nine, periods=60, freq="30s"), "talk": 30.0})
    long = pd.DataFrame({"arrival": pd.date_range(ten, periods=45, freq="40s"), "talk": 400.0})
    calls = pd.concat([short, long], ignore_index=True)
    calls = calls.assign(call_id=range(105), wait=5.0, outcome="answered", agent="anna")
    for rows in (calls, calls[::-1]):
        found = results_of(rows).requirement
        assert found.busiest["slot"] == 600
        assert found.busiest["calls"] == 45
        assert found.busiest["needed_a"] == found.by_weekday["needed_a"].max()
        # Ten erlangs need more than ten agents.
        assert found.curve.attrs["needed"]["a"] > 10
