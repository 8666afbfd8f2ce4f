"""The sentences of errors about arguments and columns."""

from __future__ import annotations

import itertools
import math
import reprlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Callable

#: Numbers that a range or another short spelling may stand for, and cells that arguments of several
#: shapes may make together: 0.8 GB of answers, which take minutes.
MOST_NUMBERS = 100_000_000
#: Names, thresholds or edges: each is columns of the result, or a pass over the rows.
_MOST_LISTED = 10_000
#: What names of columns must be, to be read after "must be".
A_NAME_OR_SEVERAL = "a column's name or several"

#: difflib's ratio from which a name is a slip for another: "arival" 0.92, "wait" to "Waiting" 0.73.
_SLIP = 0.8
#: More choices than these are a list.
_FEW = 3
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80


def shown(value: Any) -> str:
    """A value as a message can hold it: at most 80 characters or so, and always printable."""
    text = repr(value.item()) if isinstance(value, np.generic) else _short.repr(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def written(text: str) -> bool:
    """Whether UTF-8 can write a text: it cannot write half of a pair of UTF-16."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def counted(bad: int, total: int) -> str:
    """How many values are bad, as messages tell it."""
    return f"{bad} bad of {total}"


def must_be(name: str, values: Any, rule: str, bad: Any, *, ending: str = "") -> None:
    """Raise where values are `bad`: the rule, the first bad one, its position and how many.

    `values` has the shape of `bad`, or is what a single argument was. `ending` follows the count.
    """
    found = np.asarray(bad)
    if not found.any():
        return
    if not found.ndim:
        value = values[()] if isinstance(values, np.ndarray) else values
        raise InvalidDataError(argument=name, rule=f"be {rule}", value=value, got=shown(value))
    at = tuple(int(i) for i in np.argwhere(found)[0])
    value = values[at[0]] if found.ndim == 1 else values[at]
    raise InvalidDataError(
        argument=name,
        rule=f"be {rule}",
        value=value,
        got=shown(value),
        position=at[0] if found.ndim == 1 else list(at),
        bad=int(found.sum()),
        total=found.size,
        ending=ending,
    )


def number(name: str, value: Any, rule: str, holds: Callable[[float], bool]) -> float:
    """One argument that is one number and holds to a rule, as a float."""
    kind = isinstance(value, int | float | np.integer | np.floating)
    if not kind or isinstance(value, bool):
        raise TypeError(f"{name} must be a number {rule}; got {shown(value)}")
    found = real(value)
    if not holds(found):
        raise ValueError(f"{name} must be {rule}; got {shown(value)}")
    return found


def real(value: Any) -> float:
    """A number as a float: a whole number beyond those is infinite, which is nearest to it."""
    try:
        return float(value)
    except OverflowError:
        return -math.inf if value < 0 else math.inf


def whole(name: str, value: Any, least: int = 0, most: int | None = None) -> int:
    """One argument that is a whole number from `least` on, up to `most`."""
    rule = f"a whole number >= {least}"
    if most is not None:
        rule = f"a whole number from {least} to {most:,}"
    kind = isinstance(value, int | float | np.integer | np.floating)
    if not kind or isinstance(value, bool):
        raise TypeError(f"{name} must be {rule}; got {shown(value)}")
    if not (value >= least and value % 1 == 0 and (most is None or value <= most)):
        raise ValueError(f"{name} must be {rule}; got {shown(value)}")
    return int(value)


def listed(name: str, values: Any, rule: str, most: int = _MOST_LISTED) -> list[Any]:
    """One argument that holds several things, each as it is, and not more than `most`."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be {rule}; got {shown(values)}")
    found = list(itertools.islice(values, most + 1))
    if len(found) > most:
        raise ValueError(f"{name} must be {rule}, at most {most:,}; got more")
    return found


def column_names(argument: str, value: Any) -> list[Any]:
    """The names of columns: a text is one, anything else holds several."""
    return [value] if isinstance(value, str) else listed(argument, value, A_NAME_OR_SEVERAL)


def mapping(name: str, value: Any, rule: str) -> dict[Any, Any]:
    """One argument that maps, as a dict."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must map {rule}; got {shown(value)}")
    return dict(value)


def confidence_level(value: Any) -> float:
    """The argument `confidence`, two-sided."""
    return number("confidence", value, "> 0 and < 1", lambda level: 0 < level < 1)


def nearest(name: str, found: Iterable[str]) -> str:
    """``", nearest: 'arrival'"`` where `name` is clearly a slip for one of those, else nothing.

    What a column holds is not told by letters: "not connected" is near to "connected".
    """
    import difflib

    lowered = {str(column).lower(): column for column in found}
    close = difflib.get_close_matches(str(name).lower(), lowered, n=1, cutoff=_SLIP)
    return f", nearest: {lowered[close[0]]!r}" if close else ""


def one_of(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Raise where `value` is none of the choices."""
    allowed = list(choices)
    if any(isinstance(value, type(choice)) and value == choice for choice in allowed):
        return
    *first, last = map(repr, allowed)
    listed = f"{', '.join(first)} or {last}"
    if len(allowed) > _FEW:
        listed = f"one of {', '.join(map(repr, allowed))}{nearest(str(value), map(str, allowed))}"
    raise ValueError(f"{name} must be {listed}; got {shown(value)}")
