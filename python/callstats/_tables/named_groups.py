"""Groups of rows that are known by their names: in the order of their values, whatever the library.

A draw is decided by the hash of a group's name, and results come group by group. Every row has a
group: a missing value is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import categories, frames
from callstats._tables.columns import require_values, to_pandas

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import narwhals as nw
    from numpy.typing import NDArray


@dataclass(frozen=True)
class NamedGroups:
    """The group of each row, and what is known of each group, in the order of their values."""

    by: Sequence[str]
    codes: NDArray[np.int32]
    #: The values of the columns `by`.
    values: list[tuple[Any, ...]]
    labels: list[str]
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def wide_codes(self) -> NDArray[np.int64]:
        """The group of each row in 64 bits."""
        return self.codes.astype(np.int64)

    def counts(self, rows: Any = slice(None)) -> NDArray[np.int64]:
        """How many of `rows` are in each group."""
        return np.bincount(self.codes[rows], minlength=len(self))

    def columns(self, groups: Iterable[int] | None = None) -> dict[str, list[Any]]:
        """The values of `groups`, default all, a column for each of `by`."""
        chosen = self.values if groups is None else [self.values[group] for group in groups]
        return {name: [value[at] for value in chosen] for at, name in enumerate(self.by)}

    def columns_and_all(
        self, like: nw.DataFrame[Any], groups: Iterable[int] | None = None
    ) -> dict[str, Any]:
        """As `columns`; the group after the last is all rows, with nothing in the columns."""
        chosen = range(len(self) + 1) if groups is None else groups
        ends = [*self.values, (None,) * len(self.by)]
        rows = [ends[group] for group in chosen]
        columns: dict[str, Any] = {}
        for at, name in enumerate(self.by):
            column = [row[at] for row in rows]
            whole = {type(value[at]) for value in self.values}
            if whole and all(issubclass(k, int | np.integer) and k is not bool for k in whole):
                columns[name] = frames.whole_numbers(column, like)
            else:
                columns[name] = column
        return columns


def grouped(frame: nw.DataFrame[Any], by: Sequence[str]) -> NamedGroups:
    """The groups of one column, of several together, or of none: all rows."""
    keys: list[tuple[NDArray[np.int32], list[Any]]] = []
    for name in by:
        series = to_pandas(frame[name])
        codes, parts = categories.coded(series)
        if len(codes) and codes.min() < 0:
            require_values(series, name, "by")
        keys.append((codes, parts))
    if not keys:
        return named(by, [()], np.zeros(len(frame), np.int32))
    if len(keys) == 1:
        return named(by, [(part,) for part in keys[0][1]], keys[0][0])
    ranked = [(codes, np.arange(len(parts) + 1)) for codes, parts in keys]
    codes, example = _core.kpi_number_rows(ranked, None, None, len(frame))
    values = [tuple(parts[own[row]] for own, parts in keys) for row in example]
    return named(by, values, codes)


def named(
    by: Sequence[str], values: list[tuple[Any, ...]], codes: NDArray[np.int32]
) -> NamedGroups:
    """Groups from the values of their columns."""
    if len(by) == 1:
        labels = names = categories.texts([value for (value,) in values])
    else:
        parts = [categories.texts(value) for value in values]
        labels = [" | ".join(each) for each in parts]
        # Parts are told apart by their lengths, so that ("a", "b|c") is not ("a|b", "c").
        names = ["".join(f"{len(part)}:{part}" for part in each) for each in parts]
    return NamedGroups(by, codes, values, labels, categories.hash_texts(names))
