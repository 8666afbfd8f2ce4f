"""Systems that no table holds, against the stationary law of their Markov chain, solved exactly.

The chance of a false alarm for a new seed is 1 % in all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from callstats import simulate
from callstats.simulate import CallType, Group, Model, Recall, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

State = tuple[int, ...]
#: All measures of all systems.
LOOKED_AT = 36
CONFIDENCE = 1 - 0.01 / LOOKED_AT
#: Queues of these systems are as long with a probability below 1e-12.
LONGEST = 35


class Chain:
    """The stationary law of all states that are reached from the empty one."""

    def __init__(self, moves: Callable[..., Iterable[tuple[float, State]]], empty: State) -> None:
        places, self.states, rates = {empty: 0}, [empty], []
        for state in self.states:
            for rate, reached in moves(*state):
                if rate > 0:
                    if reached not in places:
                        places[reached] = len(self.states)
                        self.states.append(reached)
                    rates.append((places[state], places[reached], rate))
        balance = np.zeros((len(self.states), len(self.states)))
        for of, to, rate in rates:
            balance[to, of] += rate
            balance[of, of] -= rate
        balance[-1] = 1
        self.law = np.linalg.solve(balance, np.eye(len(self.states))[-1])

    def columns(self) -> Any:
        """Each coordinate of all states."""
        return np.asarray(self.states).T

    def mean(self, of_states: Any) -> float:
        return float(self.law @ of_states)


@dataclass
class System:
    model: Model
    rate: float
    of_types: dict[tuple[str, str], float]
    of_group: dict[tuple[str, str], float] = field(default_factory=dict)


def busy_lines() -> System:
    """After-call work holds the agent and not the line; state: talking, wrapping up, waiting."""
    n, lines, rate, talk, acw, patience = 4, 6, 0.02, 150, 60, 100

    def moves(t: int, a: int, q: int) -> Any:
        if t + q < lines:
            yield rate, (t + 1, a, 0) if t + a < n else (t, a, q + 1)
        yield t / talk, (t - 1, a + 1, q)
        yield a / acw, (t + 1, a - 1, q - 1) if q else (t, a - 1, 0)
        yield q / patience, (t, a, q - 1)

    chain = Chain(moves, (0, 0, 0))
    t, a, q = chain.columns()
    queue = chain.mean(q)
    kind = CallType("calls", rate, 1, talk=talk, acw=acw, patience=patience)
    return System(
        Model(kind, n, lines=lines),
        rate,
        {
            ("calls", "blocking"): chain.mean(t + q == lines),
            ("calls", "wait_probability"): chain.mean((t + q < lines) & (t + a == n)),
            ("calls", "queue_length"): queue,
            ("calls", "abandonment"): queue / patience / rate,
            ("all", "lines_in_use"): chain.mean(t + q),
            ("all", "all_lines_busy"): chain.mean(t + q == lines),
        },
        {("agents", "occupancy"): chain.mean(t + a) / n},
    )


def retrials() -> System:
    """Of those who hang up, 70 % call again; state: in the system, between two attempts."""
    n, rate, talk, patience, again, delay = 4, 0.018, 200, 90, 0.7, 400

    def moves(k: int, o: int) -> Any:
        if k < n + 20:
            yield rate, (k + 1, o)
            yield o / delay, (k + 1, o - 1)
        yield min(k, n) / talk, (k - 1, o)
        gone = max(k - n, 0) / patience
        yield gone * again, (k - 1, min(o + 1, LONGEST))
        yield gone * (1 - again), (k - 1, o)

    chain = Chain(moves, (0, 0))
    k, o = chain.columns()
    queue, orbit = chain.mean(np.maximum(k - n, 0)), chain.mean(o)
    offered = rate + orbit / delay
    kind = CallType("calls", rate, 1, talk=talk, patience=patience)
    return System(
        Model(kind, n, retry=Retry(delay, abandoned=again)),
        rate,
        {
            ("calls", "queue_length"): queue,
            ("calls", "mean_wait"): queue / offered,
            ("calls", "abandonment"): queue / patience / offered,
            ("calls", "mean_in_orbit"): orbit,
            ("calls", "attempts"): offered / rate,
        },
    )


def chats() -> System:
    """Two agents with two chats each; state: contacts of the busier one, of the other, waiting."""
    rate, patience, times = 0.014, 200, (200, 320)
    speed = (0, 1 / times[0], 2 / times[1])

    def moves(a: int, b: int, q: int) -> Any:
        if b == 2:
            if q < LONGEST:
                yield rate, (2, 2, q + 1)
            yield 2 * speed[2], (2, 2, q - 1) if q else (2, 1, 0)
        else:
            yield rate, (*sorted((a, b + 1), reverse=True), 0)
            yield speed[a], (*sorted((a - 1, b), reverse=True), 0)
            yield speed[b], (a, b - 1, 0)
        yield q / patience, (2, 2, q - 1)

    chain = Chain(moves, (0, 0, 0))
    a, b, q = chain.columns()
    queue = chain.mean(q)
    kind = CallType("chats", rate, 1, talk=times[0], patience=patience)
    return System(
        Model(kind, Group("desk", 2, concurrency=2, slowdown=times)),
        rate,
        {
            ("chats", "queue_length"): queue,
            ("chats", "abandonment"): queue / patience / rate,
            ("chats", "wait_probability"): chain.mean(b == 2),
        },
        {
            ("desk", "busy"): chain.mean(np.sign(a) + np.sign(b)) / 2,
            ("desk", "in_service"): chain.mean(a + b),
        },
    )


def tiers() -> System:
    """Impatient callers at both lines; state: at the first, at the second."""
    agents, rate, talk, up, patience = (5, 3), 0.03, (160, 300), 0.3, (120, 200)

    def moves(a: int, b: int) -> Any:
        if a < LONGEST:
            yield rate, (a + 1, b)
        done = min(a, agents[0]) / talk[0]
        yield done * up, (a - 1, min(b + 1, LONGEST))
        yield done * (1 - up) + max(a - agents[0], 0) / patience[0], (a - 1, b)
        yield min(b, agents[1]) / talk[1] + max(b - agents[1], 0) / patience[1], (a, b - 1)

    chain = Chain(moves, (0, 0))
    a, b = chain.columns()
    first = chain.mean(np.maximum(a - agents[0], 0))
    second = chain.mean(np.maximum(b - agents[1], 0))
    offered = chain.mean(np.minimum(a, agents[0])) / talk[0] * up
    kinds = [
        CallType("one", rate, 1, talk=talk[0], patience=patience[0], pass_up=up, next_line="two"),
        CallType("two", talk=talk[1], patience=patience[1]),
    ]
    groups = dict(zip(["first", "second"], agents, strict=True))
    return System(
        Model(kinds, groups, {"one": "first", "two": "second"}),
        rate,
        {
            ("one", "abandonment"): first / patience[0] / rate,
            ("two", "queue_length"): second,
            ("two", "abandonment"): second / patience[1] / offered,
        },
        {("second", "occupancy"): chain.mean(np.minimum(b, agents[1])) / agents[1]},
    )


def priorities() -> System:
    """One group, two types of different patience; state: busy, waiting first, waiting second."""
    n, rates, talk, patience = 4, (0.012, 0.015), 180, (100, 250)

    def moves(b: int, q: int, r: int) -> Any:
        if b < n:
            yield sum(rates), (b + 1, 0, 0)
        else:
            yield rates[0] if q < LONGEST else 0, (b, q + 1, r)
            yield rates[1] if r < LONGEST else 0, (b, q, r + 1)
        served = (b, q - 1, r) if q else (b, 0, r - 1) if r else (b - 1, 0, 0)
        yield b / talk, served
        yield q / patience[0], (b, q - 1, r)
        yield r / patience[1], (b, q, r - 1)

    chain = Chain(moves, (0, 0, 0))
    _, q, r = chain.columns()
    queues = chain.mean(q), chain.mean(r)
    kinds = [
        CallType(name, rate, 1, talk=talk, patience=limit, priority=place)
        for place, (name, rate, limit) in enumerate(zip("ab", rates, patience, strict=True))
    ]
    return System(
        Model(kinds, n),
        sum(rates),
        {
            ("a", "queue_length"): queues[0],
            ("a", "abandonment"): queues[0] / patience[0] / rates[0],
            ("b", "queue_length"): queues[1],
            ("b", "mean_wait"): queues[1] / rates[1],
        },
    )


def forwarding() -> System:
    """Calls forwarded to the same desk, a pause after each; state: talking, pausing, waiting."""
    n, rate, talk, rest, patience, again = 4, 0.015, 150, 40, 120, 0.25

    def moves(t: int, p: int, q: int) -> Any:
        free = t + p < n
        if q < LONGEST:
            yield rate, (t + 1, p, 0) if free else (t, p, q + 1)
            # The agent who forwards has a pause and does not take the call back.
            yield t / talk * again, (t, p + 1, 0) if free else (t - 1, p + 1, q + 1)
        yield t / talk * (1 - again), (t - 1, p + 1, q)
        yield p / rest, (t + 1, p - 1, q - 1) if q else (t, p - 1, 0)
        yield q / patience, (t, p, q - 1)

    chain = Chain(moves, (0, 0, 0))
    t, p, q = chain.columns()
    offered = rate + chain.mean(t) / talk * again
    kind = CallType("calls", rate, 1, talk=talk, patience=patience, forward={"calls": again})
    return System(
        Model(kind, Group("desk", n, pause=rest)),
        rate,
        {
            ("calls", "queue_length"): chain.mean(q),
            ("calls", "abandonment"): chain.mean(q) / patience / offered,
            ("calls", "attempts"): 1.0,
            ("calls", "passed_up"): again,
        },
        {("desk", "occupancy"): chain.mean(t + p) / n},
    )


def ringing() -> System:
    """Callers may hang up while the agent's telephone rings; state: ringing, talking, waiting."""
    n, rate, talk, ring, patience = 4, 0.022, 160, 25, 110

    def moves(r: int, t: int, q: int) -> Any:
        if q < LONGEST:
            yield rate, (r + 1, t, 0) if r + t < n else (r, t, q + 1)
        yield r / ring, (r - 1, t + 1, q)
        # Whoever is free takes the next call, which rings.
        yield t / talk, (r + 1, t - 1, q - 1) if q else (r, t - 1, 0)
        yield r / patience, (r, t, q - 1) if q else (r - 1, t, 0)
        yield q / patience, (r, t, q - 1)

    chain = Chain(moves, (0, 0, 0))
    r, t, q = chain.columns()
    kind = CallType("calls", rate, 1, talk=talk, patience=patience)
    return System(
        Model(kind, Group("desk", n, ring=ring)),
        rate,
        {
            ("calls", "queue_length"): chain.mean(q),
            ("calls", "abandonment"): chain.mean(q + r) / patience / rate,
            ("calls", "mean_wait"): chain.mean(q + r) / rate,
        },
        {("desk", "occupancy"): chain.mean(r + t) / n},
    )


