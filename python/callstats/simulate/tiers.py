"""Whether a first line that passes long calls up pays, against agents who take everything."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _durations, staffing
from callstats.simulate.distributions import Deterministic, Empirical, Mixture
from callstats.simulate.model import Model
from callstats.simulate.parts import CallType, share
from callstats.simulate.running import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Tiering", "tiering"]

#: Calls of one replication, and of the time before it that is not counted, in talk times.
_CALLS = 4_000
_WARM_UP = 10
#: Agents by which the search may leave the formula's answer.
_FAR = 200
#: Width at which the search for the break-even rate ends.
_NARROW = 1e-6


@dataclass(frozen=True)
class Tiering:
    """A tiered centre against a pooled one; loads in erlangs, shares as fractions.

    ``tiered_agents`` is first line plus second line. ``break_even_pass_up`` is the pass-up rate up
    to which tiers cost no more than pooling; NaN where they never do. ``lines`` has a row for
    "pooled", "first" and "second": `load, agents, service_level, low, high, occupancy`, simulated
    with the agents found. ``curve`` has a row a pass-up rate: `first`, `second` and their `cost`,
    in agents, fractional, by the formulas, and `pooled`, what the pool needs on that scale.
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
        Of the simulations, 4,000 calls each.
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
    they were, meets the goal; the search starts from `staffing.required_agents`. The curve and the
    break-even rate rest on the formulas, with fractional agents so that they do not jump and the
    threshold shrunk for talk times more variable than exponential ones: waits of M/G/n are those of
    M/M/n stretched by (1 + cv²) / 2, nearly. Next to the break-even rate whole agents may say
    otherwise.
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
    times = np.atleast_1d(np.asarray(_durations.seconds("talk", talk), dtype=np.float64))
    times = times[~np.isnan(times)]
    bad = ~((times > 0) & np.isfinite(times))
    if times.ndim != 1 or not times.size or bad.any():
        got = repr(float(times[bad][0])) if bad.any() else "none"
        msg = f"talk must be times > 0 seconds; got {got} ({int(bad.sum())} bad of {times.size})"
        raise ValueError(msg)
    if (split is None) == (share_below is None):
        msg = "exactly one of split and share_below must be given"
        raise ValueError(msg)
    if share_below is not None:
        # The smallest time with at least that share at or below it, as the waits of kpi.summarize.
        place = math.ceil(share("share_below", share_below) * times.size - 1e-9)
        at = float(np.sort(times)[max(place, 1) - 1])
    else:
        at = _positive("split", split)
    parts = _Split(
        times[times <= at],
        times[times > at],
        at if triage is None else _positive("triage", triage, least=0.0),
        _positive("handover", handover, least=0.0),
    )
    passed = parts.share_long if pass_up is None else share("pass_up", pass_up)
    rate = _positive("calls", calls) / _positive("interval", interval)
    if not 0 < first_cost < math.inf:
        msg = f"first_cost must be > 0 and finite; got {first_cost!r}"
        raise ValueError(msg)
    goals = {
        "service_level": share("service_level", service_level),
        "threshold": _positive("threshold", threshold, least=0.0),
        "patience": _durations.seconds("patience", patience),
    }
    told = {"replications": replications, "seed": seed}
    first_talk, second_talk = parts.talks(passed)
    pooled = _line(_alone("pooled", Empirical(tuple(times.tolist())), rate, goals), goals, told)
    first = _line(_alone("first", first_talk, rate, goals), goals, told)
    two = _tiered(
        first_talk, second_talk, pass_up=passed, rate=rate, first_agents=first[1], goals=goals
    )
    second = _line(two, goals, told)
    lines = pd.DataFrame([pooled[0], first[0], second[0]])
    curve, pooled_need = _curve(parts, rate, goals, first_cost)
    return Tiering(
        split=at,
        share_below=1 - parts.share_long,
        pass_up=passed,
        triage=parts.triage,
        pooled_agents=pooled[1],
        first_agents=first[1],
        second_agents=second[1],
        pooled_cost=float(pooled[1]),
        tiered_cost=first_cost * first[1] + second[1],
        break_even_pass_up=_break_even(parts, rate, goals, first_cost, pooled_need),
        lines=lines,
        curve=curve,
    )


def _positive(name: str, value: Any, least: float | None = None) -> float:
    number = _durations.seconds(name, value)
    good = isinstance(number, int | float | np.number) and math.isfinite(number)
    if not (good and (number > 0 if least is None else number >= least)):
        rule = "> 0" if least is None else f">= {least:g}"
        msg = f"{name} must be {rule} and finite; got {value!r}"
        raise ValueError(msg)
    return float(number)


#: Name of the line, load, mean talk, model with so many agents on it.
_Asked = tuple[str, float, float, Any]


