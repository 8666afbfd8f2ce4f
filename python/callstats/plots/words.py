"""The words of the figures, in English and Chinese."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources

__all__ = ["say"]


@functools.cache
def _texts() -> dict[str, dict[str, str]]:
    file = resources.files("callstats.plots") / "words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def say(language: str, key: str, *parts: object) -> str:
    """The text of `key`, which is its own text where it has no other.

    >>> say("zh", "Mon"), say("en", "target", "84%"), say("en", "complaint")
    ('周一', 'target 84%', 'complaint')
    """
    return _texts().get(key, {}).get(language, key).format(*parts)
