"""Callers who are lost, and call again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise, elementwise_many
from callstats.erlang.beyond import Beyond, beyond, named
from callstats.erlang.tables import frame_like

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.erlang.patience import Patience
    from callstats.typing import Durations, Frame, Invalid, Numbers, Result, Threads

_REDIALS = (
    "load",
    "blocking",
    "first_blocking",
    "abandonment",
    "service_level",
    "first_service_level",
    "callers_answered",
    "occupancy",
    "queue_length",
)


def load_with_redials(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    patience: Durations | Patience,
    redial: Numbers,
    redial_blocked: Numbers | None = None,
    lines: Numbers = np.inf,
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
    patience : array_like, duration or Patience
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. 0: the extended Erlang B
        model; infinite: nobody hangs up, nobody redials; as it was measured: `Patience`.
    redial : array_like
        Share of those who hang up who call again, at every attempt; between 0 and 1, broadcastable.
    redial_blocked : array_like, optional
        The same of those blocked; by default ``redial``.
    lines : array_like, default inf
        Lines that waiting and served callers share; whole, broadcastable. Who finds all taken is
        blocked.
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
    The x with x (1 - redial x abandonment(x) - redial_blocked x blocking(x)) = load. Redials are
    taken to come as fresh calls do, spread over time. Where people redial at once, while the queue
    is still as full, more are lost than here: see `redials`.

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
    options = (invalid, threads, out)
    if redial_blocked is None:
        redial_blocked = redial
    wide = beyond(patience, lines)
    if wide is not None or redial_blocked is not redial:
        wide = wide or Beyond.of(patience, lines, None, 0.0, "calls")
        columns = (agents, load, aht, wide.mean_patience, redial, redial_blocked, lines)
        found = elementwise(
            _core.load_with_retries, *columns, choices=(wide.model,), options=options
        )
        return named("load_with_redials", found)
    values = (agents, load, aht, patience, redial)
    return elementwise(_core.load_with_redials, *values, options=options)


def redials(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    threshold: Durations,
    redial: Numbers,
    delay: Durations,
    redial_blocked: Numbers | None = None,
    patience: Durations = np.inf,
    lines: Numbers = np.inf,
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Frame:
    """Measures of a system whose lost callers call again after a delay: one row a system.

    The caller who redials meets the system as it is then. `load_with_redials` is the limit of long
    delays, and tells of less loss than short ones bring.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0 and whole, broadcastable.
    load : array_like
        Load in erlangs of first attempts; >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    threshold : array_like or duration
        Longest wait in seconds that the service level counts; >= 0, broadcastable.
    redial : array_like
        Share of those who hang up who call again, at every attempt; between 0 and 1, broadcastable.
    delay : array_like or duration
        Mean seconds until they do, exponentially distributed; > 0, broadcastable.
    redial_blocked : array_like, optional
        The share of those blocked; by default ``redial``.
    patience : array_like or duration, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable.
    lines : array_like, default inf
        Lines that waiting and served callers share; whole, up to 400, broadcastable.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    DataFrame
        ``load`` of all attempts in erlangs; of all attempts the shares ``blocking``,
        ``abandonment`` and ``service_level``; of first attempts ``first_blocking`` and
        ``first_service_level``; ``callers_answered``, the share of callers who get through in the
        end; ``occupancy`` and ``queue_length``. Its kind is that of `measures`.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes;
        more lines or callers between two attempts than can be computed.

    Notes
    -----
    A Markov chain of calls in the system and callers between two attempts, solved by linear level
    reduction; its cost grows with the third power of the lines. Accuracy: 1e-9 relative.

    References
    ----------
    D. P. Gaver, P. A. Jacobs & G. Latouche, Finite birth-and-death models in randomly changing
    environments, Advances in Applied Probability 16 (1984).
    J. R. Artalejo & A. Gomez-Corral, Retrial queueing systems (2008).

    Examples
    --------
    >>> told = {"aht": 180, "threshold": 20, "patience": 120, "lines": 15}
    >>> found = redials(10, 10.0, redial=0.5, redial_blocked=0.8, delay=["30min", "1min"], **told)
    >>> found[["load", "blocking", "callers_answered"]].round(3)
         load  blocking  callers_answered
    0  11.281     0.046             0.903
    1  11.733     0.087             0.888
    """
    values = (
        agents,
        load,
        aht,
        threshold,
        patience,
        lines,
        redial,
        redial if redial_blocked is None else redial_blocked,
        delay,
    )
    columns, wrap = elementwise_many(
        _core.delayed_redials, *values, options=(invalid, threads, None)
    )
    return frame_like(
        {name: wrap(each, name) for name, each in zip(_REDIALS, columns, strict=True)}
    )
