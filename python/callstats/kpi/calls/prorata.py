"""Agents' time on calls, in the intervals in which it was worked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from callstats import _core
from callstats._tables import periods
from callstats.kpi.calls.log import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.kpi.calls.figures import Columns
    from callstats.kpi.calls.log import Calls
    from callstats.kpi.calls.tallies import Words


@dataclass(frozen=True)
class Worked:
    """Calls cut at the edges of intervals, a piece an interval."""

    #: The call's row.
    rows: NDArray[np.int64]
    #: An instant inside the interval.
    instants: NDArray[np.int64]
    talk: NDArray[np.float64]
    hold: NDArray[np.float64]
    acw: NDArray[np.float64]
    #: Of the call's whole handle time.
    share: NDArray[np.float64]

    def sums(self, codes: NDArray[np.int32], count: int) -> Columns:
        """The columns of a summary that are about agents' time; `codes` begin with the pieces'."""
        codes = codes[: self.rows.size]
        return {name: _core.kpi_sums(codes, each, count) for name, each in self._columns()}

    def words(self, codes: NDArray[np.int32], count: int) -> dict[str, Words]:
        """The same before it is rounded."""
        codes = codes[: self.rows.size]
        return {name: _core.kpi_sum_words(codes, each, count) for name, each in self._columns()}

    def _columns(self) -> list[tuple[str, NDArray[np.float64]]]:
        return [
            ("handled_timed", self.share),
            ("talk_sum", self.talk),
            ("hold_sum", self.hold),
            ("acw_sum", self.acw),
        ]


@dataclass(frozen=True)
class Stretches:
    """Answered calls with a talk time, from the answer to the end of the after-call work."""

    rows: NDArray[np.int64]
    begin: NDArray[np.int64]
    #: When the customer is gone.
    alone: NDArray[np.int64]
    end: NDArray[np.int64]
    #: Seconds with the customer, and those on hold among them.
    whole: NDArray[np.float64]
    hold: NDArray[np.float64]
    hold_in_talk: bool


def stretches(columns: Calls, counted: NDArray[np.bool_], *, hold_in_talk: bool) -> Stretches:
    """When agents worked on the calls that are `counted`.

    Talk and hold, which alternate, fill the time from the answer on in a constant mixture; the
    after-call work follows.
    """
    assert columns.arrival is not None  # noqa: S101 - a summary by intervals has arrivals
    known = counted & (columns.outcome == OUTCOMES.index("answered"))
    known &= False if columns.talk is None else ~np.isnan(columns.talk)
    rows = np.flatnonzero(known & (columns.arrival != periods.MISSING))
    talk, hold, acw = (
        np.zeros(rows.size) if column is None else np.nan_to_num(column[rows])
        for column in (columns.talk, columns.hold, columns.acw)
    )
    begin = periods.later(columns.arrival[rows], columns.wait[rows])
    if columns.answer is not None:
        recorded = columns.answer[rows]
        begin = np.where(recorded != periods.MISSING, recorded, begin)
    whole = talk if hold_in_talk else talk + hold
    alone = periods.later(begin, whole)
    end = periods.later(alone, acw)
    return Stretches(rows, begin, alone, end, whole, hold, hold_in_talk)


def worked(calls: Stretches, cut: int | NDArray[np.int64]) -> Worked:
    """The pieces of calls; one without any handle time is in the interval of its answer."""
    begin, end = calls.begin, calls.end
    of_call, number = periods.touched(begin, np.maximum(end - 1, begin), cut)
    low, high = periods.edges_of(number, cut)

    def overlap(since: NDArray[np.int64], until: NDArray[np.int64]) -> NDArray[np.int64]:
        inside: NDArray[np.int64] = np.minimum(until[of_call], high)
        inside = inside - np.maximum(since[of_call], low)
        inside[inside < 0] = 0
        return inside

    talking, after = overlap(begin, calls.alone), overlap(calls.alone, end)
    total = (end - begin)[of_call]
    share = np.where(total > 0, (talking + after) / np.maximum(total, 1), 1.0)
    spent = talking / periods.NANOSECONDS
    whole = calls.whole[of_call]
    held = spent * np.divide(calls.hold[of_call], whole, out=np.zeros(whole.size), where=whole > 0)
    return Worked(
        rows=calls.rows[of_call],
        instants=np.maximum(low, begin[of_call]),
        talk=spent if calls.hold_in_talk else spent - held,
        hold=held,
        acw=after / periods.NANOSECONDS,
        share=share,
    )
