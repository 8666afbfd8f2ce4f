"""What a function of a log says of an export that was handed to it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.exports.cells.looks import Looks
from callstats.kpi.exports.headers import match
from callstats.kpi.exports.tables import simple, table_named
from callstats.kpi.exports.vocabulary import known_words

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["columns_read", "word_read"]


def columns_read(frame: Any, names: Iterable[str], argument: str, table: str) -> str:
    """Which columns `canonical` would take for the missing ones; "" if for none of them."""
    try:
        found = match(frame.columns, table, table_named(table), {}, Looks(frame))
    except MissingColumnError as error:
        # It knows the others; what it misses it says itself.
        known = ", ".join(name for name in names if name not in error.likely)
        return f"kpi.canonical({argument}) reads exports: {error}" if known else ""
    except InvalidDataError as error:
        return f"kpi.canonical({argument}) reads exports: {error}"
    taken = {name: found.made.get(name) or found.columns.get(name) for name in names}
    told = ", ".join(f"{name} = {column!r}" for name, column in taken.items() if column)
    given = "" if table == "calls" else f", {table!r}"
    return f"kpi.canonical({argument}{given}) reads it as an export: {told}" if told else ""


def word_read(word: str, name: str, table: str) -> str:
    """What `canonical` makes of a word that is none of the table; "" where it does not know it."""
    column = table_named(table).columns.get(name)
    if column is None or not column.words:
        return ""
    meant = known_words(column, {}).get(simple(word))
    return f" (kpi.canonical reads it as {meant!r})" if meant else ""
