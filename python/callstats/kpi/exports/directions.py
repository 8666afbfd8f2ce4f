"""Which column tells that a row is no queue entry: calls out, between agents, for a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.kpi.exports.tables import simple
from callstats.kpi.exports.vocabulary import known_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from callstats.kpi.exports.tables import Column

__all__ = ["direction_by_values"]

#: Rows whose words say whether it is worth to look at all of a column.
_LOOKED_AT = 1000


def direction_by_values(
    frame: Any,
    names: Iterable[str],
    column: Column,
    given: Mapping[str, str | None],
    distinct: Callable[[Any], list[Any]],
) -> str | None:
    """The first of the columns that holds directions by another name, such as a type of call.

    It holds words of calls in and of calls that are no queue entries.
    """
    known = known_words(column, given)
    # The first rows all at once: of thousands of columns each costs twice as much by itself.
    first = frame if len(frame) <= _LOOKED_AT else frame.head(_LOOKED_AT)
    looked_at = dict(zip(frame.columns, first.to_numpy().T, strict=True))
    for name in names:
        words = [value for value in looked_at[name] if isinstance(value, str)]
        if not _holds_both(list(dict.fromkeys(words)), known, column, part=True):
            continue
        if _holds_both(distinct(frame[name]), known, column, part=False):
            return name
    return None


def _holds_both(
    values: list[Any], known: Mapping[str, str | None], column: Column, *, part: bool
) -> bool:
    texts = [value for value in values if isinstance(value, str)]
    means = [known.get(simple(text)) for text in texts]
    told = [each for each in means if each is not None]
    away = [each for each in told if each in column.excluded]
    if part:
        return bool(told) and 2 * len(told) >= len(texts)
    return bool(away) and (len(away) < len(told) or len(told) == len(texts))
