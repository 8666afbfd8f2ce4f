"""What a summary has to know of some of the calls: parts, which add up to the summary of all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames, groups, periods
from callstats._tables.periods import MISSING
from callstats.kpi.calls import figures
from callstats.kpi.calls.log import waits_missing
from callstats.kpi.calls.opening import OpenIntervals
from callstats.kpi.calls.tallies import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._tables.periods import Zone
    from callstats.kpi.calls.figures import Columns
    from callstats.kpi.calls.summary import Settings
    from callstats.kpi.calls.tallies import Waits, Words
    from callstats.typing import Frame

#: Bits of the low word of a sum.
_LOW_BITS = 44


@dataclass(frozen=True)
class Part:
    """A row a group and interval that calls of the part are in."""

    #: The values of the keys, a column each.
    keys: Mapping[str, nw.Series[Any]]
    #: Where the intervals begin, in nanoseconds; None without intervals.
    starts: NDArray[np.int64] | None
    tally: Tally
    #: The number of each row's opening hours, where queues have their own.
    schedule: NDArray[np.int64] | None
    #: The waits of each row, counted; None where quantiles are those of the tally.
    waits: Waits | None
    zone: Zone
    #: The first and the last instant of the calls, where opening hours ask for them.
    reach: tuple[int, int]
    #: Calls of which no wait was recorded, by outcome.
    unrecorded: Mapping[str, int]
    #: What the log says of itself: rows, and which were left out.
    log: Mapping[str, Any]
    #: Whether the rows are all different, and in order.
    ordered: bool = True

    @property
    def size(self) -> int:
        """How many rows there are."""
        return int(self.tally.counts["offered"].size)

    def at(self, rows: NDArray[np.int64]) -> Part:
        """The same groups and intervals, at `rows`, with nothing counted."""
        return replace(
            self,
            keys={name: groups.take(series, rows) for name, series in self.keys.items()},
            schedule=None if self.schedule is None else self.schedule[rows],
        )

    def with_lines(self, rows: NDArray[np.int64], instants: NDArray[np.int64]) -> Part:
        """With further intervals of the groups of `rows`, in which there are no calls."""
        assert self.starts is not None  # noqa: S101 - lines lie in intervals
        more = rows.size

        def longer(values: Mapping[str, NDArray[Any]]) -> Columns:
            return {name: _longer(each, more) for name, each in values.items()}

        tally = replace(
            self.tally,
            counts=longer(self.tally.counts),
            seconds=longer(self.tally.seconds),
            quantiles={
                name: np.append(each, np.full(more, np.nan))
                for name, each in self.tally.quantiles.items()
            },
            gaps=longer(self.tally.gaps),
            words={name: (_longer(a, more), _longer(b, more)) for name, (a, b) in self._words()},
        )
        return replace(
            self.at(np.append(np.arange(self.size), rows)),
            starts=np.append(self.starts, instants),
            tally=tally,
            ordered=False,
        )

    def merged(self, cut: Any) -> Part:
        """Rows of one group and interval added up, and put in order.

        Sums are kept before they are rounded, or of rows of which one alone is no line.
        """
        if self.ordered:
            return self
        columns = [groups.coded(series) for series in self.keys.values()]
        time = None if self.starts is None else (self.starts, cut)
        grouped = groups.group_rows(columns, self.size, time=time)
        codes, count = grouped.codes, len(grouped)
        tally = self.tally
        words = {name: _carried(_added(h, codes, count), _added(low, codes, count))
                 for name, (h, low) in self._words()}  # fmt: skip
        if words:
            seconds = {name: _core.kpi_seconds_of_words(*pair) for name, pair in words.items()}
        else:
            seconds = {name: grouped.sum(each) for name, each in tally.seconds.items()}
        waits = None if self.waits is None else self.waits.regrouped(codes, count)
        found = Tally(
            {name: _added(each, codes, count) for name, each in tally.counts.items()},
            seconds,
            {name: grouped.largest(each) for name, each in tally.quantiles.items()},
            {name: _added(each, codes, count) for name, each in tally.gaps.items()},
            words,
        )
        made = replace(self.at(grouped.example), tally=found, waits=waits, ordered=True)
        return made if self.starts is None else replace(made, starts=self.starts[grouped.example])

    def _words(self) -> Any:
        return self.tally.words.items()

    def columns(self, settings: Settings) -> Columns:
        """Counts, sums and quantiles as `figures` takes them."""
        tally = self.tally
        if self.waits is not None:
            found = self.waits.quantiles(self.size, linear=settings.question.quantile == "linear")
            tally = replace(tally, quantiles=found)
        return tally.columns()


def _longer(values: NDArray[Any], more: int) -> NDArray[Any]:
    return np.append(values, np.zeros(more, values.dtype))


def _added(values: NDArray[Any], codes: NDArray[np.int32], count: int) -> NDArray[Any]:
    """Whole numbers added up exactly."""
    total = np.zeros(count, values.dtype)
    np.add.at(total, codes, values)
    return total


def _carried(high: NDArray[np.int64], low: NDArray[np.int64]) -> Words:
    """Words of which the low ones are in their range again."""
    return high + (low >> _LOW_BITS), low & ((1 << _LOW_BITS) - 1)


def finished(part: Part, settings: Settings, like: nw.DataFrame[Any]) -> Frame:
    """The summary of a part that is all there is; `like` is of the library asked for."""
    opened: OpenIntervals | None = None
    cut: Any = None
    if settings.opening is not None:
        opened = OpenIntervals(settings.opening, part.zone, part.reach, list(part.keys))
    if settings.spacing is not None and (opened is not None or not part.ordered):
        assert part.starts is not None  # noqa: S101 - the plan has intervals
        reach = [] if opened is None else [opened.days]
        cut = settings.spacing.cut(part.starts, part.zone, *reach)
    if opened is not None and cut is not None:
        columns = [groups.coded(series) for series in part.keys.values()]
        seen = groups.group_rows(columns, part.size).example[: part.size]
        schedules = opened.schedules(part.schedule, seen)
        lines, instants = opened.lines(seen, schedules, cut)
        part = part.with_lines(lines, instants)
    part = part.merged(cut)
    counts = part.columns(settings)
    apart: Columns = {name: part.tally.counts[name] for name in _APART if name in part.tally.counts}
    found = figures.figures(counts, settings.thresholds.seconds, settings.question.definitions)
    if part.starts is not None:
        found = {"start": periods.labels("start", part.starts, part.zone, like), **found}
    zone, spacing = part.zone.name, settings.spacing
    freq = None if spacing is None else spacing.label
    if "closed" in apart:
        found["closed"] = apart["closed"]
    if opened is not None and part.starts is not None:
        schedules = opened.schedules(part.schedule, np.arange(part.size))
        found["open_seconds"] = opened.seconds(schedules, part.starts, cut)
    if "flagged" in apart:
        found["flagged"] = apart["flagged"]
    about = {**settings.about(zone, freq), **part.log, **waits_missing(part.unrecorded)}
    return frames.result(like, part.keys, found, about)


#: Counts that no figure is made of.
_APART = ("closed", "flagged")


def span(*columns: NDArray[np.int64]) -> tuple[int, int]:
    """The first and the last known instant of columns; missing where there is none."""
    known = [each[each != MISSING] for each in columns]
    ends = [(int(each.min()), int(each.max())) for each in known if each.size]
    if not ends:
        return MISSING, MISSING
    return min(low for low, _ in ends), max(high for _, high in ends)
