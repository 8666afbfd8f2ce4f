"""Simulation: calls a second, statistics included, on one thread; and a planner's thousand days."""

from __future__ import annotations

import pytest

from callstats import simulate
from callstats.simulate import CallType, Model, Route

ONCE = {"rounds": 3, "iterations": 1, "warmup_rounds": 1}
#: Calls of the steady-state runs.
CALLS = 1_000_000


def one_queue(agents: int) -> Model:
    rate = 0.95 * agents / 200
    return Model(CallType("calls", rate, 1, talk=200, patience=180), agents)


def n_model() -> Model:
    types = [
        CallType("a", 0.36, 1, talk=190, patience=120),
        CallType("b", 0.20, 1, talk=190, patience=200),
    ]
    ways = {"a": [Route("first"), Route("second", priority=1)], "b": ["second"]}
    return Model(types, {"first": 60, "second": 50}, ways)


def ten_by_eight() -> Model:
    talk, patience = simulate.LogNormal(180, 120), simulate.Weibull(1.3, 150)
    types = [CallType(f"t{k}", 0.05, 1, talk=talk, patience=patience) for k in range(10)]
    ways = {f"t{k}": [f"g{(k + step) % 8}" for step in (0, 3, 5)] for k in range(10)}
    return Model(types, {f"g{k}": 12 for k in range(8)}, ways)


def everything() -> Model:
    """Ten types, eight groups, and every rule that costs time."""
    talk, patience = simulate.LogNormal(180, 120), simulate.Weibull(1.3, 150)
    types = [
        CallType(
            f"t{k}",
            0.035,
            1,
            talk=talk,
            acw=20,
            patience=patience,
            priority=k % 3,
            priority_growth=0.01 * (1 + k % 2),
            forwarded_priority=-1,
            forward={f"t{(k + 1) % 10}": 0.1, f"t{k}": 0.05},
            recall=simulate.Recall(3600, {f"t{k}": 0.05}),
            retry=simulate.Retry(600, abandoned=0.6, abandoned_again=0.4),
            total_sd=100,
            cost_lost=2,
            cost_waiting=0.1,
        )
        for k in range(10)
    ]
    ways = {
        f"t{k}": [Route(f"g{(k + step) % 8}", score=float(step > 3), acw=30) for step in (0, 3, 5)]
        for k in range(10)
    }
    groups = [simulate.Group(f"g{k}", 13, ring=2, pause=5, cost=30) for k in range(8)]
    return Model(types, groups, ways, queue_limit=200, agent_choice="least_busy")


@pytest.mark.parametrize("agents", [10, 100, 1000])
def test_one_queue(benchmark, agents):
    model = one_queue(agents)
    horizon = CALLS * 200 / (0.95 * agents)
    benchmark.pedantic(
        lambda: simulate.run(model, horizon=horizon, replications=1, threads=1, seed=1), **ONCE
    )


@pytest.mark.parametrize(
    "make", [n_model, ten_by_eight, everything], ids=["N-model", "10 types, 8 groups", "every rule"]
)
def test_skills(benchmark, make):
    model = make()
    horizon = CALLS / sum(kind.calls for kind in model.call_types)
    benchmark.pedantic(
        lambda: simulate.run(model, horizon=horizon, replications=1, threads=1, seed=1), **ONCE
    )


def test_required_agents(benchmark):
    """The cheapest staffing of 10 types and 8 groups on all processors."""
    model = ten_by_eight()
    goals = {f"t{k}": {"service_level": 0.8} for k in range(10)}
    costs = {f"g{k}": 1 + 0.05 * k for k in range(8)}
    benchmark.pedantic(
        lambda: simulate.required_agents(
            model,
            goals=goals,
            costs=costs,
            horizon="2h",
            warm_up="20min",
            replications=40,
            precision=0.01,
            seed=1,
        ),
        rounds=1,
    )


def test_a_thousand_days(benchmark):
    """A thousand replications of a day of 5,000 calls in 28 half hours, on all processors."""
    shape = [60, 120, 180, 220, 240, 240, 230, 220, 220, 230, 240, 240, 230, 220]
    calls = [each * 5000 / (2 * sum(shape)) for each in shape for _ in range(2)]
    agents = [round(each * 200 / 1800 * 1.1) + 2 for each in calls]
    kind = CallType("calls", calls, talk=simulate.LogNormal(200, 160), patience=180)
    model = Model(kind, simulate.Group("desk", agents))
    benchmark.pedantic(lambda: simulate.run(model, replications=1000, seed=1), **ONCE)
