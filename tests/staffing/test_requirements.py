"""The fewest agents, the greatest load, the fewest lines."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from callstats import erlang, staffing
from hypothesis import given, settings
from hypothesis import strategies as st

LOAD = 250 * 210 / 1800
DEFINITIONS = (
    "offered",
    "answered",
    "exclude_abandoned_within",
    "count_abandoned_within",
    "virtual",
)
CRITERIA = {
    "service_level": "service_level",
    "mean_wait": "mean_wait",
    "abandonment": "abandonment",
    "occupancy": "occupancy",
    "blocking": "wait_probability",
    "p_wait": "wait_probability",
}


def inverse_rows() -> list[dict[str, str]]:
    path = Path(__file__).parents[1] / "reference" / "inverse_reference.csv"
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_the_table_is_exact():
    rows = inverse_rows()
    for row in rows:
        patience = {"B": 0.0, "C": np.inf}.get(row["model"]) if row["model"] != "A" else None
        goals = {CRITERIA[row["criterion"]]: float(row["target"])}
        if row["criterion"] == "service_level":
            goals["threshold"] = float(row["threshold_s"])
        got = staffing.required_agents(
            float(row["lambda_per_s"]) * float(row["aht_s"]),
            aht=float(row["aht_s"]),
            patience=float(row["patience_s"]) if patience is None else patience,
            **goals,
        )
        assert got == float(row["agents_min"]), row
    assert len(rows) == 150


@pytest.mark.parametrize(
    ("goal", "threshold", "agents"),
    [(0.8, 20, 34), (0.9, 20, 36), (0.95, 20, 38), (0.8, 15, 35), (0.9, 15, 36), (0.95, 15, 38)],
)
def test_staffing_of_the_golden_load(goal, threshold, agents):
    got = staffing.required_agents(LOAD, aht=210, service_level=goal, threshold=threshold)
    assert got == agents


def test_pooling_needs_fewer():
    sites = np.array([1, 2, 3, 4, 5])
    got = staffing.required_agents(LOAD / sites, aht=210, service_level=0.8, threshold=20)
    assert got.tolist() == [34, 19, 13, 11, 9]


def test_impatient_callers_need_fewer_than_the_load():
    calls = np.array([250, 2500, 25000])
    goals = {"aht": 210, "patience": 180, "service_level": 0.8, "threshold": 20}
    load = erlang.load(calls, 210)
    agents = staffing.required_agents(load, **goals)
    assert agents.tolist() == [32, 279, 2673]
    system = {"aht": 210, "patience": 180, "threshold": 20}
    reached = erlang.service_level(agents, load, **system)
    fewer = erlang.service_level(agents - 1, load, **system)
    np.testing.assert_allclose(reached, [0.838272, 0.812149, 0.802227], atol=5e-7)
    np.testing.assert_allclose(fewer, [0.791159, 0.797496, 0.798508], atol=5e-7)


def test_lines_for_the_trunk_load():
    trunks = erlang.trunk_load([30, 34, 36], LOAD, aht=210)
    assert staffing.required_lines(trunks, blocking=0.01).tolist() == [73, 43, 41]


def met(agents, load, goals, *, aht, patience, threshold, definition):
    if agents == 0 and load > 0 and patience == np.inf:
        return False
    if 0 < agents <= load and patience == np.inf:
        return False
    system = {"agents": agents, "load": load, "aht": aht, "patience": patience}
    for name, target in goals.items():
        if name == "service_level":
            value = erlang.service_level(**system, threshold=threshold, definition=definition)
            if not value >= target:
                return False
        elif not getattr(erlang, name)(**system) <= target:
            return False
    return True


goal_sets = st.fixed_dictionaries(
    {},
    optional={
        "service_level": st.floats(0.05, 0.999),
        "asa": st.floats(0.1, 300),
        "mean_wait": st.floats(0.1, 300),
        "abandonment": st.floats(1e-4, 0.9),
        "occupancy": st.floats(0.1, 0.99),
        "wait_probability": st.floats(1e-3, 0.95),
    },
).filter(bool)


@settings(max_examples=300)
@given(
    goals=goal_sets,
    load=st.floats(0.05, 60),
    times=st.fixed_dictionaries(
        {
            "aht": st.floats(10, 900),
            "patience": st.one_of(st.just(np.inf), st.just(0.0), st.floats(1, 3000)),
            "threshold": st.floats(0, 120),
            "definition": st.sampled_from(DEFINITIONS),
        }
    ),
)
def test_the_answer_is_the_first_that_meets_every_goal(goals, load, times):
    asked = {**times, **goals}
    got = staffing.required_agents(load, **asked)
    agents = 1.0
    while not met(agents, load, goals, **times):
        agents += 1
    assert got == agents
    fraction = staffing.required_agents(load, rounding=None, **asked)
    assert agents - 1 <= fraction <= agents * (1 + 1e-14)
    assert met(fraction, load, goals, **times)
    most = staffing.max_load(agents, **asked)
    assert most >= load * (1 - 1e-12)
    if 0 < most < np.inf:
        assert met(agents, most, goals, **times)
        assert not met(agents, most * (1 + 1e-9), goals, **times)


def test_a_tie_is_met_as_the_measure_says():
    two_lines = {"aht": 60, "threshold": 0, "patience": 0}
    assert erlang.service_level(2, 1.0, **two_lines) == 0.8
    assert staffing.required_agents(1.0, service_level=0.8, **two_lines) == 2
    assert staffing.required_lines(1.0, blocking=0.2) == 2


def test_a_mean_wait_of_the_patience_is_borne_at_any_load():
    most = staffing.max_load([1, 20], aht=10, patience=10, mean_wait=10)
    assert most.tolist() == [np.inf, np.inf]
    assert (erlang.mean_wait(1, [1e8, 1e16, 1e20], aht=10, patience=10) <= 10).all()


def test_zero_load_needs_nobody():
    for goals in ({"service_level": 1.0, "threshold": 0}, {"asa": 0}, {"occupancy": 0.0}):
        assert staffing.required_agents(0, aht=180, **goals) == 0
    assert staffing.required_lines(0, blocking=0) == 0


def test_calls_need_somebody_even_where_nobody_would_meet_the_goal():
    lax = {"mean_wait": 20, "patience": 5}
    assert staffing.required_agents(2, aht=180, **lax) == 1
    assert staffing.required_agents(2, aht=180, rounding=None, **lax) == 0
    assert staffing.required_agents([1e-9, 50], aht=180, abandonment=1).tolist() == [1, 51]
    assert staffing.required_agents(3, aht=180, wait_probability=1, patience=60) == 1
    assert staffing.required_lines(1, blocking=1) == 1


def test_what_nobody_can_meet_is_missing():
    nan = [
        {"service_level": 1.0, "threshold": 20},
        {"asa": 0},
        {"mean_wait": 0},
        {"occupancy": 0},
        {"wait_probability": 0},
        {"abandonment": 0, "patience": 60},
        {"service_level": 1.0, "threshold": np.inf, "patience": 60},
    ]
    for goals in nan:
        assert np.isnan(staffing.required_agents(10, aht=180, **goals)), goals
        assert staffing.max_load(10, aht=180, **goals) == 0, goals
    assert np.isnan(staffing.required_lines(10, blocking=0))
    # Exactly 1 can be had where nobody waits longer than for ever, or where waiting is not counted.
    always = [
        {"service_level": 1.0, "threshold": np.inf},
        {"abandonment": 0},
        {"service_level": 1.0, "threshold": np.inf, "patience": 60, "definition": "answered"},
        {"service_level": 1.0, "threshold": 0, "patience": 0, "definition": "answered"},
        {"asa": 0, "patience": 0},
    ]
    assert [staffing.required_agents(10, aht=180, **goals) for goals in always] == [11, 11, 1, 1, 1]


def test_without_patience_every_goal_needs_more_agents_than_load():
    for goals in ({"occupancy": 1.0}, {"abandonment": 0.5}, {"wait_probability": 1.0}):
        assert staffing.required_agents(10, aht=180, **goals) == 11
        assert staffing.required_agents(9.5, aht=180, **goals) == 10
        least = staffing.required_agents(10, aht=180, rounding=None, **goals)
        assert 10 < least < 10 * (1 + 1e-14)
        most = staffing.max_load(10, aht=180, **goals)
        assert 10 * (1 - 1e-14) < most < 10


def test_fractional_agents_meet_the_goal_just_so():
    least = staffing.required_agents(LOAD, aht=210, service_level=0.8, threshold=20, rounding=None)
    assert 33 < least < 34
    assert erlang.service_level(least, LOAD, aht=210, threshold=20) == pytest.approx(0.8, rel=1e-12)
    # Printed by Abstract Micro's library for Excel: 936 calls per 1800 s, AHT 180 s, 90 % in 10 s.
    got = staffing.required_agents(
        936 * 180 / 1800, aht=180, service_level=0.9, threshold=10, rounding=None
    )
    assert got == pytest.approx(104.679, abs=6e-4)


@pytest.mark.parametrize("load", [1e-300, 1e-6, 0.5, 1e3, 1e6, 1e9, 1e12])
@pytest.mark.parametrize("patience", [0.0, 1e-6, 60.0, 1e9, np.inf])
def test_searches_end_at_every_size(load, patience):
    goals = [
        {"service_level": 0.8, "threshold": 20},
        {"service_level": 1 - 2.0**-53, "threshold": 0},
        {"wait_probability": 1e-300},
        {"occupancy": 1e-9},
    ]
    if patience < np.inf:
        goals.append({"abandonment": 0.03})
    for goal in goals:
        for rounding in ("ceil", None):
            agents = staffing.required_agents(
                load, aht=180, patience=patience, rounding=rounding, **goal
            )
            assert agents >= 0
        assert staffing.max_load(max(agents, 1), aht=180, patience=patience, **goal) >= 0


def test_goals_may_be_columns():
    got = staffing.required_agents(
        [10.0, 10.0, np.nan], aht=180, service_level=[0.8, np.nan, 0.8], threshold="20s"
    )
    np.testing.assert_array_equal(got, [14, np.nan, np.nan])


def test_questions_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="at least one goal: service_level, asa"):
        staffing.required_agents(10, aht=180)
    with pytest.raises(ValueError, match="service_level needs threshold"):
        staffing.required_agents(10, aht=180, service_level=0.8)
    with pytest.raises(ValueError, match="rounding must be 'ceil' or None; got 'floor'"):
        staffing.required_agents(10, aht=180, asa=10, rounding="floor")
    with pytest.raises(ValueError, match="service_level must be between 0 and 1; got 80"):
        staffing.required_agents(10, aht=180, service_level=80, threshold=20)
    with pytest.raises(ValueError, match="definition must be"):
        staffing.required_agents(10, aht=180, asa=5, definition="best")


def test_definitions_ask_for_different_numbers():
    goals = {"aht": 180, "patience": 60, "service_level": 0.8, "threshold": 20}
    assert staffing.required_agents(100, **goals) == 90
    assert staffing.required_agents(100, definition="virtual", **goals) == 85


def test_gross_up_divides():
    assert staffing.gross_up(70, 0.3) == pytest.approx(100)
    with pytest.raises(ValueError, match="shrinkage must be >= 0 and < 1; got 30"):
        staffing.gross_up(70, 30)


def test_shrinkages_combine():
    assert staffing.combine_shrinkage(0.1, 0.2, 0.05) == pytest.approx(1 - 0.9 * 0.8 * 0.95)
    assert staffing.combine_shrinkage(0.1, 0.2, method="additive") == pytest.approx(0.3)
    assert staffing.combine_shrinkage() == 0
    assert staffing.combine_shrinkage(0.25) == 0.25
    np.testing.assert_allclose(staffing.combine_shrinkage([0.1, np.nan], 0.2), [0.28, np.nan])
    out = np.empty(2)
    assert staffing.combine_shrinkage([0.1, 0.3], 0.2, out=out) is out
    np.testing.assert_allclose(out, [0.28, 0.44])
    with pytest.raises(ValueError, match=r"shrinkage must be >= 0 and < 1; got 1.1"):
        staffing.combine_shrinkage(0.6, 0.5, method="additive")
    with pytest.raises(ValueError, match=r"shrinkage must be >= 0 and < 1; got 1.2"):
        staffing.combine_shrinkage(0.5, 1.2)
    with pytest.raises(ValueError, match="method must be"):
        staffing.combine_shrinkage(0.5, method="sum")
