"""Random centres with everything in them, caller for caller against a plain simulation."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from callstats import simulate
from callstats.simulate import Callback, CallType, Group, Model, Recall, Retry, Route, Shift, Trace
from centre_by_hand import Centre, Entry

LENGTH, FREQ = 1800.0, 450.0


def times(rng: np.random.Generator, mean: float) -> Trace:
    return Trace(tuple(rng.lognormal(math.log(mean), 0.8, 97).tolist()))


def chance(rng: np.random.Generator) -> float:
    return float(rng.choice([0.0, 0.3, 0.8, 1.0]))


def random_group(rng: np.random.Generator, name: str) -> Group:
    kind = rng.integers(3)
    if kind == 0:
        agents: Any = int(rng.integers(0, 7))
    elif kind == 1:
        agents = rng.integers(0, 7, 4).tolist()
    else:
        agents = []
        for start in rng.uniform(0, 900, rng.integers(1, 4)):
            pause = start + rng.uniform(100, 300)
            breaks = ((pause, pause + 200),) if rng.random() < 0.5 else ()
            agents.append(Shift(start, start + 900, int(rng.integers(1, 4)), breaks))
    concurrency = int(rng.choice([1, 1, 2, 3]))
    slows = concurrency > 1 and rng.random() < 0.6
    return Group(
        name,
        agents,
        500.0,
        concurrency=concurrency,
        slowdown=tuple(np.cumsum(rng.uniform(50, 150, concurrency))) if slows else (),
        shift_end=str(rng.choice(["finish", "finish_roster", "preempt"])),
    )


def random_model(rng: np.random.Generator) -> Model:
    groups = [random_group(rng, f"g{k}") for k in range(rng.integers(1, 4))]
    slowed = {group.name for group in groups if group.slowdown}
    names = [f"t{k}" for k in range(rng.integers(1, 5))]
    routing, types = {}, []
    for name in names:
        chosen = rng.permutation(len(groups))[: rng.integers(1, len(groups) + 1)]
        routing[name] = [
            Route(
                f"g{k}",
                after=float(rng.choice([0.0, rng.uniform(5, 90)])),
                priority=None if rng.random() < 0.5 else float(rng.integers(3)),
                weight=float(rng.choice([1.0, rng.uniform(0.5, 3)])),
                talk=times(rng, 90) if rng.random() < 0.2 else None,
            )
            for k in chosen
        ]
        wraps_up = rng.random() < 0.5 and not slowed & {way.group for way in routing[name]}
        more: dict[str, Any] = {}
        if len(names) > 1 and rng.random() < 0.4:
            more = {
                "pass_up": float(rng.uniform(0.1, 0.7)),
                "next_line": str(rng.choice([each for each in names if each != name])),
            }
        types.append(
            CallType(
                name,
                arrivals=rng.uniform(0, LENGTH * 1.1, rng.integers(0, 70)),
                talk=times(rng, 120),
                acw=times(rng, 40) if wraps_up else 0,
                patience=times(rng, 150) if rng.random() < 0.8 else math.inf,
                threshold=float(rng.uniform(0, 60)),
                priority=float(rng.integers(3)),
                queue_limit=float(rng.choice([math.inf, math.inf, 0, 3])),
                **more,
            )
        )
    retry = Retry(times(rng, 200), chance(rng), chance(rng), float(rng.choice([2, math.inf])))
    delay = None if rng.random() < 0.5 else times(rng, 300)
    callback = Callback(chance(rng), rng.uniform(0, 80), int(rng.integers(0, 4)), delay)
    return Model(
        types,
        groups,
        routing,
        lines=float(rng.choice([math.inf, rng.integers(3, 25)])),
        retry=retry if rng.random() < 0.5 else None,
        callback=callback if rng.random() < 0.4 else None,
    )


def chances(rng: np.random.Generator, names: list[str], most: float) -> dict[str, float]:
    """Probabilities of some types, which add up to no more than `most`."""
    chosen = rng.permutation(names)[: rng.integers(1, len(names) + 1)]
    shares = rng.dirichlet(np.ones(len(chosen) + 1))[:-1] * most
    return dict(zip(chosen.tolist(), shares.tolist(), strict=True))


def with_more(rng: np.random.Generator, model: Model) -> Model:
    """The model with growing priorities, forwarding, recalls, pauses and the like."""
    names = [kind.name for kind in model.call_types]

    def maybe(value: Any, otherwise: Any = None, chance: float = 0.5) -> Any:
        return value if rng.random() < chance else otherwise

    types = []
    for kind in model.call_types:
        retry = Retry(
            times(rng, 200),
            chance(rng),
            chance(rng),
            float(rng.choice([3, math.inf])),
            blocked_again=maybe(chance(rng)),
            abandoned_again=maybe(chance(rng)),
            to=maybe(chances(rng, names, 0.8), ()),
        )
        recall = Recall(times(rng, 300), chances(rng, names, 0.5))
        passed = {"pass_up": 0.0, "next_line": None}
        more = maybe(passed | {"forward": chances(rng, names, 0.6)}, {})
        types.append(
            replace(
                kind,
                priority_growth=maybe(float(rng.choice([0.01, 0.05, 1.0])), 0.0, 0.6),
                forwarded_priority=maybe(float(rng.integers(-1, 3))),
                recall=maybe(recall, None, 0.3),
                retry=maybe(retry, None, 0.4),
                **more,
            )
        )
    slowed = {group.name for group in model.groups if group.slowdown}
    groups = [
        replace(
            group,
            pause=0 if group.slowdown else maybe(times(rng, 20), 0),
            ring=0 if group.slowdown or group.shift_end == "preempt" else maybe(times(rng, 8), 0),
        )
        for group in model.groups
    ]
    routing = {}
    for name, ways in model.routing.items():
        scored = rng.random() < 0.5
        routing[name] = [
            replace(
                way,
                acw=None if way.group in slowed else maybe(times(rng, 30)),
                priority_growth=maybe(0.02, None, 0.2),
                forwarded_priority=maybe(0.5, None, 0.2),
                score=float(rng.integers(2)) if scored else None,
            )
            for way in ways
        ]
    return replace(
        model,
        call_types=types,
        groups=groups,
        routing=routing,
        queue_limit=maybe(8, math.inf, 0.2),
        agent_choice=str(rng.choice(["longest_idle", "least_busy"])),
    )


def expected_rows(centre: Centre) -> pd.DataFrame:
    outcome = {"unserved": "abandoned"}
    rows = []
    for e in centre.entries:
        answered = not math.isnan(e.answer)
        assert e.agent is not None or not answered
        team = f"{centre.model.groups[e.agent.group].name} {e.agent.number + 1}" if answered else ""
        rows.append(
            {
                "contact_id": f"0-{e.first_kind}-{e.number}",
                "turn": e.turn,
                "call_type": centre.types[e.kind].name,
                "arrival": e.arrival,
                "wait": e.waited,
                "outcome": outcome.get(e.outcome, e.outcome),
                "agent": team,
                "answer": e.answer,
                "end": e.end + np.nan_to_num(e.acw),
                "talk": e.talked if answered else math.nan,
                "acw": np.nan_to_num(e.acw) if answered else math.nan,
                "transferred": e.passed_up,
            }
        )
    return pd.DataFrame(rows)


def sums(entries: list[Entry], threshold: float) -> dict[str, float]:
    answered = [e for e in entries if not math.isnan(e.answer)]
    ended = {e.outcome: 0 for e in entries} | {"abandoned": 0, "blocked": 0, "unserved": 0}
    for e in entries:
        ended[e.outcome] += 1
    return {
        "offered": len(entries),
        "answered": len(answered),
        "abandoned": ended["abandoned"],
        "blocked": ended["blocked"],
        "unserved": ended["unserved"],
        "callback": sum(e.called_back for e in entries),
        "answered_within": sum(e.waited <= threshold for e in answered),
        "first": sum(e.attempts == 1 for e in entries),
        "first_blocked": sum(e.attempts == 1 and e.outcome == "blocked" for e in entries),
        "waited": sum(e.ever_waited for e in entries),
        "wait": sum(e.waited for e in entries),
        "wait_answered": sum(e.waited for e in answered),
        "handle": sum(e.talked + np.nan_to_num(e.acw) for e in answered),
        "passed_up": sum(e.passed_up for e in entries),
    }


def quotient(above: float, below: float) -> float:
    return above / below if below else math.nan


def measures(s: dict[str, float], seconds: dict[str, float], length: float) -> dict[str, float]:
    accepted = s["offered"] - s["blocked"]
    counts = ["offered", "answered", "abandoned", "blocked", "unserved", "callback"]
    return {name: s[name] for name in [*counts, "answered_within"]} | {
        "service_level": quotient(s["answered_within"], s["offered"]),
        "abandonment": quotient(s["abandoned"], s["offered"]),
        "blocking": quotient(s["blocked"], s["offered"]),
        "first_blocking": quotient(s["first_blocked"], s["first"]),
        "wait_probability": quotient(s["waited"], s["offered"]),
        "mean_wait": quotient(s["wait"], s["offered"]),
        "mean_wait_accepted": quotient(s["wait"], accepted),
        "asa": quotient(s["wait_answered"], s["answered"]),
        "aht": quotient(s["handle"], s["answered"]),
        "queue_length": seconds["queue"] / length,
        "mean_in_orbit": seconds["orbit"] / length,
        "attempts": quotient(s["offered"], s["first"]),
        "passed_up": quotient(s["passed_up"], s["answered"]),
        "callback_share": quotient(s["callback"], s["offered"]),
    }


def compare(found: pd.DataFrame, expected: dict[str, float], told: str) -> None:
    seen = found.set_index("measure")["mean"]
    for name, number in expected.items():
        assert seen[name] == pytest.approx(number, rel=1e-9, abs=1e-7, nan_ok=True), (told, name)


# Two in a thousand centres differ by which of two calls comes first that end at the same instant;
# none of these. The last ones have calls interrupted after a retry, and chats moved to a new agent.
@pytest.mark.parametrize("seed", [*range(60), 124, 831, 991, 1501, 1809])
def test_a_random_centre_does_what_the_plain_one_does(seed):
    check_centre(random_model(np.random.default_rng(seed)), seed)


@pytest.mark.parametrize("seed", [seed for seed in range(40) if seed != 19])
def test_a_random_centre_with_everything_does_what_the_plain_one_does(seed):
    rng = np.random.default_rng(seed)
    check_centre(with_more(rng, random_model(rng)), seed)


def check_centre(model: Model, seed: int) -> None:
    """Every row and every figure of one replication."""
    found = simulate.run(model, horizon=LENGTH, freq=FREQ, replications=1, seed=seed, trace=True)
    edges = [k * FREQ for k in range(5)]
    centre = Centre(model, edges, seed).run()
    rows = expected_rows(centre)
    log = found.calls()
    if len(rows):
        rows = rows[rows["arrival"] < LENGTH]
        rows = rows.sort_values(["arrival", "contact_id"], kind="stable").reset_index(drop=True)
        assert log["contact_id"].tolist() == rows["contact_id"].tolist()
        for name in ("call_type", "outcome", "transferred"):
            assert log[name].tolist() == rows[name].tolist(), name
        assert log["agent"].fillna("").tolist() == rows["agent"].tolist()
        served_in_full = rows["end"].notna()
        for name in ("arrival", "answer", "end"):
            # Who was interrupted and hung up then has an end in the log, which was no end of talk.
            seen = (log[name] - pd.Timestamp("2024-01-01")).dt.total_seconds()
            seen = seen.where(served_in_full) if name == "end" else seen
            np.testing.assert_allclose(seen, rows[name], rtol=1e-9, atol=2e-9, err_msg=name)
        for name in ("talk", "acw"):
            np.testing.assert_allclose(log[name], rows[name], rtol=1e-9, err_msg=name)
        came_to_an_end = ~np.isinf(rows["wait"])
        np.testing.assert_allclose(
            log["wait"][came_to_an_end], rows["wait"][came_to_an_end], rtol=1e-9, atol=1e-9
        )
    names = [kind.name for kind in model.call_types]
    for k, name in enumerate(names):
        for period, start in enumerate(edges[:-1]):
            mine = [
                e for e in centre.entries if e.kind == k and start <= e.arrival < edges[period + 1]
            ]
            seconds = {what: centre.seconds[what, k][period] for what in ("queue", "orbit")}
            expected = measures(sums(mine, model.call_types[k].threshold), seconds, FREQ)
            chosen = found[(found["call_type"] == name) & (found["start"] == start)]
            compare(chosen, expected, f"{name} {start}")
    if model.lines < math.inf:
        for period, start in enumerate(edges[:-1]):
            expected = {
                "lines_in_use": centre.seconds["lines", 0][period] / FREQ,
                "all_lines_busy": centre.seconds["all lines", 0][period] / FREQ,
                "most_lines": centre.most_lines[period],
            }
            chosen = found[(found["call_type"] == "all") & (found["start"] == start)]
            compare(chosen, expected, f"lines {start}")
    groups = found.groups()
    for g, group in enumerate(model.groups):
        held, active, overtime, on = (
            sum(centre.seconds[what, g]) for what in ("held", "active", "overtime", "on duty")
        )
        answers = [
            e
            for e in centre.entries
            if not math.isnan(e.answer) and e.answered_by == g and e.answer < LENGTH
        ]
        expected = {
            "occupancy": quotient(held, on * group.concurrency),
            "busy": quotient(active, on),
            "in_service": held / LENGTH,
            "agents": on / LENGTH,
            "answered": len(answers),
            "overtime_seconds": overtime,
        }
        compare(groups[groups["group"] == group.name], expected, group.name)
