"""Agents that each interval needs when the backlog is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from callstats import _core, erlang, staffing
from callstats import intervals as limits
from callstats._durations import seconds
from callstats.day.days import Days, read
from callstats.day.evaluation import figures
from callstats.day.measures import added, ratios, require_definition
from callstats.day.starts import states
from callstats.errors import InfeasibleError
from callstats.staffing.goals import WAITS, check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from callstats.day.starts import State
    from callstats.typing import Durations, Frame, Numbers, Threads

__all__ = ["required_agents"]

#: A goal missed by less than the solution's error is met.
_SLACK = 1e-9
#: Rounds of raising intervals whose goal the staffing after them spoils.
_ROUNDS = 200


def required_agents(
    intervals: Frame,
    *,
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    patience: str | Durations = np.inf,
    service_level: float | None = None,
    threshold: str | Durations = 20,
    asa: Durations | None = None,
    mean_wait: Durations | None = None,
    abandonment: float | None = None,
    occupancy: float | None = None,
    wait_probability: float | None = None,
    definition: str = "offered",
    interval: str | Durations | None = None,
    shift_end: str = "finish",
    start: Any = "empty",
    by: str | Sequence[str] = (),
    minimum: int = 0,
    day_cv: float = 0.0,
    days: float = 0.9,
    tolerance: float = 1e-10,
    threads: Threads = None,
) -> Frame:
    """The frame of intervals with the fewest agents that meet the goals, backlogs carried over.

    Interval by interval, each from the state that the staffing before it leaves: an interval may
    do with few agents because the one before had many. ``stationary_agents``, the answer of the
    formula for each interval alone, stands beside.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval, as in `evaluate`; agents are not looked at.
    calls, aht, patience, threshold, interval, shift_end, start, by, tolerance, threads
        As in `evaluate`.
    service_level, asa, mean_wait, abandonment, occupancy, wait_probability : float, optional
        The goals, of every interval with calls; at least one. All but the service level are caps.
    definition : str, default "offered"
        What the service level counts: see `callstats.erlang.service_level`.
    minimum : int, default 0
        Fewest agents whatever the calls.
    day_cv : float, default 0
        Coefficient of variation of the calls from day to day; between 0 and 1. The requirement
        then holds on the given share of days: it is that of a day so busy that only the other days
        are busier.
    days : float, default 0.9
        That share, with ``day_cv``: nine days of ten; > 0 and < 1.

    Returns
    -------
    DataFrame
        The frame with ``required_agents``, ``stationary_agents``, ``factor``, by which the calls
        were multiplied, and the measures of `evaluate` with the required agents at those calls.

    Raises
    ------
    InfeasibleError
        A goal that no number of agents meets, with the row.
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
    require_definition(definition)
    goals = {
        "service_level": service_level,
        "asa": asa,
        "mean_wait": mean_wait,
        "abandonment": abandonment,
        "occupancy": occupancy,
        "wait_probability": wait_probability,
    }
    check(goals, threshold)
    asked: dict[str, Any] = {
        name: float(seconds(name, goal) if name in WAITS else cast("float", goal))
        for name, goal in goals.items()
        if goal is not None
    }
    factor = _factor(day_cv, days) if day_cv else 1.0
    told = read(
        intervals,
        calls=calls,
        aht=aht,
        patience=patience,
        agents=None,
        threshold=threshold,
        interval=interval,
        shift_end=shift_end,
        by=by,
    ).with_calls(factor)
    stationary = _stationary(told, asked, definition, minimum)
    hopeless = np.flatnonzero(np.isnan(stationary) & told.known[told.groups.codes])
    if hopeless.size:
        msg = f"row {hopeless[0]}: no number of agents meets the goals ({hopeless.size} rows)"
        raise InfeasibleError(msg)
    agents = _searched(told, stationary, asked, definition, (minimum, start, tolerance))
    staffed = told.with_agents(agents)
    sums, _ = figures(staffed, start, 0.0, tolerance, threads)
    columns = {
        "required_agents": agents,
        "stationary_agents": stationary,
        "factor": np.full(agents.shape, factor),
        **sums,
        **ratios(sums, definition),
    }
    return added(told.groups.frame, columns)


def _factor(day_cv: float, days: float) -> float:
    """The day factor that so many days do not exceed."""
    if not 0 < day_cv <= 1:
        msg = f"day_cv must be between 0 and 1; got {day_cv!r}"
        raise ValueError(msg)
    if not 0 < days < 1:
        msg = f"days must be > 0 and < 1; got {days!r}"
        raise ValueError(msg)
    # The exact limits of a Poisson rate are quantiles of the gamma distribution: the upper one of
    # k - 1 events is that of shape k, the lower one of k events is, too.
    shape = day_cv**-2
    if days > 0.5:
        _, high = limits.rate(shape - 1, shape, confidence=2 * days - 1)
        return float(high)
    low, _ = limits.rate(shape, shape, confidence=max(1 - 2 * days, 1e-12))
    return float(low)


