"""The words of the figures, in English and Chinese."""

from __future__ import annotations

from callstats._tables.data_files import written_in

__all__ = ["say"]


def say(language: str, key: str, *parts: object) -> str:
    """The text of `key`, which is its own text where it has no other.

    >>> say("zh", "Mon"), say("en", "target", "84%"), say("en", "complaint")
    ('周一', 'target 84%', 'complaint')
    """
    texts: dict[str, dict[str, str]] = written_in("callstats.plots", "words.toml")
    return texts.get(key, {}).get(language, key).format(*parts)
