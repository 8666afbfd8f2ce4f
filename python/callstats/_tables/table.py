"""A table: a frame that is read, and whose rows are counted by group where they break no rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, groups
from callstats._tables.checks import A_NAME_OR_SEVERAL, column_names, shown
from callstats._tables.groups import Groups
from callstats._tables.reader import (
    COUNT,
    COUNTABLE,
    EVERY_FIGURE,
    FINITE,
    LONGEST,
    Advice,
    Problem,
    Reader,
    Rule,
)
from callstats.errors import InvalidDataError, MissingColumnError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

__all__ = [
    "COUNT",
    "COUNTABLE",
    "FINITE",
    "LONGEST",
    "Advice",
    "Grouped",
    "Problem",
    "Rule",
    "Table",
]


class Table(Reader):
    """A frame being read by rows of one kind. `settle` decides about the problems of reading."""

    def require(self, *names: str) -> None:
        """Raise where a column is missing, with the advice on where it may be found."""
        absent = [name for name in names if not self.has(name)]
        texts = all(isinstance(name, str) for name in absent)
        if not absent or not texts or self._advice is None:
            frames.require(self.frame, names, self.argument)
            return
        advice = self._advice.columns(self.frame, absent)
        try:
            frames.require(self.frame, names, self.argument)
        except MissingColumnError as error:
            raise MissingColumnError(f"{error}; {advice}" if advice else str(error)) from None

    def keys(
        self, by: str | Sequence[str], taken: Collection[str] = (), argument: str = "by"
    ) -> list[str]:
        """The grouping columns, checked: each once, and none of those that are keys in any case."""
        names = column_names(argument, by)
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f"{argument} must be {A_NAME_OR_SEVERAL}; got {shown(name)}")
        self.require(*names)
        for name in names:
            if name in taken or names.count(name) > 1:
                raise frames.name_twice(name, argument)
        return names

    def settle(self) -> NDArray[np.bool_]:
        """Which rows may be counted; raises where bad rows are to be refused."""
        if not self.problems:
            return np.ones(self.rows, bool)
        if self.on_error == "raise":
            raise self._refusal()
        return self.good()

    def good(self) -> NDArray[np.bool_]:
        """The rows that break none of the rules that every figure rests on."""
        return ~self.breaking(lambda problem: problem.figures == EVERY_FIGURE)

    def sound(self) -> NDArray[np.bool_]:
        """The rows that break none of the rules looked at so far."""
        return ~self.breaking(lambda _: True)

    def shown(self, valid: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """The rows that groups are made of, None if all: flagged ones have a group too."""
        return None if not self.problems or self.on_error == "flag" else valid

    def group_rows(
        self,
        keys: Sequence[str],
        *,
        time: tuple[NDArray[np.int64], int | NDArray[np.int64]] | None = None,
        shown: NDArray[np.bool_] | None = None,
    ) -> Groups:
        """Rows by the values of columns, and by intervals, as `groups.group_rows`."""
        columns = [groups.coded(self.frame[key]) for key in keys]
        return groups.group_rows(columns, self.rows, time=time, shown=shown)

    def grouped(self, keys: Sequence[str], valid: NDArray[np.bool_]) -> Grouped:
        """The rows that may be counted, by the values of columns."""
        shown = self.group_rows(keys, shown=self.shown(valid))
        return Grouped(shown.of(valid).codes, shown.example, self, list(keys), valid, shown)

    def at(self, names: Iterable[str], rows: NDArray[np.int64]) -> dict[str, nw.Series[Any]]:
        """The values of columns at `rows`."""
        return {name: groups.take(self.frame[name], rows) for name in names}

    def _refusal(self) -> InvalidDataError:
        first, *others = self.problems
        row = int(first.rows[0])
        more = f"; {len(others)} more rule{'s' * (len(others) > 1)} broken" if others else ""
        remedy = "" if first.advised else self._remedy
        if remedy is None:
            remedy = (
                f"Pass on_error='drop' to leave such rows out{self._of(first)} or on_error='flag' "
                "to count them apart"
            )
            if self._advice is not None and self._advice.rules:
                remedy += f"; {self._advice.rules} lists every rule"
        return InvalidDataError(
            argument=self.argument,
            column=first.column,
            rule=first.rule,
            value=self.frame[first.column][row] if self.has(first.column) else None,
            got=first.example,
            position=row,
            label=self._label(row),
            place=self.place(row),
            bad=int(first.rows.size),
            total=self.rows,
            remedy=None if first.advised or self._remedy is not None else "on_error",
            ending=more + (f". {remedy}" if remedy else ""),
        )

    @staticmethod
    def _of(problem: Problem) -> str:
        return "" if problem.figures == EVERY_FIGURE else f" of {problem.figures}"

    def summary(self, valid: NDArray[np.bool_]) -> dict[str, Any]:
        """What was left out and why, as JSON can hold it."""
        return {
            "rows": self.rows,
            "on_error": self.on_error,
            "left_out": int(self.rows - valid.sum()),
            "problems": [
                {
                    "rule": problem.sentence,
                    "count": int(problem.rows.size),
                    "position": int(problem.rows[0]),
                    "example": problem.example,
                    "left_out_of": problem.figures,
                }
                for problem in self.problems
            ],
        }


@dataclass(frozen=True)
class Grouped(Groups):
    """Groups of a table, of the rows that may be counted, by the values of some of its columns."""

    table: Table
    keys: list[str]
    valid: NDArray[np.bool_]
    #: The same of all rows that are shown, with those that are flagged.
    shown: Groups

    def result(self, columns: Mapping[str, Any], function: str, **about: Any) -> Frame:
        """The keys of the groups, then `columns`."""
        figures = dict(columns)
        if self.table.on_error == "flag":
            figures["flagged"] = self.shown.count(~self.valid)
        described = {"function": function, **about, **self.table.summary(self.valid)}
        keys = self.table.at(self.keys, self.example)
        return frames.result(self.table.frame, keys, figures, described)
