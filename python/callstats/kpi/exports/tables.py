"""The canonical tables: their columns, what those hold, and what exports call them."""

from __future__ import annotations

import copy
import functools
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from callstats._tables.checks import shown
from callstats._tables.data_files import written_in

if TYPE_CHECKING:
    from collections.abc import Mapping

Holds = Literal["time", "seconds", "number", "truth", "words", "text"]


@dataclass(frozen=True)
class Column:
    """What a column holds and the names it goes by, its own aside."""

    holds: Holds
    names: tuple[str, ...] = ()
    required: bool = False
    #: Whether a row without a value is bad; where the column is required it mostly is.
    known: bool = False
    #: The least that a number may be.
    least: float | None = None
    #: Whether a number is a count, so that 1,250 is no decimal.
    whole: bool = False
    #: For words: each canonical word and what exports write for it.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: For logs of events: each word and the events that begin it.
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Names of columns of yes and no, by what yes means; no means the other of the two.
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The word that a negation ("not connected") is never.
    affirmed: str = ""
    #: Spellings of one word that are asked about where an export has more than one of them.
    apart: tuple[str, ...] = ()
    #: The words of rows that are no row of the table: outbound calls have no queue entry.
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """A canonical table."""

    columns: Mapping[str, Column]
    #: Pairs of times of which the second is not before the first.
    orders: tuple[tuple[str, str], ...] = ()
    #: A column that names a row, so that its values must not repeat.
    key: str | None = None

    def holds(self, name: str) -> Holds:
        """What a column holds; one that the table does not know is text."""
        return self.columns[name].holds if name in self.columns else "text"


_APART = re.compile(r"[\W_]+")
#: The accents of Latin letters; marks of other scripts make other letters.
_ACCENTS = re.compile(r"[\u0300-\u036f]")


def simple(text: str) -> str:
    """Text without what does not matter in a name: case, blanks, punctuation, width, accents.

    >>> simple("QueueTime"), simple(" Talk-Time "), simple("通话时长[秒]"), simple("Duração")
    ('queuetime', 'talktime', '通话时长秒', 'duracao')
    """
    return _APART.sub("", unaccented(text)).casefold()


def unaccented(text: str) -> str:
    """Text of one width and without accents, which exports in capitals or in ASCII leave out."""
    if text.isascii():
        return text
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", plain)


@functools.cache
def _tables() -> dict[str, Schema]:
    written = copy.deepcopy(written_in("callstats.kpi.exports", "tables.toml"))
    for language in written_in("callstats.kpi.exports", "languages.toml").values():
        for table, added in language.items():
            columns = written[table]["columns"]
            for name, names in added["columns"].items():
                columns[name]["names"] += f", {names}"
            for kind in ("words", "flags"):
                for name, words in added.get(kind, {}).items():
                    for word, spellings in words.items():
                        columns[name][kind][word] += f", {spellings}"
    return {
        name: Schema(
            columns={key: _column(column) for key, column in table["columns"].items()},
            orders=tuple((early, late) for early, late in table.get("orders", ())),
            key=table.get("key"),
        )
        for name, table in written.items()
    }


def _column(written: Mapping[str, Any]) -> Column:
    fields = {"known": written.get("required", False), **written}
    for name in {"names", "apart", "excluded"} & fields.keys():
        fields[name] = listed(fields[name])
    for name in {"words", "events", "flags"} & fields.keys():
        fields[name] = {word: listed(text) for word, text in fields[name].items()}
    return Column(**fields)


def listed(text: str) -> tuple[str, ...]:
    """The names of a list that is separated by commas."""
    return tuple(each.strip() for each in text.split(",") if each.strip())


def schema_named(name: str) -> Schema:
    """The canonical table of that name."""
    if not isinstance(name, str) or name not in _tables():
        listed = ", ".join(repr(each) for each in _tables())
        raise ValueError(f"table must be one of {listed}; got {shown(name)}")
    return _tables()[name]
