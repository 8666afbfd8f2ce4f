"""What is put into the intervals of a summary: the rows, and pieces of some."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import groups, periods
from callstats._tables.groups import Coded
from callstats.kpi.calls import prorata
from callstats.kpi.calls.log import ANSWERED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats._tables.periods import Freq, Zone
    from callstats._tables.table import Table
    from callstats.kpi.calls.log import Calls
    from callstats.kpi.calls.prorata import Worked


@dataclass(frozen=True)
class Lines:
    """What is put into intervals: the rows, and after them pieces of some."""

    instants: NDArray[np.int64]
    cut: Any
    pieces: NDArray[np.int64] | None = None

    def with_pieces(self, rows: NDArray[np.int64], instants: NDArray[np.int64]) -> Lines:
        """These lines, and behind them pieces of some rows."""
        if self.pieces is not None:
            rows = np.concatenate([self.pieces, rows])
        return Lines(np.concatenate([self.instants, instants]), self.cut, rows)

    def grouped(
        self, keys: Sequence[Coded], rows: int, shown: NDArray[np.bool_] | None
    ) -> groups.Groups:
        """Rows and pieces by their keys and intervals."""
        time = None if self.cut is None else (self.instants, self.cut)
        if self.pieces is None:
            return groups.group_rows(keys, rows, time=time, shown=shown)
        keys = [Coded(self.of_rows(column.codes), column.distinct) for column in keys]
        if shown is not None:
            shown = np.append(shown, np.ones(self.pieces.size, bool))
        return groups.group_rows(keys, self.instants.size, time=time, shown=shown)

    def starts(self, lines: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """The first instants of the intervals that hold lines; None without intervals."""
        if self.cut is None:
            return None
        return periods.interval_starts(self.instants[lines], self.cut)

    def of_rows(self, column: NDArray[Any]) -> NDArray[Any]:
        """A column of the rows, for the pieces too."""
        return column if self.pieces is None else np.concatenate([column, column[self.pieces]])

    def rows_at(self, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows that lines are of."""
        if self.pieces is None:
            return lines
        rows = self.instants.size - self.pieces.size
        return np.concatenate([np.arange(rows), self.pieces])[lines]


def require_owner(log: Table, columns: Calls, attribute_to: str) -> None:
    """Put rows down that belong to no interval, as neither a time nor the wait tells it."""
    if columns.unknown is None:
        return
    recorded = columns.end if attribute_to == "end" else columns.answer
    lost = columns.unknown & (columns.outcome >= 0)
    if attribute_to == "pro rata":
        lost &= columns.outcome == ANSWERED
    if recorded is not None:
        lost &= recorded == periods.MISSING
    log.report("wait", f"tell the interval of the {attribute_to}", lost, "no interval is known")


def lines_of(
    columns: Calls,
    spacing: Freq | None,
    attribute_to: str,
    zone: Zone,
    *,
    counted: NDArray[np.bool_],
    hold_in_talk: bool,
) -> tuple[Calls, Lines, Worked | None]:
    """Rows by the instants that own them; pro rata, with the pieces by when they were worked."""
    if spacing is None:
        return columns, Lines(np.zeros(0, np.int64), None), None
    instants = columns.owner(attribute_to)
    if attribute_to != "pro rata":
        return columns, Lines(instants, spacing.cut(instants, zone)), None
    spans = prorata.stretches(columns, counted, hold_in_talk=hold_in_talk)
    cut = spacing.cut(instants, zone, spans.begin, spans.end)
    worked = prorata.worked(spans, cut)
    lines = Lines(instants, cut).with_pieces(worked.rows, worked.instants)
    return replace(columns, talk=None, hold=None, acw=None), lines, worked
