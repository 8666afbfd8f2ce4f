"""Measures of a frame, summed by unit, day and period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.categories import text
from callstats._tables.checks import listed, shown
from callstats._tables.groups import Coded, coded, divided, sums
from callstats._tables.periods import MISSING, Freq, interval_starts
from callstats._tables.table import COUNTABLE, FINITE, Table
from callstats._tables.truths import truths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

    Floats = NDArray[np.float64]

_A_MEASURE = "a column, or a pair (numerator, denominator) of columns"
#: Values up to which columns are read and summed together: the way to each costs more than they do.
_TOGETHER = 1 << 18
_DAY_NS = 86_400_000_000_000
#: 1970 began on a Thursday.
_THURSDAY = 3


def measure_columns(argument: str, measures: Any) -> dict[str, str | tuple[str, str]]:
    """The columns of each measure: the mean of one, or the sum of one over that of another."""
    if isinstance(measures, str):
        return {measures: measures}
    if isinstance(measures, Mapping):
        pairs = list(measures.items())
    else:
        columns = listed(argument, measures, "names of columns, or a mapping of names to measures")
        pairs = [(column, column) for column in columns]
    found: dict[str, str | tuple[str, str]] = {}
    for name, columns in pairs:
        if not isinstance(name, str) or name in found:
            msg = f"{argument} must have texts for names, each once; got {shown(name)}"
            raise ValueError(msg)
        found[name] = _columns(argument, columns)
    if not found:
        msg = f"{argument} must name at least one measure; got none"
        raise ValueError(msg)
    return found


def _columns(argument: str, columns: Any) -> str | tuple[str, str]:
    if isinstance(columns, str):
        return columns
    parts = listed(argument, columns, _A_MEASURE)
    if len(parts) == 2 and all(isinstance(part, str) for part in parts):
        return parts[0], parts[1]
    msg = f"{argument} must be {_A_MEASURE}; got {shown(columns)}"
    raise TypeError(msg)


@dataclass(frozen=True)
class Sums:
    """Sums by group, of one measure or of a row a measure."""

    numerator: Floats
    #: Rows, or the sum of the denominator: what the rate rests on.
    denominator: Floats

    @property
    def rate(self) -> Floats:
        """NaN where there is nothing to divide by."""
        return np.where(self.denominator > 0, divided(self.numerator, self.denominator), np.nan)


@dataclass(frozen=True)
class Measure:
    """A measure of every row: what is summed, and out of what; None: out of the rows."""

    name: str
    top: Floats
    bottom: Floats | None

    @property
    def known(self) -> NDArray[np.bool_]:
        """Rows that have it."""
        known = ~np.isnan(self.top)
        return known if self.bottom is None else known & ~np.isnan(self.bottom)

    def sums(self, codes: NDArray[np.int32], count: int) -> Sums:
        """Sums by group; rows that lack either side, and codes of -1, do not count."""
        found = summed([self], codes, count)
        return Sums(found.numerator[0], found.denominator[0])

    @property
    def is_share(self) -> bool:
        """Whether it counts some of what it is divided by, each once."""
        known = self.known
        top = self.top[known]
        bottom = np.ones(top.size) if self.bottom is None else self.bottom[known]
        whole = (top == np.rint(top)) & (bottom == np.rint(bottom))
        return bool(top.size and (whole & (top >= 0) & (top <= bottom)).all())


def summed(measures: Sequence[Measure], codes: NDArray[np.int32], count: int) -> Sums:
    """Sums of several measures by group, a row a measure, as :meth:`Measure.sums` has them."""
    most = max(1, _TOGETHER // max(codes.size, 1))
    parts = [
        _summed_together(measures[at : at + most], codes, count)
        for at in range(0, len(measures), most)
    ]
    return Sums(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _summed_together(
    measures: Sequence[Measure], codes: NDArray[np.int32], count: int
) -> tuple[Floats, Floats]:
    top = np.stack([each.top for each in measures])
    known = (codes >= 0) & ~np.isnan(top)
    bottoms = {at: each.bottom for at, each in enumerate(measures) if each.bottom is not None}
    paired, under = list(bottoms), np.zeros_like(top)
    if paired:
        under[paired] = np.stack(list(bottoms.values()))
        known &= ~np.isnan(under)
    groups = len(measures) * count
    own = codes + count * np.arange(len(measures), dtype=np.int32)[:, None]
    places = np.where(known, own, np.int32(-1)).ravel()
    shape = (len(measures), count)
    bottom = np.bincount(places[places >= 0], minlength=groups).reshape(shape).astype(np.float64)
    if paired:
        bottom[paired] = sums(places, under.ravel(), groups).reshape(shape)[paired]
    return sums(places, top.ravel(), groups).reshape(shape), bottom


class Rows:
    """A frame with measures, whose rows have instants and units."""

    def __init__(self, frame: Frame, argument: str, time: str | None) -> None:
        self.table = Table(frame, argument, remedy="Leave such rows out")
        self._numbers: dict[str, Floats] = {}
        self.instants = np.zeros(0, np.int64)
        if time is not None:
            self.table.require(time)
            self.instants = self.table.instants(time, "every figure")
            self.table.require_known(time, self.instants == MISSING, "every figure")

    def _column(self, name: str, *, counts: bool) -> Floats:
        import narwhals as nw

        if name not in self._numbers:
            series = self.table.frame[name]
            if series.dtype == nw.Boolean:
                found = truths(series)
                self._numbers[name] = np.where(found.missing, np.nan, found.true.astype(np.float64))
            else:
                self._numbers[name] = self.table.numbers(name, FINITE, "every figure")
        values = self._numbers[name]
        if counts:
            self.table.check(name, values, COUNTABLE, "every figure", ~np.isnan(values))
        return values

    def _read_together(self, names: Sequence[str]) -> None:
        """Columns of plain finite numbers of a small frame; others are read one by one."""
        frame = self.table.frame
        if len(names) == 1 or len(names) * self.table.rows > _TOGETHER:
            return
        kinds = frame.schema
        plain = [name for name in names if kinds[name].is_numeric()]
        matrix = frame.select(plain).to_numpy()
        if matrix.dtype.kind not in "fiu":
            return
        values = np.ascontiguousarray(matrix.T, np.float64)
        if not np.isinf(values).any():
            self._numbers.update(zip(plain, values, strict=True))

    def plain_numbers(self, names: Sequence[str]) -> list[Floats]:
        """Columns that must hold finite numbers, or none where they are missing."""
        self._read_together(names)
        return [
            self._numbers[name] if name in self._numbers else self.table.numbers(name, FINITE)
            for name in names
        ]

    def measures(self, columns: Mapping[str, str | tuple[str, str]]) -> list[Measure]:
        """The measures of the rows, checked."""
        named = [each if isinstance(each, tuple) else (each,) for each in columns.values()]
        every = list(dict.fromkeys(name for names in named for name in names))
        self.table.require(*every)
        self._read_together(every)
        found = []
        for name, (top, *bottom) in zip(columns, named, strict=True):
            under = self._column(bottom[0], counts=True) if bottom else None
            found.append(Measure(name, self._column(top, counts=False), under))
        return found

    def units(self, name: str) -> tuple[list[Any], NDArray[np.int32]]:
        """The units in order of their texts, and that of each row."""
        self.table.require(name)
        return self.coded(name)

    def coded(self, name: str) -> tuple[list[Any], NDArray[np.int32]]:
        """A column's values in order of their texts, and their number in each row."""
        column: Coded = coded(self.table.frame[name])
        codes = np.asarray(column.codes)
        self.table.require_known(name, codes < 0, "every figure")
        used = np.unique(codes[codes >= 0])
        order = sorted(used.tolist(), key=lambda code: text(column.distinct[code]))
        numbers = np.full(len(column.distinct) + 1, -1, np.int32)
        numbers[order] = np.arange(len(order), dtype=np.int32)
        return [column.distinct[code] for code in order], numbers[codes]

    def days(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """Instants at which open days begin, the number of each row's day, and days since 1970."""
        if not self.instants.size:
            return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64)
        known = self.instants != MISSING
        cut = Freq(None, "day").cut(self.instants[known], self.table.zone)
        starts = np.full(self.instants.size, MISSING)
        starts[known] = interval_starts(self.instants[known], cut)
        first, numbers = np.unique(starts[known], return_inverse=True)
        codes = np.full(self.instants.size, -1, np.int32)
        codes[known] = numbers.astype(np.int32)
        return first, codes, self._local_days(first)

    def _local_days(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Days since 1970 by the clock of the table."""
        import pandas as pd

        moments = pd.DatetimeIndex(instants.view("M8[ns]"))
        if self.table.zone.key is not None:
            moments = moments.tz_localize("UTC").tz_convert(self.table.zone.key).tz_localize(None)
        counts = moments.to_numpy().astype("M8[ns]").view(np.int64)
        return np.floor_divide(counts, _DAY_NS)

    def moment(self, argument: str, value: Any) -> int:
        """An argument that is a time."""
        found = self.table.moment(argument, value)
        if found is None:
            msg = f"{argument} must be a time such as '2025-03-01'; got None"
            raise ValueError(msg)
        return found


def weekdays(days: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Weekdays of days since 1970, Monday 0."""
    return ((days + _THURSDAY) % 7).astype(np.uint8)


def span(rows: Rows, argument: str, period: Any) -> tuple[int, int]:
    """A half-open pair of instants, the first before the second."""
    rule = "a pair of times (first, end), the end not belonging to it"
    parts = listed(argument, period, rule)
    if len(parts) != 2:
        msg = f"{argument} must be {rule}; got {shown(period)}"
        raise ValueError(msg)
    first, end = (rows.moment(argument, part) for part in parts)
    if first >= end:
        msg = f"{argument} must end after it begins; got {shown(period)}"
        raise ValueError(msg)
    return first, end


def opened(frame: Frame, argument: str, time: Any) -> Rows:
    """The frame, read by its column of times."""
    if not isinstance(time, str):
        msg = f"time must be a column's name; got {shown(time)}"
        raise TypeError(msg)
    return Rows(frame, argument, time)


def two_spans(rows: Rows, before: Any, after: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """The periods before and after, which must not overlap."""
    first, second = span(rows, "before", before), span(rows, "after", after)
    if first[1] > second[0]:
        msg = f"before must end when or before after begins; got {shown(before)} and {shown(after)}"
        raise ValueError(msg)
    return first, second


def inside(rows: Rows, period: tuple[int, int]) -> NDArray[np.bool_]:
    """Rows of a period."""
    return (rows.instants >= period[0]) & (rows.instants < period[1])


def column_name(argument: str, value: Any) -> str:
    """An argument that names one column."""
    if not isinstance(value, str):
        msg = f"{argument} must be a column's name; got {shown(value)}"
        raise TypeError(msg)
    return value


def known_names(argument: str, values: Any, measures: Sequence[str]) -> list[str]:
    """Names of measures: a text, several, or None."""
    if values is None:
        return []
    found = [values] if isinstance(values, str) else listed(argument, values, "names of measures")
    for name in found:
        if name not in measures:
            known = ", ".join(map(repr, measures))
            msg = f"{argument} must be among the measures {known}; got {shown(name)}"
            raise ValueError(msg)
    return found
