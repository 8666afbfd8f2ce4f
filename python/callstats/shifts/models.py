"""Shifts with their breaks as an integer programme.

One variable counts the agents of each shift on each day, one the breaks of each window at each
offset; breaks of a window add up to the agents of its shift (Aykin 1996). Which agent takes which
break is settled afterwards.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._programmes import Programme
from callstats._tables.checks import mapping, number, shown
from callstats.errors import InvalidDataError
from callstats.shifts.staffing import Staffing
from callstats.shifts.tables import FINER, NO_LIMIT, ShiftType, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.shifts.grid import Grid

    Whole = NDArray[np.int64]

_DAYS = 7
_MOST_VARIABLES = 5_000_000


def runs(starts: Any, lengths: Any) -> tuple[Whole, Whole]:
    """Numbers from each start on, so many of each: which start, and the number."""
    lengths = np.asarray(lengths, np.int64)
    which = np.repeat(np.arange(lengths.size), lengths)
    before = np.cumsum(lengths) - lengths
    return which, np.arange(which.size) - before[which] + np.asarray(starts, np.int64)[which]


class ShiftModel:
    """The programme without a goal: shifts, breaks, and what limits them."""

    def __init__(
        self, grid: Grid, types: list[ShiftType], *, cyclic: bool, days_off: Any = None
    ) -> None:
        self.grid = grid
        self.types = types
        self.cyclic = cyclic
        self.programme = Programme()
        #: Of each count of agents: its type, its slot, its day.
        self.of_type: Whole = np.zeros(0, np.int64)
        self.slot: Whole = np.zeros(0, np.int64)
        self.of_day: Whole = np.zeros(0, np.int64)
        self.agents: Whole = np.zeros(0, np.int64)
        #: For each count: its windows in the order in which they are taken.
        self.windows: list[tuple[Window, ...]] = []
        #: For each window of each count: the variables of its offsets.
        self.taken: list[list[Whole]] = []
        self._presence: list[tuple[Whole, Whole, float]] = []
        self._shares: list[tuple[set[str], float]] = []
        self._seats: Whole | None = None
        self._add_shifts(_patterns(days_off))

    def _add_shifts(self, patterns: list[str] | None) -> None:
        days = self.grid.days()
        kinds, slots, at_day, windows = [], [], [], []
        for kind, each in enumerate(self.types):
            places = self.grid.at(days, each.start) if days else np.zeros(0)
            if (places % 1 != 0).any():
                raise InvalidDataError(
                    f"shifts: {each.name!r} starts at {each.start} s after midnight, off the grid "
                    f"of {self.grid.step} s. {FINER}"
                )
            inside = np.flatnonzero((places >= 0) & (places < self.grid.slots))
            for order in orders(each):
                kinds.append(np.full(inside.size, kind))
                slots.append(places[inside].astype(np.int64))
                at_day.append(inside)
                windows += [order] * inside.size
        if not kinds or not sum(part.size for part in kinds):
            return
        self.add_counts(
            np.concatenate(kinds), np.concatenate(slots), np.concatenate(at_day), windows
        )
        costs = np.array([each.cost for each in self.types])[self.of_type]
        if patterns is None:
            self.programme.price(self.agents, costs)
        else:
            self._add_tours(patterns, len(days))

    def add_counts(
        self, kinds: Whole, slots: Whole, days: Whole, windows: list[tuple[Window, ...]]
    ) -> None:
        """Variables for the agents of each type, slot and order of breaks, type after type."""
        self.of_type, self.slot, self.of_day, self.windows = kinds, slots, days, windows
        self.agents = self.programme.variables(kinds.size)
        lengths = np.array([each.length for each in self.types])[kinds] // self.grid.step
        which, slot = runs(slots, lengths)
        self._present(slot, self.agents[which], 1.0)
        self._add_breaks()

    def _present(self, slots: Whole, columns: Whole, value: float) -> None:
        """Agents at work in slots; those outside the frame count for nothing."""
        if self.cyclic:
            slots = slots % self.grid.slots
        inside = slots < self.grid.slots
        self._presence.append((slots[inside], columns[inside], value))

    def _add_breaks(self) -> None:
        step = self.grid.step
        self.taken = [[] for _ in self.windows]
        # Counts of one type and order have the same windows: all days at once.
        first = 0
        for order, group in itertools.groupby(zip(self.of_type, self.windows, strict=True)):
            size = sum(1 for _ in group)
            counts = np.arange(first, first + size)
            first += size
            placed = []
            for window in order[1]:
                offsets = np.arange(window.earliest, window.latest + 1, step) // step
                if self.programme.columns + size * offsets.size > _MOST_VARIABLES:
                    msg = f"breaks make more than {_MOST_VARIABLES:,} variables with shifts"
                    raise InvalidDataError(msg)
                columns = self.programme.variables(size * offsets.size).reshape(size, -1)
                rows = self.programme.constraints(size, 0, 0)
                self.programme.enter(rows[:, None], columns, 1.0)
                self.programme.enter(rows, self.agents[counts], -1.0)
                slots = self.slot[counts][:, None] + offsets
                for part in range(window.length // step):
                    self._present((slots + part).ravel(), columns.ravel(), -1.0)
                placed.append((window, offsets, columns))
                for at, count in enumerate(counts):
                    self.taken[count].append(columns[at])
            for before, after in itertools.pairwise(placed):
                self._in_order(before, after)

    def _in_order(self, before: Any, after: Any) -> None:
        """The k-th break of one window ends before the k-th of the next begins, for every k."""
        (first, offsets, columns), (second, later, next_columns) = before, after
        if first.latest + first.length <= second.earliest:
            return
        ends = offsets + first.length // self.grid.step
        for at, begin in enumerate(later):
            done = ends <= begin
            if done.all():
                break
            rows = self.programme.constraints(columns.shape[0], 0, np.inf)
            self.programme.enter(rows[:, None], columns[:, done], 1.0)
            self.programme.enter(rows[:, None], next_columns[:, : at + 1], -1.0)

    def _add_tours(self, patterns: list[str], days: int) -> None:
        """Agents work the same shift on the days that their pattern does not have off."""
        works = np.array([[mark == "1" for mark in pattern] for pattern in patterns])
        kinds = np.unique(self.of_type)
        per_day = np.array([works[:, day % _DAYS] for day in range(days)]).T
        costs = np.array([self.types[kind].cost for kind in kinds])
        total = (costs[:, None] * per_day.sum(axis=1)).ravel()
        tours = self.programme.variables(total.size, total).reshape(kinds.size, -1)
        rows = self.programme.constraints(self.agents.size, 0, 0)
        # Several orders of breaks of one type share its tours.
        keys, row_of = np.unique(np.stack([self.of_type, self.of_day]), axis=1, return_inverse=True)
        self.programme.enter(rows[row_of], self.agents, 1.0)
        for row, (kind, day) in enumerate(keys.T):
            worked = np.flatnonzero(per_day[:, day])
            self.programme.enter(rows[row], tours[np.searchsorted(kinds, kind), worked], -1.0)
        self.tours = (tours, kinds, patterns)

    def enter_presence(self, rows: Whole) -> None:
        """The agents present in each slot, into one row a slot."""
        for slots, columns, value in self._presence:
            self.programme.enter(rows[slots], columns, value)

    def reached(self) -> NDArray[np.bool_]:
        """The slots in which some shift may have an agent."""
        found = np.zeros(self.grid.slots, bool)
        for slots, _, value in self._presence:
            if value > 0:
                found[slots] = True
        return found

    def limit_types(self, price: float) -> list[tuple[str, Any]]:
        """Minimum and maximum of each type on each day; the shortfalls from the minimum."""
        short = []
        for kind, each in enumerate(self.types):
            if not each.minimum and each.maximum >= NO_LIMIT:
                continue
            for day in np.unique(self.of_day[self.of_type == kind]):
                columns = self.agents[(self.of_type == kind) & (self.of_day == day)]
                row = self.programme.row(columns, 1.0, each.minimum, each.maximum)
                if each.minimum:
                    lack = self.programme.variables(1, price)
                    self.programme.enter(row, lack, 1.0)
                    short.append((f"{each.name!r}", (lack[0], each.minimum)))
        return short

    def limit_share(self, share: Any) -> None:
        """At most a share of all agents is of each group."""
        if share is None or not self.agents.size:
            _shares(share, self.types)
            return
        self._shares = _shares(share, self.types)
        for names, most in self._shares:
            part = np.array([each.name in names for each in self.types])[self.of_type]
            self.programme.row(self.agents, np.where(part, 1 - most, -most), upper=0.0)

    def limit_seats(self, seats: Any) -> None:
        """At most so many present."""
        if seats is None:
            return
        most = self.grid.whole("seats", seats)
        self._seats = most
        rows = self.programme.constraints(self.grid.slots, -np.inf, most)
        self.enter_presence(rows)

    def limits_hold(self, staffing: Staffing) -> bool:
        """Whether a plan keeps to shares, seats, and the bounds of each type on each day."""
        agents = staffing.agents
        for names, most in self._shares:
            part = np.array([each.name in names for each in self.types])[self.of_type]
            if agents[part].sum() > most * agents.sum() + 1e-9:
                return False
        for kind, each in enumerate(self.types):
            own = self.of_type == kind
            per_day = (
                np.bincount(self.of_day[own], weights=agents[own]) if own.any() else np.zeros(0)
            )
            offered = np.unique(self.of_day[own])
            if (per_day[offered] < each.minimum).any() or (per_day > each.maximum).any():
                return False
        return self._seats is None or bool((staffing.scheduled() <= self._seats).all())

    def read(self, values: NDArray[np.float64]) -> Staffing:
        """What the values say, agent by agent."""
        agents = np.rint(values[self.agents]).astype(np.int64)
        taken = [
            [np.rint(values[columns]).astype(np.int64) for columns in each] for each in self.taken
        ]
        return Staffing(self, agents, taken)

    def read_tours(self, values: NDArray[np.float64]) -> dict[str, list[Any]] | None:
        """Shift, pattern and agents of each tour that somebody has."""
        if not hasattr(self, "tours"):
            return None
        tours, kinds, patterns = self.tours
        counts = np.rint(values[tours]).astype(np.int64)
        used = [(k, p) for k in range(kinds.size) for p in range(len(patterns)) if counts[k, p]]
        return {
            "shift": [self.types[kinds[k]].name for k, _ in used],
            "pattern": [patterns[p] for _, p in used],
            "agents": [int(counts[k, p]) for k, p in used],
        }


def orders(each: ShiftType) -> list[tuple[Window, ...]]:
    """The orders in which the breaks of a shift can be taken one after another."""
    found = []
    for order in itertools.permutations(each.windows):
        end = 0
        for window in order:
            begin = max(end, window.earliest)
            if begin > window.latest:
                break
            end = begin + window.length
        else:
            found.append(order)
    if not found:
        names = ", ".join(repr(window.name) for window in each.windows)
        raise InvalidDataError(f"breaks: {names} of {each.name!r} overlap whatever their order")
    # Windows that are the same are one order.
    return list(dict.fromkeys(found))


def _patterns(days_off: Any) -> list[str] | None:
    """Seven marks a pattern, 1 for a day at work, from the frame's first day on."""
    if days_off is None:
        return None
    if days_off == "consecutive" and isinstance(days_off, str):
        return [
            "".join("0" if (d - k) % _DAYS in (0, 1) else "1" for d in range(_DAYS))
            for k in range(_DAYS)
        ]
    if isinstance(days_off, int) and not isinstance(days_off, bool) and 0 <= days_off < _DAYS:
        off = itertools.combinations(range(_DAYS), days_off)
        return ["".join("0" if d in each else "1" for d in range(_DAYS)) for each in off]
    patterns = list(days_off) if isinstance(days_off, list | tuple) else []
    fits = [isinstance(p, str) and len(p) == _DAYS and set(p) <= {"0", "1"} for p in patterns]
    if patterns and all(fits):
        return list(dict.fromkeys(patterns))
    msg = "days_off must be days of a week, 'consecutive' or patterns such as '1111100'"
    raise ValueError(f"{msg}; got {shown(days_off)}")


def _shares(share: Any, types: list[ShiftType]) -> list[tuple[set[str], float]]:
    """The names of types of which at most a share may be."""
    if share is None:
        return []
    groups = {each.group for each in types}
    if isinstance(share, int | float | np.number) and not isinstance(share, bool):
        most = number("share", share, "between 0 and 1", lambda s: 0 <= s <= 1)
        parts = {each.name for each in types if each.group.startswith("part")}
        if not parts and len(groups) < 2:
            longest = max((each.length for each in types), default=0)
            parts = {each.name for each in types if each.length < longest}
        return [(parts, most)]
    pairs = mapping("share", share, "groups to shares, or be a share of part-timers")
    found = []
    for group, value in pairs.items():
        if types and group not in groups:
            msg = f"share must name groups of shifts; got {shown(group)}, found {sorted(groups)}"
            raise ValueError(msg)
        most = number("share", value, "between 0 and 1", lambda s: 0 <= s <= 1)
        found.append(({each.name for each in types if each.group == group}, most))
    return found
