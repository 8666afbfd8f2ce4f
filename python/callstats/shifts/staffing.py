"""Who works when: counts of shifts and breaks as people, rebuilt in plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats.errors import NotConverged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.shifts.models import ShiftModel

    Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Stints:
    """Stretches of work and breaks of numbered agents, by agent and time."""

    #: Numbers, or the names of a schedule.
    agent: Whole | list[Any]
    start: Whole
    end: Whole
    activity: list[str]
    shift: list[str]


@dataclass(frozen=True)
class Staffing:
    """Agents of each count, and the breaks that they take at each offset."""

    model: ShiftModel
    agents: Whole
    taken: list[list[Whole]]

    def without(self, count: int) -> Staffing:
        """One agent less, with the first of its breaks."""
        agents = self.agents.copy()
        agents[count] -= 1
        taken = list(self.taken)
        taken[count] = []
        for each in self.taken[count]:
            fewer = each.copy()
            fewer[int(np.flatnonzero(fewer)[0])] -= 1
            taken[count].append(fewer)
        return Staffing(self.model, agents, taken)

    def with_one(self, count: int) -> Staffing:
        """One agent more on a shift without breaks."""
        agents = self.agents.copy()
        agents[count] += 1
        return Staffing(self.model, agents, self.taken)

    def times(self) -> tuple[Whole, Whole]:
        """Start and end of each count, seconds since 1970."""
        grid, types = self.model.grid, self.model.types
        start = grid.starts[0] + self.model.slot * grid.step if grid.slots else self.model.slot
        length = np.array([each.length for each in types], np.int64)[self.model.of_type]
        return start, start + length

    def break_starts(self, count: int) -> list[Whole]:
        """Of each window in order: when each agent of a count begins it, first come first."""
        begin = self.times()[0][count]
        found: list[Whole] = []
        for window, taken in zip(self.model.windows[count], self.taken[count], strict=True):
            offsets = np.arange(taken.size) * self.model.grid.step + window.earliest
            found.append(begin + np.repeat(offsets, taken))
        return found

    def checked(self) -> Staffing:
        """The same; raises where an agent's breaks are missing, outside or overlap."""
        for count in np.flatnonzero(self.agents).tolist():
            end = np.full(self.agents[count], self.times()[0][count])
            for window, begin in zip(
                self.model.windows[count], self.break_starts(count), strict=True
            ):
                if begin.size != self.agents[count] or (begin < end).any():
                    msg = f"shifts: the solver's breaks {window.name!r} do not fit its shifts"
                    raise NotConverged(msg)
                end = begin + window.length
        return self

    def scheduled(self) -> Whole:
        """Agents present in each slot, from the times of shifts and breaks."""
        grid = self.model.grid
        change = [(self.times()[0], self.agents), (self.times()[1], -self.agents)]
        for count in np.flatnonzero(self.agents).tolist():
            windows = self.model.windows[count]
            for window, begin in zip(windows, self.break_starts(count), strict=True):
                ones = np.ones(begin.size, np.int64)
                change += [(begin, -ones), (begin + window.length, ones)]
        at = (np.concatenate([when for when, _ in change]) - grid.starts[0]) // grid.step
        by = np.concatenate([how for _, how in change])
        total = np.zeros(max(int(at.max(initial=0)) + 1, grid.slots), np.int64)
        np.add.at(total, at, by)
        present = np.cumsum(total)
        if not self.model.cyclic:
            return np.asarray(present[: grid.slots])
        wrapped = np.zeros(grid.slots, np.int64)
        np.add.at(wrapped, np.arange(present.size) % grid.slots, present)
        return wrapped

    def cost(self) -> float:
        """Of all shifts."""
        costs = np.array([each.cost for each in self.model.types])
        return float(costs[self.model.of_type] @ self.agents)

    def paid_hours(self) -> float:
        """Of all shifts."""
        paid = np.array([each.paid for each in self.model.types])
        return float(paid[self.model.of_type] @ self.agents)

    def plan(self) -> dict[str, Any]:
        """One row a shift and day that has agents, by start and name."""
        model, types = self.model, self.model.types
        start, end = self.times()
        keys: dict[tuple[int, int, str], list[int]] = {}
        for count in np.flatnonzero(self.agents).tolist():
            each = types[model.of_type[count]]
            key = (int(start[count]), int(end[count]), each.name)
            keys.setdefault(key, []).append(int(count))
        rows = sorted(keys)
        agents = np.array([sum(self.agents[k] for k in keys[row]) for row in rows], np.int64)
        kind = [types[model.of_type[keys[row][0]]] for row in rows]
        ends = np.array([row[1] for row in rows], np.int64)
        late = np.zeros(len(rows)) if model.cyclic else np.maximum(ends - model.grid.end, 0) / 3600
        return {
            "shift": [row[2] for row in rows],
            "start": np.array([row[0] for row in rows], np.int64),
            "end": ends,
            "agents": agents,
            "paid_hours": agents * np.array([each.paid for each in kind], float),
            "cost": agents * np.array([each.cost for each in kind], float),
            "outside_hours": agents * late,
        }

    def breaks(self) -> dict[str, Any]:
        """One row a shift and day, break and time, with the agents that take it."""
        rows: dict[tuple[Any, ...], int] = {}
        start = self.times()[0]
        for count in np.flatnonzero(self.agents).tolist():
            name = self.model.types[self.model.of_type[count]].name
            windows = self.model.windows[count]
            for window, begin in zip(windows, self.break_starts(count), strict=True):
                for moment, agents in zip(*np.unique(begin, return_counts=True), strict=True):
                    key = (
                        int(start[count]),
                        name,
                        int(moment),
                        window.name,
                        window.length,
                        window.paid,
                    )
                    rows[key] = rows.get(key, 0) + int(agents)
        listed = sorted(rows)
        begins = np.array([key[2] for key in listed], np.int64)
        return {
            "shift": [key[1] for key in listed],
            "shift_start": np.array([key[0] for key in listed], np.int64),
            "break": [key[3] for key in listed],
            "start": begins,
            "end": begins + np.array([key[4] for key in listed], np.int64),
            "agents": np.array([rows[key] for key in listed], np.int64),
            "paid": np.array([key[5] for key in listed], bool),
        }

    def stints(self) -> Stints:
        """Every agent's day; agents are numbered anew on every day, in order of start."""
        model = self.model
        start, end = self.times()
        names = [each.name for each in model.types]
        used = sorted(
            np.flatnonzero(self.agents).tolist(),
            key=lambda k: (model.of_day[k], start[k], end[k], names[model.of_type[k]], k),
        )
        rows: list[tuple[int, int, int, str, str]] = []
        number, day = 0, -1
        for count in used:
            if model.of_day[count] != day:
                number, day = 0, int(model.of_day[count])
            windows, taken = model.windows[count], self.break_starts(count)
            name = names[model.of_type[count]]
            for person in range(self.agents[count]):
                number += 1
                begin = int(start[count])
                for window, begins in zip(windows, taken, strict=True):
                    pause = int(begins[person])
                    if pause > begin:
                        rows.append((number, begin, pause, "work", name))
                    begin = pause + window.length
                    rows.append((number, pause, begin, window.name, name))
                if begin < end[count]:
                    rows.append((number, begin, int(end[count]), "work", name))
        rows.sort(key=lambda row: (row[0], row[1]))
        columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 5
        return Stints(
            np.array(columns[0], np.int64),
            np.array(columns[1], np.int64),
            np.array(columns[2], np.int64),
            list(columns[3]),
            list(columns[4]),
        )
