"""Whether a first line that passes long calls up pays, against agents who take everything."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core, staffing
from callstats._tables import durations
from callstats._tables.arrays import numbers
from callstats._tables.checks import must_be
from callstats.simulate.distributions import (
    Deterministic,
    Empirical,
    Mixture,
    duration,
    positive_number,
)
from callstats.simulate.model import Model
from callstats.simulate.parts import CallType
from callstats.simulate.returns import share, whole
from callstats.simulate.running import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

#: A replication has at least, at most so many calls, all of them together, where that leaves
#: `_LEAST` of them, so many.
_CALLS, _MOST_CALLS, _ALL_CALLS, _LEAST = 4_000, 600_000, 10_000_000, 8
#: It lasts so many settling times; half as long, but so many talk times, is not counted before it.
_SETTLED, _WARM_UP = 10, 10
#: Width at which the search for the break-even rate ends.
_NARROW = 1e-6


@dataclass(frozen=True)
class Tiering:
    """A tiered centre against a pooled one; loads in erlangs, shares as fractions.

    ``tiered_agents`` is first line plus second line. ``break_even_pass_up`` is the pass-up rate up
    to which tiers cost no more than pooling; NaN where even a first line that passes nothing up
    costs more. ``lines`` has a row for "pooled", "first" and "second": `load, agents,
    service_level, low, high, occupancy`, simulated with the agents found. ``curve`` has a row a
    pass-up rate: `first`, `second` and their `cost`, in agents, fractional, by the formulas, and
    `pooled`, what the pool needs on that scale.
    """

    split: float
    share_below: float
    pass_up: float
    triage: float
    pooled_agents: int
    first_agents: int
    second_agents: int
    pooled_cost: float
    tiered_cost: float
    break_even_pass_up: float
    lines: pd.DataFrame = field(repr=False)
    curve: pd.DataFrame = field(repr=False)

    @property
    def tiered_agents(self) -> int:
        """First line plus second line."""
        return self.first_agents + self.second_agents

    def to_frame(self) -> pd.DataFrame:
        """``lines``, for those who want one table."""
        return self.lines.copy()


@dataclass(frozen=True)
class _Split:
    """Talk times on both sides of the threshold, and what the lines do with them."""

    short: NDArray[np.float64]
    long: NDArray[np.float64]
    triage: float
    handover: float

    @property
    def share_long(self) -> float:
        return self.long.size / (self.short.size + self.long.size)

    def weights(self, pass_up: float) -> tuple[list[float], list[float]]:
        """First line: short ones finished, long ones kept, passed up. Second: long, short."""
        p = self.share_long
        mistaken = max(pass_up - p, 0.0)
        kept = max(p - pass_up, 0.0)
        return [1 - p - mistaken, kept, pass_up], [min(p, pass_up), mistaken]

    def moments(self, pass_up: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Mean and mean square of the talk of a first-line call, and of a second-line one."""

        def power(values: NDArray[np.float64], k: int, added: float = 0.0) -> float:
            return float(((values + added) ** k).mean()) if values.size else 0.0

        (done, kept, passed), (long_up, short_up) = self.weights(pass_up)
        first, second = [], []
        for k in (1, 2):
            here = done * power(self.short, k) + kept * power(self.long, k)
            first.append(here + passed * self.triage**k)
            above = long_up * power(self.long, k, self.handover)
            above += short_up * power(self.short, k, self.handover)
            second.append(above / pass_up if pass_up else 0.0)
        return (first[0], first[1]), (second[0], second[1])

    def talks(self, pass_up: float) -> tuple[Any, Any]:
        """Distributions of the talk of the first and of the second line."""
        (done, kept, passed), (long_up, short_up) = self.weights(pass_up)
        first = _mixed([(self.short, done), (self.long, kept), (np.asarray([self.triage]), passed)])
        second = _mixed(
            [(self.long + self.handover, long_up), (self.short + self.handover, short_up)]
        )
        return first, second


def _mixed(parts: list[tuple[NDArray[np.float64], float]]) -> Any:
    used = [(values, weight) for values, weight in parts if weight > 0 and values.size]
    if not used:
        return Deterministic(0)
    made = [Empirical(tuple(values.tolist())) for values, _ in used]
    return made[0] if len(made) == 1 else Mixture(tuple(made), tuple(w for _, w in used))


