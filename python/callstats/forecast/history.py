"""Histories of calls per interval, read, checked and put in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import groups
from callstats._tables.durations import seconds
from callstats._tables.periods import MISSING, Zone
from callstats._tables.table import COUNT, Rule, Table

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

NS = 1_000_000_000
DAY = 86_400 * NS
#: Local clocks change at multiples of a quarter of an hour.
_QUARTER = 900 * NS
#: A history of more days has a wrong year in it.
_MOST_DAYS = 40_000

VOLUME = Rule(
    "be a finite number >= 0, or missing", lambda values: ~(values < 0) & ~np.isinf(values)
)
_EFFECT = "the day would be unknown"

#: Instants from which offsets from UTC hold, and those; empty: times without a zone.
Clock = tuple[list[int], list[int]]


def clock_of(zone: Zone, low: int, high: int) -> Clock:
    """The changes of a zone's clock between two instants, and some days around them."""
    if zone.key is None:
        return [], []
    import pandas as pd

    first = (low - 3 * DAY) // _QUARTER * _QUARTER
    grid = np.arange(first, high + 3 * DAY, _QUARTER, dtype=np.int64)
    utc = pd.DatetimeIndex(grid.view("M8[ns]"), tz="UTC")
    local = utc.tz_convert(zone.key).tz_localize(None).to_numpy().astype("M8[ns]").view(np.int64)
    offsets = local - grid
    changes = np.flatnonzero(np.diff(offsets, prepend=offsets[0] + 1))
    return grid[changes].tolist(), offsets[changes].tolist()


def grid_of(local: NDArray[np.int64]) -> int:
    """The longest interval that divides a day and at multiples of which all times lie."""
    return int(np.gcd.reduce(local % DAY, initial=DAY))


def local_of(clock: Clock, instants: NDArray[np.int64]) -> NDArray[np.int64]:
    """Local times of instants."""
    if not clock[0]:
        return instants
    places = np.searchsorted(np.array(clock[0]), instants, side="right") - 1
    local: NDArray[np.int64] = instants + np.array(clock[1])[np.maximum(places, 0)]
    return local


def day_of(clock: Clock, instants: NDArray[np.int64]) -> NDArray[np.int64]:
    """Local days of instants, counted from 1970."""
    return np.floor_divide(local_of(clock, instants), DAY)


@dataclass(frozen=True)
class Rows:
    """Rows by queue and in order of time, each once, as the core takes them."""

    starts: NDArray[np.int64]
    volumes: NDArray[np.float64]
    #: Calls handled, and seconds of handling them; None without handle times.
    handled: NDArray[np.float64] | None
    seconds: NDArray[np.float64] | None
    #: The queue of each row.
    codes: NDArray[np.int64]
    queues: int

    def columns(self) -> dict[str, Any]:
        """What the core reads."""
        ends = np.cumsum(np.bincount(self.codes, minlength=self.queues))
        return {
            "starts": self.starts,
            "volumes": self.volumes,
            "handled": self.handled,
            "seconds": self.seconds,
            "ends": ends.tolist(),
        }

    def take(self, rows: NDArray[Any]) -> Rows:
        """Some of the rows."""
        part = (None if each is None else each[rows] for each in (self.handled, self.seconds))
        handled, seconds = part
        return replace(
            self,
            starts=self.starts[rows],
            volumes=self.volumes[rows],
            handled=handled,
            seconds=seconds,
            codes=self.codes[rows],
        )


@dataclass(frozen=True)
class History:
    """A history that was read."""

    table: Table
    rows: Rows
    #: A row of the table of each queue, from which its name is read.
    example: NDArray[np.int64]
    queue: str | None
    #: Nanoseconds of an interval.
    step: int
    zone: Zone
    valid: NDArray[np.bool_]

    @property
    def last_day(self) -> int:
        """The last local day with a row, of all queues."""
        if not self.rows.starts.size:
            return 0
        return int(day_of(self.clock(0), self.rows.starts.max()[None])[0])

    def clock(self, days: int) -> Clock:
        """The zone's clock over the history and so many days after it."""
        starts = self.rows.starts
        if not starts.size:
            return [], []
        return clock_of(self.zone, int(starts.min()), int(starts.max()) + days * DAY)

    def names(self) -> nw.Series[Any]:
        """The queues' names, in their order."""
        return queue_names(self.table, self.queue, self.example)


def queue_names(table: Table, queue: str | None, example: NDArray[np.int64]) -> nw.Series[Any]:
    """The names of queues at some rows; "all" where the table has no queues."""
    import narwhals as nw

    if queue is not None:
        return groups.take(table.frame[queue], example).alias("queue")
    values = ["all"] * example.size
    return nw.new_series("queue", values, nw.String(), backend=table.frame.implementation)


