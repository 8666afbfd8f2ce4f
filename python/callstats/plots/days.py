"""Pictures of days: beside the formula, and of what a busy day needs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import frames
from callstats._tables.durations import seconds
from callstats.day.days import Days, read
from callstats.day.evaluation import figures
from callstats.day.measures import ratios
from callstats.day.requirement import day_factor, required_agents, staffed
from callstats.day.starts import is_number
from callstats.plots.style import COLOURS, as_percent, stacked, styled
from callstats.plots.words import say
from callstats.staffing.goals import GOALS, WAITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

__all__ = ["chart", "requirement_chart"]

Language = Literal["en", "zh"]
#: Points of the lines over the day's calls, and the shares of days that they span.
_POINTS, _SPAN = 17, (0.01, 0.99)
#: Accuracy of what is drawn.
_DRAWN = 1e-6
#: Waits are drawn up to so many times the goal.
_WAITS_DRAWN = 5
_COLUMNS = ("calls", "aht", "patience", "threshold", "interval", "shift_end")


def chart(compared: Frame, *, title: str | None = None, language: Language = "en") -> Picture:
    """A picture of one compared day: service levels above, callers waiting below.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    compared : DataFrame
        The rows of one day from `compare`, in order of time.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        To be saved by its ``savefig``, or shown in a notebook.

    Raises
    ------
    MissingColumnError
        A column is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import day
    >>> hours = pd.DataFrame({"calls": [200, 100], "aht": 300, "agents": [32, 18]})
    >>> figure = chart(day.compare(hours, interval="30min"))
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['Service level', 'Callers waiting']
    """
    frame = frames.read(compared, "compared")
    names = ("service_level", "queue_length")
    frames.require(
        frame, ["interval_seconds", *names, *(f"{name}_stationary" for name in names)], "compared"
    )
    edges = _edges(_numbers(frame, "interval_seconds"))
    with styled(language):
        figure, (top, bottom) = stacked(8.5, 5, 2, share=True)
        for axes, name, heading in ((top, names[0], "day_level"), (bottom, names[1], "day_queue")):
            for column, label, look in (
                (name, "day_exact", {"color": COLOURS["point"], "linewidth": 2}),
                (f"{name}_stationary", "day_alone", {"color": COLOURS["other"], "ls": "--"}),
            ):
                values = _numbers(frame, column)
                drawn = np.where(np.isfinite(values), values, np.nan)
                axes.stairs(drawn, edges, baseline=None, label=say(language, label), **look)
            axes.set_title(say(language, heading))
            axes.set_ylim(bottom=0)
            axes.grid(axis="y")
        top.set_ylim(0, 1.02)
        as_percent(top.yaxis, ".0f")
        top.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
        bottom.set_xlabel(say(language, "day_hours"))
        if title is not None:
            figure.suptitle(title)
    return figure


def requirement_chart(
    intervals: Frame,
    *,
    day_cv: float,
    days: float = 0.9,
    title: str | None = None,
    language: Language = "en",
    **options: Any,
) -> Picture:
    """A picture of what nine days of ten need: agents above, how busy days do with them below.

    Three staffings of the same day: `required_agents` for the mean day, for the given share of
    days, and the formula's for each interval of the mean day alone. Below, the worst interval of
    each as the calls of the whole day grow; the line at which the second one crosses the goal is
    the day that so many days do not exceed. Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval of one day, as in `required_agents`.
    day_cv : float
        Coefficient of variation of the calls from day to day; > 0 and <= 1.
    days : float, default 0.9
        Share of days on which the requirement is to hold; > 0 and < 1.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.
    **options
        The goals and other arguments of `required_agents`, but for ``by``. Of several goals the
        first is drawn.

    Returns
    -------
    Picture
        To be saved by its ``savefig``, or shown in a notebook.

    Raises
    ------
    InfeasibleError
        A goal that no number of agents meets, with the row.
    RuntimeError
        `language` is Chinese, and there is no font that has it.
    TypeError
        `by`, since a picture is of one day; or no argument of `required_agents`.
    ValueError
        No goal, or a value outside its domain.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.DataFrame({"calls": [100, 200, 100], "aht": 600})
    >>> figure = requirement_chart(hours, day_cv=0.1, interval="30min", service_level=0.8)
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['Agents required', 'Service level of the worst interval']
    """
    given = _arguments(intervals, options)
    factor = day_factor(day_cv, days)
    _, mean, _ = staffed(given)
    _, busy, _ = staffed({**given, "day_cv": day_cv, "days": days})
    one = read(intervals, agents=None, by=(), **{name: given[name] for name in _COLUMNS})
    goal, target = _drawn_goal(given)
    share = f"{100 * days:g}"
    words = partial(say, language)
    quietest, busiest = (day_factor(day_cv, each) for each in _SPAN)
    factors = np.unique([*np.linspace(quietest, busiest, _POINTS), 1.0, factor])
    exact, formula = {"lw": 2}, {"color": COLOURS["other"], "ls": "--"}
    busier = words("day_busy", share)
    with styled(language):
        figure, (top, bottom) = stacked(8.5, 6.2, 2)
        for agents, label, look in (
            (mean["required_agents"], words("day_mean"), {"color": COLOURS["point"], **exact}),
            (busy["required_agents"], busier, {"color": COLOURS["limit"], **exact}),
            (mean["stationary_agents"], words("day_formula"), formula),
        ):
            edges = _edges(one.length[one.order])
            top.stairs(agents[one.order], edges, baseline=None, label=label, **look)
            with_them = one.with_agents(agents)
            worst = [_worst(with_them.with_calls(f), goal, given) for f in factors]
            bottom.plot(factors, worst, **look)
        top.set_title(words("day_required"))
        top.set_xlabel(words("day_hours"))
        top.legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
        bottom.set_title(words("day_worst", words(f"day_{goal}")))
        bottom.set_xlabel(words("day_calls"))
        bottom.set_xlim(quietest, busiest)
        # A wait may grow without end.
        bottom.set_ylim(0, _WAITS_DRAWN * target if goal in WAITS else 1.02)
        _mark_goal(bottom, (factor, target), words("day_not_busier", share))
        for axis in (bottom.xaxis, *(() if goal in WAITS else (bottom.yaxis,))):
            as_percent(axis, ".0f")
        for axes in (top, bottom):
            axes.set_ylim(bottom=0)
            axes.grid(axis="y")
        if title is not None:
            figure.suptitle(title)
    return figure


def _arguments(intervals: Frame, options: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of `required_agents`, of which `options` are given."""
    if "by" in options:
        msg = "requirement_chart draws one day and takes no by; pass the rows of that day"
        raise TypeError(msg)
    known = required_agents.__kwdefaults__ or {}
    if unknown := sorted(options.keys() - known.keys()):
        msg = f"requirement_chart takes the arguments of required_agents; got {unknown[0]!r}"
        raise TypeError(msg)
    return {**known, **options, "intervals": intervals}


