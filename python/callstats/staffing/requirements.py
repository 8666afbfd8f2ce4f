"""The fewest agents, the greatest load and the fewest lines that meet goals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise
from callstats.staffing.goals import Goals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.erlang.shares import Definition
    from callstats.typing import Durations, Invalid, Numbers, Result, Threads

__all__ = ["max_line_load", "max_load", "required_agents", "required_lines"]


# 15 arguments: the seven of the goals are written out, as in every function that staffs.
def required_agents(
    load: Numbers,
    *,
    aht: Durations,
    service_level: Numbers | None = None,
    threshold: Durations | None = None,
    asa: Durations | None = None,
    mean_wait: Durations | None = None,
    abandonment: Numbers | None = None,
    occupancy: Numbers | None = None,
    wait_probability: Numbers | None = None,
    patience: Durations = np.inf,
    definition: Definition = "offered",
    rounding: Literal["ceil"] | None = "ceil",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Fewest agents that meet every goal given.

    Parameters
    ----------
    load : array_like
        Offered load in erlangs; >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    service_level : array_like, optional
        Goal: at least this share within ``threshold``; between 0 and 1, broadcastable.
    threshold : array_like or duration, optional
        Longest wait in seconds that the service level counts; >= 0, broadcastable.
    asa : array_like or duration, optional
        Goal: mean wait of answered calls at most so many seconds; >= 0, broadcastable.
    mean_wait : array_like or duration, optional
        Goal: mean wait of all calls at most so many seconds; >= 0, broadcastable.
    abandonment : array_like, optional
        Goal: at most this share hangs up; between 0 and 1, broadcastable.
    occupancy : array_like, optional
        Goal: agents busy at most this share of their time; between 0 and 1, broadcastable.
    wait_probability : array_like, optional
        Goal: at most this share finds all agents busy; between 0 and 1, broadcastable.
    patience : array_like or duration, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    rounding : {"ceil", None}
        Whole agents, or the fraction of one at which the goals are just met.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        As float64; 0 at load 0, else whole agents >= 1, or a fraction >= 0. NaN where no number of
        agents can meet the goals, such as everybody answered in time, or nobody hanging up.

    Raises
    ------
    ValueError
        No goal, a service level without ``threshold``, a value outside its domain, shapes that do
        not broadcast, or Series of different indexes.

    Notes
    -----
    The measures are those of `callstats.erlang`, and every goal is easier with more agents, so that
    the answer is unique: it meets the goals, and one agent fewer does not. With finite patience the
    search starts from nobody, for the answer may lie below the load; with infinite patience it lies
    above. Exact in all 150 rows of a table with near ties to 1e-10.
    Models and sources: `callstats.erlang`.

    Examples
    --------
    >>> required_agents(250 * 210 / 1800, aht=210, service_level=0.8, threshold=20)
    34.0
    >>> goals = {"service_level": [0.8, 0.9, 0.95], "threshold": 20}
    >>> required_agents(250 * 210 / 1800, aht=210, **goals)
    array([34., 36., 38.])
    >>> required_agents(2916.7, aht=210, patience=180, service_level=0.8, threshold=20)
    2673.0
    """
    goals = Goals.of(locals())
    values = (load, aht, patience, *goals.columns())
    choices = (goals.choices(definition, rounding),)
    options = (invalid, threads, out)
    return elementwise(_core.required_agents, *values, choices=choices, options=options)


