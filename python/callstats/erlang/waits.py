"""Waits of Erlang C and A, and who is waiting or on the line meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise
from callstats._tables.durations import seconds
from callstats.erlang.beyond import beyond

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.erlang.beyond import Average
    from callstats.erlang.patience import Patience
    from callstats.typing import Durations, Invalid, Numbers, Result, Threads


def asa(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    patience: Durations | Patience = np.inf,
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Average speed of answer: mean wait in seconds of answered calls.

    What switches report. `mean_wait` counts those who hang up as well.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0; inf at ``agents <= load`` with infinite patience, NaN where nobody is answered.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    Erlang C: C h / (n - a). Erlang A: the mean over those served, which is less than the mean wait
    / (1 - abandonment).

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).
    A. Mandelbaum & S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).

    Examples
    --------
    >>> round(asa(34, 250 * 210 / 1800, aht=210), 4)
    12.7312
    >>> asa([12, 13], 10.0, aht=180, patience=300).round(4)
    array([11.8614,  6.914 ])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        return wide.measure("asa", (agents, load, aht), (invalid, threads, out))
    return elementwise(_core.asa, agents, load, aht, patience, options=(invalid, threads, out))


def mean_wait(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    patience: Durations | Patience = np.inf,
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Mean wait in seconds of all calls, those who hang up and those who do not wait included.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0; inf at ``agents <= load`` with infinite patience.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    Erlang C: C h / (n - a) at n agents, a erlangs, handle time h and wait probability C. Erlang A:
    abandonment x patience, for each of those waiting leaves at the rate 1 / patience. 0 at patience
    0, where nobody waits.

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).
    A. Mandelbaum & S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).

    Examples
    --------
    >>> round(mean_wait(13, 10.0, aht=180, patience=300), 10)
    7.4889910901
    >>> mean_wait([10, 14], 10.0, aht=180).round(4)
    array([   inf, 7.8359])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        return wide.measure("mean_wait", (agents, load, aht), (invalid, threads, out))
    return elementwise(
        _core.mean_wait, agents, load, aht, patience, options=(invalid, threads, out)
    )


def mean_wait_abandoned(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    patience: Durations | Patience,
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Mean time in seconds after which those who hang up do so.

    Less than ``patience``: the patient are answered first, and do not count here.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    patience : array_like, duration or Patience
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0; NaN where nobody hangs up (infinite patience, no load).

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    The mean over those who hang up of the time until they do. With the mean of the answered it
    makes up that of all: (1 - abandonment) x asa + abandonment x this = mean_wait.

    References
    ----------
    A. Mandelbaum & S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).

    Examples
    --------
    >>> round(mean_wait_abandoned(13, 10.0, aht=180, patience=300), 4)
    29.9487
    >>> mean_wait_abandoned(13, [5.0, 15.0], aht=180, patience=300).round(4)
    array([19.0598, 48.654 ])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        return wide.measure("mean_wait_abandoned", (agents, load, aht), (invalid, threads, out))
    return elementwise(
        _core.mean_wait_abandoned, agents, load, aht, patience, options=(invalid, threads, out)
    )


def wait_survival(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    after: Durations,
    patience: Durations | Patience = np.inf,
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Probability of still waiting so long after arriving.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    after : array_like or duration
        Seconds since arrival; >= 0, broadcastable.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Between 0 and 1; who was answered or hung up by then no longer waits.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    A wait ends with an agent or with hanging up. Erlang C: C exp(-(n - a) t / h) at n agents, a
    erlangs, handle time h and wait probability C. Erlang A: P(an endlessly patient caller waits
    longer than t) x exp(-t / patience).

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).
    A. Mandelbaum & S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).

    Examples
    --------
    >>> round(wait_survival(14, 10.0, aht=180, after=20), 6)
    0.11165
    >>> wait_survival(13, 10.0, aht=180, after=[0, 20, 60], patience=300).round(6)
    array([0.225797, 0.130194, 0.036836])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        system = (agents, load, aht, after)
        return wide.timed(_core.wide_survival, "wait_survival", system, (invalid, threads, out))
    return elementwise(
        _core.wait_survival, agents, load, aht, after, patience, options=(invalid, threads, out)
    )


def wait_quantile(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    quantile: Numbers,
    patience: Durations | Patience = np.inf,
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Shortest wait in seconds that at least so large a share of the calls does not exceed.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    quantile : array_like
        Share of calls; between 0 and 1, broadcastable.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0: the smallest q with P(wait <= q) >= quantile; 0 where enough do not wait, inf where so
        many never are done.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    A wait ends with an agent or with hanging up. Erlang C: h / (n - a) x ln(C / (1 - quantile))
    where that is above 0, at n agents, a erlangs, handle time h and wait probability C. Erlang A:
    where `wait_survival` falls to 1 - quantile.

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).
    A. Mandelbaum & S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).

    Examples
    --------
    >>> round(wait_quantile(14, 10.0, aht=180, quantile=0.9), 4)
    24.9589
    >>> wait_quantile(13, 10.0, aht=180, quantile=[0.5, 0.95], patience=300).round(4)
    array([ 0.    , 50.8998])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        system = (agents, load, aht, quantile)
        return wide.timed(_core.wide_quantile, "wait_quantile", system, (invalid, threads, out))
    return elementwise(
        _core.wait_quantile, agents, load, aht, quantile, patience, options=(invalid, threads, out)
    )


def queue_length(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations | None = None,
    patience: Durations | Patience = np.inf,
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Mean number of callers waiting.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration, optional
        Mean handle time in seconds; > 0, broadcastable. Needed where patience is finite and
        positive; else the answer does not depend on it.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0; inf at ``agents <= load`` with infinite patience.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    Little's law: arrival rate x mean wait of all calls.

    References
    ----------
    J. D. C. Little, A proof for the queuing formula L = lambda W, Operations Research 9 (1961).

    Examples
    --------
    >>> round(queue_length(14, 10.0), 6)
    0.43533
    >>> queue_length([13, 14], 10.0, aht=180, patience=300).round(6)
    array([0.416055, 0.233062])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        system = (agents, load, wide.handle_time(aht))
        return wide.measure("queue_length", system, (invalid, threads, out))
    patience = seconds("patience", patience)
    aht = handle_time(aht, patience)
    return elementwise(
        _core.queue_length, agents, load, aht, patience, options=(invalid, threads, out)
    )


def trunk_load(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    hold_time: Durations | None = None,
    patience: Durations | Patience = np.inf,
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Mean number of lines in use, in erlangs: callers waiting and callers talking.

    The load to size lines with: a line is held while its caller waits.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    hold_time : array_like or duration, optional
        Mean seconds on the line once answered; >= 0, broadcastable. By default ``aht``; without the
        after-call work where that is done with the line free.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0; inf at ``agents <= load`` with infinite patience.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    Queue length + calls answered per second x ``hold_time``, where load / aht x (1 - abandonment)
    are answered: Little's law for the lines.

    References
    ----------
    J. D. C. Little, A proof for the queuing formula L = lambda W, Operations Research 9 (1961).

    Examples
    --------
    >>> round(trunk_load(34, 250 * 210 / 1800, aht=210), 4)
    30.9349
    >>> trunk_load([34, 36], 250 * 210 / 1800, aht=210, hold_time=180).round(4)
    array([26.7682, 25.6789])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None and hold_time is None:
        return wide.measure("lines_in_use", (agents, load, aht), (invalid, threads, out))
    held = aht if hold_time is None else hold_time
    if wide is not None:
        system = (agents, load, aht, held)
        return wide.timed(_core.wide_trunk_load, "trunk_load", system, (invalid, threads, out))
    values = (agents, load, aht, held, patience)
    return elementwise(_core.trunk_load, *values, options=(invalid, threads, out))


def handle_time(aht: Durations | None, patience: Any) -> Any:
    """`aht`; 1 where it was left out and does not matter."""
    if aht is not None:
        return aht
    values = np.asarray(patience, dtype=np.float64)
    if ((values > 0) & (values < np.inf)).any():
        raise TypeError("aht is needed where patience is finite and positive; pass aht=<seconds>")
    return 1.0
