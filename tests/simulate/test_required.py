"""The cheapest staffing by simulation: against all plans, and what it answers to bad questions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from callstats import simulate, staffing
from callstats.errors import InfeasibleError
from callstats.simulate import CallType, Group, Model, Route, Shift

RUN = {"horizon": "3h", "warm_up": "30min", "replications": 40, "precision": 0.01}


def random_centre(rng: np.random.Generator) -> tuple[Model, dict, dict]:
    """Two or three groups, some of which serve several types; goals and costs."""
    count = int(rng.integers(2, 4))
    groups = [f"g{k}" for k in range(count)]
    kinds, goals = [], {}
    for k in range(count):
        name = f"t{k}"
        kinds.append(
            CallType(
                name,
                calls=float(rng.uniform(15, 60)),
                talk=simulate.LogNormal(float(rng.uniform(120, 260)), 100),
                patience=float(rng.uniform(90, 300)),
            )
        )
        goals[name] = {"service_level": float(rng.choice([0.7, 0.8, 0.9]))}
        if rng.random() < 0.3:
            goals[name]["abandonment"] = 0.06
    routing = {f"t{k}": [f"g{k}", *(["g0"] if k else [])] for k in range(count)}
    costs = {name: float(rng.choice([1.0, 1.1, 1.3])) for name in groups}
    costs["g0"] += 0.2
    return Model(kinds, dict.fromkeys(groups, 1), routing), goals, costs


def check_against_all(seed: int) -> None:
    """No plan that is cheaper by more than 2 % meets the goals with both kinds of callers."""
    model, goals, costs = random_centre(np.random.default_rng(seed))
    found = simulate.required_agents(model, goals=goals, costs=costs, seed=seed, **RUN)
    assert found.goals["met"].all()
    from callstats.simulate import required

    wanted = required.read_goals(goals, model)
    plan = required.make_plan(
        model,
        horizon=RUN["horizon"],
        intervals=None,
        staffing=None,
        interval=None,
        warm_up=RUN["warm_up"],
        freq=None,
        columns=required.COLUMNS,
    )
    places = required._places(model)
    centre = required._Centre(model, plan, places, wanted, 40, 0.01, 0.95, seed, None, 0)
    prices = required._prices(model, places, costs)
    most = found.cost * 0.98
    bad: list[tuple[int, ...]] = []
    ranges = [range(int(most / price) + 1) for price in prices]
    plans = [each for each in product(*ranges) if np.dot(each, prices) < most]
    # The dearest first: what lies below a plan that fails fails too.
    for numbers in sorted(plans, key=lambda each: -np.dot(each, prices)):
        if any(all(a <= b for a, b in zip(numbers, other, strict=True)) for other in bad):
            continue
        if all(each.met for each in centre.fresh(numbers)):
            assert not centre.meets(numbers), (numbers, found.agents)
        else:
            bad.append(numbers)


@pytest.mark.parametrize("seed", [6, 9, 11])
def test_no_plan_is_cheaper(seed):
    check_against_all(seed)


def test_one_queue_is_the_formula():
    kind = CallType("calls", calls=100, talk=180, patience=240)
    found = simulate.required_agents(
        Model(kind, 1),
        goals={"calls": {"service_level": 0.8}},
        horizon="20h",
        warm_up="1h",
        replications=60,
        seed=1,
    )
    exact = staffing.required_agents(10, aht=180, service_level=0.8, threshold=20, patience=240)
    assert found.agents["agents"].tolist() == [exact]
    assert found.cost == exact
    assert found.model.groups[0].agents == exact


def test_the_answer_does_not_depend_on_threads():
    model, goals, costs = random_centre(np.random.default_rng(5))
    one, two = (
        simulate.required_agents(
            model, goals=goals, costs=costs, seed=3, threads=threads, horizon="1h", replications=20
        )
        for threads in (1, 2)
    )
    assert one.agents.equals(two.agents)
    assert one.goals.equals(two.goals)


def test_shifts_get_agents_and_periods_count():
    calls = [10, 40, 60, 40, 30, 10, 10, 10]
    day = [Shift(0, "2h"), Shift("1h", "3h"), Shift("2h", "4h")]
    model = Model(CallType("calls", calls, talk=200, patience=200), Group("desk", day))
    found = simulate.required_agents(
        model,
        goals={"calls": {"service_level": 0.8, "periods": 0.7}},
        freq="30min",
        replications=40,
        seed=1,
    )
    assert found.agents["start"].tolist() == [0, 3600, 7200]
    assert found.cost == 2 * found.agents["agents"].sum()
    told = found.goals.iloc[0]
    assert told["periods"] == 0.7 <= told["mean"]
    # The load of the busiest half hour is 6.7 erlangs, and nobody works in both other shifts.
    assert found.agents["agents"].iloc[:2].sum() >= 6
    assert found.agents["agents"].idxmax() == 1


def test_a_cheaper_group_is_preferred():
    kind = CallType("calls", calls=60, talk=200, patience=200)
    model = Model(kind, {"dear": 1, "cheap": 1})
    found = simulate.required_agents(
        model,
        goals={"all": {"service_level": 0.8, "mean_wait": 30}},
        costs={"dear": 2, "cheap": 1},
        horizon="2h",
        replications=20,
        seed=1,
    )
    assert found.agents.set_index("group")["agents"]["dear"] == 0


CALLS = Model(CallType("calls", calls=60, talk=200, patience=200), {"a": 1, "b": 1})
GOOD = {"goals": {"calls": {"service_level": 0.8}}, "horizon": "1h", "seed": 1, "replications": 10}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"goals": {"call": {"service_level": 0.8}}}, ValueError, "nearest: 'calls'"),
        ({"goals": {"calls": {"level": 0.8}}}, ValueError, "must be of abandonment, asa, block"),
        ({"goals": {"calls": {"service_level": 1.0}}}, ValueError, "below 1"),
        ({"goals": {"calls": {}}}, TypeError, "must map measures to numbers"),
        ({"goals": {}}, TypeError, "must map call types"),
        ({"costs": {"a": 1}}, ValueError, "'b' is missing"),
        ({"costs": {"c": 1}}, ValueError, "'c', not a group"),
        ({"minimum": 5, "maximum": 3}, ValueError, "minimum must be <= maximum; got 5 and 3"),
        ({"minimum": {"c": 5}}, ValueError, "'c', not a group"),
        ({"maximum": 2}, InfeasibleError, "service_level of 'calls' is .*, must be >= 0.8"),
    ],
)
def test_bad_questions_are_answered_in_words(change, error, words):
    with pytest.raises(error, match=words):
        simulate.required_agents(CALLS, **{**GOOD, **change})


def test_numbers_by_interval_are_no_shifts():
    model = Model(CallType("calls", [60, 30], talk=200), Group("desk", [3, 4]))
    with pytest.raises(ValueError, match="leaves open which shifts there are"):
        simulate.required_agents(model, goals=GOOD["goals"], seed=1)


def test_forwarded_calls_need_agents_too():
    kinds = [
        CallType("first", calls=40, talk=120, patience=200, forward={"second": 0.5}),
        CallType("second", talk=300, patience=200),
    ]
    routing = {"first": [Route("desk")], "second": [Route("experts")]}
    found = simulate.required_agents(
        Model(kinds, {"desk": 1, "experts": 1}, routing),
        goals={name: {"service_level": 0.8} for name in ("first", "second")},
        horizon="4h",
        replications=30,
        seed=1,
    )
    assert found.agents["agents"].min() >= 3
    assert found.goals["met"].all()
