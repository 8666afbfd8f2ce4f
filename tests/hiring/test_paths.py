"""Heads to come: proven optima, the chance of a shortage, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import planning
import pytest
from callstats import hiring

every = pytest.mark.parametrize(
    "case", planning.instances("headcount"), ids=lambda case: case["name"]
)


def asked(case):
    return {
        "attrition": case["hazard_by_tenure"],
        "effectiveness": case["effectiveness_by_tenure"],
        "periods": case["periods"],
    }


@every
def test_paths_by_direct_arithmetic(case):
    staff = pd.DataFrame(case["tenured"])
    idle = hiring.path(staff, **asked(case))
    np.testing.assert_allclose(idle["effective"], case["effective_without_hiring"], atol=1e-6)
    np.testing.assert_allclose(idle["heads"], case["heads_without_hiring"], atol=1e-6)
    hired = hiring.path(staff, **asked(case), hires=case["hires_example"])
    np.testing.assert_allclose(hired["effective"], case["effective_with_example"], atol=1e-6)


@every
def test_proven_optima(case):
    pytest.importorskip("highspy")
    found = hiring.plan(
        pd.DataFrame(case["tenured"]),
        **asked(case),
        need=case["need"],
        class_size=case["class_size"],
        most_classes=case["most_classes"],
        period_cost=case["month_cost"],
        shortage_cost=case["shortage_cost"],
    )
    about = found.attrs["callstats"]
    assert about["objective"] == pytest.approx(case["objective"], abs=1e-6)
    assert about["bound"] <= about["objective"]
    assert about["status"] == "optimal"
    costs = (case["periods"] - found["period"]) * found["hires"] * case["month_cost"]
    assert about["objective"] == pytest.approx(costs.sum() + 20 * found["shortfall"].sum())


def test_the_chance_of_a_shortage_is_that_of_many_draws():
    staff = pd.DataFrame({"agents": [12, 9], "tenure": [5, 0]})
    career = {"attrition": [0.3, 0.2, 0.1], "effectiveness": [0.25, 0.5]}
    found = hiring.path(staff, **career, periods=4, need=14.0)
    draw = np.random.default_rng(3)
    old = np.full(200_000, 12)
    new = np.full(200_000, 9)
    work = [0.25, 0.5, 1.0, 1.0]
    for period in range(4):
        below = (old + new * work[period] < 14 - 1e-9).mean()
        assert found["short_probability"][period] == pytest.approx(below, abs=0.004)
        old = draw.binomial(old, 0.9)
        new = draw.binomial(new, 1 - [0.3, 0.2, 0.1, 0.1][period])


def test_many_people_are_normal():
    staff = pd.DataFrame({"agents": [300.5], "tenure": [9]})
    found = hiring.path(staff, attrition=0.05, effectiveness=1, periods=3, need=275.0)
    z = (275 - found["effective"][2]) / found["sd"][2]
    assert found["sd"][2] == pytest.approx(np.sqrt(300.5 * 0.9025 * 0.0975))
    assert found["short_probability"][2] == pytest.approx(0.5 * (1 + np.tanh(0.7988 * z)), abs=0.03)
    assert found["short_probability"][0] == 0


def test_the_last_period_that_helps_and_a_lead():
    pytest.importorskip("highspy")
    ask = {"attrition": 0.03, "effectiveness": [0, 0], "periods": 6, "class_size": 4}
    ask |= {"most_classes": 9, "period_cost": 0.1, "shortage_cost": 50}
    found = hiring.plan(pd.DataFrame({"agents": [45], "tenure": [9]}), need=46, **ask, lead=2)
    assert found.attrs["callstats"]["last_period_that_helps"] == 3
    assert (found["classes"][:2] == 0).all()
    assert found["classes"][2:].sum() > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attrition": [0.1, 1.2]}, r"attrition must be between 0 and 1; got 1.2 at position 1"),
        ({"effectiveness": -0.1}, "effectiveness must be >= 0 and finite; got -0.1"),
        ({"periods": 0}, "periods must be a whole number from 1"),
        ({"hires": [1, 2]}, "hires must be one number, or one for each of 4 periods"),
        ({"staff": planning.staff().assign(agents=[1, -2])}, "agents must be a finite"),
        ({"staff": planning.staff().assign(tenure=[1, 0.5])}, "tenure must be whole, from 0"),
    ],
)
def test_bad_input_is_named(change, message):
    given = {"staff": planning.staff(), **planning.CAREER, "periods": 4} | change
    with pytest.raises(ValueError, match=message):
        hiring.path(**given)
