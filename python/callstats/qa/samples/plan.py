"""What is asked of a draw, but for the recordings."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import column_names, one_of
from callstats._tables.frames import require
from callstats.qa import encoding
from callstats.qa.samples.drawn_rows import ADDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals as nw

DESIGNS = ("balanced", "simple", "stratified", "systematic", "cube")
#: Balanced where nothing else is said, as far as the frame has them.
USUAL_COLUMNS = ("arrival", "talk", "call_type")
#: What a record says of values that were no column of the frame.
BY_ROW = "given by row"


@dataclass(frozen=True)
class Plan:
    """What is asked of a draw, but for the recordings: what can be written down and asked again."""

    n: Any
    by: tuple[str, ...]
    id: str
    balance: Any
    design: str
    at_most: Mapping[str, Any] | None
    at_least: Mapping[str, Any] | None
    inclusion: Any
    reserve: int
    timezone: str | None
    minimum: int
    seed: int
    #: The column that says which rows may be drawn, or that it was given by row.
    eligible: str | None = None

    @classmethod
    def of(cls, *, by: str | Sequence[str], eligible: Any, **arguments: Any) -> Plan:
        """The plan of the arguments of a draw."""
        return cls(by=tuple(column_names("by", by)), eligible=named(eligible), **arguments)

    def check(self, frame: nw.DataFrame[Any]) -> None:
        """Raise where the plan contradicts itself or the frame's columns."""
        self.check_choices()
        require(frame, [*self.by, self.id], "recordings")
        if taken := [name for name in ADDED if name in frame.columns]:
            msg = f"recordings must not have the columns that a sample adds; found {taken}"
            raise ValueError(msg)
        if self.minimum and self.share(frame) is None:
            msg = f"minimum goes with a share, such as n='5%'; got n={self.n!r}"
            raise ValueError(msg)

    def cuts(self, frame: nw.DataFrame[Any]) -> dict[str, Sequence[float] | None]:
        """The columns to balance, and where their bands are cut."""
        balance = self.balance
        if balance is None:
            balance = [name for name in USUAL_COLUMNS if name in frame.columns]
        return encoding.columns_to_balance(balance, frame, "recordings")

    def share(self, frame: nw.DataFrame[Any]) -> Fraction | None:
        """The share of each group that is asked for; None where n says how many."""
        n = self.n
        if not (isinstance(n, str) and n.endswith("%")) or n in frame.columns:
            return None
        try:
            share = Fraction(n[:-1].strip()) / 100
        except ValueError:
            share = Fraction(-1)
        if not 0 <= share <= 1:
            msg = f"n must be a share from '0%' to '100%'; got {n!r}"
            raise ValueError(msg)
        return share

    def check_choices(self) -> None:
        """Raise where what needs no frame to be judged is wrong."""
        one_of("design", self.design, DESIGNS)
        for name in ("seed", "reserve", "minimum"):
            value = getattr(self, name)
            if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
                msg = f"{name} must be a whole number; got {value!r}"
                raise TypeError(msg)
            if name != "seed" and value < 0:
                msg = f"{name} must be >= 0; got {value!r}"
                raise ValueError(msg)
        if self.timezone is None:
            return
        try:
            zoneinfo.ZoneInfo(self.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError):
            name = "the name of a zone, such as 'Asia/Shanghai'"
            msg = f"timezone must be {name}; got {self.timezone!r}"
            raise ValueError(msg) from None


def named(rows: Any) -> str | None:
    """How the record speaks of a value a row: the digest holds what it was."""
    return rows if rows is None or isinstance(rows, str) else BY_ROW
