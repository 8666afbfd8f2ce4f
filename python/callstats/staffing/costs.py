"""What a service level costs, and the agents at which agents and lost calls cost least."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from callstats import erlang
from callstats._tables import frames
from callstats._tables.added_columns import names_beside, put_beside
from callstats._tables.arrays import numbers
from callstats._tables.checks import MOST_NUMBERS, must_be, number, shown
from callstats._tables.durations import seconds
from callstats.erlang.patience import Patience
from callstats.errors import InfeasibleError, InvalidDataError
from callstats.staffing.goals import GOALS, Goals
from callstats.staffing.intervals import handle_times, lengths, require, values
from callstats.staffing.requirements import required_agents
from callstats.staffing.shrinkage import gross_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from callstats.erlang.shares import Definition
    from callstats.typing import Durations, Frame, Numbers, Threads

    Floats = NDArray[np.float64]

#: Prices of agents, lost calls and waiting; who calls again, and how the load varies.
_PRICES: Final = ("agent_hour", "lost_call", "wait_minute", "redial", "load_cv")
_COSTS: Final = ("agent_cost", "lost_cost", "wait_cost", "total_cost")
_SERVICE: Final = ("service_level", "abandonment", "asa")
_OF_GOAL: Final = (
    "required_agents",
    "goal_cost",
    "extra_cost",
    "implied_lost_call_low",
    "implied_lost_call_high",
)
#: Agents shown on either side of the best: at least so many, and two spreads of the load.
_BESIDE: Final = 4


@dataclass(frozen=True)
class _Intervals:
    """Intervals with prices, one value a row."""

    calls: Floats
    aht: Floats
    interval: Floats
    patience: Floats
    #: Of one agent at work for the interval.
    agent: Floats
    lost_call: Floats
    wait_minute: Floats
    #: Share of those who hang up and call again.
    redial: Floats
    #: Coefficient of variation of the load from one such interval to the next.
    load_cv: Floats
    #: Patience as it was measured, in place of the column.
    measured: Patience | None = None

    @property
    def _system(self) -> dict[str, Any]:
        """What the queue models take beside agents and load."""
        patience = self.patience if self.measured is None else self.measured
        system: dict[str, Any] = {"aht": self.aht, "patience": patience}
        return system | ({"load_cv": self.load_cv} if np.any(self.load_cv > 0) else {})

    @property
    def load(self) -> Floats:
        return np.asarray(erlang.load(self.calls, self.aht, interval=self.interval))

    def steady(self) -> Floats:
        """The fewest agents with which the queue does not grow for ever."""
        endless = (self.patience == np.inf) & (self.calls > 0)
        return np.where(endless, np.floor(self.load) + 1, 0.0)

    def rows(self, chosen: Any) -> _Intervals:
        names = [name for name in self.__dataclass_fields__ if name != "measured"]
        columns = {name: getattr(self, name)[chosen] for name in names}
        return _Intervals(**columns, measured=self.measured)

    def costs(self, agents: Floats, threads: Threads = None) -> dict[str, Floats]:
        """What so many agents cost, and what is lost with them."""
        system = {**self._system, "threads": threads}
        load, attempts = self.attempted(agents, threads)
        # A caller is lost who hangs up and does not call again.
        lost = attempts * self.lost_call * (1 - self.redial)
        lost = np.where(lost == 0, lost, lost * erlang.abandonment(agents, load, **system))
        waits = attempts * self.wait_minute / 60
        # Without a price an endless wait costs nothing.
        with np.errstate(invalid="ignore"):
            waits = np.where(waits == 0, waits, waits * erlang.mean_wait(agents, load, **system))
        paid = agents * self.agent
        return dict(zip(_COSTS, (paid, lost, waits, paid + lost + waits), strict=True))

    def _searched(self, minimum: Floats, known: NDArray[np.bool_], threads: Threads) -> Floats:
        """The cheapest of all numbers: with a measured patience gains may rise again.

        From where all that is lost costs less than an agent nobody more can pay.
        """
        best = np.full(minimum.shape, np.nan)
        for row in np.flatnonzero(known):
            one = self.rows([row])
            top = max(minimum[row], np.ceil(one.load[0]), 1.0)
            while (costs := one.costs(np.array([top]), threads))["total_cost"] - costs[
                "agent_cost"
            ] > one.agent:
                top *= 2
            agents = np.arange(minimum[row], top + 1)
            total = self.rows(np.full(agents.size, row)).costs(agents, threads)["total_cost"]
            best[row] = agents[total.argmin()]
        return best

    def attempted(self, agents: Floats, threads: Threads = None) -> tuple[Floats, Floats]:
        """The load with redials, and the calls of it: all attempts."""
        load = self.load
        if not np.nanmax(self.redial, initial=0.0):
            return load, self.calls
        more = erlang.load_with_redials(
            agents, load, **self._system, redial=self.redial, threads=threads
        )
        with np.errstate(invalid="ignore"):
            attempts = np.where(load > 0, self.calls * (more / load), self.calls)
        return np.asarray(more), attempts

    def saved(self, agents: Floats, threads: Threads = None) -> Floats:
        """What one agent more saves in lost calls and waits; infinite where all is lost."""
        here, more = self.costs(agents, threads), self.costs(agents + 1, threads)
        with np.errstate(invalid="ignore"):
            gain = here["lost_cost"] - more["lost_cost"] + here["wait_cost"] - more["wait_cost"]
        return np.where(np.isinf(here["wait_cost"]), np.inf, gain)

    def cheapest(self, minimum: Floats, threads: Threads = None) -> Floats:
        """The fewest agents of least total cost; missing where something is.

        What an agent saves falls with their number, so that the first one who does not pay for
        themself is the first who is not needed.
        """
        known = ~np.isnan(minimum + self.load + self.agent + self.lost_call + self.wait_minute)
        known &= ~np.isnan(self.patience + self.redial + self.load_cv)
        if self.measured is not None:
            return self._searched(minimum, known, threads)
        low = np.where(known, minimum, np.nan)
        open_rows = np.flatnonzero(known)
        # Agents that pay for themselves, and agents that do not: doubled steps, then halves.
        high = np.maximum(low, np.ceil(self.load))
        step = np.ones_like(high)
        growing = open_rows
        while growing.size:
            part = self.rows(growing)
            growing = growing[part.saved(high[growing], threads) > part.agent]
            low[growing] = high[growing] + 1
            high[growing] += step[growing]
            step[growing] *= 2
        apart = open_rows[low[open_rows] < high[open_rows]]
        while apart.size:
            middle = np.floor((low[apart] + high[apart]) / 2)
            part = self.rows(apart)
            pays = part.saved(middle, threads) > part.agent
            low[apart] = np.where(pays, middle + 1, low[apart])
            high[apart] = np.where(pays, high[apart], middle)
            apart = apart[low[apart] < high[apart]]
        return np.where(known, high, np.nan)

    def service(self, agents: Floats, threshold: Any, definition: Definition) -> dict[str, Floats]:
        """What callers meet, of all attempts."""
        found = erlang.measures(
            agents,
            self.attempted(agents)[0],
            threshold=threshold,
            definition=definition,
            **self._system,
        )
        return {name: found[name].to_numpy() for name in _SERVICE}

    def required(
        self, least: Floats, goals: Mapping[str, Any], definition: Definition, threads: Threads
    ) -> Floats:
        """The fewest agents that meet goals, at the load with the redials that they leave."""

        def enough(load: Floats) -> Floats:
            found = required_agents(
                load, definition=definition, threads=threads, **self._system, **goals
            )
            return np.asarray(np.maximum(np.broadcast_to(found, load.shape), least))

        agents = enough(self.load)
        if not np.nanmax(self.redial, initial=0.0):
            return agents
        # More agents leave fewer redials: the first number that is enough is the fewest.
        while (short := enough(self.attempted(agents, threads)[0]) > agents).any():
            agents = agents + short
        return agents

    def implied_lost_call(self, agents: Floats, threads: Threads = None) -> tuple[Floats, Floats]:
        """The values of a lost call for which so many agents are best; missing where none is."""
        if self.measured is not None:
            return self._compared_with_all(agents, threads)
        _, high = self._worth_of_one_more(agents, threads)
        fewer = np.maximum(agents - 1, 0)
        low, _ = self._worth_of_one_more(fewer, threads)
        low = np.where(agents < 1, 0.0, np.maximum(low, 0.0))
        never = ~(low <= high) | np.isinf(low)
        return np.where(never, np.nan, low), np.where(never, np.nan, high)

    def _compared_with_all(self, agents: Floats, threads: Threads) -> tuple[Floats, Floats]:
        """As `implied_lost_call`, against every other number of agents."""
        limits = np.full((2, agents.size), np.nan)
        priced = replace(self, lost_call=np.ones_like(self.calls))
        for row in np.flatnonzero(~np.isnan(agents) & (self.calls > 0)):
            others = np.arange(2 * max(agents[row], np.ceil(self.load[row])) + 2)
            costs = priced.rows(np.full(others.size, row)).costs(others, threads)
            rest, lost = costs["agent_cost"] + costs["wait_cost"], costs["lost_cost"]
            own = int(agents[row])
            with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
                worth = (rest - rest[own]) / (lost[own] - lost)
            low = max(np.fmax.reduce(worth[:own], initial=0.0), 0.0)
            high = np.fmin.reduce(worth[own + 1 :], initial=np.inf)
            if low <= high:
                limits[:, row] = low, high
        return limits[0], limits[1]

    def _worth_of_one_more(self, agents: Floats, threads: Threads) -> tuple[Floats, Floats]:
        """The value of a lost call at which one agent more just pays, from below and above.

        They differ where an agent saves no call: then the agent always pays, or never.
        """
        priced = replace(self, lost_call=np.ones_like(self.calls))
        here, more = priced.costs(agents, threads), priced.costs(agents + 1, threads)
        calls = here["lost_cost"] - more["lost_cost"]
        # Calls saved may be fewer than any double can divide by.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            left = self.agent - (here["wait_cost"] - more["wait_cost"])
            worth = left / calls
        none = calls <= 0
        low = np.where(none, np.where(left > 0, np.inf, 0.0), worth)
        high = np.where(none, np.where(left >= 0, np.inf, -np.inf), worth)
        # Nobody is ever served: one agent more always pays.
        endless = np.isinf(here["wait_cost"])
        return np.where(endless, 0.0, low), np.where(endless, -np.inf, high)


def cost_of_service(
    *,
    calls: float,
    aht: Durations,
    interval: Durations = 1800,
    patience: Durations | Patience,
    threshold: Durations,
    agent_hour: float,
    lost_call: float = 0.0,
    wait_minute: float = 0.0,
    redial: float = 0.0,
    load_cv: float = 0.0,
    agents: Numbers | None = None,
    definition: Definition = "offered",
) -> pd.DataFrame:
    """What each number of agents costs in pay, lost calls and waiting: where the best one lies.

    The answer to "which service level should we choose?" where a lost call or a minute of waiting
    has a price. It shows what the next point of service level costs, and which value of a lost call
    each number of agents takes for granted.

    Parameters
    ----------
    calls : float
        Calls offered in the interval; >= 0.
    aht : duration
        Mean handle time in seconds; > 0.
    interval : duration, default 1800
        Length in seconds of the period over which the calls arrive; > 0.
    patience : duration or Patience
        Mean time in seconds before a caller hangs up; >= 0. Infinite: Erlang C, which loses no
        call, so that `wait_minute` is needed. As it was measured: `callstats.erlang.Patience`.
    threshold : duration
        Longest wait in seconds that the service level counts; >= 0.
    agent_hour : float
        Cost of an agent at work for an hour; > 0. Divide it by 1 - shrinkage to pay for those away.
    lost_call : float, default 0
        Cost of a caller who hangs up; >= 0.
    wait_minute : float, default 0
        Cost of a minute that a caller waits, answered or not; >= 0.
    redial : float, default 0
        Share of those who hang up and call again, at every attempt; from 0 to 1. `calls` are then
        first attempts, and a caller is lost who does not call again.
    load_cv : float, default 0
        Coefficient of variation of the load, gamma distributed: costs are then means over intervals
        like this one. Not with redials.
    agents : array_like, optional
        Whole numbers of agents to show, such as ``range(26, 35)``. By default those around the
        best.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.

    Returns
    -------
    pandas.DataFrame
        One row a number of agents:

        - ``agent_cost``, ``lost_cost``, ``wait_cost`` of the interval, and ``total_cost``
        - ``service_level``, ``abandonment``, ``asa`` in seconds
        - ``marginal_cost``: pay for one agent more, for each point of service level that they
          bring; infinite where they bring none
        - ``best``: whether the total cost is the least of the rows; of equals the fewest agents
        - ``implied_lost_call_low``, ``implied_lost_call_high``: the values of a lost call between
          which this number of agents is best of all; missing where no value makes it so

    Raises
    ------
    ValueError
        A value outside its domain; no lost calls and no price of waiting; more than one value of
        anything but `agents`.

    Notes
    -----
    Cost = agents x `agent_hour` x hours + calls x abandonment x `lost_call` + calls x mean wait of
    all x `wait_minute` / 60. With redials calls are all attempts, of which 1 - `redial` is lost.
    The interval is a queue in its steady state. What one agent more saves falls with the number of
    agents, so that the total has one lowest place; with a measured patience waits may not follow
    that, and all numbers are searched. Accuracy: as `callstats.erlang`, 1e-12 of each cost.

    Examples
    --------
    250 calls in half an hour, 24 an hour for an agent and 3 for a lost call:

    >>> curve = cost_of_service(
    ...     calls=250, aht=210, patience=180, threshold=20, agent_hour=24, lost_call=3
    ... )
    >>> curve.loc[curve["best"], ["agents", "total_cost", "service_level"]].round(3)
        agents  total_cost  service_level
    11    30.0     407.441          0.736
    """
    given = {
        "calls": calls,
        "aht": seconds("aht", aht),
        "interval": seconds("interval", interval),
        "patience": _mean_patience(patience),
        "agent_hour": agent_hour,
        "lost_call": lost_call,
        "wait_minute": wait_minute,
        "redial": redial,
        "load_cv": load_cv,
    }
    one = _one_interval(given, patience)
    shown_agents = _shown_agents(agents, one)
    rows = one.rows(np.zeros(shown_agents.size, np.int64))
    return _curve(shown_agents, rows, seconds("threshold", threshold), definition)


def _curve(
    agents: Floats, rows: _Intervals, threshold: Any, definition: Definition
) -> pd.DataFrame:
    """The curve over numbers of agents."""
    count = agents.size
    service = rows.service(agents, threshold, definition)
    # One agent more than the last row shows what the next point costs.
    more = rows.service(agents + 1, threshold, definition)
    points = 100 * (more["service_level"] - service["service_level"])
    costs = rows.costs(agents)
    total = costs["total_cost"]
    best = np.zeros(count, bool)
    if count and np.isfinite(total).any():
        best[np.lexsort((agents, total))[0]] = True
    low, high = rows.implied_lost_call(agents)
    gained = points > 0
    # Points may be fewer than any double can divide by.
    with np.errstate(over="ignore"):
        marginal = np.where(gained, rows.agent / np.where(gained, points, 1.0), np.inf)
    columns = {
        "agents": agents,
        **costs,
        **service,
        "marginal_cost": marginal,
        "best": best,
        "implied_lost_call_low": low,
        "implied_lost_call_high": high,
    }
    made: pd.DataFrame = frames.from_columns(columns)
    return made


def _mean_patience(patience: Any) -> Any:
    """The column of patience; any number where it was measured, which is not used."""
    return 1.0 if isinstance(patience, Patience) else seconds("patience", patience)


def _one_interval(given: dict[str, Any], patience: Any) -> _Intervals:
    for name, value in given.items():
        if np.ndim(numbers(name, value)) != 0:
            msg = f"{name} must be one number: a curve is of one interval, over numbers of agents"
            raise ValueError(msg)
        given[name] = number(name, value, "known", lambda each: not np.isnan(each))
    return _priced({name: np.array([value]) for name, value in given.items()}, patience)


def _shown_agents(agents: Any, one: _Intervals) -> Floats:
    if agents is None:
        best = one.cheapest(np.zeros(1))[0]
        beside = max(_BESIDE, int(np.ceil(2 * np.sqrt(one.load[0]))))
        # Without patience the queue would grow for ever with fewer.
        least = float(one.steady()[0])
        return np.arange(max(best - beside, least), best + beside + 1)
    listed = np.atleast_1d(np.asarray(numbers("agents", agents), dtype=np.float64))
    if listed.ndim != 1:
        msg = f"agents must be a number or a list of numbers; got {listed.ndim} dimensions"
        raise ValueError(msg)
    must_be("agents", listed, "whole and >= 0", ~((listed >= 0) & (listed == np.rint(listed))))
    return listed


def _priced(columns: dict[str, Any], patience: Any) -> _Intervals:
    """Columns of equal length, checked, with what an agent costs an interval."""
    price = (">= 0 and finite", lambda each: (each >= 0) & (each < np.inf))
    share = ("from 0 to 1", lambda each: (each >= 0) & (each <= 1))
    rules: dict[str, Any] = {
        "calls": price,
        "redial": share,
        "load_cv": price,
        "agent_hour": ("> 0 and finite", lambda each: (each > 0) & (each < np.inf)),
        "lost_call": price,
        "wait_minute": price,
    }
    for name, (rule, holds) in rules.items():
        column = columns[name]
        must_be(name, column, rule, ~(holds(column) | np.isnan(column)))
    endless = (columns["patience"] == np.inf) & (columns["wait_minute"] == 0)
    endless &= columns["calls"] > 0
    if endless.any():
        at = int(np.flatnonzero(endless)[0])
        where = f" at position {at} ({int(endless.sum())} of {endless.size})"
        msg = (
            "wait_minute must be > 0 where patience is infinite: Erlang C loses no call, so that "
            f"fewer agents would always be cheaper; got 0{where if endless.size > 1 else ''}"
        )
        raise InvalidDataError(msg)
    paid = columns["agent_hour"] * columns["interval"] / 3600
    measured = patience if isinstance(patience, Patience) else None
    mixed = np.any(columns["redial"] > 0) and np.any(columns["load_cv"] > 0)
    if np.any(columns["redial"] > 0) and (mixed or measured is not None):
        other = "load_cv" if mixed else "a measured patience"
        msg = f"redial must be 0 with {other}; got {shown(float(np.nanmax(columns['redial'])))}"
        raise ValueError(msg)
    rest = ("calls", "aht", "interval", "patience", "lost_call", "wait_minute", "redial", "load_cv")
    return _Intervals(**{name: columns[name] for name in rest}, agent=paid, measured=measured)


# 23 arguments: the seven of the goals are written out, as in every function that staffs.
def cheapest_plan(
    intervals: Frame,
    *,
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    patience: str | Durations | Patience = np.inf,
    agent_hour: str | Numbers,
    lost_call: str | Numbers = 0.0,
    wait_minute: str | Numbers = 0.0,
    redial: str | Numbers = 0.0,
    load_cv: str | Numbers = 0.0,
    budget: float | None = None,
    service_level: str | Numbers | None = None,
    threshold: str | Durations | None = None,
    asa: str | Durations | None = None,
    mean_wait: str | Durations | None = None,
    abandonment: str | Numbers | None = None,
    occupancy: str | Numbers | None = None,
    wait_probability: str | Numbers | None = None,
    definition: Definition = "offered",
    interval: str | Durations | None = None,
    shrinkage: str | Numbers = 0.0,
    minimum: str | Numbers = 0,
    suffix: str = "",
    threads: Threads = None,
) -> Frame:
    """The frame of intervals with the agents at which pay, lost calls and waits cost least.

    With goals it says what they cost more, and which value of a lost call they take for granted.
    With a budget it gives the agents that lose least for it. A number or an array goes with the
    rows as it stands; a string is a column if the frame has one of that name.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval, of a day or of many queues; pandas, Polars or what narwhals reads. It
        is not changed.
    calls : str or array_like, default "calls"
        Calls offered; >= 0.
    aht : str, array_like or duration, default "aht"
        Mean handle time in seconds; > 0. Without calls it is not looked at, and may be missing.
    patience : str, array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0. Infinite: Erlang C, which loses no
        call, so that `wait_minute` is needed. As it was measured: `callstats.erlang.Patience`.
    agent_hour : str or array_like
        Cost of an hour that an agent is paid for; > 0.
    lost_call, wait_minute : str or array_like, default 0
        Cost of a caller who hangs up, and of a minute that a caller waits; >= 0. Such as a column
        with the value of a call by queue.
    redial : str or array_like, default 0
        Share of those who hang up and call again, at every attempt; from 0 to 1. `calls` are then
        first attempts.
    load_cv : str or array_like, default 0
        Coefficient of variation of the load, gamma distributed: costs are then means over intervals
        like these. Not with redials.
    budget : float, optional
        Most pay for all rows together; >= 0. By default as much as pays for itself.
    service_level, threshold, asa, mean_wait, abandonment, occupancy, wait_probability : optional
        The goals to compare with, as in `required_agents`; none is needed.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    interval : str, array_like or duration, optional
        Length in seconds; > 0. By default the step of the time index, or of the column ``start``.
    shrinkage : str or array_like, default 0
        Share of paid time away from contacts; >= 0 and < 1. Pay is divided by 1 - shrinkage.
    minimum : str or array_like, default 0
        Fewest agents whatever the calls; whole and >= 0.
    suffix : str, default ""
        Put behind the names of the columns that are added, where the frame has some of them.
    threads : int, optional
        Threads at most; by default what the process may use.

    Returns
    -------
    DataFrame
        The frame with these columns added:

        - ``cheapest_agents``: at work; of equal costs the fewest
        - ``agent_cost``, ``lost_cost``, ``wait_cost``, ``total_cost`` with them
        - ``service_level``, ``abandonment``, ``asa``; the first is missing without ``threshold``
        - with goals ``required_agents``; ``goal_cost``, the total with these; ``extra_cost``, that
          less ``total_cost``; ``implied_lost_call_low`` and ``implied_lost_call_high``, the values
          of a lost call for which the required agents would be the cheapest. Missing where no
          number of agents meets the goals

    Raises
    ------
    MissingColumnError
        A name that is neither a column nor, where one is expected, a duration.
    InvalidDataError
        The frame has some of the columns that would be added; a price outside its domain; no lost
        calls and no price of waiting.
    InfeasibleError
        A budget below what the fewest agents cost: `minimum`, and without patience those with which
        the queue does not grow for ever.

    Notes
    -----
    Costs as in `cost_of_service`; each interval is a queue of its own in its steady state. A
    budget goes agent by agent to the interval where the next agent saves most for their pay, until
    the next does not fit or does not pay. What an agent saves falls with their number, so that this
    is the least loss where all agents cost the same; where pay or lengths differ it can miss it by
    the worth of one agent, as it can where a measured patience meets a price of waiting. Of
    intervals that are alike the first rows come first.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame({"calls": [250, 100], "aht": [210, 180], "value": [3.0, 12.0]})
    >>> planned = cheapest_plan(
    ...     day, agent_hour=24, lost_call="value", patience=180, interval="30min",
    ...     service_level=0.8, threshold=20,
    ... )
    >>> columns = ["cheapest_agents", "required_agents", "extra_cost", "implied_lost_call_low"]
    >>> planned[columns].round(2)
       cheapest_agents  required_agents  extra_cost  implied_lost_call_low
    0             30.0             32.0        5.18                   4.21
    1             14.0             12.0       17.28                   3.96
    """
    arguments = locals()
    frame = frames.read(intervals, "intervals")
    goals = Goals.of(arguments) if any(arguments[name] is not None for name in GOALS) else None
    added = ("cheapest_agents", *_COSTS, *_SERVICE, *(() if goals is None else _OF_GOAL))
    names = names_beside(frame.columns, added, argument="intervals", suffix=suffix, anew=True)
    named = ("calls", "aht", "patience", *_PRICES, "interval", "shrinkage", "minimum")
    given = {name: arguments[name] for name in named}
    if isinstance(patience, Patience):
        given["patience"] = 1.0
    require(frame, given | ({} if goals is None else goals.given))
    priced, least = _rows(frame, given, patience)
    agents = priced.cheapest(least, threads)
    if budget is not None:
        agents = _within_budget(priced, least, agents, budget, threads)
    costs = priced.costs(agents, threads)
    within = 0.0 if threshold is None else values(frame, "threshold", threshold)
    service = priced.service(agents, within, definition)
    if threshold is None:
        service["service_level"] = np.full(agents.shape, np.nan)
    figures = [agents, *costs.values(), *service.values()]
    if goals is not None:
        required = priced.required(least, goals.of_rows(frame).given, definition, threads)
        goal_cost = priced.costs(required, threads)["total_cost"]
        implied = priced.implied_lost_call(required, threads)
        figures += [required, goal_cost, goal_cost - costs["total_cost"], *implied]
    made: Frame = put_beside(frame.to_native(), dict(zip(names, figures, strict=True)))
    return made


def _rows(frame: Any, given: dict[str, Any], patience: Any) -> tuple[_Intervals, Floats]:
    """The rows of a frame with their prices, and the fewest agents of each."""
    shape = (len(frame),)
    columns = {
        name: np.broadcast_to(np.asarray(values(frame, name, value), dtype=np.float64), shape)
        for name, value in given.items()
        if name != "interval"
    }
    columns["interval"] = np.broadcast_to(
        np.asarray(lengths(frame, given["interval"]), dtype=np.float64), shape
    )
    # Without calls the handle time is not used.
    columns["aht"] = handle_times(columns["calls"], columns["aht"], idle=1.0)
    columns["agent_hour"] = columns["agent_hour"] * gross_up(1.0, columns.pop("shrinkage"))
    minimum = columns.pop("minimum")
    whole = (minimum >= 0) & (minimum == np.rint(minimum)) & (minimum < MOST_NUMBERS)
    must_be("minimum", minimum, "whole and >= 0", ~(whole | np.isnan(minimum)))
    return _priced(columns, patience), minimum


def _within_budget(
    priced: _Intervals, least: Floats, best: Floats, budget: Any, threads: Threads
) -> Floats:
    """The agents that lose least for a budget, from the fewest to the cheapest of each row."""
    budget = number("budget", budget, ">= 0 and finite", lambda each: 0 <= each < np.inf)
    known = np.flatnonzero(~np.isnan(best))
    first = np.minimum(np.maximum(least, priced.steady()), best)
    spent = float((first[known] * priced.agent[known]).sum())
    if spent > budget:
        msg = f"budget must be at least {spent:g}, the pay of the fewest agents; got {budget:g}"
        raise InfeasibleError(msg)
    more = (best - first)[known].astype(np.int64)
    if more.sum() > MOST_NUMBERS:
        msg = f"budget can be shared out among at most {MOST_NUMBERS:,} agents; got {more.sum():,}"
        raise ValueError(msg)
    row = np.repeat(known, more)
    step = np.arange(row.size) - np.repeat(np.cumsum(more) - more, more)
    rows = priced.rows(row)
    worth = rows.saved(first[row] + step, threads) / rows.agent
    # Stable: of equals the earlier row, and in a row the fewer agents first.
    order = np.argsort(-worth, kind="stable")
    pay = spent + np.cumsum(rows.agent[order])
    # Sums of pay are rounded; what fits but for that is taken.
    taken = order[: np.searchsorted(pay, budget * (1 + 1e-12), side="right")]
    agents = np.where(np.isnan(best), np.nan, first)
    np.add.at(agents, row[taken], 1.0)
    return agents
