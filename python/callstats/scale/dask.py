"""Plans over Dask frames: states made where the partitions are, and merged there by a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats import __version__
from callstats.scale.plans import chosen, same_version
from callstats.scale.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callstats.scale.plans import Plan, Task

#: States that one task merges.
_BRANCHES = 8


def run(plan: Plan, source: Any, *, how: str | None = None) -> Any:
    """What the plan answers over all partitions of a Dask frame; a pandas frame.

    The partitions are read, counted and merged on the workers, which need callstats of the
    version here; nothing but a state comes back. Where all rows of a key must meet, Dask brings
    them together first.
    """
    if how == "frame":
        msg = "how='frame' is for Spark; a Dask frame gives a pandas one"
        raise ValueError(msg)
    if not plan.adds:
        return plan.over(lambda task: _asked(task, source), how)
    plan.one_pass(how)
    import dask

    # By way of delayed partitions: Dask tries other functions on rows that it makes up.
    parts = source[chosen(source.columns, plan)].to_delayed()
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


def _asked(task: Task, source: Any) -> Iterator[Any]:
    """What a task makes of each partition, or of all rows of some keys."""
    import dask

    frame = source[chosen(source.columns, task)]
    if task.key:
        frame = frame.shuffle(on=list(task.key))
    done = dask.delayed(_done, pure=False)
    parts = [
        done(task, part, f"partition {number}", __version__)
        for number, part in enumerate(frame.to_delayed())
    ]
    yield from dask.compute(*parts)


def _done(task: Task, part: Any, where: str, version: str) -> Any:
    same_version(version)
    return task([(where, part)])
