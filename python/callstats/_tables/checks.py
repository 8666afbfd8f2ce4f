"""The sentences of errors about arguments and columns."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["must_be", "one_of", "shown"]

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80


def shown(value: Any) -> str:
    """A value as a message can hold it: at most 80 characters or so, and always printable."""
    text = repr(value.item()) if isinstance(value, np.generic) else _short.repr(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def must_be(name: str, values: Any, rule: str, bad: NDArray[np.bool_] | bool | np.bool_) -> None:
    """Raise where values are `bad`: the rule, the first bad one, its position and how many.

    `values` has the shape of `bad`, or is what a single argument was.
    """
    found = np.asarray(bad)
    if not found.any():
        return
    if not found.ndim:
        msg = f"{name} must be {rule}; got {shown(values)}"
        raise ValueError(msg)
    at = tuple(int(i) for i in np.argwhere(found)[0])
    value = values[at[0]] if found.ndim == 1 else values[at]
    place = at[0] if found.ndim == 1 else list(at)
    count = f"({int(found.sum())} bad of {found.size})"
    msg = f"{name} must be {rule}; got {shown(value)} at position {place} {count}"
    raise ValueError(msg)


def one_of(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Raise where `value` is none of the choices."""
    allowed = list(choices)
    if any(type(value) is type(choice) and value == choice for choice in allowed):
        return
    *first, last = map(repr, allowed)
    msg = f"{name} must be {', '.join(first)} or {last}; got {shown(value)}"
    raise ValueError(msg)
