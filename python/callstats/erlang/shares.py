"""Shares: of calls that are lost, wait, are answered in time or hang up, and of busy time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise
from callstats._tables.durations import seconds
from callstats.erlang.beyond import Beyond, beyond
from callstats.erlang.waits import handle_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.erlang.beyond import Average
    from callstats.erlang.patience import Patience
    from callstats.typing import Durations, Invalid, Numbers, Result, Threads

#: What service level counts; each name is explained in `service_level`.
Definition: TypeAlias = Literal[
    "offered", "answered", "exclude_abandoned_within", "count_abandoned_within", "virtual"
]


def blocking(
    lines: Numbers,
    load: Numbers,
    *,
    agents: Numbers | None = None,
    aht: Durations | None = None,
    patience: Durations | Patience = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Probability that a call finds all lines busy and is lost.

    Without ``agents`` a line is an agent, and nobody waits: Erlang B. With them callers wait on the
    lines that are left. Callers who wait some time and then hang up are `abandonment`.

    Parameters
    ----------
    lines : array_like
        Lines that waiting and served callers share; >= 0, broadcastable. Whole or inf with
        ``agents``; without, fractions are allowed (analytic continuation).
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    agents : array_like, optional
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    aht : array_like or duration, optional
        Mean handle time in seconds; > 0, broadcastable. Needed with ``agents`` where patience is
        finite and positive.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable; as it was measured:
        `Patience`. Not used without ``agents``.
    slowdown, load_cv, average
        What goes beyond Erlang A, with ``agents``: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Between 0 and 1. No load blocks nothing; under any load no lines block everything.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    1/B(n, a) is a times the integral over t > 0 of exp(-a t) (1 + t)^n: at whole n the classical
    recursion, which is used up to n = 112; above, Temme's uniform expansion. With agents the share
    is the probability of the last state of the chain, of which all terms are positive. A line is
    held for the handle time; after-call work keeps an agent and no line.

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).
    D. L. Jagerman, Some properties of the Erlang loss function, Bell System Technical Journal 53
    (1974), for fractions.
    N. M. Temme, The uniform asymptotic expansion of a class of integrals related to cumulative
    distribution functions, SIAM Journal on Mathematical Analysis 13 (1982).

    Examples
    --------
    >>> round(blocking(10, 5.0), 6)
    0.018385
    >>> blocking([43, 44], 30.93).round(6)
    array([0.007573, 0.005295])
    >>> blocking([36, 40, 60], 29.2, agents=34).round(4)
    array([0.0379, 0.0187, 0.0008])
    """
    if agents is not None:
        wide = Beyond.of(patience, lines, slowdown, load_cv, average)
        return wide.measure(
            "blocking", (agents, load, wide.handle_time(aht)), (invalid, threads, out)
        )
    return elementwise(_core.blocking, lines, load, options=(invalid, threads, out))


def wait_probability(
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
    """Probability that all agents are busy when a call arrives.

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
        Between 0 and 1; 1 at ``agents <= load`` with infinite patience, 0 at load 0.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    With B the blocking probability: C = n B / (n - a (1 - B)) for infinite patience, B for none.

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).
    C. Palm, Research on telephone traffic carried by full availability groups, Tele 1 (1957).
    A. Mandelbaum & S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).

    Examples
    --------
    >>> round(wait_probability(14, 10.0), 10)
    0.1741319336
    >>> wait_probability([13, 14], 10.0, aht=180, patience=300).round(6)
    array([0.225797, 0.14526 ])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        system = (agents, load, wide.handle_time(aht))
        return wide.measure("wait_probability", system, (invalid, threads, out))
    patience = seconds("patience", patience)
    aht = handle_time(aht, patience)
    return elementwise(
        _core.wait_probability, agents, load, aht, patience, options=(invalid, threads, out)
    )


def service_level(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    threshold: Durations,
    patience: Durations | Patience = np.inf,
    definition: Definition = "offered",
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Share of calls answered within the threshold.

    The strict definition, the default, counts everybody who called; switches often report another.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    threshold : array_like or duration
        Longest wait in seconds that counts, itself included; >= 0, broadcastable. 0 counts those
        who do not wait at all.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    definition : str
        - ``"offered"``: answered within the threshold / offered
        - ``"answered"``: answered within the threshold / answered
        - ``"exclude_abandoned_within"``: answered within the threshold / (offered less those who
          hang up within it)
        - ``"count_abandoned_within"``: (answered or hung up within the threshold) / offered
        - ``"virtual"``: P(wait of a caller with endless patience <= threshold)
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Between 0 and 1; the definitions differ only where patience is finite. 1 at load 0; NaN
        where there is nothing to divide by (``"answered"`` without agents).

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    Erlang C: 1 - C exp(-(n - a) T / h). Erlang A: 1 - P(wait) plus the integral up to T of the
    density of the offered wait times the chance to be still there, in closed form by incomplete
    gamma functions. The accuracy is relative, down to the smallest levels of deep overload.

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).
    C. Palm, Research on telephone traffic carried by full availability groups, Tele 1 (1957).
    A. Mandelbaum & S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).

    Examples
    --------
    >>> round(service_level(34, 250 * 210 / 1800, aht=210, threshold="20s"), 6)
    0.81508
    >>> service_level(13, 10.0, aht=180, threshold=[0, 20], patience=300).round(6)
    array([0.774203, 0.858178])
    """
    options = (invalid, threads, out)
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        system = (agents, load, aht, threshold)
        return wide.measure("service_level", system, options, definition=definition)
    values = (agents, load, aht, threshold, patience)
    return elementwise(_core.service_level, *values, choices=(definition,), options=options)


def abandonment(
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
    """Share of offered calls that hang up before they are answered.

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
        Between 0 and 1; 0 with infinite patience, `blocking` with none.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    The mean wait of all calls divided by the mean patience.

    References
    ----------
    C. Palm, Research on telephone traffic carried by full availability groups, Tele 1 (1957).
    A. Mandelbaum & S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).

    Examples
    --------
    >>> round(abandonment(13, 10.0, aht=180, patience=300), 10)
    0.0249633036
    >>> abandonment([10, 11], 10.0, aht=180, patience="5min").round(6)
    array([0.109438, 0.069945])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        return wide.measure("abandonment", (agents, load, aht), (invalid, threads, out))
    return elementwise(
        _core.abandonment, agents, load, aht, patience, options=(invalid, threads, out)
    )


def occupancy(
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
    """Busy share of the agents' time.

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
        Between 0 and 1; 1 at ``agents <= load`` with infinite patience, NaN without agents.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    Load x (1 - abandonment) / agents.

    References
    ----------
    J. D. C. Little, A proof for the queuing formula L = lambda W, Operations Research 9 (1961).

    Examples
    --------
    >>> round(occupancy(14, 10.0), 10)
    0.7142857143
    >>> occupancy([9, 13], 10.0, aht=180, patience=300).round(6)
    array([0.929709, 0.750028])
    """
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        system = (agents, load, wide.handle_time(aht))
        return wide.measure("occupancy", system, (invalid, threads, out))
    patience = seconds("patience", patience)
    aht = handle_time(aht, patience)
    return elementwise(
        _core.occupancy, agents, load, aht, patience, options=(invalid, threads, out)
    )
