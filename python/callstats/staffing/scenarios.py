"""What would happen if: the same intervals under other volumes, times, agents and shrinkage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from callstats import erlang
from callstats._tables import frames
from callstats._tables.checks import nearest
from callstats._tables.durations import DURATIONS, parse
from callstats.staffing.goals import GOALS, Goals
from callstats.staffing.groups import Groups, group
from callstats.staffing.intervals import handle_times, lengths, require, values
from callstats.staffing.requirements import required_agents
from callstats.staffing.shrinkage import gross_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.erlang.shares import Definition
    from callstats.typing import Durations, Frame, Numbers

#: What a scenario may change.
_CHANGEABLE: Final = ("calls", "aht", "agents", "shrinkage", "patience", "threshold", *GOALS)

#: A number, or one for each row; None where it is not asked for.
Columns: TypeAlias = dict[str, Any]


# 18 arguments: the seven of the goals are written out, as in every function that staffs.
def compare_scenarios(
    intervals: Frame,
    scenarios: Mapping[str, Mapping[str, Any]],
    *,
    by: str | Sequence[str] = (),
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    agents: str | Numbers | None = "agents",
    shrinkage: str | Numbers = 0.0,
    patience: str | Durations = np.inf,
    service_level: str | Numbers | None = None,
    threshold: str | Durations | None = None,
    asa: str | Durations | None = None,
    mean_wait: str | Durations | None = None,
    abandonment: str | Numbers | None = None,
    occupancy: str | Numbers | None = None,
    wait_probability: str | Numbers | None = None,
    definition: Definition = "offered",
    interval: str | Durations | None = None,
    rounding: Literal["ceil"] | None = "ceil",
) -> Frame:
    """What each scenario does to every key figure: its value, and its change from the base.

    For questions such as "what do 10 % more calls cost?" and "what does one agent fewer?". Changes
    may come one at a time or together.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval, of a day or of many queues; pandas, Polars or what narwhals reads. It
        is not changed.
    scenarios : mapping
        A name for each scenario, and what it changes: any of ``calls, aht, agents, shrinkage,
        patience, threshold`` and the goals. A value, a column or a duration stands in place of the
        base's; text with a sign is a change of it: ``"+10%"``, ``"-15s"``, ``"+2"``.
    by : str or list of str, optional
        Columns, or levels of the index, to compare by, such as ``"queue"``; by default all rows
        are taken together.
    calls, aht, patience, interval : optional
        As in `plan`.
    agents : str or array_like, default "agents"
        People scheduled; >= 0. None: as many as the goals ask, in each scenario anew.
    shrinkage : str or array_like, default 0
        Share of those scheduled who are away; >= 0 and < 1. The rest are at work.
    service_level, threshold, asa, mean_wait, abandonment, occupancy, wait_probability : optional
        Goals, as in `required_agents`: with any, the agents that they ask for are compared too.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    rounding : {"ceil", None}
        Whole agents where goals ask for them, or fractions, which show small changes.

    Returns
    -------
    DataFrame
        One row for each value of ``by``, scenario and measure, in that order: the columns of
        ``by``; ``scenario``; ``measure``; ``base`` and ``value``; ``difference``, value - base,
        in points for shares; ``relative_change``, value / base - 1. The measures are

        - ``calls``; ``load``, ``agents`` (at work) and ``queue_length``, means over time
        - ``wait_probability``, ``service_level`` (with ``threshold``), ``abandonment``,
          ``mean_wait``, ``asa``: of all calls, numerators and denominators added over the intervals
        - ``occupancy``: busy time / time at work
        - with goals ``required_agents`` and ``scheduled_agents``, means over time

    Raises
    ------
    MissingColumnError
        A name that is neither a column nor, where one is expected, a duration.
    ValueError
        A scenario that changes something else, or that leads outside the domain, named with it;
        neither agents nor goals.

    Notes
    -----
    Each interval is a queue of its own in its steady state. An interval without calls has no weight
    in the figures of calls; where none has calls they are those of a lone caller. What is missing
    in a row is missing in its sum.
    Models and sources: `callstats.erlang`.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame({"calls": [250], "aht": [210], "agents": [34]})
    >>> effects = compare_scenarios(
    ...     day,
    ...     {
    ...         "10 % more calls": {"calls": "+10%"},
    ...         "shorter calls": {"aht": "-20s"},
    ...         "both": {"calls": "+10%", "aht": "-20s"},
    ...     },
    ...     threshold=20,
    ...     interval="30min",
    ... )
    >>> level = effects[effects["measure"] == "service_level"]
    >>> level[["scenario", "base", "value", "difference"]].round(3)
               scenario   base  value  difference
    4   10 % more calls  0.815  0.456      -0.359
    14    shorter calls  0.815  0.951       0.136
    24             both  0.815  0.834       0.019
    """
    arguments = locals()
    frame = frames.read(intervals, "intervals")
    seconds_long = lengths(frame, interval)
    given = {name: arguments[name] for name in _CHANGEABLE}
    require(frame, given)
    base: Columns = {n: None if v is None else values(frame, n, v) for n, v in given.items()}
    groups = group(frame, by)

    def figures(columns: Columns) -> dict[str, NDArray[np.float64]]:
        return _figures(groups, columns, seconds_long, definition, rounding)

    before = figures(base)
    after = {}
    if not isinstance(scenarios, Mapping):
        raise TypeError(f"scenarios must map names to changes; got {type(scenarios).__name__}")
    for name, changes in scenarios.items():
        try:
            after[name] = figures(_changed(frame, base, changes))
        except (TypeError, ValueError) as error:
            raise type(error)(f"scenario {name!r}: {error}") from None
    return _compared(groups, before, after)


def _changed(frame: nw.DataFrame[Any], base: Columns, changes: Mapping[str, Any]) -> Columns:
    if not isinstance(changes, Mapping):
        msg = f"changes must map arguments to values, such as {{'calls': '+10%'}}; got {changes!r}"
        raise TypeError(msg)
    unknown = [name for name in changes if name not in _CHANGEABLE]
    if unknown:
        near = nearest(str(unknown[0]), _CHANGEABLE)
        raise ValueError(f"cannot change {unknown[0]!r}{near}; can change {', '.join(_CHANGEABLE)}")
    return base | {name: _change(frame, name, base[name], to) for name, to in changes.items()}


def _change(frame: nw.DataFrame[Any], name: str, old: Any, to: Any) -> Any:
    if to is None:
        return None
    text = to.strip().replace("\N{MINUS SIGN}", "-") if isinstance(to, str) else ""
    if not text.startswith(("+", "-")):
        return values(frame, name, to)
    if old is None:
        raise ValueError(f"{name} changes by {to!r}, but has no base")
    sign = -1.0 if text[0] == "-" else 1.0
    amount = text[1:].strip()
    try:
        if amount.endswith("%"):
            return old * (1 + sign * float(amount[:-1]) / 100)
        return old + sign * (parse(amount) if name in DURATIONS else float(amount))
    except ValueError:
        msg = f"{name} changes by {to!r}; write such as '+10%', '-15s' for a duration, or '+2'"
        raise ValueError(msg) from None


def _figures(
    groups: Groups,
    columns: Columns,
    length: Any,
    definition: Definition,
    rounding: Literal["ceil"] | None,
) -> dict[str, NDArray[np.float64]]:
    """Every measure of each group."""
    rows = groups.codes.shape
    calls = np.broadcast_to(np.asarray(columns["calls"], dtype=np.float64), rows)
    aht = handle_times(calls, columns["aht"], idle=1.0)
    load = erlang.load(calls, aht, interval=length)
    shrinkage, threshold = columns["shrinkage"], columns["threshold"]
    system: dict[str, Any] = {"aht": aht, "patience": columns["patience"]}
    required: Any = None
    if any(columns[name] is not None for name in GOALS):
        goals = system | Goals.of(columns).given
        required = required_agents(load, **goals, definition=definition, rounding=rounding)
    elif columns["agents"] is None:
        raise ValueError(f"give agents, or at least one goal: {', '.join(GOALS)}")
    at_work = required
    if columns["agents"] is not None:
        # Who is scheduled and not away: the gross-up the other way round.
        at_work = columns["agents"] / gross_up(1.0, shrinkage)
    at_work = np.broadcast_to(at_work, rows)
    within = 0.0 if threshold is None else threshold
    measured = {**system, "threshold": within}
    found = erlang.measures(at_work, load, **measured, definition=definition)
    cell = {name: found[name].to_numpy() for name in found.columns}

    time = np.broadcast_to(np.asarray(length, dtype=np.float64), rows)
    # Without any calls the lone caller may come in any interval.
    offered = np.where(groups.sum(calls)[groups.codes] == 0, time, calls)
    answered = offered * (1 - cell["abandonment"])
    means = {
        "load": (load, time),
        "agents": (at_work, time),
        "wait_probability": (cell["wait_probability"], offered),
        "service_level": (cell["service_level"], offered),
        "abandonment": (cell["abandonment"], offered),
        "asa": (cell["asa"], answered),
        "mean_wait": (cell["mean_wait"], offered),
        "queue_length": (cell["queue_length"], time),
        "occupancy": (cell["occupancy"], time * at_work),
    }
    if definition == "answered":
        means["service_level"] = (cell["service_level"], answered)
    elif definition == "exclude_abandoned_within":
        strict = erlang.service_level(at_work, load, **measured)
        done = erlang.service_level(at_work, load, **measured, definition="count_abandoned_within")
        means["service_level"] = (cell["service_level"], offered * (1 - (done - strict)))
    if threshold is None:
        del means["service_level"]
    if required is not None:
        means["required_agents"] = (required, time)
        means["scheduled_agents"] = (gross_up(required, shrinkage), time)
    totals = {name: groups.mean(value, weight) for name, (value, weight) in means.items()}
    return {"calls": groups.sum(calls), **totals}


def _compared(
    groups: Groups,
    before: dict[str, NDArray[np.float64]],
    after: dict[str, dict[str, NDArray[np.float64]]],
) -> Frame:
    """A row for each group, scenario and measure."""
    # A scenario may ask for goals, or a threshold, that the base has not.
    names = list(dict.fromkeys([*before, *(name for found in after.values() for name in found)]))
    missing = np.full(groups.count, np.nan)

    def stacked(found: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.stack([found.get(name, missing) for name in names], axis=1)

    shape = (groups.count, len(after), len(names))
    base = np.broadcast_to(stacked(before)[:, None, :], shape).ravel()
    parts = [stacked(found) for found in after.values()]
    value = np.stack(parts, axis=1).ravel() if parts else np.empty(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = value - base
        relative = np.where(base == 0, np.nan, value / base - 1)
    return groups.made(
        {
            "scenario": [str(name) for name in after for _ in names] * groups.count,
            "measure": names * (groups.count * len(after)),
            "base": base,
            "value": value,
            "difference": difference,
            "relative_change": relative,
        },
        np.repeat(np.arange(groups.count), len(after) * len(names)),
    )
