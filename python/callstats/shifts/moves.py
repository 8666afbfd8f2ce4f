"""Plans that cost the same: one agent begins, or takes a break, at another time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from callstats.errors import NotConverged
from callstats.shifts.staffing import Staffing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


#: Slots by which an agent's start moves at most.
_FAR = 4


@dataclass(frozen=True)
class Move:
    """One agent of a count with breaks at some offsets, who has other ones or another start."""

    before: int
    offsets: tuple[int, ...]
    after: int
    later: tuple[int, ...]
    #: Agents more or less in each slot.
    change: Whole

    def of(self, staffing: Staffing) -> Staffing | None:
        """The plan with the move made; None where the breaks of a shift would then overlap."""
        agents = staffing.agents.copy()
        taken = [[each.copy() for each in windows] for windows in staffing.taken]
        for count, offsets, by in ((self.before, self.offsets, -1), (self.after, self.later, 1)):
            agents[count] += by
            for window, offset in zip(taken[count], offsets, strict=True):
                window[offset] += by
        try:
            return Staffing(staffing.model, agents, taken).checked()
        except NotConverged:
            return None


def moves(staffing: Staffing) -> Iterator[Move]:
    """All moves of one agent: a break of the same shift, or the whole day by some slots."""
    model = staffing.model
    kinds = [(each.length, each.cost, each.paid, each.group) for each in model.types]
    for count in np.flatnonzero(staffing.agents).tolist():
        windows = staffing.taken[count]
        used = [np.flatnonzero(taken).tolist() for taken in windows]
        first = tuple(each[0] for each in used)
        choices = {first}
        for place, offsets in enumerate(used):
            choices |= {(*first[:place], offset, *first[place + 1 :]) for offset in offsets}
        near = np.flatnonzero(
            (model.of_day == model.of_day[count]) & (np.abs(model.slot - model.slot[count]) <= _FAR)
        ).tolist()
        own_kind, own_windows = kinds[model.of_type[count]], model.windows[count]
        near = [
            other
            for other in near
            if other != count
            and kinds[model.of_type[other]] == own_kind
            and model.windows[other] == own_windows
        ]
        for own in sorted(choices):
            here = presence(staffing, count, own)
            for place, taken in enumerate(windows):
                for other in range(taken.size):
                    if other != own[place]:
                        later = (*own[:place], other, *own[place + 1 :])
                        change = presence(staffing, count, later) - here
                        yield Move(count, own, count, later, change)
            for other in near:
                yield Move(count, own, other, own, presence(staffing, other, own) - here)


def presence(staffing: Staffing, count: int, offsets: tuple[int, ...]) -> Whole:
    """One agent of a count in each slot."""
    model, step = staffing.model, staffing.model.grid.step
    found = np.zeros(model.grid.slots, np.int64)
    begin = int(model.slot[count])
    found[begin : begin + model.types[model.of_type[count]].length // step] = 1
    for window, offset in zip(model.windows[count], offsets, strict=True):
        pause = begin + window.earliest // step + offset
        found[pause : pause + window.length // step] -= 1
    return found
