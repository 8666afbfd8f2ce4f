"""People on the payroll: from a year's volumes, and from a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.arrays import numbers
from callstats._tables.checks import must_be
from callstats.erlang import load
from callstats.staffing.groups import Groups, group
from callstats.staffing.intervals import lengths, require, starts, values, work
from callstats.staffing.shrinkage import gross_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Durations, Frame, Numbers


def annual_workload(
    volumes: Frame,
    *,
    paid_hours: float,
    by: str | Sequence[str] = (),
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    shrinkage: str | Numbers = 0.0,
    occupancy: str | Numbers = 1.0,
) -> Frame:
    """Hours of handling that volumes bring, and the full-time people that a budget needs for them.

    From totals of months or years, without a shape of the day: the occupancy that your service
    level allows has to be told. Where intervals are known, `plan` and `headcount` find it.

    Parameters
    ----------
    volumes : DataFrame
        One row a month, queue or type of contact, of any length; pandas, Polars or what narwhals
        reads. It is not changed.
    paid_hours : float
        Hours that one full-time person is paid for over the time that the rows of a group cover:
        for months of a year added up, the year's, such as 1880; > 0.
    by : str or list of str, optional
        Columns, or levels of the index, to add up by; by default all rows are taken together.
    calls : str or array_like, default "calls"
        Calls, or other contacts; >= 0.
    aht : str, array_like or duration, default "aht"
        Mean handle time in seconds; > 0. Without calls it is not looked at, and may be missing.
    shrinkage : str or array_like, default 0
        Share of paid time away from contacts; >= 0 and < 1.
    occupancy : str or array_like, default 1
        Busy share of the time that is not away; > 0 and <= 1. At 1 nobody ever waits for a call.

    Returns
    -------
    DataFrame
        One row for each value of ``by``, in their order: those columns, ``calls``, ``aht`` (the
        mean over the calls), ``workload_hours`` (calls x aht), ``scheduled_hours``
        (workload / (occupancy x (1 - shrinkage))) and ``fte`` (scheduled hours / paid hours),
        fractional. Missing in, missing out.

    Raises
    ------
    MissingColumnError
        A name that is no column.
    ValueError
        A value outside its domain.

    Notes
    -----
    FTE = hours / (paid hours x (1 - shrinkage) x occupancy). Sums are exact before they are rounded
    once, so that the order of the rows does not matter.

    Examples
    --------
    >>> import pandas as pd
    >>> year = pd.DataFrame(
    ...     {"queue": ["sales", "care"], "calls": [480_000, 900_000], "aht": [240, 300]}
    ... )
    >>> budget = annual_workload(
    ...     year, by="queue", paid_hours=1880, shrinkage=0.3, occupancy=0.8
    ... )
    >>> budget.round(1)
       queue     calls    aht  workload_hours  scheduled_hours   fte
    0   care  900000.0  300.0         75000.0         133928.6  71.2
    1  sales  480000.0  240.0         32000.0          57142.9  30.4
    """
    _check_hours(paid_hours)
    frame = frames.read(volumes, "volumes")
    named = {"calls": calls, "aht": aht, "shrinkage": shrinkage, "occupancy": occupancy}
    require(frame, named, "volumes")
    offered, effort = work(frame, calls, aht, "raise")
    busy = np.asarray(values(frame, "occupancy", occupancy), dtype=np.float64)
    must_be("occupancy", busy, "> 0 and <= 1", (busy <= 0) | (busy > 1))
    hours = effort / 3600
    paid = gross_up(hours / busy, values(frame, "shrinkage", shrinkage))
    groups = group(frame, by)
    total = groups.sum(offered)
    with np.errstate(invalid="ignore"):
        mean = groups.sum(effort) / total
    scheduled = groups.sum(paid)
    return groups.made(
        {
            "calls": total,
            "aht": mean,
            "workload_hours": groups.sum(hours),
            "scheduled_hours": scheduled,
            "fte": scheduled / paid_hours,
        }
    )


def headcount(
    planned: Frame,
    *,
    paid_hours: float,
    by: str | Sequence[str] = (),
    agents: str | Numbers = "required_agents",
    shrinkage: str | Numbers = 0.0,
    interval: str | Durations | None = None,
) -> Frame:
    """Seats, paid hours and full-time people that a plan takes, and people for each seat.

    Parameters
    ----------
    planned : DataFrame
        What `plan` gives, or any frame with agents in intervals, over a whole week or year; pandas,
        Polars or what narwhals reads. It is not changed.
    paid_hours : float
        Hours that one full-time person is paid for over the time that the rows cover, such as 40
        for a week; > 0.
    by : str or list of str, optional
        Columns, or levels of the index, to add up by; by default all rows are taken together.
    agents : str or array_like, default "required_agents"
        Agents at work; >= 0.
    shrinkage : str or array_like, default 0
        Share of paid time away from contacts; >= 0 and < 1.
    interval : str, array_like or duration, optional
        Length in seconds; > 0. By default the step of the time index, or of the column ``start``.

    Returns
    -------
    DataFrame
        One row for each value of ``by``, in their order: those columns; ``seats``, the most agents
        at the same time, over rows of the same start added up; ``agent_hours`` at work;
        ``scheduled_hours``, agent hours / (1 - shrinkage); ``fte``, scheduled hours / paid hours;
        ``fte_per_seat``. Missing in, missing out.

    Raises
    ------
    MissingColumnError
        A name that is neither a column nor, where one is expected, a duration.
    ValueError
        A value outside its domain; an interval that cannot be read off.

    Notes
    -----
    The hours have to be cut into shifts and breaks yet, which costs more: take the result as the
    least that a roster needs.

    Examples
    --------
    One seat taken day and night needs six people of 40 hours, 30 % of them away:

    >>> import pandas as pd
    >>> week = pd.DataFrame(
    ...     {"required_agents": 1.0},
    ...     index=pd.date_range("2026-03-02", periods=168, freq="h"),
    ... )
    >>> headcount(week, paid_hours=40, shrinkage=0.3)
       seats  agent_hours  scheduled_hours  fte  fte_per_seat
    0    1.0        168.0            240.0  6.0           6.0
    """
    _check_hours(paid_hours)
    frame = frames.read(planned, "planned")
    named = {"agents": agents, "shrinkage": shrinkage, "interval": interval}
    require(frame, named, "planned")
    # The gross-up, at no shrinkage, knows what agents may be; the load what an interval may.
    at_work = gross_up(np.broadcast_to(values(frame, "agents", agents), len(frame)), 0.0)
    time = lengths(frame, interval)
    load(0.0, 1.0, interval=time)
    hours = at_work * time / 3600
    groups = group(frame, by)
    scheduled = groups.sum(gross_up(hours, values(frame, "shrinkage", shrinkage)))
    seats = _most_at_once(groups, starts(frame), at_work)
    fte = scheduled / paid_hours
    with np.errstate(invalid="ignore", divide="ignore"):
        per_seat = np.where(seats > 0, fte / seats, np.nan)
    return groups.made(
        {
            "seats": seats,
            "agent_hours": groups.sum(hours),
            "scheduled_hours": scheduled,
            "fte": fte,
            "fte_per_seat": per_seat,
        }
    )


def _most_at_once(
    groups: Groups, start: NDArray[np.datetime64] | None, agents: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The most agents of each group in rows of one start; without starts each row has its own."""
    if start is None:
        start = np.arange(agents.size).view("M8[us]")
    moments, at = np.unique(start, return_inverse=True)
    rows = Groups.of(groups.frame, groups.codes * max(moments.size, 1) + at)
    most = np.zeros(groups.count)
    with np.errstate(invalid="ignore"):
        np.maximum.at(most, groups.codes[rows.example], rows.sum(agents))
    return most


def _check_hours(paid_hours: Any) -> None:
    hours = numbers("paid_hours", paid_hours)
    if np.ndim(hours) or not 0 < hours < np.inf:
        raise ValueError(f"paid_hours must be one number of hours > 0; got {paid_hours!r}")
