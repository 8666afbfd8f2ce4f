"""Every system of ``simulation_reference.csv``, each value within its interval.

The values are exact: formulas, or a linear system solved to machine accuracy (Crommelin 1932,
Cobham 1954, Burke 1956, Baccelli & Hebuterne 1981, Kella & Yechiali 1985 and others). Seeds are
fixed: a run that passed passes again. For a new seed the chance that any value lies outside by
accident is 1 % in all (Bonferroni over the table).
"""

from __future__ import annotations

import csv
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from callstats import simulate
from callstats.simulate import CallType, Group, Model, Route

TABLE = Path(__file__).parents[1] / "reference" / "simulation_reference.csv"
with TABLE.open(encoding="utf-8") as opened:
    ROWS = list(csv.DictReader(opened))
#: Over all rows together.
FALSE_ALARM = 0.01
CONFIDENCE = 1 - FALSE_ALARM / len(ROWS)
#: A value is worth little as a test if its interval is wide: half-widths as a share of the value.
WIDEST = 0.15
CALLS = 50_000
REPLICATIONS = 50

#: Measures that go by another name here.
NAMES = {
    "mean_wait_of_accepted": "mean_wait_accepted",
    "blocking_of_first_attempt": "first_blocking",
    "mean_chats": "in_service",
    "occupancy_common": "occupancy",
    "occupancy_second": "occupancy",
}


def distribution(told: Any) -> Any:
    if not isinstance(told, dict):
        return math.inf if told is None else told
    told = dict(told)
    kind = told.pop("distribution")
    if kind == "erlang":
        return simulate.Gamma(told["shape"], told["mean"] / told["shape"])
    if kind == "hyperexponential":
        return simulate.Mixture([simulate.Exponential(m) for m in told["means"]], told["weights"])
    return {
        "exponential": simulate.Exponential,
        "lognormal": simulate.LogNormal,
        "deterministic": simulate.Deterministic,
        "uniform": simulate.Uniform,
        "weibull": simulate.Weibull,
    }[kind](**told)


def call_type(name: str, rate: float, talk: Any, **more: Any) -> CallType:
    return CallType(name, calls=rate, interval=1.0, talk=distribution(talk), **more)


def one_queue(p: dict[str, Any], **more: Any) -> Model:
    known = {"threshold": p["threshold"]} if "threshold" in p else {}
    patience = distribution(p.get("patience"))
    talk = p["aht"] if "aht" in p else p["service"]
    kind = call_type("all calls", p["arrival_rate"], talk, patience=patience, **known)
    return Model(kind, p["agents"], **more)


def priorities(p: dict[str, Any]) -> Model:
    talks = p.get("service", [p.get("aht")] * len(p["arrival_rates"]))
    kinds = [
        call_type(str(k), rate, talk, priority=k)
        for k, (rate, talk) in enumerate(zip(p["arrival_rates"], talks, strict=True))
    ]
    return Model(kinds, p["agents"])


def overflow(p: dict[str, Any]) -> Model:
    kind = call_type("all calls", p["arrival_rate"], p["aht"], queue_limit=0)
    return Model(kind, dict(zip(["first", "second"], p["groups"], strict=True)))


def shared_overflow(p: dict[str, Any]) -> Model:
    kinds = [
        call_type(str(k), rate, p["aht"], queue_limit=0)
        for k, rate in enumerate(p["arrival_rates"])
    ]
    groups = dict(zip(["own 0", "own 1", "common"], p["groups"], strict=True))
    return Model(kinds, groups, {"0": ["own 0", "common"], "1": ["own 1", "common"]})


def tiers(p: dict[str, Any]) -> Model:
    first, second = p["aht"]
    more = {"threshold": p["threshold"]}
    kinds = [
        call_type(
            "first", p["arrival_rate"], first, pass_up=p["pass_up"], next_line="second", **more
        ),
        CallType("second", talk=second, **more),
    ]
    groups = dict(zip(["first", "second"], p["agents"], strict=True))
    return Model(kinds, groups, {"first": "first", "second": "second"})


