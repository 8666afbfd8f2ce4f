"""The same cover by other tools: paid quarter hours, bounds and processor time, won or lost.

    python schedule_peers.py [SECONDS]

SciPy and CP-SAT get every shift with every placement of its breaks as a column of its own, as their
users write it; pyworkforce takes shifts without soft costs. Tools that are missing are left out.
The answers are checked first: a tool that says "optimal" and pays more than another is named.
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from callstats import shifts
from callstats.benchmarks.test_schedules import BREAKS, LUNCH, QUARTERS, quarter_hours, shift_types

SLOT = pd.Timedelta("15min")


def quarters(text: str) -> int:
    """A duration in slots."""
    return int(pd.Timedelta(text) / SLOT)


def placements(breaks: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    """Presence and paid quarter hours of every shift with every placement of its breaks."""
    present, paid = [], []
    table = BREAKS[:0] if breaks is None else breaks
    for start, length in shift_types()[["start", "length"]].itertuples(index=False):
        first, span = int(start / SLOT), int(length / SLOT)
        own = table[pd.to_timedelta(table["shift_length"]) == length]
        windows = [
            range(quarters(e), quarters(t) + 1) for e, t in own[["earliest", "latest"]].to_numpy()
        ]
        lengths = [quarters(each) for each in own["length"]]
        unpaid = sum(n for n, is_paid in zip(lengths, own["paid"], strict=True) if not is_paid)
        for offsets in itertools.product(*windows):
            column = np.zeros(QUARTERS, int)
            column[first : first + span] = 1
            for offset, size in zip(offsets, lengths, strict=True):
                column[first + offset : first + offset + size] = 0
            present.append(column)
            paid.append(span - unpaid)
    return np.array(present), np.array(paid)


def by_callstats(day: pd.DataFrame, breaks: pd.DataFrame | None, limit: float) -> Any:
    found = shifts.cover(day, shift_types(), breaks=breaks, time_limit=limit)
    return 4 * found.paid_hours, 4 * found.bound, found.status


def by_scipy(day: pd.DataFrame, breaks: pd.DataFrame | None, limit: float) -> Any:
    from scipy.optimize import LinearConstraint, milp

    present, paid = placements(breaks)
    need = day["required_agents"].to_numpy()
    found = milp(
        paid,
        constraints=LinearConstraint(present.T, need, np.inf),
        integrality=np.ones(paid.size),
        options={"time_limit": limit, "mip_rel_gap": 1e-4},
    )
    if found.x is None:
        return np.nan, found.mip_dual_bound, "no plan"
    return paid @ np.rint(found.x), found.mip_dual_bound, "optimal" if found.status == 0 else "time"


def by_cp_sat(day: pd.DataFrame, breaks: pd.DataFrame | None, limit: float) -> Any:
    from ortools.sat.python import cp_model

    present, paid = placements(breaks)
    need = day["required_agents"].tolist()
    model = cp_model.CpModel()
    counts = [model.new_int_var(0, max(need), f"x{k}") for k in range(paid.size)]
    for slot in range(QUARTERS):
        own = np.flatnonzero(present[:, slot])
        if need[slot]:
            model.add(sum(counts[k] for k in own) >= need[slot])
    model.minimize(sum(int(p) * x for p, x in zip(paid, counts, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = limit
    status = solver.status_name(solver.solve(model))
    words = {"OPTIMAL": "optimal", "FEASIBLE": "time"}
    if status not in words:
        return np.nan, np.nan, "no plan"
    return solver.objective_value, solver.best_objective_bound, words[status]


def by_pyworkforce(day: pd.DataFrame, breaks: pd.DataFrame | None, limit: float) -> Any:
    from pyworkforce.scheduling import MinRequiredResources

    present, paid = placements(breaks)
    need = day["required_agents"].tolist()
    found = MinRequiredResources(
        num_days=1,
        periods=QUARTERS,
        shifts_coverage={f"s{k}": column.tolist() for k, column in enumerate(present)},
        required_resources=[need],
        cost_dict={f"s{k}": int(p) for k, p in enumerate(paid)},
        max_period_concurrency=10 * max(need),
        max_shift_concurrency=max(need),
        max_search_time=limit,
    ).solve()
    return found["cost"], np.nan, found["status"].lower()


TOOLS = {
    "callstats": by_callstats,
    "SciPy milp": by_scipy,
    "CP-SAT, 1 worker": by_cp_sat,
    "pyworkforce": by_pyworkforce,
}


def main(limit: float) -> None:
    """A Markdown table."""
    print("| day | tool | paid quarter hours | bound | ended | CPU s |\n|---|---|---|---|---|---|")
    for peak, (name, breaks) in itertools.product(
        (45, 400), {"no breaks": None, "lunch": LUNCH, "lunch and coffees": BREAKS}.items()
    ):
        day = quarter_hours(peak)
        best: list[tuple[float, str]] = []
        for tool, ask in TOOLS.items():
            began = time.process_time()
            try:
                paid, bound, ended = ask(day, breaks, limit)
            except ImportError:
                continue
            seconds = time.process_time() - began
            print(
                f"| {peak} agents, {name} | {tool} | {paid:,.0f} | {bound:,.0f} | {ended} | "
                f"{seconds:.2f} |",
                flush=True,
            )
            if ended == "optimal":
                best.append((paid, tool))
        if best and max(best)[0] > min(best)[0] * (1 + 2e-4):
            print(f"{max(best)[1]} says optimal and pays more than {min(best)[1]}", file=sys.stderr)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 15.0)
