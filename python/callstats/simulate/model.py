"""What is simulated: call types, agent groups, and who serves whom."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _durations, _frames
from callstats.simulate.distributions import Distribution, as_distribution

if TYPE_CHECKING:
    from callstats.typing import Frame

__all__ = ["CallType", "Callback", "Group", "Model", "Retry", "Route", "Shift"]

ShiftEnd = Literal["finish", "finish_roster", "preempt"]
#: Places that the core takes for "no limit".
ENDLESS = 2**32 - 1
_MOST = 1_000_000


def _set(thing: Any, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(thing, name, value)


def _name(owner: str, value: Any) -> str:
    if not isinstance(value, str) or not value or value == "all":
        msg = f"{owner} must have a name that is a text other than 'all'; got {value!r}"
        raise ValueError(msg)
    return value


def _duration(name: str, value: Any, *, positive: bool = False, endless: bool = False) -> float:
    seconds = _durations.seconds(name, value)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | np.number):
        msg = f"{name} must be a duration in seconds; got {value!r}"
        raise TypeError(msg)
    good = (seconds > 0 if positive else seconds >= 0) and (endless or seconds < math.inf)
    if not good:
        rule = "> 0" if positive else ">= 0"
        msg = f"{name} must be {rule} seconds{'' if endless else ' and finite'}; got {value!r}"
        raise ValueError(msg)
    return float(seconds)


def share(name: str, value: Any) -> float:
    """A probability, checked."""
    number = float(value)
    if not 0 <= number <= 1:
        msg = f"{name} must be between 0 and 1; got {value!r}"
        raise ValueError(msg)
    return number


def whole(name: str, value: Any, *, least: int = 0, endless: bool = False) -> float:
    """A whole number, checked; infinite where that is allowed."""
    number = float(value)
    if endless and number == math.inf:
        return math.inf
    if not (number >= least and number <= _MOST and number == math.floor(number)):
        msg = f"{name} must be a whole number from {least} to {_MOST:,}; got {value!r}"
        raise ValueError(msg)
    return int(number)


def whole_agents(values: Any) -> tuple[int, ...]:
    """Numbers of agents, which must be whole."""
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    bad = ~((array >= 0) & (array <= _MOST) & (array == np.floor(array)))
    if array.ndim != 1 or not array.size or bad.any():
        at = int(np.flatnonzero(bad)[0]) if array.ndim == 1 and bad.any() else 0
        got = repr(float(array[at])) if array.ndim == 1 and array.size else repr(values)
        msg = (
            f"agents must be whole numbers >= 0, as a shift cannot lose half a person; got {got} "
            f"at position {at} ({int(bad.sum())} bad of {array.size})"
        )
        raise ValueError(msg)
    return tuple(int(agents) for agents in array)


def rates(values: Any) -> tuple[float, ...]:
    """Expected calls an interval."""
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    bad = ~((array >= 0) & np.isfinite(array))
    if array.ndim != 1 or not array.size or bad.any():
        at = int(np.flatnonzero(bad)[0]) if array.ndim == 1 and bad.any() else 0
        got = repr(float(array[at])) if array.ndim == 1 and array.size else repr(values)
        msg = (
            f"calls must be >= 0 and finite; got {got} at position {at} "
            f"({int(bad.sum())} bad of {array.size})"
        )
        raise ValueError(msg)
    return tuple(float(calls) for calls in array)


@dataclass(frozen=True)
class CallType:
    """A kind of call. Where a distribution may stand, a duration is the mean of an exponential one.

    Parameters
    ----------
    name : str
    calls : number or sequence of numbers
        Expected calls an `interval`, as a Poisson process: one number for ever, or one an interval
        from the start, the last of which then stays. >= 0. May be left to `run(intervals=)`.
    interval : duration
        Length of an interval; > 0 s.
    arrivals : sequence of durations, optional
        Instead of `calls`: the instants of arrival from the start, the same in each replication.
    talk : Distribution or duration
        Time of the caller with an agent. With `acw=0` this is the handle time.
    acw : Distribution or duration
        After-call work, after the caller has gone.
    patience : Distribution or duration
        How long a caller waits before hanging up; infinite: for ever.
    threshold : duration
        T of "answered within T", T included.
    priority : number
        An agent who can serve several waiting types takes the least number first.
    queue_limit : int
        So many of the type may wait; who finds as many is blocked. 0: nobody waits.
    pass_up : float
        Probability that a call is passed up at the end of its talk, to the type `next_line`.
    next_line : str, optional
        As which type a call that is passed up queues again.

    Examples
    --------
    >>> CallType("sales", calls=250, talk=210, patience=180).load
    29.166666666666668
    """

    name: str
    calls: Any = None
    interval: Any = 1800.0
    arrivals: Any = None
    talk: Any = field(kw_only=True)
    acw: Any = field(default=0.0, kw_only=True)
    patience: Any = field(default=math.inf, kw_only=True)
    threshold: Any = field(default=20.0, kw_only=True)
    priority: float = field(default=0.0, kw_only=True)
    queue_limit: float = field(default=math.inf, kw_only=True)
    pass_up: float = field(default=0.0, kw_only=True)
    next_line: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _name("a call type", self.name)
        told = f"of call type {self.name!r}"
        if self.calls is not None and self.arrivals is not None:
            msg = f"calls and arrivals {told} cannot both be given"
            raise ValueError(msg)
        if self.arrivals is not None:
            instants = np.asarray(_durations.seconds("arrivals", self.arrivals), dtype=np.float64)
            if instants.ndim != 1 or not (np.isfinite(instants) & (instants >= 0)).all():
                msg = f"arrivals {told} must be instants >= 0 seconds and finite"
                raise ValueError(msg)
            _set(self, arrivals=tuple(np.sort(instants).tolist()))
        if self.calls is not None:
            several = np.ndim(self.calls) > 0
            found = rates(self.calls)
            _set(self, calls=found if several else found[0])
        priority = float(self.priority)
        if not math.isfinite(priority):
            msg = f"priority {told} must be a finite number; got {self.priority!r}"
            raise ValueError(msg)
        pass_up = share(f"pass_up {told}", self.pass_up)
        if (pass_up > 0) != (self.next_line is not None):
            got = f"{self.pass_up!r}, {self.next_line!r}"
            msg = f"pass_up and next_line {told} go together; got {got}"
            raise ValueError(msg)
        _set(
            self,
            interval=_duration(f"interval {told}", self.interval, positive=True),
            talk=as_distribution(f"talk {told}", self.talk, endless=False),
            acw=as_distribution(f"acw {told}", self.acw, endless=False),
            patience=as_distribution(f"patience {told}", self.patience),
            threshold=_duration(f"threshold {told}", self.threshold, endless=True),
            priority=priority,
            queue_limit=whole(f"queue_limit {told}", self.queue_limit, endless=True),
            pass_up=pass_up,
        )

    @property
    def load(self) -> float:
        """Offered load in erlangs, after-call work included, in the first interval."""
        calls = 0.0 if self.calls is None else float(np.atleast_1d(self.calls)[0])
        return calls * float(self.talk.mean + self.acw.mean) / float(self.interval)


@dataclass(frozen=True)
class Shift:
    """`agents` on duty from `start` to `end` (durations from the start), less their breaks.

    `breaks` holds (start, end) pairs within the shift. Who goes on a break ends his shift by the
    rule of the group, and comes back as a newcomer.
    """

    start: Any
    end: Any
    agents: int = 1
    breaks: tuple[tuple[Any, Any], ...] = ()

    def __post_init__(self) -> None:
        start, end = _duration("start", self.start), _duration("end", self.end)
        breaks = tuple((_duration("breaks", a), _duration("breaks", b)) for a, b in self.breaks)
        if end < start:
            msg = f"a shift must not end before it starts; got {self.start!r} to {self.end!r}"
            raise ValueError(msg)
        for begin, back in breaks:
            if not start <= begin <= back <= end:
                msg = f"breaks must lie within the shift; got {begin!r} to {back!r} seconds"
                raise ValueError(msg)
        ordered = sorted(breaks)
        if any(a[1] > b[0] for a, b in pairwise(ordered)):
            msg = f"breaks of a shift must not overlap; got {ordered!r}"
            raise ValueError(msg)
        _set(self, start=start, end=end, breaks=breaks, agents=whole_agents(self.agents)[0])

    def steps(self) -> list[tuple[float, int]]:
        """Instants and changes of the number on duty."""
        found = [(self.start, self.agents), (self.end, -self.agents)]
        for begin, back in self.breaks:
            found += [(begin, -self.agents), (back, self.agents)]
        return found


@dataclass(frozen=True)
class Group:
    """Agents with the same skills.

    Parameters
    ----------
    name : str
    agents : int, sequence of int, or sequence of Shift
        How many: one number for ever; one an `interval` from the start, the last of which then
        stays; or shifts. Whole numbers >= 0.
    interval : duration
        Length of the intervals of `agents`; > 0 s.
    concurrency : int
        Contacts that one agent handles at the same time (chats); >= 1.
    slowdown : sequence of numbers, optional
        Mean handle times with 1, 2, ... contacts at a time, in any unit: (240, 300, 390) says that
        a chat that takes 240 s alone takes 390 s among three. As many as `concurrency`. Default:
        nothing slows down. Not together with after-call work.
    shift_end : {"finish", "finish_roster", "preempt"}
        What happens when agents leave. "finish": idle ones go first, the others finish their call
        and take no other. "finish_roster": those named by the roster go, busy or not, after their
        call. "preempt": as "finish", but the calls of those who go return to the head of the queue.
    """

    name: str
    agents: Any
    interval: Any = 1800.0
    concurrency: int = field(default=1, kw_only=True)
    slowdown: tuple[float, ...] = field(default=(), kw_only=True)
    shift_end: ShiftEnd = field(default="finish", kw_only=True)

    def __post_init__(self) -> None:
        _name("a group", self.name)
        told = f"of group {self.name!r}"
        agents: Any = self.agents
        shifts = isinstance(agents, list | tuple) and any(isinstance(a, Shift) for a in agents)
        if shifts and not all(isinstance(each, Shift) for each in agents):
            msg = f"agents {told} must be numbers or shifts, not both"
            raise TypeError(msg)
        if not shifts:
            found = whole_agents(agents)
            agents = found if np.ndim(agents) > 0 else found[0]
        slowdown = tuple(float(each) for each in self.slowdown)
        concurrency = int(whole(f"concurrency {told}", self.concurrency, least=1))
        if slowdown and not (
            len(slowdown) == concurrency and all(0 < each < math.inf for each in slowdown)
        ):
            msg = f"slowdown {told} must be {concurrency} numbers > 0; got {self.slowdown!r}"
            raise ValueError(msg)
        if self.shift_end not in {"finish", "finish_roster", "preempt"}:
            msg = (
                f"shift_end {told} must be 'finish', 'finish_roster' or 'preempt'; "
                f"got {self.shift_end!r}"
            )
            raise ValueError(msg)
        _set(
            self,
            agents=tuple(agents) if shifts else agents,
            interval=_duration(f"interval {told}", self.interval, positive=True),
            concurrency=concurrency,
            slowdown=slowdown,
        )

    def staffing(self) -> list[tuple[float, int]]:
        """From when on how many are on duty."""
        if isinstance(self.agents, int):
            return [(0.0, self.agents)]
        if self.agents and isinstance(self.agents[0], Shift):
            steps = [step for shift in self.agents for step in shift.steps()]
            times = sorted({0.0, *(time for time, _ in steps)})
            return [(at, sum(change for time, change in steps if time <= at)) for at in times]
        return [(k * self.interval, agents) for k, agents in enumerate(self.agents)]


@dataclass(frozen=True)
class Route:
    """One way for a call type to be served.

    Parameters
    ----------
    group : str
    after : duration
        Only who has waited that long may go to this group (overflow); >= 0 s.
    priority : number, optional
        Instead of that of the call type, in this group alone.
    weight : number
        Among types of equal priority an agent takes the greatest weight times wait; with equal
        weights that is the oldest call. > 0.
    talk : Distribution or duration, optional
        Instead of the talk time of the call type, in this group alone.
    """

    group: str
    after: Any = 0.0
    priority: float | None = None
    weight: float = 1.0
    talk: Any = None

    def __post_init__(self) -> None:
        if not 0 < float(self.weight) < math.inf:
            msg = f"weight must be > 0 and finite; got {self.weight!r}"
            raise ValueError(msg)
        if self.priority is not None and not math.isfinite(self.priority):
            msg = f"priority must be a finite number; got {self.priority!r}"
            raise ValueError(msg)
        talk = None if self.talk is None else as_distribution("talk", self.talk, endless=False)
        _set(self, after=_duration("after", self.after), weight=float(self.weight), talk=talk)


@dataclass(frozen=True)
class Retry:
    """Callers without success who call again after `delay`, until closing time.

    `blocked` and `abandoned` are the probabilities to do so after having been blocked or having
    hung up; `attempts` is the most that one caller makes in all.
    """

    delay: Any
    blocked: float = 1.0
    abandoned: float = 0.0
    attempts: float = math.inf

    def __post_init__(self) -> None:
        delay = as_distribution("delay", self.delay, endless=False)
        if not delay.mean > 0:
            msg = f"delay must be > 0 seconds; got {self.delay!r}"
            raise ValueError(msg)
        _set(
            self,
            delay=delay,
            blocked=share("blocked", self.blocked),
            abandoned=share("abandoned", self.abandoned),
            attempts=whole("attempts", self.attempts, least=1, endless=True),
        )


@dataclass(frozen=True)
class Callback:
    """Waiting callers who are offered a call-back.

    Parameters
    ----------
    probability : float
        Share of the offers that are accepted.
    after : duration
        The offer comes after so much waiting.
    waiting : int
        Only with so many of the type waiting, the caller included.
    delay : Distribution or duration, optional
        None: the call keeps its place in the queue, without a line and without impatience. Else the
        agreed time after which it joins the queue again; that time does not count as waiting.
    """

    probability: float = 1.0
    after: Any = 0.0
    waiting: int = 1
    delay: Any = None

    def __post_init__(self) -> None:
        delay = self.delay
        _set(
            self,
            probability=share("probability", self.probability),
            after=_duration("after", self.after),
            waiting=whole("waiting", self.waiting),
            delay=None if delay is None else as_distribution("delay", delay, endless=False),
        )


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
        `priority`, `weight`, `talk`. Default: every group serves every type, in order. A call goes
        to the first group of its list with somebody free, the longest idle there; else it waits.
    lines : int
        Telephone lines, held by those waiting and those talking, not by after-call work or pending
        call-backs. Who finds none is blocked. For pure loss: as many lines as agents.
    retry : Retry, optional
    callback : Callback, optional
    day_cv : float
        Coefficient of variation of a random factor with mean 1 on all Poisson arrivals of a
        replication: days are busier or quieter than the forecast. >= 0.

    Raises
    ------
    ValueError
        Names that repeat or do not exist, a type that nobody can serve, calls that are passed up for
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

    def __post_init__(self) -> None:
        types = _call_types(self.call_types)
        groups = _groups(self.groups)
        routing = _routing(self.routing, types, groups)
        cv = float(self.day_cv)
        if not 0 <= cv < math.inf:
            msg = f"day_cv must be >= 0 and finite; got {self.day_cv!r}"
            raise ValueError(msg)
        for argument, needed in (("retry", Retry), ("callback", Callback)):
            given = getattr(self, argument)
            if given is not None and not isinstance(given, needed):
                msg = f"{argument} must be a {needed.__name__}; got {given!r}"
                raise TypeError(msg)
        _check_pass_up(types)
        slowed = {group.name for group in groups if group.slowdown}
        for kind in types:
            if kind.acw.mean > 0 and any(route.group in slowed for route in routing[kind.name]):
                msg = (
                    f"acw of call type {kind.name!r} must be 0 where contacts slow each other down;"
                    " make it part of talk"
                )
                raise ValueError(msg)
        _set(
            self,
            call_types=types,
            groups=groups,
            routing=MappingProxyType(routing),
            lines=whole("lines", self.lines, endless=True),
            day_cv=cv,
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
        of_types = _frames.read(types, "types")
        aht = "aht" in of_types.columns and "talk" not in of_types.columns
        _frames.require(of_types, ("call_type", "calls", "aht" if aht else "talk"), "types")
        found = []
        for row in of_types.iter_rows(named=True):
            known = {k: v for k, v in row.items() if k in _TYPE_COLUMNS and not _missing(v)}
            if aht:
                known["talk"] = row["aht"]
            found.append(CallType(row["call_type"], **known))
        of_groups = _frames.read(groups, "groups")
        _frames.require(of_groups, ("group", "agents"), "groups")
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

    def __str__(self) -> str:
        lines = [f"Model: {_count(self.call_types, 'call type')}, {_count(self.groups, 'group')}"]
        lines += [_told_type(kind, self.routing[kind.name]) for kind in self.call_types]
        lines += [_told_group(group) for group in self.groups]
        if self.lines < math.inf:
            lines.append(f"  lines: {self.lines:g}")
        for extra in (self.retry, self.callback):
            if extra is not None:
                lines.append(f"  {extra}")
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
}
_GROUP_COLUMNS = {"agents", "concurrency", "shift_end"}


def _told_type(kind: CallType, routes: tuple[Route, ...]) -> str:
    if kind.arrivals is not None:
        calls = f"{len(kind.arrivals)} given arrivals"
    elif kind.calls is None:
        calls = "calls left open"
    elif isinstance(kind.calls, tuple):
        calls = f"{sum(kind.calls):g} calls in {len(kind.calls)} x {kind.interval:g} s"
    else:
        calls = f"{kind.calls:g} calls / {kind.interval:g} s"
    ways = [route.group + (f" after {route.after:g} s" if route.after else "") for route in routes]
    told = f"  {kind.name}: {calls}, talk {kind.talk}, patience {kind.patience}"
    if kind.acw.mean > 0:
        told += f", acw {kind.acw}"
    if kind.pass_up:
        told += f", {kind.pass_up:.0%} passed up to {kind.next_line}"
    return f"{told} -> {', '.join(ways)}"


def _told_group(group: Group) -> str:
    agents = group.agents
    if isinstance(agents, int):
        told = f"{agents} agents"
    elif agents and isinstance(agents[0], Shift):
        told = _count(agents, "shift")
    else:
        told = f"{min(agents)} to {max(agents)} agents"
    if group.concurrency > 1:
        told += f", {group.concurrency} contacts at a time"
    return f"  {group.name}: {told}"


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
    found = tuple(given) if isinstance(given, Iterable) else (given,)
    if not found or not all(isinstance(kind, CallType) for kind in found):
        msg = f"call_types must be one or several CallType; got {given!r}"
        raise TypeError(msg)
    _unique([kind.name for kind in found], "call types")
    return found


def _groups(given: Any) -> tuple[Group, ...]:
    if isinstance(given, Group):
        given = [given]
    elif isinstance(given, int | float | np.number):
        given = [Group("agents", given)]
    elif isinstance(given, Mapping):
        given = [_group(name, value) for name, value in given.items()]
    found = tuple(given) if isinstance(given, Iterable) else (given,)
    if not found or not all(isinstance(group, Group) for group in found):
        msg = f"groups must be one or several Group; got {given!r}"
        raise TypeError(msg)
    _unique([group.name for group in found], "groups")
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
    if not isinstance(given, Mapping):
        given = _routing_frame(given)
    known = [kind.name for kind in types]
    for name in given:
        if name not in known:
            msg = f"routing names the call type {name!r}{_frames.nearest(name, known)}, not a type"
            raise ValueError(msg)
    routing = {}
    for kind in types:
        ways = given.get(kind.name, ())
        ways = [ways] if isinstance(ways, str | Route) else ways
        routes = tuple(_route(way) for way in ways)
        if not routes:
            msg = f"nobody can serve call type {kind.name!r}: routing gives it no group"
            raise ValueError(msg)
        for route in routes:
            if route.group not in names:
                msg = (
                    f"routing of {kind.name!r} names the group {route.group!r}"
                    f"{_frames.nearest(route.group, names)}, not a group"
                )
                raise ValueError(msg)
        _unique([route.group for route in routes], f"the groups of {kind.name!r} in routing")
        routing[kind.name] = routes
    return routing


def _route(way: Any) -> Route:
    if isinstance(way, Route):
        return way
    return Route(way) if isinstance(way, str) else Route(*way)


def _routing_frame(frame: Any) -> dict[str, list[Route]]:
    table = _frames.read(frame, "routing")
    _frames.require(table, ("call_type", "group"), "routing")
    routing: dict[str, list[Route]] = {}
    for row in table.iter_rows(named=True):
        known = {
            k: v
            for k, v in row.items()
            if k in {"group", "after", "priority", "weight", "talk"} and not _missing(v)
        }
        routing.setdefault(row["call_type"], []).append(Route(**known))
    return routing


def _check_pass_up(types: tuple[CallType, ...]) -> None:
    by_name = {kind.name: kind for kind in types}
    for kind in types:
        seen, here = [], kind
        while here.next_line is not None:
            if here.next_line not in by_name:
                msg = f"next_line of call type {here.name!r} names {here.next_line!r}, not a type"
                raise ValueError(msg)
            seen.append(here)
            here = by_name[here.next_line]
            if here in seen:
                if all(each.pass_up >= 1 for each in seen[seen.index(here) :]):
                    msg = f"calls of {here.name!r} would be passed up for ever"
                    raise ValueError(msg)
                break


def centre_form(
    model: Model,
    pieces: Mapping[str, list[tuple[float, float, float]]],
    staffing: Mapping[str, list[tuple[float, int]]],
) -> Any:
    """The model as the core reads it, with these arrival rates and numbers of agents."""
    places = {kind.name: place for place, kind in enumerate(model.call_types)}
    floors = {group.name: place for place, group in enumerate(model.groups)}

    def limit(value: float) -> int:
        return ENDLESS if value == math.inf else int(value)

    def route(kind: CallType, way: Route) -> Any:
        talk: Distribution = kind.talk if way.talk is None else way.talk
        priority = kind.priority if way.priority is None else float(way.priority)
        return (floors[way.group], way.after, priority, way.weight, talk.form())

    kinds = [
        (
            pieces[kind.name] if kind.arrivals is None else list(kind.arrivals),
            kind.patience.form(),
            kind.acw.form(),
            kind.threshold,
            limit(kind.queue_limit),
            [route(kind, way) for way in model.routing[kind.name]],
            None if kind.next_line is None else (kind.pass_up, places[kind.next_line]),
        )
        for kind in model.call_types
    ]
    teams = [
        (
            staffing[group.name],
            group.concurrency,
            [group.slowdown[0] / each for each in group.slowdown],
            group.shift_end,
        )
        for group in model.groups
    ]
    retry = model.retry and (
        model.retry.blocked,
        model.retry.abandoned,
        model.retry.delay.form(),
        limit(model.retry.attempts),
    )
    callback = model.callback and (
        model.callback.after,
        model.callback.waiting,
        model.callback.probability,
        None if model.callback.delay is None else model.callback.delay.form(),
    )
    return (kinds, teams, limit(model.lines), retry, callback, model.day_cv)