def max_load(
    agents: Numbers,
    *,
    aht: Durations,
    service_level: Numbers | None = None,
    threshold: Durations | None = None,
    asa: Durations | None = None,
    mean_wait: Durations | None = None,
    abandonment: Numbers | None = None,
    occupancy: Numbers | None = None,
    wait_probability: Numbers | None = None,
    patience: Durations = np.inf,
    definition: Definition = "offered",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Greatest load in erlangs at which so many agents still meet every goal given.

    Divide by the handle time for calls: ``max_load(...) * interval / aht``.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    service_level : array_like, optional
        Goal: at least this share within ``threshold``; between 0 and 1, broadcastable.
    threshold : array_like or duration, optional
        Longest wait in seconds that the service level counts; >= 0, broadcastable.
    asa : array_like or duration, optional
        Goal: mean wait of answered calls at most so many seconds; >= 0, broadcastable.
    mean_wait : array_like or duration, optional
        Goal: mean wait of all calls at most so many seconds; >= 0, broadcastable.
    abandonment : array_like, optional
        Goal: at most this share hangs up; between 0 and 1, broadcastable.
    occupancy : array_like, optional
        Goal: agents busy at most this share of their time; between 0 and 1, broadcastable.
    wait_probability : array_like, optional
        Goal: at most this share finds all agents busy; between 0 and 1, broadcastable.
    patience : array_like or duration, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0; 0 where the goals are met without load alone, inf where any load meets them.

    Raises
    ------
    ValueError
        No goal, a service level without ``threshold``, a value outside its domain, shapes that do
        not broadcast, or Series of different indexes.

    Notes
    -----
    Every goal is harder under more load, so that the answer is unique: it meets the goals, and a
    load greater in the 14th digit does not. With infinite patience it stays below the agents.
    Models and sources: `callstats.erlang`.

    Examples
    --------
    >>> round(max_load(34, aht=210, service_level=0.8, threshold=20), 4)
    29.3605
    >>> max_load([10, 100], aht=180, patience=120, abandonment=0.05).round(3)
    array([  7.595, 101.223])
    """
    goals = Goals.of(locals())
    values = (agents, aht, patience, *goals.columns())
    choices = (goals.choices(definition, rounding=None),)
    options = (invalid, threads, out)
    return elementwise(_core.max_load, *values, choices=choices, options=options)


def required_lines(
    load: Numbers,
    *,
    blocking: Numbers,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Fewest lines that block at most the share ``blocking`` of the calls (Erlang B).

    Size lines by the trunk load, which counts callers who wait: `callstats.erlang.trunk_load`.

    Parameters
    ----------
    load : array_like
        Offered load in erlangs; >= 0, broadcastable.
    blocking : array_like
        Greatest share of calls lost; between 0 and 1, broadcastable.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        A whole number; 0 at load 0, else >= 1; NaN where ``blocking`` is 0 under load.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    Lines are agents whose callers do not wait. The answer blocks at most the share as
    `callstats.erlang.blocking` computes it, and one line fewer blocks more.

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).

    Examples
    --------
    >>> required_lines(58.1462, blocking=0.01)
    73.0
    >>> required_lines([58.1462, 30.9349, 29.8456], blocking=0.01)
    array([73., 43., 41.])
    """
    return elementwise(_core.required_lines, load, blocking, options=(invalid, threads, out))


def max_line_load(
    lines: Numbers,
    *,
    blocking: Numbers,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Greatest load in erlangs of which so many lines block at most the share ``blocking``.

    What the trunks of a contract bear: the inverse of Erlang B in the load.

    Parameters
    ----------
    lines : array_like
        Lines; >= 0, fractions allowed (analytic continuation), broadcastable.
    blocking : array_like
        Greatest share of calls lost; between 0 and 1, broadcastable.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0; 0 where nothing may be blocked or there are no lines, inf where everything may be.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    The answer meets the goal as `callstats.erlang.blocking` computes it, and a load greater in the
    14th digit does not. Checked against the tables in print of 1 to 100 lines.

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).
    D. L. Jagerman, Some properties of the Erlang loss function, Bell System Technical Journal 53
    (1974), for fractions.

    Examples
    --------
    >>> round(max_line_load(30, blocking=0.02), 4)
    21.9316
    >>> max_line_load([5, 10, 100], blocking=0.01).round(3)
    array([ 1.361,  4.461, 84.064])
    """
    return elementwise(_core.max_line_load, lines, blocking, options=(invalid, threads, out))