def _stationary(days: Days, goals: Mapping[str, Any], definition: Any, minimum: int) -> Any:
    load = np.where(days.calls == 0, 0.0, erlang.load(days.calls, days.aht, interval=days.length))
    needed = staffing.required_agents(
        load,
        aht=days.aht,
        patience=days.patience,
        threshold=days.threshold,
        definition=definition,
        **goals,
    )
    return np.maximum(needed, minimum)


def _searched(
    days: Days,
    stationary: Any,
    goals: Mapping[str, float],
    definition: str,
    options: tuple[int, Any, float],
) -> Any:
    minimum, start, tolerance = options
    begun = states(start, days.groups)
    agents = np.full(days.calls.shape, np.nan)
    for place, known in enumerate(days.known):
        if known:
            rows = days.order[days.groups.codes[days.order] == place]
            search = _Search(days, rows, begun[place], (goals, definition), (minimum, tolerance))
            agents[rows] = search.agents(stationary[rows])
    return agents


class _Search:
    """The march through one day."""

    def __init__(
        self,
        days: Days,
        rows: Any,
        start: State,
        asked: tuple[Mapping[str, float], str],
        options: tuple[int, float],
    ) -> None:
        self._days, self._rows = days, rows
        self._goals, self._definition = asked
        minimum, self._tolerance = options
        self._states = [start]
        self._least = np.full(rows.size, minimum, dtype=np.int64)

    def agents(self, guess: Any) -> Any:
        count = self._rows.size
        found = np.zeros(count, dtype=np.int64)
        first = 0
        for _ in range(_ROUNDS):
            del self._states[first + 1 :]
            for at in range(first, count):
                found[at] = self._fewest(at, guess[at])
                self._states.append(self._solved([at], found[at : at + 1], self._states[at])[1])
            spoilt = np.flatnonzero(~self._solved(range(count), found, self._states[0])[0])
            if not spoilt.size:
                break
            # Fewer agents afterwards spoil the last arrivals of an interval: it needs more itself.
            first = int(spoilt[0])
            self._least[first] = found[first] + 1
        return found

    def _fewest(self, at: int, guess: float) -> int:
        def meets(agents: int) -> bool:
            chosen = np.array([agents], dtype=np.int64)
            return bool(self._solved([at], chosen, self._states[at])[0][0])

        least = int(self._least[at])
        row = self._rows[at]
        load = self._days.calls[row] / self._days.length[row] * self._days.aht[row]
        near = max(least, int(guess if np.isfinite(guess) else np.ceil(load)))
        most = int(10 * (near + load) + 10 * self._days.calls[row] + 1000)
        return _edge(meets, least, near, most, int(row))

    def _solved(self, at: Any, agents: Any, start: State) -> tuple[Any, State]:
        """Which of the intervals at `at` meet the goals, and the state after them."""
        rows = self._rows[list(at)]
        d = self._days
        columns = (d.length, d.calls, d.aht, d.patience, agents, d.threshold, d.rule)
        taken = tuple(c if c is agents else np.ascontiguousarray(c[rows]) for c in columns)
        measures, (end,) = _core.day_evaluate(taken, [rows.size], [start], self._tolerance, 1)
        sums = {
            **measures,
            "offered": d.calls[rows],
            "agent_s": agents * d.length[rows],
        }
        seen = {**ratios(sums, self._definition), "wait_probability": measures["p_wait"]}
        met = np.ones(rows.size, dtype=bool)
        for name, goal in self._goals.items():
            value = seen[name]
            sign = 1.0 if name == "service_level" else -1.0
            met &= np.isnan(value) | (sign * (value - goal) >= -_SLACK)
        return met | (sums["offered"] == 0), end


def _edge(meets: Callable[[int], bool], least: int, near: int, most: int, row: int) -> int:
    """The least number from `least` on that meets the goals, searched from `near` outwards."""
    step = 1
    if meets(near):
        good, bad = near, least - 1
        while good > least:
            trial = max(least, good - step)
            if not meets(trial):
                bad = trial
                break
            good, step = trial, 2 * step
        if good == least:
            return least
    else:
        bad, good = near, near + 1
        while not meets(good):
            if good > most:
                msg = f"row {row}: no number of agents meets the goals"
                raise InfeasibleError(msg)
            step *= 2
            bad, good = good, good + step
    while good - bad > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if meets(middle) else (good, middle)
    return good
