"""Plans over Dask frames: states made where the partitions are, and merged there by a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats import __version__
from callstats.scale.plans import same_version
from callstats.scale.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callstats.scale.plans import Plan

#: States that one task merges.
_BRANCHES = 8


def run(plan: Plan, source: Any, *, how: str | None = None) -> Any:
    """What the plan answers over all partitions of a Dask frame; a pandas frame.

    The partitions are read, counted and merged on the workers, which need callstats of the
    version here; nothing but a state comes back.
    """
    if how is not None:
        msg = f"how={how!r} is not for Dask frames"
        raise ValueError(msg)
    import dask

    names = [name for name in source.columns if name in set(plan.columns())]
    # By way of delayed partitions: Dask tries other functions on rows that it makes up.
    parts = source[names].to_delayed()
    partial = dask.delayed(_partial, pure=False)
    merge = dask.delayed(_merge, pure=False)
    states = [
        partial(plan, part, f"partition {number}", __version__) for number, part in enumerate(parts)
    ]
    while len(states) > 1:
        states = [
            merge(plan, states[low : low + _BRANCHES]) for low in range(0, len(states), _BRANCHES)
        ]
    (data,) = dask.compute(*states)
    return plan.finish(State.from_bytes(data))


def _partial(plan: Plan, part: Any, where: str, version: str) -> bytes:
    same_version(version)
    return plan.partial(part, where=where).to_bytes()


def _merge(plan: Plan, states: Sequence[bytes]) -> bytes:
    return plan.merge(State.from_bytes(each) for each in states).to_bytes()
