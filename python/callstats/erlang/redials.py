"""Callers who are lost, and call again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats import _core
from callstats._tables.arrays import elementwise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.typing import Durations, Invalid, Numbers, Result, Threads

__all__ = ["load_with_redials"]


def load_with_redials(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    patience: Durations,
    redial: Numbers,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Offered load in erlangs once those who hung up, or were blocked, have called again.

    Give it to the other functions in place of ``load``. A log that counts every attempt holds the
    redials already: `load` is what first attempts alone would bring.

    Parameters
    ----------
    agents : array_like
        People serving at the same time (lines, with ``patience=0``); >= 0, fractions allowed,
        broadcastable.
    load : array_like
        Load in erlangs of first attempts; >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    patience : array_like or duration
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. 0: the extended Erlang B
        model; infinite: nobody hangs up, nobody redials.
    redial : array_like
        Share of those lost who call again, at every attempt; between 0 and 1, broadcastable.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= load. inf where everybody redials until served and ``agents <= load``: the calls pile up.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    The x with x (1 - redial x abandonment(x)) = load. Redials are taken to come as fresh calls do,
    spread over time. Where people redial at once, while the queue is still as full, more are lost
    than told here.

    At patience 0 this is the extended Erlang B calculation of teletraffic engineering, with
    ``redial`` its recall factor; between, Erlang A stands in the place of Erlang B.

    Examples
    --------
    >>> first = 250 * 210 / 1800
    >>> total = load_with_redials(26, first, aht=210, patience=90, redial=0.6)
    >>> round(total, 3)
    34.577
    >>> load_with_redials([10, 12], 10.0, aht=180, patience=0, redial=0.5).round(3)
    array([11.69 , 10.821])
    """
    values = (agents, load, aht, patience, redial)
    return elementwise(_core.load_with_redials, *values, options=(invalid, threads, out))
