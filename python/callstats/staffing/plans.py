"""Plans: the agents that every interval of a forecast needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.added_columns import names_beside, put_beside
from callstats._tables.arrays import elementwise_many
from callstats._tables.checks import one_of
from callstats.errors import InfeasibleError
from callstats.staffing.beyond import beyond_of_rows, mean_patience
from callstats.staffing.day_factors import DayFactors
from callstats.staffing.goals import Goals
from callstats.staffing.intervals import handle_times, lengths, require, values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.erlang.beyond import Average
    from callstats.erlang.patience import Patience
    from callstats.erlang.shares import Definition
    from callstats.staffing.day_factors import Days
    from callstats.typing import Durations, Frame, Invalid, Numbers, Threads

#: What a plan adds: numbers, then words.
_NUMBERS = (
    "load",
    "required_agents",
    "scheduled_agents",
    "service_level",
    "asa",
    "abandonment",
    "occupancy",
)
_WORDS = ("binding_goal", "reason")
#: Rows named in an error before the rest are counted.
_NAMED = 5


# 25 arguments: the seven of the goals are written out, as in every function that staffs.
def plan(
    intervals: Frame,
    *,
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    patience: str | Durations | Patience | Mapping[str, Any] = np.inf,
    service_level: str | Numbers | None = None,
    threshold: str | Durations | None = None,
    asa: str | Durations | None = None,
    mean_wait: str | Durations | None = None,
    abandonment: str | Numbers | None = None,
    occupancy: str | Numbers | None = None,
    wait_probability: str | Numbers | None = None,
    definition: Definition = "offered",
    interval: str | Durations | None = None,
    shrinkage: str | Numbers = 0.0,
    minimum: str | Numbers = 0,
    rounding: Literal["ceil"] | None = "ceil",
    lines: str | Numbers = np.inf,
    slowdown: Sequence[float] | None = None,
    load_cv: str | Numbers = 0.0,
    average: Average = "calls",
    certainty: float | None = None,
    day_cv: str | Numbers = 0.0,
    days: Days = 0.9,
    infeasible: Literal["nan", "raise"] = "nan",
    suffix: str = "",
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Frame:
    """The frame of intervals with the agents that each needs, and what they will achieve.

    A number or an array goes with the rows as it stands. A string is a column if the frame has one
    of that name, else a duration where one is expected.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval, of a day or of many queues; pandas, Polars or what narwhals reads. It
        is not changed.
    calls : str or array_like, default "calls"
        Calls offered; >= 0.
    aht : str, array_like or duration, default "aht"
        Mean handle time in seconds; > 0. Without calls it is not looked at, and may be missing.
    patience : str, array_like, duration, Patience or mapping, default inf
        Mean time in seconds before a caller hangs up; >= 0. Infinite: Erlang C. As it was measured:
        `callstats.erlang.Patience`; ``{"queue": {"sales": ..., "care": ...}}`` gives one, or a
        mean, to each value of a column.
    service_level, threshold, asa, mean_wait, abandonment, occupancy, wait_probability : optional
        The goals, as in `required_agents`; at least one.
    definition : str
        What the service level counts: see `callstats.erlang.service_level`.
    interval : str, array_like or duration, optional
        Length in seconds; > 0. By default the step of the time index, or of the column ``start``.
    shrinkage : str or array_like, default 0
        Share of paid time away from contacts; >= 0 and < 1.
    minimum : str or array_like, default 0
        Fewest agents whatever the calls; >= 0.
    rounding : {"ceil", None}
        Whole agents, or fractions. Whole ones are rounded up before the gross-up and again after
        it; a value within 1e-9 of a whole number is that number.
    lines, slowdown, load_cv, average
        What goes beyond Erlang A: see ``help(callstats.erlang)``; `lines` and `load_cv` may be
        columns.
    certainty : float, optional
        With ``load_cv``: the share of intervals that must meet the goals; > 0 and < 1. By default
        the average over the load must. The figures beside are averages all the same.
    day_cv : str or array_like, default 0
        Coefficient of variation of a factor on all calls of a day: how far the forecast of the day
        may be off, as the column of that name in a forecast; >= 0. 0: the calls are as expected.
    days : float or "expected", default 0.9
        With ``day_cv``: the share of days on which the goals are met, nine of ten, between 0 and 1.
        The calls are those of a day so busy that only the other days are busier. Or "expected":
        the service level is met in expectation over days, weighted by calls; other goals are met
        at the expected calls.
    infeasible : {"nan", "raise"}
        Keep rows whose goals no number of agents meets, with the reason, or raise.
    suffix : str, default ""
        Put behind the names of the columns that are added, where the frame has some of them: what
        was observed stays beside what is computed.
    invalid : {"raise", "nan"}
        Refuse values outside their domain, or treat them as missing.
    threads : int, optional
        Threads at most; by default what the process may use.

    Returns
    -------
    DataFrame
        The frame with these columns added. A plan, which has all of them, is planned anew:

        - ``load``: erlangs
        - ``required_agents``: at work; ``minimum`` without calls
        - ``scheduled_agents``: required / (1 - shrinkage)
        - ``service_level``, ``asa``, ``abandonment``, ``occupancy``: with the required agents;
          the service level is missing without ``threshold``
        - ``binding_goal``: the goal that one agent fewer would miss, ``"minimum"``, or empty
        - ``reason``: why there is no answer, else empty
        - ``day_factor``, with ``day_cv`` and a share of days alone: what the calls were multiplied
          by. Load and measures are those of such a day. With "expected" the service level is the
          expected one, all else that of the expected calls

    Raises
    ------
    MissingColumnError
        A name that is neither a column nor, where one is expected, a duration.
    InvalidDataError
        The frame has some of the columns that would be added; they are named.
    InfeasibleError
        With ``infeasible="raise"``: rows whose goals cannot be met, with their places.
    ValueError
        No goal; a service level without ``threshold``; a value outside its domain; an interval
        that cannot be read off.

    Notes
    -----
    Each interval is a queue of its own in its steady state. The load, calls x aht / interval, is
    carried exactly and not rounded to a double.
    Models and sources: `callstats.erlang`.

    A day's factor is gamma distributed with mean 1. Expectations are means over seven factors of
    equal probability; in them the variation within the day counts too, where ``day_cv`` is a column
    and `intervals` has ``interval_cv``. Chance is no part of the factor: the queue has it already.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame({"calls": [250, 100, 0], "aht": [210, 180, None]})
    >>> goals = {"service_level": 0.8, "threshold": 20}
    >>> planned = plan(day, **goals, interval="30min", shrinkage=0.3, minimum=2)
    >>> planned[["calls", "required_agents", "scheduled_agents", "binding_goal"]]
       calls  required_agents  scheduled_agents   binding_goal
    0    250             34.0              49.0  service_level
    1    100             14.0              20.0  service_level
    2      0              2.0               3.0        minimum
    """
    arguments = locals()
    frame = frames.read(intervals, "intervals")
    one_of("infeasible", infeasible, ("nan", "raise"))
    goals = Goals.of(arguments)
    named = ("calls", "aht", "interval", "patience", "minimum", "shrinkage", "lines", "load_cv")
    require(frame, {name: arguments[name] for name in (*named, "day_cv")} | goals.given)
    goals = goals.of_rows(frame)
    varied = DayFactors.of(frame, day_cv, days)
    added = (*_NUMBERS, *_WORDS, *(varied.name if varied else ()))
    names = names_beside(frame.columns, added, argument="intervals", suffix=suffix, anew=True)
    work = {
        "calls": np.broadcast_to(values(frame, "calls", calls), len(frame)),
        "aht": values(frame, "aht", aht),
        "interval": lengths(frame, interval),
        "patience": mean_patience(frame, patience),
        "minimum": values(frame, "minimum", minimum),
        "shrinkage": values(frame, "shrinkage", shrinkage),
    }
    work["aht"] = handle_times(work["calls"], work["aht"])
    figures, numbers, raised = _on_days(frame, work, goals, (arguments, varied))
    binding, unmet = (np.array(words, dtype=object) for words in _core.plan_reasons(numbers))
    # What raised the agents is the goal, not the caller's minimum.
    binding[raised] = "service_level"
    if threshold is None:
        figures[_NUMBERS.index("service_level")] = np.full(len(frame), np.nan)
    reasons = _reasons(np.isnan(numbers), unmet, work | goals.given)
    if infeasible == "raise" and (unmet != "").any():
        raise InfeasibleError(_complaint(frame, unmet != "", reasons))
    made = [*figures, binding.tolist(), reasons.tolist(), *(varied.column if varied else ())]
    columns = dict(zip(names, made, strict=True))
    return put_beside(frame.to_native(), columns, texts=names[len(_NUMBERS) : len(_NUMBERS) + 2])


def _on_days(
    frame: nw.DataFrame[Any],
    work: dict[str, Any],
    goals: Goals,
    given: tuple[dict[str, Any], DayFactors | None],
) -> tuple[list[Any], Any, NDArray[np.bool_]]:
    """As `_figures`, of busy days or in expectation; and the rows that an expectation raised."""
    arguments, varied = given
    if varied is not None:
        work["calls"] = work["calls"] * varied.busy
    figures, numbers = _figures(frame, work, goals, arguments)
    if varied is None or varied.nodes is None or "service_level" not in goals.targets:
        return figures, numbers, np.zeros(numbers.shape, bool)
    if beyond_of_rows(frame, arguments) is not None:
        msg = "days='expected' goes with Erlang B, C and A alone; plan for a share of days instead"
        raise ValueError(msg)
    definition, place = arguments["definition"], _NUMBERS.index("service_level")
    agents = figures[_NUMBERS.index("required_agents")]
    queue = {"load": figures[0], "threshold": goals.threshold, **goals.targets}
    queue |= {name: work[name] for name in ("aht", "patience")}
    fewest = varied.fewest(agents, queue, definition, whole=arguments["rounding"] == "ceil")
    raised = fewest > agents
    minimum = np.where(raised, fewest, np.broadcast_to(work["minimum"], raised.shape))
    figures, numbers = _figures(frame, {**work, "minimum": minimum}, goals, arguments)
    calm = np.isnan(varied.cv) | (figures[0] == 0)
    level = varied.expected_level(figures[_NUMBERS.index("required_agents")], queue, definition)
    figures[place] = np.where(calm, figures[place], level)
    return figures, numbers, raised


def _figures(
    frame: nw.DataFrame[Any], work: dict[str, Any], goals: Goals, arguments: dict[str, Any]
) -> tuple[list[Any], Any]:
    """The columns of numbers, and the reasons as numbers; `work` gets what goes beyond Erlang A."""
    choices = (goals.choices(arguments["definition"], arguments["rounding"]),)
    invalid, threads = arguments["invalid"], arguments["threads"]
    wide = beyond_of_rows(frame, arguments)
    if wide is not None:
        found = wide.planned(work, goals.columns(), choices, (invalid, threads))
        work |= {"lines": wide.lines, "load_cv": wide.load_cv}
    else:
        columns = (*work.values(), *goals.columns())
        options = (invalid, threads, None)
        found, _ = elementwise_many(_core.plan, *columns, choices=choices, options=options)
    *figures, numbers = found
    return figures, numbers


def _reasons(absent: NDArray[np.bool_], unmet: NDArray[Any], given: dict[str, Any]) -> NDArray[Any]:
    """Why a row has no answer, in words; empty where it has one."""
    reasons = np.full(absent.shape, "", dtype=object)
    columns = {name: np.broadcast_to(value, absent.shape) for name, value in given.items()}
    idle = columns["calls"] == 0
    for row in np.flatnonzero(absent):
        missing = [
            name
            for name, column in columns.items()
            if np.isnan(column[row]) and not (name == "aht" and idle[row])
        ]
        # Invalid values are only here where the caller asked for them to count as missing.
        reasons[row] = f"{', '.join(missing)} missing" if missing else "a value is invalid"
    for row in np.flatnonzero(unmet != ""):
        goal = unmet[row]
        sign = ">=" if goal == "service_level" else "<="
        reasons[row] = f"no number of agents reaches {goal} {sign} {columns[goal][row]:g}"
    return reasons


def _complaint(frame: nw.DataFrame[Any], unmet: NDArray[np.bool_], reasons: NDArray[Any]) -> str:
    rows = np.flatnonzero(unmet)
    starts = frame["start"].to_list() if "start" in frame.columns else None
    named = [
        f"row {row}{'' if starts is None else f' ({starts[row]})'}: {reasons[row]}"
        for row in rows[:_NAMED]
    ]
    more = f"; and {rows.size - _NAMED} more" if rows.size > _NAMED else ""
    return f"{rows.size} of {unmet.size} intervals cannot be staffed: {'; '.join(named)}{more}"
