"""Shifts for a service level over the whole day, backlogs included."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import day, erlang, staffing
from callstats._programmes import Limits, Solution
from callstats._tables.checks import must_be, number, whole
from callstats.errors import InfeasibleError, NotConverged
from callstats.shifts.grid import Grid
from callstats.shifts.models import ShiftModel
from callstats.shifts.moves import moves
from callstats.shifts.plans import Cover, made
from callstats.shifts.tables import read_breaks, read_shifts, require_on_grid
from callstats.staffing.intervals import handle_times, require, values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.shifts.staffing import Staffing
    from callstats.typing import Durations, Frame, Numbers

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


#: An agent slot, or a call, that a plan lacks costs so many times the dearest shift.
_DEAR = 20.0
#: Share in time from which more agents no longer count.
_ENOUGH = 0.999
#: Part of a shortfall by which the goal is raised for the next round, and how far corrections move.
_RAISE, _DAMP = 0.7, 0.5
#: Rounds after which corrections can only grow stricter: they would go to and fro at the floor.
_FREE_ROUNDS = 3
#: Share above the floor from which an interval needs no further agent.
_SPARE = 0.03
#: Plans that are mended at most, those that lack at most this share of calls; moves for one.
_MENDED, _LACKING, _MOVES = 3, 0.001, 8
#: Plans that are evaluated together.
_AT_A_TIME = 16
#: Columns of the rows that the exact day is asked for.
_COLUMNS: dict[str, Any] = {"by": "day", "patience": "patience", "threshold": "threshold"}
#: Service may fall short by this, as sums do.
_CLOSE = 1e-9


# 20 arguments: columns of the intervals, the goal, limits of the plan and of the search.
def cover_service(
    intervals: Frame,
    shifts: Frame,
    *,
    service_level: float,
    threshold: str | Durations = 20,
    patience: str | Durations = np.inf,
    floor: float = 0.60,
    minimum: str | Numbers = 0,
    breaks: Frame | None = None,
    share: Any = None,
    seats: str | Numbers | None = None,
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    interval: Durations | None = None,
    rounds: int = 7,
    gap: float = 1e-4,
    time_limit: Durations = 60,
    node_limit: int | None = None,
    seed: int = 0,
    threads: int = 1,
) -> Cover:
    """The shifts of a day whose service level over the whole day meets a goal, at the least cost.

    The requirement of each interval by itself rounds up everywhere, and cannot use what rigid
    shifts leave over. Contracts state the goal over the day. Callers of the saved hours do wait
    longer: look at `service` beside the hours. Needs HiGHS.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval of one day, as in `callstats.day.evaluate`, by the time index or the
        column ``start``. It is not changed.
    shifts, breaks, share, seats
        As in `cover`.
    service_level : float
        Share of the day's calls to answer within ``threshold``; > 0 and < 1.
    threshold, patience, calls, aht : str, array_like or duration
        As in `callstats.day.evaluate`.
    floor : float, default 0.60
        Least service level of any interval; >= 0. Without a floor the best plan abandons intervals:
        0 must be asked for.
    minimum : str or array_like, default 0
        Fewest agents in each interval.
    interval : duration, optional
        Length of an interval; by default the step of the rows.
    rounds : int, default 7
        Programmes that are solved with corrections for backlogs; >= 1.
    gap, node_limit, seed, threads
        As in `cover`.
    time_limit : float or duration, default 60
        Seconds for all rounds together; > 0.

    Returns
    -------
    Cover
        As of `cover`; `cover` compares with ``minimum``, and `service` is the day as it happens
        with the ``scheduled`` agents (`callstats.day.evaluate`). The plan is one that the exact day
        confirms. `bound` is proven where mean patience is at least the handle time in every
        interval, else NaN.

    Raises
    ------
    ImportError
        HiGHS is not installed.
    InfeasibleError
        These shifts cannot meet the goal, the floor or the minimum.
    ValueError
        A value outside its domain, or missing calls.

    Notes
    -----
    A bound on each interval's answers in time, with plenty of agents around it, makes a programme
    whose optimum is a lower bound of the cost. Its plan is evaluated exactly; what backlogs took
    corrects the next round. The cheapest plan that passes is thinned out as long as the day allows,
    and cheaper ones that nearly passed are mended by moving breaks and starts.
    If no round passes, the plan covers what each interval needs by `callstats.day.required_agents`.

    Examples
    --------
    >>> import pandas as pd
    >>> half_hours = pd.DataFrame(
    ...     {"calls": [20, 35, 40, 38, 30, 25, 22, 12], "aht": 180},
    ...     index=pd.date_range("2026-03-02 08:00", periods=8, freq="30min"),
    ... )
    >>> shifts = pd.DataFrame({"start": ["08:00", "08:30", "09:30", "10:00"], "length": "2h"})
    >>> found = cover_service(half_hours, shifts, service_level=0.8, patience=300)
    >>> found.paid_hours, found.bound, found.status
    (18.0, 18.0, 'optimal')
    >>> (found.service["answered_within"].sum() / half_hours["calls"].sum()).round(3).item()
    0.811
    """
    began = time.monotonic()
    limits = Limits.of(gap, time_limit, node_limit, seed, threads)
    goal = number("service_level", service_level, "> 0 and < 1", lambda s: 0 < s < 1)
    least = number("floor", floor, ">= 0 and < 1", lambda s: 0 <= s < 1)
    most_rounds = whole("rounds", rounds, 1, 1000)
    grid = Grid.read(intervals, "intervals", interval)
    types = read_breaks(breaks, read_shifts(shifts))
    require_on_grid(types, grid)
    queue = Queue.read(
        grid, {"calls": calls, "aht": aht, "patience": patience, "threshold": threshold}
    )
    fewest = grid.whole("minimum", minimum)
    model = ShiftModel(grid, types, cyclic=False)
    model.limit_share(share)
    model.limit_seats(seats)
    task = ServiceTask(model, queue, goal, least, fewest, limits, began)
    return task.solve(most_rounds)


@dataclass(frozen=True)
class Queue:
    """Calls and times of each interval, in order of time."""

    grid: Grid
    calls: Floats
    aht: Floats
    patience: Floats
    threshold: Floats

    @classmethod
    def read(cls, grid: Grid, given: dict[str, Any]) -> Queue:
        """The columns of the intervals, which `day.evaluate` checks."""
        require(grid.frame, given, "intervals")
        columns = {
            name: np.array(
                np.broadcast_to(np.asarray(values(grid.frame, name, value), float), grid.slots)
            )
            for name, value in given.items()
        }
        columns["aht"] = np.asarray(handle_times(columns["calls"], columns["aht"], 1.0), float)
        in_order = {name: column[grid.order] for name, column in columns.items()}
        queue = cls(grid, **in_order)
        if grid.slots:
            for name, column in columns.items():
                must_be(name, column, "known in every interval", np.isnan(column))
            queue.evaluate(np.ones((1, grid.slots), np.int64))
        return queue

    def evaluate(self, agents: Whole) -> Floats:
        """Calls answered in time of each interval, for several days of agents."""
        days, slots = agents.shape
        found = day.evaluate(
            self._rows(
                np.tile(np.arange(slots), days), agents.ravel(), np.repeat(range(days), slots)
            ),
            **_COLUMNS,
            interval=self.grid.step,
        )
        return np.asarray(found["answered_within"].to_numpy()).reshape(agents.shape)

    def alone(self, slots: Whole, agents: Whole, plenty: Whole) -> Floats:
        """The same of single intervals with plenty of agents in the two before and afterwards."""
        first = {
            slot: np.arange(max(slot - 2, 0), slot) for slot in np.unique(slots).tolist() if slot
        }
        before = np.concatenate([*first.values(), np.zeros(0, np.int64)])
        of = np.repeat(list(first), [each.size for each in first.values()]).astype(np.int64)
        starts: dict[str, Any] = {"0": "empty"}
        if before.size:
            rows = self._rows(before, plenty[before], of)
            starts |= day.end_states(rows, **_COLUMNS, interval=self.grid.step)
        # What is in force in the last interval stays so: the one afterwards may be short.
        later = np.where(slots + 1 < plenty.size, plenty[(slots + 1) % plenty.size], agents)
        rows = self._rows(
            np.repeat(slots, 2),
            np.column_stack((agents, later)).ravel(),
            np.repeat(np.arange(slots.size), 2),
        )
        rows.loc[1::2, "calls"] = 0.0
        found = day.evaluate(
            rows,
            **_COLUMNS,
            interval=np.tile([self.grid.step, 1.0], slots.size),
            start={str(row): starts[str(slot)] for row, slot in enumerate(slots.tolist())},
        )
        return np.asarray(found["answered_within"].to_numpy())[::2]

    def _rows(self, slots: Whole, agents: Whole, days: Any) -> Any:
        import pandas as pd

        columns = {
            name: getattr(self, name)[slots] for name in ("calls", *_COLUMNS) if name != "by"
        }
        return pd.DataFrame({"day": days, "agents": agents, "aht": self.aht[slots], **columns})


@dataclass
class Gains:
    """Most calls that each interval can answer in time, by its agents from `base` on."""

    base: Whole
    #: Shares, one list an interval; from the end of the list on all calls count.
    shares: list[Floats]

    def of(self, agents: Whole) -> Floats:
        """The shares of numbers of agents, one an interval."""
        places = np.maximum(agents - self.base, 0)
        return np.array(
            [
                own[place] if place < own.size else 1.0
                for own, place in zip(self.shares, places.tolist(), strict=True)
            ]
        )


def _gains(queue: Queue, fewest: Whole, floor: float) -> Gains:
    """Shares in time with plenty of agents in the two intervals before and the one after."""
    slots = queue.grid.slots
    load = queue.calls * queue.aht / queue.grid.step
    plenty = np.ceil(load + 8 * np.sqrt(load) + 8).astype(np.int64)
    busy = queue.calls > 0
    low = np.maximum(np.floor(load - 1.5 * np.sqrt(load) - 2), 0).astype(np.int64)
    high = np.ceil(load + 2.5 * np.sqrt(load) + 3).astype(np.int64)
    settled = erlang.service_level(
        np.maximum(high, 1).astype(float),
        load,
        aht=queue.aht,
        threshold=queue.threshold,
        patience=queue.patience,
    )
    high = np.where(np.asarray(settled) < _ENOUGH, plenty, high)
    if floor > 0:
        # With plenty of agents before, the floor takes fewer than in a steady state.
        steady = staffing.required_agents(
            load,
            aht=queue.aht,
            threshold=queue.threshold,
            patience=queue.patience,
            service_level=floor,
        )
        low = np.maximum(low, np.nan_to_num(np.asarray(steady), nan=0.0).astype(np.int64))
    low = np.where(busy, np.minimum(low, high), 0)
    table: list[dict[int, float]] = [{} for _ in range(slots)]
    wanted = [list(range(int(low[t]), int(high[t]) + 1)) if busy[t] else [] for t in range(slots)]
    while any(wanted):
        for slot, agents, share in _shares(queue, wanted, plenty):
            table[slot][agents] = share
        # Below the least agents looked at the share must be too low to be of use.
        wanted = []
        for slot in range(slots):
            lowest = min(table[slot], default=0)
            useful = lowest > 0 and table[slot][lowest] >= max(floor, 0.02)
            step = max(1, int(np.sqrt(load[slot]) / 2))
            wanted.append(list(range(max(lowest - step, 0), lowest)) if useful else [])
    base, shares = np.zeros(slots, np.int64), []
    for slot in range(slots):
        levels = sorted(table[slot])
        found = np.maximum.accumulate([table[slot][k] for k in levels]) if levels else np.zeros(0)
        first = int(np.searchsorted(found, floor - _CLOSE)) if floor > 0 else 0
        start = max(int(fewest[slot]), levels[first] if first < len(levels) else 0)
        base[slot] = start
        if floor == 0 and levels:
            # Fewer agents than were looked at answer no larger share.
            start = int(fewest[slot])
            base[slot] = start
            found = np.concatenate([np.full(max(levels[0] - start, 0), found[0]), found])
            levels = [*range(start, levels[0]), *levels]
        own = np.array([s for k, s in zip(levels, found, strict=True) if k >= start])
        enough = int(np.searchsorted(own, _ENOUGH))
        shares.append(own[:enough])
    return Gains(base, shares)


def _shares(queue: Queue, wanted: list[list[int]], plenty: Whole) -> list[tuple[int, int, float]]:
    cells = [(slot, agents) for slot, levels in enumerate(wanted) for agents in levels]
    slots, agents = np.array(cells, np.int64).reshape(-1, 2).T
    shares = queue.alone(slots, agents, plenty) / queue.calls[slots]
    return [(slot, own, float(share)) for (slot, own), share in zip(cells, shares, strict=True)]


@dataclass
class ServiceTask:
    """A day, its shifts and its goal."""

    model: ShiftModel
    queue: Queue
    goal: float
    floor: float
    fewest: Whole
    limits: Limits
    began: float
    best: Staffing | None = None
    status: str = "optimal"
    bound: float = np.nan
    #: Plans that the exact day does not confirm.
    failed: list[Staffing] = field(default_factory=list)
    _seen: dict[bytes, Floats] = field(default_factory=dict)

    def solve(self, rounds: int) -> Cover:
        """The cheapest plan that the exact day confirms."""
        grid = self.model.grid
        if not grid.slots:
            return self._result(
                Solution(np.zeros(0), 0.0, 0.0, "optimal", 0.0), self.model.read(np.zeros(0))
            )
        gains = _gains(self.queue, self.fewest, self.floor)
        programme = ServiceProgramme(self.model, self.queue, gains, self.fewest)
        solution = self._rounds(programme, rounds)
        best = self.best
        if best is None:
            best, solution = self._by_interval(programme)
        best = self._thinned(best, programme.gains)
        mended = self._mended(best.cost(), programme.gains)
        if mended is not None:
            best = self._thinned(mended, programme.gains)
        return self._result(solution, best)

    def _left(self) -> float:
        return self.limits.time_limit - (time.monotonic() - self.began)

    def _rounds(self, programme: ServiceProgramme, rounds: int) -> Solution:
        total = float(self.queue.calls.sum())
        kept = np.ones(self.model.grid.slots)
        raised, extra = 0.0, np.zeros(self.model.grid.slots, np.int64)
        solution = programme.solve(self.limits, self.goal * total, kept, extra)
        programme.require_met(solution, self.goal)
        sound = bool((self.queue.patience >= self.queue.aht)[self.queue.calls > 0].all())
        self.bound = solution.bound if sound else np.nan
        self.status = solution.status
        last = solution
        for turn in range(rounds + 4):
            staffing = self.model.read(last.point).checked()
            present = staffing.scheduled()
            answered = self._answered(present)
            if not self._passes(present, answered):
                self.failed.append(staffing)
            elif self._cheaper(staffing):
                self.best, solution = staffing, last
            enough = self.best is not None and (
                turn >= rounds or self.best.cost() <= self.bound * (1 + self.limits.gap) + 1e-9
            )
            if last.status == "interrupted":
                self.status = last.status
            if enough or self._left() <= 0 or self.status == "interrupted":
                break
            with np.errstate(divide="ignore", invalid="ignore"):
                share = answered / self.queue.calls
                possible = programme.gains.of(present)
                busy = (self.queue.calls > 0) & (possible > 0)
                exact = np.where(busy, np.minimum(share / possible, 1.0), 1.0)
            moved = kept + _DAMP * (exact - kept)
            kept = moved if turn < _FREE_ROUNDS else np.minimum(kept, moved)
            raised += _RAISE * max(self.goal * total - float(answered.sum()), 0.0)
            low = (share < self.floor - _CLOSE) & (self.queue.calls > 0)
            if self.best is not None:
                # A plan is there: what was asked for in addition may be more than it takes.
                extra = np.where(share > self.floor + _SPARE, np.maximum(extra - 1, 0), extra)
            extra = np.where(low, np.maximum(extra, present + 1 - programme.gains.base), extra)
            try:
                last = programme.solve(
                    self.limits.within(max(self._left(), 1.0)),
                    min(self.goal * total + raised, total),
                    kept,
                    extra,
                )
            except NotConverged:
                break
        return solution

    def _answered(self, present: Whole) -> Floats:
        key = present.tobytes()
        if key not in self._seen:
            self._seen[key] = self.queue.evaluate(present[None])[0]
        return self._seen[key]

    def _passes(self, present: Whole, answered: Floats) -> bool:
        calls = self.queue.calls
        if (present < self.fewest).any() or answered.sum() < (self.goal - _CLOSE) * calls.sum():
            return False
        return bool((answered >= (self.floor - _CLOSE) * calls).all())

    def _cheaper(self, staffing: Staffing) -> bool:
        return self.best is None or staffing.cost() < self.best.cost() - 1e-9

    def _by_interval(self, programme: ServiceProgramme) -> tuple[Staffing, Solution]:
        """Cover what each interval needs by itself, with the backlog in sight."""
        import pandas as pd

        queue = self.queue
        names = ("calls", "aht", "patience", "threshold")
        needed = day.required_agents(
            pd.DataFrame({name: getattr(queue, name) for name in names}),
            patience="patience",
            threshold="threshold",
            interval=queue.grid.step,
            service_level=max(self.goal, self.floor),
        )["required_agents"].to_numpy()
        need = np.maximum(np.ceil(needed - 1e-9).astype(np.int64), self.fewest)
        for _ in range(10):
            solution = programme.covering(need, self.limits.within(max(self._left(), 5.0)))
            staffing = self.model.read(solution.point).checked()
            present = staffing.scheduled()
            answered = self._answered(present)
            if self._passes(present, answered):
                return staffing, solution
            need = need + (answered < max(self.goal, self.floor) * queue.calls)
        msg = "shifts.cover_service: no plan of these shifts was confirmed by the exact day"
        raise NotConverged(msg)

    def _thinned(self, best: Staffing, gains: Gains) -> Staffing:
        """Agents taken off shifts, or given a cheaper one, while goal and floor hold."""
        better: Staffing | None = best
        while better is not None and self.status != "interrupted":
            best = better
            candidates = [
                each for each in self._smaller(best) if each.cost() < best.cost() - _CLOSE
            ]
            better = self._first_that_passes(
                sorted(candidates, key=lambda each: each.cost()), gains
            )
        return best

    def _first_that_passes(self, candidates: list[Staffing], gains: Gains) -> Staffing | None:
        """The first plan that the exact day confirms; those that cannot pass are not evaluated."""
        calls = self.queue.calls
        possible = []
        for each in candidates:
            present = each.scheduled()
            share = gains.of(present)
            enough = share @ calls >= (self.goal - _CLOSE) * calls.sum()
            floor = (share >= self.floor - _CLOSE)[calls > 0].all()
            if enough and floor and (present >= self.fewest).all() and self.allowed(each):
                possible.append((each, present))
        for first in range(0, len(possible), _AT_A_TIME):
            part = possible[first : first + _AT_A_TIME]
            if self._left() <= 0:
                return None
            answered = self.queue.evaluate(np.array([present for _, present in part]))
            for (each, present), in_time in zip(part, answered, strict=True):
                if self._passes(present, in_time):
                    return each
        return None

    def _mended(self, cost: float, gains: Gains) -> Staffing | None:
        """A cheaper plan that failed, with agents moved until it passes; None where none does."""
        most = _LACKING * self.queue.calls.sum()
        cheaper = [each for each in self.failed if each.cost() < cost - _CLOSE]
        lacks = np.array([self._lack(self._answered(each.scheduled())) for each in cheaper])
        close = np.argsort(lacks)[: min(_MENDED, int((lacks <= most).sum()))]
        for place in close.tolist():
            staffing: Staffing | None = cheaper[place]
            for _ in range(_MOVES):
                staffing = None if staffing is None else self._moved(staffing, gains)
                if staffing is None:
                    break
                present = staffing.scheduled()
                if self._passes(present, self._answered(present)):
                    return staffing
        return None

    def _moved(self, staffing: Staffing, gains: Gains) -> Staffing | None:
        """The move of one agent after which the day lacks least; None where none lacks less."""
        present = staffing.scheduled()
        answered = self._answered(present)
        before = self._lack(answered)
        possible = gains.of(present) * self.queue.calls
        kept = np.divide(answered, possible, out=np.ones(answered.size), where=possible > 0)
        found = []
        for move in moves(staffing):
            after = present + move.change
            if (after >= self.fewest).all():
                lack = self._lack(gains.of(after) * self.queue.calls * np.minimum(kept, 1.0))
                if lack < before:
                    found.append((lack, move))
        found.sort(key=lambda each: each[0])
        plans = [move.of(staffing) for _, move in found[: 2 * _AT_A_TIME]]
        tried = [each for each in plans if each is not None and self.allowed(each)][:_AT_A_TIME]
        if not tried or self._left() <= 0 or self.status == "interrupted":
            return None
        exact = self.queue.evaluate(np.array([each.scheduled() for each in tried]))
        lacks = [self._lack(each) for each in exact]
        best = int(np.argmin(lacks))
        return tried[best] if lacks[best] < before - _CLOSE else None

    def _lack(self, answered: Floats) -> float:
        """Calls short of the floor in each interval, and of the goal over the day."""
        calls = self.queue.calls
        short = np.maximum(self.floor * calls - answered, 0.0).sum()
        return float(short + max(self.goal * calls.sum() - answered.sum(), 0.0))

    def _smaller(self, staffing: Staffing) -> list[Staffing]:
        """One agent less on each shift, or on a cheaper one of the same day instead."""
        found = []
        model = self.model
        costs = np.array([each.cost for each in model.types])[model.of_type]
        for count in np.flatnonzero(staffing.agents):
            fewer = staffing.without(int(count))
            found.append(fewer)
            shorter = np.flatnonzero((costs < costs[count]) & (model.of_day == model.of_day[count]))
            start, length = model.slot[count], model.types[model.of_type[count]].length
            for other in shorter:
                lasts = model.types[model.of_type[other]].length // model.grid.step
                inside = start <= model.slot[other] and (
                    model.slot[other] + lasts <= start + length // model.grid.step
                )
                if inside and not model.windows[other]:
                    found.append(fewer.with_one(int(other)))
        return found

    def allowed(self, staffing: Staffing) -> bool:
        """Whether the rows that limit agents alone hold: shares, and seats."""
        return self.model.limits_hold(staffing)

    def _result(self, solution: Solution, staffing: Staffing) -> Cover:
        grid = self.model.grid
        cost = staffing.cost() if grid.slots else 0.0
        bound = min(self.bound, cost) if grid.slots else 0.0
        status = self.status
        if np.isfinite(bound) and cost - bound > max(self.limits.gap * cost, 1e-9):
            late = self._left() <= 0 or self.status == "time"
            status = self.status if self.status == "interrupted" else "time" if late else "gap"
        found = made(
            staffing,
            self.fewest,
            solution,
            cost,
            bound=bound,
            status=status,
            seconds=time.monotonic() - self.began,
        )
        service = _evaluated(found.cover, self.queue, grid)
        return Cover(**{**found.__dict__, "service": service})


def _evaluated(cover: Any, queue: Queue, grid: Grid) -> Any:
    """The day as it happens with the scheduled agents."""
    back = np.empty(grid.slots, np.int64)
    back[grid.order] = np.arange(grid.slots)
    if not grid.slots:
        return cover
    return day.evaluate(
        cover,
        agents="scheduled",
        calls=queue.calls[back],
        aht=queue.aht[back],
        patience=queue.patience[back],
        threshold=queue.threshold[back],
        interval=grid.step,
    )


class ServiceProgramme:
    """Shifts, the agents that count in each interval, and the calls that they answer in time."""

    def __init__(self, model: ShiftModel, queue: Queue, gains: Gains, fewest: Whole) -> None:
        self.gains, self.model, self.queue = gains, model, queue
        programme = model.programme
        slots = queue.grid.slots
        dear = _DEAR * (max((each.cost for each in model.types), default=0.0) or 1.0)
        self.lack = model.limit_types(dear)
        self.rows = programme.constraints(slots, gains.base, np.inf)
        model.enter_presence(self.rows)
        self.short = programme.variables(slots, dear)
        programme.enter(self.rows, self.short, 1.0)
        self.steps = []
        for slot in range(slots):
            count = max(self.gains.shares[slot].size, 0)
            steps = programme.variables(count, upper=1)
            programme.enter(self.rows[slot], steps, -1.0)
            # Steps are taken in order: this binds only where a later one gains more.
            if count > 1:
                order = programme.constraints(count - 1, 0.0, np.inf)
                programme.enter(order, steps[:-1], 1.0)
                programme.enter(order, steps[1:], -1.0)
            self.steps.append(steps)
        self.goal = programme.constraints(1, 0.0, np.inf)[0]
        self.unmet = programme.variables(1, dear, integer=False)[0]
        every = np.concatenate(self.steps) if self.steps else np.zeros(0, np.int64)
        # Gains are put in anew for every round; 1 holds their places.
        programme.enter(self.goal, every, 1.0)
        programme.enter(self.goal, self.unmet, 1.0)
        self.matrix = programme.built()
        self.matrix.row_lowers = self.matrix.row_lowers.copy()
        own = (self.matrix.at_row == self.goal) & (self.matrix.at_column != self.unmet)
        self.places = np.flatnonzero(own)
        self.fewest = fewest

    def solve(
        self, limits: Limits, goal: float, kept: Floats, extra: Whole, *, relaxed: bool = False
    ) -> Solution:
        """The cheapest agents whose corrected shares add up to so many calls."""
        base_calls, gained = 0.0, []
        for slot, shares in enumerate(self.gains.shares):
            calls = self.queue.calls[slot] * kept[slot]
            steps = np.diff(np.append(shares, 1.0)) if shares.size else np.zeros(0)
            base_calls += calls * (shares[0] if shares.size else 1.0)
            gained.append(calls * steps)
        flat = np.concatenate(gained) if gained else np.zeros(0)
        column_of = {int(c): g for c, g in zip(np.concatenate(self.steps), flat, strict=True)}
        at = self.matrix.at_column[self.places]
        self.matrix.coefficients[self.places] = [column_of[int(column)] for column in at]
        self.matrix.row_lowers[self.goal] = goal - base_calls
        # One agent more than the base takes the first step along.
        self.matrix.lowers = self.matrix.lowers.copy()
        for slot, steps in enumerate(self.steps):
            self.matrix.lowers[steps] = np.arange(steps.size) < extra[slot]
        beyond = np.maximum(extra - np.array([steps.size for steps in self.steps]), 0)
        self.matrix.row_lowers[self.rows] = self.gains.base + beyond
        return self.matrix.solve(limits, relaxed=relaxed, doing="shifts.cover_service")

    def covering(self, need: Whole, limits: Limits) -> Solution:
        """The cheapest agents that cover what each interval needs by itself."""
        row_lowers = self.matrix.row_lowers.copy()
        self.matrix.lowers = np.zeros_like(self.matrix.lowers)
        self.matrix.row_lowers[self.rows] = need
        self.matrix.row_lowers[self.goal] = -np.inf
        try:
            return self.matrix.solve(limits, doing="shifts.cover_service, each interval")
        finally:
            self.matrix.row_lowers = row_lowers

    def require_met(self, solution: Solution, goal: float) -> None:
        """Raise where shifts cannot reach the base, a minimum or the goal, naming what lacks."""
        grid = self.queue.grid
        short = np.rint(solution.point[self.short]).astype(int)
        named = [
            f"{grid.clock(slot)}: {short[slot]} short of {self.gains.base[slot]}"
            for slot in np.flatnonzero(short)[:6]
        ]
        named += [
            f"{name} below its minimum {m}" for name, (p, m) in self.lack if solution.point[p] > 0.5
        ]
        if solution.point[self.unmet] > 1e-6 * max(float(self.queue.calls.sum()), 1.0):
            named.append(f"{solution.point[self.unmet]:.1f} calls short of the goal {goal:g}")
        if named:
            msg = f"these shifts cannot give the service that is asked for: {'; '.join(named)}"
            raise InfeasibleError(msg)
