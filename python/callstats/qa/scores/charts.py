"""Rows of a frame by group and time, and a chart of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import categories, columns
from callstats._tables.checks import column_names, must_be
from callstats._tables.frames import from_columns, read, require
from callstats._tables.groups import take
from callstats._tables.named_groups import grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame


class Charts:
    """The rows of a frame, by group and time."""

    def __init__(
        self,
        frame: Any,
        argument: str,
        needed: list[str],
        time: str,
        by: str | Sequence[str],
        *,
        once: bool = True,
    ) -> None:
        """`once`: a group has one row a time."""
        self.frame: nw.DataFrame[Any] = read(frame, argument)
        self.argument = argument
        self.time = time
        keys = column_names("by", by)
        require(self.frame, [*needed, time, *keys], argument)
        self.groups = grouped(self.frame, keys)
        series = columns.to_pandas(self.frame[time])
        columns.require_values(series, time, "time")
        #: The place of each row's time among all times.
        self.order, times = categories.coded(series)
        rows = np.lexsort((self.order, self.groups.codes))
        ends = np.flatnonzero(np.diff(self.groups.codes[rows])) + 1
        #: Rows of each group in the order of time; a frame without rows is one group of none.
        self.rows = np.split(rows, ends)
        for own in self.rows if once else ():
            again = np.flatnonzero(np.diff(self.order[own]) == 0)
            if len(again):
                what = f"{categories.text(times[self.order[own[again[0]]]])!r}"
                where = f"({len(again)} repeated, by {keys!r})"
                msg = f"{time!r} must name each period of a group once; {what} again {where}"
                raise ValueError(msg)

    def numbers(
        self, name: str, rule: str, bad: Callable[[NDArray[np.float64]], Any]
    ) -> NDArray[np.float64]:
        """A column of numbers, NaN where missing; raises where others are `bad`."""
        values = columns.numbers(self.frame, name, self.argument)
        must_be(f"column {name!r} of {self.argument}", values, rule, bad(values))
        return values

    def each(self, chart: Callable[[NDArray[np.int64]], dict[str, Any]]) -> Frame:
        """Every group's chart below the other, with the group and time of every row."""
        # A chart of nothing has the columns of any other.
        found = [chart(rows) for rows in self.rows]
        rows = np.concatenate(
            [figures.pop("rows", own) for figures, own in zip(found, self.rows, strict=True)]
        )
        made: dict[str, Any] = self.groups.columns(self.groups.codes[rows])
        made[self.time] = take(self.frame[self.time], rows)
        for name in found[0]:
            joined = np.concatenate([np.asarray(figures[name]) for figures in found])
            made[name] = joined.tolist() if joined.dtype.kind in "UO" else joined
        return from_columns(made, like=self.frame)
