"""A requirement in slots of another length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.checks import shown
from callstats._tables.durations import seconds
from callstats.errors import InvalidDataError
from callstats.shifts.grid import Grid, local

if TYPE_CHECKING:
    from callstats.typing import Durations, Frame


_DAY = 86_400


def resample(
    requirement: Frame,
    slot: str | Durations,
    *,
    agents: str = "required_agents",
    interval: Durations | None = None,
) -> Frame:
    """A requirement in shorter or longer slots, none of which asks for less than before.

    Shifts and breaks start on the grid of the requirement: cut it finer where they do not.

    Parameters
    ----------
    requirement : DataFrame
        One row a slot, by the time index or the column ``start``. It is not changed.
    slot : duration
        Length of the new slots. It divides a day, and the slots of ``requirement`` or they divide
        it.
    agents : str, default "required_agents"
        The column of agents; >= 0.
    interval : duration, optional
        Length of the slots of ``requirement``; by default the step of its rows.

    Returns
    -------
    DataFrame
        ``start`` and ``agents``, in order of time. The need of a half hour holds in both of its
        quarters; that of an hour is the larger one of its half hours. Longer slots begin at
        multiples of their length after midnight, by the clock.

    Raises
    ------
    ValueError
        Lengths that do not divide one another; gaps or repeats; missing agents.

    Examples
    --------
    >>> import pandas as pd
    >>> starts = pd.to_datetime(["2026-03-02 08:30", "2026-03-02 09:00"])
    >>> need = pd.DataFrame({"start": starts, "required_agents": [4, 7]})
    >>> resample(need, "15min")["required_agents"].tolist()
    [4, 4, 7, 7]
    >>> resample(need, "1h")["start"].dt.strftime("%H:%M").tolist()
    ['08:00', '09:00']
    """
    grid = Grid.read(requirement, "requirement", interval)
    length = _length(slot, grid.step)
    need = grid.numbers("agents", agents)
    grid.whole("agents", agents)
    if length <= grid.step:
        parts = grid.step // length
        starts = (grid.starts[:, None] + length * np.arange(parts)).ravel()
        need = np.repeat(need, parts)
    else:
        first = local(grid.starts[:1], grid.zone).as_unit("s").asi8 % length
        place = (grid.starts - grid.starts[:1] + first) // length if grid.slots else grid.starts
        starts = grid.starts[:1] - first + length * np.unique(place)
        most = np.zeros(starts.size)
        np.maximum.at(most, place, need)
        need = most
    whole = bool((need % 1 == 0).all())
    columns: dict[str, Any] = {
        "start": grid.labels("start", starts),
        agents: need.astype(np.int64) if whole else need,
    }
    return frames.result(grid.frame, {}, columns)


def _length(slot: Any, step: int) -> int:
    length = seconds("slot", slot)
    single = isinstance(length, int | float | np.number) and not isinstance(length, bool)
    if not single or not 1 <= length <= _DAY or length % 1 or _DAY % length:
        msg = f"slot must be whole seconds that divide a day; got {shown(slot)}"
        raise ValueError(msg)
    if step % length and length % step:
        msg = f"slot must divide the slots of {step} s of requirement, or they it"
        raise InvalidDataError(f"{msg}; got {shown(slot)}")
    return int(length)
