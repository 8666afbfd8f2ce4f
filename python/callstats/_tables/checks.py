"""The sentences of errors about arguments and columns."""

from __future__ import annotations

import math
import reprlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["confidence_level", "must_be", "number", "one_of", "shown"]

#: More choices than these are a list.
_FEW = 3
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


def number(name: str, value: Any, rule: str, holds: Callable[[float], bool]) -> float:
    """One argument that is one number and holds to a rule, as a float."""
    real = isinstance(value, int | float | np.integer | np.floating)
    if not real or isinstance(value, bool):
        msg = f"{name} must be a number {rule}; got {shown(value)}"
        raise TypeError(msg)
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not holds(found):
        msg = f"{name} must be {rule}; got {shown(value)}"
        raise ValueError(msg)
    return found


def confidence_level(value: Any) -> float:
    """The argument `confidence`, two-sided."""
    return number("confidence", value, "> 0 and < 1", lambda level: 0 < level < 1)


def one_of(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Raise where `value` is none of the choices."""
    allowed = list(choices)
    if any(isinstance(value, type(choice)) and value == choice for choice in allowed):
        return
    *first, last = map(repr, allowed)
    listed = f"{', '.join(first)} or {last}"
    if len(allowed) > _FEW:
        listed = f"one of {', '.join(map(repr, allowed))}"
    msg = f"{name} must be {listed}; got {shown(value)}"
    raise ValueError(msg)
