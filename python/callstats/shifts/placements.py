"""Breaks put into shifts that are given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._programmes import Limits
from callstats._tables import frames
from callstats._tables.groups import coded
from callstats._tables.periods import MISSING, NANOSECONDS
from callstats._tables.table import Table
from callstats._tables.truths import is_missing
from callstats.errors import InvalidDataError, NotConverged
from callstats.shifts.covering import price
from callstats.shifts.grid import Grid, clock, local_days
from callstats.shifts.models import ShiftModel, orders
from callstats.shifts.plans import schedule_frame
from callstats.shifts.staffing import Stints
from callstats.shifts.tables import NO_LIMIT, ShiftType, read_breaks, require_on_grid

if TYPE_CHECKING:
    import narwhals as nw

    from callstats._programmes import Matrix
    from callstats._tables.periods import Zone
    from callstats.shifts.staffing import Staffing
    from callstats.typing import Durations, Frame, Numbers

_EFFECT = "its breaks cannot be placed"


# 14 arguments: prices and limits of the search.
def breaks(
    schedule: Frame,
    requirement: Frame,
    breaks: Frame,
    *,
    agents: str | Numbers = "required_agents",
    under: float = 1.0,
    over: float = 0.0,
    fixed: Frame | None = None,
    interval: Durations | None = None,
    gap: float = 1e-4,
    time_limit: Durations = 60,
    node_limit: int | None = None,
    seed: int = 0,
    threads: int = 1,
) -> Frame:
    """The schedule with breaks where they leave the requirement best covered.

    All breaks are placed together, not one agent after another. Needs HiGHS.

    Parameters
    ----------
    schedule : DataFrame
        One row a shift: ``agent``, ``start``, ``end``, optionally ``activity`` (only ``work`` is
        read) and ``shift``. Rows of an agent that touch are one shift. Its library is that of the
        result.
    requirement : DataFrame
        What each slot needs, as in `cover`. Shifts must lie within its slots.
    breaks : DataFrame
        The breaks, as in `cover`; ``shift_length`` is that of the schedule's shifts.
    agents, interval, gap, time_limit, node_limit, threads
        As in `cover`.
    under, over : float, default 1 and 0
        Price of one agent hour short, and of one above the requirement; >= 0.
    fixed : DataFrame, optional
        Breaks that stay where they are: ``agent``, ``start``, ``end``, ``activity``. A break of
        such a name is not placed a second time, and none is placed over them.
    seed : int, default 0
        Agents with the same shift take its breaks in turn; the seed says who begins. The next day
        the next one does.

    Returns
    -------
    DataFrame
        `agent, start, end, activity, shift`, by agent and time: ``work`` cut by breaks. In pandas'
        ``attrs``: ``objective``, ``bound``, ``gap`` and ``status``.

    Raises
    ------
    ImportError
        HiGHS is not installed.
    ValueError
        A row breaks a rule, a shift lies off the grid, or its breaks do not fit.

    Notes
    -----
    Agents with the same shift and the same fixed breaks are one group; breaks are counted by group
    and offset, and handed out in order.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.date_range("2026-03-02 08:00", periods=8, freq="h")
    >>> shifts = pd.DataFrame({"agent": ["ann", "bob"], "start": hours[0], "end": hours[7]})
    >>> lunch = pd.DataFrame({"break": ["lunch"], "earliest": "2h", "latest": "4h", "length": "1h"})
    >>> need = pd.DataFrame({"required_agents": [1, 1, 2, 1, 1, 1, 1, 0]}, index=hours)
    >>> placed = breaks(shifts, need, lunch)
    >>> placed.loc[placed["activity"] == "lunch", ["agent", "start"]]
      agent               start
    1   ann 2026-03-02 11:00:00
    4   bob 2026-03-02 12:00:00
    """
    limits = Limits.of(gap, time_limit, node_limit, seed, threads)
    prices = (price("under", under), price("over", over))
    grid = Grid.read(requirement, "requirement", interval)
    need = grid.whole("agents", agents)
    like, groups, zone = _groups(schedule, fixed, breaks, grid)
    model = _model(groups, grid)
    rows = model.programme.constraints(need.size, need, need)
    model.enter_presence(rows)
    for sign, cost in ((1.0, prices[0]), (-1.0, prices[1])):
        away = model.programme.variables(need.size, cost * grid.hours)
        model.programme.enter(rows, away, sign)
    matrix = model.programme.built()
    _keep_fixed(matrix, model, groups, rows)
    solution = matrix.solve(limits, doing="shifts.breaks")
    stints = _handed_out(model.read(solution.point).checked(), groups, seed, zone)
    _compare(stints, need, prices, solution.objective, grid)
    about = {
        "function": "shifts.breaks",
        "objective": solution.objective,
        "bound": solution.bound,
        "gap": solution.gap,
        "status": solution.status,
    }
    return frames.described(schedule_frame(stints, like, zone), frames.About(about), like)


@dataclass(frozen=True)
class Group:
    """Agents with one shift and the same fixed breaks."""

    start: int
    end: int
    shift: ShiftType
    agents: list[Any]
    #: Start, end and name.
    fixed: tuple[tuple[int, int, str], ...]


def _groups(
    schedule: Any, fixed: Any, breaks: Any, grid: Grid
) -> tuple[nw.DataFrame[Any], list[Group], Zone]:
    """Agents by shift and fixed breaks, in order of time; each group's agents in order of name."""
    table, rows = _rows(schedule, "schedule", grid)
    held: dict[Any, list[tuple[int, int, str]]] = {}
    if fixed is not None:
        for agent, start, end, activity, _ in _rows(fixed, "fixed", grid)[1]:
            held.setdefault(agent, []).append((start, end, activity))
    joined: list[tuple[Any, int, int, str]] = []
    for agent, start, end, activity, shift in rows:
        if activity not in {"work", ""}:
            continue
        if joined and joined[-1][0] == agent and joined[-1][2] >= start:
            if joined[-1][2] > start:
                msg = (
                    f"schedule must not have overlapping rows of one agent; got {agent!r} twice at "
                )
                raise InvalidDataError(msg + clock(start, grid.zone))
            joined[-1] = (agent, joined[-1][1], end, joined[-1][3])
            continue
        joined.append((agent, start, end, shift))
    keyed: dict[Any, list[Any]] = {}
    for agent, start, end, shift in joined:
        own = tuple(sorted(f for f in held.get(agent, []) if start <= f[0] and f[1] <= end))
        if start < grid.starts[0] or end > grid.end:
            msg = (
                f"schedule must lie within the slots of requirement; got the shift of {agent!r} at "
            )
            raise InvalidDataError(msg + clock(start, grid.zone))
        if (start - int(grid.starts[0])) % grid.step:
            msg = f"schedule must start on the grid of {grid.step} s; got {agent!r} at "
            raise InvalidDataError(msg + clock(start, grid.zone))
        keyed.setdefault((start, end, shift, own), []).append(agent)
    keys = list(keyed)
    keys.sort(key=lambda key: key[:3])
    bare = [
        ShiftType(shift or "shift", 0, end - start, (end - start) / 3600, 0.0, "", 0, NO_LIMIT)
        for start, end, shift, _ in keys
    ]
    groups = []
    for key, each in zip(keys, read_breaks(breaks, bare), strict=True):
        names = {name for *_, name in key[3]}
        left = tuple(window for window in each.windows if window.name not in names)
        groups.append(Group(key[0], key[1], replace(each, windows=left), keyed[key], key[3]))
    require_on_grid([group.shift for group in groups], grid)
    return table.frame, groups, table.zone


