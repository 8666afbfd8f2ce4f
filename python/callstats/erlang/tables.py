"""All measures at once, and the load that they take."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise, elementwise_many, numbers
from callstats._tables.durations import seconds
from callstats.erlang.beyond import Beyond, beyond

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.erlang.beyond import Average
    from callstats.erlang.patience import Patience
    from callstats.erlang.shares import Definition
    from callstats.typing import Durations, Frame, Invalid, Numbers, Result, Threads

#: The columns of `measures`.
MEASURES = (
    "agents",
    "load",
    "wait_probability",
    "service_level",
    "abandonment",
    "asa",
    "mean_wait",
    "queue_length",
    "occupancy",
)

#: What the core gives of a system beyond Erlang A: the measures, and what only some systems have.
ROW = (*MEASURES, "blocking", "trunk_load", "handle_time", "in_service", "jobs_per_second")


def measures(
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
) -> Frame:
    """All measures of one or many systems, in one pass: a frame with one row a system.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0, fractions allowed, broadcastable.
    load : array_like
        Offered load in erlangs (arrival rate x mean handle time); >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    threshold : array_like or duration
        Longest wait in seconds that the service level counts; >= 0, broadcastable.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable. Infinite: Erlang C;
        0: Erlang B; as it was measured: `Patience`.
    definition : str
        What service level counts: see `service_level`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    DataFrame
        Columns ``agents, load, wait_probability, service_level, abandonment, asa, mean_wait,
        queue_length, occupancy``, each as its function says. With ``lines``, ``blocking`` follows;
        with ``slowdown``, the mean ``handle_time`` (s) as it turns out and ``slot_occupancy``, the
        busy share of all contacts that agents may have at a time. pandas, or Polars where a Polars
        Series came in; the index of a pandas Series is kept. Arrays of more dimensions are read
        row by row.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    The values are those of the functions of the same names, from one pass over each system.
    Models and sources: `callstats.erlang`.

    Examples
    --------
    >>> frame = measures([12, 13, 14], 10.0, aht=180, threshold=20, patience=300)
    >>> frame[["agents", "service_level", "abandonment", "occupancy"]].round(4)
       agents  service_level  abandonment  occupancy
    0    12.0         0.7723       0.0427     0.7977
    1    13.0         0.8582       0.0250     0.7500
    2    14.0         0.9168       0.0140     0.7043
    """
    options = (invalid, threads, None)
    wide = beyond(patience, lines, slowdown, load_cv, average)
    if wide is not None:
        columns, wrap = wide.row(
            _core.wide_measures, wide.columns(agents, load, aht, threshold), options, definition
        )
        figures = dict(zip(ROW, columns, strict=True))
        also = _also_shown(wide, figures)
        return frame_like({name: wrap(figures[name], name) for name in (*MEASURES, *also)})
    system = (agents, load, aht, threshold, patience)
    values, wrap = elementwise_many(_core.measures, *system, choices=(definition,), options=options)
    return frame_like(
        {name: wrap(value, name) for name, value in zip(MEASURES, values, strict=True)}
    )


def table(
    *,
    calls: float,
    aht: Durations,
    threshold: Durations,
    agents: Numbers,
    interval: Durations = 1800,
    patience: Durations | Patience = np.inf,
    hold_time: Durations | None = None,
    definition: Definition = "offered",
    lines: Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: Numbers = 0.0,
    average: Average = "calls",
) -> Frame:
    """The staffing table: every measure of one interval over a range of agents.

    Parameters
    ----------
    calls : float
        Calls offered in the interval; >= 0.
    aht : duration
        Mean handle time in seconds; > 0.
    threshold : duration
        Longest wait in seconds that the service level counts; >= 0.
    agents : array_like
        The agents to try, such as ``range(30, 43)``; >= 0, one row each in the order given. A
        range may stand for 100,000,000 of them.
    interval : duration, default 1800
        Length in seconds of the period over which the calls arrive; > 0.
    patience : duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0; as it was measured: `Patience`.
    hold_time : duration, optional
        Mean seconds on the line once answered, for the trunk load; by default ``aht``.
    definition : str
        What service level counts: see `service_level`.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``.

    Returns
    -------
    DataFrame
        The columns of `measures`, ``trunk_load``, and ``marginal_service_level``: the service level
        less that of the row before, NaN in the first. pandas, or Polars where ``agents`` is a
        Polars Series.

    Raises
    ------
    ValueError
        A value outside its domain; more than one value of anything but ``agents``.

    Notes
    -----
    The load, calls x aht / interval, is carried exactly and not rounded to a double: next to
    saturation the rounding would cost digits.
    Models and sources: `callstats.erlang`.

    Examples
    --------
    >>> rows = table(calls=250, aht=210, threshold=20, agents=range(33, 36))
    >>> rows[["agents", "service_level", "asa", "marginal_service_level"]].round(4)
       agents  service_level      asa  marginal_service_level
    0    33.0         0.7304  21.2739                     NaN
    1    34.0         0.8151  12.7312                  0.0846
    2    35.0         0.8751   7.8355                  0.0600
    """
    aht = seconds("aht", aht)
    wide = beyond(patience, lines, slowdown, load_cv, average)
    system = {
        "calls": calls,
        "aht": aht,
        "interval": seconds("interval", interval),
        "threshold": seconds("threshold", threshold),
        "patience": seconds("patience", patience if wide is None else wide.mean_patience),
        "hold_time": aht if hold_time is None else seconds("hold_time", hold_time),
    }
    if wide is not None:
        system |= {"lines": lines, "load_cv": load_cv}
    for name, value in system.items():
        if np.ndim(numbers(name, value)) != 0:
            msg = f"{name} must be one number: a table is of one interval, over a range of agents"
            raise ValueError(msg)
    # A Series stays one, so that the answer is of its library.
    if np.ndim(numbers("agents", agents)) > 1:
        msg = f"agents must be a number or a list of numbers; got {np.ndim(agents)} dimensions"
        raise ValueError(msg)
    values = (agents, *system.values())
    if wide is None:
        columns, wrap = elementwise_many(_core.table, *values, choices=(definition,))
        figures = dict(zip((*MEASURES, "trunk_load"), columns, strict=True))
    else:
        options: Any = ("raise", None, None)
        columns, wrap = wide.row(_core.wide_table, values, options, definition)
        figures = dict(zip(ROW, columns, strict=True))
    level = np.atleast_1d(figures["service_level"])
    gain = np.concatenate([np.full(min(1, level.size), np.nan), np.diff(level)])
    figures["marginal_service_level"] = gain if np.ndim(columns[0]) else float(gain[0])
    also = () if wide is None else _also_shown(wide, figures)
    shown = (*MEASURES, "trunk_load", "marginal_service_level", *also)
    return frame_like({name: wrap(figures[name], name) for name in shown})


def load(
    calls: Numbers,
    aht: Durations,
    *,
    interval: Durations = 1800,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Offered load in erlangs: calls x aht / interval.

    Parameters
    ----------
    calls : array_like
        Calls offered in the interval; >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time in seconds; > 0, broadcastable.
    interval : array_like or duration, default 1800
        Length in seconds of the period over which the calls arrive; > 0, broadcastable.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0; 0 where there are no calls, even if their handle time is missing.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    The mean number of agents busy if nobody is lost: one erlang keeps one agent busy all the time.

    References
    ----------
    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, Post Office Electrical Engineers' Journal 10 (1917).

    Examples
    --------
    >>> round(load(250, "3:30"), 5)
    29.16667
    >>> load([0, 120], [np.nan, 300], interval="15min")
    array([ 0., 40.])
    """
    return elementwise(_core.load, calls, aht, interval, options=(invalid, threads, out))


def _also_shown(wide: Beyond, figures: dict[str, Any]) -> tuple[str, ...]:
    """The columns that only systems beyond Erlang A have; those of chats are completed."""
    lines = np.asarray(numbers("lines", wide.lines))
    names = ("blocking",) if (lines < np.inf).any() else ()
    if wide.slowdown:
        with np.errstate(divide="ignore", invalid="ignore"):
            slots = np.asarray(figures["agents"]) * len(wide.slowdown)
            figures["slot_occupancy"] = np.divide(figures["in_service"], slots)
        names = (*names, "handle_time", "slot_occupancy")
    return names


def frame_like(columns: dict[str, Any]) -> Frame:
    """Columns of one kind as a frame of their library; pandas for numbers and arrays."""
    first = next(iter(columns.values()))
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(first, polars.Series):
        return polars.DataFrame(columns)
    import pandas as pd

    if isinstance(first, pd.Series):
        return pd.DataFrame(columns)
    return pd.DataFrame({name: np.ravel(values) for name, values in columns.items()})
