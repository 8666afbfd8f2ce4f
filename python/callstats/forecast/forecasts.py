"""Forecast frames being read: their rows by queue and time, their bounds and levels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.checks import number
from callstats._tables.periods import MISSING
from callstats._tables.table import Table
from callstats.forecast.history import DAY, NS, VOLUME, Clock, clock_of, grid_of, local_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.forecast.history import History
    from callstats.typing import Frame

    Floats = NDArray[np.float64]

_LOWER = re.compile(r"lower_(\d+(?:\.\d+)?)")
#: Levels that bounds without a name are tried for.
_LEVELS = (0.8, 0.95, 0.9, 0.5, 0.99, 0.7, 0.6, *(k / 100 for k in range(1, 100)))
#: Rows on which they are tried.
_TRIED = 500
_EFFECT = "the forecast would be incomplete"


@dataclass
class Forecast:
    """A forecast that was read."""

    table: Table
    starts: NDArray[np.int64]
    #: The queue of each row, in the order of their names.
    codes: NDArray[np.int64]
    queues: list[Any]
    #: Rows by queue and time.
    order: NDArray[np.int64]
    clock: Clock
    #: Nanoseconds from one interval to the next; None where no day has two.
    gap: int | None
    bounds: list[tuple[str, str]]
    #: Levels as the columns' names tell them; None where they do not.
    known_levels: list[float] | None
    matched_any: bool = False
    _columns: dict[str, Floats] = field(default_factory=dict)

    def column(self, name: str) -> Floats:
        """A column of numbers; 0 where the frame has none of a variation."""
        if name not in self._columns:
            if not self.table.has(name) and name.endswith("_cv"):
                self._columns[name] = np.zeros(self.table.rows)
            else:
                self.table.require(name)
                self._columns[name] = self.table.numbers(name)
        return self._columns[name]

    @property
    def step(self) -> int:
        """Nanoseconds from one interval to the next."""
        return grid_of(self.local(self.starts)) if self.gap is None else self.gap

    @property
    def interval(self) -> float | None:
        """The same in seconds, where it is known."""
        return None if self.gap is None else self.gap / NS

    def local(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Local times of instants."""
        return local_of(self.clock, instants)

    def days(self) -> NDArray[np.int64]:
        """The local day of each row."""
        return np.floor_divide(self.local(self.starts), DAY)

    def matched(self, history: History) -> Floats:
        """The volume of a history in each row, NaN where there is none."""
        found = np.full(self.table.rows, np.nan)
        places = {name: code for code, name in enumerate(self.queues)}
        theirs = [places.get(name, -1) for name in history.names().to_list()]
        if self.queues == [None]:
            theirs = [0] * len(theirs)
        of = np.array(theirs, np.int64)[history.rows.codes]
        keys = np.stack((of, history.rows.starts))
        order = np.lexsort((keys[1], keys[0]))
        own = np.stack((self.codes, self.starts))
        # Both are sorted by queue, then time: places are looked up queue by queue.
        for code in range(len(self.queues)):
            rows = np.flatnonzero(own[0] == code) if len(self.queues) > 1 else slice(None)
            mine = order[keys[0][order] == code]
            if not mine.size:
                continue
            at = np.searchsorted(keys[1][mine], own[1][rows])
            hit = np.minimum(at, mine.size - 1)
            same = keys[1][mine][hit] == own[1][rows]
            found[rows] = np.where(same, history.rows.volumes[mine[hit]], np.nan)
            self.matched_any |= bool(same.any())
        return found

    def levels_of(self, level: float | None, *, mean: Floats, cv: Floats) -> list[float]:
        """Levels of the bounds: as given, as named, else the one that gives the same bounds."""
        if not self.bounds:
            return []
        if level is not None:
            level = number("level", level, "> 0 and < 1", lambda v: 0 < v < 1)
            self.known_levels = [level] * len(self.bounds)
        if self.known_levels is None:
            self.known_levels = [self._level_found(mean, cv)]
        return self.known_levels

    def _level_found(self, mean: Floats, cv: Floats) -> float:
        lower, upper = (self.column(name) for name in self.bounds[0])
        rows = np.flatnonzero((mean > 0) & ~np.isnan(lower) & ~np.isnan(upper))
        if self.table.has("factor"):
            rows = rows[self.column("factor")[rows] == 1.0]
        # The busiest tell levels apart.
        rows = rows[np.argsort(-mean[rows], kind="stable")][:_TRIED]
        if not rows.size:
            return _LEVELS[0]
        cv2 = (1 + cv[rows] ** 2) * (1 + self.column("interval_cv")[rows] ** 2) - 1
        for level in _LEVELS:
            low, high = _core.forecast_bounds(mean[rows], cv2, [level], None)
            off = np.abs(low[:, 0] - lower[rows]) + np.abs(high[:, 0] - upper[rows])
            if (off <= 1).all() and off.mean() < 0.02:
                return level
        raise ValueError("forecast: the level of lower and upper cannot be read off; pass level=")


def _bounds(columns: Sequence[str]) -> tuple[list[tuple[str, str]], list[float] | None]:
    if "lower" in columns and "upper" in columns:
        return [("lower", "upper")], None
    found = [match for name in columns if (match := _LOWER.fullmatch(name))]
    named = [(m[0], f"upper_{m[1]}", float(m[1]) / 100) for m in found]
    named = [each for each in named if each[1] in columns and 0 < each[2] < 1]
    return [each[:2] for each in named], [each[2] for each in named]


def read_forecast(forecast: Frame, argument: str = "forecast") -> Forecast:
    """A frame of a forecast, checked: one row a queue and start."""
    table = Table(forecast, argument, remedy="")
    table.require("start", "volume")
    starts = table.instants("start", _EFFECT)
    table.require_known("start", starts == MISSING, _EFFECT)
    table.numbers("volume", VOLUME, _EFFECT)
    has_queue = table.has("queue")
    grouped = table.group_rows(["queue"] if has_queue else [])
    codes = np.asarray(grouped.codes, np.int64)
    table.settle()
    order = np.lexsort((starts, codes))
    again = np.zeros(table.rows, bool)
    same = (np.diff(codes[order]) == 0) & (np.diff(starts[order]) == 0)
    again[order[1:][same]] = True
    table.report("start", "come once in each queue", again, _EFFECT)
    table.settle()
    queues: list[Any] = [None]
    if has_queue:
        queues = table.frame["queue"].to_list() if table.rows else []
        queues = [queues[row] for row in grouped.example]
    span = (int(starts.min()), int(starts.max())) if table.rows else (0, 0)
    clock = clock_of(table.zone, *span)
    ends = np.cumsum(np.bincount(codes, minlength=len(grouped))).tolist() if table.rows else []
    step = _core.forecast_smallest_gap(starts[order], ends, clock) if table.rows else None
    bounds, levels = _bounds(table.frame.columns)
    about = getattr(table.frame.to_native(), "attrs", {}).get("callstats", {})
    known = about.get("level") if isinstance(about, dict) else None
    if levels is None and isinstance(known, list) and len(known) == 1:
        levels = [float(known[0])]
    return Forecast(table, starts, codes, queues, order, clock, step, bounds, levels)
