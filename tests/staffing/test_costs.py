"""What service costs: the curve of one interval, and the cheapest agents of many."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import erlang, staffing
from callstats.errors import InfeasibleError, InvalidDataError

pytestmark = pytest.mark.frames

CASES = [
    case
    for case in json.loads(
        (Path(__file__).parents[1] / "reference" / "last_systems.json").read_text(encoding="utf-8")
    )["cases"]
    if case["kind"] == "cost"
]
CALLS = {"calls": 250, "aht": 210, "patience": 180, "threshold": 20, "agent_hour": 24}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_reference(case):
    given = {name: float(value) for name, value in case["input"].items()}
    expected = dict(case["expect"])
    points = expected.pop("curve")
    curve = staffing.cost_of_service(**given, threshold=20)
    best = curve[curve["best"]].iloc[0]
    for name, value in expected.items():
        assert best[name] == pytest.approx(float(value), rel=1e-11), name
    agents = [point["agents"] for point in points]
    shown = staffing.cost_of_service(**given, threshold=20, agents=agents)
    totals = [point["total_cost"] for point in points]
    np.testing.assert_allclose(shown["total_cost"], totals, rtol=1e-11)
    day = pd.DataFrame({name: [value] for name, value in given.items()})
    planned = staffing.cheapest_plan(day, **{n: n for n in given if n not in {"calls", "aht"}})
    assert planned["cheapest_agents"][0] == expected["agents"]
    assert planned["total_cost"][0] == pytest.approx(expected["total_cost"], rel=1e-11)


def test_every_number_of_agents_is_best_for_the_values_between_its_limits():
    curve = staffing.cost_of_service(**CALLS, lost_call=3, agents=range(40))
    limits = curve[["implied_lost_call_low", "implied_lost_call_high"]].to_numpy()
    np.testing.assert_allclose(limits[1:, 0], limits[:-1, 1], rtol=1e-9)
    assert limits[0, 0] == 0
    for row in (0, 5, 22, 30, 35):
        value = math.sqrt(max(limits[row, 0], 1e-3) * limits[row, 1])
        best = staffing.cost_of_service(**CALLS, lost_call=value, agents=range(45))
        assert best["agents"][best["best"].to_numpy()].tolist() == [row]


def test_the_next_point_of_service_level_costs_an_agent_over_its_points():
    curve = staffing.cost_of_service(**CALLS, lost_call=3, agents=range(28, 34))
    points = 100 * np.diff(curve["service_level"])
    np.testing.assert_allclose(curve["marginal_cost"][:-1], 12 / points, rtol=1e-12)
    assert (np.diff(curve["marginal_cost"]) > 0).all()


@pytest.mark.parametrize("patience", [0.0, 60.0, 180.0, math.inf])
def test_the_cheapest_is_the_least_of_all(patience):
    random = np.random.default_rng(5)
    rows = 60
    day = pd.DataFrame(
        {
            "calls": np.round(random.lognormal(3, 1.5, rows)),
            "aht": random.uniform(60, 600, rows),
            "value": random.lognormal(1, 1, rows),
            "minute": random.lognormal(-1, 1, rows),
        }
    )
    planned = staffing.cheapest_plan(
        day, patience=patience, agent_hour=20, lost_call="value", wait_minute="minute", interval=900
    )
    for row in day.itertuples():
        curve = staffing.cost_of_service(
            calls=row.calls,
            aht=row.aht,
            interval=900,
            patience=patience,
            threshold=20,
            agent_hour=20,
            lost_call=row.value,
            wait_minute=row.minute,
            agents=range(1200),
        )
        best = curve[curve["best"]].iloc[0]
        assert planned["cheapest_agents"][row.Index] == best["agents"]
        assert planned["total_cost"][row.Index] == best["total_cost"]


def test_goals_are_priced():
    day = pd.DataFrame({"calls": [250.0, 0.0, 40.0], "aht": [210.0, np.nan, 300.0]})
    goals = {"service_level": 0.8, "threshold": 20}
    planned = staffing.cheapest_plan(
        day, patience=180, agent_hour=24, lost_call=3, interval=1800, shrinkage=0.25, **goals
    )
    required = staffing.plan(day, patience=180, interval=1800, **goals)["required_agents"]
    assert planned["required_agents"].tolist() == required.tolist()
    assert planned["cheapest_agents"][1] == 0
    assert (planned["extra_cost"] >= 0).all()
    paid = planned["cheapest_agents"] * 24 / 0.75 / 2
    np.testing.assert_allclose(planned["agent_cost"], paid, rtol=1e-13)
    for row in (0, 2):
        low, high = planned.loc[row, ["implied_lost_call_low", "implied_lost_call_high"]]
        worth = staffing.cheapest_plan(
            day.iloc[[row]],
            patience=180,
            agent_hour=24,
            lost_call=(low + high) / 2,
            interval=1800,
            shrinkage=0.25,
        )
        assert worth["cheapest_agents"].tolist() == [required[row]]


def test_a_budget_buys_the_least_loss():
    day = pd.DataFrame({"calls": [30.0, 20.0, 5.0], "aht": 200.0, "value": [2.0, 6.0, 30.0]})
    given = {"patience": 120, "agent_hour": 20, "lost_call": "value", "interval": 1800}
    free = staffing.cheapest_plan(day, **given)
    assert staffing.cheapest_plan(day, **given, budget=1e6).equals(free)
    # All ways to share out up to eight agents.
    costs = [
        [
            row.calls * erlang.abandonment(n, row.calls / 9, aht=200, patience=120) * row.value
            for n in range(9)
        ]
        for row in day.itertuples()
    ]
    for budget in range(0, 81, 10):
        planned = staffing.cheapest_plan(day, **given, budget=budget)
        most = budget // 10
        least = min(
            costs[0][a] + costs[1][b] + costs[2][c]
            for a in range(most + 1)
            for b in range(most + 1 - a)
            for c in range(most + 1 - a - b)
        )
        assert planned["agent_cost"].sum() <= budget
        assert planned["lost_cost"].sum() == pytest.approx(least, rel=1e-12)


def test_faults_are_named():
    with pytest.raises(InvalidDataError, match="wait_minute must be > 0 where patience is infin"):
        staffing.cost_of_service(**CALLS | {"patience": math.inf}, lost_call=3)
    for name in ("lost_call", "wait_minute", "agent_hour"):
        with pytest.raises(ValueError, match=rf"{name} must be >=? 0 and finite; got -1"):
            staffing.cost_of_service(**CALLS | {name: -1.0})
    with pytest.raises(ValueError, match=r"agents must be whole and >= 0; got 2\.5 at position 1"):
        staffing.cost_of_service(**CALLS, lost_call=1, agents=[2, 2.5])
    day = pd.DataFrame({"calls": [10.0, 20.0], "aht": 200.0, "value": [1.0, -2.0]})
    given = {"agent_hour": 20, "interval": 1800}
    with pytest.raises(ValueError, match=r"lost_call must be >= 0 and finite; got -2\.0 at pos"):
        staffing.cheapest_plan(day, **given, lost_call="value", patience=60)
    with pytest.raises(InvalidDataError, match=r"at position 0 \(2 of 2\)"):
        staffing.cheapest_plan(day, **given)
    with pytest.raises(InfeasibleError, match="budget must be at least 50, the pay of the fewest"):
        staffing.cheapest_plan(day, **given, wait_minute=1, budget=49)
    with pytest.raises(ValueError, match=r"budget must be >= 0 and finite; got -1"):
        staffing.cheapest_plan(day, **given, wait_minute=1, budget=-1)


def test_what_is_missing_stays_missing():
    day = pd.DataFrame({"calls": [10.0, np.nan], "aht": 200.0})
    planned = staffing.cheapest_plan(
        day, agent_hour=20, lost_call=4, patience=60, interval=1800, budget=60, asa=20
    )
    assert planned.iloc[0].drop("service_level").notna().all()
    assert planned.iloc[1, 2:].isna().all()
    empty = staffing.cheapest_plan(
        day.iloc[:0], agent_hour=20, lost_call=4, patience=60, interval=9
    )
    assert len(empty) == 0
    assert "total_cost" in empty


@pytest.mark.parametrize("redial", [0.3, 0.8])
def test_redials_bring_load_and_lose_fewer(redial):
    given = {"calls": 60, "aht": 240, "patience": 120, "threshold": 20, "agent_hour": 20}
    curve = staffing.cost_of_service(
        **given, lost_call=4, wait_minute=0.1, redial=redial, agents=range(40)
    )
    agents, load = np.arange(40), 60 * 240 / 1800
    more = erlang.load_with_redials(agents, load, aht=240, patience=120, redial=redial)
    attempts = 60 * more / load
    lost = attempts * erlang.abandonment(agents, more, aht=240, patience=120) * (1 - redial)
    np.testing.assert_allclose(curve["lost_cost"], 4 * lost, rtol=1e-12)
    waits = attempts * erlang.mean_wait(agents, more, aht=240, patience=120) / 60
    np.testing.assert_allclose(curve["wait_cost"], 0.1 * waits, rtol=1e-12)
    best = curve["agents"][curve["best"].to_numpy()].iloc[0]
    planned = staffing.cheapest_plan(
        pd.DataFrame({"calls": [60.0], "aht": 240.0}),
        patience=120,
        agent_hour=20,
        lost_call=4,
        wait_minute=0.1,
        redial=redial,
        interval=1800,
        service_level=0.8,
        threshold=20,
    )
    assert planned["cheapest_agents"].tolist() == [best]
    enough = curve["agents"][curve["service_level"] >= 0.8].min()
    assert planned["required_agents"].tolist() == [enough]


MEASURED = erlang.Patience([0, 5, 60, 65], [0.001, 0.0005, 0.2, 0.001])


@pytest.mark.parametrize(
    ("model", "minute"),
    [({"patience": MEASURED}, 0.0), ({"patience": MEASURED}, 2.0), ({"load_cv": 0.3}, 0.1)],
)
def test_other_models_are_priced_the_same_way(model, minute):
    system = {"patience": 180} | model
    given = {"calls": 120, "aht": 240, "threshold": 20, "agent_hour": 20, **system}
    curve = staffing.cost_of_service(**given, lost_call=4, wait_minute=minute, agents=range(50))
    agents, load = np.arange(50), 120 * 240 / 1800
    lost = 120 * erlang.abandonment(agents, load, aht=240, **system)
    waits = 120 * erlang.mean_wait(agents, load, aht=240, **system) / 60
    np.testing.assert_allclose(curve["lost_cost"], 4 * lost, rtol=1e-12)
    np.testing.assert_allclose(curve["wait_cost"], minute * waits, rtol=1e-12)
    best = curve["agents"][curve["best"].to_numpy()].iloc[0]
    planned = staffing.cheapest_plan(
        pd.DataFrame({"calls": [120.0], "aht": 240.0}),
        agent_hour=20,
        lost_call=4,
        wait_minute=minute,
        interval=1800,
        service_level=0.8,
        threshold=20,
        **system,
    )
    assert planned["cheapest_agents"].tolist() == [best]
    goals = {"service_level": 0.8, "threshold": 20}
    required = staffing.required_agents(load, aht=240, **system, **goals)
    assert planned["required_agents"].tolist() == [required]
    limits = curve[["implied_lost_call_low", "implied_lost_call_high"]].dropna().to_numpy()
    np.testing.assert_allclose(limits[1:, 0], limits[:-1, 1], rtol=1e-7)


def test_redials_are_not_joined_with_other_models():
    with pytest.raises(ValueError, match=r"redial must be 0 with load_cv; got 0\.2"):
        staffing.cost_of_service(**CALLS, lost_call=3, redial=0.2, load_cv=0.1)
    with pytest.raises(ValueError, match="redial must be 0 with a measured patience"):
        staffing.cost_of_service(**CALLS | {"patience": MEASURED}, lost_call=3, redial=0.2)
