"""Plans that hold on most days, or in expectation over days."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import day, erlang, forecast, staffing
from callstats.errors import InvalidDataError

stats = pytest.importorskip("scipy.stats")

HOURS = pd.DataFrame({"calls": [250.0, 100.0, 0.0, 40.0], "aht": [210.0, 180.0, 200.0, 300.0]})
GOAL = {"service_level": 0.8, "threshold": 20, "interval": "30min"}


def gamma(cv, probability):
    return stats.gamma.ppf(probability, cv**-2) * cv**2


def test_nine_days_of_ten_are_planned_for_the_tenth_busiest():
    factor = gamma(0.2, 0.9)
    found = staffing.plan(HOURS, **GOAL, day_cv=0.2, days=0.9)
    expected = staffing.plan(HOURS.assign(calls=HOURS["calls"] * factor), **GOAL)
    assert found["day_factor"].tolist() == pytest.approx([factor] * 4, rel=1e-12)
    for name in ("load", "required_agents", "service_level", "occupancy"):
        assert found[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-9, nan_ok=True)
    assert found["calls"].tolist() == HOURS["calls"].tolist()
    assert "day_factor" not in staffing.plan(HOURS, **GOAL)


def test_each_row_has_its_own_variation_and_none_is_none():
    table = HOURS.assign(day_cv=[0.0, 0.3, 0.3, 1.4])
    found = staffing.plan(table, **GOAL, day_cv="day_cv", days=0.8)
    assert found["day_factor"].tolist() == pytest.approx(
        [1.0, *(gamma(cv, 0.8) for cv in (0.3, 0.3, 1.4))], rel=1e-11
    )
    plain = staffing.plan(HOURS, **GOAL)["required_agents"]
    assert found["required_agents"][0] == plain[0]
    assert (found["required_agents"][[1, 3]] > plain[[1, 3]]).all()


@pytest.mark.parametrize("patience", [np.inf, 240.0])
def test_the_expected_service_level_is_met_and_one_agent_fewer_misses_it(patience):
    cv, within = 0.25, 0.1
    table = HOURS.assign(day_cv=cv, interval_cv=within)
    found = staffing.plan(table, **GOAL, patience=patience, day_cv="day_cv", days="expected")
    nodes = gamma(np.sqrt((1 + cv**2) * (1 + within**2) - 1), (np.arange(7) + 0.5) / 7)

    def level(row, agents):
        load = HOURS["calls"][row] * HOURS["aht"][row] / 1800
        ask = {"aht": HOURS["aht"][row], "threshold": 20, "patience": patience}
        return np.average(erlang.service_level(agents, load * nodes, **ask), weights=nodes)

    for row in (0, 1, 3):
        agents = found["required_agents"][row]
        assert level(row, agents) >= 0.8 > level(row, agents - 1)
        assert found["service_level"][row] == pytest.approx(level(row, agents), rel=1e-12)
    assert found["binding_goal"].tolist() == ["service_level"] * 2 + ["", "service_level"]
    assert found["required_agents"][2] == 0
    # Of a number, what varies within the day is left out.
    number = staffing.plan(table, **GOAL, patience=patience, day_cv=cv, days="expected")
    assert (number["required_agents"] <= found["required_agents"]).all()
    fractions = staffing.plan(
        table, **GOAL, patience=patience, day_cv="day_cv", days="expected", rounding=None
    )
    assert fractions["service_level"][[0, 1, 3]].tolist() == pytest.approx([0.8] * 3, abs=1e-7)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"day_cv": -0.1}, "day_cv must be >= 0 and finite; got -0.1"),
        ({"day_cv": np.inf}, "day_cv must be >= 0 and finite; got inf"),
        ({"day_cv": 0.1, "days": 1.0}, "days must be a number > 0 and < 1; got 1.0"),
        ({"day_cv": 0.1, "days": "most"}, "days must be a number > 0 and < 1; got 'most'"),
        ({"day_cv": "nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_be_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        staffing.plan(HOURS, **GOAL, **given)


def test_days_of_a_frame_vary_each_by_itself():
    table = pd.concat([HOURS.assign(date=1, cv=0.0), HOURS.assign(date=2, cv=0.3)])
    table = table.reset_index(drop=True)
    together = day.required_agents(table, by="date", day_cv="cv", **GOAL)
    alone = day.required_agents(HOURS, day_cv=0.3, **GOAL)
    plain = day.required_agents(HOURS, **GOAL)
    assert together["required_agents"].tolist() == [
        *plain["required_agents"],
        *alone["required_agents"],
    ]
    staffed = table.assign(agents=40, threshold=20)
    both = day.evaluate(staffed, by="date", day_cv="cv", interval="30min")
    parts = [
        day.evaluate(HOURS.assign(agents=40), day_cv=cv, interval="30min") for cv in (0.0, 0.3)
    ]
    expected = [*parts[0]["service_level"], *parts[1]["service_level"]]
    np.testing.assert_allclose(both["service_level"], expected, rtol=1e-9)
    with pytest.raises(InvalidDataError, match=r"day_cv must be one value a day; got 0.3 at"):
        day.evaluate(staffed, day_cv="cv", interval="30min")


def test_a_forecast_becomes_a_plan():
    starts = pd.date_range("2025-01-06", periods=60 * 24, freq="h")
    history = pd.DataFrame({"queue": "q", "start": starts, "aht": 240.0})
    days = np.repeat(np.random.default_rng(1).lognormal(0.0, 0.2, 60), 24)
    history["volume"] = ((60 + 5 * starts.hour.to_numpy()) * days).round()
    said = forecast.fit_predict(history, "7D")
    mean = staffing.plan(said, calls="volume", service_level=0.8, threshold=20)
    for days in (0.9, "expected"):
        safe = staffing.plan(
            said, calls="volume", service_level=0.8, threshold=20, day_cv="day_cv", days=days
        )
        assert (safe["required_agents"] >= mean["required_agents"]).all()
        assert safe["required_agents"].sum() > mean["required_agents"].sum()
    dates = said.assign(date=said["start"].dt.normalize(), agents=20)
    exact = day.evaluate(dates, calls="volume", by="date", day_cv="day_cv")
    assert exact["service_level"].between(0, 1).all()
