"""The words of a column: what each means, and what may be suggested for one that is not known."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from callstats._tables.data_files import written_in
from callstats.kpi.exports.tables import listed, simple, unaccented

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callstats.kpi.exports.tables import Column

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: Chinese characters: a spelling of those is looked for anywhere in a word.
_SIGNS = re.compile(r"[\u3400-\u9fff]")


@functools.cache
def word_parts(kind: str) -> frozenset[str]:
    """The parts of words of one kind, as `words.toml` lists them."""
    written = written_in("callstats.kpi.exports", "words.toml")
    return frozenset(simple(each) for each in listed(written[kind]))


def known_words(
    column: Column, given: Mapping[str, str | None], present: Iterable[str] = ()
) -> dict[str, str | None]:
    """What each spelling means, without what does not matter in it; the user has the last word.

    `present` are the spellings that an export has: two that are told apart there do not mean the
    same, so that none of them is known.

    Raises
    ------
    ValueError
        A word is to mean what is no word of the column.
    """
    known: dict[str, str | None] = {}
    for word, spellings in column.words.items():
        known.update(dict.fromkeys(map(simple, (word, *spellings)), word))
    apart = _apart(column).intersection(present)
    if len(apart) > 1:
        known = {spelling: word for spelling, word in known.items() if spelling not in apart}
    for spelling, meant in given.items():
        if meant is not None and meant not in column.words:
            named = ", ".join(column.words)
            choose = "; choose one of them" if "|" in str(meant) else ""
            raise ValueError(
                f"words must map to one of {named} or None; got {meant!r} for {spelling!r}{choose}"
            )
        known[simple(str(spelling))] = meant
    return known


def _apart(column: Column) -> frozenset[str]:
    return frozenset(map(simple, column.apart))


def parts_of(text: str) -> list[str]:
    """The words of a text in lower case, those of camelCase too."""
    plain = _CAMEL.sub(" ", unaccented(text)).casefold()
    return _WORD.findall(plain)


def suggestion(text: str, column: Column) -> str:
    """What is offered for an unknown word: one meaning, or those left open with "|" between.

    One meaning is offered only where the word holds a known one and nothing beside it that could
    change it; "" is that the row is to be left out. Likeness of letters tells nothing here: what is
    nearest to "not connected" is "connected".

    >>> from callstats.kpi.exports.tables import schema_named
    >>> outcome = schema_named("calls").columns["outcome"]
    >>> suggestion("Inbound - Answered", outcome), suggestion("Unhandled", outcome)
    ('answered', 'abandoned|flow_out|callback|blocked')
    """
    parts = parts_of(text)
    if leaves_out(parts):
        return ""
    held, rest, _ = _held(parts, column)
    if len(set(held.values())) == 1 and not rest and simple(text) not in _apart(column):
        return next(iter(held.values()))
    return "|".join(choices(text, column))


def choices(text: str, column: Column) -> list[str]:
    """What an unknown word may mean: not what it denies.

    >>> from callstats.kpi.exports.tables import schema_named
    >>> choices("Call not answered by agent", schema_named("calls").columns["outcome"])
    ['abandoned', 'flow_out', 'callback', 'blocked']
    """
    held, rest, denials = _held(parts_of(text), column)
    denied: set[str] = set()
    if _negative(rest):
        # "Not answered, no voicemail" is neither, and what "not answered" means.
        denied = {held[word] for word in held if word not in denials} or {column.affirmed}
    if denials or _negative(held):
        denied.add(column.affirmed)
    return [word for word in column.words if word not in denied]


def leaves_out(parts: Iterable[str]) -> bool:
    """Whether a word tells that its row is no queue entry: outbound, internal, a test."""
    return any(
        part in word_parts("no_entry")
        or any(sign in part for sign in word_parts("no_entry") if _SIGNS.search(sign))
        for part in parts
    )


def _held(parts: list[str], column: Column) -> tuple[dict[str, str], list[str], set[str]]:
    """The known spellings in the parts, each with its meaning, and the parts that remain.

    The last are the spellings that a negation is part of: "not answered".
    """
    known = {word: meant for word, meant in known_words(column, {}).items() if meant is not None}
    held: dict[str, str] = {}
    rest: list[str] = []
    denials: set[str] = set()
    begin = 0
    while begin < len(parts):
        # The longest first: "not answered" is no "answered".
        for end in range(len(parts), begin, -1):
            spelled = "".join(parts[begin:end])
            if spelled in known:
                held[spelled] = known[spelled]
                if word_parts("negations").intersection(parts[begin:end]):
                    denials.add(spelled)
                begin = end
                break
        else:
            rest.append(parts[begin])
            begin += 1
    rest = [part for part in rest if part not in word_parts("neutral")]
    for part in rest:
        inside = [word for word in known if len(word) > 1 and word in part and _SIGNS.search(word)]
        inside += [part.removeprefix(each) for each in _beginnings(part)]
        held |= {word: known[word] for word in inside if word in known}
        denials |= {
            word for word in inside if any(sign in word for sign in word_parts("negating_signs"))
        }
    return held, rest, denials


def _beginnings(part: str) -> list[str]:
    return [each for each in word_parts("negating_beginnings") if part.startswith(each)]


def _negative(parts: Iterable[str]) -> bool:
    """Whether one of the parts turns others into their opposite, or says that nothing came."""
    return any(
        part in word_parts("negations")
        or _beginnings(part)
        or any(sign in part for sign in word_parts("negating_signs"))
        for part in parts
    )
