"""Pictures of what service is worth: drivers of satisfaction, values of a call, an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from callstats._tables.checks import shown
from callstats.day.outage import Outage
from callstats.plots.sheet import MANY, VERY_MANY, chart, drawn_on
from callstats.plots.style import COLOURS, as_percent, rows_of

if TYPE_CHECKING:
    from typing import Unpack

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look, Sheet
    from callstats.typing import Frame


__all__ = ["drivers", "lost_call_values", "outage"]

#: What the corners of the picture of drivers are called, and where that is written.
_CORNERS = {
    "driver_concentrate": (0.01, 0.98),
    "driver_keep": (0.99, 0.98),
    "driver_low": (0.01, 0.02),
    "driver_overkill": (0.99, 0.02),
}
_HALF_DAY = 43_200


@overload
def drivers(found: Frame, *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def drivers(found: Frame, *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def drivers(found: Frame, *, ax: Axes | None = None, **look: Unpack[Look]) -> Picture | Axes:
    """Importance of each item against how well it is rated, with the limits of both.

    Lines mark the importance that each item would have if all had the same, and the mean of the top
    boxes: upper left is where to concentrate. Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    found : DataFrame
        The rows of one group from `callstats.kpi.drivers`.

    Raises
    ------
    ValueError
        Rows of several groups.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import kpi
    >>> replies = pd.DataFrame({"overall": [1, 2, 3, 4, 5] * 4, "wait": [1, 2, 4, 4, 5] * 4})
    >>> replies["menu"] = [3, 1, 2, 5] * 5
    >>> found = kpi.drivers(replies, overall="overall", items=["wait", "menu"], seed=1)
    >>> drivers(found).axes[0].get_ylabel()
    'share of what the items explain'
    """
    limits = [
        f"{name}{end}" for name in ("importance_share", "top_box") for end in ("_low", "_high")
    ]
    rows = rows_of(found, "found", ["item", "importance_share", "top_box", *limits])
    if rows["item"].duplicated().any():
        twice = rows["item"][rows["item"].duplicated()].iloc[0]
        msg = f"found must be of one group; got {shown(twice)} more than once: choose its rows"
        raise ValueError(msg)
    known = rows.dropna(subset=["importance_share", "top_box"]).sort_values("item", kind="stable")
    with drawn_on((7.5, 5.6), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(known)):
            _draw_items(sheet, known)
            for corner, (left, low) in _CORNERS.items():
                axes.text(
                    left,
                    low,
                    sheet.say(corner),
                    transform=axes.transAxes,
                    color=COLOURS["muted"],
                    ha="left" if left < 0.5 else "right",
                    va="bottom" if low < 0.5 else "top",
                )
            sheet.left_out(len(rows) - len(known))
            order = np.argsort(-known["importance_share"].to_numpy(float), kind="stable")
            first = known.iloc[order]
            sheet.names(
                [sheet.label(str(item)) for item in first["item"]],
                first["top_box"],
                first["importance_share"],
            )
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel(sheet.say("driver_top_box"))
        axes.set_ylabel(sheet.say("driver_importance"))
        for axis in (axes.xaxis, axes.yaxis):
            as_percent(axis, ".0f")
        axes.grid()
        sheet.head(sheet.say("driver_title") if sheet.title is None else sheet.title)
        parts = []
        if len(known):
            best = first.iloc[0]
            shares = [f"{100 * best[name]:.0f}%" for name in ("importance_share", "top_box")]
            parts = [sheet.label(str(best["item"])), *shares]
        sheet.done(known[["item", "importance_share", "top_box", *limits]], "alt_drivers", *parts)
    made: Picture | Axes = sheet.result
    return made


def _draw_items(sheet: Sheet, rows: pd.DataFrame) -> None:
    """Points with limits both ways, and the lines of equal importance and of the mean rating."""
    axes = sheet.axes
    x, y = rows["top_box"].to_numpy(float), rows["importance_share"].to_numpy(float)
    spread = {
        name: np.abs(rows[[f"{name}_low", f"{name}_high"]].to_numpy(float).T - at)
        for name, at in (("top_box", x), ("importance_share", y))
    }
    look: dict[str, Any] = {"color": COLOURS["point"], "ecolor": COLOURS["muted"]}
    look |= {"elinewidth": 0.8, "ms": 6 if len(rows) < MANY else 2, "fmt": "o"}
    if len(rows) >= VERY_MANY:
        look["rasterized"] = True
    axes.errorbar(x, y, xerr=spread["top_box"], yerr=spread["importance_share"], **look)
    line: dict[str, Any] = {"color": COLOURS["ink"], "lw": 0.9, "ls": ":"}
    axes.axhline(1 / len(rows), **line)
    axes.axvline(x.mean(), **line)


@overload
def lost_call_values(planned: Frame, *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def lost_call_values(planned: Frame, *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def lost_call_values(
    planned: Frame, *, ax: Axes | None = None, **look: Unpack[Look]
) -> Picture | Axes:
    """Which value of a lost call the goal takes for granted, interval by interval.

    A bar spans the values for which the agents that the goal asks would be the cheapest. Needs
    matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    planned : DataFrame
        What `callstats.staffing.cheapest_plan` gives with goals: the rows of a day, in order of
        time. A column ``start`` names them.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import staffing
    >>> day = pd.DataFrame({"calls": [10, 60, 30], "aht": 240})
    >>> planned = staffing.cheapest_plan(
    ...     day, patience=180, agent_hour=24, lost_call=3, interval=1800,
    ...     service_level=0.8, threshold=20,
    ... )
    >>> lost_call_values(planned).axes[0].get_ylabel()
    'value of a lost call'
    """
    names = ["implied_lost_call_low", "implied_lost_call_high"]
    rows = rows_of(planned, "planned", names)
    if "start" in rows:
        rows = rows.sort_values("start", kind="stable").reset_index(drop=True)
    low, high = (rows[name].to_numpy(np.float64) for name in names)
    known = np.isfinite(low) & np.isfinite(high)
    at = np.arange(len(rows))
    data = rows[[*(["start"] if "start" in rows else []), *names]].assign(at=at)[known]
    middle = float(np.median(((low + high) / 2)[known])) if known.any() else np.nan
    with drawn_on((8.5, 4.2), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(int(known.sum())):
            style: dict[str, Any] = {"lw": min(18.0, max(0.5, 450 / len(rows)))}
            style |= {"color": COLOURS["point"], "rasterized": len(rows) >= VERY_MANY}
            axes.vlines(at[known], low[known], high[known], **style)
            text = sheet.say("call_value_median", f"{middle:.3g}")
            axes.axhline(middle, color=COLOURS["ink"], lw=0.9, ls=":", label=text)
            sheet.left_out(int((~known).sum()))
            sheet.times(rows["start"] if "start" in rows else at + 1)
            axes.set_xlim(-0.7, len(rows) - 0.3)
            axes.set_ylim(bottom=0)
        axes.set_ylabel(sheet.say("call_value"))
        axes.set_xlabel("" if "start" in rows else sheet.say("interval_number"))
        axes.grid(axis="y")
        sheet.head(sheet.say("call_value_title") if sheet.title is None else sheet.title)
        ends = (
            [f"{end:.3g}" for end in (low[known].min(), high[known].max())] if known.any() else []
        )
        sheet.done(data, "alt_call_values", f"{middle:.3g}", *ends)
    made: Picture | Axes = sheet.result
    return made


@overload
def outage(failed: Outage, *, figure: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def outage(failed: Outage, *, figure: FigureBase, **look: Unpack[Look]) -> FigureBase: ...
@chart
def outage(
    failed: Outage, *, figure: FigureBase | None = None, **look: Unpack[Look]
) -> Picture | FigureBase:
    """The queue after a failure, beside that of a usual day; agents and lost callers below.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    failed : Outage
        What `callstats.day.outage` gives.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import day
    >>> hours = pd.DataFrame({"calls": [60, 60, 60], "aht": 240, "agents": 10})
    >>> failed = day.outage(
    ...     hours, at="30min", until="40min", lost=8, patience=180, interval="30min"
    ... )
    >>> [axes.get_title(loc="left") for axes in outage(failed).axes]
    ['Callers waiting', 'Agents at work', 'Callers lost so far']
    """
    if not isinstance(failed, Outage):
        msg = f"failed must be what day.outage gives; got {shown(failed)}"
        raise TypeError(msg)
    rows = failed.course
    far = len(rows) and rows["seconds"].iloc[-1] > _HALF_DAY
    scale, unit = (3600, "outage_hours") if far else (60, "outage_minutes")
    time = rows["seconds"].to_numpy() / scale
    with drawn_on((8.5, 6.6), panels=3, share=True, figure=figure, **look) as sheet:
        queue, agents, lost = sheet.panels
        if not sheet.empty(len(rows), queue):
            line: dict[str, Any] = {"lw": 2, "color": COLOURS["point"]}
            queue.plot(time, rows["queue"], label=sheet.say("failed"), **line)
            usual: dict[str, Any] = {
                "color": COLOURS["other"],
                "ls": "--",
                "label": sheet.say("usual"),
            }
            queue.plot(time, rows["usual_queue"], **usual)
            agents.step(time, rows["agents"], where="pre", color=COLOURS["limit"], lw=2)
            lost.plot(time, rows["calls_lost"], color=COLOURS["signal"], lw=2)
        headings = {"day_queue": queue, "outage_agents": agents, "outage_lost": lost}
        for heading, axes in headings.items():
            axes.set_ylim(bottom=0)
            axes.grid(axis="y")
            sheet.head(sheet.say(heading), axes=axes)
        recovered = failed.minutes_to_recover
        if recovered and not np.isnan(recovered):
            at = recovered * 60 / scale
            queue.axvline(at, color=COLOURS["ink"], lw=0.9, ls=":")
            late = len(time) and at > (time[0] + time[-1]) / 2
            queue.annotate(
                sheet.say("outage_recovered", f"{recovered:.0f}"),
                (at, 0.96),
                xycoords=("data", "axes fraction"),
                xytext=(-4 if late else 4, 0),
                textcoords="offset points",
                ha="right" if late else "left",
                va="top",
            )
        lost.set_xlabel(sheet.say(unit))
        sheet.over(sheet.title)
        most = rows["queue"].max() if len(rows) else 0.0
        total = rows["calls_lost"].iloc[-1] if len(rows) else 0.0
        alt = "alt_outage" if recovered and not np.isnan(recovered) else "alt_outage_open"
        sheet.done(rows, alt, f"{most:.0f}", f"{total:.0f}", f"{recovered:.0f}")
    made: Picture | FigureBase = sheet.result
    return made
