"""Pictures of plans of people: cover, rosters, the cost of few shifts, heads to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd

from callstats._tables.checks import shown
from callstats.plots.dates import date_ticks
from callstats.plots.sheet import MANY, drawn_on
from callstats.plots.style import COLOURS, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

    Language = Literal["en", "zh"]

__all__ = ["cover", "headcount", "roster", "shift_curve"]

#: Kinds of shifts that have a colour of their own; further ones begin again.
_SHADES = ("#2f6db4", "#d97f26", "#3b8752", "#8a5aa8", "#5f6f81", "#b3261e", "#c2a22b", "#2c9c9c")
_HATCHES = ("", "////", "....")
_MOST_AGENTS = 200
_MOST_DAYS = 366


@overload
def cover(
    cover: Frame,
    *,
    ax: None = None,
    agents: str = "required_agents",
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture: ...
@overload
def cover(
    cover: Frame,
    *,
    ax: Axes,
    agents: str = "required_agents",
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Axes: ...
def cover(
    cover: Frame,
    *,
    ax: Axes | None = None,
    agents: str = "required_agents",
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture | Axes:
    """Agents scheduled against agents required, slot by slot; what is missing is marked.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    cover : DataFrame
        `Cover.cover` of `callstats.shifts`: the requirement with ``scheduled``.
    agents : str, default "required_agents"
        Column of what is required.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a picture of its own.
    title : str, optional
        What is drawn, in words.
    labels : mapping, optional
        What to call columns, in place of the usual words: ``{"talk": "length of the call"}``.
    figsize : (float, float), optional
        Width and height of the picture in inches.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
         Or `ax` where it is given. To be saved by its ``savefig``, or shown in a notebook.

    Raises
    ------
    MissingColumnError
        A column is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.date_range("2026-03-02 08:00", periods=3, freq="h")
    >>> table = pd.DataFrame({"start": hours, "required_agents": [2, 3, 2], "scheduled": 2})
    >>> cover(table).axes[0].get_ylabel()
    'agents'
    """
    rows = rows_of(_with_start(cover), "cover", ["start", "scheduled", agents])
    rows = rows.sort_values("start", kind="stable")
    need, there = (rows[name].to_numpy(float) for name in (agents, "scheduled"))
    common: dict[str, Any] = {"ax": ax, "figsize": figsize, "labels": labels}
    with drawn_on((9, 4), language=language, **common) as sheet:
        axes, edges = sheet.axes, _edges(rows)
        if not sheet.empty(len(rows)):
            look: dict[str, Any] = {"fill": True, "color": COLOURS["band"]}
            axes.stairs(there, edges, label=sheet.say("plan_scheduled"), **look)
            look |= {"baseline": there, "color": COLOURS["signal"], "alpha": 0.6}
            short = np.where(need > there, need, there)
            axes.stairs(short, edges, label=sheet.say("plan_short_agents"), **look)
            look = {
                "baseline": None,
                "color": COLOURS["point"],
                "lw": 1.6 if len(rows) < MANY else 0.5,
            }
            axes.stairs(need, edges, label=sheet.say("plan_required"), **look)
            places, texts = date_ticks(rows["start"], language)
            axes.set_xticks(edges[:-1][places], texts)
        axes.set_ylabel(sheet.say("plan_agents"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        sheet.head(title)
        data = rows[["start", agents, "scheduled"]]
        lack = np.maximum(need - there, 0.0)
        sheet.done(data, "alt_cover", int((lack > 0).sum()), len(rows), f"{lack.max(initial=0):g}")
    made: Picture | Axes = sheet.result
    return made


@overload
def roster(
    schedule: Frame,
    *,
    ax: None = None,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture: ...
@overload
def roster(
    schedule: Frame,
    *,
    ax: Axes,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Axes: ...
def roster(
    schedule: Frame,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture | Axes:
    """A roster as a chart of agents and days: a bar for each shift, weekends shaded.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    schedule : DataFrame
        `Roster.schedule` of `callstats.roster`: ``agent``, ``start``, ``end`` and ``shift``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a picture of its own.
    title : str, optional
        What is drawn, in words.
    labels : mapping, optional
        What to call columns, in place of the usual words: ``{"talk": "length of the call"}``.
    figsize : (float, float), optional
        Width and height of the picture in inches.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
         Or `ax` where it is given. To be saved by its ``savefig``, or shown in a notebook.

    Raises
    ------
    MissingColumnError
        A column is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.
    ValueError
        More than 200 agents or 366 days: choose some.

    Examples
    --------
    >>> import pandas as pd
    >>> start = pd.to_datetime(["2026-03-02 07:00", "2026-03-03 14:00"])
    >>> table = pd.DataFrame({"agent": ["ann", "bob"], "start": start, "shift": ["early", "late"]})
    >>> picture = roster(table.assign(end=start + pd.Timedelta("8h")))
    >>> [label.get_text() for label in picture.axes[0].get_yticklabels()]
    ['ann', 'bob']
    """
    rows = rows_of(schedule, "schedule", ["agent", "start", "end", "shift"])
    rows = rows.assign(
        start=_clock(rows["start"]), end=_clock(rows["end"]), shift=rows["shift"].astype(str)
    )
    names = sorted(rows["agent"].unique(), key=lambda each: (type(each).__name__, each))
    days = (rows["end"].max() - rows["start"].min()).days + 1 if len(rows) else 1
    if len(names) > _MOST_AGENTS or days > _MOST_DAYS:
        msg = f"schedule must be of at most {_MOST_AGENTS} agents and {_MOST_DAYS} days"
        raise ValueError(f"{msg}; got {len(names)} and {days}: choose some")
    kinds = sorted(rows["shift"].unique())
    size = (max(6.0, min(1.6 + 0.42 * days, 16)), 1.4 + 0.19 * max(len(names), 3))
    common: dict[str, Any] = {"ax": ax, "figsize": figsize, "labels": labels}
    with drawn_on(size, language=language, **common) as sheet:
        axes = sheet.axes
        places = {name: at for at, name in enumerate(names)}
        for number, kind in enumerate(kinds):
            own = rows[rows["shift"] == kind]
            begin = _days(own["start"])
            look: dict[str, Any] = {"height": 0.72, "label": sheet.label(kind)}
            look["color"] = _SHADES[number % len(_SHADES)]
            # Eight kinds have a colour, and the next eight the same with a hatch.
            look["hatch"] = _HATCHES[number // len(_SHADES) % len(_HATCHES)]
            length = _days(own["end"]) - begin
            axes.barh(own["agent"].map(places), length, left=begin, edgecolor="white", **look)
        sheet.empty(len(rows))
        axes.set_yticks(range(len(names)), [str(name) for name in names])
        axes.set_ylim(len(names) - 0.4 if names else 1, -0.6)
        axes.tick_params(axis="y", length=0, labelsize=8)
        _calendar(axes, rows, language)
        sheet.head(title, min(max(len(kinds), 1), 6))
        order = ["agent", "start", "end", "shift"]
        data = rows[order].sort_values(["shift", "agent", "start"], kind="stable")
        sheet.done(data, "alt_roster", len(rows), len(names), days)
    made: Picture | Axes = sheet.result
    return made


@overload
def shift_curve(
    covers: Sequence[Any],
    *,
    ax: None = None,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture: ...
@overload
def shift_curve(
    covers: Sequence[Any],
    *,
    ax: Axes,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Axes: ...
def shift_curve(
    covers: Sequence[Any],
    *,
    ax: Axes | None = None,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture | Axes:
    """Cost against the number of shifts that there are: what each further shift saves.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    covers : sequence of Cover
        Results of `callstats.shifts.design`, for ``most=1, 2, …``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a picture of its own.
    title : str, optional
        What is drawn, in words.
    labels : mapping, optional
        What to call columns, in place of the usual words: ``{"talk": "length of the call"}``.
    figsize : (float, float), optional
        Width and height of the picture in inches.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
         Or `ax` where it is given. To be saved by its ``savefig``, or shown in a notebook. A mark
        below a cost is its bound.

    Raises
    ------
    RuntimeError
        `language` is Chinese, and there is no font that has it.
    TypeError
        Something else than results of `design`.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import shifts
    >>> hours = pd.date_range("2026-03-02 08:00", periods=4, freq="h")
    >>> need = pd.DataFrame({"start": hours, "required_agents": [1, 2, 2, 1]})
    >>> ask = {"starts": ["08:00", "09:00"], "lengths": ["2h", "3h"]}
    >>> curve = [shifts.design(need, **ask, most=most) for most in (1, 2)]
    >>> shift_curve(curve).axes[0].get_xlabel()
    'shifts'
    """
    from matplotlib.ticker import MaxNLocator

    listed: list[Any] = list(covers) if isinstance(covers, list | tuple) else [covers]
    for each in listed:
        if getattr(each, "shifts", None) is None:
            msg = f"covers must be results of shifts.design; got {shown(each)}"
            raise TypeError(msg)
    points = sorted((len(each.shifts), each.objective, each.bound) for each in listed)
    number, cost, bound = np.array(points, float).reshape(-1, 3).T
    data = pd.DataFrame({"shifts": number, "cost": cost, "bound": bound})
    common: dict[str, Any] = {"ax": ax, "figsize": figsize, "labels": labels}
    with drawn_on((6.5, 4.2), language=language, **common) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(points)):
            axes.vlines(number, bound, cost, color=COLOURS["muted"], lw=0.9)
            look: dict[str, Any] = {"color": COLOURS["point"], "lw": 1.6, "marker": "o"}
            axes.plot(number, cost, label=sheet.say("plan_cost"), **look)
            look = {"color": COLOURS["muted"], "ms": 9, "marker": "_", "ls": ""}
            axes.plot(number, bound, label=sheet.say("plan_bound"), **look)
        axes.set_xlabel(sheet.say("plan_shifts"))
        axes.set_ylabel(sheet.say("plan_cost"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        sheet.head(title)
        ends = (
            [f"{each:g}" for each in (number[0], cost[0], number[-1], cost[-1])] if points else []
        )
        sheet.done(data, "alt_shift_curve", *ends)
    made: Picture | Axes = sheet.result
    return made


@overload
def headcount(
    path: Frame,
    *,
    ax: None = None,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture: ...
@overload
def headcount(
    path: Frame,
    *,
    ax: Axes,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Axes: ...
def headcount(
    path: Frame,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture | Axes:
    """Effective people against need, period by period, with the spread of who stays.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    path : DataFrame
        From `callstats.hiring.path` or `plan`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a picture of its own.
    title : str, optional
        What is drawn, in words.
    labels : mapping, optional
        What to call columns, in place of the usual words: ``{"talk": "length of the call"}``.
    figsize : (float, float), optional
        Width and height of the picture in inches.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
         Or `ax` where it is given. To be saved by its ``savefig``, or shown in a notebook.

    Raises
    ------
    MissingColumnError
        A column is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import hiring
    >>> staff = pd.DataFrame({"agents": [40], "tenure": [24]})
    >>> ahead = hiring.path(staff, attrition=0.03, effectiveness=[0, 0.5], periods=6, need=38)
    >>> headcount(ahead).axes[0].get_ylabel()
    'people'
    """
    rows = rows_of(path, "path", ["period", "heads", "effective", "sd", "need"])
    rows = rows.sort_values("period", kind="stable")
    names = ("period", "heads", "effective", "sd", "need")
    columns = {name: rows[name].to_numpy(float) for name in names}
    common: dict[str, Any] = {"ax": ax, "figsize": figsize, "labels": labels}
    with drawn_on((7.5, 4.2), language=language, **common) as sheet:
        axes = sheet.axes
        at, middle = columns["period"], columns["effective"]
        if not sheet.empty(len(rows)):
            spread = 1.2816 * columns["sd"]
            band: dict[str, Any] = {"color": COLOURS["band"], "label": sheet.say("plan_eighty")}
            axes.fill_between(at, middle - spread, middle + spread, **band)
            look: dict[str, Any] = {"color": COLOURS["muted"], "ls": "--", "lw": 1.0}
            axes.plot(at, columns["heads"], label=sheet.say("plan_heads"), **look)
            look = {"color": COLOURS["point"], "lw": 1.8, "marker": "o", "ms": 4}
            axes.plot(at, middle, label=sheet.say("plan_effective"), **look)
            look = {"color": COLOURS["signal"], "lw": 1.4, "ls": (0, (6, 1.5))}
            axes.plot(at, columns["need"], label=sheet.say("plan_needed"), **look)
            if "hires" in rows:
                look = {"width": 0.5, "color": COLOURS["other"]}
                hired = rows["hires"].to_numpy(float)
                axes.bar(at, hired, label=sheet.say("plan_hired"), **look)
        axes.set_xlabel(sheet.say("plan_period"))
        axes.set_ylabel(sheet.say("plan_people"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        sheet.head(title, 5)
        lack = columns["need"] - middle
        most = lack[np.isfinite(lack)].max(initial=0.0)
        data = rows[[*names, *(["hires"] if "hires" in rows else [])]]
        sheet.done(data, "alt_headcount", int((lack > 0).sum()), len(rows), f"{most:.1f}")
    made: Picture | Axes = sheet.result
    return made


def _with_start(table: Any) -> Any:
    """A time index as the column `start`, where there is none."""
    index = getattr(table, "index", None)
    columns = getattr(table, "columns", ())
    if index is not None and "start" not in columns and hasattr(index, "tz"):
        return table.assign(start=index)
    return table


def _clock(times: pd.Series[Any]) -> pd.Series[Any]:
    """Times as the local clock shows them."""
    read = pd.to_datetime(times)
    return read.dt.tz_localize(None) if read.dt.tz is not None else read


def _days(times: pd.Series[Any]) -> Any:
    """Days since 1970, as Matplotlib counts them."""
    return times.to_numpy().astype("M8[us]").astype(np.int64) / 86_400e6


def _edges(rows: pd.DataFrame) -> Any:
    """Where slots begin and end, in days."""
    starts = _days(_clock(rows["start"]))
    if not starts.size:
        return np.zeros(0)
    step = float(np.diff(starts).min(initial=1.0))
    return np.append(starts, starts[-1] + step)


def _calendar(axes: Axes, rows: pd.DataFrame, language: str) -> None:
    """Dates below, and weekends shaded."""
    if not len(rows):
        return
    first, last = rows["start"].min().normalize(), rows["end"].max().normalize()
    every = pd.date_range(first, last, freq="D")
    at = _days(pd.Series(every))
    for place, date in zip(at, every, strict=True):
        if date.weekday() >= 5:
            axes.axvspan(place, place + 1, color=COLOURS["grid"], alpha=0.6, zorder=0)
    places, texts = date_ticks(every, language)
    axes.set_xticks(at[places], texts)
    axes.set_xlim(at[0], at[-1] + 1)
