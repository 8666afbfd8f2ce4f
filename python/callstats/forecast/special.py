"""Special days: holidays, eves, campaigns and closed days, as the planner names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from callstats._tables.checks import shown
from callstats._tables.periods import MISSING
from callstats._tables.table import Rule, Table
from callstats.forecast.history import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
_FACTOR = Rule("be > 0 and finite", lambda v: np.isnan(v) | ((v > 0) & (v < np.inf)))
_EFFECT = "the day would be ordinary"
#: Days that one campaign may last.
_LONGEST = 3660

#: Day, place of its kind, weekday that it is like (-1: none), log factor, closed.
Entry = tuple[int, int, int, float, bool]


@dataclass(frozen=True)
class Calendar:
    """Special days of all queues: lists in order of days, and which of them each queue has."""

    kinds: tuple[str, ...]
    lists: tuple[tuple[Entry, ...], ...]
    list_of: tuple[int, ...]

    def coded(self, kinds: Sequence[str]) -> tuple[list[list[Entry]], list[int]]:
        """As the core takes it, kinds by their place in `kinds`; -1 where they are not there."""
        places = {kind: place for place, kind in enumerate(kinds)}
        code = [places.get(kind, -1) for kind in self.kinds]
        lists = [[(each[0], code[each[1]], *each[2:]) for each in own] for own in self.lists]
        return lists, list(self.list_of)

    def within(self, first: int, last: int) -> tuple[str, ...]:
        """Kinds of the days on which calls are taken, of those between two days."""
        seen = {
            self.kinds[kind]
            for own in self.lists
            for day, kind, _, _, closed in own
            if first <= day <= last and not closed
        }
        return tuple(sorted(seen))


def read(special: Frame | None, queues: Sequence[Any]) -> Calendar:
    """The calendar of a frame of special days, for queues in their order."""
    if special is None:
        return Calendar((), ((),), (0,) * len(queues))
    table = Table(special, "special")
    table.require("date", "kind")
    first = _days(table, "date")
    last = _days(table, "end") if table.has("end") else first
    last = np.where(last == MISSING // DAY, first, last)
    table.report("end", "not lie before date", last < first, _EFFECT)
    table.report("end", f"lie within {_LONGEST} days of date", last - first > _LONGEST, _EFFECT)
    factor = np.ones(table.rows)
    if table.has("factor"):
        given = table.numbers("factor", _FACTOR, _EFFECT)
        factor = np.where(np.isnan(given), 1.0, given)
    closed = table.truths("closed", _EFFECT)
    names = [str(kind) for kind in table.frame["kind"].to_list()]
    missing = np.asarray(table.frame["kind"].is_null().to_numpy(), dtype=bool)
    table.require_known("kind", missing & ~closed, _EFFECT)
    like = _likes(table)
    table.settle()
    kinds = tuple(sorted(set(names)))
    places = {kind: place for place, kind in enumerate(kinds)}
    of = table.frame["queue"].to_list() if table.has("queue") else [None] * table.rows
    known = np.zeros(table.rows, bool)
    if table.has("queue"):
        known = ~np.asarray(table.frame["queue"].is_null().to_numpy(), bool)
    merged: dict[Any, dict[int, tuple[int, Entry]]] = {}
    for row in range(table.rows):
        whose = of[row] if known[row] else None
        own = merged.setdefault(whose, {})
        # A day of its own has more to say than a campaign around it.
        rank = int(last[row] > first[row])
        for day in range(int(first[row]), int(last[row]) + 1):
            entry = (
                day,
                places[names[row]],
                int(like[row]),
                float(np.log(factor[row])),
                bool(closed[row]),
            )
            before = own.get(day)
            if before is not None and before[0] == rank:
                _refuse(day, whose)
            if before is None or rank < before[0]:
                own[day] = (rank, entry)
    return _calendar(kinds, merged, queues)


def _calendar(
    kinds: tuple[str, ...], merged: dict[Any, dict[int, tuple[int, Entry]]], queues: Sequence[Any]
) -> Calendar:
    general = {day: entry for day, (_, entry) in merged.get(None, {}).items()}
    lists = [tuple(general[day] for day in sorted(general))]
    list_of = []
    for queue in queues:
        if queue not in merged or queue is None:
            list_of.append(0)
            continue
        own = general | {day: entry for day, (_, entry) in merged[queue].items()}
        list_of.append(len(lists))
        lists.append(tuple(own[day] for day in sorted(own)))
    return Calendar(kinds, tuple(lists), tuple(list_of))


def _refuse(day: int, queue: Any) -> None:
    date = np.datetime64(day, "D")
    whose = "all queues" if queue is None else f"queue {shown(queue)}"
    raise ValueError(f"special must name each day of a queue once; got {date} twice for {whose}")


def _days(table: Table, name: str) -> NDArray[np.int64]:
    """Local days of a column of dates; those of MISSING where it has none."""
    import pandas as pd

    instants = table.instants(name, _EFFECT)
    known = instants != MISSING
    if name == "date":
        table.require_known(name, ~known, _EFFECT)
    if table.zone.key is not None:
        local = pd.DatetimeIndex(instants.view("M8[ns]"), tz="UTC").tz_convert(table.zone.key)
        naive = local.tz_localize(None).to_numpy().astype("M8[ns]").view(np.int64)
        instants = np.where(known, naive, MISSING)
    return np.where(known, np.floor_divide(instants, DAY), MISSING // DAY)


def _likes(table: Table) -> NDArray[np.int64]:
    """Weekdays that days are like, Monday 0; -1 where none is named."""
    if not table.has("like"):
        return np.full(table.rows, -1)
    values = table.frame["like"].to_list()
    missing = np.asarray(table.frame["like"].is_null().to_numpy(), dtype=bool)
    found = np.full(table.rows, -1)
    bad = np.zeros(table.rows, bool)
    for row, value in enumerate(values):
        if missing[row]:
            continue
        text = str(value).strip().lower()
        match = [k for k, day in enumerate(WEEKDAYS) if text in (day, day[:3])]
        bad[row] = not match
        found[row] = match[0] if match else -1
    table.report("like", "be a weekday such as 'saturday'", bad, _EFFECT)
    return found
