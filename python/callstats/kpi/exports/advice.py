"""What a function of a log says of an export that was handed to it as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callstats._tables.table import Table
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.exports.cells.looks import Looks
from callstats.kpi.exports.headers import match
from callstats.kpi.exports.tables import schema_named, simple
from callstats.kpi.exports.vocabulary import known_words

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from callstats.typing import Frame, OnError

#: Canonical tables by the arguments that hold them: what `validate` can list the rules of.
_TABLES = {
    "calls": "calls",
    "spells": "states",
    "visits": "visits",
    "tickets": "tickets",
    "transactions": "transactions",
}


def read_log(
    frame: Frame,
    argument: str,
    *,
    on_error: OnError = "raise",
    timezone: str | datetime.tzinfo | None = None,
) -> Table:
    """A log as it was handed over; its errors say how `canonical` would read an export."""
    return Table(
        frame, argument, on_error=on_error, timezone=timezone, advice=_ExportAdvice(argument)
    )


@dataclass(frozen=True)
class _ExportAdvice:
    """How `canonical` would read the frame of an argument."""

    argument: str

    @property
    def rules(self) -> str:
        """The call of `validate` that lists every rule; "" if the argument is no such table."""
        table = _TABLES.get(self.argument)
        if table is None:
            return ""
        return "kpi.validate" + ("" if table == "calls" else f"({self.argument}, {table!r})")

    def columns(self, frame: Any, absent: Iterable[str]) -> str:
        """Which columns `canonical` would take for the missing ones; "" if for none of them."""
        argument, table = self.argument, _TABLES.get(self.argument)
        if table is None:
            return ""
        try:
            found = match(frame.columns, table, schema_named(table), {}, Looks(frame))
        except MissingColumnError as error:
            # It knows the others; what it misses it says itself.
            known = ", ".join(name for name in absent if name not in error.likely)
            return f"kpi.canonical({argument}) reads exports: {error}" if known else ""
        except InvalidDataError as error:
            return f"kpi.canonical({argument}) reads exports: {error}"
        taken = {name: found.made.get(name) or found.columns.get(name) for name in absent}
        listed = ", ".join(f"{name} = {column!r}" for name, column in taken.items() if column)
        given = "" if table == "calls" else f", {table!r}"
        return f"kpi.canonical({argument}{given}) reads it as an export: {listed}" if listed else ""

    def word(self, word: str, column: str) -> str:
        """What `canonical` makes of a word that is none of the table; "" if it knows none."""
        known = schema_named(_TABLES.get(self.argument, "calls")).columns.get(column)
        if known is None or not known.words:
            return ""
        meant = known_words(known, {}).get(simple(word))
        return f" (kpi.canonical reads it as {meant!r})" if meant else ""