def tiering(
    talk: Any,
    *,
    calls: float,
    interval: Any = 1800.0,
    split: Any = None,
    share_below: float | None = None,
    pass_up: float | None = None,
    triage: Any = None,
    handover: Any = 0.0,
    first_cost: float = 1.0,
    patience: Any = math.inf,
    service_level: float = 0.8,
    threshold: Any = 20.0,
    replications: int = 100,
    seed: int,
) -> Tiering:
    """A first line that passes long calls up, against a pool: agents, costs, break-even rate.

    Pooled: every agent takes every call. Tiered: a first line takes all calls, finishes those it
    can and passes the others up to a second line, where they queue again.

    Parameters
    ----------
    talk : array_like of durations
        Talk times of past calls; > 0 s. Missing ones are left out.
    calls : number
        Expected calls an `interval`; > 0.
    interval : duration
        > 0 s; default half an hour.
    split : duration, optional
        Calls longer than this are for the second line. Exactly one of `split` and `share_below`.
    share_below : float, optional
        Instead: the share of talk times that the split shall leave below it; 0 to 1.
    pass_up : float, optional
        Share of calls that are passed up; default: the share of talk times above the split. More:
        short calls are passed up by mistake. Less: the first line finishes some long ones.
    triage : duration, optional
        Time that the first line spends on a call that it passes up; default: `split`.
    handover : duration
        Time that the second line needs more than the whole talk.
    first_cost : float
        Cost of a first-line agent, where any other one costs 1; > 0.
    patience : duration
        Mean time before a caller hangs up, at either line.
    service_level, threshold : float, duration
        Goal of the pool and of each line: that share answered within so many seconds.
    replications : int
        Of each simulation, of 4,000 calls or, where a line settles slowly, more; fewer where all
        together would have more than 10 million.
    seed : int

    Returns
    -------
    Tiering
        Fields as its own help tells.

    Raises
    ------
    ValueError
        Arguments out of range, or no talk times.

    Notes
    -----
    Agents are the fewest with which the simulated service level of a line, with the talk times as
    they were, meets the goal; the search starts from the formula. The curve and the
    break-even rate rest on the formulas, with fractional agents so that they do not jump and the
    threshold shrunk for talk times more variable than exponential ones: waits of M/G/n are those of
    M/M/n stretched by (1 + cv²) / 2, nearly: against simulated fractional agents within 2 %, which
    is 0.03 of the rate at most. Next to the break-even rate whole agents may say otherwise.
    With equal costs a pool needs no more people than tiers; tiers pay where the first line is
    cheaper.

    Examples
    --------
    >>> import numpy as np
    >>> talk = np.random.default_rng(1).lognormal(4.0, 1.0, 2000)
    >>> found = tiering(talk, calls=400, split=80, triage=30, first_cost=0.6, seed=1)
    >>> found.pooled_agents <= found.tiered_agents, found.tiered_cost < found.pooled_cost
    (True, True)
    >>> found.pass_up < found.break_even_pass_up
    True
    """
    times = _talk_times(talk)
    at = _split_at(times, split, share_below)
    triage = at if triage is None else duration("triage", triage)
    handover = duration("handover", handover)
    parts = _Split(times[times <= at], times[times > at], triage, handover)
    passed = parts.share_long if pass_up is None else share("pass_up", pass_up)
    rate = positive_number("calls", calls) / duration("interval", interval, positive=True)
    first_cost = positive_number("first_cost", first_cost)
    goals = _goals(service_level, threshold, patience)
    whole("replications", replications, least=1)
    options = {"replications": replications, "seed": seed}
    caller = {"patience": goals["patience"], "threshold": goals["threshold"]}
    every_talk = Empirical(tuple(times.tolist()))
    pool = _alone("pooled", rate, every_talk, parts.moments(0.0)[0], caller)
    pooled = _fewest(pool, goals, options)
    talks, (first_moments, second_moments) = parts.talks(passed), parts.moments(passed)
    front = _alone("first", rate, talks[0], first_moments, caller)
    first = _fewest(front, goals, options)

    def both(agents: int) -> Model:
        # Somebody must pass the calls up, though it takes no time.
        return _two_lines(rate, passed, talks, caller, (max(first["agents"], 1), agents))

    before = front.settling(first["agents"], goals["patience"])
    back = _Line("second", rate * passed, second_moments, both, before)
    second = _fewest(back, goals, options)
    lines = pd.DataFrame([pooled, first, second])
    curve = _curve(parts, rate, goals, first_cost)
    return Tiering(
        split=at,
        share_below=1 - parts.share_long,
        pass_up=passed,
        triage=parts.triage,
        pooled_agents=pooled["agents"],
        first_agents=first["agents"],
        second_agents=second["agents"],
        pooled_cost=float(pooled["agents"]),
        tiered_cost=first_cost * first["agents"] + second["agents"],
        break_even_pass_up=_break_even(parts, rate, goals, first_cost, curve),
        lines=lines,
        curve=curve,
    )


