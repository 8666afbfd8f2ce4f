"""The shifts that cover what each interval needs at the least cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._programmes import Limits, Solution
from callstats._tables import frames
from callstats._tables.checks import number, one_of, shown
from callstats.errors import InfeasibleError, NotConverged
from callstats.shifts.grid import Grid
from callstats.shifts.models import ShiftModel
from callstats.shifts.plans import Cover, made
from callstats.shifts.tables import read_breaks, read_shifts, require_on_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.shifts.staffing import Staffing
    from callstats.typing import Durations, Frame, Numbers

    Whole = NDArray[np.int64]

#: An agent slot short costs so many times the dearest shift where the requirement must be met.
_DEAR = 20.0
#: Relative difference from the solver's objective above which a plan is refused.
_AGREEMENT = 1e-6
#: Slots that an error names before the rest are counted.
_NAMED = 6


# 17 arguments: prices, limits of the plan, limits of the search.
def cover(
    requirement: Frame,
    shifts: Frame,
    *,
    agents: str | Numbers = "required_agents",
    breaks: Frame | None = None,
    under: float | None = None,
    over: float = 0.0,
    share: Any = None,
    seats: str | Numbers | None = None,
    days_off: Any = None,
    cyclic: bool = False,
    interval: Durations | None = None,
    gap: float = 1e-4,
    time_limit: Durations = 60,
    node_limit: int | None = None,
    seed: int = 0,
    threads: int = 1,
    infeasible: Literal["raise", "soften"] = "raise",
) -> Cover:
    """The shifts, and their breaks, that cover a requirement at the least cost.

    Needs HiGHS: ``pip install callstats[schedule]``.

    Parameters
    ----------
    requirement : DataFrame
        One row a slot of one day or many, by the time index or the column ``start``, without gaps:
        what is closed needs 0. Pandas, Polars or what narwhals reads; `callstats.staffing.plan`
        gives one. It is not changed.
    shifts : DataFrame
        The shift types, as `templates` makes them. ``start`` (time after local midnight,
        ``"07:30"``) and ``length``; optionally ``shift``, its name; ``paid``, its paid time
        (default: the length); ``cost`` of one agent (default: the paid hours); ``group``;
        ``minimum`` and ``maximum`` agents on each day.
    agents : str or array_like, default "required_agents"
        Agents that each slot needs; >= 0. Fractions are rounded up, to 1e-9.
    breaks : DataFrame, optional
        ``earliest``, ``latest`` (after the start of the shift) and ``length`` of each break;
        optionally ``break``, its name; ``shift_length`` or ``shift``, which shifts have it
        (default: all); ``paid`` (default: true). Breaks that are not paid are taken off the paid
        time.
    under : float, optional
        Price of one agent hour short; >= 0. None: the requirement must be met.
    over : float, default 0
        Price of one agent hour above the requirement; >= 0.
    share : float or mapping, optional
        Largest share of all agents: of the part-timers (groups that begin with "part"; without
        groups, shifts shorter than the longest), or by group. Between 0 and 1.
    seats : int, str or array_like, optional
        Most agents present in each slot; those on a break are not.
    days_off : int, "consecutive" or sequence of str, optional
        Days off of each agent in seven, any (2: 21 patterns) or running (7 patterns), or patterns
        such as "1111100" from the first day on. Agents then keep their shift on all days at work.
    cyclic : bool, default False
        The first slot follows the last: a typical day or week.
    interval : duration, optional
        Length of a slot; by default the step of the rows.
    gap : float, default 1e-4
        Relative distance from the bound at which the search may end; >= 0.
    time_limit : float or duration, default 60
        Seconds after which the best plan so far is taken; > 0. Such a plan may not repeat.
    node_limit : int, optional
        Nodes after which the best plan so far is taken; this repeats.
    seed : int, default 0
        Of the solver. The same seed, and the same set of rows in any order, give the same plan.
    threads : int, default 1
        Of the solver.
    infeasible : {"raise", "soften"}
        What to do where the requirement cannot be met: raise, naming the slots, or plan with agents
        short at a high price (`Cover.under_price`).

    Returns
    -------
    Cover
        `plan`, `breaks`, `cover` and `schedule()` as frames; `paid_hours`, `objective`, `bound`,
        `gap`, `status`, `seconds`.

    Raises
    ------
    ImportError
        HiGHS is not installed.
    InfeasibleError
        The requirement, or a minimum, cannot be met.
    NotConverged
        No plan was found in time, or the solver's answer does not agree with itself.
    ValueError
        A table breaks a rule; the message names column, rule and first bad row.

    Notes
    -----
    A set-covering programme with implicit breaks (Aykin 1996). Every row has a slack, so that
    shortages are named. Cover, cost and breaks are rebuilt from the plan and compared with the
    solver's. Shifts start by the local clock and last as long as they say, also where the clock
    changes. Those that run out of the frame count in full; `outside_hours` says how much. Shifts
    that begin before the frame are not used.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame(
    ...     {"required_agents": [2, 4, 5, 5, 4, 4, 3, 1]},
    ...     index=pd.date_range("2026-03-02 08:00", periods=8, freq="h"),
    ... )
    >>> shifts = pd.DataFrame({"start": ["08:00", "09:00", "10:00", "12:00"], "length": "4h"})
    >>> found = cover(day, shifts)
    >>> found.plan[["shift", "agents", "paid_hours"]]
             shift  agents  paid_hours
    0  08:00-12:00       2         8.0
    1  09:00-13:00       2         8.0
    2  10:00-14:00       1         4.0
    3  12:00-16:00       3        12.0
    >>> found.paid_hours, found.status
    (32.0, 'optimal')
    """
    began = time.monotonic()
    one_of("infeasible", infeasible, ("raise", "soften"))
    limits = Limits.of(gap, time_limit, node_limit, seed, threads)
    prices = (None if under is None else price("under", under), price("over", over))
    grid = Grid.read(requirement, "requirement", interval)
    need = grid.whole("agents", agents)
    types = read_breaks(breaks, read_shifts(shifts))
    require_on_grid(types, grid)
    model = ShiftModel(grid, types, cyclic=truth("cyclic", cyclic), days_off=days_off)
    model.limit_share(share)
    model.limit_seats(seats)
    task = Covering(model, need, *prices, limits)
    return task.solve(began, soften=infeasible == "soften")


def price(name: str, value: Any) -> float:
    """A price of an agent hour."""
    return number(name, value, ">= 0 and finite", lambda each: 0 <= each < np.inf)


def truth(name: str, value: Any) -> bool:
    """An argument that is true or false."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False; got {shown(value)}")
    return bool(value)


