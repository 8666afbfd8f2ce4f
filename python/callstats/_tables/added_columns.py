"""Columns put beside those of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callstats._tables.checks import shown, written
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["names_beside"]

#: Names in an error before the rest are counted.
_NAMED = 5


def names_beside(
    present: Collection[str],
    names: Sequence[str],
    *,
    argument: str,
    suffix: str | None = None,
    anew: bool = False,
) -> list[str]:
    """What new columns of a frame are called: `names` with `suffix`, none of which it has.

    Nothing that the frame holds is overwritten: it may have been observed. Only with `anew` may a
    frame have every one of the names, as a result of the same function has; it is made anew.
    `suffix` is None where the function has no such argument.
    """
    if suffix is not None and not isinstance(suffix, str):
        msg = f"suffix must be text, such as '_planned'; got {shown(suffix)}"
        raise TypeError(msg)
    if suffix and not written(suffix):
        msg = f"suffix must be text that UTF-8 can write; got {shown(suffix)}"
        raise ValueError(msg)
    made = [name + (suffix or "") for name in names]
    taken = [name for name in made if name in present]
    if not taken or (anew and len(taken) == len(made)):
        return made
    named = ", ".join(map(repr, taken[:_NAMED]))
    if len(taken) > _NAMED:
        named += f" and {len(taken) - _NAMED} more"
    remedy = "Rename or leave out what the frame has"
    if suffix is not None:
        remedy = f"Pass suffix= to name the results otherwise, such as suffix='{suffix}_new'"
    msg = (
        f"{argument} must not have the columns that the result adds; got {named}, "
        f"which would be overwritten. {remedy}"
    )
    raise InvalidDataError(msg)
