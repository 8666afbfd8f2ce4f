"""A day of 100 agents by callstats and by a Runge-Kutta method, answers compared.

    python benches/runge_kutta.py [PEAK]

SciPy's solve_ivp (Dormand-Prince 5(4)) integrates the state equations and the time spent in each
state; service levels and waits, which take it further equations, it is not asked for.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from bench_day import half_hours
from callstats import day
from scipy.integrate import solve_ivp

PATIENCE, LENGTH = 180.0, 1800.0


def by_runge_kutta(frame, states):
    """Mean queue and share of the time with all agents busy, of each half hour."""
    count = np.arange(states)
    now, agents_before, rows = np.eye(states)[0], 0, []
    for row in frame.itertuples():
        agents = int(row.agents)
        if agents < agents_before:
            # Surplus busy agents take their call along.
            moved = np.zeros(states)
            surplus = np.clip(np.minimum(count, agents_before) - agents, 0, None)
            np.add.at(moved, count - surplus, now)
            now = moved
        agents_before = agents
        up = np.full(states, row.calls / LENGTH)
        up[-1] = 0.0
        waiting = np.clip(count - agents, 0, None)
        down = np.minimum(count, agents) / row.aht + waiting / PATIENCE

        def slope(_, both, up=up, down=down):
            p = both[:states]
            change = -(up + down) * p
            change[1:] += up[:-1] * p[:-1]
            change[:-1] += down[1:] * p[1:]
            return np.concatenate([change, p])

        start = np.concatenate([now, np.zeros(states)])
        end = solve_ivp(slope, (0, LENGTH), start, rtol=1e-8, atol=1e-12).y[:, -1]
        now, spent = end[:states], end[states:]
        rows.append((waiting @ spent / LENGTH, spent[agents:].sum() / LENGTH))
    return np.array(rows)


def main() -> None:
    peak = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    frame = half_hours(peak)
    options = {"patience": PATIENCE, "interval": LENGTH, "threads": 1}
    mine = []
    for _ in range(5):
        begun = time.process_time()
        result = day.evaluate(frame, **options)
        mine.append(time.process_time() - begun)
    begun = time.process_time()
    theirs = by_runge_kutta(frame, int(peak + 12 * np.sqrt(peak) + 20))
    other = time.process_time() - begun
    off = np.abs(theirs - result[["queue_length", "wait_probability"]].to_numpy()).max(axis=0)
    print(f"peak of {peak} agents, 48 half hours, processor time, one thread")
    print(f"callstats, all measures, 1e-10: {1e3 * min(mine):.1f} ms")
    print(f"solve_ivp, state alone, 1e-8:   {1e3 * other:.0f} ms, {other / min(mine):.0f} times")
    print(f"answers differ by {off[0]:.1e} (mean queue) and {off[1]:.1e} (wait_probability)")


if __name__ == "__main__":
    main()
