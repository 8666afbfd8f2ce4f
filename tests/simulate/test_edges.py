"""Edges: what is an answer and what is an error, and that each error names its cause."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from callstats import simulate
from callstats.errors import MissingColumnError
from callstats.simulate import CallType, Group, Model, Retry, Route, Shift

pytestmark = pytest.mark.frames
CALLS = CallType("calls", 100, talk=180, patience=300)


def wide(model, **more):
    arguments = {"horizon": "2h", "replications": 6, "seed": 1, **more}
    found = simulate.run(model, **arguments)
    return found.totals().pivot(index="call_type", columns="measure", values="mean").loc["all"]  # noqa: PD010


def test_zero_agents():
    seen = wide(Model(CALLS, 0))
    assert seen["abandonment"] == 1
    assert seen["service_level"] == 0
    assert seen["wait_probability"] == 1
    assert 270 < seen["mean_wait"] < 330
    assert math.isnan(seen["occupancy"])
    assert math.isnan(seen["asa"])


def test_zero_agents_for_ever_and_nobody_hangs_up():
    seen = wide(Model(CallType("calls", 100, talk=180), 0), trace=True)
    assert seen["unserved"] == seen["offered"] > 0
    assert seen["mean_wait"] == math.inf
    assert seen["service_level"] == 0
    # The backlog grows evenly: half of two hours' calls on average.
    assert 180 < seen["queue_length"] < 220


def test_zero_calls():
    seen = wide(Model(CallType("calls", 0, talk=180), 5))
    assert seen["offered"] == 0
    assert seen["occupancy"] == 0
    assert math.isnan(seen["service_level"])
    assert math.isnan(seen["mean_wait"])


def test_no_arrivals_given():
    assert wide(Model(CallType("calls", arrivals=[], talk=180), 5))["offered"] == 0


def test_given_arrivals_come_as_given():
    kind = CallType("calls", arrivals=["10s", 0, 20], talk=simulate.Deterministic(15))
    log = simulate.run(Model(kind, 1), horizon=60, replications=1, seed=1, trace=True).calls()
    assert list(log["wait"]) == [0, 5, 10]
    assert list(log["talk"]) == [15, 15, 15]


def test_traces_are_taken_in_order():
    kind = CallType(
        "calls",
        arrivals=[0, 100, 200],
        talk=simulate.Trace([5, 7]),
        patience=simulate.Trace([1, 2, 3]),
    )
    log = simulate.run(Model(kind, 1), horizon=600, replications=1, seed=1, trace=True).calls()
    assert list(log["talk"]) == [5, 7, 5]


def test_patience_zero_loses_who_cannot_be_served_at_once():
    from callstats import erlang

    seen = wide(
        Model(CallType("calls", 100, talk=180, patience=0), 10), horizon="300h", replications=20
    )
    assert seen["abandonment"] == pytest.approx(erlang.blocking(10, 10), abs=0.004)
    assert seen["mean_wait"] == 0


def test_overload_without_patience_drains_after_the_end():
    seen = wide(Model(CallType("calls", 100, talk=180), 5))
    assert seen["answered"] == seen["offered"]
    assert seen["mean_wait"] > 1000
    # Who stays after the horizon is not counted in it.
    assert seen["occupancy"] <= 1


def test_no_lines():
    seen = wide(Model(CALLS, 5, lines=0, retry=Retry(60)))
    assert seen["blocking"] == 1
    assert seen["answered"] == 0
    assert seen["attempts"] > 5


def test_thresholds_longer_than_a_period_and_short_periods():
    kind = CallType("calls", 100, talk=180, patience=300, threshold="20min")
    found = simulate.run(Model(kind, 8), horizon="1h", freq="1min", replications=5, seed=1)
    assert found["start"].nunique() == 60
    total = found.totals().groupby("measure")["mean"].first()
    # With 20 minutes nearly everybody who is answered at all is answered in time.
    assert 0.99 < total["service_level"] + total["abandonment"] <= 1 + 1e-12


def test_three_thousand_agents():
    seen = wide(Model(CallType("calls", 30_000, talk=180, patience=300), 3000), warm_up="1h")
    assert 0.9 < seen["occupancy"] <= 1


def test_closed_hours():
    """Who calls before the opening waits for it."""
    kind = CallType("calls", [20, 20], 1800, talk=60)
    found = simulate.run(Model(kind, Group("desk", [0, 5], 1800)), replications=30, seed=1)
    early = found[(found["start"] == 0) & (found["call_type"] == "calls")]
    early = early.set_index("measure")["mean"]
    assert early["wait_probability"] == 1
    assert early["unserved"] == 0
    assert 800 < early["mean_wait"] < 1200


@pytest.mark.parametrize("rule", ["finish", "finish_roster", "preempt"])
def test_calls_in_progress_at_the_end_of_a_shift(rule):
    """One long call, one agent, whose shift ends in its midst; another one comes later."""
    kind = CallType("calls", arrivals=[0], talk=simulate.Deterministic(100))
    desk = Group("desk", [Shift(0, 60), Shift(80, 1000)], shift_end=rule)
    found = simulate.run(Model(kind, desk), horizon=1000, replications=1, seed=1, trace=True)
    groups = found.groups().set_index(["group", "measure"])["mean"]
    call = found.calls().iloc[0]
    assert call["wait"] == 0
    assert call["talk"] == pytest.approx(100)
    ends = 120 if rule == "preempt" else 100
    assert (call["end"] - call["arrival"]).total_seconds() == ends
    overtime = 0 if rule == "preempt" else 40
    assert groups["desk", "overtime_seconds"] == pytest.approx(overtime)
    busy = 100 - overtime
    assert groups["desk", "occupancy"] == pytest.approx(busy / 980)


def test_after_call_work_holds_the_agent_and_not_the_line():
    talk, acw = simulate.Deterministic(10), simulate.Deterministic(20)
    kind = CallType("calls", arrivals=[0, 5, 12], talk=talk, acw=acw)
    log = simulate.run(
        Model(kind, 1, lines=2), horizon=100, replications=1, seed=1, trace=True
    ).calls()
    assert list(log["outcome"]) == ["answered"] * 3
    assert list(log["wait"]) == [0, 25, 48]
    log = simulate.run(
        Model(kind, 1, lines=1), horizon=100, replications=1, seed=1, trace=True
    ).calls()
    assert list(log["outcome"]) == ["answered", "blocked", "answered"]


def test_overflow_waits_for_its_delay():
    kind = CallType("calls", arrivals=[0, 1], talk=simulate.Deterministic(100))
    model = Model(kind, {"own": 1, "other": 1}, {"calls": ["own", ("other", 30)]})
    log = simulate.run(model, horizon=200, replications=1, seed=1, trace=True).calls()
    assert list(log["wait"]) == [0, 30]
    assert list(log["agent"]) == ["own 1", "other 1"]
    assert list(log["contact_id"]) == ["0-0-0", "0-0-1"]


def test_a_log_without_calls_still_holds_texts():
    kind = CallType("calls", arrivals=[500], talk=simulate.Deterministic(100))
    log = simulate.run(Model(kind, 1), horizon=60, replications=1, seed=1, trace=True).calls()
    assert len(log) == 0
    assert not any(pd.api.types.is_numeric_dtype(log[name]) for name in ("contact_id", "outcome"))


def test_priorities_weights_and_oldest_first():
    talk = simulate.Deterministic(100)
    first = CallType("a", arrivals=[0, 20], talk=talk)
    second = CallType("b", arrivals=[30], talk=talk)

    def order(**routes):
        model = Model([first, second], 1, {k: [Route("agents", **v)] for k, v in routes.items()})
        log = simulate.run(model, horizon=900, replications=1, seed=1, trace=True).calls()
        return list(log.sort_values("answer")["call_type"])

    assert order(a={}, b={}) == ["a", "a", "b"]
    assert order(a={"priority": 2}, b={"priority": 1}) == ["a", "b", "a"]
    # At 100 s: 80 s of waiting against 70 s of twice the weight.
    assert order(a={}, b={"weight": 2}) == ["a", "b", "a"]


def test_call_backs_later_do_not_count_the_agreed_time():
    kind = CallType("calls", arrivals=[0, 1], talk=simulate.Deterministic(50))
    model = Model(kind, 1, callback=simulate.Callback(after=9, delay=simulate.Deterministic(200)))
    found = simulate.run(model, horizon=900, replications=1, seed=1, trace=True)
    log = found.calls()
    assert list(log["outcome"]) == ["answered", "callback"]
    assert log["wait"].iloc[1] == pytest.approx(9)
    assert (log["answer"].iloc[1] - log["arrival"].iloc[1]).total_seconds() == pytest.approx(209)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Group("a", 2.5), "agents must be whole numbers.*half a person.*2.5"),
        (
            lambda: simulate.Empirical([1, -2]),
            r"values must be >= 0 seconds; got -2.0 at position 1",
        ),
        (lambda: Group("a", [2, -1]), r"agents must be whole.*-1.0 at position 1 \(1 bad of 2\)"),
        (lambda: Model([CALLS], {"a": 1}, {"calls": []}), "nobody can serve call type 'calls'"),
        (
            lambda: Model([CALLS, CallType("b", 1, talk=1)], {"a": 1}, {"calls": ["a"]}),
            "nobody can serve call type 'b'",
        ),
        (lambda: Model([CALLS], {"desk": 1}, {"calls": ["deskk"]}), "'deskk', nearest: 'desk'"),
        (lambda: Model([CALLS], 1, {"cals": ["agents"]}), "'cals', nearest: 'calls'"),
        (lambda: Model([CALLS, CALLS], 1), "different names; 'calls'"),
        (lambda: CallType("all", 1, talk=1), "other than 'all'"),
        (lambda: CallType("a", -1, talk=1), "calls must be >= 0 and finite"),
        (lambda: CallType("a", 1, talk=-1), "talk of call type 'a' must be >= 0"),
        (lambda: CallType("a", 1, talk=math.inf), "talk of call type 'a' must be finite"),
        (lambda: CallType("a", 1, talk=1, pass_up=0.5), "pass_up and next_line"),
        (lambda: CallType("a", 1, talk=1, pass_up=1.5, next_line="b"), "between 0 and 1"),
        (
            lambda: Model([CallType("a", 1, talk=1, pass_up=1, next_line="a")], 1),
            "passed up for ever",
        ),
        (
            lambda: Model([CallType("a", 1, talk=1, pass_up=0.5, next_line="c")], 1),
            "next_line of call type 'a' names 'c'",
        ),
        (lambda: Retry(0), "delay must be > 0"),
        (lambda: Group("a", 1, concurrency=0), "concurrency of group 'a'"),
        (lambda: Group("a", 1, concurrency=2, slowdown=[1]), "slowdown of group 'a' must be 2"),
        (lambda: Group("a", 1, shift_end="late"), "shift_end of group 'a'"),
        (lambda: Shift(10, 5), "must not end before it starts"),
        (lambda: Model(CALLS, 1, lines=-1), "lines must be a whole number"),
        (lambda: Model(CALLS, 1, day_cv=-1), "day_cv must be >= 0"),
        (lambda: simulate.LogNormal(0, 1), "mean must be > 0"),
        (lambda: simulate.Empirical([]), "values must be one or more"),
        (lambda: simulate.Uniform(5, 2), "high must be >= low"),
        (lambda: Group("a", []), r"agents must be one or more numbers; got \[\]"),
    ],
)
def test_what_cannot_be_is_told(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Group("a", "three"), "agents must be one or more numbers; got 'three'"),
        (lambda: CallType("a", "many", talk=1), "calls must be one or more numbers"),
        (lambda: CallType("a", 1, talk=1, priority="high"), "priority of call type 'a' must be a"),
        (
            lambda: Model(CALLS, 1, lines=None),
            "lines must be a whole number from 0 to 1,000,000; got None",
        ),
        (lambda: Model(CALLS, 1, routing=["agents"]), "routing must be a mapping or a DataFrame"),
        (lambda: Model(CALLS, 1, {"calls": [1]}), r"names, Routes or \(name, after\) pairs; got 1"),
        (lambda: Model(CALLS, 1, retry=60), "retry must be a Retry; got 60"),
    ],
)
def test_what_is_of_the_wrong_kind_is_told(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_one_shift_needs_no_list():
    assert Group("a", Shift(0, 60, 3)) == Group("a", [Shift(0, 60, 3)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "horizon must be given"),
        ({"horizon": 0}, "horizon must be > 0"),
        ({"horizon": math.inf}, "horizon must be > 0 seconds and finite"),
        ({"horizon": 60, "replications": 0}, "replications must be a whole number from 1"),
        ({"horizon": 60, "confidence": 1}, "confidence must be > 0 and < 1"),
        ({"horizon": 60, "seed": -1}, "seed must be from 0"),
        ({"horizon": 60, "precision": {"speed": 1}}, "not a measure"),
        ({"horizon": 60, "intervals": pd.DataFrame({"calls": [1]})}, "cannot both"),
        ({"intervals": pd.DataFrame({"calls": []})}, "at least one row"),
        ({"intervals": pd.DataFrame({"calls": [1.0], "agents": [2.5]})}, "half a person"),
        ({"intervals": pd.DataFrame({"calls": [1.0, -1.0]})}, "calls must be >= 0"),
        ({"intervals": pd.DataFrame({"calls": [1.0], "aht": [0.0]})}, "aht must be > 0"),
    ],
)
def test_arguments_of_a_run_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate.run(Model(CALLS, 5), **{"seed": 1, **arguments})


def test_missing_columns_are_named():
    two = Model([CallType("a", talk=1), CallType("b", talk=1)], 5)
    with pytest.raises(MissingColumnError, match="call_type"):
        simulate.run(two, intervals=pd.DataFrame({"start": [0], "calls": [1]}), seed=1)
    with pytest.raises(MissingColumnError, match="'calls', nearest: 'cals'"):
        simulate.run(Model(CallType("a", talk=1), 5), intervals=pd.DataFrame({"cals": [1]}), seed=1)
    with pytest.raises(ValueError, match="has no calls"):
        simulate.run(Model(CallType("a", talk=1), 5), horizon=60, seed=1)
    with pytest.raises(ValueError, match="trace=True"):
        simulate.run(Model(CALLS, 5), horizon=60, seed=1).calls()


def test_one_day_intervals_and_unequal_ones():
    frame = pd.DataFrame({"start": [0, 60, 86_400], "calls": [5, 2000, 10], "agents": [9, 9, 9]})
    found = simulate.run(
        Model(CallType("a", talk=180, patience=60), 1),
        intervals=frame,
        interval="1min",
        replications=20,
        seed=1,
    )
    offered = found[(found["call_type"] == "a") & (found["measure"] == "offered")]["mean"]
    np.testing.assert_allclose(offered, [5, 2000, 10], rtol=0.3)


def test_a_model_is_immutable_and_printable():
    model = Model(CALLS, 5)
    with pytest.raises(AttributeError):
        model.lines = 3
    with pytest.raises(TypeError):
        model.routing["calls"] = ()
    assert "calls: 100 calls / 1800 s" in str(model)
    assert pickle.loads(pickle.dumps(model)) == model  # noqa: S301 - our own bytes


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_models_from_frames(frame):
    types = frame(
        {
            "call_type": ["sales", "care"],
            "calls": [60, 90],
            "aht": [240.0, 180.0],
            "patience": [120.0, None],
            "pass_up": [None, 0.1],
            "next_line": [None, "sales"],
        }
    )
    groups = frame({"group": ["a", "b"], "agents": [9, 12], "call_types": ["sales; care", "care"]})
    model = Model.from_frames(types, groups, lines=40)
    assert model == Model(
        [
            CallType("sales", 60, talk=240, patience=120),
            CallType("care", 90, talk=180, pass_up=0.1, next_line="sales"),
        ],
        {"a": 9, "b": 12},
        {"sales": ["a"], "care": ["a", "b"]},
        lines=40,
    )
    routing = frame(
        {
            "call_type": ["sales", "care", "care"],
            "group": ["a", "b", "a"],
            "after": [0.0, 0.0, 30.0],
        }
    )
    again = Model.from_frames(types, groups, routing)
    assert [(way.group, way.after) for way in again.routing["care"]] == [("b", 0), ("a", 30)]
    with pytest.raises(MissingColumnError, match="'agents'"):
        Model.from_frames(types, frame({"group": ["a"]}))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_several_groups_take_their_agents_from_a_table(frame):
    starts = [0, 1800]
    calls = frame(
        {"start": starts * 2, "call_type": ["a", "a", "b", "b"], "calls": [30, 60, 20, 0]}
    )
    agents = frame({"start": starts * 2, "group": ["x", "x", "y", "y"], "agents": [4, 7, 3, 0]})
    model = Model([CallType("a", talk=180), CallType("b", talk=180)], {"x": 1, "y": 1})
    found = simulate.run(model, intervals=calls, staffing=agents, replications=200, seed=1)
    on_duty = found.groups().set_index(["group", "measure"])["mean"]
    assert on_duty["x", "agents"] == pytest.approx(5.5)
    assert on_duty["y", "agents"] == pytest.approx(1.5)
    by_period = found.groups(by_period=True).query("measure == 'agents'")
    assert list(by_period["start"]) == starts * 3
    np.testing.assert_allclose(by_period["mean"], [4, 7, 3, 0, 7, 7])
    offered = found[found["measure"] == "offered"].set_index(["call_type", "start"])["mean"]
    np.testing.assert_allclose(offered[["a", "b"]], [30, 60, 20, 0], atol=5 * np.sqrt(60 / 200))
