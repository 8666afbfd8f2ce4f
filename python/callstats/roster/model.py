"""A roster as an integer programme: a variable for each agent and shift that they may have."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._programmes import Programme
from callstats.shifts.grid import local_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.roster.horizon import Demand, Known, Slot
    from callstats.roster.people import People
    from callstats.roster.rules import Rules

    Whole = NDArray[np.int64]

#: 1970-01-01 was a Thursday, three days after a Monday.
_THURSDAY, _SATURDAY, _WEEK = 3, 5, 7


def week_of(day: int) -> int:
    """Weeks begin on Monday."""
    return (day + _THURSDAY) // _WEEK


def is_weekend(day: int) -> bool:
    """Whether a day is a Saturday or Sunday."""
    return (day + _THURSDAY) % _WEEK >= _SATURDAY


@dataclass(frozen=True)
class Term:
    """Variables that have a price: what they are called in the bill."""

    name: str
    price: float
    columns: Whole


class RosterModel:
    """The programme, and what each of its variables and rows is about."""

    def __init__(self, demand: Demand, people: People, rules: Rules, known: Known) -> None:
        self.demand, self.people, self.rules, self.known = demand, people, rules, known
        self.programme = Programme()
        self.terms: list[Term] = []
        #: Of each assignment: agent and slot.
        self.pairs = self._possible()
        self.agent = np.array([agent for agent, _ in self.pairs], np.int64)
        self.slot = np.array([slot for _, slot in self.pairs], np.int64)
        prices = np.array([known.wishes.get(pair, 0.0) for pair in self.pairs])
        lower = np.array([pair in set(known.fixed) for pair in self.pairs], float)
        self.x = self.programme.variables(len(self.pairs), prices, lower=lower, upper=1.0)
        #: The agent of every variable, -1 where it is of a shift.
        self._owners: list[tuple[Whole, int]] = []
        #: Rows of budgets over the whole horizon, with their agent: scaled while a start is made.
        self.budgets: list[tuple[int, int]] = []
        slots = demand.slots
        self.days = np.array([slot.day for slot in slots], np.int64)
        self._by_agent = [np.flatnonzero(self.agent == a) for a in range(len(people))]
        self._cover()
        for agent in range(len(people)):
            self._rules_of(agent)

    @property
    def owner(self) -> Whole:
        """The agent of every variable, -1 where it is of a shift."""
        found = np.full(self.programme.columns, -1)
        found[self.x] = self.agent
        for columns, agent in self._owners:
            found[columns] = agent
        return found

    def _possible(self) -> list[tuple[int, int]]:
        """Agents and slots that leave, skills and rest allow; fixed ones anyway."""
        away: dict[int, list[tuple[int, int]]] = {}
        for each in self.known.away:
            away.setdefault(each.agent, []).append((each.start, each.end))
        last: dict[int, int] = {}
        for each in self.known.before:
            last[each.agent] = max(last.get(each.agent, each.end), each.end)
        fixed = set(self.known.fixed)
        found = []
        for agent, skills in enumerate(self.people.skills):
            times = away.get(agent, [])
            free_from = last.get(agent, -(2**62)) + int(self.rules.rest)
            for place, slot in enumerate(self.demand.slots):
                fits = (
                    slot.need > 0
                    and slot.start >= free_from
                    and (not slot.skill or slot.skill in skills)
                    and not any(begin < slot.end and end > slot.start for begin, end in times)
                )
                if fits or (agent, place) in fixed:
                    found.append((agent, place))
        return found

    def _cover(self) -> None:
        programme, rules = self.programme, self.rules
        need = np.array([slot.need for slot in self.demand.slots], float)
        rows = programme.constraints(need.size, need, need)
        programme.enter(rows[self.slot], self.x, 1.0)
        self.under = programme.variables(need.size, rules.under_penalty, integer=False)
        programme.enter(rows, self.under, 1.0)
        # Whoever is fixed stays, even where nobody more is needed.
        fixed = np.bincount([slot for _, slot in self.known.fixed], minlength=need.size)
        beyond = np.maximum(fixed - need, 0) if rules.over_penalty is None else np.inf
        self.over = programme.variables(
            need.size, rules.over_penalty or 0.0, upper=beyond, integer=False
        )
        programme.enter(rows, self.over, -1.0)
        self.terms += [
            Term("under", rules.under_penalty, self.under),
            Term("over", rules.over_penalty or 0.0, self.over),
        ]
        for place, skill, agents, price in self.known.skills:
            having = [skill in self.people.skills[a] for a in self.agent]
            own = self.x[(self.slot == place) & np.array(having, bool)]
            row = programme.row(own, 1.0, lower=agents)
            lack = programme.variables(1, price, integer=False)
            programme.enter(row, lack, 1.0)
            self.terms.append(Term(f"skill {skill}", price, lack))

    def _rules_of(self, agent: int) -> None:
        """All rows of one agent."""
        own = self._by_agent[agent]
        slots = [self.demand.slots[k] for k in self.slot[own]]
        columns = self.x[own]
        days: dict[int, list[int]] = {}
        for at, slot in enumerate(slots):
            days.setdefault(slot.day, []).append(at)
        worked = self._history_days(agent)
        self._days_and_rest(columns, slots, days)
        self._consecutive(agent, columns, days, worked)
        self._weeks(agent, columns, slots, days)
        self._horizon(agent, columns, slots)
        self._weekends(agent, columns, slots)
        self._runs(agent, columns, days)
        self._changes(agent)

    def _days_and_rest(self, columns: Whole, slots: list[Slot], days: dict[int, list[int]]) -> None:
        """One shift a day, or shifts with pauses; rest before the next day's, in cliques."""
        low, high = self.rules.split_gap
        for day, today in days.items():
            if not self.rules.split:
                if len(today) > 1:
                    self.programme.row(columns[today], 1.0, upper=1.0)
            else:
                for a, b in itertools.combinations(today, 2):
                    gap = max(slots[b].start - slots[a].end, slots[a].start - slots[b].end)
                    if not low <= gap <= high:
                        self.programme.row(columns[[a, b]], 1.0, upper=1.0)
            later = [at for d in (day + 1, day + 2) for at in days.get(d, [])]
            for bound in sorted({slots[at].end for at in today}):
                soon = [at for at in later if slots[at].start < bound + self.rules.rest]
                if not soon:
                    continue
                # Of today's shifts that end as late there is one, and one of the next day's.
                until = [at for at in today if slots[at].end >= bound]
                if self.rules.split:
                    for a, b in itertools.product(until, soon):
                        self.programme.row(columns[[a, b]], 1.0, upper=1.0)
                else:
                    self.programme.row(columns[until + soon], 1.0, upper=1.0)

    def _history_days(self, agent: int) -> set[int]:
        own = [each.start for each in self.known.before if each.agent == agent]
        return set(local_days(np.array(own), self.demand.zone).tolist()) if own else set()

    def _consecutive(
        self, agent: int, columns: Whole, days: dict[int, list[int]], worked: set[int]
    ) -> None:
        most = self.people.limits["consecutive_days"][agent]
        if not most < len(self.demand.days) + len(worked) or not days:
            return
        span = int(most) + 1
        for last in range(min(days), max(days) + 1):
            window = range(last - span + 1, last + 1)
            there = [at for day in window for at in days.get(day, [])]
            before = sum(day in worked for day in window)
            if sum(bool(days.get(day)) for day in window) + before > most:
                # Several shifts of one day count as one; without split there is one.
                if self.rules.split:
                    marks = [
                        self._day_mark(agent, columns, days, day) for day in window if day in days
                    ]
                    self.programme.row(np.array(marks), 1.0, upper=most - before)
                else:
                    self.programme.row(columns[there], 1.0, upper=most - before)

    def _day_mark(self, agent: int, columns: Whole, days: dict[int, list[int]], day: int) -> int:
        """A variable that is 1 where the agent has a shift on a day."""
        cache: dict[tuple[int, int], int] = self.__dict__.setdefault("_marks", {})
        if (agent, day) not in cache:
            mark = self.programme.variables(1, upper=1.0)
            self._owners.append((mark, agent))
            for at in days[day]:
                self.programme.row(np.append(columns[at], mark), [1.0, -1.0], upper=0.0)
            self.programme.row(
                np.append(columns[days[day]], mark), [1.0] * len(days[day]) + [-1.0], lower=0.0
            )
            cache[agent, day] = int(mark[0])
        return cache[agent, day]

    def _weeks(
        self, agent: int, columns: Whole, slots: list[Slot], days: dict[int, list[int]]
    ) -> None:
        hours = self.people.limits["week_hours"][agent]
        number = self.people.limits["week_days"][agent]
        paid: dict[int, float] = {}
        past: dict[int, set[int]] = {}
        for each in self.known.before:
            if each.agent == agent:
                day = int(local_days(np.array([each.start]), self.demand.zone)[0])
                paid[week_of(day)] = paid.get(week_of(day), 0.0) + each.paid
                past.setdefault(week_of(day), set()).add(day)
        weeks: dict[int, list[int]] = {}
        for at, slot in enumerate(slots):
            weeks.setdefault(week_of(slot.day), []).append(at)
        for week, own in weeks.items():
            if np.isfinite(hours):
                times = np.array([slots[at].paid for at in own]) / 3600
                left = max(hours - paid.get(week, 0.0) / 3600, 0.0)
                self.programme.row(columns[own], times, upper=left)
            if np.isfinite(number):
                there = [day for day in days if week_of(day) == week]
                left = max(number - len(past.get(week, ())), 0.0)
                if self.rules.split:
                    marks = [self._day_mark(agent, columns, days, day) for day in there]
                    self.programme.row(np.array(marks), 1.0, upper=left)
                else:
                    self.programme.row(columns[own], 1.0, upper=left)

    def _horizon(self, agent: int, columns: Whole, slots: list[Slot]) -> None:
        """Hours of the whole roster, most and wanted; nights; how often each shift."""
        limits, programme = self.people.limits, self.programme
        times = np.array([slot.paid for slot in slots]) / 3600
        if np.isfinite(limits["hours"][agent]):
            row = programme.row(columns, times, upper=limits["hours"][agent])
            self.budgets.append((row, agent))
        if limits["min_hours"][agent] > 0:
            row = programme.row(columns, times, lower=limits["min_hours"][agent])
            price = self.rules.hours_penalty
            lack = programme.variables(1, price, integer=False)
            programme.enter(row, lack, 1.0)
            self._owners.append((lack, agent))
            self.terms.append(Term("hours", price, lack))
            self.budgets.append((row, agent))
        night = np.array([slot.night for slot in slots], bool)
        if np.isfinite(limits["nights"][agent]):
            row = programme.row(columns[night], 1.0, upper=limits["nights"][agent])
            self.budgets.append((row, agent))
        self._fair("nights", agent, columns[night], [slot.night for slot in self.demand.slots])
        for who, name, most in self.known.shift_limits:
            if who == agent:
                kind = np.array([slot.name == name for slot in slots], bool)
                row = programme.row(columns[kind], 1.0, upper=most)
                self.budgets.append((row, agent))

    def _fair(self, name: str, agent: int, columns: Whole, kind: list[bool]) -> None:
        """Shifts of a kind above the agent's share of all of them."""
        price = self.rules.fairness_penalty
        if not price or not columns.size:
            return
        total = sum(s.need for s, of_it in zip(self.demand.slots, kind, strict=True) if of_it)
        share = np.ceil(total * self.people.contract[agent] / self.people.contract.sum() - 1e-9)
        row = self.programme.row(columns, 1.0, upper=share)
        more = self.programme.variables(1, price, integer=False)
        self.programme.enter(row, more, -1.0)
        self._owners.append((more, agent))
        self.terms.append(Term(f"{name} above share", price, more))

    def _weekends(self, agent: int, columns: Whole, slots: list[Slot]) -> None:
        weekend = [is_weekend(slot.day) for slot in slots]
        every = [is_weekend(slot.day) for slot in self.demand.slots]
        self._fair("weekends", agent, columns[np.array(weekend, bool)], every)
        most = self.people.limits["weekends"][agent]
        weeks = sorted({week_of(s.day) for s, of_it in zip(slots, weekend, strict=True) if of_it})
        if not most < len(weeks):
            return
        marks = self.programme.variables(len(weeks), upper=1.0)
        self._owners.append((marks, agent))
        for mark, week in zip(marks, weeks, strict=True):
            per_day: dict[int, list[int]] = {}
            for at, slot in enumerate(slots):
                if weekend[at] and week_of(slot.day) == week:
                    per_day.setdefault(slot.day, []).append(at)
            for own in per_day.values():
                if self.rules.split:
                    for at in own:
                        self.programme.row(np.append(columns[at], mark), [1.0, -1.0], upper=0.0)
                else:
                    weights = [1.0] * len(own) + [-1.0]
                    self.programme.row(np.append(columns[own], mark), weights, upper=0.0)
        row = self.programme.row(marks, 1.0, upper=most)
        self.budgets.append((row, agent))

    def _runs(self, agent: int, columns: Whole, days: dict[int, list[int]]) -> None:
        """Runs of days, and of days off, that are too short; beyond the horizon they are long."""
        every = self.demand.days
        for name, least, at_work in (
            ("short run", self.people.limits["minimum_run"][agent], True),
            ("short pause", self.people.limits["minimum_off"][agent], False),
        ):
            for size in range(1, int(least)):
                for first in every[1 : len(every) - size]:
                    middle = range(first, first + size)
                    ends = (first - 1, first + size)
                    if at_work and not all(days.get(day) for day in middle):
                        continue
                    if not at_work and not all(days.get(day) for day in ends):
                        continue
                    parts = [
                        (at, 1.0 if at_work else -1.0) for d in middle for at in days.get(d, [])
                    ]
                    parts += [
                        (at, -1.0 if at_work else 1.0) for d in ends for at in days.get(d, [])
                    ]
                    places = columns[[at for at, _ in parts]]
                    most = size - 1.0 if at_work else 1.0
                    row = self.programme.row(places, [sign for _, sign in parts], upper=most)
                    short = self.programme.variables(1, self.rules.run_penalty, integer=False)
                    self.programme.enter(row, short, -1.0)
                    self._owners.append((short, agent))
                    self.terms.append(Term(name, self.rules.run_penalty, short))

    def _changes(self, agent: int) -> None:
        """Published shifts that are taken away."""
        price = self.rules.change_penalty
        if not price:
            return
        places = {pair: at for at, pair in enumerate(self.pairs)}
        for who, slot in self.known.published:
            if who == agent:
                gone = self.programme.variables(1, price, integer=False)
                self._owners.append((gone, agent))
                self.terms.append(Term("changes", price, gone))
                at = places.get((who, slot))
                kept = [] if at is None else [self.x[at]]
                row = self.programme.row(np.array(kept, np.int64), 1.0, lower=1.0)
                self.programme.enter(row, gone, 1.0)

    def chosen(self, values: Any) -> list[tuple[int, int]]:
        """Agents and slots of the values, by agent and time."""
        return [self.pairs[k] for k in np.flatnonzero(values[self.x] > 0.5)]
