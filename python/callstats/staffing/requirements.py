"""The fewest agents, the greatest load and the fewest lines that meet goals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise
from callstats.erlang.beyond import Beyond, beyond, named
from callstats.staffing.goals import Goals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.erlang.beyond import Average
    from callstats.erlang.patience import Patience
    from callstats.erlang.shares import Definition
    from callstats.typing import Durations, Invalid, Numbers, Result, Threads


# 21 arguments: the seven of the goals are written out, as in every function that staffs.
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
    patience: Durations | Patience = np.inf,
    definition: Definition = "offered",
    rounding: Literal["ceil"] | None = "ceil",
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    reserved: Numbers | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
    certainty: Numbers | None = None,
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
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `callstats.erlang.Patience`.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    rounding : {"ceil", None}
        Whole agents, or the fraction of one at which the goals are just met.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    reserved : array_like, optional
        Agents kept free while the others work on a backlog, as in `callstats.erlang.blend`; >= 0
        and whole, broadcastable. Without ``lines`` and ``slowdown``.
    certainty : array_like, optional
        With ``load_cv``: the share of intervals that must meet the goals; between 0 and 1. By
        default the average over the load must.
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
    above. Exact in all 150 rows of a table with near ties to 1e-10, and in 213 more of systems
    beyond Erlang A. With ``lines`` no more agents are tried than there are lines. ``certainty``
    staffs for that quantile of the load: every goal is harder under more load.
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
    >>> required_agents(29.2, aht=180, service_level=0.8, threshold=20, load_cv=[0, 0.1, 0.2])
    array([34., 36., 39.])
    """
    arguments = locals()
    goals = Goals.of(arguments)
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None or reserved is not None or certainty is not None:
        wide = wide or Beyond.of(patience, lines, slowdown, load_cv, average)
        return _beyond_agents(wide, goals, arguments)
    values = (load, aht, patience, *goals.columns())
    choices = (goals.choices(definition, rounding),)
    options = (invalid, threads, out)
    return elementwise(_core.required_agents, *values, choices=choices, options=options)


def _beyond_agents(wide: Beyond, goals: Goals, arguments: dict[str, Any]) -> Result:
    """The fewest agents of a system beyond Erlang A."""
    reserved, certainty = arguments["reserved"], arguments["certainty"]
    if reserved is not None:
        limited = arguments["slowdown"] is not None or beyond(lines=wide.lines) is not None
        for name, given in {"lines or slowdown": limited, "certainty": certainty}.items():
            if given is not None and given is not False:
                raise ValueError(
                    f"reserved cannot be combined with {name}: a backlog is of calls one at a time"
                )
    kernel = _core.wide_required_agents if certainty is None else _core.certain_agents
    last = np.inf if reserved is None else reserved
    system = (arguments["load"], arguments["aht"], wide.mean_patience, wide.lines, wide.load_cv)
    values = (*system, last if certainty is None else certainty, *goals.columns())
    choices = (goals.choices(arguments["definition"], arguments["rounding"]), wide.model)
    options = (arguments["invalid"], arguments["threads"], arguments["out"])
    return named("required_agents", elementwise(kernel, *values, choices=choices, options=options))


