"""Columns to balance: the integers that a draw is decided by, and the names of their levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import categories
from callstats._tables.checks import column_names
from callstats._tables.columns import UNITS_PER_SECOND, floats, kind_of, to_pandas
from callstats._tables.frames import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    import pandas as pd
    from numpy.typing import NDArray

    from callstats._core import BalancedColumn

#: Lengths of calls in seconds at which one band ends and the next begins.
DURATION_CUTS = (60.0, 120.0, 300.0, 600.0)

#: The level of a missing value.
MISSING = np.iinfo(np.int64).min
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Balanced:
    """A column to balance: as the core reads it, and its levels' texts where they are names."""

    column: BalancedColumn
    texts: list[str] | None = None

    @property
    def margins(self) -> tuple[str, ...]:
        """What the margins of the column are called, in the core's order."""
        if isinstance(self.column[1], int):
            return ("three_hours", "weekday", "week")
        return ("band",) if self.cuts is not None else ("level",)

    @property
    def cuts(self) -> list[float] | None:
        """Where bands end, of a column of numbers."""
        cuts = self.column[1]
        return [float(cut) for cut in cuts] if isinstance(cuts, list) else None

    @property
    def description(self) -> str:
        """What is balanced, in the words of the record."""
        if self.texts is not None:
            return "levels"
        if self.cuts is not None:
            return "rank and bands cut at " + ", ".join(f"{cut:g}" for cut in self.cuts)
        return "rank, three hours, weekday and week"

    def levels(self, rows: Any = slice(None)) -> dict[str, NDArray[np.int64]]:
        """The level of each of `rows`, by margin."""
        values, second = self.column
        drawn: Any = (np.ascontiguousarray(values[rows]), second)
        return dict(zip(self.margins, _core.column_levels(drawn), strict=True))

    def level_text(self, margin: str, level: int) -> str | None:
        """A level as a reader knows it; None of a missing value."""
        if level == MISSING:
            return None
        if self.texts is not None:
            return self.texts[level]
        if margin == "weekday":
            return _WEEKDAYS[level]
        if margin == "three_hours":
            return f"{3 * level:02d}:00"
        if margin == "week":
            monday = np.datetime64("1969-12-29", "D") + np.timedelta64(7 * level, "D")
            return str(monday)
        return _band(level, self.cuts or [])

    def cells(self, rows: NDArray[np.int64]) -> list[list[str]]:
        """The levels of `rows` that the stratified design crosses: all margins but the weeks."""
        return [
            [
                "missing" if level == MISSING else str(self.level_text(margin, int(level)))
                for level in levels
            ]
            for margin, levels in self.levels(rows).items()
            if margin != "week"
        ]


def _band(level: int, cuts: list[float]) -> str:
    if level < 1:
        return "zero" if level == 0 else "negative"
    if level > len(cuts) + 1:
        return "infinite"
    edges = [f"{cut:g}" for cut in cuts]
    if level == 1:
        return f"< {edges[0]}" if edges else "> 0"
    return f">= {edges[-1]}" if level == len(cuts) + 1 else f"{edges[level - 2]}-{edges[level - 1]}"


def balanced(
    series: pd.Series[Any], cuts: Sequence[float] | None, timezone: str | None
) -> Balanced:
    """The column as a draw balances it."""
    kind, plain = kind_of(series)
    if kind == "time":
        return Balanced(_wall_clock(plain, timezone))
    if kind == "number":
        return Balanced((floats(plain), list(DURATION_CUTS if cuts is None else cuts)))
    codes, values = categories.coded(plain)
    texts = categories.texts(values)
    return Balanced((codes, categories.hash_texts(texts)), texts)


def balanced_columns(
    frame: nw.DataFrame[Any], cuts: Mapping[str, Sequence[float] | None], timezone: str | None
) -> dict[str, Balanced]:
    """The columns of `cuts` as a draw balances them."""
    return {name: balanced(to_pandas(frame[name]), cut, timezone) for name, cut in cuts.items()}


def _wall_clock(series: pd.Series[Any], timezone: str | None) -> BalancedColumn:
    """Local time: an aware column in `timezone` or its own zone, a naive one as it is."""
    if series.dt.tz is not None:
        series = (series if timezone is None else series.dt.tz_convert(timezone)).dt.tz_localize(
            None
        )
    wall = series.to_numpy()
    unit = np.datetime_data(wall.dtype)[0]
    return np.ascontiguousarray(wall.view(np.int64)), UNITS_PER_SECOND[unit]


def columns_to_balance(
    balance: str | Sequence[str] | Mapping[str, Sequence[float] | None],
    frame: nw.DataFrame[Any],
    argument: str,
    what: str = "balance",
) -> dict[str, Sequence[float] | None]:
    """Columns and the cuts of their bands; None for the usual ones."""
    columns: dict[str, Sequence[float] | None] = (
        dict(balance)
        if isinstance(balance, Mapping)
        else dict.fromkeys(column_names(what, balance))
    )
    require(frame, columns, argument)
    for name, cuts in columns.items():
        if cuts is not None and not (
            np.all(np.isfinite(cuts)) and np.all(np.diff(cuts) > 0) and np.all(np.greater(cuts, 0))
        ):
            msg = f"cuts of {name!r} must be ascending positive numbers; got {list(cuts)!r}"
            raise ValueError(msg)
    return columns
