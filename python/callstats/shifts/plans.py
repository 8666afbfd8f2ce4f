"""What a plan of shifts is: frames, and how far from the best it may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.added_columns import names_beside, put_beside
from callstats._tables.periods import NANOSECONDS, labels

if TYPE_CHECKING:
    import narwhals as nw

    from callstats._programmes import Solution
    from callstats._tables.periods import Zone
    from callstats.shifts.grid import Grid
    from callstats.shifts.staffing import Staffing, Stints
    from callstats.typing import Frame

#: What is put beside a requirement.
ADDED = ("scheduled", "under", "over")


@dataclass(frozen=True)
class Cover:
    """A plan of shifts, its breaks, and how it covers the requirement.

    Frames are of the library of the requirement. Hours are agent hours.
    """

    #: `shift, start, end, agents, paid_hours, cost, outside_hours`: a row a shift and day.
    plan: Frame
    #: `shift, shift_start, break, start, end, agents, paid`.
    breaks: Frame
    #: The requirement with `scheduled, under, over`.
    cover: Frame
    paid_hours: float
    #: Cost of shifts, and of hours under and over at their prices.
    objective: float
    #: No plan has a lower objective; NaN where that cannot be proven.
    bound: float
    #: (objective - bound) / objective.
    gap: float
    #: "optimal"; "gap": within the gap that was asked for; "time", "nodes": the search was ended
    #: there; "interrupted".
    status: str
    seconds: float
    #: Of `design`: `shift, start, length, agents`; of `cover_service`: the day as it happens.
    shifts: Frame | None = None
    service: Frame | None = None
    #: With days off: `shift, pattern, agents`.
    tours: Frame | None = None
    #: What one agent hour short was priced at.
    under_price: float = np.nan
    _stints: Stints | None = field(default=None, repr=False)
    _grid: Grid | None = field(default=None, repr=False)

    def schedule(self) -> Frame:
        """The plan agent by agent: `agent, start, end, activity, shift`.

        Agents are numbered anew on every day, in order of start. Activities are ``work`` and the
        names of breaks.
        """
        if self._stints is None or self._grid is None:
            raise ValueError("a plan of no slots has no schedule")
        return schedule_frame(self._stints, self._grid.frame, self._grid.zone)


def schedule_frame(stints: Stints, like: nw.DataFrame[Any], zone: Zone) -> Any:
    """Stretches of work and breaks as the canonical frame."""
    columns = {
        "agent": stints.agent,
        "start": labels("start", stints.start * NANOSECONDS, zone, like),
        "end": labels("end", stints.end * NANOSECONDS, zone, like),
        "activity": stints.activity,
        "shift": stints.shift,
    }
    return frames.result(like, {}, columns)


def timed(columns: dict[str, Any], grid: Grid) -> Any:
    """Columns as a frame, in which starts and ends are local times."""
    moments = {"start", "end", "shift_start"}
    shown = {
        name: grid.labels(name, values) if name in moments else values
        for name, values in columns.items()
    }
    return frames.result(grid.frame, {}, shown)


def made(staffing: Staffing, need: Any, solution: Solution, objective: float, **more: Any) -> Cover:
    """The frames of a plan; `need` is in order of time."""
    grid = staffing.model.grid
    scheduled = staffing.scheduled() if grid.slots else np.zeros(0, np.int64)
    columns = {
        "scheduled": scheduled,
        "under": np.maximum(need - scheduled, 0),
        "over": np.maximum(scheduled - need, 0),
    }
    names = names_beside(grid.frame.columns, ADDED, argument="requirement", anew=True)
    rows = {}
    for name in names:
        rows[name] = np.empty(grid.slots, np.int64)
        rows[name][grid.order] = columns[name]
    bound = more.pop("bound", min(solution.bound, objective))
    gap = (objective - bound) / objective if objective > 0 else 0.0
    return Cover(
        plan=timed(staffing.plan(), grid),
        breaks=timed(staffing.breaks(), grid),
        cover=put_beside(grid.frame.to_native(), rows),
        paid_hours=staffing.paid_hours(),
        objective=objective,
        bound=bound,
        gap=gap,
        status=more.pop("status", solution.status),
        seconds=more.pop("seconds", solution.seconds),
        _stints=staffing.stints(),
        _grid=grid,
        **more,
    )