def _rows(
    frame: Any, argument: str, grid: Grid
) -> tuple[Table, list[tuple[Any, int, int, str, str]]]:
    """Agent, start, end, activity and shift of each row, by agent and time."""
    table = Table(frame, argument, remedy="")
    table.require("agent", "start", "end")
    start, end = (table.instants(name, _EFFECT) for name in ("start", "end"))
    for name, column in (("start", start), ("end", end)):
        table.report(name, "be known", column == MISSING, _EFFECT)
    table.report("end", "be after start", end <= start, _EFFECT)
    agents = table.frame["agent"]
    table.report("agent", "be known", np.array([is_missing(a) for a in agents.to_list()], bool), "")
    table.settle()
    if table.rows and (table.zone.key is None) != (grid.zone.key is None):
        msg = f"the times of {argument} and requirement must both have a time zone, or neither"
        raise InvalidDataError(msg)
    names = coded(agents)
    rank = names.ranks()[names.codes]
    texts = {
        name: [
            "" if is_missing(each) else str(each)
            for each in (table.frame[name].to_list() if table.has(name) else [None] * table.rows)
        ]
        for name in ("activity", "shift")
    }
    order = np.lexsort((start, rank))
    return table, [
        (
            names.distinct[names.codes[k]],
            int(start[k] // NANOSECONDS),
            int(end[k] // NANOSECONDS),
            texts["activity"][k],
            texts["shift"][k],
        )
        for k in order
    ]


def _model(groups: list[Group], grid: Grid) -> ShiftModel:
    """The groups' breaks; how many agents each group has is given."""
    model = ShiftModel(grid, [], cyclic=False)
    model.types = [group.shift for group in groups]
    kinds, windows = [], []
    for kind, group in enumerate(groups):
        for order in orders(group.shift):
            kinds.append(kind)
            windows.append(order)
    if not kinds:
        return model
    of_type = np.array(kinds, np.int64)
    starts = np.array([group.start for group in groups], np.int64)[of_type]
    model.add_counts(
        of_type, (starts - grid.starts[0]) // grid.step, local_days(starts, grid.zone), windows
    )
    sizes = np.array([len(group.agents) for group in groups], float)
    rows = model.programme.constraints(len(groups), sizes, sizes)
    model.programme.enter(rows[of_type], model.agents, 1.0)
    return model


def _keep_fixed(matrix: Matrix, model: ShiftModel, groups: list[Group], rows: Any) -> None:
    """Fixed breaks are no work, and no other break is placed over them."""
    grid = model.grid
    matrix.uppers = matrix.uppers.copy()
    for count, windows in enumerate(model.windows):
        group = groups[model.of_type[count]]
        for window, columns in zip(windows, model.taken[count], strict=True):
            begin = group.start + window.earliest + np.arange(columns.size) * grid.step
            for away, until, _ in group.fixed:
                matrix.uppers[columns[(begin < until) & (begin + window.length > away)]] = 0.0
    matrix.row_lowers, matrix.row_uppers = matrix.row_lowers.copy(), matrix.row_uppers.copy()
    for group in groups:
        for away, until, _ in group.fixed:
            first, end = ((moment - int(grid.starts[0])) // grid.step for moment in (away, until))
            inside = rows[max(first, 0) : max(end, 0)]
            matrix.row_lowers[inside] += len(group.agents)
            matrix.row_uppers[inside] += len(group.agents)


def _handed_out(staffing: Staffing, groups: list[Group], seed: int, zone: Zone) -> Stints:
    """Each agent's work and breaks; those of one group take the breaks in turn, day after day."""
    rows: list[tuple[Any, int, int, str, str]] = []
    counts = staffing.model.of_type
    for kind, group in enumerate(groups):
        turn = (seed + int(local_days(np.array([group.start]), zone)[0])) % len(group.agents)
        waiting = group.agents[turn:] + group.agents[:turn]
        for count in np.flatnonzero(counts == kind):
            taken = staffing.break_starts(int(count))
            for person in range(staffing.agents[count]):
                pauses = list(group.fixed)
                for window, begins in zip(staffing.model.windows[count], taken, strict=True):
                    begin = int(begins[person])
                    pauses.append((begin, begin + window.length, window.name))
                rows += _stretches(waiting.pop(0), group, sorted(pauses))
    ranks = {agent: at for at, agent in enumerate(_sorted({row[0] for row in rows}))}
    rows.sort(key=lambda row: (ranks[row[0]], row[1]))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
    start, end = np.array(columns[1], np.int64), np.array(columns[2], np.int64)
    return Stints(list(columns[0]), start, end, list(columns[3]), list(columns[4]))


def _sorted(agents: set[Any]) -> list[Any]:
    try:
        return sorted(agents)
    except TypeError:
        return sorted(agents, key=lambda each: (type(each).__name__, str(each)))


def _stretches(
    agent: Any, group: Group, pauses: list[tuple[int, int, str]]
) -> list[tuple[Any, int, int, str, str]]:
    """A shift cut by its breaks."""
    found = []
    begin, name = group.start, group.shift.name
    for away, until, activity in pauses:
        if away < begin:
            raise NotConverged(f"shifts.breaks: two breaks of {agent!r} overlap")
        if away > begin:
            found.append((agent, begin, away, "work", name))
        found.append((agent, away, until, activity, name))
        begin = until
    if begin < group.end:
        found.append((agent, begin, group.end, "work", name))
    return found


def _compare(
    stints: Stints, need: Any, prices: tuple[float, float], reported: float, grid: Grid
) -> None:
    """Raise where the schedule's cover does not cost what the solver says."""
    work = np.array([activity == "work" for activity in stints.activity], bool)
    change = np.zeros(grid.slots + 1, np.int64)
    for column, by in ((stints.start, 1), (stints.end, -1)):
        if grid.slots:
            np.add.at(change, (column[work] - grid.starts[0]) // grid.step, by)
    away = need - np.cumsum(change)[: grid.slots]
    objective = prices[0] * float(np.maximum(away, 0).sum())
    objective = grid.hours * (objective + prices[1] * float(np.maximum(-away, 0).sum()))
    if abs(objective - reported) > 1e-6 * max(1.0, abs(objective)):
        msg = f"shifts.breaks: the schedule costs {objective!r}, the solver says {reported!r}"
        raise NotConverged(msg)
