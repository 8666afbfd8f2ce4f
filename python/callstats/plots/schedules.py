"""Pictures of plans of people: cover, rosters, the cost of few shifts, heads to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables.checks import shown
from callstats.plots.style import COLOURS, figure, headed, rows_of, styled
from callstats.plots.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

    Language = Literal["en", "zh"]

__all__ = ["cover", "headcount", "roster", "shift_curve"]

#: Kinds of shifts that have a colour of their own; further ones begin again.
_SHADES = ("#2f6db4", "#d97f26", "#3b8752", "#8a5aa8", "#5f6f81", "#b3261e", "#c2a22b", "#2c9c9c")
_MOST_AGENTS = 200
_MOST_DAYS = 366


def cover(
    cover: Frame,
    *,
    agents: str = "required_agents",
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """Agents scheduled against agents required, slot by slot; what is missing is marked.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    cover : DataFrame
        `Cover.cover` of `callstats.shifts`: the requirement with ``scheduled``.
    agents : str, default "required_agents"
        Column of what is required.
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
    >>> hours = pd.date_range("2026-03-02 08:00", periods=3, freq="h")
    >>> table = pd.DataFrame({"start": hours, "required_agents": [2, 3, 2], "scheduled": 2})
    >>> cover(table).axes[0].get_ylabel()
    'agents'
    """
    rows = rows_of(_with_start(cover), "cover", ["start", "scheduled", agents])
    rows = rows.sort_values("start", kind="stable")
    need, there = (rows[name].to_numpy(float) for name in (agents, "scheduled"))
    with styled(language):
        made, axes = figure(9, 4)
        edges = _edges(rows)
        if not edges.size:
            return made
        axes.stairs(
            there, edges, fill=True, color=COLOURS["band"], label=say(language, "plan_scheduled")
        )
        axes.stairs(
            np.where(need > there, need, there),
            edges,
            baseline=there,
            fill=True,
            color=COLOURS["signal"],
            alpha=0.6,
            label=say(language, "plan_short_agents"),
        )
        axes.stairs(
            need,
            edges,
            baseline=None,
            color=COLOURS["point"],
            lw=1.6,
            label=say(language, "plan_required"),
        )
        _by_time(axes, rows)
        axes.set_ylabel(say(language, "plan_agents"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        headed(axes, title)
    return made


def roster(schedule: Frame, *, title: str | None = None, language: Language = "en") -> Picture:
    """A roster as a chart of agents and days: a bar for each shift, weekends shaded.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    schedule : DataFrame
        `Roster.schedule` of `callstats.roster`: ``agent``, ``start``, ``end`` and ``shift``.
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
    with styled(language):
        made, axes = figure(max(6.0, min(1.6 + 0.42 * days, 16)), 1.4 + 0.19 * max(len(names), 3))
        places = {name: at for at, name in enumerate(names)}
        for number, kind in enumerate(kinds):
            own = rows[rows["shift"] == kind]
            begin = _days(own["start"])
            axes.barh(
                own["agent"].map(places),
                _days(own["end"]) - begin,
                left=begin,
                height=0.72,
                color=_SHADES[number % len(_SHADES)],
                label=kind,
            )
        axes.set_yticks(range(len(names)), [str(name) for name in names])
        axes.set_ylim(len(names) - 0.4 if names else 1, -0.6)
        axes.tick_params(axis="y", length=0, labelsize=8)
        _calendar(axes, rows, days)
        headed(axes, title, columns=min(max(len(kinds), 1), 6))
    return made


def shift_curve(
    covers: Sequence[Any], *, title: str | None = None, language: Language = "en"
) -> Picture:
    """Cost against the number of shifts that there are: what each further shift saves.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    covers : sequence of Cover
        Results of `callstats.shifts.design`, for ``most=1, 2, …``.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        To be saved by its ``savefig``, or shown in a notebook. A mark below a cost is its bound.

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
    with styled(language):
        made, axes = figure(6.5, 4)
        axes.vlines(number, bound, cost, color=COLOURS["muted"], lw=0.9)
        look: dict[str, Any] = {"color": COLOURS["point"], "lw": 1.6, "marker": "o"}
        axes.plot(number, cost, label=say(language, "plan_cost"), **look)
        axes.plot(
            number, bound, "_", color=COLOURS["muted"], ms=9, label=say(language, "plan_bound")
        )
        axes.set_xlabel(say(language, "plan_shifts"))
        axes.set_ylabel(say(language, "plan_cost"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        headed(axes, title)
    return made


def headcount(path: Frame, *, title: str | None = None, language: Language = "en") -> Picture:
    """Effective people against need, period by period, with the spread of who stays.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    path : DataFrame
        From `callstats.hiring.path` or `plan`.
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
    with styled(language):
        made, axes = figure(7.5, 4)
        at, middle = columns["period"], columns["effective"]
        spread = 1.2816 * columns["sd"]
        axes.fill_between(
            at,
            middle - spread,
            middle + spread,
            color=COLOURS["band"],
            label=say(language, "plan_eighty"),
        )
        line: dict[str, Any] = {"color": COLOURS["muted"], "ls": "--", "lw": 1.0}
        axes.plot(at, columns["heads"], label=say(language, "plan_heads"), **line)
        point: dict[str, Any] = {"color": COLOURS["point"], "lw": 1.8, "marker": "o", "ms": 4}
        axes.plot(at, middle, label=say(language, "plan_effective"), **point)
        axes.plot(
            at, columns["need"], color=COLOURS["signal"], lw=1.4, label=say(language, "plan_needed")
        )
        if "hires" in rows:
            hired = rows["hires"].to_numpy(float)
            axes.bar(
                at, hired, width=0.5, color=COLOURS["other"], label=say(language, "plan_hired")
            )
        axes.set_xlabel(say(language, "plan_period"))
        axes.set_ylabel(say(language, "plan_people"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        headed(axes, title, columns=5)
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
    import pandas as pd

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


def _by_time(axes: Axes, rows: pd.DataFrame) -> None:
    import matplotlib.dates as mdates

    if not len(rows):
        return
    locator: Any = mdates.AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter: Any = mdates.ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)


def _calendar(axes: Axes, rows: pd.DataFrame, days: int) -> None:
    """A tick a day or a week, and weekends shaded."""
    import pandas as pd

    if not len(rows):
        return
    first, last = rows["start"].min().normalize(), rows["end"].max().normalize()
    every = pd.date_range(first, last, freq="D")
    places = _days(pd.Series(every))
    for place, date in zip(places, every, strict=True):
        if date.weekday() >= 5:
            axes.axvspan(place, place + 1, color=COLOURS["grid"], alpha=0.6, zorder=0)
    ticks = slice(None) if days <= 35 else slice(None, None, 7)
    axes.set_xticks(places[ticks], [f"{date.day}.{date.month}." for date in every[ticks]])
    axes.tick_params(axis="x", labelsize=7.5)
    axes.set_xlim(places[0], places[-1] + 1)
