"""Exact measures of days from frames of intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from callstats import _core
from callstats._tables.arrays import thread_count
from callstats._tables.checks import number
from callstats.day.days import Days, read
from callstats.day.measures import added, ratios, require_definition
from callstats.day.starts import ENDS, ended, states

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Durations, Frame, Invalid, Numbers, Threads

    Definition: TypeAlias = Literal[
        "offered", "answered", "exclude_abandoned_within", "count_abandoned_within", "virtual"
    ]


# 16 arguments: seven are columns of the intervals, each a name, a number or a value a row.
def evaluate(
    intervals: Frame,
    *,
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    patience: str | Durations = np.inf,
    agents: str | Numbers = "agents",
    threshold: str | Durations = 20,
    interval: str | Durations | None = None,
    shift_end: str = "finish",
    start: str | int | Mapping[str, Any] | Frame = "empty",
    definition: Definition = "offered",
    by: str | Sequence[str] = (),
    day_cv: str | Numbers = 0.0,
    tolerance: float = 1e-10,
    suffix: str = "",
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Frame:
    """The frame of intervals with what callers meet in each, backlogs carried over exactly.

    When loads, staffing or handle times change faster than queues settle, or callers are patient,
    the stationary formulas of ``callstats.erlang`` mislead; this does not assume a steady state.
    Callers must arrive as a Poisson process and handle times and patience be exponential, each with
    the rates of its interval.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval; pandas, Polars or what narwhals reads. It is not changed. Rows are put
        in order by the time index or the column ``start`` where there is one, and must follow one
        another; else they count in the order they have.
    calls : str or array_like, default "calls"
        Expected calls offered; >= 0.
    aht : str, array_like or duration, default "aht"
        Mean handle time in seconds; > 0. Without calls it may be missing: that of the calls before.
    patience : str, array_like or duration, default inf
        Mean time in seconds before a waiting caller hangs up; >= 0. 0: nobody waits at all.
    agents : str or array_like, default "agents"
        Agents at work; whole and >= 0.
    threshold : str, array_like or duration, default 20
        The wait in seconds that `answered_within` is judged by; >= 0. It may be longer than an
        interval.
    interval : str, array_like or duration, optional
        Length in seconds; > 0. By default the step of the time index, or of the column ``start``.
    shift_end : str, default "finish"
        What agents do who leave at the start of an interval, one rule or a column of rules:

        - ``"finish"``: idle agents leave first; surplus busy ones finish their call and leave
        - ``"finish_roster"``: leavers are named by the roster, busy or not, and finish their call
        - ``"preempt"``: calls of surplus agents go back to the head of the queue
    start : "empty", number, mapping or DataFrame, default "empty"
        How a day starts: empty; with so many callers waiting for the first agents; as another day
        ended, by its result (pandas) or by `end_states`; or a mapping from the day's key, its
        values joined by ``" | "``, to any of these.
    definition : str, default "offered"
        What the service level counts: see `callstats.erlang.service_level`.
    by : str or sequence of str
        Columns that tell days apart, such as queue and date. Each day is computed by itself.
    day_cv : str or array_like, default 0
        Coefficient of variation of a factor, gamma distributed with mean 1, by which all calls of a
        day are multiplied: busy and quiet days. Results are then means over days. One value a day:
        a number, or the column of that name in a forecast.
    tolerance : float, default 1e-10
        Largest error of shares; between 1e-13 and 1e-3.
    suffix : str, default ""
        Put behind the names of the columns that are added, where the frame has some of them: what
        was observed stays beside what is computed.
    invalid : {"raise", "nan"}
        Refuse values outside their domain, or treat them as missing.
    threads : int, optional
        Threads at most; days are computed side by side. The result does not depend on it.

    Returns
    -------
    DataFrame
        The frame with these columns added. A result, which has all of them, is made anew. Of the
        interval's arrivals, whenever they are answered or hang up:

        - ``offered``; ``answered_within`` the threshold; ``waiting_after`` it;
          ``virtual_waiting_after``, were nobody to hang up; ``answered_of_arrivals`` and
          ``abandoned_of_arrivals``; ``wait_seconds``, their total wait, and
          ``wait_answered_seconds``, the part of those who are answered
        - ``service_level``, ``abandonment``, ``asa``, ``mean_wait``: ratios of these; missing
          without calls
        - ``wait_probability``: probability to find all agents busy

        Of the interval itself:

        - ``queue_start``, ``queue_end``: number waiting just before it and at its end;
          ``queue_length``; ``interrupted``, calls put back into the queue at its start
        - ``answered``, ``abandoned``: answers and hang-ups during it, whoever arrived when
        - ``busy_seconds``, ``busy_end``: agent-seconds on calls, and busy agents at the end;
          ``overtime_seconds``, ``overtime_end``: seconds of leavers finishing calls, and leavers
          at it
        - ``occupancy``: ``busy_seconds`` / ``agent_seconds``; missing without agents;
          ``interval_seconds``

        ``queue_start + interrupted + offered = answered + abandoned + queue_end`` in every row. A
        day where anything is missing has no results.

    Raises
    ------
    MissingColumnError
        A name that is neither a column nor, where one is expected, a duration.
    InvalidDataError
        The frame has some of the columns that would be added; they are named.
    ValueError
        A value outside its domain, such as fractional agents; intervals that overlap or leave a
        gap; an unknown rule or definition.

    Notes
    -----
    The queue M(t)/M(t)/n(t)+M(t), first come, first served. A boundary belongs to the interval that
    starts there, and changes the rates of calls already there. After the last interval its values
    stay in force. The state is carried forward by Chebyshev series, the outcomes of those who wait
    backward; the two meet at Gauss nodes, denser where the sums ask for it. Checked against 348
    intervals computed in 80-bit arithmetic and random days by another route: 1e-10 of every
    measure, relative above 1. Zero agents with callers who never hang up: waits are
    infinite where nobody ever comes.

    Examples
    --------
    >>> import pandas as pd
    >>> morning = pd.DataFrame({"calls": [120, 180, 90], "aht": 300, "agents": [22, 26, 20]})
    >>> result = evaluate(morning, interval="30min", patience=600)
    >>> result[["service_level", "abandonment", "queue_end"]].round(4)
       service_level  abandonment  queue_end
    0         0.8327       0.0184     1.4117
    1         0.3465       0.1032     8.3490
    2         0.7350       0.0384     0.2981
    """
    days, options = opened(locals())
    steady = isinstance(day_cv, int | float) and day_cv == 0
    varied = None if steady else days.day_cv(day_cv)
    sums, finals = figures(days, start, varied, tolerance, threads)
    about = {
        "function": "day.evaluate",
        "definition": definition,
        **options,
        ENDS: ended(days.groups, finals),
    }
    return added(days.groups.frame, {**sums, **ratios(sums, definition)}, about, suffix=suffix)


def end_states(intervals: Frame, **options: Any) -> dict[str, Any]:
    """How each day ends, for `start` of the next: a mapping that JSON can hold.

    With pandas the result of `evaluate` knows it and can itself be passed as ``start``.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval, as in `evaluate`.
    **options
        The arguments of `evaluate`, but for ``definition``, ``day_cv`` and ``suffix``.

    Returns
    -------
    dict
        Of each day, by its key: the agents at work, the probabilities of the number of calls in
        system, and the expected calls that leavers are finishing. None where something is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame({"calls": [100, 120], "aht": 300, "agents": 20})
    >>> state = end_states(day, interval=1800)
    >>> night = pd.DataFrame({"calls": [0], "aht": 300, "agents": 3})
    >>> evaluate(night, interval=1800, start=state)["queue_start"].round(3).item()
    8.136
    """
    forbidden = sorted(options.keys() & {"definition", "day_cv", "suffix"})
    if forbidden:
        raise TypeError(f"end_states takes no {forbidden[0]}")
    known = evaluate.__kwdefaults__ or {}
    defaults = {**known, **options}
    unknown = sorted(options.keys() - known.keys())
    if unknown:
        raise TypeError(f"end_states takes the arguments of day.evaluate; got {unknown[0]!r}")
    days, _ = opened({"intervals": intervals, **defaults})
    _, finals = figures(days, defaults["start"], None, defaults["tolerance"], defaults["threads"])
    return ended(days.groups, finals)


def opened(given: Mapping[str, Any]) -> tuple[Days, dict[str, Any]]:
    """The days of the arguments of `evaluate`, and what is worth remembering of them."""
    require_definition(given["definition"])
    day_cv = given["day_cv"]
    if np.ndim(day_cv) == 0 and not isinstance(day_cv, str):
        number("day_cv", day_cv, ">= 0 and finite", lambda cv: 0 <= cv < np.inf)
    names = ("calls", "aht", "patience", "agents", "threshold", "interval", "shift_end", "by")
    days = read(
        given["intervals"], **{name: given[name] for name in names}, invalid=given["invalid"]
    )
    about = {"shift_end": str(given["shift_end"]), "day_cv": described_cv(day_cv)}
    return days, about


def described_cv(day_cv: Any) -> float | str:
    """The argument `day_cv` as JSON can hold it: a number, or where it comes from."""
    if isinstance(day_cv, str):
        return day_cv
    return float(day_cv) if np.ndim(day_cv) == 0 else "one a row"


def figures(
    days: Days, start: Any, day_cv: NDArray[np.float64] | None, tolerance: float, threads: Threads
) -> tuple[dict[str, NDArray[np.float64]], list[Any]]:
    """Every measure of every row, and how each day ends (with a day factor, its mean day)."""
    threads = require_numerics(tolerance, threads)
    begun = states(start, days.groups)
    if day_cv is None:
        sums, finals = days.evaluate(begun, tolerance, threads)
    else:
        sums, finals = {}, [None] * days.groups.count
        distinct, places = np.unique(day_cv, return_inverse=True)
        # Nodes and weights of each value, then of each day and row: (2, nodes, rows).
        nodes = np.array([_nodes(cv) for cv in distinct])[places[days.groups.codes]].T
        for factor, weight in zip(*nodes, strict=True):
            part, _ = days.with_calls(factor).evaluate(begun, tolerance, threads)
            # Those who find all agents busy are counted, as all else is; busy days count for more.
            part["wait_probability"] = part["wait_probability"] * factor
            for name, column in part.items():
                sums[name] = sums.get(name, 0.0) + weight * column
    return with_inputs(days, sums), finals


def _nodes(cv: float) -> list[tuple[float, float]]:
    """Factors on the calls of a day with their weights; of days that do not vary, all are 1."""
    if cv > 0:
        return _core.day_factors(cv)
    return [(1.0 if cv == 0 else np.nan, weight) for _, weight in _core.day_factors(1.0)]


def require_numerics(tolerance: float, threads: Threads) -> int | None:
    """The number of threads; raises where the day cannot be solved so."""
    number("tolerance", tolerance, "between 1e-13 and 1e-3", lambda error: 1e-13 <= error <= 1e-3)
    return thread_count(threads)


def with_inputs(
    days: Days, sums: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """The core's measures behind what they are sums and shares of."""
    unknown = np.isnan(sums["queue_end"])
    known = {
        "offered": days.calls,
        "interval_seconds": days.length,
        "agent_seconds": days.agents * days.length,
    }
    return {**{n: np.where(unknown, np.nan, c) for n, c in known.items()}, **sums}