def read(
    history: Frame,
    *,
    queue: str | None = "queue",
    start: str = "start",
    volume: str = "volume",
    aht: str | None = None,
    interval: Any = None,
    timezone: str | datetime.tzinfo | None = None,
    on_error: OnError = "raise",
    argument: str = "history",
    lone: bool = False,
) -> History:
    """The rows of a frame of intervals, checked; bad ones raise, or are left out.

    `lone`: where no day has two rows, any grid that all starts lie on will do.
    """
    table = Table(history, argument, on_error=on_error, timezone=timezone)
    table.require(*([] if queue is None else [queue]), start, volume)
    instants = table.instants(start, _EFFECT)
    table.require_known(start, instants == MISSING, _EFFECT)
    volumes = table.numbers(volume, VOLUME, _EFFECT)
    handled, times = _handle_times(table, aht, volumes)
    codes = np.zeros(table.rows, np.int64)
    grouped = table.group_rows([] if queue is None else [queue])
    codes[:] = grouped.codes
    if queue is not None:
        missing = np.asarray(table.frame[queue].is_null().to_numpy(), dtype=bool)
        table.require_known(queue, missing, "the row has no queue")
    order = rows_of(codes, instants, table.good())
    # Of a frame without rows and without queues there is one group, of none.
    rows = Rows(instants, volumes, handled, times, codes, len(grouped)).take(order)
    clock = clock_of(table.zone, *_span(table, start, rows.starts))
    step = _step(start, rows, clock, interval, lone=lone)
    misfits = _core.forecast_misfits(
        rows.starts, rows.columns()["ends"], clock, step, interval is not None
    )
    _report_misfits(table, start, [order[rows_] for rows_ in misfits], step)
    valid = table.settle()
    kept = valid[order]
    if not kept.all():
        rows = rows.take(kept)
    present = np.bincount(rows.codes, minlength=rows.queues) > 0
    renumbered = np.cumsum(present) - 1
    rows = replace(rows, codes=renumbered[rows.codes], queues=int(present.sum()))
    return History(table, rows, grouped.example[present], queue, step, table.zone, valid)


def rows_of(
    codes: NDArray[np.int64], instants: NDArray[np.int64], good: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The good rows by queue and in order of time."""
    rows = np.flatnonzero(good)
    of, at = codes[rows], instants[rows]
    later = (of[1:] > of[:-1]) | ((of[1:] == of[:-1]) & (at[1:] >= at[:-1]))
    return rows if later.all() else rows[np.lexsort((at, of))]


def _span(table: Table, start: str, starts: NDArray[np.int64]) -> tuple[int, int]:
    if not starts.size:
        return 0, 0
    low, high = int(starts.min()), int(starts.max())
    if high - low > _MOST_DAYS * DAY:
        raise ValueError(
            f"{table.argument}: {start} spans {(high - low) // DAY} days, "
            f"more than {_MOST_DAYS}; is there a wrong year in it?"
        )
    return low, high


def _handle_times(
    table: Table, aht: str | None, volumes: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Calls handled and seconds of handling them, by the columns that there are."""
    effect = "the handle time would be wrong"
    if aht is None and table.has("handle_time") and table.has("handled"):
        return table.numbers("handled", COUNT_OR_MISSING, effect), table.seconds(
            "handle_time", effect
        )
    if aht is None and not table.has("aht"):
        return None, None
    name = "aht" if aht is None else aht
    table.require(name)
    handled = volumes
    if table.has("handled"):
        handled = table.numbers("handled", COUNT_OR_MISSING, effect)
    return handled, handled * table.seconds(name, effect)


COUNT_OR_MISSING = Rule(COUNT.words + ", or missing", VOLUME.holds)


def _step(start: str, rows: Rows, clock: Clock, interval: Any, *, lone: bool) -> int:
    """Nanoseconds of an interval: as given, else the smallest gap between rows of one day."""
    if interval is not None:
        length = seconds("interval", interval)
        if isinstance(length, bool) or not isinstance(length, int | float | np.number):
            raise TypeError(f"interval must be a duration such as '30min'; got {interval!r}")
        step = round(float(length) * NS) if 0 < length <= DAY / NS else 0
        named = f"{interval!r}"
    else:
        columns = rows.columns()
        gap = _core.forecast_smallest_gap(rows.starts, columns["ends"], clock)
        if gap is None:
            if lone:
                return grid_of(local_of(clock, rows.starts))
            if (local_of(clock, rows.starts) % DAY != 0).any():
                msg = f"interval cannot be read off {start}: no day has two rows; pass interval="
                raise ValueError(msg)
            gap = DAY
        step, named = gap, f"{gap / NS:g} seconds, the smallest step of {start}"
    if step <= 0 or DAY % step:
        raise ValueError(f"interval must divide a day evenly; got {named}")
    return step


def _report_misfits(
    table: Table, start: str, misfits: Sequence[NDArray[np.int64]], step: int
) -> None:
    minutes = f"{step / NS / 60:g} minutes"
    rules = (
        f"lie on a grid of {minutes} by the local clock",
        "come once in each queue; two exports may overlap",
        f"follow one another by {minutes}, as on other days; pass interval= where rows are absent",
    )
    for rule, rows in zip(rules, misfits, strict=True):
        bad = np.zeros(table.rows, bool)
        bad[rows] = True
        table.report(start, rule, bad, "calls would be counted in the wrong interval")