@dataclass
class Covering:
    """The need of each slot as rows of a model, and their prices."""

    model: ShiftModel
    need: Whole
    under: float | None
    over: float
    limits: Limits

    def solve(self, began: float, *, soften: bool) -> Cover:
        """The plan, or the reasons why there is none."""
        model, hours = self.model, self.model.grid.hours
        dearest = max((each.cost for each in model.types), default=0.0) or 1.0
        dear = _DEAR * dearest
        hard = self.under is None
        if hard and not soften:
            self._require_reach()
        slot_price = dear if self.under is None else self.under * hours
        lack = model.limit_types(max(dear, slot_price))
        rows = model.programme.constraints(
            self.need.size, self.need, self.need if self.over else np.inf
        )
        model.enter_presence(rows)
        short = model.programme.variables(self.need.size, slot_price, upper=self.need)
        model.programme.enter(rows, short, 1.0)
        if self.over:
            beyond = model.programme.variables(self.need.size, self.over * hours)
            model.programme.enter(rows, beyond, -1.0)
        # Nobody at all is a plan, too: a search that is ended early has one.
        nobody = np.zeros(model.programme.columns)
        nobody[short] = self.need
        for _, (place, minimum) in lack:
            nobody[place] = minimum
        solution = model.programme.solve(self.limits, known=nobody, doing="shifts.cover")
        if hard and not soften and self._short(solution, short, lack):
            solution = self._certain(solution, short, lack)
        staffing = model.read(solution.point).checked()
        objective = self._objective(staffing, slot_price, solution, lack)
        tours = model.read_tours(solution.point)
        return made(
            staffing,
            self.need,
            solution,
            objective,
            under_price=slot_price / hours,
            seconds=time.monotonic() - began,
            tours=None if tours is None else frames.result(model.grid.frame, {}, tours),
        )

    def _require_reach(self) -> None:
        """Raise where a slot needs agents and no shift reaches it."""
        gone = ~self.model.reached() & (self.need > 0) if self.need.size else np.zeros(0, bool)
        if gone.any():
            raise InfeasibleError(_complaint(self.model.grid, self.need, gone, np.zeros(gone.size)))

    @staticmethod
    def _short(solution: Solution, short: Whole, lack: list[Any]) -> bool:
        places = [*short.tolist(), *(place for _, (place, _) in lack)]
        return bool((solution.point[places] > 0.5).any())

    def _certain(self, solution: Solution, short: Whole, lack: list[Any]) -> Solution:
        """A plan without shortages after all, or the error that names them.

        A shortage has a price, however high: whether there must be one is a question of its own.
        """
        matrix = self.model.programme.built()
        costs, matrix.costs = matrix.costs, np.zeros_like(matrix.costs)
        places = np.array([*short.tolist(), *(place for _, (place, _) in lack)])
        matrix.costs[places] = 1.0
        least = matrix.solve(self.limits, known=solution.point, doing="shifts.cover, shortages")
        if least.objective > 0.5:
            names = [
                f"{name}: {least.point[place]:.0f} short of its minimum {minimum}"
                for name, (place, minimum) in lack
                if least.point[place] > 0.5
            ]
            lacking = np.rint(least.point[short])
            raise InfeasibleError(
                _complaint(self.model.grid, self.need, np.zeros(short.size, bool), lacking, names)
            )
        matrix.costs, matrix.uppers = costs, matrix.uppers.copy()
        matrix.uppers[places] = 0.0
        return matrix.solve(self.limits, known=least.point, doing="shifts.cover")

    def _objective(
        self, staffing: Staffing, slot_price: float, solution: Solution, lack: list[Any]
    ) -> float:
        """The cost of the plan as it stands, compared with the solver's."""
        if not self.need.size:
            return 0.0
        away = self.need - staffing.scheduled()
        objective = staffing.cost() + slot_price * float(np.maximum(away, 0).sum())
        objective += self.over * self.model.grid.hours * float(np.maximum(-away, 0).sum())
        costs = self.model.programme.costs
        objective += sum(float(costs[p] * solution.point[p]) for _, (p, _) in lack)
        # A search that is ended early may price an hour as short and as over: it is neither.
        if objective > solution.objective + _AGREEMENT * max(1.0, abs(objective)):
            msg = f"shifts: the plan costs {objective!r}, the solver says {solution.objective!r}"
            raise NotConverged(msg)
        return objective


def _complaint(
    grid: Grid, need: Whole, gone: Any, short: Any, names: list[str] | None = None
) -> str:
    """The slots that cannot be covered, neighbours together, and how many agents are missing."""
    named = list(names or [])
    missing = int(need[gone].sum() + short.sum())
    slot = 0
    while slot < need.size:
        end = slot + 1
        if gone[slot]:
            while end < need.size and gone[end]:
                end += 1
            named.append(f"{_span(grid, slot, end)}: no shift reaches")
        elif short[slot] > 0:
            named.append(f"{_span(grid, slot, end)}: {short[slot]:.0f} short of {need[slot]}")
        slot = end
    more = f"; and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    first = "; ".join(named[:_NAMED])
    return f"the requirement cannot be met, {missing} agent slots are missing: {first}{more}"


def _span(grid: Grid, slot: int, end: int) -> str:
    begin = grid.clock(slot)
    return begin if end == slot + 1 else f"{begin}–{grid.clock(end)[-5:]}"  # noqa: RUF001