def _talk_times(talk: Any) -> NDArray[np.float64]:
    times = np.atleast_1d(
        np.asarray(numbers("talk", durations.seconds("talk", talk)), dtype=np.float64)
    )
    must_be("talk", times, "times > 0 seconds", (times <= 0) | np.isinf(times))
    times = times[~np.isnan(times)]
    if times.ndim != 1 or not times.size:
        raise ValueError("talk must be times > 0 seconds; got none")
    return times


def _split_at(times: NDArray[np.float64], split: Any, share_below: float | None) -> float:
    """The talk time above which calls are for the second line."""
    if (split is None) == (share_below is None):
        raise ValueError("exactly one of split and share_below must be given")
    if share_below is None:
        return duration("split", split, positive=True)
    # The smallest time with at least that share at or below it, as the waits of kpi.summarize.
    rank = math.ceil(share("share_below", share_below) * times.size - 1e-9)
    return float(np.sort(times)[max(rank, 1) - 1])


def _goals(service_level: Any, threshold: Any, patience: Any) -> dict[str, Any]:
    goals = {
        "service_level": share("service_level", service_level),
        "threshold": duration("threshold", threshold),
        "patience": durations.seconds("patience", patience),
    }
    if not 0 < goals["service_level"] < 1:
        msg = f"service_level must be between 0 and 1, neither included; got {service_level!r}"
        raise ValueError(msg)
    return goals


@dataclass(frozen=True)
class _Line:
    """A pool, or one of two lines, and the model with so many agents on it."""

    name: str
    rate: float
    #: Mean and mean square of the talk.
    moments: tuple[float, float]
    model: Callable[[int], Model]
    #: Settling time of the line before it, in seconds.
    before: float = 0.0

    @property
    def load(self) -> float:
        return self.rate * self.moments[0]

    def settling(self, agents: int, patience: float) -> float:
        """In how many seconds the line forgets, nearly, what it was like.

        That of M/M/n, stretched for the talk times; impatient callers let it forget sooner.
        """
        if self.load == 0:
            return self.before
        slow = _core.general_settling(agents, self.load, *self.moments)
        return max(min(slow, max(self.moments[0], patience)), self.before)


def _alone(
    name: str, rate: float, talk: Any, moments: tuple[float, float], caller: dict[str, Any]
) -> _Line:
    """A line that calls come to from outside."""
    kind = CallType(name, rate, 1.0, talk=talk, **caller)
    return _Line(name, rate, moments, lambda agents: Model(kind, {name: agents}))


def _two_lines(
    rate: float,
    pass_up: float,
    talks: tuple[Any, Any],
    caller: dict[str, Any],
    agents: tuple[int, int],
) -> Model:
    up: dict[str, Any] = {"pass_up": pass_up, "next_line": "second"}
    kinds = [
        CallType("first", rate, 1.0, talk=talks[0], **caller, **up),
        CallType("second", talk=talks[1], **caller),
    ]
    groups = dict(zip(("first", "second"), agents, strict=True))
    return Model(kinds, groups, {"first": "first", "second": "second"})


