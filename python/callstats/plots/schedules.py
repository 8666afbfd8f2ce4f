"""Pictures of plans of people: need, cover, rosters, states, heads to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd

from callstats._tables.checks import one_of, shown
from callstats.errors import MissingColumnError
from callstats.plots.dates import date_ticks
from callstats.plots.sheet import MANY, chart, drawn_on
from callstats.plots.style import COLOURS, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look, Sheet
    from callstats.typing import Frame

__all__ = ["cover", "headcount", "requirement", "roster", "shift_curve", "states"]

#: Kinds of shifts that have a colour of their own; further ones begin again.
_SHADES = ("#2f6db4", "#d97f26", "#3b8752", "#8a5aa8", "#5f6f81", "#b3261e", "#c2a22b", "#2c9c9c")
_HATCHES = ("", "////", "....")
_MOST_AGENTS = 200
_MOST_DAYS = 366


@overload
def cover(
    cover: Frame, *, ax: None = None, agents: str = "required_agents", **look: Unpack[Look]
) -> Picture: ...
@overload
def cover(
    cover: Frame, *, ax: Axes, agents: str = "required_agents", **look: Unpack[Look]
) -> Axes: ...
@chart
def cover(
    cover: Frame, *, ax: Axes | None = None, agents: str = "required_agents", **look: Unpack[Look]
) -> Picture | Axes:
    """Agents scheduled against agents required, slot by slot; what is missing is marked.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    cover : DataFrame
        `Cover.cover` of `callstats.shifts`: the requirement with ``scheduled``.
    agents : str, default "required_agents"
        Column of what is required.

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
    with drawn_on((9, 4), ax=ax, **look) as sheet:
        axes, edges = sheet.axes, _edges(rows)
        if not sheet.empty(len(rows)):
            style: dict[str, Any] = {"fill": True, "color": COLOURS["band"]}
            axes.stairs(there, edges, label=sheet.say("plan_scheduled"), **style)
            style |= {"baseline": there, "color": COLOURS["signal"], "alpha": 0.6}
            short = np.where(need > there, need, there)
            axes.stairs(short, edges, label=sheet.say("plan_short_agents"), **style)
            style = {
                "baseline": None,
                "color": COLOURS["point"],
                "lw": 1.6 if len(rows) < MANY else 0.5,
            }
            axes.stairs(need, edges, label=sheet.say("plan_required"), **style)
            places, texts = date_ticks(rows["start"], sheet.language)
            axes.set_xticks(edges[:-1][places], texts)
        axes.set_ylabel(sheet.say("plan_agents"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        sheet.head(sheet.title)
        data = rows[["start", agents, "scheduled"]]
        lack = np.maximum(need - there, 0.0)
        sheet.done(data, "alt_cover", int((lack > 0).sum()), len(rows), f"{lack.max(initial=0):g}")
    made: Picture | Axes = sheet.result
    return made


@overload
def roster(schedule: Frame, *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def roster(schedule: Frame, *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def roster(schedule: Frame, *, ax: Axes | None = None, **look: Unpack[Look]) -> Picture | Axes:
    """A roster as a chart of agents and days: a bar for each shift, weekends shaded.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    schedule : DataFrame
        `Roster.schedule` of `callstats.roster`: ``agent``, ``start``, ``end`` and ``shift``.

    Raises
    ------
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
    with drawn_on(size, ax=ax, **look) as sheet:
        axes = sheet.axes
        places = {name: at for at, name in enumerate(names)}
        for number, kind in enumerate(kinds):
            own = rows[rows["shift"] == kind]
            begin = _days(own["start"])
            style: dict[str, Any] = {"height": 0.72, "label": sheet.label(kind)}
            style["color"] = _SHADES[number % len(_SHADES)]
            # Eight kinds have a colour, and the next eight the same with a hatch.
            style["hatch"] = _HATCHES[number // len(_SHADES) % len(_HATCHES)]
            length = _days(own["end"]) - begin
            axes.barh(own["agent"].map(places), length, left=begin, edgecolor="white", **style)
        sheet.empty(len(rows))
        axes.set_yticks(range(len(names)), [str(name) for name in names])
        axes.set_ylim(len(names) - 0.4 if names else 1, -0.6)
        axes.tick_params(axis="y", length=0, labelsize=8)
        _calendar(axes, rows, sheet.language)
        sheet.head(sheet.title, min(max(len(kinds), 1), 6))
        order = ["agent", "start", "end", "shift"]
        data = rows[order].sort_values(["shift", "agent", "start"], kind="stable")
        sheet.done(data, "alt_roster", len(rows), len(names), days)
    made: Picture | Axes = sheet.result
    return made


@overload
def shift_curve(covers: Sequence[Any], *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def shift_curve(covers: Sequence[Any], *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def shift_curve(
    covers: Sequence[Any], *, ax: Axes | None = None, **look: Unpack[Look]
) -> Picture | Axes:
    """Cost against the number of shifts that there are: what each further shift saves.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    covers : sequence of Cover
        Results of `callstats.shifts.design`, for ``most=1, 2, …``.

    Raises
    ------
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
    with drawn_on((6.5, 4.2), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(points)):
            axes.vlines(number, bound, cost, color=COLOURS["muted"], lw=0.9)
            style: dict[str, Any] = {"color": COLOURS["point"], "lw": 1.6, "marker": "o"}
            axes.plot(number, cost, label=sheet.say("plan_cost"), **style)
            style = {"color": COLOURS["muted"], "ms": 9, "marker": "_", "ls": ""}
            axes.plot(number, bound, label=sheet.say("plan_bound"), **style)
        axes.set_xlabel(sheet.say("plan_shifts"))
        axes.set_ylabel(sheet.say("plan_cost"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        sheet.head(sheet.title)
        ends = (
            [f"{each:g}" for each in (number[0], cost[0], number[-1], cost[-1])] if points else []
        )
        sheet.done(data, "alt_shift_curve", *ends)
    made: Picture | Axes = sheet.result
    return made


@overload
def headcount(path: Frame, *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def headcount(path: Frame, *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def headcount(path: Frame, *, ax: Axes | None = None, **look: Unpack[Look]) -> Picture | Axes:
    """Effective people against need, period by period, with the spread of who stays.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    path : DataFrame
        From `callstats.hiring.path` or `plan`.

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
    with drawn_on((7.5, 4.2), ax=ax, **look) as sheet:
        axes = sheet.axes
        at, middle = columns["period"], columns["effective"]
        if not sheet.empty(len(rows)):
            spread = 1.2816 * columns["sd"]
            band: dict[str, Any] = {"color": COLOURS["band"], "label": sheet.say("plan_eighty")}
            axes.fill_between(at, middle - spread, middle + spread, **band)
            style: dict[str, Any] = {"color": COLOURS["muted"], "ls": "--", "lw": 1.0}
            axes.plot(at, columns["heads"], label=sheet.say("plan_heads"), **style)
            style = {"color": COLOURS["point"], "lw": 1.8, "marker": "o", "ms": 4}
            axes.plot(at, middle, label=sheet.say("plan_effective"), **style)
            style = {"color": COLOURS["signal"], "lw": 1.4, "ls": (0, (6, 1.5))}
            axes.plot(at, columns["need"], label=sheet.say("plan_needed"), **style)
            if "hires" in rows:
                style = {"width": 0.5, "color": COLOURS["other"]}
                hired = rows["hires"].to_numpy(float)
                axes.bar(at, hired, label=sheet.say("plan_hired"), **style)
        axes.set_xlabel(sheet.say("plan_period"))
        axes.set_ylabel(sheet.say("plan_people"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        sheet.head(sheet.title, 5)
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


_THERE = ("agents", "scheduled_agents")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_PANELS = 10
_MOST_BARS = 60
#: States from the bottom of the stack: colour and hatch; those of one colour differ by hatch.
_STATES: dict[str, tuple[str, str]] = {
    "talk": ("point", ""),
    "hold": ("point", "////"),
    "acw": ("other", ""),
    "ring": ("other", "...."),
    "available": ("band", ""),
    "aux": ("limit", ""),
    "training": ("limit", "xxxx"),
    "offline": ("muted", "\\\\\\\\"),
    "break": ("muted", ""),
}


@overload
def requirement(
    table: Frame,
    *,
    agents: str | None = None,
    by: str | None = None,
    figure: None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def requirement(
    table: Frame,
    *,
    agents: str | None = None,
    by: str | None = None,
    figure: FigureBase,
    **look: Unpack[Look],
) -> FigureBase: ...
@chart
def requirement(
    table: Frame,
    *,
    agents: str | None = None,
    by: str | None = None,
    figure: FigureBase | None = None,
    **look: Unpack[Look],
) -> Picture | FigureBase:
    """Agents required by time of day beside those there, what is short and what is over shaded.

    Several days are a mean day: a panel a weekday, or a panel a value of `by`. The legend tells the
    agent hours that are short, over all rows.

    Parameters
    ----------
    table : DataFrame
        One row an interval with ``start`` and ``required_agents``, as of
        :func:`callstats.staffing.plan` or :func:`callstats.day.required_agents`.
    agents : str, optional
        Its column of those there; default `agents`, else `scheduled_agents`, where it has one.
    by : str, optional
        Its column with a panel each, as the queue; at most 10.

    Raises
    ------
    ValueError
        More than 10 panels.

    Examples
    --------
    >>> import pandas as pd
    >>> plan = pd.DataFrame({"start": pd.date_range("2026-03-02 09:00", periods=3, freq="30min")})
    >>> plan = plan.assign(required_agents=[12, 15, 14], agents=14)
    >>> requirement(plan).alt
    '0.5 agent hours are short of 20.5 required'
    """
    names = [] if by is None else [by]
    columns = ["start", "required_agents", *names, *([] if agents is None else [agents])]
    rows = rows_of(table, "table", columns)
    there = agents or next((name for name in _THERE if name in rows), None)
    starts = pd.to_datetime(rows["start"])
    slots = starts.dt.hour * 60 + starts.dt.minute
    hours = _step(slots) / 60
    gap = rows["required_agents"] - (rows[there] if there else rows["required_agents"])
    short = float(gap.clip(lower=0).sum() * hours)
    several = len(set(starts.dt.normalize())) > 1
    days = starts.dt.day_of_week if several else 0 * slots
    panel = rows[by] if by is not None else days
    data = pd.DataFrame({"panel": panel, "slot": slots, "required_agents": rows["required_agents"]})
    data["agents"] = rows[there].astype(float) if there else np.nan
    data = data.astype({"required_agents": float}).groupby(["panel", "slot"], as_index=False).mean()
    groups = list(dict.fromkeys(data["panel"]))
    if len(groups) > _MOST_PANELS:
        msg = f"table must have at most {_MOST_PANELS} panels to draw; got {len(groups)}"
        raise ValueError(msg)
    panels = max(len(groups), 1)
    size = (8.0, 1.2 + 1.5 * panels if panels > 1 else 3.4)
    with drawn_on(size, figure=figure, panels=panels, share=True, **look) as sheet:
        sheet.empty(len(data))
        for place, (axes, group) in enumerate(zip(sheet.panels, groups, strict=False)):
            _draw_need(sheet, axes, data[data["panel"] == group], short, legend=place == 0)
            name = str(group) if by is not None else sheet.say(_DAYS[int(group)])
            sheet.head(name if panels > 1 else sheet.title, axes=axes)
        if panels > 1:
            sheet.over(sheet.title)
        whole = float(rows["required_agents"].sum() * hours)
        sheet.done(data, "alt_requirement", f"{short:,.1f}", f"{whole:,.1f}")
    made: Picture | FigureBase = sheet.result
    return made


def _step(slots: pd.Series[Any]) -> int:
    """Minutes of an interval, by how far the times of day are apart."""
    apart = np.diff(np.unique(slots.to_numpy()))
    return int(apart.min()) if len(apart) else 30


def _draw_need(sheet: Sheet, axes: Axes, rows: pd.DataFrame, short: float, *, legend: bool) -> None:
    step = _step(rows["slot"])
    slots = np.arange(rows["slot"].min(), rows["slot"].max() + 1, step)
    own = rows.set_index("slot").reindex(slots)
    edges = np.append(slots, slots[-1] + step)
    need, there = own["required_agents"].to_numpy(), own["agents"].to_numpy()
    line: dict[str, Any] = {"baseline": None, "color": COLOURS["point"], "linewidth": 1.5}
    axes.stairs(need, edges, label=sheet.label("required_agents") if legend else None, **line)
    if np.isfinite(there).any():
        line |= {"color": COLOURS["other"], "linestyle": (0, (5, 2)), "linewidth": 1.3}
        axes.stairs(there, edges, label=sheet.say("need_there") if legend else None, **line)
        across = np.repeat(edges, 2)[1:-1]
        upper, lower = np.repeat(need, 2), np.repeat(there, 2)
        for mask, role, hatch, text in (
            (upper > lower, "signal", "////", sheet.say("need_short", f"{short:,.1f}")),
            (upper < lower, "limit", "", sheet.say("need_over")),
        ):
            look: dict[str, Any] = {"facecolor": COLOURS[role], "alpha": 0.25, "linewidth": 0}
            look |= {"hatch": hatch, "edgecolor": COLOURS[role]}
            look["label"] = text if legend else None
            axes.fill_between(across, lower, upper, where=mask, **look)
    sheet.clock(slots, step, axes)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(sheet.label("agents"))
    axes.grid(visible=True, axis="y")


@overload
def states(
    table: Frame,
    *,
    by: Literal["interval", "agent"] = "interval",
    ax: None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def states(
    table: Frame, *, by: Literal["interval", "agent"] = "interval", ax: Axes, **look: Unpack[Look]
) -> Axes: ...
@chart
def states(
    table: Frame,
    *,
    by: Literal["interval", "agent"] = "interval",
    ax: Axes | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
    """What agents do with their time: agents in each state by interval, or a row an agent.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.kpi.states`: ``start``, ``length`` and a column of seconds a state.
    by : {"interval", "agent"}
        ``"interval"``: agents in each state, all of them together. ``"agent"``: hours of each agent
        in each state, a bar an agent; at most 60.

    Raises
    ------
    ValueError
        More than 60 agents.

    Examples
    --------
    >>> import pandas as pd
    >>> times = pd.DataFrame({"agent": ["ann", "ben"], "start": pd.Timestamp("2026-03-02 09:00")})
    >>> times = times.assign(length=900.0, talk=[600.0, 450.0], available=[300.0, 450.0])
    >>> states(times).data[["talk", "available"]].round(2).values.tolist()
    [[1.17, 0.83]]
    """
    one_of("by", by, ["interval", "agent"])
    key = "start" if by == "interval" else "agent"
    rows = rows_of(table, "table", [key, "length"])
    found = [name for name in _STATES if name in rows]
    if not found:
        msg = f"table must have a column of a state: {', '.join(map(repr, _STATES))}"
        raise MissingColumnError(msg)
    whole = rows["length"] if by == "interval" else 3600.0
    shares = rows[found].astype(float).div(whole, axis=0).assign(**{key: rows[key]})
    data = shares.groupby(key, as_index=False)[found].sum()
    if by == "agent" and len(data) > _MOST_BARS:
        msg = f"table must have at most {_MOST_BARS} agents to draw; got {len(data)}"
        raise ValueError(msg)
    height = 3.8 if by == "interval" else 1.8 + 0.22 * len(data)
    with drawn_on((8.0, height), ax=ax, **look) as sheet:
        if not sheet.empty(len(data)):
            _stack(sheet, data, found, across=by == "interval")
        sheet.head(sheet.title, columns=5)
        total = data[found].sum()
        most = str(total.idxmax()) if len(data) else ""
        share = f"{100 * total.max() / total.sum():.0f}%" if total.sum() else ""
        sheet.done(data, "alt_states", _state(sheet, most), share)
    made: Picture | Axes = sheet.result
    return made


def _state(sheet: Sheet, name: str) -> str:
    return sheet.say("state_talk") if name == "talk" else sheet.label(name)


def _stack(sheet: Sheet, data: pd.DataFrame, found: list[str], *, across: bool) -> None:
    axes, at = sheet.axes, np.arange(len(data))
    below = np.zeros(len(data))
    for name in found:
        role, hatch = _STATES[name]
        size = data[name].to_numpy(float)
        bar: dict[str, Any] = {"color": COLOURS[role], "hatch": hatch, "edgecolor": "white"}
        bar |= {"linewidth": 0.3 if len(data) < MANY else 0, "label": _state(sheet, name)}
        if across:
            # One shape a state: bars of 100,000 intervals take minutes. An edge has the interval
            # that begins there, and the last edge the last interval.
            edges = [*at, len(data) - 1]
            low, high = below[edges], (below + size)[edges]
            axes.fill_between(np.arange(-0.5, len(data)), low, high, step="post", **bar)
        else:
            axes.barh(at, size, left=below, height=0.7, **bar)
        below = below + size
    if across:
        sheet.times(data["start"])
        axes.set_ylim(bottom=0)
        axes.set_ylabel(sheet.label("agents"))
        axes.grid(visible=True, axis="y")
        return
    axes.set_yticks(at, data["agent"].astype(str).tolist())
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(data) - 0.4, -0.6)
    axes.set_xlabel(sheet.say("states_hours"))
    axes.grid(visible=True, axis="x")
