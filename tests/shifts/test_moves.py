"""Moves of one agent: what they change is what the plan made of them shows."""

from __future__ import annotations

import pandas as pd
import planning
import pytest
from callstats import day, shifts
from callstats.shifts import service
from callstats.shifts.moves import moves

pytest.importorskip("highspy")

TEA = {"break": "tea", "earliest": "0h", "latest": "1h", "length": "30min", "paid": True}


@pytest.fixture
def plans(monkeypatch):
    """Plans that a search looked at, with a break each."""
    seen = []
    whole = service.ServiceTask._result

    def watched(task, solution, staffing):
        seen.append(staffing)
        return whole(task, solution, staffing)

    monkeypatch.setattr(service.ServiceTask, "_result", watched)
    shifts.cover_service(
        planning.half_hours(),
        planning.short_types(),
        service_level=0.7,
        patience=300,
        breaks=pd.DataFrame([TEA]),
    )
    return seen


def test_moves_change_presence_as_they_say_and_cost_nothing(plans):
    (plan,) = plans
    found = list(moves(plan))
    assert {move.before == move.after for move in found} == {True, False}
    for move in found:
        other = move.of(plan)
        assert other is not None
        assert (other.scheduled() - plan.scheduled() == move.change).all()
        assert other.cost() == plan.cost()
        assert other.agents.sum() == plan.agents.sum()


def test_a_mended_plan_is_confirmed_and_cheaper(monkeypatch):
    ask = {"service_level": 0.8, "threshold": 20, "patience": 300, "floor": 0.7}
    made = (planning.half_hours(), planning.short_types())
    breaks = pd.DataFrame([TEA])
    found = shifts.cover_service(*made, **ask, breaks=breaks, rounds=1)
    monkeypatch.setattr(service, "_MENDED", 0)
    without = shifts.cover_service(*made, **ask, breaks=breaks, rounds=1)
    assert found.paid_hours <= without.paid_hours
    seen = day.evaluate(found.cover, agents="scheduled", patience=300)
    assert (seen["answered_within"] >= 0.7 * seen["offered"] - 1e-6).all()
