"""Text from somebody's data, shown without acting on whoever shows it."""

from __future__ import annotations


def visible(text: str) -> str:
    r"""`text` with control characters written out, so that no screen acts on them.

    >>> visible("queue\x1b[31m")
    'queue\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
