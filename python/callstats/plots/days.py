"""Pictures of days: beside the formula, and of what a busy day needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd

from callstats._tables import frames
from callstats._tables.durations import seconds
from callstats.day.days import Days, read
from callstats.day.evaluation import figures
from callstats.day.measures import ratios
from callstats.day.requirement import day_factor, required_agents, staffed
from callstats.day.starts import is_number
from callstats.plots.sheet import chart, drawn_on
from callstats.plots.style import COLOURS, as_percent, rows_of
from callstats.staffing.goals import GOALS, WAITS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase
    from numpy.typing import NDArray

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look, Sheet
    from callstats.typing import Frame

__all__ = ["day", "requirement_day"]

Language = Literal["en", "zh"]
#: Points of the lines over the day's calls, and the shares of days that they span.
_POINTS, _SPAN = 17, (0.01, 0.99)
#: Accuracy of what is drawn.
_DRAWN = 1e-6
#: Waits are drawn up to so many times the goal.
_WAITS_DRAWN = 5
#: Lines of the three staffings: the mean day, the busy day, the formula.
_LINES: tuple[dict[str, Any], ...] = (
    {"color": COLOURS["point"], "lw": 2},
    {"color": COLOURS["limit"], "lw": 2, "ls": (0, (6, 1.5))},
    {"color": COLOURS["other"], "ls": (0, (2, 1.5))},
)
_COLUMNS = ("calls", "aht", "patience", "threshold", "interval", "shift_end")


@overload
def day(compared: Frame, *, figure: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def day(compared: Frame, *, figure: FigureBase, **look: Unpack[Look]) -> FigureBase: ...
@chart
def day(
    compared: Frame, *, figure: FigureBase | None = None, **look: Unpack[Look]
) -> Picture | FigureBase:
    """A picture of one compared day: service levels above, callers waiting below.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    compared : DataFrame
        The rows of one day from `compare`, in order of time.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import day, plots
    >>> hours = pd.DataFrame({"calls": [200, 100], "aht": 300, "agents": [32, 18]})
    >>> figure = plots.day(day.compare(hours, interval="30min"))
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['Service level', 'Callers waiting']
    """
    frame = frames.read(compared, "compared")
    names = ("service_level", "queue_length")
    frames.require(
        frame, ["interval_seconds", *names, *(f"{name}_stationary" for name in names)], "compared"
    )
    rows = rows_of(compared, "compared", ["interval_seconds"])
    if "start" in rows:
        rows = rows.sort_values("start", kind="stable").reset_index(drop=True)
    edges = _edges(rows["interval_seconds"].to_numpy(np.float64))
    shown = [name for pair in names for name in (pair, f"{pair}_stationary")]
    data = rows[[*(["start"] if "start" in rows else []), "interval_seconds", *shown]]
    with drawn_on((8.5, 5.2), panels=2, share=True, figure=figure, **look) as sheet:
        for axes, name, heading in zip(
            sheet.panels, names, ("day_level", "day_queue"), strict=True
        ):
            if not sheet.empty(len(rows), axes):
                for column, label, style in (
                    (name, "day_exact", {"color": COLOURS["point"], "linewidth": 2}),
                    (f"{name}_stationary", "day_alone", {"color": COLOURS["other"], "ls": "--"}),
                ):
                    values = rows[column].to_numpy(np.float64)
                    drawn = np.where(np.isfinite(values), values, np.nan)
                    text = sheet.say(label) if name == names[0] else None
                    axes.stairs(drawn, edges, baseline=None, label=text, **style)
                endless = int((~np.isfinite(rows[shown])).any(axis=1).sum())
                sheet.left_out(endless if name == names[0] else 0, "intervals_endless")
            axes.set_ylim(0, 1.05 * axes.get_ylim()[1])
            axes.grid(axis="y")
            sheet.head(sheet.say(heading), axes=axes)
        top, bottom = sheet.panels
        top.set_ylim(0, 1.02)
        as_percent(top.yaxis, ".0f")
        bottom.set_xlabel(_clock(sheet, bottom, rows, edges))
        sheet.over(sheet.title)
        worst = rows["service_level"].min() if len(rows) else np.nan
        most = rows["queue_length"].max() if len(rows) else np.nan
        sheet.done(data, "alt_day", f"{100 * worst:.0f}%", f"{most:.1f}")
    made: Picture | FigureBase = sheet.result
    return made


@overload
def requirement_day(
    intervals: Frame,
    *,
    figure: None = None,
    day_cv: float,
    days: float = 0.9,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
    **options: Any,
) -> Picture: ...
@overload
def requirement_day(
    intervals: Frame,
    *,
    figure: FigureBase,
    day_cv: float,
    days: float = 0.9,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
    **options: Any,
) -> FigureBase: ...
def requirement_day(
    intervals: Frame,
    *,
    figure: FigureBase | None = None,
    day_cv: float,
    days: float = 0.9,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
    **options: Any,
) -> Picture | FigureBase:
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
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw the panels; default a picture of its own.
    title : str, optional
        What is drawn, in words.
    labels : mapping, optional
        What to call columns, in place of the usual words: ``{"talk": "length of the call"}``.
    figsize : (float, float), optional
        Width and height of the picture in inches.
    language : {"en", "zh"}
        The language of the words.
    **options
        The goals and other arguments of `required_agents`, but for ``by``. Of several goals the
        first is drawn.

    Returns
    -------
    Picture
         Or `figure` where it is given. To be saved by its ``savefig``, or shown in a notebook.

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
    >>> figure = requirement_day(hours, day_cv=0.1, interval="30min", service_level=0.8)
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
    quietest, busiest = (day_factor(day_cv, each) for each in _SPAN)
    factors = np.unique([*np.linspace(quietest, busiest, _POINTS), 1.0, factor])
    edges = _edges(one.length[one.order])
    common: dict[str, Any] = {"figure": figure, "figsize": figsize, "labels": labels}
    with drawn_on((8.5, 6.4), panels=2, language=language, **common) as sheet:
        top, bottom = sheet.panels
        staffings = (
            (mean["required_agents"], sheet.say("day_mean"), _LINES[0]),
            (busy["required_agents"], sheet.say("day_busy", share), _LINES[1]),
            (mean["stationary_agents"], sheet.say("day_formula"), _LINES[2]),
        )
        drawn = []
        for agents, label, look in staffings:
            top.stairs(agents[one.order], edges, baseline=None, label=label, **look)
            with_them = one.with_agents(agents)
            worst = [_worst(with_them.with_calls(f), goal, given) for f in factors]
            bottom.plot(factors, worst, **look)
            drawn += [
                ("agents", label, *pair) for pair in zip(edges, agents[one.order], strict=False)
            ]
            drawn += [("worst", label, *pair) for pair in zip(factors, worst, strict=True)]
        data = pd.DataFrame(drawn, columns=["panel", "line", "x", "y"])
        sheet.empty(len(one.order), top)
        top.set_xlabel(_clock(sheet, top, rows_of(intervals, "intervals", []), edges))
        bottom.set_xlabel(sheet.say("day_calls"))
        bottom.set_xlim(quietest, busiest)
        worst_of = sheet.say("day_worst", sheet.say(f"day_{goal}"))
        for axes, text in ((top, sheet.say("day_required")), (bottom, worst_of)):
            axes.set_ylim(0, 1.05 * axes.get_ylim()[1])
            axes.grid(axis="y")
            sheet.head(text, axes=axes)
        _mark_goal(bottom, (factor, target), sheet.say("day_not_busier", share), goal)
        sheet.over(title)
        most = [
            f"{each['required_agents'].max():g}" if len(one.order) else "0" for each in (mean, busy)
        ]
        sheet.done(data if len(one.order) else data[:0], "alt_requirement_day", *most, share)
    made: Picture | FigureBase = sheet.result
    return made


def _clock(sheet: Sheet, axes: Axes, rows: pd.DataFrame, edges: NDArray[np.float64]) -> str:
    """Clock times along x where the rows have their starts, and what the axis is called."""
    if "start" not in rows or not len(rows):
        return sheet.say("day_hours")
    starts = pd.to_datetime(rows["start"]).sort_values()
    first = starts.iloc[0]
    begin = first.hour + first.minute / 60 + first.second / 3600
    span = float(edges[-1])
    step = next((each for each in (0.5, 1, 2, 3, 6) if span / each <= 12), 24)
    ticks = np.arange(np.ceil(begin / step) * step, begin + span + 1e-9, step)
    texts = [f"{int(tick) % 24:02}:{round(60 * (tick % 1)):02}" for tick in ticks]
    axes.set_xticks(ticks - begin, texts)
    return ""


def _arguments(intervals: Frame, options: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of `required_agents`, of which `options` are given."""
    if "by" in options:
        msg = "requirement_day draws one day and takes no by; pass the rows of that day"
        raise TypeError(msg)
    known = required_agents.__kwdefaults__ or {}
    if unknown := sorted(options.keys() - known.keys()):
        msg = f"requirement_day takes the arguments of required_agents; got {unknown[0]!r}"
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


def _mark_goal(axes: Axes, at: tuple[float, float], text: str, name: str) -> None:
    """Lines at the busiest day that counts and at the goal, and what the first of them says."""
    factor, goal = at
    # A wait may grow without end.
    axes.set_ylim(0, _WAITS_DRAWN * goal if name in WAITS else 1.02)
    for axis in (axes.xaxis, *(() if name in WAITS else (axes.yaxis,))):
        as_percent(axis, ".0f")
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
    sums, _ = figures(day, given["start"], None, _DRAWN, given["threads"])
    shares = {**ratios(sums, given["definition"]), "wait_probability": sums["wait_probability"]}
    seen = shares[goal][~np.isnan(shares[goal])]
    if not seen.size:
        return np.nan
    return float(seen.min() if goal == "service_level" else seen.max())


def _edges(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hours at which intervals begin and end."""
    return np.concatenate([[0.0], np.cumsum(lengths) / 3600])
