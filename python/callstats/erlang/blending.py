"""Calls and a backlog of jobs that fills idle agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise_many
from callstats.erlang.beyond import Beyond
from callstats.erlang.patience import Patience
from callstats.erlang.tables import MEASURES, ROW, frame_like

if TYPE_CHECKING:
    from callstats.erlang.shares import Definition
    from callstats.typing import Durations, Frame, Invalid, Numbers, Threads

_HOUR = 3600.0


def blend(
    agents: Numbers,
    load: Numbers,
    *,
    aht: Durations,
    threshold: Durations,
    reserved: Numbers,
    patience: Durations | Patience = np.inf,
    job_aht: Durations | None = None,
    definition: Definition = "offered",
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Frame:
    """Measures of calls whose agents work on a backlog while they are idle: one row a system.

    A job of e-mail or calling back is begun whenever more than ``reserved`` agents are idle, and is
    not interrupted. Calls go first. The more are kept free, the better the service level, and the
    fewer jobs are done. How many to keep free: `callstats.staffing.required_reserved`.

    Parameters
    ----------
    agents : array_like
        People serving at the same time; >= 0 and whole, broadcastable.
    load : array_like
        Offered load of the calls in erlangs; >= 0, broadcastable.
    aht : array_like or duration
        Mean handle time of a call in seconds; > 0, broadcastable.
    threshold : array_like or duration
        Longest wait in seconds that the service level counts; >= 0, broadcastable.
    reserved : array_like
        Agents kept free of jobs; >= 0 and whole, broadcastable. 0: agents are always busy. As many
        as there are agents, or more: no jobs.
    patience : array_like, duration or Patience, default inf
        Mean time in seconds before a caller hangs up; >= 0, broadcastable; as it was measured:
        `Patience`, where jobs take as long as calls.
    job_aht : array_like or duration, optional
        Mean time of a job in seconds; > 0, broadcastable. By default that of a call. Another one
        needs a larger chain: up to 100 agents.
    definition : str
        What service level counts: see `service_level`.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    DataFrame
        The columns of `measures`, of the calls alone but for the ``occupancy``, which counts jobs;
        and ``jobs_per_hour``.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes; a
        `Patience` with ``job_aht``; more agents or calls than can be computed.

    Notes
    -----
    With equal times the chain of Erlang A, cut off below the agents less the reserve: fewer are
    never busy. Jobs are finished at the rate of that state, agents less the reserve over the handle
    time, times its probability. With another time for jobs, a chain of calls present and jobs in
    hand. The backlog never runs out. Accuracy: 1e-11 relative, 1e-9 with ``job_aht``.

    References
    ----------
    S. Bhulai & G. Koole, A queueing model for call blending in call centers, IEEE Transactions on
    Automatic Control 48 (2003).

    Examples
    --------
    >>> kept = blend(34, 29.2, aht=180, threshold=20, patience=180, reserved=[0, 4, 34])
    >>> kept[["service_level", "occupancy", "jobs_per_hour"]].round(3)
       service_level  occupancy  jobs_per_hour
    0          0.594      1.000        152.204
    1          0.817      0.958         92.590
    2          0.915      0.841          0.000
    """
    wide = Beyond.of(patience, np.inf, None, 0.0, "calls")
    system = (agents, load, aht, threshold)
    options = (invalid, threads, None)
    if job_aht is None:
        columns, wrap = wide.row(
            _core.blended, (*system, wide.mean_patience, reserved), options, definition
        )
    elif isinstance(patience, Patience):
        msg = "patience as it was measured needs jobs that take as long as calls; leave job_aht out"
        raise ValueError(msg)
    else:
        columns, wrap = elementwise_many(
            _core.blended_jobs,
            *(*system, patience, reserved, job_aht),
            choices=(definition,),
            options=options,
        )
    figures = dict(zip(ROW, columns, strict=True))
    figures["jobs_per_hour"] = np.multiply(figures["jobs_per_second"], _HOUR)
    shown = (*MEASURES, "jobs_per_hour")
    return frame_like({name: wrap(figures[name], name) for name in shown})