def n_model(p: dict[str, Any]) -> Model:
    kinds = [
        call_type(str(k), rate, p["aht"], patience=p["patience"][k])
        for k, rate in enumerate(p["arrival_rates"])
    ]
    groups = dict(zip(["group 0", "group 1"], p["agents"], strict=True))
    ways = [Route("group 0"), Route("group 1", priority=1)]
    return Model(kinds, groups, {"0": ways, "1": [Route("group 1", priority=0)]})


def retrial(p: dict[str, Any]) -> Model:
    kind = call_type("all calls", p["arrival_rate"], p["aht"], queue_limit=0)
    return Model(kind, p["agents"], retry=simulate.Retry(p["mean_time_to_retry"]))


def chats(p: dict[str, Any]) -> Model:
    slowdown = p.get("mean_handle_time_at_1_2_3", ())
    talk = slowdown[0] if slowdown else p["handle_time"]
    known = {"threshold": p["threshold"]} if "threshold" in p else {}
    patience = p.get("patience", math.inf)
    kind = call_type("all calls", p["arrival_rate"], talk, patience=patience, **known)
    return Model(
        kind, Group("agents", p["agents"], concurrency=p["concurrency"], slowdown=slowdown)
    )


def model(case: str, p: dict[str, Any]) -> Model:
    kind = case.rstrip("0123456789").rstrip("_")
    if kind in {"lines", "loss"}:
        return one_queue(p, lines=p.get("lines", p["agents"]))
    if kind == "callback":
        return one_queue(p, callback=simulate.Callback())
    return {
        "priority": priorities,
        "priority_mg1": priorities,
        "overflow": overflow,
        "shared_overflow": shared_overflow,
        "tiers": tiers,
        "n_model": n_model,
        "retrial": retrial,
        "chat_one_agent": chats,
        "chat": chats,
    }.get(kind, one_queue)(p)


@cache
def simulated(case: str) -> tuple[Model, simulate.Result]:
    p = json.loads(next(row["parameters"] for row in ROWS if row["case"] == case))
    rate = p["arrival_rate"] if "arrival_rate" in p else sum(p["arrival_rates"])
    centre = model(case, p)
    found = simulate.run(
        centre,
        horizon=CALLS / rate,
        # 1,500 calls: the slowest of these systems, an M/G/1 at 0.8, forgets within some 30.
        warm_up=1_500 / rate,
        replications=REPLICATIONS,
        confidence=CONFIDENCE,
        seed=20240305,
    )
    return centre, found


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['case']}-{r['class']}-{r['measure']}")
def test_the_interval_holds_the_exact_value(row):
    _, found = simulated(row["case"])
    exact, measure = float(row["value"]), NAMES.get(row["measure"], row["measure"])
    of_group = {"occupancy_second": "second", "occupancy_common": "common"}.get(row["measure"])
    if row["class"] in {"first", "second", "group 0", "group 1"} and measure == "occupancy":
        of_group = row["class"]
    totals, groups = found.totals(), found.groups()
    if row["measure"] == "overflow":
        # All that the first group does not answer; the interval is that of what it does.
        mine = groups[(groups["group"] == "first") & (groups["measure"] == "answered")].iloc[0]
        offered = totals[totals["measure"] == "offered"].iloc[0]["mean"]
        seen, half = 1 - mine["mean"] / offered, (mine["high"] - mine["low"]) / 2 / offered
        low, high = seen - half, seen + half
    else:
        if of_group is not None:
            table = groups[groups["group"] == of_group]
        else:
            table = totals[totals["call_type"] == row["class"]]
        figure = table[table["measure"] == measure].iloc[0]
        low, high = figure["low"], figure["high"]
    assert low <= exact <= high
    assert (high - low) / 2 <= WIDEST * exact