def recalls() -> System:
    """Of those who were served 30 % call again; state: in the system, at home."""
    n, rate, talk, patience, again, delay = 4, 0.015, 190, 130, 0.3, 500

    def moves(k: int, o: int) -> Any:
        if k < n + 20:
            yield rate, (k + 1, o)
            yield o / delay, (k + 1, o - 1)
        yield min(k, n) / talk * again, (k - 1, min(o + 1, LONGEST))
        yield min(k, n) / talk * (1 - again) + max(k - n, 0) / patience, (k - 1, o)

    chain = Chain(moves, (0, 0))
    k, o = chain.columns()
    queue, offered = chain.mean(np.maximum(k - n, 0)), rate + chain.mean(o) / delay
    recall = Recall(delay, {"calls": again})
    kind = CallType("calls", rate, 1, talk=talk, patience=patience, recall=recall)
    return System(
        Model(kind, n),
        rate,
        {("calls", "queue_length"): queue, ("calls", "abandonment"): queue / patience / offered},
    )


@pytest.mark.parametrize(
    "make", [busy_lines, retrials, chats, tiers, priorities, forwarding, ringing, recalls]
)
def test_the_intervals_hold_the_stationary_law(make):
    system = make()
    found = simulate.run(
        system.model,
        horizon=40_000 / system.rate,
        warm_up=3_000 / system.rate,
        replications=40,
        confidence=CONFIDENCE,
        seed=20240306,
    )
    types = found.totals().set_index(["call_type", "measure"]).sort_index()
    groups = found.groups().set_index(["group", "measure"]).sort_index()
    for table, expected in ((types, system.of_types), (groups, system.of_group)):
        for of, exact in expected.items():
            row = table.loc[of]
            assert row["low"] <= exact <= row["high"], of
            # Narrow enough to tell.
            assert row["high"] - row["low"] <= 0.06 * exact, of
