"""Erlang B, C and A: what callers meet at given agents and load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats import _core
from callstats._arrays import elementwise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.typing import Invalid, Numbers, Result, Threads

__all__ = ["blocking"]


def blocking(
    lines: Numbers,
    load: Numbers,
    *,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Probability that a call finds all lines busy and is lost (Erlang B).

    Parameters
    ----------
    lines : array_like
        Lines; >= 0, broadcastable.
    load : array_like
        Offered load in erlangs; >= 0, broadcastable.
    invalid, threads, out
        As for every elementwise function: see the reference's common rules.

    Returns
    -------
    float, array or Series
        Between 0 and 1. No lines block everything; no load blocks nothing.

    Examples
    --------
    >>> round(blocking(10, 5.0), 6)
    0.018385
    """
    return elementwise(
        _core.blocking, {"lines": lines, "load": load}, invalid=invalid, threads=threads, out=out
    )