def _alone(name: str, talk: Any, rate: float, goals: dict[str, Any]) -> _Asked:
    kind = CallType(
        name,
        rate,
        1.0,
        talk=talk,
        patience=goals["patience"],
        threshold=goals["threshold"],
    )
    return name, rate * talk.mean, talk.mean, lambda agents: Model(kind, {name: agents})


def _tiered(
    first_talk: Any,
    second_talk: Any,
    *,
    pass_up: float,
    rate: float,
    first_agents: int,
    goals: dict[str, Any],
) -> _Asked:
    known = {"patience": goals["patience"], "threshold": goals["threshold"]}
    up: dict[str, Any] = {"pass_up": pass_up, "next_line": "second"} if pass_up else {}
    first = CallType("first", rate, 1.0, talk=first_talk, **known, **up)
    second = CallType("second", None if pass_up else 0.0, talk=second_talk, **known)

    def made(agents: int) -> Model:
        groups = {"first": first_agents, "second": agents}
        return Model([first, second], groups, {"first": "first", "second": "second"})

    return "second", rate * pass_up * second_talk.mean, second_talk.mean, made


def _line(asked: _Asked, goals: dict[str, Any], told: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The fewest agents of a line that meet the goal, and its figures with them."""
    name, load, talk, made = asked
    if load == 0:
        row = {"line": name, "load": 0.0, "agents": 0, "service_level": 1.0}
        return {**row, "low": np.nan, "high": np.nan, "occupancy": np.nan}, 0
    need = staffing.required_agents(load, aht=talk, **goals)
    start = int(need) if math.isfinite(need) else math.ceil(load) + 1
    seen: dict[int, dict[str, Any]] = {}

    def figures(agents: int) -> dict[str, Any]:
        if agents not in seen:
            model = made(agents)
            rate = model.call_types[0].calls
            found = run(model, horizon=_CALLS / rate, warm_up=_WARM_UP * talk, **told)
            totals, groups = found.totals(), found.groups()
            mine = totals[(totals["call_type"] == name) & (totals["measure"] == "service_level")]
            busy = groups[(groups["group"] == name) & (groups["measure"] == "occupancy")]
            level = mine.iloc[0]
            seen[agents] = {
                "line": name,
                "load": load,
                "agents": agents,
                "service_level": float(level["mean"]),
                "low": float(level["low"]),
                "high": float(level["high"]),
                "occupancy": float(busy.iloc[0]["mean"]),
            }
        return seen[agents]

    def meets(agents: int) -> bool:
        return agents > 0 and figures(agents)["service_level"] >= goals["service_level"]

    agents = max(start, 1)
    for _ in range(_FAR):
        if not meets(agents):
            agents += 1
        elif agents > 1 and meets(agents - 1):
            agents -= 1
        else:
            break
    return figures(agents), agents


def _needs(
    parts: _Split, pass_up: float, rate: float, goals: dict[str, Any]
) -> tuple[float, float]:
    """Agents of both lines by the formulas, fractional."""
    first, second = parts.moments(pass_up)
    return _need(rate, first, goals), _need(rate * pass_up, second, goals)


def _need(rate: float, moments: tuple[float, float], goals: dict[str, Any]) -> float:
    """Agents by the formula for a talk time of these moments.

    Waits in an M/G/n queue are those of M/M/n stretched by (1 + cv^2) / 2, nearly (Lee & Longton
    1959); so the threshold is shrunk by as much.
    """
    mean, square = moments
    if rate * mean == 0:
        return 0.0
    stretch = 0.5 * square / mean**2
    shrunk = {**goals, "threshold": goals["threshold"] / stretch}
    return float(staffing.required_agents(rate * mean, aht=mean, rounding=None, **shrunk))


def _curve(
    parts: _Split, rate: float, goals: dict[str, Any], first_cost: float
) -> tuple[pd.DataFrame, float]:
    pooled = _need(rate, parts.moments(0.0)[0], goals)
    rows = []
    for pass_up in np.linspace(0, 1, 21):
        first, second = _needs(parts, float(pass_up), rate, goals)
        cost = first_cost * first + second
        rows.append(
            {"pass_up": pass_up, "first": first, "second": second, "cost": cost, "pooled": pooled}
        )
    return pd.DataFrame(rows), pooled


def _break_even(
    parts: _Split, rate: float, goals: dict[str, Any], first_cost: float, pooled: float
) -> float:
    """The greatest pass-up rate up to which tiers cost no more, by bisection."""

    def dearer(pass_up: float) -> bool:
        first, second = _needs(parts, pass_up, rate, goals)
        # The first line alone is the pool: rounding must not decide.
        return first_cost * first + second > pooled * (1 + 1e-9)

    if dearer(0.0):
        return math.nan
    if not dearer(1.0):
        return 1.0
    low, high = 0.0, 1.0
    while high - low > _NARROW:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if dearer(middle) else (middle, high)
    return low
