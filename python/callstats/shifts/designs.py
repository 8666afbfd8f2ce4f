"""Few shifts that cover a requirement: which starts and lengths to have at all."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._programmes import Limits
from callstats._tables import frames
from callstats._tables.checks import whole
from callstats.errors import NotConverged
from callstats.shifts.covering import price, truth
from callstats.shifts.grid import Grid
from callstats.shifts.models import ShiftModel
from callstats.shifts.plans import Cover, made
from callstats.shifts.tables import read_breaks, read_shifts, require_on_grid, templates

if TYPE_CHECKING:
    from callstats._programmes import Solution
    from callstats.shifts.staffing import Staffing
    from callstats.typing import Durations, Frame, Numbers

_AGREEMENT = 1e-6


# 17 arguments: prices, limits of the plan, limits of the search.
def design(
    requirement: Frame,
    *,
    starts: Any,
    lengths: Any,
    agents: str | Numbers = "required_agents",
    breaks: Frame | None = None,
    shift_cost: float = 0.0,
    most: int | None = None,
    under: float = 1.0,
    over: float = 1.0,
    paid: float = 1.0,
    cyclic: bool = False,
    interval: Durations | None = None,
    gap: float = 1e-4,
    time_limit: Durations = 60,
    node_limit: int | None = None,
    seed: int = 0,
    threads: int = 1,
) -> Cover:
    """The list of shifts to have, and the agents on each of them every day.

    Few shifts are easy to live with, many follow the requirement closely: with ``most=1, 2, …`` the
    cost against the number of shifts is a curve to choose by. Needs HiGHS.

    Parameters
    ----------
    requirement, agents, breaks, cyclic, interval, gap, time_limit, node_limit, seed, threads
        As in `cover`.
    starts, lengths : sequence
        Candidates, as in `templates`: every start with every length.
    shift_cost : float, default 0
        Price of having a shift on the list; >= 0.
    most : int, optional
        Shifts on the list at most; >= 1. None: no limit.
    under, over : float, default 1
        Price of one agent hour short, and of one above the requirement; >= 0.
    paid : float, default 1
        Price of a paid hour; >= 0.

    Returns
    -------
    Cover
        As of `cover`, with `shifts`: the list, ``shift``, ``start``, ``length`` (after midnight,
        and as durations in seconds), and ``agents``, the most on any day.

    Raises
    ------
    ImportError
        HiGHS is not installed.
    NotConverged
        No plan was found in time.
    ValueError
        A value outside its domain.

    Notes
    -----
    Whether a shift is on the list bounds its agents by the largest need that it sees, not by one
    large number: the bound is the tighter for it. A week of hours with 39 candidates takes seconds;
    with hundreds a gap may stay, which is reported.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame(
    ...     {"required_agents": [2, 4, 5, 5, 4, 4, 3, 1]},
    ...     index=pd.date_range("2026-03-02 08:00", periods=8, freq="h"),
    ... )
    >>> starts = ["08:00", "09:00", "10:00", "12:00"]
    >>> found = design(day, starts=starts, lengths=["4h"], most=1, under=2)
    >>> found.shifts[["shift", "agents"]]
             shift  agents
    0  09:00-13:00       4
    >>> found.objective
    40.0
    """
    began = time.monotonic()
    limits = Limits.of(gap, time_limit, node_limit, seed, threads)
    each_shift, short, beyond, hour = (
        price(name, value)
        for name, value in (
            ("shift_cost", shift_cost),
            ("under", under),
            ("over", over),
            ("paid", paid),
        )
    )
    grid = Grid.read(requirement, "requirement", interval)
    need = grid.whole("agents", agents)
    candidates = read_shifts(templates(starts=starts, lengths=lengths))
    types = [
        dataclasses.replace(each, cost=hour * each.paid) for each in read_breaks(breaks, candidates)
    ]
    require_on_grid(types, grid, "lengths")
    model = ShiftModel(grid, types, cyclic=truth("cyclic", cyclic))
    _list_shifts(
        model, need, each_shift, None if most is None else whole("most", most, 1, 1_000_000)
    )
    solution = _solved(model, need, (short, beyond), limits)
    staffing = model.read(solution.point).checked()
    used = _used(model, staffing)
    objective = _objective(staffing, need, (each_shift, short, beyond), used, solution)
    return made(
        staffing,
        need,
        solution,
        objective,
        under_price=short,
        shifts=_table(model, used),
        seconds=time.monotonic() - began,
    )


def _solved(model: ShiftModel, need: Any, prices: tuple[float, float], limits: Limits) -> Solution:
    """The cheapest list, and who works on it, with hours short and over at their prices."""
    programme = model.programme
    rows = programme.constraints(need.size, need, need)
    model.enter_presence(rows)
    lacking, above = (programme.variables(need.size, price * model.grid.hours) for price in prices)
    programme.enter(rows, lacking, 1.0)
    programme.enter(rows, above, -1.0)
    # Nobody at all is a plan, too: a search that is ended early has one.
    nobody = np.zeros(programme.columns)
    nobody[lacking] = need
    return programme.solve(limits, known=nobody, doing="shifts.design")


def _table(model: ShiftModel, used: list[tuple[int, int]]) -> Any:
    """The list of shifts."""
    types = [model.types[kind] for kind, _ in used]
    columns: dict[str, Any] = {
        "shift": [each.name for each in types],
        "start": np.array([each.start for each in types], np.int64),
        "length": np.array([each.length for each in types], np.int64),
        "agents": np.array([agents for _, agents in used], np.int64),
    }
    return frames.result(model.grid.frame, {}, columns)


def _list_shifts(model: ShiftModel, need: Any, cost: float, most: int | None) -> None:
    """Variables that say whether each type is on the list."""
    programme = model.programme
    listed = programme.variables(len(model.types), cost, upper=1)
    if most is not None:
        programme.row(listed, 1.0, upper=float(most))
    if not model.agents.size:
        return
    # Several orders of breaks of one type and day are bounded together.
    keys, row_of = np.unique(np.stack([model.of_type, model.of_day]), axis=1, return_inverse=True)
    rows = programme.constraints(keys.shape[1], -np.inf, 0.0)
    programme.enter(rows[row_of], model.agents, 1.0)
    seen = np.zeros(keys.shape[1])
    for count in range(model.agents.size):
        slots = model.slot[count] + np.arange(
            model.types[model.of_type[count]].length // model.grid.step
        )
        slots = slots % need.size if model.cyclic else slots[slots < need.size]
        largest = need[slots].max(initial=0)
        if model.windows[count]:
            # Those on a break are replaced: twice the need is more than anybody's use.
            largest *= 2
        seen[row_of[count]] = max(seen[row_of[count]], largest)
    programme.enter(rows, listed[keys[0]], -seen)


def _used(model: ShiftModel, staffing: Staffing) -> list[tuple[int, int]]:
    """The types that somebody has, with the most agents on any day."""
    per_day: dict[tuple[int, int], int] = {}
    for count in np.flatnonzero(staffing.agents):
        key = (int(model.of_type[count]), int(model.of_day[count]))
        per_day[key] = per_day.get(key, 0) + int(staffing.agents[count])
    kinds = sorted({kind for kind, _ in per_day})
    return [(k, max(agents for (kind, _), agents in per_day.items() if kind == k)) for k in kinds]


def _objective(
    staffing: Staffing,
    need: Any,
    prices: tuple[float, float, float],
    used: list[tuple[int, int]],
    solution: Solution,
) -> float:
    """The cost of the plan as it stands, compared with the solver's."""
    if not need.size:
        return 0.0
    away = (need - staffing.scheduled()) * staffing.model.grid.hours
    objective = staffing.cost() + prices[0] * len(used)
    objective += prices[1] * float(np.maximum(away, 0).sum())
    objective += prices[2] * float(np.maximum(-away, 0).sum())
    # A search that is ended early may leave a shift listed for nothing, or an hour both ways.
    if objective > solution.objective + _AGREEMENT * max(1.0, abs(objective)):
        msg = f"shifts.design: the plan costs {objective!r}, the solver says {solution.objective!r}"
        raise NotConverged(msg)
    return objective
