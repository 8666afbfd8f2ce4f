"""Few shifts: a proven optimum, and the curve of costs against their number."""

from __future__ import annotations

import planning
import pytest
from callstats import shifts

pytest.importorskip("highspy")


def test_a_proven_optimum():
    case = planning.instances("design")[0]
    found = shifts.design(
        planning.slots(case),
        starts=case["starts_s"],
        lengths=case["lengths_s"],
        shift_cost=case["shift_cost"],
        under=case["under"],
        over=case["over"],
        paid=0,
    )
    assert found.objective == case["objective"]
    assert found.bound <= found.objective
    assert len(found.shifts) == case["distinct"]
    away = found.cover["required_agents"] - found.cover["scheduled"]
    assert found.objective == 4 * len(found.shifts) + away.abs().sum()


def test_more_shifts_cost_no_more():
    day = planning.requirement((1, 3, 5, 6, 5, 4, 4, 2))
    curve = [
        shifts.design(
            day, starts=range(28800, 46800, 3600), lengths=["3h", "4h"], most=most, paid=0
        )
        for most in (1, 2, 3, 4)
    ]
    costs = [each.objective for each in curve]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]
    assert [len(each.shifts) for each in curve[:2]] == [1, 2]
    assert all(each.shifts["agents"].max() <= 6 for each in curve)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"most": 0}, "most must be a whole number from 1"),
        ({"over": -1}, "over must be >= 0 and finite"),
        ({"lengths": ["90min"]}, "lengths: .* no whole number of slots"),
    ],
)
def test_bad_input_is_named(change, message):
    given = {"starts": ["08:00"], "lengths": ["4h"]} | change
    with pytest.raises(ValueError, match=message):
        shifts.design(planning.requirement(), **given)
