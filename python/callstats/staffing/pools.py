"""One queue in place of several, and one site in place of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from callstats import erlang
from callstats._tables import frames
from callstats._tables.arrays import columns_and_wrap
from callstats._tables.checks import must_be, one_of
from callstats._tables.durations import in_seconds
from callstats.erlang.tables import frame_like
from callstats.staffing.goals import Goals
from callstats.staffing.groups import ceil, group
from callstats.staffing.intervals import values, work
from callstats.staffing.requirements import required_agents, required_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callstats.erlang.shares import Definition
    from callstats.typing import Durations, Frame, Invalid, Numbers


def pool(
    intervals: Frame,
    *,
    by: str | Sequence[str] = "start",
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    invalid: Invalid = "raise",
) -> Frame:
    """The forecast of one queue in place of several: calls added up, handle times weighted.

    For agents who take every queue's calls. Its plan needs fewer of them than the plans of the
    queues together: what one queue has too many of, another can use.

    Parameters
    ----------
    intervals : DataFrame
        One row a queue and interval; pandas, Polars or what narwhals reads. It is not changed.
    by : str or list of str, default "start"
        What tells the intervals apart, and pools that stay apart: columns, or levels of the index.
        The column ``start`` may be a time index of any name.
    calls : str or array_like, default "calls"
        Calls offered; >= 0.
    aht : str, array_like or duration, default "aht"
        Mean handle time in seconds; > 0. Without calls it is not looked at, and may be missing.
    invalid : {"raise", "nan"}
        Refuse values outside their domain, or treat them as missing.

    Returns
    -------
    DataFrame
        One row for each value of ``by``, in their order: those columns, ``calls``, and ``aht``, the
        mean over the calls, missing without calls. A missing value in a row is missing in its sum.

    Raises
    ------
    MissingColumnError
        A name that is no column.
    ValueError
        A value outside its domain.

    Notes
    -----
    Sums are exact before they are rounded once, so that the order of the rows does not matter. The
    pooled queue treats all handle times as one exponential distribution; where the queues' means
    differ a lot, waits are a little longer than told.

    References
    ----------
    D. R. Smith & W. Whitt, Resource sharing for efficiency in traffic systems, Bell System
    Technical Journal 60 (1981).

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame(
    ...     {"start": ["08:00", "08:00"], "queue": ["sales", "care"],
    ...      "calls": [100, 50], "aht": [180, 300]}
    ... )
    >>> pool(day)
       start  calls    aht
    0  08:00  150.0  220.0
    """
    frame = frames.read(intervals, "intervals")
    offered, effort = work(frame, calls, aht, invalid)
    groups = group(frame, by)
    total = groups.sum(offered)
    with np.errstate(invalid="ignore"):
        mean = groups.sum(effort) / total
    return groups.made({"calls": total, "aht": mean})


def total_agents(
    planned: Frame, *, by: str | Sequence[str] = "start", rounding: Literal["ceil"] | None = "ceil"
) -> Frame:
    """Agents that several queues need together: fractions are added first, and rounded once.

    Whole agents for each queue add up to more than the queues need where agents can help out
    elsewhere for a part of the interval: plan with ``rounding=None`` and add up here.

    Parameters
    ----------
    planned : DataFrame
        What `plan` gives, one row a queue and interval; made with ``rounding=None``, else its whole
        agents are what is added.
    by : str or list of str, default "start"
        What tells the intervals apart: columns, or levels of the index. The column ``start`` may be
        a time index of any name.
    rounding : {"ceil", None}
        Whole agents in the sum, or fractions. As in `plan`, required agents are rounded before the
        gross-up and again after it; a value within 1e-9 of a whole number is that number.

    Returns
    -------
    DataFrame
        One row for each value of ``by``, in their order: those columns; ``load``,
        ``required_agents`` and ``scheduled_agents`` of all rows together; ``reason``, which says
        how many rows have no answer, else empty. Their sum is missing.

    Raises
    ------
    MissingColumnError
        A column of a plan, or of ``by``, is missing.

    Notes
    -----
    Each queue still waits for its own agents. Agents who take every queue's calls are another
    matter, and fewer: plan the queues of `pool`.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import staffing
    >>> day = pd.DataFrame({"start": ["08:00"] * 3, "calls": [20, 25, 30], "aht": 240})
    >>> goals = {"service_level": 0.8, "threshold": 20, "interval": "30min"}
    >>> staffing.plan(day, **goals)["required_agents"].tolist()
    [5.0, 6.0, 7.0]
    >>> total_agents(staffing.plan(day, rounding=None, **goals))["required_agents"].item()
    17.0
    """
    one_of("rounding", rounding, ("ceil", None))
    frame = frames.read(planned, "planned")
    figures = ("load", "required_agents", "scheduled_agents")
    frames.require(frame, figures, "planned")
    groups = group(frame, by)
    columns = {name: np.asarray(values(frame, name, name), np.float64) for name in figures}
    load, required, scheduled = (groups.sum(column) for column in columns.values())
    if rounding == "ceil":
        with np.errstate(invalid="ignore", divide="ignore"):
            gross = np.where(required > 0, scheduled / required, 1.0)
        required = ceil(required)
        scheduled = ceil(required * gross)
    missing = groups.sum(np.isnan(columns["required_agents"]).astype(np.float64))
    rows = groups.sum(1.0)
    reasons = [
        f"{gaps:.0f} of {all_:.0f} rows without an answer" if gaps else ""
        for gaps, all_ in zip(missing, rows, strict=True)
    ]
    return groups.made(
        {
            "load": load,
            "required_agents": required,
            "scheduled_agents": scheduled,
            "reason": reasons,
        }
    )


# 16 arguments: the seven of the goals are written out, as in every function that staffs.
def pooling_table(
    *,
    calls: float,
    aht: Durations,
    sites: Numbers,
    interval: Durations = 1800,
    patience: Durations = np.inf,
    service_level: float | None = None,
    threshold: Durations | None = None,
    asa: Durations | None = None,
    mean_wait: Durations | None = None,
    abandonment: float | None = None,
    occupancy: float | None = None,
    wait_probability: float | None = None,
    definition: Definition = "offered",
    rounding: Literal["ceil"] | None = "ceil",
    blocking: float | None = None,
    hold_time: Durations | None = None,
) -> Frame:
    """What it costs to answer the same calls at several sites: agents and lines for each number.

    The calls are split evenly, and no site helps another.

    Parameters
    ----------
    calls : float
        Calls offered in the interval to all sites together; >= 0.
    aht : duration
        Mean handle time in seconds; > 0.
    sites : array_like
        Numbers of sites to compare, such as ``range(1, 6)``; whole, >= 1, one row each.
    interval : duration, default 1800
        Length in seconds of the period over which the calls arrive; > 0.
    patience : duration, default inf
        Mean time in seconds before a caller hangs up; >= 0.
    service_level, threshold, asa, mean_wait, abandonment, occupancy, wait_probability : optional
        The goals of every site, as in `required_agents`; at least one.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    rounding : {"ceil", None}
        Whole agents at each site, or fractions.
    blocking : float, optional
        Greatest share of calls that find all lines of their site taken; between 0 and 1.
    hold_time : duration, optional
        Mean seconds on the line once answered, for the lines; by default ``aht``.

    Returns
    -------
    DataFrame
        One row for each number of sites: ``sites``; ``load_per_site`` and ``agents_per_site``;
        ``agents`` of all sites; ``service_level`` (missing without ``threshold``), ``asa``,
        ``abandonment`` and ``occupancy`` with them; ``trunk_load_per_site``, ``lines_per_site`` and
        ``lines`` of all sites (missing without ``blocking``). pandas, or Polars where ``sites`` is
        a Polars Series.

    Raises
    ------
    ValueError
        No goal; a value outside its domain; more than one value of anything but ``sites``.

    Notes
    -----
    Every site is a queue of its own with calls / sites. With equal handle times one pool never
    needs more (Smith & Whitt).
    Models and sources: `callstats.erlang`.

    References
    ----------
    D. R. Smith & W. Whitt, Resource sharing for efficiency in traffic systems, Bell System
    Technical Journal 60 (1981).

    Examples
    --------
    >>> goals = {"service_level": 0.8, "threshold": 20}
    >>> rows = pooling_table(calls=250, aht=210, sites=[1, 2, 5], blocking=0.01, **goals)
    >>> rows[["sites", "agents_per_site", "agents", "lines_per_site", "lines"]]
       sites  agents_per_site  agents  lines_per_site  lines
    0    1.0             34.0    34.0            43.0   43.0
    1    2.0             19.0    38.0            24.0   48.0
    2    5.0              9.0    45.0            13.0   65.0
    """
    goals = in_seconds(Goals.of(locals()).given)
    system = in_seconds({"aht": aht, "patience": patience})
    offered = in_seconds({"calls": calls, "aht": aht, "interval": interval})
    for name, value in {**offered, **system, "blocking": blocking, **goals}.items():
        if isinstance(value, range) or np.ndim(value) != 0:
            msg = f"{name} must be one number: a table is of one interval, over numbers of sites"
            raise ValueError(msg)
    (number,), wrap = columns_and_wrap({"sites": sites})
    number = np.atleast_1d(np.asarray(number, dtype=np.float64))
    if number.ndim > 1:
        msg = f"sites must be a number or a list of numbers; got {number.ndim} dimensions"
        raise ValueError(msg)
    whole = (number >= 1) & (number % 1 == 0)
    must_be("sites", number, "whole numbers >= 1", ~whole)
    load = erlang.load(**offered) / number
    per_site = required_agents(load, **system, **goals, definition=definition, rounding=rounding)
    missing = np.full(number.shape, np.nan)
    level = missing
    if threshold is not None:
        level = erlang.service_level(
            per_site, load, **system, threshold=goals["threshold"], definition=definition
        )
    trunk = erlang.trunk_load(per_site, load, **system, hold_time=hold_time)
    lines = missing if blocking is None else required_lines(trunk, blocking=blocking)
    columns = {
        "sites": number,
        "load_per_site": load,
        "agents_per_site": per_site,
        "agents": per_site * number,
        "service_level": level,
        "asa": erlang.asa(per_site, load, **system),
        "abandonment": erlang.abandonment(per_site, load, **system),
        "occupancy": erlang.occupancy(per_site, load, **system),
        "trunk_load_per_site": trunk,
        "lines_per_site": lines,
        "lines": lines * number,
    }
    return frame_like({name: wrap(values, name) for name, values in columns.items()})