def _drawn_goal(given: Mapping[str, Any]) -> tuple[str, float]:
    """The first goal, which is drawn, and its number."""
    goal = next(name for name in GOALS if given[name] is not None)
    target = seconds(goal, given[goal]) if goal in WAITS else given[goal]
    if not is_number(target):
        msg = f"{goal} must be one number, the line that is drawn; got {given[goal]!r}"
        raise ValueError(msg)
    return goal, float(target)


def _mark_goal(axes: Axes, at: tuple[float, float], text: str) -> None:
    """Lines at the busiest day that counts and at the goal, and what the first of them says."""
    factor, goal = at
    line: dict[str, Any] = {"color": COLOURS["ink"], "lw": 0.9, "ls": ":"}
    axes.axhline(goal, **line)
    axes.axvline(factor, **line)
    left = factor > sum(axes.get_xlim()) / 2
    axes.annotate(
        text,
        (factor, 0.04),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if left else 4, 0),
        textcoords="offset points",
        horizontalalignment="right" if left else "left",
    )


def _worst(day: Days, goal: str, given: Mapping[str, Any]) -> float:
    """The goal's measure in the interval that does worst."""
    sums, _ = figures(day, given["start"], 0.0, _DRAWN, given["threads"])
    shares = {**ratios(sums, given["definition"]), "wait_probability": sums["wait_probability"]}
    seen = shares[goal][~np.isnan(shares[goal])]
    if not seen.size:
        return np.nan
    return float(seen.min() if goal == "service_level" else seen.max())


def _numbers(frame: Any, name: str) -> NDArray[np.float64]:
    return np.asarray(frame[name].to_numpy(), dtype=np.float64)


def _edges(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hours at which intervals begin and end."""
    return np.concatenate([[0.0], np.cumsum(lengths) / 3600])
