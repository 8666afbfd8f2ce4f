"""The shifts to fill and everything that is known before: leave, wishes, skills, history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import must_be
from callstats._tables.periods import MISSING, NANOSECONDS, Zone
from callstats._tables.table import COUNTABLE, FINITE, Rule, Table
from callstats.errors import InvalidDataError
from callstats.roster.people import (
    People,
    Stretch,
    is_night,
    read_stretches,
    require_one_clock,
    texts,
)
from callstats.shifts.grid import clock, local_days

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.roster.rules import Rules

    Whole = NDArray[np.int64]

_MOST_ROWS = 100_000
_PRICE = Rule("be >= 0 and finite", lambda v: (v >= 0) & (v < np.inf))
_NEED = Rule("be whole and >= 0", lambda v: (v >= 0) & (v < 1e6) & (v % 1 == 0))


@dataclass(frozen=True)
class Slot:
    """One shift on one day, and the agents that it needs."""

    name: str
    start: int
    end: int
    day: int
    need: int
    #: Paid seconds of one agent.
    paid: float
    night: bool
    #: Needed of everybody.
    skill: str = ""


@dataclass(frozen=True)
class Demand:
    """All shifts of the horizon in order of start, end and name."""

    frame: nw.DataFrame[Any]
    zone: Zone
    slots: list[Slot]

    @property
    def days(self) -> list[int]:
        """All days from the first to the last."""
        found = [slot.day for slot in self.slots]
        return list(range(min(found), max(found) + 1)) if found else []


@dataclass
class Known:
    """What is known before: by agent, or by agent and slot."""

    away: list[Stretch] = field(default_factory=list)
    #: Price of an agent on a slot; negative for a wish.
    wishes: dict[tuple[int, int], float] = field(default_factory=dict)
    #: Slot, skill, agents, price.
    skills: list[tuple[int, str, int, float]] = field(default_factory=list)
    fixed: list[tuple[int, int]] = field(default_factory=list)
    #: Before the horizon.
    before: list[Stretch] = field(default_factory=list)
    #: Published shifts of the horizon itself.
    published: list[tuple[int, int]] = field(default_factory=list)
    #: Agent, shift and how often at most.
    shift_limits: list[tuple[int, str, int]] = field(default_factory=list)


def read_demand(shifts: Any, rules: Rules) -> Demand:
    """The table of shifts to fill, such as the plan of `callstats.shifts.cover`."""
    table = Table(shifts, "shifts", remedy="")
    table.require("shift", "start", "end", "agents")
    if table.rows > _MOST_ROWS:
        raise InvalidDataError(f"shifts must have at most {_MOST_ROWS:,} rows; got {table.rows:,}")
    start, end = (table.instants(name, "") for name in ("start", "end"))
    for name, column in (("start", start), ("end", end)):
        table.report(name, "be known", column == MISSING, "")
    length = (end - start) / NANOSECONDS
    table.report("end", "be after start, by at most 24 h", ~((length > 0) & (length <= 86_400)), "")
    need = table.numbers("agents", _NEED)
    paid = length.copy()
    if table.has("paid_hours"):
        total = table.numbers("paid_hours", COUNTABLE) * 3600
        paid = np.where(need > 0, total / np.maximum(need, 1), length)
    table.settle()
    names, skills = texts(table, "shift"), texts(table, "skill")
    seconds = start // NANOSECONDS, end // NANOSECONDS
    day = local_days(seconds[0], table.zone) if table.rows else seconds[0]
    night = is_night(*seconds, table.zone, rules.night_at)
    order = np.lexsort((np.array(names, object).astype(str), seconds[1], seconds[0]))
    slots = [
        Slot(
            names[k],
            int(seconds[0][k]),
            int(seconds[1][k]),
            int(day[k]),
            int(need[k]),
            float(paid[k]),
            bool(night[k]),
            skills[k],
        )
        for k in order
    ]
    keys = [(names[k], int(seconds[0][k]), int(seconds[1][k])) for k in range(table.rows)]
    first = {key: at for at, key in reversed(list(enumerate(keys)))}
    again = np.array([first[key] != at for at, key in enumerate(keys)], dtype=bool)
    must_be("shift", np.array(names, object), "in one row a start and end", again)
    return Demand(table.frame, table.zone, slots)


def read_known(demand: Demand, people: People, tables: dict[str, Any]) -> Known:
    """The optional tables of `assign`."""
    known = Known()
    zones: dict[str, Zone | None] = {"shifts": demand.zone if demand.slots else None}
    by_day: dict[tuple[int, str], list[int]] = {}
    for at, slot in enumerate(demand.slots):
        by_day.setdefault((slot.day, slot.name), []).append(at)
    if tables["unavailable"] is not None:
        known.away, zones["unavailable"], _ = read_stretches(
            tables["unavailable"], "unavailable", people
        )
    if tables["history"] is not None:
        rows, zones["history"], _ = read_stretches(tables["history"], "history", people)
        _split_history(rows, demand, known)
    if tables["preferences"] is not None:
        _read_wishes(tables["preferences"], people, demand, by_day, known)
    if tables["skills"] is not None:
        _read_skills(tables["skills"], demand, known)
    if tables["shift_limits"] is not None:
        _read_limits(tables["shift_limits"], people, known)
    if tables["fixed"] is not None:
        rows, zones["fixed"], _ = read_stretches(tables["fixed"], "fixed", people)
        _read_fixed(rows, people, demand, known)
    require_one_clock(zones)
    return known


def _split_history(rows: list[Stretch], demand: Demand, known: Known) -> None:
    """Days before the horizon, and shifts of the horizon that were published."""
    first = min((slot.start for slot in demand.slots), default=0)
    at = {(s.start, s.end, s.name): k for k, s in enumerate(demand.slots)}
    spans = {(s.start, s.end): k for k, s in enumerate(demand.slots)}
    first_day = demand.days[0] if demand.slots else 0
    for each in rows:
        if each.start < first and local_days(np.array([each.start]), demand.zone)[0] < first_day:
            known.before.append(each)
            continue
        place = at.get((each.start, each.end, each.shift), spans.get((each.start, each.end)))
        if place is not None:
            known.published.append((each.agent, place))


def _read_wishes(
    frame: Any,
    people: People,
    demand: Demand,
    by_day: dict[tuple[int, str], list[int]],
    known: Known,
) -> None:
    table = Table(frame, "preferences", remedy="")
    table.require("agent", "date", "penalty")
    dates = table.instants("date", "")
    table.report("date", "be known", dates == MISSING, "")
    penalty = table.numbers("penalty", FINITE)
    table.report("penalty", "be known", np.isnan(penalty), "")
    who = people.require_known(table)
    names = texts(table, "shift")
    shifts = {slot.name for slot in demand.slots}
    strange = np.array([bool(name) and name not in shifts for name in names], bool)
    table.report("shift", "be a shift of the table", strange, "")
    table.settle()
    days = local_days(dates // NANOSECONDS, table.zone) if table.rows else dates
    for row, agent in enumerate(who):
        # Without a shift the wish is about the whole day.
        wanted = [names[row]] if names[row] else sorted(shifts)
        for name in wanted:
            for slot in by_day.get((int(days[row]), name), []):
                key = (agent, slot)
                known.wishes[key] = known.wishes.get(key, 0.0) + float(penalty[row])


def _read_skills(frame: Any, demand: Demand, known: Known) -> None:
    table = Table(frame, "skills", remedy="")
    table.require("shift", "skill", "agents", "penalty")
    names, skills = texts(table, "shift"), texts(table, "skill")
    shifts = {slot.name for slot in demand.slots}
    strange = np.array([name not in shifts for name in names], bool)
    table.report("shift", "be a shift of the table", strange, "")
    need, penalty = table.numbers("agents", _NEED), table.numbers("penalty", _PRICE)
    table.settle()
    for row in np.lexsort((skills, names)) if table.rows else ():
        for place, slot in enumerate(demand.slots):
            if slot.name == names[row] and slot.need:
                entry = (place, skills[row], int(need[row]), float(penalty[row]))
                known.skills.append(entry)


def _read_limits(frame: Any, people: People, known: Known) -> None:
    table = Table(frame, "shift_limits", remedy="")
    table.require("agent", "shift", "maximum")
    most = table.numbers("maximum", _NEED)
    who = people.require_known(table)
    table.settle()
    known.shift_limits = sorted(
        (agent, name, int(m))
        for agent, name, m in zip(who, texts(table, "shift"), most, strict=True)
    )


def _read_fixed(rows: list[Stretch], people: People, demand: Demand, known: Known) -> None:
    """Shifts that stay; each must be one of the table, and nobody may be away then."""
    spans: dict[tuple[int, int], list[int]] = {}
    for place, slot in enumerate(demand.slots):
        spans.setdefault((slot.start, slot.end), []).append(place)
    for each in rows:
        name = people.names[each.agent]
        when = clock(each.start, demand.zone)
        fits = spans.get((each.start, each.end), [])
        same = [place for place in fits if each.shift in {"", demand.slots[place].name}]
        if not same:
            raise InvalidDataError(f"fixed must name shifts of the table; got {name!r} at {when}")
        if any(
            a.agent == each.agent and a.start < each.end and a.end > each.start for a in known.away
        ):
            msg = f"unavailable must not overlap fixed; got both of {name!r} at {when}"
            raise InvalidDataError(msg)
        known.fixed.append((each.agent, same[0]))
