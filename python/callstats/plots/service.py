"""Pictures of what service is worth: drivers of satisfaction, values of a call, an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables.checks import shown
from callstats.day.outage import Outage
from callstats.plots.style import COLOURS, figure, rows_of, stacked, styled
from callstats.plots.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

    Floats = NDArray[np.float64]
    Language = Literal["en", "zh"]

__all__ = ["drivers", "lost_call_values", "outage"]

#: Names of items drawn beside their points; more would lie on one another.
_MOST_NAMES = 24
#: Height of a name in the units of the axis of shares.
_NAME_HEIGHT = 0.035
_HALF_DAY = 43_200


def drivers(found: Frame, *, title: str | None = None, language: Language = "en") -> Picture:
    """Importance of each item against how well it is rated, with the limits of both.

    Lines mark the importance that each item would have if all had the same, and the mean of the top
    boxes: upper left is where to concentrate. Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    found : DataFrame
        The rows of one group from `callstats.kpi.drivers`.
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
    rows = rows.sort_values("item", kind="stable").dropna(subset=["importance_share", "top_box"])
    with styled(language):
        made, axes = figure(7.5, 5.5)
        x, y = rows["top_box"].to_numpy(), rows["importance_share"].to_numpy()
        spread = {
            name: np.abs(rows[[f"{name}_low", f"{name}_high"]].to_numpy().T - rows[name].to_numpy())
            for name in ("top_box", "importance_share")
        }
        axes.errorbar(
            x,
            y,
            xerr=spread["top_box"],
            yerr=spread["importance_share"],
            fmt="o",
            color=COLOURS["point"],
            ecolor=COLOURS["muted"],
            elinewidth=0.8,
            ms=6,
        )
        _name_points(axes, rows["item"].tolist(), x, y)
        if len(rows):
            line: dict[str, Any] = {"color": COLOURS["ink"], "lw": 0.9, "ls": ":"}
            axes.axhline(1 / len(rows), **line)
            axes.axvline(x.mean(), **line)
        for corner, (left, low) in {
            "driver_concentrate": (0.01, 0.98),
            "driver_keep": (0.99, 0.98),
            "driver_low": (0.01, 0.02),
            "driver_overkill": (0.99, 0.02),
        }.items():
            axes.text(
                left,
                low,
                say(language, corner),
                transform=axes.transAxes,
                color=COLOURS["muted"],
                ha="left" if left < 0.5 else "right",
                va="bottom" if low < 0.5 else "top",
            )
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel(say(language, "driver_top_box"))
        axes.set_ylabel(say(language, "driver_importance"))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
        axes.grid()
        axes.set_title(say(language, "driver_title") if title is None else title)
    return made


def _name_points(axes: Axes, names: list[str], x: Floats, y: Floats) -> None:
    """A name beside each point; those that would lie on one another are moved up."""
    least = -np.inf
    for row in np.argsort(y, kind="stable")[:_MOST_NAMES]:
        height = max(float(y[row]) + _NAME_HEIGHT / 3, least)
        axes.annotate(str(names[row]), (x[row], height), xytext=(6, 0), textcoords="offset points")
        least = height + _NAME_HEIGHT


def lost_call_values(
    planned: Frame, *, title: str | None = None, language: Language = "en"
) -> Picture:
    """Which value of a lost call the goal takes for granted, interval by interval.

    A bar spans the values for which the agents that the goal asks would be the cheapest. Needs
    matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    planned : DataFrame
        What `callstats.staffing.cheapest_plan` gives with goals: the rows of a day, in order of
        time. A column ``start`` names them.
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
    low, high = (rows[name].to_numpy(np.float64) for name in names)
    known = np.isfinite(low) & np.isfinite(high)
    with styled(language):
        made, axes = figure(8.5, 4)
        at = np.arange(len(rows))
        width = min(18.0, max(0.5, 450 / max(len(rows), 1)))
        axes.vlines(at[known], low[known], high[known], color=COLOURS["point"], lw=width)
        if known.any():
            middle = float(np.median(((low + high) / 2)[known]))
            text = say(language, "call_value_median", f"{middle:.3g}")
            axes.axhline(middle, color=COLOURS["ink"], lw=0.9, ls=":", label=text)
            axes.legend(loc="lower right", bbox_to_anchor=(1, 1))
        if "start" in rows.columns:
            step = max(1, -(-len(rows) // 12))
            labels = [f"{start:%H:%M}" for start in rows["start"]]
            axes.set_xticks(at[::step], labels[::step])
        axes.set_ylim(bottom=0)
        axes.set_ylabel(say(language, "call_value"))
        axes.grid(axis="y")
        axes.set_title(say(language, "call_value_title") if title is None else title)
    return made


def outage(failed: Outage, *, title: str | None = None, language: Language = "en") -> Picture:
    """The queue after a failure, beside that of a usual day; agents and lost callers below.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    failed : Outage
        What `callstats.day.outage` gives.
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
    RuntimeError
        `language` is Chinese, and there is no font that has it.

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
    with styled(language):
        made, (queue, agents, lost) = stacked(8.5, 6.5, 3, share=True)
        queue.plot(time, rows["queue"], color=COLOURS["point"], lw=2, label=say(language, "failed"))
        queue.plot(
            time, rows["usual_queue"], color=COLOURS["other"], ls="--", label=say(language, "usual")
        )
        queue.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
        agents.step(time, rows["agents"], where="pre", color=COLOURS["limit"], lw=2)
        lost.plot(time, rows["calls_lost"], color=COLOURS["signal"], lw=2)
        headings = {"day_queue": queue, "outage_agents": agents, "outage_lost": lost}
        for heading, axes in headings.items():
            axes.set_title(say(language, heading))
            axes.set_ylim(bottom=0)
            axes.grid(axis="y")
        if not np.isnan(failed.minutes_to_recover) and failed.minutes_to_recover:
            at = failed.minutes_to_recover * 60 / scale
            queue.axvline(at, color=COLOURS["ink"], lw=0.9, ls=":")
            text = say(language, "outage_recovered", f"{failed.minutes_to_recover:.0f}")
            queue.annotate(
                text,
                (at, 0.96),
                xycoords=("data", "axes fraction"),
                xytext=(4, 0),
                textcoords="offset points",
                va="top",
            )
        lost.set_xlabel(say(language, unit))
        if title is not None:
            made.suptitle(title)
    return made
