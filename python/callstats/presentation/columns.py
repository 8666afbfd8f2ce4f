"""The dictionary of result columns: what each is called, what it means and how it is written."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import Any

from callstats._tables.data_files import written_in

__all__ = ["Column", "column", "dictionary", "groups", "heading", "limits", "text_of"]

#: Columns that a bare `low` and `high` are the limits of, the first that is there.
_BARE = ("shrunken", "mean", "value", "rate", "bias", "drift", "effect", "absolute", "median")
_LANGUAGES = ("en", "zh")
#: Groups of names that are made of a number alone.
_GROUPS = {"wait": "waits", "km": "patience", "lower": "forecasts", "upper": "forecasts"}
_SECTIONS_OF_WORDS = frozenset({"patterns", "titles", "service_level", "words", "units"})


@dataclass(frozen=True)
class Column:
    """A column of a result: its words in both languages, its group, kind, and whether it is main.

    `kind` is one of ``count, share, points, duration, load, agents, cost, number, p, time, truth,
    text``. Shares are fractions of 1 and durations seconds, as everywhere.
    """

    name: str
    kind: str
    labels: tuple[str, str]
    meanings: tuple[str, str]
    group: str = ""
    main: bool = False

    def label(self, language: str = "en") -> str:
        """What the column is called."""
        return self.labels[_LANGUAGES.index(language)]

    def meaning(self, language: str = "en") -> str:
        """What it is, in one line."""
        return self.meanings[_LANGUAGES.index(language)]

    @property
    def known(self) -> bool:
        """Whether the dictionary has it; other columns are the caller's own."""
        return bool(self.group)

    def unit(self, language: str = "en") -> str:
        """The unit of its numbers, empty where they have none."""
        return text_of("units", self.kind, language)


@functools.cache
def column(name: str) -> Column:
    """What the dictionary knows of a column, made of what it knows of its parts where need be.

    A column that it does not know is called by its own name.

    >>> column("service_level_low_20").label()
    'service level, lower limit, 20 s'
    >>> column("asa").kind, column("asa").label("zh"), column("colour").known
    ('duration', '平均应答速度', False)
    """
    return dictionary().get(name) or _derived(name) or _foreign(name)


def limits(name: str, present: frozenset[str]) -> tuple[str, str] | None:
    """The columns that are the lower and upper limit of a column, where a table has both.

    >>> limits("rate_20", frozenset({"rate_low_20", "rate_high_20"}))
    ('rate_low_20', 'rate_high_20')
    """
    stem, number = re.fullmatch(r"(.+?)(_[\d.]+)?", name).groups(default="")  # type: ignore[union-attr]
    pair = f"{stem}_low{number}", f"{stem}_high{number}"
    if present.issuperset(pair):
        return pair
    bare = next((each for each in _BARE if each in present), None)
    if name == bare and f"{name}_low" not in present and present.issuperset({"low", "high"}):
        return "low", "high"
    return None


def groups() -> list[str]:
    """Groups of columns in the order in which they are shown; the first is the caller's own."""
    found = list(dict.fromkeys(each.group for each in dictionary().values()))
    return [found[0], "", *found[1:]]


def heading(group: str, language: str) -> str:
    """What a group of columns is called."""
    return str(_file()[group]["heading"][_LANGUAGES.index(language)]) if group else ""


def text_of(section: str, key: str, language: str, *parts: object) -> str:
    """A sentence of the file, empty where it has none of that name."""
    texts = _file()[section].get(key, ("", ""))
    return str(texts[_LANGUAGES.index(language)]).format(*parts)


def _file() -> dict[str, Any]:
    return written_in("callstats.presentation", "columns.toml")


@functools.cache
def dictionary() -> dict[str, Column]:
    """Every entry, in the order of the file."""
    found: dict[str, Column] = {}
    for group, entries in _file().items():
        if group in _SECTIONS_OF_WORDS:
            continue
        for name, entry in entries.items():
            if name != "heading":
                found[name] = _entry(name, entry, group)
    return found


def _entry(name: str, entry: tuple[str, ...], group: str) -> Column:
    kind, *words = entry
    label, label_zh, meaning, meaning_zh = words
    return Column(
        name,
        kind.removesuffix("*"),
        (label, label_zh),
        (meaning, meaning_zh),
        group,
        kind.endswith("*"),
    )


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], Column]]:
    made = []
    for pattern, entry in _file()["patterns"].items():
        regex = re.escape(pattern).replace(r"\{\}", "(.+)").replace(r"\#", r"(\d+(?:\.\d+)?)")
        stem = pattern.partition("_")[0]
        made.append((re.compile(regex), _entry(pattern, entry, _GROUPS.get(stem, "statistics"))))
    return made


def _derived(name: str) -> Column | None:
    """A name that is made of a known one, as ``asa_difference`` is of ``asa``."""
    for pattern, entry in _patterns():
        found = pattern.fullmatch(name)
        if found is None:
            continue
        first, *rest = found.groups()
        if first[0].isdigit():
            return replace(_filled(entry, (first, first), (first, first)), name=name)
        base = column(first)
        if not base.known:
            continue
        made = _filled(entry, base.labels, base.meanings, *rest)
        kind = {"same": base.kind, "plain": base.kind, "gap": _gap(base.kind)}.get(made.kind)
        main = base.main if made.kind == "same" else made.main and base.main
        return replace(made, name=name, group=base.group, kind=kind or made.kind, main=main)
    return None


def _gap(kind: str) -> str:
    return "points" if kind == "share" else "number" if kind in {"count", "agents"} else kind


def _filled(
    entry: Column, labels: tuple[str, str], meanings: tuple[str, str], *rest: str
) -> Column:
    """The entry of a pattern with its blanks filled."""
    (label, label_zh), (meaning, meaning_zh) = entry.labels, entry.meanings
    return replace(
        entry,
        labels=(label.format(labels[0], *rest), label_zh.format(labels[1], *rest)),
        meanings=(meaning.format(meanings[0], *rest), meaning_zh.format(meanings[1], *rest)),
    )


def _foreign(name: str) -> Column:
    return Column(name, "", (name, name), ("", ""))
