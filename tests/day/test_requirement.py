"""Staffing that sees the backlog, and the day beside the formula."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from callstats import day, erlang, staffing
from callstats.errors import InfeasibleError

pytestmark = pytest.mark.frames

HOURS = pd.DataFrame({"calls": [60, 100, 160, 120, 0, 40], "aht": 600.0})
GOAL = {"service_level": 0.8, "threshold": 20, "interval": 1800}


@pytest.mark.parametrize("patience", [np.inf, 300.0])
@pytest.mark.parametrize("rule", ["finish", "preempt"])
def test_the_goals_are_met_all_day_and_one_agent_fewer_misses(patience, rule):
    options = {"patience": patience, "shift_end": rule}
    plan = day.required_agents(HOURS, **GOAL, **options)
    agents = plan["required_agents"]
    assert (plan["service_level"].drop(4) >= 0.8).all()
    assert agents[4] == 0
    again = day.evaluate(HOURS.assign(agents=agents), threshold=20, interval=1800, **options)
    pd.testing.assert_series_equal(again["service_level"], plan["service_level"])
    for row in (0, 2):
        fewer = HOURS.assign(agents=agents)
        fewer.loc[row, "agents"] -= 1
        missed = day.evaluate(fewer, threshold=20, interval=1800, **options)
        assert (missed["service_level"].drop(4) < 0.8).any()


def test_a_long_constant_day_needs_what_the_formula_says():
    hours = pd.DataFrame({"calls": [400.0] * 3, "aht": 180.0})
    plan = day.required_agents(hours, service_level=0.8, interval="6h")
    expected = staffing.required_agents(
        erlang.load(400, 180, interval=21600), aht=180, service_level=0.8, threshold=20
    )
    assert plan["required_agents"].tolist()[1:] == [expected] * 2
    assert plan["stationary_agents"].tolist() == [expected] * 3


def test_nine_days_of_ten():
    plain = day.required_agents(HOURS, **GOAL)
    busy = day.required_agents(HOURS, **GOAL, day_cv=0.2)
    # The 90 % quantile of the gamma distribution of shape 25, over 25.
    assert busy["factor"].iloc[0] == pytest.approx(1.2633, abs=1e-4)
    drawn = np.random.default_rng(1).gamma(25, 1 / 25, 200_000)
    assert (drawn <= busy["factor"].iloc[0]).mean() == pytest.approx(0.9, abs=0.005)
    low = day.required_agents(HOURS, **GOAL, day_cv=0.2, days=0.1)["factor"].iloc[0]
    assert (drawn <= low).mean() == pytest.approx(0.1, abs=0.005)
    assert (busy["required_agents"] >= plain["required_agents"]).all()
    same = day.required_agents(HOURS.assign(calls=HOURS["calls"] * busy["factor"]), **GOAL)
    assert same["required_agents"].tolist() == busy["required_agents"].tolist()


def test_goals_that_cannot_be():
    with pytest.raises(ValueError, match="give at least one goal"):
        day.required_agents(HOURS, interval=1800)
    with pytest.raises(InfeasibleError, match="row 0: no number of agents"):
        day.required_agents(HOURS, service_level=1.0, interval=1800)
    with pytest.raises(ValueError, match="days must be > 0 and < 1"):
        day.required_agents(HOURS, **GOAL, day_cv=0.1, days=1)


def test_the_formula_stands_beside():
    hours = HOURS.assign(agents=[24, 36, 56, 46, 0, 20])
    compared = day.compare(hours, interval=1800, patience=300)
    load = erlang.load(HOURS["calls"], HOURS["aht"])
    expected = erlang.service_level(
        hours["agents"], load, aht=600, threshold=20, patience=300
    ).where(HOURS["calls"] > 0)
    np.testing.assert_allclose(compared["service_level_stationary"], expected, rtol=1e-12)
    np.testing.assert_allclose(
        compared["service_level_difference"],
        compared["service_level"] - compared["service_level_stationary"],
    )
    assert compared["service_level_difference"].abs().max() > 0.05


def test_the_picture_is_drawn():
    pytest.importorskip("matplotlib")
    hours = HOURS.assign(agents=[24, 36, 56, 46, 1, 20])
    figure = day.chart(day.compare(hours, interval=1800))
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Service level",
        "Callers waiting",
    ]
    image = io.BytesIO()
    figure.savefig(image)
    assert image.getvalue()[:4] == b"\x89PNG"