def _fewest(line: _Line, goals: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """The fewest agents of a line that meet the goal, and its figures with them."""
    if line.load == 0:
        row = {"line": line.name, "load": 0.0, "agents": 0, "service_level": 1.0}
        return {**row, "low": np.nan, "high": np.nan, "occupancy": np.nan}
    seen: dict[int, dict[str, Any]] = {}

    def meets(agents: int) -> bool:
        if agents <= line.load and goals["patience"] == math.inf:
            # The queue grows for ever, if slowly.
            return False
        if agents and agents not in seen:
            seen[agents] = _figures(line, agents, goals["patience"], **options)
        return agents > 0 and bool(seen[agents]["service_level"] >= goals["service_level"])

    # Ever longer steps from the formula's answer, then halves: the formula may be far off where
    # there are many agents. With as many as there are ever calls at a time the goal is met.
    few = many = max(math.ceil(_need(line.rate, line.moments, goals)), 1)
    step = 1
    while not meets(many):
        few, many, step = many, many + step, 2 * step
    while meets(few):
        few, many, step = max(few - step, 0), few, 2 * step
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if meets(middle) else (middle, many)
    return seen[many]


def _figures(
    line: _Line, agents: int, patience: float, *, replications: int, seed: int
) -> dict[str, Any]:
    model = line.model(agents)
    rate = model.call_types[0].calls
    lasts = _SETTLED * line.settling(agents, patience)
    lasts = min(max(lasts, _CALLS / rate), _MOST_CALLS / rate)
    before = max(_WARM_UP * line.moments[0], 0.5 * lasts)
    affordable = max(int(_ALL_CALLS / (rate * (lasts + before))), _LEAST)
    found = run(
        model, horizon=lasts, warm_up=before, replications=min(replications, affordable), seed=seed
    )
    totals, groups = found.totals(), found.groups()
    mine = totals[(totals["call_type"] == line.name) & (totals["measure"] == "service_level")]
    busy = groups[(groups["group"] == line.name) & (groups["measure"] == "occupancy")]
    level = mine.iloc[0]
    return {
        "line": line.name,
        "load": line.load,
        "agents": agents,
        "service_level": float(level["mean"]),
        "low": float(level["low"]),
        "high": float(level["high"]),
        "occupancy": float(busy.iloc[0]["mean"]),
    }


def _need(rate: float, moments: tuple[float, float], goals: dict[str, Any]) -> float:
    """Agents by the formula for a talk time of these moments.

    Waits in an M/G/n queue are those of M/M/n stretched by (1 + cv^2) / 2, nearly (Lee & Longton
    1959); so the threshold is shrunk by as much.
    """
    mean, square = moments
    if rate * mean == 0:
        return 0.0
    shrunk = {**goals, "threshold": goals["threshold"] / _core.general_stretch(mean, square)}
    return float(staffing.required_agents(rate * mean, aht=mean, rounding=None, **shrunk))


def _cost(
    parts: _Split, pass_up: float, rate: float, goals: dict[str, Any], first_cost: float
) -> tuple[float, float, float]:
    """Agents of both lines by the formulas, fractional, and what they cost."""
    first, second = parts.moments(pass_up)
    agents = _need(rate, first, goals), _need(rate * pass_up, second, goals)
    return *agents, first_cost * agents[0] + agents[1]


def _curve(parts: _Split, rate: float, goals: dict[str, Any], first_cost: float) -> pd.DataFrame:
    rates = np.linspace(0, 1, 21)
    rows = [_cost(parts, float(pass_up), rate, goals, first_cost) for pass_up in rates]
    curve = pd.DataFrame(rows, columns=["first", "second", "cost"])
    curve.insert(0, "pass_up", rates)
    # Where nothing is passed up the first line is the pool.
    curve["pooled"] = curve["first"].iloc[0]
    return curve


def _break_even(
    parts: _Split, rate: float, goals: dict[str, Any], first_cost: float, curve: pd.DataFrame
) -> float:
    """The pass-up rate at which tiers begin to cost more: by the curve, then by bisection."""
    # Rounding must not decide where both cost the same.
    most = float(curve["pooled"].iloc[0]) * (1 + 1e-9)
    dearer = np.flatnonzero(curve["cost"] > most)
    if not dearer.size:
        return 1.0
    if dearer[0] == 0:
        return math.nan
    low, high = curve["pass_up"].iloc[[dearer[0] - 1, dearer[0]]]
    while high - low > _NARROW:
        middle = 0.5 * (low + high)
        if _cost(parts, middle, rate, goals, first_cost)[2] > most:
            high = middle
        else:
            low = middle
    return float(low)
