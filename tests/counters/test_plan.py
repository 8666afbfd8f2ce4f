"""Open counters: proven optima, ties, the day under way, and bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import planning
import pytest
from callstats import counters, day, erlang
from callstats.errors import InfeasibleError


@pytest.mark.parametrize("case", planning.instances("counters"), ids=lambda case: case["name"])
def test_proven_optima(case):
    found = counters.plan(
        loss=case["loss"],
        minimum=case["minimum"],
        maximum=case["maximum"],
        total=case["total_open"],
        change_cost=case["change_cost"],
        dwell=case["dwell"],
        step=case["step"],
    )
    assert found.attrs["callstats"]["objective"] == case["objective"]
    assert found["open"].sum() <= (case["total_open"] or np.inf)
    assert found["change"].abs().max() <= case["step"]


def best_by_enumeration(loss, *, total, change_cost, dwell, step, start):
    """The least cost of all plans, one by one."""
    found = np.inf
    slots, levels = loss.shape
    for plan in itertools.product(range(levels), repeat=slots):
        if total is not None and sum(plan) + slots > total:
            continue
        before, age = (plan[0], 0) if start is None else (start[0] - 1, start[1])
        price, fits = 0.0, True
        for slot, level in enumerate(plan):
            moved = level != before
            first = slot == 0 and start is None
            if moved and not first:
                fits &= age >= dwell and abs(level - before) <= step
                price += change_cost * abs(level - before)
            age = 1 if moved or first else age + 1
            before = level
            price += loss[slot, level]
        if fits:
            found = min(found, price)
    return found


def test_random_plans_are_as_good_as_the_best_of_all():
    draw = np.random.default_rng(5)
    for _ in range(40):
        loss = draw.integers(0, 9, (5, 4)).astype(float)
        total = None if draw.random() < 0.3 else int(draw.integers(6, 20))
        cost, dwell = float(draw.integers(0, 3)), int(draw.integers(1, 4))
        step = int(draw.integers(1, 4))
        begun = (int(draw.integers(1, 5)), int(draw.integers(0, 4)))
        start = None if draw.random() < 0.5 else begun
        ask = {"total": total, "change_cost": cost, "dwell": dwell, "step": step, "start": start}
        best = best_by_enumeration(loss, **ask)
        if np.isinf(best):
            with pytest.raises(InfeasibleError):
                counters.plan(loss=loss, minimum=1, maximum=4, **ask)
            continue
        found = counters.plan(loss=loss, minimum=1, maximum=4, **ask)
        assert found.attrs["callstats"]["objective"] == pytest.approx(best, abs=1e-9)


def test_of_equal_plans_the_fewest_changes_then_the_least_staff():
    loss = np.zeros((4, 3))
    assert counters.plan(loss=loss, minimum=2, maximum=4)["open"].tolist() == [2] * 4
    loss[2] = [5, 0, 0]
    assert counters.plan(loss=loss, minimum=2, maximum=4)["open"].tolist() == [3] * 4


def test_the_loss_is_who_waits_too_long_by_the_formula_and_by_the_day():
    hall = planning.hall()
    found = counters.plan(hall, interval=1800, minimum=4, maximum=4, threshold="5min")
    load = hall["calls"] * 480 / 1800
    late = hall["calls"] * erlang.wait_survival(4, load, aht=480, after=300)
    np.testing.assert_allclose(found["loss"], late, rtol=1e-12)
    exact = day.evaluate(hall.assign(agents=4), interval=1800, threshold=300)
    np.testing.assert_allclose(found["late"], exact["waiting_after"], rtol=1e-9)


def test_rows_count_by_their_time():
    hall = planning.hall().assign(start=pd.date_range("2026-03-02 09:00", periods=6, freq="30min"))
    ask = {"minimum": 2, "maximum": 10, "change_cost": 0.3, "dwell": 2}
    expected = counters.plan(hall, **ask)
    shuffled = counters.plan(hall.iloc[[3, 0, 5, 1, 4, 2]], **ask)
    pd.testing.assert_frame_equal(shuffled.sort_index(), expected)


def test_no_slots_are_a_plan_of_none():
    assert counters.plan(planning.hall()[:0], interval=1800, minimum=1, maximum=2).empty
    assert counters.plan(loss=np.zeros((0, 2)), minimum=1, maximum=2).empty


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"total": 5}, "the minimum takes 6 staff slots, and total is 5"),
        ({"start": (9, 1), "step": 2}, "no allowed number of counters can follow start=.9, 1."),
    ],
)
def test_plans_that_cannot_be_say_why(ask, message):
    with pytest.raises(InfeasibleError, match=message):
        counters.plan(loss=np.zeros((3, 2)), minimum=2, maximum=3, **ask)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"maximum": 1}, r"maximum must be at least minimum; got 1 at position 0 \(3 bad of 3\)"),
        ({"minimum": 1.5}, "minimum must be whole, from 0 to 10,000; got 1.5"),
        ({"change_cost": -1}, "change_cost must be >= 0 and finite; got -1"),
        ({"dwell": 0}, "dwell must be a whole number from 1"),
        ({"loss": [[1, 2], [3]]}, "loss must have rows of one length"),
        ({"loss": [[1, np.inf]] * 3}, r"loss must be finite; got inf at position \[0, 1\]"),
        ({"loss": [[1, 2, 3]] * 3}, "loss must have 3 rows and 2 columns, one for each number"),
    ],
)
def test_bad_input_is_named(ask, message):
    given = {"loss": np.zeros((3, 2)), "minimum": 2, "maximum": 3} | ask
    with pytest.raises((ValueError, TypeError), match=message):
        counters.plan(**given)
