"""Callers without a number: what logs write where it was withheld."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.data_files import written_in
from callstats.kpi.exports.tables import listed, simple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["withheld"]


#: Hardly any word has such a digit, and most numbers do.
_DIGIT = re.compile("[1-9]")


@functools.cache
def _words() -> frozenset[str]:
    languages = written_in("callstats.kpi.calls", "withheld.toml")
    return frozenset(simple(word) for text in languages.values() for word in listed(text))


def withheld(values: Sequence[Any]) -> NDArray[np.bool_]:
    """Which of the values stand for no caller in particular.

    A known word for it, nothing but zeros, or nothing but punctuation.

    >>> withheld(["Anonymous", "未知", "0", 0.0, "-", "c0", "+49 30 1234"]).tolist()
    [True, True, True, True, True, False, False]
    """
    words = _words()
    with_digits = {word for word in words if _DIGIT.search(word)}

    def is_withheld(value: Any) -> bool:
        text = str(value)
        if _DIGIT.search(text):
            return text.lstrip("+") in with_digits
        plain = simple(text)
        return not plain.strip("0") or plain in words

    return np.array([is_withheld(value) for value in values], dtype=bool)
