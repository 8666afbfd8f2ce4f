"""Rosters beyond what a solver takes whole: a start week by week, then part after part anew.

Fix and optimise: some agents over the whole horizon, or one week of all, are solved again with
everything else as it is. Each step is a programme with the roster at hand as its start, so that it
never gets worse.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from callstats._programmes import Limits, Matrix, Solution, integral_unit
from callstats.errors import NotConverged
from callstats.roster.model import RosterModel, week_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

#: Assignments up to which the whole programme is tried first, and its part of the time.
_WHOLE, _WHOLE_TIME = 2000, 0.5
#: Agents that are planned anew in a round, seconds and relative gap of a round.
_FREE_AGENTS, _ROUND_TIME, _ROUND_GAP = 14, 8.0, 2e-3
#: Rounds without progress, each part of the roster once on average, after which a search ends
#: early.
_STILL = 60
#: Part of the time that the bound may take.
_BOUND_TIME = 0.35
_CLOSE = 1e-7


@dataclass
class Search:
    """A roster being improved."""

    model: RosterModel
    matrix: Matrix
    limits: Limits
    rounds: int | None
    began: float
    values: Floats
    objective: float
    bound: float = -np.inf
    status: str = "time"

    def left(self) -> float:
        """Seconds."""
        return self.limits.time_limit - (time.monotonic() - self.began)

    def done(self) -> bool:
        """Whether the bound is met, or the search was ended by hand."""
        close = self.objective - self.bound <= max(self.limits.gap * abs(self.objective), _CLOSE)
        return close or self.status == "interrupted"

    def take(self, values: Floats) -> bool:
        """Keep values that are not worse."""
        objective = float(self.matrix.costs @ values)
        if objective > self.objective + _CLOSE:
            return False
        better = objective < self.objective - _CLOSE
        self.values, self.objective = values, objective
        return better

    def anew(self, free: NDArray[np.bool_], limits: Limits) -> bool:
        """Solve for some variables, the others as they are; whether that was better."""
        part = self.matrix.restricted(free, self.values)
        try:
            found = part.solve(limits, start=self.values[free], doing="roster.assign")
        except NotConverged:
            return False
        if found.status == "interrupted":
            self.status = "interrupted"
        values = self.values.copy()
        values[free] = found.point
        return self.take(values)


def search(model: RosterModel, limits: Limits, rounds: int | None) -> Solution:
    """The best roster that is found in time, and a bound."""
    began = time.monotonic()
    matrix = model.programme.built()
    if not matrix.costs.size:
        return Solution(np.zeros(0), 0.0, 0.0, "optimal", 0.0)
    nothing = _nobody(model, matrix)
    task = Search(model, matrix, limits, rounds, began, nothing, float(matrix.costs @ nothing))
    small = model.x.size <= _WHOLE // 4
    if model.x.size <= _WHOLE:
        whole = matrix.solve(
            limits.within(limits.time_limit * (1.0 if small else _WHOLE_TIME)),
            known=nothing,
            doing="roster.assign",
        )
        task.take(whole.point)
        task.bound, task.status = whole.bound, whole.status
        if task.done() or small:
            return _solution(task)
    else:
        _by_weeks(task)
    if not np.isfinite(task.bound):
        task.bound = _relaxed(task)
    _improve(task)
    return _solution(task)


def _solution(task: Search) -> Solution:
    task.take(_settled(task.model, task.matrix, task.values))
    seconds = time.monotonic() - task.began
    bound = min(task.bound, task.objective)
    status = task.status
    if task.objective - bound <= _CLOSE:
        status = "optimal"
    elif status != "interrupted" and task.done():
        status = "gap"
    return Solution(task.values, task.objective, bound, status, seconds)


def _settled(model: RosterModel, matrix: Matrix, values: Floats) -> Floats:
    """Who works what as it is, and everything else at its least cost."""
    free = np.ones(matrix.costs.size, bool)
    free[model.x] = False
    values = values.copy()
    values[free] = matrix.restricted(free, values).solve(Limits(), doing="roster.assign").point
    return values


def _nobody(model: RosterModel, matrix: Matrix) -> Floats:
    """Nobody works but who is fixed; slacks take what is missing."""
    values = np.zeros(matrix.costs.size)
    values[model.x] = matrix.lowers[model.x]
    return _settled(model, matrix, values)


def _by_weeks(task: Search) -> None:
    """Week after week, each with its share of what the horizon allows."""
    model, matrix = task.model, task.matrix
    weeks = np.array([week_of(slot.day) for slot in model.demand.slots])[model.slot]
    every = np.unique(weeks)
    values = task.values.copy()
    for number, week in enumerate(every, start=1):
        free = np.ones(matrix.costs.size, bool)
        free[model.x] = (weeks == week) & (matrix.lowers[model.x] < 0.5)
        bounds = matrix.row_lowers, matrix.row_uppers
        matrix.row_lowers, matrix.row_uppers = (each.copy() for each in bounds)
        for row, agent in model.budgets:
            part = number / every.size
            # Half of the agents have the larger part early, half of them late.
            rounded = np.ceil if agent % 2 else np.floor
            if number < every.size:
                matrix.row_lowers[row] *= part
                matrix.row_uppers[row] = rounded(matrix.row_uppers[row] * part + 1e-9)
        try:
            limits = task.limits.within(max(0.06 * task.limits.time_limit, 1.0), gap=0.005)
            part_of = matrix.restricted(free, values)
            found = part_of.solve(limits, known=values[free], doing="roster.assign, start")
            values[free] = found.point
        except NotConverged:
            pass
        finally:
            matrix.row_lowers, matrix.row_uppers = bounds
    # Slacks of budgets that were scaled are worked out anew.
    task.take(_settled(model, matrix, values))


def _relaxed(task: Search) -> float:
    """The bound of fractions of agents, rounded up where all prices are whole.

    Where it takes too long: all wishes met, and nothing else that costs.
    """
    least = float(np.minimum(task.matrix.costs, 0.0).sum())
    try:
        limits = task.limits.within(max(_BOUND_TIME * task.limits.time_limit, 1.0))
        found = task.matrix.solve(limits, relaxed=True, doing="roster.assign, bound")
    except NotConverged:
        return least
    if found.status != "optimal":
        return least
    priced = task.matrix.costs[task.matrix.costs != 0]
    # Slacks are whole where hours are not priced: all rows have whole coefficients then.
    whole = not any(term.name == "hours" for term in task.model.terms)
    unit = integral_unit(priced) if whole and priced.size else 0.0
    return float(np.ceil(found.bound / unit - 1e-6) * unit) if unit else found.bound


def _improve(task: Search) -> None:
    """Round after round: some agents, or a week of all, anew."""
    model = task.model
    owner = model.owner
    agents = len(model.people)
    weeks = np.array([week_of(slot.day) for slot in model.demand.slots])[model.slot]
    every = np.unique(weeks)
    draw = np.random.default_rng(task.limits.seed)
    waiting: list[int] = []
    still = number = 0
    while not task.done() and still < _STILL * max(1, agents // _FREE_AGENTS):
        if task.rounds is not None and number >= task.rounds:
            task.status = "nodes"
            return
        if task.left() <= 0.05:
            task.status = "time"
            return
        free = owner == -1
        if number % 4 == 3 and every.size > 1 and agents <= 4 * _FREE_AGENTS:
            week = every[draw.integers(every.size)]
            free = np.ones(owner.size, bool)
            free[model.x] = weeks == week
        else:
            if len(waiting) < min(_FREE_AGENTS, agents):
                waiting += draw.permutation(agents).tolist()
            chosen, waiting = waiting[:_FREE_AGENTS], waiting[_FREE_AGENTS:]
            free = free | np.isin(owner, chosen)
        limits = task.limits.within(
            min(_ROUND_TIME, task.left()), gap=_ROUND_GAP, seed=int(draw.integers(2**31 - 1))
        )
        still = 0 if task.anew(free, limits) else still + 1
        number += 1
    if task.status != "interrupted":
        task.status = "gap"
