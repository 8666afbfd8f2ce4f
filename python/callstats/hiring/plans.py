"""The classes to hire, so that seats, training and shortages cost least."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._programmes import Limits, Programme, Solution
from callstats._tables import frames
from callstats._tables.checks import must_be, number, whole
from callstats.errors import NotConverged
from callstats.hiring.paths import Staff, per_period

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.typing import Frame, Numbers

    Floats = NDArray[np.float64]

_MOST_CLASSES = 10_000


def plan(
    staff: Frame,
    *,
    need: Numbers,
    attrition: Numbers,
    effectiveness: Numbers,
    periods: int,
    class_size: int,
    most_classes: Numbers,
    period_cost: float,
    shortage_cost: float,
    hiring_cost: float = 0.0,
    lead: int = 0,
    time_limit: float = 60,
    seed: int = 0,
) -> Frame:
    """The whole classes to hire in each period, at the least cost of people and shortages.

    Needs HiGHS: ``pip install callstats[schedule]``.

    Parameters
    ----------
    staff, attrition, effectiveness, periods
        As in `path`.
    need : array_like
        Effective people that each period needs; >= 0.
    class_size : int
        People of one class; >= 1.
    most_classes : int or array_like
        Classes that may start in a period, in all or in each: trainers and seats; whole, >= 0.
    period_cost : float
        What a hired person costs in each period from the first to the last; >= 0. Leavers are not
        taken off: a budget pays the seat.
    shortage_cost : float
        What it costs to lack one effective person for one period; >= 0.
    hiring_cost : float, default 0
        What it costs once to hire a person; >= 0.
    lead : int, default 0
        Periods before which no class can start.
    time_limit : float or duration, default 60
        Seconds after which the best plan so far is taken; > 0.
    seed : int, default 0
        Of the solver.

    Returns
    -------
    DataFrame
        What `path` gives, with ``classes`` and ``hires`` that start in each period, and the
        ``shortfall`` of effective people. In pandas' ``attrs``: ``objective``, ``bound``, ``gap``,
        ``status``, and ``last_period_that_helps``, after which no class that starts is of use
        before the horizon ends (None where none ever is).

    Raises
    ------
    ImportError
        HiGHS is not installed.
    ValueError
        A value outside its domain, or a list of the wrong length.
    NotConverged
        The solver found no plan in time.

    Notes
    -----
    An integer programme of one variable a period; milliseconds. The shortfall is that of expected
    values: ``short_probability`` says how sure the plan is.

    Examples
    --------
    >>> import pandas as pd
    >>> staff = pd.DataFrame({"agents": [45], "tenure": [24]})
    >>> year = plan(staff, need=45, attrition=0.03, effectiveness=[0, 0.5, 0.8], periods=6,
    ...             class_size=4, most_classes=1, period_cost=1, shortage_cost=20)
    >>> year[["period", "effective", "classes", "shortfall"]].round(2)
       period  effective  classes  shortfall
    0       0      45.00        1        0.0
    1       1      45.59        0        0.0
    2       2      45.35        1        0.0
    3       3      46.66        0        0.0
    4       4      46.39        0        0.0
    5       5      45.73        0        0.0
    """
    people = Staff.read(staff, attrition, effectiveness, periods)
    wanted = per_period("need", need, people.periods)
    size = whole("class_size", class_size, 1, 1_000_000)
    most = per_period("most_classes", most_classes, people.periods)
    must_be("most_classes", most, "whole", most % 1 != 0)
    must_be("most_classes", most, f"at most {_MOST_CLASSES:,}", most > _MOST_CLASSES)
    wage, shortage, once = _prices(
        period_cost=period_cost, shortage_cost=shortage_cost, hiring_cost=hiring_cost
    )
    start = np.arange(people.periods)
    most = np.where(start >= whole("lead", lead, 0), most, 0)
    costs = np.asarray(size * (once + wage * (people.periods - start)), np.float64)
    limits = Limits.of(1e-9, time_limit, seed=seed)
    work = _work(people, size)
    chosen, solution = _classes(people, wanted, (work, most, costs), shortage, limits)

    heads, effective, sd, risk = people.path(chosen * size, wanted)
    shortfall = np.maximum(wanted - effective, 0)
    objective = float(chosen @ costs + shortage * shortfall.sum())
    if abs(objective - solution.objective) > 1e-6 * max(1.0, objective):
        msg = f"hiring.plan: the plan costs {objective!r}, the solver says {solution.objective!r}"
        raise NotConverged(msg)
    helps = np.flatnonzero((work > 0).any(axis=1) & (most > 0))
    about: dict[str, Any] = {
        "function": "hiring.plan",
        "objective": objective,
        "bound": min(solution.bound, objective),
        "gap": solution.gap,
        "status": solution.status,
        "last_period_that_helps": int(helps[-1]) if helps.size else None,
    }
    columns = {
        "heads": heads,
        "effective": effective,
        "sd": sd,
        "need": wanted,
        "short_probability": risk,
        "classes": chosen.astype(np.int64),
        "hires": (chosen * size).astype(np.int64),
        "shortfall": shortfall,
    }
    made: Frame = frames.result(people.frame, {"period": start}, columns, about)
    return made


def _prices(**given: Any) -> list[float]:
    """Costs, checked."""
    return [
        number(name, value, ">= 0 and finite", lambda cost: 0 <= cost < np.inf)
        for name, value in given.items()
    ]


def _work(people: Staff, size: int) -> Floats:
    """What a class does in each period, one row a period in which it starts."""
    start = np.arange(people.periods)
    base = people.path(np.zeros(people.periods))[1]
    return np.array([people.path(size * (start == at))[1] - base for at in start])


def _classes(
    people: Staff,
    wanted: Floats,
    classes: tuple[Floats, Floats, Floats],
    shortage: float,
    limits: Limits,
) -> tuple[Floats, Solution]:
    """The classes that start in each period: their work, how many there may be, and their costs."""
    work, most, costs = classes
    base = people.path(np.zeros(people.periods))[1]
    programme = Programme()
    counts = programme.variables(people.periods, costs, upper=most)
    short = programme.variables(people.periods, shortage, integer=False)
    rows = programme.constraints(people.periods, wanted - base)
    programme.enter(rows[None], counts[:, None], work)
    programme.enter(rows, short, 1.0)
    solution = programme.solve(limits, doing="hiring.plan")
    return solution.point[counts], solution
