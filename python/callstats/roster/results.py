"""What a roster is: frames, what it costs, and why slots stayed empty."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.periods import NANOSECONDS, labels
from callstats.roster.model import RosterModel, is_weekend, week_of

if TYPE_CHECKING:
    from callstats._programmes import Solution
    from callstats.roster.horizon import Demand
    from callstats.typing import Frame

#: What stops an agent from a shift, in the order in which it is asked.
_REASONS = {
    "unavailable": "on leave",
    "overlap": "at work",
    "shifts_a_day": "at work",
    "split_gap": "pause",
    "rest": "rest",
    "consecutive_days": "days in a row",
    "week_hours": "weekly hours",
    "week_days": "weekly days",
    "hours": "hours",
    "weekends": "weekends",
    "nights": "nights",
}
_MOST_WARNINGS = 100


@dataclass(frozen=True)
class Roster:
    """Who works when. Frames are of the library of the shifts' table."""

    #: `agent, start, end, activity, shift, paid_hours`, by agent and time.
    schedule: Frame
    #: `shift, start, end, agents, assigned, short, reasons`: slots without enough agents, and how
    #: many agents each rule keeps from them.
    unfilled: Frame
    #: `term, amount, price, cost`: what the objective is the sum of.
    terms: Frame
    #: `agent, shifts, hours, weekends, weekend_shifts, nights, wishes_cost`.
    fairness: Frame
    objective: float
    bound: float
    gap: float
    #: "optimal"; "gap": no round finds better; "time", "nodes", "interrupted".
    status: str
    seconds: float
    #: Days, skills and hours for which there are not enough agents whatever the roster.
    warnings: list[str] = field(default_factory=list)


def schedule_table(demand: Demand, model: RosterModel, chosen: list[tuple[int, int]]) -> Any:
    """The shifts of each agent."""
    slots = [demand.slots[slot] for _, slot in chosen]
    columns = {
        "agent": [model.people.names[agent] for agent, _ in chosen],
        "start": _moments("start", [slot.start for slot in slots], demand),
        "end": _moments("end", [slot.end for slot in slots], demand),
        "activity": ["work"] * len(slots),
        "shift": [slot.name for slot in slots],
        "paid_hours": np.array([slot.paid / 3600 for slot in slots], float),
    }
    return frames.result(demand.frame, {}, columns)


def _moments(name: str, seconds: list[int], demand: Demand) -> Any:
    instants = np.array(seconds, np.int64) * NANOSECONDS
    return labels(name, instants, demand.zone, demand.frame)


def bill(model: RosterModel, chosen: list[tuple[int, int]], solution: Solution) -> dict[str, Any]:
    """Every term with a price: how much of it, and what that costs."""
    amounts: dict[tuple[str, float], float] = {}
    for term in model.terms:
        # Slacks are continuous to the solver: what they are is a sum of whole numbers, or of hours.
        amount = round(float(solution.point[term.columns].sum()), 7) if term.columns.size else 0.0
        key = (term.name, term.price)
        amounts[key] = amounts.get(key, 0.0) + amount
    wishes = [model.known.wishes.get(pair, 0.0) for pair in chosen]
    rows = [(*key, amount) for key, amount in amounts.items() if amount > 1e-7 or key[0] == "under"]
    rows.append(("preferences", 1.0, float(sum(wishes))))
    amounts_billed = np.array([row[2] for row in rows])
    price = np.array([row[1] for row in rows])
    return {
        "term": [row[0] for row in rows],
        "amount": amounts_billed,
        "price": price,
        "cost": amounts_billed * price,
    }


def fairness_table(demand: Demand, model: RosterModel, chosen: list[tuple[int, int]]) -> Any:
    """What each agent has of what nobody wants."""
    count = len(model.people)
    shifts, nights, weekend_shifts = (np.zeros(count, np.int64) for _ in range(3))
    hours, cost = np.zeros(count), np.zeros(count)
    weekends: list[set[int]] = [set() for _ in range(count)]
    for agent, place in chosen:
        slot = demand.slots[place]
        shifts[agent] += 1
        hours[agent] += slot.paid / 3600
        nights[agent] += slot.night
        cost[agent] += model.known.wishes.get((agent, place), 0.0)
        if is_weekend(slot.day):
            weekend_shifts[agent] += 1
            weekends[agent].add(week_of(slot.day))
    columns: dict[str, Any] = {
        "agent": list(model.people.names),
        "shifts": shifts,
        "hours": hours,
        "weekends": np.array([len(each) for each in weekends], np.int64),
        "weekend_shifts": weekend_shifts,
        "nights": nights,
        "wishes_cost": cost,
    }
    return frames.result(demand.frame, {}, columns)


