"""The slots of a requirement: their times, their local days, and the agents that each needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import must_be, shown
from callstats._tables.durations import seconds
from callstats._tables.periods import NANOSECONDS, Zone, labels
from callstats._tables.table import Table
from callstats.errors import InvalidDataError
from callstats.staffing.intervals import require, values

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

_DAY = 86_400
_MOST_SLOTS = 100_000
_MOST_AGENTS = 1_000_000
#: Requirements that are whole to this are not rounded up.
_WHOLE = 1e-9


@dataclass(frozen=True)
class Grid:
    """Slots one after another without gaps, in order of time."""

    frame: nw.DataFrame[Any]
    #: The frame's rows in order of time.
    order: Whole
    #: Seconds since 1970, in UTC where there is a zone.
    starts: Whole
    step: int
    zone: Zone

    @property
    def slots(self) -> int:
        """How many."""
        return self.order.size

    @property
    def hours(self) -> float:
        """Length of a slot."""
        return self.step / 3600

    @classmethod
    def read(cls, frame: Any, argument: str, interval: Any = None) -> Grid:
        """The rows of a frame by their time index or the column ``start``."""
        table = Table(frame, argument, remedy="")
        instants, zone = _instants(table)
        table.settle()
        must_be(argument, instants, "rows with a start", instants == np.iinfo(np.int64).min)
        if instants.size > _MOST_SLOTS:
            msg = f"{argument} must have at most {_MOST_SLOTS:,} rows; got {instants.size:,}"
            raise InvalidDataError(msg)
        must_be(argument, instants, "at whole seconds", instants % NANOSECONDS != 0)
        times = instants // NANOSECONDS
        order = np.argsort(times, kind="stable")
        starts = times[order]
        step = _step(argument, starts, interval)
        gap = np.diff(starts, prepend=starts[:1] - step) != step
        if gap.any():
            at = int(gap.argmax())
            what = "a repeat" if starts[at] == starts[at - 1] else "a gap"
            raise InvalidDataError(
                argument=argument,
                rule=f"have one row every {step} s, no gaps and no repeats: what is closed needs 0",
                value=table.frame[argument] if table.has(argument) else None,
                got=f"{what} before {clock(int(starts[at]), zone)}",
                position=int(order[at]),
                bad=int(gap.sum()),
                total=int(starts.size),
            )
        return cls(table.frame, order, starts, step, zone)

    def numbers(self, name: str, value: Any) -> NDArray[np.float64]:
        """A column, an array or a number, in order of time."""
        require(self.frame, {name: value}, "requirement")
        column = np.broadcast_to(np.asarray(values(self.frame, name, value), float), self.slots)
        return np.array(column[self.order])

    def whole(self, name: str, value: Any) -> Whole:
        """The same as whole numbers, rounded up; missing ones are refused."""
        found = self.numbers(name, value)
        bad = np.empty(found.size, bool)
        bad[self.order] = ~((found >= 0) & (found <= _MOST_AGENTS))
        given = np.empty(found.size)
        given[self.order] = found
        column = value if isinstance(value, str) else name
        must_be(column, given, f"known, and from 0 to {_MOST_AGENTS:,} agents", bad)
        return np.ceil(found - _WHOLE).astype(np.int64)

    @property
    def end(self) -> int:
        """Where the last slot ends."""
        return int(self.starts[-1]) + self.step if self.slots else 0

    def days(self) -> list[Any]:
        """The local days that the slots are on, as pandas' naive midnights."""
        import pandas as pd

        if not self.slots:
            return []
        ends = local(np.array([self.starts[0], self.end - 1]), self.zone)
        return list(pd.date_range(ends[0].normalize(), ends[1].normalize(), freq="D"))

    def at(self, days: list[Any], offset: float) -> NDArray[np.float64]:
        """Slots in which the clock shows a time after each midnight; fractions off the grid."""
        import pandas as pd

        moments = pd.DatetimeIndex(days) + pd.Timedelta(seconds=offset)
        if self.zone.key is not None:
            moments = moments.tz_localize(
                self.zone.key, ambiguous=np.ones(len(days), bool), nonexistent="shift_forward"
            ).tz_convert("UTC")
            moments = moments.tz_localize(None)
        since = moments.as_unit("us").asi8 / 1e6
        return np.asarray((since - self.starts[0]) / self.step)

    def labels(self, name: str, seconds_since: Any) -> Any:
        """Instants as local times, a column of the frame's library."""
        instants = np.asarray(seconds_since, np.int64) * NANOSECONDS
        return labels(name, instants, self.zone, self.frame)

    def clock(self, slot: int) -> str:
        """When a slot begins, as a message says it."""
        return clock(int(self.starts[0]) + slot * self.step, self.zone)


def _instants(table: Table) -> tuple[Whole, Zone]:
    import narwhals as nw

    index: Any = nw.maybe_get_index(table.frame)
    if index is not None:
        import pandas as pd

        if isinstance(index, pd.DatetimeIndex):
            zone = Zone(None if index.tz is None else getattr(index.tz, "key", None) or index.tz)
            return index.as_unit("ns").asi8, zone
    if not table.has("start"):
        msg = f"{table.argument} must have a time index or a column 'start' of times"
        raise InvalidDataError(f"{msg}; found {', '.join(map(repr, table.frame.columns))}")
    found = table.instants("start", "the row has no slot")
    return found, table.zone


def _step(argument: str, starts: Whole, interval: Any) -> int:
    if interval is not None:
        length = seconds("interval", interval)
        number = isinstance(length, int | float | np.number) and not isinstance(length, bool)
        if not number or not 1 <= length <= _DAY or length % 1:
            msg = f"interval must be whole seconds from 1 to a day; got {shown(interval)}"
            raise ValueError(msg)
        return int(length)
    if starts.size == 0:
        return 1800
    distinct = np.unique(starts)
    if distinct.size < 2:
        raise ValueError(f"interval cannot be read off one slot of {argument}; pass interval=")
    return int(np.diff(distinct).min())


def local(times: Any, zone: Zone) -> Any:
    """Seconds since 1970 by the clock of a zone, without it."""
    import pandas as pd

    index = pd.DatetimeIndex(np.asarray(times, np.int64).view("M8[s]"))
    if zone.key is None:
        return index
    return index.tz_localize("UTC").tz_convert(zone.key).tz_localize(None)


def local_days(times: Any, zone: Zone) -> Whole:
    """The local day of instants, counted from 1970-01-01."""
    clocks = local(times, zone).as_unit("s").asi8
    return np.asarray(clocks // _DAY, np.int64)


def clock(moment: int, zone: Zone) -> str:
    """An instant as a message says it."""
    return f"{local(np.array([moment]), zone)[0]:%Y-%m-%d %H:%M}"
