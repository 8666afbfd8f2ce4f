"""How days start: empty, with callers waiting, or as another day ended."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callstats.staffing.groups import Groups

    #: Agents before, fewest calls in system, probabilities from there up, calls outside.
    State: TypeAlias = tuple[int, int, list[float], float]

#: Where a result keeps how its days ended.
ENDS = "ends"
_MOST = 1e8
#: States that are too rare to be kept together have no more than this.
_LOST = 1e-6


def keys(groups: Groups) -> list[str]:
    """The key of each day as text: its values, joined."""
    columns = [series.to_list() for series in groups.keys.values()]
    return [" | ".join(str(column[row]) for column in columns) for row in groups.example]


def to_json(state: State) -> dict[str, Any]:
    """A state as JSON can hold it; the probabilities are little-endian doubles in base64."""
    agents, first, probabilities, outside = state
    packed = np.asarray(probabilities, dtype="<f8").tobytes()
    return {
        "agents": agents,
        "first": first,
        "probabilities": base64.b64encode(packed).decode("ascii"),
        "outside": outside,
    }


def from_json(state: Mapping[str, Any]) -> State:
    """The state that `to_json` wrote."""
    try:
        packed = base64.b64decode(state["probabilities"], validate=True)
        probabilities = np.frombuffer(packed, dtype="<f8")
        agents, first, outside = int(state["agents"]), int(state["first"]), float(state["outside"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"start is not what day.end_states gives: {error}") from None
    whole = agents >= 0 and first >= 0 and 0 <= outside < np.inf
    if not (whole and (probabilities >= 0).all() and abs(probabilities.sum() - 1) < _LOST):
        msg = "start is not what day.end_states gives: no probabilities, or negative numbers"
        raise ValueError(msg)
    return (agents, first, probabilities.tolist(), outside)


def ended(groups: Groups, finals: Sequence[State | None]) -> dict[str, Any]:
    """How each day ended, by its key."""
    named = zip(keys(groups), finals, strict=True)
    return {key: None if state is None else to_json(state) for key, state in named}


def states(start: Any, groups: Groups) -> Sequence[State]:
    """The state that each day starts from."""
    if hasattr(start, "columns"):
        ends = getattr(start, "attrs", {}).get("callstats", {}).get(ENDS)
        if ends is None:
            msg = "start: this frame does not know how its days ended; pass day.end_states(...)"
            raise ValueError(msg)
        return _matched(ends, groups)
    if isinstance(start, dict) and "probabilities" not in start:
        return _matched(start, groups)
    return [_state(start)] * groups.count


def _matched(ends: Mapping[Any, Any], groups: Groups) -> list[State]:
    named = {str(key): value for key, value in ends.items()}
    wanted = keys(groups)
    missing = [key for key in wanted if key not in named]
    if len(named) == 1 and len(wanted) == 1:
        found = list(named.values())
    elif missing:
        others = ", ".join(map(repr, list(named)[:4])) or "none"
        msg = f"start has nothing for the day {missing[0]!r} ({len(missing)} of {len(wanted)})"
        raise ValueError(f"{msg}; found {others}")
    else:
        found = [named[key] for key in wanted]
    unknown = [day for day, value in zip(wanted, found, strict=True) if value is None]
    if unknown:
        msg = f"start: it is not known how the day {unknown[0]!r} ended: something in it is missing"
        raise ValueError(f"{msg}, or it is a mean over days")
    return [_state(value) for value in found]


def is_number(value: Any) -> bool:
    """Whether the value is one number and neither a text nor a truth."""
    number = isinstance(value, int | float | np.integer | np.floating)
    return number and not isinstance(value, bool)


def _state(start: Any) -> State:
    if isinstance(start, dict):
        return from_json(start)
    if isinstance(start, str):
        if start == "empty":
            return (0, 0, [1.0], 0.0)
    # What is beyond a hundred million waiting callers is a slip of the pen.
    elif is_number(start) and 0 <= start <= _MOST and start == int(start):
        return (0, int(start), [1.0], 0.0)
    raise ValueError(
        "start must be 'empty', a whole number >= 0 of callers waiting, the result of the day "
        f"before, or what day.end_states gives; got {start!r}"
    )
