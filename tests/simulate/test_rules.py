"""Rules of their own: growing priorities against published waits, totals, costs, wrong models."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from callstats import erlang, simulate
from callstats.simulate import CallType, Group, Model, Recall, Retry, Route

#: Of all waits of growing priorities together; 1 % false alarms for a new seed.
CONFIDENCE = 1 - 0.01 / 8


def kleinrock(before: float, loads: list[float], growths: list[float]) -> list[float]:
    """Mean waits of two classes whose priority grows with the wait, the slower one first.

    `before` is the wait that all have by order of arrival. Source: Kleinrock (1964), a delay
    dependent queue discipline, Naval Research Logistics Quarterly 11, and, for several servers with
    one exponential time, Stanford, Taylor & Ziedins (2014), Queueing Systems 77.
    """
    slower = 1 - growths[0] / growths[1]
    first = before / (1 - loads[1] * slower)
    return [first, before - loads[0] * first * slower]


@pytest.mark.parametrize(
    ("agents", "talk"),
    [(1, 100), (3, 100), (1, simulate.LogNormal(100, 70)), (1, simulate.Deterministic(100))],
)
def test_growing_priorities_give_the_published_waits(agents, talk):
    rates, growths = np.array([0.003, 0.0045]) * agents, [1.0, 4.0]
    load = 100 * rates.sum()
    wait = erlang.mean_wait(agents, load, aht=100)
    if agents == 1:
        # By the second moment of the time: Pollaczek and Khinchine.
        square = getattr(talk, "sd", 0.0 if talk != 100 else 100.0) ** 2 + 100**2
        wait = 0.5 * rates.sum() * square / (1 - load)
    expected = kleinrock(wait, list(rates * 100 / agents), growths)
    kinds = [
        CallType(name, rate, 1, talk=talk, priority_growth=growth)
        for name, rate, growth in zip("ab", rates, growths, strict=True)
    ]
    found = simulate.run(
        Model(kinds, agents),
        horizon=60_000 / rates.sum(),
        warm_up=3_000 / rates.sum(),
        replications=40,
        confidence=CONFIDENCE,
        seed=20240307,
    )
    waits = found.totals().set_index(["measure", "call_type"]).sort_index().loc["mean_wait"]
    for name, exact in zip("ab", expected, strict=True):
        row = waits.loc[name]
        assert row["low"] <= exact <= row["high"], (name, exact, row)
        assert row["high"] - row["low"] <= 0.08 * exact


def test_a_base_and_a_growth_of_the_route_come_before_those_of_the_type():
    kinds = [
        CallType("a", arrivals=[0, 1, 60], talk=simulate.Deterministic(100), priority=1),
        CallType("b", arrivals=[2], talk=simulate.Deterministic(100), priority=2),
    ]
    log = {}
    for growth in (0.0, 0.1):
        ways = {"a": ["desk"], "b": [Route("desk", priority_growth=growth)]}
        found = simulate.run(
            Model(kinds, {"desk": 1}, ways), horizon=200, replications=1, seed=1, trace=True
        )
        log[growth] = found.calls().sort_values("answer")["call_type"].tolist()
    assert log == {0.0: ["a", "a", "a", "b"], 0.1: ["a", "b", "a", "a"]}


def test_a_total_is_kept_and_spread():
    weights = [10, 0, 30, 20]
    kind = CallType("calls", weights, talk=60, total_sd=0)
    found = simulate.run(Model(kind, 5), replications=200, seed=1)
    assert found.totals().set_index("measure")["mean"]["offered"].iloc[0] == 60
    offered = found[(found["call_type"] == "calls") & (found["measure"] == "offered")]
    assert (offered["low"] <= weights).all()
    assert (offered["high"] >= weights).all()
    # Binomial counts, not Poisson ones.
    spread = offered["standard_error"] * np.sqrt(200)
    shares = np.asarray(weights) / 60
    assert spread.to_numpy() == pytest.approx(np.sqrt(60 * shares * (1 - shares)), rel=0.2)
    more = CallType("calls", weights, talk=60, total_sd=8)
    row = simulate.run(Model(more, 5), replications=400, seed=1).totals().iloc[0]
    assert row["low"] <= 60 <= row["high"]
    assert row["standard_error"] * 20 == pytest.approx(8, rel=0.15)


def test_costs_are_prices_times_counts():
    kinds = [
        CallType("a", calls=40, talk=200, patience=60, cost_lost=3, cost_waiting=0.5),
        CallType("b", calls=40, talk=200, patience=60),
    ]
    groups = [Group("x", 4, cost=30), Group("y", 3, cost=20)]
    found = simulate.run(Model(kinds, groups), horizon="2h", replications=30, seed=1)
    totals = found.totals().set_index(["call_type", "measure"])["mean"]
    a = totals["a"]
    wait = a["mean_wait"] * a["offered"] / 60
    assert a["cost"] == pytest.approx(3 * (a["abandoned"] + a["blocked"]) + 0.5 * wait)
    assert totals["b"]["cost"] == 0
    teams = found.groups().set_index(["group", "measure"])["mean"]
    assert teams["x"]["cost"] == pytest.approx(240)
    assert teams["all"]["cost"] == pytest.approx(360)
    assert totals["all"]["total_cost"] == pytest.approx(360 + a["cost"])
    assert not found.totals()["low"].isna().all()
    free = simulate.run(Model(CallType("c", 10, talk=100), 2), horizon="1h", seed=1, replications=2)
    assert not {"cost", "total_cost"} & set(free["measure"])
    assert "cost" not in set(free.groups()["measure"])


def test_callers_without_end_cost_nothing_where_waiting_is_free():
    model = Model(CallType("a", calls=10, talk=100, cost_lost=2), {"nobody": 0})
    found = simulate.run(model, horizon="1h", replications=5, seed=1).totals()
    totals = found.set_index(["call_type", "measure"])["mean"]["a"]
    assert totals["cost"] == 2 * totals["unserved"] > 0


def test_the_longest_idle_and_the_least_busy_agent_are_others():
    # g0 has one agent who has worked for long and is idle for longest.
    kinds = [
        CallType("early", arrivals=[0], talk=simulate.Deterministic(500)),
        CallType("short", arrivals=[490], talk=simulate.Deterministic(30)),
        CallType("probe", arrivals=[600], talk=simulate.Deterministic(1)),
    ]
    ways = {"early": ["g0"], "short": ["g1"], "probe": [Route("g0", score=1), Route("g1", score=1)]}
    answered = {}
    for choice in ("longest_idle", "least_busy"):
        model = Model(kinds, {"g0": 1, "g1": 1}, ways, agent_choice=choice)
        found = simulate.run(model, horizon=700, replications=1, seed=1, trace=True)
        answered[choice] = found.calls().set_index("call_type")["agent"]["probe"]
    assert answered == {"longest_idle": "g0 1", "least_busy": "g1 1"}


GOOD = {"calls": 10, "talk": 100}


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: CallType("a", **GOOD, priority_growth=-1), ValueError, "priority_growth .* >= 0"),
        (lambda: CallType("a", **GOOD, total_sd=-1), ValueError, "total_sd .* >= 0"),
        (lambda: CallType("a", **GOOD, cost_lost=-1), ValueError, "cost_lost .* >= 0"),
        (lambda: CallType("a", **GOOD, forward={"a": 1.5}), ValueError, "between 0 and 1; got 1.5"),
        (
            lambda: CallType("a", **GOOD, forward={"a": 0.7, "b": 0.6}),
            ValueError,
            "forward of call type 'a' must add up to at most 1; got 1.3",
        ),
        (lambda: CallType("a", **GOOD, forward="b"), TypeError, "must map call types"),
        (
            lambda: CallType("a", **GOOD, forward={"b": 0.1}, pass_up=0.2, next_line="b"),
            ValueError,
            "forward and next_line",
        ),
        (lambda: CallType("a", **GOOD, retry=3), TypeError, "retry .* must be a Retry; got 3"),
        (
            lambda: CallType("a", arrivals=[1], talk=9, total_sd=1),
            ValueError,
            "total_sd .* goes with calls",
        ),
        (lambda: Model(CallType("a", **GOOD, forward={"a": 1}), 1), ValueError, "for ever"),
        (
            lambda: Model(
                [
                    CallType("a", **GOOD, forward={"b": 1}),
                    CallType("b", **GOOD, forward={"a": 0.5, "b": 0.5}),
                ],
                1,
            ),
            ValueError,
            "calls of 'a' would be forwarded for ever",
        ),
        (lambda: Model(CallType("a", **GOOD, forward={"c": 0.1}), 1), ValueError, "names 'c'"),
        (
            lambda: Model(CallType("a", **GOOD, recall=Recall(60, {"c": 0.1})), 1),
            ValueError,
            "recall of call type 'a' names 'c'",
        ),
        (
            lambda: Model(CallType("a", **GOOD, retry=Retry(60, to={"c": 0.1})), 1),
            ValueError,
            "retry of call type 'a' names 'c'",
        ),
        (lambda: Recall(0, {"a": 0.1}), ValueError, "delay must be > 0 seconds"),
        (lambda: Group("g", 1, cost=-1), ValueError, "cost of group 'g' must be >= 0"),
        (
            lambda: Group("g", 1, concurrency=2, slowdown=(1, 2), pause=5),
            ValueError,
            "pause of group 'g' must be 0",
        ),
        (lambda: Group("g", 1, ring=2, shift_end="preempt"), ValueError, "ring of group 'g'"),
        (lambda: Model(CallType("a", **GOOD), 1, agent_choice="any"), ValueError, "agent_choice"),
        (
            lambda: Model(
                CallType("a", **GOOD), {"x": 1, "y": 1}, {"a": [Route("x", score=1), Route("y")]}
            ),
            ValueError,
            "for all routes of call type 'a' or for none; got it for 'x'",
        ),
        (lambda: Model(CallType("a", **GOOD), 1, queue_limit=-1), ValueError, "queue_limit"),
    ],
)
def test_wrong_models_are_refused_in_words(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_models_with_everything_are_pickled_and_printed():
    kinds = [
        CallType("a", **GOOD, forward={"b": 0.1}, recall=Recall(60, {"a": 0.1}), total_sd=0),
        CallType("b", talk=50, retry=Retry(60, to={"a": 0.5})),
    ]
    model = Model(kinds, {"g": 3}, queue_limit=9, agent_choice="least_busy")
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own
    assert again == model
    assert str(again) == str(model)
    assert "10% forwarded to b" in str(model)
    assert "at most 9 wait" in str(model)
