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


@pytest.mark.parametrize("agents", [10, 100, 1000])
def test_one_queue(benchmark, agents):
    model = one_queue(agents)
    horizon = CALLS * 200 / (0.95 * agents)
    benchmark.pedantic(
        lambda: simulate.run(model, horizon=horizon, replications=1, threads=1, seed=1), **ONCE
    )


@pytest.mark.parametrize("make", [n_model, ten_by_eight], ids=["N-model", "10 types, 8 groups"])
def test_skills(benchmark, make):
    model = make()
    horizon = CALLS / sum(kind.calls for kind in model.call_types)
    benchmark.pedantic(
        lambda: simulate.run(model, horizon=horizon, replications=1, threads=1, seed=1), **ONCE
    )


def test_a_thousand_days(benchmark):
    """A thousand replications of a day of 5,000 calls in 28 half hours, on all processors."""
    shape = [60, 120, 180, 220, 240, 240, 230, 220, 220, 230, 240, 240, 230, 220]
    calls = [each * 5000 / (2 * sum(shape)) for each in shape for _ in range(2)]
    agents = [round(each * 200 / 1800 * 1.1) + 2 for each in calls]
    kind = CallType("calls", calls, talk=simulate.LogNormal(200, 160), patience=180)
    model = Model(kind, simulate.Group("desk", agents))
    benchmark.pedantic(lambda: simulate.run(model, replications=1000, seed=1), **ONCE)