# 17 arguments: as required_agents.
def required_reserved(
    agents: Numbers,
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
    patience: Durations | Patience = np.inf,
    definition: Definition = "offered",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Fewest agents to keep free of a backlog so that the calls still meet every goal.

    The others take a job of e-mail or calling back whenever they are idle; the fewer are kept free,
    the more jobs are done. What is met at a reserve, and how many jobs: `callstats.erlang.blend`.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0 and whole, broadcastable.
    load : array_like
        Offered load of the calls in erlangs; >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds of calls and jobs alike; > 0, broadcastable.
    service_level, threshold, asa, mean_wait, abandonment, occupancy, wait_probability : optional
        The goals, as in `required_agents`; at least one.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        A whole number from 0 to ``agents``; NaN where even without jobs the goals are missed.

    Raises
    ------
    ValueError
        No goal, a service level without ``threshold``, a value outside its domain, shapes that do
        not broadcast, or Series of different indexes.

    Notes
    -----
    Every goal is easier with more agents kept free, so that the answer is unique. The occupancy
    counts jobs.

    References
    ----------
    S. Bhulai & G. Koole, A queueing model for call blending in call centers, IEEE Transactions on
    Automatic Control 48 (2003).

    Examples
    --------
    >>> required_reserved(34, 29.2, aht=180, patience=180, service_level=0.8, threshold=20)
    4.0
    >>> required_reserved([32, 36], 29.2, aht=180, patience=180, asa=10)
    array([5., 2.])
    """
    goals = Goals.of(locals())
    wide = Beyond.of(patience, np.inf, None, 0.0, "calls")
    values = (agents, load, aht, wide.mean_patience, *goals.columns())
    choices = (goals.choices(definition, "ceil"), wide.model)
    options = (invalid, threads, out)
    found = elementwise(_core.required_reserved, *values, choices=choices, options=options)
    return named("required_reserved", found)


def goal_probability(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    threshold: Durations,
    service_level: Numbers,
    load_cv: Numbers,
    patience: Durations | Patience = np.inf,
    lines: Numbers = np.inf,
    definition: Definition = "offered",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Probability that an interval meets its service level when the load is uncertain.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Mean of the offered load in erlangs; >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    threshold : array_like or duration
        Longest wait in seconds that counts; >= 0, broadcastable.
    service_level : array_like
        Goal: at least this share within ``threshold``; between 0 and 1, broadcastable.
    load_cv : array_like
        Coefficient of variation of the load, which is Gamma distributed; >= 0, broadcastable.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable.
    lines : array_like, default inf
        Lines that waiting and served callers share; whole, broadcastable.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Between 0 and 1: of intervals, whatever their calls.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    P(load <= the greatest load that still meets the goal), by the Gamma distribution of the load:
    see `max_load`. Agents for a given probability: ``required_agents(..., certainty=...)``.

    Examples
    --------
    >>> told = {"aht": 180, "threshold": 20, "service_level": 0.8}
    >>> goal_probability([34, 36, 39], 29.2, load_cv=0.1, **told).round(3)
    array([0.559, 0.783, 0.954])
    """
    wide = Beyond.of(patience, lines, None, load_cv, "calls")
    values = (agents, load, aht, threshold, service_level, load_cv, wide.mean_patience, lines)
    choices = (definition, wide.model)
    options = (invalid, threads, out)
    return elementwise(_core.goal_probability, *values, choices=choices, options=options)


# 18 arguments: as required_agents.
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
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable; as it was measured:
        `callstats.erlang.Patience`.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
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
    choices = (goals.choices(definition, rounding=None),)
    options = (invalid, threads, out)
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        values = (agents, aht, wide.mean_patience, lines, load_cv, *goals.columns())
        found = elementwise(
            _core.wide_max_load, *values, choices=(*choices, wide.model), options=options
        )
        return named("max_load", found)
    values = (agents, aht, patience, *goals.columns())
    return elementwise(_core.max_load, *values, choices=choices, options=options)


def required_lines(
    load: Numbers,
    *,
    blocking: Numbers,
    agents: Numbers | None = None,
    aht: Durations | None = None,
    patience: Durations | Patience = np.inf,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Fewest lines that block at most the share ``blocking`` of the calls.

    Without ``agents`` a line is held while its caller talks (Erlang B): size lines by the trunk
    load, which counts callers who wait, `callstats.erlang.trunk_load`. With them waiting and served
    callers share the lines, and the answer is exact.

    Parameters
    ----------
    load : array_like
        Offered load in erlangs; >= 0, broadcastable.
    blocking : array_like
        Greatest share of calls lost; between 0 and 1, broadcastable.
    agents : array_like, optional
        People serving at the same time; >= 0, broadcastable.
    aht : array_like or duration, optional
        Mean handle time in seconds; > 0, broadcastable. Needed with ``agents`` where patience is
        finite and positive.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Not used without
        ``agents``.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        A whole number; 0 at load 0, else >= 1; NaN where ``blocking`` is 0 under load, or no number
        of lines is enough: endless patience in overload.

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
    >>> required_lines(29.2, blocking=0.01, agents=34, aht=180, patience=[120, 600])
    array([40., 42.])
    """
    if agents is not None:
        wide = Beyond.of(patience, np.inf, None, 0.0, "calls")
        values = (load, blocking, agents, wide.handle_time(aht), wide.mean_patience)
        found = elementwise(
            _core.wide_required_lines,
            *values,
            choices=(wide.model,),
            options=(invalid, threads, out),
        )
        return named("required_lines", found)
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
