"""A log read by its keys: the rows of each group, sums over them, and the frame that comes back."""

from __future__ import annotations

from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import intervals
from callstats._tables import frames, groups
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats._tables.table import Table
    from callstats.typing import Frame

    Floats = NDArray[np.float64]

__all__ = ["Grouped", "counts", "divided", "numbers", "rate"]


class Grouped:
    """Rows of a log that may be counted, by the values of some of its columns."""

    def __init__(self, log: Table, keys: Sequence[str], valid: NDArray[np.bool_]) -> None:
        self.log = log
        self.keys = list(keys)
        self.valid = valid
        shown = None if log.on_error == "flag" else valid
        columns = [groups.coded(log.frame[key]) for key in self.keys]
        self.groups = groups.group_rows(columns, log.rows, shown=shown)
        #: The group of each row that counts; -1 elsewhere.
        self.codes = np.where(valid, self.groups.codes, -1).astype(np.int64)

    @property
    def count(self) -> int:
        """How many groups there are."""
        return self.groups.count

    def counted(self, rows: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """How many of `rows` are in each group."""
        inside = self.codes >= 0 if rows is None else (self.codes >= 0) & rows
        return np.bincount(self.codes[inside], minlength=self.count).astype(np.int64)

    def added(self, values: Floats) -> Floats:
        """The sum of a column in each group, missing values passed over.

        Rounded once: what is added stands in the order of its size, so that the order of the rows
        cannot show.
        """
        inside = np.flatnonzero((self.codes >= 0) & ~np.isnan(values))
        inside = inside[np.lexsort((values[inside], self.codes[inside]))]
        return np.bincount(self.codes[inside], weights=values[inside], minlength=self.count).astype(
            np.float64
        )

    def frame(self, columns: Mapping[str, Any], function: str, **about: Any) -> Frame:
        """The keys of the groups, then `columns`."""
        keys = {key: groups.take(self.log.frame[key], self.groups.example) for key in self.keys}
        figures = dict(columns)
        if self.log.on_error == "flag":
            figures["flagged"] = np.bincount(self.groups.codes[~self.valid], minlength=self.count)
        told = {"function": function, **about, **self.log.summary(self.valid)}
        made: Frame = frames.result(self.log.frame, keys, figures, told)
        return made


def numbers(log: Table, name: str) -> Floats:
    """A column of numbers; NaN where missing."""
    import narwhals as nw

    series = log.frame[name]
    if series.dtype.is_numeric():
        return np.asarray(series.to_numpy(), dtype=np.float64)
    missing = np.asarray(series.is_null().to_numpy(), dtype=bool)
    if series.dtype not in (nw.Object, nw.Unknown) and not missing.all():
        msg = f"{name} must hold numbers; got {series.dtype}"
        raise InvalidDataError(msg)
    found = np.full(log.rows, np.nan)
    for row, value in enumerate(series.to_list()):
        if missing[row]:
            continue
        if isinstance(value, bool) or not isinstance(value, Number):
            msg = f"{name} must hold numbers; got {value!r} at {log.place(row)}"
            raise InvalidDataError(msg)
        found[row] = float(value)  # type: ignore[arg-type]
    return found


def counts(log: Table, name: str, effect: str) -> Floats:
    """A column of counts, or of seconds: rows without a finite number >= 0 are put down."""
    values = numbers(log, name)
    log.report(name, "be a finite number >= 0", ~((values >= 0) & (values < np.inf)), effect)
    return values


def divided(numerator: Any, denominator: Any) -> Floats:
    """x/0 is inf, 0/0 is NaN: neither is a fault of observed figures."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.asarray(numerator) / np.asarray(denominator), dtype=np.float64)


def rate(name: str, numerator: Any, denominator: Any, confidence: float) -> dict[str, Any]:
    """A share of counts with its Wilson limits and both counts."""
    low, high = intervals.proportion(
        np.asarray(numerator, np.float64),
        np.asarray(denominator, np.float64),
        confidence=confidence,
    )
    return {
        name: divided(numerator, denominator),
        f"{name}_low": low,
        f"{name}_high": high,
        f"{name}_numerator": numerator,
        f"{name}_denominator": denominator,
    }
