"""Rows chosen by what columns hold: ``direction=inbound``, ``queue!=test,training``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import listed, shown
from callstats.errors import InvalidDataError
from callstats.kpi.exports.cells.distinct import distinct
from callstats.kpi.exports.tables import simple
from callstats.kpi.exports.vocabulary import known_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.kpi.exports.tables import Schema

    Where = str | Sequence[str] | Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """One condition on a column: that it holds one of the values, or none of them."""

    column: str
    values: tuple[str, ...]
    wanted: bool

    def __str__(self) -> str:
        return f"{self.column}{'=' if self.wanted else '!='}{','.join(self.values)}"


def conditions(where: Where | None) -> list[Condition]:
    """The conditions that a text spells, or several do, or a mapping of columns to values.

    Conditions have commas between, as have the values of one: what has no sign of equality is one
    more value of the condition before it.

    >>> [str(each) for each in conditions("direction=inbound, queue!=test,training")]
    ['direction=inbound', 'queue!=test,training']

    Raises
    ------
    ValueError
        A text is no condition.
    """
    if where is None:
        return []
    if isinstance(where, Mapping):
        return [
            Condition(str(name), tuple(map(_spelled, _several(values))), wanted=True)
            for name, values in where.items()
        ]
    found: list[Condition] = []
    for text in [where] if isinstance(where, str) else listed("where", where, "conditions"):
        if not isinstance(text, str):
            raise TypeError(f"where must be conditions such as 'queue=sales'; got {shown(text)}")
        begin = len(found)
        for part in text.split(","):
            name, sign, value = part.partition("=")
            if not sign and len(found) > begin:
                last = found.pop()
                found.append(Condition(last.column, (*last.values, part.strip()), last.wanted))
                continue
            wanted = not name.endswith("!")
            name = name.removesuffix("!").strip()
            if not sign or not name:
                msg = f"where must be conditions such as 'direction=inbound'; got {text!r}"
                raise ValueError(msg)
            found.append(Condition(name, (value.strip(),), wanted))
    return found


def _several(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple | set | frozenset) else [values]


def selected(
    frame: Any,
    wanted: Sequence[Condition],
    schema: Schema | None = None,
    names: Mapping[str, str] | None = None,
    *,
    argument: str = "export",
    whole: bool = True,
) -> NDArray[np.bool_]:
    """Which rows of a frame meet all conditions.

    Texts are compared without case, blanks and punctuation, numbers as numbers; a column of words
    by what it means, too: ``direction=inbound`` holds for "Incoming". An empty value stands for a
    missing one. `names` are those that columns went by before. Of a part of the rows (`whole` is
    False) none need meet a condition.

    Raises
    ------
    InvalidDataError
        There is no such column, or no row has any of the values of a condition.
    """
    keep = np.ones(len(frame), bool)
    for condition in wanted:
        name = condition.column
        if name not in frame.columns and names is not None:
            name = names.get(name, name)
        if name not in frame.columns:
            listed = ", ".join(repr(each) for each in frame.columns) or "no columns"
            msg = f"{argument} has no column {condition.column!r} to choose rows by; found {listed}"
            raise InvalidDataError(msg)
        codes, values = distinct(frame[name])
        column = None if schema is None else schema.columns.get(name)
        known = known_words(column, {}) if column is not None and column.words else {}
        keys = {_key(value) for value in condition.values}
        meant = {known.get(simple(value)) for value in condition.values} - {None}
        hit = [_key(value) in keys or known.get(simple(str(value))) in meant for value in values]
        table = np.array([*hit, "" in keys], bool)
        found = table[codes]
        if whole and len(frame) and not found.any():
            shown = ", ".join(repr(value) for value in values[:8]) or "nothing"
            more = ", …" if len(values) > 8 else ""
            raise InvalidDataError(
                f"{argument}: no row meets {str(condition).replace('!=', '=')!r}; "
                f"{condition.column!r} holds {shown}{more}"
            )
        keep &= found if condition.wanted else ~found
    return keep


def _spelled(value: Any) -> str:
    return "" if value is None else str(value)


def _key(value: Any) -> Any:
    """What is compared: a number, else the text without what does not matter in it."""
    text = str(value).strip()
    try:
        return float(text)
    except ValueError:
        return simple(text) or text
