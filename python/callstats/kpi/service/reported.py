"""Figures that somebody else reported, cell by cell."""

from __future__ import annotations

import copy
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, groups, periods
from callstats._tables.table import Table
from callstats.errors import InvalidDataError
from callstats.kpi.exports.cells.clock_text import MISSING_WORDS, seconds_of
from callstats.kpi.exports.tables import simple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_FIGURES = {
    "service_level": ("sl", "svl", "服务水平", "服务水准"),
    "answer_rate": ("answered rate", "接通率", "人工接通率"),
    "abandonment_rate": ("abandonment", "abandon rate", "abandoned rate", "放弃率", "人工放弃率"),
    "asa": ("average speed of answer", "answer speed", "平均应答速度"),
    "aht": ("average handle time", "handle time", "平均处理时长"),
    "att": ("average talk time", "talk time", "平均通话时长"),
    "offered": ("calls offered", "offered calls", "received", "呼叫量", "呼入量"),
    "answered": ("calls answered", "handled", "应答量", "人工应答量", "接通量"),
    "abandoned": ("calls abandoned", "放弃量", "人工放弃量"),
}
#: With a number of seconds in the name an answer rate is a service level.
_LEVELS = {
    *(simple(name) for name in ("service_level", *_FIGURES["service_level"])),
    *("接通率", "人工接通率", "应答率", "人工应答率", "接起率", "answered"),
}
_APART = re.compile(r"[\s_()\[\]/%-]+")
_SECONDS = r"(?P<seconds>\d+(?:\.\d+)?)(?:seconds|secs|sec|s|秒)?(?:以内|内)?"
_WITHIN = (re.compile(_SECONDS + "的?(?P<name>.+)"), re.compile("(?P<name>.+?)" + _SECONDS))
_RATES = ("service_level", "answer_rate", "abandonment_rate")


class Report:
    """The reported figures, cell by cell."""

    def __init__(self, reported: Any, freq: Any, calls: Any) -> None:
        if hasattr(reported, "items") and not hasattr(reported, "columns"):
            import narwhals as nw

            backend = frames.read(calls, "calls").implementation
            given = {str(name): [value] for name, value in reported.items()}
            reported = nw.from_dict(given, backend=backend).to_native()
        self.frame = frames.read(reported, "reported")
        self.rows = len(self.frame)
        #: The figure's own name to the column that reports it.
        self.figures: dict[str, str] = {}
        self.thresholds: dict[str, float] = {}
        known = {simple(n): figure for figure, names in _FIGURES.items() for n in (figure, *names)}
        for column in self.frame.columns:
            if simple(str(column)) in known:
                self.figures.setdefault(known[simple(str(column))], column)
            elif (seconds := _threshold_in(str(column))) is not None:
                self.figures.setdefault("service_level", column)
                self.thresholds.setdefault("service_level", seconds)
        if not self.figures:
            listed = ", ".join(_FIGURES)
            found = ", ".join(repr(each) for each in self.frame.columns)
            raise ValueError(f"reported must have one of the figures {listed}; found {found}")
        self.start: NDArray[np.int64] | None = None
        self.step = 0
        self.keys: list[str] = []
        self._freq = freq
        self.printed: dict[str, Floats] = {}
        self.scale: dict[str, float] = {}
        self.tolerance: dict[str, float] = {}
        for figure, column in self.figures.items():
            values, percent = _numbers(self.frame[column], column)
            printed = values[np.isfinite(values)]
            percent |= figure in _RATES and bool((printed > 1.5).any())
            self.scale[figure] = 0.01 if percent else 1.0
            self.tolerance[figure] = _half_a_digit(printed) * self.scale[figure]
            self.printed[figure] = values * self.scale[figure]

    def take_keys(self, log: Table) -> None:
        """The columns that both sides have, and the starts as nanoseconds of the log's clock."""
        own = {*self.figures.values(), "start"}
        self.keys = [name for name in self.frame.columns if name not in own and log.has(name)]
        if "start" not in self.frame.columns:
            return
        times = Table(self.frame, "reported")
        start = times.instants("start", "the cell cannot be compared")
        times.settle()
        if times.zone.key is not None:
            start = local_clock(start, times.zone)
        self.start = start
        self.step = self._step(start)

    def some(self, cells: int) -> Report:
        """The report of a few keys alone, so many that there are about as many cells as asked."""
        if not self.keys or self.rows <= cells:
            return self
        codes = [groups.key_codes(self.frame[key]) for key in self.keys]
        order = np.lexsort(codes[::-1])
        table = np.column_stack(codes)[order]
        new = np.concatenate(([True], (table[1:] != table[:-1]).any(axis=1)))
        group = np.cumsum(new)
        chosen = np.sort(order[group <= group[min(cells, self.rows - 1)]])
        part = copy.copy(self)
        part.frame = self.frame[chosen.tolist()]
        part.rows = chosen.size
        part.printed = {figure: each[chosen] for figure, each in self.printed.items()}
        part.start = None if self.start is None else self.start[chosen]
        return part

    def _step(self, start: NDArray[np.int64]) -> int:
        if self._freq is not None:
            named = periods.parse_freq(self._freq)
            if named.seconds is None and named.calendar != "day":
                msg = f"freq of a report must be a duration or 'day'; got {self._freq!r}"
                raise ValueError(msg)
            return round((named.seconds or 86_400) * periods.NANOSECONDS)
        gaps = np.diff(np.unique(start[start != periods.MISSING]))
        if not gaps.size:
            raise ValueError("freq must be given where reported has a single start")
        return int(gaps.min())


def _threshold_in(name: str) -> float | None:
    """The threshold that the name of a service level tells; None for any other name.

    >>> _threshold_in("service_level_20"), _threshold_in("20秒接通率"), _threshold_in("接通率")
    (20.0, 20.0, None)
    """
    text = _APART.sub("", unicodedata.normalize("NFKC", name)).casefold()
    for pattern in _WITHIN:
        if (found := pattern.fullmatch(text)) and found["name"] in _LEVELS:
            return float(found["seconds"])
    return None


def _numbers(series: Any, column: str) -> tuple[Floats, bool]:
    """A column's numbers as printed, and whether they are printed as percent."""
    if series.dtype.is_numeric():
        return np.asarray(series.to_numpy(), dtype=np.float64), False
    read = np.full(len(series), np.nan)
    percent = False
    for row, value in enumerate(series.to_list()):
        text = "" if value is None else str(value).strip()
        if text.lower() in MISSING_WORDS:
            continue
        percent = percent or text.endswith("%")
        seconds = seconds_of(text.rstrip("%"))
        if seconds is None:
            msg = f"reported: {column} must hold numbers; got {text!r} at position {row}"
            raise InvalidDataError(msg)
        read[row] = seconds
    return read, percent


def _half_a_digit(printed: Floats) -> float:
    """Half of the last digit that the numbers were printed with."""
    for digits in range(10):
        scaled = printed * 10.0**digits
        # A double that was printed with so many digits is within its own rounding of them.
        if np.all(np.abs(scaled - np.rint(scaled)) <= 1e-12 * np.maximum(1.0, np.abs(scaled))):
            return float(0.5 * 10.0**-digits * (1 + 1e-9) + 1e-12)
    return 1e-9


def local_clock(instants: NDArray[np.int64], zone: periods.Zone) -> NDArray[np.int64]:
    """Readings of the local clock as nanoseconds."""
    import pandas as pd

    index = pd.DatetimeIndex(instants.view("M8[ns]")).tz_localize("UTC").tz_convert(zone.key)
    return np.asarray(index.tz_localize(None).to_numpy().astype("M8[ns]").view(np.int64))
