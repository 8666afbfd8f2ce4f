"""The words of the figures, in English and Chinese."""

from __future__ import annotations

from callstats._tables.data_files import written_in
from callstats.presentation import columns as dictionary

__all__ = ["label_of", "say"]


def say(language: str, key: str, *parts: object) -> str:
    """The text of `key`, which is its own text where it has no other.

    >>> say("zh", "Mon"), say("en", "target", "84%"), say("en", "complaint")
    ('周一', 'target 84%', 'complaint')
    """
    texts: dict[str, dict[str, str]] = written_in("callstats.plots", "words.toml")
    return texts.get(key, {}).get(language, key).format(*parts)


def label_of(language: str, column: str) -> str:
    """What a column is called, which is its name where it has no other.

    >>> label_of("en", "talk"), label_of("zh", "talk"), label_of("en", "colour")
    ('length of the call', '通话时长', 'colour')
    """
    texts: dict[str, dict[str, str]] = written_in("callstats.plots", "words.toml")
    special = texts.get(f"column_{column}", {}).get(language)
    return special or dictionary.column(column).label(language)
