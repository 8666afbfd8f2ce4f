"""Agents that each interval needs when the backlog is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core, erlang, staffing
from callstats._tables import frames
from callstats._tables.checks import must_be
from callstats.day.days import Days, read
from callstats.day.evaluation import described_cv, require_numerics, with_inputs
from callstats.day.measures import added, ratios, require_definition
from callstats.day.starts import ENDS, ended, is_number, states
from callstats.errors import InfeasibleError
from callstats.staffing.day_factors import factor_quantiles, share_of_days
from callstats.staffing.goals import GOALS, Goals
from callstats.staffing.intervals import values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.day.starts import State
    from callstats.typing import Durations, Frame, Numbers, Threads


# 22 arguments: the seven of the goals are written out, as in every function that staffs.
def required_agents(
    intervals: Frame,
    *,
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    patience: str | Durations = np.inf,
    service_level: str | Numbers | None = None,
    threshold: str | Durations = 20,
    asa: str | Durations | None = None,
    mean_wait: str | Durations | None = None,
    abandonment: str | Numbers | None = None,
    occupancy: str | Numbers | None = None,
    wait_probability: str | Numbers | None = None,
    definition: str = "offered",
    interval: str | Durations | None = None,
    shift_end: str = "finish",
    start: Any = "empty",
    by: str | Sequence[str] = (),
    minimum: str | Numbers = 0,
    day_cv: str | Numbers = 0.0,
    days: float = 0.9,
    tolerance: float = 1e-10,
    suffix: str = "",
    threads: Threads = None,
) -> Frame:
    """The frame of intervals with the fewest agents that meet the goals, backlogs carried over.

    Interval by interval, each from the state that the staffing before it leaves: an interval may
    do with few agents because the one before had many. An interval whose last callers would be
    served too late by fewer agents after it gets more. ``stationary_agents``, the answer of the
    formula for each interval alone, stands beside. It takes about twice as long as `evaluate`.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval, as in `evaluate`; agents are not looked at.
    calls, aht, patience, threshold, interval, shift_end, start, by, tolerance, suffix, threads
        As in `evaluate`.
    service_level, asa, mean_wait, abandonment, occupancy, wait_probability : optional
        The goals of intervals with calls; at least one. Each a number, one for each row, or the
        name of a column. All but the service level are caps.
        An interval with calls needs an agent, and where nobody hangs up more than its load:
        otherwise a cap on abandonment would be met by serving nobody.
    definition : str, default "offered"
        What the service level counts: see `callstats.erlang.service_level`.
    minimum : str or array_like, default 0
        Fewest agents whatever the calls; whole and >= 0.
    day_cv : str or array_like, default 0
        Coefficient of variation of the calls from day to day, one value a day: a number, or the
        column of that name in a forecast; between 0 and 1. The requirement
        then holds on the given share of days: it is that of a day so busy that only the other days
        are busier.
    days : float, default 0.9
        That share, with ``day_cv``: nine days of ten; > 0 and < 1.

    Returns
    -------
    DataFrame
        The frame with ``required_agents``, ``stationary_agents``, ``factor``, by which the calls
        were multiplied, and the measures of `evaluate` with the required agents at those calls.
        With pandas it can be ``start`` of the next day.

    Raises
    ------
    InfeasibleError
        A goal that no number of agents meets, with the row.
    InvalidDataError
        The frame has some of the columns that would be added; they are named.
    ValueError
        No goal, or a value outside its domain.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.DataFrame({"calls": [100, 200, 100], "aht": 600})
    >>> plan = required_agents(hours, interval="30min", service_level=0.8, threshold=20)
    >>> plan[["required_agents", "stationary_agents", "service_level"]].round(3)
       required_agents  stationary_agents  service_level
    0             32.0               40.0          0.836
    1             66.0               75.0          0.818
    2             47.0               40.0          0.817
    """
    demand, columns, about = staffed(locals())
    return added(demand.groups.frame, columns, about, suffix=suffix)


def staffed(
    given: Mapping[str, Any],
) -> tuple[Days, dict[str, NDArray[np.float64]], dict[str, Any]]:
    """The days of the arguments of `required_agents`, their new columns, and what to remember."""
    definition, day_cv = given["definition"], given["day_cv"]
    require_definition(definition)
    goals = Goals.of(given)
    frame = frames.read(given["intervals"], "intervals")
    targets = {name: values(frame, name, goal) for name, goal in goals.targets.items()}
    fewest = _fewest(values(frame, "minimum", given["minimum"]))
    names = ("calls", "aht", "patience", "threshold", "interval", "shift_end", "by")
    demand = read(given["intervals"], agents=None, **{name: given[name] for name in names})
    factor = factor_quantiles(demand.day_cv(day_cv, most=1.0), share_of_days(given["days"]))
    demand = demand.with_calls(factor[demand.groups.codes])
    # Without its goal an interval has no answer, and its day none.
    unknown = np.isnan(fewest) | np.zeros(demand.calls.shape, dtype=bool)
    for goal in targets.values():
        unknown |= np.isnan(goal) & (demand.calls != 0)
    demand = demand.with_calls(np.where(unknown, np.nan, 1.0))
    stationary = _stationary(demand, targets, definition, fewest)
    hopeless = np.flatnonzero(np.isnan(stationary) & demand.known[demand.groups.codes])
    if hopeless.size:
        msg = f"row {hopeless[0]}: no number of agents meets the goals ({hopeless.size} rows)"
        raise InfeasibleError(msg)
    threads = require_numerics(given["tolerance"], given["threads"])
    agents, sums, finals = _searched(
        # A start that no whole number holds belongs to an interval that the core refuses.
        demand.with_agents(np.minimum(stationary, 2.0**62)),
        {**targets, "minimum": fewest},
        definition,
        (given["start"], given["tolerance"], threads),
    )
    sums = with_inputs(demand.with_agents(agents), sums)
    columns = {
        "required_agents": agents,
        "stationary_agents": stationary,
        "factor": factor[demand.groups.codes],
        **sums,
        **ratios(sums, definition),
    }
    about = {
        "function": "day.required_agents",
        "definition": definition,
        "shift_end": str(given["shift_end"]),
        "day_cv": described_cv(day_cv),
        ENDS: ended(demand.groups, finals),
    }
    return demand, columns, about


def _fewest(minimum: Any) -> NDArray[np.float64]:
    given = np.asarray(minimum, dtype=np.float64)
    bad = (given < 0) | ((given != np.rint(given)) & ~np.isnan(given))
    must_be("minimum", given, "whole and >= 0", bad)
    return given


def day_factor(day_cv: float, days: float) -> float:
    """The day factor that so many days do not exceed."""
    if not (is_number(day_cv) and 0 < day_cv <= 1):
        raise ValueError(f"day_cv must be a number between 0 and 1; got {day_cv!r}")
    return float(factor_quantiles(day_cv, share_of_days(days)))


def _stationary(days: Days, goals: Mapping[str, Any], definition: Any, minimum: Any) -> Any:
    load = np.where(days.calls == 0, 0.0, erlang.load(days.calls, days.aht, interval=days.length))
    needed = staffing.required_agents(
        load,
        aht=days.aht,
        patience=days.patience,
        threshold=days.threshold,
        definition=definition,
        **goals,
    )
    return np.maximum(np.where(days.calls == 0, 0.0, needed), minimum)


def _searched(
    days: Days, targets: Mapping[str, Any], definition: str, options: tuple[Any, float, Threads]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]], list[State | None]]:
    """Fewest agents of every row, looked for from those it has; the core's measures; the ends."""
    start, tolerance, threads = options
    goals = {name: np.broadcast_to(goal, days.calls.shape) for name, goal in targets.items()}

    def solve(
        columns: Any, ends: list[int], begun: list[State], rows: NDArray[np.int64]
    ) -> tuple[dict[str, Any], list[State]]:
        demand = (
            [name in goals for name in GOALS],
            [
                goals[name][rows].astype(np.float64) if name in goals else np.empty(0)
                for name in GOALS
            ],
            definition,
            goals["minimum"][rows].astype(np.int64),
        )
        agents, measures, left = _core.day_required(
            columns, rows, ends, begun, demand, tolerance, threads
        )
        return {"agents": agents, **measures}, left

    sums, finals = days.solved(states(start, days.groups), solve)
    return sums.pop("agents"), sums, finals
