"""The parts of a model: call types, agent groups, shifts and routes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import durations
from callstats._tables.checks import must_be
from callstats.simulate.distributions import as_distribution, duration, positive_number, set_fields
from callstats.simulate.returns import Recall, Retry, chances, finite, share, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

ShiftEnd = Literal["finish", "finish_roster", "preempt"]
_MOST = 1_000_000


def _name(owner: str, value: Any) -> str:
    if not isinstance(value, str) or not value or value == "all":
        raise ValueError(f"{owner} must have a name that is a text other than 'all'; got {value!r}")
    return value


def _numbers(name: str, values: Any) -> NDArray[np.float64]:
    """A row of numbers."""
    rule = f"{name} must be one or more numbers; got {values!r}"
    try:
        array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise TypeError(rule) from None
    if array.ndim != 1 or not array.size:
        raise ValueError(rule)
    return array


def whole_agents(values: Any) -> tuple[int, ...]:
    """Numbers of agents, which must be whole."""
    array = _numbers("agents", values)
    bad = ~((array >= 0) & (array <= _MOST) & (array == np.floor(array)))
    rule = "whole numbers >= 0, as a shift cannot lose half a person"
    must_be("agents", array, rule, bad)
    return tuple(int(agents) for agents in array)


def rates(values: Any) -> tuple[float, ...]:
    """Expected calls an interval."""
    array = _numbers("calls", values)
    must_be("calls", array, ">= 0 and finite", ~((array >= 0) & np.isfinite(array)))
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
    priority_growth : number
        How much the number falls with each second of waiting; >= 0. The caller with the least
        `priority - priority_growth * wait` goes first (accumulating priority).
    forwarded_priority : number, optional
        Instead of `priority`, of callers who come from another agent.
    queue_limit : int
        So many of the type may wait; who finds as many is blocked. 0: nobody waits.
    pass_up : float
        Probability that a call is passed up at the end of its talk, to the type `next_line`.
    next_line : str, optional
        As which type a call that is passed up queues again.
    forward : mapping of type to probability, optional
        The same to several types, also to the same one: at the end of its talk a call queues again
        as one of these. Probabilities add up to at most 1.
    recall : Recall, optional
        Callers who were served, not forwarded, and call again later.
    retry : Retry, optional
        Callers without success who try again; instead of that of the model.
    total_sd : number, optional
        Instead of a Poisson number of calls: a total with this standard deviation over the time of
        the run, 0 for the expected total exactly. Each caller comes independently of the others, by
        the rates of the intervals. >= 0.
    cost_lost : number
        What a call costs that hangs up, is blocked or never served; >= 0.
    cost_waiting : number
        What a minute of waiting costs; >= 0.

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
    priority_growth: float = field(default=0.0, kw_only=True)
    forwarded_priority: float | None = field(default=None, kw_only=True)
    forward: Any = field(default=(), kw_only=True)
    recall: Recall | None = field(default=None, kw_only=True)
    retry: Retry | None = field(default=None, kw_only=True)
    total_sd: float | None = field(default=None, kw_only=True)
    cost_lost: float = field(default=0.0, kw_only=True)
    cost_waiting: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        _name("a call type", self.name)
        owner = f"of call type {self.name!r}"
        self._check_calls(owner)
        self._check_targets(owner)
        set_fields(
            self,
            interval=duration(f"interval {owner}", self.interval, positive=True),
            talk=as_distribution(f"talk {owner}", self.talk, endless=False),
            acw=as_distribution(f"acw {owner}", self.acw, endless=False),
            patience=as_distribution(f"patience {owner}", self.patience),
            threshold=duration(f"threshold {owner}", self.threshold, endless=True),
            priority=finite(f"priority {owner}", self.priority),
            priority_growth=finite(f"priority_growth {owner}", self.priority_growth, least=0),
            queue_limit=whole(f"queue_limit {owner}", self.queue_limit, endless=True),
            cost_lost=finite(f"cost_lost {owner}", self.cost_lost, least=0),
            cost_waiting=finite(f"cost_waiting {owner}", self.cost_waiting, least=0),
        )
        if self.forwarded_priority is not None:
            base = finite(f"forwarded_priority {owner}", self.forwarded_priority)
            set_fields(self, forwarded_priority=base)

    def _check_calls(self, owner: str) -> None:
        """When they call: rates, instants, a total."""
        if self.calls is not None and self.arrivals is not None:
            raise ValueError(f"calls and arrivals {owner} cannot both be given")
        if self.arrivals is not None:
            instants = np.asarray(durations.seconds("arrivals", self.arrivals), dtype=np.float64)
            if instants.ndim != 1 or not (np.isfinite(instants) & (instants >= 0)).all():
                raise ValueError(f"arrivals {owner} must be instants >= 0 seconds and finite")
            set_fields(self, arrivals=tuple(np.sort(instants).tolist()))
        if self.calls is not None:
            several = np.ndim(self.calls) > 0
            found = rates(self.calls)
            set_fields(self, calls=found if several else found[0])
        if self.total_sd is not None:
            if self.arrivals is not None:
                raise ValueError(f"total_sd {owner} goes with calls; arrivals are given one by one")
            set_fields(self, total_sd=finite(f"total_sd {owner}", self.total_sd, least=0))

    def _check_targets(self, owner: str) -> None:
        """What callers do after a talk, or without one."""
        pass_up = share(f"pass_up {owner}", self.pass_up)
        if (pass_up > 0) != (self.next_line is not None):
            got = f"{self.pass_up!r}, {self.next_line!r}"
            raise ValueError(f"pass_up and next_line {owner} go together; got {got}")
        forward = chances(f"forward {owner}", self.forward)
        if forward and self.next_line is not None:
            raise ValueError(f"forward and next_line {owner} cannot both be given")
        for argument, needed in (("recall", Recall), ("retry", Retry)):
            given = getattr(self, argument)
            if given is not None and not isinstance(given, needed):
                raise TypeError(f"{argument} {owner} must be a {needed.__name__}; got {given!r}")
        set_fields(self, pass_up=pass_up, forward=forward)

    @property
    def forwarding(self) -> tuple[tuple[str, float], ...]:
        """Types as which calls queue again at the end of their talk, with their probabilities."""
        forward: tuple[tuple[str, float], ...] = self.forward
        return forward if self.next_line is None else ((self.next_line, self.pass_up),)

    def later_types(self) -> list[str]:
        """Types as which callers of this one may call again."""
        ways = [self.forwarding]
        ways += [() if each is None else each.to for each in (self.recall, self.retry)]
        return [name for way in ways for name, _ in way]

    @property
    def load(self) -> float:
        """Offered load in erlangs, after-call work included, in the first interval."""
        calls = 0.0 if self.calls is None else float(np.atleast_1d(self.calls)[0])
        return calls * float(self.talk.mean + self.acw.mean) / float(self.interval)


@dataclass(frozen=True)
class Shift:
    """`agents` on duty from `start` to `end` (durations from the start), less their breaks.

    `breaks` holds (start, end) pairs within the shift. Who goes on a break ends a shift by the
    rule of the group, and comes back as a newcomer.
    """

    start: Any
    end: Any
    agents: int = 1
    breaks: tuple[tuple[Any, Any], ...] = ()

    def __post_init__(self) -> None:
        start, end = duration("start", self.start), duration("end", self.end)
        breaks = tuple((duration("breaks", a), duration("breaks", b)) for a, b in self.breaks)
        if end < start:
            msg = f"a shift must not end before it starts; got {self.start!r} to {self.end!r}"
            raise ValueError(msg)
        for begin, back in breaks:
            if not start <= begin <= back <= end:
                msg = f"breaks must lie within the shift; got {begin!r} to {back!r} seconds"
                raise ValueError(msg)
        ordered = sorted(breaks)
        if any(a[1] > b[0] for a, b in pairwise(ordered)):
            raise ValueError(f"breaks of a shift must not overlap; got {ordered!r}")
        set_fields(self, start=start, end=end, breaks=breaks, agents=whole_agents(self.agents)[0])

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
        stays; or one or more shifts. Whole numbers >= 0.
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
        call. "preempt": as "finish", but the calls of those who go return to the head of the queue,
        as old as they are, with what is left of their patience; after-call work is dropped.
    pause : Distribution or duration
        Time between a contact, with its after-call work, and the next one. It counts as busy time
        of the agent, not as handle time.
    ring : Distribution or duration
        Time until an agent who has been given a call answers it. The caller waits on and may hang
        up; the agent is busy. Neither `pause` nor `ring` goes with `slowdown`, nor `ring` with
        "preempt".
    cost : number
        What an agent on duty costs an hour; >= 0.
    """

    name: str
    agents: Any
    interval: Any = 1800.0
    concurrency: int = field(default=1, kw_only=True)
    slowdown: tuple[float, ...] = field(default=(), kw_only=True)
    shift_end: ShiftEnd = field(default="finish", kw_only=True)
    pause: Any = field(default=0.0, kw_only=True)
    ring: Any = field(default=0.0, kw_only=True)
    cost: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        _name("a group", self.name)
        owner = f"of group {self.name!r}"
        agents: Any = (self.agents,) if isinstance(self.agents, Shift) else self.agents
        shifts = isinstance(agents, list | tuple) and any(isinstance(a, Shift) for a in agents)
        if shifts and not all(isinstance(each, Shift) for each in agents):
            raise TypeError(f"agents {owner} must be numbers or shifts, not both")
        if not shifts:
            found = whole_agents(agents)
            agents = found if np.ndim(agents) > 0 else found[0]
        slowdown = tuple(float(each) for each in self.slowdown)
        concurrency = int(whole(f"concurrency {owner}", self.concurrency, least=1))
        if slowdown and not (
            len(slowdown) == concurrency and all(0 < each < math.inf for each in slowdown)
        ):
            msg = f"slowdown {owner} must be {concurrency} numbers > 0; got {self.slowdown!r}"
            raise ValueError(msg)
        if self.shift_end not in {"finish", "finish_roster", "preempt"}:
            raise ValueError(
                f"shift_end {owner} must be 'finish', 'finish_roster' or 'preempt'; "
                f"got {self.shift_end!r}"
            )
        set_fields(
            self,
            agents=tuple(agents) if shifts else agents,
            interval=duration(f"interval {owner}", self.interval, positive=True),
            concurrency=concurrency,
            slowdown=slowdown,
            pause=as_distribution(f"pause {owner}", self.pause, endless=False),
            ring=as_distribution(f"ring {owner}", self.ring, endless=False),
            cost=finite(f"cost {owner}", self.cost, least=0),
        )
        self._check_times(owner)

    def _check_times(self, owner: str) -> None:
        """What cannot be together with a pause or with ringing."""
        for name in ("pause", "ring"):
            if self.slowdown and getattr(self, name).mean > 0:
                raise ValueError(f"{name} {owner} must be 0 where contacts slow each other down")
        if self.shift_end == "preempt" and self.ring.mean > 0:
            raise ValueError(f"ring {owner} must be 0 with shift_end='preempt'")

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
    talk, acw : Distribution or duration, optional
        Instead of the talk time and after-call work of the call type, in this group alone.
    priority_growth, forwarded_priority : number, optional
        Instead of those of the call type, in this group alone. With a `priority` of its own and no
        `forwarded_priority` the route treats all callers alike.
    score : number, optional
        A call goes to the free group with the highest score; groups with equal scores are one pool,
        from which `Model.agent_choice` takes an agent. For all routes of a call type or for none.
        Default: the order of the list.
    """

    group: str
    after: Any = 0.0
    priority: float | None = None
    weight: float = 1.0
    talk: Any = None
    acw: Any = field(default=None, kw_only=True)
    priority_growth: float | None = field(default=None, kw_only=True)
    forwarded_priority: float | None = field(default=None, kw_only=True)
    score: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        weight = positive_number("weight", self.weight)
        for name in ("priority", "forwarded_priority", "score"):
            if getattr(self, name) is not None:
                finite(name, getattr(self, name))
        if self.priority_growth is not None:
            finite("priority_growth", self.priority_growth, least=0)
        for name in ("talk", "acw"):
            if getattr(self, name) is not None:
                time = as_distribution(name, getattr(self, name), endless=False)
                set_fields(self, **{name: time})
        set_fields(self, after=duration("after", self.after), weight=weight)
