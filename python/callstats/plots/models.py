"""Figures of queue models beside what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd

from callstats._tables.checks import one_of
from callstats.plots.sheet import dots, drawn_on
from callstats.plots.style import COLOURS, as_percent, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Sheet
    from callstats.typing import Frame

__all__ = ["erlang_comparison"]

Language = Literal["en", "zh"]
Measure = Literal["service_level", "abandonment_rate", "asa", "mean_wait"]
_SHARES = ("service_level", "abandonment_rate")
_MEASURES = (*_SHARES, "asa", "mean_wait")


@overload
def erlang_comparison(
    table: Frame,
    *,
    ax: None = None,
    measure: Measure = "service_level",
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture: ...
@overload
def erlang_comparison(
    table: Frame,
    *,
    ax: Axes,
    measure: Measure = "service_level",
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Axes: ...
def erlang_comparison(
    table: Frame,
    *,
    ax: Axes | None = None,
    measure: Measure = "service_level",
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    figsize: tuple[float, float] | None = None,
    language: Language = "en",
) -> Picture | Axes:
    """What was seen against what Erlang A expected, a point an interval.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.kpi.compare_with_erlang`; of several groups, take the rows of one.
    measure : {"service_level", "abandonment_rate", "asa", "mean_wait"}
        What is drawn.
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
         Or `ax` where it is given. Points on the diagonal were as expected. The larger an
        interval's point, the more calls it had; rates have the limits of what was seen; the
        diamond is the total. The legend counts the intervals that are not drawn: those without
        one of the sides or with an endless one, and of more than fifty those far beyond the
        others, but for service levels.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        The table is of several groups.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import kpi
    >>> calls = pd.DataFrame({
    ...     "arrival": pd.to_datetime(["2024-03-05 09:00", "2024-03-05 09:40"]),
    ...     "wait": [0.0, 12.0],
    ...     "outcome": ["answered", "answered"],
    ...     "talk": [300.0, 240.0],
    ... })
    >>> figure = erlang_comparison(kpi.compare_with_erlang(calls, agents=2))
    >>> figure.axes[0].get_xlabel()
    'service level, expected'
    """
    one_of("measure", measure, _MEASURES)
    limits = [f"{measure}_low", f"{measure}_high"] if measure in _SHARES else []
    rows = rows_of(table, "table", ["row", "calls", measure, f"expected_{measure}", *limits])
    totals = int((rows["row"] != "interval").sum())
    if totals > 1:
        msg = f"table must be of one group; got {totals} rows of totals: pass the rows of one"
        raise ValueError(msg)
    order = ["start"] if "start" in rows else [f"expected_{measure}", measure]
    rows = rows.sort_values(order, kind="stable").reset_index(drop=True)
    both = rows[[measure, f"expected_{measure}"]].to_numpy(float)
    drawable = np.isfinite(both).all(axis=1)
    interval = (rows["row"] == "interval").to_numpy(bool)
    greatest = 1.0
    if measure != "service_level" and drawable.any():
        # A lone call that waited for ever so long must not push all others into a corner.
        greatest = max(1e-3, 1.04 * float(np.quantile(both[drawable], 0.99, method="higher")))
    edge = 1.02 * greatest
    shown, total = rows[drawable & interval], rows[drawable & ~interval]
    common: dict[str, Any] = {"ax": ax, "figsize": figsize, "labels": labels}
    with drawn_on((5.6, 5.8), language=language, **common) as sheet:
        axes = sheet.axes
        if not sheet.empty(int(drawable.sum())):
            _draw_intervals(sheet, shown, measure, limits)
            mark: dict[str, Any] = {"marker": "D", "s": 64, "color": COLOURS["other"], "zorder": 3}
            text = sheet.say("all_intervals")
            axes.scatter(total[f"expected_{measure}"], total[measure], label=text, **mark)
            axes.plot([0, greatest], [0, greatest], color=COLOURS["ink"], linewidth=0.9, zorder=1.5)
        axes.set_xlim(0, edge)
        axes.set_ylim(0, edge)
        axes.set_aspect("equal")
        for axis, side in ((axes.xaxis, "expected"), (axes.yaxis, "seen")):
            text = sheet.say(side, sheet.label(measure))
            if limits:
                as_percent(axis)
                axis.set_label_text(text)
            else:
                sheet.durations(axis, text)
        axes.grid(visible=True)
        hidden = interval & ~(drawable & (both <= edge).all(axis=1))
        sheet.left_out(int(hidden.sum()), "not_drawn")
        sheet.head(title, 3)
        columns = ["row", "calls", measure, f"expected_{measure}", *limits]
        sheet.done(pd.concat([shown, total])[columns], *_sentence(total, measure, sheet, limits))
    made: Picture | Axes = sheet.result
    return made


def _sentence(total: pd.DataFrame, measure: str, sheet: Sheet, limits: list[str]) -> list[str]:
    """What the picture says: the total as it was and as it was expected."""
    if not len(total):
        return ["alt_models_empty", sheet.label(measure)]
    figures = [float(total[name].iloc[0]) for name in (measure, f"expected_{measure}")]
    told = [f"{100 * each:.1f}%" if limits else f"{each:.0f} s" for each in figures]
    return ["alt_models", sheet.label(measure), *told]


def _draw_intervals(sheet: Sheet, rows: pd.DataFrame, measure: str, limits: list[str]) -> None:
    """A point an interval, the larger the more calls it had, with the limits of what was seen."""
    axes = sheet.axes
    seen, expected = (rows[name].to_numpy(float) for name in (measure, f"expected_{measure}"))
    if limits:
        away = np.abs(rows[limits].to_numpy(float).T - seen)
        bars: dict[str, Any] = {"fmt": "none", "ecolor": COLOURS["grid"], "elinewidth": 0.8}
        axes.errorbar(expected, seen, yerr=away, zorder=1, **bars)
    most = max([1.0, *rows["calls"]])
    look = dots(len(rows), 60) | {"color": COLOURS["point"], "zorder": 2}
    look["s"] = (8 + 52 * rows["calls"].to_numpy(float) / most) * look["s"] / 60
    axes.scatter(expected, seen, label=sheet.say("one_interval"), **{"alpha": 0.55, **look})