def unfilled_table(demand: Demand, model: RosterModel, chosen: list[tuple[int, int]]) -> Any:
    """Slots without enough agents, and the first rule that stops each of the others."""
    assigned = np.bincount([slot for _, slot in chosen], minlength=len(demand.slots))
    short = [k for k, slot in enumerate(demand.slots) if assigned[k] < slot.need]
    slots = [demand.slots[k] for k in short]
    columns: dict[str, Any] = {
        "shift": [slot.name for slot in slots],
        "start": _moments("start", [slot.start for slot in slots], demand),
        "end": _moments("end", [slot.end for slot in slots], demand),
        "agents": np.array([slot.need for slot in slots], np.int64),
        "assigned": np.array([assigned[k] for k in short], np.int64),
        "short": np.array([demand.slots[k].need - assigned[k] for k in short], np.int64),
        "reasons": [_reasons(k, demand, model, chosen) for k in short],
    }
    return frames.result(demand.frame, {}, columns)


def _reasons(place: int, demand: Demand, model: RosterModel, chosen: list[tuple[int, int]]) -> str:
    """On leave 3, rest 4: the agents that one more shift would break a rule of, by the first."""
    from callstats.roster.checking import broken_rules
    from callstats.roster.people import Stretch

    slot = demand.slots[place]
    there = {agent for agent, taken in chosen if taken == place}
    rows = [
        Stretch(
            agent,
            demand.slots[k].start,
            demand.slots[k].end,
            demand.slots[k].name,
            demand.slots[k].paid,
        )
        for agent, k in chosen
    ]
    others = [agent for agent in range(len(model.people)) if agent not in there]
    rows += [Stretch(agent, slot.start, slot.end, f"{slot.name} ", slot.paid) for agent in others]
    known = model.known
    broken = broken_rules(
        rows, model.people, model.rules, demand.zone, before=known.before, away=known.away
    )
    first: dict[int, str] = {}
    ranks = list(_REASONS)
    for rule, row, _, _ in broken:
        agent = rows[row].agent
        if agent not in first or ranks.index(rule) < ranks.index(first[agent]):
            first[agent] = rule
    counts: dict[str, int] = {}
    limits = {(agent, name): most for agent, name, most in model.known.shift_limits}
    had: dict[int, int] = {}
    for agent, k in chosen:
        had[agent] = had.get(agent, 0) + (demand.slots[k].name == slot.name)
    for agent in others:
        if slot.skill and slot.skill not in model.people.skills[agent]:
            word = f"skill {slot.skill}"
        elif agent in first:
            word = _REASONS[first[agent]]
        elif had.get(agent, 0) >= limits.get((agent, slot.name), 2**40):
            word = "this shift often enough"
        else:
            word = "dearer elsewhere"
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{word} {count}" for word, count in counts.items())


def warnings_of(demand: Demand, model: RosterModel) -> list[str]:
    """Where there are not enough agents whatever the roster."""
    from callstats.shifts.grid import clock

    found = []
    per_day: dict[int, int] = {}
    for slot in demand.slots:
        per_day[slot.day] = per_day.get(slot.day, 0) + slot.need
    able: dict[int, set[int]] = {}
    for agent, place in model.pairs:
        able.setdefault(demand.slots[place].day, set()).add(agent)
    first = {slot.day: slot.start for slot in reversed(demand.slots)}
    if not model.rules.split:
        for day, need in sorted(per_day.items()):
            there = len(able.get(day, ()))
            if need > there:
                when = clock(first[day], demand.zone)[:10]
                found.append(f"{when}: {need} shifts for {there} agents that are not away")
    hours = sum(slot.need * slot.paid for slot in demand.slots) / 3600
    weeks = max(len({week_of(slot.day) for slot in demand.slots}), 1)
    limits = model.people.limits
    most = np.minimum(limits["hours"], limits["week_hours"] * weeks).sum()
    if hours > most:
        found.append(f"{hours:g} paid hours are needed, contracts have {most:g}")
    for place, skill, agents, _ in model.known.skills:
        having = sum(skill in each for each in model.people.skills)
        if having < agents:
            when = clock(demand.slots[place].start, demand.zone)
            found.append(f"{when}: {agents} agents with skill {skill} for {having} that have it")
    return found[:_MOST_WARNINGS]
