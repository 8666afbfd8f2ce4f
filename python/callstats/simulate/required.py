"""How many agents of which group: the cheapest staffing that meets goals by call type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core, staffing
from callstats._tables.arrays import thread_count
from callstats._tables.checks import confidence_level
from callstats.errors import InfeasibleError
from callstats.simulate.distributions import positive_number
from callstats.simulate.forms import centre_form
from callstats.simulate.goals import Found, Goal, read_goals, verdict
from callstats.simulate.model import Model
from callstats.simulate.parts import Group, Shift
from callstats.simulate.periods import Plan, make_plan
from callstats.simulate.returns import finite, whole
from callstats.simulate.running import COLUMNS, seed_of
from callstats.simulate.search import Numbers, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callstats.typing import Frame, Threads

#: Replications between two looks at whether a plan is decided.
_BATCH = 10
#: How sure a plan must be better or worse than a goal to be decided early.
_SURE = 0.999
#: Replications of the confirmation, in those of the search.
_CONFIRMED = 4
#: Cheapest plans that are confirmed before the search gives up.
_MOST_CONFIRMED = 200
#: Sets the streams of the confirmation apart from those of the search.
_FRESH = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Staffing:
    """The cheapest staffing that was found, and what fresh streams say about it.

    `agents` is a frame: `group`, where there are shifts `start` and `end`, `agents` and `cost`.
    `goals` is a frame of fresh streams: `call_type`, `measure`, `goal`, `periods`, `mean`, `low`,
    `high`, `met`. `second_agents`, `second_cost` and `second_goals` are those of the next plan that
    fresh streams confirm, None where there is none. `model` has the agents filled in; `simulated`
    is the number of plans that were simulated.
    """

    agents: pd.DataFrame
    cost: float
    goals: pd.DataFrame
    second_agents: pd.DataFrame | None
    second_cost: float | None
    second_goals: pd.DataFrame | None
    model: Model
    simulated: int


def required_agents(
    model: Model,
    *,
    goals: Mapping[str, Mapping[str, Any]],
    costs: Mapping[str, float] | None = None,
    minimum: Any = 0,
    maximum: Any = None,
    horizon: Any = None,
    intervals: Frame | None = None,
    warm_up: Any = 0.0,
    freq: Any = None,
    replications: int = 100,
    precision: float = 0.005,
    confidence: float = 0.95,
    seed: int,
    threads: Threads = None,
) -> Staffing:
    """The cheapest numbers of agents by group under goals by call type, simulated.

    For one queue with exponential times `staffing.required_agents` is exact and immediate.

    Parameters
    ----------
    model : Model
        Groups with one number of agents, which is looked for, or with shifts: then the agents of
        each shift are.
    goals : mapping of call type, or "all", to mapping of measure to number
        "service_level" at least, "abandonment", "blocking", "mean_wait" and "asa" at most, over all
        periods. With "periods" among them a share: all goals of the type must hold in so many of
        the periods of `freq` or `intervals`.
    costs : mapping of group to number, optional
        Of an agent, an hour of each shift. Default: the groups' `cost`, else 1 each.
    minimum, maximum : int or mapping of group to int
        Agents of a group, of each of its shifts. Default of `maximum`: some more than anybody needs
        who serves all types of the group alone.
    horizon, intervals, warm_up, freq, confidence, seed, threads
        As in `run`; `intervals` without agents.
    replications : int
        The most that a plan is simulated in the search; four times as many confirm it.
    precision : float
        A plan near a goal is not simulated any longer once all its shares are known to +-precision
        and its waits to that share of the goal.

    Returns
    -------
    Staffing
        Agents by group or shift, their cost, and the goals on fresh streams with intervals; the
        second best plan beside it.

    Raises
    ------
    ValueError
        Unknown types, groups or measures, a group with a number an interval, bounds that exclude
        one another.
    InfeasibleError
        No plan up to `maximum` meets the goals, or none that fresh streams do not refute.

    Notes
    -----
    All plans see the same callers. A plan is simulated until each goal is met or missed for
    certain; no plan below one that missed, or above one that met, is simulated again. The search
    starts from the needs of single queues and pools, lowers each group in turn and looks at plans
    near by until none is cheaper (Cezik & L'Ecuyer 2008 search the same space with cuts). The
    cheapest plan is simulated anew with other callers. Where those refute it the next one is.
    It is a search, of up to some 1,200 plans: a cheaper one may have been missed.

    Examples
    --------
    >>> from callstats.simulate import CallType
    >>> centre = Model(
    ...     [CallType("sales", calls=60, talk=240, patience=120),
    ...      CallType("care", calls=90, talk=180, patience=200)],
    ...     {"sales desk": 1, "all-round": 1},
    ...     {"sales": ["sales desk", "all-round"], "care": ["all-round"]},
    ... )
    >>> found = required_agents(
    ...     centre,
    ...     goals={"sales": {"service_level": 0.8}, "care": {"service_level": 0.7}},
    ...     costs={"sales desk": 1.0, "all-round": 1.2},
    ...     horizon="8h", warm_up="1h", seed=1,
    ... )
    >>> bool(found.goals["met"].all()), found.cost < 24
    (True, True)
    """
    if not isinstance(model, Model):
        raise TypeError(f"model must be a Model; got {type(model).__name__}")
    wanted = read_goals(goals, model)
    places = _places(model)
    plan = make_plan(
        model,
        horizon=horizon,
        intervals=intervals,
        staffing=None,
        interval=None,
        warm_up=warm_up,
        freq=freq,
        columns=COLUMNS,
    )
    confidence_level(confidence)
    centre = _Centre(
        model,
        plan,
        places,
        wanted,
        replications=int(whole("replications", replications, least=2)),
        precision=positive_number("precision", precision),
        confidence=confidence,
        seed=seed_of(seed),
        threads=thread_count(threads),
    )
    prices = _prices(model, places, costs)
    needs = _needs(model, plan, wanted)
    least = _bounds("minimum", minimum, model, places)
    most = _bounds("maximum", maximum, model, places, needs)
    for place, low, high in zip(places, least, most, strict=True):
        if low > high:
            name = place.group.name
            raise ValueError(f"minimum must be <= maximum; got {low} and {high} for group {name!r}")
    search = Search(centre.meets, prices, least, most)
    if not search.holds(most):
        raise InfeasibleError(_missed(centre.fresh(most)))
    search.run(_start(model, places, needs, least, most))
    return _confirmed(centre, search, places)


@dataclass(frozen=True)
class _Place:
    """A number that is looked for: the agents of a group, or of one of its shifts."""

    group: Group
    shift: int | None = None


def _places(model: Model) -> list[_Place]:
    places: list[_Place] = []
    for group in model.groups:
        agents = group.agents
        if isinstance(agents, int):
            places.append(_Place(group))
        elif agents and isinstance(agents[0], Shift):
            places += [_Place(group, number) for number in range(len(agents))]
        else:
            raise ValueError(
                f"agents of group {group.name!r} must be one number or shifts; a number an interval"
                " leaves open which shifts there are"
            )
    return places


@dataclass
class _Centre:
    """Plans of one centre, simulated; what was simulated is kept."""

    model: Model
    plan: Plan
    places: list[_Place]
    goals: list[Goal]
    replications: int
    precision: float
    confidence: float
    seed: int
    threads: int | None
    simulated: int = 0
    confirmed: dict[Numbers, list[Found]] = field(default_factory=dict)

    def filled(self, numbers: Sequence[int]) -> Model:
        """The model with these numbers of agents."""
        agents: dict[str, Any] = {}
        for place, number in zip(self.places, numbers, strict=True):
            if place.shift is None:
                agents[place.group.name] = number
            else:
                shift = replace(place.group.agents[place.shift], agents=number)
                agents.setdefault(place.group.name, []).append(shift)
        groups = [replace(group, agents=agents[group.name]) for group in self.model.groups]
        return replace(self.model, groups=groups)

    def meets(self, numbers: Numbers) -> bool:
        """Whether a plan meets all goals with the callers of the search."""
        self.simulated += 1

        def decided(found: list[Found]) -> bool:
            missed = any(each.slack + each.half < 0 for each in found)
            met = all(each.slack >= each.half for each in found)
            return missed or met or all(each.half <= self.precision for each in found)

        found = self._simulate(numbers, self.seed, self.replications, _SURE, decided)
        return all(each.met for each in found)

    def fresh(self, numbers: Numbers) -> list[Found]:
        """What other callers than those of the search say."""
        if numbers not in self.confirmed:
            seed = (self.seed + _FRESH) % 2**64
            most = _CONFIRMED * self.replications
            self.confirmed[numbers] = self._simulate(
                numbers, seed, most, self.confidence, lambda _: False
            )
        return self.confirmed[numbers]

    def _simulate(
        self,
        numbers: Numbers,
        seed: int,
        most: int,
        confidence: float,
        decided: Callable[[list[Found]], bool],
    ) -> list[Found]:
        model = self.filled(numbers)
        agents = {group.name: group.staffing() for group in model.groups}
        form = centre_form(model, self.plan.pieces, agents)
        simulation = _core.Simulation([form], self.plan.edges, seed, 0, False)
        shape = (len(model.call_types) + 1, len(self.plan.edges), -1, 4)
        while True:
            simulation.run(min(_BATCH, most - simulation.done), self.threads)
            complete = simulation.done >= most
            figures = simulation.of_types(0, confidence).reshape(shape)
            found = verdict(self.goals, figures, complete=complete)
            if complete or decided(found):
                return found


def _confirmed(centre: _Centre, search: Search, places: list[_Place]) -> Staffing:
    """The cheapest plan that fresh streams do not refute, and the next one."""
    found: list[Numbers] = []
    tried = 0
    for plan in search.cheapest():
        # More agents than the best plan in any way are no second plan.
        if found and all(a >= b for a, b in zip(plan, found[0], strict=True)):
            continue
        tried += 1
        if all(each.met for each in centre.fresh(plan)):
            found.append(plan)
        else:
            search.refute(plan)
        if len(found) == 2 or tried >= _MOST_CONFIRMED:
            break
    if not found:
        raise InfeasibleError(f"no plan was confirmed; {_missed(centre.fresh(search.most))}")
    best, *others = found
    second = others[0] if others else None
    return Staffing(
        agents=_agents(places, best, search.prices),
        cost=search.cost(best),
        goals=_goals(centre.fresh(best)),
        second_agents=None if second is None else _agents(places, second, search.prices),
        second_cost=None if second is None else search.cost(second),
        second_goals=None if second is None else _goals(centre.fresh(second)),
        model=centre.filled(best),
        simulated=centre.simulated,
    )


def _agents(places: list[_Place], numbers: Numbers, prices: list[float]) -> pd.DataFrame:
    rows = []
    for place, number, price in zip(places, numbers, prices, strict=True):
        row: dict[str, Any] = {"group": place.group.name}
        if any(each.shift is not None for each in places):
            shift = None if place.shift is None else place.group.agents[place.shift]
            row["start"] = math.nan if shift is None else shift.start
            row["end"] = math.nan if shift is None else shift.end
        rows.append({**row, "agents": number, "cost": price * number})
    return pd.DataFrame(rows)


def _goals(found: list[Found]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "call_type": each.goal.call_type,
                "measure": each.goal.measure,
                "goal": each.goal.bound,
                "periods": math.nan if each.goal.periods is None else each.goal.periods,
                "mean": each.mean,
                "low": each.low,
                "high": each.high,
                "met": each.met,
            }
            for each in found
        ]
    )


def _missed(found: list[Found]) -> str:
    """Which goals are missed with as many agents as are allowed, in words."""
    missed = []
    for each in found:
        if not each.met:
            goal = each.goal
            what = f"{goal.measure} of {goal.call_type!r}"
            wanted = f"{'>=' if goal.is_floor else '<='} {goal.bound:g}"
            if goal.periods is not None:
                wanted = f"{wanted} in {goal.periods:.0%} of the periods"
            missed.append(f"{what} is {each.mean:.4g}, must be {wanted}")
    with_all = "even with as many agents as maximum allows"
    return f"goals cannot be met {with_all}: {'; '.join(missed) or 'they are too near to call'}"


def _prices(model: Model, places: list[_Place], costs: Any) -> list[float]:
    """Of one more agent at each place."""
    names = [group.name for group in model.groups]
    if costs is None:
        free = not any(group.cost for group in model.groups)
        costs = {group.name: 1.0 if free else group.cost for group in model.groups}
    elif not isinstance(costs, Mapping):
        raise TypeError(f"costs must map groups to numbers; got {costs!r}")
    for name in costs:
        if name not in names:
            raise ValueError(f"costs name the group {name!r}, not a group of the model")
    found = []
    for place in places:
        if place.group.name not in costs:
            raise ValueError(f"costs must have all groups; {place.group.name!r} is missing")
        price = finite(f"costs of group {place.group.name!r}", costs[place.group.name], least=0)
        if place.shift is not None:
            shift = place.group.agents[place.shift]
            breaks = sum(back - begin for begin, back in shift.breaks)
            price *= (shift.end - shift.start - breaks) / 3600.0
        found.append(price)
    return found


@dataclass(frozen=True)
class _Needs:
    """Agents who are needed at the peak: by a type alone, and by all types of a group."""

    alone: dict[str, int]
    together: dict[str, int]


def _needs(model: Model, plan: Plan, goals: list[Goal]) -> _Needs:
    rates = _peak_rates(model, plan)
    talks = {
        (kind.name, way.group): (kind.talk if way.talk is None else way.talk).mean
        + (kind.acw if way.acw is None else way.acw).mean
        for kind in model.call_types
        for way in model.routing[kind.name]
    }
    extra = {group.name: group.pause.mean + group.ring.mean for group in model.groups}
    alone, loads = {}, dict.fromkeys((group.name for group in model.groups), 0.0)
    for kind in model.call_types:
        ways = [way.group for way in model.routing[kind.name]]
        for name in ways:
            loads[name] += rates[kind.name] * (talks[kind.name, name] + extra[name])
        fastest = min(talks[kind.name, name] + extra[name] for name in ways)
        own = {
            goal.measure: goal.bound
            for goal in goals
            if goal.call_type in {kind.name, "all"} and goal.measure != "blocking"
        }
        alone[kind.name] = _single(rates[kind.name] * fastest, fastest, kind, own)
    together = {name: math.ceil(load + 8 * math.sqrt(load) + 3) for name, load in loads.items()}
    return _Needs(alone, together)


def _single(load: float, aht: float, kind: Any, own: dict[str, Any]) -> int:
    """Agents of a queue of this type alone, by the formula."""
    if load <= 0 or aht <= 0 or not own:
        return 0
    if "service_level" in own:
        own = {**own, "threshold": kind.threshold}
    patience = kind.patience.mean
    found = float(staffing.required_agents(load, aht=aht, patience=patience, **own))
    return 0 if math.isnan(found) else int(found)


def _peak_rates(model: Model, plan: Plan) -> dict[str, float]:
    """Calls a second at the busiest time, those that come from other types included."""
    names = [kind.name for kind in model.call_types]
    first = np.zeros(len(names))
    moves = np.zeros((len(names), len(names)))
    for place, kind in enumerate(model.call_types):
        if kind.arrivals is None:
            first[place] = max((rate for _, rate, _ in plan.pieces[kind.name]), default=0.0)
        elif kind.arrivals:
            busiest = np.bincount((np.asarray(kind.arrivals) // 1800).astype(int)).max()
            first[place] = busiest / 1800.0
        for targets in (kind.forwarding, () if kind.recall is None else kind.recall.to):
            for name, chance in targets:
                moves[names.index(name), place] += chance
    # Recalls may make more calls of every call for ever; until the end of the run they do not.
    shrunk = moves * min(1.0, 0.9 / max(float(moves.sum(axis=0).max()), 1e-12))
    rates = np.linalg.solve(np.eye(len(names)) - shrunk, first)
    return dict(zip(names, rates.tolist(), strict=True))


def _bounds(
    argument: str, given: Any, model: Model, places: list[_Place], needs: _Needs | None = None
) -> Numbers:
    """The least or most agents at each place."""
    names = [group.name for group in model.groups]
    if given is None and needs is not None:
        by_group: dict[str, int] = needs.together
    elif isinstance(given, Mapping):
        for name in given:
            if name not in names:
                raise ValueError(f"{argument} names the group {name!r}, not a group of the model")
        default = dict.fromkeys(names, 0) if needs is None else needs.together
        by_group = {
            name: int(whole(f"{argument} of {name!r}", given.get(name, default[name])))
            for name in names
        }
    else:
        number = int(whole(argument, given))
        by_group = dict.fromkeys(names, number)
    return tuple(by_group[place.group.name] for place in places)


def _start(
    model: Model, places: list[_Place], needs: _Needs, least: Numbers, most: Numbers
) -> Numbers:
    """Enough for each type alone, in the groups that serve most of those still without agents."""
    got = dict.fromkeys((group.name for group in model.groups), 0)
    serves = {
        name: [kind.name for kind in model.call_types if name in _groups_of(model, kind.name)]
        for name in got
    }
    lacks = dict(needs.alone)
    while any(number > 0 for number in lacks.values()):
        best = max(got, key=lambda name: sum(lacks[kind] > 0 for kind in serves[name]))
        got[best] += 1
        for kind in serves[best]:
            lacks[kind] -= 1
    start = (got[place.group.name] for place in places)
    return tuple(
        min(max(number, low), high) for number, low, high in zip(start, least, most, strict=True)
    )


def _groups_of(model: Model, kind: str) -> set[str]:
    return {way.group for way in model.routing[kind]}
