"""The goal over the whole day: a proven optimum, and plans that the exact day confirms."""

from __future__ import annotations

import numpy as np
import planning
import pytest
from callstats import day, shifts
from callstats.errors import InfeasibleError

pytest.importorskip("highspy")


def confirmed(found, goal, floor, **queue):
    """The service of the schedule, evaluated anew."""
    seen = day.evaluate(found.cover, agents="scheduled", **queue)
    share = seen["answered_within"] / seen["offered"]
    assert seen["answered_within"].sum() >= (goal - 1e-9) * seen["offered"].sum()
    assert share.min() >= floor - 1e-9
    np.testing.assert_allclose(seen["answered_within"], found.service["answered_within"])


def test_a_proven_optimum():
    case = planning.instances("cover_service")[0]
    answer = case["answers"][1]
    found = shifts.cover_service(**planning.day_of(case))
    assert found.paid_hours <= answer["paid_hours"]
    assert found.bound <= answer["paid_hours"]
    assert found.status == "optimal"
    confirmed(found, 0.8, 0.6, patience=case["patience_s"], threshold=20)
    part = found.plan["agents"][found.plan["paid_hours"] == 4 * found.plan["agents"]].sum()
    assert part <= 0.2 * found.plan["agents"].sum()


@pytest.mark.parametrize("floor", [0.0, 0.5, 0.75])
def test_every_plan_is_confirmed_and_costs_less_than_interval_by_interval(floor):
    hours = planning.half_hours()
    ask = {"service_level": 0.8, "threshold": 30, "patience": 240, "floor": floor}
    found = shifts.cover_service(hours, planning.short_types(), **ask)
    confirmed(found, 0.8, floor, patience=240, threshold=30)
    needed = day.required_agents(hours, service_level=0.8, threshold=30, patience=240)
    each = shifts.cover(needed, planning.short_types())
    assert found.bound <= found.paid_hours <= each.paid_hours


def test_impatient_callers_have_no_proven_bound():
    ask = {"service_level": 0.7, "patience": 60}
    found = shifts.cover_service(planning.half_hours(), planning.short_types(), **ask)
    assert np.isnan(found.bound)
    confirmed(found, 0.7, 0.6, patience=60)


def test_if_no_round_passes_the_plan_covers_each_interval(monkeypatch):
    from callstats.shifts import service

    monkeypatch.setattr(service.ServiceTask, "_cheaper", lambda *_: False)
    ask = {"service_level": 0.8, "patience": 300}
    found = shifts.cover_service(planning.half_hours(), planning.short_types(), **ask, rounds=1)
    confirmed(found, 0.8, 0.6, patience=300)


def test_what_cannot_be_is_named():
    late = planning.short_types()[2:]
    with pytest.raises(
        InfeasibleError, match=r"cannot give the service.*2026-03-02 08:00: .* short of"
    ):
        shifts.cover_service(planning.half_hours(), late, service_level=0.8, patience=300)
    few = planning.short_types().assign(maximum=1)
    with pytest.raises(InfeasibleError, match=r"calls short of the goal 0.8"):
        shifts.cover_service(planning.half_hours(), few, service_level=0.8, patience=300, floor=0)


def test_no_intervals_are_an_empty_plan():
    found = shifts.cover_service(
        planning.half_hours()[:0], planning.short_types(), service_level=0.8
    )
    assert (found.paid_hours, found.status) == (0.0, "optimal")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"service_level": 1.0}, "service_level must be > 0 and < 1"),
        ({"floor": -0.1}, "floor must be >= 0 and < 1"),
        ({"aht": "handle"}, "intervals has no column 'handle'"),
        ({"minimum": -1}, "minimum must be known, and from 0"),
        ({"patience": float("nan")}, "patience must be known in every interval"),
    ],
)
def test_bad_input_is_named(change, message):
    given = {"service_level": 0.8} | change
    with pytest.raises(ValueError, match=message):
        shifts.cover_service(planning.half_hours(), planning.short_types(), **given)
