"""A call centre event by event, slowly and plainly: what the simulator is compared with.

Nothing is shared with the package but its descriptions (`Model` and its parts) and the numbering of
random bits, so that both take the same decisions. Times must be `Trace` or `Deterministic`,
arrivals given instants. Every choice looks at all waiting callers and all agents; sums are those of
the state between two events.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from callstats.simulate import CallType, Deterministic, Model, Route, Trace

WORD = 2**64 - 1
#: Purposes of draws in the order of their keys.
PASS_UP, RETRY, CALLBACK, ROSTER, RETRY_TYPE, RECALL = 5, 6, 8, 10, 11, 12
#: Events of one instant, in order.
(
    BOUNDARY,
    TALK_END,
    FREE,
    CONTACT_END,
    OVERFLOW,
    OFFER,
    HANG_UP,
    CALL_BACK,
    TRY_AGAIN,
    CALL_AGAIN,
    ANSWER,
    ARRIVAL,
) = range(12)


def mix(z: int) -> int:
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
    return z ^ z >> 31


def narrowed(key: int, part: int) -> int:
    gamma = 0x9E3779B97F4A7C15
    return mix(mix(key + gamma & WORD) ^ mix(part + gamma & WORD))


def value(times: Any, number: int) -> float:
    if isinstance(times, Trace):
        return times.values[number % len(times.values)]
    assert isinstance(times, Deterministic)
    return times.value


def priorities(kind: CallType, way: Route) -> tuple[float, float]:
    """Of ordinary and of forwarded callers."""
    if way.priority is None:
        forwarded = kind.priority if kind.forwarded_priority is None else kind.forwarded_priority
        own = kind.priority
    else:
        forwarded = own = way.priority
    return own, forwarded if way.forwarded_priority is None else way.forwarded_priority


@dataclass
class Agent:
    group: int
    number: int
    duty: str = "on"
    held: int = 0
    #: Calls being talked to.
    calls: list[Entry] = field(default_factory=list)
    idle_since: tuple[float, int] = (0.0, 0)
    tour: int = 0
    #: When the shift began, when the last contact ended, time without a contact before that.
    came: float = 0.0
    free_since: float = 0.0
    idle: float = 0.0


@dataclass(eq=False)
class Entry:
    """One queue entry of one caller."""

    first_kind: int
    number: int
    kind: int
    arrival: float
    turn: int = 0
    stage: int = 0
    attempts: int = 1
    state: str = "new"
    #: Since when the age counts that decides whose turn it is.
    queued: float = math.nan
    wait_began: float = math.nan
    waited: float = 0.0
    patience_left: float = math.nan
    hangs_up: float = math.inf
    called_back: bool = False
    ever_waited: bool = False
    answer: float = math.nan
    #: Group of the first answer.
    answered_by: int = -1
    agent: Agent | None = None
    work_left: float = math.nan
    talk_began: float = math.nan
    speed_since: float = math.nan
    talked: float = 0.0
    end: float = math.nan
    acw: float = math.nan
    outcome: str = ""
    passed_up: bool = False
    #: Whether it comes from another agent.
    forwarded: bool = False
    #: As which type the caller will be back.
    next_kind: int = -1
    version: int = 0


class Centre:
    """One replication of `model` from second 0; sums are cut at `edges`."""

    def __init__(self, model: Model, edges: list[float], seed: int, replication: int = 0) -> None:
        self.model, self.edges = model, edges
        self.types = model.call_types
        self.key = narrowed(mix(seed ^ 0x9E3779B97F4A7C15), replication)
        places = {group.name: place for place, group in enumerate(model.groups)}
        self.routes: list[list[tuple[int, Route]]] = [
            [(places[way.group], way) for way in model.routing[kind.name]] for kind in self.types
        ]
        self.staffing = [group.staffing() for group in model.groups]
        self.agents: list[list[Agent]] = [[] for _ in model.groups]
        self.off: list[list[Agent]] = [[] for _ in model.groups]
        self.lines = 0
        self.entries: list[Entry] = []
        self.events: list[Any] = []
        self.now = self.moves = 0.0
        periods = len(edges) - 1
        #: Seconds by measure, type or group, and period.
        self.seconds: dict[tuple[str, int], list[float]] = {}
        for name in ("queue", "orbit"):
            self.seconds |= {(name, k): [0.0] * periods for k in range(len(self.types))}
        for name in ("held", "active", "overtime", "on duty"):
            self.seconds |= {(name, g): [0.0] * periods for g in range(len(model.groups))}
        self.seconds |= {("lines", 0): [0.0] * periods, ("all lines", 0): [0.0] * periods}
        self.most_lines = [0] * periods

    # Random decisions.

    def bits(self, purpose: int, kind: int, number: int, turn: int) -> int:
        return mix((kind << 48 | turn << 32 | number) ^ narrowed(self.key, purpose))

    def share(self, purpose: int, entry: Entry, turn: int) -> float:
        return ((self.bits(purpose, entry.first_kind, entry.number, turn) >> 12) + 0.5) / 2**52

    def happens(self, purpose: int, entry: Entry, turn: int, probability: float) -> bool:
        return probability >= 1 or self.share(purpose, entry, turn) < probability

    def target(self, targets: Any, share: float) -> int | None:
        """The type at a share of the probabilities."""
        reached = 0.0
        for name, chance in targets:
            reached += chance
            if share < reached or reached > 1 - 1e-9:
                return [each.name for each in self.types].index(name)
        return None

    # Time.

    def put(self, time: float, order: int, what: Any = None, version: int = 0) -> None:
        if time < math.inf:
            self.moves += 1
            heappush(self.events, (time, order, self.moves, what, version))

    def run(self) -> Centre:
        for kind, described in enumerate(self.types):
            for number, time in enumerate(described.arrivals or ()):
                if time < self.edges[-1]:
                    self.put(time, ARRIVAL, Entry(kind, number, kind, time))
        for time in {*self.edges, *(at for steps in self.staffing for at, _ in steps)}:
            self.put(time, BOUNDARY)
        while self.events:
            time, order, _, what, version = heappop(self.events)
            self.pass_time(time)
            self.now = time
            self.happen(order, what, version)
        for entry in self.entries:
            if entry.state == "waiting":
                if math.isnan(entry.answer):
                    entry.outcome, entry.waited = "unserved", math.inf
                else:
                    entry.outcome = "answered"
        return self

    def happen(self, order: int, what: Any, version: int) -> None:
        always = {
            BOUNDARY: lambda _: self.boundary(),
            ARRIVAL: self.enter,
            TRY_AGAIN: self.try_again,
            FREE: lambda _: self.through_with_work(*what),
            CALL_BACK: self.join,
            CALL_AGAIN: self.call_again,
        }
        if_still_so = {
            TALK_END: self.talk_end,
            CONTACT_END: self.talk_end,
            OVERFLOW: self.overflow,
            OFFER: self.offer,
            HANG_UP: self.hang_up,
            ANSWER: self.ring_end,
        }
        if order in always:
            always[order](what)
        elif what.version == version:
            if_still_so[order](what)

    def pass_time(self, until: float) -> None:
        """Adds the state since the last event to the sums of its period."""
        period = sum(edge <= self.now for edge in self.edges) - 1
        if not 0 <= period < len(self.edges) - 1:
            return
        passed = until - self.now

        def add(name: str, place: int, count: float) -> None:
            self.seconds[name, place][period] += count * passed

        for entry in self.entries:
            if entry.state in ("waiting", "orbit"):
                add("queue" if entry.state == "waiting" else "orbit", entry.kind, 1)
        for place, agents in enumerate(self.agents):
            on = [agent for agent in agents if agent.duty == "on"]
            add("held", place, sum(agent.held for agent in on))
            add("active", place, sum(agent.held > 0 for agent in on))
            add("on duty", place, len(on))
            add("overtime", place, sum(a.held for a in agents if a.duty == "leaving"))
        add("lines", 0, self.lines)
        add("all lines", 0, self.lines >= self.model.lines)
        if passed > 0:
            self.most_lines[period] = max(self.most_lines[period], self.lines)

    # Callers.

    def waiting(self, kind: int) -> list[Entry]:
        return [e for e in self.entries if e.state == "waiting" and e.kind == kind]

    def enter(self, entry: Entry) -> None:
        self.entries.append(entry)
        described = self.types[entry.kind]
        if self.lines < self.model.lines:
            self.lines += 1
            if self.served_at_once(entry):
                return
            everybody = sum(each.state == "waiting" for each in self.entries)
            own = len(self.waiting(entry.kind))
            if own < described.queue_limit and everybody < self.model.queue_limit:
                entry.patience_left = value(described.patience, entry.number)
                entry.ever_waited = True
                self.wait(entry, self.now)
                return
            self.lines -= 1
        entry.outcome, entry.state = "blocked", "over"
        self.perhaps_again(entry, "blocked")

    def served_at_once(self, entry: Entry) -> bool:
        ways = [(group, way) for group, way in self.routes[entry.kind] if way.after == 0]
        if any(way.score is not None for _, way in ways):
            scores = sorted({way.score for _, way in ways}, reverse=True)
            pools = [[group for group, way in ways if way.score == score] for score in scores]
        else:
            pools = [[group] for group, _ in ways]
        for pool in pools:
            idle = [
                (self.badness(agent), place, agent.idle_since, agent)
                for place, group in enumerate(pool)
                for agent in self.agents[group]
                if self.room(agent) and agent.held == 0
            ]
            agent = min(idle, key=lambda each: each[:3])[-1] if idle else None
            for group in pool:
                agent = agent or self.free_agent(group)
            if agent is not None:
                entry.queued = entry.wait_began = self.now
                self.start(entry, agent)
                return True
        return False

    def badness(self, agent: Agent) -> float:
        """The idle agent with the least of it gets a call."""
        if self.model.agent_choice == "longest_idle":
            return agent.idle_since[0]
        idle = agent.idle + (self.now - agent.free_since)
        return 1 - idle / (self.now - agent.came) if self.now > agent.came else 0.0

    def wait(self, entry: Entry, queued: float) -> None:
        entry.state, entry.queued, entry.wait_began = "waiting", queued, self.now
        entry.version += 1
        self.put(self.now + entry.patience_left, HANG_UP, entry, entry.version)
        for _, way in self.routes[entry.kind]:
            if queued + way.after > self.now:
                self.put(queued + way.after, OVERFLOW, entry, entry.version)
        first_wait = math.isnan(entry.answer)
        if self.model.callback and first_wait and not entry.called_back:
            self.put(self.now + self.model.callback.after, OFFER, entry, entry.version)

    def overflow(self, entry: Entry) -> None:
        for group, way in self.routes[entry.kind]:
            if way.after > 0:
                self.dispatch(group)

    def hang_up(self, entry: Entry) -> None:
        if entry.called_back:
            return
        entry.state = "over"
        entry.version += 1
        self.lines -= 1
        if math.isnan(entry.answer):
            entry.waited += self.now - entry.wait_began
            entry.outcome = "abandoned"
            self.perhaps_again(entry, "abandoned")
        else:
            entry.outcome = "answered"

    def perhaps_again(self, entry: Entry, after: str) -> None:
        retry = self.types[entry.kind].retry or self.model.retry
        if retry is None or entry.attempts >= retry.attempts:
            return
        probability = getattr(retry, after)
        further = getattr(retry, f"{after}_again")
        if entry.attempts > 1 and further is not None:
            probability = further
        if self.happens(RETRY, entry, entry.turn, probability):
            entry.state = "orbit"
            to = self.target(retry.to, self.share(RETRY_TYPE, entry, entry.turn))
            entry.next_kind = entry.kind if to is None else to
            time = self.now + value(retry.delay, entry.number)
            if time < self.edges[-1]:
                self.put(time, TRY_AGAIN, entry)

    def try_again(self, entry: Entry) -> None:
        entry.state = "over"
        again = Entry(entry.first_kind, entry.number, entry.next_kind, self.now)
        again.turn, again.stage = entry.turn + 1, entry.stage
        again.attempts = entry.attempts + 1
        self.enter(again)

    def call_again(self, entry: Entry) -> None:
        """Who was served calls once more."""
        again = Entry(entry.first_kind, entry.number, entry.next_kind, self.now)
        again.turn, again.stage = entry.turn + 1, entry.stage + 1
        self.enter(again)

    def offer(self, entry: Entry) -> None:
        callback = self.model.callback
        assert callback is not None
        if len(self.waiting(entry.kind)) < callback.waiting:
            return
        if not self.happens(CALLBACK, entry, entry.turn, callback.probability):
            return
        entry.called_back = True
        entry.patience_left = math.inf
        self.lines -= 1
        if callback.delay is not None:
            entry.state = "away"
            entry.version += 1
            entry.waited += self.now - entry.wait_began
            self.put(self.now + value(callback.delay, entry.number), CALL_BACK, entry)

    def join(self, entry: Entry) -> None:
        if not self.served_at_once(entry):
            self.wait(entry, self.now)

    # Agents.

    def room(self, agent: Agent) -> bool:
        most = self.model.groups[agent.group].concurrency
        return agent.duty == "on" and agent.held < most

    def free_agent(self, group: int) -> Agent | None:
        """Longest idle, else the one with the fewest contacts."""
        free = [agent for agent in self.agents[group] if self.room(agent)]
        idle = [agent for agent in free if agent.held == 0]
        if idle:
            return min(idle, key=lambda agent: (self.badness(agent), agent.idle_since))
        return min(free, key=lambda agent: (agent.held, agent.number), default=None)

    def next_for(self, group: int) -> Entry | None:
        best: tuple[float, ...] = ()
        found: Entry | None = None
        for entry in self.entries:
            if entry.state != "waiting":
                continue
            for place, way in self.routes[entry.kind]:
                if place != group or (way.after > 0 and self.now < entry.queued + way.after):
                    continue
                described = self.types[entry.kind]
                growth = way.priority_growth
                growth = described.priority_growth if growth is None else growth
                both = [priorities(described, each) for _, each in self.routes[entry.kind]]
                apart = entry.forwarded and any(own != other for own, other in both)
                priority = priorities(described, way)[apart]
                wait = self.now - entry.queued
                lane = entry.kind + len(self.types) * apart
                rank = (priority - growth * wait, -way.weight * wait, priority, lane)
                if found is None or (*rank, entry.queued) < (*best, found.queued):
                    best, found = rank, entry
        return found

    def dispatch(self, group: int) -> None:
        while (agent := self.free_agent(group)) and (entry := self.next_for(group)):
            self.start(entry, agent)

    def advance(self, agent: Agent) -> None:
        """What the agent's contacts have come nearer to their ends."""
        slowdown = self.model.groups[agent.group].slowdown
        speed = slowdown[0] / slowdown[len(agent.calls) - 1] if slowdown and agent.calls else 1.0
        for entry in agent.calls:
            entry.work_left = max(entry.work_left - speed * (self.now - entry.speed_since), 0.0)
            entry.speed_since = self.now

    def plan(self, agent: Agent) -> None:
        """Ends of all contacts at the present speed."""
        slowdown = self.model.groups[agent.group].slowdown
        for entry in agent.calls:
            speed = slowdown[0] / slowdown[len(agent.calls) - 1] if slowdown else 1.0
            entry.version += 1
            order = CONTACT_END if slowdown else TALK_END
            self.put(self.now + entry.work_left / speed, order, entry, entry.version)

    def start(self, entry: Entry, agent: Agent) -> None:
        if agent.held == 0:
            agent.idle += self.now - agent.free_since
        agent.held += 1
        entry.agent = agent
        entry.version += 1
        ring = value(self.model.groups[agent.group].ring, entry.number)
        if ring == 0:
            self.answer(entry, agent)
            return
        if math.isnan(entry.patience_left):
            entry.patience_left = value(self.types[entry.kind].patience, entry.number)
        if math.isnan(entry.answer):
            entry.waited += self.now - entry.wait_began
        entry.patience_left -= self.now - entry.wait_began
        entry.state, entry.wait_began = "ringing", self.now
        self.put(self.now + min(ring, entry.patience_left), ANSWER, entry, entry.version)

    def ring_end(self, entry: Entry) -> None:
        agent = entry.agent
        assert agent is not None
        if value(self.model.groups[agent.group].ring, entry.number) < entry.patience_left:
            self.answer(entry, agent)
            return
        entry.version += 1
        entry.state, entry.outcome = "over", "answered"
        self.lines -= 1
        self.through(agent)
        if math.isnan(entry.answer):
            entry.waited += self.now - entry.wait_began
            entry.outcome = "abandoned"
            self.perhaps_again(entry, "abandoned")

    def answer(self, entry: Entry, agent: Agent) -> None:
        if math.isnan(entry.answer):
            entry.waited += self.now - entry.wait_began
            entry.answer, entry.answered_by = self.now, agent.group
        if math.isnan(entry.work_left):
            way = next(w for g, w in self.routes[entry.kind] if g == agent.group)
            talk = self.types[entry.kind].talk if way.talk is None else way.talk
            entry.work_left = value(talk, entry.number)
        entry.patience_left -= self.now - entry.wait_began
        entry.state = "talking"
        entry.talk_began = entry.speed_since = self.now
        self.advance(agent)
        agent.calls.append(entry)
        self.plan(agent)

    def talk_end(self, entry: Entry) -> None:
        agent, described = entry.agent, self.types[entry.kind]
        assert agent is not None
        if not entry.called_back:
            self.lines -= 1
        self.advance(agent)
        agent.calls.remove(entry)
        self.plan(agent)
        entry.state, entry.end = "over", self.now
        entry.talked += self.now - entry.talk_began
        way = next(way for group, way in self.routes[entry.kind] if group == agent.group)
        entry.acw = value(described.acw if way.acw is None else way.acw, entry.number)
        entry.outcome = "callback" if entry.called_back else "answered"
        pause = value(self.model.groups[agent.group].pause, entry.number)
        if entry.acw + pause > 0:
            self.put(self.now + (entry.acw + pause), FREE, (agent, agent.tour))
        else:
            self.through(agent)
        to = None
        if described.forwarding:
            to = self.target(described.forwarding, self.share(PASS_UP, entry, entry.stage))
        if to is not None:
            entry.passed_up = True
            up = Entry(entry.first_kind, entry.number, to, self.now)
            up.turn, up.stage, up.forwarded = entry.turn + 1, entry.stage + 1, True
            self.enter(up)
        elif described.recall is not None:
            to = self.target(described.recall.to, self.share(RECALL, entry, entry.stage))
            time = self.now + value(described.recall.delay, entry.number)
            if to is not None and time < self.edges[-1]:
                entry.next_kind = to
                self.put(time, CALL_AGAIN, entry)

    def through_with_work(self, agent: Agent, tour: int) -> None:
        # Whose shift ended in between has dropped it.
        if agent.tour == tour:
            self.through(agent)

    def through(self, agent: Agent) -> None:
        agent.held -= 1
        if agent.duty == "leaving":
            if agent.held == 0:
                self.go(agent)
            return
        agent.free_since = self.now
        entry = self.next_for(agent.group)
        if entry is not None:
            self.start(entry, agent)
        elif agent.held == 0:
            self.rest(agent)

    def rest(self, agent: Agent) -> None:
        self.moves += 1
        agent.idle_since = (self.now, self.moves)

    def go(self, agent: Agent) -> None:
        agent.duty = "off"
        self.off[agent.group].append(agent)

    # Shifts.

    def boundary(self) -> None:
        for group, steps in enumerate(self.staffing):
            wanted = ([0] + [agents for at, agents in steps if at <= self.now])[-1]
            present = [agent for agent in self.agents[group] if agent.duty == "on"]
            for _ in range(wanted - len(present)):
                if self.off[group]:
                    agent = self.off[group].pop()
                else:
                    agent = Agent(group, len(self.agents[group]))
                    self.agents[group].append(agent)
                agent.duty = "on"
                agent.came, agent.free_since, agent.idle = self.now, self.now, 0.0
                self.rest(agent)
            if wanted < len(present):
                self.depart(group, present, len(present) - wanted)
        for group in range(len(self.agents)):
            self.dispatch(group)

    def depart(self, group: int, present: list[Agent], count: int) -> None:
        rule = self.model.groups[group].shift_end
        if rule == "finish_roster":
            (at,) = struct.unpack("<Q", struct.pack("<d", self.now))
            key = mix(
                self.bits(ROSTER, group, at & 0xFFFFFFFF, at >> 32 & 0xFFFF) ^ 0x9E3779B97F4A7C15
            )
            leavers = sorted(present, key=lambda agent: mix(agent.number ^ key))
        else:
            idle = sorted((a for a in present if not a.held), key=lambda a: a.idle_since)
            leavers = idle[::-1] + [agent for agent in present[::-1] if agent.held]
        for agent in leavers[:count]:
            if agent.held == 0:
                self.go(agent)
                continue
            agent.duty = "leaving"
            if rule == "preempt":
                self.advance(agent)
                agent.tour += 1
                for entry in agent.calls:
                    self.put_back(entry)
                agent.calls, agent.held = [], 0
                self.go(agent)

    def put_back(self, entry: Entry) -> None:
        """Waits at the head, with what is left of its patience, as old as it is since arrival."""
        if math.isnan(entry.patience_left):
            entry.patience_left = value(self.types[entry.kind].patience, entry.number)
        entry.talked += self.now - entry.talk_began
        self.wait(entry, entry.arrival)
