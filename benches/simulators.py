"""The same queue to callstats, simpy and ciw, in one run: answers first, then calls a second.

    pip install callstats simpy ciw
    python benches/simulators.py

M/M/n with patience: 10 agents, handle time 200 s, patience 180 s, load 9.5 erlangs. Processor time
of one thread, the best of three runs; all three count service level and abandonment.
"""

from __future__ import annotations

import importlib.metadata
import random
import time
from typing import TYPE_CHECKING

import ciw
import simpy
from callstats import erlang, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

AGENTS, RATE, TALK, PATIENCE, THRESHOLD = 10, 0.0475, 200.0, 180.0, 20.0
#: Calls that each is given; the slow ones get fewer.
MANY, FEW = 5_000_000, 30_000
#: What shares may differ by: a little more than five standard errors of the fewer calls.
SAME = 0.04
ROUNDS = 3


def by_callstats(calls: int, seed: int) -> tuple[float, float]:
    kind = simulate.CallType("calls", RATE, 1, talk=TALK, patience=PATIENCE, threshold=THRESHOLD)
    found = simulate.run(
        simulate.Model(kind, AGENTS), horizon=calls / RATE, replications=1, threads=1, seed=seed
    )
    figures = found.groupby("measure")["mean"].first()
    return figures["service_level"], figures["abandonment"]


def by_simpy(calls: int, seed: int) -> tuple[float, float]:
    draw = random.Random(seed)  # noqa: S311 - not a secret
    centre = simpy.Environment()
    desk = simpy.Resource(centre, capacity=AGENTS)
    counts = [0, 0, 0]

    def call():
        counts[0] += 1
        arrived = centre.now
        with desk.request() as turn:
            yield turn | centre.timeout(draw.expovariate(1 / PATIENCE))
            if not turn.triggered:
                counts[2] += 1
                return
            counts[1] += centre.now - arrived <= THRESHOLD
            yield centre.timeout(draw.expovariate(1 / TALK))

    def source():
        for _ in range(calls):
            yield centre.timeout(draw.expovariate(RATE))
            centre.process(call())

    centre.process(source())
    centre.run()
    return counts[1] / counts[0], counts[2] / counts[0]


def by_ciw(calls: int, seed: int) -> tuple[float, float]:
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(RATE)],
        service_distributions=[ciw.dists.Exponential(1 / TALK)],
        reneging_time_distributions=[ciw.dists.Exponential(1 / PATIENCE)],
        number_of_servers=[AGENTS],
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(calls, method="Finish")
    records = simulation.get_all_records()
    within = sum(r.record_type == "service" and r.waiting_time <= THRESHOLD for r in records)
    gone = sum(r.record_type == "renege" for r in records)
    return within / len(records), gone / len(records)


def speed(simulate_calls: Callable[[int, int], object], calls: int) -> float:
    times = []
    for seed in range(ROUNDS):
        begun = time.process_time()
        simulate_calls(calls, seed)
        times.append(time.process_time() - begun)
    return calls / min(times)


def main() -> None:
    load = RATE * TALK
    exact = (
        erlang.service_level(AGENTS, load, aht=TALK, patience=PATIENCE, threshold=THRESHOLD),
        erlang.abandonment(AGENTS, load, aht=TALK, patience=PATIENCE),
    )
    print(f"exact: service level {exact[0]:.4f}, abandonment {exact[1]:.4f}")
    ours = 0.0
    for name, simulator, calls in [
        ("callstats", by_callstats, MANY),
        ("simpy", by_simpy, FEW),
        ("ciw", by_ciw, FEW),
    ]:
        answer = simulator(calls, 7)
        agrees = all(abs(a - b) < SAME for a, b in zip(answer, exact, strict=True))
        rate = speed(simulator, calls)
        ours = ours or rate
        print(
            f"{name} {importlib.metadata.version(name)}: {answer[0]:.4f}, {answer[1]:.4f} "
            f"({'agrees' if agrees else 'DIFFERS'}); {rate:,.0f} calls/s, 1/{ours / rate:.0f}"
        )


if __name__ == "__main__":
    main()
