"""What is simulated: call types, agent groups, and who serves whom."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import frames
from callstats._tables.checks import nearest, one_of
from callstats.simulate.distributions import set_fields
from callstats.simulate.parts import CallType, Group, Route, Shift
from callstats.simulate.returns import Callback, Retry, whole

if TYPE_CHECKING:
    from callstats.typing import Frame

AgentChoice = Literal["longest_idle", "least_busy"]


@dataclass(frozen=True)
class Model:
    """A call centre: an immutable description, checked as a whole, printable.

    Parameters
    ----------
    call_types : CallType, sequence of CallType, or mapping of name to its parameters
    groups : Group, sequence of Group, mapping of name to agents or parameters, or int
        A number is one group called "agents".
    routing : mapping or DataFrame, optional
        For each call type the groups that can serve it, the most wanted first: names, `Route`s, or
        (name, after) pairs. A frame has columns `call_type`, `group` and optionally `after`,
        `priority`, `weight`, `talk`, `acw`, `priority_growth`, `score`. Default: every group serves every type, in order. A call goes
        to the first group of its list with somebody free, the longest idle there; else it waits.
    lines : int
        Telephone lines, held by those who called while they wait and talk, not by after-call work
        or call-backs. Who finds none is blocked. For pure loss: as many lines as agents.
    retry : Retry, optional
        Of all call types that have none of their own.
    callback : Callback, optional
    day_cv : float
        Coefficient of variation of a random factor with mean 1 on all Poisson arrivals of a
        replication: days are busier or quieter than the forecast. >= 0.
    queue_limit : int
        So many may wait in all queues together; who finds as many is blocked.
    agent_choice : {"longest_idle", "least_busy"}
        Which idle agent of a group, or of a pool of groups with equal `Route.score`, gets a call:
        who has been idle longest, or who had a contact for the least share of the time on duty.

    Raises
    ------
    ValueError
        Names that repeat or do not exist, a type that nobody can serve, calls that are forwarded for
        ever, or a part outside its domain.

    Examples
    --------
    >>> centre = Model(
    ...     [CallType("sales", calls=60, talk=240, patience=120, priority=1),
    ...      CallType("care", calls=90, talk=180, patience=200, priority=2)],
    ...     {"sales desk": 6, "all-round": 14},
    ...     {"sales": ["sales desk", "all-round"], "care": ["all-round", ("sales desk", 60)]},
    ... )
    >>> print(centre)
    Model: 2 call types, 2 groups
      sales: 60 calls / 1800 s, talk Exponential(mean=240.0), patience Exponential(mean=120.0) -> sales desk, all-round
      care: 90 calls / 1800 s, talk Exponential(mean=180.0), patience Exponential(mean=200.0) -> all-round, sales desk after 60 s
      sales desk: 6 agents
      all-round: 14 agents
    """  # noqa: E501 - output

    call_types: Any
    groups: Any
    routing: Any = None
    lines: float = math.inf
    retry: Retry | None = None
    callback: Callback | None = None
    day_cv: float = 0.0
    queue_limit: float = math.inf
    agent_choice: AgentChoice = "longest_idle"

    def __post_init__(self) -> None:
        types = _call_types(self.call_types)
        groups = _groups(self.groups)
        routing = _routing(self.routing, types, groups)
        cv = float(self.day_cv)
        if not 0 <= cv < math.inf:
            raise ValueError(f"day_cv must be >= 0 and finite; got {self.day_cv!r}")
        for argument, needed in (("retry", Retry), ("callback", Callback)):
            given = getattr(self, argument)
            if given is not None and not isinstance(given, needed):
                raise TypeError(f"{argument} must be a {needed.__name__}; got {given!r}")
        one_of("agent_choice", self.agent_choice, ("longest_idle", "least_busy"))
        _check_forwarding(types)
        for kind in types:
            _check_routes(kind, routing[kind.name], groups)
        set_fields(
            self,
            call_types=types,
            groups=groups,
            routing=MappingProxyType(routing),
            lines=whole("lines", self.lines, endless=True),
            day_cv=cv,
            queue_limit=whole("queue_limit", self.queue_limit, endless=True),
        )

    def __reduce__(self) -> tuple[type[Model], tuple[Any, ...]]:
        # A read-only view of a mapping cannot be pickled; what it was made from can.
        return Model, (
            self.call_types,
            self.groups,
            dict(self.routing),
            self.lines,
            self.retry,
            self.callback,
            self.day_cv,
            self.queue_limit,
            self.agent_choice,
        )

    @classmethod
    def from_frames(cls, types: Frame, groups: Frame, routing: Any = None, **more: Any) -> Model:
        """A model from two tables.

        Parameters
        ----------
        types : DataFrame
            One row a call type: `call_type`, `calls`, `talk` (or `aht`), and optionally any other
            parameter of `CallType`.
        groups : DataFrame
            One row a group: `group`, `agents`, and optionally `concurrency`, `shift_end` and
            `call_types`, the types that it serves, separated by commas or semicolons.
        routing : mapping or DataFrame, optional
            As in `Model`; instead of the column `call_types`.
        **more
            Further arguments of `Model`.

        Examples
        --------
        >>> import pandas as pd
        >>> types = pd.DataFrame({"call_type": ["a", "b"], "calls": [50, 20], "aht": [180, 300]})
        >>> groups = pd.DataFrame(
        ...     {"group": ["x", "y"], "agents": [6, 4], "call_types": ["a,b", "b"]}
        ... )
        >>> [route.group for route in Model.from_frames(types, groups).routing["b"]]
        ['x', 'y']
        """
        of_types = frames.read(types, "types")
        aht = "aht" in of_types.columns and "talk" not in of_types.columns
        frames.require(of_types, ("call_type", "calls", "aht" if aht else "talk"), "types")
        found = []
        for row in of_types.iter_rows(named=True):
            known = {k: v for k, v in row.items() if k in _TYPE_COLUMNS and not _missing(v)}
            if aht:
                known["talk"] = row["aht"]
            found.append(CallType(row["call_type"], **known))
        of_groups = frames.read(groups, "groups")
        frames.require(of_groups, ("group", "agents"), "groups")
        teams, served = [], {}
        for row in of_groups.iter_rows(named=True):
            known = {k: v for k, v in row.items() if k in _GROUP_COLUMNS and not _missing(v)}
            teams.append(Group(row["group"], **known))
            names = row.get("call_types")
            if names is not None:
                split = names.replace(";", ",").split(",") if isinstance(names, str) else names
                served[row["group"]] = [str(name).strip() for name in split]
        if routing is None and served:
            routing = {kind.name: [] for kind in found}
            for name in dict.fromkeys(name for names in served.values() for name in names):
                routing[name] = [group for group, names in served.items() if name in names]
        return cls(found, teams, routing, **more)

    @property
    def has_costs(self) -> bool:
        """Whether a lost call, a wait or an agent costs anything."""
        priced = any(kind.cost_lost or kind.cost_waiting for kind in self.call_types)
        return priced or any(group.cost for group in self.groups)

    def __str__(self) -> str:
        lines = [f"Model: {_count(self.call_types, 'call type')}, {_count(self.groups, 'group')}"]
        lines += [_type_line(kind, self.routing[kind.name]) for kind in self.call_types]
        lines += [_group_line(group) for group in self.groups]
        if self.lines < math.inf:
            lines.append(f"  lines: {self.lines:g}")
        for extra in (self.retry, self.callback):
            if extra is not None:
                lines.append(f"  {extra}")
        if self.queue_limit < math.inf:
            lines.append(f"  at most {self.queue_limit:g} wait")
        if self.agent_choice != "longest_idle":
            lines.append(f"  agents by {self.agent_choice}")
        if self.day_cv:
            lines.append(f"  days vary by {self.day_cv:.0%}")
        return "\n".join(lines)


_TYPE_COLUMNS = {
    "calls",
    "interval",
    "talk",
    "acw",
    "patience",
    "threshold",
    "priority",
    "queue_limit",
    "pass_up",
    "next_line",
    "priority_growth",
    "forwarded_priority",
    "total_sd",
    "cost_lost",
    "cost_waiting",
}
_GROUP_COLUMNS = {"agents", "concurrency", "shift_end", "pause", "ring", "cost"}
_ROUTE_COLUMNS = {
    "group",
    "after",
    "priority",
    "weight",
    "talk",
    "acw",
    "priority_growth",
    "forwarded_priority",
    "score",
}


def _type_line(kind: CallType, routes: tuple[Route, ...]) -> str:
    if kind.arrivals is not None:
        calls = f"{len(kind.arrivals)} given arrivals"
    elif kind.calls is None:
        calls = "calls left open"
    elif isinstance(kind.calls, tuple):
        calls = f"{sum(kind.calls):g} calls in {len(kind.calls)} x {kind.interval:g} s"
    else:
        calls = f"{kind.calls:g} calls / {kind.interval:g} s"
    ways = [route.group + (f" after {route.after:g} s" if route.after else "") for route in routes]
    line = f"  {kind.name}: {calls}, talk {kind.talk}, patience {kind.patience}"
    if kind.acw.mean > 0:
        line += f", acw {kind.acw}"
    if kind.pass_up:
        line += f", {kind.pass_up:.0%} passed up to {kind.next_line}"
    line += "".join(f", {chance:.0%} forwarded to {name}" for name, chance in kind.forward)
    return f"{line} -> {', '.join(ways)}"


def _group_line(group: Group) -> str:
    agents = group.agents
    if isinstance(agents, int):
        line = f"{agents} agents"
    elif agents and isinstance(agents[0], Shift):
        line = _count(agents, "shift")
    else:
        line = f"{min(agents)} to {max(agents)} agents"
    if group.concurrency > 1:
        line += f", {group.concurrency} contacts at a time"
    return f"  {group.name}: {line}"


def _count(things: Any, name: str) -> str:
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _unique(names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            msg = f"{what} must have different names; {name!r} is there {names.count(name)} times"
            raise ValueError(msg)


def _call_types(given: Any) -> tuple[CallType, ...]:
    if isinstance(given, CallType):
        given = [given]
    if isinstance(given, Mapping):
        given = [v if isinstance(v, CallType) else CallType(k, **v) for k, v in given.items()]
    return _several("call_types", given, CallType)


def _groups(given: Any) -> tuple[Group, ...]:
    if isinstance(given, Group):
        given = [given]
    elif isinstance(given, int | float | np.number):
        given = [Group("agents", given)]
    elif isinstance(given, Mapping):
        given = [_group(name, value) for name, value in given.items()]
    return _several("groups", given, Group)


def _several(argument: str, given: Any, kind: type) -> tuple[Any, ...]:
    """One or several parts of a kind, as a tuple, with different names."""
    found = tuple(given) if isinstance(given, Iterable) else (given,)
    if not found or not all(isinstance(part, kind) for part in found):
        raise TypeError(f"{argument} must be one or several {kind.__name__}; got {given!r}")
    _unique([part.name for part in found], argument.replace("_", " "))
    return found


def _group(name: str, value: Any) -> Group:
    if isinstance(value, Group):
        return value
    return Group(name, **value) if isinstance(value, Mapping) else Group(name, value)


def _routing(
    given: Any, types: tuple[CallType, ...], groups: tuple[Group, ...]
) -> dict[str, tuple[Route, ...]]:
    names = [group.name for group in groups]
    if given is None:
        return {kind.name: tuple(Route(name) for name in names) for kind in types}
    if isinstance(given, list | tuple | str):
        raise TypeError(f"routing must be a mapping or a DataFrame; got {given!r}")
    if not isinstance(given, Mapping):
        given = _routing_frame(given)
    known = [kind.name for kind in types]
    for name in given:
        if name not in known:
            msg = f"routing names the call type {name!r}{nearest(name, known)}, not a type"
            raise ValueError(msg)
    routing = {}
    for kind in types:
        ways = given.get(kind.name, ())
        ways = [ways] if isinstance(ways, str | Route) else ways
        routes = tuple(_route(way) for way in ways)
        if not routes:
            raise ValueError(f"nobody can serve call type {kind.name!r}: routing gives it no group")
        for route in routes:
            if route.group not in names:
                raise ValueError(
                    f"routing of {kind.name!r} names the group {route.group!r}"
                    f"{nearest(route.group, names)}, not a group"
                )
        _unique([route.group for route in routes], f"the groups of {kind.name!r} in routing")
        routing[kind.name] = routes
    return routing


def _route(way: Any) -> Route:
    if isinstance(way, Route):
        return way
    if isinstance(way, str):
        return Route(way)
    if isinstance(way, list | tuple) and len(way) == 2:
        return Route(*way)
    msg = f"routing must give groups as names, Routes or (name, after) pairs; got {way!r}"
    raise TypeError(msg)


def _routing_frame(frame: Any) -> dict[str, list[Route]]:
    table = frames.read(frame, "routing")
    frames.require(table, ("call_type", "group"), "routing")
    routing: dict[str, list[Route]] = {}
    for row in table.iter_rows(named=True):
        known = {k: v for k, v in row.items() if k in _ROUTE_COLUMNS and not _missing(v)}
        routing.setdefault(row["call_type"], []).append(Route(**known))
    return routing


def _check_forwarding(types: tuple[CallType, ...]) -> None:
    """Every call must be forwarded, retried and recalled to types that exist, and end some time."""
    names = [kind.name for kind in types]
    for kind in types:
        ways = (
            ("next_line" if kind.next_line else "forward", kind.forwarding),
            ("recall", () if kind.recall is None else kind.recall.to),
            ("retry", () if kind.retry is None else kind.retry.to),
        )
        for argument, targets in ways:
            for name, _ in targets:
                if name not in names:
                    near = nearest(name, names)
                    msg = f"{argument} of call type {kind.name!r} names {name!r}{near}, not a type"
                    raise ValueError(msg)
    ends = {kind.name for kind in types if sum(chance for _, chance in kind.forwarding) < 1 - 1e-9}
    found = True
    while found:
        found = False
        for kind in types:
            if kind.name not in ends and any(name in ends for name, _ in kind.forwarding):
                ends.add(kind.name)
                found = True
    for kind in types:
        if kind.name not in ends:
            how = "forwarded" if kind.forward else "passed up"
            raise ValueError(f"calls of {kind.name!r} would be {how} for ever")


def _check_routes(kind: CallType, routes: tuple[Route, ...], groups: tuple[Group, ...]) -> None:
    slowed = {group.name for group in groups if group.slowdown}
    for route in routes:
        acw = kind.acw if route.acw is None else route.acw
        if acw.mean > 0 and route.group in slowed:
            raise ValueError(
                f"acw of call type {kind.name!r} must be 0 where contacts slow each other down;"
                " make it part of talk"
            )
    scored = [route.group for route in routes if route.score is not None]
    if scored and len(scored) < len(routes):
        raise ValueError(
            f"score must be given for all routes of call type {kind.name!r} or for none; got it for"
            f" {', '.join(map(repr, scored))}"
        )
